//! What SQLite sorts on disk, it sorts in the work folder. The setting is one of the process, so this
//! test has a process of its own.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;

use migrate_sqlite::{Database, Settings};

#[test]
fn what_does_not_fit_into_memory_is_sorted_in_the_work_folder() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("chat.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
             INSERT INTO t SELECT hex(randomblob(500)) FROM n;",
        )
        .unwrap();
    let work = root.path().join("work");
    fs::create_dir(&work).unwrap();
    let database = Database::open(&path, &Settings::new(work.clone())).unwrap();
    let connection = database.connect().unwrap();
    let mut query = connection.query("SELECT a FROM t ORDER BY a").unwrap();
    let mut rows = query.rows(&[]).unwrap();
    assert!(rows.next_row().unwrap().is_some());
    assert!(is_in_use(&work));
    while rows.next_row().unwrap().is_some() {}
    assert_eq!(rows.read(), 20_000);
    assert_eq!(fs::read_dir(&work).unwrap().count(), 0);
}

/// Whether this process has a file open in a folder, with a name or without.
fn is_in_use(folder: &Path) -> bool {
    let Ok(files) = fs::read_dir("/proc/self/fd") else {
        return false;
    };
    files
        .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
        .any(|file| file.starts_with(folder))
}
