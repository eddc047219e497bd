//! Groups records on disk: they are pushed in any order, and come back group by group.
//!
//! Whoever pushes a record says its group, a number, and the *bin* that holds the group, a pair
//! of work files. A bin is read back by itself: its groups in the order of their numbers, the
//! records of each in the order in which they were pushed. So memory holds the places of one
//! bin's records, 16 bytes each, and nothing of their contents. What a record is, and which bin
//! is good for which group, is left to the caller: ranges of numbers keep an order that is known
//! beforehand, a hash does where nothing is.

use std::ops::Range;

use anyhow::{Context, Result};

use crate::parts::section::Section;
use crate::parts::target::WorkFolder;

/// Most bins. Each has two files open.
pub const MOST_BINS: usize = 64;

/// How many bytes of all bins are kept in memory before they go to their files.
const BUFFER_BYTES: usize = 8 << 20;

/// How much is read at once where records are read one behind the other.
const WINDOW_BYTES: usize = 256 << 10;

/// How near behind the last the next record must stand for that to be so, in bytes: a window
/// takes as long to read as some tens of records one by one.
const NEAR_BYTES: u64 = WINDOW_BYTES as u64 / 32;

/// Most bytes of a group that is kept in memory while it is used.
const HELD_BYTES: u64 = 16 << 20;

/// A row of the list of a bin: the group and the length of a record, four bytes each.
const ROW_BYTES: usize = 8;

/// Records that are being grouped.
pub struct Groups {
    bins: Vec<Bin>,
}

struct Bin {
    records: Section,
    rows: Section,
}

impl Groups {
    /// Nothing yet, in `bins` bins: at least one is made, and at most [`MOST_BINS`]. `name`
    /// begins the names of the work files.
    pub fn new(work: &WorkFolder, name: &str, bins: usize) -> Groups {
        let bins = bins.clamp(1, MOST_BINS);
        let bin = |n| Bin {
            records: Section::new(work.file(&format!("{name}-{n}")), BUFFER_BYTES / bins),
            rows: Section::new(work.file(&format!("{name}-{n}-rows")), 64 << 10),
        };
        Groups {
            bins: (0..bins).map(bin).collect(),
        }
    }

    /// Adds a record to a group, in the bin that holds it; a bin that there is not means the last.
    ///
    /// # Errors
    /// If a work file cannot be written, or the record has 4 GB.
    pub fn push(&mut self, bin: usize, group: u32, record: &[u8]) -> Result<()> {
        let place = bin.min(self.bins.len() - 1);
        let bin = &mut self.bins[place];
        let len = u32::try_from(record.len()).context("a record is too large to be grouped")?;
        let failed = "could not write a work file";
        bin.rows
            .append(&[&group.to_le_bytes(), &len.to_le_bytes()])
            .context(failed)?;
        bin.records.append(&[record]).context(failed)?;
        Ok(())
    }

    /// Opens a bin for reading; one that there is not is empty.
    ///
    /// # Errors
    /// If its work files cannot be read back.
    pub fn open(&self, bin: usize) -> Result<OpenBin<'_>> {
        let mut slots = Vec::new();
        if let Some(bin) = self.bins.get(bin) {
            let count = bin.rows.len() as usize / ROW_BYTES;
            slots.reserve_exact(count);
            let mut rows = Vec::new();
            let mut start = 0;
            for first in (0..count).step_by(WINDOW_BYTES / ROW_BYTES) {
                let len = (count - first).min(WINDOW_BYTES / ROW_BYTES) * ROW_BYTES;
                bin.rows
                    .read((first * ROW_BYTES) as u64, len, &mut rows)
                    .context(UNREAD)?;
                for row in rows.chunks_exact(ROW_BYTES) {
                    let slot = Slot {
                        group: number(&row[..4]),
                        len: number(&row[4..]),
                        at: start,
                    };
                    start += u64::from(slot.len);
                    slots.push(slot);
                }
            }
        }
        // In place, so that no second list is needed. Of records at one place all but the last
        // are empty.
        slots.sort_unstable_by_key(|slot| (slot.group, slot.at, slot.len));
        Ok(OpenBin {
            records: self.bins.get(bin).map(|bin| &bin.records),
            slots,
            window: Vec::new(),
            window_start: 0,
            held: 0..0,
            held_bytes: Vec::new(),
            held_ends: Vec::new(),
        })
    }
}

const UNREAD: &str = "could not read back a work file";

/// Where a record stands in its bin.
#[derive(Clone, Copy, Debug)]
struct Slot {
    group: u32,
    len: u32,
    at: u64,
}

/// A bin that is read.
pub struct OpenBin<'g> {
    records: Option<&'g Section>,
    slots: Vec<Slot>,
    /// What was read ahead, and where it starts.
    window: Vec<u8>,
    window_start: u64,
    /// The records that are kept in memory.
    held: Range<usize>,
    held_bytes: Vec<u8>,
    /// Where each of them ends.
    held_ends: Vec<u32>,
}

