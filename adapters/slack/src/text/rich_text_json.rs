//! `rich_text` as it stands in JSON: one flat list of nodes for all of a block, borrowed from it.
//!
//! A node that is odd (null, a wrong type) costs itself only. What nodes mean is left to
//! [`crate::text::rich_text`]. Source: Slack API reference, "rich_text block", read 2026-08, and elements
//! that stand in exports without being documented.

use std::borrow::Cow;
use std::fmt;

use migrate_markdown::Style;
use migrate_model::Time;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::characters;
use crate::text::date::day_and_time;

/// An element or a block. Its children stand directly behind it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Node<'a> {
    /// What it is.
    pub(crate) kind: NodeKind,
    /// Bold and the like.
    pub(crate) style: Style,
    /// Whether it is underlined, which Markdown has nothing for.
    pub(crate) is_underlined: bool,
    /// Whether the items of a list are numbered.
    pub(crate) is_ordered: bool,
    /// Whether something has a line at its left, as quotes do.
    pub(crate) has_border: bool,
    /// How deep a list is indented.
    pub(crate) indent: u8,
    /// How many items of a list were before.
    pub(crate) offset: u32,
    /// The skin tone of an emoji, from 2 to 6; 0 for none.
    pub(crate) skin_tone: u8,
    /// How many nodes behind it are within it.
    pub(crate) children: usize,
    /// What is shown, as far as it stands in the node: a text, a name, a fallback.
    pub(crate) text: Cow<'a, str>,
    /// A URL, an id or code points; of an emoji that is a picture its URL.
    pub(crate) id: Cow<'a, str>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// None that is known here, or no object at all.
    #[default]
    Unknown,
    Block,
    Section,
    List,
    Quote,
    Preformatted,
    Text,
    Link,
    Emoji,
    User,
    UserGroup,
    Channel,
    Broadcast,
    Date,
    Color,
}

/// A block of `rich_text`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct RichText<'a> {
    /// The block and all that it holds.
    pub(crate) nodes: Vec<Node<'a>>,
    /// How many characters that no reader takes were replaced.
    pub(crate) lost_characters: usize,
    /// Whether it cannot be read.
    pub(crate) is_damaged: bool,
}

impl<'a> RichText<'a> {
    /// Reads a block whatever it is, with characters replaced that no reader takes.
    pub(crate) fn of(block: &'a RawValue) -> Self {
        if let Ok(nodes) = read(block) {
            return RichText {
                nodes,
                ..RichText::default()
            };
        }
        read_repaired(block).unwrap_or_else(|| RichText {
            is_damaged: true,
            ..RichText::default()
        })
    }

    /// Reads what stands in a block behind its type.
    ///
    /// # Errors
    ///
    /// If it is no JSON, or nested deeper than the parser goes.
    pub(crate) fn behind_type<A: MapAccess<'a>>(map: A) -> Result<Self, A::Error> {
        let mut nodes = Vec::with_capacity(USUAL_NODES);
        read_node(NodeKind::Block, map, &mut nodes)?;
        Ok(RichText {
            nodes,
            ..RichText::default()
        })
    }
}

/// Room for the block, a section and its text, and some more: growing takes longer than so much room.
const USUAL_NODES: usize = 12;

fn read(block: &RawValue) -> Result<Vec<Node<'_>>, serde_json::Error> {
    let mut nodes = Vec::new();
    let mut json = serde_json::Deserializer::from_str(block.get());
    Element(&mut nodes).deserialize(&mut json)?;
    Ok(nodes)
}

fn read_repaired(block: &RawValue) -> Option<RichText<'_>> {
    let (json, lost_characters) = characters::repaired(block.get().as_bytes())?;
    let json = String::from_utf8(json).ok()?;
    let found = read(serde_json::from_str(&json).ok()?).ok()?;
    let nodes = found
        .into_iter()
        .map(|node| node.borrowed_from(block.get()));
    Some(RichText {
        nodes: nodes.collect(),
        lost_characters,
        is_damaged: false,
    })
}

impl Node<'_> {
    /// The node with its id borrowed from another text, where it stands there.
    fn borrowed_from(self, text: &str) -> Node<'_> {
        let id = text
            .find(&*self.id)
            .and_then(|at| text.get(at..)?.get(..self.id.len()));
        Node {
            text: Cow::Owned(self.text.into_owned()),
            id: id.map_or_else(|| Cow::Owned(self.id.to_string()), Cow::Borrowed),
            kind: self.kind,
            style: self.style,
            is_underlined: self.is_underlined,
            is_ordered: self.is_ordered,
            has_border: self.has_border,
            indent: self.indent,
            offset: self.offset,
            skin_tone: self.skin_tone,
            children: self.children,
        }
    }
}

/// Reads a list of nodes.
struct Nodes<'v, 'a>(&'v mut Vec<Node<'a>>);

