//! Slack's mrkdwn to Markdown.
//!
//! One pass over lines: quotes and fences first, then within a line tokens, code and emphasis.
//! What stands in `<…>` is read by [`crate::token`], which stars are markup is found by
//! [`crate::emphasis`], and what is literal is written by [`crate::escape`].

use std::collections::HashSet;
use std::ops::Range;

use crate::emphasis::{Emphasis, Piece, PieceKind};
use crate::escape::{self, Literal};
use crate::link;
use crate::people::Names;
use crate::token::{self, Token};

/// A text as Markdown and what it mentions. Each [`convert`] uses its buffers again.
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
}

impl Converted<'_> {
    /// Empties it, and keeps its buffers.
    pub(crate) fn clear(&mut self) {
        self.markdown.clear();
        self.mentions.clear();
        self.here = false;
        self.channel = false;
    }
}

/// How a text is shown as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Style {
    /// As it stands.
    #[default]
    Plain,
    /// In italics, if it is a single line.
    Italic,
}

/// Converts a text, with the names that the directory has.
pub(crate) fn convert<'t>(text: &'t str, style: Style, names: Names<'t>, out: &mut Converted<'t>) {
    out.clear();
    let is_italic = style == Style::Italic
        && !text.contains(['\n', '\r'])
        && !text.contains("```")
        && quote_mark(text).is_none()
        && !text.trim().is_empty();
    let text = if is_italic { text.trim() } else { text };
    let mut writer = Writer {
        text,
        literal: Literal::message(text, is_italic),
        names,
        out,
        pieces: Vec::new(),
        is_quoted: false,
        quotes_the_rest: false,
        line_start: 0,
        no_more_fences: false,
    };
    if is_italic {
        writer.out.markdown.push('_');
        writer.line(0);
        writer.out.markdown.push('_');
    } else {
        writer.lines();
    }
    forget_repeats(&mut out.mentions);
}

/// Why a line stopped.
enum Stop {
    /// It ends here.
    Line(usize),
    /// A fence opens at the first place and closes at the second.
    Fence(usize, usize),
}

/// The mark of a quote at the start of a line.
struct QuoteMark {
    bytes: usize,
    quotes_the_rest: bool,
}

struct Writer<'w, 't> {
    text: &'t str,
    literal: Literal<'t>,
    names: Names<'t>,
    out: &'w mut Converted<'t>,
    pieces: Vec<Piece>,
    /// Whether the line is part of a quote.
    is_quoted: bool,
    /// Whether all further lines are.
    quotes_the_rest: bool,
    /// Where the line starts in the Markdown, behind the mark of a quote.
    line_start: usize,
    no_more_fences: bool,
}

