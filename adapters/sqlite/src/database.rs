//! Opening: what a file is, whether a copy has to be made, and connections to what is read.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rusqlite::OpenFlags;

use crate::dump::{self, Loaded};
use crate::guard::{self, Wanted, Watch};
use crate::identify::{HEAD_BYTES, Kind, identify};
use crate::query::{Connection, explain};
use crate::salvage::{self, Unreadable};
use crate::settings::Settings;
use crate::siblings::{self, Stamps};
use crate::tables::{self, Table, VirtualTable};
use crate::work::{self, WorkFolder};

/// An opened database, or a dump that was loaded into one. Threads share it, each with a
/// [`Connection`] of its own.
#[derive(Debug)]
pub struct Database {
    /// What was given.
    given: PathBuf,
    /// What that is called for people.
    shown: String,
    /// How that stood when it was opened.
    stamps: Stamps,
    settings: Settings,
    /// What is read.
    read: Readable,
    /// Tables that were loaded beside it, which queries see as well.
    beside: Option<Readable>,
    dump: Option<Loaded>,
    unreadable: Vec<Unreadable>,
    /// What is read and was not given.
    _work: Vec<WorkFolder>,
}

/// A file that connections read.
#[derive(Clone, Debug)]
pub(crate) struct Readable {
    pub(crate) path: PathBuf,
    /// Whether SQLite may take for granted that nobody changes it, and so makes no file beside it.
    pub(crate) is_immutable: bool,
}

impl Database {
    /// Opens a database or loads a dump. Nothing is written but in the work folder.
    ///
    /// What a log or a journal beside a database holds belongs to it: then all of it is copied, and
    /// the copy is brought up to date and read.
    ///
    /// # Errors
    /// If there is nothing at `path`, it is neither a database nor a dump, it changes meanwhile, it
    /// is damaged (unless [`Settings::skip_unreadable`]), or a bound of the settings is passed. The
    /// message says what it is and what to do.
    pub fn open(path: &Path, settings: &Settings) -> Result<Database> {
        Database::open_as(path, &path.display().to_string(), settings)
    }

