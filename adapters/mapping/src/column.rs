//! How a column writes its times, decided once from all of its cells.

use anyhow::{Result, anyhow};
use migrate_model::{Time, wording};

use crate::calendar::{self, Local, Order};
use crate::cell::Cell;
use crate::strptime::Strptime;
use crate::time_form::{TimeForm, Unit};
use crate::zone::Zone;

/// Seconds from 1970 to 2001, where Apple's systems begin to count. Source: Apple,
/// `NSDate.timeIntervalSinceReferenceDate`.
const APPLE_SECONDS: i64 = 978_307_200;

/// Days from 1899-12-30, where spreadsheets begin to count, to 1970.
const EXCEL_DAYS: f64 = 25_569.0;

/// Milliseconds from 1970 to 2015, where Discord's ids begin to count. Source: Discord's developer
/// documentation, "Snowflakes".
const DISCORD_MILLISECONDS: i64 = 1_420_070_400_000;

/// Whole days of a spreadsheet from 1968 to 2119: as seconds they would be days of January 1970.
const SERIALS: std::ops::Range<i64> = 25_000..80_000;

/// What is known of a column of times.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeNotes {
    /// Numbers by what they would be: seconds, milliseconds, microseconds, nanoseconds, days.
    scales: [u64; 5],
    /// Days that stand before their month, and behind it.
    day_first: u64,
    month_first: u64,
    /// Whether there are times whose order is not told, and the least of them.
    ambiguous: Option<String>,
    /// Times that name no zone.
    without_zone: u64,
}

