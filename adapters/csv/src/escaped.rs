//! Records in which a character takes the meaning from the one behind it, in quotes or outside of
//! them, as MySQL's `SELECT … INTO OUTFILE` writes them; and those in which a blank belongs to each
//! delimiter.
//!
//! Source: MySQL 8.4 Reference Manual, "LOAD DATA Statement", field and line handling, read 2026-08:
//! `\0`, `\b`, `\n`, `\r`, `\t` and `\Z` stand for control characters, a cell `\N` for NULL, and
//! any other character for itself.

use crate::dialect::Dialect;
use crate::split::Span;

/// Takes the first record apart into `text` and the places of its cells in it; gives where it ends,
/// before the end of its line, or `None` if it does not end.
///
/// A cell that is `\N` and nothing else is kept so, since what stands for a missing value is for
/// others to say.
pub(crate) fn split(
    dialect: Dialect,
    bytes: &[u8],
    is_last: bool,
    (text, cells): (&mut String, &mut Vec<Span>),
) -> Option<usize> {
    let mut out = std::mem::take(text).into_bytes();
    out.clear();
    let mut cell = 0;
    let mut at = 0;
    let mut is_quoted = false;
    let mut is_start = true;
    let end = loop {
        let Some(&byte) = bytes.get(at) else {
            break (is_last && !is_quoted).then_some(at);
        };
        at += 1;
        if Some(byte) == dialect.escape {
            // One that nothing stands behind is a character like any other.
            match bytes.get(at) {
                Some(b'N') if is_start && !is_quoted && ends_cell(dialect, bytes.get(at + 1)) => {
                    out.extend([byte, b'N']);
                }
                Some(next) => out.push(meaning(*next)),
                None if is_last => out.push(byte),
                None => break None,
            }
            at = bytes.len().min(at + 1);
        } else if Some(byte) == dialect.quote && (is_start || is_quoted) {
            match (is_quoted, bytes.get(at)) {
                (true, Some(next)) if *next == byte => {
                    out.push(byte);
                    at += 1;
                }
                _ => is_quoted = !is_quoted,
            }
        } else if byte == dialect.delimiter && !is_quoted {
            cells.push((cell, out.len()));
            cell = out.len();
            is_start = true;
            at += blanks(dialect, bytes.get(at..).unwrap_or_default());
            continue;
        } else if matches!(byte, b'\n' | b'\r') && !is_quoted {
            break Some(at - 1);
        } else {
            out.push(byte);
        }
        is_start = false;
    };
    cells.push((cell, out.len()));
    // Only characters of one byte were taken away or changed.
    *text = String::from_utf8(out).unwrap_or_default();
    end
}

/// Whether a cell ends before this byte.
fn ends_cell(dialect: Dialect, next: Option<&u8>) -> bool {
    match next {
        Some(next) => *next == dialect.delimiter || matches!(next, b'\n' | b'\r'),
        None => true,
    }
}

/// How many bytes behind a delimiter belong to it: one blank, or all before a quote.
fn blanks(dialect: Dialect, rest: &[u8]) -> usize {
    if !dialect.has_blanks {
        return 0;
    }
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    match dialect.quote.is_some() && rest.get(blanks).copied() == dialect.quote {
        true => blanks,
        false => blanks.min(1),
    }
}

/// What an escaped character stands for.
pub(crate) fn meaning_of(c: char) -> char {
    u8::try_from(c).map_or(c, |byte| match byte.is_ascii() {
        true => char::from(meaning(byte)),
        false => c,
    })
}

/// What an escaped byte stands for.
fn meaning(byte: u8) -> u8 {
    match byte {
        b'0' => 0,
        b'b' => 8,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'Z' => 0x1a,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(quote: Option<u8>, line: &str) -> Option<Vec<String>> {
        let dialect = Dialect {
            quote,
            escape: Some(b'\\'),
            ..Dialect::of(b',')
        };
        let (mut text, mut spans) = (String::new(), Vec::new());
        split(dialect, line.as_bytes(), true, (&mut text, &mut spans))?;
        Some(
            spans
                .iter()
                .map(|(start, end)| text[*start..*end].to_owned())
                .collect(),
        )
    }

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        assert_eq!(cells(Some(b'"'), line).unwrap(), expected);
    }

    #[test]
    fn escapes_work_in_quotes_and_outside() {
        check("a\\,b,c\\\nd,e\nnext", &["a,b", "c\nd", "e"]);
        check("\"a\\\"b\",\"c\"\"d\"", &["a\"b", "c\"d"]);
        check("\\N,a\\N,\\Nb,\"\\N\"", &["\\N", "aN", "Nb", "N"]);
        check(
            "\\t\\n\\r\\0\\b\\Z\\x,\\\\",
            &["\t\n\r\0\u{8}\u{1a}x", "\\"],
        );
        check("a,\\", &["a", "\\"]);
        check("a\"b,\"c\"d", &["a\"b", "cd"]);
        assert_eq!(cells(Some(b'"'), "a,\"b\n"), None);
    }

    #[test]
    fn a_blank_may_belong_to_each_delimiter() {
        let dialect = Dialect {
            has_blanks: true,
            ..Dialect::of(b',')
        };
        let (mut text, mut spans) = (String::new(), Vec::new());
        let line = b"1, a,  b,   \"c, \"\"d\"\"\", ,e, \\ \nnext";
        let end = split(dialect, line, true, (&mut text, &mut spans));
        let cells: Vec<_> = spans
            .iter()
            .map(|(start, end)| &text[*start..*end])
            .collect();
        assert_eq!(cells, ["1", "a", " b", "c, \"d\"", "", "e", "\\ "]);
        assert_eq!(end, Some(line.len() - 5));
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_read(
            values in prop::collection::vec("[a\\\\,\"\n\ré]{0,6}", 1..5),
            is_quoting in any::<bool>(),
        ) {
            let mut line = Vec::new();
            for value in &values {
                let mut cell = String::new();
                for c in value.chars() {
                    if matches!(c, '\\' | '"' | '\n' | '\r' | ',') {
                        cell.push('\\');
                    }
                    cell.push(c);
                }
                line.push(if is_quoting { format!("\"{cell}\"") } else { cell });
            }
            let quote = is_quoting.then_some(b'"');
            prop_assert_eq!(cells(quote, &line.join(",")).unwrap(), values);
        }
    }
}
