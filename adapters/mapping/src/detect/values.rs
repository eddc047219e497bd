//! What the first rows of a table tell of its columns, where names leave it open.
//!
//! Rows prove what a column is not; what it is they only make likely. So they choose among columns
//! whose names fit, and find no field alone.

use std::collections::HashSet;

/// Texts that stand for nothing in most exports.
const NOTHING: &[&str] = &["null", "none", "nil", "\\n", "nan", "-", "undefined"];

/// Words for yes and no, as exports write them.
pub(super) const YES: &[&str] = &["true", "1", "t", "yes", "y", "x", "ja", "j", "wahr"];
pub(super) const NO: &[&str] = &["false", "0", "f", "no", "n", "nein", "falsch"];

/// From how many rows on a column is judged by what repeats in it.
const ENOUGH: usize = 4;

/// One column of the first rows.
#[derive(Clone, Copy)]
pub(super) struct Column<'t> {
    rows: &'t [&'t Vec<String>],
    place: usize,
}

impl<'t> Column<'t> {
    pub(super) fn of(rows: &'t [&'t Vec<String>], place: usize) -> Column<'t> {
        Column { rows, place }
    }

    /// All cells, those without anything as well.
    fn cells(self) -> impl Iterator<Item = &'t str> {
        let rows = self.rows.iter();
        rows.map(move |row| row.get(self.place).map_or("", |cell| cell.trim()))
    }

    /// The cells that hold something.
    pub(super) fn filled(self) -> impl Iterator<Item = &'t str> {
        self.cells().filter(|cell| !is_nothing(cell))
    }

    /// The same cells, with blanks around what they hold.
    pub(super) fn as_written(self) -> impl Iterator<Item = &'t str> {
        let cells = self.rows.iter().filter_map(move |row| row.get(self.place));
        cells
            .map(String::as_str)
            .filter(|it| !is_nothing(it.trim()))
    }

    /// Whether there are cells, and all that hold something are of one kind.
    pub(super) fn all(self, is: impl Fn(&str) -> bool) -> bool {
        let mut filled = self.filled().peekable();
        filled.peek().is_some() && filled.all(is)
    }

    /// Whether no row has anything in it, though there are rows.
    pub(super) fn is_empty(self) -> bool {
        !self.rows.is_empty() && self.filled().next().is_none()
    }

    /// Whether its cells say yes or no.
    pub(super) fn is_flag(self) -> bool {
        self.all(|cell| {
            let is = |word: &&str| word.eq_ignore_ascii_case(cell);
            YES.iter().chain(NO).any(is)
        })
    }

    /// Whether its cells are days without a clock.
    pub(super) fn is_day(self) -> bool {
        self.all(|cell| !cell.contains(':') && !is_number(cell))
    }

    /// Whether its cells are times of day without a day.
    pub(super) fn is_clock(self) -> bool {
        self.all(|cell| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || ":. \u{202f}\u{a0}+".contains(c);
            let (hour, _) = cell.split_once([':', '.']).unwrap_or_default();
            (1..=2).contains(&hour.len()) && is_number(hour) && cell.chars().all(is_part)
        })
    }

    /// Whether its cells may be times with day and clock.
    pub(super) fn is_moment(self) -> bool {
        self.all(|cell| is_date(cell) && cell.contains(':') || is_epoch(cell))
    }

    /// Whether its cells may be times of any kind.
    pub(super) fn is_time(self) -> bool {
        self.all(|cell| is_date(cell) || is_epoch(cell))
    }

    /// Whether its cells are times as Slack writes them, which are ids as well: `1715690000.000200`.
    pub(super) fn is_slack(self) -> bool {
        self.all(|cell| {
            let (whole, part) = cell.split_once('.').unwrap_or_default();
            whole.len() == 10 && part.len() == 6 && is_number(whole) && is_number(part)
        })
    }

    /// Whether its cells may be ids: each something else, and one word.
    pub(super) fn is_id(self) -> bool {
        let mut seen = HashSet::new();
        let is_word = |cell: &str| !cell.contains(char::is_whitespace) && cell.len() <= 64;
        let count = self.filled().count();
        count >= 2 && self.all(is_word) && self.filled().all(|cell| seen.insert(cell))
    }

    /// Whether its values come again and again, as those of people and channels do.
    pub(super) fn repeats(self) -> bool {
        let values: HashSet<&str> = self.filled().collect();
        let count = self.filled().count();
        let is_short = |cell: &str| cell.chars().count() <= 64;
        count >= ENOUGH && values.len() * 2 <= count && self.all(is_short)
    }

    /// Whether its values may be what tells channels apart: several, each of many rows, and no
    /// numbers or flags.
    pub(super) fn divides(self) -> bool {
        let values: HashSet<&str> = self.filled().collect();
        values.len() > 1 && self.repeats() && !self.is_flag() && !self.all(is_number)
    }

    /// Whether some value is one of another column as well.
    pub(super) fn shares(self, other: Column<'_>) -> bool {
        let values: HashSet<&str> = self.filled().collect();
        other.filled().any(|cell| values.contains(cell))
    }

    /// Whether each row has the same in both columns.
    pub(super) fn equals(self, other: Column<'_>) -> bool {
        !self.rows.is_empty() && self.cells().eq(other.cells())
    }

    /// Whether all cells hold something.
    pub(super) fn is_full(self) -> bool {
        self.filled().count() == self.rows.len()
    }

    /// Whether its cells count rows, from 0 or 1, as libraries do that write their index as well.
    pub(super) fn counts_rows(self) -> bool {
        let counts = |from: usize| {
            let mut cells = self.cells().zip(from..);
            cells.all(|(cell, number)| cell.parse() == Ok(number))
        };
        !self.rows.is_empty() && (counts(0) || counts(1))
    }

    /// How many cells hold tags of HTML, and whether all do that hold something.
    pub(super) fn html(self) -> (usize, bool) {
        let found = self.filled().filter(|cell| is_html(cell)).count();
        (found, found > 0 && found == self.filled().count())
    }
}

fn is_nothing(cell: &str) -> bool {
    cell.is_empty() || NOTHING.iter().any(|it| it.eq_ignore_ascii_case(cell))
}

/// Whether a header has times or numbers where names belong.
pub(super) fn look_like_a_record(header: &[String]) -> bool {
    let is_value = |cell: &String| {
        let cell = cell.trim();
        is_number(cell) && cell.len() > 3 || is_epoch(cell) || is_date(cell) && cell.contains(':')
    };
    header.iter().any(is_value)
}

fn is_number(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits in groups, as dates have them however they are written.
fn is_date(cell: &str) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let starts = cell.starts_with(|c: char| c.is_ascii_digit() || c.is_alphabetic());
    let has_groups = cell.contains(['-', '/', '.', ' ', ',']);
    starts && digits >= 3 && has_groups && cell.len() <= 60 && !cell.contains(['@', '_'])
}

/// A number that may count seconds since 1970 or parts of them.
fn is_epoch(cell: &str) -> bool {
    let whole = cell.split_once('.').map_or(cell, |(whole, _)| whole);
    (9..=19).contains(&whole.len()) && is_number(whole)
}

/// Tags that texts of HTML have.
const TAGS: &[&str] = &[
    "<p>", "<p ", "<br>", "<br/", "<br ", "<div", "<span", "<a href", "</p>", "</a>", "<b>",
    "<strong", "<em>", "<i>", "<ul>", "<li>", "<img ", "&nbsp;",
];

fn is_html(cell: &str) -> bool {
    let lower = cell.to_ascii_lowercase();
    TAGS.iter().any(|tag| lower.contains(tag))
}
