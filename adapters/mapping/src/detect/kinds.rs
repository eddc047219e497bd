//! What tables hold: by their names, and else by their columns.

use std::collections::HashMap;

use super::fields::{self, Held};
use super::{Table, paths};
use crate::aliases;
use crate::mapping::SectionKind;
use crate::read;

/// What tables are that were asked for already: many have the same columns.
#[derive(Default)]
pub(super) struct Kinds<'t> {
    known: HashMap<(&'t [String], Name), Option<SectionKind>>,
}

impl<'t> Kinds<'t> {
    /// What a table is; `None` if nothing is known of it.
    pub(super) fn of(&mut self, table: &Table<'t>) -> Option<SectionKind> {
        let key = (table.columns, Name::of(table));
        let known = self.known.entry(key);
        *known.or_insert_with_key(|(columns, name)| of_columns(columns, name))
    }
}

/// What the name of a table tells.
#[derive(PartialEq, Eq, Hash)]
struct Name {
    /// The kinds that it may mean, the likeliest first.
    kinds: Vec<SectionKind>,
    /// Whether it is a word for records that have authors, texts and times as messages have.
    is_of_another_kind: bool,
}

impl Name {
    fn of(table: &Table<'_>) -> Name {
        let stem = paths::stem(table.name);
        Name {
            kinds: by_name(&stem),
            is_of_another_kind: is_of_another_kind(&stem),
        }
    }
}

/// What a table is; `None` if nothing is known of it.
pub(super) fn of(table: &Table<'_>) -> Option<SectionKind> {
    of_columns(table.columns, &Name::of(table))
}

fn of_columns(columns: &[String], name: &Name) -> Option<SectionKind> {
    use SectionKind::{Attachments, Members, Messages, Reactions, Users};
    let fits = |kind| fits(kind, &fields::of(kind, columns));
    let by_name = &name.kinds;
    // `messages-by-channel` and `all-by-user` are messages, as is a table of `chats` in which
    // somebody wrote something.
    if !name.is_of_another_kind && says_who_wrote_what(columns) {
        return Some(Messages);
    }
    if let Some(kind) = by_name.iter().copied().find(|kind| fits(*kind)) {
        // Lists of members are often called users, and the other way round.
        return match kind {
            Users if fits(Members) => Some(Members),
            kind => Some(kind),
        };
    }
    if by_name.first() == Some(&Members) && fits(Users) {
        return Some(Users);
    }
    let by_columns = [Messages, Reactions, Attachments, Members];
    let found = by_columns.into_iter().find(|kind| fits(*kind));
    let is_person = || {
        let fields = fields::of(Users, columns);
        ["id", "email", "name"]
            .iter()
            .all(|name| has(&fields, name))
    };
    found.or_else(|| is_person().then_some(Users)).or_else(|| {
        // Messages that lack something are told about as such.
        (by_name.first() == Some(&Messages)).then_some(Messages)
    })
}

/// The kind that the name of a table is exactly a word for, whatever columns it has.
pub(super) fn called(table: &Table<'_>) -> Option<SectionKind> {
    let stem = paths::stem(table.name);
    let exact = { aliases::TABLES.iter() }.find(|(_, names)| names.contains(&stem.as_str()));
    exact.map(|(kind, _)| *kind)
}

fn has(fields: &[Held], name: &str) -> bool {
    fields.iter().any(|held| held.field == name)
}

/// Whether the columns are those of a kind. What else is missing is told, or made.
fn fits(kind: SectionKind, fields: &[Held]) -> bool {
    let any = |names: &[&str]| names.iter().any(|name| has(fields, name));
    match kind {
        SectionKind::Messages => {
            // `note` and `data` are names for so many things that somebody must have written them.
            let text = fields.iter().find(|held| held.field == "text");
            let author = fields.iter().find(|held| held.field == "user_id");
            let is_author = author.is_some_and(|held| held.list < aliases::WEAK_USERS);
            let is_text = match text {
                Some(held) => held.list < aliases::WEAK_TEXTS || is_author,
                None => any(&["attachments"]),
            };
            any(&["created_at"]) && is_text
        }
        SectionKind::Attachments => any(&["message_id"]) && any(&["asset_url", "image_url"]),
        kind => read::needed(kind).iter().all(|names| any(names)),
    }
}

/// Whether a table has the columns of messages, and names in plain words for all of them.
fn says_who_wrote_what(columns: &[String]) -> bool {
    let fields = fields::of(SectionKind::Messages, columns);
    let known = |name: &str, lists: usize| {
        let held = fields.iter().find(|held| held.field == name);
        held.is_some_and(|held| held.list < lists)
    };
    known("user_id", aliases::WEAK_USERS)
        && known("text", aliases::WEAK_TEXTS)
        && known("created_at", 2)
}

/// Whether a name is a word for records that have authors, texts and times as well.
fn is_of_another_kind(stem: &str) -> bool {
    let mut tables = aliases::TABLES.iter();
    tables.any(|(kind, names)| {
        let has_own = [SectionKind::Reactions, SectionKind::Attachments].contains(kind);
        has_own && names.contains(&stem)
    })
}

/// The kinds that a name may mean, the likeliest first: the last word says what a thing is, so
/// `room_users` are users.
fn by_name(stem: &str) -> Vec<SectionKind> {
    let mut found: Vec<(usize, SectionKind)> = Vec::new();
    for (kind, names) in aliases::TABLES {
        let ends = names.iter().filter(|name| stem.ends_with(*name));
        let starts = names.iter().filter(|name| stem.starts_with(*name));
        let ends = ends.map(|it| it.len() + 100);
        if let Some(best) = ends.chain(starts.map(|it| it.len())).max() {
            found.push((best, *kind));
        }
    }
    found.sort_by_key(|(best, _)| std::cmp::Reverse(*best));
    found.into_iter().map(|(_, kind)| kind).collect()
}
