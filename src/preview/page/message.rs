//! A message as it is shown.

use std::collections::HashMap;

use askama::Template;
use askama::filters::HtmlSafe;

use super::super::entry::item;
use super::super::model;
use super::entry;
use super::html::Html;
use super::json;
use super::links;
use super::list::First;
use super::markdown;
use super::overview::of_all;
use super::people::{self, Face, People};
use super::times::Stamp;
use crate::redact::{Clean, Cleaner};
use crate::text::{count, size};

/// How much of a quoted text is shown, in bytes.
const QUOTE_BYTES: usize = 200;

/// How many people are named who reacted in the same way, or alone see a message.
const MOST_NAMED: usize = 10;

/// Longest detail of a loss that is shown, in bytes.
pub const MOST_DETAIL_BYTES: usize = 1_000;

/// How many attachments of a message are shown.
const MOST_CARDS: usize = 30;

/// A message, with its thread.
#[derive(Template)]
#[template(path = "message.html")]
pub struct Message {
    /// Its name in the page.
    pub anchor: String,
    /// How it looks.
    pub look: Look,
    /// Who wrote it.
    pub author: Face,
    /// When.
    pub sent: Stamp,
    /// What else is to be known of it, in a word or two each.
    pub badges: Vec<&'static str>,
    /// Whom alone it is shown to.
    pub only_for: First<Face>,
    /// The message that it quotes.
    pub quote: Option<Quote>,
    /// Its text.
    pub text: Html,
    /// Its attachments.
    pub cards: First<Card>,
    /// Its reactions.
    pub reactions: Vec<Reaction>,
    /// How many more there are, of other kinds.
    pub more_reactions: Option<String>,
    /// How many of how many reactions have their entries shown, if not all.
    pub reaction_sample: Option<String>,
    /// What was lost of it: the kind, what that means, and the detail.
    pub losses: Vec<(Clean, Html, Clean)>,
    /// How many of how many are listed, if not all.
    pub loss_sample: Option<String>,
    /// Its entry, and those of its reactions.
    pub entries: Vec<Html>,
    /// Where its record stands.
    pub place: Clean,
    /// Its record.
    pub source: Option<Html>,
    /// The replies that are shown.
    pub replies: Vec<Message>,
    /// How many replies there are.
    pub reply_count: u64,
    /// Whether it stands in a thread and in the channel as well.
    pub is_in_channel: bool,
}

impl HtmlSafe for Message {}

impl Message {
    /// `1 reply`, `2 replies, 1 of them shown`; `None` without any.
    fn thread(&self) -> Option<String> {
        let replies = match self.reply_count {
            0 => return None,
            1 => "1 reply".to_owned(),
            more => format!("{} replies", count(more)),
        };
        Some(match self.replies.len() {
            shown if shown as u64 == self.reply_count => replies,
            shown => format!("{replies}, {shown} of them shown"),
        })
    }
}

/// How a message looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Somebody said something.
    Usual,
    /// Something happened.
    System,
    /// It was deleted.
    Deleted,
    /// Its entry cannot be read.
    Unread,
}

/// A quoted message.
pub struct Quote {
    /// Its place in the channel, its name in the page and who wrote it; `None` if it is not shown.
    pub shown: Option<(usize, String, Face)>,
    /// The beginning of its text, or its id.
    pub text: Clean,
}

/// An attachment.
pub struct Card {
    /// What it is, in a word.
    pub kind: Clean,
    /// What it is called.
    pub title: Clean,
    /// Where it leads.
    pub link: Option<Clean>,
    /// Its text.
    pub text: Html,
    /// What else is known of it.
    pub details: Vec<Clean>,
}

/// A kind of reaction to a message.
pub struct Reaction {
    /// Its sign.
    pub sign: Clean,
    /// Its name, and who reacted so.
    pub who: Clean,
    /// How often.
    pub count: String,
}

/// A message of a channel with what its entry says.
pub struct Read<'p> {
    /// The message.
    pub message: &'p model::Message,
    /// Its entry; `None` if it cannot be read.
    pub item: Option<entry::Message>,
}

/// What messages of a channel are shown with.
#[derive(Clone, Copy)]
pub struct Context<'c, 'p> {
    /// Who is who.
    pub people: &'c People<'p>,
    /// What kinds of notes mean, by kind.
    pub words: &'c HashMap<&'p str, &'p str>,
    /// What may be shown.
    pub cleaner: Cleaner,
    /// All messages of the channel.
    pub all: &'c [Read<'p>],
    /// Their places by id.
    pub places: &'c HashMap<String, usize>,
    /// The channel's place, from 0.
    pub channel: usize,
}

