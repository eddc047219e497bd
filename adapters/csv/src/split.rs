//! Takes one record of a text apart into cells.
//!
//! A record without quotes is cut where its delimiters stand, and so is one whose quotes all stand
//! around cells. Any other with quotes is left to the parser of the `csv` crate, which goes byte by
//! byte, and one with escapes or blanks outside of quotes, which that does not know, to
//! [`escaped`](crate::escaped).

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use migrate_mapping::Cell;

use crate::dialect::{Dialect, STAND_IN};
use crate::escaped;
use crate::quotes::{self, Quotes};

/// A byte order mark.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Where a cell stands: its start and end in the text that holds it.
pub(crate) type Span = (usize, usize);

/// Takes records apart, with buffers that serve one after the other.
pub(crate) struct Splitter {
    dialect: Dialect,
    parser: Reader,
    /// What the parser writes into.
    output: Vec<u8>,
    /// Where the parser says that cells end.
    ends: Vec<usize>,
    /// The cells of the last record.
    spans: Vec<Span>,
    /// The cells' text where it is not that of the source.
    copy: String,
    is_copied: bool,
    /// Whether cells stand in quotes.
    is_quoted: bool,
}

/// What stands at a place of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A record.
    Record {
        /// Where it begins, behind empty lines.
        start: usize,
        /// Where the next one begins.
        end: usize,
    },
    /// The start of a record whose quote is not closed.
    Open {
        /// Where the record begins.
        start: usize,
    },
    /// Nothing but empty lines.
    Nothing,
}

/// The cells of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'r> {
    text: &'r str,
    spans: &'r [Span],
    is_line: bool,
}

impl migrate_mapping::Row for Row<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.get(column).map_or(Cell::Null, Cell::Text)
    }
}

impl<'r> Row<'r> {
    /// A cell, counted from 0; `None` if the record has fewer.
    pub(crate) fn get(&self, column: usize) -> Option<&'r str> {
        let (start, end) = *self.spans.get(column)?;
        self.text.get(start..end)
    }

    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// How many cells there are without the empty ones at the end.
    pub(crate) fn filled(&self) -> usize {
        let last = self.spans.iter().rposition(|(start, end)| start < end);
        last.map_or(0, |last| last + 1)
    }

    /// Whether the cells are those of the text itself, so that the record is one line.
    pub(crate) fn is_line(&self) -> bool {
        self.is_line
    }

    /// The cells in order.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let Row { text, spans, .. } = *self;
        let cell = move |&(start, end): &Span| text.get(start..end).unwrap_or_default();
        spans.iter().map(cell)
    }
}

