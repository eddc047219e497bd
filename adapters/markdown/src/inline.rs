//! One line of styled runs, with markers that readers of Markdown pair as they are meant.
//!
//! A marker counts only by its neighbours: between punctuation and a letter it opens on one side
//! alone. Where a style ends so that no marker could be there, it ends a little earlier, and is
//! counted. Source: CommonMark 0.31, "Emphasis and strong emphasis"; GFM 0.29, "Strikethrough".

use std::ops::Range;

use crate::class::Class;
use crate::cuts::Cuts;
use crate::document::{Document, Span, may_follow_mention};
use crate::escape::{Edges, Literal};
use crate::layout::push_code;
use crate::link;
use crate::style::Style;
use crate::sweep::{Atom, AtomKind, Stretch, Sweep, class_before, class_behind, is_space};

/// Room for the parts of a line and of a link's label.
#[derive(Default)]
pub(crate) struct Buffers {
    pieces: Vec<Piece>,
    line: Parts,
    label: Parts,
}

/// Room for the parts of one piece of Markdown.
#[derive(Default)]
struct Parts {
    atoms: Vec<Atom>,
    /// Where each of [`Style::MARKED`] is written.
    stretches: [Vec<Stretch>; 3],
    cuts: Cuts,
}

/// A run of one style within a line.
#[derive(Clone, Copy)]
struct Piece {
    start: usize,
    end: usize,
    style: Style,
    link: u32,
}

/// Writes the lines of one block.
pub(crate) struct Inline<'d> {
    pub(crate) document: &'d Document,
    pub(crate) literal: &'d Literal<'d>,
    /// The spans of the block that are not behind the last line.
    pub(crate) spans: Range<usize>,
    /// The line at hand.
    pub(crate) line: Range<usize>,
    /// How often a style was shortened.
    pub(crate) shortened: u32,
}

impl Inline<'_> {
    /// Writes the line that stands in a range of the document's text.
    pub(crate) fn line(&mut self, range: Range<usize>, buffers: &mut Buffers, out: &mut String) {
        let spans = self.document.spans.get(self.spans.clone());
        let spans = spans.unwrap_or_default();
        let passed = spans.iter().take_while(|it| it.end <= range.start).count();
        self.spans.start += passed;
        let spans = spans.get(passed..).unwrap_or_default();
        self.line = range.clone();
        match spans.first() {
            None => return,
            Some(it) if it.end >= range.end && it.style.is_plain() && it.link == 0 => {
                let edges = Edges::default();
                self.literal.write(range, &self.line, edges, out);
                return;
            }
            Some(_) => {}
        }
        cut(spans, range, &self.document.text, &mut buffers.pieces);
        let pieces = &buffers.pieces;
        let mut run = Run {
            inline: self,
            pieces,
            frame: Class::Space,
            label: Some(&mut buffers.label),
        };
        run.write(Style::PLAIN, &mut buffers.line, out);
    }
}

/// Cuts spans to a line.
fn cut(spans: &[Span], range: Range<usize>, text: &str, pieces: &mut Vec<Piece>) {
    pieces.clear();
    let mut start = range.start;
    for span in spans {
        let end = span.end.min(range.end);
        let mut style = span.style;
        let is_blank = |it: &str| it.trim_start().is_empty();
        if style.has(Style::CODE) && text.get(start..end).is_none_or(is_blank) {
            style = style & !Style::CODE;
        }
        if end > start {
            pieces.push(Piece {
                start,
                end,
                style,
                link: span.link,
            });
        }
        start = end;
        if span.end >= range.end {
            break;
        }
    }
}

/// A line, or the label of a link.
struct Run<'r, 'i, 'd> {
    inline: &'r mut Inline<'d>,
    pieces: &'i [Piece],
    /// What stands on both sides.
    frame: Class,
    /// Room for labels; `None` within one.
    label: Option<&'r mut Parts>,
}