/// The name of a message in the page.
pub fn anchor(channel: usize, message: usize) -> String {
    format!("m-{channel}-{message}")
}

impl Context<'_, '_> {
    /// A message as it is shown, without its replies and its record.
    pub fn message(self, n: usize) -> Message {
        let Read { message, item } = &self.all[n];
        let nothing = entry::Message::default();
        let look = item.as_ref().map_or(Look::Unread, Look::of);
        let item = item.as_ref().unwrap_or(&nothing);
        // Nobody sees what a deleted message said, who answers it apart.
        let is_deleted = look == Look::Deleted;
        let said = if is_deleted { &nothing } else { item };
        let clean = |text: &str| self.cleaner.text(text);
        let face = |id: &String| self.people.face(id);
        let losses = message.losses.iter();
        let only_for = item.restricted_visibility.as_deref().unwrap_or_default();
        let cards = said.attachments.as_deref().unwrap_or_default();
        let entries = [&message.entry].into_iter().chain(&message.reactions);
        let shown = |bytes: &[u8]| json::shown(bytes, self.cleaner);
        let named = message.reaction_names.iter().map(|(_, count)| count);
        let unnamed = message.reaction_count.saturating_sub(named.sum());
        Message {
            anchor: anchor(self.channel, n),
            look,
            author: self.people.face(item.user.as_deref().unwrap_or_default()),
            sent: Stamp::of(item.created_at.as_deref().unwrap_or_default(), self.cleaner),
            badges: badges(said),
            only_for: First::of(MOST_NAMED, only_for.iter().map(face)),
            quote: said.quoted_message_id.as_deref().map(|id| self.quote(id)),
            text: self.text(said),
            cards: First::of(MOST_CARDS, cards.iter().map(|it| self.card(it))),
            reactions: match is_deleted {
                true => Vec::new(),
                false => self.reactions(message),
            },
            more_reactions: (unnamed > 0).then(|| count(unnamed)),
            reaction_sample: of_all(message.reactions.len(), message.reaction_count),
            losses: losses
                .map(|(kind, detail)| (clean(kind), self.sentence(kind), self.detail(detail)))
                .collect(),
            loss_sample: of_all(message.losses.len(), message.loss_count),
            entries: entries.map(|entry| shown(entry.as_bytes())).collect(),
            place: clean(&message.place),
            source: None,
            replies: Vec::new(),
            reply_count: message.reply_count,
            is_in_channel: item.show_in_channel == Some(true),
        }
    }

    /// The beginning of what exactly was lost.
    fn detail(self, detail: &str) -> Clean {
        self.cleaner.beginning(detail, MOST_DETAIL_BYTES)
    }

    /// What a kind of loss means, or its name.
    fn sentence(self, kind: &str) -> Html {
        let sentence = self.words.get(kind);
        let sentence = sentence.map_or_else(|| format!("`{kind}`"), |it| (*it).to_owned());
        Html::prose(&self.cleaner.text(&sentence))
    }

    /// The record of a message, if the source gave it.
    pub fn source(self, n: usize) -> Option<Html> {
        let source = self.all[n].message.source.as_deref()?;
        Some(json::shown(source, self.cleaner))
    }

    /// The text of a message, with those marked whom it mentions.
    pub fn text(self, item: &entry::Message) -> Html {
        let ids = item.mentioned_users_ids.iter().flatten();
        let mut names: Vec<String> = ids.filter_map(|id| self.people.mentioned_as(id)).collect();
        let to_all = [
            (item.mentioned_channel, "channel"),
            (item.mentioned_here, "here"),
        ];
        for (_, name) in to_all.iter().filter(|(is_so, _)| *is_so == Some(true)) {
            names.push((*name).to_owned());
        }
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        markdown::html(
            item.text.as_deref().unwrap_or_default(),
            &names,
            self.cleaner,
        )
    }

    fn quote(self, id: &str) -> Quote {
        let found = self.places.get(id).copied();
        let item = found.and_then(|n| self.all[n].item.as_ref());
        let text = match item {
            Some(item) if Look::of(item) == Look::Deleted => {
                self.cleaner.text("This message was deleted.")
            }
            Some(item) => self.quoted(item),
            None => people::shortened(id, self.cleaner),
        };
        let author = item.map(|it| self.people.face(it.user.as_deref().unwrap_or_default()));
        Quote {
            shown: found
                .zip(author)
                .map(|(n, author)| (n, anchor(self.channel, n), author)),
            text,
        }
    }

