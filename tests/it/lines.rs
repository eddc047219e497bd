//! `migrate jsonl`, `--emit model` and `migrate protocol`, run as a person runs them.

use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{
    program::{DEFAULT_LIMIT, Place},
    zips::SAMPLE,
};

/// A file of the repository.
fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name)
}

fn lines_sample() -> String {
    fs::read_to_string(sample("jsonl/workspace.jsonl")).unwrap()
}

/// What is written of a report but the names of parts.
fn report(place: &Place, name: &str) -> serde_json::Value {
    let mut report: serde_json::Value = serde_json::from_slice(&place.read(name)).unwrap();
    for part in report["parts"].as_array_mut().unwrap() {
        part["path"] = "".into();
    }
    report
}

#[test]
fn what_is_emitted_becomes_what_the_source_becomes() {
    for (adapter, name, bytes) in [
        ("slack", "in.zip", SAMPLE.to_vec()),
        ("jsonl", "in.jsonl", lines_sample().into_bytes()),
    ] {
        for extension in ["json", "jsonl"] {
            let place = Place::with(name, &bytes);
            let run = |line: String| {
                let outcome = place.run(&line);
                assert!(matches!(outcome.code, 0 | 1), "{line}: {outcome:?}");
                outcome
            };
            let direct = run(format!(
                "{adapter} {name} -o a.{extension} --report a.report"
            ));
            let emitted = run(format!("{adapter} {name} --emit model -o lines"));
            assert_eq!((emitted.code, emitted.stderr.as_str()), (0, ""));
            let again = run(format!("jsonl lines -o b.{extension} --report b.report"));
            assert_eq!(again.code, direct.code);
            assert!(place.read(&format!("a.{extension}")) == place.read(&format!("b.{extension}")));
            assert_eq!(
                report(&place, "a.report"),
                report(&place, "b.report"),
                "{adapter}"
            );
            // What was emitted is emitted again as it is.
            run("jsonl lines --emit model -o again".to_owned());
            let without_hello = |name: &str| {
                let lines = String::from_utf8(place.read(name)).unwrap();
                lines.split_once('\n').unwrap().1.to_owned()
            };
            assert_eq!(without_hello("lines"), without_hello("again"));
            let printed = run(format!("{adapter} {name} --emit model"));
            assert!(printed.stdout.as_bytes() == place.read("lines"));
        }
    }
}

#[test]
fn lines_may_be_piped_in() {
    let place = Place::with("in.jsonl", lines_sample().as_bytes());
    assert_eq!(place.run("jsonl in.jsonl -o a.json -q").code, 0);
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.current_dir(place.path(""));
    command.args(["jsonl", "-", "-o", "b.json", "-q"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines_sample().as_bytes()).unwrap();
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(place.read("a.json") == place.read("b.json"));
    assert_eq!(place.names(), ["a.json", "b.json", "in.jsonl"]);
}

#[test]
fn work_files_may_stand_elsewhere() {
    let place = Place::with("in.jsonl", lines_sample().as_bytes());
    fs::create_dir(place.path("temp")).unwrap();
    assert_eq!(
        place
            .run("jsonl in.jsonl -o a.json -q --temp-dir temp")
            .code,
        0
    );
    assert_eq!(place.run("jsonl in.jsonl -o b.json -q").code, 0);
    assert!(place.read("a.json") == place.read("b.json"));
    assert_eq!(fs::read_dir(place.path("temp")).unwrap().count(), 0);
}

/// Lines that are not what they must be: the error, and no output.
#[track_caller]
fn check(lines: &str, expected: &str) {
    let place = Place::with("in.jsonl", lines.as_bytes());
    let outcome = place.run("jsonl in.jsonl -o out.json");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);
    assert_eq!(place.names(), ["in.jsonl"]);
}

const HELLO: &str = r#"{"type":"hello","protocol":"migrate","version":1,"adapter":"acme"}"#;
const USER: &str = r#"{"type":"user","data":{"id":"u1","name":"Ann"}}"#;
const END: &str = r#"{"type":"end","counts":{"user":1}}"#;

