//! Tables of cells, and what becomes of them: values that are easily taken for others.

use crate::plan_tests::read;

const HEAD: &str = "unknown_columns = \"ignore\"\n[[messages]]\nid = \"id\"\nchannel_id = \"room\"\nuser_id = \"who\"\ntext = \"text\"\ncreated_at = \"at\"\n";
const COLUMNS: &[&str] = &["id", "room", "who", "text", "at", "x"];
const NOON: &str = "2026-01-02T12:00:00Z";

/// What messages with these cells in column `x` become, one a line, by `field`.
fn of_cells(field: &str, cells: &[&str]) -> Vec<String> {
    let ids: Vec<String> = (1..=cells.len()).map(|id| format!("m{id}")).collect();
    let rows: Vec<Vec<&str>> = { ids.iter().zip(cells) }
        .map(|(id, cell)| vec![id.as_str(), "r", "u", "t", NOON, cell])
        .collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    lines(&format!("{HEAD}{field}"), &rows)
}

/// What is told, without what all messages of these tests have in common.
fn lines(toml: &str, rows: &[&[&str]]) -> Vec<String> {
    let book = read(toml, COLUMNS, rows);
    let lines = book.lines().map(|line| {
        let line = line.replace(" channel=Id(\"r\") user_id=\"u\" text=\"t\"", "");
        let line = line.replace(" created_at=Some(Time(1767355200000000))", "");
        line.trim_end().to_owned()
    });
    lines.collect()
}

#[test]
fn whether_a_message_was_deleted_is_told_by_a_time_or_a_flag() {
    let check = |cell: &str, expected: &[&str]| {
        let found = of_cells("deleted_at = \"x\"", &[cell]);
        assert_eq!(found, expected, "{cell}");
    };
    for cell in [
        "",
        "0",
        "0.0",
        "false",
        "f",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "1970-01-01T01:00:00+01:00",
    ] {
        check(cell, &["1 message id=\"m1\""]);
    }
    let deleted = "1 message id=\"m1\" kind=Deleted deleted_at=Some(Time(1767355200000000))";
    for cell in ["1", "t", "TRUE", "yes"] {
        let told = "1 Field message mapping.deleted_flag x1";
        check(cell, &[deleted, told]);
    }
    check("2026-01-02T12:00:00Z", &[deleted]);
    check("1767355200", &[deleted]);
    let told = "1 Field message mapping.bad_time x1 deleted_at soon";
    check("soon", &["1 message id=\"m1\"", told]);
}

#[test]
fn a_message_of_no_time_is_left_out() {
    let check = |at: &str, expected: &str| {
        let row = ["m1", "r", "u", "t", at, ""];
        assert_eq!(lines(HEAD, &[&row]), [expected], "{at}");
    };
    check("0", "1 LeftOut message mapping.bad_time x1 0");
    check(
        "1970-01-01T00:00:00Z",
        "1 LeftOut message mapping.bad_time x1 1970-01-01T00:00:00Z",
    );
    check(
        "0000-00-00",
        "1 LeftOut message mapping.bad_time x1 0000-00-00",
    );
    check("1767355200", "1 message id=\"m1\"");
    check("2026-01-02 12:00:00 PM UTC", "1 message id=\"m1\"");
}

#[test]
fn words_for_nothing_are_no_references() {
    let check = |field: &str, cells: &[&str], expected: &[&str]| {
        let found = of_cells(&format!("{field} = \"x\""), cells);
        assert_eq!(found, expected, "{field} {cells:?}");
    };
    let nothing = ["0", "null", "None", "00000000-0000-0000-0000-000000000000"];
    for word in nothing {
        let told = "0 Field message mapping.no_reference x2";
        let plain = ["1 message id=\"m1\"", "2 message id=\"m2\""];
        let [first, second] = plain;
        check("parent_id", &[word, word], &[told, first, second]);
        check("mentioned_user_ids", &[word, word], &[told, first, second]);
        check("quoted_message_id", &[word, word], &[told, first, second]);
    }
    let reply = "2 message id=\"m2\" parent_id=\"m1\"";
    check("parent_id", &["", " m1 "], &["1 message id=\"m1\"", reply]);
}

