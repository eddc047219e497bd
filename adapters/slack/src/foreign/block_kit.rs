//! Slack's blocks as far as they are read, without `rich_text`. What becomes of them is left to
//! [`crate::contents::blocks`].
//!
//! Source: Slack API reference, "Block Kit" and "Block elements", read 2026-08, and blocks that
//! stand in exports without being documented.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::foreign::File;
use crate::json::lenient::{Text, TextVisitor, Whole, or_default};
use crate::json::loose::{Loose, is_strict};
use crate::text::rich_text_json::RichText;

/// A block of a message.
#[derive(Debug, PartialEq)]
pub(crate) enum Block<'a> {
    /// `rich_text`.
    RichText(RichText<'a>),
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

impl<'de: 'a, 'a> Deserialize<'de> for Block<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if is_strict() {
            return deserializer.deserialize_map(BlockVisitor);
        }
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(match is_rich_text(raw) {
            true => Block::RichText(RichText::of(raw)),
            false => Block::Other(Box::new(Loose::of(raw))),
        })
    }
}

/// Reads a block as it comes, which has to begin by saying what it is, as Slack's do.
struct BlockVisitor;

impl<'de> Visitor<'de> for BlockVisitor {
    type Value = Block<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a block that begins with its type")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Block<'de>, A::Error> {
        if map.next_key::<&str>()? != Some("type") {
            return Err(A::Error::custom("a block without a type"));
        }
        let kind = map.next_value::<&'de str>()?;
        if kind == RICH_TEXT {
            return RichText::behind_type(map).map(Block::RichText);
        }
        let it = Other::deserialize(MapAccessDeserializer::new(map))?;
        if !it.kind.is_empty() {
            return Err(A::Error::duplicate_field("type"));
        }
        let kind = Text(Cow::Borrowed(kind));
        let it = Loose::whole(Other { kind, ..it });
        Ok(Block::Other(Box::new(it)))
    }
}

/// The type of blocks that people write in Slack's editor.
const RICH_TEXT: &str = "rich_text";

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
        serde_json::from_str::<Head<'_>>(text).is_ok_and(|head| &*head.kind == RICH_TEXT)
    })
}

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if is_strict() {
            return Vec::deserialize(deserializer).map(|cells| Row(Some(cells)));
        }
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(Row(Vec::deserialize(raw).ok()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordsVisitor)
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Words<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or an object with one")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Words<'de>, A::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Marked<'a> {
            #[serde(borrow, rename = "type")]
            kind: Text<'a>,
            #[serde(borrow)]
            text: Text<'a>,
        }
        let it = Marked::deserialize(MapAccessDeserializer::new(map))?;
        let (kind, text) = (it.kind, it.text);
        Ok(Words { kind, text })
    }

    fn visit_borrowed_str<E: Error>(self, it: &'de str) -> Result<Words<'de>, E> {
        TextVisitor.visit_borrowed_str(it).map(Words::from)
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Words<'de>, E> {
        TextVisitor.visit_str(it).map(Words::from)
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Words<'de>, E> {
        TextVisitor.visit_u64(it).map(Words::from)
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Words<'de>, E> {
        TextVisitor.visit_i64(it).map(Words::from)
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Words<'de>, E> {
        TextVisitor.visit_f64(it).map(Words::from)
    }

    fn visit_unit<E: Error>(self) -> Result<Words<'de>, E> {
        TextVisitor.visit_unit().map(Words::from)
    }
}

impl<'a> From<Text<'a>> for Words<'a> {
    fn from(text: Text<'a>) -> Self {
        let kind = Text::default();
        Words { kind, text }
    }
}
