//! What the rows of a section come from, cut into pieces that can be read alone.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use migrate_mapping::{Cell, Plan};

use crate::database::Database;
use crate::query::{self, Connection};
use crate::ranges::{Range, Ranges};
use crate::spool::{Room, Spool, Spooler, emptied};
use crate::tables::{Table, quoted};

/// A section of the mapping that is bound to its rows.
pub(crate) struct Part {
    /// The number of the section in the mapping.
    pub(crate) section: usize,
    /// What its rows are called in places: the table, or the query.
    pub(crate) name: String,
    pub(crate) plan: Plan,
    pub(crate) feed: Feed,
}

/// Where rows come from.
#[derive(Debug)]
pub(crate) enum Feed {
    /// A table, by ranges of its rowids.
    Table {
        reading: TableReading,
        ranges: Ranges,
    },
    /// A query with the parameters `:first` and `:last`, by ranges of a table's rowids.
    Cut { query: CutQuery, ranges: Ranges },
    /// A query that is run once, with these parameters, and its rows kept.
    Whole { sql: String, numbers: Vec<i64> },
    /// Rows that were kept.
    Kept(Spool),
}

/// How a table is read.
#[derive(Debug)]
pub(crate) struct TableReading {
    /// The names of the rowid, of the columns and of the table, as SQL writes them.
    rowid: String,
    columns: Vec<String>,
    from: String,
    /// Gives the rowid behind so many (`?2`) from one on (`?1`).
    nth: String,
}

impl TableReading {
    /// Reads all columns of a table whose rowid has this name.
    pub(crate) fn new(table: &Table, rowid: &str) -> TableReading {
        let from = quoted(&table.name);
        let columns = table.columns.iter().map(|column| quoted(&column.name));
        TableReading {
            nth: format!(
                "SELECT {rowid} FROM {from} WHERE {rowid} >= ?1 ORDER BY {rowid} LIMIT 1 OFFSET ?2"
            ),
            rowid: rowid.to_owned(),
            columns: columns.collect(),
            from,
        }
    }

    /// Gives the rowid before the columns, of rowids from `?1` to `?2`. Of columns that are not `wanted`,
    /// by place, SQLite gives nothing, and does not even look for their values.
    fn sql(&self, wanted: Option<&[bool]>) -> String {
        let TableReading {
            rowid,
            columns,
            from,
            ..
        } = self;
        let mut sql = format!("SELECT {rowid}");
        for (place, column) in columns.iter().enumerate() {
            let is_wanted = wanted.is_none_or(|wanted| wanted.get(place) == Some(&true));
            sql.push_str(", ");
            sql.push_str(if is_wanted { column } else { "NULL" });
        }
        sql.push_str(&format!(
            " FROM {from} WHERE {rowid} BETWEEN ?1 AND ?2 ORDER BY {rowid}"
        ));
        sql
    }
}

/// The columns of a table as SQL lists them.
pub(crate) fn columns_of(table: &Table) -> String {
    let columns = table.columns.iter();
    columns
        .map(|column| quoted(&column.name))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A query that can be read in pieces.
#[derive(Debug)]
pub(crate) struct CutQuery {
    pub(crate) sql: String,
    /// Whether `:first` stands before `:last` in it.
    pub(crate) is_first_before: bool,
    /// The table by whose rowids it is cut.
    pub(crate) table: String,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    /// Its number in the piece, from 1, as the core is told.
    pub(crate) record: u32,
    /// Its number among all rows of the section, from 0.
    pub(crate) position: u32,
    /// Its rowid, or its number from 1 where it has none.
    pub(crate) number: i64,
    /// The columns whose text is not UTF-8; what is not was replaced.
    pub(crate) mended: &'a [(usize, String)],
}

/// Reads rows for one worker.
pub(crate) struct Access<'d> {
    database: &'d Database,
    connection: Option<Connection>,
    bytes: Vec<u8>,
}

impl<'d> Access<'d> {
    pub(crate) fn new(database: &'d Database) -> Access<'d> {
        Access {
            database,
            connection: None,
            bytes: Vec::new(),
        }
    }

    pub(crate) fn connection(&mut self) -> Result<&Connection> {
        if self.connection.is_none() {
            self.connection = Some(self.database.connect()?);
        }
        self.connection
            .as_ref()
            .ok_or_else(|| anyhow!("there is no connection"))
    }
}

impl Part {
    /// Whether rows are numbered by their rowids.
    pub(crate) fn has_rowids(&self) -> bool {
        matches!(self.feed, Feed::Table { .. })
    }

    /// How many pieces there are; one of what is not cut.
    pub(crate) fn pieces(&self) -> usize {
        match &self.feed {
            Feed::Table { ranges, .. } | Feed::Cut { ranges, .. } => ranges.all.len(),
            Feed::Whole { .. } => 1,
            Feed::Kept(spool) => spool.chunks.len(),
        }
    }

