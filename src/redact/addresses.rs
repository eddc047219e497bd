//! E-mail addresses, also those that became ids, telephone numbers, and what is secret within addresses
//! of the web.

use super::tokens::begins_a_word;
use super::{HIDDEN, Span, next_sign};
use crate::getstream::ids;

/// How much in front of an `@` is looked at, in bytes: twice what an address may have there, since
/// each sign may be escaped.
const MOST_LOCAL: usize = 128;

/// How an `@` is written.
const ATS: &[&str] = &["@", "%40", "\\u0040", "&#64;", "&#x40;", "&commat;", "＠"];

/// How long the readable part of an id is that was cut to fit, in bytes, in the shortest kind of id.
const CUT_BYTES: usize = 30;

/// The next path of a web hook, which is a secret as a whole: what follows a host that begins with
/// `hooks.`, with a scheme before it or without one, and what follows `/api/webhooks` or `/api/v10/webhooks`
/// (Discord's API reference, read 2026-11).
pub fn next_hook(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (sign, sign_bytes) = next_sign(text, at, &["hooks.", "/webhooks"])?;
        at = sign + sign_bytes;
        let is_path = text[sign..].starts_with('/');
        if is_path && !is_api(&text[..sign]) {
            continue;
        }
        if !is_path && !begins_a_word(text.as_bytes(), sign) {
            continue;
        }
        let is_host = |c: char| !is_path && (c.is_ascii_alphanumeric() || ".-:".contains(c));
        let path = text[at..].trim_start_matches(is_host);
        at = text.len() - path.len();
        let slashes = ["/", "\\/", "%2f", "%2F"];
        let Some(slash) = slashes.iter().find(|it| path.starts_with(**it)) else {
            continue;
        };
        let start = at + slash.len();
        let is_end = |c: char| c.is_whitespace() || c.is_control() || "\"<>".contains(c);
        let end = start + text[start..].find(is_end).unwrap_or(text.len() - start);
        if end > start && &text[start..end] != HIDDEN {
            return Some((start, end));
        }
    }
}

/// Whether a path ends as one of an interface does, `/api` or `/api/v10`.
fn is_api(path: &str) -> bool {
    let version = path.trim_end_matches(|c: char| c.is_ascii_digit());
    path.ends_with("/api") || version.ends_with("/api/v")
}

/// The next name and password in front of a host: what stands between `://` and `@`.
pub fn next_login(text: &str, from: usize) -> Option<Span> {
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

/// The next telephone number that is written with its country: `+` and 8 to 15 digits (E.164), perhaps
/// with signs between them.
pub fn next_number(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let start = at + text[at..].find('+')?;
        at = start + 1;
        let is_within = |c: char| c.is_ascii_digit() || " ()-./".contains(c);
        let number = &text[at..];
        let number = &number[..number.len() - number.trim_start_matches(is_within).len()];
        let number = number.trim_end_matches(|c: char| !c.is_ascii_digit());
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let before = text[..start].chars().next_back();
        let is_alone = before.is_none_or(|c| !c.is_alphanumeric());
        if is_alone && (8..=15).contains(&digits) {
            return Some((start, at + number.len()));
        }
    }
}

/// The readable part of the next id that was made of what may be an address: `ann_lee@example_com`
/// and `dm-ann_lee_example_com` before `--` and a hash, which stays, so that one such id can be told
/// from another. Where the `@` is not legal it is a line as well, so whatever has room for an
/// address counts as one.
pub fn next_made_id(text: &str, from: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let end = at + text[at..].find("--")?;
        at = end + 1;
        if !ids::is_mark(&bytes[end..]) {
            continue;
        }
        let near = bytes[from..end].iter().rev().take(MOST_LOCAL);
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"_-@.%+'\\".contains(&byte);
        let start = end - near.take_while(|&&byte| is_sign(byte)).count();
        if may_be_address(&text[start..end]) {
            return Some((start, end));
        }
    }
}

