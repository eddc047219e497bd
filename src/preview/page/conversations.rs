//! Channels and what is said in them.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use askama::Template;
use askama::filters::HtmlSafe;
use migrate_model::Kind;

use super::super::entry;
use super::super::model::{self, Preview};
use super::html::Html;
use super::json;
use super::message::{self, Context, Look, Message, Read};
use super::overview;
use super::people::{Face, People};
use super::room::{Place, Room};
use super::times::{self, Stamp};
use crate::redact::Cleaner;
use crate::text::{count, counted};

/// How much the list and all channels with their messages may take, in bytes of the page.
const MOST_BYTES: usize = 4_600_000;

/// How much of that the list may take.
const MOST_LIST_BYTES: usize = MOST_BYTES / 2;

/// How much longer the line of a channel is that is shown, at most.
const LINK_BYTES: usize = 20;

/// The list of channels, and the channels.
pub struct Conversations {
    /// The channels of the preview, as far as there is room.
    pub list: Vec<Line>,
    /// Those that are shown.
    pub channels: Vec<Html>,
    /// Which messages are shown: places as in [`model::Example::message`].
    pub shown: HashSet<Place>,
    /// How many messages are shown, if not all.
    pub sample: Option<String>,
}

/// A line of the list.
#[derive(Template)]
#[template(path = "line.html")]
pub struct Line {
    /// The channel's name in the page, if it is shown.
    pub anchor: Option<String>,
    /// What stands for it.
    pub face: Face,
    /// Whether it is a conversation by its members.
    pub is_direct: bool,
    /// How many messages.
    pub messages: String,
    /// `message` or `messages`.
    pub noun: &'static str,
    /// Whether something of it was lost.
    pub has_losses: bool,
}

impl HtmlSafe for Line {}

#[derive(Template)]
#[template(path = "channel.html")]
struct Channel<'a> {
    anchor: String,
    face: &'a Face,
    is_direct: bool,
    /// What it has, and since when.
    facts: Vec<String>,
    /// How many of how many messages are shown, if not all.
    sample: Option<String>,
    entry: Html,
    rows: Html,
}

/// A row of a channel.
#[derive(Template)]
#[template(path = "row.html")]
pub enum Row {
    /// The day of what follows.
    Day(String),
    /// A message with its thread.
    Message(Box<Message>),
    /// A reply that is shown in the channel too.
    Echo {
        /// The name of the reply in the page.
        anchor: String,
        /// Who wrote it.
        author: Face,
        /// When.
        sent: Stamp,
        /// Its text; `None` if it was deleted.
        text: Option<Html>,
    },
}

impl Conversations {
    /// What a preview has of them, as far as there is room.
    ///
    /// # Errors
    /// If a template cannot be written.
    pub fn of(preview: &Preview, people: &People<'_>, cleaner: Cleaner) -> Result<Self> {
        let mut list = Vec::new();
        let mut left = MOST_BYTES;
        for channel in &preview.channels {
            let line = Line::of(channel, cleaner);
            let bytes = line.render()?.len() + LINK_BYTES;
            if left < MOST_BYTES - MOST_LIST_BYTES + bytes {
                break;
            }
            left -= bytes;
            list.push(line);
        }
        let channels = &preview.channels[..list.len()];
        let reads: Vec<Vec<Read<'_>>> = channels
            .iter()
            .map(|channel| channel.messages.iter().map(Read::of).collect())
            .collect();
        let places: Vec<HashMap<String, usize>> = reads.iter().map(|all| places(all)).collect();
        let words = words(preview);
        let contexts = reads.iter().zip(&places).enumerate();
        let contexts: Vec<Context<'_, '_>> = contexts
            .map(|(channel, (all, places))| Context {
                people,
                words: &words,
                cleaner,
                all,
                places,
                channel,
            })
            .collect();
        let frames = list.iter().zip(channels).enumerate();
        let frames: Vec<usize> = frames
            .map(|(n, (line, it))| Ok(Channel::of(n, it, &line.face, 0, cleaner).render()?.len()))
            .collect::<Result<_>>()?;
        let mut room = Room {
            contexts: &contexts,
            frames: &frames,
            left,
            shown: HashMap::new(),
            channels: HashSet::new(),
        };
        room.fill(preview)?;
        let shown: HashSet<Place> = room.shown.keys().copied().collect();
        let mut rendered = Vec::new();
        for (n, line) in list.iter_mut().enumerate() {
            if room.channels.contains(&n) {
                let (rows, count) = contexts[n].rows(&mut room.shown, &shown)?;
                let channel = Channel {
                    rows,
                    ..Channel::of(n, &channels[n], &line.face, count, cleaner)
                };
                rendered.push(Html::new(channel.render()?));
                line.anchor = Some(anchor(n));
            }
        }
        Ok(Conversations {
            list,
            channels: rendered,
            sample: sample(preview, shown.len() as u64),
            shown,
        })
    }

    /// Whether something was lost in any of the channels.
    pub fn has_losses(&self) -> bool {
        self.list.iter().any(|line| line.has_losses)
    }
}

/// What each kind of note means, by kind.
fn words(preview: &Preview) -> HashMap<&str, &str> {
    let notes = preview.notes.iter();
    let words = notes.map(|it| (it.kind.as_str(), it.text.as_str()));
    words.filter(|(_, text)| !text.is_empty()).collect()
}

