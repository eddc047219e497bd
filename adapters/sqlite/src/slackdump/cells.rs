//! Cells of a row as what they should hold, whatever they do hold.

use std::borrow::Cow;

use crate::{Cell, Row};

/// A text, or the bytes of one; empty for all else.
pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Cow<'r, str> {
    match row.cell(column) {
        Cell::Text(bytes) | Cell::Blob(bytes) => String::from_utf8_lossy(bytes),
        _ => Cow::Borrowed(""),
    }
}

/// A whole number.
pub(super) fn number(row: &Row<'_>, column: usize) -> Option<i64> {
    match row.cell(column) {
        Cell::Integer(number) => Some(number),
        _ => None,
    }
}

/// What stands for a cell that is no object in the list of which it becomes an element: it is read
/// as a damaged one, and costs no other.
pub(super) const DAMAGED: &[u8] = b"{?}";

/// An object as it is stored, which may be damaged within.
pub(super) fn json<'r>(row: &'r Row<'_>, column: usize) -> &'r [u8] {
    match row.cell(column) {
        Cell::Text(bytes) | Cell::Blob(bytes) => object(bytes),
        _ => DAMAGED,
    }
}

fn object(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.trim_ascii();
    match (bytes.first(), bytes.last()) {
        (Some(b'{'), Some(b'}')) => bytes,
        _ => DAMAGED,
    }
}
