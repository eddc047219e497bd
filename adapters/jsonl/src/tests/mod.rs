//! Tests of the whole: what is written reads back, and what is wrong with lines and files.

mod damage;
mod page;
mod round_trip;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use migrate_model::{Directory, Loss, Options, Origin, Person, Record, Sink, Source, Stop, Want};

use crate::input::Settings;
use crate::source::Files;

/// Reads files with a limit and units that tests can reach.
pub(crate) const SMALL: Settings = Settings {
    is_bare: false,
    longest_line: 2_000,
    unit_bytes: 300,
};

/// What a source gave, in words, each with its place.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told(pub(crate) Vec<String>);

/// Writes files into a folder that goes with the test.
pub(crate) fn files(contents: &[&[u8]]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let names = ["lines.jsonl", "more.jsonl", "last.jsonl"];
    let paths = names.iter().zip(contents).map(|(name, content)| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    });
    let paths = paths.collect();
    (folder, paths)
}

/// Reads files through, as the core does.
pub(crate) fn read(paths: &[PathBuf], settings: Settings) -> Result<Told> {
    let files = Files::open(paths, &Options::default(), settings)?;
    read_source(&files)
}

/// Reads a source through, as the core does.
pub(crate) fn read_source(source: &dyn Source) -> Result<Told> {
    let mut told = Told::default();
    let mut ear = Ear::new(&mut told, source, None);
    source.directory(&mut ear)?;
    let mut reader = source.reader()?;
    for unit in source.units() {
        let mut ear = Ear::new(&mut told, source, Some(*unit));
        reader.read(unit, Want::Everything(&Nobody), &mut ear)?;
    }
    source.finish()?;
    Ok(told)
}

/// A directory in which nobody stands.
pub(crate) struct Nobody;

impl Directory for Nobody {
    fn user_name(&self, _: &str) -> Option<&str> {
        None
    }

    fn channel_name(&self, _: &str) -> Option<&str> {
        None
    }
}

/// Writes down what it is told.
pub(crate) struct Ear<'e> {
    told: &'e mut Told,
    source: &'e dyn Source,
    unit: Option<migrate_model::Unit>,
    file: Option<String>,
}

impl<'e> Ear<'e> {
    pub(crate) fn new(
        told: &'e mut Told,
        source: &'e dyn Source,
        unit: Option<migrate_model::Unit>,
    ) -> Self {
        Ear {
            told,
            source,
            unit,
            file: None,
        }
    }

    fn tell(&mut self, record: u32, what: String) {
        let unit = self.unit.as_ref();
        let own = unit.map(|unit| self.source.unit_name(unit));
        let place = match (&self.file, unit) {
            (None, Some(unit)) => self.source.location(unit, record).to_string(),
            (Some(file), Some(unit)) if Some(file) == own.as_ref() => {
                self.source.location(unit, record).to_string()
            }
            (file, _) => format!("{}, record {record}", file.as_deref().unwrap_or("?")),
        };
        self.told.0.push(format!("{place}: {what}"));
    }
}

impl Sink for Ear<'_> {
    fn file(&mut self, name: &str) {
        self.file = Some(name.to_owned()).filter(|name| !name.is_empty());
    }

    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop> {
        self.tell(record, format!("{origin:?} {it:?}"));
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        self.tell(record, format!("{loss:?}"));
        Ok(())
    }

    fn meet(&mut self, person: Person<'_>) -> Result<(), Stop> {
        self.told.0.push(format!("{person:?}"));
        Ok(())
    }
}

/// The text of an error, with its causes.
pub(crate) fn text_of(result: Result<Told>, folder: &Path) -> String {
    let text = result.map(|told| format!("{told:?}"));
    let text = text.map_err(|error| format!("{error:#}"));
    let text = text.unwrap_or_else(|text| text);
    text.replace(&format!("{}/", folder.display()), "")
}
