//! Reads back an entry that this program wrote, and changes one that is not written yet.
//!
//! Only the rare cases come here: a message that a later part needs again, a reply whose time or
//! parent has to be mended, a quote that cannot stand. The fields keep their order and bytes.

use std::borrow::Cow;
use std::fmt;

use anyhow::{Context, Result};
use migrate_model::{Kind, MessageKind, Time};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Spelling;
use super::json::Object;

/// What a written message refers to, by Stream id.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessageRefs {
    /// Who wrote it.
    pub user: String,
    /// Who is mentioned.
    pub mentioned_users_ids: Vec<String>,
    /// Who may see it.
    pub restricted_visibility: Vec<String>,
    /// Who pinned it.
    pub pinned_by_id: Option<String>,
    /// Its parent.
    pub parent_id: Option<String>,
    /// The message it quotes.
    pub quoted_message_id: Option<String>,
    /// Its text.
    pub text: String,
    /// Its id.
    pub id: String,
}

/// Either spelling's envelope.
#[derive(Deserialize)]
struct Envelope<T> {
    #[serde(alias = "data")]
    item: T,
}

impl MessageRefs {
    /// Reads a message's entry.
    ///
    /// # Errors
    /// If the bytes are not an entry, which means that a work file was changed from outside.
    pub fn of(entry: &[u8]) -> Result<MessageRefs> {
        let entry: Envelope<MessageRefs> =
            serde_json::from_slice(entry).context("could not read back a message")?;
        Ok(entry.item)
    }

    /// All users that it refers to.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.user)
            .chain(&self.mentioned_users_ids)
            .chain(&self.restricted_visibility)
            .chain(&self.pinned_by_id)
            .map(String::as_str)
    }
}

/// The id of a message's entry, which stands first in it.
///
/// # Errors
/// If the bytes are not an entry.
pub fn message_id(spelling: Spelling, entry: &[u8]) -> Result<String> {
    let start = spelling.open(Kind::Message).len() + br#"{"id":"#.len();
    let rest = entry.get(start..).unwrap_or_default();
    let mut id = serde_json::Deserializer::from_slice(rest);
    String::deserialize(&mut id).context("could not read back a message")
}

/// Changes to a message's entry before it is written.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    /// A later time; the old one is kept as `source_created_at`.
    pub created_at: Option<Time>,
    /// Another parent (the old one is kept as `source_parent_id`), or none.
    pub parent_id: Option<Option<&'a str>>,
    /// What becomes of the quote.
    pub quote: Option<Unquote<'a>>,
}

/// What becomes of a quote that cannot stand.
#[derive(Debug)]
pub enum Unquote<'a> {
    /// Its text goes above the message's own.
    Text(&'a str),
    /// The message is not there: what the entry has as [`QUOTED_TEXT`] goes above its text, and the
    /// id is kept as `source_quoted_message_id`.
    Unknown,
}

/// The custom field of a message that holds what the quoted message says.
pub const QUOTED_TEXT: &str = "source_quoted_text";

