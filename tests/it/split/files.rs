//! Any import file: valid entries in any order, as anybody may write them.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value, json};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Array,
    Jsonl,
}

impl Spelling {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Spelling::Array => "json",
            Spelling::Jsonl => "jsonl",
        }
    }

    pub(crate) fn item_key(self) -> &'static str {
        match self {
            Spelling::Array => "item",
            Spelling::Jsonl => "data",
        }
    }

    /// Some entries as a file.
    pub(crate) fn file(self, entries: &[Value], is_pretty: bool) -> Vec<u8> {
        let text = match (self, is_pretty) {
            (Spelling::Array, true) => serde_json::to_string_pretty(entries).unwrap(),
            (Spelling::Array, false) => serde_json::to_string(entries).unwrap(),
            (Spelling::Jsonl, _) => entries.iter().map(|entry| format!("{entry}\n")).collect(),
        };
        text.into_bytes()
    }

    /// The entries of a file.
    pub(crate) fn entries(self, bytes: &[u8]) -> Vec<Value> {
        match self {
            Spelling::Array => serde_json::from_slice(bytes).unwrap(),
            Spelling::Jsonl => serde_json::Deserializer::from_slice(bytes)
                .into_iter()
                .collect::<Result<_, _>>()
                .unwrap(),
        }
    }
}

/// A file that is made up.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) spelling: Spelling,
    /// The entries, each once.
    pub(crate) entries: Vec<Value>,
    /// The entries in the order of the file, some of them twice.
    pub(crate) written: Vec<Value>,
    /// Whether the checker knows all types in it.
    pub(crate) is_plain: bool,
    pub(crate) is_pretty: bool,
}

impl File {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.spelling.file(&self.written, self.is_pretty)
    }
}

#[derive(Clone, Debug)]
struct UserPlan {
    padding: usize,
    mutes: Vec<Index>,
    blocks: Vec<Index>,
    muted_channels: Vec<Index>,
    devices: usize,
    ban: Option<Index>,
}

#[derive(Clone, Debug)]
struct ChannelPlan {
    creator: Index,
    /// Who is in it.
    members: Vec<Index>,
    is_distinct: bool,
    banned: Vec<Index>,
    messages: Vec<MessagePlan>,
}

#[derive(Clone, Debug)]
struct MessagePlan {
    author: Index,
    padding: usize,
    parent: Option<Index>,
    quote: Option<Index>,
    mentions: Vec<Index>,
    sees: Vec<Index>,
    pinner: Option<Index>,
    reactions: Vec<Index>,
    /// Whether it was written at the same time as the one before.
    is_quick: bool,
}

/// Any file that follows the rules.
pub(crate) fn any_file() -> impl Strategy<Value = File> {
    let spelling = prop_oneof![Just(Spelling::Array), Just(Spelling::Jsonl)];
    (
        spelling,
        vec(user(), 1..8),
        vec(channel(), 0..5),
        any::<bool>(),
        any::<bool>(),
        vec(any::<Index>(), 0..3),
        prop_oneof![Just(None), any::<u64>().prop_map(Some)],
    )
        .prop_map(
            |(spelling, users, channels, is_plain, is_pretty, again, seed)| {
                let entries = build(spelling, &users, &channels, is_plain);
                let mut written = entries.clone();
                for index in again {
                    written.push(entries[index.index(entries.len())].clone());
                }
                if let Some(seed) = seed {
                    shuffle(&mut written, seed);
                }
                File {
                    spelling,
                    entries,
                    written,
                    is_plain,
                    is_pretty,
                }
            },
        )
}

/// Puts entries into an order that nobody would think of.
pub(crate) fn shuffle(entries: &mut [Value], seed: u64) {
    let mut state = seed | 1;
    for n in (1..entries.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        entries.swap(n, (state >> 33) as usize % (n + 1));
    }
}

fn user() -> impl Strategy<Value = UserPlan> {
    (
        0usize..200,
        vec(any::<Index>(), 0..2),
        vec(any::<Index>(), 0..2),
        vec(any::<Index>(), 0..2),
        0usize..2,
        prop::option::of(any::<Index>()),
    )
        .prop_map(
            |(padding, mutes, blocks, muted_channels, devices, ban)| UserPlan {
                padding,
                mutes,
                blocks,
                muted_channels,
                devices,
                ban,
            },
        )
}

fn channel() -> impl Strategy<Value = ChannelPlan> {
    (
        any::<Index>(),
        vec(any::<Index>(), 0..5),
        prop::bool::weighted(0.4),
        vec(any::<Index>(), 0..2),
        vec(message(), 0..14),
    )
        .prop_map(
            |(creator, members, is_distinct, banned, messages)| ChannelPlan {
                creator,
                members,
                is_distinct,
                banned,
                messages,
            },
        )
}

fn message() -> impl Strategy<Value = MessagePlan> {
    (
        any::<Index>(),
        0usize..300,
        prop::option::of(any::<Index>()),
        prop::option::weighted(0.3, any::<Index>()),
        vec(any::<Index>(), 0..2),
        prop_oneof![4 => Just(Vec::new()), 1 => vec(any::<Index>(), 1..3)],
        prop::option::weighted(0.1, any::<Index>()),
        vec(any::<Index>(), 0..3),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(author, padding, parent, quote, mentions, sees, pinner, reactions, is_quick)| {
                MessagePlan {
                    author,
                    padding,
                    parent,
                    quote,
                    mentions,
                    sees,
                    pinner,
                    reactions,
                    is_quick,
                }
            },
        )
}

