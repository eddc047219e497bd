//! Texts and free values out of JSON, borrowed where no escape is in the way.

use std::fmt;

use migrate_model::{Custom, Text, Value};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// So many fields are set one by one.
const FEW: usize = 16;

/// A text.
pub(crate) struct Str<'a>(pub(crate) Text<'a>);

/// A custom value, of which no part is null.
pub(crate) struct Json<'a>(pub(crate) Value<'a>);

/// Custom fields, of which none is null.
pub(crate) struct Object<'a>(pub(crate) Custom<'a>);

/// The fields of an object with values of one type, as they stand.
pub(crate) struct Pairs<'a, T>(pub(crate) Vec<(Text<'a>, T)>);

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_str(StrVisitor).map(Str)
    }
}

struct StrVisitor;

impl<'de> Visitor<'de> for StrVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text::Owned(text.to_owned()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(JsonVisitor).map(Json)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, it: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(it))
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Value<'de>, E> {
        // As a floating-point number it would lose digits, which may be an id's.
        Ok(i64::try_from(it).map_or_else(|_| Value::from(it.to_string()), Value::Integer))
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(it))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Text::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Text::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(it) = seq.next_element::<Option<Json<'de>>>()? {
            list.extend(it.map(|it| it.0));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value<'de>, A::Error> {
        ObjectVisitor.visit_map(map).map(Value::Object)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(ObjectVisitor).map(Object)
    }
}

/// Reads custom data from an object; a field that is null is none.
///
/// # Errors
/// If it is no JSON, or no object.
pub fn read_custom(text: &str) -> serde_json::Result<Custom<'_>> {
    serde_json::from_str(text).map(|Object(custom)| custom)
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Custom<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Custom<'de>, A::Error> {
        let mut custom = Custom::default();
        // Fields that stand behind so many are set all at once, so that a hostile object takes no
        // more than a long one.
        let mut rest = Vec::new();
        while let Some((name, value)) = map.next_entry::<Str<'de>, Option<Json<'de>>>()? {
            match value {
                Some(value) if custom.len() < FEW => custom.set(name.0, value.0),
                Some(value) => rest.push((name.0, value.0)),
                None => {}
            }
        }
        custom.extend(rest);
        Ok(custom)
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Pairs<'a, T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(PairsVisitor(std::marker::PhantomData))
            .map(Pairs)
    }
}

struct PairsVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Vec<(Text<'de>, T)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<Str<'de>, T>()? {
            pairs.push((name.0, value));
        }
        Ok(pairs)
    }
}
