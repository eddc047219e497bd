//! JSON read in one go, where nothing needs to be mended.
//!
//! Half of the bytes of an export are indentation, and a reader that looks at each of them takes more
//! than a third of its steps there. This one takes indentation, and what is plain in a text, several
//! bytes at a time. It takes nothing that `serde_json` refuses, makes the same of what it takes,
//! and leaves numbers to it that are not small and whole. Where it fails it does not say why: the
//! file is read patiently then, by [`crate::json::mend`].

use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// How deep values may be nested, which is as deep as `serde_json` goes.
const DEEPEST: u8 = 127;

/// Reads a text that is one value.
///
/// # Errors
///
/// If it is anything else, or the value does not fit.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Misfit> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        decoded: String::new(),
    };
    let it = T::deserialize(&mut reader)?;
    match reader.token() {
        Ok(_) => Err(Misfit),
        Err(Misfit) => Ok(it),
    }
}

/// That something is no JSON, or does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misfit;

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no JSON that fits")
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Misfit
    }
}

struct Reader<'de> {
    text: &'de str,
    /// How far it is read.
    at: usize,
    /// How many lists and objects are open.
    depth: u8,
    /// The last text that had escapes.
    decoded: String,
}

impl<'de> Reader<'de> {
    fn rest(&self) -> &'de [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Result<u8, Misfit> {
        self.text.as_bytes().get(self.at).copied().ok_or(Misfit)
    }

    /// The first byte behind white space; it is not taken.
    #[inline]
    fn token(&mut self) -> Result<u8, Misfit> {
        match self.byte()? {
            ..=b' ' => self.token_behind_space(),
            byte => Ok(byte),
        }
    }

    /// The same where white space comes first. As Slack writes it that is one line's end and spaces.
    fn token_behind_space(&mut self) -> Result<u8, Misfit> {
        if self.byte()? == b'\n' {
            self.at += 1;
            self.at += indentation(self.rest());
            match self.byte()? {
                ..=b' ' => {}
                byte => return Ok(byte),
            }
        }
        self.token_behind_any_space()
    }

    #[inline(never)]
    fn token_behind_any_space(&mut self) -> Result<u8, Misfit> {
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
        self.at += self.rest().iter().take_while(is_space).count();
        self.byte()
    }

    /// Takes a byte that has to stand behind white space.
    #[inline]
    fn expect(&mut self, expected: u8) -> Result<(), Misfit> {
        if self.token()? != expected {
            return Err(Misfit);
        }
        self.at += 1;
        Ok(())
    }

    /// Takes the colon behind a name, and the space that Slack writes behind it.
    #[inline]
    fn colon(&mut self) -> Result<(), Misfit> {
        if self.rest().starts_with(b": ") {
            self.at += 2;
            return Ok(());
        }
        self.expect(b':')?;
        self.at += usize::from(self.byte()? == b' ');
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Misfit> {
        if !self.rest().starts_with(word) {
            return Err(Misfit);
        }
        self.at += word.len();
        Ok(())
    }

    /// Reads a text from its opening quote on, if it has no escapes, as most. `None`: nothing was taken,
    /// and [`Reader::decode`] may read it.
    fn plain(&mut self) -> Option<&'de str> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let end = start + plain_bytes(bytes.get(start..)?);
        if bytes.get(end) != Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// Reads a text from its opening quote on, and decodes it.
    // Inlined it would cost the plain ones registers.
    #[inline(never)]
    fn decode(&mut self) -> Result<&str, Misfit> {
        // Room for most texts at once.
        const USUAL: usize = 256;
        self.decoded.clear();
        self.decoded.reserve(USUAL);
        self.at += 1;
        loop {
            match self.byte()? {
                b'"' => {
                    self.at += 1;
                    return Ok(&self.decoded);
                }
                b'\\' => {
                    self.at += 1;
                    let decoded = self.escape()?;
                    self.decoded.push(decoded);
                }
                ..b' ' => return Err(Misfit),
                _ => {
                    let start = self.at;
                    self.at += plain_bytes(self.rest());
                    let plain = self.text.get(start..self.at).ok_or(Misfit)?;
                    self.decoded.push_str(plain);
                }
            }
        }
    }

    /// Goes over a text.
    fn skip_text(&mut self) -> Result<(), Misfit> {
        match self.plain() {
            Some(_) => Ok(()),
            None => self.decode().map(|_| ()),
        }
    }

    /// Reads what stands behind a backslash.
    fn escape(&mut self) -> Result<char, Misfit> {
        let byte = self.byte()?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.code_unit()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit).ok_or(Misfit);
                }
                self.word(b"\\u")?;
                let low = self.code_unit()?;
                if !(0xdc00..0xe000).contains(&low) {
                    return Err(Misfit);
                }
                let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                char::from_u32(code).ok_or(Misfit)?
            }
            _ => return Err(Misfit),
        })
    }

    /// Reads four digits of an escape.
    fn code_unit(&mut self) -> Result<u32, Misfit> {
        let (digits, _) = self.rest().split_first_chunk::<4>().ok_or(Misfit)?;
        self.at += digits.len();
        let mut values = digits.iter().map(|digit| char::from(*digit).to_digit(16));
        let unit = values.try_fold(0, |unit, value| Some(unit << 4 | value?));
        unit.ok_or(Misfit)
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Misfit> {
        let rest = self.rest();
        let is_part = |it: &u8| matches!(it, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let count = rest.iter().take_while(|it| is_part(it)).count();
        let start = self.at;
        self.at += count;
        let digits = self.text.get(start..self.at).ok_or(Misfit)?;
        // So many digits fit, whatever they are.
        let is_small = (1..19).contains(&count) && digits.bytes().all(|it| it.is_ascii_digit());
        if is_small && (count == 1 || !digits.starts_with('0')) {
            let number = digits.bytes();
            let number = number.fold(0, |number, it| number * 10 + u64::from(it - b'0'));
            return visitor.visit_u64(number);
        }
        let mut json = serde_json::Deserializer::from_str(digits);
        let read = json.deserialize_any(visitor).map_err(|_| Misfit)?;
        json.end().map_err(|_| Misfit)?;
        Ok(read)
    }

    /// Takes what opens a list or an object.
    fn open(&mut self) -> Result<(), Misfit> {
        self.at += 1;
        self.depth += 1;
        match self.depth <= DEEPEST {
            true => Ok(()),
            false => Err(Misfit),
        }
    }

    /// Takes what closes it.
    fn close(&mut self, byte: u8) -> Result<(), Misfit> {
        self.depth -= 1;
        self.expect(byte)
    }

    /// Whether another element or member comes before `close`. The comma before it is taken.
    fn has_next(&mut self, is_first: bool, close: u8) -> Result<bool, Misfit> {
        match self.token()? {
            byte if byte == close => Ok(false),
            b',' if !is_first => {
                self.at += 1;
                Ok(true)
            }
            _ if is_first => Ok(true),
            _ => Err(Misfit),
        }
    }

    /// Goes over a value.
    fn skip(&mut self) -> Result<(), Misfit> {
        match self.token()? {
            b'"' => self.skip_text(),
            b'{' => {
                self.open()?;
                let mut is_first = true;
                while self.has_next(is_first, b'}')? {
                    is_first = false;
                    match self.token()? {
                        b'"' => self.skip_text()?,
                        _ => return Err(Misfit),
                    }
                    self.colon()?;
                    self.skip()?;
                }
                self.close(b'}')
            }
            b'[' => {
                self.open()?;
                let mut is_first = true;
                while self.has_next(is_first, b']')? {
                    is_first = false;
                    self.skip()?;
                }
                self.close(b']')
            }
            b'n' => self.word(b"null"),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            _ => self.number(serde::de::IgnoredAny).map(drop),
        }
    }
}

impl<'de> Reader<'de> {
    fn object<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Misfit> {
        self.open()?;
        let read = visitor.visit_map(Members::of(self))?;
        self.close(b'}')?;
        Ok(read)
    }

    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Misfit> {
        self.open()?;
        let read = visitor.visit_seq(Members::of(self))?;
        self.close(b']')?;
        Ok(read)
    }

    /// Reads a value that is no text.
    #[inline(never)]
    fn other<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Misfit> {
        match self.byte()? {
            b'{' => self.object(visitor),
            b'[' => self.list(visitor),
            b'n' => {
                self.word(b"null")?;
                visitor.visit_unit()
            }
            b't' => {
                self.word(b"true")?;
                visitor.visit_bool(true)
            }
            b'f' => {
                self.word(b"false")?;
                visitor.visit_bool(false)
            }
            _ => self.number(visitor),
        }
    }
}

/// How many of the bytes at the start of a line are spaces. The last few of a file do not count:
/// they are taken byte by byte.
fn indentation(line: &[u8]) -> usize {
    const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
    let (words, _) = line.as_chunks::<8>();
    let mut spaces = 0;
    for word in words {
        let others = u64::from_le_bytes(*word) ^ SPACES;
        if others != 0 {
            return spaces + others.trailing_zeros() as usize / 8;
        }
        spaces += word.len();
    }
    spaces
}

/// How many bytes stand before the first quote, backslash or control character.
fn plain_bytes(text: &[u8]) -> usize {
    // Of each byte of a word the highest bit tells whether it is one of these. It may do so
    // wrongly, but only above one that is right, and the lowest is asked for.
    const ONES: u64 = u64::MAX / 255;
    const HIGHEST: u64 = ONES << 7;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let (words, rest) = text.as_chunks::<8>();
    let mut plain = 0;
    for bytes in words {
        let word = u64::from_le_bytes(*bytes);
        let special = below(word, b' ') | equal(word, b'"') | equal(word, b'\\');
        let special = special & HIGHEST;
        if special != 0 {
            return plain + special.trailing_zeros() as usize / 8;
        }
        plain += bytes.len();
    }
    plain + plain_bytes_of_few(rest)
}

/// The same for the last few bytes of a file.
#[cold]
fn plain_bytes_of_few(text: &[u8]) -> usize {
    let is_plain = |byte: &&u8| !matches!(byte, ..b' ' | b'"' | b'\\');
    text.iter().take_while(is_plain).count()
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Misfit;

    /// Most values are texts, so these are told from others before those are told apart.
    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.token()? != b'"' {
            return self.other(visitor);
        }
        match self.plain() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_str(self.decode()?),
        }
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.token()? {
            b'{' => self.object(visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.token()? {
            b'[' => self.list(visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.token()? {
            b'n' => {
                self.word(b"null")?;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    /// What has names is no list, though serde would take the elements of one as fields in their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.token()? {
            b'[' => Err(Misfit),
            _ => self.deserialize_map(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct enum identifier
    }
}

/// The elements of a list, or the members of an object.
struct Members<'r, 'de> {
    reader: &'r mut Reader<'de>,
    is_first: bool,
}

impl<'r, 'de> Members<'r, 'de> {
    fn of(reader: &'r mut Reader<'de>) -> Self {
        Members {
            reader,
            is_first: true,
        }
    }
}

impl<'de> SeqAccess<'de> for Members<'_, 'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        match self.reader.has_next(is_first, b']')? {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }

    /// Elements of the outermost list are large, so making room for them anew takes long; as
    /// messages they have some 1,600 bytes. What is within them is small.
    fn size_hint(&self) -> Option<usize> {
        let is_outermost = self.reader.depth == 1;
        is_outermost.then(|| self.reader.rest().len() / 1_024 + 1)
    }
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        if !self.reader.has_next(is_first, b'}')? {
            return Ok(None);
        }
        if self.reader.token()? != b'"' {
            return Err(Misfit);
        }
        let name = match self.reader.plain() {
            Some(name) => seed.deserialize(BorrowedStrDeserializer::new(name))?,
            None => seed.deserialize(StrDeserializer::new(self.reader.decode()?))?,
        };
        self.reader.colon()?;
        Ok(Some(name))
    }

    /// The colon before it is taken with the name: whoever takes a name takes its value.
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        seed.deserialize(&mut *self.reader)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Misfit, indentation, plain_bytes, read};
    use crate::testing::{Draw, cases};

    /// Pieces of JSON, whole and broken.
    const PIECES: &[&str] = &[
        "0",
        "7",
        "-0",
        "-1",
        "01",
        "1.5",
        "1e3",
        "1e999",
        "1e-",
        "-",
        ".5",
        "+1",
        "1700000000000",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "true",
        "false",
        "null",
        "nul",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        "[1,]",
        "{\"a\":1,}",
        "[,1]",
        r#""""#,
        r#""a""#,
        r#""a text that is longer than a chunk""#,
        r#""\n\"\\\/\b\f\r\t""#,
        r#""\u00f1\u65E5""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83d\u0041""#,
        r#""\u+123""#,
        r#""\x""#,
        r#""\u12""#,
        "\"\n\"",
        "\"\u{1f}\"",
        "\"\u{7f}\u{f1}\u{1f600}\"",
        "\"12345678\u{1}\"",
        "x",
        "\u{a0}",
        "\"",
        "\\",
        "}",
        "]",
        ",",
        ":",
    ];

    const SPACES: &[&str] = &[
        "",
        "",
        " ",
        "\n",
        "\n    ",
        "\n            ",
        "\r\n\t ",
        "\u{b}",
    ];

    fn value(draw: &mut Draw, depth: usize, out: &mut String) {
        out.push_str(draw.pick(SPACES));
        let (open, close) = match draw.below(4) {
            0 if depth > 0 => ('[', ']'),
            1 if depth > 0 => ('{', '}'),
            _ => return out.push_str(draw.pick(PIECES)),
        };
        out.push(open);
        for n in 0..draw.below(4) {
            out.push_str(if n > 0 { "," } else { "" });
            out.push_str(draw.pick(SPACES));
            if open == '{' {
                out.push_str(["\"a\"", "\"b\\n\"", "\"long enough name\"", "1"][draw.below(4)]);
                out.push_str(draw.pick(SPACES));
                out.push(':');
            }
            value(draw, depth - 1, out);
        }
        out.push_str(draw.pick(SPACES));
        out.push(close);
    }

    #[test]
    fn what_is_read_is_what_another_reader_reads() {
        let (mut both, mut neither) = (0, 0);
        for case in 0..cases(50_000) {
            let mut draw = Draw(case.into());
            let mut json = String::new();
            value(&mut draw, 3, &mut json);
            json.push_str(draw.pick(SPACES));
            let expected = serde_json::from_str::<Value>(&json).map_err(|_| Misfit);
            assert_eq!(read::<Value>(&json), expected, "{json:?}");
            let ignored = read::<serde::de::IgnoredAny>(&json).is_ok();
            assert!(ignored || expected.is_err(), "{json:?}");
            assert!(!ignored || serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok());
            *(if expected.is_ok() {
                &mut both
            } else {
                &mut neither
            }) += 1;
        }
        assert!(
            both > cases(50_000) / 10 && neither > cases(50_000) / 10,
            "{both} {neither}"
        );
    }

    #[test]
    fn nesting_is_as_deep_as_another_reader_goes() {
        for depth in 120..136 {
            let json = "[".repeat(depth) + &"]".repeat(depth);
            let expected = serde_json::from_str::<Value>(&json).map_err(|_| Misfit);
            assert_eq!(read::<Value>(&json), expected, "{depth}");
        }
    }

    #[test]
    fn each_byte_of_a_word_is_looked_at() {
        for length in 0..40 {
            for at in 0..length {
                for byte in 0..=255_u8 {
                    let mut text = vec![b'~'; length];
                    text[at] = byte;
                    let is_plain = !matches!(byte, ..b' ' | b'"' | b'\\');
                    assert_eq!(plain_bytes(&text), if is_plain { length } else { at });
                }
                let mut line = vec![b' '; length];
                line[at] = b'"';
                assert!(indentation(&line) <= at && indentation(&line) >= at.min(length / 8 * 8));
            }
        }
    }
}
