//! What an entry needs beside it in its part: users, channels, members, and messages that were
//! written to an earlier part.

use anyhow::{Context, Result, bail};
use hashbrown::HashSet;
use migrate_model::{Kind, Outcome};

use super::Packer;
use super::log::LogNumber;
use crate::books::Place;
use crate::directory::{Node, UserNumber, hash_id};
use crate::getstream::entry::MessageRefs;
use crate::user_map::Claim;

/// An entry to be packed, and what it refers to.
#[derive(Clone, Copy)]
pub struct Want<'w> {
    /// The entry; `None` if only the nodes are wanted.
    pub entry: Option<(Kind, &'w [u8])>,
    /// A thing of the directory that is wanted for itself.
    pub node: Option<Node>,
    /// The users it refers to.
    pub users: &'w [UserNumber],
    /// The claims of those of them who are in the user map.
    pub references: &'w [Claim],
    /// Its channel.
    pub channel: Option<u32>,
    /// Who becomes a member of the channel with it.
    pub member: Option<UserNumber>,
    /// The messages of its channel that it refers to.
    pub messages: [Option<LogNumber>; 2],
    /// Where its record stands.
    pub place: &'w Place,
}

impl<'w> Want<'w> {
    /// An entry that refers to nothing yet.
    pub fn entry(kind: Kind, entry: &'w [u8], place: &'w Place) -> Want<'w> {
        Want {
            entry: Some((kind, entry)),
            node: None,
            users: &[],
            references: &[],
            channel: None,
            member: None,
            messages: [None, None],
            place,
        }
    }

    /// A thing of the directory.
    pub fn node(node: Node, place: &'w Place) -> Want<'w> {
        Want {
            entry: None,
            node: Some(node),
            users: &[],
            references: &[],
            channel: None,
            member: None,
            messages: [None, None],
            place,
        }
    }
}

/// What the open part lacks of all that an entry needs.
#[derive(Default)]
struct Lack {
    users: Vec<UserNumber>,
    seen_users: HashSet<UserNumber>,
    channels: Vec<u32>,
    messages: Vec<(LogNumber, Vec<u8>)>,
    /// The member entry that comes with a message.
    member: Option<Vec<u8>>,
    /// Their bytes together, separators counted.
    bytes: u64,
}