    /// As [`Database::open`], for a path that people know as `shown`.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub(crate) fn open_as(path: &Path, shown: &str, settings: &Settings) -> Result<Database> {
        // Without this, a name that begins with `file:` would be taken for an address.
        let path =
            std::path::absolute(path).with_context(|| format!("could not open `{shown}`"))?;
        // As SQLite has it, the log and the journal of a database lie beside what a link leads to.
        let path = match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => fs::canonicalize(&path).unwrap_or(path),
            _ => path,
        };
        let kind = kind_of(&path, shown)?;
        work::sort_in(&settings.work_folder)?;
        match kind {
            Kind::Other { what, cure } => bail!("`{shown}` is {what}: {cure}"),
            Kind::Dump => Database::load(path, shown, settings),
            Kind::Database => Database::attach(path, shown, settings),
        }
    }

    /// A connection for one thread.
    ///
    /// # Errors
    /// If the database cannot be opened.
    pub fn connect(&self) -> Result<Connection> {
        let (mut sqlite, watch) = connect_both(
            &self.read,
            self.beside.as_ref(),
            &self.settings,
            self.settings.row_time,
            &self.shown,
        )?;
        let wanted = Wanted::reading_only(&mut sqlite)?;
        Ok(Connection {
            sqlite,
            wanted,
            watch,
            shown: self.shown.clone(),
        })
    }

    /// The tables that people made, with their columns, in the order of their names: no views, none
    /// of SQLite's own, and none that belong to an index for searching.
    ///
    /// # Errors
    /// If the database is damaged.
    pub fn tables(&self) -> Result<Vec<Table>> {
        let searches: &[VirtualTable] = self.dump.as_ref().map_or(&[], |dump| &dump.searches);
        let mut tables = ask(&self.read, &self.settings, &self.shown, |connection| {
            tables::list(connection, searches)
        })?;
        if let Some(beside) = &self.beside {
            tables.extend(ask(beside, &self.settings, &self.shown, |connection| {
                tables::list(connection, &[])
            })?);
            tables.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Ok(tables)
    }

    /// What queries may read of what was given: the names of tables and views of all kinds, and
    /// whether each is a view.
    ///
    /// # Errors
    /// If the database is damaged.
    pub(crate) fn readable_names(&self) -> Result<Vec<(String, bool)>> {
        ask(&self.read, &self.settings, &self.shown, tables::names)
    }

    /// The names of views, in their order.
    ///
    /// # Errors
    /// If the database is damaged.
    pub(crate) fn views(&self) -> Result<Vec<String>> {
        let names = self.readable_names()?.into_iter();
        let mut views: Vec<String> = { names.filter(|(_, is_view)| *is_view) }
            .map(|(name, _)| name)
            .collect();
        views.sort();
        Ok(views)
    }

    /// A database of nothing but tables that were loaded.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(crate) fn of_loaded(
        loaded: LoadedTables,
        shown: &str,
        settings: &Settings,
    ) -> Result<Database> {
        work::sort_in(&settings.work_folder)?;
        Ok(Database {
            given: loaded.path.clone(),
            shown: shown.to_owned(),
            stamps: Stamps::of(&loaded.path)?,
            settings: settings.clone(),
            read: loaded.readable(),
            beside: None,
            dump: None,
            unreadable: Vec::new(),
            _work: vec![loaded.work],
        })
    }

    /// Lets queries see tables that were loaded as well.
    pub(crate) fn add(&mut self, loaded: LoadedTables) {
        self.beside = Some(loaded.readable());
        self._work.push(loaded.work);
    }

    /// How many bytes the work files of this database have.
    pub(crate) fn work_bytes(&self) -> u64 {
        self._work.iter().map(WorkFolder::bytes).sum()
    }

    /// About how many bytes there are to read.
    pub(crate) fn bytes(&self) -> u64 {
        let files = std::iter::once(&self.read).chain(&self.beside);
        let bytes = files.map(|it| fs::metadata(&it.path).map_or(0, |metadata| metadata.len()));
        bytes.sum()
    }

    /// How many rows a table has. All of it is read.
    ///
    /// # Errors
    /// If there is no such table, or it is damaged.
    pub fn count_rows(&self, table: &str) -> Result<u64> {
        self.asker()?.count_rows(table)
    }

    /// The names of the tables that have any rows.
    ///
    /// # Errors
    /// If one is damaged.
    pub(crate) fn filled(&self, tables: &[Table]) -> Result<HashSet<String>> {
        let asker = self.asker()?;
        let mut filled = HashSet::new();
        for Table { name, .. } in tables {
            let has_rows = asker.ask(std::slice::from_ref(name), |connection| {
                let sql = format!("SELECT 1 FROM {} LIMIT 1", tables::quoted(name));
                let mut statement = connection.prepare(&sql)?;
                statement.exists([])
            })?;
            if has_rows {
                filled.insert(name.clone());
            }
        }
        Ok(filled)
    }

    /// What became of the statements of a dump; `None` for a database.
    pub fn dump(&self) -> Option<&Loaded> {
        self.dump.as_ref()
    }

    /// What of a damaged database could not be read and was skipped.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// To be asked when all was read: nothing keeps other programs from writing to a database
    /// meanwhile.
    ///
    /// # Errors
    /// If what was given changed since it was opened. What was read is worth nothing then.
    pub fn check_unchanged(&self) -> Result<()> {
        // What was copied or loaded was looked at when that was done.
        match self.read.path == self.given {
            true => self.stamps.check_unchanged(&self.given, &self.shown),
            false => Ok(()),
        }
    }

    fn attach(path: PathBuf, shown: &str, settings: &Settings) -> Result<Database> {
        let stamps = Stamps::of(&path)?;
        let mut work = None;
        let mut read = if siblings::has_pending(&path, &stamps)? {
            let folder = WorkFolder::within(&settings.work_folder)?;
            let copy = siblings::copy(
                &path,
                &stamps,
                folder.path(),
                settings.max_temp_bytes,
                &settings.stop,
            )?;
            let is_immutable = recover(&copy, settings, shown)?;
            work = Some(folder);
            Readable {
                path: copy,
                is_immutable,
            }
        } else {
            // Even for reading, SQLite would make files beside a database with a log.
            let is_immutable = stamps.has_wal_file() || is_in_wal_mode(&path)?;
            Readable {
                path: path.clone(),
                is_immutable,
            }
        };
        if let Some((length, whole)) = cut_off(&read.path, shown)? {
            ensure!(
                settings.skip_unreadable,
                "`{shown}` is cut off, it has {length} bytes of {}: get it again, or skip what cannot be read: `--skip-unreadable`",
                whole.end
            );
            // Of the last page SQLite would read the rest as zeros; a page that is not there is told.
            let folder = WorkFolder::within(&settings.work_folder)?;
            let copy = folder.path().join("cut.db");
            siblings::copy_file(&read.path, &copy, &settings.stop)?;
            File::options()
                .write(true)
                .open(&copy)?
                .set_len(whole.start)?;
            read = Readable {
                path: copy,
                is_immutable: true,
            };
            work = Some(folder);
        }
        let mut unreadable = Vec::new();
        if settings.skip_unreadable && salvage::is_damaged(&read, settings, shown)? {
            let folder = WorkFolder::within(&settings.work_folder)?;
            (read, unreadable) = salvage::copy(&read, folder.path(), settings, shown)?;
            stamps.check_unchanged(&path, shown)?;
            // The copy that was read from is not needed any more and goes with its folder.
            work = Some(folder);
        }
        check_names(&read, settings, shown)?;
        Ok(Database {
            given: path,
            shown: shown.to_owned(),
            stamps,
            settings: settings.clone(),
            read,
            beside: None,
            dump: None,
            unreadable,
            _work: work.into_iter().collect(),
        })
    }

    fn load(path: PathBuf, shown: &str, settings: &Settings) -> Result<Database> {
        let stamps = Stamps::of(&path)?;
        let folder = WorkFolder::within(&settings.work_folder)?;
        let loaded_path = folder.path().join("loaded.db");
        let loaded = dump::load(&path, shown, &loaded_path, settings)?;
        stamps.check_unchanged(&path, shown)?;
        Ok(Database {
            given: path,
            shown: shown.to_owned(),
            stamps,
            settings: settings.clone(),
            read: Readable {
                path: loaded_path,
                is_immutable: true,
            },
            beside: None,
            dump: Some(loaded),
            unreadable: Vec::new(),
            _work: vec![folder],
        })
    }

    /// A connection for questions of our own. Each reads all names of the database first, so that
    /// many questions go to one.
    ///
    /// # Errors
    /// If the database cannot be opened.
    pub(crate) fn asker(&self) -> Result<Asker<'_>> {
        let beside = self.beside.as_ref();
        let (connection, watch) =
            connect_both(&self.read, beside, &self.settings, None, &self.shown)?;
        Ok(Asker {
            connection,
            watch,
            database: self,
        })
    }

    /// Asks one thing of our own.
    pub(crate) fn ask<T>(
        &self,
        tables: &[String],
        work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        self.asker()?.ask(tables, work)
    }
}

