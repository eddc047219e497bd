//! What the sample becomes.

use std::path::Path;

use crate::{Database, Settings, slackdump};

#[test]
fn the_sample_shows_all_that_a_database_may_hold() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("samples/sqlite/slackdump.sql");
    let database = Database::open(&path, &Settings::new(folder.path().to_path_buf())).unwrap();
    let left_out = &database.dump().unwrap().left_out;
    assert!(left_out.iter().all(|it| !it.holds_data));
    let options = migrate_model::Options::default();
    let archive = slackdump::Archive {
        database,
        path,
        shown: "slackdump.sql".to_owned(),
        notes: Vec::new(),
    };
    let source = slackdump::open(archive, &options).unwrap();
    let lines = super::lines(&*source).unwrap();
    let expected: Vec<&str> = include_str!("sample.txt").lines().collect();
    assert_eq!(lines, expected);
}
