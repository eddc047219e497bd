//! How the cells of a file are set apart, and how that is found out.

use crate::quotes::{self, Quotes};
use crate::split::{Found, Row, Splitter, lines_in};

/// What stands between cells, and around those that hold it themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// What stands between two cells.
    pub(crate) delimiter: u8,
    /// The character that stands between cells in the file, and for which `delimiter` stands in the
    /// text that is read, where it has more than one byte.
    pub(crate) wide_delimiter: Option<char>,
    /// What stands around a cell; `None`: quotes are ordinary characters.
    pub(crate) quote: Option<u8>,
    /// What takes the meaning from the character behind it; `None`: nothing does.
    pub(crate) escape: Option<u8>,
    /// Whether a blank behind a delimiter belongs to it.
    pub(crate) has_blanks: bool,
}

impl Dialect {
    /// A dialect as RFC 4180 has it but for the delimiter.
    pub(crate) const fn of(delimiter: u8) -> Self {
        Dialect {
            delimiter,
            wide_delimiter: None,
            quote: Some(b'"'),
            escape: None,
            has_blanks: false,
        }
    }
}

/// What stands in a text for a delimiter of several bytes: the character that was made for it.
pub(crate) const STAND_IN: u8 = 0x1f;

/// What of a dialect is told and need not be found out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    pub(crate) delimiter: Option<char>,
    /// The quote, or that there is none.
    pub(crate) quote: Option<Option<u8>>,
    /// The escape, or that there is none.
    pub(crate) escape: Option<Option<u8>>,
}

/// What may set cells apart if nobody says, in the order in which ties are decided.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// How many records are looked at.
const RECORDS: usize = 1000;

/// Finds the dialect in which the records of a text are of equal width, and quotes stand where they
/// should.
///
/// `is_whole` says whether the text ends with the file; otherwise its last record may be cut.
pub(crate) fn find(text: &str, is_whole: bool, told: Told) -> Dialect {
    let wide_delimiter = told.delimiter.filter(|it| !it.is_ascii());
    let delimiter = told
        .delimiter
        .map(|it| u8::try_from(it).ok().filter(u8::is_ascii));
    let delimiter = delimiter.map_or(b',', |it| it.unwrap_or(STAND_IN));
    let base = Dialect {
        delimiter,
        wide_delimiter,
        quote: told.quote.unwrap_or(Some(b'"')),
        escape: told.escape.flatten(),
        has_blanks: false,
    };
    let given = [base.delimiter];
    let delimiters = match told.delimiter {
        Some(_) => &given[..],
        None => &DELIMITERS,
    };
    let probe = Probe { text, is_whole };
    let best = probe.of(base, delimiters, (base, Fitness::default()));
    let mut best = probe.with_blanks(best);
    // Escapes are rare, so without a need for them a backslash is a character like any other.
    if told.escape.is_none() && text.contains('\\') {
        let escaping = Dialect {
            escape: Some(b'\\'),
            ..best.0
        };
        best = probe.of(escaping, delimiters, best);
    }
    match told.quote {
        None => probe.without_quotes(best),
        Some(_) => best.0,
    }
}

/// The start of a file.
#[derive(Clone, Copy)]
struct Probe<'t> {
    text: &'t str,
    is_whole: bool,
}

/// How well a dialect fits.
#[derive(Clone, Copy, Debug, Default)]
struct Fitness {
    /// How many records are as wide as the first, out of a thousand.
    even: usize,
    /// How many cells the first record has.
    width: usize,
    /// How many records have a quote where none should stand.
    flawed: usize,
}

impl Fitness {
    /// Whether this is so much better that it is worth a change; `by_escape` if it needs escapes
    /// that the other does not.
    fn is_better(self, other: Fitness, by_escape: bool) -> bool {
        let many = |it: Fitness| it.width > 1;
        match (many(self), many(other)) {
            (true, false) => true,
            (false, _) => false,
            (true, true) if by_escape => {
                let is_sounder = self.flawed < other.flawed && self.even == other.even;
                self.even > other.even || is_sounder
            }
            (true, true) => (self.even, self.width) > (other.even, other.width),
        }
    }
}

