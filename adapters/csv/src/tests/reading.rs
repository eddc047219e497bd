//! Files whose cells are set apart in unusual ways, or wrongly, and what is read of them.

use crate::testing::Fixture;

const HEADER: &str = "id,channel_id,user_id,text,created_at";
const TIME: &str = "2026-01-02T03:04:05Z";

/// What is read of `messages.csv`: of each message its id, channel, author and text; of each loss its
/// kind and line. `T` stands for a time in `content`.
fn read(content: &[u8], csv: &str) -> Vec<String> {
    let mapping = format!(
        "version = 1\n[csv]\n{csv}\n[[messages]]\nid = \"id\"\nchannel_id = \"channel_id\"\nuser_id = \"user_id\"\ntext = \"text\"\ncreated_at = \"created_at\"\n"
    );
    let lines = Fixture::new(&[("messages.csv", content)])
        .mapped(&mapping)
        .lines();
    lines.iter().filter_map(|line| shown(line)).collect()
}

fn shown(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    if line["type"] == "message" {
        let fields = ["id", "channel_id", "user_id", "text"].map(|name| text(&line["data"][name]));
        return Some(fields.join("/"));
    }
    let kind = text(&line["kind"]);
    let is_of_row = kind != "csv.file_not_read";
    is_of_row.then(|| format!("{} {kind} {}", text(&line["type"]), line["record"]))
}

#[track_caller]
fn check(content: &str, expected: &[&str]) {
    check_with("", content, expected);
}

#[track_caller]
fn check_with(csv: &str, content: &str, expected: &[&str]) {
    let content = content.replace('T', TIME).replace("HEAD", HEADER);
    assert_eq!(read(content.as_bytes(), csv), expected, "{content}");
}

#[test]
fn quotes_that_are_not_doubled_change_no_text_and_are_told() {
    check(
        "HEAD\n1,c,u,\"he said \"hi\" to me\",T\n2,c,u,\"plain\",T\n",
        &[
            "loss csv.bare_quote 2",
            "1/c/u/he said \"hi\" to me",
            "2/c/u/plain",
        ],
    );
    check(
        "HEAD\n1,c,u,\"hi\" she said,T\n2,c,u,\"a, b\",T\n",
        &[
            "loss csv.bare_quote 2",
            "1/c/u/\"hi\" she said",
            "2/c/u/a, b",
        ],
    );
    check("HEAD\n1,c,u,\"hi\", ok\",T\n", &["left_out csv.long_row 2"]);
}

#[test]
fn escapes_are_seen_by_the_quotes_that_they_escape() {
    check(
        "HEAD\n1,c,u,\"say \\\"hi\\\"\",T\n2,c,u,\"C:\\\\x\",T\n3,c,u,\"plain\",T\n",
        &["1/c/u/say \"hi\"", "2/c/u/C:\\x", "3/c/u/plain"],
    );
    // Where nothing at the start of the file tells, each is told at its line.
    let plain = "0,c,u,\"plain\",T\n".repeat(4000);
    let late = format!("HEAD\n{plain}1,c,u,\"say \\\"hi\\\" to\",T\n");
    let found = read(
        late.replace('T', TIME).replace("HEAD", HEADER).as_bytes(),
        "",
    );
    assert_eq!(
        found[4000..],
        ["loss csv.bare_quote 4002", "1/c/u/say \\\"hi\\\" to"]
    );
}

#[test]
fn quotes_may_be_ordinary_characters() {
    let tabs = |text: &str| text.replace(',', "\t");
    check(
        &tabs(&format!("{HEADER}\n1,c,u,\"a,T\n2,c,u,ok,T\n3,c,u,b\",T\n")),
        &["1/c/u/\"a", "2/c/u/ok", "3/c/u/b\""],
    );
    // Nothing at the start tells, so the rows that were swallowed are told.
    let plain = "0,c,u,plain,T\n".repeat(4000);
    let late = format!("{HEADER}\n{plain}1,c,u,\"a,T\n2,c,u,b\",T\n3,c,u,ok,T\n");
    let found = read(tabs(&late).replace('T', TIME).as_bytes(), "");
    assert_eq!(found[4000..], ["left_out csv.stray_quote 4002", "3/c/u/ok"]);
}

