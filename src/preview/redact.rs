//! What no page shows: secrets, e-mail addresses, and characters that hide what is there.
//!
//! [`Clean`] is the only way of foreign text into a page, and [`Cleaner`] the only way to it.
//! Escaping is left to the templates.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Foreign text that may be shown once it is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clean(String);

impl Clean {
    /// The text, not escaped.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes foreign text fit to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Cleaner {
    /// Whether e-mail addresses are shown.
    pub include_profile: bool,
}

/// What stands where a secret stood.
pub const HIDDEN: &str = "…";

/// What stands where an e-mail address stood.
const HIDDEN_ADDRESS: &str = "…@…";

/// How tokens of well-known services begin; what follows is the secret.
const TOKEN_STARTS: &[&str] = &["xapp-", "ghp_", "github_pat_", "glpat-", "sk_live_"];

/// Ends of the names of parameters and fields whose values are secrets, without separators.
const SECRET_NAMES: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "signature",
    "apikey",
    "accesskey",
    "credential",
    "sessionid",
];

/// Such names that are too short to be the end of another.
const SHORT_SECRET_NAMES: &[&str] = &["sig", "pwd", "hmac", "jwt"];

/// Names whose values are secrets only in the query of an address.
const QUERY_SECRET_NAMES: &[&str] = &["key", "auth", "session", "policy"];

impl Cleaner {
    /// A text without what is not shown, and with signs for characters that cannot be seen.
    pub fn text(self, text: &str) -> Clean {
        Clean(visible(&self.redacted(text)))
    }

    /// As [`Cleaner::text`], of bytes that may be no text; those that are none are shown as
    /// `\x..`.
    pub fn bytes(self, bytes: &[u8]) -> Clean {
        let mut text = String::new();
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
        self.text(&text)
    }

    fn redacted(self, text: &str) -> Cow<'_, str> {
        let text = rewritten(Cow::Borrowed(text), next_token, HIDDEN);
        let text = rewritten(text, next_parameter, HIDDEN);
        let text = rewritten(text, next_login, HIDDEN);
        match self.include_profile {
            true => text,
            false => rewritten(text, next_address, HIDDEN_ADDRESS),
        }
    }
}

/// Whether the value of a field or parameter with this name is a secret.
pub fn is_secret_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let whole: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let ends_so = |end: &&str| whole.ends_with(*end);
    let last = lower.rsplit(['-', '_', '.']).next().unwrap_or_default();
    SECRET_NAMES.iter().any(ends_so) || SHORT_SECRET_NAMES.contains(&last)
}

/// A piece of a text: where it begins and ends.
type Span = (usize, usize);

/// The text with every piece that `next` finds replaced. `next` looks from a place on.
fn rewritten<'t>(
    text: Cow<'t, str>,
    next: fn(&str, usize) -> Option<Span>,
    instead: &str,
) -> Cow<'t, str> {
    let mut out = String::new();
    let mut done = 0;
    while let Some((start, end)) = next(&text, done) {
        out.push_str(&text[done..start]);
        out.push_str(instead);
        done = end;
    }
    if done == 0 {
        return text;
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// The next token of a well-known form: `xoxb-…` and its like, or three pieces of base64 as a
/// JSON Web Token has them.
fn next_token(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    while at < text.len() {
        let rest = &text[at..];
        let run = rest.bytes().take_while(|&b| is_token_byte(b)).count();
        if run == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let word = &rest[..run];
        if let Some(start) = token_start(word) {
            let end = word.trim_end_matches('.').len();
            return Some((at + start, at + end.max(start + 1)));
        }
        at += run;
    }
    None
}

/// Where in a word a token begins, if one does.
fn token_start(word: &str) -> Option<usize> {
    let bytes = word.as_bytes();
    let known = |start: &&str| word.find(*start);
    let lettered = (0..bytes.len().saturating_sub(4)).find(|&n| {
        bytes[n..n + 3].eq_ignore_ascii_case(b"xox")
            && bytes[n + 3].is_ascii_alphabetic()
            && matches!(bytes[n + 4], b'-' | b'.' | b'%')
    });
    let web = word
        .find("eyJ")
        .filter(|&n| word.len() - n > 40 && word[n..].matches('.').count() >= 2);
    let first = TOKEN_STARTS.iter().filter_map(known).min();
    [first, lettered, web].into_iter().flatten().min()
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.%".contains(&byte)
}

/// The next value of a parameter that is a secret: what follows `token=` or `token%3D`.
fn next_parameter(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (sign, sign_bytes) = next_sign(text, at, '=', "%3d")?;
        let start = sign + sign_bytes;
        let head = &text[from..sign];
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let name = &head[head.trim_end_matches(is_name).len()..];
        let before = head[..head.len() - name.len()].chars().next_back();
        let is_secret = is_secret_name(name)
            || matches!(before, Some('?' | '&'))
                && QUERY_SECRET_NAMES.contains(&name.to_ascii_lowercase().as_str());
        if is_secret {
            let end = start + value_bytes(&text[start..]);
            if end > start && !text[start..end].starts_with(HIDDEN) {
                return Some((start, end));
            }
        }
        at = start;
    }
}

