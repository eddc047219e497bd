//! What an address is: one that anybody can fetch, one that needs a login, one that holds a secret.
//!
//! The import fetches some of the addresses that it is given and fails if it cannot, and clients
//! show all of them to everybody. So no token leaves this module unless it was asked for.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// The address without anything that opens a door.
pub(crate) fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(host_end);
    let host = host.rsplit('@').next().unwrap_or(host);
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut safe = String::with_capacity(url.len());
    if !scheme.is_empty() {
        safe.push_str(scheme);
        safe.push_str("://");
    }
    safe.push_str(host);
    safe.push_str(path);
    if is_slack(url) {
        return safe;
    }
    let mut mark = '?';
    for parameter in query
        .split('&')
        .filter(|it| !it.is_empty() && !is_secret(it))
    {
        safe.push(mark);
        safe.push_str(parameter);
        mark = '&';
    }
    if !fragment.is_empty() && !is_secret(fragment) {
        safe.push('#');
        safe.push_str(fragment);
    }
    safe
}

/// Whether an address holds something that opens a door.
pub(crate) fn has_secret(url: &str) -> bool {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(host_end);
    let parameters = path.split(['?', '&', '#']).skip(1);
    host.contains('@') || parameters.into_iter().any(is_secret)
}

/// An address without a token that stands for a Slack login, if it is one of Slack's. It is borrowed
/// where it has none.
pub(crate) fn without_slack_token(url: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    match url.contains(TOKEN_START) && push_without_tokens(url, &mut safe) > 0 {
        true => Cow::Owned(safe),
        false => Cow::Borrowed(url),
    }
}

/// How Slack's tokens begin, before a letter.
const TOKEN_START: &str = "xox";

/// The same for all addresses in a text, and how many tokens they had.
///
/// It works on Markdown as well, since nothing in a token is ever escaped.
pub(crate) fn without_slack_tokens(text: &str) -> (Cow<'_, str>, usize) {
    // Every text comes here, and hardly any has one.
    static TOKEN: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(TOKEN_START));
    if TOKEN.find(text.as_bytes()).is_none() {
        return (Cow::Borrowed(text), 0);
    }
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let (mut safe, mut count) = (String::new(), 0);
    let (mut written, mut at) = (0, 0);
    while let Some(found) = part(at, text.len()).find(TOKEN_START) {
        // Each piece between spaces is looked at once, however many tokens it has.
        let found = at + found;
        let start = part(at, found).rfind(ends_address);
        let start = start.map_or(at, |it| at + it);
        let end = part(found, text.len()).find(ends_address);
        at = end.map_or(text.len(), |it| found + it);
        safe.push_str(part(written, start));
        count += push_without_tokens(part(start, at), &mut safe);
        written = at;
    }
    if count == 0 {
        return (Cow::Borrowed(text), 0);
    }
    safe.push_str(part(written, text.len()));
    (Cow::Owned(safe), count)
}

/// Whether an address of Slack's carries a token in whatever parameter.
pub(crate) fn has_token_of_slack(url: &str) -> bool {
    matches!(without_slack_token(url), Cow::Owned(_))
}

/// Whether no address goes on behind a character.
fn ends_address(it: char) -> bool {
    it.is_whitespace() || matches!(it, '<' | '>' | '"' | '|' | '`')
}

/// Writes addresses that nothing separates without the tokens of those of Slack. Returns how many
/// they had.
fn push_without_tokens(addresses: &str, out: &mut String) -> usize {
    const SCHEME_END: &str = "://";
    let mut count = 0;
    let mut rest = addresses;
    while let Some(at) = rest.find(SCHEME_END) {
        let (scheme, from) = rest.split_at(at + SCHEME_END.len());
        out.push_str(scheme);
        let (address, behind) = from.split_at(from.find(SCHEME_END).unwrap_or(from.len()));
        let host = host(address);
        match is_host(&host, &SLACK_HOSTS) || is_proxy(&host) {
            true => count += push_without_token(address, out),
            false => out.push_str(address),
        }
        rest = behind;
    }
    out.push_str(rest);
    count
}

