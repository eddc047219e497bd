//! Slack's mrkdwn, as blocks and styled runs of a document.
//!
//! One pass over lines: quotes and fences first, then within a line tokens, code, emphasis and
//! emoji. What stands in `<…>` is read by [`token`], and which stars are markup is found by
//! [`Emphasis`].

use std::ops::Range;

use migrate_markdown::{Block, BlockKind, Style};

use crate::people::Names;
use crate::text::date::day_and_time;
use crate::text::emphasis::{Emphasis, Piece, PieceKind};
use crate::text::token::{self, Token};
use crate::text::{Converted, Markup, emoji, emoji_bytes, escape, plain, push_emoji, push_literal};

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

/// Reads a text line by line and writes it.
pub(super) struct Writer<'w, 't> {
    text: &'t str,
    /// What all of it is shown in.
    style: Style,
    markup: Markup,
    names: Names<'t>,
    pub(super) out: &'w mut Converted<'t>,
    pub(super) pieces: Vec<Piece>,
    /// Whether the line is part of a quote.
    is_quoted: bool,
    /// Whether all further lines are.
    quotes_the_rest: bool,
    no_more_fences: bool,
}

impl<'w, 't> Writer<'w, 't> {
    pub(super) fn new(
        text: &'t str,
        markup: Markup,
        style: Style,
        names: Names<'t>,
        out: &'w mut Converted<'t>,
    ) -> Self {
        Writer {
            text,
            style,
            markup,
            names,
            pieces: std::mem::take(&mut out.pieces),
            out,
            is_quoted: false,
            quotes_the_rest: false,
            no_more_fences: false,
        }
    }

    pub(super) fn lines(&mut self) {
        let mut at = 0;
        let mut is_first = true;
        loop {
            at += self.quote_bytes(at);
            let block = self.block(BlockKind::Paragraph);
            match self.out.document.block() == block {
                true if is_first => {}
                true => self.out.document.push("\n", Style::PLAIN),
                false => self.out.document.begin(block),
            }
            is_first = false;
            at = self.line(at);
            match break_bytes(self.rest(at)) {
                0 => return,
                bytes => at += bytes,
            }
        }
    }

    /// The length of the mark of a quote at the start of a line.
    fn quote_bytes(&mut self, at: usize) -> usize {
        if self.markup != Markup::Mrkdwn || self.quotes_the_rest {
            return 0;
        }
        let mark = quote_mark(self.rest(at));
        self.is_quoted = mark.is_some();
        mark.map_or(0, |mark| {
            self.quotes_the_rest = mark.quotes_the_rest;
            mark.bytes
        })
    }

    /// Writes what the text shows without markup.
    pub(super) fn plain_lines(&mut self, out: &mut String) {
        let mut at = 0;
        loop {
            at += self.quote_bytes(at);
            let stop = self.split(at);
            let (Stop::Line(end) | Stop::Fence(end, _)) = stop;
            self.plain_pieces(at..end, out);
            at = end;
            if let Stop::Fence(open, close) = stop {
                let code = self.text.get(open + 3..close).unwrap_or_default();
                if !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
                decode_code(code.trim_matches(['\n', '\r']), out);
                let rest = self.rest(close + 3).trim_start_matches([' ', '\t']);
                at = self.text.len() - rest.len();
                if !is_line_end(rest) {
                    out.push('\n');
                }
            }
            match break_bytes(self.rest(at)) {
                0 if is_line_end(self.rest(at)) => return,
                0 => {}
                bytes => {
                    at += bytes;
                    out.push('\n');
                }
            }
        }
    }

    fn plain_pieces(&mut self, range: Range<usize>, out: &mut String) {
        let pieces = std::mem::take(&mut self.pieces);
        let mut at = range.start;
        for piece in &pieces {
            if piece.kind == PieceKind::Marker(None) {
                continue;
            }
            let part = |range: Range<usize>| self.text.get(range).unwrap_or_default();
            escape::decode(part(at..piece.range.start), out);
            at = piece.range.end;
            let found = part(piece.range.clone());
            match piece.kind {
                PieceKind::Marker(_) => {}
                PieceKind::Code => {
                    let code = found.trim_matches('`');
                    decode_code(code, out);
                }
                PieceKind::Token => {
                    if let Some((token, _)) = token::read(found) {
                        plain::push_token(token, self.names, out);
                    }
                }
                PieceKind::Emoji => {
                    let emoji = found.get(1..).and_then(emoji::read);
                    let is_written = |(name, tone, _): (&str, Option<u8>, usize)| {
                        self.names.emoji.write(name, tone, out)
                    };
                    if !emoji.is_some_and(is_written) {
                        out.push_str(found);
                    }
                }
                PieceKind::Address => escape::decode(found, out),
            }
        }
        escape::decode(self.text.get(at..range.end).unwrap_or_default(), out);
        self.pieces = pieces;
    }

