//! Databases and dumps are made here, opened, and compared with what SQLite itself would give.

mod bounds;
mod damage;
mod dumps;
mod generate;
mod hostile;
mod queries;
mod siblings;

use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

use crate::{Cell, Database, Settings};

/// A folder with a work folder in it, apart from the inputs.
struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("work")).unwrap();
        std::fs::create_dir(root.path().join("in")).unwrap();
        Place { root }
    }

    /// Where an input lies.
    fn input(&self, name: &str) -> PathBuf {
        self.root.path().join("in").join(name)
    }

    fn settings(&self) -> Settings {
        Settings::new(self.root.path().join("work"))
    }

    /// Writes a dump and loads it.
    fn load(&self, dump: &[u8]) -> Result<Database> {
        let path = self.input("dump.sql");
        std::fs::write(&path, dump).unwrap();
        Database::open(&path, &self.settings())
    }

    /// Makes a database.
    fn make(&self, sql: &str) -> PathBuf {
        let path = self.input("chat.db");
        rusqlite::Connection::open(&path)
            .unwrap()
            .execute_batch(sql)
            .unwrap();
        path
    }

    /// The names, sizes and times of all but work files.
    fn outside(&self) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
        let mut found = Vec::new();
        for folder in [self.root.path().to_path_buf(), self.root.path().join("in")] {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let metadata = entry.metadata().unwrap();
                if metadata.is_file() {
                    found.push((entry.path(), metadata.len(), metadata.modified().unwrap()));
                }
            }
        }
        found.sort();
        found
    }
}

/// The rows of a query as text, cells separated by `|`.
fn rows(database: &Database, sql: &str) -> Vec<String> {
    let connection = database.connect().unwrap();
    let mut query = connection.query(sql).unwrap();
    let width = query.columns().len();
    let mut rows = query.rows(&[]).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        let cells: Vec<String> = (0..width).map(|column| said(row.cell(column))).collect();
        found.push(cells.join("|"));
    }
    found
}

fn said(cell: Cell<'_>) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => format!("{number:?}"),
        Cell::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Cell::Blob(bytes) => format!("{bytes:02x?}"),
    }
}

/// What was left out of a dump: reason, count, line; with `!` where rows are lost.
fn left_out(database: &Database) -> Vec<String> {
    let said = database.dump().unwrap().left_out.iter().map(|it| {
        let mark = if it.holds_data { "!" } else { "" };
        format!("{mark}{} x{} line {}", it.reason, it.count, it.line)
    });
    said.collect()
}

fn names(database: &Database) -> Vec<String> {
    database
        .tables()
        .unwrap()
        .into_iter()
        .map(|table| table.name)
        .collect()
}

/// Whether a folder is empty.
fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}
