//! Messages over time, as bars.

use chrono::{Datelike, Days, NaiveDate};

use super::times;
use crate::text::{count, counted};

/// How many bars there are at most.
const MOST_BARS: i64 = 200;

/// How high the chart is, in its own units.
const HEIGHT: u64 = 1000;

/// Bars for spans of time that follow each other.
pub struct Chart {
    /// What a bar is: `day`, `week`, `month`, `year`.
    pub unit: String,
    /// The bars in order, those without messages too.
    pub bars: Vec<Bar>,
    /// What the top of the chart stands for.
    pub top: String,
    /// What its middle stands for.
    pub middle: String,
    /// Labels below, from the first bar to the last.
    pub labels: Vec<String>,
    /// All of it in a sentence.
    pub sentence: String,
}

/// A bar.
pub struct Bar {
    /// Which span it stands for.
    pub label: String,
    /// How many messages.
    pub count: String,
    /// `1 message`, `2 messages`.
    pub counted: String,
    /// Where it begins, from the top.
    pub y: u64,
    /// How high it is.
    pub height: u64,
}

/// How long the span of a bar is.
#[derive(Clone, Copy)]
enum Unit {
    Day,
    Week,
    Month,
    /// So many years.
    Years(i64),
}

impl Chart {
    /// The chart of days, as a preview has them; `None` without any.
    pub fn of(days: &[(i32, u64)]) -> Option<Chart> {
        let (first, last) = (days.first()?.0, days.last()?.0);
        let unit = Unit::fitting(first, last);
        let start = unit.number(times::date_of_day(first));
        let end = unit.number(times::date_of_day(last));
        let bars = usize::try_from((end - start).clamp(0, MOST_BARS)).unwrap_or_default() + 1;
        let mut counts = vec![0_u64; bars];
        for &(day, messages) in days {
            let n = unit.number(times::date_of_day(day)) - start;
            if let Some(bar) = usize::try_from(n).ok().and_then(|n| counts.get_mut(n)) {
                *bar += messages;
            }
        }
        let label = |n: usize| unit.label(start + n as i64);
        let most = counts.iter().copied().max().unwrap_or_default();
        let top = round_up(most);
        let busiest = counts.iter().position(|&it| it == most).unwrap_or_default();
        let sum = counts.iter().sum();
        let sentence = format!(
            "{} by {}, from {} to {}; most in {}: {}",
            counted(sum, "message"),
            unit.name(),
            label(0),
            label(bars - 1),
            label(busiest),
            count(most)
        );
        let to_bar = |(n, &messages): (usize, &u64)| Bar::new(label(n), messages, top);
        Some(Chart {
            unit: unit.name(),
            bars: counts.iter().enumerate().map(to_bar).collect(),
            top: count(top),
            middle: count(top / 2),
            labels: labels(bars).map(label).collect(),
            sentence,
        })
    }
}

impl Bar {
    fn new(label: String, messages: u64, top: u64) -> Bar {
        let height = u128::from(messages) * u128::from(HEIGHT) / u128::from(top.max(1));
        let least = u64::from(messages > 0) * HEIGHT / 100;
        let height = u64::try_from(height).unwrap_or(HEIGHT).max(least);
        Bar {
            label,
            count: count(messages),
            counted: counted(messages, "message"),
            y: HEIGHT - height.min(HEIGHT),
            height,
        }
    }
}

impl Unit {
    fn fitting(first: i32, last: i32) -> Unit {
        let days = i64::from(last) - i64::from(first);
        match days {
            ..101 => Unit::Day,
            101..731 => Unit::Week,
            731..5_501 => Unit::Month,
            _ => Unit::Years(days / (365 * MOST_BARS) + 1),
        }
    }

    fn name(self) -> String {
        match self {
            Unit::Day => "day".to_owned(),
            Unit::Week => "week".to_owned(),
            Unit::Month => "month".to_owned(),
            Unit::Years(1) => "year".to_owned(),
            Unit::Years(years) => format!("{years} years"),
        }
    }

    /// The number of the span that a day belongs to.
    fn number(self, date: NaiveDate) -> i64 {
        let day = i64::from(date.num_days_from_ce());
        match self {
            Unit::Day => day,
            // Day 1 of chrono's is a Monday.
            Unit::Week => (day - 1).div_euclid(7),
            Unit::Month => i64::from(date.year()) * 12 + i64::from(date.month0()),
            Unit::Years(years) => i64::from(date.year()).div_euclid(years),
        }
    }

    fn label(self, number: i64) -> String {
        let day = |days: i64| i32::try_from(days).ok();
        let date = |days| day(days).and_then(NaiveDate::from_num_days_from_ce_opt);
        match self {
            Unit::Day => date(number).map_or_else(String::new, short_day),
            Unit::Week => date(number * 7 + 1).map_or_else(String::new, |monday| {
                let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(monday);
                let monday = monday.format("%-d %b");
                format!("{monday} – {}", short_day(sunday))
            }),
            Unit::Month => {
                let month = u32::try_from(number.rem_euclid(12) + 1).unwrap_or(1);
                let year = day(number.div_euclid(12)).unwrap_or_default();
                let date = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
                date.format("%b %Y").to_string()
            }
            Unit::Years(1) => number.to_string(),
            Unit::Years(years) => format!("{}–{}", number * years, (number + 1) * years - 1),
        }
    }
}

fn short_day(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// Which bars have a label below, the first and the last among them.
fn labels(bars: usize) -> impl Iterator<Item = usize> {
    let steps = (bars - 1).min(2);
    (0..=steps).map(move |n| (bars - 1) * n / steps.max(1))
}

/// The next number that reads well on an axis and halves well.
fn round_up(number: u64) -> u64 {
    let mut ten = 1_u64;
    loop {
        for factor in [2, 4, 6, 8, 10] {
            match ten.checked_mul(factor) {
                Some(round) if round >= number => return round,
                Some(_) => {}
                None => return number,
            }
        }
        ten = ten.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_without_messages_have_their_place() {
        let chart = Chart::of(&[(19_786, 3), (19_788, 1)]).unwrap();
        let heights: Vec<_> = chart.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [750, 0, 250]);
        assert_eq!(chart.labels, ["4 Mar 2024", "5 Mar 2024", "6 Mar 2024"]);
        assert_eq!(
            chart.sentence,
            "4 messages by day, from 4 Mar 2024 to 6 Mar 2024; most in 4 Mar 2024: 3"
        );
        assert!(Chart::of(&[]).is_none());
    }

    #[test]
    fn long_spans_have_longer_bars() {
        let unit = |days| Chart::of(&[(0, 1), (days, 1)]).unwrap().unit;
        assert_eq!(unit(300), "week");
        assert_eq!(unit(3_000), "month");
        assert_eq!(unit(9_000), "year");
        assert_eq!(unit(2_932_896), "41 years");
    }

    proptest! {
        #[test]
        fn no_message_is_left_out_of_the_chart(days in prop::collection::btree_map(-719_162..2_932_897, 1_u64..1000, 1..50)) {
            let days: Vec<_> = days.into_iter().collect();
            let chart = Chart::of(&days).unwrap();
            let shown: u64 = chart.bars.iter().map(|bar| bar.count.replace(',', "").parse::<u64>().unwrap()).sum();
            prop_assert_eq!(shown, days.iter().map(|(_, count)| count).sum::<u64>());
            prop_assert!(chart.bars.len() as i64 <= MOST_BARS + 1);
            prop_assert!(chart.bars.iter().all(|bar| bar.y + bar.height == HEIGHT));
        }
    }
}
