//! The seam between an adapter and the core.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{Command, ListedFile, Location, Loss, LossKind, Opt, Options, Origin, Person, Record};

/// A format that can be read: one static per format.
pub trait Adapter: Sync {
    /// What it is called and what it takes.
    fn about(&self) -> &'static About;

    /// Opens the inputs and lists their units.
    ///
    /// # Errors
    /// If an input cannot be read, or is not of this format; the text says what it is instead
    /// and what to do.
    fn open(&self, inputs: &[PathBuf], options: &Options) -> Result<Box<dyn Source>>;

    /// Whether it reads what lies at a path, for people who name no adapter; cheap, as every
    /// adapter is asked. `head` are the first [`HEAD_BYTES`] of a file, or all of a shorter one;
    /// nothing of a folder.
    fn fits(&self, _input: &Path, _head: &[u8]) -> Fit {
        Fit::No
    }

    /// The commands that it has beside the conversion.
    fn commands(&self) -> &'static [Command] {
        &[]
    }
}

/// How many bytes of a file [`Adapter::fits`] is shown.
pub const HEAD_BYTES: usize = 4096;

/// Whether an input is of an adapter's format. The surest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is something else.
    No,
    /// It could be, but nothing marks it.
    Perhaps,
    /// It has the marks of the format.
    Surely,
}

/// What an adapter says about itself.
#[derive(Debug)]
pub struct About {
    /// The command word, in lower case, such as `slack`.
    pub name: &'static str,
    /// What it converts, in one line.
    pub title: &'static str,
    /// What it reads, in a few sentences.
    pub help: &'static str,
    /// What the input is, in a few words, such as `the export, a zip file or a folder`.
    pub input: &'static str,
    /// A command that works in a checkout of the project.
    pub example: &'static str,
    /// The options that only this adapter has.
    pub options: &'static [Opt],
    /// Every kind of loss that it may report.
    pub losses: &'static [LossKind],
}

/// An opened input, shared by all workers.
pub trait Source: Send + Sync {
    /// Gives the users, channels and members that are known before any message is read: all
    /// users first, then all channels, then members.
    ///
    /// # Errors
    /// If the input cannot be read, or the sink stops.
    fn directory(&self, sink: &mut dyn Sink) -> Result<()>;

    /// Gives what units tell about people, by [`Sink::meet`], where that is known before they are
    /// read.
    ///
    /// # Errors
    /// If the input cannot be read, or the sink stops.
    fn people(&self, _sink: &mut dyn Sink) -> Result<()> {
        Ok(())
    }

    /// The pieces that can be read alone. Units of one channel stand together, in the order in
    /// which their messages are to arrive.
    fn units(&self) -> &[Unit];

    /// A unit's name for people, such as the path of a file in the export.
    fn unit_name(&self, unit: &Unit) -> String;

    /// Where a record of a unit stands, for people; `record` as it was given to the sink.
    fn location(&self, unit: &Unit, record: u32) -> Location {
        Location {
            file: self.unit_name(unit),
            record,
        }
    }

    /// Gives records of a unit as they stand in the source, so that people can hold what became of
    /// them against them: the element, the line, the row. `records` are sorted, each once, as they
    /// were given to the sink; what cannot be given is passed over. It is asked for after all units
    /// have been read.
    ///
    /// # Errors
    /// If the input cannot be read; whoever asks goes on without.
    fn source_records(&self, _unit: &Unit, _records: &[u32], _give: Give<'_>) -> Result<()> {
        Ok(())
    }

    /// The same for records of several units, by the units' places in [`Source::units`]; `wanted`
    /// is sorted, each once. What would take more than 64 MB of units to be read is passed over, and
    /// so is a unit that cannot be read.
    fn find_source_records(&self, wanted: &[(u32, u32)], give: GivePlaced<'_>) {
        let mut room = SOURCE_RECORD_BYTES;
        for of_one in wanted.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(number, _)) = of_one.first() else {
                continue;
            };
            let Some(unit) = self.units().get(number as usize) else {
                continue;
            };
            let Some(rest) = room.checked_sub(unit.bytes) else {
                continue;
            };
            room = rest;
            let records: Vec<u32> = of_one.iter().map(|(_, record)| *record).collect();
            // Those that were given before it failed are as good as any.
            let _ = self.source_records(unit, &records, &mut |record, bytes| {
                give((number, record), bytes);
            });
        }
    }

    /// Whether e-mail addresses were asked for. Unless they were, a preview shows none.
    fn shows_addresses(&self) -> bool {
        false
    }

    /// What the numbers in places count, in a word.
    fn counted(&self) -> &'static str {
        "record"
    }

    /// Over what ids of messages are unique; asked where units have no channel.
    fn message_ids(&self) -> MessageIds {
        MessageIds::Auto
    }

    /// A reader of its own for one worker.
    ///
    /// # Errors
    /// If the input cannot be opened again.
    fn reader(&self) -> Result<Box<dyn Reader + '_>>;

    /// Called once all units have been read, before the output gets its name.
    ///
    /// # Errors
    /// If the input proves wrong as a whole, such as a count that does not add up.
    fn finish(&self) -> Result<()> {
        Ok(())
    }

    /// The name of what the records come from, in lower case, where that is not the adapter: the
    /// user who stands for unknown authors is called by it. `None`: the adapter's own name.
    fn origin(&self) -> Option<&str> {
        None
    }

    /// What people should know about how the input was understood, a sentence each: what was found
    /// out and could be wrong, and what was kept in another way than they may think.
    fn remarks(&self) -> &[String] {
        &[]
    }

    /// What happened and what to do about it, in one sentence, for a kind of loss that the input
    /// itself declares.
    fn explain(&self, _kind: &str) -> Option<&str> {
        None
    }
}

