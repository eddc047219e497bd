//! Slack's attachments: reports of apps as text, link previews and shared messages.
//!
//! Stream's attachments know files and cards only, and cards no markup. So a report becomes a
//! quote behind the text of its message, as Slack shows it beside a line. Link previews are left
//! to [`crate::contents::unfurls`], shared messages to [`crate::contents::shares`].

use migrate_markdown::Style;
use migrate_model::Stop;

use crate::contents::blocks::{self, Blocks};
use crate::contents::controls;
use crate::contents::extras::Extras;
use crate::contents::files;
use crate::contents::pictures;
use crate::contents::shares;
use crate::contents::unfurls;
use crate::foreign::Message;
use crate::foreign::attached::Attached;
use crate::foreign::block_kit::Block;
use crate::json::loose::{lost, readable};
use crate::text::date::day_and_time;
use crate::text::{self, Markup};

/// What Slack writes where it has nothing to say for clients that know no blocks.
const NO_PREVIEW: &str = "[no preview available]";

/// Takes the attachments of a message, in their order.
pub(crate) fn take<'m>(message: &'m Message<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    extras.lose_unread(lost(&message.attachments), "`attachments`")?;
    let said = extras.length();
    for (n, it) in readable(&message.attachments).enumerate() {
        let parts = lost(&it.fields) + lost(&it.actions) + lost(&it.message_blocks);
        extras.lose_unread(parts, "`attachments`")?;
        extras.lose_unread(it.nested.0 as usize, "`attachments` of an attachment")?;
        if it.is_msg_unfurl.0 || it.is_share.0 {
            shares::take(it, extras)?;
        } else if !it.from_url.is_empty() || !it.original_url.is_empty() {
            unfurls::take(it, extras)?;
        } else if n < MOST_COMPARED && repeats(it, said, extras) {
            extras.keep_color(&it.color);
        } else {
            report(it, extras)?;
        }
    }
    Ok(())
}

/// So many reports are compared with the text of their message. Slack allows a hundred in all.
const MOST_COMPARED: usize = 100;

/// Whether a report says nothing but what the message says itself, in its first bytes.
fn repeats(it: &Attached<'_>, said: usize, extras: &Extras<'_, '_>) -> bool {
    let others = [
        &it.pretext,
        &it.title,
        &it.author_name,
        &it.author_subname,
        &it.footer,
        &it.image_url,
        &it.thumb_url,
    ];
    let has_others = others.into_iter().any(|it| !it.trim().is_empty())
        || it.ts.time().is_some()
        || !it.fields.is_empty()
        || !it.actions.is_empty()
        || !it.blocks.is_empty()
        || !it.files.is_empty();
    if has_others {
        return false;
    }
    let document = extras.out.document.text().get(..said).unwrap_or_default();
    if !it.text.trim().is_empty() {
        let shown = text::plain(&it.text, markup(it, "text"), extras.names);
        return document.trim() == shown.trim();
    }
    let shown = text::plain(&it.fallback, Markup::Tokens, extras.names);
    let shown = shown.trim();
    let is_apart = |(at, _): (usize, &str)| {
        let before = document.get(..at).unwrap_or_default();
        let behind = document.get(at + shown.len()..).unwrap_or_default();
        !before.ends_with(char::is_alphanumeric) && !behind.starts_with(char::is_alphanumeric)
    };
    !shown.is_empty() && document.match_indices(shown).any(is_apart)
}

/// A report of an app.
fn report<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let before = extras.length();
    let hanging = extras.shown.attachments.len();
    if !it.pretext.trim().is_empty() {
        extras.begin_block();
        extras.text(&it.pretext, markup(it, "pretext"));
    }
    extras.begin_quote();
    author(it, extras);
    title(it, extras);
    content(it, extras)?;
    let shows_more = has_files(it) || extras.shown.attachments.len() > hanging;
    if extras.length() == before && !shows_more {
        fallback(it, extras);
    }
    foot(it, extras);
    extras.end_quote();
    extras.keep_color(&it.color);
    picture(it, extras)?;
    files::take_list(&it.files, extras)
}

/// Whether files or pictures hang on an attachment.
pub(crate) fn has_files(it: &Attached<'_>) -> bool {
    !it.files.is_empty() || !it.image_url.is_empty() || !it.thumb_url.is_empty()
}

/// What stands in place of an attachment of which nothing else can be shown.
pub(crate) fn fallback<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) {
    if it.fallback.trim() != NO_PREVIEW {
        extras.text(&it.fallback, Markup::Tokens);
    }
}

/// The blocks, or else the text and all that hangs on it.
fn content<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    if !shows_blocks(&it.blocks) {
        return body(it, extras);
    }
    let before = (extras.length(), extras.shown.attachments.len());
    extras.begin_line();
    write_blocks(it, extras)?;
    match (extras.length(), extras.shown.attachments.len()) == before {
        true => body(it, extras),
        false => Ok(()),
    }
}

/// Whether there are blocks that may show anything besides lines.
pub(crate) fn shows_blocks(blocks: &[Block<'_>]) -> bool {
    let is_divider = |block: &Block<'_>| match block {
        Block::RichText(_) => false,
        Block::Other(other) => other.it.as_ref().is_none_or(|it| &*it.kind == "divider"),
    };
    !blocks.iter().all(is_divider)
}

/// The blocks of an attachment, which Slack shows in place of its fields.
pub(crate) fn write_blocks<'m>(
    it: &'m Attached<'m>,
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    let blocks = Blocks {
        blocks: &it.blocks,
        text: &it.text,
        files: &it.files,
        is_message: false,
    };
    blocks::write(&blocks, extras)
}

fn author<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) {
    let names = [&it.author_name, &it.author_subname];
    if let Some(name) = names.into_iter().find(|it| !it.trim().is_empty()) {
        extras.link(name, &it.author_link, Style::PLAIN);
    }
}

/// The title on a line.
pub(crate) fn title<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) {
    extras.begin_line();
    extras.link(&it.title, &it.title_link, Style::BOLD);
}

/// The text, the fields and the buttons.
pub(crate) fn body<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    extras.begin_line();
    extras.text(&it.text, markup(it, "text"));
    for field in readable(&it.fields) {
        extras.begin_line();
        extras.words(&field.title, Style::BOLD);
        extras.begin_line();
        extras.text(&field.value, markup(it, "fields"));
    }
    extras.begin_line();
    controls::write_actions(readable(&it.actions), extras)
}

/// The last line, with the time that a report is about.
fn foot<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) {
    extras.begin_line();
    let before = extras.length();
    extras.text(&it.footer, Markup::Tokens);
    if let Some(time) = it.ts.time().map(day_and_time) {
        if extras.length() > before {
            extras.space();
            extras.literal("|", Style::PLAIN);
            extras.space();
        }
        extras.literal(&time, Style::PLAIN);
    }
}

/// The pictures of an attachment.
pub(crate) fn picture<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    for url in [&it.image_url, &it.thumb_url] {
        if url.is_empty() {
            continue;
        }
        let mut picture = pictures::Picture::new(url, &it.title);
        if url == &it.image_url {
            picture.width = it.image_width.positive();
            picture.height = it.image_height.positive();
        }
        pictures::take(picture, extras)?;
    }
    Ok(())
}

/// How a field is marked up. Where Slack does not say, all three are mrkdwn in practice.
pub(crate) fn markup(it: &Attached<'_>, field: &str) -> Markup {
    match &it.mrkdwn_in {
        Some(fields) if !fields.is_empty() && !fields.iter().any(|it| &**it == field) => {
            Markup::Tokens
        }
        _ => Markup::Mrkdwn,
    }
}
