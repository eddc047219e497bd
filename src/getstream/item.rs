//! The items of an import file, as both spellings share them.
//!
//! An empty text or list means that the field is absent. Custom data is encoded already (see
//! [`custom`](super::custom)).

use migrate_model::{MessageKind, Text, Time};

/// How an item names its channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelRef {
    /// `channel_type` and `channel_id`.
    Id {
        /// The channel's type.
        channel_type: Box<str>,
        /// The channel's id.
        id: Box<str>,
    },
    /// `channel_type` and `channel_member_ids`: a distinct channel.
    Distinct {
        /// The channel's type.
        channel_type: Box<str>,
        /// The members, sorted.
        member_ids: Box<[Box<str>]>,
    },
}

/// The item of a user.
#[derive(Clone, Debug, Default)]
pub struct User<'a> {
    /// `id`
    pub id: Text<'a>,
    /// `name`
    pub name: Text<'a>,
    /// `image`
    pub image: Text<'a>,
    /// `role`
    pub role: Text<'a>,
    /// `teams`
    pub teams: Vec<Text<'a>>,
    /// `invisible`
    pub invisible: bool,
    /// `language`
    pub language: Text<'a>,
    /// `created_at`
    pub created_at: Option<Time>,
    /// `updated_at`, in the array only
    pub updated_at: Option<Time>,
    /// `deactivated_at`
    pub deactivated_at: Option<Time>,
    /// `deleted_at`
    pub deleted_at: Option<Time>,
    /// `user_mutes`
    pub user_mutes: Vec<Text<'a>>,
    /// `channel_mutes`, as `type:id`
    pub channel_mutes: Vec<Text<'a>>,
    /// `blocked_user_ids`
    pub blocked_user_ids: Vec<Text<'a>>,
    /// Custom data
    pub custom: &'a [u8],
}

/// The item of a channel.
#[derive(Clone, Debug)]
pub struct Channel<'a> {
    /// `type` with `id` or `member_ids`
    pub channel: &'a ChannelRef,
    /// `created_by`
    pub created_by: &'a str,
    /// Everything else, encoded
    pub details: &'a [u8],
}

/// What a channel item has beyond its id and who made it.
#[derive(Clone, Debug, Default)]
pub struct ChannelDetails<'a> {
    /// `name`
    pub name: Text<'a>,
    /// `image`
    pub image: Text<'a>,
    /// `team`
    pub team: Text<'a>,
    /// `frozen`
    pub frozen: bool,
    /// `disabled`
    pub disabled: bool,
    /// `created_at`
    pub created_at: Option<Time>,
    /// `updated_at`, in the array only
    pub updated_at: Option<Time>,
    /// `truncated_at`
    pub truncated_at: Option<Time>,
    /// `banned_users`
    pub banned_users: Vec<Text<'a>>,
    /// Custom data
    pub custom: &'a [u8],
}

/// The item of a member.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The channel
    pub channel: &'a ChannelRef,
    /// `user_id`
    pub user_id: &'a str,
    /// Everything else, encoded
    pub details: &'a [u8],
}

/// What a member item has beyond its channel and user.
#[derive(Clone, Debug, Default)]
pub struct MemberDetails<'a> {
    /// `channel_role`
    pub channel_role: Text<'a>,
    /// `created_at`
    pub created_at: Option<Time>,
    /// `last_read`
    pub last_read: Option<Time>,
    /// `invited`
    pub invited: bool,
    /// `invite_accepted_at`
    pub invite_accepted_at: Option<Time>,
    /// `invite_rejected_at`
    pub invite_rejected_at: Option<Time>,
    /// `hide_channel`
    pub hide_channel: bool,
    /// `hide_messages_before`
    pub hide_messages_before: Option<Time>,
    /// `archived_at`
    pub archived_at: Option<Time>,
    /// Custom data
    pub custom: &'a [u8],
}

/// The item of a message. The channel's reference is given encoded, since it is the same for all
/// messages of a channel.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// `id`
    pub id: Text<'a>,
    /// `channel_type` with `channel_id` or `channel_member_ids`, encoded
    pub channel: &'a [u8],
    /// `user`
    pub user: Text<'a>,
    /// Decides `type`, together with the parent and the spelling
    pub kind: MessageKind,
    /// `text`
    pub text: Text<'a>,
    /// `attachments`
    pub attachments: &'a [Attachment<'a>],
    /// `parent_id`
    pub parent_id: Text<'a>,
    /// `show_in_channel`
    pub show_in_channel: bool,
    /// `quoted_message_id`
    pub quoted_message_id: Text<'a>,
    /// `mentioned_users_ids`
    pub mentioned_users_ids: Vec<Text<'a>>,
    /// `mentioned_channel`
    pub mentioned_channel: bool,
    /// `mentioned_here`
    pub mentioned_here: bool,
    /// `restricted_visibility`
    pub restricted_visibility: Vec<Text<'a>>,
    /// `pinned_at`, with `pinned_by_id`
    pub pinned_at: Option<Time>,
    /// `pinned_by_id`, with `pinned_at`
    pub pinned_by_id: Text<'a>,
    /// `pin_expires`
    pub pin_expires: Option<Time>,
    /// `created_at`
    pub created_at: Time,
    /// `updated_at`, in the array only
    pub updated_at: Option<Time>,
    /// `deleted_at`
    pub deleted_at: Option<Time>,
    /// Custom data
    pub custom: &'a [u8],
}

/// An attachment of a message. Names as Stream's SDKs read them, 2026-07.
#[derive(Clone, Debug, Default)]
pub struct Attachment<'a> {
    /// `type`
    pub kind: Text<'a>,
    /// `image_url`
    pub image_url: Text<'a>,
    /// `thumb_url`
    pub thumb_url: Text<'a>,
    /// `asset_url`
    pub asset_url: Text<'a>,
    /// `title`
    pub title: Text<'a>,
    /// `title_link`
    pub title_link: Text<'a>,
    /// `og_scrape_url`
    pub og_scrape_url: Text<'a>,
    /// `text`
    pub text: Text<'a>,
    /// `author_name`
    pub author_name: Text<'a>,
    /// `author_link`
    pub author_link: Text<'a>,
    /// `author_icon`
    pub author_icon: Text<'a>,
    /// `color`
    pub color: Text<'a>,
    /// `footer`
    pub footer: Text<'a>,
    /// `mime_type`
    pub mime_type: Text<'a>,
    /// `file_size`, in bytes
    pub file_size: Option<u64>,
    /// `duration`, in seconds
    pub duration: Option<f64>,
    /// `original_width`, in pixels
    pub original_width: Option<u64>,
    /// `original_height`, in pixels
    pub original_height: Option<u64>,
    /// `waveform_data`, each from 0 to 1
    pub waveform_data: Vec<f64>,
    /// `migrate_resources`
    pub migrate_resources: bool,
    /// Custom data
    pub custom: Vec<u8>,
}

/// The item of a reaction.
#[derive(Clone, Debug)]
pub struct Reaction<'a> {
    /// `message_id`
    pub message_id: Text<'a>,
    /// `type`
    pub reaction_type: Text<'a>,
    /// `user_id`
    pub user_id: Text<'a>,
    /// `created_at`
    pub created_at: Time,
    /// Custom data
    pub custom: &'a [u8],
}
