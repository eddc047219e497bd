//! Which fields the format knows, of what shape: the tables that `fields` checks an item by.
//!
//! Sources: Stream docs, "Importing data" (classic and current page), read 2026-08; the JSON
//! Schemas of 2026; the classic validator. A field that either age of the format knows is known
//! in both spellings here, except `updated_at`.

use super::things::Kind;

/// A field that the format knows.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) rule: Rule,
}

/// How a field stands to the item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Required,
    Optional,
    /// Known by the classic pages only: the current schemas dropped it on 2026-02-11.
    Classic,
    /// The docs' examples have it, but to the importer it is custom data like any other.
    Custom,
}

/// What a value must be.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    /// A text that is not empty.
    Filled,
    Flag,
    Whole,
    Time,
    Texts,
    /// Texts, at least one, none twice.
    Set,
    UserId,
    ChannelWord,
    MessageId,
    MessageType,
    ReactionType,
    Url,
    /// An object of texts.
    TextByKey,
    PushPreferences,
    PrivacySettings,
    Attachments,
}

/// The fields that the format knows of an item.
pub(super) fn known(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::User => USER,
        Kind::Channel => CHANNEL,
        Kind::Member => MEMBER,
        Kind::Message => MESSAGE,
        Kind::Reaction => REACTION,
    }
}

const USER: &[Field] = &[
    required("id", Shape::UserId),
    custom("name", Shape::Text),
    custom("image", Shape::Text),
    optional("role", Shape::Filled),
    optional("invisible", Shape::Flag),
    optional("teams", Shape::Texts),
    optional("teams_role", Shape::TextByKey),
    optional("language", Shape::Text),
    optional("created_at", Shape::Time),
    classic("updated_at", Shape::Time),
    optional("deleted_at", Shape::Time),
    optional("deactivated_at", Shape::Time),
    optional("channel_mutes", Shape::Texts),
    optional("user_mutes", Shape::Texts),
    optional("blocked_user_ids", Shape::Texts),
    optional("push_preferences", Shape::PushPreferences),
    optional("privacy_settings", Shape::PrivacySettings),
];

const CHANNEL: &[Field] = &[
    optional("id", Shape::ChannelWord),
    optional("member_ids", Shape::Set),
    required("type", Shape::ChannelWord),
    required("created_by", Shape::Filled),
    custom("name", Shape::Text),
    custom("image", Shape::Text),
    optional("team", Shape::Text),
    optional("frozen", Shape::Flag),
    optional("disabled", Shape::Flag),
    optional("banned_users", Shape::Texts),
    optional("truncated_at", Shape::Time),
    optional("created_at", Shape::Time),
    classic("updated_at", Shape::Time),
];

const MEMBER: &[Field] = &[
    required("channel_type", Shape::ChannelWord),
    optional("channel_id", Shape::ChannelWord),
    optional("channel_member_ids", Shape::Set),
    required("user_id", Shape::Filled),
    optional("channel_role", Shape::Filled),
    optional("created_at", Shape::Time),
    optional("last_read", Shape::Time),
    optional("invited", Shape::Flag),
    optional("invite_accepted_at", Shape::Time),
    optional("invite_rejected_at", Shape::Time),
    optional("hide_channel", Shape::Flag),
    optional("hide_messages_before", Shape::Time),
    optional("archived_at", Shape::Time),
];

/// The classic pages leave `id`, `type` and `created_at` of a message to defaults. A random id
/// or the time of the import is never right for a converted message, so all must stand there.
const MESSAGE: &[Field] = &[
    required("id", Shape::MessageId),
    required("channel_type", Shape::ChannelWord),
    optional("channel_id", Shape::ChannelWord),
    optional("channel_member_ids", Shape::Set),
    required("user", Shape::Filled),
    required("type", Shape::MessageType),
    optional("text", Shape::Text),
    optional("html", Shape::Text),
    optional("attachments", Shape::Attachments),
    optional("parent_id", Shape::Filled),
    optional("show_in_channel", Shape::Flag),
    optional("quoted_message_id", Shape::Filled),
    optional("mentioned_users_ids", Shape::Texts),
    optional("mentioned_roles", Shape::Texts),
    optional("mentioned_channel", Shape::Flag),
    optional("mentioned_here", Shape::Flag),
    optional("restricted_visibility", Shape::Texts),
    optional("pinned_at", Shape::Time),
    optional("pinned_by_id", Shape::Filled),
    optional("pin_expires", Shape::Time),
    required("created_at", Shape::Time),
    classic("updated_at", Shape::Time),
    optional("deleted_at", Shape::Time),
];

const REACTION: &[Field] = &[
    required("message_id", Shape::Filled),
    required("type", Shape::ReactionType),
    required("user_id", Shape::Filled),
    required("created_at", Shape::Time),
];

/// Keys that only SDKs know, such as `mime_type`, `file_size`, `duration` and `waveform_data`,
/// are custom data to the importer.
pub(super) const ATTACHMENT: &[Field] = &[
    required("type", Shape::Filled),
    optional("image_url", Shape::Url),
    optional("thumb_url", Shape::Url),
    optional("asset_url", Shape::Url),
    optional("migrate_resources", Shape::Flag),
    optional("fallback", Shape::Text),
    optional("color", Shape::Text),
    optional("pretext", Shape::Text),
    optional("author_name", Shape::Text),
    optional("author_link", Shape::Text),
    optional("author_icon", Shape::Text),
    optional("title", Shape::Text),
    optional("title_link", Shape::Text),
    optional("text", Shape::Text),
    optional("footer", Shape::Text),
    optional("footer_icon", Shape::Text),
    optional("og_scrape_url", Shape::Text),
    optional("original_width", Shape::Whole),
    optional("original_height", Shape::Whole),
    optional("size", Shape::Whole),
];

pub(super) const ATTACHMENT_RESERVED: &[&str] = &["actions", "fields"];

/// Names that an item may not use for custom data. Source: classic validator; the current docs
/// only say that there are some.
pub(super) fn reserved(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::User => &["app_pk", "online", "pk", "user_pk", "last_active"],
        Kind::Channel => &[
            "last_message_at",
            "cid",
            "created_by_pk",
            "members",
            "config",
            "app_pk",
            "pk",
        ],
        Kind::Member => &[],
        Kind::Message => &[
            "tmp_id",
            "app_pk",
            "latest_reactions",
            "own_reactions",
            "reactions_count",
            "reply_count",
            "command",
            "pk",
            "quoted_message",
            "pinned_by",
        ],
        Kind::Reaction => &["app_pk", "pk", "user", "user_pk"],
    }
}

const fn required(name: &'static str, shape: Shape) -> Field {
    field(name, shape, Rule::Required)
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    field(name, shape, Rule::Optional)
}

const fn classic(name: &'static str, shape: Shape) -> Field {
    field(name, shape, Rule::Classic)
}

const fn custom(name: &'static str, shape: Shape) -> Field {
    field(name, shape, Rule::Custom)
}

const fn field(name: &'static str, shape: Shape, rule: Rule) -> Field {
    Field { name, shape, rule }
}
