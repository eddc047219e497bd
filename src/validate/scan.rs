//! Scans JSON value by value, without a tree and without copying what needs no copy.
//!
//! What is wrong with a text is said in the words of Go's decoder, since those are what Stream's
//! tools answer with. What a value should be is left to the caller: a value of another kind is
//! skipped like any other.

use std::borrow::Cow;
use std::fmt;

/// Deepest nesting of a value. Source: Go's decoder, `exceeded max depth`, 2026-02.
const MAX_DEPTH: usize = 10_000;

/// A place in a JSON text.
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Whether a text held half a surrogate pair, for which U+FFFD was given.
    has_lone_surrogate: bool,
    /// Of each container around the value that is skipped: whether it is an object.
    containers: Vec<bool>,
}

/// That a text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, in bytes from the start of the text.
    pub at: usize,
    /// What is wrong.
    pub what: What,
}

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A character that cannot stand there, and what was expected.
    Character(u8, &'static str),
    /// The text ends too early.
    End,
    /// It is nested too deeply.
    Depth,
}

/// What a value is, by its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `{…}`
    Object,
    /// `[…]`
    List,
    /// `"…"`
    Text,
    /// A number
    Number,
    /// `true` or `false`
    Flag,
    /// `null`
    Null,
}

impl Form {
    /// The word that Go's decoder has for it.
    pub const fn name(self) -> &'static str {
        match self {
            Form::Object => "object",
            Form::List => "array",
            Form::Text => "string",
            Form::Number => "number",
            Form::Flag => "bool",
            Form::Null => "null",
        }
    }
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of a text.
    pub fn new(text: &'a str) -> Scanner<'a> {
        Scanner {
            text,
            at: 0,
            has_lone_surrogate: false,
            containers: Vec::new(),
        }
    }

    /// A scanner for a value that was skipped; it ends with the value.
    pub fn at_again(&self, value: std::ops::Range<usize>) -> Scanner<'a> {
        let mut again = Scanner::new(&self.text[..value.end]);
        again.at = value.start;
        again
    }

    /// Where it stands, in bytes from the start of the text.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether a text held half a surrogate pair.
    pub fn has_lone_surrogate(&self) -> bool {
        self.has_lone_surrogate
    }

    /// What the next value is; nothing is consumed but white space.
    pub fn form(&mut self) -> Result<Form, Fault> {
        Ok(match self.next_byte()? {
            b'{' => Form::Object,
            b'[' => Form::List,
            b'"' => Form::Text,
            b'-' | b'0'..=b'9' => Form::Number,
            b't' | b'f' => Form::Flag,
            b'n' => Form::Null,
            byte => return Err(self.unexpected(byte, "looking for beginning of value")),
        })
    }

    /// Enters an object or a list, whose [`form`](Scanner::form) has been asked for.
    pub fn enter(&mut self) {
        self.at += 1;
    }

    /// The next name of the object that was entered; `None` behind its end.
    pub fn next_key(&mut self, is_first: bool) -> Result<Option<Cow<'a, str>>, Fault> {
        let mut byte = self.next_byte()?;
        if byte == b'}' {
            self.at += 1;
            return Ok(None);
        }
        if !is_first {
            if byte != b',' {
                return Err(self.unexpected(byte, "after object key:value pair"));
            }
            self.at += 1;
            byte = self.next_byte()?;
        }
        if byte != b'"' {
            return Err(self.unexpected(byte, "looking for beginning of object key string"));
        }
        let key = self.string()?;
        self.colon()?;
        Ok(Some(key))
    }

    fn colon(&mut self) -> Result<(), Fault> {
        match self.next_byte()? {
            b':' => self.at += 1,
            byte => return Err(self.unexpected(byte, "after object key")),
        }
        Ok(())
    }

    /// Whether the list that was entered has another element; if not, it is left.
    pub fn next_element(&mut self, is_first: bool) -> Result<bool, Fault> {
        let byte = self.next_byte()?;
        match byte {
            b']' => self.at += 1,
            b',' if !is_first => self.at += 1,
            _ if is_first => {}
            _ => return Err(self.unexpected(byte, "after array element")),
        }
        Ok(byte != b']')
    }

    /// Reads a text, whose [`form`](Scanner::form) has been asked for.
    pub fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let start = self.at + 1;
        let has_escape = self.skip_string()?;
        let raw = &self.text[start..self.at - 1];
        match has_escape {
            true => Ok(Cow::Owned(unescaped(raw))),
            false => Ok(Cow::Borrowed(raw)),
        }
    }

    /// Skips a value and gives its text as it stands.
    pub fn skip(&mut self) -> Result<&'a str, Fault> {
        self.form()?;
        let start = self.at;
        debug_assert!(self.containers.is_empty());
        let skipped = self.skip_value();
        self.containers.clear();
        skipped?;
        Ok(&self.text[start..self.at])
    }

    /// That nothing but white space is left.
    pub fn end(&mut self) -> Result<(), Fault> {
        match self.next_byte() {
            Err(_) => Ok(()),
            Ok(byte) => Err(self.unexpected(byte, "after top-level value")),
        }
    }

    fn skip_value(&mut self) -> Result<(), Fault> {
        loop {
            let is_open = self.skip_start()?;
            if is_open {
                continue;
            }
            // Behind a value: out of all containers that end here.
            loop {
                let Some(&is_object) = self.containers.last() else {
                    return Ok(());
                };
                let byte = self.next_byte()?;
                match (byte, is_object) {
                    (b'}', true) | (b']', false) => {
                        self.at += 1;
                        self.containers.pop();
                    }
                    (b',', true) => {
                        self.at += 1;
                        self.skip_key()?;
                        break;
                    }
                    (b',', false) => {
                        self.at += 1;
                        break;
                    }
                    (_, true) => return Err(self.unexpected(byte, "after object key:value pair")),
                    (_, false) => return Err(self.unexpected(byte, "after array element")),
                }
            }
        }
    }

    /// Skips a plain value or an empty container, or enters a container up to its first value.
    /// Whether it entered one.
    fn skip_start(&mut self) -> Result<bool, Fault> {
        let form = self.form()?;
        match form {
            Form::Object | Form::List => {
                if self.containers.len() >= MAX_DEPTH {
                    return Err(self.fault(What::Depth));
                }
                self.at += 1;
                let end = if form == Form::Object { b'}' } else { b']' };
                if self.next_byte()? == end {
                    self.at += 1;
                    return Ok(false);
                }
                if form == Form::Object {
                    self.skip_key()?;
                }
                self.containers.push(form == Form::Object);
                return Ok(true);
            }
            Form::Text => {
                self.skip_string()?;
            }
            Form::Number => self.skip_number()?,
            Form::Flag | Form::Null => self.skip_word()?,
        }
        Ok(false)
    }

    fn skip_key(&mut self) -> Result<(), Fault> {
        match self.next_byte()? {
            b'"' => self.skip_string()?,
            byte => {
                return Err(self.unexpected(byte, "looking for beginning of object key string"));
            }
        };
        self.colon()
    }

    /// Skips a text; whether it has escapes.
    fn skip_string(&mut self) -> Result<bool, Fault> {
        let bytes = self.text.as_bytes();
        let mut has_escape = false;
        self.at += 1;
        loop {
            self.at = special(bytes, self.at);
            match bytes.get(self.at) {
                None => return Err(self.fault(What::End)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(has_escape);
                }
                Some(b'\\') => {
                    has_escape = true;
                    self.skip_escape()?;
                }
                Some(&byte) => return Err(self.unexpected(byte, "in string literal")),
            }
        }
    }

    fn skip_escape(&mut self) -> Result<(), Fault> {
        self.at += 1;
        match self.byte()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                self.at += 1;
                let unit = self.hex()?;
                match unit {
                    0xd800..=0xdbff => {
                        let rest = &self.text.as_bytes()[self.at..];
                        let is_pair = rest.starts_with(b"\\u") && is_low_surrogate(&rest[2..]);
                        self.has_lone_surrogate |= !is_pair;
                        if is_pair {
                            self.at += 6;
                        }
                    }
                    0xdc00..=0xdfff => self.has_lone_surrogate = true,
                    _ => {}
                }
            }
            byte => return Err(self.unexpected(byte, "in string escape code")),
        }
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = self.byte()?;
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Err(self.unexpected(byte, "in \\u hexadecimal character escape"));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn skip_number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.byte()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.skip_digits(),
            byte => return Err(self.unexpected(byte, "in numeric literal")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digit("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digit("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn digit(&mut self, place: &'static str) -> Result<(), Fault> {
        match self.byte()? {
            b'0'..=b'9' => {
                self.skip_digits();
                Ok(())
            }
            byte => Err(self.unexpected(byte, place)),
        }
    }

    fn skip_digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    fn skip_word(&mut self) -> Result<(), Fault> {
        let word: &[(u8, &str)] = match self.byte()? {
            b't' => &[
                (b'r', "in literal true (expecting 'r')"),
                (b'u', "in literal true (expecting 'u')"),
                (b'e', "in literal true (expecting 'e')"),
            ],
            b'f' => &[
                (b'a', "in literal false (expecting 'a')"),
                (b'l', "in literal false (expecting 'l')"),
                (b's', "in literal false (expecting 's')"),
                (b'e', "in literal false (expecting 'e')"),
            ],
            _ => &[
                (b'u', "in literal null (expecting 'u')"),
                (b'l', "in literal null (expecting 'l')"),
                (b'l', "in literal null (expecting 'l')"),
            ],
        };
        for (expected, place) in word {
            self.at += 1;
            let byte = self.byte()?;
            if byte != *expected {
                return Err(self.unexpected(byte, place));
            }
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn byte(&self) -> Result<u8, Fault> {
        self.peek().ok_or(self.fault(What::End))
    }

    /// The next byte that is no white space; it is not consumed.
    fn next_byte(&mut self) -> Result<u8, Fault> {
        loop {
            match self.byte()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    fn unexpected(&self, byte: u8, place: &'static str) -> Fault {
        self.fault(What::Character(byte, place))
    }

    fn fault(&self, what: What) -> Fault {
        Fault { at: self.at, what }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Go's decoder takes the byte for a character of Latin-1.
            What::Character(b'\'', place) => write!(f, "invalid character '\\'' {place}"),
            What::Character(b'"', place) => write!(f, "invalid character '\"' {place}"),
            What::Character(byte @ (0..=8 | 11 | 12 | 14..=31 | 127..=159), place) => {
                write!(f, "invalid character '\\x{byte:02x}' {place}")
            }
            What::Character(byte, place) => {
                write!(
                    f,
                    "invalid character '{}' {place}",
                    char::from(*byte).escape_debug()
                )
            }
            What::End => f.write_str("unexpected end of JSON input"),
            What::Depth => f.write_str("exceeded max depth"),
        }
    }
}

/// The first place from `at` on that holds a quote, a backslash or a control character; the end
/// if there is none.
pub fn special(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*eight);
        // The high bit of each byte that is zero, or smaller than a space; those above the first
        // such byte may be wrong, and are not looked at.
        let quote = word ^ (ONES * b'"' as u64);
        let slash = word ^ (ONES * b'\\' as u64);
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * b' ' as u64) & !word);
        let found = found & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..=0x1f);
    at + rest.iter().position(is_special).unwrap_or(rest.len())
}

