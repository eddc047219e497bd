//! Puts what was gathered into work files, in the order in which it came.
//!
//! As long as every channel comes in one piece, its records go one behind the other into one
//! file, from which they are read as they stand. From the first record on whose channel came
//! before, records go into *bins*, files that hold some of the channels each, to be arranged at
//! the end. What bins hold is the later part of their channels, so nothing has to be moved.

use std::ops::Range;

use anyhow::{Context, Result, bail};
use hashbrown::{HashMap, HashSet};
use migrate_model::MessageIds;

use super::frame::{self, Frame};
use super::gather::{Gathered, Item, ItemKind, List, Told};
use super::ids::{Homes, Ids};
use super::order::Steps;
use crate::directory::NONE;
use crate::parts::section::Section;
use crate::parts::target::WorkFolder;

/// How many bins there are; each has one file open.
pub const BINS: usize = 64;

/// How many bytes of all bins are kept in memory before they go to their files.
const BIN_BUFFER_BYTES: usize = 8 << 20;

/// How many bytes of one other file are.
const BUFFER_BYTES: usize = 1 << 20;

/// From how many bytes on a channel is read in several pieces.
pub const PIECE_BYTES: u64 = 1 << 20;

/// From how many bytes on a piece ends also where no message begins.
const MOST_PIECE_BYTES: u64 = 4 * PIECE_BYTES;

/// The group of what names no channel, or one that cannot be found.
pub const NOWHERE: u32 = 0;

/// The records of one channel, as they name it.
pub struct Group {
    /// What it is called.
    pub key: Box<str>,
    /// The number of its channel record, or [`NONE`].
    pub record: u32,
    /// The group that stands for its channel, as far as channel records tell.
    channel: u32,
    /// Whether a message with a time stands in it.
    pub has_messages: bool,
    /// The group by whose name ids are told apart, if they have to be.
    pub named: u32,
    /// In how far its messages come in order.
    pub steps: Steps,
    /// What stands in one piece in [`Placed::run`].
    pub run: Option<Stretch>,
    /// How many bytes of it stand in bins.
    pub binned_bytes: u64,
}

/// A stretch of a work file, cut into pieces that begin with a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins.
    pub start: u64,
    /// Where its pieces end; the last is the end of the stretch.
    pub ends: Vec<u64>,
}

impl Stretch {
    /// A stretch that begins there and has nothing in it.
    pub fn at(start: u64) -> Stretch {
        Stretch {
            start,
            ends: Vec::new(),
        }
    }

    /// Where it ends.
    pub fn end(&self) -> u64 {
        self.ends.last().copied().unwrap_or(self.start)
    }

    /// A frame is added at the end.
    pub fn add(&mut self, frame: &[u8]) {
        let end = self.end();
        let before = self.ends.len().checked_sub(2);
        let begin = before.map_or(self.start, |place| self.ends[place]);
        let next = end + frame.len() as u64;
        let is_full = match frame::is_message(frame) {
            true => end - begin >= PIECE_BYTES,
            // Reactions that come behind all messages, for instance.
            false => end - begin >= MOST_PIECE_BYTES,
        };
        match self.ends.last_mut() {
            Some(last) if !is_full => *last = next,
            _ => self.ends.push(next),
        }
    }
}

/// Takes what was gathered.
pub struct Placer<'w> {
    work: &'w WorkFolder,
    placed: Placed,
    numbers: HashMap<Box<str>, u32>,
    /// The group at hand, while records come by channel.
    current: Option<u32>,
    /// Reactions that say no channel and do not stand behind their message.
    homeless: Option<Section>,
    /// The last message: the hash of its id, its file, and its group.
    last: (u64, u64, u32),
    people: HashMap<Box<str>, usize>,
    ids: Ids,
    channel_records: u32,
}

/// Everything that was gathered, in its place.
pub struct Placed {
    /// The groups by number.
    pub groups: Vec<Group>,
    /// Records of the directory, by [`List`].
    pub lists: [Section; List::COUNT],
    /// What came by channel.
    pub run: Section,
    /// What came otherwise; empty if nothing did. The bin of a group is its number modulo
    /// [`BINS`]; before each frame stands the number, four bytes.
    pub bins: Vec<Section>,
    /// What was told about people.
    pub people: Vec<Told>,
    /// Whether ids of messages are told apart by their channels.
    pub ids_repeat: bool,
    /// The messages, by group and the hash of their ids, that have an id which one of another channel
    /// had before, and do not count.
    pub taken_ids: HashSet<(u32, u64)>,
    /// The parents, by group and the hash of their ids, that are not in the channel of their replies
    /// and are somebody else's: of another channel, or missed by several.
    pub strayed: HashSet<(u32, u64)>,
}

