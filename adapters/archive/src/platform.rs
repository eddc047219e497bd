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

/// Makes a folder that only its owner can look into, as far as the system knows owners.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if there is something at `path`, otherwise what the system
/// says.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Whether `path` still leads to the file that is open as `file`.
///
/// # Errors
/// If the file cannot be asked; a path that leads nowhere is no error.
#[cfg(unix)]
pub fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let id = |it: std::fs::Metadata| (it.dev(), it.ino());
    match path.metadata() {
        Ok(found) => Ok(id(found) == id(file.metadata()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether `path` still leads to the file that is open as `file`.
///
/// Windows keeps the name of a removed file for as long as it is open, so that the name cannot
/// lead to another file.
///
/// # Errors
/// None.
#[cfg(windows)]
pub fn is_same_file(_file: &File, path: &Path) -> io::Result<bool> {
    Ok(path.exists())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::{File, is_same_file, read_exact_at};

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
    fn a_file_that_was_removed_and_made_again_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = File::create(&path).unwrap();
        assert!(is_same_file(&file, &path).unwrap());
        if cfg!(unix) {
            fs::remove_file(&path).unwrap();
            assert!(!is_same_file(&file, &path).unwrap());
            File::create(&path).unwrap();
            assert!(!is_same_file(&file, &path).unwrap());
        }
    }
}
