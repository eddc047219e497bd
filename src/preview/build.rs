//! Puts together what was counted and chosen: channels with their messages, and who is meant in them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use hashbrown::HashMap;
use serde::Deserialize;

use super::entry::{item, lenient};
use super::gather::{Finished, Gathered};
use super::model::{Channel, Count, MOST_CHANNELS, MOST_PEOPLE, Message, User};
use super::pool::{Candidate, Key};
use super::tally::ChannelCounts;

/// Who and what the numbers of channels and users stand for.
pub trait World {
    /// The entry of a channel.
    fn channel(&mut self, channel: u32) -> Vec<u8>;

    /// A channel's type and id, `type:id`; of a distinct one its type alone and a colon.
    fn cid(&self, channel: u32) -> String;

    /// The id of a user.
    fn user_id(&self, user: u32) -> String;

    /// The name of a user by the id; empty if there is none.
    fn user_name(&mut self, id: &str) -> String;
}

/// How many members name a conversation that has no name.
const NAMING_MEMBERS: usize = 10;

/// What is asked of a channel's entry.
#[derive(Default, Deserialize)]
struct ChannelItem {
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    member_ids: Option<Vec<String>>,
}

/// What is asked of a user's entry.
#[derive(Default, Deserialize)]
struct UserItem {
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
}

/// The users whom a message or a reaction refers to.
#[derive(Default, Deserialize)]
struct Referring {
    #[serde(default, deserialize_with = "lenient")]
    user: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    mentioned_users_ids: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient")]
    restricted_visibility: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient")]
    pinned_by_id: Option<String>,
}

/// The name in a user's entry; empty if there is none.
pub fn user_name(entry: &[u8]) -> String {
    let user: Option<UserItem> = item(entry);
    user.and_then(|it| it.name).unwrap_or_default()
}

/// Puts all together.
pub fn build(finished: Finished, world: &mut dyn World) -> Gathered {
    let Finished {
        days,
        reactions,
        reaction_kinds,
        authors,
        channels: counts,
        shown,
    } = finished;
    let mut by_channel: HashMap<u32, Vec<(u32, Candidate)>> = HashMap::new();
    for ((Key { channel, .. }, it), rank) in shown.into_iter().zip(0..) {
        by_channel.entry(channel).or_default().push((rank, it));
    }
    let channel_count = counts.len() as u64;
    let listed = listed(counts, |channel| by_channel.contains_key(&channel), world);
    let mut channels = Vec::with_capacity(listed.len());
    let mut records = Vec::with_capacity(listed.len());
    let mut ids = BTreeSet::new();
    for counts in listed {
        let shown = by_channel.remove(&counts.channel).unwrap_or_default();
        let (messages, from) = messages(shown, &mut ids);
        channels.push(channel(&counts, messages, world));
        records.push(from);
    }
    let users = ids.into_iter().map(|id| User {
        name: world.user_name(&id),
        id,
    });
    let users = users.collect();
    Gathered {
        days,
        channels,
        records,
        channel_count,
        people: people(&authors, world),
        reactions,
        reaction_kinds,
        users,
    }
}

/// The channels that are listed, in order: all of which something is shown, as long as there is
/// room, and the largest.
fn listed(
    mut all: Vec<ChannelCounts>,
    is_shown: impl Fn(u32) -> bool,
    world: &dyn World,
) -> Vec<ChannelCounts> {
    all.sort_by_cached_key(|it| {
        let size = Reverse(it.messages);
        (!is_shown(it.channel), size, world.cid(it.channel))
    });
    all.truncate(MOST_CHANNELS);
    all.sort_by_cached_key(|it| (Reverse(it.messages), world.cid(it.channel)));
    all
}

fn channel(counts: &ChannelCounts, messages: Vec<Message>, world: &mut dyn World) -> Channel {
    let entry = world.channel(counts.channel);
    let described: ChannelItem = item(&entry).unwrap_or_default();
    let members = described.member_ids.unwrap_or_default();
    let mut name = described.name.unwrap_or_default();
    if name.is_empty() {
        let names = members.iter().take(NAMING_MEMBERS);
        let names = names.map(|id| {
            Some(world.user_name(id))
                .filter(|it| !it.is_empty())
                .unwrap_or_else(|| id.clone())
        });
        name = names.collect::<Vec<_>>().join(", ");
        if members.len() > NAMING_MEMBERS {
            name.push_str(", …");
        }
    }
    Channel {
        cid: world.cid(counts.channel),
        name,
        is_direct: !members.is_empty(),
        members: counts.members.into(),
        message_count: counts.messages.into(),
        reaction_count: counts.reactions.into(),
        span: counts.span,
        entry: text(entry),
        messages,
    }
}

