//! Packs entries into parts: each stands alone, none passes the limit, each but the last is full.
//!
//! With every entry comes what it needs and the open part lacks; if that does not fit, the part
//! is closed first. What a part holds, it holds with all that it refers to: so what stands in the
//! open part needs no second look.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use hashbrown::HashSet;

use super::channel::{Channel, MessageNumber};
use super::groups::{Groups, OpenBin};
use super::lists::{Lists, Place};
use super::part::{ClosedPart, OpenPart, TYPES};
use super::record::Record;
use crate::directory::{NONE, Node, UserNumber};
use crate::getstream::Spelling;
use crate::parts::target::WorkFolder;
use crate::progress::Progress;
use crate::text::safe;
use crate::validate::entry::Type;

/// What parts are made of, and how.
pub struct Plan<'p> {
    /// Users, channels and members.
    pub lists: &'p Lists,
    /// Messages and reactions.
    pub groups: &'p Groups,
    /// By group: the bin that holds it.
    pub bins: &'p [u8],
    /// How parts are written.
    pub spelling: Spelling,
    /// The most that a part may have, in bytes.
    pub part_bytes: u64,
    /// Where parts are made.
    pub work: &'p WorkFolder,
    /// Shows how far it is.
    pub progress: &'p Progress,
    /// Set when the run is to end early.
    pub stop: &'p AtomicBool,
}

/// What was packed.
pub struct Packed {
    /// The parts, in order.
    pub parts: Vec<ClosedPart>,
    /// By type: how many different entries they hold.
    pub written: [u64; TYPES],
    /// By type: how often one of them stands in a further part.
    pub again: [u64; TYPES],
}

/// An entry to be packed, and what it refers to.
#[derive(Clone, Copy, Default)]
struct Want<'w> {
    /// The entry; `None` if only what it refers to is wanted.
    entry: Option<(Type, &'w [u8])>,
    /// The message that the entry is, if it is one.
    own: Option<MessageNumber>,
    /// The users it refers to.
    users: &'w [UserNumber],
    /// Its channel, or [`NONE`].
    channel: Option<u32>,
    /// A device or ban that is wanted for itself.
    extra: Option<u32>,
    /// The messages of its channel that it refers to.
    messages: [Option<MessageNumber>; 2],
}

/// What the open part lacks of all that an entry needs.
#[derive(Default)]
struct Lack {
    users: Vec<UserNumber>,
    channels: Vec<u32>,
    extras: Vec<u32>,
    seen_users: HashSet<UserNumber>,
    seen_channels: HashSet<u32>,
    seen_messages: HashSet<MessageNumber>,
    /// Messages with their records.
    messages: Vec<(MessageNumber, Vec<u8>)>,
    /// Their bytes together, separators counted.
    bytes: u64,
}

/// Packs all of a file.
///
/// # Errors
/// If a work file cannot be written or read back, or the limit is too small for an entry with
/// all that it needs.
pub fn pack(plan: &Plan<'_>) -> Result<Packed> {
    let lists = plan.lists;
    let mut packer = Packer {
        plan,
        part: OpenPart::new(plan.work, plan.spelling),
        closed: Vec::new(),
        user_parts: vec![0; lists.users.len()],
        channel_parts: vec![0; lists.channels.len()],
        channel: Channel::default(),
        bin: plan.groups.open(0)?,
        written: [0; TYPES],
        again: [0; TYPES],
        buffer: Vec::new(),
    };
    packer.channels()?;
    for number in 0..lists.users.len() as u32 {
        if packer.user_parts[number as usize] == 0 {
            packer.pack(&Want {
                users: &[number],
                ..Want::default()
            })?;
        }
    }
    for extra in &lists.loose {
        packer.pack(&Want {
            extra: Some(*extra),
            ..Want::default()
        })?;
    }
    if !packer.part.is_empty() {
        packer.close()?;
    }
    Ok(Packed {
        parts: packer.closed,
        written: packer.written,
        again: packer.again,
    })
}

