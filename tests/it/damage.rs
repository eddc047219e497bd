//! Damaged exports: whatever the input, a run ends with complete and good output, or with one
//! clear line and nothing else.
//!
//! `MIGRATE_CASES=20 cargo test --test it damage` tries twenty times as many.

use serde_json::Value;

use crate::{
    generator::Slack,
    hostile::odd::{Draw, change_a_value},
    program::{DEFAULT_LIMIT, Outcome, Place, times},
    report,
    zips::{Files, SAMPLE, file, generated, pack, unpack},
};

/// The lists at the root of an export.
const LISTS: [&str; 5] = [
    "users.json",
    "channels.json",
    "groups.json",
    "mpims.json",
    "dms.json",
];

const DAY: &str = "general/2024-03-04.json";

/// Converts `in.zip` and judges how that ends. `what` names the damage.
#[track_caller]
fn survive(place: &Place, options: &str, what: &str) -> Outcome {
    let args = format!("slack in.zip -o out.json -q --report report.json {options}");
    let outcome = place.run(&args);
    let said = outcome.stderr.as_str();
    let stdout = outcome.stdout.as_str();
    assert_eq!(stdout, "", "{what}");
    assert!(!said.contains("panicked"), "{what}: {said}");
    if outcome.code == 2 {
        assert!(said.starts_with("error: "), "{what}: {said}");
        assert_eq!(said.lines().count(), 1, "{what}: {said}");
        assert_eq!(place.names(), ["in.zip"], "{what}: {said}");
        return outcome;
    }
    assert!(matches!(outcome.code, 0 | 1), "{what}: {outcome:?}");
    assert_eq!(said, "", "{what}");
    assert_eq!(
        place.names(),
        ["in.zip", "out.json", "report.json"],
        "{what}"
    );
    let paths = [place.path("out.json")];
    let summary = match crate::checker::check(&paths, DEFAULT_LIMIT) {
        Ok(summary) => summary,
        Err(findings) => panic!("{what}: {}", findings[0]),
    };
    let report = place.json("report.json");
    report::assert_true(&report, &summary, place, "out");
    let is_whole = report["left_out"].as_array().is_some_and(Vec::is_empty);
    assert_eq!(is_whole, outcome.code == 0, "{what}");
    outcome
}

/// Converts damaged bytes in a place of their own.
#[track_caller]
fn survive_zip(zip: &[u8], options: &str, what: &str) -> Outcome {
    survive(&Place::with("in.zip", zip), options, what)
}

/// The sample with one file changed; `None` takes it out.
fn with_file(name: &str, contents: Option<&[u8]>) -> Vec<u8> {
    let mut files = unpack(SAMPLE);
    match contents {
        Some(contents) => *file(&mut files, name) = contents.to_vec(),
        None => files.retain(|(it, _)| it != name),
    }
    pack(&files)
}

fn sample_file(name: &str) -> Vec<u8> {
    file(&mut unpack(SAMPLE), name).clone()
}

/// The sample, and something with more conversations and strangers.
fn exports() -> [Vec<u8>; 2] {
    let small = Slack {
        strangers_percent: 50,
        seed: 7,
        ..Slack::new(60).with_channels(8)
    };
    [SAMPLE.to_vec(), generated(&small)]
}

/// The places in a zip where its directory begins and where its local headers stand.
fn landmarks(zip: &[u8]) -> (usize, Vec<usize>) {
    let number = |at: usize| u32::from_le_bytes(zip[at..at + 4].try_into().expect("four bytes"));
    let directory = number(zip.len() - 6) as usize;
    let is_header = |at: &usize| zip[*at..].starts_with(b"PK\x03\x04");
    (directory, (0..directory).filter(is_header).collect())
}

#[test]
fn a_zip_that_is_cut_anywhere_is_refused() {
    for zip in exports() {
        let (directory, _) = landmarks(&zip);
        let step = 1 + zip.len() / (60 * times::<usize>());
        let near_the_end = (directory..zip.len()).step_by(1 + step / 16);
        for end in (0..zip.len()).step_by(step).chain(near_the_end) {
            let outcome = survive_zip(&zip[..end], "", &format!("cut at {end}"));
            assert_eq!(outcome.code, 2, "cut at {end}");
        }
    }
}

