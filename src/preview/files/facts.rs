//! What is known of the entries of files, without their texts.
//!
//! Memory holds about 110 bytes a message, 50 a reaction, 16 a member, and the ids of users and
//! channels.

use anyhow::{Context, Result};
use hashbrown::{HashMap, HashSet};
use migrate_model::{Kind, Time};

use super::super::choose::{ATTACHMENTS, NONE, WRITTEN};
use super::super::tally::Tally;
use crate::directory::hash_id;
use crate::getstream::Spelling;
use crate::getstream::json::compact;
use crate::split::entries;
use crate::split::read::{self, Taken};
use crate::validate::cut::{Chunk, Piece};
use crate::validate::entry::Type;
use crate::validate::index::Key;
use crate::validate::item::{ChannelName, Item};

/// Where an entry stands.
#[derive(Clone, Copy, Debug)]
pub struct Stands {
    /// Where it begins, in bytes.
    pub at: u64,
    /// The number of the file.
    pub file: u32,
    /// How long it is, in bytes.
    pub len: u32,
}

/// A message of a file.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// That of the message that it replies to; 0 for none.
    pub parent: u64,
    /// The hash of its entry, without white space between its tokens.
    content: u64,
    /// When it was written, in microseconds since 1970, if that is said.
    pub micros: Option<i64>,
    pub stands: Stands,
    pub channel: u32,
    pub traits: u8,
}

/// What a chunk holds.
#[derive(Default)]
pub struct Found {
    /// How many entries could not be read.
    pub broken: u64,
    /// How many places between entries are not as they have to be, such as an end that is missing.
    pub faults: u64,
    /// How many of each kind there are.
    pub counts: [u64; Kind::ALL.len()],
    /// The names of the channels that it names.
    channels: Names,
    /// The ids of the users.
    users: Names,
    entries: Vec<(Fact, u64, u32)>,
}

/// Names by their keys, each once, in the order in which they first came: what is numbered by that
/// order is numbered alike in every run.
#[derive(Default)]
struct Names {
    known: HashSet<u64>,
    list: Vec<(u64, Box<str>)>,
}

impl Names {
    fn add(&mut self, key: u64, name: impl FnOnce() -> Box<str>) {
        if self.known.insert(key) {
            self.list.push((key, name()));
        }
    }
}

/// An entry, by the keys of what it is and refers to.
enum Fact {
    User(u64),
    Channel(u64),
    Member {
        channel: u64,
        key: u64,
    },
    Message {
        key: u64,
        content: u64,
        parent: u64,
        author: u64,
        channel: u64,
        micros: Option<i64>,
        has_attachments: bool,
    },
    Reaction {
        key: u64,
        message: u64,
        name: Box<[u8]>,
    },
}

/// Reads a chunk.
pub fn read(chunk: &Chunk, spelling: Spelling) -> Found {
    let mut found = Found::default();
    let mut good = 0;
    let all = entries::each(chunk, |place| {
        let Some(taken) = read::read(place.text, spelling) else {
            return;
        };
        good += 1;
        let at = chunk.mark.start + place.start as u64;
        // Entries that are as long as that are none that could be imported.
        let Ok(len) = u32::try_from(place.text.len()) else {
            return;
        };
        if let Some(fact) = found.fact(&taken, place.text) {
            found.entries.push((fact, at, len));
        }
    });
    found.broken = all.saturating_sub(good);
    let between = |piece: &&Piece| {
        matches!(
            piece,
            Piece::Broken {
                is_entry: false,
                ..
            }
        )
    };
    found.faults = chunk.pieces.iter().filter(between).count() as u64;
    found
}

