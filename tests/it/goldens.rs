//! What the program writes and says for the sample workspace, compared whole with the files in
//! `golden/`.
//!
//! `MIGRATE_BLESS=1 cargo test --test it goldens` writes these files anew; look at the difference
//! before it is committed.

use std::{env, fs, path::PathBuf};

use crate::{
    program::{DEFAULT_LIMIT, Place},
    zips::SAMPLE,
};

/// How many lines are shown before the first that differs.
const LINES_BEFORE: usize = 2;

fn place() -> Place {
    Place::with("slack-export.zip", SAMPLE)
}

/// Compares with a golden file, or writes it.
#[track_caller]
pub(crate) fn check(name: &str, found: &[u8]) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    let path = folder.join(name);
    if env::var_os("MIGRATE_BLESS").is_some() {
        let folder = path.parent().expect("a golden stands in a folder");
        fs::create_dir_all(folder).expect("the folder of the goldens");
        fs::write(path, found).expect("a golden can be written");
        return;
    }
    let expected = fs::read(path).unwrap_or_default();
    if expected != found {
        let expected = String::from_utf8_lossy(&expected);
        let found = String::from_utf8_lossy(found);
        panic!("{}", difference(name, &expected, &found));
    }
}

/// The first difference between two texts, with the lines before it.
fn difference(name: &str, expected: &str, found: &str) -> String {
    let expected: Vec<&str> = expected.split('\n').collect();
    let found: Vec<&str> = found.split('\n').collect();
    let pairs = expected.iter().zip(&found);
    let at = pairs.take_while(|(one, other)| one == other).count();
    let mut text = format!("golden/{name} differs from line {}:", at + 1);
    for line in &expected[at.saturating_sub(LINES_BEFORE)..at] {
        text.push_str(&format!("\n    {line}"));
    }
    let line = |lines: &[&str]| lines.get(at).copied().unwrap_or("(the end)").to_owned();
    text.push_str(&format!("\n  - {}\n  + {}", line(&expected), line(&found)));
    text.push_str("\n`MIGRATE_BLESS=1 cargo test --test it goldens` takes what was found");
    text
}

#[test]
fn the_sample_as_an_array() {
    let place = place();
    let outcome = place.run("slack slack-export.zip -o out.json --report report.json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
    place.check("out", DEFAULT_LIMIT);
    check("sample.json", &place.read("out.json"));
    check("summary.txt", outcome.stderr.as_bytes());
    check("report.json", &place.read("report.json"));
}

#[test]
fn the_sample_as_json_lines() {
    let place = place();
    let outcome = place.run("slack slack-export.zip -o out.jsonl");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
    place.check("out", DEFAULT_LIMIT);
    check("sample.jsonl", &place.read("out.jsonl"));
    check("summary-jsonl.txt", outcome.stderr.as_bytes());
}

#[test]
fn the_sample_in_several_parts() {
    let place = place();
    let outcome = place.run("slack slack-export.zip -o out.json --max-part-size 20kB");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
    place.check("out", 20_000);
    check("summary-parts.txt", outcome.stderr.as_bytes());
}

#[test]
fn the_sample_in_a_dry_run() {
    let place = place();
    let outcome = place.run("slack slack-export.zip --dry-run --people people.json");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    check("dry-run.txt", outcome.stdout.as_bytes());
    check("people.json", &place.read("people.json"));
    let outcome = place.run("slack slack-export.zip --dry-run --format jsonl");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    check("dry-run-jsonl.txt", outcome.stdout.as_bytes());
}

#[test]
fn the_first_difference_is_shown() {
    assert_eq!(
        difference("a.txt", "1\n2\n3\n4", "1\n2\n3\nfour\n5"),
        "golden/a.txt differs from line 4:\n    2\n    3\n  - 4\n  + four\n\
         `MIGRATE_BLESS=1 cargo test --test it goldens` takes what was found"
    );
}
