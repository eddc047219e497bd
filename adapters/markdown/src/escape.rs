//! Writes literal text so that Markdown shows it as it stands.
//!
//! Only what a CommonMark or GFM reader would take for markup is escaped, so that search and
//! notifications show as few backslashes as can be. Characters are judged by their neighbours;
//! what matters at the start of a line alone is left to [`crate::line_start`].

use std::cell::OnceCell;
use std::ops::Range;

use crate::class::Class;
use crate::document::{Begun, BlockKind};
use crate::link;

/// Something invisible. `++x++` is an insertion in Stream's React components even with
/// backslashes, so this stands between the plus signs; and between markers of two kinds that a
/// letter would keep from being read. Source: rendering with stream-chat-react 14.12, 2026-08.
pub(crate) const WORD_JOINER: char = '\u{2060}';

/// Characters that may be markup within a line.
const ACTIVE: [bool; 256] = {
    let mut active = [false; 256];
    let bytes = b"&<*_~`\\(:[]+\0\r";
    let mut at = 0;
    while at < bytes.len() {
        active[bytes[at] as usize] = true;
        at += 1;
    }
    active
};

/// How many bytes stand before the first that may be markup.
fn inactive_bytes(text: &[u8]) -> usize {
    // Most of a text is none, so eight bytes are looked at for each branch.
    let is_active = |byte: &u8| ACTIVE[usize::from(*byte)];
    let is_inactive =
        |block: &&[u8; 8]| !block.iter().fold(false, |any, byte| any | is_active(byte));
    let (blocks, _) = text.as_chunks::<8>();
    let passed = blocks.iter().take_while(is_inactive).count() * 8;
    let rest = text.get(passed..).unwrap_or_default();
    passed + rest.iter().position(is_active).unwrap_or(rest.len())
}

/// The text of a document, of which ranges are written as literal text.
pub(crate) struct Literal<'d> {
    text: &'d str,
    /// The blocks that the text is put together from, with nothing between them; none for one.
    blocks: &'d [Begun],
    /// Whether markup is written somewhere, with which a literal character may pair.
    has_markup: bool,
    pairs: OnceCell<Pairs>,
}

/// What stands next to a range that is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Edges {
    /// Whether markup was written directly before.
    pub(crate) markup_before: bool,
    /// Whether markup is written directly behind.
    pub(crate) markup_behind: bool,
    /// Whether it is the label of a link, where brackets count.
    pub(crate) is_label: bool,
}

/// Where `*`, `_`, `~` and backticks might be read as pairs.
struct Pairs {
    /// Where a run stands first that could open one.
    first_opener: [usize; 4],
    /// Where a run stands last that could close one.
    last_closer: [usize; 4],
    /// Where the last `++` stands.
    last_plus: usize,
}

/// How some bytes of a text are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    AsItStands,
    /// This in their place.
    Text(&'static str),
    /// So many times, with a backslash before each.
    Escaped(u8, usize),
    /// So many plus signs with something invisible between them.
    Joined(usize),
    /// An address that stays one, up to so many bytes behind.
    Address(usize),
}

impl<'d> Literal<'d> {
    /// For a document's text. `has_markup`: markers will be written into it.
    pub(crate) fn new(text: &'d str, blocks: &'d [Begun], has_markup: bool) -> Self {
        Literal {
            text,
            blocks,
            has_markup,
            pairs: OnceCell::new(),
        }
    }

    /// Writes a range of a line of the text; the rest of the line counts as its neighbours.
    pub(crate) fn write(
        &self,
        range: Range<usize>,
        line: &Range<usize>,
        edges: Edges,
        out: &mut String,
    ) {
        let bytes = self.text.as_bytes();
        let mut copied = range.start;
        let mut at = range.start;
        let tail = match edges.markup_behind {
            true => self.tail(&range),
            false => usize::MAX,
        };
        while let Some(rest) = bytes.get(at..range.end) {
            let passed = inactive_bytes(rest);
            let Some(byte) = rest.get(passed).copied() else {
                break;
            };
            at += passed;
            let piece = Piece {
                literal: self,
                range: &range,
                line,
                edges,
                at,
                tail,
            };
            let (length, form) = piece.form(byte, copied, out);
            if let Form::Address(end) = form {
                let start = scheme_start(self.text, line.start..at);
                out.push_str(self.text.get(copied..start).unwrap_or_default());
                let rest = self.text.get(end..range.end).unwrap_or_default();
                let is_last = link::behind_sentence(rest).is_empty();
                self.write_address(start..end, line, is_last && edges.markup_behind, out);
                copied = end;
                at = end;
                continue;
            }
            if form != Form::AsItStands {
                out.push_str(self.text.get(copied..at).unwrap_or_default());
                copied = at + length;
                form.write(out);
            }
            at += length;
        }
        out.push_str(self.text.get(copied..range.end).unwrap_or_default());
    }

