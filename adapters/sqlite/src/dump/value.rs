//! The values of an INSERT: literals, and the few functions that dumps write. No other expression
//! is ever computed, so none can be made to take long or to reach anything.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use crate::dump::lex::{Lexer, Token};

/// A value to be stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'s> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'s, [u8]>),
    Blob(Vec<u8>),
}

/// Why something is left out.
pub(crate) type Reason = Cow<'static, str>;

/// How deep values may be nested. Dumps nest two functions.
const DEEPEST: u32 = 20;

/// Reads values, and bounds the bytes that functions make by the bytes of the statement. So a
/// statement takes time in proportion to its length, whatever it says.
#[derive(Debug)]
pub(crate) struct Values<'s> {
    pub(crate) lexer: Lexer<'s>,
    /// How many bytes functions may still make.
    left: usize,
}

impl<'s> Values<'s> {
    /// For a statement of so many bytes.
    pub(crate) fn new(lexer: Lexer<'s>, statement_bytes: usize) -> Values<'s> {
        Values {
            lexer,
            left: statement_bytes.saturating_mul(8).saturating_add(1000),
        }
    }

    /// Reads a row with its brackets into `row`.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(crate) fn row(&mut self, row: &mut Vec<Value<'s>>) -> Result<(), Reason> {
        row.clear();
        self.expect(b'(')?;
        loop {
            row.push(self.value(0)?);
            match self.lexer.next_token() {
                Token::Symbol(b',') => {}
                Token::Symbol(b')') => return Ok(()),
                token => return Err(unexpected(token)),
            }
        }
    }

