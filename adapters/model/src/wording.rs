//! Words for errors: foreign text made safe and short, and the name that was meant.

use std::fmt::Write as _;

/// An error that is told in several lines. Foreign text in it has been made safe, so that no line
/// is another's.
#[derive(Clone, Debug)]
pub struct Lines(pub String);

impl std::fmt::Display for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Lines {}

/// A foreign text with control and direction characters shown as codes; of what would be more
/// than `max` characters the rest is cut.
pub fn safe(text: &str, max: usize) -> String {
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

/// The start of a text, at most so many bytes: all of it, or as much as ends before the word, or the
/// number, that would be cut. A part of an address or a token is known for what it is by nobody.
pub fn start(text: &str, most_bytes: usize) -> &str {
    if text.len() <= most_bytes {
        return text;
    }
    let ends_word = |c: char| c.is_whitespace() || "\"'<>(){}[],;".contains(c);
    let is_of_number = |c: char| c.is_ascii_digit() || " +-.()/".contains(c);
    let cut = text.get(..text.floor_char_boundary(most_bytes));
    let cut = cut.unwrap_or_default();
    let whole = cut.trim_end_matches(|c| !ends_word(c));
    whole.trim_end_matches(is_of_number)
}

/// `unknown field `user` (did you mean `user_id`?)`, or `otherwise` in the brackets' place.
pub fn unknown(what: &str, word: &str, names: &[&str], otherwise: &str) -> String {
    let shown = safe(word, 40);
    match nearest(word, names) {
        Some(name) => format!("unknown {what} `{shown}` (did you mean `{name}`?)"),
        None => format!("unknown {what} `{shown}`{otherwise}"),
    }
}

/// Names as a list: `` `a`, `b`, `c` ``.
pub fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The name that somebody who wrote `word` probably meant.
pub fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
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

/// Whether a character changes the direction of what follows, or is not seen at all: what Unicode
/// calls `Default_Ignorable_Code_Point`, and the ends of lines and paragraphs. U+FE0F is none of them
/// here, since it stands behind many pictures.
pub fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0e}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Words beside which `token` in a name means a piece of text, of which there are so many, and no
/// secret.
pub const COUNTED_TOKENS: &[&str] = &[
    "completion",
    "count",
    "input",
    "limit",
    "max",
    "output",
    "prompt",
    "total",
    "usage",
    "used",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_safe_and_short() {
        assert_eq!(safe("a\x1b[2J", 80), "a\\u{1b}[2J");
        assert_eq!(safe("\u{202e}x", 80), "\\u{202e}x");
        assert_eq!(safe("aaaa", 3), "aaa…");
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
