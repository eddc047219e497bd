//! Attachments that stand in a table of their own or in further rows of a message, kept by what joins
//! them to their message.
//!
//! They are a part of messages, which come in any order. So their rows wait in a work file, and
//! memory holds 16 bytes for each: the hash of what joins them and the place in that file; and 8 more
//! until it is known which messages are there.

use std::ops::Range;

use anyhow::Result;
use migrate_archive::Archive;
use migrate_mapping::{Cell, Joint, Lookups, Place, Position, Row, SectionKind, Settled};
use migrate_model::{Attachment, Options};

use crate::bytes::Access;
use crate::rows::{At, Rows};
use crate::source::{Bound, File, Tables, position};
use crate::split;
use crate::spool::Spool;

/// Rows of attachments by what joins them to their message.
#[derive(Default)]
pub(crate) struct Attachments {
    /// In the order of hashes, those of one message in the order of files and rows.
    rows: Vec<Hanging>,
    spool: Spool,
}

/// A row that hangs on a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hanging {
    /// The hash of its [`Joint`].
    hash: u64,
    /// Where it stands in the spool; on the first row of a message, [`HAS_MESSAGE`] says that it is
    /// there, and [`IS_TORN`] that several channels have one with its id.
    at: u64,
}

/// See [`Hanging`]; no file has so many bytes.
const HAS_MESSAGE: u64 = 1 << 63;

/// See [`Hanging`].
const IS_TORN: u64 = 1 << 62;

/// What of [`Hanging::at`] is the place.
const PLACE: u64 = IS_TORN - 1;

/// An attachment that nothing has: its message is not there, or may be one of several.
pub(crate) struct Stray {
    /// The number of its file.
    pub(crate) file: u32,
    /// The line where its row begins.
    pub(crate) line: u32,
    pub(crate) message_id: String,
    /// Whether several channels have a message with that id.
    pub(crate) is_torn: bool,
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
        let bytes = |tables: &[Table<'_>]| tables.iter().map(|it| it.file.bytes()).sum::<u64>();
        let messages: Vec<_> = known.bound(SectionKind::Messages).collect();
        let mut holding: Vec<_> = known.bound(SectionKind::Attachments).collect();
        let has_tables = !holding.is_empty();
        let further = known.bound(SectionKind::Messages);
        holding.extend(further.filter(|it| it.bound.plan.holds_further_attachments()));
        if holding.is_empty() {
            return Ok(attachments);
        }
        options.begin_reading("looking at attachments", bytes(&holding) + bytes(&messages));
        attachments.keep_rows(&holding, known, options)?;
        if has_tables {
            attachments.find_messages(&messages, known, options)?;
        }
        Ok(attachments)
    }

    fn keep_rows(
        &mut self,
        tables: &[Table<'_>],
        known: Known<'_>,
        options: &Options,
    ) -> Result<()> {
        let mut rows = Rows::new(Access::new(known.archives));
        let mut encoded = Vec::new();
        for table in tables {
            let is_table = table.bound.plan.kind() == SectionKind::Attachments;
            rows.each(table.file, options, |row, at| {
                let position = position(table.number, at)?;
                if !is_table && !table.settled.is_no_message(position) {
                    return Ok(());
                }
                let place = place(position, table.settled, known.lookups);
                if let Some((joint, _)) = table.bound.plan.hung(&row, &place) {
                    encode(row, at, position, table.nth, &mut encoded)?;
                    let at = self.spool.append(&encoded)?;
                    self.rows.push(Hanging {
                        hash: joint.hashed(),
                        // A further row has a message, or it would not be one.
                        at: if is_table { at } else { at | HAS_MESSAGE },
                    });
                }
                Ok(())
            })?;
        }
        self.rows
            .sort_unstable_by_key(|it| (it.hash, it.at & PLACE));
        Ok(())
    }

    /// Finds out which messages are there, and which ids several channels have.
    fn find_messages(
        &mut self,
        tables: &[Table<'_>],
        known: Known<'_>,
        options: &Options,
    ) -> Result<()> {
        let mut rows = Rows::new(Access::new(known.archives));
        let mut channels = vec![0_u64; self.rows.len()];
        for table in tables {
            let plan = &table.bound.plan;
            rows.each(table.file, options, |row, at| {
                let position = position(table.number, at)?;
                let place = place(position, table.settled, known.lookups);
                for joint in plan.joints(&row, &place) {
                    let hash = joint.hashed();
                    let first = self.rows.partition_point(|it| it.hash < hash);
                    let known = self.rows.get_mut(first).filter(|it| it.hash == hash);
                    let Some((hanging, channel)) = known.zip(channels.get_mut(first)) else {
                        continue;
                    };
                    let own = plan.channel_number(&row);
                    let is_known = hanging.at & HAS_MESSAGE != 0;
                    if is_known && *channel != own && matches!(joint, Joint::Anywhere(_)) {
                        hanging.at |= IS_TORN;
                    }
                    hanging.at |= HAS_MESSAGE;
                    *channel = own;
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
        let marks = |rows: &[Hanging]| rows.first().map_or(0, |it| it.at & !PLACE);
        let strays = messages.filter(|rows| marks(rows) != HAS_MESSAGE);
        let places = strays.flat_map(|rows| {
            let is_torn = marks(rows) & IS_TORN != 0;
            rows.iter().map(move |it| (it.at & PLACE, is_torn))
        });
        let mut places: Vec<(u64, bool)> = places.collect();
        places.sort_unstable();
        for (at, is_torn) in places {
            let kept = self.kept_at(at)?;
            let joint = tables.hung(&kept).map(|(joint, _)| joint);
            each(Stray {
                file: kept.position.file,
                line: kept.line,
                message_id: match joint {
                    Some(Joint::Anywhere(id) | Joint::InChannel(id, _)) => id.into_owned(),
                    Some(Joint::Group(_)) | None => String::new(),
                },
                is_torn,
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
    pub(crate) fn of(&self, joints: &[Joint<'_>]) -> Result<Vec<Kept>> {
        let mut places = Vec::new();
        for hash in joints.iter().map(Joint::hashed) {
            let first = self.rows.partition_point(|it| it.hash < hash);
            let rows = self.rows.get(first..).unwrap_or_default();
            if rows.first().is_some_and(|it| it.at & IS_TORN == 0) {
                let rows = rows.iter().take_while(|it| it.hash == hash);
                places.extend(rows.map(|it| it.at & PLACE));
            }
        }
        places.sort_unstable();
        places.into_iter().map(|at| self.kept_at(at)).collect()
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
        joints: &[Joint<'_>],
        rows: &'k [Kept],
    ) -> Vec<Attachment<'k>> {
        let hung = rows.iter().filter_map(|kept| self.hung(kept));
        let own = hung.filter(|(joint, _)| joints.contains(joint));
        own.flat_map(|(_, all)| all).collect()
    }

    /// The attachments that a row holds, and what joins them to their message.
    fn hung<'k>(&'k self, kept: &'k Kept) -> Option<(Joint<'k>, Vec<Attachment<'k>>)> {
        let file = self.files.get(usize::try_from(kept.position.file).ok()?)?;
        let bound = file.bound.get(usize::try_from(kept.bound).ok()?)?;
        let settled = self.settled.get(bound.section)?;
        let place = place(kept.position, settled, &self.lookups);
        bound.plan.hung(kept, &place)
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
