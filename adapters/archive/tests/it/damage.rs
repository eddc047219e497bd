//! Damaged zips: an error or the right bytes, never a panic and never other bytes.

use crate::zips::{End, Scratch, ZipFile, deflated, stored, zip, zip_with};

const CUT_OFF: &str = "the zip `export.zip` is cut off, its end is missing: download it again";

fn sample() -> Vec<ZipFile> {
    let line = "{\"type\":\"message\",\"user\":\"U1\",\"text\":\"hello\"},";
    let mut streamed = deflated("general/2026-01-02.json", line.repeat(9));
    streamed.flags |= 8;
    vec![
        stored("users.json", "[{\"id\":\"U1\",\"name\":\"ann\"}]"),
        deflated("general/2026-01-01.json", line.repeat(30)),
        streamed,
        deflated("チャネル/2026-01-01.json", line.repeat(3)),
    ]
}

/// Opens damaged bytes and reads what can be read; whatever has a name of the sample and is read
/// without an error must be what the sample holds.
fn check_no_wrong_bytes(
    scratch: &Scratch,
    bytes: &[u8],
    contents: &[(String, Vec<u8>)],
    what: &str,
) {
    let Ok(archive) = scratch.try_open(bytes) else {
        return;
    };
    let mut reader = archive.reader().unwrap();
    for entry in 0..archive.len() {
        let is_right = |read: &[u8]| contents.iter().any(|(_, contents)| contents == read);
        if let Ok(read) = reader.read(entry) {
            assert!(is_right(read), "{what}: {}", archive.name(entry));
        }
        let mut copied = Vec::new();
        if reader.copy(entry, &mut copied, &mut |_| Ok(())).is_ok() {
            assert!(is_right(&copied), "{what}: {} copied", archive.name(entry));
        }
    }
}

fn contents(scratch: &Scratch, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    crate::zips::view(&scratch.try_open(bytes).unwrap())
}

#[test]
fn a_zip_that_is_cut_anywhere_says_so() {
    let scratch = Scratch::new();
    let (bytes, _) = zip_with(&sample(), End::Zip32);
    for length in (4..bytes.len()).step_by(37) {
        let error = scratch.open_error(&bytes[..length]);
        if length + 22 <= bytes.len() {
            assert_eq!(error, CUT_OFF, "{length}");
        }
    }
}

#[test]
fn a_cut_zip_is_not_mistaken_for_a_zip_stored_in_it() {
    let inner = zip(&[stored("users.json", b"[]"), stored("a/1.json", b"[]")]);
    let whole = zip(&[
        stored("general/1.json", b"[1]"),
        stored("upload.zip", &inner),
    ]);
    let end = whole
        .windows(inner.len())
        .position(|bytes| bytes == inner)
        .unwrap()
        + inner.len();
    let error = Scratch::new().open_error(&whole[..end]);
    assert!(
        error.starts_with("the directory of the zip `export.zip` cannot be read: "),
        "{error}"
    );
}

#[test]
fn a_flipped_byte_never_gives_wrong_bytes() {
    for end in [End::Zip32, End::Zip64] {
        let scratch = Scratch::new();
        let (bytes, _) = zip_with(&sample(), end);
        let contents = contents(&scratch, &bytes);
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                check_no_wrong_bytes(&scratch, &bytes, &contents, &format!("{at} ^ {flip:#x}"));
            }
        }
    }
}

#[test]
fn a_flipped_byte_in_the_end_record_never_hides_files() {
    for end in [End::Zip32, End::Zip64] {
        let scratch = Scratch::new();
        let (bytes, _) = zip_with(&sample(), end);
        let contents = contents(&scratch, &bytes);
        let records = bytes.len() - if end == End::Zip64 { 98 } else { 22 };
        for at in records..bytes.len() {
            for flip in (0..8).map(|bit| 1 << bit) {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                if let Ok(archive) = scratch.try_open(&bytes) {
                    assert_eq!(crate::zips::view(&archive), contents, "{at} ^ {flip:#x}");
                }
            }
        }
    }
}

#[test]
fn random_numbers_in_the_directory_never_panic() {
    let scratch = Scratch::new();
    let (bytes, directory) = zip_with(&sample(), End::Zip64);
    let contents = contents(&scratch, &bytes);
    for at in directory..bytes.len() - 8 {
        for number in [0, 1, u64::MAX, u64::MAX - 50, 1 << 31, 1 << 63] {
            for width in [2, 4, 8] {
                let mut bytes = bytes.clone();
                bytes[at..at + width].copy_from_slice(&number.to_le_bytes()[..width]);
                check_no_wrong_bytes(&scratch, &bytes, &contents, &format!("{at} = {number}"));
            }
        }
    }
}

#[test]
fn entries_that_share_bytes_are_no_export() {
    let files: Vec<ZipFile> = (0..9)
        .map(|number| stored(format!("{number}.json"), [b'x'; 500]))
        .collect();
    let (mut bytes, directory) = zip_with(&files, End::Zip32);
    // All entries point at the first one, and what the others had is cut out of the file.
    let entry_bytes = 46 + "0.json".len();
    for entry in 0..files.len() {
        let at = directory + entry * entry_bytes + 42;
        bytes[at..at + 4].fill(0);
    }
    let kept = 30 + "0.json".len() + 500;
    bytes.drain(kept..directory);
    let end = bytes.len() - 22;
    bytes[end + 16..end + 20].copy_from_slice(&(kept as u32).to_le_bytes());
    assert_eq!(
        Scratch::new().open_error(&bytes),
        "the files in the zip `export.zip` overlap, which real exports never do: download it again"
    );
}

#[test]
fn an_entry_outside_of_the_zip_is_an_error_of_its_own() {
    let (mut bytes, directory) = zip_with(&sample(), End::Zip32);
    let first = directory + 42;
    bytes[first..first + 4].copy_from_slice(&u32::MAX.wrapping_sub(9).to_le_bytes());
    let scratch = Scratch::new();
    let archive = scratch.try_open(&bytes).unwrap();
    let mut reader = archive.reader().unwrap();
    let users = archive.find("users.json").unwrap();
    assert_eq!(
        scratch.shorten(&reader.read(users).unwrap_err()),
        "could not read `users.json` in `export.zip`: it lies outside of the zip: the zip is \
         damaged or cut off, download it again"
    );
    assert!(
        reader
            .read(archive.find("general/2026-01-01.json").unwrap())
            .is_ok()
    );
}
