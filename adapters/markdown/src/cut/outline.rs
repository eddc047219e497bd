//! What stands where in a text of Markdown: its lines, the quotes and items around them, and the
//! styles, links and code within them. The reading is `pulldown-cmark`'s.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

/// How many quotes and items are told apart around a line, unless their marks would take a quarter
/// of a piece. What is deeper counts as its text.
const DEEPEST: usize = 48;

/// How many styles and links within each other are begun anew. What is deeper counts as text.
const DEEPEST_SPAN: usize = 16;

/// A text by lines.
pub(super) struct Outline<'t> {
    pub(super) text: &'t str,
    pub(super) lines: Vec<Line>,
    pub(super) containers: Vec<Container>,
    pub(super) tokens: Vec<Token>,
    pub(super) spans: Vec<Span>,
    pub(super) codes: Vec<CowStr<'t>>,
    blocks: Vec<(Range<usize>, BlockKind)>,
}

/// A line, or several that one token stands in.
pub(super) struct Line {
    /// What follows the marks of quotes and items.
    pub(super) content: Range<usize>,
    /// The innermost quote or item.
    pub(super) container: Option<usize>,
    pub(super) kind: LineKind,
    pub(super) tokens: Range<usize>,
    /// Whether nothing is shown yet of the item or the code that began here or before.
    pub(super) is_bare: bool,
}

/// What a line is a part of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind {
    Blank,
    Text,
    /// Of code between fences that open in this line.
    Fence(usize),
    /// The line that ends it.
    FenceEnd,
    /// Code between the fences that open in this line.
    Code(usize),
    /// A line of a table, by its first line and its number from 0.
    Row(usize, usize),
}

/// A quote or an item.
pub(super) struct Container {
    pub(super) parent: Option<usize>,
    /// The line in which it begins.
    pub(super) line: usize,
    pub(super) kind: ContainerKind,
    range: Range<usize>,
}

pub(super) enum ContainerKind {
    Quote,
    Item {
        list: usize,
        mark: Range<usize>,
        columns: usize,
    },
}

/// A part of a line.
pub(super) struct Token {
    pub(super) range: Range<usize>,
    pub(super) kind: TokenKind,
    /// The innermost span around it.
    pub(super) inside: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Text that may be cut anywhere.
    Text,
    /// What may not be cut.
    Whole,
    /// The same, and belongs to what follows.
    Glue,
    /// What is shown with a backslash before it.
    Escaped,
    /// What opens a span.
    Open,
    /// What closes it.
    Close,
    /// Code by its number, without its marks.
    Code(usize),
}

/// A style or a link, and how it is written.
pub(super) struct Span {
    pub(super) parent: Option<usize>,
    pub(super) open: Range<usize>,
    pub(super) close: Range<usize>,
    pub(super) is_link: bool,
    /// Whether it is written as a span at all.
    pub(super) is_kept: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    Fenced,
    Table,
}

impl<'t> Outline<'t> {
    /// Reads a text for pieces of so many characters. What would take too much of each is text: a
    /// link with an address of half a piece, code between fences of an eighth.
    pub(super) fn new(text: &'t str, piece_chars: usize) -> Self {
        let mut outline = Outline {
            text,
            lines: Vec::new(),
            containers: Vec::new(),
            tokens: Vec::new(),
            spans: Vec::new(),
            codes: Vec::new(),
            blocks: Vec::new(),
        };
        outline.read_events(piece_chars);
        outline.read_lines();
        outline
    }

