//! The files of an export, zipped or unpacked, through one interface.
//!
//! An [`Archive`] is a zip file or a folder. It is opened once, which gives the names and sizes of
//! all files in a small index; then each worker takes a [`Reader`] of its own and reads whole
//! files, in any order, or copies one that is large piece by piece. Nothing is extracted to disk
//! unless the caller does. What the files mean is left to the
//! adapters, and so is the way in which [`Note`]s are told to the user.

pub mod platform;

mod directory;
mod entry_name;
mod folder;
mod identify;
mod index;
mod note;
mod stream;
mod unpack;

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::index::{Builder, Index, Place};
pub use crate::note::{Note, NoteKind};
use crate::unpack::Unpacker;

/// The largest file that is read as a whole, in bytes: 2 GiB less one byte. It bounds the memory of a
/// worker.
pub const MAX_FILE_BYTES: u64 = (1 << 31) - 1;

/// A zip file or a folder with its list of files, shared by all workers.
///
/// Entries are numbered from 0 in the order of their names (by bytes), whatever the order in the
/// zip or in the file system. Folders, and files that operating systems leave behind (`__MACOSX`,
/// `.DS_Store`, `Thumbs.db`, `desktop.ini`, `._x`), are no entries.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    /// What it is called in messages.
    shown: String,
    /// The length of the zip file in bytes; `None` for a folder.
    zip_bytes: Option<u64>,
    index: Index,
    /// The real paths of the folder's files whose names are not Unicode.
    odd_paths: Vec<PathBuf>,
    notes: Vec<Note>,
    /// The largest file that is read as a whole, in bytes, and how more is allowed.
    most: (u64, &'static str),
}

impl Archive {
    /// Opens a zip file or a folder.
    ///
    /// `roots` are names that stand at the top of the export, files or folders. Folders that wrap
    /// everything are taken off the names if that brings one of `roots` to the top; without such a
    /// name, names stay as they are.
    ///
    /// # Errors
    /// If there is nothing at `path`, it is neither a zip nor a folder, it cannot be read, it is
    /// encrypted, cut off or damaged, or it holds nothing but another zip. The message says what
    /// it is and what to do.
    pub fn open(path: &Path, roots: &[&str]) -> Result<Archive> {
        Archive::open_called(path, format!("`{}`", path.display()), roots)
    }

    /// The same, with what it is called in messages: its path in backticks, or words.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn open_called(path: &Path, shown: String, roots: &[&str]) -> Result<Archive> {
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => bail!("{shown} does not exist"),
            other => other.with_context(|| format!("could not open {shown}"))?,
        };
        let mut notes = Vec::new();
        let mut odd_paths = Vec::new();
        let mut builder = Builder::default();
        let zip_bytes = if metadata.is_dir() {
            folder::list(path, &mut builder, &mut odd_paths, &mut notes)?;
            None
        } else if metadata.is_file() {
            let file = File::open(path).with_context(|| format!("could not open {shown}"))?;
            identify::refuse_other_formats(&shown, &file, metadata.len())?;
            directory::list(&shown, &file, metadata.len(), &mut builder, &mut notes)?;
            Some(metadata.len())
        } else {
            bail!(
                "{shown} is a device or a pipe: a zip is read from its end, so save it as a file and give that"
            );
        };
        let index = builder.finish(roots, &mut notes);
        if let Some(inner) = index.only_zip() {
            match zip_bytes {
                Some(_) => bail!(
                    "{shown} holds nothing but another zip, `{inner}`: take that out and give it"
                ),
                None => {
                    bail!("the folder {shown} holds nothing but a zip, `{inner}`: give that file")
                }
            }
        }
        Ok(Archive {
            path: path.to_path_buf(),
            shown,
            zip_bytes,
            index,
            odd_paths,
            notes,
            most: (MAX_FILE_BYTES, ""),
        })
    }

    /// Whether it is a zip file, and no folder.
    pub fn is_zip(&self) -> bool {
        self.zip_bytes.is_some()
    }

    /// Sets the largest file that is read as a whole, in bytes; [`MAX_FILE_BYTES`] stays the most.
    /// `cure` says how more is allowed, and stands at the end of the error.
    pub fn allow(&mut self, bytes: u64, cure: &'static str) {
        self.most = (bytes.min(MAX_FILE_BYTES), cure);
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.index.len() == 0
    }

    /// The name of an entry, `/`-separated, without wrapping folders.
    ///
    /// A number that is not below [`Archive::len`] has the empty name, which no entry has.
    pub fn name(&self, entry: usize) -> &str {
        self.index.name(entry)
    }

    /// The size of an entry's contents, in bytes, as the archive states it; 0 for a number that is
    /// not below [`Archive::len`].
    pub fn size(&self, entry: usize) -> u64 {
        self.index.get(entry).map_or(0, |entry| entry.size)
    }

    /// The number of the entry with exactly this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.index.find(name)
    }

    /// What was noticed while opening, in the order in which it was met.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// A reader for one worker, with its own file handle, decompressor and buffers, so that workers
    /// never wait for each other.
    ///
    /// # Errors
    /// If the zip cannot be opened again, or has another length than before.
    pub fn reader(&self) -> Result<Reader<'_>> {
        let shown = &self.shown;
        let unpacker = match self.zip_bytes {
            Some(bytes) => {
                let open = || -> std::io::Result<(File, u64)> {
                    let file = File::open(&self.path)?;
                    let length = file.metadata()?.len();
                    Ok((file, length))
                };
                let (file, length) = open().with_context(|| format!("could not open {shown}"))?;
                ensure!(
                    length == bytes,
                    "{shown} was changed while it was read: start again"
                );
                Some(Unpacker::new(file, bytes))
            }
            None => None,
        };
        Ok(Reader {
            archive: self,
            unpacker,
            contents: Vec::new(),
        })
    }
}

