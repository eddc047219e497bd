//! The rules of the target: one list, each with its two texts.
//!
//! `cli` is what `stream-cli chat validate-import` said, as observed before its removal in
//! February 2026; `server` is what the import itself answers, after the classic and current
//! page. Where the pages show no text of their own for a rule, theirs is built on the nearest
//! template that they do show. Words in braces are filled in.

mod problem;

pub use problem::Problem;

/// A rule's name in code. [`RULES`] has them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is documented by its texts in RULES")]
pub enum RuleId {
    FileEmpty,
    FileFormat,
    FileNoEntries,
    FileSize,
    JsonSyntax,
    JsonUtf8,
    JsonSurrogate,
    JsonType,
    JsonTime,
    JsonNull,
    EntrySize,
    EntryType,
    EntryItem,
    EntryKey,
    Order,
    CustomSize,
    KeyNotAllowed,
    UserIdRequired,
    UserIdLength,
    UserIdPattern,
    UserReserved,
    UserRole,
    UserMuteFormat,
    UserMutedChannel,
    UserMutedUser,
    UserBlocked,
    UserChatLevel,
    UserPrivacy,
    DuplicateUser,
    DeviceIdRequired,
    DeviceIdLength,
    DeviceUserRequired,
    DeviceUserLength,
    DeviceCreatedAtRequired,
    DeviceProviderRequired,
    DeviceProvider,
    DeviceUser,
    DuplicateDevice,
    BanTargetRequired,
    BanCreatedByRequired,
    BanTarget,
    BanCreatedBy,
    DuplicateBan,
    ChannelIdOrMembers,
    ChannelIdAndMembers,
    ChannelIdLength,
    ChannelIdPattern,
    ChannelTypeRequired,
    ChannelTypeLength,
    ChannelTypePattern,
    ChannelCreatedByRequired,
    ChannelReserved,
    ChannelTypeExists,
    ChannelCreatedBy,
    ChannelMember,
    ChannelBanned,
    DuplicateChannel,
    MemberChannelTypeRequired,
    MemberIdOrMembers,
    MemberIdAndMembers,
    MemberUserRequired,
    MemberInvite,
    MemberChannel,
    MemberDistinctChannel,
    MemberUser,
    MemberNotInSet,
    MemberTeam,
    MemberMissing,
    DuplicateMember,
    DuplicateDistinctMember,
    MessageIdRequired,
    MessageIdLength,
    MessageIdPattern,
    MessageChannelTypeRequired,
    MessageIdOrMembers,
    MessageIdAndMembers,
    MessageUserRequired,
    MessageType,
    MessageDeletedWithoutTime,
    MessageDeletedAt,
    MessagePinnedBy,
    MessagePinnedAt,
    MessagePinExpires,
    MessageReplyParent,
    MessageShowInChannel,
    MessageReserved,
    MessageAttachments,
    AttachmentType,
    AttachmentReserved,
    AttachmentUrl,
    MessageParent,
    MessageParentIsReply,
    MessageChannel,
    MessageDistinctChannel,
    MessageUser,
    MessageMention,
    MessageVisibility,
    MessagePinner,
    MessageQuote,
    MessageText,
    DuplicateMessage,
    ReactionMessageRequired,
    ReactionTypeRequired,
    ReactionTypeLength,
    ReactionTypePattern,
    ReactionUserRequired,
    ReactionCreatedAtRequired,
    ReactionReserved,
    ReactionMessage,
    ReactionUser,
    DuplicateReaction,
}

/// Who applies a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleSet {
    /// What the validator and the classic page asked of an array.
    Classic,
    /// What the current page and the schema ask of JSON Lines, with all that the validator asked
    /// and they do not contradict.
    Current,
    /// What this program asks of itself: every rule.
    Own,
}

impl RuleSet {
    /// The set's name, as `--rules` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            RuleSet::Classic => "classic",
            RuleSet::Current => "current",
            RuleSet::Own => "own",
        }
    }
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
    /// What to do about it.
    pub cure: &'static str,
    /// Where it is from, with the date.
    pub source: &'static str,
    /// Why it is as it is where the sources disagree; else empty.
    pub choice: &'static str,
    /// Whether the set for arrays has it.
    pub is_classic: bool,
    /// Whether the set for JSON Lines has it.
    pub is_current: bool,
}

impl Rule {
    const fn because(mut self, choice: &'static str) -> Rule {
        self.choice = choice;
        self
    }

    /// Whether a set has the rule.
    pub const fn is_in(&self, set: RuleSet) -> bool {
        match set {
            RuleSet::Classic => self.is_classic,
            RuleSet::Current => self.is_current,
            RuleSet::Own => true,
        }
    }

    /// Whether the validator did not take in an entry that breaks the rule: it looked at
    /// references, duplicates and the sets of members only after it had taken in every entry.
    /// Rules that are not its own are taken to be no worse.
    pub fn refuses_entry(&self) -> bool {
        let is_early = self.cli.starts_with("validation error") && self.is_classic;
        let is_late = matches!(self.id, RuleId::MemberMissing | RuleId::CustomSize);
        is_early && !is_late
    }
}

