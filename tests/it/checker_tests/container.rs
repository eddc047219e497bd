//! What the container must be: the frame, the lines, the envelope.

use std::{fs, path::PathBuf};

use super::{BOTH, GOOD, Spelling, WIDE, file, good, refuse, refuse_file, refuse_parts, write};
use crate::checker;

#[test]
fn a_good_file_is_accepted_in_both_spellings_and_summed_up() {
    for spelling in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let text = file(spelling, &good());
        let parts = write(folder.path(), spelling, std::slice::from_ref(&text));
        let summary = checker::assert_good(&parts, text.len() as u64);
        let counts: Vec<_> = summary
            .counts
            .iter()
            .map(|(word, n)| (word.as_str(), *n))
            .collect();
        let expected = [
            ("channel", 3),
            ("member", 4),
            ("message", 5),
            ("reaction", 2),
            ("user", 3),
        ];
        assert_eq!(counts, expected);
        assert_eq!((summary.parts, summary.longest_text), (1, 7));
        assert_eq!(summary.part_bytes, [text.len() as u64]);
        assert_eq!(summary.part_counts, [summary.counts]);
        let ids: Vec<_> = summary.user_ids.iter().collect();
        assert_eq!(ids, ["ann", "bob@x", "cy"]);
        let channels: Vec<_> = summary.channels.iter().collect();
        assert_eq!(channels, ["messaging:[ann,cy]", "team:c1", "team:quiet"]);
        let ids: Vec<_> = summary.message_ids.iter().collect();
        assert_eq!(ids, ["d1", "m1", "m2", "m3", "m4"]);
        assert_eq!(checker::jq_like_len(&parts[0]), GOOD.len());
    }
}

#[test]
fn a_part_over_the_limit_is_refused() {
    for spelling in BOTH {
        let text = file(spelling, &good());
        let limit = text.len() as u64 - 1;
        refuse_parts(spelling, &[text], limit, "over the limit of");
    }
}

#[test]
fn an_array_must_hold_one_entry_a_line_between_brackets() {
    let text = file(Spelling::Array, &good());
    let check = |text: &str, expected| refuse_file(Spelling::Array, text, expected);
    check(&text[2..], "first line is not `[`");
    check("", "first line is not `[`");
    check("[\n]\n", "has no entry");
    check("[]", "first line is not `[`");
    check(text.trim_end_matches("]\n"), "last line is not `]`");
    check(&format!("{text} "), "last line is not `]`");
    check(&text.replace("}\n]", "},\n]"), "followed by a comma");
    check(&text.replacen("}},\n", "}}\n", 1), "entry 1: no comma");
    check(&text.replacen("}},\n", "}}, ", 1), "entry 1: is not valid");
    check(
        &text.replacen("}},\n", "}},\n,\n", 1),
        "entry 2: is a blank",
    );
    check(&text.replacen("}},\n", "}} ,\n", 1), "entry 1: the line is");
    check(&format!("\u{feff}{text}"), "byte order mark");
}

#[test]
fn lines_must_be_one_object_each_and_end() {
    let text = file(Spelling::Lines, &good());
    let check = |text: &str, expected| refuse_file(Spelling::Lines, text, expected);
    check("", "has no entry");
    check(text.trim_end(), "the last line has no newline");
    check(&format!("\u{feff}{text}"), "byte order mark");
    check(&text.replacen('\n', "\n\n", 1), "entry 2: is a blank line");
    check(&format!("{text}\n"), "entry 18: is a blank line");
    check(
        &text.replace('\n', "\r\n"),
        "entry 1: the line is not one object",
    );
    check(
        &text.replacen('\n', ",\n", 1),
        "entry 1: the line is not one object",
    );
    check(&text.replacen('\n', "", 1), "entry 1: is not valid JSON");
    check(&format!("{text}[]\n"), "entry 18: is not an object");
    check(&format!("{text}{{\n"), "entry 18: is not valid JSON");
}

#[test]
fn a_file_that_is_not_utf_8_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    fs::write(&path, b"{\"type\":\"\xff\"}\n").unwrap();
    let findings = checker::check(&[path], WIDE).unwrap_err();
    assert!(findings[0].text.contains("is not UTF-8"), "{findings:?}");
}

#[test]
fn a_file_that_is_absent_or_of_another_name_is_refused() {
    let check = |parts: &[&str], expected: &str| {
        let parts: Vec<PathBuf> = parts.iter().map(PathBuf::from).collect();
        let findings = checker::check(&parts, WIDE).unwrap_err();
        assert!(findings[0].text.contains(expected), "{findings:?}");
    };
    check(&[], "the run has no part");
    check(&["absent/out.json"], "could not be read");
    check(&["absent/out.txt"], "ends in neither");
}

#[test]
fn parts_of_two_spellings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut parts = write(
        folder.path(),
        Spelling::Array,
        &[file(Spelling::Array, &good())],
    );
    parts.extend(write(
        folder.path(),
        Spelling::Lines,
        &[file(Spelling::Lines, &good())],
    ));
    let findings = checker::check(&parts, WIDE).unwrap_err();
    assert!(findings[0].text.contains("other spelling"), "{findings:?}");
}

#[test]
fn the_envelope_is_closed_and_of_its_spelling() {
    let text = file(Spelling::Lines, &good());
    let text = text.replace(r#","data":"#, r#","item":"#);
    refuse_file(Spelling::Lines, &text, "no object `data`");
    let text = file(Spelling::Array, &good());
    let text = text.replace(r#","item":"#, r#","data":"#);
    refuse_file(Spelling::Array, &text, "no object `item`");
    refuse(r#"{"type":"user","#, r#"{"#, "has no text `type`");
    refuse(
        r#"{"type":"user","#,
        r#"{"type":"poll","#,
        "`poll` is no type",
    );
    refuse(
        r#"{"type":"user","#,
        r#"{"v":1,"type":"user","#,
        "has other keys",
    );
    refuse(
        r#"{"type":"user","#,
        r#"{"type":"user","type":"user","#,
        "`type` stands twice",
    );
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    refuse(
        r#""name":"Ann","#,
        r#""name":"Ann","name":"Ann","#,
        "`name` stands twice",
    );
    refuse(
        r#""name":"Ann","#,
        r#""x":{"a":1,"b":2,"a":3},"#,
        "`a` stands twice",
    );
}

#[test]
fn findings_are_readable() {
    let folder = tempfile::tempdir().unwrap();
    let text = file(Spelling::Lines, &good()).replace(r#""user_id":"ann""#, r#""user_id":"al""#);
    let parts = write(folder.path(), Spelling::Lines, &[text]);
    let panic = std::panic::catch_unwind(|| checker::assert_good(&parts, WIDE)).unwrap_err();
    let expected = "the import files are not good, 5 findings:\n  \
        out-001.jsonl, entry 5: the channel's member `ann in messaging:[ann,cy]` does not \
        stand in this part\n  \
        out-001.jsonl, entry 7: member `al in team:c1`: `user_id` refers to user `al`, which \
        does not stand in this part\n";
    let said = panic.downcast_ref::<String>().unwrap();
    assert!(
        said.starts_with("the import files are not good, "),
        "{said}"
    );
    for line in expected.lines().skip(1) {
        assert!(said.contains(line), "{said}");
    }
}
