//! Elements of lists that are read alone, so that what is wrong with one costs nothing else.
//!
//! This is the small form of what [`crate::json::mend`] does for whole files: an element that does not
//! fit is read again without the fields that do not fit. To be read again it has to be found whole
//! first, and nested lists are then gone over once for each level. So a file is first read
//! [strictly](strictly), each byte once, where whatever does not fit ends the reading; only what fails so
//! is read patiently.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::value::{
    BorrowedStrDeserializer, MapAccessDeserializer, MapDeserializer, StrDeserializer,
    UnitDeserializer,
};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

thread_local! {
    // Types that read themselves can be told nothing by who reads them.
    static IS_STRICT: Cell<bool> = const { Cell::new(false) };
}

/// Reads something of which nothing needs to be mended; what does fails.
pub(crate) fn strictly<R>(read: impl FnOnce() -> R) -> R {
    IS_STRICT.set(true);
    let read = read();
    IS_STRICT.set(false);
    read
}

/// Whether reading may fail for what does not fit.
pub(crate) fn is_strict() -> bool {
    IS_STRICT.get()
}

/// An element of a list.
#[derive(Debug, PartialEq)]
pub(crate) struct Loose<T> {
    /// The element; `None` for null and for what cannot be read at all.
    pub(crate) it: Option<T>,
    /// How much of it was left away: fields, or 1 for the whole element.
    pub(crate) lost: usize,
}

/// An element of a list that is no object; `None` for what does not fit.
#[derive(Debug, PartialEq)]
pub(crate) struct Lone<T>(pub(crate) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lone<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if is_strict() {
            return T::deserialize(deserializer).map(|it| Lone(Some(it)));
        }
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(Lone(T::deserialize(raw).ok()))
    }
}

/// A list that tells nothing where it is absent or null, and that there is none where it is empty.
#[derive(Debug)]
pub(crate) struct Told<T>(Option<Vec<T>>);

impl<T> Told<T> {
    /// Whether there is a list, be it empty.
    pub(crate) fn is_told(&self) -> bool {
        self.0.is_some()
    }
}

impl<T> Default for Told<T> {
    fn default() -> Self {
        Told(None)
    }
}

impl<T> Deref for Told<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// What is not told counts as nothing.
impl<T: PartialEq> PartialEq for Told<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Told)
    }
}

/// The elements that could be read.
pub(crate) fn readable<T>(list: &[Loose<T>]) -> impl Iterator<Item = &T> {
    list.iter().filter_map(|element| element.it.as_ref())
}

/// How much was left away of a list.
pub(crate) fn lost<T>(list: &[Loose<T>]) -> usize {
    list.iter().map(|element| element.lost).sum()
}

impl<T> Loose<T> {
    /// An element that lost nothing.
    pub(crate) fn whole(it: T) -> Self {
        let it = Some(it);
        Loose { it, lost: 0 }
    }

    /// Reads an element.
    pub(crate) fn of<'de>(raw: &'de RawValue) -> Self
    where
        T: Deserialize<'de>,
    {
        match T::deserialize(raw) {
            // An object may be written as a list of its fields' values; Slack never does.
            Ok(it) if !raw.get().starts_with('[') => Loose::whole(it),
            _ => without_bad_fields(raw),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if is_strict() {
            return deserializer.deserialize_any(ObjectVisitor(PhantomData));
        }
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(Loose::of(raw))
    }
}

/// Reads an element as it comes. A list is refused, as [`Loose::of`] does.
struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Loose<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an element")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Loose<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Loose::whole)
    }

    fn visit_borrowed_str<E: Error>(self, it: &'de str) -> Result<Loose<T>, E> {
        T::deserialize(BorrowedStrDeserializer::new(it)).map(Loose::whole)
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Loose<T>, E> {
        T::deserialize(StrDeserializer::new(it)).map(Loose::whole)
    }

    fn visit_unit<E: Error>(self) -> Result<Loose<T>, E> {
        T::deserialize(UnitDeserializer::new()).map(Loose::whole)
    }
}

/// The element without the fields that do not fit, and of those with one name without all but the
/// first.
fn without_bad_fields<'de, T: Deserialize<'de>>(raw: &'de RawValue) -> Loose<T> {
    let nothing = Loose { it: None, lost: 1 };
    if !raw.get().starts_with('{') {
        return nothing;
    }
    let Ok(Fields(fields)) = Fields::deserialize(raw) else {
        return nothing;
    };
    let all = fields.len();
    let mut names = HashSet::new();
    let fits = |(name, value): &(Cow<'de, str>, &'de RawValue)| {
        let alone = std::iter::once((name.as_ref(), *value));
        T::deserialize(MapDeserializer::<_, serde_json::Error>::new(alone)).is_ok()
    };
    let kept: Vec<_> = fields
        .into_iter()
        .filter(|field| fits(field) && names.insert(field.0.clone()))
        .collect();
    let lost = all - kept.len();
    let read = MapDeserializer::<_, serde_json::Error>::new(kept.into_iter());
    match T::deserialize(read) {
        Ok(it) => Loose { it: Some(it), lost },
        Err(_) => nothing,
    }
}

/// The fields of an object as they stand.
struct Fields<'de>(Vec<(Cow<'de, str>, &'de RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Loose, lost, readable};
    use crate::json::lenient::Text;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Pair<'a> {
        #[serde(borrow)]
        a: Text<'a>,
        #[serde(borrow)]
        b: Vec<Loose<Pair<'a>>>,
    }

    #[test]
    fn what_is_wrong_with_an_element_costs_that_much() {
        let check = |json: &str, expected: &[&str], expected_lost: usize| {
            let list: Vec<Loose<Pair<'_>>> = serde_json::from_str(json).unwrap();
            let read: Vec<&str> = readable(&list).map(|it| &*it.a).collect();
            assert_eq!((read.as_slice(), lost(&list)), (expected, expected_lost));
        };
        check(r#"[{"a":"x"}, {"a":1,"c":{}}]"#, &["x", "1"], 0);
        check(r#"[null, 5, "x", [], {"a":"x"}]"#, &["x"], 4);
        check(
            r#"[{"a":{},"b":[]}, {"a":"\ud800"}, {"b":5,"a":"y"}]"#,
            &["", "", "y"],
            3,
        );
        check(r#"[{"a":"x","a":"y"}]"#, &["x"], 1);
        check("[]", &[], 0);
    }

    #[test]
    fn an_element_within_an_element_costs_itself_only() {
        let json = r#"[{"a":"x","b":[null,{"a":"y"},{"a":[]}]}]"#;
        let list: Vec<Loose<Pair<'_>>> = serde_json::from_str(json).unwrap();
        let outer = readable(&list).next().unwrap();
        assert_eq!((lost(&list), lost(&outer.b)), (0, 2));
        let names: Vec<&str> = readable(&outer.b).map(|it| &*it.a).collect();
        assert_eq!(names, ["y", ""]);
    }
}
