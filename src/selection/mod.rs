//! What the user of the program wants of a source: which channels, from when to when, whom.
//!
//! Here stand the wishes and their names. The command line of them is in `args`, which channels
//! they mean in `channels`; that they are kept is left to the directory, to workers and to the
//! packer, each for what it knows first.

pub mod args;
pub mod channels;

use migrate_model::Time;
use serde::{Deserialize, Serialize};

pub use crate::getstream::entry::MissingParents;
pub use channels::Channels;

/// Which records of a source are written, and how what they miss is made. The default writes all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Which channels.
    pub channels: Channels,
    /// Which threads, by the time of their roots.
    pub range: Range,
    /// Only messages written, edited or deleted at this time or later, and what they need.
    pub written_since: Option<Time>,
    /// Whether listed users are left away whom nothing written refers to.
    pub only_referenced_users: bool,
    /// Whether system messages are left away that no reply needs.
    pub skips_system: bool,
    /// Whether a message with too long a text is left away instead of continued.
    pub leaves_out_long_texts: bool,
    /// How a root is made that the source does not hold.
    pub missing_parents: MissingParents,
}

impl Selection {
    /// Whether some messages of a channel are not written.
    pub fn picks_messages(&self) -> bool {
        self.holds_back() || self.leaves_out_long_texts
    }

    /// Whether some messages are not written unless others need them.
    pub fn holds_back(&self) -> bool {
        self.written_since.is_some() || self.skips_system || self.range.is_set()
    }

    /// Whether anything at all may be excluded.
    pub fn excludes(&self) -> bool {
        self.picks_messages() || self.channels.is_set() || self.only_referenced_users
    }
}

/// A range of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first time in it; `None`: it has no beginning.
    pub since: Option<Time>,
    /// The first time behind it; `None`: it has no end.
    pub until: Option<Time>,
}

impl Range {
    /// Whether it has a beginning or an end.
    pub fn is_set(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    /// Whether a time is in it.
    pub fn contains(&self, time: Time) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

/// Why a record is not written, by the user's own wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exclusion {
    /// Its channel is not asked for.
    Channel,
    /// Its channel comes after the last that is asked for.
    Limit,
    /// Its thread is out of the range of time.
    Time,
    /// Neither it nor anything that needs it was written since the time asked for.
    Unchanged,
    /// It is a system message.
    System,
    /// Its text is too long for one message.
    LongText,
    /// Nothing that is written refers to the user.
    Unreferenced,
}

impl Exclusion {
    /// The kind of note under which it is counted.
    pub const fn kind(self) -> &'static str {
        match self {
            Exclusion::Channel => "excluded_channel",
            Exclusion::Limit => "excluded_by_limit",
            Exclusion::Time => "excluded_by_time",
            Exclusion::Unchanged => "excluded_unchanged",
            Exclusion::System => "excluded_system",
            Exclusion::LongText => "excluded_long_text",
            Exclusion::Unreferenced => "excluded_unreferenced",
        }
    }

    /// Whether a quote of such a message becomes quoted text: nothing but a reply can have it
    /// written.
    pub const fn unquotes(self) -> bool {
        matches!(self, Exclusion::Time | Exclusion::System)
    }
}
