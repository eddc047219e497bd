//! Blocks as lines: marks of quotes and lists, fences, and what keeps blocks apart.

use std::ops::Range;

use crate::document::{Begun, Block, BlockKind, Document, Gap, Written};
use crate::escape::Literal;
use crate::inline::{Buffers, Inline};
use crate::line_start;

/// The largest number that an item may have. Source: CommonMark 0.31, "List items".
const LARGEST_NUMBER: u32 = 999_999_999;

/// How deep quotes and lists are written; what is deeper stands there. Ours: without a bound the
/// spaces before a line could outweigh it without end.
pub(crate) const DEEPEST: u8 = 20;

/// Writes a document.
pub(crate) fn write(document: &Document, buffers: &mut Buffers, out: &mut String) -> Written {
    let is_plain = |span: &crate::document::Span| span.style.is_plain() && span.link == 0;
    let has_markup = !document.spans.iter().all(is_plain);
    let mut layout = Layout {
        document,
        literal: Literal::new(&document.text, &document.blocks, has_markup),
        levels: Vec::new(),
        before: None,
        is_behind_list: false,
        bare: None,
        gap: Gap::None,
        written: Written::default(),
    };
    let ends = document.blocks.iter().skip(1).map(|it| (it.text, it.span));
    let ends = ends.chain([(document.text.len(), document.spans.len())]);
    for (begun, (text_end, span_end)) in document.blocks.iter().zip(ends) {
        layout.block(begun, text_end, span_end, buffers, out);
    }
    layout.written
}

struct Layout<'d> {
    document: &'d Document,
    literal: Literal<'d>,
    /// The items that are open, from the outermost.
    levels: Vec<Level>,
    /// The block before, and whether its last line is blank.
    before: Option<(Block, bool)>,
    /// Whether the block before that is not blank stands in a list.
    is_behind_list: bool,
    /// The item that nothing but blank lines stands behind yet.
    bare: Option<Bare>,
    /// What is left free before the next block.
    gap: Gap,
    written: Written,
}

/// A list that is open.
struct Level {
    /// How deep the source indents it.
    level: u8,
    /// Where the text of its items starts, in columns.
    column: usize,
    number: Option<u32>,
    delimiter: char,
}

/// An item without text.
#[derive(Clone, Copy)]
struct Bare {
    /// Behind which byte of what is written its mark ends.
    end: usize,
    /// How many items are open within it, with itself.
    depth: usize,
}

/// Lines of a paragraph or an item.
struct Lines<'t> {
    text: &'t str,
    /// Where it starts in the document's text.
    start: usize,
    spans: Range<usize>,
    /// Whether they are the first ones of an item.
    begins_item: bool,
    /// Whether a list stands before, of which spaces would make them a part.
    is_behind_list: bool,
}

/// What marks an item.
enum Mark {
    Bullet,
    Number(u32, char),
}

