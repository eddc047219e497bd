//! Entries and records as they stand, made readable.

use std::fmt::Write as _;

use super::html::{Html, escape};
use crate::redact::{Cleaner, HIDDEN, is_secret_name};
use crate::text::size;

/// Longest entry or record that is shown, in bytes.
const MOST_BYTES: usize = 20_000;

/// How many levels are told apart by indentation.
const MOST_DEPTH: usize = 20;

/// An entry or a record of the source: JSON with a line for each value, as far as it goes, anything
/// else as it is.
pub fn shown(bytes: &[u8], cleaner: Cleaner) -> Html {
    let text = readable(bytes);
    let mut shown = match text.trim_start().starts_with(['{', '[']) {
        true => pretty(&text, cleaner),
        false => cleaner.start(&text, MOST_BYTES + 1).0.as_str().to_owned(),
    };
    if shown.len() > MOST_BYTES {
        shown.truncate(shown.floor_char_boundary(MOST_BYTES));
        let _ = write!(shown, "\n… {} in all", size(bytes.len() as u64));
    }
    let mut markup = String::with_capacity(shown.len());
    escape(&mut markup, &shown);
    Html::new(markup)
}

/// Bytes as a text; those that are none are written as `\x..`.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// An object or a list that is open.
#[derive(Clone, Copy, Default)]
struct Level {
    is_object: bool,
    /// Whether all in it is a secret.
    is_secret: bool,
    /// Whether the value is one whose name was the last.
    is_value_secret: bool,
}

impl Level {
    fn hides(self) -> bool {
        self.is_secret || self.is_value_secret
    }
}

/// JSON with a line for each value, as far as it is shown and is JSON; it may be cut anywhere, and
/// what follows is shown as it is. Texts are cleaned one by one, since what they say may stand there
/// in other words (`\u0040`).
fn pretty(json: &str, cleaner: Cleaner) -> String {
    let mut out = String::new();
    let mut levels: Vec<Level> = Vec::new();
    let mut rest = json.trim();
    while let Some(c) = rest.chars().next().filter(|_| out.len() <= MOST_BYTES) {
        let level = levels.last().copied().unwrap_or_default();
        let mut taken = 1;
        match c {
            '"' => {
                let whole = string_bytes(rest);
                taken = whole.unwrap_or(rest.len());
                let text = unescaped(&rest[1..taken]);
                let is_name = level.is_object && rest[taken..].trim_start().starts_with(':');
                let shown = match (level.hides() && !is_name, whole) {
                    (true, _) => cleaner.text(HIDDEN),
                    (false, Some(_)) => cleaner.start(&text, MOST_BYTES).0,
                    (false, None) => cleaner.cut(&text),
                };
                out.push_str(&serde_json::to_string(shown.as_str()).unwrap_or_default());
                if let Some(level) = levels.last_mut().filter(|_| is_name) {
                    level.is_value_secret = is_secret_name(&text);
                }
            }
            '{' | '[' => {
                out.push(c);
                let inside = rest[1..].trim_start();
                match inside.chars().next() {
                    Some(end @ ('}' | ']')) => {
                        out.push(end);
                        taken = rest.len() - inside.len() + 1;
                    }
                    _ => {
                        levels.push(Level {
                            is_object: c == '{',
                            is_secret: level.hides(),
                            is_value_secret: false,
                        });
                        new_line(&mut out, levels.len());
                    }
                }
            }
            '}' | ']' => {
                levels.pop();
                new_line(&mut out, levels.len());
                out.push(c);
            }
            ',' => {
                out.push(c);
                if let Some(level) = levels.last_mut() {
                    level.is_value_secret = false;
                }
                new_line(&mut out, levels.len());
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            _ => {
                let is_end = |c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c));
                taken = rest.find(is_end).unwrap_or(rest.len());
                let is_whole = rest[taken..]
                    .starts_with(|c: char| c.is_ascii_whitespace() || ",]}".contains(c));
                if level.hides() {
                    out.push_str(HIDDEN);
                } else {
                    let text = if is_whole { &rest[..taken] } else { rest };
                    out.push_str(cleaner.start(text, MOST_BYTES).0.as_str());
                }
                // What is no JSON has no names that say what is a secret.
                if !is_whole {
                    break;
                }
            }
        }
        rest = &rest[taken..];
    }
    out
}

