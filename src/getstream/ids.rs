//! Foreign ids made legal and kept stable.
//!
//! A legal id stays as it is. Any other becomes `<what of it is legal>--<128-bit hash>`; an id
//! that already looks like that is mapped as well, so two foreign ids never share one of ours
//! but by a collision of the hash. The rule needs no table, so every run and every machine finds
//! the same id.

use std::borrow::Cow;

use emojis::SkinTone;
use sha2::{Digest, Sha256};

use super::limits;

/// Whether a byte may stand in a user id. Source: validator, `^[@\w-]*$`.
pub const fn in_user_id(byte: u8) -> bool {
    (byte == b'@') | in_channel_id(byte)
}

/// Whether a byte may stand in a channel id or type. Source: validator, `^[\w-]*$`; schema.
pub const fn in_channel_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | (byte == b'_') | (byte == b'-')
}

/// Whether a byte may stand in a message id. Source: API, no `,` and no `%`; control
/// characters are refused by us, since an id also stands in URLs.
pub const fn in_message_id(byte: u8) -> bool {
    (byte != b',') & (byte != b'%') & (byte > b' ') & (byte != 0x7f)
}

/// Whether a byte may stand in a reaction type. Source: validator, `^[\w-+:.]*$`.
pub const fn in_reaction_type(byte: u8) -> bool {
    in_channel_id(byte) | (byte == b'+') | (byte == b':') | (byte == b'.')
}

/// Whether all bytes of a text are allowed. All are looked at, without a branch for each, which
/// compilers turn into steps of many bytes.
pub fn are_all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & allowed(byte))
}

/// The legal id of a user.
pub fn user(foreign: &str) -> Cow<'_, str> {
    legal(foreign, in_user_id, limits::USER_ID_BYTES, 64)
}

/// The legal id of a channel.
pub fn channel(foreign: &str) -> Cow<'_, str> {
    legal(foreign, in_channel_id, limits::CHANNEL_ID_BYTES, 30)
}

/// The legal id of a message. Ids that end as continued texts do (see [`continued`]) are mapped.
pub fn message(foreign: &str) -> Cow<'_, str> {
    // Room is kept for the suffix of a continued text.
    let longest = limits::MESSAGE_ID_BYTES - 12;
    if looks_continued(foreign) {
        return Cow::Owned(mapped(foreign, in_message_id, 128));
    }
    legal(foreign, in_message_id, longest, 128)
}

/// The id of the `n`th piece, from 2, of a message whose text is continued.
pub fn continued(message_id: &str, n: usize) -> String {
    format!("{message_id}-p{n}")
}

/// The legal name of a reaction; `None` for an empty one. An emoji has the name that GitHub gives
/// it, without a skin tone.
pub fn reaction_type(foreign: &str) -> Option<Cow<'_, str>> {
    if foreign.is_empty() {
        return None;
    }
    let name = in_colons(foreign).or_else(|| emoji_name(foreign));
    let name = name.unwrap_or(foreign);
    if name.len() <= limits::REACTION_TYPE_BYTES && are_all(name, in_reaction_type) {
        return Some(Cow::Borrowed(name));
    }
    let mut name = slug(foreign, in_reaction_type, 20);
    name.push('-');
    push_hex(&mut name, &Sha256::digest(foreign.as_bytes())[..4]);
    Some(Cow::Owned(name))
}

/// What stands between colons, as in `:tada:`.
fn in_colons(foreign: &str) -> Option<&str> {
    let inner = foreign.strip_prefix(':')?.strip_suffix(':')?;
    (!inner.is_empty() && !inner.contains(':')).then_some(inner)
}

fn emoji_name(foreign: &str) -> Option<&'static str> {
    // Most names are ASCII, and most emoji begin above.
    let first = foreign.chars().next()?;
    if first.is_ascii_alphabetic() || first == '_' {
        return None;
    }
    let found = emojis::get(foreign)?;
    let plain = found.with_skin_tone(SkinTone::Default);
    plain.unwrap_or(found).shortcode()
}