/// The same for one address of Slack, without its scheme.
fn push_without_token(address: &str, out: &mut String) -> usize {
    const MARKS: [char; 3] = ['?', '&', '#'];
    let (path, mut rest) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
    out.push_str(path);
    let (mut count, mut lacks_question) = (0, false);
    while !rest.is_empty() {
        // In text an ampersand may be encoded.
        let is_entity = rest.starts_with("&amp;");
        let (mark, from) = rest.split_at(if is_entity { "&amp;".len() } else { 1 });
        let (parameter, behind) = from.split_at(from.find(MARKS).unwrap_or(from.len()));
        rest = behind;
        let mark = if lacks_question && mark != "#" {
            "?"
        } else {
            mark
        };
        if let Some(end) = token_end(parameter) {
            lacks_question |= mark == "?";
            out.push_str(parameter.get(end..).unwrap_or_default());
            count += 1;
            continue;
        }
        lacks_question = false;
        out.push_str(mark);
        out.push_str(parameter);
    }
    count
}

/// Where the token in a parameter ends, if there is one. Slack's begin with `xox` and a letter.
fn token_end(parameter: &str) -> Option<usize> {
    let is_part =
        |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | '%' | '+' | '=');
    parameter.match_indices(TOKEN_START).find_map(|(at, _)| {
        let token = parameter.get(at..)?;
        let [_, _, _, letter, b'-' | b'.', ..] = token.as_bytes() else {
            return None;
        };
        let bytes = token.find(|it| !is_part(it)).unwrap_or(token.len());
        // A sentence may end behind it.
        let token = token.get(..bytes)?.trim_end_matches(['.', '_']);
        letter.is_ascii_alphabetic().then_some(at + token.len())
    })
}

/// Whether a Slack address carries the token that stands for a login. Source: exports of 2019 to
/// 2026, in which it is the parameter `t` or `token`.
pub(crate) fn has_slack_token(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or("");
    query.split('&').any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        matches!(name, "t" | "token") && value.starts_with("xox")
    })
}

/// Whether anybody can fetch an address, as far as it tells: over https, from a public host,
/// without a login or a key that runs out.
pub(crate) fn is_public(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let is_odd = |it: u8| it <= b' ' || matches!(it, b'\\' | b'"' | b'<' | b'>' | 0x7f);
    let host = host(rest);
    !url.bytes().any(is_odd)
        && is_public_host(&host)
        && !has_secret(url)
        && !needs_slack_login(&host)
}

/// The address of a picture behind Slack's proxy for pictures of the web, if it is one.
///
/// Source: exports of 2015 to 2026, `https://slack-imgs.com/?c=1&o1=ro&url=https%3A%2F%2F…`.
pub(crate) fn without_proxy(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (host, query) = rest.split_once('?')?;
    if host.trim_end_matches('/') != "slack-imgs.com" {
        return None;
    }
    let mut parameters = query.split('&');
    let inner = parameters.find_map(|parameter| parameter.strip_prefix("url="))?;
    percent_decoded(inner).filter(|it| it.starts_with("http"))
}

/// An address as a card leads there: Slack's own without anything that opens a door, others as
/// somebody wrote them. Empty for what is no address of the web.
pub(crate) fn shown(url: &str) -> String {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    if !lower.starts_with("https://") && !lower.starts_with("http://") {
        return String::new();
    }
    match is_slack(url) {
        true => without_secrets(url),
        false => without_slack_token(url).into_owned(),
    }
}

/// Whether Slack answers at this address, which then needs a login.
pub(crate) fn is_slack(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host(rest);
    is_host(&host, &SLACK_HOSTS)
}

const SLACK_HOSTS: [&str; 3] = ["slack.com", "slack-files.com", "slack-edge.com"];

/// Whether this is Slack's proxy for pictures of the web.
fn is_proxy(host: &str) -> bool {
    host == "slack-imgs.com"
}

/// A name as one piece of an address's path.
pub(crate) fn push_encoded(name: &str, url: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            url.push(char::from(byte));
            continue;
        }
        url.push('%');
        for digit in [byte >> 4, byte & 15] {
            let digit = HEX.get(usize::from(digit)).copied().unwrap_or(b'0');
            url.push(char::from(digit));
        }
    }
}

