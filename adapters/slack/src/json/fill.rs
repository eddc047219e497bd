//! Objects of many fields, read into the place where they stay.
//!
//! What `serde` derives keeps each field apart until all are read, and gives the whole back by value, which
//! is copied once more into the list that it is for. Of a message, with more than a kilobyte and a third
//! of its fields, that took longer than its names. Here a field goes where it belongs as it is read.

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
        // So much room is made at most before an element is there.
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
                        let object = self.0;
                        // Which fields were there, a bit each.
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
