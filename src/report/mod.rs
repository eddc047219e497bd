//! The report of a run: JSON with stable keys, for programs.

mod merge;
mod shards;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use migrate_model::{Kind, Location, Source};
use serde::{Deserialize, Serialize};

use crate::books::{Class, Ledger, Place};
use crate::parts::{ClosedPart, Packed};
use crate::redact::discreet;
use crate::shard::{Shard, Share};
use crate::staged::Staged;
use crate::text::safe_json;
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
    /// Only of a shard, and of a sum that lacks some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<ShardRow>,
    parts: Vec<PartRow>,
}

/// What a report says of shards.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum ShardRow {
    /// It is that of one: what others may have written as well.
    One(Share),
    /// It is the sum of some. It no longer says who is counted in it, so nothing can be added.
    Some(Lacking),
}

/// Which shards a sum lacks.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Lacking {
    of: u32,
    missing: Vec<u32>,
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

/// What is said of a part on a line of its own: its name in the folder that is known.
#[derive(Serialize)]
struct PartLine<'a> {
    part: Cow<'a, str>,
    bytes: u64,
    sha256: &'a str,
    counts: &'a BTreeMap<Name, u64>,
}

impl Report {
    /// Makes the report; `paths` are the names under which the parts are reported, `checksums` those
    /// of their bytes, and `remarks` what is to be said beside what the source says of itself.
    pub fn new(
        source: &dyn Source,
        packed: &Packed,
        paths: &[PathBuf],
        checksums: &[&str],
        remarks: &[String],
    ) -> Report {
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
                            file: discreet(&file),
                            record,
                            detail: example.detail.clone(),
                        }
                    })
                    .collect(),
            });
            rows.collect()
        };
        let parts = packed.parts.iter().zip(paths).zip(checksums);
        Report {
            books: Kind::ALL
                .iter()
                .map(|kind| (kind.name().into(), book_row(ledger, *kind)))
                .collect(),
            losses: notes(Class::Loss),
            left_out: notes(Class::LeftOut),
            merged: notes(Class::Merged),
            excluded: notes(Class::Excluded),
            made: notes(Class::Made),
            remarks: { source.remarks().iter().chain(remarks) }
                .map(|it| discreet(it))
                .collect(),
            user_map: packed.map_use.as_ref().map(map_row),
            shard: packed.share.clone().map(ShardRow::One),
            parts: parts
                .map(|((part, path), sha256)| PartRow::new(part, path, sha256))
                .collect(),
        }
    }

    /// The report for whoever reads standard output: a line for each part, and one that is the whole
    /// report. Nothing at all if there was nothing to read.
    ///
    /// # Errors
    /// None that can be met.
    pub fn lines(&self) -> Result<Vec<u8>> {
        let mut lines = Vec::new();
        if self.parts.is_empty() && self.books.values().all(|row| row.read == 0) {
            return Ok(lines);
        }
        for row in &self.parts {
            let line = PartLine {
                part: Path::new(&row.path)
                    .file_name()
                    .map_or("".into(), |name| name.to_string_lossy()),
                bytes: row.bytes,
                sha256: &row.sha256,
                counts: &row.counts,
            };
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        lines.extend(safe_json(&serde_json::to_string(self)?).into_bytes());
        lines.push(b'\n');
        Ok(lines)
    }

    /// Writes the report; it gets its name when what is returned is published.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn stage(&self, path: &Path, shard: Option<Shard>) -> Result<Staged> {
        Staged::new(path, shard, &self.text()?)
            .with_context(|| format!("could not write the report `{}`", path.display()))
    }

    fn text(&self) -> Result<Vec<u8>> {
        // A report may be shown in a terminal as it is.
        let text = safe_json(&serde_json::to_string_pretty(self)?);
        Ok((text + "\n").into_bytes())
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
        source: discreet(source),
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

impl PartRow {
    fn new(part: &ClosedPart, path: &Path, sha256: &str) -> PartRow {
        let count = |kind: &Kind| (kind.name().into(), part.counts[*kind as usize]);
        PartRow {
            path: path.display().to_string(),
            bytes: part.bytes,
            sha256: sha256.to_owned(),
            counts: Kind::ALL.iter().map(count).collect(),
        }
    }
}
