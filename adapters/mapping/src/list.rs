//! Lists in one cell, in the ways of several systems.

use std::borrow::Cow;

/// What may stand between the values of a list, in the order in which it is taken for that.
const SEPARATORS: [&str; 4] = ["\n", ";", "|", ","];

/// Which separators stand in a column of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Separators([bool; SEPARATORS.len()]);

impl Separators {
    /// Takes note of a cell.
    pub(crate) fn note(&mut self, cell: &str) {
        if inner(cell).is_some() {
            return;
        }
        for (is_there, separator) in self.0.iter_mut().zip(SEPARATORS) {
            *is_there |= cell.contains(separator);
        }
    }

    /// Adds what stands in other cells.
    pub(crate) fn merge(&mut self, other: Separators) {
        for (is_there, more) in self.0.iter_mut().zip(other.0) {
            *is_there |= more;
        }
    }

    /// What stands between values in the whole column; `None` if nothing does.
    pub(crate) fn decide(self) -> Option<&'static str> {
        let there = self.0.into_iter().zip(SEPARATORS);
        there
            .into_iter()
            .find_map(|(is_there, it)| is_there.then_some(it))
    }
}

/// Whether a text is a set as Postgres writes it, which is told by itself, whatever stands between
/// the values of other cells.
pub(crate) fn is_set(text: &str) -> bool {
    let inner = text.trim().strip_prefix('{');
    let inner = inner.and_then(|it| it.strip_suffix('}'));
    inner.is_some_and(|it| !it.contains(['{', '}']))
}

/// What stands in the brackets of a list.
fn inner(text: &str) -> Option<&str> {
    let bracketed = [('[', ']'), ('{', '}'), ('(', ')')];
    let inner = |(open, close)| text.trim().strip_prefix(open)?.strip_suffix(close);
    bracketed.into_iter().find_map(inner)
}

/// The values of a list in one cell, in the way that the cell shows: a JSON array, a list as Python
/// prints it, a set as Postgres or Cassandra do, or values with a line's end, `;`, `|` or `,` between
/// them. `separator` is what stands between them in the rest of the column, if that is known.
pub(crate) fn read<'t>(text: &'t str, separator: Option<&str>) -> Vec<Cow<'t, str>> {
    let text = text.trim();
    if let Some(inner) = inner(text) {
        return literal(inner);
    }
    let seen = || SEPARATORS.into_iter().find(|it| text.contains(it));
    split(text, separator.or_else(seen).unwrap_or(","))
}

/// The addresses in a cell. Where one has a scheme, as `https://`, the next begins behind a separator
/// that another scheme follows, since an address may hold all of these characters; otherwise they are
/// values like any others.
pub(crate) fn addresses<'t>(text: &'t str, separator: Option<&str>) -> Vec<&'t str> {
    let text = text.trim();
    let mut values = Vec::new();
    let mut start = 0;
    for (colon, _) in text.match_indices("://") {
        let before = text.get(..colon).unwrap_or_default();
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
        let begin = before.trim_end_matches(is_scheme).len();
        let between = text.get(start..begin).unwrap_or_default();
        let is_cut = match separator {
            Some(separator) => between.trim_end().ends_with(separator.trim()),
            None => between.ends_with([',', ';', '|', ' ', '\n', '\t', '\r']),
        };
        if is_cut && begin > start && begin < colon {
            values.push(between);
            start = begin;
        }
    }
    values.push(text.get(start..).unwrap_or_default());
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
    let told = |c: char| separator.is_some_and(|it| it.contains(c)) || is_between(c);
    let values = values.into_iter().map(|it| it.trim_matches(told));
    values.filter(|it| !it.is_empty()).collect()
}

/// The values between separators, without white space around them; empty ones count for nothing.
pub(crate) fn split<'t>(text: &'t str, separator: &str) -> Vec<Cow<'t, str>> {
    let values = text.split(separator).map(str::trim);
    { values.filter(|it| !it.is_empty()) }
        .map(Cow::Borrowed)
        .collect()
}

/// The values of a list in brackets: bare, or in quotes with backslashes or doubled quotes.
fn literal(text: &str) -> Vec<Cow<'_, str>> {
    let mut values = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if matches!(first, '"' | '\'') {
            let (value, after) = quoted(rest, first);
            values.push(value);
            // What stands between a quote and the comma belongs to nobody.
            rest = after.split_once(',').map_or("", |(_, after)| after);
        } else {
            let (value, after) = rest.split_once(',').unwrap_or((rest, ""));
            let value = value.trim();
            let is_null = ["null", "None", "NULL"].contains(&value);
            if !value.is_empty() && !is_null {
                values.push(Cow::Borrowed(value));
            }
            rest = after;
        }
        rest = rest.trim_start();
    }
    values
}

/// A value in quotes, and what stands behind.
fn quoted(text: &str, quote: char) -> (Cow<'_, str>, &str) {
    let inner = text.get(1..).unwrap_or_default();
    let plain = inner.find([quote, '\\']).unwrap_or(inner.len());
    let (start, rest) = inner.split_at(plain);
    if let Some(after) = rest.strip_prefix(quote)
        && !after.starts_with(quote)
    {
        return (Cow::Borrowed(start), after);
    }
    let mut value = start.to_owned();
    let mut rest = rest.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut value),
            c if c == quote => match rest.as_str().strip_prefix(quote) {
                Some(after) => {
                    value.push(quote);
                    rest = after.chars();
                }
                None => break,
            },
            c => value.push(c),
        }
    }
    (Cow::Owned(value), rest.as_str())
}

