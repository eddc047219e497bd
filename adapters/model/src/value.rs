//! Custom data: what a source knows beyond the model's own fields.

use std::collections::HashMap;

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

/// Custom fields in the order in which they were set. A name stands once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Custom<'a>(Vec<(Text<'a>, Value<'a>)>);

impl<'a> Custom<'a> {
    /// Sets a field; a field of that name is replaced, in its place.
    pub fn set(&mut self, name: impl Into<Text<'a>>, value: impl Into<Value<'a>>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// The fields in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Whether no field is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are set.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'a> Extend<(Text<'a>, Value<'a>)> for Custom<'a> {
    /// Sets one field after the other, in a time that grows with their number alone.
    fn extend<I: IntoIterator<Item = (Text<'a>, Value<'a>)>>(&mut self, fields: I) {
        let mut places: HashMap<Text<'a>, usize> = HashMap::new();
        for (name, value) in fields {
            if self.0.len() < MANY {
                self.set(name, value);
                continue;
            }
            if places.is_empty() {
                let names = self.0.iter().enumerate();
                places.extend(names.map(|(at, (name, _))| (name.clone(), at)));
            }
            match places.get(&name).and_then(|at| self.0.get_mut(*at)) {
                Some((_, old)) => *old = value,
                None => {
                    places.insert(name.clone(), self.0.len());
                    self.0.push((name, value));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Custom, Value};

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
}
