//! All of a file but its messages and reactions: users with their devices and bans, channels,
//! members. They are kept as places in a work file, in the words in which they will be written,
//! with the numbers of what they refer to.
//!
//! `gather` fills it from the input; the packer writes from it.

use anyhow::{Context, Result};
use hashbrown::HashMap;

use crate::directory::{NONE, Node, UserNumber};
use crate::parts::section::Section;
use crate::validate::entry::Type;
use crate::validate::index::Key;

/// Where an entry stands in the work file.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// In bytes from its start.
    pub at: u64,
    /// How long it is, without separator.
    pub len: u32,
}

/// A user.
#[derive(Debug)]
pub struct User {
    /// The entry.
    pub place: Place,
    /// The users and channels that it refers to.
    pub needs: Box<[Node]>,
    /// The devices and bans that come with it, by place in [`Lists::extras`].
    pub extras: Box<[u32]>,
}

/// A device, a future_channel_ban, or a reaction that says no message: what comes with a user.
#[derive(Debug)]
pub struct Extra {
    /// Which of them.
    pub kind: Type,
    /// The entry.
    pub place: Place,
    /// The users that it refers to.
    pub users: Box<[UserNumber]>,
}

/// A channel.
#[derive(Debug)]
pub struct Channel {
    /// The entry; `None` of a channel that only the app has.
    pub place: Option<Place>,
    /// Whether it is known by its members.
    pub is_distinct: bool,
    /// The users that it refers to.
    pub users: Box<[UserNumber]>,
    /// Its members, by place in [`Lists::members`].
    pub members: std::ops::Range<u32>,
    /// The first of the channels that it is packed with: itself, unless messages refer from one
    /// channel to another.
    pub group: u32,
}

/// A member.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The channel.
    pub channel: u32,
    /// The user; [`NONE`] if only the app has it.
    pub user: UserNumber,
    /// The entry.
    pub place: Place,
}

/// Users, channels and members.
pub struct Lists {
    /// The work file.
    pub store: Section,
    /// By number.
    pub users: Vec<User>,
    /// The numbers of users.
    pub user_numbers: HashMap<Key, UserNumber>,
    /// Devices and bans, and the like.
    pub extras: Vec<Extra>,
    /// Those of them whose users only the app has.
    pub loose: Vec<u32>,
    /// In the order of their entries; those that only the app has stand behind them.
    pub channels: Vec<Channel>,
    /// The numbers of channels.
    pub channel_numbers: HashMap<Key, u32>,
    /// By channel, in the order of their entries.
    pub members: Vec<Member>,
}

impl Lists {
    /// The number of a user; `None` if the file does not hold it.
    pub fn user(&self, id: &str) -> Option<UserNumber> {
        self.user_numbers.get(&Key::id(id)).copied()
    }

    /// The members of a channel.
    pub fn members(&self, channel: u32) -> &[Member] {
        let range = &self.channels[channel as usize].members;
        &self.members[range.start as usize..range.end as usize]
    }

    /// The group of a channel.
    pub fn group(&self, channel: u32) -> u32 {
        let channel = self.channels.get(channel as usize);
        channel.map_or(NONE, |channel| channel.group)
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// If the work file cannot be read back.
    pub fn read(&self, place: Place, out: &mut Vec<u8>) -> Result<()> {
        self.store
            .read(place.at, place.len as usize, out)
            .context("could not read back a work file")
    }
}
