//! Reading: sizes, zip64, several readers, and entries that are not what the zip states.

use std::fs;

use migrate_archive::{Archive, MAX_FILE_BYTES, NoteKind};

use crate::zips::{End, ROOTS, Scratch, ZipFile, deflated, notes, stored, view, zip, zip_with};

/// Text that compresses as a chat does, not better.
fn text(seed: u32, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        b"abcdefgh ,\"{}:\n"[(state >> 8) as usize % 15]
    };
    (0..bytes).map(|_| next()).collect()
}

#[test]
fn files_of_any_size_are_read_in_any_order() {
    let sizes = [0, 1, 100, 70_000, 5 << 20, 7_000];
    for make in [stored, deflated] {
        let mut files: Vec<ZipFile> = Vec::new();
        for (number, size) in sizes.into_iter().enumerate() {
            files.push(make(format!("{number}.json"), text(number as u32, size)));
        }
        // Sizes that follow the data, and an extra field that no guess is long enough for.
        files[2].flags |= 8;
        files[3].local_extra = [b"ZZ\x00\x08".as_slice(), &[0; 0x800]].concat();
        let scratch = Scratch::new();
        let archive = scratch.try_open(&zip(&files)).unwrap();
        let mut reader = archive.reader().unwrap();
        for number in [4, 0, 3, 3, 1, 5, 4, 2] {
            let expected = text(number as u32, sizes[number]);
            assert!(reader.read(number).unwrap() == expected, "{number}");
            let (mut copied, mut told) = (Vec::new(), 0);
            let mut each = |bytes| {
                told += bytes;
                Ok(())
            };
            reader.copy(number, &mut copied, &mut each).unwrap();
            assert!(copied == expected, "{number}");
            assert_eq!(told, expected.len() as u64);
        }
    }
}

#[test]
fn more_than_65_535_files_need_no_more_than_zip64() {
    let files: Vec<ZipFile> = (0..70_000)
        .map(|number| stored(format!("a/{number:06}.json"), number.to_string()))
        .collect();
    let scratch = Scratch::new();
    let archive = scratch.try_open(&zip_with(&files, End::Zip64).0).unwrap();
    assert_eq!(archive.len(), 70_000);
    let last = archive.find("a/069999.json").unwrap();
    assert_eq!(archive.reader().unwrap().read(last).unwrap(), b"69999");
}

#[test]
fn a_zip_that_counts_modulo_65_536_is_an_error() {
    let files = vec![stored("a.json", b"[]"); 70_000];
    let scratch = Scratch::new();
    for files in [&files, &files[..1 << 16]] {
        assert_eq!(
            scratch.open_error(&zip(files)),
            "the zip `export.zip` holds more files than it announces, as zips made by macOS do \
             from 65,536 files on: give the unzipped folder"
        );
    }
}

#[test]
fn sizes_may_stand_in_the_zip64_field() {
    let mut file = deflated("a.json", b"hello hello hello hello hello hello");
    let sizes = [file.size.into(), file.packed.len() as u64].map(u64::to_le_bytes);
    file.extra = [b"\x01\x00\x10\x00".as_slice(), &sizes.concat()].concat();
    let (mut bytes, directory) = zip_with(&[file], End::Zip64);
    bytes[directory + 20..directory + 28].fill(0xff);
    let scratch = Scratch::new();
    let archive = scratch.try_open(&bytes).unwrap();
    assert_eq!(view(&archive)[0].1, b"hello hello hello hello hello hello");
}

#[test]
fn readers_on_several_threads_see_the_same() {
    let files: Vec<ZipFile> = (0..300)
        .map(|number| {
            deflated(
                format!("{number:03}.json"),
                text(number, number as usize * 31),
            )
        })
        .collect();
    let scratch = Scratch::new();
    let archive = scratch.try_open(&zip(&files)).unwrap();
    let sums = std::thread::scope(|scope| {
        let read = || {
            let mut reader = archive.reader().unwrap();
            let entries = 0..archive.len();
            entries
                .map(|entry| libdeflater::crc32(reader.read(entry).unwrap()))
                .collect::<Vec<_>>()
        };
        let threads = [0; 4].map(|_| scope.spawn(read));
        threads.map(|thread| thread.join().unwrap())
    });
    let expected: Vec<u32> = files.iter().map(|file| file.crc).collect();
    assert!(sums.iter().all(|sums| *sums == expected));
}

