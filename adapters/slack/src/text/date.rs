//! Times as they are shown in a text.

use migrate_model::Time;

/// A time to the minute, such as `2024-03-04 09:30 UTC`.
pub(crate) fn day_and_time(at: Time) -> String {
    let minutes = at.micros().div_euclid(60_000_000);
    let (days, minute) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
    // Days of the Gregorian calendar by eras of 400 years that begin on the first of March.
    // Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let is_next_year = month >= 10;
    let month = if is_next_year { month - 9 } else { month + 3 };
    let year = year + era * 400 + i64::from(is_next_year);
    let (hour, minute) = (minute / 60, minute % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

#[cfg(test)]
mod tests {
    use migrate_model::Time;

    use super::day_and_time;

    #[test]
    fn a_time_is_shown_to_the_minute() {
        let check = |seconds: i64, expected: &str| {
            assert_eq!(day_and_time(Time::from_seconds(seconds).unwrap()), expected);
        };
        check(0, "1970-01-01 00:00 UTC");
        check(951_782_399, "2000-02-28 23:59 UTC");
        check(951_782_400, "2000-02-29 00:00 UTC");
        check(1_709_544_600, "2024-03-04 09:30 UTC");
        check(1_735_689_599, "2024-12-31 23:59 UTC");
        check(-1, "1969-12-31 23:59 UTC");
        check(253_402_300_799, "9999-12-31 23:59 UTC");
    }
}
