//! User maps and id maps through the program, on the sample.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    checker,
    program::{DEFAULT_LIMIT, Place},
    report,
    zips::SAMPLE,
};

/// The sample, and a map of its users.
fn place(map: &str) -> Place {
    let place = Place::with("in.zip", SAMPLE);
    place.put("users.csv", map.as_bytes());
    place
}

/// The items of a kind in an output in JSON Lines.
fn items(place: &Place, name: &str, kind: &str) -> Vec<Value> {
    let text = String::from_utf8(place.read(name)).expect("UTF-8");
    let entries = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let mut entries: Vec<Value> = entries.collect();
    entries.retain(|entry| entry["type"] == kind);
    entries
        .iter_mut()
        .map(|entry| entry["data"].take())
        .collect()
}

#[test]
fn users_of_the_sample_get_the_ids_of_the_map() {
    let place = place(
        "\u{feff}source;id;name;teams\r\nmaren@EXAMPLE.com;maren-1;Maren S.;\r\n\
         U05TOBIN02;tobin@app;;\r\nU05ESTHER9;esther;;\r\nU0NOBODY;nobody;;\r\n",
    );
    let outcome = place.run("slack in.zip -o out.jsonl --user-map users.csv --report report.json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
    let said = "\nuser map: 4 rows, 1 of them for nobody in the source\n  line 5: U0NOBODY\n";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    let summary = place.check("out", DEFAULT_LIMIT);
    let report = place.json("report.json");
    report::assert_true(&report, &summary, &place, "out");
    assert_eq!(
        report["user_map"],
        json!({"rows": 4, "referred": 0, "unused": {
            "count": 1, "examples": [{"line": 5, "source": "U0NOBODY"}]
        }})
    );
    for id in ["maren-1", "tobin@app", "esther"] {
        assert!(summary.user_ids.contains(id), "{id}");
    }
    let text = String::from_utf8(place.read("out.jsonl")).expect("UTF-8");
    for id in ["U05MAREN01", "U05TOBIN02", "U05ESTHER9", "maren@"] {
        // Who asked somebody in is custom data, in which ids are the source's.
        let text = text.replace(&format!("\"slack_inviter\":\"{id}\""), "");
        assert!(!text.contains(&format!("\"{id}")), "{id}");
    }
    assert!(
        text.contains("@Maren S."),
        "mentions use the name of the map"
    );
    assert!(summary.channels.contains("messaging:[maren-1,tobin@app]"));
}

#[test]
fn people_with_one_id_become_one_user() {
    let place = place("source,id\nU05MAREN01,x\ntobin@example.com,x\n");
    let outcome = place.run("slack in.zip -o out.json --user-map users.csv --report report.json");
    assert_eq!(outcome.code, 0);
    let summary = place.check("out", DEFAULT_LIMIT);
    let report = place.json("report.json");
    report::assert_true(&report, &summary, &place, "out");
    let merged = report::notes(&report, "merged");
    let together = merged
        .iter()
        .find(|(kind, _)| kind == "user_mapped_together");
    assert!(together.is_some_and(|(_, count)| *count > 1), "{merged:?}");
    let all = report["merged"].as_array().expect("a list");
    let note = all
        .iter()
        .find(|note| note["kind"] == "user_mapped_together");
    assert_eq!(
        note.expect("a note")["examples"][0],
        json!({"file": "users.json", "record": 2, "detail": "U05TOBIN02 -> x"})
    );
    assert!(summary.channels.contains("messaging:D05MARTOB7"));
}

#[test]
fn mapped_users_may_be_left_to_the_app() {
    let place = place("source,id\nU05MAREN01,maren\nU05TOBIN02,tobin\nU05ESTHER9,esther\n");
    let args = "--user-map users.csv --mapped-users refer";
    place.run(&format!("slack in.zip -o out.json {args}")).fails(
        "`--mapped-users refer` works with JSON Lines alone: in an array every user has to stand \
         beside what refers to them; write to `.jsonl`, or leave the option away",
    );
    let outcome = place.run(&format!(
        "slack in.zip -o out.jsonl {args} --report report.json --max-part-size 20kB"
    ));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let said = "3 users are referred to and not written: the app must have them";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    let parts = place.parts("out");
    let paths: Vec<_> = parts.iter().map(|(name, _)| place.path(name)).collect();
    let in_app = ["maren", "tobin", "esther"].map(str::to_owned);
    let summary = checker::assert_good_beside(&paths, 20_000, &BTreeSet::from(in_app));
    let report = place.json("report.json");
    report::assert_true(&report, &summary, &place, "out");
    assert_eq!(report["user_map"]["referred"], 3);
    assert_eq!(report::book(&report, "user", "excluded"), 3);
    let refused = checker::check(&paths, 20_000).expect_err("they are missing");
    let is_missing = |text: &str| text.contains("user `maren`, which does not stand in this part");
    assert!(refused.iter().any(|finding| is_missing(&finding.text)));
}

#[test]
fn a_map_that_cannot_be_used_is_refused_with_its_line() {
    let check = |map: &str, message: &str| {
        let place = place(map);
        let message = format!("the user map `users.csv`: {message}");
        place
            .run("slack in.zip -o out.json --user-map users.csv")
            .fails(&message);
        assert_eq!(place.names(), ["in.zip", "users.csv"]);
    };
    let columns = "the columns are `source` (or `source_id`, `email`, `user_id`), `id` (or \
                   `stream_id`, `user_id`) and, where wanted, `name`, `image_url`, `role`, \
                   `teams` and `custom.…`";
    check("", &format!("it is empty; {columns}"));
    check(
        "from,id\nU1,x\n",
        &format!("line 1: no column `source`; {columns}"),
    );
    check(
        "source,id\nU1,x\n\nU2,bob smith\n",
        "line 4: `U2`: `bob smith` is no user id of Stream, which has letters, digits, `@`, `_` \
         and `-`, at most 255",
    );
    check(
        "source,id\nU1,x\nU2,y\nU1,y\n",
        "line 4: `U1` is `y` here and `x` in line 2; each may have one id",
    );
    let place = place("");
    let outcome = place.run("slack in.zip -o out.json --user-map no.csv");
    let said = "error: could not read the user map `no.csv`: ";
    assert!(outcome.stderr.starts_with(said), "{}", outcome.stderr);
    let outcome = place.run("slack in.zip -o out.json --mapped-users refer");
    assert!(
        outcome.stderr.contains("--user-map <FILE>"),
        "{}",
        outcome.stderr
    );
    place
        .run("slack in.zip -o users.csv --format array --force --user-map users.csv")
        .fails("`--user-map` and `--output` are the same file, `users.csv`");
}

#[test]
fn an_id_map_says_where_everything_stood() {
    let place = place("source,id\nU05MAREN01,maren\n");
    place
        .run("slack in.zip -o out.jsonl -q --user-map users.csv --id-map ids.csv")
        .silent(0);
    let summary = place.check("out", DEFAULT_LIMIT);
    let ids = place.read("ids.csv");
    let text = String::from_utf8(ids.clone()).expect("UTF-8");
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows[0], "kind,source_id,stream_id,file,record");
    for row in [
        "user,U05MAREN01,maren,users.json,1",
        "channel,C05GENERAL,messaging:C05GENERAL,channels.json,1",
        "channel,D05MARTOB7,messaging:[U05TOBIN02 maren],dms.json,1",
    ] {
        assert!(rows.contains(&row), "{row}\n{text}");
    }
    let messages = items(&place, "out.jsonl", "message");
    assert_eq!(rows.len() - 1, 11 + 8 + messages.len());
    for message in messages {
        let id = message["id"].as_str().expect("an id");
        let of_message = |row: &&&str| row.starts_with(&format!("message,{id},{id},"));
        assert_eq!(rows.iter().filter(of_message).count(), 1, "{id}");
    }
    assert_eq!(summary.user_ids.len(), 11);
    for threads in [1, 2] {
        let args = "slack in.zip -o out.jsonl -q --user-map users.csv --id-map ids.csv --force";
        place.run(&format!("{args} --threads {threads}")).silent(0);
        assert_eq!(place.read("ids.csv"), ids);
    }
}

