//! In which encoding a file is, and its text.

use encoding_rs::{DecoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How the bytes of a file become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coding {
    pub(crate) encoding: &'static Encoding,
    /// The length of the byte order mark with which the file begins.
    pub(crate) mark_bytes: usize,
    /// The character that ends lines: a line feed, or a carriage return where there are only such.
    pub(crate) newline: u8,
}

/// Bytes that are no text in the encoding of their file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadBytes {
    /// Where they begin.
    pub(crate) at: usize,
}

/// The encoding of that name.
///
/// # Errors
/// If it has none that is known; the text says which are.
pub(crate) fn by_name(name: &str) -> Result<&'static Encoding, String> {
    // Old encodings that nobody may decode have one that knows no text.
    let known = Encoding::for_label(name.as_bytes()).filter(|it| *it != REPLACEMENT);
    known.ok_or_else(|| {
        format!(
            "there is no encoding `{name}`; known are `utf-8`, `utf-16le`, `windows-1252`, \
             `iso-8859-15`, `shift_jis`, `gb18030` and the others of the web"
        )
    })
}

impl Coding {
    /// Finds out how a file is encoded from its first bytes: a byte order mark decides, then what
    /// was told, then the zero bytes of UTF-16.
    ///
    /// # Errors
    /// What the file is that is no text, and what to do about it.
    pub(crate) fn find(
        start: &[u8],
        told: Option<&'static Encoding>,
    ) -> Result<Coding, &'static str> {
        if is_utf_32(start) {
            return Err("the file is UTF-32, which is not read; save it as UTF-8");
        }
        let (encoding, mark_bytes) = match (Encoding::for_bom(start), told) {
            (Some(found), _) => found,
            (None, Some(told)) => (told, 0),
            (None, None) => (zeros(start).unwrap_or(UTF_8), 0),
        };
        let mut coding = Coding {
            encoding,
            mark_bytes,
            newline: b'\n',
        };
        if coding.line_end(start).is_none() && memchr::memchr(b'\r', start).is_some() {
            coding.newline = b'\r';
        }
        Ok(coding)
    }

    /// How many bytes the character has that ends a line.
    pub(crate) fn newline_bytes(&self) -> usize {
        match self.is_wide() {
            true => 2,
            false => 1,
        }
    }

    /// Where the first line of `bytes` ends, behind its end; they stand at an even place of their
    /// file.
    pub(crate) fn line_end(&self, bytes: &[u8]) -> Option<usize> {
        if !self.is_wide() {
            return memchr::memchr(self.newline, bytes).map(|at| at + 1);
        }
        // The byte of a line's end is a part of many another character.
        let mut places = memchr::memchr_iter(self.newline, bytes);
        places.find_map(|at| self.is_wide_end(bytes, at).then_some((at & !1) + 2))
    }

    /// How many lines end in `bytes`, which stand at an even place of their file.
    pub(crate) fn lines_in(&self, bytes: &[u8]) -> u64 {
        let places = memchr::memchr_iter(self.newline, bytes);
        match self.is_wide() {
            true => places.filter(|at| self.is_wide_end(bytes, *at)).count() as u64,
            false => places.count() as u64,
        }
    }

    fn is_wide(&self) -> bool {
        self.encoding == UTF_16LE || self.encoding == UTF_16BE
    }

    fn is_wide_end(&self, bytes: &[u8], at: usize) -> bool {
        let unit = bytes.get(at & !1..(at & !1) + 2);
        match self.encoding == UTF_16LE {
            true => unit == Some(&[self.newline, 0]),
            false => unit == Some(&[0, self.newline]),
        }
    }

    /// Appends the text of whole lines to `out`.
    ///
    /// # Errors
    /// The first bytes that are no text.
    pub(crate) fn decode(&self, bytes: &[u8], out: &mut String) -> Result<(), BadBytes> {
        if self.encoding == UTF_8 {
            let text = std::str::from_utf8(bytes).map_err(|error| BadBytes {
                at: error.valid_up_to(),
            })?;
            out.push_str(text);
            return Ok(());
        }
        let before = out.len();
        self.decode_any(bytes, out)?;
        match self.is_of_windows() {
            true => undefined(out.get(before..).unwrap_or_default()),
            false => Ok(()),
        }
    }

    /// Whether a character has one byte, and each undefined one is read as a control character that
    /// no text has.
    fn is_of_windows(&self) -> bool {
        self.encoding.is_single_byte() && self.encoding.name().starts_with("windows-")
    }

    fn decode_any(&self, bytes: &[u8], out: &mut String) -> Result<(), BadBytes> {
        let mut decoder = self.encoding.new_decoder_without_bom_handling();
        let most = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
        out.reserve(most.unwrap_or(bytes.len()));
        let mut read = 0;
        loop {
            let rest = bytes.get(read..).unwrap_or_default();
            let (result, taken) = decoder.decode_to_string_without_replacement(rest, out, true);
            read += taken;
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => out.reserve(bytes.len()),
                DecoderResult::Malformed(length, behind) => {
                    let before = usize::from(length) + usize::from(behind);
                    return Err(BadBytes {
                        at: read.saturating_sub(before),
                    });
                }
            }
        }
    }

    /// What bytes are that are no text, and what to do about it.
    pub(crate) fn describe(&self, bytes: &[u8], bad: BadBytes) -> String {
        let before = bytes.get(..bad.at).unwrap_or_default();
        let bad = bytes.get(bad.at..).unwrap_or_default();
        let Some(first) = bad.first() else {
            return format!(
                "the text ends within a character of {}",
                self.encoding.name()
            );
        };
        let name = self.encoding.name();
        if self.encoding != UTF_8 {
            return format!(
                "0x{first:02X} is no text in {name}; name the right encoding with `--encoding`"
            );
        }
        // No text of another encoding is UTF-8 by chance.
        if !before.is_ascii() {
            return format!(
                "0x{first:02X} is not UTF-8, though other letters of the file are: the line is damaged, \
                 so mend it in the file"
            );
        }
        let shown = WINDOWS_1252.decode_without_bom_handling(bad.get(..1).unwrap_or_default());
        format!(
            "0x{first:02X} is not UTF-8; if it should be `{}`, give `--encoding windows-1252`, or \
             the encoding in which the file was saved",
            shown.0
        )
    }
}

