//! The messages of the channel that is being packed: where each was written, and when it was
//! sent. This is the only thing that grows with a channel.

use hashbrown::{HashMap, HashSet, HashTable};
use migrate_model::Time;

/// The number of a message in its channel's log, in the order of packing.
pub type LogNumber = u32;

/// Where a message is, 24 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Logged {
    /// The hash of its id.
    pub id: u64,
    /// When it was written.
    pub time: Time,
    /// Where its entry begins: in the message section of the open part, or in the file of a
    /// closed one. A part has less than 4 GB. Of a message that is kept aside, its number there.
    pub at: u32,
    /// The length of its entry, without separator.
    pub len: u32,
}

/// The log of one channel.
///
/// A message takes 24 bytes, one of traits and about 6 in the table of ids; a reaction 8, or
/// about 12 if it did not stand behind its message.
#[derive(Default)]
pub struct ChannelLog {
    messages: Vec<Logged>,
    /// Of each message: whether it is a reply, whether it is kept aside and whether it was written
    /// from there, and how many quotes hang behind it.
    traits: Vec<u8>,
    numbers: HashTable<LogNumber>,
    /// The first message of each part: (number, part).
    parts: Vec<(LogNumber, u32)>,
    /// Of the messages that had to change: the hash of their first bytes.
    originals: HashMap<LogNumber, u64>,
    reactions: Vec<u64>,
    /// Those that came after the first question.
    late_reactions: HashSet<u64>,
    is_sorted: bool,
}

/// The bit of a reply in the traits.
const REPLY: u8 = 0x80;
/// The bit of a message that is kept aside.
const ASIDE: u8 = 0x40;
/// The bit of a message that is kept aside and was written all the same.
const WRITTEN: u8 = 0x20;
/// What stands below the bits: the length of the chain of quotes.
const CHAIN: u8 = WRITTEN - 1;

impl ChannelLog {
    /// Empties it for the next channel.
    pub fn clear(&mut self) {
        // Given back, not kept: the next channel is probably far smaller than the largest.
        *self = ChannelLog::default();
    }

    /// How many messages it has.
    pub fn len(&self) -> u32 {
        self.messages.len() as u32
    }

    /// Finds a message by the hash of its id.
    pub fn find(&self, id: u64) -> Option<LogNumber> {
        self.numbers
            .find(id, |number| self.messages[*number as usize].id == id)
            .copied()
    }

    /// A message.
    pub fn get(&self, number: LogNumber) -> Logged {
        self.messages[number as usize]
    }

    /// Whether a message is a reply.
    pub fn is_reply(&self, number: LogNumber) -> bool {
        self.traits[number as usize] & REPLY != 0
    }

    /// How many messages a message needs through quotes, one behind the other.
    pub fn quote_chain(&self, number: LogNumber) -> u8 {
        self.traits[number as usize] & CHAIN
    }

    /// Whether a message is kept aside, so that its entry stands there and not in a part.
    pub fn is_aside(&self, number: LogNumber) -> bool {
        self.traits[number as usize] & ASIDE != 0
    }

    /// Whether a message stands in any part.
    pub fn is_written(&self, number: LogNumber) -> bool {
        self.traits[number as usize] & (ASIDE | WRITTEN) != ASIDE
    }

    /// Notes that a message that is kept aside was written.
    pub fn write_aside(&mut self, number: LogNumber) {
        self.traits[number as usize] |= WRITTEN;
    }

    /// The part in which a message was written first, if it is not kept aside.
    pub fn part(&self, number: LogNumber) -> u32 {
        let after = self.parts.partition_point(|(first, _)| *first <= number);
        self.parts[after - 1].1
    }

    /// Adds a message that was written to the part of that number.
    pub fn push(&mut self, it: Logged, is_reply: bool, quote_chain: u8, part: u32) -> LogNumber {
        if self.parts.last().is_none_or(|(_, last)| *last != part) {
            self.parts.push((self.len(), part));
        }
        self.add(it, is_reply, quote_chain)
    }

    /// Adds a message that is kept aside.
    pub fn push_aside(&mut self, it: Logged, is_reply: bool, quote_chain: u8) {
        let number = self.add(it, is_reply, quote_chain);
        self.traits[number as usize] |= ASIDE;
    }

    fn add(&mut self, it: Logged, is_reply: bool, quote_chain: u8) -> LogNumber {
        let number = self.len();
        self.messages.push(it);
        self.traits.push(if is_reply {
            quote_chain | REPLY
        } else {
            quote_chain
        });
        let messages = &self.messages;
        self.numbers
            .insert_unique(it.id, number, |number| messages[*number as usize].id);
        number
    }

    /// Notes where a message is, now that its part is closed.
    pub fn moved(&mut self, number: LogNumber, at: u32) {
        self.messages[number as usize].at = at;
    }

    /// Notes that a message came with other bytes than it was written with, by their hash.
    pub fn changed(&mut self, number: LogNumber, original: u64) {
        self.originals.insert(number, original);
    }

    /// The hash of the bytes with which a message came, if it was written with others.
    pub fn original(&self, number: LogNumber) -> Option<u64> {
        self.originals.get(&number).copied()
    }

    /// Notes a reaction by the hash of all that makes it one.
    pub fn push_reaction(&mut self, reaction: u64) {
        if self.is_sorted {
            self.late_reactions.insert(reaction);
        } else {
            self.reactions.push(reaction);
        }
    }

    /// Whether a reaction was noted before.
    pub fn has_reaction(&mut self, reaction: u64) -> bool {
        if !self.is_sorted {
            self.reactions.sort_unstable();
            self.is_sorted = true;
        }
        self.late_reactions.contains(&reaction) || self.reactions.binary_search(&reaction).is_ok()
    }
}