#[test]
fn a_zip_with_flipped_bits_does_no_harm() {
    let mut draw = Draw(1);
    for zip in exports() {
        let (directory, headers) = landmarks(&zip);
        for case in 0..150 * times::<usize>() {
            let mut damaged = zip.clone();
            let at = match case % 3 {
                0 => draw.below(zip.len()),
                1 => *draw.pick(&headers) + draw.below(60),
                _ => directory + draw.below(zip.len() - directory),
            };
            damaged[at] ^= 1 << draw.below(8);
            let options = *draw.pick(&["", "--skip-unreadable", "--threads 1"]);
            survive_zip(&damaged, options, &format!("byte {at}, {options}"));
        }
    }
}

#[test]
fn a_zip_with_wild_numbers_in_its_headers_does_no_harm() {
    let mut draw = Draw(2);
    for zip in exports() {
        let (directory, headers) = landmarks(&zip);
        for case in 0..80 * times::<usize>() {
            let mut damaged = zip.clone();
            let at = match case % 4 {
                0 => *draw.pick(&headers) + draw.below(30),
                1 => zip.len() - 22 + draw.below(19),
                _ => directory + draw.below(zip.len() - directory - 4),
            };
            let number = *draw.pick(&[0u32, 1, 0xffff, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff]);
            let bytes = 1 + draw.below(4);
            damaged[at..at + bytes].copy_from_slice(&number.to_le_bytes()[..bytes]);
            let options = *draw.pick(&["", "--skip-unreadable"]);
            survive_zip(
                &damaged,
                options,
                &format!("{number:x} at {at}, {bytes} bytes"),
            );
        }
    }
}

#[test]
fn a_file_that_cannot_be_unpacked_is_an_error_or_left_out_by_name() {
    for name in LISTS.iter().chain([&DAY]) {
        let mut zip = with_file(name, Some(&sample_file(name)));
        // The name stands before the data in the local header, and again in the directory.
        let at = zip.windows(name.len()).position(|it| it == name.as_bytes());
        let data = at.expect("the name of the file") + name.len();
        zip[data + 20] ^= 0x55;
        let outcome = survive_zip(&zip, "", name);
        assert_eq!(outcome.code, 2, "{name}");
        let place = format!("could not read `{name}` in `in.zip`");
        assert!(outcome.stderr.contains(&place), "{}", outcome.stderr);

        let place = Place::with("in.zip", &zip);
        assert_eq!(survive(&place, "--skip-unreadable", name).code, 1);
        let left_out = &place.json("report.json")["left_out"];
        let is_named =
            left_out.as_array().expect("a list").iter().any(|it| {
                it["kind"] == "slack.unreadable_file" && it["examples"][0]["file"] == *name
            });
        assert!(is_named, "{left_out:#}");
    }
}

#[test]
fn a_file_that_is_larger_than_allowed_is_refused_or_left_out_by_name() {
    let (day, users) = (sample_file(DAY).len(), sample_file("users.json").len());
    assert!(day > users, "the day file is the largest");
    let place = Place::with("in.zip", SAMPLE);
    let limit = format!("--max-file-size {}", day - 1);
    let outcome = survive(&place, &limit, "too large");
    assert_eq!(
        outcome.stderr,
        format!(
            "error: could not read `{DAY}` in `in.zip`: it has {day} bytes, and a single file may have at \
             most {}; allow more by `--max-file-size`; or leave such files out: `--skip-unreadable`\n",
            day - 1
        )
    );
    let outcome = survive(&place, "--max-file-size 3GB", "more than can be allowed");
    let expected = "error: `--max-file-size 3GB`: more than `2GB` is read of no file\n";
    assert_eq!(outcome.stderr, expected);
    assert_eq!(
        survive(&place, &format!("{limit} --skip-unreadable"), "left out").code,
        1
    );
    let place = Place::with("in.zip", SAMPLE);
    assert_eq!(
        survive(&place, &format!("--max-file-size {day}"), "allowed").code,
        0
    );
}

#[test]
fn json_that_is_cut_anywhere_does_no_harm() {
    for name in LISTS.iter().chain([&DAY]) {
        let contents = sample_file(name);
        let step = 1 + contents.len() / (15 * times::<usize>());
        for end in (0..contents.len()).step_by(step) {
            let zip = with_file(name, Some(&contents[..end]));
            let outcome = survive_zip(&zip, "", &format!("{name} cut at {end}"));
            assert_ne!(outcome.code, 2, "{name} cut at {end}: {}", outcome.stderr);
        }
    }
}

