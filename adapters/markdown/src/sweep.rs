//! Where styles start and end in a line, and how their markers nest.

use std::ops::Range;

use crate::class::Class;
use crate::markers::{Marker, Markers};
use crate::style::Style;

/// Something that markers may stand next to, and within only if it is text.
#[derive(Clone, Copy)]
pub(crate) struct Atom {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: AtomKind,
    pub(crate) style: Style,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtomKind {
    Text,
    Code,
    /// A link with its pieces, and the styles that are written within it.
    Link(u32, Style),
}

/// Where a style is written.
#[derive(Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether a letter may stand before.
    pub(crate) behind_letter: bool,
    /// Whether a letter may stand behind.
    pub(crate) before_letter: bool,
}

/// Goes over the stretches of all styles at once and keeps their markers nested.
pub(crate) struct Sweep<'s> {
    pub(crate) text: &'s str,
    pub(crate) frame: Class,
    pub(crate) atoms: &'s [Atom],
    pub(crate) stretches: &'s [Vec<Stretch>; 3],
    /// The next stretch of each style.
    pub(crate) cursors: [usize; 3],
    /// The rest of a stretch of each style that goes on behind white space.
    pub(crate) later: [Option<Stretch>; 3],
    /// The styles that are open, from the outermost: marker, number and stretch.
    pub(crate) open: [Option<(Marker, usize, Stretch)>; 3],
    pub(crate) depth: usize,
}