/// Makes the changed entry of a message.
///
/// # Errors
/// If the bytes are not an entry.
pub fn change(
    spelling: Spelling,
    entry: &[u8],
    changes: &Changes<'_>,
    max_text_chars: usize,
) -> Result<Vec<u8>> {
    let Envelope {
        item: Fields(fields),
    } = serde_json::from_slice(entry).context("could not read back a message")?;
    let mut out = Vec::with_capacity(entry.len() + 128);
    out.extend_from_slice(spelling.open(Kind::Message).as_bytes());
    let mut object = Object::begin(&mut out);
    let mut extra = Vec::new();
    let is_orphaned = changes.parent_id == Some(None);
    let known: Option<String> = fields
        .iter()
        .find(|(name, _)| name == QUOTED_TEXT)
        .and_then(|(_, text)| serde_json::from_str(text.get()).ok());
    let quoted = match &changes.quote {
        Some(Unquote::Text(text)) if !text.is_empty() => Some(*text),
        Some(_) => known.as_deref(),
        None => None,
    };
    for (name, value) in &fields {
        match (name.as_ref(), changes) {
            (
                "created_at",
                Changes {
                    created_at: Some(time),
                    ..
                },
            ) => {
                object.time("created_at", Some(*time));
                extra.push(("source_created_at", *value));
            }
            (
                "parent_id",
                Changes {
                    parent_id: Some(parent),
                    ..
                },
            ) => {
                if let Some(parent) = parent {
                    object.text("parent_id", parent);
                }
                extra.push(("source_parent_id", *value));
            }
            ("type", _) if is_orphaned && value.get() == r#""reply""# => {
                object.text("type", "regular");
            }
            ("show_in_channel", _) if is_orphaned => {}
            ("quoted_message_id", Changes { quote: Some(_), .. }) => {
                extra.push(("source_quoted_message_id", *value));
            }
            ("text" | QUOTED_TEXT, _) if quoted.is_some() => {}
            (name, _) => object
                .any_key(name)
                .extend_from_slice(value.get().as_bytes()),
        }
    }
    if let Some(quoted) = quoted {
        let own = fields.iter().find(|(name, _)| name == "text");
        let own: String = own.map_or(Ok(String::new()), |(_, text)| {
            serde_json::from_str(text.get())
        })?;
        object.text("text", &with_quote(quoted, &own, max_text_chars));
    }
    for (name, value) in extra {
        // A thing changed twice keeps what it was at first.
        if !fields.iter().any(|(known, _)| known == name) {
            object.key(name).extend_from_slice(value.get().as_bytes());
        }
    }
    object.end();
    out.push(b'}');
    Ok(out)
}

/// Makes the entry of a reaction with another time.
///
/// # Errors
/// If the bytes are not an entry.
pub fn with_time(spelling: Spelling, entry: &[u8], time: Time) -> Result<Vec<u8>> {
    let Envelope {
        item: Fields(fields),
    } = serde_json::from_slice(entry).context("could not read back a reaction")?;
    let mut out = Vec::with_capacity(entry.len());
    out.extend_from_slice(spelling.open(Kind::Reaction).as_bytes());
    let mut object = Object::begin(&mut out);
    for (name, value) in &fields {
        match name.as_ref() {
            "created_at" => object.time("created_at", Some(time)),
            name => object
                .any_key(name)
                .extend_from_slice(value.get().as_bytes()),
        }
    }
    object.end();
    out.push(b'}');
    Ok(out)
}

/// Puts a quoted text above another, each line marked, as much of it as there is room for.
pub fn with_quote(quoted: &str, own: &str, max_chars: usize) -> String {
    // Two for the blank line between.
    let room = max_chars.saturating_sub(own.chars().count() + 2);
    let mut text = String::new();
    let mut used = 0;
    for line in quoted.lines() {
        let chars = line.chars().count() + 3;
        if used + chars > room {
            break;
        }
        used += chars;
        text.push_str("> ");
        text.push_str(line);
        text.push('\n');
    }
    if !text.is_empty() && !own.is_empty() {
        text.push('\n');
    }
    text.push_str(own);
    text
}

/// An object's fields in their order, the values as they stand.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    fields.push((Cow::Owned(name), value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// How a root is made that the source does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingParents {
    /// As a deleted message.
    #[default]
    Deleted,
    /// As a message that says so.
    Placeholder,
}

/// The entry of a root that the source does not hold, though replies to it were found.
pub struct MissingRoot<'a> {
    /// Its id.
    pub id: &'a str,
    /// The channel, encoded as in [`Message::channel`](super::item::Message::channel).
    pub channel: &'a [u8],
    /// Who wrote it.
    pub user: &'a str,
    /// When it was written.
    pub created_at: Time,
    /// What it is made as.
    pub made_as: MissingParents,
}