impl Found {
    fn fact(&mut self, taken: &Taken<'_>, text: &str) -> Option<Fact> {
        let kind = match taken.kind {
            Type::User => Kind::User,
            Type::Channel => Kind::Channel,
            Type::Member => Kind::Member,
            Type::Message => Kind::Message,
            Type::Reaction => Kind::Reaction,
            _ => return None,
        };
        self.counts[kind as usize] += 1;
        Some(match &taken.item {
            Item::User(it) => Fact::User(self.user(&it.id)),
            Item::Channel(it) => Fact::Channel(self.channel(&it.name)),
            Item::Member(it) => {
                let channel = Key::channel(&it.channel);
                Fact::Member {
                    channel: self.channel(&it.channel),
                    key: Key::member(channel, &it.user_id).hash(),
                }
            }
            Item::Message(it) => Fact::Message {
                key: Key::id(&it.id).hash(),
                content: hash_id(&compact(text)),
                parent: match it.parent_id.is_empty() {
                    true => 0,
                    false => Key::id(&it.parent_id).hash(),
                },
                author: self.user(&it.user),
                channel: self.channel(&it.channel),
                micros: it.created_at.map(Time::micros),
                has_attachments: has_attachments(text),
            },
            Item::Reaction(it) => {
                let name = serde_json::to_vec(&it.reaction_type).unwrap_or_default();
                let whole = [&*it.message_id, &*it.reaction_type, &*it.user_id];
                Fact::Reaction {
                    key: hash_id(&whole.join("\0")),
                    message: Key::id(&it.message_id).hash(),
                    name: name.get(1..name.len().saturating_sub(1))?.into(),
                }
            }
            _ => return None,
        })
    }

    fn user(&mut self, id: &str) -> u64 {
        let key = Key::id(id).hash();
        self.users.add(key, || id.into());
        key
    }

    fn channel(&mut self, it: &ChannelName<'_>) -> u64 {
        let key = Key::channel(it).hash();
        let cid = || match it.member_ids.is_empty() {
            true => format!("{}:{}", it.channel_type, it.id),
            false => format!("{}:", it.channel_type),
        };
        self.channels.add(key, || cid().into());
        key
    }
}

/// Whether a message has attachments, as far as its text tells.
fn has_attachments(entry: &str) -> bool {
    let Some(at) = memchr::memmem::find(entry.as_bytes(), b"\"attachments\"") else {
        return false;
    };
    let rest = entry.as_bytes()[at + 13..].trim_ascii_start();
    let list = rest.strip_prefix(b":").map(<[u8]>::trim_ascii_start);
    let first = list.and_then(|it| it.strip_prefix(b"["));
    first.is_some_and(|it| it.trim_ascii_start().starts_with(b"{"))
}

/// What all files hold.
#[derive(Default)]
pub struct Facts {
    pub tally: Tally,
    pub users: Vec<User>,
    /// The numbers of users by the keys of their ids.
    pub user_numbers: HashMap<u64, u32>,
    pub channels: Vec<Channel>,
    channel_numbers: HashMap<u64, u32>,
    members: HashSet<u64>,
    pub messages: Vec<Message>,
    /// The place of each among them.
    pub message_numbers: HashMap<u64, u32>,
    /// The key of the message, and the number of the name.
    pub reactions: Vec<(u64, Stands, u32)>,
    known_reactions: HashSet<u64>,
    user_count: u64,
    channel_count: u64,
    span: Option<(i64, i64)>,
    /// How many messages have the id of another one, or none, and say something else.
    pub differing: u64,
}

/// A user whom files hold or name.
pub struct User {
    pub id: Box<str>,
    pub entry: Option<Stands>,
    /// How many messages they wrote.
    pub messages: u64,
}

/// A channel that files hold or name.
pub struct Channel {
    pub cid: Box<str>,
    pub entry: Option<Stands>,
    pub members: u32,
}

