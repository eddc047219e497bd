//! `--emit model`: the records of a source as lines, as the adapter gives them, before anything is
//! made legal. How lines are written is left to [`migrate_jsonl`].
//!
//! Texts hold names, so everybody has to be known first: people are met in a pass of their own,
//! and stand behind the directory, each as well known as the source makes them.

use std::collections::HashSet;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use migrate_jsonl::Counts;
use migrate_model::{
    ChannelRef, Location, Loss, LossKind, Origin, Person, Reader, Record, Sink, Source, Stop, Text,
    Unit, Want, pipeline,
};

use crate::convert::{self, Plan, STOPPED};
use crate::directory::{Builder, Directory, User};
use crate::people::{Standing, Stranger};
use crate::progress::Progress;
use crate::shard::Shard;

/// Writes the records of a source.
///
/// `name` is what they come from, with the kinds of loss that it explains.
///
/// # Errors
/// If the source cannot be read, `out` cannot be written, or `stop` is set.
pub fn emit(
    source: &dyn Source,
    (name, losses): (&str, &[LossKind]),
    plan: &Plan,
    progress: &Progress,
    stop: &AtomicBool,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    let wanted = &plan.selection.channels;
    let mut builder = Builder::new(plan.checks, &plan.defaults, wanted, None, Shard::default());
    source.directory(&mut builder)?;
    let (mut directory, _) = builder.finish()?;
    convert::meet_all(source, plan, &mut directory, progress, stop)?;
    let mut lines = Lines::new(None, stop);
    migrate_jsonl::hello(&mut lines.bytes, name, env!("CARGO_PKG_VERSION"), losses);
    source.directory(&mut lines)?;
    let channels = std::mem::take(&mut lines.channels);
    for stranger in strangers(&directory, &plan.unknown_user) {
        stranger.as_people().for_each(|it| lines.person(it));
    }
    put(out, &lines.bytes)?;
    let mut counts = lines.counts;
    let order = convert::order(source.units(), &directory)?;
    let mut batches = convert::batches(source.units(), &order).into_iter();
    let spare = Mutex::new(Vec::new());
    let lock = || spare.lock().unwrap_or_else(PoisonError::into_inner);
    progress.begin(1, source.units().iter());
    pipeline::run(
        plan.threads,
        || Ok(batches.next()),
        || Ok((Lines::new(Some(source), stop), source.reader()?)),
        |(lines, reader): &mut (Lines<'_>, Box<dyn Reader + '_>), batch| {
            let mut source_bytes = 0;
            for number in &order[batch] {
                let unit = &source.units()[*number as usize];
                let record = unit
                    .channel
                    .and_then(|record| channels.get(record as usize));
                lines.begin(*unit, record.cloned());
                reader.read(unit, Want::Everything(&directory), lines)?;
                source_bytes += unit.bytes;
            }
            let next = lock().pop().unwrap_or_default();
            Ok((lines.take(next), source_bytes))
        },
        |((mut bytes, counted), source_bytes): ((Vec<u8>, Counts), u64)| {
            put(out, &bytes)?;
            counts += counted;
            progress.add(source_bytes, false);
            bytes.clear();
            lock().push(bytes);
            Ok(ControlFlow::Continue(()))
        },
    )
    .map_err(|error| match stop.load(Ordering::Relaxed) {
        true => anyhow::anyhow!(STOPPED),
        false => error,
    })?;
    source.finish()?;
    let mut end = Vec::new();
    migrate_jsonl::end(&mut end, &counts);
    put(out, &end)
}

fn put(out: &mut (dyn Write + Send), bytes: &[u8]) -> Result<()> {
    out.write_all(bytes).context("could not write the records")
}

/// Those who stand in no list and of whom more is known than the id, by id.
fn strangers(directory: &Directory, unknown_user: &str) -> Vec<Stranger> {
    let users = directory.users().iter().filter(|user| {
        let is_told = !user.standing.is_listed() && user.standing != Standing::BY_ID;
        is_told && *user.id != *unknown_user
    });
    let mut strangers: Vec<_> = users.map(User::as_stranger).collect();
    strangers.sort_by(|a, b| a.id.cmp(&b.id));
    strangers
}

