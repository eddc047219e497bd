//! Several elements with one time: copies, edits and deletions of one message.
//!
//! Exports that keep all edits hold `message_changed` and `message_deleted` events. Their form is
//! not documented; what is read of it is the nested message. Events that stand in another file
//! than their message are left to [`crate::later`].

use std::collections::HashMap;

use migrate_model::{LossKind, Time};

use crate::contents::files;
use crate::foreign::Message;
use crate::json::lenient::Stamp;
use crate::losses;
use crate::message::Content;
use crate::people::{SLACKBOT, is_message};
use crate::subtype::Class;

/// Among so many different messages of one time, copies are looked for.
const COMPARED: usize = 16;

/// What an element says about a message.
#[derive(Clone, Copy)]
pub(crate) struct Version<'m> {
    /// The message, perhaps nested in the element.
    pub(crate) message: &'m Message<'m>,
    /// When the message was written.
    pub(crate) at: Time,
    event: Event,
    class: Class,
    /// The state before an edit, as the edit tells it.
    previous: Option<&'m Message<'m>>,
    /// The state that tells of its files, its reactions and its pin: an edit may say nothing of them.
    telling: Telling<'m>,
    /// Whether its reactions are those of a newer state.
    lends_reactions: bool,
    /// The message as it was written, where a deletion does not tell it.
    written: Option<&'m Message<'m>>,
    /// Who wrote it, as a reply tells.
    told_author: &'m str,
    /// Of a comment on a file: the file, and the thread of the message that shared it.
    shared_in: Option<(&'m str, Time)>,
}

/// The states of a message that tell of what hangs on it.
#[derive(Clone, Copy)]
pub(crate) struct Telling<'m> {
    pub(crate) files: &'m Message<'m>,
    pub(crate) reactions: &'m Message<'m>,
    pub(crate) pin: &'m Message<'m>,
    /// How many files an edit took away, and whether it did so with the pin.
    pub(crate) removed_files: usize,
    pub(crate) is_pin_removed: bool,
}

/// Where a file was shared: when, and in whose thread. The first of several counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Share {
    /// When the message was written that shared it.
    pub(crate) at: Time,
    /// When the root of its thread was written: that message, unless it is a reply.
    pub(crate) thread: Time,
}

/// When and how a version came to be: the greatest of a message counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Age {
    rank: u8,
    at: Option<Time>,
}

/// How the element came to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Written,
    Changed(Option<Time>),
    Deleted(Option<Time>),
}

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is put; the number tells messages of one time apart, 1 for the first.
    Kept(usize),
    /// Another element says the same or more.
    Merged(LossKind),
}

impl<'m> Version<'m> {
    /// What an element says; `None` if it is no message or has no time.
    pub(crate) fn of(it: &'m Message<'m>) -> Option<Self> {
        if !is_message(&it.kind) {
            return None;
        }
        let before = [&it.previous_message, &it.previous, &it.original];
        let mut before = before.into_iter().filter_map(|it| it.as_deref());
        let previous = before.clone().next();
        let version = |message: &'m Message<'m>, ts: Stamp, event: Event, class: Class| {
            let at = ts.time()?;
            Some(Version {
                message,
                at,
                event,
                class,
                previous,
                telling: Telling::of(message),
                lends_reactions: false,
                written: None,
                told_author: "",
                shared_in: None,
            })
        };
        let event_at = it.ts.time();
        match Class::of(&it.subtype) {
            Class::Changed => match (it.message.as_deref(), before.next()) {
                (Some(message), _) => match Class::of(&message.subtype) {
                    // An event within an event says nothing of a message.
                    Class::Changed | Class::Deleted => {
                        version(it, it.ts, Event::Written, Class::Bookkeeping)
                    }
                    class => version(message, message.ts, Event::Changed(event_at), class),
                },
                // The element itself is the new state.
                (None, Some(before)) => {
                    let class = Class::of(&before.subtype);
                    version(it, before.ts, Event::Changed(event_at), class)
                }
                (None, None) => version(it, it.ts, Event::Written, Class::Bookkeeping),
            },
            Class::Deleted => {
                let before = before.next();
                let ts = match (it.deleted_ts, before) {
                    (Stamp::Absent, Some(before)) => before.ts,
                    // It does not say what was deleted.
                    (Stamp::Absent, None) => {
                        return version(it, it.ts, Event::Written, Class::Bookkeeping);
                    }
                    (ts, _) => ts,
                };
                let message = before.unwrap_or(it);
                version(message, ts, Event::Deleted(event_at), Class::Tombstone)
            }
            class => version(it, it.ts, Event::Written, class),
        }
    }

