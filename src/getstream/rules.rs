//! The rules of the target: one list, each with its two texts.
//!
//! `cli` is what `stream-cli chat validate-import` said, as observed before its removal in
//! February 2026; `server` is what the import itself answers, after the classic and current
//! page. Where the pages show no text of their own for a rule, theirs is built on the nearest
//! template that they do show. Words in braces are filled in.

use std::fmt;

/// A rule's name in code. [`RULES`] has them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is documented by its texts in RULES")]
pub enum RuleId {
    UserIdRequired,
    UserIdLength,
    UserIdPattern,
    UserReserved,
    UserMutedChannel,
    UserMutedUser,
    ChannelIdOrMembers,
    ChannelIdLength,
    ChannelIdPattern,
    ChannelTypeRequired,
    ChannelTypePattern,
    ChannelCreatedByRequired,
    ChannelReserved,
    ChannelCreatedBy,
    MemberUserRequired,
    MemberChannel,
    MemberUser,
    MemberNotInSet,
    MemberTeam,
    MemberInvite,
    MemberMissing,
    MessageIdRequired,
    MessageIdLength,
    MessageIdPattern,
    MessageUserRequired,
    MessageType,
    MessageDeletedAt,
    MessagePin,
    MessageText,
    MessageAttachments,
    AttachmentType,
    AttachmentUrl,
    MessageReserved,
    MessageParent,
    MessageParentIsReply,
    MessageShowInChannel,
    MessageChannel,
    MessageUser,
    MessageMention,
    ReactionMessageRequired,
    ReactionTypeRequired,
    ReactionTypeLength,
    ReactionTypePattern,
    ReactionUserRequired,
    ReactionReserved,
    ReactionMessage,
    ReactionUser,
    CustomSize,
    Duplicate,
    Order,
    UserRole,
    UserMuteFormat,
    ChannelTypeExists,
    MemberChannelTypeRequired,
    MemberChannelIdOrMembers,
    MessageChannelTypeRequired,
    MessageChannelIdOrMembers,
    AttachmentReserved,
    MessageReplyParent,
    ReactionCreatedAtRequired,
    PartSize,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name in code.
    pub id: RuleId,
    /// Its name for people, `<kind>.<what>`.
    pub name: &'static str,
    /// The validator's text.
    pub cli: &'static str,
    /// The import's own text.
    pub server: &'static str,
    /// Where it is from.
    pub source: &'static str,
}

const fn rule(
    id: RuleId,
    name: &'static str,
    cli: &'static str,
    server: &'static str,
    source: &'static str,
) -> Rule {
    Rule {
        id,
        name,
        cli,
        server,
        source,
    }
}

const VALIDATOR: &str = "validator, observed 2026-02";
const SCHEMA: &str = "schema, 2026-03";
const PAGE: &str = "current page, read 2026-08";
const API: &str = "API, 2026-07";

