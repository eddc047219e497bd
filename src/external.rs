//! Adapters that are programs of their own: `migrate NAME …` runs `migrate-NAME` from PATH as
//! `migrate-NAME read ITS-OPTIONS… INPUT…` and reads what it prints as `migrate jsonl -` would.
//!
//! To the rest of the program [`External`] is an adapter like any other.

mod find;
mod list;
mod process;
mod test;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use clap::{Arg, ArgMatches, value_parser};
use migrate_jsonl::JSONL;
use migrate_model::wording::{Lines, nearest};
use migrate_model::{About, Adapter, Options, Source};

pub use list::{NAME as LIST, command as list_command, run as run_list};
pub use test::{NAME as TEST, command as test_command, run as run_test};

use crate::detect;
use crate::text::{safe, shell_word};

/// The argument that holds what is meant for the program itself.
pub const PASSED: &str = "passed";

/// How much of a word is shown that names nothing, in characters.
const SHOWN_CHARS: usize = 80;

/// An adapter that is a program of its own.
pub struct External {
    about: &'static About,
    program: PathBuf,
    /// What the program is given before the inputs.
    passed: Vec<OsString>,
}

impl External {
    /// The adapter whose program was found at a path.
    fn new(name: &str, program: PathBuf) -> External {
        let shown = shell_word(&program.display().to_string());
        // One adapter is named in the life of a process, and the others are known as it is compiled.
        let keep = |text: String| -> &'static str { String::leak(text) };
        let about = About {
            name: keep(name.to_owned()),
            title: keep(format!("Converts what {shown} reads")),
            help: "This adapter is a program of its own, which prints records as JSON Lines. What \
                   stands behind `--` is for it alone, and goes before the inputs; `-- --help` may \
                   tell more. The page docs/writing-an-adapter.md says how it is called.",
            input: "what the program is to read; it is handed on as it is",
            example: keep(format!("migrate {name} INPUT -o out.json -- --its-option")),
            options: JSONL.about().options,
            losses: JSONL.about().losses,
        };
        External {
            about: Box::leak(Box::new(about)),
            program,
            passed: Vec::new(),
        }
    }

    /// Takes what stands behind `--`.
    pub fn take_passed(&mut self, matches: &ArgMatches) {
        let passed = matches.get_many::<OsString>(PASSED);
        self.passed = passed.into_iter().flatten().cloned().collect();
    }

    /// What will be run, for people.
    pub fn announcement(&self) -> String {
        format!(
            "running {}",
            shell_word(&self.program.display().to_string())
        )
    }

    /// The name of the program without its folder.
    fn program_name(&self) -> String {
        format!("{}{}", find::PREFIX, self.about.name)
    }

    /// What people call the lines that it prints.
    fn output_name(&self) -> String {
        format!("output of {}", self.program_name())
    }

    fn command(&self, inputs: &[PathBuf]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("read").args(&self.passed);
        command.args(inputs.iter().map(|input| as_input(input)));
        command
    }
}

impl Adapter for External {
    fn about(&self) -> &'static About {
        self.about
    }

    fn open(&self, inputs: &[PathBuf], options: &Options) -> Result<Box<dyn Source>> {
        let lines = options.work_folder()?.join("lines");
        let run = process::Run {
            name: self.about.name,
            output_name: self.output_name(),
            is_bare: options.flag("bare"),
            options,
        };
        let ended = run.to_its_end(self.command(inputs), &lines)?;
        ended.check(&self.program_name())?;
        let mut options = options.clone();
        options.call(&lines, self.output_name());
        JSONL.open(&[lines], &options)
    }
}

/// An input as a program must be given it: a file whose name begins with a dash is no option.
fn as_input(input: &Path) -> PathBuf {
    match input.as_os_str().as_encoded_bytes().first() {
        Some(b'-') => Path::new(".").join(input),
        _ => input.to_path_buf(),
    }
}

/// The argument for what is meant for the program itself.
pub fn passed() -> Arg {
    Arg::new(PASSED)
        .value_name("ITS-OPTIONS")
        .help("Options of the program itself")
        .num_args(1..)
        .last(true)
        .allow_hyphen_values(true)
        .value_parser(value_parser!(OsString))
}

/// The adapter that the first argument asks for, if that is none of the commands that are known.
///
/// # Errors
/// If there is no such program; the text says what else may have been meant.
pub fn asked_for(
    word: Option<&OsStr>,
    commands: &clap::Command,
    adapters: &[&dyn Adapter],
) -> Result<Option<External>> {
    let Some(word) = word else {
        return Ok(None);
    };
    let text = word.to_string_lossy();
    let is_known = commands.find_subcommand(word).is_some() || text == "help";
    if is_known || text.is_empty() || text.starts_with('-') {
        return Ok(None);
    }
    let path = Path::new(word);
    if path.exists() && !is_program(word) {
        return Err(detect::nobody_reads(path, adapters));
    }
    // No adapter is called so, and files often are.
    if path.components().count() > 1 || path.extension().is_some() {
        bail!(
            "`{}` does not exist, and is not the name of a command either; `migrate --help` lists those",
            safe(&text, SHOWN_CHARS)
        );
    }
    named(&text, commands).map(Some)
}

/// Whether a word is the name of an adapter on PATH.
pub fn is_program(word: &OsStr) -> bool {
    matches!(find::find(&word.to_string_lossy()), find::Search::Found(_))
}

/// The adapter of this name among the programs on PATH.
fn named(name: &str, commands: &clap::Command) -> Result<External> {
    match find::find(name) {
        find::Search::Found(program) => Ok(External::new(name, program)),
        find::Search::NotExecutable(path) => {
            let shown = shell_word(&path.display().to_string());
            bail!("{shown} is not executable; `chmod +x {shown}` makes it so")
        }
        find::Search::Nothing => Err(unknown(name, commands)),
    }
}

/// That nothing is called so, and what to do.
fn unknown(name: &str, commands: &clap::Command) -> anyhow::Error {
    let found = find::all();
    let programs = found.iter().map(|it| it.name.as_str());
    let commands = commands.get_subcommands().map(clap::Command::get_name);
    let names: Vec<&str> = commands.chain(programs).collect();
    let meant = nearest(name, &names).map_or_else(String::new, |meant| {
        format!("; did you mean `migrate {meant}`?")
    });
    let shown = safe(name, SHOWN_CHARS);
    let program = match find::is_name(name) {
        true => format!("a program `{}{name}` on PATH", find::PREFIX),
        false => format!(
            "a program `{}NAME` on PATH, with a NAME of a-z, 0-9 and -,",
            find::PREFIX
        ),
    };
    Lines(format!(
        "there is no command and no adapter `{shown}`{meant}\n\
         `migrate adapters` lists all adapters; {program} would be one,\n\
         and docs/writing-an-adapter.md says how to write it in ten lines"
    ))
    .into()
}
