//! The presets of `migrate sqlite` over their samples: what is written and said, compared whole, and
//! that no row is missing.

use std::{collections::BTreeSet, fs, path::Path};

use rusqlite::Connection;
use serde_json::Value;

use crate::{
    goldens,
    program::{DEFAULT_LIMIT, Place},
};

/// A sample, and what is known of it.
struct Sample {
    /// The name of the dump in `samples/sqlite/`.
    name: &'static str,
    /// The name of its preset.
    preset: &'static str,
    /// The file of the preset in `adapters/sqlite/presets/`.
    mapping: &'static str,
    /// The table that messages stand in.
    table: &'static str,
    /// Whether reactions stand in it as well.
    has_reactions: bool,
    /// Rows of that table which both sections read.
    read_twice: u64,
    /// The exit status: 1 where rows are left out.
    code: i32,
}

const fn sample(name: &'static str, preset: &'static str, table: &'static str) -> Sample {
    Sample {
        name,
        preset,
        mapping: name,
        table,
        has_reactions: false,
        read_twice: 0,
        code: 0,
    }
}

const SAMPLES: &[Sample] = &[
    sample("campfire", "campfire", "messages"),
    sample(
        "discord-history-tracker",
        "discord-history-tracker/new",
        "messages",
    ),
    sample(
        "discord-history-tracker-old",
        "discord-history-tracker/old",
        "messages",
    ),
    Sample {
        has_reactions: true,
        read_twice: 7,
        code: 1,
        ..sample("imessage", "imessage", "message")
    },
    Sample {
        mapping: "imessage",
        code: 1,
        ..sample("imessage-old", "imessage", "message")
    },
    Sample {
        has_reactions: true,
        code: 1,
        ..sample("synapse", "synapse", "events")
    },
    Sample {
        code: 1,
        ..sample("whatsapp", "whatsapp/new", "message")
    },
    Sample {
        code: 1,
        ..sample("whatsapp-lid", "whatsapp/lid", "message")
    },
    Sample {
        code: 1,
        ..sample("whatsapp-old", "whatsapp/old", "messages")
    },
];

impl Sample {
    fn dump(&self) -> String {
        read(&format!("samples/sqlite/{}.sql", self.name))
    }

    /// How often rows of the table of messages are to be read.
    fn rows(&self) -> u64 {
        let insert = format!("\nINSERT INTO {} VALUES(", self.table);
        let rows = self.dump().matches(&insert).count() as u64;
        assert!(rows > 0, "{}", self.name);
        rows + self.read_twice
    }

    /// How often a report says that they were read.
    fn read(&self, report: &Value) -> u64 {
        let count = |kind: &str| report["books"][kind]["read"].as_u64().unwrap();
        let reactions = self.has_reactions.then(|| count("reaction"));
        count("message") + reactions.unwrap_or_default()
    }

