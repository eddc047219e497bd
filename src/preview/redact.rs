//! What no page shows: secrets, e-mail addresses, and characters that hide what is there.
//!
//! [`Clean`] is the only way of foreign text into a page, and [`Cleaner`] the only way to it.
//! Escaping is left to the templates.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use crate::text::is_unseen;

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
const TOKEN_STARTS: &[&str] = &[
    "xapp-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "sk_live_",
    "rk_live_",
];

/// How names of keys begin that have 16 capital letters and digits behind that.
const KEY_STARTS: &[&str] = &["AKIA", "ASIA"];

/// How much in front of an `@` is looked at, in bytes: twice what an address may have there, since
/// each sign may be escaped.
const MOST_LOCAL: usize = 128;

/// How much more than is shown is cleaned of a long text, in bytes, so that no secret is cut in two.
const MARGIN: usize = 1_024;

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

    /// As [`Cleaner::text`], but no more than so many bytes of what comes out, and not all of what
    /// goes in is looked at. Says whether that is all.
    pub fn start(self, text: &str, most: usize) -> (Clean, bool) {
        let end = text.floor_char_boundary(most.saturating_add(MARGIN));
        let Clean(mut clean) = self.text(&text[..end]);
        let is_all = end == text.len() && clean.len() <= most;
        if end < text.len() {
            // The last word may be half of a secret.
            let word = clean.len() - clean.trim_end_matches(|c: char| !c.is_whitespace()).len();
            clean.truncate(clean.floor_char_boundary(clean.len() - word.min(MARGIN)));
        }
        clean.truncate(clean.floor_char_boundary(most));
        (Clean(clean), is_all)
    }

    fn redacted(self, text: &str) -> Cow<'_, str> {
        let text = rewritten(Cow::Borrowed(text), next_token, HIDDEN);
        let text = rewritten(text, next_parameter, HIDDEN);
        let text = rewritten(text, next_login, HIDDEN);
        let text = rewritten(text, next_hook, HIDDEN);
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
    let lettered = (0..bytes.len().saturating_sub(4)).find(|&n| {
        bytes[n..n + 3].eq_ignore_ascii_case(b"xox")
            && bytes[n + 3].is_ascii_alphabetic()
            && matches!(bytes[n + 4], b'-' | b'.' | b'%' | b'\\')
    });
    let known = (0..bytes.len()).find(|&n| {
        let begins = |start: &&str| begins_with(&bytes[n..], start);
        TOKEN_STARTS.iter().any(begins) || is_key(bytes, n)
    });
    let web = word
        .find("eyJ")
        .filter(|&n| word.len() - n > 40 && word[n..].matches('.').count() >= 2);
    [known, lettered, web].into_iter().flatten().min()
}

/// Whether a word begins so, its signs escaped as in Markdown or not.
fn begins_with(word: &[u8], start: &str) -> bool {
    let mut word = word.iter().copied().peekable();
    start.bytes().all(|byte| {
        if !byte.is_ascii_alphanumeric() {
            word.next_if_eq(&b'\\');
        }
        word.next() == Some(byte)
    })
}

/// Whether the name of a key stands at a place in a word.
fn is_key(word: &[u8], at: usize) -> bool {
    let is_behind_another = at > 0 && word[at - 1].is_ascii_alphanumeric();
    let is_sign = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let starts = |start: &&str| word[at..].starts_with(start.as_bytes());
    !is_behind_another
        && KEY_STARTS.iter().any(starts)
        && word[at + 4..].iter().take_while(|it| is_sign(it)).count() >= 16
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.%\\".contains(&byte)
}

/// How the sign between a parameter and its value is written.
const EQUALS: &[&str] = &["=", "%3d", "\\u003d", ":"];

/// How an `@` is written.
const ATS: &[&str] = &["@", "%40", "\\u0040", "&#64;"];

/// The next value of a parameter that is a secret: what follows `token=`, `token%3D`, `token = "`
/// or `"token": "`.
fn next_parameter(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (sign, sign_bytes) = next_sign(text, at, EQUALS)?;
        let is_colon = text[sign..].starts_with(':');
        let head = text[at..sign].trim_end_matches([' ', '\t']);
        let bare = head.trim_end_matches(['"', '\'', '`', '\\']);
        let is_quoted = bare.len() < head.len();
        at = sign + sign_bytes;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.\\".contains(c);
        let name = &bare[bare.trim_end_matches(is_name).len()..];
        let before = bare[..bare.len() - name.len()].chars().next_back();
        let is_secret = is_secret_name(name)
            || matches!(before, Some('?' | '&'))
                && QUERY_SECRET_NAMES.contains(&name.to_ascii_lowercase().as_str());
        // A colon stands in sentences too.
        if !is_secret || is_colon && !is_quoted {
            continue;
        }
        let (start, end) = value(text, at);
        if end > start && &text[start..end] != HIDDEN {
            return Some((start, end));
        }
    }
}

