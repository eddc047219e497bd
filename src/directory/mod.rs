//! The directory: the users, channels and members that are known before messages are read.
//!
//! It does not change while units are read, so workers share it without a lock. Users are known
//! by their number here; whoever is met later gets a number behind them from the packer.

mod build;
mod mapped;

use std::hash::{BuildHasher, DefaultHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};
use migrate_model as model;

use crate::books::Place;
use crate::getstream::item::ChannelRef;
use crate::getstream::{Spelling, ids, item, legal};
use crate::people::{Standing, Stranger};
use crate::shard::Shard;
use crate::user_map::{AppUser, Claim};

use crate::selection::Exclusion;
use mapped::Mapped;

pub use build::{Builder, Defaults};

/// The number of a user: its place in the directory, or behind it for strangers.
pub type UserNumber = u32;

/// What is known before messages are read.
#[derive(Default)]
pub struct Directory {
    users: Vec<User>,
    user_numbers: HashTable<UserNumber>,
    /// Numbers of the users whose id had to be mapped, by their Stream id.
    mapped_users: HashMap<Box<str>, UserNumber>,
    channels: Vec<Channel>,
    channel_numbers: HashMap<Box<str>, u32>,
    /// By the number of a channel record: its channel, or [`NONE`].
    channel_of_record: Vec<u32>,
    /// Sorted by channel, then user.
    members: Vec<Membership>,
    details: Vec<Box<[u8]>>,
    /// The user map, if there is one.
    mapped: Option<Mapped>,
    /// Whether only some channels are asked for, so that none is that is not here.
    is_closed: bool,
    /// Which part of the source is this run's.
    shard: Shard,
    hasher: DefaultHashBuilder,
}

/// No user, channel or details.
pub const NONE: u32 = u32::MAX;

/// A user.
pub struct User {
    /// The source's id.
    pub id: Box<str>,
    /// The id in Stream, where it differs.
    mapped_id: Option<Box<str>>,
    /// The name that is written and that mentions use.
    pub name: Box<str>,
    /// The picture, of a user who stands in no list.
    pub image_url: Box<str>,
    /// Everything else that is told of such a user.
    pub custom: model::Custom<'static>,
    /// See [`Stranger::custom_standing`].
    pub custom_standing: Option<Standing>,
    /// How well the user is known.
    pub standing: Standing,
    /// The entry, encoded; empty for a user who stands in no list.
    pub entry: Box<[u8]>,
    /// Users and channels that the entry refers to.
    pub needs: Box<[Node]>,
    /// The claims of those people of the user map whom the entry refers to.
    pub claims: Box<[Claim]>,
    /// The teams; empty without multi-tenancy.
    pub teams: Box<[Box<str>]>,
    /// Where the record stands; nowhere for a user who stands in no list.
    pub place: Place,
    /// The place of the user in the user map, or [`NONE`].
    app: u32,
}

impl User {
    /// The id in Stream.
    pub fn stream_id(&self) -> &str {
        self.mapped_id.as_deref().unwrap_or(&self.id)
    }

    /// What is known of a user who stands in no list.
    pub fn as_stranger(&self) -> Stranger {
        Stranger {
            id: self.id.clone(),
            standing: self.standing,
            name: self.name.clone(),
            image_url: self.image_url.clone(),
            custom: self.custom.clone(),
            custom_standing: self.custom_standing,
        }
    }
}

/// A thing of the directory that an entry may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// A user.
    User(UserNumber),
    /// A channel.
    Channel(u32),
}

/// A channel.
pub struct Channel {
    /// How members and messages name it.
    pub reference: ChannelRef,
    /// The same, encoded.
    pub fields: Box<[u8]>,
    /// Who made it, or [`NONE`].
    pub created_by: UserNumber,
    /// Everything of the item but its id and who made it, encoded.
    pub details: Box<[u8]>,
    /// The name that people see; may be empty.
    pub name: Box<str>,
    /// The team; empty without multi-tenancy.
    pub team: Box<str>,
    /// Users that are banned.
    pub banned: Box<[UserNumber]>,
    /// Of a distinct channel, the members that make it, sorted.
    pub set: Box<[UserNumber]>,
    /// The source's id, of the first record that became this channel; may be empty.
    pub source_id: Box<str>,
    /// Where that record stands.
    pub place: Place,
    /// Why it is not written, if the user of the program wants it so.
    pub excluded: Option<Exclusion>,
    /// Whether it is this shard's; another shard writes those that are not, and this one only
    /// their entry where a user mutes them.
    pub is_own: bool,
    /// Whether somebody muted it, so that it may be written before its messages are read.
    pub is_muted: bool,
    /// The range of its members.
    members: (u32, u32),
}

