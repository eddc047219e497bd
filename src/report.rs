//! The report of a run: JSON with stable keys, for programs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use migrate_model::{Kind, Location, Source, pipeline};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::books::{Class, Ledger, Place};
use crate::parts::Packed;
use crate::staged::Staged;
use crate::user_map::MapUse;

/// How a report begins, white space apart.
pub const START: &str = "{\"books\":";

/// The report of a run.
#[derive(Serialize)]
pub struct Report {
    books: BTreeMap<&'static str, BookRow>,
    losses: Vec<NoteRow>,
    left_out: Vec<NoteRow>,
    merged: Vec<NoteRow>,
    excluded: Vec<NoteRow>,
    made: Vec<NoteRow>,
    /// How the source was understood, where that is not plain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
    /// Only with a user map.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_map: Option<MapRow>,
    parts: Vec<PartRow>,
}

#[derive(Serialize)]
struct MapRow {
    rows: u64,
    /// Users of the app that were referred to and not written.
    referred: u64,
    /// Rows whose key nobody in the source has.
    unused: UnusedRow,
}

#[derive(Serialize)]
struct UnusedRow {
    count: u64,
    examples: Vec<UnusedExample>,
}

#[derive(Serialize)]
struct UnusedExample {
    line: u64,
    source: String,
}

#[derive(Serialize)]
struct BookRow {
    read: u64,
    made: u64,
    written: u64,
    merged: u64,
    excluded: u64,
    left_out: u64,
}

#[derive(Serialize)]
struct NoteRow {
    kind: &'static str,
    count: u64,
    examples: Vec<ExampleRow>,
}

#[derive(Serialize)]
struct ExampleRow {
    file: String,
    record: u32,
    detail: String,
}

#[derive(Serialize)]
struct PartRow {
    path: String,
    bytes: u64,
    sha256: String,
    counts: BTreeMap<&'static str, u64>,
}

impl Report {
    /// Makes the report; reads every part again for its checksum.
    ///
    /// `paths` are the names under which the parts are reported; checksums are made on so many
    /// `threads`, at least 1.
    ///
    /// # Errors
    /// If a part cannot be read.
    pub fn new(
        source: &dyn Source,
        packed: &Packed,
        paths: &[PathBuf],
        threads: usize,
    ) -> Result<Report> {
        let ledger = &packed.ledger;
        let notes = |class| {
            let rows = ledger.notes(class).map(|(kind, note)| NoteRow {
                kind,
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
        let checksums = checksums(packed, threads)?;
        let parts = packed.parts.iter().zip(paths).zip(checksums);
        let parts = parts.map(|((part, path), sha256)| PartRow {
            path: path.display().to_string(),
            bytes: part.bytes,
            sha256,
            counts: Kind::ALL
                .iter()
                .map(|kind| (kind.name(), part.counts[*kind as usize]))
                .collect(),
        });
        Ok(Report {
            books: Kind::ALL
                .iter()
                .map(|kind| (kind.name(), book_row(ledger, *kind)))
                .collect(),
            losses: notes(Class::Loss),
            left_out: notes(Class::LeftOut),
            merged: notes(Class::Merged),
            excluded: notes(Class::Excluded),
            made: notes(Class::Made),
            remarks: source.remarks().to_vec(),
            user_map: packed.map_use.as_ref().map(map_row),
            parts: parts.collect(),
        })
    }

    /// Writes the report; it gets its name when what is returned is published.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn stage(&self, path: &Path) -> Result<Staged> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Staged::new(path, &text)
            .with_context(|| format!("could not write the report `{}`", path.display()))
    }
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

/// The checksum of every part. All threads make them: a gigabyte takes one about a second, and
/// nothing else is left to do by then.
fn checksums(packed: &Packed, threads: usize) -> Result<Vec<String>> {
    let mut parts = packed.parts.iter();
    let mut checksums = Vec::with_capacity(packed.parts.len());
    pipeline::run(
        threads,
        || Ok(parts.next()),
        || Ok(()),
        |(), part| checksum(&part.path),
        |it| {
            checksums.push(it);
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(checksums)
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
