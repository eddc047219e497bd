//! Links, and addresses that are links without any markup.

use std::fmt::Write;

use crate::escape;

/// What may end a sentence.
const ENDS_SENTENCE: [char; 9] = ['.', ',', ':', ';', '!', '?', ')', '\'', '"'];

/// Opens a link.
pub(crate) fn open(out: &mut String) {
    let backslashes = out.bytes().rev().take_while(|it| *it == b'\\').count();
    if backslashes % 2 == 1 {
        out.push('\\');
    }
    // With an exclamation mark before it a link is a picture.
    if out.ends_with('!') {
        out.pop();
        out.push_str("\\!");
    }
    out.push('[');
}

/// Closes a link that leads to `address`.
pub(crate) fn close(address: &str, out: &mut String) {
    out.push_str("](");
    write_destination(address, out);
    out.push(')');
}

/// Writes an address so that nothing in it ends the link.
fn write_destination(address: &str, out: &mut String) {
    let needs_brackets = address.is_empty() || address.contains([' ', '(', ')']);
    if needs_brackets {
        out.push('<');
    }
    for (at, it) in address.char_indices() {
        match it {
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            '`' => out.push_str("%60"),
            '&' if escape::looks_like_entity(address.get(at + 1..).unwrap_or_default()) => {
                out.push_str("&amp;");
            }
            _ if it.is_ascii_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{:02X}", u32::from(it));
            }
            _ => out.push(it),
        }
    }
    if needs_brackets {
        out.push('>');
    }
}

/// How long an address is without what readers take for the end of a sentence.
pub(crate) fn address_bytes(address: &str) -> usize {
    let mut end = address.len();
    let opened = address.matches('(').count();
    let mut closed = address.matches(')').count();
    while let Some(last) = address.get(..end).and_then(|it| it.chars().next_back()) {
        match last {
            ')' if closed > opened => closed -= 1,
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | '"' | ']' | '}' | '`' => {}
            _ => break,
        }
        end -= last.len_utf8();
    }
    end
}

/// Whether an address is recognised as a whole, and shown as it stands, without any markup.
pub(crate) fn is_safe_bare(address: &str) -> bool {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return false;
    }
    let is_active = |it: char| {
        it.is_whitespace()
            || it.is_control()
            || matches!(it, '*' | '`' | '\\' | '[' | ']' | '<' | '>')
    };
    if address.contains(is_active) || address.matches('~').count() > 1 {
        return false;
    }
    let mut ampersands = address.match_indices('&');
    if ampersands.any(|(at, _)| escape::looks_like_entity(address.get(at + 1..).unwrap_or("")))
        || address_bytes(address) != address.len()
    {
        return false;
    }
    let mut depth = 0_i64;
    let mut before = '/';
    for it in address.chars() {
        match it {
            '_' if !before.is_alphanumeric() => return false,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
        before = it;
    }
    true
}

/// Whether the text around a bare address cannot be taken for a part of it: what was written
/// before, and the text behind.
pub(crate) fn stands_free(out: &str, rest: &str) -> bool {
    let before = out.chars().next_back();
    let is_apart = |it: char| it.is_whitespace() || it == '(';
    if !before.is_none_or(is_apart) {
        return false;
    }
    let rest = behind_sentence(rest);
    rest.chars().next().is_none_or(char::is_whitespace)
}

/// The text behind what may end a sentence.
pub(crate) fn behind_sentence(rest: &str) -> &str {
    rest.trim_start_matches(ENDS_SENTENCE)
}

/// The text before what may end a sentence.
pub(crate) fn before_sentence(text: &str) -> &str {
    text.trim_end_matches(ENDS_SENTENCE)
}
