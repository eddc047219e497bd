//! How a column writes its times, decided once from all of its cells.

use anyhow::{Result, anyhow};
use migrate_model::wording;

use crate::calendar::{self, Local, Order};
use crate::cell::{Cell, within};
use crate::strptime::Strptime;
use crate::time_form::{TimeForm, Unit};
use crate::time_reading::{Reading, SERIALS, Scale, decimal};

/// Years that are so near to each other that they may be those of one chat.
const NEAR_YEARS: i64 = 2;

/// What is known of a column of times.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeNotes {
    /// Numbers by what they would be: seconds, milliseconds, microseconds, nanoseconds, days, the
    /// digits of a date.
    scales: [u64; 6],
    /// The least time whose day stands before its month, and the least where it stands behind.
    day_first: Option<String>,
    month_first: Option<String>,
    /// The least time whose order is not told.
    ambiguous: Option<String>,
    /// Whether there are times whose order is told by points alone.
    is_dotted: bool,
    short: ShortYears,
    /// Times that name no zone.
    without_zone: u64,
}

/// Dates of which all numbers have two digits.
#[derive(Clone, Debug, Default)]
struct ShortYears {
    /// The least and the greatest first number, and the same of the last.
    first: Option<(i64, i64)>,
    last: Option<(i64, i64)>,
    /// Whether there are dates that cannot begin with their year.
    has_others: bool,
    /// Whether there is one that has no points between its numbers.
    has_no_points: bool,
    example: Option<String>,
}

impl ShortYears {
    fn merge(&mut self, other: ShortYears) {
        self.first = joined(self.first, other.first);
        self.last = joined(self.last, other.last);
        self.has_others |= other.has_others;
        self.has_no_points |= other.has_no_points;
        self.example = least(self.example.take(), other.example);
    }

    /// A date of a column that may begin with the year as well as with the day.
    fn doubtful(&self) -> Option<&str> {
        let ((least, most), (from, to)) = (self.first?, self.last?);
        // Days that stay while years go by are years and days.
        let are_years = most - least <= NEAR_YEARS && most - least <= to - from;
        let is_one_day = least == most && from == to;
        let is_doubtful = are_years && !self.has_others && (self.has_no_points || !is_one_day);
        self.example.as_deref().filter(|_| is_doubtful)
    }
}