/// Every rule.
pub static RULES: &[Rule] = &[
    rule(
        RuleId::UserIdRequired,
        "user.id_required",
        "validation error: user.id required",
        "Validation error: \"user.id\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::UserIdLength,
        "user.id_length",
        "validation error: user.id max length exceeded (255)",
        "Validation error: max \"userID\" length exceeded (255)",
        VALIDATOR,
    ),
    rule(
        RuleId::UserIdPattern,
        "user.id_pattern",
        "validation error: user.id invalid (\"^[@\\w-]*$\" allowed)",
        "Validation error: '{id}' is not a valid user.id",
        VALIDATOR,
    ),
    rule(
        RuleId::UserReserved,
        "user.reserved",
        "validation error: user.{field} is a reserved field",
        "Validation error: \"{field}\" is a reserved field",
        VALIDATOR,
    ),
    rule(
        RuleId::UserMutedChannel,
        "user.muted_channel",
        "reference error: muted channel \"{channel}\" by user \"{id}\" doesn't exist",
        "Validation error: muted channel \"{channel}\" doesn't exist (user \"{id}\")",
        VALIDATOR,
    ),
    rule(
        RuleId::UserMutedUser,
        "user.muted_user",
        "reference error: muted user \"{user}\" by user \"{id}\" doesn't exist",
        "Validation error: muted user \"{user}\" doesn't exist (user \"{id}\")",
        VALIDATOR,
    ),
    rule(
        RuleId::ChannelIdOrMembers,
        "channel.id_or_members",
        "validation error: either channel.id or channel.member_ids required",
        "Validation error: channel.id or channel.member_ids required, but not both",
        VALIDATOR,
    ),
    rule(
        RuleId::ChannelIdLength,
        "channel.id_length",
        "validation error: channel.id max length exceeded (64)",
        "Validation error: max channelID length exceeded (64)",
        VALIDATOR,
    ),
    rule(
        RuleId::ChannelIdPattern,
        "channel.id_pattern",
        "validation error: channel.id \"{id}\" invalid (\"^[\\w-]*$\" allowed)",
        "Validation error: '{id}' is not a valid channel.id",
        VALIDATOR,
    ),
    rule(
        RuleId::ChannelTypeRequired,
        "channel.type_required",
        "validation error: channel.type required",
        "Validation error: \"channel.type\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::ChannelTypePattern,
        "channel.type_pattern",
        "validation error: channel.type \"{type}\" invalid (\"^[\\w-]*$\" allowed)",
        "Validation error: '{type}' is not a valid channel.type",
        SCHEMA,
    ),
    rule(
        RuleId::ChannelCreatedByRequired,
        "channel.created_by_required",
        "validation error: channel.created_by required",
        "Validation error: \"channel.created_by\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::ChannelReserved,
        "channel.reserved",
        "validation error: channel.{field} is a reserved field",
        "Validation error: \"{field}\" is a reserved field",
        VALIDATOR,
    ),
    rule(
        RuleId::ChannelCreatedBy,
        "channel.created_by",
        "reference error: channel.created_by \"{user}\" doesn't exist (channel \"{channel}\")",
        "Validation error: created_by user \"{user}\" doesn't exist (channel \"{channel}\"). please include all users as separate user entries",
        VALIDATOR,
    ),
    rule(
        RuleId::MemberUserRequired,
        "member.user_required",
        "validation error: member.user_id required",
        "Validation error: \"member.user_id\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::MemberChannel,
        "member.channel",
        "reference error: channel \"{channel}\" doesn't exist",
        "Validation error: channel \"{channel}\" doesn't exist",
        VALIDATOR,
    ),
    rule(
        RuleId::MemberUser,
        "member.user",
        "reference error: user \"{user}\" doesn't exist",
        "Validation error: user \"{user}\" doesn't exist",
        VALIDATOR,
    ),
    rule(
        RuleId::MemberNotInSet,
        "member.not_in_set",
        "reference error: user \"{user}\" specified as channel member but not present in channel_members_ids: [{members}]",
        "Validation error: user \"{user}\" is no member of the distinct channel",
        VALIDATOR,
    ),
    rule(
        RuleId::MemberTeam,
        "member.team",
        "reference error: user \"{user}\" with teams map[{teams}] cannot be a member of channel {channel} with team \"{team}\"",
        "Validation error: user {user} with teams {teams} cannot be a member of channel {channel} with team {team}",
        VALIDATOR,
    ),
    rule(
        RuleId::MemberInvite,
        "member.invite",
        "validation error: member.invite_accepted_at while member.invited is false",
        "Validation error: \"invited\" required",
        SCHEMA,
    ),
    rule(
        RuleId::MemberMissing,
        "member.missing",
        "validation error: distinct channel: [{members}] is missing members: [{missing}]. Please include all members as separate member entries",
        "Validation error: distinct channel is missing members: [{missing}]",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageIdRequired,
        "message.id_required",
        "validation error: message.id required",
        "Validation error: \"message.id\" required",
        SCHEMA,
    ),
    rule(
        RuleId::MessageIdLength,
        "message.id_length",
        "validation error: message.id max length exceeded (255)",
        "Validation error: max \"messageID\" length exceeded (255)",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageIdPattern,
        "message.id_pattern",
        "validation error: message.id \"{id}\" invalid (no \",\" or \"%\" allowed)",
        "Validation error: '{id}' is not a valid message.id",
        API,
    ),
    rule(
        RuleId::MessageUserRequired,
        "message.user_required",
        "validation error: message.user required",
        "Validation error: \"message.user\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageType,
        "message.type",
        "validation error: message.type invalid (\"regular\", \"deleted\", \"system\" and \"reply\" allowed)",
        "Validation error: '{type}' is not a valid message.type",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageDeletedAt,
        "message.deleted_at",
        "validation error: message.type \"deleted\" while message.deleted_at is null",
        "Validation error: \"message.deleted_at\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::MessagePin,
        "message.pin",
        "validation error: message.pinned_at \"{time}\" while pinned_by_id is null",
        "Validation error: \"message.pinned_by_id\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageText,
        "message.text",
        "reference error: message.text max length exceeded ({limit})",
        "Validation error: max \"text\" length exceeded ({limit})",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageAttachments,
        "message.attachments",
        "validation error: message.attachments max length exceeded (30)",
        "Validation error: max \"attachments\" length exceeded (30)",
        SCHEMA,
    ),
    rule(
        RuleId::AttachmentType,
        "attachment.type",
        "validation error: attachment.type required",
        "Validation error: \"attachment.type\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::AttachmentUrl,
        "attachment.url",
        "validation error: attachment.{field} invalid (\"^https://\" allowed)",
        "Validation error: '{url}' is not a valid {field}",
        SCHEMA,
    ),
    rule(
        RuleId::MessageReserved,
        "message.reserved",
        "validation error: message.{field} is a reserved field",
        "Validation error: \"{field}\" is a reserved field",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageParent,
        "message.parent",
        "reference error: message parent_id \"{parent}\" doesn't exist",
        "Validation error: parent message \"{parent}\" doesn't exist",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageParentIsReply,
        "message.parent_is_reply",
        "reference error: only one level thread is supported",
        "Validation error: only one level thread is supported",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageShowInChannel,
        "message.show_in_channel",
        "validation error: message.show_in_channel while message.parent_id is null",
        "Validation error: \"message.parent_id\" required",
        SCHEMA,
    ),
    rule(
        RuleId::MessageChannel,
        "message.channel",
        "reference error: channel \"{channel}\" doesn't exist",
        "Validation error: channel \"{channel}\" doesn't exist",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageUser,
        "message.user",
        "reference error: user \"{user}\" doesn't exist (message_id {id})",
        "Validation error: user \"{user}\" doesn't exist (message \"{id}\")",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageMention,
        "message.mention",
        "reference error: mentioned user \"{user}\" doesn't exist (message_id \"{id}\")",
        "Validation error: mentioned user \"{user}\" doesn't exist (message \"{id}\")",
        VALIDATOR,
    ),
    rule(
        RuleId::ReactionMessageRequired,
        "reaction.message_required",
        "validation error: reaction.message_id required",
        "Validation error: \"reaction.message_id\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::ReactionTypeRequired,
        "reaction.type_required",
        "validation error: reaction.type required",
        "Validation error: \"reaction.type\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::ReactionTypeLength,
        "reaction.type_length",
        "validation error: reaction.type max length exceeded (30)",
        "Validation error: max \"reaction.type\" length exceeded (30)",
        VALIDATOR,
    ),
    rule(
        RuleId::ReactionTypePattern,
        "reaction.type_pattern",
        "validation error: reaction.type invalid (\"^[\\w-+:.]*$\" allowed)",
        "Validation error: '{type}' is not a valid reaction.type",
        VALIDATOR,
    ),
    rule(
        RuleId::ReactionUserRequired,
        "reaction.user_required",
        "validation error: reaction.user_id required",
        "Validation error: \"reaction.user_id\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::ReactionReserved,
        "reaction.reserved",
        "validation error: reaction.{field} is a reserved field",
        "Validation error: \"{field}\" is a reserved field",
        VALIDATOR,
    ),
    rule(
        RuleId::ReactionMessage,
        "reaction.message",
        "reference error: message_id \"{message}\" doesn't exist",
        "Validation error: message \"{message}\" doesn't exist",
        VALIDATOR,
    ),
    rule(
        RuleId::ReactionUser,
        "reaction.user",
        "reference error: user \"{user}\" doesn't exist",
        "Validation error: user \"{user}\" doesn't exist",
        VALIDATOR,
    ),
    rule(
        RuleId::CustomSize,
        "custom.size",
        "validation error: custom data max length exceeded (5000)",
        "Validation error: max \"custom data\" length exceeded (5000)",
        PAGE,
    ),
    rule(
        RuleId::Duplicate,
        "duplicate",
        "duplicate {kind} \"{id}\"",
        "Validation error: duplicated {kind} \"{id}\"",
        VALIDATOR,
    ),
    rule(
        RuleId::Order,
        "order",
        "validation error: {kind} entry after {later} entries",
        "Validation error: '{kind}' is not a valid order",
        PAGE,
    ),
    rule(
        RuleId::UserRole,
        "user.role",
        "reference error: user.role \"{role}\" doesn't exist (user \"{id}\")",
        "Validation error: '{role}' is not a valid user.role",
        VALIDATOR,
    ),
    rule(
        RuleId::UserMuteFormat,
        "user.mute_format",
        "reference error: channel \"{channel}\" should have the following format \"type:id\"",
        "Validation error: '{channel}' is not a valid channel_mutes",
        VALIDATOR,
    ),
    rule(
        RuleId::ChannelTypeExists,
        "channel.type_exists",
        "reference error: channel.type \"{type}\" doesn't exist (channel \"{channel}\")",
        "Validation error: '{type}' is not a valid channel.type",
        VALIDATOR,
    ),
    rule(
        RuleId::MemberChannelTypeRequired,
        "member.channel_type_required",
        "validation error: member.channel_type required",
        "Validation error: \"member.channel_type\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::MemberChannelIdOrMembers,
        "member.channel_id_or_members",
        "validation error: either member.channel_id or member.channel_member_ids required",
        "Validation error: either member.channel_id or member.channel_member_ids should be provided, but not both",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageChannelTypeRequired,
        "message.channel_type_required",
        "validation error: message.channel_type required",
        "Validation error: \"message.channel_type\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageChannelIdOrMembers,
        "message.channel_id_or_members",
        "validation error: either message.channel_id or message.channel_member_ids required",
        "Validation error: either message.channel_id or message.channel_member_ids should be provided, but not both",
        VALIDATOR,
    ),
    rule(
        RuleId::AttachmentReserved,
        "attachment.reserved",
        "validation error: attachment.{field} is a reserved field",
        "Validation error: \"{field}\" is a reserved field",
        VALIDATOR,
    ),
    rule(
        RuleId::MessageReplyParent,
        "message.reply_parent",
        "validation error: message.parent_id required for a reply",
        "Validation error: \"message.parent_id\" required",
        SCHEMA,
    ),
    rule(
        RuleId::ReactionCreatedAtRequired,
        "reaction.created_at_required",
        "validation error: reaction.created_at required",
        "Validation error: \"reaction.created_at\" required",
        VALIDATOR,
    ),
    rule(
        RuleId::PartSize,
        "part.size",
        "validation error: file max size exceeded (300 MB)",
        "Validation error: max \"file size\" length exceeded (300000000)",
        PAGE,
    ),
];