    /// What the message is.
    pub(crate) fn class(&self) -> Class {
        self.class
    }

    /// Whether the message is written at all.
    pub(crate) fn is_written(&self) -> bool {
        self.class != Class::Bookkeeping && !Content::of(self).is_nothing()
    }

    /// Whether it is about a message that stands elsewhere as it was written.
    pub(crate) fn is_event(&self) -> bool {
        self.event != Event::Written
    }

    /// How it ranks among versions of the same message.
    pub(crate) fn age(&self) -> Age {
        let (rank, at) = match self.event {
            Event::Written => (0, None),
            Event::Changed(at) => (1, at),
            Event::Deleted(at) => (2, at),
        };
        Age { rank, at }
    }

    /// The message as it was before it was deleted, as far as that is known.
    pub(crate) fn before(&self) -> &'m Message<'m> {
        self.written.unwrap_or(self.message)
    }

    /// The states that tell of what hangs on it.
    pub(crate) fn telling(&self) -> Telling<'m> {
        self.telling
    }

    /// Whether its reactions are written with a newer state.
    pub(crate) fn lends_reactions(&self) -> bool {
        self.lends_reactions
    }

    /// Who wrote it, as a reply tells; empty where none does.
    pub(crate) fn author_told_by_reply(&self) -> &'m str {
        self.told_author
    }

    /// When the root of the thread was written to which it is a reply.
    pub(crate) fn parent_at(&self) -> Option<Time> {
        let told = self.before().thread_ts.time();
        let shared_at = self.shared_in.map(|(_, shared_at)| shared_at);
        told.or(shared_at).filter(|parent_at| *parent_at != self.at)
    }

    /// The file below which it stands as a comment: the file hangs on the message that shared it.
    pub(crate) fn file_above(&self) -> Option<&'m str> {
        let (id, shared_at) = self.shared_in?;
        (self.parent_at() == Some(shared_at)).then_some(id)
    }

    /// The file on which it is a comment that is in no thread.
    fn commented_file(&self) -> Option<&'m str> {
        let is_comment = self.class == Class::FileComment && self.parent_at().is_none();
        let mut ids = files::ids(self.telling.files).filter(|_| is_comment);
        ids.next()
    }

    /// The files that it shares, and where it does.
    pub(crate) fn shares(self) -> impl Iterator<Item = (&'m str, Share)> {
        let thread = self.message.thread_ts.time().unwrap_or(self.at);
        let share = Share {
            at: self.at,
            thread,
        };
        let is_share = !matches!(
            self.class,
            Class::FileComment | Class::Bookkeeping | Class::Tombstone
        );
        let ids = files::ids(self.telling.files).filter(move |_| is_share);
        ids.map(move |id| (id, share))
    }

    /// When the message was last edited.
    pub(crate) fn edited_at(&self) -> Option<Time> {
        let edited = self.message.edited.as_ref();
        let edited = edited.and_then(|edited| edited.ts.time());
        match self.event {
            Event::Changed(at) => edited.or(at),
            _ => edited,
        }
    }

    /// When the message was deleted, if it was: not before the last reply that is known.
    pub(crate) fn deleted_at(&self) -> Time {
        let told = match self.event {
            Event::Deleted(at) => at,
            _ => self.message.latest_reply.time(),
        };
        told.map_or(self.at, |told| told.max(self.at))
    }
}

