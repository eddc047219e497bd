//! What a conversion tells of what it writes, for its preview.
//!
//! Memory holds 40 bytes a channel and 8 a user; of the channel at hand 32 bytes a message and 12 a
//! reaction; and the messages that may be shown, bounded by the pool. What is lost of messages
//! stands in a work file, 16 bytes of memory each, until the channel at hand ends.

use anyhow::{Context, Result};
use hashbrown::{HashMap, HashSet};
use memchr::memmem::Finder;
use migrate_model::Time;

use super::choose::{self, Seen};
use super::model::{Channel, Count};
use super::pool::{Candidate, Key, Pool};
use super::tally::{ChannelCounts, Tally, reaction_name};
use crate::getstream::Spelling;
use crate::parts::section::Section;
use crate::parts::target::WorkFolder;

/// How many reactions to a message are shown.
pub const SHOWN_REACTIONS: usize = 20;
/// How many bytes of lost things are kept in memory.
const BUFFER_BYTES: usize = 256 << 10;
/// How many bytes are kept of what exactly was lost.
const DETAIL_BYTES: usize = 400;

/// What is known of the output while it is written.
pub struct Gather {
    spelling: Spelling,
    /// Counts of all.
    pub tally: Tally,
    /// By the number of a user: how many messages they wrote.
    authors: Vec<u64>,
    channels: Vec<ChannelCounts>,
    pool: Pool,
    /// The messages of the channel at hand, by their number in its log.
    seen: Vec<Seen>,
    /// Of each: the unit and the record.
    records: Vec<(u32, u32)>,
    reactions: Vec<Given>,
    /// The first reaction of each part: (place in `reactions`, part).
    reaction_parts: Vec<(u32, u32)>,
    losses: Losses,
    attached: Finder<'static>,
}

/// A reaction to a message of the channel at hand.
#[derive(Clone, Copy, Debug)]
struct Given {
    /// The number of the message.
    message: u32,
    /// Where its entry begins in the section of reactions of its part.
    at: u32,
    /// How long that is.
    len: u32,
}

/// A message that was written.
pub struct Written<'w> {
    /// Its number in the log of its channel.
    pub number: u32,
    /// The same of the message that it replies to.
    pub parent: Option<u32>,
    /// When it was written, in microseconds since 1970.
    pub micros: i64,
    /// The number of its author.
    pub author: Option<u32>,
    /// The unit and the record that it comes from; `None` for a root that was made.
    pub record: Option<(u32, u32)>,
    /// Whether it continues another message of its record.
    pub is_continued: bool,
    /// Its entry.
    pub entry: &'w [u8],
}

/// Reads back entries of the channel at hand.
pub trait Entries {
    /// The entry of a message, by its number.
    ///
    /// # Errors
    /// If it cannot be read back.
    fn message(&self, number: u32) -> Result<Vec<u8>>;

    /// The entry of a reaction, by its part and its place in the section there.
    ///
    /// # Errors
    /// If it cannot be read back.
    fn reaction(&self, part: u32, at: u32, len: u32) -> Result<Vec<u8>>;
}

/// Records, by unit and number.
pub type Records = HashSet<(u32, u32)>;

/// No record.
const NO_RECORD: (u32, u32) = (u32::MAX, 0);

impl Gather {
    /// Gathers for a preview of at most so many messages.
    pub fn new(most: usize, spelling: Spelling, work: &WorkFolder) -> Gather {
        Gather {
            spelling,
            tally: Tally::default(),
            authors: Vec::new(),
            channels: Vec::new(),
            pool: Pool::new(most),
            seen: Vec::new(),
            records: Vec::new(),
            reactions: Vec::new(),
            reaction_parts: Vec::new(),
            losses: Losses {
                kinds: Vec::new(),
                list: Vec::new(),
                details: Section::new(work.file("losses"), BUFFER_BYTES),
            },
            attached: Finder::new(ATTACHED),
        }
    }

    /// Takes a message of the channel at hand.
    pub fn message(&mut self, it: &Written<'_>) {
        self.tally.message(it.micros);
        if let Some(author) = it.author {
            let author = author as usize;
            if author >= self.authors.len() {
                self.authors.resize(author + 1, 0);
            }
            self.authors[author] += 1;
        }
        let has_attachments = self.attached.find(it.entry).is_some();
        let mut traits = choose::WRITTEN;
        traits |= if has_attachments {
            choose::ATTACHMENTS
        } else {
            0
        };
        traits |= if it.is_continued {
            choose::CONTINUED
        } else {
            0
        };
        let number = it.number as usize;
        if number >= self.seen.len() {
            self.seen.resize(number + 1, Seen::HOLE);
            self.records.resize(number + 1, NO_RECORD);
        }
        self.seen[number] = Seen {
            micros: it.micros,
            len: it.entry.len() as u32,
            parent: it.parent.unwrap_or(choose::NONE),
            reactions: self.seen[number].reactions,
            traits,
        };
        self.records[number] = it.record.unwrap_or(NO_RECORD);
    }

