//! The elements of a day file as messages.
//!
//! What happens to several elements with one time is settled in [`crate::versions`] before.

use std::borrow::Cow;
use std::fmt::Write;

use migrate_markdown::{Document, Style};
use migrate_model::{
    Custom, Kind, LossKind, Message, MessageKind, Origin, Outcome, Pin, Record, Sink, Stop, Time,
    Value, wording,
};

use crate::contents::attachments;
use crate::contents::blocks::{self, Blocks};
use crate::contents::extras::{Extras, Shown};
use crate::contents::files;
use crate::contents::hosting::Hosting;
use crate::foreign;
use crate::foreign::block_kit::Block;
use crate::json::lenient::Stamp;
use crate::layout::conversation::is_slack_id;
use crate::layout::export::ListedPin;
use crate::losses::{self, left_out, of_message};
use crate::people::{Names, SLACKBOT, Seen, first};
use crate::reactions;
use crate::reactions::names::ReactionNames;
use crate::subtype::{self, Class};
use crate::text::{self, Converted, Markup};
use crate::versions::Version;

/// What is said in place of a text that Slack withheld.
const WITHHELD: &str = "Slack withheld this message.";

/// Puts the messages of one conversation.
pub(crate) struct Mapper<'m, 's> {
    /// The id of the conversation in Slack.
    pub(crate) channel_id: &'m str,
    /// Names and bots.
    pub(crate) names: Names<'m>,
    /// The pin that a list of conversations tells of the message of a time.
    pub(crate) listed_pin: &'m dyn Fn(Time) -> Option<&'m ListedPin>,
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
    id: String,
    parent_id: String,
}

/// What of the buffers can be kept from one file to the next: they hold four messages on average,
/// too few to grow buffers for.
#[derive(Default)]
pub(crate) struct Room {
    markdown: String,
    document: Document,
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

