//! Reads a file for its messages and reactions, and groups them by channel on disk.

use std::ops::Range;

use anyhow::{Context, Result};
use hashbrown::HashMap;

use super::entries::{self, Notes, Way, contents};
use super::groups::Groups;
use super::lists::Lists;
use super::messages::{Messages, number};
use super::read::{self, Taken};
use super::record::Head;
use crate::directory::NONE;
use crate::getstream::Spelling;
use crate::validate::cut::Chunk;
use crate::validate::entry::Type;
use crate::validate::index::{Index, Key};
use crate::validate::item::Item;
use crate::validate::pass::{Input, read_range};
use crate::validate::tally::{Lines, Spot};

/// What is known when messages are read.
pub struct Known<'k> {
    /// From which spelling to which.
    pub way: Way,
    /// Users and channels.
    pub lists: &'k Lists,
    /// The channels of messages.
    pub messages: &'k Messages,
    /// What may stand more than once.
    pub index: &'k Index,
}

/// The messages and reactions of a chunk, ready to be grouped.
#[derive(Default)]
pub struct Routed {
    bytes: Vec<u8>,
    records: Vec<Record>,
    notes: Notes,
}

struct Record {
    kind: Type,
    group: u32,
    bytes: Range<usize>,
    again: Option<Again>,
}

/// What is needed of an entry that may stand a second time.
struct Again {
    key: Key,
    /// The entry's place in the input.
    entry: Range<u64>,
    contents: [u64; 2],
    spot: Spot,
}

/// Prepares the messages and reactions of a chunk.
pub fn route(chunk: &Chunk, known: &Known<'_>) -> Routed {
    let mut routed = Routed::default();
    let mut lines = Lines::new(chunk);
    routed.notes.fatal.entries = entries::each(chunk, |place| {
        let Some(taken) = read::read(place.text, known.way.from) else {
            return;
        };
        let Some((head, users)) = known.head(&taken.item) else {
            return;
        };
        let start = routed.bytes.len();
        head.write(&users, &mut routed.bytes);
        let entry = known
            .way
            .encode(place, &taken, &mut routed.notes, &mut lines);
        let Some(entry) = entry else {
            routed.bytes.truncate(start);
            return;
        };
        routed.bytes.extend_from_slice(&entry);
        if let Item::Message(it) = &taken.item
            && it.id.is_empty()
        {
            let spot = lines.spot(place.start, place.number);
            let notes = &mut routed.notes;
            notes.add_nameless(&taken.item, &entry, known.way.to, spot);
        }
        let again = known.repeated(&taken).map(|key| {
            let from = chunk.mark.start + place.start as u64;
            Again {
                key,
                entry: from..from + place.text.len() as u64,
                contents: contents(place.text),
                spot: lines.spot(place.start, place.number),
            }
        });
        routed.records.push(Record {
            kind: taken.kind,
            group: known.lists.group(head.channel),
            bytes: start..routed.bytes.len(),
            again,
        });
    });
    routed
}

impl Known<'_> {
    /// What the packer has to know of a message or a reaction; `None` for other entries.
    fn head(&self, item: &Item<'_>) -> Option<(Head, Vec<u32>)> {
        let mut users = Vec::new();
        let mut add = |id: &str| users.extend(self.lists.user(id));
        let key_of = |id: &str| match id {
            "" => 0,
            id => number(Key::id(id)),
        };
        let head = match item {
            Item::Message(it) => {
                add(&it.user);
                it.mentioned_users_ids.iter().for_each(|id| add(id));
                it.restricted_visibility.iter().for_each(|id| add(id));
                add(&it.pinned_by_id);
                let channel = self.lists.channel_numbers.get(&Key::channel(&it.channel));
                Head {
                    is_message: true,
                    // What has no time gets that of the import.
                    micros: it.created_at.map_or(i64::MAX, migrate_model::Time::micros),
                    key: key_of(&it.id),
                    parent: key_of(&it.parent_id),
                    quote: key_of(&it.quoted_message_id),
                    channel: channel.copied().unwrap_or(NONE),
                    users: 0,
                }
            }
            Item::Reaction(it) if !it.message_id.is_empty() => {
                add(&it.user_id);
                let message = Key::id(&it.message_id);
                Head {
                    is_message: false,
                    micros: 0,
                    key: number(message),
                    parent: 0,
                    quote: 0,
                    channel: self.messages.channel(message).unwrap_or(NONE),
                    users: 0,
                }
            }
            _ => return None,
        };
        Some((head, users))
    }

    /// The key of an entry that may stand more than once.
    fn repeated(&self, taken: &Taken<'_>) -> Option<Key> {
        match &taken.item {
            Item::Message(it) if it.id.is_empty() => None,
            Item::Message(it) => {
                Some(Key::id(&it.id)).filter(|key| self.messages.is_repeated(*key))
            }
            item => Key::of_item(item).filter(|key| self.index.is_repeated(taken.kind, *key)),
        }
    }
}