impl Layout<'_> {
    fn block(
        &mut self,
        begun: &Begun,
        text_end: usize,
        span_end: usize,
        buffers: &mut Buffers,
        out: &mut String,
    ) {
        let block = within_depth(begun);
        self.gap = self.gap.or(begun.gap);
        let text = self.document.text.get(begun.text..text_end);
        let mut text = text.unwrap_or_default();
        let is_item = matches!(block.kind, BlockKind::Item(_));
        if is_item {
            text = behind_blank_lines(text);
        }
        if is_nothing(block.kind, text) {
            self.end_before(block);
            return;
        }
        let is_blank_text = has_blank_lines_only(text);
        let is_blank = block.kind == BlockKind::Paragraph && is_blank_text;
        let mark = self.enter(block, is_blank);
        let fills = !is_blank && self.fill(block, out);
        if fills {
            text = match block.kind {
                BlockKind::Paragraph => behind_blank_lines(text),
                BlockKind::Markdown => text.trim_start_matches(['\n', '\r']),
                _ => text,
            };
        }
        if self.before.is_some() {
            out.push('\n');
        }
        if !fills {
            self.separate(block, text, out);
        }
        self.gap = Gap::None;
        match block.kind {
            BlockKind::Code => self.code(block, text, out),
            BlockKind::Rule => {
                self.begin_line(block, out);
                out.push_str("---");
            }
            BlockKind::Markdown => self.markdown(block, text, out),
            _ => {
                let lines = Lines {
                    text,
                    start: text_end - text.len(),
                    spans: begun.span..span_end,
                    begins_item: is_item || fills,
                    is_behind_list: self.is_behind_list,
                };
                self.lines(block, mark, lines, buffers, out);
            }
        }
        if is_item && is_blank_text {
            let end = out.trim_end_matches([' ', '\t', '\n', '>']).len();
            let depth = self.levels.len();
            self.bare = Some(Bare { end, depth });
        }
        let kept = out.trim_end_matches(['>', ' ']);
        let is_blank =
            block.kind == BlockKind::Paragraph && (kept.is_empty() || kept.ends_with('\n'));
        self.before = Some((block, is_blank));
        if !is_blank {
            self.is_behind_list = is_in_list(block);
        }
    }

    /// An empty line ends the quote or the list before it.
    fn end_before(&mut self, block: Block) {
        let ends = |(before, _): (Block, bool)| before.quote > block.quote || is_in_list(before);
        if block.kind == BlockKind::Paragraph && self.before.is_some_and(ends) {
            self.gap = self.gap.or(Gap::Quote(block.quote));
        }
    }

    /// Puts a block directly below the mark of an item without text, if it stands within that item:
    /// a blank line would end it. Source: CommonMark 0.31, "List items".
    fn fill(&mut self, block: Block, out: &mut String) -> bool {
        let Some(bare) = self.bare.take() else {
            return false;
        };
        let own = usize::from(matches!(block.kind, BlockKind::Item(_)));
        let fills = self.levels.len() >= bare.depth + own;
        if fills {
            out.truncate(bare.end);
        }
        fills
    }

    /// Opens and closes lists up to a block, and says how it is marked if it is an item.
    /// What is blank ends no list.
    fn enter(&mut self, block: Block, is_blank: bool) -> Option<Mark> {
        let ends_quote = |quote: u8| matches!(self.gap, Gap::Quote(gap) if gap < quote);
        if let Some((before, _)) = self.before
            && (before.quote != block.quote || ends_quote(block.quote))
        {
            self.levels.clear();
        }
        let BlockKind::Item(number) = block.kind else {
            while !is_blank && self.levels.last().is_some_and(|it| it.level >= block.level) {
                self.levels.pop();
            }
            return None;
        };
        let mut deeper = None;
        while let Some(level) = self.levels.pop_if(|it| it.level > block.level) {
            deeper = Some(level);
        }
        let was_deeper = deeper.is_some();
        let sibling = self.levels.pop_if(|it| it.level == block.level);
        let is_sibling = sibling.is_some();
        // A list that starts deeper than it goes on stands where its outer list would.
        let sibling = sibling.or(deeper);
        let outer = self.levels.last().map_or(0, |it| it.column);
        let number = number.map(|it| it.min(LARGEST_NUMBER));
        let Some(number) = number else {
            self.levels.push(Level {
                level: block.level,
                column: outer + 2,
                number: None,
                delimiter: '.',
            });
            return Some(Mark::Bullet);
        };
        let before = sibling.and_then(|it| it.number.map(|number| (number, it.delimiter)));
        let (number, delimiter) = match before {
            Some((before, delimiter)) if number == before.saturating_add(1) => (number, delimiter),
            // Older exports number anew behind a list within the list, which nobody saw.
            Some((before, delimiter)) if is_sibling && was_deeper && number == 1 => {
                (before.saturating_add(1).min(LARGEST_NUMBER), delimiter)
            }
            // Another delimiter makes another list, which starts with its own number.
            Some((_, '.')) => (number, ')'),
            _ => (number, '.'),
        };
        let width = number.checked_ilog10().map_or(1, |it| it as usize + 1) + 2;
        self.levels.push(Level {
            level: block.level,
            column: outer + width,
            number: Some(number),
            delimiter,
        });
        Some(Mark::Number(number, delimiter))
    }

    /// Writes an empty line where the block would be taken for a part of the one before.
    fn separate(&mut self, block: Block, text: &str, out: &mut String) {
        let Some((before, is_blank)) = self.before else {
            return;
        };
        let first = text.split('\n').next().unwrap_or_default();
        let ends_text = before.kind != BlockKind::Code || before.quote > 0;
        let needs_line = match block.kind {
            BlockKind::Paragraph => {
                let leaves_quote = before.quote > block.quote;
                let leaves_list = is_in_list(before) && before.kind != BlockKind::Code;
                let stays = block.level > 0 && block.level >= before.level;
                let is_behind_text = stays && before.kind == BlockKind::Paragraph;
                !has_blank_lines_only(first)
                    && ends_text
                    && (leaves_quote || (leaves_list && !is_behind_text))
            }
            BlockKind::Item(number) => {
                let cannot_interrupt = number.is_some_and(|it| it != 1) || text.trim().is_empty();
                let is_nested =
                    matches!(before.kind, BlockKind::Item(_)) && block.level > before.level;
                let interrupts = before.kind == BlockKind::Paragraph || is_nested;
                cannot_interrupt && interrupts && !is_blank
            }
            BlockKind::Rule => before.kind != BlockKind::Code && !is_blank,
            BlockKind::Code => false,
            BlockKind::Markdown => true,
        };
        let after_rule = before.kind == BlockKind::Rule && before.quote > block.quote;
        let after_markdown = before.kind == BlockKind::Markdown;
        if needs_line || after_rule || after_markdown || self.gap != Gap::None {
            let both = before.quote.min(block.quote);
            let quote = match self.gap {
                Gap::Quote(quote) => quote.min(both),
                Gap::None | Gap::Line => both,
            };
            push_quote_marks(quote, out);
            trim_end(out);
            out.push('\n');
        }
    }

    /// Writes lines as they stand, and closes a fence that they leave open.
    fn markdown(&self, block: Block, text: &str, out: &mut String) {
        let mut open = None;
        for (number, line) in text.lines().enumerate() {
            if number > 0 {
                out.push('\n');
            }
            self.begin_line(block, out);
            push_code(line, out);
            if line.is_empty() {
                trim_end(out);
            }
            open = fence_behind(line, open);
        }
        if let Some(fence) = open {
            out.push('\n');
            self.begin_line(block, out);
            out.push_str(fence);
        }
    }

    fn lines(
        &mut self,
        block: Block,
        mark: Option<Mark>,
        lines: Lines<'_>,
        buffers: &mut Buffers,
        out: &mut String,
    ) {
        let mut mark = mark;
        let mut at = lines.start;
        // Spaces would put its text elsewhere.
        let mut is_first = lines.begins_item || lines.is_behind_list;
        let mut inline = Inline {
            document: self.document,
            literal: &self.literal,
            spans: lines.spans,
            line: 0..0,
            shortened: 0,
        };
        for (number, line) in split_lines(lines.text).enumerate() {
            if number > 0 {
                out.push('\n');
            }
            match mark.take() {
                Some(mark) => self.begin_item(block, &mark, out),
                None => self.begin_line(block, out),
            }
            let line_start = out.len();
            let is_break = line.ends_with('\r');
            let end = at + line.len() - usize::from(is_break);
            inline.line(at..end, buffers, out);
            let behind = self.document.text.get(at + line.len()..);
            line_start::guard(out, line_start, behind.unwrap_or_default());
            if !has_blank_lines_only(line) {
                if is_first {
                    trim_start(out, line_start);
                }
                is_first = false;
            }
            if lines.begins_item && number == 0 {
                line_start::guard_item(out, line_start);
            }
            if out.len() == line_start {
                trim_end(out);
            }
            at += line.len() + 1;
        }
        let shortened = inline.shortened;
        self.written.shortened = self.written.shortened.saturating_add(shortened);
    }

    /// Writes lines of code between fences.
    fn code(&self, block: Block, text: &str, out: &mut String) {
        let runs = text.split(|it| it != '`').map(str::len);
        let longest = runs.max().unwrap_or(0);
        let fence = "`".repeat((longest + 1).max(3));
        self.begin_line(block, out);
        out.push_str(&fence);
        for line in text.split('\n') {
            out.push('\n');
            self.begin_line(block, out);
            let line = line.strip_suffix('\r').unwrap_or(line);
            push_code(line, out);
        }
        out.push('\n');
        self.begin_line(block, out);
        out.push_str(&fence);
    }

    fn begin_line(&self, block: Block, out: &mut String) {
        push_quote_marks(block.quote, out);
        let column = self.levels.last().map_or(0, |it| it.column);
        out.extend(std::iter::repeat_n(' ', column));
    }

    fn begin_item(&self, block: Block, mark: &Mark, out: &mut String) {
        push_quote_marks(block.quote, out);
        let outer = self.levels.len().checked_sub(2);
        let outer = outer.and_then(|at| self.levels.get(at));
        let column = outer.map_or(0, |it| it.column);
        out.extend(std::iter::repeat_n(' ', column));
        match mark {
            Mark::Bullet => out.push_str("- "),
            Mark::Number(number, delimiter) => {
                out.push_str(&number.to_string());
                out.push(*delimiter);
                out.push(' ');
            }
        }
    }
}

