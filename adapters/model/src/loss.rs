//! What could not be kept, and where it stood.

use crate::{ChannelRef, Kind, Text};

/// What became of a record, or of a part of it, that is not written as it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The record is written, but something of it is lost.
    Field,
    /// The record could not be used.
    LeftOut,
    /// The record went into another one.
    Merged,
    /// The user of the program asked to leave the record out.
    Excluded,
}

/// One thing that could not be kept in the model.
///
/// With [`Outcome::LeftOut`], [`Outcome::Merged`] or [`Outcome::Excluded`] it takes the place of
/// the record itself in the books: a record is either put or lost, once.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss<'a> {
    /// The kind of loss, one of the adapter's [`LossKind`]s.
    pub kind: &'static str,
    /// What became of the record.
    pub outcome: Outcome,
    /// The kind of record that it happened to.
    pub of: Kind,
    /// Where it happened; needed only in a unit without a channel.
    pub channel: ChannelRef<'a>,
    /// How many records or things it happened to; at least 1.
    pub count: u32,
    /// What exactly, in a few words; never a secret.
    pub detail: Text<'a>,
}

/// A kind of loss that an adapter may report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossKind {
    /// The name, `<adapter>.<what>` in lower case, such as `slack.file_needs_login`.
    pub kind: &'static str,
    /// What happened and what to do about it, in one sentence.
    pub text: &'static str,
}

/// Where a record stands in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, as the source names it.
    pub file: String,
    /// The record in that file, from 1; 0 for the file as a whole.
    pub record: u32,
}

impl Location {
    /// The place for people, with the word for what is counted: `messages.csv, line 7`.
    pub fn shown(&self, counted: &str) -> String {
        match self.record {
            0 => self.file.clone(),
            record => format!("{}, {counted} {record}", self.file),
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown("record"))
    }
}
