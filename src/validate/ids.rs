//! Ids of one kind, known by their hashes alone, that can be asked for while they grow.
//!
//! Hashes stand in rows with gaps, in order: each at the place that its value tells, or a few
//! behind it. So an id is found with one look at memory, a new one needs no sorting, and those
//! that are equal stand side by side. It takes nine to eleven bytes an id.

use super::index::{Key, Known};

/// A message that is a reply.
const IS_REPLY: u64 = 1;
/// An entry that breaks a rule by itself: what refers to it refers to nothing.
const IS_REFUSED: u64 = 2;
/// The lowest bits of an id, which are no part of its hash. Not all of them are ever set.
pub const TRAITS: u64 = 3;

/// A place that holds no id. It is greater than all ids, which keeps rows in order.
const FREE: u64 = u64::MAX;

/// How many rows ids are kept in, by their highest byte: each grows by itself, so that growing
/// never needs much room at once.
const ROWS: usize = 256;

/// A hash with the traits of an entry. Whether one that is refused is a reply is of no interest.
pub fn with_traits(hash: u64, is_reply: bool, is_refused: bool) -> u64 {
    let traits = match (is_refused, is_reply) {
        (true, _) => IS_REFUSED,
        (false, true) => IS_REPLY,
        (false, false) => 0,
    };
    hash & !TRAITS | traits
}

/// The ids of one kind: hashes with traits.
#[derive(Clone, Debug)]
pub struct Ids {
    rows: Vec<Row>,
    /// How many different ones there are that are not refused.
    count: u64,
}

impl Default for Ids {
    fn default() -> Ids {
        Ids {
            rows: vec![Row::default(); ROWS],
            count: 0,
        }
    }
}

impl Ids {
    /// Takes in an id. Whether it stood there before; no refused one counts for that.
    pub fn push(&mut self, id: u64) -> bool {
        let there = self.rows[row(id)].push(id);
        let is_refused = id & IS_REFUSED != 0;
        self.count += u64::from(!there.is_there() && !is_refused);
        there.is_there() && !is_refused
    }

    /// Takes in all ids of another table.
    pub fn add(&mut self, other: &Ids) {
        for id in other.rows.iter().flat_map(Row::ids) {
            self.push(id);
        }
    }

    /// What is known of an id.
    pub fn find(&self, key: Key) -> Known {
        let hash = key.hash();
        self.rows[row(hash)].find(hash)
    }

    /// How many different ids there are that are not refused.
    pub fn count(&self) -> u64 {
        self.count
    }
}

fn row(id: u64) -> usize {
    (id >> 56) as usize
}

/// The ids that have their highest byte in common.
#[derive(Clone, Debug, Default)]
struct Row {
    /// Ids in order, with free places between them.
    places: Vec<u64>,
    /// Over how many places ids are spread. Those behind are for what finds no room in them.
    spread: usize,
    /// How many places are taken.
    taken: usize,
}

impl Row {
    /// Where an id stands if that place is not taken. The highest byte is the same in all, so the
    /// next 32 bits tell.
    fn home(&self, id: u64) -> usize {
        let share = (id >> 24) & 0xffff_ffff;
        ((self.spread as u64).saturating_mul(share) >> 32) as usize
    }

    /// The ids from the first one on that is not smaller than this hash, free places between
    /// them, and where that is.
    fn from(&self, hash: u64) -> (usize, &[u64]) {
        let home = self.home(hash);
        let row = self.places.get(home..).unwrap_or_default();
        let smaller = row.iter().take_while(|it| **it < hash).count();
        (home + smaller, row.get(smaller..).unwrap_or_default())
    }

    fn find(&self, hash: u64) -> Known {
        known(self.from(hash).1, hash)
    }

    /// Takes in an id that is not there yet with the same traits. What was known of it before.
    fn push(&mut self, id: u64) -> Known {
        let hash = id & !TRAITS;
        let (first, same) = self.from(hash);
        let there = known(same, hash);
        let before = same.iter().take_while(|it| **it < id).count();
        if same.get(before) == Some(&id) {
            return there;
        }
        // At most seven of eight places are taken, or ids would stand far from home.
        if self.taken >= self.spread / 8 * 7 {
            self.grow();
            return self.push(id);
        }
        self.taken += 1;
        self.put(first + before, id);
        there
    }

