//! Emoji by the names that Slack gives them.
//!
//! A name becomes the character itself; a custom one only if it is another name of a character.
//! What stays is Slack's `:name:`.

use std::collections::HashMap;

/// Names and code points, sorted by name. The first lines say where they are from.
const TABLE: &str = include_str!("emoji.txt");

/// How often one custom emoji may be another name of another.
const LONGEST_CHAIN: usize = 16;

/// The workspace's own emoji: each is another name of a character, or a picture (`None`). They win
/// over characters that got the same name later.
#[derive(Debug, Default)]
pub(crate) struct Custom(HashMap<String, Option<String>>);

impl Custom {
    /// Reads an `emoji.json`: names with a URL or `alias:` and another name, perhaps below `emoji`
    /// as Slack's API gives them. What cannot be read is left away.
    pub(crate) fn read(json: &[u8]) -> Custom {
        type Names = HashMap<String, serde_json::Value>;
        let Ok(mut names) = serde_json::from_slice::<Names>(json) else {
            return Custom::default();
        };
        if let Some(serde_json::Value::Object(inner)) = names.remove("emoji") {
            names = inner.into_iter().collect();
        }
        let alias_of = |name: &str| names.get(name)?.as_str()?.strip_prefix("alias:");
        let mut custom = HashMap::new();
        for name in names.keys() {
            let mut target = name.as_str();
            for _ in 0..LONGEST_CHAIN {
                match alias_of(target) {
                    Some(next) => target = next,
                    None => break,
                }
            }
            let is_character = target != name && find(target).is_some();
            let is_picture = |it: &str| names.get(it).is_some_and(serde_json::Value::is_string);
            if is_character && !is_picture(target) {
                custom.insert(name.clone(), Some(target.to_owned()));
            } else if is_picture(name) {
                custom.insert(name.clone(), None);
            }
        }
        Custom(custom)
    }

    /// Whether there is a character for a name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<(&'static str, bool)> {
        match self.0.get(name) {
            Some(target) => target.as_deref().and_then(find),
            None => find(name),
        }
    }

    /// Writes the emoji of a name, with a skin tone from 2 to 6 if it takes one; false if there is
    /// no character for it.
    pub(crate) fn write(&self, name: &str, tone: Option<u8>, out: &mut String) -> bool {
        let Some((code_points, takes_tone)) = self.find(name) else {
            return false;
        };
        let mut parts = code_points.split('-');
        let first = parts.next().and_then(character);
        out.extend(first);
        let modifier = tone.filter(|_| takes_tone).and_then(modifier);
        out.extend(modifier);
        // A character with a tone is shown as a picture anyway.
        let rest = parts.filter_map(character).enumerate();
        out.extend(rest.filter_map(|(at, it)| {
            let is_needless = at == 0 && it == '\u{fe0f}' && modifier.is_some();
            (!is_needless).then_some(it)
        }));
        true
    }
}

/// Writes the characters of code points in hexadecimal, joined by `-`, as `rich_text` has them;
/// false if they are none.
pub(crate) fn write_code_points(code_points: &str, out: &mut String) -> bool {
    let start = out.len();
    for part in code_points.split('-') {
        match character(part) {
            Some(it) => out.push(it),
            None => {
                out.truncate(start);
                return false;
            }
        }
    }
    true
}

/// The emoji at the start of a text behind its first colon: its name, its skin tone, and the
/// length up to and with the last colon.
pub(crate) fn read(text: &str) -> Option<(&str, Option<u8>, usize)> {
    const LONGEST: usize = 100;
    const TONE: &str = ":skin-tone-";
    let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '+' | '\'');
    let length = text
        .char_indices()
        .take(LONGEST)
        .find(|(_, it)| !is_part(*it))
        .map(|(at, _)| at)?;
    let (name, rest) = text.split_at(length);
    let rest = rest.strip_prefix(':').filter(|_| !name.is_empty())?;
    let tone = rest.strip_prefix(TONE).and_then(|rest| {
        let (tone, rest) = rest.split_at_checked(1)?;
        let tone = tone.parse().ok().filter(|tone| modifier(*tone).is_some())?;
        rest.starts_with(':').then_some(tone)
    });
    let end = length + 1 + tone.map_or(0, |_| TONE.len() + 2);
    Some((name, tone, end))
}