    /// Takes note of an element of which the reactions are written with another.
    pub(crate) fn merge(
        &mut self,
        record: u32,
        it: &foreign::Message<'_>,
        kind: LossKind,
    ) -> Result<(), Stop> {
        let merged = losses::merged(kind, Kind::Message, shown(&it.subtype));
        self.sink.lose(record, merged)
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
            let kind = match Class::of(&it.subtype) {
                Class::Changed | Class::Deleted => losses::EVENT_NOT_READ,
                _ => losses::BOOKKEEPING_EVENT,
            };
            return self.lose(record, it, Outcome::LeftOut, kind);
        }
        let content = Content::of(&version);
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
        self.lose_fields(record, version, &content)?;
        self.buffers.converted.clear();
        let mut shown = match class {
            Class::Tombstone => Shown::default(),
            _ => self.say(record, version, &content)?,
        };
        let has_text = !self.buffers.converted.markdown.trim_start().is_empty();
        let is_shown = has_text || !shown.attachments.is_empty() || !shown.quoted_id.is_empty();
        if !is_shown && !content.may_be_empty {
            return self.lose(record, it, Outcome::LeftOut, losses::EMPTY_MESSAGE);
        }
        let told = version.telling().pin;
        let pin = pin(told, self.channel_id, (self.listed_pin)(version.at));
        if pin.is_none()
            && let Some(other) = pinned_elsewhere(told, self.channel_id)
        {
            let loss = of_message(losses::PINNED_ELSEWHERE, 1, files::shown(other));
            self.sink.lose(record, loss)?;
        }
        let listed = std::mem::take(&mut shown.listed);
        let buffers = &mut self.buffers;
        let mut message = buffers.message(self.channel_id, version, self.names, shown);
        message.pin = pin;
        self.sink
            .put(record, Origin::Read, Record::Message(message))?;
        for mut file in listed {
            file.message_id = Cow::Borrowed(&self.buffers.id);
            self.sink.list_file(record, file)?;
        }
        reactions::put(
            record,
            &self.buffers.id,
            &version.telling().reactions.reactions,
            self.reactions,
            self.sink,
        )
    }

    /// Converts what the message says into the buffers, with all that hangs on it.
    fn say(
        &mut self,
        record: u32,
        version: Version<'m>,
        content: &Content<'m>,
    ) -> Result<Shown<'m>, Stop> {
        let it = version.message;
        let out = &mut self.buffers.converted;
        let mut extras = Extras {
            channel_id: self.channel_id,
            names: self.names,
            at: version.at,
            hosting: self.hosting,
            shown: Shown::default(),
            out,
            record,
            sink: &mut *self.sink,
        };
        content.write(version, &mut extras)?;
        let files = version.telling().files;
        files::take(files, version.file_above(), &mut extras)?;
        attachments::take(it, &mut extras)?;
        let shown = extras.shown;
        let out = &mut self.buffers.converted;
        out.finish();
        if shown.attachments.is_empty() && out.markdown.trim_start().is_empty() {
            out.markdown.clear();
            shown.missing.write(&mut out.markdown);
        }
        let lost = out.lost;
        let mut lose = |kind: LossKind, count: usize, detail: &str| match count {
            0 => Ok(()),
            _ => self.sink.lose(record, of_message(kind, count, detail)),
        };
        lose(losses::CHARACTER_REPLACED, lost.characters, "")?;
        lose(losses::RICH_TEXT_NOT_READ, lost.blocks, "")?;
        lose(losses::RICH_TEXT_ELEMENT, lost.elements, "")?;
        lose(losses::LINK_LOST, lost.links, "")?;
        lose(losses::FILE_TOKEN_STRIPPED, lost.tokens, "")?;
        lose(losses::STYLE_LOST, lost.underlined, "underlined")?;
        lose(losses::STYLE_LOST, lost.shortened, "next to a letter")?;
        Ok(shown)
    }

    fn lose_fields(
        &mut self,
        record: u32,
        version: Version<'_>,
        content: &Content<'_>,
    ) -> Result<(), Stop> {
        let it = version.message;
        let mut lose = |kind: LossKind, count: usize, detail: &str| {
            self.sink.lose(record, of_message(kind, count, detail))
        };
        match content.class {
            Class::Unknown => lose(losses::UNKNOWN_SUBTYPE, 1, shown(&it.subtype))?,
            Class::Withheld => lose(losses::ACCESS_DENIED, 1, "")?,
            Class::FileComment if version.parent_at().is_none() => {
                lose(losses::FILE_COMMENT_APART, 1, "")?;
            }
            Class::Tombstone => return Ok(()),
            _ => {}
        }
        let telling = version.telling();
        if telling.removed_files > 0 {
            lose(losses::REMOVED_BY_EDIT, telling.removed_files, "`files`")?;
        }
        if telling.is_pin_removed {
            lose(losses::REMOVED_BY_EDIT, 1, "`pinned_to`")?;
        }
        if it.thread_ts == Stamp::Bad {
            lose(losses::FIELD_NOT_READ, 1, "thread_ts")?;
        }
        Ok(())
    }
}

impl<'m> Buffers<'m> {
    /// Buffers in this room.
    pub(crate) fn new(room: Room) -> Self {
        Buffers {
            converted: Converted::new(room.markdown, room.document),
            id: room.id,
            parent_id: room.parent_id,
        }
    }

    /// The room, to be used again.
    pub(crate) fn into_room(self) -> Room {
        Room {
            markdown: self.converted.markdown,
            document: self.converted.document,
            id: self.id,
            parent_id: self.parent_id,
        }
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
        let before = version.before();
        if let Some(parent_at) = version.parent_at() {
            write_id(&mut self.parent_id, channel_id, parent_at);
            message.parent_id = Cow::Borrowed(&*self.parent_id);
            message.parent_user_id = Cow::Borrowed(&*before.parent_user_id);
            message.parent_created_at = Some(parent_at);
            message.show_in_channel = class == Class::Broadcast;
        }
        let user_id = author(version, names);
        message.custom = custom(it, class, names);
        shown.keep(&mut message.custom);
        reactions::keep_counts(&version.telling().reactions.reactions, &mut message.custom);
        message.quoted_message_id = Cow::Owned(shown.quoted_id);
        message.quoted_text = Cow::Owned(shown.quoted_text);
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
        message.attachments = shown.attachments;
        message
    }
}

