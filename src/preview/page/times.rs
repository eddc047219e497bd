//! Times and days for people, all in UTC.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use migrate_model::Time;

use crate::redact::{Clean, Cleaner};

/// Days from 0001-01-01, which chrono counts from, to 1970-01-01.
const EPOCH_DAY: i32 = 719_163;

/// A moment.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// As it is written in the entry.
    pub exact: Clean,
    /// `4 March 2024`; empty if it cannot be read.
    pub day: String,
    /// `08:05`; empty if it cannot be read.
    pub clock: String,
}

impl Stamp {
    /// The moment that an entry names.
    pub fn of(text: &str, cleaner: Cleaner) -> Stamp {
        let moment = DateTime::parse_from_rfc3339(text).ok();
        let moment = moment.map(|it| it.with_timezone(&Utc));
        Stamp {
            exact: cleaner.text(text),
            day: moment.map_or_else(String::new, |it| long_day(it.date_naive())),
            clock: moment.map_or_else(String::new, |it| it.format("%H:%M").to_string()),
        }
    }
}

/// The day of a time.
pub fn date(time: Time) -> NaiveDate {
    let moment = DateTime::<Utc>::from_timestamp_micros(time.micros()).unwrap_or_default();
    moment.date_naive()
}

/// The day with a number, counted from 1970-01-01.
pub fn date_of_day(day: i32) -> NaiveDate {
    let days = day.saturating_add(EPOCH_DAY);
    NaiveDate::from_num_days_from_ce_opt(days).unwrap_or_default()
}

/// `4 March 2024`.
pub fn long_day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// A span of days: `4 March to 2 April 2024`.
pub fn span(first: Time, last: Time) -> String {
    let (first, last) = (date(first), date(last));
    if first == last {
        return long_day(first);
    }
    let start = match first.year() == last.year() {
        true => first.format("%-d %B").to_string(),
        false => long_day(first),
    };
    format!("{start} to {}", long_day(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_out() {
        let time = |seconds| Time::from_seconds(seconds).unwrap();
        assert_eq!(span(time(0), time(86_399)), "1 January 1970");
        assert_eq!(span(time(0), time(86_400)), "1 January to 2 January 1970");
        assert_eq!(long_day(date_of_day(19_786)), "4 March 2024");
        assert_eq!(long_day(date_of_day(i32::MAX)), "1 January 1970");
    }

    #[test]
    fn a_time_of_another_zone_is_shown_in_utc() {
        let cleaner = Cleaner {
            include_profile: false,
        };
        let stamp = Stamp::of("2024-03-04T01:05:00+02:00", cleaner);
        assert_eq!((&*stamp.day, &*stamp.clock), ("3 March 2024", "23:05"));
        assert_eq!(Stamp::of("soon", cleaner).day, "");
    }
}
