//! Types for fields of Slack's JSON, whose kinds of value vary with the age of an export.
//!
//! They take what means the same (a number where a text is usual, null where nothing is) and fail
//! for everything else; [`crate::json::mend`] then drops that one field.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use migrate_model::Time;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A text, borrowed where the JSON has no escapes. A number is written out; null is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// Reads a [`Text`].
pub(crate) struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, it: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(it)))
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(it.to_owned())))
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(it.to_string())))
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(it.to_string())))
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(it.to_string())))
    }

    fn visit_unit<E: Error>(self) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }
}

/// Slack's `ts`: seconds since 1970 with six decimals, as a text.
///
/// The decimals are a sequence number rather than a time, so they must not pass through a float.
/// A number is taken all the same, as some tools write it; 53 bits hold today's seconds with six
/// decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// There is none.
    #[default]
    Absent,
    /// `0000000000.000000`, which means that there is none.
    Zero,
    /// Something that is no time.
    Bad,
    /// A time after 1970.
    At(Time),
}

impl Stamp {
    /// Reads the text form, with at most six decimals.
    pub(crate) fn parse(text: &str) -> Stamp {
        if text.is_empty() {
            return Stamp::Absent;
        }
        let (seconds, whole, rest) = digits(text.as_bytes());
        let (mut micros, count, rest) = digits(rest.strip_prefix(b".").unwrap_or(rest));
        if !(1..=MOST_DIGITS).contains(&whole) || count > 6 || !rest.is_empty() {
            return Stamp::Bad;
        }
        for _ in count..6 {
            micros *= 10;
        }
        match seconds
            .checked_mul(1_000_000)
            .and_then(|it| it.checked_add(micros))
        {
            Some(0) => Stamp::Zero,
            Some(it) => Time::from_micros(it).map_or(Stamp::Bad, Stamp::At),
            None => Stamp::Bad,
        }
    }

    /// The time, if it is one.
    pub(crate) fn time(self) -> Option<Time> {
        match self {
            Stamp::At(time) => Some(time),
            _ => None,
        }
    }
}

/// So many digits cannot overflow, and the last year has fewer.
const MOST_DIGITS: usize = 18;

/// The number at the start of a text, how many digits it has, and what stands behind them. With more
/// than [`MOST_DIGITS`] the number means nothing.
fn digits(text: &[u8]) -> (i64, usize, &[u8]) {
    let (mut number, mut count) = (0_i64, 0);
    while let Some(digit @ b'0'..=b'9') = text.get(count) {
        number = number
            .wrapping_mul(10)
            .wrapping_add(i64::from(digit - b'0'));
        count += 1;
    }
    (number, count, text.get(count..).unwrap_or_default())
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StampVisitor)
    }
}

struct StampVisitor;