impl Channel {
    /// Whether it is known by its members.
    pub fn is_distinct(&self) -> bool {
        matches!(self.reference, ChannelRef::Distinct { .. })
    }

    /// The channel for people: `type:id`, or `type:[members]`.
    pub fn cid(&self) -> String {
        match &self.reference {
            ChannelRef::Id { channel_type, id } => format!("{channel_type}:{id}"),
            ChannelRef::Distinct {
                channel_type,
                member_ids,
            } => format!("{channel_type}:[{}]", member_ids.join(" ")),
        }
    }

    /// Encodes the channel's entry.
    pub fn encode(&self, spelling: Spelling, created_by: &str) -> Vec<u8> {
        let mut out = Vec::new();
        spelling.channel(
            &mut out,
            &item::Channel {
                channel: &self.reference,
                created_by,
                details: &self.details,
            },
        );
        out
    }
}

/// A membership, 8 bytes: exports hold millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// Who.
    pub user: UserNumber,
    /// The number of the encoded details, or [`NONE`].
    details: u32,
}

impl Directory {
    /// How many users it has.
    pub fn user_count(&self) -> u32 {
        self.users.len() as u32
    }

    /// A user by number; `None` for a stranger's number.
    pub fn user(&self, number: UserNumber) -> Option<&User> {
        self.users.get(number as usize)
    }

    /// All users.
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// The number of a user by the source's id.
    pub fn find_user(&self, id: &str) -> Option<UserNumber> {
        if let Some(mapped) = &self.mapped
            && let Some(claim) = mapped.claim(id)
        {
            let number = mapped.numbers[mapped.map.user_of(claim) as usize];
            return (number != NONE).then_some(number);
        }
        let hash = self.hasher.hash_one(id);
        self.user_numbers
            .find(hash, |number| *self.users[*number as usize].id == *id)
            .copied()
    }

    /// The number of a user by the id in Stream.
    pub fn find_stream_user(&self, id: &str) -> Option<UserNumber> {
        let found = self.mapped_users.get(id).copied();
        found.or_else(|| {
            self.find_user(id)
                .filter(|number| self.users[*number as usize].mapped_id.is_none())
        })
    }

    /// The id in Stream of somebody whom a record names, known or not.
    pub fn stream_id<'i>(&'i self, id: &'i str) -> model::Text<'i> {
        let Some(mapped) = &self.mapped else {
            return ids::user(id);
        };
        match mapped.claim(id) {
            Some(claim) => {
                let user = mapped.map.user_of(claim);
                (&*mapped.map.users()[user as usize].id).into()
            }
            None => ids::user(id),
        }
    }