#[test]
fn json_with_one_wrong_character_does_no_harm() {
    let mut draw = Draw(3);
    let exports = exports().map(|zip| unpack(&zip));
    for _ in 0..300 * times::<usize>() {
        let mut files = draw.pick(&exports).clone();
        let place = draw.below(files.len());
        let (name, contents) = &mut files[place];
        let kind = *draw.pick(&[b"\"\\" as &[u8], b"{}[]", b"0123456789", b":,", b" \n"]);
        let is_such = |at: &usize| kind.contains(&contents[*at]) || contents[*at] >= 0x80;
        let places: Vec<usize> = (0..contents.len()).filter(is_such).collect();
        if places.is_empty() {
            continue;
        }
        let at = *draw.pick(&places);
        let new = *draw.pick(b"\"\\{}[]:,x0-\x00\x1f\x80\xc3\xff");
        let what = format!("{name}: {} instead of byte {at}", new.escape_ascii());
        match draw.below(4) {
            0 => drop(contents.remove(at)),
            1 => contents.insert(at, new),
            _ => contents[at] = new,
        }
        let outcome = survive_zip(&pack(&files), "", &what);
        assert_ne!(outcome.code, 2, "{what}: {}", outcome.stderr);
    }
}

#[test]
fn values_that_nobody_expects_do_no_harm() {
    let mut draw = Draw(4);
    let exports = exports().map(|zip| unpack(&zip));
    for _ in 0..400 * times::<usize>() {
        let mut files = draw.pick(&exports).clone();
        let mut what = Vec::new();
        for _ in 0..1 + draw.below(3) {
            what.push(change_a_value(&mut files, &mut draw));
        }
        let what = what.join("; ");
        let place = Place::with("in.zip", &pack(&files));
        let outcome = survive(&place, "", &what);
        assert_ne!(outcome.code, 2, "{what}: {}", outcome.stderr);
        if let Some(messages) = messages_of(&files) {
            let read = report::book(&place.json("report.json"), "message", "read");
            assert_eq!(read, messages, "{what}");
        }
    }
}

/// How many messages the files of conversations hold, whatever these are; `None` if one is no
/// JSON list.
fn messages_of(files: &Files) -> Option<u64> {
    let days = files.iter().filter(|(name, _)| name.contains('/'));
    let counts = days.map(|(_, contents)| {
        let day: Vec<Value> = serde_json::from_slice(contents).ok()?;
        Some(day.len() as u64)
    });
    counts.sum()
}

#[test]
fn files_that_are_missing_or_hold_something_else_do_no_harm() {
    let deep = "[".repeat(200_000);
    let closed = format!("{deep}{}", "]".repeat(200_000));
    let in_message =
        format!(r#"[{{"type":"message","ts":"1709539201.000200","blocks":{closed}}}]"#);
    let wide: Vec<u8> = "[{}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for name in LISTS.iter().chain([&DAY]) {
        let texts: &[&[u8]] = &[
            b"null",
            b"[]",
            b"{}",
            b"[\"\"]",
            b"[null]",
            b"",
            b" \n",
            b"\"text\"",
            b"12",
            b"\0\0",
            b"[{}]",
            b"[{},]",
            b"[[]]",
            b"{\"a\":[]}",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            &wide,
            deep.as_bytes(),
            closed.as_bytes(),
            in_message.as_bytes(),
        ];
        for text in texts {
            let start = String::from_utf8_lossy(&text[..text.len().min(20)]);
            let what = format!("{name} holds {start:?}");
            let outcome = survive_zip(&with_file(name, Some(text)), "", &what);
            assert_ne!(outcome.code, 2, "{what}: {}", outcome.stderr);
        }
        let outcome = survive_zip(&with_file(name, None), "", &format!("no {name}"));
        assert_eq!(outcome.code, 0, "no {name}");
    }
}

