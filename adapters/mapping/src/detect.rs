//! A mapping made from the names of tables and columns, as if somebody had written it.

use std::fmt::Write as _;

use anyhow::{Result, anyhow};
use migrate_model::wording;

use crate::aliases::{self, Alias};
use crate::mapping::{Field, Input, Mapping, Section, SectionKind, SourceKind};
use crate::names;
use crate::pattern::Pattern;
use crate::read;
use crate::transform::{Source, Transform};

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

/// A mapping for tables, by their names and columns.
///
/// # Errors
/// If a table that is needed is not there, or a field that is needed is found in no column or in
/// two. The text has a table of what was found; `init` is the command that writes a draft.
pub fn detect(tables: &[Table<'_>], init: &str) -> Result<Mapping> {
    detected(Guess::of(tables, SourceKind::Csv), init)
}

/// As [`detect`], for the tables of a database. Columns that look like secrets are left out.
///
/// # Errors
/// As those of [`detect`], and if several tables may be what only one can be.
pub fn detect_in_database(tables: &[Table<'_>], init: &str) -> Result<Mapping> {
    detected(Guess::of(tables, SourceKind::Sqlite), init)
}

/// What a table of a database seems to be; `None` if nothing is known of it.
pub fn kind_of_table(table: &Table<'_>) -> Option<SectionKind> {
    kind_of(table)
}

fn detected(guess: Guess<'_>, init: &str) -> Result<Mapping> {
    if guess.faults.is_empty() {
        return Ok(guess.mapping);
    }
    let mut text = guess.faults.join("\n");
    text.push_str(&guess.shown());
    let _ = write!(
        text,
        "\nwrite a draft of a mapping by `{init}`, mend it, and give it by `--mapping map.toml`"
    );
    Err(anyhow!(text))
}

/// The mapping that [`detect`] would make, as TOML; with what it could not tell as comments.
pub fn draft(tables: &[Table<'_>]) -> String {
    drafted(Guess::of(tables, SourceKind::Csv))
}

/// The mapping that [`detect_in_database`] would make, as [`draft`] gives it.
pub fn draft_of_database(tables: &[Table<'_>]) -> String {
    drafted(Guess::of(tables, SourceKind::Sqlite))
}

fn drafted(guess: Guess<'_>) -> String {
    let mut text = String::new();
    for fault in &guess.faults {
        for line in fault.lines() {
            let _ = writeln!(text, "# mend this: {line}");
        }
    }
    if !guess.faults.is_empty() {
        for line in guess.shown().lines() {
            let _ = writeln!(text, "#   {line}");
        }
        text.push('\n');
    }
    text + &guess.mapping.to_toml()
}

/// What tables seem to be.
struct Guess<'t> {
    mapping: Mapping,
    faults: Vec<String>,
    tables: Vec<Seen<'t>>,
}

/// What one table seems to be.
struct Seen<'t> {
    table: &'t Table<'t>,
    kind: SectionKind,
    /// Each field with the places of the columns that may hold it; the first is taken.
    fields: Vec<(&'static str, Vec<usize>)>,
}

impl<'t> Guess<'t> {
    fn of(tables: &'t [Table<'t>], source: SourceKind) -> Guess<'t> {
        let seen = tables.iter().filter_map(|table| {
            let kind = kind_of(table)?;
            Some(Seen {
                table,
                kind,
                fields: fields_of(kind, table.columns),
            })
        });
        let mut guess = Guess {
            mapping: Mapping::default(),
            faults: Vec::new(),
            tables: seen.collect(),
        };
        match source {
            SourceKind::Csv => guess.sections(tables.len()),
            SourceKind::Sqlite => guess.sections_of_database(),
        }
        guess
    }

    fn sections(&mut self, count: usize) {
        let is_alone = count == 1;
        let messages = self
            .tables
            .iter()
            .filter(|it| it.kind == SectionKind::Messages);
        let many = messages.clone().count() > 1;
        let mut sections: Vec<Section> = Vec::new();
        for seen in &self.tables {
            let mut section = seen.section();
            let has_channel = seen.has("channel_id");
            section.input = match (is_alone, seen.kind, has_channel) {
                (true, SectionKind::Messages, false) if names_channel(seen.table.name) => {
                    by_channel(seen.table.name, &mut section)
                }
                (true, ..) => Input::Unsaid,
                (false, SectionKind::Messages, false) if many || names_channel(seen.table.name) => {
                    by_channel(seen.table.name, &mut section)
                }
                _ => Input::Files(vec![literal(seen.table.name)]),
            };
            seen.doubts(&section, &mut self.faults);
            let same = sections.iter_mut().find(|it| {
                it.kind == section.kind
                    && it.fields == section.fields
                    && it.custom == section.custom
            });
            match (same, section.input) {
                (Some(same), Input::Files(more)) => {
                    if let Input::Files(patterns) = &mut same.input {
                        let new = more.into_iter().filter(|it| !patterns.contains(it));
                        let new: Vec<Pattern> = new.collect();
                        patterns.extend(new);
                    }
                }
                (_, input) => sections.push(Section { input, ..section }),
            }
        }
        self.finish(sections);
    }

    fn sections_of_database(&mut self) {
        self.mapping.source = Some(SourceKind::Sqlite);
        self.thin();
        let mut sections: Vec<Section> = Vec::new();
        for seen in &self.tables {
            let mut section = seen.section();
            section.input = Input::Table(seen.table.name.to_owned());
            let columns = seen.table.columns.iter();
            let secrets = columns.filter(|name| aliases::is_secret(name));
            section.custom = secrets.map(|name| (name.clone(), None)).collect();
            seen.doubts(&section, &mut self.faults);
            sections.push(section);
        }
        self.rivals();
        self.finish(sections);
    }

    /// Of several tables of one kind those go that are less likely: databases have many tables that
    /// are called after another, such as `user_sessions` beside `users`. Of messages only those that
    /// lack what messages need, since the others may hold a part of the chat.
    fn thin(&mut self) {
        for kind in SectionKind::ALL {
            let is_whole = |it: &Seen<'_>| {
                let mut needed = read::needed(kind).iter();
                needed.all(|names| names.contains(&"id") || names.iter().any(|name| it.has(name)))
            };
            self.prefer(kind, is_whole);
            if kind != SectionKind::Messages {
                self.prefer(kind, |it| is_called(kind, it.table.name));
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

    /// Tables of which each may be the one of its kind: a copy of a table is not read beside it by
    /// accident, since all that it holds would be there twice.
    fn rivals(&mut self) {
        for kind in SectionKind::ALL {
            let tables = self.tables.iter().filter(|it| it.kind == kind);
            let names: Vec<&str> = tables.map(|it| it.table.name).collect();
            if names.len() > 1 {
                self.faults.push(format!(
                    "the tables {} look like {} alike; keep the sections of those that are",
                    wording::safe(&wording::list(&names), 300),
                    kind.name(),
                ));
            }
        }
    }

    fn finish(&mut self, mut sections: Vec<Section>) {
        sections.sort_by_key(|section| section.kind);
        self.derived(&mut sections);
        if !sections.iter().any(|it| it.kind == SectionKind::Messages) {
            let text = "no table looks like messages: none has columns for a text and a time";
            self.faults.push(text.to_owned());
        }
        self.mapping.sections = sections;
    }

    /// What rows of messages tell of people and channels that stand in no table of their own.
    fn derived(&self, sections: &mut Vec<Section>) {
        let has = |kind| self.tables.iter().any(|it| it.kind == kind);
        let messages = self
            .tables
            .iter()
            .filter(|it| it.kind == SectionKind::Messages);
        let messages: Vec<&Seen<'_>> = messages.collect();
        // One mapping says it for all messages, so all of them must have the column.
        let common = |names: &[&str], field: &str| {
            let first = messages.first()?;
            let used = first.taken(field)?;
            let place = first.find(names).filter(|place| *place != used)?;
            let name = first.table.columns.get(place)?;
            let all = messages.iter().all(|it| it.table.columns.contains(name));
            all.then(|| name.clone())
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
            let kind = seen.kind.name();
            let name = wording::safe(seen.table.name, 80);
            let _ = write!(text, "\n{name}, read as {kind}:");
            for (place, column) in seen.table.columns.iter().enumerate() {
                let fields = seen
                    .fields
                    .iter()
                    .filter(|(_, places)| places.contains(&place));
                let fields = fields.map(|(field, places)| {
                    let doubt = if places.len() > 1 { " ?" } else { "" };
                    format!("{field}{doubt}")
                });
                let fields: Vec<String> = fields.collect();
                let meaning = match fields.is_empty() {
                    true => "custom data".to_owned(),
                    false => fields.join(", "),
                };
                let column = wording::safe(column, 40);
                let _ = write!(text, "\n  {column:<24} {meaning}");
            }
        }
        text
    }
}

impl Seen<'_> {
    fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| *name == field)
    }

    fn taken(&self, field: &str) -> Option<usize> {
        let (_, places) = self.fields.iter().find(|(name, _)| *name == field)?;
        places.first().copied()
    }

    /// The first column with one of these names.
    fn find(&self, names: &[&str]) -> Option<usize> {
        let columns = self.table.columns.iter();
        let plain: Vec<String> = columns.map(|name| aliases::plain(name)).collect();
        { names.iter() }.find_map(|name| plain.iter().position(|it| it == name))
    }

    fn section(&self) -> Section {
        let mut section = Section::new(self.kind);
        for (field, places) in &self.fields {
            let column = places
                .first()
                .and_then(|place| self.table.columns.get(*place));
            let Some(column) = column else { continue };
            section.fields.push(Field {
                name: field,
                value: Transform::column(column),
            });
        }
        if self.kind == SectionKind::Messages {
            self.with_clock(&mut section);
            self.with_id(&mut section);
        }
        section
    }

    /// A date and a time of day that stand in two columns are one time.
    fn with_clock(&self, section: &mut Section) {
        let (Some(date), Some(time)) = (self.find(&["date"]), self.find(&["time"])) else {
            return;
        };
        let columns = [date, time].map(|place| self.table.columns.get(place));
        let [Some(date), Some(time)] = columns else {
            return;
        };
        let is_plain = |name: &String| !name.contains(['{', '}']);
        let created = section.fields.iter_mut().find(|it| it.name == "created_at");
        if let Some(created) = created
            && created.value.source == Source::Column(date.clone())
            && is_plain(date)
            && is_plain(time)
        {
            created.value.source = Source::Template(format!("{{{date}}} {{{time}}}"));
        }
    }

    /// Messages without an id get one from what they say.
    fn with_id(&self, section: &mut Section) {
        if self.has("id") {
            return;
        }
        let named = ["channel_id", "user_id", "created_at", "text"];
        let fields = named
            .into_iter()
            .filter(|field| self.has(field))
            .map(str::to_owned);
        let id = Field {
            name: "id",
            value: Transform {
                source: Source::Hash(fields.collect()),
                ..Transform::default()
            },
        };
        section.fields.insert(0, id);
    }

    /// What cannot be told, or is missing.
    fn doubts(&self, section: &Section, faults: &mut Vec<String>) {
        let table = wording::safe(self.table.name, 80);
        let is_clock = |field: &str| {
            let fields = section.fields.iter();
            let mut fields = fields.filter(|it| it.name == field);
            fields.any(|it| matches!(it.value.source, Source::Template(_)))
        };
        for (field, places) in &self.fields {
            if places.len() > 1 && !is_clock(field) {
                let columns = places
                    .iter()
                    .filter_map(|place| self.table.columns.get(*place));
                let columns: Vec<&str> = columns.map(String::as_str).collect();
                let columns = wording::safe(&wording::list(&columns), 200);
                faults.push(format!(
                    "{table}: `{field}` may be any of the columns {columns}"
                ));
            }
        }
        let has = |name: &&str| section.fields.iter().any(|field| field.name == *name);
        for names in read::needed(self.kind) {
            if !names.iter().any(has) {
                let names = wording::list(names);
                faults.push(format!("{table}: no column is known for {names}"));
            }
        }
    }
}

