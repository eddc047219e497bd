//! Times as texts write them: ISO 8601 by position, anything else by its parts.

use chrono::NaiveDate;
use migrate_model::Time;

use crate::date_words::{self, Word};
use crate::zone::Zone;

const SECOND_MICROS: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// No way to write a time is longer, in bytes.
const LONGEST: usize = 96;

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// Microseconds since 1970, as if local time were UTC.
    pub(crate) micros: i64,
    /// By how many seconds it is ahead of UTC; `None` if the text does not say.
    pub(crate) ahead: Option<i64>,
}

impl Local {
    /// Whether a clock is told without its zone. Midnight is what a date without a clock is read as.
    pub(crate) fn lacks_zone(self) -> bool {
        self.ahead.is_none() && self.micros % (DAY_SECONDS * SECOND_MICROS) != 0
    }

    /// The time, in this zone if it names none; `None` if it is not within the years 1 to 9999.
    pub(crate) fn time(self, zone: Zone) -> Option<Time> {
        let ahead = match (self.ahead, zone) {
            (Some(ahead), _) => ahead,
            (None, Zone::Fixed(ahead)) => i64::from(ahead),
            (None, zone) => {
                let local = chrono::DateTime::from_timestamp_micros(self.micros)?;
                zone.ahead(local.naive_utc())
            }
        };
        Time::from_micros(self.micros.checked_sub(ahead * SECOND_MICROS)?)
    }
}

/// Which of two numbers before the year is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

/// Whether a text begins like a date of ISO 8601.
pub(crate) fn looks_iso(text: &[u8]) -> bool {
    matches!(text, [y1, y2, y3, y4, b'-', _, _, b'-', ..]
        if [y1, y2, y3, y4].into_iter().all(u8::is_ascii_digit))
}

/// Whether a time that begins so ends with the sign of UTC, if it is one.
pub(crate) fn is_utc(text: &[u8]) -> bool {
    matches!(text, [.., b'0'..=b'9', b'Z'])
}

/// A time whose year stands first: ISO 8601, or its parts in that order, such as
/// `2026-01-02, 9:05 PM`.
pub(crate) fn year_first(text: &str) -> Option<Local> {
    iso(text.as_bytes()).or_else(|| parts(text)?.local(None))
}

/// Reads `2026-01-02T03:04:05.678Z`: `T` or a space, seconds, fraction (cut to microseconds) and
/// zone may be missing, and so may the clock.
pub(crate) fn iso(text: &[u8]) -> Option<Local> {
    let ([y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], rest) = text.split_first_chunk::<10>()?
    else {
        return None;
    };
    let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
    let days = days(year, two(*m1, *m2)?, two(*d1, *d2)?)?;
    let (clock, zone) = match rest {
        [] => (0, &[][..]),
        [b'T' | b't' | b' ', rest @ ..] => clock(rest)?,
        _ => return None,
    };
    let zone = zone.strip_prefix(b" ").unwrap_or(zone);
    let ahead = match zone {
        [] => None,
        zone => Some(offset(zone)?),
    };
    Some(Local {
        micros: days * DAY_SECONDS * SECOND_MICROS + clock,
        ahead,
    })
}

/// Microseconds from `03:04:05.678`, and what follows.
fn clock(text: &[u8]) -> Option<(i64, &[u8])> {
    let ([h1, h2, b':', m1, m2], rest) = text.split_first_chunk::<5>()? else {
        return None;
    };
    let (seconds, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
        rest => (0, rest),
    };
    let (micros, rest) = match rest {
        [b'.' | b',', digits @ ..] => fraction(digits)?,
        rest => (0, rest),
    };
    let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
    Some((of_clock(hours, minutes, seconds)? + micros, rest))
}

/// Microseconds of a clock; a leap second is the first of the next minute, 24:00 that of the next
/// day.
fn of_clock(hours: i64, minutes: i64, seconds: i64) -> Option<i64> {
    let is_end = hours == 24 && minutes == 0 && seconds == 0;
    let is_clock = is_end || hours < 24 && minutes < 60 && seconds < 61;
    is_clock.then_some((hours * 3600 + minutes * 60 + seconds) * SECOND_MICROS)
}

/// Microseconds from the digits behind a point, and what follows them.
pub(crate) fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    // Most clocks count milliseconds.
    if let [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] = text
        && !rest.first().is_some_and(u8::is_ascii_digit)
    {
        let [a, b, c] = [a, b, c].map(|digit| i64::from(digit - b'0'));
        return Some(((a * 100 + b * 10 + c) * 1000, rest));
    }
    let (mut micros, mut worth) = (0, SECOND_MICROS);
    let mut rest = text;
    while let [digit @ b'0'..=b'9', behind @ ..] = rest {
        worth /= 10;
        micros += i64::from(digit - b'0') * worth;
        rest = behind;
    }
    (rest.len() < text.len()).then_some((micros, rest))
}

