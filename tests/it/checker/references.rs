//! What an entry refers to: the fields that do it, and that all of it stands in the same part and
//! in the right place there.

use std::collections::HashMap;

use super::{
    Findings,
    part::Part,
    things::{Id, Kind, Things},
    time::Moment,
};

/// That an entry refers to a thing.
#[derive(Clone, Copy)]
pub(super) struct Reference {
    pub(super) to: Id,
    /// The field that does it.
    pub(super) link: &'static Link,
}

/// A field that refers to other things.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) from: Kind,
    pub(super) field: &'static str,
    pub(super) to: Kind,
}

/// A channel that is known by its members has no `channel_id`, but is meant by that link too.
pub(super) static LINKS: [Link; 17] = [
    link(Kind::User, "user_mutes", Kind::User),
    link(Kind::User, "blocked_user_ids", Kind::User),
    link(Kind::User, "channel_mutes", Kind::Channel),
    link(Kind::Channel, "created_by", Kind::User),
    link(Kind::Channel, "banned_users", Kind::User),
    link(Kind::Channel, "member_ids", Kind::User),
    link(Kind::Member, "channel_id", Kind::Channel),
    link(Kind::Member, "user_id", Kind::User),
    link(Kind::Message, "channel_id", Kind::Channel),
    link(Kind::Message, "user", Kind::User),
    link(Kind::Message, "mentioned_users_ids", Kind::User),
    link(Kind::Message, "restricted_visibility", Kind::User),
    link(Kind::Message, "pinned_by_id", Kind::User),
    link(Kind::Message, "parent_id", Kind::Message),
    link(Kind::Message, "quoted_message_id", Kind::Message),
    link(Kind::Reaction, "message_id", Kind::Message),
    link(Kind::Reaction, "user_id", Kind::User),
];

/// What is known of the things of a part beside what they refer to.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) messages: HashMap<Id, Placed>,
    /// The teams of users and channels that have any.
    pub(super) teams: HashMap<Id, Vec<String>>,
}

/// Where and when a message was written.
#[derive(Clone, Copy)]
pub(super) struct Placed {
    pub(super) channel: Option<Id>,
    pub(super) at: Option<Moment>,
    pub(super) is_reply: bool,
}

/// All that is referred to stands in the same part, and in the right place of it.
pub(super) fn check_references(
    part: &Part,
    facts: &Facts,
    things: &Things,
    findings: &mut Findings,
) {
    for (index, entry) in part.entries.iter().enumerate() {
        for reference in part.references(entry) {
            let problem = match part.place.get(&reference.to) {
                None if things.is_in_app(reference.to) => None,
                None => Some("does not stand in this part"),
                Some(place) if reference.link.to == Kind::Message => {
                    check_message_link(*place < index, entry.thing, reference, facts)
                }
                Some(_) => None,
            };
            if let Some(problem) = problem {
                let (label, to) = (things.label(entry.thing), things.label(reference.to));
                let field = reference.link.field;
                findings.add(
                    entry.number,
                    format!("{label}: `{field}` refers to {to}, which {problem}"),
                );
            }
        }
    }
}

/// What is wrong with the message that a message or a reaction refers to.
fn check_message_link(
    stands_before: bool,
    from: Id,
    reference: &Reference,
    facts: &Facts,
) -> Option<&'static str> {
    if !stands_before {
        return Some("does not stand before it");
    }
    let (one, other) = (
        facts.messages.get(&from)?,
        facts.messages.get(&reference.to)?,
    );
    if one.channel != other.channel {
        return Some("is in another channel");
    }
    if reference.link.field != "parent_id" {
        return None;
    }
    if other.is_reply {
        return Some("is a reply itself");
    }
    (one.at? <= other.at?).then_some("is not older than it")
}

/// A distinct channel has exactly its set as members, and teams fit.
pub(super) fn check_members(part: &Part, facts: &Facts, things: &Things, findings: &mut Findings) {
    for entry in &part.entries {
        let kind = things.get(entry.thing).kind;
        if kind == Kind::Channel {
            for member in things.distinct_members(entry.thing).unwrap_or_default() {
                if !part.place.contains_key(member) {
                    let label = things.label(*member);
                    findings.add(
                        entry.number,
                        format!("the channel's {label} does not stand in this part"),
                    );
                }
            }
        }
        if kind == Kind::Member
            && let [channel, user] = part.references(entry)
        {
            let set = things.distinct_members(channel.to);
            let label = things.label(entry.thing);
            if set.is_some_and(|set| !set.contains(&entry.thing)) {
                findings.add(
                    entry.number,
                    format!("{label} is not in the channel's member set"),
                );
            }
            // What teams somebody has in the app, nobody here knows.
            let is_known = !things.is_in_app(user.to);
            if is_known && !teams_fit(facts.teams.get(&user.to), facts.teams.get(&channel.to)) {
                findings.add(
                    entry.number,
                    format!("{label}: the user is not of the channel's team"),
                );
            }
        }
    }
}

/// If either has a team, the channel's must be among the user's. Source: classic validator;
/// Stream docs, "Importing data", error list.
fn teams_fit(user: Option<&Vec<String>>, channel: Option<&Vec<String>>) -> bool {
    match (user, channel) {
        (None, None) => true,
        (Some(user), Some(channel)) => channel.iter().all(|team| user.contains(team)),
        _ => false,
    }
}

const fn link(from: Kind, field: &'static str, to: Kind) -> Link {
    Link { from, field, to }
}
