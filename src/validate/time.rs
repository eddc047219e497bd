//! Reads times in RFC 3339, and says what is wrong with others in the words of Go's decoder.

use chrono::NaiveDate;
use migrate_model::Time;

/// What Go's decoder reads a time by, between the quotes of JSON.
const LAYOUT: &str = r#""2006-01-02T15:04:05Z07:00""#;

/// Reads a time from its JSON, quotes included.
///
/// # Errors
/// If it is no time: what Go's decoder says behind `parsing time `.
pub fn parse(json: &str) -> Result<Time, String> {
    let mut rest = Rest(json.as_bytes());
    let time = rest.time().map_err(|wrong| match wrong {
        Wrong::Element(element) => format!(
            "{} as {}: cannot parse {} as {}",
            quoted(json.as_bytes()),
            quoted(LAYOUT.as_bytes()),
            quoted(rest.0),
            quoted(element.as_bytes())
        ),
        Wrong::Range(what) => {
            format!("{}: {what} out of range", quoted(json.as_bytes()))
        }
    })?;
    match rest.0 {
        [] => Ok(time),
        extra => Err(format!(
            "{}: extra text: {}",
            quoted(json.as_bytes()),
            quoted(extra)
        )),
    }
}

enum Wrong {
    /// It does not go on with this element of the layout.
    Element(&'static str),
    /// This element has a value that no time has.
    Range(&'static str),
}

/// What is left of a time.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn time(&mut self) -> Result<Time, Wrong> {
        self.mark(b'"', "\"")?;
        let year = self.digits::<4>("2006")?;
        self.mark(b'-', "-")?;
        let month = self.digits::<2>("01")?;
        if !(1..=12).contains(&month) {
            return Err(Wrong::Range("month"));
        }
        self.mark(b'-', "-")?;
        let day = self.digits::<2>("02")?;
        self.mark(b'T', "T")?;
        let hour = self.within("15", 23, "hour")?;
        self.mark(b':', ":")?;
        let minute = self.within("04", 59, "minute")?;
        self.mark(b':', ":")?;
        let second = self.within("05", 59, "second")?;
        let micros = self.fraction();
        let offset = self.offset()?;
        self.mark(b'"', "\"")?;
        let date = NaiveDate::from_ymd_opt(year as i32, month, day).ok_or(Wrong::Range("day"))?;
        let date = date.and_hms_opt(hour, minute, second);
        let seconds = date.map_or(0, |date| date.and_utc().timestamp()) - offset;
        let micros = seconds * 1_000_000 + i64::from(micros);
        // Years 0 and 10000 are within reach of a zone; they are times to Go.
        let clamped = micros.clamp(Time::MIN.micros(), Time::MAX.micros());
        Ok(Time::from_micros(clamped).unwrap_or(Time::MIN))
    }

    fn mark(&mut self, mark: u8, element: &'static str) -> Result<(), Wrong> {
        match self.0.split_first() {
            Some((first, rest)) if *first == mark => {
                self.0 = rest;
                Ok(())
            }
            _ => Err(Wrong::Element(element)),
        }
    }

    fn digits<const N: usize>(&mut self, element: &'static str) -> Result<u32, Wrong> {
        let Some((digits, rest)) = self.0.split_first_chunk::<N>() else {
            return Err(Wrong::Element(element));
        };
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(Wrong::Element(element));
        }
        self.0 = rest;
        Ok(digits
            .iter()
            .fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    }

    fn within(
        &mut self,
        element: &'static str,
        most: u32,
        what: &'static str,
    ) -> Result<u32, Wrong> {
        let number = self.digits::<2>(element)?;
        match number <= most {
            true => Ok(number),
            false => Err(Wrong::Range(what)),
        }
    }

