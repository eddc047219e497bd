//! What has to be known of all rows before the first becomes a record: where each can be read, and
//! how columns write their values.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use migrate_archive::Archive;
use migrate_mapping::{Position, Survey};
use migrate_model::Options;

use crate::bytes::Access;
use crate::rows::{Rows, Start};
use crate::source::File;

/// What was found out.
#[derive(Default)]
pub(crate) struct Scanned {
    /// Where the records of each chunk begin, by file.
    pub(crate) starts: Vec<Vec<Start>>,
    /// The notes on the rows of each section.
    pub(crate) surveys: Vec<Survey>,
}

/// Reads through all files that need it, several at once.
///
/// # Errors
/// If a file cannot be read, or is not what it seemed; of several the first.
pub(crate) fn scan(
    archives: &[Archive],
    files: &[File],
    sections: usize,
    options: &Options,
) -> Result<Scanned> {
    let needed = files.iter().filter(|file| is_needed(file));
    options.begin_reading("looking at rows", needed.map(File::bytes).sum());
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        let mut scanner = Scanner {
            rows: Rows::new(Access::new(archives)),
            surveys: (0..sections).map(|_| Survey::default()).collect(),
            options,
        };
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(number) else {
                return scanner.surveys;
            };
            let starts = scanner.file(file, number);
            let is_wrong = starts.is_err();
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((number, starts));
            if is_wrong {
                // Files before this one are finished; none behind it is begun.
                next.store(files.len(), Ordering::Relaxed);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut scanned = Scanned::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads.min(files.len()))
            .map(|_| scope.spawn(work))
            .collect();
        scanned.surveys = work();
        for worker in workers {
            // A thread that panicked has said so.
            let others = worker.join().unwrap_or_default();
            for (survey, other) in scanned.surveys.iter_mut().zip(others) {
                survey.merge(other);
            }
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(number, _)| *number);
    scanned.starts = done
        .into_iter()
        .map(|(_, starts)| starts)
        .collect::<Result<_>>()?;
    Ok(scanned)
}

struct Scanner<'a> {
    rows: Rows<'a>,
    surveys: Vec<Survey>,
    options: &'a Options,
}

impl Scanner<'_> {
    /// Where the records of each chunk of a file begin.
    fn file(&mut self, file: &File, number: usize) -> Result<Vec<Start>> {
        let count = file.chunks();
        let surveyed: Vec<_> = file
            .bound
            .iter()
            .filter(|it| it.plan.wants_survey())
            .collect();
        let mut start = file.table.start;
        let mut starts = vec![start];
        if !is_needed(file) {
            return Ok(starts);
        }
        let file_number = u32::try_from(number)?;
        let surveys = &mut self.surveys;
        for chunk in 0..count {
            file.begin_chunk(chunk, self.options)?;
            start = self.rows.read(&file.table.shape, chunk, start, |row, at| {
                if !surveyed.is_empty() && file.fault(row, at).is_none() {
                    let position = Position {
                        file: file_number,
                        row: u32::try_from(at.row)?,
                    };
                    for bound in &surveyed {
                        if let Some(survey) = surveys.get_mut(bound.section) {
                            survey.note(&bound.plan, &row, position);
                        }
                    }
                }
                Ok(true)
            })?;
            starts.push(start);
        }
        starts.pop();
        Ok(starts)
    }
}

/// Whether a file has to be read through: its rows are to be surveyed, or it has several chunks.
fn is_needed(file: &File) -> bool {
    file.chunks() > 1 || file.bound.iter().any(|it| it.plan.wants_survey())
}
