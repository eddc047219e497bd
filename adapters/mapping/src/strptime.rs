//! Times in a pattern that the mapping gives. Separators must be as they stand there: a `/` where
//! the pattern has `-` is no time.

use std::fmt::Write as _;

use chrono::format::{Fixed, Item, Parsed, StrftimeItems, parse};

use crate::calendar::Local;

/// A pattern, ready to be used.
#[derive(Clone, Debug)]
pub(crate) struct Strptime {
    items: Vec<Item<'static>>,
}

/// What is wrong with a pattern; `None`: nothing.
pub(crate) fn fault(pattern: &str) -> Option<String> {
    let items: Vec<Item<'_>> = StrftimeItems::new(pattern).collect();
    if items.contains(&Item::Error) {
        return Some(format!(
            "`{}` is no pattern for times; `%Y-%m-%d %H:%M:%S` is one",
            migrate_model::wording::safe(pattern, 60)
        ));
    }
    let has_zone_name = |item: &Item<'_>| matches!(item, Item::Fixed(Fixed::TimezoneName));
    if items.iter().any(has_zone_name) {
        let cure = "`%Z` is read and forgotten, since names of zones are not unique; write `%z` for \
                    `+0100`, or leave `time` away, which reads `UTC`, `CET`, `EST` and their like";
        return Some(cure.to_owned());
    }
    // A pattern is tried on what it writes itself.
    let now = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(86_400 * 12 + 3600 * 15);
    let pattern = Strptime::new(pattern);
    let mut written = String::new();
    // What cannot be written cannot be read either.
    let is_written = write!(written, "{}", now.format_with_items(pattern.items.iter()));
    match is_written.ok().and_then(|()| pattern.read(&written)) {
        Some(_) => None,
        None => Some("the pattern does not say day, month, year and hour".to_owned()),
    }
}

impl Strptime {
    /// A pattern that has no fault.
    pub(crate) fn new(pattern: &str) -> Strptime {
        let items = StrftimeItems::new(pattern).parse_to_owned();
        Strptime {
            items: items.unwrap_or_default(),
        }
    }

    /// The time that a text says; what of it is not said is zero.
    pub(crate) fn read(&self, text: &str) -> Option<Local> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.items.iter()).ok()?;
        if let Some(seconds) = parsed.timestamp() {
            let micros = seconds.checked_mul(1_000_000)?;
            let fraction = i64::from(parsed.nanosecond().unwrap_or(0) / 1000);
            return Some(Local {
                micros: micros.checked_add(fraction)?,
                ahead: Some(0),
            });
        }
        let date = parsed.to_naive_date().ok()?;
        let time = match parsed.hour_mod_12().is_none() && parsed.hour_div_12().is_none() {
            true => chrono::NaiveTime::MIN,
            false => {
                if parsed.minute().is_none() {
                    parsed.set_minute(0).ok()?;
                }
                parsed.to_naive_time().ok()?
            }
        };
        Some(Local {
            micros: date.and_time(time).and_utc().timestamp_micros(),
            ahead: parsed.offset().map(i64::from),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_must_be_as_its_pattern_is() {
        let check = |pattern: &str, text: &str, expected: Option<(i64, Option<i64>)>| {
            assert_eq!(fault(pattern), None, "{pattern}");
            let read = Strptime::new(pattern).read(text);
            let read = read.map(|it| (it.micros / 1_000_000, it.ahead));
            assert_eq!(read, expected, "{pattern}: {text}");
        };
        let noon = 1_767_355_200;
        check("%d.%m.%Y %H:%M", "02.01.2026 12:00", Some((noon, None)));
        check("%d.%m.%Y %H:%M", "2.1.2026 12:00", Some((noon, None)));
        check("%d.%m.%Y %H:%M", "02/01/2026 12:00", None);
        check("%d.%m.%Y %H:%M", "02.01.2026 12:00:00", None);
        check(
            "%m/%d/%Y, %I:%M %p",
            "1/2/2026, 12:00 PM",
            Some((noon, None)),
        );
        check(
            "%d-%b-%y %I:%M %p",
            "02-Jan-26 12:00 PM",
            Some((noon, None)),
        );
        check(
            "%Y-%m-%dT%H:%M:%S%.f%z",
            "2026-01-02T13:00:00.5+0100",
            Some((noon + 3600, Some(3600))),
        );
        check("%d.%m.%Y", "02.01.2026", Some((noon - 43_200, None)));
        check("%s", "1767355200", Some((noon, Some(0))));
        check("%d.%m.%Y", "31.02.2026", None);
    }

    #[test]
    fn a_pattern_that_says_too_little_or_what_is_forgotten_is_a_fault() {
        for pattern in ["%Q", "%H:%M", "%d.%m. %H:%M", "%", "%Y-%m-%d %H:%M %Z"] {
            assert!(fault(pattern).is_some(), "{pattern}");
        }
    }
}
