//! The styles of a run of text.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// A set of styles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Style(u8);

impl Style {
    /// No style.
    pub const PLAIN: Style = Style(0);
    /// Bold.
    pub const BOLD: Style = Style(1);
    /// Italic.
    pub const ITALIC: Style = Style(2);
    /// Struck through.
    pub const STRIKE: Style = Style(4);
    /// Code within a line. It is the innermost style.
    pub const CODE: Style = Style(8);

    /// The styles that are written by markers, from the outermost to the innermost where nothing
    /// else decides.
    pub(crate) const MARKED: [Style; 3] = [Style::STRIKE, Style::BOLD, Style::ITALIC];

    /// Whether all of `other` are among these.
    pub fn has(self, other: Style) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is none.
    pub fn is_plain(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Style {
    type Output = Style;

    fn bitor(self, other: Style) -> Style {
        Style(self.0 | other.0)
    }
}

impl BitOrAssign for Style {
    fn bitor_assign(&mut self, other: Style) {
        self.0 |= other.0;
    }
}

impl BitAnd for Style {
    type Output = Style;

    fn bitand(self, other: Style) -> Style {
        Style(self.0 & other.0)
    }
}

impl Not for Style {
    type Output = Style;

    fn not(self) -> Style {
        Style(!self.0)
    }
}
