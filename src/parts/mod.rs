//! Packs entries into parts: each stands alone, none passes the limit, each but the last is full.
//!
//! One packer takes batches in the order of their units. With every entry it writes what the
//! entry needs and the open part lacks; if that does not fit, it closes the part first. What a
//! part is made of is in `part`, what entries need in `closure`, what has to wait for the end
//! of its channel in `settle`, what is written only if something needs it in `aside`.

mod aside;
mod closure;
pub(crate) mod known;
mod log;
mod losses;
mod part;
pub(crate) mod section;
mod settle;
pub mod target;
mod waiting;
mod work;

use std::hash::{DefaultHasher, Hasher};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use hashbrown::{HashMap, HashSet};
use migrate_model::{Kind, Outcome, Time};

use crate::batch::{Batch, Head, HeadKind};
use crate::books::{Ledger, Place};
use crate::directory::{Directory, NONE, Node, UserNumber, hash_id};
use crate::getstream::check::Checks;
use crate::getstream::entry::{self, Changes, MessageRefs, Unquote};
use crate::getstream::limits;
use crate::id_map::IdMap;
use crate::people::Stranger;
use crate::selection::{Exclusion, Selection};
use crate::user_map::{Claim, MapUse, MappedUsers, Sightings};
use crate::worker::unknown_user;

use aside::Aside;
use closure::Want;
use known::Known;
use log::{ChannelLog, LogNumber, Logged};
use losses::Losses;
use part::OpenPart;
use target::WorkFolder;
use waiting::{Arrival, ArrivalKind, Waiting};

pub use part::ClosedPart;

/// What the packer goes by.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The rules and the spelling.
    pub checks: Checks,
    /// The most that a part may have, in bytes.
    pub part_bytes: u64,
    /// The id of the user who stands for unknown authors.
    pub unknown_user: &'a str,
    /// Whether those whom the user map names are written.
    pub mapped_users: MappedUsers,
    /// Which records are wanted.
    pub selection: &'a Selection,
}

/// Takes encoded entries and makes parts of them.
pub struct Packer<'a> {
    settings: Settings<'a>,
    directory: &'a Directory,
    work: &'a WorkFolder,
    known: Known<'a>,
    id_map: Option<IdMap<'a>>,
    ledger: Ledger,
    part: OpenPart,
    closed: Vec<ClosedPart>,
    /// By user number: the last part that holds the user; 0 for none.
    user_parts: Vec<u32>,
    /// By channel: the last part that holds it; 0 for none.
    channel_parts: Vec<u32>,
    /// By channel: who made it, once that is decided; else [`NONE`].
    makers: Vec<UserNumber>,
    /// The channel at hand; `None` before the first and after the last.
    channel: Option<u32>,
    next_channel: u32,
    /// Whether the channel at hand is written.
    is_begun: bool,
    log: ChannelLog,
    waiting: Waiting,
    aside: Aside,
    /// Messages of the channel at hand that are excluded whatever needs them.
    absent: HashMap<u64, Exclusion>,
    losses: Losses,
    /// Authors of the channel at hand who became members of it.
    joined: HashSet<UserNumber>,
    /// A message that came a second time; reactions behind it may be repeated too.
    repeated: Option<u64>,
    /// The records, by unit and number, whose message came a second time: what continues them is
    /// not written either.
    dropped: HashSet<(u32, u32)>,
    span: Option<(Time, Time)>,
    arrival: Option<Arrival>,
}

/// What a pass came to.
pub struct Packed {
    /// The parts, in order.
    pub parts: Vec<ClosedPart>,
    /// What became of the records.
    pub ledger: Ledger,
    /// The times of the first and the last message.
    pub span: Option<(Time, Time)>,
    /// What was learnt about people who stand in no list.
    pub people: Vec<Stranger>,
    /// Where the people of the user map occur.
    pub sightings: Sightings,
    /// What became of the user map; `None` without one.
    pub map_use: Option<MapUse>,
    /// The work file of the id map; `None` if nobody asked for one.
    pub id_map: Option<PathBuf>,
    /// The work file of the list of files; `None` if nobody asked for one.
    pub file_list: Option<PathBuf>,
    /// Whether nothing but the people counts: somebody proved better known than was written.
    pub is_void: bool,
}

