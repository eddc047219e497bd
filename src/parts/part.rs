//! One part: its sections while it is open, and the file that it becomes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use hashbrown::HashMap;
use migrate_model::Kind;

use super::log::{ChannelLog, LogNumber};
use super::section::{Section, end_part};
use super::target::WorkFolder;
use crate::getstream::Spelling;

/// From how many bytes on the messages go to their work file.
const MESSAGE_BUFFER_BYTES: usize = 1 << 20;
/// The same for the other sections.
const OTHER_BUFFER_BYTES: usize = 256 << 10;

/// A part that is being filled.
pub struct OpenPart {
    /// Its number, from 1.
    pub number: u32,
    spelling: Spelling,
    sections: [Section; 5],
    counts: [u64; 5],
    /// The order of the messages of channels that are complete: ranges of the section.
    ranges: Vec<(u32, u32)>,
    /// The first message of the channel at hand that this part holds.
    first: LogNumber,
    /// Messages of the channel at hand that stand here again or were kept aside, and where.
    carried: HashMap<LogNumber, u32>,
}

/// A part that is complete and waits for its name.
#[derive(Clone, Debug)]
pub struct ClosedPart {
    /// The work file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// How many entries of each kind it holds.
    pub counts: [u64; 5],
}

impl OpenPart {
    /// The first part of a run.
    pub fn new(work: &WorkFolder, spelling: Spelling) -> OpenPart {
        let sections = Kind::ALL.map(|kind| {
            let buffer_bytes = match kind {
                Kind::Message => MESSAGE_BUFFER_BYTES,
                _ => OTHER_BUFFER_BYTES,
            };
            Section::new(work.file(&format!("{}s", kind.name())), buffer_bytes)
        });
        OpenPart {
            number: 1,
            spelling,
            sections,
            counts: [0; 5],
            ranges: Vec::new(),
            first: 0,
            carried: HashMap::new(),
        }
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.sections.iter().all(|section| section.len() == 0)
    }

    /// The size of its file if entries of `more` bytes, separators counted, came to it.
    pub fn bytes_with(&self, more: u64) -> u64 {
        let entries: u64 = self.sections.iter().map(Section::len).sum();
        self.spelling.file_bytes(entries + more)
    }

    /// Appends an entry; gives its place in the section.
    pub fn append(&mut self, kind: Kind, entry: &[u8]) -> Result<u32> {
        self.counts[kind as usize] += 1;
        let at = self.sections[kind as usize]
            .append(&[entry, self.spelling.separator()])
            .context("could not write a work file beside the output")?;
        // No part is larger than 300 MB.
        Ok(at as u32)
    }

    /// Appends a message that an earlier part holds.
    pub fn carry(&mut self, number: LogNumber, entry: &[u8]) -> Result<()> {
        let at = self.append(Kind::Message, entry)?;
        self.carried(number, at);
        Ok(())
    }

    /// Notes that a message of the channel at hand stands here, and where.
    pub fn carried(&mut self, number: LogNumber, at: u32) {
        self.carried.insert(number, at);
    }

    /// Whether it holds a message of the channel at hand.
    pub fn holds(&self, number: LogNumber, log: &ChannelLog) -> bool {
        number >= self.first && !log.is_aside(number) || self.carried.contains_key(&number)
    }

    /// Reads back a message.
    pub fn read_message(&self, at: u32, len: u32, out: &mut Vec<u8>) -> Result<()> {
        self.sections[Kind::Message as usize]
            .read(u64::from(at), len as usize, out)
            .context("could not read back a work file")
    }

    /// Puts the messages of the channel at hand in order of time. With the place of the first
    /// message in the part's file, notes in the log where those written here first will stand.
    fn order(&mut self, log: &mut ChannelLog, file_start: Option<u32>) {
        let separator = self.spelling.separator().len() as u32;
        let mut messages: Vec<LogNumber> = self.carried.keys().copied().collect();
        messages.extend((self.first..log.len()).filter(|number| !log.is_aside(*number)));
        messages.sort_unstable_by_key(|&number| (log.get(number).time, number));
        let mut place: u32 = self.ranges.iter().map(|(_, len)| len).sum();
        for number in messages {
            let it = log.get(number);
            let at = self.carried.get(&number).copied().unwrap_or(it.at);
            let len = it.len + separator;
            let is_own = number >= self.first && !log.is_aside(number);
            if let Some(start) = file_start.filter(|_| is_own) {
                log.moved(number, start + place);
            }
            place += len;
            match self.ranges.last_mut() {
                Some((start, range)) if *start + *range == at => *range += len,
                _ => self.ranges.push((at, len)),
            }
        }
    }

    /// Ends the channel at hand.
    pub fn end_channel(&mut self, log: &mut ChannelLog) {
        self.order(log, None);
        self.first = 0;
        self.carried.clear();
    }

    /// Writes the part's file and empties it for the next one, which goes on in the channel at
    /// hand.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn close(&mut self, work: &WorkFolder, log: &mut ChannelLog) -> Result<ClosedPart> {
        let path = work.file(&format!("part-{}", self.number));
        let before: u64 = self.sections[..Kind::Message as usize]
            .iter()
            .map(Section::len)
            .sum();
        let file_start = self.spelling.head().len() as u64 + before;
        self.order(log, Some(file_start as u32));
        let bytes = self
            .assemble(&path)
            .with_context(|| format!("could not write {}", path.display()))?;
        let closed = ClosedPart {
            path,
            bytes,
            counts: self.counts,
        };
        for section in &mut self.sections {
            section.clear().context("could not empty a work file")?;
        }
        self.counts = [0; 5];
        self.ranges.clear();
        self.first = log.len();
        self.carried.clear();
        self.number += 1;
        Ok(closed)
    }

    fn assemble(&mut self, path: &Path) -> std::io::Result<u64> {
        let mut target = BufWriter::new(File::create(path)?);
        target.write_all(self.spelling.head())?;
        for (n, section) in self.sections.iter_mut().enumerate() {
            if n == Kind::Message as usize {
                for (at, len) in &self.ranges {
                    section.copy(u64::from(*at), u64::from(*len), &mut target)?;
                }
            } else {
                let len = section.len();
                section.copy(0, len, &mut target)?;
            }
        }
        end_part(target, self.spelling)
    }
}
