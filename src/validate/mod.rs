//! `migrate validate`: holds any import file to the rules, whoever wrote it.
//!
//! The road: [`cut`] finds entries in the file, [`entry`] and [`item`] read them, [`index`] knows
//! what the file holds, [`references`] asks for what entries refer to, [`wanted`] knows what a first
//! reading leaves open, [`pass`] does all that on all cores, and again where it is open, [`tally`]
//! counts what was found and `report` tells it. The rules themselves stand in
//! [`getstream`](crate::getstream).

pub mod app;
pub mod cut;
pub mod entry;
pub mod ids;
pub mod index;
pub mod item;
pub(crate) mod options;
pub mod pass;
pub mod references;
pub(crate) mod report;
pub mod scan;
mod server_report;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod time;
pub mod wanted;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};

use crate::Ending;
use crate::getstream::Spelling;
use crate::getstream::rules::RuleSet;
use crate::parts::target::WorkFolder;
use crate::progress::Progress;
use crate::stdin;
use crate::text::{counted, safe};
use app::App;
use index::Index;
use pass::{Input, Setting};
use report::Words;

use options::Validation;
pub use options::{NAME, command};

/// Runs `migrate validate`.
///
/// # Errors
/// If a file cannot be read, or an option has no meaning.
pub(crate) fn run(matches: &clap::ArgMatches, stop: &AtomicBool) -> Result<Ending> {
    let asked = Validation::of(matches);
    let app = App::new(&asked.app)?;
    let mut spool = Spool::new(asked.temp_dir.clone(), stop);
    let mut inputs = Vec::new();
    for path in &asked.inputs {
        inputs.push(open(path, asked.set, &mut spool)?);
    }
    let progress = Progress::new(asked.is_quiet);
    // Each file is read up to twice.
    progress.look(inputs.iter().map(|input| input.bytes * 2).sum());
    let setting = Setting {
        threads: asked.threads,
        keep: asked.most.max(1),
        stop,
        progress: &progress,
    };
    if let Some(answer) = &asked.server_report {
        return traced(answer, &asked, &inputs, &setting);
    }
    let mut earlier = Index::default();
    let mut is_valid = true;
    for input in &inputs {
        let looked = pass::look(input, &setting, &app, &earlier)?;
        is_valid &= looked.tally.count() == 0;
        let words = asked.words.unwrap_or(match asked.is_json {
            true => Words::Server,
            false => Words::Cli,
        });
        let text = match asked.is_json {
            true => report::for_programs(input, &looked, words, asked.most, inputs.len() > 1)?,
            false => report::for_people(input, &looked, words, asked.most),
        };
        if asked.is_json || !asked.is_quiet || looked.tally.count() > 0 {
            progress
                .suspend(|| io::stdout().write_all(text.as_bytes()))
                .or_else(broken_pipe)?;
        }
        let shown = asked.most as u64;
        if asked.is_json && looked.tally.count() > shown && !asked.is_quiet {
            let all = counted(looked.tally.count(), "problem");
            let text = format!(
                "{}: the first {shown} of {all}; see `--max-errors`",
                input.name
            );
            let text = safe(&text, 1_000) + "\n";
            progress.suspend(|| io::stderr().write_all(text.as_bytes()))?;
        }
        if asked.is_together {
            earlier.merge(&looked.index);
        }
    }
    progress.end();
    if !asked.is_quiet && !asked.is_json {
        let text = options::unchecked(&asked);
        io::stdout()
            .write_all(text.as_bytes())
            .or_else(broken_pipe)?;
    }
    Ok(match is_valid {
        true => Ending::Complete,
        false => Ending::LeftOut,
    })
}

/// Runs `migrate validate --server-report`.
fn traced(
    answer: &Path,
    asked: &Validation,
    inputs: &[Input],
    setting: &Setting<'_>,
) -> Result<Ending> {
    let id_map = asked.id_map.as_deref();
    let complaints = server_report::trace(answer, id_map, inputs, setting)?;
    setting.progress.end();
    let text = match asked.is_json {
        true => server_report::for_programs(&complaints)?,
        false => server_report::for_people(answer, &complaints, id_map.is_some()),
    };
    io::stdout()
        .write_all(text.as_bytes())
        .or_else(broken_pipe)?;
    Ok(match complaints.is_empty() {
        true => Ending::Complete,
        false => Ending::LeftOut,
    })
}

