//! Custom data: what a source knows beyond the model's own fields.

use std::collections::HashMap;
use std::fmt;

use crate::Text;

/// From so many fields on, names are found by hash.
const MANY: usize = 32;

/// A custom value. There is no null: a field without a value is left away.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number; one that is not finite is not written.
    Float(f64),
    /// Text.
    Text(Text<'a>),
    /// A list.
    List(Vec<Value<'a>>),
    /// An object.
    Object(Custom<'a>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(Text::Borrowed(text))
    }
}

impl<'a> From<String> for Value<'a> {
    fn from(text: String) -> Self {
        Value::Text(Text::Owned(text))
    }
}

impl<'a> From<Text<'a>> for Value<'a> {
    fn from(text: Text<'a>) -> Self {
        Value::Text(text)
    }
}

impl From<bool> for Value<'_> {
    fn from(it: bool) -> Self {
        Value::Bool(it)
    }
}

impl From<i64> for Value<'_> {
    fn from(it: i64) -> Self {
        Value::Integer(it)
    }
}

impl Value<'_> {
    /// The same with nothing borrowed.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Bool(it) => Value::Bool(it),
            Value::Integer(it) => Value::Integer(it),
            Value::Float(it) => Value::Float(it),
            Value::Text(it) => Value::Text(Text::Owned(it.into_owned())),
            Value::List(it) => Value::List(it.into_iter().map(Value::into_owned).collect()),
            Value::Object(it) => Value::Object(it.into_owned()),
        }
    }
}

/// A custom field: its name and its value.
pub type CustomField<'a> = (Text<'a>, Value<'a>);

/// Custom fields in the order in which they were set. A name stands once.
#[derive(Clone)]
pub struct Custom<'a>(Stored<'a>);

/// Where custom fields stand. A [`Cow`](std::borrow::Cow) of them could not be given where they
/// need to live less long.
#[derive(Clone)]
enum Stored<'a> {
    Borrowed(&'a [CustomField<'a>]),
    Owned(Vec<CustomField<'a>>),
}

impl<'a> Custom<'a> {
    /// Sets a field; a field of that name is replaced, in its place.
    pub fn set(&mut self, name: impl Into<Text<'a>>, value: impl Into<Value<'a>>) {
        let (name, value) = (name.into(), value.into());
        let mut fields = self.take();
        set(&mut fields, name, value);
        self.0 = Stored::Owned(fields);
    }

    /// The fields in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        let fields = self.fields().iter();
        fields.map(|(name, value)| (name.as_ref(), value))
    }

    /// Whether no field is set.
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }

    /// How many fields are set.
    pub fn len(&self) -> usize {
        self.fields().len()
    }

    /// The same with nothing borrowed.
    pub fn into_owned(mut self) -> Custom<'static> {
        let fields = self.take().into_iter();
        let fields = fields.map(|(name, value)| (name.into_owned().into(), value.into_owned()));
        Custom(Stored::Owned(fields.collect()))
    }

    fn fields(&self) -> &[CustomField<'a>] {
        match &self.0 {
            Stored::Borrowed(fields) => fields,
            Stored::Owned(fields) => fields,
        }
    }

    fn take(&mut self) -> Vec<CustomField<'a>> {
        match std::mem::take(self).0 {
            Stored::Borrowed(fields) => fields.to_vec(),
            Stored::Owned(fields) => fields,
        }
    }
}

impl Default for Custom<'_> {
    fn default() -> Self {
        Custom(Stored::Borrowed(&[]))
    }
}

impl<'a> From<&'a [CustomField<'a>]> for Custom<'a> {
    /// Fields that stand elsewhere, which takes no memory; of a name that stands twice the last
    /// counts.
    fn from(fields: &'a [CustomField<'a>]) -> Self {
        let mut names = fields.iter().enumerate();
        let is_known = |(at, (name, _)): (usize, &CustomField<'_>)| {
            fields.iter().take(at).any(|(other, _)| other == name)
        };
        if fields.len() <= MANY && !names.any(is_known) {
            return Custom(Stored::Borrowed(fields));
        }
        let mut custom = Custom::default();
        custom.extend(fields.iter().cloned());
        custom
    }
}

impl PartialEq for Custom<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.fields() == other.fields()
    }
}

impl fmt::Debug for Custom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Custom").field(&self.fields()).finish()
    }
}

impl<'a> Extend<CustomField<'a>> for Custom<'a> {
    /// Sets one field after the other, in a time that grows with their number alone.
    fn extend<I: IntoIterator<Item = CustomField<'a>>>(&mut self, given: I) {
        let mut fields = self.take();
        let mut places: HashMap<Text<'a>, usize> = HashMap::new();
        for (name, value) in given {
            if fields.len() < MANY {
                set(&mut fields, name, value);
                continue;
            }
            if places.is_empty() {
                let names = fields.iter().enumerate();
                places.extend(names.map(|(at, (name, _))| (name.clone(), at)));
            }
            match places.get(&name).and_then(|at| fields.get_mut(*at)) {
                Some((_, old)) => *old = value,
                None => {
                    places.insert(name.clone(), fields.len());
                    fields.push((name, value));
                }
            }
        }
        self.0 = Stored::Owned(fields);
    }
}

fn set<'a>(fields: &mut Vec<CustomField<'a>>, name: Text<'a>, value: Value<'a>) {
    match fields.iter_mut().find(|(other, _)| *other == name) {
        Some((_, old)) => *old = value,
        None => fields.push((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Custom, CustomField, Value};

    #[test]
    fn a_field_set_twice_keeps_its_place_and_the_last_value() {
        let mut custom = Custom::default();
        custom.set("a", 1);
        custom.set("b", true);
        custom.set("a", "x");
        let fields: Vec<_> = custom.iter().collect();
        assert_eq!(
            fields,
            [("a", &Value::from("x")), ("b", &Value::Bool(true))]
        );
    }

    #[test]
    fn many_fields_at_once_are_what_they_are_one_by_one() {
        let fields = (0..300_i64).map(|n| (format!("f{}", n * n % 110), n));
        let mut one_by_one = Custom::default();
        for (name, value) in fields.clone() {
            one_by_one.set(name, value);
        }
        let mut at_once = Custom::default();
        at_once.extend(fields.map(|(name, value)| (name.into(), Value::from(value))));
        assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn fields_that_stand_elsewhere_are_those_that_were_set() {
        let check = |fields: &[(&'static str, i64)]| {
            let mut set = Custom::default();
            fields.iter().for_each(|(name, n)| set.set(*name, *n));
            let fields = fields
                .iter()
                .map(|(name, n)| ((*name).into(), Value::from(*n)));
            let fields: Vec<CustomField<'_>> = fields.collect();
            let mut given = Custom::from(&*fields);
            assert_eq!(given, set);
            assert_eq!(given.clone().into_owned(), set);
            given.set("b", "x");
            set.set("b", "x");
            assert_eq!(given, set);
        };
        check(&[]);
        check(&[("a", 1), ("b", 2)]);
        check(&[("a", 1), ("b", 2), ("a", 3)]);
    }
}
