//! The same workspace as an export of Slack and as slackdump's database gives the same bytes.
//!
//! `MIGRATE_CASES=20 cargo test --test it slackdump` tries twenty times as many.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Value, value::RawValue};

use crate::{
    generator::Slack,
    program::{DEFAULT_LIMIT, Place, times},
    report,
    zips::{Files, generated, pack, unpack},
};

/// The tables of slackdump as far as they are read.
const SCHEMA: &str = "BEGIN TRANSACTION;
CREATE TABLE SESSION (ID INTEGER PRIMARY KEY, FINISHED BOOLEAN);
CREATE TABLE CHUNK (ID INTEGER PRIMARY KEY, SESSION_ID INTEGER, TYPE_ID INTEGER, CHANNEL_ID TEXT);
CREATE TABLE MESSAGE (ID INTEGER, CHUNK_ID INTEGER, CHANNEL_ID TEXT, TS TEXT, DATA BLOB, PRIMARY KEY (ID, CHUNK_ID));
CREATE TABLE CHANNEL (ID TEXT, CHUNK_ID INTEGER, DATA BLOB, PRIMARY KEY (ID, CHUNK_ID));
CREATE TABLE CHANNEL_USER (CHANNEL_ID TEXT, USER_ID TEXT, CHUNK_ID INTEGER, IDX INTEGER,
  PRIMARY KEY (CHANNEL_ID, USER_ID, CHUNK_ID));
CREATE TABLE S_USER (ID TEXT, CHUNK_ID INTEGER, DATA BLOB, PRIMARY KEY (ID, CHUNK_ID));
INSERT INTO SESSION VALUES(1,1);
INSERT INTO SESSION VALUES(2,1);
INSERT INTO SESSION VALUES(3,1);
";

/// What stands for the number of a chunk that is not known yet.
const CHUNK: &str = "?chunk?";

/// How many runs of slackdump there were.
const SESSIONS: usize = 3;

/// The lists of conversations, and what tells them apart in the database.
const LISTS: [(&str, Option<&str>); 4] = [
    ("channels.json", None),
    ("groups.json", Some("is_private")),
    ("mpims.json", Some("is_mpim")),
    ("dms.json", Some("is_im")),
];

/// A dump of the database that slackdump would have made of a workspace.
struct Archive {
    sql: String,
    /// Draws numbers.
    random: u64,
    chunks: usize,
    /// How many rows are older copies of others.
    copies: BTreeMap<&'static str, u64>,
}

impl Archive {
    fn of(files: &Files, seed: u64) -> Archive {
        let mut archive = Archive {
            sql: SCHEMA.to_owned(),
            random: seed,
            chunks: 0,
            copies: BTreeMap::new(),
        };
        let mut runs: [Vec<Row>; SESSIONS] = Default::default();
        for (file, trait_of) in [("users.json", None)].into_iter().chain(LISTS) {
            for element in elements(files, file) {
                archive.add_listed(file, trait_of, &element, &mut runs);
            }
        }
        let folders = folders(files);
        for (name, contents) in files {
            let Some((folder, _)) = name.split_once('/') else {
                continue;
            };
            let conversation = folders.get(folder).map_or(folder, String::as_str);
            for element in serde_json::from_slice::<Vec<&RawValue>>(contents).unwrap() {
                archive.add_message(conversation, element.get(), &mut runs);
            }
        }
        for (session, rows) in (1..).zip(runs) {
            archive.write_run(session, rows);
        }
        archive.sql.push_str("COMMIT;\n");
        archive
    }

    fn below(&mut self, end: usize) -> usize {
        // Knuth's linear congruential generator (MMIX).
        let state = self.random.wrapping_mul(6_364_136_223_846_793_005);
        self.random = state.wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % end
    }

