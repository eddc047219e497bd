//! Runs that are ended at random times, by signals that can be caught and by one that cannot; then the
//! same run again.

use std::{
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::hostile::{
    odd::Draw,
    trial::{self, End, names},
};
use crate::row::{Row, Table};
use crate::setting::{Setting, draw};
use crate::subject::{OLD, Subject};

/// What ends a run: a name, its number on every system, and whether the run can clean up.
const SIGNALS: [(&str, i32, bool); 4] = [
    ("KILL", 9, false),
    ("INT", 2, true),
    ("TERM", 15, true),
    ("HUP", 1, true),
];

/// Adds a row for `kill -9`, and one for the others.
pub(crate) fn run(setting: &Setting, table: &mut Table) -> Result<()> {
    let mut rows = [
        Row::new("`kill -9` at a random time, run again"),
        Row::new("SIGINT, SIGTERM, SIGHUP at a random time, run again"),
    ];
    if setting.kills == 0 || !cfg!(unix) {
        return Ok(());
    }
    let subjects = Subject::all(setting)?;
    for case in 0..setting.kills {
        let draw = &mut draw(1, case);
        let subject = draw.pick(&subjects);
        // Every other one is by the signal that nobody can catch.
        let signal = SIGNALS[(case % 2) * (1 + draw.below(3))];
        let row = &mut rows[usize::from(signal.2)];
        match kill(setting, subject, signal, draw) {
            Ok((true, wall)) => {
                row.ended += 1;
                row.slowest = row.slowest.max(wall);
            }
            Ok((false, wall)) => row.take(Ok((End::Complete, wall))),
            Err(fault) => row.take(Err(format!("case {case}: {fault:#}"))),
        }
    }
    rows.iter().for_each(|row| table.add(row));
    Ok(())
}

/// Ends a run, looks at what is there, and runs again. Whether the run was ended before it was complete.
fn kill(
    setting: &Setting,
    subject: &Subject,
    (signal, number, cleans): (&str, i32, bool),
    draw: &mut Draw,
) -> Result<(bool, Duration)> {
    let folder = setting.folder()?;
    let folder = folder.path();
    let had_old = draw.below(2) == 0;
    if had_old {
        std::fs::write(folder.join("out.json"), OLD)?;
    }
    let micros = subject.wall.as_micros() as usize;
    let delay = Duration::from_micros(draw.below(micros * 11 / 10 + 1) as u64);
    let (status, wall) = ended_after(setting, subject, folder, signal, delay)?;
    let (code, ended_by) = (status.code(), signal_of(status));
    let is_ended = code != Some(0);
    let told = |what: &str| {
        let names = names(folder);
        anyhow::anyhow!(
            "{what} after SIG{signal} at {delay:?} of {wall:?}, status {code:?}: {names:?}"
        )
    };
    subject
        .check(folder, had_old, is_ended && cleans)
        .map_err(|it| told(&it))?;
    // One that comes before the run listens for it ends it as well, and nothing has begun.
    let is_by_itself = matches!(code, Some(0 | 2));
    if !is_by_itself && ended_by != Some(number) {
        return Err(told("it ended in another way"));
    }
    let again = trial::run(
        &setting.program,
        folder,
        &subject.line("out.json", &["--force"]),
    );
    if again.code != Some(0) {
        return Err(told(&format!("the next run fails: {}", again.stderr)));
    }
    subject
        .check(folder, false, true)
        .map_err(|it| told(&format!("{it} by the next run")))?;
    Ok((is_ended, wall))
}

/// The signal that ended a process.
#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// No process is ended by one here.
#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}

/// Starts a run and ends it; gives how it ended, and how long it took.
fn ended_after(
    setting: &Setting,
    subject: &Subject,
    folder: &Path,
    signal: &str,
    delay: Duration,
) -> Result<(ExitStatus, Duration)> {
    let start = Instant::now();
    let mut child: Child = Command::new(&setting.program)
        .args(subject.line("out.json", &["--force"]))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("the program can be started")?;
    thread::sleep(delay);
    // One that has ended already is told by the system.
    Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .stderr(Stdio::null())
        .status()
        .context("the command `kill`")?;
    let status = child.wait()?;
    Ok((status, start.elapsed()))
}
