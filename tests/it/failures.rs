//! What cannot work: wrong input, wrong options, output that is in the way, records that are left
//! out. Each run ends with 2 and one message, compared whole, and leaves everything as it was.
//! Runs that are stopped or hindered from outside stand in `stopped`.

use std::fs;

use crate::{
    program::{DEFAULT_LIMIT, Place},
    zips::{SAMPLE, pack, unpack},
};

fn sample() -> Place {
    Place::with("in.zip", SAMPLE)
}

/// The sample with a message that has no time.
pub(crate) fn with_a_loss() -> Place {
    let mut files = unpack(SAMPLE);
    let message = br#"[{"type":"message","user":"U05MAREN01","text":"when?"}]"#;
    files.push(("general/2024-05-01.json".to_owned(), message.to_vec()));
    Place::with("in.zip", &pack(&files))
}

/// Runs on the sample fail with this message and leave nothing.
#[track_caller]
fn refuses(args: &str, message: &str) {
    let place = sample();
    place.run(&format!("slack in.zip {args}")).fails(message);
    assert_eq!(place.names(), ["in.zip"]);
}

/// An input of these bytes fails with this message.
#[track_caller]
fn refuses_input(bytes: &[u8], message: &str) {
    let place = Place::with("in.zip", bytes);
    place.run("slack in.zip -o out.json").fails(message);
    assert_eq!(place.names(), ["in.zip"]);
}

#[test]
fn an_input_that_is_no_export_is_named_for_what_it_is() {
    refuses_input(b"", "`in.zip` is empty: download the export again");
    refuses_input(
        b"dear diary",
        "`in.zip` is a text file, not a zip: give the export's zip file or its folder",
    );
    refuses_input(
        &[0xfe; 100],
        "`in.zip` is not a zip file: give the export's zip file or its folder",
    );
    refuses_input(
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
        "`in.zip` is gzip data (`.gz` or `.tar.gz`), not a zip: unpack it and give what comes out",
    );
    refuses_input(
        b"[{\"id\":\"U1\"}]",
        "`in.zip` is a single JSON file, not an export: give the export's zip file or its folder",
    );
    refuses_input(
        &pack(&Vec::new()),
        "`in.zip` holds no files: give the zip that Slack made, or the folder it unpacks to",
    );
    refuses_input(
        &SAMPLE[..SAMPLE.len() / 2],
        "the zip `in.zip` is cut off, its end is missing: download it again",
    );
    refuses_input(
        &pack(&vec![("notes/todo.txt".to_owned(), b"milk".to_vec())]),
        "`in.zip` holds none of the files of a Slack export, but others such as \
         `notes/todo.txt`: give the zip that Slack made, with `users.json`, `channels.json` and a \
         folder for each channel, or the folder it unpacks to",
    );
    refuses_input(
        &pack(&vec![("export.zip".to_owned(), SAMPLE.to_vec())]),
        "`in.zip` holds nothing but another zip, `export.zip`: take that out and give it",
    );
}

#[test]
fn an_encrypted_zip_is_named_as_such() {
    // "general purpose bit flag", bit 0; APPNOTE 4.4.4.
    let mut zip = SAMPLE.to_vec();
    for at in 0..zip.len() - 10 {
        match &zip[at..at + 4] {
            b"PK\x03\x04" => zip[at + 6] |= 1,
            b"PK\x01\x02" => zip[at + 8] |= 1,
            _ => {}
        }
    }
    refuses_input(
        &zip,
        "the zip `in.zip` is encrypted: unzip it with its password and give the folder",
    );
}

#[test]
fn an_export_with_nothing_in_it_is_no_success() {
    let empty = |name: &str| (name.to_owned(), b"[]".to_vec());
    refuses_input(
        &pack(&vec![empty("users.json"), empty("channels.json")]),
        "the input holds nothing to write: no user, no channel and no message",
    );
}

#[test]
fn an_input_that_is_not_there_is_named() {
    let place = Place::new();
    place
        .run("slack in.zip -o out.json")
        .fails("`in.zip` does not exist");
    let place = sample();
    place.run("slack in.zip in.zip -o out.json").fails(
        "`migrate slack` reads one export at a time, and 2 were given: run it once for each",
    );
}