    /// About how many bytes a piece has.
    pub(crate) fn piece_bytes(&self, piece: usize) -> u64 {
        match &self.feed {
            Feed::Table { ranges, .. } | Feed::Cut { ranges, .. } => ranges.bytes,
            Feed::Whole { .. } => 0,
            Feed::Kept(spool) => spool.chunks.get(piece).map_or(0, |chunk| chunk.bytes),
        }
    }

    /// Shows the rows of a piece in their order, until `show` says no.
    ///
    /// # Errors
    /// If the database cannot be read; and whatever `show` says.
    pub(crate) fn each(
        &self,
        piece: usize,
        access: &mut Access<'_>,
        show: impl FnMut(&[Cell<'_>], At<'_>) -> Result<bool>,
    ) -> Result<()> {
        self.each_of(piece, access, None, show)
    }

    /// As [`Part::each`], with nothing in columns that are not `wanted`, by place.
    pub(crate) fn each_of(
        &self,
        piece: usize,
        access: &mut Access<'_>,
        wanted: Option<&[bool]>,
        mut show: impl FnMut(&[Cell<'_>], At<'_>) -> Result<bool>,
    ) -> Result<()> {
        let range = |ranges: &Ranges| {
            let found = ranges.all.get(piece).copied();
            found.ok_or_else(|| anyhow!("there is no piece {piece} of {}", self.name))
        };
        match &self.feed {
            Feed::Table { reading, ranges } => {
                let range = range(ranges)?;
                let start = ranges.all.first().map_or(range.first, |first| first.first);
                let numbers = [range.first, range.last];
                let by_rowid = ranges.by_rowid;
                let sql = Sql {
                    text: &reading.sql(wanted),
                    has_rowid: true,
                    wanted,
                    plan: &self.plan,
                };
                run(
                    access.connection()?,
                    sql,
                    &numbers,
                    |rowid, cells, nth, mended| {
                        let rowid = rowid.context("a row has no rowid")?;
                        let place = match by_rowid {
                            true => (rowid.abs_diff(range.first), rowid.abs_diff(start)),
                            false => (nth, range.before + nth),
                        };
                        show(cells, at(place, rowid, mended)?)
                    },
                )
            }
            Feed::Cut { query, ranges } => {
                let range = range(ranges)?;
                let numbers = match query.is_first_before {
                    true => [range.first, range.last],
                    false => [range.last, range.first],
                };
                let sql = Sql {
                    text: &query.sql,
                    has_rowid: false,
                    wanted,
                    plan: &self.plan,
                };
                run(
                    access.connection()?,
                    sql,
                    &numbers,
                    |_, cells, nth, mended| show(cells, at((nth, nth), number_of(nth), mended)?),
                )
            }
            Feed::Whole { sql, numbers } => {
                let sql = Sql {
                    text: sql,
                    has_rowid: false,
                    wanted,
                    plan: &self.plan,
                };
                run(
                    access.connection()?,
                    sql,
                    numbers,
                    |_, cells, nth, mended| show(cells, at((nth, nth), number_of(nth), mended)?),
                )
            }
            Feed::Kept(spool) => {
                let chunk = spool.chunks.get(piece).copied();
                let chunk = chunk.ok_or_else(|| anyhow!("there is no piece {piece}"))?;
                spool.each(chunk, &mut access.bytes, |cells, nth| {
                    let row = chunk.before + nth;
                    show(cells, at((nth, row), number_of(row), &[])?)
                })
            }
        }
        .with_context(|| format!("could not read {}", self.name))
    }

    /// Where a row of a piece stands, for people: what it stands in, and its number, which is 0
    /// where it cannot be told in 32 bits; then it stands in the text.
    pub(crate) fn place(&self, piece: usize, record: u32, database: &Database) -> (String, u32) {
        let Some(nth) = record.checked_sub(1) else {
            return (self.name.clone(), 0);
        };
        match &self.feed {
            Feed::Table { reading, ranges } => {
                let range = ranges.all.get(piece).copied();
                let rowid = range.and_then(|range| rowid(reading, ranges, range, nth, database));
                match rowid.map(|rowid| (u32::try_from(rowid), rowid)) {
                    Some((Ok(number), _)) if number > 0 => (self.name.clone(), number),
                    Some((_, rowid)) => (format!("{}, rowid {rowid}", self.name), 0),
                    None => (self.name.clone(), 0),
                }
            }
            Feed::Cut { query, ranges } => match ranges.all.get(piece) {
                Some(Range { first, last, .. }) => {
                    let table = migrate_model::wording::safe(&query.table, 80);
                    let name = format!("{}, rowids {first} to {last} of {table}", self.name);
                    (name, record)
                }
                None => (self.name.clone(), 0),
            },
            Feed::Whole { .. } => (self.name.clone(), record),
            Feed::Kept(spool) => {
                let before = spool.chunks.get(piece).map_or(0, |chunk| chunk.before);
                let number = before + u64::from(record);
                (self.name.clone(), u32::try_from(number).unwrap_or(0))
            }
        }
    }

    /// Runs a query that is not cut, once, keeps its rows in a file, and shows each with the place
    /// where it stands there.
    ///
    /// # Errors
    /// If the database cannot be read, there is no room; and whatever `show` says.
    pub(crate) fn keep(
        &mut self,
        file: &Path,
        room: &Room,
        access: &mut Access<'_>,
        mut show: impl FnMut(&Plan, &[Cell<'_>], At<'_>, u64) -> Result<()>,
    ) -> Result<()> {
        let mut spooler = Spooler::create(file, room)?;
        let plan = &self.plan;
        self.each(0, access, |cells, at| {
            let place = spooler.put(cells)?;
            show(plan, cells, at, place)?;
            Ok(true)
        })?;
        self.feed = Feed::Kept(spooler.finish()?);
        Ok(())
    }
}

/// The rowid of a row of a range.
fn rowid(
    reading: &TableReading,
    ranges: &Ranges,
    range: Range,
    nth: u32,
    database: &Database,
) -> Option<i64> {
    if ranges.by_rowid {
        return range.first.checked_add(i64::from(nth));
    }
    let connection = database.connect().ok()?;
    let mut query = connection.query(&reading.nth).ok()?;
    let mut rows = query.rows(&[range.first, i64::from(nth)]).ok()?;
    match rows.next_row().ok()??.cell(0) {
        query::Cell::Integer(rowid) => Some(rowid),
        _ => None,
    }
}

fn number_of(nth: u64) -> i64 {
    i64::try_from(nth).map_or(i64::MAX, |nth| nth.saturating_add(1))
}

/// `nth` in the piece, and in the section.
fn at<'a>((nth, row): (u64, u64), number: i64, mended: &'a [(usize, String)]) -> Result<At<'a>> {
    let many = "there are more rows than can be numbered";
    Ok(At {
        record: u32::try_from(nth + 1).context(many)?,
        position: u32::try_from(row).context(many)?,
        number,
        mended,
    })
}

/// A query, and what is read of its rows.
struct Sql<'s> {
    text: &'s str,
    /// Whether the first column is a rowid and none of the columns that are shown.
    has_rowid: bool,
    /// See [`Part::each_of`].
    wanted: Option<&'s [bool]>,
    plan: &'s Plan,
}

/// A text that is not UTF-8, with `\u{fffd}` for every byte that is not; and, where it `names`
/// something, with the byte's two digits behind it, since others may be called nearly so.
pub(crate) fn mended(bytes: &[u8], names: bool) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !names && !chunk.invalid().is_empty() {
            text.push('\u{fffd}');
        }
        for byte in chunk.invalid().iter().filter(|_| names) {
            text.push('\u{fffd}');
            text.push_str(&format!("{byte:02x}"));
        }
    }
    text
}

