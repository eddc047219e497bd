//! What is wrong with lines and files, in whole sentences.

use super::{SMALL, files, read, text_of};
use crate::input::Settings;

const HELLO: &str = r#"{"type":"hello","protocol":"migrate","version":1,"adapter":"acme"}"#;

/// Reads a file with these lines between `hello` and `end`; the third line is the first of them.
fn check_line(line: &[u8], expected: &str) {
    let content = [HELLO.as_bytes(), b"\n\n", line, b"\n", br#"{"type":"end"}"#].concat();
    let (folder, paths) = files(&[&content]);
    let expected = format!("lines.jsonl, line 3: {expected}; the line begins ");
    let text = text_of(read(&paths, SMALL), folder.path());
    let (error, shown) = text.split_at(expected.len().min(text.len()));
    assert_eq!(error, expected, "{text}");
    let shown = shown.trim_end_matches('…');
    assert!(shown.chars().count() <= 80, "{text}");
    let is_safe = |c: char| !c.is_control() && c != '\u{202e}';
    assert!(text.chars().all(is_safe), "{text}");
}

/// Reads a file.
fn check_file(content: impl AsRef<[u8]>, expected: &str) {
    check_with(SMALL, content, expected);
}

fn check_with(settings: Settings, content: impl AsRef<[u8]>, expected: &str) {
    let (folder, paths) = files(&[content.as_ref()]);
    assert_eq!(text_of(read(&paths, settings), folder.path()), expected);
}

fn bare() -> Settings {
    Settings {
        is_bare: true,
        ..SMALL
    }
}

#[test]
fn a_line_that_is_not_of_the_protocol_is_told_with_its_number() {
    for (line, expected) in [
        (
            "Connecting to database",
            "the line is no JSON object; whatever else a program has to say belongs on its standard error",
        ),
        (
            "[1]",
            "the line is no JSON object; whatever else a program has to say belongs on its standard error",
        ),
        (
            "7",
            "the line is no JSON object; whatever else a program has to say belongs on its standard error",
        ),
        ("{", "the line breaks off within an object"),
        (
            r#"{"type":"message","data":{"id":"m1","text":"hi"#,
            "`text`: the line breaks off within a string",
        ),
        (r#"{"type":"message","data":{}} x"#, "trailing characters"),
        (
            r#"{"type":"message","data":{"user":"u1"}}"#,
            "unknown field `user` (did you mean `user_id`?)",
        ),
        (
            r#"{"type":"message","data":{"colour":"u1"}}"#,
            "unknown field `colour`; what the model has no field for stands in `custom`",
        ),
        (
            r#"{"type":"message","data":{"id":"m1","id":"m1"}}"#,
            "`id` stands twice",
        ),
        (
            r#"{"type":"message","data":{"id":7}}"#,
            "`id`: expected a text, found integer `7`",
        ),
        (
            r#"{"type":"message","data":{"id":"m1","created_at":"yesterday"}}"#,
            "`created_at`: `yesterday` is not a time such as `2026-01-02T03:04:05.678Z` or `2026-01-02T05:04:05+02:00`",
        ),
        (
            r#"{"type":"message","data":{"id":"m1","created_at":1767323045}}"#,
            "`created_at`: expected a text, found integer `1767323045`",
        ),
        (
            r#"{"type":"message","data":{"kind":"regulr"}}"#,
            "`kind`: unknown word `regulr` (did you mean `regular`?)",
        ),
        (
            r#"{"type":"message","data":{"kind":"join"}}"#,
            "`kind`: unknown word `join`, expected one of `regular`, `system`, `deleted`, `blocked`",
        ),
        (
            r#"{"type":"message","data":{"show_in_channel":"yes"}}"#,
            r#"`show_in_channel`: expected true or false, found string "yes""#,
        ),
        (
            r#"{"type":"message","data":{"mentioned_user_ids":"u1"}}"#,
            r#"`mentioned_user_ids`: expected a list, found string "u1""#,
        ),
        (
            r#"{"type":"message","data":{"mentioned_user_ids":["u1",null]}}"#,
            "`mentioned_user_ids`: expected a text, found null",
        ),
        (
            r#"{"type":"message","data":{"channel_id":"a","channel_member_ids":["b"]}}"#,
            "a channel is named by `channel_id` or by `channel_member_ids`, not by both",
        ),
        (
            r#"{"type":"message","data":{"channel_member_ids":["b"],"channel_id":"a"}}"#,
            "a channel is named by `channel_id` or by `channel_member_ids`, not by both",
        ),
        (
            r#"{"type":"message","data":{"custom":[1]}}"#,
            "`custom`: expected an object, found a list",
        ),
        (
            r#"{"type":"message","data":{"custom":{"a":1e999}}}"#,
            "`custom`: number out of range",
        ),
        (
            r#"{"type":"message","data":{"pin":{"when":"2026-01-02T03:04:05Z"}}}"#,
            "`pin`: unknown field `when`, expected one of `at`, `by`, `until`",
        ),
        (
            r#"{"type":"message","data":{"attachments":[{"title":"a"},{"titel":"a"}]}}"#,
            "`attachments`: unknown field `titel` (did you mean `title`?)",
        ),
        (
            r#"{"type":"message","data":{"attachments":[{"size_bytes":-1}]}}"#,
            "`attachments`: `size_bytes`: expected a whole number from 0, found integer `-1`",
        ),
        (
            r#"{"type":"message","data":{"attachments":[{"duration":"long"}]}}"#,
            r#"`attachments`: `duration`: expected a number, found string "long""#,
        ),
        (
            r#"{"type":"channel","data":{"direct":true,"channel_type":"team"}}"#,
            "a channel has a `channel_type` or is `direct`, not both",
        ),
        (
            r#"{"type":"channel","data":{"channel_type":"team","direct":true}}"#,
            "a channel has a `channel_type` or is `direct`, not both",
        ),
        (
            r#"{"type":"person","data":{"rank":"listed"}}"#,
            "`rank`: unknown word `listed`, expected one of `id`, `label`, `profile`",
        ),
        (
            r#"{"type":"person","data":{"id":"a"},"made":"b"}"#,
            "a `person` line has no field `made`",
        ),
        (
            r#"{"type":"message","id":"m1"}"#,
            "unknown field `id`; the fields of a record stand in `data`",
        ),
        (r#"{"type":"message"}"#, "`data` is missing"),
        (
            r#"{"type":"message","data":null}"#,
            "expected an object, found null",
        ),
        (r#"{"data":{}}"#, "`type` is missing"),
        (
            r#"{"data":{"user":"a"},"type":"message"}"#,
            "unknown field `user` (did you mean `user_id`?)",
        ),
        (
            r#"{"type":"mesage","data":{}}"#,
            "unknown type `mesage` (did you mean `message`?)",
        ),
        (
            r#"{"type":"post","data":{}}"#,
            "unknown type `post`, expected one of `user`, `person`, `channel`, `member`, `message`, `reaction`, `loss`, `left_out`, `merged`, `excluded`, `hello`, `progress`, `end`",
        ),
        (r#"{"type":null}"#, "expected a text, found null"),
        (
            r#"{"type":"message","data":{},"record":0}"#,
            "`record` is counted from 1",
        ),
        (
            r#"{"type":"message","data":{},"record":5000000000}"#,
            "`record`: expected a whole number up to 4294967295, found integer `5000000000`",
        ),
        (
            r#"{"type":"message","data":{},"at":7}"#,
            "`at`: expected a text, found integer `7`",
        ),
        (
            r#"{"type":"message","data":{},"made":"Not A Kind"}"#,
            "`made`: a kind has 1 to 64 of the characters `a-z`, `0-9`, `_`, `.` and `-`, such as `acme.file_gone`",
        ),
        (r#"{"type":"loss","of":"message"}"#, "`kind` is missing"),
        (r#"{"type":"loss","kind":"a.b"}"#, "`of` is missing"),
        (
            r#"{"type":"loss","of":"massage","kind":"a.b"}"#,
            "`of`: unknown word `massage` (did you mean `message`?)",
        ),
        (
            r#"{"type":"loss","of":"message","kind":"A"}"#,
            "`kind`: a kind has 1 to 64 of the characters `a-z`, `0-9`, `_`, `.` and `-`, such as `acme.file_gone`",
        ),
        (
            r#"{"type":"loss","of":"message","kind":"a.b","count":0}"#,
            "`count` is at least 1",
        ),
        (
            r#"{"type":"loss","of":"message","kind":"a.b","reason":"x"}"#,
            "unknown field `reason`, expected one of `type`, `at`, `record`, `of`, `kind`, `count`, `detail`, `channel_id`, `channel_member_ids`",
        ),
        (
            r#"{"type":"loss","of":"message","kind":"a.b","data":{}}"#,
            "a `loss` line has no field `data`",
        ),
        (
            r#"{"type":"progress","done":"a"}"#,
            r#"`done`: expected a whole number from 0, found string "a""#,
        ),
        (
            "{\"type\":\"message\",\"data\":{\"\\u202e\\u001b[2J\":1}}",
            r#"unknown field `\u{202e}\u{1b}[2J`; what the model has no field for stands in `custom`"#,
        ),
        (
            "\u{1b}[2J\u{202e}",
            "the line is no JSON object; whatever else a program has to say belongs on its standard error",
        ),
        (
            "{\"type\":\"message\",\"data\":{\"id\":true,\"x\":\u{7}}}",
            "`id`: expected a text, found boolean `true`",
        ),
    ] {
        check_line(line.as_bytes(), expected);
    }
    check_line(
        b"{\"type\":\"user\",\"data\":{\"id\":\"\xff\"}}",
        "byte 30 of the line is not UTF-8",
    );
    check_line(
        &b"x".repeat(2_001),
        "the line is longer than 2000 bytes, the most that a line may have",
    );
    let long = format!(
        r#"{{"type":"user","data":{{"id":"{}","name":7}}}}"#,
        "x".repeat(99)
    );
    check_line(
        long.as_bytes(),
        "`name`: expected a text, found integer `7` (column 138)",
    );
}

/// A file of lines.
fn lines(lines: &[&str]) -> String {
    lines.join("\n") + "\n"
}

const USER: &str = r#"{"type":"user","data":{"id":"u1"}}"#;
const END: &str = r#"{"type":"end","counts":{"user":1}}"#;

#[test]
fn a_file_without_hello_or_with_another_one_is_refused() {
    let begins = |line: &str| format!("; the line begins {line}");
    for (first, expected) in [
        (
            USER,
            "the first line must be a `hello` line; write one, or read bare lines with `--bare`",
        ),
        (
            "id,name",
            "the line is no JSON object; whatever else a program has to say belongs on its standard error",
        ),
        (
            r#"{"type":"hello","protocol":"migrate","version":2,"adapter":"acme","new":1}"#,
            "the lines follow version 2 of the protocol, and this program reads version 1; take the release of `migrate` that belongs to what wrote them",
        ),
        (
            r#"{"type":"hello","protocol":"singer","version":1,"adapter":"acme"}"#,
            "the lines follow the protocol `singer`, and this program reads `migrate`",
        ),
        (
            r#"{"type":"hello","version":1,"adapter":"acme"}"#,
            "`protocol` is missing",
        ),
        (
            r#"{"type":"hello","protocol":"migrate","adapter":"acme"}"#,
            "`version` is missing",
        ),
        (
            r#"{"type":"hello","protocol":"migrate","version":1}"#,
            "`adapter` is missing",
        ),
        (
            r#"{"type":"hello","protocol":"migrate","version":1,"adapter":"A b"}"#,
            "`adapter`: `A b` is not a name of 1 to 32 of the characters `a-z`, `0-9` and `-`",
        ),
        (
            r#"{"type":"hello","protocol":"migrate","version":1,"adaptor":"acme"}"#,
            "unknown field `adaptor` (did you mean `adapter`?)",
        ),
    ] {
        let expected = format!("lines.jsonl, line 1: {expected}{}", begins(first));
        let expected = match first.chars().count() {
            0..=80 => expected,
            _ => panic!("{first}"),
        };
        check_file(lines(&[first, USER, END]), &expected);
    }
}

#[test]
fn what_is_no_file_of_lines_is_told_apart() {
    for (content, expected) in [
        (
            &b""[..],
            "the file is empty; not even a `hello` line is in it",
        ),
        (
            b"\n \r\n",
            "the file is empty; not even a `hello` line is in it",
        ),
        (
            b"\x1f\x8b\x08\0",
            "the file is packed with gzip; unpack it on the way: `gzip -dc FILE | migrate jsonl -`",
        ),
        (b"PK\x03\x04", "the file is a zip file; unpack it first"),
        (b"\xff\xfe{\0", "the file is UTF-16, and lines are UTF-8"),
        (
            b"[\n{\"type\":\"user\"}\n]",
            "the file is a JSON array; lines have one object each",
        ),
    ] {
        check_file(content, &format!("lines.jsonl: {expected}"));
    }
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().to_owned()];
    let text = text_of(read(&paths, SMALL), folder.path());
    assert!(
        text.ends_with(" is a folder; give files of lines, or `-` for what is piped in"),
        "{text}"
    );
    let paths = [folder.path().join("none.jsonl")];
    let text = text_of(read(&paths, SMALL), folder.path());
    assert!(text.starts_with("could not read none.jsonl: "), "{text}");
}

#[test]
fn a_file_that_was_cut_off_is_refused_wherever_that_was() {
    let message = r#"{"type":"message","data":{"id":"m1","text":"\u00e4 }"}}"#;
    let whole = lines(&[
        HELLO,
        USER,
        message,
        r#"{"type":"end","counts":{"user":1,"message":1}}"#,
    ]);
    let whole = whole.trim_end();
    let (_folder, paths) = files(&[whole.as_bytes()]);
    assert_eq!(read(&paths, SMALL).unwrap().0.len(), 2);
    for end in HELLO.len()..whole.len() {
        let cut = &whole[..end];
        let line = cut.trim_end().lines().count();
        check_file(
            cut,
            &format!(
                "lines.jsonl: the file ends after line {line} without an `end` line: it was cut off; let what wrote it run again, to its end"
            ),
        );
    }
}

#[test]
fn a_last_line_that_is_whole_but_wrong_is_told() {
    check_file(
        lines(&[HELLO, USER, r#"{"type":"ende"}"#]),
        r#"lines.jsonl, line 3: unknown type `ende` (did you mean `end`?); the line begins {"type":"ende"}"#,
    );
}

#[test]
fn nothing_but_empty_lines_may_stand_behind_the_end() {
    let (_folder, paths) = files(&[lines(&[HELLO, USER, END, "", " ", "\r"]).as_bytes()]);
    assert_eq!(read(&paths, SMALL).unwrap().0.len(), 1);
    let behind = "the line stands behind the `end` in line 3; lines that were written together are a file of their own";
    for rest in [USER, HELLO, END, "}"] {
        check_file(
            lines(&[HELLO, USER, END, "", rest]),
            &format!("lines.jsonl, line 5: {behind}; the line begins {rest}"),
        );
    }
    let twice = [HELLO, USER, END, HELLO, USER, END];
    check_file(
        lines(&twice),
        &format!("lines.jsonl, line 4: {behind}; the line begins {HELLO}"),
    );
}

#[test]
fn a_second_hello_is_refused() {
    check_file(
        lines(&[HELLO, HELLO, USER, END]),
        &format!(
            "lines.jsonl, line 2: a `hello` line stands at the start of a file only; lines that were written together are a file of their own; the line begins {HELLO}"
        ),
    );
}

#[test]
fn counts_must_add_up() {
    let check = |end: &str, expected: &str| {
        let person = r#"{"type":"person","data":{"id":"u9"}}"#;
        let content = lines(&[HELLO, USER, person, end]);
        match expected {
            "" => {
                let (_folder, paths) = files(&[content.as_bytes()]);
                assert_eq!(read(&paths, SMALL).unwrap().0.len(), 2);
            }
            _ => check_file(content, &format!("lines.jsonl{expected}")),
        }
    };
    check(r#"{"type":"end","counts":{"user":1}}"#, "");
    check(
        r#"{"type":"end","counts":{"user":1,"person":1,"message":0}}"#,
        "",
    );
    let differ = |claimed: u64, line: &str, counted: u64| {
        format!(
            ": counts that do not add up: the `end` line counts {claimed} of `{line}`, and the file has {counted}; let what wrote it run again"
        )
    };
    check(
        r#"{"type":"end","counts":{"user":2}}"#,
        &differ(2, "user", 1),
    );
    check(r#"{"type":"end","counts":{}}"#, &differ(0, "user", 1));
    check(r#"{"type":"end"}"#, &differ(0, "user", 1));
    check(
        r#"{"type":"end","counts":{"user":1,"person":2}}"#,
        &differ(2, "person", 1),
    );
    check(
        r#"{"type":"end","counts":{"user":1,"reaction":5}}"#,
        &differ(5, "reaction", 0),
    );
    check(
        r#"{"type":"end","counts":{"users":1}}"#,
        r#", line 4: `counts`: unknown type `users` (did you mean `user`?); the line begins {"type":"end","counts":{"users":1}}"#,
    );
}

#[test]
fn bare_lines_have_neither_hello_nor_end() {
    let (_folder, paths) = files(&[lines(&[USER, "", USER]).as_bytes()]);
    let told = read(&paths, bare()).unwrap().0;
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        told[0].starts_with("lines.jsonl, record 0: Loss { kind: \"jsonl.bare\", outcome: Field")
    );
    assert!(told[1].starts_with("lines.jsonl, record 1: "), "{told:?}");
    assert!(told[2].starts_with("lines.jsonl, record 3: "), "{told:?}");
    check_with(
        bare(),
        lines(&["", HELLO, USER]),
        &format!(
            "lines.jsonl, line 2: the file begins with a `hello` line; leave `--bare` away; the line begins {HELLO}"
        ),
    );
    check_with(
        bare(),
        lines(&[USER, HELLO]),
        &format!(
            "lines.jsonl, line 2: a `hello` line has no place in a file that is read with `--bare`; the line begins {HELLO}"
        ),
    );
    check_with(
        bare(),
        lines(&[USER, END]),
        &format!(
            "lines.jsonl, line 2: an `end` line has no place in a file that is read with `--bare`; take it away, or write a `hello` line too and leave `--bare` away; the line begins {END}"
        ),
    );
}

#[test]
fn a_line_without_end_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines.jsonl");
    let mut content = lines(&[HELLO, USER]);
    content.push_str(r#"{"type":"user","data":{"id":""#);
    std::fs::write(&path, &content).unwrap();
    // The rest of the third line is a hole in the file, 20 MB of zeros.
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(20 << 20).unwrap();
    let expected = "lines.jsonl, line 3: the line is longer than 2000 bytes, the most that a line may have; the line begins {\"type\":\"user\",\"data\":{\"id\":\"…";
    assert_eq!(text_of(read(&[path], SMALL), folder.path()), expected);
}
