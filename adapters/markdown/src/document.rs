//! The document: blocks of styled runs, and how they are put in.

use std::ops::Range;

use crate::class::Class;
use crate::inline::Buffers;
use crate::layout;
use crate::style::Style;
use crate::sweep::{class_before, is_space};

/// A text with its formatting. It is filled from the start to the end, and its buffers can be used
/// for the next text.
///
/// ```
/// use migrate_markdown::{Document, Style};
///
/// let mut document = Document::default();
/// document.push("2*3 is ", Style::PLAIN);
/// document.push("not 7", Style::BOLD);
/// let mut markdown = String::new();
/// document.write(&mut markdown);
/// assert_eq!(markdown, "2\\*3 is **not 7**");
/// ```
#[derive(Default)]
pub struct Document {
    pub(crate) text: String,
    pub(crate) spans: Vec<Span>,
    pub(crate) blocks: Vec<Begun>,
    pub(crate) links: Links,
    /// Where mentions stand in the text, in order.
    pub(crate) mentions: Vec<Range<usize>>,
    /// The link that is open; 0 for none.
    link: u32,
    /// Whether a mention ends where the text ends.
    ends_with_mention: bool,
    /// In how many quotes blocks stand besides their own.
    outer_quote: u8,
    /// What comes before the next block.
    gap: Gap,
    /// Boxed, since it is taken out while a text is written; `None` until then and before the first.
    buffers: Option<Box<Buffers>>,
}

/// A run of text in one style. It starts where the one before ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where it ends in the text.
    pub(crate) end: usize,
    pub(crate) style: Style,
    /// The link that it belongs to, from 1; 0 for none.
    pub(crate) link: u32,
}

/// What is left free before a block, besides what keeps it from the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Nothing.
    #[default]
    None,
    /// A line.
    Line,
    /// A line that stands in so many quotes at most, so that those within end or begin there.
    Quote(u8),
}

impl Gap {
    /// The greater of two.
    pub(crate) fn or(self, other: Gap) -> Gap {
        match (self, other) {
            (Gap::Quote(one), Gap::Quote(other)) => Gap::Quote(one.min(other)),
            (Gap::Quote(_), _) | (_, Gap::None) | (Gap::Line, Gap::Line) => self,
            (Gap::None, _) | (Gap::Line, Gap::Quote(_)) => other,
        }
    }
}

/// A block and where its text and its spans start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    pub(crate) block: Block,
    /// In how many quotes it stands besides its own.
    pub(crate) outer_quote: u8,
    pub(crate) gap: Gap,
    pub(crate) text: usize,
    pub(crate) span: usize,
}

/// The addresses of links, by number.
#[derive(Default)]
pub(crate) struct Links {
    urls: String,
    ends: Vec<usize>,
}

/// A block of lines and where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// How many quotes it stands in. It is written in 20 at most.
    pub quote: u8,
    /// How deep it is indented by lists: for an item 0 is the outermost list, for other blocks 0 is
    /// outside of all lists and 1 within an item of the outermost one. It is written within 20
    /// items at most.
    pub level: u8,
    /// What it is.
    pub kind: BlockKind,
}

/// What a block is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlockKind {
    /// Lines of text. Without any text nothing is written, but a quote or a list before it ends.
    #[default]
    Paragraph,
    /// The first lines of an item of a list, with its number if it has one.
    Item(Option<u32>),
    /// Lines of code. Styles and links within are not shown.
    Code,
    /// A line between other blocks. It has no text.
    Rule,
    /// Lines that are Markdown already and are written as they stand. Styles and links within are
    /// not shown.
    Markdown,
}

/// What became of a document's formatting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Written {
    /// How often bold, italic or struck text lost its style at an edge where punctuation, an emoji
    /// or code touches a letter, which Markdown cannot express.
    pub shortened: u32,
}

