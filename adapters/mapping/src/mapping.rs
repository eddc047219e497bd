//! A mapping as plain data: what a mapping file says, whoever wrote it.
//!
//! Reading it from TOML, writing it and what it does are left to other files.

pub use migrate_model::MessageIds;

use crate::declared::Declared;
use crate::pattern::{Captures, Pattern};
use crate::transform::Transform;
use crate::zone::Zone;

/// Which line of the mapping file something stands in, from 1; 0 where it stands in none. Two of
/// them are always equal: where a thing stands is no part of what it says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line(pub u32);

impl PartialEq for Line {
    fn eq(&self, _: &Line) -> bool {
        true
    }
}

impl Eq for Line {}

/// What a mapping file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// What the file is called in errors.
    pub name: Name,
    /// What it reads; `None` where it does not say.
    pub source: Option<SourceKind>,
    /// The name of the program that the records come from, by which made users are called, as in
    /// `NAME-unknown`; `None`: the adapter's own.
    pub origin: Option<String>,
    /// Stands before every id and every reference to one.
    pub id_prefix: String,
    /// The zone of times that name none; `None`: UTC, which is then an assumption that is told.
    pub timezone: Option<Zone>,
    /// What becomes of columns that no field names.
    pub unknown_columns: UnknownColumns,
    /// Over what ids of messages are unique. What is to be found out the core finds out, for units
    /// without a channel.
    pub message_ids: MessageIds,
    /// How files are read.
    pub csv: Csv,
    /// Names of tables and the files that they are made from, for queries over files.
    pub tables: Vec<(String, String)>,
    /// The losses that rows may name.
    pub losses: Vec<Declared>,
    /// The sections, in the order of the file.
    pub sections: Vec<Section>,
    /// What people should know of how it was made, if nobody wrote it.
    pub remarks: Remarks,
}

/// What a mapping file is called in errors; like [`Line`] no part of what it says.
#[derive(Clone, Debug, Default)]
pub struct Name(pub String);

impl PartialEq for Name {
    fn eq(&self, _: &Name) -> bool {
        true
    }
}

/// What is said about a mapping, a sentence each; like [`Line`] no part of what it says.
#[derive(Clone, Debug, Default)]
pub struct Remarks(pub Vec<String>);

impl PartialEq for Remarks {
    fn eq(&self, _: &Remarks) -> bool {
        true
    }
}

/// What a mapping reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Files of delimited text.
    Csv,
    /// A database, or files that were loaded into one.
    Sqlite,
}

/// What becomes of columns that no field names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownColumns {
    /// They become custom data of the record.
    #[default]
    Custom,
    /// They are left out.
    Ignore,
    /// They are an error.
    Error,
}

/// How files of delimited text are read. What is `None` in a section is as in `[csv]`, and what is
/// `None` there is found out or as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Csv {
    /// What stands between cells.
    pub delimiter: Option<Delimiter>,
    /// The name of an encoding, such as `windows-1252`, or `auto`. Whether there is such an
    /// encoding is left to the reader.
    pub encoding: Option<String>,
    /// Where the names of columns come from.
    pub header: Option<Header>,
    /// How many lines stand above the header; `None`: those that are plainly no part of the table.
    pub skip_lines: Option<u32>,
    /// Texts that stand for nothing.
    pub null_values: Option<Vec<String>>,
    /// What becomes of rows that cannot be read.
    pub bad_rows: Option<BadRows>,
    /// What stands around cells; `Some(None)`: nothing, a quote is an ordinary character.
    pub quote: Option<Option<char>>,
    /// What stands before a quote within quotes; `None`: another quote.
    pub escape: Option<char>,
}

impl Csv {
    /// These settings, and those of `default` where there are none.
    #[must_use]
    pub fn or(&self, default: &Csv) -> Csv {
        Csv {
            delimiter: self.delimiter.or(default.delimiter),
            encoding: self
                .encoding
                .as_ref()
                .or(default.encoding.as_ref())
                .cloned(),
            header: self.header.as_ref().or(default.header.as_ref()).cloned(),
            skip_lines: self.skip_lines.or(default.skip_lines),
            null_values: { self.null_values.as_ref() }
                .or(default.null_values.as_ref())
                .cloned(),
            bad_rows: self.bad_rows.or(default.bad_rows),
            quote: self.quote.or(default.quote),
            escape: self.escape.or(default.escape),
        }
    }
}

/// What stands between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// It is found out.
    Auto,
    /// This character.
    Char(char),
}

/// Where the names of columns come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// From the first row.
    FirstRow,
    /// There are none; columns are called `1`, `2`, `3`.
    Absent,
    /// From the mapping; the first row is a record.
    Names(Vec<String>),
}

/// What becomes of rows that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRows {
    /// They are left out and told.
    Report,
    /// The first one ends the run.
    Stop,
}

/// What the rows of a section become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionKind {
    /// Users, one a row.
    Users,
    /// Channels, one a row.
    Channels,
    /// Members, one a row.
    Members,
    /// Messages; several rows may be one by `group_by`.
    Messages,
    /// Reactions, one a row.
    Reactions,
    /// Attachments, one a row, with the id of their message.
    Attachments,
}

impl SectionKind {
    /// All kinds, in the order in which their rows are wanted.
    pub const ALL: [SectionKind; 6] = [
        SectionKind::Users,
        SectionKind::Channels,
        SectionKind::Members,
        SectionKind::Messages,
        SectionKind::Reactions,
        SectionKind::Attachments,
    ];

