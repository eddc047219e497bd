//! A zip whose bytes hang on the names and contents of its files alone: one fixed time, one
//! compressor, no clock, no machine. What goes in and in which order is left to the callers.
//!
//! It is written by hand for two reasons. The names of Slack's zips are UTF-8 without the flag
//! that says so, which a library does not write. And the compressor is chosen for giving the same
//! bytes on every processor, which those with tuned hash functions do not promise.
//! Source: PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use libdeflater::{CompressionLvl, Compressor};

/// The first of January 1980, the earliest day that a zip can name.
const DOS_DATE: u16 = 0x21;

/// A zip under construction, written from front to back.
pub(crate) struct Archive<W> {
    out: W,
    offset: u64,
    entries: u64,
    directory: Vec<u8>,
    compressor: Compressor,
    buffer: Vec<u8>,
}

/// What the local header and the directory both say of an entry.
struct Entry<'e> {
    name: &'e str,
    method: u16,
    crc: u32,
    packed: u32,
    unpacked: u32,
    mode: u32,
}

impl<W: Write> Archive<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            offset: 0,
            entries: 0,
            directory: Vec::new(),
            compressor: Compressor::new(CompressionLvl::default()),
            buffer: Vec::new(),
        }
    }

    /// Adds the entry that stands for a folder itself; `name` without a slash at its end.
    ///
    /// # Errors
    /// When the zip cannot be written.
    pub(crate) fn folder(&mut self, name: &str) -> Result<()> {
        let name = format!("{name}/");
        let entry = Entry {
            name: &name,
            method: 0,
            crc: 0,
            packed: 0,
            unpacked: 0,
            mode: 0o40755,
        };
        self.add(&entry, &[])
    }

    /// Adds a file, compressed when that makes it smaller.
    ///
    /// # Errors
    /// When the zip cannot be written, and for a file of 4 GB or more.
    pub(crate) fn file(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let unpacked = u32::try_from(content.len()).with_context(|| {
            format!("`{name}` has 4 GB or more, which this writer cannot store")
        })?;
        let crc = libdeflater::crc32(content);
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(buffer.len().max(content.len()), 0);
        // There is room for fewer bytes than the content has, so an error means "not smaller".
        let room = content.len().saturating_sub(1);
        let packed = self
            .compressor
            .deflate_compress(content, &mut buffer[..room]);
        let mode = 0o100_644;
        let result = match packed {
            Ok(length) => {
                let packed = u32::try_from(length).context("the packed size passes 4 GB")?;
                let entry = Entry {
                    name,
                    method: 8,
                    crc,
                    packed,
                    unpacked,
                    mode,
                };
                self.add(&entry, &buffer[..length])
            }
            Err(_) => {
                let entry = Entry {
                    name,
                    method: 0,
                    crc,
                    packed: unpacked,
                    unpacked,
                    mode,
                };
                self.add(&entry, content)
            }
        };
        self.buffer = buffer;
        result
    }

    /// Adds a file that is deflated already, of which the headers say that it has so many bytes and this
    /// checksum, true or not.
    ///
    /// # Errors
    /// When the zip cannot be written, and for 4 GB or more of data.
    #[allow(dead_code, reason = "only `torture` makes such zips")]
    pub(crate) fn deflated(
        &mut self,
        name: &str,
        data: &[u8],
        unpacked: u32,
        crc: u32,
    ) -> Result<()> {
        let entry = Entry {
            name,
            method: 8,
            crc,
            packed: u32::try_from(data.len()).context("the packed size passes 4 GB")?,
            unpacked,
            mode: 0o100_644,
        };
        self.add(&entry, data)
    }

    /// Writes the directory and gives back what was written to.
    ///
    /// # Errors
    /// When the zip cannot be written.
    pub(crate) fn finish(mut self) -> Result<W> {
        let (start, size) = (self.offset, self.directory.len() as u64);
        let mut end = Vec::new();
        if self.entries > 0xfffe || start + size > 0xffff_fffe {
            put_u32(&mut end, 0x0606_4b50);
            put_u64(&mut end, 44);
            put_u16(&mut end, 0x032d);
            put_u16(&mut end, 45);
            put_u32(&mut end, 0);
            put_u32(&mut end, 0);
            put_u64(&mut end, self.entries);
            put_u64(&mut end, self.entries);
            put_u64(&mut end, size);
            put_u64(&mut end, start);
            put_u32(&mut end, 0x0706_4b50);
            put_u32(&mut end, 0);
            put_u64(&mut end, start + size);
            put_u32(&mut end, 1);
        }
        put_u32(&mut end, 0x0605_4b50);
        put_u32(&mut end, 0);
        put_u16(&mut end, self.entries.min(0xffff) as u16);
        put_u16(&mut end, self.entries.min(0xffff) as u16);
        put_u32(&mut end, size.min(0xffff_ffff) as u32);
        put_u32(&mut end, start.min(0xffff_ffff) as u32);
        put_u16(&mut end, 0);
        self.out.write_all(&self.directory)?;
        self.out.write_all(&end)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn add(&mut self, entry: &Entry<'_>, content: &[u8]) -> Result<()> {
        ensure!(
            entry.name.len() < 1_000,
            "the name `{}` is too long for a zip",
            entry.name
        );
        let mut local = Vec::with_capacity(64);
        put_u32(&mut local, 0x0403_4b50);
        put_common(&mut local, 20, entry);
        put_u16(&mut local, 0);
        local.extend_from_slice(entry.name.as_bytes());

        let far = self.offset > 0xffff_fffe;
        let directory = &mut self.directory;
        put_u32(directory, 0x0201_4b50);
        put_u16(directory, 0x032d);
        put_common(directory, if far { 45 } else { 20 }, entry);
        put_u16(directory, if far { 12 } else { 0 });
        put_u16(directory, 0);
        put_u16(directory, 0);
        put_u16(directory, 0);
        put_u32(directory, entry.mode << 16);
        put_u32(directory, self.offset.min(0xffff_ffff) as u32);
        directory.extend_from_slice(entry.name.as_bytes());
        if far {
            put_u16(directory, 1);
            put_u16(directory, 8);
            put_u64(directory, self.offset);
        }

        self.out.write_all(&local)?;
        self.out.write_all(content)?;
        self.offset += (local.len() + content.len()) as u64;
        self.entries += 1;
        Ok(())
    }
}

/// The fields from "version needed" to "length of the name", which both headers share.
fn put_common(out: &mut Vec<u8>, version: u16, entry: &Entry<'_>) {
    put_u16(out, version);
    put_u16(out, 0);
    put_u16(out, entry.method);
    put_u16(out, 0);
    put_u16(out, DOS_DATE);
    put_u32(out, entry.crc);
    put_u32(out, entry.packed);
    put_u32(out, entry.unpacked);
    put_u16(out, entry.name.len() as u16);
}

fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}
