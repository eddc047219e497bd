//! Times as texts write them: ISO 8601 by position, anything else by its parts.

use chrono::NaiveDate;
use migrate_model::Time;

use crate::zone::Zone;

const SECOND_MICROS: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// No way to write a time is longer, in bytes.
const LONGEST: usize = 64;

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// Microseconds since 1970, as if local time were UTC.
    pub(crate) micros: i64,
    /// By how many seconds it is ahead of UTC; `None` if the text does not say.
    pub(crate) ahead: Option<i64>,
}

impl Local {
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

/// Whether a time of ISO 8601 names its zone.
pub(crate) fn names_zone(text: &[u8]) -> bool {
    let behind_date = text.get(10..).unwrap_or_default();
    matches!(behind_date.last(), Some(b'Z' | b'z' | b'C' | b'T'))
        || behind_date.iter().any(|byte| matches!(byte, b'+' | b'-'))
}

/// Reads `2026-01-02T03:04:05.678Z`: `T` or a space, seconds, fraction (cut to microseconds) and
/// zone may be missing, and so may the clock.
pub(crate) fn iso(text: &[u8]) -> Option<Local> {
    let ([y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], rest) = text.split_first_chunk::<10>()?
    else {
        return None;
    };
    let days = days(
        number(&[*y1, *y2, *y3, *y4])?,
        number(&[*m1, *m2])?,
        number(&[*d1, *d2])?,
    )?;
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
        [b':', s1, s2, rest @ ..] => (number(&[*s1, *s2])?, rest),
        rest => (0, rest),
    };
    let (micros, rest) = match rest {
        [b'.' | b',', digits @ ..] => fraction(digits)?,
        rest => (0, rest),
    };
    let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
    Some((of_clock(hours, minutes, seconds)? + micros, rest))
}

/// Microseconds of a clock; a leap second is the first of the next minute.
fn of_clock(hours: i64, minutes: i64, seconds: i64) -> Option<i64> {
    let is_clock = hours < 24 && minutes < 60 && seconds < 61;
    is_clock.then_some((hours * 3600 + minutes * 60 + seconds) * SECOND_MICROS)
}

/// Microseconds from the digits behind a point, and what follows them.
pub(crate) fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    let mut micros = 0;
    let mut worth = SECOND_MICROS / 10;
    for digit in digits {
        micros += i64::from(digit - b'0') * worth;
        worth /= 10;
    }
    (count > 0).then_some((micros, rest))
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
        [h1, h2] => (number(&[*h1, *h2])?, 0),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (number(&[*h1, *h2])?, number(&[*m1, *m2])?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
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
}

/// The parts of a time that is written in some other way, such as `17-May-20 02:21 AM`,
/// `06.10.2023 00:37` or `Sat, 17 May 2020 10:00:00 +0200`.
pub(crate) fn parts(text: &str) -> Option<Parts> {
    if text.len() > LONGEST {
        return None;
    }
    let mut parts = Parts::default();
    let mut rest = text.as_bytes();
    let mut gap: &[u8] = &[];
    while let Some(first) = rest.first() {
        if first.is_ascii_digit() {
            rest = parts.number(rest, gap)?;
            gap = &[];
        } else if first.is_ascii_alphabetic() {
            let count = rest
                .iter()
                .take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'.');
            let (word, after) = rest.split_at(count.count());
            parts.word(word)?;
            (rest, gap) = (after, &[]);
        } else if parts.clock.is_some() && matches!(first, b'+' | b'-') {
            parts.ahead = Some(zone(&mut rest)?);
        } else {
            let count = rest.iter().take_while(|byte| !byte.is_ascii_alphanumeric());
            // A sign behind the clock belongs to the zone.
            let count = match parts.clock {
                Some(_) => count
                    .take_while(|byte| !matches!(byte, b'+' | b'-'))
                    .count(),
                None => count.count(),
            };
            let (between, after) = rest.split_at(count.max(1));
            if !is_gap(between) {
                return None;
            }
            (rest, gap) = (after, between);
        }
    }
    Some(parts)
}

/// Whether this can stand between the parts of a time.
fn is_gap(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    // Some systems write a narrow space before AM and PM.
    let is_known = |c: char| matches!(c, ' ' | ',' | '/' | '-' | '.' | '\u{a0}' | '\u{202f}');
    text.chars().all(is_known) && text.len() <= 3
}

/// Takes `+0200` or `+02:00` off a text.
fn zone(rest: &mut &[u8]) -> Option<i64> {
    let is_zone = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b':');
    let count = rest.iter().take_while(is_zone).count();
    let (zone, after) = rest.split_at(count);
    *rest = after;
    offset(zone)
}

