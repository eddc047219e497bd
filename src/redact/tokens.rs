//! Secrets that are known by what they look like, wherever they stand.

use super::{HIDDEN, Span, next_sign};

/// How tokens of well-known services begin; what follows is the secret, however long it is.
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
    "pk_live_",
    "sk_test_",
    "rk_test_",
];

/// How others begin that look like the beginnings of words, each with the number of signs that
/// follow at least. The services of most write about their length; read 2026-11.
const LONG_TOKEN_STARTS: &[(&str, usize)] = &[
    ("sk-", 20),
    ("AIza", 30),
    ("npm_", 30),
    ("hf_", 30),
    ("SG.", 40),
    ("ya29.", 20),
    ("whsec_", 20),
    ("shpat_", 20),
    ("pypi-", 40),
    ("dop_v1_", 40),
    ("xkeysib-", 40),
];

/// How names of keys begin that have 16 capital letters and digits behind that.
const KEY_STARTS: &[&str] = &["AKIA", "ASIA"];

/// How far behind the name of a key its secret stands at most, in bytes.
const MOST_BETWEEN: usize = 200;

/// How many signs the secret of a key has.
const KEY_SECRET: usize = 40;

/// How a word begins that says who asks, with the least number of signs behind it.
const SCHEMES: [(&str, usize); 2] = [("bearer", 16), ("basic", 12)];

/// How much of a word behind that is looked at to say whether it is a secret, in bytes.
const MOST_LOOKED_AT: usize = 256;

/// How much in front of `PRIVATE KEY` its `BEGIN` stands at most, in bytes.
const MOST_HEADER: usize = 40;

/// The next token of a well-known form: `xoxb-…` and its like, or pieces of base64 as a JSON Web
/// Token has them.
pub fn next_token(text: &str, from: usize) -> Option<Span> {
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
    // Most words are of letters and digits alone: a token can only be the whole of these.
    if bytes.iter().all(u8::is_ascii_alphanumeric) {
        return (is_key(bytes, 0) || is_long_token(bytes, 0)).then_some(0);
    }
    let lettered = (0..bytes.len().saturating_sub(4)).find(|&n| {
        bytes[n..n + 3].eq_ignore_ascii_case(b"xox")
            && bytes[n + 3].is_ascii_alphabetic()
            && matches!(bytes[n + 4], b'-' | b'.' | b'%' | b'\\')
    });
    let known = (0..bytes.len()).find(|&n| {
        let begins = |start: &&str| behind(&bytes[n..], start).is_some();
        TOKEN_STARTS.iter().any(begins) || is_key(bytes, n) || is_long_token(bytes, n)
    });
    let last_point = word.rfind('.').unwrap_or_default();
    let mut web = word.match_indices("eyJ").map(|(n, _)| n);
    let web = web.find(|&n| word.len() - n > 40 && n < last_point);
    [known, lettered, web].into_iter().flatten().min()
}

/// What stands behind the start of a word if it begins so, its signs escaped as in Markdown or not.
fn behind<'w>(word: &'w [u8], start: &str) -> Option<&'w [u8]> {
    let mut rest = word;
    for byte in start.bytes() {
        if let Some(unescaped) = rest.strip_prefix(b"\\")
            && !byte.is_ascii_alphanumeric()
        {
            rest = unescaped;
        }
        rest = rest.strip_prefix(&[byte])?;
    }
    Some(rest)
}

/// Whether a long token begins at a place in a word.
fn is_long_token(word: &[u8], at: usize) -> bool {
    begins_a_word(word, at)
        && LONG_TOKEN_STARTS.iter().any(|(start, least)| {
            behind(&word[at..], start)
                .is_some_and(|rest| rest.len() >= *least && looks_random(&rest[..*least]))
        })
}

/// Whether a word can begin at a place: behind a sign that is no letter, or behind one that is
/// written as `%3D`.
pub fn begins_a_word(text: &[u8], at: usize) -> bool {
    let is_code =
        at >= 3 && text[at - 3] == b'%' && text[at - 2..at].iter().all(u8::is_ascii_hexdigit);
    at == 0 || !text[at - 1].is_ascii_alphanumeric() || is_code
}