struct Packer<'p> {
    plan: &'p Plan<'p>,
    part: OpenPart,
    closed: Vec<ClosedPart>,
    /// By user: the last part that holds it; 0 for none.
    user_parts: Vec<u32>,
    /// The same by channel.
    channel_parts: Vec<u32>,
    /// The channel at hand.
    channel: Channel,
    bin: OpenBin<'p>,
    written: [u64; TYPES],
    again: [u64; TYPES],
    buffer: Vec<u8>,
}

impl<'p> Packer<'p> {
    /// Packs the channels in their order, with all that is in them.
    fn channels(&mut self) -> Result<()> {
        let channels = &self.plan.lists.channels;
        let mut joined: Vec<(u32, u32)> = (0..)
            .zip(channels)
            .filter(|(number, channel)| channel.group != *number)
            .map(|(number, channel)| (channel.group, number))
            .collect();
        joined.sort_unstable();
        let (mut open, mut at) = (0, 0);
        for (number, channel) in (0..).zip(channels) {
            if channel.group != number {
                continue;
            }
            self.begin(number)?;
            let start = joined.partition_point(|(group, _)| *group < number);
            for (_, other) in joined[start..].iter().take_while(|it| it.0 == number) {
                self.begin(*other)?;
            }
            let bin = self.plan.bins.get(number as usize).copied().unwrap_or(0);
            if bin != open {
                self.bin = self.plan.groups.open(usize::from(bin))?;
                (open, at) = (bin, 0);
            }
            let range = self.bin.group(at);
            let is_own = self.bin.group_at(at) == Some(number);
            if is_own {
                at = range.end;
                self.channel = Channel::load(&mut self.bin, range)?;
                self.messages()?;
                self.channel = Channel::default();
            }
        }
        Ok(())
    }

    /// Packs a channel's entry, and the members of one that is not distinct.
    fn begin(&mut self, number: u32) -> Result<()> {
        let lists = self.plan.lists;
        let is_written = self.channel_parts[number as usize] != 0;
        let channel = &lists.channels[number as usize];
        // One that a muting user needed stands somewhere; a part needs it only with its entries.
        if !is_written && channel.place.is_some() {
            self.pack(&Want {
                channel: Some(number),
                ..Want::default()
            })?;
        }
        if channel.is_distinct {
            return Ok(());
        }
        for member in lists.members(number) {
            let mut entry = std::mem::take(&mut self.buffer);
            lists.read(member.place, &mut entry)?;
            let user = [member.user];
            self.pack(&Want {
                entry: Some((Type::Member, &entry)),
                users: if member.user == NONE { &[] } else { &user },
                channel: Some(number),
                ..Want::default()
            })?;
            self.written[Type::Member as usize] += 1;
            self.buffer = entry;
        }
        Ok(())
    }

    /// Packs the messages of the channel at hand, each with its reactions.
    fn messages(&mut self) -> Result<()> {
        let mut record = Vec::new();
        for rank in 0..self.channel.len() {
            if self.plan.stop.load(Ordering::Relaxed) {
                bail!("stopped before the output was complete; nothing was written");
            }
            let number = self.channel.at(rank);
            // One that others in a ring needed is written already.
            if self.channel.parts[number as usize] == 0 {
                self.bin
                    .read(self.channel.place(number), usize::MAX, &mut record)?;
                self.message(number, &Record::read(&record)?)?;
            }
            let reactions: Vec<_> = self.channel.reactions(number).collect();
            for place in reactions {
                self.bin.read(place, usize::MAX, &mut record)?;
                self.reaction(Some(number), &Record::read(&record)?)?;
            }
        }
        let strays: Vec<_> = self.channel.reactions(NONE).collect();
        for place in strays {
            self.bin.read(place, usize::MAX, &mut record)?;
            self.reaction(None, &Record::read(&record)?)?;
        }
        Ok(())
    }

    fn message(&mut self, number: MessageNumber, record: &Record<'_>) -> Result<()> {
        let mut links = self.channel.links(number);
        self.pack(&Want {
            entry: Some((Type::Message, record.entry)),
            own: Some(number),
            users: &record.users,
            channel: Some(record.head.channel),
            messages: [links.next(), links.next()],
            ..Want::default()
        })?;
        self.channel.parts[number as usize] = self.part.number;
        self.written[Type::Message as usize] += 1;
        self.plan.progress.add(record.entry.len() as u64, false);
        Ok(())
    }