    /// Writes an address of a text, bare or as a link that shows it. `is_marked`: whether markers may
    /// follow, with nothing but the end of a sentence between.
    fn write_address(
        &self,
        range: Range<usize>,
        line: &Range<usize>,
        is_marked: bool,
        out: &mut String,
    ) {
        let address = self.text.get(range.clone()).unwrap_or_default();
        let rest = self.text.get(range.end..line.end).unwrap_or_default();
        let behind = |at: usize| {
            let behind = self.text.get(range.start + at + 1..line.end);
            behind.unwrap_or_default()
        };
        let mut ampersands = address.match_indices('&');
        let has_entity = ampersands.any(|(at, _)| looks_like_entity(behind(at)));
        if !is_marked && !has_entity && link::is_safe_bare(address) && link::stands_free(out, rest)
        {
            out.push_str(address);
            return;
        }
        link::open(out);
        let edges = Edges {
            markup_before: true,
            markup_behind: true,
            is_label: true,
        };
        self.write(range, line, edges, out);
        link::close(address, out);
    }

    /// Where the last piece of a range begins in which an address could not end.
    fn tail(&self, range: &Range<usize>) -> usize {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let end = text.char_indices().rev().find(|(_, it)| ends_address(*it));
        end.map_or(range.start, |(at, it)| range.start + at + it.len_utf8())
    }

    fn pairs(&self) -> &Pairs {
        self.pairs.get_or_init(|| match self.has_markup {
            true => Pairs::any(),
            false => Pairs::of(self.text, self.blocks),
        })
    }
}

/// Whether no address has such a character.
pub(crate) fn ends_address(it: char) -> bool {
    it.is_whitespace() || it.is_control() || it == '<'
}

/// A place in a range that is being written.
struct Piece<'p, 'd> {
    literal: &'p Literal<'d>,
    range: &'p Range<usize>,
    /// The line that the range is a part of.
    line: &'p Range<usize>,
    edges: Edges,
    at: usize,
    /// From where on an address would go to the end of the range, with markers behind it.
    tail: usize,
}

impl Piece<'_, '_> {
    /// How the byte at hand is written, and how many bytes that goes for. `copied`: how far the
    /// text was written to `out`.
    fn form(&self, byte: u8, copied: usize, out: &str) -> (usize, Form) {
        let only_if = |is_so: bool, form: Form| if is_so { form } else { Form::AsItStands };
        match byte {
            b'&' => {
                let is_entity = looks_like_entity(self.rest(1));
                (1, only_if(is_entity, Form::Text("&amp;")))
            }
            b'<' => {
                let opens = self.is_before_markup(1) || may_open_tag(self.rest(1));
                (1, only_if(opens, Form::Escaped(b'<', 1)))
            }
            b'*' | b'_' | b'~' | b'`' => {
                let run = self.run();
                let is_markup = self.is_markup(byte, run);
                (run, only_if(is_markup, Form::Escaped(byte, run)))
            }
            b'+' => {
                let run = self.run();
                let is_insertion = run > 1 && self.opens_insertion(run);
                (run, only_if(is_insertion, Form::Joined(run)))
            }
            // Readers of Markdown show a NUL so.
            0 => (1, Form::Text("\u{fffd}")),
            // They would take it for the end of the line.
            b'\r' => (1, Form::Text(" ")),
            _ => {
                let before = match self.at > copied {
                    true => self.literal.text.as_bytes().get(self.at - 1),
                    false => out.as_bytes().last(),
                };
                let is_escaped = self.needs_backslash(byte, before.copied());
                let is_free = byte == b':' && !is_escaped && !self.edges.is_label;
                if is_free && self.rest(1).starts_with("//") {
                    return self.address(copied);
                }
                (1, only_if(is_escaped, Form::Escaped(byte, 1)))
            }
        }
    }

    /// The text behind the next `skipped` bytes, to the end of the range.
    fn rest(&self, skipped: usize) -> &str {
        let range = self.at + skipped..self.range.end;
        self.literal.text.get(range).unwrap_or_default()
    }

    fn is_before_markup(&self, skipped: usize) -> bool {
        self.edges.markup_behind && self.at + skipped == self.range.end
    }