#[test]
fn half_a_file_is_no_file() {
    let all = lines_sample();
    check(&all[..all.len() / 2], "cut off");
    check(&format!("{HELLO}\n{USER}\n"), "without an `end` line");
    check(&format!("{HELLO}\n{USER}\n{END}\n{USER}\n"), "line 3");
    check(&format!("{USER}\n{END}\n"), "hello");
    let other = HELLO.replace(":1,", ":2,");
    check(&format!("{other}\n{USER}\n{END}\n"), "version");
    let more = END.replace(":1", ":2");
    check(&format!("{HELLO}\n{USER}\n{more}\n"), "`user`");
    check(
        &format!("{HELLO}\nhere it comes\n{USER}\n{END}\n"),
        "line 2",
    );
    check("", "in.jsonl");
}

#[test]
fn a_gigabyte_on_one_line_is_refused_at_once() {
    let place = Place::with("in.jsonl", format!("{HELLO}\n").as_bytes());
    let file = File::options()
        .append(true)
        .open(place.path("in.jsonl"))
        .unwrap();
    // Where the system knows holes this takes no room.
    file.set_len(1 << 30).unwrap();
    let outcome = place.run("jsonl in.jsonl -o out.json");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("line 2"), "{}", outcome.stderr);
    assert_eq!(place.names(), ["in.jsonl"]);
}

#[test]
fn what_nothing_describes_is_derived_and_counted() {
    let lines = r#"{"type":"message","data":{"id":"1","channel_id":"room","user_id":"u2","text":"hi","created_at":"2026-01-02T03:04:05Z"}}
{"type":"person","data":{"id":"u2","name":""}}
{"type":"person","data":{"id":"u2","name":"Bea","custom":{"is_bot":true}}}
{"type":"person","data":{"id":"u2","name":"Beatrix","image_url":"https://example.com/b.png","custom":{"odd":true}}}
"#;
    let place = Place::with("in.jsonl", lines.as_bytes());
    let outcome = place.run("jsonl in.jsonl --bare -o out.json --report report.json");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("jsonl.bare"), "{}", outcome.stderr);
    let out = String::from_utf8(place.read("out.json")).unwrap();
    assert!(
        out.contains(r#""id":"u2","name":"Bea","image":"https://example.com/b.png","is_bot":true"#),
        "{out}"
    );
    let report = report(&place, "report.json");
    for kind in ["user", "channel", "member"] {
        assert_eq!(report["books"][kind]["made"], 1, "{kind}");
        assert_eq!(report["books"][kind]["written"], 1, "{kind}");
    }
}

#[test]
fn options_of_converting_mean_nothing_where_records_are_emitted() {
    let place = Place::with("in.zip", SAMPLE);
    for option in [
        "--dry-run",
        "--report r.json",
        "--since 2024-01-01",
        "--format jsonl",
    ] {
        let outcome = place.run(&format!("slack in.zip --emit model {option}"));
        assert_eq!(outcome.code, 2, "{option}: {outcome:?}");
        assert!(outcome.stderr.contains("--emit"), "{}", outcome.stderr);
    }
    assert_eq!(place.names(), ["in.zip"]);
}

#[test]
fn the_protocol_is_printed_and_its_example_can_be_read() {
    let place = Place::new();
    let schema = place.run("protocol schema");
    assert_eq!((schema.code, schema.stderr.as_str()), (0, ""));
    serde_json::from_str::<serde_json::Value>(&schema.stdout).expect("a schema is JSON");
    let example = place.run("protocol example");
    assert_eq!((example.code, example.stderr.as_str()), (0, ""));
    let both = place.run("protocol");
    assert_eq!(
        both.stdout,
        format!("{}\n{}", schema.stdout, example.stdout)
    );
    fs::write(place.path("in.jsonl"), &example.stdout).unwrap();
    let outcome = place.run("jsonl in.jsonl -o out.json");
    assert!(matches!(outcome.code, 0 | 1), "{outcome:?}");
}