    /// The digits behind a point, in microseconds; finer ones are cut.
    fn fraction(&mut self) -> u32 {
        let [b'.', rest @ ..] = self.0 else {
            return 0;
        };
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return 0;
        }
        let (digits, behind) = rest.split_at(count);
        let six = digits.iter().chain(&[b'0'; 6]).take(6);
        let micros = six.fold(0, |micros, digit| micros * 10 + u32::from(digit - b'0'));
        self.0 = behind;
        micros
    }

    /// The zone's distance from UTC, in seconds.
    fn offset(&mut self) -> Result<i64, Wrong> {
        const ELEMENT: &str = "Z07:00";
        let (sign, rest) = match self.0.split_first() {
            Some((b'Z', rest)) => {
                self.0 = rest;
                return Ok(0);
            }
            Some((b'+', rest)) => (1, rest),
            Some((b'-', rest)) => (-1, rest),
            _ => return Err(Wrong::Element(ELEMENT)),
        };
        let mut zone = Rest(rest);
        let hours = zone.digits::<2>(ELEMENT)?;
        zone.mark(b':', ELEMENT)?;
        let minutes = zone.digits::<2>(ELEMENT)?;
        // Go's own bounds, which are wider than any zone.
        if hours > 24 || minutes > 60 {
            return Err(Wrong::Range("time zone offset"));
        }
        self.0 = zone.0;
        Ok(sign * i64::from(hours * 3600 + minutes * 60))
    }
}

/// A text in quotes, as Go's time package writes it.
fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::getstream::json::rfc3339;

    fn check(text: &str, expected: &str) {
        let read = match parse(&format!("\"{text}\"")) {
            Ok(time) => rfc3339(time),
            Err(message) => message,
        };
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn times_are_read_with_any_zone_and_fraction() {
        check("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520000Z");
        check("2017-01-01T01:00:00+01:00", "2017-01-01T00:00:00.000000Z");
        check(
            "2017-01-01T01:00:00.1234567-00:30",
            "2017-01-01T01:30:00.123456Z",
        );
        check("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z");
        // As far as Go goes, and no further.
        check("2017-01-02T01:00:00+24:60", "2017-01-01T00:00:00.000000Z");
        for zone in ["+25:00", "-00:61", "+25:61"] {
            check(
                &format!("2017-01-01T01:00:00{zone}"),
                &format!(r#""\"2017-01-01T01:00:00{zone}\"": time zone offset out of range"#),
            );
        }
    }

    #[test]
    fn what_is_no_time_is_said_in_the_words_of_go() {
        let wrong = |text: &str, rest: &str, element: &str| {
            let layout = r#""\"2006-01-02T15:04:05Z07:00\"""#;
            let expected =
                format!(r#""\"{text}\"" as {layout}: cannot parse "{rest}\"" as "{element}""#);
            check(text, &expected);
        };
        wrong("", "", "2006");
        wrong("2022-02-14 12:34:30Z", " 12:34:30Z", "T");
        wrong("2022-02-14T12:34:30", "", "Z07:00");
        wrong("2022-2-14T12:34:30Z", "2-14T12:34:30Z", "01");
        wrong("yesterday", "yesterday", "2006");
        check(
            "2022-13-14T12:34:30Z",
            r#""\"2022-13-14T12:34:30Z\"": month out of range"#,
        );
        check(
            "2023-02-29T12:34:30Z",
            r#""\"2023-02-29T12:34:30Z\"": day out of range"#,
        );
        assert_eq!(
            parse("5").unwrap_err(),
            r#""5" as "\"2006-01-02T15:04:05Z07:00\"": cannot parse "5" as "\"""#
        );
    }

    proptest! {
        #[test]
        fn what_this_program_writes_is_read_back(micros in Time::MIN.micros()..=Time::MAX.micros()) {
            let time = Time::from_micros(micros).unwrap();
            prop_assert_eq!(parse(&format!("\"{}\"", rfc3339(time))), Ok(time));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = parse(&text);
            let _ = parse(&format!("\"2022-01-01T00:00:00{text}\""));
        }
    }
}
