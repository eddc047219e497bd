//! Reads a chunk of a file for its users, channels and members, and for the channel of each
//! message. What that comes to over all chunks is made by [`build`](super::build).

use std::ops::Range;

use super::entries::{self, Notes, Way};
use super::faults;
use super::read::{self, Taken};
use crate::getstream::Spelling;
use crate::getstream::rules::{Problem, RuleId};
use crate::validate::cut::Chunk;
use crate::validate::entry::Type;
use crate::validate::index::Key;
use crate::validate::item::{Item, Message};
use crate::validate::references::{Referred, World};
use crate::validate::tally::{Lines, Spot};

/// What a chunk holds.
#[derive(Default)]
pub struct Found {
    /// The entries that lists are made of, one behind the other.
    pub bytes: Vec<u8>,
    /// A head for each of them.
    pub listed: Vec<Listed>,
    /// What they refer to.
    pub keys: Vec<Key>,
    /// The messages, with their channels and how long they are.
    pub messages: Vec<(Option<Key>, Key, u32)>,
    /// The messages that messages refer to, with the channel of the latter.
    pub links: Vec<(Key, Key)>,
    /// What there is to say about its entries.
    pub notes: Notes,
}

/// An entry for a list.
pub struct Listed {
    /// Its type.
    pub kind: Type,
    /// What makes it one of its kind; `None` if it has no id.
    pub key: Option<Key>,
    /// Its place in [`Found::bytes`].
    pub bytes: Range<usize>,
    /// The users that it refers to, in [`Found::keys`]; of a member first the channel.
    pub users: Range<usize>,
    /// The channels that a user refers to, in [`Found::keys`].
    pub channels: Range<usize>,
    /// Whether it is a channel that is known by its members.
    pub is_distinct: bool,
    /// Where it stands.
    pub spot: Spot,
}

/// Finds what a chunk holds.
pub fn gather(chunk: &Chunk, way: Way, world: &World<'_>) -> Found {
    let mut found = Found::default();
    let mut lines = Lines::new(chunk);
    let mut referred = Referred::default();
    found.notes.fatal.entries = entries::each(chunk, |place| {
        let Some(taken) = read::read(place.text, way.from) else {
            return;
        };
        let kind = taken.kind;
        found.notes.read[kind as usize] += 1;
        let mut spot = || lines.spot(place.start, place.number);
        if way.from == Spelling::Array {
            faults::unasked(world, &taken.item, &mut referred);
            for missing in referred.missing.drain(..) {
                found.notes.refuse(missing.problem, kind, spot());
            }
        }
        match &taken.item {
            Item::Message(it) => found.message(it, place.text.len()),
            Item::Reaction(it) if !it.message_id.is_empty() => {}
            Item::Unchecked => {
                let problem = Problem::plain(RuleId::EntryType).with("type", kind.name());
                found.notes.refuse(problem, kind, spot());
            }
            _ => {
                let spot = spot();
                let entry = way.encode(place, &taken, &mut found.notes, &mut lines);
                if let Some(entry) = entry {
                    found.list(&taken, &entry, spot);
                }
            }
        }
    });
    found.forget_near_links();
    found
}

impl Found {
    fn message(&mut self, it: &Message<'_>, bytes: usize) {
        let channel = Key::channel(&it.channel);
        let key = (!it.id.is_empty()).then(|| Key::id(&it.id));
        self.messages.push((key, channel, bytes as u32));
        for id in [&it.parent_id, &it.quoted_message_id] {
            if !id.is_empty() {
                self.links.push((Key::id(id), channel));
            }
        }
    }

    /// Most messages refer to one of the same channel that stands near. Only the others are kept.
    fn forget_near_links(&mut self) {
        if self.links.is_empty() {
            return;
        }
        let messages = self.messages.iter();
        let mut here: Vec<_> = messages
            .filter_map(|(key, channel, _)| Some(((*key)?, *channel)))
            .collect();
        here.sort_unstable();
        self.links.sort_unstable();
        self.links.dedup();
        self.links.retain(|link| here.binary_search(link).is_err());
    }

    fn list(&mut self, taken: &Taken<'_>, entry: &[u8], spot: Spot) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(entry);
        let first = self.keys.len();
        let mut channels = 0..0;
        let mut is_distinct = false;
        match &taken.item {
            Item::User(it) => {
                let users = it.user_mutes.iter().chain(&it.blocked_user_ids);
                self.keys.extend(users.map(|id| Key::id(id)));
                let start = self.keys.len();
                let cids = it
                    .channel_mutes
                    .iter()
                    .filter_map(|cid| cid.split_once(':'));
                self.keys
                    .extend(cids.map(|(channel_type, id)| Key::channel_id(channel_type, id)));
                channels = start..self.keys.len();
            }
            Item::Device(it) => self.keys.push(Key::id(&it.user_id)),
            Item::Ban(it) => {
                let users = [&it.target_id, &it.created_by];
                self.keys.extend(users.map(|id| Key::id(id)));
            }
            Item::Channel(it) => {
                is_distinct = !it.name.member_ids.is_empty();
                self.keys.push(Key::id(&it.created_by));
                let users = it.name.member_ids.iter().chain(&it.banned_users);
                self.keys.extend(users.map(|id| Key::id(id)));
            }
            Item::Member(it) => {
                self.keys.push(Key::channel(&it.channel));
                self.keys.push(Key::id(&it.user_id));
            }
            // One that says no message is in no channel.
            Item::Reaction(it) => self.keys.push(Key::id(&it.user_id)),
            Item::Message(_) | Item::Unchecked => {}
        }
        let end = match channels.is_empty() {
            true => self.keys.len(),
            false => channels.start,
        };
        let has_id = match &taken.item {
            Item::User(it) => !it.id.is_empty(),
            Item::Device(it) => !it.id.is_empty(),
            _ => true,
        };
        self.listed.push(Listed {
            kind: taken.kind,
            key: Key::of_item(&taken.item).filter(|_| has_id),
            bytes: start..self.bytes.len(),
            users: first..end,
            channels,
            is_distinct,
            spot,
        });
    }
}
