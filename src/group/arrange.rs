//! Arranges bins: afterwards the records of each channel stand together in one file.
//!
//! How much each channel has is known, so each has its place in the file beforehand, and a bin is
//! read once, from front to back, whatever its size.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result};
use migrate_model::pipeline;

use super::Setting;
use super::place::{BINS, Group, Stretch, each_frame};
use crate::parts::section::Section;

/// How many bytes of one channel are kept before they go to the file.
const BUFFER_BYTES: usize = 64 << 10;

/// How many bytes of all channels are, by all threads.
const ALL_BUFFER_BYTES: usize = 8 << 20;

/// The records of channels that did not come in one piece.
pub struct Arranged {
    /// The file; `None` if there are none.
    pub file: Option<File>,
    /// By group: where its records stand.
    pub stretches: Vec<Option<Stretch>>,
}

/// Arranges bins, which are removed as it goes, on so many threads.
///
/// # Errors
/// If a work file cannot be written or read back.
pub fn arrange(bins: Vec<Section>, groups: &[Group], setting: Setting<'_>) -> Result<Arranged> {
    let mut stretches = vec![None; groups.len()];
    if bins.is_empty() {
        return Ok(Arranged {
            file: None,
            stretches,
        });
    }
    let path = setting.work.file("arranged");
    let file = create(&path)?;
    let mut start = 0;
    let mut pieces = bins.into_iter().enumerate().map(|(bin, section)| {
        let at = start;
        let own = groups.iter().skip(bin).step_by(BINS);
        start += own.map(|group| group.binned_bytes).sum::<u64>();
        (bin, section, at)
    });
    pipeline::run(
        setting.threads,
        || Ok(pieces.next()),
        || open(&path),
        |file, (bin, section, at)| {
            let mut slots = slots(bin, groups, at);
            scatter(&section, &mut slots, file, setting)?;
            section.remove();
            Ok((bin, slots))
        },
        |(bin, slots)| {
            let places = (bin..).step_by(BINS);
            for (group, slot) in places.zip(slots) {
                let is_used = !slot.stretch.ends.is_empty();
                stretches[group] = is_used.then_some(slot.stretch);
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Arranged {
        file: Some(file),
        stretches,
    })
}

/// Where the records of one channel go.
struct Slot {
    stretch: Stretch,
    /// Up to where they are written.
    written: u64,
    buffer: Vec<u8>,
}

/// A slot for each group of a bin, whose region begins at `at`.
fn slots(bin: usize, groups: &[Group], mut at: u64) -> Vec<Slot> {
    let own = groups.iter().skip(bin).step_by(BINS);
    own.map(|group| {
        let start = at;
        at += group.binned_bytes;
        Slot {
            stretch: Stretch::at(start),
            written: start,
            buffer: Vec::new(),
        }
    })
    .collect()
}

/// Writes each record of a bin to where those of its channel go.
fn scatter(bin: &Section, slots: &mut [Slot], file: &mut File, setting: Setting<'_>) -> Result<()> {
    let most_held = ALL_BUFFER_BYTES / setting.threads;
    let mut held = 0;
    each_frame(bin, NUMBER_BYTES, |framed| {
        setting.check_stop()?;
        let (number, frame) = framed
            .split_first_chunk::<NUMBER_BYTES>()
            .context("a work file was changed by somebody else")?;
        let place = u32::from_le_bytes(*number) as usize / BINS;
        let slot = slots
            .get_mut(place)
            .context("a work file was changed by somebody else")?;
        slot.stretch.add(frame);
        slot.buffer.extend_from_slice(frame);
        held += frame.len();
        if slot.buffer.len() >= BUFFER_BYTES {
            held -= slot.buffer.len();
            slot.flush(file)?;
        }
        if held >= most_held {
            held = 0;
            slots.iter_mut().try_for_each(|slot| slot.flush(file))?;
        }
        Ok(())
    })?;
    slots.iter_mut().try_for_each(|slot| slot.flush(file))
}

/// How many bytes the number of a group has.
const NUMBER_BYTES: usize = 4;

impl Slot {
    fn flush(&mut self, file: &mut File) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.written))
            .and_then(|_| file.write_all(&self.buffer))
            .context(UNWRITTEN)?;
        self.written += self.buffer.len() as u64;
        self.buffer = Vec::new();
        Ok(())
    }
}

const UNWRITTEN: &str = "could not write a work file";

/// Makes a work file.
///
/// # Errors
/// If it cannot be made.
pub fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(true);
    options.open(path).context(UNWRITTEN)
}

/// Opens a work file once more, for writing.
///
/// # Errors
/// If it cannot be opened.
pub fn open(path: &Path) -> Result<File> {
    OpenOptions::new().write(true).open(path).context(UNWRITTEN)
}
