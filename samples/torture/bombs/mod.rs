//! Bombs: inputs that are small where they lie and large where they are read, or of a form that costs
//! far more than its size.
//!
//! None may take more memory or time than is written beside it, whatever the machine has.

mod files;
mod maps;
mod programs;

use std::{collections::BTreeSet, ffi::OsStr, fs, path::Path, time::Duration};

use anyhow::Result;

use crate::hostile::trial::{End, LIMIT, check_parts, names};
use crate::measure::measure;
use crate::row::{Row, Table};
use crate::setting::Setting;

/// A bomb.
pub(crate) struct Bomb {
    /// What it is, for the table.
    what: &'static str,
    /// Its file.
    name: &'static str,
    /// Writes the file.
    make: fn(&Path) -> Result<()>,
    /// The command and its options, without the file.
    args: &'static str,
    /// How it ends.
    want: Want,
    /// The most memory that it may take, in MB.
    peak: u64,
}

/// How a bomb has to end.
enum Want {
    /// With an error that says this.
    Refused(&'static str),
    /// With output.
    Written,
}

/// How long a bomb may take, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(300);

/// The most address space that a bomb gets, in kB, so that one that goes off takes no machine down.
const SPACE: &str = "6000000";

/// The most processor time that a bomb gets, in seconds, so that one that goes on without end is ended: as
/// much as two cores have within [`PATIENCE`].
const PROCESSOR: &str = "600";

/// The most that one of its files may have, in 512 bytes: half a gigabyte. What never ends fills a disk.
const FILE: &str = "1000000";

/// Adds a row for each bomb.
pub(crate) fn run(setting: &Setting, table: &mut Table) -> Result<()> {
    if setting.bombs == 0 || !cfg!(unix) {
        return Ok(());
    }
    let bombs = [files::BOMBS, programs::BOMBS, maps::BOMBS];
    let words = &setting.bombs_with;
    let is_asked_for =
        |it: &&Bomb| words.is_empty() || words.iter().any(|words| it.what.contains(words.as_str()));
    for bomb in bombs.into_iter().flatten().filter(is_asked_for) {
        let mut row = Row::new(bomb.what);
        let folder = setting.folder()?;
        (bomb.make)(&folder.path().join(bomb.name))?;
        for _ in 0..setting.bombs {
            let end = set_off(setting, bomb, folder.path(), &mut row)?;
            row.take(end);
        }
        table.add(&row);
    }
    Ok(())
}

/// Runs the program on a bomb in a folder.
fn set_off(
    setting: &Setting,
    bomb: &Bomb,
    folder: &Path,
    row: &mut Row,
) -> Result<Result<(End, Duration), String>> {
    let output = folder.join("out.json");
    let input = folder.join(bomb.name);
    let (command, options) = bomb.args.split_once(' ').unwrap_or((bomb.args, ""));
    // Adapters that are programs stand beside the input.
    let script = "cd \"$1\"; ulimit -v \"$0\"; ulimit -t \"$2\"; trap '' XFSZ; ulimit -f \"$3\"; shift 3; PATH=\"$PWD:$PATH\" exec \"$@\"";
    let mut line: Vec<&OsStr> = ["/bin/sh", "-c", script, SPACE].map(OsStr::new).to_vec();
    line.extend([
        folder.as_os_str(),
        OsStr::new(PROCESSOR),
        OsStr::new(FILE),
        setting.program.as_os_str(),
    ]);
    line.extend([OsStr::new(command), input.as_os_str(), OsStr::new("-q")]);
    line.extend(options.split_whitespace().map(OsStr::new));
    if command != "validate" {
        line.extend([OsStr::new("-o"), output.as_os_str()]);
    }
    let before = names(folder);
    let usage = measure(&line)?;
    row.peak_bytes = row.peak_bytes.max(usage.peak_bytes);
    let new: BTreeSet<String> = names(folder).difference(&before).cloned().collect();
    let is_said = |words| usage.complaint.contains(words);
    let end = match (usage.status, &bomb.want) {
        (Some(2), Want::Refused(words)) if is_said(words) && new.is_empty() => Ok(End::Refused),
        (Some(code @ (0 | 1)), Want::Written) => {
            let parts: Vec<&str> = new.iter().map(String::as_str).collect();
            let is_records = !matches!(command, "validate" | "preview");
            let judged = if is_records {
                check_parts(folder, &parts, LIMIT)
            } else {
                Ok(())
            };
            judged.map(|()| {
                if code == 0 {
                    End::Complete
                } else {
                    End::LeftOut
                }
            })
        }
        _ => Err(format!("status {:?}, left {new:?}", usage.status)),
    };
    for name in &new {
        let path = folder.join(name);
        match path.is_dir() {
            true => fs::remove_dir_all(path)?,
            false => fs::remove_file(path)?,
        }
    }
    let said: String = usage.complaint.chars().take(500).collect();
    let is_small = usage
        .peak_bytes
        .is_none_or(|bytes| bytes <= bomb.peak * 1_000_000);
    let is_quick = usage.wall <= PATIENCE;
    Ok(end
        .and_then(|end| match is_small && is_quick {
            true => Ok((end, usage.wall)),
            false => Err("it took too much".to_owned()),
        })
        .map_err(|fault| {
            format!(
                "{fault}; {:?}, {:?} bytes: {said}",
                usage.wall, usage.peak_bytes
            )
        }))
}