impl Packer<'_> {
    /// Packs an entry with all that it needs, into the next part if the open one is full. Gives
    /// the entry's place in its section.
    pub(super) fn pack(&mut self, want: &Want<'_>) -> Result<u32> {
        let mut lack = self.lack(want)?;
        let own = want
            .entry
            .map_or(0, |(_, entry)| self.with_separator(entry.len()));
        let limit = self.settings.part_bytes;
        if self.part.bytes_with(lack.bytes + own) > limit && !self.part.is_empty() {
            self.close_part()?;
            lack = self.lack(want)?;
        }
        let bytes = self.part.bytes_with(lack.bytes + own);
        if bytes > limit {
            bail!(
                "{} needs a part of {bytes} bytes with all that it refers to, but parts may have {limit}; give a larger `--max-part-size`",
                self.describe(want)
            );
        }
        self.known.refer(want.references);
        self.write_lack(&lack, want)?;
        match want.entry {
            Some((kind, entry)) => self.part.append(kind, entry),
            None => Ok(0),
        }
    }

    /// Finds what the open part lacks.
    fn lack(&mut self, want: &Want<'_>) -> Result<Lack> {
        let mut lack = Lack::default();
        if self.has_all(want) {
            return Ok(lack);
        }
        let mut open: Vec<Node> = want.users.iter().rev().map(|it| Node::User(*it)).collect();
        open.extend(want.node);
        open.extend(want.channel.map(Node::Channel));
        self.lack_nodes(&mut open, &mut lack);
        if let (Some(user), Some(channel)) = (want.member, want.channel) {
            let id = self.known.stream_id(user);
            let spelling = self.settings.checks.spelling;
            let entry = self.directory.encode_member(spelling, channel, &id, None);
            lack.bytes += self.with_separator(entry.len());
            lack.member = Some(entry);
        }
        let mut messages: Vec<LogNumber> = want.messages.iter().rev().copied().flatten().collect();
        while let Some(number) = messages.pop() {
            let is_here = self.part.holds(number, &self.log)
                || lack.messages.iter().any(|(other, _)| *other == number);
            if is_here {
                continue;
            }
            let entry = self.read_message(number)?;
            let refs = MessageRefs::of(&entry)?;
            for id in refs.users() {
                let user = self.known.find_stream_id(id);
                open.push(Node::User(user.with_context(|| {
                    format!("the user `{id}` of a message written before is not known")
                })?));
            }
            self.lack_nodes(&mut open, &mut lack);
            let needed = [&refs.parent_id, &refs.quoted_message_id];
            for id in needed.into_iter().flatten() {
                messages.extend(self.log.find(hash_id(id)));
            }
            lack.bytes += self.with_separator(entry.len());
            lack.messages.push((number, entry));
        }
        Ok(lack)
    }

    /// Whether the open part lacks nothing, as for most entries.
    fn has_all(&self, want: &Want<'_>) -> bool {
        let part = self.part.number;
        let has_channel = |channel: u32| self.channel_parts[channel as usize] == part;
        want.node.is_none()
            && want.member.is_none()
            && want.channel.is_none_or(has_channel)
            && want.users.iter().all(|user| self.user_part(*user) == part)
            && want
                .messages
                .iter()
                .flatten()
                .all(|it| self.part.holds(*it, &self.log))
    }

    /// Finds which users and channels the open part lacks, and what those need in turn.
    fn lack_nodes(&mut self, open: &mut Vec<Node>, lack: &mut Lack) {
        while let Some(node) = open.pop() {
            match node {
                Node::User(user) => {
                    let is_here = self.user_part(user) == self.part.number;
                    if is_here || self.refer_to_app(user) || !lack.seen_users.insert(user) {
                        continue;
                    }
                    lack.users.push(user);
                    let len = self.known.entry(user).len();
                    lack.bytes += self.with_separator(len);
                    let needs = self.directory.user(user).map_or(&[][..], |it| &it.needs);
                    open.extend(needs.iter().rev());
                }
                Node::Channel(channel) => {
                    let part = self.channel_parts[channel as usize];
                    if part == self.part.number || lack.channels.contains(&channel) {
                        continue;
                    }
                    lack.channels.push(channel);
                    self.decide_maker(channel, None);
                    lack.bytes += self
                        .channel_entries(channel)
                        .iter()
                        .map(|(_, entry)| self.with_separator(entry.len()))
                        .sum::<u64>();
                    let it = &self.directory.channels()[channel as usize];
                    open.extend(it.banned.iter().rev().map(|user| Node::User(*user)));
                    open.extend(it.set.iter().rev().map(|user| Node::User(*user)));
                    open.push(Node::User(self.makers[channel as usize]));
                }
            }
        }
    }

    /// A channel's entry, and the members' of a distinct one: they stand wherever it does.
    fn channel_entries(&self, channel: u32) -> Vec<(Kind, Vec<u8>)> {
        let spelling = self.settings.checks.spelling;
        let it = &self.directory.channels()[channel as usize];
        let maker = self.known.stream_id(self.makers[channel as usize]);
        let mut entries = vec![(Kind::Channel, it.encode(spelling, &maker))];
        if it.is_distinct() {
            for membership in self.directory.members(channel) {
                let id = self.known.stream_id(membership.user);
                let entry = self
                    .directory
                    .encode_member(spelling, channel, &id, Some(membership));
                entries.push((Kind::Member, entry));
            }
        }
        entries
    }

    fn write_lack(&mut self, lack: &Lack, want: &Want<'_>) -> Result<()> {
        for &user in &lack.users {
            self.write_user(user, want.place)?;
        }
        for &channel in &lack.channels {
            let is_new = self.channel_parts[channel as usize] == 0;
            let is_first = is_new && self.directory.owns_channel(Some(channel));
            self.channel_parts[channel as usize] = self.part.number;
            for (kind, entry) in self.channel_entries(channel) {
                self.part.append(kind, &entry)?;
                if is_first {
                    self.ledger.written(kind);
                }
            }
            if is_first && let Some(id_map) = &mut self.id_map {
                let it = &self.directory.channels()[channel as usize];
                id_map.row(Kind::Channel, &it.source_id, &it.cid(), &it.place)?;
            }
        }
        if let (Some(entry), Some(user)) = (&lack.member, want.member) {
            self.part.append(Kind::Member, entry)?;
            let id = self.known.stream_id(user);
            self.ledger
                .made(Kind::Member, "member_derived", want.place, &id);
            self.ledger.written(Kind::Member);
            self.joined.insert(user);
        }
        for (number, entry) in &lack.messages {
            self.part.carry(*number, entry)?;
        }
        Ok(())
    }

    fn write_user(&mut self, user: UserNumber, place: &Place) -> Result<()> {
        if self.user_part(user) == 0 {
            let claims = self.directory.user(user).map_or(&[][..], |it| &it.claims);
            self.known.refer(claims);
            let is_stranger = self.known.is_stranger(user);
            if is_stranger {
                let id = self.known.stream_id(user);
                self.ledger.made(Kind::User, "user_met", place, &id);
            }
            let is_own = is_stranger || self.directory.owns_user(user);
            if is_own {
                self.ledger.written(Kind::User);
            }
            // The shard that has the record may have no need of the user.
            if is_own || self.settings.selection.only_referenced_users {
                self.map_user(user, place)?;
            }
        }
        if self.user_parts.len() <= user as usize {
            self.user_parts.resize(self.known.count() as usize, 0);
        }
        let is_first = self.user_part(user) == 0;
        self.user_parts[user as usize] = self.part.number;
        self.part.append(Kind::User, self.known.entry(user))?;
        for (kind, detail) in self.known.losses(user).iter().filter(|_| is_first) {
            let (of, outcome) = (Kind::User, Outcome::Field);
            self.ledger.lose(of, outcome, kind, 1, place, detail);
        }
        Ok(())
    }

    /// Adds a user to the id map, if there is one. Somebody who stands in no list is where the
    /// first record that refers to them is.
    fn map_user(&mut self, user: UserNumber, place: &Place) -> Result<()> {
        let Some(id_map) = &mut self.id_map else {
            return Ok(());
        };
        let listed = self.directory.user(user);
        let listed = listed.filter(|it| it.standing.is_listed());
        let place = listed.map_or(place, |it| &it.place);
        let source_id = self.known.source_id(user);
        id_map.row(Kind::User, source_id, &self.known.stream_id(user), place)
    }

    /// The last part that holds a user; 0 for none.
    pub(super) fn user_part(&self, user: UserNumber) -> u32 {
        self.user_parts.get(user as usize).copied().unwrap_or(0)
    }

    fn with_separator(&self, len: usize) -> u64 {
        (len + self.settings.checks.spelling.separator().len()) as u64
    }

    fn describe(&self, want: &Want<'_>) -> String {
        if let Some(Node::User(user)) = want.node {
            return format!("user `{}`", self.known.stream_id(user));
        }
        let channel = match (want.node, want.channel) {
            (Some(Node::Channel(channel)), _) | (_, Some(channel)) => {
                self.directory.channels()[channel as usize].cid()
            }
            _ => String::new(),
        };
        match want.entry {
            Some((kind, _)) => format!("a {} of channel `{channel}`", kind.name()),
            None => format!("channel `{channel}`"),
        }
    }
}
