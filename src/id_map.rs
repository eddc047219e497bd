//! The id map: which record of the source became what in Stream, as CSV.
//!
//! It is written as entries are packed, into a work file, so that it never stands in memory. How
//! the file gets its name is left to [`staged`](crate::staged).

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use csv::{Writer, WriterBuilder};
use migrate_model::{Kind, Location, Source};

use crate::books::Place;
use crate::parts::target::WorkFolder;
use crate::report::location;

/// How an id map begins.
pub const START: &str = "kind,source_id,stream_id,file,record";

/// An id map that is being written.
pub struct IdMap<'a> {
    source: &'a dyn Source,
    path: PathBuf,
    rows: Writer<File>,
}

impl<'a> IdMap<'a> {
    /// An id map in a work folder, in place of one that an earlier pass began.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn new(source: &'a dyn Source, work: &WorkFolder) -> Result<IdMap<'a>> {
        let path = work.file("id-map");
        let file = File::create(&path).with_context(|| place(&path))?;
        let mut rows = WriterBuilder::new()
            .buffer_capacity(64 << 10)
            .from_writer(file);
        let written = rows.write_record(START.split(','));
        written.map_err(io_error).with_context(|| place(&path))?;
        Ok(IdMap { source, path, rows })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn row(&mut self, kind: Kind, source_id: &str, stream_id: &str, at: &Place) -> Result<()> {
        let Location { file, record } = location(self.source, at);
        let record = record.to_string();
        let written = self
            .rows
            .write_record([kind.name(), source_id, stream_id, &file, &record]);
        written.map_err(io_error).with_context(|| place(&self.path))
    }

    /// Ends the map; gives the path of the work file.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn finish(mut self) -> Result<PathBuf> {
        self.rows.flush().with_context(|| place(&self.path))?;
        Ok(self.path)
    }
}

/// The error below one of the CSV writer's, so that a full disk is known as such.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn place(path: &Path) -> String {
    format!("could not write `{}`", path.display())
}
