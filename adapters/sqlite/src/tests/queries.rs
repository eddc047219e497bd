//! Queries from anybody read and do nothing else; tables are told without what is not a person's.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Place, names, rows};
use crate::{Column, Database};

fn refused(database: &Database, sql: &str) -> String {
    let connection = database.connect().unwrap();
    connection.query(sql).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_query_reads_and_does_nothing_else() {
    let place = Place::new();
    let path = place.make(
        "CREATE TABLE t(a, b); INSERT INTO t VALUES(1, 'x'); CREATE VIEW v AS SELECT a FROM t; \
         CREATE VIEW late AS SELECT julianday() FROM t;",
    );
    let database = Database::open(&path, &place.settings()).unwrap();
    assert_eq!(rows(&database, "SELECT upper(b), a + 1 FROM t"), ["X|2"]);
    assert_eq!(
        rows(
            &database,
            "WITH w AS (SELECT * FROM v) SELECT json_array(a) FROM w"
        ),
        ["[1]"]
    );
    assert_eq!(
        rows(&database, "SELECT value FROM json_each('[1,2]')"),
        ["1", "2"]
    );
    let dated = "SELECT strftime('%s', '1970-01-02', 'subsec'), 'now' IS NULL FROM t";
    assert!(refused(&database, dated).contains("asks by `'now'`"));
    let dated = "SELECT strftime('%s', '1970-01-02'), date FROM (SELECT 'now' || a AS date FROM t)";
    assert!(refused(&database, dated).contains("asks by `'now'`"));
    let dated = "SELECT strftime('%s', '1970-01-02'), date FROM (SELECT a AS date FROM t)";
    assert_eq!(rows(&database, dated), ["86400|1"]);
    assert_eq!(rows(&database, "SELECT 'now'"), ["now"]);
    let before = place.outside();
    for (sql, expected) in [
        ("DELETE FROM t", "the query deletes from `t`"),
        ("INSERT INTO t VALUES(1, 2)", "the query writes to `t`"),
        ("UPDATE t SET a = 1", "the query changes `t`"),
        (
            "ATTACH 'x.db' AS x",
            "the query opens or writes the file `x.db`",
        ),
        ("VACUUM INTO 'x.db'", "there is no query"),
        (
            "PRAGMA writable_schema=ON",
            "the query uses the pragma `writable_schema`",
        ),
        (
            "SELECT load_extension('x')",
            "the query calls the function `load_extension`",
        ),
        (
            "SELECT randomblob(9)",
            "the query calls the function `randomblob`",
        ),
        ("SELECT datetime('Now')", "asks by `'now'` for the time"),
        (
            "SELECT date(a, 'localtime') FROM t",
            "asks by `'localtime'`",
        ),
        ("SELECT time()", "asks by `time()`"),
        ("SELECT strftime('%s')", "asks by `strftime()`"),
        ("SELECT unixepoch('subsec')", "asks by `unixepoch()`"),
        ("SELECT * FROM late", "asks by `julianday()`"),
        ("CREATE TABLE u(a)", "the query writes to `sqlite_master`"),
        (
            "CREATE TEMP TABLE u(a)",
            "the query writes to `sqlite_temp_master`",
        ),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
            "the query calls itself",
        ),
        ("BEGIN", "the query does something else than read"),
        ("SELECT 1; SELECT 2", "there are several statements"),
        (
            "SELECT name FROM pragma_database_list",
            "the query asks SQLite itself by `pragma_database_list`",
        ),
        (
            "SELECT path FROM dbstat",
            "the query asks SQLite itself by `dbstat`",
        ),
        ("", "there is no query"),
        ("-- nothing", "there is no query"),
        ("SELECT missing FROM t", "no such column: missing"),
        ("SELECT \"missing\" FROM t", "no such column"),
        ("SELECT * FROM u", "no such table: u"),
    ] {
        let error = refused(&database, sql);
        assert!(error.contains(expected), "{sql}: {error}");
    }
    assert_eq!(place.outside(), before);
}

#[test]
fn a_query_may_have_parameters_and_run_again() {
    let place = Place::new();
    let path = place.make("CREATE TABLE t(a); INSERT INTO t VALUES(1), (2), (3);");
    let database = Database::open(&path, &place.settings()).unwrap();
    let connection = database.connect().unwrap();
    let mut query = connection
        .query("SELECT a AS n FROM t WHERE a BETWEEN ?1 AND ?2")
        .unwrap();
    assert_eq!(query.columns(), ["n"]);
    assert_eq!(query.tables(), ["t"]);
    for (range, expected) in [([1, 2], 2), ([2, 2], 1), ([4, 9], 0)] {
        let mut rows = query.rows(&range).unwrap();
        while rows.next_row().unwrap().is_some() {}
        assert_eq!(rows.read(), expected);
    }
    assert!(
        query
            .rows(&[])
            .unwrap_err()
            .to_string()
            .contains("has 2 parameters")
    );
}