impl Splitter {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Splitter {
            dialect,
            parser: parser(dialect),
            output: vec![0; 4096],
            ends: vec![0; 64],
            spans: Vec::new(),
            copy: String::new(),
            is_copied: false,
            is_quoted: false,
        }
    }

    /// How records are taken apart.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Takes the record apart that begins at `at`, or behind the empty lines there. `is_last` says
    /// that the source ends with the text; without it the text must end with a line.
    pub(crate) fn next(&mut self, text: &str, at: usize, is_last: bool) -> Found {
        let bytes = text.as_bytes();
        let blank = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let mut start = at;
        loop {
            let rest = bytes.get(start..).unwrap_or_default();
            let Some(empty) = rest.iter().position(|byte| !blank(byte)) else {
                return Found::Nothing;
            };
            start += empty;
            // Files that were put together have marks in the middle.
            match rest.get(empty..).is_some_and(|it| it.starts_with(MARK)) {
                true => start += MARK.len(),
                false => break,
            }
        }
        let rest = bytes.get(start..).unwrap_or_default();
        self.is_copied = false;
        self.is_quoted = false;
        self.spans.clear();
        let end = if self.dialect.escape.is_some() || self.dialect.has_blanks {
            self.is_copied = true;
            let cells = (&mut self.copy, &mut self.spans);
            escaped::split(self.dialect, rest, is_last, cells)
        } else {
            let found = match self.dialect.quote {
                Some(quote) => memchr::memchr3(b'\n', b'\r', quote, rest),
                None => memchr::memchr2(b'\n', b'\r', rest),
            };
            match found {
                Some(at) if rest.get(at).is_some_and(blank) => {
                    self.cut(start, rest.get(..at).unwrap_or_default());
                    Some(at)
                }
                None => {
                    self.cut(start, rest);
                    Some(rest.len())
                }
                Some(_) => match self.cut_quoted(text, start) {
                    Some(at) => Some(at),
                    None => self.parse(rest, is_last),
                },
            }
        };
        self.restore();
        match end {
            Some(end) => Found::Record {
                start,
                end: start + end + line_end(rest.get(end..).unwrap_or_default()),
            },
            None => Found::Open { start },
        }
    }

    /// How many lines the record has that was found last, and how its quotes stand.
    pub(crate) fn quotes(&self, text: &str, record: &[u8]) -> (u64, Quotes) {
        if !self.is_copied && !self.is_quoted {
            return (1, Quotes::Sound);
        }
        let lines = lines_in(record);
        if self.is_quoted && lines < 2 {
            return (lines, Quotes::Sound);
        }
        (
            lines,
            quotes::of(self.dialect, record, self.row(text), lines),
        )
    }

    /// Takes the line that was found last apart again, which has quotes that are not doubled.
    pub(crate) fn split_bare(&mut self, line: &str) {
        self.is_copied = true;
        quotes::split_bare(self.dialect, line, (&mut self.copy, &mut self.spans));
        self.restore();
    }

    /// The cells of the record that was found last in this text.
    pub(crate) fn row<'s>(&'s self, text: &'s str) -> Row<'s> {
        Row {
            text: match self.is_copied {
                true => &self.copy,
                false => text,
            },
            spans: &self.spans,
            is_line: !self.is_copied && !self.is_quoted,
        }
    }

    /// Puts the delimiters back that stand within cells.
    fn restore(&mut self) {
        let Some(delimiter) = self.dialect.wide_delimiter.filter(|_| self.is_copied) else {
            return;
        };
        if memchr::memchr(STAND_IN, self.copy.as_bytes()).is_none() {
            return;
        }
        let mut restored = String::with_capacity(self.copy.len());
        for (start, end) in &mut self.spans {
            let begin = restored.len();
            let cell = self.copy.get(*start..*end).unwrap_or_default();
            for (nth, piece) in cell.split(char::from(STAND_IN)).enumerate() {
                restored.extend((nth > 0).then_some(delimiter));
                restored.push_str(piece);
            }
            (*start, *end) = (begin, restored.len());
        }
        self.copy = restored;
    }

    /// Cuts a line without quotes; `start` is where it stands in the text.
    fn cut(&mut self, start: usize, line: &[u8]) {
        let mut begin = start;
        for at in memchr::memchr_iter(self.dialect.delimiter, line) {
            self.spans.push((begin, start + at));
            begin = start + at + 1;
        }
        self.spans.push((begin, start + line.len()));
    }

    /// Cuts a record that begins at `start` and ends with a line's end, whose quotes stand around
    /// cells, doubled within them; gives where it ends, from `start`, and `None` for any other.
    fn cut_quoted(&mut self, text: &str, start: usize) -> Option<usize> {
        let Dialect {
            delimiter,
            quote: Some(quote),
            wide_delimiter: None,
            ..
        } = self.dialect
        else {
            return None;
        };
        let bytes = text.as_bytes();
        let mut has_doubled = false;
        let mut at = start;
        loop {
            let cell = bytes.get(at..)?;
            let (begin, end) = match cell.split_first() {
                Some((first, rest)) if *first == quote => {
                    let (len, is_doubled) = closing_quote(quote, rest)?;
                    has_doubled |= is_doubled;
                    (at + 1, at + 1 + len)
                }
                _ => (at, at + memchr::memchr3(delimiter, b'\n', b'\r', cell)?),
            };
            self.spans.push((begin, end));
            // A cell in quotes has one more at its end.
            let behind = end + (begin - at);
            match *bytes.get(behind)? {
                next if next == delimiter => at = behind + 1,
                b'\n' | b'\r' => {
                    at = behind;
                    break;
                }
                _ => return None,
            }
        }
        self.is_quoted = true;
        if has_doubled {
            self.copy_halved(text, quote);
        }
        Some(at - start)
    }

    /// Copies the cells with one quote for two where they stand in quotes.
    fn copy_halved(&mut self, text: &str, quote: u8) {
        self.is_copied = true;
        self.copy.clear();
        for (start, end) in &mut self.spans {
            let begin = self.copy.len();
            let mut cell = text.get(*start..*end).unwrap_or_default();
            let before = start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
            if before == Some(&quote) {
                while let Some(at) = memchr::memchr(quote, cell.as_bytes()) {
                    self.copy.push_str(cell.get(..=at).unwrap_or_default());
                    cell = cell.get(at + 2..).unwrap_or_default();
                }
            }
            self.copy.push_str(cell);
            (*start, *end) = (begin, self.copy.len());
        }
    }

    /// Parses a record with quotes; gives where it ends, before the end of its line.
    fn parse(&mut self, bytes: &[u8], is_last: bool) -> Option<usize> {
        self.is_copied = true;
        self.spans.clear();
        let (mut read, mut written, mut cells) = (0, 0, 0);
        let mut is_closed = false;
        let end = loop {
            let input = bytes.get(read..).unwrap_or_default();
            // One line end more closes a record that ends with the file, unless a quote is open.
            let input = if is_closed { &b"\n"[..] } else { input };
            let output = self.output.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(cells..).unwrap_or_default();
            let (result, taken, put, ended) = self.parser.read_record(input, output, ends);
            read += if is_closed { 0 } else { taken };
            written += put;
            cells += ended;
            match result {
                ReadRecordResult::Record if is_closed => break Some(read),
                // The first character of the line's end was taken.
                ReadRecordResult::Record => break Some(read - 1),
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty if is_last && !is_closed => is_closed = true,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => break None,
            }
        };
        if end.is_none() {
            self.parser = parser(self.dialect);
            return None;
        }
        self.copy.clear();
        // Only whole characters stand between characters of one byte.
        let text = std::str::from_utf8(self.output.get(..written).unwrap_or_default());
        self.copy.push_str(text.unwrap_or_default());
        let mut begin = 0;
        for end in self.ends.iter().take(cells) {
            self.spans.push((begin, *end));
            begin = *end;
        }
        end
    }
}

