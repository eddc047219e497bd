//! A mapping made from the names of tables and columns, as if somebody had written it.
//!
//! Names come first, then what the first rows hold; see `fields`, `kinds`, `messages` and `paths`.
//! Nothing is guessed that would be wrong without a word: what is needed and not certain is a fault,
//! and what is done beyond the obvious is a remark.

mod draft;
mod fields;
mod kinds;
mod listed;
mod messages;
mod paths;
mod people;
mod seen;
#[cfg(test)]
mod tests;
mod threads;
mod times;
mod values;

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::{Result, anyhow};
use migrate_model::wording;

use crate::aliases;
use crate::mapping::{Field, Input, Mapping, Name, Remarks, Section, SectionKind, SourceKind};
use crate::pattern::Pattern;
use crate::read;
use crate::secrets;
use crate::transform::{Source, Transform};
use paths::Place;
use seen::{Fault, Seen, choice_of};

pub(crate) use seen::BLANK;

/// A table whose meaning is to be found out.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// The path of its file, or its own name.
    pub name: &'a str,
    /// The names of its columns.
    pub columns: &'a [String],
    /// A few of its first rows; what is known only from values is not found out without.
    pub rows: &'a [Vec<String>],
}

/// A mapping for tables, by their names and columns and what their first rows hold. What people
/// should know of how it was made stands in its remarks.
///
/// # Errors
/// If a table that is needed is not there, or a field that is needed is found in no column or in
/// two. The text has a table of what was found; `init` is the command that writes a draft.
pub fn detect(tables: &[Table<'_>], init: &str) -> Result<Mapping> {
    detected(Guess::of(tables, SourceKind::Csv, Doubts::Leave), init)
}

/// As [`detect`], for tables beside others that hold the messages, so that no messages are needed;
/// `None` if nothing is known of any table.
///
/// # Errors
/// As those of [`detect`], but for missing messages.
pub fn detect_beside(tables: &[Table<'_>], init: &str) -> Result<Option<Mapping>> {
    let mut guess = Guess::start();
    guess.look(tables, false);
    if guess.tables.is_empty() {
        return Ok(None);
    }
    guess.has_messages_elsewhere = true;
    guess.understand(tables, SourceKind::Csv, Doubts::Leave);
    detected(guess, init).map(Some)
}

/// As [`detect`], for the tables of a database. Columns that look like secrets are left out.
///
/// # Errors
/// As those of [`detect`], and if several tables may be what only one can be.
pub fn detect_in_database(tables: &[Table<'_>], init: &str) -> Result<Mapping> {
    detected(Guess::of(tables, SourceKind::Sqlite, Doubts::Leave), init)
}

/// What a table of a database seems to be; `None` if nothing is known of it.
pub fn kind_of_table(table: &Table<'_>) -> Option<SectionKind> {
    kinds::of(table)
}

/// The mapping that [`detect`] would make, as TOML, after a change. What could not be told stands
/// in it as `"?"`, with comments. Where first rows leave it open how times are read, `is_told` finds
/// out whether all rows tell, given that mapping.
pub fn draft(
    tables: &[Table<'_>],
    change: impl Fn(&mut Mapping),
    is_told: impl FnOnce(&Mapping) -> bool,
) -> String {
    let mut guess = Guess::of(tables, SourceKind::Csv, Doubts::Leave);
    change(&mut guess.mapping);
    if guess.has_doubtful_times && !is_told(&guess.mapping) {
        guess = Guess::of(tables, SourceKind::Csv, Doubts::Ask);
    }
    draft::written(guess, change)
}

/// The mapping that [`detect_in_database`] would make, as [`draft`] gives it.
pub fn draft_of_database(tables: &[Table<'_>], change: impl FnOnce(&mut Mapping)) -> String {
    let guess = Guess::of(tables, SourceKind::Sqlite, Doubts::Leave);
    draft::written(guess, change)
}

fn detected(guess: Guess<'_>, init: &str) -> Result<Mapping> {
    if guess.faults.is_empty() {
        return Ok(guess.mapping);
    }
    let faults = guess.faults.iter().map(|fault| fault.text.as_str());
    let mut text = faults.collect::<Vec<_>>().join("\n");
    text.push_str(&guess.shown());
    let _ = write!(
        text,
        "\nwrite a draft of a mapping by `{init}`, mend it, and give it by `--mapping map.toml`"
    );
    Err(anyhow!(text))
}

/// So many tables of which nothing is known are listed in an error.
const LISTED: usize = 20;

/// What becomes of times that the first rows do not tell how to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubts {
    /// They are left to a look at all rows.
    Leave,
    /// People are asked.
    Ask,
}

/// What tables seem to be.
struct Guess<'t> {
    mapping: Mapping,
    faults: Vec<Fault>,
    tables: Vec<Seen<'t>>,
    /// Tables of which nothing is known.
    unknown: Vec<&'t Table<'t>>,
    /// Whether the first rows leave it open how some column of times is read.
    has_doubtful_times: bool,
    /// Whether messages are read by another mapping.
    has_messages_elsewhere: bool,
}

impl<'t> Guess<'t> {
    fn start() -> Guess<'t> {
        Guess {
            mapping: Mapping::default(),
            faults: Vec::new(),
            tables: Vec::new(),
            unknown: Vec::new(),
            has_doubtful_times: false,
            has_messages_elsewhere: false,
        }
    }

    fn of(tables: &'t [Table<'t>], source: SourceKind, doubts: Doubts) -> Guess<'t> {
        let mut guess = Guess::start();
        let is_database = source == SourceKind::Sqlite;
        guess.look(tables, is_database);
        if !is_database {
            guess.look_for_messages();
        }
        guess.understand(tables, source, doubts);
        guess
    }

    /// Finds out what the tables mean of which it is known what they are.
    fn understand(&mut self, tables: &'t [Table<'t>], source: SourceKind, doubts: Doubts) {
        self.note_named_ids();
        for seen in &mut self.tables {
            seen.settle();
        }
        self.join_listed();
        for seen in &mut self.tables {
            self.has_doubtful_times |= seen.doubt_times(doubts);
        }
        let sections = match source == SourceKind::Sqlite {
            true => self.sections_of_database(),
            false => self.sections(tables),
        };
        self.finish(sections);
    }

    /// Puts tables of one layout together; those of a database are all different.
    fn look(&mut self, tables: &'t [Table<'t>], is_database: bool) {
        let mut known: HashMap<(SectionKind, &[String]), usize> = HashMap::new();
        let mut kinds = kinds::Kinds::default();
        for table in tables {
            let called = kinds::called(table).filter(|_| !is_database && !table.columns.is_empty());
            let Some(kind) = kinds.of(table).or(called) else {
                self.unknown.push(table);
                continue;
            };
            let same = known.get(&(kind, table.columns)).filter(|_| !is_database);
            match same.and_then(|at| self.tables.get_mut(*at)) {
                Some(seen) => seen.add(table),
                None => {
                    known.insert((kind, table.columns), self.tables.len());
                    let fields = fields::of(kind, table.columns);
                    self.tables.push(Seen::new(table, kind, fields));
                }
            }
        }
    }

    /// Takes the table for messages that has most of them, if none looks like messages, so that
    /// what is missing can be told.
    fn look_for_messages(&mut self) {
        let is_messages = |seen: &Seen<'_>| seen.kind == SectionKind::Messages;
        if self.tables.iter().any(is_messages) {
            return;
        }
        let fields = |table: &Table<'_>| fields::of(SectionKind::Messages, table.columns);
        let tables = self.unknown.iter().enumerate();
        let filled = tables.filter(|(_, table)| !table.columns.is_empty());
        let best = filled.max_by_key(|(at, table)| (fields(table).len(), std::cmp::Reverse(*at)));
        if let Some(at) = best.map(|(at, _)| at) {
            let table = self.unknown.remove(at);
            let seen = Seen::new(table, SectionKind::Messages, fields(table));
            self.tables.push(seen);
        }
    }

    /// Whether tables of reactions or attachments name messages by their ids, which have to stay then.
    fn note_named_ids(&mut self) {
        let mut kinds = self.tables.iter().map(|seen| seen.kind);
        let are_named =
            kinds.any(|kind| [SectionKind::Reactions, SectionKind::Attachments].contains(&kind));
        for seen in &mut self.tables {
            seen.are_ids_named = are_named;
        }
    }

    fn sections(&mut self, tables: &[Table<'_>]) -> Vec<Section> {
        let all: Vec<&str> = tables.iter().map(|table| table.name).collect();
        self.place_channels();
        let mut sections = Vec::new();
        for seen in &mut self.tables {
            seen.sort();
            let own: Vec<&str> = seen.tables.iter().map(|table| table.name).collect();
            let mut section = seen.section.clone();
            match section.input {
                Input::Files(ref patterns) => section.except = except(patterns, &own, &all),
                _ if all.len() == 1 => {}
                _ => section.input = Input::Files(paths::patterns(&own, &all)),
            }
            sections.push(section);
        }
        sections
    }

    /// Finds out where messages name their channels that have no column for them.
    fn place_channels(&mut self) {
        let lacks = |seen: &&mut Seen<'_>| {
            let has = |name| seen.section.fields.iter().any(|it| it.name == name);
            seen.kind == SectionKind::Messages && !has("channel_id") && !has("channel_member_ids")
        };
        let names = |seen: &Seen<'t>| {
            let names = seen.tables.iter().map(|table| table.name);
            names.collect::<Vec<_>>()
        };
        let lacking: Vec<&mut Seen<'_>> = self.tables.iter_mut().filter(lacks).collect();
        let paths: Vec<&str> = lacking.iter().flat_map(|seen| names(seen)).collect();
        let place = match paths.as_slice() {
            [only] => paths::of_one(only),
            paths => paths::of_many(paths),
        };
        let is_one = paths.len() == 1;
        for seen in lacking {
            let doubtful = match is_one {
                true => seen.dividing(),
                false => Vec::new(),
            };
            match place.pattern("csv") {
                Some(_) if doubtful.is_empty() => seen.take_path(&place),
                _ => seen.ask_channel(&doubtful),
            }
        }
    }

    /// Of several tables of one kind those go that are less likely: databases have many tables that
    /// are called after another, such as `user_sessions` beside `users`. Of messages only those that
    /// lack what messages need, since the others may hold a part of the chat.
    fn thin(&mut self) {
        for kind in SectionKind::ALL {
            self.prefer(kind, |it| {
                let has = |name: &&str| it.fields.iter().any(|held| held.field == *name);
                let mut needed = read::needed(kind).iter();
                needed.all(|names| names.contains(&"id") || names.iter().any(has))
            });
            if kind != SectionKind::Messages {
                let is_called = |table: &&Table<'_>| kinds::called(table) == Some(kind);
                self.prefer(kind, |it| it.tables.iter().any(is_called));
            }
        }
    }

    /// Keeps of the tables of a kind those of which this is true, if there are any.
    fn prefer(&mut self, kind: SectionKind, is_better: impl Fn(&Seen<'_>) -> bool) {
        let mut of_kind = self.tables.iter().filter(|it| it.kind == kind);
        if of_kind.any(&is_better) {
            self.tables.retain(|it| it.kind != kind || is_better(it));
        }
    }

    fn sections_of_database(&mut self) -> Vec<Section> {
        self.mapping.source = Some(SourceKind::Sqlite);
        self.thin();
        for seen in &mut self.tables {
            let has = |name| seen.section.fields.iter().any(|it| it.name == name);
            let is_placed = has("channel_id") || has("channel_member_ids");
            if seen.kind == SectionKind::Messages && !is_placed {
                let doubtful = seen.dividing();
                seen.ask_channel(&doubtful);
            }
            seen.sort();
        }
        self.rivals();
        let sections = self.tables.iter().map(|seen| {
            let mut section = seen.section.clone();
            let name = seen.tables.first().map_or("", |table| table.name);
            section.input = Input::Table(name.to_owned());
            let is_field = |name: &String| {
                let mut fields = seen.section.fields.iter();
                fields
                    .any(|it| matches!(&it.value.source, Source::Column(column) if column == name))
            };
            let secrets = { seen.columns().iter() }
                .filter(|name| secrets::is_secret(seen.kind, name) && !is_field(name));
            section
                .custom
                .extend(secrets.map(|name| (name.clone(), None)));
            section
        });
        sections.collect()
    }

    /// Tables of which each may be the one of its kind: a copy of a table is not read beside it by
    /// accident, since all that it holds would be there twice.
    fn rivals(&mut self) {
        for kind in SectionKind::ALL {
            let tables = self.tables.iter().filter(|it| it.kind == kind);
            let names = tables.filter_map(|it| it.tables.first());
            let names: Vec<&str> = names.map(|table| table.name).collect();
            if names.len() > 1 {
                self.faults.push(Fault::of_all(format!(
                    "the tables {} look like {} alike; keep the sections of those that are",
                    wording::safe(&wording::list(&names), 300),
                    kind.name(),
                )));
            }
        }
    }

    fn finish(&mut self, mut sections: Vec<Section>) {
        for seen in &self.tables {
            self.faults.extend(seen.faults.iter().cloned());
            let has_header = seen.faults.is_empty() || !values::look_like_a_record(seen.columns());
            if !has_header {
                self.faults.push(Fault::of_all(format!(
                    "{}: its first row looks like a record and not like names of columns; if there are \
                     none, a mapping says `header = false` under `[csv]`, and columns are called `1`, `2`, `3`",
                    seen.name()
                )));
            }
        }
        let lower = self.tables.iter().filter(|it| !it.faults.is_empty());
        let lower = lower.filter_map(Seen::header_below).collect::<Vec<_>>();
        self.faults.extend(lower.into_iter().map(Fault::of_all));
        sections.sort_by_key(|section| section.kind);
        self.derived(&mut sections);
        let has_messages = sections.iter().any(|it| it.kind == SectionKind::Messages);
        if !has_messages && !self.has_messages_elsewhere {
            let empty = self.unknown.iter().find(|table| table.columns.is_empty());
            self.faults.push(Fault::of_all(match empty {
                Some(table) => format!(
                    "{}: there is nothing in it, not even the names of columns",
                    wording::safe(table.name, 80)
                ),
                None => {
                    let text =
                        "no table looks like messages: none has columns for a text and a time";
                    text.to_owned()
                }
            }));
        }
        let remarks = self.tables.iter().flat_map(|seen| seen.remarks.clone());
        self.mapping.remarks = Remarks(remarks.collect());
        self.mapping.name = Name("what was found out".to_owned());
        self.mapping.sections = sections;
    }

    /// What rows of messages tell of people and channels that stand in no table of their own.
    fn derived(&self, sections: &mut Vec<Section>) {
        let has = |kind| self.tables.iter().any(|it| it.kind == kind);
        let messages = { self.tables.iter() }.filter(|it| it.kind == SectionKind::Messages);
        let messages: Vec<&Seen<'_>> = messages.collect();
        // One mapping says it for all messages, so all of them must have the column.
        let common = |lists: &[&[&str]], field: &str| {
            let first = messages.first()?;
            let used = first.taken(field)?;
            let mut found = lists.iter().filter_map(|names| first.find(names));
            let place = found.find(|place| {
                *place != used && !first.fields.iter().any(|it| it.places.contains(place))
            })?;
            let name = first.columns().get(place)?;
            // People change their names; a channel that has several has none of them.
            let is_name = |seen: &&Seen<'_>| {
                let place = seen.columns().iter().position(|it| it == name);
                let owner = seen.taken(field).filter(|_| field == "channel_id");
                place.is_some_and(|place| owner.is_none_or(|owner| seen.has_one_each(owner, place)))
            };
            messages.iter().all(is_name).then(|| name.clone())
        };
        let field = |name: &'static str, column: Option<String>| {
            column.map(|column| Field {
                name,
                value: Transform::column(column),
            })
        };
        let mut derive = |kind, fields: Vec<Field>| {
            if !fields.is_empty() {
                sections.push(Section {
                    input: Input::Messages,
                    fields,
                    ..Section::new(kind)
                });
            }
        };
        if !has(SectionKind::Channels) {
            let name = common(aliases::NAMES_OF_CHANNELS, "channel_id");
            derive(
                SectionKind::Channels,
                field("name", name).into_iter().collect(),
            );
        }
        if !has(SectionKind::Users) {
            let name = field("name", common(aliases::NAMES_OF_USERS, "user_id"));
            let picture = field("image_url", common(aliases::PICTURES_OF_USERS, "user_id"));
            derive(
                SectionKind::Users,
                name.into_iter().chain(picture).collect(),
            );
        }
    }

    /// What every column was taken for.
    fn shown(&self) -> String {
        let mut text = String::new();
        for seen in &self.tables {
            let _ = write!(text, "\n{}, read as {}:", seen.name(), seen.kind.name());
            for (place, column) in seen.columns().iter().enumerate() {
                let column = wording::safe(column, 40);
                let _ = write!(text, "\n  {column:<24} {}", seen.meaning(place));
            }
        }
        for table in self.unknown.iter().take(LISTED) {
            let _ = write!(text, "\n{}", draft::unread(table));
        }
        if self.unknown.len() > LISTED {
            let _ = write!(text, "\nand {} more", self.unknown.len() - LISTED);
        }
        text
    }
}

