//! Grouping on disk: a source whose units belong to no channel becomes one whose units do.
//!
//! Its units are read once, by all threads (`gather`), and put into work files in the order in which
//! they come (`place`): one behind the other as long as every channel comes in one piece, into bins
//! from there on, which are arranged at the end (`arrange`). A large channel that comes in no order
//! of time is put in order (`order`). Reading back (`source`) gives the directory first (all users,
//! channels and members, wherever they stood), then each channel in the order of arrival, so both
//! ways give the same.
//!
//! While units are read, memory holds the directory's names; while a channel is put in order 48 bytes
//! for each of its messages and 24 for what hangs on them. Work files have at most twice the size of
//! the records, and 24 bytes a message and 12 a reply (`ids`). What records become is left to the rest
//! of the road.

mod arrange;
mod codec;
mod frame;
mod gather;
mod ids;
mod order;
mod place;
mod source;

use std::ops::ControlFlow;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};
use migrate_model::{Reader, Source, Unit, Want, pipeline};

use crate::parts::target::WorkFolder;
use crate::progress::Progress;

use gather::{Gathered, Gatherer, Kinds, Nobody};
use place::Placer;
use source::Grouped;

/// About how much of the source is gathered at once, in bytes.
const BATCH_BYTES: u64 = 1 << 20;

/// Most units that are gathered at once.
const BATCH_UNITS: usize = 512;

/// What grouping needs.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Where work files go.
    pub work: &'a WorkFolder,
    /// On how many threads; at least 1.
    pub threads: usize,
    /// Who is told how far it is.
    pub progress: &'a Progress,
    /// Set when the run is to end early.
    pub stop: &'a AtomicBool,
}

impl Setting<'_> {
    /// Ends the run if it is to end early.
    fn check_stop(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            bail!(crate::convert::STOPPED);
        }
        Ok(())
    }
}

/// The source itself if its units have channels, otherwise its records by channel.
///
/// # Errors
/// If the source cannot be read, a work file cannot be written, or `stop` is set.
pub fn by_channel(source: Box<dyn Source>, setting: Setting<'_>) -> Result<Box<dyn Source>> {
    let has_channel = |unit: &Unit| unit.channel.is_some();
    let units = source.units();
    if units.iter().all(has_channel) {
        return Ok(source);
    }
    if units.iter().any(has_channel) {
        bail!("some units have a channel and some have none; this is a fault of the adapter");
    }
    let kinds = Kinds::default();
    let mut placer = Placer::new(setting.work);
    setting.progress.gather(units);
    gather(&*source, &kinds, setting, &mut placer)?;
    source.finish()?;
    let placed = placer.finish(source.message_ids())?;
    let grouped = Grouped::new(source, placed, kinds, setting)?;
    Ok(Box::new(grouped))
}

/// Reads all units in parallel, and places what they hold in order.
fn gather(
    source: &dyn Source,
    kinds: &Kinds,
    setting: Setting<'_>,
    placer: &mut Placer<'_>,
) -> Result<()> {
    let spare = Mutex::new(Vec::new());
    let lock = || spare.lock().unwrap_or_else(PoisonError::into_inner);
    let sizes = source.units().iter().map(|unit| unit.bytes);
    let mut batches = pipeline::batches(sizes, BATCH_BYTES, BATCH_UNITS).into_iter();
    pipeline::run(
        setting.threads,
        || Ok(batches.next()),
        || {
            let gatherer = Gatherer::new(kinds, setting.stop);
            Ok((gatherer, source.reader()?))
        },
        |(gatherer, reader): &mut (Gatherer<'_>, Box<dyn Reader + '_>), units: Range<usize>| {
            for number in units {
                let unit = &source.units()[number];
                gatherer.begin(number as u32, &source.unit_name(unit), unit.bytes)?;
                reader.read(unit, Want::Everything(&Nobody), gatherer)?;
            }
            let next = lock().pop().unwrap_or_default();
            Ok(gatherer.take(next))
        },
        |mut gathered: Gathered| {
            placer.take(&mut gathered)?;
            setting.progress.add(gathered.source_bytes, false);
            lock().push(gathered);
            Ok(ControlFlow::Continue(()))
        },
    )
    .map_err(|error| match setting.stop.load(Ordering::Relaxed) {
        true => anyhow::anyhow!(crate::convert::STOPPED),
        false => error,
    })
}
