//! Writes zips for the tests, right ones and wrong ones, and opens them.

use std::fs;
use std::path::PathBuf;

use libdeflater::{CompressionLvl, Compressor, crc32};
use migrate_archive::{Archive, NoteKind};
use tempfile::TempDir;

/// What the tests take for the top of an export.
pub(crate) const ROOTS: &[&str] = &["users.json", "channels.json"];

/// A file for a zip; the public fields may be set to what is not true.
#[derive(Clone)]
pub(crate) struct ZipFile {
    pub(crate) name: Vec<u8>,
    pub(crate) packed: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) size: u32,
    /// Extra fields of the local header only.
    pub(crate) local_extra: Vec<u8>,
    /// Extra fields of the directory only.
    pub(crate) extra: Vec<u8>,
    /// The file's kind and rights on Unix.
    pub(crate) unix_mode: u32,
}

/// A file that is stored as it is.
pub(crate) fn stored(name: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> ZipFile {
    let contents = contents.as_ref();
    ZipFile {
        name: name.as_ref().to_vec(),
        packed: contents.to_vec(),
        method: 0,
        flags: 0,
        crc: crc32(contents),
        size: contents.len() as u32,
        local_extra: Vec::new(),
        extra: Vec::new(),
        unix_mode: 0o100_644,
    }
}

/// A compressed file.
pub(crate) fn deflated(name: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> ZipFile {
    let contents = contents.as_ref();
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut packed = vec![0; compressor.deflate_compress_bound(contents.len())];
    let length = compressor.deflate_compress(contents, &mut packed).unwrap();
    packed.truncate(length);
    ZipFile {
        packed,
        method: 8,
        ..stored(name, contents)
    }
}

/// Which end record a zip gets.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum End {
    Zip32,
    Zip64,
}

/// The bytes of a zip, and where its directory begins.
pub(crate) fn zip_with(files: &[ZipFile], end: End) -> (Vec<u8>, usize) {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    for file in files {
        let header = zip.len() as u32;
        // With bit 3 the local header has no sizes, they follow the data.
        let is_streamed = file.flags & 8 != 0;
        let sizes = [file.crc, file.packed.len() as u32, file.size];
        zip.extend(b"PK\x03\x04");
        put(&mut zip, &[20, file.flags, file.method, 0, 0]);
        put32(&mut zip, &if is_streamed { [0; 3] } else { sizes });
        put(
            &mut zip,
            &[file.name.len() as u16, file.local_extra.len() as u16],
        );
        zip.extend(
            file.name
                .iter()
                .chain(&file.local_extra)
                .chain(&file.packed),
        );
        if is_streamed {
            zip.extend(b"PK\x07\x08");
            put32(&mut zip, &sizes);
        }
        directory.extend(b"PK\x01\x02");
        put(&mut directory, &[0x0314, 20, file.flags, file.method, 0, 0]);
        put32(&mut directory, &sizes);
        put(
            &mut directory,
            &[file.name.len() as u16, file.extra.len() as u16, 0, 0, 0],
        );
        put32(&mut directory, &[file.unix_mode << 16, header]);
        directory.extend(file.name.iter().chain(&file.extra));
    }
    let start = zip.len();
    let counts = [files.len() as u64; 2];
    let place = [directory.len() as u64, start as u64];
    zip.extend(directory);
    if end == End::Zip64 {
        let record = zip.len() as u64;
        zip.extend(b"PK\x06\x06");
        put64(&mut zip, &[44]);
        put(&mut zip, &[45, 45]);
        put32(&mut zip, &[0, 0]);
        put64(&mut zip, &counts);
        put64(&mut zip, &place);
        zip.extend(b"PK\x06\x07");
        put32(&mut zip, &[0]);
        put64(&mut zip, &[record]);
        put32(&mut zip, &[1]);
    }
    zip.extend(b"PK\x05\x06");
    let (count, place) = match end {
        End::Zip32 => (files.len() as u16, place.map(|number| number as u32)),
        End::Zip64 => (u16::MAX, [u32::MAX; 2]),
    };
    put(&mut zip, &[0, 0, count, count]);
    put32(&mut zip, &place);
    put(&mut zip, &[0]);
    (zip, start)
}

/// The bytes of a usual zip.
pub(crate) fn zip(files: &[ZipFile]) -> Vec<u8> {
    zip_with(files, End::Zip32).0
}

fn put(target: &mut Vec<u8>, numbers: &[u16]) {
    target.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn put32(target: &mut Vec<u8>, numbers: &[u32]) {
    target.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn put64(target: &mut Vec<u8>, numbers: &[u64]) {
    target.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// A folder for one test, and in it the place where archives are written.
pub(crate) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens these bytes.
    pub(crate) fn try_open(&self, bytes: &[u8]) -> anyhow::Result<Archive> {
        let path = self.path("export.zip");
        fs::write(&path, bytes).unwrap();
        Archive::open(&path, ROOTS)
    }

    /// What opening these bytes says, without the name of the folder.
    pub(crate) fn open_error(&self, bytes: &[u8]) -> String {
        self.shorten(&self.try_open(bytes).unwrap_err())
    }

    /// What reading the first file says, without the name of the folder.
    pub(crate) fn read_error(&self, bytes: &[u8]) -> String {
        let archive = self.try_open(bytes).unwrap();
        let error = archive.reader().unwrap().read(0).unwrap_err();
        self.shorten(&error)
    }

    pub(crate) fn shorten(&self, error: &anyhow::Error) -> String {
        let folder = self.folder.path().join("").display().to_string();
        format!("{error:#}").replace(&folder, "")
    }
}

/// The names and contents of all files.
pub(crate) fn view(archive: &Archive) -> Vec<(String, Vec<u8>)> {
    let mut reader = archive.reader().unwrap();
    let entries = 0..archive.len();
    let file = |entry| {
        let contents = reader.read(entry).unwrap().to_vec();
        assert_eq!(contents.len() as u64, archive.size(entry));
        assert_eq!(archive.find(archive.name(entry)), Some(entry));
        (archive.name(entry).to_owned(), contents)
    };
    entries.map(file).collect()
}

/// The names of all files.
pub(crate) fn names(archive: &Archive) -> Vec<&str> {
    (0..archive.len())
        .map(|entry| archive.name(entry))
        .collect()
}

/// The notes as pairs.
pub(crate) fn notes(archive: &Archive) -> Vec<(&str, NoteKind)> {
    let notes = archive.notes().iter();
    notes.map(|note| (note.name.as_str(), note.kind)).collect()
}