impl Parts {
    /// Takes a number, which is a part of the date, or begins the clock.
    fn number<'t>(&mut self, text: &'t [u8], gap: &[u8]) -> Option<&'t [u8]> {
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number_text, rest) = text.split_at(digits);
        if digits > 4 {
            return None;
        }
        if rest.first() == Some(&b':') && self.clock.is_none() {
            return self.clock(number(number_text)?, digits, rest);
        }
        let place = self.count;
        match (place, gap) {
            (1, [separator, ..]) => self.separator = *separator,
            // Both separators of a date are the same.
            (2, [separator, ..]) if self.month.is_none() && *separator != self.separator => {
                return None;
            }
            (1 | 2, []) if self.month.is_none() => return None,
            _ => {}
        }
        *self.numbers.get_mut(place)? = (number(number_text)?, digits);
        self.count += 1;
        Some(rest)
    }

    /// Takes the rest of a clock, from its first colon on.
    fn clock<'t>(&mut self, hours: i64, digits: usize, text: &'t [u8]) -> Option<&'t [u8]> {
        let [b':', m1, m2, rest @ ..] = text else {
            return None;
        };
        let (seconds, rest) = match rest {
            [b':', s1, s2, rest @ ..] => (number(&[*s1, *s2])?, rest),
            rest => (0, rest),
        };
        let (micros, rest) = match rest {
            [b'.' | b',', digit, ..] if digit.is_ascii_digit() => fraction(rest.get(1..)?)?,
            rest => (0, rest),
        };
        if digits > 2 || rest.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        self.clock = Some(of_clock(hours, number(&[*m1, *m2])?, seconds)? + micros);
        Some(rest)
    }

    /// Takes a word: a month, a day of the week, AM or PM, a zone.
    fn word(&mut self, word: &[u8]) -> Option<()> {
        const MONTHS: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        const DAYS: [&str; 7] = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        let word = std::str::from_utf8(word).ok()?.to_ascii_lowercase();
        let name = word.trim_end_matches('.');
        let is = |full: &&str| name.len() >= 3 && full.starts_with(name);
        let half_day = 12 * 3600 * SECOND_MICROS;
        match (name, self.clock) {
            ("am" | "a.m", Some(clock)) => {
                // Noon and midnight are hour 12 of their half day.
                self.clock = Some(match clock / half_day {
                    1.. if clock < half_day + 3600 * SECOND_MICROS => clock - half_day,
                    1.. => return None,
                    _ => clock,
                });
            }
            ("pm" | "p.m", Some(clock)) if clock < half_day => self.clock = Some(clock + half_day),
            ("pm" | "p.m", Some(_)) => {}
            ("z" | "utc" | "gmt", Some(_)) => self.ahead = Some(0),
            ("t" | "at", None) => {}
            (_, _) if self.month.is_none() && MONTHS.iter().any(is) => {
                let before = MONTHS.iter().take_while(|full| !is(full)).count();
                self.month = i64::try_from(before + 1).ok();
            }
            (_, _) if DAYS.iter().any(is) => {}
            _ => return None,
        }
        Some(())
    }

    /// What the text tells of the order of day and month: `None` if nothing.
    pub(crate) fn order(&self) -> Option<Order> {
        let [(first, digits), (second, _), _] = self.numbers;
        if self.month.is_some() || self.count != 3 || digits == 4 {
            return None;
        }
        match (first > 12, second > 12) {
            (true, false) => Some(Order::DayFirst),
            (false, true) => Some(Order::MonthFirst),
            // Points are written where days stand first.
            _ => (self.separator == b'.').then_some(Order::DayFirst),
        }
    }

    /// Whether the order of day and month is not told and makes a difference.
    pub(crate) fn is_ambiguous(&self) -> bool {
        let [(first, digits), (second, _), _] = self.numbers;
        let may_be = self.month.is_none() && self.count == 3 && digits != 4;
        may_be && self.order().is_none() && first != second
    }

    /// Whether the text says its zone.
    pub(crate) fn names_zone(&self) -> bool {
        self.ahead.is_some()
    }

    /// The time; `None` if there is no such day.
    pub(crate) fn local(&self, order: Option<Order>) -> Option<Local> {
        let [first, second, third] = self.numbers;
        let (year, month, day) = match (self.month, self.count) {
            // `17 May 2020`, `May 17, 2020`, `2020 May 17`
            (Some(month), 2) if first.1 == 4 => (first, month, second.0),
            (Some(month), 2) => (second, month, first.0),
            (None, 3) if first.1 == 4 => (first, second.0, third.0),
            (None, 3) => match self.order().or(order) {
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
            if read.is_some() {
                assert!(looks_iso(text.as_bytes()));
                assert_eq!(
                    names_zone(text.as_bytes()),
                    expected.unwrap().1.is_some(),
                    "{text}"
                );
            }
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
        for text in [
            "2026-1-2",
            "2026-02-30",
            "2026-01-02T",
            "2026-01-02T12",
            "2026-01-02T24:00",
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
        check("1/13/2026 12:00", day, Some(NOON + 11 * 86_400_000_000));
        check("13/13/2026 12:00", day, None);
        check("3/3/2026 12:00", None, Some(NOON + 60 * 86_400_000_000));
        check("1/2-2026 12:00", day, None);
        check("13:00 PM", None, None);
        check("1/2/2026 15:00 AM", day, None);
        check("12:00", None, None);
        check("yesterday", None, None);
        check("", None, None);
        check("1/2/2026 12:00 x", day, None);
    }

    #[test]
    fn the_order_is_told_by_numbers_over_twelve_and_by_points() {
        let check = |text: &str, expected, ambiguous| {
            let parts = parts(text).unwrap();
            assert_eq!(
                (parts.order(), parts.is_ambiguous()),
                (expected, ambiguous),
                "{text}"
            );
        };
        check("13/1/2026", Some(Order::DayFirst), false);
        check("1/13/2026", Some(Order::MonthFirst), false);
        check("1/2/2026", None, true);
        check("2/2/2026", None, false);
        check("1.2.2026", Some(Order::DayFirst), false);
        check("2026/1/2", None, false);
        check("2 Jan 2026", None, false);
    }

    proptest! {
        #[test]
        fn no_text_ends_the_program(text in "[0-9/.:, A-Za-z+\u{202f}ä-]{0,30}") {
            if let Some(parts) = parts(&text) {
                let _ = parts.local(Some(Order::DayFirst)).and_then(|it| it.time(Zone::UTC));
                let _ = parts.is_ambiguous();
            }
            let _ = iso(text.as_bytes());
        }
    }
}
