//! The files that a run writes: their names, and the moment when they appear. How work files get
//! those names is left to `work`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::by_content;
pub use super::work::WorkFolder;
use crate::shard::Shard;

/// Where the import files of a run go.
#[derive(Clone, Debug)]
pub struct Target {
    /// As it was given: empty for the current one.
    folder: PathBuf,
    names: Names,
    extension: String,
}

/// How parts are named.
#[derive(Clone, Debug)]
enum Names {
    /// By this and their number; the names belong to one run at a time.
    Number(String),
    /// By what they hold; several runs write into the folder at once.
    Content,
}

impl Target {
    /// The target of `-o path`.
    ///
    /// # Errors
    /// If the path has no file name, or its folder does not exist.
    pub fn of(path: &Path) -> Result<Target> {
        if path.is_dir() {
            bail!(
                "the output `{}` is a folder; give the name of a file in it",
                path.display()
            );
        }
        let Some(stem) = path.file_stem() else {
            bail!("the output `{}` is not the name of a file", path.display());
        };
        if path.exists() && !path.is_file() {
            bail!(
                "the output `{}` is a device or a pipe; give the name of a file",
                path.display()
            );
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        if !readable(&folder).is_dir() {
            bail!(
                "the folder `{}` does not exist; create it first",
                folder.display()
            );
        }
        let text = |part: &std::ffi::OsStr| part.to_str().map(str::to_owned);
        let (Some(stem), Some(extension)) =
            (text(stem), text(path.extension().unwrap_or_default()))
        else {
            bail!(
                "the name of the output `{}` is not UTF-8; use another name",
                path.display()
            );
        };
        Ok(Target {
            folder,
            names: Names::Number(stem),
            extension,
        })
    }

    /// The target of one shard, which shares nothing with those of the others. What is named by
    /// content can be shared.
    pub fn of_shard(mut self, shard: Shard) -> Target {
        if let Names::Number(stem) = &mut self.names {
            stem.push_str(&format!("-shard-{}-of-{}", shard.index(), shard.of()));
        }
        self
    }

    /// The target of parts that are named by content, with this extension. The folder has to be
    /// there: where it is shared, one that is not is more likely not mounted than not made.
    ///
    /// # Errors
    /// If the folder does not exist, or is none.
    pub fn by_content(folder: &Path, extension: &str) -> Result<Target> {
        if !folder.exists() {
            bail!(
                "the folder `{}` does not exist; create it first",
                folder.display()
            );
        }
        if !folder.is_dir() {
            bail!(
                "the output `{}` is no folder; with `--part-name hash`, give the one that the parts go to",
                folder.display()
            );
        }
        Ok(Target {
            folder: folder.to_path_buf(),
            names: Names::Content,
            extension: extension.to_owned(),
        })
    }

    /// Whether parts are named by content.
    pub fn is_by_content(&self) -> bool {
        matches!(self.names, Names::Content)
    }

    /// The folder in which the parts stand.
    pub fn folder(&self) -> &Path {
        readable(&self.folder)
    }

    /// The final paths of `count` parts; their checksums are looked at only if parts are named by
    /// content.
    pub fn paths(&self, count: usize, checksums: &[&str]) -> Vec<PathBuf> {
        match &self.names {
            Names::Number(stem) => (0..count).map(|n| self.part(stem, n, count)).collect(),
            Names::Content => {
                let stems = checksums.iter().map(|it| by_content::stem(it));
                stems.map(|stem| self.file(stem)).collect()
            }
        }
    }

    /// The final path of a part, from 0, of `count`.
    fn part(&self, stem: &str, part: usize, count: usize) -> PathBuf {
        match count {
            0 | 1 => self.file(stem),
            _ => self.file(&format!("{stem}-{:03}", part + 1)),
        }
    }

    fn file(&self, stem: &str) -> PathBuf {
        let dot = if self.extension.is_empty() { "" } else { "." };
        self.folder.join(format!("{stem}{dot}{}", self.extension))
    }

    /// Claims the work folder beside the target: the only one, or one of this process.
    ///
    /// # Errors
    /// If another run holds it, or it cannot be made.
    pub fn claim(&self) -> Result<WorkFolder> {
        match &self.names {
            Names::Number(stem) => WorkFolder::claim(&self.folder.join(format!(".{stem}.migrate"))),
            Names::Content => WorkFolder::of_process(self.folder()),
        }
    }

    /// The output of earlier runs, in order: `out.json`, `out-001.json` to `out-999.json`, and
    /// further numbers as long as none is missing. `out-2024.json` is somebody else's, and so is
    /// whatever is named by content.
    ///
    /// # Errors
    /// If the folder cannot be read, or a folder has the name of a part.
    pub fn existing(&self) -> Result<Vec<PathBuf>> {
        let Names::Number(stem) = &self.names else {
            return Ok(Vec::new());
        };
        let folder = self.folder();
        let place = || format!("could not read the folder `{}`", folder.display());
        let mut numbers = Vec::new();
        for entry in fs::read_dir(folder).with_context(place)? {
            let name = entry.with_context(place)?.file_name();
            numbers.extend(name.to_str().and_then(|name| self.part_number(name)));
        }
        numbers.sort_unstable();
        let mut found = Vec::new();
        let mut last = 0;
        for number in numbers {
            if number > 999 && number != last + 1 {
                break;
            }
            last = number;
            let path = match number {
                0 => self.part(stem, 0, 1),
                number => self.part(stem, number - 1, 2),
            };
            if path.is_dir() {
                bail!(
                    "the folder `{}` has a name that a part of the output may get; use another name for the output",
                    path.display()
                );
            }
            found.push(path);
        }
        Ok(found)
    }

    /// Whether a path is one that a part of this target may get.
    pub fn may_write(&self, path: &Path) -> bool {
        let folder = path.parent().unwrap_or(Path::new(""));
        let is_beside = match (
            readable(folder).canonicalize(),
            self.folder().canonicalize(),
        ) {
            (Ok(one), Ok(other)) => one == other,
            _ => folder == self.folder,
        };
        let name = path.file_name().and_then(|name| name.to_str());
        is_beside && name.is_some_and(|name| self.is_part(name))
    }

    /// Whether a part may have this name.
    fn is_part(&self, name: &str) -> bool {
        match self.names {
            Names::Number(_) => self.part_number(name).is_some(),
            Names::Content => self.stem_of(name).is_some_and(by_content::is_stem),
        }
    }

    /// A name without the extension of parts, if it has that.
    fn stem_of<'n>(&self, name: &'n str) -> Option<&'n str> {
        match self.extension.as_str() {
            "" => Some(name),
            extension => name.strip_suffix(extension)?.strip_suffix('.'),
        }
    }

    /// The number of the part that has this name, from 1; 0 for the only part; `None` if no part
    /// has, as where they have no numbers.
    fn part_number(&self, name: &str) -> Option<usize> {
        let Names::Number(stem) = &self.names else {
            return None;
        };
        let number = self.stem_of(name)?.strip_prefix(stem)?;
        let Some(digits) = number.strip_prefix('-') else {
            return number.is_empty().then_some(0);
        };
        let number: usize = digits.parse().ok().filter(|number| *number > 0)?;
        (digits == format!("{number:03}")).then_some(number)
    }

    /// Gives the finished parts their names, in order, then takes away what earlier runs left.
    /// Gives how many older files are gone.
    ///
    /// Whatever happens on the way, either all parts have their names afterwards, or the folder
    /// is as it was; of parts that are named by content, those that have got a name keep it.
    ///
    /// # Errors
    /// If a file cannot be renamed, or, without `may_replace`, a name is taken.
    pub fn publish(
        &self,
        work: &WorkFolder,
        parts: &[PathBuf],
        checksums: &[&str],
        may_replace: bool,
    ) -> Result<usize> {
        let paths = self.paths(parts.len(), checksums);
        if self.is_by_content() {
            by_content::publish(parts, &paths, checksums)?;
            return Ok(0);
        }
        let moves: Vec<_> = parts.iter().cloned().zip(paths).collect();
        let older = self.existing()?;
        if let Some(taken) = older.first().filter(|_| !may_replace) {
            bail!(
                "`{}` has appeared while this run was working; nothing was written, use another name for the output or `--force`",
                taken.display()
            );
        }
        let surplus: Vec<_> = older
            .iter()
            .filter(|path| moves.iter().all(|(_, to)| to != *path))
            .collect();
        work.publish(&moves, &surplus)?;
        Ok(older.len())
    }
}

