//! `--preview`, `migrate preview`, and what a dry run says.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use migrate::{
    getstream::ids,
    group::{Setting, by_channel},
    parts::target::WorkFolder,
    progress::Progress,
};
use migrate_csv::CSV;
use migrate_jsonl::JSONL;
use migrate_model::{
    Adapter, Directory, Loss, Message, Options, Origin, Person, Record, Sink, Stop, Want,
};
use migrate_slack::SLACK;
use migrate_sqlite::SQLITE;
use serde_json::Value;

use crate::{failures::with_a_loss, program::Place};

const SAMPLE: &[u8] = include_bytes!("../../samples/slack-export.zip");
const START: &str = "<!doctype html><!-- migrate preview -->";

fn place() -> Place {
    Place::with("in.zip", SAMPLE)
}

fn page(place: &Place, name: &str) -> String {
    let page = String::from_utf8(place.read(name)).expect("a page is text");
    assert!(page.starts_with(START), "{}", &page[..100]);
    page
}

#[test]
fn a_dry_run_writes_the_page_and_nothing_else() {
    let place = place();
    let outcome = place.run("slack in.zip --dry-run --preview page.html");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(
        outcome
            .stdout
            .contains("\npreview: page.html, to be opened in a browser\n")
    );
    assert_eq!(place.names(), ["in.zip", "page.html"]);
    let dry = page(&place, "page.html");
    assert!(dry.contains("M 42, 600 l/mm"), "the detail of a loss");
    // A later run replaces it, and shows the same but for what it is.
    let outcome = place.run("slack in.zip -o out.json --preview page.html");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
    assert!(
        outcome
            .stderr
            .contains("\npreview: page.html, to be opened in a browser\n")
    );
    let whole = page(&place, "page.html");
    let bare = |page: &str, words: &str| page.replace(words, "");
    let (dry, whole) = (
        bare(&dry, "A dry run: nothing was written"),
        bare(&whole, "1 file written"),
    );
    assert_eq!(dry, whole);
}

#[test]
fn so_many_messages_are_shown_as_are_asked_for() {
    let place = place();
    for (most, shown) in [(0, 0), (7, 7), (2_000, 79)] {
        let args =
            format!("slack in.zip --dry-run -q --preview page.html --preview-messages {most}");
        place.run(&args).silent(0);
        let count = page(&place, "page.html").matches(" id=\"m-").count();
        assert_eq!(count, shown);
    }
}

#[test]
fn a_page_takes_the_place_of_pages_alone() {
    let place = place();
    place.put("mine.html", b"<!doctype html>\n<title>mine</title>");
    place
        .run("slack in.zip --dry-run --preview mine.html")
        .fails(
            "`mine.html` exists and is no preview; use another name, or `--force` to replace it",
        );
    place
        .run("slack in.zip --dry-run --preview none/page.html")
        .fails("the folder `none` of the preview does not exist; create it first");
    place
        .run("slack in.zip -o out.json --preview out-001.json")
        .fails("the preview `out-001.json` has a name that a part of the output may get; choose another");
    place
        .run("slack in.zip --dry-run --preview ./page.html --report page.html")
        .fails("`--report` and `--preview` are the same file, `./page.html`");
    place.run("slack in.zip -o out.json -q").silent(0);
    place.run("preview out.json -o mine.html").fails(
        "`mine.html` exists and is no preview; use another name, or `--force` to replace it",
    );
    place
        .run("preview out.json -o out.json")
        .fails("the input and `--output` are the same file, `out.json`");
    place
        .run("preview out.json -q -o mine.html --force")
        .silent(0);
    page(&place, "mine.html");
}

