//! Bounds of size and time hold.

use std::sync::atomic::Ordering;

use super::{Place, is_empty, left_out, rows};
use crate::Database;

#[test]
fn a_dump_that_takes_more_room_than_allowed_is_an_error() {
    let place = Place::new();
    let mut dump = String::from("CREATE TABLE t(a);\n");
    for _ in 0..1000 {
        dump.push_str(&format!("INSERT INTO t VALUES('{}');\n", "x".repeat(1000)));
    }
    let path = place.input("dump.sql");
    std::fs::write(&path, dump).unwrap();
    let mut settings = place.settings();
    settings.max_temp_bytes = 500_000;
    let error = Database::open(&path, &settings).unwrap_err().to_string();
    assert!(
        error.contains("takes more than the 500000 bytes that temporary files may have"),
        "{error}"
    );
    assert!(is_empty(&settings.work_folder));
}

#[test]
fn a_statement_that_is_too_long_is_left_out() {
    let place = Place::new();
    let path = place.input("dump.sql");
    let long = "x".repeat(600_000);
    std::fs::write(
        &path,
        format!("CREATE TABLE t(a);\nINSERT INTO t VALUES('{long}');\nINSERT INTO t VALUES('y\n{long}');\nINSERT INTO t VALUES(2);"),
    )
    .unwrap();
    let mut settings = place.settings();
    settings.max_statement_bytes = 100_000;
    let database = Database::open(&path, &settings).unwrap();
    assert_eq!(rows(&database, "SELECT a FROM t"), ["2"]);
    assert_eq!(
        left_out(&database),
        ["!statements of more than 100000 bytes x2 line 2"]
    );
}

#[test]
fn loading_can_be_stopped() {
    let place = Place::new();
    let path = place.input("dump.sql");
    std::fs::write(&path, "CREATE TABLE t(a);").unwrap();
    let settings = place.settings();
    settings.stop.store(true, Ordering::Relaxed);
    let error = format!("{:#}", Database::open(&path, &settings).unwrap_err());
    assert!(error.ends_with("stopped"), "{error}");
    assert!(is_empty(&settings.work_folder));
}

#[test]
fn a_value_that_is_too_large_is_told() {
    let place = Place::new();
    let path = place.make("CREATE TABLE t(a, b); INSERT INTO t VALUES(1, zeroblob(200000));");
    let mut settings = place.settings();
    settings.max_statement_bytes = 100_000;
    let database = Database::open(&path, &settings).unwrap();
    assert_eq!(rows(&database, "SELECT a FROM t"), ["1"]);
    let connection = database.connect().unwrap();
    let mut query = connection.query("SELECT b FROM t").unwrap();
    let error = format!("{:#}", query.rows(&[]).unwrap().next_row().unwrap_err());
    assert!(
        error.contains("the table `t`") && error.contains("larger than allowed"),
        "{error}"
    );
}

#[test]
fn what_stands_before_the_values_is_bounded() {
    let place = Place::new();
    let long = " ".repeat(150_000);
    let dump = format!("CREATE TABLE t(a);\nINSERT INTO t{long}VALUES(1);\n");
    let database = place.load(dump.as_bytes()).unwrap();
    assert_eq!(
        left_out(&database),
        ["!`INSERT`: more than 100 KB before the values x1 line 2"]
    );
}

/// What is beyond may be the users of the chat, or its messages.
#[test]
fn more_tables_or_columns_than_are_held_end_the_run() {
    let place = Place::new();
    let tables = |count: usize, columns: &str| {
        let tables = (0..count).map(|nth| format!("CREATE TABLE t{nth}({columns});\n"));
        let tables: String = tables.collect();
        place.load(format!("{tables}INSERT INTO t{} VALUES(1);\n", count - 1).as_bytes())
    };
    let wide: Vec<String> = (0..1000).map(|column| format!("c{column}")).collect();
    let wide = wide.join(",");
    let whole = tables(2000, "a").unwrap();
    assert_eq!(rows(&whole, "SELECT a FROM t1999"), ["1"]);
    for (count, columns, line) in [(2001, "a", 2001), (51, &*wide, 51)] {
        let error = tables(count, columns).unwrap_err().to_string();
        let told =
            format!("line {line}: the dump makes more than 2000 tables, or 50000 columns in all");
        assert!(
            error.contains(&told) && error.contains("sqlite3 chat.db <"),
            "{error}"
        );
    }
}

/// One statement may hold as many rows as it likes; each is stored alone.
#[test]
fn a_statement_of_many_rows_is_stored_in_linear_time() {
    let place = Place::new();
    let rows_of_it: Vec<String> = (0..200_000).map(|row| format!("({row})")).collect();
    let dump = format!(
        "CREATE TABLE t(a);\nINSERT INTO t VALUES{};\n",
        rows_of_it.join(",")
    );
    let database = place.load(dump.as_bytes()).unwrap();
    assert_eq!(
        rows(&database, "SELECT count(*), sum(a) FROM t"),
        ["200000|19999900000"]
    );
}
