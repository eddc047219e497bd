//! Small files are looked at without the program around: what the same tests of the program find,
//! found as fast as it takes to try many a change of the rules.

mod cases;
mod fields;
mod references;
mod rules;
mod small;
mod words;

use std::fs;
use std::io::Write;
use std::sync::atomic::AtomicBool;

use super::app::{App, AppOptions};
use super::index::Index;
use super::pass::{self, Input, Looked, Setting};
use super::report::Words;
use crate::getstream::Spelling;
use crate::getstream::rules::{RULES, Rule, RuleSet};
use crate::progress::Progress;

/// The rules that files break, sorted, for an app that has these users, one a line, and channel
/// types.
fn rules_told(set: RuleSet, files: &[&[u8]], users: &str, types: &str) -> Vec<Vec<String>> {
    let known = tempfile::NamedTempFile::new().unwrap();
    fs::write(known.path(), users).unwrap();
    let app = App::new(&AppOptions {
        existing_users: Some(known.path().to_owned()),
        channel_types: types.split(',').map(str::to_owned).collect(),
        ..AppOptions::default()
    });
    let app = app.unwrap();
    let told = files.iter().map(|bytes| {
        let looked = look(set, bytes, &app);
        let mut rules: Vec<String> = { looked.tally.groups.keys() }
            .map(|rule| rule.rule().name.to_owned())
            .collect();
        rules.sort_unstable();
        rules
    });
    told.collect()
}

/// The texts of all problems of arrays, in the order of each, in somebody's words.
fn texts_told(words: &str, files: &[String]) -> Vec<Vec<String>> {
    let words = match words {
        "cli" => Words::Cli,
        _ => Words::Server,
    };
    let app = App::new(&AppOptions::default()).unwrap();
    let told = files.iter().map(|text| {
        let looked = look(RuleSet::Classic, text.as_bytes(), &app);
        let found = looked.tally.first(usize::MAX).into_iter();
        found.map(|it| words.text(&it.problem)).collect()
    });
    told.collect()
}

fn look(set: RuleSet, bytes: &[u8], app: &App) -> Looked {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let input = Input {
        name: "a file".to_owned(),
        file,
        bytes: bytes.len() as u64,
        spelling: match set {
            RuleSet::Classic => Spelling::Array,
            _ => Spelling::Jsonl,
        },
        set,
    };
    let setting = Setting {
        threads: 1,
        keep: 1_000,
        stop: &AtomicBool::new(false),
        progress: &Progress::new(true),
    };
    pass::look(&input, &setting, app, &Index::default()).unwrap()
}