    /// Puts an id at its place in the order. What stands there goes on, up to the next free place.
    fn put(&mut self, at: usize, id: u64) {
        let mut carried = id;
        for place in self.places.iter_mut().skip(at) {
            std::mem::swap(place, &mut carried);
            if carried == FREE {
                return;
            }
        }
        self.places.push(carried);
    }

    fn grow(&mut self) {
        // By an eighth: memory is dearer here than moving ids a few times.
        let spread = (self.spread + self.spread / 8).next_multiple_of(8).max(16);
        let mut places = Vec::with_capacity(spread + spread / 64);
        let old = std::mem::take(&mut self.places);
        self.spread = spread;
        for id in old.into_iter().filter(|id| *id != FREE) {
            // They come in order, and so do their homes.
            places.resize(places.len().max(self.home(id)), FREE);
            places.push(id);
        }
        places.resize(places.len().max(spread), FREE);
        self.places = places;
    }

    fn ids(&self) -> impl Iterator<Item = u64> {
        self.places.iter().copied().filter(|id| *id != FREE)
    }
}

/// What is known of a hash, by the ids from the first one on that is not smaller. The best stands
/// first: an entry that is no reply, a reply, one that is refused.
fn known(ids: &[u64], hash: u64) -> Known {
    match ids.first() {
        Some(&id) if id != FREE && id & !TRAITS == hash => match id & IS_REFUSED {
            0 => Known::There {
                is_reply: id & IS_REPLY != 0,
            },
            _ => Known::Refused,
        },
        _ => Known::Not,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// What is known of an id by all entries that have it.
    fn expected(entries: &[(bool, bool)]) -> Known {
        let good: Vec<bool> = entries.iter().filter(|it| !it.1).map(|it| it.0).collect();
        match (good.is_empty(), entries.is_empty()) {
            (false, _) => Known::There {
                is_reply: good.iter().all(|is_reply| *is_reply),
            },
            (true, false) => Known::Refused,
            (true, true) => Known::Not,
        }
    }

    proptest! {
        #[test]
        fn ids_are_known_as_soon_as_they_are_taken_in(
            // The highest bits of a few are the same, up to the greatest hash there is.
            high in prop_oneof![Just(0u64), Just(u64::MAX << 20), any::<u64>()],
            entries in proptest::collection::vec((0u64..1 << 20, any::<bool>(), any::<bool>()), 0..800),
            spread in 0u32..44,
        ) {
            let mut ids = Ids::default();
            let mut all: BTreeMap<u64, Vec<(bool, bool)>> = BTreeMap::new();
            for (number, is_reply, is_refused) in entries {
                // A number in a hundred or so comes again.
                let hash = (number % 4096).wrapping_mul(1 << spread | 1).wrapping_add(high) & !TRAITS;
                let same = all.entry(hash).or_default();
                let was_there = same.iter().any(|it| !it.1);
                let is_repeated = ids.push(with_traits(hash, is_reply, is_refused));
                prop_assert_eq!(is_repeated, was_there && !is_refused);
                same.push((is_reply, is_refused));
                prop_assert_eq!(ids.find(Key::of_hash(hash)), expected(same));
                prop_assert_eq!(ids.find(Key::of_hash(!hash & !TRAITS)), expected(all.get(&(!hash & !TRAITS)).map_or(&[], |it| it)));
            }
            let mut other = Ids::default();
            other.add(&ids);
            let mut good = 0;
            for (hash, same) in &all {
                good += u64::from(same.iter().any(|it| !it.1));
                for ids in [&ids, &other] {
                    prop_assert_eq!(ids.find(Key::of_hash(*hash)), expected(same));
                }
            }
            prop_assert_eq!((ids.count(), other.count()), (good, good));
        }
    }

    #[test]
    fn an_id_takes_no_more_than_twelve_bytes() {
        let mut ids = Ids::default();
        for n in 0..300_000u64 {
            ids.push(Key::id(&n.to_string()).with_traits(n % 3 == 0, n % 7 == 0));
            if n > 100_000 && n % 20_000 == 0 {
                let bytes: usize = ids.rows.iter().map(|row| row.places.capacity() * 8).sum();
                assert!(bytes as u64 <= n * 12, "{bytes} bytes for {n}");
            }
        }
        let taken = |ids: &Ids| ids.rows.iter().map(|row| row.taken).sum::<usize>();
        let before = taken(&ids);
        for n in 0..300_000u64 {
            ids.push(Key::id(&n.to_string()).with_traits(n % 3 == 0, n % 7 == 0));
        }
        assert_eq!(taken(&ids), before, "what is there already takes nothing");
    }
}
