//! Ids and references to them, as cells write them: with blanks around, as `0` or `null` where there
//! is none, as `1.0` where a program took a column for numbers.
//!
//! What a column does is found out over all its cells; what a reference may name, over all ids of
//! its section.

use std::borrow::Cow;

use migrate_model::Text;

use crate::{cell, list};

/// What systems write where there is no id; letters of any case.
const NOTHING: [&str; 13] = [
    "0",
    "-",
    "-1",
    "nil",
    "nan",
    "n/a",
    "none",
    "null",
    "#n/a",
    "(null)",
    "<null>",
    "undefined",
    "00000000-0000-0000-0000-000000000000",
];

/// How many of them are numbers, which may as well be somebody's id.
const NUMBERS: usize = 3;

/// What a field holds the ids of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The row's own id.
    Own,
    /// Whoever did what the row tells.
    Actor,
    /// A message that another names.
    Message,
    /// People whom a record names.
    Users,
    /// Anything else.
    Other,
}

/// A field that holds ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdStep {
    /// Which of the section's columns of ids it is.
    pub(crate) at: usize,
    pub(crate) role: Role,
    /// Whether it holds several.
    pub(crate) is_list: bool,
}

impl IdStep {
    pub(crate) fn new(at: usize, name: &str) -> IdStep {
        let role = match name {
            "id" => Role::Own,
            "user_id" | "reaction.user_id" => Role::Actor,
            "parent_id" | "quoted_message_id" => Role::Message,
            "parent_user_id" | "created_by" | "pin.by" => Role::Users,
            name if name.ends_with("_user_ids") => Role::Users,
            _ => Role::Other,
        };
        IdStep {
            at,
            role,
            is_list: name.ends_with("_ids"),
        }
    }
}

/// The number of the word for nothing that an id is.
#[inline]
fn nothing(id: &str) -> Option<usize> {
    // Nearly all ids end here, by how the words begin and how long they are.
    let first = id.as_bytes().first()?.to_ascii_lowercase();
    let may_be = match first {
        b'0' => matches!(id.len(), 1 | 36),
        b'-' => id.len() < 3,
        b'n' => matches!(id.len(), 3 | 4),
        b'u' => id.len() == 9,
        b'#' | b'(' | b'<' => true,
        _ => false,
    };
    match may_be {
        true => word_for_nothing(id),
        false => None,
    }
}

fn word_for_nothing(id: &str) -> Option<usize> {
    let mut words = NOTHING.iter();
    words.position(|word| word.eq_ignore_ascii_case(id))
}

/// Whether a text is a word for nothing.
pub(crate) fn is_nothing(text: &str) -> bool {
    nothing(text).is_some()
}

/// A whole number as a program writes it that took it for one with a fraction: `1.0`.
fn without_fraction(id: &str) -> Option<&str> {
    let digits = id.strip_suffix(".0")?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(digits)
}

/// A set of words for nothing, by their numbers.
type Words = [u32; NOTHING.len()];

/// Notes on the ids of a section.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdNotes {
    is_noted: bool,
    columns: Vec<ColumnNotes>,
    /// How often messages and people are called by words for nothing.
    messages: Words,
    people: Words,
    /// How often such a word stands where a message or somebody is named.
    named_messages: Words,
    named_people: Words,
    /// Whether somebody's id begins with `@`.
    has_at: bool,
}

/// Notes on a column of ids.
#[derive(Clone, Debug, Default)]
struct ColumnNotes {
    floats: u32,
    has_others: bool,
    separators: list::Separators,
}

impl IdNotes {
    /// Takes note of a cell of a section of messages, or of any other.
    pub(crate) fn note(&mut self, step: IdStep, cell: &str, of_messages: bool) {
        self.is_noted = true;
        let cell = cell::within(cell);
        if cell.is_empty() {
            return;
        }
        if self.columns.len() <= step.at {
            self.columns.resize(step.at + 1, ColumnNotes::default());
        }
        let Some(column) = self.columns.get_mut(step.at) else {
            return;
        };
        if let Some(word) = nothing(cell) {
            let counts = match step.role {
                Role::Own if of_messages => &mut self.messages,
                Role::Message => &mut self.named_messages,
                Role::Users => &mut self.named_people,
                Role::Actor => &mut self.people,
                Role::Own | Role::Other => return,
            };
            if let Some(count) = counts.get_mut(word) {
                *count = count.saturating_add(1);
            }
            // A number is no float.
            column.has_others |= ["0", "-1"].contains(&cell);
            return;
        }
        if step.is_list {
            column.separators.note(cell);
            return;
        }
        self.has_at |= step.role == Role::Actor && cell.starts_with('@');
        match without_fraction(cell) {
            Some(_) => column.floats = column.floats.saturating_add(1),
            None => column.has_others = true,
        }
    }