/// Takes what stands behind a backslash.
fn escape(rest: &mut std::str::Chars<'_>, value: &mut String) {
    match rest.next() {
        Some('n') => value.push('\n'),
        Some('t') => value.push('\t'),
        Some('r') => value.push('\r'),
        Some('b') => value.push('\u{8}'),
        Some('f') => value.push('\u{c}'),
        Some('u') => value.push(code(rest)),
        Some(c) => value.push(c),
        None => {}
    }
}

/// The character of four hexadecimal digits, or of two such groups.
fn code(rest: &mut std::str::Chars<'_>) -> char {
    let four = |text: &str| u32::from_str_radix(text.get(..4)?, 16).ok();
    let Some(first) = four(rest.as_str()) else {
        return char::REPLACEMENT_CHARACTER;
    };
    *rest = rest.as_str().get(4..).unwrap_or_default().chars();
    if let Some(c) = char::from_u32(first) {
        return c;
    }
    let second = rest.as_str().strip_prefix("\\u").and_then(four);
    let pair = second.and_then(|second| u16::try_from(second).ok());
    let Some((first, second)) = u16::try_from(first).ok().zip(pair) else {
        return char::REPLACEMENT_CHARACTER;
    };
    match char::decode_utf16([first, second]).next() {
        Some(Ok(c)) => {
            *rest = rest.as_str().get(6..).unwrap_or_default().chars();
            c
        }
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_are_read_in_the_way_that_they_show() {
        let check =
            |text: &str, expected: &[&str]| assert_eq!(read(text, None), expected, "{text}");
        check(r#"["a", "b,c"]"#, &["a", "b,c"]);
        check(
            r#"["\u00e4\ud83d\ude00", "\"", 7, null]"#,
            &["ä😀", "\"", "7"],
        );
        check("['a', \"it's\", 'b']", &["a", "it's", "b"]);
        check("{a,\"b c\",NULL}", &["a", "b c"]);
        check("{3f-1, 4e-2}", &["3f-1", "4e-2"]);
        check("('a', 'b',)", &["a", "b"]);
        check("a; b,c ;d", &["a", "b,c", "d"]);
        check("a|b", &["a", "b"]);
        check("a\nb, c\n", &["a", "b, c"]);
        check("a, b", &["a", "b"]);
        check("a", &["a"]);
        check("", &[]);
        check("[]", &[]);
        check("[\"a", &["[\"a"]);
        check("['it''s']", &["it's"]);
        check("['a\\", &["['a\\"]);
    }

    #[test]
    fn the_separator_is_that_of_the_column() {
        let mut separators = Separators::default();
        for cell in ["Doe, Jane", "[a|b]", "Doe, Jane; Roe, Rick"] {
            separators.note(cell);
        }
        assert_eq!(separators.decide(), Some(";"));
        assert_eq!(read("Doe, Jane", Some(";")), ["Doe, Jane"]);
        assert_eq!(Separators::default().decide(), None);
    }

    #[test]
    fn an_address_is_cut_only_where_the_next_begins() {
        let check = |text: &str, separator, expected: &[&str]| {
            assert_eq!(addresses(text, separator), expected, "{text}");
        };
        check("https://a/b?x=1,2", None, &["https://a/b?x=1,2"]);
        check(
            "https://a/b,c.png, https://a/d;e",
            None,
            &["https://a/b,c.png", "https://a/d;e"],
        );
        check("https://a/b\nhttp://c", None, &["https://a/b", "http://c"]);
        check(
            "https://a/?x=1&amp;y=2|ftp://b",
            None,
            &["https://a/?x=1&amp;y=2", "ftp://b"],
        );
        check(
            "https://a/x,y.png,https://b",
            Some(","),
            &["https://a/x,y.png", "https://b"],
        );
        check(
            "https://a/x;https://b",
            Some(","),
            &["https://a/x;https://b"],
        );
        check(
            "https://a/?to=https://b",
            None,
            &["https://a/?to=https://b"],
        );
        check("https://a,https://b,", None, &["https://a", "https://b"]);
        check(
            "https://a https://b",
            Some(" "),
            &["https://a", "https://b"],
        );
        check("://", None, &["://"]);
        check("", None, &[]);
    }

    proptest! {
        #[test]
        fn a_list_reads_back_in_every_way(values in prop::collection::vec("[a-z ä\"'\\\\,;|{}\\[\\]]{0,6}", 0..5)) {
            let json = serde_json::to_string(&values).unwrap();
            prop_assert_eq!(&read(&json, None), &values, "{}", json);
            let python: Vec<String> = values.iter().map(|it| format!("'{}'", it.replace('\\', "\\\\").replace('\'', "\\'"))).collect();
            let python = format!("[{}]", python.join(", "));
            prop_assert_eq!(&read(&python, None), &values, "{}", python);
            let postgres: Vec<String> = values.iter().map(|it| format!("\"{}\"", it.replace('\\', "\\\\").replace('"', "\\\""))).collect();
            let postgres = format!("{{{}}}", postgres.join(","));
            prop_assert_eq!(&read(&postgres, None), &values, "{}", postgres);
        }

        #[test]
        fn no_text_ends_the_program(text in "[\\[{(a\\\\u0d8,'\":/\\]})]{0,20}") {
            let _ = read(&text, None);
            let _ = addresses(&text, None);
        }
    }
}
