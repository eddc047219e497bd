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
