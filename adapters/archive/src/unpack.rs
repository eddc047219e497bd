//! Reads and unpacks one file of a zip at a time.
//!
//! Whole buffers: one positioned read covers the local header and the data, and one call
//! inflates them. libdeflate does the inflating because day files are small and read whole, which
//! is what it is made for; a streaming library pays for a window and for state that nobody needs.

use std::fs::File;
use std::io::Read;

use anyhow::{Context, Result, bail, ensure};
use libdeflater::{DecompressionError, Decompressor, crc32};
use zip::CompressionMethod;

use crate::check_cap;
use crate::identify::LOCAL_HEADER;
use crate::index::Packed;
use crate::platform::read_exact_at;
use crate::stream::{self, Stretch};

/// The size of a local header without the name and the extra fields that follow it, in bytes.
/// Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification" 6.3.10, 4.3.7, read 2026-08.
pub(crate) const LOCAL_HEADER_BYTES: usize = 30;

/// How many bytes of extra fields a local header usually has at most: times, owner, zip64.
const USUAL_EXTRA_BYTES: usize = 96;

/// The most that one byte of deflate can unpack to: a match of 258 bytes takes at least two bits.
const MAX_DEFLATE_RATIO: u64 = 1032;

/// How large a buffer may stay for the next file, in bytes.
const KEPT_BYTES: usize = 4 << 20;

/// A zip file, a decompressor and a buffer for one worker.
pub(crate) struct Unpacker {
    file: File,
    /// The length of the zip file, in bytes.
    length: u64,
    inflater: Decompressor,
    packed: Window,
}

/// The part of the zip that was read last.
#[derive(Default)]
struct Window {
    /// Where it begins in the zip.
    start: u64,
    /// How many bytes of the buffer are the zip's.
    length: usize,
    buffer: Vec<u8>,
}

/// How much is read at once where files are read one behind the other, in bytes. Day files take
/// a kilobyte or two, so a call of the system for each would cost more than what it reads.
const WINDOW_BYTES: usize = 256 << 10;

impl Unpacker {
    pub(crate) fn new(file: File, length: u64) -> Self {
        Self {
            file,
            length,
            inflater: Decompressor::new(),
            packed: Window::default(),
        }
    }

    /// Unpacks a file, into `contents` unless it is stored as it is.
    ///
    /// `size` is what the directory states; `name_bytes` is about the length of the name, to guess
    /// the length of the local header by.
    ///
    /// # Errors
    /// If the contents cannot be read or are not what the directory states.
    pub(crate) fn read<'a>(
        &'a mut self,
        entry: &Packed,
        size: u64,
        name_bytes: usize,
        contents: &'a mut Vec<u8>,
    ) -> Result<&'a [u8]> {
        let is_stored = is_stored(entry)?;
        check_cap(size)?;
        check_ratio(entry, size, is_stored)?;
        let packed = self.fetch(entry, name_bytes)?;
        let (inflater, packed) = (
            &mut self.inflater,
            self.packed.buffer.get(packed).unwrap_or_default(),
        );
        let size = usize::try_from(size)?;
        let unpacked = if is_stored || (size == 0 && packed.is_empty()) {
            packed
        } else {
            let contents = recycle(contents, size)?;
            let contents = contents.get_mut(..size).unwrap_or_default();
            match inflater.deflate_decompress(packed, contents) {
                Ok(count) => contents.get(..count).unwrap_or_default(),
                Err(DecompressionError::BadData) => {
                    bail!("its compressed data is damaged: download the archive again")
                }
                Err(DecompressionError::InsufficientSpace) => {
                    bail!("it is larger than the {size} bytes that the zip states")
                }
            }
        };
        ensure!(
            unpacked.len() == size,
            "it has {} bytes and not {size}, as the zip states: download the archive again",
            unpacked.len()
        );
        ensure!(
            crc32(unpacked) == entry.crc,
            "its checksum is wrong, so it is damaged: download the archive again"
        );
        Ok(unpacked)
    }

    /// The contents of a file, to be read piece by piece. Nothing but its claim has been checked.
    ///
    /// # Errors
    /// If the file does not lie where the directory says, or cannot be unpacked to what it states.
    pub(crate) fn open(&self, entry: &Packed, size: u64) -> Result<Box<dyn Read + '_>> {
        let is_stored = is_stored(entry)?;
        check_ratio(entry, size, is_stored)?;
        let mut header = [0; LOCAL_HEADER_BYTES];
        self.check_inside(entry, LOCAL_HEADER_BYTES as u64)?;
        read_exact_at(&self.file, &mut header, entry.header)?;
        check_local_header(&header)?;
        let before = data_start(&header) as u64;
        self.check_inside(entry, before)?;
        let data = Stretch::new(&self.file, entry.header + before, entry.bytes);
        Ok(match is_stored || entry.bytes == 0 {
            true => Box::new(data),
            false => Box::new(stream::inflate(data)),
        })
    }

    /// Fails if a file's data, behind so many bytes of its local header, do not lie in the zip.
    ///
    /// # Errors
    /// Only that.
    fn check_inside(&self, entry: &Packed, before: u64) -> Result<u64> {
        let available = self.length.checked_sub(entry.header).context(OUTSIDE)?;
        ensure!(before.saturating_add(entry.bytes) <= available, OUTSIDE);
        Ok(available)
    }

    /// Reads the local header and the data; returns where in the buffer the data stands.
    fn fetch(&mut self, entry: &Packed, name_bytes: usize) -> Result<std::ops::Range<usize>> {
        let available = self.check_inside(entry, LOCAL_HEADER_BYTES as u64)?;
        let available = usize::try_from(available).unwrap_or(usize::MAX);
        let data_bytes = usize::try_from(entry.bytes)?;
        let guess = LOCAL_HEADER_BYTES + name_bytes + USUAL_EXTRA_BYTES;
        let guess = guess.saturating_add(data_bytes).min(available);
        let (file, window) = (&self.file, &mut self.packed);
        let header = window.cover(file, entry.header, guess, available)?;
        let found = window.buffer.get(header..).unwrap_or_default();
        check_local_header(found)?;
        let data_start = data_start(found);
        let end = data_start
            .checked_add(data_bytes)
            .filter(|end| *end <= available);
        let end = end.context(OUTSIDE)?;
        let header = window.cover(file, entry.header, end, available)?;
        Ok(header + data_start..header + end)
    }
}

