//! Texts: `mrkdwn` and `rich_text` fill one document of blocks and styled runs, which is written as
//! Markdown.

#[cfg(test)]
pub(crate) mod case_tests;
pub(crate) mod date;
#[cfg(test)]
mod driver_tests;
pub(crate) mod emoji;
pub(crate) mod emphasis;
pub(crate) mod escape;
pub(crate) mod mrkdwn;
pub(crate) mod plain;
pub(crate) mod rich_text;
pub(crate) mod rich_text_json;
#[cfg(test)]
mod tests;
pub(crate) mod token;

use std::borrow::Cow;
use std::collections::HashSet;

use migrate_markdown::{Document, Style};

use crate::contents::address;
use crate::people::Names;
use crate::text::emphasis::Piece;
use crate::text::mrkdwn::Writer;
use crate::text::rich_text_json::RichText;

/// A text as Markdown and what it mentions. Its buffers are used again for each text.
#[derive(Default)]
pub(crate) struct Converted<'t> {
    /// The text.
    pub(crate) markdown: String,
    /// The ids of the users whose names stand in it, each once.
    pub(crate) mentions: Vec<&'t str>,
    /// Whether everybody present is mentioned.
    pub(crate) here: bool,
    /// Whether the whole channel is mentioned.
    pub(crate) channel: bool,
    /// What could not be shown.
    pub(crate) lost: Lost,
    /// The text as it was read, before it is written.
    pub(crate) document: Document,
    /// How often the names of channels and groups were looked for in the message's text.
    pub(crate) searches: u32,
    pieces: Vec<Piece>,
    /// For a text that is being decoded.
    decoded: String,
}

/// How much of a text could not be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    /// `rich_text` blocks that are damaged.
    pub(crate) blocks: usize,
    /// Elements of `rich_text` that have nothing to show.
    pub(crate) elements: usize,
    /// Characters that no reader takes and that were replaced.
    pub(crate) characters: usize,
    /// Links of which the label alone is shown.
    pub(crate) links: usize,
    /// Addresses of Slack's that carried a token.
    pub(crate) tokens: usize,
    /// Underlined runs, which Markdown has nothing for.
    pub(crate) underlined: usize,
    /// Runs whose style was shortened, because Markdown cannot express it.
    pub(crate) shortened: usize,
}

impl Lost {
    /// Adds what could not be shown of another text.
    pub(crate) fn add(&mut self, other: Lost) {
        self.blocks += other.blocks;
        self.elements += other.elements;
        self.characters += other.characters;
        self.links += other.links;
        self.tokens += other.tokens;
        self.underlined += other.underlined;
        self.shortened += other.shortened;
    }
}

impl Converted<'_> {
    /// Nothing yet, in the room of a text and a document.
    pub(crate) fn new(markdown: String, document: Document) -> Self {
        let mut new = Converted {
            markdown,
            document,
            ..Converted::default()
        };
        new.clear();
        new
    }

    /// Forgets the text, but not the room that it took.
    pub(crate) fn clear(&mut self) {
        self.markdown.clear();
        self.mentions.clear();
        self.here = false;
        self.channel = false;
        self.lost = Lost::default();
        self.document.clear();
        self.searches = 0;
    }

    /// Forgets the text, but not what of it could not be shown.
    pub(crate) fn forget_text(&mut self) {
        let (lost, searches) = (self.lost, self.searches);
        self.clear();
        (self.lost, self.searches) = (lost, searches);
    }

    /// Begins a link, without what stands for a login to Slack.
    pub(crate) fn begin_link(&mut self, url: &str) {
        let url = self.address(url);
        self.document.begin_link(&url);
    }

    /// Puts in a link. Without a label the address is shown.
    pub(crate) fn link(&mut self, url: &str, label: &str, style: Style) {
        let url = self.address(url);
        self.document.link(&url, label, style);
    }

    fn address<'u>(&mut self, url: &'u str) -> Cow<'u, str> {
        let safe = address::without_slack_token(url);
        self.lost.tokens += usize::from(matches!(safe, Cow::Owned(_)));
        safe
    }

    /// Writes the document as Markdown.
    pub(crate) fn finish(&mut self) {
        let written = self.document.write(&mut self.markdown);
        self.lost.shortened += written.shortened as usize;
        // Readers of Markdown show a NUL so.
        self.lost.characters += memchr::memchr_iter(0, self.document.text().as_bytes()).count();
        let (safe, tokens) = address::without_slack_tokens(&self.markdown);
        if let Cow::Owned(safe) = safe {
            self.markdown = safe;
        }
        self.lost.tokens += tokens;
        if self.mentions.len() > 1 {
            let mut seen = HashSet::with_capacity(self.mentions.len());
            self.mentions.retain(|id| seen.insert(*id));
        }
    }
}

