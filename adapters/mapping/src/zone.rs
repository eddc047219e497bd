//! Zones, for times that name none.

use chrono::offset::LocalResult;
use chrono::{NaiveDateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;

/// A zone: of the IANA database, or a fixed distance from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Local time is ahead of UTC by so many seconds.
    Fixed(i32),
    /// A zone of the IANA database, such as `Europe/Berlin`.
    Named(Tz),
}

impl Zone {
    /// UTC.
    pub const UTC: Zone = Zone::Fixed(0);

    /// A zone by name in any case (`Europe/Berlin`, `UTC`) or distance (`+02:00`); `None` if there is none.
    pub fn parse(name: &str) -> Option<Zone> {
        if name.eq_ignore_ascii_case("utc") || name == "Z" {
            return Some(Zone::UTC);
        }
        if let Some(seconds) = offset(name) {
            return Some(Zone::Fixed(seconds));
        }
        let mut zones = chrono_tz::TZ_VARIANTS.iter();
        let named = zones.find(|zone| zone.name().eq_ignore_ascii_case(name));
        named.copied().map(Zone::Named)
    }

    /// Seconds by which this local time is ahead of UTC. Of an hour that is there twice the first
    /// counts; an hour that is left out counts as if the clock had not been moved.
    pub fn ahead(self, local: NaiveDateTime) -> i64 {
        let zone = match self {
            Zone::Fixed(seconds) => return i64::from(seconds),
            Zone::Named(zone) => zone,
        };
        let seconds = match zone.offset_from_local_datetime(&local) {
            LocalResult::Single(it) | LocalResult::Ambiguous(it, _) => it.fix(),
            LocalResult::None => {
                // Three hours before there was a time in every zone that ever moved its clock.
                let before = local - chrono::TimeDelta::hours(3);
                match zone.offset_from_local_datetime(&before) {
                    LocalResult::Single(it) | LocalResult::Ambiguous(it, _) => it.fix(),
                    LocalResult::None => return 0,
                }
            }
        };
        i64::from(seconds.local_minus_utc())
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Zone::Fixed(0) => f.write_str("UTC"),
            Zone::Fixed(seconds) => {
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.abs() / 60;
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
            Zone::Named(zone) => f.write_str(zone.name()),
        }
    }
}

/// Seconds from `+02:00`, `+0200` or `+02`.
fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let two = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, rest) = digits.split_at_checked(2)?;
    let minutes = match rest.strip_prefix(':').unwrap_or(rest) {
        "" if rest.is_empty() => 0,
        minutes => two(minutes)?,
    };
    let hours = two(hours)?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
