//! `migrate adapter test`: runs such a program, holds what it prints to every rule of the protocol, and
//! shows what that becomes.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use migrate_jsonl::{Finding, Inspection, Rule, inspect};
use migrate_model::{Adapter, Options};

use super::process::{self, Ended};
use super::{External, find, passed};
use crate::Ending;
use crate::parts::target::WorkFolder;
use crate::progress::Progress;
use crate::run::{self, stop_on_signals};
use crate::text::{counted, foreign, shell_word, size};

/// The name of the command of which this is a part.
pub const NAME: &str = "adapter";

/// How many entries of each kind are shown; there are five kinds.
const SAMPLES: usize = 2;

/// How much of a finding or an entry is shown, in characters.
const SHOWN_CHARS: usize = 1_000;

/// The command's description.
pub fn command() -> Command {
    let inputs = Arg::new("input")
        .value_name("INPUT")
        .help("What it is to read")
        .num_args(0..)
        .value_parser(value_parser!(PathBuf));
    let test = Command::new("test")
        .about("Runs an adapter, checks what it prints, and shows ten entries that come of it")
        .long_about(
            "Runs a program twice as `migrate NAME` does, holds what it prints to every rule of the \
             protocol, and shows ten entries that come of it. Exit status: 0 all well; 1 problems \
             were found; 2 there is nothing to run",
        )
        .after_help(
            "Example: migrate adapter test samples/adapters/migrate-acme samples/adapters/acme-export",
        )
        .arg(
            Arg::new("name")
                .value_name("NAME")
                .help("The adapter `migrate-NAME` on PATH, or the path of the program")
                .required(true)
                .value_parser(value_parser!(OsString)),
        )
        .arg(inputs)
        .arg(
            Arg::new("bare")
                .long("bare")
                .help("It prints neither `hello` nor `end`")
                .action(ArgAction::SetTrue),
        )
        .arg(passed());
    Command::new(NAME)
        .about("Tries an adapter out that is a program of its own")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(test)
}

/// Runs the test.
///
/// # Errors
/// If there is no such program, or work files cannot be written. What the program does wrong is no
/// error, but said and an ending of its own.
pub fn run(adapters: &[&dyn Adapter], matches: &ArgMatches) -> Result<Ending> {
    let Some(("test", matches)) = matches.subcommand() else {
        bail!("no such command; `migrate adapter --help` lists them");
    };
    let name = matches.get_one::<OsString>("name");
    let mut external = of_name(name.context("no adapter was named")?, adapters)?;
    external.take_passed(matches);
    let inputs = matches.get_many::<PathBuf>("input");
    let inputs: Vec<PathBuf> = inputs.into_iter().flatten().cloned().collect();
    let work = WorkFolder::temporary(&std::env::temp_dir())?;
    let stop = stop_on_signals()?;
    let progress = Progress::new(false);
    let mut options = Options::default();
    options.stop_on(Arc::clone(&stop));
    options.watch_by(Arc::new(progress.clone()));
    let mut trial = Trial {
        external: &external,
        inputs,
        is_bare: matches.get_flag("bare"),
        has_problem: false,
    };
    say(&external.announcement());
    let lines = work.file("lines");
    let tried = trial.run(&lines, &work.file("again"), &options);
    progress.end();
    tried?;
    if options.is_stopped() {
        bail!("stopped before the test was over");
    }
    if !trial.has_problem {
        let converted = run::try_lines(
            &lines,
            &external.output_name(),
            trial.is_bare,
            SAMPLES,
            &stop,
        );
        trial.tell_conversion(converted);
    }
    Ok(match trial.has_problem {
        true => Ending::LeftOut,
        false => Ending::Complete,
    })
}

/// The adapter of a name on PATH, or of the path of a program.
fn of_name(name: &OsStr, adapters: &[&dyn Adapter]) -> Result<External> {
    let path = Path::new(name);
    let text = name.to_string_lossy();
    if path.components().count() < 2 {
        if adapters.iter().any(|it| it.about().name == text) {
            bail!("`{text}` is built in, and the test is for programs of their own");
        }
        return super::named(&text, &Command::new("migrate"));
    }
    let shown = shell_word(&text);
    if !path.is_file() {
        bail!("{shown} is no file; name a program, or `NAME` for `migrate-NAME` on PATH");
    }
    if !find::is_program(path) {
        bail!("{shown} is not executable; `chmod +x {shown}` makes it so");
    }
    let file_name = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = file_name.strip_prefix(find::PREFIX).unwrap_or(&file_name);
    let path = path
        .canonicalize()
        .with_context(|| format!("could not find {shown}"))?;
    Ok(External::new(name, path))
}

/// A program that is tested.
struct Trial<'a> {
    external: &'a External,
    inputs: Vec<PathBuf>,
    is_bare: bool,
    has_problem: bool,
}