    /// A value, and what `||` joins to it.
    #[inline]
    fn value(&mut self, depth: u32) -> Result<Value<'s>, Reason> {
        let mut value = self.single(depth)?;
        while self.lexer.peek() == Token::Symbol(b'|') {
            self.lexer.next_token();
            self.expect(b'|')?;
            let more = self.single(depth)?;
            let (Some(first), Some(more)) = (as_text(&value), as_text(&more)) else {
                return Err("a value is joined with what is no text".into());
            };
            self.spend(first.len() + more.len())?;
            value = Value::Text(Cow::Owned([&*first, &*more].concat()));
        }
        Ok(value)
    }

    #[inline]
    fn single(&mut self, depth: u32) -> Result<Value<'s>, Reason> {
        match self.lexer.next_token() {
            Token::Text(raw) => Ok(Value::Text(unquoted(raw, b'\''))),
            Token::Number(digits) => number(digits, false),
            Token::Symbol(b'-') => self.signed(true),
            Token::Symbol(b'+') => self.signed(false),
            Token::Blob(digits) => blob(digits),
            // A name makes no sense here, so SQLite takes it for a text.
            Token::Name(raw, b'"') => Ok(Value::Text(unquoted(raw, b'"'))),
            Token::Symbol(b'(') => {
                let value = self.value(deeper(depth)?)?;
                self.expect(b')')?;
                Ok(value)
            }
            Token::Word(word) => self.word(word, deeper(depth)?),
            token => Err(unexpected(token)),
        }
    }

    fn signed(&mut self, is_negative: bool) -> Result<Value<'s>, Reason> {
        match self.lexer.next_token() {
            Token::Number(digits) => number(digits, is_negative),
            token if token.is("INF") => Ok(Value::Real(if is_negative {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            })),
            token => Err(unexpected(token)),
        }
    }

    fn word(&mut self, word: &[u8], depth: u32) -> Result<Value<'s>, Reason> {
        let word = word.to_ascii_lowercase();
        match word.as_slice() {
            b"null" => Ok(Value::Null),
            b"true" => Ok(Value::Integer(1)),
            b"false" => Ok(Value::Integer(0)),
            // So Python writes it, since SQLite's own `quote` did.
            b"inf" => Ok(Value::Real(f64::INFINITY)),
            b"replace" => self.replace(depth),
            b"unistr" => self.unistr(depth),
            b"char" => self.characters(depth),
            b"cast" => self.cast(depth),
            _ => {
                let word = word.get(..word.len().min(30)).unwrap_or_default();
                let word: String = word
                    .iter()
                    .map(|&byte| {
                        if byte.is_ascii_graphic() {
                            char::from(byte)
                        } else {
                            '?'
                        }
                    })
                    .collect();
                Err(format!("a value is computed by `{word}`, and only what dumps need is").into())
            }
        }
    }

    /// `replace(text, from, to)`, by which the shell writes line ends.
    fn replace(&mut self, depth: u32) -> Result<Value<'s>, Reason> {
        self.expect(b'(')?;
        let text = self.text(depth)?;
        self.expect(b',')?;
        let from = self.text(depth)?;
        self.expect(b',')?;
        let to = self.text(depth)?;
        self.expect(b')')?;
        if from.is_empty() {
            return Ok(Value::Text(text));
        }
        let mut made = Vec::with_capacity(text.len());
        let mut done = 0;
        for found in memmem::find_iter(&text, &*from) {
            self.spend((found - done).saturating_add(to.len()))?;
            made.extend_from_slice(text.get(done..found).unwrap_or_default());
            made.extend_from_slice(&to);
            done = found + from.len();
        }
        self.spend(text.len().saturating_sub(done))?;
        made.extend_from_slice(text.get(done..).unwrap_or_default());
        Ok(Value::Text(Cow::Owned(made)))
    }

    /// `unistr(text)`, by which newer shells write control characters.
    /// Source: SQLite, "Built-In Scalar SQL Functions", unistr, read 2026-11.
    fn unistr(&mut self, depth: u32) -> Result<Value<'s>, Reason> {
        self.expect(b'(')?;
        let text = self.text(depth)?;
        self.expect(b')')?;
        self.spend(text.len())?;
        let mut made = Vec::with_capacity(text.len());
        let mut rest = &*text;
        while let Some(found) = memchr(b'\\', rest) {
            made.extend_from_slice(rest.get(..found).unwrap_or_default());
            rest = rest.get(found + 1..).unwrap_or_default();
            let (skip, digits) = match rest.first() {
                Some(b'\\') => {
                    made.push(b'\\');
                    rest = rest.get(1..).unwrap_or_default();
                    continue;
                }
                Some(b'u') => (1, 4),
                Some(b'U') => (1, 8),
                Some(b'+') => (1, 6),
                _ => (0, 4),
            };
            let code = rest.get(skip..skip + digits).and_then(hexadecimal);
            let character = code.ok_or("`unistr` has an escape that is none")?;
            push_character(&mut made, character);
            rest = rest.get(skip + digits..).unwrap_or_default();
        }
        made.extend_from_slice(rest);
        Ok(Value::Text(Cow::Owned(made)))
    }

    /// `char(number, …)`.
    fn characters(&mut self, depth: u32) -> Result<Value<'s>, Reason> {
        self.expect(b'(')?;
        let mut made = Vec::new();
        loop {
            let Value::Integer(code) = self.value(depth)? else {
                return Err("`char` is given what is no number".into());
            };
            let code = u32::try_from(code)
                .ok()
                .filter(|&code| code <= 0x10_ffff)
                .unwrap_or(0xfffd);
            push_character(&mut made, code);
            self.spend(4)?;
            match self.lexer.next_token() {
                Token::Symbol(b',') => {}
                Token::Symbol(b')') => return Ok(Value::Text(Cow::Owned(made))),
                token => return Err(unexpected(token)),
            }
        }
    }

    /// `CAST(blob AS TEXT)`, by which texts with a zero are written.
    fn cast(&mut self, depth: u32) -> Result<Value<'s>, Reason> {
        self.expect(b'(')?;
        let value = self.value(depth)?;
        if !self.lexer.next_token().is("AS") {
            return Err("a `CAST` without `AS`".into());
        }
        let to = self.lexer.next_token();
        self.expect(b')')?;
        match value {
            Value::Text(text) if to.is("BLOB") => Ok(Value::Blob(text.into_owned())),
            Value::Blob(bytes) if to.is("TEXT") => Ok(Value::Text(Cow::Owned(bytes))),
            value @ Value::Text(_) if to.is("TEXT") => Ok(value),
            value @ Value::Blob(_) if to.is("BLOB") => Ok(value),
            value @ Value::Integer(_) if to.is("INTEGER") => Ok(value),
            _ => Err("a `CAST` other than between texts and blobs".into()),
        }
    }

    fn text(&mut self, depth: u32) -> Result<Cow<'s, [u8]>, Reason> {
        match self.value(depth)? {
            Value::Text(text) => Ok(text),
            _ => Err("a function of texts is given something else".into()),
        }
    }

    fn expect(&mut self, symbol: u8) -> Result<(), Reason> {
        match self.lexer.next_token() {
            Token::Symbol(found) if found == symbol => Ok(()),
            token => Err(unexpected(token)),
        }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Reason> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or("a value grows far beyond its statement")?;
        Ok(())
    }
}

