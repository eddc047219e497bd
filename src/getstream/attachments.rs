//! Attachments of a message: what of them is legal, and how many go into one entry.
//!
//! All attachments of a message may have 5 KB together. Those that have more go on in further
//! messages; one that alone has more loses what is shown least.

use std::borrow::Cow;
use std::ops::Range;

use migrate_model as model;
use migrate_model::Text;

use super::check::Checks;
use super::custom::{self, Owner};
use super::legal::{Noter, encode_custom, end_within, short, url_within, within};
use super::{encode, item, json, limits};

/// Longest media type that is written whole, in bytes as written. Source: RFC 6838, 127 characters on either side of the `/`.
const MIME_TYPE_BYTES: usize = 255;

/// Most values of a waveform that is written. Ours: they count as custom data. Stream's own
/// recorders write 100.
const WAVEFORM_VALUES: usize = 100;

/// The longest value of a waveform with its comma, in bytes.
const WAVEFORM_VALUE_BYTES: usize = 24;

/// What the size, the duration and an empty waveform take of an attachment's custom data at most.
const NUMBERS_BYTES: usize = 100;

/// What the brackets of a list and the comma behind an attachment take, in bytes.
const LIST_BYTES: usize = 3;

/// What custom data of an attachment may have beside a long text, in bytes of JSON. Ours: enough for
/// where a file came from.
const CUSTOM_BESIDE_TEXT_BYTES: usize = 1_000;

/// A legal attachment, small enough for a message.
///
/// # Errors
/// If its addresses alone take more than a message may have: a line of Markdown for the text.
pub fn fitted<'a>(
    it: model::Attachment<'a>,
    checks: &Checks,
    note: Noter<'_>,
) -> Result<item::Attachment<'a>, String> {
    const ROOM: usize = limits::ATTACHMENTS_BYTES - LIST_BYTES;
    let (mut it, fields, custom_room) = legal(it, checks, note);
    let text = std::mem::take(&mut it.text);
    let base = without_least(&mut it, ROOM, note);
    let Some(room) = ROOM.checked_sub(base) else {
        let line = line(&it);
        note(
            "attachment_as_text",
            line.get(..line.floor_char_boundary(80)).unwrap_or(&line),
        );
        return Err(line);
    };
    let text_bytes = written_bytes(&text);
    let beside = room
        .saturating_sub(text_bytes)
        .max(CUSTOM_BESIDE_TEXT_BYTES);
    let custom_room = custom_room.min(beside).min(room);
    encode_custom(
        &mut it.custom,
        Owner::Attachment,
        &fields,
        custom_room,
        note,
    );
    let room = room.saturating_sub(it.custom.len() + 1);
    it.text = shortened(text, room, note);
    Ok(it)
}

/// How attachments are spread over messages, at least one of them to each.
pub fn rows(attachments: &[item::Attachment<'_>]) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let mut encoded = Vec::new();
    let (mut start, mut bytes) = (0, LIST_BYTES);
    for (n, it) in attachments.iter().enumerate() {
        encoded.clear();
        encode::attachment(&mut encoded, it);
        let next = bytes + encoded.len() + 1;
        let is_full = next > limits::ATTACHMENTS_BYTES || n - start == limits::ATTACHMENTS;
        if is_full && n > start {
            rows.push(start..n);
            (start, bytes) = (n, LIST_BYTES);
        }
        bytes += encoded.len() + 1;
    }
    if start < attachments.len() {
        rows.push(start..attachments.len());
    }
    rows
}

/// A legal attachment without its custom data, which is given beside it with the room that it has.
fn legal<'a>(
    it: model::Attachment<'a>,
    checks: &Checks,
    note: Noter<'_>,
) -> (item::Attachment<'a>, model::Custom<'a>, usize) {
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
    let it = item::Attachment {
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
        text: it.text,
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
        custom: Vec::new(),
    };
    (it, fields, room)
}

