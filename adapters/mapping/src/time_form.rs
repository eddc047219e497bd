//! The ways in which a column can write times, by name.

/// How the times of a column are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TimeForm {
    /// It is found out over the whole column.
    #[default]
    Auto,
    /// As [`TimeForm::Auto`], with days before months where nothing else tells.
    DayFirst,
    /// The same with months before days.
    MonthFirst,
    /// RFC 3339 and ISO 8601: with `T` or a space, with or without a fraction and a zone.
    Rfc3339,
    /// Whole numbers since 1970, of this unit; `None`: seen by their size, over the whole column.
    Epoch(Option<Unit>),
    /// Slack's `1715690000.000200`.
    Slack,
    /// Since 2001, in seconds or nanoseconds; `None`: seen by their size.
    Apple(Option<Unit>),
    /// Days since 1899-12-30, as spreadsheets count.
    Excel,
    /// Tenths of microseconds since the year 1, as .NET counts.
    DotnetTicks,
    /// Tenths of microseconds since 1601, as Windows counts.
    FileTime,
    /// Microseconds since 1601, as WebKit and Chrome count.
    Webkit,
    /// Days since noon of the 24th of November of the year -4713, as SQLite's `julianday` counts.
    Julian,
    /// The time that is part of a Discord id.
    DiscordId,
    /// As `strftime` writes it.
    Pattern(String),
}

/// What a whole number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

impl TimeForm {
    /// Whether it is found out, or counts since 1970 as most clocks do.
    pub(crate) fn is_common(&self) -> bool {
        use TimeForm::{Auto, DayFirst, Epoch, MonthFirst};
        matches!(self, Auto | DayFirst | MonthFirst | Epoch(_))
    }
}
