//! The table: every subject on every number of threads, one size after the other. The runs of a part
//! take turns, so that a slow minute of the machine hits all of them, and its lines are printed when
//! it is done.

use std::{ffi::OsString, path::Path};

use anyhow::{Result, ensure};

use crate::input::{self, Input};
use crate::limits::{self, Floor};
use crate::measure::{Usage, measure};
use crate::outcome::{Outcome, Outcomes};
use crate::setting::{Setting, size_text};
use crate::subject::Subject;

/// One line of the table.
struct Row {
    what: What,
    input: Input,
    best: Option<Usage>,
    /// The most memory that it may use.
    bound_bytes: u64,
    /// What the program wrote.
    written_bytes: u64,
}

/// What a line measures.
#[derive(Clone, Copy, PartialEq)]
enum What {
    /// The program on so many threads.
    Program(Subject, u32),
    /// `unzip -p` of the same input to nowhere.
    Unzip,
    /// The input to the disk and as many bytes as the output has, both read from a file.
    Copy,
}

/// Measures and prints; gives a sentence for each bound and each floor that was missed.
///
/// # Errors
/// If something cannot be run, or what comes out differs.
pub(crate) fn run(setting: &Setting) -> Result<Vec<String>> {
    let mut missed = Vec::new();
    println!(
        "| what | size | input MB | threads | wall s | CPU s | peak MB | bound MB | holds | MB/s | × `unzip -p` | × copy |"
    );
    println!("|{}", " --- |".repeat(12));
    for &bytes in &setting.sizes {
        let mut outcomes = Outcomes::default();
        for part in &setting.parts {
            let rows = measure_part(setting, part, bytes, &mut outcomes)?;
            for (place, row) in rows.iter().enumerate() {
                row.print(bytes, reference(&rows, place));
                missed.extend(row.missed(bytes, reference(&rows, place)));
            }
        }
    }
    Ok(missed)
}

fn measure_part(
    setting: &Setting,
    subjects: &[Subject],
    bytes: u64,
    outcomes: &mut Outcomes,
) -> Result<Vec<Row>> {
    let mut rows = rows(setting, subjects, bytes)?;
    for run in 1..=setting.runs {
        for place in 0..rows.len() {
            let (size, of, name) = (size_text(bytes), setting.runs, rows[place].name());
            eprintln!("{size}, run {run} of {of}: {name}");
            take_turn(setting, &mut rows, place, outcomes)?;
        }
    }
    if setting.is_checking {
        compare_on_more(setting, &rows, outcomes)?;
    }
    Ok(rows)
}

/// The lines for inputs of about so many bytes.
fn rows(setting: &Setting, subjects: &[Subject], bytes: u64) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for &subject in subjects {
        let input = input::make(setting, subject, bytes)?;
        let row = |what| Row {
            what,
            input: input.clone(),
            best: None,
            bound_bytes: 0,
            written_bytes: 0,
        };
        if matches!(subject, Subject::Slack { .. }) {
            rows.push(row(What::Unzip));
        }
        rows.extend(
            setting
                .threads
                .iter()
                .map(|&threads| row(What::Program(subject, threads))),
        );
        if subject.is_grouped() {
            rows.push(row(What::Copy));
        }
    }
    Ok(rows)
}

/// Measures a line once.
fn take_turn(
    setting: &Setting,
    rows: &mut [Row],
    place: usize,
    outcomes: &mut Outcomes,
) -> Result<()> {
    // A copy stands behind the line whose output it is as large as.
    let written_bytes = place.checked_sub(1).map_or(0, |it| rows[it].written_bytes);
    let row = &mut rows[place];
    let input = &row.input.path;
    let folder = setting.folder()?;
    let usage = match row.what {
        What::Unzip => {
            let line = ["unzip".as_ref(), "-p".as_ref(), input.as_os_str()];
            let usage = measure(&line)?;
            ensure!(
                usage.status == Some(0),
                "`unzip -p` failed: {}",
                usage.complaint.trim()
            );
            usage
        }
        What::Copy => copy(input, written_bytes, folder.path())?,
        What::Program(subject, threads) => {
            let usage = setting.run(&subject.arguments(input, threads, folder.path()))?;
            if row.best.is_none() {
                let outcome = Outcome::read(folder.path())?;
                outcomes.take(subject, threads, &outcome)?;
                row.bound_bytes = limits::peak_bytes(subject, &outcome.extent(row.input.extent));
                row.written_bytes = outcome.bytes;
            }
            usage
        }
    };
    row.best = Some(match row.best.take() {
        Some(best) => best.or_better(usage),
        None => usage,
    });
    Ok(())
}

/// Runs everything that writes something once more on one thread more than any that was measured.
fn compare_on_more(setting: &Setting, rows: &[Row], outcomes: &mut Outcomes) -> Result<()> {
    let threads = setting.threads.iter().max().map_or(1, |most| most + 1);
    let first = setting.threads.first().copied();
    for row in rows {
        if let What::Program(subject, of_row) = row.what
            && Some(of_row) == first
            && !matches!(subject, Subject::Validate { .. })
        {
            eprintln!("{}, compared on {threads} threads", subject.name());
            let folder = setting.folder()?;
            setting.run(&subject.arguments(&row.input.path, threads, folder.path()))?;
            outcomes.take(subject, threads, &Outcome::read(folder.path())?)?;
        }
    }
    Ok(())
}

