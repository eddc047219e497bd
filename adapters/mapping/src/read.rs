//! Mapping files, read from TOML.

use anyhow::Result;
use migrate_model::{Outcome, wording};

use crate::declared::{self, Declared};
use crate::document::{Document, Entry};
use crate::mapping::{
    BadRows, Condition, Csv, Delimiter, Field, Header, Input, Line, Mapping, Mentions, MessageIds,
    Name, RepeatedIds, Section, SectionKind, SourceKind, Test, TextFormat, UnknownColumns,
};
use crate::names;
use crate::pattern::Pattern;
use crate::read_transform;
use crate::zone::Zone;

/// The only version of mapping files.
pub(crate) const VERSION: &str = "1";

pub(crate) const SOURCES: &[(SourceKind, &str)] =
    &[(SourceKind::Csv, "csv"), (SourceKind::Sqlite, "sqlite")];
pub(crate) const UNKNOWN_COLUMNS: &[(UnknownColumns, &str)] = &[
    (UnknownColumns::Custom, "custom"),
    (UnknownColumns::Ignore, "ignore"),
    (UnknownColumns::Error, "error"),
];
pub(crate) const MESSAGE_IDS: &[(MessageIds, &str)] = &[
    (MessageIds::Auto, "auto"),
    (MessageIds::Global, "global"),
    (MessageIds::Channel, "channel"),
];
pub(crate) const REPEATED_IDS: &[(RepeatedIds, &str)] = &[
    (RepeatedIds::Auto, "auto"),
    (RepeatedIds::First, "first"),
    (RepeatedIds::Last, "last"),
];
pub(crate) const BAD_ROWS: &[(BadRows, &str)] =
    &[(BadRows::Report, "report"), (BadRows::Stop, "stop")];
pub(crate) const TEXT_FORMATS: &[(TextFormat, &str)] = &[
    (TextFormat::Markdown, "markdown"),
    (TextFormat::Plain, "plain"),
    (TextFormat::Html, "html"),
];

pub(crate) const MENTIONS: &[(Mentions, &str)] = &[
    (Mentions::Discord, "discord"),
    (Mentions::Matrix, "matrix"),
    (Mentions::Whatsapp, "whatsapp"),
    (Mentions::ActionText, "action_text"),
];

/// The keys of the file beside its sections.
const TOP: &[&str] = &[
    "version",
    "source",
    "origin",
    "id_prefix",
    "timezone",
    "unknown_columns",
    "message_ids",
    "csv",
    "tables",
    "losses",
];

/// The settings of a section beside its fields.
const SETTINGS: &[&str] = &[
    "files",
    "table",
    "query",
    "query_file",
    "except",
    "range",
    "from",
    "csv",
    "where",
    "loss",
    "custom",
];

/// Those that only messages have.
const MESSAGE_SETTINGS: &[&str] = &[
    "group_by",
    "repeated_ids",
    "text_format",
    "mentions",
    "attachment",
    "reaction",
];

/// What becomes of a row that names a loss.
pub(crate) const OUTCOMES: &[(Outcome, &str)] = &[
    (Outcome::LeftOut, "left_out"),
    (Outcome::Merged, "merged"),
    (Outcome::Excluded, "excluded"),
    (Outcome::Field, "field"),
];

const CSV: &[&str] = &[
    "delimiter",
    "encoding",
    "header",
    "skip_lines",
    "null_values",
    "bad_rows",
    "quote",
    "escape",
];

impl Mapping {
    /// Reads a mapping file; `name` is what errors call it.
    ///
    /// # Errors
    /// With the line of the file, what is wrong there and what was probably meant.
    pub fn parse(text: &str, name: &str) -> Result<Mapping> {
        let document = Document::new(text, name);
        let table = document.table()?;
        let mut mapping = Mapping {
            name: Name(name.to_owned()),
            ..Mapping::default()
        };
        let mut has_version = false;
        for it in document.entries(&table) {
            has_version |= it.key == "version";
            top(&document, &it, &mut mapping)?;
        }
        if !has_version {
            let text = format!("the file does not say its version; write `version = {VERSION}`");
            return Err(document.error(1, text));
        }
        mapping.sections.sort_by_key(|section| section.line.0);
        if mapping.sections.is_empty() {
            return Err(document.error(1, "no section says what to read; write `[[messages]]`"));
        }
        check_unsaid(&document, &mapping)?;
        Ok(mapping)
    }
}

