//! What the first reading of a file leaves open.
//!
//! Most entries refer to what stands before them: messages to users and channels, replies to their
//! parents. What is there by the time that a chunk was read will be there at the end, so such a
//! chunk is settled and is not read a second time. Of what is not there yet a little is kept until
//! the end; what that does not settle either is read again, and the rules are asked then.

use super::cut::Mark;
use super::entry::Type;
use super::index::{Index, Key, Known};
use super::references::World;

/// What an entry refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// Its type.
    pub kind: Type,
    /// What makes it one of its kind.
    pub key: Key,
    /// Whether it is a message that must not be a reply.
    pub is_parent: bool,
}

impl Want {
    /// Whether no rule is broken, given what is known of it.
    fn is_met(&self, known: Known) -> bool {
        match known {
            Known::There { is_reply } => !(self.is_parent && is_reply),
            Known::Refused | Known::Not => false,
        }
    }
}

/// What the entries of a chunk refer to.
#[derive(Debug, Default)]
pub struct Wanted {
    /// In the order in which it came. Most of what comes again soon is left out.
    list: Vec<Want>,
    /// What came last, by some bits of its key.
    recent: Vec<Option<Want>>,
    /// Whether it hangs on the teams of users and channels that no rule is broken.
    is_by_team: bool,
}

/// How many of those that came last are known; a power of two.
const RECENT: usize = 256;

impl Wanted {
    /// Notes that an entry is referred to.
    pub fn add(&mut self, want: Want) {
        if self.recent.is_empty() {
            self.recent.resize(RECENT, None);
        }
        let place = (want.key.hash() >> 8) as usize % RECENT;
        let recent = &mut self.recent[place];
        if *recent != Some(want) {
            *recent = Some(want);
            self.list.push(want);
        }
    }

    /// Notes that an entry hangs on teams.
    pub fn add_team(&mut self) {
        self.is_by_team = true;
    }
}

/// A chunk that was read for the first time.
#[derive(Debug)]
pub struct First {
    /// Where it stands.
    pub mark: Mark,
    /// How long it is.
    pub bytes: u64,
    /// How many entries stand before it.
    pub before: u64,
    /// The types of its entries, a bit each.
    pub types: u16,
    /// Whether it has to be read again: whether it breaks reference rules, or may break them.
    pub is_open: bool,
    is_by_team: bool,
}

impl First {
    /// A chunk that stands there behind so many entries. `is_wrong` says that it breaks a
    /// reference rule whatever the file holds.
    pub fn new(mark: Mark, bytes: u64, before: u64, types: u16, is_wrong: bool) -> First {
        First {
            mark,
            bytes,
            before,
            types,
            is_open: is_wrong,
            is_by_team: false,
        }
    }
}

/// The chunks of a file, and what decides which of them have to be read again.
#[derive(Debug, Default)]
pub struct Chunks {
    list: Vec<First>,
    /// What was not there yet, and the number of the chunk that refers to it.
    later: Vec<(usize, Want)>,
}

/// How much is kept that was not there yet: what takes a megabyte and a half.
const LATER: usize = 1 << 16;

impl Chunks {
    /// Takes in the next chunk, with what it refers to. `own` is what the file holds up to its
    /// end.
    pub fn take(&mut self, mut chunk: First, wanted: &Wanted, own: &Index, world: &World<'_>) {
        chunk.is_by_team = wanted.is_by_team;
        let number = self.list.len();
        for want in &wanted.list {
            if chunk.is_open {
                break;
            }
            let known = match want.is_parent {
                // A message of an earlier file may still come as a reply in this one.
                true => own.find(want.kind, want.key),
                false => world.known(own, want.kind, want.key),
            };
            if !want.is_met(known) {
                chunk.is_open = self.later.len() >= LATER;
                self.later.push((number, *want));
            }
        }
        self.list.push(chunk);
    }

    /// The chunks, with those open that have to be read again, now that all is known.
    pub fn settle(mut self, own: &Index, world: &World<'_>) -> Vec<First> {
        for (number, want) in self.later {
            let known = world.known(own, want.kind, want.key);
            self.list[number].is_open |= !want.is_met(known);
        }
        let has_teams = own.has_teams() || world.earlier.has_teams();
        let repeated = own.repeated_types();
        for chunk in &mut self.list {
            chunk.is_open |= has_teams && chunk.is_by_team;
            chunk.is_open |= chunk.types & repeated != 0;
        }
        self.list
    }
}
