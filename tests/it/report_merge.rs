//! Adds up reports of several runs.

use crate::program::Place;
use crate::report::{assert_balanced, book, notes};

const MESSAGES: &str = "id,channel_id,user_id,text,created_at\n\
    1,c,ann,hi,2026-01-01T00:00:00Z\n\
    2,c,bo,ho,2026-01-01T00:00:01Z\n\
    2,c,bo,ho,2026-01-01T00:00:01Z\n";
const MORE: &str = "id,channel_id,user_id,text,created_at\n\
    3,d,cy,hi,2026-01-02T00:00:00Z\n\
    4,d,cy,without a time,\n";

/// Two runs and their reports, `a.report.json` and `b.report.json`.
fn reports() -> Place {
    let place = Place::with("a.csv", MESSAGES.as_bytes());
    place.put("b.csv", MORE.as_bytes());
    for (stem, code) in [("a", 0), ("b", 1)] {
        let run = format!("csv {stem}.csv -o {stem}.json --report {stem}.report.json -q");
        assert_eq!(place.run(&run).code, code, "{stem}");
    }
    place
}

#[test]
fn the_sum_has_all_books_notes_and_parts() {
    let place = reports();
    let run = place.run("report merge a.report.json b.report.json -o all.json");
    run.silent(0);
    let (all, a, b) = (
        place.json("all.json"),
        place.json("a.report.json"),
        place.json("b.report.json"),
    );
    assert_balanced(&all);
    for kind in ["user", "channel", "member", "message", "reaction"] {
        for column in ["read", "made", "written", "merged", "excluded", "left_out"] {
            let sum = book(&a, kind, column) + book(&b, kind, column);
            assert_eq!(book(&all, kind, column), sum, "{kind} {column}");
        }
    }
    assert_eq!(notes(&all, "merged"), notes(&a, "merged"));
    assert_eq!(notes(&all, "left_out"), notes(&b, "left_out"));
    let users = [("user_met".to_owned(), 3)];
    assert!(users.iter().all(|it| notes(&all, "made").contains(it)));
    let paths = all["parts"].as_array().unwrap().iter();
    let paths: Vec<_> = paths.map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["a.json", "b.json"]);
    let printed = place.run("report merge a.report.json b.report.json");
    assert_eq!(printed.stdout.as_bytes(), place.read("all.json"));
}

#[test]
fn the_sum_of_one_report_is_that_report() {
    let place = reports();
    let printed = place.run("report merge a.report.json");
    assert_eq!(printed.stdout.as_bytes(), place.read("a.report.json"));
}

#[test]
fn what_cannot_be_added_is_refused() {
    let place = reports();
    let check = |args: &str, expected: &str| {
        let run = place.run(&format!("report merge {args} -o all.json"));
        assert_eq!(run.code, 2, "{args}");
        assert!(run.stderr.contains(expected), "{args}: {}", run.stderr);
        assert!(!place.path("all.json").exists(), "{args}");
    };
    check(
        "a.report.json a.report.json",
        "the part `a.json` stands in two of the reports: give each report once",
    );
    check("a.json", "`a.json` is no report of a conversion");
    check("none.json", "could not read `none.json`");
    let text = String::from_utf8(place.read("a.report.json")).unwrap();
    let changed = text.replacen("\"read\": 3", "\"read\": 4", 1);
    assert_ne!(text, changed);
    place.put("changed.json", changed.as_bytes());
    check(
        "b.report.json changed.json",
        "the books of `changed.json` do not balance for message records",
    );
}

#[test]
fn a_sum_replaces_no_report_that_it_is_made_of_and_nothing_else() {
    let place = reports();
    let report = place.read("a.report.json");
    let merge = "report merge a.report.json b.report.json -o";
    place.run(&format!("{merge} ./a.report.json")).fails(
        "`a.report.json` is one of the reports that are added up; give the sum another name",
    );
    place
        .run(&format!("{merge} a.csv"))
        .fails("`a.csv` exists and is no report; use another name, or `--force` to replace it");
    assert_eq!(place.read("a.report.json"), report);
    assert_eq!(place.run(&format!("{merge} a.csv --force")).code, 0);
    assert_eq!(place.run(&format!("{merge} a.csv")).code, 0);
}