/// The first of the entries that may stand more than once.
struct First {
    /// Its place in the input.
    entry: Range<u64>,
    contents: [u64; 2],
    /// Known once another has other contents, so that it is read once only.
    identity: Option<Identity>,
}

/// What makes a message or a reaction one of its kind.
type Identity = [String; 3];

/// Takes prepared entries to their groups.
pub struct Router<'r> {
    input: &'r Input,
    way: Way,
    groups: Groups,
    /// By group: the bin that holds it.
    bins: Vec<u8>,
    first: HashMap<(Type, Key), First>,
    /// What was said about the entries so far.
    pub notes: Notes,
}

impl<'r> Router<'r> {
    /// A router whose groups stand in `bins`.
    pub fn new(input: &'r Input, way: Way, groups: Groups, bins: Vec<u8>) -> Router<'r> {
        Router {
            input,
            way,
            groups,
            bins,
            first: HashMap::new(),
            notes: Notes::default(),
        }
    }

    /// Takes the entries of the next chunk.
    ///
    /// # Errors
    /// If a work file cannot be written, or the input cannot be read again.
    pub fn take(&mut self, mut routed: Routed) -> Result<()> {
        let mut notes = std::mem::take(&mut routed.notes);
        for record in &mut routed.records {
            if let Some(again) = record.again.take()
                && self.is_second(record.kind, again, &mut notes)?
            {
                continue;
            }
            let bin = self.bins.get(record.group as usize);
            let bin = bin.context("an entry refers to what the file does not hold")?;
            let bytes = &routed.bytes[record.bytes.clone()];
            self.groups.push(usize::from(*bin), record.group, bytes)?;
        }
        self.notes.append(notes);
        Ok(())
    }

    /// Whether an entry was there before; if it says something else now, that is noted.
    fn is_second(&mut self, kind: Type, again: Again, notes: &mut Notes) -> Result<bool> {
        let id = (kind, again.key);
        let Some(first) = self.first.get_mut(&id) else {
            let first = First {
                entry: again.entry,
                contents: again.contents,
                identity: None,
            };
            self.first.insert(id, first);
            return Ok(false);
        };
        if first.contents == again.contents {
            notes.merged[kind as usize] += 1;
            return Ok(true);
        }
        let from = self.way.from;
        if first.identity.is_none() {
            let bytes = read_range(self.input, &first.entry)?;
            first.identity = taken(&bytes, from).and_then(|it| identity(&it.item));
        }
        let second = read_range(self.input, &again.entry)?;
        if let Some(second) = taken(&second, from)
            && first.identity.is_some()
            && first.identity == identity(&second.item)
        {
            notes.refuse_second(&second.item, kind, again.spot);
            return Ok(true);
        }
        Ok(false)
    }

    /// Ends the routing.
    pub fn finish(mut self) -> (Groups, Vec<u8>, Notes) {
        self.notes.forget_first_nameless();
        (self.groups, self.bins, self.notes)
    }
}

fn taken(bytes: &[u8], spelling: Spelling) -> Option<Taken<'_>> {
    read::read(std::str::from_utf8(bytes).ok()?, spelling)
}

/// What two entries that are the same thing share, and not only its hash.
fn identity(item: &Item<'_>) -> Option<Identity> {
    let texts = match item {
        Item::Message(it) => [it.id.as_ref(), "", ""],
        Item::Reaction(it) => [&*it.message_id, &*it.reaction_type, &*it.user_id],
        _ => return None,
    };
    Some(texts.map(str::to_owned))
}