impl TimeNotes {
    /// Takes note of a cell.
    pub(crate) fn note(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Null | Cell::Blob(_) => {}
            Cell::Integer(number) => self.number(number),
            #[expect(clippy::cast_possible_truncation, reason = "only its size matters")]
            Cell::Real(number) => self.number(number as i64),
            Cell::Text(text) => self.text(text),
        }
    }

    fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if calendar::looks_iso(bytes) {
            self.without_zone += u64::from(!calendar::names_zone(bytes));
            return;
        }
        let text = text.trim();
        if let Some((whole, _)) = decimal(text) {
            return self.number(whole);
        }
        let Some(parts) = calendar::parts(text) else {
            return;
        };
        self.without_zone += u64::from(!parts.names_zone());
        match parts.order() {
            Some(Order::DayFirst) => self.day_first += 1,
            Some(Order::MonthFirst) => self.month_first += 1,
            None if parts.is_ambiguous() => {
                let is_less = { self.ambiguous.as_deref() }.is_none_or(|least| text < least);
                if is_less {
                    self.ambiguous = Some(text.to_owned());
                }
            }
            None => {}
        }
    }

    fn number(&mut self, number: i64) {
        let scale = match number.unsigned_abs() {
            0 => return,
            1..100_000_000_000 if SERIALS.contains(&number) => 4,
            1..100_000_000_000 => 0,
            100_000_000_000..100_000_000_000_000 => 1,
            100_000_000_000_000..100_000_000_000_000_000 => 2,
            100_000_000_000_000_000.. => 3,
        };
        if let Some(count) = self.scales.get_mut(scale) {
            *count += 1;
        }
        if scale == 4 {
            self.without_zone += 1;
        }
    }

    /// Adds the notes on other cells of the column.
    pub(crate) fn merge(&mut self, other: TimeNotes) {
        for (count, more) in self.scales.iter_mut().zip(other.scales) {
            *count += more;
        }
        self.day_first += other.day_first;
        self.month_first += other.month_first;
        self.without_zone += other.without_zone;
        self.ambiguous = match (self.ambiguous.take(), other.ambiguous) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
    }

    /// How many times name no zone.
    pub(crate) fn without_zone(&self) -> u64 {
        self.without_zone
    }

    /// How the column is read.
    ///
    /// # Errors
    /// If days and months cannot be told apart.
    pub(crate) fn decide(&self, form: &TimeForm) -> Result<Reading> {
        let unit = self.unit();
        Ok(match form {
            TimeForm::Auto => Reading::Auto {
                scale: self.scale(),
                order: self.order()?,
            },
            TimeForm::Rfc3339 => Reading::Iso,
            TimeForm::Epoch(given) => Reading::Number(Scale::Epoch(given.unwrap_or(unit))),
            TimeForm::Slack => Reading::Number(Scale::Epoch(Unit::Seconds)),
            // Nanoseconds, or seconds in files of old.
            TimeForm::Apple(None) if unit == Unit::Seconds => Reading::Number(Scale::Apple(unit)),
            TimeForm::Apple(given) => {
                Reading::Number(Scale::Apple(given.unwrap_or(Unit::Nanoseconds)))
            }
            TimeForm::Excel => Reading::Number(Scale::Excel),
            TimeForm::DiscordId => Reading::Number(Scale::DiscordId),
            TimeForm::Pattern(pattern) => Reading::Pattern(Strptime::new(pattern)),
        })
    }

    /// The unit that most numbers have; the larger number of two that are equal.
    fn unit(&self) -> Unit {
        let [s, ms, us, ns, _] = self.scales;
        let counts = [
            (s, Unit::Seconds),
            (ms, Unit::Milliseconds),
            (us, Unit::Microseconds),
            (ns, Unit::Nanoseconds),
        ];
        let most = { counts.into_iter() }.filter(|(count, _)| *count > 0);
        let most = most.max_by_key(|(count, _)| *count);
        most.map_or(Unit::Seconds, |(_, unit)| unit)
    }

    fn scale(&self) -> Scale {
        let [.., days] = self.scales;
        let others = self.scales.iter().take(4).max().copied().unwrap_or(0);
        match days > others {
            true => Scale::Excel,
            false if others == 0 => Scale::Epoch(Unit::Seconds),
            false => Scale::Epoch(self.unit()),
        }
    }

    fn order(&self) -> Result<Option<Order>> {
        match (self.day_first, self.month_first, &self.ambiguous) {
            (0, 0, None) => Ok(None),
            (_, 0, _) if self.day_first > 0 => Ok(Some(Order::DayFirst)),
            (0, _, _) if self.month_first > 0 => Ok(Some(Order::MonthFirst)),
            (_, _, Some(text)) => {
                let text = wording::safe(text, 40);
                Err(anyhow!(
                    "`{text}` may be two days, since nothing in the column tells whether days or \
                     months stand first; say it by a pattern, such as `time = \"%d/%m/%Y %H:%M\"` \
                     or `time = \"%m/%d/%Y %H:%M\"`"
                ))
            }
            // Each of them tells its own order.
            (_, _, None) => Ok(None),
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    Epoch(Unit),
    Apple(Unit),
    Excel,
    DiscordId,
}

/// How a column of times is read.
#[derive(Clone, Debug)]
pub(crate) enum Reading {
    Iso,
    Auto { scale: Scale, order: Option<Order> },
    Number(Scale),
    Pattern(Strptime),
}

impl Reading {
    /// The time of a cell, in this zone if it names none; `None` if it is no time.
    pub(crate) fn time(&self, cell: Cell<'_>, zone: Zone) -> Option<Time> {
        match (self, cell) {
            (_, Cell::Null | Cell::Blob(_)) => None,
            (Reading::Number(scale) | Reading::Auto { scale, .. }, Cell::Integer(number)) => {
                scale.time(number, 0, zone)
            }
            (Reading::Number(scale) | Reading::Auto { scale, .. }, Cell::Real(number)) => {
                let (whole, micros) = split(number)?;
                scale.time(whole, micros, zone)
            }
            (Reading::Iso | Reading::Pattern(_), Cell::Integer(_) | Cell::Real(_)) => None,
            (reading, Cell::Text(text)) => reading.of_text(text.trim(), zone),
        }
    }

    fn of_text(&self, text: &str, zone: Zone) -> Option<Time> {
        match self {
            Reading::Iso => calendar::iso(text.as_bytes())?.time(zone),
            Reading::Pattern(pattern) => pattern.read(text)?.time(zone),
            Reading::Number(scale) => {
                let (whole, micros) = decimal(text)?;
                scale.time(whole, micros, zone)
            }
            Reading::Auto { scale, order } => {
                if calendar::looks_iso(text.as_bytes()) {
                    return calendar::iso(text.as_bytes())?.time(zone);
                }
                match decimal(text) {
                    Some((whole, micros)) => scale.time(whole, micros, zone),
                    None => calendar::parts(text)?.local(*order)?.time(zone),
                }
            }
        }
    }
}

impl Scale {
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
            Scale::DiscordId => (whole >> 22)
                .checked_add(DISCORD_MILLISECONDS)?
                .checked_mul(1000)?,
        };
        Time::from_micros(micros)
    }
}

fn micros(unit: Unit, whole: i64, millionths: i64) -> Option<i64> {
    match unit {
        Unit::Seconds => whole.checked_mul(1_000_000)?.checked_add(millionths),
        Unit::Milliseconds => whole.checked_mul(1000)?.checked_add(millionths / 1000),
        Unit::Microseconds => Some(whole),
        Unit::Nanoseconds => Some(whole.div_euclid(1000)),
    }
}

