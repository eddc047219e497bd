//! Quotes that do not stand where they should, and what can still be made of their records.

use crate::dialect::Dialect;
use crate::split::{Row, Span};

/// How the quotes of a record stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// As the dialect has them.
    Sound,
    /// On one line, so that at most the texts of its cells are in doubt.
    Bare,
    /// In a record of several lines, which may be several records.
    Stray,
}

/// How the quotes of a record stand that was taken apart into `row`; `lines` is how many it has.
pub(crate) fn of(dialect: Dialect, record: &[u8], row: Row<'_>, lines: u64) -> Quotes {
    match (has_bare_quote(dialect, record), lines > 1) {
        (true, false) => Quotes::Bare,
        (true, true) => Quotes::Stray,
        (false, true) if swallows_rows(dialect, record, row) => Quotes::Stray,
        (false, _) => Quotes::Sound,
    }
}

/// Whether a quote that ends a cell has more of that cell behind it: it, or one before it, is not
/// doubled or not closed.
fn has_bare_quote(dialect: Dialect, record: &[u8]) -> bool {
    let Some(quote) = dialect.quote else {
        return false;
    };
    let mut cell = 0;
    while cell <= record.len() {
        let start = skipped_blanks(dialect, record, cell);
        if record.get(start) == Some(&quote) {
            let Some(end) = closing(dialect, quote, record, start + 1) else {
                return false;
            };
            if !is_end(dialect, record.get(end + 1)) {
                return true;
            }
            cell = end + 2;
        } else {
            // Line ends stand in quotes, or end the record.
            let rest = record.get(cell..).unwrap_or_default();
            cell = match next_delimiter(dialect, rest) {
                Some(at) => cell + at + 1,
                None => return false,
            };
        }
    }
    false
}

/// Where the next delimiter stands that no escape takes the meaning from.
fn next_delimiter(dialect: Dialect, rest: &[u8]) -> Option<usize> {
    let Some(escape) = dialect.escape else {
        return memchr::memchr(dialect.delimiter, rest);
    };
    let mut next = 0;
    memchr::memchr2_iter(dialect.delimiter, escape, rest).find(|at| {
        let is_free = *at >= next;
        let is_escape = rest.get(*at) == Some(&escape);
        if is_free && is_escape {
            next = at + 2;
        }
        is_free && !is_escape
    })
}

/// Where the quote stands that closes a cell whose text begins at `start`.
fn closing(dialect: Dialect, quote: u8, record: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let rest = record.get(at..)?;
        at += match dialect.escape {
            Some(escape) => memchr::memchr2(quote, escape, rest)?,
            None => memchr::memchr(quote, rest)?,
        };
        let is_escape = Some(*record.get(at)?) == dialect.escape;
        if !is_escape && record.get(at + 1) != Some(&quote) {
            return Some(at);
        }
        at += 2;
    }
}

/// Whether a cell ends before this byte.
fn is_end(dialect: Dialect, next: Option<&u8>) -> bool {
    next.is_none_or(|next| *next == dialect.delimiter || matches!(next, b'\n' | b'\r'))
}

/// Where a cell begins behind blanks that belong to the delimiter before it.
fn skipped_blanks(dialect: Dialect, record: &[u8], cell: usize) -> usize {
    if !dialect.has_blanks || cell == 0 {
        return cell;
    }
    let rest = record.get(cell..).unwrap_or_default();
    cell + rest.iter().take_while(|byte| **byte == b' ').count()
}

