//! Measures the release program on generated exports: time, processor time, peak memory and the
//! ratio to `unzip -p` of the same file in the same run; `memory` measures what a message costs,
//! `validate` how fast an import file is checked, `lines` what records in any order cost, `tables` the
//! same for CSV.
//!
//! It builds nothing and runs `migrate` from the target folder that it stands in itself. How one
//! run is measured stands in `measure`, the input comes from `generator`.

mod generator;
#[path = "bench/lines.rs"]
mod lines;
mod measure;
#[path = "bench/tables.rs"]
mod tables;

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use generator::{Import, MEAN_ENTRY_BYTES, Slack};
use measure::{Usage, measure};

/// What the memory of a run may grow by, in bytes, for each message that the largest conversation
/// has more, over and above a fifth of the smaller run's peak.
const ALLOWED_BYTES: u64 = 40;

fn main() -> ExitCode {
    let matches = command().get_matches();
    let result = match matches.subcommand() {
        Some(("memory", arguments)) => memory(arguments),
        Some(("validate", arguments)) => validate(arguments),
        Some(("lines", arguments)) => lines::run(arguments),
        Some(("tables", arguments)) => tables::run(arguments),
        Some((measure::COMMAND, arguments)) => measure::serve(arguments),
        _ => speed(&matches),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn command() -> Command {
    let shared = |messages: &'static str, threads: &'static str| {
        let messages = number(
            "messages",
            "How many messages the generated export has",
            messages,
        );
        [messages].into_iter().chain(setting_args(threads))
    };
    let memory = Command::new("memory")
        .about("Compares peak memory with four times the messages in the same day files")
        .args(shared("1000000", "2"));
    let validate = Command::new("validate")
        .about("Measures `migrate validate` on a generated array")
        .args(setting_args("1,2"))
        .arg(number(
            "bytes",
            "About how many bytes the array has",
            "1000000000",
        ))
        .arg(file(
            "input",
            "Measure this import file instead of a generated one",
        ));
    Command::new("bench")
        .about("Measures migrate on generated Slack exports")
        .args_conflicts_with_subcommands(true)
        .args(shared("1000000", "1,2"))
        .arg(file(
            "input",
            "Measure this export instead of a generated one",
        ))
        .subcommand(memory)
        .subcommand(validate)
        .subcommand(lines::command().args(shared("1000000", "1,2")))
        .subcommand(tables::command().args(shared("5700000", "1,2")))
        .subcommand(measure::command())
}

/// What every mode may be told.
fn setting_args(threads: &'static str) -> [Arg; 4] {
    [
        number("runs", "How often each is measured", "3"),
        Arg::new("threads")
            .long("threads")
            .value_name("N,…")
            .value_delimiter(',')
            .action(ArgAction::Set)
            .value_parser(value_parser!(u32).range(1..))
            .default_value(threads)
            .help("Numbers of threads"),
        file(
            "dir",
            "Where input is kept and output is written [default: the system's]",
        ),
        file(
            "program",
            "The program to measure [default: migrate in the target folder]",
        ),
    ]
}

fn number(name: &'static str, help: &'static str, default: &'static str) -> Arg {
    let parser = value_parser!(u64).range(1..);
    Arg::new(name)
        .long(name)
        .value_name("N")
        .value_parser(parser)
        .default_value(default)
        .help(help)
}

fn file(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("PATH")
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

/// What all modes are told.
struct Setting {
    program: PathBuf,
    dir: PathBuf,
    /// 1 where exports have no part.
    messages: u64,
    runs: u64,
    threads: Vec<u32>,
}

impl Setting {
    fn new(arguments: &ArgMatches) -> Result<Self> {
        let path = |name: &str| arguments.get_one::<PathBuf>(name).cloned();
        let number = |name: &str| {
            let given = arguments.try_get_one::<u64>(name).ok().flatten();
            given.copied().unwrap_or(1)
        };
        let program = match path("program") {
            Some(program) => program,
            None => beside()?,
        };
        ensure!(
            program.is_file(),
            "there is no program at {}; build it with `cargo build --release`",
            program.display(),
        );
        let dir = path("dir").unwrap_or_else(|| env::temp_dir().join("migrate-bench"));
        fs::create_dir_all(&dir)
            .with_context(|| format!("could not create the folder {}", dir.display()))?;
        Ok(Self {
            program,
            dir,
            messages: number("messages"),
            runs: number("runs"),
            threads: arguments
                .get_many("threads")
                .unwrap_or_default()
                .copied()
                .collect(),
        })
    }

    /// Converts `input` once with so many threads and removes what was written.
    fn convert(&self, input: &Path, threads: u32) -> Result<Usage> {
        let folder = tempfile::tempdir_in(&self.dir)
            .with_context(|| format!("could not create a folder in {}", self.dir.display()))?;
        let threads = threads.to_string();
        let out = folder.path().join("out.json");
        self.run(&[
            "slack".as_ref(),
            input.as_os_str(),
            "-o".as_ref(),
            out.as_os_str(),
            "--threads".as_ref(),
            threads.as_ref(),
            "--force".as_ref(),
            "-q".as_ref(),
        ])
    }

    /// Runs the program once.
    fn run(&self, arguments: &[&OsStr]) -> Result<Usage> {
        let line: Vec<&OsStr> = [self.program.as_os_str()]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let usage = measure(&line)?;
        // Status 1 is a complete output too; some records were left out.
        if !matches!(usage.status, Some(0 | 1)) {
            bail!(
                "`{}` failed: {}",
                self.program.display(),
                usage.complaint.trim()
            );
        }
        Ok(usage)
    }
}

/// `migrate` in the target folder whose `examples` this program stands in.
fn beside() -> Result<PathBuf> {
    let own = env::current_exe().context("could not find out where this program stands")?;
    let folder = own.parent().and_then(Path::parent);
    let folder = folder.context("this program stands in no target folder; use `--program`")?;
    Ok(folder.join(format!("migrate{}", env::consts::EXE_SUFFIX)))
}

/// The default mode: a table of all numbers of threads and of `unzip -p`.
fn speed(arguments: &ArgMatches) -> Result<ExitCode> {
    let setting = Setting::new(arguments)?;
    let input = match arguments.get_one::<PathBuf>("input") {
        Some(input) => input.clone(),
        None => export(&setting.dir, &Slack::new(setting.messages))?,
    };
    let unzip = ["unzip".as_ref(), "-p".as_ref(), input.as_os_str()];

    // The kinds of runs take turns, so that a slow minute of the machine hits all of them.
    let mut unzipped: Option<Usage> = None;
    let mut converted: Vec<Option<Usage>> = vec![None; setting.threads.len()];
    let mut has_unzip = true;
    for _ in 0..setting.runs {
        if has_unzip {
            match measure(&unzip) {
                Ok(usage) if usage.status == Some(0) => unzipped = Some(better(unzipped, usage)),
                _ => has_unzip = false,
            }
        }
        for (&threads, best) in setting.threads.iter().zip(&mut converted) {
            *best = Some(better(best.take(), setting.convert(&input, threads)?));
        }
    }

    let unzipped = unzipped.filter(|_| has_unzip);
    let converted: Vec<Usage> = converted.into_iter().flatten().collect();
    println!("{}, best of {}", input.display(), setting.runs);
    print_table(
        &setting.threads,
        &converted,
        unzipped.as_ref(),
        json_bytes(&input)?,
    );
    Ok(ExitCode::SUCCESS)
}

fn print_table(threads: &[u32], converted: &[Usage], unzipped: Option<&Usage>, json_bytes: u64) {
    println!("{:.1} MB of JSON", megabytes(json_bytes));
    let head = ["wall s", "CPU s", "peak MB", "MB/s", "x unzip"];
    println!("{:<12}{}", "", head.map(|it| format!("{it:>10}")).concat());
    let reference = unzipped.map(|it| it.wall);
    if let Some(usage) = unzipped {
        print_row("unzip -p", usage, json_bytes, reference);
    }
    for (threads, usage) in threads.iter().zip(converted) {
        print_row(&format!("threads {threads}"), usage, json_bytes, reference);
    }
    if unzipped.is_none() {
        println!("there is no ratio, because `unzip -p` is missing or failed");
    }
    if let ([first, others @ ..], Some(base)) = (threads, converted.first()) {
        for (threads, usage) in others.iter().zip(converted.iter().skip(1)) {
            let ratio = base.wall.as_secs_f64() / usage.wall.as_secs_f64();
            println!("threads {threads}: {ratio:.2} times as fast as threads {first}");
        }
    }
}

fn better(best: Option<Usage>, usage: Usage) -> Usage {
    match best {
        Some(best) if best.wall <= usage.wall => best,
        _ => usage,
    }
}

/// One line of the table; the last number says how many times as fast as `reference` it was.
fn print_row(name: &str, usage: &Usage, json_bytes: u64, reference: Option<Duration>) {
    let or_dash = |number: Option<f64>, digits: usize| match number {
        Some(number) => format!("{number:.digits$}"),
        None => "-".to_owned(),
    };
    let seconds = usage.wall.as_secs_f64();
    println!(
        "{name:<12}{seconds:>10.2}{:>10}{:>10}{:>10.0}{:>10}",
        or_dash(usage.cpu.map(|it| it.as_secs_f64()), 2),
        or_dash(usage.peak_bytes.map(megabytes), 1),
        megabytes(json_bytes) / seconds,
        or_dash(reference.map(|it| it.as_secs_f64() / seconds), 2),
    );
}

/// Two exports with the same conversations, people and day files, one with a quarter of the
/// messages in each: what a message of the largest conversation costs.
fn memory(arguments: &ArgMatches) -> Result<ExitCode> {
    let setting = Setting::new(arguments)?;
    let large = Slack::new(setting.messages);
    let day_files = Slack::new(setting.messages / 4)
        .with_channels(large.channels)
        .day_files;
    let large = Slack { day_files, ..large };
    let small = Slack {
        messages: setting.messages / 4,
        ..large.clone()
    };
    let added = large.largest_channel()? - small.largest_channel()?;
    let inputs = [export(&setting.dir, &small)?, export(&setting.dir, &large)?];

    let mut within = true;
    for &threads in &setting.threads {
        let mut peaks = [0; 2];
        for _ in 0..setting.runs {
            for (input, peak) in inputs.iter().zip(&mut peaks) {
                let usage = setting.convert(input, threads)?;
                let Some(bytes) = usage.peak_bytes else {
                    bail!("peak memory can only be measured on Linux and macOS");
                };
                *peak = bytes.max(*peak);
            }
        }
        let grown = peaks[1].saturating_sub(peaks[0]);
        let allowed = peaks[0] / 5 + ALLOWED_BYTES * added;
        within &= grown <= allowed;
        println!(
            "threads {threads}, highest of {} runs, {day_files} day files",
            setting.runs
        );
        println!(
            "  {:>10} messages: peak {:.1} MB",
            small.messages,
            megabytes(peaks[0])
        );
        println!(
            "  {:>10} messages: peak {:.1} MB",
            large.messages,
            megabytes(peaks[1])
        );
        println!("  {added:>10} messages more in the largest conversation");
        println!(
            "  {:>10.1} bytes for each of them; {:.1} MB more, allowed are {:.1} MB",
            grown as f64 / added.max(1) as f64,
            megabytes(grown),
            megabytes(allowed),
        );
    }
    Ok(if within {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// How fast an import file is checked, for all numbers of threads.
fn validate(arguments: &ArgMatches) -> Result<ExitCode> {
    let setting = Setting::new(arguments)?;
    let bytes = arguments.get_one::<u64>("bytes").copied().unwrap_or(0);
    let input = match arguments.get_one::<PathBuf>("input") {
        Some(input) => input.clone(),
        None => import_file(&setting.dir, bytes)?,
    };
    let bytes = fs::metadata(&input)
        .with_context(|| format!("could not read {}", input.display()))?
        .len();
    let mut checked: Vec<Option<Usage>> = vec![None; setting.threads.len()];
    for _ in 0..setting.runs {
        for (&threads, best) in setting.threads.iter().zip(&mut checked) {
            let threads = threads.to_string();
            let usage = measure(&[
                setting.program.as_os_str(),
                "validate".as_ref(),
                input.as_os_str(),
                "--threads".as_ref(),
                threads.as_ref(),
                "-q".as_ref(),
            ])?;
            // Status 1 is a complete answer too: problems were found.
            ensure!(
                matches!(usage.status, Some(0 | 1)),
                "`{}` failed: {}",
                setting.program.display(),
                usage.complaint.trim()
            );
            *best = Some(better(best.take(), usage));
        }
    }
    println!("{}, best of {}", input.display(), setting.runs);
    println!("{:.1} MB of JSON", megabytes(bytes));
    let head = ["wall s", "CPU s", "peak MB", "MB/s", "x first"];
    println!("{:<12}{}", "", head.map(|it| format!("{it:>10}")).concat());
    let checked: Vec<Usage> = checked.into_iter().flatten().collect();
    let first = checked.first().map(|it| it.wall);
    for (threads, usage) in setting.threads.iter().zip(&checked) {
        print_row(&format!("threads {threads}"), usage, bytes, first);
    }
    Ok(ExitCode::SUCCESS)
}

/// The path of a generated array of about so many bytes, which is made if it is not there.
fn import_file(dir: &Path, bytes: u64) -> Result<PathBuf> {
    let entries = bytes / MEAN_ENTRY_BYTES;
    // The version of this program stands for that of the generator.
    let version = env!("CARGO_PKG_VERSION");
    let path = dir.join(format!("import-{version}-{entries}.json"));
    if path.is_file() {
        return Ok(path);
    }
    eprintln!("making {}", path.display());
    let draft = path.with_extension("draft");
    let failed = || format!("could not write {}", draft.display());
    let out = BufWriter::with_capacity(1 << 20, File::create(&draft).with_context(failed)?);
    generator::import(&Import::new(entries), out).with_context(failed)?;
    fs::rename(&draft, &path).with_context(|| format!("could not rename {}", draft.display()))?;
    Ok(path)
}

/// The path of a generated export, which is made if it is not there.
fn export(dir: &Path, options: &Slack) -> Result<PathBuf> {
    let Slack {
        messages,
        users,
        channels,
        day_files,
        ..
    } = options;
    // The version of this program stands for that of the generator.
    let version = env!("CARGO_PKG_VERSION");
    let path = dir.join(format!(
        "slack-{version}-{messages}-{users}-{channels}-{day_files}.zip"
    ));
    if path.is_file() {
        return Ok(path);
    }
    eprintln!("making {}", path.display());
    let draft = path.with_extension("draft");
    let failed = || format!("could not write {}", draft.display());
    let out = BufWriter::with_capacity(1 << 20, File::create(&draft).with_context(failed)?);
    let written = generator::slack(options, out, &mut |_| {}).with_context(failed)?;
    ensure!(
        written.messages == *messages,
        "the generator wrote {} messages",
        written.messages
    );
    fs::rename(&draft, &path).with_context(|| format!("could not rename {}", draft.display()))?;
    Ok(path)
}

/// What is in the zip, unpacked.
fn json_bytes(input: &Path) -> Result<u64> {
    let unreadable = || format!("could not read {}", input.display());
    let file = File::open(input).with_context(unreadable)?;
    let mut archive = zip::ZipArchive::new(file).with_context(unreadable)?;
    let mut bytes = 0;
    for index in 0..archive.len() {
        bytes += archive.by_index_raw(index).with_context(unreadable)?.size();
    }
    Ok(bytes)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
