//! Makes the lists of a file of what its chunks hold: gives numbers, finds what stands twice, and
//! decides which channels are packed together.

use anyhow::{Context, Result, bail};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::entries::{Notes, Way, contents};
use super::gather::{Found, Listed};
use super::lists::{Channel, Extra, Lists, Member, Place, User};
use super::messages::Messages;
use super::read;
use crate::directory::{NONE, Node, UserNumber};
use crate::parts::section::Section;
use crate::validate::entry::Type;
use crate::validate::index::{Index, Key};

/// What is known of a user before all is read.
struct RawUser {
    entry: Place,
    /// The users that it refers to.
    users: Box<[Key]>,
    /// The channels that it refers to.
    channels: Box<[Key]>,
}

/// What is known of a channel before all is read.
struct RawChannel {
    entry: Option<Place>,
    is_distinct: bool,
    users: Box<[Key]>,
    /// How much its messages take in the input, in bytes.
    bytes: u64,
}

/// What a file holds.
pub struct Gathered {
    /// Users, channels and members.
    pub lists: Lists,
    /// The channels of messages.
    pub messages: Messages,
    /// What there is to say about the entries.
    pub notes: Notes,
    /// By channel: how much its messages take in the input, in bytes.
    pub channel_bytes: Vec<u64>,
}

/// Makes lists of what chunks hold.
pub struct Builder<'b> {
    way: Way,
    /// What may stand more than once.
    index: &'b Index,
    store: Section,
    users: Vec<RawUser>,
    user_numbers: HashMap<Key, UserNumber>,
    extras: Vec<(Type, Place, Box<[Key]>)>,
    /// In the order in which they are met.
    channels: Vec<RawChannel>,
    channel_numbers: HashMap<Key, u32>,
    /// The channels that have an entry, in the order of those.
    listed: Vec<u32>,
    members: Vec<(u32, Key, Place)>,
    /// The first of each entry that may stand more than once, users and channels apart.
    first: HashMap<(Type, Key), Place>,
    /// By the place of a first entry that stood again: its contents, so that it is read back once.
    contents: HashMap<u64, [u64; 2]>,
    messages: Messages,
    links: Vec<(Key, u32)>,
    /// What was said about the entries so far.
    pub notes: Notes,
}