impl Document {
    /// Forgets everything but the room that it takes.
    pub fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
        self.blocks.clear();
        self.links.urls.clear();
        self.links.ends.clear();
        self.mentions.clear();
        self.link = 0;
        self.ends_with_mention = false;
        self.outer_quote = 0;
        self.gap = Gap::None;
    }

    /// Whether there is no text but white space.
    pub fn is_blank(&self) -> bool {
        self.text.trim_start().is_empty()
    }

    /// Leaves a line free before the next block, unless that is the first.
    pub fn separate(&mut self) {
        self.gap = self.gap.or(Gap::Line);
    }

    /// Opens a quote around all further blocks. It stands apart from a quote before it.
    pub fn begin_quote(&mut self) {
        self.gap = self.gap.or(Gap::Quote(self.outer_quote));
        self.outer_quote = self.outer_quote.saturating_add(1);
    }

    /// Closes the quote that was opened last.
    pub fn end_quote(&mut self) {
        self.outer_quote = self.outer_quote.saturating_sub(1);
        self.gap = self.gap.or(Gap::Quote(self.outer_quote));
    }

    /// Begins a block. What is put in before the first one stands in a paragraph.
    pub fn begin(&mut self, block: Block) {
        self.ends_with_mention = false;
        self.blocks.push(Begun {
            block,
            outer_quote: self.outer_quote,
            gap: std::mem::take(&mut self.gap),
            text: self.text.len(),
            span: self.spans.len(),
        });
    }

    /// The block at hand.
    pub fn block(&self) -> Block {
        self.blocks.last().map_or(Block::default(), |it| it.block)
    }

    /// All text so far, without formatting.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of the block at hand, without formatting.
    pub fn block_text(&self) -> &str {
        let start = self.blocks.last().map_or(0, |it| it.text);
        self.text.get(start..).unwrap_or_default()
    }

    /// Puts in text, which may have several lines, and is shown as it stands.
    pub fn push(&mut self, text: &str, style: Style) {
        let Some(first) = text.chars().next() else {
            return;
        };
        self.separate_mention(first, style);
        self.text.push_str(text);
        self.extend(style);
    }

    /// Puts in text that is written by `write`, which may only append.
    pub fn push_with(&mut self, style: Style, write: impl FnOnce(&mut String)) {
        let start = self.text.len();
        write(&mut self.text);
        let Some(first) = self.text.get(start..).and_then(|it| it.chars().next()) else {
            return;
        };
        if self.needs_space(first, style) {
            self.text.insert(start, ' ');
        }
        self.ends_with_mention = false;
        self.extend(style);
    }

    /// Puts in the mention of somebody, `@` and exactly the name. What follows is kept from being
    /// taken for a part of the name, and no style ends or starts within it.
    pub fn mention(&mut self, name: &str, style: Style) {
        self.push("@", style);
        let start = self.text.len() - "@".len();
        let mut lines = name.split(['\n', '\r']);
        self.push(lines.next().unwrap_or_default(), style);
        for line in lines {
            self.push(" ", style);
            self.push(line, style);
        }
        self.mentions.push(start..self.text.len());
        self.ends_with_mention = true;
    }

    /// Puts in a link. Without a label the address is shown.
    pub fn link(&mut self, url: &str, label: &str, style: Style) {
        self.begin_link(url);
        match label.trim().is_empty() {
            true => self.push(url.strip_prefix("mailto:").unwrap_or(url), style),
            false => self.push(label, style),
        }
        self.end_link();
    }

    /// Begins a link: what follows is shown of it.
    pub fn begin_link(&mut self, url: &str) {
        self.link = self.links.add(url);
    }

    /// Ends a link.
    pub fn end_link(&mut self) {
        self.link = 0;
    }

    /// Takes one line break off the end of the block at hand, if it ends with one.
    pub fn trim_line_break(&mut self) {
        if !self.block_text().ends_with('\n') {
            return;
        }
        self.text.pop();
        let end = self.text.len();
        let before = self.spans.len().checked_sub(2);
        let start = before
            .and_then(|at| self.spans.get(at))
            .map_or(0, |it| it.end);
        match self.spans.last_mut() {
            Some(last) if start < end => last.end = end,
            _ => {
                self.spans.pop();
            }
        }
    }

    /// Appends the document as Markdown.
    pub fn write(&mut self, out: &mut String) -> Written {
        let mut buffers = self.buffers.take().unwrap_or_default();
        let written = layout::write(self, &mut buffers, out);
        self.buffers = Some(buffers);
        written
    }

    /// Where the text of the block starts that a place of the text stands in.
    pub(crate) fn block_start(&self, at: usize) -> usize {
        let behind = self.blocks.partition_point(|it| it.text <= at);
        let block = behind.checked_sub(1).and_then(|it| self.blocks.get(it));
        block.map_or(0, |it| it.text)
    }

    fn separate_mention(&mut self, next: char, style: Style) {
        if self.needs_space(next, style) {
            self.text.push(' ');
        }
        self.ends_with_mention = false;
    }

    fn needs_space(&self, next: char, style: Style) -> bool {
        let Some(last) = self.spans.last().filter(|_| self.ends_with_mention) else {
            return false;
        };
        let is_linked_alike = last.link == self.link;
        match is_linked_alike && last.style == style {
            true => !may_follow_mention(next),
            false => {
                let may_touch = is_linked_alike && Class::of(next).may_be_letter();
                self.ends_stuck(last.style, style, may_touch) && !is_space(next)
            }
        }
    }

    /// Whether the style of the last mention ends with it, but its marker could not stand there, or
    /// not without something invisible before it. `may_touch`: whether a letter may follow.
    fn ends_stuck(&self, last: Style, next: Style, may_touch: bool) -> bool {
        let any = |style: Style| Style::MARKED.into_iter().any(|it| style.has(it));
        let end = self.mentions.last().map_or(0, |it| it.end);
        any(last) && (may_touch || any(next)) && class_before(&self.text, end).may_be_punctuation()
    }

    /// Gives the text behind the last span its style.
    fn extend(&mut self, style: Style) {
        let end = self.text.len();
        if self.blocks.is_empty() {
            self.blocks.push(Begun {
                block: Block::default(),
                outer_quote: self.outer_quote,
                gap: std::mem::take(&mut self.gap),
                text: 0,
                span: 0,
            });
        }
        let first = self.blocks.last().map_or(0, |it| it.span);
        let link = self.link;
        let has_span = self.spans.len() > first;
        match self.spans.last_mut().filter(|_| has_span) {
            Some(last) if last.style == style && last.link == link => last.end = end,
            _ => self.spans.push(Span { end, style, link }),
        }
    }
}

/// Whether a mention is highlighted before such a character. Before another a space has to stand.
/// Source: stream-chat-react 14.12, `mentionsMarkdownPlugin`, read 2026-11.
pub(crate) fn may_follow_mention(next: char) -> bool {
    const ALLOWED: &[char] = &[
        '!', ',', '.', '?', ';', ':', '\'', '"', ')', ']', '}', ' ', '\n', '\t', '\r',
    ];
    ALLOWED.contains(&next)
}

impl Links {
    fn add(&mut self, url: &str) -> u32 {
        self.urls.push_str(url);
        self.ends.push(self.urls.len());
        u32::try_from(self.ends.len()).unwrap_or(0)
    }

    /// The address of a link.
    pub(crate) fn url(&self, link: u32) -> &str {
        let index = usize::try_from(link).unwrap_or(0);
        let start = index
            .checked_sub(2)
            .and_then(|before| self.ends.get(before));
        let end = index.checked_sub(1).and_then(|at| self.ends.get(at));
        let range = start.copied().unwrap_or(0)..end.copied().unwrap_or(0);
        self.urls.get(range).unwrap_or_default()
    }
}