/// Where the next sign stands, as it is or encoded, and how many bytes it has.
fn next_sign(text: &str, from: usize, sign: char, encoded: &str) -> Option<Span> {
    let plain = text[from..].find(sign);
    // Looked for no further than the other, as texts may have many of one and none of the other.
    let before = &text[from..plain.map_or(text.len(), |n| from + n)];
    match find_ignoring_case(before, encoded) {
        Some(n) => Some((from + n, encoded.len())),
        None => plain.map(|n| (from + n, sign.len_utf8())),
    }
}

/// How long the value of a parameter is.
fn value_bytes(text: &str) -> usize {
    let is_end = |c: char| c.is_whitespace() || c.is_control() || "&;#\"'<>()`\\|".contains(c);
    let end = text.find(is_end).unwrap_or(text.len());
    find_ignoring_case(&text[..end], "%26").unwrap_or(end)
}

fn find_ignoring_case(text: &str, ascii: &str) -> Option<usize> {
    let is_it = |window: &[u8]| window.eq_ignore_ascii_case(ascii.as_bytes());
    text.as_bytes().windows(ascii.len()).position(is_it)
}

/// The next name and password in front of a host: what stands between `://` and `@`.
fn next_login(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let start = at + text[at..].find("://")? + 3;
        let is_end = |c: char| c.is_whitespace() || "/?#\"'<>()".contains(c);
        let authority = text[start..].split(is_end).next().unwrap_or_default();
        match authority.rfind('@') {
            Some(end) if end > 0 && &authority[..end] != HIDDEN => {
                return Some((start, start + end));
            }
            _ => at = start,
        }
    }
}

/// The next e-mail address, its sign written as `@` or `%40`.
fn next_address(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (sign, sign_bytes) = next_sign(text, at, '@', "%40")?;
        let is_local = |c: char| c.is_alphanumeric() || "._%+-'".contains(c);
        let is_host = |c: char| c.is_alphanumeric() || ".-".contains(c);
        let head = &text[from..sign];
        let start = from + head.trim_end_matches(is_local).len();
        let behind = &text[sign + sign_bytes..];
        let host = behind.len() - behind.trim_start_matches(is_host).len();
        let host = behind[..host].trim_end_matches(['.', '-']);
        let top = host.rsplit_once('.').map_or("", |(_, top)| top);
        if start < sign && top.chars().count() >= 2 {
            return Some((start, sign + sign_bytes + host.len()));
        }
        at = sign + sign_bytes;
    }
}

/// The text with signs for control characters, and for those that turn the direction of what
/// follows. Ends of lines and tabs stay.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => out.push('␡'),
            '\u{80}'..='\u{9f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fff9}'..='\u{fffb}' => {
                let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CLEANER: Cleaner = Cleaner {
        include_profile: false,
    };

    fn check(text: &str, expected: &str) {
        assert_eq!(CLEANER.text(text).as_str(), expected, "{text}");
    }

    #[test]
    fn tokens_are_not_shown() {
        check("a xoxb-12-ab. b", "a …. b");
        check(
            "https://files.example.com/a?t=xoxe-1-2&x=1",
            "https://files.example.com/a?t=…&x=1",
        );
        check("(XOXP-1-2)", "(…)");
        check("ghp_abc, not ghp", "…, not ghp");
        check("xoxe.xoxp-1-Mi0", "…");
        let web = format!("eyJ{}.eyJ{}.c2ln", "a".repeat(20), "b".repeat(20));
        check(&format!("Bearer {web}!"), "Bearer …!");
    }

    #[test]
    fn values_of_secret_parameters_are_not_shown() {
        check(
            "https://a.b/?access_token=1&x=2#y",
            "https://a.b/?access_token=…&x=2#y",
        );
        check(
            "?X-Amz-Signature=ab&sig=c%3D&key=d",
            "?X-Amz-Signature=…&sig=…&key=…",
        );
        check(
            "u=https%3A%2F%2Fa%3Ftoken%3Dabc%26x",
            "u=https%3A%2F%2Fa%3Ftoken%3D…%26x",
        );
        check("design=blue key=c", "design=blue key=c");
        check("https://ann:pw@a.b/c", "https://…@a.b/c");
    }

    #[test]
    fn addresses_are_shown_only_if_asked_for() {
        check("write to ann.lee+x@mail.example.com.", "write to …@….");
        check("mailto:ann%40example.com", "mailto:…@…");
        check("hello @ann, 3 @ 4.50", "hello @ann, 3 @ 4.50");
        let cleaner = Cleaner {
            include_profile: true,
        };
        assert_eq!(cleaner.text("a@b.example").as_str(), "a@b.example");
    }

    #[test]
    fn what_cannot_be_seen_is_shown_as_a_sign() {
        check("a\0\x1b[31m\u{202e}b\u{7f}\r\nc", "a␀␛[31m⟨U+202E⟩b␡\nc");
        assert_eq!(CLEANER.bytes(b"a\xff\n").as_str(), "a\\xff\n");
    }

    proptest! {
        #[test]
        fn whatever_stands_around_a_secret_it_is_not_shown(before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let text = format!("{before} xoxb-SECRET1 ?token=SECRET2 https://u:SECRET3@h.example/ SECRET4@h.example {after}");
            let shown = CLEANER.text(&text);
            prop_assert!(!shown.as_str().contains("SECRET"), "{shown}");
        }

        #[test]
        fn what_is_clean_stays_as_it_is(text in any::<String>()) {
            let once = CLEANER.text(&text);
            prop_assert_eq!(&CLEANER.text(once.as_str()), &once);
        }
    }
}
