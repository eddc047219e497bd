//! Databases as slackdump writes them, well and badly, and what becomes of their rows.

mod hostile;
mod rules;
mod sample;

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use migrate_model::{
    Directory, ListedFile, Loss, Options, Origin, Person, Record, Sink, Source, Stop, Want,
};
use tempfile::TempDir;

use crate::{Database, Settings, slackdump};

const SCHEMA: &str = include_str!("schema.sql");

/// A database under construction.
struct Archive {
    folder: TempDir,
    sql: String,
    options: Options,
}

impl Archive {
    /// With finished session 1 and chunks 1 to 9, whose types are their numbers less one; session 2
    /// has the chunks 11 to 19, and 21 to 29 belong to session 3, which did not end.
    fn new() -> Archive {
        let mut archive = Archive::bare();
        for (session, is_finished) in [(1, 1), (2, 1), (3, 0)] {
            archive.add(&format!(
                "INSERT INTO SESSION (ID, FINISHED) VALUES ({session}, {is_finished})"
            ));
            for kind in 0..9 {
                let chunk = session * 10 - 9 + kind;
                archive.add(&format!(
                    "INSERT INTO CHUNK (ID, SESSION_ID, TYPE_ID) VALUES ({chunk}, {session}, {kind})"
                ));
            }
        }
        archive
    }

    /// Without a row.
    fn bare() -> Archive {
        Archive {
            folder: tempfile::tempdir().unwrap(),
            // Nothing here has to survive a crash.
            sql: format!("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;\n{SCHEMA}"),
            options: Options::default(),
        }
    }

    fn add(&mut self, sql: &str) -> &mut Archive {
        self.sql.push_str(sql);
        self.sql.push_str(";\n");
        self
    }

