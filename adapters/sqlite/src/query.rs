//! Queries and their rows, lent without copying, with errors that name the table.

use std::fmt;

use anyhow::{Result, anyhow, bail, ensure};
use rusqlite::types::ValueRef;
use rusqlite::{ErrorCode, Statement};

use crate::clock;
use crate::guard::{Stopped, Wanted, Watch};
use crate::tables::{Table, quoted};

/// A connection for one thread, which can do nothing but read.
#[derive(Debug)]
pub struct Connection {
    pub(crate) sqlite: rusqlite::Connection,
    pub(crate) wanted: Wanted,
    pub(crate) watch: Watch,
    /// How the database is called in errors.
    pub(crate) shown: String,
}

impl Connection {
    /// Prepares a query, which may come from anybody: it is allowed to read tables and to call
    /// functions that reach nothing outside.
    ///
    /// # Errors
    /// If it is not one query, does anything but read, or names what the database does not have.
    pub fn query(&self, sql: &str) -> Result<Query<'_>> {
        self.wanted.take();
        self.watch.next_piece();
        let prepared = self.sqlite.prepare(sql);
        let mut seen = self.wanted.take();
        let tables = std::mem::take(&mut seen.tables);
        let statement = match (prepared, seen.denied.take()) {
            (_, Some(denied)) => {
                bail!("the query {denied}, but a query may only read tables: take that out")
            }
            (Err(rusqlite::Error::MultipleStatement), _) => {
                bail!("there are several statements: give one query")
            }
            (Err(error), None) => return Err(explain(&error, &self.shown, &tables, &self.watch)),
            (Ok(statement), _) => statement,
        };
        ensure!(
            statement.column_count() > 0 && statement.readonly(),
            "there is no query: give a `SELECT`"
        );
        if seen.has_dates {
            self.check_clock(sql, &seen.dated_views)?;
        }
        let columns = statement.column_names().map(str::to_owned).collect();
        Ok(Query {
            statement,
            columns,
            tables,
            column: seen.column,
            connection: self,
        })
    }

    /// # Errors
    /// If a query that calls functions of dates, or a view that does, asks for the time of day.
    fn check_clock(&self, sql: &str, views: &[String]) -> Result<()> {
        let mut asked = clock::asked(sql);
        for view in views {
            let sql = self.sqlite.query_row(
                "SELECT sql FROM sqlite_schema WHERE name = ?1",
                [view],
                |row| row.get::<_, String>(0),
            );
            asked = asked.or_else(|| clock::asked(&sql.ok()?));
        }
        match asked {
            Some(asked) => bail!(
                "the query asks by `{asked}` for the time of day or the time zone of this machine, so it would give \
                 something else at another time or place: write the time itself"
            ),
            None => Ok(()),
        }
    }
}

impl Connection {
    /// All names by which queries may call the number of a row of a table, its column for it among
    /// them; none if rows have no such numbers.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(crate) fn rowids_of(&self, table: &Table) -> Result<Vec<String>> {
        let mut names: Vec<String> = table.rowids().map(str::to_owned).collect();
        if let Some(rowid) = table.rowid() {
            let query = self.query(&format!("SELECT {rowid} FROM {}", quoted(&table.name)))?;
            // SQLite tells the column where there is one, and else `ROWID`, whatever is called so.
            let column = query.column;
            if !column.eq_ignore_ascii_case("rowid") || table.calls_its_key_rowid() {
                names.push(column);
            }
        }
        Ok(names)
    }
}

/// A query that is ready to run, any number of times.
#[derive(Debug)]
pub struct Query<'c> {
    statement: Statement<'c>,
    columns: Vec<String>,
    tables: Vec<String>,
    /// The last column that it reads, by the name that its table has for it.
    column: String,
    connection: &'c Connection,
}

