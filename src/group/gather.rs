//! The records of units without a channel, as one thread reads them: encoded, each with the
//! channel that it names. Where they go is left to `place`.

use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use hashbrown::HashMap;
use migrate_model::{
    Channel, ChannelRef, ChannelType, Custom, Directory, Fields, Loss, Message, Origin, Outcome,
    Person, Rank, Record, Sink, Stop, Text, Time,
};

use super::codec;
use super::frame::{self, Frame, Tag};
use crate::directory::hash_id;
use crate::people;

/// The records of a few units.
#[derive(Default)]
pub struct Gathered {
    /// The frames of what stands in channels, one behind the other.
    pub frames: Vec<u8>,
    /// What they are.
    pub items: Vec<Item>,
    /// The channels that items and channel records name, each once.
    pub channels: Vec<Box<str>>,
    /// The frames of what stands in no channel, by [`List`].
    pub lists: [Vec<u8>; List::COUNT],
    /// For each channel record: places in `channels`.
    pub channel_records: Vec<ChannelNames>,
    /// What is told about people, each once.
    pub people: Vec<Told>,
    /// How much of the source it was, in bytes.
    pub source_bytes: u64,
}

/// What a channel is called, by places in [`Gathered::channels`].
pub struct ChannelNames {
    /// How records name it: by its id, by its members.
    pub named: [Option<u32>; 2],
    /// What it shares with the conversations that become one with it, which no record names.
    pub conversation: Option<u32>,
}

/// What goes into the directory, and is kept in a file of its own each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Users.
    Users,
    /// Channels.
    Channels,
    /// Members.
    Members,
    /// What is lost of no channel's record.
    Losses,
}

impl List {
    /// How many there are.
    pub const COUNT: usize = 4;
}

/// What the frame of a record in a channel is.
pub struct Item {
    /// The channel that it names, by place in [`Gathered::channels`].
    pub channel: Option<u32>,
    /// Where its frame ends.
    pub end: usize,
    /// What it is.
    pub kind: ItemKind,
    /// See [`Frame::id`].
    pub id: u64,
    /// See [`Frame::parent`].
    pub parent: u64,
    /// See [`Frame::micros`].
    pub micros: i64,
    /// Stands for the file in which it stands.
    pub file: u64,
}

/// See [`Item`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A message.
    Message,
    /// A reaction.
    Reaction,
    /// A loss.
    Loss,
}

/// What is told about a person: name, picture and custom data each the first that is told, and of
/// several ranks that of the highest.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The source's id.
    pub id: Box<str>,
    name: Box<str>,
    name_rank: Rank,
    image_url: Box<str>,
    image_rank: Rank,
    seen_at: Time,
    custom: Custom<'static>,
    /// By what line the custom data is known; `None` where no line tells any.
    custom_by: Option<(Rank, Time)>,
}

impl Told {
    fn of(it: Person<'_>) -> Told {
        let has_custom = has_custom(&it);
        Told {
            custom_by: has_custom.then_some((it.rank, it.seen_at)),
            id: (&*it.id).into(),
            name: (&*it.name).into(),
            name_rank: it.rank,
            image_url: (&*it.image_url).into(),
            image_rank: it.rank,
            seen_at: it.seen_at,
            custom: match has_custom {
                true => it.custom.into_owned(),
                false => Custom::default(),
            },
        }
    }

    /// Takes in what is told later.
    pub fn add(&mut self, later: Told) {
        if self.has_worse_name(&later.name, later.name_rank) {
            self.name = later.name;
            self.name_rank = later.name_rank;
            self.seen_at = later.seen_at;
        }
        if self.has_worse_custom(later.custom_by.map(|(rank, _)| rank)) {
            self.custom = later.custom;
            self.custom_by = later.custom_by;
        }
        if self.has_worse_image(&later.image_url, later.image_rank) {
            self.image_url = later.image_url;
            self.image_rank = later.image_rank;
        }
    }

