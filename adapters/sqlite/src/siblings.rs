//! A database and the files beside it that belong to it: whether they hold changes that are not in
//! the database yet, whether they change, and copies of them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};

use crate::identify::JOURNAL;

/// The ends of the files that hold a part of a database's state.
const ENDS: [&str; 3] = ["", "-wal", "-journal"];

/// The size and the time of each file at one moment; `None` for a file that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamps([Option<(u64, SystemTime)>; 3]);

impl Stamps {
    /// What stands there now.
    ///
    /// # Errors
    /// If a file is there and cannot be asked for.
    pub(crate) fn of(database: &Path) -> Result<Stamps> {
        let mut stamps = [None; 3];
        for (stamp, end) in stamps.iter_mut().zip(ENDS) {
            let path = beside(database, end);
            *stamp = match fs::metadata(&path) {
                Ok(metadata) => Some((metadata.len(), metadata.modified()?)),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("could not look at `{}`", path.display()));
                }
            };
        }
        Ok(Stamps(stamps))
    }

    /// # Errors
    /// If any of the files changed since.
    pub(crate) fn check_unchanged(&self, database: &Path, shown: &str) -> Result<()> {
        ensure!(
            Stamps::of(database)? == *self,
            "`{}` changed while it was read: close the program that writes to it, or give a copy that \
             `sqlite3 chat.db \".backup copy.db\"` made",
            shown
        );
        Ok(())
    }

    /// How many bytes a copy may take: the log is written into the copy as well.
    fn copied_bytes(&self) -> u64 {
        let [database, wal, journal] = self.0.map(|stamp| stamp.map_or(0, |(bytes, _)| bytes));
        database
            .saturating_add(wal.saturating_mul(2))
            .saturating_add(journal)
    }

    /// Whether there is a log, with something in it or not.
    pub(crate) fn has_wal_file(&self) -> bool {
        self.0[1].is_some()
    }

    /// Whether there is a log with something in it.
    fn has_wal(&self) -> bool {
        self.0[1].is_some_and(|(bytes, _)| bytes > 0)
    }
}

/// Whether changes stand beside the database that are not in it: a log that is not empty, or the
/// journal of a transaction that was broken off.
///
/// # Errors
/// If the journal cannot be read, or belongs to several databases at once.
pub(crate) fn has_pending(database: &Path, stamps: &Stamps) -> Result<bool> {
    let is_hot =
        stamps.0[2].is_some_and(|(bytes, _)| bytes > 0) && is_hot(&beside(database, "-journal"))?;
    Ok(stamps.has_wal() || is_hot)
}

/// Copies the database with all that belongs to it, and gives the path of the copy.
///
/// # Errors
/// If there is no room, a file changes meanwhile, or `stop` is set.
pub(crate) fn copy(
    database: &Path,
    stamps: &Stamps,
    to: &Path,
    most: u64,
    stop: &AtomicBool,
) -> Result<PathBuf> {
    let bytes = stamps.copied_bytes();
    ensure!(
        bytes <= most,
        "`{}` has changes beside it and has to be copied, which takes {bytes} bytes of the {most} that temporary \
         files may have: allow more, or close the program that uses the database",
        database.display()
    );
    let copy = to.join("copy.db");
    for (end, stamp) in ENDS.iter().zip(&stamps.0) {
        if stamp.is_some() {
            copy_file(&beside(database, end), &beside(&copy, end), stop)?;
        }
    }
    stamps.check_unchanged(database, &database.display().to_string())?;
    Ok(copy)
}

/// The file beside a database whose name ends so.
fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(end);
    PathBuf::from(name)
}

/// Whether a journal would be played back: it does not begin with a zero, which is how one is put
/// away.
fn is_hot(journal: &Path) -> Result<bool> {
    let shown = journal.display();
    let mut file = File::open(journal).with_context(|| format!("could not open `{shown}`"))?;
    let mut first = [0];
    file.read_exact(&mut first)
        .with_context(|| format!("could not read `{shown}`"))?;
    if first == [0] {
        return Ok(false);
    }
    // Such a journal ends with its magic and names another file, which SQLite would read and
    // remove.
    let mut last = [0; 8];
    if file.seek(SeekFrom::End(-8)).is_ok() {
        file.read_exact(&mut last)
            .with_context(|| format!("could not read `{shown}`"))?;
        ensure!(
            last != JOURNAL,
            "`{shown}` belongs to a transaction over several databases that was broken off: open the database once \
             with `sqlite3`, where it lay when that happened, and give it then"
        );
    }
    Ok(true)
}

pub(crate) fn copy_file(from: &Path, to: &Path, stop: &AtomicBool) -> Result<()> {
    let failed = || format!("could not copy `{}` to `{}`", from.display(), to.display());
    let mut input = File::open(from).with_context(failed)?;
    let mut output = File::create_new(to).with_context(failed)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        if stop.load(Ordering::Relaxed) {
            bail!("stopped");
        }
        let count = match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).with_context(failed),
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        output.write_all(bytes).with_context(failed)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_what_changes_meanwhile_is_an_error() {
        for end in ENDS {
            let folder = tempfile::tempdir().unwrap();
            let database = folder.path().join("chat.db");
            fs::write(&database, "a").unwrap();
            fs::write(beside(&database, "-wal"), "b").unwrap();
            let stamps = Stamps::of(&database).unwrap();
            stamps.check_unchanged(&database, "chat.db").unwrap();
            fs::write(beside(&database, end), "longer").unwrap();
            let to = tempfile::tempdir().unwrap();
            let error = copy(&database, &stamps, to.path(), 1000, &AtomicBool::new(false));
            let error = error.unwrap_err().to_string();
            assert!(
                error.contains("changed while it was read"),
                "{end}: {error}"
            );
        }
    }
}