#[test]
fn existing_output_is_kept_unless_force_is_given() {
    let place = sample();
    let old = ["out.json", "out-003.json"];
    for name in old {
        place.put(name, b"old");
    }
    // Names that no run would give, or not without those before them.
    let others = [
        "out-x.json",
        "out-12.json",
        "out-2024.json",
        "out.jsonl",
        "output.json",
    ];
    for name in others {
        place.put(name, b"other");
    }
    let before = place.names();
    place.run("slack in.zip -o out.json").fails(
        "the output `out.json` and 1 more exist already; use another name, or `--force` to \
         replace it",
    );
    assert_eq!(place.names(), before);
    for name in old {
        assert_eq!(place.read(name), b"old");
    }

    let outcome = place.run("slack in.zip -o out.json --force");
    assert_eq!(outcome.code, 0);
    let said = "replaced 2 files of an earlier run\nwrote 1 file, ";
    assert!(outcome.stderr.starts_with(said), "{}", outcome.stderr);
    crate::checker::assert_good(&[place.path("out.json")], DEFAULT_LIMIT);
    let mut expected: Vec<&str> = others.to_vec();
    expected.extend(["in.zip", "out.json"]);
    expected.sort_unstable();
    assert_eq!(place.names(), expected);

    place
        .run("slack in.zip -o out.json --force -q --max-part-size 20kB")
        .silent(0);
    expected.retain(|name| *name != "out.json");
    expected.extend(["out-001.json", "out-002.json"]);
    expected.sort_unstable();
    assert_eq!(place.names(), expected);
}

#[test]
fn a_report_replaces_only_a_report_and_a_people_file_its_like() {
    let place = sample();
    for (option, what) in [("--report", "report"), ("--people", "people file")] {
        place.put("notes.json", b"{\"mine\": true}");
        let args = format!("slack in.zip --dry-run -q {option}");
        let message = format!(
            "`notes.json` exists and is no {what}; use another name, or `--force` to replace it"
        );
        place.run(&format!("{args} notes.json")).fails(&message);
        assert_eq!(place.read("notes.json"), b"{\"mine\": true}");
        place.run(&format!("{args} notes.json --force")).silent(0);
        place.run(&format!("{args} notes.json")).silent(0);
    }
}

#[test]
fn an_output_inside_the_input_is_refused() {
    let place = Place::new();
    for (name, contents) in unpack(SAMPLE) {
        place.put(&format!("in/{name}"), &contents);
    }
    let before = place.names();
    for output in ["in/out.json", "in/general/out.json"] {
        place
            .run(&format!("slack in -o {output}"))
            .fails("the output would stand in the input `in`, and be read as a part of it next time; choose another folder");
    }
    assert_eq!(place.names(), before);
}

#[test]
fn a_failed_run_keeps_the_output_that_it_was_to_replace() {
    let place = sample();
    place.put("out.json", b"old");
    let outcome = place.run("slack in.zip -o out.json --force --max-part-size 1kB");
    assert_eq!(outcome.code, 2);
    assert_eq!(place.names(), ["in.zip", "out.json"]);
    assert_eq!(place.read("out.json"), b"old");
}

#[test]
fn an_output_that_cannot_be_is_refused_before_anything_is_read() {
    refuses(
        "-o new/out.json",
        "the folder `new` does not exist; create it first",
    );
    refuses(
        "-o tmp",
        "the output `tmp` is a folder; give the name of a file in it",
    );
    refuses(
        "-o .",
        "the output `.` is a folder; give the name of a file in it",
    );
    refuses(
        "-o out.txt",
        "the output `out.txt` should end in `.json` (one array) or `.jsonl` (JSON Lines); or say \
         `--format`",
    );
    refuses(
        "-o out",
        "the output `out` should end in `.json` (one array) or `.jsonl` (JSON Lines); or say \
         `--format`",
    );
    refuses(
        "-o out.json --report new/report.json",
        "the folder `new` of the report does not exist; create it first",
    );
    refuses(
        "-o out.json --people tmp",
        "the people file `tmp` is a folder; give a file",
    );
    let place = sample();
    fs::create_dir(place.path("out-002.json")).expect("a folder");
    place.run("slack in.zip -o out.json --force").fails(
        "the folder `out-002.json` has a name that a part of the output may get; use another name \
         for the output",
    );
}

