//! One run of the program: which command the words ask for, and what each needs of the system.

mod adapter;
mod beside;
mod finish;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use migrate_model::{Adapter, Command, Options};

use crate::Ending;
use crate::books::{CORE_KINDS, Class};
use crate::cli::{self, Conversion};
use crate::config::{self, Config};
use crate::detect;
use crate::external;
use crate::manual;
use crate::output::is_one;
use crate::parts::target::WorkFolder;
use crate::preview;
use crate::progress::Progress;
use crate::protocol;
use crate::report;
use crate::split;
use crate::stdin;
use crate::stdout;
use crate::summary;
use crate::text::safe;
use crate::validate;
use adapter::{Run, with_grouping_room};

/// Runs the program with these arguments, its own name in front.
pub(crate) fn run(adapters: &[&dyn Adapter], mut args: Vec<OsString>) -> Result<Ending> {
    let mut command = cli::command(adapters);
    refuse_options_first(args.get(1).map(OsString::as_os_str), adapters)?;
    let detected = match args.get(1) {
        Some(word) => detect::adapter_of(word, &command, adapters)?,
        None => None,
    };
    if let Some(name) = detected {
        args.insert(1, name.into());
    }
    let mut external =
        external::asked_for(args.get(1).map(OsString::as_os_str), &command, adapters)?;
    if let Some(external) = &external {
        command = command.subcommand(cli::external_command(external));
    }
    let matches = read_line(&command, args)?;
    let Some((name, matches)) = matches.subcommand() else {
        bail!("no command was given; `migrate --help` lists them");
    };
    if detected.is_some() && !matches.get_flag("quiet") {
        let _ = writeln!(io::stderr(), "reading it as `migrate {name}` does");
    }
    match name {
        validate::NAME => return validate::run(matches, &*stop_on_signals()?),
        preview::files::NAME => {
            return preview::files::run(adapters, matches, &*stop_on_signals()?);
        }
        split::NAME => return split::run(matches, &*stop_on_signals()?),
        protocol::NAME => return protocol::run(matches),
        report::NAME => return report::run(matches),
        external::LIST => return external::run_list(adapters),
        external::TEST => return external::run_test(adapters, matches),
        manual::COMPLETIONS => return manual::complete(cli::command(adapters), matches),
        manual::MAN => return manual::write_pages(cli::command(adapters), matches),
        _ => {}
    }
    if let Some(external) = &mut external {
        external.take_passed(matches);
        if !matches.get_flag("quiet") && !matches.get_flag(config::PRINT) {
            let _ = writeln!(io::stderr(), "{}", external.announcement());
        }
    }
    let external = external.as_ref().map(|it| it as &dyn Adapter);
    let mut known = adapters.iter().copied().chain(external);
    let Some(adapter) = known.find(|it| it.about().name == name) else {
        bail!("no such command; `migrate --help` lists them");
    };
    if matches.get_flag(config::PRINT) {
        // What contradicts another option by itself is told now and not by the run that reads it.
        Conversion::of(adapter, matches)?;
        let conversion = command.find_subcommand(name).context("no such command")?;
        stdout::print(config::printed(conversion, matches)?.as_bytes())?;
        return Ok(Ending::Complete);
    }
    run_adapter(adapter, adapters, matches)
}

/// Reads a command line, with what a file of options adds to it.
fn read_line(command: &clap::Command, mut args: Vec<OsString>) -> Result<ArgMatches> {
    let config = Config::of(command, &args)?;
    if let Some(config) = &config {
        config.put_into(&mut args);
        if let Some(told) = config.told() {
            let _ = writeln!(io::stderr(), "{told}");
        }
    }
    let matches = command.clone().try_get_matches_from(args);
    Ok(matches.map_err(|error| match &config {
        Some(config) => config.hinted(cli::hinted(error, command)),
        None => cli::hinted(error, command),
    })?)
}

/// Fails if an option or standard input stands where a command has to.
fn refuse_options_first(word: Option<&OsStr>, adapters: &[&dyn Adapter]) -> Result<()> {
    let word = word.map(OsStr::to_string_lossy).unwrap_or_default();
    let is_of_program = ["-h", "--help", "-V", "--version"].contains(&&*word);
    match &*word {
        STDIN => bail!(
            "`{STDIN}` is standard input, of which the adapter has to be named: `migrate jsonl {STDIN} -o out.json`"
        ),
        word if word.starts_with('-') && !is_of_program => bail!(
            "`{}` stands before the input; options come behind it: `migrate INPUT -o out.json`, or `migrate {} INPUT -o out.json`",
            safe(word, 80),
            adapters.first().map_or("NAME", |it| it.about().name)
        ),
        _ => Ok(()),
    }
}

/// Does what the command of an adapter asks for.
fn run_adapter(
    adapter: &dyn Adapter,
    adapters: &[&dyn Adapter],
    matches: &ArgMatches,
) -> Result<Ending> {
    if let Some((command, matches)) = cli::command_of(adapter, matches) {
        return show(
            command,
            cli::inputs(matches),
            cli::options(command.options, matches),
        );
    }
    let asked = Conversion::of(adapter, matches)?;
    let is_given = |command: &&Command| asked.options.get(command.name).is_some();
    if let Some(command) = cli::shown_by_option(adapter).find(is_given) {
        return show(command, asked.inputs, asked.options);
    }
    match asked.emits_model {
        true => Run::new(adapter, adapters, asked)?.emit(),
        false => Run::new(adapter, adapters, asked)?.convert(),
    }
}