/// Asks what is our own, so nothing has to be forbidden but what files may do.
pub(crate) struct Asker<'d> {
    connection: rusqlite::Connection,
    watch: Watch,
    database: &'d Database,
}

impl Asker<'_> {
    /// As [`Database::ask`].
    pub(crate) fn ask<T>(
        &self,
        tables: &[String],
        work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let shown = &self.database.shown;
        work(&self.connection).map_err(|error| explain(&error, shown, tables, &self.watch))
    }

    /// As [`Database::count_rows`].
    pub(crate) fn count_rows(&self, table: &str) -> Result<u64> {
        // No row takes less than two bytes.
        let most = self.database.bytes().max(1);
        let count = self.ask(&[table.to_owned()], |connection| {
            tables::count(connection, table, most)
        })?;
        count.with_context(|| {
            format!(
                "the table `{table}` of `{}` is damaged (it has more rows than bytes): skip what cannot be read: `--skip-unreadable`",
                self.database.shown
            )
        })
    }
}

/// Tables that were loaded into a database of our own.
pub(crate) struct LoadedTables {
    pub(crate) path: PathBuf,
    pub(crate) work: WorkFolder,
}

impl LoadedTables {
    fn readable(&self) -> Readable {
        Readable {
            path: self.path.clone(),
            is_immutable: true,
        }
    }
}