impl Seen<'_> {
    /// What is to be said of a row that has names of columns, if one of the first has, as where a
    /// title stands above them.
    fn header_below(&self) -> Option<String> {
        let is_header = |row: &Vec<String>| {
            let fields = fields::of(SectionKind::Messages, row);
            let mut needed = ["user_id", "text", "created_at"].into_iter();
            needed.all(|name| fields.iter().any(|held| held.field == name))
        };
        let rows = self.tables.first()?.rows;
        let row = rows.iter().take(10).find(|row| is_header(row))?;
        let cells: Vec<&str> = row.iter().map(|cell| cell.trim()).collect();
        let name = self.name();
        Some(format!(
            "{name}: the row {} looks like the names of columns; if it is, take away what stands above it",
            wording::safe(&wording::list(&cells), 200)
        ))
    }

    /// What a column was taken for.
    fn meaning(&self, place: usize) -> String {
        let fields = { self.fields.iter() }.filter(|held| held.places.contains(&place));
        let fields = fields.map(|held| {
            let is_asked = self.faults.iter().any(|it| it.field == Some(held.field));
            let doubt = if is_asked { " ?" } else { "" };
            format!("{}{doubt}", held.field)
        });
        let fields: Vec<String> = fields.collect();
        match fields.is_empty() {
            true => "custom data".to_owned(),
            false => fields.join(", "),
        }
    }

    /// The columns without a field that may tell messages of several channels apart.
    fn dividing(&self) -> Vec<usize> {
        let is_word = |name: &str| {
            let words = aliases::CHANNEL_WORDS.iter();
            aliases::RECIPIENTS.contains(&name) || words.into_iter().any(|it| name.contains(it))
        };
        let is_innocent = |name: &str| INNOCENT.iter().any(|word| name.contains(word));
        let left = self.left().into_iter().filter(|place| {
            let name = aliases::plain(self.name_of(*place));
            is_word(&name) || !is_innocent(&name) && self.column(*place).divides()
        });
        left.collect()
    }

    /// Takes the channel from the paths of the files.
    fn take_path(&mut self, place: &Place) {
        let mut patterns: Vec<Pattern> = Vec::new();
        for table in &self.tables {
            let pattern = place.pattern(paths::ending(table.name));
            patterns.extend(pattern.filter(|it| !patterns.contains(it)));
        }
        let after = match place {
            Place::Folder(_) => "folders",
            _ if self.tables.len() > 1 => "files",
            _ => "the file",
        };
        let (table, listed) = (
            self.name(),
            patterns.first().map_or("", |it| &it.0).to_owned(),
        );
        self.remarks.push(format!(
            "{table}: no column names a channel, so channels are called after {after} (`{listed}`)"
        ));
        let channel = Field {
            name: "channel_id",
            value: Transform {
                source: Source::Path("channel".to_owned()),
                ..Transform::default()
            },
        };
        self.place_channel(channel);
        self.section.input = Input::Files(patterns);
    }

    /// Adds the channel, also to an id that is made of what messages say.
    fn place_channel(&mut self, channel: Field) {
        let id = self.section.fields.iter_mut().find(|it| it.name == "id");
        if let Some(Field { value, .. }) = id
            && let Source::Hash(fields) = &mut value.source
        {
            fields.insert(0, "channel_id".to_owned());
        }
        let at = self.section.fields.iter().position(|it| it.name == "id");
        self.section
            .fields
            .insert(at.map_or(0, |at| at + 1), channel);
    }

    /// Whether rows with one value in `owner` never have two in another column.
    fn has_one_each(&self, owner: usize, place: usize) -> bool {
        let mut known = HashMap::new();
        let rows = self.rows.iter();
        let mut pairs = rows.filter_map(|row| Some((row.get(owner)?, row.get(place)?)));
        pairs
            .all(|(owner, value)| value.is_empty() || known.entry(owner).or_insert(value) == &value)
    }

    /// What a mapping says where messages are between two people, if they seem to be.
    fn pair(&self) -> String {
        let (Some(to), Some(from)) = (self.find(aliases::RECIPIENTS), self.taken("user_id")) else {
            return String::new();
        };
        let Some(Source::Template(pair)) = self.template(from, ";", to).map(|it| it.source) else {
            return String::new();
        };
        let mut text = format!(
            "; where messages are between two people, `channel_member_ids = {{ template = \"{}\", split = \
             \";\" }}`",
            wording::safe(&pair, 120)
        );
        if let Some(cell) = self.unclear_recipients(from, to) {
            let _ = write!(
                text,
                "; nobody can tell whether `{}` is several people: if so, what stands between them stands \
                 in the template and in `split`",
                wording::safe(cell, 40)
            );
        }
        text
    }

    /// Takes note that nobody can tell which channels messages are in.
    fn ask_channel(&mut self, doubtful: &[usize]) {
        self.place_channel(Field {
            name: "channel_id",
            value: Transform::column(BLANK),
        });
        let pair = self.pair();
        let perhaps = match doubtful.is_empty() {
            true => String::new(),
            false => format!("; perhaps {}", self.listed(doubtful)),
        };
        let text = format!(
            "{}: no column is known for `channel_id`, `channel_member_ids`{perhaps}; if all messages are \
             of one channel, a mapping says `channel_id = {{ const = \"general\" }}`, and for one file \
             a channel `files = \"{{channel}}.csv\"` and `channel_id = {{ path = \"channel\" }}`{pair}",
            self.name()
        );
        let others = match doubtful.is_empty() {
            true => self.left(),
            false => doubtful.to_vec(),
        };
        let columns = match others.is_empty() {
            true => "the column that it is".to_owned(),
            false => choice_of(&others, &self.listed(&others)),
        };
        self.faults.push(Fault {
            field: Some("channel_id"),
            text,
            choice: format!("{columns}; or {{ const = \"general\" }} if all is one channel"),
        });
    }
}

/// Words in the names of columns whose values come again and again and that are not channels.
const INNOCENT: &[&str] = &[
    "app",
    "city",
    "client",
    "color",
    "colour",
    "country",
    "device",
    "direction",
    "edited",
    "emoji",
    "flag",
    "format",
    "gender",
    "kind",
    "lang",
    "level",
    "locale",
    "mime",
    "mood",
    "name",
    "platform",
    "priority",
    "reaction",
    "read",
    "role",
    "score",
    "sentiment",
    "source",
    "state",
    "status",
    "system",
    "type",
    "version",
    "zone",
    "avatar",
    "mail",
    "date",
    "time",
];

/// Files that patterns fit and that are not to be read by them.
fn except(patterns: &[Pattern], own: &[&str], all: &[&str]) -> Vec<Pattern> {
    let own: std::collections::HashSet<&str> = own.iter().copied().collect();
    let others = all.iter().filter(|path| !own.contains(*path));
    let fits = |path: &&&str| patterns.iter().any(|it| it.captures(path).is_some());
    let others: Vec<&str> = others.filter(fits).copied().collect();
    paths::patterns(&others, all)
}
