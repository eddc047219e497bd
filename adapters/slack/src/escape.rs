//! Writes text so that Markdown shows it as it stands.
//!
//! Only what a CommonMark or GFM reader would take for markup is escaped, so that search and
//! notifications show as few backslashes as can be. Characters are judged by their neighbours
//! ([`Literal`]), the start of a line when it is complete ([`guard_line`]).

use std::ops::Range;

/// Something invisible. `++x++` is an insertion in Stream's React components even with
/// backslashes, so this stands between the plus signs. Source: rendering with
/// stream-chat-react 14.12, 2026-08.
pub(crate) const WORD_JOINER: char = '\u{2060}';

/// Characters that may be markup within a line.
const ACTIVE: [bool; 256] = {
    let mut active = [false; 256];
    let bytes = b"&<*_~`\\(:[]+\n\r";
    let mut at = 0;
    while at < bytes.len() {
        active[bytes[at] as usize] = true;
        at += 1;
    }
    active
};

/// A piece of literal text and what surrounds it.
#[derive(Clone, Copy)]
pub(crate) struct Literal<'s> {
    text: &'s str,
    /// Whether `&amp;`, `&lt;` and `&gt;` stand for `&`, `<` and `>`, and nothing else does.
    is_encoded: bool,
    /// Whether other text is written next to this one, which then may form markup with it.
    has_neighbours: bool,
    /// Whether square brackets are escaped, as within a link.
    is_label: bool,
    /// Characters that stand in the text only once and so cannot form a pair: `*_~` and backtick.
    lone: [bool; 4],
    /// Where the last `++` stands.
    last_plus: usize,
}

/// How some bytes of a text are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    AsItStands,
    Char(char),
    Ampersand,
    /// So many times, with a backslash before each.
    Escaped(u8, usize),
    /// So many plus signs with something invisible between them.
    Joined(usize),
}

impl<'s> Literal<'s> {
    /// A whole message in Slack's encoding. `is_wrapped`: it will be put between markers.
    pub(crate) fn message(text: &'s str, is_wrapped: bool) -> Self {
        let mut counts = [0_u8; 4];
        for byte in text.bytes() {
            if let Some(at) = pair_index(byte)
                && let Some(count) = counts.get_mut(at)
            {
                *count = count.saturating_add(1);
            }
        }
        let [_, underscores, ..] = counts;
        let mut lone = counts.map(|count| count == 1 && !is_wrapped);
        // Two underscores may be written as stars.
        lone[0] &= underscores < 2;
        Literal {
            text,
            is_encoded: true,
            has_neighbours: is_wrapped,
            is_label: false,
            lone,
            last_plus: text.rfind("++").unwrap_or(0),
        }
    }

    /// A label or fallback of a token, in Slack's encoding.
    pub(crate) fn label(text: &'s str) -> Self {
        Literal {
            text,
            is_encoded: true,
            has_neighbours: true,
            is_label: false,
            lone: [false; 4],
            last_plus: text.rfind("++").unwrap_or(0),
        }
    }

    /// A name, which is not encoded.
    pub(crate) fn name(text: &'s str) -> Self {
        Literal {
            is_encoded: false,
            last_plus: 0,
            ..Literal::label(text)
        }
    }

    /// The same text as the label of a link.
    pub(crate) fn in_link(self) -> Self {
        Literal {
            is_label: true,
            ..self
        }
    }

    /// Writes all of the text.
    pub(crate) fn write(&self, out: &mut String) {
        self.write_range(0..self.text.len(), out);
    }

    /// Writes a range of the text; the rest counts as its neighbours.
    pub(crate) fn write_range(&self, range: Range<usize>, out: &mut String) {
        let bytes = self.text.as_bytes();
        let mut copied = range.start;
        let mut at = range.start;
        while at < range.end {
            let Some(byte) = bytes.get(at).copied() else {
                break;
            };
            if !ACTIVE[usize::from(byte)] {
                at += 1;
                continue;
            }
            let before = match at > copied {
                true => bytes.get(at - 1),
                false => out.as_bytes().last(),
            };
            let (length, form) = self.form(byte, at..range.end, before.copied());
            if form != Form::AsItStands {
                out.push_str(self.text.get(copied..at).unwrap_or_default());
                copied = at + length;
                form.write(out);
            }
            at += length;
        }
        out.push_str(self.text.get(copied..range.end).unwrap_or_default());
    }

