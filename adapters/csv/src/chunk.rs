//! Text in pieces of whole lines, each of which can be read alone.
//!
//! Chunk `n` of a file has the lines that begin in its `n`th stretch of [`Chunks::size`] bytes, so
//! where chunks begin hangs on nothing but the bytes around.

use anyhow::{Result, anyhow};
use encoding_rs::UTF_8;

use crate::bytes::{Access, Bytes};
use crate::dialect::STAND_IN;
use crate::encoding::{BadBytes, Coding};

/// The longest line and the longest record, in bytes: an open quote would swallow whole files.
pub(crate) const LONGEST: usize = 16 << 20;

/// How many bytes a chunk has, about.
pub(crate) const CHUNK_BYTES: u64 = 1 << 20;

/// How much is read at once where the end of a line is looked for.
const STEP: u64 = 64 << 10;

/// How a file is cut into chunks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunks {
    /// The length of a stretch in bytes; even.
    pub(crate) size: u64,
    pub(crate) coding: Coding,
    /// The delimiter of several bytes that is exchanged for [`STAND_IN`].
    pub(crate) wide_delimiter: Option<char>,
}

impl Chunks {
    /// How many chunks a file has; some may be empty.
    pub(crate) fn count(&self, bytes: &Bytes) -> u64 {
        bytes.count.div_ceil(self.size)
    }

    /// Puts the text of a chunk into `out`, whose room it uses again; gives where it begins there.
    /// `raw` is room for its bytes.
    ///
    /// UTF-8 is read to where it stays, and not copied.
    ///
    /// # Errors
    /// As [`Chunks::append`].
    pub(crate) fn read(
        &self,
        access: &mut Access<'_>,
        bytes: &Bytes,
        number: u64,
        raw: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<usize> {
        if self.coding.encoding != UTF_8 || self.wide_delimiter.is_some() {
            out.clear();
            self.append(access, bytes, number, raw, out)?;
            return Ok(0);
        }
        let mut whole = std::mem::take(out).into_bytes();
        let skipped = self.read_raw(access, bytes, number, &mut whole)?;
        // What belongs to the chunk before may begin within a character.
        if let Some(before) = whole.get_mut(..skipped.bytes) {
            before.fill(b' ');
        }
        match String::from_utf8(whole) {
            Ok(text) => {
                *out = text;
                Ok(skipped.bytes)
            }
            Err(error) => {
                let lines = error.as_bytes().get(skipped.bytes..).unwrap_or_default();
                let at = error.utf8_error().valid_up_to() - skipped.bytes;
                Err(self.not_text(access, bytes, &skipped, lines, BadBytes { at }))
            }
        }
    }

    /// Appends the text of a chunk to `out`; `raw` is room for its bytes.
    ///
    /// # Errors
    /// If it cannot be read, or is no text; the latter with file, line and byte.
    pub(crate) fn append(
        &self,
        access: &mut Access<'_>,
        bytes: &Bytes,
        number: u64,
        raw: &mut Vec<u8>,
        out: &mut String,
    ) -> Result<()> {
        let skipped = self.read_raw(access, bytes, number, raw)?;
        let lines = raw.get(skipped.bytes..).unwrap_or_default();
        let before = out.len();
        if let Err(bad) = self.coding.decode(lines, out) {
            return Err(self.not_text(access, bytes, &skipped, lines, bad));
        }
        if let Some(delimiter) = self.wide_delimiter {
            let text = out.get(before..).unwrap_or_default();
            let stand_in = char::from(STAND_IN);
            if text.contains(stand_in) {
                return Err(anyhow!(
                    "{}: the delimiter `{delimiter}` cannot be used where the text has U+001F",
                    bytes.name
                ));
            }
            let changed = text.replace(delimiter, stand_in.encode_utf8(&mut [0; 4]));
            out.truncate(before);
            out.push_str(&changed);
        }
        Ok(())
    }

    /// The error of lines that are no text.
    fn not_text(
        &self,
        access: &mut Access<'_>,
        bytes: &Bytes,
        skipped: &Skipped,
        lines: &[u8],
        bad: BadBytes,
    ) -> anyhow::Error {
        let what = self.coding.describe(lines, bad);
        let at = skipped.start + bad.at as u64;
        match self.place_of(access, bytes, at) {
            Ok((line, byte)) => anyhow!(
                "{}, line {line}, byte {byte} of the line: {what}",
                bytes.name
            ),
            Err(error) => error,
        }
    }

    /// The bytes of the lines that begin in a stretch, behind others that do not belong to it.
    fn read_raw(
        &self,
        access: &mut Access<'_>,
        bytes: &Bytes,
        number: u64,
        raw: &mut Vec<u8>,
    ) -> Result<Skipped> {
        let start = number.saturating_mul(self.size);
        let end = bytes.count.min(start.saturating_add(self.size));
        // The line end before the stretch tells whether a line begins with it.
        let from = match number {
            0 => 0,
            _ => start - self.coding.newline_bytes() as u64,
        };
        access.read(bytes, from..end, raw, 0)?;
        let skipped = match number {
            0 => self.coding.mark_bytes,
            _ => self.coding.line_end(raw).unwrap_or(raw.len()),
        };
        if skipped < raw.len() {
            self.complete(access, bytes, end, raw)?;
        }
        Ok(Skipped {
            bytes: skipped,
            start: from + skipped as u64,
        })
    }

    /// Reads on to the end of the line that stands at `at`.
    fn complete(
        &self,
        access: &mut Access<'_>,
        bytes: &Bytes,
        mut at: u64,
        raw: &mut Vec<u8>,
    ) -> Result<()> {
        let width = self.coding.newline_bytes();
        let last = raw.len().saturating_sub(width);
        let is_whole = |raw: &[u8]| self.coding.line_end(raw) == Some(width);
        if is_whole(raw.get(last..).unwrap_or_default()) {
            return Ok(());
        }
        let begun = raw.len();
        while at < bytes.count {
            let before = raw.len();
            let step = STEP.min(bytes.count - at);
            access.read(bytes, at..at + step, raw, before)?;
            at += step;
            let read = raw.get(before..).unwrap_or_default();
            if let Some(end) = self.coding.line_end(read) {
                raw.truncate(before + end);
                break;
            }
            if raw.len() - begun > LONGEST {
                let (line, _) = self.place_of(access, bytes, at)?;
                return Err(anyhow!(
                    "{}, line {line}: the line is longer than {LONGEST} bytes, the most that one may \
                     have; is this a file of delimited text?",
                    bytes.name
                ));
            }
        }
        Ok(())
    }

    /// The line in which a byte of a file stands, and which one of the line it is, both from 1.
    fn place_of(&self, access: &mut Access<'_>, bytes: &Bytes, at: u64) -> Result<(u64, u64)> {
        let mut raw = Vec::new();
        let (mut line, mut begin, mut start) = (1, self.coding.mark_bytes as u64, 0);
        while start < at {
            let end = at.min(start + STEP);
            access.read(bytes, start..end, &mut raw, 0)?;
            line += self.coding.lines_in(&raw);
            let mut behind = 0;
            while let Some(end) = self.coding.line_end(raw.get(behind..).unwrap_or_default()) {
                behind += end;
                begin = start + behind as u64;
            }
            start = end;
        }
        Ok((line, at - begin.min(at) + 1))
    }
}

/// What stands before the lines of a chunk.
struct Skipped {
    /// How many bytes of the buffer.
    bytes: usize,
    /// Where in the file the lines begin.
    start: u64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bytes::Place;

