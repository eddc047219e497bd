//! Writes JSON objects into a buffer, field by field, without a tree in between.

use std::borrow::Cow;

use migrate_model::Time;

/// An object that is being written. [`Object::end`] closes it.
pub struct Object<'b> {
    out: &'b mut Vec<u8>,
    is_empty: bool,
}

impl<'b> Object<'b> {
    /// Opens an object at the end of `out`.
    pub fn begin(out: &'b mut Vec<u8>) -> Self {
        out.push(b'{');
        Object {
            out,
            is_empty: true,
        }
    }

    /// Closes the object.
    pub fn end(self) {
        self.out.push(b'}');
    }

    /// Writes a name and gives the buffer for its value. Where this is inlined, the length of the
    /// name is known, and it is written in a few steps; that is asked for, since an entry has ten.
    #[inline(always)]
    pub fn key(&mut self, name: &str) -> &mut Vec<u8> {
        self.out.reserve(name.len() + 4);
        match std::mem::replace(&mut self.is_empty, false) {
            true => self.out.extend_from_slice(b"\""),
            false => self.out.extend_from_slice(b",\""),
        }
        // Names of the format need no escaping; for others there is `any_key`.
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// Writes a name that may be foreign and gives the buffer for its value.
    pub fn any_key(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        string(self.out, name);
        self.out.push(b':');
        self.out
    }

    /// A text, also an empty one.
    #[inline(always)]
    pub fn text(&mut self, name: &str, value: &str) {
        string(self.key(name), value);
    }

    /// A text, left away if empty.
    #[inline]
    pub fn text_if_any(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.text(name, value);
        }
    }

    /// A flag, left away if false: an absent flag means false everywhere in the format.
    #[inline]
    pub fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.key(name).extend_from_slice(b"true");
        }
    }

    /// A time, left away if there is none.
    #[inline]
    pub fn time(&mut self, name: &str, value: Option<Time>) {
        if let Some(value) = value {
            time(self.key(name), value);
        }
    }

    /// A whole number, left away if there is none.
    pub fn integer(&mut self, name: &str, value: Option<u64>) {
        if let Some(value) = value {
            number(self.key(name), &value);
        }
    }

    /// A number, left away if there is none or it is not finite.
    pub fn float(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            number(self.key(name), &value);
        }
    }

    /// A list of texts, left away if empty.
    pub fn texts<T: AsRef<str>>(&mut self, name: &str, values: &[T]) {
        if !values.is_empty() {
            list(self.key(name), values, |out, value| {
                string(out, value.as_ref());
            });
        }
    }

    /// Fields that are encoded already: `"name":value`, with commas between them.
    pub fn encoded(&mut self, fields: &[u8]) {
        if fields.is_empty() {
            return;
        }
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.extend_from_slice(fields);
    }
}

/// Writes a list.
pub fn list<T>(out: &mut Vec<u8>, values: &[T], mut each: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (n, value) in values.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        each(out, value);
    }
    out.push(b']');
}

/// Writes a text with its quotes.
pub fn string(out: &mut Vec<u8>, value: &str) {
    let mut rest = value.as_bytes();
    out.reserve(rest.len() + 2);
    out.push(b'"');
    loop {
        let (plain, behind) = rest.split_at(plain_bytes(rest));
        out.extend_from_slice(plain);
        let Some((byte, behind)) = behind.split_first() else {
            break;
        };
        escape(out, *byte);
        rest = behind;
    }
    out.push(b'"');
}

/// How many bytes at the start of a text are written as they stand.
fn plain_bytes(text: &[u8]) -> usize {
    // Blocks are gone through to their end, and are of a size that is known, which compilers turn
    // into a few steps; most have nothing to escape. The last may reach back over what was seen.
    const BLOCK: usize = 16;
    const HALF: usize = BLOCK / 2;
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let plain = blocks.iter().take_while(|it| is_plain(it)).count() * BLOCK;
    let ends = match (rest.first_chunk::<HALF>(), text.last_chunk::<HALF>()) {
        (Some(first), Some(last)) => is_plain(first) && is_plain(last),
        (None, Some(last)) => is_plain(last),
        _ => false,
    };
    if ends && plain + rest.len() == text.len() {
        return text.len();
    }
    let rest = text.get(plain..).unwrap_or_default();
    plain + rest.iter().position(is_escaped).unwrap_or(rest.len())
}

fn is_escaped(byte: &u8) -> bool {
    (*byte < b' ') | (*byte == b'"') | (*byte == b'\\')
}

fn is_plain<const N: usize>(block: &[u8; N]) -> bool {
    !block.iter().fold(false, |any, byte| any | is_escaped(byte))
}

/// Writes a quote, a backslash or a control character.
fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x8 => b'b',
        0xc => b'f',
        _ => {
            let digits = b"0123456789abcdef";
            let digit = |half: u8| digits[usize::from(half)];
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// How many bytes a character takes in a written text.
pub const fn written_bytes(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..'\u{20}' => 6,
        c => c.len_utf8(),
    }
}

/// How many bytes a written text takes within its quotes.
pub fn text_bytes(text: &str) -> usize {
    text.chars().map(written_bytes).sum()
}

/// Writes a time with its quotes, in RFC 3339 with six digits of a second.
pub fn time(out: &mut Vec<u8>, value: Time) {
    out.push(b'"');
    out.extend_from_slice(&rfc3339_bytes(value));
    out.push(b'"');
}

/// A time in RFC 3339 with six digits of a second.
pub fn rfc3339(value: Time) -> String {
    rfc3339_bytes(value).into_iter().map(char::from).collect()
}

