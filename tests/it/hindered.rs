//! Runs that the system hinders: files that may not grow, sources that change or may not be read,
//! names and places out of the ordinary. The example `torture` does the same at random.

use std::{
    ffi::OsStr,
    fs::{self, OpenOptions, Permissions},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{PermissionsExt as _, symlink},
    },
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    generator::Slack,
    program::{DEFAULT_LIMIT, Outcome, Place},
    zips::{SAMPLE, generated},
};

/// How long something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the program where no file may have more than so many blocks of 512 bytes.
fn limited(place: &Place, blocks: u32, args: &str) -> Outcome {
    // The signal that comes with the limit is ignored, so that writing fails.
    let script = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, &blocks.to_string()]);
    command.arg(env!("CARGO_BIN_EXE_migrate"));
    command.args(args.split_whitespace());
    command
        .current_dir(place.path("."))
        .env("TMPDIR", place.path("tmp"));
    place.outcome(&command.output().expect("a shell"))
}

#[test]
fn files_that_may_not_grow_leave_the_old_output_as_it_was() {
    let place = Place::with("in.zip", &generated(&Slack::new(3_000)));
    place.run("slack in.zip -o whole.json -q").silent(0);
    let size = place.read("whole.json").len() as u32;
    place
        .run("slack in.zip -o lines.jsonl -q --emit model")
        .silent(0);
    for (args, blocks) in [
        ("slack in.zip -o out.json --force", size / 1024),
        ("slack in.zip -o out.json --force", 0),
        (
            "slack in.zip -o out.json --force --report report.json --max-part-size 100kB",
            150,
        ),
        ("jsonl lines.jsonl -o out.json --force", 500),
        (
            "split whole.json -o out.json --force --max-part-size 400kB",
            700,
        ),
        (
            "slack in.zip -o out.json --force --dry-run --preview page.html",
            10,
        ),
    ] {
        place.put("out.json", b"[]");
        let before = place.names();
        let outcome = limited(&place, blocks, args);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (2, ""),
            "{args}: {outcome:?}"
        );
        let cure = "error: no file may be so large here; write to another disk, or allow more \
                    (`ulimit -f`): could not write ";
        let said = outcome.stderr.as_str();
        assert!(
            said.starts_with(cure) && said.lines().count() == 1,
            "{args}: {said}"
        );
        assert_eq!(place.names(), before, "{args}");
        assert_eq!(place.read("out.json"), b"[]", "{args}");
    }
}

#[test]
fn a_zip_that_is_cut_during_the_run_leaves_nothing() {
    let place = Place::with("in.zip", &generated(&Slack::new(60_000)));
    let line = "slack in.zip -q --threads 1 -o out.json";
    let child = place.command(line.split(' ')).spawn().expect("a process");
    let start = Instant::now();
    let work = place.path(".out.migrate");
    let has_work = || {
        let files = fs::read_dir(&work).into_iter().flatten().flatten();
        files
            .into_iter()
            .any(|it| it.metadata().is_ok_and(|it| it.is_file() && it.len() > 0))
    };
    while !has_work() {
        assert!(start.elapsed() < PATIENCE, "the run does not begin");
        thread::sleep(Duration::from_millis(1));
    }
    let zip = OpenOptions::new().write(true).open(place.path("in.zip"));
    zip.and_then(|it| it.set_len(100_000))
        .expect("the zip can be cut");
    let outcome = place.outcome(&child.wait_with_output().expect("the process ends"));
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let said = outcome.stderr.as_str();
    assert!(said.starts_with("error: could not read `"), "{said}");
    assert!(said.contains("in `in.zip`"), "{said}");
    assert_eq!(place.names(), ["in.zip"]);
}

