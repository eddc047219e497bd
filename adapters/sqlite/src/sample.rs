//! A few rows of each table, for those who find out what it is.

use anyhow::Result;

use crate::database::Database;
use crate::part::mended;
use crate::query::{Cell, Connection};
use crate::tables::{Table, quoted};

/// How many rows are looked at.
const ROWS: usize = 20;

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 200;

/// A few rows of a table.
pub(crate) struct Sample {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sample {
    /// Looks at the first rows of a table.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn of(connection: &Connection, table: &Table) -> Result<Sample> {
        let sql = format!("SELECT * FROM {} LIMIT {ROWS}", quoted(&table.name));
        let mut query = connection.query(&sql)?;
        let columns = query.columns().to_vec();
        let mut rows = Vec::new();
        let mut found = query.rows(&[])?;
        while let Some(row) = found.next_row()? {
            let cells = (0..columns.len()).map(|column| match row.cell(column) {
                Cell::Null | Cell::Blob(_) => String::new(),
                Cell::Integer(number) => number.to_string(),
                Cell::Real(number) => number.to_string(),
                // What differs by bytes that are no UTF-8 may be ids, which are read apart.
                Cell::Text(text) => mended(start_of(text), true),
            });
            rows.push(cells.collect());
        }
        Ok(Sample { columns, rows })
    }

    /// Looks at the first rows of tables.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn of_all(database: &Database, tables: &[Table]) -> Result<Vec<Sample>> {
        let connection = database.connect()?;
        let samples = tables.iter().map(|table| Sample::of(&connection, table));
        samples.collect()
    }

    /// A table as it is shown to those who find out what it is.
    pub(crate) fn shown<'s>(
        (table, sample): (&'s Table, &'s Sample),
    ) -> migrate_mapping::Table<'s> {
        migrate_mapping::Table {
            name: &table.name,
            columns: &sample.columns,
            rows: &sample.rows,
        }
    }
}

/// The start of a text that is looked at, up to a whole character if it has such.
fn start_of(text: &[u8]) -> &[u8] {
    if text.len() <= LONGEST {
        return text;
    }
    let is_inner = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut ends = (LONGEST - 3..=LONGEST).rev();
    let end = ends.find(|at| !is_inner(at)).unwrap_or(LONGEST);
    text.get(..end).unwrap_or(text)
}
