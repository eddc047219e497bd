//! Reads the report of a run and holds it against the parts that were written.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{checker::Summary, program::Place};

const KINDS: [&str; 5] = ["user", "channel", "member", "message", "reaction"];

/// A number of a book, such as `read` of `message`.
#[track_caller]
pub(crate) fn book(report: &Value, kind: &str, column: &str) -> u64 {
    number(&report["books"][kind][column])
}

/// The kinds and counts of a list of notes, such as `losses`.
#[track_caller]
pub(crate) fn notes(report: &Value, list: &str) -> Vec<(String, u64)> {
    let notes = report[list].as_array().expect("a list of notes");
    let notes = notes.iter().map(|note| {
        let examples = note["examples"].as_array().expect("examples").len() as u64;
        let count = number(&note["count"]);
        assert!((1..=count.min(5)).contains(&examples), "{note}");
        (note["kind"].as_str().expect("a kind").to_owned(), count)
    });
    notes.collect()
}

/// Holds the books against each other and against what was written, and the list of parts
/// against the parts of the output `stem`.
#[track_caller]
pub(crate) fn assert_true(report: &Value, summary: &Summary, place: &Place, stem: &str) {
    assert_balanced(report);
    for kind in KINDS {
        assert_eq!(
            book(report, kind, "written"),
            summary.counts[kind] as u64,
            "{kind}"
        );
    }
    let listed = report["parts"].as_array().expect("a list of parts");
    let parts = place.parts(stem);
    assert_eq!(listed.len(), parts.len());
    for (n, (listed, (name, bytes))) in listed.iter().zip(&parts).enumerate() {
        assert_eq!(listed["path"], name.as_str());
        assert_eq!(number(&listed["bytes"]), bytes.len() as u64);
        let digest = Sha256::digest(bytes);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(listed["sha256"], digest);
        for kind in KINDS {
            let count = summary.part_counts[n].get(kind).copied().unwrap_or(0);
            assert_eq!(
                number(&listed["counts"][kind]),
                count as u64,
                "{name}: {kind}"
            );
        }
    }
}

/// Holds the books against each other and against the notes.
#[track_caller]
pub(crate) fn assert_balanced(report: &Value) {
    for kind in KINDS {
        let book = |column| book(report, kind, column);
        assert_eq!(
            book("read") + book("made"),
            book("written") + book("merged") + book("excluded") + book("left_out"),
            "{kind}: {report:#}"
        );
    }
    for column in ["left_out", "merged", "excluded", "made"] {
        let booked: u64 = KINDS.iter().map(|kind| book(report, kind, column)).sum();
        let noted: u64 = notes(report, column).iter().map(|(_, count)| count).sum();
        assert_eq!(booked, noted, "{column}: {report:#}");
    }
}

#[track_caller]
fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no count"))
}

#[test]
#[cfg(unix)]
fn a_report_may_go_to_a_pipe() {
    let place = Place::with("in.zip", crate::zips::SAMPLE);
    let outcome = place.run("slack in.zip -o out.json -q --report /dev/stdout");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let report: Value = serde_json::from_str(&outcome.stdout).expect("a report");
    assert_balanced(&report);
}

#[test]
fn a_report_may_have_the_name_of_the_output_without_its_ending() {
    let place = Place::with("in.zip", crate::zips::SAMPLE);
    let outcome = place.run("slack in.zip -o out.json -q --report out");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_balanced(&place.json("out"));
}
