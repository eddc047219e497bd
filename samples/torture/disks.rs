//! Disks that are full at a random byte: a small file system of the system's memory, where this user
//! may have one, and a limit for the size of every file, which anybody may set.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::hostile::{
    odd::Draw,
    trial::{self, End, Outcome, names},
};
use crate::row::{Row, Table};
use crate::setting::{Setting, draw};
use crate::subject::{OLD, Subject};

/// How large the small file system is, in bytes.
const DISK_BYTES: u64 = 64 << 20;

/// Room for what the program says, in bytes.
const SAID_BYTES: usize = 4 << 10;

/// Adds a row for each kind of full disk.
pub(crate) fn run(setting: &Setting, table: &mut Table) -> Result<()> {
    if setting.full_disks == 0 || !cfg!(unix) {
        return Ok(());
    }
    let subjects = Subject::all(setting)?;
    let disk = Disk::mount(setting)?;
    if disk.is_none() {
        eprintln!(
            "skipped: a small disk may not be mounted here, so all limits are those of files"
        );
    }
    let mut on_disk = Row::new("a disk that is full at a random byte, run again with room");
    let mut of_files = Row::new("files that may not pass a random size, run again without");
    for case in 0..setting.full_disks {
        let draw = &mut draw(2, case);
        let subject = draw.pick(&subjects);
        let (row, end) = match &disk {
            Some(disk) if case % 2 == 0 => (&mut on_disk, full(setting, disk, subject, draw)),
            _ => (&mut of_files, limited(setting, subject, draw)),
        };
        row.take(
            end.map_err(|fault| format!("case {case}: {fault:#}"))
                .map(|(end, outcome)| (end, outcome.wall)),
        );
    }
    if disk.is_some() {
        table.add(&on_disk);
    }
    table.add(&of_files);
    Ok(())
}

/// A run on a disk with room for so many bytes.
fn full(
    setting: &Setting,
    disk: &Disk,
    subject: &Subject,
    draw: &mut Draw,
) -> Result<(End, Outcome)> {
    let all: usize = subject.parts.values().map(Vec::len).sum();
    // A run needs about the size of the output and one or two parts more. What it says is taken in a
    // file on this disk too, which needs a page.
    let room = (SAID_BYTES + draw.below(all * 3 / 2)) as u64;
    let folder = tempfile::tempdir_in(&disk.0)?;
    let had_old = begin(folder.path(), draw)?;
    let filler = disk.0.join("filler");
    io::copy(
        &mut io::repeat(0).take(DISK_BYTES - room),
        &mut File::create(&filler)?,
    )?;
    let outcome = trial::run(
        &setting.program,
        folder.path(),
        &subject.line("out.json", &["--force"]),
    );
    fs::remove_file(&filler)?;
    ended(setting, subject, folder.path(), had_old, outcome)
}

/// A run none of whose files may have more than so many bytes.
fn limited(setting: &Setting, subject: &Subject, draw: &mut Draw) -> Result<(End, Outcome)> {
    let largest = subject.parts.values().map(Vec::len).max().unwrap_or(0);
    let blocks = draw.below(largest * 3 / 512).to_string();
    let folder = setting.folder()?;
    let had_old = begin(folder.path(), draw)?;
    // The signal that comes with the limit is ignored, so that writing fails as on a full disk.
    let script = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";
    let line = subject.line("out.json", &["--force"]);
    let program = setting.program.display().to_string();
    let head = ["-c", script, &blocks, &program].map(str::to_owned);
    let line: Vec<String> = head.into_iter().chain(line).collect();
    let outcome = trial::run(Path::new("/bin/sh"), folder.path(), &line);
    ended(setting, subject, folder.path(), had_old, outcome)
}

/// Puts an older output there, every other time.
fn begin(folder: &Path, draw: &mut Draw) -> Result<bool> {
    let has_old = draw.below(2) == 0;
    if has_old {
        fs::write(folder.join("out.json"), OLD)?;
    }
    Ok(has_old)
}

/// Judges how a run ended, and runs again where nothing is short.
fn ended(
    setting: &Setting,
    subject: &Subject,
    folder: &Path,
    had_old: bool,
    outcome: Outcome,
) -> Result<(End, Outcome)> {
    let told = |what: &str| anyhow::anyhow!("{what}: {outcome:?}: {:?}", names(folder));
    subject
        .check(folder, had_old, true)
        .map_err(|it| told(&it))?;
    let end = match outcome.code {
        Some(0) => End::Complete,
        Some(2) => End::Refused,
        _ => bail!(told("it did not end by itself")),
    };
    let said = outcome.stderr.as_str();
    let has_cure = said.contains("write to another") && said.contains("could not write ");
    let is_told = said.starts_with("error: ") && said.contains("os error") && has_cure;
    if end == End::Refused && !is_told {
        bail!(told("it does not say what happened"));
    }
    let again = trial::run(
        &setting.program,
        folder,
        &subject.line("out.json", &["--force"]),
    );
    if again.code != Some(0) {
        bail!(told(&format!("the next run fails: {}", again.stderr)));
    }
    subject.check(folder, false, true).map_err(|it| told(&it))?;
    Ok((end, outcome))
}

/// A small file system; taken away when dropped.
struct Disk(PathBuf);

impl Disk {
    /// `None` if this user may not have one.
    fn mount(setting: &Setting) -> Result<Option<Disk>> {
        let path = setting.dir.join("disk");
        fs::create_dir_all(&path).context("a folder for the disk")?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "tmpfs"])
            .arg(&path)
            .stderr(Stdio::null())
            .status();
        Ok(mounted.is_ok_and(|it| it.success()).then_some(Disk(path)))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
