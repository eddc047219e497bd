//! Inputs on a device that fails: some bytes of a file cannot be read. A library that is loaded before
//! the program's own (`device.c`) stands for such a device.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::OnceLock,
};

use crate::{
    generator::Slack,
    program::{Outcome, Place},
    zips::{generated, unpack},
};

/// As many bytes as a disk loses at least.
const SECTOR: u64 = 512;

/// The library, built with the compiler that builds the C of the program's packages.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/device.c");
        let own = folder.join(format!("device-{}.so", process::id()));
        let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let mut words = compiler.split_whitespace();
        let mut command = Command::new(words.next().expect("a compiler"));
        command.args(words);
        command.args(["-shared", "-fPIC", "-O1", "-o"]);
        let built = command.arg(&own).arg(source).arg("-ldl").status();
        assert!(built.is_ok_and(|it| it.success()), "the library is built");
        let library = folder.join("device.so");
        fs::rename(own, &library).expect("the library can be moved");
        library
    })
}

/// Runs the program where the sector from a byte of a file on cannot be read.
fn run(place: &Place, file: &str, start: u64, args: &str) -> Outcome {
    let mut command = place.command(args.split(' '));
    command
        .env("LD_PRELOAD", library())
        .env("DEVICE_FILE", place.path(file))
        .env("DEVICE_START", start.to_string())
        .env("DEVICE_END", (start + SECTOR).to_string());
    place.outcome(&command.output().expect("the program can be started"))
}

/// Tries sectors all over a file. A run either never reads them and writes the same as ever, or ends
/// with a line that names the file, and leaves everything as it was.
fn check(place: &Place, file: &str, args: &str) {
    let usual = place.run(&format!("{args} -o usual.json --force -q"));
    assert!(usual.code < 2, "{usual:?}");
    let usual = place.read("usual.json");
    place.put("out.json", b"[]");
    let before = place.names();
    let size = fs::metadata(place.path(file)).expect("the file").len();
    let mut refused = 0;
    for n in 0..=8 {
        let start = (size * n / 8).saturating_sub(1) / SECTOR * SECTOR;
        let outcome = run(
            place,
            file,
            start,
            &format!("{args} -o out.json --force -q"),
        );
        if outcome.code < 2 {
            assert!(place.read("out.json") == usual, "{args}: {outcome:?}");
            place.put("out.json", b"[]");
            continue;
        }
        refused += 1;
        let said = &outcome.stderr;
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{said}");
        let name = file.rsplit('/').next().unwrap_or(file);
        let is_named = said.starts_with("error: ") && said.contains(name);
        assert!(is_named && said.lines().count() == 1, "{args}: {said}");
        // SQLite takes such a device for a damaged file.
        let has_cause = said.contains("Input/output error (os error 5); or leave such files out:")
            || said
                .contains("Input/output error (os error 5); that device fails: go on with another")
            || said.contains(" is damaged ") && file.ends_with(".db");
        assert!(has_cause, "{args}: {said}");
        assert_eq!(place.names(), before, "{args}: {said}");
        assert_eq!(place.read("out.json"), b"[]");
    }
    assert!(refused > 4, "{args}: {refused}");
}

/// A place with the files of a folder of the samples.
fn samples(names: &[&str]) -> Place {
    let place = Place::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    for name in names {
        let contents = fs::read(folder.join(name)).expect("a sample");
        place.put(name.rsplit('/').next().unwrap_or(name), &contents);
    }
    place
}

#[test]
fn an_export_on_a_device_that_fails_leaves_no_output() {
    let zip = generated(&Slack::new(2_000));
    let place = Place::with("in.zip", &zip);
    check(&place, "in.zip", "slack in.zip");
    let (name, _) = unpack(&zip)
        .into_iter()
        .filter(|(name, _)| name.contains('/'))
        .max_by_key(|(_, contents)| contents.len())
        .expect("a day");
    for (name, contents) in unpack(&zip) {
        place.put(&format!("in/{name}"), &contents);
    }
    check(&place, &format!("in/{name}"), "slack in");
    check(&place, "in/users.json", "slack in");

    let args = "slack in --skip-unreadable -o out.json --force -q --report report.json";
    let outcome = run(&place, &format!("in/{name}"), 0, args);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let report = String::from_utf8(place.read("report.json")).expect("text");
    assert!(report.contains(&name), "the report names the file");
    place.check("out", crate::program::DEFAULT_LIMIT);
}

#[test]
fn tables_and_databases_on_a_device_that_fails_leave_no_output() {
    let place = samples(&["csv/messages.csv", "csv/users.csv", "sqlite/chat.sql"]);
    check(&place, "messages.csv", "csv messages.csv users.csv");
    check(&place, "users.csv", "csv messages.csv users.csv");
    check(&place, "chat.sql", "sqlite chat.sql");
    let dump = String::from_utf8(place.read("chat.sql")).expect("text");
    let database = rusqlite::Connection::open(place.path("chat.db")).expect("a database");
    database.execute_batch(&dump).expect("a sound dump");
    database.close().expect("it can be closed");
    check(&place, "chat.db", "sqlite chat.db");
}

#[test]
fn lines_and_import_files_on_a_device_that_fails_leave_no_output() {
    let place = Place::with("in.zip", &generated(&Slack::new(300)));
    place
        .run("slack in.zip -o in.jsonl -q --emit model")
        .silent(0);
    place.run("slack in.zip -o whole.json -q").silent(0);
    check(&place, "in.jsonl", "jsonl in.jsonl");
    check(&place, "whole.json", "split whole.json");
    let outcome = run(&place, "whole.json", 4_096, "validate whole.json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    let expected =
        "error: could not read `whole.json`: Input/output error (os error 5); that device";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
}

#[test]
fn what_options_read_on_a_device_that_fails_leaves_no_output() {
    let place = samples(&[
        "slack-export.zip",
        "user-map.csv",
        "sqlite/helpdesk.sql",
        "sqlite/helpdesk.toml",
        "sqlite/staff.csv",
    ]);
    for (file, args) in [
        (
            "user-map.csv",
            "slack slack-export.zip --user-map user-map.csv",
        ),
        (
            "helpdesk.toml",
            "sqlite helpdesk.sql staff.csv --mapping helpdesk.toml",
        ),
    ] {
        check(&place, file, args);
    }
}
