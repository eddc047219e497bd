//! The folder of work files beside the output, and how finished files leave it.
//!
//! Nothing bears a final name until everything is complete. The folder is held by an advisory
//! lock; a later run clears what a killed one left, and takes back what it had begun to publish.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use migrate_archive::platform::{create_private_folder, is_same_file};

/// A folder for work files, ours alone as long as this value lives; removed with it.
pub struct WorkFolder {
    path: PathBuf,
    lock: Option<File>,
}

/// What came of locking a work folder.
enum Lock {
    /// It is ours.
    Ours(WorkFolder),
    /// Another run holds it.
    Held,
    /// It was removed meanwhile.
    Gone,
}

/// The file that holds the lock.
const LOCK: &str = "lock";
/// The list of renames that are about to happen: pairs of a work file's name and a final path.
const JOURNAL: &str = "journal";
/// The file that says that all of them have happened.
const DONE: &str = "done";
/// The folder for what an adapter writes while it reads.
const OF_SOURCE: &str = "source";
/// What the names of older outputs begin with while they are kept.
const REPLACED: &str = "replaced-";
/// What the names of temporary work folders begin with.
const TEMPORARY: &str = "migrate-";
/// The same of those beside parts that are named by content, which several runs write at once.
const OF_PROCESS: &str = ".migrate-";
/// What the names of all work folders end with.
const EXTENSION: &str = ".migrate";

impl WorkFolder {
    /// Makes a work folder, or takes over one that a killed run left.
    ///
    /// # Errors
    /// If another run holds it, it is not a work folder, or it cannot be made.
    pub fn claim(path: &Path) -> Result<WorkFolder> {
        // Another run may remove the folder between our steps, when it ends just now.
        for _ in 0..10 {
            match create_private_folder(path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refuse_foreign(path)?,
                Err(error) => {
                    return Err(error).with_context(|| {
                        format!(
                            "could not make the work folder `{}`; the output's folder must be writable",
                            path.display()
                        )
                    });
                }
            }
            match Self::lock(path)? {
                Lock::Ours(folder) => {
                    folder.clear_old()?;
                    return Ok(folder);
                }
                Lock::Held => bail!(
                    "another run is writing to the same target (it holds `{}`); wait for it to end",
                    path.join(LOCK).display()
                ),
                Lock::Gone => {}
            }
        }
        bail!(
            "the work folder `{}` keeps changing; another run works on the same target",
            path.display()
        )
    }

