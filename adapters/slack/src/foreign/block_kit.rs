//! Slack's blocks as far as they are read, without `rich_text`. What becomes of them is left to
//! [`crate::contents::blocks`].
//!
//! Source: Slack API reference, "Block Kit" and "Block elements", read 2026-08, and blocks that
//! stand in exports without being documented.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::foreign::File;
use crate::json::lenient::{Text, Whole, or_default};
use crate::json::loose::Loose;

/// A block of a message.
#[derive(Debug)]
pub(crate) enum Block<'a> {
    /// `rich_text`, as it stands.
    RichText(&'a RawValue),
    /// Any other.
    Other(Box<Loose<Other<'a>>>),
}

/// A block that is not `rich_text`, with the fields of all of them.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Other<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) text: Words<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) fields: Vec<Loose<Words<'a>>>,
    #[serde(borrow)]
    pub(crate) accessory: Option<Loose<Node<'a>>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) elements: Vec<Loose<Node<'a>>>,
    /// Of an `input`.
    #[serde(borrow)]
    pub(crate) element: Option<Loose<Node<'a>>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) label: Words<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) hint: Words<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) title: Words<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) description: Words<'a>,
    #[serde(borrow)]
    pub(crate) image_url: Text<'a>,
    #[serde(borrow)]
    pub(crate) alt_text: Text<'a>,
    pub(crate) image_width: Whole,
    pub(crate) image_height: Whole,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) slack_file: SlackFile<'a>,
    #[serde(borrow)]
    pub(crate) title_url: Text<'a>,
    #[serde(borrow)]
    pub(crate) video_url: Text<'a>,
    #[serde(borrow)]
    pub(crate) thumbnail_url: Text<'a>,
    #[serde(borrow)]
    pub(crate) author_name: Text<'a>,
    #[serde(borrow)]
    pub(crate) provider_name: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) rows: Vec<Row<'a>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) column_settings: Vec<Loose<Column<'a>>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) call: Call<'a>,
    #[serde(borrow)]
    pub(crate) file: Option<Loose<File<'a>>>,
    #[serde(borrow)]
    pub(crate) file_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) fallback: Text<'a>,
}

/// A row of a table: its cells, which are empty for null. `None` for what is no list.
#[derive(Debug, PartialEq)]
pub(crate) struct Row<'a>(pub(crate) Option<Vec<Option<Block<'a>>>>);

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(Row(Vec::deserialize(raw).ok()))
    }
}

/// A text, which may stand for itself or in an object that says how it is marked up.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Words<'a> {
    /// `mrkdwn`, `plain_text` or what else Slack writes; empty for a text that stands for itself.
    pub(crate) kind: Text<'a>,
    /// The text.
    pub(crate) text: Text<'a>,
}

/// An element of a block, of `rich_text`, or a cell of a table, with the fields of all of them.
///
/// Elements within elements are read as strictly as JSON is, so that the parser's own limit
/// bounds how deep they go.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Node<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) text: Words<'a>,
    #[serde(borrow)]
    pub(crate) url: Text<'a>,
    #[serde(borrow)]
    pub(crate) image_url: Text<'a>,
    #[serde(borrow)]
    pub(crate) alt_text: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) slack_file: SlackFile<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) placeholder: Words<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) initial_option: Choice<'a>,
    #[serde(borrow)]
    pub(crate) initial_value: Text<'a>,
    #[serde(borrow)]
    pub(crate) initial_date: Text<'a>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) options: Vec<Choice<'a>>,
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) elements: Vec<Node<'a>>,
    /// Of an emoji.
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) user_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) channel_id: Text<'a>,
    /// Of a broadcast.
    #[serde(borrow)]
    pub(crate) range: Text<'a>,
    #[serde(borrow)]
    pub(crate) fallback: Text<'a>,
    #[serde(borrow)]
    pub(crate) value: Text<'a>,
}

/// A choice of a menu.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Choice<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) text: Words<'a>,
}

/// A file of the workspace in place of an address.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct SlackFile<'a> {
    #[serde(borrow)]
    pub(crate) url: Text<'a>,
}

/// How a column of a table is shown.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Column<'a> {
    #[serde(borrow)]
    pub(crate) align: Text<'a>,
}

/// A call.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Call<'a> {
    #[serde(borrow, deserialize_with = "or_default")]
    pub(crate) v1: CallDetails<'a>,
}

/// What is known of a call.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct CallDetails<'a> {
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    #[serde(borrow)]
    pub(crate) join_url: Text<'a>,
}

impl PartialEq for Block<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Block::RichText(one), Block::RichText(other)) => one.get() == other.get(),
            (Block::Other(one), Block::Other(other)) => one == other,
            _ => false,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Block<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        if is_rich_text(raw) {
            return Ok(Block::RichText(raw));
        }
        Ok(Block::Other(Box::new(Loose::of(raw))))
    }
}

/// Whether a block is `rich_text`. Nine of ten are, and begin by saying so.
fn is_rich_text(raw: &RawValue) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Head<'a> {
        #[serde(borrow, rename = "type")]
        kind: Text<'a>,
    }
    let text = raw.get();
    let starts_so = |text: &str| {
        let rest = text.strip_prefix('{')?.trim_start();
        let rest = rest.strip_prefix("\"type\"")?.trim_start();
        let rest = rest.strip_prefix(':')?.trim_start();
        Some(rest.starts_with("\"rich_text\""))
    };
    starts_so(text).unwrap_or_else(|| {
        serde_json::from_str::<Head<'_>>(text).is_ok_and(|head| &*head.kind == "rich_text")
    })
}

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Marked<'a> {
            #[serde(borrow, rename = "type")]
            kind: Text<'a>,
            #[serde(borrow)]
            text: Text<'a>,
        }
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        let is_object = raw.get().starts_with('{');
        let read = match is_object {
            true => Marked::deserialize(raw).map(|it| (it.kind, it.text)),
            false => Text::deserialize(raw).map(|text| (Text::default(), text)),
        };
        let (kind, text) = read.map_err(serde::de::Error::custom)?;
        Ok(Words { kind, text })
    }
}