/// Where the next of some signs stands, and how many bytes it has. They are ASCII, and small.
fn next_sign(text: &str, from: usize, signs: &[&str]) -> Option<Span> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|n| {
        let is_here = |sign: &&&str| {
            let here = bytes.get(n..n + sign.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(sign.as_bytes()))
        };
        let sign = signs.iter().find(is_here)?;
        Some((n, sign.len()))
    })
}

/// Where a value stands that begins at a place, without what stands around it.
fn value(text: &str, from: usize) -> Span {
    let rest = text[from..].trim_start_matches([' ', '\t', '=', '>', ':']);
    let quoted = rest.trim_start_matches('\\');
    let start = text.len() - quoted.len();
    match quoted.chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => {
            let start = start + 1;
            let is_escaped = quoted.len() < rest.len();
            (start, start + closing(&text[start..], quote, is_escaped))
        }
        _ => (start, start + value_bytes(quoted)),
    }
}

/// How much stands in front of the quote that closes a value, or the end of the line. One behind a
/// backslash closes nothing, unless the first had one too.
fn closing(text: &str, quote: char, with_escape: bool) -> usize {
    let mut is_escaped = false;
    for (n, c) in text.char_indices() {
        match c {
            '\n' => return n,
            c if c == quote && is_escaped && with_escape => return n - 1,
            c if c == quote && !is_escaped => return n,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// How long the value of a parameter is.
fn value_bytes(text: &str) -> usize {
    let is_end = |c: char| c.is_whitespace() || c.is_control() || "&;#\"'<>()`\\|".contains(c);
    let end = text.find(is_end).unwrap_or(text.len());
    next_sign(&text[..end], 0, &["%26"]).map_or(end, |(n, _)| n)
}

/// The next path of a web hook, which is a secret as a whole: what follows a host that begins with
/// `hooks.`.
fn next_hook(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (sign, sign_bytes) = next_sign(text, at, &["/hooks.", "%2fhooks."])?;
        let host = sign + sign_bytes;
        let is_host = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
        let path = text[host..].trim_start_matches(is_host);
        at = text.len() - path.len();
        let slashes = ["/", "\\/", "%2f", "%2F"];
        let Some(slash) = slashes.iter().find(|it| path.starts_with(**it)) else {
            continue;
        };
        let start = at + slash.len();
        let is_end = |c: char| c.is_whitespace() || c.is_control() || "\"'<>()`|".contains(c);
        let end = start + text[start..].find(is_end).unwrap_or(text.len() - start);
        if end > start && &text[start..end] != HIDDEN {
            return Some((start, end));
        }
    }
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

/// The next e-mail address, however its sign is written, and whatever marks parts of it as bold.
fn next_address(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (sign, sign_bytes) = next_sign(text, at, ATS)?;
        let is_mark = |c: char| "*_~`\\".contains(c);
        let is_host = |c: char| c.is_alphanumeric() || ".-*_~`".contains(c);
        let behind = &text[sign + sign_bytes..];
        let host = behind.len() - behind.trim_start_matches(is_host).len();
        let host = behind[..host].trim_end_matches(|c| is_mark(c) || ".-".contains(c));
        let top = host.rsplit_once('.').map_or("", |(_, top)| top);
        if top.chars().filter(|c| c.is_alphanumeric()).count() >= 2 {
            let near = text
                .ceil_char_boundary(sign.saturating_sub(MOST_LOCAL))
                .max(from);
            let local = local_bytes(&text[near..sign]);
            if local > 0 {
                return Some((sign - local, sign + sign_bytes + host.len()));
            }
        }
        at = sign + sign_bytes;
    }
}

/// How long the name is at the end of what stands in front of an `@`.
fn local_bytes(head: &str) -> usize {
    let is_word = |text: &str| text.contains(char::is_alphanumeric);
    let bare = head.strip_suffix('"').map(|it| it.trim_end_matches('\\'));
    if let Some(start) = bare.and_then(|it| it.rfind('"'))
        && is_word(&head[start..])
    {
        return head.len() - start;
    }
    let is_mark = |c: char| "*_~`\\".contains(c);
    let is_local = |c: char| c.is_alphanumeric() || is_mark(c) || ".%+-'".contains(c);
    let local = &head[head.trim_end_matches(is_local).len()..];
    // What is marked as a whole, the host with it, is so without the address too.
    let inner = local.trim_start_matches(is_mark);
    match is_word(local) {
        false => 0,
        true if inner.contains(is_mark) => local.len(),
        true => inner.len(),
    }
}

/// The text with signs for control characters, and for those that turn the direction of what
/// follows. Ends of lines and tabs stay.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let is_picture = |c: Option<&char>| c.is_some_and(|c| !c.is_ascii() && !c.is_alphanumeric());
    let mut last = None;
    while let Some(c) = rest.next() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => out.push('␡'),
            // Joins pictures to one.
            '\u{200d}' if is_picture(last.as_ref()) && is_picture(rest.peek()) => out.push(c),
            c if c.is_control() || is_unseen(c) => {
                let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
            }
            _ => out.push(c),
        }
        last = Some(c);
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
        check("ghp\\_abc xoxb\\-1", "… …");
        check("AKIAABCDEFGHIJKLMNOP SLOVAKIA AKIA", "… SLOVAKIA AKIA");
        check(
            "https://hooks.example.com/services/T0/B0/x1, https://hooks.example.com:\\/\\/",
            "https://hooks.example.com/… https://hooks.example.com:\\/…",
        );
        check("%2F%2Fhooks.a.b%2Fx", "%2F%2Fhooks.a.b%2F…");
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
        check("TOKEN=\"x y\" z", "TOKEN=\"…\" z");
        check("password='a;b'\nc", "password='…'\nc");
        check("token = x y", "token = … y");
        check("token=\"xoxb-1 a\"", "token=\"…\"");
        check(
            "{\"token\": \"a \\\" b\", \"x\": 1}",
            "{\"token\": \"…\", \"x\": 1}",
        );
        check("{\\\"token\\\":\\\"a\\\"}", "{\\\"token\\\":\\\"…\\\"}");
        check("the token: a b", "the token: a b");
        check("https://ann:pw@a.b/c", "https://…@a.b/c");
    }

    #[test]
    fn addresses_are_shown_only_if_asked_for() {
        check("write to ann.lee+x@mail.example.com.", "write to …@….");
        check("mailto:ann%40example.com", "mailto:…@…");
        check("a \"ann lee\"@example.com b", "a …@… b");
        check("a **ann**@example.com b", "a …@… b");
        check("**ann@example.com** b", "**…@…** b");
        check("first\\_last@example.com", "…@…");
        check("ann\\u0040example.com", "…@…");
        check("hello @ann, 3 @ 4.50", "hello @ann, 3 @ 4.50");
        let cleaner = Cleaner {
            include_profile: true,
        };
        assert_eq!(cleaner.text("a@b.example").as_str(), "a@b.example");
    }

    #[test]
    fn what_cannot_be_seen_is_shown_as_a_sign() {
        check("a\0\x1b[31m\u{202e}b\u{7f}\r\nc", "a␀␛[31m⟨U+202E⟩b␡\nc");
        check("a\u{200b}\u{ad}\u{e0041}b", "a⟨U+200B⟩⟨U+00AD⟩⟨U+E0041⟩b");
        check("👩\u{200d}🔬 a\u{200d}b", "👩\u{200d}🔬 a⟨U+200D⟩b");
    }

    #[test]
    fn the_start_of_a_text_ends_with_no_half_secret() {
        let text = format!("{}ann.lee@example.com", "a@b.example ".repeat(500));
        for most in 3_000..3_030 {
            let (start, is_all) = CLEANER.start(&text, most);
            assert!(
                start.as_str().replace("…@… ", "").is_empty() && !is_all,
                "{start}"
            );
        }
        assert_eq!(CLEANER.start("abc", 2), (Clean("ab".to_owned()), false));
        assert_eq!(CLEANER.start("abc", 3), (Clean("abc".to_owned()), true));
    }

    /// Texts for which looking back or ahead from every sign would take minutes.
    #[test]
    fn long_hostile_texts_are_cleaned() {
        for piece in [
            "a%40",
            "%3d",
            "a=",
            "://",
            "token=\"\"",
            "/hooks.",
            "\"@",
            "token:",
            "@a",
        ] {
            let text = piece.repeat(4_000_000 / piece.len());
            assert!(!CLEANER.text(&text).is_empty());
        }
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