    fn reaction(&mut self, message: Option<MessageNumber>, record: &Record<'_>) -> Result<()> {
        self.pack(&Want {
            entry: Some((Type::Reaction, record.entry)),
            users: &record.users,
            channel: Some(record.head.channel),
            messages: [message, None],
            ..Want::default()
        })?;
        self.written[Type::Reaction as usize] += 1;
        self.plan.progress.add(record.entry.len() as u64, false);
        Ok(())
    }

    /// Packs an entry with all that it needs, into the next part if the open one is full.
    fn pack(&mut self, want: &Want<'_>) -> Result<()> {
        let own = want
            .entry
            .map_or(0, |(_, entry)| self.bytes_of(entry.len()));
        let limit = self.plan.part_bytes;
        let mut lack = self.lack(want)?;
        let mut bytes = self.part.bytes_with(lack.bytes + own);
        if bytes > limit && !self.part.is_empty() {
            self.close()?;
            lack = self.lack(want)?;
            bytes = self.part.bytes_with(lack.bytes + own);
        }
        if bytes > limit {
            bail!(
                "{} needs a part of {bytes} bytes or more with all that it refers to, but parts may have {limit}; give a larger `--max-part-size`",
                self.describe(want)?
            );
        }
        self.write(&lack)?;
        match want.entry {
            Some((kind, entry)) => self.part.append(kind, entry),
            None => Ok(()),
        }
    }

    /// Finds what the open part lacks. Ends early where it is more than a part can hold.
    fn lack(&mut self, want: &Want<'_>) -> Result<Lack> {
        let mut lack = Lack::default();
        if self.has_all(want) {
            return Ok(lack);
        }
        let mut open: Vec<Node> = want.users.iter().rev().map(|it| Node::User(*it)).collect();
        if let Some(extra) = want.extra {
            self.lack_extra(extra, &mut open, &mut lack);
        }
        open.extend(want.channel.filter(|it| *it != NONE).map(Node::Channel));
        self.lack_nodes(&mut open, &mut lack);
        let mut messages: Vec<_> = want.messages.iter().rev().copied().flatten().collect();
        while let Some(number) = messages.pop() {
            let is_here = self.channel.parts[number as usize] == self.part.number;
            let is_own = want.own == Some(number);
            if is_here || is_own || !lack.seen_messages.insert(number) {
                continue;
            }
            let mut bytes = Vec::new();
            let place = self.channel.place(number);
            self.bin.read(place, usize::MAX, &mut bytes)?;
            let record = Record::read(&bytes)?;
            lack.bytes += self.bytes_of(record.entry.len());
            open.extend(record.users.iter().rev().map(|it| Node::User(*it)));
            open.extend(
                Some(record.head.channel)
                    .filter(|it| *it != NONE)
                    .map(Node::Channel),
            );
            self.lack_nodes(&mut open, &mut lack);
            messages.extend(self.channel.links(number));
            lack.messages.push((number, bytes));
            if lack.bytes > self.plan.part_bytes {
                break;
            }
        }
        Ok(lack)
    }

    /// Whether the open part lacks nothing, as for most entries.
    fn has_all(&self, want: &Want<'_>) -> bool {
        let part = self.part.number;
        let has_channel = |it: u32| it == NONE || self.channel_parts[it as usize] == part;
        let has_message = |it: &u32| self.channel.parts[*it as usize] == part;
        want.extra.is_none()
            && want.channel.is_none_or(has_channel)
            && want
                .users
                .iter()
                .all(|user| self.user_parts[*user as usize] == part)
            && want.messages.iter().flatten().all(has_message)
    }

