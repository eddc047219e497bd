//! A file beside the output that appears only when the output does: it is written under another
//! name first, so that a full disk is noticed before anything is in its place.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that waits for its name; removed if it never gets it.
pub struct Staged {
    path: PathBuf,
    /// Where it waits; `None` once it has its name.
    waiting: Option<PathBuf>,
}

impl Staged {
    /// Writes a file that waits beside `path`. What is no ordinary file, such as a pipe, is
    /// written at once.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(path: &Path, contents: &[u8]) -> io::Result<Staged> {
        let staged = Staged::place(path);
        File::create(staged.now())?.write_all(contents)?;
        Ok(staged)
    }

    /// The same with a work file, which is moved, or copied to another disk.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn of_file(path: &Path, work_file: &Path) -> io::Result<Staged> {
        let staged = Staged::place(path);
        let is_moved = match &staged.waiting {
            Some(waiting) => fs::rename(work_file, waiting).is_ok(),
            None => false,
        };
        if !is_moved {
            io::copy(
                &mut File::open(work_file)?,
                &mut File::create(staged.now())?,
            )?;
        }
        Ok(staged)
    }

    /// Where a file for `path` waits, before it is written.
    fn place(path: &Path) -> Staged {
        let path = real(path);
        if path.exists() && !path.is_file() {
            return Staged {
                path,
                waiting: None,
            };
        }
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        // Not the name of a work folder: a file `out` may stand beside `out.json`.
        name.push(".migrate-file");
        let waiting = path.with_file_name(name);
        Staged {
            path,
            waiting: Some(waiting),
        }
    }

    /// Where the file is now.
    fn now(&self) -> &Path {
        self.waiting.as_deref().unwrap_or(&self.path)
    }

    /// Where it goes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If it cannot be renamed.
    pub fn publish(mut self) -> io::Result<()> {
        match self.waiting.take() {
            Some(waiting) => fs::rename(waiting, &self.path),
            None => Ok(()),
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            // Nothing can be done about a file that cannot be removed.
            let _ = fs::remove_file(waiting);
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
        drop(Staged::new(&path, b"one").unwrap());
        assert_eq!(count(), 0);
        Staged::new(&path, b"two").unwrap().publish().unwrap();
        assert_eq!((fs::read(&path).unwrap(), count()), (b"two".to_vec(), 1));
        drop(Staged::new(&path, b"three").unwrap());
        assert_eq!((fs::read(&path).unwrap(), count()), (b"two".to_vec(), 1));
    }

    #[test]
    fn a_work_file_becomes_the_file_when_it_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let (path, work) = (folder.path().join("ids.csv"), folder.path().join("work"));
        fs::write(&work, "one").unwrap();
        drop(Staged::of_file(&path, &work).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&work, "two").unwrap();
        Staged::of_file(&path, &work).unwrap().publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(!work.exists());
    }
}
