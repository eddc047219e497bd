//! Makes a model record legal: ids, names, URLs, custom data, and texts that are too long.
//!
//! What has to change is reported through a [`Noter`]; what cannot be mended is the checks'
//! business (see [`check`](super::check)).

use std::borrow::Cow;

use migrate_model as model;
use migrate_model::{Kind, Text};

use super::check::Checks;
use super::custom::{self, Owner};
use super::{ids, item, json, limits};

/// Takes the name of a kind of loss and what exactly was lost.
pub type Noter<'n> = &'n mut dyn FnMut(&'static str, &str);

/// Longest name of a user or channel that is written whole, in bytes as written. Ours: a name
/// counts as custom data, of which 5 KB are allowed.
const NAME_BYTES: usize = 1_000;

/// The same of a picture's URL.
const IMAGE_BYTES: usize = 2_500;

/// The same of a media type. Source: RFC 6838, 127 characters on either side of the `/`.
const MIME_TYPE_BYTES: usize = 255;

/// Most values of a waveform that is written. Ours: they count as custom data. Stream's own
/// recorders write 100.
const WAVEFORM_VALUES: usize = 100;

/// The longest value of a waveform with its comma, in bytes.
const WAVEFORM_VALUE_BYTES: usize = 24;

/// What the size, the duration and an empty waveform take of an attachment's custom data at most.
const NUMBERS_BYTES: usize = 100;

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
    within(url, IMAGE_BYTES, "image", note)
}

/// A text that is no longer than `max_bytes` as written, or none.
fn within<'a>(text: Text<'a>, max_bytes: usize, name: &str, note: Noter<'_>) -> Text<'a> {
    if end_within(&text, max_bytes).is_none() {
        return text;
    }
    note("custom_dropped", name);
    Cow::Borrowed("")
}

/// Where a text passes `max_bytes` as written; `None` if it does not.
fn end_within(text: &str, max_bytes: usize) -> Option<usize> {
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

/// The text on a card, which has no limit of its own: as long as a message may be at most.
fn card_text<'a>(text: Text<'a>, note: Noter<'_>) -> Text<'a> {
    if text.len() <= limits::TEXT_CHARS {
        return text;
    }
    note("text_shortened", &text[..text.floor_char_boundary(80)]);
    Cow::Owned(text[..text.floor_char_boundary(limits::TEXT_CHARS)].to_owned())
}

/// A legal attachment.
pub fn attachment<'a>(
    it: model::Attachment<'a>,
    checks: &Checks,
    note: Noter<'_>,
) -> item::Attachment<'a> {
    let mut fields = it.custom;
    let mut url = |url: Text<'a>, name: &'static str| {
        if checks.is_url(&url) {
            return url;
        }
        note("url_not_allowed", &url);
        fields.set(name, url);
        Cow::Borrowed("")
    };
    let image_url = url(it.image_url, "source_image_url");
    let thumb_url = url(it.thumb_url, "source_thumb_url");
    let asset_url = url(it.asset_url, "source_url");
    let mime_type = within(it.mime_type, MIME_TYPE_BYTES, "mime_type", note);
    let mut waveform = it.waveform;
    // JSON has no such numbers.
    waveform.retain(|value| value.is_finite());
    if waveform.len() > WAVEFORM_VALUES {
        note("custom_dropped", "waveform_data");
        waveform.clear();
    }
    for value in &mut waveform {
        *value = if value.is_nan() { 0.0 } else { *value };
        *value = value.clamp(0.0, 1.0);
    }
    // What the SDKs know and the import does not counts as custom data.
    let numbers = NUMBERS_BYTES + waveform.len() * WAVEFORM_VALUE_BYTES;
    let room = custom::room(&[("mime_type", &mime_type)]).saturating_sub(numbers);
    let mut custom = Vec::new();
    encode_custom(&mut custom, Owner::Attachment, &fields, room, note);
    item::Attachment {
        kind: if it.kind.is_empty() {
            Cow::Borrowed("file")
        } else {
            it.kind
        },
        image_url,
        thumb_url,
        asset_url,
        title: short(it.title, note),
        title_link: url_within(it.title_link, note),
        og_scrape_url: url_within(it.og_scrape_url, note),
        text: card_text(it.text, note),
        author_name: short(it.author_name, note),
        author_link: url_within(it.author_link, note),
        author_icon: url_within(it.author_icon, note),
        color: short(it.color, note),
        footer: short(it.footer, note),
        mime_type,
        file_size: it.size_bytes,
        duration: it.duration,
        original_width: it.width,
        original_height: it.height,
        waveform_data: waveform,
        migrate_resources: it.migrate_resources,
        custom,
    }
}

/// Cuts a text, which is Markdown, into pieces of at most `max_chars` characters, at least one.
pub fn pieces(text: &str, max_chars: usize) -> Vec<Cow<'_, str>> {
    migrate_markdown::cut(text, max_chars)
}
