//! Entries and records as they stand, made readable.

use std::fmt::Write as _;

use serde::de::IgnoredAny;

use super::super::redact::{Cleaner, HIDDEN, is_secret_name};
use super::html::{Html, escape};
use crate::text::size;

/// Longest entry or record that is shown, in bytes.
const MOST_BYTES: usize = 20_000;

/// How many levels are told apart by indentation.
const MOST_DEPTH: usize = 20;

/// An entry or a record of the source: JSON with a line for each value, anything else as it is.
pub fn shown(bytes: &[u8], cleaner: Cleaner) -> Html {
    let json = std::str::from_utf8(bytes).ok();
    let json = json.filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    let mut text = match json {
        Some(json) if json.trim_start().starts_with(['{', '[']) => pretty(json, cleaner),
        _ => cleaner.bytes(cut(bytes)).as_str().to_owned(),
    };
    if text.len() > MOST_BYTES || bytes.len() > MOST_BYTES {
        text.truncate(text.floor_char_boundary(MOST_BYTES));
        let _ = write!(text, "\n… {} in all", size(bytes.len() as u64));
    }
    let mut markup = String::with_capacity(text.len());
    escape(&mut markup, &text);
    Html::new(markup)
}

fn cut(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(MOST_BYTES)]
}

/// Valid JSON with a line for each value, as far as it is shown. Texts are cleaned one by one, since what they say may
/// stand there in other words (`\u0040`).
fn pretty(json: &str, cleaner: Cleaner) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0;
    let mut key = String::new();
    let mut rest = json.trim();
    while let Some(c) = rest.chars().next().filter(|_| out.len() <= MOST_BYTES) {
        let mut taken = c.len_utf8();
        match c {
            '"' => {
                taken = string_bytes(rest);
                // Half of a surrogate, which is valid JSON and no text, is shown as it stands.
                let text: String = serde_json::from_str(&rest[..taken])
                    .unwrap_or_else(|_| rest[..taken].to_owned());
                let is_name = rest[taken..].trim_start().starts_with(':');
                let is_secret = !is_name && is_secret_name(&key);
                let shown = match is_secret {
                    true => HIDDEN.to_owned(),
                    false => cleaner.text(&text).as_str().to_owned(),
                };
                out.push_str(&serde_json::to_string(&shown).unwrap_or_default());
                if is_name {
                    key = text;
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
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                key.clear();
                depth -= 1;
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            _ => {
                let is_end = |c: char| c.is_ascii_whitespace() || ",]}".contains(c);
                taken = rest.find(is_end).unwrap_or(rest.len());
                out.push_str(match is_secret_name(&key) {
                    true => HIDDEN,
                    false => &rest[..taken],
                });
            }
        }
        rest = &rest[taken..];
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth.min(MOST_DEPTH) * 2));
}

/// How long the string at the start of valid JSON is, with its quotes.
fn string_bytes(json: &str) -> usize {
    let mut is_escaped = false;
    for (n, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return n + 1,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    json.len()
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
        check("{\"a\"", "{\"a\"");
        assert_eq!(shown(b"{\xff", CLEANER).to_string(), "{\\xff");
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

    proptest! {
        #[test]
        fn what_is_made_readable_says_the_same(names in prop::collection::vec("[a-z\\\\\"{}\\[\\],: ]{0,8}", 0..6)) {
            let json = serde_json::json!({ "a": names, "b": { "c": [names.clone(), [], {}] } });
            let text = pretty(&json.to_string(), CLEANER);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
        }
    }
}
