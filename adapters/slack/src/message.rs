//! The elements of a day file as messages.
//!
//! What happens to several elements with one time is settled in [`crate::versions`] before.

use std::borrow::Cow;
use std::fmt::Write;

use migrate_model::{
    Custom, Kind, LossKind, Message, MessageKind, Origin, Outcome, Pin, Record, Sink, Stop, Time,
};

use crate::attachments;
use crate::blocks::{self, Blocks};
use crate::extras::{Extras, Markup, Shown};
use crate::files::{self, Missing};
use crate::foreign;
use crate::hosting::Hosting;
use crate::lenient::Stamp;
use crate::losses::{self, left_out, of_message};
use crate::people::{Names, Seen};
use crate::reaction_names::ReactionNames;
use crate::reactions;
use crate::subtype::Class;
use crate::text::{self, Converted, Style};
use crate::versions::Version;

/// What is said in place of a text that Slack withheld.
const WITHHELD: &str = "Slack withheld this message.";

/// Puts the messages of one conversation.
pub(crate) struct Mapper<'m, 's> {
    /// The id of the conversation in Slack.
    pub(crate) channel_id: &'m str,
    /// Names and bots.
    pub(crate) names: Names<'m>,
    /// Where files may be fetched.
    pub(crate) hosting: &'m Hosting,
    /// What reactions are called.
    pub(crate) reactions: &'m ReactionNames,
    /// Where the records go.
    pub(crate) sink: &'s mut dyn Sink,
    /// Buffers that are used again for each message.
    pub(crate) buffers: Buffers<'m>,
}

/// Buffers for the texts of a message.
pub(crate) struct Buffers<'m> {
    converted: Converted<'m>,
    /// For one text beside the message's own.
    extra: Converted<'m>,
    id: String,
    parent_id: String,
}

impl<'m> Mapper<'m, '_> {
    /// Takes note of an element that is not used.
    pub(crate) fn lose(
        &mut self,
        record: u32,
        it: &foreign::Message<'_>,
        outcome: Outcome,
        kind: LossKind,
    ) -> Result<(), Stop> {
        let loss = losses::loss(kind, outcome, Kind::Message, 1, shown(&it.subtype));
        self.sink.lose(record, loss)?;
        reactions::lose(record, outcome, &it.reactions, self.sink)
    }

    /// Puts what the element says. `copy` tells messages of the same time apart: 1 for the first.
    pub(crate) fn put(
        &mut self,
        record: u32,
        version: Version<'m>,
        copy: usize,
    ) -> Result<(), Stop> {
        let it = version.message;
        let class = version.class();
        if class == Class::Bookkeeping {
            return self.lose(record, it, Outcome::LeftOut, losses::BOOKKEEPING_EVENT);
        }
        let content = Content::of(it, class);
        if content.is_nothing() {
            return self.lose(record, it, Outcome::LeftOut, losses::EMPTY_MESSAGE);
        }
        write_id(&mut self.buffers.id, self.channel_id, version.at);
        if copy > 1 {
            // Writing to a string cannot fail.
            let _ = write!(self.buffers.id, "-{copy}");
            let detail = Cow::Owned(self.buffers.id.clone());
            let loss = of_message(losses::SAME_TIME, 1, detail);
            self.sink.lose(record, loss)?;
        }
        self.lose_fields(record, it, &content)?;
        let style = match class {
            Class::Me => Style::Italic,
            _ => Style::Plain,
        };
        text::convert(content.text, style, self.names, &mut self.buffers.converted);
        let mut shown = match class {
            Class::Tombstone => Shown::default(),
            _ => self.extras(record, version, content.text)?,
        };
        let listed = std::mem::take(&mut shown.listed);
        let buffers = &mut self.buffers;
        let message = buffers.message(self.channel_id, version, self.names, shown);
        self.sink
            .put(record, Origin::Read, Record::Message(message))?;
        for mut file in listed {
            file.message_id = Cow::Borrowed(&self.buffers.id);
            self.sink.list_file(record, file)?;
        }
        reactions::put(
            record,
            &self.buffers.id,
            &it.reactions,
            self.reactions,
            self.sink,
        )
    }

    /// Takes what the message shows besides its own text, which has been converted.
    fn extras(
        &mut self,
        record: u32,
        version: Version<'m>,
        text: &'m str,
    ) -> Result<Shown<'m>, Stop> {
        let it = version.message;
        let has_blocks = blocks::has_others(&it.blocks);
        if !has_blocks && it.files.is_empty() && it.file.is_none() && it.attachments.is_empty() {
            return Ok(Shown::default());
        }
        let mut missing = Missing::default();
        let mut extras = Extras {
            channel_id: self.channel_id,
            names: self.names,
            at: version.at,
            hosting: self.hosting,
            attachments: Vec::new(),
            quoted_id: String::new(),
            quoted_text: String::new(),
            colors: Vec::new(),
            listed: Vec::new(),
            out: &mut self.buffers.converted,
            scratch: &mut self.buffers.extra,
            record,
            sink: &mut *self.sink,
        };
        if has_blocks {
            extras.out.clear();
            let shown = Blocks {
                blocks: &it.blocks,
                text,
                files: &it.files,
            };
            blocks::write(&shown, 0, &mut missing, &mut extras)?;
            if extras.end() == 0 && !text.is_empty() {
                extras.text(text, Markup::Mrkdwn);
            }
        }
        files::take(it, &mut missing, &mut extras)?;
        attachments::take(it, &mut missing, &mut extras)?;
        let mut shown = extras.finish();
        shown.missing = missing;
        let text = &mut self.buffers.converted.markdown;
        if shown.attachments.is_empty() && text.trim().is_empty() {
            text.push_str(shown.missing.text());
        }
        Ok(shown)
    }

    fn lose_fields(
        &mut self,
        record: u32,
        it: &foreign::Message<'_>,
        content: &Content<'_>,
    ) -> Result<(), Stop> {
        let mut lose = |kind: LossKind, count: usize, detail: &str| {
            self.sink.lose(record, of_message(kind, count, detail))
        };
        match content.class {
            Class::Unknown => lose(losses::UNKNOWN_SUBTYPE, 1, shown(&it.subtype))?,
            Class::Withheld => lose(losses::ACCESS_DENIED, 1, "")?,
            Class::Tombstone => return Ok(()),
            _ => {}
        }
        if it.thread_ts == Stamp::Bad {
            lose(losses::FIELD_NOT_READ, 1, "thread_ts")?;
        }
        Ok(())
    }
}

