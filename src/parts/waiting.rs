//! Entries that cannot be packed yet: replies and quotes whose message has not come, reactions
//! that do not stand behind theirs. They wait in a work file until their channel ends.

use anyhow::{Context, Result};
use migrate_model::Time;
use serde::{Deserialize, Serialize};

use super::section::Section;
use super::target::WorkFolder;
use crate::batch::{Head, HeadKind};
use crate::books::Place;
use crate::directory::UserNumber;
use crate::selection::Exclusion;
use crate::user_map::Claim;

use super::losses::LossNote;

/// An entry as the packer takes it: a head whose users are resolved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Arrival {
    /// What it is.
    pub kind: ArrivalKind,
    /// The hash of its id.
    pub id: u64,
    /// The hash of the parent's id; of a reaction, of its message's.
    pub parent: Option<u64>,
    /// The hash of the quoted message's id.
    pub quote: Option<u64>,
    /// Of a continuation: the hash of the id of the message that it continues, and its place
    /// behind it, from 1.
    pub continues: Option<(u64, u32)>,
    /// When it was written, in microseconds since 1970.
    pub micros: i64,
    /// Its users; the first wrote it.
    pub users: Vec<UserNumber>,
    /// The claims of those of its users who are in the user map; the author's is the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Claim>,
    /// What a reply knows of its parent: who wrote it.
    pub parent_user: Option<UserNumber>,
    /// What a reply knows of its parent: the claim of who wrote it, if that is somebody of the
    /// user map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_claim: Option<Claim>,
    /// What a reply knows of its parent: when it was written, in microseconds since 1970.
    pub parent_micros: Option<i64>,
    /// The unit of its record.
    pub unit: u32,
    /// Its record in the unit.
    pub record: u32,
    /// Of a message whose id in the source is another than in Stream: that id, if the id map asks
    /// for it; empty for a message that is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<Box<str>>,
    /// Why it is not written unless something needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Exclusion>,
    /// Whether the system wrote it in somebody's name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_system: bool,
    /// Whether it is a root that was made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_made: bool,
    /// What is lost of it if it is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<LossNote>,
}

/// What an [`Arrival`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArrivalKind {
    /// A message.
    Message,
    /// A reaction with a time of its own.
    Reaction,
    /// A reaction that gets its message's time.
    TimelessReaction,
}

impl Arrival {
    /// An arrival without users.
    pub fn of(head: &Head) -> Arrival {
        Arrival {
            kind: match head.kind {
                HeadKind::Message | HeadKind::Absent => ArrivalKind::Message,
                HeadKind::Reaction | HeadKind::LooseReaction if head.is_timeless => {
                    ArrivalKind::TimelessReaction
                }
                HeadKind::Reaction | HeadKind::LooseReaction => ArrivalKind::Reaction,
            },
            id: head.id,
            parent: head.parent,
            quote: head.quote,
            continues: head.continues,
            micros: head.time.micros(),
            users: Vec::new(),
            references: Vec::new(),
            parent_user: None,
            parent_claim: head.parent_claim,
            parent_micros: head.parent_time.map(Time::micros),
            unit: head.unit,
            record: head.record,
            source_id: None,
            excluded: head.excluded,
            is_system: head.is_system,
            is_made: false,
            losses: Vec::new(),
        }
    }

    /// When it was written.
    pub fn time(&self) -> Time {
        Time::from_micros(self.micros).unwrap_or(Time::EPOCH)
    }

    /// Where its record stands.
    pub fn place(&self) -> Place {
        Place::Unit {
            unit: self.unit,
            record: self.record,
        }
    }
}

/// A work file of entries that wait, of one channel.
pub struct Waiting {
    file: Section,
}

/// How many bytes of waiting entries are kept in memory.
const BUFFER_BYTES: usize = 256 << 10;
/// Two lengths, of the head and of the entry.
const LENGTHS_BYTES: usize = 8;

impl Waiting {
    /// An empty one, with that name.
    pub fn new(work: &WorkFolder, name: &str) -> Waiting {
        Waiting {
            file: Section::new(work.file(name), BUFFER_BYTES),
        }
    }

    /// Adds an entry; gives its place.
    pub fn push(&mut self, it: &Arrival, entry: &[u8]) -> Result<u64> {
        let head = serde_json::to_vec(it)?;
        let lengths = [(head.len() as u32), (entry.len() as u32)].map(u32::to_le_bytes);
        self.file
            .append(&[&lengths[0], &lengths[1], &head, entry])
            .context("could not write a work file beside the output")
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.file.len() == 0
    }

    /// Goes over all that wait, in the order in which they came, with the place of each.
    pub fn each(&self, mut see: impl FnMut(u64, Arrival)) -> Result<()> {
        let mut at = 0;
        while let Some((it, next)) = self.next(at)? {
            see(at, it);
            at = next;
        }
        Ok(())
    }

    /// The head at a place, the first of which is 0, and the place behind it; `None` at the end.
    pub fn next(&self, at: u64) -> Result<Option<(Arrival, u64)>> {
        if at >= self.file.len() {
            return Ok(None);
        }
        let mut buffer = Vec::new();
        let (head, entry) = self.lengths(at, &mut buffer)?;
        self.read(at + LENGTHS_BYTES as u64, head, &mut buffer)?;
        let it = serde_json::from_slice(&buffer).context("could not read back a work file")?;
        Ok(Some((it, at + (LENGTHS_BYTES + head + entry) as u64)))
    }

    /// Reads the entry at a place that [`Waiting::push`] or [`Waiting::each`] gave.
    pub fn get(&self, at: u64) -> Result<(Arrival, Vec<u8>)> {
        let mut buffer = Vec::new();
        let (head, entry) = self.lengths(at, &mut buffer)?;
        self.read(at + LENGTHS_BYTES as u64, head + entry, &mut buffer)?;
        let bytes = buffer.split_off(head);
        let it = serde_json::from_slice(&buffer).context("could not read back a work file")?;
        Ok((it, bytes))
    }

    /// Empties it for the next channel.
    pub fn clear(&mut self) -> Result<()> {
        self.file.clear().context("could not empty a work file")
    }

    fn lengths(&self, at: u64, buffer: &mut Vec<u8>) -> Result<(usize, usize)> {
        self.read(at, LENGTHS_BYTES, buffer)?;
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .rev()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
        };
        let (head, entry) = buffer.split_at(LENGTHS_BYTES / 2);
        Ok((number(head), number(entry)))
    }

    fn read(&self, at: u64, len: usize, buffer: &mut Vec<u8>) -> Result<()> {
        self.file
            .read(at, len, buffer)
            .context("could not read back a work file")
    }
}
