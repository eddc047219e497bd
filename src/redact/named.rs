//! Secrets that are known by the name in front of them: values of fields and parameters, and what
//! people write behind `password:`.

use migrate_model::wording::COUNTED_TOKENS;

use super::{HIDDEN, Span, next_sign};

/// Ends of the names of parameters and fields whose values are secrets, without separators; each in the
/// plural as well.
const SECRET_NAMES: &[&str] = &[
    "token",
    "tokenvalue",
    "secret",
    "signature",
    "apikey",
    "accesskey",
    "accountkey",
    "secretkey",
    "privatekey",
    "authkey",
    "encryptionkey",
    "sessionkey",
    "signingkey",
    "recoverykey",
    "credential",
    "cookie",
    "dbpass",
    "passcode",
    "sessionid",
    "authorization",
];

/// Ends of such names that in a sentence have a secret behind them too.
const PASSWORD_NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "kennwort",
    "pwd",
];

/// Such names that are too short to be the end of another.
const SHORT_SECRET_NAMES: &[&str] = &["sig", "hmac", "jwt", "pass", "pw", "otp"];

/// Names whose values are secrets only in the query of an address.
const QUERY_SECRET_NAMES: &[&str] = &["key", "auth", "session", "policy"];

/// How the sign between a parameter and its value is written.
const EQUALS: &[&str] = &["=", "%3d", "\\u003d", ":", " is ", " ist ", " is:", " ist:"];

/// What may stand between a name and the secret itself.
const SCHEMES: &[&str] = &["bearer", "basic", "token", "digest"];

/// How many bytes in a sentence are a secret at least, if they need not be a password.
const LEAST_IN_SENTENCE: usize = 6;

/// How much of a word is looked at to say whether it is a secret, in bytes.
const MOST_LOOKED_AT: usize = 256;

/// Whether the value of a field or parameter with this name is a secret.
pub fn is_secret_name(name: &str) -> bool {
    let last = name.rsplit(['-', '_', '.']).next().unwrap_or_default();
    is_password_name(name)
        || ends_as(name, SECRET_NAMES)
        || SHORT_SECRET_NAMES
            .iter()
            .any(|it| last.eq_ignore_ascii_case(it))
}

fn is_password_name(name: &str) -> bool {
    ends_as(name, PASSWORD_NAMES)
}

/// Whether a name ends as one of some, separators and the case of its letters apart.
fn ends_as(name: &str, ends: &[&str]) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    let mut words = name.split(['-', '_', '.']);
    let is_count = plain.ends_with("tokens")
        && words.any(|word| {
            COUNTED_TOKENS
                .iter()
                .any(|it| word.eq_ignore_ascii_case(it))
        });
    let single = plain.strip_suffix('s').unwrap_or(&plain);
    let is_so = |end: &&str| plain.ends_with(*end) || single.ends_with(*end);
    !is_count && ends.iter().any(is_so)
}

/// The next value of a parameter that is a secret: what follows `token=`, `token%3D`, `token = "`
/// or `"token": "`, `password: ` and `password is `.
pub fn next_parameter(text: &str, from: usize) -> Option<Span> {
    let mut at = from;
    loop {
        let (sign, sign_bytes) = next_sign(text, at, EQUALS)?;
        let head = text[at..sign].trim_end_matches([' ', '\t', '*', '~']);
        let bare = head.trim_end_matches(['"', '\'', '`', '\\']);
        let is_quoted = bare.len() < head.len();
        at = sign + sign_bytes;
        let link = match text[sign..].chars().next() {
            Some(':') if !is_quoted => Link::Colon,
            Some(' ') if text[..at].ends_with(':') => Link::Colon,
            Some(' ') => Link::Is,
            Some(':') => Link::Field,
            _ if is_in_query(bare) => Link::Query,
            _ => Link::Equals,
        };
        if !is_secret(bare, link) {
            continue;
        }
        let (start, end) = value(text, at, link);
        let value = &text[start..end];
        if value.is_empty() || value == HIDDEN || !link.leads_to(value, bare) {
            continue;
        }
        return match value.len() {
            MOST_LOOKED_AT.. if link.is_in_sentence() => {
                Some((start, end + word_bytes(&text[end..])))
            }
            _ => Some((start, end)),
        };
    }
}