const fn both(
    id: RuleId,
    name: &'static str,
    [cli, server]: [&'static str; 2],
    source: &'static str,
    cure: &'static str,
) -> Rule {
    Rule {
        id,
        name,
        cli,
        server,
        cure,
        source,
        choice: "",
        is_classic: true,
        is_current: true,
    }
}

const fn classic(
    id: RuleId,
    name: &'static str,
    texts: [&'static str; 2],
    source: &'static str,
    cure: &'static str,
) -> Rule {
    Rule {
        is_current: false,
        ..both(id, name, texts, source, cure)
    }
}

const fn current(
    id: RuleId,
    name: &'static str,
    texts: [&'static str; 2],
    source: &'static str,
    cure: &'static str,
) -> Rule {
    Rule {
        is_classic: false,
        ..both(id, name, texts, source, cure)
    }
}

/// A rule that this program keeps and that `validate` does not ask of others.
const fn own(
    id: RuleId,
    name: &'static str,
    texts: [&'static str; 2],
    source: &'static str,
    cure: &'static str,
) -> Rule {
    Rule {
        is_classic: false,
        is_current: false,
        ..both(id, name, texts, source, cure)
    }
}

const VALIDATOR: &str = "validator, observed 2026-02";
const SCHEMA: &str = "schema, 2026-03";
const PAGE: &str = "current page, read 2026-08";
const PAGES: &str = "classic page, 2025-12, and current page, read 2026-08";
const API: &str = "API, 2026-07";
const OURS: &str = "ours, 2026-11";

/// Why the validator's reserved names hold for JSON Lines too.
const RESERVED_STILL: &str = "the current page says that some names are reserved and not which; the validator's lists are the best known";

/// Every rule.
pub static RULES: &[Rule] = &[
    both(
        RuleId::FileEmpty,
        "file.empty",
        ["parse error: EOF", "Parse error: EOF"],
        VALIDATOR,
        "give a file that holds entries",
    ),
    both(
        RuleId::FileFormat,
        "file.format",
        ["parse error: invalid format", "Parse error: invalid format"],
        VALIDATOR,
        "the classic rules are for one JSON array, the current rules for one object a line; choose with `--rules`, or respell the file with `migrate split`",
    ),
    classic(
        RuleId::FileNoEntries,
        "file.no_entries",
        ["validation error: no entries", "Validation error: no entries"],
        OURS,
        "give a file that holds entries",
    )
    .because("an empty array broke no rule of the validator, but nobody means to import one"),
    both(
        RuleId::FileSize,
        "file.size",
        [
            "validation error: file max size exceeded (300000000)",
            "Validation error: max \"file size\" length exceeded (300000000)",
        ],
        PAGES,
        "cut the file with `migrate split`",
    )
    .because("\"300 MB\" is taken as decimal: an older page gave the same limit as \"286MB\""),
    both(
        RuleId::JsonSyntax,
        "json.syntax",
        ["{message}", "Parse error: {server}"],
        VALIDATOR,
        "mend the JSON at that place",
    )
    .because("the validator gave up at the first such place and accepted an array without its end or with more behind it; here all are found"),
    both(
        RuleId::JsonUtf8,
        "json.utf8",
        [
            "parse error: invalid UTF-8",
            "Parse error: invalid UTF-8",
        ],
        OURS,
        "write the file in UTF-8",
    )
    .because("the validator put U+FFFD in place of such bytes without a word, so they would be lost"),
    both(
        RuleId::JsonSurrogate,
        "json.surrogate",
        [
            "parse error: invalid surrogate pair in string literal",
            "Parse error: invalid surrogate pair in string literal",
        ],
        OURS,
        "write both halves of the pair, or the character itself",
    )
    .because("the validator put U+FFFD in place of half a pair without a word, so it would be lost"),
    both(
        RuleId::JsonType,
        "json.type",
        [
            "parse error: json: cannot unmarshal {found} into Go struct field {item}Item.{field} of type {type}",
            "Parse error: json: cannot unmarshal {found} into Go struct field {item}Item.{field} of type {type}",
        ],
        VALIDATOR,
        "write the field in the type that the message names last",
    ),
    both(
        RuleId::JsonTime,
        "json.time",
        [
            "parse error: parsing time {message}",
            "Parse error: parsing time {message}",
        ],
        VALIDATOR,
        "write times in RFC 3339 with a zone, such as 2026-02-03T04:05:06Z",
    ),
    current(
        RuleId::JsonNull,
        "json.null",
        [
            "validation error: {item}.{field} is null",
            "Validation error: 'null' is not a valid {item}.{field}",
        ],
        SCHEMA,
        "leave the field away instead",
    ),
    both(
        RuleId::EntrySize,
        "entry.size",
        [
            "parse error: entry max size exceeded ({limit})",
            "Parse error: max \"entry\" length exceeded ({limit})",
        ],
        OURS,
        "an entry of this size cannot be checked; Stream takes none that comes near it",
    ),
    both(
        RuleId::EntryType,
        "entry.type",
        [
            "parse error: invalid item type \"{type}\"",
            "Parse error: invalid item type \"{type}\"",
        ],
        VALIDATOR,
        "the types are user, device, channel, member, message and reaction; JSON Lines have future_channel_ban too",
    )
    .because("the schema says channel_member where all pages say member: both are taken in JSON Lines; poll and poll_vote are named by the newest page without a description, so they are taken and not checked"),
    both(
        RuleId::EntryItem,
        "entry.item",
        [
            "parse error: unexpected end of JSON input",
            "Validation error: \"{field}\" required",
        ],
        VALIDATOR,
        "an entry of an array is {\"type\",\"item\"}, one of JSON Lines {\"type\",\"data\"}",
    ),
    current(
        RuleId::EntryKey,
        "entry.key",
        [
            "validation error: entry.{field} is not allowed",
            "Validation error: '{field}' is not a valid entry field",
        ],
        SCHEMA,
        "an entry has the keys type and data alone",
    ),
    current(
        RuleId::Order,
        "order",
        [
            "validation error: {kind} entry after {later} entry",
            "Validation error: '{kind}' is not a valid order",
        ],
        PAGE,
        "the order is user, device, future_channel_ban, channel, member, message, reaction; `migrate split` puts entries in order",
    ),
    both(
        RuleId::CustomSize,
        "custom.size",
        [
            "validation error: {item} custom data max length exceeded (5000)",
            "Validation error: max \"{item} custom data\" length exceeded (5000)",
        ],
        PAGES,
        "shorten or leave away custom fields; of users and channels the name and image count too",
    )
    .because("the text says 5KB, the tables 5 KiB: the smaller counts, since a false alarm costs minutes and a refused import days"),
    current(
        RuleId::KeyNotAllowed,
        "key.not_allowed",
        [
            "validation error: {item}.{field} is not allowed",
            "Validation error: '{field}' is not a valid {item} field",
        ],
        SCHEMA,
        "leave the field away: here no custom data is taken",
    ),
    both(
        RuleId::UserIdRequired,
        "user.id_required",
        [
            "validation error: user.id required",
            "Validation error: \"user.id\" required",
        ],
        VALIDATOR,
        "give every user an id",
    )
    .because("the classic tables call it optional, against their own text and the validator"),
    both(
        RuleId::UserIdLength,
        "user.id_length",
        [
            "validation error: user.id max length exceeded (255)",
            "Validation error: max \"userID\" length exceeded (255)",
        ],
        VALIDATOR,
        "shorten the id, here and wherever it is used",
    ),
    both(
        RuleId::UserIdPattern,
        "user.id_pattern",
        [
            "validation error: user.id invalid (\"^[@\\w-]*$\" allowed)",
            "Validation error: '{id}' is not a valid user.id",
        ],
        VALIDATOR,
        "use ASCII letters, digits, `@`, `_` and `-`, here and wherever the id is used",
    )
    .because("some engines take \\w for letters of any script; the validator did not"),
    both(
        RuleId::UserReserved,
        "user.reserved",
        [
            "validation error: user.{field} is a reserved field",
            "Validation error: \"{field}\" is a reserved field",
        ],
        VALIDATOR,
        "rename the custom field",
    )
    .because(RESERVED_STILL),
    both(
        RuleId::UserRole,
        "user.role",
        [
            "reference error: user.role \"{role}\" doesn't exist (user \"{id}\")",
            "Validation error: '{role}' is not a valid user.role",
        ],
        VALIDATOR,
        "make the role in the app, or name the app's roles with `--roles`",
    ),
    both(
        RuleId::UserMuteFormat,
        "user.mute_format",
        [
            "reference error: channel \"{channel}\" should have the following format \"type:id\"",
            "Validation error: '{channel}' is not a valid channel_mutes",
        ],
        VALIDATOR,
        "write the channel as type:id",
    ),
    both(
        RuleId::UserMutedChannel,
        "user.muted_channel",
        [
            "reference error: muted channel \"{channel}\" by user \"{id}\" doesn't exist",
            "Validation error: muted channel \"{channel}\" doesn't exist (user \"{id}\")",
        ],
        VALIDATOR,
        "add the channel to the file, or take the mute away",
    ),
    both(
        RuleId::UserMutedUser,
        "user.muted_user",
        [
            "reference error: muted user \"{user}\" by user \"{id}\" doesn't exist",
            "Validation error: muted user \"{user}\" doesn't exist (user \"{id}\")",
        ],
        VALIDATOR,
        "add the user to the file, or take the mute away",
    ),
    current(
        RuleId::UserBlocked,
        "user.blocked",
        [
            "reference error: blocked user \"{user}\" by user \"{id}\" doesn't exist",
            "Validation error: blocked user \"{user}\" doesn't exist (user \"{id}\")",
        ],
        PAGE,
        "add the user to the file, or take the block away",
    ),
    current(
        RuleId::UserChatLevel,
        "user.chat_level",
        [
            "validation error: user.push_preferences.chat_level invalid (\"all\", \"none\" and \"mentions\" allowed)",
            "Validation error: '{level}' is not a valid chat_level",
        ],
        SCHEMA,
        "use all, none or mentions",
    )
    .because("the API since knows more levels; imports are described with these"),
    current(
        RuleId::UserPrivacy,
        "user.privacy_settings",
        [
            "validation error: user.privacy_settings.{field}.enabled required",
            "Validation error: \"{field}.enabled\" required",
        ],
        SCHEMA,
        "say `enabled` in each privacy setting",
    ),
    both(
        RuleId::DuplicateUser,
        "user.duplicate",
        [
            "duplicate user found \"{id}\"",
            "Validation error: duplicated user \"{id}\"",
        ],
        VALIDATOR,
        "keep one entry",
    ),
    both(
        RuleId::DeviceIdRequired,
        "device.id_required",
        [
            "validation error: device.id required",
            "Validation error: \"device.id\" required",
        ],
        VALIDATOR,
        "give the device its push token as id",
    ),
    both(
        RuleId::DeviceIdLength,
        "device.id_length",
        [
            "validation error: device.id max length exceeded (255)",
            "Validation error: max \"deviceID\" length exceeded (255)",
        ],
        VALIDATOR,
        "leave the device out",
    ),
    both(
        RuleId::DeviceUserRequired,
        "device.user_required",
        [
            "validation error: device.user_id required",
            "Validation error: \"device.user_id\" required",
        ],
        VALIDATOR,
        "name the device's user",
    ),
    both(
        RuleId::DeviceUserLength,
        "device.user_length",
        [
            "validation error: device.user_id max length exceeded (255)",
            "Validation error: max \"userID\" length exceeded (255)",
        ],
        VALIDATOR,
        "shorten the id, here and wherever it is used",
    ),
    classic(
        RuleId::DeviceCreatedAtRequired,
        "device.created_at_required",
        [
            "validation error: device.created_at required",
            "Validation error: \"device.created_at\" required",
        ],
        VALIDATOR,
        "give the device a time",
    )
    .because("the current page and the schema take the time of the import where there is none"),
    both(
        RuleId::DeviceProviderRequired,
        "device.provider_required",
        [
            "validation error: device.push_provider_type required",
            "Validation error: \"device.push_provider_type\" required",
        ],
        VALIDATOR,
        "name the push provider",
    )
    .because("push_provider_name is required by the current page alone; the schema and the validator do without"),
    both(
        RuleId::DeviceProvider,
        "device.provider",
        [
            "validation error: device.push_provider_type invalid, available options are: firebase,huawei,apn,xiaomi",
            "Validation error: '{provider}' is not a valid push_provider_type",
        ],
        VALIDATOR,
        "use firebase, huawei, apn or xiaomi",
    ),
    both(
        RuleId::DeviceUser,
        "device.user",
        [
            "reference error: device.user_id \"{user}\" doesn't exist",
            "Validation error: device user \"{user}\" doesn't exist",
        ],
        VALIDATOR,
        "add the user to the file, or leave the device out",
    ),
    both(
        RuleId::DuplicateDevice,
        "device.duplicate",
        [
            "duplicate device id:{id}",
            "Validation error: duplicated device \"{id}\"",
        ],
        VALIDATOR,
        "keep one entry",
    ),
    current(
        RuleId::BanTargetRequired,
        "future_channel_ban.target_required",
        [
            "validation error: future_channel_ban.target_id required",
            "Validation error: \"future_channel_ban.target_id\" required",
        ],
        SCHEMA,
        "name who is banned",
    ),
    current(
        RuleId::BanCreatedByRequired,
        "future_channel_ban.created_by_required",
        [
            "validation error: future_channel_ban.created_by required",
            "Validation error: \"future_channel_ban.created_by\" required",
        ],
        SCHEMA,
        "name who banned",
    ),
    current(
        RuleId::BanTarget,
        "future_channel_ban.target",
        [
            "reference error: future_channel_ban.target_id \"{user}\" doesn't exist",
            "Validation error: banned user \"{user}\" doesn't exist",
        ],
        PAGE,
        "add the user to the file, or name it with `--existing-users`",
    ),
    current(
        RuleId::BanCreatedBy,
        "future_channel_ban.created_by",
        [
            "reference error: future_channel_ban.created_by \"{user}\" doesn't exist",
            "Validation error: created_by user \"{user}\" doesn't exist (future_channel_ban \"{target}\"). please include all users as separate user entries",
        ],
        PAGE,
        "add the user to the file, or name it with `--existing-users`",
    ),
    current(
        RuleId::DuplicateBan,
        "future_channel_ban.duplicate",
        [
            "duplicate future_channel_ban target:{target}:created_by:{user}",
            "Validation error: duplicated future_channel_ban \"{target}\"",
        ],
        PAGE,
        "keep one entry",
    ),
    both(
        RuleId::ChannelIdOrMembers,
        "channel.id_or_members",
        [
            "validation error: either channel.id or channel.member_ids required",
            "Validation error: channel.id or channel.member_ids required, but not both",
        ],
        VALIDATOR,
        "give the channel an id or a list of members",
    ),
    both(
        RuleId::ChannelIdAndMembers,
        "channel.id_and_members",
        [
            "validation error: either channel.id or channel.member_ids required",
            "Validation error: either channel.id or channel.member_ids should be provided, but not both",
        ],
        VALIDATOR,
        "take away the id or the list of members",
    ),
    both(
        RuleId::ChannelIdLength,
        "channel.id_length",
        [
            "validation error: channel.id max length exceeded (64)",
            "Validation error: max channelID length exceeded (64)",
        ],
        VALIDATOR,
        "shorten the id, here and wherever it is used",
    ),
    both(
        RuleId::ChannelIdPattern,
        "channel.id_pattern",
        [
            "validation error: channel.id \"{id}\" invalid (\"^[\\w-]*$\" allowed)",
            "Validation error: '{id}' is not a valid channel.id",
        ],
        VALIDATOR,
        "use ASCII letters, digits, `_` and `-`; a distinct channel has member_ids and no id that begins with `!`",
    )
    .because("the validator's lighter mode allowed `!` as well; the schema refuses it"),
    both(
        RuleId::ChannelTypeRequired,
        "channel.type_required",
        [
            "validation error: channel.type required",
            "Validation error: \"channel.type\" required",
        ],
        VALIDATOR,
        "give the channel a type, such as messaging",
    ),
    current(
        RuleId::ChannelTypeLength,
        "channel.type_length",
        [
            "validation error: channel.type max length exceeded (64)",
            "Validation error: max \"channel.type\" length exceeded (64)",
        ],
        SCHEMA,
        "use a type that the app has",
    ),
    current(
        RuleId::ChannelTypePattern,
        "channel.type_pattern",
        [
            "validation error: channel.type \"{type}\" invalid (\"^[\\w-]*$\" allowed)",
            "Validation error: '{type}' is not a valid channel.type",
        ],
        SCHEMA,
        "use ASCII letters, digits, `_` and `-`",
    ),
    both(
        RuleId::ChannelCreatedByRequired,
        "channel.created_by_required",
        [
            "validation error: channel.created_by required",
            "Validation error: \"channel.created_by\" required",
        ],
        VALIDATOR,
        "name who made the channel",
    ),
    both(
        RuleId::ChannelReserved,
        "channel.reserved",
        [
            "validation error: channel.{field} is a reserved field",
            "Validation error: \"{field}\" is a reserved field",
        ],
        VALIDATOR,
        "rename the custom field",
    )
    .because(RESERVED_STILL),
    both(
        RuleId::ChannelTypeExists,
        "channel.type_exists",
        [
            "reference error: channel.type \"{type}\" doesn't exist (channel \"{channel}\")",
            "Validation error: '{type}' is not a valid channel type",
        ],
        VALIDATOR,
        "make the type in the app, or name the app's types with `--channel-types`",
    ),
    both(
        RuleId::ChannelCreatedBy,
        "channel.created_by",
        [
            "reference error: channel.created_by \"{user}\" doesn't exist (channel \"{channel}\")",
            "Validation error: created_by user \"{user}\" doesn't exist (channel \"{channel}\"). please include all users as separate user entries",
        ],
        VALIDATOR,
        "add the user to the file, or name it with `--existing-users`",
    ),
    current(
        RuleId::ChannelMember,
        "channel.member",
        [
            "reference error: channel.member_ids \"{user}\" doesn't exist (channel \"{channel}\")",
            "Validation error: user \"{user}\" doesn't exist (channel \"{channel}\")",
        ],
        PAGE,
        "add the user to the file, or name it with `--existing-users`",
    ),
    current(
        RuleId::ChannelBanned,
        "channel.banned",
        [
            "reference error: channel.banned_users \"{user}\" doesn't exist (channel \"{channel}\")",
            "Validation error: banned user \"{user}\" doesn't exist (channel \"{channel}\")",
        ],
        PAGE,
        "add the user to the file, or take the ban away",
    ),
    both(
        RuleId::DuplicateChannel,
        "channel.duplicate",
        [
            "duplicate channel '{channel}'",
            "Validation error: duplicated channel \"{channel}\"",
        ],
        VALIDATOR,
        "keep one entry; distinct channels of one type and the same members are one",
    ),
    both(
        RuleId::MemberChannelTypeRequired,
        "member.channel_type_required",
        [
            "validation error: member.channel_type required",
            "Validation error: \"member.channel_type\" required",
        ],
        VALIDATOR,
        "say the type of the member's channel",
    ),
    both(
        RuleId::MemberIdOrMembers,
        "member.channel_id_or_members",
        [
            "validation error: either member.channel_id or member.channel_member_ids required",
            "Validation error: member.channel_id or member.channel_member_ids required, but not both",
        ],
        VALIDATOR,
        "name the member's channel",
    ),
    both(
        RuleId::MemberIdAndMembers,
        "member.channel_id_and_members",
        [
            "validation error: either member.channel_id or member.channel_member_ids required",
            "Validation error: either member.channel_id or member.channel_member_ids should be provided, but not both",
        ],
        VALIDATOR,
        "take one of the two away",
    ),
    both(
        RuleId::MemberUserRequired,
        "member.user_required",
        [
            "validation error: member.user_id required",
            "Validation error: \"member.user_id\" required",
        ],
        VALIDATOR,
        "name the member",
    ),
    current(
        RuleId::MemberInvite,
        "member.invite",
        [
            "validation error: member.{field} while member.invited is false",
            "Validation error: \"invited\" required",
        ],
        SCHEMA,
        "set invited, or take the answer away",
    ),
    both(
        RuleId::MemberChannel,
        "member.channel",
        [
            "reference error: channel \"{channel}\" doesn't exist",
            "Validation error: channel \"{channel}\" doesn't exist",
        ],
        VALIDATOR,
        "add the channel to the file, or name it with `--existing-channels`",
    ),
    both(
        RuleId::MemberDistinctChannel,
        "member.distinct_channel",
        [
            "reference error: distinct channel with type \"{type}\" and members:[{members}] doesn't exist",
            "Validation error: distinct channel \"{channel}\" doesn't exist",
        ],
        VALIDATOR,
        "add the channel with exactly these members to the file",
    ),
    both(
        RuleId::MemberUser,
        "member.user",
        [
            "reference error: user \"{user}\" doesn't exist",
            "Validation error: user \"{user}\" doesn't exist",
        ],
        VALIDATOR,
        "add the user to the file, or name it with `--existing-users`",
    ),
    both(
        RuleId::MemberNotInSet,
        "member.not_in_set",
        [
            "reference error: user \"{user}\" specified as channel member but not present in channel_members_ids: [{members}]",
            "Validation error: user \"{user}\" is no member of the distinct channel",
        ],
        VALIDATOR,
        "a distinct channel has exactly the members of its set, each once",
    ),
    both(
        RuleId::MemberTeam,
        "member.team",
        [
            "reference error: user \"{user}\" with teams map[{teams}] cannot be a member of channel {channel} with team \"{team}\"",
            "Validation error: user {user} with teams [{list}] cannot be a member of channel {channel} with team {team}",
        ],
        VALIDATOR,
        "give the user the channel's team; a user with teams can be in no channel without one",
    ),
    both(
        RuleId::MemberMissing,
        "member.missing",
        [
            "validation error: distinct channel: [{members}] is missing members: [{missing}]. Please include all members as separate member entries",
            "Validation error: distinct channel is missing members: [{missing}]",
        ],
        VALIDATOR,
        "add a member entry for each of member_ids",
    ),
    both(
        RuleId::DuplicateMember,
        "member.duplicate",
        [
            "duplicate member \"{user}\" (channel \"{channel}\")",
            "Validation error: duplicated member \"{user}\"",
        ],
        VALIDATOR,
        "keep one entry",
    ),
    both(
        RuleId::DuplicateDistinctMember,
        "member.duplicate_distinct",
        [
            "duplicate member \"{user}\" (channel with type \"{type}\" and members:[{members}])",
            "Validation error: duplicated member \"{user}\"",
        ],
        VALIDATOR,
        "keep one entry",
    ),
    current(
        RuleId::MessageIdRequired,
        "message.id_required",
        [
            "validation error: message.id required",
            "Validation error: \"message.id\" required",
        ],
        SCHEMA,
        "give every message an id",
    )
    .because("the classic page calls it optional, though the validator took two messages without one for the same"),
    both(
        RuleId::MessageIdLength,
        "message.id_length",
        [
            "validation error: message.id max length exceeded (255)",
            "Validation error: max \"messageID\" length exceeded (255)",
        ],
        VALIDATOR,
        "shorten the id, here and wherever it is used",
    ),
    own(
        RuleId::MessageIdPattern,
        "message.id_pattern",
        [
            "validation error: message.id \"{id}\" invalid (no \",\" or \"%\" allowed)",
            "Validation error: '{id}' is not a valid message.id",
        ],
        API,
        "use no comma, no percent sign and no space",
    )
    .because("only the API refuses these; no description of imports does"),
    both(
        RuleId::MessageChannelTypeRequired,
        "message.channel_type_required",
        [
            "validation error: message.channel_type required",
            "Validation error: \"message.channel_type\" required",
        ],
        VALIDATOR,
        "say the type of the message's channel",
    ),
    both(
        RuleId::MessageIdOrMembers,
        "message.channel_id_or_members",
        [
            "validation error: either message.channel_id or message.channel_member_ids required",
            "Validation error: message.channel_id or message.channel_member_ids required, but not both",
        ],
        VALIDATOR,
        "name the message's channel",
    ),
    both(
        RuleId::MessageIdAndMembers,
        "message.channel_id_and_members",
        [
            "validation error: either message.channel_id or message.channel_member_ids required",
            "Validation error: either message.channel_id or message.channel_member_ids should be provided, but not both",
        ],
        VALIDATOR,
        "take one of the two away",
    ),
    both(
        RuleId::MessageUserRequired,
        "message.user_required",
        [
            "validation error: message.user required",
            "Validation error: \"message.user\" required",
        ],
        VALIDATOR,
        "name who wrote the message; the field is `user`, not `user_id`",
    ),
    both(
        RuleId::MessageType,
        "message.type",
        [
            "validation error: message.type invalid (\"regular\", \"deleted\", \"system\" and \"reply\" allowed)",
            "Validation error: '{type}' is not a valid message.type",
        ],
        VALIDATOR,
        "use one of these types, or leave the field away for regular",
    )
    .because("the classic page has `blocked` too, so arrays may; the schema takes an empty type, which the validator refused; the current page requires a type, which the schema does not"),
    both(
        RuleId::MessageDeletedWithoutTime,
        "message.deleted_without_time",
        [
            "validation error: message.type \"deleted\" while message.deleted_at is null",
            "Validation error: \"message.deleted_at\" required",
        ],
        VALIDATOR,
        "say when the message was deleted",
    ),
    both(
        RuleId::MessageDeletedAt,
        "message.deleted_at",
        [
            "validation error: message.deleted_at \"{time}\" while message.type is \"{type}\"",
            "Validation error: '{type}' is not a valid message.type",
        ],
        VALIDATOR,
        "a message with deleted_at has the type deleted",
    ),
    both(
        RuleId::MessagePinnedBy,
        "message.pinned_by",
        [
            "validation error: message.pinned_by_id \"{user}\" while pinned_at is null",
            "Validation error: \"message.pinned_at\" required",
        ],
        VALIDATOR,
        "say when the message was pinned",
    )
    .because("the current page also wants pin_expires for a pin; the validator and the schema do not"),
    both(
        RuleId::MessagePinnedAt,
        "message.pinned_at",
        [
            "validation error: message.pinned_at \"{time}\" while pinned_by_id is null",
            "Validation error: \"message.pinned_by_id\" required",
        ],
        VALIDATOR,
        "say who pinned the message",
    ),
    both(
        RuleId::MessagePinExpires,
        "message.pin_expires",
        [
            "validation error: message.pin_expires \"{time}\" while pinned_at/pinned_by_id is null",
            "Validation error: \"message.pinned_at\" required for pin_expires",
        ],
        VALIDATOR,
        "say who pinned the message and when",
    ),
    current(
        RuleId::MessageReplyParent,
        "message.reply_parent",
        [
            "validation error: message.parent_id required for type \"reply\"",
            "Validation error: \"message.parent_id\" required",
        ],
        SCHEMA,
        "name the parent, or use the type regular",
    ),
    current(
        RuleId::MessageShowInChannel,
        "message.show_in_channel",
        [
            "validation error: message.show_in_channel while message.parent_id is null",
            "Validation error: \"message.parent_id\" required",
        ],
        SCHEMA,
        "leave show_in_channel away outside threads, even false",
    ),
    both(
        RuleId::MessageReserved,
        "message.reserved",
        [
            "validation error: message.{field} is a reserved field",
            "Validation error: \"{field}\" is a reserved field",
        ],
        VALIDATOR,
        "rename the custom field",
    )
    .because(RESERVED_STILL),
    current(
        RuleId::MessageAttachments,
        "message.attachments",
        [
            "validation error: message.attachments max length exceeded (30)",
            "Validation error: max \"attachments\" length exceeded (30)",
        ],
        SCHEMA,
        "continue the message in a second one",
    ),
    classic(
        RuleId::AttachmentType,
        "attachment.type",
        [
            "validation error: attachment.type required",
            "Validation error: \"attachment.type\" required",
        ],
        VALIDATOR,
        "give the attachment a type, such as file",
    )
    .because("the current page and the schema do not require it"),
    both(
        RuleId::AttachmentReserved,
        "attachment.reserved",
        [
            "validation error: attachment.{field} is a reserved field",
            "Validation error: \"{field}\" is a reserved field",
        ],
        VALIDATOR,
        "rename the custom field",
    )
    .because("the validator saw these names only inside a field `custom`, and so does this one"),
    current(
        RuleId::AttachmentUrl,
        "attachment.url",
        [
            "validation error: attachment.{field} invalid (\"^https://\" allowed)",
            "Validation error: '{url}' is not a valid {field}",
        ],
        SCHEMA,
        "give an address that begins with https:// and can be reached without a login",
    )
    .because("that an address can be reached and its file is not empty cannot be checked without the network"),
    both(
        RuleId::MessageParent,
        "message.parent",
        [
            "reference error: message parent_id \"{parent}\" doesn't exist",
            "Validation error: parent message \"{parent}\" doesn't exist",
        ],
        VALIDATOR,
        "add the parent to the file, as a deleted message if nothing is known of it",
    ),
    both(
        RuleId::MessageParentIsReply,
        "message.parent_is_reply",
        [
            "reference error: only one level thread is supported",
            "Validation error: only one level thread is supported",
        ],
        VALIDATOR,
        "name the start of the thread as the parent",
    ),
    both(
        RuleId::MessageChannel,
        "message.channel",
        [
            "reference error: channel \"{channel}\" doesn't exist",
            "Validation error: channel \"{channel}\" doesn't exist (message \"{id}\")",
        ],
        VALIDATOR,
        "add the channel to the file, or name it with `--existing-channels`",
    ),
    both(
        RuleId::MessageDistinctChannel,
        "message.distinct_channel",
        [
            "reference error: distinct channel with type \"{type}\" and members:[{members}] doesn't exist",
            "Validation error: distinct channel \"{channel}\" doesn't exist (message \"{id}\")",
        ],
        VALIDATOR,
        "add the channel with exactly these members to the file",
    ),
    both(
        RuleId::MessageUser,
        "message.user",
        [
            "reference error: user \"{user}\" doesn't exist (message_id {id})",
            "Validation error: user \"{user}\" doesn't exist (message \"{id}\")",
        ],
        VALIDATOR,
        "add the user to the file, or name it with `--existing-users`",
    ),
    both(
        RuleId::MessageMention,
        "message.mention",
        [
            "reference error: mentioned user \"{user}\" doesn't exist (message_id \"{id}\")",
            "Validation error: mentioned user \"{user}\" doesn't exist (message \"{id}\")",
        ],
        VALIDATOR,
        "add the user to the file, or take the mention away",
    ),
    current(
        RuleId::MessageVisibility,
        "message.visibility",
        [
            "reference error: restricted_visibility user \"{user}\" doesn't exist (message_id \"{id}\")",
            "Validation error: restricted_visibility user \"{user}\" doesn't exist (message \"{id}\")",
        ],
        PAGE,
        "add the user to the file, or name it with `--existing-users`",
    ),
    current(
        RuleId::MessagePinner,
        "message.pinner",
        [
            "reference error: pinned_by_id user \"{user}\" doesn't exist (message_id \"{id}\")",
            "Validation error: pinned_by_id user \"{user}\" doesn't exist (message \"{id}\")",
        ],
        PAGE,
        "add the user to the file, or name it with `--existing-users`",
    )
    .because("the validator did not look, but every object that is referred to has to exist"),
    current(
        RuleId::MessageQuote,
        "message.quote",
        [
            "reference error: quoted message \"{quote}\" doesn't exist (message_id \"{id}\")",
            "Validation error: quoted message \"{quote}\" doesn't exist (message \"{id}\")",
        ],
        PAGE,
        "add the quoted message to the file, or take the quote away",
    )
    .because("the validator did not look, but every object that is referred to has to exist"),
    both(
        RuleId::MessageText,
        "message.text",
        [
            "reference error: message.text max length exceeded ({limit})",
            "Validation error: max \"text\" length exceeded ({limit})",
        ],
        VALIDATOR,
        "continue the text in a second message, or raise the limit of the channel type and say it with `--channel-types TYPE=CHARS`",
    ),
    both(
        RuleId::DuplicateMessage,
        "message.duplicate",
        [
            "duplicate message \"{id}\"",
            "Validation error: duplicated message \"{id}\"",
        ],
        VALIDATOR,
        "message ids are global, not per channel: give each message its own",
    ),
    both(
        RuleId::ReactionMessageRequired,
        "reaction.message_required",
        [
            "validation error: reaction.message_id required",
            "Validation error: \"reaction.message_id\" required",
        ],
        VALIDATOR,
        "name the message",
    ),
    both(
        RuleId::ReactionTypeRequired,
        "reaction.type_required",
        [
            "validation error: reaction.type required",
            "Validation error: \"reaction.type\" required",
        ],
        VALIDATOR,
        "give the reaction a type, such as like",
    ),
    both(
        RuleId::ReactionTypeLength,
        "reaction.type_length",
        [
            "validation error: reaction.type max length exceeded (30)",
            "Validation error: max \"reaction.type\" length exceeded (30)",
        ],
        VALIDATOR,
        "shorten the type to 30 bytes",
    ),
    both(
        RuleId::ReactionTypePattern,
        "reaction.type_pattern",
        [
            "validation error: reaction.type invalid (\"^[\\w-+:.]*$\" allowed)",
            "Validation error: '{type}' is not a valid reaction.type",
        ],
        VALIDATOR,
        "use ASCII letters, digits and `_-+:.`; no emoji",
    )
    .because("the schema has no pattern; the API has the same length"),
    both(
        RuleId::ReactionUserRequired,
        "reaction.user_required",
        [
            "validation error: reaction.user_id required",
            "Validation error: \"reaction.user_id\" required",
        ],
        VALIDATOR,
        "name who reacted",
    ),
    both(
        RuleId::ReactionCreatedAtRequired,
        "reaction.created_at_required",
        [
            "validation error: reaction.created_at required",
            "Validation error: \"reaction.created_at\" required",
        ],
        VALIDATOR,
        "give the reaction a time",
    ),
    both(
        RuleId::ReactionReserved,
        "reaction.reserved",
        [
            "validation error: reaction.{field} is a reserved field",
            "Validation error: \"{field}\" is a reserved field",
        ],
        VALIDATOR,
        "rename the custom field",
    )
    .because(RESERVED_STILL),
    both(
        RuleId::ReactionMessage,
        "reaction.message",
        [
            "reference error: message_id \"{message}\" doesn't exist",
            "Validation error: message \"{message}\" doesn't exist",
        ],
        VALIDATOR,
        "add the message to the file, or leave the reaction out",
    ),
    both(
        RuleId::ReactionUser,
        "reaction.user",
        [
            "reference error: user \"{user}\" doesn't exist",
            "Validation error: user \"{user}\" doesn't exist (reaction)",
        ],
        VALIDATOR,
        "add the user to the file, or name it with `--existing-users`",
    ),
    both(
        RuleId::DuplicateReaction,
        "reaction.duplicate",
        [
            "duplicate reaction message:{message}:type:{type}:user:{user}",
            "Validation error: duplicated reaction \"{message}:{type}:{user}\"",
        ],
        VALIDATOR,
        "keep one entry",
    ),
];

impl RuleId {
    /// How many there are.
    pub const COUNT: usize = RuleId::DuplicateReaction as usize + 1;

    /// The rule.
    pub fn rule(self) -> &'static Rule {
        &RULES[self as usize]
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
        assert_eq!(RULES.len(), RuleId::COUNT);
    }

    #[test]
    fn sets_have_the_names_of_the_option() {
        let sets = [RuleSet::Classic, RuleSet::Current, RuleSet::Own];
        assert_eq!(sets.map(RuleSet::name), ["classic", "current", "own"]);
    }

    #[test]
    fn entries_are_refused_for_what_they_are_and_not_for_what_they_refer_to() {
        let refuses = |id: RuleId| id.rule().refuses_entry();
        assert!(refuses(RuleId::DeviceIdLength));
        for late in [
            RuleId::DeviceUser,
            RuleId::DuplicateReaction,
            RuleId::EntryType,
            RuleId::MemberMissing,
            RuleId::CustomSize,
        ] {
            assert!(!refuses(late), "{late:?}");
        }
        // What the validator did not know it refused nothing for.
        let new = RULES.iter().filter(|rule| !rule.is_classic);
        assert!(new.clone().next().is_some() && new.clone().all(|rule| !rule.refuses_entry()));
    }
}
