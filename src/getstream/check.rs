//! The field rules: what an entry must hold by itself.
//!
//! They look at *facts*, the few fields of an item that rules speak of. The facts of an entry
//! that is to be written come from its item, here; those of an entry that was read come from
//! `validate`. Reference rules (who is in the file, in what order) are kept by
//! [`parts`](crate::parts) and asked for by `validate`; reserved names and the size of custom
//! data are kept where that is encoded, in [`custom`].

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use migrate_model::Time;

use super::item::{ChannelDetails, ChannelRef, MemberDetails, Message, Reaction, User};
use super::rules::{Problem, RuleId, RuleSet};
use super::{Spelling, custom, ids, limits};

/// The problems of one entry, as far as a set has the rules.
#[derive(Debug)]
pub struct Problems {
    /// The rules that are asked for.
    pub set: RuleSet,
    /// What was found, in the order of the checks.
    pub found: Vec<Problem>,
    /// How many more were found of some rules, behind the first hundred that stand in `found`.
    pub more: BTreeMap<RuleId, u64>,
}

/// How many problems of one entry are kept one by one: an entry may be wrong a million times.
const TOLD: usize = 100;

impl Problems {
    /// No problem yet.
    pub fn new(set: RuleSet) -> Problems {
        Problems {
            set,
            found: Vec::new(),
            more: BTreeMap::new(),
        }
    }

    /// Takes in a problem if its rule is asked for.
    pub fn add(&mut self, problem: Problem) {
        if !problem.rule.rule().is_in(self.set) {
            return;
        }
        match self.found.len() < TOLD {
            true => self.found.push(problem),
            false => *self.more.entry(problem.rule).or_default() += 1,
        }
    }

    /// Takes in a problem unless the rule holds.
    pub fn require(&mut self, holds: bool, rule: RuleId) {
        if !holds {
            self.add(Problem::plain(rule));
        }
    }

    /// Requires a text to be of allowed characters alone.
    fn pattern(
        &mut self,
        text: &str,
        allowed: impl Fn(u8) -> bool,
        rule: RuleId,
        name: &'static str,
    ) {
        if !ids::are_all(text, allowed) {
            self.add(Problem::plain(rule).with(name, text));
        }
    }

    /// The first problem, as an error.
    fn first(self) -> Result<(), Problem> {
        match self.found.into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(()),
        }
    }
}

/// How an item names its channel; an empty text and no members mean that the field is absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelFacts<'a> {
    /// `channel_type`, or `type` of a channel.
    pub channel_type: &'a str,
    /// `channel_id`, or `id` of a channel.
    pub id: &'a str,
    /// How many ids `channel_member_ids`, or `member_ids` of a channel, has.
    pub member_count: usize,
}

impl<'a> From<&'a ChannelRef> for ChannelFacts<'a> {
    fn from(channel: &'a ChannelRef) -> ChannelFacts<'a> {
        match channel {
            ChannelRef::Id { channel_type, id } => ChannelFacts {
                channel_type,
                id,
                member_count: 0,
            },
            ChannelRef::Distinct {
                channel_type,
                member_ids,
            } => ChannelFacts {
                channel_type,
                id: "",
                member_count: member_ids.len(),
            },
        }
    }
}

/// The rules that a channel, a member and a message have for naming a channel.
struct ChannelRules {
    type_required: RuleId,
    neither: RuleId,
    both: RuleId,
}

const OF_CHANNEL: ChannelRules = ChannelRules {
    type_required: RuleId::ChannelTypeRequired,
    neither: RuleId::ChannelIdOrMembers,
    both: RuleId::ChannelIdAndMembers,
};

const OF_MEMBER: ChannelRules = ChannelRules {
    type_required: RuleId::MemberChannelTypeRequired,
    neither: RuleId::MemberIdOrMembers,
    both: RuleId::MemberIdAndMembers,
};