impl<'t> Writer<'_, 't> {
    fn lines(&mut self) {
        let mut at = 0;
        let mut is_first = true;
        loop {
            let was_quoted = self.is_quoted;
            if !self.quotes_the_rest {
                let mark = quote_mark(self.rest(at));
                self.is_quoted = mark.is_some();
                if let Some(mark) = mark {
                    self.quotes_the_rest = mark.quotes_the_rest;
                    at += mark.bytes;
                }
            }
            if !is_first {
                self.out.markdown.push('\n');
                // Without an empty line this one would be read as a part of the quote.
                if was_quoted && !self.is_quoted && !is_line_end(self.rest(at)) {
                    self.out.markdown.push('\n');
                }
            }
            is_first = false;
            self.begin_line();
            at = self.line(at);
            match break_bytes(self.rest(at)) {
                0 => return,
                bytes => at += bytes,
            }
        }
    }

    /// Writes a line of the text, with the fences that open in it, and returns where it ends.
    fn line(&mut self, mut at: usize) -> usize {
        loop {
            let stop = self.split(at);
            let (Stop::Line(end) | Stop::Fence(end, _)) = stop;
            self.write_pieces(at..end);
            escape::guard_line(&mut self.out.markdown, self.line_start);
            let Stop::Fence(open, close) = stop else {
                if self.is_quoted && self.out.markdown.len() == self.line_start {
                    self.out.markdown.pop();
                }
                return end;
            };
            self.fence(open + 3..close);
            let rest = self.rest(close + 3).trim_start_matches([' ', '\t']);
            at = self.text.len() - rest.len();
            if is_line_end(rest) {
                return at;
            }
            self.out.markdown.push('\n');
            self.begin_line();
        }
    }

    fn begin_line(&mut self) {
        if self.is_quoted {
            self.out.markdown.push_str("> ");
        }
        self.line_start = self.out.markdown.len();
    }

    /// Splits a line into pieces, up to its end or the next fence.
    fn split(&mut self, start: usize) -> Stop {
        self.pieces.clear();
        let bytes = self.text.as_bytes();
        let mut emphasis = Emphasis::new(self.text, start);
        let mut at = start;
        while let Some(byte) = bytes.get(at).copied() {
            let rest = bytes.get(at..).unwrap_or_default();
            match byte {
                b'\n' | b'\r' => break,
                b'`' => {
                    let run = escape::run_bytes(rest);
                    if run >= 3
                        && let Some(close) = self.fence_close(at)
                    {
                        return Stop::Fence(at, close);
                    }
                    match self.code_end(start, at).filter(|_| run == 1) {
                        Some(end) => at = self.push(at..end, PieceKind::Code),
                        None => at += run,
                    }
                }
                b'<' => match token::read(self.rest(at)) {
                    Some((_, length)) => at = self.push(at..at + length, PieceKind::Token),
                    None => at += 1,
                },
                b'*' | b'_' | b'~' => {
                    let run = escape::run_bytes(rest);
                    if run == 1 {
                        emphasis.add(at, &mut self.pieces);
                    }
                    at += run;
                }
                _ => at += 1,
            }
        }
        Stop::Line(at)
    }

    fn push(&mut self, range: Range<usize>, kind: PieceKind) -> usize {
        let end = range.end;
        self.pieces.push(Piece { range, kind });
        end
    }

    /// Where the fence that opens at `open` closes, if it holds anything.
    fn fence_close(&mut self, open: usize) -> Option<usize> {
        if self.no_more_fences {
            return None;
        }
        let Some(bytes) = self.rest(open + 3).find("```") else {
            self.no_more_fences = true;
            return None;
        };
        (bytes > 0).then_some(open + 3 + bytes)
    }

    /// Where the code that opens at `open` ends, behind its backtick.
    fn code_end(&self, line_start: usize, open: usize) -> Option<usize> {
        let before = self.text.get(line_start..open).unwrap_or_default();
        if before
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
        {
            return None;
        }
        let rest = self.rest(open + 1);
        let (code, rest) = rest.split_at(rest.find(['`', '\n', '\r'])?);
        let is_code = rest.starts_with('`') && !rest.starts_with("``") && !code.trim().is_empty();
        is_code.then_some(open + 1 + code.len() + 1)
    }

    fn write_pieces(&mut self, range: Range<usize>) {
        let pieces = std::mem::take(&mut self.pieces);
        let mut at = range.start;
        for piece in &pieces {
            if piece.kind == PieceKind::Marker("") {
                continue;
            }
            self.literal
                .write_range(at..piece.range.start, &mut self.out.markdown);
            at = piece.range.end;
            match piece.kind {
                PieceKind::Marker(markup) => self.out.markdown.push_str(markup),
                PieceKind::Code => {
                    let code = self.text.get(piece.range.start + 1..piece.range.end - 1);
                    write_code(code.unwrap_or_default(), &mut self.out.markdown);
                }
                PieceKind::Token => {
                    if let Some((token, _)) = token::read(self.rest(piece.range.start)) {
                        self.token(token, self.rest(at));
                    }
                }
            }
        }
        self.literal
            .write_range(at..range.end, &mut self.out.markdown);
        self.pieces = pieces;
    }

    /// Writes a token; `rest` is the text behind it.
    fn token(&mut self, token: Token<'t>, rest: &str) {
        let out = &mut self.out.markdown;
        match token {
            Token::User { id, .. } => {
                let id = self.names.bots.user_of(id);
                let name = self.names.directory.user_name(id);
                out.push('@');
                Literal::name(name.unwrap_or(id)).write(out);
                self.out.mentions.push(id);
            }
            Token::Channel { id, label } => {
                out.push('#');
                match self.names.directory.channel_name(id) {
                    Some(name) => Literal::name(name).write(out),
                    None if label.is_empty() => Literal::name(id).write(out),
                    None => Literal::label(label).write(out),
                }
            }
            Token::Broadcast(word) => {
                out.push('@');
                out.push_str(word);
                match word {
                    "here" => self.out.here = true,
                    _ => self.out.channel = true,
                }
            }
            Token::Shown(label) => Literal::label(label).write(out),
            Token::Group(id) => {
                out.push('@');
                Literal::name(id).write(out);
            }
            Token::Link { url, label } => link::write(url, label, rest, out),
        }
    }

    /// Writes a fence on lines of its own.
    fn fence(&mut self, range: Range<usize>) {
        if self.out.markdown.len() > self.line_start {
            self.out.markdown.push('\n');
            self.begin_line();
        }
        let content = self.text.get(range).unwrap_or_default();
        let content = content.get(break_bytes(content)..).unwrap_or_default();
        let content = content.strip_suffix('\n').unwrap_or(content);
        let content = content.strip_suffix('\r').unwrap_or(content);
        let mut code = String::with_capacity(content.len());
        decode_code(content, &mut code);
        let fence = "`".repeat((longest_ticks(&code) + 1).max(3));
        self.out.markdown.push_str(&fence);
        for line in code.split('\n') {
            self.out.markdown.push('\n');
            self.begin_line();
            let line = line.strip_suffix('\r').unwrap_or(line);
            let is_marked = self.is_quoted && !self.quotes_the_rest;
            let unmarked = line.strip_prefix('>').filter(|_| is_marked);
            let line = unmarked.map_or(line, |line| line.strip_prefix(' ').unwrap_or(line));
            self.out.markdown.push_str(line);
        }
        self.out.markdown.push('\n');
        self.begin_line();
        self.out.markdown.push_str(&fence);
    }

    fn rest(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or_default()
    }
}