/// A number in whole and millionths, from digits with or without a sign and a fraction.
fn decimal(text: &str) -> Option<(i64, i64)> {
    let (whole, rest) = match text.split_once('.') {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn notes(cells: &[&str]) -> TimeNotes {
        let mut notes = TimeNotes::default();
        for text in cells {
            notes.note(Cell::Text(text));
        }
        notes
    }

    fn read(form: &TimeForm, cells: &[&str]) -> Vec<Option<i64>> {
        let reading = notes(cells).decide(form).unwrap();
        let times = cells
            .iter()
            .map(|text| reading.time(Cell::Text(text), Zone::UTC));
        times.map(|time| time.map(Time::micros)).collect()
    }

    const NOON: i64 = 1_767_355_200_000_000;

    #[test]
    fn the_unit_is_that_of_the_column() {
        let check = |form: TimeForm, cells: &[&str], expected: &[Option<i64>]| {
            assert_eq!(read(&form, cells), expected, "{form:?} {cells:?}");
        };
        let auto = || TimeForm::Auto;
        check(auto(), &["1767355200", "x"], &[Some(NOON), None]);
        check(
            auto(),
            &["1767355200000", "1767355200001", "1000"],
            &[Some(NOON), Some(NOON + 1000), Some(1_000_000)],
        );
        check(auto(), &["1767355200000000"], &[Some(NOON)]);
        check(auto(), &["1767355200000000999"], &[Some(NOON)]);
        check(auto(), &["1767355200.000200"], &[Some(NOON + 200)]);
        check(auto(), &["46024.5"], &[Some(NOON)]);
        check(
            auto(),
            &["2026-01-02T12:00:00Z", "1767355200"],
            &[Some(NOON), Some(NOON)],
        );
        check(TimeForm::Slack, &["1767355200.000200"], &[Some(NOON + 200)]);
        check(TimeForm::Excel, &["46024.5"], &[Some(NOON)]);
        check(TimeForm::Apple(None), &["789048000"], &[Some(NOON)]);
        check(
            TimeForm::Apple(None),
            &["789048000000000000"],
            &[Some(NOON)],
        );
        check(
            TimeForm::DiscordId,
            &["175928847299117063"],
            &[Some(1_462_015_105_796_000)],
        );
        check(
            TimeForm::Epoch(Some(Unit::Milliseconds)),
            &["1767355200", "-1"],
            &[Some(1_767_355_200_000), Some(-1000)],
        );
        check(TimeForm::Rfc3339, &["1767355200"], &[None]);
    }

    #[test]
    fn the_order_of_day_and_month_is_that_of_the_column_or_asked_for() {
        let march = NOON + 60 * 86_400_000_000;
        let day = [
            Some(march + 86_400_000_000),
            Some(NOON + 11 * 86_400_000_000),
        ];
        assert_eq!(
            read(&TimeForm::Auto, &["4/3/2026 12:00", "13/1/2026 12:00"]),
            day
        );
        assert_eq!(
            read(&TimeForm::Auto, &["3/4/2026 12:00", "1/13/2026 12:00"]),
            day
        );
        for cells in [
            &["4/3/2026 12:00"][..],
            &["4/3/2026", "13/1/2026", "1/13/2026"],
        ] {
            let error = notes(cells).decide(&TimeForm::Auto).unwrap_err();
            assert!(error.to_string().starts_with("`4/3/2026"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_time_reads_back_from_every_number(micros in 1_000_000_000_000_000_i64..4_000_000_000_000_000) {
            let cells = [
                (format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000), 1),
                ((micros / 1_000_000).to_string(), 1_000_000),
                ((micros / 1000).to_string(), 1000),
                (micros.to_string(), 1),
                ((micros * 1000 + 7).to_string(), 1),
            ];
            for (text, exact) in cells {
                let expected = Some(micros / exact * exact);
                prop_assert_eq!(read(&TimeForm::Auto, &[&text]), [expected], "{}", text);
            }
        }

        #[test]
        fn surveys_in_any_order_decide_the_same(cells in prop::collection::vec("[0-9]{1,2}/[0-9]{1,2}/2026|[0-9]{1,19}", 0..8), cut in 0..8_usize) {
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            let (before, behind) = cells.split_at(cut.min(cells.len()));
            let mut merged = notes(behind);
            merged.merge(notes(before));
            let decided = |notes: &TimeNotes| format!("{:?}", notes.decide(&TimeForm::Auto).map_err(|it| it.to_string()));
            prop_assert_eq!(decided(&merged), decided(&notes(&cells)));
        }
    }
}
