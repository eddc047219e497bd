//! The options of an adapter, as data: the core builds the command line from them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};

use crate::wording;

/// Looks at inputs, and gives what is to be shown, which ends with a line.
///
/// # Errors
/// If an input cannot be read or an option is wrong.
pub type Show = fn(&[PathBuf], &Options) -> Result<String>;

/// A command of an adapter beside the conversion, such as one that shows what is in an input.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// The word for it.
    pub name: &'static str,
    /// Where that word stands.
    pub called: Called,
    /// What it does, in one sentence.
    pub title: &'static str,
    /// What it is given, by what that is called in the help and what it is; `None`: nothing.
    pub input: Option<(&'static str, &'static str)>,
    /// A command that works in a checkout of the project.
    pub example: &'static str,
    /// The options that it has; those of the conversion where it is an option of that.
    pub options: &'static [Opt],
    /// Commands below it; none of an option.
    pub commands: &'static [Command],
    /// What it does.
    pub show: Show,
}

/// How a [`Command`] is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// By a word behind that of the adapter: `migrate csv init INPUT`.
    Word,
    /// By an option of the conversion, whose value is what it is given: `migrate csv INPUT
    /// --explain FIELD`. It has the inputs and options of the conversion, which is not done.
    Option,
}

/// An option of an adapter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opt {
    /// The long name, without dashes.
    pub name: &'static str,
    /// Whether few need it, so that the short help leaves it out.
    pub is_rare: bool,
    /// What the value is called in the help; `None` for a flag.
    pub value: Option<&'static str>,
    /// The values that may be given; empty for any.
    pub choices: &'static [&'static str],
    /// The value where none is given; `None`: there is none.
    pub default: Option<&'static str>,
    /// What it does, in one sentence.
    pub help: &'static str,
}

/// The values that were given for an adapter's options.
#[derive(Clone, Debug, Default)]
pub struct Options {
    values: BTreeMap<&'static str, String>,
    names: BTreeMap<PathBuf, Name>,
    work_folder: Option<PathBuf>,
    threads: Option<usize>,
    stop: Option<Arc<AtomicBool>>,
    watch: Option<Arc<dyn Watch>>,
}

/// Sees how far it is while inputs are opened.
pub trait Watch: Debug + Send + Sync {
    /// So many bytes are to be read from here on; `what` says for what, such as `looking at rows`.
    fn begin_reading(&self, what: &'static str, bytes: u64);

    /// So many of them were read.
    fn have_read(&self, bytes: u64);

    /// A line for people was said by a program that helps to read; it is safe to be shown.
    fn tell(&self, _line: &str) {}
}

/// What people call an input that is kept in a place of the program's own.
#[derive(Clone, Debug)]
enum Name {
    /// Words, such as `standard input`.
    Words(String),
    /// The path that they gave.
    Path(String),
}

impl Options {
    /// Sets an option; a flag that was given has the value `true`.
    pub fn set(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }

    /// The value that was given or is the default.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Sets what an input is called for people, in words, where that is not its path.
    pub fn call(&mut self, input: &Path, words: String) {
        self.names.insert(input.to_path_buf(), Name::Words(words));
    }

    /// Sets the path that people gave for an input that is kept in another place.
    pub fn call_as(&mut self, input: &Path, given: &Path) {
        let given = Name::Path(given.display().to_string());
        self.names.insert(input.to_path_buf(), given);
    }

    /// Whether an input is kept where people did not put it.
    pub fn is_kept(&self, input: &Path) -> bool {
        self.names.contains_key(input)
    }

    /// What an input is called for people.
    pub fn name_of(&self, input: &Path) -> String {
        match self.names.get(input) {
            Some(Name::Words(name) | Name::Path(name)) => name.clone(),
            None => input.display().to_string(),
        }
    }

    /// An input in a message: its path in backticks, or in words what else it is.
    pub fn shown(&self, input: &Path) -> String {
        match self.names.get(input) {
            Some(Name::Words(words)) => words.clone(),
            _ => format!("`{}`", self.name_of(input)),
        }
    }

    /// An input on a command line.
    pub fn typed(&self, input: &Path) -> String {
        match self.names.get(input) {
            Some(Name::Words(_)) => "-".to_owned(),
            _ => self.name_of(input),
        }
    }

    /// Sets the folder for files that are needed while inputs are read.
    pub fn work_in(&mut self, folder: PathBuf) {
        self.work_folder = Some(folder);
    }

    /// The folder for files that are needed while inputs are read. It is there as long as the
    /// source, belongs to this run alone and is removed with all that is in it.
    ///
    /// # Errors
    /// If the caller gave none.
    pub fn work_folder(&self) -> Result<&Path> {
        self.work_folder
            .as_deref()
            .context("no folder for work files was given")
    }

    /// Sets on how many threads inputs are looked at; at least 1.
    pub fn run_on(&mut self, threads: usize) {
        self.threads = Some(threads);
    }

    /// On how many threads inputs are looked at while they are opened: as many as were asked for,
    /// else as many as there are cores.
    pub fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.unwrap_or_else(all)
    }

    /// Sets what says that the run is to end early.
    pub fn stop_on(&mut self, stop: Arc<AtomicBool>) {
        self.stop = Some(stop);
    }

    /// Whether the run is to end early. Whoever reads for long while inputs are opened asks for it,
    /// and ends with an error then.
    pub fn is_stopped(&self) -> bool {
        let stop = self.stop.as_ref();
        stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// What says that the run is to end early, for those who hand it on.
    pub fn stop(&self) -> Arc<AtomicBool> {
        self.stop.clone().unwrap_or_default()
    }

    /// Sets who sees how far it is.
    pub fn watch_by(&mut self, watch: Arc<dyn Watch>) {
        self.watch = Some(watch);
    }

    /// Tells that so many bytes are to be read from here on, before inputs are open; `what` says for
    /// what, such as `looking at rows`.
    pub fn begin_reading(&self, what: &'static str, bytes: u64) {
        if let Some(watch) = &self.watch {
            watch.begin_reading(what, bytes);
        }
    }

    /// Tells that so many of them were read. Any thread may.
    pub fn have_read(&self, bytes: u64) {
        if let Some(watch) = &self.watch {
            watch.have_read(bytes);
        }
    }

    /// Tells a line for people that a program said which helps to read; the caller has made it safe.
    /// Any thread may.
    pub fn tell(&self, line: &str) {
        if let Some(watch) = &self.watch {
            watch.tell(line);
        }
    }

    /// The size that was given for an option, in bytes and not 0, such as `17`, `500MB` or `20GB`;
    /// units are decimal.
    ///
    /// # Errors
    /// If the value is no such size.
    pub fn size(&self, name: &str) -> Result<Option<u64>> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        match size(text) {
            Some(bytes @ 1..) => Ok(Some(bytes)),
            _ => bail!(
                "`--{name} {}`: write it as `500MB` or `20GB`",
                wording::safe(text, 40)
            ),
        }
    }

    /// Whether a flag was given.
    pub fn flag(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }
}

/// Reads a size in bytes, or with a decimal unit behind it.
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(digits.len());
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn sizes_are_read() {
        let check = |text: &str, expected: Option<u64>| {
            let mut options = Options::default();
            options.set("max-size", text.to_owned());
            assert_eq!(options.size("max-size").ok().flatten(), expected, "{text}");
        };
        check("17", Some(17));
        check("500MB", Some(500_000_000));
        check("20gb", Some(20_000_000_000));
        check("1.5GB", None);
        check("0", None);
        check("5 potatoes", None);
        check("99999999999TB", None);
        check("", None);
    }
}
