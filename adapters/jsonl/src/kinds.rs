//! The kinds of loss that lines name, as the model wants them: texts that live as long as the
//! program.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// All kinds that the program has met. A kind is leaked, once: at most [`MOST`] of at most
/// [`LONGEST`] bytes are, which is 64 kB in the life of the program, whatever it reads.
pub(crate) static KINDS: Kinds = Kinds::new(MOST);

/// How many different kinds there may be.
pub(crate) const MOST: usize = 1_000;

/// The longest kind, in bytes.
const LONGEST: usize = 64;

/// What a kind looks like, for error messages.
pub(crate) const FORM: &str = "a kind has 1 to 64 of the characters `a-z`, `0-9`, `_`, `.` and \
                               `-`, such as `acme.file_gone`";

/// A set of kinds.
pub(crate) struct Kinds {
    known: Mutex<BTreeSet<&'static str>>,
    most: usize,
}

impl Kinds {
    const fn new(most: usize) -> Self {
        Kinds {
            known: Mutex::new(BTreeSet::new()),
            most,
        }
    }

    /// The kind that reads like `kind`.
    ///
    /// # Errors
    /// If it is not made of the letters that a kind may have, or there are too many already.
    pub(crate) fn get(&self, kind: &str) -> Result<&'static str, String> {
        if !is_kind(kind) {
            return Err(FORM.to_owned());
        }
        // The set is whole after any panic: an insertion is its only change.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kind) = known.get(kind) {
            return Ok(kind);
        }
        if known.len() >= self.most {
            return Err(format!(
                "there are more than {} different kinds; a kind says what happened, and which \
                 thing it happened to belongs into `detail`",
                self.most
            ));
        }
        let kind: &'static str = String::leak(kind.to_owned());
        known.insert(kind);
        Ok(kind)
    }
}

/// Whether a text may be a kind.
pub(crate) fn is_kind(text: &str) -> bool {
    let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-');
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_leaked_once_and_not_more_than_so_many_are() {
        let kinds = Kinds::new(2);
        let first = kinds.get("acme.file_gone").unwrap();
        assert!(std::ptr::eq(first, kinds.get("acme.file_gone").unwrap()));
        assert_eq!(kinds.get("acme.2"), Ok("acme.2"));
        assert_eq!(kinds.get("acme.2"), Ok("acme.2"));
        let refused = kinds.get("acme.3").unwrap_err();
        assert!(
            refused.starts_with("there are more than 2 different kinds"),
            "{refused}"
        );
    }

    #[test]
    fn a_kind_has_few_letters() {
        let long = "a".repeat(65);
        for text in ["", "Acme", "a b", "a/b", "ä", &long] {
            assert!(!is_kind(text), "{text}");
        }
        assert!(is_kind(&long[1..]) && is_kind("acme-2.file_gone"));
    }
}