    /// Adds notes on other rows.
    pub(crate) fn merge(&mut self, other: IdNotes) {
        self.is_noted |= other.is_noted;
        if self.columns.len() < other.columns.len() {
            let count = other.columns.len();
            self.columns.resize(count, ColumnNotes::default());
        }
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            column.floats = column.floats.saturating_add(more.floats);
            column.has_others |= more.has_others;
            column.separators.merge(more.separators);
        }
        let sets = [
            (&mut self.messages, other.messages),
            (&mut self.people, other.people),
            (&mut self.named_messages, other.named_messages),
            (&mut self.named_people, other.named_people),
        ];
        for (counts, more) in sets {
            for (count, more) in counts.iter_mut().zip(more) {
                *count = count.saturating_add(more);
            }
        }
        self.has_at |= other.has_at;
    }

    pub(crate) fn decide(&self) -> Ids {
        let mut people = self.people.map(|count| count > 0);
        // `null` wrote nothing, but a user may have the number 0.
        for is_called in people.iter_mut().skip(NUMBERS) {
            *is_called = false;
        }
        let columns = self.columns.iter().map(|column| ColumnIds {
            are_floats: column.floats > 0 && !column.has_others,
            separator: column.separators.decide(),
        });
        Ids {
            is_known: self.is_noted,
            columns: columns.collect(),
            messages: self.messages.map(|count| count > 0),
            people,
            has_at: self.has_at,
        }
    }

    /// How many references name nothing, given what was decided.
    pub(crate) fn nameless(&self, ids: &Ids) -> u32 {
        let sum = |counts: &Words, called: &[bool; NOTHING.len()]| {
            let counts = counts.iter().zip(called);
            let counts = counts.filter(|(_, is_called)| !**is_called);
            counts.fold(0_u32, |sum, (count, _)| sum.saturating_add(*count))
        };
        let words = self.people.iter().skip(NUMBERS);
        sum(&self.named_messages, &ids.messages)
            .saturating_add(sum(&self.named_people, &ids.people))
            .saturating_add(words.fold(0, |sum: u32, count| sum.saturating_add(*count)))
    }

    /// How many ids are numbers with a fraction that is none.
    pub(crate) fn floats(&self) -> u32 {
        let columns = { self.columns.iter() }.filter(|it| !it.has_others);
        columns.fold(0, |sum: u32, it| sum.saturating_add(it.floats))
    }
}

/// What was found out of the ids of a section.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    /// Whether anything was found out.
    pub(crate) is_known: bool,
    columns: Vec<ColumnIds>,
    messages: [bool; NOTHING.len()],
    people: [bool; NOTHING.len()],
    has_at: bool,
}

/// What was found out of a column of ids.
#[derive(Clone, Debug, Default)]
struct ColumnIds {
    are_floats: bool,
    separator: Option<&'static str>,
}

/// An id as it is meant.
#[derive(Debug, PartialEq)]
pub(crate) enum Meant<'t> {
    Id(Text<'t>),
    /// It is a word for nothing.
    Nothing,
}

impl Ids {
    /// What stands between the values of a list, if its column tells.
    pub(crate) fn separator(&self, step: IdStep) -> Option<&'static str> {
        self.columns.get(step.at)?.separator
    }

    /// An id as it is meant.
    pub(crate) fn meant<'t>(&self, step: IdStep, id: Text<'t>) -> Meant<'t> {
        let id = trimmed(id);
        let is_called = |called: &[bool; NOTHING.len()], word: usize| {
            called.get(word).copied().unwrap_or_default()
        };
        if let Some(word) = nothing(&id) {
            let is_nothing = match step.role {
                Role::Own | Role::Other => false,
                Role::Actor => word >= NUMBERS,
                Role::Message => !is_called(&self.messages, word),
                Role::Users => !is_called(&self.people, word),
            };
            if is_nothing {
                return Meant::Nothing;
            }
        }
        let column = self.columns.get(step.at);
        if column.is_some_and(|it| it.are_floats) && without_fraction(&id).is_some() {
            return Meant::Id(part(id, |id| without_fraction(id).unwrap_or(id)));
        }
        // `@ann` is how people are named in texts; ids of Matrix begin so themselves.
        let is_mention = self.is_known && !self.has_at && step.role == Role::Users && step.is_list;
        if is_mention && id.starts_with('@') && !id.contains(':') {
            return Meant::Id(part(id, |id| id.strip_prefix('@').unwrap_or(id)));
        }
        Meant::Id(id)
    }
}