    /// Finds which users and channels the open part lacks, and what those need in turn.
    fn lack_nodes(&self, open: &mut Vec<Node>, lack: &mut Lack) {
        let lists = self.plan.lists;
        while let Some(node) = open.pop() {
            if lack.bytes > self.plan.part_bytes {
                open.clear();
                return;
            }
            match node {
                Node::User(number) => {
                    let part = self.user_parts[number as usize];
                    if part == self.part.number || !lack.seen_users.insert(number) {
                        continue;
                    }
                    let user = &lists.users[number as usize];
                    lack.users.push(number);
                    lack.bytes += self.bytes_at(user.place);
                    open.extend(user.needs.iter().rev());
                    if part == 0 {
                        for extra in &user.extras {
                            self.lack_extra(*extra, open, lack);
                        }
                    }
                }
                Node::Channel(number) => {
                    let is_here = self.channel_parts[number as usize] == self.part.number;
                    if is_here || !lack.seen_channels.insert(number) {
                        continue;
                    }
                    let channel = &lists.channels[number as usize];
                    lack.channels.push(number);
                    lack.bytes += channel.place.map_or(0, |place| self.bytes_at(place));
                    if channel.is_distinct {
                        for member in lists.members(number) {
                            lack.bytes += self.bytes_at(member.place);
                            let user = Some(member.user).filter(|it| *it != NONE);
                            open.extend(user.map(Node::User));
                        }
                    }
                    open.extend(channel.users.iter().rev().map(|it| Node::User(*it)));
                }
            }
        }
    }

    fn lack_extra(&self, number: u32, open: &mut Vec<Node>, lack: &mut Lack) {
        let extra = &self.plan.lists.extras[number as usize];
        lack.extras.push(number);
        lack.bytes += self.bytes_at(extra.place);
        open.extend(extra.users.iter().rev().map(|it| Node::User(*it)));
    }

    fn write(&mut self, lack: &Lack) -> Result<()> {
        let lists = self.plan.lists;
        let part = self.part.number;
        for number in &lack.users {
            let before = std::mem::replace(&mut self.user_parts[*number as usize], part);
            self.append(Type::User, lists.users[*number as usize].place, before == 0)?;
        }
        for number in &lack.extras {
            let extra = &lists.extras[*number as usize];
            self.append(extra.kind, extra.place, true)?;
        }
        for number in &lack.channels {
            let before = std::mem::replace(&mut self.channel_parts[*number as usize], part);
            let channel = &lists.channels[*number as usize];
            if let Some(place) = channel.place {
                self.append(Type::Channel, place, before == 0)?;
            }
            if channel.is_distinct {
                for member in lists.members(*number) {
                    self.append(Type::Member, member.place, before == 0)?;
                }
            }
        }
        for (number, record) in &lack.messages {
            let entry = Record::read(record)?.entry;
            let place = &mut self.channel.parts[*number as usize];
            let before = std::mem::replace(place, part);
            self.count(Type::Message, before == 0);
            match before {
                0 => self.part.append(Type::Message, entry)?,
                _ => self.part.carry(self.channel.rank(*number), entry)?,
            }
        }
        Ok(())
    }

    fn append(&mut self, kind: Type, place: Place, is_first: bool) -> Result<()> {
        self.plan.lists.read(place, &mut self.buffer)?;
        self.count(kind, is_first);
        self.part.append(kind, &self.buffer)
    }

    fn count(&mut self, kind: Type, is_first: bool) {
        let counts = match is_first {
            true => &mut self.written,
            false => &mut self.again,
        };
        counts[kind as usize] += 1;
    }

    fn close(&mut self) -> Result<()> {
        let closed = self.part.close(self.plan.work)?;
        self.closed.push(closed);
        Ok(())
    }

    fn bytes_at(&self, place: Place) -> u64 {
        self.bytes_of(place.len as usize)
    }

    fn bytes_of(&self, len: usize) -> u64 {
        (len + self.plan.spelling.separator().len()) as u64
    }

    /// The start of an entry, for people.
    fn describe(&self, want: &Want<'_>) -> Result<String> {
        let lists = self.plan.lists;
        let place = match (want.users, want.channel) {
            (_, Some(channel)) if channel != NONE => lists.channels[channel as usize].place,
            ([user, ..], _) => Some(lists.users[*user as usize].place),
            _ => want.extra.map(|it| lists.extras[it as usize].place),
        };
        let mut bytes = Vec::new();
        match (want.entry, place) {
            (Some((_, entry)), _) => bytes.extend_from_slice(entry),
            (None, Some(place)) => lists.read(place, &mut bytes)?,
            (None, None) => {}
        }
        Ok(format!(
            "the entry `{}`",
            safe(&String::from_utf8_lossy(&bytes), 100)
        ))
    }
}
