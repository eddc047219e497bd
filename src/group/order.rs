//! Puts large channels in order of time that come in none: exports that begin with the newest
//! message, or whose rows are in the order of some key.
//!
//! The packer takes messages in any order, but whatever comes before what it refers to has to wait
//! until its channel ends. In order hardly anything does, and reactions stand behind their
//! messages. Whether a channel is put in order hangs on its own messages alone, so it is the same
//! however channels lie among each other. The rows of one channel stand in memory while that is
//! done: 24 bytes a record, and as much a message once more while reactions look for theirs.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::ops::{ControlFlow, Range};

use anyhow::{Context, Result};
use hashbrown::HashSet;
use migrate_archive::platform::read_exact_at;
use migrate_model::pipeline;

use super::Setting;
use super::arrange::{self, Arranged};
use super::frame::{self, Frame, Tag};
use super::place::{Group, Stretch, frames};
use crate::parts::section::Section;

/// From how many messages on, or reactions that stand apart, a channel is put in order. A smaller one
/// costs little as it is.
const MIN_MESSAGES: u32 = 4_096;

/// One message in so many at least has to be earlier than the one before it, or to have a reaction
/// that stands apart.
const STEPS_BACK: u32 = 8;

/// How many bytes of channels are read at once by all threads to be put in order.
const WHOLE_BYTES: u64 = 8 << 20;

/// How many bytes of a frame are read before its length is known.
const FIRST_BYTES: u64 = 1 << 10;

/// In how far the messages of a channel come in order of time, and reactions behind theirs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Steps {
    last: i64,
    last_id: u64,
    messages: u32,
    back: u32,
    /// Reactions that do not stand behind their messages.
    apart: u32,
}

impl Steps {
    /// A message comes; `id` is the hash of its id.
    pub fn message(&mut self, id: u64, micros: i64) {
        self.last_id = id;
        self.back += u32::from(self.messages > 0 && micros < self.last);
        self.messages = self.messages.saturating_add(1);
        self.last = micros;
    }

    /// A reaction comes, to the message whose id has that hash.
    pub fn reaction(&mut self, id: u64) {
        let is_apart = self.last_id != id;
        self.apart = self.apart.saturating_add(u32::from(is_apart));
    }

    /// Whether they come in no order.
    fn is_unordered(&self) -> bool {
        let apart = self.back.saturating_add(self.apart);
        self.messages.saturating_add(self.apart) >= MIN_MESSAGES
            && apart >= self.messages / STEPS_BACK
    }
}

/// Where the records of groups stand that do not come in order.
pub struct Files<'f> {
    /// What came in one piece each.
    pub run: &'f Section,
    /// The rest.
    pub arranged: &'f Arranged,
}

/// The bit of a position that stands in the second file.
const ARRANGED: u64 = 1 << 63;

impl Files<'_> {
    /// Reads from a position on.
    fn read(&self, at: u64, len: usize, out: &mut Vec<u8>) -> Result<()> {
        const UNREAD: &str = "could not read back a work file";
        if at & ARRANGED == 0 {
            return self.run.read(at, len, out).context(UNREAD);
        }
        let file = self.arranged.file.as_ref().context(UNREAD)?;
        out.clear();
        out.resize(len, 0);
        read_exact_at(file, out, at ^ ARRANGED).context(UNREAD)
    }

    /// The positions of a group's records, in the order in which they came.
    fn ranges(&self, group: &Group, number: usize) -> Vec<Range<u64>> {
        let arranged = self.arranged.stretches.get(number);
        let run = group.run.iter().map(|it| it.start..it.end());
        let rest = arranged.into_iter().flatten();
        let rest = rest.map(|it| it.start | ARRANGED..it.end() | ARRANGED);
        run.chain(rest).collect()
    }
}

