//! A file of delimited text as a table of texts, for those who want no records of it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use migrate_mapping::{BadRows, Csv};

use crate::bytes::{Access, Bytes, Place};
use crate::inputs::Found;
use crate::rows::Rows;
use crate::source::File;
use crate::table::Table;

/// A file of delimited text, looked at.
pub struct Delimited {
    file: File,
}

/// A row of a [`Delimited`].
#[derive(Clone, Copy, Debug)]
pub enum DelimitedRow<'r> {
    /// Its cells; fewer than there are columns where the row is short.
    Cells(&'r [&'r str]),
    /// It cannot be told which cell is which.
    Bad {
        /// The line where it begins, from 1.
        line: u64,
    },
}

impl Delimited {
    /// Looks at the start of a file, which people know as `shown`.
    ///
    /// # Errors
    /// If it cannot be read, is not what the settings say, or is no text; with what it is instead.
    pub fn open(path: &Path, shown: &str, csv: &Csv) -> Result<Delimited> {
        let metadata = std::fs::metadata(path);
        let metadata = metadata.with_context(|| format!("could not open `{shown}`"))?;
        let bytes = Bytes {
            place: Place::File(path.to_path_buf()),
            name: shown.to_owned(),
            count: metadata.len(),
        };
        let found = Found {
            bytes,
            path: shown.to_owned(),
            full_path: shown.to_owned(),
            is_named: true,
        };
        let table = Table::open(&mut Rows::new(Access::new(&[])), &found, csv)?;
        Ok(Delimited {
            file: File {
                needed_cells: table.columns.len(),
                table,
                bound: Vec::new(),
                bad_rows: csv.bad_rows.unwrap_or(BadRows::Report),
            },
        })
    }

    /// The names of its columns.
    pub fn columns(&self) -> &[String] {
        &self.file.table.columns
    }

    /// Shows all rows in their order.
    ///
    /// # Errors
    /// If the file cannot be read, holds what is no text or a quote that is not closed, with its
    /// line; if a row is bad and the settings say `stop`; and whatever `show` says.
    pub fn each(&self, mut show: impl FnMut(DelimitedRow<'_>) -> Result<()>) -> Result<()> {
        let File {
            table, bad_rows, ..
        } = &self.file;
        let mut rows = Rows::new(Access::new(&[]));
        let mut start = table.start;
        for chunk in 0..self.file.chunks() {
            start = rows.read(&table.shape, chunk, start, |row, at| {
                match self.file.fault(row, at) {
                    Some(fault) if *bad_rows == BadRows::Stop => {
                        let name = &table.shape.bytes.name;
                        bail!("{name}, line {}: {}", at.line, fault.text)
                    }
                    Some(_) => show(DelimitedRow::Bad { line: at.line })?,
                    None => show(DelimitedRow::Cells(&row.cells().collect::<Vec<_>>()))?,
                }
                Ok(true)
            })?;
        }
        Ok(())
    }
}