    fn run(&self) -> usize {
        run_bytes(self.rest(0).as_bytes())
    }

    fn needs_backslash(&self, byte: u8, before: Option<u8>) -> bool {
        match byte {
            // A backslash before a letter is shown as it is.
            b'\\' => match self.rest(1).bytes().next() {
                Some(next) => next.is_ascii() && !next.is_ascii_alphanumeric(),
                None => true,
            },
            // `](` makes a link and `]:` the definition of a link or a footnote, which would not be
            // shown at all. Without one, no label in brackets refers to anything.
            b'(' | b':' => before == Some(b']'),
            b'[' | b']' => self.edges.is_label,
            _ => false,
        }
    }

    /// How an address is written whose scheme ends here.
    fn address(&self, copied: usize) -> (usize, Form) {
        const SEPARATOR: usize = "://".len();
        let text = self.literal.text;
        let start = scheme_start(text, self.line.start..self.at);
        if start == self.at || start < copied.max(self.range.start) {
            return (1, Form::AsItStands);
        }
        // Readers would take markers behind it for a part of it.
        let is_marked = start >= self.tail;
        let before = text.get(self.line.start..start);
        let before = before.and_then(|it| it.chars().next_back());
        if !is_marked && !before.is_none_or(|it| it.is_whitespace() || it == '(') {
            return (1, Form::AsItStands);
        }
        let body = self.rest(0);
        let far = body.find(ends_address);
        let body = body.get(..far.unwrap_or(body.len())).unwrap_or_default();
        let is_active = |it: u8| ACTIVE[usize::from(it)] && !matches!(it, b':' | b'(');
        if !is_marked && !body.bytes().any(is_active) {
            return (body.len(), Form::AsItStands);
        }
        let address = text.get(start..self.at + body.len());
        let end = start + link::address_bytes(address.unwrap_or_default());
        match end > self.at + SEPARATOR {
            true => (0, Form::Address(end)),
            false => (1, Form::AsItStands),
        }
    }

    /// Whether a run of `*`, `_`, `~` or backticks could be taken for markup.
    fn is_markup(&self, byte: u8, run: usize) -> bool {
        let Some(index) = pair_index(byte) else {
            return false;
        };
        let pairs = self.literal.pairs();
        let opener = pairs.first_opener.get(index);
        let closer = pairs.last_closer.get(index);
        if opener >= closer && !self.edges.is_label {
            return false;
        }
        let text = self.literal.text;
        let before = text.get(self.line.start..self.at).unwrap_or_default();
        let after = text.get(self.at + run..self.line.end);
        let after = after.unwrap_or_default();
        let before = match self.edges.markup_before && self.at == self.range.start {
            true => Some('.'),
            false => before.chars().next_back(),
        };
        let after = match self.is_before_markup(run) {
            true => Some('.'),
            false => after.chars().next(),
        };
        let (opens, closes) = may_pair(byte, before, after);
        opens || closes
    }

    fn opens_insertion(&self, run: usize) -> bool {
        let after = self.rest(run).chars().next();
        let last_plus = self.literal.pairs().last_plus;
        last_plus >= self.at + run && after.is_some_and(|it| !it.is_whitespace())
    }
}

impl Pairs {
    /// Whatever stands anywhere.
    fn any() -> Self {
        Pairs {
            first_opener: [0; 4],
            last_closer: [usize::MAX; 4],
            last_plus: usize::MAX,
        }
    }

    /// What stands in the blocks of a text that has no other markup.
    fn of(text: &str, blocks: &[Begun]) -> Self {
        let mut pairs = Pairs {
            first_opener: [usize::MAX; 4],
            last_closer: [0; 4],
            last_plus: 0,
        };
        if blocks.is_empty() {
            pairs.add(text, 0..text.len());
        }
        let ends = blocks.iter().skip(1).map(|it| it.text);
        for (begun, end) in blocks.iter().zip(ends.chain([text.len()])) {
            // Code and what is Markdown already ends what stands open before.
            if matches!(begun.block.kind, BlockKind::Paragraph | BlockKind::Item(_)) {
                pairs.add(text, begun.text..end);
            }
        }
        pairs
    }

