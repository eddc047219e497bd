//! Lines of a file as bytes: those that begin in a range, the first, the last, and their number.
//! What they say is left to others.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;

use anyhow::{Result, bail};

/// The longest line, in bytes and without its end.
pub const LONGEST: usize = 16 * 1024 * 1024;

/// How much is read at once where the end of a line is looked for.
const STEP: u64 = 64 * 1024;

/// What a file may begin with to say that it is UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A file of lines, and a buffer for a piece of it.
pub(crate) struct Lines {
    file: File,
    bytes: u64,
    /// The longest line, in bytes.
    longest: usize,
    buffer: Vec<u8>,
}

/// Lines that stand together.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'b> {
    /// Where the first line begins in the file.
    pub(crate) start: u64,
    /// The lines with their ends; the last of a file may have none, and of one that is too long
    /// only the start is there.
    pub(crate) bytes: &'b [u8],
}

impl<'b> Piece<'b> {
    /// The lines without their ends, each with the place in the file where it begins.
    pub(crate) fn lines(self) -> impl Iterator<Item = (u64, &'b [u8])> {
        let Piece { start, bytes } = self;
        let open_end = (!bytes.is_empty() && !bytes.ends_with(b"\n")).then_some(bytes.len());
        let mut at = 0;
        let ends = memchr::memchr_iter(b'\n', bytes).chain(open_end);
        ends.map(move |end| {
            let line = bytes.get(at..end).unwrap_or_default();
            let begin = start + at as u64;
            at = end + 1;
            (begin, line)
        })
    }
}

impl Lines {
    /// `bytes` is the size of the file.
    pub(crate) fn new(file: File, bytes: u64, longest: usize) -> Self {
        Lines {
            file,
            bytes,
            longest,
            buffer: Vec::new(),
        }
    }

