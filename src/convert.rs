//! The conversion: source → workers → packer → parts.

use std::error::Error;
use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};
use hashbrown::HashSet;
use migrate_model::{
    Loss, Origin, Person, Reader, Record, Sink, Source, Stop, Unit, Want, pipeline,
};

use crate::batch::Batch;
use crate::books::{Class, Ledger};
use crate::directory::{Builder, Defaults, Directory};
use crate::file_list::FileList;
use crate::getstream::check::Checks;
use crate::getstream::ids;
use crate::id_map::IdMap;
use crate::parts::known::Known;
use crate::parts::target::WorkFolder;
use crate::parts::{Packed, Packer, Settings};
use crate::people::Stranger;
use crate::progress::Progress;
use crate::selection::Selection;
use crate::shard::{Shard, Share};
use crate::user_map::{MappedUsers, UserMap};
use crate::worker::{Context, Worker, unknown_user};

/// About how much of the source goes into one batch, in bytes: enough that handing it over costs
/// nothing, little enough that a window of them is small.
const BATCH_BYTES: u64 = 1 << 20;

/// Most units in one batch, so that an export of empty files does not become a single one.
const BATCH_UNITS: usize = 512;

/// How a source is to be converted.
pub struct Plan {
    /// The rules and the spelling.
    pub checks: Checks,
    /// The most that a part may have, in bytes.
    pub part_bytes: u64,
    /// The types of channels whose source names none.
    pub defaults: Defaults,
    /// The id of the user who stands for unknown authors.
    pub unknown_user: String,
    /// On how many threads; at least 1.
    pub threads: usize,
    /// What an earlier run learnt about people.
    pub people: Vec<Stranger>,
    /// Which people of the source are which users of the app.
    pub user_map: Option<Arc<UserMap>>,
    /// Whether those are written.
    pub mapped_users: MappedUsers,
    /// Whether to say which record became what.
    pub has_id_map: bool,
    /// Whether the checksums of the parts are wanted.
    pub has_checksums: bool,
    /// Whether to list the files that the adapter tells of.
    pub has_file_list: bool,
    /// How many messages a preview shows at most; `None` if there is to be none.
    pub preview_messages: Option<usize>,
    /// Which records are wanted.
    pub selection: Selection,
    /// Which shard of the source is converted; `None` for all of it.
    pub shard: Option<Shard>,
    /// Whether a source may hold nothing to write, as a part of one may.
    pub may_be_empty: bool,
}

/// All of an input was left out. The ledger has why.
#[derive(Debug)]
pub struct NothingUsable(pub Ledger);

impl fmt::Display for NothingUsable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the input holds nothing to write that could be used")
    }
}

impl Error for NothingUsable {}

/// Converts a source into parts in a work folder.
///
/// # Errors
/// If the source cannot be read, a part cannot be written, `stop` is set, or there is nothing to
/// write where there has to be: [`NothingUsable`] if all was left out.
pub fn convert(
    source: &dyn Source,
    plan: &Plan,
    work: &WorkFolder,
    progress: &Progress,
    stop: &AtomicBool,
) -> Result<Packed> {
    let wanted = &plan.selection.channels;
    let (map, shard) = (plan.user_map.clone(), plan.shard.unwrap_or_default());
    let mut builder = Builder::new(plan.checks, &plan.defaults, wanted, map, shard);
    source.directory(&mut builder)?;
    let (mut directory, listed) = builder.finish()?;
    meet_told(source, &mut directory)?;
    directory.learn(&plan.people);
    // Known from the start, so that nobody with this id is met under another name.
    directory.learn(&[unknown_user(&plan.unknown_user)]);
    let order = order(source.units(), &directory)?;
    let batches = batches(source.units(), &order);
    for round in 1..=MOST_ROUNDS {
        progress.begin(round, order.iter().map(|it| &source.units()[*it as usize]));
        let pass = Pass {
            source,
            plan,
            directory: &directory,
            order: &order,
            batches: &batches,
            progress,
            stop,
        };
        let mut packed = pass.run(work)?;
        if packed.is_void {
            directory.learn(&packed.people);
            continue;
        }
        let met = std::mem::replace(&mut packed.ledger, listed);
        packed.ledger.add(met);
        packed.map_use = directory.settle(&packed.sightings, &mut packed.ledger);
        if let Some(share) = &mut packed.share {
            share.user_map = directory.map_share(&packed.sightings);
            packed.has_untold = has_untold(share, plan, &directory);
        }
        // What the map says is no knowledge of the source's.
        packed.people.retain(|it| directory.is_as_told(&it.id));
        packed.ledger.balance()?;
        source.finish()?;
        if packed.parts.is_empty() && !plan.may_be_empty {
            if plan.selection.excludes() {
                bail!("the options leave nothing to write: no user, no channel and no message");
            }
            if packed.ledger.count(Class::LeftOut) > 0 {
                return Err(NothingUsable(packed.ledger).into());
            }
            bail!("the input holds nothing to write: no user, no channel and no message");
        }
        return Ok(packed);
    }
    bail!("the input changed while it was read; run again when nothing writes to it")
}