    /// The ids in Stream of those whom a record names. A user of the app is named once, whoever
    /// of several people is meant.
    pub fn stream_ids<'i>(&'i self, foreign: &'i [model::Text<'_>]) -> Vec<model::Text<'i>> {
        if self.mapped.is_none() {
            return foreign.iter().map(|id| ids::user(id)).collect();
        }
        let mut named = HashSet::new();
        let mut is_first = |id: &str| match self.number_of_app_user(id) {
            None => true,
            Some(number) => named.insert(number),
        };
        let first = foreign.iter().filter(|id| is_first(id));
        first.map(|id| self.stream_id(id)).collect()
    }

    /// Why nothing of a channel is written, if the user of the program wants it so; `None` for the
    /// channel stands for one that the directory does not have.
    pub fn exclusion(&self, channel: Option<u32>) -> Option<Exclusion> {
        match channel {
            Some(channel) => self.channels[channel as usize].excluded,
            None => self.is_closed.then_some(Exclusion::Channel),
        }
    }

    /// Whether the records of a channel are this shard's; those of a channel that the directory
    /// does not have are the first one's.
    pub fn owns_channel(&self, channel: Option<u32>) -> bool {
        match channel {
            Some(channel) => self.channels[channel as usize].is_own,
            None => self.shard.is_first(),
        }
    }

    /// Whether the record of a user of the source's list is this shard's.
    pub fn owns_user(&self, number: UserNumber) -> bool {
        let user = self.user(number);
        user.is_some_and(|user| self.shard.owns(user.stream_id()))
    }

    /// The channels in the order of their records.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The channel that the adapter's channel record number `record`, from 0, became.
    pub fn channel_of_record(&self, record: u32) -> Option<u32> {
        let channel = *self.channel_of_record.get(record as usize)?;
        (channel != NONE).then_some(channel)
    }

    /// The channel that a record names; `None` if there is no such channel.
    pub fn find_channel(&self, reference: &model::ChannelRef<'_>) -> Option<u32> {
        match reference {
            model::ChannelRef::Id(id) => self.channel_numbers.get(id.as_ref()).copied(),
            model::ChannelRef::Members(members) => {
                let known = members.iter().filter(|id| !id.is_empty());
                let set = known.map(|id| self.stream_id(id)).collect();
                self.channel_numbers
                    .get(build::set_key_of(set).as_str())
                    .copied()
            }
            _ => None,
        }
    }

    /// The members of a channel, sorted by user.
    pub fn members(&self, channel: u32) -> &[Membership] {
        let (start, end) = self.channels[channel as usize].members;
        &self.members[start as usize..end as usize]
    }

    /// Whether a user is a listed member of a channel.
    pub fn is_member(&self, channel: u32, user: UserNumber) -> bool {
        let members = self.members(channel);
        members.binary_search_by_key(&user, |it| it.user).is_ok()
    }

    /// Whether the target lets a user be a member of a channel.
    pub fn may_join(&self, channel: u32, user: UserNumber) -> bool {
        self.fits_team(&self.channels[channel as usize].team, user)
    }

    /// Whether the target lets a user be a member of a channel with that team.
    ///
    /// Source: validator; a user with teams is refused in a channel without one as well.
    fn fits_team(&self, team: &str, user: UserNumber) -> bool {
        let teams = self.user(user).map_or(&[][..], |user| &user.teams);
        match (teams, team) {
            ([], team) => team.is_empty(),
            (teams, team) => teams.iter().any(|it| **it == *team),
        }
    }

    /// Encodes a member's entry.
    pub fn encode_member(
        &self,
        spelling: Spelling,
        channel: u32,
        user_id: &str,
        membership: Option<&Membership>,
    ) -> Vec<u8> {
        let details = membership.and_then(|it| self.details.get(it.details as usize));
        let mut out = Vec::new();
        spelling.member(
            &mut out,
            &item::Member {
                channel: &self.channels[channel as usize].reference,
                user_id,
                details: details.map_or(&[], |details| details),
            },
        );
        out
    }

    /// Takes in what the source tells about people before its units are read.
    pub fn meet(&mut self, people: &[Stranger]) {
        for stranger in people {
            self.see(&stranger.id);
        }
        self.learn(people);
    }

    /// Takes in what was learnt about people who stand in no list.
    pub fn learn(&mut self, people: &[Stranger]) {
        for stranger in people {
            let number = self.number_of(&stranger.id);
            let mut known = self.users[number as usize].as_stranger();
            if known.standing.is_listed() {
                continue;
            }
            self.improve(number, &mut known, stranger);
            let user = &mut self.users[number as usize];
            user.standing = known.standing;
            user.name = known.name;
            user.image_url = known.image_url;
            user.custom = known.custom;
            user.custom_standing = known.custom_standing;
            if user.app != NONE {
                user.id = known.id;
            }
        }
    }

    /// Takes what is better known of a user who stands in no list. Whether that changes what is
    /// seen of the user.
    pub fn improve(&self, number: UserNumber, known: &mut Stranger, better: &Stranger) -> bool {
        match self.app_user(number) {
            None => known.learn(better),
            Some(app) => known.learn_of_one(&app.over(better)),
        }
    }

    /// The number of a user who is referred to; one who is not known becomes known by id.
    fn number_of(&mut self, id: &str) -> UserNumber {
        if let Some(number) = self.find_user(id) {
            return number;
        }
        let number = self.user_count();
        if let Some(claim) = self.claim(id) {
            self.add_app_user(id, claim);
            return number;
        }
        let mapped_id = match ids::user(id) {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(mapped) => Some(mapped.into_boxed_str()),
        };
        if let Some(mapped) = &mapped_id {
            self.mapped_users.insert(mapped.clone(), number);
        }
        self.users.push(User {
            mapped_id,
            ..User::by_id(id)
        });
        let hash = self.hasher.hash_one(id);
        let users = &self.users;
        let hasher = &self.hasher;
        self.user_numbers.insert_unique(hash, number, |number| {
            hasher.hash_one(&*users[*number as usize].id)
        });
        number
    }
}