#[test]
fn a_query_that_gives_no_row_for_too_long_is_stopped() {
    let place = Place::new();
    let numbers: Vec<String> = (0..500).map(|number| format!("({number})")).collect();
    let path = place.make(&format!(
        "CREATE TABLE t(a); INSERT INTO t VALUES{};",
        numbers.join(",")
    ));
    let endless =
        "SELECT count(*) FROM t a, t b, t c, t d, t e WHERE a.a + b.a + c.a + d.a + e.a < 0";
    let mut settings = place.settings();
    settings.row_time = Some(Duration::from_millis(50));
    let stop = settings.stop.clone();
    let database = Database::open(&path, &settings).unwrap();
    let connection = database.connect().unwrap();
    let mut query = connection.query(endless).unwrap();
    let error = format!("{:#}", query.rows(&[]).unwrap().next_row().unwrap_err());
    assert!(
        error.contains("row 1 of the query") && error.contains("gave no row for too long"),
        "{error}"
    );
    stop.store(true, Ordering::Relaxed);
    let error = format!("{:#}", query.rows(&[]).unwrap().next_row().unwrap_err());
    assert!(error.ends_with("stopped"), "{error}");
}

#[test]
fn tables_are_those_that_people_made() {
    let place = Place::new();
    let path = place.make(
        "CREATE TABLE \"odd \"\"name\"(a INTEGER PRIMARY KEY, \"b c\" VARCHAR(20), d AS (a + 1)); \
         CREATE TABLE k(x, y, PRIMARY KEY(y, x)) WITHOUT ROWID; INSERT INTO k VALUES(1, 2); \
         CREATE VIRTUAL TABLE search USING fts5(text); CREATE VIRTUAL TABLE old USING fts4(text); \
         CREATE VIRTUAL TABLE places USING rtree(id, a, b); CREATE TABLE search_results(a); \
         CREATE VIEW v AS SELECT 1; CREATE TABLE n(a INTEGER PRIMARY KEY AUTOINCREMENT); ANALYZE;",
    );
    let database = Database::open(&path, &place.settings()).unwrap();
    assert_eq!(names(&database), ["k", "n", "odd \"name", "search_results"]);
    let tables = database.tables().unwrap();
    assert!(!tables[0].has_rowid && tables[1].has_rowid);
    assert_eq!(
        tables[0]
            .columns
            .iter()
            .map(|column| column.key)
            .collect::<Vec<_>>(),
        [2, 1]
    );
    let column = |name: &str, declared: &str, key, is_computed| Column {
        name: name.to_owned(),
        declared: declared.to_owned(),
        key,
        is_computed,
    };
    let expected = [
        column("a", "INTEGER", 1, false),
        column("b c", "VARCHAR(20)", 0, false),
        column("d", "", 0, true),
    ];
    assert_eq!(tables[2].columns, expected);
    assert_eq!(database.count_rows("k").unwrap(), 1);
    assert!(
        database
            .count_rows("nothing")
            .unwrap_err()
            .to_string()
            .contains("no such table")
    );
}

#[test]
fn odd_paths_are_opened_as_they_are() {
    for name in ["file:x?mode=rw.db", "a b#c%41.db", "grüße.db"] {
        for mode in ["DELETE", "WAL"] {
            let place = Place::new();
            let path = place.make(&format!(
                "PRAGMA journal_mode={mode}; CREATE TABLE t(a); INSERT INTO t VALUES('{mode}');"
            ));
            let odd = place.input(name);
            std::fs::rename(path, &odd).unwrap();
            let database = Database::open(&odd, &place.settings()).unwrap();
            assert_eq!(rows(&database, "SELECT a FROM t"), [mode]);
        }
    }
}

#[test]
fn what_is_no_database_is_told_with_what_to_do() {
    let place = Place::new();
    for (name, bytes, expected) in [
        ("a.gz", &b"\x1f\x8b\x08"[..], "is gzip data: unpack it"),
        (
            "a.crypt15",
            b"\x01\x02\x03",
            "is an encrypted backup of WhatsApp: decrypt it first",
        ),
        (
            "a.dump",
            b"PGDMP\x01\x0e",
            "is a Postgres dump in the custom format: write each table as CSV",
        ),
        ("empty.db", b"", "is empty: export it again"),
    ] {
        let path = place.input(name);
        std::fs::write(&path, bytes).unwrap();
        let error = Database::open(&path, &place.settings())
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = Database::open(&place.input("nothing.db"), &place.settings())
        .unwrap_err()
        .to_string();
    assert!(error.ends_with("does not exist"), "{error}");
    let error = Database::open(&place.input(""), &place.settings())
        .unwrap_err()
        .to_string();
    assert!(error.contains("is a folder"), "{error}");
}
