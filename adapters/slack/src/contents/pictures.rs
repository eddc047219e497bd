//! Pictures of blocks and reports, which lie anywhere in the web.

use std::borrow::Cow;

use migrate_model::{Attachment, Stop, Text};

use crate::contents::address;
use crate::contents::extras::Extras;
use crate::contents::files;
use crate::losses;
use crate::text::Markup;
use crate::text::escape;

/// A picture and what is known of it.
pub(crate) struct Picture<'m> {
    url: &'m str,
    title: &'m str,
    /// In pixels.
    pub(crate) width: Option<u64>,
    /// In pixels.
    pub(crate) height: Option<u64>,
}

impl<'m> Picture<'m> {
    /// A picture whose size is not known. The title is in Slack's encoding.
    pub(crate) fn new(url: &'m str, title: &'m str) -> Self {
        Picture {
            url,
            title,
            width: None,
            height: None,
        }
    }
}

/// Takes a picture as an attachment: as a picture if anybody can fetch it, else as a card that
/// leads there.
pub(crate) fn take<'m>(it: Picture<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let mut attachment = Attachment::default();
    attachment.title = Cow::Owned(extras.plain(it.title, Markup::Tokens));
    attachment.width = it.width;
    attachment.height = it.height;
    if let Some(url) = extras.picture_address(it.url) {
        attachment.kind = Cow::Borrowed("image");
        attachment.image_url = url;
        attachment.migrate_resources = extras.hosting.migrates;
        extras.shown.attachments.push(attachment);
        return Ok(());
    }
    if attachment.title.is_empty() {
        attachment.title = Cow::Borrowed("Picture");
    }
    extras.lose(
        losses::PICTURE_NOT_PUBLIC,
        1,
        &files::shown(&attachment.title),
    )?;
    let url = escape::decoded(it.url.trim());
    if url.starts_with("https://") || url.starts_with("http://") {
        let link = address::without_secrets(&url);
        attachment.kind = Cow::Borrowed("file");
        attachment.og_scrape_url = Cow::Owned(link.clone());
        attachment.title_link = Cow::Owned(link);
        extras.shown.attachments.push(attachment);
    }
    Ok(())
}

/// The address of a picture if anybody can fetch it, without Slack's proxy. It is in Slack's
/// encoding.
pub(crate) fn public(url: &str) -> Option<Text<'_>> {
    let url = escape::decoded(url.trim());
    let url = address::without_proxy(&url).map_or(url, Cow::Owned);
    address::is_public(&url).then_some(url)
}
