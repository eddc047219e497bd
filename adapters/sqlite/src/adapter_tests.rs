//! What becomes of databases: every way to read rows gives the same records.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use crate::testing::{Fixture, lines};

/// A row of messages: its rowid, room, writer, text and time.
type Message = (i64, u8, u8, String, u32);

fn any_messages() -> impl Strategy<Value = Vec<Message>> {
    let key = prop_oneof![
        4 => 1..500i64,
        1 => any::<i64>(),
        1 => Just(i64::MIN),
        1 => Just(i64::MAX),
    ];
    let text = prop_oneof![
        4 => "[a-c]{0,2}",
        1 => "[ -~é語\n]{0,20}",
        1 => (1000usize..200_000).prop_map(|length| "x".repeat(length)),
    ];
    let rows = prop::collection::vec((key, 0..3u8, 0..3u8, text, 1..5u32), 1..40);
    rows.prop_map(|mut rows| {
        rows.sort_by_key(|row| row.0);
        rows.dedup_by_key(|row| row.0);
        rows
    })
}

/// A database of messages; `key` is how its key is declared.
fn database(rows: &[Message], key: &str) -> Fixture {
    let fixture = Fixture::new(&format!(
        "CREATE TABLE m (nr {key}, room TEXT, who TEXT, text TEXT, at TEXT) {}",
        if key.contains("INT ") {
            "WITHOUT ROWID"
        } else {
            ""
        }
    ));
    let path = fixture.inputs.last().unwrap();
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for (nr, room, who, text, at) in rows {
        let cells = (
            nr,
            format!("r{room}"),
            format!("u{who}"),
            text,
            format!("2026-01-02T00:00:0{at}Z"),
        );
        connection
            .execute("INSERT INTO m VALUES (?1, ?2, ?3, ?4, ?5)", cells)
            .unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    fixture
}

/// The fields of messages, and what is derived; `id` is how the id is said.
fn section(input: &str, id: &str) -> String {
    format!(
        "[[messages]]\n{input}\nid = {id}\nchannel_id = \"room\"\nuser_id = \"who\"\ntext = \"text\"\n\
         created_at = \"at\"\n[messages.custom]\nnr = false\n\
         [[channels]]\nfrom = \"messages\"\nname = \"room\"\n"
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_way_to_read_rows_gives_the_same(rows in any_messages(), is_hashed in any::<bool>()) {
        let id = match is_hashed {
            true => "{ hash = [\"channel_id\", \"user_id\", \"created_at\", \"text\"] }",
            false => "\"nr\"",
        };
        let expected = database(&rows, "INTEGER PRIMARY KEY")
            .mapped(&section("table = \"m\"", id))
            .records();
        let count = expected.iter().filter(|it| it.contains("\"type\":\"message\"")).count();
        prop_assert_eq!(count, rows.len());
        let all = "SELECT nr, room, who, text, at FROM m";
        let ways = [
            ("INTEGER PRIMARY KEY", format!("query = \"{all} ORDER BY nr\"")),
            ("INT PRIMARY KEY", "table = \"m\"".to_owned()),
            (
                "INTEGER PRIMARY KEY",
                format!("range = \"m\"\nquery = \"{all} WHERE rowid BETWEEN :first AND :last ORDER BY rowid\""),
            ),
            (
                "INTEGER PRIMARY KEY",
                format!("range = \"M\"\nquery = \"{all} WHERE :last >= nr AND nr >= :first ORDER BY nr\""),
            ),
        ];
        for (key, input) in ways {
            let records = database(&rows, key).mapped(&section(&input, id)).records();
            prop_assert_eq!(&records, &expected, "{}", input);
        }
    }
}

/// Tables that can be converted without a word.
const CHAT: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
    INSERT INTO users VALUES (1, 'Ann', 'ann@x.org'), (2, 'Bo', 'bo@x.org');
    CREATE TABLE messages (id INTEGER PRIMARY KEY, room_id INTEGER, user_id INTEGER, body, created_at INTEGER);
    INSERT INTO messages VALUES (1, 7, 1, 'one', 1767348060), (2, 7, 2, 'two', 1767348061);";

fn check(fixture: &Fixture, expected: &[&str]) {
    assert_eq!(fixture.lines(), expected);
}

#[test]
fn attachments_of_a_table_hang_on_their_messages() {
    let sql = format!(
        "{CHAT}
        CREATE TABLE files (message_id INTEGER, url TEXT);
        INSERT INTO files VALUES (2, 'https://x.org/a.pdf'), (9, 'https://x.org/b.pdf'), (2, 'https://x.org/c.pdf'),
            (NULL, 'https://x.org/d.pdf');"
    );
    check(
        &Fixture::new(&sql),
        &[
            r#"{"type":"loss","of":"message","kind":"sqlite.stray_attachment","detail":"9","at":"files","record":2}"#,
            r#"{"type":"user","data":{"id":"1","name":"Ann","email":"ann@x.org"},"at":"users","record":1}"#,
            r#"{"type":"user","data":{"id":"2","name":"Bo","email":"bo@x.org"},"at":"users","record":2}"#,
            r#"{"type":"message","data":{"id":"1","channel_id":"7","user_id":"1","text":"one","created_at":"2026-01-02T10:01:00Z"},"at":"messages","record":1}"#,
            r#"{"type":"message","data":{"id":"2","channel_id":"7","user_id":"2","text":"two","created_at":"2026-01-02T10:01:01Z","attachments":[{"kind":"file","asset_url":"https://x.org/a.pdf","title":"a.pdf"},{"kind":"file","asset_url":"https://x.org/c.pdf","title":"c.pdf"}]},"at":"messages","record":2}"#,
            r#"{"type":"loss","of":"message","kind":"mapping.attachment_of_none","at":"files","record":4}"#,
        ],
    );
}

#[test]
fn files_under_tables_are_joined() {
    let toml = "
[tables]
staff = \"staff.csv\"

[[messages]]
query = '''
SELECT m.id, m.room_id AS channel_id, s.nick AS user_id, m.created_at, s.note AS note
FROM messages m JOIN users u ON u.id = m.user_id LEFT JOIN staff s ON s.mail = u.email'''
";
    let fixture = Fixture::new(CHAT)
        .file(
            "staff.csv",
            "mail;nick;note\nann@x.org;007;\nbo@x.org;bo;\"a;b\"\nx;y;z;too;many\n",
        )
        .mapped(toml);
    check(
        &fixture,
        &[
            r#"{"type":"left_out","of":"message","kind":"sqlite.bad_csv_row","detail":"[TMP]staff.csv, first in line 4","at":"[TMP]chat.db"}"#,
            r#"{"type":"message","data":{"id":"1","channel_id":"7","user_id":"007","created_at":"2026-01-02T10:01:00Z"},"at":"query of messages","record":1}"#,
            r#"{"type":"message","data":{"id":"2","channel_id":"7","user_id":"bo","created_at":"2026-01-02T10:01:01Z","custom":{"note":"a;b"}},"at":"query of messages","record":2}"#,
        ]
        .map(|line| line.replace("[TMP]", &format!("{}/", fixture.folder.path().display())))
        .each_ref()
        .map(String::as_str),
    );
}

#[test]
fn files_alone_are_a_database_as_well() {
    let toml = "
[tables]
m = \"m.csv\"

[[messages]]
query = \"SELECT id, room AS channel_id, at AS created_at FROM m\"
";
    let fixture = Fixture::empty()
        .file("m.csv", "id,room,at\n1,r,2026-01-02T03:04:05Z\n")
        .mapped(toml);
    check(
        &fixture,
        &[
            r#"{"type":"message","data":{"id":"1","channel_id":"r","created_at":"2026-01-02T03:04:05Z"},"at":"query of messages","record":1}"#,
        ],
    );
}

#[test]
fn ids_are_looked_up_in_tables() {
    let toml = "
[[users]]
table = \"users\"
id = \"id\"
email = \"email\"
[users.custom]
name = false

[[messages]]
query = \"SELECT id, 'r' AS channel_id, 'bo@x.org' AS who, created_at FROM messages WHERE id = 1\"
user_id = { column = \"who\", lookup = \"users\", by = \"email\" }
";
    let records = Fixture::new(CHAT).mapped(toml).records();
    assert_eq!(
        records[0],
        r#"{"type":"message","data":{"id":"1","channel_id":"r","user_id":"2","created_at":"2026-01-02T10:01:00Z"}"#
    );
}

#[test]
fn cells_are_what_they_are() {
    let toml = "
[[messages]]
table = \"m\"
id = \"id\"
channel_id = \"room\"
text = \"text\"
created_at = { column = \"at\", time = \"epoch_s\" }
";
    let sql = "
        CREATE TABLE m (id, room, text, at, extra);
        INSERT INTO m VALUES (9223372036854775807, -1, 'a', 1767348061, 0.1);
        INSERT INTO m VALUES (2.0, 1e15, CAST(X'61ff' AS TEXT), 1767348062, 9007199254740993);
        INSERT INTO m VALUES (X'6162', 'r', NULL, 1767348063, X'00ff');
        INSERT INTO m VALUES ('c', 'r', '', 1767348064, NULL);";
    check(
        &Fixture::new(sql).mapped(toml),
        &[
            r#"{"type":"message","data":{"id":"9223372036854775807","channel_id":"-1","text":"a","created_at":"2026-01-02T10:01:01Z","custom":{"extra":0.1}},"at":"m","record":1}"#,
            r#"{"type":"loss","of":"message","kind":"sqlite.not_utf8","detail":"text","at":"m","record":2}"#,
            "{\"type\":\"message\",\"data\":{\"id\":\"2\",\"channel_id\":\"1000000000000000\",\"text\":\"a\u{fffd}\",\"created_at\":\"2026-01-02T10:01:02Z\",\"custom\":{\"extra\":9007199254740993}},\"at\":\"m\",\"record\":2}",
            r#"{"type":"message","data":{"id":"ab","channel_id":"r","created_at":"2026-01-02T10:01:03Z"},"at":"m","record":3}"#,
            r#"{"type":"loss","of":"message","kind":"mapping.not_text","channel_id":"r","at":"m","record":3}"#,
            r#"{"type":"message","data":{"id":"c","channel_id":"r","created_at":"2026-01-02T10:01:04Z"},"at":"m","record":4}"#,
        ],
    );
}

#[test]
fn ids_that_are_not_utf8_stay_apart() {
    let sql = "
        CREATE TABLE m (id, channel_id, user_id, text, created_at);
        CREATE TABLE u (id, name);
        INSERT INTO m VALUES (CAST(X'31ff' AS TEXT), CAST(X'72ff' AS TEXT), CAST(X'75ff' AS TEXT), CAST(X'61ff' AS TEXT), 1767348061);
        INSERT INTO m VALUES (CAST(X'31fe' AS TEXT), CAST(X'72fe' AS TEXT), CAST(X'75fe' AS TEXT), CAST(X'61fe' AS TEXT), 1767348061);
        INSERT INTO u VALUES (CAST(X'75fe' AS TEXT), CAST(X'75fe' AS TEXT));";
    let fields = "id = \"id\"\nchannel_id = \"channel_id\"\nuser_id = \"user_id\"\ntext = \"text\"\ncreated_at = \"created_at\"\n";
    let users = "[[users]]\ntable = \"u\"\nid = \"id\"\nname = \"name\"\n";
    let of_table = format!("{users}[[messages]]\ntable = \"m\"\n{fields}");
    let of_query = format!("{users}[[messages]]\nquery = \"SELECT * FROM m\"\n");
    for toml in [of_table, of_query] {
        let records = Fixture::new(sql).mapped(&toml).records();
        let records: Vec<_> = { records.iter() }
            .filter(|it| !it.contains("not_utf8"))
            .collect();
        assert_eq!(
            records,
            [
                "{\"type\":\"message\",\"data\":{\"id\":\"1\u{fffd}fe\",\"channel_id\":\"r\u{fffd}fe\",\"user_id\":\"u\u{fffd}fe\",\"text\":\"a\u{fffd}\",\"created_at\":\"2026-01-02T10:01:01Z\"}",
                "{\"type\":\"message\",\"data\":{\"id\":\"1\u{fffd}ff\",\"channel_id\":\"r\u{fffd}ff\",\"user_id\":\"u\u{fffd}ff\",\"text\":\"a\u{fffd}\",\"created_at\":\"2026-01-02T10:01:01Z\"}",
                "{\"type\":\"user\",\"data\":{\"id\":\"u\u{fffd}fe\",\"name\":\"u\u{fffd}\"}",
            ],
            "{toml}"
        );
    }
}

/// By what is told of them where no mapping is given, too.
#[test]
fn detection_tells_ids_apart_that_are_not_utf8() {
    let rows = (0u8..40).map(|nth| {
        let id = format!("CAST(X'6d{:02x}' AS TEXT)", 0xc0 + nth);
        format!(
            "INSERT INTO messages VALUES ({id}, 'c', 'u', 't{nth}', {});",
            1_767_348_061 + i64::from(nth)
        )
    });
    let rows: String = rows.collect();
    let sql =
        format!("CREATE TABLE messages (id TEXT, channel_id, user_id, text, created_at);{rows}");
    let records = Fixture::new(&sql).records();
    let messages = records
        .iter()
        .filter(|it| it.starts_with("{\"type\":\"message\""));
    assert_eq!(messages.count(), 40, "{records:?}");
}

#[test]
fn rows_of_tables_that_nobody_saw_count_as_left_out() {
    let dump = "
        CREATE TABLE messages(id, channel_id, user_id, text, created_at);
        INSERT INTO messages VALUES(1, 'c', 'u', 'a', 1767348061);
        CREATE TABLE notes(a);
        INSERT INTO notes VALUES(1);
        INSERT INTO notes VALUES(1, 2);
        INSERT INTO users VALUES(1, 'Ann');
        CREATE TABLE members(a);
        INSERT INTO members VALUES(1, 2);";
    let check = |fixture: Fixture, expected: [&str; 3]| {
        let records = fixture.file("chat.sql", dump).records();
        let lost = { records.iter() }.filter(|it| it.contains("dump_data_left_out"));
        let lost: Vec<String> = lost
            .map(|it| {
                let how = it.split('"').nth(3).unwrap();
                let (_, line) = it.split_once("\"detail\":\"line ").unwrap();
                format!("{how} {}", line.split(':').next().unwrap())
            })
            .collect();
        assert_eq!(lost, expected, "{records:?}");
    };
    check(Fixture::empty(), ["left_out 7", "left_out 9", "loss 6"]);
    let toml = "[[messages]]\ntable = \"messages\"\nid = \"id\"\nchannel_id = \"channel_id\"\ncreated_at = \"created_at\"\n";
    check(
        Fixture::empty().mapped(toml),
        ["loss 6", "loss 7", "loss 9"],
    );
}

#[test]
fn what_a_dump_lost_is_told_where_no_messages_are_found() {
    let dump = "CREATE TABLE t(a);\nINSERT INTO t VALUES(1);\nINSERT INTO messages VALUES(1);";
    let error = Fixture::empty().file("chat.sql", dump).error();
    let told =
        "this of the dump could not be loaded: line 3: rows of `messages`, which is no table";
    assert!(error.contains(told), "{error}");
}

#[test]
fn further_rows_of_a_message_add_attachments() {
    let sql = "
        CREATE TABLE m (id, channel_id, user_id, text, created_at, file);
        INSERT INTO m VALUES (1, 'c', 'u', 'two', 1767348061, 'https://x/a.png');
        INSERT INTO m VALUES (2, 'c', 'u', 'none', 1767348062, NULL);
        INSERT INTO m VALUES (1, 'c', 'u', 'two', 1767348061, 'https://x/b.png');
        INSERT INTO m VALUES (1, 'c', 'u', 'two', 1767348061, 'https://x/b.png');
        INSERT INTO m VALUES (1, 'd', 'u', 'other', 1767348061, 'https://x/c.png');";
    let fields = "id = \"id\"\nchannel_id = \"channel_id\"\nuser_id = \"user_id\"\ntext = \"text\"\ncreated_at = \"created_at\"\n\
        attachment = { asset_url = \"file\" }\ngroup_by = \"id\"\n";
    let cut = "range = \"m\"\nquery = \"SELECT * FROM m WHERE rowid BETWEEN :first AND :last\"";
    for from in ["table = \"m\"", "query = \"SELECT * FROM m\"", cut] {
        let toml = format!("[[messages]]\n{from}\n{fields}");
        let records = Fixture::new(sql).mapped(&toml).records();
        let urls = |nth: &str| {
            let start = format!("{{\"type\":\"message\",\"data\":{{{nth}");
            let record = records.iter().find(|it| it.starts_with(&start));
            let urls = record.unwrap().split("https://x/").skip(1);
            urls.map(|it| it[..1].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            urls("\"id\":\"1\",\"channel_id\":\"c\""),
            ["a", "b"],
            "{toml}"
        );
        assert_eq!(urls("\"id\":\"1\",\"channel_id\":\"d\""), ["c"], "{toml}");
        assert_eq!(urls("\"id\":\"2\""), [""; 0], "{toml}");
        let merged = records.iter().filter(|it| it.contains("mapping.grouped\""));
        assert_eq!(merged.count(), 2, "{records:?}");
        assert!(!records.iter().any(|it| it.contains("grouped_attachment")));
    }
}

#[test]
fn rows_that_a_dump_lost_count_as_what_they_would_have_become() {
    let dump = "
        CREATE TABLE users(id, name);
        CREATE TABLE notes(a);
        CREATE TABLE messages(id, channel_id, user_id, text, created_at);
        INSERT INTO messages VALUES(1, 'c', 'u', 'a', 1767348061);
        INSERT INTO users VALUES(1);
        INSERT INTO notes VALUES(1, 2);
        INSERT INTO messages VALUES(1);
        CREATE TABLE bad(;
        DELETE FROM users;";
    let toml = "[[users]]\ntable = \"users\"\nid = \"id\"\n[[messages]]\nquery = \"SELECT * FROM messages\"\n";
    let records = Fixture::empty()
        .file("chat.sql", dump)
        .mapped(toml)
        .records();
    let lost = { records.iter() }.filter(|it| it.contains("dump_data_left_out"));
    let lost: Vec<&str> = lost.map(|it| it.split(": ").next().unwrap()).collect();
    let line = |how: &str, line: u64| {
        format!(
            "{{\"type\":\"{how},\"kind\":\"sqlite.dump_data_left_out\",\"detail\":\"line {line}"
        )
    };
    let expected = [
        line("left_out\",\"of\":\"message\"", 10),
        line("left_out\",\"of\":\"message\"", 8),
        line("left_out\",\"of\":\"message\"", 9),
        line("left_out\",\"of\":\"user\"", 6),
        line("loss\",\"of\":\"message\"", 7),
    ];
    assert_eq!(lost, expected);
}

#[test]
fn texts_of_kept_rows_that_are_not_utf8_are_told_once() {
    let sql = "
        CREATE TABLE m (id, text, at);
        INSERT INTO m VALUES (1, 'a', 1767348061), (2, CAST(X'ff' AS TEXT), 1767348062), (3, CAST(X'fe' AS TEXT), 1767348063);";
    let toml =
        "[[messages]]\nquery = \"SELECT id, 'r' AS channel_id, text, at AS created_at FROM m\"";
    let lines = Fixture::new(sql).mapped(toml).lines();
    assert_eq!(
        lines[0],
        r#"{"type":"loss","of":"message","kind":"sqlite.not_utf8","count":2,"detail":"text, first in row 2","at":"query of messages"}"#
    );
    assert!(lines[2].contains("\"text\":\"\u{fffd}\""), "{lines:?}");
    assert_eq!(lines.len(), 4);
}

#[test]
fn places_are_rowids_however_large() {
    let sql = "
        CREATE TABLE messages (id INTEGER PRIMARY KEY, room_id, user_id, body, created_at);
        INSERT INTO messages VALUES (-5, 7, 1, 'a', 1767348060), (77, 7, 1, 'b', 1767348060),
            (1234567890123456789, 7, 1, 'c', 1767348060);";
    let lines = Fixture::new(sql).lines();
    let places = lines
        .iter()
        .filter_map(|line| line.split_once("\"at\":")?.1.strip_suffix('}'));
    let places: Vec<&str> = places.collect();
    assert_eq!(
        places,
        [
            r#""messages, rowid -5""#,
            r#""messages","record":77"#,
            r#""messages, rowid 1234567890123456789""#
        ]
    );
}

#[test]
fn what_a_dump_loses_is_told() {
    let dump = format!(
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;{CHAT}\nUPDATE users SET name = 'x';\n\
         CREATE VIEW v AS SELECT 1;\nCOMMIT;\n"
    );
    let fixture = Fixture::empty().file("chat.sql", &dump);
    let lines = fixture.lines();
    let losses: Vec<&String> = lines
        .iter()
        .filter(|line| line.contains("sqlite."))
        .collect();
    assert_eq!(losses.len(), 2, "{losses:?}");
    assert!(
        losses[0].contains("\"left_out\"") && losses[0].contains("line 7: `UPDATE` statements"),
        "{losses:?}"
    );
    assert!(
        losses[1].contains("sqlite.dump_statement_left_out"),
        "{losses:?}"
    );
    let of_database = Fixture::new(CHAT).records();
    let records = fixture.records();
    let records: Vec<&String> = records
        .iter()
        .filter(|line| !line.contains("sqlite."))
        .collect();
    assert_eq!(records, of_database.iter().collect::<Vec<_>>());
}

#[test]
fn a_database_that_changes_meanwhile_gives_nothing() {
    let fixture = Fixture::new(CHAT);
    let source = fixture.open().unwrap();
    lines(&*source).unwrap();
    let path = fixture.inputs.first().unwrap();
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute_batch("CREATE TABLE more AS SELECT * FROM messages, users")
        .unwrap();
    let error = source.finish().unwrap_err().to_string();
    assert!(error.contains("changed while it was read"), "{error}");
}

#[test]
fn work_files_have_a_bound_and_are_removed() {
    let rows = "INSERT INTO messages SELECT a.id + 10 * b.id + 100 * c.id, 7, 1, hex(zeroblob(100)), 1 \
                FROM messages a, messages b, messages c WHERE a.id + 10 * b.id + 100 * c.id > 2;";
    let toml = "[[messages]]\nquery = \"SELECT id, 1 AS channel_id, body AS text, created_at FROM messages\"";
    let fixture = Fixture::new(&format!("{CHAT}{}", rows)).mapped(toml);
    let fixture = fixture.with("max-temp-size", "500");
    let error = fixture.error();
    assert!(
        error.contains(
            "work files take more than the 500 bytes that they may: allow more by `--max-temp-size`"
        ),
        "{error}"
    );
    let dump = Fixture::empty().file("chat.sql", CHAT);
    drop(dump.open().unwrap());
    let left = fs::read_dir(dump.folder.path().join("work")).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
fn a_survey_ends_when_the_run_does() {
    let mut fixture = Fixture::new(CHAT);
    fixture.options.stop_on(Arc::new(AtomicBool::new(true)));
    let error = fixture.error();
    assert!(error.contains("stopped"), "{error}");
}

#[test]
fn what_cannot_be_opened_is_told_with_the_cure() {
    let check = |fixture: Fixture, expected: &str| {
        let error = fixture.error();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains('\n'), "{error}");
    };
    check(Fixture::empty(), "no database was given");
    check(
        Fixture::empty().file("a.csv", "id,text\n1,hi\n"),
        "`a.csv` is a text that is no dump of a database: give tables as text to `migrate csv`",
    );
    check(
        Fixture::new(CHAT)
            .file("a.csv", "id,text\n1,hi\n")
            .mapped("[[messages]]\nquery = \"SELECT 1\""),
        "`a.csv` is no database, and `map.toml` does not name it: write `[tables]` and `name = \"a.csv\"` into the mapping",
    );
    check(
        Fixture::new(CHAT)
            .file("a.csv", "id,text\n1,hi\n")
            .mapped("[tables]\nUsers = \"a.csv\"\n[[messages]]\nquery = \"SELECT 1\""),
        "`[tables]`: `chat.db` has a table or a view `Users` already: call the one of a.csv otherwise",
    );
    check(
        Fixture::new(CHAT).mapped("[[messages]]\nquery = \"SELECT 1; SELECT 2\""),
        "map.toml, line 3: the query: there are several statements: give one query",
    );
    check(
        Fixture::new(CHAT).mapped("[[messages]]\nrange = \"gone\"\nquery = \"SELECT id, 1 AS channel_id, created_at FROM messages WHERE id BETWEEN :first AND :last\""),
        "map.toml, line 3: unknown table `gone`; there are `messages`, `users`",
    );
    for key in ["BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY DESC"] {
        let sql =
            format!("CREATE TABLE m (id {key}, c, t); INSERT INTO m VALUES (7, 1, 1767348060)");
        check(
            Fixture::new(&sql).mapped("[[messages]]\nrange = \"m\"\nquery = \"SELECT id, c AS channel_id, t AS created_at FROM m WHERE id BETWEEN :first AND :last\""),
            "map.toml, line 3: `range`: the query cannot be read in pieces: `id` is not the number of a row of `m`, which is called `rowid`, `_rowid_`, `oid`; write `WHERE rowid BETWEEN :first AND :last` over `m`, or leave out `range` and the parameters",
        );
    }
}

#[test]
fn attachments_of_an_id_that_very_many_messages_have_are_told() {
    let sql = |count: usize| {
        let row = |text: &str| vec![text; count].join(",");
        format!(
            "CREATE TABLE messages (id INTEGER, room_id INTEGER, user_id INTEGER, body, created_at INTEGER);
            INSERT INTO messages VALUES {};
            CREATE TABLE files (message_id INTEGER, url TEXT);
            INSERT INTO files VALUES {};",
            row("(0, 7, 1, 'one', 1767348060)"),
            row("(0, 'https://x.org/a.pdf')"),
        )
    };
    let count = |count: usize, what: &str| {
        let records = Fixture::new(&sql(count)).records();
        records.iter().filter(|it| it.contains(what)).count()
    };
    assert_eq!(count(100, "a.pdf"), 100);
    assert_eq!(count(101, "a.pdf"), 0);
    assert_eq!(count(101, "sqlite.unclear_attachment"), 101);
    assert_eq!(count(101, "\"type\":\"message\""), 101);
}

#[test]
fn views_are_told_with_the_way_to_read_them() {
    let sql = "CREATE TABLE p (i INTEGER PRIMARY KEY, c, d); INSERT INTO p VALUES (1, 7, 1767348060);
        CREATE TABLE rest (a);
        CREATE VIEW messages AS SELECT i AS id, c AS channel_id, '' AS text, d AS created_at FROM p";
    let error = Fixture::new(sql).error();
    assert!(
        error.contains("\nthese tables have no rows and do not count: `rest`;")
            && error.contains("\nthese are views, which are read by queries alone, `query = 'SELECT * FROM …'` in a mapping: `messages`"),
        "{error}"
    );
    let error = Fixture::new(sql)
        .mapped("[[messages]]\ntable = \"Messages\"\nid = \"id\"\nchannel_id = \"channel_id\"\ncreated_at = \"created_at\"")
        .error();
    assert_eq!(
        error,
        "map.toml, line 3: `messages` is a view: read it by a query, `query = 'SELECT * FROM \"messages\"'`"
    );
    let read = Fixture::new(sql).mapped("[[messages]]\nquery = 'SELECT * FROM \"messages\"'");
    assert!(
        read.records()
            .iter()
            .any(|it| it.contains("\"type\":\"message\""))
    );
    let given = Fixture::new(sql);
    let tables = crate::open::described(&given.inputs, &given.options).unwrap();
    assert!(
        tables.ends_with(
            "messages  a view, read by a query\n  id\n  channel_id\n  text\n  created_at\n"
        ),
        "{tables}"
    );
    let error = Fixture::new(sql)
        .file("a.csv", "id,text\n1,hi\n")
        .mapped("[tables]\nMessages = \"a.csv\"\n[[messages]]\nquery = \"SELECT 1\"")
        .error();
    assert!(
        error.contains("has a table or a view `Messages` already"),
        "{error}"
    );
}

#[test]
fn a_table_may_have_as_many_columns_as_sqlite_lets_it() {
    for count in [1997, 1998, 1999, 2000] {
        let more: Vec<String> = (4..count).map(|column| format!("c{column}")).collect();
        let sql = format!(
            "CREATE TABLE messages (id, channel_id, text, created_at, {}); \
             INSERT INTO messages (id, channel_id, text, created_at) VALUES (1, 7, 'hi', 1767348060)",
            more.join(", ")
        );
        let read = Fixture::new(&sql).mapped("[[messages]]\ntable = \"messages\"\nid = \"id\"\nchannel_id = \"channel_id\"\ntext = \"text\"\ncreated_at = \"created_at\"");
        let records = read.records();
        assert!(
            records.iter().any(|it| it.contains("\"text\":\"hi\"")),
            "{count}: {records:?}"
        );
    }
}

#[test]
fn a_query_that_searches_an_index_is_told_what_to_do() {
    let sql = format!(
        "{CHAT} CREATE VIRTUAL TABLE found USING fts5(body); INSERT INTO found VALUES ('one')"
    );
    let error = Fixture::new(&sql)
        .mapped("[[messages]]\nquery = \"SELECT m.id, room_id AS channel_id, created_at FROM messages m JOIN found f ON f.rowid = m.id WHERE found MATCH 'one'\"")
        .error();
    assert!(
        error.contains("the query asks an index for searching text"),
        "{error}"
    );
}

#[test]
fn columns_that_no_field_names_are_remarked() {
    let sql = "CREATE TABLE messages (id INTEGER PRIMARY KEY, channel_id, user_id, body, created_at, mood, shade);
        INSERT INTO messages VALUES (1, 7, 1, 'one', 1767348060, 'good', 3)";
    let fixture = Fixture::new(sql);
    let source = fixture.open().unwrap();
    let remarks = source.remarks().join("\n");
    assert!(
        remarks.contains("messages: no field names these columns, so they are kept as custom data: `mood`, `shade`"),
        "{remarks}"
    );
}
