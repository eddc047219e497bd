//! Times as the lines have them: RFC 3339, read with any offset and written in UTC.
//!
//! By hand, since every message has at least one: the fixed form is told apart by its positions.

use std::io::Write as _;

use migrate_model::Time;

/// What a time looks like, for error messages.
pub(crate) const FORM: &str = "a time such as `2026-01-02T03:04:05.678Z` or \
                               `2026-01-02T05:04:05+02:00`";

/// Days from the start of year 1 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_162;
const DAY_SECONDS: i64 = 86_400;
const SECOND_MICROS: i64 = 1_000_000;

/// Days before each month of a year that is no leap year.
const BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Reads a time; digits finer than microseconds are cut. `None` for any other text, for a day
/// that does not exist, and for what is not within the years 1 to 9999 in UTC.
pub(crate) fn parse(text: &str) -> Option<Time> {
    let (head, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T' | b't',
        clock @ ..,
    ] = *head
    else {
        return None;
    };
    let [h1, h2, b':', n1, n2, b':', s1, s2] = clock else {
        return None;
    };
    let days = days_of(
        number(&[y1, y2, y3, y4])?,
        number(&[m1, m2])?,
        number(&[d1, d2])?,
    )?;
    // A leap second is counted as the first second of the next minute.
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (micros, offset) = fraction(rest)?;
    let seconds =
        (days - EPOCH_DAYS) * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset_of(offset)?;
    Time::from_micros(seconds * SECOND_MICROS + micros)
}

/// Appends a time in UTC, with three or six digits of a second only where they are needed.
pub(crate) fn write(out: &mut Vec<u8>, time: Time) {
    let micros = time.micros().rem_euclid(SECOND_MICROS);
    let seconds = time.micros().div_euclid(SECOND_MICROS);
    let (year, month, day) = date_of(seconds.div_euclid(DAY_SECONDS) + EPOCH_DAYS);
    let clock = seconds.rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let written = match micros {
        0 => write!(
            out,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        ),
        _ if micros % 1000 == 0 => write!(
            out,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
            micros / 1000
        ),
        _ => write!(
            out,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"
        ),
    };
    written.expect("writing into memory does not fail");
}

/// The value of decimal digits; `None` if one is none.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then_some(number * 10 + i64::from(digit))
    })
}

/// Microseconds from `.678`, which may be missing, and what follows it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', text @ ..] = text else {
        return Some((0, text));
    };
    let (mut micros, mut worth, mut count) = (0, SECOND_MICROS / 10, 0);
    while let Some(digit) = text.get(count).filter(|byte| byte.is_ascii_digit()) {
        micros += i64::from(digit - b'0') * worth;
        worth /= 10;
        count += 1;
    }
    (count > 0).then(|| (micros, text.split_at(count).1))
}

/// Seconds by which local time is ahead, from `Z` or `+02:00`.
fn offset_of(text: &[u8]) -> Option<i64> {
    let (sign, [h1, h2, b':', m1, m2]) = (match text {
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    }) else {
        return None;
    };
    let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days from the start of year 1 to a date; `None` if there is no such day.
fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let index = usize::try_from(month).ok()?.checked_sub(1)?;
    let before = before_month(year, index)?;
    let end = before_month(year, index + 1).unwrap_or(before + 31);
    (year >= 1 && day >= 1 && before + day <= end).then(|| before_year(year) + before + day - 1)
}

/// Year, month and day from days since the start of year 1.
fn date_of(days: i64) -> (i64, usize, i64) {
    // The mean length of a year gives the year or one beside it.
    let mut year = days * 400 / 146_097 + 1;
    if days < before_year(year) {
        year -= 1;
    } else if days >= before_year(year + 1) {
        year += 1;
    }
    let day = days - before_year(year);
    let months = (0..12)
        .rev()
        .filter_map(|index| Some((index, before_month(year, index)?)));
    let (index, before) = { months }
        .find(|(_, before)| *before <= day)
        .unwrap_or((0, 0));
    (year, index + 1, day - before + 1)
}

/// Days from the start of year 1 to the start of a year.
fn before_year(year: i64) -> i64 {
    let years = year - 1;
    years * 365 + years / 4 - years / 100 + years / 400
}

/// Days of a year before a month, from 0; `None` for a month that does not exist.
fn before_month(year: i64, index: usize) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = BEFORE_MONTH.get(index)?;
    Some(days + i64::from(is_leap && index > 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(time: Time) -> String {
        let mut out = Vec::new();
        write(&mut out, time);
        String::from_utf8(out).unwrap()
    }

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse(text).map(written).as_deref(), expected, "{text}");
    }

    #[test]
    fn a_time_is_read_with_any_offset_and_written_in_utc() {
        check("2026-01-02T03:04:05Z", Some("2026-01-02T03:04:05Z"));
        check("2026-01-02t03:04:05z", Some("2026-01-02T03:04:05Z"));
        check("2026-01-02T03:04:05.5Z", Some("2026-01-02T03:04:05.500Z"));
        check(
            "2026-01-02T03:04:05.0001Z",
            Some("2026-01-02T03:04:05.000100Z"),
        );
        check(
            "2026-01-02T03:04:05.1234567891Z",
            Some("2026-01-02T03:04:05.123456Z"),
        );
        check("2026-01-01T01:30:00+02:00", Some("2025-12-31T23:30:00Z"));
        check("2026-01-01T01:30:00-11:45", Some("2026-01-01T13:15:00Z"));
        check(
            "1969-12-31T23:59:59.999999Z",
            Some("1969-12-31T23:59:59.999999Z"),
        );
        check("2024-02-29T00:00:00Z", Some("2024-02-29T00:00:00Z"));
        check("2016-12-31T23:59:60Z", Some("2017-01-01T00:00:00Z"));
        check("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z"));
        check(
            "9999-12-31T23:59:59.999999Z",
            Some("9999-12-31T23:59:59.999999Z"),
        );
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2026-01-02",
            "2026-01-02 03:04:05Z",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04Z",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05+0200",
            "2026-01-02T03:04:05+02",
            "2026-01-02T03:04:05+24:00",
            "2026-01-02T03:04:05ZZ",
            "2026-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-32T00:00:00Z",
            "2026-12-32T00:00:00Z",
            "2026-01-02T24:00:00Z",
            "2026-01-02T23:60:00Z",
            "2026-01-02T23:59:61Z",
            "0000-12-31T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "+026-01-02T03:04:05Z",
            "２０26-01-02T03:04:05Z",
            "1767323045",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn a_time_that_is_written_reads_back(
            micros in Time::MIN.micros()..=Time::MAX.micros(),
            unit in prop::sample::select(vec![1, 1_000, 1_000_000, 86_400_000_000]),
        ) {
            let time = Time::from_micros(micros / unit * unit).unwrap();
            prop_assert_eq!(parse(&written(time)), Some(time));
        }
    }
}