    /// The containers of a line from the outermost.
    pub(super) fn chain(&self, innermost: Option<usize>) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut at = innermost;
        while let Some(container) = at.and_then(|at| self.containers.get(at)) {
            chain.extend(at);
            at = container.parent;
        }
        chain.reverse();
        chain
    }

    /// The spans that are written around a token, from the outermost.
    pub(super) fn spans_around(&self, inside: Option<usize>) -> Vec<&Span> {
        let mut spans = Vec::new();
        let mut at = inside;
        while let Some(span) = at.and_then(|at| self.spans.get(at)) {
            if span.is_kept {
                spans.push(span);
            }
            at = span.parent;
        }
        spans.reverse();
        spans
    }

    pub(super) fn slice(&self, range: &Range<usize>) -> &'t str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn read_events(&mut self, piece_chars: usize) {
        let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
        let mut reading = Reading {
            outline: self,
            longest_address: piece_chars / 2,
            longest_fence: (piece_chars / 8).max(3),
            deepest: DEEPEST.min((piece_chars / 8).max(4)),
            open: Vec::new(),
            whole: 0,
            containers: Vec::new(),
            lists: Vec::new(),
            list_count: 0,
            is_code: false,
        };
        let text = reading.outline.text;
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            reading.event(event, range);
        }
    }

    fn read_lines(&mut self) {
        let raw = std::mem::take(&mut self.tokens);
        let mut raw = raw.into_iter().peekable();
        let mut stack: Vec<usize> = Vec::new();
        let mut next_container = 0;
        let mut next_block = 0;
        let mut block: Option<(Range<usize>, BlockKind, usize)> = None;
        let mut start = 0;
        while start < self.text.len() {
            let number = self.lines.len();
            let mut end = line_end(self.text, start);
            while stack
                .last()
                .and_then(|it| self.containers.get(*it))
                .is_some_and(|it| it.range.end <= start)
            {
                stack.pop();
            }
            while let Some(container) = self.containers.get_mut(next_container) {
                if container.range.start > end {
                    break;
                }
                container.line = number;
                if container.range.end > start {
                    stack.push(next_container);
                }
                next_container += 1;
            }
            let content = self.eat_marks(&stack, number, start..end);
            while let Some((range, kind)) = self.blocks.get(next_block) {
                if range.start > end {
                    break;
                }
                block = Some((range.clone(), *kind, number));
                next_block += 1;
            }
            let first = self.tokens.len();
            let mut at = content;
            while let Some(token) = raw.next_if(|it| it.range.start <= end) {
                let gap = self.slice(&(at..token.range.start.max(at)));
                let is_indent = at == content && gap.trim().is_empty();
                if !gap.is_empty() && !is_indent {
                    self.tokens.push(Token {
                        range: at..token.range.start,
                        kind: TokenKind::Glue,
                        inside: token.inside,
                    });
                }
                at = at.max(token.range.end);
                if at > end {
                    end = line_end(self.text, at);
                }
                self.tokens.push(token);
            }
            let rest = self.slice(&(at.min(end)..end)).trim_end().len();
            if rest > 0 {
                let kind = match first == self.tokens.len() {
                    true => TokenKind::Text,
                    false => TokenKind::Whole,
                };
                self.tokens.push(Token {
                    range: at..at + rest,
                    kind,
                    inside: None,
                });
            }
            let content = content..end;
            let innermost = stack.last().and_then(|it| self.containers.get(*it));
            let begins_item = innermost.is_some_and(|it| {
                it.line == number && matches!(it.kind, ContainerKind::Item { .. })
            });
            let kind = self.line_kind(&content, block.as_ref(), number, begins_item);
            let is_blank = self.slice(&content).trim().is_empty();
            let is_bare = match kind {
                LineKind::Fence(_) => true,
                LineKind::Text => is_blank,
                LineKind::Code(_) => is_blank && self.lines.last().is_some_and(|it| it.is_bare),
                _ => false,
            };
            self.lines.push(Line {
                content,
                container: stack.last().copied(),
                kind,
                tokens: first..self.tokens.len(),
                is_bare,
            });
            start = end + 1;
        }
    }

    fn line_kind(
        &self,
        content: &Range<usize>,
        block: Option<&(Range<usize>, BlockKind, usize)>,
        number: usize,
        begins_item: bool,
    ) -> LineKind {
        let text = self.slice(content);
        let block = block.filter(|(range, ..)| range.end > content.start);
        match block {
            Some((_, BlockKind::Table, first)) => LineKind::Row(*first, number - first),
            Some((_, BlockKind::Fenced, first)) if *first == number => LineKind::Fence(number),
            Some((range, BlockKind::Fenced, first)) => {
                let opener = self.lines.get(*first).map(|it| self.slice(&it.content));
                let fence = fence(opener.unwrap_or_default());
                let body = text.trim();
                let is_end = range.end <= content.end + 1
                    && body.starts_with(fence)
                    && fence
                        .chars()
                        .next()
                        .is_some_and(|mark| body.trim_start_matches(mark).is_empty());
                match is_end {
                    true => LineKind::FenceEnd,
                    false => LineKind::Code(*first),
                }
            }
            None if text.trim().is_empty() && !begins_item => LineKind::Blank,
            None => LineKind::Text,
        }
    }

    /// Where the content of a line starts, behind the marks of what is around it.
    fn eat_marks(&mut self, stack: &[usize], number: usize, line: Range<usize>) -> usize {
        let text = self.text;
        let mut at = line.start;
        for container in stack {
            let Some(container) = self.containers.get_mut(*container) else {
                return at;
            };
            let rest = text.get(at..line.end).unwrap_or_default();
            let spaces = rest.bytes().take_while(|it| *it == b' ').count();
            let body = rest.get(spaces..).unwrap_or_default();
            match &mut container.kind {
                ContainerKind::Quote => {
                    let Some(behind) = body.strip_prefix('>').filter(|_| spaces < 4) else {
                        return at;
                    };
                    at += spaces + 1 + usize::from(behind.starts_with(' '));
                }
                ContainerKind::Item { mark, columns, .. } if container.line == number => {
                    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
                    let behind = body.get(digits + 1..).unwrap_or_default();
                    let gap = behind.bytes().take_while(|it| *it == b' ').count();
                    let gap = if gap > 4 { 1 } else { gap };
                    *mark = at + spaces..at + spaces + digits + 1 + gap;
                    *columns = spaces + digits + 1 + gap.max(1);
                    at = mark.end.min(line.end);
                }
                ContainerKind::Item { columns, .. } => at += spaces.min(*columns),
            }
        }
        at
    }
}

