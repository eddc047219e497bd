//! Shards through the program: their names, what they say, and that they add up for every adapter.

use std::{
    collections::BTreeSet,
    fs::File,
    io::Write,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    program::{DEFAULT_LIMIT, Place},
    report::{assert_balanced, assert_true},
    zips::SAMPLE,
};

/// How long something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The samples of the adapters, by the names that `run` below knows them by.
fn samples() -> Place {
    let place = Place::with("in.zip", SAMPLE);
    let texts: [(&str, &[u8]); 6] = [
        ("chat.sql", include_bytes!("../../samples/sqlite/chat.sql")),
        (
            "in.jsonl",
            include_bytes!("../../samples/jsonl/workspace.jsonl"),
        ),
        (
            "csv/messages.csv",
            include_bytes!("../../samples/csv/messages.csv"),
        ),
        (
            "csv/users.csv",
            include_bytes!("../../samples/csv/users.csv"),
        ),
        (
            "csv/channels.csv",
            include_bytes!("../../samples/csv/channels.csv"),
        ),
        (
            "csv/members.csv",
            include_bytes!("../../samples/csv/members.csv"),
        ),
    ];
    for (name, text) in texts {
        place.put(name, text);
    }
    place
}

/// The entries of the output `stem`, each once.
fn entries(place: &Place, stem: &str) -> BTreeSet<String> {
    let parts = place.parts(stem).into_iter();
    let entries = parts.flat_map(|(name, bytes)| {
        let values: Vec<Value> = match name.ends_with(".json") {
            true => serde_json::from_slice(&bytes).unwrap(),
            false => serde_json::Deserializer::from_slice(&bytes)
                .into_iter()
                .map(Result::unwrap)
                .collect(),
        };
        values
    });
    entries.map(|entry| entry.to_string()).collect()
}

/// The rows of an id map without places: whoever stands in no list is where a shard needs them first.
fn ids(place: &Place, name: &str) -> BTreeSet<Vec<String>> {
    let text = place.read(name);
    let mut rows = csv::Reader::from_reader(&*text);
    let rows = rows.records().map(|row| row.unwrap());
    rows.map(|row| row.iter().take(3).map(str::to_owned).collect())
        .collect()
}

/// A report without what hangs on how the source was divided: parts and examples.
fn told(mut report: Value) -> Value {
    for list in ["losses", "left_out", "merged", "excluded", "made"] {
        for note in report[list].as_array_mut().unwrap() {
            note.as_object_mut().unwrap().remove("examples");
        }
    }
    report.as_object_mut().unwrap().remove("parts");
    report
}

/// Converts an input as a whole and in shards, and holds them against each other.
#[track_caller]
fn check(input: &str, extension: &str) {
    let place = samples();
    assert_eq!(
        place
            .run(&format!("{input} --dry-run --people people.json -q"))
            .code
            & 2,
        0
    );
    let run = |more: &str| {
        let outcome = place.run(&format!("{input} --people people.json -q {more}"));
        assert_eq!(outcome.code & 2, 0, "{more}: {}", outcome.stderr);
    };
    run(&format!(
        "-o out.{extension} --report whole.report.json --id-map whole.csv"
    ));
    let (mut all, mut all_ids) = (BTreeSet::new(), BTreeSet::new());
    for index in 0..3 {
        let stem = format!("part-shard-{index}-of-3");
        run(&format!(
            "-o part.{extension} --shard {index}/3 --report {index}.report.json --id-map {index}.csv"
        ));
        if !place.parts(&stem).is_empty() {
            let summary = place.check(&stem, DEFAULT_LIMIT);
            assert_true_parts(&place, index, &stem, summary.counts["message"]);
        }
        all.extend(entries(&place, &stem));
        all_ids.extend(ids(&place, &format!("{index}.csv")));
    }
    assert_eq!(all_ids, ids(&place, "whole.csv"), "{input}");
    assert_eq!(all, entries(&place, "out"), "{input}");
    let reports = "0.report.json 1.report.json 2.report.json";
    place
        .run(&format!("report merge {reports} -o all.json"))
        .silent(0);
    let sum = place.json("all.json");
    assert_balanced(&sum);
    assert_eq!(told(sum), told(place.json("whole.report.json")), "{input}");
}