    /// A message of chunk 1, 2, … with the `ts` `at`.000000 and more fields.
    fn message(&mut self, chunk: i64, conversation: &str, at: i64, fields: &str) -> &mut Archive {
        let json = format!(r#"{{"type":"message","ts":"{at}.000000","user":"U1",{fields}}}"#);
        self.add(&format!(
            "INSERT INTO MESSAGE (ID, CHUNK_ID, CHANNEL_ID, TS, DATA) \
             VALUES ({at}000000, {chunk}, '{conversation}', '{at}.000000', CAST('{json}' AS BLOB))"
        ))
    }

    fn conversation(&mut self, chunk: i64, id: &str, fields: &str) -> &mut Archive {
        let json = format!(r#"{{"id":"{id}",{fields}}}"#);
        self.add(&format!(
            "INSERT INTO CHANNEL (ID, CHUNK_ID, DATA) VALUES ('{id}', {chunk}, CAST('{json}' AS BLOB))"
        ))
    }

    fn user(&mut self, chunk: i64, id: &str, name: &str) -> &mut Archive {
        let json = format!(r#"{{"id":"{id}","name":"{name}"}}"#);
        self.add(&format!(
            "INSERT INTO S_USER (ID, CHUNK_ID, DATA) VALUES ('{id}', {chunk}, CAST('{json}' AS BLOB))"
        ))
    }

    fn members(&mut self, chunk: i64, conversation: &str, users: &[&str]) -> &mut Archive {
        for (place, user) in users.iter().enumerate() {
            self.add(&format!(
                "INSERT INTO CHANNEL_USER VALUES ('{conversation}', '{user}', {chunk}, {place})"
            ));
        }
        self
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("slackdump.sqlite")
    }

    fn open(&self) -> Result<Box<dyn Source>> {
        let path = self.path();
        _ = fs::remove_file(&path);
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(&self.sql).unwrap();
        drop(connection);
        let work = self.folder.path().join("work");
        fs::create_dir_all(&work).unwrap();
        let database = Database::open(&path, &Settings::new(work))?;
        let archive = slackdump::Archive {
            database,
            path,
            shown: "slackdump.sqlite".to_owned(),
            notes: Vec::new(),
        };
        slackdump::open(archive, &self.options)
    }

    /// All that it gives, a line each.
    fn lines(&self) -> Vec<String> {
        lines(&*self.open().unwrap()).unwrap()
    }

    /// Checks all that it gives.
    #[track_caller]
    fn check(&self, expected: &[&str]) {
        assert_eq!(self.lines(), expected);
    }
}

/// All that a source gives, with places.
fn lines(source: &dyn Source) -> Result<Vec<String>> {
    let mut sink = Recorder {
        at: Box::new(|_| String::new()),
        lines: Vec::new(),
    };
    source.directory(&mut sink)?;
    let mut lines = sink.lines;
    let mut reader = source.reader()?;
    for unit in source.units() {
        let counted = source.counted();
        let mut sink = Recorder {
            at: Box::new(|record| source.location(unit, record).shown(counted)),
            lines: Vec::new(),
        };
        reader.read(unit, Want::Everything(&Nobody), &mut sink)?;
        lines.append(&mut sink.lines);
        let mut people = Recorder {
            at: Box::new(|_| String::new()),
            lines: Vec::new(),
        };
        reader.read(unit, Want::People, &mut people)?;
        assert!(people.lines.is_empty());
    }
    source.finish()?;
    Ok(lines)
}

/// Writes a line for each record and loss.
struct Recorder<'s> {
    at: Box<dyn Fn(u32) -> String + 's>,
    lines: Vec<String>,
}

impl Sink for Recorder<'_> {
    fn file(&mut self, name: &str) {
        let file = name.to_owned();
        self.at = Box::new(move |record| {
            let location = migrate_model::Location {
                file: file.clone(),
                record,
            };
            location.shown("rowid")
        });
    }

    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop> {
        let what = match it {
            Record::User(it) => format!("user {} {}", it.id, it.name),
            Record::Channel(it) => {
                let members = it.member_ids.join(" ");
                format!("{:?} {} {} [{members}]", it.channel_type, it.id, it.name)
            }
            Record::Member(it) => format!("member {}", it.user_id),
            Record::Message(it) => {
                let shown = if it.show_in_channel { " shown" } else { "" };
                let files: Vec<String> = it
                    .attachments
                    .iter()
                    .map(|it| format!(" [{} {}]", it.title, it.asset_url))
                    .collect();
                let parent = match it.parent_id.is_empty() {
                    true => String::new(),
                    false => format!(" to {}", it.parent_id),
                };
                let files = files.concat();
                format!(
                    "{} by {} {}{parent}{shown}{files}",
                    it.id, it.user_id, it.text
                )
            }
            Record::Reaction(it) => format!("{} by {}", it.reaction_type, it.user_id),
            _ => "?".to_owned(),
        };
        let made = match origin {
            Origin::Read => "",
            Origin::Made(_) => "made ",
        };
        let at = (self.at)(record);
        self.lines.push(format!("{at}: {made}{what}"));
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        let at = (self.at)(record);
        let Loss {
            kind,
            outcome,
            of,
            count,
            detail,
            ..
        } = loss;
        let of = of.name();
        self.lines
            .push(format!("{at}: {outcome:?} {kind} {count} {of} {detail}"));
        Ok(())
    }

    fn meet(&mut self, _: Person<'_>) -> Result<(), Stop> {
        Ok(())
    }

    fn list_file(&mut self, record: u32, it: ListedFile<'_>) -> Result<(), Stop> {
        let at = (self.at)(record);
        self.lines.push(format!(
            "{at}: file {} {} {}",
            it.id, it.path, it.import_url
        ));
        Ok(())
    }
}

struct Nobody;

impl Directory for Nobody {
    fn user_name(&self, _: &str) -> Option<&str> {
        None
    }

    fn channel_name(&self, _: &str) -> Option<&str> {
        None
    }
}
