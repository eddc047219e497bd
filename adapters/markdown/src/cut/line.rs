//! Cutting within a line: where, and what is written of it.

use crate::cut::outline::{self, Line, LineKind, Outline, Span, Token, TokenKind};
use crate::cut::piece::{self, Piece};
use crate::cut::{Cutter, Place, Within, char_count};
use crate::escape::WORD_JOINER;
use crate::inline::write_code;

/// Room for what a cut may add within a line: two backslashes at the edges, two at the start.
const EDGE_CHARS: usize = 4;

/// How often a line is cut shorter because what stands at its start had to be escaped.
const TRIES: usize = 4;

/// A place where a line may be cut, and how many characters come before it.
#[derive(Clone, Copy)]
struct Candidate {
    within: Within,
    chars: usize,
}

/// The last place of each kind, from the best kind on.
#[derive(Default)]
struct Candidates([Option<Candidate>; 5]);

const SPACE: usize = 0;
const SPACE_IN_LINK: usize = 1;
const BEFORE_MARKUP: usize = 2;
const BETWEEN_LETTERS: usize = 3;
const ANYWHERE: usize = 4;

impl Cutter<'_> {
    /// Writes as much of a line as there is room for, and says where the rest begins. `None`, and
    /// nothing is written, if there is no good place.
    pub(super) fn cut_line(&self, place: Place, piece: &mut Piece) -> Option<Place> {
        let line = self.at(place.line)?;
        let before = piece.out.len();
        let ghosts = piece.ghosts.clone();
        let mut less = 0;
        for _ in 0..TRIES {
            self.leave_ghosts(line, piece);
            self.break_line(piece);
            let opened = place.within.is_none().then_some(place.line);
            self.write_marks(line.container, opened, piece);
            let start = piece.out.len();
            let from = self.first_within(place)?;
            let next = self.find_cut(from, place.line, less, piece);
            if let Some(next) = next {
                self.write_tokens(from, Some(next), place.line, piece);
                self.guard(line, start, piece);
                if let LineKind::Code(opener) = line.kind {
                    self.end_code(opener, line.container, piece);
                }
                let chars = piece.chars();
                if chars <= self.max {
                    return Some(Place {
                        line: place.line,
                        within: Some(next),
                    });
                }
                less += chars - self.max;
            }
            piece.truncate(before);
            piece.ghosts.clone_from(&ghosts);
            next?;
        }
        None
    }

    fn first_within(&self, place: Place) -> Option<Within> {
        place.within.or_else(|| {
            let line = self.at(place.line)?;
            Some(Within {
                token: line.tokens.start,
                byte: 0,
                is_hard: false,
            })
        })
    }

    /// Where a line is cut. `less`: how many characters of room are not used.
    fn find_cut(
        &self,
        from: Within,
        number: usize,
        less: usize,
        piece: &mut Piece,
    ) -> Option<Within> {
        let line = self.at(number)?;
        let taken = piece.chars();
        let code = match line.kind {
            LineKind::Code(_) => self.end_chars(number, piece),
            _ => EDGE_CHARS,
        };
        let room = self.max.checked_sub(taken + code + less)?;
        let first = self.outline.tokens.get(from.token)?;
        let opened = self.outline.spans_around(first.inside);
        let opened = opened
            .iter()
            .map(|it| char_count(self.outline.slice(&it.open)));
        let mut finder = Finder {
            outline: &self.outline,
            room,
            line_end: line.tokens.end,
            chars: opened.sum(),
            is_visible: false,
            found: Candidates::default(),
        };
        for index in from.token..line.tokens.end {
            if finder.chars > room {
                break;
            }
            let byte = if index == from.token { from.byte } else { 0 };
            finder.token(index, byte);
        }
        let found = finder.found.0;
        let nice = |least: usize| {
            let least = least.saturating_sub(taken);
            let nice = found.iter().take(BETWEEN_LETTERS).flatten();
            nice.into_iter().find(|it| it.chars >= least)
        };
        let chosen = nice(self.max / 2).or_else(|| nice(self.max / 4));
        let chosen = chosen.or_else(|| found.iter().skip(BETWEEN_LETTERS).flatten().next());
        let chosen = chosen.or_else(|| found.iter().flatten().next())?;
        (chosen.within != from).then_some(chosen.within)
    }

    /// Writes what stands between two places of a line, and begins and ends what is open there.
    pub(super) fn write_tokens(
        &self,
        from: Within,
        to: Option<Within>,
        number: usize,
        piece: &mut Piece,
    ) {
        let Some(line) = self.at(number) else {
            return;
        };
        let first = self.outline.tokens.get(from.token);
        let first = first.filter(|_| piece.from.line == number);
        let opened = self.outline.spans_around(first.and_then(|it| it.inside));
        let mut is_joined = self.open_spans(&opened, piece);
        let mut is_opening = !opened.is_empty();
        let start = piece.out.len();
        let is_text = !matches!(line.kind, LineKind::Code(_));
        let touches = from.is_hard || !opened.is_empty();
        let end = to.map_or(line.tokens.end, |it| it.token + 1);
        let mut last = start;
        for index in from.token..end {
            let Some(token) = self.outline.tokens.get(index) else {
                break;
            };
            let low = if index == from.token { from.byte } else { 0 };
            let high = to.filter(|it| it.token == index).map(|it| it.byte);
            let part = self.part(token, low, high);
            let is_edge = is_text && piece.out.len() == start && from != self.start_of(line);
            last = piece.out.len();
            is_opening &= token.kind == TokenKind::Open;
            match is_edge {
                _ if is_opening => is_joined = piece::open(part, true, is_joined, piece),
                true => write_part(token, part.trim_start(), touches, &mut piece.out),
                false => write_part(token, part, false, &mut piece.out),
            }
        }
        if let Some(to) = to {
            self.end_tokens(to, is_text, last, piece);
        }
    }

    /// What a token shows between two bytes, or from one on.
    fn part(&self, token: &Token, low: usize, high: Option<usize>) -> &str {
        let whole = match token.kind {
            TokenKind::Code(code) => self.outline.codes.get(code).map_or("", |it| it),
            _ => self.outline.slice(&token.range),
        };
        let part = whole.get(low..high.unwrap_or(whole.len()));
        part.unwrap_or_default()
    }

    /// Ends what is open at a place of a line. `start`: where what is written of its token begins.
    fn end_tokens(&self, to: Within, is_text: bool, start: usize, piece: &mut Piece) {
        let last = self.outline.tokens.get(to.token);
        let open = self.outline.spans_around(last.and_then(|it| it.inside));
        if is_text {
            let kept = piece.out.trim_end().len();
            piece.out.truncate(kept);
            let is_literal = last.is_some_and(|it| it.kind == TokenKind::Text);
            if is_literal && (to.is_hard || !open.is_empty()) {
                escape_end(&mut piece.out, start);
            }
        }
        for span in open.iter().rev() {
            piece.out.push_str(self.outline.slice(&span.close));
        }
    }

    fn start_of(&self, line: &Line) -> Within {
        Within {
            token: line.tokens.start,
            byte: 0,
            is_hard: false,
        }
    }
}