impl RuleId {
    /// The rule.
    pub fn rule(self) -> &'static Rule {
        &RULES[self as usize]
    }
}

/// That an entry breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule.
    pub rule: RuleId,
    /// What stands for the words in braces.
    pub values: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem whose texts have nothing to fill in.
    pub fn plain(rule: RuleId) -> Problem {
        Problem {
            rule,
            values: Vec::new(),
        }
    }

    /// A problem with one value.
    pub fn with(rule: RuleId, name: &'static str, value: &str) -> Problem {
        Problem {
            rule,
            values: vec![(name, value.to_owned())],
        }
    }

    fn fill(&self, template: &str) -> String {
        let mut text = template.to_owned();
        for (name, value) in &self.values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// The import's own text.
    pub fn server(&self) -> String {
        self.fill(self.rule.rule().server)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fill(self.rule.rule().cli))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_rule_stands_at_its_place_and_has_a_name_of_its_own() {
        let mut names = HashSet::new();
        for (n, rule) in RULES.iter().enumerate() {
            assert_eq!(rule.id as usize, n, "{}", rule.name);
            assert!(names.insert(rule.name), "{}", rule.name);
        }
        assert_eq!(RULES.len(), RuleId::PartSize as usize + 1);
    }

    #[test]
    fn a_problem_reads_in_both_words() {
        let problem = Problem::with(RuleId::ChannelIdPattern, "id", "a b");
        assert_eq!(
            problem.to_string(),
            r#"validation error: channel.id "a b" invalid ("^[\w-]*$" allowed)"#
        );
        assert_eq!(
            problem.server(),
            "Validation error: 'a b' is not a valid channel.id"
        );
    }
}