/// Converts bare lines, and gives the ids of messages in order. The output has to be valid.
fn message_ids(lines: &str) -> Vec<String> {
    let place = Place::with("in.jsonl", lines.as_bytes());
    let outcome = place.run("jsonl in.jsonl --bare -o out.json");
    assert!(matches!(outcome.code, 0 | 1), "{outcome:?}");
    let valid = place.run("validate out.json");
    assert_eq!(valid.code, 0, "{valid:?}");
    let out: Vec<serde_json::Value> = serde_json::from_slice(&place.read("out.json")).unwrap();
    let messages = out.iter().filter(|it| it["type"] == "message");
    let id = |it: &serde_json::Value| it["item"]["id"].as_str().unwrap().to_owned();
    messages.map(id).collect()
}

/// A message of a channel; `more` are further fields.
fn message(channel: &str, id: &str, more: &str) -> String {
    format!(
        r#"{{"type":"message","data":{{"id":"{id}",{channel},"user_id":"u","text":"hi","created_at":"2026-01-02T03:04:05Z"{more}}}}}"#
    ) + "\n"
}

#[test]
fn no_two_messages_get_one_id() {
    let check = |lines: &[String], count: usize| {
        let ids = message_ids(&lines.concat());
        let mut once = ids.clone();
        once.sort();
        once.dedup();
        assert_eq!((ids.len(), once.len()), (count, count), "{ids:?}");
        ids
    };
    let by_id = |id: &str| format!(r#""channel_id":"{id}""#);
    let by_set = |set: &str| format!(r#""channel_member_ids":{set}"#);
    // One name with the next id would read as another name with its own.
    check(
        &[
            message(&by_id("x"), "y-1", ""),
            message(&by_id("x-y"), "1", ""),
            message(&by_id("q"), "1", ""),
        ],
        3,
    );
    check(
        &[
            message(&by_set(r#"["a_b","c"]"#), "1", ""),
            message(&by_set(r#"["a","b_c"]"#), "1", ""),
        ],
        2,
    );
    // A reply to a message of another channel, and two to one that nobody has.
    check(
        &[
            message(&by_id("a"), "99", ""),
            message(&by_id("b"), "2", r#","parent_id":"99""#),
            message(&by_id("a"), "3", r#","parent_id":"98""#),
            message(&by_id("b"), "4", r#","parent_id":"98""#),
        ],
        7,
    );
    // What names no channel is no reason to tell channels apart.
    let ids = message_ids(
        &[
            message(&by_id("x"), "1", ""),
            message(r#""text":"""#, "1", ""),
        ]
        .concat()
        .replace(r#""text":"","#, ""),
    );
    assert_eq!(ids, ["1"]);
}

#[test]
fn a_channel_may_be_named_by_its_id_and_by_its_members() {
    let channel =
        r#"{"type":"channel","data":{"id":"x","member_ids":["a","b"]}}"#.to_owned() + "\n";
    let root = message(r#""channel_id":"x""#, "1", "");
    let reply = message(
        r#""channel_member_ids":["b","a"]"#,
        "2",
        r#","parent_id":"1""#,
    );
    let other = message(r#""channel_id":"y""#, "1", "");
    let reaction =
        r#"{"type":"reaction","data":{"message_id":"2","reaction_type":"like","user_id":"u"}}"#;
    let lines = [reaction, "\n", &channel, &root, &reply, &other].concat();
    assert_eq!(message_ids(&lines), ["x-1", "x-2", "y-1"]);
}

#[test]
fn a_member_with_a_nul_in_its_id_makes_no_other_set() {
    let one = message(r#""channel_member_ids":["a\u0000b"]"#, "1", "");
    let two = message(r#""channel_member_ids":["a","b"]"#, "2", "");
    let place = Place::with("in.jsonl", [one, two].concat().as_bytes());
    let outcome = place.run("jsonl in.jsonl --bare -o out.json --report report.json");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(
        report(&place, "report.json")["books"]["channel"]["written"],
        2
    );
}

#[test]
fn what_is_lost_of_a_message_stays_with_it_where_lines_name_one_place() {
    let long = "x".repeat(6_000);
    let lines: String = (0..4)
        .map(|n| {
            let text = if n % 2 == 1 { long.as_str() } else { "short" };
            format!(
                r#"{{"type":"message","data":{{"id":"m {n}","channel_id":"c","user_id":"u","text":"{text}","created_at":"2026-01-02T03:04:05Z"}},"at":"table"}}"#
            ) + "\n"
        })
        .collect();
    let place = Place::with("in.jsonl", lines.as_bytes());
    let outcome =
        place.run("jsonl in.jsonl --bare -o out.json --report report.json --long-text leave-out");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let report = report(&place, "report.json");
    let losses = report["losses"].as_array().unwrap();
    let mapped = losses.iter().find(|it| it["kind"] == "id_mapped").unwrap();
    assert_eq!(mapped["count"], 2, "of the two that are written");
}

#[test]
fn records_are_not_emitted_into_the_input() {
    let place = Place::new();
    fs::create_dir(place.path("export")).unwrap();
    fs::write(place.path("export/users.json"), "[]").unwrap();
    fs::write(place.path("export/channels.json"), "[]").unwrap();
    let outcome = place.run("slack export --emit model -o export/lines.jsonl");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(
        outcome.stderr.contains("stand in the input"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn standard_input_is_read_once() {
    let outcome = Place::new().run("jsonl - - -o out.json");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("twice"), "{}", outcome.stderr);
}

#[test]
fn a_crowd_that_is_mentioned_stands_on_the_first_piece_alone() {
    for (users, repeated) in [(100, 100), (101, 0)] {
        let ids: Vec<String> = (0..users).map(|n| format!("\"u{n}\"")).collect();
        let text = "word ".repeat(50);
        let lines = format!(
            r#"{{"type":"message","data":{{"id":"m","channel_id":"c","user_id":"u0","text":"{text}","created_at":"2026-01-02T03:04:05Z","mentioned_user_ids":[{}]}}}}"#,
            ids.join(",")
        );
        let place = Place::with("in.jsonl", lines.as_bytes());
        place
            .run("jsonl in.jsonl --bare -o out.json -q --max-text 100")
            .silent(0);
        place.check("out", DEFAULT_LIMIT);
        let entries = place.json("out.json");
        let entries = entries.as_array().expect("entries").iter();
        let counts: Vec<usize> = entries
            .filter(|entry| entry["type"] == "message")
            .map(|entry| {
                entry["item"]["mentioned_users_ids"]
                    .as_array()
                    .map_or(0, Vec::len)
            })
            .collect();
        assert_eq!(counts, [users, repeated, repeated]);
    }
}

#[test]
fn a_message_with_the_time_of_its_deletion_is_deleted() {
    for kind in ["", r#""kind":"system","#] {
        let place = Place::new();
        let lines = format!(
            r#"{{"type":"message","data":{{"id":"m","channel_id":"c","user_id":"u","text":"root","created_at":"2024-01-01T00:00:00Z"}}}}
{{"type":"message","data":{{"id":"x","channel_id":"c","user_id":"u",{kind}"text":"gone","created_at":"2024-01-01T00:01:00Z","deleted_at":"2024-01-02T00:00:00Z"}}}}
"#
        );
        place.put("in.jsonl", lines.as_bytes());
        place.run("jsonl in.jsonl --bare -o out.json -q");
        let out = place.json("out.json");
        let all = out.as_array().expect("an array");
        let it = all.iter().find(|it| it["item"]["id"] == "x");
        let it = &it.expect("the message")["item"];
        assert_eq!(it["type"], "deleted");
        assert_eq!(it["deleted_at"], "2024-01-02T00:00:00.000000Z");
    }
}