/// Every entry has a time, and chrono's own ways to find its day and to write it take several times as
/// long.
fn rfc3339_bytes(value: Time) -> [u8; 27] {
    let (days, micros) = (
        value.micros().div_euclid(DAY_MICROS),
        value.micros().rem_euclid(DAY_MICROS),
    );
    let (year, month, day) = date(days);
    let (seconds, micros) = ((micros / 1_000_000) as u32, (micros % 1_000_000) as u32);
    let pairs = [
        (0, year / 100),
        (2, year % 100),
        (5, month),
        (8, day),
        (11, seconds / 3600),
        (14, seconds / 60 % 60),
        (17, seconds % 60),
        (20, micros / 10_000),
        (22, micros / 100 % 100),
        (24, micros % 100),
    ];
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    for (at, number) in pairs {
        text[at..at + 2].copy_from_slice(&PAIRS[number as usize % PAIRS.len()]);
    }
    text
}

/// The numbers below 100 in two digits.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < pairs.len() {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

const DAY_MICROS: i64 = 86_400_000_000;

/// The year, the month and the day, both from 1, that are so many days behind 1970-01-01, in the years
/// 1 to 9999 of the Gregorian calendar.
///
/// Years are taken to begin in March: a leap day is the last of its year then, and the months before
/// it follow one rule, five of them 153 days.
fn date(days: i64) -> (u32, u32, u32) {
    const DAYS_BEFORE_1970: i64 = 719_468;
    const FOUR_YEARS: u32 = 1461;
    const CENTURY: u32 = 36_524;
    const FOUR_CENTURIES: u32 = 146_097;
    // Counted from the first of March in the year 0, so nothing here is below zero.
    let days = (days + DAYS_BEFORE_1970) as u32;
    let in_centuries = days % FOUR_CENTURIES;
    let leap_days = in_centuries / (FOUR_YEARS - 1) + in_centuries / (FOUR_CENTURIES - 1);
    let year = (in_centuries + in_centuries / CENTURY - leap_days) / 365;
    let in_year = in_centuries - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month + 2) / 5 + 1;
    let year = days / FOUR_CENTURIES * 400 + year;
    match month {
        0..10 => (year, month + 3, day),
        _ => (year + 1, month - 9, day),
    }
}

/// A value without the white space between its tokens.
pub fn compact(value: &str) -> Cow<'_, str> {
    if !value.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut is_text = false;
    let mut rest = value;
    while let Some(at) = rest.find(['"', '\\', ' ', '\n', '\r', '\t']) {
        out.push_str(&rest[..at]);
        let len = match rest.as_bytes()[at] {
            b'"' => {
                is_text = !is_text;
                1
            }
            // What is escaped ends no text; it may be a character of several bytes.
            b'\\' => 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8),
            _ => 1,
        };
        if is_text || !rest.as_bytes()[at].is_ascii_whitespace() {
            out.push_str(&rest[at..at + len]);
        }
        rest = &rest[at + len..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Writes a number, or anything else that `serde_json` writes as one value.
pub fn number<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("writing a plain value to memory does not fail");
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, SecondsFormat, Utc};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn empty_fields_are_left_away() {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        object.text("id", "a\"\n");
        object.text_if_any("name", "");
        object.flag("frozen", false);
        object.time("created_at", Time::from_micros(1_700_000_000_000_100));
        object.texts::<&str>("teams", &[]);
        object.float("duration", Some(f64::NAN));
        object.encoded(br#""x":1"#);
        object.end();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"id":"a\"\n","created_at":"2023-11-14T22:13:20.000100Z","x":1}"#
        );
    }

    #[test]
    fn white_space_between_tokens_is_left_away_and_none_in_texts() {
        let value = "{ \"a b\" : [ 1,\n\t\"x \\\" y\" ] , \"c\\\\\" : \" \" }";
        assert_eq!(compact(value), r#"{"a b":[1,"x \" y"],"c\\":" "}"#);
        assert!(matches!(compact("[1]"), Cow::Borrowed(_)));
    }

    #[test]
    fn characters_are_as_long_as_they_are_written() {
        for c in ('\0'..='\u{100}').chain(['\u{2028}', '👍']) {
            let mut out = Vec::new();
            string(&mut out, &c.to_string());
            assert_eq!(written_bytes(c), out.len() - 2, "{c:?}");
        }
    }

    #[test]
    fn each_byte_of_a_text_is_looked_at() {
        for length in 0..50 {
            let mut text = vec![b'~'; length];
            assert_eq!(plain_bytes(&text), length);
            for at in (0..length).rev() {
                text[at] = b'"';
                assert_eq!(plain_bytes(&text), at, "of {length}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_text_is_written_as_serde_writes_it(text in "([a-z\u{e9}\u{1f600} ]{0,40}[\"\\\\\0-\u{1f}\u{7f}]?){0,3}") {
            let mut out = Vec::new();
            string(&mut out, &text);
            prop_assert_eq!(out, serde_json::to_vec(&text).unwrap());
        }

        #[test]
        fn a_time_is_written_as_chrono_writes_it(micros in Time::MIN.micros()..=Time::MAX.micros()) {
            let time = Time::from_micros(micros).unwrap();
            let expected = DateTime::<Utc>::from_timestamp_micros(micros).unwrap();
            let expected = expected.to_rfc3339_opts(SecondsFormat::Micros, true);
            prop_assert_eq!(rfc3339(time), expected);
        }
    }

    #[test]
    fn times_at_the_edges_have_four_digit_years() {
        assert_eq!(rfc3339(Time::MIN), "0001-01-01T00:00:00.000000Z");
        assert_eq!(rfc3339(Time::MAX), "9999-12-31T23:59:59.999999Z");
    }
}
