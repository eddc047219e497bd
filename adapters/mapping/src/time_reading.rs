//! How a cell is read as a time, once it is known how its column writes them.

use migrate_model::Time;

use crate::calendar::{self, Local, Order};
use crate::cell::{Cell, within};
use crate::strptime::Strptime;
use crate::time_form::Unit;
use crate::typed;
use crate::zone::Zone;

/// Seconds from 1970 to 2001, where Apple's systems begin to count. Source: Apple,
/// `NSDate.timeIntervalSinceReferenceDate`.
const APPLE_SECONDS: i64 = 978_307_200;

/// Days from 1899-12-30, where spreadsheets begin to count, to 1970.
const EXCEL_DAYS: f64 = 25_569.0;

/// Tenths of microseconds from the year 1 to 1970. Source: Microsoft, `DateTime.UnixEpoch.Ticks`.
const DOTNET_TICKS: i64 = 621_355_968_000_000_000;

/// Seconds from 1601 to 1970. Source: Microsoft, "File Times"; Chromium, `base/time/time.h`.
const SECONDS_FROM_1601: i64 = 11_644_473_600;

/// Days from where Julian days begin to 1970. Source: SQLite, "Date And Time Functions".
const JULIAN_DAYS: f64 = 2_440_587.5;

/// Milliseconds from 1970 to 2015, where Discord's ids begin to count. Source: Discord's developer
/// documentation, "Snowflakes".
const DISCORD_MILLISECONDS: i64 = 1_420_070_400_000;

/// Whole days of a spreadsheet from 1968 to 2119: as seconds they would be days of January 1970.
pub(crate) const SERIALS: std::ops::Range<i64> = 25_000..80_000;

/// The years in which people chatted: 1990 to 2099, in microseconds since 1970. No number lies in
/// them by two units.
const PLAUSIBLE: std::ops::Range<i64> = 631_152_000_000_000..4_102_444_800_000_000;

/// Numbers that count something mean no time before 2000: those that do are counted from another
/// year, as by Apple or .NET. In microseconds since 1970.
const COUNTED: i64 = 946_684_800_000_000;

/// The times that a number may mean if it is read in another way, 2002 to October 2027, in
/// microseconds since 1970. 2027-11-15 by `apple_s` is, as seconds since 1970, the day of 1996 on which
/// ICQ came: old chats must not be told to be of years to come. And of whatever is small
/// `apple_ns` makes a time of 2001.
const HINTED: std::ops::Range<i64> = 1_009_843_200_000_000..1_825_027_200_000_000;

/// Whether a chat can be of this time.
fn is_plausible(time: Time) -> bool {
    PLAUSIBLE.contains(&time.micros())
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    Epoch(Unit),
    Apple(Unit),
    Excel,
    DotnetTicks,
    FileTime,
    Webkit,
    /// Nothing: its digits are those of a date.
    Digits,
    DiscordId,
}

/// The scales that numbers show by their size.
const SHOWN: [Scale; 5] = [
    Scale::Epoch(Unit::Seconds),
    Scale::Epoch(Unit::Milliseconds),
    Scale::Epoch(Unit::Microseconds),
    Scale::Epoch(Unit::Nanoseconds),
    Scale::Digits,
];

/// How a column of times is read.
#[derive(Clone, Debug)]
pub(crate) enum Reading {
    Iso,
    Auto {
        scale: Scale,
        order: Option<Order>,
    },
    /// Numbers of this unit, or of another that their size shows.
    Epochs(Unit),
    Number(Scale),
    Julian,
    Pattern(Strptime),
}

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) time: Time,
    /// Whether it is a number of another unit than those of its column.
    pub(crate) is_odd_unit: bool,
    /// Whether it is a number that counts something since a day.
    is_counted: bool,
}

impl Found {
    /// Whether no chat is likely to be of this time, so that it may be read in a wrong way.
    pub(crate) fn is_odd(&self) -> bool {
        !is_plausible(self.time) || self.is_counted && self.time.micros() < COUNTED
    }
}

/// The word for `time` by which a number is a time that is not odd, with that time's day; `None` if
/// it is no number or there is none.
pub(crate) fn hint(cell: Cell<'_>) -> Option<String> {
    let forms = [
        ("julian", Reading::Julian),
        ("dotnet_ticks", Reading::Number(Scale::DotnetTicks)),
        ("filetime", Reading::Number(Scale::FileTime)),
        ("webkit", Reading::Number(Scale::Webkit)),
        ("apple_s", Reading::Number(Scale::Apple(Unit::Seconds))),
        ("apple_ns", Reading::Number(Scale::Apple(Unit::Nanoseconds))),
    ];
    forms.into_iter().find_map(|(word, reading)| {
        let found = reading.time(cell, Zone::UTC)?;
        let is_likely = !found.is_odd() && HINTED.contains(&found.time.micros());
        let time =
            chrono::DateTime::from_timestamp_micros(found.time.micros()).filter(|_| is_likely)?;
        Some(format!("{} by `{word}`", time.format("%F")))
    })
}

impl Reading {
    /// The time of a cell, in this zone if it names none; `None` if it is no time.
    pub(crate) fn time(&self, cell: Cell<'_>, zone: Zone) -> Option<Found> {
        match (self, cell) {
            (_, Cell::Null | Cell::Blob(_)) => None,
            (Reading::Julian, cell) => julian(cell).map(Found::counted),
            (Reading::Iso | Reading::Pattern(_), Cell::Integer(_) | Cell::Real(_)) => None,
            (reading, Cell::Integer(number)) => reading.of_number(number, 0, zone),
            (reading, Cell::Real(number)) => {
                let (whole, micros) = split(number)?;
                reading.of_number(whole, micros, zone)
            }
            (reading, Cell::Text(text)) => reading.of_text(within(text), zone),
        }
    }

