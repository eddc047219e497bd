//! Attachments that stand in a table of their own, kept by the id of their message.
//!
//! They are a part of messages, which come in any order. So their rows wait in a work file, and
//! memory holds 16 bytes for each: the hash of the message's id and the place in that file.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use anyhow::Result;
use migrate_archive::Archive;
use migrate_mapping::{Cell, Lookups, Place, Position, Row, SectionKind, Settled};
use migrate_model::{Attachment, Options, Text};

use crate::bytes::Access;
use crate::rows::{At, Rows};
use crate::source::{Bound, File, Tables, position};
use crate::split;
use crate::spool::Spool;

/// Rows of attachments by the id of their message.
#[derive(Default)]
pub(crate) struct Attachments {
    /// In the order of hashes, those of one message in the order of files and rows.
    rows: Vec<Hanging>,
    spool: Spool,
}

/// A row that hangs on a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hanging {
    /// The hash of the message's id.
    hash: u64,
    /// Where it stands in the spool; [`HAS_MESSAGE`] is set on the first row of a message that is
    /// there.
    at: u64,
}

/// See [`Hanging`]; no file has so many bytes.
const HAS_MESSAGE: u64 = 1 << 63;

/// An attachment whose message is not there.
pub(crate) struct Stray {
    /// The number of its file.
    pub(crate) file: u32,
    /// The line where its row begins.
    pub(crate) line: u32,
    pub(crate) message_id: String,
}

/// A row as it is read back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    bytes: Vec<u8>,
    /// Where its cells stand in `bytes`.
    cells: Vec<Range<usize>>,
    position: Position,
    /// The line where it begins; 0 for one that is too far behind.
    line: u32,
    /// What of the file's it is bound to.
    bound: u32,
}

impl Row for Kept {
    fn cell(&self, column: usize) -> Cell<'_> {
        let bytes = self
            .cells
            .get(column)
            .and_then(|at| self.bytes.get(at.clone()));
        let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.map_or(Cell::Null, Cell::Text)
    }
}

/// Where tables are, and what is known of them.
#[derive(Clone, Copy)]
pub(crate) struct Known<'k> {
    pub(crate) archives: &'k [Archive],
    pub(crate) files: &'k [File],
    pub(crate) settled: &'k [Settled],
    pub(crate) lookups: &'k Lookups,
}

impl Attachments {
    /// Reads all tables of attachments.
    ///
    /// # Errors
    /// If one cannot be read, the work file cannot be written, or the run is to end early.
    pub(crate) fn read(known: Known<'_>, options: &Options) -> Result<Attachments> {
        let folder = options.work_folder().ok();
        let path = folder.map(|folder| folder.join("attachments"));
        let mut attachments = Attachments {
            rows: Vec::new(),
            spool: Spool::new(path),
        };
        let mut bytes = 0;
        for kind in [SectionKind::Attachments, SectionKind::Messages] {
            bytes += known.bound(kind).map(|it| it.file.bytes()).sum::<u64>();
        }
        if known.bound(SectionKind::Attachments).next().is_none() {
            return Ok(attachments);
        }
        options.begin_reading("looking at attachments", bytes);
        attachments.keep_rows(known, options)?;
        attachments.find_messages(known, options)?;
        Ok(attachments)
    }

    fn keep_rows(&mut self, known: Known<'_>, options: &Options) -> Result<()> {
        let mut rows = Rows::new(Access::new(known.archives));
        let mut encoded = Vec::new();
        for table in known.bound(SectionKind::Attachments) {
            rows.each(table.file, options, |row, at| {
                let position = position(table.number, at)?;
                let place = place(position, table.settled, known.lookups);
                if let Some((id, _)) = table.bound.plan.attachment(&row, &place) {
                    encode(row, at, position, table.nth, &mut encoded)?;
                    self.rows.push(Hanging {
                        hash: hash(&id),
                        at: self.spool.append(&encoded)?,
                    });
                }
                Ok(())
            })?;
        }
        self.rows.sort_unstable();
        Ok(())
    }