fn deeper(depth: u32) -> Result<u32, Reason> {
    if depth < DEEPEST {
        Ok(depth + 1)
    } else {
        Err("a value is nested too deeply".into())
    }
}

/// What a token says where it makes no sense.
pub(crate) fn unexpected(token: Token<'_>) -> Reason {
    match token {
        Token::Open(what) => format!("{what} that never ends").into(),
        Token::End => "it ends too early".into(),
        Token::Symbol(symbol) if symbol.is_ascii_graphic() => {
            format!("`{}` where it makes no sense", char::from(symbol)).into()
        }
        _ => "it is not written as SQL".into(),
    }
}

/// The text that stands between quotes, with doubled quotes made single.
fn unquoted(raw: &[u8], quote: u8) -> Cow<'_, [u8]> {
    let Some(mut found) = memchr(quote, raw) else {
        return Cow::Borrowed(raw);
    };
    let mut made = Vec::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        // The first quote of a pair is kept, the second one passed over.
        made.extend_from_slice(rest.get(..=found).unwrap_or_default());
        rest = rest.get(found + 2..).unwrap_or_default();
        match memchr(quote, rest) {
            Some(next) => found = next,
            None => break,
        }
    }
    made.extend_from_slice(rest);
    Cow::Owned(made)
}

fn number(digits: &[u8], is_negative: bool) -> Result<Value<'static>, Reason> {
    let no_number = || Reason::from("a number that is none");
    if let Some(digits) = digits
        .strip_prefix(b"0x")
        .or_else(|| digits.strip_prefix(b"0X"))
    {
        let text = std::str::from_utf8(digits).map_err(|_| no_number())?;
        // Sixteen digits are the bits of the number, so they may make it negative.
        let bits = u64::from_str_radix(text, 16)
            .ok()
            .filter(|_| !text.starts_with('+'))
            .ok_or_else(no_number)?;
        let value = i64::from_ne_bytes(bits.to_ne_bytes());
        return Ok(Value::Integer(if is_negative {
            value.wrapping_neg()
        } else {
            value
        }));
    }
    if let Some(value) = whole(digits, is_negative) {
        return Ok(Value::Integer(value));
    }
    let is_plain = digits
        .iter()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let text = std::str::from_utf8(digits)
        .ok()
        .filter(|_| is_plain)
        .ok_or_else(no_number)?;
    let value: f64 = text.parse().map_err(|_| no_number())?;
    Ok(Value::Real(if is_negative { -value } else { value }))
}

/// A whole number that fits; the smallest one fits with its sign alone.
fn whole(digits: &[u8], is_negative: bool) -> Option<i64> {
    let mut value: i64 = 0;
    for digit in digits {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        let ten = value.checked_mul(10)?;
        value = if is_negative {
            ten.checked_sub(digit)?
        } else {
            ten.checked_add(digit)?
        };
    }
    Some(value)
}

fn blob(digits: &[u8]) -> Result<Value<'static>, Reason> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|pair| hexadecimal(pair).map(|byte| byte as u8))
        .collect();
    match bytes {
        Some(bytes) if rest.is_empty() => Ok(Value::Blob(bytes)),
        _ => Err("a blob whose digits are none".into()),
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |value, &digit| {
        Some((value << 4) | char::from(digit).to_digit(16)?)
    })
}