#[test]
fn a_word_for_nothing_is_an_id_where_somebody_has_it() {
    let rows: [[&str; 6]; 2] = [
        ["0", "r", "u", "t", NOON, ""],
        ["1", "r", "u", "t", NOON, "0"],
    ];
    let rows: Vec<&[&str]> = rows.iter().map(<[&str; 6]>::as_slice).collect();
    let found = lines(&format!("{HEAD}parent_id = \"x\""), &rows);
    assert_eq!(
        found,
        ["1 message id=\"0\"", "2 message id=\"1\" parent_id=\"0\""]
    );
}

#[test]
fn ids_that_a_program_took_for_numbers_are_whole() {
    let rows: [[&str; 6]; 3] = [
        ["1", "r", "u", "t", NOON, ""],
        ["2", "r", "u", "t", NOON, "1.0"],
        ["3", "r", "u", "t", NOON, "nan"],
    ];
    let rows: Vec<&[&str]> = rows.iter().map(<[&str; 6]>::as_slice).collect();
    let found = lines(&format!("{HEAD}parent_id = \"x\""), &rows);
    let expected = [
        "0 Field message mapping.no_reference x1",
        "0 Field message mapping.float_id x1",
        "1 message id=\"1\"",
        "2 message id=\"2\" parent_id=\"1\"",
        "3 message id=\"3\"",
    ];
    assert_eq!(found, expected);
}

#[test]
fn ids_and_times_may_be_as_mongo_writes_them() {
    let oid = |id: &str| format!("{{\"$oid\": \"{id}\"}}");
    let iso = "{\"$date\":\"2026-01-02T12:00:00Z\"}".to_owned();
    let millis = "{\"$date\":{\"$numberLong\":\"1767355200000\"}}".to_owned();
    let rows = [
        [
            oid("a"),
            oid("r"),
            oid("u"),
            "t".to_owned(),
            iso,
            String::new(),
        ],
        [
            oid("b"),
            oid("r"),
            oid("u"),
            "t".to_owned(),
            millis,
            oid("a"),
        ],
    ];
    let rows = rows
        .each_ref()
        .map(|row| row.each_ref().map(String::as_str));
    let rows: Vec<&[&str]> = rows.iter().map(<[&str; 6]>::as_slice).collect();
    let found = lines(&format!("{HEAD}parent_id = \"x\""), &rows);
    assert_eq!(
        found,
        ["1 message id=\"a\"", "2 message id=\"b\" parent_id=\"a\""]
    );
    assert_eq!(
        of_cells(
            "mentioned_user_ids = \"x\"",
            &["[{\"$oid\": \"v\"}, {\"$oid\": \"w\"}]"]
        ),
        ["1 message id=\"m1\" mentioned_user_ids=[\"v\", \"w\"]"]
    );
}

/// The addresses and titles of the attachments that a cell becomes, and what is told.
fn attachments(field: &str, cell: &str) -> String {
    let found = of_cells(field, &[cell]);
    let [message, told @ ..] = &found[..] else {
        panic!("{found:?}")
    };
    let parts = message.split("Attachment { ").skip(1);
    let addresses = parts.map(|part| {
        let value = |key: &str| {
            let (_, rest) = part.split_once(key)?;
            rest.split('"').next().filter(|it| !it.is_empty())
        };
        let url = value("image_url=\"").or_else(|| value("asset_url=\""));
        url.unwrap_or("none").to_owned()
    });
    let told = told
        .iter()
        .map(|it| it.split(' ').nth(3).unwrap().to_owned());
    addresses.chain(told).collect::<Vec<_>>().join(" ")
}