    /// A place with what becomes of the sample, and what was said.
    fn converted(&self, options: &str) -> (Place, String) {
        let place = Place::with("chat.sql", self.dump().as_bytes());
        let outcome = place.run(&format!(
            "sqlite chat.sql -o out.jsonl --report report.json{options}"
        ));
        assert_eq!(outcome.code, self.code, "{}: {}", self.name, outcome.stderr);
        (place, outcome.stderr)
    }
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_sample_becomes_what_its_preset_says() {
    for sample in SAMPLES {
        let (place, said) = sample.converted("");
        place.check("out", DEFAULT_LIMIT);
        let validated = place.run("validate out.jsonl");
        assert_eq!(validated.code, 0, "{}", validated.stdout);
        let name = sample.name;
        goldens::check(&format!("sqlite/{name}.jsonl"), &place.read("out.jsonl"));
        goldens::check(&format!("sqlite/{name}.txt"), said.as_bytes());
    }
}

#[test]
fn a_preset_that_is_asked_for_by_name_is_the_one_that_is_found() {
    for sample in SAMPLES {
        let (found, _) = sample.converted("");
        let (asked, _) = sample.converted(&format!(" --preset {}", sample.preset));
        assert!(
            found.read("out.jsonl") == asked.read("out.jsonl"),
            "{}",
            sample.name
        );
    }
}

#[test]
fn every_row_of_messages_is_written_or_lost_by_name() {
    for sample in SAMPLES {
        let (place, _) = sample.converted("");
        let report = place.json("report.json");
        let count = |kind: &str, what: &str| report["books"][kind][what].as_u64().unwrap();
        for kind in ["user", "channel", "member", "message", "reaction"] {
            let became = ["written", "merged", "excluded", "left_out"].map(|it| count(kind, it));
            assert_eq!(
                count(kind, "read") + count(kind, "made"),
                became.iter().sum::<u64>(),
                "{} {kind}",
                sample.name
            );
        }
        assert_eq!(sample.read(&report), sample.rows(), "{}", sample.name);
    }
}

#[test]
fn no_row_of_messages_hangs_on_rows_of_other_tables() {
    for sample in SAMPLES {
        let dump = sample.dump();
        let tables: BTreeSet<_> = dump.split_inclusive(";\n").filter_map(filled).collect();
        for table in tables.iter().filter(|it| **it != sample.table) {
            // All rows of the table are gone, or every second one.
            for step in [1, 2] {
                let place = Place::with("chat.sql", without(&dump, table, step).as_bytes());
                let outcome = place.run(&format!(
                    "sqlite chat.sql --preset {} -o out.jsonl --report report.json",
                    sample.preset
                ));
                let name = format!("{} without {table}, step {step}", sample.name);
                assert!(outcome.code < 2, "{name}: {}", outcome.stderr);
                let report = place.json("report.json");
                assert_eq!(sample.read(&report), sample.rows(), "{name}");
            }
        }
    }
}

/// The table that a statement puts a row into.
fn filled(statement: &str) -> Option<&str> {
    let (_, rest) = statement.rsplit_once("INSERT INTO ")?;
    rest.split([' ', '(']).next()
}

/// A dump in which one row of `step` is missing from a table.
fn without(dump: &str, table: &str, step: usize) -> String {
    let mut rows = 0;
    let statements = dump.split_inclusive(";\n").filter(|statement| {
        let is_row = filled(statement) == Some(table);
        rows += usize::from(is_row);
        !is_row || !rows.is_multiple_of(step)
    });
    statements.collect()
}

#[test]
fn every_loss_of_a_preset_happens_in_a_sample() {
    let mut declared = BTreeSet::new();
    let mut happened = BTreeSet::new();
    for sample in SAMPLES {
        let mapping = read(&format!("adapters/sqlite/presets/{}.toml", sample.mapping));
        let quoted = mapping.lines().filter_map(|line| line.strip_prefix('"'));
        declared.extend(quoted.map(|line| line.split('"').next().unwrap().to_owned()));
        let (place, said) = sample.converted("");
        let report = place.json("report.json");
        let notes = ["losses", "left_out", "merged", "excluded"];
        let notes = notes.iter().filter_map(|name| report[name].as_array());
        for note in notes.flatten() {
            let kind = note["kind"].as_str().unwrap().to_owned();
            // Whatever is lost is explained where it is told.
            assert!(said.contains(&format!("  {kind}: ")), "{kind}: {said}");
            happened.insert(kind);
        }
    }
    assert!(declared.len() > 30, "{declared:?}");
    let missing: Vec<_> = declared.difference(&happened).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What stands in a column that every table of a sample has been given.
const PLANTED: &str = "planted-where-nobody-looks";

/// A database of a sample whose tables have one more column, with [`PLANTED`] in every row.
fn planted(dump: &str, column: &str) -> Place {
    let place = Place::new();
    let connection = Connection::open(place.path("chat.db")).unwrap();
    connection.execute_batch(dump).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = connection.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0));
    let names: Vec<String> = names.unwrap().map(Result::unwrap).collect();
    for name in names {
        let sql = format!("ALTER TABLE \"{name}\" ADD COLUMN {column} TEXT DEFAULT '{PLANTED}'");
        connection.execute_batch(&sql).unwrap();
    }
    place
}

/// All that a run wrote and said.
fn all_of(place: &Place, options: &str) -> String {
    let outcome = place.run(&format!(
        "sqlite chat.db -o out.jsonl --report report.json{options}"
    ));
    assert!(outcome.code < 2, "{}", outcome.stderr);
    let written = String::from_utf8(place.read("out.jsonl")).unwrap();
    format!("{written}{}{}", place.json("report.json"), outcome.stderr)
}

#[test]
fn presets_write_no_column_that_they_do_not_name() {
    for sample in SAMPLES {
        let place = planted(&sample.dump(), "whatever");
        let all = all_of(&place, "");
        assert!(!all.contains(PLANTED), "{}", sample.name);
    }
}

#[test]
fn no_secret_is_written_without_a_preset() {
    let dump = read("samples/sqlite/chat.sql");
    let mapping = b"version = 1\nsource = 'sqlite'\n[[users]]\nquery = 'SELECT * FROM users'\n\
        [[messages]]\nquery = 'SELECT * FROM messages'\n";
    for column in ["password_digest", "session_token", "api_key"] {
        let place = planted(&dump, column);
        place.put("map.toml", mapping);
        for options in ["", " --mapping map.toml --force"] {
            let all = all_of(&place, options);
            assert!(all.contains("sqlite.secret_left_out"), "{column}");
            assert!(!all.contains(PLANTED), "{column}{options}");
        }
    }
    // It would be seen.
    let all = all_of(&planted(&dump, "whatever"), "");
    assert!(all.contains(PLANTED));
}