/// Runs a query, and shows its rows with their numbers from 0, and with what was mended of them,
/// until `show` says no.
fn run(
    connection: &Connection,
    sql: Sql<'_>,
    numbers: &[i64],
    mut show: impl FnMut(Option<i64>, &[Cell<'_>], u64, &[(usize, String)]) -> Result<bool>,
) -> Result<()> {
    let Sql {
        text,
        has_rowid,
        wanted,
        plan,
    } = sql;
    let mut naming = None;
    let mut query = connection.query(text)?;
    let first = usize::from(has_rowid);
    let columns = query.columns().len().saturating_sub(first);
    let mut rows = query.rows(numbers)?;
    let mut spare = Vec::new();
    let mut nth = 0;
    while let Some(row) = rows.next_row()? {
        let mut changed = Vec::new();
        let mut cells = emptied(spare);
        for column in 0..columns {
            let is_wanted = wanted.is_none_or(|wanted| wanted.get(column) == Some(&true));
            if !is_wanted {
                cells.push(Cell::Null);
                continue;
            }
            cells.push(match row.cell(first + column) {
                query::Cell::Null => Cell::Null,
                query::Cell::Integer(number) => Cell::Integer(number),
                query::Cell::Real(number) => Cell::Real(number),
                query::Cell::Blob(bytes) => Cell::Blob(bytes),
                query::Cell::Text(bytes) => match std::str::from_utf8(bytes) {
                    Ok(text) => Cell::Text(text),
                    Err(_) => {
                        let naming = naming.get_or_insert_with(|| plan.naming_columns());
                        let names = naming.get(column) == Some(&true);
                        changed.push((column, mended(bytes, names)));
                        Cell::Null
                    }
                },
            });
        }
        for (column, text) in &changed {
            if let Some(cell) = cells.get_mut(*column) {
                *cell = Cell::Text(text);
            }
        }
        let rowid = match row.cell(0) {
            query::Cell::Integer(rowid) if has_rowid => Some(rowid),
            _ => None,
        };
        let goes_on = show(rowid, &cells, nth, &changed)?;
        spare = emptied(cells);
        if !goes_on {
            break;
        }
        nth += 1;
    }
    Ok(())
}
