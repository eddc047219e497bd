//! What the export shows of the contents of files: the starts of snippets, posts and e-mails.

use migrate_markdown::Style;
use migrate_model::Stop;

use crate::contents::extras::Extras;
use crate::contents::files;
use crate::foreign::{File, MailAddress};
use crate::json::loose::{Loose, lost, readable};
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
    let others = lost(&file.to) + lost(&file.cc);
    extras.lose_unread(others, "`to` or `cc` of a file")?;
    match is_cut {
        true => extras.lose(losses::FILE_PREVIEW_CUT, 1, &files::name(file)),
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
    match has_tags(&file.preview) {
        true => extras.html(&file.preview),
        false => extras.html(&file.preview.replace('\n', "<br>")),
    }
    extras.end_quote();
    file.preview_is_truncated.0
}

fn has_tags(html: &str) -> bool {
    let is_tag = |at: usize| {
        let rest = html.get(at + 1..).unwrap_or_default();
        rest.starts_with(|it: char| it.is_ascii_alphabetic() || it == '/')
    };
    html.match_indices('<').any(|(at, _)| is_tag(at))
}

fn mail<'m>(file: &'m File<'m>, extras: &mut Extras<'_, 'm>) -> bool {
    let is_whole = !file.plain_text.trim().is_empty();
    let text = match is_whole {
        true => &file.plain_text,
        false => &file.preview_plain_text,
    };
    extras.begin_quote();
    let subject = match file.subject.trim().is_empty() {
        true => &file.title,
        false => &file.subject,
    };
    extras.literal(subject, Style::BOLD);
    people("From", &file.from, extras);
    people("To", &file.to, extras);
    people("Cc", &file.cc, extras);
    extras.begin_block();
    extras.literal(text, Style::PLAIN);
    extras.end_quote();
    !is_whole && !text.is_empty()
}

/// A line with people of an e-mail.
fn people(what: &str, people: &[Loose<MailAddress<'_>>], extras: &mut Extras<'_, '_>) {
    let names = readable(people).filter_map(|it| {
        let names = [&it.original, &it.name, &it.address];
        names.into_iter().map(|it| &**it).find(|it| !it.is_empty())
    });
    let names: Vec<&str> = names.collect();
    if !names.is_empty() {
        extras.begin_line();
        extras.literal(&format!("{what}: {}", names.join(", ")), Style::PLAIN);
    }
}
