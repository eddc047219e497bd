//! What a conversion tells of what it writes, for its preview.
//!
//! Memory holds 40 bytes a channel and 8 a user; of the channel at hand 36 bytes a message, and 8 for
//! each of which something was lost; and the messages that may be shown, bounded by the pool.
//! Reactions and losses of the channel at hand stand in work files. If no message is to be shown,
//! channels and users are counted alone.

use std::borrow::Cow;

use anyhow::{Context, Result};
use hashbrown::{HashMap, HashSet};
use memchr::memmem::Finder;
use migrate_model::Time;

use super::choose::{self, Seen};
use super::model::{Channel, Count};
use super::pool::{Candidate, Key, Pool};
use super::rows::Rows;
use super::tally::{ChannelCounts, Tally, reaction_name};
use crate::getstream::Spelling;
use crate::parts::section::Section;
use crate::parts::target::WorkFolder;
use crate::redact::discreet_start;

/// How many reactions to a message are shown.
pub const SHOWN_REACTIONS: usize = 20;
/// How many bytes the entry of a reaction has at most that is shown.
pub const REACTION_BYTES: u32 = 10_000;
/// How many bytes of details are kept in memory.
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
    /// How many messages and reactions the channel at hand has, and the times of its first and its
    /// last message.
    messages: u32,
    reactions: u32,
    span: Option<(i64, i64)>,
    /// The messages of the channel at hand, by their number in its log.
    seen: Vec<Seen>,
    /// Of each: the unit and the record.
    records: Vec<(u32, u32)>,
    /// The number of the message, that of the name, and the fields of [`Given`]; of one that is only
    /// counted the length is 0.
    given: Rows<5>,
    losses: Losses,
    attached: Finder<'static>,
}

/// A reaction to a message of the channel at hand.
#[derive(Clone, Copy, Debug)]
struct Given {
    part: u32,
    /// Where its entry begins in the section of reactions of its part.
    at: u32,
    /// How long that is.
    len: u32,
}

/// The reactions to a message.
#[derive(Default)]
struct GivenTo {
    /// The first.
    first: Vec<Given>,
    /// The numbers of the names of all.
    names: Vec<u32>,
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
            messages: 0,
            reactions: 0,
            span: None,
            seen: Vec::new(),
            records: Vec::new(),
            given: Rows::new(work.file("preview-reactions")),
            losses: Losses::new(work),
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
        self.messages += 1;
        let (first, last) = self.span.get_or_insert((it.micros, it.micros));
        *first = it.micros.min(*first);
        *last = it.micros.max(*last);
        if self.pool.most() == 0 {
            return;
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
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn reaction(&mut self, message: u32, entry: &[u8], part: u32, at: u32) -> Result<()> {
        let name = self.tally.reaction(reaction_name(self.spelling, entry));
        self.reactions += 1;
        if self.pool.most() == 0 {
            return Ok(());
        }
        let seen = self.seen.get_mut(message as usize);
        let is_kept = seen.is_none_or(|seen| {
            seen.reactions += 1;
            seen.reactions as usize <= SHOWN_REACTIONS
        });
        let len = entry.len() as u32;
        let len = if is_kept && len <= REACTION_BYTES {
            len
        } else {
            0
        };
        self.given.push([message, name, part, at, len])
    }

    /// Notes that something of a record of the channel at hand was lost.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn lose(&mut self, record: (u32, u32), kind: &'static str, detail: &str) -> Result<()> {
        match self.pool.most() {
            0 => Ok(()),
            _ => self.losses.add(record, kind, detail),
        }
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
        let span = std::mem::take(&mut self.span);
        let counts = ChannelCounts {
            channel,
            members: members as u32,
            messages: std::mem::take(&mut self.messages),
            reactions: std::mem::take(&mut self.reactions),
            span: span
                .and_then(|(first, last)| Time::from_micros(first).zip(Time::from_micros(last))),
        };
        self.channels.push(counts);
        if self.pool.most() == 0 {
            return Ok(());
        }
        if counts.messages > 0 {
            self.mark_losses(examples);
            self.choose(&counts, entries)?;
        }
        self.seen = Vec::new();
        self.records = Vec::new();
        self.given.clear()?;
        self.losses.clear()
    }

    /// Notes which messages had losses.
    fn mark_losses(&mut self, examples: impl FnOnce() -> Records) {
        if self.losses.records.is_empty() {
            return;
        }
        self.losses.sort();
        let examples = examples();
        for (seen, record) in self.seen.iter_mut().zip(&self.records) {
            if !seen.has(choose::CONTINUED) && self.losses.has(*record) {
                let is_example = examples.contains(record);
                seen.traits |= choose::LOSS | if is_example { choose::EXAMPLE } else { 0 };
            }
        }
    }

