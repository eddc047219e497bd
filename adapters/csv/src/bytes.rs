//! The bytes of files, wherever they are: ranges of a file, or of what a zip unpacks to.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context, Result};
use migrate_archive::platform::read_exact_at;
use migrate_archive::{Archive, Reader};

/// Where the bytes of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a file of its own.
    File(PathBuf),
    /// In an archive, by the numbers of both.
    Entry { archive: usize, entry: usize },
}

/// A file that is read.
#[derive(Clone, Debug)]
pub(crate) struct Bytes {
    pub(crate) place: Place,
    /// The name by which people know it.
    pub(crate) name: String,
    /// How many there are.
    pub(crate) count: u64,
}

/// Reads files for one worker. The file that was read last stays open, or in memory if it had to be
/// unpacked.
pub(crate) struct Access<'a> {
    archives: &'a [Archive],
    readers: Vec<Option<Reader<'a>>>,
    open: Option<(Place, Open)>,
}

enum Open {
    File(fs::File),
    Contents(Vec<u8>),
}

impl<'a> Access<'a> {
    pub(crate) fn new(archives: &'a [Archive]) -> Self {
        Access {
            archives,
            readers: archives.iter().map(|_| None).collect(),
            open: None,
        }
    }

    /// Reads a range of a file into `out`, from `at` on; what stood there goes. It need not be cleared
    /// before, so that nothing has to be zeroed.
    ///
    /// # Errors
    /// If it cannot be read, or has become shorter.
    pub(crate) fn read(
        &mut self,
        bytes: &Bytes,
        range: Range<u64>,
        out: &mut Vec<u8>,
        at: usize,
    ) -> Result<()> {
        let failed = || format!("could not read {}", bytes.name);
        let length = usize::try_from(range.end - range.start)?;
        match self.open(&bytes.place).with_context(failed)? {
            Open::File(file) => {
                out.resize(at + length, 0);
                let room = out.get_mut(at..).unwrap_or_default();
                read_exact_at(file, room, range.start).with_context(failed)
            }
            Open::Contents(contents) => {
                let start = usize::try_from(range.start)?;
                let piece = contents.get(start..start + length);
                out.truncate(at);
                out.extend_from_slice(piece.with_context(failed)?);
                Ok(())
            }
        }
    }

    fn open(&mut self, place: &Place) -> Result<&Open> {
        let open = match self.open.take() {
            Some((known, open)) if known == *place => open,
            _ => match *place {
                Place::File(ref path) => Open::File(fs::File::open(path)?),
                Place::Entry { archive, entry } => {
                    let missing = "there is no such archive";
                    let from = self.archives.get(archive).context(missing)?;
                    let reader = self.readers.get_mut(archive).context(missing)?;
                    let reader = match reader {
                        Some(reader) => reader,
                        none => none.insert(from.reader()?),
                    };
                    Open::Contents(reader.read(entry)?.to_vec())
                }
            },
        };
        Ok(&self.open.insert((place.clone(), open)).1)
    }
}