/// Whether a shard wrote people who stand in no list and of whom nobody told it.
fn has_untold(share: &Share, plan: &Plan, directory: &Directory) -> bool {
    let told = plan.people.iter().map(|it| ids::user(&it.id));
    let told: HashSet<_> = told.chain([ids::user(&plan.unknown_user)]).collect();
    let is_app_user = |id: &str| {
        let number = directory.find_stream_user(id);
        number.is_some_and(|number| directory.app_user(number).is_some())
    };
    let mut met = share.met.keys();
    met.any(|id| !told.contains(id.as_str()) && !is_app_user(id))
}

/// Meets those of whom the source tells before its units are read.
fn meet_told(source: &dyn Source, directory: &mut Directory) -> Result<()> {
    let mut told = Told(Vec::new());
    source.people(&mut told)?;
    directory.meet(&told.0);
    Ok(())
}

/// Takes people alone.
struct Told(Vec<Stranger>);

impl Sink for Told {
    fn file(&mut self, _: &str) {}

    fn put(&mut self, _: u32, _: Origin, _: Record<'_>) -> Result<(), Stop> {
        Ok(())
    }

    fn lose(&mut self, _: u32, _: Loss<'_>) -> Result<(), Stop> {
        Ok(())
    }

    fn meet(&mut self, person: Person<'_>) -> Result<(), Stop> {
        self.0.extend(Stranger::met(person, 0));
        Ok(())
    }
}

/// Meets everybody whom the source tells of, in a pass for people only.
///
/// # Errors
/// If the source cannot be read, or `stop` is set.
pub fn meet_all(
    source: &dyn Source,
    plan: &Plan,
    directory: &mut Directory,
    progress: &Progress,
    stop: &AtomicBool,
) -> Result<()> {
    meet_told(source, directory)?;
    directory.learn(&[unknown_user(&plan.unknown_user)]);
    let order = order(source.units(), directory)?;
    let batches = batches(source.units(), &order);
    progress.begin(1, source.units().iter());
    let pass = Pass {
        source,
        plan,
        directory,
        order: &order,
        batches: &batches,
        progress,
        stop,
    };
    let mut known = Known::new(directory, plan.checks.spelling);
    pass.read(0, Want::People, |batch| {
        known.meet(batch);
        progress.add(batch.source_bytes, true);
        Ok(ControlFlow::Continue(()))
    })?;
    let (people, _) = known.into_people();
    directory.learn(&people);
    Ok(())
}

/// What is said of a run that was to end early.
pub const STOPPED: &str = "stopped before the output was complete; nothing was written";

/// How often the source is read at most. The second round knows everybody whom the first one met,
/// so a third is needed only for an adapter that meets fewer people when asked for people alone.
const MOST_ROUNDS: u32 = 5;

/// The units in the order in which they are packed: by channel, those of conversations that are
/// one in Stream together. Units of channels that could not be used come last. Those of other
/// shards are not among them.
pub fn order(units: &[Unit], directory: &Directory) -> Result<Vec<u32>> {
    let mut order = Vec::with_capacity(units.len());
    for (unit, number) in units.iter().zip(0u32..) {
        let Some(record) = unit.channel else {
            bail!("a unit has no channel; such a source is to be grouped first");
        };
        let channel = directory.channel_of_record(record);
        if directory.owns_channel(channel) {
            order.push((channel.unwrap_or(u32::MAX), number));
        }
    }
    order.sort_unstable();
    Ok(order.into_iter().map(|(_, number)| number).collect())
}

