//! Cuts a table into ranges of rowids that are about equally long, to be read by several threads.

use anyhow::{Context, Result};
use rusqlite::Connection;

use crate::database::Database;
use crate::tables::{Table, quoted};

/// About how many bytes of rows stand in a range.
const BYTES: u64 = 1 << 20;

/// The fewest and most rows of a range.
const ROWS: (u64, u64) = (1, 16_384);

/// How many rows are looked at in each of three places for how long rows are.
const SAMPLE: u64 = 30;

/// Rows of a table that are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// The first rowid.
    pub(crate) first: i64,
    /// The last rowid, itself included.
    pub(crate) last: i64,
    /// How many numbers, of rows or of rowids, stand before it.
    pub(crate) before: u64,
}

/// A table that was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ranges {
    /// In their order, without gaps between them.
    pub(crate) all: Vec<Range>,
    /// Whether rows are numbered by their rowids, because these follow each other closely;
    /// otherwise by how many rows stand before them.
    pub(crate) by_rowid: bool,
    /// About how many bytes of rows stand in each.
    pub(crate) bytes: u64,
}

impl Table {
    /// The name by which SQL calls the rowid; `None` if rows have none, or all its names are taken.
    pub(crate) fn rowid(&self) -> Option<&'static str> {
        self.rowids().next()
    }

    /// Whether the rowid is a column that is called so itself, as programs of Apple do.
    pub(crate) fn calls_its_key_rowid(&self) -> bool {
        let mut key = self.columns.iter().filter(|column| column.key > 0);
        let first = key.next().filter(|column| {
            column.name.eq_ignore_ascii_case("rowid")
                && column.declared.eq_ignore_ascii_case("integer")
        });
        first.is_some() && key.next().is_none()
    }

    /// All names that no column has by which SQL calls the rowid.
    pub(crate) fn rowids(&self) -> impl Iterator<Item = &'static str> {
        let is_free = |name: &&str| {
            let mut columns = self.columns.iter();
            !columns.any(|column| column.name.eq_ignore_ascii_case(name))
        };
        let names = ["rowid", "_rowid_", "oid"].into_iter();
        names.filter(|_| self.has_rowid).filter(is_free)
    }
}

impl Database {
    /// Cuts a table into ranges of rowids, none of an empty one; `None` if it has no rowids.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn cut(&self, table: &Table) -> Result<Option<Ranges>> {
        let Some(rowid) = table.rowid() else {
            return Ok(None);
        };
        let names = [table.name.clone()];
        let bytes = self.bytes();
        let cut = self.ask(&names, |connection| {
            let from = quoted(&table.name);
            let ends = ends(connection, &from, rowid)?;
            let Some((first, last)) = ends else {
                return Ok(Some(Ranges {
                    all: Vec::new(),
                    by_rowid: true,
                    bytes: 0,
                }));
            };
            let row_bytes = row_bytes(connection, &from, rowid, (first, last))?;
            let width = (BYTES / row_bytes.max(1)).clamp(ROWS.0, ROWS.1);
            let span = last.abs_diff(first).saturating_add(1);
            // As many ranges as would be if rows filled the file a few times.
            let most = 16 + 4 * (bytes / (width * row_bytes.max(1)));
            match span / width <= most {
                true => Ok(Some(even(first, last, width, width * row_bytes))),
                false => walked(connection, &from, rowid, width, width * row_bytes).map(Some),
            }
        });
        cut.with_context(|| format!("could not cut the table `{}` into pieces", table.name))
    }
}

/// The smallest and the largest rowid.
fn ends(connection: &Connection, from: &str, rowid: &str) -> rusqlite::Result<Option<(i64, i64)>> {
    // SQLite finds each by itself at once, and both together by reading all.
    let end = |function: &str| {
        let sql = format!("SELECT {function}({rowid}) FROM {from}");
        connection.query_row(&sql, [], |row| row.get::<_, Option<i64>>(0))
    };
    Ok(end("min")?.zip(end("max")?))
}

