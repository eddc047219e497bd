//! One part while it is open: its sections, and the order of its messages.

use std::path::PathBuf;

use anyhow::{Context, Result};
use hashbrown::HashMap;
use migrate_model::Kind;

use super::closing::Assembly;
use super::log::{ChannelLog, LogNumber};
use super::section::Section;
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

/// A part that takes no more entries. Its file waits for its name, or is being written.
#[derive(Clone, Debug)]
pub struct ClosedPart {
    /// The work file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// How many entries of each kind it holds.
    pub counts: [u64; 5],
    /// Where its reactions begin in the file.
    pub reactions_at: u64,
    /// The SHA-256 of the file in hexadecimal digits, once the pass has ended; `None` if nobody asks
    /// for it.
    pub checksum: Option<String>,
}

impl OpenPart {
    /// The first part of a run.
    pub fn new(work: &WorkFolder, spelling: Spelling) -> OpenPart {
        OpenPart {
            number: 1,
            spelling,
            sections: sections(work, 1),
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
        self.read(Kind::Message, at, len, out)
    }

    /// Reads back an entry.
    pub fn read(&self, kind: Kind, at: u32, len: u32, out: &mut Vec<u8>) -> Result<()> {
        self.sections[kind as usize]
            .read(u64::from(at), len as usize, out)
            .context("could not read back a work file")
    }

    /// Puts the messages of the channel at hand in order of time. With the place of the first
    /// message in the part's file, notes in the log where those written here first will stand.
    fn order(&mut self, log: &mut ChannelLog, file_start: Option<u32>) {
        let separator = self.spelling.separator().len() as u32;
        let mut messages: Vec<LogNumber> = self.carried.keys().copied().collect();
        messages.extend((self.first..log.len()).filter(|number| !log.is_aside(*number)));
        // Most stand in order already, and a stable sort takes such runs as they are.
        messages.sort_by_key(|&number| (log.get(number).time, number));
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

    /// Gives away what the part holds, and goes on with the next one in the channel at hand.
    pub fn close(&mut self, work: &WorkFolder, log: &mut ChannelLog) -> (ClosedPart, Assembly) {
        let path = work.file(&format!("part-{}", self.number));
        let before: u64 = self.sections[..Kind::Message as usize]
            .iter()
            .map(Section::len)
            .sum();
        let file_start = self.spelling.head().len() as u64 + before;
        self.order(log, Some(file_start as u32));
        let reactions_at = file_start + self.sections[Kind::Message as usize].len();
        let bytes = self.bytes_with(0);
        self.number += 1;
        let assembly = Assembly {
            path: path.clone(),
            bytes,
            spelling: self.spelling,
            sections: std::mem::replace(&mut self.sections, sections(work, self.number)),
            ranges: std::mem::take(&mut self.ranges),
        };
        let closed = ClosedPart {
            path,
            bytes,
            counts: std::mem::take(&mut self.counts),
            reactions_at,
            checksum: None,
        };
        self.first = log.len();
        self.carried.clear();
        (closed, assembly)
    }
}

/// The empty sections of a part of that number.
fn sections(work: &WorkFolder, part: u32) -> [Section; 5] {
    Kind::ALL.map(|kind| {
        let buffer_bytes = match kind {
            Kind::Message => MESSAGE_BUFFER_BYTES,
            _ => OTHER_BUFFER_BYTES,
        };
        let name = format!("{}s-{part}", kind.name());
        Section::new(work.file(&name), buffer_bytes)
    })
}
