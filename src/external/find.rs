//! Which adapters there are on PATH.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// What the names of such programs begin with.
pub const PREFIX: &str = "migrate-";

/// The longest name of an adapter, in bytes, as in a `hello` line.
const LONGEST_NAME: usize = 32;

/// What the file of a program may end in.
#[cfg(windows)]
const EXTENSIONS: &[&str] = &[".exe", ".cmd", ".bat"];
#[cfg(not(windows))]
const EXTENSIONS: &[&str] = &[""];

/// A program that was found.
#[derive(Debug)]
pub struct Found {
    /// The adapter's name, which is the program's without the prefix.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// What became of a search.
#[derive(Debug)]
pub enum Search {
    /// The first program of this name.
    Found(PathBuf),
    /// A file of this name that nobody may run, and no program.
    NotExecutable(PathBuf),
    /// Neither.
    Nothing,
}

/// Whether a word may be an adapter's name: the letters that a `hello` line allows too.
pub fn is_name(word: &str) -> bool {
    let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let fits = (1..=LONGEST_NAME).contains(&word.len());
    fits && !word.starts_with('-') && word.bytes().all(is_letter)
}

/// Looks for the program of an adapter.
pub fn find(name: &str) -> Search {
    if !is_name(name) {
        return Search::Nothing;
    }
    let mut other = None;
    for folder in folders() {
        for extension in EXTENSIONS {
            let path = folder.join(format!("{PREFIX}{name}{extension}"));
            if is_program(&path) {
                return Search::Found(path);
            }
            if other.is_none() && path.is_file() {
                other = Some(path);
            }
        }
    }
    other.map_or(Search::Nothing, Search::NotExecutable)
}

/// All adapters on PATH by their names; of those with one name, that which would be run.
pub fn all() -> Vec<Found> {
    let mut found = BTreeMap::new();
    for folder in folders() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let file_name = entry.file_name();
            let name = file_name.to_str().and_then(name_of);
            if let Some(name) = name.filter(|_| is_program(&entry.path())) {
                found.entry(name.to_owned()).or_insert_with(|| entry.path());
            }
        }
    }
    let found = found.into_iter();
    found.map(|(name, path)| Found { name, path }).collect()
}

/// The adapter's name in that of a file.
fn name_of(file_name: &str) -> Option<&str> {
    let rest = file_name.strip_prefix(PREFIX)?;
    let mut ends = EXTENSIONS.iter().filter_map(|it| rest.strip_suffix(it));
    ends.next().filter(|name| is_name(name))
}

/// The folders of PATH. Those that are not absolute are left out: an adapter is never taken from
/// wherever somebody happens to stand.
fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path);
    folders.filter(|folder| folder.is_absolute()).collect()
}

/// Whether a file can be run.
pub fn is_program(path: &Path) -> bool {
    let Ok(found) = fs::metadata(path) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        found.is_file() && found.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    {
        found.is_file()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_letters_that_a_hello_allows() {
        for name in ["acme", "zulip-pg", "7", &"a".repeat(32)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-o", "Acme", "a/b", "a.b", "../a", &"a".repeat(33)] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn a_file_is_an_adapter_by_its_name() {
        let end = EXTENSIONS[0];
        assert_eq!(name_of(&format!("migrate-acme{end}")), Some("acme"));
        for name in ["migrate", "migrate-", "acme", "migrate-a.txt"] {
            assert_eq!(name_of(name), None, "{name}");
        }
    }
}
