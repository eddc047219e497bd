//! Makes input for `migrate`: an invented Slack export, import file or table of messages of any size,
//! or a zip of a folder. All are the same bytes for the same arguments on every machine.
//!
//! This file is the command line; what an export looks like stands in `generator`.

#[expect(dead_code, reason = "the bench uses more of it")]
mod generator;

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, BufWriter},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use generator::{Archive, Import, Slack, Table, Written};

fn main() -> ExitCode {
    let result = match command().get_matches().subcommand() {
        Some(("slack", arguments)) => slack(arguments),
        Some(("import", arguments)) => import(arguments),
        Some(("csv", arguments)) => table(arguments, false),
        Some(("sqlite", arguments)) => table(arguments, true),
        Some(("zip", arguments)) => zip(arguments),
        _ => Ok(()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn command() -> Command {
    let number = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .value_parser(value_parser!(u64))
            .help(help)
    };
    let small = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .value_parser(value_parser!(u32))
            .help(help)
    };
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    let slack = Command::new("slack")
        .about("Writes an invented Slack export")
        .arg(path("FILE", "The zip to write"))
        .arg(number("messages", "How many messages, exactly").default_value("100000"))
        .arg(small(
            "users",
            "How many people [default: one for 500 messages]",
        ))
        .arg(small(
            "channels",
            "How many conversations [default: one for 1,000 messages]",
        ))
        .arg(number(
            "day-files",
            "How many day files, exactly [default: one for 4 messages]",
        ))
        .arg(
            Arg::new("strangers")
                .long("strangers")
                .value_name("P")
                .value_parser(value_parser!(u32).range(0..=100))
                .default_value("0")
                .help("Percentage of people who are missing from users.json"),
        )
        .arg(
            number("seed", "Another seed gives another export of the same size").default_value("1"),
        )
        .after_help("Example: generate slack --messages 1000000 big.zip");
    let import = Command::new("import")
        .about("Writes an invented import file in Stream's own format")
        .arg(path(
            "FILE",
            "The file to write: .json for an array, .jsonl for JSON Lines",
        ))
        .arg(number("entries", "How many entries, exactly").default_value("1000000"))
        .arg(
            number("bytes", "About how many bytes instead, such as 1000000000")
                .conflicts_with("entries"),
        )
        .arg(
            Arg::new("pretty")
                .long("pretty")
                .action(ArgAction::SetTrue)
                .help("A line for each field; an array only"),
        )
        .arg(number("seed", "Another seed gives another file of the same size").default_value("1"))
        .after_help("Example: generate import --bytes 1000000000 big.json");
    let of_table = |command: Command| {
        command
            .arg(path("FILE", "The file to write"))
            .arg(number("messages", "How many messages, exactly").default_value("1000000"))
            .arg(number("channels", "How many channels").default_value("1000"))
            .arg(
                Arg::new("shuffled")
                    .long("shuffled")
                    .action(ArgAction::SetTrue)
                    .help("In no order, instead of by channel and time"),
            )
            .arg(
                number("seed", "Another seed gives another file of the same size")
                    .default_value("1"),
            )
    };
    let table = of_table(Command::new("csv"))
        .about("Writes invented messages as CSV")
        .after_help("Example: generate csv --messages 5700000 --shuffled big.csv");
    let database = of_table(Command::new("sqlite"))
        .about("Writes the same messages as an SQLite database")
        .after_help("Example: generate sqlite --messages 5700000 big.db");
    let zip = Command::new("zip")
        .about("Zips a folder, always to the same bytes")
        .arg(path("FOLDER", "The folder whose content is zipped"))
        .arg(path("FILE", "The zip to write"))
        .after_help("Example: generate zip samples/slack samples/slack-export.zip");
    Command::new("generate")
        .about("Makes input for migrate")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(slack)
        .subcommand(import)
        .subcommand(table)
        .subcommand(database)
        .subcommand(zip)
}

fn slack(arguments: &ArgMatches) -> Result<()> {
    let number = |name: &str| arguments.get_one::<u64>(name).copied();
    let small = |name: &str| arguments.get_one::<u32>(name).copied();
    let mut options = Slack::new(number("messages").unwrap_or_default());
    if let Some(channels) = small("channels") {
        options = options.with_channels(channels);
    }
    options.users = small("users").unwrap_or(options.users);
    options.day_files = number("day-files").unwrap_or(options.day_files);
    options.strangers_percent = small("strangers").unwrap_or_default();
    options.seed = number("seed").unwrap_or(options.seed);

    let path = target(arguments, &["zip"])?;
    let largest = options.largest_channel()?;
    let bar = ProgressBar::new(options.messages).with_style(
        ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} messages, {eta} left")
            .context("the template of the progress bar is wrong")?,
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    let out = BufWriter::with_capacity(1 << 20, create(path)?);
    let written = generator::slack(&options, out, &mut |so_far| {
        bar.set_position(so_far.messages)
    })
    .with_context(|| format!("could not write {}", path.display()));
    bar.finish_and_clear();
    summarize(path, &written?, largest)
}

fn summarize(path: &Path, written: &Written, largest: u64) -> Result<()> {
    let zip_bytes = fs::metadata(path)?.len();
    eprintln!(
        "{}: {} messages ({} in the largest conversation) in {} day files, {} files in all, \
         {} of JSON ({} bytes a message, {} a day file), {} zipped",
        path.display(),
        HumanCount(written.messages),
        HumanCount(largest),
        HumanCount(written.day_files),
        HumanCount(written.files),
        HumanBytes(written.json_bytes),
        written.json_bytes / written.messages.max(1),
        written.json_bytes / written.day_files.max(1),
        HumanBytes(zip_bytes),
    );
    Ok(())
}

fn import(arguments: &ArgMatches) -> Result<()> {
    let number = |name: &str| arguments.get_one::<u64>(name).copied();
    let path = target(arguments, &["json", "jsonl"])?;
    let mut options = match number("bytes") {
        Some(bytes) => Import::of_bytes(bytes),
        None => Import::new(number("entries").unwrap_or_default()),
    };
    options.is_lines = path.extension() == Some(OsStr::new("jsonl"));
    options.is_pretty = arguments.get_flag("pretty");
    options.seed = number("seed").unwrap_or(options.seed);
    let out = BufWriter::with_capacity(1 << 20, create(path)?);
    let bytes = generator::import(&options, out)
        .with_context(|| format!("could not write {}", path.display()))?;
    eprintln!(
        "{}: {} entries, {}",
        path.display(),
        HumanCount(options.entries),
        HumanBytes(bytes)
    );
    Ok(())
}

fn table(arguments: &ArgMatches, is_database: bool) -> Result<()> {
    let number = |name: &str| arguments.get_one::<u64>(name).copied();
    let path = target(arguments, if is_database { &["db"] } else { &["csv"] })?;
    let messages = number("messages").unwrap_or_default();
    let mut options = Table::new(messages);
    options.channels = number("channels").unwrap_or(options.channels);
    options.is_shuffled = arguments.get_flag("shuffled");
    options.seed = number("seed").unwrap_or(options.seed);
    let bytes = match is_database {
        true => generator::database(&options, path),
        false => generator::table(&options, BufWriter::with_capacity(1 << 20, create(path)?)),
    };
    let bytes = bytes.with_context(|| format!("could not write {}", path.display()))?;
    eprintln!(
        "{}: {} messages, {}",
        path.display(),
        HumanCount(messages),
        HumanBytes(bytes)
    );
    Ok(())
}

fn zip(arguments: &ArgMatches) -> Result<()> {
    let folder = arguments
        .get_one::<PathBuf>("FOLDER")
        .context("no folder was given")?;
    let path = target(arguments, &["zip"])?;
    let mut names = Vec::new();
    collect(folder, "", &mut names)?;
    ensure!(
        !names.is_empty(),
        "there is no file in {}",
        folder.display()
    );
    names.sort_unstable();
    let mut archive = Archive::new(BufWriter::new(create(path)?));
    for name in &names {
        if let Some(name) = name.strip_suffix('/') {
            archive.folder(name)?;
        } else {
            let content = fs::read(folder.join(name))
                .with_context(|| format!("could not read {}", folder.join(name).display()))?;
            archive.file(name, &content)?;
        }
    }
    archive
        .finish()
        .with_context(|| format!("could not write {}", path.display()))?;
    eprintln!("{}: {} entries", path.display(), names.len());
    Ok(())
}

/// The names of all that is in a folder, with `/` between the levels and behind a folder's own.
/// What begins with a dot is the machine's and not part of an export.
fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) -> Result<()> {
    let unreadable = || format!("could not read the folder {}", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            bail!("the name of {} is not UTF-8", entry.path().display());
        };
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type().with_context(unreadable)?.is_dir() {
            names.push(format!("{prefix}{name}/"));
            collect(&entry.path(), &format!("{prefix}{name}/"), names)?;
        } else {
            names.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

/// The file to write; the ending is asked for, so that a mistyped command destroys nothing else.
fn target<'a>(arguments: &'a ArgMatches, endings: &[&str]) -> Result<&'a Path> {
    let path = arguments
        .get_one::<PathBuf>("FILE")
        .context("no file was given")?;
    let is_good = |ending: &&str| path.extension() == Some(OsStr::new(ending));
    ensure!(
        endings.iter().any(is_good),
        "{} does not end in `.{}`; only such a file is written",
        path.display(),
        endings.join("` or `."),
    );
    Ok(path)
}

fn create(path: &Path) -> Result<File> {
    File::create(path)
        .map_err(|error: io::Error| anyhow::Error::new(error))
        .with_context(|| format!("could not create {}", path.display()))
}