const OF_MESSAGE: ChannelRules = ChannelRules {
    type_required: RuleId::MessageChannelTypeRequired,
    neither: RuleId::MessageIdOrMembers,
    both: RuleId::MessageIdAndMembers,
};

fn names_channel(problems: &mut Problems, it: &ChannelFacts<'_>, rules: &ChannelRules) {
    problems.require(!it.channel_type.is_empty(), rules.type_required);
    match (it.id.is_empty(), it.member_count) {
        (true, 0) => problems.add(Problem::plain(rules.neither)),
        (false, 1..) => problems.add(Problem::plain(rules.both)),
        _ => {}
    }
}

/// Checks the id of a user.
pub fn user(problems: &mut Problems, id: &str) {
    problems.require(!id.is_empty(), RuleId::UserIdRequired);
    match id.len() <= limits::USER_ID_BYTES {
        true => problems.pattern(id, ids::in_user_id, RuleId::UserIdPattern, "id"),
        false => problems.add(Problem::plain(RuleId::UserIdLength)),
    }
}

/// What rules ask of a device.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceFacts<'a> {
    /// `id`
    pub id: &'a str,
    /// `user_id`
    pub user_id: &'a str,
    /// `push_provider_type`
    pub provider: &'a str,
    /// Whether it has `created_at`.
    pub has_time: bool,
}

/// Checks a device.
pub fn device(problems: &mut Problems, it: &DeviceFacts<'_>) {
    problems.require(!it.id.is_empty(), RuleId::DeviceIdRequired);
    problems.require(
        it.id.len() <= limits::DEVICE_ID_BYTES,
        RuleId::DeviceIdLength,
    );
    problems.require(!it.user_id.is_empty(), RuleId::DeviceUserRequired);
    problems.require(
        it.user_id.len() <= limits::USER_ID_BYTES,
        RuleId::DeviceUserLength,
    );
    problems.require(it.has_time, RuleId::DeviceCreatedAtRequired);
    match it.provider {
        "" => problems.add(Problem::plain(RuleId::DeviceProviderRequired)),
        // Source: validator; current page.
        "firebase" | "apn" | "huawei" | "xiaomi" => {}
        other => problems.add(Problem::plain(RuleId::DeviceProvider).with("provider", other)),
    }
}

/// Checks who a future_channel_ban is for and from.
pub fn ban(problems: &mut Problems, target_id: &str, created_by: &str) {
    problems.require(!target_id.is_empty(), RuleId::BanTargetRequired);
    problems.require(!created_by.is_empty(), RuleId::BanCreatedByRequired);
}

/// Checks how a channel is known.
pub fn channel(problems: &mut Problems, it: &ChannelFacts<'_>) {
    names_channel(problems, it, &OF_CHANNEL);
    match it.id.len() <= limits::CHANNEL_ID_BYTES {
        true => problems.pattern(it.id, ids::in_channel_id, RuleId::ChannelIdPattern, "id"),
        false => problems.add(Problem::plain(RuleId::ChannelIdLength)),
    }
    let name = it.channel_type;
    match name.len() <= limits::CHANNEL_TYPE_BYTES {
        true => problems.pattern(name, ids::in_channel_id, RuleId::ChannelTypePattern, "type"),
        false => problems.add(Problem::plain(RuleId::ChannelTypeLength)),
    }
}

/// What rules ask of a member.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemberFacts<'a> {
    /// The channel.
    pub channel: ChannelFacts<'a>,
    /// `user_id`
    pub user_id: &'a str,
    /// `invited`
    pub invited: bool,
    /// Whether it has `invite_accepted_at`.
    pub has_accepted: bool,
    /// Whether it has `invite_rejected_at`.
    pub has_rejected: bool,
}

/// Checks a member.
pub fn member(problems: &mut Problems, it: &MemberFacts<'_>) {
    names_channel(problems, &it.channel, &OF_MEMBER);
    problems.require(!it.user_id.is_empty(), RuleId::MemberUserRequired);
    let answers = [
        (it.has_accepted, "invite_accepted_at"),
        (it.has_rejected, "invite_rejected_at"),
    ];
    for (is_given, field) in answers {
        if is_given && !it.invited {
            problems.add(Problem::plain(RuleId::MemberInvite).with("field", field));
        }
    }
}