/// Whether a word is hardly one of a language: it has a digit, or a capital behind a small letter.
fn looks_random(word: &[u8]) -> bool {
    let is_mixed = |two: &[u8]| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase();
    word.iter().any(u8::is_ascii_digit) || word.windows(2).any(is_mixed)
}

/// Whether the name of a key stands at a place in a text.
fn is_key(text: &[u8], at: usize) -> bool {
    let is_sign = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let starts = |start: &&str| text[at..].starts_with(start.as_bytes());
    KEY_STARTS.iter().any(starts)
        && begins_a_word(text, at)
        && text[at + 4..].iter().take_while(|it| is_sign(it)).count() >= 16
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.%\\".contains(&byte)
}

/// The next secret of a key whose name stands before it.
pub fn next_key_secret(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (key, _) = next_sign(text, at, KEY_STARTS)?;
        at = key + 4;
        if !is_key(text.as_bytes(), key) {
            continue;
        }
        let end = text.floor_char_boundary(key + MOST_BETWEEN);
        let is_sign = |c: char| c.is_ascii_alphanumeric() || "/+\\".contains(c);
        while let Some(start) = text[at..end].find(is_sign).map(|n| at + n) {
            let longest = text[start..].chars().take(2 * KEY_SECRET + 1);
            let word = longest.take_while(|&c| is_sign(c)).count();
            let word = &text[start..start + word];
            let signs = word.bytes().filter(|&byte| byte != b'\\').count();
            at = start + word.len();
            if signs == KEY_SECRET && looks_random(word.as_bytes()) {
                return Some((start, at));
            }
            if at >= end {
                break;
            }
        }
        at = key + 4;
    }
}

/// The next secret behind a word that says who asks: `Bearer …`, `Basic …`.
pub fn next_credential(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (name, name_bytes) = next_sign(text, at, &SCHEMES.map(|(name, _)| name))?;
        at = name + name_bytes;
        let value = text[at..].trim_start_matches([' ', '+']);
        let value = value.strip_prefix("%20").unwrap_or(value);
        let start = text.len() - value.len();
        if start == at || !begins_a_word(text.as_bytes(), name) {
            continue;
        }
        let is_sign = |c: char| c.is_ascii_alphanumeric() || "-._~+/=\\%".contains(c);
        let near = &value[..value.floor_char_boundary(MOST_LOOKED_AT)];
        let bytes = near.find(|c| !is_sign(c)).unwrap_or(near.len());
        let scheme = SCHEMES.iter().find(|(it, _)| it.len() == name_bytes);
        let is_long = scheme.is_some_and(|(_, least)| bytes >= *least);
        if is_long && looks_random(&value.as_bytes()[..bytes]) {
            let bytes = value.find(|c| !is_sign(c)).unwrap_or(value.len());
            let bytes = value[..bytes].trim_end_matches('.').len();
            return Some((start, start + bytes));
        }
    }
}

/// The next token of a bot of Telegram: its number, a colon and 35 signs. Source: Telegram's "Bot API",
/// read 2026-11.
pub fn next_bot_token(text: &str, from: usize) -> Option<Span> {
    const SIGNS: usize = 35;
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let colon = at + text[at..].find(':')?;
        at = colon + 1;
        let number = bytes[from..colon].iter().rev();
        let number = number.take_while(|it| it.is_ascii_digit()).count();
        let is_sign = |it: &&u8| it.is_ascii_alphanumeric() || b"-_".contains(*it);
        let signs = bytes[at..].iter().take_while(is_sign).count();
        if (8..=12).contains(&number) && signs >= SIGNS {
            return Some((colon - number, at + signs));
        }
    }
}