    /// Puts in a line of the text, with the fences that open in it, and returns where it ends.
    fn line(&mut self, mut at: usize) -> usize {
        loop {
            let stop = self.split(at);
            let (Stop::Line(end) | Stop::Fence(end, _)) = stop;
            self.write_pieces(at..end);
            let Stop::Fence(open, close) = stop else {
                return end;
            };
            self.fence(open + 3..close);
            let rest = self.rest(close + 3).trim_start_matches([' ', '\t']);
            at = self.text.len() - rest.len();
            if is_line_end(rest) {
                return at;
            }
            let block = self.block(BlockKind::Paragraph);
            self.out.document.begin(block);
        }
    }

    fn block(&self, kind: BlockKind) -> Block {
        Block {
            quote: u8::from(self.is_quoted),
            level: 0,
            kind,
        }
    }

    /// Splits a line into pieces, up to its end or the next fence.
    fn split(&mut self, start: usize) -> Stop {
        self.pieces.clear();
        let bytes = self.text.as_bytes();
        let is_marked_up = self.markup == Markup::Mrkdwn;
        let mut emphasis = Emphasis::new(self.text, start);
        let mut at = start;
        while let Some(byte) = bytes.get(at).copied() {
            let rest = bytes.get(at..).unwrap_or_default();
            match byte {
                b'\n' | b'\r' => break,
                b'`' if is_marked_up => {
                    let run = run_bytes(rest);
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
                b'h' if is_marked_up => match self.address_bytes(start, at) {
                    0 => at += 1,
                    bytes => at = self.push(at..at + bytes, PieceKind::Address),
                },
                b':' => match self.emoji_bytes(start, at) {
                    Some(length) => at = self.push(at..at + length, PieceKind::Emoji),
                    None => at += 1,
                },
                b'*' | b'_' | b'~' if is_marked_up => {
                    let run = run_bytes(rest);
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

    /// The length of the emoji at `at`, with both colons.
    fn emoji_bytes(&self, line_start: usize, at: usize) -> Option<usize> {
        let line = self.rest(line_start);
        emoji_bytes(line, at - line_start, self.names)
    }

    /// The length of the address without brackets at `at`; 0 if there is none.
    fn address_bytes(&self, line_start: usize, at: usize) -> usize {
        let rest = self.rest(at);
        if !rest.starts_with("https://") && !rest.starts_with("http://") {
            return 0;
        }
        let before = self.text.get(line_start..at).unwrap_or_default();
        if before.ends_with(|it: char| it.is_ascii_alphanumeric()) {
            return 0;
        }
        const MARKERS: [char; 3] = ['*', '_', '~'];
        let is_end = |it: char| {
            const MARKS: &[char] = &[
                '<', '>', '"', '`', '|', '”', '’', '»', '。', '、', '，', '」', '』', '）', '】',
                '！', '？', '；', '：',
            ];
            it.is_whitespace() || it.is_control() || MARKS.contains(&it)
        };
        let address = rest.get(..rest.find(is_end).unwrap_or(rest.len()));
        let address = address.unwrap_or_default();
        let has_opened = address.contains(['(', '[', '{']);
        let is_sentence = |it: char| match it {
            ')' | ']' | '}' => !has_opened,
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' => true,
            _ => false,
        };
        let mut address = address;
        // A marker of each style may stand behind it, and a full stop before each.
        for _ in 0..=MARKERS.len() {
            address = address.trim_end_matches(is_sentence);
            // What is left of an entity.
            address = address.strip_suffix("&gt").unwrap_or(address);
            let is_odd = |marker: &char| address.matches(*marker).count() % 2 == 1;
            let last = address.chars().next_back();
            match last.filter(|it| MARKERS.contains(it)).filter(is_odd) {
                Some(marker) => address = address.trim_end_matches(marker),
                None => break,
            }
        }
        address.len()
    }

    fn write_pieces(&mut self, range: Range<usize>) {
        let pieces = std::mem::take(&mut self.pieces);
        let mut style = self.style;
        let mut at = range.start;
        for piece in &pieces {
            if piece.kind == PieceKind::Marker(None) {
                continue;
            }
            self.literal(at..piece.range.start, style);
            at = piece.range.end;
            match piece.kind {
                PieceKind::Marker(None) => {}
                PieceKind::Marker(Some(marked)) if style.has(marked) => {
                    style = self.style | (style & !marked);
                }
                PieceKind::Marker(Some(marked)) => style |= marked,
                PieceKind::Code => {
                    let code = self.text.get(piece.range.start + 1..piece.range.end - 1);
                    let code = code.unwrap_or_default();
                    let mut links = 0;
                    let document = &mut self.out.document;
                    document.push_with(style | Style::CODE, |out| {
                        links = decode_code(code, out);
                    });
                    self.out.lost.links += links;
                }
                PieceKind::Address => {
                    let url = self.text.get(piece.range.clone()).unwrap_or_default();
                    self.out.link(&escape::decoded(url), "", style);
                }
                PieceKind::Token => {
                    if let Some((token, _)) = token::read(self.rest(piece.range.start)) {
                        self.token(token, style);
                    }
                }
                PieceKind::Emoji => {
                    let rest = self.rest(piece.range.start);
                    push_emoji(rest, style, self.names, self.out);
                }
            }
        }
        self.literal(at..range.end, style);
        self.pieces = pieces;
    }

    /// Puts in a range of the text that has no markup.
    fn literal(&mut self, range: Range<usize>, style: Style) {
        push_literal(self.text.get(range).unwrap_or_default(), style, self.out);
    }

    fn token(&mut self, token: Token<'t>, style: Style) {
        let out = &mut *self.out;
        let directory = self.names.directory;
        match token {
            Token::User { id, .. } => {
                let id = self.names.bots.user_of(id);
                let name = directory.user_name(id);
                out.document.mention(name.unwrap_or(id), style);
                out.mentions.push(id);
            }
            Token::Channel { id, label } => out.document.push_with(style, |text| {
                text.push('#');
                match directory.channel_name(id) {
                    Some(name) => text.push_str(name),
                    None if label.is_empty() => text.push_str(id),
                    None => escape::decode(label, text),
                }
            }),
            Token::Broadcast(word) => {
                out.document.push("@", style);
                out.document.push(word, style);
                match word {
                    "here" => out.here = true,
                    _ => out.channel = true,
                }
            }
            Token::Shown(label) => out
                .document
                .push_with(style, |text| escape::decode(label, text)),
            Token::Date { at, url } => {
                let shown = day_and_time(at);
                match url {
                    "" => out.document.push(&shown, style),
                    _ => out.link(&escape::decoded(url), &shown, style),
                }
            }
            Token::Group(id) => {
                out.document.push("@", style);
                out.document.push(id, style);
            }
            Token::Unlinked { url, label } => {
                let number = plain::phone_number(url);
                out.lost.links += usize::from(number.is_none());
                out.document
                    .push_with(style, |text| plain::push_unlinked(label, number, text));
            }
            Token::Link { url, label } => {
                let mut decoded = std::mem::take(&mut out.decoded);
                decoded.clear();
                escape::decode(url, &mut decoded);
                match label.trim().is_empty() {
                    true => out.link(&decoded, "", style),
                    false => {
                        out.begin_link(&decoded);
                        out.document
                            .push_with(style, |text| escape::decode(label, text));
                        out.document.end_link();
                    }
                }
                out.decoded = decoded;
            }
        }
    }

    /// Puts in a fence.
    fn fence(&mut self, range: Range<usize>) {
        let content = self.text.get(range).unwrap_or_default();
        let content = content.get(break_bytes(content)..).unwrap_or_default();
        let content = content.strip_suffix('\n').unwrap_or(content);
        let content = content.strip_suffix('\r').unwrap_or(content);
        let is_marked = self.is_quoted && !self.quotes_the_rest;
        let block = self.block(BlockKind::Code);
        // It opens at the start of a line, which then has no other text.
        self.out.document.trim_line_break();
        self.out.document.begin(block);
        let mut links = 0;
        self.out.document.push_with(Style::PLAIN, |out| {
            if !is_marked {
                links = decode_code(content, out);
                return;
            }
            for (number, line) in content.split('\n').enumerate() {
                if number > 0 {
                    out.push('\n');
                }
                let unmarked = line.strip_prefix("&gt;");
                let line = unmarked.map_or(line, |line| line.strip_prefix(' ').unwrap_or(line));
                links += decode_code(line, out);
            }
        });
        self.out.lost.links += links;
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

/// Writes what stands in code: Slack puts addresses into brackets even there, and shows their
/// labels. Returns how many addresses are not shown.
fn decode_code(mut text: &str, out: &mut String) -> usize {
    let mut links = 0;
    while let Some(at) = text.find('<') {
        let (before, rest) = text.split_at(at);
        escape::decode(before, out);
        let length = match token::read(rest) {
            Some((Token::Link { url, label }, length)) => {
                let bare = url.strip_prefix("mailto:").unwrap_or(url);
                escape::decode(if label.is_empty() { bare } else { label }, out);
                links += usize::from(!label.is_empty() && !plain::says_address(label, url));
                length
            }
            Some((Token::Unlinked { url, label }, length)) => {
                let number = plain::phone_number(url);
                plain::push_unlinked(label, number, out);
                links += usize::from(number.is_none());
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
    links
}

/// How often the first byte is repeated at the start; 1 for no bytes.
fn run_bytes(bytes: &[u8]) -> usize {
    let first = bytes.first();
    let run = bytes.iter().take_while(|byte| Some(*byte) == first);
    run.count().max(1)
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
