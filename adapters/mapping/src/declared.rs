//! Losses that a mapping declares itself: what a query knows of its rows and the model cannot keep.

use migrate_model::{Outcome, wording};

use crate::cell::Row;
use crate::lookups::Lookups;
use crate::losses;
use crate::notes::Notes;
use crate::step::Step;

/// What stands between the losses of one row.
const BETWEEN: char = ';';

/// How many losses a mapping may declare.
pub(crate) const MOST: usize = 200;

/// The longest name of a loss, in bytes.
pub(crate) const LONGEST: usize = 60;

/// A kind of loss that a mapping declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name, as reports have it.
    pub kind: &'static str,
    /// What happened and what to do about it, in one sentence.
    pub text: String,
    /// What becomes of the row.
    pub outcome: Outcome,
}

impl Declared {
    /// A loss of this name, which must be one. The name is kept for as long as the
    /// program runs: there are few, and reports have them to the end.
    pub fn new(kind: &str, text: String, outcome: Outcome) -> Declared {
        Declared {
            kind: Box::leak(kind.into()),
            text,
            outcome,
        }
    }

    /// What happened and what to do about it, for the one of this name.
    pub fn explain<'d>(all: &'d [Declared], kind: &str) -> Option<&'d str> {
        let found = all.iter().find(|it| it.kind == kind);
        found.map(|it| it.text.as_str())
    }
}

/// What is wrong with the name of a loss, if it is no name.
pub(crate) fn fault(kind: &str) -> Option<String> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_letter);
    let parts = kind.split_once('.');
    let is_name = parts.is_some_and(|(of, what)| is_word(of) && is_word(what));
    let shown = wording::safe(kind, 40);
    if !is_name || kind.len() > LONGEST {
        return Some(format!(
            "`{shown}` is no name of a loss; write what it is a loss of, a point and what it is, as \
             in `\"crm.draft\"`, in small letters"
        ));
    }
    let is_ours = kind.starts_with("mapping.");
    is_ours.then(|| format!("`{shown}`: names that begin with `mapping.` are the program's own"))
}

/// The column that names the losses of a row.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) step: Step,
    pub(crate) declared: Vec<Declared>,
}

/// What takes the place of a row.
pub(crate) struct Instead {
    pub(crate) kind: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) detail: String,
}

impl Told {
    /// Takes note of what is lost of a row; what takes its place, if something does.
    pub(crate) fn read(
        &self,
        row: &(impl Row + ?Sized),
        lookups: &Lookups,
        notes: &mut Notes,
    ) -> Option<Instead> {
        let all = self.step.text(row, lookups, notes);
        for one in all.split(BETWEEN).map(str::trim) {
            let (kind, detail) = one.split_once(' ').unwrap_or((one, ""));
            let found = self.declared.iter().find(|it| it.kind == kind);
            match found {
                Some(it) if it.outcome == Outcome::Field => {
                    notes.lose_named(it.kind, detail, 1);
                }
                Some(it) => {
                    return Some(Instead {
                        kind: it.kind,
                        outcome: it.outcome,
                        detail: wording::safe(detail, 80),
                    });
                }
                None if kind.is_empty() => {}
                None => notes.lose(&losses::UNDECLARED, one.to_owned()),
            }
        }
        None
    }
}