impl<'w> Placer<'w> {
    /// A placer that has taken nothing.
    pub fn new(work: &'w WorkFolder) -> Placer<'w> {
        let section = |name: &str| Section::new(work.file(name), BUFFER_BYTES);
        let nowhere = Group {
            key: "".into(),
            record: NONE,
            channel: NOWHERE,
            named: NOWHERE,
            has_messages: false,
            steps: Steps::default(),
            run: None,
            binned_bytes: 0,
        };
        Placer {
            work,
            placed: Placed {
                groups: vec![nowhere],
                lists: ["users", "channels", "members", "losses"].map(section),
                run: section("records"),
                bins: Vec::new(),
                people: Vec::new(),
                ids_repeat: false,
                taken_ids: HashSet::new(),
                strayed: HashSet::new(),
            },
            numbers: HashMap::new(),
            current: None,
            homeless: None,
            last: (0, 0, NOWHERE),
            people: HashMap::new(),
            ids: Ids::new(work),
            channel_records: 0,
        }
    }

    /// Takes what the next units hold.
    ///
    /// # Errors
    /// If a work file cannot be written.
    pub fn take(&mut self, gathered: &mut Gathered) -> Result<()> {
        for (list, frames) in self.placed.lists.iter_mut().zip(&gathered.lists) {
            list.append(&[frames]).context(UNWRITTEN)?;
        }
        let keys = gathered.channels.iter();
        let groups: Vec<u32> = keys.map(|key| self.group(key)).collect();
        for names in &gathered.channel_records {
            let named = names.named.iter().flatten();
            let named = named.map(|place| groups[*place as usize]);
            let first = named.clone().next().unwrap_or(NOWHERE);
            // Conversations between the same people are one.
            let channel = names.conversation.map(|place| groups[place as usize]);
            let channel = channel.unwrap_or(first);
            for group in named {
                let group = &mut self.placed.groups[group as usize];
                if group.record == NONE {
                    group.record = self.channel_records;
                    group.channel = channel;
                    group.named = first;
                }
            }
            self.channel_records += 1;
        }
        for told in gathered.people.drain(..) {
            self.meet(told);
        }
        let frames = &gathered.frames;
        let mut start = 0;
        // Frames that stand one behind the other stand so in the run as well, and go there at once.
        let mut unwritten = 0;
        for item in &gathered.items {
            let frame = &frames[start..item.end];
            let at = self.placed.run.len() + (start - unwritten) as u64;
            let group = self.group_of(item, &groups)?;
            if !group.is_some_and(|group| self.stands_in_run(group, frame, at)) {
                let run = &frames[unwritten..start];
                self.placed.run.append(&[run]).context(UNWRITTEN)?;
                unwritten = item.end;
                match group {
                    Some(group) => self.put_into_bin(group, frame)?,
                    None => self.put_aside(frame)?,
                }
            }
            start = item.end;
        }
        let run = &frames[unwritten..];
        self.placed.run.append(&[run]).context(UNWRITTEN)?;
        Ok(())
    }

    /// Ends the placing: reactions that stand apart find their messages. `unique` is what the source
    /// says of the ids of messages.
    ///
    /// # Errors
    /// If a work file cannot be written or read back.
    pub fn finish(mut self, unique: MessageIds) -> Result<Placed> {
        let ids = std::mem::replace(&mut self.ids, Ids::new(self.work));
        let homes = self.homeless.is_some().then(|| Homes::new(self.work));
        let groups = &self.placed.groups;
        let settled = ids.settle(|group| groups[group as usize].channel, unique, homes)?;
        self.placed.ids_repeat = settled.repeat;
        self.placed.taken_ids = settled.taken;
        self.placed.strayed = settled.strayed;
        if let (Some(homeless), Some(homes)) = (self.homeless.take(), settled.homes) {
            let mut room = Vec::new();
            each_frame(&homeless, 0, |frame| {
                let (Frame { id, .. }, _, _) = Frame::take(&mut &*frame)?;
                let group = homes.find(id, &mut room)?;
                self.placed.groups[group as usize].steps.reaction(id);
                self.put(group, frame)
            })?;
            homeless.remove();
            homes.remove();
        }
        Ok(self.placed)
    }

    /// The number of a channel's group.
    fn group(&mut self, key: &str) -> u32 {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let number = self.placed.groups.len() as u32;
        self.placed.groups.push(Group {
            key: key.into(),
            record: NONE,
            channel: number,
            named: number,
            has_messages: false,
            steps: Steps::default(),
            run: None,
            binned_bytes: 0,
        });
        self.numbers.insert(key.into(), number);
        number
    }

    /// The group of a record; `None` for a reaction whose message has to be looked for.
    fn group_of(&mut self, item: &Item, groups: &[u32]) -> Result<Option<u32>> {
        let group = item.channel.map(|place| groups[place as usize]);
        Ok(match item.kind {
            ItemKind::Message => {
                let group = group.unwrap_or(NOWHERE);
                if item.id != 0 && group != NOWHERE {
                    self.ids.message(item.id, group)?;
                }
                if item.parent != 0 && group != NOWHERE {
                    self.ids.parent(item.parent, group)?;
                }
                self.last = (item.id, item.file, group);
                let it = &mut self.placed.groups[group as usize];
                // Without a time it cannot be written, and needs no channel.
                it.has_messages |= item.micros != i64::MAX;
                it.steps.message(item.id, item.micros);
                Some(group)
            }
            ItemKind::Reaction => {
                let (last, file, last_group) = self.last;
                // Elsewhere the same id may be that of another message.
                let is_beside = item.id != 0 && (last, file) == (item.id, item.file);
                let beside = is_beside.then_some(last_group);
                let group = group.or(beside);
                if let Some(group) = group {
                    self.placed.groups[group as usize].steps.reaction(item.id);
                }
                group
            }
            ItemKind::Loss => Some(group.unwrap_or(NOWHERE)),
        })
    }

    fn put(&mut self, group: u32, frame: &[u8]) -> Result<()> {
        let at = self.placed.run.len();
        if self.stands_in_run(group, frame, at) {
            self.placed.run.append(&[frame]).context(UNWRITTEN)?;
            return Ok(());
        }
        self.put_into_bin(group, frame)
    }

    /// Whether the next record of a group goes into the run, since every channel has come in one
    /// piece so far; if so it is taken note of as standing at `at`.
    fn stands_in_run(&mut self, group: u32, frame: &[u8], at: u64) -> bool {
        let it = &mut self.placed.groups[group as usize];
        let is_next = self.current == Some(group) || it.run.is_none();
        if !is_next || !self.placed.bins.is_empty() {
            return false;
        }
        self.current = Some(group);
        it.run.get_or_insert_with(|| Stretch::at(at)).add(frame);
        true
    }

    /// Keeps a reaction whose message has to be looked for.
    fn put_aside(&mut self, frame: &[u8]) -> Result<()> {
        let work = self.work;
        let homeless = self
            .homeless
            .get_or_insert_with(|| Section::new(work.file("reactions-anywhere"), BUFFER_BYTES));
        homeless.append(&[frame]).context(UNWRITTEN)?;
        Ok(())
    }

    fn put_into_bin(&mut self, group: u32, frame: &[u8]) -> Result<()> {
        let placed = &mut self.placed;
        if placed.bins.is_empty() {
            let bin = |n| {
                let path = self.work.file(&format!("bin-{n}"));
                Section::new(path, BIN_BUFFER_BYTES / BINS)
            };
            placed.bins = (0..BINS).map(bin).collect();
        }
        placed.groups[group as usize].binned_bytes += frame.len() as u64;
        let bin = &mut placed.bins[group as usize % BINS];
        bin.append(&[&group.to_le_bytes(), frame])
            .context(UNWRITTEN)?;
        Ok(())
    }

    fn meet(&mut self, told: Told) {
        match self.people.get(&told.id) {
            Some(place) => self.placed.people[*place].add(told),
            None => {
                self.people
                    .insert(told.id.clone(), self.placed.people.len());
                self.placed.people.push(told);
            }
        }
    }
}

const UNWRITTEN: &str = "could not write a work file";

/// How much of a file is read at once.
const WINDOW_BYTES: usize = 1 << 20;

/// Reads a work file frame by frame; `before` is how many bytes stand before each of them, which
/// are given with it.
///
/// # Errors
/// If it cannot be read back, or `each` fails.
pub fn each_frame(
    section: &Section,
    before: usize,
    mut each: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let read = |at, len, out: &mut Vec<u8>| section.read(at, len, out).context(UNREAD);
    frames(0..section.len(), before, read, |_, frame| each(frame))
}

/// The same for a range that `read` reads, with the place of each.
///
/// # Errors
/// If it cannot be read back, or `each` fails.
pub fn frames(
    range: Range<u64>,
    before: usize,
    mut read: impl FnMut(u64, usize, &mut Vec<u8>) -> Result<()>,
    mut each: impl FnMut(u64, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut window = Vec::new();
    let mut at = range.start;
    let mut wanted = WINDOW_BYTES;
    while at < range.end {
        let left = usize::try_from(range.end - at).unwrap_or(usize::MAX);
        read(at, wanted.min(left), &mut window)?;
        let mut used = 0;
        wanted = WINDOW_BYTES;
        while used < window.len() {
            let rest = &window[used..];
            let total = frame::total(rest.get(before..).unwrap_or_default());
            let total = total.saturating_add(before);
            let Some(frame) = rest.get(..total) else {
                // One that is larger than the window is read whole next time.
                wanted = wanted.max(total);
                break;
            };
            each(at + used as u64, frame)?;
            used += total;
        }
        if used == 0 && window.len() == left {
            bail!(UNREAD);
        }
        at += used as u64;
    }
    Ok(())
}

const UNREAD: &str = "could not read back a work file";