#[test]
fn attachments_are_what_is_one() {
    let check = |cell: &str, expected: &str| {
        assert_eq!(attachments("attachments = \"x\"", cell), expected, "{cell}");
    };
    for nothing in [
        "", " ", "{}", "[]", "[{}]", "[null]", "null", "None", "nan", "-", "N/A",
    ] {
        check(nothing, "");
    }
    check("https://x/p.png", "https://x/p.png");
    check("https://x/p.png?x=1,2", "https://x/p.png?x=1,2");
    check(
        "https://x/a,b.png, https://x/c",
        "https://x/a,b.png https://x/c",
    );
    check("https://x/a\nhttps://x/b", "https://x/a https://x/b");
    check("a.png;b.pdf", "a.png b.pdf");
    check(
        "{https://x/a,\"https://x/b,c\"}",
        "https://x/a https://x/b,c",
    );
    check("[\"https://x/a\"]", "https://x/a");
    check("[{\"url\":\"https://x/p.png\"}, null]", "https://x/p.png");
    check(
        "[{'url': 'https://x/p.png', 'size': 3, 'by': None}]",
        "https://x/p.png",
    );
    check("['https://x/a', 'https://x/b']", "https://x/a https://x/b");
    check("[{'url': <object>}]", "mapping.bad_json");
    check("[{\"url\": ", "mapping.bad_json");
    check("true", "mapping.bad_attachment");
    check(
        "[true, \"https://x/a\"]",
        "https://x/a mapping.bad_attachment",
    );
    let listed = "attachments = { column = \"x\", split = \",\" }";
    let cell = "https://x/a.png?ex=1,https://x/we,ird.png";
    assert_eq!(
        attachments(listed, cell),
        "https://x/a.png?ex=1 https://x/we,ird.png"
    );
}

#[test]
fn keys_of_attachments_that_hold_something_else_stay_custom_data() {
    let cell = r#"[{"url":"https://x/a","name":{"a":1},"size":"12 kB","width":12.0}]"#;
    let found = of_cells("attachments = \"x\"", &[cell]).join("\n");
    let custom = r#"custom=Custom([("name", Object(Custom([("a", Integer(1))]))), ("size", Text("12 kB"))])"#;
    assert!(found.contains(custom), "{found}");
    assert!(found.contains("width=Some(12)"), "{found}");
}

#[test]
fn lists_of_postgres_become_lists_in_custom_data() {
    let check = |cell: &str, expected: &str| {
        let toml = format!("{HEAD}[messages.custom]\ntags = {{ column = \"x\", split = \",\" }}");
        let row = ["m1", "r", "u", "t", NOON, cell];
        let found = lines(&toml, &[&row]).join("\n");
        assert!(found.ends_with(expected), "{found}");
    };
    check(
        "{a,\"b c\"}",
        "(\"tags\", List([Text(\"a\"), Text(\"b c\")]))])",
    );
    check("a,b", "(\"tags\", List([Text(\"a\"), Text(\"b\")]))])");
    check("{}", "message id=\"m1\"");
}

#[test]
fn a_text_that_is_null_is_kept_unless_none_is_to_be_expected() {
    let check = |extra: &str, text: &str, x: &str, expected: &str| {
        let row = ["m1", "r", "ann", text, NOON, x];
        let found = lines(&format!("{HEAD}attachments = \"x\"\n{extra}"), &[&row]).join("\n");
        let shown = (found.contains("text=\"NULL\""), found.contains("null_text"));
        let shown = match shown {
            (true, true) => "kept, told",
            (true, false) => "kept",
            (false, true) => "told",
            (false, false) => "none",
        };
        assert_eq!(shown, expected, "{found}");
    };
    check("", "NULL", "", "kept, told");
    check("", "NULL", "https://x/a.png", "none");
    check("", "\\N", "", "none");
    check("[csv]\nnull_values = [\"NULL\"]\n", "NULL", "", "none");
    check("[csv]\nnull_values = [\"\"]\n", "NULL", "", "kept");
}