/// What rules ask of a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageFacts<'a> {
    /// `id`
    pub id: &'a str,
    /// The channel.
    pub channel: ChannelFacts<'a>,
    /// `user`
    pub user: &'a str,
    /// `type`, if it is given.
    pub kind: Option<&'a str>,
    /// `deleted_at`
    pub deleted_at: Option<Time>,
    /// `pinned_at`
    pub pinned_at: Option<Time>,
    /// `pinned_by_id`
    pub pinned_by_id: &'a str,
    /// `pin_expires`
    pub pin_expires: Option<Time>,
    /// `parent_id`
    pub parent_id: &'a str,
    /// Whether it has `show_in_channel`, true or false.
    pub has_show_in_channel: bool,
    /// How many attachments it has.
    pub attachment_count: usize,
}

/// Checks a message. Its text is left to [`text`], its attachments to [`url`].
pub fn message(problems: &mut Problems, it: &MessageFacts<'_>) {
    problems.require(!it.id.is_empty(), RuleId::MessageIdRequired);
    match it.id.len() <= limits::MESSAGE_ID_BYTES {
        true => problems.pattern(it.id, ids::in_message_id, RuleId::MessageIdPattern, "id"),
        false => problems.add(Problem::plain(RuleId::MessageIdLength)),
    }
    names_channel(problems, &it.channel, &OF_MESSAGE);
    problems.require(!it.user.is_empty(), RuleId::MessageUserRequired);
    let kind = it.kind.unwrap_or("regular");
    match kind {
        "regular" | "deleted" | "system" | "reply" => {}
        // Source: classic page.
        "blocked" if problems.set != RuleSet::Current => {}
        other => problems.add(Problem::plain(RuleId::MessageType).with("type", other)),
    }
    match (kind, it.deleted_at) {
        ("deleted", None) => {
            problems.add(Problem::plain(RuleId::MessageDeletedWithoutTime));
        }
        ("deleted", Some(_)) | (_, None) => {}
        (kind, Some(time)) => problems.add(
            Problem::plain(RuleId::MessageDeletedAt)
                .with("time", go_rfc3339(time))
                .with("type", kind),
        ),
    }
    pin(problems, it);
    problems.require(
        kind != "reply" || !it.parent_id.is_empty(),
        RuleId::MessageReplyParent,
    );
    problems.require(
        !it.has_show_in_channel || !it.parent_id.is_empty(),
        RuleId::MessageShowInChannel,
    );
    problems.require(
        it.attachment_count <= limits::ATTACHMENTS,
        RuleId::MessageAttachments,
    );
}

fn pin(problems: &mut Problems, it: &MessageFacts<'_>) {
    match (it.pinned_at, it.pinned_by_id) {
        (None, "") | (Some(_), _) => {}
        (None, user) => {
            problems.add(Problem::plain(RuleId::MessagePinnedBy).with("user", user));
        }
    }
    if let (Some(time), "") = (it.pinned_at, it.pinned_by_id) {
        problems.add(Problem::plain(RuleId::MessagePinnedAt).with("time", go_text(time)));
    }
    let is_pinned = it.pinned_at.is_some() && !it.pinned_by_id.is_empty();
    if let Some(time) = it.pin_expires.filter(|_| !is_pinned) {
        problems.add(Problem::plain(RuleId::MessagePinExpires).with("time", go_text(time)));
    }
}

/// Checks the length of a message's text.
pub fn text(problems: &mut Problems, text: &str, max_chars: usize) {
    // Fewer bytes than allowed characters cannot be too many characters.
    if text.len() > max_chars && text.chars().count() > max_chars {
        problems.add(Problem::plain(RuleId::MessageText).with("limit", max_chars));
    }
}

