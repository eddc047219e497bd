//! What differs between Linux, macOS and Windows.
//!
//! The rest of the program uses the standard library as it is; locks are `File::lock`, and a rename
//! over an existing file is `fs::rename` on all three.

use std::fs::File;
use std::io;
use std::path::Path;

/// Fills `buffer` with the bytes of `file` from `offset` on, whatever the file's cursor.
///
/// On Windows the cursor moves; nobody else may rely on it.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] if the file ends before `buffer` is full, otherwise what the
/// system says.
#[cfg(unix)]
pub fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Fills `buffer` with the bytes of `file` from `offset` on, whatever the file's cursor.
///
/// On Windows the cursor moves; nobody else may rely on it.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] if the file ends before `buffer` is full, otherwise what the
/// system says.
#[cfg(windows)]
pub fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                buffer = buffer.get_mut(count..).unwrap_or_default();
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits until the names in a folder (new, renamed, removed files) are on the disk.
///
/// A file system that cannot do that (some network shares) is not an error.
///
/// # Errors
/// If the folder cannot be opened, or the disk reports an error.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        other => other,
    }
}

/// Does nothing: Windows has no such call, its file systems log changes of names themselves.
///
/// # Errors
/// None.
#[cfg(windows)]
pub fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::{File, read_exact_at, sync_folder};

    #[test]
    fn bytes_are_read_from_an_offset_and_never_past_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"0123456789").unwrap();
        let file = File::open(&path).unwrap();
        let mut buffer = [0; 4];
        for (offset, expected) in [(6, b"6789"), (0, b"0123")] {
            read_exact_at(&file, &mut buffer, offset).unwrap();
            assert_eq!(&buffer, expected);
        }
        let error = read_exact_at(&file, &mut buffer, 7).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_folder_can_be_synced() {
        let folder = tempfile::tempdir().unwrap();
        sync_folder(folder.path()).unwrap();
    }
}
