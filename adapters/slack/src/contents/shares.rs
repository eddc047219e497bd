//! Messages that were shared: as a quote of Stream's where the message stands earlier in the same
//! conversation, else as quoted text with its author and where it stands.

use migrate_markdown::Style;
use migrate_model::{Stop, Time};

use crate::contents::attachments;
use crate::contents::blocks::{self, Blocks};
use crate::contents::extras::Extras;
use crate::contents::files;
use crate::foreign::attached::Attached;
use crate::json::lenient::Stamp;
use crate::json::loose::{lost, readable};
use crate::losses;
use crate::message;
use crate::text::Markup;

/// Takes a shared message.
pub(crate) fn take<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let (channel_id, at) = origin(it);
    let is_here = channel_id == extras.channel_id && !channel_id.is_empty();
    let earlier = at.filter(|at| is_here && *at < extras.at);
    if let Some(at) = earlier.filter(|_| extras.shown.quoted_id.is_empty()) {
        message::write_id(&mut extras.shown.quoted_id, channel_id, at);
        return quote(it, extras);
    }
    // Who shares a message mentions nobody by it.
    let mentions = extras.out.mentions.len();
    let (here, channel) = (extras.out.here, extras.out.channel);
    extras.begin_quote();
    say(it, extras)?;
    foot(it, channel_id, extras);
    extras.end_quote();
    extras.out.mentions.truncate(mentions);
    (extras.out.here, extras.out.channel) = (here, channel);
    files::take_list(&it.files, extras)?;
    attachments::picture(it, extras)
}

/// Keeps what a quoted message says. Its files and pictures hang on that message.
fn quote<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let hanging = extras.shown.attachments.len();
    let listed = extras.shown.listed.len();
    let outer = std::mem::take(extras.out);
    extras.out.searches = outer.searches;
    let said = say(it, extras);
    let named = said.and_then(|()| name_files(it, hanging, extras));
    extras.out.finish();
    let inner = std::mem::replace(extras.out, outer);
    extras.out.searches = inner.searches;
    extras.out.lost.add(inner.lost);
    extras.shown.quoted_text = inner.markdown.trim().to_owned();
    extras.shown.listed.truncate(listed);
    named
}

/// The titles of files and pictures, and of the attachments that blocks left behind the first
/// `hanging` ones, which are taken off.
fn name_files<'m>(
    it: &'m Attached<'m>,
    hanging: usize,
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    let from_blocks = extras.shown.attachments.split_off(hanging);
    let mut count = from_blocks.len();
    for attachment in &from_blocks {
        extras.begin_line();
        extras.literal(&attachment.title, Style::PLAIN);
    }
    extras.lose_unread(lost(&it.files), "`files`")?;
    for file in readable(&it.files) {
        count += 1;
        if !files::is_deleted(file) {
            extras.begin_line();
            extras.literal(files::title(file), Style::PLAIN);
        }
    }
    let pictures = [&it.image_url, &it.thumb_url];
    count += pictures.iter().filter(|url| !url.is_empty()).count();
    match count {
        0 => Ok(()),
        _ => extras.lose(losses::QUOTED_FILE, count, ""),
    }
}

/// The author, and all that the message says.
fn say<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let hanging = extras.shown.attachments.len();
    author(it, extras);
    extras.begin_line();
    let before = extras.length();
    extras.text(&it.pretext, attachments::markup(it, "pretext"));
    attachments::title(it, extras);
    let mut blocks = readable(&it.message_blocks).map(|it| &*it.message.blocks);
    let blocks = match it.blocks.is_empty() {
        true => blocks.next().unwrap_or_default(),
        false => &it.blocks,
    };
    let shown = Blocks {
        blocks,
        text: &it.text,
        files: &it.files,
        is_message: false,
    };
    extras.begin_line();
    let before_blocks = extras.length();
    if attachments::shows_blocks(blocks) {
        blocks::write(&shown, extras)?;
    }
    if extras.length() == before_blocks && extras.shown.attachments.len() == hanging {
        attachments::body(it, extras)?;
    }
    let shows_more = attachments::has_files(it) || extras.shown.attachments.len() > hanging;
    if extras.length() == before && !shows_more {
        attachments::fallback(it, extras);
    }
    Ok(())
}

/// The name of the author, who is not mentioned by this.
fn author<'m>(it: &'m Attached<'m>, extras: &mut Extras<'_, 'm>) {
    let known = match it.author_id.is_empty() {
        true => None,
        false => {
            let id = extras.names.bots.user_of(&it.author_id);
            extras.names.directory.user_name(id)
        }
    };
    if let Some(name) = known {
        return extras.literal(name, Style::BOLD);
    }
    let names = [&it.author_subname, &it.author_name, &it.author_id];
    let name = names.into_iter().find(|it| !it.trim().is_empty());
    extras.words(name.map_or("", |it| it), Style::BOLD);
}

/// Where the message stands, as a link.
fn foot<'m>(it: &'m Attached<'m>, channel_id: &str, extras: &mut Extras<'_, 'm>) {
    let mut label = extras.plain(&it.footer, Markup::Tokens);
    if label.is_empty() {
        let name = extras.names.directory.channel_name(channel_id);
        let name = name.unwrap_or(&it.channel_name);
        label = match name {
            "" if it.from_url.is_empty() => return,
            "" => "View message".to_owned(),
            name => format!("#{name}"),
        };
    }
    extras.begin_line();
    extras.link_literal(&label, &it.from_url);
}

/// The conversation and the time of the message, as far as they are told.
fn origin<'m>(it: &'m Attached<'m>) -> (&'m str, Option<Time>) {
    let (channel_id, at) = by_address(&it.from_url).unwrap_or(("", Stamp::Absent));
    let channel_id = match it.channel_id.is_empty() {
        true => channel_id,
        false => &it.channel_id,
    };
    (channel_id, it.ts.time().or(at.time()))
}

/// What the address of a message tells, `…/archives/<conversation>/p<ts without its point>`.
fn by_address(url: &str) -> Option<(&str, Stamp)> {
    const DECIMALS: usize = 6;
    let (_, path) = url.split_once("/archives/")?;
    let (channel_id, rest) = path.split_once("/p")?;
    let digits = rest.split(|it: char| !it.is_ascii_digit()).next()?;
    let (seconds, decimals) = digits.split_at_checked(digits.len().checked_sub(DECIMALS)?)?;
    Some((channel_id, Stamp::parse(&format!("{seconds}.{decimals}"))))
}

#[cfg(test)]
mod tests {
    use super::by_address;

    #[test]
    fn the_address_of_a_message_tells_its_conversation_and_time() {
        let check = |url: &str, expected: Option<(&str, i64)>| {
            let found = by_address(url);
            let found = found.and_then(|(id, at)| Some((id, at.time()?.micros())));
            assert_eq!(found, expected, "{url}");
        };
        check(
            "https://w.slack.com/archives/C1/p1700000000000100?thread_ts=1.0",
            Some(("C1", 1_700_000_000_000_100)),
        );
        check("https://w.slack.com/archives/C1", None);
        check("https://w.slack.com/archives/C1/p12", None);
        check("https://example.com", None);
    }
}