    /// Gives the pool what it takes of the channel at hand.
    fn choose(&mut self, counts: &ChannelCounts, entries: &dyn Entries) -> Result<()> {
        let replies = choose::reply_counts(&self.seen);
        let picks = self.pool.picks(counts, &self.seen, &replies);
        let mut reactions = self.reactions_to(picks.iter().map(|(_, pick)| pick.at))?;
        let lossy = picks.iter().map(|(_, pick)| pick.at as usize);
        let lossy = lossy.filter(|at| self.seen[*at].has(choose::LOSS));
        let losses = self.losses.of(lossy.map(|at| self.records[at]))?;
        for (key, pick) in picks {
            if !self.pool.takes(&key) {
                break;
            }
            let seen = self.seen[pick.at as usize];
            let record = self.records[pick.at as usize];
            let given = reactions.remove(&pick.at).unwrap_or_default();
            let first = { given.first.iter() }.map(|it| entries.reaction(it.part, it.at, it.len));
            let lost = losses.get(&record).filter(|_| seen.has(choose::LOSS));
            let loss_count = lost.map_or(0, |it| it.count);
            let lost = lost.into_iter().flat_map(|it| &it.first);
            let candidate = Candidate {
                at: pick.at,
                parent: seen.parent,
                micros: seen.micros,
                entry: entries.message(pick.at)?,
                reactions: first.collect::<Result<_>>()?,
                reaction_count: seen.reactions.into(),
                reaction_names: self.tally.named(given.names.into_iter(), SHOWN_REACTIONS),
                reply_count: replies[pick.at as usize].into(),
                why: pick.why,
                record: (record != NO_RECORD).then_some(record),
                losses: lost.map(|it| self.losses.read(it)).collect::<Result<_>>()?,
                loss_count,
            };
            self.pool.add(key, candidate);
        }
        Ok(())
    }

    /// The reactions to some messages.
    fn reactions_to(&self, messages: impl Iterator<Item = u32>) -> Result<HashMap<u32, GivenTo>> {
        let with_some = messages.filter(|at| self.seen[*at as usize].reactions > 0);
        let mut found: HashMap<u32, GivenTo> =
            with_some.map(|at| (at, GivenTo::default())).collect();
        if found.is_empty() {
            return Ok(found);
        }
        self.given.each(|[message, name, part, at, len]| {
            if let Some(given) = found.get_mut(&message) {
                given.names.push(name);
                if len > 0 && given.first.len() < SHOWN_REACTIONS {
                    given.first.push(Given { part, at, len });
                }
            }
        })?;
        Ok(found)
    }

