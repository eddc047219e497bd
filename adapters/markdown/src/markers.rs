//! The markers of one place, and what has to stand between them so that readers pair them rightly.

use crate::class::Class;
use crate::escape::WORD_JOINER;

/// What opens or closes a style.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    Strike,
    Bold,
    /// With an underscore, which may not touch letters on the outside.
    Underscore,
    /// With a star.
    Star,
}

/// The markers of one place, first those that close.
#[derive(Default)]
pub(crate) struct Markers {
    all: [Option<Marker>; 6],
    pub(crate) closers: usize,
    pub(crate) count: usize,
    /// Before which of them something invisible stands, and whether behind the last.
    gaps: [bool; 7],
}

impl Markers {
    pub(crate) fn close(&mut self, it: Marker) {
        self.open(it, false);
        self.closers = self.count;
    }

    /// `is_apart`: whether it may not be read as one with the marker before.
    pub(crate) fn open(&mut self, it: Marker, is_apart: bool) {
        if let Some(slot) = self.all.get_mut(self.count) {
            *slot = Some(it);
            self.gap(self.count, is_apart && self.are_stars(self.count));
            self.count += 1;
        }
    }

    fn gap(&mut self, index: usize, is_there: bool) {
        if let Some(gap) = self.gaps.get_mut(index) {
            *gap |= is_there;
        }
    }

    fn has_gap(&self, index: usize) -> bool {
        self.gaps.get(index) == Some(&true)
    }

    fn are_stars(&self, index: usize) -> bool {
        let is_star = |at: usize| {
            self.all
                .get(at)
                .copied()
                .flatten()
                .is_some_and(Marker::is_star)
        };
        index > 0 && is_star(index - 1) && is_star(index)
    }

    /// Writes them; whether there are any. What stands `before` and `behind` them is text.
    /// What a marker touches decides whether it counts, so something invisible goes
    /// between it and punctuation on its inside where a letter stands on its outside; and between
    /// stars that do not belong together.
    pub(crate) fn write(&mut self, before: Class, behind: Class, out: &mut String) -> bool {
        if self.closers > 0 && self.are_stars(self.closers) {
            self.gap(self.closers, true);
        }
        let mut start = self.closers;
        while start < self.count {
            let outer = self.class_at(start, before, start == 0);
            let mut end = start + 1;
            while end < self.count && self.are_stars(end) && !self.has_gap(end) {
                end += 1;
            }
            let inner = self.class_at(end, behind, end == self.count);
            self.gap(end, outer.may_be_letter() && inner.may_be_punctuation());
            start = end;
        }
        let mut end = self.closers;
        while end > 0 {
            let outer = self.class_at(end, behind, end == self.count);
            let mut start = end - 1;
            while start > 0 && self.are_stars(start) && !self.has_gap(start) {
                start -= 1;
            }
            let inner = self.class_at(start, before, start == 0);
            self.gap(start, outer.may_be_letter() && inner.may_be_punctuation());
            end = start;
        }
        for (index, it) in self.all.iter().flatten().enumerate() {
            if self.has_gap(index) {
                out.push(WORD_JOINER);
            }
            out.push_str(it.text());
        }
        if self.has_gap(self.count) {
            out.push(WORD_JOINER);
        }
        self.count > 0
    }

    /// What stands before the marker at `index`, or behind the one before it; `text` if that is
    /// no marker.
    fn class_at(&self, index: usize, text: Class, is_text: bool) -> Class {
        match (self.has_gap(index), is_text) {
            (true, _) => Class::Letter,
            (false, true) => text,
            (false, false) => Class::Punctuation,
        }
    }
}

impl Marker {
    fn text(self) -> &'static str {
        match self {
            Marker::Strike => "~~",
            Marker::Bold => "**",
            Marker::Underscore => "_",
            Marker::Star => "*",
        }
    }

    fn is_star(self) -> bool {
        matches!(self, Marker::Bold | Marker::Star)
    }
}