/// Checks the size of an object's custom data, in bytes of JSON with its braces.
pub fn custom_size(problems: &mut Problems, item: &'static str, bytes: usize) {
    if bytes > limits::CUSTOM_BYTES {
        problems.add(Problem::plain(RuleId::CustomSize).with("item", item));
    }
}

/// Checks an address of an attachment; an empty one is absent.
pub fn url(problems: &mut Problems, field: &'static str, url: &str) {
    if !url.is_empty() && !url.starts_with("https://") {
        problems.add(wrong_url(field, url));
    }
}

fn wrong_url(field: &'static str, url: &str) -> Problem {
    Problem::plain(RuleId::AttachmentUrl)
        .with("field", field)
        .with("url", url)
}

/// What rules ask of a reaction.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReactionFacts<'a> {
    /// `message_id`
    pub message_id: &'a str,
    /// `type`
    pub reaction_type: &'a str,
    /// `user_id`
    pub user_id: &'a str,
    /// Whether it has `created_at`.
    pub has_time: bool,
}

/// Checks a reaction.
pub fn reaction(problems: &mut Problems, it: &ReactionFacts<'_>) {
    problems.require(!it.message_id.is_empty(), RuleId::ReactionMessageRequired);
    let name = it.reaction_type;
    problems.require(!name.is_empty(), RuleId::ReactionTypeRequired);
    match name.len() <= limits::REACTION_TYPE_BYTES {
        true => {
            let rule = RuleId::ReactionTypePattern;
            problems.pattern(name, ids::in_reaction_type, rule, "type");
        }
        false => problems.add(Problem::plain(RuleId::ReactionTypeLength)),
    }
    problems.require(!it.user_id.is_empty(), RuleId::ReactionUserRequired);
    problems.require(it.has_time, RuleId::ReactionCreatedAtRequired);
}

/// What the rules for an entry that is to be written depend on beside the item itself.
#[derive(Clone, Copy, Debug)]
pub struct Checks {
    /// The spelling that is written.
    pub spelling: Spelling,
    /// Longest text of a message, in characters.
    pub max_text_chars: usize,
}

impl Checks {
    /// Checks a user.
    pub fn user(&self, it: &User<'_>) -> Result<(), Problem> {
        let mut problems = Problems::new(RuleSet::Own);
        user(&mut problems, &it.id);
        let room = custom::room(&[("name", &it.name), ("image", &it.image)]);
        let bytes = it.custom.len() + self.spelling.user_extra(it);
        fits(&mut problems, "user", bytes, room);
        problems.first()
    }

    /// Checks a channel. Who made it may be known only later.
    pub fn channel(&self, reference: &ChannelRef, it: &ChannelDetails<'_>) -> Result<(), Problem> {
        let mut problems = Problems::new(RuleSet::Own);
        channel(&mut problems, &reference.into());
        if let ChannelRef::Distinct { member_ids, .. } = reference {
            for id in member_ids {
                user(&mut problems, id);
            }
        }
        let room = custom::room(&[("name", &it.name), ("image", &it.image)]);
        let bytes = it.custom.len() + self.spelling.channel_extra(it);
        fits(&mut problems, "channel", bytes, room);
        problems.first()
    }

    /// Checks a member, but for its channel.
    pub fn member(&self, user_id: &str, it: &MemberDetails<'_>) -> Result<(), Problem> {
        let mut problems = Problems::new(RuleSet::Own);
        let facts = MemberFacts {
            channel: CHECKED_CHANNEL,
            user_id,
            invited: it.invited,
            has_accepted: it.invite_accepted_at.is_some(),
            has_rejected: it.invite_rejected_at.is_some(),
        };
        member(&mut problems, &facts);
        let bytes = it.custom.len() + self.spelling.member_extra(it.archived_at);
        fits(&mut problems, "member", bytes, custom::room(&[]));
        problems.first()
    }