/// How many of all messages are shown, in words; `None` if all are.
fn sample(preview: &Preview, shown: u64) -> Option<String> {
    let written = preview.books[Kind::Message as usize].written;
    let listed = preview.channels.iter().map(|it| it.message_count).sum();
    let all = written.max(listed);
    let chosen = preview.channels.iter().map(|it| it.messages.len() as u64);
    let are = if all == 1 { "is" } else { "are" };
    let sentence = format!(
        "{} of {} {are} shown.",
        count(shown),
        counted(all, "message")
    );
    match chosen.sum::<u64>().saturating_sub(shown) {
        _ if shown >= all => None,
        0 => Some(sentence),
        more => Some(format!(
            "{sentence} There was no room in the page for {} more that were chosen.",
            count(more)
        )),
    }
}

/// The places of messages by id; of several with the same id that of the first.
fn places(all: &[Read<'_>]) -> HashMap<String, usize> {
    let ids = all.iter().enumerate().rev();
    let ids = ids.filter_map(|(n, read)| Some((read.item.as_ref()?.id.clone()?, n)));
    ids.collect()
}

impl Line {
    /// The line of a channel that is not shown.
    fn of(channel: &model::Channel, cleaner: Cleaner) -> Line {
        Line {
            anchor: None,
            face: face(channel, cleaner),
            is_direct: channel.is_direct,
            messages: count(channel.message_count),
            noun: overview::messages(channel.message_count),
            has_losses: channel.messages.iter().any(|it| !it.losses.is_empty()),
        }
    }
}

impl<'a> Channel<'a> {
    /// A channel without its messages, of which so many are shown.
    fn of(
        place: usize,
        channel: &model::Channel,
        face: &'a Face,
        shown: usize,
        cleaner: Cleaner,
    ) -> Channel<'a> {
        let (shown, all) = (shown as u64, channel.message_count);
        Channel {
            anchor: anchor(place),
            face,
            is_direct: channel.is_direct,
            facts: facts(channel),
            sample: (shown < all)
                .then(|| format!("{} of {}", count(shown), counted(all, "message"))),
            entry: json::shown(channel.entry.as_bytes(), cleaner),
            rows: Html::default(),
        }
    }
}

impl<'p> Read<'p> {
    fn of(message: &'p model::Message) -> Read<'p> {
        Read {
            message,
            item: entry::item(message.entry.as_bytes()),
        }
    }

    /// The message whose thread it belongs to; a thread is as deep as one level.
    pub fn parent(&self, all: &[Read<'_>]) -> Option<usize> {
        let parent = self.message.parent?;
        let is_root = all.get(parent)?.message.parent.is_none();
        is_root.then_some(parent)
    }
}

impl Context<'_, '_> {
    /// The rows of a channel, in order of time, and how many messages they show. `messages` has those
    /// that are shown, and `shown` their places.
    fn rows(
        self,
        messages: &mut HashMap<Place, Message>,
        shown: &HashSet<Place>,
    ) -> Result<(Html, usize)> {
        let mut threads: Vec<Vec<Message>> = self.all.iter().map(|_| Vec::new()).collect();
        let mut rows: Vec<Option<Row>> = self.all.iter().map(|_| None).collect();
        let mut count = 0;
        for (n, row) in rows.iter_mut().enumerate() {
            let Some(mut message) = messages.remove(&(self.channel, n)) else {
                continue;
            };
            count += 1;
            if let Some(quote) = &mut message.quote {
                let is_shown = |it: &(usize, String, Face)| shown.contains(&(self.channel, it.0));
                quote.shown = quote.shown.take().filter(is_shown);
            }
            match self.all[n].parent(self.all) {
                Some(root) => {
                    *row = self.echo(n);
                    threads[root].push(message);
                }
                None => *row = Some(Row::Message(Box::new(message))),
            }
        }
        for (row, replies) in rows.iter_mut().zip(threads) {
            if let Some(Row::Message(message)) = row {
                message.reply_count = message.reply_count.max(replies.len() as u64);
                message.replies = replies;
            }
        }
        let mut html = String::new();
        let mut day = String::new();
        for row in rows.into_iter().flatten() {
            if row.day().is_some_and(|it| it != day) {
                day = row.day().unwrap_or_default().to_owned();
                html.push_str(&Row::Day(day.clone()).render()?);
            }
            html.push_str(&row.render()?);
        }
        Ok((Html::new(html), count))
    }

    /// A reply as the channel shows it; `None` if it does not.
    pub fn echo(self, n: usize) -> Option<Row> {
        self.all[n].parent(self.all)?;
        let item = self.all[n].item.as_ref()?;
        (item.show_in_channel == Some(true)).then(|| Row::Echo {
            anchor: message::anchor(self.channel, n),
            author: self.people.face(item.user.as_deref().unwrap_or_default()),
            sent: Stamp::of(item.created_at.as_deref().unwrap_or_default(), self.cleaner),
            text: (Look::of(item) != Look::Deleted).then(|| self.text(item)),
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
        ..Face::new(key, &channel.name, "channel", cleaner)
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
