//! What is given to read: files, folders and zips, as one list of files.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use migrate_archive::{Archive, NoteKind};
use migrate_model::wording::safe;
use migrate_model::{Fit, Options};

use crate::bytes::{Bytes, Place};

/// Everything that was given.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) archives: Vec<Archive>,
    /// In the order in which they were given, those of a folder or a zip by name.
    pub(crate) files: Vec<Found>,
    /// The names of files that are none of delimited text.
    pub(crate) unread: Vec<String>,
}

/// A file that may be read.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) bytes: Bytes,
    /// Its path below what all inputs have in common, with `/` between folders.
    pub(crate) path: String,
    /// Its path as it was given.
    pub(crate) full_path: String,
    /// Whether it was named itself, so that it is read whatever it is called.
    pub(crate) is_named: bool,
}

/// Names that stand at the top of exports that come as a zip.
const ROOTS: &[&str] = &["users.csv", "channels.csv", "messages.csv"];

/// The endings of files that are read where nobody says which.
const ENDINGS: [&str; 4] = ["csv", "tsv", "tab", "psv"];

impl Inputs {
    /// Lists what was given, but for the file `except`, which is read as something else.
    ///
    /// # Errors
    /// If something is not there, cannot be read, or is no text; the text says what it is instead.
    pub(crate) fn list(
        paths: &[PathBuf],
        options: &Options,
        except: Option<&Path>,
    ) -> Result<Inputs> {
        if paths.is_empty() {
            bail!("no file was given");
        }
        let mut inputs = Inputs::default();
        let common = common_folder(paths);
        for path in paths {
            let shown = options.shown(path);
            let metadata = fs::metadata(path).with_context(|| format!("could not open {shown}"))?;
            if metadata.is_dir()
                || is_zip(path).with_context(|| format!("could not read {shown}"))?
            {
                inputs.add_archive(path, options, metadata.is_dir(), paths.len() > 1)?;
                continue;
            }
            let full_path = with_slashes(path);
            let relative = path.strip_prefix(&common).map(with_slashes);
            // Where standard input is kept says nothing of it.
            let is_piped = options.is_kept(path);
            let bytes = Bytes {
                place: Place::File(path.clone()),
                name: match is_piped {
                    true => options.name_of(path),
                    false => safe(&name_among(path, paths), 200),
                },
                count: metadata.len(),
            };
            let path = match is_piped {
                true => bytes.name.clone(),
                false => relative.unwrap_or_else(|_| full_path.clone()),
            };
            inputs.files.push(Found {
                full_path: if is_piped { path.clone() } else { full_path },
                path,
                bytes,
                is_named: true,
            });
        }
        let except = except.and_then(|path| path.canonicalize().ok());
        inputs
            .files
            .retain(|found| match (&found.bytes.place, &except) {
                (Place::File(path), Some(except)) => {
                    path.canonicalize().ok().as_ref() != Some(except)
                }
                _ => true,
            });
        Ok(inputs)
    }

    fn add_archive(
        &mut self,
        path: &Path,
        options: &Options,
        is_folder: bool,
        is_one_of_many: bool,
    ) -> Result<()> {
        let shown = options.shown(path);
        let archive = Archive::open_called(path, shown.clone(), ROOTS)?;
        if archive.find("[Content_Types].xml").is_some() {
            bail!(
                "{shown} is a workbook of a spreadsheet: save its sheets as `CSV UTF-8` and give those"
            );
        }
        let number = self.archives.len();
        let called = safe(&options.name_of(path), 200);
        for entry in 0..archive.len() {
            let name = archive.name(entry);
            // What a folder holds can be read in pieces, unless its name is not what it seems.
            let file = path.join(name);
            let place = match is_folder && file.is_file() {
                true => Place::File(file),
                false => Place::Entry {
                    archive: number,
                    entry,
                },
            };
            let bytes = Bytes {
                place,
                name: match is_one_of_many {
                    true => format!("{called}/{}", safe(name, 200)),
                    false => safe(name, 200),
                },
                count: archive.size(entry),
            };
            self.files.push(Found {
                bytes,
                path: name.to_owned(),
                full_path: format!("{}/{name}", with_slashes(path)),
                is_named: false,
            });
        }
        let unread = archive.notes().iter().filter(|note| {
            matches!(
                note.kind,
                NoteKind::RefusedName | NoteKind::RepeatedName | NoteKind::NotAFile
            )
        });
        self.unread.extend(unread.map(|note| safe(&note.name, 200)));
        self.archives.push(archive);
        Ok(())
    }

    /// Keeps the files that are of delimited text: those that were named, those whose names end
    /// accordingly, and those that `is_wanted`.
    ///
    /// # Errors
    /// If none is left.
    pub(crate) fn keep(&mut self, is_wanted: impl Fn(&Found) -> bool) -> Result<()> {
        let Inputs { files, unread, .. } = self;
        files.retain(|found| {
            let is_kept = found.is_named || is_wanted(found) || has_ending(&found.path);
            let is_kept = is_kept && (found.bytes.count > 0 || found.is_named);
            if !is_kept {
                unread.push(found.bytes.name.clone());
            }
            is_kept
        });
        if files.is_empty() {
            bail!(
                "there is no file of delimited text ({}) with anything in it in what was given{}",
                ENDINGS.map(|ending| format!("`.{ending}`")).join(", "),
                unread
                    .first()
                    .map(|it| format!("; `{it}` is none"))
                    .unwrap_or_default()
            );
        }
        Ok(())
    }
}

