//! Attachments that stand in a table of their own, found by the id of their message.
//!
//! Messages come in any order, so the rows of such tables are kept in a work file; memory holds 24
//! bytes for each, and 8 for the channel of its message.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use migrate_mapping::{Joint, Lookups, Place, Position, Settled};

use crate::part::{At, Feed, Part};
use crate::spool::{self, Spool};

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
    /// Where further rows of messages are kept; rows of attachments are kept by their part.
    further: Option<Spool>,
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stray {
    pub(crate) part: usize,
    /// Its row, from 0.
    pub(crate) row: u32,
    /// Where its row stands in the work file.
    at: u64,
    /// Whether several channels, or very many messages, have that id.
    pub(crate) is_torn: bool,
}

impl Stray {
    /// The id by which it names its message; empty if that cannot be told any more.
    ///
    /// # Errors
    /// If the work file cannot be read.
    pub(crate) fn message_id(&self, parts: &[Part]) -> Result<String> {
        let Some((part, spool)) = parts.get(self.part).and_then(kept) else {
            return Ok(String::new());
        };
        let nothing = (Settled::default(), Lookups::default());
        let place = Place {
            record: 0,
            position: Position::default(),
            settled: &nothing.0,
            lookups: &nothing.1,
            attachments: Vec::new(),
        };
        let mut bytes = Vec::new();
        spool.row(self.at, &mut bytes)?;
        let cells = spool::cells(&bytes)?;
        Ok(match part.plan.hung(cells.as_slice(), &place) {
            Some((Joint::Anywhere(id) | Joint::InChannel(id, _), _)) => id.into_owned(),
            _ => String::new(),
        })
    }
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
        self.add_kept(part, noted, None);
    }

    /// Adds the attachments of further rows of messages, which are kept apart.
    pub(crate) fn add_further(&mut self, part: usize, noted: Noted, kept: Spool) {
        self.add_kept(part, noted, Some(kept));
    }

    fn add_kept(&mut self, part: usize, noted: Noted, further: Option<Spool>) {
        let mut entries = noted.0;
        entries.sort_unstable();
        let messages = entries.iter().map(|_| AtomicU64::new(NOWHERE)).collect();
        if !entries.is_empty() {
            self.parts.push(OfPart {
                part,
                further,
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
    pub(crate) fn find_strays(&mut self) {
        for of in &self.parts {
            let runs = of.entries.chunk_by(|a, b| a.hash == b.hash);
            let mut start = 0;
            let entries = runs.flat_map(|run| {
                let channel = of.channel(start..start + run.len());
                start += run.len();
                run.iter().map(move |entry| (entry, channel))
            });
            let without = entries.filter(|(_, channel)| [NOWHERE, TORN].contains(channel));
            let strays = without.map(|(entry, channel)| Stray {
                part: of.part,
                row: entry.row,
                at: entry.at,
                is_torn: channel == TORN,
            });
            self.strays.extend(strays);
        }
        self.strays.sort_unstable_by_key(|it| (it.part, it.row));
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
            let own = parts.get(of.part).and_then(kept).map(|(_, spool)| spool);
            let Some(spool) = of.further.as_ref().or(own) else {
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

fn kept(part: &Part) -> Option<(&Part, &Spool)> {
    match &part.feed {
        Feed::Kept(spool) => Some((part, spool)),
        _ => None,
    }
}
