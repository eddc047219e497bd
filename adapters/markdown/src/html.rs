//! HTML to a document: the markup that chats have, of whatever quality.
//!
//! Every text is kept but that of elements which browsers do not show either: `head`, `title`,
//! `script`, `style`, `template` and `iframe`. Unknown elements count for nothing. Elements need not
//! be closed or nested rightly, and what looks like a tag or a comment but has no end is text. What
//! an entity stands for is known by `entities`, how a tag is read by `tag`.

use crate::document::{Block, BlockKind, Document};
use crate::entities;
use crate::layout::DEEPEST as DEEPEST_BLOCK;
use crate::style::Style;
use crate::tag::{attribute, behind_end, is_link, lower, split_tag};

/// How many elements may be open at once; what is opened within more counts for nothing.
const DEEPEST: usize = 100;

/// Text in which `&amp;` and the like are the characters that they stand for. Tags stay as they are.
pub fn characters(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    entities::decode(text, &mut decoded);
    decoded
}

/// Puts HTML into a document, behind what is there.
///
/// ```
/// use migrate_markdown::{Document, html};
///
/// let mut document = Document::default();
/// html::read("<p>2*3 is <b>not</b> 7</p><ul><li>&lt;x&gt;</ul>", &mut document);
/// let mut markdown = String::new();
/// let _ = document.write(&mut markdown);
/// assert_eq!(markdown, "2\\*3 is **not** 7\n- \\<x>");
/// ```
pub fn read(html: &str, document: &mut Document) {
    read_with(html, document, &mut |_| None);
}

/// The same for HTML in which some elements mention somebody: `mention` says whom by the name that is
/// shown. What stands within such an element is left away.
///
/// ```
/// use migrate_markdown::{Document, html};
///
/// let mut document = Document::default();
/// html::read_with("<p>ask <x who=\"7\">them</x></p>", &mut document, &mut |element| {
///     element.attribute("who").map(|id| format!("Number {id}"))
/// });
/// let mut markdown = String::new();
/// let _ = document.write(&mut markdown);
/// assert_eq!(markdown, "ask @Number 7");
/// ```
pub fn read_with(
    html: &str,
    document: &mut Document,
    mention: &mut dyn FnMut(Element<'_>) -> Option<String>,
) {
    let mut reader = Reader {
        document,
        mention,
        open: Vec::new(),
        line: Line::Start,
        gap: Gap::None,
        quotes_from: usize::MAX,
        endless: Vec::new(),
    };
    let mut rest = html;
    while !rest.is_empty() {
        let (text, tag) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        reader.text(text);
        rest = reader.tag(tag);
    }
    reader.document.end_link();
}

/// An element as its tag has it.
#[derive(Clone, Copy, Debug)]
pub struct Element<'h> {
    /// The name, in upper or lower case.
    pub name: &'h str,
    attributes: &'h str,
}

impl Element<'_> {
    /// The value of an attribute, decoded.
    pub fn attribute(&self, name: &str) -> Option<String> {
        attribute(self.attributes, name)
    }
}

/// What an element does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Gives a style.
    Style(Style),
    /// Stands in lines of its own.
    Block,
    /// The same, with an empty line around it.
    Paragraph,
    /// The same in bold.
    Heading,
    Quote,
    /// A list, numbered or not.
    List(bool),
    Item,
    Code,
    Link,
    /// Is left away with all that is in it.
    Skip,
    /// A cell of a table's row.
    Cell,
    /// None.
    Nothing,
}

/// An element that is open.
struct Open<'h> {
    name: &'h str,
    effect: Effect,
    /// The number of the next item of a list.
    number: u32,
}

/// Where in a line the text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// No text stands in the line.
    Start,
    /// Text stands in it.
    Text,
    /// Text and white space in a style, which is written if more follows.
    Space(Style),
}

/// What comes before the next text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    /// Another block or line.
    Line,
    /// An empty line.
    Paragraph,
}

