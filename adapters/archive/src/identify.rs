//! Says what a file is that is not a zip, and what to do about it.

use std::fs::File;

use anyhow::{Context, Result, bail};

use crate::platform::read_exact_at;

/// How a zip begins that has files, in one piece and without a program before it.
pub(crate) const LOCAL_HEADER: [u8; 4] = *b"PK\x03\x04";

/// A form that is known by its first bytes.
struct Format {
    offset: usize,
    magic: &'static [u8],
    name: &'static str,
    cure: &'static str,
}

const UNPACK: &str = "unpack it and give the folder";

const FORMATS: &[Format] = &[
    Format {
        offset: 0,
        magic: b"\x1f\x8b",
        name: "gzip data (`.gz` or `.tar.gz`)",
        cure: "unpack it and give what comes out",
    },
    Format {
        offset: 0,
        magic: b"7z\xbc\xaf\x27\x1c",
        name: "a 7-Zip archive",
        cure: UNPACK,
    },
    Format {
        offset: 0,
        magic: b"Rar!\x1a\x07",
        name: "a RAR archive",
        cure: UNPACK,
    },
    Format {
        offset: 257,
        magic: b"ustar",
        name: "a tar archive",
        cure: UNPACK,
    },
    Format {
        offset: 0,
        magic: b"\xfd7zXZ\0",
        name: "xz data (`.xz` or `.tar.xz`)",
        cure: UNPACK,
    },
    Format {
        offset: 0,
        magic: b"BZh",
        name: "bzip2 data (`.bz2` or `.tar.bz2`)",
        cure: UNPACK,
    },
    Format {
        offset: 0,
        magic: b"\x28\xb5\x2f\xfd",
        name: "zstd data (`.zst` or `.tar.zst`)",
        cure: UNPACK,
    },
    Format {
        offset: 0,
        magic: b"PK\x07\x08",
        name: "one part of a zip that was split into several files",
        cure: "join the parts with the program that split them and give the one zip",
    },
    Format {
        offset: 0,
        magic: b"SQLite format 3\0",
        name: "an SQLite database",
        cure: "give it to `migrate sqlite`, or give the export's zip file or its folder",
    },
];

/// Fails if the file is empty or in a form that is known and not a zip.
///
/// These are told by their beginning, before the end is looked at: a tar that holds a zip may
/// well end like one.
///
/// # Errors
/// One line that says what the file is and what to do.
pub(crate) fn refuse_other_formats(shown: &str, file: &File, length: u64) -> Result<()> {
    if length == 0 {
        bail!("{shown} is empty: download the export again");
    }
    let head = head(shown, file, length)?;
    for format in FORMATS {
        let rest = head.get(format.offset..).unwrap_or_default();
        if rest.starts_with(format.magic) {
            bail!("{shown} is {}, not a zip: {}", format.name, format.cure);
        }
    }
    Ok(())
}

/// What to tell about a file in which the end record of a zip was not found.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn describe_no_zip(shown: &str, file: &File, length: u64) -> Result<String> {
    let head = head(shown, file, length)?;
    if head.starts_with(&LOCAL_HEADER) {
        return Ok(format!(
            "the zip {shown} is cut off, its end is missing: download it again"
        ));
    }
    let text = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&head)
        .trim_ascii_start();
    // The last character may be cut where the head ends.
    let is_text = match std::str::from_utf8(text) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    let is_text = is_text
        && !text
            .iter()
            .any(|byte| *byte < b' ' && !byte.is_ascii_whitespace());
    let what = match text.first() {
        Some(b'{' | b'[') if is_text => {
            "is a single JSON file, not an export: give the export's zip file or its folder"
        }
        Some(b'<') if is_text => {
            "is a web page, not a zip (perhaps a login page): sign in and download the export again"
        }
        _ if is_text => "is a text file, not a zip: give the export's zip file or its folder",
        _ => "is not a zip file: give the export's zip file or its folder",
    };
    Ok(format!("{shown} {what}"))
}

/// The first bytes of the file, at most 512.
fn head(shown: &str, file: &File, length: u64) -> Result<Vec<u8>> {
    let mut head = vec![0; usize::try_from(length.min(512))?];
    let read = read_exact_at(file, &mut head, 0);
    read.with_context(|| format!("could not read {shown}"))?;
    Ok(head)
}
