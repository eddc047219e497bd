//! Properties of whole runs over generated exports of all sizes and with all options.
//!
//! `MIGRATE_CASES=20 cargo test --test it slack_exports` tries twenty times as many.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;

use crate::{
    generator::Slack,
    program::{DEFAULT_LIMIT, Place, times},
    report,
    zips::{Files, SAMPLE, generated, pack, unpack},
};

/// An export and how it is converted.
#[derive(Clone, Debug)]
struct Case {
    export: Slack,
    /// The name of the output, whose ending is its spelling.
    output: &'static str,
    limit: u64,
    options: &'static str,
}

/// What an export holds, read without the program.
struct Expected {
    messages: BTreeMap<String, Expectation>,
    /// Messages that only replies tell of.
    missing_roots: BTreeSet<String>,
    conversations: usize,
}

/// What is known of a message beforehand.
#[derive(Debug, PartialEq)]
struct Expectation {
    /// Microseconds since 1970.
    at: i64,
    parent_id: Option<String>,
}

impl Case {
    fn place(&self) -> Place {
        Place::with("in.zip", &generated(&self.export))
    }

    /// The arguments of a run that is not dry.
    fn args(&self) -> String {
        let Case {
            output,
            limit,
            options,
            ..
        } = self;
        format!("slack in.zip -o {output} -q --max-part-size {limit} {options}")
    }
}