    /// Finds out which messages are there.
    fn find_messages(&mut self, known: Known<'_>, options: &Options) -> Result<()> {
        let mut rows = Rows::new(Access::new(known.archives));
        for table in known.bound(SectionKind::Messages) {
            rows.each(table.file, options, |row, at| {
                let position = position(table.number, at)?;
                let place = place(position, table.settled, known.lookups);
                let Some(id) = table.bound.plan.message_id(&row, &place) else {
                    return Ok(());
                };
                let hash = hash(&id);
                let first = self.rows.partition_point(|it| it.hash < hash);
                if let Some(first) = self.rows.get_mut(first).filter(|it| it.hash == hash) {
                    first.at |= HAS_MESSAGE;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Gives the attachments whose messages are not there, in the order of files and lines.
    ///
    /// # Errors
    /// If the work file cannot be read back, or `each` fails.
    pub(crate) fn each_stray(
        &self,
        tables: &Tables,
        mut each: impl FnMut(Stray) -> Result<()>,
    ) -> Result<()> {
        let messages = self.rows.chunk_by(|one, other| one.hash == other.hash);
        let is_stray = |rows: &&[Hanging]| rows.first().is_some_and(|it| it.at & HAS_MESSAGE == 0);
        let strays = messages.filter(is_stray).flatten();
        let mut places: Vec<u64> = strays.map(|it| it.at).collect();
        places.sort_unstable();
        for at in places {
            let kept = self.kept_at(at)?;
            let id = tables.attachment(&kept).map(|(id, _)| id.into_owned());
            each(Stray {
                file: kept.position.file,
                line: kept.line,
                message_id: id.unwrap_or_default(),
            })?;
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows that may hang on a message, in their order; see [`Tables::attachments_of`].
    ///
    /// # Errors
    /// If the work file cannot be read back.
    pub(crate) fn of(&self, message_id: &str) -> Result<Vec<Kept>> {
        let hash = hash(message_id);
        let first = self.rows.partition_point(|it| it.hash < hash);
        let rows = self.rows.iter().skip(first);
        let rows = rows.take_while(|it| it.hash == hash);
        rows.map(|it| self.kept_at(it.at & !HAS_MESSAGE)).collect()
    }

    fn kept_at(&self, at: u64) -> Result<Kept> {
        let mut bytes = Vec::new();
        self.spool.read(at, HEAD_BYTES, &mut bytes)?;
        let (head, _) = bytes.as_chunks();
        let &[len, cells, file, row, line, bound] = head else {
            return Err(damaged());
        };
        let [len, cells, file, row, line, bound] =
            [len, cells, file, row, line, bound].map(u32::from_le_bytes);
        let from = at + HEAD_BYTES as u64;
        self.spool.read(from, usize::try_from(len)?, &mut bytes)?;
        let ends = bytes.get(..4 * usize::try_from(cells)?);
        let mut start = 4 * usize::try_from(cells)?;
        let (ends, _) = ends.ok_or_else(damaged)?.as_chunks();
        let mut ranges = Vec::with_capacity(ends.len());
        for len in ends {
            let end = start + usize::try_from(u32::from_le_bytes(*len))?;
            ranges.push(start..end);
            start = end;
        }
        Ok(Kept {
            bytes,
            cells: ranges,
            position: Position { file, row },
            line,
            bound,
        })
    }
}

impl Tables {
    /// The attachments of a message, of the rows that may hang on it.
    pub(crate) fn attachments_of<'k>(
        &'k self,
        message_id: &str,
        rows: &'k [Kept],
    ) -> Vec<Attachment<'k>> {
        let attachments = rows.iter().filter_map(|kept| self.attachment(kept));
        let own = attachments.filter(|(id, _)| **id == *message_id);
        own.map(|(_, it)| it).collect()
    }

    /// The attachment that a row is, and the id of its message.
    fn attachment<'k>(&'k self, kept: &'k Kept) -> Option<(Text<'k>, Attachment<'k>)> {
        let file = self.files.get(usize::try_from(kept.position.file).ok()?)?;
        let bound = file.bound.get(usize::try_from(kept.bound).ok()?)?;
        let settled = self.settled.get(bound.section)?;
        let place = place(kept.position, settled, &self.lookups);
        bound.plan.attachment(kept, &place)
    }
}

/// A section that is bound to a file.
struct Table<'k> {
    file: &'k File,
    /// The number of the file.
    number: u32,
    bound: &'k Bound,
    /// Its number among those of the file.
    nth: u32,
    settled: &'k Settled,
}

impl<'k> Known<'k> {
    /// All sections of a kind that are bound to files.
    fn bound(self, kind: SectionKind) -> impl Iterator<Item = Table<'k>> {
        let files = self.files.iter().zip(0..);
        let bound = files.flat_map(|(file, number)| {
            let bound = file.bound.iter().zip(0..);
            bound.map(move |(bound, nth)| (file, number, bound, nth))
        });
        let bound = bound.filter(move |(_, _, bound, _)| bound.plan.kind() == kind);
        bound.filter_map(move |(file, number, bound, nth)| {
            Some(Table {
                file,
                number,
                bound,
                nth,
                settled: self.settled.get(bound.section)?,
            })
        })
    }
}

/// How many bytes stand before a row in the spool: how many follow, how many cells there are, the
/// position, the line and what it is bound to.
const HEAD_BYTES: usize = 6 * 4;

/// Writes a row as it waits: its head, the lengths of its cells, and these.
fn encode(
    row: split::Row<'_>,
    at: At,
    position: Position,
    bound: u32,
    out: &mut Vec<u8>,
) -> Result<()> {
    let lengths = 4 * row.len();
    let len = lengths + row.cells().map(str::len).sum::<usize>();
    let line = u32::try_from(at.line).unwrap_or_default();
    let (len, cells) = (u32::try_from(len)?, u32::try_from(row.len())?);
    out.clear();
    for number in [len, cells, position.file, position.row, line, bound] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for cell in row.cells() {
        out.extend_from_slice(&u32::try_from(cell.len())?.to_le_bytes());
    }
    for cell in row.cells() {
        out.extend_from_slice(cell.as_bytes());
    }
    Ok(())
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

fn damaged() -> anyhow::Error {
    anyhow::anyhow!("a work file was changed by somebody else")
}

fn place<'p>(position: Position, settled: &'p Settled, lookups: &'p Lookups) -> Place<'p> {
    Place {
        record: 0,
        position,
        settled,
        lookups,
        attachments: Vec::new(),
    }
}
