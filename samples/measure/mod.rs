//! Finds the program, runs it and says what it used. What is run and what is made of the numbers is
//! left to `bench` and `torture`.
//!
//! The system tells a process what all its children used together, so each run gets a parent of
//! its own: this program starts itself once more, and that one starts the program to measure. It
//! also keeps the numbers clean, since a child's peak begins at the size of its parent.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{self, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

/// The subcommand, not meant for people, that measures one run.
pub(crate) const COMMAND: &str = "measure";

/// The program that was named, else `migrate` in the target folder whose `examples` this one stands
/// in.
///
/// # Errors
/// If there is none.
pub(crate) fn program(named: Option<PathBuf>) -> Result<PathBuf> {
    let program = match named {
        Some(program) => program.canonicalize().unwrap_or(program),
        None => {
            let own = env::current_exe().context("could not find out where this program stands")?;
            let folder = own.parent().and_then(Path::parent);
            let folder =
                folder.context("this program stands in no target folder; use `--program`")?;
            folder.join(format!("migrate{}", env::consts::EXE_SUFFIX))
        }
    };
    ensure!(
        program.is_file(),
        "there is no program at {}; build it with `cargo build --release`",
        program.display(),
    );
    Ok(program)
}

/// What one run used.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    /// From start to end.
    pub(crate) wall: Duration,
    /// User and system time of all threads; `None` where the system does not tell.
    pub(crate) cpu: Option<Duration>,
    /// The most memory that was resident at a time; `None` where the system does not tell.
    pub(crate) peak_bytes: Option<u64>,
    /// The exit status; `None` after a signal.
    pub(crate) status: Option<i32>,
    /// What it wrote to standard error.
    pub(crate) complaint: String,
}

impl Usage {
    /// The times of the faster of two runs, and the higher peak.
    pub(crate) fn or_better(self, other: Usage) -> Usage {
        let peak_bytes = self.peak_bytes.max(other.peak_bytes);
        let faster = match self.wall <= other.wall {
            true => self,
            false => other,
        };
        Usage {
            peak_bytes,
            ..faster
        }
    }
}

/// Runs a program, its standard output thrown away.
///
/// # Errors
/// When the program cannot be started.
pub(crate) fn measure(line: &[&OsStr]) -> Result<Usage> {
    let own = env::current_exe().context("could not find out where this program stands")?;
    let output = process::Command::new(own)
        .arg(COMMAND)
        .arg("--")
        .args(line)
        .output()
        .context("could not start this program once more")?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("{}", complaint.trim());
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    let mut numbers = printed.split_whitespace().map(|it| it.parse::<u64>().ok());
    let mut number = || numbers.next().flatten();
    Ok(Usage {
        wall: number()
            .map(Duration::from_micros)
            .context("the measured run printed no time")?,
        cpu: number().map(Duration::from_micros),
        peak_bytes: number(),
        status: number().and_then(|it| i32::try_from(it).ok()),
        complaint,
    })
}

pub(crate) fn command() -> Command {
    let line = Arg::new("line")
        .required(true)
        .action(ArgAction::Append)
        .value_parser(value_parser!(OsString))
        .num_args(1..)
        .last(true);
    Command::new(COMMAND).hide(true).arg(line)
}

/// The other half of [`measure`], in a process of its own: microseconds, microseconds of
/// processor time, bytes and the exit status on one line, `-` for what is not known.
///
/// # Errors
/// When the program cannot be started.
pub(crate) fn serve(arguments: &ArgMatches) -> Result<ExitCode> {
    let mut line = arguments.get_many::<OsString>("line").unwrap_or_default();
    let program = line.next().context("no program was named")?;
    let begin = Instant::now();
    let status = process::Command::new(program)
        .args(line)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("could not run {}", program.display()))?;
    let wall = begin.elapsed().as_micros();
    let (cpu, peak) = children();
    let or_dash = |number: Option<u64>| number.map_or("-".to_owned(), |it| it.to_string());
    let code = status.code().and_then(|it| u64::try_from(it).ok());
    println!(
        "{wall} {} {} {}",
        or_dash(cpu),
        or_dash(peak),
        or_dash(code)
    );
    Ok(ExitCode::SUCCESS)
}

/// The most memory that was resident at a time in any child that has ended, in bytes; `None` where the
/// system does not tell.
#[allow(dead_code, reason = "the bench measures each run by itself")]
pub(crate) fn peak_of_children() -> Option<u64> {
    children().1
}

/// Processor time in microseconds and peak memory in bytes of all children that have ended.
#[cfg(unix)]
fn children() -> (Option<u64>, Option<u64>) {
    use nix::sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike,
    };

    // Source: getrusage(2); Linux counts in units of 1,024 bytes, macOS in bytes.
    let unit = if cfg!(target_vendor = "apple") {
        1
    } else {
        1_024
    };
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return (None, None);
    };
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let peak = u64::try_from(usage.max_rss()).ok().map(|it| it * unit);
    (u64::try_from(cpu).ok(), peak)
}

#[cfg(not(unix))]
fn children() -> (Option<u64>, Option<u64>) {
    (None, None)
}
