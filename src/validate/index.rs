//! What a file holds, known by the hashes of ids: sixteen bytes an id at most, whatever its
//! length.

use std::hash::{DefaultHasher, Hasher};

use hashbrown::{HashMap, HashSet};
use migrate_model::Text;

use super::entry::Type;
use super::item::{ChannelName, Item};

/// The hash of all that makes an entry one of its kind.
///
/// The lowest two bits are left for traits of the entry, so 62 bits tell entries apart. That two
/// ids share them is unlikely even for billions; where it would raise a problem, the ids
/// themselves are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

/// A message that is a reply.
const IS_REPLY: u64 = 1;
/// An entry that breaks a rule by itself: what refers to it refers to nothing.
const IS_REFUSED: u64 = 2;
const TRAITS: u64 = 3;

impl Key {
    fn of(parts: &[&[u8]]) -> Key {
        let mut hasher = DefaultHasher::new();
        for part in parts {
            hasher.write(part);
            // No text has this byte, so parts do not run into each other.
            hasher.write_u8(0xff);
        }
        Key(hasher.finish() & !TRAITS)
    }

    /// A user, a device or a message, by its id.
    pub fn id(id: &str) -> Key {
        Key::of(&[id.as_bytes()])
    }

    /// A channel by its type and id.
    pub fn channel_id(channel_type: &str, id: &str) -> Key {
        Key::of(&[channel_type.as_bytes(), id.as_bytes()])
    }

    /// A channel, distinct or not; the order of members does not count.
    pub fn channel(it: &ChannelName<'_>) -> Key {
        if it.member_ids.is_empty() {
            return Key::channel_id(&it.channel_type, &it.id);
        }
        let mut members: Vec<&str> = it.member_ids.iter().map(Text::as_ref).collect();
        members.sort_unstable();
        let mut hasher = DefaultHasher::new();
        hasher.write(it.channel_type.as_bytes());
        // No id of a channel begins like this.
        hasher.write_u8(0xfe);
        for member in members {
            hasher.write(member.as_bytes());
            hasher.write_u8(0xff);
        }
        Key(hasher.finish() & !TRAITS)
    }

    /// A member of a channel.
    pub fn member(channel: Key, user_id: &str) -> Key {
        Key::of(&[&channel.0.to_le_bytes(), user_id.as_bytes()])
    }

    /// What makes an item one of its kind; `None` for one that is not looked at.
    pub fn of_item(item: &Item<'_>) -> Option<Key> {
        Some(match item {
            Item::User(it) => Key::id(&it.id),
            Item::Device(it) => Key::id(&it.id),
            Item::Ban(it) => Key::of(&[it.target_id.as_bytes(), it.created_by.as_bytes()]),
            Item::Channel(it) => Key::channel(&it.name),
            Item::Member(it) => Key::member(Key::channel(&it.channel), &it.user_id),
            Item::Message(it) => Key::id(&it.id),
            Item::Reaction(it) => Key::of(&[
                it.message_id.as_bytes(),
                it.reaction_type.as_bytes(),
                it.user_id.as_bytes(),
            ]),
            Item::Unchecked => return None,
        })
    }

    /// The same with the traits of an entry.
    pub fn with_traits(self, is_reply: bool, is_refused: bool) -> u64 {
        let mut traits = 0;
        if is_reply {
            traits |= IS_REPLY;
        }
        if is_refused {
            traits |= IS_REFUSED;
        }
        self.0 | traits
    }
}

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is there.
    There {
        /// A message that is a reply.
        is_reply: bool,
    },
    /// It is there, but breaks a rule by itself.
    Refused,
    /// It is not there.
    Not,
}

impl Known {
    /// Whether it is there and can be referred to.
    pub fn is_there(self) -> bool {
        matches!(self, Known::There { .. })
    }

    /// What two places know of an id.
    #[must_use]
    pub fn or(self, other: impl FnOnce() -> Known) -> Known {
        match self {
            Known::There { .. } => self,
            Known::Refused => match other() {
                Known::Not => Known::Refused,
                known => known,
            },
            Known::Not => other(),
        }
    }
}

/// How many buckets ids are kept in, by their highest byte: each grows by itself, so that growing
/// never needs much room at once, and all can be sorted at the same time.
const BUCKETS: usize = 256;

/// The ids of one kind: hashes with traits, in buckets.
#[derive(Clone, Debug)]
pub struct Ids {
    buckets: Vec<Vec<u64>>,
}

impl Default for Ids {
    fn default() -> Ids {
        Ids {
            buckets: vec![Vec::new(); BUCKETS],
        }
    }
}

impl Ids {
    /// Takes in an id; [`sort`](Ids::sort) must follow before it is found.
    pub fn push(&mut self, key: u64) {
        self.buckets[(key >> 56) as usize].push(key);
    }

