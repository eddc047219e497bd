//! The conversion: source → workers → packer → parts.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};
use migrate_model::{Reader, Source, Unit, Want};

use crate::batch::Batch;
use crate::directory::{Builder, Defaults, Directory};
use crate::getstream::check::Checks;
use crate::parts::target::WorkFolder;
use crate::parts::{Packed, Packer, Settings};
use crate::people::Stranger;
use crate::pipeline;
use crate::progress::Progress;
use crate::worker::{Context, Worker};

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
}

/// Converts a source into parts in a work folder.
///
/// # Errors
/// If the source cannot be read, a part cannot be written, `stop` is set, or there is nothing to
/// write.
pub fn convert(
    source: &dyn Source,
    plan: &Plan,
    work: &WorkFolder,
    progress: &Progress,
    stop: &AtomicBool,
) -> Result<Packed> {
    let mut builder = Builder::new(plan.checks, &plan.defaults);
    source.directory(&mut builder)?;
    let (mut directory, listed) = builder.finish();
    directory.learn(&plan.people);
    let order = order(source.units(), &directory)?;
    for pass in [Pass::First, Pass::Second] {
        progress.begin(pass, source.units());
        let mut packed = run(source, plan, &directory, &order, work, progress, stop)?;
        if packed.is_void {
            directory.learn(&packed.people);
            continue;
        }
        let met = std::mem::replace(&mut packed.ledger, listed);
        packed.ledger.add(met);
        packed.ledger.balance()?;
        if packed.parts.is_empty() {
            bail!("the input holds nothing to write: no user, no channel and no message");
        }
        return Ok(packed);
    }
    // The second pass knows everybody that is met, unless what is read changes.
    bail!("the input changed while it was read; run again when nothing writes to it")
}

/// Which time the source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// With the people that the source lists.
    First,
    /// With the people that the first pass met as well.
    Second,
}

/// The units in the order in which they are packed: by channel, those of conversations that are
/// one in Stream together. Units of channels that could not be used come last.
fn order(units: &[Unit], directory: &Directory) -> Result<Vec<u32>> {
    let mut order = Vec::with_capacity(units.len());
    for (unit, number) in units.iter().zip(0u32..) {
        let Some(record) = unit.channel else {
            bail!("the adapter gives records in any order, which this version cannot read");
        };
        let channel = directory.channel_of_record(record).unwrap_or(u32::MAX);
        order.push((channel, number));
    }
    order.sort_unstable();
    Ok(order.into_iter().map(|(_, number)| number).collect())
}

/// One pass over the source.
fn run(
    source: &dyn Source,
    plan: &Plan,
    directory: &Directory,
    order: &[u32],
    work: &WorkFolder,
    progress: &Progress,
    stop: &AtomicBool,
) -> Result<Packed> {
    let units = source.units();
    let context = Context {
        directory,
        checks: plan.checks,
        unknown_user: plan.unknown_user.clone(),
        stop,
    };
    let settings = Settings {
        checks: plan.checks,
        part_bytes: plan.part_bytes,
        unknown_user: &plan.unknown_user,
    };
    let mut packer = Packer::new(settings, directory, work);
    let batches = batches(units, order);
    let is_void = AtomicBool::new(false);
    let spare = Mutex::new(Vec::new());
    pipeline::run(
        plan.threads,
        batches.len(),
        || {
            let reader = source.reader()?;
            Ok(Thread {
                worker: Worker::new(&context),
                reader,
            })
        },
        |thread: &mut Thread<'_>, piece| {
            let want = if is_void.load(Ordering::Relaxed) {
                Want::People
            } else {
                Want::Everything(directory)
            };
            let next = lock(&spare).pop().unwrap_or_default();
            thread.read(
                source,
                directory,
                &order[batches[piece].clone()],
                want,
                next,
            )
        },
        |mut batch| {
            packer.take(&mut batch)?;
            is_void.store(packer.is_void(), Ordering::Relaxed);
            progress.add(batch.source_bytes, packer.is_void());
            lock(&spare).push(batch);
            Ok(())
        },
    )
    .map_err(|error| match stop.load(Ordering::Relaxed) {
        true => anyhow::anyhow!("stopped before the output was complete; nothing was written"),
        false => error,
    })?;
    packer.finish()
}

/// What one thread works with.
struct Thread<'a> {
    worker: Worker<'a>,
    reader: Box<dyn Reader + 'a>,
}

impl Thread<'_> {
    /// Reads the units of a batch.
    fn read(
        &mut self,
        source: &dyn Source,
        directory: &Directory,
        numbers: &[u32],
        want: Want<'_>,
        next: Batch,
    ) -> Result<Batch> {
        for &number in numbers {
            let unit = &source.units()[number as usize];
            let channel = unit
                .channel
                .and_then(|record| directory.channel_of_record(record));
            self.worker.begin(number, channel, unit.bytes);
            self.reader
                .read(unit, want, &mut self.worker)
                .with_context(|| format!("could not convert {}", source.unit_name(unit)))?;
        }
        Ok(self.worker.take_batch(next))
    }
}

/// Cuts the order into batches. Where they are cut hangs on the units alone, so that batches are
/// the same for any number of threads.
fn batches(units: &[Unit], order: &[u32]) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (n, number) in order.iter().enumerate() {
        let unit = units[*number as usize].bytes;
        if n > start && (bytes + unit > BATCH_BYTES || n - start == BATCH_UNITS) {
            batches.push(start..n);
            start = n;
            bytes = 0;
        }
        bytes += unit;
    }
    if start < order.len() {
        batches.push(start..order.len());
    }
    batches
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