/// The lines of a text, without their ends. The standard library looks for those in smaller steps,
/// and every message is gone through here.
fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memchr(b'\n', text.as_bytes());
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

/// Whether nothing is written of a text in a block of some kind.
fn is_nothing(kind: BlockKind, text: &str) -> bool {
    match kind {
        BlockKind::Item(_) | BlockKind::Rule => false,
        BlockKind::Markdown => has_blank_lines_only(text),
        BlockKind::Paragraph | BlockKind::Code => text.is_empty(),
    }
}

/// Whether lines of a text are blank to Markdown.
fn has_blank_lines_only(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\n', '\r']).is_empty()
}

/// A text without the blank lines before other text.
fn behind_blank_lines(text: &str) -> &str {
    let rest = text.trim_start_matches([' ', '\t', '\n', '\r']);
    let space = text.get(..text.len() - rest.len()).unwrap_or_default();
    match space.rfind('\n').filter(|_| !rest.is_empty()) {
        Some(at) => text.get(at + 1..).unwrap_or_default(),
        None => text,
    }
}

fn is_in_list(block: Block) -> bool {
    block.level > 0 || matches!(block.kind, BlockKind::Item(_))
}

/// A block at the depth at which it is written.
fn within_depth(begun: &Begun) -> Block {
    let Block { quote, level, kind } = begun.block;
    // The text of the deepest item is one deeper than its mark.
    let deepest = match kind {
        BlockKind::Item(_) => DEEPEST - 1,
        _ => DEEPEST,
    };
    Block {
        quote: quote.saturating_add(begun.outer_quote).min(DEEPEST),
        level: level.min(deepest),
        kind,
    }
}