/// One pass over the source, with the people who are known by then.
struct Pass<'a> {
    source: &'a dyn Source,
    plan: &'a Plan,
    directory: &'a Directory,
    /// The units in order, by their place in the source's list.
    order: &'a [u32],
    /// Ranges of `order`.
    batches: &'a [Range<usize>],
    progress: &'a Progress,
    stop: &'a AtomicBool,
}

impl Pass<'_> {
    /// Packs the whole source, or, once somebody proves better known than was written, reads the
    /// rest for people only. Where that begins hangs on the batches alone and not on threads.
    fn run(&self, work: &WorkFolder) -> Result<Packed> {
        let plan = self.plan;
        let settings = Settings {
            checks: plan.checks,
            part_bytes: plan.part_bytes,
            threads: plan.threads,
            has_checksums: plan.has_checksums,
            unknown_user: &plan.unknown_user,
            mapped_users: plan.mapped_users,
            selection: &plan.selection,
            shard: plan.shard,
            preview_messages: plan.preview_messages,
        };
        let id_map = plan.has_id_map.then(|| IdMap::new(self.source, work));
        let mut packer = Packer::new(settings, self.directory, work, id_map.transpose()?);
        let file_list = plan.has_file_list.then(|| work.file("file-list"));
        let mut file_list = file_list.map(|path| FileList::new(&path)).transpose()?;
        let mut taken = 0;
        self.read(0, Want::Everything(self.directory), |batch| {
            packer.take(batch)?;
            if let Some(list) = &mut file_list {
                list.write(&batch.files)?;
            }
            taken += 1;
            self.progress.add(batch.source_bytes, packer.is_void());
            Ok(match packer.is_void() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })?;
        if packer.is_void() {
            self.read(taken, Want::People, |batch| {
                packer.take(batch)?;
                self.progress.add(batch.source_bytes, true);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        let mut packed = packer.finish()?;
        packed.file_list = file_list.map(FileList::finish).transpose()?;
        Ok(packed)
    }

    /// Reads batches from `first` on in parallel, and takes them in order.
    fn read(
        &self,
        first: usize,
        want: Want<'_>,
        mut take: impl FnMut(&mut Batch) -> Result<ControlFlow<()>> + Send,
    ) -> Result<()> {
        let context = Context {
            directory: self.directory,
            checks: self.plan.checks,
            selection: &self.plan.selection,
            unknown_user: self.plan.unknown_user.clone(),
            wants_source_ids: self.plan.has_id_map,
            tells_losses: self.plan.preview_messages.is_some_and(|most| most > 0),
            stop: self.stop,
        };
        let spare = Mutex::new(Vec::new());
        let mut pieces = first..self.batches.len();
        pipeline::run(
            self.plan.threads,
            || Ok(pieces.next()),
            || {
                let reader = self.source.reader()?;
                Ok(Thread {
                    worker: Worker::new(&context),
                    reader,
                })
            },
            |thread: &mut Thread<'_>, piece| {
                let next = lock(&spare).pop().unwrap_or_default();
                self.read_batch(thread, piece, want, next)
            },
            |mut batch| {
                let flow = take(&mut batch)?;
                lock(&spare).push(batch);
                Ok(flow)
            },
        )
        .map_err(|error| match self.stop.load(Ordering::Relaxed) {
            true => anyhow::anyhow!(STOPPED),
            false => error,
        })
    }

    fn read_batch(
        &self,
        thread: &mut Thread<'_>,
        piece: usize,
        want: Want<'_>,
        next: Batch,
    ) -> Result<Batch> {
        for &number in &self.order[self.batches[piece].clone()] {
            let unit = &self.source.units()[number as usize];
            let channel = unit
                .channel
                .and_then(|record| self.directory.channel_of_record(record));
            thread.worker.begin(number, channel, unit.bytes)?;
            let is_excluded = self.directory.exclusion(channel).is_some();
            if is_excluded && matches!(want, Want::People) {
                // Nobody is met there.
                continue;
            }
            thread.reader.read(unit, want, &mut thread.worker)?;
        }
        Ok(thread.worker.take_batch(next))
    }
}

/// What one thread works with.
struct Thread<'a> {
    worker: Worker<'a>,
    reader: Box<dyn Reader + 'a>,
}

/// Cuts units in this order into batches.
pub fn batches(units: &[Unit], order: &[u32]) -> Vec<Range<usize>> {
    let sizes = order.iter().map(|number| units[*number as usize].bytes);
    pipeline::batches(sizes, BATCH_BYTES, BATCH_UNITS)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
