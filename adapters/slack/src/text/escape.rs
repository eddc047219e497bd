//! Slack's own escapes.

use std::borrow::Cow;

/// The character that Slack's entity at the start stands for, and the entity's length. Slack
/// encodes these three and no others. Source: Slack API reference, "Formatting text", read 2026-08.
fn entity(text: &str) -> Option<(char, usize)> {
    const ENTITIES: [(&str, char); 3] = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];
    let found = ENTITIES.iter().find(|(name, _)| text.starts_with(name));
    found.map(|(name, decoded)| (*decoded, name.len()))
}

/// Writes Slack's text with its entities decoded.
pub(crate) fn decode(mut text: &str, out: &mut String) {
    while let Some(at) = text.find('&') {
        let (before, rest) = text.split_at(at);
        out.push_str(before);
        let (decoded, length) = entity(rest).unwrap_or(('&', 1));
        out.push(decoded);
        text = rest.get(length..).unwrap_or_default();
    }
    out.push_str(text);
}

/// The same text decoded.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    decode(text, &mut out);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn entities_are_decoded_once() {
        let mut out = String::new();
        decode("&amp;lt; &lt;b&gt; &copy; &", &mut out);
        assert_eq!(out, "&lt; <b> &copy; &");
    }
}
