//! Any tables, written as the shell's `.dump` writes them, load as what they were.

use std::fmt::Write as _;

use proptest::prelude::*;
use rusqlite::types::Value;

use super::{Place, left_out};
use crate::{Cell, Database};

/// How a text is written. Source: the shells of SQLite 3.40 and 3.50, `.dump`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shell {
    /// Line ends by `replace`.
    Old,
    /// Control characters by `unistr`.
    New,
    /// As Python's `iterdump` does: quotes alone.
    Python,
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<(String, &'static str)>,
    pub(super) rows: Vec<Vec<Value>>,
}

pub(super) fn tables() -> impl Strategy<Value = Vec<Table>> {
    prop::collection::vec(table(), 1..4).prop_map(|mut tables| {
        for (number, table) in tables.iter_mut().enumerate() {
            table.name = format!("{}{number}", table.name);
        }
        tables
    })
}

fn table() -> impl Strategy<Value = Table> {
    let kind = prop::sample::select(
        &[
            "",
            "TEXT",
            "INTEGER",
            "REAL",
            "BLOB",
            "VARCHAR(10)",
            "DATETIME",
        ][..],
    );
    let columns = prop::collection::vec((name(), kind), 1..5);
    (name(), columns).prop_flat_map(|(name, mut columns)| {
        for (number, column) in columns.iter_mut().enumerate() {
            column.0 = format!("{}{number}", column.0);
        }
        let row = prop::collection::vec(value(), columns.len());
        prop::collection::vec(row, 0..8).prop_map(move |rows| Table {
            name: name.clone(),
            columns: columns.clone(),
            rows,
        })
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}",
        prop::sample::select(
            &[
                "it's",
                "a\"b",
                "`x`",
                "[y",
                "se;lect",
                "gr\u{fc}n",
                "--c",
                "/*d",
                "order",
                "values"
            ][..]
        )
        .prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-c ';\"\\\\\n\r\t-]{0,12}",
        any::<String>(),
        prop::collection::vec(
            prop::sample::select(
                &[
                    "'", ";", "--", "/*", "\0", "\u{1}", "\n", "\\u0041", "\\n", "END;"
                ][..]
            ),
            0..6
        )
        .prop_map(|pieces| pieces.concat()),
    ];
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        prop::sample::select(&[i64::MIN, i64::MAX, 0, -1][..]).prop_map(Value::Integer),
        any::<f64>()
            .prop_filter("SQLite has no NaN", |it| !it.is_nan())
            .prop_map(Value::Real),
        prop::sample::select(&[f64::INFINITY, f64::NEG_INFINITY, 0.1, 1e300, -2.5e-8][..])
            .prop_map(Value::Real),
        text.prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..10).prop_map(Value::Blob),
    ]
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The dump of some tables.
pub(super) fn dump(tables: &[Table], shell: Shell) -> String {
    let mut dump = String::from("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n");
    for table in tables {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|(name, kind)| format!("{} {kind}", quoted(name)))
            .collect();
        writeln!(
            dump,
            "CREATE TABLE {} ({});",
            quoted(&table.name),
            columns.join(", ")
        )
        .unwrap();
        for row in &table.rows {
            let values: Vec<String> = row.iter().map(|value| literal(value, shell)).collect();
            writeln!(
                dump,
                "INSERT INTO {} VALUES({});",
                quoted(&table.name),
                values.join(",")
            )
            .unwrap();
        }
    }
    dump.push_str("COMMIT;\n");
    dump
}

fn literal(value: &Value, shell: Shell) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if number.is_infinite() => {
            if *number > 0.0 { "1e999" } else { "-1e999" }.to_owned()
        }
        Value::Real(number) => format!("{number:e}").replacen(
            'e',
            if number.fract() == 0.0 { ".0e" } else { "e" },
            usize::from(!format!("{number:e}").contains('.')),
        ),
        Value::Blob(bytes) => format!(
            "X'{}'",
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        ),
        Value::Text(text) => text_literal(text, shell),
    }
}

fn text_literal(text: &str, shell: Shell) -> String {
    let plain = format!("'{}'", text.replace('\'', "''"));
    match shell {
        Shell::Python => plain,
        Shell::Old => {
            let mut sql = plain;
            // The shell looks for a mark that does not stand in the text.
            for (end, code, mark) in [('\r', 13, "\\r"), ('\n', 10, "\\n")] {
                if text.contains(end) {
                    let mark = if text.contains(mark) {
                        format!("(({mark}))")
                    } else {
                        mark.to_owned()
                    };
                    if text.contains(&mark) {
                        continue;
                    }
                    sql = format!("replace({},'{mark}',char({code}))", sql.replace(end, &mark));
                }
            }
            sql
        }
        Shell::New if text.chars().any(|it| it < ' ') => {
            let mut sql = String::from("unistr('");
            for character in text.chars() {
                match character {
                    '\'' => sql.push_str("''"),
                    '\\' => sql.push_str("\\\\"),
                    it if it < ' ' => write!(sql, "\\u{:04x}", u32::from(it)).unwrap(),
                    it => sql.push(it),
                }
            }
            sql + "')"
        }
        Shell::New => plain,
    }
}

/// What SQLite makes of the same rows.
fn stored(table: &Table) -> Vec<Vec<Value>> {
    let sqlite = rusqlite::Connection::open_in_memory().unwrap();
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|(name, kind)| format!("{} {kind}", quoted(name)))
        .collect();
    sqlite
        .execute_batch(&format!("CREATE TABLE t({})", columns.join(", ")))
        .unwrap();
    let marks = vec!["?"; table.columns.len()].join(",");
    for row in &table.rows {
        sqlite
            .execute(
                &format!("INSERT INTO t VALUES({marks})"),
                rusqlite::params_from_iter(row),
            )
            .unwrap();
    }
    let mut statement = sqlite.prepare("SELECT * FROM t").unwrap();
    let rows = statement
        .query_map([], |row| {
            (0..table.columns.len())
                .map(|column| row.get(column))
                .collect()
        })
        .unwrap();
    rows.map(Result::unwrap).collect()
}

fn loaded(database: &Database, table: &Table) -> Vec<Vec<Value>> {
    let connection = database.connect().unwrap();
    let mut query = connection
        .query(&format!("SELECT * FROM {}", quoted(&table.name)))
        .unwrap();
    let names: Vec<&str> = table
        .columns
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(query.columns(), names);
    let mut rows = query.rows(&[]).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        let cell = |column| match row.cell(column) {
            Cell::Null => Value::Null,
            Cell::Integer(number) => Value::Integer(number),
            Cell::Real(number) => Value::Real(number),
            Cell::Text(text) => Value::Text(String::from_utf8(text.to_vec()).unwrap()),
            Cell::Blob(bytes) => Value::Blob(bytes.to_vec()),
        };
        found.push((0..names.len()).map(cell).collect());
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_tables_load_as_what_they_were(
        tables in tables(),
        shell in prop::sample::select(&[Shell::Old, Shell::New, Shell::Python][..]),
    ) {
        let place = Place::new();
        let database = place.load(dump(&tables, shell).as_bytes()).unwrap();
        prop_assert_eq!(left_out(&database), ["`PRAGMA` statements x1 line 1"]);
        for table in &tables {
            prop_assert_eq!(loaded(&database, table), stored(table));
        }
    }
}
