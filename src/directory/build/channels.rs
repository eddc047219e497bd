//! Channels: which of them are one, and their entries.

use migrate_model as model;
use migrate_model::{ChannelType, Kind, Outcome, Text};

use super::Builder;
use crate::books::Place;
use crate::directory::{Channel, NONE, UserNumber};
use crate::getstream::custom::Owner;
use crate::getstream::item::{self, ChannelRef};
use crate::getstream::{custom, ids, json, legal};
use crate::user_map::Claim;

/// Most custom data that the source ids of a distinct channel may take, in bytes.
const SOURCE_IDS_BYTES: usize = 1_000;

/// A channel whose source ids may still grow.
pub(super) struct PendingChannel {
    pub(super) details: item::ChannelDetails<'static>,
    pub(super) custom: Vec<u8>,
    pub(super) source_ids: Vec<String>,
    pub(super) place: Place,
    /// What of it is lost if it is written: kinds and details.
    pub(super) losses: Vec<(&'static str, String)>,
}

impl Builder<'_> {
    /// Takes a channel; every call adds one to `channel_of_record`.
    pub(super) fn channel(&mut self, record: u32, it: model::Channel<'_>) {
        let number = self.take_channel(record, it);
        self.is_own = self.directory.owns_channel(number);
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
    pub(super) fn refer(&mut self, channel: u32, source_id: &str) {
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
        let is_own = self.directory.shard.owns(&key);
        let channel = Channel {
            is_own,
            ..self.new_channel(record, it, reference, members)?
        };
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

    pub(super) fn channel_type(&self, it: &ChannelType<'_>) -> String {
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
            is_own: true,
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

    pub(super) fn finish_channel(&mut self, number: usize, mut it: PendingChannel) {
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
}

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
pub(in crate::directory) fn set_key_of(mut member_ids: Vec<Text<'_>>) -> String {
    member_ids.sort_unstable();
    member_ids.dedup();
    set_key(&member_ids)
}

/// Whether several people of a set are one user by the map, and no other is in it.
fn is_shrunk(source_ids: &[Text<'_>], members: &[UserNumber]) -> bool {
    let is_one = members.iter().all(|user| Some(user) == members.first());
    is_one && source_ids.iter().any(|id| Some(id) != source_ids.first())
}
