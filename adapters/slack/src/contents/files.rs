//! Files as attachments, by what the export tells of them.
//!
//! An attachment that the import can fetch has the fields by which Stream's SDKs show it. One that
//! it cannot fetch becomes a link card that leads to where the file lies: without an address the
//! SDKs show nothing at all. Source: stream-chat-react 14.12, `AttachmentContainer`, 2026-08. Where
//! a file may be fetched is left to [`crate::contents::hosting`], its preview to [`crate::contents::previews`].

use std::borrow::Cow;

use migrate_model::{Attachment, Custom, ListedFile, LossKind, Stop, Value, wording};

use crate::contents::address;
use crate::contents::extras::Extras;
use crate::contents::hosting::Place;
use crate::contents::previews;
use crate::foreign::{File, Message};
use crate::json::loose::{Loose, lost, readable};
use crate::losses;

/// Files that are not there any more, or that the export does not show.
#[derive(Debug, Default)]
pub(crate) struct Missing<'m>(Vec<(&'m str, Absence)>);

/// Why a file is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absence {
    Deleted,
    Hidden,
    Denied,
    NotFound,
    Unchecked,
}

impl<'m> Missing<'m> {
    /// Writes what stands in place of a message that showed nothing but such files: a sentence for
    /// each reason.
    pub(crate) fn write(&self, out: &mut String) {
        let sentences = [
            ["This file was deleted.", "These files were deleted."],
            [
                "This file was hidden by Slack.",
                "These files were hidden by Slack.",
            ],
            [
                "This file is not available.",
                "These files are not available.",
            ],
        ];
        let mut counts = [0_usize; 3];
        for (_, absence) in &self.0 {
            let [deleted, hidden, unavailable] = &mut counts;
            *match absence {
                Absence::Deleted => deleted,
                Absence::Hidden => hidden,
                Absence::Denied | Absence::NotFound | Absence::Unchecked => unavailable,
            } += 1;
        }
        for ([one, several], count) in sentences.into_iter().zip(counts) {
            if count > 0 && !out.is_empty() {
                out.push(' ');
            }
            match count {
                0 => {}
                1 => out.push_str(one),
                _ => out.push_str(several),
            }
        }
    }

    /// Keeps which they were.
    pub(crate) fn keep(&self, custom: &mut Custom<'m>) {
        if self.0.is_empty() {
            return;
        }
        let mut files = Custom::default();
        let named = self.0.iter().filter(|(id, _)| !id.is_empty());
        files.extend(named.map(|(id, absence)| (Cow::Borrowed(*id), absence.word().into())));
        custom.set("slack_missing_files", Value::Object(files));
    }
}

impl Absence {
    fn of(file: &File<'_>) -> Option<Absence> {
        match (&*file.mode, &*file.file_access) {
            ("tombstone", _) => Some(Absence::Deleted),
            ("hidden_by_limit", _) => Some(Absence::Hidden),
            (_, "access_denied") => Some(Absence::Denied),
            (_, "file_not_found") => Some(Absence::NotFound),
            // Slack's clients ask for such a file again. Exports often tell of it all the same.
            (_, "check_file_info") if !is_described(file) => Some(Absence::Unchecked),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Absence::Deleted => "deleted",
            Absence::Hidden => "hidden_by_limit",
            Absence::Denied => "access_denied",
            Absence::NotFound => "file_not_found",
            Absence::Unchecked => "check_file_info",
        }
    }

    fn loss(self) -> LossKind {
        match self {
            Absence::Deleted => losses::FILE_DELETED,
            Absence::Hidden => losses::FILE_HIDDEN_BY_LIMIT,
            _ => losses::FILE_ACCESS_DENIED,
        }
    }
}

/// Whether a file was deleted before the export.
pub(crate) fn is_deleted(file: &File<'_>) -> bool {
    Absence::of(file) == Some(Absence::Deleted)
}

/// Whether more is told of a file than its id.
fn is_described(file: &File<'_>) -> bool {
    let told = [&file.name, &file.title, &file.url_private, &file.permalink];
    told.into_iter().any(|it| !it.is_empty())
}

/// Whether a message has any file.
pub(crate) fn has_any(message: &Message<'_>) -> bool {
    message.file.is_some() || readable(&message.files).next().is_some()
}

/// The ids of a message's files.
pub(crate) fn ids<'m>(message: &'m Message<'m>) -> impl Iterator<Item = &'m str> {
    let all = readable(&message.files).chain(message.file.as_deref());
    all.map(|file| &*file.id).filter(|id| !id.is_empty())
}