/// The report of a shard lists its parts, and has as many messages written as they hold.
fn assert_true_parts(place: &Place, index: u32, stem: &str, messages: usize) {
    let report = place.json(&format!("{index}.report.json"));
    assert_balanced(&report);
    let first = report["parts"][0]["path"].as_str().unwrap();
    assert!(first.starts_with(stem), "{first}");
    assert_eq!(report["books"]["message"]["written"], messages);
}

#[test]
fn shards_of_an_export_of_slack_add_up() {
    check("slack in.zip", "json");
    check("slack in.zip --users referenced", "jsonl");
}

#[test]
fn shards_of_tables_add_up() {
    check("csv csv", "json");
    check("sqlite chat.sql", "jsonl");
}

#[test]
fn shards_of_lines_add_up() {
    check("jsonl in.jsonl", "json");
}

#[test]
fn the_only_shard_is_the_whole() {
    let place = samples();
    place.run("slack in.zip -o out.json -q").silent(0);
    place
        .run("slack in.zip -o out.json --shard 0/1 --report r.json -q")
        .silent(0);
    assert_eq!(place.read("out-shard-0-of-1.json"), place.read("out.json"));
    let summary = place.check("out-shard-0-of-1", DEFAULT_LIMIT);
    assert_true(&place.json("r.json"), &summary, &place, "out-shard-0-of-1");
}

#[test]
fn a_shard_is_a_target_of_its_own() {
    let place = samples();
    place.put(".out-shard-1-of-2.migrate/lock", b"");
    let lock = File::open(place.path(".out-shard-1-of-2.migrate/lock")).unwrap();
    lock.try_lock().unwrap();
    place.run("slack in.zip -o out.json --shard 1/2").fails(
        "another run is writing to the same target (it holds `.out-shard-1-of-2.migrate/lock`); \
         wait for it to end",
    );
    place
        .run("slack in.zip -o out.json --shard 0/2 -q")
        .silent(0);
    drop(lock);
    let small = "slack in.zip -o out.json --shard 1/2 --max-part-size 5kB -q";
    place.run(small).silent(0);
    assert!(place.path("out-shard-1-of-2-002.json").exists());
    place.run(small).fails(
        "the output `out-shard-1-of-2-001.json` and 1 more exist already; use another name, or \
         `--force` to replace it",
    );
    place
        .run("slack in.zip -o out.json --shard 1/2 --force -q")
        .silent(0);
    let names = place.names();
    let outputs: Vec<_> = names.iter().filter(|it| it.starts_with("out")).collect();
    assert_eq!(outputs, ["out-shard-0-of-2.json", "out-shard-1-of-2.json"]);
}

/// One message, whose shard of 1,000 is not the one asked for here.
const ONE: &str = "id,channel_id,user_id,text,created_at\n1,c,ann,hi,2026-01-01T00:00:00Z\n";

