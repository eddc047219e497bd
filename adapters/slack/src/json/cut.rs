//! Cuts a JSON list or object into its elements without reading them.
//!
//! This is the slow road, for a file that cannot be read in one piece: strings are stepped over,
//! brackets are counted, and whatever stands between two commas is an element, good or bad.

use serde::de::IgnoredAny;

use crate::json::characters;

/// A list, cut into its elements.
#[derive(Debug, PartialEq)]
pub(crate) struct Cut<'a> {
    /// The elements that were complete, without the space around them.
    pub(crate) elements: Vec<&'a [u8]>,
    /// How the list ended.
    pub(crate) end: End,
}

/// How a list ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As it should.
    Complete,
    /// The text ended first, perhaps within an element.
    CutOff,
    /// More text follows.
    TextBehind,
    /// It is no list at all.
    NotAList,
}

/// Cuts a list. An object that is no JSON may have swallowed what follows it, so the list is read on
/// from the next object within or behind it that `is_element`.
pub(crate) fn list(json: &[u8], is_element: fn(&[u8]) -> bool) -> Cut<'_> {
    let mut elements = Vec::new();
    let text = without_mark(json).trim_ascii();
    let Some(mut rest) = text.strip_prefix(b"[") else {
        let end = End::NotAList;
        return Cut { elements, end };
    };
    let mut search = Search {
        is_element,
        budget: text.len().saturating_mul(SEARCHED),
    };
    let end = loop {
        rest = rest.trim_ascii_start();
        let (element, tail) = rest.split_at(value_bytes(rest));
        let element = element.trim_ascii_end();
        if element.starts_with(b"{")
            && !is_json(element)
            && let Some(next) = search.next(rest)
            && (next < element.len() || tail.is_empty())
        {
            let (damaged, tail) = rest.split_at(next);
            elements.push(damaged);
            rest = tail;
            continue;
        }
        let is_closed = element.ends_with(b"}") && is_json(element);
        match tail.trim_ascii_start().split_first() {
            Some((b',', tail)) => {
                elements.push(element);
                rest = tail;
            }
            Some((b']', tail)) => {
                if !element.is_empty() {
                    elements.push(element);
                }
                let is_last = tail.trim_ascii().is_empty();
                break if is_last {
                    End::Complete
                } else {
                    End::TextBehind
                };
            }
            // A comma is missing.
            Some((b'{', _)) if is_closed => {
                elements.push(element);
                rest = tail;
            }
            // A closing brace that opens nowhere belongs to a damaged element.
            Some((_, tail)) => {
                elements.push(element);
                let next = tail.iter().position(|byte| *byte == b',');
                rest = tail
                    .get(next.map_or(tail.len(), |next| next + 1)..)
                    .unwrap_or_default();
            }
            None => {
                if is_closed {
                    elements.push(element);
                }
                break End::CutOff;
            }
        }
    };
    Cut { elements, end }
}

/// How often all of a list may be read in search of elements behind damage.
const SEARCHED: usize = 8;

/// How long an element may be that is found behind damage, in bytes.
const LONGEST_FOUND: usize = 1 << 20;

/// The search for elements behind damage.
struct Search {
    is_element: fn(&[u8]) -> bool,
    /// How many bytes may still be read.
    budget: usize,
}

impl Search {
    /// Where the next element starts behind the damaged one at the start.
    fn next(&mut self, json: &[u8]) -> Option<usize> {
        let mut last = b'{';
        for (at, byte) in json.iter().enumerate().skip(1) {
            self.budget = self.budget.checked_sub(1)?;
            if *byte == b'{' && matches!(last, b',' | b'}') {
                let from = json.get(at..).unwrap_or_default();
                let from = from.get(..LONGEST_FOUND).unwrap_or(from);
                let object = from.get(..value_bytes(from)).unwrap_or_default();
                self.budget = self.budget.checked_sub(object.len())?;
                if is_json(object) && (self.is_element)(object) {
                    return Some(at);
                }
            }
            if !byte.is_ascii_whitespace() {
                last = *byte;
            }
        }
        None
    }
}

/// Whether an object can be read, at least without what no reader takes.
fn is_json(object: &[u8]) -> bool {
    let can_be_read = |json: &[u8]| serde_json::from_slice::<IgnoredAny>(json).is_ok();
    can_be_read(object) || characters::repaired(object).is_some_and(|(json, _)| can_be_read(&json))
}

/// Cuts an object into keys, with their quotes, and values; `None` if it is not a whole object.
pub(crate) fn object(json: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut fields = Vec::new();
    let mut rest = json.trim_ascii().strip_prefix(b"{")?.trim_ascii_start();
    if rest == b"}" {
        return Some(fields);
    }
    loop {
        let (key, value) = rest.split_at(key_bytes(rest)?);
        let value = value.trim_ascii_start().strip_prefix(b":")?;
        let value = value.trim_ascii_start();
        let (value, tail) = value.split_at(value_bytes(value));
        fields.push((key, value.trim_ascii_end()));
        match tail.trim_ascii_start().split_first()? {
            (b',', tail) => rest = tail.trim_ascii_start(),
            (b'}', []) => return Some(fields),
            _ => return None,
        }
    }
}

/// The text without a byte order mark.
pub(crate) fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)
}

