//! Lists the files of a zip from its central directory.
//!
//! The `zip` crate's parser gives one entry at a time; only what an [`Entry`](crate::index::Entry)
//! needs is kept of it. Reading contents is left to [`crate::unpack`].

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use anyhow::{Context, Result, bail, ensure};
use zip::read::{ArchiveOffset, Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use crate::entry_name::{self, Named};
use crate::identify::{LOCAL_HEADER, describe_no_zip};
use crate::index::{Builder, Packed, Place};
use crate::note::{Note, NoteKind};
use crate::platform::read_exact_at;
use crate::unpack::LOCAL_HEADER_BYTES;

/// The size of an entry in the central directory without its name, in bytes. Source: PKWARE,
/// "APPNOTE.TXT - .ZIP File Format Specification" 6.3.10, 4.3.12, read 2026-08.
const DIRECTORY_HEADER_BYTES: u64 = 46;

/// How an entry of the central directory begins; source as above.
const DIRECTORY_HEADER: [u8; 4] = *b"PK\x01\x02";

/// How the end record begins, and how far it may stand from the end of the file: its own 22 bytes
/// and a comment. Source as above, 4.3.16.
const END_RECORD: [u8; 4] = *b"PK\x05\x06";
const END_RECORD_REACH: u64 = 22 + 0xffff;

/// From which size and ratio on a [`NoteKind::HighRatio`] is noted.
const HIGH_RATIO_FROM_BYTES: u64 = 1 << 20;
const HIGH_RATIO: u64 = 100;

/// Adds all files of the zip, in the order of its directory.
///
/// # Errors
/// If the file is not a zip, is cut off, damaged or encrypted. The message says what to do.
pub(crate) fn list(
    shown: &str,
    file: &File,
    length: u64,
    builder: &mut Builder,
    notes: &mut Vec<Note>,
) -> Result<()> {
    let damaged = || damaged(shown);
    let mut zip = find(shown, file, length)?;
    // The directory's own figure is foreign, what fits into the file is not.
    let most = usize::try_from(length / DIRECTORY_HEADER_BYTES)?;
    builder.reserve(zip.len().min(most))?;
    let mut occupied = 0_u64;
    let entries = zip.files().with_context(damaged)?;
    for entry in entries.by_ref() {
        let entry = entry.with_context(damaged)?;
        let bytes = entry
            .compressed_size()
            .saturating_add(LOCAL_HEADER_BYTES as u64);
        if entry.header_start().saturating_add(bytes) <= length {
            occupied = occupied.saturating_add(bytes);
        }
        push(shown, &entry, builder, notes)?;
    }
    // The reader now stands behind the last entry that was announced.
    let mut next = [0; DIRECTORY_HEADER.len()];
    if entries.reader_mut().read_exact(&mut next).is_ok() && next == DIRECTORY_HEADER {
        bail!(too_few_announced(shown));
    }
    ensure!(
        occupied <= length,
        "the files in the zip {shown} overlap, which real exports never do: download it again"
    );
    Ok(())
}

/// Finds the directory.
///
/// # Errors
/// If there is none; the message says what the file is instead.
fn find<'a>(shown: &str, file: &'a File, length: u64) -> Result<ZipIterable<Window<'a>>> {
    let cannot_read = || format!("could not read {shown}");
    let begins_as_zip = begins_as_zip(file, length).with_context(cannot_read)?;
    // A zip may stand behind a program that unpacks it. But when the file begins as a zip, an end
    // record that does not fit this beginning is that of a zip which was stored inside, and the
    // outer one is cut off.
    let archive_offset = match begins_as_zip {
        true => ArchiveOffset::Known(0),
        false => ArchiveOffset::Detect,
    };
    match ZipIterable::try_new(Window::new(file, length), Config { archive_offset }) {
        Ok(zip) if zip.is_empty() && begins_as_zip => bail!(too_few_announced(shown)),
        Ok(zip) => Ok(zip),
        Err(ZipError::Io(error)) => Err(error).with_context(cannot_read),
        Err(_) if !has_end_record(file, length).with_context(cannot_read)? => {
            bail!(describe_no_zip(shown, file, length)?)
        }
        Err(error) => Err(error).with_context(|| damaged(shown)),
    }
}