/// How many bytes rows have, about.
fn row_bytes(
    connection: &Connection,
    from: &str,
    rowid: &str,
    (first, last): (i64, i64),
) -> rusqlite::Result<u64> {
    let sql = format!("SELECT * FROM {from} WHERE {rowid} >= ?1 LIMIT {SAMPLE}");
    let mut statement = connection.prepare(&sql)?;
    let columns = statement.column_count();
    let near_last = last.saturating_sub(SAMPLE as i64).max(first);
    let (mut bytes, mut count) = (0u64, 0u64);
    for start in [first, i64::midpoint(first, last), near_last] {
        let mut rows = statement.query([start])?;
        while let Some(row) = rows.next()? {
            count += 1;
            for column in 0..columns {
                bytes += match row.get_ref(column)? {
                    rusqlite::types::ValueRef::Null => 1,
                    rusqlite::types::ValueRef::Integer(_) => 5,
                    rusqlite::types::ValueRef::Real(_) => 9,
                    rusqlite::types::ValueRef::Text(text) => text.len() as u64 + 2,
                    rusqlite::types::ValueRef::Blob(bytes) => bytes.len() as u64 + 2,
                };
            }
        }
    }
    Ok(bytes / count.max(1) + 4)
}

/// Ranges of as many rowids each.
fn even(first: i64, last: i64, width: u64, bytes: u64) -> Ranges {
    let mut all = Vec::new();
    let mut at = first;
    loop {
        let end = i64::try_from(width - 1)
            .ok()
            .and_then(|width| at.checked_add(width));
        let end = end.map_or(last, |end| end.min(last));
        all.push(Range {
            first: at,
            last: end,
            before: at.abs_diff(first),
        });
        if end >= last {
            break;
        }
        at = end + 1;
    }
    Ranges {
        all,
        by_rowid: true,
        bytes,
    }
}

/// Ranges of as many rows each, of a table whose rowids leave wide gaps. All of it is read.
fn walked(
    connection: &Connection,
    from: &str,
    rowid: &str,
    width: u64,
    bytes: u64,
) -> rusqlite::Result<Ranges> {
    let mut statement = connection.prepare(&format!("SELECT {rowid} FROM {from} ORDER BY 1"))?;
    let mut rows = statement.query([])?;
    let mut all: Vec<Range> = Vec::new();
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        match all.last_mut() {
            Some(last) if count % width > 0 => last.last = number,
            _ => all.push(Range {
                first: number,
                last: number,
                before: count,
            }),
        }
        count += 1;
    }
    Ok(Ranges {
        all,
        by_rowid: false,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::Settings;

    fn cut(rowids: &BTreeSet<i64>, text: &str) -> Ranges {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, text); BEGIN")
            .unwrap();
        for rowid in rowids {
            let row = rusqlite::params![rowid, text];
            connection
                .execute("INSERT INTO t VALUES (?1, ?2)", row)
                .unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        drop(connection);
        let settings = Settings::new(folder.path().to_path_buf());
        let database = Database::open(&path, &settings).unwrap();
        let table = database.tables().unwrap().remove(0);
        database.cut(&table).unwrap().unwrap()
    }

    fn check(rowids: &BTreeSet<i64>, text: &str) -> Ranges {
        let ranges = cut(rowids, text);
        let mut before = 0;
        let mut seen = 0;
        let mut next = None;
        for range in &ranges.all {
            assert!(range.first <= range.last);
            assert!(next.is_none_or(|next| range.first >= next), "{ranges:?}");
            next = range.last.checked_add(1);
            let here = rowids.range(range.first..=range.last).count() as u64;
            match ranges.by_rowid {
                true => assert_eq!(range.before, range.first.abs_diff(*rowids.first().unwrap())),
                false => assert_eq!(range.before, before),
            }
            before += here;
            seen += here;
            assert!(here <= ROWS.1);
        }
        assert_eq!(seen, rowids.len() as u64);
        ranges
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn every_row_stands_in_one_range(
            rowids in prop::collection::btree_set(
                prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>(), -50..50i64], 0..300),
            length in 0..20_000usize,
        ) {
            check(&rowids, &"x".repeat(length));
        }
    }

    #[test]
    fn numbers_that_follow_each_other_are_cut_by_value() {
        let ranges = check(&(5..5_000).collect(), &"x".repeat(1000));
        assert!(ranges.by_rowid);
        assert!((4..8).contains(&ranges.all.len()), "{ranges:?}");
    }

    #[test]
    fn numbers_far_from_each_other_are_cut_by_count() {
        let rowids = (0..5_000i64).map(|n| n * 1_000_000_000_000).collect();
        let ranges = check(&rowids, &"x".repeat(1000));
        assert!(!ranges.by_rowid);
        assert!((4..8).contains(&ranges.all.len()), "{ranges:?}");
    }
}
