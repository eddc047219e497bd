//! The users, channels, members, messages and reactions of a run: who is who over all parts.
//! Each has a name made of what identifies it, and a number that references use.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hasher},
    rc::Rc,
};

/// The number of a thing, from 0.
pub(super) type Id = u32;

/// What an entry is about, in the order in which a file must hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    User,
    Channel,
    Member,
    Message,
    Reaction,
}

impl Kind {
    pub(super) const ALL: [Kind; 5] = [
        Kind::User,
        Kind::Channel,
        Kind::Member,
        Kind::Message,
        Kind::Reaction,
    ];

    /// The word that an entry has as its type.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Channel => "channel",
            Kind::Member => "member",
            Kind::Message => "message",
            Kind::Reaction => "reaction",
        }
    }

    pub(super) fn of(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// All that was named so far, whether it stood somewhere or was only referred to.
#[derive(Default)]
pub(super) struct Things {
    all: Vec<Thing>,
    by_name: [HashMap<Rc<str>, Id>; 5],
    distinct: HashMap<Id, Vec<Id>>,
    /// Users whom the app has, and who stand in no part.
    in_app: HashSet<Id>,
}

/// A thing of the run.
pub(super) struct Thing {
    pub(super) kind: Kind,
    /// What identifies it among its kind.
    pub(super) name: Rc<str>,
    /// Where it stood; `None` if it was only referred to.
    pub(super) seen: Option<Seen>,
}

/// Where a thing stood.
pub(super) struct Seen {
    /// The first part that holds it, from 0.
    pub(super) first_part: usize,
    last_part: usize,
    print: u64,
}

/// What is to be said about a thing that stands in one more place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It stands there for the first time.
    First,
    /// It stood in an earlier part, with the same bytes.
    Same,
    /// It stood in an earlier part, with other bytes.
    Differs,
    /// It stands in this part twice.
    InPart,
}

impl Things {
    /// Takes note of users whom the app has.
    pub(super) fn know_users_of_app(&mut self, ids: &BTreeSet<String>) {
        for id in ids {
            let user = self.id(Kind::User, id);
            self.in_app.insert(user);
        }
    }

    /// Whether a thing is a user whom the app has.
    pub(super) fn is_in_app(&self, id: Id) -> bool {
        self.in_app.contains(&id)
    }

    /// The number of a thing; it gets one if it has none.
    pub(super) fn id(&mut self, kind: Kind, name: &str) -> Id {
        if let Some(id) = self.find(kind, name) {
            return id;
        }
        let id = Id::try_from(self.all.len()).expect("a test writes fewer than 2^32 things");
        let name: Rc<str> = name.into();
        self.by_name[kind as usize].insert(Rc::clone(&name), id);
        self.all.push(Thing {
            kind,
            name,
            seen: None,
        });
        id
    }

    /// The number of a thing, if it has one.
    pub(super) fn find(&self, kind: Kind, name: &str) -> Option<Id> {
        self.by_name[kind as usize].get(name).copied()
    }

    pub(super) fn get(&self, id: Id) -> &Thing {
        &self.all[id as usize]
    }

    /// The names of all things of a kind that stand in some part.
    pub(super) fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        let of_kind = move |thing: &&Thing| thing.kind == kind && thing.seen.is_some();
        self.all
            .iter()
            .filter(of_kind)
            .map(|thing| thing.name.as_ref())
    }

    /// Takes note that a thing stands in a part with this raw text.
    pub(super) fn see(&mut self, id: Id, part: usize, raw: &str) -> Repeat {
        let mut hasher = DefaultHasher::new();
        hasher.write(raw.as_bytes());
        let print = hasher.finish();
        match &mut self.all[id as usize].seen {
            Some(seen) if seen.last_part == part => Repeat::InPart,
            Some(seen) => {
                seen.last_part = part;
                if seen.print == print {
                    Repeat::Same
                } else {
                    Repeat::Differs
                }
            }
            none => {
                *none = Some(Seen {
                    first_part: part,
                    last_part: part,
                    print,
                });
                Repeat::First
            }
        }
    }

    /// The number of a channel that is known by its members, and with it those of its members.
    pub(super) fn distinct_channel(&mut self, channel_type: &str, set: &[&str]) -> Id {
        let mut set = set.to_vec();
        set.sort_unstable();
        set.dedup();
        let name = format!("{channel_type}:[{}]", set.join(","));
        let channel = self.id(Kind::Channel, &name);
        if !self.distinct.contains_key(&channel) {
            let members = set
                .iter()
                .map(|user| self.id(Kind::Member, &member_name(user, &name)))
                .collect();
            self.distinct.insert(channel, members);
        }
        channel
    }

    /// The members of a distinct channel; `None` for a channel with an id of its own.
    pub(super) fn distinct_members(&self, channel: Id) -> Option<&[Id]> {
        self.distinct.get(&channel).map(Vec::as_slice)
    }

    /// A thing for people: its kind and its name.
    pub(super) fn label(&self, id: Id) -> String {
        let thing = self.get(id);
        format!("{} `{}`", thing.kind.word(), thing.name)
    }
}

/// Ids hold no space, so the names of members and reactions cannot clash.
pub(super) fn member_name(user: &str, channel: &str) -> String {
    format!("{user} in {channel}")
}

/// The name of a reaction: message, type and user identify it.
pub(super) fn reaction_name(reaction_type: &str, user: &str, message: &str) -> String {
    format!("{reaction_type} by {user} to {message}")
}
