//! A preview as one HTML file that needs nothing else.
//!
//! Markup stands in templates, which escape what is put into them; style and script are files of
//! their own, and the page's policy lets nothing run or load but these. What may be shown is
//! decided in `redact`.

mod chart;
mod conversations;
mod entry;
mod html;
mod json;
mod links;
mod list;
mod markdown;
mod message;
mod notes;
mod overview;
mod people;
mod room;
mod times;

use std::io::Write;

use anyhow::{Context, Result};
use askama::Template;
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use self::conversations::Conversations;
use self::html::Html;
use self::notes::Group;
use self::overview::Overview;
use self::people::People;
use super::model::Preview;
use crate::redact::{Clean, Cleaner};
use crate::shard::Shard;
use crate::text::counted;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// How a page is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Whether e-mail addresses are shown.
    pub include_profile: bool,
    /// Which shard the preview is of, if its run was one of several.
    pub shard: Option<Shard>,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    title: Clean,
    policy: String,
    style: Html,
    script: Html,
    state: String,
    /// The shard, if it is one of several.
    shard: Option<Shard>,
    span: Option<String>,
    overview: Overview,
    notes: Vec<Group>,
    conversations: Conversations,
    /// How many channels are not listed, if any.
    unlisted: Option<String>,
    /// How much of the conversations is shown.
    extent: String,
}

/// Writes the page of a preview.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(preview: &Preview, settings: Settings, out: &mut dyn Write) -> Result<()> {
    let cleaner = Cleaner {
        include_profile: settings.include_profile,
    };
    let people = People::of(preview, cleaner);
    let conversations = Conversations::of(preview, &people, cleaner)?;
    let unlisted = preview
        .channel_count
        .saturating_sub(conversations.list.len() as u64);
    let page = Page {
        title: people::shortened(&preview.title, cleaner),
        policy: policy(),
        style: Html::new(STYLE.to_owned()),
        script: Html::new(SCRIPT.to_owned()),
        state: state(preview),
        shard: settings.shard.filter(|it| !it.is_whole()),
        extent: extent(preview, &conversations),
        span: overview::span(preview),
        overview: Overview::of(preview, &conversations, cleaner),
        notes: notes::groups(preview, &conversations, cleaner),
        conversations,
        unlisted: (unlisted > 0).then(|| counted(unlisted, "more channel")),
    };
    let page = page.render().context("could not make the preview")?;
    out.write_all(page.as_bytes())
        .context("could not write the preview")
}

/// What the page may do: nothing but its own style and script, no request, no form.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// Whether anything was written, in words.
fn state(preview: &Preview) -> String {
    let files = counted(preview.parts.len() as u64, "file");
    match (preview.is_dry_run, preview.has_source) {
        (true, _) => "A dry run: nothing was written".to_owned(),
        (false, true) => format!("{files} written"),
        (false, false) => files,
    }
}

/// How much of the conversations is shown, in words.
fn extent(preview: &Preview, conversations: &Conversations) -> String {
    let hold = if preview.is_dry_run {
        "would hold"
    } else {
        "hold"
    };
    match &conversations.sample {
        Some(sample) => format!("{sample} The files {hold} all."),
        None => "Every message is shown.".to_owned(),
    }
}

#[cfg(test)]
mod tests;
