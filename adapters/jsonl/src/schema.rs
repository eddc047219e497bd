//! The JSON Schema of a line, made from the list of fields and what they mean.

use migrate_model::{Kind, shape::Shape, words};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::describe::{self, Thing};
use crate::keys::{KEYS, Key};
use crate::line::{PROTOCOL, VERSION};
use crate::line_type::{COUNTED, LineType};

/// The JSON Schema (draft 2020-12) of one line, with indentation.
pub fn schema() -> String {
    let lines = LineType::ALL.map(|line| reference(line.name()));
    let types = LineType::ALL.map(|line| (line.name().to_owned(), line_of(line)));
    let data = describe::things()
        .into_iter()
        .map(|it| (data_name(it.name), data_of(&it)));
    let definitions = types.into_iter().chain(data).collect();
    let title = format!("A line of the protocol `{PROTOCOL}`, version {VERSION}");
    let schema = Node::object([
        (
            "$schema",
            "https://json-schema.org/draft/2020-12/schema".into(),
        ),
        ("title", Node::Text(title)),
        (
            "description",
            "A file has a `hello` line, lines in any order, and an `end` line".into(),
        ),
        ("oneOf", Node::List(lines.into())),
        ("$defs", Node::Object(definitions)),
    ]);
    serde_json::to_string_pretty(&schema).expect("plain values can be written into memory")
}

/// JSON with the order of its fields.
enum Node {
    Null,
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    fn object<const N: usize>(fields: [(&str, Node); N]) -> Node {
        let fields = fields.map(|(name, node)| (name.to_owned(), node));
        Node::Object(fields.into())
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Node::Text(text.to_owned())
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Null => to.serialize_unit(),
            Node::Bool(it) => to.serialize_bool(*it),
            Node::Number(it) => to.serialize_u64(*it),
            Node::Text(it) => to.serialize_str(it),
            Node::List(it) => it.serialize(to),
            Node::Object(fields) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                for (name, node) in fields {
                    map.serialize_entry(name, node)?;
                }
                map.end()
            }
        }
    }
}

/// A line of a type.
fn line_of(line: LineType) -> Node {
    let keys = line.keys().iter().filter_map(|key| {
        let (_, name) = KEYS.iter().find(|(it, _)| it == key)?;
        let (_, meaning) = describe::BESIDE.iter().find(|(it, _)| it == name)?;
        Some(((*name).to_owned(), key_of(line, *key, meaning)))
    });
    let required: &[&str] = match line {
        LineType::Hello => &["type", "protocol", "version", "adapter"],
        LineType::Progress | LineType::End => &["type"],
        _ if line.outcome().is_some() => &["type", "of", "kind"],
        _ => &["type", "data"],
    };
    Node::object([
        ("description", describe::line(line).into()),
        ("type", "object".into()),
        ("properties", Node::Object(keys.collect())),
        (
            "required",
            Node::List(required.iter().map(|name| Node::from(*name)).collect()),
        ),
        ("additionalProperties", Node::Bool(false)),
    ])
}

/// A key beside `data`.
fn key_of(line: LineType, key: Key, meaning: &str) -> Node {
    let form = match key {
        Key::Type => vec![("const", line.name().into())],
        Key::Data => return reference(&data_name(line.name())),
        Key::Of => vec![(
            "enum",
            Node::List(Kind::ALL.map(|kind| kind.name().into()).into()),
        )],
        Key::Kind => vec![("type", "string".into()), ("pattern", KIND.into())],
        Key::Made => vec![("type", or_null("string")), ("pattern", KIND.into())],
        Key::At | Key::Detail | Key::ChannelId | Key::AdapterVersion => {
            vec![("type", or_null("string"))]
        }
        Key::ChannelMemberIds => texts(),
        Key::Record | Key::Count => vec![
            ("type", or_null("integer")),
            ("minimum", Node::Number(1)),
            ("maximum", Node::Number(u64::from(u32::MAX))),
        ],
        Key::Done | Key::Total => vec![("type", or_null("integer")), ("minimum", Node::Number(0))],
        Key::Protocol => vec![("const", PROTOCOL.into())],
        Key::Version => vec![("const", Node::Number(VERSION))],
        Key::Adapter => vec![
            ("type", "string".into()),
            ("pattern", "^[a-z0-9-]{1,32}$".into()),
        ],
        Key::Losses => vec![
            ("type", or_null("object")),
            ("propertyNames", Node::object([("pattern", KIND.into())])),
            (
                "additionalProperties",
                Node::object([("type", "string".into())]),
            ),
        ],
        Key::Counts => {
            let count = || Node::object([("type", "integer".into()), ("minimum", Node::Number(0))]);
            let counted = LineType::ALL.into_iter().take(COUNTED);
            let counts = counted.map(|line| (line.name().to_owned(), count()));
            vec![
                ("type", or_null("object")),
                ("properties", Node::Object(counts.collect())),
                ("additionalProperties", Node::Bool(false)),
            ]
        }
    };
    described(meaning, form)
}

