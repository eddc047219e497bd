//! The lean list of an archive's files: 40 bytes each and one arena of names.
//!
//! Exports of several million files are listed in memory, so nothing else is kept of a file.
//! Sorting, equal names and wrapping folders are settled here, once, for zips and folders alike.

use anyhow::{Context, Result};
use zip::CompressionMethod;

use crate::note::{Note, NoteKind};

/// Where the contents of a file are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// In the zip.
    Packed(Packed),
    /// In the folder, under the full name.
    File,
    /// In the folder, under the path of this number: the name is not Unicode.
    OddFile(u32),
}

/// What the zip's directory says about a file's contents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed {
    /// Where the local header begins, in bytes from the start of the zip.
    pub(crate) header: u64,
    /// The size of the compressed data, in bytes.
    pub(crate) bytes: u64,
    /// The checksum of the contents.
    pub(crate) crc: u32,
    /// How the contents are compressed.
    pub(crate) method: CompressionMethod,
}

/// One file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The size of the contents, in bytes, as the archive states it.
    pub(crate) size: u64,
    /// Where the contents are.
    pub(crate) place: Place,
    name_start: u32,
    name_bytes: u32,
}

const _: () = assert!(size_of::<Entry>() <= 40);

/// The files of an archive, in the order of their names.
#[derive(Debug)]
pub(crate) struct Index {
    names: String,
    entries: Vec<Entry>,
    /// The length of the wrapping folders' names, with the last slash.
    wrap_bytes: usize,
}

impl Index {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, entry: usize) -> Option<&Entry> {
        self.entries.get(entry)
    }

    pub(crate) fn name(&self, entry: usize) -> &str {
        let full_name = self.entries.get(entry).map(|entry| self.full_name(entry));
        full_name
            .and_then(|name| name.get(self.wrap_bytes..))
            .unwrap_or_default()
    }

    /// The name with the wrapping folders.
    pub(crate) fn full_name(&self, entry: &Entry) -> &str {
        name_of(&self.names, entry)
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let found = self.entries.binary_search_by(|entry| {
            let full_name = self.full_name(entry);
            full_name
                .get(self.wrap_bytes..)
                .unwrap_or_default()
                .cmp(name)
        });
        found.ok()
    }

    /// The name of the only file, if that is a zip.
    pub(crate) fn only_zip(&self) -> Option<&str> {
        let [entry] = self.entries.as_slice() else {
            return None;
        };
        let name = self.full_name(entry);
        let extension = name
            .len()
            .checked_sub(4)
            .and_then(|start| name.get(start..))?;
        extension.eq_ignore_ascii_case(".zip").then_some(name)
    }
}

/// Collects the files of an archive in any order.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    names: String,
    entries: Vec<Entry>,
}

impl Builder {
    /// Makes room for so many more files.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub(crate) fn reserve(&mut self, files: usize) -> Result<()> {
        let reserved = self.entries.try_reserve_exact(files);
        reserved.with_context(|| format!("not enough memory for a list of {files} files"))
    }

    /// Adds a file.
    ///
    /// # Errors
    /// If all names together have more than 4 GiB.
    pub(crate) fn push(&mut self, name: &str, size: u64, place: Place) -> Result<()> {
        let too_long = "the names of its files have more than 4 GiB";
        let name_start = u32::try_from(self.names.len()).context(too_long)?;
        let name_bytes = u32::try_from(name.len()).context(too_long)?;
        self.names.push_str(name);
        self.entries.push(Entry {
            size,
            place,
            name_start,
            name_bytes,
        });
        Ok(())
    }

    /// Sorts the files, keeps the last one of equal names, and takes wrapping folders off.
    pub(crate) fn finish(self, roots: &[&str], notes: &mut Vec<Note>) -> Index {
        let Builder {
            mut names,
            mut entries,
        } = self;
        names.shrink_to_fit();
        // Names were appended in the order of arrival, so the start of a name tells which of two
        // equal ones came last; that one is put first, where `dedup_by` keeps it. Zips hold folder after
        // folder, each in its order, and a stable sort takes such runs as they are.
        entries.sort_by(|a, b| {
            let by_name = name_of(&names, a).cmp(name_of(&names, b));
            by_name.then(b.name_start.cmp(&a.name_start))
        });
        entries.dedup_by(|dropped, kept| {
            let name = name_of(&names, dropped);
            let is_repeated = name == name_of(&names, kept);
            if is_repeated {
                notes.push(Note {
                    name: name.to_owned(),
                    kind: NoteKind::RepeatedName,
                });
            }
            is_repeated
        });
        entries.shrink_to_fit();
        let wrap_bytes = wrap_bytes(&names, &entries, roots);
        Index {
            names,
            entries,
            wrap_bytes,
        }
    }
}

/// The length of the folders that wrap everything and hide the first of `roots` that is found
/// below them; 0 if a root stands at the top, or none is found.
fn wrap_bytes(names: &str, entries: &[Entry], roots: &[&str]) -> usize {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return 0;
    };
    // In sorted names, what the first and the last have in common is common to all.
    let (first, last) = (name_of(names, first), name_of(names, last));
    let common = first
        .bytes()
        .zip(last.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let wraps = first.bytes().take(common).enumerate();
    let wraps = wraps
        .filter(|(_, byte)| *byte == b'/')
        .map(|(slash, _)| slash + 1);
    let is_there = |wanted: &str, is_match: fn(&str, &str) -> bool| {
        let at = entries.partition_point(|entry| name_of(names, entry) < wanted);
        entries
            .get(at)
            .is_some_and(|entry| is_match(name_of(names, entry), wanted))
    };
    let has_root = |wrap: usize| {
        let wrap = first.get(..wrap).unwrap_or_default();
        roots.iter().any(|root| {
            is_there(&format!("{wrap}{root}"), |name, file| name == file)
                || is_there(&format!("{wrap}{root}/"), |name, folder| {
                    name.starts_with(folder)
                })
        })
    };
    std::iter::once(0)
        .chain(wraps)
        .find(|wrap| has_root(*wrap))
        .unwrap_or(0)
}

fn name_of<'a>(names: &'a str, entry: &Entry) -> &'a str {
    let start = entry.name_start as usize;
    names
        .get(start..start + entry.name_bytes as usize)
        .unwrap_or_default()
}