/// Of a database the tables are told apart by what they are, so one section of each kind may leave
/// open which it reads; of files only one.
fn check_unsaid(document: &Document<'_>, mapping: &Mapping) -> Result<()> {
    let of_database = mapping.source == Some(SourceKind::Sqlite);
    let mut kinds: Vec<SectionKind> = Vec::new();
    let unsaid = { mapping.sections.iter() }.filter(|it| it.input == Input::Unsaid);
    for section in unsaid {
        let kind = section.kind.name();
        let cure = match of_database {
            true if kinds.contains(&section.kind) => format!("table = \"{kind}\""),
            false if !kinds.is_empty() => format!("files = \"{kind}*.csv\""),
            _ => {
                kinds.push(section.kind);
                continue;
            }
        };
        let text = format!(
            "`[[{kind}]]` is the second section that does not say where its rows come from; \
             write `{cure}`"
        );
        return Err(document.error(section.line.0, text));
    }
    Ok(())
}

fn top(document: &Document<'_>, it: &Entry<'_>, mapping: &mut Mapping) -> Result<()> {
    match it.key {
        "version" => {
            let version = document.any_text(it)?;
            if version != VERSION {
                let version = wording::safe(&version, 20);
                let text = format!("version {version} is not known, this program reads {VERSION}");
                return Err(document.error(it.line, text));
            }
        }
        "source" => mapping.source = Some(document.word(it, SOURCES)?),
        "origin" => mapping.origin = Some(origin(document, it)?),
        "id_prefix" => mapping.id_prefix = document.text(it)?.to_owned(),
        "timezone" => mapping.timezone = Some(zone(document, it)?),
        "unknown_columns" => mapping.unknown_columns = document.word(it, UNKNOWN_COLUMNS)?,
        "message_ids" => mapping.message_ids = document.word(it, MESSAGE_IDS)?,
        "csv" => mapping.csv = csv(document, it)?,
        "tables" => {
            for it in document.table_of(it)? {
                let file = document.some_text(&it)?.to_owned();
                mapping.tables.push((it.key.to_owned(), file));
            }
        }
        "losses" => mapping.losses = losses(document, it)?,
        key => match SectionKind::ALL.into_iter().find(|kind| kind.name() == key) {
            Some(kind) => {
                for (line, entries) in document.tables_of(it)? {
                    let section = section(document, kind, line, &entries)?;
                    mapping.sections.push(section);
                }
            }
            None => return Err(unknown_top(document, it)),
        },
    }
    Ok(())
}

/// An error about a key that the file has beside its sections and that nobody knows. What holds
/// tables can only be a section, or one of the settings that are tables.
fn unknown_top(document: &Document<'_>, it: &Entry<'_>) -> anyhow::Error {
    let mut names = SectionKind::ALL.map(SectionKind::name).to_vec();
    let value = it.value.get_ref();
    match value.is_array() || value.is_table() {
        true => names.extend(["csv", "tables", "losses"]),
        false => names.extend(TOP),
    }
    document.unknown_key(it, "key", &names)
}

/// The longest name of a program, in bytes: ids are made of it.
const LONGEST_ORIGIN: usize = 40;

fn origin(document: &Document<'_>, it: &Entry<'_>) -> Result<String> {
    let name = document.some_text(it)?;
    let is_legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.len() > LONGEST_ORIGIN || !name.bytes().all(is_legal) {
        let text = format!(
            "`origin` is `{}`; it is a name in small letters, digits and `-`, of {LONGEST_ORIGIN} at the most",
            wording::safe(name, LONGEST_ORIGIN)
        );
        return Err(document.error(it.line, text));
    }
    Ok(name.to_owned())
}

