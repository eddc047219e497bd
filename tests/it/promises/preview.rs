//! What a preview gathers while parts are written is what stands in them.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::atomic::AtomicBool;

use migrate::{
    preview::{
        files::look,
        gather::Gathered,
        model::{Channel, Count, Message, User, Why},
    },
    progress::Progress,
};
use migrate_model::Kind;
use proptest::prelude::*;
use serde_json::Value;

use super::{
    any_way, cases, convert,
    run::{Output, Way, run},
    selection::selections::any_selection,
};
use crate::memory::workspaces::any_workspace;

/// How many messages are shown.
fn any_most() -> impl Strategy<Value = usize> {
    prop_oneof![0usize..6, Just(2_000)]
}

fn gathered(output: &Output) -> &Gathered {
    output.packed.gathered.as_ref().expect("a preview")
}

/// All entries of the parts as they stand there, with their items.
fn entries(output: &Output) -> BTreeMap<String, Value> {
    let mut entries = BTreeMap::new();
    for (_, bytes) in output.bytes() {
        let text = String::from_utf8(bytes).expect("parts are text");
        let lines = text.lines().map(|line| line.trim_end_matches(','));
        for line in lines.filter(|line| line.starts_with('{')) {
            let mut entry: Value = serde_json::from_str(line).expect("an entry");
            let item = match entry.get("item").is_some() {
                true => entry["item"].take(),
                false => entry["data"].take(),
            };
            entries.insert(line.to_owned(), item);
        }
    }
    entries
}

/// The channel that an item names, as a preview does, and the members of a distinct one.
fn channel_of(item: &Value) -> (String, String) {
    let id = item["channel_id"].as_str().unwrap_or_default();
    let members = item["channel_member_ids"].to_string();
    (
        format!("{}:{id}", item["channel_type"].as_str().expect("a type")),
        members,
    )
}

fn of_channel(channel: &Channel) -> (String, String) {
    let entry: Value = serde_json::from_str(&channel.entry).expect("an entry");
    let item = entry.get("item").or(entry.get("data")).expect("an item");
    (channel.cid.clone(), item["member_ids"].to_string())
}

fn count<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, u64> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

fn counts(list: &[Count]) -> BTreeMap<String, u64> {
    list.iter().map(|it| (it.id.clone(), it.count)).collect()
}

fn get<K: Ord>(counts: &BTreeMap<K, u64>, key: &K) -> u64 {
    counts.get(key).copied().unwrap_or(0)
}

fn text(item: &Value, field: &str) -> String {
    item[field].as_str().unwrap_or_default().to_owned()
}

/// Holds the counts against those of the parts.
fn check_counts(output: &Output) {
    let it = gathered(output);
    let (messages, reactions) = (output.items("message"), output.items("reaction"));
    let (members, channels) = (output.items("member"), output.items("channel"));
    let days = count(
        messages
            .values()
            .map(|it| text(it, "created_at")[..10].to_owned()),
    );
    let day = |day: i32| {
        chrono::NaiveDate::from_epoch_days(day)
            .expect("a day")
            .to_string()
    };
    let told: BTreeMap<_, _> = it
        .days
        .iter()
        .map(|(at, count)| (day(*at), *count))
        .collect();
    assert_eq!(told, days);
    assert!(it.days.is_sorted());
    assert_eq!(
        counts(&it.people),
        count(messages.values().map(|it| text(it, "user")))
    );
    assert_eq!(
        counts(&it.reactions),
        count(reactions.values().map(|it| text(it, "type")))
    );
    assert_eq!(
        (it.channel_count, it.channels.len()),
        (channels.len() as u64, channels.len())
    );
    let of_messages = count(messages.values().map(channel_of));
    let of_members = count(members.values().map(channel_of));
    let of_reactions = reactions
        .values()
        .map(|it| &messages[&text(it, "message_id")]);
    let of_reactions = count(of_reactions.map(channel_of));
    for channel in &it.channels {
        let key = &of_channel(channel);
        assert_eq!(channel.message_count, get(&of_messages, key), "{key:?}");
        assert_eq!(channel.members, get(&of_members, key), "{key:?}");
        assert_eq!(channel.reaction_count, get(&of_reactions, key), "{key:?}");
        let times = messages.values().filter(|it| channel_of(it) == *key);
        let times: BTreeSet<_> = times.map(|it| text(it, "created_at")).collect();
        let span = channel
            .span
            .map(|(first, last)| (micros(first), micros(last)));
        assert_eq!(span, times.first().cloned().zip(times.last().cloned()));
    }
    assert!(
        it.channels
            .is_sorted_by_key(|it| (std::cmp::Reverse(it.message_count), it.cid.clone()))
    );
}

fn micros(time: migrate_model::Time) -> String {
    migrate::getstream::json::rfc3339(time)
}