/// What stands between a name and a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    /// A sign that says that this is a value.
    Equals,
    /// The same in the query of an address.
    Query,
    /// A colon behind quotes, as JSON has it.
    Field,
    /// A colon, which stands in sentences too.
    Colon,
    /// A verb.
    Is,
}

impl Link {
    /// Whether people write so.
    fn is_in_sentence(self) -> bool {
        matches!(self, Link::Colon | Link::Is)
    }

    /// Whether a value behind the name at the end of a text is a secret and no part of a sentence.
    fn leads_to(self, value: &str, named: &str) -> bool {
        let has = |is: fn(&u8) -> bool| value.as_bytes().iter().any(is);
        let is_code = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
        match self {
            Link::Equals | Link::Query | Link::Field => true,
            Link::Colon if is_password_name(named) => true,
            Link::Colon | Link::Is => is_code && value.len() >= LEAST_IN_SENTENCE,
        }
    }
}

/// Where the name at the end of a text begins.
fn name_start(text: &str) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.\\".contains(c);
    text.trim_end_matches(is_name).len()
}

/// Whether the name at the end of a text is one of a query.
fn is_in_query(text: &str) -> bool {
    let (before, name) = text.split_at(name_start(text));
    let has_code = |code: &str| {
        let start = name.get(..code.len());
        before.ends_with('%') && start.is_some_and(|it| it.eq_ignore_ascii_case(code))
    };
    before.ends_with(['?', '&']) || before.ends_with("&amp;") || has_code("3f") || has_code("26")
}

/// Whether the name at the end of a text is one whose values are secrets.
fn is_secret(text: &str, link: Link) -> bool {
    let start = name_start(text);
    let before = &text[..start];
    // An `api key` is one, though a key is none.
    let two = before.strip_suffix(' ').map_or(start, name_start);
    let in_query = before.ends_with(['?', '&'])
        && QUERY_SECRET_NAMES.contains(&text[start..].to_ascii_lowercase().as_str());
    match link {
        Link::Is => is_password_name(&text[start..]),
        _ => in_query || is_secret_name(&text[start..]) || ends_as(&text[two..], SECRET_NAMES),
    }
}

/// Where a value stands that begins at a place, without what stands around it.
fn value(text: &str, from: usize, link: Link) -> Span {
    // Behind a colon a value may stand on the next line.
    let may_break = link.is_in_sentence() || link == Link::Field;
    let is_blank = |c: char| c.is_whitespace() && (may_break || !"\r\n".contains(c));
    let rest = text[from..].trim_start_matches(|c| is_blank(c) || "=>:*~".contains(c));
    let is_scheme = |it: &&&str| {
        let word = rest.get(..it.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(it)) && rest[it.len()..].starts_with(' ')
    };
    let scheme = SCHEMES.iter().find(is_scheme);
    let rest = scheme.map_or(rest, |it| rest[it.len()..].trim_start());
    let quoted = rest.trim_start_matches('\\');
    let start = text.len() - quoted.len();
    match quoted.chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => {
            let start = start + 1;
            let is_escaped = quoted.len() < rest.len();
            (start, start + closing(&text[start..], quote, is_escaped))
        }
        Some(open @ ('(' | '<' | '[' | '{')) if !link.is_in_sentence() => {
            (start + 1, start + 1 + bracketed(&quoted[1..], open))
        }
        _ if !link.is_in_sentence() => (start, start + value_bytes(quoted, link)),
        _ => {
            let near = &quoted[..quoted.ceil_char_boundary(MOST_LOOKED_AT)];
            let word = &near[..word_bytes(near)];
            let is_behind = |c: char| ".,;!)*~\"'`".contains(c);
            (start, start + word.trim_end_matches(is_behind).len())
        }
    }
}