fn legal(
    foreign: &str,
    allowed: impl Fn(u8) -> bool + Copy,
    longest: usize,
    slug: usize,
) -> Cow<'_, str> {
    let is_legal = !foreign.is_empty()
        && foreign.len() <= longest
        && are_all(foreign, allowed)
        && !looks_mapped(foreign);
    if is_legal {
        return Cow::Borrowed(foreign);
    }
    Cow::Owned(mapped(foreign, allowed, slug))
}

/// A name that no other name can be the beginning of: what of it is legal in a message's id, and a
/// hash.
pub fn marked(name: &str) -> String {
    mapped(name, in_message_id, 64)
}

fn mapped(foreign: &str, allowed: impl Fn(u8) -> bool, slug_bytes: usize) -> String {
    let mut id = slug(foreign, allowed, slug_bytes);
    id.push_str("--");
    push_hex(&mut id, &Sha256::digest(foreign.as_bytes())[..16]);
    id
}

/// The legal characters of an id, every run of others as one `_`.
fn slug(foreign: &str, allowed: impl Fn(u8) -> bool, longest: usize) -> String {
    let mut slug = String::new();
    for c in foreign.chars() {
        if slug.len() >= longest {
            break;
        }
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() && allowed(byte) => slug.push(c),
            _ if slug.ends_with('_') => {}
            _ => slug.push('_'),
        }
    }
    slug
}

fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
}

fn looks_mapped(id: &str) -> bool {
    let bytes = id.as_bytes();
    bytes
        .len()
        .checked_sub(MARK_BYTES)
        .is_some_and(|at| is_mark(&bytes[at..]))
}

/// The hash of an id that was made; `None` if it looks like none of those.
pub fn hash_of(id: &str) -> Option<&str> {
    looks_mapped(id).then(|| &id[id.len() - MARK_BYTES + 2..])
}

/// What stands behind the readable part of an id that was made: `--` and a hash, in bytes.
const MARK_BYTES: usize = 34;

/// Whether a text begins with what stands behind the readable part of an id that was made.
pub fn is_mark(text: &[u8]) -> bool {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() >= MARK_BYTES && text.starts_with(b"--") && text[2..MARK_BYTES].iter().all(is_digit)
}