    /// How the byte at the start of the range is written, and how many bytes that goes for.
    /// `before` is the last byte that was written.
    fn form(&self, byte: u8, range: Range<usize>, before: Option<u8>) -> (usize, Form) {
        let at = range.start;
        let only_if = |is_so: bool, form: Form| if is_so { form } else { Form::AsItStands };
        match byte {
            b'&' => {
                let (decoded, length) = self.decode(at);
                (length, self.form_of_decoded(decoded, at + length))
            }
            b'<' => (1, self.form_of_decoded('<', at + 1)),
            b'*' | b'_' | b'~' | b'`' => {
                let run = self.run(range);
                let is_markup = self.is_markup(byte, at..at + run);
                (run, only_if(is_markup, Form::Escaped(byte, run)))
            }
            b'+' => {
                let run = self.run(range);
                let is_insertion = run > 1 && self.opens_insertion(at, run);
                (run, only_if(is_insertion, Form::Joined(run)))
            }
            b'\n' | b'\r' => (1, Form::Char(' ')),
            _ => {
                let is_escaped = self.needs_backslash(byte, at, before);
                (1, only_if(is_escaped, Form::Escaped(byte, 1)))
            }
        }
    }

    fn needs_backslash(&self, byte: u8, at: usize, before: Option<u8>) -> bool {
        match byte {
            // A backslash before a letter or a space is shown as it is.
            b'\\' => match self.text.as_bytes().get(at + 1) {
                Some(next) => next.is_ascii_punctuation() || matches!(next, b'\n' | b'\r'),
                None => true,
            },
            // `](` makes a link and `]:` a definition, which would not be shown at all.
            b'(' | b':' => before == Some(b']'),
            b'[' | b']' => self.is_label,
            _ => false,
        }
    }

    /// The character at `at`, where an ampersand stands, and its length in the text.
    fn decode(&self, at: usize) -> (char, usize) {
        if !self.is_encoded {
            return ('&', 1);
        }
        entity(self.text.get(at..).unwrap_or_default()).unwrap_or(('&', 1))
    }

    /// How a character is written that was encoded; `next` is where the text goes on.
    fn form_of_decoded(&self, decoded: char, next: usize) -> Form {
        let rest = self.text.get(next..).unwrap_or_default();
        match decoded {
            '&' if looks_like_entity(rest) || self.meets_other_text(rest) => Form::Ampersand,
            '<' if may_open_tag(rest) => Form::Escaped(b'<', 1),
            other => Form::Char(other),
        }
    }

    /// Whether text from elsewhere is written where `rest` begins.
    fn meets_other_text(&self, rest: &str) -> bool {
        rest.starts_with('<') || (rest.is_empty() && self.has_neighbours)
    }

    fn run(&self, range: Range<usize>) -> usize {
        run_bytes(self.text.as_bytes().get(range).unwrap_or_default())
    }

    /// Whether a run of `*`, `_`, `~` or backticks could be taken for markup.
    fn is_markup(&self, byte: u8, run: Range<usize>) -> bool {
        if pair_index(byte).is_some_and(|at| self.lone.get(at) == Some(&true)) {
            return false;
        }
        let before = self.text.get(..run.start).unwrap_or_default();
        let after = self.text.get(run.end..).unwrap_or_default();
        let edge = if self.has_neighbours { '.' } else { ' ' };
        let before = before.chars().next_back().unwrap_or(edge);
        let after = after.chars().next().unwrap_or(edge);
        let is_apart = before.is_whitespace() && after.is_whitespace();
        let is_within_word = before.is_alphanumeric() && after.is_alphanumeric();
        match byte {
            b'`' => true,
            b'_' => !is_apart && !is_within_word,
            _ => !is_apart,
        }
    }

    fn opens_insertion(&self, at: usize, run: usize) -> bool {
        let after = self.text.get(at + run..).unwrap_or_default();
        let after = after.chars().next();
        self.last_plus >= at + run && after.is_some_and(|it| !it.is_whitespace())
    }
}

