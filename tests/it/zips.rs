//! Takes zips apart and puts them together, for tests that damage or change an export.

use std::io::{Cursor, Read};

use libdeflater::Decompressor;

use crate::generator::{self, Archive, Slack};

/// The files of an export by name, without the entries for folders.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// The sample workspace.
pub(crate) const SAMPLE: &[u8] = include_bytes!("../../samples/slack-export.zip");

/// A generated export.
pub(crate) fn generated(options: &Slack) -> Vec<u8> {
    let mut bytes = Vec::new();
    generator::slack(options, &mut bytes, &mut |_| {}).expect("the options make sense");
    bytes
}

pub(crate) fn unpack(zip: &[u8]) -> Files {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).expect("it is a zip");
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index_raw(index).expect("an entry");
        let name = String::from_utf8(entry.name_raw().to_vec()).expect("a name in UTF-8");
        if name.ends_with('/') {
            continue;
        }
        let mut packed = Vec::new();
        entry.read_to_end(&mut packed).expect("its bytes");
        let mut contents = vec![0; entry.size() as usize];
        match entry.compression() {
            zip::CompressionMethod::Stored => contents = packed,
            _ => {
                let mut inflater = Decompressor::new();
                let inflated = inflater.deflate_decompress(&packed, &mut contents);
                inflated.expect("deflated data");
            }
        }
        files.push((name, contents));
    }
    files
}

pub(crate) fn pack(files: &Files) -> Vec<u8> {
    let mut archive = Archive::new(Vec::new());
    for (name, contents) in files {
        archive.file(name, contents).expect("a file for the zip");
    }
    archive.finish().expect("a zip in memory")
}

/// The place of the file with this name.
#[track_caller]
pub(crate) fn file<'f>(files: &'f mut Files, name: &str) -> &'f mut Vec<u8> {
    let found = files.iter_mut().find(|(it, _)| it == name);
    &mut found.unwrap_or_else(|| panic!("no file {name}")).1
}
