//! Reads what can be read of a damaged database into a sound one, and says what cannot.
//!
//! Only whole tables and ranges of rows are told, since more is not known of rows that cannot be
//! read.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement};

use crate::database::{Readable, connect};
use crate::guard::{Watch, harden};
use crate::query::explain;
use crate::settings::Settings;
use crate::tables::{self, Column, Table, quoted};

/// Rows of a damaged database that were skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The table.
    pub table: String,
    /// How many rows of it were read.
    pub read: u64,
    /// The rowids between which rows may be missing, both ends included; empty where the table's
    /// rows have none.
    pub gaps: Vec<(i64, i64)>,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {} rows were read", self.table, self.read)?;
        let mut before = ", and those cannot be that have the rowids";
        for (first, last) in self.gaps.iter().take(5) {
            match (*first, *last) {
                (i64::MIN, i64::MAX) => write!(f, "{before} of any size")?,
                (i64::MIN, last) => write!(f, "{before} to {last}")?,
                (first, i64::MAX) => write!(f, "{before} from {first} on")?,
                (first, last) => write!(f, "{before} {first} to {last}")?,
            }
            before = ",";
        }
        match self.gaps.len() {
            0 => f.write_str(", and it is not known how many cannot be"),
            count if count > 5 => write!(f, " and {} ranges more", count - 5),
            _ => Ok(()),
        }
    }
}

/// Whether SQLite finds damage. All of the database is read.
///
/// # Errors
/// If it cannot be opened, or is stopped.
pub(crate) fn is_damaged(read: &Readable, settings: &Settings, shown: &str) -> Result<bool> {
    let (connection, watch) = connect(read, settings, None, shown)?;
    let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match found {
        Ok(found) => Ok(found != "ok"),
        Err(error) if is_stop(&error) => Err(explain(&error, shown, &[], &watch)),
        Err(_) => Ok(true),
    }
}

/// Reads all that can be read into a new database in `to`.
///
/// # Errors
/// If not even the schema can be read, or there is no room.
pub(crate) fn copy(
    read: &Readable,
    to: &Path,
    settings: &Settings,
    shown: &str,
) -> Result<(Readable, Vec<Unreadable>)> {
    let (from, watch) = connect(read, settings, None, shown)?;
    // A file that is cut off is read as far as it goes; nothing is written to it, it is open for
    // reading.
    from.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
    from.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
    let tables = tables::list(&from, &[]).map_err(|error| explain(&error, shown, &[], &watch))?;
    let path = to.join("salvaged.db");
    let output = private(&path, settings.max_temp_bytes, settings.max_statement_bytes)?;
    // No row takes less than two bytes.
    let most = std::fs::metadata(&read.path).map_or(0, |metadata| metadata.len());
    let mut unreadable = Vec::new();
    for table in &tables {
        let told = copy_table(&from, &output, &watch, table, most)
            .map_err(|error| explain(&error, shown, std::slice::from_ref(&table.name), &watch))?;
        unreadable.extend(told);
    }
    output
        .execute_batch("COMMIT")
        .context("could not write what could be read")?;
    Ok((
        Readable {
            path,
            is_immutable: true,
        },
        unreadable,
    ))
}

/// A new database that nobody else sees, in a transaction that is never rolled back.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn private(path: &Path, most_bytes: u64, longest: usize) -> Result<Connection> {
    const PAGE: u64 = 4096;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = || format!("could not make `{}`", path.display());
    let connection = Connection::open_with_flags(path, flags).with_context(failed)?;
    let pages = (most_bytes / PAGE).clamp(1, 0xffff_fffe);
    connection
        .execute_batch(&format!(
            "PRAGMA page_size={PAGE}; PRAGMA max_page_count={pages}; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; \
             PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-16000; BEGIN"
        ))
        .with_context(failed)?;
    harden(&connection, longest).with_context(failed)?;
    Ok(connection)
}

/// Copies a table; what could not be read, if anything.
fn copy_table(
    from: &Connection,
    output: &Connection,
    watch: &Watch,
    table: &Table,
    most: u64,
) -> rusqlite::Result<Option<Unreadable>> {
    let columns: Vec<_> = table
        .columns
        .iter()
        .filter(|column| !column.is_computed)
        .collect();
    // Such a key is the rowid itself, and what refers to it is found by it.
    let keys = table.columns.iter().filter(|column| column.key > 0).count();
    let is_rowid = |column: &Column| {
        table.has_rowid
            && keys == 1
            && column.key == 1
            && column.declared.eq_ignore_ascii_case("integer")
    };
    let defined: Vec<String> = columns
        .iter()
        .map(|column| {
            let key = if is_rowid(column) { " PRIMARY KEY" } else { "" };
            format!(
                "{} {}{key}",
                quoted(&column.name),
                plain_type(&column.declared)
            )
        })
        .collect();
    let has_key = columns.iter().any(|column| is_rowid(column));
    let mut names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    // Under one of its names the rowid can be had, unless all are names of columns.
    let rowid = ["rowid", "_rowid_", "oid"].into_iter().find(|name| {
        table.has_rowid
            && !table
                .columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
    });
    output.execute_batch(&format!(
        "CREATE TABLE {}({})",
        quoted(&table.name),
        defined.join(", ")
    ))?;
    names.extend(rowid.filter(|_| !has_key).map(str::to_owned));
    let marks = vec!["?"; names.len()].join(",");
    let insert = output.prepare(&format!(
        "INSERT INTO {}({}) VALUES({marks})",
        quoted(&table.name),
        names.join(",")
    ))?;
    let mut copying = Copying {
        insert,
        watch,
        width: names.len(),
        read: 0,
        next: i64::MIN,
        most,
    };
    names.extend(rowid.map(str::to_owned));
    let select = format!("SELECT {} FROM {}", names.join(","), quoted(&table.name));
    let Some(rowid) = rowid else {
        let ended = copying.run(from, &select, &[])?;
        let told = Unreadable {
            table: table.name.clone(),
            read: copying.read,
            gaps: Vec::new(),
        };
        return Ok((!ended).then_some(told));
    };
    let sql = format!("{select} WHERE {rowid} >= ?1 ORDER BY {rowid}");
    let gaps = copying.run_by_rowid(from, &sql)?;
    let told = Unreadable {
        table: table.name.clone(),
        read: copying.read,
        gaps,
    };
    Ok((!told.gaps.is_empty()).then_some(told))
}