impl Form {
    /// Writes it.
    fn write(self, out: &mut String) {
        match self {
            Form::AsItStands => {}
            Form::Char(it) => out.push(it),
            Form::Ampersand => out.push_str("&amp;"),
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

/// The character that Slack's entity at the start stands for, and the entity's length. Slack
/// encodes these three and no others. Source: Slack API reference, "Formatting text", read 2026-08.
pub(crate) fn entity(text: &str) -> Option<(char, usize)> {
    const ENTITIES: [(&str, char); 3] = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];
    let found = ENTITIES.iter().find(|(name, _)| text.starts_with(name));
    found.map(|(name, decoded)| (*decoded, name.len()))
}

/// Writes Slack's text with its entities decoded and nothing escaped.
pub(crate) fn decode(mut text: &str, out: &mut String) {
    while let Some(at) = text.find('&') {
        let (before, rest) = text.split_at(at);
        out.push_str(before);
        let (decoded, length) = entity(rest).unwrap_or(('&', 1));
        out.push(decoded);
        text = rest.get(length..).unwrap_or_default();
    }
    out.push_str(text);
}

/// How often the first byte is repeated at the start; 1 for no bytes.
pub(crate) fn run_bytes(bytes: &[u8]) -> usize {
    let first = bytes.first();
    let run = bytes.iter().take_while(|byte| Some(*byte) == first);
    run.count().max(1)
}

/// Escapes what would make the line from `start` to the end a heading, a list, a rule, a table or
/// code. The line must be complete.
pub(crate) fn guard_line(out: &mut String, start: usize) {
    let line = out.get(start..).unwrap_or_default();
    let indent = line
        .bytes()
        .take_while(|it| matches!(it, b' ' | b'\t'))
        .count();
    let (space, body) = line.split_at(indent);
    if body.is_empty() {
        return;
    }
    let columns: usize = space
        .bytes()
        .map(|it| if it == b'\t' { 4 } else { 1 })
        .sum();
    if columns >= 4 {
        let kept = "\u{a0}".repeat(columns);
        out.replace_range(start..start + indent, &kept);
        return;
    }
    if let Some(at) = block_marker(body) {
        out.insert(start + indent + at, '\\');
    }
}

/// Where the character stands that makes a line a block other than a paragraph.
fn block_marker(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let first = *bytes.first()?;
    let is_gap = |at: usize| matches!(bytes.get(at), None | Some(b' ' | b'\t'));
    let count = |of: fn(&u8) -> bool| bytes.iter().take_while(|it| of(it)).count();
    let is_all = |set: &[u8]| bytes.iter().all(|it| set.contains(it));
    match first {
        b'#' => (count(|it| *it == b'#') <= 6 && is_gap(count(|it| *it == b'#'))).then_some(0),
        b'>' => Some(0),
        b'+' | b'-' | b'*' if is_gap(1) => Some(0),
        b'0'..=b'9' => {
            let digits = count(u8::is_ascii_digit);
            let is_item = matches!(bytes.get(digits), Some(b'.' | b')')) && is_gap(digits + 1);
            (digits <= 9 && is_item).then_some(digits)
        }
        b'=' => is_all(b"= \t").then_some(0),
        b'*' => is_all(b"* \t").then_some(0),
        b'_' => is_all(b"_ \t").then_some(0),
        b'~' => line.starts_with("~~~").then_some(0),
        b'-' | b'|' | b':' if is_all(b"-|: \t") => bytes.iter().position(|it| *it == b'-'),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::{Literal, decode, guard_line};

    #[test]
    fn a_name_is_shown_as_it_stands() {
        let check = |name: &str, expected: &str| {
            let mut out = String::new();
            Literal::name(name).write(&mut out);
            assert_eq!(out, expected);
        };
        check("Ada Lovelace", "Ada Lovelace");
        check("snake_case", "snake_case");
        check("_x_", "\\_x\\_");
        check("a*b", "a\\*b");
        check("A&B", "A&B");
        check("A&lt;", "A&amp;lt;");
        check("R&", "R&amp;");
        check("<b>", "\\<b>");
        check("a\nb", "a b");
        check("[x](y)", "[x]\\(y)");
        check("C++", "C++");
    }

    #[test]
    fn brackets_of_a_label_are_escaped() {
        let mut out = String::new();
        Literal::label("a [b] &amp; c").in_link().write(&mut out);
        assert_eq!(out, "a \\[b\\] & c");
    }

    #[test]
    fn what_starts_a_block_is_escaped() {
        let check = |line: &str, expected: &str| {
            let mut out = line.to_owned();
            guard_line(&mut out, 0);
            assert_eq!(out, expected);
        };
        check("# x", "\\# x");
        check("#x", "#x");
        check("####### x", "####### x");
        check("#", "\\#");
        check("- x", "\\- x");
        check("-x", "-x");
        check("+ x", "\\+ x");
        check("+1", "+1");
        check("* x", "\\* x");
        check("12. x", "12\\. x");
        check("12) x", "12\\) x");
        check("1.5", "1.5");
        check("1234567890. x", "1234567890. x");
        check("> x", "\\> x");
        check("---", "\\---");
        check("- - -", "\\- - -");
        check("***", "\\***");
        check("___", "\\___");
        check("===", "\\===");
        check("~~~", "\\~~~");
        check("|---|:-:|", "|\\---|:-:|");
        check(":--", ":\\--");
        check("| a |", "| a |");
        check("  - x", "  \\- x");
        check("    x", "\u{a0}\u{a0}\u{a0}\u{a0}x");
        check("\tx", "\u{a0}\u{a0}\u{a0}\u{a0}x");
        check("   ", "   ");
        check("-", "\\-");
    }

    #[test]
    fn entities_are_decoded_once() {
        let mut out = String::new();
        decode("&amp;lt; &lt;b&gt; &copy; &", &mut out);
        assert_eq!(out, "&lt; <b> &copy; &");
    }
}
