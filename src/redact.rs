//! What is shown to nobody: secrets, e-mail addresses, and in a page characters that hide what is
//! there.
//!
//! [`Clean`] is the only way of foreign text into a page, and [`Cleaner`] the only way to it; what is
//! said in reports, errors and on a terminal goes through [`discreet`]. What is looked for stands in
//! the files below. Escaping is left to those who show it.

mod addresses;
mod named;
mod reading;
mod tokens;

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use self::reading::{How, Reading};
use crate::text::is_unseen;
pub use named::is_secret_name;

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

    /// Whether an e-mail address is all that was there.
    pub fn was_address(&self) -> bool {
        self.0 == HIDDEN_ADDRESS
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that quotes a source, for reports, errors and terminals: without secrets, e-mail addresses
/// and telephone numbers. Of an id that was made of an address the hash stays, by which it is found.
pub fn discreet(text: &str) -> String {
    let cleaner = Cleaner {
        include_profile: false,
    };
    redacted(text, |it| cleaner.redact(it)).into_owned()
}

/// As [`discreet`], but no more than so many bytes of what comes out, with `…` behind them if that is
/// not all. Not all of what goes in is looked at.
pub fn discreet_start(text: &str, most: usize) -> String {
    let end = text.floor_char_boundary(most.saturating_add(MARGIN));
    let mut start = discreet(&text[..end]);
    if end < text.len() {
        leave_last_word(&mut start);
    }
    let is_all = end == text.len() && start.len() <= most;
    if !is_all {
        start.truncate(start.floor_char_boundary(most));
        start.push('…');
    }
    start
}

/// Makes foreign text fit to be shown in a page.
#[derive(Clone, Copy, Debug)]
pub struct Cleaner {
    /// Whether e-mail addresses and telephone numbers are shown.
    pub include_profile: bool,
}

/// What stands where a secret stood.
pub const HIDDEN: &str = "…";

/// What stands where an e-mail address stood.
const HIDDEN_ADDRESS: &str = "…@…";

/// The sign that says that the one before it is a picture.
const PICTURE_MARK: char = '\u{fe0f}';

/// How much more than is shown is cleaned of a long text, in bytes, so that no secret is cut in two.
const MARGIN: usize = 1_024;

impl Cleaner {
    /// A text without what is not shown, and with signs for characters that cannot be seen.
    pub fn text(self, text: &str) -> Clean {
        Clean(visible(&redacted(text, |it| self.redact(it))))
    }

    /// As [`Cleaner::text`], but no more than so many bytes of what comes out, and not all of what
    /// goes in is looked at. Says whether that is all.
    pub fn start(self, text: &str, most: usize) -> (Clean, bool) {
        let end = text.floor_char_boundary(most.saturating_add(MARGIN));
        let mut clean = match end < text.len() {
            true => self.cut(&text[..end]),
            false => self.text(text),
        };
        let is_all = end == text.len() && clean.0.len() <= most;
        clean.0.truncate(clean.0.floor_char_boundary(most));
        (clean, is_all)
    }

    /// As [`Cleaner::text`], of a text of which the end is missing: its last word may be half of a
    /// secret, and is left away.
    pub fn cut(self, text: &str) -> Clean {
        let Clean(mut clean) = self.text(text);
        leave_last_word(&mut clean);
        Clean(clean)
    }

    /// As [`Cleaner::start`], with `…` behind it if that is not all.
    pub fn beginning(self, text: &str, most: usize) -> Clean {
        let (mut clean, is_all) = self.start(text, most);
        if !is_all {
            clean.0.push('…');
        }
        clean
    }

    fn redact(self, reading: &mut Reading<'_>) {
        hide_credentials(reading);
        if !self.include_profile {
            reading.rewrite(addresses::next_made_id, HIDDEN);
            reading.rewrite(addresses::next_address, HIDDEN_ADDRESS);
            reading.rewrite(addresses::next_number, HIDDEN);
        }
    }
}

/// The text without what `redact` leaves away. What cannot be seen neither hides that from whoever
/// looks, nor stands for a letter, and what is written in other words is there as well: all readings
/// are looked at, each of what the one before it left.
fn redacted(text: &str, redact: impl Fn(&mut Reading<'_>)) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for how in How::ALL {
        let rewritten = Reading::of(&text, how).and_then(|mut reading| {
            redact(&mut reading);
            reading.rewritten()
        });
        text = rewritten.map_or(text, Cow::Owned);
    }
    text
}

fn hide_credentials(reading: &mut Reading<'_>) {
    CREDENTIALS
        .iter()
        .for_each(|next| reading.rewrite(*next, HIDDEN));
}

/// Leaves the last word away, or the end of a long one.
fn leave_last_word(text: &mut String) {
    let word = text.len() - text.trim_end_matches(|c: char| !c.is_whitespace()).len();
    text.truncate(text.floor_char_boundary(text.len() - word.min(MARGIN)));
}

/// What finds the next secret from a place on, in the order in which they are looked for: what is
/// part of another comes behind that.
const CREDENTIALS: [fn(&str, usize) -> Option<Span>; 8] = [
    tokens::next_private_key,
    tokens::next_key_secret,
    tokens::next_token,
    tokens::next_bot_token,
    named::next_parameter,
    tokens::next_credential,
    addresses::next_login,
    addresses::next_hook,
];

/// A piece of a text: where it begins and ends.
type Span = (usize, usize);

/// Where the next of some signs stands, and how many bytes it has. Letters of ASCII
/// may be large or small in the text.
fn next_sign(text: &str, from: usize, signs: &[&str]) -> Option<Span> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|n| {
        let is_here = |sign: &&&str| {
            let sign = sign.as_bytes();
            bytes[n].eq_ignore_ascii_case(&sign[0])
                && bytes.len() - n >= sign.len()
                && bytes[n..n + sign.len()].eq_ignore_ascii_case(sign)
        };
        let sign = signs.iter().find(is_here)?;
        Some((n, sign.len()))
    })
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
            // Says that what stands before it is a picture, or a key with a digit.
            PICTURE_MARK if is_picture(last.as_ref()) || rest.peek() == Some(&'\u{20e3}') => {
                out.push(c);
            }
            c if c.is_control() || is_unseen(c) || c == PICTURE_MARK => {
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

    /// Asserts what of a text is shown, and that nothing more of that is taken for a secret.
    pub fn check(text: &str, expected: &str) {
        assert_eq!(CLEANER.text(text).as_str(), expected, "{text}");
        assert_eq!(CLEANER.text(expected).as_str(), expected, "again");
    }

    /// Asserts that a text is shown as it is.
    pub fn stays(text: &str) {
        check(text, text);
    }

    #[test]
    fn what_is_said_has_no_secret_no_address_and_no_number() {
        for (text, expected) in [
            (
                "ann@example.com -> ann_example_com--0f3a",
                "…@… -> ann_example_com--0f3a",
            ),
            ("call +49 (170) 555-0199 now", "call … now"),
            ("tel:+15555550199", "tel:…"),
            ("xoxe-1-My0xLTExMTEx", "…"),
            ("a\u{200b}nn@example.com", "…@…"),
        ] {
            assert_eq!(discreet(text), expected, "{text}");
        }
        // Arithmetic, times and ids are none.
        for text in [
            "1+1",
            "C++",
            "2024-03-04T08:00:00+01:00",
            "U1-1709539201-000200",
            "+1",
            "a+4915550",
        ] {
            assert_eq!(discreet(text), text);
        }
    }

    #[test]
    fn a_page_shows_no_telephone_number() {
        check("call +49 (170) 555-0199 now", "call … now");
        check("%2B4915550199", "…");
        stays("1+1 at 2024-03-04T08:00:00+01:00, +1");
    }

    #[test]
    fn what_cannot_be_seen_hides_no_secret() {
        let check_at = |text: &str, expected: &str| {
            for c in "\u{200b}\u{ad}\u{202e}\u{2060}\u{7f}\u{34f}\u{fe00}\u{fe0f}\u{180e}\u{1d173}\u{e0100}".chars() {
                for at in 1..text.len() {
                    let (start, end) = text.split_at(at);
                    let shown = CLEANER.text(&format!("a{c}b {start}{c}{end} {c}{text} b{c}"));
                    let sign = visible(&c.to_string());
                    let around = format!("a{sign}b {expected} {sign}{expected} b{sign}");
                    assert_eq!(shown.as_str(), around, "{at}");
                }
            }
        };
        check_at("ann.lee@example.com", "…@…");
        check_at("xoxb-12-ab", "…");
        check_at("AKIAABCDEFGHIJKLMNOP", "…");
        // What is not seen is no letter in front of a token.
        check("b\u{200b}AKIAABCDEFGHIJKLMNOP", "b⟨U+200B⟩…");
    }

    #[test]
    fn what_cannot_be_seen_is_shown_as_a_sign() {
        check("a\0\x1b[31m\u{202e}b\u{7f}\r\nc", "a␀␛[31m⟨U+202E⟩b␡\nc");
        check("a\u{200b}\u{ad}\u{e0041}b", "a⟨U+200B⟩⟨U+00AD⟩⟨U+E0041⟩b");
        check("👩\u{200d}🔬 a\u{200d}b", "👩\u{200d}🔬 a⟨U+200D⟩b");
        check(
            "❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3} a\u{fe0f}b",
            "❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3} a⟨U+FE0F⟩b",
        );
    }

    #[test]
    fn what_is_written_in_other_words_is_found() {
        for text in [
            "ann\\.x\\@example\\.com",
            "ann&#064;example.com",
            "ann@example&#46;com",
            "ann@example&period;com",
            "ann@example%2Ecom",
            "ann@example\\u002ecom",
            "an**n@exam**ple.com",
        ] {
            check(text, "…@…");
            assert_eq!(discreet(text), "…@…", "{text}");
        }
        for text in [
            "xoxb&#45;12&#45;SECRET",
            "xo**xb-12-SECRET",
            "xo&#8203;xb-12-SECRET",
        ] {
            check(
                &format!("a&amp;b **c** {text} 100%25"),
                "a&amp;b **c** … 100%25",
            );
        }
        check("xo**xb-12-SECRET** d", "…** d");
        stays("a &lt; b, **2** * 3, `c` ~~d~~ \\_e\\_ %2E &#0; &#xfffffff; &; \\");
    }

    #[test]
    fn the_start_of_what_is_said_ends_with_no_half_secret() {
        let text = "a@b.example ".repeat(500);
        for most in 300..330 {
            let start = discreet_start(&text, most);
            assert!(start.ends_with('…') && start.len() <= most + 3, "{start}");
            assert!(!start.contains(|c: char| c.is_alphabetic()), "{start}");
        }
        assert_eq!(discreet_start("abc", 2), "ab…");
        assert_eq!(discreet_start("abc", 3), "abc");
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
            "token: a",
            "pwd is b",
            "sk-",
            "eyJ",
            "/AKIAABCDEFGHIJKLMNOP",
            "bearer ",
            "basic%20",
            "a--",
            "-BEGIN PRIVATE KEY-",
            "a\u{200b}@",
            "bearer+",
            "basic+",
            "token={",
            "token=(",
            "password:\n",
            "password is:",
            "hooks.",
            "hooks.a/",
            "&#45;",
            "&#",
            "*",
        ] {
            let text = piece.repeat(1_000_000 / piece.len());
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