struct Reader<'r, 'h> {
    document: &'r mut Document,
    mention: &'r mut dyn FnMut(Element<'_>) -> Option<String>,
    open: Vec<Open<'h>>,
    line: Line,
    gap: Gap,
    /// From how many bytes before the end on quotes count in tags. Before, some have no end.
    quotes_from: usize,
    /// What was looked for and has no end in the rest, so that it is not looked for again.
    endless: Vec<String>,
}

impl<'h> Reader<'_, 'h> {
    /// Reads the tag or the comment at the start, and returns what follows.
    fn tag(&mut self, html: &'h str) -> &'h str {
        let Some(body) = html.strip_prefix('<') else {
            return html;
        };
        let behind = match body.strip_prefix("!--") {
            Some(comment) => self.behind_comment(comment),
            None => self.element(body),
        };
        behind.unwrap_or_else(|| {
            self.text("<");
            body
        })
    }

    /// What follows a comment; `None` if it has no end.
    fn behind_comment(&mut self, comment: &'h str) -> Option<&'h str> {
        if let Some(rest) = ["->", ">"].iter().find_map(|it| comment.strip_prefix(*it)) {
            return Some(rest);
        }
        self.behind("-->", || comment.split_once("-->").map(|(_, rest)| rest))
    }

    /// Reads the tag whose `<` stands before `body`, with the content of an element that is not
    /// shown; `None` if it is no tag.
    fn element(&mut self, body: &'h str) -> Option<&'h str> {
        let (is_end, body) = match body.strip_prefix('/') {
            Some(body) => (true, body),
            None => (false, body),
        };
        if !body.starts_with(|it: char| it.is_ascii_alphabetic() || matches!(it, '!' | '?')) {
            return None;
        }
        let length = body
            .find(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '-' | ':' | '!' | '?'))
            .unwrap_or(body.len());
        let (name, rest) = body.split_at(length);
        if effect(name) == Effect::Nothing && is_address(body) {
            return None;
        }
        let (attributes, rest) = self.split_tag(rest)?;
        if is_end {
            self.close(name);
            return Some(rest);
        }
        if let Some(mentioned) = (self.mention)(Element { name, attributes }) {
            self.words_before();
            self.document.mention(&mentioned, self.style());
            let name = name.to_ascii_lowercase();
            let behind = self.behind(&name, || behind_end(rest, &name));
            return Some(behind.unwrap_or(rest));
        }
        match effect(name) {
            Effect::Nothing => self.lone(name, attributes),
            Effect::Skip if attributes.ends_with('/') => {}
            Effect::Skip => {
                let name = lower(name);
                let behind = self.behind(&name, || behind_end(rest, &name));
                return Some(behind.unwrap_or(rest));
            }
            effect => self.open(name, effect, attributes),
        }
        Some(rest)
    }

    /// The attributes of a tag and what follows it. In linear time: where a tag whose quotes count
    /// was read in vain, those that start within count no quotes.
    fn split_tag(&mut self, html: &'h str) -> Option<(&'h str, &'h str)> {
        if html.len() <= self.quotes_from {
            match split_tag(html, true) {
                Ok(split) => return Some(split),
                Err(stop) => self.quotes_from = html.len() - stop,
            }
        }
        split_tag(html, false).ok()
    }

    /// What `find` finds, unless an end by this name was looked for in vain before.
    fn behind(&mut self, name: &str, find: impl FnOnce() -> Option<&'h str>) -> Option<&'h str> {
        if self.endless.iter().any(|it| it == name) {
            return None;
        }
        let found = find();
        if found.is_none() {
            self.endless.push(name.to_owned());
        }
        found
    }

    /// An element that has no content.
    fn lone(&mut self, name: &str, attributes: &str) {
        match lower(name).as_str() {
            "br" => {
                self.begin_line();
                self.document.push("\n", Style::PLAIN);
                self.line = Line::Start;
            }
            "hr" => {
                self.document.begin(Block {
                    kind: BlockKind::Rule,
                    ..self.place()
                });
                self.gap(Gap::Line);
            }
            "img" => {
                let alt = attribute(attributes, "alt").unwrap_or_default();
                let source = attribute(attributes, "src").unwrap_or_default();
                if is_link(&source) && self.link().is_none() {
                    self.words_before();
                    self.document.link(&source, alt.trim(), self.style());
                    self.line = Line::Text;
                } else {
                    self.words(&alt);
                }
            }
            "video" | "audio" | "source" | "embed" => {
                let source = attribute(attributes, "src").unwrap_or_default();
                if is_link(&source) && self.link().is_none() {
                    self.words_before();
                    self.document.link(&source, "", self.style());
                    self.line = Line::Text;
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, name: &'h str, effect: Effect, attributes: &str) {
        if self.open.len() >= DEEPEST {
            return;
        }
        // An item ends where the next one begins.
        if effect == Effect::Item {
            let list = self
                .open
                .iter()
                .rposition(|it| matches!(it.effect, Effect::List(_)));
            let item = self.open.iter().rposition(|it| it.effect == Effect::Item);
            if let Some(item) = item.filter(|item| list.is_none_or(|list| *item > list)) {
                self.close_from(item);
            }
        }
        let mut number = 1;
        match effect {
            Effect::Link => match attribute(attributes, "href").filter(|it| is_link(it)) {
                Some(url) => {
                    self.words_before();
                    self.document.begin_link(&url);
                }
                None => return,
            },
            Effect::List(true) => {
                let start = attribute(attributes, "start").and_then(|it| it.trim().parse().ok());
                number = start.unwrap_or(1);
            }
            Effect::Paragraph | Effect::Heading => self.gap(Gap::Paragraph),
            Effect::Cell if self.line != Line::Start => self.words(" "),
            _ => {}
        }
        self.open.push(Open {
            name,
            effect,
            number,
        });
        match effect {
            Effect::Item => self.item(),
            Effect::Block | Effect::Quote | Effect::Code | Effect::List(_) => self.gap(Gap::Line),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        let mut open = self.open.iter();
        if let Some(found) = open.rposition(|it| it.name.eq_ignore_ascii_case(name)) {
            self.close_from(found);
        }
    }

    /// Closes an element and what is open within.
    fn close_from(&mut self, index: usize) {
        let closed = self.open.split_off(index);
        for it in closed {
            match it.effect {
                Effect::Link => self.document.end_link(),
                Effect::Paragraph | Effect::Heading => self.gap(Gap::Paragraph),
                Effect::Block | Effect::Quote | Effect::Code | Effect::List(_) | Effect::Item => {
                    self.gap(Gap::Line);
                }
                _ => {}
            }
        }
    }

    /// Puts in text with its entities.
    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match text.contains('&') {
            true => {
                let mut decoded = String::with_capacity(text.len());
                entities::decode(text, &mut decoded);
                self.words(&decoded);
            }
            false => self.words(text),
        }
    }

    fn words(&mut self, text: &str) {
        if self.open.iter().any(|it| it.effect == Effect::Code) {
            self.begin_line();
            let is_first = self.document.block_text().is_empty();
            let text = match text.strip_prefix('\n') {
                Some(text) if is_first => text,
                _ => text,
            };
            self.document.push(text, Style::PLAIN);
            self.line = Line::Text;
            return;
        }
        let is_space = |it: char| matches!(it, ' ' | '\t' | '\n' | '\r' | '\u{c}');
        if text.starts_with(is_space) {
            self.space();
        }
        for word in text.split(is_space).filter(|it| !it.is_empty()) {
            self.words_before();
            let style = self.style();
            self.document.push(word, style);
            self.line = Line::Space(style);
        }
        if !text.trim_matches(is_space).is_empty() && !text.ends_with(is_space) {
            self.line = Line::Text;
        }
    }

    fn space(&mut self) {
        if self.line == Line::Text {
            self.line = Line::Space(self.style());
        }
    }

    /// Puts in what has to stand before a word.
    fn words_before(&mut self) {
        self.begin_line();
        if let Line::Space(style) = self.line {
            self.document.push(" ", style);
        }
        self.line = Line::Text;
    }

    fn gap(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    /// Begins a line or a block if one was asked for, or is due.
    fn begin_line(&mut self) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        let place = self.place();
        let before = self.document.block();
        let is_in_item = matches!(before.kind, BlockKind::Item(_))
            && place.kind == BlockKind::Paragraph
            && place.quote == before.quote
            && place.level == before.level.saturating_add(1);
        if before != place && !is_in_item {
            self.document.trim_line_break();
            self.document.begin(place);
            self.line = Line::Start;
        } else if gap > Gap::None {
            let has_text = !self.document.block_text().is_empty();
            self.document.trim_line_break();
            match gap {
                _ if !has_text => {}
                Gap::Paragraph => self.document.push("\n\n", Style::PLAIN),
                _ => self.document.push("\n", Style::PLAIN),
            }
            self.line = Line::Start;
        }
    }

    fn item(&mut self) {
        let lists = self.open.iter_mut().rev();
        let list = lists
            .into_iter()
            .find(|it| matches!(it.effect, Effect::List(_)));
        let number = list.and_then(|it| {
            let number = it.number;
            it.number = number.saturating_add(1);
            (it.effect == Effect::List(true)).then_some(number)
        });
        let place = self.place();
        self.document.trim_line_break();
        self.document.begin(Block {
            level: place.level.saturating_sub(1),
            kind: BlockKind::Item(number),
            ..place
        });
        self.gap = Gap::None;
        self.line = Line::Start;
    }

    /// The block that text stands in here.
    fn place(&self) -> Block {
        let count = |of: fn(Effect) -> bool| {
            let found = self.open.iter().filter(|it| of(it.effect)).count();
            u8::try_from(found).unwrap_or(u8::MAX).min(DEEPEST_BLOCK)
        };
        let is_code = self.open.iter().any(|it| it.effect == Effect::Code);
        Block {
            quote: count(|it| it == Effect::Quote),
            level: count(|it| it == Effect::Item),
            kind: match is_code {
                true => BlockKind::Code,
                false => BlockKind::Paragraph,
            },
        }
    }

    fn style(&self) -> Style {
        self.open.iter().fold(Style::PLAIN, |style, it| {
            style
                | match it.effect {
                    Effect::Style(more) => more,
                    Effect::Heading => Style::BOLD,
                    _ => Style::PLAIN,
                }
        })
    }

    fn link(&self) -> Option<&Open<'h>> {
        self.open.iter().find(|it| it.effect == Effect::Link)
    }
}

/// Whether what stands in brackets is an address, as in `Ann <ann@example.org> wrote`.
fn is_address(body: &str) -> bool {
    let end = body.find(|it: char| it.is_whitespace() || matches!(it, '<' | '>' | '"' | '\''));
    let word = body.get(..end.unwrap_or(body.len())).unwrap_or_default();
    word.contains('@') || word.contains("://")
}

fn effect(name: &str) -> Effect {
    match lower(name).as_str() {
        "b" | "strong" => Effect::Style(Style::BOLD),
        "i" | "em" | "cite" | "dfn" | "var" => Effect::Style(Style::ITALIC),
        "s" | "strike" | "del" => Effect::Style(Style::STRIKE),
        "code" | "kbd" | "samp" | "tt" => Effect::Style(Style::CODE),
        "a" => Effect::Link,
        "p" => Effect::Paragraph,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Effect::Heading,
        "blockquote" => Effect::Quote,
        "ul" | "menu" | "dir" => Effect::List(false),
        "ol" => Effect::List(true),
        "li" => Effect::Item,
        "pre" | "listing" | "xmp" => Effect::Code,
        "td" | "th" => Effect::Cell,
        "head" | "title" | "script" | "style" | "template" | "iframe" => Effect::Skip,
        "div" | "section" | "article" | "header" | "footer" | "main" | "aside" | "nav"
        | "address" | "figure" | "figcaption" | "details" | "summary" | "dl" | "dt" | "dd"
        | "table" | "caption" | "tr" | "form" | "fieldset" | "center" => Effect::Block,
        _ => Effect::Nothing,
    }
}
