//! Rows of numbers in a work file, which are read in the order in which they came.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::parts::section::Section;

/// How many bytes are kept in memory, and read at once.
const BUFFER_BYTES: usize = 256 << 10;
/// How many bytes a number has.
const NUMBER_BYTES: usize = size_of::<u32>();

/// Rows of `N` numbers each.
pub struct Rows<const N: usize> {
    section: Section,
}

impl<const N: usize> Rows<N> {
    /// No rows. The file is made when it is first needed.
    pub fn new(path: PathBuf) -> Rows<N> {
        Rows {
            section: Section::new(path, BUFFER_BYTES),
        }
    }

    /// Appends a row.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn push(&mut self, row: [u32; N]) -> Result<()> {
        let bytes = row.map(u32::to_le_bytes);
        let appended = self.section.append(&[bytes.as_flattened()]);
        appended.context("could not write a work file beside the output")?;
        Ok(())
    }

    /// Gives all rows.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn each(&self, mut take: impl FnMut([u32; N])) -> Result<()> {
        let row_bytes = NUMBER_BYTES * N;
        let most = (BUFFER_BYTES / row_bytes * row_bytes) as u64;
        let mut bytes = Vec::new();
        let mut at = 0;
        while at < self.section.len() {
            let len = most.min(self.section.len() - at);
            let read = self.section.read(at, len as usize, &mut bytes);
            read.context("could not read back a work file")?;
            at += len;
            let (numbers, _) = bytes.as_chunks::<NUMBER_BYTES>();
            let (rows, _) = numbers.as_chunks::<N>();
            rows.iter()
                .for_each(|row| take(row.map(u32::from_le_bytes)));
        }
        Ok(())
    }

    /// Drops all rows.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn clear(&mut self) -> Result<()> {
        self.section.clear().context("could not empty a work file")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut rows = Rows::<3>::new(folder.path().join("rows"));
        for count in [0, 1, 50_000] {
            for n in 0..count {
                rows.push([n, n + 1, u32::MAX - n]).unwrap();
            }
            let mut next = 0;
            rows.each(|row| {
                assert_eq!(row, [next, next + 1, u32::MAX - next]);
                next += 1;
            })
            .unwrap();
            assert_eq!(next, count);
            rows.clear().unwrap();
        }
    }
}
