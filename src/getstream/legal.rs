//! Makes a model record legal: ids, names, URLs, custom data, and texts that are too long.
//!
//! What has to change is reported through a [`Noter`]; what cannot be mended is the checks'
//! business (see [`check`](super::check)).

use std::borrow::Cow;

use migrate_model as model;
use migrate_model::{Kind, Text};

use super::custom::{self, Owner};
use super::{ids, item, json};

/// Takes the name of a kind of loss and what exactly was lost.
pub type Noter<'n> = &'n mut dyn FnMut(&'static str, &str);

/// Longest name of a user or channel that is written whole, in bytes as written. Ours: a name
/// counts as custom data, of which 5 KB are allowed.
const NAME_BYTES: usize = 1_000;

/// The same of a picture's URL.
const IMAGE_BYTES: usize = 2_500;

/// A legal user. Mutes and blocks are left to the directory, which knows who exists.
pub fn user<'a>(it: model::User<'a>, scratch: &'a mut Vec<u8>, note: Noter<'_>) -> item::User<'a> {
    let id = changed_id(&it.id, ids::user(&it.id), note);
    user_as(Cow::Owned(id), it, scratch, note)
}

/// The same under an id that is legal already, whatever id the source has.
pub fn user_as<'a>(
    id: Text<'a>,
    it: model::User<'a>,
    scratch: &'a mut Vec<u8>,
    note: Noter<'_>,
) -> item::User<'a> {
    user_keeping(&|_| false, id, it, scratch, note)
}

/// The same where the custom fields that `is_kept` says so of are dropped only when all else is.
pub fn user_keeping<'a>(
    is_kept: &dyn Fn(&str) -> bool,
    id: Text<'a>,
    it: model::User<'a>,
    scratch: &'a mut Vec<u8>,
    note: Noter<'_>,
) -> item::User<'a> {
    let name = short(it.name, note);
    let image = url_within(it.image_url, note);
    let room = custom::room(&[("name", &name), ("image", &image)]);
    let owner = Owner::Entry(Kind::User);
    encode_keeping(is_kept, scratch, owner, &it.custom, room, note);
    item::User {
        id,
        name,
        image,
        role: it.role,
        teams: it.teams,
        invisible: it.invisible,
        language: it.language,
        created_at: it.created_at,
        updated_at: it.updated_at,
        deactivated_at: it.deactivated_at,
        deleted_at: it.deleted_at,
        user_mutes: Vec::new(),
        channel_mutes: Vec::new(),
        blocked_user_ids: Vec::new(),
        custom: scratch,
    }
}

/// A legal name of a user or channel.
pub fn short<'a>(name: Text<'a>, note: Noter<'_>) -> Text<'a> {
    let Some(end) = end_within(&name, NAME_BYTES) else {
        return name;
    };
    note("name_shortened", &name[..name.floor_char_boundary(80)]);
    Cow::Owned(name[..end].to_owned())
}

/// A picture's URL, or none if it alone would fill the custom data.
pub fn url_within<'a>(url: Text<'a>, note: Noter<'_>) -> Text<'a> {
    if end_within(&url, IMAGE_BYTES).is_none() {
        return url;
    }
    note("custom_dropped", "image");
    Cow::Borrowed("")
}

/// Where a text passes `max_bytes` as written; `None` if it does not.
pub(super) fn end_within(text: &str, max_bytes: usize) -> Option<usize> {
    let mut bytes = 0;
    let mut ends = text.char_indices();
    ends.find(|(_, c)| {
        bytes += json::written_bytes(*c);
        bytes > max_bytes
    })
    .map(|(at, _)| at)
}

/// A legal id, said if it had to change.
pub fn changed_id(foreign: &str, legal: Cow<'_, str>, note: Noter<'_>) -> String {
    if let Cow::Owned(legal) = &legal {
        note("id_mapped", &format!("{foreign} -> {legal}"));
    }
    legal.into_owned()
}

/// Encodes custom data within `room`, at the end of a cleared `scratch`.
pub fn encode_custom(
    scratch: &mut Vec<u8>,
    owner: Owner,
    custom: &model::Custom<'_>,
    room: usize,
    note: Noter<'_>,
) {
    encode_keeping(&|_| false, scratch, owner, custom, room, note);
}

fn encode_keeping(
    is_kept: &dyn Fn(&str) -> bool,
    scratch: &mut Vec<u8>,
    owner: Owner,
    custom: &model::Custom<'_>,
    room: usize,
    note: Noter<'_>,
) {
    scratch.clear();
    let changes = custom::encode(scratch, owner, custom, room, is_kept);
    for name in &changes.renamed {
        note("custom_renamed", name);
    }
    for name in &changes.dropped {
        note("custom_dropped", name);
    }
}

/// Cuts a text, which is Markdown, into pieces of at most `max_chars` characters, at least one.
pub fn pieces(text: &str, max_chars: usize) -> Vec<Cow<'_, str>> {
    migrate_markdown::cut(text, max_chars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_made_legal_and_what_changed_is_said() {
        let long = "n".repeat(NAME_BYTES + 1);
        let mut it = model::User::default();
        it.id = "ann@example.com".into();
        it.name = long.as_str().into();
        it.image_url = "x".repeat(IMAGE_BYTES + 1).into();
        it.role = "admin".into();
        let (mut scratch, mut notes) = (Vec::new(), Vec::new());
        let legal = user(it, &mut scratch, &mut |kind, _| notes.push(kind));
        assert!(legal.id.starts_with("ann@example_com--"), "{}", legal.id);
        assert_eq!((legal.name.len(), &*legal.image), (NAME_BYTES, ""));
        assert_eq!(&*legal.role, "admin");
        assert_eq!(notes, ["id_mapped", "name_shortened", "custom_dropped"]);
    }

    #[test]
    fn what_has_room_stays_as_it_is() {
        let never = &mut |kind: &'static str, detail: &str| panic!("{kind} {detail}");
        let name = "n".repeat(NAME_BYTES);
        assert_eq!(short(name.as_str().into(), never), name);
        let url = "u".repeat(IMAGE_BYTES);
        assert_eq!(url_within(url.as_str().into(), never), url);
        assert_eq!(changed_id("ann", ids::user("ann"), never), "ann");
        // A quote is written with a backslash.
        assert_eq!(end_within("ab\"c", 4), Some(3));
        assert_eq!(end_within("ab\"c", 5), None);
    }

    #[test]
    fn a_text_is_cut_into_pieces_that_hold_all_of_it() {
        assert_eq!(pieces("one two", 100), ["one two"]);
        let cut = pieces("one two three", 8);
        assert!(
            cut.len() > 1 && cut.iter().all(|it| it.len() <= 8),
            "{cut:?}"
        );
        assert_eq!(cut.concat().replace([' ', '\n'], ""), "onetwothree");
    }
}
