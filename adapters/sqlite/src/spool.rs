//! Rows that are kept in a work file: those of queries that cannot be read in pieces, each query
//! being run once.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, anyhow, bail};
use migrate_archive::platform::read_exact_at;
use migrate_mapping::Cell;

/// About how many bytes of rows are read together.
const CHUNK_BYTES: u64 = 1 << 20;

/// How many bytes work files may still take.
#[derive(Debug)]
pub(crate) struct Room {
    left: AtomicU64,
    most: u64,
}

impl Room {
    /// Room for `most` bytes, of which some are taken.
    pub(crate) fn new(most: u64, taken: u64) -> Room {
        Room {
            left: AtomicU64::new(most.saturating_sub(taken)),
            most,
        }
    }

    fn take(&self, bytes: u64) -> Result<()> {
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            });
        match taken {
            Ok(_) => Ok(()),
            Err(_) => bail!(
                "work files take more than the {} bytes that they may: allow more by `--max-temp-size`",
                self.most
            ),
        }
    }
}

/// Writes rows into a work file.
pub(crate) struct Spooler<'r> {
    file: BufWriter<File>,
    room: &'r Room,
    chunks: Vec<Chunk>,
    rows: u64,
    at: u64,
    row: Vec<u8>,
}

/// Rows that are read together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    /// Where they begin.
    pub(crate) at: u64,
    /// How many bytes they have.
    pub(crate) bytes: u64,
    /// How many rows stand before them.
    pub(crate) before: u64,
}

/// Rows in a work file. The file goes with the folder that it is in.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    pub(crate) chunks: Vec<Chunk>,
}

impl<'r> Spooler<'r> {
    /// Makes the work file.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn create(path: &Path, room: &'r Room) -> Result<Spooler<'r>> {
        let mut options = File::options();
        let file = options.read(true).write(true).create_new(true).open(path);
        let file = file.with_context(|| format!("could not make `{}`", path.display()))?;
        Ok(Spooler {
            file: BufWriter::with_capacity(1 << 16, file),
            room,
            chunks: Vec::new(),
            rows: 0,
            at: 0,
            row: Vec::new(),
        })
    }

    /// Writes a row, and gives where it stands.
    ///
    /// # Errors
    /// If it cannot be written, or there is no room left for it.
    pub(crate) fn put(&mut self, cells: &[Cell<'_>]) -> Result<u64> {
        self.row.clear();
        self.row.extend([0; 4]);
        for cell in cells {
            put_cell(&mut self.row, cell);
        }
        let bytes = u32::try_from(self.row.len() - 4).context("a row is larger than 4 GB")?;
        if let Some(length) = self.row.first_chunk_mut::<4>() {
            *length = bytes.to_le_bytes();
        }
        let bytes = self.row.len() as u64;
        self.room.take(bytes)?;
        match self.chunks.last_mut() {
            Some(last) if last.bytes < CHUNK_BYTES => last.bytes += bytes,
            _ => self.chunks.push(Chunk {
                at: self.at,
                bytes,
                before: self.rows,
            }),
        }
        self.file
            .write_all(&self.row)
            .context("could not write a work file")?;
        let at = self.at;
        self.at += bytes;
        self.rows += 1;
        Ok(at)
    }

    /// Ends writing.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn finish(self) -> Result<Spool> {
        let file = self.file.into_inner().map_err(|error| error.into_error());
        Ok(Spool {
            file: file.context("could not write a work file")?,
            chunks: self.chunks,
        })
    }
}

impl Spool {
    /// Shows the rows of a chunk, each with its number in the chunk from 0, until `show` says no.
    /// `bytes` is room that is used again.
    ///
    /// # Errors
    /// If they cannot be read; and whatever `show` says.
    pub(crate) fn each(
        &self,
        chunk: Chunk,
        bytes: &mut Vec<u8>,
        mut show: impl FnMut(&[Cell<'_>], u64) -> Result<bool>,
    ) -> Result<()> {
        bytes.clear();
        bytes.resize(usize::try_from(chunk.bytes)?, 0);
        read_exact_at(&self.file, bytes, chunk.at).context("could not read a work file")?;
        let mut rest: &[u8] = bytes;
        let mut spare = Vec::new();
        let mut number = 0;
        while !rest.is_empty() {
            let row = take_row(&mut rest).ok_or_else(damaged)?;
            let mut cells = emptied(spare);
            read_cells(row, &mut cells).ok_or_else(damaged)?;
            if !show(&cells, number)? {
                break;
            }
            number += 1;
            spare = emptied(cells);
        }
        Ok(())
    }

    /// Reads the row at a place, which [`Spooler::put`] gave, into `bytes`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn row(&self, at: u64, bytes: &mut Vec<u8>) -> Result<()> {
        let failed = "could not read a work file";
        let mut length = [0; 4];
        read_exact_at(&self.file, &mut length, at).context(failed)?;
        bytes.clear();
        bytes.resize(usize::try_from(u32::from_le_bytes(length))?, 0);
        read_exact_at(&self.file, bytes, at + 4).context(failed)
    }
}

/// The cells of a row that [`Spool::row`] read.
///
/// # Errors
/// If it is none.
pub(crate) fn cells(row: &[u8]) -> Result<Vec<Cell<'_>>> {
    let mut cells = Vec::new();
    read_cells(row, &mut cells).ok_or_else(damaged)?;
    Ok(cells)
}

