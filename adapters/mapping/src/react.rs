//! Reactions that stand in one cell of their message.

use std::collections::HashMap;

use migrate_model::{Custom, Value as Kept};
use serde_json::{Map, Value};

use crate::counts;

/// Keys under which programs write what a reaction is, and whose.
const TYPES: &[&str] = &[
    "reaction_type",
    "type",
    "emoji",
    "name",
    "reaction",
    "shortcode",
];
const USERS: &[&str] = &[
    "user_id", "user_ids", "users", "user", "author", "authors", "userId",
];
const COUNTS: &[&str] = &["count", "n", "total"];

/// What a cell says of reactions.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reactions {
    /// Name and user.
    pub(crate) of_users: Vec<(String, String)>,
    /// Name and count, where users are not said.
    pub(crate) counts: Vec<(String, i64)>,
    /// What is not written as it should be.
    pub(crate) bad: u32,
}

impl Reactions {
    /// Counts as custom data; counts of one name are added up.
    pub(crate) fn counted(&self) -> Custom<'static> {
        let mut custom = Custom::default();
        let mut names: Vec<(&str, i64)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (name, count) in &self.counts {
            let place = *places.entry(name).or_insert(names.len());
            match names.get_mut(place) {
                Some((_, sum)) => *sum = sum.saturating_add(*count),
                None => names.push((name, *count)),
            }
        }
        custom.extend(
            { names.into_iter() }.map(|(name, n)| (name.to_owned().into(), Kept::Integer(n))),
        );
        custom
    }
}

/// Reads a list of reactions that are written as counts in a form; without a form, in any usual one.
pub(crate) fn of_counts<'t>(
    values: impl IntoIterator<Item = &'t str>,
    form: Option<&str>,
) -> Reactions {
    let mut reactions = Reactions::default();
    for value in values {
        let read = match form {
            Some(form) => counts::read(form, value),
            None => ["name (n)", "name:n"]
                .into_iter()
                .find_map(|form| counts::read(form, value)),
        };
        match read {
            Some((name, count)) => reactions.counts.push((name.to_owned(), count)),
            None => reactions.bad += 1,
        }
    }
    reactions
}

/// Reads reactions as JSON: a list of objects, or an object of users or counts by name. `None` if it
/// is neither.
pub(crate) fn of_json(text: &str, map: &[(String, String)]) -> Option<Reactions> {
    let mut reactions = Reactions::default();
    match serde_json::from_str(text).ok()? {
        Value::Null => {}
        Value::Array(list) => {
            for it in list {
                match it {
                    Value::Object(fields) => reactions.object(&fields, map),
                    Value::String(text) => {
                        let more = of_counts([text.as_str()], None);
                        reactions.counts.extend(more.counts);
                        reactions.bad += more.bad;
                    }
                    _ => reactions.bad += 1,
                }
            }
        }
        Value::Object(fields) => {
            let is_one = TYPES
                .iter()
                .any(|key| fields.get(*key).is_some_and(Value::is_string));
            match is_one || !map.is_empty() {
                true => reactions.object(&fields, map),
                false => {
                    for (name, it) in &fields {
                        reactions.named(name, it);
                    }
                }
            }
        }
        _ => return None,
    }
    Some(reactions)
}

impl Reactions {
    fn object(&mut self, fields: &Map<String, Value>, map: &[(String, String)]) {
        let get = |field: &str, keys: &[&str]| {
            let given = map.iter().find(|(name, _)| name == field);
            match given {
                Some((_, key)) => fields.get(key),
                None => keys.iter().find_map(|key| fields.get(*key)),
            }
        };
        let name = match get("reaction_type", TYPES) {
            Some(Value::Object(emoji)) => emoji.get("name").and_then(Value::as_str),
            Some(it) => it.as_str(),
            None => None,
        };
        let Some(name) = name else {
            self.bad += 1;
            return;
        };
        let users = get("user_id", USERS).filter(|it| !it.is_null());
        let count = get("count", COUNTS).filter(|it| !it.is_null());
        let known = self.of_users.len();
        if let Some(users) = users {
            self.users(name, users);
        }
        let told = self.of_users.len() - known;
        match (users, count.map(number)) {
            (None, None) => self.counts.push((name.to_owned(), 1)),
            (Some(_), None) => {}
            (_, Some(None)) => self.bad += 1,
            (_, Some(Some(count))) => {
                // Some list only the first of many.
                let others = count.saturating_sub(i64::try_from(told).unwrap_or(i64::MAX));
                if others > 0 {
                    self.counts.push((name.to_owned(), others));
                }
            }
        }
    }

