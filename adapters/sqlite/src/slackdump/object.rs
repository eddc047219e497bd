//! A field of a JSON object put in place of another, and the rest left as it stands.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The object with `value`, which is JSON, as the field `name`; `None` if it is no object.
pub(super) fn with_field(object: &[u8], name: &str, value: &str) -> Option<Vec<u8>> {
    let fields = serde_json::from_slice::<Fields<'_>>(object).ok()?;
    let mut json = Vec::with_capacity(object.len() + value.len() + name.len() + 6);
    let others = fields.0.iter().filter(|(other, _)| other != name);
    let others = others.map(|(name, value)| (&**name, value.get()));
    for (name, value) in others.chain([(name, value)]) {
        json.push(if json.is_empty() { b'{' } else { b',' });
        serde_json::to_writer(&mut json, name).ok()?;
        json.push(b':');
        json.extend_from_slice(value.as_bytes());
    }
    json.push(b'}');
    Some(json)
}

/// The fields of an object, in their order.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::with_field;

    #[test]
    fn a_field_is_put_and_the_others_stay_as_they_are() {
        let check = |object: &str, expected: Option<&str>| {
            let json = with_field(object.as_bytes(), "members", r#"["U1"]"#);
            let json = json.map(|it| String::from_utf8(it).unwrap());
            assert_eq!(json.as_deref(), expected, "{object}");
        };
        check("{}", Some(r#"{"members":["U1"]}"#));
        check(
            r#"{"id":"C1","members":null,"a\"b": 1.50 }"#,
            Some(r#"{"id":"C1","a\"b":1.50,"members":["U1"]}"#),
        );
        check(
            r#"{"members":[],"x":{"members":[2]},"x":3}"#,
            Some(r#"{"x":{"members":[2]},"x":3,"members":["U1"]}"#),
        );
        for object in ["[]", "null", r#"{"id":"#, ""] {
            check(object, None);
        }
    }
}
