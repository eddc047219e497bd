//! Databases that look like those of slackdump and hold something else.

use proptest::prelude::*;

use super::{Archive, lines};

/// What the messages of a database give, users and conversations apart.
fn messages(sql: &str) -> Vec<String> {
    let mut archive = Archive::new();
    archive.user(4, "U1", "ada").add(sql);
    let mut lines = archive.lines();
    lines.retain(|it| it.starts_with("MESSAGE"));
    lines
}

#[track_caller]
fn check(sql: &str, expected: &[&str]) {
    assert_eq!(messages(sql), expected, "{sql}");
}

#[test]
fn a_message_that_is_no_json_costs_itself() {
    let row = |at: i64, data: &str| {
        format!(
            "INSERT INTO MESSAGE (ID, CHUNK_ID, CHANNEL_ID, DATA) VALUES ({at}, 1, 'C1', {data});"
        )
    };
    let good = |at: i64| {
        let json = format!(r#"'{{"ts":"{at}.0","user":"U1","text":"good"}}'"#);
        row(at, &json)
    };
    let cases = [
        ("NULL", "not_json"),
        ("7", "not_json"),
        ("''", "not_json"),
        ("X'20'", "not_json"),
        ("'[]'", "not_json"),
        ("'[[[{'", "not_json"),
        ("'{}'", "not_a_message"),
        (r#"'{"ts":"2.0","text":"cut'"#, "not_json"),
        (r#"'{"ts":"2.0","text":"a"'"#, "not_json"),
        (r#"'{"ts":"2.0","text":"a}'"#, "not_json"),
        (r#"'{"type":"message","text":"a"}'"#, "no_time"),
    ];
    for (data, kind) in cases {
        let lost = format!("MESSAGE of C1, rowid 2: LeftOut slack.{kind} 1 message ");
        let sql = [good(1), row(2, data), good(3)].concat();
        let mut lines = messages(&sql);
        lines.sort_unstable();
        let expected = [
            "MESSAGE of C1, rowid 1: C1-1-000000 by U1 good",
            &lost,
            "MESSAGE of C1, rowid 3: C1-3-000000 by U1 good",
        ];
        assert_eq!(lines, expected, "{data}");
        // What stands last could not swallow another, and is called cut off.
        let lines = messages(&[good(1), row(2, data)].concat());
        assert!(lines.iter().any(|it| it == expected[0]), "{lines:?}");
        let lost = "MESSAGE of C1, rowid 2: LeftOut slack.";
        assert!(lines.iter().any(|it| it.starts_with(lost)), "{lines:?}");
    }
}

#[test]
fn rows_of_odd_types_are_read_or_named() {
    check(
        "INSERT INTO MESSAGE (ID, CHUNK_ID, CHANNEL_ID, DATA) VALUES \
         (NULL, 1, 'C1', '{\"ts\":\"1.0\",\"user\":\"U1\",\"text\":\"a\"}'), \
         (NULL, 1, 'C1', '{\"ts\":\"2.0\",\"user\":\"U1\",\"text\":\"b\"}'), \
         ('x', NULL, 'C1', '{\"ts\":\"3.0\",\"user\":\"U1\",\"text\":\"c\"}')",
        &[
            "MESSAGE of C1, rowid 1: C1-1-000000 by U1 a",
            "MESSAGE of C1, rowid 2: C1-2-000000 by U1 b",
            "MESSAGE of C1, rowid 3: C1-3-000000 by U1 c",
        ],
    );
    check(
        "INSERT INTO MESSAGE (ID, CHUNK_ID, CHANNEL_ID, DATA) VALUES \
         (1, 1, NULL, '{}'), (2, 1, '../x', '{}'), (3, 1, '', '{}'), (4, 1, '_x', '{}')",
        &["MESSAGE, rowid 1: LeftOut slackdump.no_conversation 4 message "],
    );
    check(
        "INSERT INTO MESSAGE (ID, CHUNK_ID, CHANNEL_ID, DATA) VALUES \
         (1, 77, 'C1', '{\"ts\":\"1.0\",\"user\":\"U1\",\"text\":\"a\"}')",
        &["MESSAGE of C1, rowid 1: C1-1-000000 by U1 a"],
    );
    check(
        "INSERT INTO MESSAGE (rowid, ID, CHUNK_ID, CHANNEL_ID, DATA) VALUES \
         (99999999999, 1, 1, 'C1', '{\"ts\":\"1.0\",\"user\":\"U1\",\"text\":\"a\"}')",
        &["MESSAGE of C1, rowid 99999999999: C1-1-000000 by U1 a"],
    );
}

#[test]
fn lists_of_odd_rows_are_read_or_named() {
    let mut archive = Archive::new();
    archive
        .add("INSERT INTO S_USER (ID, CHUNK_ID, DATA) VALUES (NULL, NULL, NULL), ('U1', 4, '{\"id\":\"U1\"}'), ('U2', 4, '{\"id\":')")
        .add("INSERT INTO CHANNEL (ID, CHUNK_ID, DATA) VALUES ('C1', 5, X'ff'), ('D2', 5, 'x'), ('C3', 5, '{\"id\":\"C3\",\"is_im\":\"no\",\"name\":3}'), ('C4', 5, '{\"id\":\"C4\",\"members\":7}')")
        .members(8, "C1", &["U1"])
        .members(8, "C4", &["U1"])
        .add("INSERT INTO CHANNEL_USER VALUES (NULL, NULL, NULL, NULL)");
    archive.check(&[
        "SESSION, rowid 3: Field slackdump.unfinished_session 1 channel session 3",
        "S_USER, rowid 1: LeftOut slack.not_json 1 user ",
        "S_USER, rowid 3: LeftOut slack.not_json 1 user ",
        "S_USER, rowid 2: user U1 ",
        "CHANNEL, rowid 1: LeftOut slack.not_json 1 channel ",
        "CHANNEL, rowid 3: Channel C3 3 []",
        "CHANNEL, rowid 4: Channel C4  []",
        "CHANNEL, rowid 2: LeftOut slack.not_json 1 channel ",
        "CHANNEL, rowid 4: member U1",
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_in_the_cells_nothing_breaks(
        rows in prop::collection::vec(
            (0..5usize, prop::collection::vec(0..14usize, 5)),
            0..12,
        ),
    ) {
        const CELLS: [&str; 14] = [
            "NULL", "1", "2", "-9223372036854775808", "1e308", "''", "'C1'", "'U1'", "X'ff00'", "'a/b'",
            r#"'{"id":"C1","ts":"1.5","user":"U1","text":"a","is_im":true}'"#,
            r#"'{"id":"U1","ts":"9","members":["U1",null],"profile":[]}'"#,
            r#"'{"ts":"3"},{"ts":[{"x"}'"#,
            "'[[[{'",
        ];
        let inserts = [
            "MESSAGE (ID, CHUNK_ID, CHANNEL_ID, TS, DATA)",
            "CHANNEL (ID, CHUNK_ID, NAME, IDX, DATA)",
            "S_USER (ID, CHUNK_ID, USERNAME, IDX, DATA)",
            "CHANNEL_USER (CHANNEL_ID, USER_ID, CHUNK_ID, IDX)",
            "SEARCH_MESSAGE (CHANNEL_ID, TS, CHUNK_ID, DATA)",
        ];
        let mut archive = Archive::new();
        for (table, cells) in rows {
            let table = inserts[table];
            let width = table.matches(',').count() + 1;
            let cells = cells.iter().take(width).map(|it| CELLS[*it]);
            let cells: Vec<_> = cells.collect();
            archive.add(&format!("INSERT OR IGNORE INTO {table} VALUES ({})", cells.join(",")));
        }
        let source = archive.open().unwrap();
        lines(&*source).unwrap();
    }
}