/// Holds what is shown against the parts.
fn check_shown(output: &Output, most: usize) {
    let it = gathered(output);
    let entries = entries(output);
    let all: Vec<&Message> = it.channels.iter().flat_map(|it| &it.messages).collect();
    assert!(all.len() <= most);
    let messages = output.items("message");
    if messages.len() <= most {
        assert_eq!(all.len(), messages.len());
    }
    let replies = count(messages.values().map(|it| text(it, "parent_id")));
    let reactions = count(
        output
            .items("reaction")
            .values()
            .map(|it| text(it, "message_id")),
    );
    let users: BTreeSet<&str> = it.users.iter().map(|it| &*it.id).collect();
    let names = output.items("user");
    for user in &it.users {
        assert_eq!(user.name, text(&names[&user.id], "name"));
    }
    for channel in &it.channels {
        assert!(entries.contains_key(&channel.entry), "{}", channel.entry);
        let item = |message: &Message| &entries[&message.entry];
        let time = |message: &Message| text(item(message), "created_at");
        assert!(channel.messages.is_sorted_by_key(time));
        for message in &channel.messages {
            let own = item(message);
            assert_eq!(channel_of(own), of_channel(channel));
            let id = text(own, "id");
            let parent = message
                .parent
                .map(|at| text(item(&channel.messages[at]), "id"));
            assert_eq!(parent.unwrap_or_default(), text(own, "parent_id"));
            assert_eq!(message.reply_count, replies.get(&id).copied().unwrap_or(0));
            let given = reactions.get(&id).copied().unwrap_or(0);
            assert_eq!(message.reactions.len() as u64, given.min(20));
            for reaction in &message.reactions {
                let reaction = &entries[reaction];
                assert_eq!(text(reaction, "message_id"), id);
                assert!(users.contains(&*text(reaction, "user_id")));
            }
            assert!(users.contains(&*text(own, "user")));
            assert_eq!(
                message.why == Why::Loss,
                !message.losses.is_empty(),
                "{message:?}"
            );
        }
    }
}

/// Holds what is seen of the written parts against what was gathered.
fn check_files(output: &Output, most: usize) {
    let it = gathered(output);
    let progress = Progress::new(true);
    let looked = look(&output.paths, most, 2, &progress, &AtomicBool::new(false));
    let (seen, is_whole) = looked.unwrap_or_else(|error| panic!("{error:#}"));
    assert!(is_whole);
    assert_eq!(
        (&seen.days, seen.channel_count),
        (&it.days, it.channel_count)
    );
    assert_eq!(seen.span, output.packed.span);
    assert_eq!(format!("{:?}", seen.people), format!("{:?}", it.people));
    assert_eq!(
        format!("{:?}", seen.reactions),
        format!("{:?}", it.reactions)
    );
    for kind in Kind::ALL {
        let written = output.packed.ledger.book(kind).written;
        assert_eq!(seen.books[kind as usize].written, written, "{kind:?}");
    }
    let parts: Vec<_> = seen.parts.iter().map(|it| (it.bytes, it.counts)).collect();
    let packed = output.packed.parts.iter();
    assert_eq!(
        parts,
        packed.map(|it| (it.bytes, it.counts)).collect::<Vec<_>>()
    );
    let numbers = |it: &Channel| {
        let counts = (it.message_count, it.reaction_count, it.members, it.span);
        (
            it.cid.clone(),
            it.entry.clone(),
            it.name.clone(),
            counts,
            it.is_direct,
        )
    };
    let mut channels =
        [&seen.channels, &it.channels].map(|all| all.iter().map(numbers).collect::<Vec<_>>());
    channels.iter_mut().for_each(|all| all.sort());
    assert_eq!(channels[0], channels[1]);
    let shown = |all: &[Channel]| all.iter().map(|it| it.messages.len()).sum::<usize>();
    assert!(shown(&seen.channels) <= most);
    if it.channels.iter().map(|it| it.message_count).sum::<u64>() <= most as u64 {
        assert_eq!(shown(&seen.channels), shown(&it.channels));
        let users = |all: &[User]| {
            all.iter()
                .map(|it| (it.id.clone(), it.name.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(users(&seen.users), users(&it.users));
    }
}

/// The whole of what was gathered, to be compared.
fn shape(output: &Output) -> String {
    let it = gathered(output);
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        it.days, it.channels, it.records, it.people, it.reactions, it.users
    )
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_preview_counts_and_shows_what_stands_in_the_parts(
        workspace in any_workspace(), (way, size) in any_way(), most in any_most(),
        selection in prop::option::of(any_selection())
    ) {
        let selection = selection.map(|it| it.build(&workspace)).unwrap_or_default();
        let way = Way { selection, ..way };
        let plain = convert(&workspace, &way, size);
        let way = Way { preview_messages: Some(most), ..way };
        if let Some(output) = convert(&workspace, &way, size) {
            check_counts(&output);
            check_shown(&output, most);
            check_files(&output, most);
            let plain = plain.expect("the same output");
            prop_assert!(plain.bytes() == output.bytes());
            prop_assert_eq!(
                format!("{:?}", plain.packed.ledger),
                format!("{:?}", output.packed.ledger)
            );
            for threads in [1, 3] {
                let way = Way { threads, ..output.way().clone() };
                prop_assert_eq!(shape(&output), shape(&run(&workspace, &way)));
            }
        }
    }
}