    /// Ends the run.
    pub fn finish(mut self) -> Finished {
        Finished {
            days: self.tally.days(),
            reactions: self.tally.reactions(),
            reaction_kinds: self.tally.reaction_kinds(),
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
    /// See [`Preview::reaction_kinds`](super::model::Preview::reaction_kinds).
    pub reaction_kinds: u64,
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
    /// How many kinds of reaction there are.
    pub reaction_kinds: u64,
    /// Whom the messages shown refer to.
    pub users: Vec<super::model::User>,
}

/// What was lost of messages of the channel at hand.
struct Losses {
    /// All kinds that were met.
    kinds: Vec<&'static str>,
    /// Records of which something was lost; sorted when the channel ends.
    records: Vec<(u32, u32)>,
    /// How much was lost of the last of them in a row.
    run: usize,
    /// Unit, record, number of the kind, length of the detail; none of what is only counted.
    list: Rows<4>,
    /// The details one behind the other.
    details: Section,
}

/// Something that was lost.
#[derive(Clone, Copy, Debug)]
struct Lost {
    /// Where it stands among the details, and how long that is.
    at: u64,
    len: u32,
    kind: u32,
}

/// What was lost of a record.
#[derive(Default)]
struct LostOf {
    first: Vec<Lost>,
    /// How much in all.
    count: u64,
}

impl Losses {
    fn new(work: &WorkFolder) -> Losses {
        Losses {
            kinds: Vec::new(),
            records: Vec::new(),
            run: 0,
            list: Rows::new(work.file("preview-losses")),
            details: Section::new(work.file("preview-details"), BUFFER_BYTES),
        }
    }

    fn add(&mut self, record: (u32, u32), kind: &'static str, detail: &str) -> Result<()> {
        if self.records.last() != Some(&record) {
            self.records.push(record);
            self.run = 0;
        }
        self.run += 1;
        let (unit, number) = record;
        if self.run > SHOWN_LOSSES {
            return self.list.push([unit, number, 0, 0]);
        }
        let known = self.kinds.iter().position(|known| *known == kind);
        let kind = known.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        // A long one is cut where it shows no half of a secret or an address.
        let detail = match detail.len() {
            ..=DETAIL_BYTES => Cow::Borrowed(detail),
            _ => Cow::Owned(discreet_start(detail, DETAIL_BYTES)),
        };
        let len = detail.len();
        let written = self.details.append(&[detail.as_bytes()]);
        written.context("could not write a work file beside the output")?;
        self.list.push([unit, number, kind as u32, len as u32])
    }

    /// Sorts the records of which something was lost.
    fn sort(&mut self) {
        self.records.sort_unstable();
        self.records.dedup();
    }

    /// Whether something was lost of a record, once they are sorted.
    fn has(&self, record: (u32, u32)) -> bool {
        self.records.binary_search(&record).is_ok()
    }

    /// What was lost of some records.
    fn of(&self, records: impl Iterator<Item = (u32, u32)>) -> Result<HashMap<(u32, u32), LostOf>> {
        let mut found: HashMap<_, LostOf> = records.map(|it| (it, LostOf::default())).collect();
        if found.is_empty() {
            return Ok(found);
        }
        let mut at = 0;
        self.list.each(|[unit, record, kind, len]| {
            if let Some(lost) = found.get_mut(&(unit, record)) {
                lost.count += 1;
                if lost.first.len() < SHOWN_LOSSES {
                    lost.first.push(Lost { at, len, kind });
                }
            }
            at += u64::from(len);
        })?;
        Ok(found)
    }

    /// The kind and the detail.
    fn read(&self, it: &Lost) -> Result<(String, String)> {
        let mut detail = Vec::new();
        let read = self.details.read(it.at, it.len as usize, &mut detail);
        read.context("could not read back a work file")?;
        let kind = self.kinds[it.kind as usize].to_owned();
        Ok((kind, String::from_utf8_lossy(&detail).into_owned()))
    }

    fn clear(&mut self) -> Result<()> {
        self.records = Vec::new();
        self.list.clear()?;
        self.details.clear().context("could not empty a work file")
    }
}

/// How many losses of a message are shown.
const SHOWN_LOSSES: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries that say where they stand.
    struct Placed;

    impl Entries for Placed {
        fn message(&self, number: u32) -> Result<Vec<u8>> {
            Ok(number.to_string().into_bytes())
        }

        fn reaction(&self, part: u32, at: u32, len: u32) -> Result<Vec<u8>> {
            Ok(format!("{part} {at} {len}").into_bytes())
        }
    }

    /// Gathers of a channel with 30 messages, each with 25 reactions and 25 losses in turns.
    fn gather(most: usize, work: &WorkFolder) -> Gather {
        let mut gather = Gather::new(most, Spelling::Array, work);
        for number in 0..30 {
            gather.message(&Written {
                number,
                parent: None,
                micros: number.into(),
                author: Some(0),
                record: Some((1, number)),
                is_continued: false,
                entry: b"{}",
            });
        }
        for n in 0..25 {
            for number in 0..30 {
                gather.reaction(number, b"{}", n, number).unwrap();
                let detail = format!("{number} {n}");
                gather.lose((1, number), "kind", &detail).unwrap();
            }
        }
        gather
    }

    #[test]
    fn reactions_and_losses_are_found_again() {
        let work = WorkFolder::temporary(&std::env::temp_dir()).unwrap();
        let mut gather = gather(100, &work);
        let examples = || [(1, 7)].into_iter().collect();
        gather.end_channel((0, 0), examples, &Placed).unwrap();
        let finished = gather.finish();
        assert_eq!(finished.channels[0].reactions, 750);
        assert_eq!(finished.shown.len(), 30);
        assert_eq!(finished.shown[0].1.at, 7);
        for (_, it) in finished.shown {
            let reactions = (0..20).map(|n| format!("{n} {} 2", it.at).into_bytes());
            assert_eq!(it.reactions, reactions.collect::<Vec<_>>());
            let losses = (0..20).map(|n| ("kind".to_owned(), format!("{} {n}", it.at)));
            assert_eq!(it.losses, losses.collect::<Vec<_>>());
            assert_eq!((it.reaction_count, it.loss_count), (25, 25));
            assert_eq!(it.reaction_names, [(String::new(), 25)]);
        }
    }

    #[test]
    fn a_detail_is_not_cut_within_an_address() {
        let work = WorkFolder::temporary(&std::env::temp_dir()).unwrap();
        for before in 385..400 {
            let mut losses = Losses::new(&work);
            let detail = format!("{} ann.lee@example.com", "x".repeat(before));
            losses.add((1, 1), "kind", &detail).unwrap();
            let found = losses.of([(1, 1)].into_iter()).unwrap();
            let (_, shown) = losses.read(&found[&(1, 1)].first[0]).unwrap();
            assert!(!shown.contains("ann") && shown.contains('…'), "{shown}");
            losses.clear().unwrap();
        }
    }

    #[test]
    fn what_is_not_shown_is_only_counted() {
        let work = WorkFolder::temporary(&std::env::temp_dir()).unwrap();
        let mut gather = gather(0, &work);
        let kept = (gather.seen.capacity(), gather.records.capacity());
        assert_eq!((kept, gather.losses.records.capacity()), ((0, 0), 0));
        let mut given = 0;
        gather.given.each(|_| given += 1).unwrap();
        assert_eq!(given, 0);
        gather.end_channel((0, 2), HashSet::new, &Placed).unwrap();
        let finished = gather.finish();
        let counts = finished.channels[0];
        assert_eq!((counts.messages, counts.reactions), (30, 750));
        let span = counts
            .span
            .map(|(first, last)| (first.micros(), last.micros()));
        assert_eq!(span, Some((0, 29)));
        assert_eq!((finished.authors, finished.shown.len()), (vec![30], 0));
    }
}