/// Whether each line of a record has as many cells as the record, and cells that look alike: then a
/// quote that was not closed has made one record of several.
fn swallows_rows(dialect: Dialect, record: &[u8], row: Row<'_>) -> bool {
    let width = row.len();
    let Some(Ok(record)) = (width > 2).then_some(std::str::from_utf8(record)) else {
        return false;
    };
    let delimiter = char::from(dialect.delimiter);
    let lines = record.split(['\n', '\r']).filter(|line| !line.is_empty());
    let (mut first, mut last, mut count) = (None, "", 0);
    for line in lines {
        if memchr::memchr_iter(dialect.delimiter, line.as_bytes()).count() + 1 != width {
            return false;
        }
        first.get_or_insert(line);
        last = line;
        count += 1;
    }
    let is_long = |cell: &str| cell.contains(['\n', '\r']);
    let (Some(first), Some(open)) = (first, row.cells().position(is_long)) else {
        return false;
    };
    let is_escaped = dialect
        .escape
        .is_some_and(|escape| first.ends_with(char::from(escape)));
    if count < 2 || is_escaped {
        return false;
    }
    // Cells behind the open one are those of the last line, and those before it of the first.
    let pairs = first
        .split(delimiter)
        .zip(last.split(delimiter))
        .enumerate();
    let alike = pairs
        .filter(|(at, (first, last))| *at != open && !first.is_empty() && is_alike(first, last));
    let (mut count, mut has_digit) = (0, false);
    for (_, (first, _)) in alike {
        count += 1;
        has_digit |= first.bytes().any(|byte| byte.is_ascii_digit());
    }
    count > 1 && has_digit
}

/// Whether two cells have digits, letters and signs in the same order, as two times or two numbers
/// have.
fn is_alike(one: &str, other: &str) -> bool {
    fn shape(cell: &str) -> impl Iterator<Item = char> {
        let mut before = None;
        cell.chars().filter_map(move |c| {
            let class = match c {
                c if c.is_numeric() => '0',
                c if c.is_alphabetic() => 'a',
                c => c,
            };
            (before.replace(class) != Some(class)).then_some(class)
        })
    }
    shape(one).eq(shape(other))
}

/// Takes a line apart whose quotes are not doubled: a cell ends at the first quote that a delimiter
/// or the end of the line stands behind, and its text is what stands between the quotes. A cell of
/// which no such quote can be the end begins with a quote that is a character like any other.
///
/// Cells that are as they should be are read as always.
pub(crate) fn split_bare(
    dialect: Dialect,
    line: &str,
    (text, cells): (&mut String, &mut Vec<Span>),
) {
    text.clear();
    cells.clear();
    let Some(quote) = dialect.quote else { return };
    let record = line.as_bytes();
    let mut cell = 0;
    loop {
        let begin = text.len();
        let start = skipped_blanks(dialect, record, cell);
        let end = match record.get(start) == Some(&quote) {
            true => quoted(dialect, quote, line, start, text),
            false => None,
        };
        let end = end.unwrap_or_else(|| {
            let rest = record.get(start..).unwrap_or_default();
            let end = next_delimiter(dialect, rest).map_or(record.len(), |at| start + at);
            push_plain(dialect, line.get(start..end).unwrap_or_default(), text);
            end
        });
        cells.push((begin, text.len()));
        if end >= record.len() {
            return;
        }
        cell = end + 1;
    }
}

/// Reads a cell in quotes; gives where it ends, or nothing if the quote at `start` opens none.
fn quoted(
    dialect: Dialect,
    quote: u8,
    line: &str,
    start: usize,
    text: &mut String,
) -> Option<usize> {
    let record = line.as_bytes();
    let inner = start + 1;
    let sound = closing(dialect, quote, record, inner);
    if let Some(end) = sound.filter(|end| is_end(dialect, record.get(end + 1))) {
        let cell = line.get(inner..end)?;
        match dialect.escape {
            Some(_) => push_plain(dialect, cell, text),
            None => {
                let quote = char::from(quote);
                let twice: String = [quote, quote].iter().collect();
                text.push_str(&cell.replace(&twice, quote.encode_utf8(&mut [0; 4])));
            }
        }
        return Some(end + 1);
    }
    let rest = record.get(inner..)?;
    let mut quotes = memchr::memchr_iter(quote, rest);
    let end = inner + quotes.find(|at| is_end(dialect, rest.get(at + 1)))?;
    let cell = line.get(inner..end)?;
    // Another cell in quotes begins before that one ends.
    let next = [dialect.delimiter, quote];
    if memchr::memmem::find(cell.as_bytes(), &next).is_some() {
        return None;
    }
    push_plain(dialect, cell, text);
    Some(end + 1)
}

