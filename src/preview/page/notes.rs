//! What was lost, left out, merged, excluded and made.

use super::super::model::{self, Preview};
use super::conversations::Conversations;
use super::html::Html;
use super::list::First;
use super::message;
use crate::books::Class;
use crate::redact::{Clean, Cleaner};
use crate::text::count;

/// How many kinds of a class are listed.
const MOST_KINDS: usize = 100;

/// The notes of a class.
pub struct Group {
    /// Its key, as in a report.
    pub key: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// How many there are.
    pub count: String,
    /// Its kinds, those with the most notes first.
    pub notes: First<Note>,
}

/// The notes of a kind.
pub struct Note {
    /// The kind.
    pub kind: Clean,
    /// What happened.
    pub text: Html,
    /// How often.
    pub count: String,
    /// The first of them.
    pub examples: Vec<Example>,
    /// How many more there are, if any.
    pub more: Option<String>,
}

/// One thing that was noted.
pub struct Example {
    /// Where.
    pub place: Clean,
    /// What exactly.
    pub detail: Clean,
    /// The message, if it is shown.
    pub anchor: Option<String>,
}

/// The notes of a preview by class, classes without any left away.
pub fn groups(preview: &Preview, conversations: &Conversations, cleaner: Cleaner) -> Vec<Group> {
    let group = |class: Class| {
        let notes = preview.notes.iter().filter(|note| note.class == class);
        let notes: Vec<&model::Note> = notes.collect();
        let sum = notes.iter().map(|note| note.count).sum();
        let (title, meaning) = words(class);
        Group {
            key: class.key(),
            title,
            meaning,
            count: count(sum),
            notes: First::of(
                MOST_KINDS,
                notes.iter().map(|it| Note::of(it, conversations, cleaner)),
            ),
        }
    };
    let groups = Class::ALL.into_iter().map(group);
    groups
        .filter(|group| !group.notes.listed.is_empty())
        .collect()
}

impl Note {
    fn of(note: &model::Note, conversations: &Conversations, cleaner: Cleaner) -> Note {
        let example = |it: &model::Example| {
            let shown = it
                .message
                .filter(|place| conversations.shown.contains(place));
            Example {
                place: cleaner.beginning(&it.place, message::MOST_DETAIL_BYTES),
                detail: cleaner.beginning(&it.detail, message::MOST_DETAIL_BYTES),
                anchor: shown.map(|(channel, n)| message::anchor(channel, n)),
            }
        };
        Note {
            kind: cleaner.text(&note.kind),
            text: Html::prose(&cleaner.text(&note.text)),
            count: count(note.count),
            examples: note.examples.iter().map(example).collect(),
            more: Some(note.count.saturating_sub(note.examples.len() as u64))
                .filter(|more| *more > 0)
                .map(count),
        }
    }
}

fn words(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Loss => (
            "Written, but not whole",
            "These records are written. Something of each could not come along, or had to be changed.",
        ),
        Class::LeftOut => (
            "Left out",
            "These records could not be used, and are not written.",
        ),
        Class::Merged => (
            "Merged",
            "These records went into others, which are written.",
        ),
        Class::Excluded => (
            "Excluded",
            "These records are not written because the options of the run say so.",
        ),
        Class::Made => (
            "Made",
            "These records stand nowhere in the source as such, and are written because others need them.",
        ),
    }
}
