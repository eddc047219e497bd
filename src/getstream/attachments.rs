//! Attachments of a message: what of them is legal, and how many go into one entry.
//!
//! All attachments of a message may have 5 KB together. Those that have more go on in further
//! messages; one that alone has more loses what is shown least.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use migrate_markdown::{Block, Document, Style};
use migrate_model as model;
use migrate_model::Text;

use super::check::Checks;
use super::custom::{self, Owner};
use super::legal::{Noter, encode_custom, end_within, short};
use super::{encode, item, json, limits};

/// Longest word for what an attachment is, in bytes as written. Ours: it is a word.
const KIND_BYTES: usize = 255;

/// Longest media type that is written, in bytes as written. Source: RFC 6838, 127 characters on
/// either side of the `/`.
const MIME_TYPE_BYTES: usize = 255;

/// Longest address to which a card leads, in bytes as written. Ours: half of what there is.
const LINK_BYTES: usize = 2_500;

/// Most values of a waveform that is written. Ours: they count as custom data. Stream's own
/// recorders write 100.
const WAVEFORM_VALUES: usize = 100;

/// The longest value of a waveform with its comma, in bytes.
const WAVEFORM_VALUE_BYTES: usize = 24;

/// What the size, the duration and an empty waveform take of an attachment's custom data at most.
const NUMBERS_BYTES: usize = 100;

/// What the brackets of a list and the comma behind an attachment take, in bytes.
const LIST_BYTES: usize = 3;

/// What one attachment may have, in bytes of JSON.
const ROOM: usize = limits::ATTACHMENTS_BYTES - LIST_BYTES;

/// What the text of an attachment takes beside itself, in bytes.
const TEXT_FIELD_BYTES: usize = ",\"text\":\"\"".len();

/// What custom data of an attachment may have beside a long text, in bytes of JSON. Ours: enough
/// for where a file came from.
const CUSTOM_BESIDE_TEXT_BYTES: usize = 1_000;

/// A legal attachment, small enough for a message, and its length in bytes of JSON.
///
/// `scratch` is room to write in.
///
/// # Errors
/// If its address alone takes more than a message may have: what stands below the text instead.
pub fn fitted<'a>(
    it: model::Attachment<'a>,
    checks: &Checks,
    scratch: &mut Vec<u8>,
    note: Noter<'_>,
) -> Result<(item::Attachment<'a>, usize), Told<'a>> {
    let (mut it, fields) = legal(it, checks, note);
    let text = std::mem::take(&mut it.text);
    let mut bytes = encoded_bytes(&it, scratch);
    if bytes > ROOM {
        bytes = match without_least(&mut it, checks.max_text_chars, scratch, note) {
            Ok(bytes) => bytes,
            Err(told) => {
                for (name, _) in fields.iter() {
                    note("attachment_field_dropped", name);
                }
                return Err(Told { text, ..told });
            }
        };
    }
    let room = ROOM.saturating_sub(bytes);
    let mut text_bytes = json::text_bytes(&text);
    let beside = room
        .saturating_sub(text_bytes)
        .max(CUSTOM_BESIDE_TEXT_BYTES);
    let custom_room = custom_room(&it).min(beside).min(room);
    encode_custom(
        &mut it.custom,
        Owner::Attachment,
        &fields,
        custom_room,
        note,
    );
    if !it.custom.is_empty() {
        bytes += it.custom.len() + 1;
    }
    let room = ROOM.saturating_sub(bytes + TEXT_FIELD_BYTES);
    it.text = text;
    if text_bytes > room {
        it.text = shortened(it.text, room, note);
        text_bytes = json::text_bytes(&it.text);
    }
    if !it.text.is_empty() {
        bytes += text_bytes + TEXT_FIELD_BYTES;
    }
    Ok((it, bytes))
}

/// What stands below the text in place of an attachment.
#[derive(Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// What it is called, perhaps empty
    pub title: Text<'a>,
    /// Where it leads
    pub url: Text<'a>,
    /// Its text, without markup
    pub text: Text<'a>,
}

impl Told<'_> {
    /// Appends it to Markdown that leaves nothing open.
    pub fn write(&self, out: &mut String) {
        let title = match self.title.trim() {
            "" => Cow::Borrowed("Attachment"),
            title => Cow::Owned(title.replace(['\n', '\r'], " ")),
        };
        let mut document = Document::default();
        document.link(&self.url, &title, Style::PLAIN);
        document.separate();
        document.begin(Block::default());
        document.push(self.text.trim(), Style::PLAIN);
        out.push_str(if out.is_empty() { "" } else { "\n\n" });
        // Plain text has no style that could be shortened.
        let _ = document.write(out);
    }
}

/// How attachments are spread over messages, at least one of them to each.
#[derive(Debug, Default)]
pub struct Rows {
    /// Where those rows begin that go on with another.
    starts: Vec<usize>,
    attachments: usize,
    /// The length of the last row, in bytes.
    bytes: usize,
}