#[test]
fn existing_files_are_shown_in_either_spelling_and_several_as_one() {
    let place = place();
    place
        .run("slack in.zip -o out.json -q --max-part-size 20kB")
        .silent(0);
    place.run("slack in.zip -o one.jsonl -q").silent(0);
    let count = place.parts("out").len();
    assert!(count > 1);
    let names: Vec<String> = place
        .parts("out")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let outcome = place.run(&format!("preview {}", names.join(" ")));
    let said = "79 messages of 8 channels in 2 files: preview.html, to be opened in a browser\n";
    let said = said.replace("2 files", &format!("{count} files"));
    assert_eq!(
        (outcome.code, outcome.stdout.as_str(), &*outcome.stderr),
        (0, "", &*said)
    );
    let outcome = place.run("preview one.jsonl -o one.html");
    assert!(
        outcome
            .stderr
            .starts_with("79 messages of 8 channels in 1 file: one.html")
    );
    for name in ["preview.html", "one.html"] {
        assert_eq!(page(&place, name).matches(" id=\"m-").count(), 79, "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_counted_and_passed_over() {
    let lines = [
        r#"{"type":"user","data":{"id":"ann"}}"#,
        r#"{"type":"user","data":{"id":}}"#,
        "7",
        r#"{"type":"user","data":{"id":"bo"}}"#,
    ];
    let place = place();
    place.put("broken.jsonl", lines.join("\n").as_bytes());
    let outcome = place.run("preview broken.jsonl");
    assert_eq!(
        outcome.stderr,
        "0 messages of 0 channels in 1 file: preview.html, to be opened in a browser\n\
         2 entries could not be read and are not shown; `migrate validate broken.jsonl` says why\n"
    );
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    page(&place, "preview.html");
    // What stands between entries is looked at as well.
    place.run("slack in.zip -o out.json -q").silent(0);
    let whole = String::from_utf8(place.read("out.json")).expect("text");
    for (name, broken) in [
        ("end.json", whole.replace("\n]", "")),
        ("comma.json", whole.replacen("},\n", "}\n", 1)),
        ("more.json", whole.clone() + "more"),
    ] {
        assert_ne!(broken, whole);
        place.put(name, broken.as_bytes());
        let outcome = place.run(&format!("preview {name}"));
        let told = format!(
            "1 place between entries is not as an import needs it: a comma or the end is missing, or there is more than entries; `migrate validate {name}` says where\n"
        );
        assert!(outcome.stderr.ends_with(&told), "{}", outcome.stderr);
        assert_eq!(outcome.code, 1);
    }
    place.put("empty.json", b"[]");
    place
        .run("preview empty.json")
        .fails("there is no entry to show; `migrate validate` says what is wrong with the files");
}

#[test]
fn other_messages_with_the_same_id_are_told() {
    let place = place();
    place.run("slack in.zip -o out.jsonl -q").silent(0);
    let text = String::from_utf8(place.read("out.jsonl")).expect("text");
    let message = text
        .lines()
        .find(|line| line.contains("\"type\":\"message\""));
    let message = message.expect("a message");
    let other = message.replacen("\"text\":\"", "\"text\":\"other ", 1);
    assert_ne!(message, other);
    place.put("one.jsonl", format!("{text}{message}\n").as_bytes());
    assert_eq!(place.run("preview one.jsonl").code, 0);
    place.put("two.jsonl", format!("{text}{other}\n").as_bytes());
    let told = "1 message has the id of another one, or none, says something else, and is not shown; `migrate validate two.jsonl` says where\n";
    let outcome = place.run("preview two.jsonl");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.ends_with(told), "{}", outcome.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_what_to_do() {
    let place = place();
    place.run("slack in.zip -o out.json -q").silent(0);
    let outcome = place.run("preview out.json -o /dev/full");
    assert_eq!(outcome.code, 2);
    let told = "the disk is full; make room";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_said_is_no_failure() {
    let place = place();
    place.run("slack in.zip -o out.json -q");
    let mut command = place.command(["preview", "out.json", "-o", "page.html"]);
    let full = std::fs::File::create("/dev/full").expect("a device");
    let outcome = command.stderr(full).output().expect("the program runs");
    assert_eq!(outcome.status.code(), Some(0));
    page(&place, "page.html");
}

#[test]
fn channels_without_an_entry_are_told() {
    let line = r#"{"type":"message","data":{"id":"m","channel_type":"messaging","channel_id":"c","user":"ann","text":"hi","type":"regular","created_at":"2024-01-01T00:00:00Z"}}"#;
    let place = Place::with("one.jsonl", line.as_bytes());
    let outcome = place.run("preview one.jsonl");
    let told = "1 channel is named by entries and has none itself; `migrate validate one.jsonl` says where\n";
    assert!(outcome.stderr.ends_with(told), "{}", outcome.stderr);
    assert_eq!(outcome.code, 0);
}

#[test]
fn what_is_no_import_file_is_told_who_reads_it() {
    let place = place();
    place.run("preview in.zip").fails("`in.zip` is no import file, but what `migrate slack` converts: `migrate slack in.zip --dry-run --preview preview.html` shows what it becomes");
    place.run("slack in.zip -o out.jsonl -q").silent(0);
    place
        .run("preview out.jsonl -o -")
        .fails("the preview goes to a file and not to standard output; name one");
    let outcome = place.run("jsonl out.jsonl -o other.json");
    let hint = "\nit begins as an import file does, which `migrate validate`, `migrate split` and `migrate preview` read\n";
    assert!(outcome.stderr.ends_with(hint), "{}", outcome.stderr);
}

#[test]
fn a_dry_run_fits_eighty_columns_and_has_no_colour() {
    let place = place();
    let outcome = place.run("slack in.zip --dry-run --sample 3");
    assert!(outcome.stdout.contains("\nlargest channels, of 8\n"));
    // Its output is no terminal, so an entry is one line.
    let is_entry = |line: &&str| line.starts_with("  {\"type\":");
    let entries = outcome.stdout.lines().filter(is_entry);
    assert_eq!(entries.filter(|it| it.ends_with(['}', '…'])).count(), 15);
    for line in outcome.stdout.lines().filter(|line| !is_entry(line)) {
        assert!(line.chars().count() <= 80, "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

#[test]
fn a_path_is_not_folded() {
    let place = place();
    let name = "long-".repeat(20);
    let outcome = place.run(&format!(
        "slack in.zip --dry-run -o {name}.json --preview {name}.html"
    ));
    let part = format!("\n  {name}.json  ");
    let preview = format!("\npreview: {name}.html, to be opened in a browser\n");
    assert!(outcome.stdout.contains(&part) && outcome.stdout.contains(&preview));
}

#[test]
fn addresses_are_shown_if_they_were_asked_for() {
    let place = place();
    for (fields, shows) in [("", false), ("title,tz", false), ("title,email", true)] {
        let asked = match fields {
            "" => String::new(),
            fields => format!(" --include-profile {fields}"),
        };
        let args = format!("slack in.zip --dry-run -q --preview page.html{asked}");
        place.run(&args).silent(0);
        let page = page(&place, "page.html");
        assert_eq!(page.contains(ADDRESS), shows, "{fields}");
    }
    // Nobody is to be told what was asked for here.
    std::fs::remove_file(place.path("page.html")).unwrap();
}

/// An address in a text of the sample.
const ADDRESS: &str = "tobin@example.com";

#[test]
fn no_id_tells_an_address() {
    let lines = [
        r#"{"type": "user", "data": {"id": "ann.lee@corp.example"}, "at": "people", "record": 1}"#,
        r#"{"type": "channel", "data": {"id": "dm-ann.lee@corp.example", "created_by": "ann.lee@corp.example"}, "at": "rooms", "record": 1}"#,
        r#"{"type": "message", "data": {"id": "m1", "channel_id": "dm-ann.lee@corp.example", "user_id": "ann.lee@corp.example", "text": "hello", "created_at": "2024-03-01T08:00:00Z"}, "at": "rooms", "record": 2}"#,
    ];
    let place = Place::with("in.jsonl", lines.join("\n").as_bytes());
    place
        .run("jsonl --bare in.jsonl -o out.json -q --preview page.html")
        .silent(0);
    let page = page(&place, "page.html");
    assert!(!page.contains("corp") && !page.contains("lee"), "{page}");
    // What tells one from another is that of the files.
    let id = ids::user("ann.lee@corp.example");
    let (_, hash) = id.rsplit_once("--").expect("a hash");
    let whole = String::from_utf8(place.read("out.json")).expect("text");
    assert!(whole.contains(&*id) && page.contains(hash));
    assert!(page.contains(&format!("user {}", &hash[..8])));
}

#[test]
fn the_page_of_a_shard_says_which_one_it_is() {
    let place = place();
    place
        .run("slack in.zip -o out.json -q --shard 1/2 --preview page.html")
        .silent(0);
    let shown = page(&place, "page.html");
    assert!(shown.contains("<title>in.zip – shard 1 of 2 – preview</title>"));
}

#[test]
fn a_refused_run_has_the_page_of_a_dry_run() {
    let place = with_a_loss();
    let outcome = place.run("slack in.zip -o out.json --strict --preview page.html");
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert_eq!(place.names(), ["in.zip", "page.html"]);
    let page = page(&place, "page.html");
    assert!(page.contains("A dry run: nothing was written"));
    assert!(!page.contains("1 file written"));
}

#[test]
fn existing_files_are_shown_alike_each_time() {
    let mut lines = Vec::new();
    for n in 0..40 {
        lines.push(format!(
            r#"{{"type":"channel","data":{{"type":"messaging","id":"c{n}","created_by":"u{n}"}}}}"#
        ));
        lines.push(format!(
            r#"{{"type":"message","data":{{"id":"m{n}","type":"regular","channel_type":"messaging","channel_id":"c{n}","user":"u{n}","text":"t","created_at":"2024-01-01T00:00:00Z"}}}}"#
        ));
    }
    let place = Place::with("in.jsonl", lines.join("\n").as_bytes());
    let pages = [0, 1, 2].map(|n| {
        place
            .run(&format!(
                "preview in.jsonl -q -o {n}.html --preview-messages 10"
            ))
            .silent(0);
        page(&place, &format!("{n}.html"))
    });
    assert_eq!(pages[0].matches(" id=\"m-").count(), 10);
    assert!(pages[0] == pages[1] && pages[0] == pages[2]);
}

#[test]
fn a_place_for_the_page_is_looked_at_before_anything_is_read() {
    let place = Place::with("broken.json", b"no entry");
    place
        .run("preview broken.json -o none/page.html")
        .fails("the folder `none` of the preview does not exist; create it first");
}

#[cfg(unix)]
#[test]
fn more_files_are_shown_than_may_be_open_at_once() {
    let place = Place::with("0.jsonl", br#"{"type":"user","data":{"id":"u0"}}"#);
    for n in 1..100 {
        let user = format!(r#"{{"type":"user","data":{{"id":"u{n}"}}}}"#);
        place.put(&format!("{n}.jsonl"), user.as_bytes());
    }
    let shown = std::process::Command::new("sh")
        .args([
            "-c",
            "ulimit -n 60; exec \"$0\" preview *.jsonl --threads 2",
        ])
        .arg(env!("CARGO_BIN_EXE_migrate"))
        .current_dir(place.path("."))
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success(), "{said}");
    assert!(said.contains("in 100 files"), "{said}");
}

#[test]
fn one_large_message_leaves_room_for_the_others() {
    let text = "x".repeat(2_000_000);
    let mut lines = Vec::new();
    for n in 0..6 {
        let text = if n == 5 { &*text } else { "short" };
        // The first says that it replies to itself.
        let parent = if n == 0 { r#","parent_id":"m0""# } else { "" };
        lines.push(format!(
            r#"{{"type":"message","data":{{"id":"m{n}","type":"regular","channel_type":"messaging","channel_id":"c","user":"u","text":"{text}","created_at":"2024-01-01T00:00:0{n}Z"{parent}}}}}"#
        ));
    }
    let place = Place::with("in.jsonl", lines.join("\n").as_bytes());
    place.run("preview in.jsonl -q").silent(0);
    let page = page(&place, "preview.html");
    assert_eq!(page.matches(" id=\"m-").count(), 5);
}

#[test]
fn a_dry_run_speaks_to_programs() {
    let place = place();
    let args = "slack in.zip --dry-run --output-format json --report report.json";
    let outcome = place.run(args);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let said: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let report = place.json("report.json");
    for (key, value) in report.as_object().expect("an object") {
        assert_eq!(&said[key], value, "{key}");
    }
    let notes = ["losses", "left_out", "merged", "excluded", "made"];
    for note in notes
        .iter()
        .flat_map(|key| report[*key].as_array().expect("a list"))
    {
        let kind = note["kind"].as_str().expect("a kind");
        assert!(
            said["explained"][kind]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{kind}"
        );
    }
    assert_eq!(said["first_message"], "2024-03-04T07:55:10.140000Z");
    assert_eq!(said["channels"], 8);
    let largest = said["largest_channels"].as_array().expect("a list");
    let messages: u64 = largest
        .iter()
        .filter_map(|it| it["messages"].as_u64())
        .sum();
    assert_eq!((largest.len(), messages), (8, 79));
    assert!(largest.is_sorted_by_key(|it| std::cmp::Reverse(it["messages"].as_u64())));
}

/// Knows nobody.
struct Nobody;

impl Directory for Nobody {
    fn user_name(&self, _: &str) -> Option<&str> {
        None
    }

    fn channel_name(&self, _: &str) -> Option<&str> {
        None
    }
}

/// Takes the messages of a unit, by their records.
#[derive(Default)]
struct Messages {
    all: Vec<(u32, Message<'static>)>,
}

impl Sink for Messages {
    fn file(&mut self, _: &str) {}

    fn put(&mut self, record: u32, _: Origin, it: Record<'_>) -> Result<(), Stop> {
        if let Record::Message(it) = it {
            let mut own = Message::default();
            own.id = it.id.into_owned().into();
            own.created_at = it.created_at;
            self.all.push((record, own));
        }
        Ok(())
    }

    fn lose(&mut self, _: u32, _: Loss<'_>) -> Result<(), Stop> {
        Ok(())
    }

    fn meet(&mut self, _: Person<'_>) -> Result<(), Stop> {
        Ok(())
    }
}

/// Holds each message of inputs against the record that the adapter gives for it, which must
/// contain what `mark` says; gives how many there are.
#[track_caller]
fn check_records(
    adapter: &dyn Adapter,
    inputs: &[PathBuf],
    mark: fn(&Message<'_>) -> String,
) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let work = WorkFolder::temporary(folder.path()).unwrap();
    let mut options = Options::default();
    options.work_in(work.of_source().unwrap());
    options.set("bare", "true".to_owned());
    let (progress, stop) = (Progress::new(true), AtomicBool::new(false));
    let setting = Setting {
        work: &work,
        threads: 2,
        progress: &progress,
        stop: &stop,
    };
    let source = adapter.open(inputs, &options);
    let source = by_channel(source.unwrap_or_else(|error| panic!("{error:#}")), setting).unwrap();
    let mut marks = std::collections::BTreeMap::new();
    let mut reader = source.reader().unwrap();
    for (unit, number) in source.units().iter().zip(0..) {
        let mut messages = Messages::default();
        reader
            .read(unit, Want::Everything(&Nobody), &mut messages)
            .unwrap();
        for (record, it) in messages.all {
            marks.entry((number, record)).or_insert_with(|| mark(&it));
        }
    }
    let wanted: Vec<_> = marks.keys().copied().collect();
    let mut given = 0;
    source.find_source_records(&wanted, &mut |at, bytes| {
        let text = String::from_utf8_lossy(bytes);
        assert!(
            text.contains(&marks[&at]),
            "{at:?}: {} is not in {text}",
            marks[&at]
        );
        given += 1;
    });
    assert_eq!(given, wanted.len());
    given
}

#[test]
fn every_adapter_gives_the_records_as_they_stand() {
    let sample = |path: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("samples")
            .join(path)
    };
    let id = |it: &Message<'_>| it.id.to_string();
    let time = |it: &Message<'_>| {
        let micros = it.created_at.expect("a time").micros();
        format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    };
    assert_eq!(
        check_records(&SLACK, &[sample("slack-export.zip")], time),
        79
    );
    let tables = ["messages.csv", "channels.csv", "users.csv"];
    let tables = tables.map(|name| sample("csv").join(name));
    assert!(check_records(&CSV, &tables, id) > 5);
    assert!(check_records(&SQLITE, &[sample("sqlite/chat.sql")], id) > 5);
    let place = Place::new();
    let mut lines = String::new();
    for n in 0..20_000 {
        let channel = ["a", "b", "c"][n % 3];
        lines.push_str(&format!(
            "{{\"type\":\"message\",\"data\":{{\"id\":\"m{n}\",\"channel_id\":\"{channel}\",\"user_id\":\"u\",\"text\":\"{}\",\"created_at\":\"2024-03-04T08:00:00Z\"}}}}\n\n",
            "word ".repeat(n % 40)
        ));
    }
    place.put("lines.jsonl", lines.as_bytes());
    let quoted = |it: &Message<'_>| format!("\"{}\"", it.id);
    assert_eq!(
        check_records(&JSONL, &[place.path("lines.jsonl")], quoted),
        20_000
    );
}