    /// Users or a count of a name.
    fn named(&mut self, name: &str, it: &Value) {
        match (number(it), it) {
            (Some(count), _) => self.counts.push((name.to_owned(), count)),
            (None, Value::Object(fields)) if !fields.contains_key("id") => {
                let mut fields = fields.clone();
                fields.insert("reaction_type".to_owned(), Value::from(name));
                self.object(&fields, &[]);
            }
            (None, it) => self.users(name, it),
        }
    }

    /// The users of a reaction: one or a list, by their ids or as objects that have them.
    fn users(&mut self, name: &str, it: &Value) {
        let users = match it {
            Value::Array(users) => users.as_slice(),
            one => std::slice::from_ref(one),
        };
        for user in users {
            let user = match user {
                Value::Object(fields) => { ["id", "user_id", "name"].iter() }
                    .find_map(|key| fields.get(*key))
                    .unwrap_or(&Value::Null),
                user => user,
            };
            match user {
                Value::String(user) if !user.is_empty() => {
                    self.of_users.push((name.to_owned(), user.clone()));
                }
                Value::Number(user) => self.of_users.push((name.to_owned(), user.to_string())),
                _ => self.bad += 1,
            }
        }
    }
}

/// A count, also one that is written as text.
fn number(it: &Value) -> Option<i64> {
    match it {
        Value::String(text) => text.trim().parse().ok(),
        it => it.as_i64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_take_no_more_time_than_few() {
        let counts = (0..200_000).map(|nth| (format!("n{nth}"), 1)).collect();
        let reactions = Reactions {
            counts,
            ..Reactions::default()
        };
        assert_eq!(reactions.counted().len(), 200_000);
    }

    #[test]
    fn reactions_are_read_from_the_usual_json() {
        let check = |text: &str, users: &[(&str, &str)], counts: &[(&str, i64)], bad| {
            let read = of_json(text, &[]).unwrap();
            let owned = |it: &(&str, &str)| (it.0.to_owned(), it.1.to_owned());
            assert_eq!(
                read.of_users,
                users.iter().map(owned).collect::<Vec<_>>(),
                "{text}"
            );
            let counted = counts.iter().map(|it| (it.0.to_owned(), it.1));
            assert_eq!(read.counts, counted.collect::<Vec<_>>(), "{text}");
            assert_eq!(read.bad, bad, "{text}");
        };
        check(r#"[{"type":"+1","user_id":"u"}]"#, &[("+1", "u")], &[], 0);
        check(
            r#"[{"name":"+1","users":["u",7]}]"#,
            &[("+1", "u"), ("+1", "7")],
            &[],
            0,
        );
        check(
            r#"[{"emoji":{"name":"+1"},"count":3}]"#,
            &[],
            &[("+1", 3)],
            0,
        );
        check(r#"{"+1":["u"],"x":2}"#, &[("+1", "u")], &[("x", 2)], 0);
        check(r#"{"type":"+1","user":{"id":"u"}}"#, &[("+1", "u")], &[], 0);
        check(r#"[3,{"a":1}]"#, &[], &[], 2);
        check("null", &[], &[], 0);
        check(
            r#"[{"emoji":"like","user_id":42}]"#,
            &[("like", "42")],
            &[],
            0,
        );
        check(r#"[{"name":"like","count":"3"}]"#, &[], &[("like", 3)], 0);
        check(
            r#"[{"name":"like","count":3,"users":[]}]"#,
            &[],
            &[("like", 3)],
            0,
        );
        check(
            r#"[{"name":"like","count":5,"users":["u1"]}]"#,
            &[("like", "u1")],
            &[("like", 4)],
            0,
        );
        check(
            r#"{"like":{"count":2,"users":["u1"]}}"#,
            &[("like", "u1")],
            &[("like", 1)],
            0,
        );
        check(r#"[{"name":"like","count":"many"}]"#, &[], &[], 1);
        assert_eq!(of_json("7", &[]), None);
        assert_eq!(of_json("[", &[]), None);
    }
}
