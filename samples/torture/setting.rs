//! What the torture was told.

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::ArgMatches;

use crate::{hostile::odd::Draw, measure};

/// What the torture was told.
pub(crate) struct Setting {
    /// The program.
    pub(crate) program: PathBuf,
    /// Where inputs and outputs are written.
    pub(crate) dir: PathBuf,
    /// How many changed inputs.
    pub(crate) inputs: usize,
    /// How many runs are ended.
    pub(crate) kills: usize,
    /// How many disks are full.
    pub(crate) full_disks: usize,
    /// How often each bomb is tried.
    pub(crate) bombs: usize,
    /// Words of which the description of a bomb has to have one, if there are any.
    pub(crate) bombs_with: Vec<String>,
}

impl Setting {
    /// # Errors
    /// If there is no program, or the folder cannot be made.
    pub(crate) fn new(arguments: &ArgMatches) -> Result<Setting> {
        let path = |name: &str| arguments.get_one::<PathBuf>(name).cloned();
        let program = measure::program(path("program"))?;
        let dir = path("dir").unwrap_or_else(|| env::temp_dir().join("migrate-torture"));
        fs::create_dir_all(&dir)
            .with_context(|| format!("could not create the folder {}", dir.display()))?;
        let times = |name: &str| arguments.get_one(name).copied().unwrap_or(0);
        Ok(Setting {
            program,
            dir: dir.canonicalize()?,
            inputs: times("inputs"),
            kills: times("kills"),
            full_disks: times("full-disks"),
            bombs: times("bombs"),
            bombs_with: { arguments.get_many("bombs-with") }
                .unwrap_or_default()
                .cloned()
                .collect(),
        })
    }

    /// A folder that is removed with what was written into it.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn folder(&self) -> Result<tempfile::TempDir> {
        tempfile::tempdir_in(&self.dir)
            .with_context(|| format!("could not create a folder in {}", self.dir.display()))
    }

    /// Keeps an input that did harm; gives its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn keep(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.dir.join(name);
        fs::write(&path, bytes).with_context(|| format!("could not write {}", path.display()))?;
        Ok(path)
    }
}

/// Numbers for one kind of torture, the same in every run.
pub(crate) fn draw(torture: u64, case: usize) -> Draw {
    Draw((torture << 48) + case as u64)
}
