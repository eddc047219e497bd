//! Files that are held in memory as a whole: maps, lists, reports, answers.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Most that such a file may have, in bytes. Ours: it bounds what is read, of which memory may hold many
/// times as much, and is far above what a map or list of several million people has.
const MOST_BYTES: u64 = 1 << 30;

/// Reads such a file.
///
/// # Errors
/// If it cannot be read, or has too much.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let too_large = || {
        let what = "it has more than 1 GiB, the most that such a file may have: leave out what this run does not need";
        Err(io::Error::new(ErrorKind::FileTooLarge, what))
    };
    // What a pipe will have, it does not say.
    if file.metadata().is_ok_and(|it| it.len() > MOST_BYTES) {
        return too_large();
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MOST_BYTES {
        true => too_large(),
        false => Ok(bytes),
    }
}

/// Reads such a file as text.
///
/// # Errors
/// If it cannot be read, has too much, or is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_unless_it_is_too_large() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map");
        std::fs::write(&path, "häh").unwrap();
        assert_eq!(read_text(&path).unwrap(), "häh");
        std::fs::write(&path, b"\xe4").unwrap();
        assert_eq!(read(&path).unwrap(), b"\xe4");
        assert_eq!(read_text(&path).unwrap_err().kind(), ErrorKind::InvalidData);
        // It takes no room on the disk: nothing was written into it.
        File::create(&path)
            .unwrap()
            .set_len(MOST_BYTES + 1)
            .unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
