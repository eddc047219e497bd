//! What is checked of a file before it is written, by every command that writes one.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::getstream::Spelling;
use crate::parts::target::Target;

/// Says what to do about a full disk, or a file that may not be so large; `needs` is how much room a
/// run needs.
pub fn with_cure(error: anyhow::Error, needs: &str) -> anyhow::Error {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => error.context(format!(
            "the disk is full; make room, or write to another one (a run needs about {needs})"
        )),
        Some(io::ErrorKind::FileTooLarge) => error.context(
            "no file may be so large here; write to another disk, or allow more (`ulimit -f`)",
        ),
        _ => error,
    }
}

/// What is said of a file that could not be written.
pub fn unwritten(path: &Path) -> String {
    format!("could not write `{}`", path.display())
}

/// How the output is written, by its extension or the format that was asked for.
///
/// # Errors
/// If neither tells.
pub fn spelling(output: &Path, format: Option<&str>) -> Result<Spelling> {
    let by_extension = Spelling::of(output);
    match format {
        Some("jsonl") => Ok(Spelling::Jsonl),
        Some(_) => Ok(Spelling::Array),
        None => by_extension.with_context(|| {
            format!(
                "the output `{}` should end in `.json` (one array) or `.jsonl` (JSON Lines); or say `--format`",
                output.display()
            )
        }),
    }
}

/// Fails if there is output already.
///
/// # Errors
/// If there is, or the folder cannot be read.
pub fn refuse_existing(target: &Target) -> Result<()> {
    let existing = target.existing()?;
    let Some(first) = existing.first() else {
        return Ok(());
    };
    let exist = match existing.len() {
        1 => "exists".to_owned(),
        count => format!("and {} more exist", count - 1),
    };
    bail!(
        "the output `{}` {exist} already; use another name, or `--force` to replace it",
        first.display()
    )
}

/// Checks that a file can be written, as far as its name tells.
///
/// # Errors
/// If its folder does not exist, or it is a folder or standard output.
pub fn check_file(path: &Path, what: &str) -> Result<()> {
    if path == Path::new("-") {
        bail!("the {what} goes to a file and not to standard output; name one");
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        bail!(
            "the folder `{}` of the {what} does not exist; create it first",
            folder.display()
        );
    }
    if path.is_dir() {
        bail!("the {what} `{}` is a folder; give a file", path.display());
    }
    Ok(())
}

/// Fails if a file that would be replaced is something else than what would replace it.
///
/// # Errors
/// If it is.
pub fn refuse_foreign_file(path: &Path, what: &str, start: &str) -> Result<()> {
    // Reading from a pipe, which may be written to, would wait for ever.
    if !path.is_file() {
        return Ok(());
    }
    // White space may stand between all that is compared.
    let bytes = 2 * start.len() as u64;
    let mut head = Vec::new();
    let read = File::open(path).map(|file| file.take(bytes).read_to_end(&mut head));
    let text: String = String::from_utf8_lossy(&head).split_whitespace().collect();
    // Nothing but blanks is as good as nothing, if that is all.
    let is_blank = text.is_empty() && (head.len() as u64) < bytes;
    if read.is_err() || !is_blank && !text.starts_with(start) {
        bail!(
            "`{}` exists and is no {what}; use another name, or `--force` to replace it",
            path.display()
        );
    }
    Ok(())
}

/// Fails if a file would be written within a folder that is read.
///
/// # Errors
/// If it would.
pub fn refuse_inside(input: &Path, folder: &Path, what: &str) -> Result<()> {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let (Ok(real), Ok(folder)) = (input.canonicalize(), folder.canonicalize()) else {
        return Ok(());
    };
    if real.is_dir() && folder.starts_with(&real) {
        bail!(
            "the {what} would stand in the input `{}`, and be read as a part of it next time; choose another folder",
            input.display()
        );
    }
    Ok(())
}

/// Whether two paths lead to the same place, as far as they exist.
pub fn is_one(path: &Path, other: &Path) -> bool {
    match (path.canonicalize(), other.canonicalize()) {
        (Ok(path), Ok(other)) => path == other,
        (Err(_), Err(_)) => {
            let folder = |path: &Path| match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.canonicalize().ok(),
                _ => Path::new(".").canonicalize().ok(),
            };
            path.file_name() == other.file_name() && folder(path) == folder(other)
        }
        _ => false,
    }
}