/// The messages of a channel, each with its rank, in order of time, and the records that they come
/// from. Users they refer to go to `ids`.
fn messages(
    mut shown: Vec<(u32, Candidate)>,
    ids: &mut BTreeSet<String>,
) -> (Vec<Message>, Vec<Option<(u32, u32)>>) {
    shown.sort_unstable_by_key(|(_, it)| (it.micros, it.at));
    let places = shown.iter().enumerate();
    let places: HashMap<u32, usize> = places.map(|(n, (_, it))| (it.at, n)).collect();
    let messages = shown.into_iter().map(|(rank, it)| {
        for entry in it.reactions.iter().chain([&it.entry]) {
            let refers: Referring = item(entry).unwrap_or_default();
            let lists = [refers.mentioned_users_ids, refers.restricted_visibility];
            ids.extend(lists.into_iter().flatten().flatten());
            let one = [refers.user, refers.user_id, refers.pinned_by_id];
            ids.extend(one.into_iter().flatten());
        }
        let message = Message {
            entry: text(it.entry),
            reactions: it.reactions.into_iter().map(text).collect(),
            reaction_count: it.reaction_count,
            reaction_names: it.reaction_names,
            parent: places
                .get(&it.parent)
                .copied()
                .filter(|_| it.parent != it.at),
            reply_count: it.reply_count,
            rank,
            why: it.why,
            losses: it.losses,
            loss_count: it.loss_count,
            place: String::new(),
            source: None,
        };
        (message, it.record)
    });
    messages.unzip()
}

/// Who wrote most.
fn people(authors: &[u64], world: &mut dyn World) -> Vec<Count> {
    let mut all: Vec<(u64, u32)> = authors.iter().copied().zip(0..).collect();
    all.retain(|(count, _)| *count > 0);
    all.sort_by_cached_key(|(count, user)| (Reverse(*count), world.user_id(*user)));
    let most = all.into_iter().take(MOST_PEOPLE);
    most.map(|(count, user)| {
        let id = world.user_id(user);
        Count {
            name: world.user_name(&id),
            id,
            count,
        }
    })
    .collect()
}

fn text(entry: Vec<u8>) -> String {
    String::from_utf8(entry)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::choose::NONE;
    use super::super::model::Why;
    use super::*;

    struct Nobody;

    impl World for Nobody {
        fn channel(&mut self, _: u32) -> Vec<u8> {
            Vec::new()
        }

        fn cid(&self, channel: u32) -> String {
            channel.to_string()
        }

        fn user_id(&self, user: u32) -> String {
            user.to_string()
        }

        fn user_name(&mut self, _: &str) -> String {
            String::new()
        }
    }

    #[test]
    fn ranks_tell_the_order_of_picks_over_all_channels() {
        let turns = [(0, 7), (1, 3), (0, 5), (1, 9)];
        let shown = turns.iter().zip(0..).map(|((channel, at), level)| {
            let key = Key {
                level,
                size: Reverse(2),
                channel: *channel,
                place: 0,
            };
            let candidate = Candidate {
                at: *at,
                parent: if *at == 9 { 9 } else { NONE },
                micros: (*at).into(),
                entry: Vec::new(),
                reactions: Vec::new(),
                reaction_count: 0,
                reaction_names: Vec::new(),
                reply_count: 0,
                why: Why::Newest,
                record: None,
                losses: Vec::new(),
                loss_count: 0,
            };
            (key, candidate)
        });
        let channels = [0, 1].map(|channel| ChannelCounts {
            channel,
            members: 0,
            messages: 2,
            reactions: 0,
            span: None,
        });
        let finished = Finished {
            days: Vec::new(),
            reactions: Vec::new(),
            reaction_kinds: 0,
            authors: Vec::new(),
            channels: channels.to_vec(),
            shown: shown.collect(),
        };
        let built = build(finished, &mut Nobody);
        let ranks = |channel: &Channel| channel.messages.iter().map(|it| it.rank).collect();
        let ranks: Vec<Vec<u32>> = built.channels.iter().map(ranks).collect();
        assert_eq!(ranks, [[2, 0], [1, 3]]);
        // One that says that it replies to itself belongs to no thread.
        assert_eq!(built.channels[1].messages[1].parent, None);
    }
}
