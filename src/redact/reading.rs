//! How a text is read: what stands there, and what it says.

use std::borrow::Cow;

use super::{PICTURE_MARK, Span};
use crate::text::is_unseen;

/// Ways of reading a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Without what cannot be seen.
    Seen,
    /// As it stands.
    Literal,
    /// As pages and Markdown have it, without what cannot be seen: references and signs with a
    /// backslash or a code are what they mean, and nothing is bold.
    Meant,
}

impl How {
    /// All, in the order in which a text is read.
    pub const ALL: [How; 3] = [How::Seen, How::Literal, How::Meant];
}

/// A text as it is read.
pub struct Reading<'t> {
    text: Cow<'t, str>,
    /// What is read as something else, in order.
    folds: Vec<Fold<'t>>,
    is_rewritten: bool,
}

/// What is read as something else, a character at most.
struct Fold<'t> {
    /// Where that stands in the text.
    at: usize,
    /// How long it is there.
    len: usize,
    /// What stands for it.
    was: &'t str,
}

/// The longest reference that is read, in bytes.
const MOST_REFERENCE: usize = 12;

/// References by name that may stand in an address or a token (HTML, named character references).
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("apos", '\''),
    ("colon", ':'),
    ("commat", '@'),
    ("dash", '-'),
    ("equals", '='),
    ("gt", '>'),
    ("hyphen", '-'),
    ("lowbar", '_'),
    ("lt", '<'),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("quot", '"'),
    ("shy", '\u{ad}'),
    ("sol", '/'),
];

impl<'t> Reading<'t> {
    /// A text as it is read so; `None` if that is as it stands, unless that is asked for.
    pub fn of(text: &'t str, how: How) -> Option<Reading<'t>> {
        let may_fold = match how {
            How::Seen => text.contains(is_left_away),
            How::Literal => false,
            How::Meant => text.contains(['\\', '&', '%', '*', '`', '~']),
        };
        if !may_fold {
            return (how == How::Literal).then(|| Reading {
                text: Cow::Borrowed(text),
                folds: Vec::new(),
                is_rewritten: false,
            });
        }
        let (mut read, mut folds) = (String::with_capacity(text.len()), Vec::new());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let folded = if how == How::Meant { meant(rest) } else { None };
            let (bytes, c) = folded.unwrap_or((c.len_utf8(), Some(c)));
            let c = c.filter(|c| !is_left_away(*c));
            let at = read.len();
            read.extend(c);
            if folded.is_some() || c.is_none() {
                folds.push(Fold {
                    at,
                    len: read.len() - at,
                    was: &rest[..bytes],
                });
            }
            rest = &rest[bytes..];
        }
        (!folds.is_empty()).then_some(Reading {
            text: Cow::Owned(read),
            folds,
            is_rewritten: false,
        })
    }

    /// Replaces every piece that `next` finds, with what is not seen within it. `next` looks from a
    /// place on.
    pub fn rewrite(&mut self, next: fn(&str, usize) -> Option<Span>, instead: &str) {
        let (mut out, mut folds, mut done) = (String::new(), Vec::new(), 0);
        let mut rest = std::mem::take(&mut self.folds).into_iter().peekable();
        let moved = |fold: Fold<'t>, out: &str, done: usize| Fold {
            at: out.len() + fold.at - done,
            ..fold
        };
        while let Some((start, end)) = next(&self.text, done) {
            while let Some(fold) = rest.next_if(|it| it.at + it.len <= start) {
                folds.push(moved(fold, &out, done));
            }
            while rest.next_if(|it| it.at < end).is_some() {}
            out.push_str(&self.text[done..start]);
            out.push_str(instead);
            done = end;
            self.is_rewritten = true;
        }
        folds.extend(rest.map(|fold| moved(fold, &out, done)));
        self.folds = folds;
        if done > 0 {
            out.push_str(&self.text[done..]);
            self.text = Cow::Owned(out);
        }
    }

    /// The text as it was written, but for what was replaced; `None` if nothing was.
    pub fn rewritten(self) -> Option<String> {
        if !self.is_rewritten {
            return None;
        }
        let mut whole = String::with_capacity(self.text.len() + self.folds.len() * 3);
        let mut done = 0;
        for fold in &self.folds {
            whole.push_str(&self.text[done..fold.at]);
            whole.push_str(fold.was);
            done = fold.at + fold.len;
        }
        whole.push_str(&self.text[done..]);
        Some(whole)
    }
}

fn is_left_away(c: char) -> bool {
    is_unseen(c) || c == PICTURE_MARK || c.is_control() && !"\n\r\t".contains(c)
}

/// What a text begins with that means something else: how long it is, and what that is.
fn meant(text: &str) -> Option<(usize, Option<char>)> {
    let rest = text.get(1..)?;
    match text.as_bytes()[0] {
        b'*' | b'`' => Some((1, None)),
        b'~' if rest.starts_with('~') => Some((2, None)),
        b'\\' if rest.starts_with(|c: char| c.is_ascii_punctuation()) => Some((1, None)),
        b'\\' => Some((6, Some(code(rest.strip_prefix('u')?.get(..4)?, 16)?))),
        b'%' => {
            let sign = code(rest.get(..2)?, 16)?;
            (' '..='~').contains(&sign).then_some((3, Some(sign)))
        }
        b'&' => {
            let near = &rest.as_bytes()[..rest.len().min(MOST_REFERENCE)];
            let end = near.iter().position(|it| *it == b';')?;
            let c = referred(rest.get(..end)?)?;
            Some((end + 2, Some(c)))
        }
        _ => None,
    }
}

/// What a reference means, from what stands between `&` and `;`.
fn referred(name: &str) -> Option<char> {
    match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => code(hex, 16),
            None => code(number, 10),
        },
        None => {
            let known = NAMED.iter().find(|(known, _)| *known == name);
            known.map(|(_, c)| *c)
        }
    }
}

fn code(digits: &str, radix: u32) -> Option<char> {
    let is_number = digits.bytes().all(|it| it.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, radix)
        .ok()
        .filter(|_| is_number);
    number.and_then(char::from_u32)
}