    /// The lines that begin in a range of the file, whole.
    ///
    /// # Errors
    /// If the file cannot be read, or has become shorter.
    pub(crate) fn beginning_in(&mut self, range: Range<u64>) -> Result<Piece<'_>> {
        // The byte before the range tells whether a line begins with it.
        let from = range.start.saturating_sub(1);
        self.read(from..range.end)?;
        let first = match range.start {
            0 if self.buffer.starts_with(MARK) => MARK.len(),
            0 => 0,
            _ => match memchr::memchr(b'\n', &self.buffer) {
                Some(end) => end + 1,
                None => self.buffer.len(),
            },
        };
        if first < self.buffer.len() {
            self.complete(range.end)?;
        }
        Ok(Piece {
            start: from + first as u64,
            bytes: self.buffer.get(first..).unwrap_or_default(),
        })
    }

    /// Shows the lines of the whole file from the first on, numbered from 1 and with the places
    /// where they begin, until `show` gives something.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn find<T>(
        &mut self,
        mut show: impl FnMut(u64, u64, &[u8]) -> Option<T>,
    ) -> Result<Option<T>> {
        let mut number = 0;
        let mut at = 0;
        while at < self.bytes {
            let end = self.bytes.min(at + STEP);
            for (start, line) in self.beginning_in(at..end)?.lines() {
                number += 1;
                if let Some(found) = show(number, start, line) {
                    return Ok(Some(found));
                }
            }
            at = end;
        }
        Ok(None)
    }

    /// The last line that is not blank, and where it begins; `None` in a file without one.
    ///
    /// Of a line that is longer than [`STEP`] only the end is given.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn last(&mut self) -> Result<Option<Piece<'_>>> {
        let mut end = self.bytes;
        while end > 0 {
            let start = end.saturating_sub(STEP);
            self.read(start..end)?;
            let filled = self.buffer.trim_ascii_end().len();
            if filled > 0 {
                return self.line_before(start + filled as u64).map(Some);
            }
            end = start;
        }
        Ok(None)
    }

    /// How many lines begin in a range of the file.
    ///
    /// # Errors
    /// If the file cannot be read, or has become shorter.
    pub(crate) fn count(&mut self, range: Range<u64>) -> Result<u64> {
        // A line begins at the start of the file and behind each line's end.
        let mut count = u64::from(range.start == 0 && range.end > 0);
        let mut at = range.start.saturating_sub(1);
        let end = range.end.saturating_sub(1);
        while at < end {
            let next = end.min(at.saturating_add(STEP * 16));
            self.read(at..next)?;
            count += memchr::memchr_iter(b'\n', &self.buffer).count() as u64;
            at = next;
        }
        Ok(count)
    }

    /// The line that ends before `end`, without what stands behind it.
    fn line_before(&mut self, end: u64) -> Result<Piece<'_>> {
        let start = end.saturating_sub(STEP);
        self.read(start..end)?;
        let first = match memchr::memrchr(b'\n', &self.buffer) {
            Some(before) => before + 1,
            None if start == 0 && self.buffer.starts_with(MARK) => MARK.len(),
            None => 0,
        };
        Ok(Piece {
            start: start + first as u64,
            bytes: self.buffer.get(first..).unwrap_or_default(),
        })
    }

    /// Fills the buffer with a range of the file.
    fn read(&mut self, range: Range<u64>) -> Result<()> {
        self.buffer.clear();
        self.file.seek(SeekFrom::Start(range.start))?;
        self.append(range.end - range.start)
    }

    fn append(&mut self, bytes: u64) -> Result<()> {
        let read = (&mut self.file).take(bytes).read_to_end(&mut self.buffer)?;
        if (read as u64) < bytes {
            bail!(std::io::Error::new(
                ErrorKind::UnexpectedEof,
                "the file has become shorter while it was read"
            ));
        }
        Ok(())
    }

    /// Reads on from `at` to the end of the line that has begun, or until that is too long.
    fn complete(&mut self, mut at: u64) -> Result<()> {
        let mut line = memchr::memrchr(b'\n', &self.buffer).map_or(0, |end| end + 1);
        if line == self.buffer.len() {
            return Ok(());
        }
        while at < self.bytes && self.buffer.len() - line <= self.longest {
            let before = self.buffer.len();
            let bytes = STEP.min(self.bytes - at);
            self.append(bytes)?;
            at += bytes;
            let read = self.buffer.get(before..).unwrap_or_default();
            if let Some(end) = memchr::memchr(b'\n', read) {
                line = before + end + 1;
                self.buffer.truncate(line);
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn lines(content: &[u8], longest: usize) -> Lines {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Lines::new(file, content.len() as u64, longest)
    }

    proptest! {
        #[test]
        fn every_line_begins_in_one_range(
            content in "[a\n]{0,60}",
            bytes in 1_u64..70,
        ) {
            let mut lines = lines(content.as_bytes(), 1000);
            let (mut read, mut count) = (String::new(), 0);
            let size = content.len() as u64;
            for start in (0..size).step_by(bytes as usize) {
                let range = start..size.min(start + bytes);
                let piece = lines.beginning_in(range.clone()).unwrap();
                let (at, text) = (piece.start, std::str::from_utf8(piece.bytes).unwrap().to_owned());
                prop_assert!(text.is_empty() || range.contains(&at));
                prop_assert!(text.is_empty() || at == read.len() as u64);
                prop_assert!(read.is_empty() || text.is_empty() || read.ends_with('\n'));
                let in_range = text.split_inclusive('\n').count() as u64;
                prop_assert_eq!(lines.count(range).unwrap(), in_range);
                read.push_str(&text);
                count += in_range;
            }
            prop_assert_eq!(&read, &content);
            prop_assert_eq!(lines.count(0..size).unwrap(), count);
            let last = content.lines().rev().find(|line| !line.is_empty());
            let found = lines.last().unwrap();
            prop_assert_eq!(found.map(|piece| piece.bytes), last.map(str::as_bytes));
        }
    }

    #[test]
    fn the_last_line_may_stand_before_many_blank_ones() {
        let content = format!("first\nlast\r\n{}", "\n ".repeat(100_000));
        let mut lines = lines(content.as_bytes(), 1000);
        let last = lines.last().unwrap().unwrap();
        assert_eq!((last.start, last.bytes), (6, &b"last"[..]));
    }

    #[test]
    fn a_line_that_is_too_long_is_not_read_to_its_end() {
        let mut lines = lines("x".repeat(1_000_000).as_bytes(), 1000);
        let piece = lines.beginning_in(0..10).unwrap();
        assert!((1001..100_000).contains(&piece.bytes.len()));
    }
}