/// What a table is, by its name, and else by its columns.
fn kind_of(table: &Table<'_>) -> Option<SectionKind> {
    let fits = |kind| {
        let fields = fields_of(kind, table.columns);
        let has = |names: &&[&str]| fields.iter().any(|(name, _)| names.contains(name));
        match kind {
            // What else is missing is told, or made.
            SectionKind::Messages => {
                has(&&["created_at"][..]) && (has(&&["text"][..]) || has(&&["attachments"][..]))
            }
            SectionKind::Attachments => {
                has(&&["message_id"][..]) && has(&&["asset_url", "image_url"][..])
            }
            kind => read::needed(kind).iter().all(has),
        }
    };
    let stem = stem_of(table.name);
    let mut by_name: Vec<(usize, SectionKind)> = Vec::new();
    for (kind, names) in aliases::TABLES {
        // The last word of a name says what it is: `room_users` are users.
        let ends = names
            .iter()
            .filter(|name| stem.ends_with(*name))
            .map(|it| it.len() + 100);
        let starts = names
            .iter()
            .filter(|name| stem.starts_with(*name))
            .map(|it| it.len());
        if let Some(best) = ends.chain(starts).max() {
            by_name.push((best, *kind));
        }
    }
    by_name.sort_by_key(|(best, _)| std::cmp::Reverse(*best));
    // `messages-by-channel` and `all-by-user` are messages, if they can be.
    let is_exact = aliases::TABLES
        .iter()
        .any(|(_, names)| names.contains(&stem.as_str()));
    let says_who_wrote_what = || {
        let fields = fields_of(SectionKind::Messages, table.columns);
        let has = |name: &str| fields.iter().any(|(field, _)| *field == name);
        has("user_id") && has("text") && has("created_at")
    };
    if !is_exact && says_who_wrote_what() {
        return Some(SectionKind::Messages);
    }
    if let Some((_, kind)) = by_name.iter().find(|(_, kind)| fits(*kind)) {
        // Lists of members are often called users, and the other way round.
        return match kind {
            SectionKind::Users if fits(SectionKind::Members) => Some(SectionKind::Members),
            kind => Some(*kind),
        };
    }
    if let [(_, SectionKind::Members), ..] = by_name[..]
        && fits(SectionKind::Users)
    {
        return Some(SectionKind::Users);
    }
    use SectionKind::{Attachments, Members, Messages, Reactions, Users};
    let by_columns = [Messages, Reactions, Attachments, Members];
    let found = by_columns.into_iter().find(|kind| fits(*kind));
    let is_person = || {
        let fields = fields_of(Users, table.columns);
        let has = |name: &str| fields.iter().any(|(field, _)| *field == name);
        has("id") && has("email") && has("name")
    };
    found.or_else(|| is_person().then_some(Users)).or_else(|| {
        // Messages that lack something are told about as such.
        let is_messages = by_name.first().is_some_and(|(_, kind)| *kind == Messages);
        is_messages.then_some(Messages)
    })
}

