//! What the export shows of the contents of files: the starts of snippets, posts and e-mails.

use migrate_model::Stop;

use crate::extras::Extras;
use crate::files;
use crate::foreign::File;
use crate::loose::{lost, readable};
use crate::losses;

/// Writes the preview of a file behind the text of its message.
pub(crate) fn write<'m>(file: &'m File<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let is_cut = match &*file.mode {
        "snippet" => snippet(file, extras),
        "post" | "space" | "docs" => post(file, extras),
        "email" => mail(file, extras),
        _ => file.transcription.preview.has_more.0,
    };
    extras.lose_unread(lost(&file.from), "`from` of a file")?;
    match is_cut {
        true => extras.lose(losses::FILE_PREVIEW_CUT, 1, files::name(file)),
        false => Ok(()),
    }
}

/// A snippet is code, or any text that was pasted. Whether it goes on behind the preview.
fn snippet<'m>(file: &'m File<'m>, extras: &mut Extras<'_, 'm>) -> bool {
    if file.preview.trim().is_empty() {
        return false;
    }
    extras.begin_block(0);
    extras.fence(&file.preview);
    file.lines_more.positive().is_some() || file.preview_is_truncated.0
}

/// A post is a page of text. Old exports hold it as HTML.
fn post<'m>(file: &'m File<'m>, extras: &mut Extras<'_, 'm>) -> bool {
    let text = without_tags(&file.preview);
    if text.trim().is_empty() {
        return false;
    }
    extras.begin_block(0);
    let start = extras.end();
    extras.lines_decoded(text.trim());
    extras.quote_since(start);
    file.preview_is_truncated.0
}

fn mail<'m>(file: &'m File<'m>, extras: &mut Extras<'_, 'm>) -> bool {
    let is_whole = !file.plain_text.trim().is_empty();
    let text = match is_whole {
        true => &file.plain_text,
        false => &file.preview_plain_text,
    };
    extras.begin_block(0);
    let start = extras.end();
    extras.bold(&file.title);
    for sender in readable(&file.from) {
        let names = [&sender.original, &sender.name, &sender.address];
        if let Some(name) = names.into_iter().find(|name| !name.is_empty()) {
            extras.begin_line(start);
            extras.words_decoded(&format!("From: {}", &**name));
        }
    }
    if !text.trim().is_empty() {
        extras.begin_block(start);
        extras.lines_decoded(text.trim());
    }
    extras.quote_since(start);
    !is_whole && !text.is_empty()
}

/// The text of a page without its tags; the end of a paragraph is one of a line.
fn without_tags(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut rest = page;
    let last = page.rfind('>').map_or(0, |at| page.len() - at);
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let next = from.as_bytes().get(1);
        let is_tag = next.is_some_and(|it| it.is_ascii_alphabetic() || *it == b'/');
        // Behind the last `>` none is looked for.
        let is_tag = is_tag && last > 0 && from.len() >= last;
        let Some(end) = from.find('>').filter(|_| is_tag) else {
            text.push('<');
            rest = from.get(1..).unwrap_or_default();
            continue;
        };
        let tag = from.get(1..end).unwrap_or_default().to_ascii_lowercase();
        let ends_line = ["/p", "br", "/h", "/li", "/div"];
        if ends_line.iter().any(|start| tag.starts_with(start)) {
            text.push('\n');
        }
        rest = from.get(end + 1..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::without_tags;

    #[test]
    fn a_page_becomes_lines() {
        let check = |page: &str, expected: &str| assert_eq!(without_tags(page), expected);
        check("<p>One <b>two</b></p><p>three</p>", "One two\nthree\n");
        check("a < b <br/>c <3 >", "a < b \nc <3 >");
        check("<unclosed", "<unclosed");
    }
}
