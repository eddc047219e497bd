//! What has to be known of all rows before the first becomes a record: where each can be read, and
//! how columns write their values.
//!
//! Where the first record of a chunk begins is known when the chunk before was read. As it nearly
//! always begins with the chunk, all threads read chunks as if it did; where it did not, the chunk is
//! read again when its turn comes.

use std::ops::ControlFlow;

use anyhow::Result;
use migrate_archive::Archive;
use migrate_mapping::{Position, Survey};
use migrate_model::{Options, pipeline};

use crate::bytes::Access;
use crate::rows::{Rows, Start};
use crate::source::File;

/// What was found out.
pub(crate) struct Scanned {
    /// Where the records of each chunk begin, by file.
    pub(crate) starts: Vec<Vec<Start>>,
    /// The notes on the rows of each section.
    pub(crate) surveys: Vec<Survey>,
}

/// Reads through all files that need it, several chunks at once.
///
/// # Errors
/// If a file cannot be read, or is not what it seemed; of several the first.
pub(crate) fn scan(
    archives: &[Archive],
    files: &[File],
    sections: usize,
    options: &Options,
) -> Result<Scanned> {
    let needed = || files.iter().zip(0..).filter(|(file, _)| is_needed(file));
    let bytes = needed().map(|(file, _)| file.bytes());
    options.begin_reading("looking at rows", bytes.sum());
    let mut chunks = needed().flat_map(|(file, number)| {
        (0..file.chunks()).map(move |chunk| Chunk::new(file, number, chunk))
    });
    let rows = || Rows::new(Access::new(archives));
    let mut joined = Joined {
        rows: rows(),
        starts: starts(files),
        surveys: (0..sections).map(|_| Survey::default()).collect(),
        next: Start::default(),
    };
    pipeline::run(
        options.threads(),
        || Ok(chunks.next()),
        || Ok(rows()),
        |rows, chunk| {
            chunk.file.begin_chunk(chunk.number, options)?;
            let seen = chunk.look(rows, chunk.likely_start());
            Ok((chunk, seen))
        },
        |(chunk, seen)| {
            joined.add(&chunk, seen)?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Scanned {
        starts: joined.starts,
        surveys: joined.surveys,
    })
}

/// Whether a file has to be read through: its rows are to be surveyed, or it has several chunks.
fn is_needed(file: &File) -> bool {
    file.chunks() > 1 || file.bound.iter().any(|it| it.plan.wants_survey())
}

/// The starts of chunks that are known without a look: those of files that need none.
fn starts(files: &[File]) -> Vec<Vec<Start>> {
    let known = files.iter().map(|file| match is_needed(file) {
        true => Vec::new(),
        false => vec![file.table.start],
    });
    known.collect()
}

/// A chunk of a file.
struct Chunk<'f> {
    file: &'f File,
    file_number: u32,
    number: u64,
}

impl<'f> Chunk<'f> {
    fn new(file: &'f File, file_number: u32, number: u64) -> Chunk<'f> {
        Chunk {
            file,
            file_number,
            number,
        }
    }

    /// Where its first record begins, if none that began before goes on in it; lines and records are
    /// counted from the chunk then.
    fn likely_start(&self) -> Start {
        match self.number {
            0 => self.file.table.start,
            _ => Start::default(),
        }
    }

    /// Looks at its records.
    fn look(&self, rows: &mut Rows<'_>, start: Start) -> Result<Seen> {
        let file = self.file;
        let bound = file.bound.iter().filter(|it| it.plan.wants_survey());
        let mut surveys: Vec<_> = bound.map(|it| (&it.plan, Survey::default())).collect();
        let next = rows.read(&file.table.shape, self.number, start, |row, at| {
            if !surveys.is_empty() && file.fault(row, at).is_none() {
                let position = Position {
                    file: self.file_number,
                    row: u32::try_from(at.row)?,
                };
                for (plan, survey) in &mut surveys {
                    survey.note(plan, &row, position);
                }
            }
            Ok(true)
        })?;
        let surveys = surveys.into_iter().map(|(_, survey)| survey).collect();
        Ok(Seen { next, surveys })
    }
}

/// What was seen in a chunk.
struct Seen {
    /// Where the records of the next chunk begin.
    next: Start,
    /// The notes on its rows, by what the file is bound to.
    surveys: Vec<Survey>,
}

impl Seen {
    /// The same, with lines and records counted from the file; `start` is where the chunk's begin.
    fn counted_from(mut self, start: Start) -> Result<Seen> {
        let rows = u32::try_from(start.row)?;
        for survey in &mut self.surveys {
            survey.stand_behind(rows);
        }
        self.next.line += start.line;
        self.next.row += start.row;
        Ok(self)
    }
}

/// What was seen in all chunks so far.
struct Joined<'a> {
    rows: Rows<'a>,
    starts: Vec<Vec<Start>>,
    surveys: Vec<Survey>,
    /// Where the records of the next chunk of the file begin.
    next: Start,
}

impl Joined<'_> {
    /// Adds what was seen in the next chunk, read from its likely start.
    fn add(&mut self, chunk: &Chunk<'_>, seen: Result<Seen>) -> Result<()> {
        let Chunk {
            file, file_number, ..
        } = *chunk;
        let is_first = chunk.number == 0;
        let start = if is_first {
            file.table.start
        } else {
            self.next
        };
        let seen = match seen {
            seen if is_first => seen?,
            Ok(seen) if start.skip == 0 => seen.counted_from(start)?,
            // Also an error counts lines from the start.
            _ => chunk.look(&mut self.rows, start)?,
        };
        self.next = seen.next;
        if let Some(starts) = self.starts.get_mut(file_number as usize) {
            starts.push(start);
        }
        let bound = file.bound.iter().filter(|it| it.plan.wants_survey());
        for (bound, survey) in bound.zip(seen.surveys) {
            if let Some(all) = self.surveys.get_mut(bound.section) {
                all.merge(survey);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::testing::{Fixture, lines};
    use crate::wishes::Wishes;

    /// What files become that are read in chunks of this size.
    fn lines_in_chunks_of(fixture: &Fixture, bytes: u64) -> Vec<String> {
        let paths = [fixture.folder.path().to_path_buf()];
        let wishes = Wishes::of(&fixture.options).unwrap();
        let mut opened = crate::open::open(&paths, &fixture.options, &wishes).unwrap();
        for file in &mut opened.files {
            file.table.shape.chunks.size = bytes;
        }
        lines(&opened.survey(&fixture.options).unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn what_files_become_hangs_not_on_how_they_are_cut(
            rows in prop::collection::vec(("[ab]", "[xy]{0,1}", "[a\n]{0,12}", 0..60_u8), 1..40),
            half in 1_u64..60,
            threads in 1..4_usize,
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["channel_id", "channel_name", "user", "text", "time"]).unwrap();
            for (channel, name, text, minute) in &rows {
                let time = format!("2026-01-02 03:{minute:02}:00");
                writer.write_record([channel, name, "ann", text, &time]).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let mut fixture = Fixture::new(&[("messages.csv", &text)]);
            fixture.options.run_on(threads);
            let cut = lines_in_chunks_of(&fixture, half * 2);
            prop_assert_eq!(cut, lines_in_chunks_of(&fixture, 1 << 20));
        }
    }
}
