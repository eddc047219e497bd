//! Whether a file is the text that `COPY` of Postgres and `INTO OUTFILE` of MySQL write: cells with
//! tabs between them, `\N` for a missing one, a backslash before whatever would be in the way, and no
//! quotes.
//!
//! Sources: PostgreSQL 17 Documentation, "COPY", Text Format; MySQL 8.4 Reference Manual, "LOAD DATA
//! Statement"; both read 2026-08.

use crate::dialect::Told;

/// What may stand behind a backslash there, beside digits.
const ESCAPED: &[u8] = b"NbfnrtvxZ0\\'\"\t\n\r";

/// What is told of such a file by its start, where nobody has said else.
pub(crate) fn told(text: &str, told: Told) -> Told {
    let is_open = told.escape.is_none() && told.delimiter.is_none_or(|it| it == '\t');
    if !is_open || !has_mark(text) || !is_escaped(text) || proves_quotes(text) {
        return told;
    }
    let usual = if is_quoted(text) { Some(b'"') } else { None };
    Told {
        delimiter: Some('\t'),
        escape: Some(Some(b'\\')),
        quote: Some(told.quote.unwrap_or(usual)),
    }
}

/// Whether a cell is `\N` and nothing else.
fn has_mark(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut places = text.match_indices("\\N");
    places.any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let behind = bytes.get(at + 2);
        let is_end = |byte: Option<&u8>| matches!(byte, None | Some(b'\n' | b'\r'));
        let is_tab = |byte: Option<&u8>| byte == Some(&b'\t');
        let is_cell = (is_tab(before) || is_end(before)) && (is_tab(behind) || is_end(behind));
        is_cell && (is_tab(before) || is_tab(behind))
    })
}

/// Whether every backslash stands before what one can stand before: others hold paths of files, say.
fn is_escaped(text: &str) -> bool {
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let is_known = |next: u8| next.is_ascii_digit() || ESCAPED.contains(&next);
        if byte == b'\\' && !rest.next().is_none_or(is_known) {
            return false;
        }
    }
    true
}

/// How many cells behind one with an open quote may hold its end.
const OPEN_CELLS: usize = 20;

/// Whether a cell can only be one in quotes that hide what is within: quotes that are doubled, or
/// tabs and ends of lines. Those who mark what is missing may quote as others do.
fn proves_quotes(text: &str) -> bool {
    let mut left = 0;
    for cell in text.split(['\t', '\n']) {
        let cell = cell.trim_end_matches('\r');
        let inner = cell.strip_prefix('"');
        match (inner, inner.and_then(|inner| inner.strip_suffix('"'))) {
            (Some(_), Some(inner)) if inner.contains("\"\"") => return true,
            (Some(_), None) => left = OPEN_CELLS,
            (None, _) if left > 0 && cell.ends_with('"') => return true,
            _ if cell == "\\N" => left = 0,
            _ => left = left.saturating_sub(1),
        }
    }
    false
}

/// Whether most lines have a cell in quotes, as with `ENCLOSED BY`.
fn is_quoted(text: &str) -> bool {
    let is_whole = |cell: &str| cell.len() > 1 && cell.starts_with('"') && cell.ends_with('"');
    let (mut lines, mut quoted) = (0, 0);
    for line in text.lines() {
        lines += 1;
        quoted += usize::from(line.split('\t').any(is_whole));
    }
    quoted * 2 > lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_cell_between_tabs_tells_how_others_are_written() {
        let check = |text: &str, expected: Option<Option<u8>>| {
            let found = told(text, Told::default());
            let quote = found.escape.map(|_| found.quote.flatten());
            assert_eq!(quote, expected, "{text}");
        };
        check("1\tann\thi\\tall\t\\N\n", Some(None));
        check("\\N\t\"hi\" she said\n2\tx\n3\ty\n", Some(None));
        check("\"1\"\t\\N\n\"2\"\t\"x\"\n", Some(Some(b'"')));
        check("1\t\\N\t\"say \"\"x\"\"\"\n", None);
        check("1\t\\N\t\"two\nlines\"\n", None);
        check("1\t\"a\ttab\"\t\\N\n", None);
        check("1\t\\N\tC:\\Users\n", None);
        check("1\ta\\Nb\n", None);
        check("1,\\N,a\n", None);
        check("\\N\n", None);
        let semicolon = Told {
            delimiter: Some(';'),
            ..Told::default()
        };
        assert!(told("1\t\\N\n", semicolon).escape.is_none());
    }
}
