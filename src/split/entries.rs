//! The entries of a chunk as they will be written, and what there is to say about them.

use std::borrow::Cow;
use std::str::from_utf8;

use memchr::memchr2;

use super::faults::Losses;
use super::read::{Taken, set_of};
use super::respell::{BAN, Respelling, respell};
use crate::directory::hash_id;
use crate::getstream::Spelling;
use crate::getstream::json;
use crate::getstream::rules::{Problem, RuleId};
use crate::validate::cut::{Chunk, Piece};
use crate::validate::entry::{Entry, Type};
use crate::validate::item::Item;
use crate::validate::pass::is_refused;
use crate::validate::references::duplicate;
use crate::validate::tally::{Finding, Lines, Spot, Tally};

/// Most problems of a rule that are kept.
pub const KEPT: usize = 25;

/// From one spelling to the same or the other.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// How the input is spelled.
    pub from: Spelling,
    /// How the output is.
    pub to: Spelling,
}

/// An entry of a chunk.
#[derive(Clone, Copy)]
pub struct Place<'c> {
    /// Its number in the chunk, from 1.
    pub number: u64,
    /// Where it starts in the chunk.
    pub start: usize,
    /// Its text.
    pub text: &'c str,
}

/// Goes over the entries of a chunk; gives how many there are. What is none is counted only.
pub fn each<'c>(chunk: &'c Chunk, mut entry: impl FnMut(Place<'c>)) -> u64 {
    let whole = from_utf8(&chunk.bytes).ok();
    let mut number = 0;
    for piece in &chunk.pieces {
        match piece {
            Piece::Entry(range) => {
                number += 1;
                let known = whole.and_then(|text| text.get(range.clone()));
                let bytes = chunk.bytes.get(range.clone()).unwrap_or_default();
                if let Some(text) = known.or_else(|| from_utf8(bytes).ok()) {
                    entry(Place {
                        number,
                        start: range.start,
                        text: text.trim_ascii_end(),
                    });
                }
            }
            Piece::Broken { is_entry, .. } => number += u64::from(*is_entry),
        }
    }
    number
}

/// What there is to say about the entries of a chunk, or of all of them.
#[derive(Debug)]
pub struct Notes {
    /// What keeps the file from being cut.
    pub fatal: Tally,
    /// What is wrong with entries in the other spelling.
    pub other: Tally,
    /// That messages without an id stand more than once to a validation: all of them, the first
    /// one too until the end of the routing.
    pub nameless: Tally,
    /// What the other spelling cannot hold.
    pub losses: Losses,
    /// By type: how many entries were read.
    pub read: [u64; Type::COUNT],
    /// By type: how many of them were left out.
    pub left_out: [u64; Type::COUNT],
    /// By type: how many of them were there before.
    pub merged: [u64; Type::COUNT],
}

impl Default for Notes {
    fn default() -> Notes {
        Notes {
            fatal: Tally::new(KEPT),
            other: Tally::new(KEPT),
            nameless: Tally::new(KEPT),
            losses: Losses::default(),
            read: [0; Type::COUNT],
            left_out: [0; Type::COUNT],
            merged: [0; Type::COUNT],
        }
    }
}

impl Notes {
    /// Takes in the notes of the next chunk, whose entries count from its start.
    pub fn append(&mut self, chunk: Notes) {
        self.losses.append(chunk.losses, self.fatal.entries);
        let nameless = Tally {
            entries: chunk.fatal.entries,
            ..chunk.nameless
        };
        self.nameless.append(nameless);
        self.fatal.append(chunk.fatal);
        self.other.append(chunk.other);
        let rows = [
            (&mut self.read, chunk.read),
            (&mut self.left_out, chunk.left_out),
            (&mut self.merged, chunk.merged),
        ];
        for (own, chunk) in rows {
            own.iter_mut().zip(chunk).for_each(|(own, it)| *own += it);
        }
    }

    /// Takes in the notes of a second look at the same entries.
    pub fn merge(&mut self, second: Notes) {
        self.losses.append(second.losses, 0);
        self.fatal.merge(second.fatal);
        self.other.merge(second.other);
        self.nameless.merge(second.nameless);
        let rows = [
            (&mut self.read, second.read),
            (&mut self.left_out, second.left_out),
            (&mut self.merged, second.merged),
        ];
        for (own, second) in rows {
            own.iter_mut().zip(second).for_each(|(own, it)| *own += it);
        }
    }

