//! Bytes that wait until they are asked for: in memory while they are few, then in a work file.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use migrate_archive::platform::read_exact_at;

/// How many bytes are kept in memory before they go to the file.
const BUFFER_BYTES: usize = 1 << 20;

/// A growing run of bytes.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    /// Where its file is to be; `None` keeps all in memory.
    path: Option<PathBuf>,
    file: Option<File>,
    /// How many bytes are in the file.
    flushed: u64,
    /// What is behind them.
    buffer: Vec<u8>,
}

impl Spool {
    /// Nothing yet. The file is made when it is first needed.
    pub(crate) fn new(path: Option<PathBuf>) -> Spool {
        Spool {
            path,
            ..Spool::default()
        }
    }

    /// Appends bytes; gives the place where they begin.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        let at = self.flushed + self.buffer.len() as u64;
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush().context(UNWRITTEN)?;
        }
        Ok(at)
    }

    /// Reads a range into `out`, which is cleared.
    ///
    /// # Errors
    /// If there are not so many bytes, or the file cannot be read back.
    pub(crate) fn read(&self, at: u64, len: usize, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        let Some(start) = at.checked_sub(self.flushed) else {
            // What was appended at once stands in the file as a whole or not at all.
            let file = self.file.as_ref().context(UNREAD)?;
            out.resize(len, 0);
            return read_exact_at(file, out, at).context(UNREAD);
        };
        let start = usize::try_from(start)?;
        let piece = self.buffer.get(start..).and_then(|it| it.get(..len));
        out.extend_from_slice(piece.context(UNREAD)?);
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut options = OpenOptions::new();
                let options = options.read(true).write(true).create_new(true);
                self.file.insert(options.open(path)?)
            }
        };
        // Nothing is read before all is written, so the cursor stands at the end.
        file.write_all(&self.buffer)?;
        self.flushed += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

const UNWRITTEN: &str = "could not write a work file; see `--temp-dir`";
const UNREAD: &str = "could not read back a work file";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_is_read_back_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        for path in [None, Some(folder.path().join("spool"))] {
            let has_file = path.is_some();
            let mut spool = Spool::new(path);
            let pieces: Vec<Vec<u8>> = (0..40_u8)
                .map(|n| vec![n; 100_000 + usize::from(n)])
                .collect();
            let places: Vec<u64> = pieces.iter().map(|it| spool.append(it).unwrap()).collect();
            assert_eq!(spool.file.is_some(), has_file);
            let mut out = Vec::new();
            for (piece, at) in pieces.iter().zip(places) {
                spool.read(at, piece.len(), &mut out).unwrap();
                assert!(out == *piece);
            }
            let end = spool.flushed + spool.buffer.len() as u64;
            assert!(spool.read(end, 1, &mut out).is_err());
        }
    }
}