/// Takes the files of a message, in their order, but for one that hangs on another message.
pub(crate) fn take<'m>(
    message: &'m Message<'m>,
    other: Option<&str>,
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    take_but(&message.files, other, extras)?;
    let is_own = |file: &&File<'_>| other != Some(&*file.id);
    let single = message.file.as_deref().filter(is_own);
    if let Some(file) = single.filter(|it| !readable(&message.files).any(|file| file.id == it.id)) {
        take_one(file, extras)?;
    }
    Ok(())
}

/// Takes a list of files. One that stands twice in it is taken once.
pub(crate) fn take_list<'m>(
    files: &'m [Loose<File<'m>>],
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    take_but(files, None, extras)
}

fn take_but<'m>(
    files: &'m [Loose<File<'m>>],
    other: Option<&str>,
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    extras.lose_unread(lost(files), "`files`")?;
    let mut repeated = 0;
    for (n, file) in readable(files).enumerate() {
        if other == Some(&*file.id) {
            continue;
        }
        let mut before = readable(files).take(n.min(MOST_COMPARED));
        if file.id.is_empty() || !before.any(|other| other.id == file.id) {
            take_one(file, extras)?;
        } else {
            repeated += 1;
        }
    }
    match repeated {
        0 => Ok(()),
        _ => extras.lose(losses::FILE_REPEATED, repeated, ""),
    }
}

/// With so many files another one is compared. Slack allows ten in a message.
pub(crate) const MOST_COMPARED: usize = 100;

/// Takes one file.
pub(crate) fn take_one<'m>(file: &'m File<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let name = &*name(file);
    if let Some(absence) = Absence::of(file) {
        extras.shown.missing.0.push((&*file.id, absence));
        if absence != Absence::Deleted {
            list(file, &Place::Nowhere(absence.loss()), extras);
        }
        return extras.lose(absence.loss(), 1, name);
    }
    let is_elsewhere = is_elsewhere(file);
    let place = match is_elsewhere {
        true => Place::Nowhere(losses::FILE_ELSEWHERE),
        false => extras.hosting.place(file),
    };
    list(file, &place, extras);
    let mut it = described(file);
    it.text = Cow::Owned(extras.without_tokens(&it.text));
    let loss = match place {
        Place::At(url, loss) => {
            it.kind = Cow::Borrowed(kind(file));
            let is_image = it.kind == "image";
            let field = if is_image {
                &mut it.image_url
            } else {
                &mut it.asset_url
            };
            *field = Cow::Owned(url);
            it.thumb_url = Cow::Borrowed(extras.hosting.thumb(file));
            it.migrate_resources = extras.hosting.migrates;
            loss
        }
        Place::Nowhere(loss) => {
            it.kind = Cow::Borrowed("file");
            let link = link(file, is_elsewhere);
            it.og_scrape_url = Cow::Owned(link.clone());
            it.title_link = Cow::Owned(link);
            if it.title.is_empty() {
                it.title = Cow::Borrowed("File");
            }
            loss
        }
    };
    let urls = [
        &file.url_private,
        &file.url_private_download,
        &file.permalink,
    ];
    if loss != losses::FILE_TOKEN_KEPT && urls.iter().any(|url| address::has_token_of_slack(url)) {
        extras.out.lost.tokens += 1;
    }
    extras.lose(loss, 1, name)?;
    extras.shown.attachments.push(it);
    previews::write(file, extras)
}

/// Takes a file into the list of files, if there is one.
fn list<'m>(file: &'m File<'m>, place: &Place, extras: &mut Extras<'_, 'm>) {
    if !extras.hosting.lists {
        return;
    }
    let urls = [&file.url_private_download, &file.url_private];
    let url = urls.into_iter().find(|url| is_web(url));
    let url = url.map_or("", |url| url);
    let names = [&file.name, &file.title, &file.id];
    let name = names.into_iter().find(|it| !it.is_empty());
    let mut it = ListedFile::default();
    it.id = Cow::Borrowed(&*file.id);
    it.name = Cow::Borrowed(name.map_or("", |it| it));
    it.mime_type = Cow::Borrowed(&*file.mimetype);
    it.size_bytes = file.size.0.and_then(|it| u64::try_from(it).ok());
    it.source_url = match extras.hosting.keeps_tokens {
        true if address::is_slack(url) => Cow::Borrowed(url),
        _ => Cow::Owned(address::without_secrets(url)),
    };
    it.path = Cow::Borrowed(extras.hosting.path_of(file).unwrap_or(""));
    if let Place::At(url, _) = place {
        it.import_url = Cow::Owned(url.clone());
    }
    extras.shown.listed.push(it);
}