    /// Adds a user or a conversation, once or several times, the members with it or apart.
    fn add_listed(
        &mut self,
        file: &str,
        trait_of: Option<&str>,
        json: &str,
        runs: &mut [Vec<Row>; SESSIONS],
    ) {
        let mut fields: Map<String, Value> = serde_json::from_str(json).unwrap();
        let id = fields["id"].as_str().unwrap().to_owned();
        fields.extend(trait_of.map(|name| (name.to_owned(), Value::Bool(true))));
        let is_user = file == "users.json";
        let has_members = fields.get("members").is_some_and(Value::is_array);
        let members = match has_members && self.below(2) == 0 {
            true => fields.remove("members"),
            false => None,
        };
        let (table, kind) = if is_user {
            ("S_USER", 3)
        } else {
            ("CHANNEL", 5)
        };
        let newest = Value::Object(fields.clone()).to_string();
        fields.insert("name".to_owned(), "an earlier name".into());
        let older = Value::Object(fields).to_string();
        // All are met in the first run, so that their order is that of the lists.
        let last = self.below(SESSIONS);
        for (session, run) in runs.iter_mut().enumerate().take(last + 1) {
            let json = if session == last { &newest } else { &older };
            let data = hex(json);
            let insert = format!("INSERT INTO {table} VALUES('{id}',{CHUNK},{data});");
            run.push(Row::new(kind, "", insert));
        }
        *self.copies.entry(table).or_default() += last as u64;
        for (place, user) in members
            .iter()
            .flat_map(Value::as_array)
            .flatten()
            .enumerate()
        {
            let user = user.as_str().unwrap();
            let insert =
                format!("INSERT INTO CHANNEL_USER VALUES('{id}','{user}',{CHUNK},{place});");
            runs[last].push(Row::new(7, &id, insert));
        }
    }

    /// Adds a message with earlier states of it.
    fn add_message(&mut self, conversation: &str, json: &str, runs: &mut [Vec<Row>; SESSIONS]) {
        let fields: Value = serde_json::from_str(json).unwrap();
        let ts = fields["ts"].as_str().unwrap();
        let id = ts.replace('.', "");
        let insert = |json: &str| {
            let data = hex(json);
            format!("INSERT INTO MESSAGE VALUES({id},{CHUNK},'{conversation}','{ts}',{data});")
        };
        let last = self.below(SESSIONS);
        let first = self.below(last + 1);
        let older = json.replacen("\"text\":\"", "\"text\":\"earlier ", 1);
        for (session, run) in runs.iter_mut().enumerate().take(last + 1).skip(first) {
            let json = if session == last { json } else { &older };
            run.push(Row::new(0, conversation, insert(json)));
            // What stands in a thread is stored once more with it, and some is found by a star.
            if fields.get("thread_ts").is_some() {
                run.push(Row::new(1, conversation, insert(json)));
                *self.copies.entry("MESSAGE").or_default() += 1;
            }
        }
        *self.copies.entry("MESSAGE").or_default() += (last - first) as u64;
        if self.below(20) == 0 {
            runs[SESSIONS - 1].push(Row::new(8, conversation, insert("{}")));
            *self.copies.entry("MESSAGE").or_default() += 1;
        }
    }

    /// Writes the rows of a run in chunks of random length.
    fn write_run(&mut self, session: usize, mut rows: Vec<Row>) {
        rows.sort_by(|a, b| (a.kind, &a.conversation).cmp(&(b.kind, &b.conversation)));
        for same in rows.chunk_by(|a, b| (a.kind, &a.conversation) == (b.kind, &b.conversation)) {
            let mut left = 0;
            for row in same {
                if left == 0 {
                    left = 1 + self.below(200);
                    self.chunks += 1;
                    let (chunk, kind) = (self.chunks, row.kind);
                    let conversation = &row.conversation;
                    writeln!(
                        self.sql,
                        "INSERT INTO CHUNK VALUES({chunk},{session},{kind},'{conversation}');"
                    )
                    .unwrap();
                }
                left -= 1;
                let insert = row.insert.replacen(CHUNK, &self.chunks.to_string(), 1);
                self.sql.push_str(&insert);
                self.sql.push('\n');
            }
        }
    }
}

/// A row to come.
struct Row {
    /// The type of its chunk.
    kind: i32,
    /// The conversation of its chunk; empty for none.
    conversation: String,
    /// The statement, with [`CHUNK`] for the number of the chunk.
    insert: String,
}

impl Row {
    fn new(kind: i32, conversation: &str, insert: String) -> Row {
        Row {
            kind,
            conversation: conversation.to_owned(),
            insert,
        }
    }
}

