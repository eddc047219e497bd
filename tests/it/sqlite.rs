//! `migrate sqlite`, run as a person runs it.

use std::{fs, io::Write, path::Path, process::Stdio};

use proptest::prelude::*;
use rusqlite::Connection;

use crate::program::{Place, times};

/// A place with the samples where the page has them.
fn checkout() -> Place {
    let place = Place::new();
    for folder in ["samples/sqlite", "samples/csv"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                place.put(&format!("{folder}/{name}"), &fs::read(&path).unwrap());
            }
        }
    }
    place
}

/// A place with a database that SQL makes.
fn with_database(sql: &str) -> Place {
    let place = Place::new();
    make(&place, "chat.db", sql);
    place
}

fn make(place: &Place, name: &str, sql: &str) {
    let connection = Connection::open(place.path(name)).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_dump_a_database_a_draft_and_csv_give_the_same() {
    let place = checkout();
    let sql = String::from_utf8(place.read("samples/sqlite/chat.sql")).unwrap();
    make(&place, "chat.db", &sql);
    let tables = ["users", "channels", "members", "messages", "reactions"];
    let files = tables
        .map(|name| format!("samples/csv/{name}.csv"))
        .join(" ");
    let draft = place.run("sqlite init chat.db");
    assert_eq!(draft.code, 0, "{}", draft.stderr);
    place.put("map.toml", draft.stdout.as_bytes());
    for (name, args) in [
        ("csv", format!("csv {files}")),
        ("dump", "sqlite samples/sqlite/chat.sql".to_owned()),
        ("db", "sqlite chat.db".to_owned()),
        ("mapped", "sqlite chat.db --mapping map.toml".to_owned()),
    ] {
        let outcome = place.run(&format!("{args} -o {name}.json -q"));
        assert_eq!(outcome.code, 0, "{name}: {}", outcome.stderr);
        assert!(
            place.read("csv.json") == place.read(&format!("{name}.json")),
            "{name}"
        );
    }
    let mut command = place.command(["sqlite", "-", "-o", "piped.json", "-q"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(sql.as_bytes()).unwrap();
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(place.read("csv.json") == place.read("piped.json"));
}

/// A chat as rows of text; `None` is nothing.
#[derive(Clone, Debug)]
struct Chat {
    /// The name, the columns and the rows of each.
    tables: Vec<(&'static str, Vec<&'static str>, Vec<Row>)>,
}

type Row = Vec<Option<String>>;

impl Chat {
    /// As statements that make it; `keys` makes the rowids of messages numbers of their own.
    fn sql(&self, keys: &[i64]) -> String {
        let mut sql = String::from("BEGIN;\n");
        for (table, columns, rows) in &self.tables {
            let key = if *table == "messages" {
                "key INTEGER PRIMARY KEY, "
            } else {
                ""
            };
            let listed: Vec<String> = columns.iter().map(|name| format!("{name} TEXT")).collect();
            sql += &format!("CREATE TABLE {table} ({key}{});\n", listed.join(", "));
            for (row, key) in rows.iter().zip(keys) {
                let cells = row.iter().map(|cell| match cell {
                    Some(text) => format!("'{}'", text.replace('\'', "''")),
                    None => "NULL".to_owned(),
                });
                let mut cells: Vec<String> = cells.collect();
                if *table == "messages" {
                    cells.insert(0, key.to_string());
                }
                sql += &format!("INSERT INTO {table} VALUES({});\n", cells.join(","));
            }
        }
        sql + "COMMIT;\n"
    }

    fn csv(&self, place: &Place) -> String {
        let mut names = Vec::new();
        for (table, columns, rows) in &self.tables {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(columns).unwrap();
            for row in rows {
                let cells = row.iter().map(|cell| cell.as_deref().unwrap_or_default());
                writer.write_record(cells).unwrap();
            }
            let name = format!("{table}.csv");
            place.put(&name, &writer.into_inner().unwrap());
            names.push(name);
        }
        names.join(" ")
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        3 => "[a-z ,;'\"]{1,12}",
        1 => "[a-zé語\n\\\\%{}<&]{1,20}",
        1 => (1usize..3000).prop_map(|count| "long text ".repeat(count)),
    ];
    // Texts that stand for nothing in one of the forms tell nothing in another.
    text.prop_map(|text| format!("t{}", text.trim()))
}

fn any_chat() -> impl Strategy<Value = (Chat, Vec<i64>)> {
    let message = (
        0..40u32,
        0..4u32,
        0..6u32,
        any_text(),
        0..10_000u32,
        any::<bool>(),
    );
    let messages = prop::collection::vec(message, 1..60);
    let reactions = prop::collection::vec((0..60u32, 0..6u32, 0..3u32), 0..20);
    let keys = prop_oneof![
        Just((1..=100i64).collect::<Vec<_>>()),
        Just(
            (1..=100i64)
                .map(|it| it * 4_611_686_018_427_387 - 9)
                .collect::<Vec<_>>()
        ),
    ];
    (messages, reactions, 1..5u32, keys).prop_map(|(messages, mut reactions, users, keys)| {
        let some = |text: String| Some(text);
        let time = |second: u32| {
            some(format!(
                "2026-01-02T03:{:02}:{:02}Z",
                second / 60 % 60,
                second % 60
            ))
        };
        let ids = |prefix: &str, count: u32| {
            (0..count)
                .map(|n| format!("{prefix}{n}"))
                .collect::<Vec<_>>()
        };
        let users = ids("u", users);
        let user_rows = users
            .iter()
            .map(|id| vec![some(id.clone()), some(format!("Name {id}"))]);
        let channels = ids("c", 3);
        let channel_rows = channels
            .iter()
            .map(|id| vec![some(id.clone()), some(format!("Room {id}"))]);
        let member_rows = channels.iter().zip(users.iter().cycle());
        let member_rows =
            member_rows.map(|(channel, user)| vec![some(channel.clone()), some(user.clone())]);
        let message_rows = messages.iter().enumerate().map(|(n, it)| {
            let (parent, channel, user, text, second, is_reply) = it;
            let is_reply = *is_reply && (*parent as usize) < n;
            vec![
                some(format!("m{n}")),
                some(format!("c{channel}")),
                some(format!("u{user}")),
                some(text.clone()),
                time(*second),
                is_reply.then(|| format!("m{parent}")),
            ]
        });
        reactions.sort_unstable();
        reactions.dedup();
        let reaction_rows = reactions.iter().map(|(message, user, kind)| {
            vec![
                some(format!("m{message}")),
                some(format!("u{user}")),
                some(format!("like{kind}")),
            ]
        });
        let chat = Chat {
            tables: vec![
                ("users", vec!["id", "name"], user_rows.collect()),
                ("channels", vec!["id", "name"], channel_rows.collect()),
                (
                    "members",
                    vec!["channel_id", "user_id"],
                    member_rows.collect(),
                ),
                (
                    "messages",
                    vec![
                        "id",
                        "channel_id",
                        "user_id",
                        "text",
                        "created_at",
                        "parent_id",
                    ],
                    message_rows.collect(),
                ),
                (
                    "reactions",
                    vec!["message_id", "user_id", "reaction"],
                    reaction_rows.collect(),
                ),
            ],
        };
        (chat, keys)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(times::<u32>() * 12))]

    #[test]
    fn every_form_of_a_chat_gives_the_same((chat, keys) in any_chat()) {
        let place = Place::new();
        let sql = chat.sql(&keys);
        place.put("chat.sql", sql.as_bytes());
        make(&place, "chat.db", &sql);
        let files = chat.csv(&place);
        let draft = place.run("sqlite init chat.db");
        // The rowids are no field of the chat.
        let draft = draft.stdout.replace("unknown_columns = \"custom\"", "unknown_columns = \"ignore\"");
        place.put("map.toml", draft.as_bytes());
        let first = place.run(&format!("csv {files} -o csv.json"));
        for (name, args) in [
            ("dump", "chat.sql --threads 2"),
            ("one", "chat.db --threads 1"),
            ("two", "chat.db --threads 2"),
        ] {
            let outcome = place.run(&format!("sqlite {args} --mapping map.toml -o {name}.json"));
            prop_assert_eq!(outcome.code, first.code, "{}: {}", name, outcome.stderr);
            if first.code < 2 {
                // Who is not known is called after what was read.
                let read = |name: &str| String::from_utf8(place.read(name)).unwrap();
                let expected = read("csv.json").replace("csv-unknown", "sqlite-unknown");
                prop_assert!(expected == read(&format!("{name}.json")), "{}", name);
            }
        }
    }
}

/// Tables of a chat that can be converted, for cases that change a little of it.
const CHAT: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
    INSERT INTO users VALUES (1, 'Ann'), (2, 'Bo');
    CREATE TABLE messages (id INTEGER PRIMARY KEY, room_id INTEGER, user_id INTEGER, body, created_at INTEGER);
    INSERT INTO messages VALUES (1, 7, 1, 'one', 1767348060), (2, 7, 2, 'two', 1767348061);";

#[test]
fn what_cannot_be_read_leaves_no_output() {
    let check = |sql: &str, toml: &str, expected: &str| {
        let place = with_database(&format!("{CHAT}{sql}"));
        let mut args = "sqlite chat.db -o out.json".to_owned();
        if !toml.is_empty() {
            place.put("map.toml", format!("version = 1\n{toml}").as_bytes());
            args += " --mapping map.toml";
        }
        let outcome = place.run(&args);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert!(!place.path("out.json").exists());
        assert!(!place.names().iter().any(|name| name.contains(".migrate")));
    };
    check(
        "CREATE TABLE messages_copy AS SELECT * FROM messages;",
        "",
        "chat.db: the tables `messages`, `messages_copy` look like messages alike; keep the sections of those that are",
    );
    check(
        "DROP TABLE messages;",
        "",
        "no table looks like messages: none has columns for a text and a time",
    );
    check(
        "",
        "[[messages]]\ntable = \"mesages\"\nid = \"id\"\nchannel_id = \"room_id\"\ncreated_at = \"created_at\"",
        "map.toml, line 2: unknown table `mesages` (did you mean `messages`?)",
    );
    check(
        "",
        "[[messages]]\ntable = \"messages\"\nid = \"nr\"\nchannel_id = \"room_id\"\ncreated_at = \"created_at\"",
        "map.toml, line 4: there is no column `nr`; the columns are `id`, `room_id`, `user_id`, `body`, `created_at`",
    );
    check(
        "",
        "[[messages]]\nquery = \"SELECT id, body AS text FROM messages\"",
        "map.toml, line 2: the query of `[[messages]]` has no column `channel_id` or `channel_member_ids`; its columns are `id`, `text`",
    );
    check(
        "",
        "[[messages]]\nquery = \"SELEKT 1\"",
        "map.toml, line 2: the query: `chat.db`: near \"SELEKT\": syntax error",
    );
    check(
        "",
        "[[messages]]\nquery = \"SELECT random() AS id\"",
        "map.toml, line 2: the query: the query calls the function `random`, but a query may only read tables: take that out",
    );
    check(
        "",
        "[[messages]]\nquery = \"SELECT 1 AS id, 2 AS channel_id, 3 AS created_at WHERE id > :first\"",
        "map.toml, line 2: the query has parameters: say by `range`",
    );
    check(
        "",
        "[[messages]]\nrange = \"messages\"\nquery = \"SELECT 1 AS id, 2 AS channel_id, 3 AS created_at\"",
        "map.toml, line 2: a query with `range` has the parameters `:first` and `:last`",
    );
    check(
        "",
        "[[messages]]\nquery_file = \"gone.sql\"",
        "map.toml, line 2: could not read the query `gone.sql`",
    );
    check(
        "",
        "[tables]\nstaff = \"staff.csv\"\n[[messages]]\nquery = \"SELECT 1\"",
        "map.toml: under `[tables]` stand files that were not given: `staff.csv`",
    );
    check(
        "",
        "source = \"csv\"\n[[messages]]\nid = \"id\"\nchannel_id = \"r\"\ncreated_at = \"c\"",
        "the mapping says `source = \"csv\"`, and this is `migrate sqlite`",
    );
    check(
        "",
        "[[messages]]\nfiles = \"a.csv\"\nid = \"id\"\nchannel_id = \"r\"\ncreated_at = \"c\"",
        "map.toml, line 2: `files` is for `migrate csv`",
    );
    check(
        "CREATE TABLE posts AS SELECT * FROM messages;",
        "source = \"sqlite\"\n[[messages]]\nid = \"id\"\nchannel_id = \"room_id\"\ncreated_at = \"created_at\"",
        "map.toml, line 3: `[[messages]]` does not say which table it reads, and `messages`, `posts` look like messages; write `table = \"…\"`",
    );
}

#[test]
fn inputs_of_other_commands_are_told_in_one_line() {
    let check = |args: &str, expected: &str| {
        let place = with_database(CHAT);
        place.put(
            "chat.csv",
            b"id,channel_id,user_id,text,created_at\n1,r,a,hi,2\n",
        );
        place.put("other.db", &place.read("chat.db"));
        let outcome = place.run(&format!("{args} -o out.json"));
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert_eq!(
            outcome.stderr.trim_end().lines().count(),
            1,
            "{}",
            outcome.stderr
        );
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    };
    check(
        "sqlite chat.csv",
        "`chat.csv` is a text that is no dump of a database: give tables as text to `migrate csv`",
    );
    check("csv chat.db", "give it to `migrate sqlite`");
    check("slack chat.db", "`migrate sqlite chat.db`");
    check("jsonl chat.db", "`migrate sqlite`");
    check(
        "sqlite chat.db other.db",
        "`chat.db` and `other.db` are both databases",
    );
    check("sqlite gone.db", "`gone.db` does not exist");
    check("sqlite chat.db --preset nobody", "unknown preset `nobody`");
}

#[test]
fn rows_and_cells_that_lose_something_are_told_with_their_rowid() {
    let sql = "
        INSERT INTO messages VALUES (30, 7, 1, CAST(X'41ff42' AS TEXT), 1767348062);
        INSERT INTO messages VALUES (31, 7, 1, X'00ff', 1767348063);
        INSERT INTO messages VALUES (32, 7, 1, 'late', 'yesterday');
        CREATE TABLE logs (a); INSERT INTO logs VALUES (1);
        ALTER TABLE users ADD COLUMN api_token TEXT;";
    let place = with_database(&format!("{CHAT}{sql}"));
    let outcome = place.run("sqlite chat.db -o out.json");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let told = |what: &str| assert!(outcome.stderr.contains(what), "{what}: {}", outcome.stderr);
    told("sqlite.not_utf8");
    told("first: messages, rowid 30: body");
    told("mapping.not_text");
    told("first: messages, rowid 31");
    told("mapping.bad_time");
    told("first: messages, rowid 32");
    told("sqlite.table_not_read");
    told("chat.db: logs");
    told("sqlite.secret_left_out");
    told("users: api_token");
    assert_eq!(place.run("validate out.json").code, 0);
}

#[test]
fn what_a_killed_run_left_is_removed() {
    let place = with_database(CHAT);
    place.put(".out.migrate/lock", b"");
    place.put(".out.migrate/source/sqlite-1/copy.db", b"left");
    let outcome = place.run("sqlite chat.db -o out.json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(place.names(), ["chat.db", "out.json"]);
}

#[test]
fn a_database_that_is_cut_off_is_never_taken_for_whole() {
    let place = with_database(
        "CREATE TABLE messages (id INTEGER PRIMARY KEY, channel TEXT, author TEXT, text TEXT, created_at TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO messages SELECT i, 'general', 'ann', 'text ' || i, '2024-01-01T00:00:00Z' FROM n;",
    );
    let whole = place.read("chat.db");
    for cut in [1, 5, 1_000, 4_000, 5_000] {
        place.put("cut.db", &whole[..whole.len() - cut]);
        let outcome = place.run("sqlite cut.db -o out.json --force");
        assert_eq!(outcome.code, 2, "{cut}: {outcome:?}");
        let told = format!(
            "error: `cut.db` is cut off, it has {} bytes of",
            whole.len() - cut
        );
        assert!(outcome.stderr.starts_with(&told), "{cut}: {outcome:?}");
        let outcome = place.run("sqlite cut.db -o out.json --skip-unreadable --force");
        assert_eq!(outcome.code, 1, "{cut}: {outcome:?}");
        assert!(outcome.stderr.contains("sqlite.unreadable"), "{outcome:?}");
        let summary = place.check("out", crate::program::DEFAULT_LIMIT);
        assert!((2_000..3_000).contains(&summary.counts["message"]), "{cut}");
    }
}
