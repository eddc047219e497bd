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

/// JSON as it is stored. What cannot be JSON is null, which is no record either.
pub(super) fn json<'r>(row: &'r Row<'_>, column: usize) -> &'r [u8] {
    match row.cell(column) {
        Cell::Text(bytes) | Cell::Blob(bytes) if !bytes.trim_ascii().is_empty() => bytes,
        _ => b"null",
    }
}
