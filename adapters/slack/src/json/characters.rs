//! Characters in JSON that no reader takes: halves of surrogate pairs, bytes that are not UTF-8, and
//! control characters that are not escaped.

use std::fmt::Write;

/// What stands in place of a character that is lost.
const REPLACEMENT: char = '\u{fffd}';

/// An object without such characters, and how many were lost; `None` if it has none.
pub(crate) fn repaired(object: &[u8]) -> Option<(Vec<u8>, usize)> {
    let text = String::from_utf8_lossy(object);
    // What is not UTF-8 is counted by what stands in its place.
    let before = object.windows(3).filter(|it| *it == REPLACEMENT_BYTES);
    let mut repair = Repair {
        out: String::with_capacity(text.len()),
        lost: text.matches(REPLACEMENT).count() - before.count(),
        has_escaped: false,
    };
    repair.object(&text);
    let is_changed = repair.lost > 0 || repair.has_escaped;
    is_changed.then(|| (repair.out.into_bytes(), repair.lost))
}

/// [`REPLACEMENT`] in UTF-8.
const REPLACEMENT_BYTES: &[u8] = "\u{fffd}".as_bytes();

struct Repair {
    out: String,
    lost: usize,
    /// Whether a control character had to be escaped.
    has_escaped: bool,
}

impl Repair {
    fn object(&mut self, text: &str) {
        let mut is_string = false;
        let mut rest = text;
        while let Some(at) = rest.find(|it: char| it == '"' || it == '\\' || it < ' ') {
            let (before, from) = rest.split_at(at);
            self.out.push_str(before);
            let length = match from.chars().next() {
                Some('"') => {
                    is_string = !is_string;
                    self.out.push('"');
                    1
                }
                Some('\\') if is_string => self.escape(from),
                Some(control) if is_string && control != '\\' => {
                    self.has_escaped = true;
                    // Writing to a string cannot fail.
                    let _ = write!(self.out, "\\u{:04x}", u32::from(control));
                    1
                }
                _ => {
                    self.out.push_str(from.get(..1).unwrap_or_default());
                    1
                }
            };
            rest = from.get(length..).unwrap_or_default();
        }
        self.out.push_str(rest);
    }

    /// Writes the escape at the start of a text, and returns its length.
    fn escape(&mut self, text: &str) -> usize {
        const UNIT: usize = 6;
        let Some(first) = unit(text) else {
            // Two characters, of which the second may be longer than a byte.
            let length = text.char_indices().nth(2).map_or(text.len(), |(at, _)| at);
            self.out.push_str(text.get(..length).unwrap_or_default());
            return length;
        };
        let is_high = (0xD800..0xDC00).contains(&first);
        let is_low = |it: &u32| (0xDC00..0xE000).contains(it);
        let second = text.get(UNIT..).and_then(unit).filter(is_low);
        let length = match (is_high, second) {
            (true, Some(_)) => 2 * UNIT,
            _ if is_high || is_low(&first) => {
                self.lost += 1;
                self.out.push(REPLACEMENT);
                return UNIT;
            }
            _ => UNIT,
        };
        self.out.push_str(text.get(..length).unwrap_or_default());
        length
    }
}

/// The UTF-16 code unit of the escape at the start of a text.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|it| it.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

#[cfg(test)]
mod tests {
    use super::repaired;

    #[test]
    fn what_no_reader_takes_is_replaced() {
        let check = |json: &[u8], expected: &str, expected_lost: usize| {
            let (found, lost) = repaired(json).unwrap();
            let found = String::from_utf8(found).unwrap();
            assert_eq!((found.as_str(), lost), (expected, expected_lost));
            serde_json::from_str::<serde_json::Value>(&found).unwrap();
        };
        check(br#"{"a":"x\ud800y"}"#, "{\"a\":\"x\u{fffd}y\"}", 1);
        check(
            br#"{"a":"\udc00\ud83d"}"#,
            "{\"a\":\"\u{fffd}\u{fffd}\"}",
            2,
        );
        check(
            br#"{"a":"\ud83d\ud83d\ude00"}"#,
            "{\"a\":\"\u{fffd}\\ud83d\\ude00\"}",
            1,
        );
        check(b"{\"a\":\"\xff\xc3\xa4\"}", "{\"a\":\"\u{fffd}\u{e4}\"}", 1);
        check(
            b"{\n\"a\":\"\xef\xbf\xbd\xff\"}",
            "{\n\"a\":\"\u{fffd}\u{fffd}\"}",
            1,
        );
        check(b"{\"a\":\"x\ny\"}", "{\"a\":\"x\\u000ay\"}", 0);
    }

    #[test]
    fn what_is_well_is_left_alone() {
        let check = |json: &str| assert_eq!(repaired(json.as_bytes()), None, "{json}");
        check(r#"{"a":"\ud83d\ude00 \\ud800 \" \u00e4"}"#);
        check("{\n\t\"a\": 1}");
        check("{\"a\":\"\u{fffd}\"}");
        check(r#"{"a":"\u12"}"#);
        check(r#"{"a":"\ä\"#);
        check("{\\");
    }
}