impl Trial<'_> {
    /// Runs the program, and once more if all was well.
    fn run(&mut self, lines: &Path, again: &Path, options: &Options) -> Result<()> {
        match self.print_into(lines, options) {
            Ok(ended) => self.tell_ending(&ended),
            Err(error) if options.is_stopped() => return Err(error),
            Err(error) => {
                self.problem("run", &format!("{error:#}"));
                return Ok(());
            }
        }
        let seen = inspect(lines, self.is_bare)?;
        for rule in Rule::ALL {
            self.tell_rule(rule, &seen);
        }
        if self.has_problem {
            return Ok(());
        }
        let mut unwatched = Options::default();
        unwatched.stop_on(options.stop());
        self.print_into(again, &unwatched)?;
        match first_difference(lines, again)? {
            None => self.ok("again", "a second run prints the same lines"),
            Some(line) => self.problem(
                "again",
                &format!(
                    "line {line}: a second run prints something else; make ids and order hang on \
                     the input alone, so that a second import updates instead of doubling"
                ),
            ),
        }
        Ok(())
    }

    fn print_into(&self, lines: &Path, options: &Options) -> Result<Ended> {
        let run = process::Run {
            name: self.external.about().name,
            output_name: self.external.output_name(),
            is_bare: self.is_bare,
            options,
        };
        run.to_its_end(self.external.command(&self.inputs), lines)
    }

    fn tell_ending(&mut self, ended: &Ended) {
        let how = process::ending(ended.status);
        match ended.status.success() {
            true => self.ok("run", &how),
            false => self.problem(
                "run",
                &format!("it {how}; whatever it printed, nothing of it is used"),
            ),
        }
        let said = counted(ended.said, "line");
        match &ended.last_words {
            None if !ended.status.success() => self.problem(
                "stderr",
                "it said nothing on standard error; print the reason there as the last line",
            ),
            None => self.ok("stderr", "nothing was said"),
            Some(last) => self.ok("stderr", &format!("{said}, the last of which: {last}")),
        }
    }

    fn tell_rule(&mut self, rule: Rule, seen: &Inspection) {
        let found: Vec<&Finding> = seen.findings.iter().filter(|it| it.rule == rule).collect();
        if found.is_empty() {
            return self.ok(rule.name(), &self.words_of(rule, seen));
        }
        for it in found {
            let times = match it.count {
                1 => String::new(),
                count => format!(" ({count} times, here first)"),
            };
            let text = format!("line {}{times}: {}", it.line, it.what);
            match it.is_problem {
                true => self.problem(rule.name(), &text),
                false => self.tell("note", rule.name(), &text),
            }
        }
    }

    /// What is said of a rule that is kept.
    fn words_of(&self, rule: Rule, seen: &Inspection) -> String {
        match rule {
            Rule::Hello if self.is_bare => "none, as `--bare` says".to_owned(),
            Rule::Hello => {
                let adapter = seen.adapter.as_deref().unwrap_or_default();
                format!("it is the first line, of version 1, and names `{adapter}`")
            }
            Rule::Lines => format!(
                "{}, all known, the longest of {}; {}",
                counted(seen.lines, "line"),
                size(seen.longest as u64),
                seen.records
            ),
            Rule::End if self.is_bare => {
                "none, as `--bare` says; nobody can tell whether lines are missing".to_owned()
            }
            Rule::End => "it is the last line, and counts what came".to_owned(),
            Rule::Ids => "all are given, and none stands twice".to_owned(),
            Rule::References => "all that is referred to is there".to_owned(),
            Rule::Times => match &seen.times {
                Some((first, last)) => format!("messages from {first} to {last}"),
                None => "there are no messages".to_owned(),
            },
        }
    }

    /// Tells what became of the lines, and shows some of it.
    fn tell_conversion(&mut self, converted: Result<run::Tried>) {
        let tried = match converted {
            Ok(tried) => tried,
            Err(error) => return self.problem("conversion", &format!("{error:#}")),
        };
        for reason in &tried.left_out {
            self.problem("conversion", reason);
        }
        if tried.left_out.is_empty() {
            self.ok("conversion", "every record is written");
        }
        say("\nentries as they would be written");
        for entry in &tried.samples {
            say(&format!("  {}", foreign(entry, SHOWN_CHARS)));
        }
    }

    fn ok(&self, rule: &str, text: &str) {
        self.tell("ok", rule, text);
    }

    fn problem(&mut self, rule: &str, text: &str) {
        self.has_problem = true;
        self.tell("problem", rule, text);
    }

    fn tell(&self, mark: &str, rule: &str, text: &str) {
        say(&format!("{mark:7}  {rule}: {}", foreign(text, SHOWN_CHARS)));
    }
}

fn say(line: &str) {
    // A reader who has seen enough makes no failure.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The first line that two files do not share, from 1.
fn first_difference(one: &Path, other: &Path) -> Result<Option<u64>> {
    let open = |path: &Path| File::open(path).map(BufReader::new);
    let could_not = "could not compare what two runs printed";
    let mut files = [
        open(one).context(could_not)?,
        open(other).context(could_not)?,
    ];
    let mut lines = [Vec::new(), Vec::new()];
    for number in 1.. {
        for (file, line) in files.iter_mut().zip(&mut lines) {
            line.clear();
            file.read_until(b'\n', line).context(could_not)?;
        }
        let [one, other] = &lines;
        if one != other {
            return Ok(Some(number));
        }
        if one.is_empty() {
            break;
        }
    }
    Ok(None)
}
