//! Lists and reads the files of an unpacked export.

use std::fs::{self, DirEntry, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::entry_name::{is_junk, is_junk_folder};
use crate::index::{Builder, Place};
use crate::note::{Note, NoteKind};
use crate::unpack::let_go;
use crate::{MAX_FILE_BYTES, check_cap};

/// A folder that is still to be listed.
struct Pending {
    /// Its path below the export's folder.
    path: PathBuf,
    /// The same, as the beginning of names: empty, or with a slash at the end.
    prefix: String,
    /// Whether `prefix` differs from `path`, because that is not Unicode.
    is_odd: bool,
}

/// Adds all files below `root`, in the order of their names.
///
/// Links to files are followed, links to folders are not: they may lead round in a circle.
///
/// # Errors
/// If a folder cannot be listed; the message names it.
pub(crate) fn list(
    root: &Path,
    builder: &mut Builder,
    odd_paths: &mut Vec<PathBuf>,
    notes: &mut Vec<Note>,
) -> Result<()> {
    let mut pending = vec![Pending {
        path: PathBuf::new(),
        prefix: String::new(),
        is_odd: false,
    }];
    while let Some(folder) = pending.pop() {
        let full_path = root.join(&folder.path);
        let cannot_list = || format!("could not list the folder `{}`", full_path.display());
        for child in children(&full_path).with_context(cannot_list)? {
            let file_name = child.file_name();
            let piece = file_name.to_string_lossy();
            let name = format!("{}{piece}", folder.prefix);
            let path = folder.path.join(&file_name);
            let is_odd = folder.is_odd || file_name.to_str().is_none();
            let file_type = child.file_type().with_context(cannot_list)?;
            if file_type.is_dir() {
                if !is_junk_folder(&piece) {
                    pending.push(Pending {
                        path,
                        prefix: name + "/",
                        is_odd,
                    });
                }
                continue;
            }
            if is_junk(&name) {
                continue;
            }
            let Some(size) = file_size(&child).with_context(cannot_list)? else {
                notes.push(Note {
                    name,
                    kind: NoteKind::NotAFile,
                });
                continue;
            };
            if !is_odd {
                builder.push(&name, size, Place::File)?;
                continue;
            }
            let odd = u32::try_from(odd_paths.len()).context("too many strange names")?;
            builder.push(&name, size, Place::OddFile(odd))?;
            odd_paths.push(path);
            notes.push(Note {
                name,
                kind: NoteKind::LossyName,
            });
        }
    }
    Ok(())
}

/// Reads a whole file into `contents`.
///
/// # Errors
/// If the file cannot be read, or has more than [`MAX_FILE_BYTES`].
pub(crate) fn read<'a>(path: &Path, contents: &'a mut Vec<u8>) -> Result<&'a [u8]> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    check_cap(bytes)?;
    let bytes = usize::try_from(bytes)?;
    let_go(contents, bytes);
    contents.clear();
    let reserved = contents.try_reserve_exact(bytes);
    reserved.with_context(|| format!("not enough memory for its {bytes} bytes"))?;
    // One byte over the cap tells a file that grew meanwhile from one that just fits.
    file.take(MAX_FILE_BYTES + 1).read_to_end(contents)?;
    check_cap(contents.len() as u64)?;
    Ok(contents)
}

/// What stands in a folder, in the order of the names.
///
/// Of two names that are equal once they are Unicode the last one counts, so the order must not be
/// the file system's.
fn children(folder: &Path) -> std::io::Result<Vec<DirEntry>> {
    let children: std::io::Result<Vec<DirEntry>> = fs::read_dir(folder)?.collect();
    let mut children = children?;
    children.sort_unstable_by_key(DirEntry::file_name);
    Ok(children)
}

/// The size of a file, or of the file that a link leads to; `None` if it is not a file.
fn file_size(child: &DirEntry) -> std::io::Result<Option<u64>> {
    let metadata = child.metadata()?;
    if !metadata.is_symlink() {
        return Ok(metadata.is_file().then_some(metadata.len()));
    }
    let target = fs::metadata(child.path())
        .ok()
        .filter(|target| target.is_file());
    Ok(target.map(|target| target.len()))
}