    /// Checks a message, but for its channel.
    pub fn message(&self, it: &Message<'_>) -> Result<(), Problem> {
        let mut problems = Problems::new(RuleSet::Own);
        let has_parent = !it.parent_id.is_empty();
        let facts = MessageFacts {
            id: &it.id,
            channel: CHECKED_CHANNEL,
            user: &it.user,
            kind: Some(self.spelling.message_type(it.kind, has_parent)),
            deleted_at: it.deleted_at,
            pinned_at: it.pinned_at,
            pinned_by_id: &it.pinned_by_id,
            pin_expires: it.pin_expires,
            parent_id: &it.parent_id,
            has_show_in_channel: it.show_in_channel,
            attachment_count: it.attachments.len(),
        };
        message(&mut problems, &facts);
        text(&mut problems, &it.text, self.max_text_chars);
        for attachment in it.attachments {
            problems.require(!attachment.kind.is_empty(), RuleId::AttachmentType);
            let bytes = attachment.custom.len();
            fits(&mut problems, "attachment", bytes, custom::room(&[]));
            for (field, url) in [
                ("image_url", &attachment.image_url),
                ("thumb_url", &attachment.thumb_url),
                ("asset_url", &attachment.asset_url),
            ] {
                if !self.is_url(url) {
                    problems.add(wrong_url(field, url));
                }
            }
        }
        let visible = &it.restricted_visibility;
        let extra = self
            .spelling
            .message_extra(it.mentioned_channel, it.mentioned_here, visible);
        let bytes = it.custom.len() + extra + limits::CUSTOM_RESERVE_BYTES;
        fits(&mut problems, "message", bytes, custom::room(&[]));
        problems.first()
    }

    /// Checks a reaction.
    pub fn reaction(&self, it: &Reaction<'_>) -> Result<(), Problem> {
        let mut problems = Problems::new(RuleSet::Own);
        let facts = ReactionFacts {
            message_id: &it.message_id,
            reaction_type: &it.reaction_type,
            user_id: &it.user_id,
            has_time: true,
        };
        reaction(&mut problems, &facts);
        let room = custom::room(&[]);
        fits(&mut problems, "reaction", it.custom.len(), room);
        problems.first()
    }

    /// Whether a URL may stand in an attachment. Source: schema, `^https://`; the classic page
    /// asks only that it can be reached, which no URL can without a host or with a space.
    pub fn is_url(&self, url: &str) -> bool {
        let rest = match self.spelling {
            Spelling::Array => url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://")),
            Spelling::Jsonl => url.strip_prefix("https://"),
        };
        let can_be_reached = |rest: &str| {
            !rest.is_empty()
                && !rest.starts_with(['/', '?', '#'])
                && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
        };
        url.is_empty() || rest.is_some_and(can_be_reached)
    }
}

/// Stands for a channel that was checked when it was made.
const CHECKED_CHANNEL: ChannelFacts<'static> = ChannelFacts {
    channel_type: "checked",
    id: "checked",
    member_count: 0,
};

/// Checks that encoded custom data fits into the room that is left for it.
fn fits(problems: &mut Problems, item: &'static str, bytes: usize, room: usize) {
    let used = limits::CUSTOM_BYTES.saturating_sub(room);
    custom_size(problems, item, used + bytes);
}

/// A time as Go's JSON has it.
fn go_rfc3339(time: Time) -> String {
    go_time(time, "%Y-%m-%dT%H:%M:%S", "Z")
}

/// A time as Go prints it.
fn go_text(time: Time) -> String {
    go_time(time, "%Y-%m-%d %H:%M:%S", " +0000 UTC")
}

fn go_time(time: Time, format: &str, zone: &str) -> String {
    let utc = DateTime::<Utc>::from_timestamp_micros(time.micros()).unwrap_or_default();
    let micros = time.micros().rem_euclid(1_000_000);
    let fraction = match micros {
        0 => String::new(),
        _ => format!(".{micros:06}").trim_end_matches('0').to_owned(),
    };
    format!("{}{fraction}{zone}", utc.format(format))
}

#[cfg(test)]
mod tests;