#[test]
fn an_escape_that_is_the_quote_is_a_quote_that_is_doubled() {
    check_with(
        "escape = '\"'",
        "HEAD\n1,c,u,\"hello, you\",T\n2,c,u,\"hello\",T\n3,c,u,\"he said \"\"x\"\" ok\",T\n",
        &["1/c/u/hello, you", "2/c/u/hello", "3/c/u/he said \"x\" ok"],
    );
}

#[test]
fn a_blank_may_stand_behind_each_delimiter() {
    check(
        "id, channel_id, user_id, text, created_at\n1, c, u, \"hi, you\", T\n2, c, u,  re, T\n",
        &["1/c/u/hi, you", "2/c/u/ re"],
    );
}

#[test]
fn marks_may_stand_in_the_middle_of_a_file() {
    check(
        "\u{feff}\u{feff}HEAD\n1,c,u,a,T\n\u{feff}2,c,u,\u{feff}b,T\n",
        &["1/c/u/a", "2/c/u/\u{feff}b"],
    );
}

#[test]
fn a_first_line_names_the_delimiter_unless_the_file_has_another() {
    let semicolons = HEADER.replace(',', ";");
    check(
        &format!("sep=;\r{semicolons}\r1;c;u;a, b;T\r"),
        &["1/c/u/a, b"],
    );
    check("sep=;\nHEAD\n1,c,u,a; b,T\n", &["1/c/u/a; b"]);
    check(
        &format!(
            "\"sep=§\"\r\n{}\r\n1§c§u§a, b§T\r\n",
            HEADER.replace(',', "§")
        ),
        &["1/c/u/a, b"],
    );
    check_with(
        "delimiter = \";\"",
        &format!("sep=§\n{semicolons}\n1;c;u;a§b;T\n"),
        &["1/c/u/a§b"],
    );
    check_with(
        "delimiter = \"§\"",
        &format!("sep=;\n{}\n1§c§u§a;b§T\n", HEADER.replace(',', "§")),
        &["1/c/u/a;b"],
    );
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let check = |csv: &str, expected: &str| {
        let mapping = format!("version = 1\n[csv]\n{csv}\n[[users]]\nid = \"a\"\n");
        let error = Fixture::new(&[("m.csv", b"a,b\n1,2\n")])
            .mapped(&mapping)
            .error();
        assert!(error.contains(expected), "{error}");
    };
    check(
        "delimiter = '\"'",
        "m.csv: `\"` cannot stand between cells and around them",
    );
    check(
        "delimiter = '^'\nescape = '^'",
        "m.csv: `^` cannot stand between cells and be an escape",
    );
    check(
        "encoding = \"iso-2022-kr\"",
        "there is no encoding `iso-2022-kr`",
    );
}

#[test]
fn bytes_that_an_encoding_does_not_define_are_the_wrong_encoding() {
    let content = b"id,channel_id,user_id,text,created_at\n1,c,u,a\x81b,2\n";
    let mapping = "version = 1\n[csv]\nencoding = \"windows-1252\"\n[[users]]\nid = \"id\"\n";
    let error = Fixture::new(&[("m.csv", content)]).mapped(mapping).error();
    assert!(
        error.starts_with("m.csv, line 2, byte 8 of the line: 0x81 is no text in windows-1252"),
        "{error}"
    );
}

#[test]
fn a_record_that_is_too_long_is_refused_where_it_begins() {
    let long = "x".repeat(17 << 20);
    let lines = "\n".repeat(100_001);
    for (text, expected) in [
        (
            format!("\"{long}\""),
            "the record that begins here is longer than 16777216 bytes",
        ),
        (
            long.clone(),
            "the record that begins here is longer than 16777216 bytes",
        ),
        (
            format!("\"{lines}\""),
            "the record that begins here is longer than 16777216 bytes",
        ),
    ] {
        let content = format!("{HEADER}\n1,c,u,{text},{TIME}\n");
        let mapping = "version = 1\n[[users]]\nid = \"id\"\n";
        let error = Fixture::new(&[("m.csv", content.as_bytes())])
            .mapped(mapping)
            .error();
        assert!(
            error.starts_with(&format!("m.csv, line 2: {expected}")),
            "{error}"
        );
    }
}
