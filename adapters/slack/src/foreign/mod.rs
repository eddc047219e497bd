//! Slack's JSON as far as it is read. What it means is left to the mapping.
//!
//! Every field may be absent. Source: Slack help, "How to read Slack data exports", and Slack's
//! API reference, "message event", read 2026-08.

pub(crate) mod attached;
pub(crate) mod block_kit;

use serde::Deserialize;

use crate::foreign::attached::Attached;
use crate::foreign::block_kit::Block;
use crate::json::fill::{fields, filled_by_value};
use crate::json::lenient::{Count, Flag, Stamp, Text, Whole, or_default};
use crate::json::loose::{Lone, Loose, Told};

/// An element of `users.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct User<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) real_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) team_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) tz: Text<'a>,
    pub(crate) deleted: Flag,
    pub(crate) is_bot: Flag,
    pub(crate) is_app_user: Flag,
    pub(crate) is_admin: Flag,
    pub(crate) is_owner: Flag,
    pub(crate) is_primary_owner: Flag,
    /// A guest.
    pub(crate) is_restricted: Flag,
    /// A guest in one channel; such a guest is `is_restricted` as well.
    pub(crate) is_ultra_restricted: Flag,
    /// Of another organisation, met in a shared channel.
    pub(crate) is_stranger: Flag,
    /// Seconds since 1970.
    pub(crate) updated: Whole,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) profile: Account<'a>,
}

/// The `profile` of a user of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Account<'a> {
    #[serde(borrow)]
    pub(crate) display_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) real_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) email: Text<'a>,
    #[serde(borrow)]
    pub(crate) first_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) last_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) phone: Text<'a>,
    #[serde(borrow)]
    pub(crate) pronouns: Text<'a>,
    #[serde(borrow)]
    pub(crate) start_date: Text<'a>,
    #[serde(borrow)]
    pub(crate) status_emoji: Text<'a>,
    #[serde(borrow)]
    pub(crate) status_text: Text<'a>,
    #[serde(borrow)]
    pub(crate) title: Text<'a>,
    #[serde(borrow)]
    pub(crate) image_original: Text<'a>,
    #[serde(borrow)]
    pub(crate) image_512: Text<'a>,
    #[serde(borrow)]
    pub(crate) image_192: Text<'a>,
    #[serde(borrow)]
    pub(crate) image_72: Text<'a>,
    #[serde(borrow)]
    pub(crate) bot_id: Text<'a>,
}

/// The `user_profile` that comes with a message.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Profile<'a> {
    #[serde(borrow)]
    pub(crate) display_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) real_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) image_72: Text<'a>,
    #[serde(borrow)]
    pub(crate) team: Text<'a>,
}

/// An element of `channels.json`, `groups.json`, `mpims.json` or `dms.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Conversation<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) creator: Text<'a>,
    /// Seconds since 1970.
    pub(crate) created: Whole,
    /// Milliseconds since 1970.
    pub(crate) updated: Whole,
    pub(crate) is_archived: Flag,
    pub(crate) is_general: Flag,
    /// Not for everybody.
    pub(crate) is_private: Flag,
    /// Shared with another organisation.
    pub(crate) is_ext_shared: Flag,
    /// Shared by workspaces of one organisation.
    pub(crate) is_org_shared: Flag,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) members: Vec<Text<'a>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) topic: Topic<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) purpose: Topic<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) pins: Vec<Option<ListedPin<'a>>>,
}

/// An element of a conversation's `pins`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListedPin<'a> {
    /// The `ts` of a message; of a pinned file its id.
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    /// Who pinned it.
    #[serde(borrow)]
    pub(crate) user: Text<'a>,
    /// Seconds since 1970.
    pub(crate) created: Whole,
}

/// A canvas, a list or a transcript, in a list of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Document<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    pub(crate) title: Text<'a>,
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
}

filled_by_value!(User, Conversation, Document);

/// The topic or the purpose of a conversation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Topic<'a> {
    #[serde(borrow)]
    pub(crate) value: Text<'a>,
}