    fn has_worse_name(&self, later: &str, rank: Rank) -> bool {
        is_better(later, rank, &self.name, self.name_rank)
    }

    fn has_worse_image(&self, later: &str, rank: Rank) -> bool {
        is_better(later, rank, &self.image_url, self.image_rank)
    }

    fn has_worse_custom(&self, later: Option<Rank>) -> bool {
        later > self.custom_by.map(|(rank, _)| rank)
    }

    /// As a person who is met, twice where the custom data is known by another line than the name.
    pub fn people(&self) -> impl Iterator<Item = Person<'_>> {
        let named_by = (self.name_rank, self.seen_at);
        let person = |(rank, seen_at), custom: Custom<'static>| Person {
            id: (&*self.id).into(),
            rank,
            name: (&*self.name).into(),
            image_url: (&*self.image_url).into(),
            seen_at,
            custom,
        };
        let apart = self.custom_by.filter(|it| *it != named_by);
        let with_name = match apart {
            Some(_) => Custom::default(),
            None => self.custom.clone(),
        };
        let marked = apart.map(|by| person(by, self.custom.clone()));
        iter::once(person(named_by, with_name)).chain(marked)
    }
}

/// Whether a line says what custom data a person has; one without a name says nothing.
fn has_custom(it: &Person<'_>) -> bool {
    !it.name.is_empty() && people::tells_custom(it)
}

fn is_better(later: &str, rank: Rank, first: &str, first_rank: Rank) -> bool {
    !later.is_empty() && (first.is_empty() || rank > first_rank)
}

/// The names of loss kinds, which work files hold by number.
#[derive(Default)]
pub struct Kinds(Mutex<Vec<&'static str>>);

impl Kinds {
    fn number(&self, kind: &'static str) -> u32 {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kinds.iter().position(|it| *it == kind);
        let number = found.unwrap_or_else(|| {
            kinds.push(kind);
            kinds.len() - 1
        });
        number as u32
    }

    /// The kind of a number.
    ///
    /// # Errors
    /// If there is none.
    pub fn get(&self, number: u64) -> Result<&'static str> {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::try_from(number).ok();
        let kind = place.and_then(|place| kinds.get(place)).copied();
        kind.context("a work file names a kind of loss that there is not")
    }
}

/// Nobody's name is known yet.
pub struct Nobody;

impl Directory for Nobody {
    fn user_name(&self, _: &str) -> Option<&str> {
        None
    }

    fn channel_name(&self, _: &str) -> Option<&str> {
        None
    }
}

/// The sink of one thread.
pub struct Gatherer<'a> {
    kinds: &'a Kinds,
    stop: &'a AtomicBool,
    gathered: Gathered,
    unit: u32,
    /// A hash of the name of the unit, which is that of its file.
    unit_file: u64,
    /// The file that the source named in the unit; empty for the unit itself.
    file: String,
    channel_places: HashMap<Box<str>, u32>,
    people_places: HashMap<Box<str>, usize>,
    /// The numbers of kinds that this thread asked for already.
    kind_numbers: Vec<(&'static str, u32)>,
    key: String,
    last_channel: Option<u32>,
}

