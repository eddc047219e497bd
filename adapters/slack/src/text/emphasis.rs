//! Which `*`, `_` and `~` of a line are markup.
//!
//! A marker opens after the start of the line, a space or punctuation and before a character that
//! is no space; it closes the other way round, with the last one that opened. Slack does not
//! document this; it is what its clients show.

use std::ops::Range;

use migrate_markdown::Style;

/// A part of a line that is not literal.
pub(crate) struct Piece {
    /// Where it stands in the text.
    pub(crate) range: Range<usize>,
    /// What it is.
    pub(crate) kind: PieceKind,
}

/// What a part of a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// `*`, `_` or `~`, and the style that starts or ends here; none where it is literal.
    Marker(Option<Style>),
    /// Code with its backticks.
    Code,
    /// An emoji with its colons.
    Emoji,
    /// What stands in `<…>`, with the brackets.
    Token,
    /// An address without brackets.
    Address,
}

/// Pairs the markers of one line as they come.
pub(crate) struct Emphasis<'t> {
    text: &'t str,
    start: usize,
    /// The numbers of the pieces that may open bold, italic and strike.
    open: [Option<usize>; 3],
}

impl<'t> Emphasis<'t> {
    /// For the line that starts at `start`.
    pub(crate) fn new(text: &'t str, start: usize) -> Self {
        Emphasis {
            text,
            start,
            open: [None; 3],
        }
    }

    /// Adds the single marker that stands at `at` to the pieces of its line.
    pub(crate) fn add(&mut self, at: usize, pieces: &mut Vec<Piece>) {
        let Some((number, style)) = self.kind(at) else {
            return;
        };
        let opener = self.open.get(number).copied().flatten();
        if let Some(opener) = opener
            && self.can_close(at)
            && let Some(piece) = pieces.get_mut(opener)
        {
            piece.kind = PieceKind::Marker(Some(style));
            pieces.push(Piece {
                range: at..at + 1,
                kind: PieceKind::Marker(Some(style)),
            });
            // What was opened within and is not closed by now is literal.
            for open in &mut self.open {
                *open = open.filter(|other| *other < opener);
            }
        } else if self.can_open(at) {
            if let Some(open) = self.open.get_mut(number) {
                *open = Some(pieces.len());
            }
            pieces.push(Piece {
                range: at..at + 1,
                kind: PieceKind::Marker(None),
            });
        }
    }

    fn kind(&self, at: usize) -> Option<(usize, Style)> {
        match self.text.as_bytes().get(at)? {
            b'*' => Some((0, Style::BOLD)),
            b'_' => Some((1, Style::ITALIC)),
            b'~' => Some((2, Style::STRIKE)),
            _ => None,
        }
    }

    fn before(&self, at: usize) -> Option<char> {
        let before = self.text.get(self.start..at).unwrap_or_default();
        before.chars().next_back()
    }

    fn after(&self, at: usize) -> Option<char> {
        let after = self.text.get(at + 1..).unwrap_or_default();
        after.chars().next().filter(|it| !matches!(it, '\n' | '\r'))
    }

    fn can_open(&self, at: usize) -> bool {
        if self.after(at).is_none_or(char::is_whitespace) {
            return false;
        }
        match self.before(at) {
            None => true,
            Some('`' | '@' | '\\' | ')' | ']' | '}' | '’' | '”' | '»') => false,
            Some(before) => before.is_whitespace() || is_punctuation(before),
        }
    }

    fn can_close(&self, at: usize) -> bool {
        if self.before(at).is_none_or(char::is_whitespace) {
            return false;
        }
        match self.after(at) {
            None => true,
            Some('`' | '@' | '\\' | '(' | '[' | '{' | '‘' | '“' | '«') => false,
            Some(after) => after.is_whitespace() || is_punctuation(after),
        }
    }
}

/// Whether a character is neither a letter, a digit, a space nor an accent of its own.
fn is_punctuation(it: char) -> bool {
    let is_accent = ('\u{300}'..='\u{36f}').contains(&it);
    !it.is_alphanumeric() && !it.is_whitespace() && !it.is_control() && !is_accent
}