/// Adds text without the escapes that stand in it.
fn push_plain(dialect: Dialect, cell: &str, text: &mut String) {
    let Some(escape) = dialect.escape.map(char::from) else {
        text.push_str(cell);
        return;
    };
    let mut characters = cell.chars();
    while let Some(c) = characters.next() {
        match c == escape {
            true => text.extend(characters.next().map(crate::escaped::meaning_of)),
            false => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::{Found, Splitter};

    fn check(dialect: Dialect, record: &str, expected: Quotes) {
        let mut splitter = Splitter::new(dialect);
        assert!(
            matches!(splitter.next(record, 0, true), Found::Record { start: 0, end } if end == record.len()),
            "{record}"
        );
        let lines = crate::split::lines_in(record.as_bytes());
        let found = of(dialect, record.as_bytes(), splitter.row(record), lines);
        assert_eq!(found, expected, "{record}");
    }

    #[test]
    fn a_quote_in_the_wrong_place_is_seen() {
        let comma = Dialect::of(b',');
        let escaping = Dialect {
            escape: Some(b'\\'),
            ..comma
        };
        let blank = Dialect {
            has_blanks: true,
            ..comma
        };
        use Quotes::{Bare, Sound, Stray};
        for (dialect, record, expected) in [
            (comma, "1,\"open\n2,\"x\"\n", Stray),
            (comma, "\"one\ntwo\",\"a \"\"b\"\"\",c\"d\"\r\n", Sound),
            (comma, "\"\",\"\"\"\n\"\n", Sound),
            (comma, "1,\"say \"hi\" to\",2\n", Bare),
            (comma, "1,\"hi\" she said,2\n", Bare),
            (comma, "1,a \"b\" c,\"x\"\n", Sound),
            (comma, "1,\"say \\\"hi\\\"\",2\n", Bare),
            (escaping, "1,\"say \\\"hi\\\"\",2\n", Sound),
            (escaping, "1,a\\,\"b,2\n", Sound),
            (escaping, "1,\"say \"hi\" to\",2\n", Bare),
            (blank, "1, \"say\", \"hi\"\n", Sound),
            (blank, "1, \"say\", \"hi\" to\n", Bare),
            // Each line is a row.
            (comma, "1,ann,\"a,2026-01-02\n2,bob,b\",2026-01-03\n", Stray),
            (comma, "1,ann,2026-01-02,\"a\n2,bob,2026-01-03,b\"\n", Stray),
            // Lines of a text with as many commas.
            (comma, "1,ann,2026-01-02,\"a\nSure, why, not, no\"\n", Sound),
            (comma, "1,\"a\nb,c\"\n", Sound),
        ] {
            check(dialect, record, expected);
        }
    }

    #[test]
    fn a_line_with_bare_quotes_reads_as_it_was_meant() {
        let comma = Dialect::of(b',');
        let escaping = Dialect {
            escape: Some(b'\\'),
            ..comma
        };
        for (dialect, line, expected) in [
            (
                comma,
                "1,\"say \"hi\" to\",2",
                &["1", "say \"hi\" to", "2"][..],
            ),
            (comma, "1,\"say \"hi\"\",2", &["1", "say \"hi\"", "2"]),
            (
                comma,
                "\"hi\" she said,\"a \"\"b\"\"\",2",
                &["\"hi\" she said", "a \"b\"", "2"],
            ),
            (comma, "1,\"hi, \"you\", ok\"", &["1", "hi, \"you", " ok\""]),
            (comma, "1,\"hi\" x", &["1", "\"hi\" x"]),
            (comma, "1,\"hi\"x\",", &["1", "hi\"x", ""]),
            (escaping, "\"a\\\"b\",\"x\"y\"", &["a\"b", "x\"y"]),
        ] {
            let (mut text, mut spans) = (String::new(), Vec::new());
            split_bare(dialect, line, (&mut text, &mut spans));
            let cells: Vec<_> = spans
                .iter()
                .map(|(start, end)| &text[*start..*end])
                .collect();
            assert_eq!(cells, expected, "{line}");
        }
    }
}