/// How much of the units is read for their records as they stand, in bytes.
pub const SOURCE_RECORD_BYTES: u64 = 64_000_000;

/// Takes a record as it stands in the source.
pub type Give<'g> = &'g mut dyn FnMut(u32, &[u8]);

/// The same, by the place of its unit as well.
pub type GivePlaced<'g> = &'g mut dyn FnMut((u32, u32), &[u8]);

/// Reads units for one worker.
pub trait Reader {
    /// Reads one unit and pushes its records into `sink`.
    ///
    /// With [`Want::People`] only [`Sink::meet`] is called, for the same people as with
    /// [`Want::Everything`].
    ///
    /// A unit without a channel is read once, before the others, when nobody's name is known. It
    /// may hold records of every kind and channel in any order. Of what it tells about one person
    /// the highest rank counts, and among equals the first value that is not empty; custom data
    /// stands with the name.
    ///
    /// # Errors
    /// If the unit cannot be read at all, which names it as [`Source::unit_name`] does, or the sink
    /// stops. A record that cannot be used is a [`Loss`], not an error.
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()>;
}

/// A piece of a source that can be read alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The adapter's own number for it.
    pub key: u64,
    /// About how many bytes it has, for progress and for sharing the work.
    pub bytes: u64,
    /// The channel of all its messages: the number, from 0, of a channel record that the
    /// directory gave. `None`: its records may belong to any channel. Either all units of a source
    /// have a channel or none has.
    pub channel: Option<u32>,
}

/// Over what ids of messages are unique.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageIds {
    /// It is found out: over the whole source, unless messages of two channels have one id.
    #[default]
    Auto,
    /// Over the whole source: of messages that have one id the first counts.
    Global,
    /// Only within a channel: `<channel id>-<id>` is written for ids and references alike.
    Channel,
}

/// What is wanted of a unit.
#[derive(Clone, Copy)]
pub enum Want<'d> {
    /// All records, with the names that are known.
    Everything(&'d dyn Directory),
    /// Only what is told about people.
    People,
}

/// The names that texts may hold. It does not change while units are read.
pub trait Directory: Sync {
    /// The name by which a mention of this user must be written; `None` for a user who is not
    /// known, who is then written with the bare id.
    fn user_name(&self, user_id: &str) -> Option<&str>;

    /// The name of a channel; `None` for one that is not known or has none.
    fn channel_name(&self, channel_id: &str) -> Option<&str>;
}

/// Takes records. `record` counts the records of a file from 1; 0 means the file as a whole.
pub trait Sink {
    /// Names the file in which the following records stand. Needed in [`Source::directory`]. A unit
    /// has a name, which this replaces in a unit without a channel until it is called with an
    /// empty one.
    fn file(&mut self, name: &str);

    /// Takes a record.
    ///
    /// # Errors
    /// [`Stop`] if nothing more is wanted.
    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop>;

    /// Takes note of something that cannot be kept.
    ///
    /// # Errors
    /// [`Stop`] if nothing more is wanted.
    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop>;

    /// Takes what a message tells about a person. People who are only referred to need not be
    /// met.
    ///
    /// # Errors
    /// [`Stop`] if nothing more is wanted.
    fn meet(&mut self, person: Person<'_>) -> Result<(), Stop>;

    /// Takes a file of the message that was put last, if the user asked for a list of files by an
    /// option `file-list` of the adapter.
    ///
    /// # Errors
    /// [`Stop`] if nothing more is wanted.
    fn list_file(&mut self, _record: u32, _it: ListedFile<'_>) -> Result<(), Stop> {
        Ok(())
    }
}

/// The core wants no more records: return at once, with this as the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no more records are wanted")
    }
}

impl std::error::Error for Stop {}