impl Rows {
    /// Takes in the next attachment by its length in bytes of JSON.
    pub fn add(&mut self, bytes: usize) {
        let start = self.starts.last().copied().unwrap_or(0);
        let in_row = self.attachments - start;
        let next = self.bytes + bytes + 1;
        let is_full = next + LIST_BYTES > limits::ATTACHMENTS_BYTES;
        if in_row > 0 && (is_full || in_row == limits::ATTACHMENTS) {
            self.starts.push(self.attachments);
            self.bytes = 0;
        }
        self.bytes += bytes + 1;
        self.attachments += 1;
    }

    /// How many messages there are.
    pub fn count(&self) -> usize {
        match self.attachments {
            0 => 0,
            _ => self.starts.len() + 1,
        }
    }

    /// Which of the attachments message `n`, from 0, has.
    pub fn row<'s, T>(&self, n: usize, attachments: &'s [T]) -> &'s [T] {
        let start = n
            .checked_sub(1)
            .map_or(Some(0), |before| self.starts.get(before).copied());
        let end = self.starts.get(n).copied().unwrap_or(self.attachments);
        let row = start.and_then(|start| attachments.get(start..end));
        row.unwrap_or_default()
    }
}

/// A legal attachment without its custom data, which is given beside it.
fn legal<'a>(
    it: model::Attachment<'a>,
    checks: &Checks,
    note: Noter<'_>,
) -> (item::Attachment<'a>, model::Custom<'a>) {
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
    let kind = within(it.kind, KIND_BYTES, "type", note);
    let it = item::Attachment {
        kind: if kind.is_empty() {
            Cow::Borrowed("file")
        } else {
            kind
        },
        image_url,
        thumb_url,
        asset_url,
        title: short(it.title, note),
        title_link: within(it.title_link, LINK_BYTES, "title_link", note),
        og_scrape_url: within(it.og_scrape_url, LINK_BYTES, "og_scrape_url", note),
        text: it.text,
        author_name: short(it.author_name, note),
        author_link: within(it.author_link, LINK_BYTES, "author_link", note),
        author_icon: within(it.author_icon, LINK_BYTES, "author_icon", note),
        color: short(it.color, note),
        footer: short(it.footer, note),
        mime_type: within(it.mime_type, MIME_TYPE_BYTES, "mime_type", note),
        file_size: it.size_bytes,
        duration: it.duration,
        original_width: it.width,
        original_height: it.height,
        waveform_data: legal_waveform(it.waveform, note),
        migrate_resources: it.migrate_resources,
        custom: Vec::new(),
    };
    (it, fields)
}

fn legal_waveform(mut waveform: Vec<f64>, note: Noter<'_>) -> Vec<f64> {
    // JSON has no such numbers.
    waveform.retain(|value| value.is_finite());
    if waveform.len() > WAVEFORM_VALUES {
        note("attachment_field_dropped", "waveform_data");
        waveform.clear();
    }
    for value in &mut waveform {
        *value = value.clamp(0.0, 1.0);
    }
    waveform
}

/// A text that is no longer than `max_bytes` as written, or none.
fn within<'a>(text: Text<'a>, max_bytes: usize, name: &str, note: Noter<'_>) -> Text<'a> {
    if end_within(&text, max_bytes).is_none() {
        return text;
    }
    note("attachment_field_dropped", name);
    Cow::Borrowed("")
}

/// How much custom data an attachment may have. What the SDKs know and the import does not counts
/// as such.
fn custom_room(it: &item::Attachment<'_>) -> usize {
    let numbers = NUMBERS_BYTES + it.waveform_data.len() * WAVEFORM_VALUE_BYTES;
    custom::room(&[("mime_type", &it.mime_type)]).saturating_sub(numbers)
}

/// Exchanges a field of two attachments.
type Swap = for<'a> fn(&mut item::Attachment<'a>, &mut item::Attachment<'a>);

/// What may go, that first which is shown least.
const LEAST: [(&str, Swap); 16] = [
    ("waveform_data", |a, b| {
        std::mem::swap(&mut a.waveform_data, &mut b.waveform_data);
    }),
    ("author_icon", |a, b| {
        std::mem::swap(&mut a.author_icon, &mut b.author_icon);
    }),
    ("author_link", |a, b| {
        std::mem::swap(&mut a.author_link, &mut b.author_link);
    }),
    ("color", |a, b| std::mem::swap(&mut a.color, &mut b.color)),
    ("original_width", |a, b| {
        std::mem::swap(&mut a.original_width, &mut b.original_width);
    }),
    ("original_height", |a, b| {
        std::mem::swap(&mut a.original_height, &mut b.original_height);
    }),
    ("mime_type", |a, b| {
        std::mem::swap(&mut a.mime_type, &mut b.mime_type);
    }),
    ("duration", |a, b| {
        std::mem::swap(&mut a.duration, &mut b.duration);
    }),
    ("file_size", |a, b| {
        std::mem::swap(&mut a.file_size, &mut b.file_size);
    }),
    ("footer", |a, b| {
        std::mem::swap(&mut a.footer, &mut b.footer);
    }),
    ("author_name", |a, b| {
        std::mem::swap(&mut a.author_name, &mut b.author_name);
    }),
    ("thumb_url", |a, b| {
        std::mem::swap(&mut a.thumb_url, &mut b.thumb_url);
    }),
    // The link of the title leads there too.
    ("og_scrape_url", |a, b| {
        std::mem::swap(&mut a.og_scrape_url, &mut b.og_scrape_url);
    }),
    ("image_url", |a, b| {
        std::mem::swap(&mut a.image_url, &mut b.image_url);
    }),
    ("asset_url", |a, b| {
        std::mem::swap(&mut a.asset_url, &mut b.asset_url);
    }),
    ("title", |a, b| std::mem::swap(&mut a.title, &mut b.title)),
];

