//! Where a style that is shortened may start and end: between what is seen as one character, and
//! neither within a mention nor within an address.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::document::Document;
use crate::escape::{ends_address, scheme_start};
use crate::link;
use crate::sweep::{Atom, AtomKind};

/// The places of one stretch of a style. They are found when it is shortened; most never are.
#[derive(Default)]
pub(crate) struct Cuts {
    /// Where a style may start and end, in order; empty as long as nobody asked.
    places: Vec<usize>,
    /// What stays whole of a text, by its start.
    wholes: Vec<Range<usize>>,
}

impl Cuts {
    /// Forgets the places, for another stretch.
    pub(crate) fn clear(&mut self) {
        self.places.clear();
    }

    /// Finds the places of some atoms, unless they are known.
    pub(crate) fn find(&mut self, document: &Document, atoms: &[Atom]) {
        if !self.places.is_empty() {
            return;
        }
        for run in atoms.chunk_by(|one, other| one.kind == other.kind && one.kind == AtomKind::Text)
        {
            let (Some(first), Some(last)) = (run.first(), run.last()) else {
                continue;
            };
            self.places.push(first.start);
            if first.kind == AtomKind::Text {
                self.split(document, first.start..last.end);
            }
            self.places.push(last.end);
        }
    }

    /// The first place behind `at`.
    pub(crate) fn behind(&self, at: usize) -> Option<usize> {
        let index = self.places.partition_point(|it| *it <= at);
        self.places.get(index).copied()
    }

    /// The last place before `at`.
    pub(crate) fn before(&self, at: usize) -> Option<usize> {
        let index = self.places.partition_point(|it| *it < at).checked_sub(1)?;
        self.places.get(index).copied()
    }

    /// Adds the places within a range of the text.
    fn split(&mut self, document: &Document, range: Range<usize>) {
        self.wholes.clear();
        let mentions = &document.mentions;
        let first = mentions.partition_point(|it| it.end <= range.start);
        let mentions = mentions.get(first..).unwrap_or_default().iter();
        let mentions = mentions.take_while(|it| it.start < range.end);
        self.wholes.extend(mentions.cloned());
        add_addresses(document, range.clone(), &mut self.wholes);
        self.wholes.sort_unstable_by_key(|it| it.start);
        let text = document.text.get(range.clone()).unwrap_or_default();
        let mut passed = 0;
        for (at, _) in text.grapheme_indices(true) {
            let at = range.start + at;
            let rest = self.wholes.get(passed..).unwrap_or_default();
            passed += rest.iter().take_while(|it| it.end <= at).count();
            if self.wholes.get(passed).is_none_or(|it| at <= it.start) {
                self.places.push(at);
            }
        }
    }
}

/// Adds the addresses in a range of a text, each without what ends a sentence.
fn add_addresses(document: &Document, range: Range<usize>, wholes: &mut Vec<Range<usize>>) {
    const SEPARATOR: &str = "://";
    let text = document.text.as_str();
    let block = document.block_start(range.start);
    let mut from = range.start;
    loop {
        let rest = text.get(from..range.end).unwrap_or_default();
        let Some(found) = rest.find(SEPARATOR) else {
            return;
        };
        let separator = from + found;
        from = separator + SEPARATOR.len();
        let start = scheme_start(text, block..separator);
        if start == separator || start < range.start {
            continue;
        }
        let address = text.get(start..range.end).unwrap_or_default();
        let far = address.find(ends_address).unwrap_or(address.len());
        let address = address.get(..far).unwrap_or_default();
        // Markup at its end is a part of it here: nobody knows where the writer saw its end.
        let length = link::before_sentence(address)
            .len()
            .max(link::address_bytes(address));
        from = from.max(start + length);
        wholes.push(start..start + length);
    }
}
