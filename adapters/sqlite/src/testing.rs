//! Databases that SQL makes, and what the adapter gives of them.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use migrate_model::{
    Adapter as _, Directory, Loss, Options, Origin, Person, Record, Sink, Source, Stop, Want,
};
use rusqlite::Connection;

use crate::SQLITE;

/// Inputs in a folder that is removed with it.
pub(crate) struct Fixture {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) options: Options,
    pub(crate) inputs: Vec<PathBuf>,
}

impl Fixture {
    /// A folder for work files and nothing else.
    pub(crate) fn empty() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        fs::create_dir(&work).unwrap();
        let mut options = Options::default();
        options.work_in(work);
        Fixture {
            folder,
            options,
            inputs: Vec::new(),
        }
    }

    /// A database `chat.db`.
    pub(crate) fn new(sql: &str) -> Fixture {
        let mut fixture = Fixture::empty();
        let path = fixture.folder.path().join("chat.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        fixture.inputs.push(path);
        fixture
    }

    /// Adds a file as an input.
    pub(crate) fn file(mut self, name: &str, content: &str) -> Fixture {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        self.inputs.push(path);
        self
    }

    /// Sets an option of the command line.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Fixture {
        self.options.set(name, value.to_owned());
        self
    }

    /// Writes a mapping and asks for it.
    pub(crate) fn mapped(self, toml: &str) -> Fixture {
        let path = self.folder.path().join("map.toml");
        fs::write(&path, format!("version = 1\nsource = \"sqlite\"\n{toml}")).unwrap();
        let path = path.display().to_string();
        self.with("mapping", &path)
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Source>> {
        SQLITE.open(&self.inputs, &self.options)
    }

    /// What the inputs give, with the place of each record.
    pub(crate) fn lines(&self) -> Vec<String> {
        let source = self.open().unwrap_or_else(|error| panic!("{error:#}"));
        let lines = lines(&*source).unwrap();
        source.finish().unwrap();
        lines
    }

    /// What the inputs give, in order, without places.
    pub(crate) fn records(&self) -> Vec<String> {
        let lines = self.lines().into_iter();
        let mut records: Vec<String> = lines
            .map(|line| match line.split_once(",\"at\":") {
                Some((start, _)) => start.to_owned(),
                None => line,
            })
            .collect();
        records.sort();
        records
    }

    /// What is wrong, without the folder's path.
    pub(crate) fn error(&self) -> String {
        let read = self.open().and_then(|source| {
            let lines = lines(&*source)?;
            source.finish()?;
            Ok(lines)
        });
        let error = format!("{:#}", read.unwrap_err());
        let folder = format!("{}/", self.folder.path().display());
        error.replace(&folder, "")
    }
}

/// All that a source gives, one line of JSON each.
pub(crate) fn lines(source: &dyn Source) -> Result<Vec<String>> {
    let mut sink = Recorder {
        at: Box::new(|_| (String::new(), 0)),
        lines: Vec::new(),
    };
    source.directory(&mut sink)?;
    let mut lines = sink.lines;
    let mut reader = source.reader()?;
    for unit in source.units() {
        let mut sink = Recorder {
            at: Box::new(|record| {
                let at = source.location(unit, record);
                (at.file, at.record)
            }),
            lines: Vec::new(),
        };
        reader.read(unit, Want::Everything(&Nobody), &mut sink)?;
        lines.append(&mut sink.lines);
    }
    Ok(lines)
}

/// Gives the place of a record of the unit at hand.
type At<'s> = Box<dyn Fn(u32) -> (String, u32) + 's>;

struct Recorder<'s> {
    at: At<'s>,
    lines: Vec<String>,
}

impl Recorder<'_> {
    fn note(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut line = Vec::new();
        write(&mut line);
        let line = String::from_utf8(line).unwrap();
        self.lines.push(line.trim_end().to_owned());
    }
}

impl Sink for Recorder<'_> {
    fn file(&mut self, name: &str) {
        let name = name.to_owned();
        self.at = Box::new(move |record| (name.clone(), record));
    }

    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop> {
        let (file, number) = (self.at)(record);
        self.note(|out| migrate_jsonl::record(out, it, origin, Some((&file, number))));
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        let (file, number) = (self.at)(record);
        self.note(|out| migrate_jsonl::loss(out, &loss, Some((&file, number))));
        Ok(())
    }

    fn meet(&mut self, person: Person<'_>) -> Result<(), Stop> {
        self.note(|out| migrate_jsonl::person(out, person, None));
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