/// A list without its elements, whose room is used again for others.
#[expect(
    clippy::unnecessary_filter_map,
    reason = "a filter would keep the lifetime of the elements"
)]
pub(crate) fn emptied<'b>(cells: Vec<Cell<'_>>) -> Vec<Cell<'b>> {
    // Elements of the same size are collected where they stood.
    cells.into_iter().filter_map(|_| None).collect()
}

fn damaged() -> anyhow::Error {
    anyhow!("a work file was changed by somebody else")
}

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

fn put_cell(out: &mut Vec<u8>, cell: &Cell<'_>) {
    let mut put_bytes = |tag: u8, bytes: &[u8]| {
        out.push(tag);
        // A value has at most as many bytes as SQLite allows, which fit.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        out.extend(length.to_le_bytes());
        out.extend(bytes);
    };
    match cell {
        Cell::Null => out.push(NULL),
        Cell::Integer(number) => {
            out.push(INTEGER);
            out.extend(number.to_le_bytes());
        }
        Cell::Real(number) => {
            out.push(REAL);
            out.extend(number.to_bits().to_le_bytes());
        }
        Cell::Text(text) => put_bytes(TEXT, text.as_bytes()),
        Cell::Blob(bytes) => put_bytes(BLOB, bytes),
    }
}

fn take<'b>(rest: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, behind) = rest.split_at_checked(count)?;
    *rest = behind;
    Some(taken)
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    let length = take(rest, 4)?.first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*length)).ok()
}

fn take_row<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = take_length(rest)?;
    take(rest, length)
}

fn read_cells<'b>(mut row: &'b [u8], cells: &mut Vec<Cell<'b>>) -> Option<()> {
    let rest = &mut row;
    while let Some(tag) = take(rest, 1) {
        let cell = match *tag.first()? {
            NULL => Cell::Null,
            INTEGER => Cell::Integer(i64::from_le_bytes(*take(rest, 8)?.first_chunk()?)),
            REAL => {
                let bits = u64::from_le_bytes(*take(rest, 8)?.first_chunk()?);
                Cell::Real(f64::from_bits(bits))
            }
            TEXT => {
                let length = take_length(rest)?;
                Cell::Text(std::str::from_utf8(take(rest, length)?).ok()?)
            }
            BLOB => {
                let length = take_length(rest)?;
                Cell::Blob(take(rest, length)?)
            }
            _ => return None,
        };
        cells.push(cell);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Owned {
        Null,
        Integer(i64),
        Real(f64),
        Text(String),
        Blob(Vec<u8>),
    }

    impl Owned {
        fn cell(&self) -> Cell<'_> {
            match self {
                Owned::Null => Cell::Null,
                Owned::Integer(it) => Cell::Integer(*it),
                Owned::Real(it) => Cell::Real(*it),
                Owned::Text(it) => Cell::Text(it),
                Owned::Blob(it) => Cell::Blob(it),
            }
        }
    }

    fn any_cell() -> impl Strategy<Value = Owned> {
        prop_oneof![
            Just(Owned::Null),
            any::<i64>().prop_map(Owned::Integer),
            prop::num::f64::NORMAL.prop_map(Owned::Real),
            ".{0,9}".prop_map(Owned::Text),
            (0..400_000usize).prop_map(|length| Owned::Text("é".repeat(length))),
            prop::collection::vec(any::<u8>(), 0..9).prop_map(Owned::Blob),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]

        #[test]
        fn rows_come_back_as_they_were(
            rows in prop::collection::vec(prop::collection::vec(any_cell(), 0..5), 0..20),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let room = Room::new(u64::MAX, 0);
            let mut spooler = Spooler::create(&folder.path().join("rows"), &room).unwrap();
            let mut places = Vec::new();
            let wanted: Vec<Vec<Cell<'_>>> =
                rows.iter().map(|row| row.iter().map(Owned::cell).collect()).collect();
            for row in &wanted {
                places.push(spooler.put(row).unwrap());
            }
            let spool = spooler.finish().unwrap();
            let mut count = 0;
            for chunk in &spool.chunks {
                assert_eq!(chunk.before, count);
                spool.each(*chunk, &mut Vec::new(), |cells, number| {
                    let row = usize::try_from(chunk.before + number).unwrap();
                    assert_eq!(cells, wanted[row]);
                    count += 1;
                    Ok(true)
                }).unwrap();
            }
            assert_eq!(count, rows.len() as u64);
            for (place, row) in places.iter().zip(&wanted) {
                let mut bytes = Vec::new();
                spool.row(*place, &mut bytes).unwrap();
                assert_eq!(&cells(&bytes).unwrap(), row);
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room::new(100, 70);
        let mut spooler = Spooler::create(&folder.path().join("rows"), &room).unwrap();
        spooler.put(&[Cell::Text("0123456789")]).unwrap();
        let error = spooler
            .put(&[Cell::Text("0123456789")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("more than the 100 bytes"), "{error}");
    }
}