/// Looks for places to cut a line.
struct Finder<'f, 't> {
    outline: &'f Outline<'t>,
    room: usize,
    /// Behind which token the line ends.
    line_end: usize,
    /// How many characters are written so far.
    chars: usize,
    /// Whether something is shown since the last mark that opens.
    is_visible: bool,
    found: Candidates,
}

impl Finder<'_, '_> {
    fn token(&mut self, index: usize, byte: usize) {
        let Some(token) = self.outline.tokens.get(index) else {
            return;
        };
        let spans = self.outline.spans_around(token.inside);
        let close = |it: &&Span| char_count(self.outline.slice(&it.close));
        let mut behind: usize = spans.iter().map(close).sum();
        let is_in_link = spans.iter().any(|it| it.is_link);
        let space = if is_in_link { SPACE_IN_LINK } else { SPACE };
        let raw = self.outline.slice(&token.range);
        if self.is_visible && !matches!(token.kind, TokenKind::Close | TokenKind::Text) {
            self.offer(BEFORE_MARKUP, index, 0, behind);
        }
        match token.kind {
            TokenKind::Text => self.text(index, raw, byte, space, behind),
            TokenKind::Code(code) => {
                let code = self.outline.codes.get(code).map_or("", |it| it);
                let ticks = outline::longest_run(code) + 2;
                self.chars += ticks;
                behind += ticks;
                self.is_visible = false;
                self.text(index, code, byte, SPACE_IN_LINK, behind);
                self.chars += ticks;
                self.is_visible = true;
            }
            TokenKind::Escaped => {
                self.chars += 2;
                self.is_visible = false;
            }
            TokenKind::Open | TokenKind::Glue => {
                self.chars += char_count(raw);
                self.is_visible = false;
            }
            TokenKind::Close | TokenKind::Whole => {
                self.chars += char_count(raw);
                self.is_visible = true;
            }
        }
    }

