//! Previews of links as link cards.
//!
//! Stream shows an attachment with `og_scrape_url` or `title_link` as a card, whose text is not
//! marked up. Source: stream-chat-react 14.12, `Card`, 2026-08.

use std::borrow::Cow;

use migrate_model::{Attachment, Stop};

use crate::contents::attachments;
use crate::contents::controls;
use crate::contents::extras::Extras;
use crate::contents::files;
use crate::foreign::attached::Attached;
use crate::json::loose::readable;
use crate::losses;
use crate::text::Markup;

/// Takes the preview of a link.
pub(crate) fn take<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    if !it.blocks.is_empty() {
        extras.begin_quote();
        attachments::write_blocks(it, extras)?;
        extras.end_quote();
    }
    files::take_list(&it.files, extras)?;
    if readable(&it.actions).next().is_some() {
        extras.begin_quote();
        controls::write_actions(readable(&it.actions), extras)?;
        extras.end_quote();
    }
    let pictures = [&it.image_url, &it.thumb_url];
    let has_picture = pictures.iter().any(|it| !it.is_empty());
    let has_words = !it.title.trim().is_empty() || !it.text.trim().is_empty();
    let is_shown_already = !it.blocks.is_empty() || !it.files.is_empty();
    if !has_words && !has_picture && is_shown_already {
        return Ok(());
    }
    let card = card(it, extras)?;
    extras.shown.attachments.push(card);
    Ok(())
}

fn card<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<Attachment<'m>, Stop> {
    let from = [&it.original_url, &it.from_url];
    let from = from.into_iter().find(|it| !it.is_empty());
    let from = extras.card_address(from.map_or("", |it| it));
    let link = extras.card_address(&it.title_link);
    let link = if link.is_empty() { from.clone() } else { link };
    let mut card = Attachment::default();
    card.title = Cow::Owned(extras.plain(&it.title, Markup::Tokens));
    if card.title.is_empty() {
        let names = [&it.service_name, &it.author_name];
        let name = names.into_iter().find(|it| !it.is_empty());
        card.title = Cow::Owned(match name {
            Some(name) => extras.plain(name, Markup::Tokens),
            None => link.clone(),
        });
    }
    card.title_link = Cow::Owned(link);
    card.og_scrape_url = Cow::Owned(from);
    card.text = Cow::Owned(text(it, extras));
    let authors = [&it.author_name, &it.service_name];
    let author = authors.into_iter().find(|it| !it.is_empty());
    card.author_name = Cow::Owned(extras.plain(author.map_or("", |it| it), Markup::Tokens));
    card.author_link = Cow::Owned(extras.card_address(&it.author_link));
    card.author_icon = extras.picture_address(&it.author_icon).unwrap_or_default();
    card.color = color(&it.color);
    card.footer = Cow::Owned(extras.plain(&it.footer, Markup::Tokens));
    let pictures = [&it.image_url, &it.thumb_url].map(|url| extras.picture_address(url));
    let given = [&it.image_url, &it.thumb_url];
    let lost = given.iter().zip(&pictures);
    let lost = lost.filter(|(given, found)| !given.is_empty() && found.is_none());
    let lost = lost.count();
    let [image, thumb] = pictures;
    card.image_url = image.unwrap_or_default();
    card.thumb_url = thumb.unwrap_or_default();
    if lost > 0 {
        let name = files::shown(&card.title);
        extras.lose(losses::PREVIEW_PICTURE, lost, &name)?;
    }
    let has_picture = !card.image_url.is_empty() || !card.thumb_url.is_empty();
    card.kind = Cow::Borrowed(if has_picture { "image" } else { "text" });
    if has_picture {
        card.width = it.image_width.positive();
        card.height = it.image_height.positive();
    }
    Ok(card)
}

/// The words of a preview, without markup.
fn text(it: &Attached<'_>, extras: &mut Extras<'_, '_>) -> String {
    let mut lines = vec![
        extras.plain(&it.pretext, attachments::markup(it, "pretext")),
        extras.plain(&it.text, attachments::markup(it, "text")),
    ];
    for field in readable(&it.fields) {
        let title = extras.plain(&field.title, Markup::Tokens);
        let value = extras.plain(&field.value, attachments::markup(it, "fields"));
        lines.push(match title.is_empty() || value.is_empty() {
            true => title + &value,
            false => format!("{title}: {value}"),
        });
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// A colour as the web writes it.
pub(crate) fn color(color: &str) -> Cow<'_, str> {
    let is_hex = matches!(color.len(), 3 | 6) && color.bytes().all(|it| it.is_ascii_hexdigit());
    match is_hex {
        true => Cow::Owned(format!("#{color}")),
        false => Cow::Borrowed(color),
    }
}
