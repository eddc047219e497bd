//! The files that a run writes: their names, the work folder beside them, and the moment when
//! they appear.
//!
//! Nothing bears a final name until everything is complete. The work folder is held by an
//! advisory lock; a later run removes what a killed one left.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use migrate_archive::platform::is_same_file;

/// Where the import files of a run go.
#[derive(Clone, Debug)]
pub struct Target {
    folder: PathBuf,
    stem: String,
    extension: String,
}

impl Target {
    /// The target of `-o path`.
    ///
    /// # Errors
    /// If the path has no file name, or its folder does not exist.
    pub fn of(path: &Path) -> Result<Target> {
        let (Some(stem), true) = (path.file_stem(), path.file_name().is_some()) else {
            bail!("`{}` is not the name of a file", path.display());
        };
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        if path.is_dir() {
            bail!(
                "the output {} is a folder; give the name of a file in it",
                path.display()
            );
        }
        if !folder.is_dir() {
            bail!(
                "the folder {} does not exist; create it first",
                folder.display()
            );
        }
        let text = |part: &std::ffi::OsStr| part.to_str().map(str::to_owned);
        let (Some(stem), Some(extension)) =
            (text(stem), text(path.extension().unwrap_or_default()))
        else {
            bail!("the name of the output {} is not UTF-8", path.display());
        };
        Ok(Target {
            folder,
            stem,
            extension,
        })
    }

    /// The final path of a part, from 0, of `count`.
    pub fn part(&self, part: usize, count: usize) -> PathBuf {
        let number = match count {
            0 | 1 => String::new(),
            _ => format!("-{:03}", part + 1),
        };
        let dot = if self.extension.is_empty() { "" } else { "." };
        self.folder
            .join(format!("{}{number}{dot}{}", self.stem, self.extension))
    }

    /// The work folder beside the target.
    pub fn work_folder(&self) -> PathBuf {
        self.folder.join(format!(".{}.migrate", self.stem))
    }

    /// The output of earlier runs: `out.json` and every `out-NNN.json`, sorted.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn existing(&self) -> Result<Vec<PathBuf>> {
        let place = || format!("could not read the folder {}", self.folder.display());
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).with_context(place)? {
            let entry = entry.with_context(place)?;
            if entry
                .file_name()
                .to_str()
                .is_some_and(|name| self.is_part(name))
            {
                found.push(self.folder.join(entry.file_name()));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Whether a path is one that a part of this target may get.
    pub fn may_write(&self, path: &Path) -> bool {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let is_beside = match (folder.canonicalize(), self.folder.canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => folder == self.folder,
        };
        let name = path.file_name().and_then(|name| name.to_str());
        is_beside && name.is_some_and(|name| self.is_part(name))
    }

    /// Whether a file's name is one that a part of this target may have.
    fn is_part(&self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix(&self.stem) else {
            return false;
        };
        let extension = match self.extension.as_str() {
            "" => String::new(),
            extension => format!(".{extension}"),
        };
        let Some(number) = rest.strip_suffix(&extension) else {
            return false;
        };
        match number.strip_prefix('-') {
            None => number.is_empty(),
            Some(digits) => digits.len() >= 3 && digits.bytes().all(|b| b.is_ascii_digit()),
        }
    }

    /// Gives the finished parts their names, in order, then removes what earlier runs left.
    ///
    /// An older file of a part's name is kept in the work folder until all are in place; if one
    /// cannot be placed, those before it are taken back.
    ///
    /// # Errors
    /// If a file cannot be renamed or removed.
    pub fn publish(&self, work: &WorkFolder, parts: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let finals: Vec<PathBuf> = (0..parts.len())
            .map(|n| self.part(n, parts.len()))
            .collect();
        for (n, (part, path)) in parts.iter().zip(&finals).enumerate() {
            if let Err(error) = work.place(part, path) {
                for path in &finals[..n] {
                    work.take_back(path);
                }
                work.take_back(path);
                return Err(error).with_context(|| format!("could not write {}", path.display()));
            }
        }
        for path in self.existing()? {
            if !finals.contains(&path) {
                fs::remove_file(&path)
                    .with_context(|| format!("could not remove the older {}", path.display()))?;
            }
        }
        Ok(finals)
    }
}

/// A folder for work files, ours alone as long as this value lives; removed with it.
pub struct WorkFolder {
    path: PathBuf,
    lock: Option<File>,
}

/// The file in a work folder that holds the lock.
const LOCK: &str = "lock";
/// What the names of older outputs begin with while they are kept.
const REPLACED: &str = "replaced-";

impl WorkFolder {
    /// Makes a work folder, or takes over one that a killed run left.
    ///
    /// # Errors
    /// If another run holds it, or it cannot be made.
    pub fn claim(path: &Path) -> Result<WorkFolder> {
        // Another run may remove the folder between our steps, when it ends just now.
        for _ in 0..10 {
            match Self::try_claim(path) {
                Ok(Some(folder)) => {
                    folder.restore_replaced();
                    folder.remove_files(false)?;
                    return Ok(folder);
                }
                Ok(None) => continue,
                Err(error) => return Err(error),
            }
        }
        bail!(
            "the work folder {} keeps changing; another run works on the same target",
            path.display()
        )
    }

    /// Makes a work folder of its own in a folder for temporary files, and removes those that
    /// killed runs left there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn temporary(folder: &Path) -> Result<WorkFolder> {
        let place = || format!("could not use the temporary folder {}", folder.display());
        for entry in fs::read_dir(folder).with_context(place)? {
            let name = entry.with_context(place)?.file_name();
            let is_ours = name
                .to_str()
                .is_some_and(|name| name.starts_with(TEMPORARY) && name.ends_with(".migrate"));
            if is_ours {
                // One that is held by a run stays; dropping ours removes the others.
                drop(Self::claim(&folder.join(name)));
            }
        }
        Self::claim(&folder.join(format!("{TEMPORARY}{}.migrate", std::process::id())))
    }

    /// The path of a work file.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn try_claim(path: &Path) -> Result<Option<WorkFolder>> {
        match fs::create_dir(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| {
                    format!(
                        "could not make the work folder {}; the output's folder must be writable",
                        path.display()
                    )
                });
            }
        }
        let lock_path = path.join(LOCK);
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path);
        let lock = match opened {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("could not open {}", lock_path.display()));
            }
        };
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => bail!(
                "another run is writing to the same target (it holds {}); wait for it to end",
                lock_path.display()
            ),
            Err(fs::TryLockError::Error(error)) => {
                return Err(error)
                    .with_context(|| format!("could not lock {}", lock_path.display()));
            }
        }
        // The file may have been removed by its last holder after we opened it.
        let is_ours = is_same_file(&lock, &lock_path)
            .with_context(|| format!("could not read {}", lock_path.display()))?;
        Ok(is_ours.then(|| WorkFolder {
            path: path.to_path_buf(),
            lock: Some(lock),
        }))
    }

    /// Renames a finished part; an older file of that name is kept here.
    fn place(&self, part: &Path, path: &Path) -> io::Result<()> {
        if path.symlink_metadata().is_ok() {
            fs::rename(path, self.replaced(path))?;
        }
        fs::rename(part, path)
    }

    /// Removes a part that was placed, and puts the older file back.
    fn take_back(&self, path: &Path) {
        let replaced = self.replaced(path);
        if replaced.symlink_metadata().is_ok() {
            // Replaces what was placed. It cannot be told to anybody if this fails as well.
            let _ = fs::rename(replaced, path);
        } else {
            let _ = fs::remove_file(path);
        }
    }

    fn replaced(&self, path: &Path) -> PathBuf {
        let mut name = OsString::from(REPLACED);
        name.push(path.file_name().unwrap_or_default());
        self.path.join(name)
    }

    /// Puts back what a run kept that was killed between two renames.
    fn restore_replaced(&self) {
        let Some(beside) = self.path.parent() else {
            return;
        };
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_prefix(REPLACED)) else {
                continue;
            };
            let path = beside.join(name);
            if path.symlink_metadata().is_err() {
                let _ = fs::rename(entry.path(), path);
            }
        }
    }

    fn remove_files(&self, with_lock: bool) -> Result<()> {
        let place = || format!("could not clear the work folder {}", self.path.display());
        for entry in fs::read_dir(&self.path).with_context(place)? {
            let entry = entry.with_context(place)?;
            if with_lock || entry.file_name() != LOCK {
                fs::remove_file(entry.path()).with_context(place)?;
            }
        }
        Ok(())
    }
}