#[test]
fn an_input_that_may_not_be_read_is_named() {
    let place = Place::with("in.zip", SAMPLE);
    place.put("in.jsonl", b"");
    place.put("in.csv", b"");
    for name in ["in.zip", "in.jsonl", "in.csv"] {
        fs::set_permissions(place.path(name), Permissions::from_mode(0o000)).expect("permissions");
    }
    if fs::File::open(place.path("in.zip")).is_ok() {
        eprintln!("skipped: the permissions of files do not bind this user");
        return;
    }
    let before = place.names();
    for args in [
        "slack in.zip",
        "jsonl in.jsonl",
        "csv in.csv",
        "split in.jsonl",
    ] {
        let outcome = place.run(&format!("{args} -o out.json"));
        assert_eq!(outcome.code, 2, "{outcome:?}");
        let said = outcome.stderr.as_str();
        let name = args.split(' ').nth(1).expect("an input");
        assert!(
            said.contains(name) && said.contains("Permission denied"),
            "{said}"
        );
        assert_eq!(place.names(), before, "{args}");
    }
}

#[test]
fn a_link_in_place_of_the_output_is_replaced_and_what_it_leads_to_is_not() {
    let place = Place::with("in.zip", SAMPLE);
    place.put("other/real.json", b"[]");
    for target in [
        "other/real.json",
        "other/none.json",
        "none/none.json",
        "out.json",
    ] {
        symlink(target, place.path("out.json")).expect("a link");
        place.run("slack in.zip -o out.json").fails(
            "the output `out.json` exists already; use another name, or `--force` to replace it",
        );
        place.run("slack in.zip -o out.json -q --force").silent(0);
        assert!(
            place
                .path("out.json")
                .symlink_metadata()
                .is_ok_and(|it| it.is_file())
        );
        place.check("out", DEFAULT_LIMIT);
        assert_eq!(place.names(), ["in.zip", "other/real.json", "out.json"]);
        assert_eq!(place.read("other/real.json"), b"[]");
        fs::remove_file(place.path("out.json")).expect("the output");
    }
    symlink("other", place.path("out.json")).expect("a link");
    place
        .run("slack in.zip -o out.json --force")
        .fails("the output `out.json` is a folder; give the name of a file in it");
}

#[test]
fn a_name_that_is_no_unicode_does_for_an_input_and_not_for_an_output() {
    let place = Place::new();
    let odd = OsStr::from_bytes(b"in-\xff.zip");
    if fs::write(place.path(".").join(odd), SAMPLE).is_err() {
        eprintln!("skipped: this file system takes no such names");
        return;
    }
    let run = |args: &[&OsStr]| place.outcome(&place.command(args).output().expect("a process"));
    let [slack, o, out, q] = ["slack", "-o", "out.json", "-q"].map(OsStr::new);
    run(&[slack, odd, o, out, q]).silent(0);
    place.check("out", DEFAULT_LIMIT);
    run(&[slack, odd, o, OsStr::from_bytes(b"x\xff.json"), q])
        .fails("the name of the output `x\u{fffd}.json` is not UTF-8; use another name");
    assert_eq!(place.names(), ["in-\u{fffd}.zip", "out.json"]);
}

