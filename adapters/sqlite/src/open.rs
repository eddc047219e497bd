//! From what was given to a source: which database, which mapping, which tables and queries.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail, ensure};
use migrate_mapping::{
    Captures, Input, Mapping, Preset, SectionKind, SourceKind, Wishes, kind_of_table, read_mapping,
};
use migrate_model::wording::{Lines, list, safe, unknown};
use migrate_model::{Kind, MessageIds, Options, Outcome, Source};

use crate::cut_query::{self, Cutter};
use crate::database::Database;
use crate::guard::MOST_COLUMNS;
use crate::inputs::{self, Given};
use crate::losses;
use crate::part::{CutQuery, Feed, Part, TableReading, columns_of};
use crate::presets::{self, Known};
use crate::query::Connection;
use crate::sample::Sample;
use crate::settings::Settings;
use crate::slackdump;
use crate::source::{Note, Tables};
use crate::spool::Room;
use crate::survey::Setting;
use crate::tables::{Table, quoted};
use crate::wishes;

/// The command that writes a draft.
const INIT: &str = "migrate sqlite init INPUT > map.toml";

/// A database with what is known about its mapping.
struct Listed {
    given: Given,
    database: Database,
    settings: Settings,
    /// All of them with a mapping, and those that have rows without one.
    tables: Vec<Table>,
    /// The names of those that have rows.
    filled: HashSet<String>,
    /// `None`: it has to be made of names.
    mapping: Option<Mapping>,
    preset: Option<&'static Known>,
    wishes: Wishes,
}

/// A database whose rows are bound to a mapping.
pub(crate) struct Opened {
    database: Database,
    settings: Settings,
    mapping: Mapping,
    parts: Vec<Part>,
    notes: Vec<Note>,
}

/// A database, before anything is known of its tables but what there are.
struct Found {
    given: Given,
    database: Database,
    settings: Settings,
    tables: Vec<Table>,
    /// The mapping that was asked for.
    mapping: Option<Mapping>,
    wishes: Wishes,
}

/// Opens what was given as a source: by a mapping, or as the export that slackdump keeps.
///
/// # Errors
/// If an input cannot be read, or the mapping or an option does not fit.
pub(crate) fn source(paths: &[PathBuf], options: &Options) -> Result<Box<dyn Source>> {
    let found = found(paths, options)?;
    if !found.is_of_slackdump() {
        slackdump::refuse_options(options)?;
        return Ok(Box::new(bound(found)?.survey(options)?));
    }
    if !found.wishes.is_nothing() {
        bail!(
            "`{}` is an archive of slackdump, which tells times and ids itself: leave `--timezone` and `--message-ids` away",
            found.given.name
        );
    }
    let archive = slackdump::Archive {
        notes: found.given.notes(&found.database, |_| Some(Kind::Message)),
        path: found.given.path().to_path_buf(),
        shown: found.given.name,
        database: found.database,
    };
    slackdump::open(archive, options)
}

/// Opens what was given, and finds out all that has to be known before rows are read by a mapping.
///
/// # Errors
/// If an input cannot be read or the mapping does not fit, or none is used.
pub(crate) fn open(paths: &[PathBuf], options: &Options) -> Result<Tables> {
    bound(found(paths, options)?.by_mapping()?)?.survey(options)
}

impl Found {
    /// Whether the database is read as an export of Slack.
    fn is_of_slackdump(&self) -> bool {
        match &self.wishes.preset {
            Some(name) => name == slackdump::PRESET.name,
            None => self.mapping.is_none() && slackdump::fits(&self.tables),
        }
    }

    /// # Errors
    /// If no mapping is used.
    fn by_mapping(self) -> Result<Found> {
        if self.is_of_slackdump() {
            bail!(
                "`{}` is an archive of slackdump, which is read as an export of Slack and needs no mapping: `migrate sqlite INPUT -o out.json`",
                self.given.name
            );
        }
        Ok(self)
    }
}