/// The bounds of two ranges together.
fn joined(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

fn least(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Keeps the lesser of two texts.
fn keep_least(kept: &mut Option<String>, text: &str) {
    if kept.as_deref().is_none_or(|least| text < least) {
        *kept = Some(text.to_owned());
    }
}

impl TimeNotes {
    /// Takes note of a cell. `probe` is how the column is read if nothing is known of its cells.
    pub(crate) fn note(&mut self, cell: Cell<'_>, probe: &Reading) {
        let is_found = matches!(probe, Reading::Auto { .. });
        match cell {
            Cell::Null | Cell::Blob(_) => {}
            Cell::Integer(number) => self.number(number, false),
            #[expect(clippy::cast_possible_truncation, reason = "only its size matters")]
            Cell::Real(number) => self.number(number as i64, number.fract() != 0.0),
            Cell::Text(text) if is_found => self.text(within(text)),
            Cell::Text(text) => match probe {
                Reading::Iso => self.local(calendar::year_first(text.trim())),
                Reading::Pattern(pattern) => self.local(pattern.read(text.trim())),
                _ => {
                    if let Some((whole, rest)) = decimal(text.trim()) {
                        self.number(whole, rest != 0);
                    }
                }
            },
        }
    }

    fn local(&mut self, local: Option<Local>) {
        self.without_zone += u64::from(local.is_some_and(Local::lacks_zone));
    }

    fn text(&mut self, text: &str) {
        if calendar::looks_iso(text.as_bytes()) {
            // Most name their zone, and nothing else of a time of this form is noted.
            return match calendar::is_utc(text.as_bytes()) {
                true => {}
                false => self.local(calendar::year_first(text)),
            };
        }
        if let Some((whole, rest)) = decimal(text) {
            return self.number(whole, rest != 0);
        }
        if let Some(local) = calendar::basic(text) {
            return self.local(Some(local));
        }
        let Some(parts) = calendar::parts(text) else {
            return;
        };
        self.without_zone += u64::from(parts.lacks_zone());
        match parts.order() {
            Some(Order::DayFirst) => keep_least(&mut self.day_first, text),
            Some(Order::MonthFirst) => keep_least(&mut self.month_first, text),
            None if !parts.is_ambiguous() => {}
            None if parts.is_dotted() => self.is_dotted = true,
            None => keep_least(&mut self.ambiguous, text),
        }
        match parts.may_begin_with_year() {
            Some((first, last)) => {
                self.short.first = joined(self.short.first, Some((first, first)));
                self.short.last = joined(self.short.last, Some((last, last)));
                keep_least(&mut self.short.example, text);
                self.short.has_no_points |= !parts.is_dotted();
            }
            None => self.short.has_others = true,
        }
    }

    fn number(&mut self, number: i64, has_fraction: bool) {
        let scale = match number.unsigned_abs() {
            0 => return,
            _ if calendar::compact(number).is_some() => 5,
            1..100_000_000_000 if SERIALS.contains(&number) => 4,
            1..100_000_000_000 => 0,
            100_000_000_000..100_000_000_000_000 => 1,
            100_000_000_000_000..100_000_000_000_000_000 => 2,
            100_000_000_000_000_000.. => 3,
        };
        if let Some(count) = self.scales.get_mut(scale) {
            *count += 1;
        }
        let has_clock = match scale {
            4 => has_fraction,
            5 => number > 1_000_000_000,
            _ => false,
        };
        self.without_zone += u64::from(has_clock);
    }

    /// Adds the notes on other cells of the column.
    pub(crate) fn merge(&mut self, other: TimeNotes) {
        for (count, more) in self.scales.iter_mut().zip(other.scales) {
            *count += more;
        }
        self.day_first = least(self.day_first.take(), other.day_first);
        self.month_first = least(self.month_first.take(), other.month_first);
        self.ambiguous = least(self.ambiguous.take(), other.ambiguous);
        self.is_dotted |= other.is_dotted;
        self.short.merge(other.short);
        self.without_zone += other.without_zone;
    }

    /// How many times name no zone.
    pub(crate) fn without_zone(&self) -> u64 {
        self.without_zone
    }

    /// How the column is read.
    ///
    /// # Errors
    /// If days and months, or days and years, cannot be told apart.
    pub(crate) fn decide(&self, form: &TimeForm) -> Result<Reading> {
        let unit = self.unit();
        Ok(match form {
            TimeForm::Auto => Reading::Auto {
                scale: self.scale(),
                order: self.order()?,
            },
            TimeForm::DayFirst | TimeForm::MonthFirst => Reading::Auto {
                scale: self.scale(),
                order: Some(match form {
                    TimeForm::MonthFirst => Order::MonthFirst,
                    _ => Order::DayFirst,
                }),
            },
            TimeForm::Rfc3339 => Reading::Iso,
            TimeForm::Epoch(None) => Reading::Epochs(unit),
            TimeForm::Epoch(Some(unit)) => Reading::Number(Scale::Epoch(*unit)),
            TimeForm::Slack => Reading::Number(Scale::Epoch(Unit::Seconds)),
            // Nanoseconds, or seconds in files of old.
            TimeForm::Apple(None) if unit == Unit::Seconds => Reading::Number(Scale::Apple(unit)),
            TimeForm::Apple(given) => {
                Reading::Number(Scale::Apple(given.unwrap_or(Unit::Nanoseconds)))
            }
            TimeForm::Excel => Reading::Number(Scale::Excel),
            TimeForm::DotnetTicks => Reading::Number(Scale::DotnetTicks),
            TimeForm::FileTime => Reading::Number(Scale::FileTime),
            TimeForm::Webkit => Reading::Number(Scale::Webkit),
            TimeForm::Julian => Reading::Julian,
            TimeForm::DiscordId => Reading::Number(Scale::DiscordId),
            TimeForm::Pattern(pattern) => Reading::Pattern(Strptime::new(pattern)),
        })
    }

    /// How the column of a form is read if nothing is known of its cells.
    pub(crate) fn probe(form: &TimeForm) -> Reading {
        // Without cells nothing is in doubt.
        TimeNotes::default().decide(form).unwrap_or(Reading::Iso)
    }

    /// The unit that most numbers have; the larger number of two that are equal.
    fn unit(&self) -> Unit {
        let [s, ms, us, ns, ..] = self.scales;
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
        let [s, ms, us, ns, days, digits] = self.scales;
        let others = s.max(ms).max(us).max(ns);
        match (digits > others.max(days), days > others) {
            (true, _) => Scale::Digits,
            (false, true) => Scale::Excel,
            (false, false) if others == 0 => Scale::Epoch(Unit::Seconds),
            (false, false) => Scale::Epoch(self.unit()),
        }
    }

    fn order(&self) -> Result<Option<Order>> {
        if let Some(text) = self.short.doubtful() {
            let text = wording::safe(text, 40);
            return Err(anyhow!(
                "`{text}` may begin with its day or with its year, since nothing in the column \
                 tells; say it by `time = \"day_first\"`, or by a pattern with the year first, such as \
                 `time = \"%y/%m/%d %H:%M\"`"
            ));
        }
        match (&self.day_first, &self.month_first, &self.ambiguous) {
            (Some(day), Some(month), _) => Err(anyhow!(
                "`{}` has its day before its month and `{}` behind it, so nobody can tell how the \
                 column is meant; say it by `time = \"day_first\"` or `time = \"month_first\"`, and \
                 times that can only be read the other way are left out",
                wording::safe(day, 40),
                wording::safe(month, 40)
            )),
            (Some(_), None, _) => Ok(Some(Order::DayFirst)),
            (None, Some(_), _) => Ok(Some(Order::MonthFirst)),
            (None, None, Some(text)) => {
                let text = wording::safe(text, 40);
                Err(anyhow!(
                    "`{text}` may be two days, since nothing in the column tells whether days or \
                     months stand first; say it by `time = \"day_first\"` or `time = \"month_first\"`"
                ))
            }
            (None, None, None) => Ok(self.is_dotted.then_some(Order::DayFirst)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time_reading::hint;
    use crate::zone::Zone;

    fn notes(cells: &[&str]) -> TimeNotes {
        let mut notes = TimeNotes::default();
        for text in cells {
            notes.note(Cell::Text(text), &TimeNotes::probe(&TimeForm::Auto));
        }
        notes
    }

    fn read(form: &TimeForm, cells: &[&str]) -> Vec<Option<i64>> {
        let reading = notes(cells).decide(form).unwrap();
        let times = cells
            .iter()
            .map(|text| reading.time(Cell::Text(text), Zone::UTC));
        times
            .map(|found| found.map(|it| it.time.micros()))
            .collect()
    }

    const NOON: i64 = 1_767_355_200_000_000;

    #[test]
    fn whoever_says_what_stands_first_is_believed_unless_it_cannot_be() {
        let days = |form: TimeForm, cells: &[&str]| -> Vec<String> {
            let times = read(&form, cells).into_iter();
            let shown = times.map(|micros| {
                let time = micros.and_then(chrono::DateTime::from_timestamp_micros);
                time.map_or(String::new(), |it| {
                    it.format("%Y-%m-%d %H:%M:%S").to_string()
                })
            });
            shown.collect()
        };
        let cells = [
            "3/4/2026 2:05 PM",
            "3/4/2026 14:05:33",
            "3-4-26",
            "13/1/2026",
            "1/13/2026",
            "2026-04-03",
            "April 3, 2026",
        ];
        let day_first = days(TimeForm::DayFirst, &cells);
        let month_first = days(TimeForm::MonthFirst, &cells);
        assert_eq!(
            day_first[..5],
            [
                "2026-04-03 14:05:00",
                "2026-04-03 14:05:33",
                "2026-04-03 00:00:00",
                "2026-01-13 00:00:00",
                ""
            ]
        );
        assert_eq!(
            month_first[..5],
            [
                "2026-03-04 14:05:00",
                "2026-03-04 14:05:33",
                "2026-03-04 00:00:00",
                "",
                "2026-01-13 00:00:00"
            ]
        );
        assert_eq!(day_first[5..], ["2026-04-03 00:00:00"; 2]);
        assert_eq!(month_first[5..], ["2026-04-03 00:00:00"; 2]);
        assert!(notes(&cells[..2]).decide(&TimeForm::Auto).is_err());
        assert!(notes(&cells[3..5]).decide(&TimeForm::Auto).is_err());
    }

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
            TimeForm::DotnetTicks,
            &["639029520000000000", "639029520000000019"],
            &[Some(NOON), Some(NOON + 1)],
        );
        check(TimeForm::FileTime, &["134118288000000000"], &[Some(NOON)]);
        check(TimeForm::Webkit, &["13411828800000000"], &[Some(NOON)]);
        check(
            TimeForm::Julian,
            &["2461043", "2461043.0001157408", "1e300", "x"],
            &[Some(NOON), Some(NOON + 10_000_000), None, None],
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
        check(
            auto(),
            &["20260102120000", "20260102"],
            &[Some(NOON), Some(NOON - 43_200_000_000)],
        );
        check(
            auto(),
            &["1767355200", "1767355200000", "1767355201"],
            &[Some(NOON), Some(NOON), Some(NOON + 1_000_000)],
        );
        check(
            TimeForm::Epoch(None),
            &["1767355200000", "1767355200"],
            &[Some(NOON), Some(NOON)],
        );
        check(auto(), &["46024,5"], &[Some(NOON)]);
        check(auto(), &["1,735,689,600"], &[None]);
        check(
            auto(),
            &["20260102T120000Z", "2026-01-02, 12:00"],
            &[Some(NOON), Some(NOON)],
        );
    }

    #[test]
    fn a_number_of_another_unit_is_told() {
        let cells = ["1767355200", "1767355201", "1767355200000", "20260102", "7"];
        let reading = notes(&cells).decide(&TimeForm::Auto).unwrap();
        let odd = cells.map(|it| {
            let found = reading.time(Cell::Text(it), Zone::UTC).unwrap();
            (found.is_odd_unit, !found.is_odd())
        });
        assert_eq!(
            odd,
            [
                (false, true),
                (false, true),
                (true, true),
                (true, true),
                (false, false)
            ]
        );
    }

    #[test]
    fn a_number_that_counts_from_another_year_is_told_with_a_way_to_read_it() {
        let check = |cell: &str, expected: Option<&str>| {
            let form = TimeForm::Auto;
            let reading = notes(&[cell]).decide(&form).unwrap();
            let found = reading.time(Cell::Text(cell), Zone::UTC).unwrap();
            let told = found.is_odd().then(|| hint(Cell::Text(cell)));
            assert_eq!(told, expected.map(|it| Some(it.to_owned())), "{cell}");
        };
        let check_without_hint = |cell: &str| {
            let reading = notes(&[cell]).decide(&TimeForm::Auto).unwrap();
            let found = reading.time(Cell::Text(cell), Zone::UTC).unwrap();
            assert_eq!(
                (found.is_odd(), hint(Cell::Text(cell))),
                (true, None),
                "{cell}"
            );
        };
        // Days of 1996, 1998 and 1999, which Apple's clock would put into years to come.
        for cell in ["848016000", "883612800", "946684799"] {
            check_without_hint(cell);
        }
        check("639029520000000000", Some("2026-01-02 by `dotnet_ticks`"));
        check("134118288000000000", Some("2026-01-02 by `filetime`"));
        check("13411828800000000", Some("2026-01-02 by `webkit`"));
        check("2461043.25", Some("2026-01-02 by `julian`"));
        check("789048000", Some("2026-01-02 by `apple_s`"));
        check("789048000000000000", Some("2026-01-02 by `apple_ns`"));
        check("1767355200", None);
        check("946684800", None);
        // What is written as a date means it.
        check("1993-05-06 12:00", None);
        check("19930506", None);
        check("34000.5", None);
    }

    #[test]
    fn a_zone_is_missed_where_a_clock_has_none() {
        let check = |form: TimeForm, cell: &str, expected: u64| {
            let mut notes = TimeNotes::default();
            notes.note(Cell::Text(cell), &TimeNotes::probe(&form));
            assert_eq!(notes.without_zone(), expected, "{form:?} {cell}");
        };
        let pattern = || TimeForm::Pattern("%Y%m%d%H%M%S".to_owned());
        check(TimeForm::Auto, "2026-01-02 12:00", 1);
        check(TimeForm::Auto, "2026-01-02 12:00 utc", 0);
        check(TimeForm::Auto, "2026-01-02", 0);
        check(TimeForm::Auto, "2/1/2026 12:00 ", 1);
        check(TimeForm::Auto, "20260102120000", 1);
        check(TimeForm::Auto, "1767355200", 0);
        check(TimeForm::Auto, "46024.5", 1);
        check(TimeForm::Auto, "true", 0);
        check(TimeForm::Rfc3339, "2026-01-02T12:00", 1);
        check(pattern(), "20260102120000", 1);
        check(pattern(), "noon", 0);
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
        // Points stand where days are first, unless the column proves the contrary.
        assert_eq!(read(&TimeForm::Auto, &["4.3.2026 12:00"]), [day[0]]);
        assert_eq!(
            read(&TimeForm::Auto, &["3.4.2026 12:00", "1.13.2026 12:00"]),
            day
        );
        for cells in [
            &["4/3/2026 12:00"][..],
            &["13/1/2026", "1/13/2026"],
            &["13.1.2026", "4.3.2026", "1.13.2026"],
            &["26/01/13", "26/01/14"],
            &["26/01/13 10:00", "26/01/13 11:00"],
        ] {
            let error = notes(cells).decide(&TimeForm::Auto).unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("say it by `time = \"day_first\"`"),
                "{error}"
            );
        }
        let days = ["17/05/20 02:21", "19/05/20 02:21", "30/05/21 02:21"];
        assert!(notes(&days).decide(&TimeForm::Auto).is_ok());
        assert!(
            notes(&["17/05/20 02:21", "2/05/20 02:21"])
                .decide(&TimeForm::Auto)
                .is_ok()
        );
        assert!(notes(&["17.05.20 02:21"]).decide(&TimeForm::Auto).is_ok());
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