/// The host in lower case, of an address without its scheme.
fn host(rest: &str) -> String {
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or("");
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host);
    host.to_ascii_lowercase()
}

fn is_host(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| {
        let sub = host.strip_suffix(domain);
        sub.is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    })
}

/// Pictures of people and emoji lie at `slack-edge.com` for everybody.
fn needs_slack_login(host: &str) -> bool {
    is_host(host, &["slack.com", "slack-files.com"])
}

/// Endings of names that mean something within one network only. Source: RFC 6762 appendix G,
/// RFC 6761, ICANN's resolution on `.internal`, 2024-07.
const PRIVATE: [&str; 10] = [
    "local",
    "localhost",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "test",
    "invalid",
];

fn is_public_host(host: &str) -> bool {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return is_public_ipv4(address);
    }
    // An address of IPv6 stands in brackets, and a name without a point is one of a network.
    let Some((_, last)) = host.rsplit_once('.') else {
        return false;
    };
    let is_name = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_');
    let is_clean = host.bytes().all(|it| is_name(it) || !it.is_ascii());
    // Programs read `127.1` and `0x7f.1` as addresses of IPv4.
    let is_number = last.starts_with(|it: char| it.is_ascii_digit());
    is_clean && !is_number && !last.is_empty() && !PRIVATE.contains(&last)
}