/// Appends a character as UTF-8; what is none becomes U+FFFD.
fn push_character(text: &mut Vec<u8>, code: u32) {
    let character = char::from_u32(code).unwrap_or('\u{fffd}');
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn as_text<'v>(value: &'v Value<'_>) -> Option<Cow<'v, [u8]>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Integer(number) => Some(Cow::Owned(number.to_string().into_bytes())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: Result<Value<'_>, &str>) {
        let sql = format!("({sql})");
        let mut row = Vec::new();
        let result = Values::new(Lexer::new(sql.as_bytes()), sql.len()).row(&mut row);
        let result = result.map(|()| row.pop().unwrap());
        assert_eq!(
            result.as_ref().map_err(|reason| &**reason),
            expected.as_ref().map_err(|reason| *reason),
            "{sql}"
        );
    }

    fn text(text: &str) -> Result<Value<'_>, &str> {
        Ok(Value::Text(Cow::Borrowed(text.as_bytes())))
    }

    #[test]
    fn literals_are_read_as_sqlite_reads_them() {
        check("NULL", Ok(Value::Null));
        check("-9223372036854775808", Ok(Value::Integer(i64::MIN)));
        check(
            "9223372036854775808",
            Ok(Value::Real(9_223_372_036_854_775_808.0)),
        );
        check("007", Ok(Value::Integer(7)));
        check("0xFFFFFFFFFFFFFFFF", Ok(Value::Integer(-1)));
        check("1e999", Ok(Value::Real(f64::INFINITY)));
        check("-9.0e+999", Ok(Value::Real(f64::NEG_INFINITY)));
        check("-Inf", Ok(Value::Real(f64::NEG_INFINITY)));
        check("inf", Ok(Value::Real(f64::INFINITY)));
        check(".5", Ok(Value::Real(0.5)));
        check("5.", Ok(Value::Real(5.0)));
        check("12ab", Err("a number that is none"));
        check("1_000", Err("a number that is none"));
        check("'it''s '''''", text("it's ''"));
        check("''", text(""));
        check("\"a\"\"b\"", text("a\"b"));
        check("X'00fF'", Ok(Value::Blob(vec![0, 255])));
        check("X'0'", Err("a blob whose digits are none"));
        check("'a", Err("a text that never ends"));
        check("1,", Err("`)` where it makes no sense"));
        check("--1\n-1", Ok(Value::Integer(-1)));
    }

    #[test]
    fn functions_that_dumps_write_are_computed() {
        check(
            "replace(replace('a\\nb\\r','\\r',char(13)),'\\n',char(10))",
            text("a\nb\r"),
        );
        check("replace('aaa','a','b''')", text("b'b'b'"));
        check("replace('a','','b')", text("a"));
        check(
            "unistr('a\\000ab\\u0041\\+01f600\\U0001F600\\\\')",
            text("a\nbA😀😀\\"),
        );
        check("unistr('\\zz')", Err("`unistr` has an escape that is none"));
        check("char(65,128512)", text("A😀"));
        check("cast(x'6100' as text)", text("a\0"));
        check("'a'||char(10)||('b'||1)", text("a\nb1"));
    }

    #[test]
    fn nothing_else_is() {
        check(
            "zeroblob(9)",
            Err("a value is computed by `zeroblob`, and only what dumps need is"),
        );
        check(
            "load_extension('x')",
            Err("a value is computed by `load_extension`, and only what dumps need is"),
        );
        check(
            "(select 1)",
            Err("a value is computed by `select`, and only what dumps need is"),
        );
        check(
            "current_timestamp",
            Err("a value is computed by `current_timestamp`, and only what dumps need is"),
        );
        check("1+1", Err("`+` where it makes no sense"));
        check(
            &format!("{}1", "(".repeat(1000)),
            Err("a value is nested too deeply"),
        );
        let growing = format!("replace('{}','a','{}')", "a".repeat(1000), "b".repeat(1000));
        check(&growing, Err("a value grows far beyond its statement"));
    }
}
