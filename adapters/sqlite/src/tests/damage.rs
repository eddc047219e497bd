//! Damaged databases are told with their table, or read as far as they can be; nothing panics on
//! any bytes.

use std::fs;

use proptest::prelude::*;

use super::generate::{Shell, dump, tables};
use super::siblings::with_wal;
use super::{Place, is_empty, rows};
use crate::{Database, Settings, Unreadable};

const PAGE: usize = 1024;

/// A database of two tables, of which the first has many pages.
fn make(place: &Place) -> std::path::PathBuf {
    place.make(&format!(
        "PRAGMA page_size={PAGE}; CREATE TABLE message(id INTEGER PRIMARY KEY, text); CREATE TABLE user(name TEXT PRIMARY KEY) WITHOUT ROWID; \
         INSERT INTO user VALUES('ann'), ('bob'); \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) \
         INSERT INTO message SELECT i, 'text ' || i || '.' || hex(zeroblob(30)) FROM n;"
    ))
}

/// Overwrites the page that holds this text.
fn damage(path: &std::path::Path, text: &str) {
    let mut bytes = fs::read(path).unwrap();
    let at = memchr::memmem::find(&bytes, text.as_bytes()).unwrap() / PAGE * PAGE;
    bytes[at..at + PAGE].fill(0xaa);
    fs::write(path, bytes).unwrap();
}

fn skipping(place: &Place) -> Settings {
    Settings {
        skip_unreadable: true,
        ..place.settings()
    }
}

/// Reads every table to its end or to its first error.
fn read_all(database: &Database) -> Vec<String> {
    let mut errors = Vec::new();
    for table in database.tables().unwrap_or_default() {
        let connection = database.connect().unwrap();
        let sql = format!("SELECT * FROM \"{}\"", table.name.replace('"', "\"\""));
        let mut query = match connection.query(&sql) {
            Ok(query) => query,
            Err(error) => {
                errors.push(format!("{error:#}"));
                continue;
            }
        };
        let mut rows = query.rows(&[]).unwrap();
        loop {
            match rows.next_row() {
                Ok(Some(row)) => drop(row.cell(0)),
                Ok(None) => break,
                Err(error) => {
                    errors.push(format!("{error:#}"));
                    break;
                }
            }
        }
    }
    errors
}

#[test]
fn damage_is_an_error_that_names_the_table() {
    let place = Place::new();
    let path = make(&place);
    damage(&path, "text 200.");
    let database = Database::open(&path, &place.settings()).unwrap();
    let errors = read_all(&database);
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].contains("the table `message`") && errors[0].contains("is damaged"),
        "{errors:?}"
    );
    assert!(
        database
            .count_rows("message")
            .unwrap_err()
            .to_string()
            .contains("the table `message`")
    );
}

#[test]
fn what_can_be_read_is_read_and_the_rest_is_told() {
    let place = Place::new();
    let path = make(&place);
    damage(&path, "text 200.");
    damage(&path, "text 300.");
    let database = Database::open(&path, &skipping(&place)).unwrap();
    assert!(read_all(&database).is_empty());
    assert_eq!(rows(&database, "SELECT name FROM user"), ["ann", "bob"]);
    let [told] = database.unreadable() else {
        panic!("{:?}", database.unreadable())
    };
    assert_eq!((told.table.as_str(), told.gaps.len()), ("message", 2));
    let missing: i64 = told.gaps.iter().map(|(first, last)| last - first + 1).sum();
    assert_eq!(told.read as i64 + missing, 400);
    assert!(
        told.gaps[0].0 <= 200 && told.gaps[0].1 >= 200 && missing < 60,
        "{told}"
    );
    assert!(told.to_string().starts_with("`message`: "), "{told}");
    let known: Vec<String> = rows(&database, "SELECT text FROM message WHERE id = 100");
    assert_eq!(known, [format!("text 100.{}", "00".repeat(30))]);
    drop(database);
    assert!(is_empty(&place.settings().work_folder));
}

#[test]
fn a_database_that_is_cut_off_is_read_as_far_as_it_goes() {
    let place = Place::new();
    let path = make(&place);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2 / PAGE * PAGE]).unwrap();
    let error = Database::open(&path, &place.settings())
        .unwrap_err()
        .to_string();
    assert!(error.contains("is cut off"), "{error}");
    let database = Database::open(&path, &skipping(&place)).unwrap();
    assert!(read_all(&database).is_empty());
    let count = database.count_rows("message").unwrap();
    assert!((100..300).contains(&count), "{count}");
    assert_eq!(database.unreadable()[0].read, count);
}

