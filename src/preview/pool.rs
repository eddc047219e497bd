//! The messages that are shown, of those that may be: as many as were asked for, and no more bytes
//! than a page can hold, whatever comes.
//!
//! Each has a key that says when it is its turn, and the beginning of all in that order is shown. So
//! what does not belong to the beginning of those that have come will not be shown either, and
//! memory holds twice of what is shown at most.

use std::cmp::Reverse;

use super::choose::{EXAMPLE, LONGEST_ENTRY, Pick, Seen, choose};
use super::model::Why;
use super::tally::ChannelCounts;

/// When it is a message's turn to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The round, as in [`Pick`](super::choose::Pick).
    pub level: u32,
    /// How many messages its channel has: large ones come first.
    pub size: Reverse<u64>,
    /// Its channel.
    pub channel: u32,
    /// Its place among the picks of the channel.
    pub place: u32,
}

/// A message that may be shown.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its place in the channel.
    pub at: u32,
    /// The same of the message that it replies to, or [`NONE`](super::choose::NONE).
    pub parent: u32,
    /// When it was written, in microseconds since 1970.
    pub micros: i64,
    /// Its entry.
    pub entry: Vec<u8>,
    /// The entries of the first reactions to it.
    pub reactions: Vec<Vec<u8>>,
    /// How many reactions there are.
    pub reaction_count: u64,
    /// The names of the most frequent ones, each with how often it is there.
    pub reaction_names: Vec<(String, u64)>,
    /// How many replies it has.
    pub reply_count: u64,
    /// Why it is shown.
    pub why: Why,
    /// The unit and the record that it comes from, if it comes from a source.
    pub record: Option<(u32, u32)>,
    /// What was lost of it first: kinds and details.
    pub losses: Vec<(String, String)>,
    /// How much was lost of it.
    pub loss_count: u64,
}

impl Candidate {
    /// How much room it takes on a page, in bytes.
    fn bytes(&self) -> usize {
        let reactions: usize = self.reactions.iter().map(Vec::len).sum();
        let losses = self.losses.iter();
        let losses: usize = losses.map(|(kind, detail)| kind.len() + detail.len()).sum();
        let names = self.reaction_names.iter();
        let names: usize = names.map(|(name, _)| name.len()).sum();
        self.entry.len() + reactions + names + losses
    }
}

/// The candidates that may still be shown.
pub struct Pool {
    most: usize,
    most_bytes: usize,
    held: Vec<(Key, Candidate)>,
    held_bytes: usize,
    /// What comes from here on in the order is not shown.
    end: Option<Key>,
}

/// How many bytes of entries are shown for each message that is asked for, on the average. Most
/// have less than half of that.
const BYTES_EACH: usize = 2_000;
/// How many are shown however few messages are asked for, which are ten of the longest entries.
const LEAST_BYTES: usize = 10 * LONGEST_ENTRY as usize;
/// And however many, since no page holds more.
const MOST_BYTES: usize = 10_000_000;

impl Pool {
    /// A pool for so many messages.
    pub fn new(most: usize) -> Pool {
        Pool {
            most,
            most_bytes: most
                .saturating_mul(BYTES_EACH)
                .clamp(LEAST_BYTES, MOST_BYTES),
            held: Vec::new(),
            held_bytes: 0,
            end: None,
        }
    }

    /// How many messages are shown at most.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Whether what comes with this key may be shown.
    pub fn takes(&self, key: &Key) -> bool {
        self.most > 0 && self.end.is_none_or(|end| *key < end)
    }

