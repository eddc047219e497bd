//! What the bench was told, and how it runs the program.

use std::{env, ffi::OsString, fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use clap::ArgMatches;

use crate::measure::{Usage, measure, program};
use crate::subject::Subject;

/// What the bench was told.
pub(crate) struct Setting {
    /// The program to measure.
    pub(crate) program: PathBuf,
    /// Where inputs are kept and outputs written.
    pub(crate) dir: PathBuf,
    /// How often each is measured; at least 1.
    pub(crate) runs: u32,
    pub(crate) threads: Vec<u32>,
    /// In bytes.
    pub(crate) sizes: Vec<u64>,
    /// What is measured, in parts whose runs take turns.
    pub(crate) parts: Vec<Vec<Subject>>,
    /// Whether bounds and floors decide how the bench ends.
    pub(crate) is_checking: bool,
}

impl Setting {
    /// # Errors
    /// If there is no program to measure, or the folder cannot be made.
    pub(crate) fn new(arguments: &ArgMatches) -> Result<Setting> {
        let path = |name: &str| arguments.get_one::<PathBuf>(name).cloned();
        let program = program(path("program"))?;
        let dir = path("dir").unwrap_or_else(|| env::temp_dir().join("migrate-bench"));
        fs::create_dir_all(&dir)
            .with_context(|| format!("could not create the folder {}", dir.display()))?;
        let parts = arguments.get_many::<String>("only").unwrap_or_default();
        let mut strangers: Vec<u32> = many(arguments, "strangers");
        if strangers.is_empty() {
            strangers.push(0);
        }
        Ok(Setting {
            program,
            dir,
            runs: arguments.get_one("runs").copied().unwrap_or(1),
            threads: many(arguments, "threads"),
            sizes: many(arguments, "size"),
            parts: parts
                .map(|part| Subject::of_part(part, &strangers))
                .collect(),
            is_checking: matches!(arguments.try_get_one("check"), Ok(Some(true))),
        })
    }

    /// Runs the program once.
    ///
    /// # Errors
    /// If it cannot be run, or fails.
    pub(crate) fn run(&self, arguments: &[OsString]) -> Result<Usage> {
        let mut line = vec![self.program.as_os_str()];
        line.extend(arguments.iter().map(OsString::as_os_str));
        let usage = measure(&line)?;
        // Status 1 is a complete output too; some records were left out.
        ensure!(
            matches!(usage.status, Some(0 | 1)),
            "`{}` failed: {}",
            self.program.display(),
            usage.complaint.trim()
        );
        Ok(usage)
    }

    /// A folder that is removed with what was written into it.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn folder(&self) -> Result<tempfile::TempDir> {
        tempfile::tempdir_in(&self.dir)
            .with_context(|| format!("could not create a folder in {}", self.dir.display()))
    }
}

fn many<T: Clone + Send + Sync + 'static>(arguments: &ArgMatches, name: &str) -> Vec<T> {
    let given = arguments.try_get_many::<T>(name).ok().flatten();
    given.unwrap_or_default().cloned().collect()
}

/// A size such as `50MB`, decimal, in bytes.
///
/// # Errors
/// If it is none.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let units = [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];
    let mut of_units = units.iter().filter_map(|(unit, bytes)| {
        let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        number.checked_mul(*bytes)
    });
    match of_units.next() {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err("a size is a number with kB, MB or GB behind it".to_owned()),
    }
}

/// A size in the largest unit that leaves it whole.
pub(crate) fn size_text(bytes: u64) -> String {
    match bytes {
        _ if bytes.is_multiple_of(1_000_000_000) => format!("{} GB", bytes / 1_000_000_000),
        _ if bytes.is_multiple_of(1_000_000) => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} kB", bytes / 1_000),
    }
}
