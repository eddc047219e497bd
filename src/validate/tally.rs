//! What was found in a file: how often each rule is broken, and where first.

use std::collections::BTreeMap;
use std::ops::Range;

use super::cut::{Chunk, count_lines};
use super::entry::Type;
use crate::getstream::rules::{Problem, RuleId};

/// Where something stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// The entry, from 1; 0 for what belongs to none.
    pub entry: u64,
    /// In bytes from the start of the file.
    pub at: u64,
    /// The line, from 1.
    pub line: u64,
    /// The column in it, from 1, in bytes.
    pub column: u64,
}

/// Counts the lines of a chunk on the way through it.
pub struct Lines<'c> {
    chunk: &'c Chunk,
    /// How far it came.
    at: usize,
    /// How many lines end before that.
    lines: u64,
    /// Where the line begins in the file.
    line_start: u64,
}

impl<'c> Lines<'c> {
    /// At the start of a chunk.
    pub fn new(chunk: &'c Chunk) -> Lines<'c> {
        Lines {
            chunk,
            at: 0,
            lines: chunk.mark.lines,
            line_start: chunk.mark.line_start,
        }
    }

    /// A place in the chunk; `entry` counts from the chunk's start.
    pub fn spot(&mut self, at: usize, entry: u64) -> Spot {
        let at = at.min(self.chunk.bytes.len());
        if at < self.at {
            *self = Lines::new(self.chunk);
        }
        let between = &self.chunk.bytes[self.at..at];
        self.lines += count_lines(between);
        if let Some(newline) = between.iter().rposition(|byte| *byte == b'\n') {
            self.line_start = self.chunk.mark.start + (self.at + newline) as u64 + 1;
        }
        self.at = at;
        let at = self.chunk.mark.start + at as u64;
        Spot {
            entry,
            at,
            line: self.lines + 1,
            column: at - self.line_start + 1,
        }
    }
}

/// A problem and where it is.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What is wrong.
    pub problem: Problem,
    /// Where.
    pub spot: Spot,
    /// The entry's type, if it has one.
    pub kind: Option<Type>,
    /// The entry's item in the file, if it can be shown.
    pub item: Option<Range<u64>>,
    /// Whether it is wrong only because what it refers to is wrong by itself.
    pub is_consequence: bool,
}

/// What was found of one rule.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// How often.
    pub count: u64,
    /// How many of them are consequences of others.
    pub consequences: u64,
    /// The first ones.
    pub first: Vec<Finding>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many of each rule's problems are kept.
    pub keep: usize,
    /// By rule.
    pub groups: BTreeMap<RuleId, Group>,
    /// What is no problem but worth a word: how often, and the first place.
    pub warnings: BTreeMap<String, (u64, Spot)>,
    /// How many entries there are.
    pub entries: u64,
}

/// Most kinds of warnings that are kept: they hold foreign names.
const WARNINGS: usize = 20;

impl Tally {
    /// Nothing yet; of each rule `keep` problems will be kept.
    pub fn new(keep: usize) -> Tally {
        Tally {
            keep,
            ..Tally::default()
        }
    }

    /// Notes a problem.
    pub fn add(&mut self, rule: RuleId, is_consequence: bool, finding: impl FnOnce() -> Finding) {
        let group = self.groups.entry(rule).or_default();
        group.count += 1;
        group.consequences += u64::from(is_consequence);
        if group.first.len() < self.keep {
            group.first.push(finding());
        }
    }

    /// Counts problems that are not told one by one.
    pub fn add_more(&mut self, rule: RuleId, are_consequences: bool, count: u64) {
        let group = self.groups.entry(rule).or_default();
        group.count += count;
        group.consequences += if are_consequences { count } else { 0 };
    }

    /// Notes a row of equal problems, of which the first can be shown.
    pub fn add_many(&mut self, rule: RuleId, count: u64, first: Option<Finding>) {
        let group = self.groups.entry(rule).or_default();
        group.count += count;
        let room = self.keep.saturating_sub(group.first.len());
        group.first.extend(first.into_iter().take(room));
    }

    /// Notes what is worth a word.
    pub fn warn(&mut self, text: String, spot: impl FnOnce() -> Spot) {
        if self.warnings.len() < WARNINGS || self.warnings.contains_key(&text) {
            self.warnings.entry(text).or_insert_with(|| (0, spot())).0 += 1;
        }
    }

    /// Takes in what was found in the next chunk, whose entries count from its start.
    pub fn append(&mut self, chunk: Tally) {
        let before = self.entries;
        for (rule, mut group) in chunk.groups {
            let own = self.groups.entry(rule).or_default();
            own.count += group.count;
            own.consequences += group.consequences;
            let room = self.keep.saturating_sub(own.first.len());
            group.first.truncate(room);
            own.first.extend(group.first.into_iter().map(|mut finding| {
                shift(&mut finding.spot, before);
                finding
            }));
        }
        for (text, (count, mut spot)) in chunk.warnings {
            shift(&mut spot, before);
            if self.warnings.len() < WARNINGS || self.warnings.contains_key(&text) {
                self.warnings.entry(text).or_insert((0, spot)).0 += count;
            }
        }
        self.entries += chunk.entries;
    }

    /// Takes in what a second look at the same entries found.
    pub fn merge(&mut self, second: Tally) {
        for (rule, group) in second.groups {
            let own = self.groups.entry(rule).or_default();
            own.count += group.count;
            own.consequences += group.consequences;
            own.first.extend(group.first);
            own.first.sort_by_key(|finding| finding.spot.at);
            own.first.truncate(self.keep);
        }
    }

    /// How many problems there are.
    pub fn count(&self) -> u64 {
        self.groups.values().map(|group| group.count).sum()
    }

    /// The first `most` problems in the order of the file.
    pub fn first(&self, most: usize) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self.groups.values().flat_map(|it| &it.first).collect();
        all.sort_by_key(|finding| (finding.spot.at, finding.problem.rule));
        all.truncate(most);
        all
    }
}

fn shift(spot: &mut Spot, entries: u64) {
    if spot.entry > 0 {
        spot.entry += entries;
    }
}
