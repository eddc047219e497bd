//! Channels and what is said in them.

use std::collections::HashSet;

use anyhow::Result;
use askama::Template;

use super::super::model::{self, Preview};
use super::super::redact::Cleaner;
use super::entry;
use super::html::Html;
use super::json;
use super::message::{self, Context, Message, Read};
use super::people::{Face, People};
use super::times::{self, Stamp};
use crate::text::{count, counted};

/// How much all channels with their messages may take, in bytes of the page.
const MOST_BYTES: usize = 4_500_000;

/// How much of that the line of a channel in the list takes, about.
const LINE_BYTES: usize = 450;

/// The list of channels, and the channels.
pub struct Conversations {
    /// All channels of the preview.
    pub list: Vec<Line>,
    /// Those that are shown.
    pub channels: Vec<Html>,
    /// Which messages are shown: places as in [`model::Example::message`].
    pub shown: HashSet<(usize, usize)>,
}

/// A line of the list.
pub struct Line {
    /// The channel's name in the page, if it is shown.
    pub anchor: Option<String>,
    /// What stands for it.
    pub face: Face,
    /// Whether it is a conversation by its members.
    pub is_direct: bool,
    /// How many messages.
    pub messages: String,
    /// Whether something of it was lost.
    pub has_losses: bool,
}

#[derive(Template)]
#[template(path = "channel.html")]
struct Channel<'a> {
    anchor: String,
    face: &'a Face,
    is_direct: bool,
    /// What it has, and since when.
    facts: Vec<String>,
    /// How many of its messages are shown, if not all.
    sample: Option<String>,
    entry: Html,
    rows: Html,
}

/// A row of a channel.
#[derive(Template)]
#[template(path = "row.html")]
enum Row {
    Day(String),
    Message(Box<Message>),
    /// A reply that is shown in the channel too.
    Echo {
        anchor: String,
        author: Face,
        sent: Stamp,
        text: Html,
    },
}

impl Conversations {
    /// What a preview has of them, as far as there is room: no channel takes more than half of
    /// what is left.
    ///
    /// # Errors
    /// If a template cannot be written.
    pub fn of(preview: &Preview, people: &People<'_>, cleaner: Cleaner) -> Result<Self> {
        let mut all = Conversations {
            list: Vec::new(),
            channels: Vec::new(),
            shown: HashSet::new(),
        };
        let mut room = MOST_BYTES.saturating_sub(preview.channels.len() * LINE_BYTES);
        for (n, channel) in preview.channels.iter().enumerate() {
            let face = face(channel, cleaner);
            let (html, shown) = render(n, channel, &face, room / 2, people, cleaner)?;
            let is_shown = html.bytes() <= room;
            let has_losses = channel.messages.iter().any(|it| !it.losses.is_empty());
            all.list.push(Line {
                anchor: is_shown.then(|| anchor(n)),
                face,
                is_direct: channel.is_direct,
                messages: count(channel.message_count),
                has_losses,
            });
            if is_shown {
                room -= html.bytes();
                all.shown
                    .extend(shown.into_iter().map(|message| (n, message)));
                all.channels.push(html);
            }
        }
        Ok(all)
    }
}

/// A channel, and which of its messages it shows.
fn render(
    place: usize,
    channel: &model::Channel,
    face: &Face,
    room: usize,
    people: &People<'_>,
    cleaner: Cleaner,
) -> Result<(Html, Vec<usize>)> {
    let all: Vec<Read<'_>> = channel.messages.iter().map(Read::of).collect();
    let context = Context {
        people,
        cleaner,
        all: &all,
        channel: place,
    };
    let (rows, shown) = context.rows(room)?;
    let is_sample = (shown.len() as u64) < channel.message_count;
    let template = Channel {
        anchor: anchor(place),
        face,
        is_direct: channel.is_direct,
        facts: facts(channel),
        sample: is_sample.then(|| count(shown.len() as u64)),
        entry: json::shown(channel.entry.as_bytes(), cleaner),
        rows,
    };
    Ok((Html::new(template.render()?), shown))
}

impl<'p> Read<'p> {
    fn of(message: &'p model::Message) -> Read<'p> {
        Read {
            message,
            item: entry::item(&message.entry),
        }
    }

    /// The message whose thread it belongs to; a thread is as deep as one level.
    fn parent(&self, all: &[Read<'_>]) -> Option<usize> {
        let parent = self.message.parent?;
        let is_root = all.get(parent)?.message.parent.is_none();
        is_root.then_some(parent)
    }
}

impl Context<'_, '_> {
    /// The rows of a channel that fit into `room` bytes, and which messages they show.
    fn rows(self, room: usize) -> Result<(Html, Vec<usize>)> {
        let mut replies: Vec<Vec<usize>> = vec![Vec::new(); self.all.len()];
        let mut is_reply = vec![false; self.all.len()];
        for (n, read) in self.all.iter().enumerate() {
            if let Some(parent) = read.parent(self.all) {
                replies[parent].push(n);
                is_reply[n] = true;
            }
        }
        let (mut html, mut shown) = (String::new(), Vec::new());
        let mut day = String::new();
        for n in 0..self.all.len() {
            let row = match is_reply[n] {
                false => self.thread(n, &replies[n]),
                true => match self.echo(n) {
                    Some(row) => row,
                    None => continue,
                },
            };
            let mut markup = row.render()?;
            let is_new_day = row.day().is_some_and(|it| it != day);
            if is_new_day {
                day = row.day().unwrap_or_default().to_owned();
                markup.insert_str(0, &Row::Day(day.clone()).render()?);
            }
            if html.len() + markup.len() > room {
                continue;
            }
            html.push_str(&markup);
            if !is_reply[n] {
                shown.push(n);
                shown.extend(&replies[n]);
            }
        }
        Ok((Html::new(html), shown))
    }

    fn thread(self, root: usize, replies: &[usize]) -> Row {
        let mut message = self.message(root);
        message.replies = replies.iter().map(|&n| self.message(n)).collect();
        message.reply_count = message.reply_count.max(replies.len() as u64);
        Row::Message(Box::new(message))
    }

    /// A reply as the channel shows it; `None` if it does not.
    fn echo(self, n: usize) -> Option<Row> {
        let item = self.all[n].item.as_ref()?;
        (item.show_in_channel == Some(true)).then(|| Row::Echo {
            anchor: message::anchor(self.channel, n),
            author: self.people.face(item.user.as_deref().unwrap_or_default()),
            sent: Stamp::of(item.created_at.as_deref().unwrap_or_default(), self.cleaner),
            text: self.text(item),
        })
    }
}

impl Row {
    fn day(&self) -> Option<&str> {
        match self {
            Row::Day(_) => None,
            Row::Message(message) => Some(&message.sent.day),
            Row::Echo { sent, .. } => Some(&sent.day),
        }
    }
}

/// What stands for a channel. One without an id has the colour of its name.
fn face(channel: &model::Channel, cleaner: Cleaner) -> Face {
    let key = match channel.cid.ends_with(':') {
        true => &channel.name,
        false => &channel.cid,
    };
    Face {
        id: cleaner.text(&channel.cid),
        ..Face::new(key, &channel.name, cleaner)
    }
}

fn anchor(channel: usize) -> String {
    format!("c-{channel}")
}

fn facts(channel: &model::Channel) -> Vec<String> {
    let mut facts = vec![
        counted(channel.message_count, "message"),
        counted(channel.members, "member"),
    ];
    if channel.reaction_count > 0 {
        facts.push(counted(channel.reaction_count, "reaction"));
    }
    if let Some((first, last)) = channel.span {
        facts.push(times::span(first, last));
    }
    facts
}
