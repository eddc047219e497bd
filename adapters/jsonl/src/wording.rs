//! Words for errors: foreign text made safe and short, and the name that was meant.

use std::fmt::Write as _;

/// How much of a line an error shows, in characters.
const SHOWN: usize = 80;

/// The start of a line, for an error.
pub(crate) fn start_of(line: &[u8]) -> String {
    // A character has at most four bytes.
    let start = line.get(..SHOWN * 4 + 4).unwrap_or(line);
    safe(&String::from_utf8_lossy(start), SHOWN)
}

/// A foreign text with control and direction characters shown as codes; of what would be more
/// than `max` characters the rest is cut.
pub(crate) fn safe(text: &str, max: usize) -> String {
    let mut safe = String::new();
    let mut left = max;
    for c in text.chars() {
        let before = safe.len();
        match c.is_control() || is_unseen(c) {
            true => _ = write!(safe, "\\u{{{:x}}}", u32::from(c)),
            false => safe.push(c),
        }
        let count = safe.get(before..).map_or(0, |it| it.chars().count());
        if count > left {
            safe.truncate(before);
            safe.push('…');
            break;
        }
        left -= count;
    }
    safe
}

/// `unknown field `user` (did you mean `user_id`?)`, or `otherwise` in the brackets' place.
pub(crate) fn unknown(what: &str, word: &str, names: &[&str], otherwise: &str) -> String {
    let shown = safe(word, 40);
    match nearest(word, names) {
        Some(name) => format!("unknown {what} `{shown}` (did you mean `{name}`?)"),
        None => format!("unknown {what} `{shown}`{otherwise}"),
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

/// Names as a list: `` `a`, `b`, `c` ``.
pub(crate) fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The name that somebody who wrote `word` probably meant.
fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    let word = plain(word);
    let ranked = names
        .iter()
        .map(|name| (distance(&word, &plain(name)), *name));
    let (distance, name) = ranked.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + word.len() / 5).then_some(name)
}

/// The letters and digits of a name, in lower case: `userId` and `user_id` are the same.
fn plain(name: &str) -> Vec<char> {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.take(40).map(|c| c.to_ascii_lowercase()).collect()
}

/// How many letters differ; a word that is the start of the other differs by one.
fn distance(a: &[char], b: &[char]) -> usize {
    if a.len().min(b.len()) > 2 && a != b && (a.starts_with(b) || b.starts_with(a)) {
        return 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (n, a) in a.iter().enumerate() {
        let mut above_left = n;
        let mut left = n + 1;
        for (b, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            let changed = above_left + usize::from(a != b);
            *cell = changed.min(above + 1).min(left + 1);
            (above_left, left) = (above, *cell);
        }
        if let Some(first) = row.first_mut() {
            *first = n + 1;
        }
    }
    row.last().copied().unwrap_or(a.len())
}

fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_line_is_safe_and_short() {
        assert_eq!(start_of(b"a\x1b[2J\xff"), "a\\u{1b}[2J\u{fffd}");
        assert_eq!(start_of("ä".repeat(81).as_bytes()), "ä".repeat(80) + "…");
        assert_eq!(start_of(&[7; 100]), "\\u{7}".repeat(16) + "…");
        assert_eq!(start_of("\u{202e}x".as_bytes()), "\\u{202e}x");
    }

    #[test]
    fn the_name_that_was_meant_is_found() {
        let names = ["id", "user_id", "text", "mentioned_user_ids", "created_at"];
        let check = |word, name| assert_eq!(nearest(word, &names), name, "{word}");
        check("user", Some("user_id"));
        check("userId", Some("user_id"));
        check("USER_ID", Some("user_id"));
        check("createdAt", Some("created_at"));
        check("craeted_at", Some("created_at"));
        check("mentioned_users", Some("mentioned_user_ids"));
        check("txt", Some("text"));
        check("ID", Some("id"));
        check("favourite_colour", None);
        check("", None);
    }
}
