//! What dumps hold is loaded, in the ways in which real ones are written.

use super::{Place, left_out, names, rows};

#[test]
fn a_dump_of_the_shell_is_loaded() {
    let place = Place::new();
    let database = place
        .load(
            b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n\
              CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n\
              INSERT INTO users VALUES(1,'Ann');\nINSERT INTO users VALUES(2,'O''Neil');\n\
              CREATE TABLE messages(id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id), text, score REAL, data BLOB);\n\
              INSERT INTO messages VALUES(1,1,replace(replace('a\\r\\nb','\\r',char(13)),'\\n',char(10)),1.5,X'00ff');\n\
              INSERT INTO messages VALUES(2,99,unistr('tab\\u0009'),1e999,NULL);\n\
              INSERT INTO messages(id,text) VALUES(3,'c'),(4,'d');\n\
              CREATE UNIQUE INDEX i ON messages(user_id); CREATE INDEX j ON messages(lower(text));\nCREATE VIEW v AS SELECT 1;\n\
              CREATE TRIGGER x AFTER INSERT ON messages BEGIN DELETE FROM users; END;\n\
              COMMIT;\n",
        )
        .unwrap();
    assert_eq!(names(&database), ["messages", "users"]);
    assert_eq!(
        rows(&database, "SELECT * FROM users"),
        ["1|Ann", "2|O'Neil"]
    );
    assert_eq!(
        rows(&database, "SELECT * FROM messages"),
        [
            "1|1|a\r\nb|1.5|[00, ff]",
            "2|99|tab\t|inf|NULL",
            "3|NULL|c|NULL|NULL",
            "4|NULL|d|NULL|NULL"
        ]
    );
    assert_eq!(
        left_out(&database),
        [
            "`PRAGMA` statements x1 line 1",
            "indexes x1 line 10",
            "views x1 line 11",
            "triggers x1 line 12"
        ]
    );
    let plan = rows(
        &database,
        "EXPLAIN QUERY PLAN SELECT * FROM messages WHERE user_id = 1",
    );
    assert!(plan[0].contains("USING INDEX"), "{plan:?}");
    let dump = database.dump().unwrap();
    assert_eq!((dump.statements, dump.tables, dump.rows), (14, 2, 6));
}

/// Rows that refer to tables that come later, or never, are loaded.
#[test]
fn foreign_keys_are_not_looked_at() {
    let place = Place::new();
    let database = place
        .load(b"CREATE TABLE a(b REFERENCES chats(id), FOREIGN KEY(b) REFERENCES chats(id)); INSERT INTO a VALUES(7);")
        .unwrap();
    assert_eq!(rows(&database, "SELECT * FROM a"), ["7"]);
    assert!(left_out(&database).is_empty());
}

/// A search index comes as a row of the schema, and its tables as tables.
#[test]
fn search_indexes_are_left_out_with_their_tables() {
    let place = Place::new();
    let database = place
        .load(
            b"PRAGMA writable_schema=ON;\n\
              INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','found','found',0,'CREATE VIRTUAL TABLE found USING fts5(text)');\n\
              CREATE TABLE IF NOT EXISTS 'found_data'(id INTEGER PRIMARY KEY, block BLOB);\n\
              INSERT INTO found_data VALUES(1,X'00');\n\
              CREATE TABLE IF NOT EXISTS 'found_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;\n\
              CREATE TABLE found_by(a);\nINSERT INTO found_by VALUES(1);\n\
              CREATE VIRTUAL TABLE other USING fts4(x);\nINSERT INTO \"Other\" VALUES('x');\nCREATE TABLE 'other_content'(a);\n\
              PRAGMA writable_schema=OFF;\n",
        )
        .unwrap();
    assert_eq!(names(&database), ["found_by"]);
    assert_eq!(
        left_out(&database),
        [
            "`PRAGMA` statements x2 line 1",
            "entries of the schema itself (virtual tables) x1 line 2",
            "the data of virtual tables x4 line 3",
            "virtual tables x1 line 8",
            "rows of virtual tables x1 line 9",
        ]
    );
}

#[test]
fn sqlites_own_tables_are_left_out() {
    let place = Place::new();
    let database = place
        .load(
            b"CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT);\nANALYZE sqlite_schema;\n\
              INSERT INTO sqlite_stat1 VALUES('t',NULL,'1');\nDELETE FROM sqlite_sequence;\n\
              INSERT INTO sqlite_sequence VALUES('t',1);\nCREATE TABLE sqlite_stat1(a);\n",
        )
        .unwrap();
    assert_eq!(names(&database), ["t"]);
    assert_eq!(
        left_out(&database),
        [
            "`ANALYZE` statements x1 line 2",
            "rows of SQLite's own table `sqlite_stat1` x1 line 3",
            "`DELETE` statements x1 line 4",
            "rows of SQLite's own table `sqlite_sequence` x1 line 5",
            "SQLite's own tables x1 line 6",
        ]
    );
}

/// The default is a time of the load, which would mean nothing.
#[test]
fn a_default_that_is_computed_costs_no_row() {
    let place = Place::new();
    let database = place
        .load(b"CREATE TABLE v(id INT NOT NULL, at TIMESTAMP NOT NULL DEFAULT (datetime('now')), n INT DEFAULT 5);\nINSERT INTO v(id) VALUES(1);\nINSERT INTO v VALUES(2,'x',6);")
        .unwrap();
    assert_eq!(rows(&database, "SELECT * FROM v"), ["1|NULL|5", "2|x|6"]);
    assert!(left_out(&database).is_empty());
}

