//! One run of the program in a folder of its own, and what may be there after it: complete and good
//! output, or one clear line and nothing else.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::entry::{Entry, Writes};
use crate::checker;

/// How long a run may take. It is far more than any takes, for machines that do other things as
/// well: what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// The largest part that a run writes unless it is told otherwise, in bytes.
pub(crate) const LIMIT: u64 = 299_000_000;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All was written.
    Complete,
    /// Something was left out; of `validate`: problems were found.
    LeftOut,
    /// Nothing was written.
    Refused,
}

/// What a run said, and how it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit status; `None` after a signal, also that of lost patience.
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    /// From start to end.
    pub(crate) wall: Duration,
}

/// Runs the program on these bytes in an empty folder, and judges how that ends; with the time that
/// it took.
///
/// # Errors
/// What should not have been.
pub(crate) fn try_bytes(
    program: &Path,
    folder: &Path,
    entry: &Entry,
    bytes: &[u8],
) -> Result<(End, Duration), String> {
    for (name, contents) in entry.files(bytes) {
        put(&folder.join(name), &contents);
    }
    let before = names(folder);
    let mut args: Vec<&str> = entry.args.split(' ').chain(["-q"]).collect();
    args.extend(match entry.writes {
        Writes::Records => ["-o", "out.json", "--report", "report.json"].as_slice(),
        Writes::Parts => &["-o", "out.json"],
        Writes::Page => &["-o", "page.html"],
        Writes::Nothing => &[],
    });
    let outcome = run(program, folder, &args);
    let after = names(folder);
    let new: Vec<&str> = after.difference(&before).map(String::as_str).collect();
    judge(program, entry, folder, &outcome, &new)
        .map(|end| (end, outcome.wall))
        .map_err(|fault| format!("{fault}\n{outcome:?}\nthere is {new:?}"))
}

/// Writes a file with its folders, if it can be: a name may be that of a folder already.
fn put(path: &Path, contents: &[u8]) {
    let folder = path.parent().unwrap_or(path);
    let _ = fs::create_dir_all(folder).and_then(|()| fs::write(path, contents));
}

/// Runs the program in a folder; its temporary files go to `tmp` in it.
pub(crate) fn run<S: AsRef<OsStr>>(program: &Path, folder: &Path, args: &[S]) -> Outcome {
    let temporary = folder.join("tmp");
    fs::create_dir_all(&temporary).expect("a folder for temporary files");
    let complaint = temporary.join("stderr");
    let stderr = File::create(&complaint).expect("a file for what is said");
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr);
    for name in ["TMPDIR", "TMP", "TEMP"] {
        command.env(name, &temporary);
    }
    let mut child = command.spawn().expect("the program can be started");
    let (start, mut pause) = (Instant::now(), Duration::from_micros(500));
    let status = loop {
        if let Some(status) = child.try_wait().expect("the state of the process") {
            break status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    };
    let stderr = fs::read(&complaint).expect("what was said");
    fs::remove_file(&complaint).expect("the file for what is said");
    Outcome {
        code: status.code(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
        wall: start.elapsed(),
    }
}

/// The names of all files below a folder, and of folders without any.
pub(crate) fn names(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries: Vec<_> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        if entries.is_empty() && !matches!(prefix.as_str(), "" | "tmp/") {
            names.insert(prefix.clone());
        }
        for entry in entries {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type().is_ok_and(|it| it.is_dir()) {
                true => folders.push((entry.path(), name + "/")),
                false => drop(names.insert(name)),
            }
        }
    }
    names
}

/// Says what is wrong with how a run ended and with the files that are new.
fn judge(
    program: &Path,
    entry: &Entry,
    folder: &Path,
    outcome: &Outcome,
    new: &[&str],
) -> Result<End, String> {
    let said = outcome.stderr.as_str();
    check(!said.contains("panicked"), "it panicked")?;
    let can_steer = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
    check(
        !said.contains(can_steer),
        "what it said can steer a terminal",
    )?;
    if outcome.code == Some(2) {
        // `split` says what is wrong with a file first.
        let is_told = said.lines().any(|line| line.starts_with("error: "));
        check(is_told, "no error was told")?;
        check(
            !said.contains("fault of the program"),
            "the books did not balance",
        )?;
        check(new.is_empty(), "it was refused, and left something")?;
        return Ok(End::Refused);
    }
    check(
        matches!(outcome.code, Some(0 | 1)),
        "it did not end by itself",
    )?;
    check(said.is_empty(), "it was to be quiet")?;
    let is_whole = outcome.code == Some(0);
    match entry.writes {
        Writes::Nothing => check(new.is_empty(), "it left something")?,
        Writes::Page => check(new == ["page.html"], "it did not leave a page")?,
        Writes::Parts => {
            let is_part = |name: &&str| name.starts_with("out") && name.ends_with(".json");
            check(new.iter().all(is_part), "it left other things than parts")?;
            // What was wrong before is wrong in parts as well, and was told.
            if is_whole {
                let args: Vec<&str> = ["validate", "-q"].iter().chain(new).copied().collect();
                let found = run(program, folder, &args);
                check(found.code == Some(0), "parts of a valid file are invalid")?;
            }
        }
        Writes::Records => {
            let (report, parts) = new.split_last().ok_or("it left nothing")?;
            check(*report == "report.json", "it left no report")?;
            check_parts(folder, parts, LIMIT)?;
            let report = fs::read(folder.join(report)).map_err(|it| it.to_string())?;
            let report = serde_json::from_slice(&report).map_err(|it| it.to_string())?;
            check_books(&report, is_whole)?;
        }
    }
    Ok(match is_whole {
        true => End::Complete,
        false => End::LeftOut,
    })
}

/// Holds parts, none of which may have more than `limit` bytes, to the description of the format.
pub(crate) fn check_parts(folder: &Path, names: &[&str], limit: u64) -> Result<(), String> {
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    let found = checker::check(&paths, limit).err().unwrap_or_default();
    match found.first() {
        Some(finding) => Err(finding.to_string()),
        None => Ok(()),
    }
}

/// Holds the books of a report against each other.
fn check_books(report: &Value, is_whole: bool) -> Result<(), String> {
    let mut left_out = 0;
    for kind in ["user", "channel", "member", "message", "reaction"] {
        let of = |column: &str| {
            report["books"][kind][column]
                .as_u64()
                .unwrap_or(u64::MAX / 8)
        };
        let came = of("read") + of("made");
        let went = of("written") + of("merged") + of("excluded") + of("left_out");
        check(
            came == went,
            &format!("the book of {kind} does not balance"),
        )?;
        left_out += of("left_out");
    }
    check(
        (left_out == 0) == is_whole,
        "the exit status is not what the books say",
    )
}

fn check(is_so: bool, fault: &str) -> Result<(), String> {
    match is_so {
        true => Ok(()),
        false => Err(fault.to_owned()),
    }
}