impl<'de> DeserializeSeed<'de> for Nodes<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nodes<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Element(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        ignore_map(map)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Reads one node with its children. Of anything but an object it makes an unknown one.
struct Element<'v, 'a>(&'v mut Vec<Node<'a>>);

impl<'de> DeserializeSeed<'de> for Element<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an element")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_node(NodeKind::Unknown, map, self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.push(Node::default());
        ignore_list(list)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.0.push(Node::default());
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.0.push(Node::default());
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.0.push(Node::default());
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.0.push(Node::default());
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.0.push(Node::default());
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.push(Node::default());
        Ok(())
    }
}

/// The names of fields that are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Type,
    Elements,
    Style,
    Text,
    Url,
    Name,
    Unicode,
    Id,
    Range,
    Value,
    Fallback,
    Title,
    Indent,
    Offset,
    Border,
    SkinTone,
    Timestamp,
    Other,
}

/// What a node says of itself, before it is known what it is.
#[derive(Default)]
struct Said<'a> {
    text: Option<Cow<'a, str>>,
    url: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    unicode: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    other: Option<Cow<'a, str>>,
}

/// Reads a node with its children. `kind` is what is known of it before.
fn read_node<'de, A: MapAccess<'de>>(
    kind: NodeKind,
    map: A,
    nodes: &mut Vec<Node<'de>>,
) -> Result<(), A::Error> {
    let place = nodes.len();
    nodes.push(Node::default());
    let mut node = read_fields(kind, map, nodes)?;
    node.children = nodes.len() - place - 1;
    if let Some(slot) = nodes.get_mut(place) {
        *slot = node;
    }
    Ok(())
}

fn read_fields<'de, A: MapAccess<'de>>(
    kind: NodeKind,
    mut map: A,
    nodes: &mut Vec<Node<'de>>,
) -> Result<Node<'de>, A::Error> {
    let mut node = Node {
        kind,
        ..Node::default()
    };
    let mut said = Said::default();
    let mut seconds: i64 = 0;
    while let Some(field) = map.next_key::<Field>()? {
        match field {
            Field::Type => {
                let kind = map.next_value::<Lax<'de>>()?.text();
                node.kind = kind.as_deref().map_or(NodeKind::Unknown, NodeKind::of);
            }
            Field::Elements => map.next_value_seed(Nodes(&mut *nodes))?,
            Field::Style => match map.next_value::<Lax<'de>>()? {
                Lax::Text(it) => node.is_ordered = it == "ordered",
                Lax::Flags(style, is_underlined) => {
                    node.style = style;
                    node.is_underlined = is_underlined;
                }
                Lax::Number(_) | Lax::Odd => {}
            },
            Field::Text => said.text = map.next_value::<Lax<'de>>()?.text(),
            Field::Url => said.url = map.next_value::<Lax<'de>>()?.text(),
            Field::Name => said.name = map.next_value::<Lax<'de>>()?.text(),
            Field::Unicode => said.unicode = map.next_value::<Lax<'de>>()?.text(),
            Field::Id => said.id = map.next_value::<Lax<'de>>()?.text(),
            Field::Range | Field::Value | Field::Fallback | Field::Title => {
                let other = map.next_value::<Lax<'de>>()?.text();
                said.other = said.other.or(other);
            }
            Field::Indent => node.indent = map.next_value::<Lax<'de>>()?.number(),
            Field::Offset => node.offset = map.next_value::<Lax<'de>>()?.number(),
            Field::Border => node.has_border = map.next_value::<Lax<'de>>()?.number::<u32>() > 0,
            Field::SkinTone => node.skin_tone = map.next_value::<Lax<'de>>()?.number(),
            Field::Timestamp => seconds = map.next_value::<Lax<'de>>()?.number(),
            Field::Other => {
                map.next_value::<IgnoredAny>()?;
            }
        }
    }
    let (mut text, id) = said.of(node.kind);
    let says = |it: &Option<Cow<'_, str>>| it.as_ref().is_some_and(|it| !it.is_empty());
    if node.kind == NodeKind::Date && !says(&text) && seconds > 0 {
        text = Time::from_seconds(seconds).map(|at| Cow::Owned(day_and_time(at)));
    }
    let is_whole = match node.kind {
        NodeKind::Text => text.is_some(),
        NodeKind::Emoji => says(&text) || says(&id),
        NodeKind::User | NodeKind::UserGroup | NodeKind::Channel => says(&id),
        NodeKind::Broadcast => says(&text),
        _ => true,
    };
    if !is_whole {
        node.kind = NodeKind::Unknown;
    }
    node.text = text.unwrap_or_default();
    node.id = id.unwrap_or_default();
    Ok(node)
}