impl<'m> Buffers<'m> {
    /// Buffers that use the room of these strings.
    pub(crate) fn new(texts: [String; 3]) -> Self {
        let [markdown, id, parent_id] = texts;
        Buffers {
            converted: Converted {
                markdown,
                ..Converted::default()
            },
            extra: Converted::default(),
            id,
            parent_id,
        }
    }

    /// The strings, to be used again.
    pub(crate) fn into_texts(self) -> [String; 3] {
        [self.converted.markdown, self.id, self.parent_id]
    }

    /// The whole message, of which the id and the text are in the buffers.
    fn message<'b>(
        &'b mut self,
        channel_id: &str,
        version: Version<'m>,
        names: Names<'m>,
        shown: Shown<'m>,
    ) -> Message<'b> {
        let it = version.message;
        let class = version.class();
        let mut message = Message::default();
        if let Some(parent_at) = parent_time(it, version.at) {
            write_id(&mut self.parent_id, channel_id, parent_at);
            message.parent_id = Cow::Borrowed(&*self.parent_id);
            message.parent_user_id = Cow::Borrowed(&*it.parent_user_id);
            message.parent_created_at = Some(parent_at);
            message.show_in_channel = class == Class::Broadcast;
        }
        let user_id = author(it, class, names);
        message.custom = custom(it, class);
        shown.keep(&mut message.custom);
        reactions::keep_counts(&it.reactions, &mut message.custom);
        message.quoted_message_id = Cow::Owned(shown.quoted_id);
        message.id = Cow::Borrowed(&*self.id);
        message.user_id = user_id;
        let converted = &self.converted;
        message.text = Cow::Borrowed(&*converted.markdown);
        let mentions = converted.mentions.iter().copied();
        message.mentioned_user_ids = mentions.map(Cow::Borrowed).collect();
        message.mentioned_here = converted.here;
        message.mentioned_channel = converted.channel;
        message.kind = match class {
            Class::Tombstone => MessageKind::Deleted,
            Class::System => MessageKind::System,
            _ => MessageKind::Regular,
        };
        message.created_at = Some(version.at);
        message.edited_at = version.edited_at();
        message.deleted_at = (class == Class::Tombstone).then(|| version.deleted_at());
        message.pin = pin(it);
        message.attachments = shown.attachments;
        message
    }
}

