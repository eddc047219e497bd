//! Parts that are named by what they hold: any number of runs write into one folder, and each says
//! on standard output what it wrote.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    checker::{self, Summary},
    program::{DEFAULT_LIMIT, Outcome, Place},
    report::{assert_balanced, book},
};

/// What a worker of an engine is called with.
const WORKER: &str = "jsonl - --bare --part-name hash -o out";
/// How long something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A place with the folder for parts.
fn place() -> Place {
    let place = Place::new();
    fs::create_dir(place.path("out")).expect("a folder");
    place
}

/// Starts a worker that waits for lines.
fn start(place: &Place, args: &str) -> Child {
    let mut command = place.command(args.split_whitespace());
    command.stdin(Stdio::piped()).spawn().expect("a process")
}

/// Gives a worker its lines, and waits for its end.
fn feed(place: &Place, mut worker: Child, lines: &str) -> Outcome {
    let mut pipe = worker.stdin.take().expect("a pipe");
    // One that fails early reads no further.
    let _ = pipe.write_all(lines.as_bytes());
    drop(pipe);
    place.outcome(&worker.wait_with_output().expect("the process ends"))
}

fn work(place: &Place, lines: &str) -> Outcome {
    feed(place, start(place, &format!("{WORKER} -q")), lines)
}

/// What a run said of itself: its parts, then the report.
fn told(outcome: &Outcome) -> (Vec<Value>, Value) {
    let lines = outcome.stdout.lines();
    let mut lines: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect();
    let report = lines.pop().expect("the report is the last line");
    assert_balanced(&report);
    (lines, report)
}

/// Holds what a run said against its files, and judges those.
fn judge(place: &Place, outcome: &Outcome, limit_bytes: u64) -> Summary {
    let (parts, report) = told(outcome);
    let listed = report["parts"].as_array().unwrap();
    assert_eq!(parts.len(), listed.len());
    let mut paths = Vec::<PathBuf>::new();
    for (part, listed) in parts.iter().zip(listed) {
        let name = part["part"].as_str().unwrap();
        let bytes = place.read(&format!("out/{name}"));
        let mut checksum = String::new();
        for byte in Sha256::digest(&bytes) {
            write!(checksum, "{byte:02x}").unwrap();
        }
        assert_eq!(name.split_once('.').unwrap().0, &checksum[..32]);
        assert_eq!(part["sha256"], checksum.as_str());
        assert_eq!(part["bytes"], bytes.len());
        assert_eq!(listed["path"], format!("out/{name}"));
        for key in ["sha256", "bytes", "counts"] {
            assert_eq!(part[key], listed[key], "{key}");
        }
        paths.push(place.path("out").join(name));
    }
    crate::validate::assert_valid(&paths);
    let summary = checker::assert_good(&paths, limit_bytes);
    for (part, counts) in parts.iter().zip(&summary.part_counts) {
        for (kind, count) in counts {
            assert_eq!(part["counts"][kind], *count, "{kind}");
        }
    }
    for (kind, count) in &summary.counts {
        if report["books"].get(kind).is_some() {
            assert_eq!(book(&report, kind, "written"), *count as u64, "{kind}");
        }
    }
    summary
}

const USERS: &str = concat!(
    r#"{"type":"user","data":{"id":"ann","name":"Ann"}}"#,
    "\n",
    r#"{"type":"user","data":{"id":"bo","name":"Bo"}}"#,
    "\n",
);