fn hex(json: &str) -> String {
    let mut hex = String::from("X'");
    for byte in json.bytes() {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex + "'"
}

/// The elements of a list, as they stand in it.
fn elements(files: &Files, name: &str) -> Vec<String> {
    let file = files.iter().find(|(it, _)| it == name);
    let elements = file.map(|(_, json)| serde_json::from_slice::<Vec<&RawValue>>(json).unwrap());
    let elements = elements.into_iter().flatten();
    elements.map(|it| it.get().to_owned()).collect()
}

/// The ids of conversations by the names of their folders.
fn folders(files: &Files) -> BTreeMap<String, String> {
    let all = LISTS.iter().flat_map(|(list, _)| elements(files, list));
    let pairs = all.filter_map(|it| {
        let it: Value = serde_json::from_str(&it).unwrap();
        let id = it["id"].as_str()?.to_owned();
        Some((it["name"].as_str().unwrap_or(&id).to_owned(), id))
    });
    pairs.collect()
}

/// A workspace without deleted roots: who wrote one may be told by a reply that is read together with
/// it, and an export is read by days, a database in longer pieces.
fn without_tombstones(mut files: Files) -> Files {
    for (name, contents) in &mut files {
        if name.contains('/') {
            let all: Vec<&RawValue> = serde_json::from_slice(contents).unwrap();
            let kept = all
                .into_iter()
                .filter(|it| !it.get().contains("\"tombstone\""));
            *contents = serde_json::to_vec(&kept.collect::<Vec<_>>()).unwrap();
        }
    }
    files
}

/// An export and how it is converted.
#[derive(Clone, Debug)]
struct Case {
    export: Slack,
    output: &'static str,
    options: &'static str,
    /// What chunks and copies hang on.
    seed: u64,
}

fn cases() -> impl Strategy<Value = Case> {
    let sizes = (select(vec![1u64, 20, 150, 400, 2_000]), 1..20u32, 2..40u32);
    let export = (sizes, select(vec![0, 5, 50]), 0..1_000u64);
    let export = export.prop_map(
        |((messages, channels, users), strangers_percent, seed)| Slack {
            users,
            strangers_percent,
            seed,
            ..Slack::new(messages).with_channels(channels)
        },
    );
    let options = select(vec![
        "",
        "--dm-ids explicit --threads 1",
        "--bot-names split --same-names handle --map-roles",
        "--reactions stream --include-profile title --threads 3",
        "--scan-edits --file-url-prefix https://example.com/",
    ]);
    let output = select(vec!["out.json", "out.jsonl"]);
    let case = (export, output, options, any::<u64>());
    case.prop_map(|(export, output, options, seed)| Case {
        export,
        output,
        options,
        seed,
    })
}

#[test]
fn a_workspace_gives_the_same_as_an_export_and_as_a_database() {
    let config = Config {
        cases: 24 * times::<u32>(),
        failure_persistence: None,
        max_shrink_iters: 16,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, random).run(&cases(), gives_the_same);
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// The workspace as an export and as a database.
fn gives_the_same(case: Case) -> Result<(), TestCaseError> {
    let files = without_tombstones(unpack(&generated(&case.export)));
    let zip = pack(&files);
    let archive = Archive::of(&files, case.seed);
    let place = Place::with("in.zip", &zip);
    place.put("slackdump.sql", archive.sql.as_bytes());
    let Case {
        output, options, ..
    } = case;
    let run = |command: &str| {
        let args = format!("{command} -o {output} -q --force {options} --report report.json");
        let outcome = place.run(&args);
        place.check("out", DEFAULT_LIMIT);
        (outcome.code, place.parts("out"), place.json("report.json"))
    };
    let (export_code, export_parts, _) = run("slack in.zip");
    let (code, parts, report) = run("sqlite slackdump.sql");
    prop_assert_eq!(code, export_code);
    prop_assert!(parts == export_parts);
    let copies: u64 = archive.copies.values().sum();
    let merged = report::notes(&report, "merged");
    let counted = merged
        .iter()
        .find(|(kind, _)| kind == "slackdump.earlier_copy");
    prop_assert_eq!(counted.map_or(0, |(_, count)| *count), copies);
    Ok(())
}

#[test]
fn a_day_in_no_order_of_time_gives_the_same() {
    // Two replies of one of its days stand in the wrong order, and both have reactions.
    let case = Case {
        export: Slack {
            users: 2,
            seed: 610,
            ..Slack::new(2_000).with_channels(1)
        },
        output: "out.jsonl",
        options: "--bot-names split --same-names handle --map-roles",
        seed: 6364356895274862117,
    };
    gives_the_same(case).unwrap();
}

const SAMPLE: &[u8] = include_bytes!("../../samples/sqlite/slackdump.sql");

/// A database of something else.
const OTHER: &[u8] = b"BEGIN TRANSACTION;
CREATE TABLE messages (id INTEGER PRIMARY KEY, channel_id TEXT, user_id TEXT, text TEXT, created_at TEXT);
INSERT INTO messages VALUES(1,'c','u','a','2025-03-03T09:00:00Z');
COMMIT;
";

/// A place with the sample, alone and in the folder of an archive.
fn place() -> Place {
    let place = Place::with("slackdump.sql", SAMPLE);
    place.put("archive/slackdump.sqlite", SAMPLE);
    place.put("archive/__uploads/F0LIST/order.pdf", b"%PDF");
    place.put("other.sql", OTHER);
    place
}

#[test]
fn every_row_of_the_sample_is_accounted_for() {
    let place = place();
    let outcome = place.run("sqlite slackdump.sql -o out.json --report report.json");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let summary = place.check("out", DEFAULT_LIMIT);
    let report = place.json("report.json");
    report::assert_true(&report, &summary, &place, "out");
    let messages = ["read", "written", "merged", "left_out"];
    let messages = messages.map(|column| report::book(&report, "message", column));
    // 23 rows of messages, and 2 that a search found.
    assert_eq!(messages, [25, 14, 9, 2]);
    assert_eq!(report::book(&report, "user", "merged"), 3);
    assert_eq!(report::book(&report, "channel", "merged"), 2);
}

#[test]
fn the_folder_of_an_archive_is_an_input() {
    let place = place();
    place.run("sqlite slackdump.sql -o one.json -q");
    let outcome = place.run("sqlite archive -o two.json -q");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
    assert_eq!(place.read("one.json"), place.read("two.json"));
    let prefix = "--file-url-prefix https://example.com/files --file-list files.csv";
    place.run(&format!("sqlite archive -o three.json -q {prefix}"));
    let files = String::from_utf8(place.read("files.csv")).unwrap();
    let url = "https://example.com/files/F0LIST/order.pdf";
    assert!(
        files.contains("__uploads/F0LIST/order.pdf") && files.contains(url),
        "{files}"
    );
}

#[test]
fn what_does_not_go_together_is_told_in_a_line() {
    let place = place();
    let check = |args: &str, expected: &str| {
        let outcome = place.run(args);
        assert_eq!(outcome.code, 2, "{args}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains(expected),
            "{args}: {}",
            outcome.stderr
        );
        assert_eq!(
            outcome.stderr.trim_end().lines().count(),
            1,
            "{}",
            outcome.stderr
        );
    };
    check(
        "slack archive -o out.json",
        "`archive` is an archive of slackdump, not an export: `migrate sqlite archive/slackdump.sqlite` reads it",
    );
    check(
        "sqlite other.sql -o out.json --dm-ids explicit",
        "`--dm-ids` is for the database of slackdump alone",
    );
    check(
        "sqlite other.sql -o out.json --preset slackdump",
        "`other.sql` is no database of slackdump",
    );
    check(
        "sqlite slackdump.sql -o out.json --timezone UTC",
        "leave `--timezone` and `--message-ids` away",
    );
    check("sqlite init slackdump.sql", "needs no mapping");
    check(
        "sqlite slackdump.sql -o out.json --dm-ids explicit --file-url-prefix x",
        "`--file-url-prefix` takes an address",
    );
}

#[test]
fn presets_name_it() {
    let place = place();
    let outcome = place.run("sqlite presets");
    assert!(outcome.stdout.contains("slackdump"), "{}", outcome.stdout);
    let outcome = place.run("sqlite presets show slackdump");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("without `--mapping`"));
    place.run("sqlite slackdump.sql -o one.json -q");
    place.run("sqlite slackdump.sql -o two.json -q --preset slackdump");
    assert_eq!(place.read("one.json"), place.read("two.json"));
}