/// Asks something of our own of one file.
fn ask<T>(
    read: &Readable,
    settings: &Settings,
    shown: &str,
    work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
) -> Result<T> {
    let (connection, watch) = connect(read, settings, None, shown)?;
    work(&connection).map_err(|error| explain(&error, shown, &[], &watch))
}

/// Opens a file for reading, with all that makes it safe but the authorizer. `row_time` is how long
/// a query may work for one row.
///
/// # Errors
/// If it cannot be opened.
pub(crate) fn connect(
    read: &Readable,
    settings: &Settings,
    row_time: Option<Duration>,
    shown: &str,
) -> Result<(rusqlite::Connection, Watch)> {
    connect_both(read, None, settings, row_time, shown)
}

/// As [`connect`], with a second file beside the first.
fn connect_both(
    read: &Readable,
    beside: Option<&Readable>,
    settings: &Settings,
    row_time: Option<Duration>,
    shown: &str,
) -> Result<(rusqlite::Connection, Watch)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = if read.is_immutable {
        let address = address(&read.path);
        rusqlite::Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI)
    } else {
        rusqlite::Connection::open_with_flags(&read.path, flags)
    };
    let mut connection = opened.with_context(|| format!("could not open `{shown}`"))?;
    // What is attached is open for reading as the first is; from here on nothing more can be.
    if let Some(beside) = beside {
        let path = { beside.path.to_str() }.with_context(|| {
            format!(
                "the folder `{}` has a name that is no text: choose another",
                beside.path.display()
            )
        })?;
        connection
            .execute("ATTACH ?1 AS loaded", [path])
            .context("could not open the tables that were loaded")?;
    }
    guard::harden(&connection, settings.max_statement_bytes)?;
    let watch = Watch::over(&mut connection, &settings.stop, row_time)?;
    Ok((connection, watch))
}

/// What a file is, by its first bytes.
fn kind_of(path: &Path, shown: &str) -> Result<Kind> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("`{shown}` does not exist"),
        other => other.with_context(|| format!("could not open `{shown}`"))?,
    };
    ensure!(
        !metadata.is_dir(),
        "`{shown}` is a folder: give the database in it"
    );
    ensure!(
        metadata.is_file(),
        "`{shown}` is a device or a pipe, and a database is read in any order: save it as a file and give that"
    );
    let file = File::open(path).with_context(|| format!("could not open `{shown}`"))?;
    let mut head = Vec::new();
    file.take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .with_context(|| format!("could not read `{shown}`"))?;
    Ok(identify(path, &head))
}

/// Whether a database is in WAL mode.
///
/// Source: SQLite, "Database File Format", 1.3.3, read 2026-11.
fn is_in_wal_mode(path: &Path) -> Result<bool> {
    let mut head = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    match read {
        Ok(()) => Ok(head[18] == 2 || head[19] == 2),
        // So short a file is damaged, which will be told.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error).with_context(|| format!("could not read `{}`", path.display())),
    }
}