    fn chunks(content: &[u8], size: u64, coding: Coding) -> Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, content).unwrap();
        let bytes = Bytes {
            place: Place::File(path),
            name: "file".to_owned(),
            count: content.len() as u64,
        };
        let chunks = Chunks {
            size,
            coding,
            wide_delimiter: None,
        };
        let mut access = Access::new(&[]);
        let mut raw = Vec::new();
        let read = |number| {
            let mut out = String::new();
            chunks.append(&mut access, &bytes, number, &mut raw, &mut out)?;
            let mut same = "the text of another chunk".to_owned();
            let at = chunks.read(&mut access, &bytes, number, &mut raw, &mut same)?;
            assert_eq!(same[at..], out);
            Ok(out)
        };
        (0..chunks.count(&bytes)).map(read).collect()
    }

    proptest! {
        #[test]
        fn chunks_have_whole_lines_and_make_up_the_file(
            text in "[a\nы\u{0a0d}\u{0d0a}😀]{0,40}",
            half in 1_u64..20,
            encoding in prop::sample::select(vec!["utf-8", "utf-16le", "utf-16be", "gb18030"]),
        ) {
            let content: Vec<u8> = match encoding {
                "utf-8" => text.bytes().collect(),
                "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                _ => encoding_rs::GB18030.encode(&text).0.into_owned(),
            };
            let told = encoding_rs::Encoding::for_label(encoding.as_bytes());
            let coding = Coding::find(&content, told).unwrap();
            let read = chunks(&content, half * 2, coding).unwrap();
            prop_assert_eq!(read.concat(), text);
            for chunk in read.iter().rev().skip_while(|chunk| chunk.is_empty()).skip(1) {
                prop_assert!(chunk.is_empty() || chunk.ends_with('\n'));
            }
        }
    }

    #[test]
    fn bad_bytes_are_told_with_line_and_byte() {
        let content = b"id,text\n1,ok\n2,caf\xe9\n";
        let coding = Coding::find(content, None).unwrap();
        for size in [4, 16, 100] {
            let error = chunks(content, size, coding).unwrap_err();
            let expected = "file, line 3, byte 6 of the line: 0xE9 is not UTF-8; if it should be \
                            `é`, give `--encoding windows-1252`, or the encoding in which the file \
                            was saved";
            assert_eq!(error.to_string(), expected);
        }
    }
}
