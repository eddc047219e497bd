//! What it costs to convert messages that come as a table, in CSV and in a database: by channel, and
//! in any order.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{ArgMatches, Command};

use super::lines::{ALLOWED_BYTES, Outcome, copy, print};
use super::{Setting, better, megabytes};
use crate::generator::{Table, database, table};
use crate::measure::Usage;

/// The description of the mode.
pub(crate) fn command() -> Command {
    Command::new("tables")
        .about("Measures `migrate csv` and `migrate sqlite` on a generated table of messages")
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
    let mut hashes = [None; 2];
    for (adapter, is_shuffled) in [
        ("csv", false),
        ("csv", true),
        ("sqlite", false),
        ("sqlite", true),
    ] {
        let order = if is_shuffled {
            "shuffled"
        } else {
            "by channel"
        };
        let name = format!("{adapter}, {order}");
        let input = made(&setting, adapter, is_shuffled)?;
        let bytes = fs::metadata(&input)?.len();
        let hash = &mut hashes[usize::from(is_shuffled)];
        for &threads in &setting.threads {
            let mut best: Option<Usage> = None;
            for _ in 0..setting.runs {
                let outcome = Outcome::of(&setting, adapter, &input, folder.path(), threads)?;
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
    println!("{:<30}{}", "", head.map(|it| format!("{it:>10}")).concat());
    let allowed = ALLOWED_BYTES + 16 * setting.messages;
    let mut is_within = true;
    if let (Some(copied), Some((_, _, bytes))) = (&copied, rows.first()) {
        print(&"copy in and out", copied, *bytes, copied);
        for (name, usage, bytes) in &rows {
            print(name, usage, *bytes, copied);
            is_within &= usage.peak_bytes.is_none_or(|peak| peak <= allowed);
        }
    }
    println!(
        "all have the same books, and each order the same bytes from both and for any number of threads"
    );
    Ok(match is_within {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// A table of messages, made if it is not there.
fn made(setting: &Setting, adapter: &str, is_shuffled: bool) -> Result<PathBuf> {
    let order = if is_shuffled {
        "shuffled"
    } else {
        "by-channel"
    };
    let is_database = adapter == "sqlite";
    let ending = if is_database { "db" } else { "csv" };
    let name = format!("messages-{}-{order}.{ending}", setting.messages);
    let path = setting.dir.join(name);
    if !path.is_file() {
        eprintln!("making {}", path.display());
        let draft = path.with_extension("draft");
        let options = Table {
            is_shuffled,
            ..Table::new(setting.messages)
        };
        match is_database {
            true => {
                // What a run that was broken off left is no database.
                fs::remove_file(&draft).or_else(not_there)?;
                database(&options, &draft)?
            }
            false => table(
                &options,
                BufWriter::with_capacity(1 << 20, File::create(&draft)?),
            )?,
        };
        fs::rename(&draft, &path)?;
    }
    Ok(path)
}

fn not_there(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}
