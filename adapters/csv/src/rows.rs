//! The records that begin in a chunk, each with the line where it begins.

use anyhow::{Result, anyhow, bail};
use migrate_model::Options;

use crate::bytes::{Access, Bytes};
use crate::chunk::{Chunks, LONGEST};
use crate::dialect::Dialect;
use crate::quotes::Quotes;
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
    /// How its quotes stand.
    pub(crate) quotes: Quotes,
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
        let Rows { access, raw, .. } = self;
        let text = chunks.read(access, bytes, chunk, raw, &mut self.text)?;
        let own = self.text.len();
        let own_bytes = (own - text) as u64;
        let mut next = Start { skip: 0, ..start };
        if start.skip > own_bytes {
            next.skip = start.skip - own_bytes;
            return Ok(next);
        }
        let mut at = text + usize::try_from(start.skip)?;
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
            if begin > at {
                next.line += lines_in(between(&self.text, at, begin));
            }
            let Some(end) = end else {
                let open = between(&self.text, begin, self.text.len());
                if is_last || open.len() > LONGEST || lines_in(open) > MOST_LINES {
                    return Err(open_quote(shape, next.line, open, is_last));
                }
                at = begin;
                // Twice as much every time, so that a long record is not read again and again.
                for _ in 0..(behind - chunk).min(chunks.count(bytes) - behind) {
                    chunks.append(access, bytes, behind, raw, &mut self.text)?;
                    behind += 1;
                }
                continue;
            };
            let bytes = between(&self.text, begin, end);
            let (lines, quotes) = self.splitter.quotes(&self.text, bytes);
            check_length(shape, next.line, bytes, lines)?;
            if quotes == Quotes::Bare {
                let line = self.text.get(begin..end).unwrap_or_default();
                self.splitter
                    .split_bare(line.trim_end_matches(['\n', '\r']));
            }
            let row = self.splitter.row(&self.text);
            let place = At {
                line: next.line,
                row: next.row,
                lines,
                end: (end - text) as u64,
                quotes,
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

/// Refuses a record that is longer than records may be.
fn check_length(shape: &Shape, line: u64, record: &[u8], lines: u64) -> Result<()> {
    if record.len() <= LONGEST && lines <= MOST_LINES {
        return Ok(());
    }
    bail!(
        "{}, line {line}: the record that begins here is longer than {LONGEST} bytes or {MOST_LINES} \
         lines, the most that one may have; is a quote in it not closed, or is this no delimited text?",
        shape.bytes.name
    )
}

/// The error of a record whose quote is not closed, in the file or in what a record may have; it
/// begins with `line`.
fn open_quote(shape: &Shape, line: u64, record: &[u8], is_whole: bool) -> anyhow::Error {
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
    let within = match is_whole {
        true => String::new(),
        false => format!(" within {LONGEST} bytes and {MOST_LINES} lines"),
    };
    anyhow!(
        "{}, line {opened}: the quote that opens here is not closed{within}; a quote within quotes is \
         written twice, and where quotes are ordinary characters a mapping says `quote = \"none\"`",
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
    fn a_record_of_too_many_lines_is_an_open_quote() {
        let text = format!("a,\"{}", "\n".repeat(200_000));
        let error = read(&text, 4096).unwrap_err().to_string();
        assert!(
            error.starts_with("file, line 1: the quote that opens here"),
            "{error}"
        );
    }
}