    /// What may be shown of a channel, in order; `replies` says how many each message has.
    pub fn picks(
        &self,
        counts: &ChannelCounts,
        seen: &[Seen],
        replies: &[u32],
    ) -> Vec<(Key, Pick)> {
        let key = |level, place| Key {
            level,
            size: Reverse(counts.messages.into()),
            channel: counts.channel,
            place,
        };
        let has_examples = seen.iter().any(|it| it.has(EXAMPLE));
        if seen.is_empty() || !self.takes(&key(u32::from(!has_examples), 0)) {
            return Vec::new();
        }
        let last_level = self.end.map_or(u32::MAX, |end| end.level);
        let picks = choose(seen, replies, self.most, last_level);
        let picks = picks.into_iter().zip(0..);
        let picks = picks.map(|(pick, place)| (key(pick.level, place), pick));
        picks.take_while(|(key, _)| self.takes(key)).collect()
    }

    /// Adds a candidate that [`Pool::takes`].
    pub fn add(&mut self, key: Key, it: Candidate) {
        self.held_bytes += it.bytes();
        self.held.push((key, it));
        let is_full = self.held.len() >= self.most.saturating_mul(2);
        if is_full || self.held_bytes > 2 * self.most_bytes {
            self.trim();
        }
    }

    /// Drops what is not shown. No candidate has so many bytes that it ends the list alone, since
    /// entries that long are not picked.
    fn trim(&mut self) {
        self.held.sort_unstable_by_key(|(key, _)| *key);
        let mut bytes = 0;
        let fit = self.held.iter().take(self.most).take_while(|(_, it)| {
            bytes += it.bytes();
            bytes <= self.most_bytes
        });
        let fit = fit.count();
        if let Some((end, _)) = self.held.get(fit) {
            self.end = Some(*end);
        }
        self.held.truncate(fit);
        self.held_bytes = self.held.iter().map(|(_, it)| it.bytes()).sum();
    }

    /// What is shown, in order of turns.
    pub fn finish(mut self) -> Vec<(Key, Candidate)> {
        self.trim();
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::super::choose::{NONE, WRITTEN, reply_counts};
    use super::*;

    fn shown(most: usize, lens: &[u32]) -> Vec<u32> {
        let mut pool = Pool::new(most);
        let seen = lens.iter().zip(0..).map(|(len, micros)| Seen {
            micros,
            len: *len,
            parent: NONE,
            reactions: 0,
            traits: WRITTEN,
        });
        let seen: Vec<Seen> = seen.collect();
        let counts = ChannelCounts {
            channel: 0,
            members: 0,
            messages: seen.len() as u32,
            reactions: 0,
            span: None,
        };
        for (key, pick) in pool.picks(&counts, &seen, &reply_counts(&seen)) {
            let it = seen[pick.at as usize];
            let candidate = Candidate {
                at: pick.at,
                parent: it.parent,
                micros: it.micros,
                entry: vec![b'x'; it.len as usize],
                reactions: Vec::new(),
                reaction_count: 0,
                reaction_names: Vec::new(),
                reply_count: 0,
                why: pick.why,
                record: None,
                losses: Vec::new(),
                loss_count: 0,
            };
            pool.add(key, candidate);
        }
        let mut shown: Vec<u32> = pool.finish().iter().map(|(_, it)| it.at).collect();
        shown.sort_unstable();
        shown
    }

    #[test]
    fn no_single_message_takes_the_room_of_all() {
        let others: Vec<u32> = (0..9).collect();
        for large in [2_000_000, LONGEST_ENTRY + 1] {
            // The newest, and the longest as well.
            let lens = [&[400; 9][..], &[large]].concat();
            assert_eq!(shown(100, &lens), others);
            assert_eq!(shown(2_000, &lens), others);
        }
        // Nor do several of the longest that are shown.
        let lens = [&[400; 9][..], &[LONGEST_ENTRY; 3]].concat();
        assert_eq!(shown(1, &lens).len(), 1);
        assert_eq!(shown(100, &lens).len(), 12);
    }

    #[test]
    fn a_page_gets_no_more_than_it_can_hold() {
        for most in [100, 20_000] {
            let shown = shown(most, &[100_000; 300]).len();
            assert!((20..=100).contains(&shown), "{shown}");
        }
    }
}
