//! What a message shows besides its own text: text that is put behind it, and attachments.
//!
//! Files, blocks and Slack's attachments write here in the order in which Slack shows them. Markup
//! within a text is left to [`crate::text`], and how Markdown is written to `migrate_markdown`.

use std::borrow::Cow;

use migrate_markdown::{Block, BlockKind, Style, html};
use migrate_model::{Attachment, Custom, ListedFile, LossKind, Sink, Stop, Text, Time, Value};

use crate::contents::address;
use crate::contents::files::Missing;
use crate::contents::hosting::Hosting;
use crate::contents::pictures;
use crate::contents::unfurls;
use crate::foreign::block_kit::Node;
use crate::losses::{self, of_message};
use crate::people::Names;
use crate::text::escape;
use crate::text::rich_text_json::RichText;
use crate::text::token;
use crate::text::{self, Converted, Markup};

/// Collects what a message shows.
pub(crate) struct Extras<'x, 'm> {
    /// The id of the conversation in Slack.
    pub(crate) channel_id: &'x str,
    /// Names and bots.
    pub(crate) names: Names<'m>,
    /// When the message was written.
    pub(crate) at: Time,
    /// Where files may be fetched.
    pub(crate) hosting: &'m Hosting,
    /// What was collected besides the text.
    pub(crate) shown: Shown<'m>,
    /// The text so far.
    pub(crate) out: &'x mut Converted<'m>,
    /// The message's record.
    pub(crate) record: u32,
    /// Where losses go.
    pub(crate) sink: &'x mut dyn Sink,
}

/// What a message shows besides its text.
#[derive(Default)]
pub(crate) struct Shown<'m> {
    /// The attachments.
    pub(crate) attachments: Vec<Attachment<'m>>,
    /// The files that are not there.
    pub(crate) missing: Missing<'m>,
    /// The id of the message that this one quotes; empty if none.
    pub(crate) quoted_id: String,
    /// What that message says, as Markdown.
    pub(crate) quoted_text: String,
    /// The files for the list of files.
    pub(crate) listed: Vec<ListedFile<'m>>,
    /// The colours of reports, in their order.
    pub(crate) colors: Vec<Text<'m>>,
}

impl<'m> Shown<'m> {
    /// Keeps what has no place of its own.
    pub(crate) fn keep(&self, custom: &mut Custom<'m>) {
        self.missing.keep(custom);
        if !self.colors.is_empty() {
            let colors = self.colors.iter().cloned().map(Value::Text);
            custom.set("slack_colors", Value::List(colors.collect()));
        }
    }
}