/// The code points of a name, and whether it takes a skin tone.
fn find(name: &str) -> Option<(&'static str, bool)> {
    let (mut low, mut high) = (0, TABLE.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let before = TABLE.get(..middle)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = TABLE.get(start..)?;
        let line = line.get(..line.find('\n')?)?;
        let (found, code_points) = line.split_once(' ')?;
        match found.cmp(name) {
            std::cmp::Ordering::Less => low = start + line.len() + 1,
            std::cmp::Ordering::Greater => high = start,
            std::cmp::Ordering::Equal if found == "#" => return None,
            std::cmp::Ordering::Equal => {
                let plain = code_points.strip_suffix('*');
                return Some((plain.unwrap_or(code_points), plain.is_some()));
            }
        }
    }
    None
}

fn character(hexadecimal: &str) -> Option<char> {
    u32::from_str_radix(hexadecimal, 16)
        .ok()
        .and_then(char::from_u32)
        .filter(|it| !it.is_control())
}

/// The modifier of a skin tone. Source: Slack's `skin-tone-2` to `-6`, the Fitzpatrick types that
/// Unicode has (UTS 51), of which the first two are one.
fn modifier(tone: u8) -> Option<char> {
    match tone {
        2..=6 => char::from_u32(0x1f3fb + u32::from(tone) - 2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Custom, TABLE, find, read, write_code_points};

    #[test]
    fn the_table_is_sorted_and_complete() {
        let lines: Vec<_> = TABLE.lines().filter(|it| !it.starts_with('#')).collect();
        let names: Vec<_> = lines
            .iter()
            .map(|it| it.split(' ').next().unwrap())
            .collect();
        assert!(names.len() > 1_900);
        assert!(names.windows(2).all(|it| it[0] < it[1]));
        for (name, line) in names.into_iter().zip(lines) {
            let (code_points, _) = find(name).unwrap();
            assert!(line.contains(code_points));
            assert!(write_code_points(code_points, &mut String::new()), "{line}");
        }
        for name in ["", "#", "# Source:", "zzzz", "nope", "\u{10ffff}"] {
            assert_eq!(find(name), None, "{name}");
        }
    }

    #[test]
    fn names_become_characters() {
        let custom = Custom::read(
            br#"{"ok":true,"emoji":{"yes":"alias:+1","yep":"alias:yes","our":"https://a.b/c.png",
            "we":"alias:our","parrot":"https://a.b/p.gif","round":"alias:round","twice":"alias:thrice","thrice":"alias:twice","n":5}}"#,
        );
        let check = |name: &str, tone: Option<u8>, expected: &str| {
            let mut out = String::new();
            let is_known = custom.write(name, tone, &mut out);
            assert_eq!(
                (out.as_str(), is_known),
                (expected, !expected.is_empty()),
                "{name}"
            );
        };
        check("wave", None, "👋");
        check("wave", Some(4), "👋🏽");
        check("smile", Some(4), "😄");
        check("heart", None, "❤️");
        check("flag-de", None, "🇩🇪");
        check("writing_hand", Some(2), "✍🏻");
        check("female-technologist", Some(6), "👩🏿‍💻");
        check("yes", None, "👍");
        check("yep", Some(3), "👍🏼");
        check("we", None, "");
        check("parrot", None, "");
        check("our", None, "");
        check("round", None, "");
        check("twice", None, "");
        check("nope", None, "");
    }

    #[test]
    fn a_name_ends_at_a_colon() {
        assert_eq!(read("wave: x"), Some(("wave", None, 5)));
        assert_eq!(read("+1::skin-tone-3: x"), Some(("+1", Some(3), 16)));
        assert_eq!(read("+1::skin-tone-9:"), Some(("+1", None, 3)));
        assert_eq!(read("+1::skin-tone-3"), Some(("+1", None, 3)));
        assert_eq!(read("a b:"), None);
        assert_eq!(read(":"), None);
        assert_eq!(read("x"), None);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_empty() {
        for json in ["", "[]", "null", "[\"\"]", "{\"emoji\":5}"] {
            assert!(Custom::read(json.as_bytes()).0.is_empty(), "{json}");
        }
    }
}