/// Opens the database, and reads the mapping that was asked for.
fn found(paths: &[PathBuf], options: &Options) -> Result<Found> {
    let wishes = Wishes::of(options)?;
    let settings = wishes::settings(options)?;
    let mut mapping = wishes.mapping.as_deref().map(read_mapping).transpose()?;
    if let Some(mapping) = mapping.as_mut() {
        if mapping.source == Some(SourceKind::Csv) {
            bail!(
                "{}: the mapping says `source = \"csv\"`, and this is `migrate sqlite`",
                mapping.name.0
            );
        }
        mapping.source = Some(SourceKind::Sqlite);
    }
    let in_folder = |path: &PathBuf| slackdump::database_in(path).unwrap_or_else(|| path.clone());
    let paths: Vec<PathBuf> = paths.iter().map(in_folder).collect();
    let mut given = inputs::given(&paths, mapping.as_ref(), options)?;
    let database = inputs::opened(&mut given, mapping.as_ref(), &settings)?;
    let tables = database.tables()?;
    Ok(Found {
        given,
        database,
        settings,
        tables,
        mapping,
        wishes,
    })
}

/// Finds the mapping that was asked for or is of a known program.
fn listed(found: Found) -> Result<Listed> {
    let Found {
        given,
        database,
        settings,
        mut tables,
        mut mapping,
        wishes,
    } = found;
    let mut preset = None;
    if mapping.is_none() {
        preset = match &wishes.preset {
            Some(name) => Some(presets::asked(name, &tables)?),
            None => presets::of(&tables),
        };
        mapping = preset.map(|known| known.preset.mapping()).transpose()?;
    }
    let filled = database.filled(&tables)?;
    // A section may name a table that happens to be empty, but none is found to be one.
    if mapping.is_none() {
        tables.retain(|table| filled.contains(&table.name));
    }
    Ok(Listed {
        given,
        database,
        settings,
        tables,
        filled,
        mapping,
        preset,
        wishes,
    })
}

/// Finds the mapping, and binds it to tables and queries.
///
/// # Errors
/// As [`open`].
fn bound(found: Found) -> Result<Opened> {
    let Listed {
        given,
        database,
        settings,
        tables,
        filled,
        mapping,
        wishes,
        ..
    } = listed(found)?;
    let is_detected = mapping.is_none();
    let mut mapping = match mapping {
        Some(mapping) => mapping,
        None => {
            let samples = Sample::of_all(&database, &tables)?;
            let shown: Vec<_> = tables.iter().zip(&samples).map(Sample::shown).collect();
            let found = migrate_mapping::detect_in_database(&shown, INIT);
            match found {
                Ok(mapping) => mapping,
                Err(error) => bail!(Lines(format!(
                    "{}: {error}{}",
                    given.name,
                    not_looked_at(&database, &filled)?
                ))),
            }
        }
    };
    wishes.apply(&mut mapping);
    let connection = database.connect()?;
    let mut binder = Binder {
        database: &database,
        connection: &connection,
        tables: &tables,
        filled: &filled,
        read: HashMap::new(),
    };
    let mut parts = Vec::new();
    for number in 0..mapping.sections.len() {
        parts.extend(binder.part(&mut mapping, number)?);
    }
    if parts.is_empty() {
        bail!("{}: no section says what to read", mapping.name.0);
    }
    let read = binder.read;
    let kind_of = |table: &str| {
        // Of a table without rows nobody could tell whether it belongs to the chat.
        let is_seen = || filled.iter().any(|name| name.eq_ignore_ascii_case(table));
        let read = read.get(&table.to_ascii_lowercase()).copied();
        read.or_else(|| (is_detected && !is_seen()).then_some(Kind::Message))
    };
    let mut notes = given.notes(&database, kind_of);
    drop(connection);
    for table in &tables {
        if !read.contains_key(&table.name.to_ascii_lowercase()) && filled.contains(&table.name) {
            notes.push(note(&losses::TABLE_NOT_READ, &given.name, &table.name));
        }
    }
    let sections = mapping.sections.iter().filter(|_| is_detected);
    for section in sections {
        let Input::Table(table) = &section.input else {
            continue;
        };
        let secrets = section.custom.iter().filter(|(_, value)| value.is_none());
        notes.extend(secrets_note(table, secrets.map(|(name, _)| name)));
    }
    notes.extend({ parts.iter() }.filter_map(|part| secrets_note(&part.name, part.plan.secrets())));
    Ok(Opened {
        database,
        settings,
        mapping,
        parts,
        notes,
    })
}

