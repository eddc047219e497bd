//! Several elements with one time: copies, edits and deletions of one message.
//!
//! Exports that keep all edits hold `message_changed` and `message_deleted` events. Their form is
//! not documented; what is read of it is the nested message. Events that stand in another file
//! than their message are left to [`crate::later`].

use std::collections::HashMap;

use migrate_model::{LossKind, Time};

use crate::foreign::Message;
use crate::lenient::Stamp;
use crate::losses;
use crate::people::is_message;
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
        let version = |message: &'m Message<'m>, ts: Stamp, event: Event, class: Class| {
            let at = ts.time()?;
            Some(Version {
                message,
                at,
                event,
                class,
            })
        };
        let event_at = it.ts.time();
        let before = [&it.previous_message, &it.previous, &it.original];
        let mut before = before.into_iter().filter_map(|it| it.as_deref());
        match Class::of(&it.subtype) {
            Class::Changed => match (it.message.as_deref(), before.next()) {
                (Some(message), _) => {
                    // An event within an event says nothing.
                    let class = match Class::of(&message.subtype) {
                        Class::Changed | Class::Deleted => Class::Bookkeeping,
                        class => class,
                    };
                    version(message, message.ts, Event::Changed(event_at), class)
                }
                // The element itself is the new state.
                (None, Some(before)) => {
                    let class = Class::of(&before.subtype);
                    version(it, before.ts, Event::Changed(event_at), class)
                }
                (None, None) => version(it, it.ts, Event::Written, Class::Bookkeeping),
            },
            Class::Deleted => {
                let message = before.next().unwrap_or(it);
                let ts = match it.deleted_ts {
                    Stamp::Absent => message.ts,
                    ts => ts,
                };
                version(message, ts, Event::Deleted(event_at), Class::Tombstone)
            }
            class => version(it, it.ts, Event::Written, class),
        }
    }

    /// What the message is.
    pub(crate) fn class(&self) -> Class {
        self.class
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
    group
        .map(|(at, version)| {
            let mut compared = kept.iter().take(COMPARED);
            if compared.any(|other| *other == version.message) {
                return (at, Fate::Merged(losses::REPEATED_MESSAGE));
            }
            kept.push(version.message);
            (at, Fate::Kept(kept.len()))
        })
        .collect()
}