/// An id by which tables are joined, however each of them writes it.
pub(crate) fn joining(id: Text<'_>) -> Text<'_> {
    part(trimmed(id), |id| without_fraction(id).unwrap_or(id))
}

/// An id without the blanks around it, which no system has.
#[inline]
pub(crate) fn trimmed(id: Text<'_>) -> Text<'_> {
    match cell::may_have_blanks(&id) {
        true => part(id, str::trim),
        false => id,
    }
}

fn part<'t>(text: Text<'t>, part: impl Fn(&str) -> &str) -> Text<'t> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text)),
        Cow::Owned(text) => Cow::Owned(part(&text).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: (usize, &str) = (0, "id");
    const PARENT: (usize, &str) = (1, "parent_id");
    const AUTHOR: (usize, &str) = (2, "user_id");
    const MENTIONS: (usize, &str) = (3, "mentioned_user_ids");

    fn noted(cells: &[((usize, &str), &str)]) -> IdNotes {
        let mut notes = IdNotes::default();
        for ((at, name), cell) in cells {
            notes.note(IdStep::new(*at, name), cell, true);
        }
        notes
    }

    #[track_caller]
    fn check(cells: &[((usize, &str), &str)], (at, name): (usize, &str), id: &str, expected: &str) {
        let notes = noted(cells);
        let meant = match notes.decide().meant(IdStep::new(at, name), id.into()) {
            Meant::Id(id) => id.into_owned(),
            Meant::Nothing => String::new(),
        };
        assert_eq!(meant, expected, "{name} {id}");
    }

    #[test]
    fn words_for_nothing_name_nothing_unless_somebody_is_called_so() {
        let nil = "00000000-0000-0000-0000-000000000000";
        for word in [
            "0",
            "null",
            "None",
            "NaN",
            "N/A",
            "-",
            "-1",
            "undefined",
            "(null)",
            nil,
        ] {
            check(&[(OWN, "1"), (PARENT, word)], PARENT, word, "");
            check(&[(OWN, word), (PARENT, word)], PARENT, word, word);
            check(&[], MENTIONS, word, "");
        }
        check(&[(AUTHOR, "0")], MENTIONS, "0", "0");
        check(&[(AUTHOR, "0")], AUTHOR, "0", "0");
        check(&[(AUTHOR, "null")], AUTHOR, "null", "");
        check(&[(OWN, "0")], OWN, "0", "0");
        let notes = noted(&[(PARENT, "0"), (PARENT, "0"), (PARENT, "1"), (AUTHOR, "nan")]);
        assert_eq!(notes.nameless(&notes.decide()), 3);
        let notes = noted(&[(OWN, "0"), (PARENT, "0"), (AUTHOR, "0")]);
        assert_eq!(notes.nameless(&notes.decide()), 0);
    }

    #[test]
    fn numbers_with_a_fraction_are_whole_where_the_whole_column_has_it() {
        check(
            &[(PARENT, "1.0"), (PARENT, ""), (PARENT, "nan")],
            PARENT,
            "1.0",
            "1",
        );
        check(&[(PARENT, "1.0"), (PARENT, "1.5")], PARENT, "1.0", "1.0");
        check(&[(PARENT, "1.0"), (PARENT, "2")], PARENT, "1.0", "1.0");
        check(&[(PARENT, "v1.0")], PARENT, "v1.0", "v1.0");
        assert_eq!(
            noted(&[(PARENT, "1.0"), (OWN, "1"), (AUTHOR, "41.0")]).floats(),
            2
        );
    }

    #[test]
    fn blanks_and_signs_of_mentions_are_no_part_of_an_id() {
        check(&[], OWN, " 1\t", "1");
        check(&[(AUTHOR, "u1")], MENTIONS, "@u1", "u1");
        check(&[(AUTHOR, "@u1")], MENTIONS, "@u1", "@u1");
        check(
            &[(AUTHOR, "u1")],
            MENTIONS,
            "@u1:example.org",
            "@u1:example.org",
        );
    }
}