/// Seconds by which local time is ahead, from `Z`, `UTC`, `+02:00`, `+0200` or `+02`.
fn offset(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        [b'Z' | b'z'] | b"UTC" | b"GMT" | b"utc" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [h1, h2] => (two(*h1, *h2)?, 0),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (two(*h1, *h2)?, two(*m1, *m2)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// The value of two decimal digits; `None` if one is none.
fn two(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

/// The value of decimal digits; `None` if one is none.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then_some(number * 10 + i64::from(digit))
    })
}

/// Days since 1970-01-01.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )?;
    Some(i64::from(date.to_epoch_days()))
}

/// A date and clock of which the order of day and month may not be known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The numbers of the date in their order, each with its count of digits.
    numbers: [(i64, usize); 3],
    count: usize,
    /// What stands between the first two of them.
    separator: u8,
    /// A month by name, and how many numbers stood before it.
    month: Option<i64>,
    /// Microseconds of the clock.
    clock: Option<i64>,
    ahead: Option<i64>,
    /// Whether the zone stands there as a number, which no name changes.
    is_offset: bool,
}

/// The parts of a time that is written in some other way, such as `17-May-20 02:21 AM`,
/// `06.10.2023 00:37` or `Sat, 17 May 2020 10:00:00 +0200`.
pub(crate) fn parts(text: &str) -> Option<Parts> {
    if text.len() > LONGEST {
        return None;
    }
    let mut parts = Parts::default();
    let mut rest = without_remark(text);
    let mut gap = "";
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            rest = parts.number(rest, gap)?;
            gap = "";
        } else if first.is_alphabetic() {
            let end = rest.find(|c: char| !c.is_alphabetic() && c != '.');
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            parts.word(word)?;
            (rest, gap) = (after, "");
        } else if parts.clock.is_some() && matches!(first, '+' | '-') {
            let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | '-' | ':'));
            let (zone, after) = rest.split_at(end.unwrap_or(rest.len()));
            parts.ahead = Some(offset(zone.as_bytes())?);
            parts.is_offset = true;
            rest = after;
        } else {
            // A sign behind the clock belongs to the zone.
            let has_clock = parts.clock.is_some();
            let is_end = |c: char| c.is_alphanumeric() || has_clock && matches!(c, '+' | '-');
            let end = rest.find(is_end).unwrap_or(rest.len());
            let (between, after) = rest.split_at(end.max(first.len_utf8()));
            if !is_gap(between) {
                return None;
            }
            (rest, gap) = (after, between);
        }
    }
    Some(parts)
}

/// A time without what some programs write behind it: the name of its zone in brackets.
fn without_remark(text: &str) -> &str {
    let text = text.trim();
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some((time, _)) = text.strip_suffix(close).and_then(|it| it.rsplit_once(open)) {
            return time.trim_end();
        }
    }
    text
}

/// Whether this can stand between the parts of a time.
fn is_gap(text: &str) -> bool {
    // Some systems write a narrow space before AM and PM.
    let is_known = |c: char| matches!(c, ' ' | ',' | '/' | '-' | '.' | '\u{a0}' | '\u{202f}');
    text.chars().all(is_known) && text.len() <= 3
}

/// Reads `20260102T120000Z`, which is ISO 8601 without what stands between its parts.
pub(crate) fn basic(text: &str) -> Option<Local> {
    let (date, clock) = text.split_once(['T', 't'])?;
    let day = match date.len() {
        8 => compact(number(date.as_bytes())?)?,
        _ => return None,
    };
    let (clock, rest) = clock.as_bytes().split_first_chunk::<4>()?;
    let [h1, h2, m1, m2] = *clock;
    let (seconds, rest) = match rest {
        [s1 @ b'0'..=b'9', s2, rest @ ..] => (two(*s1, *s2)?, rest),
        rest => (0, rest),
    };
    let (micros, rest) = match rest {
        [b'.' | b',', digits @ ..] => fraction(digits)?,
        rest => (0, rest),
    };
    let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
    Some(Local {
        micros: day.micros + of_clock(hours, minutes, seconds)? + micros,
        ahead: match rest {
            [] => None,
            zone => Some(offset(zone)?),
        },
    })
}