struct Copying<'c> {
    insert: Statement<'c>,
    watch: &'c Watch,
    /// How many cells of a row are written. Behind them stands the rowid, if it has one.
    width: usize,
    read: u64,
    /// The smallest rowid that the next row may have.
    next: i64,
    /// The most rows that the file can hold.
    most: u64,
}

impl Copying<'_> {
    /// Copies rows until the end, or until there is damage: then `false`.
    fn run(&mut self, from: &Connection, sql: &str, from_rowid: &[i64]) -> rusqlite::Result<bool> {
        let mut statement = match from.prepare(sql) {
            Err(error) if is_damage(&error) => return Ok(false),
            other => other?,
        };
        let mut rows = statement.query(rusqlite::params_from_iter(from_rowid))?;
        loop {
            self.watch.next_piece();
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(true),
                Err(error) if is_damage(&error) => return Ok(false),
                Err(error) => return Err(error),
            };
            let mut is_largest = false;
            // Pages of a damaged file may lead to the same rows again and again.
            if let Ok(ValueRef::Integer(rowid)) = row.get_ref(self.width) {
                if rowid < self.next {
                    return Ok(false);
                }
                self.next = rowid.saturating_add(1);
                is_largest = rowid == i64::MAX;
            } else if self.read >= self.most {
                return Ok(false);
            }
            for column in 0..self.width {
                let value = row.get_ref(column)?;
                self.insert.raw_bind_parameter(
                    column + 1,
                    rusqlite::types::ToSqlOutput::Borrowed(value),
                )?;
            }
            match self.insert.raw_execute() {
                Ok(_) => self.read += 1,
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                }
                Err(error) => return Err(error),
            }
            if is_largest {
                // Nothing can come behind the largest rowid.
                return Ok(true);
            }
        }
    }

    /// Copies rows in the order of their rowids, and looks behind each damage for the next row that
    /// can be read. Gives the gaps.
    fn run_by_rowid(&mut self, from: &Connection, sql: &str) -> rusqlite::Result<Vec<(i64, i64)>> {
        let mut gaps = Vec::new();
        while !self.run(from, sql, &[self.next])? {
            let first = self.next;
            let Some(next) = next_readable(from, sql, self.width, first)? else {
                gaps.push((first, i64::MAX));
                break;
            };
            gaps.push((first, next.saturating_sub(1)));
            self.next = next;
        }
        Ok(gaps)
    }
}

/// The smallest rowid above `first` from which a row can be read, found by ever longer leaps and
/// then by halving.
fn next_readable(
    from: &Connection,
    sql: &str,
    width: usize,
    first: i64,
) -> rusqlite::Result<Option<i64>> {
    let mut statement = match from.prepare(sql) {
        Err(error) if is_damage(&error) => return Ok(None),
        other => other?,
    };
    let mut can_read = |rowid: i64| -> rusqlite::Result<bool> {
        match statement.query([rowid])?.next() {
            Ok(Some(row)) => {
                Ok(matches!(row.get_ref(width), Ok(ValueRef::Integer(found)) if found >= rowid))
            }
            Ok(None) => Ok(false),
            Err(error) if is_damage(&error) => Ok(false),
            Err(error) => Err(error),
        }
    };
    let mut bad = first;
    // Rowids begin at 1 unless somebody chose others.
    let mut good = if first < 1 {
        1
    } else {
        first.saturating_add(1)
    };
    let mut leap = 1i64;
    while !can_read(good)? {
        if good == i64::MAX {
            return Ok(None);
        }
        bad = good;
        leap = leap.saturating_mul(2);
        good = good.saturating_add(leap);
    }
    while good.abs_diff(bad) > 1 {
        let middle = i64::midpoint(bad, good);
        if can_read(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(Some(good))
}

/// A declared type that may be written into SQL: words, numbers and one pair of brackets.
fn plain_type(declared: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_');
    let words = declared.split('(').next().unwrap_or_default();
    let is_key_word = |word: &str| {
        [
            "primary",
            "unique",
            "not",
            "check",
            "default",
            "collate",
            "references",
            "generated",
            "as",
            "constraint",
        ]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
    };
    // Where a strict table keeps anything as it is, another one would turn digits into numbers.
    let is_known = words.bytes().all(is_plain) && !words.trim().eq_ignore_ascii_case("any");
    if is_known && !words.split(' ').any(is_key_word) {
        words
    } else {
        ""
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::TooBig
                | ErrorCode::SystemIoFailure
        )
    )
}

fn is_stop(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}