    /// The word for it in a mapping file.
    pub const fn name(self) -> &'static str {
        match self {
            SectionKind::Users => "users",
            SectionKind::Channels => "channels",
            SectionKind::Members => "members",
            SectionKind::Messages => "messages",
            SectionKind::Reactions => "reactions",
            SectionKind::Attachments => "attachments",
        }
    }
}

/// Where the rows of a section come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Input {
    /// The section does not say: it is the only one, or the file is told by its columns.
    #[default]
    Unsaid,
    /// From the files that one of these patterns fits.
    Files(Vec<Pattern>),
    /// From a table of a database.
    Table(String),
    /// From a query.
    Query(String),
    /// From a query that stands in a file.
    QueryFile(String),
    /// From the rows of the messages: whoever or whatever they name.
    Messages,
}

/// How the rows of one kind become records.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What the rows become.
    pub kind: SectionKind,
    /// Where the rows come from.
    pub input: Input,
    /// Files that are not read though a pattern fits; only with [`Input::Files`].
    pub except: Vec<Pattern>,
    /// The table whose rows the parameters `:first` and `:last` of the query are cut by, so that it
    /// can be read in pieces; only with a query.
    pub range: Option<String>,
    /// How its files are read, where that differs from the mapping's own settings.
    pub csv: Csv,
    /// The fields, each with where it comes from.
    pub fields: Vec<Field>,
    /// The fields of an attachment that the row has in columns of its own; only in messages.
    pub attachment: Vec<Field>,
    /// The fields of a reaction that the row has in columns of its own; only in messages.
    pub reaction: Vec<Field>,
    /// When a message is pinned, by whom and until when; only in messages.
    pub pin: Vec<Field>,
    /// Custom fields that are renamed, typed or, with `None`, left out.
    pub custom: Vec<(String, Option<Transform>)>,
    /// Which rows count; all conditions must hold.
    pub filter: Vec<Condition>,
    /// What names the losses of a row, by the mapping's own kinds.
    pub loss: Option<Transform>,
    /// The columns by which several rows are one message; empty: every row is one.
    pub group_by: Vec<String>,
    /// What counts of rows with the same id; only in messages.
    pub repeated_ids: RepeatedIds,
    /// Where they stand.
    pub group_line: Line,
    /// What the texts of messages are.
    pub text_format: TextFormat,
    /// How people are mentioned in them; `None`: as the model does, or not at all.
    pub mentions: Option<Mentions>,
    /// Where the section stands.
    pub line: Line,
}

impl Section {
    /// A section without anything in it.
    pub fn new(kind: SectionKind) -> Section {
        Section {
            kind,
            input: Input::Unsaid,
            except: Vec::new(),
            range: None,
            csv: Csv::default(),
            fields: Vec::new(),
            attachment: Vec::new(),
            reaction: Vec::new(),
            pin: Vec::new(),
            custom: Vec::new(),
            filter: Vec::new(),
            loss: None,
            group_by: Vec::new(),
            repeated_ids: RepeatedIds::default(),
            group_line: Line::default(),
            text_format: TextFormat::default(),
            mentions: None,
            line: Line::default(),
        }
    }
}

impl Section {
    /// What the names in a pattern stand for if the section reads a file by its path; `None` if it
    /// does not, or does not say which files it reads.
    pub fn reads(&self, path: &str) -> Option<Captures> {
        let Input::Files(patterns) = &self.input else {
            return None;
        };
        let is_out = self.except.iter().any(|it| it.captures(path).is_some());
        let mut captures = patterns.iter().filter(|_| !is_out);
        captures.find_map(|pattern| pattern.captures(path))
    }

    /// Whether its rows come from a query.
    pub fn is_query(&self) -> bool {
        matches!(self.input, Input::Query(_) | Input::QueryFile(_))
    }
}

/// A field and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name, one of the model's.
    pub name: &'static str,
    /// Where it comes from.
    pub value: Transform,
}

/// What counts of several rows of one channel that have the same id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedIds {
    /// The last version of a message: of rows by the same person and of the same time that differ in
    /// when they were edited or deleted. Of others the first, and the rest is left out.
    #[default]
    Auto,
    /// The first; the rest is left out unless it says the same.
    First,
    /// The last, whatever they differ in.
    Last,
}

/// What the texts of messages are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextFormat {
    /// Markdown, which is what the model has.
    #[default]
    Markdown,
    /// Text of which no character means anything else.
    Plain,
    /// HTML.
    Html,
}

/// How mentions stand in the texts of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mentions {
    /// As Discord writes them into Markdown: `<@7>`.
    Discord,
    /// As Matrix does into HTML: links to `matrix.to`.
    Matrix,
    /// As WhatsApp does into plain text: `@` and the number of somebody who is known.
    Whatsapp,
    /// As Rails does into HTML: `<action-text-attachment sgid="…">`.
    ActionText,
}

impl Mentions {
    /// What the texts are that hold them.
    pub fn text_format(self) -> TextFormat {
        match self {
            Mentions::Discord => TextFormat::Markdown,
            Mentions::Whatsapp => TextFormat::Plain,
            Mentions::Matrix | Mentions::ActionText => TextFormat::Html,
        }
    }
}

/// A condition on the rows of a section.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// What must be true of it.
    pub test: Test,
    /// Where it stands.
    pub line: Line,
}

/// What must be true of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is one of these.
    In(Vec<String>),
    /// It is none of these.
    NotIn(Vec<String>),
    /// It is empty, or is not.
    Empty(bool),
}