/// Reads 20260102, 202601021200 and 20260102120000: the digits of a date and a clock of the years
/// 1990 to 2099. As counts of any unit such numbers are times of other years.
pub(crate) fn compact(number: i64) -> Option<Local> {
    let (date, clock) = match number {
        19_900_101..=20_991_231 => (number, 0),
        199_001_010_000..=209_912_312_400 => (number / 10_000, number % 10_000 * 100),
        19_900_101_000_000..=20_991_231_240_000 => (number / 1_000_000, number % 1_000_000),
        _ => return None,
    };
    let day = days(date / 10_000, date / 100 % 100, date % 100)?;
    let clock = of_clock(clock / 10_000, clock / 100 % 100, clock % 100)?;
    Some(Local {
        micros: day * DAY_SECONDS * SECOND_MICROS + clock,
        ahead: None,
    })
}

impl Parts {
    /// Takes a number, which is a part of the date, or begins the clock.
    fn number<'t>(&mut self, text: &'t str, gap: &str) -> Option<&'t str> {
        let end = text.find(|c: char| !c.is_ascii_digit());
        let (number_text, rest) = text.split_at(end.unwrap_or(text.len()));
        let digits = number_text.len();
        if digits > 4 {
            return None;
        }
        if rest.starts_with(':') && self.clock.is_none() {
            return self.clock(number(number_text.as_bytes())?, digits, rest);
        }
        let place = self.count;
        match (place, gap.bytes().next()) {
            (1, Some(separator)) => self.separator = separator,
            // Both separators of a date are the same.
            (2, Some(separator)) if self.month.is_none() && separator != self.separator => {
                return None;
            }
            (1 | 2, None) if self.month.is_none() => return None,
            _ => {}
        }
        *self.numbers.get_mut(place)? = (number(number_text.as_bytes())?, digits);
        self.count += 1;
        Some(rest)
    }

    /// Takes the rest of a clock, from its first colon on.
    fn clock<'t>(&mut self, hours: i64, digits: usize, text: &'t str) -> Option<&'t str> {
        let [b':', m1, m2, rest @ ..] = text.as_bytes() else {
            return None;
        };
        let (seconds, rest) = match rest {
            [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
            rest => (0, rest),
        };
        let (micros, rest) = match rest {
            [b'.' | b',', digit, ..] if digit.is_ascii_digit() => fraction(rest.get(1..)?)?,
            rest => (0, rest),
        };
        if digits > 2 || rest.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        self.clock = Some(of_clock(hours, two(*m1, *m2)?, seconds)? + micros);
        text.get(text.len() - rest.len()..)
    }

    /// Takes a word: a month, a day of the week, AM or PM, a zone.
    fn word(&mut self, text: &str) -> Option<()> {
        let half_day = 12 * 3600 * SECOND_MICROS;
        match (date_words::word(text)?, self.clock) {
            (Word::HalfDay { is_later: false }, Some(clock)) => {
                // Noon and midnight are hour 12 of their half day.
                self.clock = Some(match clock / half_day {
                    1.. if clock < half_day + 3600 * SECOND_MICROS => clock - half_day,
                    1.. => return None,
                    _ => clock,
                });
            }
            (Word::HalfDay { is_later: true }, Some(clock)) if clock < half_day => {
                self.clock = Some(clock + half_day);
            }
            (Word::HalfDay { is_later: true }, Some(_)) | (Word::Filler, _) => {}
            // `GMT+0200` and `+0200 CEST` say the same twice.
            (Word::Zone(seconds), Some(_)) => {
                if !self.is_offset {
                    self.ahead = Some(seconds);
                }
            }
            (Word::Month(month), _) if self.month.is_none() => self.month = Some(month),
            _ => return None,
        }
        Some(())
    }

    /// Whether the text is a date whose year stands last and whose month is a number.
    fn has_order(&self) -> bool {
        let [(_, digits), ..] = self.numbers;
        self.month.is_none() && self.count == 3 && digits != 4
    }

    /// What the text proves of the order of day and month: `None` if nothing.
    pub(crate) fn order(&self) -> Option<Order> {
        let [(first, _), (second, _), _] = self.numbers;
        match (first > 12, second > 12) {
            (true, false) if self.has_order() => Some(Order::DayFirst),
            (false, true) if self.has_order() => Some(Order::MonthFirst),
            _ => None,
        }
    }

    /// Whether points stand in the date, as where days stand first.
    pub(crate) fn is_dotted(&self) -> bool {
        self.has_order() && self.separator == b'.'
    }

    /// Whether the order of day and month is not told and makes a difference.
    pub(crate) fn is_ambiguous(&self) -> bool {
        let [(first, _), (second, _), _] = self.numbers;
        self.has_order() && self.order().is_none() && first != second && first <= 12
    }

    /// The first and the last of three numbers of two digits, if the first may be a year and the
    /// last a day.
    pub(crate) fn may_begin_with_year(&self) -> Option<(i64, i64)> {
        let [(first, 2), (second, _), (third, 2)] = self.numbers else {
            return None;
        };
        let may_be = self.has_order() && first > 12 && second <= 12 && third <= 31;
        may_be.then_some((first, third))
    }

    /// Whether the text has a clock, and does not say its zone.
    pub(crate) fn lacks_zone(&self) -> bool {
        self.ahead.is_none() && self.clock.is_some()
    }

    /// The time; `None` if there is no such day.
    pub(crate) fn local(&self, order: Option<Order>) -> Option<Local> {
        let [first, second, third] = self.numbers;
        let by_points = self.is_dotted().then_some(Order::DayFirst);
        let (year, month, day) = match (self.month, self.count) {
            // `17 May 2020`, `May 17, 2020`, `2020 May 17`
            (Some(month), 2) if first.1 == 4 => (first, month, second.0),
            (Some(month), 2) => (second, month, first.0),
            (None, 3) if first.1 == 4 => (first, second.0, third.0),
            // A day that is told to stand elsewhere is none.
            (None, 3)
                if self
                    .order()
                    .zip(order)
                    .is_some_and(|(own, told)| own != told) =>
            {
                return None;
            }
            (None, 3) => match self.order().or(order).or(by_points) {
                Some(Order::DayFirst) => (third, second.0, first.0),
                Some(Order::MonthFirst) => (third, first.0, second.0),
                None if first.0 == second.0 => (third, first.0, second.0),
                None => return None,
            },
            _ => return None,
        };
        let year = match year {
            (year, 4) => year,
            // As POSIX has it.
            (year, 2) if year < 69 => 2000 + year,
            (year, 2) => 1900 + year,
            _ => return None,
        };
        let days = days(year, month, day)?;
        Some(Local {
            micros: days * DAY_SECONDS * SECOND_MICROS + self.clock.unwrap_or(0),
            ahead: self.ahead,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: i64 = 1_767_355_200_000_000;

    #[test]
    fn iso_is_read_in_all_its_forms() {
        let check = |text: &str, expected: Option<(i64, Option<i64>)>| {
            let read = iso(text.as_bytes());
            assert_eq!(read.map(|it| (it.micros, it.ahead)), expected, "{text}");
            assert!(read.is_none() || looks_iso(text.as_bytes()));
        };
        check("2026-01-02T12:00:00Z", Some((NOON, Some(0))));
        check("2026-01-02 12:00:00", Some((NOON, None)));
        check("2026-01-02 12:00", Some((NOON, None)));
        check("2026-01-02", Some((NOON - 43_200_000_000, None)));
        check(
            "2026-01-02T12:00:00.3790000+03:00",
            Some((NOON + 379_000, Some(10_800))),
        );
        check(
            "2026-01-02 12:00:00.123456789 UTC",
            Some((NOON + 123_456, Some(0))),
        );
        check(
            "2026-01-02 12:00:00.888+0000",
            Some((NOON + 888_000, Some(0))),
        );
        check(
            "2026-01-02 12:00:00,5-0330",
            Some((NOON + 500_000, Some(-12_600))),
        );
        check("2026-01-02 12:00:00+02", Some((NOON, Some(7200))));
        check("2026-01-01T24:00", Some((NOON - 43_200_000_000, None)));
        for text in [
            "2026-1-2",
            "2026-02-30",
            "2026-01-02T",
            "2026-01-02T12",
            "2026-01-02T24:01",
            "2026-01-02T12:00:00.",
            "2026-01-02x",
            "2026-01-02 12:00 Berlin",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn other_ways_are_read_by_their_parts() {
        let check = |text: &str, order, expected: Option<i64>| {
            let read = parts(text).and_then(|it| it.local(order));
            assert_eq!(
                read.map(|it| it.micros - it.ahead.unwrap_or(0) * SECOND_MICROS),
                expected,
                "{text}"
            );
        };
        let day = Some(Order::DayFirst);
        let month = Some(Order::MonthFirst);
        check("02-Jan-26 12:00 PM", None, Some(NOON));
        check("02-Jan-26 12:00 AM", None, Some(NOON - 43_200_000_000));
        check("2/1/2026 12:00", day, Some(NOON));
        check("2/1/2026 12:00", None, None);
        check("1/2/2026, 12:00:00\u{202f}PM", month, Some(NOON));
        check("02.01.2026 12:00", None, Some(NOON));
        check("02.01.26, 12:00", None, Some(NOON));
        check("2026/01/02 12:00:00", None, Some(NOON));
        check("Fri, 2 Jan 2026 13:00:00 +0100", None, Some(NOON));
        check("Fri Jan 02 12:00:00 +0000 2026", None, Some(NOON));
        check("January 2, 2026 at 12:00 PM", None, Some(NOON));
        check("1/13/2026 12:00", None, Some(NOON + 11 * 86_400_000_000));
        check("1/13/2026 12:00", day, None);
        check("13/13/2026 12:00", day, None);
        check("3/3/2026 12:00", None, Some(NOON + 60 * 86_400_000_000));
        check("1/2-2026 12:00", day, None);
        check("13:00 PM", None, None);
        check("1/2/2026 15:00 AM", day, None);
        check("12:00", None, None);
        check("yesterday", None, None);
        check("", None, None);
        check("1/2/2026 12:00 x", day, None);
        check("2026-01-02, 12:00", None, Some(NOON));
        check("2026-01-02 12:00 PM", None, Some(NOON));
        check("2026-01-02T9:05:00Z", None, Some(NOON - 10_500_000_000));
        check("2026-01-02T12:00:00Z[UTC]", None, Some(NOON));
        check("2026-01-02 13:00:00 +0100 CET", None, Some(NOON));
        check("2026-01-02 07:00 EST", None, Some(NOON));
        check("2. Januar 2026 13:00 Uhr MEZ", None, Some(NOON));
        check(
            "2. März 2026",
            None,
            Some(NOON + 59 * 86_400_000_000 - 43_200_000_000),
        );
        check("1/1/2026 24:00", None, Some(NOON - 43_200_000_000));
        let script = "Fri Jan 02 2026 13:00:00 GMT+0100 (Central European Standard Time)";
        check(script, None, Some(NOON));
    }

    #[test]
    fn digits_alone_are_a_date_where_they_can_be_one() {
        let check = |number: i64, expected: Option<i64>| {
            assert_eq!(compact(number).map(|it| it.micros), expected, "{number}");
        };
        check(20_260_102, Some(NOON - 43_200_000_000));
        check(202_601_021_200, Some(NOON));
        check(20_260_102_120_000, Some(NOON));
        for other in [
            20_261_302,
            19_891_231,
            1_767_355_200,
            20_260_102_250_000,
            0,
            -20_260_102,
        ] {
            check(other, None);
        }
        let check = |text: &str, expected: Option<(i64, Option<i64>)>| {
            assert_eq!(
                basic(text).map(|it| (it.micros, it.ahead)),
                expected,
                "{text}"
            );
        };
        check("20260102T120000Z", Some((NOON, Some(0))));
        check("20260102T120000.5", Some((NOON + 500_000, None)));
        check("20260102T1200+0100", Some((NOON, Some(3600))));
        check("20260102T12", None);
        check("20260102T120000x", None);
        check("T", None);
    }

    #[test]
    fn the_order_is_told_by_numbers_over_twelve() {
        let check = |text: &str, expected, ambiguous| {
            let parts = parts(text).unwrap();
            let told = (parts.order(), parts.is_ambiguous());
            assert_eq!(told, (expected, ambiguous), "{text}");
        };
        check("13/1/2026", Some(Order::DayFirst), false);
        check("1/13/2026", Some(Order::MonthFirst), false);
        check("1/2/2026", None, true);
        check("2/2/2026", None, false);
        check("1.2.2026", None, true);
        check("1.13.2026", Some(Order::MonthFirst), false);
        check("2026/1/2", None, false);
        check("2 Jan 2026", None, false);
    }

    proptest! {
        #[test]
        fn no_text_ends_the_program(text in "[0-9/.:, A-Za-z+\u{202f}ä()-]{0,30}") {
            if let Some(parts) = parts(&text) {
                let _ = parts.local(Some(Order::DayFirst)).and_then(|it| it.time(Zone::UTC));
                let _ = parts.is_ambiguous();
            }
            let _ = iso(text.as_bytes());
            let _ = basic(&text);
        }

        #[test]
        fn what_ends_as_utc_does_lacks_no_zone(text in "20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ,.:/0-9apmAPM-]{0,14}[0-9]Z") {
            prop_assert!(is_utc(text.as_bytes()));
            prop_assert!(!year_first(&text).is_some_and(Local::lacks_zone));
        }
    }
}
