//! What a message shows besides its own text: text that is put behind it, and attachments.
//!
//! Files, blocks and Slack's attachments write here in the order in which Slack shows them. Markup
//! within a text is left to [`crate::text`].

use std::borrow::Cow;
use std::collections::HashSet;

use migrate_model::{Attachment, Custom, ListedFile, LossKind, Sink, Stop, Text, Time, Value};

use crate::block_kit::Node;
use crate::escape;
use crate::files::Missing;
use crate::hosting::Hosting;
use crate::losses::{self, of_message};
use crate::people::Names;
use crate::phrase;
use crate::text::{self, Converted, Style};
use crate::token::{self, Token};
use crate::unfurls;

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
    /// The attachments so far.
    pub(crate) attachments: Vec<Attachment<'m>>,
    /// The id of the message that this one quotes; empty if none.
    pub(crate) quoted_id: String,
    /// The start of what that message says.
    pub(crate) quoted_text: String,
    /// The colours of reports, in their order.
    pub(crate) colors: Vec<Text<'m>>,
    /// The files for the list of files.
    pub(crate) listed: Vec<ListedFile<'m>>,
    /// The text so far.
    pub(crate) out: &'x mut Converted<'m>,
    /// A buffer for one text.
    pub(crate) scratch: &'x mut Converted<'m>,
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
    /// The files for the list of files.
    pub(crate) listed: Vec<ListedFile<'m>>,
    quoted_text: String,
    colors: Vec<Text<'m>>,
}

impl<'m> Shown<'m> {
    /// Keeps what has no place of its own.
    pub(crate) fn keep(&self, custom: &mut Custom<'m>) {
        self.missing.keep(custom);
        if !self.quoted_text.is_empty() {
            custom.set("slack_quoted_text", self.quoted_text.clone());
        }
        if !self.colors.is_empty() {
            let colors = self.colors.iter().cloned().map(Value::Text);
            custom.set("slack_colors", Value::List(colors.collect()));
        }
    }
}

