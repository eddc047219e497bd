//! A file beside the output that appears only when the output does: it is written under another
//! name first, so that a full disk is noticed before anything is in its place.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::shard::Shard;

/// A file that waits for its name; removed if it never gets it.
pub struct Staged {
    path: PathBuf,
    /// Where it waits; `None` once it has its name.
    waiting: Option<PathBuf>,
    /// Is locked while it waits, so that other runs know that it is no leftover.
    _lock: Option<File>,
    /// Whether an empty file holds its name.
    is_reserved: bool,
}

impl Staged {
    /// Writes a file that waits beside `path`, that of each shard by itself. What is no ordinary
    /// file, such as a pipe, is written at once.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(path: &Path, shard: Option<Shard>, contents: &[u8]) -> io::Result<Staged> {
        let mut staged = Staged::place(path, shard);
        let mut file = staged.create()?;
        file.write_all(contents)?;
        staged._lock = Some(file);
        Ok(staged)
    }

    /// The same with a work file, which is moved, or copied to another disk.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn of_file(path: &Path, shard: Option<Shard>, work_file: &Path) -> io::Result<Staged> {
        let mut staged = Staged::place(path, shard);
        let mut from = File::open(work_file)?;
        let is_moved = match &staged.waiting {
            Some(waiting) => {
                // Where there are no locks, nobody can tell a leftover, nor removes one.
                let _ = from.try_lock();
                fs::rename(work_file, waiting).is_ok()
            }
            None => false,
        };
        if is_moved {
            staged._lock = Some(from);
        } else {
            let mut file = staged.create()?;
            io::copy(&mut from, &mut file)?;
            staged._lock = Some(file);
        }
        Ok(staged)
    }

    /// Opens what is written: a file that no other run writes to, or what is no ordinary file.
    fn create(&self) -> io::Result<File> {
        let Some(waiting) = &self.waiting else {
            return OpenOptions::new().write(true).open(&self.path);
        };
        let file = File::create_new(waiting)?;
        let _ = file.try_lock();
        Ok(file)
    }

    /// Where a file for `path` waits, before it is written.
    fn place(path: &Path, shard: Option<Shard>) -> Staged {
        let path = real(path);
        if path.exists() && !path.is_file() {
            return Staged {
                path,
                waiting: None,
                _lock: None,
                is_reserved: false,
            };
        }
        let mut start = OsString::from(".");
        start.push(path.file_name().unwrap_or_default());
        start.push(".");
        remove_leftovers(&path, &start);
        // Runs that write the same file at once must not write to the same bytes.
        let mut name = start;
        name.push(std::process::id().to_string());
        if let Some(shard) = shard {
            name.push(format!("-{}-of-{}", shard.index(), shard.of()));
        }
        // Not the name of a work folder: a file `out` may stand beside `out.json`.
        name.push(ENDING);
        let waiting = path.with_file_name(name);
        Staged {
            path,
            waiting: Some(waiting),
            _lock: None,
            is_reserved: false,
        }
    }

    /// Where it goes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the name, which must be free, so that of several runs one gets it. It is free again
    /// if the file is not published.
    ///
    /// # Errors
    /// If there is something of that name.
    pub fn reserve(&mut self) -> io::Result<()> {
        if self.waiting.is_some() {
            File::create_new(&self.path)?;
            self.is_reserved = true;
        }
        Ok(())
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If it cannot be renamed.
    pub fn publish(mut self) -> io::Result<()> {
        if let Some(waiting) = &self.waiting {
            fs::rename(waiting, &self.path)?;
        }
        self.waiting = None;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            // Nothing can be done about a file that cannot be removed.
            let _ = fs::remove_file(waiting);
            if self.is_reserved {
                let _ = fs::remove_file(&self.path);
            }
        }
    }
}

/// How the names of files end that wait.
const ENDING: &str = ".migrate-file";

/// Removes files for `path` that wait for a run that was killed: nobody has them locked.
fn remove_leftovers(path: &Path, start: &OsStr) {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(folder.unwrap_or(Path::new("."))) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let rest = name.strip_prefix(start.as_encoded_bytes());
        let rest = rest.and_then(|it| it.strip_suffix(ENDING.as_bytes()));
        let is_ours = rest.is_some_and(|it| it.first().is_some_and(u8::is_ascii_digit));
        let is_left = || File::open(entry.path()).is_ok_and(|it| it.try_lock().is_ok());
        if is_ours && is_left() {
            // Nothing can be done about a file that cannot be removed.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// What a link leads to, so that the file behind it is replaced and not the link.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_when_it_is_published_and_leaves_nothing_if_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let count = || fs::read_dir(folder.path()).unwrap().count();
        drop(Staged::new(&path, None, b"one").unwrap());
        assert_eq!(count(), 0);
        Staged::new(&path, None, b"two").unwrap().publish().unwrap();
        assert_eq!((fs::read(&path).unwrap(), count()), (b"two".to_vec(), 1));
        drop(Staged::new(&path, None, b"three").unwrap());
        assert_eq!((fs::read(&path).unwrap(), count()), (b"two".to_vec(), 1));
    }

    #[test]
    fn a_work_file_becomes_the_file_when_it_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let (path, work) = (folder.path().join("ids.csv"), folder.path().join("work"));
        fs::write(&work, "one").unwrap();
        drop(Staged::of_file(&path, None, &work).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&work, "two").unwrap();
        Staged::of_file(&path, None, &work)
            .unwrap()
            .publish()
            .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(!work.exists());
    }

    #[test]
    fn runs_that_write_one_file_do_not_meet_and_leftovers_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let names = || -> Vec<String> {
            let all = fs::read_dir(folder.path()).unwrap();
            let names = all.map(|it| it.unwrap().file_name().into_string().unwrap());
            names.collect()
        };
        // Of a run that is not there any more, and of one that is.
        let (left, held) = (".report.json.1.migrate-file", ".report.json.2.migrate-file");
        fs::write(folder.path().join(left), "left").unwrap();
        let other = File::create(folder.path().join(held)).unwrap();
        other.lock().unwrap();
        fs::write(folder.path().join(".report.json.md.migrate-file"), "mine").unwrap();
        let staged = Staged::new(&path, None, b"one").unwrap();
        assert!(!names().contains(&left.to_owned()));
        staged.publish().unwrap();
        let mut names = names();
        names.sort();
        assert_eq!(names, [held, ".report.json.md.migrate-file", "report.json"]);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[test]
    fn of_two_shards_with_one_name_one_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let staged = |index, contents| Staged::new(&path, Shard::new(index, 2), contents).unwrap();
        let (mut first, mut second) = (staged(0, b"first"), staged(1, b"other"));
        first.reserve().unwrap();
        let error = second.reserve().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        drop(second);
        assert!(path.exists());
        first.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        fs::remove_file(&path).unwrap();
        let mut third = staged(0, b"third");
        third.reserve().unwrap();
        drop(third);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