impl<'m> Extras<'_, 'm> {
    /// Takes note of something that is lost.
    pub(crate) fn lose(&mut self, kind: LossKind, count: usize, detail: &str) -> Result<(), Stop> {
        self.sink.lose(self.record, of_message(kind, count, detail))
    }

    /// Takes note of what could not be read of a list, if anything.
    pub(crate) fn lose_unread(&mut self, count: usize, list: &str) -> Result<(), Stop> {
        match count {
            0 => Ok(()),
            _ => self.lose(losses::FIELD_NOT_READ, count, list),
        }
    }

    /// How long the text is, without formatting.
    pub(crate) fn length(&self) -> usize {
        self.out.document.text().len()
    }

    /// Begins lines behind an empty one.
    pub(crate) fn begin_block(&mut self) {
        self.out.document.separate();
        self.begin_line();
    }

    /// Begins a line.
    pub(crate) fn begin_line(&mut self) {
        self.out.document.begin(Block::default());
    }

    /// Opens a quote around all that follows.
    pub(crate) fn begin_quote(&mut self) {
        self.out.document.begin_quote();
        self.begin_line();
    }

    /// Closes the quote.
    pub(crate) fn end_quote(&mut self) {
        self.out.document.end_quote();
    }

    /// Draws a line.
    pub(crate) fn rule(&mut self) {
        self.out.document.separate();
        self.lines_of(BlockKind::Rule, "");
        self.out.document.separate();
    }

    /// Writes code on lines of its own.
    pub(crate) fn code(&mut self, code: &str) {
        self.lines_of(BlockKind::Code, code.trim_end_matches(['\n', '\r']));
    }

    /// Writes lines that are Markdown already.
    pub(crate) fn markdown(&mut self, lines: &str) {
        self.lines_of(BlockKind::Markdown, lines);
    }

    fn lines_of(&mut self, kind: BlockKind, text: &str) {
        let block = Block {
            kind,
            ..Block::default()
        };
        self.out.document.begin(block);
        self.out.document.push(text, Style::PLAIN);
    }

    /// Keeps what follows apart from what stands on the line, if anything.
    pub(crate) fn space(&mut self) {
        let line = self.out.document.block_text();
        if !line.is_empty() && !line.ends_with(char::is_whitespace) {
            self.out.document.push(" ", Style::PLAIN);
        }
    }

    /// Writes a text behind what stands on the line.
    pub(crate) fn text(&mut self, text: &'m str, markup: Markup) {
        let text = text.trim_end();
        text::push(text, markup, Style::PLAIN, self.names, self.out);
    }

    /// Writes a `rich_text` block, on lines of its own. `text` is what the message has besides.
    pub(crate) fn rich_text(&mut self, block: &RichText<'m>, text: &'m str) {
        text::push_rich(block, text, self.names, self.out);
    }

    /// Writes text without markup in one line.
    pub(crate) fn words(&mut self, text: &str, style: Style) {
        text::push_plain(&one_line(text), style, self.names, self.out);
    }

    /// Writes text that is in no encoding.
    pub(crate) fn literal(&mut self, text: &str, style: Style) {
        self.out.document.push(text.trim(), style);
    }

    /// Writes a link with text without markup; the text alone if the address, in Slack's encoding,
    /// leads nowhere.
    pub(crate) fn link(&mut self, label: &str, url: &str, style: Style) {
        let is_link = self.begin_link(url);
        self.words(label, style);
        if is_link {
            self.out.document.end_link();
        }
    }

    /// The same with text that is in no encoding.
    pub(crate) fn link_literal(&mut self, label: &str, url: &str) {
        let is_link = self.begin_link(url);
        self.literal(label, Style::PLAIN);
        if is_link {
            self.out.document.end_link();
        }
    }

    fn begin_link(&mut self, url: &str) -> bool {
        let url = escape::decoded(url.trim());
        let is_link = token::is_link(&url);
        if is_link {
            self.out.begin_link(&url);
        } else if !url.is_empty() {
            self.out.lost.links += 1;
        }
        is_link
    }

    /// An address in Slack's encoding, as a card leads there: Slack's own without anything that
    /// opens a door, others as somebody wrote them. Empty for what is no address of the web.
    pub(crate) fn card_address(&mut self, url: &str) -> String {
        let url = escape::decoded(url.trim());
        self.out.lost.tokens += usize::from(address::has_token_of_slack(&url));
        address::shown(&url)
    }

    /// Writes a page of HTML.
    pub(crate) fn html(&mut self, html: &str) {
        html::read(html, &mut self.out.document);
    }

    /// Keeps the colour of a report.
    pub(crate) fn keep_color(&mut self, color: &'m str) {
        if !color.is_empty() {
            self.shown.colors.push(unfurls::color(color));
        }
    }

    /// What a text shows, without any markup: for places where Markdown is not read.
    pub(crate) fn plain(&mut self, text: &str, markup: Markup) -> String {
        let plain = text::plain(text, markup, self.names);
        self.without_tokens(plain.trim())
    }

    /// The address of a picture if anybody can fetch it.
    pub(crate) fn picture_address(&mut self, url: &'m str) -> Option<Text<'m>> {
        let found = pictures::public(url);
        if found.is_none() {
            self.out.lost.tokens += usize::from(address::has_token_of_slack(url));
        }
        found
    }

    /// A text for a place where Markdown is not read, without the tokens of Slack's addresses.
    pub(crate) fn without_tokens(&mut self, text: &str) -> String {
        let (text, count) = address::without_slack_tokens(text);
        self.out.lost.tokens += count;
        text.into_owned()
    }

    /// What an element of a block shows, without any markup.
    pub(crate) fn shown(&self, node: &Node<'_>) -> String {
        let mut shown = String::new();
        self.push_shown(node, &mut shown);
        shown
    }

    fn push_shown(&self, node: &Node<'_>, out: &mut String) {
        let directory = self.names.directory;
        let user = || {
            let id = self.names.bots.user_of(&node.user_id);
            directory.user_name(id).unwrap_or(id)
        };
        let channel = || directory.channel_name(&node.channel_id);
        match &*node.kind {
            "user" => out.extend(["@", user()]),
            "channel" => out.extend(["#", channel().unwrap_or(&node.channel_id)]),
            "broadcast" => out.extend(["@", &node.range]),
            "emoji" => {
                if !self.names.emoji.write(&node.name, None, out) && !node.name.is_empty() {
                    out.extend([":", &node.name, ":"]);
                }
            }
            "link" if node.text.text.is_empty() => out.push_str(&node.url),
            "mrkdwn" => {
                out.push_str(&text::plain(&node.text.text, Markup::Mrkdwn, self.names));
            }
            "plain_text" | "raw_text" => escape::decode(&node.text.text, out),
            _ if !node.text.text.is_empty() => out.push_str(&node.text.text),
            _ if !node.elements.is_empty() => {
                for (n, inner) in node.elements.iter().enumerate() {
                    let is_line = inner.kind.starts_with("rich_text");
                    if n > 0 && is_line && !out.ends_with('\n') {
                        out.push('\n');
                    }
                    self.push_shown(inner, out);
                }
            }
            _ => {
                let texts = [&node.fallback, &node.value, &node.alt_text];
                let found = texts.into_iter().find(|it| !it.is_empty());
                out.push_str(found.map_or("", |it| it));
            }
        }
    }
}

/// A text in one line, without space at its edges.
fn one_line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !text.contains(['\n', '\r', '\t']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
