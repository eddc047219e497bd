//! A folder for the files of one database, removed with it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

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

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What remains lies in the caller's own work folder, which is removed as well.
        let _ = fs::remove_dir_all(&self.0);
    }
}
