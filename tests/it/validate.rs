//! `migrate validate`: rule by rule, word by word, and with files that are broken in any way.
//!
//! Most of it runs the program. [`assert_valid`] holds what other tests write to the same rules
//! inside the test, and so do properties over many files.

mod app;
#[path = "../../src/validate/tests/cases.rs"]
mod cases;
mod files;
mod generated;
mod malformed;
mod mutations;
mod output;
#[path = "../../src/validate/tests/rules.rs"]
mod rules;
#[path = "../../src/validate/tests/small.rs"]
mod small;
#[path = "../../src/validate/tests/words.rs"]
mod words;

use std::{collections::BTreeSet, fs::File, io::Write, path::PathBuf, sync::atomic::AtomicBool};

use files::{rules_told, texts_told};
use migrate::{
    getstream::{
        Spelling,
        rules::{RULES, Rule, RuleSet},
    },
    progress::Progress,
    validate::{
        self, Spool,
        app::{App, AppOptions},
        index::Index,
        pass::{Input, Looked, Setting},
    },
};

/// Holds all parts of an output to the rules of their spelling, each alone and then together as
/// one import, and panics if there is a problem. What the app has is left aside.
#[track_caller]
pub(crate) fn assert_valid(parts: &[PathBuf]) {
    assert_valid_beside(parts, &BTreeSet::new());
}

/// The same where the app has some users already.
#[track_caller]
pub(crate) fn assert_valid_beside(parts: &[PathBuf], users: &BTreeSet<String>) {
    let ids = users.iter().map(|id| format!("{id}\n")).collect::<String>();
    let known = tempfile::NamedTempFile::new().expect("a file can be made");
    std::fs::write(known.path(), ids).expect("a file can be written");
    let app = App::new(&AppOptions {
        existing_users: Some(known.path().to_owned()),
        ..AppOptions::default()
    });
    let app = app.expect("the file can be read");
    let mut earlier = Index::default();
    for path in parts {
        let input = validate::open(
            path,
            None,
            &mut Spool::new(std::env::temp_dir(), &AtomicBool::new(false)),
        )
        .expect("a part can be read");
        let alone = look(&input, 1, &app, &Index::default());
        let together = look(&input, 1, &app, &earlier);
        for looked in [&alone, &together] {
            let mut found = problems(looked);
            found.retain(|it| !it.contains(": channel.type_exists: "));
            assert!(found.is_empty(), "{}: {found:#?}", path.display());
        }
        if parts.len() > 1 {
            earlier.merge(&alone.index);
        }
    }
}

fn look(input: &Input, threads: usize, app: &App, earlier: &Index) -> Looked {
    let setting = Setting {
        threads,
        keep: 1_000,
        stop: &AtomicBool::new(false),
        progress: &Progress::new(true),
    };
    validate::pass::look(input, &setting, app, earlier).expect("a file can be read")
}

/// All problems in the order of the file: place, rule and text.
fn problems(looked: &Looked) -> Vec<String> {
    let found = looked.tally.first(usize::MAX).into_iter();
    found
        .map(|it| {
            let rule = it.problem.rule.rule().name;
            format!(
                "entry {} at {}: {rule}: {}",
                it.spot.entry, it.spot.at, it.problem
            )
        })
        .collect()
}

/// A file that is looked at inside the test; it can be cut and written anew.
struct Text {
    input: Input,
    app: App,
}

impl Text {
    fn new(set: RuleSet, bytes: &[u8]) -> Text {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("it can be written");
        Text::of(set, file, bytes.len() as u64)
    }

    fn of(set: RuleSet, file: File, bytes: u64) -> Text {
        let spelling = match set {
            RuleSet::Classic => Spelling::Array,
            _ => Spelling::Jsonl,
        };
        Text {
            input: Input {
                name: "a file".to_owned(),
                file,
                bytes,
                spelling,
                set,
            },
            app: App::new(&AppOptions::default()).expect("the app needs no file"),
        }
    }

    /// Makes it so long.
    fn cut(&mut self, bytes: u64) {
        self.input.file.set_len(bytes).expect("it can be cut");
        self.input.bytes = bytes;
    }

    fn problems(&self) -> Vec<String> {
        problems(&look(&self.input, 1, &self.app, &Index::default()))
    }
}
