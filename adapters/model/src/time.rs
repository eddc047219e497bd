//! A point in time as the model holds it.

/// Microseconds since 1970-01-01T00:00:00Z, always within the years 1 to 9999.
///
/// Those are the years that RFC 3339 can write; a time outside them has no form in any export
/// that is read or written, so it cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The start of year 1.
    pub const MIN: Time = Time(-62_135_596_800_000_000);
    /// The last microsecond of year 9999.
    pub const MAX: Time = Time(253_402_300_799_999_999);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Time = Time(0);

    /// A time from microseconds since 1970; `None` outside the years 1 to 9999.
    pub const fn from_micros(micros: i64) -> Option<Time> {
        if micros < Time::MIN.0 || micros > Time::MAX.0 {
            return None;
        }
        Some(Time(micros))
    }

    /// A time from whole seconds since 1970; `None` outside the years 1 to 9999.
    pub const fn from_seconds(seconds: i64) -> Option<Time> {
        match seconds.checked_mul(1_000_000) {
            Some(micros) => Time::from_micros(micros),
            None => None,
        }
    }

    /// Microseconds since 1970; negative before.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This time moved by `micros`, held at [`Time::MIN`] and [`Time::MAX`].
    #[must_use]
    pub fn plus_micros(self, micros: i64) -> Time {
        Time(
            self.0
                .saturating_add(micros)
                .clamp(Time::MIN.0, Time::MAX.0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn a_time_beyond_year_9999_cannot_be_made() {
        assert_eq!(Time::from_seconds(253_402_300_800), None);
        assert_eq!(Time::from_seconds(i64::MAX), None);
        assert_eq!(Time::from_micros(Time::MAX.micros()), Some(Time::MAX));
        assert_eq!(Time::MAX.plus_micros(1), Time::MAX);
    }
}
