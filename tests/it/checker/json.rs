//! A JSON value that borrows from the file, remembers the order of keys and refuses an object
//! with the same key twice, which `serde_json::Value` would swallow.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};

/// A value.
#[derive(Debug)]
pub(super) enum Json<'a> {
    Null,
    Flag(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// What matters of a number.
#[derive(Debug)]
pub(super) struct Number {
    /// Whether it is written without fraction and exponent.
    pub(super) whole: bool,
    /// The length of its shortest form, in bytes.
    bytes: usize,
}

/// An object; no key stands twice.
#[derive(Debug)]
pub(super) struct Object<'a>(pub(super) Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Json<'a> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn object(&self) -> Option<&Object<'a>> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The texts of a list of texts, or one text alone.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let values = match self {
            Json::List(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        values.iter().filter_map(Json::text)
    }

    /// Whether it is a null or holds one at any depth.
    pub(super) fn has_null(&self) -> bool {
        match self {
            Json::Null => true,
            Json::List(values) => values.iter().any(Json::has_null),
            Json::Object(object) => object.0.iter().any(|(_, value)| value.has_null()),
            _ => false,
        }
    }

    /// The size in bytes when written without white space and with no needless escape.
    pub(super) fn written_bytes(&self) -> usize {
        match self {
            Json::Null | Json::Flag(true) => 4,
            Json::Flag(false) => 5,
            Json::Number(number) => number.bytes,
            Json::Text(text) => text_bytes(text),
            Json::List(values) => {
                let commas = values.len().saturating_sub(1);
                2 + commas + values.iter().map(Json::written_bytes).sum::<usize>()
            }
            Json::Object(object) => fields_bytes(&object.0),
        }
    }
}

impl<'a> Object<'a> {
    /// The value of a key; a null counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&Json<'a>> {
        let (_, value) = self.0.iter().find(|(name, _)| name == key)?;
        (!matches!(value, Json::Null)).then_some(value)
    }

    /// The text of a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// Whether a key is set to true.
    pub(super) fn is_true(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Json::Flag(true)))
    }
}

/// The size in bytes of an object of these fields, braces included.
pub(super) fn fields_bytes<'j, 'a: 'j>(
    fields: impl IntoIterator<Item = &'j (Cow<'a, str>, Json<'a>)>,
) -> usize {
    let (mut count, mut bytes) = (0_usize, 2);
    for (key, value) in fields {
        count += 1;
        bytes += text_bytes(key) + 1 + value.written_bytes();
    }
    bytes + count.saturating_sub(1)
}

fn text_bytes(text: &str) -> usize {
    let escapes: usize = text
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
            0..=0x1f => 5,
            _ => 0,
        })
        .sum();
    2 + text.len() + escapes
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Self::Value, E> {
        Ok(Json::Flag(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Self::Value, E> {
        Ok(number(true, &it.to_string()))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Self::Value, E> {
        Ok(number(true, &it.to_string()))
    }

    fn visit_f64<E: de::Error>(self, it: f64) -> Result<Self::Value, E> {
        let written = serde_json::to_string(&it).map_err(E::custom)?;
        Ok(number(false, &written))
    }

    fn visit_borrowed_str<E>(self, it: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(it)))
    }

    fn visit_str<E>(self, it: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(it.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((key, value)) = map.next_entry::<Json<'de>, Json<'de>>()? {
            let Json::Text(key) = key else {
                return Err(de::Error::custom("a key is not a text"));
            };
            fields.push((key, value));
        }
        match twice(&fields) {
            Some(key) => Err(de::Error::custom(format!("the key `{key}` stands twice"))),
            None => Ok(Json::Object(Object(fields))),
        }
    }
}

fn number<'a>(whole: bool, written: &str) -> Json<'a> {
    Json::Number(Number {
        whole,
        bytes: written.len(),
    })
}

fn twice<'j>(fields: &'j [(Cow<'_, str>, Json<'_>)]) -> Option<&'j str> {
    let mut keys: Vec<&str> = fields.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    keys.windows(2)
        .find(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
}
