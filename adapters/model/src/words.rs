//! The words for values of which there are a few.

use crate::{MessageKind, Rank};

/// What a message is.
pub const MESSAGE_KINDS: &[(MessageKind, &str)] = &[
    (MessageKind::Regular, "regular"),
    (MessageKind::System, "system"),
    (MessageKind::Deleted, "deleted"),
    (MessageKind::Blocked, "blocked"),
];

/// How well a person is known; one who is listed is a user and has no word here.
pub const RANKS: &[(Rank, &str)] = &[
    (Rank::Id, "id"),
    (Rank::Label, "label"),
    (Rank::Profile, "profile"),
];

/// The word for a value.
pub fn of<T: Copy + PartialEq>(words: &[(T, &'static str)], it: T) -> Option<&'static str> {
    let found = words.iter().find(|(value, _)| *value == it);
    found.map(|(_, word)| *word)
}

/// The value for a word.
pub fn value<T: Copy>(words: &[(T, &'static str)], word: &str) -> Option<T> {
    let found = words.iter().find(|(_, it)| *it == word);
    found.map(|(value, _)| *value)
}

/// All words.
pub fn all<T>(words: &[(T, &'static str)]) -> Vec<&'static str> {
    words.iter().map(|(_, word)| *word).collect()
}
