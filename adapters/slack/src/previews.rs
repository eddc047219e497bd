//! What the export shows of the contents of files: the starts of snippets, posts and e-mails.

use migrate_markdown::Style;
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
    extras.begin_block();
    extras.code(&file.preview);
    file.lines_more.positive().is_some() || file.preview_is_truncated.0
}

/// A post is a page of text. Old exports hold it as HTML.
fn post<'m>(file: &'m File<'m>, extras: &mut Extras<'_, 'm>) -> bool {
    if file.preview.trim().is_empty() {
        return false;
    }
    extras.begin_quote();
    extras.html(&file.preview);
    extras.end_quote();
    file.preview_is_truncated.0
}

fn mail<'m>(file: &'m File<'m>, extras: &mut Extras<'_, 'm>) -> bool {
    let is_whole = !file.plain_text.trim().is_empty();
    let text = match is_whole {
        true => &file.plain_text,
        false => &file.preview_plain_text,
    };
    extras.begin_quote();
    extras.words(&file.title, Style::BOLD);
    for sender in readable(&file.from) {
        let names = [&sender.original, &sender.name, &sender.address];
        if let Some(name) = names.into_iter().find(|name| !name.is_empty()) {
            extras.begin_line();
            extras.literal(&format!("From: {}", &**name), Style::PLAIN);
        }
    }
    extras.begin_block();
    extras.literal(text, Style::PLAIN);
    extras.end_quote();
    !is_whole && !text.is_empty()
}