/// The records of a channel: itself, its members, messages with replies, and reactions to them.
fn channel(id: &str, messages: usize) -> String {
    let mut lines = format!(
        "{{\"type\":\"channel\",\"data\":{{\"id\":\"{id}\",\"created_by\":\"ann\"}}}}\n\
         {{\"type\":\"member\",\"data\":{{\"channel_id\":\"{id}\",\"user_id\":\"bo\"}}}}\n"
    );
    for n in 0..messages {
        let author = ["ann", "bo", "guest"][n % 3];
        let parent = match n % 4 {
            3 => format!(",\"parent_id\":\"{id}-0\""),
            _ => String::new(),
        };
        let time = format!("2026-01-02T03:{:02}:{:02}Z", n / 60 % 60, n % 60);
        writeln!(
            lines,
            "{{\"type\":\"message\",\"data\":{{\"id\":\"{id}-{n}\",\"channel_id\":\"{id}\",\
             \"user_id\":\"{author}\",\"text\":\"C:\\\\new\\ttab \\\\N 🎉\",\"created_at\":\"{time}\"{parent}}}}}\n\
             {{\"type\":\"reaction\",\"data\":{{\"message_id\":\"{id}-{n}\",\"channel_id\":\"{id}\",\
             \"user_id\":\"bo\",\"reaction_type\":\"+1\",\"created_at\":\"{time}\"}}}}"
        )
        .unwrap();
    }
    lines
}

fn names(place: &Place) -> Vec<String> {
    let names = place.names().into_iter();
    names
        .filter_map(|name| Some(name.strip_prefix("out/")?.to_owned()))
        .filter(|name| !name.is_empty())
        .collect()
}

/// The entries of all parts in the folder, as a set.
fn entries(place: &Place) -> BTreeSet<String> {
    let mut entries = BTreeSet::new();
    for name in names(place) {
        let part = place.json(&format!("out/{name}"));
        entries.extend(part.as_array().unwrap().iter().map(Value::to_string));
    }
    entries
}

#[test]
fn workers_together_write_what_one_run_writes() {
    let channels: Vec<String> = (0..9)
        .map(|n| channel(&format!("c{n}"), 5 + 20 * n))
        .collect();
    let whole = place();
    let one = work(&whole, &format!("{USERS}{}", channels.concat()));
    assert_eq!(one.code, 0, "{one:?}");
    judge(&whole, &one, DEFAULT_LIMIT);
    let (_, one) = told(&one);

    let together = place();
    let shares = channels
        .chunks(4)
        .map(|share| format!("{USERS}{}", share.concat()));
    let workers: Vec<_> = shares
        .map(|share| (start(&together, &format!("{WORKER} -q")), share))
        .collect();
    let mut sums = BTreeMap::<(&str, &str), u64>::new();
    for (worker, share) in workers {
        let outcome = feed(&together, worker, &share);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        // Each part stands alone: it is judged without the others.
        judge(&together, &outcome, DEFAULT_LIMIT);
        let (_, report) = told(&outcome);
        for kind in ["channel", "member", "message", "reaction"] {
            for column in ["read", "made", "written", "merged", "excluded", "left_out"] {
                *sums.entry((kind, column)).or_default() += book(&report, kind, column);
            }
        }
    }
    for ((kind, column), sum) in sums {
        assert_eq!(sum, book(&one, kind, column), "{kind} {column}");
    }
    assert_eq!(names(&together).len(), 3);
    assert_eq!(entries(&together), entries(&whole));
}

#[test]
fn parts_of_one_run_are_named_one_by_one() {
    for (format, extension) in [
        ("", "json"),
        (" --format array", "json"),
        (" --format jsonl", "jsonl"),
    ] {
        let place = place();
        let args = format!("{WORKER} -q --max-part-size 6kB{format}");
        let outcome = feed(
            &place,
            start(&place, &args),
            &format!("{USERS}{}", channel("c", 60)),
        );
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        let summary = judge(&place, &outcome, 6_000);
        assert!(summary.parts > 2, "{summary:?}");
        assert_eq!(names(&place).len(), summary.parts);
        assert!(
            names(&place)
                .iter()
                .all(|name| name.ends_with(&format!(".{extension}")))
        );
    }
}

#[test]
fn work_that_is_done_again_changes_nothing() {
    let place = place();
    let lines = format!("{USERS}{}", channel("c", 9));
    let first = work(&place, &lines);
    let times = |place: &Place| -> Vec<_> {
        let paths = names(place)
            .into_iter()
            .map(|name| place.path("out").join(name));
        paths
            .map(|path| fs::metadata(path).unwrap().modified().unwrap())
            .collect()
    };
    let before = times(&place);
    let second = work(&place, &lines);
    assert_eq!((first.code, second.code), (0, 0));
    assert_eq!(first.stdout, second.stdout);
    assert_eq!((before.len(), &before), (1, &times(&place)));
}