    /// Makes a new work folder in a folder for temporary files, and removes those that killed
    /// runs left there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn temporary(folder: &Path) -> Result<WorkFolder> {
        Self::unique(folder, TEMPORARY)
            .with_context(|| format!("could not use the temporary folder `{}`", folder.display()))
    }

    /// Makes a new work folder beside parts that several runs write at once, and removes those
    /// that killed runs left there. The locks of all machines that share the folder have to be seen
    /// by each other.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn of_process(beside: &Path) -> Result<WorkFolder> {
        Self::unique(beside, OF_PROCESS).with_context(|| {
            format!(
                "could not make a work folder in `{}`, which must be writable",
                beside.display()
            )
        })
    }

    /// Makes a work folder that no other run has.
    fn unique(folder: &Path, prefix: &str) -> Result<WorkFolder> {
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let path = folder.join(&name);
            if !name.to_str().is_some_and(|name| is_unique(name, prefix)) {
                continue;
            }
            match path.join(LOCK).exists() {
                // One that is held by a run stays; dropping ours removes the others.
                true => drop(Self::claim(&path)),
                // Left by a run that was killed before it had a lock, or being made just now: then
                // its maker makes another.
                false => drop(fs::remove_dir(&path)),
            }
        }
        let process = std::process::id();
        for n in 0..1000 {
            // A folder that is there already may be somebody's who wants to read along, or that of
            // a process of another machine.
            let path = folder.join(format!("{prefix}{process}-{n}{EXTENSION}"));
            match create_private_folder(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error.into()),
            }
            // Another run may take it for one that was left, before it is locked, and remove it.
            if let Lock::Ours(work) = Self::lock(&path)? {
                return Ok(work);
            }
        }
        bail!("it holds too many work folders of runs that have not ended")
    }

    /// Makes the folder in it for what an adapter writes while it reads.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn of_source(&self) -> Result<PathBuf> {
        let path = self.path.join(OF_SOURCE);
        create_private_folder(&path)
            .with_context(|| format!("could not make the folder `{}`", path.display()))?;
        Ok(path)
    }

    /// The path of a work file.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Renames work files to final paths, and takes `surplus` files away. Either all of that
    /// happens, or nothing does.
    ///
    /// # Errors
    /// If a file cannot be renamed.
    pub(super) fn publish(&self, moves: &[(PathBuf, PathBuf)], surplus: &[&PathBuf]) -> Result<()> {
        // The journal takes a work file that is not there for one that got its name.
        if let Some((part, _)) = moves.iter().find(|(part, _)| !part.is_file()) {
            bail!(
                "the work file `{}` is gone; nothing was written",
                part.display()
            );
        }
        let published = self
            .write_journal(moves)
            .and_then(|()| {
                for (part, path) in moves {
                    self.keep(path)?;
                    fs::rename(part, path)
                        .with_context(|| format!("could not write `{}`", path.display()))?;
                }
                surplus.iter().try_for_each(|path| self.keep(path))
            })
            .and_then(|()| {
                fs::write(self.file(DONE), "")
                    .with_context(|| format!("could not write `{}`", self.file(DONE).display()))
            });
        if published.is_err() {
            self.undo();
        }
        published
    }

    /// Opens and locks the lock file.
    fn lock(path: &Path) -> Result<Lock> {
        let lock_path = path.join(LOCK);
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path);
        let lock = match opened {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lock::Gone),
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("could not open `{}`", lock_path.display()));
            }
        };
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(Lock::Held),
            Err(fs::TryLockError::Error(error)) => {
                return Err(error)
                    .with_context(|| format!("could not lock `{}`", lock_path.display()));
            }
        }
        // The file may have been removed by its last holder after we opened it.
        let is_ours = is_same_file(&lock, &lock_path)
            .with_context(|| format!("could not read `{}`", lock_path.display()))?;
        Ok(match is_ours {
            true => Lock::Ours(WorkFolder {
                path: path.to_path_buf(),
                lock: Some(lock),
            }),
            false => Lock::Gone,
        })
    }

    fn write_journal(&self, moves: &[(PathBuf, PathBuf)]) -> Result<()> {
        let rows: Vec<_> = moves
            .iter()
            .map(|(part, path)| (part.file_name().unwrap_or_default(), path))
            .map(|(part, path)| (Path::new(part), path))
            .collect();
        let text = serde_json::to_vec(&rows)?;
        fs::write(self.file(JOURNAL), text)
            .with_context(|| format!("could not write `{}`", self.file(JOURNAL).display()))
    }

    /// Moves an older file here, if there is one.
    fn keep(&self, path: &Path) -> Result<()> {
        let mut name = OsString::from(REPLACED);
        name.push(path.file_name().unwrap_or_default());
        match fs::rename(path, self.path.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            moved => moved.with_context(|| format!("could not replace `{}`", path.display())),
        }
    }

    /// Takes back a publication that did not come to its end: removes what was placed, and puts
    /// the older files back.
    fn undo(&self) {
        let Some(beside) = self.path.parent() else {
            return;
        };
        let journal = fs::read(self.file(JOURNAL)).unwrap_or_default();
        let moves: Vec<(PathBuf, PathBuf)> = serde_json::from_slice(&journal).unwrap_or_default();
        // What fails here cannot be told to anybody; the files stay where they are.
        for (part, path) in moves {
            let placed = path.file_name().map(|name| beside.join(name));
            if let Some(placed) = placed.filter(|_| !self.path.join(part).exists()) {
                let _ = fs::remove_file(placed);
            }
        }
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_prefix(REPLACED)) else {
                continue;
            };
            let _ = fs::rename(entry.path(), beside.join(name));
        }
        let _ = fs::remove_file(self.file(JOURNAL));
    }

    /// Clears what a killed run left.
    fn clear_old(&self) -> Result<()> {
        if self.clear() {
            return Ok(());
        }
        bail!(
            "could not clear the work folder `{}` of an earlier run; look what is in it, and remove it",
            self.path.display()
        )
    }

    /// Removes all work files but the lock; whether nothing else is left.
    fn clear(&self) -> bool {
        let is_done = self.file(DONE).exists();
        if !is_done {
            self.undo();
        }
        let mut is_clear = true;
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let is_older = name.to_str().is_some_and(|name| name.starts_with(REPLACED));
            if name == LOCK || name == DONE {
                continue;
            }
            if name == OF_SOURCE {
                is_clear &= fs::remove_dir_all(entry.path()).is_ok();
                continue;
            }
            // An older output that could not be put back is not ours to remove.
            let may_remove = is_done || !is_older;
            is_clear &= may_remove && fs::remove_file(entry.path()).is_ok();
        }
        if is_clear && is_done {
            is_clear = fs::remove_file(self.file(DONE)).is_ok();
        }
        is_clear
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What cannot be removed stays with its lock file, so that the next run knows the folder
        // and tries again.
        if self.clear() {
            let _ = fs::remove_file(self.path.join(LOCK));
        }
        drop(self.lock.take());
        let _ = fs::remove_dir(&self.path);
    }
}