/// Reads files of an [`Archive`], for one worker.
pub struct Reader<'a> {
    archive: &'a Archive,
    /// `None` for a folder.
    unpacker: Option<Unpacker>,
    contents: Vec<u8>,
}

impl Reader<'_> {
    /// The whole contents of an entry, valid until the next read.
    ///
    /// Of a zip's entry the checksum and the size have been checked.
    ///
    /// # Errors
    /// If there is no such entry, it cannot be read or unpacked, or is not what the archive states;
    /// if it is larger than what is allowed or than compressed data of its size can be. Other
    /// entries can still be read.
    pub fn read(&mut self, entry: usize) -> Result<&[u8]> {
        let archive = self.archive;
        self.read_entry(entry).with_context(|| {
            let name = archive.name(entry);
            format!("could not read `{name}` in {}", archive.shown)
        })
    }

    /// Writes the whole contents of an entry to `out`, piece by piece, whatever their size; `each` is
    /// given the size of each piece when it is written, and may break off.
    ///
    /// # Errors
    /// As [`Reader::read`], but for the size; if `out` cannot be written, and whatever `each` says.
    /// What was written until then is not to be used.
    pub fn copy(
        &mut self,
        entry: usize,
        out: &mut dyn Write,
        each: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<()> {
        let archive = self.archive;
        self.copy_entry(entry, out, each).with_context(|| {
            let name = archive.name(entry);
            format!("could not unpack `{name}` of {}", archive.shown)
        })
    }

    fn copy_entry(
        &mut self,
        number: usize,
        out: &mut dyn Write,
        each: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<()> {
        let archive = self.archive;
        let missing = "there is no such file";
        let entry = archive.index.get(number).context(missing)?;
        let full_name = archive.index.full_name(entry);
        let mut contents: Box<dyn Read> = match (entry.place, &self.unpacker) {
            (Place::Packed(packed), Some(unpacker)) => {
                let contents = unpacker.open(&packed, entry.size)?;
                return stream::copy(contents, Some((entry.size, packed.crc)), out, each);
            }
            (Place::OddFile(odd), _) => {
                let path = archive.odd_paths.get(odd as usize).context(missing)?;
                Box::new(File::open(archive.path.join(path))?)
            }
            _ => Box::new(File::open(archive.path.join(full_name))?),
        };
        stream::copy(&mut contents, None, out, each)
    }

    fn read_entry(&mut self, number: usize) -> Result<&[u8]> {
        let archive = self.archive;
        let missing = "there is no such file";
        let entry = archive.index.get(number).context(missing)?;
        let full_name = archive.index.full_name(entry);
        let (most, cure) = archive.most;
        ensure!(
            entry.size <= most || most == MAX_FILE_BYTES,
            "it has {} bytes, and a single file may have at most {most}; {cure}",
            entry.size
        );
        let contents = &mut self.contents;
        match (entry.place, &mut self.unpacker) {
            (Place::Packed(packed), Some(unpacker)) => {
                unpacker.read(&packed, entry.size, full_name.len(), contents)
            }
            (Place::OddFile(odd), _) => {
                let path = archive.odd_paths.get(odd as usize).context(missing)?;
                folder::read(&archive.path.join(path), contents)
            }
            _ => folder::read(&archive.path.join(full_name), contents),
        }
    }
}

/// Compiles what the README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Fails for a file that is too large to be read as a whole.
fn check_cap(bytes: u64) -> Result<()> {
    ensure!(
        bytes <= MAX_FILE_BYTES,
        "it has {bytes} bytes, and a single file may have at most {MAX_FILE_BYTES} (2 GiB)"
    );
    Ok(())
}