#[test]
fn computed_columns_are_computed_when_they_are_read() {
    let place = Place::new();
    let database = place
        .load(b"CREATE TABLE m(data TEXT, ts TEXT AS (json_extract(data, '$.ts')) STORED);\nINSERT INTO m VALUES('{\"ts\":\"12.5\"}');")
        .unwrap();
    assert_eq!(rows(&database, "SELECT ts FROM m"), ["12.5"]);
}

#[test]
fn rows_that_clash_are_told_or_dealt_with_as_the_dump_says() {
    let place = Place::new();
    let database = place
        .load(
            b"CREATE TABLE t(a PRIMARY KEY, b);\nINSERT INTO t VALUES(1,1);\nINSERT INTO t VALUES(1,2),(2,2);\n\
              INSERT OR IGNORE INTO t VALUES(1,3);\nREPLACE INTO t VALUES(2,3);\nINSERT INTO t VALUES(3);\n\
              INSERT INTO t VALUES(3,3) ON CONFLICT DO NOTHING;\nINSERT INTO t VALUES(4,4),(5,now());\nINSERT INTO t VALUES(1,9);\n",
        )
        .unwrap();
    assert_eq!(
        rows(&database, "SELECT a, b FROM t ORDER BY a"),
        ["1|1", "2|3", "3|3", "4|4"]
    );
    assert_eq!(
        left_out(&database),
        [
            "!rows of `t`: UNIQUE constraint failed: t.a x2 line 3",
            "!rows of `t`: table t has 2 columns but 1 values were supplied x1 line 6",
            "!rows of `t`: a value is computed by `now`, and only what dumps need is x1 line 8",
        ]
    );
}

#[test]
fn a_dump_without_its_end_is_an_error_unless_that_may_be_skipped() {
    let cases: [(&[u8], &str); 6] = [
        (
            b"BEGIN TRANSACTION;\nCREATE TABLE t(a);\nINSERT INTO t VALUES(1);\n",
            "line 1: the transaction that begins here is never committed",
        ),
        (
            b"BEGIN TRANSACTION;\nCREATE TABLE t(a);\nINSERT INTO t VALUES(1);\nINSERT INTO t VALUES('x",
            "line 4: a text begins in this statement and never ends",
        ),
        (
            b"BEGIN;CREATE TABLE t(a);INSERT INTO t VALUES(1);\nROLLBACK; -- due to errors\n",
            "line 2: the dump says that its end is missing",
        ),
        (
            b"CREATE TABLE t(a);INSERT INTO t VALUES(1);\n/* x",
            "a comment begins in this statement and never ends",
        ),
        (
            b"CREATE TABLE t(a);INSERT INTO t VALUES(1);\nINSERT INTO t VALUES(2",
            "line 2: the dump ends within this statement",
        ),
        (
            b"CREATE TABLE t(a);INSERT INTO t VALUES(1);\nINSE",
            "line 2: the dump ends within this statement",
        ),
    ];
    for (dump, expected) in cases {
        let place = Place::new();
        let error = place.load(dump).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        let mut settings = place.settings();
        settings.skip_unreadable = true;
        let database = crate::Database::open(&place.input("dump.sql"), &settings).unwrap();
        assert_eq!(rows(&database, "SELECT * FROM t"), ["1"]);
        let last = database.dump().unwrap().left_out.last().unwrap();
        assert!(
            last.holds_data && expected.contains(last.reason.get(..20).unwrap()),
            "{last:?}"
        );
    }
}

#[test]
fn dumps_of_other_systems_are_told() {
    let place = Place::new();
    let error = place
        .load(b"CREATE TABLE t(a);\n\n\nCOPY t (a) FROM stdin;\n1\n\\.\n")
        .unwrap_err()
        .to_string();
    assert!(error.contains("a dump of a Postgres database"), "{error}");
    let error = place.load(b"\xff\xfeC\0R\0").unwrap_err().to_string();
    assert!(
        error.contains("is text in UTF-16: make the dump again"),
        "{error}"
    );
}

#[test]
fn a_mark_of_utf_8_is_passed_over() {
    let place = Place::new();
    let database = place.load(b"\xef\xbb\xbfCREATE TABLE t(a);").unwrap();
    assert_eq!(names(&database), ["t"]);
    assert!(left_out(&database).is_empty());
}

/// `.recover` writes more than `.dump`, and other spaces and quotes.
#[test]
fn what_the_shell_recovers_is_loaded() {
    let place = Place::new();
    let database = place
        .load(
            b".dbconfig defensive off\nBEGIN;\nPRAGMA writable_schema = on;\nPRAGMA encoding = 'UTF-16le';\n\
              CREATE TABLE message(id INTEGER PRIMARY KEY, text);\n\
              INSERT OR IGNORE INTO 'message'('id', 'text') VALUES (1, 'a');\n\
              INSERT OR IGNORE INTO 'message'('id', 'text') VALUES (2, 'b');\n\
              INSERT OR IGNORE INTO 'message'('id', 'text') VALUES (2, 'again');\n\
              PRAGMA writable_schema = off;\nCOMMIT;\n",
        )
        .unwrap();
    assert_eq!(rows(&database, "SELECT * FROM message"), ["1|a", "2|b"]);
    assert_eq!(
        left_out(&database),
        [
            "commands of the shell x1 line 1",
            "`PRAGMA` statements x3 line 3"
        ]
    );
}
