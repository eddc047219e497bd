//! Packs entries into parts: each stands alone, none passes the limit, each but the last is full.
//!
//! One packer takes batches in the order of their units, channel by channel (`channel`). With every
//! entry (`message`, `reaction`) it writes what the entry needs and the open part lacks; if that
//! does not fit, it closes the part first. What a part is made of is in `part`, what entries need
//! in `closure`, what a message refers to in `links`, what has to wait for the end of its channel
//! in `settle`, what is written only if something needs it in `aside`.

mod aside;
pub(crate) mod by_content;
mod channel;
mod closing;
mod closure;
mod gather;
pub(crate) mod known;
mod links;
mod log;
mod losses;
mod message;
mod part;
mod reaction;
pub(crate) mod section;
mod settle;
pub mod target;
mod waiting;
mod work;

use std::hash::{DefaultHasher, Hasher};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use hashbrown::{HashMap, HashSet};
use migrate_model::{Kind, Outcome, Time};

use crate::batch::{Batch, Head, HeadKind};
use crate::books::{Ledger, Place};
use crate::directory::{Directory, NONE, Node, UserNumber};
use crate::getstream::check::Checks;
use crate::getstream::entry::MessageRefs;
use crate::id_map::IdMap;
use crate::people::Stranger;
use crate::preview::gather::{Gather, Gathered};
use crate::selection::{Exclusion, Selection};
use crate::shard::{Met, Shard, Share};
use crate::user_map::{MapUse, MappedUsers, Sightings};

use aside::Aside;
use closing::Closing;
use closure::Want;
use known::Known;
use log::{ChannelLog, LogNumber};
use losses::Losses;
use part::OpenPart;
use target::WorkFolder;
use waiting::{Arrival, Waiting};

pub use part::ClosedPart;

/// What the packer goes by.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The rules and the spelling.
    pub checks: Checks,
    /// The most that a part may have, in bytes.
    pub part_bytes: u64,
    /// On how many threads; one does all by itself.
    pub threads: usize,
    /// Whether the checksums of the parts are wanted.
    pub has_checksums: bool,
    /// The id of the user who stands for unknown authors.
    pub unknown_user: &'a str,
    /// Whether those whom the user map names are written.
    pub mapped_users: MappedUsers,
    /// Which records are wanted.
    pub selection: &'a Selection,
    /// Which shard this is, if it is one.
    pub shard: Option<Shard>,
    /// How many messages a preview shows at most; `None` if there is to be none.
    pub preview_messages: Option<usize>,
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
    closing: Closing,
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
    gather: Option<Box<Gather>>,
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
    /// Of a shard: whether it wrote such people of whom nobody told it, so that another one may know
    /// them better.
    pub has_untold: bool,
    /// Where the people of the user map occur.
    pub sightings: Sightings,
    /// What became of the user map; `None` without one.
    pub map_use: Option<MapUse>,
    /// What other shards may have written as well; `None` of a run that is no shard.
    pub share: Option<Share>,
    /// The work file of the id map; `None` if nobody asked for one.
    pub id_map: Option<PathBuf>,
    /// The work file of the list of files; `None` if nobody asked for one.
    pub file_list: Option<PathBuf>,
    /// What a preview shows; `None` if nobody asked for one.
    pub gathered: Option<Gathered>,
    /// Whether nothing but the people counts: somebody proved better known than was written.
    pub is_void: bool,
}

impl Packed {
    /// The checksums of the parts, in hexadecimal digits; none if nobody asked for them.
    pub fn checksums(&self) -> Vec<&str> {
        let checksums = self.parts.iter().filter_map(|it| it.checksum.as_deref());
        checksums.collect()
    }
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
            closing: Closing::new(settings.has_checksums),
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
            gather: settings
                .preview_messages
                .map(|most| Box::new(Gather::new(most, spelling, work))),
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
        batch.told_losses.sort_by_key(|it| it.unit);
        let mut unit = None;
        for (n, head) in batch.heads.iter().enumerate() {
            if self.is_void() {
                return Ok(());
            }
            let mut arrival = self.arrive(batch, head);
            arrival.source_id = source_id(batch, n);
            let entry = &batch.bytes[head.bytes.clone()];
            self.enter(head.channel)?;
            if unit.replace(head.unit) != Some(head.unit) {
                self.gather_losses(head.unit, batch)?;
            }
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
                let is_listed = !self.known.is_stranger(number);
                if !is_written && is_listed && self.directory.owns_user(number) {
                    self.unreferenced_user(number)?;
                }
            }
            if !self.part.is_empty() {
                self.close_part()?;
            }
        }
        let checksums = self.closing.finish()?;
        if self.settings.has_checksums {
            ensure!(
                checksums.len() == self.closed.len(),
                "a part has no checksum; this is a fault of the program"
            );
        }
        for (part, checksum) in self.closed.iter_mut().zip(checksums) {
            part.checksum = Some(checksum);
        }
        let is_void = self.is_void();
        let share = self.settings.shard.map(|shard| self.share(shard));
        let gathered = match is_void {
            true => None,
            false => self.finish_gather(),
        };
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
            has_untold: false,
            sightings: Sightings {
                in_app,
                ..sightings
            },
            map_use: None,
            share,
            id_map: self.id_map.map(IdMap::finish).transpose()?,
            file_list: None,
            gathered,
        })
    }

    /// Whom other shards may have written as well.
    fn share(&self, shard: Shard) -> Share {
        let mut share = Share::of(shard);
        let mut referenced = Vec::new();
        let here = (0..self.known.count()).filter(|user| self.user_part(*user) != 0);
        for user in here {
            let id = self.known.stream_id(user);
            if self.known.is_stranger(user) {
                let losses = self.known.losses(user).iter();
                let losses = losses.map(|(kind, _)| (*kind).to_owned()).collect();
                share.met.insert(id, Met { losses });
            } else if self.settings.selection.only_referenced_users {
                referenced.push(id);
            }
        }
        referenced.sort_unstable();
        let is_asked = self.settings.selection.only_referenced_users;
        share.referenced = is_asked.then_some(referenced);
        share
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
        let (closed, assembly) = self.part.close(self.work, &mut self.log);
        self.closed.push(closed);
        match self.settings.threads > 1 {
            true => self.closing.start(assembly),
            false => self.closing.run(assembly),
        }
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
        self.closing.wait_for_file()?;
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