#[test]
fn a_shard_that_holds_nothing_writes_nothing_and_is_no_failure() {
    let place = Place::with("one.csv", ONE.as_bytes());
    place.put("out-shard-7-of-1000.json", b"older");
    let shard = "csv one.csv -o out.json --shard 7/1000";
    assert_eq!(place.run(shard).code, 2);
    let outcome = place.run(&format!("{shard} --force --report r.json"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("shard 7 of 1000 holds nothing\n"),
        "{}",
        outcome.stderr
    );
    assert_eq!(place.names(), ["one.csv", "r.json"]);
    assert_balanced(&place.json("r.json"));
}

#[test]
fn a_dry_run_shows_the_shard() {
    let place = samples();
    let outcome = place.run("slack in.zip -o out.json --shard 1/2 --dry-run");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    for said in [
        "shard 1 of 2\nwould write 1 file",
        "  out-shard-1-of-2.json  ",
    ] {
        assert!(outcome.stdout.contains(said), "{}", outcome.stdout);
    }
}

#[test]
fn whoever_is_met_without_a_people_file_is_told() {
    let place = samples();
    // As it is read, wherever the lines end.
    let said = "people who stand in no list were met of whom no people file told, and other shards may know";
    let outcome = place.run("slack in.zip -o a.json --shard 0/2 --report a.report.json");
    let words: Vec<_> = outcome.stderr.split_whitespace().collect();
    assert!(words.join(" ").contains(said), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`migrate report merge` adds up"));
    let report = place.json("a.report.json");
    let remark = report["remarks"][0].as_str().unwrap();
    assert!(remark.contains("`--dry-run --people FILE`"), "{remark}");
    place
        .run("slack in.zip --dry-run --people p.json -q")
        .silent(0);
    let outcome = place.run("slack in.zip -o b.json --shard 0/2 --people p.json");
    assert!(!outcome.stderr.contains(said), "{}", outcome.stderr);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let place = samples();
    place
        .run("slack in.zip --shard 0/2 --dry-run --people p.json")
        .fails(
            "`--dry-run --people FILE` learns about people from the whole source: run it without \
         `--shard`, then give the file to every shard",
        );
    for (shard, said) in [
        ("2/2", "shards count from 0, so the last of 2 is 1/2"),
        (
            "1",
            "give the number of the shard and how many there are, as in 0/4",
        ),
    ] {
        let outcome = place.run(&format!("slack in.zip -o out.json --shard {shard}"));
        assert_eq!(outcome.code, 2);
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    }
    let outcome = place.run("slack in.zip --emit model --shard 0/2");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("cannot be used with"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_channel_may_be_asked_for_that_another_shard_has() {
    let place = samples();
    let mut codes = BTreeSet::new();
    for index in 0..4 {
        let run = format!(
            "slack in.zip -o out.json --shard {index}/4 --channel general --users referenced"
        );
        codes.insert(place.run(&format!("{run} -q")).code);
    }
    assert_eq!(codes, BTreeSet::from([0]));
    assert_eq!(place.parts("out").len(), 1);
}

/// What is said of a shard that was converted otherwise than the first.
const OTHERWISE: &str = "shard 1/2 was converted with other options, another user map or people \
     file, or by another version: run all shards with the same";

#[test]
fn reports_of_shards_that_do_not_fit_are_refused_or_told() {
    let place = samples();
    for (shard, name) in [("0/2", "a"), ("1/2", "b"), ("1/3", "c")] {
        let run = format!("slack in.zip -o {name}.json --shard {shard} --report {name}.r.json -q");
        place.run(&run).silent(0);
    }
    place
        .run("slack in.zip -o d.json --report d.r.json -q")
        .silent(0);
    place
        .run("slack in.zip -o e.json --shard 1/2 --report a.r.json")
        .fails(
            "`a.r.json` exists already, and may be another shard's; give each shard a `--report` of \
             its own, or `--force` to replace it",
        );
    let merge = |names: &str| place.run(&format!("report merge {names} -o sum.json"));
    merge("a.r.json a.r.json").fails("two of the reports are of shard 0/2: give each report once");
    merge("a.r.json c.r.json")
        .fails("one report is of shard 0/2, another of shard 1/3: give those of one division");
    place
        .run("slack in.zip -o f.json --shard 1/2 --report f.r.json --users referenced -q")
        .silent(0);
    merge("a.r.json f.r.json").fails(OTHERWISE);
    merge("a.r.json d.r.json").fails(
        "some of the reports are of shards, and some are not: add up those of one source's \
         shards alone",
    );
    assert!(!place.path("sum.json").exists());
    let outcome = merge("b.r.json");
    let said = "not all shards are added up: 0/2 is missing";
    assert_eq!((outcome.code, outcome.stderr), (1, format!("{said}\n")));
    assert_eq!(
        place.json("sum.json")["shard"],
        json!({"of": 2, "missing": [0]})
    );
    let remarks = place.json("sum.json")["remarks"].clone();
    assert!(
        remarks.as_array().unwrap().contains(&said.into()),
        "{remarks}"
    );
}

#[test]
fn the_sum_of_some_shards_is_not_added_to_anything() {
    let place = samples();
    for index in 0..3 {
        let run = format!("slack in.zip -o o.json --shard {index}/3 --report {index}.r.json -q");
        assert_eq!(place.run(&run).code, 0);
    }
    for (name, shards) in [("a", "0.r.json 1.r.json"), ("b", "2.r.json")] {
        let run = place.run(&format!("report merge {shards} -o {name}.json"));
        assert_eq!(run.code, 1, "{}", run.stderr);
    }
    for inputs in [
        "a.json b.json",
        "b.json a.json",
        "a.json 2.r.json",
        "a.json",
    ] {
        let run = place.run(&format!("report merge {inputs}"));
        let first = if inputs.starts_with('b') { "b" } else { "a" };
        run.fails(&format!(
            "`{first}.json` is the sum of shards of which some are missing: add up the shards' own \
             reports, all at once"
        ));
    }
    let whole = "report merge 0.r.json 1.r.json 2.r.json -o all.json";
    place.run(whole).silent(0);
    place.run("report merge all.json -o again.json").silent(0);
    assert_eq!(place.read("again.json"), place.read("all.json"));
}

/// The report of a shard of two by hand: who was met, who is referred to, and examples of notes.
fn report_of(index: u32, met: &[&str], referenced: &[&str], unreferenced: &[&str]) -> Vec<u8> {
    let note = |kind: &str, ids: &[&str]| {
        let examples = ids.iter().zip(1..).map(
            |(id, record)| json!({"file": format!("{index}.csv"), "record": record, "detail": id}),
        );
        let examples: Vec<_> = examples.collect();
        match ids.is_empty() {
            true => json!([]),
            false => json!([{"kind": kind, "count": ids.len(), "examples": examples}]),
        }
    };
    let losses = |id: &&str| ((*id).to_owned(), json!({"losses": ["custom_dropped"]}));
    let report = json!({
        "books": {"user": {
            "read": unreferenced.len(), "made": met.len(), "written": met.len(),
            "merged": 0, "excluded": unreferenced.len(), "left_out": 0,
        }},
        "losses": note("custom_dropped", met),
        "left_out": [],
        "merged": [],
        "excluded": note("excluded_unreferenced", unreferenced),
        "made": note("user_met", met),
        "shard": {
            "index": index, "of": 2, "options": "", "referenced": referenced,
            "met": met.iter().map(losses).collect::<serde_json::Map<_, _>>(),
        },
        "parts": [],
    });
    report.to_string().into_bytes()
}

#[test]
fn the_examples_of_a_sum_are_true() {
    let place = Place::new();
    // `ann` is a user of shard 0, and referred to in shard 1 alone.
    place.put("0.json", &report_of(0, &["x"], &[], &["ann", "bo"]));
    place.put("1.json", &report_of(1, &["x", "y"], &["ann"], &[]));
    place
        .run("report merge 0.json 1.json -o all.json")
        .silent(0);
    let sum = place.json("all.json");
    for (class, expected) in [
        ("losses", &["x", "y"][..]),
        ("made", &["x", "y"]),
        ("excluded", &["bo"]),
    ] {
        let note = &sum[class][0];
        let examples = note["examples"].as_array().unwrap().iter();
        let details: Vec<_> = examples.map(|it| it["detail"].as_str().unwrap()).collect();
        assert_eq!(details, expected, "{class}");
        assert_eq!(note["count"], expected.len(), "{class}");
    }
}

#[test]
fn shards_that_were_converted_otherwise_are_not_added_up() {
    let place = samples();
    place.put("map.csv", b"source,id\nU05MAREN01,maren\n");
    place.put("other-map.csv", b"source,id\nU05MAREN01,tobin\n");
    place.put("thumbs.csv", b"slack,stream\n+1,like\n");
    place.put("copies/map.csv", b"source,id\nU05MAREN01,maren\n");
    place.put("copies/thumbs.csv", b"slack,stream\n+1,like\n");
    place
        .run("slack in.zip --dry-run --people people.json -q")
        .silent(0);
    place.put("copies/people.json", &place.read("people.json"));
    place.put("copies/in.zip", SAMPLE);
    let base = "--people people.json --user-map map.csv --reaction-map thumbs.csv";
    let shard = |index: u32, words: &str| {
        let run = format!("{words} --shard {index}/2 --report {index}.json -q --force");
        let outcome = place.run(&run);
        assert_eq!(outcome.code, 0, "{run}: {}", outcome.stderr);
    };
    let merge = || place.run("report merge 0.json 1.json -o all.json");
    shard(0, &format!("slack in.zip -o out.json {base}"));
    let copies = base.replace(' ', " copies/").replace("copies/--", "--");
    shard(
        1,
        &format!(
            "slack copies/in.zip -o b.json {copies} --threads 1 --max-part-size 5kB --id-map ids.csv \
             --file-list files.csv --preview page.html --temp-dir ."
        ),
    );
    merge().silent(0);
    let others = [
        base.replace("map.csv", "other-map.csv"),
        base.replace("--people people.json", ""),
        base.replace(" --reaction-map thumbs.csv", ""),
        format!("{base} --max-text 6000"),
        format!("{base} --dm-ids explicit"),
        format!("{base} --users referenced"),
        format!("{base} --channel general"),
        format!("{base} --dm-type team"),
        format!("{base} --format jsonl"),
    ];
    for other in others {
        shard(1, &format!("slack in.zip -o out.json {other}"));
        merge().fails(OTHERWISE);
    }
    shard(1, "csv csv -o out.json");
    merge().fails(OTHERWISE);
}

#[test]
fn a_shard_replaces_no_file_that_may_be_another_shards() {
    let place = samples();
    let files = [
        ("--report", "r.json"),
        ("--id-map", "ids.csv"),
        ("--file-list", "files.csv"),
        ("--preview", "page.html"),
    ];
    let all: Vec<_> = files
        .map(|(option, file)| format!("{option} {file}"))
        .into();
    let run = |index: u32, words: &str| {
        place.run(&format!(
            "slack in.zip -o out.json --shard {index}/2 -q {words}"
        ))
    };
    run(0, &all.join(" ")).silent(0);
    for (option, file) in files {
        let before = place.read(file);
        for more in ["", " --dry-run"] {
            run(1, &format!("{option} {file}{more}")).fails(&format!(
                "`{file}` exists already, and may be another shard's; give each shard a `{option}` \
                 of its own, or `--force` to replace it"
            ));
        }
        assert_eq!(place.read(file), before);
    }
    assert!(place.parts("out-shard-1-of-2").is_empty());
    run(1, &format!("{} --force", all.join(" "))).silent(0);
    assert_eq!(place.json("r.json")["shard"]["index"], 1);
}

#[test]
fn of_two_shards_that_write_one_report_at_once_one_fails() {
    let place = samples();
    let lines = place.read("in.jsonl");
    let start = |index: u32| {
        let words = format!("jsonl - -o out.json --shard {index}/2 --report r.json -q");
        let mut command = place.command(words.split(' '));
        let child = command.stdin(Stdio::piped()).spawn().unwrap();
        // It has claimed its folder behind all that it looks at first.
        let begun = Instant::now();
        while !place
            .path(&format!(".out-shard-{index}-of-2.migrate"))
            .exists()
        {
            assert!(begun.elapsed() < PATIENCE);
            thread::sleep(Duration::from_millis(5));
        }
        child
    };
    let end = |mut child: Child| {
        let mut input = child.stdin.take().unwrap();
        input.write_all(&lines).unwrap();
        drop(input);
        place.outcome(&child.wait_with_output().unwrap())
    };
    let (first, second) = (start(0), start(1));
    end(second).silent(0);
    end(first).fails(
        "`[TMP]/r.json` has appeared while this run was working; nothing was written, give each shard \
         files of its own",
    );
    assert_eq!(place.json("r.json")["shard"]["index"], 1);
    assert!(place.parts("out-shard-0-of-2").is_empty());
    assert!(!place.parts("out-shard-1-of-2").is_empty());
}