/// Every entry of the table's first page leads to the same page with rows.
#[test]
fn rows_that_come_again_and_again_are_read_once() {
    let place = Place::new();
    let path = make(&place);
    let mut bytes = fs::read(&path).unwrap();
    let page = &mut bytes[PAGE..2 * PAGE];
    assert_eq!(page[0], 5, "an inner page of a table");
    let count = usize::from(u16::from_be_bytes([page[3], page[4]]));
    let cell = |page: &[u8], number: usize| {
        let at = 12 + 2 * number;
        usize::from(u16::from_be_bytes([page[at], page[at + 1]]))
    };
    let second = cell(page, 1);
    let child = page[second..second + 4].to_vec();
    for number in 0..count {
        let at = cell(page, number);
        page[at..at + 4].copy_from_slice(&child);
    }
    fs::write(&path, bytes).unwrap();
    let database = Database::open(&path, &skipping(&place)).unwrap();
    let counted = rows(
        &database,
        "SELECT count(*), count(DISTINCT id) FROM message",
    );
    let [told] = database.unreadable() else {
        panic!("{:?}", database.unreadable())
    };
    assert_eq!(counted, [format!("{0}|{0}", told.read)]);
    assert!((10..40).contains(&told.read), "{told}");
    let database = Database::open(&path, &place.settings()).unwrap();
    assert!(database.count_rows("message").unwrap() > 5 * told.read);
}

#[test]
fn gaps_are_told_in_words() {
    let told = |gaps: &[(i64, i64)]| {
        let told = Unreadable {
            table: "t".to_owned(),
            read: 3,
            gaps: gaps.to_vec(),
        };
        told.to_string()
    };
    assert_eq!(
        told(&[]),
        "`t`: 3 rows were read, and it is not known how many cannot be"
    );
    assert_eq!(
        told(&[(i64::MIN, 4), (6, 7), (9, i64::MAX)]),
        "`t`: 3 rows were read, and those cannot be that have the rowids to 4, 6 to 7, from 9 on"
    );
    assert!(told(&[(1, 2); 7]).ends_with(" and 2 ranges more"));
}

#[test]
fn a_sound_database_is_read_where_it_lies_even_if_damage_may_be_skipped() {
    let place = Place::new();
    let path = make(&place);
    let database = Database::open(&path, &skipping(&place)).unwrap();
    assert!(is_empty(&place.settings().work_folder));
    assert!(database.unreadable().is_empty());
}

/// Opens bytes under a name, with others beside them, and reads all there is.
fn drive(name: &str, bytes: &[u8], beside: &[(&str, &[u8])]) -> Result<(), TestCaseError> {
    let place = Place::new();
    let path = place.input(name);
    fs::write(&path, bytes).unwrap();
    for (end, bytes) in beside {
        fs::write(place.input(&format!("{name}{end}")), bytes).unwrap();
    }
    let before = place.outside();
    for settings in [place.settings(), skipping(&place)] {
        match Database::open(&path, &settings) {
            Ok(database) => drop(read_all(&database)),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
        prop_assert!(is_empty(&settings.work_folder));
        prop_assert_eq!(&place.outside(), &before);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_dump_makes_it_panic(
        tables in tables(),
        shell in prop::sample::select(&[Shell::Old, Shell::New, Shell::Python][..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0usize..8), 0..12),
    ) {
        let mut bytes = dump(&tables, shell).into_bytes();
        for (place, byte, removed) in changes {
            let at = place.index(bytes.len());
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, [byte]);
        }
        drive("dump.sql", &bytes, &[])?;
    }

    #[test]
    fn no_text_makes_it_panic(words in prop::collection::vec(prop::sample::select(&[
        "CREATE", "TABLE", "INSERT", "INTO", "VALUES", "t", "a", "(", ")", ",", ";", "'", "\"", "[", "]", "`", "--", "/*", "*/",
        "\n", ".", "1", "-", "1e5", "0x", "X'", "PRIMARY", "KEY", "UNIQUE", "DEFAULT", "AS", "CHECK", "COLLATE", "REFERENCES",
        "WITHOUT", "ROWID", "TRIGGER", "BEGIN", "END", "replace", "unistr", "char", "cast", "|", "\\u", "CREATE TABLE t(a,b);",
        "INSERT INTO t VALUES(", "IF NOT EXISTS", "sqlite_schema", "VIRTUAL", "USING", "\u{e9}", "\0",
    ][..]), 0..60)) {
        drive("dump.sql", words.join(" ").as_bytes(), &[])?;
        let starting = format!("CREATE TABLE t(a, b); {}", words.concat());
        drive("dump.sql", starting.as_bytes(), &[])?;
    }

    #[test]
    fn no_database_makes_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        log in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
    ) {
        let place = Place::new();
        let mut bytes = fs::read(make(&place)).unwrap();
        for (place, byte) in changes {
            // Most of what matters stands in the first pages.
            let at = place.index(bytes.len() * 3);
            let at = if at < bytes.len() { at } else { 16 + at % (3 * PAGE) };
            bytes[at] = byte;
        }
        let log = log.as_deref().unwrap_or_default();
        drive("chat.db", &bytes, &[("-wal", log), ("-journal", log)])?;
    }

    #[test]
    fn no_log_makes_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..10),
        is_short in any::<bool>(),
    ) {
        let place = Place::new();
        let path = with_wal(&place);
        let mut log = fs::read(path.with_file_name("taken.db-wal")).unwrap();
        for (place, byte) in changes {
            // Checksums refuse nearly all changes but those of the first frame's head.
            let at = place.index(log.len());
            log[if is_short { at % 64 } else { at }] = byte;
        }
        drive("chat.db", &fs::read(&path).unwrap(), &[("-wal", &log)])?;
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        drive("chat.db", &bytes, &[])?;
        drive("chat.db", &[&b"SQLite format 3\0"[..], &bytes].concat(), &[])?;
    }
}
