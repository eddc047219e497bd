//! Measures the release program on generated inputs: wall and processor time, peak memory and its
//! bound, MB/s, and the ratio to `unzip -p` of the same zip in the same run, as a table in Markdown.
//!
//! It builds nothing and runs `migrate` from the target folder that it stands in itself. This file
//! is the command line. What is measured stands in `subject`, on what in `input`, how one run is
//! measured in `measure`, in which order in `table`; what came out is compared by `outcome`, and
//! `limits` holds what memory and speed are held to, and `growth` tells what one more of something
//! costs.

mod generator;
#[path = "bench/growth.rs"]
mod growth;
#[path = "bench/input.rs"]
mod input;
#[path = "bench/limits.rs"]
mod limits;
mod measure;
#[path = "bench/outcome.rs"]
mod outcome;
#[path = "bench/setting.rs"]
mod setting;
#[path = "bench/subject.rs"]
mod subject;
#[path = "bench/table.rs"]
mod table;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use setting::Setting;

fn main() -> ExitCode {
    let matches = command().get_matches();
    let result = match matches.subcommand() {
        Some((measure::COMMAND, arguments)) => measure::serve(arguments),
        Some(("growth", arguments)) => {
            Setting::new(arguments).and_then(|setting| growth::run(&setting))
        }
        _ => table(&matches),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn table(arguments: &ArgMatches) -> Result<ExitCode> {
    let setting = Setting::new(arguments)?;
    let missed = table::run(&setting)?;
    for line in &missed {
        eprintln!("missed: {line}");
    }
    Ok(match setting.is_checking && !missed.is_empty() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

fn command() -> Command {
    let list = |name: &'static str, value: &'static str, default: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .value_delimiter(',')
            .default_value(default)
    };
    let sizes = list("size", "SIZE,…", "50MB,1GB")
        .value_parser(setting::size)
        .help("How large inputs are: unpacked JSON of exports, bytes of others");
    let only = list("only", "PART,…", "slack,jsonl,csv,sqlite,validate,split")
        .value_parser(["slack", "jsonl", "csv", "sqlite", "validate", "split"])
        .help("What is measured");
    let strangers = list("strangers", "P,…", "0,5")
        .value_parser(value_parser!(u32).range(0..=100))
        .help("How many of a hundred people an export does not list, which asks for a second pass");
    let check = Arg::new("check")
        .long("check")
        .action(ArgAction::SetTrue)
        .help("End with 1 if a bound of memory or a floor of speed is missed");
    let growth = Command::new("growth")
        .about("Measures what one more entry, message, channel, user or message of the largest channel costs")
        .arg(only.clone())
        .args(shared(list("threads", "N,…", "2")));
    Command::new("bench")
        .about("Measures migrate on generated inputs and prints a table in Markdown")
        .args_conflicts_with_subcommands(true)
        .args([sizes, only, strangers, check])
        .args(shared(list("threads", "N,…", "1,2")))
        .subcommand(growth)
        .subcommand(measure::command())
}

/// What every mode may be told.
fn shared(threads: Arg) -> [Arg; 4] {
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("PATH")
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    [
        Arg::new("runs")
            .long("runs")
            .value_name("N")
            .value_parser(value_parser!(u32).range(1..))
            .default_value("3")
            .help("How often each is measured: the lowest time and the highest peak count"),
        threads
            .value_parser(value_parser!(u32).range(1..))
            .help("On how many threads"),
        path(
            "dir",
            "Where inputs are kept and outputs written [default: a folder in the system's]",
        ),
        path(
            "program",
            "The program to measure [default: migrate in the target folder]",
        ),
    ]
}