/// Writes the input to the disk and as many bytes as the output has, both read from a file.
fn copy(input: &Path, output_bytes: u64, folder: &Path) -> Result<Usage> {
    let mut script =
        OsString::from("cat \"$0\" > \"$1/in\" && cat \"$0\" \"$0\" \"$0\" | head -c ");
    script.push(output_bytes.to_string());
    script.push(" > \"$1/out\" && cat \"$1/in\" \"$1/out\" > /dev/null");
    let usage = measure(&[
        "sh".as_ref(),
        "-c".as_ref(),
        &script,
        input.as_os_str(),
        folder.as_os_str(),
    ])?;
    ensure!(
        usage.status == Some(0),
        "the copy failed: {}",
        usage.complaint.trim()
    );
    Ok(usage)
}

/// The line that another is compared with: `unzip` of the same zip, the copy of the same input.
fn reference(rows: &[Row], place: usize) -> Option<&Row> {
    let row = &rows[place];
    let other = match row.what {
        What::Program(Subject::Slack { .. }, _) | What::Unzip => What::Unzip,
        What::Program(..) | What::Copy => What::Copy,
    };
    rows.iter()
        .find(|it| it.what == other && it.input.path == row.input.path)
}

impl Row {
    fn name(&self) -> String {
        match self.what {
            What::Program(subject, 1) => format!("{}, 1 thread", subject.name()),
            What::Program(subject, threads) => format!("{}, {threads} threads", subject.name()),
            What::Unzip => "unzip -p".to_owned(),
            What::Copy => "copy in and out".to_owned(),
        }
    }

    fn seconds(&self) -> f64 {
        let wall = self.best.as_ref().map_or(0.0, |it| it.wall.as_secs_f64());
        wall.max(1e-6)
    }

    fn megabytes_per_second(&self) -> f64 {
        megabytes(self.input.bytes) / self.seconds()
    }

    /// Whether the peak is within its bound; `None` where there is none or nobody knows.
    fn holds(&self) -> Option<bool> {
        let peak = self.best.as_ref()?.peak_bytes?;
        matches!(self.what, What::Program(..)).then_some(peak <= self.bound_bytes)
    }

    fn print(&self, size: u64, reference: Option<&Row>) {
        let (name, threads) = match self.what {
            What::Program(subject, threads) => (subject.name(), threads.to_string()),
            What::Unzip => ("`unzip -p`".to_owned(), String::new()),
            What::Copy => ("copy in and out".to_owned(), String::new()),
        };
        let or_nothing = |number: Option<f64>, digits: usize| {
            number.map_or(String::new(), |it| format!("{it:.digits$}"))
        };
        let usage = self.best.as_ref();
        let times = reference.map(|it| (it.what, it.seconds()));
        let unzip = times.filter(|it| it.0 == What::Unzip);
        let copy = times.filter(|it| it.0 == What::Copy);
        let bound = self.holds().map(|_| megabytes(self.bound_bytes));
        println!(
            "| {name} | {} | {:.1} | {threads} | {:.2} | {} | {} | {} | {} | {:.0} | {} | {} |",
            size_text(size),
            megabytes(self.input.bytes),
            self.seconds(),
            or_nothing(usage.and_then(|it| it.cpu).map(|it| it.as_secs_f64()), 2),
            or_nothing(usage.and_then(|it| it.peak_bytes).map(megabytes), 1),
            or_nothing(bound, 1),
            match self.holds() {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "",
            },
            self.megabytes_per_second(),
            or_nothing(unzip.map(|it| it.1 / self.seconds()), 2),
            or_nothing(copy.map(|it| self.seconds() / it.1), 1),
        );
    }

    /// What was missed, in a sentence each.
    fn missed(&self, size: u64, reference: Option<&Row>) -> Vec<String> {
        let What::Program(subject, threads) = self.what else {
            return Vec::new();
        };
        let mut missed = Vec::new();
        let name = format!("{} of {}", self.name(), size_text(size));
        let peak = self.best.as_ref().and_then(|it| it.peak_bytes);
        if let (Some(false), Some(peak)) = (self.holds(), peak) {
            missed.push(format!(
                "{name} peaks at {:.1} MB, above its bound of {:.1} MB",
                megabytes(peak),
                megabytes(self.bound_bytes)
            ));
        }
        let floor = limits::floor(subject, threads).filter(|_| size >= limits::LEAST_BYTES);
        let times_unzip = reference.map_or(0.0, |it| it.seconds() / self.seconds());
        match floor {
            Some(Floor::TimesUnzip(least)) if times_unzip < least => missed.push(format!(
                "{name} is {times_unzip:.2} times as fast as `unzip -p`, and should be {least} times"
            )),
            Some(Floor::MegabytesPerSecond(least)) if self.megabytes_per_second() < least => {
                missed.push(format!(
                    "{name} takes {:.0} MB/s, and should take {least:.0}",
                    self.megabytes_per_second()
                ));
            }
            _ => {}
        }
        missed
    }
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
