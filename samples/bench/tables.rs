//! What it costs to convert messages that come as CSV: by channel, and in any order.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{ArgMatches, Command};

use super::lines::{ALLOWED_BYTES, Outcome, copy, print};
use super::{Setting, better, megabytes};
use crate::generator::{Table, table};
use crate::measure::Usage;

/// The description of the mode.
pub(crate) fn command() -> Command {
    Command::new("tables").about("Measures `migrate csv` on a generated table of messages")
}

/// Measures, compares and prints.
///
/// # Errors
/// If something cannot be run, or what comes out differs.
pub(crate) fn run(arguments: &ArgMatches) -> Result<ExitCode> {
    let setting = Setting::new(arguments)?;
    let folder = tempfile::tempdir_in(&setting.dir)?;
    let mut copied: Option<Usage> = None;
    let mut books = None;
    let mut rows: Vec<(String, Usage, u64)> = Vec::new();
    for (name, is_shuffled) in [("by channel", false), ("shuffled", true)] {
        let input = made(&setting, is_shuffled)?;
        let bytes = fs::metadata(&input)?.len();
        let mut hash = None;
        for &threads in &setting.threads {
            let mut best: Option<Usage> = None;
            for _ in 0..setting.runs {
                let outcome = Outcome::of(&setting, "csv", &input, folder.path(), threads)?;
                ensure!(
                    *hash.get_or_insert(outcome.hash) == outcome.hash,
                    "{name}, {threads} threads: not the same bytes"
                );
                ensure!(
                    books.get_or_insert_with(|| outcome.books.clone()) == &outcome.books,
                    "{name}, {threads} threads: not the same books"
                );
                let usage = copy(&input, outcome.bytes, folder.path())?;
                copied = Some(better(copied, usage));
                best = Some(better(best, outcome.usage));
            }
            let row = best.map(|usage| (format!("{name}, {threads} threads"), usage, bytes));
            rows.extend(row);
        }
        println!("{}: {:.1} MB", input.display(), megabytes(bytes));
    }
    let head = ["wall s", "CPU s", "peak MB", "MB/s", "x copy"];
    println!("{:<22}{}", "", head.map(|it| format!("{it:>10}")).concat());
    let allowed = ALLOWED_BYTES + 16 * setting.messages;
    let mut is_within = true;
    if let (Some(copied), Some((_, _, bytes))) = (&copied, rows.first()) {
        print(&"copy in and out", copied, *bytes, copied);
        for (name, usage, bytes) in &rows {
            print(name, usage, *bytes, copied);
            is_within &= usage.peak_bytes.is_none_or(|peak| peak <= allowed);
        }
    }
    println!("both have the same books, and each the same bytes for any number of threads");
    Ok(match is_within {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// A table of messages, made if it is not there.
fn made(setting: &Setting, is_shuffled: bool) -> Result<PathBuf> {
    let order = if is_shuffled {
        "shuffled"
    } else {
        "by-channel"
    };
    let name = format!("messages-{}-{order}.csv", setting.messages);
    let path = setting.dir.join(name);
    if !path.is_file() {
        eprintln!("making {}", path.display());
        let draft = path.with_extension("draft");
        let options = Table {
            is_shuffled,
            ..Table::new(setting.messages)
        };
        table(
            &options,
            BufWriter::with_capacity(1 << 20, File::create(&draft)?),
        )?;
        fs::rename(&draft, &path)?;
    }
    Ok(path)
}
