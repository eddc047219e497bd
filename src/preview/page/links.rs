//! Which addresses a page leads to, and how.

use super::html::escape_value;
use crate::redact::Cleaner;

/// The address of a link; `None` if it may lead nowhere: only the web and e-mail are allowed, and
/// of those not what is hidden.
pub fn allowed(url: &str, cleaner: Cleaner) -> Option<String> {
    let url = url.trim();
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let is_web = lower.starts_with("http://") || lower.starts_with("https://");
    let is_mail = lower.starts_with("mailto:") && cleaner.text(url).as_str() == url;
    let is_plain = !url.chars().any(|c| c.is_control() || c.is_whitespace());
    let is_allowed = is_plain && (is_web || is_mail);
    is_allowed.then(|| cleaner.text(url).as_str().to_owned())
}

/// Appends the start of a link to an address that [`allowed`] gave.
pub fn open(markup: &mut String, url: &str) {
    markup.push_str("<a href=\"");
    escape_value(markup, url);
    markup.push_str("\" target=\"_blank\" rel=\"noopener noreferrer\">");
}

/// How long the address at the start of a text is, without what ends the sentence around it; 0
/// if none stands there.
pub fn bare(text: &str) -> usize {
    let scheme = ["https://", "http://"]
        .iter()
        .find(|it| text.starts_with(**it));
    let Some(scheme) = scheme else { return 0 };
    let is_end = |c: char| c.is_whitespace() || "<>\"`".contains(c);
    let mut url = &text[..text.find(is_end).unwrap_or(text.len())];
    let opened = url.matches('(').count();
    let mut closed = url.matches(')').count();
    loop {
        let shorter = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~']);
        let shorter = match shorter.strip_suffix(')') {
            Some(before) if closed > opened => {
                closed -= 1;
                before
            }
            _ => shorter,
        };
        if shorter.len() == url.len() {
            break;
        }
        url = shorter;
    }
    match url.len() > scheme.len() {
        true => url.len(),
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_web_or_to_nothing() {
        let cleaner = Cleaner {
            include_profile: false,
        };
        let is = |url: &str| allowed(url, cleaner).is_some();
        assert!(is("https://example.com/?a=1") && is("HTTP://example.com"));
        for url in [
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            " \u{1}javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "//example.com",
            "https:example.com",
            "https://example.com/\n",
            "mailto:ann@example.com",
            "vbscript:x",
            "ümlaut://x",
        ] {
            assert!(!is(url) || url.trim() != url, "{url}");
        }
        let cleaner = Cleaner {
            include_profile: true,
        };
        assert!(allowed("mailto:ann@example.com", cleaner).is_some());
    }

    #[test]
    fn an_address_ends_before_the_sentence_does() {
        let check = |text: &str, url: &str| assert_eq!(&text[..bare(text)], url);
        check("https://a.example/b_(c), d", "https://a.example/b_(c)");
        check("https://a.example). D", "https://a.example");
        check("https://. D", "");
        check("ftp://a.example", "");
        let hostile = format!("https://a{}", ").".repeat(1_000_000));
        check(&hostile, "https://a");
    }
}
