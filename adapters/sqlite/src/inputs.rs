//! What was given to read: a database or a dump, and files of delimited text beside it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use migrate_mapping::{Csv, Mapping, Pattern};
use migrate_model::wording::{list, safe};
use migrate_model::{Kind, Options, Outcome};

use crate::csv_tables::{self, BadRows, CsvTable};
use crate::database::Database;
use crate::identify::{self, HEAD_BYTES, identify};
use crate::losses;
use crate::settings::Settings;
use crate::source::Note;

/// What was given.
pub(crate) struct Given {
    /// The database, or a dump of one.
    database: Option<PathBuf>,
    /// What it is called for people.
    pub(crate) name: String,
    /// Files that become tables.
    files: Vec<CsvTable>,
    bad_rows: Vec<BadRows>,
}

/// Tells apart what was given.
///
/// # Errors
/// If something is not there or is neither a database, a dump, nor a file that the mapping names.
pub(crate) fn given(
    paths: &[PathBuf],
    mapping: Option<&Mapping>,
    options: &Options,
) -> Result<Given> {
    let mut given = Given {
        database: None,
        name: String::new(),
        files: Vec::new(),
        bad_rows: Vec::new(),
    };
    let tables = mapping.map_or(&[][..], |mapping| &mapping.tables);
    for path in paths {
        let name = safe(&options.name_of(path), 200);
        let table = tables.iter().find(|(_, file)| names(file, path));
        if let Some((table, _)) = table {
            given.files.push(CsvTable {
                table: table.clone(),
                path: path.clone(),
                shown: name,
            });
            continue;
        }
        if let identify::Kind::Other { what, cure } = kind_of(path) {
            match mapping {
                Some(mapping) if what == identify::NO_DUMP && !options.is_kept(path) => bail!(
                    "`{name}` is no database, and `{}` does not name it: write `[tables]` and `name = \"{}\"` into the mapping, or give it to `migrate csv`",
                    mapping.name.0,
                    path.file_name()
                        .map_or_else(String::new, |it| safe(&it.to_string_lossy(), 80)),
                ),
                _ => bail!("`{name}` is {what}: {cure}"),
            }
        }
        if given.database.is_some() {
            bail!(
                "`{}` and `{name}` are both databases: give one at a time, or copy the tables of one into the other",
                given.name
            );
        }
        given.database = Some(path.clone());
        given.name = name;
    }
    let missing = tables
        .iter()
        .filter(|(table, _)| given.files.iter().all(|it| it.table != *table));
    let missing: Vec<&str> = missing.map(|(_, file)| file.as_str()).collect();
    if let (Some(mapping), false) = (mapping, missing.is_empty()) {
        bail!(
            "{}: under `[tables]` stand files that were not given: {}",
            mapping.name.0,
            safe(&list(&missing), 300)
        );
    }
    if given.database.is_none()
        && let Some(first) = given.files.first()
    {
        given.name.clone_from(&first.shown);
    }
    Ok(given)
}

/// Whether the name of a file in a mapping is that of a path.
fn names(file: &str, path: &Path) -> bool {
    let path = path.components().map(|it| it.as_os_str().to_string_lossy());
    let path = path.collect::<Vec<_>>().join("/");
    Pattern(file.to_owned()).captures(&path).is_some()
}

/// What a file is; one that cannot be read is told by those who open it.
fn kind_of(path: &Path) -> identify::Kind {
    let mut head = Vec::new();
    let file = File::open(path).ok().filter(|_| path.is_file());
    let read = file.and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head).ok());
    match read {
        Some(_) => identify(path, &head),
        None => identify::Kind::Database,
    }
}

/// Opens what was given as one database.
///
/// # Errors
/// If it cannot be read, or takes more room than allowed.
pub(crate) fn opened(
    given: &mut Given,
    mapping: Option<&Mapping>,
    settings: &Settings,
) -> Result<Database> {
    let database = given.database.as_deref();
    let database = database
        .map(|path| Database::open_as(path, &given.name, settings))
        .transpose()?;
    if given.files.is_empty() {
        return database.context("no database was given");
    }
    let csv = mapping.map_or_else(Csv::default, |mapping| mapping.csv.clone());
    let taken = database.as_ref().map_or(0, Database::work_bytes);
    let room = settings.max_temp_bytes.saturating_sub(taken);
    let (loaded, bad_rows) = csv_tables::load(&given.files, &csv, settings, room)?;
    given.bad_rows = bad_rows;
    let Some(mut database) = database else {
        return Database::of_loaded(loaded, &given.name, settings);
    };
    let known = database.readable_names()?;
    let is_known = |file: &&CsvTable| {
        let mut known = known.iter();
        known.any(|(name, _)| name.eq_ignore_ascii_case(&file.table))
    };
    if let Some(twice) = given.files.iter().find(is_known) {
        bail!(
            "`[tables]`: `{}` has a table or a view `{}` already: call the one of {} otherwise",
            given.name,
            safe(&twice.table, 80),
            twice.shown
        );
    }
    database.add(loaded);
    Ok(database)
}

impl Given {
    /// Where the database lies; empty if there are files alone.
    pub(crate) fn path(&self) -> &Path {
        self.database.as_deref().unwrap_or(Path::new(""))
    }

    /// What of the database could not be read. `kind_of` is what rows of a table become, if they
    /// become anything.
    pub(crate) fn notes(
        &self,
        database: &Database,
        kind_of: impl Fn(&str) -> Option<Kind>,
    ) -> Vec<Note> {
        let mut notes = Vec::new();
        let mut note = |kind, of: Option<Kind>, outcome, count, detail: String| {
            notes.push(Note {
                file: self.name.clone(),
                kind,
                outcome,
                of: of.unwrap_or(Kind::Message),
                count,
                detail: safe(&detail, 300),
            });
        };
        for it in database.unreadable() {
            // Nobody knows how many rows there were.
            note(
                &losses::UNREADABLE,
                None,
                Outcome::LeftOut,
                1,
                it.to_string(),
            );
        }
        for it in &self.bad_rows {
            let detail = format!("{}, first in line {}", it.shown, it.line);
            note(
                &losses::BAD_CSV_ROW,
                None,
                Outcome::LeftOut,
                it.count,
                detail,
            );
        }
        let left_out = database.dump().map_or(&[][..], |dump| &dump.left_out);
        for it in left_out {
            let detail = format!("line {}: {}", it.line, it.reason);
            let table = it.table.as_deref();
            let of = table.and_then(&kind_of);
            // What no section reads is no record of any kind.
            let outcome = match table.is_some() && of.is_none() {
                true => Outcome::Field,
                false => Outcome::LeftOut,
            };
            match it.holds_data {
                true => note(&losses::DUMP_DATA, of, outcome, it.count, detail),
                false if it.is_usual() => {}
                false => note(
                    &losses::DUMP_STATEMENT,
                    None,
                    Outcome::Field,
                    it.count,
                    detail,
                ),
            }
        }
        notes
    }
}