/// What of a database is not looked at where tables are told apart, in lines of their own.
fn not_looked_at(database: &Database, filled: &HashSet<String>) -> Result<String> {
    let tables = database.tables()?;
    let tables = tables.iter().map(|table| table.name.as_str());
    let empty: Vec<&str> = tables.filter(|name| !filled.contains(*name)).collect();
    let views = database.views()?;
    let views: Vec<&str> = views.iter().map(String::as_str).collect();
    let mut text = String::new();
    if !empty.is_empty() {
        text.push_str(&format!(
            "\nthese tables have no rows and do not count: {}; where a program still uses the database, its last rows \
             stand in a file beside it whose name ends in `-wal`, which has to lie beside it here as well",
            safe(&list(&empty), 300)
        ));
    }
    if !views.is_empty() {
        text.push_str(&format!(
            "\nthese are views, which are read by queries alone, `query = 'SELECT * FROM …'` in a mapping: {}",
            safe(&list(&views), 300)
        ));
    }
    let left_out = database.dump().map_or(&[][..], |dump| &dump.left_out);
    let lost = left_out.iter().filter(|it| it.holds_data);
    let lost: Vec<String> = lost
        .map(|it| format!("line {}: {}", it.line, it.reason))
        .collect();
    if !lost.is_empty() {
        text.push_str(&format!(
            "\nthis of the dump could not be loaded: {}",
            safe(&lost.join("; "), 500)
        ));
    }
    Ok(text)
}

/// What tells of the columns of a table that look like secrets, all by name.
fn secrets_note<'n>(table: &str, names: impl IntoIterator<Item = &'n String>) -> Option<Note> {
    let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    let told = note(&losses::SECRET_LEFT_OUT, &safe(table, 80), "");
    (!names.is_empty()).then(|| Note {
        count: u64::try_from(names.len()).unwrap_or(u64::MAX),
        detail: safe(&names.join(", "), 400),
        ..told
    })
}

fn note(kind: &'static migrate_model::LossKind, file: &str, detail: &str) -> Note {
    Note {
        file: file.to_owned(),
        kind,
        outcome: Outcome::Field,
        of: Kind::Message,
        count: 1,
        detail: safe(detail, 80),
    }
}

/// Binds sections to what they read.
struct Binder<'b> {
    database: &'b Database,
    connection: &'b Connection,
    tables: &'b [Table],
    /// The names of those that have rows.
    filled: &'b HashSet<String>,
    /// The tables that are read, in lower case, and what their rows become: where several sections
    /// read one, what they do in the first.
    read: HashMap<String, Kind>,
}

impl<'b> Binder<'b> {
    /// The rows of a section; `None` if they are those of messages.
    fn part(&mut self, mapping: &mut Mapping, number: usize) -> Result<Option<Part>> {
        let Some(section) = mapping.sections.get(number) else {
            return Ok(None);
        };
        let place = place(mapping, number);
        let kind = section.kind;
        let (sql, range) = match &section.input {
            Input::Messages => return Ok(None),
            Input::Files(_) => bail!(
                "{place}: `files` is for `migrate csv`; write `table = \"…\"` or a `query`, over files as well \
                 if they stand under `[tables]`"
            ),
            Input::Unsaid => {
                let table = self.table_of(kind).with_context(|| place)?;
                return self.of_table(mapping, number, table).map(Some);
            }
            Input::Table(name) => {
                let table = self.table(name).with_context(|| place)?;
                return self.of_table(mapping, number, table).map(Some);
            }
            Input::Query(sql) => (sql.clone(), section.range.clone()),
            Input::QueryFile(file) => {
                let folder = std::path::Path::new(&mapping.name.0).parent();
                let path = folder.map_or_else(|| PathBuf::from(file), |folder| folder.join(file));
                let text = fs::read_to_string(&path).with_context(|| {
                    format!("{place}: could not read the query `{}`", path.display())
                })?;
                (text, section.range.clone())
            }
        };
        self.of_query(mapping, number, sql, range).map(Some)
    }