/// The next private key in the form that begins with `-----BEGIN PRIVATE KEY-----`: what stands
/// between its first and its last line, or all that is there.
pub fn next_private_key(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let name = at + text[at..].find("PRIVATE KEY")?;
        let near = text.ceil_char_boundary(name.saturating_sub(MOST_HEADER));
        at = name + "PRIVATE KEY".len();
        let header = text[near.max(from)..name].rsplit("-BEGIN ").next();
        let begins =
            header.is_some_and(|it| it.len() < name - near.max(from) && !it.contains("END"));
        let body = text[at..].strip_prefix(" BLOCK").unwrap_or(&text[at..]);
        if !begins || !body.starts_with(['-', '\\']) {
            continue;
        }
        let end = body.find("END ").unwrap_or(body.len());
        let start = text.len() - body.len();
        at = start + end;
        if &body[..end] != HIDDEN {
            return Some((start, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, stays};

    const RANDOM: &str = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";

    #[test]
    fn tokens_are_not_shown() {
        check("a xoxb-12-ab. b", "a …. b");
        check(
            "https://files.example.com/a?t=xoxe-1-2&x=1",
            "https://files.example.com/a?t=…&x=1",
        );
        check("(XOXP-1-2)", "(…)");
        check(
            "bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw9 x",
            "bot… x",
        );
        stays("123456789:17 and 12345678:short-of-a-token");
        check("ghp_abc, not ghp", "…, not ghp");
        check("xoxe.xoxp-1-Mi0", "…");
        check("ghp\\_abc xoxb\\-1", "… …");
        check("AKIAABCDEFGHIJKLMNOP SLOVAKIA AKIA", "… SLOVAKIA AKIA");
        let web = format!("eyJ{}.eyJ{}.c2ln", "a".repeat(20), "b".repeat(20));
        check(&format!("it is {web}!"), "it is …!");
    }

    #[test]
    fn each_form_of_token_is_known() {
        for start in super::TOKEN_STARTS {
            check(&format!("x={start}abc."), "x=….");
        }
        for (start, _) in super::LONG_TOKEN_STARTS {
            check(&format!("is {start}{RANDOM}{RANDOM}, b"), "is …, b");
            check(&format!("t%3D{start}{RANDOM}{RANDOM}"), "t%3D…");
        }
        check(&format!("sk-proj-{RANDOM}"), "…");
        check(&format!("SG.{RANDOM}.{RANDOM}"), "…");
        check(&format!("sk\\-{RANDOM}"), "…");
    }

    #[test]
    fn the_secret_of_a_key_is_not_shown() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        check(&format!("AKIAABCDEFGHIJKLMNOP {secret}"), "… …");
        check(
            &format!("id ASIAABCDEFGHIJKLMNOP\nkey: {secret}."),
            "id …\nkey: ….",
        );
        stays(&format!("path/to {secret}"));
        check(
            "AKIAABCDEFGHIJKLMNOP in da39a3ee5e6b4b0d3255bfef95601890afd8070",
            "… in da39a3ee5e6b4b0d3255bfef95601890afd8070",
        );
    }

    #[test]
    fn what_is_sent_to_log_in_is_not_shown() {
        check("Bearer abcdefgh12345678xyz!", "Bearer …!");
        check(
            "curl -H 'bearer%20abcdefgh12345678'",
            "curl -H 'bearer%20…'",
        );
        check("Basic dXNlcjpwYXNzd29yZA== b", "Basic … b");
    }

    #[test]
    fn private_keys_are_not_shown() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nab+/=\n-----END RSA PRIVATE KEY-----";
        check(
            &format!("a {key} b {key}"),
            "a -----BEGIN RSA PRIVATE KEY…END RSA PRIVATE KEY----- b -----BEGIN RSA PRIVATE KEY…END RSA PRIVATE KEY-----",
        );
        check(&key[..40], "-----BEGIN RSA PRIVATE KEY…");
        check(
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nx",
            "-----BEGIN PGP PRIVATE KEY BLOCK…",
        );
        stays("a PRIVATE KEY begins with -----BEGIN and has an END");
    }

    #[test]
    fn ordinary_words_stay() {
        for text in [
            "sk-ip task-force risk-management-in-2024-and-what-follows",
            "the bearer of bad news, a bearer internationalization",
            "basic knowledge, basic JavaScript, Basic understanding",
            "SG.1, npm_config_registry, hf_hub, AIzawa, pypi-server",
            "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "eyJust a word. And another one that is a long one.",
        ] {
            stays(text);
        }
    }
}