impl<'a> Gatherer<'a> {
    /// A sink that has taken nothing.
    pub fn new(kinds: &'a Kinds, stop: &'a AtomicBool) -> Gatherer<'a> {
        Gatherer {
            kinds,
            stop,
            gathered: Gathered::default(),
            unit: 0,
            unit_file: 0,
            file: String::new(),
            channel_places: HashMap::new(),
            people_places: HashMap::new(),
            kind_numbers: Vec::new(),
            key: String::new(),
            last_channel: None,
        }
    }

    /// Starts a unit: its place in the source's list, its name, and its size.
    ///
    /// # Errors
    /// If the run is to end early.
    pub fn begin(&mut self, unit: u32, name: &str, bytes: u64) -> Result<(), Stop> {
        self.unit = unit;
        self.unit_file = hash_id(name);
        self.file.clear();
        self.gathered.source_bytes += bytes;
        self.check_stop()
    }

    /// Gives away what was gathered and goes on with the one given, whose buffers are used again.
    pub fn take(&mut self, mut next: Gathered) -> Gathered {
        next.frames.clear();
        next.items.clear();
        next.channels.clear();
        next.lists.iter_mut().for_each(Vec::clear);
        next.channel_records.clear();
        next.people.clear();
        next.source_bytes = 0;
        self.channel_places.clear();
        self.people_places.clear();
        self.last_channel = None;
        std::mem::replace(&mut self.gathered, next)
    }

    fn check_stop(&self) -> Result<(), Stop> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(Stop),
            false => Ok(()),
        }
    }

    /// The place of the channel that a record names; `None` if it names none.
    fn channel(&mut self, it: &ChannelRef<'_>) -> Option<u32> {
        // Most records stand in the channel of the one before.
        if let (ChannelRef::Id(id), Some(last)) = (it, self.last_channel)
            && let Some(key) = self.gathered.channels.get(last as usize)
            && key.strip_prefix(BY_ID) == Some(id)
        {
            return Some(last);
        }
        self.key.clear();
        write_key(it, &mut self.key);
        self.place_of_key()
    }

    /// The place of what makes conversations between the same people one.
    fn conversation(&mut self, it: &Channel<'_>) -> Option<u32> {
        self.key.clear();
        write_conversation(it, &mut self.key);
        self.place_of_key()
    }

    /// The place of the channel of the key at hand; `None` if it is empty.
    fn place_of_key(&mut self) -> Option<u32> {
        if self.key.is_empty() {
            return None;
        }
        let place = match self.channel_places.get(self.key.as_str()) {
            Some(place) => *place,
            None => {
                let place = self.gathered.channels.len() as u32;
                let key: Box<str> = self.key.as_str().into();
                self.gathered.channels.push(key.clone());
                self.channel_places.insert(key, place);
                place
            }
        };
        self.last_channel = Some(place);
        Some(place)
    }

    fn kind_number(&mut self, kind: &'static str) -> u32 {
        let known = self.kind_numbers.iter().find(|(it, _)| *it == kind);
        if let Some((_, number)) = known {
            return *number;
        }
        let number = self.kinds.number(kind);
        self.kind_numbers.push((kind, number));
        number
    }

    fn frame(&mut self, tag: Tag, record: u32, origin: Origin) -> Frame {
        let made = match origin {
            Origin::Read => None,
            Origin::Made(kind) => Some(self.kind_number(kind)),
        };
        Frame {
            tag,
            unit: self.unit,
            record,
            made,
            id: 0,
            parent: 0,
            micros: 0,
        }
    }

    /// Adds a record that stands in a channel.
    fn item<'r>(
        &mut self,
        frame: Frame,
        channel: &ChannelRef<'_>,
        kind: ItemKind,
        it: &mut impl Fields<'r>,
    ) -> Result<(), Stop> {
        let channel = self.channel(channel);
        let frames = &mut self.gathered.frames;
        frame.write(frames, &self.file, |out| codec::write(out, it));
        self.gathered.items.push(Item {
            channel,
            end: frames.len(),
            kind,
            id: frame.id,
            parent: frame.parent,
            micros: frame.micros,
            file: self.unit_file,
        });
        Ok(())
    }

    /// Adds a record of the directory.
    fn list<'r>(&mut self, list: List, frame: Frame, key: &str, it: &mut impl Fields<'r>) {
        let out = &mut self.gathered.lists[list as usize];
        frame.write(out, &self.file, |out| {
            if list == List::Members {
                codec::write_text(out, key);
            }
            codec::write(out, it);
        });
    }

    fn message(&mut self, frame: Frame, it: &mut Message<'_>) -> Result<(), Stop> {
        let channel = std::mem::take(&mut it.channel);
        let frame = Frame {
            id: hash(&it.id),
            parent: hash(&it.parent_id),
            micros: it.created_at.map_or(i64::MAX, Time::micros),
            ..frame
        };
        self.item(frame, &channel, ItemKind::Message, it)
    }
}

