//! How time and memory grow: one quantity after the other is doubled twice from a small base while
//! all others stay, and what one more costs is the slope from the first to the last.

use std::{fmt::Write, process::ExitCode};

use anyhow::Result;

use crate::generator::{Import, Slack, Table};
use crate::input::{self, Extent, Input};
use crate::limits;
use crate::measure::Usage;
use crate::outcome::Outcome;
use crate::setting::Setting;
use crate::subject::Subject;
use crate::table::megabytes;

/// A quantity that grows while all others stay.
struct Axis {
    subject: Subject,
    /// What grows.
    name: &'static str,
    /// The base and its two doublings.
    inputs: [Input; 3],
    /// How many there are of what grows.
    counts: [u64; 3],
}

/// What was measured of one input.
struct Measured {
    usage: Usage,
    extent: Extent,
}

/// Measures and prints.
///
/// # Errors
/// If something cannot be run.
pub(crate) fn run(setting: &Setting) -> Result<ExitCode> {
    println!(
        "| what | threads | grows | from | to | peak MB, three sizes | bytes for each | allowed | CPU s, three sizes | µs for each |"
    );
    println!("|{}", " --- |".repeat(10));
    for axis in axes(setting)? {
        for &threads in &setting.threads {
            axis.measure(setting, threads)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn axes(setting: &Setting) -> Result<Vec<Axis>> {
    let mut axes = Vec::new();
    for &subject in setting.parts.iter().flatten() {
        match subject {
            Subject::Slack { strangers: 0 } => axes.extend(of_slack(setting, subject)?),
            Subject::Csv { .. } => axes.extend(of_csv(setting, subject)?),
            Subject::Validate { .. } | Subject::Split => axes.push(of_import(setting, subject)?),
            Subject::Slack { .. } | Subject::Jsonl { .. } | Subject::Sqlite => {}
        }
    }
    Ok(axes)
}

fn of_slack(setting: &Setting, subject: Subject) -> Result<Vec<Axis>> {
    let base = Slack {
        users: 2_000,
        channels: 2_000,
        day_files: 40_000,
        largest: Some(50_000),
        ..Slack::new(400_000)
    };
    let axis = |name, count, change: fn(&mut Slack, u64)| {
        Axis::new(subject, name, count, |times| {
            let mut options = base.clone();
            change(&mut options, times);
            input::export(setting, &options)
        })
    };
    Ok(vec![
        axis("entries of the zip", base.day_files, |it, times| {
            it.day_files *= times;
        })?,
        axis("messages", base.messages, |it, times| it.messages *= times)?,
        axis("messages of the largest channel", 50_000, |it, times| {
            it.largest = Some(50_000 * times);
        })?,
        axis("channels", base.channels.into(), |it, times| {
            it.channels *= times as u32;
        })?,
        axis("users", base.users.into(), |it, times| {
            it.users *= times as u32;
        })?,
    ])
}

fn of_csv(setting: &Setting, subject: Subject) -> Result<Vec<Axis>> {
    let base = Table {
        is_shuffled: subject == Subject::Csv { is_shuffled: true },
        ..Table::new(1_000_000)
    };
    let axis = |name, count, change: fn(&mut Table, u64)| {
        Axis::new(subject, name, count, |times| {
            let mut options = base.clone();
            change(&mut options, times);
            input::table(setting, &options)
        })
    };
    Ok(vec![
        axis("messages", base.messages, |it, times| it.messages *= times)?,
        axis("channels", base.channels, |it, times| it.channels *= times)?,
    ])
}

fn of_import(setting: &Setting, subject: Subject) -> Result<Axis> {
    Axis::new(subject, "entries of the import file", 1_000_000, |times| {
        let options = Import {
            is_lines: subject == Subject::Validate { is_lines: true },
            ..Import::new(1_000_000 * times)
        };
        input::import(setting, &options)
    })
}

impl Axis {
    /// An axis whose base has `count` of what grows; `input` makes the base and so many times as much.
    fn new(
        subject: Subject,
        name: &'static str,
        count: u64,
        input: impl Fn(u64) -> Result<Input>,
    ) -> Result<Axis> {
        Ok(Axis {
            subject,
            name,
            inputs: [input(1)?, input(2)?, input(4)?],
            counts: [count, 2 * count, 4 * count],
        })
    }

    fn measure(&self, setting: &Setting, threads: u32) -> Result<()> {
        let mut measured: [Option<Measured>; 3] = [const { None }; 3];
        for run in 1..=setting.runs {
            for (input, best) in self.inputs.iter().zip(&mut measured) {
                let (subject, name) = (self.subject.name(), self.name);
                eprintln!("{subject}, {name}, run {run} of {}", setting.runs);
                *best = Some(self.measure_once(setting, threads, input, best.take())?);
            }
        }
        if let [Some(first), Some(second), Some(third)] = &measured {
            self.print(threads, [first, second, third]);
        }
        Ok(())
    }

    fn measure_once(
        &self,
        setting: &Setting,
        threads: u32,
        input: &Input,
        best: Option<Measured>,
    ) -> Result<Measured> {
        let folder = setting.folder()?;
        let arguments = self.subject.arguments(&input.path, threads, folder.path());
        let usage = setting.run(&arguments)?;
        Ok(match best {
            Some(best) => Measured {
                usage: best.usage.or_better(usage),
                ..best
            },
            None => Measured {
                usage,
                extent: Outcome::read(folder.path())?.extent(input.extent),
            },
        })
    }

    fn print(&self, threads: u32, measured: [&Measured; 3]) {
        let peaks = measured.map(|it| it.usage.peak_bytes.unwrap_or(0));
        let bounds = measured.map(|it| limits::peak_bytes(self.subject, &it.extent));
        let seconds = measured.map(|it| it.usage.cpu.unwrap_or(it.usage.wall).as_secs_f64());
        let of_each =
            |first: f64, last: f64| (last - first) / (self.counts[2] - self.counts[0]) as f64;
        println!(
            "| {} | {threads} | {} | {} | {} | {} | {:.0} | {:.0} | {} | {:.2} |",
            self.subject.name(),
            self.name,
            self.counts[0],
            self.counts[2],
            three(peaks.map(megabytes), 1),
            of_each(peaks[0] as f64, peaks[2] as f64),
            of_each(bounds[0] as f64, bounds[2] as f64),
            three(seconds, 2),
            of_each(seconds[0], seconds[2]) * 1e6,
        );
    }
}

fn three(numbers: [f64; 3], digits: usize) -> String {
    let mut text = String::new();
    for (nth, number) in numbers.iter().enumerate() {
        let comma = if nth > 0 { ", " } else { "" };
        // Writing into a string cannot fail.
        let _ = write!(text, "{comma}{number:.digits$}");
    }
    text
}