impl Window {
    /// Has so many bytes of the zip from `start` on in the buffer; returns where there. The zip has
    /// `available` bytes from `start` on.
    ///
    /// # Errors
    /// If they cannot be read, or there is not enough memory.
    fn cover(&mut self, file: &File, start: u64, bytes: usize, available: usize) -> Result<usize> {
        let before = start.checked_sub(self.start);
        let before = before.and_then(|before| usize::try_from(before).ok());
        let held = before.and_then(|before| self.length.checked_sub(before));
        if let (Some(before), Some(held)) = (before, held)
            && held >= bytes
        {
            return Ok(before);
        }
        // Whatever begins within the last window is read on from there.
        let wanted = match held {
            Some(_) => bytes.max(WINDOW_BYTES).min(available),
            None => bytes,
        };
        self.length = 0;
        let buffer = recycle(&mut self.buffer, wanted)?;
        read_exact_at(file, buffer.get_mut(..wanted).unwrap_or_default(), start)?;
        (self.start, self.length) = (start, wanted);
        Ok(0)
    }
}

/// Whether a file is stored as it is.
///
/// # Errors
/// If it is packed in a way that is not read.
fn is_stored(entry: &Packed) -> Result<bool> {
    let is_stored = entry.method == CompressionMethod::STORE;
    ensure!(
        is_stored || entry.method == CompressionMethod::DEFLATE,
        "it is compressed by a method that is not read ({}): unzip the archive and give the folder",
        entry.method
    );
    Ok(is_stored)
}

/// Fails for a file of a size that its data cannot have.
fn check_ratio(entry: &Packed, size: u64, is_stored: bool) -> Result<()> {
    let ratio = if is_stored { 1 } else { MAX_DEFLATE_RATIO };
    ensure!(
        size <= entry.bytes.saturating_mul(ratio),
        "it claims to unpack {} bytes to {size}, which is impossible: the zip is damaged or a trap",
        entry.bytes
    );
    Ok(())
}

fn check_local_header(header: &[u8]) -> Result<()> {
    ensure!(
        header.starts_with(&LOCAL_HEADER),
        "it does not begin where the zip's directory says: download the zip again, or give the unzipped folder"
    );
    Ok(())
}

/// How far behind the start of a local header the data begin.
fn data_start(header: &[u8]) -> usize {
    LOCAL_HEADER_BYTES + two_bytes(header, 26) + two_bytes(header, 28)
}

const OUTSIDE: &str =
    "it lies outside of the zip: the zip is damaged or cut off, download it again";

/// Lets go of a buffer that a huge file has left behind, if so many bytes are wanted now.
pub(crate) fn let_go(buffer: &mut Vec<u8>, bytes: usize) {
    if buffer.capacity() > KEPT_BYTES && bytes <= KEPT_BYTES {
        *buffer = Vec::new();
    }
}

/// Makes a buffer at least so many bytes long, with any contents.
///
/// # Errors
/// If there is not enough memory.
fn recycle(buffer: &mut Vec<u8>, bytes: usize) -> Result<&mut Vec<u8>> {
    let_go(buffer, bytes);
    if buffer.len() < bytes {
        let more = bytes - buffer.len();
        let reserved = match bytes <= KEPT_BYTES {
            true => buffer.try_reserve(more),
            false => buffer.try_reserve_exact(more),
        };
        reserved.with_context(|| format!("not enough memory for its {bytes} bytes"))?;
        buffer.resize(bytes, 0);
    }
    Ok(buffer)
}

/// The little-endian number in two bytes of a local header.
fn two_bytes(buffer: &[u8], at: usize) -> usize {
    match buffer.get(at..at + 2) {
        Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
        _ => 0,
    }
}
