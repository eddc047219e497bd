//! The report of a run: JSON with stable keys, for programs.

mod merge;
mod shards;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use migrate_model::{Kind, Location, Source, pipeline};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::books::{Class, Ledger, Place};
use crate::parts::{ClosedPart, Packed};

use crate::shard::{Shard, Share};
use crate::staged::Staged;
use crate::user_map::MapUse;

pub use merge::add_up;
pub(crate) use merge::{NAME, command, run};

/// How a report begins, white space apart.
pub const START: &str = "{\"books\":";

/// A name that stands in reports: a kind of record or of note.
type Name = Cow<'static, str>;

/// The report of a run, or the sum of several.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    books: BTreeMap<Name, BookRow>,
    losses: Vec<NoteRow>,
    left_out: Vec<NoteRow>,
    merged: Vec<NoteRow>,
    excluded: Vec<NoteRow>,
    made: Vec<NoteRow>,
    /// How the source was understood, where that is not plain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
    /// Only with a user map.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_map: Option<MapRow>,
    /// Only of a shard: what others may have written as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<Share>,
    parts: Vec<PartRow>,
}

#[derive(Debug, Deserialize, Serialize)]
struct MapRow {
    rows: u64,
    /// Users of the app that were referred to and not written.
    referred: u64,
    /// Rows whose key nobody in the source has.
    unused: UnusedRow,
}

#[derive(Debug, Deserialize, Serialize)]
struct UnusedRow {
    count: u64,
    examples: Vec<UnusedExample>,
}

#[derive(Debug, Deserialize, Serialize)]
struct UnusedExample {
    line: u64,
    source: String,
}

#[derive(Debug, Default, Deserialize, Serialize)]
struct BookRow {
    read: u64,
    made: u64,
    written: u64,
    merged: u64,
    excluded: u64,
    left_out: u64,
}

#[derive(Debug, Deserialize, Serialize)]
struct NoteRow {
    kind: Name,
    count: u64,
    examples: Vec<ExampleRow>,
}

#[derive(Debug, Deserialize, Serialize)]
struct ExampleRow {
    file: String,
    record: u32,
    detail: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct PartRow {
    path: String,
    bytes: u64,
    sha256: String,
    counts: BTreeMap<Name, u64>,
}

impl Report {
    /// Makes the report; reads every part again for its checksum, on so many threads.
    ///
    /// `paths` are the names under which the parts are reported, `remarks` what is to be said
    /// beside what the source says of itself.
    ///
    /// # Errors
    /// If a part cannot be read.
    pub fn new(
        source: &dyn Source,
        packed: &Packed,
        paths: &[PathBuf],
        remarks: &[String],
        threads: usize,
    ) -> Result<Report> {
        let ledger = &packed.ledger;
        let notes = |class| {
            let rows = ledger.notes(class).map(|(kind, note)| NoteRow {
                kind: Cow::Borrowed(kind),
                count: note.count,
                examples: note
                    .examples
                    .iter()
                    .map(|example| {
                        let Location { file, record } = location(source, &example.place);
                        ExampleRow {
                            file,
                            record,
                            detail: example.detail.clone(),
                        }
                    })
                    .collect(),
            });
            rows.collect()
        };
        Ok(Report {
            books: Kind::ALL
                .iter()
                .map(|kind| (kind.name().into(), book_row(ledger, *kind)))
                .collect(),
            losses: notes(Class::Loss),
            left_out: notes(Class::LeftOut),
            merged: notes(Class::Merged),
            excluded: notes(Class::Excluded),
            made: notes(Class::Made),
            remarks: [source.remarks(), remarks].concat(),
            user_map: packed.map_use.as_ref().map(map_row),
            shard: packed.share.clone(),
            parts: part_rows(&packed.parts, paths, threads)?,
        })
    }

    /// Writes the report; it gets its name when what is returned is published.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn stage(&self, path: &Path) -> Result<Staged> {
        Staged::new(path, &self.text()?)
            .with_context(|| format!("could not write the report `{}`", path.display()))
    }

    fn text(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

/// The shard of which a file is the report, if it is that of one.
pub fn shard_of(path: &Path) -> Option<Shard> {
    // Reading from a pipe, which may be written to, would wait for ever.
    let text = path.is_file().then(|| fs::read(path).ok()).flatten()?;
    let report: Report = serde_json::from_slice(&text).ok()?;
    let share = report.shard?;
    Shard::new(share.index, share.of)
}

/// Where a record stands, in the words of the source.
pub fn location(source: &dyn Source, place: &Place) -> Location {
    match place {
        Place::Unit { unit, record } => match source.units().get(*unit as usize) {
            Some(unit) => source.location(unit, *record),
            None => Location {
                file: String::new(),
                record: *record,
            },
        },
        Place::File { name, record } => Location {
            file: name.to_string(),
            record: *record,
        },
    }
}

fn map_row(it: &MapUse) -> MapRow {
    let examples = it.examples.iter().map(|(line, source)| UnusedExample {
        line: *line,
        source: source.clone(),
    });
    MapRow {
        rows: it.rows,
        referred: it.referred,
        unused: UnusedRow {
            count: it.unused,
            examples: examples.collect(),
        },
    }
}

fn book_row(ledger: &Ledger, kind: Kind) -> BookRow {
    let book = ledger.book(kind);
    BookRow {
        read: book.read,
        made: book.made,
        written: book.written,
        merged: book.merged,
        excluded: book.excluded,
        left_out: book.left_out,
    }
}

fn part_rows(parts: &[ClosedPart], paths: &[PathBuf], threads: usize) -> Result<Vec<PartRow>> {
    let mut pairs = parts.iter().zip(paths);
    let mut rows = Vec::with_capacity(parts.len());
    pipeline::run(
        threads.min(parts.len()),
        || Ok(pairs.next()),
        || Ok(()),
        |(), pair| part_row(pair),
        |row| {
            rows.push(row);
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(rows)
}

fn part_row((part, path): (&ClosedPart, &PathBuf)) -> Result<PartRow> {
    let count = |kind: &Kind| (kind.name().into(), part.counts[*kind as usize]);
    Ok(PartRow {
        path: path.display().to_string(),
        bytes: part.bytes,
        sha256: checksum(&part.path)?,
        counts: Kind::ALL.iter().map(count).collect(),
    })
}

fn checksum(path: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    let file = File::open(path).with_context(|| format!("could not read `{}`", path.display()))?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    loop {
        let place = || format!("could not read `{}`", path.display());
        let bytes = reader.fill_buf().with_context(place)?;
        if bytes.is_empty() {
            break;
        }
        hasher.update(bytes);
        let count = bytes.len();
        reader.consume(count);
    }
    let digest = hasher.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
