//! Attachments: what cells say of them, and what follows from that.

use std::borrow::Cow;
use std::convert::Infallible;

use migrate_model::{
    Attachment, ChannelRef, ChannelType, Custom, FieldVisitor, Fields as _, MessageKind, Pin, Rank,
    Text, Time,
};
use serde_json::{Map, Value};

use crate::typed;

/// Keys under which programs write the fields of attachments.
const KEYS: &[(&str, &[&str])] = &[
    ("kind", &["type"]),
    ("image_url", &["image"]),
    (
        "thumb_url",
        &["thumb", "thumbnail", "thumbnail_url", "preview"],
    ),
    (
        "asset_url",
        &[
            "url",
            "href",
            "link",
            "file_url",
            "download_url",
            "proxy_url",
        ],
    ),
    ("title", &["name", "filename", "file_name", "fileName"]),
    (
        "mime_type",
        &[
            "mimetype",
            "mimeType",
            "content_type",
            "contentType",
            "media_type",
        ],
    ),
    ("size_bytes", &["size", "file_size", "fileSize", "bytes"]),
];

/// The attachments of a cell.
#[derive(Debug, Default)]
pub(crate) struct Attachments<'a> {
    pub(crate) all: Vec<Attachment<'a>>,
    /// What is none.
    pub(crate) bad: u32,
}

/// The attachments of a cell of JSON: a list of objects or addresses, or one of them. `None` if it
/// is neither.
pub(crate) fn of_json(text: &str, map: &[(String, String)]) -> Option<Attachments<'static>> {
    let all = match serde_json::from_str(text).ok()? {
        Value::Null => Vec::new(),
        Value::Array(list) => list,
        one @ (Value::Object(_) | Value::String(_)) => vec![one],
        Value::Bool(_) | Value::Number(_) => return None,
    };
    let mut read = Attachments::default();
    for it in all {
        match it {
            Value::Null => {}
            Value::Object(fields) if fields.is_empty() => {}
            Value::Object(fields) => read.all.push(of_object(fields, map)),
            Value::String(url) => read.url(url),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => read.bad += 1,
        }
    }
    Some(read)
}

/// The attachments that addresses are.
pub(crate) fn of_urls(urls: Vec<impl Into<String>>) -> Attachments<'static> {
    let mut read = Attachments::default();
    for url in urls {
        read.url(url.into());
    }
    read
}

impl Attachments<'_> {
    fn url(&mut self, url: String) {
        // A path or the name of a file has at least one of these.
        match url.contains(['/', '.', ':', '\\']) {
            true => self.all.push(of_url(Cow::Owned(url))),
            false => self.bad += 1,
        }
    }
}

/// The attachment that an address is.
pub(crate) fn of_url(url: Text<'_>) -> Attachment<'_> {
    let mut it = Attachment::default();
    it.asset_url = url;
    dress(&mut it);
    it
}

fn of_object(fields: Map<String, Value>, map: &[(String, String)]) -> Attachment<'static> {
    let mut it = Attachment::default();
    let mut from = FromJson { fields, map };
    let Ok(()) = it.each(&mut from);
    let rest = from.fields.into_iter();
    let rest = rest.filter_map(|(name, it)| Some((Text::Owned(name), typed::value(it)?)));
    it.custom.extend(rest);
    dress(&mut it);
    it
}

/// Sets what follows from the rest: the name from the address, the kind from the media type or the
/// name, and the picture's address as that of a picture.
pub(crate) fn dress(it: &mut Attachment<'_>) {
    let url = match it.asset_url.is_empty() {
        true => &it.image_url,
        false => &it.asset_url,
    };
    if it.title.is_empty() {
        it.title = Cow::Owned(name_of(url).to_owned());
    }
    // Some programs write the media type as the type.
    if it.mime_type.is_empty() && it.kind.contains('/') {
        it.mime_type = std::mem::take(&mut it.kind);
    }
    if it.kind.is_empty() {
        let kind = kind_of(&it.mime_type, &it.title, !it.image_url.is_empty());
        it.kind = Cow::Borrowed(kind);
    }
    if it.kind == "image" && it.image_url.is_empty() {
        it.image_url = std::mem::take(&mut it.asset_url);
    }
}

/// The name of a file in its address.
fn name_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    path.rsplit_once('/').map_or("", |(_, name)| name)
}