    fn of_number(&self, whole: i64, millionths: i64, zone: Zone) -> Option<Found> {
        let scale = match self {
            Reading::Iso | Reading::Pattern(_) | Reading::Julian => return None,
            Reading::Number(scale) => {
                let time = scale.time(whole, millionths, zone)?;
                return Some(scale.found(time));
            }
            Reading::Auto { scale, .. } => *scale,
            Reading::Epochs(unit) => Scale::Epoch(*unit),
        };
        let time = scale.time(whole, millionths, zone);
        if time.is_some_and(is_plausible) {
            return time.map(|time| scale.found(time));
        }
        let mut others = { SHOWN.iter() }.filter_map(|it| it.time(whole, millionths, zone));
        match others.find(|time| is_plausible(*time)) {
            Some(time) => Some(Found {
                time,
                is_odd_unit: true,
                is_counted: false,
            }),
            None => time.map(Found::from),
        }
    }

    fn of_text(&self, text: &str, zone: Zone) -> Option<Found> {
        let local = match self {
            Reading::Iso => calendar::year_first(text)?,
            Reading::Pattern(pattern) => pattern.read(text)?,
            Reading::Auto { .. } if calendar::looks_iso(text.as_bytes()) => {
                calendar::year_first(text)?
            }
            reading => match (decimal(text), reading) {
                (Some((whole, micros)), _) => return reading.of_number(whole, micros, zone),
                (None, Reading::Auto { order, .. }) => match calendar::basic(text) {
                    Some(local) => local,
                    None => calendar::parts(text)?.local(*order)?,
                },
                (None, _) => return None,
            },
        };
        local.time(zone).map(Found::from)
    }
}

impl From<Time> for Found {
    fn from(time: Time) -> Found {
        Found {
            time,
            is_odd_unit: false,
            is_counted: false,
        }
    }
}

impl Found {
    fn counted(time: Time) -> Found {
        Found {
            is_counted: true,
            ..Found::from(time)
        }
    }
}

impl Scale {
    /// A time that was read by it.
    fn found(self, time: Time) -> Found {
        match self {
            // Tables of dates go back further.
            Scale::Excel | Scale::Digits => Found::from(time),
            _ => Found::counted(time),
        }
    }

    /// The time of a number with millionths.
    fn time(self, whole: i64, millionths: i64, zone: Zone) -> Option<Time> {
        let micros = match self {
            Scale::Epoch(unit) => micros(unit, whole, millionths)?,
            Scale::Apple(unit) => {
                micros(unit, whole, millionths)?.checked_add(APPLE_SECONDS * 1_000_000)?
            }
            Scale::Excel => {
                #[expect(clippy::cast_precision_loss, reason = "days have few digits")]
                let days = whole as f64 + millionths as f64 / 1e6 - EXCEL_DAYS;
                // Serials are exact to about a millisecond; nobody writes more than seconds.
                let seconds = (days * 86_400.0).round();
                if seconds.abs() > 1e12 {
                    return None;
                }
                #[expect(clippy::cast_possible_truncation, reason = "held in bounds above")]
                let micros = (seconds as i64).checked_mul(1_000_000)?;
                return Local {
                    micros,
                    ahead: None,
                }
                .time(zone);
            }
            Scale::Digits if millionths != 0 => return None,
            Scale::Digits => return calendar::compact(whole)?.time(zone),
            Scale::DotnetTicks => whole.checked_sub(DOTNET_TICKS)?.div_euclid(10),
            Scale::FileTime => whole
                .div_euclid(10)
                .checked_sub(SECONDS_FROM_1601 * 1_000_000)?,
            Scale::Webkit => whole.checked_sub(SECONDS_FROM_1601 * 1_000_000)?,
            Scale::DiscordId => (whole >> 22)
                .checked_add(DISCORD_MILLISECONDS)?
                .checked_mul(1000)?,
        };
        Time::from_micros(micros)
    }
}

/// A Julian day, of which SQLite keeps milliseconds.
fn julian(cell: Cell<'_>) -> Option<Time> {
    let millis = ((typed::float(cell)? - JULIAN_DAYS) * 86_400_000.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "held in bounds")]
    let micros = (millis.abs() < 1e15).then(|| millis as i64 * 1000)?;
    Time::from_micros(micros)
}

fn micros(unit: Unit, whole: i64, millionths: i64) -> Option<i64> {
    match unit {
        Unit::Seconds => whole.checked_mul(1_000_000)?.checked_add(millionths),
        Unit::Milliseconds => whole.checked_mul(1000)?.checked_add(millionths / 1000),
        Unit::Microseconds => Some(whole),
        Unit::Nanoseconds => Some(whole.div_euclid(1000)),
    }
}

/// A number in whole and millionths, from digits with or without a sign and a fraction, behind a
/// point or a comma.
pub(crate) fn decimal(text: &str) -> Option<(i64, i64)> {
    let (whole, rest) = match text.split_once(['.', ',']) {
        Some((whole, rest)) => (whole, Some(rest)),
        None => (text, None),
    };
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_negative = digits.len() < whole.len();
    let millionths = match rest {
        None => 0,
        Some(rest) => match calendar::fraction(rest.as_bytes())? {
            (micros, []) if is_negative => -micros,
            (micros, []) => micros,
            _ => return None,
        },
    };
    Some((whole.parse().ok()?, millionths))
}

fn split(number: f64) -> Option<(i64, i64)> {
    if number.is_nan() || number.abs() > 9e18 {
        return None;
    }
    let whole = number.floor();
    #[expect(clippy::cast_possible_truncation, reason = "held in bounds above")]
    Some((whole as i64, ((number - whole) * 1e6).round() as i64))
}