impl<'b> Builder<'b> {
    /// Nothing yet; `store` keeps the entries.
    pub fn new(way: Way, index: &'b Index, store: Section) -> Builder<'b> {
        Builder {
            way,
            index,
            store,
            users: Vec::new(),
            user_numbers: HashMap::new(),
            extras: Vec::new(),
            channels: Vec::new(),
            channel_numbers: HashMap::new(),
            listed: Vec::new(),
            members: Vec::new(),
            first: HashMap::new(),
            contents: HashMap::new(),
            messages: Messages::default(),
            links: Vec::new(),
            notes: Notes::default(),
        }
    }

    /// Takes in what the next chunk holds.
    ///
    /// # Errors
    /// If a work file cannot be written.
    pub fn take(&mut self, mut found: Found) -> Result<()> {
        let mut notes = std::mem::take(&mut found.notes);
        for it in &found.listed {
            self.list(it, &found, &mut notes)?;
        }
        let mut latest = None;
        for (key, channel, bytes) in found.messages {
            let number = match latest {
                Some((latest, number)) if latest == channel => number,
                _ => self.channel(channel)?,
            };
            latest = Some((channel, number));
            self.channels[number as usize].bytes += u64::from(bytes);
            if let Some(key) = key {
                self.messages.push(key, number);
            }
        }
        for (target, channel) in found.links {
            let channel = self.channel(channel)?;
            self.links.push((target, channel));
        }
        self.notes.append(notes);
        Ok(())
    }

    /// The number of a channel, which gets one if new.
    fn channel(&mut self, key: Key) -> Result<u32> {
        let next = self.channels.len();
        Ok(match self.channel_numbers.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                let number =
                    u32::try_from(next).context("there are more than 4 billion channels")?;
                self.channels.push(RawChannel {
                    entry: None,
                    is_distinct: false,
                    users: Box::default(),
                    bytes: 0,
                });
                *free.insert(number)
            }
        })
    }

    fn list(&mut self, it: &Listed, found: &Found, notes: &mut Notes) -> Result<()> {
        let entry = &found.bytes[it.bytes.clone()];
        let users: &[Key] = &found.keys[it.users.clone()];
        let first = match (it.kind, it.key) {
            (_, None) => None,
            (Type::User, Some(key)) => {
                let number = self.user_numbers.get(&key);
                number.map(|number| self.users[*number as usize].entry)
            }
            (Type::Channel, Some(key)) => {
                let number = self.channel(key)?;
                self.channels[number as usize].entry
            }
            (kind, Some(key)) => self.first.get(&(kind, key)).copied(),
        };
        if let Some(first) = first {
            return self.second(first, it, entry, notes);
        }
        let at = self.store.append(&[entry]);
        let place = Place {
            at: at.context("could not write a work file")?,
            len: entry.len() as u32,
        };
        match it.kind {
            Type::User => {
                let number = u32::try_from(self.users.len())?;
                if let Some(key) = it.key {
                    self.user_numbers.insert(key, number);
                }
                let channels: &[Key] = &found.keys[it.channels.clone()];
                self.users.push(RawUser {
                    entry: place,
                    users: users.into(),
                    channels: channels.into(),
                });
                return Ok(());
            }
            Type::Channel => {
                if let Some(key) = it.key {
                    let number = self.channel(key)?;
                    let channel = &mut self.channels[number as usize];
                    channel.entry = Some(place);
                    channel.is_distinct = it.is_distinct;
                    channel.users = users.into();
                    self.listed.push(number);
                }
                return Ok(());
            }
            Type::Member => {
                if let [channel, user] = users {
                    let channel = self.channel(*channel)?;
                    self.members.push((channel, *user, place));
                }
            }
            kind => self.extras.push((kind, place, users.into())),
        }
        if let Some(key) = it.key.filter(|key| self.index.is_repeated(it.kind, *key)) {
            self.first.insert((it.kind, key), place);
        }
        Ok(())
    }

    /// Takes note of an entry that stands a second time.
    fn second(&mut self, first: Place, it: &Listed, entry: &[u8], notes: &mut Notes) -> Result<()> {
        let text = std::str::from_utf8(entry).unwrap_or_default();
        let known = match self.contents.entry(first.at) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                let mut bytes = Vec::new();
                self.store
                    .read(first.at, first.len as usize, &mut bytes)
                    .context("could not read back a work file")?;
                *free.insert(contents(std::str::from_utf8(&bytes).unwrap_or_default()))
            }
        };
        if known == contents(text) {
            notes.merged[it.kind as usize] += 1;
            return Ok(());
        }
        match read::read(text, self.way.to) {
            Some(taken) => notes.refuse_second(&taken.item, it.kind, it.spot.clone()),
            None => bail!("could not read back a work file"),
        }
        Ok(())
    }

    /// Makes the lists.
    pub fn finish(mut self, threads: usize) -> Gathered {
        let order = self.order();
        let mut channel_bytes = vec![0; self.channels.len()];
        let mut channels: Vec<Channel> = Vec::with_capacity(self.channels.len());
        let mut by_place: Vec<u32> = (0..order.len() as u32).collect();
        by_place.sort_unstable_by_key(|met| order[*met as usize]);
        for (number, met) in (0..).zip(by_place) {
            let raw = &self.channels[met as usize];
            channel_bytes[number as usize] = raw.bytes;
            channels.push(Channel {
                place: raw.entry,
                is_distinct: raw.is_distinct,
                users: self.known_users(&raw.users),
                members: 0..0,
                group: number,
            });
        }
        self.messages.sort(threads, &order);
        for (target, channel) in &self.links {
            if let Some(other) = self.messages.channel(*target) {
                join(&mut channels, order[*channel as usize], other);
            }
        }
        for number in 0..channels.len() as u32 {
            let group = root(&channels, number);
            channels[number as usize].group = group;
        }
        let members = self.members_by_channel(&order, &mut channels);
        let (extras, loose, extras_of) = self.extras();
        let users = self.users(&order, extras_of);
        let mut channel_numbers = std::mem::take(&mut self.channel_numbers);
        for number in channel_numbers.values_mut() {
            *number = order[*number as usize];
        }
        let lists = Lists {
            store: self.store,
            users,
            user_numbers: self.user_numbers,
            extras,
            loose,
            channels,
            channel_numbers,
            members,
        };
        Gathered {
            lists,
            messages: self.messages,
            notes: self.notes,
            channel_bytes,
        }
    }

    /// By the order in which channels were met: their final numbers, in the order of their
    /// entries, those without one behind them.
    fn order(&self) -> Vec<u32> {
        let mut order = vec![NONE; self.channels.len()];
        let mut next = 0;
        let without = 0..self.channels.len() as u32;
        for met in self.listed.iter().copied().chain(without) {
            let number = &mut order[met as usize];
            if *number == NONE {
                *number = next;
                next += 1;
            }
        }
        order
    }

    fn known_users(&self, keys: &[Key]) -> Box<[UserNumber]> {
        let numbers = keys.iter().filter_map(|key| self.user_numbers.get(key));
        numbers.copied().collect()
    }

    fn members_by_channel(&mut self, order: &[u32], channels: &mut [Channel]) -> Vec<Member> {
        let raw = std::mem::take(&mut self.members).into_iter();
        let mut members: Vec<Member> = raw
            .map(|(channel, user, place)| Member {
                channel: order[channel as usize],
                user: self.user_numbers.get(&user).copied().unwrap_or(NONE),
                place,
            })
            .collect();
        // In the order of their entries where the channel is the same.
        members.sort_unstable_by_key(|it| (it.channel, it.place.at));
        for (number, member) in (0..).zip(&members) {
            let range = &mut channels[member.channel as usize].members;
            if range.start == range.end {
                *range = number..number;
            }
            range.end = number + 1;
        }
        members
    }

    /// Devices and bans; those that come with no user; and which come with whom.
    fn extras(&mut self) -> (Vec<Extra>, Vec<u32>, HashMap<UserNumber, Vec<u32>>) {
        let mut of: HashMap<UserNumber, Vec<u32>> = HashMap::new();
        let mut loose = Vec::new();
        let mut extras = Vec::new();
        for (number, (kind, place, users)) in (0..).zip(std::mem::take(&mut self.extras)) {
            let users = self.known_users(&users);
            match users.first() {
                Some(user) => of.entry(*user).or_default().push(number),
                None => loose.push(number),
            }
            extras.push(Extra { kind, place, users });
        }
        (extras, loose, of)
    }

    fn users(&mut self, order: &[u32], mut extras: HashMap<UserNumber, Vec<u32>>) -> Vec<User> {
        let raw = std::mem::take(&mut self.users);
        let mut users = Vec::with_capacity(raw.len());
        for (number, raw) in (0..).zip(raw) {
            let muted = self.known_users(&raw.users).into_iter().map(Node::User);
            let channels = raw
                .channels
                .iter()
                .filter_map(|key| self.channel_numbers.get(key))
                .map(|met| Node::Channel(order[*met as usize]));
            users.push(User {
                place: raw.entry,
                needs: muted.chain(channels).collect(),
                extras: extras.remove(&number).unwrap_or_default().into(),
            });
        }
        users
    }
}

/// The first channel of a group, as far as groups are joined.
fn root(channels: &[Channel], channel: u32) -> u32 {
    let mut at = channel;
    while channels[at as usize].group != at {
        at = channels[at as usize].group;
    }
    at
}

/// Makes the groups of two channels one.
fn join(channels: &mut [Channel], one: u32, other: u32) {
    if one == other {
        return;
    }
    let (one, other) = (root(channels, one), root(channels, other));
    let (first, second) = (one.min(other), one.max(other));
    channels[second as usize].group = first;
}