/// A reader who went away does not change what was found.
fn broken_pipe(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    }
}

/// Where standard input is kept, since much of a file may be read twice.
pub struct Spool<'s> {
    within: PathBuf,
    stop: &'s AtomicBool,
    folder: Option<WorkFolder>,
}

impl Spool<'_> {
    /// Nothing kept yet; what will be goes into a folder of its own in `within`, unless `stop` is
    /// set meanwhile.
    pub fn new(within: PathBuf, stop: &AtomicBool) -> Spool<'_> {
        Spool {
            within,
            stop,
            folder: None,
        }
    }

    fn file(&mut self) -> Result<File> {
        if self.folder.is_some() {
            bail!("standard input can be given once only");
        }
        let folder = WorkFolder::temporary(&self.within)?;
        let path = folder.file("stdin");
        stdin::keep(&path, self.stop)?;
        self.folder = Some(folder);
        File::open(path).context("could not read what was kept of standard input")
    }
}

/// Opens a file, or standard input for `-`, and finds out how its entries stand in it.
///
/// # Errors
/// If it cannot be opened.
pub fn open(path: &Path, set: Option<RuleSet>, spool: &mut Spool<'_>) -> Result<Input> {
    let place = || format!("could not read `{}`", path.display());
    if path == Path::new("-") {
        let file = spool.file()?;
        return input("standard input", file, None, set);
    }
    if path.is_dir() {
        bail!(
            "`{}` is a folder; give the import files in it",
            path.display()
        );
    }
    if stdin::is_pipe(path) {
        bail!(
            "`{}` is a pipe; send it to standard input, and give `-`",
            path.display()
        );
    }
    let file = File::open(path).with_context(place)?;
    let name = path.display().to_string();
    input(&name, file, Spelling::of(path), set)
}

fn input(
    name: &str,
    file: File,
    by_extension: Option<Spelling>,
    set: Option<RuleSet>,
) -> Result<Input> {
    let place = || format!("could not read `{name}`");
    let metadata = file.metadata().with_context(place)?;
    if !metadata.is_file() {
        bail!("`{name}` is no ordinary file; give `-` to read standard input");
    }
    let head = head(&file).with_context(place)?;
    refuse_other_kinds(name, &head)?;
    let spelling = match (set, by_extension) {
        (Some(RuleSet::Classic), _) => Spelling::Array,
        (Some(_), _) => Spelling::Jsonl,
        (None, Some(spelling)) => spelling,
        (None, None) => by_start(&head),
    };
    Ok(Input {
        name: name.to_owned(),
        bytes: metadata.len(),
        file,
        spelling,
        set: set.unwrap_or(match spelling {
            Spelling::Array => RuleSet::Classic,
            Spelling::Jsonl => RuleSet::Current,
        }),
    })
}

/// The first bytes of a file.
fn head(file: &File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(4096).read_to_end(&mut head)?;
    Ok(head)
}

/// Fails for what is no text in UTF-8, and says what it is.
fn refuse_other_kinds(name: &str, head: &[u8]) -> Result<()> {
    let kind = match head {
        [0x1f, 0x8b, ..] => {
            "compressed; Stream takes import files uncompressed, so unpack it first"
        }
        [b'P', b'K', 3, 4, ..] => {
            "a zip file; unpack it first, or convert an export with its adapter (`migrate adapters` lists them)"
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "in UTF-16; write it in UTF-8",
        _ => return Ok(()),
    };
    bail!("`{name}` is {kind}")
}

/// What a file looks like: one that begins with an object has an entry a line.
fn by_start(head: &[u8]) -> Spelling {
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Spelling::Jsonl,
        _ => Spelling::Array,
    }
}
