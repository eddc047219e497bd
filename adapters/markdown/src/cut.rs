//! Cuts Markdown that is too long for one message into pieces which together show the same.
//!
//! A piece begins anew what it stands in: quotes, styles, links, code and the header of a table. Of
//! a list whose items began before, only the depth is lost.

mod line;
pub(crate) mod outline;
mod piece;
#[cfg(test)]
pub(crate) mod tests;

use std::borrow::Cow;

use crate::cut::outline::{Line, LineKind, Outline};
use crate::cut::piece::Piece;

/// Cuts Markdown into pieces of at most `max_chars` characters, of which there is at least one:
/// best between paragraphs, else lines, else words. A piece is at least half as long if there is a
/// word, a link or a line to end there.
///
/// What no piece has room for is not begun again: a link whose address takes half of one is written
/// as text, a row under a header that takes three quarters stands without it.
///
/// ```
/// let pieces = migrate_markdown::cut("> **one two three**", 18);
/// assert_eq!(pieces, ["> **one two**", "> **three**"]);
/// ```
pub fn cut(text: &str, max_chars: usize) -> Vec<Cow<'_, str>> {
    if char_count(text) <= max_chars {
        return vec![Cow::Borrowed(text)];
    }
    let cutter = Cutter {
        outline: Outline::new(text, max_chars),
        max: max_chars.max(1),
    };
    let mut pieces = Vec::new();
    let mut place = cutter.next_text(Place::line(0));
    while let Some(from) = place {
        let (piece, next) = cutter.piece(from);
        place = next.and_then(|it| cutter.next_text(it));
        match char_count(&piece) > cutter.max {
            false if piece.trim().is_empty() => {}
            // What no rule could part: marks that fill a message.
            true => push_chunks(&piece, cutter.max, &mut pieces),
            false => pieces.push(Cow::Owned(piece)),
        }
    }
    if pieces.is_empty() {
        // White space alone stays a text.
        push_chunks(text, cutter.max, &mut pieces);
        pieces.truncate(1);
    }
    pieces
}

/// Where a piece begins: at a line, or at a byte of a token within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    line: usize,
    within: Option<Within>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Within {
    token: usize,
    byte: usize,
    /// Whether no white space is there.
    is_hard: bool,
}

impl Place {
    fn line(line: usize) -> Self {
        Place { line, within: None }
    }
}

struct Cutter<'t> {
    outline: Outline<'t>,
    max: usize,
}

/// Where a piece may end: the last such lines, and how many bytes of it stand before each.
#[derive(Default)]
struct Ends {
    any: Option<(usize, usize)>,
    /// One behind which nothing is shown yet of code that began.
    bare: Option<(usize, usize)>,
    /// One with half of the room used.
    long: Option<(usize, usize)>,
    /// One of those behind a blank line.
    long_at_blank: Option<(usize, usize)>,
}

impl<'t> Cutter<'t> {
    fn at(&self, line: usize) -> Option<&Line> {
        self.outline.lines.get(line)
    }

    /// The place at or behind another where something is to be shown.
    fn next_text(&self, place: Place) -> Option<Place> {
        let mut place = place;
        loop {
            let line = self.at(place.line)?;
            match line.kind {
                _ if place.within.is_some() => return Some(place),
                // The piece before has ended the code.
                LineKind::Blank | LineKind::FenceEnd => place.line += 1,
                _ => return Some(place),
            }
        }
    }

    /// Writes the piece that begins at a place, and says where the next one does.
    fn piece(&self, from: Place) -> (String, Option<Place>) {
        let mut piece = self.begin(from);
        let mut ends = Ends::default();
        for number in from.line..self.outline.lines.len() {
            if number > from.line {
                self.note_end(number, &mut piece, &mut ends);
            }
            let place = match number == from.line {
                true => from,
                false => Place::line(number),
            };
            if !self.take_line(place, &mut piece) {
                let next = self.end_piece(place, &ends, &mut piece);
                return (piece.out, Some(next));
            }
        }
        (piece.out, None)
    }

    /// Notes that the piece may end before a line, if it may.
    fn note_end(&self, number: usize, piece: &mut Piece, ends: &mut Ends) {
        if !self.may_end_before(number) {
            return;
        }
        let here = Some((number, piece.out.len()));
        let before = number.checked_sub(1);
        let line_before = before.and_then(|it| self.at(it));
        if line_before.is_some_and(|it| it.is_bare) {
            ends.bare = here;
            return;
        }
        ends.any = here;
        if piece.chars() < self.max / 2 {
            return;
        }
        ends.long = here;
        if before.is_some_and(|it| self.is_blank(it)) {
            ends.long_at_blank = here;
        }
    }

    /// Writes a line, or what of it stands behind a place, if there is room for all of it.
    fn take_line(&self, place: Place, piece: &mut Piece) -> bool {
        let before = piece.out.len();
        let ghosts = piece.ghosts.clone();
        if self.may_fit(place) {
            self.write_line(place, piece);
            if piece.chars() + self.end_chars(place.line, piece) <= self.max {
                return true;
            }
        }
        piece.truncate(before);
        piece.ghosts = ghosts;
        false
    }

    /// Ends a piece that has no room for the line at a place, and says where the next one begins.
    fn end_piece(&self, place: Place, ends: &Ends, piece: &mut Piece) -> Place {
        let number = place.line;
        let between = match self.is_blank(number) && number > piece.from.line {
            true => Some((number, piece.out.len())),
            false => ends.long_at_blank.or(ends.long),
        };
        if between.is_none()
            && let Some(next) = self.cut_line(place, piece)
        {
            return next;
        }
        if let Some((number, length)) = between.or(ends.any).or(ends.bare) {
            piece.truncate(length);
            self.end_lines(number, piece);
            return Place::line(number);
        }
        self.write_line(place, piece);
        Place::line(number + 1)
    }

    fn is_blank(&self, number: usize) -> bool {
        self.at(number).map(|it| it.kind) == Some(LineKind::Blank)
    }

    /// Whether the rest of a line is short enough for trying to write it.
    fn may_fit(&self, place: Place) -> bool {
        let end = self.at(place.line).map_or(0, |it| it.content.end);
        let start = match place.within {
            None => self.at(place.line).map_or(0, |it| it.content.start),
            Some(it) => {
                let token = self.outline.tokens.get(it.token);
                token.map_or(0, |token| token.range.start + it.byte)
            }
        };
        end.saturating_sub(start) <= self.max.saturating_mul(4)
    }

    /// Whether a piece may end between a line and the one before.
    fn may_end_before(&self, number: usize) -> bool {
        let before = number.checked_sub(1).and_then(|it| self.at(it));
        let Some(line) = self.at(number) else {
            return true;
        };
        let is_behind_mark =
            before.is_some_and(|it| it.is_bare && !matches!(it.kind, LineKind::Code(_)));
        match line.kind {
            LineKind::Blank | LineKind::FenceEnd => false,
            LineKind::Row(_, row) => row == 0 || row > 2,
            _ => !is_behind_mark,
        }
    }
}

fn push_chunks(text: &str, max: usize, pieces: &mut Vec<Cow<'_, str>>) {
    let chars: Vec<char> = text.chars().collect();
    for chunk in chars.chunks(max) {
        pieces.push(Cow::Owned(chunk.iter().collect()));
    }
}

fn char_count(text: &str) -> usize {
    text.chars().count()
}