#[test]
fn an_id_map_appears_with_the_output_or_not_at_all() {
    let place = Place::with("in.zip", SAMPLE);
    place
        .run("slack in.zip --dry-run -q --id-map ids.csv")
        .silent(0);
    let told = place.run("slack in.zip --dry-run --id-map ids.csv").stdout;
    assert!(told.contains("`--id-map` is written with the output alone"));
    assert_eq!(place.names(), ["in.zip"]);
    let outcome = place.run("slack in.zip -o out.json -q --id-map ids.csv --max-part-size 1kB");
    assert_eq!(
        (outcome.code, place.names()),
        (2, vec!["in.zip".to_owned()])
    );
    place.put("ids.csv", b"mine,and,not,yours\n");
    place
        .run("slack in.zip -o out.json --id-map ids.csv")
        .fails("`ids.csv` exists and is no id map; use another name, or `--force` to replace it");
    assert_eq!(place.read("ids.csv"), b"mine,and,not,yours\n");
    place
        .run("slack in.zip -o out.json -q --id-map ids.csv --force")
        .silent(0);
    place
        .run("slack in.zip -o other.json -q --id-map ids.csv")
        .silent(0);
    assert_eq!(
        place.names(),
        ["ids.csv", "in.zip", "other.json", "out.json"]
    );
    place
        .run("slack in.zip -o new.json -q --id-map new-001.json")
        .fails("the id map `new-001.json` has a name that a part of the output may get; choose another");
}

#[test]
fn the_map_that_the_page_shows_is_the_sample() {
    let page = include_str!("../../docs/users.md");
    let shown = page.split("```csv\n").nth(1).expect("the page shows a map");
    let shown = shown.split("```").next().expect("the block ends");
    let sample = include_str!("../../samples/user-map.csv");
    assert_eq!(shown, sample);
    let place = place(sample);
    let outcome = place.run("slack in.zip -o out.jsonl --user-map users.csv --id-map ids.csv");
    assert_eq!(outcome.code, 0);
    let said = "user map: 3 rows, each for somebody in the source\n";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    place.check("out", DEFAULT_LIMIT);
}
