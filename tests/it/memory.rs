//! A source that stands in memory: the records of an invented workspace, handed to the core as an
//! adapter would. Where workspaces come from is left to `workspaces` (any) and to the tests
//! (those they build by hand).

pub(crate) mod workspaces;

use std::{collections::BTreeSet, fmt, path::PathBuf};

use anyhow::Result;
use migrate_model::{
    About, Adapter, Channel, ChannelRef, Custom, Directory, Kind, Loss, Member, Message, Options,
    Origin, Outcome, Person, Rank, Reaction, Reader, Record, Sink, Source, Time, Unit, User, Value,
    Want,
};

/// The name of the adapter, from which the id of the unknown user is made.
pub(crate) const UNKNOWN_USER: &str = "memory-unknown";

/// The custom field in which a message keeps the names that the directory gave for its mentions.
pub(crate) const HEARD: &str = "heard";

/// The custom field by which the sightings of a person can be told apart.
pub(crate) const TOLD: &str = "told";

/// An invented workspace, and the adapter that reads it.
#[derive(Clone, Default)]
pub(crate) struct Workspace {
    pub(crate) users: Vec<User<'static>>,
    pub(crate) channels: Vec<Channel<'static>>,
    pub(crate) members: Vec<Member<'static>>,
    /// People who are met before any message.
    pub(crate) people: Vec<Person<'static>>,
    pub(crate) units: Vec<Piece>,
}

/// A unit and what stands in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Piece {
    /// The number of its channel's record.
    pub(crate) channel: u32,
    /// How large it claims to be; a megabyte or more makes it a batch of its own.
    pub(crate) bytes: u64,
    pub(crate) items: Vec<Item>,
}

/// One thing in a unit.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Message(Box<Message<'static>>),
    Reaction(Box<Reaction<'static>>),
    /// A person whom a message tells about.
    Meet(Person<'static>),
    /// Something that the adapter cannot hand over.
    Lost(Outcome, Kind),
}

impl From<Message<'static>> for Item {
    fn from(it: Message<'static>) -> Self {
        Item::Message(Box::new(it))
    }
}

impl From<Reaction<'static>> for Item {
    fn from(it: Reaction<'static>) -> Self {
        Item::Reaction(Box::new(it))
    }
}

impl From<Person<'static>> for Item {
    fn from(it: Person<'static>) -> Self {
        Item::Meet(it)
    }
}

/// Without what is empty, since it is read when a property has failed.
impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut things: Vec<String> = Vec::new();
        things.extend(self.users.iter().map(|it| format!("{it:?}")));
        things.extend(self.people.iter().map(|it| format!("{it:?}")));
        things.extend(self.channels.iter().map(|it| format!("{it:?}")));
        things.extend(self.members.iter().map(|it| format!("{it:?}")));
        for unit in &self.units {
            things.push(format!("unit of {}, {} bytes", unit.channel, unit.bytes));
            things.extend(unit.items.iter().map(|it| format!("    {it:?}")));
        }
        for thing in things {
            let mut fields = thing.split(", ").filter(|field| {
                let empty = ["\"\"", "[]", "None", "false", "Custom([])"];
                !empty.iter().any(|it| field.ends_with(&format!(": {it}")))
            });
            writeln!(f, "{}", fields.by_ref().collect::<Vec<_>>().join(", "))?;
        }
        Ok(())
    }
}

impl Workspace {
    /// A workspace whose listed users are named as their ids, in capitals.
    pub(crate) fn of_users(ids: &[&str]) -> Workspace {
        let users = ids.iter().map(|id| {
            let mut it = User::default();
            it.id = (*id).to_owned().into();
            it.name = id.to_uppercase().into();
            it
        });
        Workspace {
            users: users.collect(),
            ..Workspace::default()
        }
    }

    /// Adds a channel with an id and these members; gives the number of its record.
    pub(crate) fn channel(&mut self, id: &str, members: &[&str]) -> u32 {
        let mut it = Channel::default();
        it.id = id.to_owned().into();
        self.channels.push(it);
        for user in members {
            let mut it = Member::default();
            it.channel = ChannelRef::Id(id.to_owned().into());
            it.user_id = (*user).to_owned().into();
            self.members.push(it);
        }
        self.channels.len() as u32 - 1
    }

    /// Adds a conversation that is known by its members; gives the number of its record.
    pub(crate) fn distinct(&mut self, id: &str, members: &[&str]) -> u32 {
        let mut it = Channel::default();
        it.id = id.to_owned().into();
        it.member_ids = members.iter().map(|id| (*id).to_owned().into()).collect();
        self.channels.push(it);
        self.channels.len() as u32 - 1
    }

    /// Whether records can say which channel is meant: by an id that only one has, or else by a set
    /// of members that only one has.
    pub(crate) fn is_clear(&self) -> bool {
        let channels = &self.channels;
        let set = |at: usize| channels[at].member_ids.iter().collect::<BTreeSet<_>>();
        (0..channels.len()).all(|at| {
            let mut others = (0..channels.len()).filter(|other| *other != at);
            match channels[at].id.is_empty() {
                true => others.all(|other| set(other) != set(at)),
                false => others.all(|other| channels[other].id != channels[at].id),
            }
        })
    }

    /// Adds a unit of a channel.
    pub(crate) fn unit(&mut self, channel: u32, items: Vec<Item>) {
        self.units.push(Piece {
            channel,
            bytes: 2 << 20,
            items,
        });
    }
}