#[test]
fn a_named_pipe_is_read_like_standard_input_and_waiting_for_one_can_be_ended() {
    let place = Place::with("export.zip", SAMPLE);
    let pipe = place.path("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("the command `mkfifo`").success());
    assert_eq!(place.run("slack export.zip -o expected.json").code, 0);
    let writer = thread::spawn({
        let pipe = pipe.clone();
        move || fs::write(pipe, SAMPLE)
    });
    let outcome = place.run("slack pipe -o out.json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    writer.join().expect("no panic").expect("all is read");
    let bytes = |name: &str| fs::read(place.path(name)).expect("the output");
    assert_eq!(bytes("out.json"), bytes("expected.json"));

    place
        .run("csv pipe pipe -o never.json")
        .fails("the pipe `pipe` stands twice among the inputs, and can be read once");
    let before = place.names();
    let mut command = place.command(["slack", "pipe", "-o", "never.json"]);
    let run = command.stderr(Stdio::piped()).spawn().expect("a process");
    let start = Instant::now();
    // Signals are listened to before there is a work folder.
    while !place.path(".never.migrate/pipe-0").exists() {
        assert!(start.elapsed() < PATIENCE, "the run does not begin");
        thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill")
        .args(["-TERM", &run.id().to_string()])
        .status();
    assert!(sent.expect("the command `kill`").success());
    let outcome = place.outcome(&run.wait_with_output().expect("an end"));
    outcome.fails("stopped before all of `pipe` was read");
    assert_eq!(place.names(), before);
}

#[test]
fn work_files_may_stand_on_another_file_system_than_the_output() {
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("skipped: there is no /dev/shm");
        return;
    };
    let place = Place::with("in.zip", SAMPLE);
    place
        .run("slack in.zip -o lines.jsonl -q --emit model")
        .silent(0);
    place
        .run("jsonl lines.jsonl -o here.json -q --report here-report.json")
        .silent(0);
    let shm = elsewhere.path().display();
    let beside = "--report here-report.json --id-map ids.csv";
    place
        .run(&format!(
            "jsonl lines.jsonl -o {shm}/out.json -q --temp-dir tmp {beside}"
        ))
        .silent(0);
    let whole = place.read("here.json");
    assert!(fs::read(elsewhere.path().join("out.json")).is_ok_and(|it| it == whole));
    place
        .run(&format!(
            "jsonl lines.jsonl -o here.json -q --force --temp-dir {shm}"
        ))
        .silent(0);
    assert!(place.read("here.json") == whole);
    assert_eq!(names(elsewhere.path()), ["out.json"]);
    assert_eq!(names(&place.path("tmp")), [""; 0]);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder)
        .expect("the folder can be read")
        .flatten();
    entries
        .map(|it| it.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_file_that_is_read_is_no_part_of_the_output() {
    let place = Place::with("out-001.zip", SAMPLE);
    place.put("out-001.json", SAMPLE);
    place.put("um-001.json", b"source,id\n");
    for (args, path) in [
        (
            "slack out-001.json -o out.json --force",
            "the input `out-001.json`",
        ),
        (
            "slack out-001.zip -o um.json --user-map um-001.json --force",
            "`--user-map` `um-001.json`",
        ),
    ] {
        let outcome = place.run(args);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        let told = format!("error: {path} has a name that a part of the output may get; ");
        assert!(outcome.stderr.starts_with(&told), "{outcome:?}");
    }
    assert_eq!(
        place.names(),
        ["out-001.json", "out-001.zip", "um-001.json"]
    );
}

#[test]
fn where_files_may_not_grow_no_signal_ends_the_program() {
    let place = Place::with("in.zip", SAMPLE);
    let mut command = Command::new("/bin/sh");
    let script = "ulimit -f 20; exec \"$0\" slack in.zip -o out.json -q";
    command.args(["-c", script, env!("CARGO_BIN_EXE_migrate")]);
    command.current_dir(place.path("."));
    let outcome = place.outcome(&command.output().expect("a shell"));
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let told = "error: no file may be so large here; ";
    assert!(outcome.stderr.starts_with(told), "{outcome:?}");
    assert_eq!(place.names(), ["in.zip"]);
}

#[test]
fn a_dry_run_that_cannot_say_what_it_found_fails() {
    let place = Place::with("in.zip", SAMPLE);
    for more in ["", " --output-format json"] {
        let args = format!("slack in.zip --dry-run{more}");
        let mut command = place.command(args.split(' '));
        let full = OpenOptions::new().write(true).open("/dev/full");
        let Ok(full) = full else {
            eprintln!("skipped: no device is always full here");
            return;
        };
        let outcome = place.outcome(&command.stdout(full).output().expect("the program"));
        assert_eq!(outcome.code, 2, "{outcome:?}");
        let told = ": could not write to standard output: No space left on device";
        assert!(outcome.stderr.contains(told), "{outcome:?}");
    }
}
