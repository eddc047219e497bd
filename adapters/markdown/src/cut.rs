//! Cuts Markdown that is too long for one message into pieces which together show the same.
//!
//! A piece begins anew what it stands in: quotes, styles, links, code and the header of a table. Of
//! a list whose items began before, only the depth is lost.

mod outline;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::cut::outline::{ContainerKind, Line, LineKind, Outline, Span, TokenKind};
use crate::inline::write_code;
use crate::line_start;

/// Room for what a cut may add within a line: two backslashes at the edges, two at the start.
const EDGE_CHARS: usize = 4;

/// The longest line, in bytes, that begins code again with what it says of the code.
const LONGEST_FENCE: usize = 30;

/// How often a line is cut shorter because what stands at its start had to be escaped.
const TRIES: usize = 4;

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

/// A piece that is being written.
struct Piece {
    out: String,
    /// How many bytes of it were counted, and as how many characters.
    counted: (usize, usize),
    from: Place,
    /// The items that began before and are still open.
    ghosts: Vec<usize>,
    /// The last list within each container, and the mark of its items.
    lists: HashMap<Option<usize>, (usize, char)>,
}

impl Piece {
    fn chars(&mut self) -> usize {
        let (bytes, chars) = self.counted;
        let more = self.out.get(bytes..).map_or(0, char_count);
        self.counted = (self.out.len(), chars + more);
        self.counted.1
    }

