//! What a worker hands to the packer: encoded entries, and a head for each.

use migrate_model::{Kind, Outcome, Time};

use crate::books::{Ledger, Place};
use crate::file_list::Row;
use crate::people::Stranger;
use crate::selection::Exclusion;
use crate::user_map::Claim;

/// The encoded entries of a few units, in the order in which they were read.
#[derive(Default)]
pub struct Batch {
    /// The entries, one behind the other, without separators.
    pub bytes: Vec<u8>,
    /// A head for each.
    pub heads: Vec<Head>,
    /// The users that entries refer to; heads hold ranges of this.
    pub users: Vec<UserRef>,
    /// People who stand in no list, each as well as this batch knows them.
    pub strangers: Vec<Stranger>,
    /// The claims of those people of the user map who occur, each once, in order, with the
    /// source's id.
    pub claims: Vec<(Claim, Box<str>)>,
    /// The claims of those of the user map to whom entries refer; heads hold ranges of this.
    pub references: Vec<Claim>,
    /// The source's ids of messages that have another one in Stream, by place in `heads`, in
    /// order; empty if nobody asked.
    pub source_ids: Vec<(u32, Box<str>)>,
    /// The files of its messages, if the adapter tells of them.
    pub files: Vec<Row>,
    /// The books of what was read.
    pub ledger: Ledger,
    /// Whether what is lost of messages and reactions waits in `losses`, since it is not known yet
    /// which are written.
    pub defers: bool,
    /// What is lost of records if they are written.
    pub losses: Vec<Lost>,
    /// Whether what is lost of messages is told one by one as well.
    pub tells_losses: bool,
    /// What is lost of records, if that is told; it is in the ledger too.
    pub told_losses: Vec<Lost>,
    /// How much of the source it was, in bytes.
    pub source_bytes: u64,
}

impl Batch {
    /// Notes that something of a record is lost. `record` counts from 1 in the unit; 0 is the unit
    /// as a whole.
    pub fn lose_field(
        &mut self,
        of: Kind,
        kind: &'static str,
        count: u64,
        (unit, record): (u32, u32),
        detail: &str,
    ) {
        let is_message = of == Kind::Message;
        let is_of_record = record > 0 && (is_message || of == Kind::Reaction);
        if is_of_record && (self.defers || self.tells_losses && is_message) {
            let lost = Lost {
                unit,
                record,
                of,
                kind,
                count,
                detail: detail.to_owned(),
            };
            if self.defers {
                return self.losses.push(lost);
            }
            self.told_losses.push(lost);
        }
        let place = Place::Unit { unit, record };
        self.ledger
            .lose(of, Outcome::Field, kind, count, &place, detail);
    }
}

/// Something that is lost of a record, if that is written.
#[derive(Clone, Debug)]
pub struct Lost {
    /// The unit of the record.
    pub unit: u32,
    /// The record in the unit, from 1.
    pub record: u32,
    /// The kind of record.
    pub of: Kind,
    /// The kind of loss.
    pub kind: &'static str,
    /// How many things are lost.
    pub count: u64,
    /// What exactly.
    pub detail: String,
}

/// A user that an entry refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserRef {
    /// By the number in the directory.
    Known(u32),
    /// By the place among the batch's strangers.
    Stranger(u32),
}

/// What the packer knows of an entry beside its bytes.
#[derive(Clone, Debug)]
pub struct Head {
    /// What the entry is.
    pub kind: HeadKind,
    /// Its channel.
    pub channel: u32,
    /// Where its record stands: the unit's place in the source's list, from 0.
    pub unit: u32,
    /// The record in the unit, from 1.
    pub record: u32,
    /// Its bytes in the batch.
    pub bytes: std::ops::Range<usize>,
    /// When it was written.
    pub time: Time,
    /// The hash of a message's id; of a reaction, of all that makes it one.
    pub id: u64,
    /// The hash of the parent's id; of a reaction, of its message's.
    pub parent: Option<u64>,
    /// The hash of the quoted message's id.
    pub quote: Option<u64>,
    /// Of a continuation: the hash of the id of the message that it continues, and its place
    /// behind it, from 1.
    pub continues: Option<(u64, u32)>,
    /// Its users in [`Batch::users`]; the first wrote it.
    pub users: std::ops::Range<usize>,
    /// From which of its users on they are mentioned in its text.
    pub mentions: usize,
    /// Those of its users who are in the user map, in [`Batch::references`]; the author's is the
    /// first.
    pub references: std::ops::Range<usize>,
    /// What a reply knows of its parent: who wrote it, by place in [`Batch::users`], and when.
    pub parent_user: Option<usize>,
    /// See `parent_user`: the claim, if that is somebody of the user map.
    pub parent_claim: Option<Claim>,
    /// See `parent_user`.
    pub parent_time: Option<Time>,
    /// Why it is not written unless something needs it.
    pub excluded: Option<Exclusion>,
    /// Whether the system wrote it in somebody's name, who may have left by it.
    pub is_system: bool,
    /// Whether a reaction has no time of its own, so that it gets the one with which its message
    /// is written.
    pub is_timeless: bool,
}

/// What an entry is, for the packer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadKind {
    /// A message.
    Message,
    /// A reaction that stands directly behind its message.
    Reaction,
    /// A reaction found elsewhere; it may have been given before.
    LooseReaction,
    /// A message that is excluded whatever needs it; it has no bytes, and of its users those alone
    /// whom its text mentions.
    Absent,
}

impl Head {
    /// Where its record stands.
    pub fn place(&self) -> Place {
        Place::Unit {
            unit: self.unit,
            record: self.record,
        }
    }
}