/// What a message says.
struct Content<'m> {
    class: Class,
    text: &'m str,
    has_more: bool,
}

impl<'m> Content<'m> {
    fn of(it: &'m foreign::Message<'m>, class: Class) -> Self {
        let text: &str = match (class, it.comment.as_deref()) {
            (Class::Tombstone, _) => "",
            (Class::Withheld, _) if it.text.trim().is_empty() => WITHHELD,
            (Class::FileComment, Some(comment)) if !comment.comment.is_empty() => &comment.comment,
            _ => &it.text,
        };
        let has_files = files::has_any(it);
        let is_root = it.reply_count.positive().is_some()
            || it.replies.0 > 0
            || (it.thread_ts == it.ts && it.ts.time().is_some());
        let is_kept_empty = matches!(class, Class::System | Class::Tombstone);
        let has_blocks = !it.blocks.is_empty() || !it.attachments.is_empty();
        Content {
            class,
            text,
            has_more: has_files || is_root || is_kept_empty || has_blocks,
        }
    }

    fn is_nothing(&self) -> bool {
        !self.has_more && self.text.trim().is_empty()
    }
}

/// The id of a message, which is the same in every run.
pub(crate) fn write_id(id: &mut String, channel_id: &str, at: Time) {
    let micros = at.micros();
    id.clear();
    id.push_str(channel_id);
    // Writing to a string cannot fail.
    let _ = write!(id, "-{}-{:06}", micros / 1_000_000, micros % 1_000_000);
}

fn author<'m>(it: &'m foreign::Message<'m>, class: Class, names: Names<'m>) -> Cow<'m, str> {
    let comment = it.comment.as_deref();
    let commenter = comment.filter(|it| class == Class::FileComment && !it.user.is_empty());
    match commenter {
        Some(comment) => Cow::Borrowed(&*comment.user),
        // Slackbot stands in for an author who is not told.
        None if class == Class::Tombstone && &*it.user == "USLACKBOT" => Cow::Borrowed(""),
        None => Seen::from(it).author(names.bots),
    }
}

fn custom<'m>(it: &'m foreign::Message<'m>, class: Class) -> Custom<'m> {
    let mut custom = Custom::default();
    if matches!(class, Class::System | Class::Me | Class::Unknown) {
        custom.set("slack_subtype", &*it.subtype);
    }
    // One bot may write under many names. What else is known of the bot must have no say here:
    // more is known in a second pass than in a first.
    let bot_name = it.bot_profile.as_deref().map_or("", |bot| &*bot.name);
    if !it.bot_id.is_empty() && !it.username.is_empty() && *it.username != *bot_name {
        custom.set("slack_username", &*it.username);
    }
    custom
}

/// When the parent of a reply was written; `None` outside threads.
fn parent_time(it: &foreign::Message<'_>, at: Time) -> Option<Time> {
    it.thread_ts.time().filter(|parent_at| *parent_at != at)
}

fn pin<'m>(it: &'m foreign::Message<'m>) -> Option<Pin<'m>> {
    let info = it.pinned_info.as_deref();
    if it.pinned_to.0 == 0 && info.is_none() {
        return None;
    }
    Some(Pin {
        at: info.and_then(|info| info.pinned_ts.time()),
        by: Cow::Borrowed(info.map_or("", |info| &*info.pinned_by)),
        until: None,
    })
}

/// The start of a foreign text, as an example in a report.
fn shown(text: &str) -> &str {
    const LONGEST: usize = 80;
    let end = text
        .char_indices()
        .nth(LONGEST)
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// An element that is no message, or has no time.
pub(crate) fn lose_unusable(
    record: u32,
    it: &foreign::Message<'_>,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let is_message = &*it.kind == "message" || (it.kind.is_empty() && it.ts != Stamp::Absent);
    let kind = match is_message {
        true => losses::NO_TIME,
        false => losses::NOT_A_MESSAGE,
    };
    let detail = if is_message { &it.subtype } else { &it.kind };
    sink.lose(record, left_out(kind, Kind::Message, shown(detail)))?;
    reactions::lose(record, Outcome::LeftOut, &it.reactions, sink)
}