    /// Takes in all ids of another table.
    pub fn add(&mut self, other: &Ids) {
        for (bucket, other) in self.buckets.iter_mut().zip(&other.buckets) {
            bucket.extend_from_slice(other);
        }
    }

    /// Makes what was taken in findable.
    pub fn sort(&mut self) {
        self.buckets.iter_mut().for_each(|it| it.sort_unstable());
    }

    fn buckets_mut(&mut self) -> impl Iterator<Item = &mut Vec<u64>> {
        self.buckets.iter_mut()
    }

    /// What is known of an id.
    pub fn find(&self, key: Key) -> Known {
        let bucket = &self.buckets[(key.0 >> 56) as usize];
        let mut known = Known::Not;
        for found in &bucket[first_at_least(bucket, key.0)..] {
            if found & !TRAITS != key.0 {
                break;
            }
            if found & IS_REFUSED == 0 {
                let is_reply = found & IS_REPLY != 0;
                return Known::There { is_reply };
            }
            known = Known::Refused;
        }
        known
    }

    /// How many different ids there are that are not refused, and those of them that stand
    /// more than once.
    fn count(&self, repeated: &mut HashSet<Key>) -> u64 {
        let mut count = 0;
        for bucket in &self.buckets {
            let mut last = None;
            for id in bucket.iter().filter(|id| *id & IS_REFUSED == 0) {
                let key = Key(id & !TRAITS);
                if last == Some(key) {
                    repeated.insert(key);
                } else {
                    count += 1;
                }
                last = Some(key);
            }
        }
        count
    }
}

