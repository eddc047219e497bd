//! The records that begin in a chunk, each with the line where it begins.

use anyhow::{Result, anyhow};
use migrate_model::Options;

use crate::bytes::{Access, Bytes};
use crate::chunk::{Chunks, LONGEST};
use crate::dialect::Dialect;
use crate::source::File;
use crate::split::{Found, Row, Splitter, lines_in};

/// The most lines that a record may have.
const MOST_LINES: u64 = 100_000;

/// Where the first record of a chunk begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Start {
    /// How many bytes of the chunk's text belong to a record that began before.
    pub(crate) skip: u64,
    /// The line in the file, from 1.
    pub(crate) line: u64,
    /// How many records stand before it, without the header.
    pub(crate) row: u64,
}

/// A file, and how it is taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) bytes: Bytes,
    pub(crate) chunks: Chunks,
    pub(crate) dialect: Dialect,
}

/// Reads chunks for one worker.
pub(crate) struct Rows<'a> {
    pub(crate) access: Access<'a>,
    raw: Vec<u8>,
    text: String,
    splitter: Splitter,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    /// The line where it begins, from 1.
    pub(crate) line: u64,
    /// Its number in the file, from 0, without the header.
    pub(crate) row: u64,
    /// How many lines it has.
    pub(crate) lines: u64,
    /// Where it ends in the chunk's text.
    pub(crate) end: u64,
    /// Whether it has several lines, and a quote in it that ends a cell has more of that cell
    /// behind it: a quote before it was not closed, or was not doubled.
    pub(crate) has_stray_quote: bool,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(access: Access<'a>) -> Self {
        Rows {
            access,
            raw: Vec::new(),
            text: String::new(),
            splitter: Splitter::new(Dialect::of(b',')),
        }
    }

    /// Shows all records of a file that can be used, and tells how far it is.
    ///
    /// # Errors
    /// As [`Rows::read`], and if the run is to end early.
    pub(crate) fn each(
        &mut self,
        file: &File,
        options: &Options,
        mut show: impl FnMut(Row<'_>, At) -> Result<()>,
    ) -> Result<()> {
        let mut start = file.table.start;
        for chunk in 0..file.chunks() {
            file.begin_chunk(chunk, options)?;
            start = self.read(&file.table.shape, chunk, start, |row, at| {
                if file.fault(row, at).is_none() {
                    show(row, at)?;
                }
                Ok(true)
            })?;
        }
        Ok(())
    }

    /// Shows the records that begin in a chunk, until `show` says no; gives where those of the next
    /// chunk begin, which counts only if all were shown.
    ///
    /// # Errors
    /// If the file cannot be read, is no text or has a quote that is not closed, with its line; and
    /// whatever `show` says.
    pub(crate) fn read(
        &mut self,
        shape: &Shape,
        chunk: u64,
        start: Start,
        mut show: impl FnMut(Row<'_>, At) -> Result<bool>,
    ) -> Result<Start> {
        let Shape {
            bytes,
            chunks,
            dialect,
        } = shape;
        if self.splitter.dialect() != *dialect {
            self.splitter = Splitter::new(*dialect);
        }
        self.text.clear();
        let Rows { access, raw, .. } = self;
        chunks.read(access, bytes, chunk, raw, &mut self.text)?;
        let own = self.text.len();
        let mut next = Start { skip: 0, ..start };
        if start.skip > own as u64 {
            next.skip = start.skip - own as u64;
            return Ok(next);
        }
        let mut at = usize::try_from(start.skip)?;
        let mut behind = chunk + 1;
        while at < own {
            let is_last = behind >= chunks.count(bytes);
            let (begin, end) = match self.splitter.next(&self.text, at, is_last) {
                Found::Record { start, end } if start < own => (start, Some(end)),
                Found::Open { start } if start < own => (start, None),
                _ => {
                    next.line += lines_in(between(&self.text, at, own));
                    at = own;
                    break;
                }
            };
            next.line += lines_in(between(&self.text, at, begin));
            let Some(end) = end else {
                let open = between(&self.text, begin, self.text.len());
                if is_last || open.len() > LONGEST || lines_in(open) > MOST_LINES {
                    return Err(open_quote(shape, next.line, open));
                }
                at = begin;
                // Twice as much every time, so that a long record is not read again and again.
                for _ in 0..(behind - chunk).min(chunks.count(bytes) - behind) {
                    chunks.read(access, bytes, behind, raw, &mut self.text)?;
                    behind += 1;
                }
                continue;
            };
            let row = self.splitter.row(&self.text);
            let bytes = between(&self.text, begin, end);
            let lines = match row.is_line() {
                true => 1,
                false => lines_in(bytes),
            };
            let place = At {
                line: next.line,
                row: next.row,
                lines,
                end: end as u64,
                has_stray_quote: lines > 1 && has_stray_quote(*dialect, bytes),
            };
            let is_wanted = show(row, place)?;
            next.line += lines;
            next.row += 1;
            at = end;
            if !is_wanted {
                break;
            }
        }
        next.skip = at.saturating_sub(own) as u64;
        Ok(next)
    }
}

fn between(text: &str, start: usize, end: usize) -> &[u8] {
    text.as_bytes().get(start..end).unwrap_or_default()
}

fn has_stray_quote(dialect: Dialect, record: &[u8]) -> bool {
    let (Some(quote), None) = (dialect.quote, dialect.escape) else {
        return false;
    };
    let is = |at: usize, wanted: u8| record.get(at) == Some(&wanted);
    let (mut is_open, mut next) = (false, 0);
    for at in memchr::memchr_iter(quote, record) {
        if at < next {
            continue;
        }
        next = at + 1;
        if !is_open {
            is_open = match at.checked_sub(1) {
                Some(before) => is(before, dialect.delimiter),
                None => true,
            };
        } else if is(next, quote) {
            next += 1;
        } else {
            is_open = false;
            let end = record.get(next).copied().unwrap_or(b'\n');
            if end != dialect.delimiter && !matches!(end, b'\n' | b'\r') {
                return true;
            }
        }
    }
    false
}

/// The error of a record whose quote is not closed; it begins with `line`.
fn open_quote(shape: &Shape, line: u64, record: &[u8]) -> anyhow::Error {
    let Dialect {
        delimiter, quote, ..
    } = shape.dialect;
    let quote = quote.unwrap_or(b'"');
    let mut opened = 0;
    let mut is_open = false;
    let mut is_start = true;
    let mut at = 0;
    while let Some(byte) = record.get(at) {
        if is_open {
            let is_doubled = *byte == quote && record.get(at + 1) == Some(&quote);
            if Some(*byte) == shape.dialect.escape || is_doubled {
                at += 1;
            } else if *byte == quote {
                is_open = false;
            }
        } else if *byte == quote && is_start {
            (is_open, opened) = (true, at);
        }
        is_start = !is_open && *byte == delimiter;
        at += 1;
    }
    let before = record.get(..opened).unwrap_or_default();
    let opened = line + lines_in(before);
    anyhow!(
        "{}, line {opened}: the quote that opens here is not closed; a quote within quotes is written \
         twice, and where quotes are ordinary characters a mapping says `quote = \"none\"`",
        shape.bytes.name
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bytes::Place;
    use crate::encoding::Coding;

    /// A file with this content, in a folder that goes with the first value.
    pub(crate) fn shape(content: &[u8], size: u64) -> (tempfile::TempDir, Shape) {
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
            coding: Coding::find(content, None).unwrap(),
            wide_delimiter: None,
        };
        let dialect = Dialect::of(b',');
        let shape = Shape {
            bytes,
            chunks,
            dialect,
        };
        (folder, shape)
    }

    type Read = Vec<(Vec<String>, u64, u64)>;

    fn read(content: &str, size: u64) -> Result<(Read, Start)> {
        let (_folder, shape) = shape(content.as_bytes(), size);
        let mut rows = Rows::new(Access::new(&[]));
        let mut found = Vec::new();
        let mut start = Start {
            line: 1,
            ..Start::default()
        };
        for chunk in 0..shape.chunks.count(&shape.bytes) {
            start = rows.read(&shape, chunk, start, |row, at| {
                found.push((row.cells().map(str::to_owned).collect(), at.line, at.row));
                Ok(true)
            })?;
        }
        Ok((found, start))
    }

    proptest! {
        #[test]
        fn records_and_lines_are_the_same_however_a_file_is_cut(
            cells in prop::collection::vec(prop::collection::vec("[a,\"\né]{0,5}", 1..4), 0..12),
            half in 1_u64..20,
        ) {
            let mut writer = csv::WriterBuilder::new();
            let mut writer = writer.flexible(true).from_writer(Vec::new());
            for record in &cells {
                writer.write_record(record).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let (found, end) = read(&text, half * 2).unwrap();
            let mut line = 1;
            let mut expected = Vec::new();
            for (record, row) in cells.iter().zip(0..) {
                expected.push((record.clone(), line, row));
                line += 1 + record.concat().matches('\n').count() as u64;
            }
            prop_assert_eq!(found, expected);
            prop_assert_eq!((end.skip, end.line), (0, line));
        }

        #[test]
        fn no_text_stops_the_reader_but_by_an_error(
            text in "[a,\"\n\ré]{0,40}",
            half in 1_u64..20,
        ) {
            let whole = read(&text, 1000).map(|(found, _)| found);
            let cut = read(&text, half * 2).map(|(found, _)| found);
            match (whole, cut) {
                (Ok(whole), Ok(cut)) => prop_assert_eq!(whole, cut),
                (Err(whole), Err(cut)) => prop_assert_eq!(whole.to_string(), cut.to_string()),
                (whole, cut) => prop_assert!(false, "{:?} {:?}", whole, cut),
            }
        }
    }

    #[test]
    fn an_open_quote_is_told_with_its_line() {
        let error = read("a,b\n1,\"x\n2,y\n", 1000).unwrap_err().to_string();
        assert!(
            error.starts_with("file, line 2: the quote that opens here"),
            "{error}"
        );
        let error = read("a,b\n1,\"x\ny\",\"z\n", 6).unwrap_err().to_string();
        assert!(
            error.starts_with("file, line 3: the quote that opens here"),
            "{error}"
        );
    }

    #[test]
    fn a_quote_in_the_wrong_place_is_told_where_it_may_have_swallowed_lines() {
        let check = |record: &str, expected: bool| {
            let stray = has_stray_quote(Dialect::of(b','), record.as_bytes());
            assert_eq!(stray, expected, "{record}");
        };
        check("1,\"open\n2,\"x\"\n", true);
        check("1,\"say \"hi\"\nand go\"\n", true);
        check("\"one\ntwo\",\"a \"\"b\"\"\",c\"d\"\r\n", false);
        check("\"\",\"\"\"\n\"", false);
    }

    #[test]
    fn a_record_of_too_many_lines_is_an_open_quote() {
        let text = format!("a,\"{}", "\n".repeat(200_000));
        let error = read(&text, 4096).unwrap_err().to_string();
        assert!(
            error.starts_with("file, line 1: the quote that opens here"),
            "{error}"
        );
    }
}
