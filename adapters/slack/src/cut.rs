//! Cuts a JSON list or object into its elements without reading them.
//!
//! This is the slow road, for a file that cannot be read in one piece: strings are stepped over,
//! brackets are counted, and whatever stands between two commas is an element, good or bad.

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

/// Cuts a list.
pub(crate) fn list(json: &[u8]) -> Cut<'_> {
    let mut elements = Vec::new();
    let text = without_mark(json).trim_ascii();
    let Some(mut rest) = text.strip_prefix(b"[") else {
        let end = End::NotAList;
        return Cut { elements, end };
    };
    let end = loop {
        let length = value_bytes(rest);
        let (element, tail) = rest.split_at(length);
        let element = element.trim_ascii();
        match tail.split_first() {
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
            // A closing brace that opens nowhere belongs to a damaged element.
            Some((_, tail)) => {
                elements.push(element);
                let next = tail.iter().position(|byte| *byte == b',');
                rest = tail
                    .get(next.map_or(tail.len(), |next| next + 1)..)
                    .unwrap_or_default();
            }
            None => break End::CutOff,
        }
    };
    Cut { elements, end }
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
        let (value, tail) = value.split_at(value_bytes(value));
        fields.push((key, value.trim_ascii()));
        match tail.split_first()? {
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

/// The length of what stands before the next comma or closing bracket of this level.
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
            b']' | b'}' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return at,
            },
            _ => {}
        }
        at += 1;
    }
    at
}

/// The length of the string at the start, with its quotes.
///
/// A string cannot hold a bare newline, so one that does was damaged and ends there: in exports
/// with a line for each field the damage then stays within its element.
fn string_bytes(json: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            b'\n' => return at,
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
            let cut = list(json.as_bytes());
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
    }

    #[test]
    fn a_string_without_an_end_costs_its_element_only() {
        let cut = list(b"[\n {\"a\": \"x,\n  \"b\": 1},\n {\"a\": 2}\n]");
        assert_eq!(cut.end, End::Complete);
        assert_eq!(cut.elements[1], b"{\"a\": 2}");
        assert_eq!(cut.elements.len(), 2);
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