fn zone(document: &Document<'_>, it: &Entry<'_>) -> Result<Zone> {
    let name = document.some_text(it)?;
    Zone::parse(name).ok_or_else(|| {
        let otherwise = ", expected one such as `Europe/Berlin`, `UTC` or `+02:00`";
        let names: Vec<&str> = chrono_tz::TZ_VARIANTS
            .iter()
            .map(|zone| zone.name())
            .collect();
        document.error(it.line, wording::unknown("zone", name, &names, otherwise))
    })
}

/// A loss by its name: what happened, and what becomes of the row.
fn losses(document: &Document<'_>, it: &Entry<'_>) -> Result<Vec<Declared>> {
    let entries = document.table_of(it)?;
    if entries.len() > declared::MOST {
        let text = format!("there are more than {} losses", declared::MOST);
        return Err(document.error(it.line, text));
    }
    let all = entries.iter().map(|it| {
        if let Some(fault) = declared::fault(it.key) {
            return Err(document.error(it.line, fault));
        }
        if it.value.get_ref().is_str() {
            let text = document.some_text(it)?.to_owned();
            return Ok(Declared::new(it.key, text, Outcome::LeftOut));
        }
        let (mut text, mut outcome) = (None, Outcome::LeftOut);
        for it in document.table_of(it)? {
            match it.key {
                "text" => text = Some(document.some_text(&it)?.to_owned()),
                "outcome" => outcome = document.word(&it, OUTCOMES)?,
                _ => return Err(document.unknown_key(&it, "key", &["text", "outcome"])),
            }
        }
        match text {
            Some(text) => Ok(Declared::new(it.key, text, outcome)),
            None => Err(document.error(it.line, "a loss needs a `text` that says what happened")),
        }
    });
    all.collect()
}

fn csv(document: &Document<'_>, it: &Entry<'_>) -> Result<Csv> {
    let mut csv = Csv::default();
    for it in document.table_of(it)? {
        match it.key {
            "delimiter" if it.value.get_ref().as_str() == Some("auto") => {
                csv.delimiter = Some(Delimiter::Auto);
            }
            "delimiter" => csv.delimiter = Some(Delimiter::Char(document.character(&it)?)),
            "encoding" => csv.encoding = Some(document.some_text(&it)?.to_owned()),
            "header" => {
                csv.header = Some(match it.value.get_ref().as_bool() {
                    Some(true) => Header::FirstRow,
                    Some(false) => Header::Absent,
                    None => Header::Names(document.texts(&it)?),
                });
            }
            "skip_lines" => csv.skip_lines = Some(skipped(document, &it)?),
            "null_values" => csv.null_values = Some(document.texts(&it)?),
            "bad_rows" => csv.bad_rows = Some(document.word(&it, BAD_ROWS)?),
            "quote" if it.value.get_ref().as_str() == Some("none") => csv.quote = Some(None),
            "quote" => csv.quote = Some(Some(document.character(&it)?)),
            "escape" => csv.escape = Some(document.character(&it)?),
            _ => return Err(document.unknown_key(&it, "key", CSV)),
        }
    }
    Ok(csv)
}

/// A number of lines above a header.
fn skipped(document: &Document<'_>, it: &Entry<'_>) -> Result<u32> {
    let text = document.any_text(it)?;
    let number = text.parse().ok();
    number.ok_or_else(|| {
        let text = wording::safe(&text, 20);
        let text = format!("`skip_lines` takes a number of lines, from 0, not `{text}`");
        document.error(it.line, text)
    })
}