/// Takes away what is shown least of an attachment that is too large. Gives its length in bytes of
/// JSON.
///
/// # Errors
/// If the address that it is about is too long for an attachment, but not for a text.
fn without_least<'a>(
    it: &mut item::Attachment<'a>,
    max_text_chars: usize,
    scratch: &mut Vec<u8>,
    note: Noter<'_>,
) -> Result<usize, Told<'a>> {
    // Each turn but the last takes one of three addresses away.
    loop {
        let mut away = item::Attachment::default();
        let (main, _) = main_address(it);
        let (bytes, taken) = take_away(it, &mut away, main, scratch);
        if bytes <= ROOM {
            for name in taken {
                note("attachment_field_dropped", name);
            }
            return Ok(bytes);
        }
        let url = std::mem::take(main_address(it).1);
        if fits_text(&url, max_text_chars) {
            note("attachment_as_text", &url[..url.floor_char_boundary(80)]);
            for name in taken.into_iter().filter(|name| *name != "title") {
                note("attachment_field_dropped", name);
            }
            return Err(Told {
                title: away.title,
                url,
                text: Cow::Borrowed(""),
            });
        }
        note("attachment_field_dropped", main);
        for (_, swap) in LEAST.iter().filter(|(name, _)| taken.contains(name)) {
            swap(it, &mut away);
        }
    }
}

/// The address that an attachment is about, with its name. A card needs no other to be one.
fn main_address<'i, 'a>(it: &'i mut item::Attachment<'a>) -> (&'static str, &'i mut Text<'a>) {
    let addresses = [
        ("title_link", &mut it.title_link),
        ("og_scrape_url", &mut it.og_scrape_url),
        ("asset_url", &mut it.asset_url),
        ("image_url", &mut it.image_url),
    ];
    let mut given = addresses.into_iter().filter(|(_, url)| !url.is_empty());
    given.next().unwrap_or(("thumb_url", &mut it.thumb_url))
}

/// Moves fields `away`, least first, until an attachment has room, if it then has. Gives its length
/// in bytes of JSON and what was taken.
fn take_away<'a>(
    it: &mut item::Attachment<'a>,
    away: &mut item::Attachment<'a>,
    main: &str,
    scratch: &mut Vec<u8>,
) -> (usize, Vec<&'static str>) {
    let mut bytes = encoded_bytes(it, scratch);
    let mut taken = Vec::new();
    for (name, swap) in LEAST.iter().filter(|(name, _)| *name != main) {
        if bytes <= ROOM {
            break;
        }
        swap(it, away);
        let rest = encoded_bytes(it, scratch);
        if rest < bytes {
            taken.push((*name, *swap, bytes - rest));
        }
        bytes = rest;
    }
    if bytes <= ROOM {
        // A large field makes room for small ones that went before it.
        for (_, swap, size) in taken.iter_mut().rev() {
            if bytes + *size <= ROOM {
                swap(it, away);
                bytes += std::mem::take(size);
            }
        }
    }
    taken.retain(|(_, _, size)| *size > 0);
    (bytes, taken.into_iter().map(|(name, _, _)| name).collect())
}

/// Whether a text that is cut keeps a link to an address whole. Source: [`migrate_markdown::cut`].
fn fits_text(url: &str, max_chars: usize) -> bool {
    let mut link = String::new();
    migrate_markdown::link(url, "a", &mut link);
    link.len().saturating_sub("[a".len()) <= max_chars / 2
}

/// A text of at most so many bytes as written.
fn shortened<'a>(text: Text<'a>, room: usize, note: Noter<'_>) -> Text<'a> {
    let Some(end) = end_within(&text, room) else {
        return text;
    };
    note("text_shortened", &text[..text.floor_char_boundary(80)]);
    Cow::Owned(text[..end].to_owned())
}

fn encoded_bytes(it: &item::Attachment<'_>, scratch: &mut Vec<u8>) -> usize {
    scratch.clear();
    encode::attachment(scratch, it);
    scratch.len()
}