    /// Looks for places within text. `behind`: how many characters it takes to end there.
    fn text(&mut self, index: usize, text: &str, byte: usize, space: usize, behind: usize) {
        let next = self.outline.tokens.get(index + 1);
        let next = next.filter(|_| index + 1 < self.line_end);
        let is_last = next.is_none_or(|it| it.kind == TokenKind::Close);
        let visible_end = match is_last {
            true => text.trim_end().len(),
            false => text.len(),
        };
        let mut before: Option<char> = None;
        let rest = text.get(byte..).unwrap_or_default();
        for (at, it) in rest.char_indices() {
            if self.chars + behind > self.room {
                self.chars += 1;
                return;
            }
            let at = byte + at;
            if at < visible_end && self.is_visible {
                match before {
                    _ if it.is_whitespace() => self.offer(space, index, at, behind),
                    Some(before) if !before.is_whitespace() => {
                        let is_plain = |it: char| it.is_alphanumeric() || !it.is_ascii();
                        if is_plain(before) && is_plain(it) {
                            self.offer(BETWEEN_LETTERS, index, at, behind);
                        }
                        self.offer(ANYWHERE, index, at, behind);
                    }
                    _ => {}
                }
            }
            self.is_visible |= !it.is_whitespace() && it != WORD_JOINER;
            self.chars += 1;
            before = Some(it);
        }
    }

    fn offer(&mut self, kind: usize, token: usize, byte: usize, behind: usize) {
        if self.chars + behind > self.room {
            return;
        }
        if let Some(slot) = self.found.0.get_mut(kind) {
            *slot = Some(Candidate {
                within: Within {
                    token,
                    byte,
                    is_hard: kind > SPACE_IN_LINK,
                },
                chars: self.chars,
            });
        }
    }
}

/// Writes a part of a token. `touches`: whether marks at its start could be read with one before.
fn write_part(token: &Token, part: &str, touches: bool, out: &mut String) {
    if part.is_empty() {
        return;
    }
    let mut rest = part;
    match token.kind {
        TokenKind::Code(_) => return write_code(part, out),
        TokenKind::Escaped => out.push('\\'),
        TokenKind::Text if touches => {
            rest = part.trim_start_matches(is_mark);
            push_escaped(part.get(..part.len() - rest.len()), out);
        }
        _ => {}
    }
    out.push_str(rest);
}

/// Writes the marks at the end of literal text with backslashes, or they could be read with one
/// behind. `start`: where the text begins.
fn escape_end(out: &mut String, start: usize) {
    let text = out.get(start..).unwrap_or_default();
    let mut kept = start + text.trim_end_matches(is_mark).len();
    let before = out.get(..kept).unwrap_or_default().bytes().rev();
    let is_escaped = before.take_while(|it| *it == b'\\').count() % 2 == 1;
    if is_escaped && kept < out.len() {
        kept += 1;
    }
    let marks = out.get(kept..).unwrap_or_default().to_owned();
    out.truncate(kept);
    push_escaped(Some(&marks), out);
}

fn push_escaped(marks: Option<&str>, out: &mut String) {
    for mark in marks.unwrap_or_default().chars() {
        out.extend(['\\', mark]);
    }
}

fn is_mark(it: char) -> bool {
    matches!(it, '*' | '_' | '~' | '`' | '\\')
}