/// Where the quote stands that closes a cell, from behind the one that opens it, and whether any
/// before it is doubled.
fn closing_quote(quote: u8, bytes: &[u8]) -> Option<(usize, bool)> {
    let mut at = 0;
    loop {
        let end = at + memchr::memchr(quote, bytes.get(at..)?)?;
        if bytes.get(end + 1) != Some(&quote) {
            return Some((end, at > 0));
        }
        at = end + 2;
    }
}

/// A parser that is past the start of its input, where it would take a byte order mark away.
fn parser(dialect: Dialect) -> Reader {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(dialect.delimiter);
    match dialect.quote {
        Some(quote) => builder.quote(quote),
        None => builder.quoting(false),
    };
    let mut parser = builder.build();
    _ = parser.read_record(b"-\n", &mut [0; 8], &mut [0; 8]);
    parser
}

/// The length of the line end with which a text begins.
fn line_end(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// How many lines end in a text: `\n`, `\r\n`, or a `\r` alone.
pub(crate) fn lines_in(bytes: &[u8]) -> u64 {
    let mut count = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        let is_half = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
        count += u64::from(!is_half);
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn records(dialect: Dialect, text: &str) -> Vec<Vec<String>> {
        let mut splitter = Splitter::new(dialect);
        let mut records = Vec::new();
        let mut at = 0;
        while let Found::Record { end, .. } = splitter.next(text, at, true) {
            let row = splitter.row(text);
            records.push(row.cells().map(str::to_owned).collect());
            at = end;
        }
        records
    }

    proptest! {
        #[test]
        fn records_are_those_of_the_csv_crate(
            text in "([a,\"\né]|\r\n|\"\"|,\"|\",|\"\n){0,30}",
            is_quoting in any::<bool>(),
        ) {
            let mut reader = csv::ReaderBuilder::new();
            reader.has_headers(false).flexible(true).quoting(is_quoting);
            let expected: Vec<Vec<String>> = reader
                .from_reader(text.as_bytes())
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let dialect = Dialect {
                quote: is_quoting.then_some(b'"'),
                ..Dialect::of(b',')
            };
            let found = records(dialect, &text);
            // The crate takes an open quote for closed at the end.
            let is_open = found.len() + 1 == expected.len();
            prop_assert!(is_open || found.len() == expected.len());
            prop_assert_eq!(&found[..], &expected[..found.len()]);
            let quotes = text.matches('"').count();
            prop_assert!(!is_open || (is_quoting && quotes > 0));
        }

        #[test]
        fn cells_that_were_written_are_read(
            cells in prop::collection::vec(prop::collection::vec("[a,;\"\n\r\t|'é\u{feff}]{0,6}", 2..5), 0..6),
            delimiter in prop::sample::select(b",;\t|".to_vec()),
            is_every_cell_quoted in any::<bool>(),
        ) {
            let style = match is_every_cell_quoted {
                true => csv::QuoteStyle::Always,
                false => csv::QuoteStyle::Necessary,
            };
            let mut writer = csv::WriterBuilder::new();
            writer.delimiter(delimiter).flexible(true).quote_style(style);
            let mut writer = writer.from_writer(Vec::new());
            for record in &cells {
                writer.write_record(record).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let mut cells = cells;
            for cell in cells.iter_mut().filter_map(|record| record.first_mut()) {
                // A mark at the start of a line is none of its text.
                let is_quoted = is_every_cell_quoted || cell.contains([delimiter.into(), '"', '\n', '\r']);
                if !is_quoted {
                    *cell = cell.trim_start_matches('\u{feff}').to_owned();
                }
            }
            prop_assert_eq!(records(Dialect::of(delimiter), &text), cells);
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told() {
        let mut splitter = Splitter::new(Dialect::of(b','));
        let text = "a,b\n\n1,\"two\n3,4\n";
        let first = splitter.next(text, 0, true);
        assert_eq!(first, Found::Record { start: 0, end: 4 });
        assert_eq!(splitter.next(text, 4, true), Found::Open { start: 5 });
        assert_eq!(splitter.next(text, 4, false), Found::Open { start: 5 });
        assert_eq!(splitter.next("\r\n\n", 0, true), Found::Nothing);
    }

    #[test]
    fn a_mark_at_the_start_of_a_line_is_none_of_its_text() {
        let rows = records(
            Dialect::of(b','),
            "a,b\n\u{feff}\u{feff}1,2\n\u{feff}\n\u{feff}\"3\",\u{feff}4",
        );
        assert_eq!(rows, [["a", "b"], ["1", "2"], ["3", "\u{feff}4"]]);
    }

    #[test]
    fn lines_end_in_three_ways() {
        assert_eq!(lines_in(b"a\nb\r\nc\rd\n\n"), 5);
        assert_eq!(lines_in(b""), 0);
        let rows = records(Dialect::of(b','), "a,b\r1,\"x\"\r2,y");
        assert_eq!(rows, [["a", "b"], ["1", "x"], ["2", "y"]]);
    }
}