/// Whether a name is that of a work folder that only one process has: `migrate-1234-0.migrate`.
fn is_unique(name: &str, prefix: &str) -> bool {
    let number = name.strip_prefix(prefix);
    let number = number.and_then(|rest| rest.strip_suffix(EXTENSION));
    number.is_some_and(|it| {
        !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    })
}

/// Fails for a folder that no run made: what is in it would be removed.
fn refuse_foreign(path: &Path) -> Result<()> {
    let is_folder = path.symlink_metadata().is_ok_and(|it| it.is_dir());
    let is_locked = path.join(LOCK).symlink_metadata().is_ok();
    // A run that is killed before it makes the lock leaves the folder empty.
    let is_empty = || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    // It may have been removed by its last holder just now.
    if path.symlink_metadata().is_ok() && !(is_folder && (is_locked || is_empty())) {
        bail!(
            "`{}` is in the way: it is no work folder of an earlier run; move it, or use another name for the output",
            path.display()
        );
    }
    Ok(())
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

    /// A folder with an older output, and a publication of two parts of which `placed` happened
    /// before the run was killed.
    fn killed(placed: usize, is_done: bool) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".out.migrate");
        fs::create_dir(&path).unwrap();
        let moves = [
            ("part-1", folder.path().join("out-001.json")),
            ("part-2", folder.path().join("out-002.json")),
        ];
        for (n, (part, to)) in moves.iter().enumerate() {
            fs::write(to, "old").unwrap();
            fs::write(path.join(part), "new").unwrap();
            if n < placed {
                let kept = format!("replaced-out-00{}.json", n + 1);
                fs::rename(to, path.join(kept)).unwrap();
                fs::rename(path.join(part), to).unwrap();
            }
        }
        fs::write(path.join(JOURNAL), serde_json::to_vec(&moves).unwrap()).unwrap();
        fs::write(path.join(LOCK), "").unwrap();
        if is_done {
            fs::write(path.join(DONE), "").unwrap();
        }
        folder
    }

    #[test]
    fn a_publication_that_was_killed_is_taken_back_by_the_next_run() {
        for (placed, is_done, expected) in [
            (0, false, "old"),
            (1, false, "old"),
            (2, false, "old"),
            (2, true, "new"),
        ] {
            let folder = killed(placed, is_done);
            drop(WorkFolder::claim(&folder.path().join(".out.migrate")).unwrap());
            assert_eq!(names(folder.path()), ["out-001.json", "out-002.json"]);
            for name in names(folder.path()) {
                let text = fs::read_to_string(folder.path().join(name)).unwrap();
                assert_eq!(text, expected, "{placed} {is_done}");
            }
        }
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
        fs::write(path.join(LOCK), "").unwrap();
        fs::write(path.join("messages"), "left").unwrap();
        drop(WorkFolder::claim(&path).unwrap());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn what_cannot_be_removed_stays_and_is_known_to_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".out.migrate");
        let work = WorkFolder::claim(&path).unwrap();
        fs::create_dir(work.file("stuck")).unwrap();
        drop(work);
        let error = WorkFolder::claim(&path).err().unwrap().to_string();
        assert!(error.contains("could not clear"), "{error}");
        fs::remove_dir(path.join("stuck")).unwrap();
        drop(WorkFolder::claim(&path).unwrap());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_folder_that_no_run_made_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".out.migrate");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("diary.txt"), "mine").unwrap();
        let error = WorkFolder::claim(&path).err().unwrap().to_string();
        assert!(error.contains("in the way"), "{error}");
        assert_eq!(names(&path), ["diary.txt"]);
        fs::remove_dir_all(&path).unwrap();
        fs::create_dir(&path).unwrap();
        drop(WorkFolder::claim(&path).unwrap());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn temporary_work_folders_are_known_by_their_names() {
        for (name, expected) in [
            ("migrate-1234-0.migrate", true),
            ("migrate-.migrate", false),
            ("migrate-old.migrate", false),
            ("migrate-12.json", false),
        ] {
            assert_eq!(is_unique(name, TEMPORARY), expected, "{name}");
        }
    }

    #[test]
    fn a_temporary_work_folder_removes_those_of_killed_runs_but_not_those_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let killed = folder.path().join("migrate-1-0.migrate");
        fs::create_dir(&killed).unwrap();
        fs::write(killed.join(LOCK), "").unwrap();
        fs::write(killed.join("part-1"), "left").unwrap();
        let first = WorkFolder::temporary(folder.path()).unwrap();
        let second = WorkFolder::temporary(folder.path()).unwrap();
        assert!(!killed.exists());
        assert_eq!(names(folder.path()).len(), 2);
        drop((first, second));
        assert!(names(folder.path()).is_empty());
    }
}
