//! The list of files that hang on messages, as CSV: what has to be fetched, and from where.
//!
//! An adapter that has the option `file-list` tells of them ([`Sink::list_file`]); they are written
//! as batches come in, into a work file. How the file gets its name is left to
//! [`staged`](crate::staged).
//!
//! [`Sink::list_file`]: migrate_model::Sink::list_file

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use csv::{Writer, WriterBuilder};
use migrate_model::ListedFile;

/// The option of an adapter by which a list is asked for.
pub const OPTION: &str = "file-list";

/// How a list of files begins.
pub const START: &str = "message_id,file_id,name,mime_type,size_bytes,source_url,path,import_url";

/// A row of the list.
pub struct Row([String; 8]);

/// A list that is being written.
pub struct FileList {
    path: PathBuf,
    rows: Writer<File>,
}

impl Row {
    /// The row of a file; `message_id` is the message's id in Stream.
    pub fn of(message_id: &str, it: &ListedFile<'_>) -> Row {
        let size = it.size_bytes.map_or(String::new(), |it| it.to_string());
        Row([
            message_id.to_owned(),
            it.id.to_string(),
            it.name.to_string(),
            it.mime_type.to_string(),
            size,
            it.source_url.to_string(),
            it.path.to_string(),
            it.import_url.to_string(),
        ])
    }
}

impl FileList {
    /// A list in a work folder, in place of one that an earlier pass began.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn new(work: &Path) -> Result<FileList> {
        let path = work.to_path_buf();
        let file = File::create(&path).with_context(|| place(&path))?;
        let mut rows = WriterBuilder::new()
            .buffer_capacity(64 << 10)
            .from_writer(file);
        let written = rows.write_record(START.split(','));
        written.with_context(|| place(&path))?;
        Ok(FileList { path, rows })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn write(&mut self, rows: &[Row]) -> Result<()> {
        for Row(row) in rows {
            let written = self.rows.write_record(row);
            written.with_context(|| place(&self.path))?;
        }
        Ok(())
    }

    /// Ends the list; gives the path of the work file.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn finish(mut self) -> Result<PathBuf> {
        self.rows.flush().with_context(|| place(&self.path))?;
        Ok(self.path)
    }
}

fn place(path: &Path) -> String {
    format!("could not write `{}`", path.display())
}