fn quote_mark(line: &str) -> Option<QuoteMark> {
    const MARK: &str = "&gt;";
    let quotes_the_rest = line.starts_with("&gt;&gt;&gt;");
    let bytes = match quotes_the_rest {
        true => 3 * MARK.len(),
        false => line.starts_with(MARK).then_some(MARK.len())?,
    };
    let content = line.get(bytes..).unwrap_or_default();
    let skipped = match quotes_the_rest {
        // The mark may have a line of its own.
        true => break_bytes(content),
        false => 0,
    };
    let is_spaced = skipped == 0 && content.starts_with(' ');
    Some(QuoteMark {
        bytes: bytes + skipped + usize::from(is_spaced),
        quotes_the_rest,
    })
}

/// Writes code within a line.
fn write_code(source: &str, out: &mut String) {
    let mut code = String::with_capacity(source.len());
    decode_code(source, &mut code);
    let ticks = "`".repeat(longest_ticks(&code) + 1);
    // One space on each side is taken off by a reader of Markdown.
    let touches = code.starts_with('`') || code.ends_with('`');
    let is_spaced = code.starts_with(' ') && code.ends_with(' ');
    let pad = if touches || is_spaced { " " } else { "" };
    for part in [&ticks, pad, &code, pad, &ticks] {
        out.push_str(part);
    }
}

/// Writes what stands in code: Slack puts addresses into brackets even there.
fn decode_code(mut text: &str, out: &mut String) {
    while let Some(at) = text.find('<') {
        let (before, rest) = text.split_at(at);
        escape::decode(before, out);
        let length = match token::read(rest) {
            Some((Token::Link { url, label }, length)) => {
                let bare = url.strip_prefix("mailto:").unwrap_or(url);
                escape::decode(if label.is_empty() { bare } else { label }, out);
                length
            }
            _ => {
                out.push('<');
                1
            }
        };
        text = rest.get(length..).unwrap_or_default();
    }
    escape::decode(text, out);
}

/// The length of the longest run of backticks.
fn longest_ticks(code: &str) -> usize {
    let runs = code.split(|it| it != '`').map(str::len);
    runs.max().unwrap_or(0)
}

fn is_line_end(rest: &str) -> bool {
    rest.is_empty() || break_bytes(rest) > 0
}

/// The length of the line break at the start; 0 if there is none.
fn break_bytes(rest: &str) -> usize {
    match rest.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    }
}

fn forget_repeats(ids: &mut Vec<&str>) {
    if ids.len() > 1 {
        let mut seen = HashSet::with_capacity(ids.len());
        ids.retain(|id| seen.insert(*id));
    }
}