fn looks_continued(id: &str) -> bool {
    let bytes = id.as_bytes();
    let digits = bytes.iter().rev().take_while(|it| it.is_ascii_digit());
    let before = bytes.len() - digits.count();
    before < bytes.len() && bytes[..before].ends_with(b"-p")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_allowed_where_it_is_said_to_be() {
        for byte in 0..=u8::MAX {
            let is_word = byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
            let is_one_of = |others: &[u8]| is_word || others.contains(&byte);
            let is_seen = byte > b' ' && byte != 0x7f;
            assert_eq!(in_channel_id(byte), is_word, "{byte}");
            assert_eq!(in_user_id(byte), is_one_of(b"@"), "{byte}");
            assert_eq!(in_reaction_type(byte), is_one_of(b"+:."), "{byte}");
            let is_in_message = is_seen && !b",%".contains(&byte);
            assert_eq!(in_message_id(byte), is_in_message, "{byte}");
        }
        assert!(are_all("", in_user_id) && !are_all("a b", in_user_id));
    }

    #[test]
    fn an_id_is_as_long_as_it_may_be() {
        type Made = fn(&str) -> Cow<'_, str>;
        let kinds: [(Made, usize, usize); 3] =
            [(user, 255, 64), (channel, 64, 30), (message, 243, 128)];
        for (made, longest, slug) in kinds {
            let id = "x".repeat(longest);
            assert_eq!(made(&id), id);
            let id = made(&"x".repeat(longest + 1)).into_owned();
            assert_eq!(id.len(), slug + MARK_BYTES);
            assert!(id.starts_with(&"x".repeat(slug)));
            assert_eq!(hash_of(&id), Some(&id[slug + 2..]));
        }
        assert_eq!(reaction_type(&"x".repeat(30)).unwrap().len(), 30);
        assert_eq!(reaction_type(&"x".repeat(31)).unwrap().len(), 20 + 9);
    }

    #[test]
    fn a_mark_is_two_dashes_and_a_hash() {
        let mark = format!("--{}", "0af9".repeat(8));
        assert!(is_mark(mark.as_bytes()) && is_mark(format!("{mark}x").as_bytes()));
        assert_eq!(hash_of(&format!("a{mark}")), Some(&mark[2..]));
        assert_eq!(hash_of(&mark), Some(&mark[2..]));
        for other in [
            &mark[1..],
            &mark[..33],
            &mark.replace('a', "g"),
            &mark.replace('a', "A"),
            "",
        ] {
            assert!(!is_mark(other.as_bytes()), "{other}");
            assert_eq!(hash_of(other), None);
        }
        assert_eq!(hash_of(&format!("{mark}x")), None);
        let name = marked("a b");
        assert!(name.starts_with("a_b--") && hash_of(&name).is_some());
    }

    #[test]
    fn an_id_that_ends_as_a_continued_text_does_is_mapped() {
        assert_eq!(continued("m1", 2), "m1-p2");
        for (id, is_mapped) in [
            ("m1-p2", true),
            ("m1-p23", true),
            ("-p2", true),
            ("m1-p", false),
            ("m1p2", false),
            ("m1-q2", false),
            ("m1-p2x", false),
            ("12", false),
        ] {
            assert_eq!(message(id) != id, is_mapped, "{id}");
        }
        assert!(message("m1-p2").starts_with("m1-p2--"));
    }

    #[test]
    fn what_is_illegal_in_a_row_is_one_line() {
        assert!(user("a.,!b c").starts_with("a_b_c--"));
        assert!(user("é_é").starts_with("__--"));
    }

    #[test]
    fn a_legal_id_stays() {
        assert_eq!(user("bob@example-com"), "bob@example-com");
        assert_eq!(channel("C01-general_x"), "C01-general_x");
        assert_eq!(message("C1-1700000000-000100"), "C1-1700000000-000100");
    }

    #[test]
    fn an_illegal_id_keeps_what_is_legal_and_gets_a_hash() {
        // The first 16 bytes of SHA-256 of the foreign id.
        assert_eq!(
            user("bob smith"),
            "bob_smith--7e50351d7a4c51161920af1a3526e79e"
        );
        assert_ne!(user("bob smith"), user("bob.smith"));
        assert!(channel(&"é".repeat(300)).len() <= 64);
        assert!(message(&"m".repeat(300)).len() <= 243);
        assert_eq!(user("").len(), 34);
    }

    #[test]
    fn an_id_that_looks_mapped_is_mapped() {
        let mapped = user("bob smith").into_owned();
        assert_ne!(user(&mapped), mapped);
        assert_ne!(message("m1-p2"), "m1-p2");
        assert_eq!(message("m1-p"), "m1-p");
    }

    #[test]
    fn a_reaction_type_is_at_most_30_bytes_and_legal() {
        assert_eq!(reaction_type("+1").as_deref(), Some("+1"));
        assert_eq!(reaction_type(""), None);
        for foreign in ["schrödinger's-cat", &"x".repeat(31), ":", "::", ":é:"] {
            let name = reaction_type(foreign).unwrap();
            assert!(
                name.len() <= 30 && name.bytes().all(in_reaction_type),
                "{name}"
            );
        }
        assert_ne!(reaction_type("é"), reaction_type("è"));
    }

    #[test]
    fn an_emoji_has_a_name_as_a_reaction() {
        for (foreign, name) in [
            ("👍", "+1"),
            ("👍🏽", "+1"),
            ("❤️", "heart"),
            ("❤", "heart"),
            ("🎉", "tada"),
            ("😂", "joy"),
            ("1️⃣", "one"),
            ("👩‍💻", "woman_technologist"),
            (":tada:", "tada"),
            ("like", "like"),
            ("a:b", "a:b"),
            ("::", "::"),
            (":a:b:", ":a:b:"),
        ] {
            assert_eq!(reaction_type(foreign).as_deref(), Some(name));
        }
        // What has a name is named in one way, and what it was stays beside it.
        for emoji in emojis::iter() {
            let name = reaction_type(emoji.as_str()).unwrap();
            assert!(name.bytes().all(in_reaction_type), "{name}");
        }
    }
}