    /// Adds what stands in a block.
    fn add(&mut self, text: &str, block: Range<usize>) {
        let text = text.get(..block.end).unwrap_or_default();
        let own = text.get(block.start..).unwrap_or_default();
        if let Some(plus) = own.rfind("++") {
            self.last_plus = block.start + plus;
        }
        let bytes = text.as_bytes();
        let mut at = block.start;
        while let Some(byte) = bytes.get(at).copied() {
            let Some(index) = pair_index(byte) else {
                at += 1;
                continue;
            };
            let run = run_bytes(bytes.get(at..).unwrap_or_default());
            let before = text.get(block.start..at);
            let before = before.and_then(|it| it.chars().next_back());
            let after = text.get(at + run..).and_then(|it| it.chars().next());
            let (opens, closes) = may_pair(byte, before, after);
            if let Some(first) = self.first_opener.get_mut(index).filter(|_| opens) {
                *first = at.min(*first);
            }
            if let Some(last) = self.last_closer.get_mut(index).filter(|_| closes) {
                *last = at;
            }
            at += run;
        }
    }
}

impl Form {
    /// Writes it, unless it is the text as it stands or an address.
    fn write(self, out: &mut String) {
        match self {
            Form::AsItStands | Form::Address(_) => {}
            Form::Text(text) => out.push_str(text),
            Form::Escaped(byte, times) => {
                for _ in 0..times {
                    out.push('\\');
                    out.push(char::from(byte));
                }
            }
            Form::Joined(times) => {
                out.push('+');
                for _ in 1..times {
                    out.push(WORD_JOINER);
                    out.push('+');
                }
            }
        }
    }
}

/// Whether a run of such bytes could open and close a pair, by the characters around it.
fn may_pair(byte: u8, before: Option<char>, after: Option<char>) -> (bool, bool) {
    let class = |it: Option<char>| it.map_or(Class::Space, Class::of);
    let (before, after) = (class(before), class(after));
    let is_within_word = before == Class::Letter && after == Class::Letter;
    match byte {
        b'`' => (true, true),
        b'_' if is_within_word => (false, false),
        _ => (after != Class::Space, before != Class::Space),
    }
}

/// How often the first byte is repeated at the start; 1 for no bytes.
pub(crate) fn run_bytes(bytes: &[u8]) -> usize {
    let first = bytes.first();
    let run = bytes.iter().take_while(|byte| Some(*byte) == first);
    run.count().max(1)
}

/// Where `http` or `https` starts that ends where the range does; the end of the range if neither
/// does. The range starts where the line or its block does.
pub(crate) fn scheme_start(text: &str, before: Range<usize>) -> usize {
    let end = before.end;
    let text = text.get(..end).unwrap_or_default().as_bytes();
    let text = text.get(before.start..).unwrap_or_default();
    let ends_with = |scheme: &[u8]| {
        let start = text.len().checked_sub(scheme.len());
        let start = start.filter(|start| {
            let found = text.get(*start..).unwrap_or_default();
            found.eq_ignore_ascii_case(scheme)
        })?;
        let behind_word = start
            .checked_sub(1)
            .and_then(|at| text.get(at))
            .is_some_and(|it| it.is_ascii_alphanumeric());
        (!behind_word).then_some(before.start + start)
    };
    ends_with(b"https")
        .or_else(|| ends_with(b"http"))
        .unwrap_or(end)
}

/// Whether what follows an ampersand makes it an entity.
pub(crate) fn looks_like_entity(rest: &str) -> bool {
    const LONGEST: usize = 40;
    let mut bytes = rest.bytes().take(LONGEST).enumerate();
    let end = bytes.find(|(at, byte)| {
        let is_part = byte.is_ascii_alphanumeric() || (*at == 0 && *byte == b'#');
        !is_part
    });
    matches!(end, Some((at, b';')) if at > 0)
}

/// Whether what follows `<` could make it a tag or an address in angle brackets.
fn may_open_tag(rest: &str) -> bool {
    const LONGEST_LOCAL_PART: usize = 70;
    let Some(next) = rest.bytes().next() else {
        return false;
    };
    if next.is_ascii_whitespace() {
        return false;
    }
    if !(next.is_ascii_digit() || matches!(next, b'=' | b'-')) {
        return true;
    }
    let mut word = rest.bytes().take(LONGEST_LOCAL_PART);
    match word.find(|it| it.is_ascii_whitespace() || matches!(it, b'@' | b'&' | b'<')) {
        Some(end) => matches!(end, b'@' | b'<'),
        None => rest.len() >= LONGEST_LOCAL_PART,
    }
}

fn pair_index(byte: u8) -> Option<usize> {
    match byte {
        b'*' => Some(0),
        b'_' => Some(1),
        b'~' => Some(2),
        b'`' => Some(3),
        _ => None,
    }
}
