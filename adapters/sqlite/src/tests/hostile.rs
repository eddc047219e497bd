//! Dumps and databases that mean harm write nothing outside the work folder, end soon, and say what
//! was left out.

use std::time::{Duration, Instant};

use super::{Place, is_empty, left_out, names, rows};
use crate::Database;

/// Loads a dump between two sound tables, and gives what was left out.
fn check(dump: &str, expected: &[&str]) {
    let place = Place::new();
    let dump = dump.replace("OUTSIDE", place.input("victim").to_str().unwrap());
    let around = format!(
        "CREATE TABLE a(x);INSERT INTO a VALUES(1);\n{dump}\n;CREATE TABLE z(x);INSERT INTO z VALUES(26);\n"
    );
    std::fs::write(place.input("dump.sql"), "").unwrap();
    let started = Instant::now();
    let database = place.load(around.as_bytes()).unwrap();
    assert!(started.elapsed() < Duration::from_secs(4), "{dump}");
    assert_eq!(left_out(&database), expected, "{dump}");
    assert_eq!(
        rows(&database, "SELECT x FROM a UNION SELECT x FROM z"),
        ["1", "26"]
    );
    assert_eq!(place.outside().len(), 1, "{dump}");
    drop(database);
    assert!(is_empty(&place.settings().work_folder));
}

#[test]
fn no_file_is_written() {
    check(
        "ATTACH 'OUTSIDE' AS v; CREATE TABLE v.t(a); INSERT INTO v.t VALUES(1);",
        &[
            "`ATTACH` statements x1 line 2",
            "!tables: a table of another database x1 line 2",
            "!`INSERT`: a table of another database x1 line 2",
        ],
    );
    check("VACUUM INTO 'OUTSIDE';", &["`VACUUM` statements x1 line 2"]);
    check(
        "PRAGMA temp_store_directory='OUTSIDE'; PRAGMA journal_mode=WAL;",
        &["`PRAGMA` statements x2 line 2"],
    );
    check(
        ".output OUTSIDE\n.shell touch OUTSIDE\n.import OUTSIDE a\n",
        &["commands of the shell x3 line 2"],
    );
    check(
        "INSERT INTO a VALUES(writefile('OUTSIDE', 'x'));",
        &[
            "!rows of `a`: a value is computed by `writefile`, and only what dumps need is x1 line 2",
        ],
    );
    check(
        "SELECT writefile('OUTSIDE', 'x');",
        &["`SELECT` statements x1 line 2"],
    );
    check(
        "CREATE VIRTUAL TABLE c USING csv(filename='OUTSIDE');",
        &["virtual tables x1 line 2"],
    );
}

#[test]
fn nothing_is_run() {
    check(
        "SELECT load_extension('OUTSIDE');",
        &["`SELECT` statements x1 line 2"],
    );
    check(
        "INSERT INTO a VALUES(load_extension('OUTSIDE'));",
        &[
            "!rows of `a`: a value is computed by `load_extension`, and only what dumps need is x1 line 2",
        ],
    );
    check(
        "CREATE TRIGGER x AFTER INSERT ON a BEGIN DELETE FROM a; INSERT INTO a VALUES(2); END;",
        &["triggers x1 line 2"],
    );
    check(
        "CREATE TEMP TRIGGER x AFTER INSERT ON a BEGIN DELETE FROM a; END;",
        &["temporary tables, views and triggers x1 line 2"],
    );
    check(
        "CREATE VIEW a2 AS SELECT load_extension('x');",
        &["views x1 line 2"],
    );
    check(
        "CREATE TABLE t(a CHECK(load_extension('x')), b DEFAULT (load_extension('x'))); INSERT INTO t(a) VALUES(1);",
        &[],
    );
    check(
        "CREATE TABLE t(a, b AS (load_extension('x')));",
        &["!the table `t`: not authorized to use function: load_extension x1 line 2"],
    );
    check(
        "CREATE TABLE t(a, b AS ((SELECT 1)));",
        &["!the table `t`: subqueries prohibited in generated columns x1 line 2"],
    );
    check(
        "CREATE TABLE t AS SELECT 1;",
        &["!tables: a table that is made from a query x1 line 2"],
    );
    check(
        "INSERT INTO a SELECT 1;",
        &["!`INSERT`: an `INSERT` of something else than values x1 line 2"],
    );
    check(
        "INSERT INTO a VALUES((SELECT 1));",
        &["!rows of `a`: a value is computed by `select`, and only what dumps need is x1 line 2"],
    );
}