impl Sink for Gatherer<'_> {
    fn file(&mut self, name: &str) {
        self.file.clear();
        self.file.push_str(name);
    }

    fn put(&mut self, record: u32, origin: Origin, mut it: Record<'_>) -> Result<(), Stop> {
        match &mut it {
            Record::Message(it) => {
                let frame = self.frame(Tag::Message, record, origin);
                return self.message(frame, it);
            }
            Record::Reaction(it) => {
                let frame = self.frame(Tag::Reaction, record, origin);
                let channel = std::mem::take(&mut it.channel);
                let id = hash(&it.message_id);
                let frame = Frame { id, ..frame };
                return self.item(frame, &channel, ItemKind::Reaction, it);
            }
            Record::User(it) => {
                let frame = self.frame(Tag::User, record, origin);
                self.list(List::Users, frame, "", it);
            }
            Record::Channel(it) => {
                let frame = self.frame(Tag::Channel, record, origin);
                let by_id = self.channel(&ChannelRef::Id(it.id.clone()));
                let by_members = self.channel(&ChannelRef::Members(it.member_ids.clone()));
                let names = ChannelNames {
                    named: [by_id, by_members],
                    conversation: by_members.and_then(|_| self.conversation(it)),
                };
                self.gathered.channel_records.push(names);
                self.list(List::Channels, frame, "", it);
            }
            Record::Member(it) => {
                let frame = self.frame(Tag::Member, record, origin);
                let mut key = String::new();
                write_key(&it.channel, &mut key);
                self.list(List::Members, frame, &key, it);
            }
            // The model may know more kinds one day; until they are grouped they are left out by name.
            other => {
                let loss = Loss {
                    kind: "record_out_of_place",
                    outcome: Outcome::LeftOut,
                    of: other.kind(),
                    channel: ChannelRef::Unit,
                    count: 1,
                    detail: Text::default(),
                };
                self.lose(record, loss)?;
            }
        }
        self.check_stop()
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        let channel = self.channel(&loss.channel);
        let kind = self.kind_number(loss.kind);
        let frame = self.frame(Tag::Loss, record, Origin::Read);
        let gathered = &mut self.gathered;
        let out = match channel {
            Some(_) => &mut gathered.frames,
            None => &mut gathered.lists[List::Losses as usize],
        };
        frame.write(out, &self.file, |out| frame::write_loss(out, kind, &loss));
        if channel.is_some() {
            gathered.items.push(Item {
                channel,
                end: gathered.frames.len(),
                kind: ItemKind::Loss,
                id: 0,
                parent: 0,
                micros: 0,
                file: 0,
            });
        }
        Ok(())
    }

    fn meet(&mut self, person: Person<'_>) -> Result<(), Stop> {
        if person.id.is_empty() {
            return Ok(());
        }
        let Some(place) = self.people_places.get(&*person.id) else {
            let place = self.gathered.people.len();
            self.people_places.insert((&*person.id).into(), place);
            self.gathered.people.push(Told::of(person));
            return Ok(());
        };
        let known = &mut self.gathered.people[*place];
        // Most people are met again and again, which teaches nothing new.
        if known.has_worse_name(&person.name, person.rank)
            || known.has_worse_image(&person.image_url, person.rank)
            || known.has_worse_custom(has_custom(&person).then_some(person.rank))
        {
            known.add(Told::of(person));
        }
        Ok(())
    }
}

/// The hash of an id; 0 for none.
fn hash(id: &str) -> u64 {
    match id {
        "" => 0,
        id => hash_id(id).max(1),
    }
}

/// What begins the key of a channel that is known by its id.
const BY_ID: char = 'i';
/// What begins the key of one that is known by its members.
const BY_MEMBERS: char = 'm';
/// What begins the key of all conversations of a type between the same people.
const CONVERSATION: char = 'c';