impl Sweep<'_> {
    /// The next place behind `at` where something opens or closes.
    pub(crate) fn next(&self, at: usize) -> Option<usize> {
        let ends = self.open.iter().flatten().map(|(_, _, it)| it.end);
        let starts = self.stretches.iter().zip(self.cursors);
        let starts = starts.filter_map(|(it, cursor)| it.get(cursor));
        let starts = starts.chain(self.later.iter().flatten()).map(|it| it.start);
        ends.chain(starts).filter(|it| *it > at).min()
    }

    /// Closes and opens what closes and opens at `at`; whether there is anything.
    pub(crate) fn boundary(&mut self, at: usize, out: &mut String) -> bool {
        let mut markers = Markers::default();
        let mut opening: [Option<(usize, Stretch)>; 3] = [None; 3];
        let is_ending =
            |it: &Option<(Marker, usize, Stretch)>| it.is_some_and(|(_, _, it)| it.end <= at);
        let kept = self
            .open
            .iter()
            .take_while(|it| it.is_some() && !is_ending(it))
            .count();
        while self.depth > kept {
            self.depth -= 1;
            let Some(slot) = self.open.get_mut(self.depth) else {
                break;
            };
            let Some((marker, style, stretch)) = slot.take() else {
                continue;
            };
            markers.close(marker);
            if stretch.end > at {
                self.put_off(style, at, stretch);
            }
        }
        for style in 0..self.cursors.len() {
            if let Some(stretch) = self.take(style, at)
                && let Some(slot) = opening.get_mut(style)
            {
                *slot = Some((style, stretch));
            }
        }
        // What ends last is outermost.
        opening.sort_by_key(|it| it.map_or(0, |(_, it)| usize::MAX - it.end));
        let mut outer: Option<Stretch> = None;
        for (style, stretch) in opening.into_iter().flatten() {
            let marker = self.marker(style, stretch, markers.closers > 0);
            // What ends elsewhere might be paired with another part of the same run of stars.
            let is_apart = outer.is_some_and(|it| it.end != stretch.end);
            markers.open(marker, is_apart);
            outer = Some(stretch);
            if let Some(slot) = self.open.get_mut(self.depth) {
                *slot = Some((marker, style, stretch));
            }
            self.depth += 1;
        }
        match markers.count {
            0 => false,
            _ => {
                let before = self.class_written(at, out);
                markers.write(before, self.class_of_next(at), out)
            }
        }
    }

    /// What was written before a place.
    fn class_written(&self, at: usize, out: &str) -> Class {
        let behind = self.atoms.partition_point(|it| it.start < at);
        match behind.checked_sub(1).and_then(|it| self.atoms.get(it)) {
            None => self.frame,
            Some(it) if it.kind != AtomKind::Text => Class::Punctuation,
            // An address in it may have become a link.
            Some(_) => class_before(out, out.len()),
        }
    }

    /// What will be written behind a place.
    fn class_of_next(&self, at: usize) -> Class {
        let index = self.atoms.partition_point(|it| it.end <= at);
        let end = self.atoms.last().map_or(at, |it| it.end);
        match self.atoms.get(index) {
            None => self.frame,
            Some(it) if it.kind != AtomKind::Text => Class::Punctuation,
            // It may be written as a link.
            Some(_) if starts_with_address(self.text, at..end) => Class::Unclear,
            Some(_) => class_behind(self.text, at),
        }
    }

    /// What a style is written with that starts here. `is_behind`: whether another one ends here.
    fn marker(&self, style: usize, stretch: Stretch, is_behind: bool) -> Marker {
        match Style::MARKED.get(style) {
            Some(&Style::STRIKE) => return Marker::Strike,
            Some(&Style::BOLD) => return Marker::Bold,
            _ => {}
        }
        let touches_before = stretch.behind_letter && !is_behind;
        match touches_before || (stretch.before_letter && !self.opens_within(stretch)) {
            true => Marker::Star,
            false => Marker::Underscore,
        }
    }

    /// Whether something opens where a stretch ends, or opens within it and goes on behind it.
    fn opens_within(&self, stretch: Stretch) -> bool {
        let behind = self.text.get(stretch.end..).unwrap_or_default();
        if behind.starts_with(is_space) {
            return false;
        }
        let mut all = self.stretches.iter().zip(self.cursors);
        all.any(|(stretches, cursor)| {
            let next = stretches.get(cursor..).unwrap_or_default().iter();
            let mut next = next.take_while(|it| it.start <= stretch.end);
            next.any(|it| it.start > stretch.start && it.end > stretch.end)
        })
    }

    /// The stretch of a style that starts at `at`.
    fn take(&mut self, style: usize, at: usize) -> Option<Stretch> {
        let later = self.later.get_mut(style)?;
        if let Some(stretch) = later.take_if(|it| it.start == at) {
            return Some(stretch);
        }
        let cursor = self.cursors.get_mut(style)?;
        let stretch = self.stretches.get(style)?.get(*cursor)?;
        (stretch.start == at).then(|| {
            *cursor += 1;
            *stretch
        })
    }

    /// Opens the rest of a stretch again, but not before white space.
    fn put_off(&mut self, style: usize, at: usize, stretch: Stretch) {
        let mut start = at;
        let first = self.atoms.partition_point(|it| it.end <= at);
        for atom in self.atoms.get(first..).unwrap_or_default() {
            let rest = self.text.get(start..atom.end).unwrap_or_default();
            let kept = match atom.kind {
                AtomKind::Text => rest.trim_start_matches(is_space).len(),
                _ => rest.len(),
            };
            start = atom.end - kept;
            if kept > 0 {
                break;
            }
        }
        if let Some(later) = self.later.get_mut(style).filter(|_| start < stretch.end) {
            *later = Some(Stretch { start, ..stretch });
        }
    }
}

/// Whether some reader takes it for white space.
pub(crate) fn is_space(it: char) -> bool {
    it.is_whitespace() || it == '\u{feff}'
}

fn starts_with_address(text: &str, range: Range<usize>) -> bool {
    const SCHEME: &str = "http";
    let found = text.as_bytes().get(range).unwrap_or_default();
    let found = found.get(..SCHEME.len()).unwrap_or_default();
    found.eq_ignore_ascii_case(SCHEME.as_bytes())
}

pub(crate) fn class_before(text: &str, at: usize) -> Class {
    let before = text.get(..at).and_then(|it| it.chars().next_back());
    before.map_or(Class::Space, Class::of)
}

pub(crate) fn class_behind(text: &str, at: usize) -> Class {
    let behind = text.get(at..).and_then(|it| it.chars().next());
    behind.map_or(Class::Space, Class::of)
}