/// Whether something with these first bytes is delimited text, or holds some.
pub(crate) fn fit(path: &Path, head: &[u8]) -> Fit {
    let perhaps = |is_it: bool| if is_it { Fit::Perhaps } else { Fit::No };
    if path.is_dir() {
        return perhaps(has_any_ending(path, FOLDERS_DEEP));
    }
    if is_zip(path).unwrap_or(false) {
        let archive = Archive::open(path, ROOTS);
        return perhaps(
            archive.is_ok_and(|archive| {
                (0..archive.len()).any(|entry| has_ending(archive.name(entry)))
            }),
        );
    }
    if has_ending(&with_slashes(path)) {
        return Fit::Surely;
    }
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    let is_text = !line
        .iter()
        .any(|byte| *byte < b' ' && !b"\t\r".contains(byte));
    let is_cut = line.iter().any(|byte| b",;\t|".contains(byte));
    let is_other = matches!(head.trim_ascii_start().first(), Some(b'{' | b'[' | b'<'));
    let ending = path.extension().and_then(|it| it.to_str());
    let may_be = ending.is_none_or(|it| OTHER_ENDINGS.contains(&it.to_ascii_lowercase().as_str()));
    perhaps(is_text && is_cut && !is_other && may_be && !head.starts_with(b"#!"))
}

/// What files of delimited text may be called otherwise.
const OTHER_ENDINGS: [&str; 3] = ["txt", "dat", "log"];

/// How deep in a folder delimited text is looked for, and among how many files of each folder: it may be
/// a whole disk.
const FOLDERS_DEEP: usize = 2;
const FILES: usize = 1_000;

/// Whether a folder holds a file that is called as delimited text is.
fn has_any_ending(folder: &Path, deep: usize) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.take(FILES).any(|entry| {
        let path = entry.path();
        match entry.file_type().is_ok_and(|it| it.is_dir()) {
            true => deep > 1 && has_any_ending(&path, deep - 1),
            false => has_ending(&with_slashes(&path)),
        }
    })
}

/// Whether a file is called as delimited text is.
fn has_ending(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    let is_it = |it: &&str| ending.is_some_and(|ending| ending.eq_ignore_ascii_case(it));
    ENDINGS.iter().any(is_it)
}

/// The folder that holds all paths.
fn common_folder(paths: &[PathBuf]) -> PathBuf {
    let mut folders = paths
        .iter()
        .map(|path| path.parent().unwrap_or(path).to_path_buf());
    let mut common = folders.next().unwrap_or_default();
    for folder in folders {
        while !folder.starts_with(&common) {
            common = common.parent().map(Path::to_path_buf).unwrap_or_default();
        }
    }
    common
}

fn with_slashes(path: &Path) -> String {
    let pieces = path.components().map(|it| it.as_os_str().to_string_lossy());
    pieces.collect::<Vec<_>>().join("/")
}

/// Whether a file begins as a zip does, or is called so.
fn is_zip(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    fs::File::open(path)?.take(4).read_to_end(&mut start)?;
    let is_called_so = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("zip"));
    Ok(is_called_so || start == b"PK\x03\x04" || start == b"PK\x05\x06")
}

/// The name of a file without its folders, unless another one has the same.
fn name_among(path: &Path, paths: &[PathBuf]) -> String {
    let same = paths.iter().filter(|it| it.file_name() == path.file_name());
    match path.file_name() {
        Some(name) if same.count() < 2 => name.to_string_lossy().into_owned(),
        _ => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_below_what_they_have_in_common() {
        let check = |paths: &[&str], expected: &str| {
            let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
            assert_eq!(common_folder(&paths), Path::new(expected));
        };
        check(&["a/b/c.csv"], "a/b");
        check(&["a/b/c.csv", "a/d/e.csv"], "a");
        check(&["a/b.csv", "c/d.csv"], "");
        check(&["c.csv", "a/d.csv"], "");
        check(&["/x/a/b.csv", "/y/d.csv"], "/");
    }

    #[test]
    fn a_folder_is_listed_without_what_is_no_text() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        write("general/b.CSV", "x\n");
        write("general/a.tsv", "x\n");
        write("general/.DS_Store", "x\n");
        write("photo.png", "x\n");
        write("notes.txt", "x\n");
        write("empty.csv", "");
        let options = Options::default();
        let mut inputs = Inputs::list(&[folder.path().to_path_buf()], &options, None).unwrap();
        inputs.keep(|found| found.path == "notes.txt").unwrap();
        let paths: Vec<_> = inputs.files.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["general/a.tsv", "general/b.CSV", "notes.txt"]);
        assert_eq!(inputs.unread, ["empty.csv", "photo.png"]);
    }
}
