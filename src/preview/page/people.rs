//! People, channels and reactions as they are shown: names, initials, colours, signs.

use std::collections::HashMap;

use super::super::model::Preview;
use crate::getstream::ids;
use crate::redact::{Clean, Cleaner};

/// How many colours there are.
const HUES: u32 = 12;

/// How much of the hash of an id stands for somebody.
const HASH_DIGITS: usize = 8;

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
    /// The face of an id. Who has no name that may be shown has the `noun` and the start of a hash.
    pub fn new(id: &str, name: &str, noun: &str, cleaner: Cleaner) -> Face {
        let name = Some(shortened(name, cleaner))
            .filter(|it| !it.as_str().trim().is_empty() && !it.was_address())
            .unwrap_or_else(|| by_id(id, noun, cleaner));
        Face {
            initials: cleaner.text(&initials(name.as_str())),
            name,
            id: cleaner.text(id),
            hue: hue(id),
        }
    }
}

/// What those are called who have no name that is shown: their id, unless that was an address.
fn by_id(id: &str, noun: &str, cleaner: Cleaner) -> Clean {
    if cleaner.text(id).as_str() == id {
        return shortened(id, cleaner);
    }
    let hash = ids::hash_of(id).and_then(|hash| hash.get(..HASH_DIGITS));
    let hash = hash.map_or_else(|| format!("{:08x}", hash_of(id)), str::to_owned);
    cleaner.text(&format!("{noun} {hash}"))
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
        Face::new(id, name, "user", self.cleaner)
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

/// A colour from an id that never changes.
fn hue(id: &str) -> u32 {
    hash_of(id) % HUES
}

/// A number from an id that never changes (FNV-1a, 32 bits).
fn hash_of(id: &str) -> u32 {
    id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
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
    fn who_is_known_by_an_address_alone_can_be_told_from_others() {
        let cleaner = Cleaner {
            include_profile: false,
        };
        let face = |id: &str, name: &str| Face::new(id, name, "user", cleaner);
        let id = ids::user("ann@example.com");
        let (_, hash) = id.rsplit_once("--").unwrap();
        for name in ["", "ann@example.com"] {
            let shown = face(&id, name);
            assert_eq!(shown.name.as_str(), format!("user {}", &hash[..8]));
            assert_eq!(shown.id.as_str(), format!("…--{hash}"));
        }
        assert_eq!(face("U1", "ann@example.com").name.as_str(), "U1");
        assert_eq!(face("U1", "Ann").name.as_str(), "Ann");
        let two = ["ann_lee@example_com", "bob@example_com"].map(|id| face(id, "").name);
        assert_ne!(two[0], two[1]);
        assert!(two.iter().all(|it| it.as_str().starts_with("user ")));
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
