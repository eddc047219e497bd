//! People, channels and reactions as they are shown: names, initials, colours, signs.

use std::collections::HashMap;

use super::super::model::Preview;
use super::super::redact::{Clean, Cleaner};

/// How many colours there are.
const HUES: u32 = 12;

/// Longest name that is shown, in bytes.
const MOST_NAME_BYTES: usize = 240;

/// Somebody, or something with a face of its own.
#[derive(Clone, Debug)]
pub struct Face {
    /// The name, or the id of who has none.
    pub name: Clean,
    /// The id in Stream.
    pub id: Clean,
    /// One or two characters of the name.
    pub initials: Clean,
    /// Which of the colours, from 0: the same for an id in every page.
    pub hue: u32,
}

impl Face {
    /// The face of an id.
    pub fn new(id: &str, name: &str, cleaner: Cleaner) -> Face {
        let shown = if name.trim().is_empty() { id } else { name };
        Face {
            name: shortened(shown, cleaner),
            id: cleaner.text(id),
            initials: cleaner.text(&initials(shown)),
            hue: hue(id),
        }
    }
}

/// Who is who.
pub struct People<'p> {
    names: HashMap<&'p str, &'p str>,
    cleaner: Cleaner,
}

impl<'p> People<'p> {
    /// The people that a preview names.
    pub fn of(preview: &'p Preview, cleaner: Cleaner) -> People<'p> {
        let users = preview.users.iter();
        let names = users.map(|user| (user.id.as_str(), user.name.as_str()));
        People {
            names: names.collect(),
            cleaner,
        }
    }

    /// The user with this id.
    pub fn face(&self, id: &str) -> Face {
        let name = self.names.get(id).copied().unwrap_or_default();
        Face::new(id, name, self.cleaner)
    }

    /// What stands behind an `@` where this user is mentioned; `None` if that is not known.
    pub fn mentioned_as(&self, id: &str) -> Option<String> {
        let name = self.names.get(id)?;
        let name = self.cleaner.text(name).as_str().to_owned();
        (!name.is_empty()).then_some(name)
    }
}

/// The sign for a reaction, or its name between colons.
pub fn reaction(name: &str, cleaner: Cleaner) -> Clean {
    let found = emojis::get_by_shortcode(name)
        .or_else(|| emojis::get_by_shortcode(&name.replace('-', "_")));
    match found {
        Some(emoji) => cleaner.text(emoji.as_str()),
        None => shortened(&format!(":{name}:"), cleaner),
    }
}

/// A name that is cut if it is very long.
pub fn shortened(name: &str, cleaner: Cleaner) -> Clean {
    match cleaner.start(name, MOST_NAME_BYTES) {
        (name, true) => name,
        (start, false) => cleaner.text(&format!("{start}…")),
    }
}

fn initials(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let firsts = words.filter_map(|word| word.chars().next()).take(2);
    let initials: String = firsts.flat_map(char::to_uppercase).collect();
    match initials.is_empty() {
        true => "?".to_owned(),
        false => initials,
    }
}

/// A number from an id that never changes (FNV-1a, 32 bits), as a colour.
fn hue(id: &str) -> u32 {
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash % HUES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_letters_of_two_words() {
        assert_eq!(initials("ada lovelace king"), "AL");
        assert_eq!(initials("星空"), "星");
        assert_eq!(initials("(o) _x"), "OX");
        assert_eq!(initials("🎉"), "?");
    }

    #[test]
    fn reactions_are_shown_as_signs_where_they_have_one() {
        let cleaner = Cleaner {
            include_profile: false,
        };
        let check = |name: &str, sign: &str| assert_eq!(reaction(name, cleaner).as_str(), sign);
        check("+1", "👍");
        check("star-struck", "🤩");
        check("our-parrot", ":our-parrot:");
    }
}
