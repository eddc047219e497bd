//! Which problems of a file keep it from being cut, and which its parts simply have too.

use std::collections::BTreeMap;

use crate::getstream::rules::{RuleId, RuleSet};
use crate::validate::entry::Type;
use crate::validate::item::Item;
use crate::validate::references::{Referred, World};
use crate::validate::tally::{Group, Spot, Tally};

/// What is wrong with a file.
#[derive(Debug)]
pub struct Faults {
    /// What keeps it from being cut: entries that cannot be read, references to what is not
    /// there.
    pub fatal: Tally,
    /// What its parts have too.
    pub other: Tally,
}

/// Sorts what a validation found. Order and size are mended by cutting, and what stands twice is
/// looked at more closely than a validation does: neither is kept.
pub fn sort(found: Tally, has_mark: bool) -> Faults {
    let mut faults = Faults {
        fatal: empty(&found),
        other: empty(&found),
    };
    let pairs = found.groups.get(&RuleId::DuplicateDistinctMember);
    let pairs = pairs.map_or(0, |group| group.count);
    for (rule, mut group) in found.groups {
        if is_handled(rule) {
            continue;
        }
        if rule == RuleId::MemberNotInSet {
            // The validator says so of each member that stands twice as well.
            group.count = group.count.saturating_sub(pairs);
        }
        if rule == RuleId::JsonSyntax && has_mark && group.first.iter().any(|it| it.spot.at == 0) {
            // A byte order mark is no part of any entry.
            group.count = group.count.saturating_sub(1);
            group.first.retain(|it| it.spot.at > 0);
        }
        if is_reference(rule) {
            let (others, fatal) = apart(group);
            keep(&mut faults.fatal, rule, fatal);
            keep(&mut faults.other, rule, others);
        } else if is_unreadable(rule) {
            keep(&mut faults.fatal, rule, group);
        } else {
            keep(&mut faults.other, rule, group);
        }
    }
    faults
}

fn empty(like: &Tally) -> Tally {
    Tally {
        keep: like.keep,
        groups: BTreeMap::new(),
        warnings: BTreeMap::new(),
        entries: like.entries,
    }
}

fn keep(tally: &mut Tally, rule: RuleId, group: Group) {
    if group.count > 0 {
        tally.groups.insert(rule, group);
    }
}

/// References to what is there but wrong by itself, and those to what is not there.
fn apart(group: Group) -> (Group, Group) {
    let (others, fatal): (Vec<_>, Vec<_>) =
        group.first.into_iter().partition(|it| it.is_consequence);
    let of = |count, consequences, first| Group {
        count,
        consequences,
        first,
    };
    let count = group.count.saturating_sub(group.consequences);
    (
        of(group.consequences, group.consequences, others),
        of(count, 0, fatal),
    )
}

/// Whether cutting settles it, in one way or the other.
fn is_handled(rule: RuleId) -> bool {
    matches!(
        rule,
        RuleId::FileSize
            | RuleId::Order
            | RuleId::DuplicateUser
            | RuleId::DuplicateDevice
            | RuleId::DuplicateBan
            | RuleId::DuplicateChannel
            | RuleId::DuplicateMember
            | RuleId::DuplicateDistinctMember
            | RuleId::DuplicateMessage
            | RuleId::DuplicateReaction
    )
}

fn is_unreadable(rule: RuleId) -> bool {
    matches!(
        rule,
        RuleId::FileEmpty
            | RuleId::FileFormat
            | RuleId::JsonSyntax
            | RuleId::JsonUtf8
            | RuleId::JsonType
            | RuleId::JsonTime
            | RuleId::EntrySize
            | RuleId::EntryType
            | RuleId::EntryItem
    )
}

fn is_reference(rule: RuleId) -> bool {
    matches!(
        rule,
        RuleId::UserMutedChannel
            | RuleId::UserMutedUser
            | RuleId::UserBlocked
            | RuleId::DeviceUser
            | RuleId::BanTarget
            | RuleId::BanCreatedBy
            | RuleId::ChannelCreatedBy
            | RuleId::ChannelMember
            | RuleId::ChannelBanned
            | RuleId::MemberChannel
            | RuleId::MemberDistinctChannel
            | RuleId::MemberUser
            | RuleId::MessageParent
            | RuleId::MessageChannel
            | RuleId::MessageDistinctChannel
            | RuleId::MessageUser
            | RuleId::MessageMention
            | RuleId::MessageVisibility
            | RuleId::MessagePinner
            | RuleId::MessageQuote
            | RuleId::ReactionMessage
            | RuleId::ReactionUser
    )
}

/// Whether a rule is about more than one entry, so that it says the same of an entry in either
/// spelling.
pub fn is_late(rule: RuleId) -> bool {
    is_reference(rule)
        || matches!(
            rule,
            RuleId::UserRole
                | RuleId::UserMuteFormat
                | RuleId::ChannelTypeExists
                | RuleId::MemberNotInSet
                | RuleId::MemberTeam
                | RuleId::MemberMissing
                | RuleId::MessageParentIsReply
                | RuleId::MessageText
        )
}

/// Finds references to what is not there that the classic rules do not ask for. `world` asks for
/// all.
pub fn unasked(world: &World<'_>, item: &Item<'_>, found: &mut Referred) {
    let is_any = match item {
        Item::User(it) => !it.blocked_user_ids.is_empty(),
        Item::Channel(it) => !it.name.member_ids.is_empty() || !it.banned_users.is_empty(),
        Item::Message(it) => {
            !it.quoted_message_id.is_empty()
                || !it.pinned_by_id.is_empty()
                || !it.restricted_visibility.is_empty()
        }
        _ => false,
    };
    if !is_any {
        return;
    }
    // That an item is wrong itself has no say in what it refers to.
    world.check(item, true, found);
    found.missing.retain(|missing| {
        let rule = missing.problem.rule;
        is_reference(rule) && !rule.rule().is_in(RuleSet::Classic) && !missing.is_consequence
    });
}

/// What a respelling costs: by name, how often and where first.
#[derive(Debug, Default)]
pub struct Losses {
    /// By name.
    pub kinds: BTreeMap<&'static str, Loss>,
}

/// What was lost in one way.
#[derive(Debug)]
pub struct Loss {
    /// How often.
    pub count: u64,
    /// Where first.
    pub spot: Spot,
    /// The type of the first entry.
    pub kind: Type,
    /// What exactly was lost there.
    pub detail: String,
}

impl Losses {
    /// Notes a loss.
    pub fn add(&mut self, name: &'static str, kind: Type, detail: &str, spot: Spot) {
        let loss = self.kinds.entry(name).or_insert_with(|| Loss {
            count: 0,
            spot,
            kind,
            detail: detail.chars().take(200).collect(),
        });
        loss.count += 1;
    }

    /// Takes in the losses of the next chunk, before which there are so many entries.
    pub fn append(&mut self, chunk: Losses, entries: u64) {
        for (name, mut loss) in chunk.kinds {
            match self.kinds.get_mut(name) {
                Some(own) => own.count += loss.count,
                None => {
                    loss.spot.entry += entries;
                    self.kinds.insert(name, loss);
                }
            }
        }
    }
}