#[test]
fn one_file_is_not_used_for_two_things() {
    for (args, what) in [
        ("-o out.json --report out.json", "report `out.json`"),
        (
            "-o out.json --report tmp/../out-001.json",
            "report `tmp/../out-001.json`",
        ),
        (
            "-o out.json --people out-002.json",
            "people file `out-002.json`",
        ),
    ] {
        let message =
            format!("the {what} has a name that a part of the output may get; choose another");
        refuses(args, &message);
    }
    refuses(
        "--dry-run --report notes.json --people ./notes.json",
        "`--report` and `--people` are the same file, `./notes.json`",
    );
    refuses(
        "-o out.json --report in.zip",
        "the input and `--report` are the same file, `in.zip`",
    );
    refuses(
        "-o out.json --report in.zip --force",
        "the input and `--report` are the same file, `in.zip`",
    );
    refuses(
        "-o in.zip --format array --force",
        "the input and `--output` are the same file, `in.zip`",
    );
}

#[test]
fn wrong_values_of_options_are_explained() {
    let usage = |args: &str, message: &str| refuses(&format!("-o out.json {args}"), message);
    usage(
        "--max-part-size 301MB",
        "invalid value '301MB' for '--max-part-size <SIZE>': Stream takes no file of more than 300MB",
    );
    usage(
        "--max-part-size junk",
        "invalid value 'junk' for '--max-part-size <SIZE>': a size is a number with kB, MB or GB \
         behind it, such as 299MB",
    );
    usage(
        "--max-text 20001",
        "invalid value '20001' for '--max-text <CHARS>': 20001 is not in 100..=20000",
    );
    usage(
        "--max-text 99",
        "invalid value '99' for '--max-text <CHARS>': 99 is not in 100..=20000",
    );
    refuses(
        "-o out.json --channel-type a.b",
        "`--channel-type a.b`: a channel type has letters, digits, `_` and `-`, at most 64",
    );
    refuses(
        "-o out.json --max-part-size 1kB",
        "a reaction of channel `messaging:C05GENERAL` needs a part of 1247 bytes with all that it \
         refers to, but parts may have 1000; give a larger `--max-part-size`",
    );
}

#[cfg(unix)]
#[test]
fn a_people_file_that_is_missing_says_how_to_get_one() {
    refuses(
        "-o out.json --people none.json",
        "could not read the people file `none.json`; a run with `--dry-run --people FILE` writes \
         one: No such file or directory (os error 2)",
    );
}

#[test]
fn a_record_that_is_left_out_is_exit_1_and_with_strict_no_output() {
    let place = with_a_loss();
    let outcome = place.run("slack in.zip -o out.json");
    assert_eq!(outcome.code, 1);
    let said = "\nleft out\n          1  slack.no_time: a message has no usable `ts`, so neither its time\n             \
                nor its id is known; download the export again if the file is\n             damaged\n             \
                first: general/2024-05-01.json, record 1";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    place.check("out", DEFAULT_LIMIT);

    place.run("slack in.zip -o out.json --force -q").silent(1);
    place.run("slack in.zip --dry-run -q").silent(1);

    let place = with_a_loss();
    place
        .run("slack in.zip -o out.json --strict --report report.json")
        .fails(
            "nothing was written, since `--strict` is set and records had to be left out: \
             1 slack.no_time",
        );
    assert_eq!(place.names(), ["in.zip", "report.json"]);
    assert_eq!(place.json("report.json")["books"]["message"]["left_out"], 1);
    sample()
        .run("slack in.zip -o out.json --strict -q")
        .silent(0);
}

#[test]
fn quiet_runs_say_nothing() {
    let place = sample();
    place.run("slack in.zip -o out.json -q").silent(0);
    place.run("slack in.zip --dry-run --quiet").silent(0);
}
