//! Pieces of text without Slack's markup as Markdown: the names, titles and labels of what hangs
//! on a message. All of it is decoded already, and stands in one line.

use crate::escape::{self, Literal};
use crate::link;
use crate::token::{self, Token};

/// Writes a text so that it shows as it stands.
pub(crate) fn write(text: &str, out: &mut String) {
    Literal::name(text).write(out);
}

/// Writes a link; the text alone if the address is none.
pub(crate) fn write_link(label: &str, url: &str, out: &mut String) {
    match is_link(url) {
        // Both are written as Slack encodes them.
        true => link::write(url, &label.replace('&', "&amp;"), "x", out),
        false => write(label, out),
    }
}

/// Guards what was written since `start` from being read as a heading, a list or the like, if that
/// is the start of a line.
pub(crate) fn guard(start: usize, out: &mut String) {
    let is_line = start == 0 || out.as_bytes().get(start - 1) == Some(&b'\n');
    if is_line {
        escape::guard_line(out, start);
    }
}

/// Whether a text is an address that a link may lead to.
fn is_link(url: &str) -> bool {
    let token = format!("<{url}>");
    let Some((Token::Link { label: "", .. }, length)) = token::read(&token) else {
        return false;
    };
    length == token.len()
}
