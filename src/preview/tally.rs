//! What a preview counts of all messages: by day, by channel, by reaction.

use std::cmp::Reverse;

use hashbrown::HashMap;
use migrate_model::{Kind, Time};

use super::model::{Count, MOST_REACTIONS};
use crate::getstream::Spelling;

/// How many microseconds a day has.
const DAY_MICROS: i64 = 86_400_000_000;
/// How many different reactions are counted; of those that come later none is.
const COUNTED_REACTIONS: usize = 10_000;

/// Longest name of a reaction that is counted, in bytes.
const LONGEST_NAME: usize = 1_000;
/// The number of a reaction that is not counted.
const NO_NAME: u32 = u32::MAX;

/// Counts of what was written.
#[derive(Default)]
pub struct Tally {
    days: HashMap<i32, u64>,
    /// The day at hand, which most often is that of the next message as well.
    day: (i32, u64),
    /// The numbers of reactions by the name as it stands in entries, without quotes.
    numbers: HashMap<Box<[u8]>, u32>,
    /// By their numbers: the names, and how often.
    reactions: Vec<(Box<[u8]>, u64)>,
}

impl Tally {
    /// Counts a message.
    pub fn message(&mut self, micros: i64) {
        // No time that can be written is so far away that its day is no 32-bit number.
        let day = micros.div_euclid(DAY_MICROS) as i32;
        if day != self.day.0 {
            self.end_day();
            self.day = (day, 0);
        }
        self.day.1 += 1;
    }

    fn end_day(&mut self) {
        let (day, count) = std::mem::take(&mut self.day);
        if count > 0 {
            *self.days.entry(day).or_default() += count;
        }
    }

    /// Counts a reaction by its name as it stands in an entry, without quotes. Gives the number of
    /// the name, or a number that names nothing if it is none of those that are counted.
    pub fn reaction(&mut self, name: &[u8]) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            self.reactions[number as usize].1 += 1;
            return number;
        }
        if self.reactions.len() == COUNTED_REACTIONS || name.len() > LONGEST_NAME {
            return NO_NAME;
        }
        let number = self.reactions.len() as u32;
        self.numbers.insert(name.into(), number);
        self.reactions.push((name.into(), 1));
        number
    }

    /// How many names of reactions there are, as far as they are counted.
    pub fn reaction_kinds(&self) -> u64 {
        self.reactions.len() as u64
    }

    /// The names of reactions to a message, of which the numbers are given, each with how often it is
    /// there: the most frequent first, at most `most`.
    pub fn named(&self, numbers: impl Iterator<Item = u32>, most: usize) -> Vec<(String, u64)> {
        let mut counts: HashMap<u32, u64> = HashMap::new();
        numbers.for_each(|number| *counts.entry(number).or_default() += 1);
        let mut counts: Vec<(u32, u64)> = counts.into_iter().collect();
        counts.sort_unstable_by_key(|(number, count)| (Reverse(*count), *number));
        let named = counts.into_iter().filter_map(|(number, count)| {
            let (name, _) = self.reactions.get(number as usize)?;
            Some((unquoted(name), count))
        });
        named.take(most).collect()
    }

    /// How many messages each day has, in order.
    pub fn days(&mut self) -> Vec<(i32, u64)> {
        self.end_day();
        let mut days: Vec<_> = self
            .days
            .iter()
            .map(|(day, count)| (*day, *count))
            .collect();
        days.sort_unstable();
        days
    }

    /// The most frequent reactions.
    pub fn reactions(&self) -> Vec<Count> {
        let mut all: Vec<_> = self.reactions.iter().collect();
        all.sort_unstable_by_key(|(name, count)| (Reverse(*count), name));
        let most = all.into_iter().take(MOST_REACTIONS);
        most.map(|(name, count)| Count {
            id: unquoted(name),
            name: String::new(),
            count: *count,
        })
        .collect()
    }
}

/// A text of JSON, from what stands between its quotes.
fn unquoted(raw: &[u8]) -> String {
    let quoted = [b"\"", raw, b"\""].concat();
    serde_json::from_slice(&quoted).unwrap_or_else(|_| String::from_utf8_lossy(raw).into_owned())
}

/// The name of a reaction, as it stands in an entry that this program wrote, without quotes.
pub fn reaction_name(spelling: Spelling, entry: &[u8]) -> &[u8] {
    let start = spelling.open(Kind::Reaction).len() + br#"{"message_id":""#.len();
    let rest = entry.get(start..).unwrap_or_default();
    let behind_id = &rest[text_bytes(rest)..];
    let name = behind_id.strip_prefix(br#"","type":""#).unwrap_or_default();
    &name[..text_bytes(name)]
}

/// How many bytes a text of JSON has before its closing quote.
fn text_bytes(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(next) = memchr::memchr2(b'"', b'\\', &text[at..]) {
        at += next;
        if text[at] == b'"' {
            return at;
        }
        at = (at + 2).min(text.len());
    }
    text.len()
}

/// What is counted of one channel, 40 bytes.
#[derive(Clone, Copy, Debug)]
pub struct ChannelCounts {
    /// Which.
    pub channel: u32,
    /// How many members it has.
    pub members: u32,
    /// How many messages.
    pub messages: u32,
    /// How many reactions.
    pub reactions: u32,
    /// The times of the first and the last message.
    pub span: Option<(Time, Time)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_reaction_is_found_behind_any_id() {
        for (id, name) in [
            ("a", "like"),
            (r#"a\"\\"#, "haha"),
            ("", r#"a\"b"#),
            ("a", ""),
        ] {
            for spelling in [Spelling::Array, Spelling::Jsonl] {
                let open = spelling.open(Kind::Reaction);
                let entry =
                    format!(r#"{open}{{"message_id":"{id}","type":"{name}","user_id":"u"}}}}"#);
                assert_eq!(reaction_name(spelling, entry.as_bytes()), name.as_bytes());
            }
        }
        assert_eq!(reaction_name(Spelling::Array, b""), b"");
    }

    #[test]
    fn the_reactions_to_a_message_are_named() {
        let mut tally = Tally::default();
        let numbers = ["like", "haha", "like"].map(|name| tally.reaction(name.as_bytes()));
        let named = tally.named(numbers.into_iter(), 5);
        assert_eq!(named, [("like".to_owned(), 2), ("haha".to_owned(), 1)]);
        assert_eq!(tally.named([NO_NAME].into_iter(), 5), []);
        assert_eq!(tally.reaction(&[b'x'; LONGEST_NAME + 1]), NO_NAME);
        for n in 0..COUNTED_REACTIONS {
            tally.reaction(&n.to_le_bytes());
        }
        assert_eq!(tally.reaction_kinds(), COUNTED_REACTIONS as u64);
        assert_eq!(tally.reaction(b"one more"), NO_NAME);
    }

    #[test]
    fn days_are_counted_in_any_order() {
        let mut tally = Tally::default();
        for micros in [0, -1, DAY_MICROS, 5, DAY_MICROS - 1, -DAY_MICROS] {
            tally.message(micros);
        }
        assert_eq!(tally.days(), [(-1, 2), (0, 3), (1, 1)]);
        assert_eq!(tally.days(), [(-1, 2), (0, 3), (1, 1)]);
    }
}
