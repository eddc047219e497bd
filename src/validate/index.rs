//! What a file holds, known by the hashes of ids: about ten bytes an id, whatever its length.

use std::hash::{DefaultHasher, Hasher};

use hashbrown::{HashMap, HashSet};
use migrate_model::Text;

use super::entry::Type;
use super::ids::{self, Ids, TRAITS};
use super::item::{ChannelName, Item};

/// The hash of all that makes an entry one of its kind.
///
/// The lowest two bits are left for traits of the entry, so 62 bits tell entries apart. That two
/// ids share them is unlikely even for billions; where it would raise a problem, the ids
/// themselves are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

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

    /// The key that has this hash.
    pub fn of_hash(hash: u64) -> Key {
        Key(hash & !TRAITS)
    }

    /// The hash itself; its lowest two bits are 0.
    pub fn hash(self) -> u64 {
        self.0
    }

    /// The same with the traits of an entry.
    pub fn with_traits(self, is_reply: bool, is_refused: bool) -> u64 {
        ids::with_traits(self.0, is_reply, is_refused)
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

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Index {
    tables: [Ids; Type::COUNT],
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
        let tables = self.tables.iter_mut().zip(&mut self.repeated);
        for ((table, repeated), ids) in tables.zip(&gathered.keys) {
            for id in ids {
                if table.push(*id) {
                    repeated.insert(Key::of_hash(*id));
                }
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
        self.sort_teams();
    }

    /// Makes the teams of what was taken in findable.
    pub fn sort_teams(&mut self) {
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
        self.tables[kind as usize].count()
    }

    /// The types of which any entry may stand more than once, a bit each.
    pub fn repeated_types(&self) -> u16 {
        let bits = (0..).zip(&self.repeated);
        bits.fold(0, |types, (bit, repeated)| {
            types | u16::from(!repeated.is_empty()) << bit
        })
    }

    /// Whether any entry of a type may stand more than once.
    pub fn has_repeated(&self, kind: Type) -> bool {
        !self.repeated[kind as usize].is_empty()
    }

    /// Whether an entry may stand more than once.
    pub fn is_repeated(&self, kind: Type, key: Key) -> bool {
        self.repeated[kind as usize].contains(&key)
    }

    /// Whether any user or channel has a team.
    pub fn has_teams(&self) -> bool {
        self.teams.iter().any(|teams| !teams.of.is_empty())
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