fn section(
    document: &Document<'_>,
    kind: SectionKind,
    line: u32,
    entries: &[Entry<'_>],
) -> Result<Section> {
    let mut section = Section {
        line: Line(line),
        ..Section::new(kind)
    };
    input(document, entries, &mut section)?;
    let names = match (kind, &section.input) {
        (SectionKind::Users, Input::Messages) => names::of_person(),
        _ => names::of_section(kind),
    };
    for it in entries {
        if !setting(document, it, &mut section)? {
            let field = field(document, it, kind.name(), &names)?;
            section.fields.push(field);
        }
    }
    check(document, &section)?;
    Ok(section)
}

/// Where the rows come from; one of the keys for it at most.
fn input(document: &Document<'_>, entries: &[Entry<'_>], section: &mut Section) -> Result<()> {
    for it in entries {
        let input = match it.key {
            "files" => Input::Files(patterns(document, it)?),
            "table" => Input::Table(document.some_text(it)?.to_owned()),
            "query" => Input::Query(document.some_text(it)?.to_owned()),
            "query_file" => Input::QueryFile(document.some_text(it)?.to_owned()),
            "from" => {
                document.word(it, &[((), "messages")])?;
                let derived = [
                    SectionKind::Users,
                    SectionKind::Channels,
                    SectionKind::Members,
                ];
                if !derived.contains(&section.kind) {
                    let text = "only users, channels and members can be derived from messages";
                    return Err(document.error(it.line, text));
                }
                Input::Messages
            }
            _ => continue,
        };
        if section.input != Input::Unsaid {
            let text = "a section has one of `files`, `table`, `query`, `query_file` and `from`";
            return Err(document.error(it.line, text));
        }
        section.input = input;
    }
    let except = entries.iter().find(|it| it.key == "except");
    if let Some(it) = except {
        if !matches!(section.input, Input::Files(_)) {
            let text = "`except` is for `files`: those that are not read though a pattern fits";
            return Err(document.error(it.line, text));
        }
        section.except = patterns(document, it)?;
    }
    let range = entries.iter().find(|it| it.key == "range");
    if let Some(it) = range {
        if !section.is_query() {
            let text = "`range` is for a `query` with the parameters `:first` and `:last`";
            return Err(document.error(it.line, text));
        }
        section.range = Some(document.some_text(it)?.to_owned());
    }
    Ok(())
}

/// One pattern for files or several.
fn patterns(document: &Document<'_>, it: &Entry<'_>) -> Result<Vec<Pattern>> {
    let files = document.texts(it)?.into_iter();
    let patterns: Vec<Pattern> = files.map(Pattern).collect();
    for pattern in &patterns {
        let fault = pattern.fault();
        fault.map_or(Ok(()), |text| Err(document.error(it.line, text)))?;
    }
    Ok(patterns)
}

