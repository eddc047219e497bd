//! How the cells of a file are set apart, and how that is found out.

use crate::split::{Found, Splitter};

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
}

impl Dialect {
    /// A dialect as RFC 4180 has it but for the delimiter.
    pub(crate) const fn of(delimiter: u8) -> Self {
        Dialect {
            delimiter,
            wide_delimiter: None,
            quote: Some(b'"'),
            escape: None,
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

/// Finds the dialect in which the records of a text are of equal width.
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
    };
    let given = [base.delimiter];
    let delimiters = match told.delimiter {
        Some(_) => &given[..],
        None => &DELIMITERS,
    };
    // Escapes are rare, so without a need for them a backslash is a character like any other.
    let escapes: &[Option<u8>] = match (told.escape, text.contains('\\')) {
        (None, true) => &[None, Some(b'\\')],
        (None, false) => &[None],
        (Some(_), _) => &[base.escape],
    };
    let mut best = (base, Fitness::default());
    for escape in escapes {
        for delimiter in delimiters {
            let dialect = Dialect {
                delimiter: *delimiter,
                escape: *escape,
                ..base
            };
            let fitness = fitness(dialect, text, is_whole);
            if fitness.is_better(best.1, dialect.escape != best.0.escape) {
                best = (dialect, fitness);
            }
        }
    }
    best.0
}

/// How well a dialect fits.
#[derive(Clone, Copy, Debug, Default)]
struct Fitness {
    /// How many records are as wide as the first, out of a thousand.
    even: usize,
    /// How many cells the first record has.
    width: usize,
}

impl Fitness {
    /// Whether this is so much better that it is worth a change; `by_escape` if it needs escapes
    /// that the other does not.
    fn is_better(self, other: Fitness, by_escape: bool) -> bool {
        let many = |it: Fitness| it.width > 1;
        match (many(self), many(other)) {
            (true, false) => true,
            (false, _) => false,
            (true, true) if by_escape => self.even > other.even,
            (true, true) => (self.even, self.width) > (other.even, other.width),
        }
    }
}

fn fitness(dialect: Dialect, text: &str, is_whole: bool) -> Fitness {
    let mut splitter = Splitter::new(dialect);
    let mut at = 0;
    let mut first = None;
    let (mut count, mut even) = (0, 0);
    while count < RECORDS {
        let Found::Record { end, .. } = splitter.next(text, at, is_whole) else {
            break;
        };
        // The last record of a text that goes on may be cut.
        if !is_whole && end >= text.len() {
            break;
        }
        at = end;
        let row = splitter.row(text);
        let filled = row.filled();
        let width = *first.get_or_insert(filled);
        count += 1;
        // A trailing delimiter makes one empty cell more.
        even += usize::from(filled <= width && row.len() >= width);
    }
    Fitness {
        even: (even * 1000).checked_div(count).unwrap_or_default(),
        width: first.unwrap_or_default(),
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
    fn a_backslash_escapes_only_where_records_are_uneven_without() {
        check("id,path\n1,\"C:\\\"\n2,\"D:\\\"\n", ',', false);
        check("id,text\n1,\"say \\\"a, b\\\"\"\n2,\"c\"\n", ',', true);
        check("id\ttext\n1\ta\\\tb\n2\tc\\\nd\n", '\t', true);
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
        };
        assert_eq!(find("a,b\n1,2\n", true, told), expected);
    }
}
