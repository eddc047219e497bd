//! The tables that a person made, with their columns, out of all that a database holds.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// A table of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order, computed ones included.
    pub columns: Vec<Column>,
    /// Whether its rows have numbers of their own, the rowid.
    pub has_rowid: bool,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as it was declared; empty for none. SQLite does not hold values to it.
    pub declared: String,
    /// Its place in the primary key, from 1; 0 for none.
    pub key: u32,
    /// Whether it is computed from others.
    pub is_computed: bool,
}

/// The tables in the order of their names, by bytes.
///
/// Left out are views, SQLite's own tables, virtual tables, and the tables that virtual ones keep
/// their data in. `searches` are virtual tables that are known from elsewhere.
///
/// # Errors
/// If the schema cannot be read.
pub(crate) fn list(
    connection: &Connection,
    searches: &[VirtualTable],
) -> rusqlite::Result<Vec<Table>> {
    let mut statement =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")?;
    let mut rows = statement.query([])?;
    let mut names = Vec::new();
    let mut searches = searches.to_vec();
    while let Some(row) = rows.next()? {
        let name = text(row.get_ref(0)?);
        let sql = text(row.get_ref(1)?);
        match VirtualTable::of(&name, &sql) {
            Some(search) => searches.push(search),
            None => names.push(name),
        }
    }
    names.retain(|name| !is_reserved(name) && !searches.iter().any(|search| search.owns(name)));
    names.sort();
    let table = |name: String| {
        let columns = columns(connection, &name)?;
        let has_rowid = has_rowid(connection, &name)?;
        Ok(Table {
            name,
            columns,
            has_rowid,
        })
    };
    names.into_iter().map(table).collect()
}

/// The names of tables and views of all kinds, and whether each is a view.
///
/// # Errors
/// If the schema cannot be read.
pub(crate) fn names(connection: &Connection) -> rusqlite::Result<Vec<(String, bool)>> {
    let sql = "SELECT name, type = 'view' FROM sqlite_schema WHERE type IN ('table', 'view')";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((text(row.get_ref(0)?), row.get(1)?)))?;
    rows.collect()
}

/// How many rows a table has; `None` if there are more than `most`.
///
/// SQLite's own `count(*)` cannot be stopped, and never ends where pages of a damaged file lead to
/// one another.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn count(
    connection: &Connection,
    table: &str,
    most: u64,
) -> rusqlite::Result<Option<u64>> {
    let mut statement = connection.prepare(&format!("SELECT 1 FROM {}", quoted(table)))?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
        if count > most {
            return Ok(None);
        }
    }
    Ok(Some(count))
}

/// A name as SQL writes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether a name belongs to SQLite.
pub(crate) fn is_reserved(table: &str) -> bool {
    let bytes = table.as_bytes();
    bytes
        .get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"sqlite_"))
}

/// A virtual table, such as an index for searching text, which keeps its data in other tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VirtualTable {
    name: String,
    module: String,
}

/// What the tables of each module are called, behind the name of the virtual table and `_`.
/// Source: SQLite, "FTS3 and FTS4" 9.1, "FTS5" 4.4, "R*Tree" 5, read 2026-11.
const OWNED: &[(&str, &[&str])] = &[
    (
        "fts",
        &[
            "content", "segments", "segdir", "docsize", "stat", "data", "idx", "config",
        ],
    ),
    ("rtree", &["node", "parent", "rowid"]),
    ("geopoly", &["node", "parent", "rowid"]),
];

impl VirtualTable {
    /// The virtual table that this SQL makes, if it makes one.
    pub(crate) fn of(name: &str, sql: &str) -> Option<VirtualTable> {
        let mut words = sql.split_ascii_whitespace();
        let is_virtual = words.next()?.eq_ignore_ascii_case("create")
            && words.next()?.eq_ignore_ascii_case("virtual");
        if !is_virtual {
            return None;
        }
        let mut words = words
            .skip_while(|word| !word.eq_ignore_ascii_case("using"))
            .skip(1);
        let module = words
            .next()
            .unwrap_or_default()
            .split('(')
            .next()
            .unwrap_or_default();
        Some(VirtualTable {
            name: name.to_owned(),
            module: module.to_ascii_lowercase(),
        })
    }

    /// Whether this is its name.
    pub(crate) fn is(&self, table: &str) -> bool {
        self.name.eq_ignore_ascii_case(table)
    }

    /// Whether a table holds the data of this one.
    pub(crate) fn owns(&self, table: &str) -> bool {
        let Some((start, rest)) = table.split_at_checked(self.name.len()) else {
            return false;
        };
        let Some(rest) = rest
            .strip_prefix('_')
            .filter(|_| start.eq_ignore_ascii_case(&self.name))
        else {
            return false;
        };
        OWNED.iter().any(|(module, ends)| {
            self.module.starts_with(module) && ends.iter().any(|end| rest.eq_ignore_ascii_case(end))
        })
    }
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let mut statement =
        connection.prepare("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1)")?;
    let mut rows = statement.query([table])?;
    let mut columns = Vec::new();
    while let Some(row) = rows.next()? {
        columns.push(Column {
            name: text(row.get_ref(0)?),
            declared: text(row.get_ref(1)?),
            key: row.get(2)?,
            is_computed: row.get::<_, i64>(3)? > 0,
        });
    }
    Ok(columns)
}

/// Whether the rows of a table have numbers. One without them is an index itself, with its key as
/// columns. A list of all tables tells it as well, but SQLite cannot make one of very many.
/// Source: SQLite, "PRAGMA index_info", read 2026-11.
fn has_rowid(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare("SELECT 1 FROM pragma_index_info(?1)")?;
    Ok(!statement.exists([table])?)
}

fn text(value: ValueRef<'_>) -> String {
    value
        .as_bytes_or_null()
        .ok()
        .flatten()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .unwrap_or_default()
}