impl Visitor<'_> for StampVisitor {
    type Value = Stamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Stamp, E> {
        Ok(Stamp::parse(it))
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Stamp, E> {
        Ok(Stamp::parse(&it.to_string()))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Stamp, E> {
        Ok(Stamp::Bad)
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Stamp, E> {
        Ok(Stamp::parse(&format!("{it:.6}")))
    }

    fn visit_unit<E: Error>(self) -> Result<Stamp, E> {
        Ok(Stamp::Absent)
    }
}

/// A whole number, also written as a text; `None` for null and for what is no whole number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) Option<i64>);

impl Whole {
    /// The number if it is above 0.
    pub(crate) fn positive(self) -> Option<u64> {
        self.0
            .and_then(|it| u64::try_from(it).ok())
            .filter(|it| *it > 0)
    }

    /// The number as a time: milliseconds if it is too large for seconds of this age.
    pub(crate) fn time(self) -> Option<Time> {
        const FAR_SECONDS: i64 = 100_000_000_000;
        let number = self.0.filter(|it| *it > 0)?;
        if number < FAR_SECONDS {
            return Time::from_seconds(number);
        }
        Time::from_micros(number.checked_mul(1_000)?)
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Whole, E> {
        Ok(Whole(i64::try_from(it).ok()))
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Whole, E> {
        Ok(Whole(Some(it)))
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Whole, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        Ok(Whole((it.abs() < EXACT).then_some(it as i64)))
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Whole, E> {
        let whole = it.split_once('.').map_or(it, |(whole, _)| whole);
        Ok(Whole(whole.parse().ok()))
    }

    fn visit_unit<E: Error>(self) -> Result<Whole, E> {
        Ok(Whole(None))
    }
}

/// True or false, also written as a number or a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E: Error>(self, it: bool) -> Result<Flag, E> {
        Ok(Flag(it))
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Flag, E> {
        Ok(Flag(it != 0))
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Flag, E> {
        Ok(Flag(it == "true" || it == "1"))
    }

    fn visit_unit<E: Error>(self) -> Result<Flag, E> {
        Ok(Flag(false))
    }
}

/// How many elements a list has that is not read itself. Of anything else: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

struct CountVisitor;

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
        let mut count = 0_u32;
        while list.next_element::<IgnoredAny>()?.is_some() {
            count = count.saturating_add(1);
        }
        Ok(Count(count))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Count(0))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_unit<E: Error>(self) -> Result<Count, E> {
        Ok(Count(0))
    }
}

/// Takes null for the empty value.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use migrate_model::Time;

    use super::{Flag, Stamp, Text, Whole};

    fn at(micros: i64) -> Stamp {
        Stamp::At(Time::from_micros(micros).expect("within the years"))
    }

    #[test]
    fn a_ts_is_read_to_the_microsecond() {
        let check = |json: &str, expected: Stamp| {
            let read: Stamp = serde_json::from_str(json).unwrap();
            assert_eq!(read, expected, "{json}");
        };
        check(r#""1700000000.000100""#, at(1_700_000_000_000_100));
        check(r#""1700000000.1""#, at(1_700_000_000_100_000));
        check(r#""1700000000""#, at(1_700_000_000_000_000));
        check("1700000000.000100", at(1_700_000_000_000_100));
        check("1700000000.654321", at(1_700_000_000_654_321));
        check("1700000000", at(1_700_000_000_000_000));
        check(r#""0000000000.000000""#, Stamp::Zero);
        check("0", Stamp::Zero);
        check("null", Stamp::Absent);
        check(r#""""#, Stamp::Absent);
        check(r#""-1.5""#, Stamp::Bad);
        check("-5", Stamp::Bad);
        check(r#""1700000000.0001000""#, Stamp::Bad);
        check(r#""yesterday""#, Stamp::Bad);
        check(r#"".5""#, Stamp::Bad);
        check(r#""5.""#, at(5_000_000));
        check(r#""5.1.2""#, Stamp::Bad);
        check(r#""5x""#, Stamp::Bad);
        check(r#""99999999999999999999.000000""#, Stamp::Bad);
        check(r#""999999999999.000000""#, Stamp::Bad);
        check("1e300", Stamp::Bad);
    }

    #[test]
    fn a_text_borrows_unless_it_has_escapes() {
        let read: Vec<Text<'_>> =
            serde_json::from_str(r#"["a", "b\n", 5, -1, 1.5, null]"#).unwrap();
        let is_borrowed = |text: &Text<'_>| matches!(text.0, std::borrow::Cow::Borrowed(_));
        assert!(is_borrowed(&read[0]));
        let read: Vec<&str> = read.iter().map(|text| &**text).collect();
        assert_eq!(read, ["a", "b\n", "5", "-1", "1.5", ""]);
    }

    #[test]
    fn numbers_and_flags_may_be_texts() {
        let read: Vec<Whole> = serde_json::from_str(r#"[1, "2", 3.7, "x", null, -4]"#).unwrap();
        let read: Vec<Option<i64>> = read.iter().map(|it| it.0).collect();
        assert_eq!(read, [Some(1), Some(2), Some(3), None, None, Some(-4)]);
        let read: Vec<Flag> = serde_json::from_str(r#"[true, 1, "true", null, false]"#).unwrap();
        let read: Vec<bool> = read.iter().map(|it| it.0).collect();
        assert_eq!(read, [true, true, true, false, false]);
        assert!(serde_json::from_str::<Whole>("{}").is_err());
    }

    #[test]
    fn large_numbers_are_milliseconds() {
        let seconds = Whole(Some(1_700_000_000)).time();
        assert_eq!(seconds, Whole(Some(1_700_000_000_000)).time());
        assert_eq!(seconds, Time::from_seconds(1_700_000_000));
        assert_eq!(Whole(Some(0)).time(), None);
        assert_eq!(Whole(Some(i64::MAX)).time(), None);
    }
}
