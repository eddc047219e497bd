//! Builds the directory from what an adapter gives first.
//!
//! Ids are made legal and entries encoded here, so that the packer only copies bytes.
//! Conversations with the same member set become one channel.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use hashbrown::{HashMap, HashSet};
use migrate_model as model;
use migrate_model::{ChannelType, Kind, Loss, Origin, Outcome, Person, Record, Sink, Stop, Text};

mod select;

use super::mapped::Mapped;
use super::{Channel, Directory, Membership, NONE, Node, UserNumber};
use crate::books::{Ledger, Place};
use crate::getstream::check::Checks;
use crate::getstream::custom::Owner;
use crate::getstream::item::{self, ChannelRef};
use crate::getstream::{custom, encode, ids, json, legal};
use crate::people::{Standing, Stranger};
use crate::selection::Channels;
use crate::user_map::{Claim, UserMap};

/// What the user of the program chose for channels whose source names no type.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// The type of ordinary channels.
    pub channel_type: String,
    /// The type of direct conversations.
    pub direct_type: String,
}

/// Takes the records of [`Source::directory`](model::Source::directory).
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

/// A channel whose source ids may still grow.
struct PendingChannel {
    details: item::ChannelDetails<'static>,
    custom: Vec<u8>,
    source_ids: Vec<String>,
    place: Place,
    /// What of it is lost if it is written: kinds and details.
    losses: Vec<(&'static str, String)>,
}

/// A user whose entry refers to users and channels that may come later.
struct PendingUser {
    number: UserNumber,
    place: Place,
    item: item::User<'static>,
    custom: Vec<u8>,
    muted_users: Vec<String>,
    muted_channels: Vec<String>,
    blocked_users: Vec<String>,
}

/// People to whom a user's entry refers.
#[derive(Default)]
struct Referred {
    /// Their ids in Stream.
    ids: Vec<Text<'static>>,
    needs: Vec<Node>,
    claims: Vec<Claim>,
}

impl<'a> Builder<'a> {
    /// An empty directory of the channels that are wanted, in which the user map holds if there
    /// is one.
    pub fn new(
        checks: Checks,
        defaults: &'a Defaults,
        wanted: &'a Channels,
        map: Option<Arc<UserMap>>,
    ) -> Self {
        let directory = Directory {
            mapped: map.map(Mapped::new),
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

    fn user(&mut self, record: u32, mut it: model::User<'_>) {
        if it.id.is_empty() {
            return self.lose(
                record,
                Kind::User,
                Outcome::LeftOut,
                "user_without_id",
                &it.name,
            );
        }
        self.directory.look_up(&it);
        let number = self.directory.number_of(&it.id);
        if self.directory.users[number as usize].standing.is_listed() {
            return self.second_user(record, &it.id, number);
        }
        let muted_users = owned(std::mem::take(&mut it.muted_user_ids));
        let muted_channels = owned(std::mem::take(&mut it.muted_channel_ids));
        let blocked_users = owned(std::mem::take(&mut it.blocked_user_ids));
        let is_pending = muted_users.len() + muted_channels.len() + blocked_users.len() > 0;
        let place = self.place(record);
        let foreign = it.id.clone().into_owned();
        let mut scratch = std::mem::take(&mut self.scratch);
        let ledger = &mut self.ledger;
        let note: legal::Noter<'_> = &mut |kind, detail| {
            ledger.lose(Kind::User, Outcome::Field, kind, 1, &place, detail);
        };
        let app = self.directory.app_user(number).cloned();
        let item = match &app {
            None => legal::user(it, &mut scratch, note),
            Some(app) => app.legal_user(it, &mut scratch, note),
        };
        if let Err(problem) = self.checks.user(&item) {
            let text = format!("`{foreign}`: {problem}");
            self.scratch = scratch;
            return self.lose(record, Kind::User, Outcome::LeftOut, "entry_invalid", &text);
        }
        let user = &mut self.directory.users[number as usize];
        user.standing = Standing::LISTED;
        user.name = (&*item.name).into();
        user.teams = item.teams.iter().map(|team| (&**team).into()).collect();
        user.place = place.clone();
        if app.is_some() {
            user.id = foreign.as_str().into();
        }
        if is_pending {
            let (item, custom) = own_user(&item);
            self.pending_users.push(PendingUser {
                number,
                place,
                item,
                custom,
                muted_users,
                muted_channels,
                blocked_users,
            });
        } else {
            let mut entry = Vec::new();
            self.checks.spelling.user(&mut entry, &item);
            user.entry = entry.into();
        }
        self.scratch = scratch;
        self.directory.list(&foreign);
    }

    /// Takes note of a user's record where the user has one already.
    fn second_user(&mut self, record: u32, id: &str, number: UserNumber) {
        let merged = Outcome::Merged;
        if !self.directory.list(id) {
            return self.lose(record, Kind::User, merged, "user_repeated", id);
        }
        let stream_id = self.directory.users[number as usize].stream_id();
        let text = format!("{id} -> {stream_id}");
        self.lose(record, Kind::User, merged, "user_mapped_together", &text);
    }

    /// Finishes a user's entry. `needed` are the strangers whom a channel that is written needs,
    /// beside the app's users; `None` if all are.
    fn finish_user(&mut self, mut it: PendingUser, needed: Option<&HashSet<UserNumber>>) {
        for id in it.muted_users.iter().chain(&it.blocked_users) {
            self.directory.see(id);
        }
        let mut losses = Vec::new();
        let muted = self.referred(it.number, &it.muted_users, needed, &mut losses);
        let mut blocked = self.referred(it.number, &it.blocked_users, needed, &mut losses);
        it.item.user_mutes = muted.ids;
        it.item.blocked_user_ids = std::mem::take(&mut blocked.ids);
        let room = custom::room(&[("name", &it.item.name), ("image", &it.item.image)]);
        if it.custom.len() + self.checks.spelling.user_extra(&it.item) > room {
            losses.push(("custom_dropped", "blocked_user_ids".to_owned()));
            it.item.blocked_user_ids.clear();
            blocked = Referred::default();
        }
        let mut needs = [muted.needs, blocked.needs].concat();
        for id in &it.muted_channels {
            let number = self.directory.channel_numbers.get(id.as_str()).copied();
            let channels = &mut self.directory.channels;
            match number.map(|number| (number, &mut channels[number as usize])) {
                Some((_, channel)) if channel.excluded.is_some() => {
                    losses.push(("mute_excluded", id.clone()));
                }
                Some((number, channel)) if !channel.is_distinct() => {
                    channel.is_muted = true;
                    needs.push(Node::Channel(number));
                    it.item.channel_mutes.push(Text::Owned(channel.cid()));
                }
                _ => losses.push(("mute_unknown", id.clone())),
            }
        }
        for (kind, id) in losses {
            self.ledger
                .lose(Kind::User, Outcome::Field, kind, 1, &it.place, &id);
        }
        let mut entry = Vec::new();
        let item = item::User {
            custom: &it.custom,
            ..it.item
        };
        self.checks.spelling.user(&mut entry, &item);
        let user = &mut self.directory.users[it.number as usize];
        user.entry = entry.into();
        user.needs = needs.into();
        user.claims = [muted.claims, blocked.claims].concat().into();
    }

    /// The people whom a user mutes or blocks.
    fn referred(
        &self,
        user: UserNumber,
        source_ids: &[String],
        needed: Option<&HashSet<UserNumber>>,
        losses: &mut Vec<(&'static str, String)>,
    ) -> Referred {
        let directory = &self.directory;
        let mut referred = Referred::default();
        for id in source_ids {
            let found = directory.find_user(id).filter(|number| {
                let by_id = directory.users[*number as usize].standing == Standing::BY_ID;
                !by_id
                    || directory.app_user(*number).is_some()
                    || needed.is_none_or(|needed| needed.contains(number))
            });
            let Some(number) = found else {
                losses.push(("mute_unknown", id.clone()));
                continue;
            };
            let stream_id = directory.users[number as usize].stream_id();
            // Several people may be one user now, and this one among them.
            let is_app_user = directory.app_user(number).is_some();
            if is_app_user && number == user {
                losses.push(("user_mapped_together", id.clone()));
                continue;
            }
            referred.claims.extend(directory.claim(id));
            if !is_app_user || referred.ids.iter().all(|it| it != stream_id) {
                referred.needs.push(Node::User(number));
                referred.ids.push(Text::Owned(stream_id.to_owned()));
            }
        }
        referred
    }

    /// Takes a channel; every call adds one to `channel_of_record`.
    fn channel(&mut self, record: u32, it: model::Channel<'_>) {
        let number = self.take_channel(record, it);
        self.is_chosen = false;
        self.directory
            .channel_of_record
            .push(number.unwrap_or(NONE));
    }

    fn take_channel(&mut self, record: u32, mut it: model::Channel<'_>) -> Option<u32> {
        it.member_ids.retain(|id| !id.is_empty());
        if it.id.is_empty() && it.member_ids.is_empty() {
            self.lose_channel(record, ["", &it.name], "channel_without_id", &it.name);
            return None;
        }
        let members: Vec<UserNumber> = it
            .member_ids
            .iter()
            .map(|id| self.directory.refer(id))
            .collect();
        let fits = |user: &UserNumber| self.directory.fits_team(&it.team, *user);
        let named = it.member_ids.iter().zip(&members);
        let named = named.filter(|(_, user)| fits(user));
        let claims = named.filter_map(|(id, _)| self.directory.claim(id));
        let claims: Vec<Claim> = claims.collect();
        let may_all_join = members.iter().all(fits);
        let number = match may_all_join && !is_shrunk(&it.member_ids, &members) {
            true => self.take_known_channel(record, it, &members),
            false => self.take_broken_set(record, it, &members, may_all_join),
        }?;
        let claims = claims.into_iter().map(|claim| (number, claim));
        self.references.extend(claims);
        Some(number)
    }

    /// Takes note that a channel or a member of it refers to somebody.
    fn refer(&mut self, channel: u32, source_id: &str) {
        let source_id = Some(source_id).filter(|id| !id.is_empty());
        let claim = source_id.and_then(|id| self.directory.claim(id));
        self.references.extend(claim.map(|claim| (channel, claim)));
    }

    /// Takes a channel whose member set makes no channel, since the target refuses somebody in it
    /// or the user map makes all of them one. Conversations between the same people are one all the
    /// same, so that their messages stay together.
    fn take_broken_set(
        &mut self,
        record: u32,
        it: model::Channel<'_>,
        members: &[UserNumber],
        may_all_join: bool,
    ) -> Option<u32> {
        let channel_type = self.channel_type(&it.channel_type);
        let set = it.member_ids.iter().map(|id| (&**id).into());
        let key = format!("{channel_type}\0{}{}", it.team, set_key_of(set.collect()));
        if let Some(&first) = self.broken_sets.get(&key) {
            return Some(self.same_members(record, &it, first));
        }
        // One without an id is known by whoever is left in it.
        let number = match may_all_join && it.id.is_empty() {
            true => self.take_known_channel(record, it, members),
            false => self.take_as_channel_with_id(record, it, members),
        }?;
        self.broken_sets.insert(key, number);
        Some(number)
    }

    /// Takes a channel whose member set makes none as one with an id; those who may are its members.
    fn take_as_channel_with_id(
        &mut self,
        record: u32,
        mut it: model::Channel<'_>,
        members: &[UserNumber],
    ) -> Option<u32> {
        let set = it.member_ids.iter().map(|id| self.directory.stream_id(id));
        let handle = set_key_of(set.collect());
        it.member_ids.clear();
        if it.id.is_empty() {
            it.id = Text::Owned(handle.clone());
        }
        let number = self.take_known_channel(record, it, &[])?;
        let numbers = &mut self.directory.channel_numbers;
        numbers.entry(handle.into()).or_insert(number);
        for &user in members {
            if self.directory.may_join(number, user) {
                self.derived.push((number, user));
            } else {
                let id = self.directory.users[user as usize].id.clone();
                let pending = &mut self.pending_channels[number as usize];
                pending.losses.push(("member_team", id.into()));
            }
        }
        Some(number)
    }

    /// Takes a channel with an id, or with these members.
    fn take_known_channel(
        &mut self,
        record: u32,
        it: model::Channel<'_>,
        members: &[UserNumber],
    ) -> Option<u32> {
        let reference = self.reference(&it, members);
        let key = match &reference {
            ChannelRef::Id { channel_type, id } => format!("{channel_type}:{id}"),
            ChannelRef::Distinct {
                channel_type,
                member_ids,
            } => format!("{channel_type}:{}", set_key(member_ids)),
        };
        if let Some(&first) = self.channel_keys.get(&key) {
            return self.repeated_channel(record, &it, first);
        }
        let number = self.directory.channels.len() as u32;
        let foreign = it.id.clone().into_owned();
        let channel = self.new_channel(record, it, reference, members)?;
        self.channel_keys.insert(key, number);
        let numbers = &mut self.directory.channel_numbers;
        if let ChannelRef::Distinct { member_ids, .. } = &channel.reference {
            numbers.entry(set_key(member_ids).into()).or_insert(number);
        }
        if !foreign.is_empty() {
            numbers.entry(foreign.into()).or_insert(number);
        }
        self.directory.channels.push(channel);
        Some(number)
    }

    /// A second record of a channel that is known already.
    fn repeated_channel(
        &mut self,
        record: u32,
        it: &model::Channel<'_>,
        first: u32,
    ) -> Option<u32> {
        if self.directory.channels[first as usize].is_distinct() {
            return Some(self.same_members(record, it, first));
        }
        let pending = &self.pending_channels[first as usize];
        if !pending.source_ids.iter().any(|id| *id == it.id) {
            self.lose_channel(record, [&it.id, &it.name], "channel_id_taken", &it.id);
            return None;
        }
        self.lose(
            record,
            Kind::Channel,
            Outcome::Merged,
            "channel_repeated",
            &it.id,
        );
        Some(first)
    }

    /// A conversation between the same people as an earlier one, which it becomes.
    fn same_members(&mut self, record: u32, it: &model::Channel<'_>, first: u32) -> u32 {
        let kind = "channel_same_members";
        self.lose(record, Kind::Channel, Outcome::Merged, kind, &it.id);
        let source_ids = &mut self.pending_channels[first as usize].source_ids;
        if !it.id.is_empty() && source_ids.iter().all(|id| *id != it.id) {
            source_ids.push(it.id.clone().into_owned());
            let numbers = &mut self.directory.channel_numbers;
            numbers.entry(it.id.as_ref().into()).or_insert(first);
        }
        first
    }

    fn channel_type(&self, it: &ChannelType<'_>) -> String {
        match it {
            ChannelType::Named(name) if !name.is_empty() => ids::channel(name).into_owned(),
            ChannelType::Direct => self.defaults.direct_type.clone(),
            _ => self.defaults.channel_type.clone(),
        }
    }

    fn reference(&self, it: &model::Channel<'_>, members: &[UserNumber]) -> ChannelRef {
        let channel_type = self.channel_type(&it.channel_type).into_boxed_str();
        if members.is_empty() {
            let id = ids::channel(&it.id).into();
            return ChannelRef::Id { channel_type, id };
        }
        let mut member_ids: Vec<Box<str>> = members
            .iter()
            .map(|number| self.directory.users[*number as usize].stream_id().into())
            .collect();
        member_ids.sort_unstable();
        member_ids.dedup();
        ChannelRef::Distinct {
            channel_type,
            member_ids: member_ids.into(),
        }
    }

    fn new_channel(
        &mut self,
        record: u32,
        mut it: model::Channel<'_>,
        reference: ChannelRef,
        members: &[UserNumber],
    ) -> Option<Channel> {
        let place = self.place(record);
        let mut losses = Vec::new();
        let mut note = |kind, detail: &str| losses.push((kind, detail.to_owned()));
        if let ChannelRef::Id { .. } = &reference {
            legal::changed_id(&it.id, ids::channel(&it.id), &mut note);
        }
        let (details, banned) = self.channel_details(&mut it, &mut note);
        let created_by = match it.created_by.as_ref() {
            "" => NONE,
            id => self.directory.refer(id),
        };
        if let Err(problem) = self.checks.channel(&reference, &details) {
            let text = format!("`{}`: {problem}", it.id);
            let called = [&*it.id, &*details.name];
            self.lose_channel(record, called, "entry_invalid", &text);
            return None;
        }
        let number = self.directory.channels.len() as u32;
        for id in it.banned_user_ids.iter().chain([&it.created_by]) {
            self.refer(number, id);
        }
        let name = (&*details.name).into();
        let team = (&*details.team).into();
        // A set that became a channel with an id has none in the source.
        let source_id = Some(&*it.id).filter(|id| !id.starts_with('\0'));
        let source_id = source_id.unwrap_or_default().into();
        let mut set = members.to_vec();
        set.sort_unstable();
        set.dedup();
        self.pending_channels.push(PendingChannel {
            details,
            custom: self.scratch.clone(),
            source_ids: vec![it.id.into_owned()],
            place: place.clone(),
            losses,
        });
        let fields = reference.fields().into();
        Some(Channel {
            reference,
            fields,
            created_by,
            details: Box::default(),
            name,
            team,
            banned: banned.into(),
            set: set.into(),
            source_id,
            place,
            excluded: None,
            is_muted: false,
            members: (0, 0),
        })
    }

    /// What a channel has beyond its id, its custom data in `scratch`, and who is banned from it.
    fn channel_details(
        &mut self,
        it: &mut model::Channel<'_>,
        note: legal::Noter<'_>,
    ) -> (item::ChannelDetails<'static>, Vec<UserNumber>) {
        let name = legal::short(std::mem::take(&mut it.name), note);
        let image = legal::url_within(std::mem::take(&mut it.image_url), note);
        let directory = &mut self.directory;
        let known = it.banned_user_ids.iter().filter(|id| !id.is_empty());
        let mut banned: Vec<UserNumber> = known.map(|id| directory.refer(id)).collect();
        directory.keep_each_once(&mut banned);
        let stream_id = |user: &UserNumber| directory.users[*user as usize].stream_id();
        let banned_users = banned.iter().map(stream_id);
        let mut details = item::ChannelDetails {
            name: Text::Owned(name.into_owned()),
            image: Text::Owned(image.into_owned()),
            team: Text::Owned(it.team.to_string()),
            frozen: it.frozen,
            disabled: it.disabled,
            created_at: it.created_at,
            updated_at: it.updated_at,
            truncated_at: it.truncated_at,
            banned_users: banned_users.map(|id| Text::Owned(id.to_owned())).collect(),
            custom: &[],
        };
        // Room for the source ids of a distinct channel, of which some may still come.
        let room = custom::room(&[("name", &details.name), ("image", &details.image)]);
        let room = room.saturating_sub(SOURCE_IDS_BYTES);
        let spelling = self.checks.spelling;
        if spelling.channel_extra(&details) > room {
            note("custom_dropped", "banned_users");
            it.banned_user_ids.clear();
            details.banned_users.clear();
            banned.clear();
        }
        let room = room.saturating_sub(spelling.channel_extra(&details));
        let owner = Owner::Entry(Kind::Channel);
        legal::encode_custom(&mut self.scratch, owner, &it.custom, room, note);
        (details, banned)
    }

    fn finish_channel(&mut self, number: usize, mut it: PendingChannel) {
        let channel = &mut self.directory.channels[number];
        it.source_ids.retain(|id| !id.is_empty());
        if channel.is_distinct() && !it.source_ids.is_empty() {
            if !it.custom.is_empty() {
                it.custom.push(b',');
            }
            json::string(&mut it.custom, custom::SOURCE_IDS);
            it.custom.push(b':');
            // A long list is cut: the books name every merged channel.
            let mut room = SOURCE_IDS_BYTES - 64;
            it.source_ids.retain(|id| {
                let written: usize = id.chars().map(json::written_bytes).sum();
                room = room.saturating_sub(written + 3);
                room > 0
            });
            json::list(&mut it.custom, &it.source_ids, |out, id| {
                json::string(out, id)
            });
        }
        let details = item::ChannelDetails {
            custom: &it.custom,
            ..it.details
        };
        channel.details = self.checks.spelling.channel_details(&details).into();
    }

    fn member(&mut self, record: u32, it: model::Member<'_>) {
        self.choose_channels();
        let channel = self.directory.find_channel(&it.channel);
        if let Some(why) = self.directory.exclusion(channel) {
            let outcome = Outcome::Excluded;
            return self.lose(record, Kind::Member, outcome, why.kind(), &it.user_id);
        }
        let Some(channel) = channel else {
            let kind = "member_without_channel";
            return self.lose(record, Kind::Member, Outcome::LeftOut, kind, &it.user_id);
        };
        if it.user_id.is_empty() {
            let kind = "user_without_id";
            return self.lose(record, Kind::Member, Outcome::LeftOut, kind, "");
        }
        let user = self.directory.refer(&it.user_id);
        if self.wanted.is_set() {
            self.named.insert(user);
        }
        if !self.may_join(record, channel, user) {
            return;
        }
        if self.is_member_already(record, channel, user, &it.user_id) {
            return self.refer(channel, &it.user_id);
        }
        let place = self.place(record);
        let ledger = &mut self.ledger;
        let owner = Owner::Entry(Kind::Member);
        let room = custom::room(&[]) - self.checks.spelling.member_extra(it.archived_at);
        legal::encode_custom(
            &mut self.scratch,
            owner,
            &it.custom,
            room,
            &mut |kind, detail| {
                ledger.lose(Kind::Member, Outcome::Field, kind, 1, &place, detail);
            },
        );
        let answered = it.invite_accepted_at.is_some() || it.invite_rejected_at.is_some();
        let details = item::MemberDetails {
            channel_role: it.role,
            created_at: it.created_at,
            last_read: it.last_read,
            // Whoever answered an invitation was invited.
            invited: it.invited || answered,
            invite_accepted_at: it.invite_accepted_at,
            invite_rejected_at: it.invite_rejected_at,
            hide_channel: it.hide_channel,
            hide_messages_before: it.hide_messages_before,
            archived_at: it.archived_at,
            custom: &self.scratch,
        };
        let stream_id = self.directory.users[user as usize].stream_id();
        if let Err(problem) = self.checks.member(stream_id, &details) {
            let text = format!("`{}`: {problem}", it.user_id);
            return self.lose(
                record,
                Kind::Member,
                Outcome::LeftOut,
                "entry_invalid",
                &text,
            );
        }
        let encoded = encode::member_details(&details);
        let mut number = NONE;
        if !encoded.is_empty() {
            number = self.directory.details.len() as u32;
            self.directory.details.push(encoded.into());
        }
        let details = number;
        self.refer(channel, &it.user_id);
        self.memberships
            .push((channel, Membership { user, details }));
    }

    /// Whether a user of the app is a member already, as another of the people who are this user.
    fn is_member_already(
        &mut self,
        record: u32,
        channel: u32,
        user: UserNumber,
        source_id: &str,
    ) -> bool {
        if self.directory.app_user(user).is_none() {
            return false;
        }
        let first = self.mapped_members.entry((channel, user));
        let first = first.or_insert_with(|| source_id.into());
        let is_other = **first != *source_id;
        if is_other {
            let kind = "user_mapped_together";
            let stream_id = self.directory.users[user as usize].stream_id();
            let text = format!("{source_id} -> {stream_id}");
            self.lose(record, Kind::Member, Outcome::Merged, kind, &text);
        }
        is_other
    }

    /// Whether the target lets a user be a member; if not, the member is left out.
    fn may_join(&mut self, record: u32, channel: u32, user: UserNumber) -> bool {
        let it = &self.directory.channels[channel as usize];
        if it.is_distinct() && it.set.binary_search(&user).is_err() {
            let id = self.directory.users[user as usize].id.clone();
            self.lose(
                record,
                Kind::Member,
                Outcome::LeftOut,
                "member_not_in_set",
                &id,
            );
            return false;
        }
        let is_allowed = self.directory.may_join(channel, user);
        if !is_allowed {
            let id = self.directory.users[user as usize].id.clone();
            self.lose(record, Kind::Member, Outcome::LeftOut, "member_team", &id);
        }
        is_allowed
    }

    fn finish_members(&mut self) {
        let place = self.place(0);
        for (number, channel) in self.directory.channels.iter().enumerate() {
            let set = channel.set.iter().map(|user| (number as u32, *user));
            self.derived.extend(set);
        }
        let derived = self.derived.drain(..).map(|(channel, user)| {
            let details = DERIVED;
            (channel, Membership { user, details })
        });
        // Last among equals after the stable sort, so that a listed one counts.
        self.memberships.extend(derived);
        self.memberships
            .sort_by_key(|(channel, it)| (*channel, it.user));
        let memberships = std::mem::take(&mut self.memberships);
        let mut last = None;
        for (channel, mut it) in memberships {
            if let Some(why) = self.directory.channels[channel as usize].excluded {
                // Members are excluded as they come; here only if a channel came after them.
                if it.details != DERIVED {
                    let id = &self.directory.users[it.user as usize].id;
                    let (of, outcome) = (Kind::Member, Outcome::Excluded);
                    self.ledger.lose(of, outcome, why.kind(), 1, &place, id);
                }
                continue;
            }
            let is_repeated = last == Some((channel, it.user));
            last = Some((channel, it.user));
            let is_derived = it.details == DERIVED;
            if is_repeated && is_derived {
                continue;
            }
            let id = &self.directory.users[it.user as usize].id;
            if is_repeated {
                let kind = "member_repeated";
                self.ledger
                    .lose(Kind::Member, Outcome::Merged, kind, 1, &place, id);
                continue;
            }
            if is_derived {
                it.details = NONE;
                self.ledger.made(Kind::Member, "member_derived", &place, id);
            }
            let end = self.directory.members.len() as u32 + 1;
            let range = &mut self.directory.channels[channel as usize].members;
            if range.1 == 0 {
                range.0 = end - 1;
            }
            range.1 = end;
            self.directory.members.push(it);
        }
    }
}

/// The details of a membership that no record gave, until they are sorted in.
const DERIVED: u32 = NONE - 1;

/// Most custom data that the source ids of a distinct channel may take, in bytes.
const SOURCE_IDS_BYTES: usize = 1_000;

/// The key of a member set among channel ids: no id of a source begins with a NUL.
fn set_key<T: AsRef<str>>(member_ids: &[T]) -> String {
    let mut key = String::from("\0");
    for id in member_ids {
        key.push_str(id.as_ref());
        key.push('\0');
    }
    key
}

/// The key of a member set that is not in order yet.
pub(super) fn set_key_of(mut member_ids: Vec<Text<'_>>) -> String {
    member_ids.sort_unstable();
    member_ids.dedup();
    set_key(&member_ids)
}

impl Sink for Builder<'_> {
    fn file(&mut self, name: &str) {
        self.file = Arc::from(name);
    }

    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop> {
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
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        let place = self.place(record);
        let count = u64::from(loss.count);
        if loss.outcome != Outcome::Field {
            self.ledger.read(loss.of, count);
        }
        self.has_lost_wanted |= loss.of == Kind::Channel && loss.outcome == Outcome::LeftOut;
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

/// Whether several people of a set are one user by the map, and no other is in it.
fn is_shrunk(source_ids: &[Text<'_>], members: &[UserNumber]) -> bool {
    let is_one = members.iter().all(|user| Some(user) == members.first());
    is_one && source_ids.iter().any(|id| Some(id) != source_ids.first())
}

fn owned(texts: Vec<Text<'_>>) -> Vec<String> {
    texts.into_iter().map(Text::into_owned).collect()
}

/// A copy of an item that may outlive the record, and its custom data beside it.
fn own_user(it: &item::User<'_>) -> (item::User<'static>, Vec<u8>) {
    let own = |text: &Text<'_>| Text::Owned(text.clone().into_owned());
    let item = item::User {
        id: own(&it.id),
        name: own(&it.name),
        image: own(&it.image),
        role: own(&it.role),
        teams: it.teams.iter().map(own).collect(),
        invisible: it.invisible,
        language: own(&it.language),
        created_at: it.created_at,
        updated_at: it.updated_at,
        deactivated_at: it.deactivated_at,
        deleted_at: it.deleted_at,
        user_mutes: Vec::new(),
        channel_mutes: Vec::new(),
        blocked_user_ids: Vec::new(),
        custom: &[],
    };
    (item, it.custom.to_vec())
}
