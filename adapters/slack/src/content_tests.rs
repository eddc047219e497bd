//! What messages show besides their own text, as a table.
//!
//! A case of `content_cases.txt` is a line `# name`, lines `- option value`, the fields of a
//! message as JSON, and behind `=>` what is written of it: records and losses, a line each.
//! `MIGRATE_BLESS=1 cargo test -p migrate-slack content` writes what was found; look at the
//! difference before it is committed.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use migrate_model::Options;

use crate::foreign;
use crate::hosting::Hosting;
use crate::message::{Buffers, Mapper};
use crate::people::{Bots, Names};
use crate::reaction_names::ReactionNames;
use crate::testing::{self, Recorder};
use crate::versions::Version;

const CASES: &str = include_str!("content_cases.txt");

/// The options that are given in a case; a model of options holds names for the whole run.
const OPTIONS: [&str; 6] = [
    "file-list",
    "file-tokens",
    "file-url-prefix",
    "migrate-resources",
    "reaction-map",
    "reactions",
];

/// Reads a message of channel C1 at 100.000001 by U1.
fn read(fields: &str, options: &Options) -> Vec<String> {
    let json = format!("{{\"ts\":\"100.000001\",\"user\":\"U1\",{fields}}}");
    let it: foreign::Message<'_> =
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let hosting = Hosting::new(options).unwrap();
    let reactions = ReactionNames::new(options).unwrap();
    let bots = Bots::default();
    let mut sink = Recorder::default();
    let mut mapper = Mapper {
        channel_id: "C1",
        names: Names {
            directory: &testing::Names,
            bots: &bots,
        },
        hosting: &hosting,
        reactions: &reactions,
        sink: &mut sink,
        buffers: Buffers::new(Default::default()),
    };
    mapper.put(1, Version::of(&it).unwrap(), 1).unwrap();
    let lines = sink.lines().iter().map(|line| short(line));
    lines.collect()
}

/// A line without what is the same in every case.
fn short(line: &str) -> String {
    let line = line.strip_prefix("1 ").unwrap_or(line);
    if let Some(loss) = line.strip_prefix("field ") {
        return format!("lost {}", loss.replacen(" message ", " ", 1).trim_end());
    }
    let message = line.strip_prefix("message C1-100-000001 by U1 ");
    message.unwrap_or(line).trim_end().to_owned()
}

/// What is found for each case, in the form of the table.
fn found() -> String {
    let mut out = String::new();
    for (n, case) in CASES.trim().split("\n\n").enumerate() {
        let (given, _) = case.split_once("\n=>").unwrap_or((case, ""));
        let mut options = Options::default();
        let mut fields = String::new();
        for line in given.lines() {
            if let Some(option) = line.strip_prefix("- ") {
                let (name, value) = option.split_once(' ').unwrap_or((option, "true"));
                let name = OPTIONS.into_iter().find(|it| *it == name);
                options.set(name.expect("a known option"), value.to_owned());
            } else if !line.starts_with("# ") {
                fields.push_str(line);
                fields.push('\n');
            }
        }
        let gap = if n > 0 { "\n" } else { "" };
        let _ = writeln!(out, "{gap}{given}\n=>");
        for line in read(&fields, &options) {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

#[test]
fn every_case_is_written_as_the_table_says() {
    let found = found();
    if env::var_os("MIGRATE_BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/content_cases.txt");
        fs::write(path, found).unwrap();
        return;
    }
    let cases = CASES.trim().split("\n\n");
    for (expected, found) in cases.zip(found.trim().split("\n\n")) {
        assert_eq!(found, expected);
    }
}

#[test]
fn no_secret_is_written_unless_it_was_asked_for() {
    for case in CASES.trim().split("\n\n") {
        let (given, written) = case.split_once("\n=>").unwrap();
        let is_asked_for = given.contains("\n- file-tokens keep");
        let secrets = ["xox", "geheim"];
        let has_secret = secrets.iter().any(|secret| written.contains(secret));
        assert!(is_asked_for || !has_secret, "{case}");
    }
}