    fn of_table(&mut self, mapping: &Mapping, number: usize, table: &Table) -> Result<Part> {
        let section = mapping
            .sections
            .get(number)
            .context("there is no such section")?;
        let columns: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
        let plan = mapping.bind(section, &columns, &Captures::default())?;
        { self.read.entry(table.name.to_ascii_lowercase()) }.or_insert(plan.record_kind());
        // Rows of attachments are looked up one by one, so they are kept.
        let rowid = table
            .rowid()
            .filter(|_| section.kind != SectionKind::Attachments)
            // The rowid is read as one more column.
            .filter(|_| table.columns.len() + 1 < MOST_COLUMNS);
        let feed = match rowid.zip(self.database.cut(table)?) {
            Some((rowid, ranges)) => Feed::Table {
                reading: TableReading::new(table, rowid),
                ranges,
            },
            None => Feed::Whole {
                sql: format!("SELECT {} FROM {}", columns_of(table), quoted(&table.name)),
                numbers: Vec::new(),
            },
        };
        Ok(Part {
            section: number,
            name: safe(&table.name, 80),
            plan,
            feed,
        })
    }

    fn of_query(
        &mut self,
        mapping: &mut Mapping,
        number: usize,
        sql: String,
        range: Option<String>,
    ) -> Result<Part> {
        let place = place(mapping, number);
        if let Some(name) = &range {
            let table = self.table(name).with_context(|| place.clone())?;
            ensure!(
                table.has_rowid,
                "{place}: `range`: the rows of the table `{}` have no rowids (`WITHOUT ROWID`): leave out `range` and the parameters",
                safe(name, 80)
            );
        }
        let query = self.connection.query(&sql);
        let query = query.with_context(|| format!("{place}: the query"))?;
        let columns: Vec<&str> = query.columns().iter().map(String::as_str).collect();
        mapping.complete(number, &columns)?;
        let section = mapping
            .sections
            .get(number)
            .context("there is no such section")?;
        let plan = mapping.bind(section, &columns, &Captures::default())?;
        for name in query.tables() {
            { self.read.entry(name.to_ascii_lowercase()) }.or_insert(plan.record_kind());
        }
        let ends = (query.parameter(":first"), query.parameter(":last"));
        let is_cut = match (range.is_some(), ends, query.parameters()) {
            (true, (Some(first), Some(last)), 2) => Some(first < last),
            (false, _, 0) => None,
            (true, ..) => bail!(
                "{place}: a query with `range` has the parameters `:first` and `:last`, as in `WHERE rowid BETWEEN :first AND :last`, and no others"
            ),
            (false, ..) => bail!(
                "{place}: the query has parameters: say by `range` which table's rowids `:first` and `:last` are, or take them out"
            ),
        };
        let cut = match (is_cut, &range) {
            (Some(is_first_before), Some(name)) => {
                let table = self.table(name).with_context(|| place.clone())?;
                let rowids = self.connection.rowids_of(table)?;
                let cutter = Cutter {
                    table: &table.name,
                    rowids: &rowids,
                };
                let ranges = self.database.cut(table)?;
                let ranges = ranges.ok_or_else(|| {
                    anyhow!(
                        "{place}: `range`: the rows of the table `{}` have no rowids",
                        safe(name, 80)
                    )
                })?;
                cut_query::check(&sql, &cutter).map_err(|why| {
                    anyhow!(
                        "{place}: `range`: the query cannot be read in pieces: {}; write `WHERE rowid BETWEEN :first AND :last` over `{}`, or leave out `range` and the parameters",
                        safe(&why, 300),
                        safe(name, 80)
                    )
                })?;
                let query = CutQuery {
                    sql: sql.clone(),
                    is_first_before,
                    table: table.name.clone(),
                };
                Some((query, ranges))
            }
            _ => None,
        };
        let name = name_of(mapping, number);
        let is_kept = plan.needs_positions() || section.kind == SectionKind::Attachments;
        let feed = match cut {
            Some((query, ranges)) if !is_kept => Feed::Cut { query, ranges },
            Some((query, _)) => Feed::Whole {
                sql,
                numbers: match query.is_first_before {
                    true => vec![i64::MIN, i64::MAX],
                    false => vec![i64::MAX, i64::MIN],
                },
            },
            None => Feed::Whole {
                sql,
                numbers: Vec::new(),
            },
        };
        Ok(Part {
            section: number,
            name,
            plan,
            feed,
        })
    }

