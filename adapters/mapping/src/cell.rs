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

/// A row for people: its columns with their values, as an object of JSON on lines of its own. Cells
/// that hold nothing are left away, and of bytes it is said how many there are.
pub fn as_object<R: Row + ?Sized>(columns: &[String], row: &R) -> Vec<u8> {
    let mut out = String::from("{");
    let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
    for (name, column) in columns.iter().zip(0..) {
        let value = match row.cell(column) {
            Cell::Null => continue,
            Cell::Text(it) => text(it),
            Cell::Integer(it) => it.to_string(),
            Cell::Real(it) => it.to_string(),
            Cell::Blob(it) => format!("\"({} bytes)\"", it.len()),
        };
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&format!("\n  {}: {value}", text(name)));
    }
    out.push_str("\n}");
    out.into_bytes()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_shown_by_its_columns() {
        let columns = ["id", "te\"xt", "n", "x", "none", "raw", "behind"].map(str::to_owned);
        let cells = [
            Cell::Integer(7),
            Cell::Text("a\nb"),
            Cell::Real(0.5),
            Cell::Text(""),
            Cell::Null,
            Cell::Blob(b"abc"),
        ];
        let shown = String::from_utf8(as_object(&columns, &cells[..])).unwrap();
        let expected = r#"{
  "id": 7,
  "te\"xt": "a\nb",
  "n": 0.5,
  "x": "",
  "raw": "(3 bytes)"
}"#;
        assert_eq!(shown, expected);
    }
}