/// What is markup in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Markup {
    /// Emphasis, code, quotes, emoji, and what stands in `<…>`.
    Mrkdwn,
    /// Emoji, and what stands in `<…>`.
    Tokens,
    /// Emoji.
    Plain,
}

/// Puts in a text in Slack's encoding, behind what the block at hand has. `style` is what all of it
/// is shown in.
pub(crate) fn push<'t>(
    text: &'t str,
    markup: Markup,
    style: Style,
    names: Names<'t>,
    out: &mut Converted<'t>,
) {
    if markup == Markup::Plain {
        return push_plain(text, style, names, out);
    }
    let mut writer = Writer::new(text, markup, style, names, out);
    writer.lines();
    writer.out.pieces = writer.pieces;
}

/// Puts in a text in Slack's encoding that has no markup but emoji.
pub(crate) fn push_plain(text: &str, style: Style, names: Names<'_>, out: &mut Converted<'_>) {
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let (mut written, mut at) = (0, 0);
    while let Some(found) = part(at, text.len()).find(':') {
        let open = at + found;
        at = open + 1;
        let Some(length) = emoji_bytes(text, open, names) else {
            continue;
        };
        push_literal(part(written, open), style, out);
        push_emoji(part(open, text.len()), style, names, out);
        (written, at) = (open + length, open + length);
    }
    push_literal(part(written, text.len()), style, out);
}

/// What a text in Slack's encoding shows, for places where Markdown is not read: without markup, and
/// with the addresses of links behind their labels.
pub(crate) fn plain(text: &str, markup: Markup, names: Names<'_>) -> String {
    let mut scratch = Converted::default();
    let mut plain = String::with_capacity(text.len());
    let mut writer = Writer::new(text, markup, Style::PLAIN, names, &mut scratch);
    writer.plain_lines(&mut plain);
    plain.truncate(plain.trim_end().len());
    plain
}

/// Puts in a `rich_text` block and counts what it has that cannot be shown. `text` is what the
/// message has besides.
pub(crate) fn push_rich<'t>(
    block: &RichText<'t>,
    text: &'t str,
    names: Names<'t>,
    out: &mut Converted<'t>,
) {
    out.lost.characters += block.lost_characters;
    match block.is_damaged {
        false => rich_text::push(&block.nodes, text, names, out),
        true => out.lost.blocks += 1,
    }
}

/// The length of the emoji at `at`, with both colons.
fn emoji_bytes(text: &str, at: usize, names: Names<'_>) -> Option<usize> {
    let (before, from) = text.split_at_checked(at)?;
    if before.ends_with(char::is_alphanumeric) {
        return None;
    }
    let (name, _, length) = emoji::read(from.get(1..)?)?;
    names.emoji.knows(name).then_some(length + 1)
}

/// Puts in the emoji at the start of a text.
fn push_emoji(text: &str, style: Style, names: Names<'_>, out: &mut Converted<'_>) {
    if let Some((name, tone, _)) = text.get(1..).and_then(emoji::read) {
        out.document.push_with(style, |text| {
            names.emoji.write(name, tone, text);
        });
    }
}

/// Puts in a text without any markup, in Slack's encoding.
fn push_literal(text: &str, style: Style, out: &mut Converted<'_>) {
    match text.contains('&') {
        true => out
            .document
            .push_with(style, |out| escape::decode(text, out)),
        false => out.document.push(text, style),
    }
}
