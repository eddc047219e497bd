//! Logs and journals beside a database belong to it, and stay as they are.

use std::fs;
use std::path::Path;

use super::{Place, is_empty, names, rows};
use crate::Database;

/// Copies the files of a database while it is open, as a backup of a running program would.
fn take(from: &Path, place: &Place) -> std::path::PathBuf {
    let to = place.input("taken.db");
    for end in ["", "-wal", "-journal"] {
        let source = from.with_file_name(format!(
            "{}{end}",
            from.file_name().unwrap().to_str().unwrap()
        ));
        if source.exists() {
            fs::copy(source, to.with_file_name(format!("taken.db{end}"))).unwrap();
        }
    }
    to
}

/// A database of which the last changes stand in its log alone.
pub(super) fn with_wal(place: &Place) -> std::path::PathBuf {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.db");
    let live = rusqlite::Connection::open(&path).unwrap();
    live.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE message(id INTEGER PRIMARY KEY, text); \
         INSERT INTO message VALUES(1, 'kept'), (2, 'deleted later'); PRAGMA wal_checkpoint(TRUNCATE); \
         INSERT INTO message VALUES(3, 'only in the log'); DELETE FROM message WHERE id = 2;",
    )
    .unwrap();
    take(&path, place)
}

#[test]
fn rows_in_the_log_alone_are_read_and_deleted_ones_are_not() {
    let place = Place::new();
    let path = with_wal(&place);
    let bytes = (
        fs::read(&path).unwrap(),
        fs::read(place.input("taken.db-wal")).unwrap(),
    );
    let before = place.outside();
    assert_eq!(before.len(), 2);
    let database = Database::open(&path, &place.settings()).unwrap();
    assert_eq!(
        rows(&database, "SELECT id, text FROM message ORDER BY id"),
        ["1|kept", "3|only in the log"]
    );
    assert_eq!(names(&database), ["message"]);
    assert_eq!(database.count_rows("message").unwrap(), 2);
    database.check_unchanged().unwrap();
    assert!(!is_empty(&place.settings().work_folder));
    drop(database);
    assert!(is_empty(&place.settings().work_folder));
    assert_eq!(place.outside(), before);
    assert_eq!(
        (
            fs::read(&path).unwrap(),
            fs::read(place.input("taken.db-wal")).unwrap()
        ),
        bytes
    );
}

#[test]
fn a_database_whose_log_is_empty_is_read_where_it_lies_without_a_file_beside_it() {
    let place = Place::new();
    let path = place.make("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1);");
    for has_log in [false, true] {
        if has_log {
            fs::write(place.input("chat.db-wal"), "").unwrap();
        }
        let before = place.outside();
        let database = Database::open(&path, &place.settings()).unwrap();
        assert_eq!(rows(&database, "SELECT a FROM t"), ["1"]);
        assert_eq!(place.outside(), before, "while it is open");
        assert!(is_empty(&place.settings().work_folder));
        drop(database);
        assert_eq!(place.outside(), before);
    }
}

#[test]
fn a_program_that_holds_the_database_open_is_no_hindrance() {
    let place = Place::new();
    let path = place.input("chat.db");
    let live = rusqlite::Connection::open(&path).unwrap();
    live.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1);")
        .unwrap();
    let before = place.outside();
    let database = Database::open(&path, &place.settings()).unwrap();
    assert_eq!(rows(&database, "SELECT a FROM t"), ["1"]);
    assert_eq!(place.outside(), before);
    live.execute_batch("INSERT INTO t VALUES(2)").unwrap();
    assert_eq!(rows(&database, "SELECT a FROM t"), ["1"]);
}

#[test]
fn the_journal_of_a_broken_transaction_is_played_back_in_the_copy() {
    let place = Place::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.db");
    let live = rusqlite::Connection::open(&path).unwrap();
    live.execute_batch(
        "PRAGMA cache_size=5; CREATE TABLE t(a, b); \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) \
         INSERT INTO t SELECT i, hex(zeroblob(200)) FROM n; \
         BEGIN; UPDATE t SET a = -a;",
    )
    .unwrap();
    let taken = take(&path, &place);
    assert!(fs::metadata(place.input("taken.db-journal")).unwrap().len() > 512);
    let before = place.outside();
    let database = Database::open(&taken, &place.settings()).unwrap();
    assert_eq!(
        rows(&database, "SELECT count(*), min(a), sum(a) FROM t"),
        ["500|1|125250"]
    );
    drop(database);
    assert_eq!(place.outside(), before);
}

#[test]
fn a_journal_that_was_put_away_needs_no_copy() {
    let place = Place::new();
    let path =
        place.make("PRAGMA journal_mode=PERSIST; CREATE TABLE t(a); INSERT INTO t VALUES(1);");
    assert!(place.input("chat.db-journal").exists());
    let before = place.outside();
    let database = Database::open(&path, &place.settings()).unwrap();
    assert_eq!(rows(&database, "SELECT a FROM t"), ["1"]);
    assert!(is_empty(&place.settings().work_folder));
    drop(database);
    assert_eq!(place.outside(), before);
}

#[test]
fn a_journal_that_names_another_file_is_refused() {
    let place = Place::new();
    let path = place.make("CREATE TABLE t(a);");
    let victim = place.input("victim-mj12345678");
    fs::write(&victim, "precious").unwrap();
    let mut journal = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7".to_vec();
    journal.resize(512, 0);
    journal.extend_from_slice(victim.to_str().unwrap().as_bytes());
    journal.extend_from_slice(b"\0\0\0\x09\0\0\0\0\xd9\xd5\x05\xf9\x20\xa1\x63\xd7");
    fs::write(place.input("chat.db-journal"), journal).unwrap();
    let error = Database::open(&path, &place.settings())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("belongs to a transaction over several databases"),
        "{error}"
    );
    assert!(victim.exists());
}

#[test]
fn a_database_that_changes_while_it_is_read_is_told() {
    let place = Place::new();
    let path = place.make("CREATE TABLE t(a);");
    let database = Database::open(&path, &place.settings()).unwrap();
    database.check_unchanged().unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE u(a); CREATE TABLE v(a)")
        .unwrap();
    let error = database.check_unchanged().unwrap_err().to_string();
    assert!(
        error.contains("changed while it was read: close the program"),
        "{error}"
    );
}

#[test]
fn a_copy_that_is_too_large_is_not_made() {
    let place = Place::new();
    let path = with_wal(&place);
    let mut settings = place.settings();
    settings.max_temp_bytes = 1000;
    let error = Database::open(&path, &settings).unwrap_err().to_string();
    assert!(error.contains("has to be copied, which takes"), "{error}");
    assert!(is_empty(&settings.work_folder));
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_read_with_its_log() {
    let place = Place::new();
    let path = with_wal(&place);
    let link = place.root.path().join("link.db");
    std::os::unix::fs::symlink(path, &link).unwrap();
    let database = Database::open(&link, &place.settings()).unwrap();
    assert_eq!(
        rows(&database, "SELECT id FROM message ORDER BY id"),
        ["1", "3"]
    );
    database.check_unchanged().unwrap();
}