fn kind_of(mime_type: &str, name: &str, has_picture: bool) -> &'static str {
    const ENDINGS: &[(&str, &[&str])] = &[
        (
            "image",
            &["png", "jpg", "jpeg", "gif", "webp", "heic", "bmp", "svg"],
        ),
        ("video", &["mp4", "mov", "webm", "mkv", "avi"]),
        (
            "audio",
            &["mp3", "m4a", "ogg", "wav", "opus", "aac", "flac"],
        ),
    ];
    let family = mime_type.split('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let known = ENDINGS.iter().find(|(kind, endings)| {
        *kind == family
            || mime_type.is_empty() && endings.iter().any(|it| it.eq_ignore_ascii_case(ending))
    });
    match known {
        Some((kind, _)) => kind,
        None if has_picture => "image",
        None => "file",
    }
}

/// Fills fields from the keys of an object, and takes them out of it.
struct FromJson<'m> {
    fields: Map<String, Value>,
    map: &'m [(String, String)],
}

impl FromJson<'_> {
    /// Takes a field out, if `read` can read it; otherwise it stays, to become custom data.
    fn take<T>(&mut self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let given = self.map.iter().find(|(field, _)| field == name);
        let known = KEYS.iter().find(|(field, _)| *field == name);
        let known = known.map_or(&[][..], |(_, keys)| keys);
        let mut keys: Vec<&str> = match given {
            Some((_, key)) => vec![key],
            None => vec![name],
        };
        keys.extend(known.iter().filter(|_| given.is_none()));
        let found = { keys.into_iter() }.find_map(|key| Some((key, self.fields.get(key)?)));
        let (key, value) = found?;
        let value = read(value)?;
        self.fields.remove(key);
        Some(value)
    }
}

impl<'a> FieldVisitor<'a> for FromJson<'_> {
    type Error = Infallible;

    fn text(&mut self, name: &'static str, it: &mut Text<'a>) -> Result<(), Infallible> {
        let read = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        if let Some(text) = self.take(name, read) {
            *it = Cow::Owned(text);
        }
        Ok(())
    }

    fn flag(&mut self, name: &'static str, it: &mut bool) -> Result<(), Infallible> {
        *it = self.take(name, Value::as_bool).unwrap_or(false);
        Ok(())
    }

    fn integer(&mut self, name: &'static str, it: &mut Option<u64>) -> Result<(), Infallible> {
        *it = self.take(name, |value| match value {
            // A whole number may be written with a fraction.
            Value::Number(number) => typed::integer(crate::Cell::Text(&number.to_string())),
            Value::String(text) => typed::integer(crate::Cell::Text(text)),
            _ => None,
        });
        Ok(())
    }

    fn float(&mut self, name: &'static str, it: &mut Option<f64>) -> Result<(), Infallible> {
        *it = self.take(name, |value| match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => typed::float(crate::Cell::Text(text)),
            _ => None,
        });
        Ok(())
    }

    fn floats(&mut self, name: &'static str, it: &mut Vec<f64>) -> Result<(), Infallible> {
        let numbers = |value: &Value| value.as_array()?.iter().map(Value::as_f64).collect();
        *it = self.take(name, numbers).unwrap_or_default();
        Ok(())
    }

    // An attachment has none of these.
    fn texts(&mut self, _: &'static str, _: &mut Vec<Text<'a>>) -> Result<(), Infallible> {
        Ok(())
    }
    fn time(&mut self, _: &'static str, _: &mut Option<Time>) -> Result<(), Infallible> {
        Ok(())
    }
    fn channel(&mut self, _: &mut ChannelRef<'a>) -> Result<(), Infallible> {
        Ok(())
    }
    fn channel_type(&mut self, _: &mut ChannelType<'a>) -> Result<(), Infallible> {
        Ok(())
    }
    fn kind(&mut self, _: &mut MessageKind) -> Result<(), Infallible> {
        Ok(())
    }
    fn rank(&mut self, _: &mut Rank) -> Result<(), Infallible> {
        Ok(())
    }
    fn pin(&mut self, _: &mut Option<Pin<'a>>) -> Result<(), Infallible> {
        Ok(())
    }
    fn attachments(&mut self, _: &mut Vec<Attachment<'a>>) -> Result<(), Infallible> {
        Ok(())
    }
    fn custom(&mut self, _: &mut Custom<'a>) -> Result<(), Infallible> {
        Ok(())
    }
}