impl<'a> Said<'a> {
    /// The text and the id of a node.
    fn of(self, kind: NodeKind) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
        match kind {
            NodeKind::Text => (self.text, None),
            NodeKind::Emoji => (self.name, self.unicode.or(self.url)),
            NodeKind::User | NodeKind::UserGroup | NodeKind::Channel => (self.text, self.id),
            _ => (self.text.or(self.other).or(self.name), self.url),
        }
    }
}

impl NodeKind {
    fn of(kind: &str) -> NodeKind {
        match kind {
            "text" => NodeKind::Text,
            "rich_text_section" => NodeKind::Section,
            "link" => NodeKind::Link,
            "emoji" => NodeKind::Emoji,
            "user" => NodeKind::User,
            "rich_text" => NodeKind::Block,
            "rich_text_list" => NodeKind::List,
            "rich_text_quote" => NodeKind::Quote,
            "rich_text_preformatted" => NodeKind::Preformatted,
            "usergroup" => NodeKind::UserGroup,
            "channel" => NodeKind::Channel,
            "broadcast" => NodeKind::Broadcast,
            "date" => NodeKind::Date,
            "color" => NodeKind::Color,
            _ => NodeKind::Unknown,
        }
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(FieldVisitor)
    }
}

struct FieldVisitor;

impl Visitor<'_> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
        Ok(match name {
            "type" => Field::Type,
            "elements" => Field::Elements,
            "style" => Field::Style,
            "text" => Field::Text,
            "url" => Field::Url,
            "name" => Field::Name,
            "unicode" => Field::Unicode,
            "user_id" | "usergroup_id" | "channel_id" => Field::Id,
            "range" => Field::Range,
            "value" => Field::Value,
            "fallback" => Field::Fallback,
            "title" => Field::Title,
            "indent" => Field::Indent,
            "offset" => Field::Offset,
            "border" => Field::Border,
            "skin_tone" => Field::SkinTone,
            "timestamp" => Field::Timestamp,
            _ => Field::Other,
        })
    }
}

/// A value of whatever type.
enum Lax<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    /// The styles that an object says are there, and whether underlining is among them.
    Flags(Style, bool),
    Odd,
}

impl<'a> Lax<'a> {
    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Lax::Text(it) => Some(it),
            Lax::Number(it) => Some(Cow::Owned(it.to_string())),
            _ => None,
        }
    }

    fn number<T: TryFrom<u64> + Default>(&self) -> T {
        let number = match self {
            Lax::Number(it) => Some(*it),
            Lax::Text(it) => it.parse().ok(),
            _ => None,
        };
        number
            .and_then(|it| T::try_from(it).ok())
            .unwrap_or_default()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Lax<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LaxVisitor)
    }
}

struct LaxVisitor;

impl<'de> Visitor<'de> for LaxVisitor {
    type Value = Lax<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E: Error>(self, it: &'de str) -> Result<Lax<'de>, E> {
        Ok(Lax::Text(Cow::Borrowed(it)))
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Lax<'de>, E> {
        Ok(Lax::Text(Cow::Owned(it.to_owned())))
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Lax<'de>, E> {
        Ok(Lax::Number(it))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Lax<'de>, E> {
        Ok(Lax::Odd)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Lax<'de>, E> {
        Ok(Lax::Odd)
    }

    fn visit_bool<E: Error>(self, it: bool) -> Result<Lax<'de>, E> {
        Ok(Lax::Number(u64::from(it)))
    }

    fn visit_unit<E: Error>(self) -> Result<Lax<'de>, E> {
        Ok(Lax::Odd)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Lax<'de>, A::Error> {
        ignore_list(list)?;
        Ok(Lax::Odd)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lax<'de>, A::Error> {
        let (mut style, mut is_underlined) = (Style::PLAIN, false);
        while let Some(name) = map.next_key::<StyleName>()? {
            let is_set = map.next_value::<Lax<'de>>()?.number::<u64>() > 0;
            match name {
                _ if !is_set => {}
                StyleName::Markdown(it) => style |= it,
                StyleName::Underline => is_underlined = true,
                StyleName::Other => {}
            }
        }
        Ok(Lax::Flags(style, is_underlined))
    }
}

/// The name of a style.
enum StyleName {
    /// One that Markdown has.
    Markdown(Style),
    Underline,
    Other,
}

impl<'de> Deserialize<'de> for StyleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(StyleNameVisitor)
    }
}

struct StyleNameVisitor;

impl Visitor<'_> for StyleNameVisitor {
    type Value = StyleName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a style")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<StyleName, E> {
        Ok(match name {
            "bold" => StyleName::Markdown(Style::BOLD),
            "italic" => StyleName::Markdown(Style::ITALIC),
            "strike" => StyleName::Markdown(Style::STRIKE),
            "code" => StyleName::Markdown(Style::CODE),
            "underline" => StyleName::Underline,
            _ => StyleName::Other,
        })
    }
}

fn ignore_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

fn ignore_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}