    /// Takes a reaction to a message of the channel at hand: the number of that, and where its own
    /// entry stands in the section of reactions of a part.
    pub fn reaction(&mut self, message: u32, entry: &[u8], part: u32, at: u32) {
        self.tally.reaction(reaction_name(self.spelling, entry));
        if let Some(seen) = self.seen.get_mut(message as usize) {
            seen.reactions += 1;
        }
        if self
            .reaction_parts
            .last()
            .is_none_or(|(_, last)| *last != part)
        {
            self.reaction_parts
                .push((self.reactions.len() as u32, part));
        }
        self.reactions.push(Given {
            message,
            at,
            len: entry.len() as u32,
        });
    }

    /// Notes that something of a record of the channel at hand was lost.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn lose(&mut self, record: (u32, u32), kind: &'static str, detail: &str) -> Result<()> {
        self.losses.add(record, kind, detail)
    }

    /// Ends the channel at hand. `examples` are records of which something was lost as the first of
    /// its kind.
    ///
    /// # Errors
    /// If an entry cannot be read back.
    pub fn end_channel(
        &mut self,
        (channel, members): (u32, usize),
        examples: impl FnOnce() -> Records,
        entries: &dyn Entries,
    ) -> Result<()> {
        let written = || self.seen.iter().filter(|it| it.has(choose::WRITTEN));
        let time = |micros: Option<i64>| micros.and_then(Time::from_micros);
        let counts = ChannelCounts {
            channel,
            members: members as u32,
            messages: written().count() as u32,
            reactions: self.reactions.len() as u32,
            span: time(written().map(|it| it.micros).min())
                .zip(time(written().map(|it| it.micros).max())),
        };
        self.channels.push(counts);
        if counts.messages > 0 && self.pool.most() > 0 {
            self.mark_losses(examples);
            self.choose(&counts, entries)?;
        }
        self.seen = Vec::new();
        self.records = Vec::new();
        self.reactions = Vec::new();
        self.reaction_parts = Vec::new();
        self.losses.clear()
    }

    /// Notes which messages had losses.
    fn mark_losses(&mut self, examples: impl FnOnce() -> Records) {
        if self.losses.list.is_empty() {
            return;
        }
        self.losses.list.sort_by_key(|it| it.record);
        let examples = examples();
        for (seen, record) in self.seen.iter_mut().zip(&self.records) {
            if !seen.has(choose::CONTINUED) && !self.losses.of(*record).is_empty() {
                let is_example = examples.contains(record);
                seen.traits |= choose::LOSS | if is_example { choose::EXAMPLE } else { 0 };
            }
        }
    }

    /// Gives the pool what it takes of the channel at hand.
    fn choose(&mut self, counts: &ChannelCounts, entries: &dyn Entries) -> Result<()> {
        let replies = choose::reply_counts(&self.seen);
        let picks = self.pool.picks(counts, &self.seen, &replies);
        let mut reactions = self.reactions_to(picks.iter().map(|(_, pick)| pick.at));
        for (key, pick) in picks {
            if !self.pool.takes(&key) {
                break;
            }
            let seen = self.seen[pick.at as usize];
            let record = self.records[pick.at as usize];
            let given = reactions.remove(&pick.at).unwrap_or_default();
            let given = given.into_iter().map(|at| self.read_reaction(at, entries));
            let has_losses = seen.has(choose::LOSS);
            let candidate = Candidate {
                at: pick.at,
                parent: seen.parent,
                micros: seen.micros,
                entry: entries.message(pick.at)?,
                reactions: given.collect::<Result<_>>()?,
                reply_count: replies[pick.at as usize].into(),
                why: pick.why,
                record: (record != NO_RECORD).then_some(record),
                losses: match has_losses {
                    true => self.losses.read(record)?,
                    false => Vec::new(),
                },
            };
            self.pool.add(key, candidate);
        }
        Ok(())
    }

    /// The first reactions to some messages, by their places in the list.
    fn reactions_to(&self, messages: impl Iterator<Item = u32>) -> HashMap<u32, Vec<u32>> {
        let with_some = messages.filter(|at| self.seen[*at as usize].reactions > 0);
        let mut found: HashMap<u32, Vec<u32>> = with_some.map(|at| (at, Vec::new())).collect();
        if found.is_empty() {
            return found;
        }
        for (it, at) in self.reactions.iter().zip(0..) {
            if let Some(list) = found.get_mut(&it.message)
                && list.len() < SHOWN_REACTIONS
            {
                list.push(at);
            }
        }
        found
    }

    fn read_reaction(&self, at: u32, entries: &dyn Entries) -> Result<Vec<u8>> {
        let it = self.reactions[at as usize];
        let after = self
            .reaction_parts
            .partition_point(|(first, _)| *first <= at);
        let (_, part) = self.reaction_parts[after - 1];
        entries.reaction(part, it.at, it.len)
    }

    /// Ends the run.
    pub fn finish(mut self) -> Finished {
        Finished {
            days: self.tally.days(),
            reactions: self.tally.reactions(),
            authors: self.authors,
            channels: self.channels,
            shown: self.pool.finish(),
        }
    }
}