impl Facts {
    /// Takes in the next chunk of a file.
    ///
    /// # Errors
    /// If there are more messages than can be numbered.
    pub fn take(&mut self, file: u32, found: Found) -> Result<()> {
        for (key, id) in found.users.list {
            self.user_numbers.entry(key).or_insert_with(|| {
                self.users.push(User {
                    id,
                    entry: None,
                    messages: 0,
                });
                self.users.len() as u32 - 1
            });
        }
        for (key, cid) in found.channels.list {
            self.channel_numbers.entry(key).or_insert_with(|| {
                self.channels.push(Channel {
                    cid,
                    entry: None,
                    members: 0,
                });
                self.channels.len() as u32 - 1
            });
        }
        for (fact, at, len) in found.entries {
            self.add(fact, Stands { at, file, len })?;
        }
        Ok(())
    }

    fn add(&mut self, fact: Fact, stands: Stands) -> Result<()> {
        match fact {
            Fact::User(key) => {
                let user = self.user_numbers.get(&key).copied();
                let user = user.and_then(|user| self.users.get_mut(user as usize));
                if let Some(user) = user.filter(|it| it.entry.is_none()) {
                    user.entry = Some(stands);
                    self.user_count += 1;
                }
            }
            Fact::Channel(key) => {
                let channel = self.channel_numbers.get(&key).copied();
                let channel = channel.and_then(|it| self.channels.get_mut(it as usize));
                if let Some(channel) = channel.filter(|it| it.entry.is_none()) {
                    channel.entry = Some(stands);
                    self.channel_count += 1;
                }
            }
            Fact::Member { channel, key } => {
                let channel = self.channel_numbers.get(&channel).copied();
                let channel = channel.and_then(|it| self.channels.get_mut(it as usize));
                if let Some(channel) = channel.filter(|_| self.members.insert(key)) {
                    channel.members += 1;
                }
            }
            Fact::Message {
                key,
                content,
                parent,
                author,
                channel,
                micros,
                has_attachments,
            } => {
                let number = u32::try_from(self.messages.len()).ok();
                let number = number.filter(|it| *it != NONE);
                let number = number.context("there are too many messages")?;
                if let Some(known) = self.message_numbers.get(&key) {
                    let is_same = self.messages[*known as usize].content == content;
                    self.differing += u64::from(!is_same);
                    return Ok(());
                }
                self.message_numbers.insert(key, number);
                let user = self.user_numbers.get(&author).copied();
                if let Some(user) = user.and_then(|user| self.users.get_mut(user as usize)) {
                    user.messages += 1;
                }
                if let Some(micros) = micros {
                    self.tally.message(micros);
                    let (first, last) = self.span.get_or_insert((micros, micros));
                    *first = micros.min(*first);
                    *last = micros.max(*last);
                }
                self.messages.push(Message {
                    parent,
                    content,
                    micros,
                    stands,
                    channel: self.channel_numbers.get(&channel).copied().unwrap_or(NONE),
                    traits: WRITTEN | if has_attachments { ATTACHMENTS } else { 0 },
                });
            }
            Fact::Reaction { key, message, name } => {
                if self.known_reactions.insert(key) {
                    let name = self.tally.reaction(&name);
                    self.reactions.push((message, stands, name));
                }
            }
        }
        Ok(())
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.counts().iter().all(|count| *count == 0)
    }

    /// How many channels are named and have no entry.
    pub fn unlisted_channels(&self) -> u64 {
        self.channels.len() as u64 - self.channel_count
    }

    /// How many of each kind there are, each once.
    pub fn counts(&self) -> [u64; Kind::ALL.len()] {
        Kind::ALL.map(|kind| match kind {
            Kind::User => self.user_count,
            Kind::Channel => self.channel_count,
            Kind::Member => self.members.len() as u64,
            Kind::Message => self.messages.len() as u64,
            Kind::Reaction => self.reactions.len() as u64,
        })
    }

    /// The times of the first and the last message.
    pub fn span(&self) -> Option<(Time, Time)> {
        let (first, last) = self.span?;
        Time::from_micros(first).zip(Time::from_micros(last))
    }
}