impl Run<'_, '_, '_> {
    /// Writes the pieces, without the styles in `written`, which hold for all of them.
    fn write(&mut self, written: Style, parts: &mut Parts, out: &mut String) {
        self.gather(written, &mut parts.atoms);
        for (bit, stretches) in Style::MARKED.into_iter().zip(&mut parts.stretches) {
            stretches.clear();
            if parts.atoms.iter().any(|it| it.style.has(bit)) {
                self.stretch(bit, &mut parts.atoms, &mut parts.cuts, stretches);
            }
        }
        let Parts {
            atoms, stretches, ..
        } = parts;
        let mut sweep = Sweep {
            text: &self.inline.document.text,
            frame: self.frame,
            atoms,
            stretches,
            cursors: [0; 3],
            later: [None; 3],
            open: [None; 3],
            depth: 0,
        };
        let mut at = atoms.first().map_or(0, |it| it.start);
        let end = atoms.last().map_or(0, |it| it.end);
        let mut first_atom = 0;
        let mut is_marked = self.frame != Class::Space;
        while at < end {
            is_marked |= sweep.boundary(at, out);
            let next = sweep.next(at).map_or(end, |it| it.min(end));
            while atoms.get(first_atom).is_some_and(|it| it.end <= at) {
                first_atom += 1;
            }
            let ends_marked = next < end || sweep.depth > 0 || self.frame != Class::Space;
            let atoms = atoms.get(first_atom..).unwrap_or_default();
            self.content(atoms, at..next, [is_marked, ends_marked], out);
            is_marked = false;
            at = next;
        }
        sweep.boundary(end, out);
    }

    /// Makes atoms of the pieces.
    fn gather(&self, written: Style, atoms: &mut Vec<Atom>) {
        atoms.clear();
        let is_label = self.label.is_none();
        let mut open = 0;
        for piece in self.pieces {
            let style = piece.style & !written & !Style::CODE;
            if piece.link != 0 && !is_label {
                if let Some(last) = atoms.last_mut().filter(|_| open == piece.link) {
                    last.end = piece.end;
                    last.style = last.style & style;
                    continue;
                }
                open = piece.link;
                atoms.push(Atom {
                    start: piece.start,
                    end: piece.end,
                    kind: AtomKind::Link(piece.link, Style::PLAIN),
                    style,
                });
                continue;
            }
            open = 0;
            let kind = match piece.style.has(Style::CODE) {
                true => AtomKind::Code,
                false => AtomKind::Text,
            };
            atoms.push(Atom {
                start: piece.start,
                end: piece.end,
                kind,
                style,
            });
        }
        // Nothing is seen of a link without a label, but it makes a line that is not blank.
        let text = &self.inline.document.text;
        for atom in atoms {
            let label = text.get(atom.start..atom.end).unwrap_or_default();
            if matches!(atom.kind, AtomKind::Link(..)) && label.trim().is_empty() {
                atom.kind = AtomKind::Text;
            }
        }
    }

    /// Finds where a style can be written.
    fn stretch(
        &mut self,
        bit: Style,
        atoms: &mut [Atom],
        cuts: &mut Cuts,
        stretches: &mut Vec<Stretch>,
    ) {
        let mut first = 0;
        while first < atoms.len() {
            let run = atoms.get(first..).unwrap_or_default().iter();
            let length = run.take_while(|it| it.style.has(bit)).count();
            if length == 0 {
                first += 1;
                continue;
            }
            let last = first + length;
            if let Some(stretch) = self.shorten(bit, first..last, atoms, cuts) {
                stretches.push(stretch);
            }
            first = last;
        }
    }

    /// Takes off the edges what a marker cannot stand next to; `None` if nothing is left.
    fn shorten(
        &mut self,
        bit: Style,
        range: Range<usize>,
        atoms: &mut [Atom],
        cuts: &mut Cuts,
    ) -> Option<Stretch> {
        let mut is_shortened = [false; 2];
        cuts.clear();
        let stretch = self.fit(bit, range, atoms, cuts, &mut is_shortened);
        let shortened = is_shortened.iter().filter(|it| **it).count() as u32;
        self.inline.shortened = self.inline.shortened.saturating_add(shortened);
        stretch
    }

    fn fit(
        &mut self,
        bit: Style,
        range: Range<usize>,
        atoms: &mut [Atom],
        cuts: &mut Cuts,
        is_shortened: &mut [bool; 2],
    ) -> Option<Stretch> {
        let (mut first, mut last) = (range.start, range.end.checked_sub(1)?);
        let mut start = atoms.get(first)?.start;
        let behind_letter = loop {
            let atom = atoms.get_mut(first).filter(|_| first <= last)?;
            let (inner, length, is_space) = head(&self.inline.document.text, atom, start);
            let outer = match start > atom.start {
                true => class_before(&self.inline.document.text, start),
                false => self.class_at_end(atoms, first.checked_sub(1)),
            };
            let is_stuck = outer.may_be_letter() && inner.may_be_punctuation();
            if !is_space && !is_stuck {
                break outer.may_be_letter();
            }
            let atom = atoms.get_mut(first)?;
            is_shortened[0] |= !is_space && !move_inside(bit, atom);
            start = match is_space {
                true => start + length,
                false => {
                    cuts.find(self.inline.document, atoms.get(range.clone())?);
                    cuts.behind(start)?
                }
            };
            let rest = atoms.get(first..).unwrap_or_default().iter();
            first += rest.take_while(|it| it.end <= start).count();
        };
        let mut end = atoms.get(last)?.end;
        let before_letter = loop {
            let atom = atoms.get_mut(last).filter(|_| first <= last)?;
            if end <= start {
                return None;
            }
            let (inner, length, is_space) = tail(&self.inline.document.text, atom, end);
            let outer = match end < atom.end {
                true => class_behind(&self.inline.document.text, end),
                false => self.class_at_start(atoms, last + 1),
            };
            let is_stuck = outer.may_be_letter() && inner.may_be_punctuation();
            if !is_space && !is_stuck {
                break outer.may_be_letter();
            }
            let atom = atoms.get_mut(last)?;
            is_shortened[1] |= !is_space && !move_inside(bit, atom);
            end = match is_space {
                true => end - length,
                false => {
                    cuts.find(self.inline.document, atoms.get(range.clone())?);
                    cuts.before(end)?
                }
            };
            let rest = atoms.get(..=last).unwrap_or_default().iter();
            let passed = rest.rev().take_while(|it| it.start >= end).count();
            last = last.checked_sub(passed)?;
        };
        Some(Stretch {
            start,
            end,
            behind_letter,
            before_letter,
        })
    }

    fn class_at_end(&self, atoms: &[Atom], index: Option<usize>) -> Class {
        match index.and_then(|index| atoms.get(index)) {
            None => self.frame,
            Some(it) if it.kind == AtomKind::Text => {
                class_before(&self.inline.document.text, it.end)
            }
            Some(_) => Class::Punctuation,
        }
    }

    fn class_at_start(&self, atoms: &[Atom], index: usize) -> Class {
        match atoms.get(index) {
            None => self.frame,
            Some(it) if it.kind == AtomKind::Text => {
                class_behind(&self.inline.document.text, it.start)
            }
            Some(_) => Class::Punctuation,
        }
    }

    /// Writes what stands between two places with markers. `marked`: whether there are markers
    /// before and behind.
    fn content(
        &mut self,
        atoms: &[Atom],
        range: Range<usize>,
        marked: [bool; 2],
        out: &mut String,
    ) {
        let is_label = self.label.is_none();
        let [mut markup_before, ends_marked] = marked;
        let mut at = range.start;
        let mut index = 0;
        while at < range.end {
            let Some(atom) = atoms.get(index) else {
                return;
            };
            let same = |it: &&Atom| it.kind == atom.kind && it.start < range.end;
            let run = atoms.get(index..).unwrap_or_default().iter();
            let count = match atom.kind {
                AtomKind::Link(..) => 1,
                _ => run.take_while(same).count().max(1),
            };
            let end = atoms.get(index + count - 1).map_or(range.end, |it| it.end);
            let end = end.min(range.end);
            let markup_behind = end < range.end || ends_marked;
            match atom.kind {
                AtomKind::Text => {
                    let edges = Edges {
                        markup_before,
                        markup_behind,
                        is_label,
                    };
                    self.text(at..end, edges, out);
                }
                AtomKind::Code => {
                    let code = self.inline.document.text.get(at..end);
                    write_code(code.unwrap_or_default(), out);
                }
                AtomKind::Link(number, styles) => {
                    let next = atoms.get(index + 1);
                    let rest = self.inline.document.text.get(end..range.end);
                    // Readers would take markers behind the end of a sentence for a part of it.
                    let is_apart = !ends_marked
                        || rest.is_some_and(|rest| !link::behind_sentence(rest).is_empty());
                    let is_free = match end < range.end {
                        true => is_apart && next.is_some_and(|it| it.kind == AtomKind::Text),
                        false => !ends_marked,
                    };
                    self.link(number, *atom, styles, is_free, out);
                }
            }
            markup_before = true;
            at = end;
            index += count;
        }
    }

    /// Writes a text, and a space behind a mention in it that lost the style which kept it from what
    /// follows.
    fn text(&mut self, range: Range<usize>, edges: Edges, out: &mut String) {
        let Inline {
            document,
            literal,
            line,
            ..
        } = &*self.inline;
        let mut edges = edges;
        let mut at = range.start;
        let first = document.mentions.partition_point(|it| it.end <= at);
        for mention in document.mentions.get(first..).unwrap_or_default() {
            if mention.end >= range.end {
                break;
            }
            let next = document.text.get(mention.end..);
            let next = next.and_then(|it| it.chars().next());
            if next.is_none_or(may_follow_mention) {
                continue;
            }
            let markup_behind = true;
            let before = Edges {
                markup_behind,
                ..edges
            };
            literal.write(at..mention.end, line, before, out);
            out.push(' ');
            at = mention.end;
            edges.markup_before = true;
        }
        literal.write(at..range.end, line, edges, out);
    }

    /// Writes a link. `is_free`: whether text follows, and no markup.
    fn link(&mut self, number: u32, atom: Atom, styles: Style, is_free: bool, out: &mut String) {
        let document = self.inline.document;
        let url = document.links.url(number);
        let label = document.text.get(atom.start..atom.end).unwrap_or_default();
        let first = self.pieces.partition_point(|it| it.end <= atom.start);
        let last = self.pieces.partition_point(|it| it.start < atom.end);
        let pieces = self.pieces.get(first..last).unwrap_or_default();
        let written = atom.style & !styles;
        let is_plain = pieces.iter().all(|it| (it.style & !written).is_plain());
        if is_plain && label == url && is_free && link::is_safe_bare(url) {
            let rest = document.text.get(atom.end..self.inline.line.end);
            let rest = rest.unwrap_or_default();
            if link::stands_free(out, rest) {
                out.push_str(url);
                return;
            }
        }
        let edges = Edges {
            markup_before: true,
            markup_behind: true,
            is_label: true,
        };
        link::open(out);
        match self.label.take() {
            Some(parts) if !is_plain => {
                let mut run = Run {
                    inline: &mut *self.inline,
                    pieces,
                    frame: Class::Punctuation,
                    label: None,
                };
                run.write(written, parts, out);
                self.label = Some(parts);
            }
            parts => {
                self.label = parts;
                let range = atom.start..atom.end;
                let line = &self.inline.line;
                self.inline.literal.write(range, line, edges, out);
            }
        }
        link::close(url, out);
    }
}

