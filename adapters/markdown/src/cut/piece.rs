//! Writing a piece: what it begins anew, its lines, and what it ends.

use std::collections::HashMap;

use crate::cut::outline::{self, ContainerKind, Line, LineKind, Span};
use crate::cut::{Cutter, Place, char_count};
use crate::escape::WORD_JOINER;
use crate::line_start;

/// The longest line, in bytes, that begins code again with what it says of the code.
const LONGEST_FENCE: usize = 30;

/// A piece that is being written.
pub(super) struct Piece {
    pub(super) out: String,
    /// How many bytes of it were counted, and as how many characters.
    pub(super) counted: (usize, usize),
    pub(super) from: Place,
    /// The items that began before and are still open.
    pub(super) ghosts: Vec<usize>,
    /// The last list within each container, and the mark of its items.
    pub(super) lists: HashMap<Option<usize>, (usize, char)>,
}

impl Piece {
    pub(super) fn chars(&mut self) -> usize {
        let (bytes, chars) = self.counted;
        let more = self.out.get(bytes..).map_or(0, char_count);
        self.counted = (self.out.len(), chars + more);
        self.counted.1
    }

    pub(super) fn truncate(&mut self, bytes: usize) {
        self.out.truncate(bytes);
        if self.counted.0 > bytes {
            self.counted = (0, 0);
        }
    }
}

impl Cutter<'_> {
    pub(super) fn begin(&self, from: Place) -> Piece {
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

    /// How many characters a piece takes to end behind a line.
    pub(super) fn end_chars(&self, number: usize, piece: &Piece) -> usize {
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
    pub(super) fn end_lines(&self, next: usize, piece: &mut Piece) {
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

    pub(super) fn end_code(&self, opener: usize, container: Option<usize>, piece: &mut Piece) {
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

    pub(super) fn break_line(&self, piece: &mut Piece) {
        if !piece.out.is_empty() {
            piece.out.push('\n');
        }
    }

    /// Writes a line, or what of it stands behind a place.
    pub(super) fn write_line(&self, place: Place, piece: &mut Piece) {
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

    /// Opens spans again. Whether something invisible was written among them, which has to stand
    /// behind whatever else opens there.
    pub(super) fn open_spans(&self, spans: &[&Span], piece: &mut Piece) -> bool {
        let mut is_joined = false;
        let mut outer: Option<&Span> = None;
        for span in spans {
            // Where both end together they are read as one run of stars on both sides.
            let is_apart = outer.is_some_and(|it| it.close.start != span.close.end);
            is_joined = open(self.outline.slice(&span.open), is_apart, is_joined, piece);
            outer = Some(span);
        }
        is_joined
    }

    /// What starts a block is none where a line was cut.
    pub(super) fn guard(&self, line: &Line, start: usize, piece: &mut Piece) {
        if line.kind == LineKind::Text {
            let behind = self.outline.text.get(line.content.end..);
            line_start::guard(&mut piece.out, start, behind.unwrap_or_default());
        }
    }

    /// Keeps a line apart from the text of items that began before the piece and have ended.
    pub(super) fn leave_ghosts(&self, line: &Line, piece: &mut Piece) {
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
    pub(super) fn write_marks(
        &self,
        innermost: Option<usize>,
        opened: Option<usize>,
        piece: &mut Piece,
    ) {
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
}

/// Writes what opens a span behind others, and says the same as [`Cutter::open_spans`], as `is_joined`
/// does of those. `is_apart`: whether it may not be read as one run of stars with the one before,
/// of which another part might be paired with a star further on.
pub(super) fn open(mark: &str, is_apart: bool, is_joined: bool, piece: &mut Piece) -> bool {
    let parts_stars = is_apart && mark.starts_with('*') && piece.out.ends_with('*');
    if parts_stars {
        piece.out.push(WORD_JOINER);
    }
    piece.out.push_str(mark);
    // To what follows it is a letter, behind which no marker opens before punctuation.
    if parts_stars || is_joined {
        piece.out.push(WORD_JOINER);
    }
    parts_stars || is_joined
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