/// How attachments begin in an entry. Within a text the quote would have a backslash before it.
const ATTACHED: &[u8] = b"\"attachments\":[{";

/// What was gathered of a whole run.
pub struct Finished {
    /// See [`Preview::days`](super::model::Preview::days).
    pub days: Vec<(i32, u64)>,
    /// See [`Preview::reactions`](super::model::Preview::reactions).
    pub reactions: Vec<Count>,
    /// By the number of a user: how many messages they wrote.
    pub authors: Vec<u64>,
    /// All channels.
    pub channels: Vec<ChannelCounts>,
    /// What is shown.
    pub shown: Vec<(Key, Candidate)>,
}

/// What a conversion gathered, but for what the source alone tells.
pub struct Gathered {
    /// See [`Preview::days`](super::model::Preview::days).
    pub days: Vec<(i32, u64)>,
    /// The channels that are listed.
    pub channels: Vec<Channel>,
    /// Of the messages of each: the unit and the record.
    pub records: Vec<Vec<Option<(u32, u32)>>>,
    /// How many channels there are in all.
    pub channel_count: u64,
    /// Who wrote most.
    pub people: Vec<Count>,
    /// The most frequent reactions.
    pub reactions: Vec<Count>,
    /// Whom the messages shown refer to.
    pub users: Vec<super::model::User>,
}

/// What was lost of messages of the channel at hand.
struct Losses {
    /// All kinds that were met.
    kinds: Vec<&'static str>,
    list: Vec<Lost>,
    /// The numbers of kinds and the details.
    details: Section,
}

/// Something that was lost.
#[derive(Clone, Copy, Debug)]
struct Lost {
    record: (u32, u32),
    /// Where it stands among the details, and how long that is.
    at: u64,
    len: u16,
    kind: u16,
}

impl Losses {
    fn add(&mut self, record: (u32, u32), kind: &'static str, detail: &str) -> Result<()> {
        let known = self.kinds.iter().position(|known| *known == kind);
        let kind = known.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        let len = detail.floor_char_boundary(DETAIL_BYTES);
        let at = self.details.append(&[&detail.as_bytes()[..len]]);
        self.list.push(Lost {
            record,
            at: at.context("could not write a work file beside the output")?,
            len: len as u16,
            kind: kind as u16,
        });
        Ok(())
    }

    /// What was lost of a record, once they are sorted.
    fn of(&self, record: (u32, u32)) -> &[Lost] {
        let start = self.list.partition_point(|it| it.record < record);
        let rest = &self.list[start..];
        &rest[..rest.partition_point(|it| it.record == record)]
    }

    /// The same in words.
    fn read(&self, record: (u32, u32)) -> Result<Vec<(String, String)>> {
        let mut detail = Vec::new();
        let lost = self.of(record).iter().map(|it| {
            let read = self.details.read(it.at, usize::from(it.len), &mut detail);
            read.context("could not read back a work file")?;
            let kind = self.kinds[usize::from(it.kind)].to_owned();
            Ok((kind, String::from_utf8_lossy(&detail).into_owned()))
        });
        lost.take(SHOWN_LOSSES).collect()
    }

    fn clear(&mut self) -> Result<()> {
        self.list = Vec::new();
        self.details.clear().context("could not empty a work file")
    }
}

/// How many losses of a message are shown.
const SHOWN_LOSSES: usize = 20;