/// Puts groups in order that need it, on so many threads.
///
/// # Errors
/// If a work file cannot be written or read back.
pub fn order(groups: &[Group], files: &Files<'_>, setting: Setting<'_>) -> Result<Arranged> {
    let mut stretches = vec![None; groups.len()];
    let is_unordered = |(_, group): &(usize, &Group)| group.steps.is_unordered();
    let mut unordered = groups.iter().enumerate().filter(is_unordered).peekable();
    if unordered.peek().is_none() {
        return Ok(Arranged {
            file: None,
            stretches,
        });
    }
    let path = setting.work.file("ordered");
    let file = arrange::create(&path)?;
    let mut start = 0;
    let mut pieces = unordered.map(|(number, group)| {
        let ranges = files.ranges(group, number);
        let at = start;
        start += ranges.iter().map(|it| it.end - it.start).sum::<u64>();
        (number, ranges, at)
    });
    pipeline::run(
        setting.threads,
        || Ok(pieces.next()),
        || arrange::open(&path),
        |file, (number, ranges, at)| Ok((number, write(files, &ranges, at, file, setting)?)),
        |(number, stretch): (usize, Stretch)| {
            stretches[number] = Some(stretch);
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Arranged {
        file: Some(file),
        stretches,
    })
}

/// Where a record goes: the time and the position of the message that it belongs to, and its own
/// position.
#[derive(Clone, Copy)]
struct Row {
    micros: i64,
    message: u64,
    at: u64,
}

/// Stands behind all that belongs to a message.
const LAST: (i64, u64) = (i64::MAX, u64::MAX);

/// Writes the records in these ranges in order, from `start` on.
fn write(
    files: &Files<'_>,
    ranges: &[Range<u64>],
    start: u64,
    file: &mut File,
    setting: Setting<'_>,
) -> Result<Stretch> {
    const UNWRITTEN: &str = "could not write a work file";
    let rows = rows(files, ranges, setting)?;
    let mut stretch = Stretch::at(start);
    file.seek(SeekFrom::Start(start)).context(UNWRITTEN)?;
    let mut out = BufWriter::with_capacity(256 << 10, file);
    let whole = WHOLE_BYTES / setting.threads as u64;
    let mut source = Frames::new(files, ranges, whole)?;
    for row in rows {
        setting.check_stop()?;
        let frame = source.get(row.at)?;
        stretch.add(frame);
        out.write_all(frame).context(UNWRITTEN)?;
    }
    out.flush().context(UNWRITTEN)?;
    Ok(stretch)
}

/// The records in these ranges, in order.
fn rows(files: &Files<'_>, ranges: &[Range<u64>], setting: Setting<'_>) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut messages: Vec<(u64, u64, i64)> = Vec::new();
    // Reactions, and what is lost of the record before or behind, until that is known.
    let mut reactions: Vec<(u64, u64)> = Vec::new();
    let mut losses: Vec<(Frame, u64)> = Vec::new();
    let mut last: Option<(Frame, u64)> = None;
    for range in ranges {
        let read = |at: u64, len: usize, out: &mut Vec<u8>| files.read(at, len, out);
        frames(range.clone(), 0, read, |at, mut bytes| {
            setting.check_stop()?;
            let (frame, _, _) = Frame::take(&mut bytes)?;
            match frame.tag {
                Tag::Message => {
                    for (loss, loss_at) in losses.drain(..) {
                        let own = Some((frame.micros, at)).filter(|_| loss.is_beside(&frame));
                        let (micros, message) = own.unwrap_or(LAST);
                        rows.push(Row {
                            micros,
                            message,
                            at: loss_at,
                        });
                    }
                    messages.push((frame.id, at, frame.micros));
                    rows.push(Row {
                        micros: frame.micros,
                        message: at,
                        at,
                    });
                    last = Some((frame, at));
                }
                Tag::Reaction => reactions.push((frame.id, at)),
                _ => match last.filter(|(message, _)| frame.is_beside(message)) {
                    Some((message, place)) => rows.push(Row {
                        micros: message.micros,
                        message: place,
                        at,
                    }),
                    None => losses.push((frame, at)),
                },
            }
            Ok(())
        })?;
    }
    messages.sort_unstable();
    rows.extend(losses.into_iter().map(|(_, at)| Row {
        micros: LAST.0,
        message: LAST.1,
        at,
    }));
    rows.extend(reactions.into_iter().map(|(id, at)| {
        let first = messages.partition_point(|(other, ..)| *other < id);
        let found = messages.get(first).filter(|(other, ..)| *other == id);
        let (micros, message) = found.map_or(LAST, |(_, message, micros)| (*micros, *message));
        Row {
            micros,
            message,
            at,
        }
    }));
    // Of several with one id the first that came counts, so the others stand behind all.
    let repeated = messages
        .windows(2)
        .filter(|it| it[0].0 == it[1].0 && it[0].0 != 0);
    let repeated: HashSet<u64> = repeated.map(|it| it[1].1).collect();
    drop(messages);
    if !repeated.is_empty() {
        for row in rows
            .iter_mut()
            .filter(|row| repeated.contains(&row.message))
        {
            (row.micros, row.message) = LAST;
        }
    }
    rows.sort_unstable_by_key(|row| (row.micros, row.message, row.at != row.message, row.at));
    Ok(rows)
}

/// Gives the frames of a group by position.
struct Frames<'f> {
    files: &'f Files<'f>,
    ranges: &'f [Range<u64>],
    /// All of them, if they are few: the bytes of each range.
    whole: Vec<Vec<u8>>,
    frame: Vec<u8>,
}

impl<'f> Frames<'f> {
    fn new(files: &'f Files<'f>, ranges: &'f [Range<u64>], most: u64) -> Result<Frames<'f>> {
        let mut whole = Vec::new();
        if ranges.iter().map(|it| it.end - it.start).sum::<u64>() <= most {
            for range in ranges {
                let mut bytes = Vec::new();
                files.read(range.start, (range.end - range.start) as usize, &mut bytes)?;
                whole.push(bytes);
            }
        }
        Ok(Frames {
            files,
            ranges,
            whole,
            frame: Vec::new(),
        })
    }

    fn get(&mut self, at: u64) -> Result<&[u8]> {
        const UNREAD: &str = "could not read back a work file";
        let place = self.ranges.iter().position(|range| range.contains(&at));
        let place = place.context(UNREAD)?;
        let range = &self.ranges[place];
        if let Some(bytes) = self.whole.get(place) {
            let rest = bytes.get((at - range.start) as usize..).context(UNREAD)?;
            return rest.get(..frame::total(rest)).context(UNREAD);
        }
        let first = FIRST_BYTES.min(range.end - at) as usize;
        self.files.read(at, first, &mut self.frame)?;
        let total = frame::total(&self.frame);
        if total > first {
            self.files.read(at, total, &mut self.frame)?;
        }
        self.frame.get(..total).context(UNREAD)
    }
}