/// The length of the value at the start: up to the bracket that closes it, or to what ends it.
fn value_bytes(json: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => {
                at += string_bytes(json.get(at..).unwrap_or_default());
                continue;
            }
            b'[' | b'{' => depth += 1,
            b',' if depth == 0 => return at,
            b']' | b'}' => match depth {
                0 => return at,
                1 => return at + 1,
                _ => depth -= 1,
            },
            _ => {}
        }
        at += 1;
    }
    at
}

/// The length of the string at the start, with its quotes.
fn string_bytes(json: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

/// The length of a key, with its quotes.
fn key_bytes(json: &[u8]) -> Option<usize> {
    json.starts_with(b"\"").then(|| string_bytes(json))
}

#[cfg(test)]
mod tests {
    use super::{End, list, object};

    #[test]
    fn a_list_is_cut_between_its_elements() {
        let check = |json: &str, expected: &[&str], end: End| {
            let cut = list(json.as_bytes(), has_a);
            let elements: Vec<_> = cut
                .elements
                .iter()
                .map(|element| String::from_utf8_lossy(element))
                .collect();
            assert_eq!(
                (elements.as_slice(), cut.end),
                (
                    expected
                        .iter()
                        .map(|it| (*it).into())
                        .collect::<Vec<_>>()
                        .as_slice(),
                    end
                ),
                "{json}"
            );
        };
        check("[]", &[], End::Complete);
        check(" [ 1 , 2 ] ", &["1", "2"], End::Complete);
        check("\u{feff}[1]", &["1"], End::Complete);
        check("[1,]", &["1"], End::Complete);
        check("[1,,2]", &["1", "", "2"], End::Complete);
        check(
            r#"[{"a":"],}"},[1,[2]]]"#,
            &[r#"{"a":"],}"}"#, "[1,[2]]"],
            End::Complete,
        );
        check(r#"["a\"],",2]"#, &[r#""a\"],""#, "2"], End::Complete);
        check(r#"[1,{"a":"#, &["1"], End::CutOff);
        check(r#"[1,"a"#, &["1"], End::CutOff);
        check(r#"[1,"a\"#, &["1"], End::CutOff);
        check("[1,2", &["1"], End::CutOff);
        check("[", &[], End::CutOff);
        check("[1] [2]", &["1"], End::TextBehind);
        check("{}", &[], End::NotAList);
        check("", &[], End::NotAList);
        check("[1},2]", &["1", "2"], End::Complete);
        check(
            r#"[{"a":1} {"a":2}{"a":3}]"#,
            &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#],
            End::Complete,
        );
        check(r#"[{"a":1}"#, &[r#"{"a":1}"#], End::CutOff);
    }

    /// Whether an object has a field `a`.
    fn has_a(json: &[u8]) -> bool {
        object(json).is_some_and(|fields| fields.iter().any(|(key, _)| key == b"\"a\""))
    }

    #[test]
    fn damage_costs_its_element_only() {
        let check = |damaged: &str| {
            let good = "{\"a\": [{\"b\": 2}, {\"b\": \"]}\"}]}";
            for separator in [",", ",\n  "] {
                let json = format!("[{good}{separator}{damaged}{separator}{good}, {good}]");
                let cut = list(json.as_bytes(), has_a);
                let is_good = |it: &&&[u8]| **it == good.as_bytes();
                let found = (cut.elements.iter().filter(is_good).count(), cut.end);
                assert_eq!(found, (3, End::Complete), "{json}");
                assert_eq!(cut.elements.len(), 4, "{json}");
            }
        };
        check("{\"a\": \"x, \"b\": 1}");
        check("{\"a\": x\", \"b\": 1}");
        check("{\"a\": 1");
        check("{\"a\": {\"b\": 1}");
        check("{\"a\": [1}");
        check("{\"a\": 1]}");
        check("{\"a\": \"one\ntwo\"}");
        check("{\"a\": \"x\\\"}");
        check("{\"a\": nul}");
        check("{");
    }

    #[test]
    fn damage_without_end_takes_no_more_time_than_its_length() {
        for json in ["[{,", "[{\"a\":\"", ",{\"", "{}", "[[[{"] {
            let json = format!("[{}", json.repeat(100_000));
            assert!(list(json.as_bytes(), |_| false).elements.len() <= 400_000);
        }
    }

    #[test]
    fn an_object_is_cut_into_fields() {
        let check = |json: &str, expected: Option<&[(&str, &str)]>| {
            let fields = object(json.as_bytes()).map(|fields| {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let fields = fields.iter().map(|(key, value)| (text(key), text(value)));
                fields.collect::<Vec<_>>()
            });
            let expected = expected.map(|fields| {
                let fields = fields.iter();
                fields
                    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                    .collect::<Vec<_>>()
            });
            assert_eq!(fields, expected, "{json}");
        };
        check("{}", Some(&[]));
        check(
            r#"{"a": 1, "b" : [2, {}]}"#,
            Some(&[("\"a\"", "1"), ("\"b\"", "[2, {}]")]),
        );
        check(r#"{"a": 1"#, None);
        check(r#"{"a"}"#, None);
        check(r#"{a: 1}"#, None);
        check("[1]", None);
    }
}