/// Takes fields away until an attachment has room, those first that are shown least. Gives its length
/// in bytes of JSON.
fn without_least(it: &mut item::Attachment<'_>, room: usize, note: Noter<'_>) -> usize {
    let mut encoded = Vec::new();
    encode::attachment(&mut encoded, it);
    let mut bytes = encoded.len();
    let has_link = !it.title_link.is_empty();
    let least: [(&str, &mut Text<'_>); 8] = [
        ("author_icon", &mut it.author_icon),
        ("author_link", &mut it.author_link),
        ("thumb_url", &mut it.thumb_url),
        ("footer", &mut it.footer),
        ("color", &mut it.color),
        ("author_name", &mut it.author_name),
        // The link of the title leads there too.
        ("og_scrape_url", &mut it.og_scrape_url),
        ("title", &mut it.title),
    ];
    for (name, field) in least {
        // With its name, a colon and a comma, and the quotes of both.
        let taken = name.len() + 6 + written_bytes(field);
        let is_last_link = name == "og_scrape_url" && !has_link;
        // Without its title nobody knows what it was, so that must be of use.
        let is_useless = name == "title" && bytes > room + taken;
        if bytes <= room {
            break;
        }
        if !field.is_empty() && !is_last_link && !is_useless {
            bytes -= taken;
            *field = Cow::Borrowed("");
            note("custom_dropped", name);
        }
    }
    bytes
}

/// A text of at most so many bytes as written, with its name.
fn shortened<'a>(text: Text<'a>, room: usize, note: Noter<'_>) -> Text<'a> {
    let room = room.saturating_sub(",\"text\":\"\"".len());
    let Some(end) = end_within(&text, room) else {
        return text;
    };
    note("text_shortened", &text[..text.floor_char_boundary(80)]);
    Cow::Owned(text[..end].to_owned())
}

/// A link to where an attachment leads.
fn line(it: &item::Attachment<'_>) -> String {
    let urls = [
        &it.title_link,
        &it.og_scrape_url,
        &it.asset_url,
        &it.image_url,
        &it.thumb_url,
    ];
    let url = urls.into_iter().find(|url| !url.is_empty());
    let title = if it.title.is_empty() {
        "Attachment"
    } else {
        &it.title
    };
    let mut line = String::new();
    migrate_markdown::link(url.map_or("", |url| url), title, &mut line);
    line
}

fn written_bytes(text: &str) -> usize {
    text.chars().map(json::written_bytes).sum()
}

#[cfg(test)]
mod tests {
    use migrate_model as model;

    use super::{fitted, rows};
    use crate::getstream::check::Checks;
    use crate::getstream::{Spelling, encode, limits};

    const CHECKS: Checks = Checks {
        spelling: Spelling::Jsonl,
        max_text_chars: 5_000,
    };

    fn card(bytes: usize) -> model::Attachment<'static> {
        let mut it = model::Attachment::default();
        it.title = "t".into();
        it.title_link = "https://e.com/a".into();
        it.text = "a".repeat(bytes).into();
        it
    }

    /// What becomes of an attachment: its text, its custom data and its length, or the line; and what
    /// is lost.
    fn fit(it: model::Attachment<'_>) -> (String, usize, usize, Vec<String>) {
        let mut lost = Vec::new();
        let mut note = |kind: &'static str, detail: &str| {
            let detail: String = detail.chars().take(12).collect();
            lost.push(format!("{kind} {detail}"));
        };
        match fitted(it, &CHECKS, &mut note) {
            Err(line) => (line, 0, 0, lost),
            Ok(it) => {
                let mut encoded = Vec::new();
                encode::attachment(&mut encoded, &it);
                (it.text.into_owned(), it.custom.len(), encoded.len(), lost)
            }
        }
    }

    #[test]
    fn a_text_is_as_long_as_there_is_room_for() {
        let (text, _, _, lost) = fit(card(4_900));
        assert_eq!((text.len(), lost.len()), (4_900, 0));
        for quote in ["a", "\"", "ä"] {
            let mut it = card(0);
            it.text = quote.repeat(9_000).into();
            it.custom.set("source_url", "https://e.com/b");
            let (_, custom, bytes, lost) = fit(it);
            assert_eq!(lost.len(), 1, "{lost:?}");
            assert!(lost[0].starts_with("text_shortened "));
            assert!(custom > 0);
            assert!((4_990..=4_997).contains(&bytes), "{bytes}");
        }
    }

    #[test]
    fn what_is_shown_least_goes_first() {
        let long = |n: usize| format!("https://e.com/{}", "a".repeat(n));
        let mut it = card(100);
        it.author_icon = long(2_000).into();
        it.thumb_url = long(2_000).into();
        it.image_url = long(2_000).into();
        let (text, _, bytes, lost) = fit(it.clone());
        assert_eq!(text.len(), 100);
        assert_eq!(lost, ["custom_dropped author_icon"]);
        assert!(bytes <= limits::ATTACHMENTS_BYTES);
        it.image_url = long(6_000).into();
        let (line, _, _, lost) = fit(it);
        assert_eq!(line, "[t](https://e.com/a)");
        let last = lost.last().map_or("", String::as_str);
        assert!(last.starts_with("attachment_as_text "), "{last}");
    }

    #[test]
    fn attachments_go_on_in_further_messages() {
        let check = |bytes: &[usize], expected: &[(usize, usize)]| {
            let mut all = Vec::new();
            for bytes in bytes {
                if let Ok(it) = fitted(card(*bytes), &CHECKS, &mut |_, _| ()) {
                    all.push(it);
                }
            }
            let rows: Vec<_> = rows(&all).iter().map(|it| (it.start, it.end)).collect();
            assert_eq!(rows, expected, "{bytes:?}");
        };
        check(&[], &[]);
        check(&[9_000], &[(0, 1)]);
        check(&[2_000, 2_000, 2_000, 10], &[(0, 2), (2, 4)]);
        check(&[9_000, 1, 9_000], &[(0, 1), (1, 2), (2, 3)]);
        check(&[0; 31], &[(0, 30), (30, 31)]);
    }
}