#[test]
fn the_schema_is_not_written() {
    check(
        "PRAGMA writable_schema=ON; INSERT INTO sqlite_master VALUES('trigger','x','a',0,'CREATE TRIGGER x AFTER INSERT ON a BEGIN SELECT 1; END'); \
         insert into \"main\".[SQLITE_schema] values('view','v','v',0,'CREATE VIEW v AS SELECT 1'); \
         UPDATE sqlite_master SET sql='x'; DELETE FROM a;",
        &[
            "`PRAGMA` statements x1 line 2",
            "entries of the schema itself (virtual tables) x2 line 2",
            "!`UPDATE` statements, which change tables x1 line 2",
            "!`DELETE` statements, which change tables x1 line 2",
        ],
    );
}

#[test]
fn bombs_do_not_go_off() {
    let recursive = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) ";
    check(
        &format!("{recursive} INSERT INTO a SELECT i FROM n;"),
        &["!`WITH` statements x1 line 2"],
    );
    check(
        &format!("INSERT INTO a {recursive} SELECT i FROM n;"),
        &["!`INSERT`: an `INSERT` of something else than values x1 line 2"],
    );
    check(
        "INSERT INTO a VALUES(zeroblob(1000000000));",
        &["!rows of `a`: a value is computed by `zeroblob`, and only what dumps need is x1 line 2"],
    );
    let twice = (0..15).fold("'aaaaaaaa'".to_owned(), |inner, _| {
        format!("replace({inner},'a','aaaaaaaa')")
    });
    check(
        &format!("INSERT INTO a VALUES({twice});"),
        &["!rows of `a`: a value grows far beyond its statement x1 line 2"],
    );
    let deep = format!(
        "INSERT INTO a VALUES({}1{});",
        "(".repeat(200_000),
        ")".repeat(200_000)
    );
    check(
        &deep,
        &["!rows of `a`: a value is nested too deeply x1 line 2"],
    );
    let wide: Vec<String> = (0..3000).map(|column| format!("c{column}")).collect();
    check(
        &format!("CREATE TABLE w({});", wide.join(",")),
        &["!the table `w`: too many columns on w x1 line 2"],
    );
    let values = vec!["1"; 50_000].join(",");
    check(
        &format!("INSERT INTO a VALUES({values});"),
        &["!rows of `a`: too many SQL variables x1 line 2"],
    );
}

#[test]
fn what_is_no_sql_is_told() {
    check(
        "nonsense 'x'; \u{1}; \"x\"; 5;",
        &["!what is no statement of SQL x4 line 2"],
    );
}

#[test]
fn infinity_is_a_number() {
    let place = Place::new();
    let database = place
        .load(b"CREATE TABLE t(a, b REAL); INSERT INTO t VALUES(1e999, -1e999);")
        .unwrap();
    assert_eq!(rows(&database, "SELECT * FROM t"), ["inf|-inf"]);
}

#[test]
fn a_database_with_a_hostile_schema_runs_nothing() {
    let place = Place::new();
    let path = place.input("chat.db");
    let sqlite = rusqlite::Connection::open(&path).unwrap();
    sqlite
        .execute_batch(
            "CREATE TABLE t(a, b AS (a || load_extension('x')), c AS (upper(a))); INSERT INTO t(a) VALUES('x'); \
             CREATE VIEW v AS SELECT load_extension('x') FROM t; CREATE VIEW w AS SELECT a FROM t; \
             CREATE TRIGGER r INSTEAD OF INSERT ON w BEGIN DELETE FROM t; END;",
        )
        .ok();
    sqlite
        .execute_batch("CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t(a) VALUES('x')")
        .unwrap();
    sqlite.execute_batch("CREATE VIEW v2 AS SELECT load_extension('x') FROM t; CREATE VIEW v3 AS SELECT randomblob(9)").unwrap();
    drop(sqlite);
    let database = Database::open(&path, &place.settings()).unwrap();
    assert_eq!(names(&database), ["t"]);
    let connection = database.connect().unwrap();
    for view in ["v2", "v3"] {
        let error = connection
            .query(&format!("SELECT * FROM {view}"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("calls the function") || error.contains("unsafe use"),
            "{error}"
        );
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_told() {
    let place = Place::new();
    let path = place.make("CREATE TABLE qqqq(a); CREATE TABLE t(wwww);");
    for old in [&b"qqqq"[..], b"wwww"] {
        let mut bytes = std::fs::read(&path).unwrap();
        for at in memchr::memmem::find_iter(&bytes.clone(), old) {
            bytes[at..at + 4].copy_from_slice(b"\xff\xfe\xfd\xfc");
        }
        let broken = place.input("broken.db");
        std::fs::write(&broken, bytes).unwrap();
        let error = Database::open(&broken, &place.settings())
            .unwrap_err()
            .to_string();
        assert!(error.contains("whose name is not UTF-8"), "{error}");
    }
}