/// A message of a user, so many microseconds after the start of time.
pub(crate) fn message(id: &str, user: &str, micros: i64) -> Message<'static> {
    let mut it = Message::default();
    it.id = id.to_owned().into();
    it.user_id = user.to_owned().into();
    it.text = format!("this is {id}").into();
    it.created_at = Some(at(micros));
    it
}

/// A reply.
pub(crate) fn reply(id: &str, user: &str, micros: i64, parent: &str) -> Message<'static> {
    let mut it = message(id, user, micros);
    it.parent_id = parent.to_owned().into();
    it
}

/// A message that quotes another.
pub(crate) fn quote(id: &str, user: &str, micros: i64, quoted: &str) -> Message<'static> {
    let mut it = message(id, user, micros);
    it.quoted_message_id = quoted.to_owned().into();
    it
}

/// A message that mentions somebody.
pub(crate) fn mention(id: &str, user: &str, micros: i64, mentioned: &str) -> Message<'static> {
    let mut it = message(id, user, micros);
    it.mentioned_user_ids = vec![mentioned.to_owned().into()];
    it
}

/// A reaction.
pub(crate) fn reaction(message: &str, name: &str, user: &str) -> Reaction<'static> {
    let mut it = Reaction::default();
    it.message_id = message.to_owned().into();
    it.reaction_type = name.to_owned().into();
    it.user_id = user.to_owned().into();
    it
}

/// What a message tells about a person.
pub(crate) fn person(id: &str, rank: Rank, name: &str, micros: i64) -> Person<'static> {
    Person {
        id: id.to_owned().into(),
        rank,
        name: name.to_owned().into(),
        image_url: "".into(),
        seen_at: at(micros),
        custom: Custom::default(),
    }
}

/// A time in 2023, with so many microseconds.
pub(crate) fn at(micros: i64) -> Time {
    Time::EPOCH.plus_micros(1_700_000_000_000_000 + micros)
}

static ABOUT: About = About {
    name: "memory",
    title: "Converts an invented workspace",
    help: "For tests.",
    input: "nothing",
    example: "",
    options: &[],
    losses: &[],
};

impl Adapter for Workspace {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, _inputs: &[PathBuf], _options: &Options) -> Result<Box<dyn Source>> {
        let units = self.units.iter().zip(0..).map(|(piece, key)| Unit {
            key,
            bytes: piece.bytes,
            channel: Some(piece.channel),
        });
        Ok(Box::new(Opened {
            units: units.collect(),
            workspace: self.clone(),
        }))
    }
}

struct Opened {
    workspace: Workspace,
    units: Vec<Unit>,
}

impl Source for Opened {
    fn directory(&self, sink: &mut dyn Sink) -> Result<()> {
        let it = &self.workspace;
        sink.file("directory");
        for (user, record) in it.users.iter().zip(1..) {
            sink.put(record, Origin::Read, Record::User(user.clone()))?;
        }
        for person in &it.people {
            sink.meet(person.clone())?;
        }
        for (channel, record) in it.channels.iter().zip(1..) {
            sink.put(record, Origin::Read, Record::Channel(channel.clone()))?;
        }
        for (member, record) in it.members.iter().zip(1..) {
            sink.put(record, Origin::Read, Record::Member(member.clone()))?;
        }
        Ok(())
    }

    fn units(&self) -> &[Unit] {
        &self.units
    }

    fn unit_name(&self, unit: &Unit) -> String {
        format!("unit {}", unit.key)
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(ReaderOf(&self.workspace)))
    }
}

struct ReaderOf<'a>(&'a Workspace);

impl Reader for ReaderOf<'_> {
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        let items = &self.0.units[unit.key as usize].items;
        for (item, record) in items.iter().zip(1..) {
            match (item, want) {
                (Item::Meet(person), _) => sink.meet(person.clone())?,
                (Item::Message(it), Want::Everything(directory)) => {
                    let it = Record::Message(with_names(it, directory));
                    sink.put(record, Origin::Read, it)?;
                }
                (Item::Reaction(it), Want::Everything(_)) => {
                    sink.put(record, Origin::Read, Record::Reaction((**it).clone()))?;
                }
                (Item::Lost(outcome, of), Want::Everything(_)) => {
                    let loss = Loss {
                        kind: "memory.lost",
                        outcome: *outcome,
                        of: *of,
                        channel: ChannelRef::Unit,
                        count: 1,
                        detail: "".into(),
                    };
                    sink.lose(record, loss)?;
                }
                (_, Want::People) => {}
            }
        }
        Ok(())
    }
}

/// Writes the names of the mentioned into the text, as an adapter does for its markup, and once
/// more beside it, where a test finds them again.
fn with_names(it: &Message<'static>, directory: &dyn Directory) -> Message<'static> {
    let mut it = it.clone();
    let mentioned = it.mentioned_user_ids.iter().filter(|id| !id.is_empty());
    let names: Vec<String> = mentioned
        .map(|id| directory.user_name(id).unwrap_or(id).to_owned())
        .collect();
    if !names.is_empty() {
        it.text = format!("@{} {}", names.join(" @"), it.text).into();
        let heard = names.into_iter().map(Value::from).collect();
        it.custom.set(HEARD, Value::List(heard));
    }
    it
}