/// The class of what an atom starts with at `start`, its length, and whether it is a space.
fn head(text: &str, atom: &Atom, start: usize) -> (Class, usize, bool) {
    let first = text.get(start..atom.end).and_then(|it| it.chars().next());
    match (atom.kind, first) {
        (AtomKind::Text, Some(it)) => (Class::of(it), it.len_utf8(), is_space(it)),
        _ => (Class::Punctuation, atom.end - start, false),
    }
}

/// The class of what an atom ends with at `end`, its length, and whether it is a space.
fn tail(text: &str, atom: &Atom, end: usize) -> (Class, usize, bool) {
    let last = text.get(atom.start..end);
    match (atom.kind, last.and_then(|it| it.chars().next_back())) {
        (AtomKind::Text, Some(it)) => (Class::of(it), it.len_utf8(), is_space(it)),
        _ => (Class::Punctuation, end - atom.start, false),
    }
}

/// Writes a style within a link instead of around it; false if it is no link.
fn move_inside(bit: Style, atom: &mut Atom) -> bool {
    match &mut atom.kind {
        AtomKind::Link(_, styles) => {
            *styles |= bit;
            true
        }
        _ => false,
    }
}

/// Writes code within a line.
pub(crate) fn write_code(code: &str, out: &mut String) {
    let runs = code.split(|it| it != '`').map(str::len);
    let ticks = runs.max().unwrap_or(0) + 1;
    // One space on each side is taken off by a reader of Markdown.
    let touches = code.starts_with('`') || code.ends_with('`');
    let is_spaced = code.starts_with([' ', '\r']) && code.ends_with([' ', '\r']);
    let pad = if touches || is_spaced { " " } else { "" };
    out.extend(std::iter::repeat_n('`', ticks));
    out.push_str(pad);
    push_code(code, out);
    out.push_str(pad);
    out.extend(std::iter::repeat_n('`', ticks));
}