fn is_low_surrogate(hex: &[u8]) -> bool {
    matches!(
        hex,
        [b'd' | b'D', b'c'..=b'f' | b'C'..=b'F', third, fourth, ..]
            if third.is_ascii_hexdigit() && fourth.is_ascii_hexdigit()
    )
}

/// A text whose escapes are known to be right, without them.
pub fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (c, len) = one_escape(&rest[at + 1..]);
        out.push(c);
        rest = &rest[at + 1 + len..];
    }
    out.push_str(rest);
    out
}

/// The character of an escape, and the length of the escape behind its backslash.
fn one_escape(escape: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits = escape.get(from..from + 4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    match escape.as_bytes().first() {
        Some(b'b') => ('\u{8}', 1),
        Some(b'f') => ('\u{c}', 1),
        Some(b'n') => ('\n', 1),
        Some(b'r') => ('\r', 1),
        Some(b't') => ('\t', 1),
        Some(b'u') => {
            let first = unit(1).unwrap_or_default();
            let is_high = (0xd800..0xdc00).contains(&first);
            let rest = &escape.as_bytes()[5.min(escape.len())..];
            if is_high && rest.starts_with(b"\\u") && is_low_surrogate(&rest[2..]) {
                let second = unit(7).unwrap_or_default();
                let code = 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
                return (char::from_u32(code).unwrap_or('\u{fffd}'), 11);
            }
            (char::from_u32(first).unwrap_or('\u{fffd}'), 5)
        }
        Some(&byte) => (char::from(byte), 1),
        None => ('\\', 0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(text: &str) -> Option<(usize, String)> {
        let mut scanner = Scanner::new(text);
        let scanned = scanner.skip().and_then(|_| scanner.end());
        scanned
            .err()
            .map(|fault| (fault.at, fault.what.to_string()))
    }

    fn check_fault(text: &str, at: usize, what: &str) {
        assert_eq!(fault(text), Some((at, what.to_owned())), "{text}");
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_go() {
        for (text, at, what) in [
            ("", 0, "unexpected end of JSON input"),
            (
                ",",
                0,
                "invalid character ',' looking for beginning of value",
            ),
            (
                "NaN",
                0,
                "invalid character 'N' looking for beginning of value",
            ),
            (
                "nan",
                1,
                "invalid character 'a' in literal null (expecting 'u')",
            ),
            (
                "{,",
                1,
                "invalid character ',' looking for beginning of object key string",
            ),
            (r#"{"a" 1}"#, 5, "invalid character '1' after object key"),
            (
                r#"{"a":1 "b":2}"#,
                7,
                "invalid character '\"' after object key:value pair",
            ),
            (
                r#"{"a":1,}"#,
                7,
                "invalid character '}' looking for beginning of object key string",
            ),
            ("[1 2]", 3, "invalid character '2' after array element"),
            (
                "[1,]",
                3,
                "invalid character ']' looking for beginning of value",
            ),
            ("1 2", 2, "invalid character '2' after top-level value"),
            ("\"a\nb\"", 2, "invalid character '\\n' in string literal"),
            (
                "\"\u{1}\"",
                1,
                "invalid character '\\x01' in string literal",
            ),
            (r#""\x""#, 2, "invalid character 'x' in string escape code"),
            (
                r#""\u12g4""#,
                5,
                "invalid character 'g' in \\u hexadecimal character escape",
            ),
            ("-x", 1, "invalid character 'x' in numeric literal"),
            (
                "1.x",
                2,
                "invalid character 'x' after decimal point in numeric literal",
            ),
            (
                "1ex",
                2,
                "invalid character 'x' in exponent of numeric literal",
            ),
            ("01", 1, "invalid character '1' after top-level value"),
            ("tru", 3, "unexpected end of JSON input"),
            (
                "{'a':1}",
                1,
                "invalid character '\\'' looking for beginning of object key string",
            ),
            (
                "\u{feff}1",
                0,
                "invalid character 'ï' looking for beginning of value",
            ),
        ] {
            check_fault(text, at, what);
        }
    }

    #[test]
    fn nesting_ends_at_ten_thousand() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(fault(&nested(10_000)), None);
        check_fault(&nested(10_001), 10_000, "exceeded max depth");
        check_fault(&"[".repeat(100_000), 10_000, "exceeded max depth");
    }

    fn text_of(json: &str) -> (String, bool) {
        let mut scanner = Scanner::new(json);
        let text = scanner.string().unwrap().into_owned();
        (text, scanner.has_lone_surrogate())
    }

    #[test]
    fn escapes_are_read() {
        assert_eq!(
            text_of(r#""a\"\\\/\b\f\n\r\té""#).0,
            "a\"\\/\u{8}\u{c}\n\r\té"
        );
        assert_eq!(text_of(r#""\ud83d\udc4dx""#), ("👍x".to_owned(), false));
        assert_eq!(text_of(r#""\ud83d-""#), ("\u{fffd}-".to_owned(), true));
        assert_eq!(text_of(r#""\ud83d\u0041""#), ("\u{fffd}A".to_owned(), true));
        assert_eq!(text_of(r#""\udc4d""#), ("\u{fffd}".to_owned(), true));
    }

    proptest! {
        #[test]
        fn texts_are_read_as_serde_reads_them(text in any::<String>(), pad in 0usize..9) {
            let json = " ".repeat(pad) + &serde_json::to_string(&text).unwrap();
            let mut scanner = Scanner::new(&json);
            prop_assert_eq!(scanner.form().unwrap(), Form::Text);
            prop_assert_eq!(scanner.string().unwrap(), text);
        }

        #[test]
        fn what_serde_takes_is_taken_and_nothing_else(text in r#"[\[\]{},:"\\a0-9.eE+\-truefalsn \x01u]{0,24}"#) {
            let theirs: Result<serde::de::IgnoredAny, _> = serde_json::from_str(&text);
            prop_assert_eq!(fault(&text).is_none(), theirs.is_ok(), "{}", text);
        }
    }
}
