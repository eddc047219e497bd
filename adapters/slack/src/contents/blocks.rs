//! Blocks other than `rich_text` as text and attachments.
//!
//! Where a message has such blocks, Slack shows them in place of its text, which is then a summary
//! for notifications. Their order is kept. The elements that people could press are left to
//! [`crate::contents::controls`], tables to [`crate::contents::tables`].

use std::borrow::Cow;

use migrate_markdown::Style;
use migrate_model::{Attachment, Stop};

use crate::contents::address;
use crate::contents::controls;
use crate::contents::extras::Extras;
use crate::contents::files::{self, shown};
use crate::contents::pictures;
use crate::contents::tables;
use crate::foreign::File;
use crate::foreign::block_kit::{Block, Node, Other, Words};
use crate::json::loose::{Loose, lost, readable};
use crate::losses;
use crate::text::escape;
use crate::text::{self, Converted, Markup};

/// Blocks, what stands for those of `rich_text`, and the files of their message.
pub(crate) struct Blocks<'m> {
    /// The blocks.
    pub(crate) blocks: &'m [Block<'m>],
    /// The text beside them, of which `rich_text` is the source.
    pub(crate) text: &'m str,
    /// The files that hang on the message anyway.
    pub(crate) files: &'m [Loose<File<'m>>],
    /// Whether the caller looks for what could not be read of a lone block of `rich_text`.
    pub(crate) is_message: bool,
}

/// Writes blocks, each behind an empty line but the first.
pub(crate) fn write<'m>(it: &Blocks<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let is_damaged = is_damaged(it, extras);
    let mut is_text_written = false;
    for (number, block) in it.blocks.iter().enumerate() {
        if number > 0 {
            extras.begin_block();
        }
        let other = match block {
            Block::RichText(rich) => {
                match is_damaged {
                    false => extras.rich_text(rich, it.text),
                    true if std::mem::replace(&mut is_text_written, true) => {}
                    true => extras.text(it.text, Markup::Mrkdwn),
                }
                continue;
            }
            Block::Other(other) => other,
        };
        extras.lose_unread(other.lost, "`blocks`")?;
        if let Some(block) = &other.it {
            let parts = lost(&block.fields) + lost(&block.elements);
            let single = [&block.accessory, &block.element].into_iter().flatten();
            let parts = parts + single.map(|it| it.lost).sum::<usize>();
            extras.lose_unread(parts, "`blocks`")?;
            write_one(block, it, extras)?;
        }
    }
    Ok(())
}

/// Whether the text says more than the blocks of `rich_text`, as something of them is lost. Takes
/// note of it.
fn is_damaged<'m>(it: &Blocks<'m>, extras: &mut Extras<'_, 'm>) -> bool {
    if it.text.trim_start().is_empty() || (it.is_message && it.blocks.len() == 1) {
        return false;
    }
    let mut scratch = Converted::default();
    for block in it.blocks {
        if let Block::RichText(rich) = block {
            // Without the text, as no names are looked for.
            text::push_rich(rich, "", extras.names, &mut scratch);
            scratch.document.clear();
        }
    }
    let (blocks, elements) = (scratch.lost.blocks, scratch.lost.elements);
    extras.out.lost.blocks += blocks;
    extras.out.lost.elements += elements;
    blocks + elements > 0
}

fn write_one<'m>(
    block: &'m Other<'m>,
    message: &Blocks<'m>,
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    match &*block.kind {
        "section" => return section(block, extras),
        "header" => extras.words(&block.text.text, Style::BOLD),
        "context" => return context(block, extras),
        "divider" => extras.rule(),
        "image" => return image(block, extras),
        "video" => return video(block, extras),
        "table" => return tables::write(block, extras),
        "markdown" => extras.markdown(block.text.text.trim()),
        "actions" | "context_actions" => {
            return controls::write(readable(&block.elements), extras);
        }
        "input" => {
            extras.words(&block.label.text, Style::BOLD);
            let elements = block.element.iter().filter_map(|it| it.it.as_ref());
            extras.begin_line();
            controls::write(elements, extras)?;
            extras.begin_line();
            extras.words(&block.hint.text, Style::PLAIN);
        }
        "call" => call(block, extras)?,
        "file" => return file(block, message, extras),
        _ => return unknown(block, extras),
    }
    Ok(())
}

fn section<'m>(block: &'m Other<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let fields = readable(&block.fields);
    for words in std::iter::once(&block.text).chain(fields) {
        if !words.text.trim().is_empty() {
            extras.begin_line();
            extras.text(&words.text, markup(words));
        }
    }
    let Some(accessory) = block.accessory.as_ref().and_then(|it| it.it.as_ref()) else {
        return Ok(());
    };
    if &*accessory.kind == "image" {
        let (url, title) = (picture_of(accessory), &accessory.alt_text);
        return pictures::take(pictures::Picture::new(url, title), extras);
    }
    extras.begin_line();
    controls::write(std::iter::once(accessory), extras)
}

