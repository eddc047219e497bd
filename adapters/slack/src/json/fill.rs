//! Objects of many fields, read into the place where they stay.
//!
//! What `serde` derives keeps each field apart until all are read, and gives the whole back by value, which
//! is copied into the list that it is for. Messages have more than a kilobyte, and of their fields most are
//! absent. Here a field goes where it belongs as it is read.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, SeqAccess, Visitor};

use crate::json::lenient::or_default;

/// Something that is read into a value that says nothing yet.
pub(crate) trait Fill<'de>: Default {
    /// Reads it. After an error it may hold a part of it.
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;
}

/// Reads the elements of a list where they stay. Null is an empty list.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'de, T: Fill<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Fill<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        // So much room is made at most before an element is there, in bytes.
        const MOST: usize = 1 << 20;
        let most = MOST / size_of::<T>().max(1);
        let mut elements = Vec::with_capacity(list.size_hint().unwrap_or_default().min(most));
        loop {
            elements.push(T::default());
            let Some(last) = elements.last_mut() else {
                break;
            };
            if list.next_element_seed(Place(last))?.is_none() {
                elements.pop();
                break;
            }
        }
        Ok(List(elements))
    }

    fn visit_unit<E>(self) -> Result<List<T>, E> {
        Ok(List(Vec::new()))
    }
}

/// Where an element stays.
struct Place<'p, T>(&'p mut T);

impl<'de, T: Fill<'de>> DeserializeSeed<'de> for Place<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.fill(deserializer)
    }
}

/// A value for which null stands when it is empty.
pub(crate) struct OrEmpty<T>(pub(crate) T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for OrEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        or_default(deserializer).map(OrEmpty)
    }
}

/// Lets an object be read in place, and by value: the names of its fields in JSON, and which field each
/// is; `or_empty` where null stands for an empty value. Other fields are passed over, one that comes twice
/// is an error, and an empty list is an object without fields, which it is to what writes JSON from PHP: all
/// as with what `serde` derives, which takes a list with elements besides.
macro_rules! fields {
    ($object:ident { $($name:literal => $field:ident $($or_empty:ident)?,)* }) => {
        impl<'de> $crate::json::fill::Fill<'de> for $object<'de> {
            fn fill<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                #[derive(Clone, Copy)]
                #[expect(non_camel_case_types, reason = "they are called as the fields are")]
                enum Field { $($field,)* Other }

                struct FieldVisitor;

                impl serde::de::Visitor<'_> for FieldVisitor {
                    type Value = Field;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("the name of a field")
                    }

                    fn visit_str<E>(self, name: &str) -> Result<Field, E> {
                        Ok(match name {
                            $($name => Field::$field,)*
                            _ => Field::Other,
                        })
                    }
                }

                impl<'de> serde::Deserialize<'de> for Field {
                    fn deserialize<D: serde::Deserializer<'de>>(name: D) -> Result<Self, D::Error> {
                        name.deserialize_identifier(FieldVisitor)
                    }
                }

                struct ObjectVisitor<'p, 'de>(&'p mut $object<'de>);

                impl<'de> serde::de::Visitor<'de> for ObjectVisitor<'_, 'de> {
                    type Value = ();

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A>(self, mut map: A) -> Result<(), A::Error>
                    where
                        A: serde::de::MapAccess<'de>,
                    {
                        const { assert!(Field::Other as u32 <= u64::BITS, "each field has a bit") };
                        let object = self.0;
                        // Which fields were there.
                        let mut seen = 0_u64;
                        while let Some(field) = map.next_key::<Field>()? {
                            let bit = match field {
                                Field::Other => 0,
                                known => 1_u64 << known as u32,
                            };
                            if seen & bit != 0 {
                                return Err(serde::de::Error::custom("a field that comes twice"));
                            }
                            seen |= bit;
                            match field {
                                $(Field::$field => {
                                    object.$field = $crate::json::fill::fields!(
                                        @value map $($or_empty)?
                                    );
                                })*
                                Field::Other => {
                                    map.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(())
                    }

                    fn visit_seq<A>(self, mut list: A) -> Result<(), A::Error>
                    where
                        A: serde::de::SeqAccess<'de>,
                    {
                        match list.next_element::<serde::de::IgnoredAny>()? {
                            None => Ok(()),
                            Some(_) => Err(serde::de::Error::custom("a list in place of an object")),
                        }
                    }
                }

                // So that none is forgotten.
                let $object { $($field: _,)* } = self;
                deserializer.deserialize_struct(
                    stringify!($object),
                    &[$($name),*],
                    ObjectVisitor(self),
                )
            }
        }

        impl<'de> serde::Deserialize<'de> for $object<'de> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut object = $object::default();
                $crate::json::fill::Fill::fill(&mut object, deserializer)?;
                Ok(object)
            }
        }
    };
    (@value $map:ident) => {
        $map.next_value()?
    };
    (@value $map:ident or_empty) => {
        $map.next_value::<$crate::json::fill::OrEmpty<_>>()?.0
    };
}