/// What stands between the quotes of a string, of which the last may be missing.
fn unescaped(string: &str) -> String {
    let string = string.strip_suffix('"').unwrap_or(string);
    if let Ok(text) = serde_json::from_str(&format!("\"{string}\"")) {
        return text;
    }
    // Half of a surrogate is valid JSON and no text, and a string may be cut: what can be read is.
    let mut text = String::new();
    let mut rest = string;
    while let Some(n) = rest.find('\\') {
        text.push_str(&rest[..n]);
        let code = rest
            .get(n + 2..n + 6)
            .filter(|_| rest[n + 1..].starts_with('u'));
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                text.push(c);
                rest = &rest[n + 6..];
            }
            None => {
                text.push('\\');
                rest = &rest[n + 1..];
            }
        }
    }
    text.push_str(rest);
    text
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth.min(MOST_DEPTH) * 2));
}

/// How long the string at the start of JSON is, with its quotes; `None` if its end is missing.
fn string_bytes(json: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (n, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return Some(n + 1),
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CLEANER: Cleaner = Cleaner {
        include_profile: false,
    };

    fn check(text: &str, expected: &str) {
        assert_eq!(shown(text.as_bytes(), CLEANER).to_string(), expected);
    }

    #[test]
    fn json_has_a_line_for_each_value() {
        check(
            r#"{"a":[1, {"b":"\"<"}],"c":{},"d":[ ]}"#,
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"\\\"&lt;\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}",
        );
    }

    #[test]
    fn anything_else_is_shown_as_it_is() {
        check("a;b\n\"c", "a;b\n\"c");
        assert_eq!(shown(b"a\xff", CLEANER).to_string(), "a\\xff");
    }

    #[test]
    fn secrets_are_not_shown_however_they_are_written() {
        check(
            r#"["xoxb\u002d1","a\u0040example.com"]"#,
            "[\n  \"…\",\n  \"…@…\"\n]",
        );
        check(
            r#"[{"api_token":["a",5]},"b",{"pwd":1,"x":2}]"#,
            "[\n  {\n    \"api_token\": [\n      \"…\",\n      …\n    ]\n  },\n  \"b\",\n  {\n    \"pwd\": …,\n    \"x\": 2\n  }\n]",
        );
    }

    #[test]
    fn all_below_a_secret_name_is_a_secret() {
        check(
            r#"{"token":{"value":"a","b":[{"c":1},"d"]},"e":["f"]}"#,
            "{\n  \"token\": {\n    \"value\": \"…\",\n    \"b\": [\n      {\n        \"c\": …\n      },\n      \"…\"\n    ]\n  },\n  \"e\": [\n    \"f\"\n  ]\n}",
        );
    }

    #[test]
    fn what_is_cut_keeps_its_secrets() {
        let whole = r#"{"a":"x\u0040example.com \ud800","token":"SECRET","b":{"pwd":["SECRET",{"c":"SECRET"}]},"d":"SECRET\u0040example.com"}"#;
        for end in 0..=whole.len() {
            let shown = shown(&whole.as_bytes()[..end], CLEANER).to_string();
            assert!(!shown.contains("SECRET"), "{shown}");
            assert!(!shown.contains("example.com"), "{shown}");
        }
        let shown = |text: &[u8]| shown(text, CLEANER).to_string();
        assert!(!shown(b"{\"a\xff\":1,\"token\":\"SECRET\"}").contains("SECRET"));
        assert!(!shown(b"{'a': 1, 'token': 'SECRET'}").contains("SECRET"));
        assert!(!shown(b"{\"token\": 'SECRET'}").contains("SECRET"));
        assert!(shown(b"[12:30] <ann> hello").contains("hello"));
    }

    #[test]
    fn long_records_are_cleaned_wherever_they_are_cut() {
        for space in (8 * MOST_BYTES - 40)..(8 * MOST_BYTES + 10) {
            let space = " ".repeat(space);
            let record = format!("{{\"a\":{space}\"SECRET@example.com xoxb-SECRET\",\"b\":1}}");
            check(&record, "{\n  \"a\": \"…@… …\",\n  \"b\": 1\n}");
        }
        for end in 100..130 {
            let words = "word ".repeat(100);
            let record = format!(
                "{{\"a\":\"{words}ann SECRET@example.com xoxb-SECRET SECRET@example.com\"}}"
            );
            let shown = shown(&record.as_bytes()[..400 + end], CLEANER).to_string();
            assert!(
                !shown.contains("SECRET") && shown.contains("word"),
                "{shown}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_shown(text in "[{}\\[\\],:\"\\\\ua0-9 é]{0,40}") {
            shown(text.as_bytes(), CLEANER);
        }

        #[test]
        fn what_is_made_readable_says_the_same(names in prop::collection::vec("[a-z\\\\\"{}\\[\\],: ]{0,8}", 0..6)) {
            let json = serde_json::json!({ "a": names, "b": { "c": [names.clone(), [], {}] } });
            let text = pretty(&json.to_string(), CLEANER);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
        }
    }
}
