//! What a preview shows, whoever gathered it: a conversion, or import files that exist.
//!
//! All texts here are foreign and unescaped; whoever shows them escapes them.

use migrate_model::{Kind, Time};

use crate::books::{Book, Class};

/// Everything that a preview shows.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What was read, by the name that people know.
    pub title: String,
    /// Whether the parts stand on disk, or were only tried.
    pub is_dry_run: bool,
    /// What became of the records of each kind, in the order of [`Kind::ALL`]. Of import files that
    /// exist only `written` is known.
    pub books: [Book; Kind::ALL.len()],
    /// Whether all columns of the books are known.
    pub has_source: bool,
    /// The times of the first and the last message.
    pub span: Option<(Time, Time)>,
    /// How many messages each day has, by days since 1970-01-01 in UTC, in order, days without
    /// any left away.
    pub days: Vec<(i32, u64)>,
    /// The parts in order.
    pub parts: Vec<Part>,
    /// The most that a part may have, in bytes.
    pub part_limit: u64,
    /// What was lost, left out, merged, excluded and made, in the order of a report.
    pub notes: Vec<Note>,
    /// How the source was understood, a sentence each.
    pub remarks: Vec<String>,
    /// All channels, those with the most messages first, then by id; at most
    /// [`MOST_CHANNELS`].
    pub channels: Vec<Channel>,
    /// How many channels there are in all.
    pub channel_count: u64,
    /// Who wrote most, in order; at most [`MOST_PEOPLE`].
    pub people: Vec<Count>,
    /// The reactions used, the most frequent first, at most [`MOST_REACTIONS`].
    pub reactions: Vec<Count>,
    /// How many kinds of reaction there are; those behind the first 10,000, and names of
    /// more than 1,000 bytes, are not counted.
    pub reaction_kinds: u64,
    /// Users whom the messages shown refer to, by id in Stream, in order of the ids.
    pub users: Vec<User>,
}

/// How many channels a preview lists at most.
pub const MOST_CHANNELS: usize = 5_000;
/// How many people.
pub const MOST_PEOPLE: usize = 20;
/// How many kinds of reaction.
pub const MOST_REACTIONS: usize = 30;

/// A part of the output.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its file name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// How many entries of each kind it holds.
    pub counts: [u64; Kind::ALL.len()],
}

/// Notes of one kind.
#[derive(Clone, Debug)]
pub struct Note {
    /// What the kind means.
    pub class: Class,
    /// Its name, as in a report.
    pub kind: String,
    /// A sentence on what happened; empty if nobody explains it.
    pub text: String,
    /// How often.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// One thing that was noted.
#[derive(Clone, Debug)]
pub struct Example {
    /// Where in the source, as people would look for it.
    pub place: String,
    /// What exactly.
    pub detail: String,
    /// The message to which it happened, if that is shown: places in [`Preview::channels`] and
    /// [`Channel::messages`].
    pub message: Option<(usize, usize)>,
}

/// A thing with a number.
#[derive(Clone, Debug)]
pub struct Count {
    /// The id of a user, the name of a reaction.
    pub id: String,
    /// What people call it; empty if it has no other name.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// A user whom something shown refers to.
#[derive(Clone, Debug)]
pub struct User {
    /// The id in Stream.
    pub id: String,
    /// The name; empty if there is none.
    pub name: String,
}

/// A channel, and some of its messages.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its type and id, `type:id`; of a distinct channel its type alone and a colon.
    pub cid: String,
    /// The name; of a direct conversation without one its members' names.
    pub name: String,
    /// Whether it is a conversation by its members.
    pub is_direct: bool,
    /// How many members it has.
    pub members: u64,
    /// How many messages were written, replies included.
    pub message_count: u64,
    /// How many reactions.
    pub reaction_count: u64,
    /// The times of the first and the last message.
    pub span: Option<(Time, Time)>,
    /// The entry of the channel as it is written.
    pub entry: String,
    /// The messages shown, in order of time; a reply's parent is among them, unless that is too
    /// long to be shown.
    pub messages: Vec<Message>,
}

/// A message that is shown.
#[derive(Clone, Debug)]
pub struct Message {
    /// The entry as it is written, one line of JSON with its envelope, without separator.
    pub entry: String,
    /// Reactions to it, as entries; at most 20 of them.
    pub reactions: Vec<String>,
    /// How many reactions there are.
    pub reaction_count: u64,
    /// The names of the most frequent ones, at most 20, each with how often it is there.
    pub reaction_names: Vec<(String, u64)>,
    /// Place in [`Channel::messages`] of the message whose thread it belongs to.
    pub parent: Option<usize>,
    /// How many replies the whole conversation has to it, shown or not.
    pub reply_count: u64,
    /// Its place in the order in which the messages of all channels were picked: where room is
    /// short, one with a smaller rank is shown before the others. Each message has its own.
    pub rank: u32,
    /// Why it is shown.
    pub why: Why,
    /// What was lost of it: kind and detail; at most 20 of that.
    pub losses: Vec<(String, String)>,
    /// How much was lost of it.
    pub loss_count: u64,
    /// Where its record stands in the source; empty if there is no source.
    pub place: String,
    /// The record of the source as it stands there, if the adapter gives it. Not escaped, and may
    /// hold what is no text.
    pub source: Option<Vec<u8>>,
}

/// Why a message is shown; the most special reason counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is among the newest.
    Newest,
    /// It is needed by another that is shown.
    Needed,
    /// It has attachments.
    Attachments,
    /// It is among the longest.
    Long,
    /// It has many reactions.
    Reactions,
    /// It starts a thread with many replies, or is one of those.
    Thread,
    /// Something of it was lost.
    Loss,
}
