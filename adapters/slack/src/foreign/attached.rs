//! An element of a message's `attachments` as far as it is read. What becomes of it is left to
//! [`crate::contents::attachments`].
//!
//! Source: Slack API reference, "Legacy: Secondary message attachments", read 2026-08, and fields
//! of link previews and shared messages that stand in exports without being documented.

use serde::Deserialize;

use crate::foreign::File;
use crate::foreign::block_kit::Block;
use crate::json::lenient::{Count, Flag, Stamp, Text, Whole, or_default};
use crate::json::loose::Loose;

/// A report of an app, a link preview or a shared message.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Attached<'a> {
    #[serde(borrow)]
    pub(crate) fallback: Text<'a>,
    #[serde(borrow)]
    pub(crate) pretext: Text<'a>,
    #[serde(borrow)]
    pub(crate) title: Text<'a>,
    #[serde(borrow)]
    pub(crate) title_link: Text<'a>,
    #[serde(borrow)]
    pub(crate) text: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) fields: Vec<Loose<Field<'a>>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) actions: Vec<Loose<Action<'a>>>,
    /// Which fields are mrkdwn; `None` where Slack does not say.
    #[serde(borrow)]
    pub(crate) mrkdwn_in: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(crate) author_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) author_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) author_subname: Text<'a>,
    #[serde(borrow)]
    pub(crate) author_link: Text<'a>,
    #[serde(borrow)]
    pub(crate) author_icon: Text<'a>,
    #[serde(borrow)]
    pub(crate) image_url: Text<'a>,
    pub(crate) image_width: Whole,
    pub(crate) image_height: Whole,
    #[serde(borrow)]
    pub(crate) thumb_url: Text<'a>,
    #[serde(borrow)]
    pub(crate) footer: Text<'a>,
    pub(crate) ts: Stamp,
    #[serde(borrow)]
    pub(crate) color: Text<'a>,
    #[serde(borrow)]
    pub(crate) service_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) from_url: Text<'a>,
    #[serde(borrow)]
    pub(crate) original_url: Text<'a>,
    pub(crate) is_msg_unfurl: Flag,
    pub(crate) is_share: Flag,
    #[serde(borrow)]
    pub(crate) channel_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) channel_name: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) files: Vec<Loose<File<'a>>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) blocks: Vec<Block<'a>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) message_blocks: Vec<Loose<MessageBlocks<'a>>>,
    /// How many attachments hang on it, as on a shared message. They are not read.
    #[serde(rename = "attachments")]
    pub(crate) nested: Count,
}

/// A row of a report.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Field<'a> {
    #[serde(borrow)]
    pub(crate) title: Text<'a>,
    #[serde(borrow)]
    pub(crate) value: Text<'a>,
}

/// A button or a menu.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Action<'a> {
    #[serde(borrow)]
    pub(crate) text: Text<'a>,
    #[serde(borrow)]
    pub(crate) url: Text<'a>,
}

/// The blocks of a shared message.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct MessageBlocks<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) message: SharedBlocks<'a>,
}

/// See [`MessageBlocks`].
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct SharedBlocks<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) blocks: Vec<Block<'a>>,
}