/// An element of a day file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Message<'a> {
    pub(crate) kind: Text<'a>,
    pub(crate) subtype: Text<'a>,
    pub(crate) ts: Stamp,
    pub(crate) user: Text<'a>,
    pub(crate) bot_id: Text<'a>,
    pub(crate) username: Text<'a>,
    pub(crate) text: Text<'a>,
    /// The author's workspace, as `user_team`.
    pub(crate) team: Text<'a>,
    pub(crate) user_team: Text<'a>,
    pub(crate) thread_ts: Stamp,
    pub(crate) parent_user_id: Text<'a>,
    pub(crate) reply_count: Whole,
    pub(crate) replies: Count,
    pub(crate) latest_reply: Stamp,
    pub(crate) edited: Option<Edited<'a>>,
    /// Whether the thread takes no more replies.
    pub(crate) is_locked: Flag,
    /// Who asked somebody in, in a join.
    pub(crate) inviter: Text<'a>,
    /// What a change of the topic, the purpose or the name of a channel is about.
    pub(crate) topic: Text<'a>,
    pub(crate) purpose: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) files: Told<Loose<File<'a>>>,
    pub(crate) file: Option<Box<File<'a>>>,
    pub(crate) reactions: Told<Loose<Reaction<'a>>>,
    pub(crate) user_profile: Option<Box<Profile<'a>>>,
    pub(crate) bot_profile: Option<Box<BotProfile<'a>>>,
    /// The picture that a bot chose for this message.
    pub(crate) icons: Option<Box<Icons<'a>>>,
    /// The call or huddle that the message is about.
    pub(crate) room: Option<Box<Room<'a>>>,
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) attachments: Vec<Loose<Attached<'a>>>,
    /// The conversations to which it is pinned.
    pub(crate) pinned_to: Told<Lone<Text<'a>>>,
    pub(crate) pinned_info: Option<Box<PinnedInfo<'a>>>,
    pub(crate) comment: Option<Box<Comment<'a>>>,
    /// The new state, in a `message_changed`.
    pub(crate) message: Option<Box<Message<'a>>>,
    /// The old state, in a `message_deleted`.
    pub(crate) previous_message: Option<Box<Message<'a>>>,
    /// The old state, as Slack's help names it for exports that keep edits.
    pub(crate) previous: Option<Box<Message<'a>>>,
    /// The same.
    pub(crate) original: Option<Box<Message<'a>>>,
    /// The message that a `message_deleted` is about.
    pub(crate) deleted_ts: Stamp,
}

fields!(Message {
    "type" => kind,
    "subtype" => subtype,
    "ts" => ts,
    "user" => user,
    "bot_id" => bot_id,
    "username" => username,
    "text" => text,
    "team" => team,
    "user_team" => user_team,
    "thread_ts" => thread_ts,
    "parent_user_id" => parent_user_id,
    "reply_count" => reply_count,
    "replies" => replies,
    "latest_reply" => latest_reply,
    "edited" => edited,
    "is_locked" => is_locked,
    "inviter" => inviter,
    "topic" => topic,
    "purpose" => purpose,
    "name" => name,
    "files" => files,
    "file" => file,
    "reactions" => reactions,
    "user_profile" => user_profile,
    "bot_profile" => bot_profile,
    "icons" => icons,
    "room" => room,
    "blocks" => blocks or_empty,
    "attachments" => attachments or_empty,
    "pinned_to" => pinned_to,
    "pinned_info" => pinned_info,
    "comment" => comment,
    "message" => message,
    "previous_message" => previous_message,
    "previous" => previous,
    "original" => original,
    "deleted_ts" => deleted_ts,
});

/// As much of a message as tells about people.
#[derive(Debug, Default)]
pub(crate) struct Sighting<'a> {
    pub(crate) kind: Text<'a>,
    pub(crate) ts: Stamp,
    pub(crate) user: Text<'a>,
    pub(crate) bot_id: Text<'a>,
    pub(crate) username: Text<'a>,
    pub(crate) text: Text<'a>,
    pub(crate) team: Text<'a>,
    pub(crate) user_team: Text<'a>,
    pub(crate) user_profile: Option<Box<Profile<'a>>>,
    pub(crate) bot_profile: Option<Box<BotProfile<'a>>>,
    pub(crate) icons: Option<Box<Icons<'a>>>,
    /// The new state, in a `message_changed`, whole: what is wrong in it costs all of it here as it
    /// does in a [`Message`].
    pub(crate) message: Option<Box<Message<'a>>>,
    pub(crate) previous_message: Option<Box<Message<'a>>>,
    pub(crate) previous: Option<Box<Message<'a>>>,
    pub(crate) original: Option<Box<Message<'a>>>,
}

fields!(Sighting {
    "type" => kind,
    "ts" => ts,
    "user" => user,
    "bot_id" => bot_id,
    "username" => username,
    "text" => text,
    "team" => team,
    "user_team" => user_team,
    "user_profile" => user_profile,
    "bot_profile" => bot_profile,
    "icons" => icons,
    "message" => message,
    "previous_message" => previous_message,
    "previous" => previous,
    "original" => original,
});

