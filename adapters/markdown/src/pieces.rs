//! Pieces of Markdown for text that is put together elsewhere, where a whole
//! [`Document`](crate::Document) is too much.

use pulldown_cmark::{Event, Parser, Tag};

use crate::cut::outline;
use crate::escape::{Edges, Literal};
use crate::{line_start, link as links};

/// Appends text that is shown as it stands, whatever is written next to it. Line breaks become
/// spaces.
///
/// What matters at the start of a line alone is left to [`guard_line`].
///
/// ```
/// let mut out = String::new();
/// migrate_markdown::escape("a *b* <c>", &mut out);
/// assert_eq!(out, "a \\*b\\* \\<c>");
/// ```
pub fn escape(text: &str, out: &mut String) {
    write(text, false, out);
}

/// Appends a link with a label that is shown as it stands; the address is the label where that is
/// blank.
///
/// ```
/// let mut out = String::new();
/// migrate_markdown::link("https://a.b/(c)", "a [b]", &mut out);
/// assert_eq!(out, "[a \\[b\\]](<https://a.b/(c)>)");
/// ```
pub fn link(url: &str, label: &str, out: &mut String) {
    links::open(out);
    let label = if label.trim().is_empty() { url } else { label };
    write(label, true, out);
    links::close(url, out);
}

/// Escapes what would make the line from the byte `start` to the end of `out` a heading, a list, a
/// rule, a table or code. The line must be complete.
pub fn guard_line(out: &mut String, start: usize) {
    line_start::guard(out, start, "");
}

/// Begins a paragraph behind Markdown that may leave code open, unless nothing stands before.
///
/// ```
/// let mut out = "```\ncode".to_owned();
/// migrate_markdown::begin_paragraph(&mut out);
/// out.push_str("text");
/// assert_eq!(out, "```\ncode\n```\n\ntext");
/// ```
pub fn begin_paragraph(out: &mut String) {
    if out.trim().is_empty() {
        return out.clear();
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    if let Some(fence) = open_fence(out) {
        out.push_str(&fence);
        out.push('\n');
    }
    out.push('\n');
}

/// The fence of code that goes on behind a blank line at the end of a text.
fn open_fence(text: &mut String) -> Option<String> {
    let end = text.len();
    text.push_str("\na");
    let mut fence = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        let is_code = matches!(event, Event::Start(Tag::CodeBlock(_)));
        if is_code && range.end > end + 1 {
            let code = text.get(range).unwrap_or_default();
            fence = Some(outline::fence(code).to_owned());
        }
    }
    text.truncate(end);
    fence
}

fn write(text: &str, is_label: bool, out: &mut String) {
    let edges = Edges {
        markup_before: true,
        markup_behind: true,
        is_label,
    };
    let lines = text.split(['\n', '\r']).enumerate();
    for (number, line) in lines {
        if number > 0 {
            out.push(' ');
        }
        let whole = 0..line.len();
        Literal::new(line, &[], true).write(whole.clone(), &whole, edges, out);
    }
}