/// Whether an address is one of the whole internet. Source: IANA IPv4 Special-Purpose Address
/// Registry, read 2026-11.
fn is_public_ipv4(address: Ipv4Addr) -> bool {
    let is_reserved = match address.octets() {
        [0 | 10 | 127 | 224.., ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        [192, 168, ..] | [169, 254, ..] | [192, 0, 0 | 2, _] => true,
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        _ => false,
    };
    !is_reserved
}

/// What the names of parameters hold that open a door: tokens, and the signatures and keys of
/// addresses that storage services sign.
const SECRETS: [&str; 11] = [
    "auth", "code", "cred", "key", "pass", "pwd", "secret", "session", "sid", "sig", "token",
];

/// Whether a parameter of an address is a token. Slack's begin with `xox` and a letter.
fn is_secret(parameter: &str) -> bool {
    let lower = parameter.to_ascii_lowercase();
    let name = lower.split('=').next().unwrap_or("");
    lower.contains("xox") || SECRETS.iter().any(|secret| name.contains(secret))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|it| char::from(it).to_digit(16));
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{
        has_slack_token, is_public, push_encoded, without_proxy, without_secrets,
        without_slack_tokens,
    };

    #[test]
    fn secrets_do_not_get_into_an_address() {
        let check = |url: &str, expected: &str| assert_eq!(without_secrets(url), expected);
        check(
            "https://files.slack.com/a/b.png?t=xoxe-1",
            "https://files.slack.com/a/b.png",
        );
        check(
            "https://files.slack.com/a?x=1&token=xoxe-1#y",
            "https://files.slack.com/a",
        );
        check(
            "https://slack-files.com/T1-F1?pub_secret=1",
            "https://slack-files.com/T1-F1",
        );
        check("https://me:pw@example.com/a", "https://example.com/a");
        check(
            "https://example.com/a?t=30&b=xoxp-1#z",
            "https://example.com/a?t=30#z",
        );
        check(
            "https://example.com/a?access_token=1",
            "https://example.com/a",
        );
        check(
            "https://slack.com.example.org/a?t=1",
            "https://slack.com.example.org/a?t=1",
        );
        check("nonsense?t=xoxe-1", "nonsense");
    }

    #[test]
    fn an_address_is_public_if_nothing_says_otherwise() {
        let check = |url: &str, expected: bool| assert_eq!(is_public(url), expected, "{url}");
        check("https://example.com/a.png?v=2", true);
        check("https://8.8.8.8/a.png", true);
        check("https://müller.example/a.png", true);
        check("https://avatars.slack-edge.com/a.png", true);
        check("http://example.com/a.png", false);
        check("https://files.slack.com/a.png", false);
        check("https://files.slack.com/a.png?t=xoxe-1", false);
        check("https://slack-files.com/files-pri/T1-F1/a.png", false);
        check("https://example.com/a.png?X-Amz-Signature=1", false);
        check("https://me:pw@example.com/a.png", false);
        check("https://intranet/a.png", false);
        check("https://build.corp/a.png", false);
        check("https://10.0.0.5:8080/a.png", false);
        check("https://100.64.0.1/a.png", false);
        check("https://100.128.0.1/a.png", true);
        check("https://172.31.0.1/a.png", false);
        check("https://127.1/a.png", false);
        check("https://0x7f.0.0.1/a.png", false);
        check("https://2130706433/a.png", false);
        check("https://[::1]/a.png", false);
        check("https://example.com\\@slack.com/", false);
        check("https://example.com/a b.png", false);
        check("https:///a.png", false);
        check("data:image/png;base64,AA", false);
        check("", false);
    }

    #[test]
    fn a_token_is_known_by_its_start() {
        let check = |url: &str, expected: bool| assert_eq!(has_slack_token(url), expected);
        check("https://files.slack.com/a?t=xoxe-1", true);
        check("https://files.slack.com/a?x=1&token=xoxe-1#z", true);
        check("https://files.slack.com/a?t=30", false);
        check("https://files.slack.com/a#t=xoxe-1", false);
    }

    #[test]
    fn a_text_keeps_all_but_the_tokens_of_slacks_addresses() {
        let check = |text: &str, expected: &str, expected_count: usize| {
            let (found, count) = without_slack_tokens(text);
            assert_eq!((&*found, count), (expected, expected_count));
        };
        check(
            "xoxo https://a.example/?t=xoxe-1",
            "xoxo https://a.example/?t=xoxe-1",
            0,
        );
        check(
            "https://w.slack.com/search?q=xoxo",
            "https://w.slack.com/search?q=xoxo",
            0,
        );
        check(
            "https://files.slack.com/a?t=xoxe-1",
            "https://files.slack.com/a",
            1,
        );
        check(
            "https://files.slack.com/a?t=xoxe-1&x=2&token=xoxp-2#y",
            "https://files.slack.com/a?x=2#y",
            2,
        );
        check(
            "https://files.slack.com/a?x=1&amp;t=xoxe-1&amp;y=2",
            "https://files.slack.com/a?x=1&amp;y=2",
            1,
        );
        check(
            "**see https://files.slack.com/a?t=xoxe-1.**, [b](https://files.slack.com/b?t=xoxe-2)",
            "**see https://files.slack.com/a.**, [b](https://files.slack.com/b)",
            2,
        );
        check(
            "[a](https://files.slack.com/a_(1).png?t=xoxe-1)[b](https://a.example/?x=1)",
            "[a](https://files.slack.com/a_(1).png)[b](https://a.example/?x=1)",
            1,
        );
        check(
            "https://l.example/?u=https://files.slack.com/a?t=xoxe-1&v=2",
            "https://l.example/?u=https://files.slack.com/a?v=2",
            1,
        );
        check(
            "https://slack.com/r?url=https%3A%2F%2Ffiles.slack.com%2Fa%3Ft%3Dxoxe-1",
            "https://slack.com/r",
            1,
        );
    }

    #[test]
    fn a_picture_is_found_behind_slacks_proxy() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(without_proxy(url).as_deref(), expected);
        };
        check(
            "https://slack-imgs.com/?c=1&o1=ro&url=https%3A%2F%2Fa.example%2Fb.png%3Fx%3D1",
            Some("https://a.example/b.png?x=1"),
        );
        check("https://slack-imgs.com/?c=1&url=%zz", None);
        check("https://slack-imgs.com/?c=1", None);
        check("https://example.com/?url=https%3A%2F%2Fa.b", None);
    }

    #[test]
    fn a_name_becomes_one_piece_of_a_path() {
        let mut url = String::new();
        push_encoded("a b/ü%.png", &mut url);
        assert_eq!(url, "a%20b%2F%C3%BC%25.png");
    }
}