/// What lines would become.
pub(crate) struct Tried {
    /// Some entries.
    pub samples: Vec<String>,
    /// Why the core left records out, a reason each, with its first place.
    pub left_out: Vec<String>,
}

/// Converts a file of lines without output; `name` is what people call it, and so many entries of each
/// kind are shown.
pub(crate) fn try_lines(
    lines: &Path,
    name: &str,
    is_bare: bool,
    samples: usize,
    stop: &Arc<AtomicBool>,
) -> Result<Tried> {
    let adapter: &dyn Adapter = &migrate_jsonl::JSONL;
    let mut words = vec![OsString::from("migrate"), adapter.about().name.into()];
    words.extend(["--dry-run".into(), "--quiet".into(), lines.into()]);
    words.extend(is_bare.then(|| "--bare".into()));
    let matches = cli::command(&[adapter]).try_get_matches_from(words)?;
    let (_, matches) = matches.subcommand().context("no command was given")?;
    let mut asked = Conversion::of(adapter, matches)?;
    asked.options.call(lines, name.to_owned());
    let run = Run::new(adapter, &[], asked)?;
    let work = WorkFolder::temporary(&std::env::temp_dir())?;
    let (source, packed) = run.pack(&work, &work, run.plan()?, stop)?;
    let is_core = |kind: &str| CORE_KINDS.iter().any(|it| it.kind == kind);
    let left_out = packed.ledger.notes(Class::LeftOut);
    let left_out = left_out.filter(|(kind, _)| is_core(kind));
    let losses = adapter.about().losses;
    Ok(Tried {
        samples: summary::first_entries(&packed.parts, samples),
        left_out: left_out
            .map(|(kind, note)| summary::reason(&*source, losses, kind, note))
            .collect(),
    })
}

/// Prints what a command of an adapter shows.
fn show(command: &Command, mut inputs: Vec<PathBuf>, mut options: Options) -> Result<Ending> {
    let stop = stop_on_signals()?;
    options.stop_on(Arc::clone(&stop));
    let work = match inputs.is_empty() {
        true => None,
        false => Some(WorkFolder::temporary(&std::env::temp_dir())?),
    };
    if let Some(work) = &work {
        options.work_in(work.of_source()?);
        keep_piped(&mut inputs, &mut options, work, &stop)?;
    }
    let progress = Progress::new(false);
    options.watch_by(Arc::new(progress.clone()));
    let shown = (command.show)(&inputs, &options);
    progress.end();
    stdout::print(shown?.as_bytes())?;
    Ok(Ending::Complete)
}

/// Keeps standard input and named pipes in files where they stand among the inputs.
fn keep_piped(
    inputs: &mut [PathBuf],
    options: &mut Options,
    work: &WorkFolder,
    stop: &AtomicBool,
) -> Result<()> {
    if inputs.iter().filter(|input| **input == *STDIN).count() > 1 {
        bail!("`{STDIN}` stands twice among the inputs, and standard input can be read once");
    }
    let pipes: Vec<_> = inputs.iter().filter(|it| stdin::is_pipe(it)).collect();
    for (n, pipe) in pipes.iter().enumerate() {
        if pipes[..n].iter().any(|it| is_one(it, pipe)) {
            bail!(
                "the pipe `{}` stands twice among the inputs, and can be read once",
                pipe.display()
            );
        }
    }
    for (n, input) in inputs.iter_mut().enumerate() {
        if **input == *STDIN {
            *input = work.file("standard-input");
            stdin::keep(input, stop).map_err(with_grouping_room)?;
            options.call(input, "standard input".to_owned());
        } else if stdin::is_pipe(input) {
            let kept = work.file(&format!("pipe-{n}"));
            stdin::keep_pipe(input, &kept, stop).map_err(with_grouping_room)?;
            options.call_as(&kept, input);
            *input = kept;
        }
    }
    Ok(())
}

/// What stands for standard input among the inputs.
const STDIN: &str = "-";

/// Has writing fail, with a message, where no file may be so large; the signal that comes with it would
/// end the program in the middle. Threads that are started later do as this one.
fn fail_where_files_may_not_grow() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        let mut blocked = SigSet::empty();
        blocked.add(Signal::SIGXFSZ);
        // Where it cannot be, the run ends as the system has it.
        let _ = blocked.thread_block();
    }
}

/// What ends the run at hand; a process listens once, however many runs it makes.
static STOP: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

/// Ends a run cleanly on Ctrl-C and its like.
pub(crate) fn stop_on_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let current = || STOP.lock().unwrap_or_else(PoisonError::into_inner);
    let is_listening = current().replace(Arc::clone(&stop)).is_some();
    if !is_listening {
        fail_where_files_may_not_grow();
        let end = move || {
            if let Some(stop) = &*current() {
                stop.store(true, Ordering::Relaxed);
            }
        };
        ctrlc::set_handler(end).context("could not listen for Ctrl-C")?;
    }
    Ok(stop)
}