impl OpenBin<'_> {
    /// The places, from place `from` on, of the records that are of the same group as the first
    /// of them; empty behind the last. Places count from 0.
    pub fn group(&self, from: usize) -> Range<usize> {
        let rest = self.slots.get(from..).unwrap_or_default();
        let len = rest.first().map_or(0, |first| {
            rest.partition_point(|slot| slot.group == first.group)
        });
        from..from + len
    }

    /// The group of the record at a place; `None` behind the last.
    pub fn group_at(&self, at: usize) -> Option<u32> {
        self.slots.get(at).map(|slot| slot.group)
    }

    /// Makes ready to read the records of a group more than once: a small one is kept in memory
    /// until the next call.
    ///
    /// # Errors
    /// If the work file cannot be read back.
    pub fn hold(&mut self, group: Range<usize>) -> Result<()> {
        self.held = 0..0;
        self.held_bytes.clear();
        self.held_ends.clear();
        let slots = self.slots.get(group.clone()).unwrap_or_default();
        let bytes: u64 = slots.iter().map(|slot| u64::from(slot.len)).sum();
        if bytes > HELD_BYTES {
            return Ok(());
        }
        let mut record = Vec::new();
        for at in group.clone() {
            self.fetch(self.slots[at], usize::MAX, &mut record)?;
            self.held_bytes.extend_from_slice(&record);
            self.held_ends.push(self.held_bytes.len() as u32);
        }
        self.held = group;
        Ok(())
    }

    /// The first bytes of the record at a place, `most` of them if it has so many; none behind
    /// the last.
    ///
    /// # Errors
    /// If the work file cannot be read back.
    pub fn read(&mut self, at: usize, most: usize, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        let Some(&slot) = self.slots.get(at) else {
            return Ok(());
        };
        if !self.held.contains(&at) {
            return self.fetch(slot, most, out);
        }
        let n = at - self.held.start;
        let start = n.checked_sub(1).map_or(0, |n| self.held_ends[n] as usize);
        let end = self.held_ends[n] as usize;
        let record = &self.held_bytes[start..end];
        out.extend_from_slice(&record[..most.min(record.len())]);
        Ok(())
    }

    fn fetch(&mut self, slot: Slot, most: usize, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        let Some(records) = self.records else {
            return Ok(());
        };
        let len = most.min(slot.len as usize);
        let end = slot.at + len as u64;
        let window_end = self.window_start + self.window.len() as u64;
        let is_inside = slot.at >= self.window_start && end <= window_end;
        // A little ahead of what was read: more of the same is likely to follow.
        let is_near = slot.at >= self.window_start && slot.at < window_end + NEAR_BYTES;
        if !is_inside && !is_near {
            // If the next one is near, a window begins there.
            self.window.clear();
            self.window_start = end;
            return records.read(slot.at, len, out).context(UNREAD);
        }
        if !is_inside {
            let left = records.len().saturating_sub(slot.at);
            let ahead = left.min(WINDOW_BYTES.max(len) as u64) as usize;
            records
                .read(slot.at, ahead, &mut self.window)
                .context(UNREAD)?;
            self.window_start = slot.at;
        }
        let start = (slot.at - self.window_start) as usize;
        let record = self.window.get(start..start + len).context(UNREAD)?;
        out.extend_from_slice(record);
        Ok(())
    }
}

fn number(bytes: &[u8]) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(bytes);
    u32::from_le_bytes(four)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn records_come_back_by_group_in_the_order_in_which_they_came(
            records in proptest::collection::vec((0u32..7, proptest::collection::vec(any::<u8>(), 0..40)), 0..60),
            bins in 0usize..4,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let work = WorkFolder::temporary(folder.path()).unwrap();
            let mut groups = Groups::new(&work, "group", bins);
            let count = groups.bins.len();
            for (group, record) in &records {
                groups.push(*group as usize % count, *group, record).unwrap();
            }
            let mut out = Vec::new();
            let mut seen = 0;
            for bin in 0..count {
                let mut open = groups.open(bin).unwrap();
                let mut range = open.group(0);
                let mut last = None;
                while !range.is_empty() {
                    let group = open.group_at(range.start).unwrap();
                    if group.is_multiple_of(2) {
                        open.hold(range.clone()).unwrap();
                    }
                    prop_assert!(last.is_none_or(|last| last < group));
                    last = Some(group);
                    let expected: Vec<_> = records.iter().filter(|(it, _)| *it == group).collect();
                    prop_assert_eq!(range.len(), expected.len());
                    for (at, (_, record)) in range.clone().zip(&expected) {
                        open.read(at, 5, &mut out).unwrap();
                        prop_assert_eq!(&out, &record[..record.len().min(5)]);
                    }
                    // In any order as well.
                    for (at, (_, record)) in range.clone().zip(&expected).rev() {
                        open.read(at, usize::MAX, &mut out).unwrap();
                        prop_assert_eq!(&out, record);
                    }
                    seen += range.len();
                    range = open.group(range.end);
                }
            }
            prop_assert_eq!(seen, records.len());
        }
    }
}