    /// The table of that name, whose case does not count.
    fn table(&self, name: &str) -> Result<&'b Table> {
        let mut tables = self.tables.iter();
        let found = tables.find(|table| table.name.eq_ignore_ascii_case(name));
        if found.is_none() {
            let views = self.database.views()?;
            if let Some(view) = views.iter().find(|view| view.eq_ignore_ascii_case(name)) {
                bail!(
                    "`{0}` is a view: read it by a query, `query = 'SELECT * FROM {1}'`",
                    safe(view, 80),
                    safe(&quoted(view), 80)
                );
            }
        }
        found.ok_or_else(|| {
            let names: Vec<&str> = self
                .tables
                .iter()
                .map(|table| table.name.as_str())
                .collect();
            let known = format!("; there are {}", safe(&list(&names), 500));
            anyhow!(unknown("table", name, &names, &known))
        })
    }

    /// The table that looks like what a section is that does not say which it reads.
    fn table_of(&self, kind: SectionKind) -> Result<&'b Table> {
        let samples = Sample::of_all(self.database, self.tables)?;
        let shown = self.tables.iter().zip(&samples).map(Sample::shown);
        let kinds = shown.map(|shown| kind_of_table(&shown));
        let tables = self.tables.iter().zip(kinds);
        let found = tables.filter(|(_, of)| *of == Some(kind));
        let found = found.map(|(table, _)| table);
        let found: Vec<&Table> = found.filter(|it| self.filled.contains(&it.name)).collect();
        let names = |tables: &[&Table]| {
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            safe(&list(&names), 500)
        };
        let kind = kind.name();
        match found.as_slice() {
            [only] => Ok(only),
            [] => bail!(
                "`[[{kind}]]` does not say which table it reads, and none looks like {kind}; write `table = \"…\"`: there are {}",
                names(&self.tables.iter().collect::<Vec<_>>())
            ),
            several => bail!(
                "`[[{kind}]]` does not say which table it reads, and {} look like {kind}; write `table = \"…\"`",
                names(several)
            ),
        }
    }
}

/// Where a section stands in the mapping.
fn place(mapping: &Mapping, number: usize) -> String {
    match mapping.sections.get(number).map(|it| it.line.0) {
        Some(line @ 1..) => format!("{}, line {line}", mapping.name.0),
        _ => mapping.name.0.clone(),
    }
}

/// What the rows of a query are called.
fn name_of(mapping: &Mapping, number: usize) -> String {
    let Some(section) = mapping.sections.get(number) else {
        return String::new();
    };
    let name = format!("query of {}", section.kind.name());
    let same = mapping
        .sections
        .iter()
        .filter(|it| it.kind == section.kind && it.is_query());
    match same.count() {
        0 | 1 => name,
        _ => format!("{name} in line {}", section.line.0),
    }
}