/// Tells deleted messages what the same file has of them: themselves as they were written, and who
/// wrote them.
pub(crate) fn complete(versions: &mut [Option<Version<'_>>]) {
    let is_deleted = |it: &Version<'_>| it.class == Class::Tombstone;
    if !versions.iter().flatten().any(is_deleted) {
        return;
    }
    let mut written = HashMap::new();
    let mut authors = HashMap::new();
    for it in versions.iter().flatten().filter(|it| !is_deleted(it)) {
        written.insert(it.at, it.message);
        let author = &*it.message.parent_user_id;
        if let Some(at) = it.message.thread_ts.time()
            && !author.is_empty()
            && author != SLACKBOT
        {
            authors.entry(at).or_insert(author);
        }
    }
    for it in versions.iter_mut().flatten().filter(|it| is_deleted(it)) {
        it.told_author = authors.get(&it.at).copied().unwrap_or("");
        // Where the deletion nests the message, that is the newer.
        if Class::of(&it.message.subtype) == Class::Deleted {
            it.written = written.get(&it.at).copied();
        }
    }
}

impl<'m> Telling<'m> {
    fn of(message: &'m Message<'m>) -> Self {
        Telling {
            files: message,
            reactions: message,
            pin: message,
            removed_files: 0,
            is_pin_removed: false,
        }
    }

    /// The same where a message does not tell all, of states before it, the newest first.
    fn with(
        message: &'m Message<'m>,
        earlier: impl Iterator<Item = &'m Message<'m>> + Clone,
    ) -> Self {
        let tells_files = |it: &Message<'_>| it.files.is_told() || it.file.is_some();
        let tells_pin = |it: &Message<'_>| it.pinned_to.is_told() || it.pinned_info.is_some();
        let before = |tells: fn(&Message<'_>) -> bool| earlier.clone().find(|it| tells(it));
        let files = before(tells_files);
        let pin = before(tells_pin);
        let mut telling = Telling::of(message);
        match files {
            Some(files) if !tells_files(message) => telling.files = files,
            Some(files) if !files::has_any(message) => {
                telling.removed_files = files::ids(files).count();
            }
            _ => {}
        }
        match pin {
            Some(pin) if !tells_pin(message) => telling.pin = pin,
            Some(pin) => {
                let is_pinned =
                    |it: &Message<'_>| !it.pinned_to.is_empty() || it.pinned_info.is_some();
                telling.is_pin_removed = is_pinned(pin) && !is_pinned(message);
            }
            None => {}
        }
        if !message.reactions.is_told() {
            let reactions = before(|it| it.reactions.is_told());
            telling.reactions = reactions.unwrap_or(message);
        }
        telling
    }
}

/// Tells edits what hangs on their messages, where they do not say it themselves and the same file
/// does.
pub(crate) fn inherit(versions: &mut [Option<Version<'_>>]) {
    let is_edit = |it: &Version<'_>| matches!(it.event, Event::Changed(_));
    let edits = versions.iter().flatten().filter(|it| is_edit(it));
    let mut groups: HashMap<Time, Vec<usize>> = edits.map(|it| (it.at, Vec::new())).collect();
    if groups.is_empty() {
        return;
    }
    for (n, version) in versions.iter().enumerate() {
        let group = version.as_ref().and_then(|it| groups.get_mut(&it.at));
        group.into_iter().for_each(|group| group.push(n));
    }
    for group in groups.values_mut() {
        let at = |n: &usize| versions.get(*n).and_then(Option::as_ref);
        group.sort_by_key(|n| (at(n).map(Version::age), *n));
        let Some((newest, earlier)) = group.split_last() else {
            continue;
        };
        let Some(edit) = at(newest).filter(|it| is_edit(it)) else {
            continue;
        };
        let messages = earlier.iter().rev().filter_map(at).map(|it| it.message);
        let states = edit.previous.into_iter().chain(messages);
        let telling = Telling::with(edit.message, states);
        for n in earlier {
            if let Some(Some(it)) = versions.get_mut(*n) {
                it.lends_reactions = std::ptr::eq(it.message, telling.reactions);
            }
        }
        if let Some(Some(it)) = versions.get_mut(*newest) {
            it.telling = telling;
        }
    }
}

/// The files that are commented here, once for each comment that is in no thread.
pub(crate) fn commented_files<'v, 'm>(
    versions: &'v [Option<Version<'m>>],
) -> impl Iterator<Item = &'m str> + use<'v, 'm> {
    let versions = versions.iter().flatten();
    versions.filter_map(Version::commented_file)
}

/// Puts comments on files into the threads of the messages that first shared them; `elsewhere`
/// tells who did so in another file.
pub(crate) fn attach_comments(
    versions: &mut [Option<Version<'_>>],
    elsewhere: impl Fn(&str) -> Option<Share>,
) {
    let commented = commented_files(versions).map(|id| (id, None));
    let mut shares: HashMap<&str, Option<Share>> = commented.collect();
    if shares.is_empty() {
        return;
    }
    for (id, share) in versions.iter().flatten().flat_map(|it| it.shares()) {
        if let Some(first) = shares.get_mut(id) {
            *first = Some(first.map_or(share, |first| first.min(share)));
        }
    }
    for it in versions.iter_mut().flatten() {
        let Some(id) = it.commented_file() else {
            continue;
        };
        let here = shares.get(id).copied().flatten();
        let all = [here, elsewhere(id)].into_iter().flatten();
        let first = all.filter(|share| share.at < it.at).min();
        it.shared_in = first.map(|share| (id, share.thread));
    }
}

/// The places of elements in the order of their messages' times, in which databases have them too;
/// what has no version comes first. A day file is in that order but for a few.
pub(crate) fn in_time(versions: &[Option<Version<'_>>]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..versions.len()).collect();
    let time = |place: &usize| versions.get(*place)?.as_ref().map(|it| it.at);
    places.sort_by_key(time);
    places
}

/// Settles what becomes of each element; nothing for those that have no version. `None`: all
/// times differ, and every element is kept.
pub(crate) fn settle(versions: &[Option<Version<'_>>]) -> Option<Vec<Fate>> {
    let times = versions.iter().flatten().map(|it| it.at);
    if times.is_sorted_by(|a, b| a < b) {
        return None;
    }
    let mut fates = vec![Fate::Kept(1); versions.len()];
    let mut groups: HashMap<Time, Vec<usize>> = HashMap::with_capacity(versions.len());
    for (at, version) in versions.iter().enumerate() {
        if let Some(version) = version {
            groups.entry(version.at).or_default().push(at);
        }
    }
    for group in groups.values().filter(|group| group.len() > 1) {
        let members = group.iter().filter_map(|at| {
            let version = versions.get(*at)?.as_ref()?;
            Some((*at, version))
        });
        for (at, fate) in settle_group(members) {
            if let Some(slot) = fates.get_mut(at) {
                *slot = fate;
            }
        }
    }
    Some(fates)
}

fn settle_group<'v, 'm: 'v>(
    group: impl Iterator<Item = (usize, &'v Version<'m>)> + Clone,
) -> Vec<(usize, Fate)> {
    let newest = group.clone().max_by_key(|(at, it)| (it.age(), *at));
    if let Some((newest, _)) = newest.filter(|(_, it)| it.is_event()) {
        return group
            .map(|(at, _)| match at == newest {
                true => (at, Fate::Kept(1)),
                false => (at, Fate::Merged(losses::EARLIER_VERSION)),
            })
            .collect();
    }
    let mut kept: Vec<&Message<'_>> = Vec::new();
    let mut numbered = 0;
    group
        .map(|(at, version)| {
            let mut compared = kept.iter().take(COMPARED);
            if compared.any(|other| is_copy(version.message, other)) {
                return (at, Fate::Merged(losses::REPEATED_MESSAGE));
            }
            kept.push(version.message);
            // What is not written takes no number.
            numbered += usize::from(version.is_written());
            (at, Fate::Kept(numbered.max(1)))
        })
        .collect()
}

/// Whether two messages differ at most in what Slack counts of their replies.
fn is_copy(one: &Message<'_>, other: &Message<'_>) -> bool {
    one.user == other.user
        && one.bot_id == other.bot_id
        && one.username == other.username
        && one.subtype == other.subtype
        && one.text == other.text
        && one.blocks == other.blocks
        && one.attachments == other.attachments
        && one.files == other.files
        && one.file == other.file
        && one.comment == other.comment
        && one.reactions == other.reactions
        && one.thread_ts == other.thread_ts
        && one.edited == other.edited
}