/// The fields of a kind, with the columns that may hold each.
fn fields_of(kind: SectionKind, columns: &[String]) -> Vec<(&'static str, Vec<usize>)> {
    let plain: Vec<String> = columns.iter().map(|name| aliases::plain(name)).collect();
    let mut used = vec![false; columns.len()];
    let mut found: Vec<(&'static str, Vec<usize>)> = Vec::new();
    let take = |alias: &Alias, places: Vec<usize>, used: &mut Vec<bool>| {
        let own = aliases::plain(alias.field);
        let exact = places
            .iter()
            .find(|place| plain.get(**place) == Some(&own))
            .copied();
        let places = match (exact, alias.is_sure) {
            (Some(place), _) => vec![place],
            (None, true) => places,
            (None, false) => places.into_iter().take(1).collect(),
        };
        for place in &places {
            if let Some(used) = used.get_mut(*place) {
                *used = true;
            }
        }
        places
    };
    for alias in aliases::of(kind) {
        let places = alias.names.iter().find_map(|names| {
            let named =
                { names.iter() }.flat_map(|name| places_of(&plain, &used, move |it| it == *name));
            let named: Vec<usize> = named.collect();
            (!named.is_empty()).then_some(named)
        });
        if let Some(places) = places {
            found.push((alias.field, take(alias, places, &mut used)));
        }
    }
    // A field that no column is named after may be the end of a longer name.
    for alias in aliases::of(kind) {
        if found.iter().any(|(field, _)| *field == alias.field) {
            continue;
        }
        let long = alias
            .names
            .iter()
            .copied()
            .flatten()
            .filter(|name| name.len() >= 6);
        let places = long.flat_map(|name| places_of(&plain, &used, move |it| it.ends_with(name)));
        let mut places: Vec<usize> = places.collect();
        places.sort_unstable();
        places.dedup();
        if let [only] = places[..] {
            found.push((alias.field, take(alias, vec![only], &mut used)));
        }
    }
    let known = names::of_section(kind);
    found.sort_by_key(|(field, _)| known.iter().position(|(name, _)| name == field));
    found
}

fn places_of<'p>(
    plain: &'p [String],
    used: &'p [bool],
    is: impl Fn(&str) -> bool + 'p,
) -> impl Iterator<Item = usize> + 'p {
    let free = plain
        .iter()
        .zip(used)
        .enumerate()
        .filter(|(_, (_, used))| !**used);
    free.filter(move |(_, (name, _))| is(name))
        .map(|(place, _)| place)
}

