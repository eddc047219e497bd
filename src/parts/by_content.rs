//! Parts that are named by what they hold, so that many processes write into one folder, and one
//! that does its work again writes the same files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

/// How much of a checksum is a part's name, in hexadecimal digits: 128 bits, so that no two parts
/// get the same one by chance.
const NAME_DIGITS: usize = 32;

/// The name of the part with this checksum, without its extension.
pub fn stem(checksum: &str) -> &str {
    checksum.get(..NAME_DIGITS).unwrap_or(checksum)
}

/// Whether a name without its extension is one that a part may have.
pub fn is_stem(name: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    name.len() == NAME_DIGITS && name.bytes().all(is_digit)
}

/// The SHA-256 of a file, in hexadecimal digits.
///
/// # Errors
/// If the file cannot be read.
pub fn checksum(path: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    let place = || format!("could not read `{}`", path.display());
    let file = File::open(path).with_context(place)?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    loop {
        let bytes = reader.fill_buf().with_context(place)?;
        if bytes.is_empty() {
            break;
        }
        hasher.update(bytes);
        let count = bytes.len();
        reader.consume(count);
    }
    Ok(hex(hasher))
}

/// What a hasher found, in hexadecimal digits.
pub fn hex(hasher: Sha256) -> String {
    let mut text = String::new();
    for byte in hasher.finalize() {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Gives finished parts their names, unless a file with that name and those bytes is there already.
///
/// Each appears whole. Nothing is taken back if a later one fails: another process may have found a
/// part of ours in its place and left it to us.
///
/// # Errors
/// If a part cannot be renamed, or a file has the name of one and other bytes; then none of these
/// parts gets its name.
pub fn publish(parts: &[PathBuf], paths: &[PathBuf], checksums: &[&str]) -> Result<()> {
    let mut missing = Vec::new();
    for ((part, path), expected) in parts.iter().zip(paths).zip(checksums) {
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push((part, path)),
            Err(error) => {
                return Err(error).with_context(|| format!("could not read `{}`", path.display()));
            }
            Ok(_) if checksum(path)? == *expected => {}
            Ok(_) => bail!(
                "`{}` holds other bytes than its name says, so it was changed or cut off; remove it and run again",
                path.display()
            ),
        }
    }
    for (part, path) in missing {
        // Whoever takes the name between our look and this puts the same bytes in its place.
        fs::rename(part, path).with_context(|| format!("could not write `{}`", path.display()))?;
    }
    Ok(())
}