impl Query<'_> {
    /// The names of its columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The tables that it reads.
    pub fn tables(&self) -> &[String] {
        &self.tables
    }

    /// How many parameters it has.
    pub fn parameters(&self) -> usize {
        self.statement.parameter_count()
    }

    /// The number of the parameter with this name, such as `:first`, from 1; `None` if it has none.
    pub fn parameter(&self, name: &str) -> Option<usize> {
        self.statement.parameter_index(name).ok().flatten()
    }

    /// Runs it; `numbers` stand for its parameters, `?1` and so on.
    ///
    /// # Errors
    /// If it has another number of parameters.
    pub fn rows(&mut self, numbers: &[i64]) -> Result<Rows<'_>> {
        let count = self.statement.parameter_count();
        ensure!(
            count == numbers.len(),
            "the query has {count} parameters (`?`), and {} values are given",
            numbers.len()
        );
        let inner = self.statement.query(rusqlite::params_from_iter(numbers))?;
        Ok(Rows {
            inner,
            tables: &self.tables,
            connection: self.connection,
            read: 0,
        })
    }
}

/// The rows of a query, one after the other.
pub struct Rows<'q> {
    inner: rusqlite::Rows<'q>,
    tables: &'q [String],
    connection: &'q Connection,
    read: u64,
}

impl Rows<'_> {
    /// The next row, or `None` behind the last one.
    ///
    /// # Errors
    /// If the database is damaged, which names the tables that the query reads, or if it takes too
    /// long or is stopped.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        self.connection.watch.next_piece();
        match self.inner.next() {
            Ok(row) => {
                self.read += u64::from(row.is_some());
                Ok(row.map(Row))
            }
            Err(error) => {
                let context = explain(
                    &error,
                    &self.connection.shown,
                    self.tables,
                    &self.connection.watch,
                );
                Err(context.context(format!("could not read row {} of the query", self.read + 1)))
            }
        }
    }

    /// How many rows were read.
    pub fn read(&self) -> u64 {
        self.read
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("tables", &self.tables)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

/// A row, valid until the next one is read.
#[derive(Debug)]
pub struct Row<'r>(&'r rusqlite::Row<'r>);

impl Row<'_> {
    /// What stands in a column, from 0; [`Cell::Null`] behind the last column.
    pub fn cell(&self, column: usize) -> Cell<'_> {
        match self.0.get_ref(column) {
            Ok(ValueRef::Integer(number)) => Cell::Integer(number),
            Ok(ValueRef::Real(number)) => Cell::Real(number),
            Ok(ValueRef::Text(text)) => Cell::Text(text),
            Ok(ValueRef::Blob(bytes)) => Cell::Blob(bytes),
            Ok(ValueRef::Null) | Err(_) => Cell::Null,
        }
    }
}

/// What stands in one place of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'r> {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; may be infinite.
    Real(f64),
    /// A text, which should be UTF-8 but need not be: SQLite does not check it.
    Text(&'r [u8]),
    /// Bytes.
    Blob(&'r [u8]),
}

/// Says what went wrong while `tables` were read, in words that name the place and the cure.
pub(crate) fn explain(
    error: &rusqlite::Error,
    shown: &str,
    tables: &[String],
    watch: &Watch,
) -> anyhow::Error {
    let names: Vec<String> = tables.iter().map(|table| format!("`{table}`")).collect();
    let place = match names.len() {
        0 => format!("`{shown}`"),
        1 => format!("the table {} of `{shown}`", names.concat()),
        _ => format!("one of the tables {} of `{shown}`", names.join(", ")),
    };
    match (watch.stopped(), error.sqlite_error_code()) {
        (Some(Stopped::Asked), _) => anyhow!("stopped"),
        (Some(Stopped::Late), _) => anyhow!(
            "{place} gave no row for too long: give the query an index to work with, or a simpler one"
        ),
        (None, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) => anyhow!(
            "{place} is damaged ({error}): make a sound copy with `sqlite3 DAMAGED .recover | sqlite3 NEW`, \
             or skip what cannot be read: `--skip-unreadable`"
        ),
        (None, Some(ErrorCode::TooBig)) => anyhow!(
            "a value of {place}, or one that a computed column or the query makes of it, is larger than allowed: \
             read the table by a query, and leave that column out"
        ),
        (None, Some(ErrorCode::AuthorizationForStatementDenied)) => anyhow!(
            "{place}: the query asks an index for searching text, or something else that is no table with rows: \
             ask the tables themselves, for words by `LIKE`"
        ),
        (None, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) => {
            anyhow!("{place} is in use by another program: close that program, or give a copy")
        }
        (None, Some(ErrorCode::DiskFull)) => {
            anyhow!("{place}: there is no room left for temporary files")
        }
        _ => anyhow!("{place}: {error}"),
    }
}