/// What the export tells of a file, without where it lies.
fn described<'m>(file: &'m File<'m>) -> Attachment<'m> {
    let mut it = Attachment::default();
    it.title = Cow::Borrowed(title(file));
    it.text = Cow::Borrowed(file.transcription.preview.content.trim());
    it.mime_type = Cow::Borrowed(&*file.mimetype);
    it.size_bytes = file.size.positive();
    it.width = file.original_w.positive();
    it.height = file.original_h.positive();
    it.duration = file.duration_ms.positive().map(|it| it as f64 / 1000.0);
    let samples = file.audio_wave_samples.iter().filter_map(|it| it.0);
    let samples = samples.map(|it| it.clamp(0, LOUDEST) as f64 / LOUDEST as f64);
    it.waveform = thinned(samples.collect());
    let urls = [&file.url_private, &file.url_private_download];
    if let Some(url) = urls.into_iter().find(|url| is_web(url)) {
        it.custom.set("source_url", address::without_secrets(url));
    }
    if !file.name.is_empty() && *file.name != *it.title {
        it.custom.set("file_name", &*file.name);
    }
    if !file.id.is_empty() {
        it.custom.set("slack_file_id", &*file.id);
    }
    if !file.alt_txt.is_empty() {
        it.custom.set("slack_alt_text", &*file.alt_txt);
    }
    it
}

/// The largest value of Slack's waveforms.
const LOUDEST: i64 = 100;

/// As many values of a waveform as Stream's own recorders write.
const WAVEFORM_VALUES: usize = 100;

/// At most [`WAVEFORM_VALUES`] values, spread evenly.
fn thinned(samples: Vec<f64>) -> Vec<f64> {
    if samples.len() <= WAVEFORM_VALUES {
        return samples;
    }
    let at = |n: usize| n * samples.len() / WAVEFORM_VALUES;
    let kept = (0..WAVEFORM_VALUES).filter_map(|n| samples.get(at(n)).copied());
    kept.collect()
}

/// Where a person finds the file: the foreign page, or the one in Slack, which asks for a login.
fn link(file: &File<'_>, is_elsewhere: bool) -> String {
    let urls = match is_elsewhere {
        true => [
            &file.url_private,
            &file.permalink,
            &file.url_private_download,
        ],
        false => [
            &file.permalink,
            &file.url_private,
            &file.url_private_download,
        ],
    };
    let url = urls.into_iter().find(|url| is_web(url));
    url.map_or(String::new(), |url| address::without_secrets(url))
}

/// Whether a file lies with another service.
fn is_elsewhere(file: &File<'_>) -> bool {
    let url = &*file.url_private;
    &*file.mode == "external" || (is_web(url) && !address::is_slack(url))
}

/// Tools that copy files write paths in place of addresses.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// The word by which Stream's SDKs know what to show.
fn kind(file: &File<'_>) -> &'static str {
    match &*file.subtype {
        "slack_audio" => return "voiceRecording",
        "slack_video" => return "video",
        _ => {}
    }
    let (class, format) = match file.mimetype.split_once('/') {
        Some(parts) => parts,
        None => by_type_of_slack(&file.filetype),
    };
    match class {
        "image" if is_shown_as_image(format) => "image",
        "video" => "video",
        "audio" => "audio",
        _ => "file",
    }
}

/// The class and the format by Slack's own word for the type of a file.
fn by_type_of_slack(filetype: &str) -> (&'static str, &str) {
    match filetype {
        "svg" => ("image", "svg+xml"),
        "mp4" | "mov" | "webm" | "m4v" => ("video", filetype),
        "mp3" | "m4a" | "wav" | "ogg" | "aac" | "flac" => ("audio", filetype),
        _ if is_shown_as_image(filetype) => ("image", filetype),
        _ => ("", ""),
    }
}

/// Whether clients show a picture in this format. Others, such as TIFF or Photoshop's, are files.
fn is_shown_as_image(format: &str) -> bool {
    matches!(
        format,
        "png" | "jpeg" | "jpg" | "pjpeg" | "gif" | "webp" | "bmp" | "svg+xml" | "avif" | "heic"
    )
}

/// What people call a file, shortened for a report.
pub(crate) fn name<'a>(file: &'a File<'a>) -> Cow<'a, str> {
    shown(title(file))
}

/// What people call a file.
pub(crate) fn title<'a>(file: &'a File<'a>) -> &'a str {
    let names = [&file.title, &file.name, &file.id];
    names
        .into_iter()
        .map(|it| it.trim())
        .find(|it| !it.is_empty())
        .unwrap_or("")
}

/// The start of a foreign text, as an example in a report, which holds no secrets of addresses.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    const LONGEST_BYTES: usize = 80;
    let start = |text: &str| wording::start(text, LONGEST_BYTES).len();
    if text.contains("://") || text.contains("xox") {
        let mut safe = address::without_secrets(text);
        safe.truncate(start(&safe));
        return Cow::Owned(safe);
    }
    Cow::Borrowed(text.get(..start(text)).unwrap_or_default())
}
