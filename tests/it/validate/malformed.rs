//! Files that are no import files, or are broken somewhere: a clear message at the right place,
//! exit status 1 or 2, and nothing hidden behind it.

use std::{io::Write, process::Stdio};

use migrate::getstream::rules::RuleSet;
use serde_json::Value;

use super::{
    Text,
    files::{SETS, ending, entry, file, good, with},
};
use crate::program::{Place, times};

/// What is told of a file: place and text of each problem, without cures.
fn told(name: &str, bytes: &[u8]) -> Vec<String> {
    let place = Place::with(name, bytes);
    let outcome = place.run(&format!("validate {name}"));
    assert_eq!(outcome.stderr, "");
    let lines = outcome
        .stdout
        .lines()
        .filter_map(|it| it.strip_prefix("    "));
    let lines = lines.filter(|it| !it.starts_with("to mend: ") && !it.contains(" because what "));
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    assert_eq!(outcome.code, i32::from(!lines.is_empty()), "{outcome:?}");
    lines
}

#[track_caller]
fn check(name: &str, bytes: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(told(name, bytes.as_ref()), expected);
}

fn user(id: &str) -> String {
    entry(RuleSet::Classic, &format!(r#"user {{"id":"{id}"}}"#))
}

#[test]
fn what_is_no_import_file() {
    check("a.json", "", &["line 1 column 1, byte 0: parse error: EOF"]);
    check(
        "a.jsonl",
        "\n \r\n",
        &["line 3 column 1, byte 4: parse error: EOF"],
    );
    check(
        "a.json",
        "{}",
        &["line 1 column 1, byte 0: parse error: invalid format"],
    );
    check(
        "a.jsonl",
        "[]",
        &["line 1 column 1, byte 0: parse error: invalid format"],
    );
    check(
        "a.json",
        "null",
        &["line 1 column 1, byte 0: parse error: invalid format"],
    );
    check(
        "a.json",
        "[",
        &["line 1 column 2, byte 1: unexpected end of JSON input"],
    );
    check("a.json", "[]", &["the file: validation error: no entries"]);
    check(
        "a.jsonl",
        "{}",
        &["entry 1, line 1 column 1, byte 0: parse error: invalid item type \"\""],
    );
    check(
        "a.json",
        "[5]",
        &["entry 1, line 1 column 2, byte 1: parse error: invalid item type \"\""],
    );
    check(
        "a.json",
        [0x7f, 0x45, 0x4c, 0x46, 0, 0xff],
        &["line 1 column 1, byte 0: parse error: invalid format"],
    );
}

#[test]
fn what_is_no_text_in_utf_8_is_said_to_be_what_it_is() {
    for (head, kind) in [
        (&b"PK\x03\x04\0\0"[..], "a zip file"),
        (b"\x1f\x8b\x08\0", "compressed"),
        (b"\xff\xfe[\0]\0", "in UTF-16"),
        (b"\xfe\xff\0[\0]", "in UTF-16"),
    ] {
        let outcome = Place::with("a.json", head).run("validate a.json");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        let start = format!("error: `a.json` is {kind}");
        assert!(outcome.stderr.starts_with(&start), "{}", outcome.stderr);
    }
}

#[test]
fn what_cannot_be_read_is_said_with_status_2() {
    let place = Place::new();
    place.put("folder/a.json", b"[]");
    let outcome = place.run("validate none.json");
    outcome.fails("could not read `none.json`: No such file or directory (os error 2)");
    place
        .run("validate folder")
        .fails("`folder` is a folder; give the import files in it");
    let outcome = place.run("validate - -");
    outcome.fails("standard input can be given once only");
    assert_eq!(place.run("validate").code, 2);
}

#[test]
fn marks_and_line_ends_of_other_systems() {
    let mark = "invalid character 'ï' looking for beginning of value";
    for set in SETS {
        let name = format!("a.{}", ending(set));
        let text = file(set, &good());
        let marked = format!("\u{feff}{text}");
        check(
            &name,
            marked,
            &[&format!("line 1 column 1, byte 0: {mark}")],
        );
        check(&name, text.replace('\n', "\r\n"), &[]);
        check(
            &name,
            text.replace(",\"", " ,\t\"").replace(":{", " : {"),
            &[],
        );
    }
    check(
        "a.jsonl",
        file(RuleSet::Current, &good()).replace('\n', "\n\n"),
        &[],
    );
    check("a.jsonl", file(RuleSet::Current, &good()).trim_end(), &[]);
}

#[test]
fn a_byte_order_mark_hides_no_entry() {
    let text = format!("\u{feff}{}", file(RuleSet::Current, &good()));
    let found = Text::new(RuleSet::Current, text.as_bytes()).problems();
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_pretty_printed_file_is_read() {
    let text = file(RuleSet::Classic, &good());
    let value: Value = serde_json::from_str(&text).unwrap();
    check("a.json", serde_json::to_string_pretty(&value).unwrap(), &[]);
    check("a.json", serde_json::to_string(&value).unwrap(), &[]);
}

#[test]
fn a_missing_comma_is_found_where_it_is_missing() {
    let value: Value = serde_json::from_str(&file(RuleSet::Classic, &good())).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let broken = pretty.replacen(
        "\"id\": \"dee\"\n    }",
        "\"id\": \"dee\"\n      \"team\": 1\n    }",
        1,
    );
    let (head, _) = broken.split_once("\"team\": 1").unwrap();
    let (line, at) = (head.lines().count(), head.len());
    let problem = "invalid character '\"' after object key:value pair";
    let told = told("a.json", broken.as_bytes());
    assert_eq!(
        told[0],
        format!("entry 4, line {line} column 7, byte {at}: {problem}")
    );
    // Beside it only the ban or whoever else needs this user has something to say.
    assert_eq!(told.len(), 1, "{told:?}");

    let place = Place::with("a.json", broken.as_bytes());
    let answer = place.run("validate --output-format json a.json");
    let answer: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(
        answer["errors"][0]["error"],
        format!("Parse error: {problem}")
    );
}

#[test]
fn what_is_broken_hides_nothing_behind_it() {
    let [a, b, c] = ["a", "b", "c.c"].map(user);
    let pattern = |entry: u32, at: usize| {
        format!(
            r#"entry {entry} (user), line 1 column {}, byte {at}: validation error: user.id invalid ("^[@\w-]*$" allowed)"#,
            at + 1
        )
    };
    let cases = [
        // A comma that is missing, or there twice, or at the end.
        (
            format!("[{a}{b},{c}]"),
            "line 1 column 35, byte 34: expected comma after array element",
            3,
        ),
        (
            format!("[{a},,{c}]"),
            "line 1 column 36, byte 35: invalid character ',' looking for beginning of value",
            2,
        ),
        // An entry without an end, a bracket too many, a quote that is missing.
        (
            format!("[{},{c}]", &a[..a.len() - 1]),
            "entry 1, line 1 column 35, byte 34: invalid character '{' looking for beginning of object key string",
            2,
        ),
        (
            format!("[{a}}},{c}]"),
            "line 1 column 35, byte 34: expected comma after array element",
            2,
        ),
        (
            format!("[{},{c}]", a.replace("\"a\"", "\"a")),
            "entry 1, line 1 column 37, byte 36: invalid character 't' after object key:value pair",
            2,
        ),
        (
            format!("[nan,{c}]"),
            "line 1 column 3, byte 2: invalid character 'a' in literal null (expecting 'u')",
            1,
        ),
        (
            format!("[{},{c}]", a.replace("\"a\"", "NaN")),
            "entry 1, line 1 column 30, byte 29: invalid character 'N' looking for beginning of value",
            2,
        ),
    ];
    for (text, problem, number) in cases {
        let at = text.rfind("{\"type\"").unwrap();
        check("a.json", &text, &[problem, &pattern(number, at)]);
    }
    let lines = format!(
        "{}\n{{\"type\":\n{}\n",
        &a.replace("item", "data"),
        c.replace("item", "data")
    );
    let at = lines.rfind("{\"type\"").unwrap();
    check(
        "a.jsonl",
        &lines,
        &[
            "entry 2, line 2 column 9, byte 42: unexpected end of JSON input",
            &format!(
                r#"entry 3 (user), line 3 column 1, byte {at}: validation error: user.id invalid ("^[@\w-]*$" allowed)"#
            ),
        ],
    );
}

#[test]
fn an_array_without_its_end_or_with_more_behind_it() {
    let a = user("a");
    check(
        "a.json",
        format!("[{a}"),
        &["line 1 column 35, byte 34: unexpected end of JSON input"],
    );
    check(
        "a.json",
        format!("[{a}] {a}"),
        &["line 1 column 37, byte 36: invalid character '{' after top-level value"],
    );
}

#[test]
fn bytes_that_are_no_text() {
    let text = |name: &str| {
        let mut bytes =
            format!(r#"[{{"type":"user","item":{{"id":"a","name":"{name}","pk":1}}}},"#)
                .into_bytes();
        bytes.extend(format!("{}]", user("a")).bytes());
        bytes
    };
    let mut bytes = text(&"e".repeat(3_000));
    bytes
        .iter_mut()
        .filter(|it| **it == b'e')
        .skip(1)
        .take(3_000)
        .for_each(|it| *it = 0xe9);
    let told = told("a.json", &bytes);
    assert!(told[0].ends_with("parse error: invalid UTF-8"), "{told:?}");
    // The item cannot be shown, but the answer comes.
    let place = Place::with("a.json", &bytes);
    let outcome = place.run("validate --output-format json a.json");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));

    check(
        "a.json",
        text(r"\ud83d"),
        &[
            "entry 1 (user), line 1 column 2, byte 1: parse error: invalid surrogate pair in string literal",
            "entry 1 (user), line 1 column 2, byte 1: validation error: user.pk is a reserved field",
        ],
    );
}

#[test]
fn an_item_that_is_no_text_and_stands_twice() {
    let one = [
        &br#"{"type":"user","item":{"id":"a","name":""#[..],
        &[0xff; 3_000],
        &b"\"}}"[..],
    ]
    .concat();
    let text = [&b"["[..], &one, b",", &one, b"]"].concat();
    let found = Text::new(RuleSet::Classic, &text).problems();
    let duplicates = found
        .iter()
        .filter(|it| it.contains("duplicate user"))
        .count();
    assert_eq!(duplicates, 1, "{found:?}");
}

#[test]
fn a_key_that_stands_twice_is_worth_a_warning() {
    let place = Place::with(
        "a.json",
        br#"[{"type":"user","item":{"id":"a.b","name":"x","id":"b"}}]"#,
    );
    let outcome = place.run("validate a.json");
    assert_eq!(outcome.code, 0);
    let warning = "\n  warning: the key `id` stands twice in one object; the last counts; once, first entry 1, line 1 column 2, byte 1\n";
    assert!(outcome.stdout.contains(warning), "{}", outcome.stdout);
}

#[test]
fn texts_of_ten_megabytes() {
    let long = "x".repeat(10_000_000);
    let more = format!(
        "user {{\"id\":\"big\",\"name\":\"{long}\"}}\n\
         message {{\"id\":\"x\",\"channel_type\":\"team\",\"channel_id\":\"c1\",\"user\":\"ann\",\"text\":\"{long}\"}}"
    );
    for set in SETS {
        let found = Text::new(set, file(set, &with(&more)).as_bytes()).problems();
        let rules: Vec<&str> = found
            .iter()
            .filter_map(|it| it.split(": ").nth(1))
            .collect();
        assert_eq!(rules, ["custom.size", "message.text"]);
    }
}

#[test]
fn an_entry_that_is_too_large_is_not_kept() {
    let large = |megabytes: usize| {
        let space = " ".repeat(megabytes << 20);
        let open = format!(r#"{{"type":"user","item":{{"id":"big"{space}}}}}"#);
        Text::new(
            RuleSet::Classic,
            format!("[{open},{}]", user("a.b")).as_bytes(),
        )
        .problems()
    };
    let rules = |found: Vec<String>| -> Vec<String> {
        let rules = found.iter().filter_map(|it| it.split(": ").nth(1));
        rules.map(str::to_owned).collect()
    };
    assert_eq!(rules(large(15)), ["user.id_pattern"]);
    assert_eq!(rules(large(18)), ["entry.size", "user.id_pattern"]);
    let line = format!(
        r#"{{"type":"user","data":{{"id":"big"{}}}}}"#,
        " ".repeat(18 << 20)
    );
    let found = Text::new(RuleSet::Current, line.as_bytes()).problems();
    assert_eq!(rules(found), ["entry.size"]);
}

#[test]
fn a_file_over_the_limit() {
    // It is no import file, so that it need not be read to its end.
    let mut text = Text::new(RuleSet::Classic, b"{}");
    let format = "entry 0 at 0: file.format: parse error: invalid format";
    text.cut(300_000_000);
    assert_eq!(text.problems(), [format]);
    text.cut(300_000_001);
    let size = "entry 0 at 0: file.size: validation error: file max size exceeded (300000000)";
    assert_eq!(text.problems(), [format, size]);
}

#[test]
fn what_is_nested_a_hundred_thousand_deep() {
    const DEEP: usize = 100_000;
    let value = "[".repeat(DEEP) + &"]".repeat(DEEP);
    let nested = r#"{"type":"user","item":"#.repeat(DEEP) + "{}" + &"}".repeat(DEEP);
    for set in SETS {
        let line = format!(r#"user {{"id":"deep","x":{value}}}"#);
        let text = file(set, &with(&line));
        let found = Text::new(set, text.as_bytes()).problems();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].ends_with("json.syntax: exceeded max depth"),
            "{found:?}"
        );
    }
    // What matters is that this ends soon.
    for text in [
        format!("[{nested}]"),
        format!("[{}", &nested[..nested.len() / 2]),
        nested.replace("item", "data"),
        "[".repeat(DEEP),
        format!("[{}]", "{\"type\":\"user\",\"item\":".repeat(5_000)),
        format!("[{}", "{\"type\":\"user\",\"item\":\"".repeat(DEEP)),
    ] {
        for set in SETS {
            let found = Text::new(set, text.as_bytes()).problems();
            assert!(!found.is_empty());
        }
    }
}

#[test]
fn standard_input_is_read() {
    for (set, code) in [(RuleSet::Classic, 0), (RuleSet::Current, 0)] {
        let place = Place::new();
        let mut child = place
            .command(["validate", "-"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let text = file(set, &good());
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let outcome = place.outcome(&child.wait_with_output().unwrap());
        assert_eq!((outcome.code, outcome.stderr.as_str()), (code, ""));
        let first = outcome.stdout.lines().next().unwrap_or_default();
        let rules = format!("standard input: valid by the {} rules: ", set.name());
        assert!(first.starts_with(&rules), "{first}");
        // What was kept of it is gone.
        assert_eq!(place.names(), [""; 0]);
    }
}

/// Every so many bytes a file is cut, and what is left looked at.
fn cut_everywhere(set: RuleSet, text: &[u8], step: usize) {
    let mut file = Text::new(set, text);
    let last = text.trim_ascii_end().len();
    for len in (1..last).rev().step_by(step) {
        file.cut(len as u64);
        let found = file.problems();
        let is_whole_line = set == RuleSet::Current && {
            let next = text[len];
            next == b'\n' || text[len - 1] == b'\n'
        };
        if !is_whole_line {
            let is_broken = found.iter().any(|it| it.contains("json.syntax"));
            assert!(is_broken, "cut at {len}: {found:?}");
        }
    }
}

#[test]
fn a_file_may_end_anywhere() {
    for set in SETS {
        cut_everywhere(set, file(set, &good()).as_bytes(), 1);
    }
    let step = 101 / times::<usize>().min(101);
    cut_everywhere(
        RuleSet::Classic,
        include_bytes!("../golden/sample.json"),
        step.max(1),
    );
    cut_everywhere(
        RuleSet::Current,
        include_bytes!("../golden/sample.jsonl"),
        step.max(1),
    );
}

#[test]
fn an_entry_with_very_many_problems_counts_them_all() {
    let ids: Vec<String> = (0..20_000).map(|n| format!("\"x{n}\"")).collect();
    let ids = ids.join(",");
    let message = format!(
        r#"message {{"id":"many","channel_type":"team","channel_id":"c1","user":"u.0","mentioned_users_ids":[{ids}]}}"#
    );
    let place = Place::with("a.json", file(RuleSet::Classic, &with(&message)).as_bytes());
    let outcome = place.run("validate a.json");
    let shown = "message.mention  20,000 times";
    assert!(outcome.stdout.contains(shown), "{}", outcome.stdout);
}