#[test]
fn the_same_work_twice_at_once_succeeds_twice() {
    let place = place();
    let lines = format!("{USERS}{}", channel("c", 200));
    let workers: Vec<_> = (0..6)
        .map(|_| start(&place, &format!("{WORKER} -q")))
        .collect();
    let outcomes: Vec<_> = thread::scope(|scope| {
        let feeds = workers
            .into_iter()
            .map(|worker| scope.spawn(|| feed(&place, worker, &lines)));
        let feeds: Vec<_> = feeds.collect();
        feeds
            .into_iter()
            .map(|it| it.join().expect("a worker"))
            .collect()
    });
    for outcome in &outcomes {
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert_eq!(outcome.stdout, outcomes[0].stdout);
    }
    judge(&place, &outcomes[0], DEFAULT_LIMIT);
    assert_eq!(names(&place).len(), 1);
}

#[test]
fn a_share_without_a_record_is_no_failure() {
    let place = place();
    for lines in ["", "\n\n"] {
        work(&place, lines).silent(0);
        assert!(names(&place).is_empty());
    }
    // Without names by content it stays one.
    let outcome = feed(&place, start(&place, "jsonl - --bare -o out.json"), "");
    outcome.fails("the input holds nothing to write: no user, no channel and no message");
}

#[test]
fn the_books_tell_of_what_is_left_out_even_if_that_is_all() {
    let place = place();
    let lines = "{\"type\":\"message\",\"data\":{\"id\":\"m\",\"user_id\":\"ann\"}}\n";
    let outcome = work(&place, lines);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let (parts, report) = told(&outcome);
    assert!(parts.is_empty() && names(&place).is_empty());
    assert_eq!(book(&report, "message", "read"), 1);
    assert_eq!(book(&report, "message", "left_out"), 1);
    let strict = feed(
        &place,
        start(&place, &format!("{WORKER} -q --strict")),
        lines,
    );
    assert_eq!((strict.code, strict.stdout.as_str()), (2, ""));
}

#[test]
fn a_part_that_was_cut_off_is_told_and_stays() {
    let place = place();
    let lines = format!("{USERS}{}", channel("c", 60));
    let args = format!("{WORKER} -q --max-part-size 6kB");
    let whole = feed(&place, start(&place, &args), &lines);
    let (parts, _) = told(&whole);
    let names: Vec<_> = parts
        .iter()
        .map(|it| it["part"].as_str().unwrap())
        .collect();
    let [first, .., last] = names[..] else {
        panic!("{names:?}");
    };
    fs::remove_file(place.path("out").join(first)).unwrap();
    let damaged = format!("out/{last}");
    place.put(&damaged, b"[\n");
    feed(&place, start(&place, &args), &lines).fails(&format!(
        "`{damaged}` holds other bytes than its name says, so it was changed or cut off; remove \
         it and run again"
    ));
    assert_eq!(place.read(&damaged), b"[\n");
    assert!(!place.path("out").join(first).exists());
    fs::remove_file(place.path(&damaged)).unwrap();
    let again = feed(&place, start(&place, &args), &lines);
    assert_eq!((again.code, &again.stdout), (0, &whole.stdout));
    judge(&place, &again, 6_000);
}

#[test]
fn work_that_fails_leaves_no_name() {
    let place = place();
    let lines = format!("{USERS}{}{{\"type\":\"mess", channel("c", 9));
    let outcome = work(&place, &lines);
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (2, ""),
        "{outcome:?}"
    );
    assert!(names(&place).is_empty());
}

