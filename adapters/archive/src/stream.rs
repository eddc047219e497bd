//! Copies one file piece by piece, whatever its size.

use std::fs::File;
use std::io::{self, Read, Write};

use anyhow::{Context, Result, ensure};
use flate2::bufread::DeflateDecoder;
use libdeflater::Crc;

use crate::platform::read_exact_at;

/// How many bytes are read or written at once.
const PIECE_BYTES: usize = 64 << 10;

/// A stretch of a file, read from its beginning.
pub(crate) struct Stretch<'f> {
    file: &'f File,
    at: u64,
    left: u64,
}

impl<'f> Stretch<'f> {
    /// So many bytes from a position on.
    pub(crate) fn new(file: &'f File, at: u64, bytes: u64) -> Self {
        Stretch {
            file,
            at,
            left: bytes,
        }
    }
}

impl Read for Stretch<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.left).map_or(out.len(), |left| left.min(out.len()));
        let free = out.get_mut(..count).unwrap_or_default();
        read_exact_at(self.file, free, self.at)?;
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

/// What compressed data unpack to.
pub(crate) fn inflate<'f>(data: Stretch<'f>) -> impl Read + use<'f> {
    DeflateDecoder::new(io::BufReader::with_capacity(PIECE_BYTES, data))
}

/// Copies contents, and compares them with the size and the checksum that a zip states.
///
/// # Errors
/// If they cannot be read, written, or are not what is stated; and whatever `each` says, which is
/// given the size of each piece.
pub(crate) fn copy(
    mut contents: impl Read,
    stated: Option<(u64, u32)>,
    out: &mut dyn Write,
    each: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut crc = Crc::new();
    let mut bytes = 0;
    loop {
        let count = match contents.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(error)
                    .context("its data cannot be read or unpacked: download the archive again");
            }
        };
        let read = piece.get(..count).unwrap_or_default();
        bytes += count as u64;
        if let Some((size, _)) = stated {
            ensure!(
                bytes <= size,
                "it is larger than the {size} bytes that the zip states"
            );
        }
        crc.update(read);
        out.write_all(read)
            .context("what it holds cannot be written")?;
        each(count as u64)?;
    }
    if let Some((size, sum)) = stated {
        ensure!(
            bytes == size,
            "it has {bytes} bytes and not {size}, as the zip states: download the archive again"
        );
        ensure!(
            crc.sum() == sum,
            "its checksum is wrong, so it is damaged: download the archive again"
        );
    }
    Ok(())
}