/// How a text is marked up, in Slack's encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Markup {
    /// Emphasis, code, quotes, and what stands in `<…>`.
    Mrkdwn,
    /// Only what stands in `<…>`.
    Tokens,
    /// None.
    None,
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

    /// Where the text ends now.
    pub(crate) fn end(&self) -> usize {
        self.out.markdown.len()
    }

    /// Starts a block behind an empty line, unless nothing stands since `start`.
    pub(crate) fn begin_block(&mut self, start: usize) {
        if self.end() > start {
            self.trim_end(start);
            self.out.markdown.push_str("\n\n");
        }
    }

    /// Starts a line, unless nothing stands since `start`. Behind a block that would take the
    /// line in, an empty one comes first.
    pub(crate) fn begin_line(&mut self, start: usize) {
        if self.end() == start {
            return;
        }
        self.trim_end(start);
        let text = self.out.markdown.get(start..).unwrap_or_default();
        let last = text.rsplit('\n').next().unwrap_or_default();
        let last = last.trim_start();
        let digits = last.trim_start_matches(|it: char| it.is_ascii_digit());
        let is_item = digits.len() < last.len() && digits.starts_with(['.', ')']);
        let is_open = is_item || last.starts_with(['>', '|', '`', '-']);
        let gap = if is_open { "\n\n" } else { "\n" };
        self.out.markdown.push_str(gap);
    }

    /// Writes a text as lines of its own.
    pub(crate) fn text(&mut self, text: &'m str, markup: Markup) {
        match markup {
            Markup::Mrkdwn => {
                text::convert(text, Style::Plain, self.names, self.scratch);
                self.take_scratch();
            }
            Markup::Tokens => self.tokens(text),
            Markup::None => self.lines_decoded(&decoded(text)),
        }
    }

    /// Writes text without markup in one line, at the start of a line or within one.
    pub(crate) fn words(&mut self, text: &str) {
        self.words_decoded(&decoded(text));
    }

    /// The same with text that is in no encoding.
    pub(crate) fn words_decoded(&mut self, text: &str) {
        let start = self.end();
        phrase::write(&one_line(text), &mut self.out.markdown);
        phrase::guard(start, &mut self.out.markdown);
    }

    /// Writes text without markup, that is in no encoding, as lines of its own.
    pub(crate) fn lines_decoded(&mut self, text: &str) {
        for (n, line) in text.trim_end().lines().enumerate() {
            if n > 0 {
                self.out.markdown.push('\n');
            }
            let start = self.end();
            phrase::write(line, &mut self.out.markdown);
            phrase::guard(start, &mut self.out.markdown);
        }
    }

    /// Writes text without markup in bold, in one line.
    pub(crate) fn bold(&mut self, text: &str) {
        self.bold_link(text, "");
    }

    /// The same with text that is in no encoding.
    pub(crate) fn bold_decoded(&mut self, text: &str) {
        let text = one_line(text);
        if !text.is_empty() {
            self.push("**");
            phrase::write(&text, &mut self.out.markdown);
            self.push("**");
        }
    }

    /// Writes a link with text without markup; the text alone if the address is none.
    pub(crate) fn link(&mut self, label: &str, url: &str) {
        self.link_decoded(&decoded(label), url);
    }

    /// The same with text that is in no encoding.
    pub(crate) fn link_decoded(&mut self, label: &str, url: &str) {
        let start = self.end();
        phrase::write_link(&one_line(label), url, &mut self.out.markdown);
        phrase::guard(start, &mut self.out.markdown);
    }

    /// The same as [`Extras::link`] in bold.
    pub(crate) fn bold_link(&mut self, label: &str, url: &str) {
        let label = decoded(label);
        let label = one_line(&label);
        if !label.is_empty() {
            self.push("**");
            phrase::write_link(&label, url, &mut self.out.markdown);
            self.push("**");
        }
    }

    /// Keeps the colour of a report.
    pub(crate) fn keep_color(&mut self, color: &'m str) {
        if !color.is_empty() {
            self.colors.push(unfurls::color(color));
        }
    }

    /// Makes all that was written since `start` a quote.
    pub(crate) fn quote_since(&mut self, start: usize) {
        self.trim_end(start);
        let text = self.out.markdown.split_off(start.min(self.end()));
        if text.is_empty() {
            return;
        }
        for (n, line) in text.split('\n').enumerate() {
            let gap = if n > 0 { "\n" } else { "" };
            let mark = if line.is_empty() { ">" } else { "> " };
            for part in [gap, mark, line] {
                self.out.markdown.push_str(part);
            }
        }
    }

    /// Writes code on lines of its own.
    pub(crate) fn fence(&mut self, code: &str) {
        let runs = code.split(|it| it != '`').map(str::len);
        let ticks = "`".repeat(runs.max().unwrap_or(0).max(2) + 1);
        let code = code.trim_end_matches(['\n', '\r']);
        for part in [&ticks, "\n", code, "\n", &ticks] {
            self.out.markdown.push_str(part);
        }
    }

    /// What a text shows, without any markup: for places where Markdown is not read.
    pub(crate) fn plain(&self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            let (before, from) = rest.split_at(at);
            escape::decode(before, &mut plain);
            let length = match token::read(from) {
                Some((token, length)) => {
                    self.push_plain(token, &mut plain);
                    length
                }
                None => {
                    plain.push('<');
                    1
                }
            };
            rest = from.get(length..).unwrap_or_default();
        }
        escape::decode(rest, &mut plain);
        plain.trim().to_owned()
    }

    /// What an element of a block shows, without any markup.
    pub(crate) fn shown(&self, node: &Node<'_>) -> String {
        let mut shown = String::new();
        self.push_shown(node, &mut shown);
        shown
    }

    /// Writes Markdown as it stands.
    pub(crate) fn push(&mut self, markdown: &str) {
        self.out.markdown.push_str(markdown);
    }

    /// Removes what stands twice or at the end for nothing.
    pub(crate) fn finish(mut self) -> Shown<'m> {
        self.trim_end(0);
        let mentions = &mut self.out.mentions;
        if mentions.len() > 1 {
            let mut seen = HashSet::with_capacity(mentions.len());
            mentions.retain(|id| seen.insert(*id));
        }
        Shown {
            attachments: self.attachments,
            missing: Missing::default(),
            quoted_id: self.quoted_id,
            quoted_text: self.quoted_text,
            colors: self.colors,
            listed: self.listed,
        }
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
            "emoji" => out.extend([":", &node.name, ":"]),
            "link" if node.text.text.is_empty() => out.push_str(&node.url),
            "mrkdwn" => out.push_str(&self.plain(&node.text.text)),
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

    fn push_plain(&self, token: Token<'_>, out: &mut String) {
        let directory = self.names.directory;
        match token {
            Token::User { id, label } => {
                let id = self.names.bots.user_of(id);
                let label = if label.is_empty() { id } else { label };
                out.push('@');
                out.push_str(directory.user_name(id).unwrap_or(label));
            }
            Token::Channel { id, label } => {
                let label = if label.is_empty() { id } else { label };
                out.push('#');
                out.push_str(directory.channel_name(id).unwrap_or(label));
            }
            Token::Broadcast(word) | Token::Group(word) => {
                out.push('@');
                out.push_str(word);
            }
            Token::Shown(label) => escape::decode(label, out),
            Token::Link { url, label } => {
                let shown = if label.is_empty() { url } else { label };
                escape::decode(shown, out);
            }
        }
    }

    /// Adds what stands in the buffer.
    fn take_scratch(&mut self) {
        self.out.markdown.push_str(&self.scratch.markdown);
        self.out.mentions.append(&mut self.scratch.mentions);
        self.out.here |= self.scratch.here;
        self.out.channel |= self.scratch.channel;
    }

    fn literal(&mut self, text: &str) {
        phrase::write(&decoded(text), &mut self.out.markdown);
    }

    fn tokens(&mut self, text: &'m str) {
        for (n, line) in text.trim_end().lines().enumerate() {
            if n > 0 {
                self.out.markdown.push('\n');
            }
            let start = self.end();
            let (mut written, mut at) = (0, 0);
            while let Some(found) = line.get(at..).and_then(|rest| rest.find('<')) {
                let open = at + found;
                let Some((_, length)) = line.get(open..).and_then(token::read) else {
                    at = open + 1;
                    continue;
                };
                self.literal(line.get(written..open).unwrap_or_default());
                let token = line.get(open..open + length).unwrap_or_default();
                text::convert(token, Style::Plain, self.names, self.scratch);
                self.take_scratch();
                (written, at) = (open + length, open + length);
            }
            self.literal(line.get(written..).unwrap_or_default());
            phrase::guard(start, &mut self.out.markdown);
        }
    }

    fn trim_end(&mut self, start: usize) {
        let text = self.out.markdown.get(start..).unwrap_or_default();
        let end = start + text.trim_end_matches(['\n', ' ']).len();
        self.out.markdown.truncate(end);
    }
}

/// A text without Slack's encoding.
fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    escape::decode(text, &mut decoded);
    decoded
}

/// A text in one line, without space at its edges.
fn one_line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !text.contains(['\n', '\r', '\t']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
