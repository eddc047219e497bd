//! Any workspace: strategies that make up records, with everything that real exports get wrong.
//!
//! Ids and times come from small pools, so that threads, quotes, rings and repeated ids come
//! about by themselves.

mod custom;
mod messages;
mod units;
mod users;

use migrate_model::{Channel, ChannelRef, ChannelType, Member, Message, Person, User};
use proptest::{collection::vec, prelude::*};

use super::{Piece, Workspace, at};
use custom::custom;
use units::{UnitPlan, unit};
use users::{name, person, team, user, user_id, user_or_none};

/// The custom field that says which generated message one is. Versions of a message that are
/// the same share the number.
pub(crate) const SERIAL: &str = "serial";

/// Any workspace.
pub(crate) fn any_workspace() -> impl Strategy<Value = Workspace> {
    let rooms = vec((channel(), vec(unit(), 0..4)), 0..6);
    let users = vec(user(), 0..10);
    let people = vec(person(), 0..2);
    let has_teams = prop::bool::weighted(0.25);
    (
        users,
        rooms,
        vec(member(), 0..16),
        people,
        any::<bool>(),
        has_teams,
    )
        .prop_map(build)
}

type Room = (ChannelPlan, Vec<UnitPlan>);
type Parts = (
    Vec<User<'static>>,
    Vec<Room>,
    Vec<MemberPlan>,
    Vec<Person<'static>>,
    bool,
    bool,
);

fn build((mut users, mut rooms, members, people, has_stray_unit, has_teams): Parts) -> Workspace {
    if !has_teams {
        users.iter_mut().for_each(|user| user.teams.clear());
        rooms
            .iter_mut()
            .for_each(|(plan, _)| plan.channel.team = "".into());
    }
    let mut workspace = Workspace {
        users,
        people,
        ..Workspace::default()
    };
    let mut prefixes: Vec<(ChannelPlan, usize)> = Vec::new();
    let mut serial = 0;
    for (number, (plan, units)) in rooms.into_iter().enumerate() {
        // Message ids are unique over the source, so only channels that become one share them.
        let same = prefixes.iter().find(|(other, _)| plan.is_same(other));
        let prefix = same.map_or(number, |(_, prefix)| *prefix);
        prefixes.push((plan.clone(), prefix));
        workspace.channels.push(plan.channel);
        for unit in units {
            let items = unit.items.into_iter();
            workspace.units.push(Piece {
                channel: number as u32,
                bytes: unit.bytes,
                items: items
                    .flat_map(|item| item.build(prefix, &mut serial))
                    .collect(),
            });
        }
    }
    if has_stray_unit {
        // A channel that the directory does not have.
        let mut lost = Message::default();
        lost.id = "lost".into();
        lost.created_at = Some(at(0));
        workspace.units.push(Piece {
            channel: 99,
            bytes: 1,
            items: vec![lost.into()],
        });
    }
    workspace.members = members
        .into_iter()
        .map(|plan| plan.build(&workspace.channels))
        .collect();
    workspace
}

fn channel_id() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        Just("two words".to_owned()),
        Just("é".repeat(40)),
        Just("\u{1}".repeat(300)),
        Just("a--7e50351d7a4c51161920af1a3526e79e".to_owned()),
        Just(String::new()),
    ];
    prop_oneof![8 => (0..5).prop_map(|n| format!("c{n}")), 1 => odd]
}

#[derive(Clone, Debug)]
struct ChannelPlan {
    channel: Channel<'static>,
}

impl ChannelPlan {
    /// Whether two records become one channel for certain.
    fn is_same(&self, other: &ChannelPlan) -> bool {
        let set = |it: &Channel<'static>| {
            let mut set = it.member_ids.clone();
            set.retain(|id| !id.is_empty());
            set.sort();
            set.dedup();
            set
        };
        let (one, other) = (&self.channel, &other.channel);
        one.channel_type == other.channel_type
            && one.team == other.team
            && set(one) == set(other)
            && (!set(one).is_empty() || one.id == other.id)
    }
}

fn channel() -> impl Strategy<Value = ChannelPlan> {
    let set = prop_oneof![
        6 => Just(Vec::new()),
        4 => vec((0..2).prop_map(|n| format!("u{n}")), 1..3),
        1 => vec(user_or_none(), 1..5),
    ];
    let channel_type = prop_oneof![
        6 => Just(ChannelType::Channel),
        2 => Just(ChannelType::Direct),
        1 => Just(ChannelType::Named("team".into())),
        1 => Just(ChannelType::Named("my type".into())),
        1 => Just(ChannelType::Named("".into())),
    ];
    let creator = prop_oneof![1 => user_id(), 1 => Just(String::new())];
    let banned = prop_oneof![4 => Just(Vec::new()), 1 => vec(user_or_none(), 1..4)];
    (
        channel_id(),
        set,
        channel_type,
        name(),
        team(),
        creator,
        banned,
        custom(),
    )
        .prop_map(
            |(id, set, channel_type, name, team, creator, banned, custom)| {
                let mut it = Channel::default();
                it.id = id.into();
                it.member_ids = set.into_iter().map(Into::into).collect();
                it.channel_type = channel_type;
                it.name = name.into();
                it.team = team.into();
                it.created_by = creator.into();
                it.banned_user_ids = banned.into_iter().map(Into::into).collect();
                it.custom = custom;
                ChannelPlan { channel: it }
            },
        )
}

#[derive(Clone, Debug)]
struct MemberPlan {
    channel: prop::sample::Index,
    by_set: bool,
    member: Member<'static>,
}

impl MemberPlan {
    fn build(self, channels: &[Channel<'static>]) -> Member<'static> {
        let mut it = self.member;
        it.channel = match channels.len() {
            0 => ChannelRef::Id("nowhere".into()),
            count => {
                let channel = &channels[self.channel.index(count)];
                match self.by_set && !channel.member_ids.is_empty() {
                    true => ChannelRef::Members(channel.member_ids.clone()),
                    false => ChannelRef::Id(channel.id.clone()),
                }
            }
        };
        it
    }
}

fn member() -> impl Strategy<Value = MemberPlan> {
    let channel = any::<prop::sample::Index>();
    let seldom = || prop::bool::weighted(0.2);
    (
        channel,
        any::<bool>(),
        user_or_none(),
        seldom(),
        seldom(),
        custom(),
    )
        .prop_map(
            |(channel, by_set, user, is_moderator, was_invited, custom)| {
                let mut it = Member::default();
                it.user_id = user.into();
                if is_moderator {
                    it.role = "channel_moderator".into();
                } else if was_invited {
                    it.role = "owner".into();
                }
                if was_invited {
                    it.invite_accepted_at = Some(at(5));
                }
                it.custom = custom;
                MemberPlan {
                    channel,
                    by_set,
                    member: it,
                }
            },
        )
}