/// Whether the readable part of an id may have been an address.
fn may_be_address(readable: &str) -> bool {
    if readable.contains('@') || readable.contains("%40") {
        return true;
    }
    let pieces = readable
        .split('_')
        .filter(|it| it.contains(char::is_alphanumeric));
    readable.len() >= CUT_BYTES || pieces.count() > 2
}

/// The next e-mail address, however its sign is written, and whatever marks parts of it as bold.
pub fn next_address(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (sign, sign_bytes) = next_sign(text, at, ATS)?;
        let is_mark = |c: char| "*_~`\\".contains(c);
        let is_host = |c: char| c.is_alphanumeric() || ".-*_~`\\".contains(c);
        let behind = &text[sign + sign_bytes..];
        let rest = behind.trim_start_matches(is_host);
        let host = &behind[..behind.len() - rest.len()];
        // The code of a control character is no part of it.
        let code = host.strip_suffix("\\u").filter(|_| rest.starts_with('{'));
        let host = code.unwrap_or(host);
        let host = host.trim_end_matches(|c| is_mark(c) || ".-".contains(c));
        // A point is a line in ids.
        let top = host.rsplit_once(['.', '_']).map_or("", |(_, top)| top);
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

#[cfg(test)]
mod tests {
    use super::super::Cleaner;
    use super::super::tests::{check, stays};
    use crate::getstream::ids;

    #[test]
    fn web_hooks_and_logins_are_not_shown() {
        check(
            "https://hooks.example.com/services/T0/B0/x1, https://hooks.example.com:\\/\\/",
            "https://hooks.example.com/… https://hooks.example.com:\\/…",
        );
        check("%2F%2Fhooks.a.b%2Fx", "%2F%2Fhooks.a.b%2F…");
        check("to hooks.a.b/x'(y)|z", "to hooks.a.b/…");
        check("<u@hooks.a.b/x|it>", "<u@hooks.a.b/…>");
        stays("webhooks.a/b, two hooks. A / b");
        check(
            "https://d.example/api/webhooks/12/abC",
            "https://d.example/api/webhooks/…",
        );
        check(
            "https://d.example/api/v10/webhooks/12/abC",
            "https://d.example/api/v10/webhooks/…",
        );
        stays("POST /api/webhooks, and /my/webhooks/12");
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
        check("ann@example.org\\u{1b}[31mred", "…@…\\u{1b}[31mred");
        check("ann\\u0040example.com", "…@…");
        check("ann&#64;example.com ann＠example.com", "…@… …@…");
        stays("hello @ann, 3 @ 4.50, ann@work");
        let cleaner = Cleaner {
            include_profile: true,
        };
        assert_eq!(cleaner.text("a@b.example").as_str(), "a@b.example");
    }

    #[test]
    fn an_id_made_of_an_address_keeps_its_hash_alone() {
        for foreign in [
            "ann.lee@example.com",
            "dm:ann@example.com",
            "a-very-long-name-indeed@example.com",
            "a-very-very-long-name@example.com",
            "annemarieluisesophiecharlotte.von.berg@example.com",
            "annemarieluisesophiecharlottevonberghausen@example.com",
            "ann@x.de/2",
        ] {
            for id in [ids::user(foreign), ids::channel(foreign)] {
                let (_, hash) = id.rsplit_once("--").expect("a hash");
                let hidden = format!("…--{hash}");
                check(&id, &hidden);
                check(
                    &format!("messaging:{id}-17"),
                    &format!("messaging:{hidden}-17"),
                );
            }
        }
        check("cc ann_lee@example_com", "cc …@…");
    }

    #[test]
    fn other_ids_stay() {
        for foreign in ["bob smith", "a.b", "café", "C1-general"] {
            stays(&ids::channel(foreign));
        }
        stays("a_b_c--d and --0123");
        let cleaner = Cleaner {
            include_profile: true,
        };
        let id = ids::user("ann@example.com");
        assert_eq!(cleaner.text(&id).as_str(), id);
    }
}