/// What a kind looks like.
const KIND: &str = "^[a-z0-9_.-]{1,64}$";

/// The fields of something.
fn data_of(thing: &Thing) -> Node {
    let fields = thing.fields.iter().map(|(name, shape, meaning)| {
        let field = described(meaning, form_of(*shape));
        ((*name).to_owned(), field)
    });
    Node::object([
        ("description", thing.meaning.into()),
        ("type", "object".into()),
        ("properties", Node::Object(fields.collect())),
        ("additionalProperties", Node::Bool(false)),
    ])
}

fn form_of(shape: Shape) -> Vec<(&'static str, Node)> {
    match shape {
        Shape::Text => vec![("type", or_null("string"))],
        Shape::Texts => texts(),
        Shape::Flag => vec![("type", or_null("boolean"))],
        Shape::Time => vec![("type", or_null("string")), ("format", "date-time".into())],
        Shape::Integer => vec![("type", or_null("integer")), ("minimum", Node::Number(0))],
        Shape::Number => vec![("type", or_null("number"))],
        Shape::Numbers => list_of(Node::object([("type", "number".into())])),
        Shape::MessageKind => one_of(words::all(words::MESSAGE_KINDS)),
        Shape::Rank => one_of(words::all(words::RANKS)),
        Shape::Pin => {
            let null = Node::object([("type", "null".into())]);
            vec![("anyOf", Node::List(vec![reference("pin"), null]))]
        }
        Shape::Attachments => list_of(reference("attachment")),
        Shape::Custom => vec![("type", or_null("object"))],
    }
}

fn described(meaning: &str, form: Vec<(&str, Node)>) -> Node {
    let meaning = ("description", meaning.into());
    let fields = std::iter::once(meaning).chain(form);
    Node::Object(fields.map(|(name, node)| (name.to_owned(), node)).collect())
}

fn texts() -> Vec<(&'static str, Node)> {
    list_of(Node::object([("type", "string".into())]))
}

fn list_of(items: Node) -> Vec<(&'static str, Node)> {
    vec![("type", or_null("array")), ("items", items)]
}

/// A field that is null is as if it were not there.
fn or_null(name: &str) -> Node {
    Node::List(vec![name.into(), "null".into()])
}

fn one_of(words: Vec<&'static str>) -> Vec<(&'static str, Node)> {
    let words = words.into_iter().map(Node::from);
    vec![("enum", Node::List(words.chain([Node::Null]).collect()))]
}

fn reference(name: &str) -> Node {
    Node::object([("$ref", Node::Text(format!("#/$defs/{name}")))])
}

/// Where the fields of something stand in the schema: those of a line are apart from the line.
fn data_name(name: &str) -> String {
    match LineType::named(name) {
        Some(_) => format!("{name}_data"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn json() -> Value {
        serde_json::from_str(&schema()).unwrap()
    }

    #[test]
    fn the_schema_has_every_type_and_every_field() {
        let schema = json();
        for line in LineType::ALL {
            let it = &schema["$defs"][line.name()]["properties"];
            assert_eq!(it["type"]["const"], line.name());
            assert_eq!(it.as_object().unwrap().len(), line.keys().len());
        }
        for thing in describe::things() {
            let it = &schema["$defs"][data_name(thing.name)]["properties"];
            for (name, _, meaning) in &thing.fields {
                assert_eq!(it[name]["description"], *meaning, "{name}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let schema = json();
        let text = schema.to_string();
        for name in text.split("#/$defs/").skip(1) {
            let name = name.split('"').next().unwrap();
            assert!(schema["$defs"][name].is_object(), "{name}");
        }
    }
}