    /// The beginning of what a message says, or of what is attached to it.
    fn quoted(self, item: &entry::Message) -> Clean {
        let text = item.text.as_deref().unwrap_or_default();
        let attached = item.attachments.iter().flatten().next();
        let title = attached.and_then(|it| it.title.as_deref());
        match text.trim().is_empty() {
            true => markdown::plain(title.unwrap_or("…"), QUOTE_BYTES, self.cleaner),
            false => markdown::plain(text, QUOTE_BYTES, self.cleaner),
        }
    }

    fn card(self, it: &entry::Attachment) -> Card {
        let urls = [
            &it.title_link,
            &it.asset_url,
            &it.image_url,
            &it.og_scrape_url,
            &it.thumb_url,
        ];
        let first = urls.into_iter().flatten().find(|url| !url.is_empty());
        let link = first.and_then(|url| links::allowed(url, self.cleaner));
        let names = [&it.title, &it.author_name, &it.footer];
        let name = names.into_iter().flatten().find(|name| !name.is_empty());
        let name = name.or(first).map_or("attachment", String::as_str);
        let host = link.as_deref().and_then(|url| url.split('/').nth(2));
        let bytes = it.file_size.map(size);
        let author = it.author_name.as_deref().filter(|it| *it != name);
        let details = [author, host, it.mime_type.as_deref(), bytes.as_deref()];
        Card {
            kind: self
                .cleaner
                .text(it.kind.as_deref().unwrap_or("attachment")),
            title: self.cleaner.text(name),
            link: link.as_deref().map(|url| self.cleaner.text(url)),
            text: markdown::html(it.text.as_deref().unwrap_or_default(), &[], self.cleaner),
            details: details
                .into_iter()
                .flatten()
                .map(|it| self.cleaner.text(it))
                .collect(),
        }
    }

    fn reactions(self, message: &model::Message) -> Vec<Reaction> {
        let mut users: HashMap<String, Vec<String>> = HashMap::new();
        for entry in &message.reactions {
            let item: entry::Reaction = item(entry.as_bytes()).unwrap_or_default();
            let kind = item.kind.unwrap_or_default();
            { users.entry(kind).or_default() }.push(item.user_id.unwrap_or_default());
        }
        let names = message.reaction_names.iter().map(|(kind, count)| {
            let users = users.get(kind).map_or(&[][..], Vec::as_slice);
            self.reaction(kind, users, *count)
        });
        names.collect()
    }

    /// A kind of reaction, which is there so often; of some it is known who reacted so.
    fn reaction(self, kind: &str, users: &[String], all: u64) -> Reaction {
        let names = users
            .iter()
            .take(MOST_NAMED)
            .map(|id| self.people.face(id).name);
        let mut names: Vec<String> = names.map(|name| name.as_str().to_owned()).collect();
        if all > names.len() as u64 {
            names.push("…".to_owned());
        }
        Reaction {
            sign: people::reaction(kind, self.cleaner),
            who: self.cleaner.text(&format!("{kind}: {}", names.join(", "))),
            count: count(all),
        }
    }
}

impl Look {
    /// How a message looks.
    pub fn of(item: &entry::Message) -> Look {
        match item.kind.as_deref() {
            Some("system") => Look::System,
            Some("deleted") => Look::Deleted,
            _ if item.deleted_at.is_some() => Look::Deleted,
            _ => Look::Usual,
        }
    }

    /// The name of its class.
    pub fn class(self) -> &'static str {
        match self {
            Look::Usual => "usual",
            Look::System => "system",
            Look::Deleted => "deleted",
            Look::Unread => "unread",
        }
    }
}

fn badges(item: &entry::Message) -> Vec<&'static str> {
    let is_edited =
        item.edited_at.is_some() || item.updated_at.is_some() && item.updated_at != item.created_at;
    let badges = [
        is_edited.then_some("edited"),
        item.pinned_at.as_ref().map(|_| "pinned"),
        (item.kind.as_deref() == Some("ephemeral")).then_some("ephemeral"),
        (item.kind.as_deref() == Some("error")).then_some("error"),
        (item.kind.as_deref() == Some("blocked")).then_some("blocked"),
    ];
    badges.into_iter().flatten().collect()
}