/// Whether the reader of the lines went away, which is no failure.
pub fn is_reader_gone(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A sink that writes lines.
struct Lines<'a> {
    stop: &'a AtomicBool,
    bytes: Vec<u8>,
    counts: Counts,
    /// Where units are read from; `None` for the directory.
    source: Option<&'a dyn Source>,
    unit: Unit,
    /// The file at hand, of the directory.
    file: String,
    /// The channel of the unit at hand.
    channel: ChannelRef<'static>,
    /// How records name each channel that was put, by its number.
    channels: Vec<ChannelRef<'static>>,
    channel_ids: HashSet<String>,
    /// The id of the last message.
    last: String,
}

impl<'a> Lines<'a> {
    fn new(source: Option<&'a dyn Source>, stop: &'a AtomicBool) -> Lines<'a> {
        Lines {
            source,
            unit: Unit {
                key: 0,
                bytes: 0,
                channel: None,
            },
            stop,
            bytes: Vec::new(),
            counts: Counts::default(),
            file: String::new(),
            channel: ChannelRef::Unit,
            channels: Vec::new(),
            channel_ids: HashSet::new(),
            last: String::new(),
        }
    }

    /// Starts a unit.
    fn begin(&mut self, unit: Unit, channel: Option<ChannelRef<'static>>) {
        self.unit = unit;
        self.channel = channel.unwrap_or_default();
        self.last.clear();
    }

    /// Gives away what was written and goes on with the buffer given.
    fn take(&mut self, next: Vec<u8>) -> (Vec<u8>, Counts) {
        let bytes = std::mem::replace(&mut self.bytes, next);
        (bytes, std::mem::take(&mut self.counts))
    }

    fn person(&mut self, person: Person<'_>) {
        self.counts.add_person();
        migrate_jsonl::person(&mut self.bytes, person, None);
    }

    /// Where a record stands.
    fn location(&self, record: u32) -> Location {
        match self.source {
            Some(source) => source.location(&self.unit, record),
            None => Location {
                file: self.file.clone(),
                record,
            },
        }
    }

    /// The channel of a record, named so that it can be found.
    fn named<'r>(&self, channel: ChannelRef<'r>) -> ChannelRef<'r> {
        match channel {
            ChannelRef::Unit => self.channel.clone(),
            other => other,
        }
    }
}

impl Sink for Lines<'_> {
    fn file(&mut self, name: &str) {
        self.file.clear();
        self.file.push_str(name);
    }

    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Stop);
        }
        let it = match it {
            Record::Channel(it) => {
                let is_new = self.channel_ids.insert(it.id.clone().into_owned());
                self.channels.push(reference(&it, is_new));
                Record::Channel(it)
            }
            Record::Message(mut it) => {
                self.last.clear();
                self.last.push_str(&it.id);
                it.channel = self.named(it.channel);
                Record::Message(it)
            }
            // One that stands behind its message is of the same channel.
            Record::Reaction(mut it) if self.last != it.message_id => {
                it.channel = self.named(it.channel);
                Record::Reaction(it)
            }
            other => other,
        };
        self.counts.add_record(it.kind());
        let Location { file, record } = self.location(record);
        migrate_jsonl::record(&mut self.bytes, it, origin, Some((&file, record)));
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        self.counts.add_loss(loss.outcome);
        let channel = self.named(loss.channel.clone());
        let loss = Loss { channel, ..loss };
        let Location { file, record } = self.location(record);
        migrate_jsonl::loss(&mut self.bytes, &loss, Some((&file, record)));
        Ok(())
    }

    fn meet(&mut self, _: Person<'_>) -> Result<(), Stop> {
        Ok(())
    }
}

/// How records name a channel; an id that an earlier one has means that one.
fn reference(it: &migrate_model::Channel<'_>, is_new: bool) -> ChannelRef<'static> {
    let own = |id: &Text<'_>| Text::Owned(id.clone().into_owned());
    if it.id.is_empty() || (!is_new && !it.member_ids.is_empty()) {
        return ChannelRef::Members(it.member_ids.iter().map(own).collect());
    }
    ChannelRef::Id(own(&it.id))
}
