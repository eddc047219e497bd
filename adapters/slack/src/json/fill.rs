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
    /// Reads it. What was read before an error stays.
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
        // For so many elements room is made at most before one is there.
        const MOST: usize = 1024;
        let mut elements = Vec::with_capacity(list.size_hint().unwrap_or_default().min(MOST));
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
/// is; `or_empty` where null stands for an empty value. Other fields are passed over, and one that comes
/// twice is an error, as with what `serde` derives.
macro_rules! fields {
    ($object:ident { $($name:literal => $field:ident $($or_empty:ident)?,)* }) => {
        impl<'de> $crate::json::fill::Fill<'de> for $object<'de> {
            fn fill<D: serde::Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
                #[derive(Clone, Copy)]
                #[allow(non_camel_case_types, reason = "they are called as the fields are")]
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
                }

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
    use super::{List, fields};
    use crate::json::lenient::Text;
    use crate::json::strict;

    #[derive(Debug, Default, PartialEq)]
    struct Pair<'a> {
        first: Text<'a>,
        rest: Vec<Text<'a>>,
    }

    fields!(Pair {
        "a" => first,
        "b" => rest or_empty,
    });

    #[test]
    fn a_list_is_read_as_it_is_by_value() {
        let check = |json: &str, expected: Option<&[(&str, usize)]>| {
            let read = strict::read::<List<Pair<'_>>>(json);
            let read = read.map(|List(list)| list).ok();
            let found: Option<Vec<_>> = read.as_ref().map(|list| {
                let pairs = list.iter().map(|it| (&*it.first, it.rest.len()));
                pairs.collect()
            });
            assert_eq!(found.as_deref(), expected, "{json}");
            let by_value = serde_json::from_str::<Option<Vec<Pair<'_>>>>(json);
            assert_eq!(by_value.ok().map(Option::unwrap_or_default), read, "{json}");
        };
        check("null", Some(&[]));
        check("[]", Some(&[]));
        check("[{}]", Some(&[("", 0)]));
        check(
            r#"[{"b":["x",1],"c":[{}],"a":"y"},{"a":5,"b":null}]"#,
            Some(&[("y", 2), ("5", 0)]),
        );
        for wrong in [
            r#"[{"a":"x","a":"y"}]"#,
            r#"[{"a":{}}]"#,
            r#"[["x",[]]]"#,
            "[null]",
            "[{},]",
            "{}",
        ] {
            check(wrong, None);
        }
    }
}