/// What a message says.
pub(crate) struct Content<'m> {
    class: Class,
    text: &'m str,
    has_more: bool,
    /// Whether it is written without any text, for its replies or for what it tells.
    may_be_empty: bool,
    /// Whether blocks say it better than the text.
    may_be_rich: bool,
}

impl<'m> Content<'m> {
    /// Of a state of a message.
    pub(crate) fn of(version: &Version<'m>) -> Self {
        let (it, class) = (version.message, version.class());
        let text: &str = match (class, it.comment.as_deref()) {
            (Class::Tombstone, _) => "",
            (Class::Withheld, _) if it.text.trim_start().is_empty() => WITHHELD,
            (Class::System, _) if it.text.trim_start().is_empty() => {
                let said = subtype::said(&it.subtype);
                first([said, &it.topic, &it.purpose, &it.name])
            }
            (Class::FileComment, Some(comment)) if !comment.comment.is_empty() => &comment.comment,
            _ => &it.text,
        };
        let has_files = files::has_any(version.telling().files);
        let is_root = it.reply_count.positive().is_some()
            || it.replies.0 > 0
            || (it.thread_ts == it.ts && it.ts.time().is_some());
        let is_kept_empty = matches!(class, Class::System | Class::Tombstone);
        let has_blocks = !it.blocks.is_empty() || !it.attachments.is_empty();
        Content {
            class,
            text,
            may_be_rich: match class {
                Class::Tombstone | Class::Withheld => false,
                Class::FileComment | Class::Me => text.trim_start().is_empty(),
                _ => true,
            },
            has_more: has_files || has_blocks,
            may_be_empty: is_root || is_kept_empty,
        }
    }

    /// Writes the blocks or the text. Where a message has blocks, its text is a summary of them for
    /// notifications.
    fn write(&self, version: Version<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
        let it = version.message;
        if self.may_be_rich && !it.blocks.is_empty() {
            let shown = Blocks {
                blocks: &it.blocks,
                text: self.text,
                files: &version.telling().files.files,
                is_message: true,
            };
            blocks::write(&shown, extras)?;
            let has_text = !self.text.trim_start().is_empty();
            let is_alone = matches!(it.blocks.as_slice(), [Block::RichText(_)]);
            let is_whole = extras.out.lost.elements == 0 || !is_alone || !has_text;
            if !extras.out.document.is_blank() && is_whole {
                return Ok(());
            }
            extras.out.forget_text();
        }
        let style = match self.class {
            Class::Me => Style::ITALIC,
            _ => Style::PLAIN,
        };
        let text = if style.is_plain() {
            self.text
        } else {
            self.text.trim()
        };
        text::push(text, Markup::Mrkdwn, style, extras.names, extras.out);
        Ok(())
    }

    /// Whether it says nothing, so that it is not worth a message.
    pub(crate) fn is_nothing(&self) -> bool {
        !self.has_more && !self.may_be_empty && self.text.trim_start().is_empty()
    }
}

/// The id of a message, which is the same in every run.
pub(crate) fn write_id(id: &mut String, channel_id: &str, at: Time) {
    const SECOND: u64 = 1_000_000;
    // What is below 0 counts as 0: no message is that old.
    let micros = at.micros().max(0).unsigned_abs();
    let (mut seconds, mut decimals) = (itoa::Buffer::new(), itoa::Buffer::new());
    // The 1 in front keeps the zeros, and goes.
    let decimals = decimals.format(SECOND + micros % SECOND);
    let decimals = decimals.get(1..).unwrap_or_default();
    id.clear();
    id.extend([
        channel_id,
        "-",
        seconds.format(micros / SECOND),
        "-",
        decimals,
    ]);
}

fn author<'m>(version: Version<'m>, names: Names<'m>) -> Cow<'m, str> {
    let it = version.before();
    let class = version.class();
    let comment = it.comment.as_deref();
    let commenter = comment.filter(|it| class == Class::FileComment && !it.user.is_empty());
    match commenter {
        Some(comment) => Cow::Borrowed(&*comment.user),
        // Slackbot stands in for an author who is not told.
        None if class == Class::Tombstone && &*it.user == SLACKBOT => {
            Cow::Borrowed(version.author_told_by_reply())
        }
        None => Seen::from(it).author(names.bots),
    }
}