/// Takes a setting of a section; whether it was one.
fn setting(document: &Document<'_>, it: &Entry<'_>, section: &mut Section) -> Result<bool> {
    let is_message = section.kind == SectionKind::Messages;
    match it.key {
        "files" | "except" | "table" | "query" | "query_file" | "range" | "from" => {}
        "csv" => section.csv = csv(document, it)?,
        "where" => section.filter = conditions(document, it)?,
        "loss" if section.kind == SectionKind::Attachments => {
            let text = "rows of attachments have no losses of their own; take `loss` away";
            return Err(document.error(it.line, text));
        }
        "loss" => section.loss = Some(read_transform::custom(document, it)?),
        "custom" => section.custom = custom(document, it)?,
        "repeated_ids" if is_message => {
            section.repeated_ids = document.word(it, REPEATED_IDS)?;
        }
        "group_by" if is_message => {
            section.group_by = document.texts(it)?;
            section.group_line = Line(it.line);
        }
        "mentions" if is_message => section.mentions = Some(document.word(it, MENTIONS)?),
        "text_format" if is_message => section.text_format = text_format(document, it)?,
        "attachment" if is_message => {
            section.attachment = fields(document, it, &names::of_attachment())?;
        }
        "reaction" if is_message => {
            section.reaction = fields(document, it, &names::of_reaction())?;
        }
        "pin" if is_message && is_pin(it) => {
            section.pin = fields(document, it, &names::of_pin())?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Whether this is what is known of a pin, and not the column that says whether there is one.
fn is_pin(it: &Entry<'_>) -> bool {
    let table = it.value.get_ref().as_table();
    table.is_some_and(|table| {
        let has = |name: &str| table.keys().any(|key| key.get_ref() == name);
        has("at") || has("until") || has("by") && !has("lookup")
    })
}

/// A word, or `{ const = "word" }` as other fields have it.
fn text_format(document: &Document<'_>, it: &Entry<'_>) -> Result<TextFormat> {
    if it.value.get_ref().is_str() {
        return document.word(it, TEXT_FORMATS);
    }
    match document.table_of(it)?.as_slice() {
        [only] if only.key == "const" => document.word(only, TEXT_FORMATS),
        _ => {
            let names: Vec<&str> = TEXT_FORMATS.iter().map(|(_, name)| *name).collect();
            let text = format!("`text_format` is one of {}", wording::list(&names));
            Err(document.error(it.line, text))
        }
    }
}

fn conditions(document: &Document<'_>, it: &Entry<'_>) -> Result<Vec<Condition>> {
    let tables = document.tables_of(it)?.into_iter();
    let conditions = tables.map(|(line, entries)| {
        let mut column = None;
        let mut test = None;
        for it in &entries {
            let found = match it.key {
                "column" => {
                    column = Some(document.some_text(it)?.to_owned());
                    continue;
                }
                "in" => Test::In(document.texts(it)?),
                "not_in" => Test::NotIn(document.texts(it)?),
                "empty" => Test::Empty(document.flag(it)?),
                _ => {
                    let names = ["column", "in", "not_in", "empty"];
                    return Err(document.unknown_key(it, "key", &names));
                }
            };
            if test.replace(found).is_some() {
                let text = "a condition has one test; write a list of conditions for more";
                return Err(document.error(it.line, text));
            }
        }
        match (column, test) {
            (Some(column), Some(test)) => Ok(Condition {
                column,
                test,
                line: Line(line),
            }),
            _ => {
                let text = "`where` needs a `column` and one of `in`, `not_in`, `empty`";
                Err(document.error(line, text))
            }
        }
    });
    conditions.collect()
}

type Custom = Vec<(String, Option<crate::transform::Transform>)>;

fn custom(document: &Document<'_>, it: &Entry<'_>) -> Result<Custom> {
    let entries = document.table_of(it)?;
    let fields = entries.iter().map(|it| {
        let value = match it.value.get_ref().as_bool() {
            Some(false) => None,
            _ => Some(read_transform::custom(document, it)?),
        };
        Ok((it.key.to_owned(), value))
    });
    fields.collect()
}

fn fields(document: &Document<'_>, it: &Entry<'_>, names: &[names::Name]) -> Result<Vec<Field>> {
    let entries = document.table_of(it)?;
    let fields = { entries.iter() }.map(|entry| field(document, entry, it.key, names));
    fields.collect()
}

/// A field of something that is called `what`.
fn field(
    document: &Document<'_>,
    it: &Entry<'_>,
    what: &str,
    names: &[names::Name],
) -> Result<Field> {
    match names.iter().find(|(name, _)| *name == it.key) {
        Some((name, holds)) => Ok(Field {
            name,
            value: read_transform::of_field(document, it, *holds)?,
        }),
        None => Err(unknown_field(document, it, what, names)),
    }
}

fn unknown_field(
    document: &Document<'_>,
    it: &Entry<'_>,
    what: &str,
    fields: &[names::Name],
) -> anyhow::Error {
    let mut names: Vec<&'static str> = fields.iter().map(|(name, _)| *name).collect();
    let shown = wording::safe(it.key, 40);
    let is_section = SectionKind::ALL.iter().any(|kind| kind.name() == what);
    if let Some(place) = place_of(it.key, what).filter(|_| is_section) {
        let text = format!("`{shown}` is no field of `{what}`, {place}");
        return document.error(it.line, text);
    }
    let known = names::meant(it.key, &names);
    if is_section {
        names.extend(SETTINGS);
    }
    if what == SectionKind::Messages.name() {
        names.extend(MESSAGE_SETTINGS);
    }
    let text = match known.or_else(|| wording::nearest(it.key, &names)) {
        Some(name) => format!("unknown field `{shown}` (did you mean `{name}`?)"),
        None => {
            let list = wording::list(&names);
            format!(
                "unknown field `{shown}` in `{what}`, expected one of {list}; what the model has no field for stands in `[{what}.custom]`"
            )
        }
    };
    document.error(it.line, text)
}

/// Where a key belongs that stands among the fields of something and is a setting of the file.
fn place_of(key: &str, what: &str) -> Option<String> {
    if CSV.contains(&key) {
        return Some(format!("and stands under `[csv]` or `[{what}.csv]`"));
    }
    let is_text = !["csv", "tables", "losses"].contains(&key);
    match TOP.contains(&key) {
        true if is_text => Some("and stands before the first section".to_owned()),
        true => Some(format!("and stands under `[{key}]`")),
        false => None,
    }
}

/// What a section cannot do without, and what does not go together.
fn check(document: &Document<'_>, section: &Section) -> Result<()> {
    let fault = |text: String| Err(document.error(section.line.0, text));
    let what = section.kind.name();
    if let Some(mentions) = section.mentions
        && mentions.text_format() != section.text_format
    {
        let mentions = MENTIONS.iter().find(|(it, _)| *it == mentions);
        let format = { TEXT_FORMATS.iter() }
            .find(|(it, _)| mentions.is_some_and(|(mentions, _)| *it == mentions.text_format()));
        let (mentions, format) = (mentions.map_or("", |it| it.1), format.map_or("", |it| it.1));
        return fault(format!(
            "`mentions = \"{mentions}\"` goes with `text_format = \"{format}\"`"
        ));
    }
    if section.repeated_ids != RepeatedIds::Auto && !section.group_by.is_empty() {
        let text = "`group_by` makes one message of several rows, so `repeated_ids` says nothing; take one of them away";
        return fault(text.to_owned());
    }
    if section.input == Input::Messages {
        return match section.kind {
            SectionKind::Members if !section.fields.is_empty() || !section.custom.is_empty() => {
                fault("members that are derived from messages have no fields".to_owned())
            }
            SectionKind::Users if !section.custom.is_empty() => {
                fault("users that are derived from messages have no custom fields".to_owned())
            }
            _ => Ok(()),
        };
    }
    // What a query lacks is known when its columns are.
    if !section.is_query()
        && let Some(names) = missing(section)
    {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let mut text = format!("`[[{what}]]` does not say {}", names.join(" or "));
        text.push_str(hint(
            section.kind,
            names.first().map_or("", |name| name.as_str()),
        ));
        return fault(text);
    }
    let known: Vec<&str> = names::of_section(section.kind)
        .iter()
        .map(|it| it.0)
        .collect();
    let captures: Vec<&str> = match &section.input {
        Input::Files(patterns) => patterns.iter().flat_map(Pattern::names).collect(),
        _ => Vec::new(),
    };
    read_transform::check(document, section, &known, &captures)
}

/// Fields of which a section needs one and has none.
pub(crate) fn missing(section: &Section) -> Option<&'static [&'static str]> {
    let has = |name: &&str| section.fields.iter().any(|field| field.name == *name);
    let mut needed = needed(section.kind).iter().copied();
    needed.find(|names| !names.iter().any(has))
}

/// The fields that a section cannot do without; of each list one.
pub(crate) fn needed(kind: SectionKind) -> &'static [&'static [&'static str]] {
    match kind {
        SectionKind::Users => &[&["id"]],
        SectionKind::Channels => &[&["id", "member_ids"]],
        SectionKind::Members => &[&["channel_id", "channel_member_ids"], &["user_id"]],
        SectionKind::Messages => &[
            &["id"],
            &["channel_id", "channel_member_ids"],
            &["created_at"],
        ],
        SectionKind::Reactions => &[&["message_id"], &["reaction_type"], &["user_id"]],
        SectionKind::Attachments => &[&["message_id"]],
    }
}

/// What to do about a field that is needed and not there.
fn hint(kind: SectionKind, name: &str) -> &'static str {
    match (kind, name) {
        (SectionKind::Messages, "`id`") => {
            "; where there is none, write `id = { hash = [\"channel_id\", \"user_id\", \"created_at\", \"text\"] }`"
        }
        (SectionKind::Messages, "`channel_id`") => {
            "; for one file a channel, write `files = \"{channel}.csv\"` and `channel_id = { path = \"channel\" }`, for one channel alone `channel_id = { const = \"general\" }`"
        }
        _ => "",
    }
}
