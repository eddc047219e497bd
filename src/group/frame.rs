//! The frame around a record in a work file: how long it is, what it is, and where it stood.

use anyhow::{Context, Result};
use migrate_model::{ChannelRef, Kind, Loss, Outcome};

use super::codec;
use super::gather::Kinds;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A message.
    Message,
    /// A reaction.
    Reaction,
    /// A loss.
    Loss,
    /// A user.
    User,
    /// A channel.
    Channel,
    /// A member, behind the key of its channel.
    Member,
}

const TAGS: [Tag; 6] = [
    Tag::Message,
    Tag::Reaction,
    Tag::Loss,
    Tag::User,
    Tag::Channel,
    Tag::Member,
];

/// What stands before a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub tag: Tag,
    /// Where it stood: the unit's place in the source's list.
    pub unit: u32,
    /// The record in that unit.
    pub record: u32,
    /// The number of the kind under which it was derived, if it was.
    pub made: Option<u32>,
    /// Of a message the hash of its id, of a reaction that of its message's; 0 for none.
    pub id: u64,
    /// Of a message: the hash of its parent's id; 0 for none.
    pub parent: u64,
    /// Of a message: when it was written, in microseconds since 1970; without a time the last
    /// there is.
    pub micros: i64,
}

/// How many bytes stand before a frame's contents: their length.
pub const LENGTH_BYTES: usize = 8;

impl Frame {
    /// Writes a frame; `file` is where the record stood if that is not the unit, and `contents`
    /// writes what is in it.
    pub fn write(&self, out: &mut Vec<u8>, file: &str, contents: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        let mut head = [0; LENGTH_BYTES + 25];
        let (_, rest) = head.split_at_mut(LENGTH_BYTES);
        let numbers = [self.id, self.parent, self.micros as u64];
        if let Some((tag, rest)) = rest.split_first_mut() {
            *tag = self.tag as u8;
            for (place, number) in rest.chunks_exact_mut(8).zip(numbers) {
                place.copy_from_slice(&number.to_le_bytes());
            }
        }
        out.extend_from_slice(&head);
        codec::write_number(out, self.unit.into());
        codec::write_number(out, self.record.into());
        codec::write_number(out, self.made.map_or(0, |kind| u64::from(kind) + 1));
        codec::write_text(out, file);
        contents(out);
        let len = (out.len() - start - LENGTH_BYTES) as u64;
        if let Some(place) = out.get_mut(start..start + LENGTH_BYTES) {
            place.copy_from_slice(&len.to_le_bytes());
        }
    }

    /// Whether two records stood at one place.
    pub fn is_beside(&self, other: &Frame) -> bool {
        (self.unit, self.record) == (other.unit, other.record)
    }

    /// Takes a frame from `bytes`: what it says, the file that was named, and its contents.
    ///
    /// # Errors
    /// If there is none.
    pub fn take<'b>(bytes: &mut &'b [u8]) -> Result<(Frame, &'b str, &'b [u8])> {
        let len = length(bytes).context(DAMAGED)?;
        let (_, rest) = bytes.split_at_checked(LENGTH_BYTES).context(DAMAGED)?;
        let (mut inside, rest) = rest.split_at_checked(len).context(DAMAGED)?;
        *bytes = rest;
        let small = |number: u64| u32::try_from(number).context(DAMAGED);
        let tag = usize::from(codec::byte(&mut inside)?);
        let frame = Frame {
            tag: *TAGS.get(tag).context(DAMAGED)?,
            id: u64::from_le_bytes(codec::eight(&mut inside)?),
            parent: u64::from_le_bytes(codec::eight(&mut inside)?),
            micros: i64::from_le_bytes(codec::eight(&mut inside)?),
            unit: small(codec::number(&mut inside)?)?,
            record: small(codec::number(&mut inside)?)?,
            made: match codec::number(&mut inside)? {
                0 => None,
                kind => Some(small(kind - 1)?),
            },
        };
        let file = codec::text(&mut inside)?;
        Ok((frame, file, inside))
    }
}

const DAMAGED: &str = "a work file was changed by somebody else";

/// The length of the contents of the frame that begins here; `None` if that is cut off.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let len: &[u8; LENGTH_BYTES] = bytes.first_chunk()?;
    usize::try_from(u64::from_le_bytes(*len)).ok()
}

/// How many bytes the frame that begins here has; as far as is known if it is cut off.
pub fn total(bytes: &[u8]) -> usize {
    LENGTH_BYTES.saturating_add(length(bytes).unwrap_or(0))
}

/// Whether the frame that begins here holds a message.
pub fn is_message(bytes: &[u8]) -> bool {
    bytes.get(LENGTH_BYTES) == Some(&(Tag::Message as u8))
}

const OUTCOMES: [Outcome; 4] = [
    Outcome::Field,
    Outcome::LeftOut,
    Outcome::Merged,
    Outcome::Excluded,
];

/// Writes a loss; `kind` is the number of its kind.
pub fn write_loss(out: &mut Vec<u8>, kind: u32, loss: &Loss<'_>) {
    codec::write_number(out, kind.into());
    out.push(loss.outcome as u8);
    out.push(loss.of as u8);
    codec::write_number(out, loss.count.into());
    codec::write_text(out, &loss.detail);
}

/// Reads a loss.
///
/// # Errors
/// If there is none.
pub fn read_loss<'b>(bytes: &mut &'b [u8], kinds: &Kinds) -> Result<Loss<'b>> {
    let kind = kinds.get(codec::number(bytes)?)?;
    let outcome = OUTCOMES.get(usize::from(codec::byte(bytes)?));
    let of = Kind::ALL.get(usize::from(codec::byte(bytes)?));
    Ok(Loss {
        kind,
        outcome: *outcome.context(DAMAGED)?,
        of: *of.context(DAMAGED)?,
        channel: ChannelRef::Unit,
        count: u32::try_from(codec::number(bytes)?).context(DAMAGED)?,
        detail: codec::text(bytes)?.into(),
    })
}
