//! What a table is made of, for this crate: rows of cells, known by the number of their column.

/// One value of a row.
///
/// A file of text has only [`Cell::Text`]; which texts stand for nothing is said by the mapping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing: also a cell that the row is too short for.
    Null,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// Bytes.
    Blob(&'a [u8]),
}

/// A row of a table.
pub trait Row {
    /// The cell of a column, from 0; [`Cell::Null`] where the row has none.
    fn cell(&self, column: usize) -> Cell<'_>;
}

impl Row for [&str] {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.get(column).map_or(Cell::Null, |text| Cell::Text(text))
    }
}

impl Row for [Cell<'_>] {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.get(column).copied().unwrap_or(Cell::Null)
    }
}

/// A text without the blanks around it.
pub(crate) fn within(cell: &str) -> &str {
    match may_have_blanks(cell) {
        true => cell.trim(),
        false => cell,
    }
}

/// Whether blanks may stand around a text: nearly all end with characters of which a look at one byte
/// tells that they are none.
pub(crate) fn may_have_blanks(text: &str) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_graphic();
    match text.as_bytes() {
        [] => false,
        [only] => !is_plain(only),
        [first, .., last] => !is_plain(first) || !is_plain(last),
    }
}