impl<'a> Packer<'a> {
    /// A packer for one pass over a source.
    pub fn new(
        settings: Settings<'a>,
        directory: &'a Directory,
        work: &'a WorkFolder,
        id_map: Option<IdMap<'a>>,
    ) -> Packer<'a> {
        let spelling = settings.checks.spelling;
        Packer {
            settings,
            directory,
            work,
            known: Known::new(directory, spelling),
            id_map,
            ledger: Ledger::default(),
            part: OpenPart::new(work, spelling),
            closed: Vec::new(),
            user_parts: vec![0; directory.user_count() as usize],
            channel_parts: vec![0; directory.channels().len()],
            makers: vec![NONE; directory.channels().len()],
            channel: None,
            next_channel: 0,
            is_begun: false,
            log: ChannelLog::default(),
            waiting: Waiting::new(work, "waiting"),
            aside: Aside::new(work),
            absent: HashMap::new(),
            losses: Losses::default(),
            joined: HashSet::new(),
            repeated: None,
            dropped: HashSet::new(),
            span: None,
            arrival: None,
        }
    }

    /// Takes a user whom the app has for part of the open part, so that nothing writes them.
    /// Whether that is so.
    fn refer_to_app(&mut self, user: UserNumber) -> bool {
        let is_in_app = self.is_in_app(user);
        if is_in_app {
            self.user_parts[user as usize] = self.part.number;
        }
        is_in_app
    }

    /// Whether a user is one of the app's who is not written.
    fn is_in_app(&self, user: UserNumber) -> bool {
        let refers = self.settings.mapped_users == MappedUsers::Refer;
        refers && self.directory.app_user(user).is_some()
    }

    /// Whether the pass is void: somebody proved better known than was written already. From
    /// then on only people are taken from batches.
    pub fn is_void(&self) -> bool {
        self.known.is_void()
    }

    /// Takes the next batch, in the order of the units.
    ///
    /// # Errors
    /// If a part cannot be written, or the limit is too small for one entry.
    pub fn take(&mut self, batch: &mut Batch) -> Result<()> {
        self.ledger.add(std::mem::take(&mut batch.ledger));
        self.known.meet(batch);
        self.losses.load(&mut batch.losses);
        for (n, head) in batch.heads.iter().enumerate() {
            if self.is_void() {
                return Ok(());
            }
            let mut arrival = self.arrive(batch, head);
            arrival.source_id = source_id(batch, n);
            let entry = &batch.bytes[head.bytes.clone()];
            self.enter(head.channel)?;
            match head.kind {
                HeadKind::Message => self.message(&mut arrival, entry)?,
                HeadKind::Reaction => self.reaction(&mut arrival, entry)?,
                HeadKind::LooseReaction => {
                    self.waiting.push(&arrival, entry)?;
                }
                HeadKind::Absent => self.absent(&arrival),
            }
            self.arrival = Some(arrival);
        }
        self.losses.book_rest(&mut self.ledger);
        Ok(())
    }

    /// Ends the pass: writes what no message needed, and closes the last part.
    ///
    /// # Errors
    /// If a part cannot be written.
    pub fn finish(mut self) -> Result<Packed> {
        if !self.is_void() {
            self.end_channel()?;
            self.quiet_channels(self.directory.channels().len() as u32)?;
            for number in 0..self.directory.user_count() {
                let is_written = self.user_parts[number as usize] != 0;
                if !is_written && !self.known.is_stranger(number) {
                    self.unreferenced_user(number)?;
                }
            }
            if !self.part.is_empty() {
                self.close_part()?;
            }
        }
        let is_void = self.is_void();
        let users = 0..self.directory.user_count();
        let is_referred = |user: &UserNumber| self.user_part(*user) != 0 && self.is_in_app(*user);
        let in_app = users.filter(is_referred).collect();
        let (mut people, sightings) = self.known.into_people();
        people.retain(|it| *it.id != *self.settings.unknown_user);
        Ok(Packed {
            is_void,
            parts: self.closed,
            ledger: self.ledger,
            span: self.span,
            people,
            sightings: Sightings {
                in_app,
                ..sightings
            },
            map_use: None,
            id_map: self.id_map.map(IdMap::finish).transpose()?,
            file_list: None,
        })
    }

    /// Resolves the users of a head.
    fn arrive(&mut self, batch: &Batch, head: &Head) -> Arrival {
        let mut users = self.arrival.take().map(|it| it.users).unwrap_or_default();
        users.clear();
        let mut it = Arrival::of(head);
        for (n, user) in batch.users[head.users.clone()].iter().enumerate() {
            let number = self.known.number(*user);
            if n >= head.mentions {
                self.known.mention(number);
            }
            users.push(number);
        }
        it.users = users;
        it.references = batch.references[head.references.clone()].to_vec();
        it.losses = self.losses.take(head.unit, head.record);
        it.parent_user = head
            .parent_user
            .map(|at| self.known.number(batch.users[at]));
        it
    }

    /// Makes a channel the one at hand. Those before it that have no messages are written now.
    fn enter(&mut self, channel: u32) -> Result<()> {
        if self.channel == Some(channel) {
            return Ok(());
        }
        self.end_channel()?;
        if channel < self.next_channel {
            bail!(
                "the units of channel {} do not stand together; this is a fault of the adapter",
                self.directory.channels()[channel as usize].cid()
            );
        }
        self.quiet_channels(channel)?;
        self.channel = Some(channel);
        self.next_channel = channel + 1;
        Ok(())
    }

    fn quiet_channels(&mut self, end: u32) -> Result<()> {
        while self.next_channel < end {
            let channel = self.next_channel;
            self.next_channel += 1;
            let it = &self.directory.channels()[channel as usize];
            if it.excluded.is_none() {
                self.channel = Some(channel);
                self.end_channel()?;
            }
        }
        Ok(())
    }

    /// Begins the channel at hand with the first message that comes. Where its thread or its kind
    /// decides whether it counts, that waits until one is packed that does.
    fn begin_early(&mut self, first: &Arrival) -> Result<()> {
        let selection = self.settings.selection;
        if self.is_begun || selection.skips_system || selection.range.is_set() {
            return Ok(());
        }
        self.begin(Some(first), &first.place())
    }

    /// Writes the channel at hand and its listed members, unless that was done; `first` is its
    /// first message.
    fn begin(&mut self, first: Option<&Arrival>, place: &Place) -> Result<()> {
        let Some(channel) = self.channel.filter(|_| !self.is_begun) else {
            return Ok(());
        };
        self.is_begun = true;
        self.decide_maker(channel, first);
        // One that a muting user needed stands somewhere; a part needs it only with its entries.
        if self.channel_parts[channel as usize] == 0 {
            self.pack(&Want::node(Node::Channel(channel), place))?;
        }
        if self.directory.channels()[channel as usize].is_distinct() {
            return Ok(());
        }
        for membership in self.directory.members(channel) {
            let user = membership.user;
            let id = self.known.stream_id(user);
            let spelling = self.settings.checks.spelling;
            let entry = self
                .directory
                .encode_member(spelling, channel, &id, Some(membership));
            self.pack(&Want {
                users: &[user],
                channel: Some(channel),
                ..Want::entry(Kind::Member, &entry, place)
            })?;
            self.ledger.written(Kind::Member);
        }
        Ok(())
    }

    fn end_channel(&mut self) -> Result<()> {
        if self.channel.is_none() {
            return Ok(());
        }
        self.settle()?;
        self.end_aside()?;
        self.begin(None, &Place::nowhere())?;
        self.part.end_channel(&mut self.log);
        self.log.clear();
        self.joined.clear();
        self.repeated = None;
        self.dropped.clear();
        self.absent.clear();
        self.is_begun = false;
        self.channel = None;
        Ok(())
    }

    /// Decides who made a channel: who the source names, else the listed member with the
    /// smallest id, else, unless somebody muted it, the first author, else the unknown user.
    fn decide_maker(&mut self, channel: u32, first: Option<&Arrival>) {
        if self.makers[channel as usize] != NONE {
            return;
        }
        let it = &self.directory.channels()[channel as usize];
        let named = it.created_by;
        // Whether its messages come first would hang on what is written of other channels.
        let first = first.filter(|_| !it.is_muted);
        let members = self.directory.members(channel).iter();
        let listed = Some(named).filter(|named| *named != NONE).or_else(|| {
            members
                .map(|it| (self.known.stream_id(it.user), it.user))
                .min()
                .map(|(_, user)| user)
        });
        let first = first.and_then(|it| {
            let author = *it.users.first()?;
            let is_mapped = self.directory.app_user(author).is_some();
            let claim = it.references.first().filter(|_| is_mapped);
            Some((author, claim.copied()))
        });
        self.makers[channel as usize] = listed.unwrap_or_else(|| {
            let (maker, claim) = first.unwrap_or_else(|| self.unknown_user());
            self.known.refer(claim.as_slice());
            maker
        });
    }

    /// The user who stands for unknown authors, and the claim, if that is somebody of the user map.
    fn unknown_user(&mut self) -> (UserNumber, Option<Claim>) {
        let unknown = unknown_user(self.settings.unknown_user);
        let claim = self.directory.claim(&unknown.id);
        (self.known.number_of(&unknown), claim)
    }

    /// Takes a message, which waits if it refers to one that has not come.
    fn message(&mut self, it: &mut Arrival, entry: &[u8]) -> Result<()> {
        self.begin_early(it)?;
        if self.is_repeated(it) {
            return self.repeated_message(it, entry);
        }
        let whole = it.continues.map(|(whole, _)| whole);
        let mut needed = [it.parent, it.quote, whole].into_iter().flatten();
        if needed.any(|id| self.log.find(id).is_none()) {
            self.waiting.push(it, entry)?;
            return Ok(());
        }
        self.pack_message(it, entry, None)
    }

    /// Whether a message's id was seen before in its channel, or it continues such a message.
    fn is_repeated(&self, it: &Arrival) -> bool {
        self.dropped.contains(&(it.unit, it.record)) || self.log.find(it.id).is_some()
    }

    /// Takes note of a message that is repeated.
    fn repeated_message(&mut self, it: &Arrival, entry: &[u8]) -> Result<()> {
        self.repeated = Some(it.continues.map_or(it.id, |(whole, _)| whole));
        self.dropped.insert((it.unit, it.record));
        let is_same = match self.log.find(it.id) {
            None => false,
            Some(earlier) => match self.log.original(earlier) {
                Some(original) => original == hash_bytes(entry),
                None => self.read_message(earlier)? == entry,
            },
        };
        let excluded = self.excluded_as_repeated(it);
        let (outcome, kind) = match excluded {
            _ if is_same => (Outcome::Merged, "message_repeated"),
            Some(why) => (Outcome::Excluded, why.kind()),
            None => (Outcome::LeftOut, "message_id_taken"),
        };
        let id = MessageRefs::of(entry)?.id;
        self.ledger
            .lose(Kind::Message, outcome, kind, 1, &it.place(), &id);
        if excluded.is_none() {
            self.losses.book(&it.losses, &it.place(), &mut self.ledger);
        }
        Ok(())
    }

    /// Why a second version of a message would not have been written with an id of its own.
    fn excluded_as_repeated(&self, it: &Arrival) -> Option<Exclusion> {
        let whole = it.continues.map_or(it.id, |(whole, _)| whole);
        let earlier = self.log.find(whole);
        let why = earlier.and_then(|earlier| self.why_aside(earlier));
        why.filter(|why| *why == Exclusion::Time).or(it.excluded)
    }

    /// Takes note of a message that is excluded whatever needs it.
    fn absent(&mut self, it: &Arrival) {
        if let Some(why) = it.excluded.filter(|_| self.log.find(it.id).is_none()) {
            self.absent.insert(it.id, why);
        }
    }

    /// Packs a message whose parent has been packed. A quote that cannot stand becomes text;
    /// `quoted` is where the quoted message waits.
    fn pack_message(&mut self, it: &mut Arrival, entry: &[u8], quoted: Option<u64>) -> Result<()> {
        it.excluded = self.exclusion(it);
        if matches!(it.excluded, None | Some(Exclusion::Unchanged)) {
            self.begin(Some(it), &it.place())?;
        }
        if !self.absent.is_empty() {
            self.absent.remove(&it.id);
        }
        let mut changes = Changes::default();
        let mut root_id = String::new();
        let mut quoted_text = String::new();
        if self.lost_parent(it) {
            it.parent = None;
            changes.parent_id = Some(None);
        }
        let mut parent = it.parent.and_then(|id| self.log.find(id));
        if let Some(reply) = parent.filter(|parent| self.log.is_reply(*parent)) {
            // Stream knows one level of threads.
            root_id = self.refs(reply)?.parent_id.unwrap_or_default();
            parent = self.log.find(hash_id(&root_id));
            self.lose_field(it, "reply_to_reply", &root_id);
        }
        if !root_id.is_empty() {
            changes.parent_id = Some(Some(&root_id));
        }
        let time = self.time_after(it, parent);
        if time > it.time() {
            changes.created_at = Some(time);
            if it.continues.is_none() {
                self.lose_field(it, "time_shifted", "");
            }
        }
        let weight = parent.map_or(0, |parent| self.log.quote_chain(parent));
        let mut quote = None;
        let mut chain = weight;
        match it.quote.map(|id| self.log.find(id)) {
            None => {}
            Some(None) => match quoted {
                Some(at) => {
                    quoted_text = MessageRefs::of(&self.waiting.get(at)?.1)?.text;
                    self.lose_field(it, "quote_as_text", "");
                }
                None => {
                    changes.quote = Some(Unquote::Unknown);
                    self.lose_field(it, "quote_missing", "");
                }
            },
            Some(Some(number)) => {
                let links = self.log.quote_chain(number) + 1;
                let is_excluded = self.why_aside(number).is_some_and(Exclusion::unquotes);
                if is_excluded
                    || self.log.get(number).time > time
                    || weight + links >= limits::QUOTE_CHAIN
                {
                    quoted_text = self.refs(number)?.text;
                    self.lose_field(it, "quote_as_text", "");
                } else {
                    quote = Some(number);
                    chain = weight + links;
                }
            }
        }
        if quote.is_none() && it.quote.is_some() && changes.quote.is_none() {
            changes.quote = Some(Unquote::Text(&quoted_text));
        }
        let is_changed =
            changes.created_at.is_some() || changes.parent_id.is_some() || changes.quote.is_some();
        let changed;
        let mut bytes = entry;
        if is_changed {
            let checks = self.settings.checks;
            changed = entry::change(checks.spelling, entry, &changes, checks.max_text_chars)?;
            bytes = &changed;
        }
        it.micros = time.micros();
        match it.excluded {
            Some(why) => self.hold(it, bytes, why, chain)?,
            None => {
                for needed in [parent, quote].into_iter().flatten() {
                    self.release(needed)?;
                }
                self.write_message(it, bytes, [parent, quote], chain)?;
            }
        }
        if is_changed && let Some(number) = self.log.find(it.id) {
            self.log.changed(number, hash_bytes(entry));
        }
        Ok(())
    }

    /// Whether a message continues one that is no reply any more, since it was in a ring.
    fn lost_parent(&self, it: &Arrival) -> bool {
        let whole = it.continues.and_then(|(whole, _)| self.log.find(whole));
        it.parent.is_some() && whole.is_some_and(|whole| !self.log.is_reply(whole))
    }

    /// The time of a message, which is later than its parent's, and of a continuation than that
    /// of what it continues.
    fn time_after(&self, it: &Arrival, parent: Option<LogNumber>) -> Time {
        let parent = parent.map(|parent| self.log.get(parent).time.plus_micros(1));
        let whole = it.continues.and_then(|(whole, n)| {
            let whole = self.log.get(self.log.find(whole)?);
            Some(whole.time.plus_micros(i64::from(n)))
        });
        let earliest = parent.max(whole).unwrap_or(Time::MIN);
        it.time().max(earliest)
    }

    /// Writes a message with all that it needs.
    fn write_message(
        &mut self,
        it: &Arrival,
        entry: &[u8],
        messages: [Option<LogNumber>; 2],
        chain: u8,
    ) -> Result<()> {
        let at = self.put_message(it, entry, messages)?;
        let logged = Logged {
            id: it.id,
            time: it.time(),
            at,
            len: entry.len() as u32,
        };
        let is_reply = it.parent.is_some();
        self.log.push(logged, is_reply, chain, self.part.number);
        Ok(())
    }

    /// Packs a message into a part and into the books; gives its place in the section.
    fn put_message(
        &mut self,
        it: &Arrival,
        entry: &[u8],
        messages: [Option<LogNumber>; 2],
    ) -> Result<u32> {
        let place = it.place();
        let member = self.new_member(it);
        let at = self.pack(&Want {
            users: &it.users,
            references: &it.references,
            channel: self.channel,
            member,
            messages,
            ..Want::entry(Kind::Message, entry, &place)
        })?;
        self.ledger.written(Kind::Message);
        if let Some(id_map) = &mut self.id_map {
            let id = entry::message_id(self.settings.checks.spelling, entry)?;
            let source_id = it.source_id.as_deref().unwrap_or(&id);
            id_map.row(Kind::Message, source_id, &id, &place)?;
        }
        self.losses.book(&it.losses, &place, &mut self.ledger);
        let time = it.time();
        let (first, last) = self.span.get_or_insert((time, time));
        *first = time.min(*first);
        *last = time.max(*last);
        Ok(at)
    }

    /// The author of a message, if the message makes them a member of its channel.
    fn new_member(&mut self, it: &Arrival) -> Option<UserNumber> {
        let (channel, author) = (self.channel?, *it.users.first()?);
        if self.directory.is_member(channel, author) || self.joined.contains(&author) {
            return None;
        }
        if self.directory.find_user(self.settings.unknown_user) == Some(author) {
            // Nobody in particular is no member.
            return None;
        }
        if it.is_system && !self.directory.members(channel).is_empty() {
            // Whoever joined and left again is none, and whoever stayed is listed.
            return None;
        }
        let id = self.known.stream_id(author);
        if self.directory.channels()[channel as usize].is_distinct() {
            self.joined.insert(author);
            let (of, outcome, kind) = (Kind::Message, Outcome::Field, "author_not_member");
            self.ledger.lose(of, outcome, kind, 1, &it.place(), &id);
            return None;
        }
        self.directory.may_join(channel, author).then_some(author)
    }

    /// Takes a reaction that stands behind its message.
    fn reaction(&mut self, it: &mut Arrival, entry: &[u8]) -> Result<()> {
        let message = it.parent.filter(|message| self.repeated != Some(*message));
        let Some(message) = message.and_then(|message| self.log.find(message)) else {
            self.waiting.push(it, entry)?;
            return Ok(());
        };
        match self.why_unwritten(message) {
            Some(why) => self.hold_reaction(it, entry, why),
            None => self.write_reaction(it, entry, message),
        }
    }

    fn write_reaction(&mut self, it: &Arrival, entry: &[u8], message: LogNumber) -> Result<()> {
        let timed;
        let mut bytes = entry;
        let time = self.log.get(message).time;
        // It was encoded with the time of the message before it, which is seldom another.
        if it.kind == ArrivalKind::TimelessReaction && time != it.time() {
            timed = entry::with_time(self.settings.checks.spelling, entry, time)?;
            bytes = &timed;
        }
        let place = it.place();
        self.pack(&Want {
            users: &it.users,
            references: &it.references,
            messages: [Some(message), None],
            channel: self.channel,
            ..Want::entry(Kind::Reaction, bytes, &place)
        })?;
        self.ledger.written(Kind::Reaction);
        self.losses.book(&it.losses, &place, &mut self.ledger);
        self.log.push_reaction(it.id);
        Ok(())
    }

    /// Takes a listed user whom nothing written refers to.
    fn unreferenced_user(&mut self, number: UserNumber) -> Result<()> {
        let nowhere = Place::nowhere();
        if !self.settings.selection.only_referenced_users {
            self.pack(&Want::node(Node::User(number), &nowhere))?;
            return Ok(());
        }
        let (of, outcome) = (Kind::User, Outcome::Excluded);
        let kind = Exclusion::Unreferenced.kind();
        let id = self.known.stream_id(number);
        let place = self.directory.user(number).map_or(&nowhere, |it| &it.place);
        self.ledger.lose(of, outcome, kind, 1, place, &id);
        Ok(())
    }

    fn close_part(&mut self) -> Result<()> {
        let closed = self.part.close(self.work, &mut self.log)?;
        self.closed.push(closed);
        Ok(())
    }

    /// Reads back a message of the channel at hand, wherever it was written.
    fn read_message(&self, number: LogNumber) -> Result<Vec<u8>> {
        let it = self.log.get(number);
        if self.log.is_aside(number) {
            return self.aside.entry(it.at);
        }
        let part = self.log.part(number);
        let mut entry = Vec::new();
        if part == self.part.number {
            self.part.read_message(it.at, it.len, &mut entry)?;
            return Ok(entry);
        }
        let path = &self.closed[part as usize - 1].path;
        entry.resize(it.len as usize, 0);
        std::fs::File::open(path)
            .and_then(|file| {
                migrate_archive::platform::read_exact_at(&file, &mut entry, u64::from(it.at))
            })
            .with_context(|| format!("could not read back {}", path.display()))?;
        Ok(entry)
    }

    fn refs(&self, number: LogNumber) -> Result<MessageRefs> {
        MessageRefs::of(&self.read_message(number)?)
    }

    /// Notes that something of a message is lost if it is written.
    fn lose_field(&mut self, it: &mut Arrival, kind: &'static str, detail: &str) {
        let note = self.losses.note(Kind::Message, kind, 1, detail.to_owned());
        it.losses.push(note);
    }
}

fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// The id in the source of the message at a place among a batch's heads, if that has another one
/// in Stream.
fn source_id(batch: &Batch, head: usize) -> Option<Box<str>> {
    let ids = &batch.source_ids;
    let found = ids.binary_search_by_key(&head, |(place, _)| *place as usize);
    found.ok().map(|at| ids[at].1.clone())
}
