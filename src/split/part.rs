//! One part: its sections while it is open, and the file that it becomes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::getstream::Spelling;
use crate::parts::section::{Section, end_part};
use crate::parts::target::WorkFolder;
use crate::validate::entry::Type;

/// How many bytes of a section are kept in memory before they go to its work file.
const BUFFER_BYTES: usize = 256 << 10;
/// The same of messages.
const MESSAGE_BUFFER_BYTES: usize = 1 << 20;

/// How many types of entries a part may hold.
pub const TYPES: usize = Type::Reaction as usize + 1;

/// A part that is being filled.
pub struct OpenPart {
    /// Its number, from 1.
    pub number: u32,
    spelling: Spelling,
    /// By type, in the order in which they stand in the file.
    sections: Vec<Section>,
    /// Messages of the channel at hand that an earlier part holds as well. They stand before all
    /// that come here first, since what those are not earlier than is written first.
    carried: Section,
    /// The carried messages: their place in the order of the channel, where they begin, how long
    /// they are with their separators.
    carried_order: Vec<(u32, u64, u64)>,
    counts: [u64; TYPES],
    /// Of all sections together.
    bytes: u64,
}

/// A part that is complete and waits for its name.
#[derive(Clone, Debug)]
pub struct ClosedPart {
    /// The work file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// By type: how many entries it holds.
    pub counts: [u64; TYPES],
}

impl OpenPart {
    /// The first part of a run.
    pub fn new(work: &WorkFolder, spelling: Spelling) -> OpenPart {
        let section = |n: usize| {
            let bytes = match n == Type::Message as usize {
                true => MESSAGE_BUFFER_BYTES,
                false => BUFFER_BYTES,
            };
            Section::new(work.file(&format!("section-{n}")), bytes)
        };
        OpenPart {
            number: 1,
            spelling,
            sections: (0..TYPES).map(section).collect(),
            carried: Section::new(work.file("section-carried"), BUFFER_BYTES),
            carried_order: Vec::new(),
            counts: [0; TYPES],
            bytes: 0,
        }
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// The size of its file if entries of `more` bytes, separators counted, came to it.
    pub fn bytes_with(&self, more: u64) -> u64 {
        self.spelling.file_bytes(self.bytes.saturating_add(more))
    }

    /// Appends an entry.
    ///
    /// # Errors
    /// If a work file cannot be written.
    pub fn append(&mut self, kind: Type, entry: &[u8]) -> Result<()> {
        let separator = self.spelling.separator();
        self.sections[kind as usize]
            .append(&[entry, separator])
            .context(UNWRITTEN)?;
        self.counts[kind as usize] += 1;
        self.bytes += (entry.len() + separator.len()) as u64;
        Ok(())
    }

    /// Appends a message that an earlier part holds; `rank` is its place in the order of the
    /// channel.
    ///
    /// # Errors
    /// If a work file cannot be written.
    pub fn carry(&mut self, rank: u32, entry: &[u8]) -> Result<()> {
        let separator = self.spelling.separator();
        let at = self
            .carried
            .append(&[entry, separator])
            .context(UNWRITTEN)?;
        let len = (entry.len() + separator.len()) as u64;
        self.carried_order.push((rank, at, len));
        self.counts[Type::Message as usize] += 1;
        self.bytes += len;
        Ok(())
    }

    /// Writes the part's file and empties it for the next one.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn close(&mut self, work: &WorkFolder) -> Result<ClosedPart> {
        let path = work.file(&format!("part-{}", self.number));
        self.carried_order.sort_unstable();
        let bytes = self
            .assemble(&path)
            .with_context(|| format!("could not write `{}`", path.display()))?;
        let closed = ClosedPart {
            path,
            bytes,
            counts: self.counts,
        };
        for section in self.sections.iter_mut().chain([&mut self.carried]) {
            section.clear().context("could not empty a work file")?;
        }
        self.carried_order.clear();
        self.counts = [0; TYPES];
        self.bytes = 0;
        self.number += 1;
        Ok(closed)
    }

    fn assemble(&mut self, path: &Path) -> io::Result<u64> {
        let mut target = BufWriter::new(File::create(path)?);
        target.write_all(self.spelling.head())?;
        for (n, section) in self.sections.iter_mut().enumerate() {
            if n == Type::Message as usize {
                for (_, at, len) in &self.carried_order {
                    self.carried.copy(*at, *len, &mut target)?;
                }
            }
            let len = section.len();
            section.copy(0, len, &mut target)?;
        }
        end_part(target, self.spelling)
    }
}

const UNWRITTEN: &str = "could not write a work file";
