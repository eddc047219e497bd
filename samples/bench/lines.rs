//! What it costs to convert records that come as lines: by channel, and in any order. Everything is
//! compared with the direct conversion of the export that the lines were made from, byte for byte
//! or entry for entry.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::{self, File},
    hash::{DefaultHasher, Hasher},
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail, ensure};
use clap::{ArgMatches, Command};

use super::{Setting, better, export, megabytes};
use crate::generator::Slack;
use crate::measure::{Usage, measure};

/// What memory may be used, beside 16 bytes a message.
pub(super) const ALLOWED_BYTES: u64 = 64_000_000;

/// The description of the mode.
pub(crate) fn command() -> Command {
    Command::new("lines").about("Measures `migrate jsonl` on the records of a generated export")
}

/// Measures, compares and prints.
///
/// # Errors
/// If something cannot be run, or what comes out differs.
pub(crate) fn run(arguments: &ArgMatches) -> Result<ExitCode> {
    let setting = Setting::new(arguments)?;
    let zip = export(&setting.dir, &Slack::new(setting.messages))?;
    let lines = lines(&setting, &zip)?;
    let shuffled = shuffled(&lines)?;
    let folder = tempfile::tempdir_in(&setting.dir)?;
    let bytes = fs::metadata(&lines)?.len();

    let direct = Outcome::of(&setting, "slack", &zip, folder.path(), 2)?;
    println!(
        "{}: {:.1} MB of lines; the output has {:.1} MB",
        lines.display(),
        megabytes(bytes),
        megabytes(direct.bytes)
    );
    let head = ["wall s", "CPU s", "peak MB", "MB/s", "x copy"];
    println!("{:<30}{}", "", head.map(|it| format!("{it:>10}")).concat());
    let mut copied: Option<Usage> = None;
    let mut is_within = true;
    let mut shuffled_hash = None;
    let mut rows: Vec<(String, Option<Usage>)> = Vec::new();
    for _ in 0..setting.runs {
        copied = Some(better(copied, copy(&lines, direct.bytes, folder.path())?));
        let mut row = 0;
        for (name, input) in [("by channel", &lines), ("shuffled", &shuffled)] {
            for &threads in &setting.threads {
                let outcome = Outcome::of(&setting, "jsonl", input, folder.path(), threads)?;
                ensure!(
                    outcome.entries == direct.entries && outcome.books == direct.books,
                    "{name}, {threads} threads: not the entries and books of the direct conversion"
                );
                let expected = match name {
                    "shuffled" => *shuffled_hash.get_or_insert(outcome.hash),
                    _ => direct.hash,
                };
                ensure!(
                    outcome.hash == expected,
                    "{name}, {threads} threads: not the same bytes"
                );
                if rows.len() == row {
                    rows.push((format!("{name}, {threads} threads"), None));
                }
                let best = &mut rows[row].1;
                *best = Some(better(best.take(), outcome.usage));
                row += 1;
            }
        }
    }
    let Some(copied) = copied else {
        bail!("nothing was measured");
    };
    print(&"copy in and out", &copied, bytes, &copied);
    for (name, usage) in &rows {
        let Some(usage) = usage else {
            continue;
        };
        print(name, usage, bytes, &copied);
        let allowed = ALLOWED_BYTES + 16 * setting.messages;
        is_within &= usage.peak_bytes.is_none_or(|peak| peak <= allowed);
    }
    println!(
        "every output has the entries and the books of the direct conversion, and by channel its bytes; shuffled, the same for any number of threads"
    );
    Ok(match is_within {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

pub(super) fn print(name: &dyn std::fmt::Display, usage: &Usage, bytes: u64, copied: &Usage) {
    let seconds = usage.wall.as_secs_f64();
    println!(
        "{name:<30}{seconds:>10.2}{:>10.2}{:>10.1}{:>10.0}{:>10.1}",
        usage.cpu.unwrap_or_default().as_secs_f64(),
        megabytes(usage.peak_bytes.unwrap_or_default()),
        megabytes(bytes) / seconds,
        seconds / copied.wall.as_secs_f64(),
    );
}

/// One conversion, and what came out.
pub(super) struct Outcome {
    pub(super) usage: Usage,
    pub(super) bytes: u64,
    /// A hash of all bytes.
    pub(super) hash: u64,
    /// How many different entries there are, and a hash that does not hang on their order.
    entries: (usize, u64),
    pub(super) books: String,
}

impl Outcome {
    pub(super) fn of(
        setting: &Setting,
        adapter: &str,
        input: &Path,
        folder: &Path,
        threads: u32,
    ) -> Result<Self> {
        let out = folder.join("out.json");
        let report = folder.join("report.json");
        let threads = threads.to_string();
        let usage = setting.run(&[
            adapter.as_ref(),
            input.as_os_str(),
            "-o".as_ref(),
            out.as_os_str(),
            "--report".as_ref(),
            report.as_os_str(),
            "--threads".as_ref(),
            threads.as_ref(),
            "--force".as_ref(),
            "-q".as_ref(),
        ])?;
        let report: serde_json::Value = serde_json::from_slice(&fs::read(&report)?)?;
        let mut it = Outcome {
            usage,
            bytes: 0,
            hash: 0,
            entries: (0, 0),
            books: report["books"].to_string(),
        };
        let mut all = DefaultHasher::new();
        let mut entries = HashSet::new();
        for part in report["parts"].as_array().into_iter().flatten() {
            let path = part["path"].as_str().context("a part has no path")?;
            for line in BufReader::with_capacity(1 << 20, File::open(path)?).split(b'\n') {
                let line = line?;
                it.bytes += line.len() as u64 + 1;
                all.write(&line);
                // In an array an entry is a line, with a comma behind it or not.
                let entry = line.strip_suffix(b",").unwrap_or(&line);
                let mut one = DefaultHasher::new();
                one.write(entry);
                entries.insert(one.finish());
            }
        }
        it.hash = all.finish();
        let sum = entries.iter().fold(0, |sum: u64, it| sum.wrapping_add(*it));
        it.entries = (entries.len(), sum);
        Ok(it)
    }
}

/// Writes the input to the disk and as many bytes as the output has, both read from a file.
pub(super) fn copy(input: &Path, output_bytes: u64, folder: &Path) -> Result<Usage> {
    let mut script = OsString::from("cat \"$0\" > \"$1/in\" && head -c ");
    script.push(output_bytes.to_string());
    script.push(
        " \"$0\" > \"$1/out\"; cat \"$1/in\" \"$1/out\" > /dev/null; rm \"$1/in\" \"$1/out\"",
    );
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
        usage.complaint
    );
    Ok(usage)
}

/// The records of an export as lines, made if they are not there.
fn lines(setting: &Setting, zip: &Path) -> Result<PathBuf> {
    let path = zip.with_extension("model.jsonl");
    if !path.is_file() {
        eprintln!("making {}", path.display());
        setting.run(&[
            "slack".as_ref(),
            zip.as_os_str(),
            "--emit".as_ref(),
            "model".as_ref(),
            "-o".as_ref(),
            path.as_os_str(),
            "-q".as_ref(),
        ])?;
    }
    Ok(path)
}

/// The same lines in an order that hangs on their number alone; the first and the last stay.
fn shuffled(lines: &Path) -> Result<PathBuf> {
    let path = lines.with_extension("shuffled.jsonl");
    if path.is_file() {
        return Ok(path);
    }
    eprintln!("making {}", path.display());
    let text = fs::read(lines)?;
    let mut places: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    // Knuth's numbers (MMIX); any fixed ones would do.
    let mut state: u64 = 4;
    for last in (2..places.len().saturating_sub(1)).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = 1 + (state >> 33) as usize % last;
        places.swap(last, other);
    }
    let draft = path.with_extension("draft");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&draft)?);
    for line in places {
        out.write_all(line)?;
    }
    out.flush()?;
    fs::rename(&draft, &path)?;
    Ok(path)
}