#[test]
fn what_others_have_in_the_folder_stays() {
    let place = place();
    let others = [
        ".out.migrate/lock",
        "0123456789abcdef0123456789abcdef.json",
        "notes.txt",
        "out-001.json",
        "out.json",
    ];
    for name in others {
        place.put(&format!("out/{name}"), b"mine");
    }
    let args = format!("{WORKER} -q --force");
    let outcome = feed(
        &place,
        start(&place, &args),
        &format!("{USERS}{}", channel("c", 9)),
    );
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(names(&place).len(), others.len() + 1);
    for name in others {
        assert_eq!(place.read(&format!("out/{name}")), b"mine", "{name}");
    }
}

/// The work folders in the folder of parts.
fn work_folders(place: &Place) -> BTreeSet<String> {
    let names = names(place).into_iter();
    let names = names.filter_map(|name| Some(name.split_once('/')?.0.to_owned()));
    names.filter(|name| name.starts_with(".migrate-")).collect()
}

/// Starts a worker, and waits until it holds a work folder.
fn begun(place: &Place) -> (Child, String) {
    let before = work_folders(place);
    let worker = start(place, &format!("{WORKER} -q"));
    (worker, new_work_folder(place, &before))
}

fn new_work_folder(place: &Place, before: &BTreeSet<String>) -> String {
    let start = Instant::now();
    // The lock is held once standard input goes to its file.
    let is_held = |name: &&String| place.path("out").join(name).join("standard-input").exists();
    loop {
        if let Some(new) = work_folders(place).difference(before).find(is_held) {
            return new.clone();
        }
        assert!(start.elapsed() < PATIENCE, "the run does not begin");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn what_a_killed_worker_left_goes_and_what_a_living_one_has_stays() {
    let place = place();
    let (mut killed, left) = begun(&place);
    let (living, kept) = begun(&place);
    killed.kill().expect("the process can be killed");
    killed.wait().expect("the process ends");
    assert_eq!(work_folders(&place).len(), 2);
    // What was killed before it had a lock.
    fs::create_dir(place.path("out/.migrate-1-0.migrate")).expect("a folder");
    assert_eq!(work(&place, &channel("c", 3)).code, 0);
    assert_eq!(work_folders(&place), BTreeSet::from([kept]), "{left}");
    assert!(!place.path("out/.migrate-1-0.migrate").exists());
    let outcome = feed(&place, living, &channel("d", 3));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    judge(&place, &outcome, DEFAULT_LIMIT);
    assert_eq!(names(&place).len(), 2);
}

#[test]
fn the_output_has_to_be_a_folder_that_is_there() {
    let place = place();
    place.put("file", b"mine");
    place.put("in.jsonl", channel("c", 3).as_bytes());
    let run = |args: &str| place.run(&format!("jsonl in.jsonl --bare --part-name hash {args}"));
    run("-o none").fails("the folder `none` does not exist; create it first");
    run("-o file").fails(
        "the output `file` is no folder; with `--part-name hash`, give the one that the parts go to",
    );
    run("--dry-run")
        .fails("`--part-name hash` needs the folder that the parts go to; name it with `-o`");
    let name = "0123456789abcdef0123456789abcdef.json";
    run(&format!("-o out --people out/{name}")).fails(&format!(
        "the people file `out/{name}` has a name that a part of the output may get; choose another"
    ));
    for option in ["report", "id-map", "preview"] {
        let outcome = run(&format!("-o out --{option} beside"));
        assert_eq!(outcome.code, 2, "{outcome:?}");
        let said = format!("error: `--{option}` names one file, and with `--part-name hash` many");
        assert!(outcome.stderr.starts_with(&said), "{outcome:?}");
    }
    place
        .run("jsonl in.jsonl --bare -o out")
        .fails("the output `out` is a folder; give the name of a file in it");
    let emitted = run("-o out --emit model");
    assert_eq!(emitted.code, 2, "{emitted:?}");
    let dry = run("-o out --dry-run");
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(names(&place).is_empty());
    let written = run("-o out -q");
    assert_eq!(written.code, 0, "{written:?}");
    let (parts, _) = told(&written);
    let name = parts[0]["part"].as_str().unwrap();
    assert!(dry.stdout.contains(name), "{}", dry.stdout);
}
