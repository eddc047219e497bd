//! What is said about inputs that cannot be opened.

use std::fs;

use migrate_archive::Archive;

use crate::zips::{ROOTS, Scratch, deflated, stored, zip};

fn check(bytes: &[u8], expected: &str) {
    assert_eq!(Scratch::new().open_error(bytes), expected);
}

#[test]
fn other_formats_are_named_with_what_to_do() {
    let tar = [[0; 257].as_slice(), b"ustar\0", &[0; 700]].concat();
    let cases: [(&[u8], &str); 9] = [
        (b"", "is empty: download the export again"),
        (
            b"\x1f\x8b\x08\0",
            "is gzip data (`.gz` or `.tar.gz`), not a zip: unpack it and give what comes out",
        ),
        (
            b"7z\xbc\xaf\x27\x1c",
            "is a 7-Zip archive, not a zip: unpack it and give the folder",
        ),
        (
            b"Rar!\x1a\x07\x01",
            "is a RAR archive, not a zip: unpack it and give the folder",
        ),
        (
            &tar,
            "is a tar archive, not a zip: unpack it and give the folder",
        ),
        (
            b"\xef\xbb\xbf [{\"id\": \"U1\"}]",
            "is a single JSON file, not an export: give the export's zip file or its folder",
        ),
        (
            b"<!doctype html><title>Sign in",
            "is a web page, not a zip (perhaps a login page): sign in and download the export again",
        ),
        (
            "notes – draft".as_bytes(),
            "is a text file, not a zip: give the export's zip file or its folder",
        ),
        (
            b"\x89PNG\r\n\x1a\n",
            "is not a zip file: give the export's zip file or its folder",
        ),
    ];
    for (bytes, expected) in cases {
        check(bytes, &format!("`export.zip` {expected}"));
    }
}

#[test]
fn a_path_to_nothing_is_named() {
    let scratch = Scratch::new();
    let error = Archive::open(&scratch.path("nothing.zip"), ROOTS).unwrap_err();
    assert_eq!(scratch.shorten(&error), "`nothing.zip` does not exist");
}

#[cfg(unix)]
#[test]
fn a_device_is_named() {
    let error = Archive::open("/dev/null".as_ref(), ROOTS).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`/dev/null` is a device or a pipe: a zip is read from its end, so save it as a file and \
         give that"
    );
}

#[test]
fn an_encrypted_zip_is_an_error_that_says_so() {
    let mut file = deflated("users.json", b"[]");
    file.flags = 1;
    check(
        &zip(&[stored("a.json", b"[]"), file]),
        "the zip `export.zip` is encrypted: unzip it with its password and give the folder",
    );
}

#[test]
fn a_zip_in_a_zip_is_named() {
    let inner = zip(&[stored("users.json", b"[]")]);
    check(
        &zip(&[stored("w/", b""), stored("w/inner.ZIP", inner)]),
        "`export.zip` holds nothing but another zip, `w/inner.ZIP`: take that out and give it",
    );
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("folder")).unwrap();
    fs::write(scratch.path("folder/inner.zip"), b"PK").unwrap();
    let error = Archive::open(&scratch.path("folder"), ROOTS).unwrap_err();
    assert_eq!(
        scratch.shorten(&error),
        "the folder `folder` holds nothing but a zip, `inner.zip`: give that file"
    );
}

#[test]
fn an_empty_zip_has_no_entries() {
    let scratch = Scratch::new();
    let archive = scratch.try_open(&zip(&[])).unwrap();
    assert!(archive.is_empty());
}
