//! Runs that are long enough to be hindered in the middle, and what they write if nobody does.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use crate::generator::{self, Import, Slack, Table};
use crate::hostile::trial::{check_parts, names, run};
use crate::setting::Setting;

/// The files that a run writes, by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A run.
pub(crate) struct Subject {
    /// The command, its input and how it is read.
    args: Vec<String>,
    /// What it writes where nothing hinders it.
    pub(crate) parts: Files,
    /// How long that takes.
    pub(crate) wall: Duration,
}

/// What stood in place of the output before.
pub(crate) const OLD: &[u8] = b"[]";

impl Subject {
    /// All of them: several parts, grouping on disk, two passes, and import files.
    ///
    /// # Errors
    /// If an input cannot be written, or a run fails where nothing hinders it.
    pub(crate) fn all(setting: &Setting) -> Result<Vec<Subject>> {
        let path = |name: &str| setting.dir.join(name);
        let file = |path: &Path| File::create(path).map(BufWriter::new);
        let export = path("export.zip");
        let slack = Slack {
            strangers_percent: 5,
            ..Slack::new(6_000)
        };
        generator::slack(&slack, file(&export)?, &mut |_| {})?;
        let table = path("messages.csv");
        let shuffled = Table {
            is_shuffled: true,
            ..Table::new(20_000)
        };
        generator::table(&shuffled, file(&table)?)?;
        let database = path("messages.db");
        let _ = fs::remove_file(&database);
        generator::database(&Table::new(20_000), &database)?;
        let import = path("import.json");
        generator::import(&Import::new(20_000), file(&import)?)?;
        [
            ("slack", export, 1_000_000),
            ("csv", table, 700_000),
            ("sqlite", database, 700_000),
            ("split", import, 1_000_000),
        ]
        .into_iter()
        .map(|(command, input, part_bytes)| Subject::new(setting, command, &input, part_bytes))
        .collect()
    }

    fn new(setting: &Setting, command: &str, input: &Path, part_bytes: u64) -> Result<Subject> {
        let input = input.to_str().context("the folder has a name in UTF-8")?;
        let args = [
            command,
            input,
            "-q",
            "--max-part-size",
            &part_bytes.to_string(),
        ];
        let mut subject = Subject {
            args: args.into_iter().map(str::to_owned).collect(),
            parts: Files::new(),
            wall: Duration::ZERO,
        };
        let folder = setting.folder()?;
        let outcome = run(
            &setting.program,
            folder.path(),
            &subject.line("out.json", &[]),
        );
        ensure!(
            outcome.code == Some(0),
            "{command} fails by itself: {outcome:?}"
        );
        subject.parts = files(folder.path())?;
        subject.wall = outcome.wall;
        let names: Vec<&str> = subject.parts.keys().map(String::as_str).collect();
        ensure!(names.len() > 2, "{command} writes too few parts: {names:?}");
        if command != "split" {
            check_parts(folder.path(), &names, part_bytes).map_err(anyhow::Error::msg)?;
        }
        Ok(subject)
    }

    /// The arguments of a run that writes there.
    pub(crate) fn line(&self, output: &str, more: &[&str]) -> Vec<String> {
        let more = ["-o", output].into_iter().chain(more.iter().copied());
        self.args
            .iter()
            .cloned()
            .chain(more.map(str::to_owned))
            .collect()
    }

    /// Says what is wrong with files that bear final names: each is old or complete, and if `is_ended`
    /// a run has said that it was refused, so all are as they were.
    pub(crate) fn check(&self, folder: &Path, had_old: bool, is_ended: bool) -> Result<(), String> {
        let found = files(folder).map_err(|error| format!("{error:#}"))?;
        let old = Files::from([("out.json".to_owned(), OLD.to_vec())]);
        let is_old = |name: &String, bytes: &[u8]| old.get(name).is_some_and(|it| it == bytes);
        let finals = found.iter().filter(|(name, _)| !name.contains('/'));
        for (name, bytes) in finals.clone() {
            let is_whole = self.parts.get(name).is_some_and(|it| it == bytes);
            let is_untouched = had_old && is_old(name, bytes);
            if !is_whole && !is_untouched {
                return Err(format!("`{name}` has its name and is not whole"));
            }
        }
        let is_untouched = match had_old {
            true => found == old,
            false => found.is_empty(),
        };
        match is_ended && !is_untouched && found != self.parts {
            true => Err(format!(
                "it left {:?}",
                found.keys().collect::<BTreeSet<_>>()
            )),
            false => Ok(()),
        }
    }
}

/// All files in a folder, but those of `tmp`.
fn files(folder: &Path) -> Result<Files> {
    let names = names(folder)
        .into_iter()
        .filter(|name| !name.starts_with("tmp/"));
    let read = |name: String| -> Result<(String, Vec<u8>)> {
        let path: PathBuf = folder.join(&name);
        let bytes = match path.is_dir() {
            true => Vec::new(),
            false => fs::read(path)?,
        };
        Ok((name, bytes))
    };
    names.map(read).collect()
}
