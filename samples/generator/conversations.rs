//! The conversations of an invented workspace and the lists that name them: public and private
//! channels, conversations of several people and of two, with their members. What is said in them
//! is left to `day`.

use super::{
    Slack, World,
    json::Json,
    layout::{Layout, Size},
    people::People,
    random::{mix, unique_code},
    words::{FOREIGN, Words},
};

/// The sort of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Public,
    Private,
    /// Several people without a channel, Slack's `mpim`.
    Several,
    /// Two people, or one alone, Slack's `im`.
    Two,
}

/// One conversation.
pub(super) struct Conversation {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) folder: String,
    /// Indexes of people, in no order, each once.
    pub(super) members: Vec<u32>,
    pub(super) size: Size,
    /// What its own decisions hang on.
    pub(super) salt: u64,
    archived: bool,
    general: bool,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Public, Self::Private, Self::Several, Self::Two];

    /// The file at the root that lists all of this sort.
    pub(super) fn list_file(self) -> &'static str {
        match self {
            Self::Public => "channels.json",
            Self::Private => "groups.json",
            Self::Several => "mpims.json",
            Self::Two => "dms.json",
        }
    }

    /// Whether people join and leave, and topics are set.
    pub(super) fn is_channel(self) -> bool {
        matches!(self, Self::Public | Self::Private)
    }
}

/// All conversations, the largest first.
pub(super) fn conversations(
    options: &Slack,
    layout: &Layout,
    people: &People,
    words: &Words,
) -> Vec<Conversation> {
    let mut met = [0_u32; 4];
    let mut all = Vec::with_capacity(layout.channels.len());
    for (rank, size) in layout.channels.iter().enumerate() {
        let rank = rank as u32;
        let kind = if size.messages == 0 {
            Kind::Public
        } else {
            kind(rank)
        };
        let of_kind = &mut met[kind as usize];
        let maker = Maker {
            rank,
            of_kind: *of_kind,
            kind,
            options,
            people,
            words,
        };
        *of_kind += 1;
        all.push(maker.make(size.clone()));
    }
    all
}

/// The content of the file that lists all conversations of one sort.
pub(super) fn write_list(json: &mut Json, world: &World, kind: Kind) {
    json.begin_array();
    for it in world.conversations.iter().filter(|it| it.kind == kind) {
        it.write_entry(json, world);
    }
    json.end_array();
}

impl Conversation {
    fn write_entry(&self, json: &mut Json, world: &World) {
        let created = self.size.first_day(self.salt) * 86_400;
        let creator = world.people.get(self.members.first().copied().unwrap_or(0));
        json.begin_object();
        json.key("id").string(&self.id);
        if self.kind == Kind::Two {
            json.key("created").number(created);
        } else {
            json.key("name").string(&self.name);
            json.key("created").number(created);
            json.key("creator").string(&creator.id);
            json.key("is_archived").boolean(self.archived);
            if self.kind == Kind::Public {
                json.key("is_general").boolean(self.general);
            }
        }
        json.key("members").begin_array();
        for &member in &self.members {
            let person = world.people.get(member);
            // Strangers stand in no channel's list, but there is no other way to name a partner.
            if person.is_listed() || !self.kind.is_channel() {
                json.string(&person.id);
            }
        }
        json.end_array();
        if self.kind != Kind::Two {
            for (key, value) in [("topic", "What we talk of"), ("purpose", "")] {
                json.key(key).begin_object();
                json.key("value").string(value);
                json.key("creator")
                    .string(if value.is_empty() { "" } else { &creator.id });
                json.key("last_set")
                    .number(if value.is_empty() { 0 } else { created + 60 });
                json.end_object();
            }
        }
        json.end_object();
    }
}

/// What a conversation is made of.
struct Maker<'m> {
    /// Its place among all, from 0.
    rank: u32,
    /// Its place among those of its kind, from 0.
    of_kind: u32,
    kind: Kind,
    options: &'m Slack,
    people: &'m People,
    words: &'m Words,
}

impl Maker<'_> {
    fn make(&self, size: Size) -> Conversation {
        let members = self.members();
        let salt = mix(self.options.seed, 0xc0_0000_0000 + u64::from(self.rank));
        let letter = match self.kind {
            Kind::Public => 'C',
            Kind::Private | Kind::Several => 'G',
            Kind::Two => 'D',
        };
        let id = format!(
            "{letter}{}",
            unique_code(self.rank, self.options.seed ^ 0xc)
        );
        let name = self.name(&members);
        Conversation {
            folder: if self.kind == Kind::Two {
                id.clone()
            } else {
                name.clone()
            },
            archived: self.kind.is_channel() && self.rank % 13 == 9,
            general: self.rank == 0,
            kind: self.kind,
            id,
            name,
            members,
            size,
            salt,
        }
    }

    fn name(&self, members: &[u32]) -> String {
        match self.kind {
            Kind::Two => String::new(),
            Kind::Several => {
                let names: Vec<&str> = members
                    .iter()
                    .map(|&it| self.people.get(it).handle.as_str())
                    .collect();
                // The number tells apart those with the same people.
                format!("mpdm-{}-{}", names.join("--"), self.of_kind + 1)
            }
            _ if self.rank == 0 => "general".to_owned(),
            _ => {
                let rank = u64::from(self.rank);
                let last = if self.rank % 17 == 6 {
                    FOREIGN[self.rank as usize / 17 % 11]
                } else {
                    self.words.handle(rank + 31)
                };
                format!("{}-{last}-{rank}", self.words.handle(rank))
            }
        }
    }

    /// Everybody in the first channel, fewer and fewer in the others.
    fn members(&self) -> Vec<u32> {
        let users = self.options.users;
        let step = self.of_kind / users + 1;
        match self.kind {
            // One conversation with oneself stands for all that there are.
            Kind::Two if self.of_kind == 2 => vec![self.of_kind % users],
            Kind::Two => {
                let other = (self.of_kind + step) % users;
                let first = self.of_kind % users;
                if first == other {
                    vec![first]
                } else {
                    vec![first, other]
                }
            }
            Kind::Several => {
                let count = (3 + self.of_kind % 4).min(users);
                (0..count)
                    .map(|it| (self.of_kind * 3 + it) % users)
                    .collect()
            }
            Kind::Public | Kind::Private => {
                let divisor = 1 + self.rank / 4;
                let count = (users / divisor).max(5).min(users);
                let first =
                    (mix(self.options.seed, u64::from(self.rank)) % u64::from(users)) as u32;
                (0..count).map(|it| (first + it) % users).collect()
            }
        }
    }
}

/// The sort of the conversation at a place among all, from 0.
fn kind(rank: u32) -> Kind {
    match rank % 8 {
        _ if rank < 2 => Kind::Public,
        0 | 1 | 5 => Kind::Public,
        2 => Kind::Private,
        4 => Kind::Several,
        _ => Kind::Two,
    }
}
