//! What a run wrote, in few numbers, so that runs can be compared.

use std::{
    collections::HashMap,
    fs::{self, File},
    hash::{DefaultHasher, Hasher},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::input::Extent;
use crate::subject::Subject;

/// The name of the report.
pub(crate) const REPORT: &str = "report.json";

/// What a run wrote.
pub(crate) struct Outcome {
    /// In all parts together.
    pub(crate) bytes: u64,
    /// A hash of all bytes.
    hash: u64,
    /// How many different entries there are, channels apart, and a hash that does not hang on their
    /// order. Whom a channel was created by hangs on it where the source does not say so.
    entries: (usize, u64),
    /// What the report says became of the records of each kind.
    books: Value,
}

impl Outcome {
    /// Reads what stands in `folder`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read(folder: &Path) -> Result<Outcome> {
        let mut parts = Vec::new();
        let mut books = Value::Null;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            match path.ends_with(REPORT) {
                true => books = books_of(&path)?,
                false => parts.push(path),
            }
        }
        parts.sort_unstable();
        let mut it = Outcome {
            bytes: 0,
            hash: 0,
            entries: (0, 0),
            books,
        };
        it.read_parts(&parts)?;
        Ok(it)
    }

    fn read_parts(&mut self, parts: &[PathBuf]) -> Result<()> {
        let mut all = DefaultHasher::new();
        let mut entries = Vec::new();
        let mut line = Vec::new();
        for part in parts {
            let mut reader = BufReader::with_capacity(1 << 20, File::open(part)?);
            while reader.read_until(b'\n', &mut line)? > 0 {
                self.bytes += line.len() as u64;
                all.write(&line);
                // In an array an entry is a line, with a comma behind it or not.
                let entry = line.trim_ascii_end();
                if !entry.starts_with(b"{\"type\":\"channel\"") {
                    let mut one = DefaultHasher::new();
                    one.write(entry.strip_suffix(b",").unwrap_or(entry));
                    entries.push(one.finish());
                }
                line.clear();
            }
        }
        // What several parts need stands in each of them, and where they end hangs on the order.
        entries.sort_unstable();
        entries.dedup();
        let sum = entries.iter().fold(0, |sum: u64, it| sum.wrapping_add(*it));
        self.hash = all.finish();
        self.entries = (entries.len(), sum);
        Ok(())
    }

    /// How much there was of what the report counts.
    pub(crate) fn extent(&self, of_input: Extent) -> Extent {
        let count = |kind: &str| {
            let of = |what: &str| self.books[kind][what].as_u64().unwrap_or(0);
            of("read") + of("made")
        };
        match self.books.is_null() {
            true => of_input,
            false => Extent {
                users: count("user"),
                channels: count("channel"),
                memberships: count("member"),
                messages: count("message"),
                ..of_input
            },
        }
    }
}

fn books_of(report: &Path) -> Result<Value> {
    let text = fs::read(report).context("could not read the report")?;
    let report: Value = serde_json::from_slice(&text).context("could not read the report")?;
    Ok(report["books"].clone())
}

/// What was written so far, to compare with.
#[derive(Default)]
pub(crate) struct Outcomes {
    hashes: HashMap<String, (String, u64)>,
    entries: HashMap<String, (String, (usize, u64), Value)>,
}

impl Outcomes {
    /// Takes what a run wrote.
    ///
    /// # Errors
    /// If it is not what another run wrote that had to write the same.
    pub(crate) fn take(&mut self, subject: Subject, threads: u32, it: &Outcome) -> Result<()> {
        let own = format!("{} on {threads} threads", subject.name());
        let (other, hash) = self
            .hashes
            .entry(subject.same_bytes())
            .or_insert_with(|| (own.clone(), it.hash));
        ensure!(
            *hash == it.hash,
            "{own} does not write the bytes of {other}"
        );
        let (other, entries, books) = self
            .entries
            .entry(subject.same_entries())
            .or_insert_with(|| (own.clone(), it.entries, it.books.clone()));
        ensure!(
            *entries == it.entries,
            "{own} does not write the entries of {other}"
        );
        ensure!(
            *books == it.books,
            "{own} does not have the books of {other}"
        );
        Ok(())
    }
}
