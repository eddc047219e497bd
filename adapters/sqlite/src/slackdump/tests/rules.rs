//! What is read of a database, and what not.

use super::Archive;
use crate::{Database, Settings, slackdump};

/// The loss that all these have: session 3 did not end.
const UNFINISHED: &str = "SESSION, rowid 3: Field slackdump.unfinished_session 1 channel session 3";

#[test]
fn the_newest_copy_of_a_message_counts() {
    let mut archive = Archive::new();
    archive
        .user(4, "U1", "ada")
        .message(1, "C1", 100, r#""text":"old""#)
        .message(1, "C1", 101, r#""text":"once""#)
        .message(12, "C1", 100, r#""text":"newest""#)
        .message(11, "C1", 100, r#""text":"newer""#)
        .message(1, "C2", 100, r#""text":"elsewhere""#)
        .message(21, "C1", 90, r#""text":"first""#);
    // The key of the table is the time and the chunk, so one chunk has one conversation.
    archive.sql = archive
        .sql
        .replace("100000000, 1, 'C2'", "100000000, 3, 'C2'");
    archive.sql = archive.sql.replace("(3, 1, 2)", "(3, 1, 0)");
    archive.check(&[
        UNFINISHED,
        "S_USER, rowid 1: user U1 ada",
        "C1: made Channel C1 C1 []",
        "C2: made Channel C2 C2 []",
        "MESSAGE of C1: Merged slackdump.earlier_copy 2 message ",
        "MESSAGE of C1, rowid 6: C1-90-000000 by U1 first",
        "MESSAGE of C1, rowid 3: C1-100-000000 by U1 newest",
        "MESSAGE of C1, rowid 2: C1-101-000000 by U1 once",
        "MESSAGE of C2, rowid 5: C2-100-000000 by U1 elsewhere",
    ]);
}

#[test]
fn a_broadcast_stands_once() {
    let mut archive = Archive::new();
    let broadcast = r#""text":"b","subtype":"thread_broadcast","thread_ts":"100.000000""#;
    archive
        .user(4, "U1", "ada")
        .message(1, "C1", 100, r#""text":"a","thread_ts":"100.000000""#)
        .message(2, "C1", 100, r#""text":"a","thread_ts":"100.000000""#)
        .message(1, "C1", 101, broadcast)
        .message(2, "C1", 101, broadcast);
    archive.check(&[
        UNFINISHED,
        "S_USER, rowid 1: user U1 ada",
        "C1: made Channel C1 C1 []",
        "MESSAGE of C1: Merged slackdump.earlier_copy 2 message ",
        "MESSAGE of C1, rowid 2: C1-100-000000 by U1 a",
        "MESSAGE of C1, rowid 4: C1-101-000000 by U1 b to C1-100-000000 shown",
    ]);
}

#[test]
fn what_only_searches_found_is_named() {
    let mut archive = Archive::new();
    archive
        .user(4, "U1", "ada")
        .message(1, "C1", 100, r#""text":"a""#)
        .message(9, "C1", 101, r#""text":"starred""#)
        .message(19, "C1", 101, r#""text":"starred""#)
        .message(9, "C1", 100, r#""text":"starred and known""#)
        .add(
            "INSERT INTO SEARCH_MESSAGE (CHANNEL_ID, TS) VALUES ('C1', '100.000000'), \
             ('C1', '102.000000'), ('C1', '102.000000'), ('C2', '100.000000')",
        );
    archive.check(&[
        UNFINISHED,
        "MESSAGE of C1: LeftOut slackdump.other_chunk 2 message ",
        "SEARCH_MESSAGE of C1: LeftOut slackdump.search_result 1 message ",
        "SEARCH_MESSAGE of C2: LeftOut slackdump.search_result 1 message ",
        "S_USER, rowid 1: user U1 ada",
        "C1: made Channel C1 C1 []",
        "MESSAGE of C1: Merged slackdump.earlier_copy 1 message ",
        "MESSAGE of C1, rowid 1: C1-100-000000 by U1 a",
    ]);
}

#[test]
fn comments_on_canvases_are_messages() {
    let mut archive = Archive::new();
    archive
        .user(4, "U1", "ada")
        .add("INSERT INTO CHUNK (ID, SESSION_ID, TYPE_ID) VALUES (40, 1, 12), (41, 1, 13)")
        .message(40, "C1", 100, r#""text":"a""#)
        .message(41, "C1", 100, r#""text":"a""#)
        .message(41, "C1", 101, r#""text":"b","thread_ts":"100.000000""#);
    archive.check(&[
        UNFINISHED,
        "S_USER, rowid 1: user U1 ada",
        "C1: made Channel C1 C1 []",
        "MESSAGE of C1: Merged slackdump.earlier_copy 1 message ",
        "MESSAGE of C1, rowid 2: C1-100-000000 by U1 a",
        "MESSAGE of C1, rowid 3: C1-101-000000 by U1 b to C1-100-000000",
    ]);
}

#[test]
fn users_and_conversations_keep_their_place_and_have_their_newest_state() {
    let mut archive = Archive::new();
    archive
        .user(4, "U2", "bo")
        .user(4, "U1", "ada")
        .user(14, "U3", "cy")
        .user(14, "U2", "bob")
        .conversation(5, "C1", r#""name":"old","members":["U1","U2"]"#)
        .conversation(5, "C2", r#""name":"closed","is_private":true"#)
        .conversation(6, "G3", r#""name":"older","is_group":true,"members":null"#)
        .conversation(
            6,
            "G4",
            r#""is_mpim":true,"is_private":true,"is_group":true"#,
        )
        .conversation(6, "D5", r#""is_im":true,"user":"U2""#)
        .conversation(6, "D6", r#""is_im":true,"user":"U3""#)
        .conversation(15, "C1", r#""name":"new","members":["U3"]"#)
        .members(8, "C1", &["U1"])
        .members(8, "C2", &["U2", "U1"])
        .members(8, "G4", &["U3", "U1", "U2"])
        .members(8, "D6", &["U1", "U3"])
        .add("INSERT INTO WORKSPACE (CHUNK_ID, USER_ID) VALUES (7, 'U1'), (17, '')");
    archive.check(&[
        UNFINISHED,
        "S_USER: Merged slackdump.earlier_copy 1 user ",
        "CHANNEL: Merged slackdump.earlier_copy 1 channel ",
        "S_USER, rowid 4: user U2 bob",
        "S_USER, rowid 2: user U1 ada",
        "S_USER, rowid 3: user U3 cy",
        "CHANNEL, rowid 7: Channel C1 new []",
        "CHANNEL, rowid 2: Channel C2 closed []",
        "CHANNEL, rowid 3: Channel G3 older []",
        "CHANNEL, rowid 4: Direct G4  [U3 U1 U2]",
        "CHANNEL, rowid 5: Direct D5  [U2 U1]",
        "CHANNEL, rowid 6: Direct D6  [U1 U3]",
        "CHANNEL, rowid 7: member U3",
        "CHANNEL, rowid 2: member U2",
        "CHANNEL, rowid 2: member U1",
        "CHANNEL, rowid 4: member U3",
        "CHANNEL, rowid 4: member U1",
        "CHANNEL, rowid 4: member U2",
        "CHANNEL, rowid 5: member U2",
        "CHANNEL, rowid 5: member U1",
        "CHANNEL, rowid 6: member U1",
        "CHANNEL, rowid 6: member U3",
    ]);
}

#[test]
fn members_are_those_of_the_newest_run_that_ended_and_of_later_ones() {
    let check = |runs: &[(i64, &[&str])], expected: &[&str]| {
        let mut archive = Archive::new();
        archive.conversation(5, "C1", r#""name":"a","members":[]"#);
        for (chunk, users) in runs {
            archive.members(*chunk, "C1", users);
        }
        let lines = archive.lines();
        let members = lines.iter().filter_map(|it| it.split_once(": member "));
        let members: Vec<_> = members.map(|(_, user)| user).collect();
        assert_eq!(members, expected, "{runs:?}");
    };
    check(&[(8, &["U1", "U2"])], &["U1", "U2"]);
    check(&[(8, &["U1", "U2"]), (18, &["U3", "U1"])], &["U3", "U1"]);
    // Pages of one list, of one run.
    check(&[(8, &["U2"]), (9, &["U1"])], &["U2", "U1"]);
    check(
        &[(8, &["U9"]), (18, &["U1"]), (28, &["U2", "U1"])],
        &["U1", "U2"],
    );
    check(&[(28, &["U2"])], &["U2"]);
    // A chunk that is missing.
    check(&[(99, &["U3"]), (18, &["U1"])], &["U1"]);
    check(&[(99, &["U3"])], &["U3"]);
}

#[test]
fn files_that_were_downloaded_are_found() {
    let mut archive = Archive::new();
    let file = r#""text":"a","files":[{"id":"F1","name":"a b.png","mimetype":"image/png","size":4},{"id":"F2","name":"c.txt","size":4}]"#;
    archive.user(4, "U1", "ada").message(1, "C1", 100, file);
    let folder = archive.folder.path().join("__uploads/F1");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a b.png"), "png").unwrap();
    let url = "https://example.com/files".to_owned();
    archive.options.set("file-url-prefix", url);
    archive.options.set("file-list", "list.csv".to_owned());
    let lines = archive.lines();
    let files: Vec<_> = lines.iter().filter(|it| it.contains(": file ")).collect();
    assert_eq!(
        files,
        [
            "MESSAGE of C1, rowid 1: file F1 __uploads/F1/a b.png https://example.com/files/F1/a%20b.png",
            "MESSAGE of C1, rowid 1: file F2  ",
        ]
    );
}

#[test]
fn older_versions_have_fewer_tables_and_columns() {
    let mut archive = Archive::new();
    archive
        .user(4, "U1", "ada")
        .conversation(5, "C1", r#""name":"a""#)
        .members(8, "C1", &["U1"])
        .message(1, "C1", 100, r#""text":"a""#)
        .add("DROP TABLE SESSION")
        .add("DROP TABLE SEARCH_MESSAGE")
        .add("DROP TABLE WORKSPACE")
        .add("ALTER TABLE CHUNK DROP COLUMN SESSION_ID")
        .add("ALTER TABLE CHUNK DROP COLUMN THREAD_ONLY")
        .add("ALTER TABLE CHANNEL_USER DROP COLUMN IDX");
    archive.check(&[
        "S_USER, rowid 1: user U1 ada",
        "CHANNEL, rowid 1: Channel C1 a []",
        "CHANNEL, rowid 1: member U1",
        "MESSAGE of C1, rowid 1: C1-100-000000 by U1 a",
    ]);
    archive
        .add("DROP TABLE CHANNEL_USER")
        .add("DROP TABLE CHANNEL");
    archive.check(&[
        "S_USER, rowid 1: user U1 ada",
        "C1: made Channel C1 C1 []",
        "MESSAGE of C1, rowid 1: C1-100-000000 by U1 a",
    ]);
}

#[test]
fn only_databases_of_slackdump_fit() {
    let check = |sql: &str, expected: bool| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let sql = format!("CREATE TABLE x (y); {sql}");
        rusqlite::Connection::open(&path)
            .unwrap()
            .execute_batch(&sql)
            .unwrap();
        let settings = Settings::new(folder.path().to_path_buf());
        let database = Database::open(&path, &settings).unwrap();
        let tables = database.tables().unwrap();
        assert_eq!(slackdump::fits(&tables), expected, "{sql}");
    };
    let messages = "CREATE TABLE message (id, chunk_id, channel_id, ts, data);";
    let chunks = "CREATE TABLE Chunk (ID, TYPE_ID);";
    let users = "CREATE TABLE S_USER (ID, CHUNK_ID, DATA);";
    check(&[messages, chunks, users].concat(), true);
    check(&[messages, chunks].concat(), false);
    check(&[messages, users].concat(), false);
    check(&[chunks, users].concat(), false);
    let without = messages.replace("data)", "data, PRIMARY KEY (id)) WITHOUT ROWID");
    check(&[&without, chunks, users].concat(), false);
}

#[test]
fn options_of_exports_are_those_of_such_databases() {
    let mut archive = Archive::new();
    archive.conversation(5, "D1", r#""is_im":true,"members":["U1","U2"]"#);
    archive.options.set("dm-ids", "explicit".to_owned());
    let lines = archive.lines();
    assert!(lines.contains(&"CHANNEL, rowid 1: Direct D1  []".to_owned()));
    let text = slackdump::refuse_options(&archive.options).unwrap_err();
    assert!(text.to_string().contains("`--dm-ids`"), "{text}");
    archive.options.set("dm-ids", "distinct".to_owned());
    slackdump::refuse_options(&archive.options).unwrap();
    archive
        .options
        .set("team-from-workspace", "true".to_owned());
    let text = format!("{:#}", archive.open().err().unwrap());
    assert!(
        text.contains("`slackdump.sqlite` is that of one workspace"),
        "{text}"
    );
    assert!(
        slackdump::OPTIONS
            .iter()
            .all(|it| !["skip-unreadable", "max-file-size"].contains(&it.name))
    );
    assert_eq!(slackdump::OPTIONS.len() + 2, migrate_slack::OPTIONS.len());
}

#[test]
fn many_messages_are_read_in_several_pieces() {
    let mut archive = Archive::new();
    let text = "x".repeat(9000);
    for at in 0..100 {
        let fields = format!(r#""text":"{text}""#);
        archive.message(1, "C1", 1000 - at, &fields);
    }
    let source = archive.open().unwrap();
    assert_eq!(source.units().len(), 4);
    assert!(source.units().iter().all(|it| it.channel == Some(0)));
    let lines = super::lines(&*source).unwrap();
    let ids = lines.iter().filter_map(|it| it.split_once(": C1-"));
    let times: Vec<i64> = ids
        .map(|(_, it)| it.split_once('-').unwrap().0.parse().unwrap())
        .collect();
    assert_eq!(times, (901..=1000).collect::<Vec<_>>());
}
