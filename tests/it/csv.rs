//! `migrate csv`, run as a person runs it.

use std::{
    fs,
    io::Write,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::{generator::Archive, program::Place};

/// A place with the samples where the page has them.
fn checkout() -> Place {
    let place = Place::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/csv");
    copy(&place, &from, "samples/csv");
    place
}

fn copy(place: &Place, folder: &Path, name: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{name}/{}", entry.file_name().to_str().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => copy(place, &entry.path(), &name),
            false => place.put(&name, &fs::read(entry.path()).unwrap()),
        }
    }
}

/// The tables of the samples, as a shell lists `samples/csv/*.csv`.
const TABLES: &str = "samples/csv/channels.csv samples/csv/members.csv samples/csv/messages.csv \
                      samples/csv/reactions.csv samples/csv/users.csv";

#[test]
fn a_drafted_mapping_says_what_was_found_out() {
    let place = checkout();
    let outcome = place.run(&format!("csv {TABLES} -o a.json"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let draft = place.run(&format!("csv init {TABLES}"));
    assert_eq!(draft.code, 0, "{}", draft.stderr);
    place.put("map.toml", draft.stdout.as_bytes());
    let outcome = place.run(&format!("csv {TABLES} --mapping map.toml -o b.json"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(
        String::from_utf8(place.read("a.json")),
        String::from_utf8(place.read("b.json"))
    );
    for name in ["a.json", "b.json"] {
        assert_eq!(place.run(&format!("validate {name}")).code, 0);
    }
    let entries = place.json("a.json");
    let count = |kind: &str| {
        let entries = entries.as_array().unwrap().iter();
        entries.filter(|entry| entry["type"] == kind).count()
    };
    let kinds = ["user", "channel", "member", "message", "reaction"];
    // The author of one message stands in no list of members.
    assert_eq!(kinds.map(count), [4, 2, 6, 7, 3]);
}

#[test]
fn messages_alone_are_enough_and_may_be_piped_in() {
    let place = checkout();
    let outcome = place.run("csv samples/csv/messages.csv -o a.json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("channel_derived"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.contains("member_derived"),
        "{}",
        outcome.stderr
    );
    let mut command = place.command(["csv", "-", "-o", "b.json", "-q"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(&place.read("samples/csv/messages.csv"))
        .unwrap();
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(place.read("a.json") == place.read("b.json"));
}

#[test]
fn a_repeated_id_is_a_duplicate_where_ids_are_said_to_be_unique() {
    let place = Place::new();
    place.put(
        "messages.csv",
        b"id,channel_id,user_id,text,created_at\n\
          1,a,u,first,2025-01-01T00:00:00Z\n\
          1,b,u,second,2025-01-01T00:00:01Z\n\
          2,b,u,third,2025-01-01T00:00:02Z\n",
    );
    for (wish, code, expected) in [
        ("auto", 0, ["a-1", "b-1", "b-2"].as_slice()),
        ("channel", 0, &["a-1", "b-1", "b-2"]),
        ("global", 1, &["1", "2"]),
    ] {
        let outcome = place.run(&format!(
            "csv messages.csv --message-ids {wish} -o {wish}.json"
        ));
        assert_eq!(outcome.code, code, "{}", outcome.stderr);
        let is_told = outcome.stderr.contains("message_id_taken");
        assert_eq!(is_told, wish == "global", "{}", outcome.stderr);
        let entries = place.json(&format!("{wish}.json"));
        let entries = entries.as_array().unwrap().iter();
        let messages = entries.filter(|entry| entry["type"] == "message");
        let ids: Vec<_> = messages
            .map(|it| it["item"]["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{wish}");
    }
}

#[test]
fn a_zip_is_read_as_its_folder_is() {
    let place = checkout();
    assert_eq!(place.run("csv samples/csv/rocketchat -o a.json -q").code, 0);
    let mut archive = Archive::new(Vec::new());
    for name in [
        "users.csv",
        "channels.csv",
        "board/2025-11.csv",
        "directmessages/2025-11.csv",
    ] {
        let content = place.read(&format!("samples/csv/rocketchat/{name}"));
        archive.file(&format!("export/{name}"), &content).unwrap();
        archive
            .file(&format!("__MACOSX/export/._{name}"), b"x")
            .unwrap();
    }
    place.put("export.zip", &archive.finish().unwrap());
    let outcome = place.run("csv export.zip -o b.json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        !outcome.stderr.contains("file_not_read"),
        "{}",
        outcome.stderr
    );
    assert!(place.read("a.json") == place.read("b.json"));
}

/// A zip with a table of messages that is unpacked to disk, and the table.
fn large_zip() -> (Vec<u8>, Vec<u8>) {
    let mut content = String::from("id,channel_id,user_id,text,created_at\n");
    let text = "so it is ".repeat(90);
    for n in 0..12_000 {
        content.push_str(&format!("m{n},r,ann,{text},2026-01-02T03:04:05Z\n"));
    }
    let mut archive = Archive::new(Vec::new());
    archive.file("messages.csv", content.as_bytes()).unwrap();
    (archive.finish().unwrap(), content.into_bytes())
}

#[test]
fn more_columns_than_a_spreadsheet_has_are_refused() {
    let table = |columns: usize| {
        let more: String = (5..columns).map(|n| format!(",c{n}")).collect();
        format!("id,channel_id,user_id,text,created_at{more}\nm1,r,ann,hi,2026-01-02T03:04:05Z\n")
    };
    let place = Place::with("messages.csv", table(16_384).as_bytes());
    let outcome = place.run("csv messages.csv -o out.json -q");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let place = Place::with("messages.csv", table(16_385).as_bytes());
    place.run("csv messages.csv -o out.json").fails(
        "messages.csv, line 1: the row has 16385 cells, and a table may have 16384 columns: take out those that are not needed",
    );
}

#[test]
fn a_large_file_of_a_zip_is_unpacked_to_disk_and_nothing_stays() {
    let (zip, content) = large_zip();
    let place = Place::with("export.zip", &zip);
    place.put("messages.csv", &content);
    let outcome = place.run("csv messages.csv -o a.json -q");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let outcome = place.run("csv export.zip -o b.json --temp-dir tmp -q");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(place.read("a.json") == place.read("b.json"));
    let names = ["a.json", "b.json", "export.zip", "messages.csv"];
    assert_eq!(place.names(), names);

    let outcome = place.run("csv export.zip -o c.json --max-temp-size 9MB");
    outcome.fails(&format!(
        "the large files of the zip unpack to {} bytes, and may take 9000000 on the disk: allow more by `--max-temp-size`",
        content.len()
    ));
    assert_eq!(place.names(), names);

    let mut damaged = zip;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x10;
    place.put("export.zip", &damaged);
    let outcome = place.run("csv export.zip -o c.json");
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    let expected = "could not unpack `messages.csv` of `export.zip`: ";
    assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    assert_eq!(place.names(), names);
}

#[cfg(unix)]
#[test]
fn a_signal_while_a_zip_is_unpacked_leaves_nothing() {
    let (zip, _) = large_zip();
    let place = Place::with("export.zip", &zip);
    let mut child = place.command(["csv", "export.zip", "-o", "out.json", "-q"]);
    let mut child = child.stderr(Stdio::piped()).spawn().expect("a process");
    let unpacked = place.path(".out.migrate/source/unpacked-1");
    let start = Instant::now();
    while !unpacked.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "nothing is unpacked"
        );
        assert_eq!(child.try_wait().unwrap(), None, "the run ended before");
    }
    let sent = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.is_ok_and(|it| it.success()));
    let outcome = place.outcome(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("stopped before"),
        "{}",
        outcome.stderr
    );
    assert_eq!(place.names(), ["export.zip"]);
}

#[test]
fn records_of_tables_are_written_as_lines_and_read_back() {
    let place = checkout();
    assert_eq!(place.run(&format!("csv {TABLES} -o a.json -q")).code, 0);
    assert_eq!(
        place
            .run(&format!("csv {TABLES} --emit model -o lines.jsonl -q"))
            .code,
        0
    );
    assert_eq!(place.run("jsonl lines.jsonl -o b.json -q").code, 0);
    assert!(place.read("a.json") == place.read("b.json"));
}

#[test]
fn rows_that_are_left_out_are_told_with_their_line() {
    let content = "id,channel_id,user_id,text,created_at\n\
        1,r,ann,\"two\nlines\",2026-01-02T03:04:05Z\n\
        2,r,ann,one, two,2026-01-02T03:04:05Z\n\
        4.58305E+17,r,ann,hi,2026-01-02T03:04:05Z\n";
    let place = Place::with("messages.csv", content.as_bytes());
    let outcome = place.run("csv messages.csv -o out.json");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let told = |what: &str| assert!(outcome.stderr.contains(what), "{}", outcome.stderr);
    told("csv.long_row");
    told("first: messages.csv, line 4: 6 cells in 5 columns");
    told("mapping.damaged_id");
    told("first: messages.csv, line 5");
}

#[test]
fn what_cannot_be_read_leaves_no_output() {
    let check = |content: &[u8], expected: &str| {
        let place = Place::with("chat.csv", content);
        let outcome = place.run("csv chat.csv -o out.json");
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert_eq!(place.names(), ["chat.csv"]);
    };
    check(b"id,text\n1,hi\n", "csv init INPUT");
    check(
        b"id,channel_id,user_id,text,created_at\n1,r,a,caf\xe9,2\n",
        "chat.csv, line 2, byte 10 of the line: 0xE9 is not UTF-8",
    );
    check(
        b"id,channel_id,user_id,text,created_at\n1,r,a,hi,3/4/2026\n",
        "created_at",
    );
}

#[test]
fn presets_are_listed_and_shown() {
    let place = Place::new();
    let listed = place.run("csv presets");
    assert_eq!(listed.code, 0);
    let names = listed
        .stdout
        .lines()
        .map(|line| line.split(' ').next().unwrap());
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    for known in ["discord-chat-exporter", "rocketchat", "template"] {
        assert!(names.contains(&known), "{}", listed.stdout);
    }
    for name in names {
        let shown = place.run(&format!("csv presets show {name}"));
        assert_eq!(shown.code, 0);
        assert!(shown.stdout.contains("version = 1"), "{name}");
    }
    let outcome = place.run("csv presets show rocketchats");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("did you mean `rocketchat`"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn options_win_over_the_mapping() {
    let place = checkout();
    let run = |more: &str| {
        let input = "samples/csv/office/chat.csv --mapping samples/csv/office/chat.toml";
        place
            .run(&format!("csv {input} --explain created_at {more}"))
            .stdout
    };
    assert!(
        run("").contains("02.11.2025 09:12 → 2025-11-02T08:12:00Z"),
        "{}",
        run("")
    );
    assert!(run("--timezone UTC").contains("02.11.2025 09:12 → 2025-11-02T09:12:00Z"));
    let outcome = place.run("csv a.csv --mapping b.toml --preset template -o out.json");
    assert_eq!(outcome.code, 2);
}

#[test]
fn an_input_of_which_nothing_can_be_used_says_why() {
    let place = Place::new();
    place.put(
        "m.csv",
        b"id,channel,user,text,time\n1,g,ann,hi,soon\n2,g,ann,hi,later\n",
    );
    let outcome = place.run("csv m.csv -o out.json");
    assert_eq!(outcome.code, 2);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let [head, kind, first] = lines[..] else {
        panic!("{}", outcome.stderr)
    };
    assert_eq!(
        head,
        "error: the input holds nothing to write that could be used; left out"
    );
    assert!(
        kind.starts_with("          2  mapping.bad_time: a time cannot be read"),
        "{kind}"
    );
    assert!(kind.contains("`--explain created_at`"), "{kind}");
    assert_eq!(first, "             first: m.csv, line 2: soon");
}