/// The name of a table without folders and ending, as it is compared.
fn stem_of(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || "-_ ".contains(c));
    aliases::plain(stem)
}

/// Whether a table is called exactly by a word for its kind.
fn is_called(kind: SectionKind, name: &str) -> bool {
    let name = aliases::plain(name);
    let mut tables = aliases::TABLES.iter();
    tables.any(|(of, names)| *of == kind && names.contains(&name.as_str()))
}

/// Whether the name of a file may be that of a channel: it is no word for messages.
fn names_channel(path: &str) -> bool {
    let stem = stem_of(path);
    let is_word = |names: &&[&str]| names.iter().any(|name| stem == *name);
    path != "-" && !stem.is_empty() && !aliases::TABLES.iter().any(|(_, names)| is_word(names))
        || by_day(path)
}

/// Whether a file is called by a date and stands in a folder, which then is the channel.
fn by_day(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else {
        return false;
    };
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    !folder.is_empty()
        && stem
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-_".contains(&byte))
}

/// The channel is the name of the file, or of its folder.
fn by_channel(path: &str, section: &mut Section) -> Input {
    let ending = path.rsplit_once('.').map_or("csv", |(_, ending)| ending);
    let ending = if ending.contains('/') { "csv" } else { ending };
    let pattern = match by_day(path) {
        true => format!("{{channel}}/*.{ending}"),
        false => format!("{{channel}}.{ending}"),
    };
    let channel = Field {
        name: "channel_id",
        value: Transform {
            source: Source::Path("channel".to_owned()),
            ..Transform::default()
        },
    };
    if let Some(Field { value, .. }) = section.fields.first_mut()
        && let Source::Hash(fields) = &mut value.source
    {
        fields.insert(0, "channel_id".to_owned());
    }
    let at = section.fields.len().min(1);
    section.fields.insert(at, channel);
    Input::Files(vec![Pattern(pattern)])
}