/// The place of the first hash that is not smaller. Hashes are spread evenly, so a guess by
/// value is near, and the rest is a short walk.
fn first_at_least(sorted: &[u64], key: u64) -> usize {
    let (mut low, mut high) = (0, sorted.len());
    // The highest byte is the same in all: the next 32 bits tell the place.
    let share = (key >> 24) & 0xffff_ffff;
    let guess = ((sorted.len() as u64).saturating_mul(share) >> 32) as usize;
    let mut step = 8;
    let mut at = guess.min(sorted.len());
    // Widen around the guess until the place is inside.
    if sorted.get(at).is_some_and(|it| *it < key) {
        while at < sorted.len() && sorted[at] < key {
            low = at + 1;
            at += step;
            step *= 2;
        }
        high = at.min(sorted.len());
    } else {
        while at > 0 && sorted[at - 1] >= key {
            high = at - 1;
            at = at.saturating_sub(step);
            step *= 2;
        }
        low = at.min(high);
    }
    low + sorted[low..high].partition_point(|it| *it < key)
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Index {
    tables: [Ids; Type::COUNT],
    /// By type: how many different entries.
    counts: [u64; Type::COUNT],
    /// By type: what stands more than once.
    repeated: [HashSet<Key>; Type::COUNT],
    /// The teams of users, and the team of channels, that have any; sorted by key.
    teams: [Teams; 2],
}

/// Teams by the key of a user or a channel.
#[derive(Clone, Debug, Default)]
struct Teams {
    /// Sorted; the second is a place in `sets`.
    of: Vec<(Key, u32)>,
    /// The different sets of teams, few.
    sets: Vec<Box<[Box<str>]>>,
    /// Their places.
    places: HashMap<Box<[Box<str>]>, u32>,
}

impl Teams {
    fn set(&mut self, key: Key, teams: &[Box<str>]) {
        let place = match self.places.get(teams) {
            Some(place) => *place,
            None => {
                let place = self.sets.len() as u32;
                self.sets.push(teams.into());
                self.places.insert(teams.into(), place);
                place
            }
        };
        self.of.push((key, place));
    }

    fn get(&self, key: Key) -> &[Box<str>] {
        let found = self.of.binary_search_by_key(&key, |(key, _)| *key);
        found.map_or(&[], |at| &self.sets[self.of[at].1 as usize])
    }
}

/// What a worker found in a chunk, for the index.
#[derive(Default)]
pub struct Gathered {
    /// By type: keys with traits.
    pub keys: [Vec<u64>; Type::COUNT],
    /// The teams of users.
    pub user_teams: Vec<(Key, Vec<Box<str>>)>,
    /// The team of channels.
    pub channel_teams: Vec<(Key, Vec<Box<str>>)>,
}

impl Index {
    /// Takes in what a worker found.
    pub fn add(&mut self, gathered: &Gathered) {
        for (table, keys) in self.tables.iter_mut().zip(&gathered.keys) {
            for key in keys {
                table.push(*key);
            }
        }
        let [users, channels] = &mut self.teams;
        for (key, teams) in &gathered.user_teams {
            users.set(*key, teams);
        }
        for (key, teams) in &gathered.channel_teams {
            channels.set(*key, teams);
        }
    }

    /// Takes in all of an earlier file.
    pub fn merge(&mut self, other: &Index) {
        for (table, other) in self.tables.iter_mut().zip(&other.tables) {
            table.add(other);
        }
        for (teams, other) in self.teams.iter_mut().zip(&other.teams) {
            for (key, place) in &other.of {
                teams.set(*key, &other.sets[*place as usize]);
            }
        }
    }

    /// Sorts what was taken in, on `threads` threads, and counts it.
    pub fn sort(&mut self, threads: usize) {
        let mut buckets: Vec<&mut Vec<u64>> = self
            .tables
            .iter_mut()
            .flat_map(Ids::buckets_mut)
            .filter(|bucket| bucket.len() > 1)
            .collect();
        let share = buckets.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            for some in buckets.chunks_mut(share) {
                scope.spawn(|| some.iter_mut().for_each(|bucket| bucket.sort_unstable()));
            }
        });
        for (kind, table) in self.tables.iter().enumerate() {
            self.repeated[kind].clear();
            self.counts[kind] = table.count(&mut self.repeated[kind]);
        }
        for teams in &mut self.teams {
            // The first entry of an id counts; the sort keeps their order.
            teams.of.sort_by_key(|(key, _)| *key);
            teams.of.dedup_by_key(|(key, _)| *key);
        }
    }

    /// What is known of an entry.
    pub fn find(&self, kind: Type, key: Key) -> Known {
        self.tables[kind as usize].find(key)
    }

    /// How many different entries of a type there are.
    pub fn count(&self, kind: Type) -> u64 {
        self.counts[kind as usize]
    }

    /// Whether any entry of a type may stand more than once.
    pub fn has_repeated(&self, kind: Type) -> bool {
        !self.repeated[kind as usize].is_empty()
    }

    /// Whether an entry may stand more than once.
    pub fn is_repeated(&self, kind: Type, key: Key) -> bool {
        self.repeated[kind as usize].contains(&key)
    }

    /// The teams of a user; empty for none.
    pub fn user_teams(&self, user_id: &str) -> &[Box<str>] {
        self.teams[0].get(Key::id(user_id))
    }

    /// The team of a channel; empty for none.
    pub fn channel_team(&self, channel: Key) -> &str {
        self.teams[1].get(channel).first().map_or("", |team| team)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(texts: &[String]) -> Index {
        let mut gathered = Gathered::default();
        for (n, text) in texts.iter().enumerate() {
            let key = Key::id(text).with_traits(n % 2 == 0, n % 5 == 4);
            gathered.keys[Type::Message as usize].push(key);
        }
        let mut index = Index::default();
        index.add(&gathered);
        index.sort(2);
        index
    }

    proptest! {
        #[test]
        fn ids_are_found_with_their_traits(texts in proptest::collection::vec("[a-z]{0,3}", 0..2000)) {
            let index = ids(&texts);
            let mut different = HashSet::new();
            for (n, text) in texts.iter().enumerate() {
                let known = index.find(Type::Message, Key::id(text));
                let same: Vec<usize> = (0..texts.len()).filter(|m| texts[*m] == *text).collect();
                let good: Vec<&usize> = same.iter().filter(|m| **m % 5 != 4).collect();
                prop_assert_eq!(known.is_there(), !good.is_empty());
                prop_assert_eq!(known == Known::Refused, good.is_empty());
                prop_assert_eq!(index.is_repeated(Type::Message, Key::id(text)), good.len() > 1);
                if n % 5 != 4 {
                    different.insert(text);
                }
            }
            prop_assert_eq!(index.count(Type::Message), different.len() as u64);
            prop_assert_eq!(index.find(Type::Message, Key::id("????")), Known::Not);
        }

        #[test]
        fn the_first_place_is_found(mut sorted in proptest::collection::vec(any::<u64>(), 0..300), key in any::<u64>()) {
            for hash in &mut sorted {
                *hash &= u64::MAX >> 8;
            }
            sorted.sort_unstable();
            for key in sorted.iter().copied().chain([key & (u64::MAX >> 8), 0, u64::MAX >> 8]) {
                prop_assert_eq!(first_at_least(&sorted, key), sorted.partition_point(|it| *it < key));
            }
        }
    }

    #[test]
    fn the_order_of_a_distinct_channels_members_does_not_count() {
        let channel = |members: &[&'static str]| {
            Key::channel(&ChannelName {
                channel_type: "messaging".into(),
                id: "".into(),
                member_ids: members.iter().map(|id| (*id).into()).collect(),
            })
        };
        assert_eq!(channel(&["a", "b"]), channel(&["b", "a"]));
        assert_ne!(channel(&["a", "b"]), channel(&["ab"]));
        assert_ne!(channel(&["a"]), Key::channel_id("messaging", "a"));
    }
}