#[test]
fn a_zip_behind_a_program_is_read() {
    let mut bytes = b"#!/bin/sh\nexit 0\n".to_vec();
    bytes.extend(zip(&[stored("a.json", b"[1]")]));
    let scratch = Scratch::new();
    let archive = scratch.try_open(&bytes).unwrap();
    assert_eq!(view(&archive), [("a.json".to_owned(), b"[1]".to_vec())]);
}

/// What reading says after one thing was made wrong.
fn check(change: fn(&mut ZipFile), expected: &str) {
    let mut file = deflated("a.json", text(1, 1000));
    change(&mut file);
    let error = Scratch::new().read_error(&zip(&[file]));
    let prefix = "could not read `a.json` in `export.zip`: ";
    let cause = error
        .strip_prefix(prefix)
        .unwrap_or_else(|| panic!("{error}"));
    assert_eq!(cause, expected);
}

#[test]
fn an_entry_that_is_not_what_the_zip_states_is_an_error() {
    check(
        |file| file.crc ^= 1,
        "its checksum is wrong, so it is damaged: download the archive again",
    );
    check(
        |file| file.size -= 1,
        "it is larger than the 999 bytes that the zip states",
    );
    check(
        |file| file.size += 1,
        "it has 1000 bytes and not 1001, as the zip states: download the archive again",
    );
    check(
        |file| file.packed = vec![0xff; 500],
        "its compressed data is damaged: download the archive again",
    );
    check(
        |file| file.method = 12,
        "it is compressed by a method that is not read (Bzip2): unzip the archive and give the folder",
    );
}

#[test]
fn a_bomb_is_refused_before_memory_is_taken() {
    check(
        |file| {
            file.packed = vec![0; 1000];
            file.size = 2_000_000_000;
        },
        "it claims to unpack 1000 bytes to 2000000000, which is impossible: the zip is damaged or a trap",
    );
    check(
        |file| {
            file.method = 0;
            file.packed.truncate(10);
        },
        "it claims to unpack 10 bytes to 1000, which is impossible: the zip is damaged or a trap",
    );
    check(
        |file| file.size = (MAX_FILE_BYTES + 1) as u32,
        "it has 2147483648 bytes, and a single file may have at most 2147483647 (2 GiB)",
    );
}

#[test]
fn a_file_in_a_folder_has_the_same_cap() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("folder")).unwrap();
    let big = fs::File::create(scratch.path("folder/big.json")).unwrap();
    // A hole: it takes no space on the disk.
    big.set_len(MAX_FILE_BYTES + 1).unwrap();
    let archive = Archive::open(&scratch.path("folder"), ROOTS).unwrap();
    let error = archive.reader().unwrap().read(0).unwrap_err();
    assert_eq!(
        scratch.shorten(&error),
        "could not read `big.json` in `folder`: it has 2147483648 bytes, and a single file may \
         have at most 2147483647 (2 GiB)"
    );
}

#[test]
fn a_high_ratio_is_noted_and_read() {
    let files = [
        deflated("zeros.json", vec![b'0'; 2 << 20]),
        deflated("few.json", [b'0'; 9999]),
    ];
    let scratch = Scratch::new();
    let archive = scratch.try_open(&zip(&files)).unwrap();
    assert_eq!(notes(&archive), [("zeros.json", NoteKind::HighRatio)]);
    assert_eq!(view(&archive).len(), 2);
}

#[test]
fn an_entry_that_is_not_there_is_an_error() {
    let scratch = Scratch::new();
    let archive = scratch.try_open(&zip(&[stored("a.json", b"[]")])).unwrap();
    assert_eq!((archive.name(1), archive.size(1)), ("", 0));
    assert!(archive.reader().unwrap().read(1).is_err());
    assert!(!archive.is_empty());
}