/// A folder in the form that can be read: the empty path stands for the current one.
fn readable(folder: &Path) -> &Path {
    match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
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
        let work = target.claim().unwrap();
        let parts = finished(&work, &["a", "b"]);
        target.publish(&work, &parts, &[], true).unwrap();
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
        let work = target.claim().unwrap();
        let mut parts = finished(&work, &["a", "b"]);
        parts[1] = work.file("missing");
        assert!(target.publish(&work, &parts, &[], true).is_err());
        drop(work);
        assert_eq!(names(folder.path()), ["out-001.json"]);
        let kept = fs::read_to_string(folder.path().join("out-001.json")).unwrap();
        assert_eq!(kept, "old");
    }

    #[test]
    fn only_names_that_a_part_may_have_count_as_output() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::of(&folder.path().join("out.json")).unwrap();
        for (name, expected) in [
            ("out.json", true),
            ("out-001.json", true),
            ("out-1.json", false),
            ("out-0001.json", false),
            ("out-000.json", false),
            ("out-2024.json", true),
            ("out-x.json", false),
            ("out.jsonl", false),
        ] {
            assert_eq!(
                target.may_write(&folder.path().join(name)),
                expected,
                "{name}"
            );
        }
        fs::write(folder.path().join("out-2024.json"), "mine").unwrap();
        assert!(target.existing().unwrap().is_empty());
    }

    #[test]
    fn a_name_that_was_taken_meanwhile_is_not_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::of(&folder.path().join("out.json")).unwrap();
        let work = target.claim().unwrap();
        let parts = finished(&work, &["a"]);
        fs::write(folder.path().join("out.json"), "other").unwrap();
        assert!(target.publish(&work, &parts, &[], false).is_err());
        assert_eq!(target.publish(&work, &parts, &[], true).unwrap(), 1);
        drop(work);
        let text = fs::read_to_string(folder.path().join("out.json")).unwrap();
        assert_eq!(
            (names(folder.path()), text.as_str()),
            (vec!["out.json".to_owned()], "a")
        );
    }
}