/// Lets what `serde` reads by value be an element of a [`List`].
macro_rules! filled_by_value {
    ($($object:ident),*) => {
        $(impl<'de> $crate::json::fill::Fill<'de> for $object<'de> {
            fn fill<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                *self = serde::Deserialize::deserialize(deserializer)?;
                Ok(())
            }
        })*
    };
}

pub(crate) use {fields, filled_by_value};

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{List, OrEmpty};
    use crate::json::lenient::{Text, or_default};
    use crate::json::strict;
    use crate::testing::{Draw, cases};

    #[derive(Debug, Default, PartialEq)]
    struct Pair<'a> {
        first: Text<'a>,
        rest: Vec<Text<'a>>,
        inner: Option<Box<Pair<'a>>>,
    }

    fields!(Pair {
        "a" => first,
        "b" => rest or_empty,
        "pair" => inner,
    });

    /// The same as `serde` derives it.
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Derived<'a> {
        #[serde(borrow, rename = "a")]
        first: Text<'a>,
        #[serde(borrow, rename = "b", deserialize_with = "or_default")]
        rest: Vec<Text<'a>>,
        #[serde(borrow, rename = "pair")]
        inner: Option<Box<Derived<'a>>>,
    }

    impl<'a> From<Derived<'a>> for Pair<'a> {
        fn from(it: Derived<'a>) -> Self {
            Pair {
                first: it.first,
                rest: it.rest,
                inner: it.inner.map(|it| Box::new(Pair::from(*it))),
            }
        }
    }

    fn pairs(list: Vec<Derived<'_>>) -> Vec<Pair<'_>> {
        list.into_iter().map(Pair::from).collect()
    }

    fn object(draw: &mut Draw, depth: usize, json: &mut String) {
        const VALUES: [&str; 9] = [
            r#""x""#,
            r#""\n""#,
            "7",
            "null",
            "[]",
            "{}",
            r#"["y", 1, null]"#,
            r#"[{}]"#,
            "tru",
        ];
        json.push('{');
        for n in 0..draw.below(4) {
            json.push_str(if n > 0 { "," } else { "" });
            let name = draw.pick(&[r#""a""#, r#""b""#, r#""pair""#, r#""pa\u0069r""#, r#""c""#]);
            json.push_str(name);
            json.push(':');
            match draw.below(3) {
                0 if depth > 0 => object(draw, depth - 1, json),
                _ => json.push_str(draw.pick(&VALUES)),
            }
        }
        json.push('}');
    }

    #[test]
    fn what_is_read_in_place_is_what_is_read_as_derived() {
        let (mut read, mut refused) = (0, 0);
        for case in 0..cases(20_000) {
            let mut draw = Draw(case.into());
            let mut json = String::from("[");
            for n in 0..draw.below(3) {
                json.push_str(if n > 0 { "," } else { "" });
                object(&mut draw, 2, &mut json);
            }
            json.push(']');
            let expected = strict::read(&json).ok().map(pairs);
            let found = strict::read::<List<Pair<'_>>>(&json).ok();
            assert_eq!(found.map(|List(list)| list), expected, "{json}");
            let expected = serde_json::from_str(&json).ok().map(pairs);
            let found = serde_json::from_str::<Vec<Pair<'_>>>(&json).ok();
            assert_eq!(found, expected, "{json}");
            *(if found.is_some() {
                &mut read
            } else {
                &mut refused
            }) += 1;
        }
        assert!(
            read > cases(20_000) / 10 && refused > cases(20_000) / 10,
            "{read} {refused}"
        );
    }

    #[test]
    fn null_is_an_empty_list_and_an_element_is_an_object() {
        let read = |json: &str| strict::read::<List<Pair<'_>>>(json).map(|List(list)| list.len());
        assert_eq!(
            [read("null"), read("[]"), read("[{}, {}]")],
            [Ok(0), Ok(0), Ok(2)]
        );
        for wrong in ["[null]", "[[]]", "[{},]", "{}", "5"] {
            assert_eq!(read(wrong), Err(strict::Misfit), "{wrong}");
        }
        // A patient reader takes what PHP writes for an object without fields, and no other list.
        let read = |json: &str| serde_json::from_str::<Pair<'_>>(json).is_ok();
        assert_eq!(
            [read("[]"), read("{}"), read(r#"["x"]"#)],
            [true, true, false]
        );
        let OrEmpty(empty) = serde_json::from_str::<OrEmpty<Vec<u8>>>("null").unwrap();
        assert!(empty.is_empty());
    }
}