fn damaged(shown: &str) -> String {
    format!(
        "the directory of the zip {shown} cannot be read: download it again, or unzip it and give the folder"
    )
}

fn too_few_announced(shown: &str) -> String {
    format!(
        "the zip {shown} holds more files than it announces, as zips made by macOS do from 65,536 files on: give the unzipped folder"
    )
}

/// Adds one entry if it is a file.
fn push(
    shown: &str,
    entry: &ZipFileEntry<'_>,
    builder: &mut Builder,
    notes: &mut Vec<Note>,
) -> Result<()> {
    // The crate takes the name as UTF-8 where it is valid, whatever the flag says, else as CP437.
    // Source: Slack's zips have UTF-8 names and a clear flag; measured on public exports, 2026-08.
    let spelled = entry.name().with_context(|| damaged(shown))?;
    let note = |kind| Note {
        name: spelled.clone().into_owned(),
        kind,
    };
    let name = match entry_name::parse(&spelled) {
        Named::File(name) => name,
        Named::Ignored => return Ok(()),
        Named::Refused => {
            notes.push(note(NoteKind::RefusedName));
            return Ok(());
        }
    };
    if entry.encrypted() {
        bail!("the zip {shown} is encrypted: unzip it with its password and give the folder");
    }
    if entry.is_symlink() {
        notes.push(note(NoteKind::NotAFile));
        return Ok(());
    }
    let (size, bytes) = (entry.size(), entry.compressed_size());
    if size >= HIGH_RATIO_FROM_BYTES && size / HIGH_RATIO > bytes {
        notes.push(note(NoteKind::HighRatio));
    }
    let packed = Packed {
        header: entry.header_start(),
        bytes,
        crc: entry.crc32(),
        method: entry.compression(),
    };
    builder.push(&name, size, Place::Packed(packed))
}

/// Whether the file begins with the local header of an entry.
fn begins_as_zip(file: &File, length: u64) -> Result<bool> {
    let mut start = [0; LOCAL_HEADER.len()];
    if length < start.len() as u64 {
        return Ok(false);
    }
    read_exact_at(file, &mut start, 0)?;
    Ok(start == LOCAL_HEADER)
}

/// Whether there is anything like an end record where one must be.
fn has_end_record(file: &File, length: u64) -> Result<bool> {
    let reach = length.min(END_RECORD_REACH);
    let mut tail = vec![0; usize::try_from(reach)?];
    read_exact_at(file, &mut tail, length - reach)?;
    Ok(tail
        .windows(END_RECORD.len())
        .any(|bytes| bytes == END_RECORD))
}

/// A file with a cursor and a buffer that a seek within it keeps.
///
/// The parser seeks before each entry, which would empty a `BufReader` millions of times.
struct Window<'a> {
    file: &'a File,
    length: u64,
    position: u64,
    buffer: Vec<u8>,
    /// Where in the file `buffer` begins.
    start: u64,
}

impl<'a> Window<'a> {
    const BYTES: u64 = 1 << 16;

    fn new(file: &'a File, length: u64) -> Self {
        Self {
            file,
            length,
            position: 0,
            buffer: Vec::new(),
            start: 0,
        }
    }

    /// What the buffer has from the position on.
    fn buffered(&self) -> &[u8] {
        let skipped = self.position.checked_sub(self.start);
        let skipped = skipped.and_then(|skipped| usize::try_from(skipped).ok());
        skipped
            .and_then(|skipped| self.buffer.get(skipped..))
            .unwrap_or_default()
    }
}

impl Read for Window<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.buffered().is_empty() {
            let bytes = self.length.saturating_sub(self.position).min(Self::BYTES);
            self.buffer.resize(bytes as usize, 0);
            self.start = self.position;
            let filled = read_exact_at(self.file, &mut self.buffer, self.start);
            if let Err(error) = filled {
                self.buffer.clear();
                return Err(error);
            }
        }
        let count = self.buffered().read(target)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Window<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(delta) => self.length.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