/// A pattern that fits a path; what would mean something else is any text.
fn literal(path: &str) -> Pattern {
    let mut pattern = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '{' | '}' | '*' if pattern.ends_with('*') => {}
            '{' | '}' => pattern.push('*'),
            c => pattern.push(c),
        }
    }
    let parts = pattern.split('/').filter(|part| !part.is_empty());
    Pattern(parts.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan_tests::read_with;

    fn owned(columns: &[&str]) -> Vec<String> {
        columns.iter().map(|it| (*it).to_owned()).collect()
    }

    /// What each section of the mapping says, in short.
    fn check(tables: &[(&str, &str)], expected: &[&str]) {
        let columns: Vec<Vec<String>> = tables
            .iter()
            .map(|(_, it)| owned(&it.split(',').collect::<Vec<_>>()))
            .collect();
        let tables = tables
            .iter()
            .zip(&columns)
            .map(|((name, _), columns)| Table {
                name,
                columns,
                rows: &[],
            });
        let tables: Vec<Table<'_>> = tables.collect();
        let mapping = match detect(&tables, "migrate csv init") {
            Ok(mapping) => mapping,
            Err(error) => panic!("{error}"),
        };
        let shown = mapping.sections.iter().map(|section| {
            let fields = section.fields.iter().map(|it| match &it.value.source {
                Source::Column(name) => format!("{}={name}", it.name),
                other => format!("{}={other:?}", it.name),
            });
            let fields: Vec<String> = fields.collect();
            let input = match &section.input {
                Input::Files(patterns) => patterns
                    .iter()
                    .map(|it| it.0.as_str())
                    .collect::<Vec<_>>()
                    .join("+"),
                input => format!("{input:?}"),
            };
            format!("{} {input}: {}", section.kind.name(), fields.join(" "))
        });
        let shown: Vec<String> = shown.collect();
        assert_eq!(shown, expected);
        let toml = mapping.to_toml();
        assert_eq!(draft(&tables), toml);
        let again =
            Mapping::parse(&toml, "draft").unwrap_or_else(|error| panic!("{error}\n{toml}"));
        assert_eq!(again, mapping);
    }

    #[test]
    fn ordinary_headers_are_understood() {
        check(
            &[("chat.csv", "id,channel_id,user_id,text,created_at")],
            &[
                "messages Unsaid: id=id channel_id=channel_id user_id=user_id text=text created_at=created_at",
            ],
        );
        check(
            &[(
                "m.csv",
                "Message ID,Room,Author,Author ID,Body,Sent At,Parent ID,Mood",
            )],
            &[
                "messages Unsaid: id=Message ID channel_id=Room user_id=Author ID text=Body parent_id=Parent ID created_at=Sent At",
                "users Messages: name=Author",
            ],
        );
        check(
            &[("m.csv", "created_at,channel_id,id,author,content")],
            &[
                "messages Unsaid: id=id channel_id=channel_id user_id=author text=content created_at=created_at",
            ],
        );
        check(
            &[(
                "m.csv",
                "timestamp,username,channel,content,reactions,attachments",
            )],
            &[
                "messages Unsaid: id=Hash([\"channel_id\", \"user_id\", \"created_at\", \"text\"]) channel_id=channel user_id=username text=content created_at=timestamp attachments=attachments reactions=reactions",
            ],
        );
        check(
            &[("m.csv", "Date,Time,Author,Message,Chat")],
            &[
                "messages Unsaid: id=Hash([\"channel_id\", \"user_id\", \"created_at\", \"text\"]) channel_id=Chat user_id=Author text=Message created_at=Template(\"{Date} {Time}\")",
            ],
        );
    }

    #[test]
    fn files_are_told_apart_by_name_and_by_columns() {
        check(
            &[
                ("x/users.csv", "id,username,email"),
                ("x/channels.csv", "id,name,created_by"),
                ("x/channel_users.csv", "channel_id,user_id"),
                ("x/messages-1.csv", "id,channel_id,user_id,text,created_at"),
                ("x/messages-2.csv", "id,channel_id,user_id,text,created_at"),
                ("x/reactions.csv", "message_id,user_id,emoji"),
                ("x/files.csv", "message_id,url,filename,type"),
                ("x/notes.csv", "a,b"),
            ],
            &[
                "users x/users.csv: id=id name=username email=email",
                "channels x/channels.csv: id=id name=name created_by=created_by",
                "members x/channel_users.csv: channel_id=channel_id user_id=user_id",
                "messages x/messages-1.csv+x/messages-2.csv: id=id channel_id=channel_id user_id=user_id text=text created_at=created_at",
                "reactions x/reactions.csv: message_id=message_id reaction_type=emoji user_id=user_id",
                "attachments x/files.csv: message_id=message_id asset_url=url title=filename mime_type=type",
            ],
        );
        check(
            &[
                ("a.csv", "id,name,email"),
                ("b.csv", "id,room,user,text,date"),
                ("b-by-channel.csv", "id,room,user,text,date"),
            ],
            &[
                "users a.csv: id=id name=name email=email",
                "messages b.csv+b-by-channel.csv: id=id channel_id=room user_id=user text=text created_at=date",
            ],
        );
    }

    #[test]
    fn one_file_a_channel_is_understood() {
        check(
            &[
                ("x/general.csv", "id,user,text,date"),
                ("x/random.csv", "id,user,text,date"),
            ],
            &[
                "messages {channel}.csv: id=id channel_id=Path(\"channel\") user_id=user text=text created_at=date",
            ],
        );
        check(
            &[
                ("general/2026-01-02.csv", "user,text,date"),
                ("random/2026-01-02.csv", "user,text,date"),
            ],
            &[
                "messages {channel}/*.csv: id=Hash([\"channel_id\", \"user_id\", \"created_at\", \"text\"]) channel_id=Path(\"channel\") user_id=user text=text created_at=date",
            ],
        );
    }

    #[test]
    fn doubts_are_told_with_what_was_found() {
        let check = |name, columns: &[&str], expected: &str| {
            let columns = owned(columns);
            let tables = [Table {
                name,
                columns: &columns,
                rows: &[],
            }];
            let error = detect(&tables, "migrate csv init m.csv > map.toml").unwrap_err();
            assert_eq!(error.to_string(), expected);
            let draft = draft(&tables);
            assert!(draft.starts_with("# mend this: "), "{draft}");
        };
        check(
            "messages.csv",
            &["id", "room", "who", "text", "created_at_ms", "sent_at", "timestamp"],
            "messages.csv: `created_at` may be any of the columns `sent_at`, `timestamp`
messages.csv, read as messages:
  id                       id
  room                     channel_id
  who                      custom data
  text                     text
  created_at_ms            custom data
  sent_at                  created_at ?
  timestamp                created_at ?
write a draft of a mapping by `migrate csv init m.csv > map.toml`, mend it, and give it by `--mapping map.toml`",
        );
        check(
            "messages.csv",
            &["id", "text", "created_at"],
            "messages.csv: no column is known for `channel_id`, `channel_member_ids`
messages.csv, read as messages:
  id                       id
  text                     text
  created_at               created_at
write a draft of a mapping by `migrate csv init m.csv > map.toml`, mend it, and give it by `--mapping map.toml`",
        );
        check(
            "x.csv",
            &["a", "b"],
            "no table looks like messages: none has columns for a text and a time
write a draft of a mapping by `migrate csv init m.csv > map.toml`, mend it, and give it by `--mapping map.toml`",
        );
    }

    #[test]
    fn tables_of_a_database_are_told_apart() {
        let all = [
            ("boosts", "id,message_id,booster_id,content"),
            ("messages", "id,room_id,creator_id,body,created_at"),
            ("rooms", "id,name,created_at"),
            ("schema_migrations", "version"),
            ("users", "id,name,passwordDigest,bot_token,tokenized,bio"),
        ];
        let columns: Vec<Vec<String>> = all
            .iter()
            .map(|(_, it)| owned(&it.split(',').collect::<Vec<_>>()))
            .collect();
        let tables = all.iter().zip(&columns);
        let tables: Vec<Table<'_>> = tables
            .map(|((name, _), columns)| Table {
                name,
                columns,
                rows: &[],
            })
            .collect();
        let mapping = detect_in_database(&tables, "init").unwrap();
        let inputs = mapping.sections.iter().map(|it| match &it.input {
            Input::Table(name) => format!("{} {name}", it.kind.name()),
            other => format!("{} {other:?}", it.kind.name()),
        });
        assert_eq!(
            inputs.collect::<Vec<_>>(),
            ["users users", "channels rooms", "messages messages"]
        );
        let secrets = [
            ("passwordDigest".to_owned(), None),
            ("bot_token".to_owned(), None),
        ];
        assert_eq!(mapping.sections[0].custom, secrets);
        let toml = mapping.to_toml();
        assert_eq!(draft_of_database(&tables), toml);
        assert_eq!(Mapping::parse(&toml, "draft").unwrap(), mapping);
    }

    #[test]
    fn tables_that_are_called_after_another_are_no_rivals() {
        let all = [
            ("message_edits", "message_id,text,created_at"),
            ("messages", "id,room_id,user_id,text,created_at"),
            ("rooms", "id,name"),
            ("room_settings", "id,name"),
            ("user_sessions", "id,ip"),
            ("users", "id,name"),
        ];
        let columns = all.map(|(_, it)| owned(&it.split(',').collect::<Vec<_>>()));
        let tables = all.iter().zip(&columns).map(|((name, _), columns)| Table {
            name,
            columns,
            rows: &[],
        });
        let tables: Vec<Table<'_>> = tables.collect();
        let mapping = detect_in_database(&tables, "init").unwrap_or_else(|error| panic!("{error}"));
        let inputs = mapping.sections.iter().map(|it| match &it.input {
            Input::Table(name) => name.as_str(),
            _ => "",
        });
        assert_eq!(inputs.collect::<Vec<_>>(), ["users", "rooms", "messages"]);
    }

    #[test]
    fn two_tables_that_look_alike_are_told() {
        let columns = owned(&["id", "room_id", "user_id", "body", "created_at"]);
        let tables = ["messages", "messages_old"].map(|name| Table {
            name,
            columns: &columns,
            rows: &[],
        });
        let error = detect_in_database(&tables, "init").unwrap_err().to_string();
        assert!(
            error.starts_with("the tables `messages`, `messages_old` look like messages alike;"),
            "{error}"
        );
        let draft = draft_of_database(&tables);
        assert!(draft.starts_with("# mend this: the tables"), "{draft}");
    }

    #[test]
    fn a_detected_mapping_reads_rows() {
        let columns = owned(&["id", "room", "user", "message", "date", "mood"]);
        let tables = [Table {
            name: "m.csv",
            columns: &columns,
            rows: &[],
        }];
        let mapping = detect(&tables, "init").unwrap();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let row = &["1", "r", "ann", "hi", "13/02/2026 10:00", "good"][..];
        assert_eq!(
            read_with(&mapping, &columns, &[row]),
            "0 Field message mapping.zone_assumed x1 \n1 message id=\"1\" channel=Id(\"r\") user_id=\"ann\" text=\"hi\" created_at=Some(Time(1770976800000000)) custom=Custom([(\"mood\", Text(\"good\"))])\n"
        );
    }
}