fn custom<'m>(it: &'m foreign::Message<'m>, class: Class, names: Names<'m>) -> Custom<'m> {
    let mut custom = Custom::default();
    if matches!(class, Class::System | Class::Me | Class::Unknown) {
        custom.set("slack_subtype", &*it.subtype);
    }
    // One bot may write under many names.
    if let Some(name) = Seen::from(it).own_name(names.bots) {
        custom.set("slack_username", name);
    }
    if it.is_locked.0 {
        custom.set("slack_locked", true);
    }
    if !it.inviter.is_empty() {
        custom.set("slack_inviter", &*it.inviter);
    }
    if let Some(edited) = it.edited.as_ref() {
        let editor = &*edited.user;
        if !editor.is_empty() && !it.user.is_empty() && *editor != *it.user {
            custom.set("slack_edited_by", editor);
        }
    }
    if let Some(room) = it.room.as_deref() {
        custom.set("slack_room", Value::Object(room_fields(room)));
    }
    custom
}

/// What is known of a call or a huddle.
fn room_fields<'m>(room: &'m foreign::Room<'m>) -> Custom<'m> {
    // Custom data has room for about 5 KB; a huddle takes fewer people than this.
    const MOST: usize = 100;
    let mut fields = Custom::default();
    if !room.created_by.is_empty() {
        fields.set("created_by", &*room.created_by);
    }
    let times = [("date_start", room.date_start), ("date_end", room.date_end)];
    for (name, time) in times {
        if let Some(seconds) = time.0.filter(|it| *it > 0) {
            fields.set(name, seconds);
        }
    }
    let people = match room.participants.is_empty() {
        true => &room.participant_history,
        false => &room.participants,
    };
    let people = people.iter().filter(|it| !it.is_empty()).take(MOST);
    let people: Vec<_> = people.map(|id| Value::from(&**id)).collect();
    if !people.is_empty() {
        fields.set("participants", Value::List(people));
    }
    fields
}

/// The pin, as the message tells it, or else a list of conversations.
fn pin<'m>(
    it: &'m foreign::Message<'m>,
    channel_id: &str,
    listed: Option<&'m ListedPin>,
) -> Option<Pin<'m>> {
    let is_elsewhere = pinned_elsewhere(it, channel_id).is_some();
    let info = it.pinned_info.as_deref().filter(|_| !is_elsewhere);
    let is_told = info.is_some() || (pinned_to(it).next().is_some() && !is_elsewhere);
    if !is_told && listed.is_none() {
        return None;
    }
    let by = info.map_or("", |info| &*info.pinned_by);
    Some(Pin {
        at: info
            .and_then(|info| info.pinned_ts.time())
            .or(listed.and_then(|listed| listed.at)),
        by: Cow::Borrowed(first([by, listed.map_or("", |listed| &*listed.by)])),
        until: None,
    })
}

/// Another conversation to which a message is pinned, if it is not pinned to this one.
fn pinned_elsewhere<'m>(it: &'m foreign::Message<'m>, channel_id: &str) -> Option<&'m str> {
    // The id of a conversation that no list names may be our own.
    let mut here = pinned_to(it).filter(|id| *id == channel_id || !is_slack_id(channel_id));
    match here.next() {
        Some(_) => None,
        None => pinned_to(it).next(),
    }
}

/// The conversations to which a message is pinned.
fn pinned_to<'m>(it: &'m foreign::Message<'m>) -> impl Iterator<Item = &'m str> {
    let ids = it.pinned_to.iter().flat_map(|it| &it.0).map(|id| &**id);
    ids.filter(|id| !id.is_empty())
}

/// The start of a foreign text, as an example in a report.
fn shown(text: &str) -> &str {
    const LONGEST_BYTES: usize = 80;
    wording::start(text, LONGEST_BYTES)
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
