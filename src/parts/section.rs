//! A growing run of encoded entries: in memory while it is small, then in a work file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use migrate_archive::platform::read_exact_at;

use crate::getstream::Spelling;

/// From how many bytes on a range is copied by the kernel and not through a buffer.
const KERNEL_COPY_BYTES: u64 = 128 << 10;

/// Entries of one kind, each with its separator, in the order in which they came.
pub struct Section {
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
    /// How many bytes are in the file.
    flushed: u64,
    /// From how many bytes on the buffer goes to the file.
    buffer_bytes: usize,
}

/// Ends the file of a part, which holds its entries each with a separator, and gives its size.
///
/// # Errors
/// If it cannot be written.
pub fn end_part(target: BufWriter<File>, spelling: Spelling) -> io::Result<u64> {
    let mut file = target.into_inner().map_err(|error| error.into_error())?;
    // Behind the last entry stands the file's own end and no separator.
    let end = file.stream_position()? - spelling.separator().len() as u64;
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    file.write_all(spelling.tail())?;
    file.stream_position()
}

impl Section {
    /// An empty section. The file is made when it is first needed.
    pub fn new(path: PathBuf, buffer_bytes: usize) -> Section {
        Section {
            path,
            file: None,
            buffer: Vec::new(),
            flushed: 0,
            buffer_bytes,
        }
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.flushed + self.buffer.len() as u64
    }

    /// Appends bytes; gives the place where they begin.
    pub fn append(&mut self, pieces: &[&[u8]]) -> io::Result<u64> {
        let at = self.len();
        for piece in pieces {
            self.buffer.extend_from_slice(piece);
        }
        if self.buffer.len() >= self.buffer_bytes {
            self.flush()?;
        }
        Ok(at)
    }

    /// Reads a range into `out`, in place of what that holds.
    pub fn read(&self, at: u64, len: usize, out: &mut Vec<u8>) -> io::Result<()> {
        let in_file = self.flushed.saturating_sub(at).min(len as u64) as usize;
        // Without clearing it first, which would have all of it filled with zeros again.
        out.resize(in_file, 0);
        if let Some(file) = self.file.as_ref().filter(|_| in_file > 0) {
            read_exact_at(file, out, at)?;
        }
        if in_file < len {
            let start = (at + in_file as u64 - self.flushed) as usize;
            let rest = self.buffer.get(start..start + len - in_file);
            out.extend_from_slice(rest.ok_or(io::ErrorKind::UnexpectedEof)?);
        }
        Ok(())
    }

    /// Copies a range to the end of `target`.
    pub fn copy(&self, at: u64, len: u64, target: &mut io::BufWriter<File>) -> io::Result<()> {
        let in_file = self.flushed.saturating_sub(at).min(len);
        if in_file > 0 {
            self.copy_from_file(at, in_file, target)?;
        }
        let start = (at + in_file).saturating_sub(self.flushed) as usize;
        let rest = start..start + (len - in_file) as usize;
        target.write_all(self.buffer.get(rest).ok_or(io::ErrorKind::UnexpectedEof)?)
    }

    /// Empties it for the next part.
    pub fn clear(&mut self) -> io::Result<()> {
        self.buffer.clear();
        self.flushed = 0;
        if let Some(file) = &mut self.file {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
        }
        Ok(())
    }

    /// Removes it and its file.
    pub fn remove(self) {
        drop(self.file);
        // What stays goes with the work folder.
        let _ = std::fs::remove_file(&self.path);
    }

    fn copy_from_file(
        &self,
        at: u64,
        len: u64,
        target: &mut io::BufWriter<File>,
    ) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        if len < KERNEL_COPY_BYTES {
            let mut bytes = vec![0; len as usize];
            read_exact_at(file, &mut bytes, at)?;
            return target.write_all(&bytes);
        }
        target.flush()?;
        // A cursor of its own: a checksum may be read at the same time.
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(at))?;
        // From file to file the standard library lets the kernel copy where it can.
        let copied = io::copy(&mut file.take(len), target.get_mut())?;
        if copied != len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(
                OpenOptions::new()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .open(&self.path)?,
            ),
        };
        // Reading moves the cursor on Windows.
        file.seek(SeekFrom::Start(self.flushed))?;
        file.write_all(&self.buffer)?;
        self.flushed += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_is_read_and_copied_over_the_edge_of_the_buffer() {
        let folder = tempfile::tempdir().unwrap();
        let mut section = Section::new(folder.path().join("s"), 8);
        for piece in [&b"abcdefgh"[..], b"ij", b"klmnopqr", b"st"] {
            section.append(&[piece]).unwrap();
        }
        let mut out = Vec::new();
        let whole = b"abcdefghijklmnopqrst";
        for at in 0..20 {
            for len in 0..=20 - at {
                section.read(at as u64, len, &mut out).unwrap();
                assert_eq!(out, &whole[at..at + len]);
            }
        }
        assert!(section.read(15, 10, &mut out).is_err());
        let path = folder.path().join("t");
        let mut target = io::BufWriter::new(File::create(&path).unwrap());
        section.copy(3, 17, &mut target).unwrap();
        target.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), &whole[3..]);
        section.clear().unwrap();
        assert_eq!(section.len(), 0);
    }
}
