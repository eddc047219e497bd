//! Channels that are excluded: what is left is what a workspace without them gives.

use std::collections::BTreeSet;

use migrate::{
    getstream::ids,
    selection::{Channels, Exclusion, Selection},
};
use migrate_model::{Channel, ChannelRef, Kind, Outcome};
use proptest::{prelude::*, sample::Index};

use super::{
    super::{expected::channel_key, maps::Mapping},
    ONE_PART, Output, Way, any_way, any_workspace, cases, convert,
    entries::Entries,
    excluded, selected, unselected,
};
use crate::memory::{Item, Workspace};

/// A workspace whose channels have ids, and in which teams play no part.
fn with_plain_channels(mut workspace: Workspace) -> Workspace {
    for user in &mut workspace.users {
        user.teams.clear();
        user.muted_channel_ids.clear();
    }
    for channel in &mut workspace.channels {
        channel.team = "".into();
        if channel.id.is_empty() {
            channel.id = "room".into();
        }
    }
    workspace
}

/// What a workspace is without some channels, and how many messages and reactions are excluded.
struct Without {
    left: Workspace,
    excluded: [u64; 2],
}

fn without(workspace: &Workspace, gone: &BTreeSet<String>, has_strays: bool) -> Without {
    let key =
        |it: &Channel<'_>| channel_key(it, workspace, &Mapping::default()).expect("it has an id");
    let is_gone = |number: u32| match workspace.channels.get(number as usize) {
        Some(channel) => gone.contains(&key(channel)),
        None => !has_strays,
    };
    let is_named = |it: &Channel<'_>, channel: &ChannelRef<'_>| match channel {
        ChannelRef::Id(id) => it.id == *id,
        ChannelRef::Members(set) => same_set(&it.member_ids, set),
        _ => false,
    };
    let mut left = workspace.clone();
    left.members.retain(|member| {
        let mut named = workspace.channels.iter();
        let named = named.find(|it| is_named(it, &member.channel));
        named.is_none_or(|it| !gone.contains(&key(it)))
    });
    left.channels.retain(|it| !gone.contains(&key(it)));
    left.units.retain(|unit| !is_gone(unit.channel));
    for unit in &mut left.units {
        let before = workspace.channels.iter().take(unit.channel as usize);
        unit.channel -= before.filter(|it| gone.contains(&key(it))).count() as u32;
    }
    let mut excluded = [0; 2];
    for unit in &workspace.units {
        for item in &unit.items {
            let (kind, is_lost) = match item {
                Item::Message(_) => (Kind::Message, is_gone(unit.channel)),
                Item::Reaction(_) => (Kind::Reaction, is_gone(unit.channel)),
                Item::Lost(Outcome::Excluded, kind) => (*kind, true),
                Item::Lost(Outcome::Field, _) | Item::Meet(_) => continue,
                Item::Lost(_, kind) => (*kind, is_gone(unit.channel)),
            };
            match kind {
                Kind::Message => excluded[0] += u64::from(is_lost),
                Kind::Reaction => excluded[1] += u64::from(is_lost),
                _ => {}
            }
        }
    }
    Without { left, excluded }
}

fn same_set(one: &[std::borrow::Cow<'_, str>], other: &[std::borrow::Cow<'_, str>]) -> bool {
    let set = |ids: &[std::borrow::Cow<'_, str>]| {
        let known = ids.iter().filter(|id| !id.is_empty());
        known.map(|id| id.to_string()).collect::<BTreeSet<_>>()
    };
    set(one) == set(other)
}

#[track_caller]
fn check(output: &Output, expected: &Without, why: Exclusion) {
    output.good();
    let left = convert(&expected.left, &unselected(output.way()), ONE_PART);
    let left = left.as_ref().map(Entries::of);
    assert_eq!(
        Entries::of(output).all,
        left.map(|it| it.all).unwrap_or_default()
    );
    let ledger = &output.packed.ledger;
    ledger.balance().expect("the books balance");
    for (kind, count) in [Kind::Message, Kind::Reaction]
        .into_iter()
        .zip(expected.excluded)
    {
        assert_eq!(ledger.book(kind).excluded, count, "{}s", kind.name());
    }
    let channels = ledger.book(Kind::Channel).excluded;
    assert!(excluded(output, why) >= channels.saturating_sub(adapters(output)));
}

/// How many records the adapter itself excluded.
fn adapters(output: &Output) -> u64 {
    let ledger = &output.packed.ledger;
    super::super::expected::noted(ledger, migrate::books::Class::Excluded, "memory.lost")
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn excluded_channels_are_as_if_they_were_not_there(
        workspace in any_workspace(), (way, _) in any_way(), which in any::<Index>(), by_stream_id: bool
    ) {
        let workspace = with_plain_channels(workspace);
        if workspace.channels.is_empty() {
            return Ok(());
        }
        // A conversation has no id in Stream.
        let has_id = |it: &Channel<'_>| it.member_ids.iter().all(|id| id.is_empty());
        let channel = which.get(&workspace.channels);
        let name = match by_stream_id && has_id(channel) {
            true => ids::channel(&channel.id).into_owned(),
            false => channel.id.to_string(),
        };
        let keys = |is_it: &dyn Fn(&Channel<'_>) -> bool| -> BTreeSet<String> {
            let found = workspace.channels.iter().filter(|it| is_it(it));
            found.filter_map(|it| channel_key(it, &workspace, &Mapping::default())).collect()
        };
        let own = keys(&|it| it.id == name || has_id(it) && ids::channel(&it.id) == name);
        let others = keys(&|_| true).difference(&own).cloned().collect();
        for (only, except, gone) in [(vec![], vec![name.clone()], own), (vec![name], vec![], others)] {
            let has_strays = only.is_empty();
            let channels = Channels { only, except, limit: None };
            let selection = Selection { channels, ..Selection::default() };
            let way = Way { selection, ..way.clone() };
            if let Some(output) = convert(&workspace, &way, ONE_PART) {
                check(&output, &without(&workspace, &gone, has_strays), Exclusion::Channel);
            }
        }
    }

    #[test]
    fn a_limit_leaves_the_first_channels(
        workspace in any_workspace(), (way, _) in any_way(), limit in 1usize..4
    ) {
        let workspace = with_plain_channels(workspace);
        let mut keys: Vec<String> = Vec::new();
        for channel in &workspace.channels {
            let key = channel_key(channel, &workspace, &Mapping::default()).expect("it has an id");
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut selection = Selection::default();
        selection.channels.limit = Some(limit as u64);
        if convert(&workspace, &way, ONE_PART).is_some() {
            let output = selected(&workspace, &way, &selection);
            let gone = keys.into_iter().skip(limit).collect();
            check(&output, &without(&workspace, &gone, true), Exclusion::Limit);
        }
    }
}