impl User {
    /// A user of whom nothing is known but the id.
    fn by_id(id: &str) -> User {
        User {
            id: id.into(),
            mapped_id: None,
            name: id.into(),
            image_url: "".into(),
            custom: model::Custom::default(),
            custom_standing: None,
            standing: Standing::BY_ID,
            entry: Box::default(),
            needs: Box::default(),
            claims: Box::default(),
            teams: Box::default(),
            place: Place::nowhere(),
            app: NONE,
        }
    }
}

impl model::Directory for Directory {
    fn user_name(&self, user_id: &str) -> Option<&str> {
        let number = self.find_user(user_id)?;
        let user = &self.users[number as usize];
        if user.name.is_empty() {
            return Some(user.stream_id());
        }
        // Whether a pass came before must not show in texts that have another name for somebody.
        let is_by_id = *user.name == *user_id && !user.standing.is_listed();
        (!is_by_id).then_some(&user.name)
    }

    fn channel_name(&self, channel_id: &str) -> Option<&str> {
        let number = *self.channel_numbers.get(channel_id)?;
        let name = &self.channels[number as usize].name;
        (!name.is_empty()).then_some(name)
    }
}

/// Encodes the entry of a user who stands in no list; with what the user map says over what was
/// told, if it is one of the app's users. What is lost of that goes to `note`.
pub fn encode_stranger(
    spelling: Spelling,
    it: &Stranger,
    app: Option<&AppUser>,
    note: legal::Noter<'_>,
) -> Vec<u8> {
    let mut scratch = Vec::new();
    let mut record = model::User::default();
    record.name = (&*it.name).into();
    record.image_url = (&*it.image_url).into();
    record.custom = it.custom.clone();
    let item = match app {
        None => {
            let id = legal::changed_id(&it.id, ids::user(&it.id), note);
            legal::user_as(id.into(), record, &mut scratch, note)
        }
        Some(app) => app.legal_user(record, &mut scratch, note),
    };
    let mut out = Vec::new();
    spelling.user(&mut out, &item);
    out
}

/// A 64-bit hash of an id, the same in every run.
pub fn hash_id(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(id.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_written_as_told_and_a_user_of_the_app_as_the_map_says() {
        let mut told = Stranger::by_id("U1");
        told.custom.set("is_bot", true);
        told.custom.set("team", "red");
        told.custom.set("id", 1);
        let app = AppUser {
            id: "ann".into(),
            name: "Ann".into(),
            custom: vec![("team".into(), "blue".into())],
            ..AppUser::default()
        };
        let check = |app: Option<&AppUser>, expected: &str| {
            let mut lost = Vec::new();
            let mut note = |kind, detail: &str| lost.push(format!("{kind} {detail}"));
            let entry = encode_stranger(Spelling::Array, &told, app, &mut note);
            assert_eq!(String::from_utf8(entry).unwrap(), expected);
            assert_eq!(lost, ["custom_renamed id"]);
        };
        check(
            None,
            r#"{"type":"user","item":{"id":"U1","name":"U1","is_bot":true,"team":"red","source_id":1}}"#,
        );
        check(
            Some(&app),
            r#"{"type":"user","item":{"id":"ann","name":"Ann","is_bot":true,"team":"blue","source_id":1}}"#,
        );
    }

    #[test]
    fn whoever_is_known_by_id_alone_has_no_name_yet() {
        let mut directory = Directory::default();
        let mut bot = Stranger::by_id("B1");
        bot.standing = Standing::met(model::Rank::Id, model::Time::EPOCH, 0);
        let mut hook = bot.clone();
        hook.id = "B2".into();
        hook.name = "Hook".into();
        directory.meet(&[bot, hook]);
        let name = |id| model::Directory::user_name(&directory, id);
        assert_eq!([name("B1"), name("B2")], [None, Some("Hook")]);
    }
}