/// The text of a root that is made as a placeholder; shorter than every limit of texts.
const PLACEHOLDER: &str = "This message was not in the export.";

impl MissingRoot<'_> {
    /// Encodes it.
    pub fn encode(&self, spelling: Spelling) -> Vec<u8> {
        let mut out = Vec::new();
        let is_deleted = self.made_as == MissingParents::Deleted;
        let (kind, text) = match self.made_as {
            MissingParents::Deleted => (MessageKind::Deleted, ""),
            MissingParents::Placeholder => (MessageKind::Regular, PLACEHOLDER),
        };
        spelling.message(
            &mut out,
            &super::item::Message {
                id: self.id.into(),
                channel: self.channel,
                user: self.user.into(),
                kind,
                text: text.into(),
                attachments: &[],
                parent_id: "".into(),
                show_in_channel: false,
                quoted_message_id: "".into(),
                mentioned_users_ids: Vec::new(),
                mentioned_channel: false,
                mentioned_here: false,
                restricted_visibility: Vec::new(),
                pinned_at: None,
                pinned_by_id: "".into(),
                pin_expires: None,
                created_at: self.created_at,
                updated_at: None,
                deleted_at: is_deleted.then_some(self.created_at),
                custom: b"\"source_missing\":true",
            },
        );
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(entry: &str, changes: &Changes<'_>, expected: &str) {
        let changed = change(Spelling::Array, entry.as_bytes(), changes, 100).unwrap();
        assert_eq!(String::from_utf8(changed).unwrap(), expected);
    }

    #[test]
    fn the_id_of_a_message_is_read_from_its_start() {
        for spelling in [Spelling::Array, Spelling::Jsonl] {
            let root = MissingRoot {
                id: "a\"\u{1}é",
                channel: b"",
                user: "u",
                created_at: Time::EPOCH,
                made_as: MissingParents::Deleted,
            };
            let id = message_id(spelling, &root.encode(spelling)).unwrap();
            assert_eq!(id, root.id);
        }
    }

    #[test]
    fn a_later_time_keeps_the_old_one_beside_it() {
        check(
            r#"{"type":"message","item":{"id":"a","created_at":"X","n":[1, 2]}}"#,
            &Changes {
                created_at: Some(Time::EPOCH),
                ..Changes::default()
            },
            r#"{"type":"message","item":{"id":"a","created_at":"1970-01-01T00:00:00.000000Z","n":[1, 2],"source_created_at":"X"}}"#,
        );
    }

    #[test]
    fn a_quote_becomes_text_above_the_message() {
        check(
            r#"{"type":"message","item":{"id":"a","quoted_message_id":"q","text":"own"}}"#,
            &Changes {
                quote: Some(Unquote::Text("one\ntwo")),
                ..Changes::default()
            },
            r#"{"type":"message","item":{"id":"a","text":"> one\n> two\n\nown","source_quoted_message_id":"q"}}"#,
        );
    }

    #[test]
    fn a_quote_of_what_is_not_there_becomes_what_is_known_of_it() {
        check(
            r#"{"type":"message","item":{"id":"a","quoted_message_id":"q","text":"own","source_quoted_text":"\u003cone>"}}"#,
            &Changes {
                quote: Some(Unquote::Unknown),
                ..Changes::default()
            },
            r#"{"type":"message","item":{"id":"a","text":"> <one>\n\nown","source_quoted_message_id":"q"}}"#,
        );
    }

    #[test]
    fn a_reply_without_a_parent_is_a_regular_message() {
        let changed = change(
            Spelling::Jsonl,
            br#"{"type":"message","data":{"id":"a","type":"reply","parent_id":"a","show_in_channel":true}}"#,
            &Changes {
                parent_id: Some(None),
                ..Changes::default()
            },
            100,
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(changed).unwrap(),
            r#"{"type":"message","data":{"id":"a","type":"regular","source_parent_id":"a"}}"#
        );
    }
}
