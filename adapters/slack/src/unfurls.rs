//! Previews of links as link cards.
//!
//! Stream shows an attachment with `og_scrape_url` or `title_link` as a card, whose text is not
//! marked up. Source: stream-chat-react 14.12, `Card`, 2026-08.

use std::borrow::Cow;

use migrate_model::{Attachment, Stop};

use crate::address;
use crate::attached::Attached;
use crate::attachments;
use crate::extras::Extras;
use crate::files::{self, Missing};
use crate::loose::readable;
use crate::losses;
use crate::pictures;

/// Takes the preview of a link.
pub(crate) fn take<'m>(
    it: &'m Attached<'m>,
    missing: &mut Missing<'m>,
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    if !it.blocks.is_empty() {
        extras.begin_quote();
        attachments::write_blocks(it, missing, extras)?;
        extras.end_quote();
    }
    files::take_list(&it.files, missing, extras)?;
    if !it.actions.is_empty() {
        let labels = readable(&it.actions).map(|it| &*it.text);
        let labels: Vec<&str> = labels.collect();
        extras.lose(
            losses::CONTROL,
            it.actions.len(),
            files::shown(&labels.join(", ")),
        )?;
    }
    let pictures = [&it.image_url, &it.thumb_url];
    let has_picture = pictures.iter().any(|it| !it.is_empty());
    let has_words = !it.title.trim().is_empty() || !it.text.trim().is_empty();
    let is_shown_already = !it.blocks.is_empty() || !it.files.is_empty();
    if !has_words && !has_picture && is_shown_already {
        return Ok(());
    }
    let card = card(it, extras)?;
    extras.attachments.push(card);
    Ok(())
}

fn card<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<Attachment<'m>, Stop> {
    let from = [&it.original_url, &it.from_url];
    let from = from.into_iter().find(|it| !it.is_empty());
    let from = address::shown(from.map_or("", |it| it));
    let link = address::shown(&it.title_link);
    let link = if link.is_empty() { from.clone() } else { link };
    let mut card = Attachment::default();
    card.title = Cow::Owned(extras.plain(&it.title));
    if card.title.is_empty() {
        let names = [&it.service_name, &it.author_name];
        let name = names.into_iter().find(|it| !it.is_empty());
        card.title = name.map_or(Cow::Owned(link.clone()), |it| Cow::Borrowed(&**it));
    }
    card.title_link = Cow::Owned(link);
    card.og_scrape_url = Cow::Owned(from);
    card.text = Cow::Owned(text(it, extras));
    let authors = [&it.author_name, &it.service_name];
    let author = authors.into_iter().find(|it| !it.is_empty());
    card.author_name = Cow::Owned(extras.plain(author.map_or("", |it| it)));
    card.author_link = Cow::Owned(address::shown(&it.author_link));
    card.author_icon = pictures::public(&it.author_icon).unwrap_or_default();
    card.color = color(&it.color);
    card.footer = Cow::Owned(extras.plain(&it.footer));
    let pictures = [&it.image_url, &it.thumb_url].map(|url| pictures::public(url));
    let given = [&it.image_url, &it.thumb_url];
    let lost = given.iter().zip(&pictures);
    let lost = lost.filter(|(given, found)| !given.is_empty() && found.is_none());
    let lost = lost.count();
    let [image, thumb] = pictures;
    card.image_url = image.unwrap_or_default();
    card.thumb_url = thumb.unwrap_or_default();
    if lost > 0 {
        let name = files::shown(&card.title);
        extras.lose(losses::PREVIEW_PICTURE, lost, name)?;
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
fn text(it: &Attached<'_>, extras: &Extras<'_, '_>) -> String {
    let fields = readable(&it.fields).map(|field| {
        let (title, value) = (extras.plain(&field.title), extras.plain(&field.value));
        match title.is_empty() || value.is_empty() {
            true => title + &value,
            false => format!("{title}: {value}"),
        }
    });
    let words = [extras.plain(&it.pretext), extras.plain(&it.text)];
    let lines = words.into_iter().chain(fields);
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
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