impl<'a> Message<'a> {
    /// The states of the message that an event is about.
    pub(crate) fn nested(&self) -> impl Iterator<Item = &Message<'a>> {
        let states = [
            &self.message,
            &self.previous_message,
            &self.previous,
            &self.original,
        ];
        states.into_iter().filter_map(|it| it.as_deref())
    }
}

impl<'a> Sighting<'a> {
    /// The same.
    pub(crate) fn nested(&self) -> impl Iterator<Item = &Message<'a>> {
        let states = [
            &self.message,
            &self.previous_message,
            &self.previous,
            &self.original,
        ];
        states.into_iter().filter_map(|it| it.as_deref())
    }
}

/// That a message was edited.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Edited<'a> {
    pub(crate) ts: Stamp,
    #[serde(borrow)]
    pub(crate) user: Text<'a>,
}

/// The pictures that a bot chose for a message.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Icons<'a> {
    #[serde(borrow)]
    pub(crate) image_72: Text<'a>,
    #[serde(borrow)]
    pub(crate) image_64: Text<'a>,
    #[serde(borrow)]
    pub(crate) image_48: Text<'a>,
}

/// A call or a huddle.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Room<'a> {
    #[serde(borrow)]
    pub(crate) created_by: Text<'a>,
    /// Seconds since 1970.
    pub(crate) date_start: Whole,
    /// Seconds since 1970; 0 while it lasts.
    pub(crate) date_end: Whole,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) participants: Vec<Text<'a>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) participant_history: Vec<Text<'a>>,
}

/// The bot that wrote a message.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct BotProfile<'a> {
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
}

/// Who pinned a message.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct PinnedInfo<'a> {
    #[serde(borrow)]
    pub(crate) pinned_by: Text<'a>,
    /// Seconds since 1970.
    pub(crate) pinned_ts: Whole,
}

/// The comment in an old `file_comment`.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Comment<'a> {
    #[serde(borrow)]
    pub(crate) user: Text<'a>,
    #[serde(borrow)]
    pub(crate) comment: Text<'a>,
}

/// An element of `reactions`.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Reaction<'a> {
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) users: Vec<Lone<Text<'a>>>,
    pub(crate) count: Whole,
}

/// An element of `files`.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct File<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    pub(crate) mode: Text<'a>,
    #[serde(borrow)]
    pub(crate) subtype: Text<'a>,
    #[serde(borrow)]
    pub(crate) file_access: Text<'a>,
    #[serde(borrow)]
    pub(crate) title: Text<'a>,
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) mimetype: Text<'a>,
    /// Slack's own word for the type, such as `png`.
    #[serde(borrow)]
    pub(crate) filetype: Text<'a>,
    pub(crate) size: Whole,
    pub(crate) duration_ms: Whole,
    pub(crate) original_w: Whole,
    pub(crate) original_h: Whole,
    #[serde(borrow)]
    pub(crate) url_private: Text<'a>,
    #[serde(borrow)]
    pub(crate) url_private_download: Text<'a>,
    #[serde(borrow)]
    pub(crate) permalink: Text<'a>,
    #[serde(borrow)]
    pub(crate) thumb_video: Text<'a>,
    #[serde(borrow)]
    pub(crate) alt_txt: Text<'a>,
    /// Seconds since 1970.
    pub(crate) created: Whole,
    /// The start of a snippet or post.
    #[serde(borrow)]
    pub(crate) preview: Text<'a>,
    pub(crate) preview_is_truncated: Flag,
    /// How many lines of a snippet the preview lacks.
    pub(crate) lines_more: Whole,
    /// The text of an e-mail.
    #[serde(borrow)]
    pub(crate) plain_text: Text<'a>,
    #[serde(borrow)]
    pub(crate) preview_plain_text: Text<'a>,
    /// Who sent an e-mail.
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) from: Vec<Loose<MailAddress<'a>>>,
    /// Who got it.
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) to: Vec<Loose<MailAddress<'a>>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) cc: Vec<Loose<MailAddress<'a>>>,
    #[serde(borrow)]
    pub(crate) subject: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) transcription: Transcription<'a>,
    /// The loudness of a recording over its length, each from 0 to 100.
    #[serde(deserialize_with = "or_default")]
    pub(crate) audio_wave_samples: Vec<Whole>,
}

/// Somebody who sent or got an e-mail.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct MailAddress<'a> {
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) original: Text<'a>,
    #[serde(borrow)]
    pub(crate) address: Text<'a>,
}

/// What was said in a recording, as far as the export tells.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Transcription<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) preview: TranscriptPreview<'a>,
}

/// The start of a transcript.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct TranscriptPreview<'a> {
    #[serde(borrow)]
    pub(crate) content: Text<'a>,
    pub(crate) has_more: Flag,
}
