//! What would make a line something other than a line of text, and is escaped.

use crate::escape::{self, WORD_JOINER};

/// Longest label of the definition of a link, in bytes: 999 characters. Source: CommonMark 0.31,
/// "Link reference definitions".
const LONGEST_LABEL: usize = 999 * 4;

/// How many columns of space make a line code. Source: CommonMark 0.31, "Indented code blocks".
pub(crate) const CODE_COLUMNS: usize = 4;

/// Escapes what would make the line from `start` to the end a heading, a list, a rule, a table, code
/// or the definition of a link, and takes off white space at its end, of which two spaces would be a
/// hard break. The line must be complete. `behind`: the text of the lines behind it.
pub(crate) fn guard(out: &mut String, start: usize, behind: &str) {
    let line = out.get(start..).unwrap_or_default();
    let kept = line.trim_end_matches([' ', '\t']).len();
    if kept > 0 {
        out.truncate(start + kept);
    }
    let line = out.get(start..).unwrap_or_default();
    let indent = line
        .bytes()
        .take_while(|it| matches!(it, b' ' | b'\t'))
        .count();
    let (space, body) = line.split_at(indent);
    if body.is_empty() {
        return;
    }
    let columns = columns(space);
    if columns >= CODE_COLUMNS {
        let kept = "\u{a0}".repeat(columns);
        out.replace_range(start..start + indent, &kept);
        return;
    }
    // The bracket may be that of a link, which a backslash would undo.
    if may_define(body, behind) {
        out.insert(start + indent, WORD_JOINER);
        return;
    }
    let Some(at) = block_marker(body) else {
        return;
    };
    // The rest of a run could pair with another one.
    let run = match body.as_bytes().first() {
        Some(b'*' | b'_' | b'~' | b'`') => escape::run_bytes(body.as_bytes()),
        _ => 1,
    };
    let marker = start + indent + at;
    let escaped: String = body
        .get(at..at + run)
        .unwrap_or_default()
        .chars()
        .flat_map(|it| ['\\', it])
        .collect();
    out.replace_range(marker..marker + run, &escaped);
}

/// Escapes what would make the item whose text starts at `start` a task with a box.
pub(crate) fn guard_item(out: &mut String, start: usize) {
    let mut bytes = out.as_bytes().get(start..).unwrap_or_default().iter();
    let opens = bytes.next() == Some(&b'[');
    let is_state = matches!(bytes.next(), Some(b' ' | b'x' | b'X'));
    let closes = bytes.next() == Some(&b']');
    // Before anything else it is text, or a link.
    let ends = matches!(bytes.next(), None | Some(b' ' | b'\t'));
    if opens && is_state && closes && ends {
        out.insert(start, '\\');
    }
}

/// Whether a line may begin the definition of a link or a footnote, of which nothing is shown. Its
/// label ends at the first bracket without a backslash, which only code leaves before a colon.
fn may_define(line: &str, behind: &str) -> bool {
    let Some(label) = line.strip_prefix('[') else {
        return false;
    };
    let mut is_escaped = false;
    let end = label.find(|it: char| {
        let is_end = matches!(it, '[' | ']') && !is_escaped;
        is_escaped = it == '\\' && !is_escaped;
        is_end
    });
    match end {
        Some(end) => label.get(end..).is_some_and(|it| it.starts_with("]:")),
        None => label_may_end(behind),
    }
}

/// Whether a label that is open before some lines may end before a colon in them.
fn label_may_end(behind: &str) -> bool {
    let mut before = b'\n';
    for byte in behind.bytes().take(LONGEST_LABEL) {
        match byte {
            b'[' if before != b'\\' => return false,
            b':' if before == b']' => return true,
            _ => before = byte,
        }
    }
    false
}

/// How many columns spaces and tabs take at most.
pub(crate) fn columns(space: &str) -> usize {
    let columns = space.bytes().map(|it| match it {
        b'\t' => CODE_COLUMNS,
        _ => 1,
    });
    columns.sum()
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
        b'`' => {
            (line.starts_with("```") && !line.trim_start_matches('`').contains('`')).then_some(0)
        }
        b'-' | b'|' | b':' if is_all(b"-|: \t") => bytes.iter().position(|it| *it == b'-'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{guard, guard_item};

    #[test]
    fn what_starts_a_block_is_escaped() {
        let check = |line: &str, expected: &str| {
            let mut out = line.to_owned();
            guard(&mut out, 0, "");
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
        check("***", "\\*\\*\\*");
        check("___", "\\_\\_\\_");
        check("===", "\\===");
        check("~~~", "\\~\\~\\~");
        check("```", "\\`\\`\\`");
        check("```x```", "```x```");
        check("|---|:-:|", "|\\---|:-:|");
        check(":--", ":\\--");
        check("| a |", "| a |");
        check("  - x", "  \\- x");
        check("    x", "\u{a0}\u{a0}\u{a0}\u{a0}x");
        check("\tx", "\u{a0}\u{a0}\u{a0}\u{a0}x");
        check("   ", "   ");
        check("-", "\\-");
        check("a  ", "a");
    }

    #[test]
    fn what_defines_a_link_is_shown() {
        let check = |line: &str, behind: &str, is_guarded: bool| {
            let mut out = line.to_owned();
            guard(&mut out, 0, behind);
            let expected = if is_guarded { "\u{2060}" } else { "" };
            assert_eq!(out, format!("{expected}{line}"), "{line}");
        };
        check("[`]: a`](b)", "", true);
        check("[a `]: b`", "", true);
        check("[a", "b ]: c", true);
        check("[a", "b", false);
        check("[a", "[b ]: c", false);
        check("[a", &format!("{}]: c", "b".repeat(4_000)), false);
        check("[`a`](b) `]: c`", "d ]: e", false);
        check("[`[]: a`](b)", "", false);
        check("[`\\]: a`](b)", "", false);
        check("a [`]: a`](b)", "", false);
    }

    #[test]
    fn an_item_is_no_task() {
        let check = |text: &str, expected: &str| {
            let mut out = text.to_owned();
            guard_item(&mut out, 2);
            assert_eq!(out, expected);
        };
        check("- [ ] x", "- \\[ ] x");
        check("- [x] x", "- \\[x] x");
        check("- [y] x", "- [y] x");
        check("- [", "- [");
        check("- [ ]", "- \\[ ]");
        check("- [x](a)", "- [x](a)");
    }
}