/// The first byte that an encoding of one byte a character does not define, in its text.
fn undefined(text: &str) -> Result<(), BadBytes> {
    let mut leads = memchr::memchr_iter(0xc2, text.as_bytes());
    let is_control = |at: &usize| matches!(text.as_bytes().get(at + 1), Some(0x80..=0x9f));
    match leads.find(is_control) {
        Some(at) => Err(BadBytes {
            at: text.get(..at).map_or(0, |before| before.chars().count()),
        }),
        None => Ok(()),
    }
}

/// Whether a text is UTF-32: by its byte order mark, or by three bytes of four being zero.
fn is_utf_32(start: &[u8]) -> bool {
    if let [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] = start {
        return true;
    }
    let units = start.chunks_exact(4);
    let count = units.len();
    let mut plain = [0_usize; 2];
    for unit in units {
        match unit {
            [_, 0, 0, 0] => plain[0] += 1,
            [0, 0, 0, _] => plain[1] += 1,
            _ => {}
        }
    }
    count > 2 && plain.iter().any(|plain| plain * 5 > count * 4)
}

/// UTF-16 without a byte order mark, as the zero bytes of its plainest characters show.
fn zeros(start: &[u8]) -> Option<&'static Encoding> {
    let mut zeros = [0_usize; 2];
    for at in memchr::memchr_iter(0, start) {
        if let Some(count) = zeros.get_mut(at % 2) {
            *count += 1;
        }
    }
    // Delimiters, spaces and line ends have one, whatever the script.
    let are_many = |count: usize| count > 2 && count * 20 > start.len();
    match zeros {
        [even, odd] if are_many(odd) && odd > even * 10 => Some(UTF_16LE),
        [even, odd] if are_many(even) && even > odd * 10 => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, of: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(of).collect()
    }

    #[test]
    fn a_mark_decides_then_what_was_told_then_zero_bytes() {
        let find = |start: &[u8], told| {
            let coding = Coding::find(start, told).unwrap();
            (coding.encoding, coding.mark_bytes)
        };
        assert_eq!(find(b"\xef\xbb\xbfid", Some(WINDOWS_1252)), (UTF_8, 3));
        assert_eq!(find(b"\xff\xfei\0", None), (UTF_16LE, 2));
        assert_eq!(find(b"\xfe\xff\0i", None), (UTF_16BE, 2));
        assert_eq!(find(b"id,text\n", Some(WINDOWS_1252)), (WINDOWS_1252, 0));
        assert_eq!(
            find(&wide("id,text\n1,ы", u16::to_le_bytes), None),
            (UTF_16LE, 0)
        );
        assert_eq!(
            find(&wide("id,text\n1,ы", u16::to_be_bytes), None),
            (UTF_16BE, 0)
        );
        assert_eq!(find(b"id,text\n\0", None), (UTF_8, 0));
        assert!(Coding::find(b"\xff\xfe\0\0i\0\0\0", None).is_err());
        assert!(Coding::find(b"\0\0\xfe\xff\0\0\0i", None).is_err());
        let four = |of: fn(u32) -> [u8; 4]| -> Vec<u8> {
            "id,text\n".chars().flat_map(|c| of(u32::from(c))).collect()
        };
        assert!(Coding::find(&four(u32::to_le_bytes), None).is_err());
        assert!(Coding::find(&four(u32::to_be_bytes), None).is_err());
    }

    #[test]
    fn an_encoding_that_knows_no_text_is_none() {
        assert!(by_name("iso-2022-kr").is_err());
        assert_eq!(by_name("latin1"), Ok(WINDOWS_1252));
    }

    #[test]
    fn lines_of_wide_characters_end_at_whole_characters() {
        // U+0A0D and U+0D0A hold the bytes of line ends.
        let text = "\u{0a0d}\u{0d0a}\u{000a}x\n";
        for of in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes = wide(text, of);
            let told = match of(1) {
                [1, 0] => UTF_16LE,
                _ => UTF_16BE,
            };
            let coding = Coding::find(&bytes, Some(told)).unwrap();
            assert_eq!(coding.line_end(&bytes), Some(6));
            assert_eq!(coding.lines_in(&bytes), 2);
            let mut out = String::new();
            coding.decode(&bytes, &mut out).unwrap();
            assert_eq!(out, text);
        }
    }

    #[test]
    fn bad_bytes_have_a_place() {
        let coding = Coding::find(b"", None).unwrap();
        let bytes = b"ab\ncaf\xe9\n";
        let bad = coding.decode(bytes, &mut String::new()).unwrap_err();
        assert_eq!(bad.at, 6);
        assert!(coding.describe(bytes, bad).contains("`é`"));
        let mixed = "é\n".bytes().chain(*b"caf\xe9\n").collect::<Vec<u8>>();
        let bad = coding.decode(&mixed, &mut String::new()).unwrap_err();
        assert!(coding.describe(&mixed, bad).contains("the line is damaged"));
        let coding = Coding::find(b"", Some(encoding_rs::SHIFT_JIS)).unwrap();
        let bad = coding.decode(b"ab\x81\n", &mut String::new()).unwrap_err();
        assert_eq!(bad.at, 2);
        let coding = Coding::find(b"", Some(WINDOWS_1252)).unwrap();
        let bad = coding.decode(b"\xe9\x80\x85\x81\n", &mut String::new());
        assert_eq!(bad.unwrap_err().at, 3);
        let coding = Coding::find(b"", Some(UTF_16LE)).unwrap();
        let bad = coding
            .decode(b"a\0\0\xd8b\0", &mut String::new())
            .unwrap_err();
        assert_eq!(bad.at, 2);
    }
}
