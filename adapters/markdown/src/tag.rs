//! The parts of a tag of HTML.

use crate::entities;

/// A name in lower case, as far as any known one is long.
pub(crate) fn lower(name: &str) -> String {
    const LONGEST: usize = 16;
    let short = name.get(..name.len().min(LONGEST)).unwrap_or(name);
    short.to_ascii_lowercase()
}

/// The attributes of a tag, and what follows the tag. A bracket within quotes does not end it.
pub(crate) fn split_tag(html: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, it) in html.bytes().enumerate() {
        match (quote, it) {
            (None, b'"' | b'\'') => quote = Some(it),
            (Some(open), it) if open == it => quote = None,
            (None, b'>') => {
                let attributes = html.get(..at).unwrap_or_default();
                return (attributes, html.get(at + 1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    // A quote that does not end was none.
    match html.split_once('>') {
        Some(split) => split,
        None => (html, ""),
    }
}

/// The value of an attribute, decoded.
pub(crate) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|it: char| it.is_whitespace() || it == '/');
        let end = rest.find(|it: char| it.is_whitespace() || matches!(it, '=' | '/'));
        let (found, behind) = rest.split_at(end.unwrap_or(rest.len()));
        if found.is_empty() && behind.is_empty() {
            return None;
        }
        let value = behind.trim_start().strip_prefix('=').map(str::trim_start);
        let Some(value) = value else {
            rest = behind;
            continue;
        };
        let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''));
        let quoted = quote.and_then(|quote| value.get(1..)?.split_once(quote));
        let (value, behind) = quoted.unwrap_or_else(|| {
            let end = value.find(char::is_whitespace).unwrap_or(value.len());
            value.split_at(end)
        });
        if found.eq_ignore_ascii_case(name) {
            let mut decoded = String::new();
            entities::decode(value, &mut decoded);
            return Some(decoded);
        }
        rest = behind;
    }
}

/// Whether an address leads somewhere and runs nothing.
pub(crate) fn is_link(url: &str) -> bool {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
}
