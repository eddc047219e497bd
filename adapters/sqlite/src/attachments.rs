//! Attachments that stand in a table of their own, found by the id of their message.
//!
//! Messages come in any order, so the rows of such tables are kept in a work file; memory holds 24
//! bytes for each, and 8 for the channel of its message.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use migrate_mapping::{Joint, Lookups, Place, Position, Settled};

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
    /// What is known of the messages that entries of one hash hang on: at the first of these entries
    /// their channel (see [`Attachments::find`]), at the second, if there is one, how many they are.
    messages: Vec<AtomicU64>,
}

/// Where one is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// The hash of what joins it to its message.
    hash: u64,
    /// Where its row stands in the work file.
    at: u64,
    /// The number of its row, from 0.
    row: u32,
}

/// There is no message.
const NOWHERE: u64 = 0;

/// There are messages with one id in several channels.
const TORN: u64 = 1;

/// How many attachments are given to how many messages of one id, multiplied: beyond it, nobody can
/// mean what the file says, and the work would grow with the square of its size.
const MOST_PAIRS: u64 = 10_000;

/// So many messages of one id get its attachments, however many these are.
const FEW_MESSAGES: u64 = 16;

/// An attachment that nothing has: its message is not there, or may be one of several.
#[derive(Clone, Debug)]
pub(crate) struct Stray {
    pub(crate) part: usize,
    /// Its row, from 1.
    pub(crate) number: i64,
    pub(crate) message_id: String,
    /// Whether several channels, or very many messages, have that id.
    pub(crate) is_torn: bool,
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
    pub(crate) fn add(&mut self, hash: u64, at: u64, row: u32) {
        self.0.push(Entry { hash, at, row });
    }
}

impl Attachments {
    /// Adds the attachments of a part.
    pub(crate) fn add(&mut self, part: usize, noted: Noted) {
        let mut entries = noted.0;
        entries.sort_unstable();
        let messages = entries.iter().map(|_| AtomicU64::new(NOWHERE)).collect();
        if !entries.is_empty() {
            self.parts.push(OfPart {
                part,
                entries,
                messages,
            });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Takes note of a message that is there, in the channel with this number.
    pub(crate) fn find(&self, joint: &Joint<'_>, channel: u64) {
        // Two small numbers stand for something else.
        let own = channel | 2;
        let hash = joint.hashed();
        let may_be_torn = matches!(joint, Joint::Anywhere(_));
        for of in &self.parts {
            let messages = of.messages.get(of.range(hash)).unwrap_or_default();
            if let Some(known) = messages.first() {
                let seen =
                    known.compare_exchange(NOWHERE, own, Ordering::Relaxed, Ordering::Relaxed);
                if seen.is_err_and(|seen| seen != own) && may_be_torn {
                    known.store(TORN, Ordering::Relaxed);
                }
            }
            if let Some(count) = messages.get(1) {
                count.fetch_add(1, Ordering::Relaxed);
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
            let runs = of.entries.chunk_by(|a, b| a.hash == b.hash);
            let mut start = 0;
            let entries = runs.flat_map(|run| {
                let channel = of.channel(start..start + run.len());
                start += run.len();
                run.iter().map(move |entry| (entry, channel))
            });
            let without = entries.filter(|(_, channel)| [NOWHERE, TORN].contains(channel));
            for (entry, channel) in without {
                spool.row(entry.at, &mut bytes)?;
                let cells = spool::cells(&bytes)?;
                let place = Place {
                    record: 0,
                    position: Position::default(),
                    settled: &nothing.0,
                    lookups: &nothing.1,
                    attachments: Vec::new(),
                };
                let hung = part.plan.hung(cells.as_slice(), &place);
                self.strays.push(Stray {
                    part: of.part,
                    number: i64::from(entry.row) + 1,
                    message_id: match hung {
                        Some((Joint::Anywhere(id) | Joint::InChannel(id, _), _)) => id.into_owned(),
                        _ => String::new(),
                    },
                    is_torn: channel == TORN,
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
    pub(crate) fn rows_of(&self, parts: &[Part], joints: &[Joint<'_>]) -> Result<Vec<KeptRow>> {
        let mut rows = Vec::new();
        for of in &self.parts {
            let Some((_, spool)) = parts.get(of.part).and_then(kept) else {
                continue;
            };
            let ranges = joints.iter().map(|joint| of.range(joint.hashed()));
            let ranges = ranges.filter(|range| of.channel(range.clone()) != TORN);
            let entries = ranges.filter_map(|range| of.entries.get(range));
            let mut entries: Vec<&Entry> = entries.flatten().collect();
            entries.sort_unstable_by_key(|entry| entry.row);
            for entry in entries {
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
    fn range(&self, hash: u64) -> Range<usize> {
        let start = self.entries.partition_point(|entry| entry.hash < hash);
        let behind = self.entries.get(start..).unwrap_or_default();
        start..start + behind.partition_point(|entry| entry.hash == hash)
    }

    /// The channel of the messages that these entries of one hash hang on; or [`NOWHERE`], or
    /// [`TORN`].
    fn channel(&self, range: Range<usize>) -> u64 {
        let messages = self.messages.get(range).unwrap_or_default();
        let known = |nth: usize| messages.get(nth).map_or(0, |it| it.load(Ordering::Relaxed));
        let count = known(1);
        let pairs = count.saturating_mul(messages.len() as u64);
        match count > FEW_MESSAGES && pairs > MOST_PAIRS {
            true => TORN,
            false => known(0),
        }
    }
}

fn kept(part: &Part) -> Option<(&Part, &spool::Spool)> {
    match &part.feed {
        Feed::Kept(spool) => Some((part, spool)),
        _ => None,
    }
}
