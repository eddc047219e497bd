//! A checker of import files that shares no code with the program: what a test has written is
//! judged by the description of the format, not by the program's own idea of it.
//!
//! It takes the whole output of one run, all parts in order, and refuses what either reading of
//! the format refuses (the classic array of `{"type","item"}`, or one `{"type","data"}` a line),
//! what breaks the promise that every part stands alone, and a part that is over the limit or
//! was closed too early. Whether the right things were written is left to the tests.
//!
//! Sources: Stream docs, "Importing data" (classic page of 2021 to 2025, and the current page),
//! read 2026-08; the JSON Schemas of 2026; the validator that Stream's CLI shipped until
//! February 2026, as observed by running it. Where they differ, the strictest counts.

mod across;
mod container;
mod fields;
mod json;
mod part;
mod references;
mod schema;
mod things;
mod time;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::{Path, PathBuf},
};

use container::Spelling;
use things::{Kind, Things};

/// How many findings [`assert_good`] prints.
const SHOWN: usize = 20;

/// How many findings are kept: a file that is wrong everywhere should not fill the memory.
const KEPT: usize = 1_000;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The name of the part's file.
    pub(crate) part: String,
    /// The entry, counted from 1; 0 means the part as a whole.
    pub(crate) entry: usize,
    /// What is wrong.
    pub(crate) text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entry {
            0 => write!(f, "{}: {}", self.part, self.text),
            entry => write!(f, "{}, entry {entry}: {}", self.part, self.text),
        }
    }
}

/// What a good output holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The distinct things of all parts, by type word; every type has an item, if only 0.
    pub(crate) counts: BTreeMap<String, usize>,
    /// How many parts there are.
    pub(crate) parts: usize,
    /// The size of each part, in bytes.
    pub(crate) part_bytes: Vec<u64>,
    /// The entries of each part, by type word, carried ones included.
    pub(crate) part_counts: Vec<BTreeMap<String, usize>>,
    /// The ids of all users.
    pub(crate) user_ids: BTreeSet<String>,
    /// All channels: `type:id`, or `type:[a,b]` with the sorted member set of a distinct one.
    pub(crate) channels: BTreeSet<String>,
    /// The ids of all messages.
    pub(crate) message_ids: BTreeSet<String>,
    /// The length of the longest text of a message, in characters.
    pub(crate) longest_text: usize,
}

/// Checks the whole output of one run: all its parts, in order.
pub(crate) fn check(parts: &[PathBuf], limit_bytes: u64) -> Result<Summary, Vec<Finding>> {
    check_beside(parts, limit_bytes, &BTreeSet::new())
}

/// The same where the app has these users, who are referred to and stand in no part.
pub(crate) fn check_beside(
    parts: &[PathBuf],
    limit_bytes: u64,
    in_app: &BTreeSet<String>,
) -> Result<Summary, Vec<Finding>> {
    let mut findings = Findings::default();
    let mut things = Things::default();
    things.know_users_of_app(in_app);
    let mut done = Vec::new();
    let mut run_spelling = None;
    if parts.is_empty() {
        findings.add(0, "the run has no part");
    }
    for path in parts {
        findings.part = name_of(path);
        let Some(spelling) = Spelling::of(path) else {
            findings.add(0, "the name ends in neither `.json` nor `.jsonl`");
            continue;
        };
        if *run_spelling.get_or_insert(spelling) != spelling {
            findings.add(0, "the parts before it are of the other spelling");
        }
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                findings.add(0, format!("could not be read: {error}"));
                continue;
            }
        };
        if bytes.len() as u64 > limit_bytes {
            let size = bytes.len();
            findings.add(
                0,
                format!("has {size} bytes, over the limit of {limit_bytes}"),
            );
        }
        let number = done.len();
        done.push(part::read(
            &bytes,
            spelling,
            number,
            &mut things,
            &mut findings,
        ));
    }
    let separator_bytes = run_spelling.map_or(0, Spelling::separator_bytes);
    across::check(&done, &things, limit_bytes, separator_bytes, &mut findings);
    if findings.all.is_empty() {
        Ok(summary(&done, &things))
    } else {
        Err(findings.all)
    }
}

/// Checks the whole output of one run and panics with the first findings if there are any.
pub(crate) fn assert_good(parts: &[PathBuf], limit_bytes: u64) -> Summary {
    match check(parts, limit_bytes) {
        Ok(summary) => summary,
        Err(findings) => panic!("{}", describe(&findings)),
    }
}

/// The same where the app has these users.
pub(crate) fn assert_good_beside(
    parts: &[PathBuf],
    limit_bytes: u64,
    in_app: &BTreeSet<String>,
) -> Summary {
    match check_beside(parts, limit_bytes, in_app) {
        Ok(summary) => summary,
        Err(findings) => panic!("{}", describe(&findings)),
    }
}

/// How many entries a file has, as `jq length` counts an array and `wc -l` counts lines.
pub(crate) fn jq_like_len(path: &Path) -> usize {
    let bytes = fs::read(path).expect("the file can be read");
    match Spelling::of(path) {
        Some(Spelling::Classic) => serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(&bytes)
            .expect("the file is a JSON array")
            .len(),
        _ => serde_json::Deserializer::from_slice(&bytes)
            .into_iter::<serde::de::IgnoredAny>()
            .collect::<Result<Vec<_>, _>>()
            .expect("the file is a row of JSON values")
            .len(),
    }
}

/// The findings so far, and the part that is being looked at.
#[derive(Default)]
struct Findings {
    part: String,
    all: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, entry: usize, text: impl Into<String>) {
        if self.all.len() < KEPT {
            self.all.push(Finding {
                part: self.part.clone(),
                entry,
                text: text.into(),
            });
        }
    }
}

fn describe(findings: &[Finding]) -> String {
    let total = match findings.len() {
        KEPT => format!("{KEPT} findings or more"),
        1 => "1 finding".to_owned(),
        many => format!("{many} findings"),
    };
    let mut text = format!("the import files are not good, {total}:");
    for finding in findings.iter().take(SHOWN) {
        text.push_str(&format!("\n  {finding}"));
    }
    if findings.len() > SHOWN {
        text.push_str("\n  …");
    }
    text
}

fn summary(parts: &[part::Part], things: &Things) -> Summary {
    Summary {
        counts: Kind::ALL
            .iter()
            .map(|kind| (kind.word().to_owned(), things.names(*kind).count()))
            .collect(),
        parts: parts.len(),
        part_bytes: parts.iter().map(|part| part.bytes).collect(),
        part_counts: parts.iter().map(part::Part::counts).collect(),
        user_ids: things.names(Kind::User).map(str::to_owned).collect(),
        channels: things.names(Kind::Channel).map(str::to_owned).collect(),
        message_ids: things.names(Kind::Message).map(str::to_owned).collect(),
        longest_text: parts
            .iter()
            .map(|part| part.longest_text)
            .max()
            .unwrap_or(0),
    }
}

fn name_of(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    }
}