    /// Notes what keeps the file from being cut.
    pub fn refuse(&mut self, problem: Problem, kind: Type, spot: Spot) {
        self.fatal
            .add(problem.rule, false, || finding(problem, kind, spot));
    }

    /// Notes a message without an id, unless it is wrong by itself. `entry` is what is written.
    pub fn add_nameless(&mut self, item: &Item<'_>, entry: &[u8], to: Spelling, spot: Spot) {
        let read = from_utf8(entry).map(|text| Entry::read(text, set_of(to)));
        if let Ok(Ok(read)) = read
            && !is_refused(&read)
            && let Some(problem) = duplicate(item)
        {
            self.nameless.add(problem.rule, false, || {
                finding(problem, Type::Message, spot)
            });
        }
    }

    /// Takes away the first message without an id, which is no second one.
    pub fn forget_first_nameless(&mut self) {
        for group in self.nameless.groups.values_mut() {
            group.count = group.count.saturating_sub(1);
            group.first = group.first.drain(..).skip(1).collect();
        }
        self.nameless.groups.retain(|_, group| group.count > 0);
    }

    /// Notes that an entry stands a second time and says something else.
    pub fn refuse_second(&mut self, item: &Item<'_>, kind: Type, spot: Spot) {
        if let Some(problem) = duplicate(item) {
            self.refuse(problem, kind, spot);
        }
    }
}

fn finding(problem: Problem, kind: Type, spot: Spot) -> Finding {
    Finding {
        problem,
        spot,
        kind: Some(kind),
        item: None,
        is_consequence: false,
    }
}

impl Way {
    /// An entry as it will be written; `None` if it cannot be.
    pub fn encode<'c>(
        self,
        place: Place<'c>,
        taken: &Taken<'_>,
        notes: &mut Notes,
        lines: &mut Lines<'_>,
    ) -> Option<Cow<'c, [u8]>> {
        if self.from == self.to {
            return Some(kept(place.text));
        }
        let mut lost = Vec::new();
        let how = |may_add| Respelling {
            to: self.to,
            may_add,
        };
        let mut note = |name, detail: &str| lost.push((name, detail.to_owned()));
        let mut written = respell(place.text, taken, how(true), &mut note);
        let mut problems = self.problems(written.as_deref().unwrap_or_default());
        let is_too_large = |it: &Problem| it.rule == RuleId::CustomSize;
        if problems.iter().any(is_too_large) {
            let mut fewer = Vec::new();
            let mut note = |name, detail: &str| fewer.push((name, detail.to_owned()));
            written = respell(place.text, taken, how(false), &mut note);
            problems = self.problems(written.as_deref().unwrap_or_default());
            lost = fewer;
        }
        for (name, detail) in lost {
            let spot = lines.spot(place.start, place.number);
            if name == BAN {
                notes.left_out[taken.kind as usize] += 1;
            }
            notes.losses.add(name, taken.kind, &detail, spot);
        }
        for problem in problems {
            notes.other.add(problem.rule, false, || {
                finding(problem, taken.kind, lines.spot(place.start, place.number))
            });
        }
        written.map(Cow::Owned)
    }

    /// What is wrong with an entry in the spelling that is written.
    fn problems(self, entry: &[u8]) -> Vec<Problem> {
        let text = from_utf8(entry).unwrap_or_default();
        let read = (!text.is_empty()).then(|| Entry::read(text, set_of(self.to)));
        match read {
            Some(Ok(entry)) => entry.problems,
            _ => Vec::new(),
        }
    }
}

/// An entry as it stands, on one line.
fn kept(text: &str) -> Cow<'_, [u8]> {
    let has_line_end = memchr2(b'\n', b'\r', text.as_bytes()).is_some();
    if !has_line_end {
        return Cow::Borrowed(text.as_bytes());
    }
    match json::compact(text) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Two hashes of an entry's text without white space between its tokens.
pub fn contents(text: &str) -> [u64; 2] {
    let text = json::compact(text);
    [hash_id(&text), hash_id(&format!("{}{text}", text.len()))]
}
