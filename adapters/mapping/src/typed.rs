//! Numbers, flags, free values and damaged ids.

use migrate_model::{Custom, Text, Value};

use crate::cell::Cell;
use crate::extended;

/// A flag in any of the usual words; `None` for any other. Nothing is false.
pub(crate) fn flag(cell: Cell<'_>) -> Option<bool> {
    const WORDS: [(&str, &str); 6] = [
        ("true", "false"),
        ("1", "0"),
        ("yes", "no"),
        ("t", "f"),
        ("y", "n"),
        ("on", "off"),
    ];
    let text = match cell {
        Cell::Null => return Some(false),
        Cell::Integer(number) => return Some(number != 0),
        Cell::Real(number) => return Some(number != 0.0),
        Cell::Blob(_) => return None,
        Cell::Text(text) => text.trim(),
    };
    if text.is_empty() {
        return Some(false);
    }
    let is = |word: &str| word.eq_ignore_ascii_case(text);
    let (yes, _) = WORDS.iter().find(|(yes, no)| is(yes) || is(no))?;
    Some(is(yes))
}

/// A whole number from 0.
pub(crate) fn integer(cell: Cell<'_>) -> Option<u64> {
    match cell {
        Cell::Null | Cell::Blob(_) => None,
        Cell::Integer(number) => u64::try_from(number).ok(),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "held in bounds"
        )]
        Cell::Real(number) => {
            ((0.0..9e15).contains(&number) && number.fract() == 0.0).then_some(number as u64)
        }
        Cell::Text(text) => {
            let text = extended::plain(text.trim());
            text.parse()
                .ok()
                .or_else(|| integer(Cell::Real(float(Cell::Text(text))?)))
        }
    }
}

/// A finite number, with a point; spaces and an underscore are none of it.
pub(crate) fn float(cell: Cell<'_>) -> Option<f64> {
    let number = match cell {
        Cell::Null | Cell::Blob(_) => return None,
        #[expect(clippy::cast_precision_loss, reason = "that is what the column is")]
        Cell::Integer(number) => number as f64,
        Cell::Real(number) => number,
        Cell::Text(text) => {
            let text = extended::plain(text.trim());
            let is_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
            if !text.bytes().all(is_number) {
                return None;
            }
            text.parse().ok()?
        }
    };
    number.is_finite().then_some(number)
}

/// A number as a custom value: whole where it is.
pub(crate) fn number(cell: Cell<'_>) -> Option<Value<'static>> {
    match cell {
        Cell::Integer(number) => Some(Value::Integer(number)),
        Cell::Text(text) => {
            let text = extended::plain(text.trim());
            match text.parse() {
                Ok(number) => Some(Value::Integer(number)),
                // As a floating-point number it would lose digits.
                Err(_) if is_whole(text) => None,
                Err(_) => float(cell).map(Value::Float),
            }
        }
        cell => float(cell).map(Value::Float),
    }
}

fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// JSON as a custom value; `None` if it is no JSON or null.
pub(crate) fn json(text: &str) -> Option<Value<'static>> {
    value(serde_json::from_str(text).ok()?)
}

/// A JSON value as a custom one; `None` for null. Nulls within are left away.
pub(crate) fn value(json: serde_json::Value) -> Option<Value<'static>> {
    Some(match json {
        serde_json::Value::Null => return None,
        serde_json::Value::Bool(it) => Value::Bool(it),
        serde_json::Value::Number(it) => match (it.as_i64(), it.as_f64()) {
            (Some(number), _) => Value::Integer(number),
            // As a floating-point number it would lose digits, which may be an id's.
            (None, _) if it.is_u64() => Value::from(it.to_string()),
            (None, Some(number)) => Value::Float(number),
            (None, None) => return None,
        },
        serde_json::Value::String(text) => Value::from(text),
        serde_json::Value::Array(list) => Value::List(list.into_iter().filter_map(value).collect()),
        serde_json::Value::Object(fields) => {
            let mut custom = Custom::default();
            let fields = fields.into_iter();
            custom.extend(fields.filter_map(|(name, it)| Some((Text::Owned(name), value(it)?))));
            Value::Object(custom)
        }
    })
}

/// Whether a spreadsheet has cut the digits of an id: `4.58E+17`.
pub(crate) fn is_damaged(id: &str) -> bool {
    // Nearly all ids end here.
    if !matches!(id.as_bytes(), [b'0'..=b'9', b'.' | b',' | b'E' | b'e', ..]) {
        return false;
    }
    let Some((mantissa, exponent)) = id.split_once("E+").or_else(|| id.split_once("e+")) else {
        return false;
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, rest) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    whole.len() == 1
        && is_digits(whole)
        && is_digits(rest)
        && !exponent.is_empty()
        && is_digits(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_in_the_usual_words() {
        let check = |text, expected| assert_eq!(flag(Cell::Text(text)), expected, "{text}");
        for text in ["true", "TRUE", " 1", "yes", "t", "Y", "on"] {
            check(text, Some(true));
        }
        for text in ["false", "0", "No", "f", "n", "off", "", " "] {
            check(text, Some(false));
        }
        check("maybe", None);
        assert_eq!(flag(Cell::Integer(7)), Some(true));
    }

    #[test]
    fn numbers_are_whole_where_they_are() {
        let check = |text, expected| assert_eq!(number(Cell::Text(text)), expected, "{text}");
        check("7", Some(Value::Integer(7)));
        check(" -7 ", Some(Value::Integer(-7)));
        check("7.5", Some(Value::Float(7.5)));
        check("123456789012345678901", None);
        check("1e3", Some(Value::Float(1000.0)));
        check("inf", None);
        check("7 kg", None);
        check("", None);
        assert_eq!(integer(Cell::Text("7.0")), Some(7));
        assert_eq!(integer(Cell::Text("-7")), None);
        assert_eq!(integer(Cell::Real(1e300)), None);
    }

    #[test]
    fn an_id_that_a_spreadsheet_has_cut_is_seen() {
        for id in ["4.58305E+17", "4,58E+17", "4E+17", "4.58e+17"] {
            assert!(is_damaged(id), "{id}");
        }
        for id in [
            "458305E+17",
            "4.58E-17",
            "E+17",
            "1.2",
            "4.58E+",
            "AE+1",
            "45.8E+16",
        ] {
            assert!(!is_damaged(id), "{id}");
        }
    }
}
