//! A folder for the files of one database, removed with it, and where SQLite sorts.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rusqlite::Connection;

/// The folder.
#[derive(Debug)]
pub(crate) struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes a folder with a free name in `parent`.
    ///
    /// # Errors
    /// If `parent` is not there or cannot be written.
    pub(crate) fn within(parent: &Path) -> Result<WorkFolder> {
        // SQLite is given this path as an address, which has to be whole.
        let parent = std::path::absolute(parent)
            .with_context(|| format!("could not find the folder `{}`", parent.display()))?;
        let mut number = 1u64;
        loop {
            let path = parent.join(format!("sqlite-{number}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(WorkFolder(path)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => {
                    return Err(error).with_context(|| {
                        format!("could not make the folder `{}`", path.display())
                    });
                }
            }
        }
    }

    /// How many bytes its files have.
    pub(crate) fn bytes(&self) -> u64 {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let sizes = entries.filter_map(|entry| Some(entry.metadata().ok()?.len()));
        sizes.sum()
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// Makes SQLite sort in this folder what does not fit into memory. That holds for the whole
/// process, until the next call; where the folder is gone, SQLite takes the system's own.
///
/// The pragma is called deprecated, and there is no other way that asks for no unsafe code.
/// Source: SQLite, "Temporary Files Used By SQLite", 5, read 2026-11.
///
/// # Errors
/// If the folder is not there or cannot be written.
pub(crate) fn sort_in(folder: &Path) -> Result<()> {
    let failed = || format!("could not use the folder `{}`", folder.display());
    let folder = std::path::absolute(folder).with_context(failed)?;
    // A name that is not Unicode cannot be told to it.
    if let Some(name) = folder.to_str() {
        let connection = Connection::open_in_memory().with_context(failed)?;
        connection
            .pragma_update(None, "temp_store_directory", name)
            .with_context(failed)?;
    }
    Ok(())
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What remains lies in the caller's own work folder, which is removed as well.
        let _ = fs::remove_dir_all(&self.0);
    }
}
