//! Names: their encoding, junk, wrapping folders, equal and refused ones, in zips and folders.

use std::fs;

use migrate_archive::{Archive, NoteKind};

use crate::zips::{ROOTS, Scratch, ZipFile, deflated, names, notes, stored, view, zip};

/// Names as they stand in a zip, and as they are seen, in their order.
fn check(given: &[&[u8]], expected: &[&str]) {
    let files: Vec<ZipFile> = given.iter().map(|name| stored(name, b"[]")).collect();
    let scratch = Scratch::new();
    let archive = scratch.try_open(&zip(&files)).unwrap();
    assert_eq!(names(&archive), expected);
}

#[test]
fn a_name_is_utf8_without_the_flag_and_else_cp437() {
    check(&["チャネル/1.json".as_bytes()], &["チャネル/1.json"]);
    check(&[b"caf\x82/1.json"], &["café/1.json"]);
    let mut flagged = stored("café/1.json", b"[]");
    flagged.flags = 1 << 11;
    let scratch = Scratch::new();
    let archive = scratch.try_open(&zip(&[flagged])).unwrap();
    assert_eq!(names(&archive), ["café/1.json"]);
}

#[test]
fn entries_stand_in_the_order_of_their_names() {
    check(
        &[b"b/1", b"a", b"b", b"a/2", b"a-"],
        &["a", "a-", "a/2", "b", "b/1"],
    );
}

#[test]
fn junk_and_folders_are_no_entries() {
    check(
        &[
            b"a/",
            b"__MACOSX/a/._1.json",
            b"a/.DS_Store",
            b"a/1.json",
            b"Thumbs.db",
            b"a/._1.json",
        ],
        &["a/1.json"],
    );
}

#[test]
fn a_wrapping_folder_is_taken_off_when_a_root_stands_below_it() {
    check(
        &[b"w/users.json", b"w/a/1.json"],
        &["a/1.json", "users.json"],
    );
    check(
        &[b"w/", b"w/users.json", b"__MACOSX/w/._users.json"],
        &["users.json"],
    );
    check(
        &[b"v/w/a/1.json", b"v/w/users.json"],
        &["a/1.json", "users.json"],
    );
    check(&[b"v/w/users.json/1"], &["users.json/1"]);
}

#[test]
fn a_wrapping_folder_stays_where_it_may_be_part_of_the_export() {
    check(
        &[b"general/1.json", b"general/2.json"],
        &["general/1.json", "general/2.json"],
    );
    check(&[b"w/users.json", b"x.json"], &["w/users.json", "x.json"]);
    check(
        &[b"w/users.json", b"users.json"],
        &["users.json", "w/users.json"],
    );
    check(&[b"w/myusers.json"], &["w/myusers.json"]);
    check(&[b"users.json/users.json"], &["users.json/users.json"]);
}

#[test]
fn of_equal_names_the_last_one_counts() {
    let files = [
        stored("a", b"first"),
        stored("b", b"b"),
        stored("./a", b"second"),
        deflated("a", b"third"),
    ];
    let scratch = Scratch::new();
    let archive = scratch.try_open(&zip(&files)).unwrap();
    assert_eq!(
        view(&archive),
        [
            ("a".to_owned(), b"third".to_vec()),
            ("b".to_owned(), b"b".to_vec())
        ]
    );
    assert_eq!(notes(&archive), [("a", NoteKind::RepeatedName); 2]);
}

#[test]
fn names_that_lead_out_are_left_out_and_noted() {
    let mut link = stored("link", b"users.json");
    link.unix_mode = 0o120_777;
    let files = ["/etc/passwd", "../up", r"C:\x", "a/1.json"].map(|name| stored(name, b"[]"));
    let files: Vec<ZipFile> = files.into_iter().chain([link]).collect();
    let scratch = Scratch::new();
    let archive = scratch.try_open(&zip(&files)).unwrap();
    assert_eq!(names(&archive), ["a/1.json"]);
    let expected = [
        ("/etc/passwd", NoteKind::RefusedName),
        ("../up", NoteKind::RefusedName),
        (r"C:\x", NoteKind::RefusedName),
        ("link", NoteKind::NotAFile),
    ];
    assert_eq!(notes(&archive), expected);
}

#[test]
fn a_folder_and_its_zip_look_the_same() {
    let files: [(&str, &[u8]); 6] = [
        ("w/users.json", b"[]"),
        ("w/general/2026-01-01.json", b"[1]"),
        ("w/general/2026-01-02.json", b""),
        ("w/g\u{e9}n\u{e9}ral/2026-01-01.json", b"[2]"),
        ("w/.DS_Store", b"x"),
        ("__MACOSX/w/._users.json", b"x"),
    ];
    let scratch = Scratch::new();
    for (name, contents) in files {
        let path = scratch.path("folder").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }
    let folder = Archive::open(&scratch.path("folder"), ROOTS).unwrap();
    let zipped = files.map(|(name, contents)| deflated(name, contents));
    let zipped = scratch.try_open(&zip(&zipped)).unwrap();
    assert_eq!(view(&folder), view(&zipped));
    assert_eq!(names(&folder).len(), 4);
    assert_eq!(folder.find("users.json"), Some(3));
    assert_eq!(folder.find("w/users.json"), None);
}

#[cfg(unix)]
#[test]
fn links_to_files_are_read_and_links_to_folders_are_noted() {
    let scratch = Scratch::new();
    let folder = scratch.path("folder");
    fs::create_dir_all(folder.join("a")).unwrap();
    fs::write(folder.join("a/1.json"), b"[1]").unwrap();
    for (target, link) in [("a/1.json", "2.json"), ("..", "a/up"), ("nowhere", "lost")] {
        std::os::unix::fs::symlink(target, folder.join(link)).unwrap();
    }
    let archive = Archive::open(&folder, ROOTS).unwrap();
    let expected = ["2.json", "a/1.json"].map(|name| (name.to_owned(), b"[1]".to_vec()));
    assert_eq!(view(&archive), expected);
    let expected = [("lost", NoteKind::NotAFile), ("a/up", NoteKind::NotAFile)];
    assert_eq!(notes(&archive), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_unicode_is_read_and_noted() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let scratch = Scratch::new();
    let folder = scratch.path("folder");
    fs::create_dir_all(folder.join("w").join(OsStr::from_bytes(b"caf\xe9"))).unwrap();
    fs::write(folder.join("w/users.json"), b"[]").unwrap();
    let odd = folder
        .join("w")
        .join(OsStr::from_bytes(b"caf\xe9"))
        .join("1.json");
    fs::write(odd, b"[1]").unwrap();
    let archive = Archive::open(&folder, ROOTS).unwrap();
    let expected = [("caf\u{fffd}/1.json", "[1]"), ("users.json", "[]")];
    let expected = expected.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    assert_eq!(view(&archive), expected);
    assert_eq!(
        notes(&archive),
        [("w/caf\u{fffd}/1.json", NoteKind::LossyName)]
    );
}