impl Probe<'_> {
    /// The best of a dialect with one of these delimiters, and of another one.
    fn of(
        self,
        dialect: Dialect,
        delimiters: &[u8],
        mut best: (Dialect, Fitness),
    ) -> (Dialect, Fitness) {
        for delimiter in delimiters {
            let dialect = Dialect {
                delimiter: *delimiter,
                ..dialect
            };
            let fitness = self.fitness(dialect);
            if fitness.is_better(best.1, dialect.escape != best.0.escape) {
                best = (dialect, fitness);
            }
        }
        best
    }

    fn fitness(self, dialect: Dialect) -> Fitness {
        let (mut first, mut even, mut flawed) = (None, 0, 0);
        let count = self.each(dialect, |row, record| {
            let filled = row.filled();
            let width = *first.get_or_insert(filled);
            // A trailing delimiter makes one empty cell more.
            even += usize::from(filled <= width && row.len() >= width);
            if !row.is_line() {
                let lines = lines_in(record);
                flawed += usize::from(quotes::of(dialect, record, row, lines) != Quotes::Sound);
            }
        });
        Fitness {
            even: (even * 1000).checked_div(count).unwrap_or_default(),
            width: first.unwrap_or_default(),
            flawed,
        }
    }

    /// Shows the first records, each with its bytes; gives how many they are, with one that does not
    /// end.
    fn each(self, dialect: Dialect, mut show: impl FnMut(Row<'_>, &[u8])) -> usize {
        let Probe { text, is_whole } = self;
        let mut splitter = Splitter::new(dialect);
        let (mut at, mut count) = (0, 0);
        while count < RECORDS {
            let (start, end) = match splitter.next(text, at, is_whole) {
                Found::Record { start, end } => (start, end),
                // A quote that is not closed is as bad as a record can be.
                Found::Open { .. } if is_whole => return count + 1,
                Found::Open { .. } | Found::Nothing => break,
            };
            // The last record of a text that goes on may be cut.
            if !is_whole && end >= text.len() {
                break;
            }
            at = end;
            count += 1;
            let record = text.as_bytes().get(start..end).unwrap_or_default();
            show(splitter.row(text), record);
        }
        count
    }

    /// The same dialect, with blanks that belong to delimiters if nearly all have one behind them.
    fn with_blanks(self, (dialect, fitness): (Dialect, Fitness)) -> (Dialect, Fitness) {
        let (mut all, mut blank, mut header) = (0, 0, None);
        self.each(dialect, |row, _| {
            for cell in row.cells().skip(1).filter(|cell| !cell.is_empty()) {
                all += 1;
                blank += usize::from(cell.starts_with(' '));
            }
            header.get_or_insert(all > 0 && all == blank);
        });
        // A header without them is that of a file without them.
        if header != Some(true) {
            return (dialect, fitness);
        }
        let is_usual = blank * 10 >= all * 9;
        let with = Dialect {
            has_blanks: true,
            ..dialect
        };
        let found = self.fitness(with);
        // Quotes behind blanks hold delimiters and line ends together.
        let is_better = found.even > fitness.even || found.even == fitness.even && is_usual;
        match found.width > 1 && is_better {
            true => (with, found),
            false => (dialect, fitness),
        }
    }

    /// The same dialect, or one in which quotes are characters like others: if they stand where they
    /// should not, all lines are equally wide without them, and most cells that begin with one do
    /// not end with one.
    fn without_quotes(self, (dialect, fitness): (Dialect, Fitness)) -> Dialect {
        let Some(quote) = dialect.quote.filter(|_| fitness.flawed > 0) else {
            return dialect;
        };
        let without = Dialect {
            quote: None,
            ..dialect
        };
        let quote = char::from(quote);
        let (mut halves, mut wholes) = (0, 0);
        self.each(without, |row, _| {
            for cell in row.cells().filter(|cell| cell.starts_with(quote)) {
                let is_whole = cell.len() > 1 && cell.ends_with(quote);
                *(if is_whole { &mut wholes } else { &mut halves }) += 1;
            }
        });
        let found = self.fitness(without);
        match halves > wholes && found.width == fitness.width && found.even == 1000 {
            true => without,
            false => dialect,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, delimiter: char, escape: bool) {
        let dialect = find(text, true, Told::default());
        let escape = escape.then_some(b'\\');
        assert_eq!(
            (char::from(dialect.delimiter), dialect.escape),
            (delimiter, escape)
        );
    }

    #[test]
    fn the_delimiter_is_the_one_that_gives_records_of_equal_width() {
        check("id,text\n1,a;b\n2,c;d\n", ',', false);
        check("id;text\n1;a, b, c\n2;d\n", ';', false);
        check("id\ttext\n1\ta, b\n2\tc;d\n", '\t', false);
        check("id|text\n1|a, b\n2|c;d\n", '|', false);
        check("id,text\n1,\"a;b;c\n;\"\n2,\"d;\"\n", ',', false);
        check("id;text;\n1;a,b;\n2;c;\n", ';', false);
        check("text\nhello\n", ',', false);
        check("", ',', false);
    }

    #[test]
    fn a_backslash_escapes_only_where_records_are_uneven_or_quotes_wrong_without() {
        check("id,path\n1,\"C:\\\"\n2,\"D:\\\"\n", ',', false);
        check("id,text\n1,\"say \\\"a, b\\\"\"\n2,\"c\"\n", ',', true);
        check("id\ttext\n1\ta\\\tb\n2\tc\\\nd\n", '\t', true);
        check("id,text\n1,\"say \\\"hi\\\"\"\n2,\"c\"\n", ',', true);
        check(
            "id,text\n1,\"say \\\"hi\\\" to\"\n2,\"C:\\\\\"\n",
            ',',
            true,
        );
        check("id,text\n1,\"say \"hi\" to\"\n2,\"C:\\x\"\n", ',', false);
    }

    #[test]
    fn quotes_are_ordinary_where_most_cells_with_one_have_no_other() {
        let check = |text: &str, is_ordinary: bool| {
            let dialect = find(text, true, Told::default());
            assert_eq!(dialect.quote.is_none(), is_ordinary, "{text}");
        };
        check("id\ttext\n1\t\"hi\" she said\n2\tok\n", true);
        check("id\tby\ttext\n1\tann\t\"a\n2\tann\tok\n3\tbob\tb\"\n", true);
        // One that writes quotes around its texts has forgotten to double them.
        check("id\ttext\n1\t\"say \"hi\" to\"\n2\t\"ok\"\n", false);
        check("id,text\n1,\"hi\" she said\n2,\"a, b\"\n", false);
        check("id,text\n1,\"hi\"\n2,\"ok\"\n", false);
    }

    #[test]
    fn a_blank_belongs_to_delimiters_if_nearly_all_have_one() {
        let check = |text: &str, has_blanks: bool| {
            let dialect = find(text, true, Told::default());
            assert_eq!(dialect.has_blanks, has_blanks, "{text}");
        };
        check("id, text, by\n1, hi, ann\n2, \"a, b\", bob\n", true);
        check("id, text, by\n1, hi,\n", true);
        check("id, text\n1, \",\"\n", true);
        check("id; text\n1; hi\n", true);
        check("id,text,by\n1, hi, ann\n2, ho, ann\n", false);
        check("id, text, by\n1,hi,ann\n2,ho,bob\n", false);
        check("text\n hi\n", false);
        check(&format!("id,text\n{}", "1, hi\n".repeat(50)), false);
    }

    #[test]
    fn what_is_told_is_not_looked_for() {
        let told = Told {
            delimiter: Some('|'),
            quote: Some(None),
            escape: Some(Some(b'^')),
        };
        let expected = Dialect {
            delimiter: b'|',
            wide_delimiter: None,
            quote: None,
            escape: Some(b'^'),
            has_blanks: false,
        };
        assert_eq!(find("a,b\n1,2\n", true, told), expected);
    }
}
