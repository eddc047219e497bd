//! Which columns of a table hold which fields, by their names alone.

use crate::aliases::{self, Alias};
use crate::mapping::SectionKind;
use crate::names;

/// A field, and the columns that may hold it.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) field: &'static str,
    /// The places of the columns, at least one; the first is taken.
    pub(super) places: Vec<usize>,
    /// Which of the lists of names fits: the later, the less is known.
    pub(super) list: usize,
}

/// What stands before the name of a field where a column is about something else than the record:
/// `recipient_user_id` is no author, `channel_created_at` no time of a message.
const OF_OTHERS: &[&str] = &[
    "account",
    "assigned",
    "assignee",
    "author",
    "channel",
    "closed",
    "conversation",
    "deleted",
    "edited",
    "group",
    "last",
    "member",
    "mentioned",
    "modified",
    "parent",
    "pinned",
    "quoted",
    "reacted",
    "receiver",
    "recipient",
    "reply",
    "room",
    "sender",
    "target",
    "thread",
    "to",
    "updated",
    "user",
];

/// The shortest name that may be the end of a longer one.
const SUFFIX: usize = 6;

/// Fields that change what becomes of a message, so that their columns must be called exactly so.
const EXACT: &[&str] = &["kind", "deleted_at", "edited_at", "pin", "id"];

/// The fields of a kind, with the columns that may hold each, in the model's order.
pub(super) fn of(kind: SectionKind, columns: &[String]) -> Vec<Held> {
    let plain: Vec<String> = columns.iter().map(|name| aliases::plain(name)).collect();
    let mut free = vec![true; columns.len()];
    let mut found: Vec<Held> = Vec::new();
    for alias in aliases::of(kind) {
        let named = alias.names.iter().enumerate().find_map(|(list, names)| {
            let places = { names.iter() }.flat_map(|name| places(&plain, &free, |it| it == *name));
            let places: Vec<usize> = places.collect();
            (!places.is_empty()).then_some((list, places))
        });
        if let Some((list, places)) = named {
            let places = chosen(alias, &plain, places);
            take(&mut free, &places);
            found.push(Held {
                field: alias.field,
                places,
                list,
            });
        }
    }
    // A field that no column is named after may be the end of a longer name.
    for alias in aliases::of(kind) {
        let is_found = found.iter().any(|it| it.field == alias.field);
        if is_found || EXACT.contains(&alias.field) && kind == SectionKind::Messages {
            continue;
        }
        let long = alias.names.iter().copied().flatten();
        let long = long.filter(|name| name.chars().count() >= SUFFIX);
        let places = long.flat_map(|name| places(&plain, &free, |it| is_end(it, name)));
        let mut places: Vec<usize> = places.collect();
        places.sort_unstable();
        places.dedup();
        if let [_] = places[..] {
            take(&mut free, &places);
            found.push(Held {
                field: alias.field,
                places,
                list: 0,
            });
        }
    }
    let known = names::of_section(kind);
    found.sort_by_key(|held| known.iter().position(|(name, _)| *name == held.field));
    found
}

/// Of the columns with a name of one list those that may hold the field.
fn chosen(alias: &Alias, plain: &[String], places: Vec<usize>) -> Vec<usize> {
    let own = aliases::plain(alias.field);
    let exact = places
        .iter()
        .filter(|place| plain.get(**place) == Some(&own));
    let exact: Vec<usize> = exact.copied().collect();
    match (exact.is_empty(), alias.is_sure) {
        (false, _) => exact,
        (true, true) => places,
        (true, false) => places.into_iter().take(1).collect(),
    }
}

fn take(free: &mut [bool], places: &[usize]) {
    for place in places {
        if let Some(free) = free.get_mut(*place) {
            *free = false;
        }
    }
}

fn is_end(column: &str, name: &str) -> bool {
    let before = column.strip_suffix(name);
    // `has_reactions` is a flag.
    before.is_some_and(|before| {
        before != "has" && !OF_OTHERS.iter().any(|word| before.contains(word))
    })
}

fn places(plain: &[String], free: &[bool], is: impl Fn(&str) -> bool) -> Vec<usize> {
    let free = plain.iter().zip(free).enumerate();
    let free = free.filter(|(_, (_, free))| **free);
    let named = free.filter(|(_, (name, _))| is(name));
    named.map(|(place, _)| place).collect()
}