/// What is kept while events are read.
struct Reading<'r, 't> {
    outline: &'r mut Outline<'t>,
    longest_address: usize,
    longest_fence: usize,
    deepest: usize,
    /// The spans that are open; `None` for those that are too deep.
    open: Vec<Option<usize>>,
    /// How many elements are open that may not be cut.
    whole: usize,
    containers: Vec<Option<usize>>,
    lists: Vec<usize>,
    list_count: usize,
    is_code: bool,
}

impl<'t> Reading<'_, 't> {
    fn event(&mut self, event: Event<'t>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag, range),
            _ if self.is_code || self.whole > 0 => {}
            Event::Text(text) => {
                let kind = match *text == *self.outline.slice(&range) {
                    true => TokenKind::Text,
                    false => TokenKind::Whole,
                };
                self.token(range, kind);
            }
            Event::Code(code) => {
                let kind = match longest_run(&code) > self.longest_fence {
                    true => TokenKind::Whole,
                    false => TokenKind::Code(self.outline.codes.len()),
                };
                self.outline.codes.push(code);
                self.token(range, kind);
            }
            Event::InlineHtml(_) => self.token(range, TokenKind::Whole),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'t>, range: Range<usize>) {
        match tag {
            Tag::BlockQuote(_) => self.container(ContainerKind::Quote, range),
            Tag::List(_) => {
                self.list_count += 1;
                self.lists.push(self.list_count);
            }
            Tag::Item => {
                let kind = ContainerKind::Item {
                    list: self.lists.last().copied().unwrap_or(0),
                    mark: 0..0,
                    columns: 0,
                };
                self.container(kind, range);
            }
            Tag::CodeBlock(kind) => {
                self.is_code = true;
                let length = fence(self.outline.slice(&range)).len();
                if matches!(kind, CodeBlockKind::Fenced(_)) && length <= self.longest_fence {
                    self.outline.blocks.push((range, BlockKind::Fenced));
                }
            }
            Tag::Table(_) => self.outline.blocks.push((range, BlockKind::Table)),
            _ if self.whole > 0 => self.whole += usize::from(is_whole(tag)),
            Tag::Strong => self.open_span(range, 2, false),
            Tag::Emphasis => self.open_span(range, 1, false),
            Tag::Strikethrough => {
                let is_two = self.outline.slice(&range).starts_with("~~");
                self.open_span(range, 1 + usize::from(is_two), false);
            }
            Tag::Link {
                link_type: LinkType::Inline,
                ..
            } => self.open_span(range, 1, true),
            _ if is_whole(tag) => {
                self.token(range, TokenKind::Whole);
                self.whole = 1;
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::BlockQuote(_) | TagEnd::Item => {
                self.containers.pop();
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::CodeBlock => self.is_code = false,
            TagEnd::Link | TagEnd::Image if self.whole > 0 => self.whole -= 1,
            _ if self.whole > 0 => {}
            TagEnd::Strong => self.close_span(range.end - 2..range.end),
            TagEnd::Emphasis => self.close_span(range.end - 1..range.end),
            TagEnd::Strikethrough => {
                let is_two = self.outline.slice(&range).ends_with("~~");
                self.close_span(range.end - 1 - usize::from(is_two)..range.end);
            }
            TagEnd::Link => {
                let last = self.outline.tokens.last().map_or(0, |it| it.range.end);
                self.close_span(last..range.end);
            }
            _ => {}
        }
    }

    fn container(&mut self, kind: ContainerKind, range: Range<usize>) {
        let parent = self.containers.last().copied().flatten();
        let index = self.outline.containers.len();
        // What is too deep is left to be a part of the line.
        if self.containers.len() >= self.deepest {
            self.containers.push(parent);
            return;
        }
        self.containers.push(Some(index));
        self.outline.containers.push(Container {
            parent,
            line: 0,
            kind,
            range,
        });
    }

    fn open_span(&mut self, range: Range<usize>, bytes: usize, is_link: bool) {
        let open = range.start..range.start + bytes;
        if self.open.len() >= DEEPEST_SPAN {
            self.token(open, TokenKind::Glue);
            self.open.push(None);
            return;
        }
        self.token(open.clone(), TokenKind::Open);
        let parent = self.innermost();
        self.open.push(Some(self.outline.spans.len()));
        self.outline.spans.push(Span {
            parent,
            open,
            close: 0..0,
            is_link,
            is_kept: true,
        });
    }

    fn innermost(&self) -> Option<usize> {
        let kept = self.open.len().min(DEEPEST_SPAN);
        self.open.get(kept.checked_sub(1)?).copied().flatten()
    }

    fn close_span(&mut self, close: Range<usize>) {
        let index = self.open.pop().flatten();
        let Some(span) = index.and_then(|it| self.outline.spans.get_mut(it)) else {
            return self.token(close, TokenKind::Whole);
        };
        span.close = close.clone();
        span.is_kept = close.len() <= self.longest_address;
        if span.is_kept {
            return self.token(close, TokenKind::Close);
        }
        let start = span.open.start;
        let tokens = &mut self.outline.tokens;
        let open = tokens.partition_point(|it| it.range.start < start);
        if let Some(open) = tokens.get_mut(open) {
            open.kind = TokenKind::Escaped;
        }
        self.token(close, TokenKind::Text);
    }

    fn token(&mut self, range: Range<usize>, kind: TokenKind) {
        let inside = self.innermost();
        self.outline.tokens.push(Token {
            range,
            kind,
            inside,
        });
    }
}

/// The longest run of backticks.
pub(super) fn longest_run(code: &str) -> usize {
    let runs = code.split(|it| it != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// The run of backticks or tildes that a line of code opens with.
pub(crate) fn fence(line: &str) -> &str {
    let line = line.trim_start_matches(' ');
    let mark = line.chars().next().unwrap_or('`');
    let rest = line.trim_start_matches(mark);
    line.get(..line.len() - rest.len()).unwrap_or_default()
}

fn is_whole(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Link { .. } | Tag::Image { .. })
}

fn line_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start + rest.find('\n').unwrap_or(rest.len())
}