/// Tries a property on so many cases, the same ones in every run.
fn for_all(count: u32, property: impl Fn(&Case)) {
    let config = Config {
        cases: count * times::<u32>(),
        failure_persistence: None,
        max_shrink_iters: 24,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, random).run(&cases(), |case| {
        property(&case);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let sizes = (
        select(vec![0u64, 1, 20, 150, 400, 1_200]),
        1..40u32,
        2..40u32,
    );
    let export = (sizes, select(vec![0, 5, 50]), 0..1_000u64);
    let export = export.prop_map(
        |((messages, channels, users), strangers_percent, seed)| Slack {
            users,
            strangers_percent,
            seed,
            ..Slack::new(messages).with_channels(channels)
        },
    );
    // With each its smallest limit: a message, its thread's root and a quote have to fit.
    let options = select(vec![
        ("", 40_000),
        ("--dm-ids explicit", 40_000),
        ("--max-text 100", 6_000),
        ("--dm-type team --channel-type support", 40_000),
        ("--max-text 20000 --dm-ids explicit", 80_000),
    ]);
    let output = select(vec!["out.json", "out.jsonl"]);
    let case = (export, output, options, select(vec![1, 2, 5, 10_000]));
    case.prop_map(|(export, output, (options, smallest), times)| Case {
        export,
        output,
        limit: DEFAULT_LIMIT.min(smallest * times),
        options,
    })
}

/// Reads an export as Slack's layout is described.
fn expected(zip: &[u8]) -> Expected {
    let mut ids = BTreeMap::new();
    let mut messages = BTreeMap::new();
    let mut roots = BTreeSet::new();
    let files: BTreeMap<String, Value> = unpack(zip)
        .into_iter()
        .map(|(name, json)| (name, serde_json::from_slice(&json).expect("JSON")))
        .collect();
    for list in ["channels.json", "groups.json", "mpims.json", "dms.json"] {
        for it in files[list].as_array().expect("a list") {
            let id = it["id"].as_str().expect("an id").to_owned();
            let folder = it["name"].as_str().map_or(id.clone(), str::to_owned);
            assert!(ids.insert(folder, id).is_none(), "two folders of one name");
        }
    }
    for (name, day) in &files {
        let Some((folder, _)) = name.split_once('/') else {
            continue;
        };
        let id = |ts: &str| format!("{}-{}", ids[folder], ts.replace('.', "-"));
        for it in day.as_array().expect("a list") {
            let ts = it["ts"].as_str().expect("a time");
            let thread = it["thread_ts"].as_str().filter(|thread| *thread != ts);
            roots.extend(thread.map(id));
            let message = Expectation {
                at: ts.replace('.', "").parse().expect("a time"),
                parent_id: thread.map(id),
            };
            let former = messages.insert(id(ts), message);
            assert_eq!(former, None, "two messages of one time in {name}");
        }
    }
    roots.retain(|id| !messages.contains_key(id));
    Expected {
        messages,
        missing_roots: roots,
        conversations: ids.len(),
    }
}

/// The messages of the output, once each.
fn written(place: &Place) -> BTreeMap<String, Expectation> {
    let mut messages = BTreeMap::new();
    for (name, bytes) in place.parts("out") {
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(!text.contains("xoxe"), "{name} holds a secret");
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let entry: Value = serde_json::from_str(line.trim_end_matches(',')).expect("JSON");
            if entry["type"] != "message" {
                continue;
            }
            let item = entry.get("item").unwrap_or(&entry["data"]);
            let at = item["created_at"].as_str().expect("a time");
            let at = chrono::DateTime::parse_from_rfc3339(at).expect("a time");
            let message = Expectation {
                at: at.timestamp_micros(),
                parent_id: item["parent_id"].as_str().map(str::to_owned),
            };
            messages.insert(item["id"].as_str().expect("an id").to_owned(), message);
        }
    }
    messages
}

#[test]
fn every_output_is_good_and_holds_every_message() {
    for_all(60, |case| {
        let place = case.place();
        let expected = expected(&place.read("in.zip"));
        place
            .run(&format!("{} --report report.json", case.args()))
            .silent(0);
        let summary = place.check("out", case.limit);
        let report = place.json("report.json");
        report::assert_true(&report, &summary, &place, "out");
        assert_eq!(report["left_out"], Value::Array(Vec::new()));

        let mut written = written(&place);
        for (id, message) in &expected.messages {
            assert_eq!(written.remove(id).as_ref(), Some(message), "{id}");
        }
        for id in &expected.missing_roots {
            assert!(
                written.remove(id).is_some_and(|it| it.parent_id.is_none()),
                "{id}"
            );
        }
        for id in written.keys() {
            let (first, number) = id.rsplit_once("-p").expect("a continued message");
            assert!(expected.messages.contains_key(first), "{id}");
            assert!(number.parse::<u32>().is_ok_and(|number| number > 1), "{id}");
        }
        let made = report::notes(&report, "made");
        let made: BTreeMap<&str, u64> = made.iter().map(|it| (it.0.as_str(), it.1)).collect();
        let made = |kind| made.get(kind).copied().unwrap_or(0);
        assert_eq!(made("root_missing"), expected.missing_roots.len() as u64);
        assert_eq!(made("text_continued"), written.len() as u64);
        let book = |column| report::book(&report, "message", column);
        assert_eq!(book("read"), expected.messages.len() as u64);
        assert_eq!(book("made"), made("root_missing") + made("text_continued"));

        let max_text = case.options.split("--max-text ").nth(1);
        let max_text = max_text.map_or("5000", |it| it.split(' ').next().unwrap_or(it));
        assert!(summary.longest_text <= max_text.parse().expect("a number"));
        let merged = report::book(&report, "channel", "merged") as usize;
        assert_eq!(summary.channels.len() + merged, expected.conversations);
        assert!(merged == 0 || !case.options.contains("explicit"));
    });
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    for_all(30, |case| {
        let place = case.place();
        let args = format!("{} --report report.json --force", case.args());
        let mut outputs = [1, 2, 3].map(|threads| {
            place.run(&format!("{args} --threads {threads}")).silent(0);
            (place.parts("out"), place.read("report.json"))
        });
        outputs.sort();
        let [least, _, most] = outputs;
        assert!(least == most);
    });
}

/// Small exports fit into one batch of the pipeline, so that no thread overtakes another.
#[test]
fn threads_that_overtake_each_other_write_the_same_bytes() {
    let export = generated(&Slack {
        strangers_percent: 50,
        ..Slack::new(12_000)
    });
    let place = Place::with("in.zip", &export);
    let run = |threads: u32| {
        let args = format!(
            "slack in.zip -o out.json -q --force --report report.json --threads {threads} --max-part-size 1MB"
        );
        place.run(&args).silent(0);
        (place.parts("out"), place.read("report.json"))
    };
    let one = run(1);
    place.check("out", 1_000_000);
    for threads in [2, 3, 3, 8] {
        assert!(run(threads) == one, "{threads} threads");
    }
}

#[test]
fn a_folder_gives_the_same_bytes_as_its_zip() {
    for_all(15, |case| {
        let place = case.place();
        for (name, contents) in unpack(&place.read("in.zip")) {
            place.put(&format!("in/{name}"), &contents);
        }
        place.run(&case.args()).silent(0);
        place
            .run(&case.args().replace("in.zip -o out", "in -o other"))
            .silent(0);
        let parts: Vec<_> = place.parts("out").into_iter().map(|it| it.1).collect();
        let others: Vec<_> = place.parts("other").into_iter().map(|it| it.1).collect();
        assert!(parts == others);
    });
}

#[test]
fn how_an_export_was_zipped_changes_nothing() {
    let place = Place::with("in.zip", SAMPLE);
    place.run("slack in.zip -o out.json -q").silent(0);
    let check = |what: &str, files: &Files| {
        place.put("other.zip", &pack(files));
        place
            .run("slack other.zip -o other.json -q --force")
            .silent(0);
        assert!(place.read("other.json") == place.read("out.json"), "{what}");
    };
    let files = unpack(SAMPLE);
    check(
        "the other way round",
        &files.iter().rev().cloned().collect(),
    );
    let wrapped = files
        .iter()
        .map(|(name, it)| (format!("My export/{name}"), it.clone()));
    let mut wrapped: Files = wrapped.collect();
    check("in a folder", &wrapped);
    for name in [
        "__MACOSX/My export/._users.json",
        "My export/.DS_Store",
        "My export/a/Thumbs.db",
    ] {
        wrapped.push((name.to_owned(), b"\0\x05\x16\x07".to_vec()));
    }
    check("with what systems leave behind", &wrapped);
    let with_nothing = files.iter().map(|(name, it)| match name.as_str() {
        "integration_logs.json" => ("lists.json".to_owned(), b"[\"\"]".to_vec()),
        _ => (name.clone(), it.clone()),
    });
    check("with another list at the root", &with_nothing.collect());
}

#[test]
fn a_dry_run_tells_what_a_run_writes_and_writes_nothing() {
    for_all(20, |case| {
        let place = case.place();
        let files = "--report report.json --people people.json";
        place
            .run(&format!("{} --dry-run {files}", case.args()))
            .silent(0);
        assert_eq!(place.names(), ["in.zip", "people.json", "report.json"]);
        let dry = place.read("report.json");
        let said = place.run(&format!("{} --dry-run", case.args().replace("-q", "")));
        assert_eq!((said.code, said.stderr.as_str()), (0, ""));
        let other = Place::with("in.zip", &place.read("in.zip"));
        let wrote = other.run(&format!(
            "{} --report report.json",
            case.args().replace("-q", "")
        ));
        assert_eq!((wrote.code, wrote.stdout.as_str()), (0, ""));
        assert!(other.read("report.json") == dry);
        // Both say the same but for the largest channels, the samples, the next step and where
        // lines end.
        let said = said.stdout.replacen("would write", "wrote", 1);
        let sections = said.split("\n\n");
        let is_shared = |it: &&str| !it.starts_with("largest channels");
        let shared = sections
            .filter(is_shared)
            .take_while(|it| !it.starts_with("samples\n"));
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        let shared = bare(&shared.collect::<String>());
        let wrote = bare(&wrote.stderr);
        assert!(wrote.starts_with(&shared), "{said}\n{wrote}");
    });
}

#[test]
fn people_learnt_by_a_dry_run_change_nothing_in_the_output() {
    for_all(30, |case| {
        let place = case.place();
        place
            .run(&format!("{} --report report.json", case.args()))
            .silent(0);
        let (parts, report) = (place.parts("out"), place.read("report.json"));
        place
            .run("slack in.zip --dry-run -q --people people.json")
            .silent(0);
        let args = format!(
            "{} --force --people people.json --report report.json",
            case.args()
        );
        place.run(&args).silent(0);
        assert!(place.parts("out") == parts);
        assert!(place.read("report.json") == report);
    });
}

#[test]
fn the_smallest_part_size_that_works_is_kept_and_one_byte_less_is_refused() {
    for_all(6, |case| {
        let place = case.place();
        let args = |limit: u64| {
            Case {
                limit,
                ..case.clone()
            }
            .args()
                + " --force"
        };
        let (mut too_small, mut enough) = (1, 64_000);
        place.run(&args(enough)).silent(0);
        while enough - too_small > 1 {
            let middle = (too_small + enough) / 2;
            let outcome = place.run(&args(middle));
            if outcome.code == 0 {
                enough = middle;
            } else {
                too_small = middle;
            }
        }
        place.run(&args(enough)).silent(0);
        place.check("out", enough);
        for (name, _) in place.parts("out") {
            std::fs::remove_file(place.path(&name)).expect("the part can be removed");
        }
        let outcome = place.run(&args(too_small));
        let message = format!(
            " needs a part of {enough} bytes with all that it refers to, but parts may have \
             {too_small}; give a larger `--max-part-size`\n"
        );
        assert!(outcome.stderr.ends_with(&message), "{}", outcome.stderr);
        assert_eq!(
            (outcome.code, place.names()),
            (2, vec!["in.zip".to_owned()])
        );
    });
}