/// The length of a database that is shorter than it says it is, in bytes, with how far its whole pages go
/// and how far it should go. Where its last page is cut, SQLite reads zeros, and rows would be missing
/// without a word. Source: SQLite, "Database File Format", 1.3, read 2026-11.
fn cut_off(path: &Path, shown: &str) -> Result<Option<(u64, Range<u64>)>> {
    let mut head = [0; 100];
    let read = File::open(path).and_then(|mut file| {
        file.read_exact(&mut head)?;
        Ok(file.metadata()?.len())
    });
    let length = match read {
        Ok(length) => length,
        // So short a file is damaged, which will be told.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("could not read `{shown}`")),
    };
    let number = |at: usize| {
        let bytes = head.get(at..at + 4).and_then(|it| it.try_into().ok());
        u64::from(u32::from_be_bytes(bytes.unwrap_or_default()))
    };
    let page = match u64::from(u16::from_be_bytes([head[16], head[17]])) {
        // It stands for a number that has no room.
        1 => 65_536,
        bytes => bytes,
    };
    // What no database has is damaged, which will be told.
    if !page.is_power_of_two() || page < 512 {
        return Ok(None);
    }
    // Versions before 3.7 do not keep the count up to date, and the second of two counters tells so.
    let pages = if number(24) == number(92) {
        number(28)
    } else {
        0
    };
    let end = length.next_multiple_of(page).max(page * pages);
    Ok((length < end).then(|| (length, length / page * page..end)))
}

/// Brings a copy up to date with its log or journal. Gives whether no file is left beside it, which
/// is so unless what is unreadable may be skipped.
fn recover(copy: &Path, settings: &Settings, shown: &str) -> Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = rusqlite::Connection::open_with_flags(copy, flags)
        .with_context(|| format!("could not open the copy of `{shown}`"))?;
    guard::harden(&connection, settings.max_statement_bytes)?;
    let watch = Watch::over(&mut connection, &settings.stop, None)?;
    let work = || {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get::<_, i64>(0)
        })?;
        connection.query_row("PRAGMA journal_mode=DELETE", [], |row| {
            row.get::<_, String>(0)
        })
    };
    match work() {
        Ok(mode) => Ok(mode == "delete"),
        // What can be read is looked for later.
        Err(_) if settings.skip_unreadable => Ok(false),
        Err(error) => Err(explain(&error, shown, &[], &watch).context(format!(
            "could not bring the copy of `{shown}` up to date with its log"
        ))),
    }
}

/// # Errors
/// If the schema cannot be read, or holds what is not UTF-8: SQLite would hand names over
/// unchecked.
fn check_names(read: &Readable, settings: &Settings, shown: &str) -> Result<()> {
    let (connection, watch) = connect(read, settings, None, shown)?;
    let work = || {
        let mut statement = connection.prepare("SELECT name, tbl_name, sql FROM sqlite_schema")?;
        let mut rows = statement.query([])?;
        let mut is_text = true;
        while let Some(row) = rows.next()? {
            for column in 0..3 {
                let bytes = row
                    .get_ref(column)?
                    .as_bytes_or_null()
                    .unwrap_or_default()
                    .unwrap_or_default();
                is_text &= std::str::from_utf8(bytes).is_ok();
            }
        }
        Ok(is_text)
    };
    let is_text = work().map_err(|error| explain(&error, shown, &[], &watch))?;
    ensure!(
        is_text,
        "`{shown}` has a table or a column whose name is not UTF-8: rename it, or copy the tables that are needed \
         into a new database"
    );
    Ok(())
}

/// A path as an address that says that nobody changes the file.
fn address(path: &Path) -> String {
    let mut address = String::from("file:");
    let bytes = path.as_os_str().as_encoded_bytes();
    if !bytes.starts_with(b"/") {
        address.push('/');
    }
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => {
                address.push(char::from(byte))
            }
            b'\\' if cfg!(windows) => address.push('/'),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address.push_str("?immutable=1");
    address
}
