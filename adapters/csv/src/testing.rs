//! Files in folders, and a sink that writes down what it is given.

use std::fs;

use anyhow::Result;
use migrate_model::{
    Adapter as _, Directory, Loss, Options, Origin, Person, Record, Sink, Source, Stop, Want,
};

use crate::CSV;

/// Files in a folder that is removed with it.
pub(crate) struct Fixture {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) options: Options,
}

impl Fixture {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let options = Options::default();
        Fixture { folder, options }
    }

    /// Sets an option of the command line.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Fixture {
        self.options.set(name, value.to_owned());
        self
    }

    /// Writes a mapping beside the folder's files and asks for it.
    pub(crate) fn mapped(self, toml: &str) -> Fixture {
        let path = self.folder.path().join("mapping.toml");
        fs::write(&path, toml).unwrap();
        let path = path.display().to_string();
        self.with("mapping", &path)
    }

    /// Opens the whole folder.
    pub(crate) fn open(&self) -> Result<Box<dyn Source>> {
        CSV.open(&[self.folder.path().to_path_buf()], &self.options)
    }

    /// What the files give, with the place of each record.
    pub(crate) fn lines(&self) -> Vec<String> {
        lines(&*self.open().unwrap()).unwrap()
    }

    /// What is wrong with the files.
    pub(crate) fn error(&self) -> String {
        let read = self.open().and_then(|source| lines(&*source));
        format!("{:#}", read.unwrap_err())
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
        self.lines
            .push(String::from_utf8(line).unwrap().trim_end().to_owned());
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
