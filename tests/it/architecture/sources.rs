//! Sources as text, and what may stand where.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::ROOT;

/// A place that may break a rule, as the beginning of a path, and why.
pub(super) type Exception = (&'static str, &'static str);

/// A file of the program.
pub(super) struct Source {
    /// From the root, with `/`.
    pub(super) path: String,
    /// Its lines, without comments and tests.
    pub(super) code: Vec<String>,
}

/// All files of the program below these folders, in order.
pub(super) fn sources(folders: &[&str]) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders: Vec<String> = folders.iter().map(|it| (*it).to_owned()).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a plain name");
            let path = format!("{folder}/{name}");
            if entry.path().is_dir() {
                folders.extend((!is_of_tests(&name)).then_some(path));
            } else if name.ends_with(".rs") && !is_of_tests(&name) {
                let text = fs::read_to_string(entry.path()).expect("a source");
                let code = code(&text);
                sources.push(Source { path, code });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!sources.is_empty());
    sources
}

/// Whether a file or folder of this name holds tests, or what they and examples use.
fn is_of_tests(name: &str) -> bool {
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    ["tests", "testing", "examples"].contains(&stem) || stem.ends_with("_tests")
}

/// The lines of a source without comments, and without the tests at its end.
pub(super) fn code(text: &str) -> Vec<String> {
    let mut code = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        let next = next.strip_prefix("pub(crate) ").unwrap_or(next);
        if line == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{') {
            break;
        }
        let line = match line.trim_start().starts_with("//") {
            true => "",
            false => line.split(" // ").next().unwrap_or_default(),
        };
        code.push(line.to_owned());
    }
    code
}

/// Fails if a line of these folders that breaks a rule stands in no place that may, or if a place needs
/// its exception no more.
#[track_caller]
pub(super) fn check(folders: &[&str], breaks: impl Fn(&str) -> bool, exceptions: &[Exception]) {
    let (mut breaches, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources(folders) {
        let exception = { exceptions.iter() }.find(|(place, _)| source.path.starts_with(place));
        for (at, line) in source.code.iter().enumerate().filter(|(_, it)| breaks(it)) {
            match exception {
                Some((place, _)) => _ = used.insert(*place),
                None => breaches.push(format!("{}:{}: {}", source.path, at + 1, line.trim())),
            }
        }
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
    for (place, why) in exceptions {
        assert!(used.contains(place), "{place} needs no exception: {why}");
    }
}

/// The texts in quotes of a line.
pub(super) fn literals(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}