/// Writes the key of the channel that a record names; nothing if it names none.
fn write_key(it: &ChannelRef<'_>, key: &mut String) {
    match it {
        ChannelRef::Id(id) if !id.is_empty() => {
            key.push(BY_ID);
            key.push_str(id);
        }
        ChannelRef::Members(members) => {
            let mut members: Vec<&Text<'_>> = members.iter().filter(|id| !id.is_empty()).collect();
            members.sort_unstable();
            members.dedup();
            if !members.is_empty() {
                key.push(BY_MEMBERS);
            }
            // With its length before it, whatever stands in an id.
            for id in members {
                key.push_str(&id.len().to_string());
                key.push(':');
                key.push_str(id);
            }
        }
        _ => {}
    }
}

/// Writes the key of a channel that is known by its members and of all that become one with it.
fn write_conversation(it: &Channel<'_>, key: &mut String) {
    let (kind, name) = match &it.channel_type {
        ChannelType::Named(name) => ('n', &**name),
        ChannelType::Direct => ('d', ""),
        _ => ('c', ""),
    };
    key.extend([CONVERSATION, kind]);
    for text in [name, &it.team] {
        key.push_str(&text.len().to_string());
        key.push(':');
        key.push_str(text);
    }
    write_key(&ChannelRef::Members(it.member_ids.clone()), key);
}

/// The channel of a key.
pub fn channel_of_key(key: &str) -> ChannelRef<'_> {
    match key.strip_prefix(BY_ID) {
        Some(id) => ChannelRef::Id(id.into()),
        None => match key.strip_prefix(BY_MEMBERS) {
            Some(members) => ChannelRef::Members(members_of_key(members)),
            None => ChannelRef::Unit,
        },
    }
}

fn members_of_key(mut key: &str) -> Vec<Text<'_>> {
    let mut members = Vec::new();
    while let Some((len, rest)) = key.split_once(':') {
        let id = len.parse().ok().and_then(|len| rest.split_at_checked(len));
        let Some((id, rest)) = id else {
            break;
        };
        members.push(id.into());
        key = rest;
    }
    members
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;

    #[test]
    fn name_and_custom_data_are_those_of_the_lines_that_know_them_best() {
        let told = |rank, name: &'static str, image_url: &'static str, mark: &'static str| {
            let mut custom = Custom::default();
            if !mark.is_empty() {
                custom.set(mark, true);
            }
            Told::of(Person {
                id: "u".into(),
                rank,
                name: name.into(),
                image_url: image_url.into(),
                seen_at: Time::EPOCH,
                custom,
            })
        };
        let check = |lines: &[&Told], expected: &[Told]| {
            let mut it = lines[0].clone();
            lines[1..].iter().for_each(|line| it.add((*line).clone()));
            let expected: Vec<_> = expected.iter().flat_map(Told::people).collect();
            assert_eq!(it.people().collect::<Vec<_>>(), expected);
        };
        let label = told(Rank::Label, "bea", "", "a");
        let later = told(Rank::Label, "Bea", "https://a.b/c", "b");
        check(
            &[&label, &later],
            &[told(Rank::Label, "bea", "https://a.b/c", "a")],
        );
        // A profile tells custom data even if it has none, a label does not.
        let profile = told(Rank::Profile, "Beatrix", "", "");
        let whole = told(Rank::Profile, "Beatrix", "https://a.b/c", "");
        check(&[&label, &later, &profile], slice::from_ref(&whole));
        check(&[&profile, &label, &later], slice::from_ref(&whole));
        let id = told(Rank::Id, "u", "", "a");
        let named = told(Rank::Label, "bea", "", "");
        let marked = told(Rank::Id, "bea", "", "a");
        for lines in [[&id, &named], [&named, &id]] {
            check(&lines, &[named.clone(), marked.clone()]);
        }
        let nameless = told(Rank::Profile, "", "", "c");
        check(&[&nameless, &named], slice::from_ref(&named));
    }
}
