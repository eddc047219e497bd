//! Cells of times that hold no time: what systems write for "never", and flags.

use migrate_model::Time;

use crate::cell::Cell;

/// Dates that systems write for no date: that of MySQL, the first of Go and .NET, the first of Unix.
const NO_DATES: [&str; 3] = ["0000-00-00", "0001-01-01", "1970-01-01"];

/// The first moment of year 1 as .NET and Go count it, in microseconds since 1970.
const YEAR_ONE: i64 = -62_135_596_800_000_000;

/// Whether a time is one that systems write for none.
pub(crate) fn is_never(time: Time) -> bool {
    time == Time::EPOCH || time.micros() == YEAR_ONE
}

/// What a cell of times says that is none: that it never was, or that it was; `None` for anything
/// else.
pub(crate) fn said(cell: Cell<'_>) -> Option<bool> {
    match cell {
        Cell::Integer(0) => Some(false),
        Cell::Integer(1) => Some(true),
        Cell::Real(0.0) => Some(false),
        Cell::Null | Cell::Integer(_) | Cell::Real(_) | Cell::Blob(_) => None,
        Cell::Text(text) => of_text(text.trim()),
    }
}

fn of_text(text: &str) -> Option<bool> {
    let is = |word: &&str| word.eq_ignore_ascii_case(text);
    match text.len() {
        0 => return None,
        // Nearly all times are longer than any flag.
        1..=5 if ["1", "true", "t", "yes", "y"].iter().any(&is) => return Some(true),
        1..=5 if ["false", "f", "no", "n", "never"].iter().any(is) => {
            return Some(false);
        }
        _ => {}
    }
    let has_no_value = |text: &str| !text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let is_zero = |text: &str| {
        let is_part = |byte: u8| byte == b'0' || b".,".contains(&byte);
        text.starts_with('0') && text.bytes().all(is_part)
    };
    let rest = NO_DATES.iter().find_map(|date| text.strip_prefix(date));
    (is_zero(text) || rest.is_some_and(has_no_value)).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_and_what_is_a_flag_is_no_time() {
        let check = |text: &str, expected| assert_eq!(said(Cell::Text(text)), expected, "{text}");
        for text in [
            "0",
            "0.0",
            "000",
            "0000-00-00 00:00:00",
            "0001-01-01T00:00:00Z",
            "1970-01-01 00:00:00+00",
            "F",
            "false",
        ] {
            check(text, Some(false));
        }
        for text in ["1", "true", "T", "yes"] {
            check(text, Some(true));
        }
        for text in [
            "",
            "1970-01-01T00:00:01Z",
            "0001-01-02",
            "2",
            "0.5",
            "1767355200",
            "soon",
        ] {
            check(text, None);
        }
        assert_eq!(said(Cell::Integer(0)), Some(false));
        assert_eq!(said(Cell::Integer(1)), Some(true));
        assert_eq!(said(Cell::Real(0.0)), Some(false));
        assert_eq!(said(Cell::Null), None);
    }
}
