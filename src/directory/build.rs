//! Builds the directory from what an adapter gives first.
//!
//! Ids are made legal and entries encoded here, so that the packer only copies bytes.
//! Conversations with the same member set become one channel.

mod channels;
mod members;
mod select;
mod users;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use hashbrown::{HashMap, HashSet};
use migrate_model::{Kind, Loss, Origin, Outcome, Person, Record, Sink, Stop};

use self::channels::PendingChannel;
pub(super) use self::channels::set_key_of;
use self::users::PendingUser;
use super::mapped::Mapped;
use super::{Directory, Membership, UserNumber};
use crate::books::{Ledger, Place};
use crate::getstream::check::Checks;
use crate::getstream::roles::Roles;
use crate::people::Stranger;
use crate::selection::Channels;
use crate::shard::Shard;
use crate::user_map::{Claim, UserMap};

/// What the user of the program said about the app: types for channels whose source names none,
/// and roles.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// The type of ordinary channels.
    pub channel_type: String,
    /// The type of direct conversations.
    pub direct_type: String,
    /// The roles that the app has.
    pub roles: Roles,
}

/// The custom field for a role that the app does not have.
const SOURCE_ROLE: &str = "source_role";

/// Takes the records of [`Source::directory`](migrate_model::Source::directory).
pub struct Builder<'a> {
    directory: Directory,
    ledger: Ledger,
    checks: Checks,
    defaults: &'a Defaults,
    /// Which channels are asked for.
    wanted: &'a Channels,
    /// Whether all channels are there, and which are excluded is decided.
    is_chosen: bool,
    /// Whether a channel cannot be used that is asked for, or may be.
    has_lost_wanted: bool,
    /// Whom a member names whose channel may be written; kept only if some channel may be excluded.
    named: HashSet<UserNumber>,
    /// Who was met.
    met: Vec<Stranger>,
    /// Whether the record at hand is this shard's.
    is_own: bool,
    /// How many channels have their losses in the books.
    settled: usize,
    file: Arc<str>,
    /// Channels by type and id or member set, to find those that are the same in Stream.
    channel_keys: BTreeMap<String, u32>,
    /// Channels whose member set in the source makes no channel in Stream, by that set, type and
    /// team.
    broken_sets: HashMap<String, u32>,
    pending_channels: Vec<PendingChannel>,
    pending_users: Vec<PendingUser>,
    memberships: Vec<(u32, Membership)>,
    /// Members that no record gives: those of a set.
    derived: Vec<(u32, UserNumber)>,
    /// The claims of those of the user map to whom a channel or a member of it refers, in order.
    references: Vec<(u32, Claim)>,
    /// Of members who are in the user map: under which id of the source each came first.
    mapped_members: HashMap<(u32, UserNumber), Box<str>>,
    scratch: Vec<u8>,
}

impl<'a> Builder<'a> {
    /// An empty directory of the channels that are wanted, in which the user map holds if there
    /// is one. It is the same for every shard but for what is in the books.
    pub fn new(
        checks: Checks,
        defaults: &'a Defaults,
        wanted: &'a Channels,
        map: Option<Arc<UserMap>>,
        shard: Shard,
    ) -> Self {
        let directory = Directory {
            mapped: map.map(Mapped::new),
            shard,
            ..Directory::default()
        };
        Builder {
            directory,
            ledger: Ledger::default(),
            checks,
            defaults,
            wanted,
            is_chosen: false,
            has_lost_wanted: false,
            met: Vec::new(),
            is_own: true,
            settled: 0,
            named: HashSet::new(),
            file: Arc::from(""),
            channel_keys: BTreeMap::new(),
            broken_sets: HashMap::new(),
            pending_channels: Vec::new(),
            pending_users: Vec::new(),
            memberships: Vec::new(),
            derived: Vec::new(),
            references: Vec::new(),
            mapped_members: HashMap::new(),
            scratch: Vec::new(),
        }
    }

    /// The finished directory, and the books of its records.
    ///
    /// # Errors
    /// If a channel is asked for, or asked to be excluded, that is not there.
    pub fn finish(mut self) -> Result<(Directory, Ledger)> {
        // Behind all whom records name, so that the order of users does not hang on who was met.
        self.directory.meet(&std::mem::take(&mut self.met));
        self.directory.add_rest_of_map();
        (self.is_chosen, self.settled) = (false, 0);
        self.choose_channels();
        self.exclude_channels()?;
        self.keep_references();
        let needed = self.needed_strangers();
        for user in std::mem::take(&mut self.pending_users) {
            self.finish_user(user, needed.as_ref());
        }
        for (number, channel) in std::mem::take(&mut self.pending_channels)
            .into_iter()
            .enumerate()
        {
            self.finish_channel(number, channel);
        }
        self.finish_members();
        Ok((self.directory, self.ledger))
    }

    fn place(&self, record: u32) -> Place {
        Place::File {
            name: Arc::clone(&self.file),
            record,
        }
    }

    fn lose(&mut self, record: u32, of: Kind, outcome: Outcome, kind: &'static str, detail: &str) {
        let place = self.place(record);
        self.ledger.lose(of, outcome, kind, 1, &place, detail);
    }
}

impl Sink for Builder<'_> {
    fn file(&mut self, name: &str) {
        self.file = Arc::from(name);
    }

    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop> {
        if it.kind() == Kind::Member {
            self.choose_channels();
        }
        // Whose record it is, is known only when it was looked at.
        let before = std::mem::take(&mut self.ledger);
        self.is_own = self.directory.shard.is_first();
        match origin {
            Origin::Read => self.ledger.read(it.kind(), 1),
            Origin::Made(kind) => {
                let place = self.place(record);
                self.ledger.made(it.kind(), kind, &place, "");
            }
        }
        match it {
            Record::User(it) => self.user(record, it),
            Record::Channel(it) => self.channel(record, it),
            Record::Member(it) => self.member(record, it),
            other => {
                let kind = "record_out_of_place";
                self.lose(record, other.kind(), Outcome::LeftOut, kind, "");
            }
        }
        let of_record = std::mem::replace(&mut self.ledger, before);
        if self.is_own {
            self.ledger.add(of_record);
        }
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        self.has_lost_wanted |= loss.of == Kind::Channel && loss.outcome == Outcome::LeftOut;
        // Nothing says to which record of the directory it belongs.
        if !self.directory.shard.is_first() {
            return Ok(());
        }
        let place = self.place(record);
        let count = u64::from(loss.count);
        if loss.outcome != Outcome::Field {
            self.ledger.read(loss.of, count);
        }
        self.ledger.lose(
            loss.of,
            loss.outcome,
            loss.kind,
            count,
            &place,
            &loss.detail,
        );
        Ok(())
    }

    fn meet(&mut self, person: Person<'_>) -> Result<(), Stop> {
        self.met.extend(Stranger::met(person, 0));
        Ok(())
    }
}