/// The fence that is open behind a line, if `open` is before it.
/// Source: CommonMark 0.31, "Fenced code blocks".
fn fence_behind<'l>(line: &'l str, open: Option<&'l str>) -> Option<&'l str> {
    let body = line.trim_start_matches(' ');
    let Some(mark) = body.chars().next().filter(|it| matches!(it, '`' | '~')) else {
        return open;
    };
    let rest = body.trim_start_matches(mark);
    let fence = body.get(..body.len() - rest.len()).unwrap_or_default();
    let is_fence = fence.len() >= 3 && line.len() - body.len() < 4;
    match open {
        _ if !is_fence => open,
        None => (mark == '~' || !rest.contains('`')).then_some(fence),
        Some(open) => {
            let closes = fence.starts_with(open) && rest.trim().is_empty();
            (!closes).then_some(open)
        }
    }
}

/// Writes code, in which readers show a NUL as U+FFFD and take a lone carriage return for a line.
pub(crate) fn push_code(code: &str, out: &mut String) {
    match code.contains(['\0', '\r']) {
        true => out.extend(code.chars().map(|it| match it {
            '\0' => '\u{fffd}',
            '\r' => ' ',
            it => it,
        })),
        false => out.push_str(code),
    }
}

fn push_quote_marks(quote: u8, out: &mut String) {
    for _ in 0..quote {
        out.push_str("> ");
    }
}

/// Takes spaces off the start of the line at `start`.
fn trim_start(out: &mut String, start: usize) {
    let line = out.get(start..).unwrap_or_default();
    let spaces = line.len() - line.trim_start_matches(' ').len();
    out.replace_range(start..start + spaces, "");
}

/// Takes spaces off the end of the last line.
fn trim_end(out: &mut String) {
    let kept = out.trim_end_matches(' ').len();
    out.truncate(kept);
}