/// The ids of some users, each once.
fn some(indexes: &[Index], users: usize) -> Vec<String> {
    let mut numbers: Vec<_> = indexes.iter().map(|index| index.index(users)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
        .into_iter()
        .map(|number| format!("u{number}"))
        .collect()
}

fn set(item: &mut Value, name: &str, value: impl Into<Value>) {
    let value = value.into();
    let is_empty = value.as_array().is_some_and(Vec::is_empty);
    if !is_empty {
        item[name] = value;
    }
}

fn build(
    spelling: Spelling,
    users: &[UserPlan],
    channels: &[ChannelPlan],
    is_plain: bool,
) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut add = |kind: &str, item: Value| {
        entries.push(json!({"type": kind, spelling.item_key(): item}));
    };
    let count = users.len();
    let mut sets: Vec<Vec<String>> = Vec::new();
    // A set makes one channel only.
    let distinct: Vec<Option<Vec<String>>> = channels
        .iter()
        .map(|channel| {
            let set = some(&channel.members, count);
            let is_new = channel.is_distinct && !set.is_empty() && !sets.contains(&set);
            is_new.then(|| {
                sets.push(set.clone());
                set
            })
        })
        .collect();
    let by_id: Vec<usize> = (0..channels.len())
        .filter(|n| distinct[*n].is_none())
        .collect();
    for (number, plan) in users.iter().enumerate() {
        let id = format!("u{number}");
        let mut item = json!({"id": id, "name": "n".repeat(plan.padding)});
        set(&mut item, "user_mutes", some(&plan.mutes, count));
        set(&mut item, "blocked_user_ids", some(&plan.blocks, count));
        if !by_id.is_empty() {
            let muted = plan.muted_channels.iter();
            let mut cids: Vec<_> = muted
                .map(|index| format!("messaging:c{}", by_id[index.index(by_id.len())]))
                .collect();
            cids.sort();
            cids.dedup();
            set(&mut item, "channel_mutes", cids);
        }
        add("user", item);
        if is_plain {
            continue;
        }
        for device in 0..plan.devices {
            add(
                "device",
                json!({"id": format!("d{number}-{device}"), "user_id": id, "push_provider_type": "apn", "created_at": time(0)}),
            );
        }
        if let Some(by) = plan.ban.as_ref().filter(|_| spelling == Spelling::Jsonl) {
            let by = format!("u{}", by.index(count));
            add(
                "future_channel_ban",
                json!({"target_id": id, "created_by": by}),
            );
        }
    }
    for (number, plan) in channels.iter().enumerate() {
        let creator = format!("u{}", plan.creator.index(count));
        let mut item = json!({"type": "messaging", "created_by": creator});
        let mut reference = json!({"channel_type": "messaging"});
        match &distinct[number] {
            Some(set) => {
                item["member_ids"] = json!(set);
                // The order of a set does not count.
                reference["channel_member_ids"] = set.iter().rev().cloned().collect();
            }
            None => {
                item["id"] = json!(format!("c{number}"));
                reference["channel_id"] = item["id"].clone();
            }
        }
        set(&mut item, "banned_users", some(&plan.banned, count));
        add("channel", item);
        for user in some(&plan.members, count) {
            let mut item = reference.clone();
            item["user_id"] = json!(user);
            add("member", item);
        }
        messages(spelling, number, plan, count, &reference, &mut add);
    }
    entries
}

fn messages(
    spelling: Spelling,
    channel: usize,
    plan: &ChannelPlan,
    users: usize,
    reference: &Value,
    add: &mut impl FnMut(&str, Value),
) {
    let mut at = 0;
    // (time, whether it is a reply)
    let mut before: Vec<(u64, bool)> = Vec::new();
    for (number, plan) in plan.messages.iter().enumerate() {
        at += u64::from(!plan.is_quick);
        let id = |number: usize| format!("m{channel}-{number}");
        let mut item = reference.clone();
        item["id"] = json!(id(number));
        item["user"] = json!(format!("u{}", plan.author.index(users)));
        item["text"] = json!("t ".repeat(plan.padding / 2));
        item["created_at"] = json!(time(at));
        let roots: Vec<usize> = (0..before.len())
            .filter(|n| before[*n].0 < at && !before[*n].1)
            .collect();
        let parent = plan.parent.as_ref().filter(|_| !roots.is_empty());
        if let Some(parent) = parent {
            item["parent_id"] = json!(id(roots[parent.index(roots.len())]));
        }
        item["type"] = json!(match (spelling, parent) {
            (Spelling::Jsonl, Some(_)) => "reply",
            _ => "regular",
        });
        if let Some(quote) = plan.quote.as_ref().filter(|_| !before.is_empty()) {
            item["quoted_message_id"] = json!(id(quote.index(before.len())));
        }
        set(
            &mut item,
            "mentioned_users_ids",
            some(&plan.mentions, users),
        );
        set(&mut item, "restricted_visibility", some(&plan.sees, users));
        if let Some(pinner) = &plan.pinner {
            item["pinned_by_id"] = json!(format!("u{}", pinner.index(users)));
            item["pinned_at"] = json!(time(at));
        }
        add("message", item);
        for user in some(&plan.reactions, users) {
            add(
                "reaction",
                json!({"message_id": id(number), "type": "like", "user_id": user, "created_at": time(at)}),
            );
        }
        before.push((at, parent.is_some()));
    }
}

/// A time, so many seconds after another.
pub(crate) fn time(seconds: u64) -> String {
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    format!("2024-05-01T{hours:02}:{minutes:02}:{seconds:02}Z")
}