impl Opened {
    /// Finds out what has to be known before the first row is read.
    ///
    /// # Errors
    /// If the database cannot be read, or a column can be read in two ways.
    pub(crate) fn survey(self, options: &Options) -> Result<Tables> {
        let Opened {
            database,
            settings,
            mapping,
            parts,
            notes,
        } = self;
        let remarks = remarks(&mapping, &parts);
        let room = Room::new(settings.max_temp_bytes, database.work_bytes());
        let setting = Setting {
            work: settings.work_folder.clone(),
            room: &room,
            options,
        };
        let mut tables = Tables::surveyed(database, parts, &mapping, &setting)?;
        tables.notes.extend(notes);
        tables.remarks = remarks;
        // Rows of `channel` bring their channel in their ids already.
        if mapping.message_ids == MessageIds::Global {
            tables.message_ids = MessageIds::Global;
        }
        tables.origin = mapping.origin;
        tables.losses = mapping.losses;
        Ok(tables)
    }
}

/// What people should know about how rows are understood: what was found out, and which columns no
/// field names.
fn remarks(mapping: &Mapping, parts: &[Part]) -> Vec<String> {
    let mut remarks = mapping.remarks.0.clone();
    for part in parts {
        let names = part.plan.unknown_columns();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if !names.is_empty() {
            remarks.push(format!(
                "{}: no field names these columns, so they are kept as custom data: {}",
                part.name,
                safe(&list(&names), 400)
            ));
        }
    }
    remarks
}

/// A mapping for a database as TOML, to be changed by hand.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn draft(paths: &[PathBuf], options: &Options) -> Result<String> {
    let listed = listed(found(paths, options)?.by_mapping()?)?;
    if let Some(known) = listed.preset {
        let Preset { text, .. } = known.preset;
        return Ok(match listed.wishes.is_nothing() {
            true => text.to_owned(),
            false => {
                let change = |mapping: &mut Mapping| listed.wishes.apply(mapping);
                migrate_mapping::rewritten(text.to_owned(), change)
            }
        });
    }
    if let Some(mut mapping) = listed.mapping {
        listed.wishes.apply(&mut mapping);
        return Ok(mapping.to_toml());
    }
    let samples = Sample::of_all(&listed.database, &listed.tables)?;
    let shown: Vec<_> = listed
        .tables
        .iter()
        .zip(&samples)
        .map(Sample::shown)
        .collect();
    let change = |mapping: &mut Mapping| listed.wishes.apply(mapping);
    Ok(migrate_mapping::draft_of_database(&shown, change))
}

/// The tables of a database with what is in them.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn described(paths: &[PathBuf], options: &Options) -> Result<String> {
    let settings = wishes::settings(options)?;
    let mut given = inputs::given(paths, None, options)?;
    let database = inputs::opened(&mut given, None, &settings)?;
    let tables = database.tables()?;
    let mut text = String::new();
    let (asker, connection) = (database.asker()?, database.connect()?);
    for table in &tables {
        let rows = asker.count_rows(&table.name)?;
        let sample = Sample::of(&connection, table)?;
        let kind = kind_of_table(&Sample::shown((table, &sample))).filter(|_| rows > 0);
        let looks = kind.map_or(String::new(), |kind| {
            format!(", looks like {}", kind.name())
        });
        let s = if rows == 1 { "" } else { "s" };
        text.push_str(&format!(
            "{}  {rows} row{s}{looks}\n",
            safe(&table.name, 200)
        ));
        for column in &table.columns {
            let name = safe(&column.name, 200);
            let declared = safe(&column.declared, 200);
            let line = format!("  {name:<30} {declared}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    for view in database.views()? {
        text.push_str(&format!("{}  a view, read by a query\n", safe(&view, 200)));
        // A view may be made of what is not there or not allowed.
        let query = connection.query(&format!("SELECT * FROM {} LIMIT 0", quoted(&view)));
        for column in query.iter().flat_map(|query| query.columns()) {
            text.push_str(&format!("  {}\n", safe(column, 200)));
        }
    }
    if text.is_empty() {
        bail!("{}: there is no table in it", given.name);
    }
    Ok(text)
}
