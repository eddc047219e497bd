//! Words for errors about lines.

use migrate_model::wording::start;
pub(crate) use migrate_model::wording::{list, safe, unknown};

/// How much of a line an error shows, in bytes.
const SHOWN: usize = 80;

/// The start of a line, for an error: safe to be shown, and at most 80 bytes.
pub fn start_of(line: &[u8]) -> String {
    // A character has at most four bytes.
    let text = String::from_utf8_lossy(line.get(..SHOWN * 4 + 4).unwrap_or(line));
    let begun = start(&text, SHOWN);
    let shown = safe(begun, SHOWN);
    match begun.len() < text.len() && !shown.ends_with('…') {
        true => shown + "…",
        false => shown,
    }
}

/// What is wrong with the JSON of a line, with its column where the line is too long to be shown.
pub(crate) fn of_json(error: &serde_json::Error, line: &[u8]) -> String {
    let mut text = without_place(error);
    if let Some((start, expected)) = text.rsplit_once(", expected ")
        && let Some((field, found)) = split_found(start)
    {
        // What was found may be a text of any length.
        let found = safe(found, 80);
        let plain = |word: &str| {
            let known = PLAIN.iter().find(|(theirs, _)| *theirs == word);
            known.map_or(word.to_owned(), |(_, plain)| (*plain).to_owned())
        };
        text = format!(
            "{field}expected {}, found {}",
            plain(expected),
            plain(&found)
        );
    }
    let text = text.replace("EOF while parsing", "the line breaks off within");
    let text = safe(&text, 500);
    match line.len() > SHOWN && error.column() > 0 {
        true => format!("{text} (column {})", error.column()),
        false => text,
    }
}

/// Words of the JSON library and what people call these things.
const PLAIN: &[(&str, &str)] = &[
    ("a boolean", "true or false"),
    ("a sequence", "a list"),
    ("u64", "a whole number from 0"),
    ("u32", "a whole number up to 4294967295"),
    ("f64", "a number"),
    ("sequence", "a list"),
    ("map", "an object"),
];

/// The fields before, and what was found, in an error about a value of a wrong type.
fn split_found(text: &str) -> Option<(&str, &str)> {
    ["invalid type: ", "invalid value: "]
        .iter()
        .find_map(|start| {
            let at = text.find(start)?;
            Some((text.get(..at)?, text.get(at + start.len()..)?))
        })
}

/// What a file is, if that shows in its first bytes, and what to do about it.
pub(crate) fn foreign_file(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1f, 0x8b, ..] => Some(
            "the file is packed with gzip; unpack it on the way: `gzip -dc FILE | migrate jsonl -`",
        ),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(
            "the file is packed with zstd; unpack it on the way: `zstd -dc FILE | migrate jsonl -`",
        ),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Some("the file is a zip file; unpack it first"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("the file is UTF-16, and lines are UTF-8"),
        [b'[', ..] => Some("the file is a JSON array; lines have one object each"),
        _ => None,
    }
}

/// What is wrong with some JSON, without the place in it.
pub(crate) fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_line_is_safe_and_short() {
        assert_eq!(start_of(b"a\x1b[2J\xff"), "a\\u{1b}[2J\u{fffd}");
        assert_eq!(start_of(b"\x07\x07"), "\\u{7}\\u{7}");
        // No word is shown in part, nor a number.
        assert_eq!(start_of("ä ".repeat(81).as_bytes()), "ä ".repeat(25) + "ä…");
        assert_eq!(start_of("ä".repeat(81).as_bytes()), "…");
        let long = format!("{} ann@corp.example x", "a".repeat(70));
        assert_eq!(start_of(long.as_bytes()), "a".repeat(70) + "…");
        let number = format!("{} +49 170 123 45 67", "a".repeat(70));
        assert_eq!(start_of(number.as_bytes()), "a".repeat(70) + "…");
        assert_eq!(start_of("\u{202e}x".as_bytes()), "\\u{202e}x");
    }
}
