//! Values that MongoDB writes as an object with their type, since JSON has no word for it:
//! `{"$oid": "65a…"}`, `{"$date": "2026-01-02T12:00:00Z"}`, `{"$numberLong": "7"}`.
//!
//! Source: MongoDB manual, "MongoDB Extended JSON (v2)", read 2026-11; dates as bare numbers are of
//! version 1.

/// The types whose values are ids, times or numbers.
const TYPES: [&str; 7] = [
    "$oid",
    "$uuid",
    "$date",
    "$numberLong",
    "$numberInt",
    "$numberDouble",
    "$numberDecimal",
];

/// The value alone, as it stands in the text; any other text as it is. A date may hold a number of
/// milliseconds in the same way.
pub(crate) fn plain(text: &str) -> &str {
    // Nearly all cells end here.
    if !text.starts_with('{') {
        return text;
    }
    match inner(text) {
        None => text,
        Some(value) if value.starts_with('{') => inner(value).unwrap_or(text),
        Some(value) => value,
    }
}

/// The value of an object that has one and says its type; `None` for any other text.
fn inner(text: &str) -> Option<&str> {
    let text = text.strip_prefix('{')?.strip_suffix('}')?.trim();
    let (kind, value) = text.strip_prefix('"')?.split_once('"')?;
    if !TYPES.contains(&kind) {
        return None;
    }
    let value = value.trim_start().strip_prefix(':')?.trim();
    if value.starts_with('{') {
        return Some(value);
    }
    let value = match value.strip_prefix('"') {
        Some(value) => value.strip_suffix('"')?,
        None => value,
    };
    // None of these values has a quote, an escape or a further field.
    let is_one = !value.is_empty() && !value.contains(['"', '\\', ',']);
    is_one.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn typed_values_are_what_they_hold_and_other_texts_as_they_are() {
        let check = |text: &str, expected: &str| assert_eq!(plain(text), expected);
        check(r#"{"$oid": "65a0"}"#, "65a0");
        check(r#"{"$oid":"65a0"}"#, "65a0");
        check(
            r#"{ "$date" : "2026-01-02T12:00:00Z" }"#,
            "2026-01-02T12:00:00Z",
        );
        check(
            r#"{"$date": {"$numberLong": "1767355200000"}}"#,
            "1767355200000",
        );
        check(r#"{"$date": 1767355200000}"#, "1767355200000");
        check(r#"{"$numberLong": "-7"}"#, "-7");
        check(r#"{"$numberDouble": "1.5"}"#, "1.5");
        let as_it_is = [
            "",
            "{",
            "{}",
            "a",
            r#"{"a": "b"}"#,
            r#"{"$oid": "a", "b": "c"}"#,
            r#"{"$oid": 7, "b": 8}"#,
            r#"{"$date": {"a": "b"}}"#,
            r#"{"$oid": }"#,
            r#"{"$oid" "a"}"#,
            r#"{"$oid": "a\""}"#,
        ];
        for text in as_it_is {
            check(text, text);
        }
    }
}