/// How long the word at the start of a text is.
fn word_bytes(text: &str) -> usize {
    let is_end = |c: char| c.is_whitespace() || c.is_control();
    text.find(is_end).unwrap_or(text.len())
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

/// How much stands in front of the bracket that closes a value. One that is not closed goes to the
/// end, or if people write it so, to that of its line.
fn bracketed(text: &str, open: char) -> usize {
    let is_record = "[{".contains(open);
    let close = match open {
        '(' => ')',
        '<' => '>',
        '[' => ']',
        _ => '}',
    };
    let (mut depth, mut is_text, mut is_escaped) = (0, false, false);
    // JSON within a text has a backslash before each quote.
    let mut with_escape = None;
    for (n, c) in text.char_indices() {
        match c {
            '\n' if !is_record => return n,
            '"' if is_record && *with_escape.get_or_insert(is_escaped) == is_escaped => {
                is_text = !is_text;
            }
            c if c == open && !is_text => depth += 1,
            c if c == close && !is_text && depth == 0 => return n,
            c if c == close && !is_text => depth -= 1,
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text.len()
}

/// How long the value of a parameter is.
fn value_bytes(text: &str, link: Link) -> usize {
    let ends = if link == Link::Query { "&;#" } else { "" };
    let is_end = |c: char| {
        c.is_whitespace() || c.is_control() || "\"'<>()`\\|".contains(c) || ends.contains(c)
    };
    let end = text.find(is_end).unwrap_or(text.len());
    let codes: &[&str] = if link == Link::Query { &["%26"] } else { &[] };
    next_sign(&text[..end], 0, codes).map_or(end, |(n, _)| n)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, stays};

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
        stays("design=blue key=c");
        check("TOKEN=\"x y\" z", "TOKEN=\"…\" z");
        check("password='a;b'\nc", "password='…'\nc");
        check("token = x y", "token = … y");
        check("token=\"xoxb-1 a\"", "token=\"…\"");
        check(
            "{\"token\": \"a \\\" b\", \"x\": 1}",
            "{\"token\": \"…\", \"x\": 1}",
        );
        check("{\\\"token\\\":\\\"a\\\"}", "{\\\"token\\\":\\\"…\\\"}");
        check("AccountKey=a+/b==;x y", "AccountKey=… y");
        check("DB_PASSWORD=ab#cd;ef&gh i", "DB_PASSWORD=… i");
        check("token=<a b> token=(c) d", "token=<…> token=(…) d");
        check("token=\u{3000}a b", "token=\u{3000}… b");
        check(
            "{\"password\": [\"a\", \"]\"], \"b\": 1}",
            "{\"password\": […], \"b\": 1}",
        );
        check(
            "{\"password\":\n {\"value\":{\"a\":1}}, \"b\": 1}",
            "{\"password\":\n {…}, \"b\": 1}",
        );
        check("{\"password\": [\"a\", ", "{\"password\": […");
        check(
            "{\\\"password\\\": [\\\"a]b\\\"], c}",
            "{\\\"password\\\": […], c}",
        );
    }

    #[test]
    fn names_of_secrets_are_known_in_many_forms() {
        for name in [
            "credentials",
            "secrets",
            "tokens",
            "passwords",
            "api_keys",
            "access_tokens",
            "account_tokens",
            "cookie",
            "db_pass",
            "auth_key",
            "encryption_key",
            "token_value",
            "dbPass",
            "sessionCookies",
        ] {
            assert!(super::is_secret_name(name), "{name}");
            check(&format!("{name}=a"), &format!("{name}=…"));
        }
        for name in [
            "total_tokens",
            "max_tokens",
            "access",
            "compass",
            "key",
            "keys",
            "passes",
        ] {
            assert!(!super::is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn passwords_in_sentences_are_not_shown() {
        check("Password: hunter2.", "Password: ….");
        check("**Password:** hunter(2", "**Password:** …");
        check("*password*: hunter2, ok", "*password*: …, ok");
        check("das Passwort: geheim; pwd=x", "das Passwort: …; pwd=…");
        check("Password:\nhunter b", "Password:\n… b");
        check("Password:\u{3000}hunter b", "Password:\u{3000}… b");
        check("password is: hunter b", "password is: … b");
        check("login a / pwd: \"b c\"", "login a / pwd: \"…\"");
        check("the password is hunter2!!", "the password is …!!");
        check("das Kennwort ist Sommer2026", "das Kennwort ist …");
        check("API key: a1b2c3d4e5", "API key: …");
        check("the token: a1b2c3d4e5, b", "the token: …, b");
        check("Authorization: Basic YTpiYzpk1", "Authorization: Basic …");
        check(
            "-H \"Authorization: Bearer a1b2c3d4\"",
            "-H \"Authorization: Bearer …\"",
        );
    }

    #[test]
    fn ordinary_sentences_stay() {
        for text in [
            "the token: a b",
            "a password reset: see https://example.com",
            "password reset",
            "the password is wrong",
            "the password is 2 weeks old",
            "a secret: nobody knows",
            "the key: a1b2c3d4e5",
            "it is a token of 100 years",
        ] {
            stays(text);
        }
    }
}
