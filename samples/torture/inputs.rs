//! Changed inputs through every way into the program.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Result, anyhow};

use crate::hostile::{
    entry::{ENTRIES, Entry},
    mutate::case_of,
    trial::try_bytes,
};
use crate::measure::peak_of_children;
use crate::row::{Row, Table};
use crate::setting::Setting;

/// The most memory that a run may use on an input of a megabyte, in bytes.
const PEAK_BYTES: u64 = 200_000_000;

/// Adds a row for each way in.
pub(crate) fn run(setting: &Setting, table: &mut Table) -> Result<()> {
    for (at, entry) in ENTRIES.iter().enumerate() {
        let more = usize::from(at < setting.inputs % ENTRIES.len());
        let cases = setting.inputs / ENTRIES.len() + more;
        if cases == 0 {
            continue;
        }
        let mut row = row(setting, entry, cases)?;
        // The system tells the most of all processes that have ended, those of the rows above too.
        row.peak_bytes = peak_of_children();
        if row.peak_bytes.is_some_and(|bytes| bytes > PEAK_BYTES) {
            let fault = format!("a run used more than {PEAK_BYTES} bytes of memory");
            row.faults.push(fault);
        }
        table.add(&row);
    }
    Ok(())
}

fn row(setting: &Setting, entry: &Entry, cases: usize) -> Result<Row> {
    let seeds = entry.seeds(Path::new(env!("CARGO_MANIFEST_DIR")));
    let next = AtomicUsize::new(0);
    let work = || -> Result<Row> {
        let mut row = Row::new(&format!("`{}`", entry.name));
        loop {
            let case = next.fetch_add(1, Ordering::Relaxed);
            if case >= cases {
                return Ok(row);
            }
            let bytes = case_of(entry, &seeds, case);
            let folder = setting.folder()?;
            let tried = try_bytes(&setting.program, folder.path(), entry, &bytes);
            if tried.is_err() {
                setting.keep(&format!("{}-{case}", entry.name), &bytes)?;
            }
            row.take(tried.map_err(|fault| format!("case {case}: {fault}")));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Row::new(&format!("`{}`", entry.name));
        for worker in workers {
            let row = worker.join().map_err(|_| anyhow!("a worker panicked"))??;
            all.add(row);
        }
        Ok(all)
    })
}