/// What the names of temporary work folders begin with.
const TEMPORARY: &str = "migrate-";

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // Nothing can be done about a folder that cannot be removed; the next run tries again.
        let _ = self.remove_files(false);
        let _ = fs::remove_file(self.path.join(LOCK));
        drop(self.lock.take());
        let _ = fs::remove_dir(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn finished(work: &WorkFolder, texts: &[&str]) -> Vec<PathBuf> {
        let parts = texts.iter().enumerate().map(|(n, text)| {
            let path = work.file(&format!("part-{n}"));
            fs::write(&path, text).unwrap();
            path
        });
        parts.collect()
    }

    #[test]
    fn parts_replace_the_output_of_an_earlier_run() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::of(&folder.path().join("out.json")).unwrap();
        for name in [
            "out.json",
            "out-003.json",
            "out-x.json",
            "out-shard-1-of-4.json",
        ] {
            fs::write(folder.path().join(name), "old").unwrap();
        }
        assert_eq!(target.existing().unwrap().len(), 2);
        let work = WorkFolder::claim(&target.work_folder()).unwrap();
        let parts = finished(&work, &["a", "b"]);
        target.publish(&work, &parts).unwrap();
        drop(work);
        assert_eq!(
            names(folder.path()),
            [
                "out-001.json",
                "out-002.json",
                "out-shard-1-of-4.json",
                "out-x.json"
            ]
        );
    }

    #[test]
    fn a_part_that_cannot_be_placed_takes_back_those_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::of(&folder.path().join("out.json")).unwrap();
        fs::write(folder.path().join("out-001.json"), "old").unwrap();
        let work = WorkFolder::claim(&target.work_folder()).unwrap();
        let mut parts = finished(&work, &["a", "b"]);
        parts[1] = work.file("missing");
        assert!(target.publish(&work, &parts).is_err());
        drop(work);
        assert_eq!(names(folder.path()), ["out-001.json"]);
        let kept = fs::read_to_string(folder.path().join("out-001.json")).unwrap();
        assert_eq!(kept, "old");
    }

    #[test]
    fn a_second_run_on_the_same_target_is_refused_and_a_killed_one_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".out.migrate");
        let first = WorkFolder::claim(&path).unwrap();
        let error = WorkFolder::claim(&path).err().unwrap().to_string();
        assert!(error.contains("another run"), "{error}");
        drop(first);
        assert!(names(folder.path()).is_empty());
        fs::create_dir(&path).unwrap();
        fs::write(path.join("messages"), "left").unwrap();
        fs::write(path.join("replaced-out.json"), "old").unwrap();
        drop(WorkFolder::claim(&path).unwrap());
        assert_eq!(names(folder.path()), ["out.json"]);
    }
}