/// A line of small texts and pictures.
fn context<'m>(block: &'m Other<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    for element in readable(&block.elements) {
        if &*element.kind == "image" {
            extras.lose(losses::CONTEXT_PICTURE, 1, &shown(&element.alt_text))?;
            continue;
        }
        extras.space();
        extras.text(&element.text.text, markup_of(&element.kind));
    }
    Ok(())
}

fn image<'m>(block: &'m Other<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let url = match block.image_url.is_empty() {
        true => &block.slack_file.url,
        false => &block.image_url,
    };
    let title = match block.title.text.trim().is_empty() {
        true => &block.alt_text,
        false => &block.title.text,
    };
    let mut picture = pictures::Picture::new(url, title);
    picture.width = block.image_width.positive();
    picture.height = block.image_height.positive();
    pictures::take(picture, extras)
}

/// A video of another service becomes a card that leads there.
fn video<'m>(block: &'m Other<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let urls = [&block.title_url, &block.video_url];
    let url = urls.into_iter().find(|it| !it.is_empty());
    let url = extras.card_address(url.map_or("", |it| it));
    let titles = [&block.title.text, &block.alt_text];
    let title = titles.into_iter().find(|it| !it.trim().is_empty());
    let mut it = Attachment::default();
    it.kind = Cow::Borrowed("image");
    it.title = Cow::Owned(extras.plain(title.map_or("", |it| it), Markup::Tokens));
    it.title_link = Cow::Owned(url.clone());
    it.og_scrape_url = Cow::Owned(url);
    it.text = Cow::Owned(extras.plain(&block.description.text, Markup::Tokens));
    let authors = [&block.author_name, &block.provider_name];
    let author = authors.into_iter().find(|it| !it.is_empty());
    it.author_name = Cow::Borrowed(author.map_or("", |it| it));
    let picture = extras.picture_address(&block.thumbnail_url);
    if picture.is_none() && !block.thumbnail_url.is_empty() {
        extras.lose(losses::PREVIEW_PICTURE, 1, &shown(&it.title))?;
    }
    it.image_url = picture.unwrap_or_default();
    extras.shown.attachments.push(it);
    Ok(())
}

fn call<'m>(block: &'m Other<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let call = &block.call.v1;
    let name = if call.name.is_empty() {
        "Call"
    } else {
        &call.name
    };
    // An address to join a call often holds its password.
    let whole = escape::decoded(&call.join_url);
    let url = address::without_secrets(&whole);
    extras.link(name, &url, Style::PLAIN);
    match whole.contains(['?', '#']) {
        true => extras.lose(losses::CALL_ADDRESS_CUT, 1, &shown(name)),
        false => Ok(()),
    }
}

/// A file that lies elsewhere, or one of Slack's.
fn file<'m>(
    block: &'m Other<'m>,
    message: &Blocks<'m>,
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    let described = block.file.as_ref().and_then(|it| it.it.as_ref());
    let id = described.map_or(&*block.file_id, |file| &*file.id);
    let mut files = readable(message.files).take(files::MOST_COMPARED);
    let hangs = !id.is_empty() && files.any(|file| *file.id == *id);
    match described {
        _ if hangs => Ok(()),
        Some(file) => files::take_one(file, extras),
        None => extras.lose(losses::FILE_ACCESS_DENIED, 1, &shown(id)),
    }
}

/// A block of a kind that is not known here: what text it has is kept.
fn unknown<'m>(block: &'m Other<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    extras.lose(losses::UNKNOWN_BLOCK, 1, &shown(&block.kind))?;
    let words = [&block.title, &block.text, &block.label, &block.description];
    let before = extras.length();
    for words in words.into_iter().chain(readable(&block.fields)) {
        if !words.text.trim().is_empty() {
            extras.begin_line();
            extras.text(&words.text, markup(words));
        }
    }
    let has_text = extras.length() > before;
    let nodes = readable(&block.elements).map(|node| extras.shown(node));
    let nodes: Vec<String> = nodes.filter(|text| !text.trim().is_empty()).collect();
    let rest = match (nodes.is_empty(), has_text) {
        (true, false) => Cow::Borrowed(&*block.fallback),
        _ => Cow::Owned(nodes.join("\n")),
    };
    extras.begin_line();
    extras.literal(&rest, Style::PLAIN);
    Ok(())
}

fn picture_of<'n>(node: &'n Node<'_>) -> &'n str {
    match node.image_url.is_empty() {
        true => &node.slack_file.url,
        false => &node.image_url,
    }
}

fn markup(words: &Words<'_>) -> Markup {
    markup_of(&words.kind)
}

fn markup_of(kind: &str) -> Markup {
    match kind {
        "plain_text" | "raw_text" => Markup::Plain,
        _ => Markup::Mrkdwn,
    }
}