#[test]
fn what_follows_or_precedes_the_json_is_no_reason_to_lose_it() {
    let whole = Place::with("in.zip", SAMPLE);
    survive(&whole, "", "the sample");
    for name in LISTS.iter().chain([&DAY]) {
        let contents = sample_file(name);
        for (before, after, code) in [
            ("\u{feff}", "", 0),
            ("\r\n ", " \r\n", 0),
            ("", "\0\0\0", 1),
            ("", "]", 1),
        ] {
            let changed = [before.as_bytes(), &contents, after.as_bytes()].concat();
            let place = Place::with("in.zip", &with_file(name, Some(&changed)));
            let outcome = survive(&place, "", name);
            assert!(
                outcome.code <= code,
                "{name} between {before:?} and {after:?}"
            );
            let is_same = place.read("out.json") == whole.read("out.json");
            assert!(is_same, "{name} between {before:?} and {after:?}");
        }
    }
}

#[test]
fn a_damaged_folder_ends_as_its_zip_does() {
    let mut draw = Draw(6);
    for _ in 0..20 * times::<usize>() {
        let mut files = unpack(SAMPLE);
        let what = change_a_value(&mut files, &mut draw);
        let place = Place::with("in.zip", &pack(&files));
        for (name, contents) in &files {
            place.put(&format!("in/{name}"), contents);
        }
        let zip = place.run("slack in.zip -o zip.json -q");
        let folder = place.run("slack in -o folder.json -q");
        assert_eq!(
            (folder.code, folder.stderr),
            (zip.code, zip.stderr),
            "{what}"
        );
        assert!(
            place.read("folder.json") == place.read("zip.json"),
            "{what}"
        );
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_in_a_folder_does_no_harm() {
    use std::{fs, os::unix::fs::symlink};

    for name in LISTS.iter().chain([&DAY]) {
        for what in ["a folder", "a link to nothing", "a link to a folder"] {
            let place = Place::new();
            for (name, contents) in unpack(SAMPLE) {
                place.put(&format!("in/{name}"), &contents);
            }
            let path = place.path(&format!("in/{name}"));
            fs::remove_file(&path).expect("the file can be removed");
            match what {
                "a folder" => fs::create_dir(&path),
                "a link to nothing" => symlink("nothing", &path),
                _ => symlink(place.path("tmp"), &path),
            }
            .expect("something in its place");
            let outcome = place.run("slack in -o out.json -q");
            assert!(
                matches!(outcome.code, 0 | 1),
                "{name} is {what}: {outcome:?}"
            );
            assert_eq!(outcome.stderr, "", "{name} is {what}");
            place.check("out", DEFAULT_LIMIT);
        }
    }
}

#[test]
fn a_damaged_people_file_does_no_harm() {
    let mut draw = Draw(5);
    let place = Place::with("in.zip", &exports()[1]);
    place
        .run("slack in.zip --dry-run -q --people people.json")
        .silent(0);
    let people = vec![("people.json".to_owned(), place.read("people.json"))];
    for case in 0..120 * times::<usize>() {
        let mut files = people.clone();
        let what = match case % 3 {
            0 => {
                let end = draw.below(files[0].1.len());
                files[0].1.truncate(end);
                format!("cut at {end}")
            }
            _ => change_a_value(&mut files, &mut draw),
        };
        place.put("people.json", &files[0].1);
        let outcome = place.run("slack in.zip -o out.json --people people.json -q --force");
        let said = outcome.stderr.as_str();
        assert!(!said.contains("panicked"), "{what}: {said}");
        if outcome.code == 2 {
            let start = "error: could not read the people file";
            assert!(
                said.starts_with(start) && said.lines().count() == 1,
                "{what}: {said}"
            );
        } else {
            outcome.silent(0);
            place.check("out", DEFAULT_LIMIT);
        }
    }
}

#[test]
fn what_is_said_of_damage_cannot_steer_a_terminal() {
    let text = r#"[{"type":"message","user":"U1\u001b[2J\u202e","ts":"\u001b]0;x\u0007"},
        {"type":"message","user":"U\u001b[2J","ts":"1709539201.000200","text":"\u001b[31m"}]"#;
    let place = Place::with("in.zip", &with_file(DAY, Some(text.as_bytes())));
    for args in ["-o out.json", "--dry-run"] {
        let outcome = place.run(&format!("slack in.zip {args}"));
        assert_eq!(outcome.code, 1);
        let said = outcome.stdout + &outcome.stderr;
        let is_harmful = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
        assert!(!said.contains(is_harmful), "{said:?}");
    }
}