    fn truncate(&mut self, bytes: usize) {
        self.out.truncate(bytes);
        if self.counted.0 > bytes {
            self.counted = (0, 0);
        }
    }
}

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
        let half = self.max / 2;
        let mut best: [Option<(usize, usize)>; 3] = [None; 3];
        for number in from.line..self.outline.lines.len() {
            let before = piece.out.len();
            let ends = self.may_end_before(number) && number > from.line;
            if ends {
                let is_long = piece.chars() >= half;
                let is_blank = number
                    .checked_sub(1)
                    .and_then(|it| self.at(it))
                    .is_some_and(|it| it.kind == LineKind::Blank);
                let here = Some((number, before));
                best[2] = here;
                if is_long {
                    best[1] = here;
                }
                if is_long && is_blank {
                    best[0] = here;
                }
            }
            let place = match number == from.line {
                true => from,
                false => Place::line(number),
            };
            let ghosts = piece.ghosts.clone();
            if self.may_fit(place) {
                self.write_line(place, &mut piece);
                if piece.chars() + self.end_chars(number, &piece) <= self.max {
                    continue;
                }
            }
            piece.truncate(before);
            piece.ghosts = ghosts;
            let is_blank = self.at(number).map(|it| it.kind) == Some(LineKind::Blank);
            let between = match is_blank && number > from.line {
                true => Some((number, before)),
                false => best[0].or(best[1]),
            };
            if between.is_none()
                && let Some(next) = self.cut_line(place, &mut piece)
            {
                return (piece.out, Some(next));
            }
            if let Some((number, length)) = between.or(best[2]) {
                piece.truncate(length);
                self.end_lines(number, &mut piece);
                return (piece.out, Some(Place::line(number)));
            }
            self.write_line(place, &mut piece);
            return (piece.out, Some(Place::line(number + 1)));
        }
        (piece.out, None)
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

    fn begin(&self, from: Place) -> Piece {
        let line = self.at(from.line);
        let chain = self.outline.chain(line.and_then(|it| it.container));
        let mut piece = Piece {
            out: String::new(),
            counted: (0, 0),
            from,
            ghosts: Vec::new(),
            lists: HashMap::new(),
        };
        let ghosts = chain.into_iter().filter(|it| self.is_ghost(*it, &piece));
        piece.ghosts = ghosts.collect();
        match line.map(|it| it.kind) {
            Some(LineKind::Code(opener)) => self.repeat(opener, &mut piece),
            Some(LineKind::Row(first, row)) if row > 1 || from.within.is_some() => {
                self.repeat(first, &mut piece);
                self.repeat(first + 1, &mut piece);
                if piece.chars() > self.max / 4 * 3 || row < 2 {
                    piece.truncate(0);
                }
            }
            _ => {}
        }
        piece
    }

    /// Writes a line again that stands before.
    fn repeat(&self, number: usize, piece: &mut Piece) {
        let Some(line) = self.at(number) else {
            return;
        };
        let here = self.at(piece.from.line).and_then(|it| it.container);
        self.break_line(piece);
        self.write_marks(here, None, piece);
        let content = self.outline.slice(&line.content).trim_end();
        let is_short = !matches!(line.kind, LineKind::Fence(_)) || content.len() <= LONGEST_FENCE;
        piece.out.push_str(match is_short {
            true => content,
            false => outline::fence(content),
        });
    }

    /// Whether a piece may end between a line and the one before.
    fn may_end_before(&self, number: usize) -> bool {
        let before = number.checked_sub(1).and_then(|it| self.at(it));
        let Some(line) = self.at(number) else {
            return true;
        };
        // Nothing of what a fence or an empty first line of an item opens stands there yet.
        let is_behind_mark = before.is_some_and(|it| match it.kind {
            LineKind::Fence(_) => true,
            LineKind::Text => self.outline.slice(&it.content).trim().is_empty(),
            _ => false,
        });
        match line.kind {
            LineKind::Blank | LineKind::FenceEnd => false,
            LineKind::Row(_, row) => row == 0 || row > 2,
            _ => !is_behind_mark,
        }
    }

    /// How many characters a piece takes to end behind a line.
    fn end_chars(&self, number: usize, piece: &Piece) -> usize {
        let Some(line) = self.at(number) else {
            return 0;
        };
        let (LineKind::Code(opener) | LineKind::Fence(opener)) = line.kind else {
            let spans = self.spans_before(number + 1);
            return spans
                .iter()
                .map(|it| char_count(self.outline.slice(&it.close)))
                .sum();
        };
        let opener = self.at(opener).map(|it| self.outline.slice(&it.content));
        let chain = self.outline.chain(line.container);
        let written = chain.iter().filter(|it| !self.is_ghost(**it, piece));
        let marks = written.filter_map(|it| self.outline.containers.get(*it));
        let columns = marks.map(|it| match it.kind {
            ContainerKind::Quote => 2,
            ContainerKind::Item { columns, .. } => columns,
        });
        1 + columns.sum::<usize>() + char_count(outline::fence(opener.unwrap_or_default()))
    }

    /// Ends what is open where the next piece begins with a line.
    fn end_lines(&self, next: usize, piece: &mut Piece) {
        let kept = piece.out.trim_end().len();
        piece.out.truncate(kept);
        let opener = match next.checked_sub(1).and_then(|it| self.at(it)) {
            Some(it) => match it.kind {
                LineKind::Code(opener) | LineKind::Fence(opener) => Some((opener, it.container)),
                _ => None,
            },
            None => None,
        };
        if let Some((opener, container)) = opener {
            self.end_code(opener, container, piece);
            return;
        }
        for span in self.spans_before(next).iter().rev() {
            piece.out.push_str(self.outline.slice(&span.close));
        }
    }

    fn end_code(&self, opener: usize, container: Option<usize>, piece: &mut Piece) {
        let content = self.at(opener).map(|it| self.outline.slice(&it.content));
        self.break_line(piece);
        self.write_marks(container, None, piece);
        piece
            .out
            .push_str(outline::fence(content.unwrap_or_default()));
    }

    /// The spans that are open where a line starts.
    fn spans_before(&self, number: usize) -> Vec<&Span> {
        let line = self.at(number);
        let first = line.filter(|it| !it.tokens.is_empty());
        let token = first.and_then(|it| self.outline.tokens.get(it.tokens.start));
        self.outline.spans_around(token.and_then(|it| it.inside))
    }

    fn break_line(&self, piece: &mut Piece) {
        if !piece.out.is_empty() {
            piece.out.push('\n');
        }
    }

    /// Writes a line, or what of it stands behind a place.
    fn write_line(&self, place: Place, piece: &mut Piece) {
        let Some(line) = self.at(place.line) else {
            return;
        };
        self.leave_ghosts(line, piece);
        self.break_line(piece);
        let opened = place.within.is_none().then_some(place.line);
        self.write_marks(line.container, opened, piece);
        let start = piece.out.len();
        let is_first = place == piece.from;
        match place.within {
            None if is_first || line.kind != LineKind::Blank => {
                let is_text = matches!(line.kind, LineKind::Text | LineKind::Row(..));
                let mut content = line.content.clone();
                if is_first && is_text {
                    self.open_spans(&self.spans_before(place.line), piece);
                    // What went on with a paragraph would be code with spaces before it.
                    let tokens = self.outline.tokens.get(line.tokens.clone());
                    let first = tokens.and_then(|it| it.first());
                    content.start = first.map_or(content.start, |it| it.range.start);
                }
                piece.out.push_str(self.outline.slice(&content));
            }
            None => {}
            Some(within) => {
                self.write_tokens(within, None, place.line, piece);
                self.guard(line, start, piece);
            }
        }
        if piece.out.len() == start {
            let kept = piece.out.trim_end_matches(' ').len();
            piece.out.truncate(kept);
        }
    }

    fn open_spans(&self, spans: &[&Span], piece: &mut Piece) {
        for span in spans {
            piece.out.push_str(self.outline.slice(&span.open));
        }
    }

    /// What starts a block is none where a line was cut.
    fn guard(&self, line: &Line, start: usize, piece: &mut Piece) {
        if line.kind == LineKind::Text {
            line_start::guard(&mut piece.out, start);
        }
    }

    /// Keeps a line apart from the text of items that began before the piece and have ended.
    fn leave_ghosts(&self, line: &Line, piece: &mut Piece) {
        if piece.ghosts.is_empty() || line.kind == LineKind::Blank {
            return;
        }
        let chain = self.outline.chain(line.container);
        let kept = piece
            .ghosts
            .iter()
            .take_while(|it| chain.contains(it))
            .count();
        if kept == piece.ghosts.len() {
            return;
        }
        piece.ghosts.truncate(kept);
        let last = piece.out.rsplit('\n').next().unwrap_or_default();
        if piece.out.is_empty() || last.trim_start_matches(['>', ' ']).is_empty() {
            return;
        }
        piece.out.push('\n');
        let quotes = chain.iter().filter(|it| {
            let container = self.outline.containers.get(**it);
            container.is_some_and(|it| matches!(it.kind, ContainerKind::Quote))
        });
        let marks = vec![">"; quotes.count()].join(" ");
        piece.out.push_str(&marks);
    }

    /// Writes what stands before the content of a line. `opened`: its number, if items may begin
    /// in it.
    fn write_marks(&self, innermost: Option<usize>, opened: Option<usize>, piece: &mut Piece) {
        let mut outer = None;
        for index in self.outline.chain(innermost) {
            let Some(container) = self.outline.containers.get(index) else {
                continue;
            };
            match &container.kind {
                ContainerKind::Quote => {
                    piece.out.push_str("> ");
                    outer = Some(index);
                }
                ContainerKind::Item { .. } if self.is_ghost(index, piece) => {}
                ContainerKind::Item {
                    list,
                    mark,
                    columns,
                } => {
                    match opened == Some(container.line) {
                        true => {
                            let mark = self.outline.slice(mark);
                            push_mark(mark, outer, *list, piece);
                        }
                        false => piece.out.extend(std::iter::repeat_n(' ', *columns)),
                    }
                    outer = Some(index);
                }
            }
        }
    }

    /// Whether it is an item that began before the piece.
    fn is_ghost(&self, container: usize, piece: &Piece) -> bool {
        let Some(container) = self.outline.containers.get(container) else {
            return false;
        };
        let Place { line, within } = piece.from;
        let is_item = matches!(container.kind, ContainerKind::Item { .. });
        is_item && (container.line < line || (container.line == line && within.is_some()))
    }

    /// Writes as much of a line as there is room for, and says where the rest begins. `None`, and
    /// nothing is written, if there is no good place.
    fn cut_line(&self, place: Place, piece: &mut Piece) -> Option<Place> {
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
    fn write_tokens(&self, from: Within, to: Option<Within>, number: usize, piece: &mut Piece) {
        let Some(line) = self.at(number) else {
            return;
        };
        let first = self.outline.tokens.get(from.token);
        let begins = piece.from.line == number;
        let first = first.filter(|_| begins);
        let opened = self.outline.spans_around(first.and_then(|it| it.inside));
        self.open_spans(&opened, piece);
        let is_text = !matches!(line.kind, LineKind::Code(_));
        let start = piece.out.len();
        let end = to.map_or(line.tokens.end, |it| it.token + 1);
        for index in from.token..end {
            let Some(token) = self.outline.tokens.get(index) else {
                break;
            };
            let low = if index == from.token { from.byte } else { 0 };
            let high = to.filter(|it| it.token == index).map(|it| it.byte);
            let whole = match token.kind {
                TokenKind::Code(code) => self.outline.codes.get(code).map_or("", |it| it),
                _ => self.outline.slice(&token.range),
            };
            let part = whole.get(low..high.unwrap_or(whole.len()));
            let mut part = part.unwrap_or_default();
            let is_edge = piece.out.len() == start && from != self.start_of(line);
            if is_edge && is_text {
                part = part.trim_start();
            }
            if part.is_empty() {
                continue;
            }
            match token.kind {
                TokenKind::Code(_) => write_code(part, &mut piece.out),
                TokenKind::Escaped => {
                    piece.out.push('\\');
                    piece.out.push_str(part);
                }
                TokenKind::Text => {
                    let touches = from.is_hard || !opened.is_empty();
                    if is_text && is_edge && touches && part.starts_with(is_mark) {
                        piece.out.push('\\');
                    }
                    piece.out.push_str(part);
                }
                _ => piece.out.push_str(part),
            }
        }
        let Some(to) = to else {
            return;
        };
        let last = self.outline.tokens.get(to.token);
        let open = self.outline.spans_around(last.and_then(|it| it.inside));
        if is_text {
            let kept = piece.out.trim_end().len().max(start);
            piece.out.truncate(kept);
            let ends_text = last
                .filter(|it| it.kind == TokenKind::Text)
                .is_some_and(|it| {
                    let written = self.outline.slice(&it.range).get(..to.byte);
                    written.is_some_and(|it| !it.trim().is_empty())
                });
            if ends_text && (to.is_hard || !open.is_empty()) {
                escape_last(&mut piece.out);
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
            self.is_visible |= !it.is_whitespace();
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

/// Writes the mark of an item. Where items of lists that were apart come together, that of the
/// later list is another.
fn push_mark(mark: &str, outer: Option<usize>, list: usize, piece: &mut Piece) {
    let own = mark.trim_end().chars().next_back().unwrap_or('-');
    let used = match piece.lists.get(&outer) {
        Some((same, used)) if *same == list => *used,
        Some((_, used)) if *used == own => match own {
            '-' => '*',
            '*' | '+' => '-',
            '.' => ')',
            _ => '.',
        },
        _ => own,
    };
    piece.lists.insert(outer, (list, used));
    piece
        .out
        .push_str(&mark.replace(own, used.encode_utf8(&mut [0; 4])));
}

/// Writes the last character with a backslash, if it could be read as one with a marker.
fn escape_last(out: &mut String) {
    let Some(last) = out.chars().next_back().filter(|it| is_mark(*it)) else {
        return;
    };
    let start = out.len() - last.len_utf8();
    let before = out.get(..start).unwrap_or_default().bytes().rev();
    if before.take_while(|it| *it == b'\\').count() % 2 == 0 {
        out.insert(start, '\\');
    }
}

fn is_mark(it: char) -> bool {
    matches!(it, '*' | '_' | '~' | '`' | '\\')
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
