//! Times as the format writes them: RFC 3339 with a zone, such as `1985-04-12T23:20:50.52Z`.
//!
//! As strict as the Go parser behind the classic validator: a capital `T` and `Z`, a zone always,
//! no leap second. Source: RFC 3339 section 5.6; Go `time.RFC3339`; observed of the validator.

/// A moment: seconds since 1970 and nanoseconds, which order as time does.
pub(super) type Moment = (i64, u32);

/// Reads a time; `None` if it is not one.
pub(super) fn parse(text: &str) -> Option<Moment> {
    let bytes = text.as_bytes();
    let (head, tail) = bytes.split_at_checked(19)?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| head[*at] != *mark) {
        return None;
    }
    let (year, month, day) = (
        digits(&head[..4])?,
        digits(&head[5..7])?,
        digits(&head[8..10])?,
    );
    let (hour, minute, second) = (
        digits(&head[11..13])?,
        digits(&head[14..16])?,
        digits(&head[17..19])?,
    );
    let real_day = year >= 1 && (1..=12).contains(&month) && day >= 1 && day <= days(year, month);
    if !real_day || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanos, zone) = match tail.strip_prefix(b".") {
        Some(rest) => fraction(rest)?,
        None => (0, tail),
    };
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some((seconds - zone_seconds(zone)?, nanos))
}

fn fraction(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let length = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let (fraction, rest) = bytes.split_at(length);
    let scale = 10_i64.pow(9 - length as u32);
    let nanos = u32::try_from(digits(fraction)? * scale).ok()?;
    Some((nanos, rest))
}

fn zone_seconds(zone: &[u8]) -> Option<i64> {
    match zone {
        b"Z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3_600 + minutes * 60;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + i64::from(byte - b'0'))
    })
}

fn days(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let years = before * 365 + before / 4 - before / 100 + before / 400;
    let months: i64 = (1..month).map(|month| days(year, month)).sum();
    years + months + day - 1 - 719_162
}
