//! Attachments that stand in a table of their own, found by the id of their message.
//!
//! Messages come in any order, so the rows of such tables are kept in a work file; memory holds 24
//! bytes for each, and one byte for whether its message is there.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use migrate_mapping::{Lookups, Place, Position, Settled};

use crate::part::{At, Feed, Part};
use crate::spool;

/// Where rows of attachments are kept, by the ids of their messages.
#[derive(Debug, Default)]
pub(crate) struct Attachments {
    parts: Vec<OfPart>,
    strays: Vec<Stray>,
}

/// The attachments of a part.
#[derive(Debug)]
struct OfPart {
    part: usize,
    /// Sorted.
    entries: Vec<Entry>,
    /// Whether there is a message with the hash of each.
    has_message: Vec<AtomicBool>,
}

/// Where one is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// The hash of its message's id.
    hash: u64,
    /// Where its row stands in the work file.
    at: u64,
    /// The number of its row, from 0.
    row: u32,
}

/// An attachment whose message is not there.
#[derive(Clone, Debug)]
pub(crate) struct Stray {
    pub(crate) part: usize,
    /// Its row, from 1.
    pub(crate) number: i64,
    pub(crate) message_id: String,
}

/// A row that was read back.
pub(crate) struct KeptRow {
    pub(crate) part: usize,
    row: u32,
    pub(crate) bytes: Vec<u8>,
}

impl KeptRow {
    pub(crate) fn at(&self) -> At<'static> {
        At {
            record: 0,
            position: self.row,
            number: i64::from(self.row) + 1,
            mended: &[],
        }
    }
}

/// The rows of one part while they are noted.
#[derive(Debug, Default)]
pub(crate) struct Noted(Vec<Entry>);

impl Noted {
    /// Takes note of a row that names a message.
    pub(crate) fn add(&mut self, message_id: &str, at: u64, row: u32) {
        let hash = hash(message_id);
        self.0.push(Entry { hash, at, row });
    }
}

impl Attachments {
    /// Adds the attachments of a part.
    pub(crate) fn add(&mut self, part: usize, noted: Noted) {
        let mut entries = noted.0;
        entries.sort_unstable();
        let has_message = entries.iter().map(|_| AtomicBool::new(false)).collect();
        if !entries.is_empty() {
            self.parts.push(OfPart {
                part,
                entries,
                has_message,
            });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Takes note of a message that is there.
    pub(crate) fn find(&self, message_id: &str) {
        let hash = hash(message_id);
        for of in &self.parts {
            for flag in of.has_message.get(of.range(hash)).unwrap_or_default() {
                flag.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Looks up which attachments have no message, when all messages were found.
    ///
    /// # Errors
    /// If the work file cannot be read.
    pub(crate) fn find_strays(&mut self, parts: &[Part]) -> Result<()> {
        let nothing = (Settled::default(), Lookups::default());
        let mut bytes = Vec::new();
        for of in &self.parts {
            let Some((part, spool)) = parts.get(of.part).and_then(kept) else {
                continue;
            };
            let flags = of
                .has_message
                .iter()
                .map(|flag| flag.load(Ordering::Relaxed));
            let without = of.entries.iter().zip(flags).filter(|(_, has)| !has);
            for (entry, _) in without {
                spool.row(entry.at, &mut bytes)?;
                let cells = spool::cells(&bytes)?;
                let place = Place {
                    record: 0,
                    position: Position::default(),
                    settled: &nothing.0,
                    lookups: &nothing.1,
                    attachments: Vec::new(),
                };
                let id = part.plan.attachment(cells.as_slice(), &place);
                self.strays.push(Stray {
                    part: of.part,
                    number: i64::from(entry.row) + 1,
                    message_id: id.map_or_else(String::new, |(id, _)| id.into_owned()),
                });
            }
        }
        self.strays.sort_by_key(|it| (it.part, it.number));
        Ok(())
    }

    /// The attachments whose messages are not there, in the order of parts and rows.
    pub(crate) fn strays(&self) -> &[Stray] {
        &self.strays
    }

    /// The rows that may be those of a message, in their order; of a few it is another's.
    ///
    /// # Errors
    /// If the work file cannot be read.
    pub(crate) fn rows_of(&self, parts: &[Part], message_id: &str) -> Result<Vec<KeptRow>> {
        let hash = hash(message_id);
        let mut rows = Vec::new();
        for of in &self.parts {
            let Some((_, spool)) = parts.get(of.part).and_then(kept) else {
                continue;
            };
            for entry in of.entries.get(of.range(hash)).unwrap_or_default() {
                let mut bytes = Vec::new();
                spool.row(entry.at, &mut bytes)?;
                rows.push(KeptRow {
                    part: of.part,
                    row: entry.row,
                    bytes,
                });
            }
        }
        Ok(rows)
    }
}

impl OfPart {
    fn range(&self, hash: u64) -> std::ops::Range<usize> {
        let start = self.entries.partition_point(|entry| entry.hash < hash);
        let behind = self.entries.get(start..).unwrap_or_default();
        start..start + behind.partition_point(|entry| entry.hash == hash)
    }
}

fn kept(part: &Part) -> Option<(&Part, &spool::Spool)> {
    match &part.feed {
        Feed::Kept(spool) => Some((part, spool)),
        _ => None,
    }
}

fn hash(message_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    message_id.hash(&mut hasher);
    hasher.finish()
}
