//! The parts of a tag of HTML.

use crate::entities;

/// A name in lower case, as far as any known one is long.
pub(crate) fn lower(name: &str) -> String {
    const LONGEST: usize = 16;
    let short = name.get(..name.len().min(LONGEST)).unwrap_or(name);
    short.to_ascii_lowercase()
}

/// The attributes of a tag, and what follows the tag. A bracket within the quotes of a value does
/// not end it if `counts_quotes`. `Err`: that it is no tag, because what it is read in ends or
/// another `<` comes first, and where that is.
pub(crate) fn split_tag(html: &str, counts_quotes: bool) -> Result<(&str, &str), usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, it) in html.bytes().enumerate() {
        match (quote, it) {
            (None, b'"' | b'\'') if counts_quotes && before == b'=' => quote = Some(it),
            (Some(open), it) if open == it => quote = None,
            (None, b'>') => {
                let attributes = html.get(..at).unwrap_or_default();
                return Ok((attributes, html.get(at + 1..).unwrap_or_default()));
            }
            (None, b'<') => return Err(at),
            _ => {}
        }
        if !it.is_ascii_whitespace() {
            before = it;
        }
    }
    Err(html.len())
}

/// What follows the end tag of a name in lower case; `None` if there is none.
pub(crate) fn behind_end<'h>(html: &'h str, name: &str) -> Option<&'h str> {
    html.match_indices("</").find_map(|(at, _)| {
        let found = html.get(at + 2..)?;
        let rest = found.get(name.len()..)?;
        let is_name = found.get(..name.len())?.eq_ignore_ascii_case(name);
        if !is_name || rest.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '-') {
            return None;
        }
        split_tag(rest, false).ok().map(|(_, behind)| behind)
    })
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
