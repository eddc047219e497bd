//! Runs the release program on changed and hostile inputs, kills it, fills its disk, and prints what
//! came of it as a table in Markdown.
//!
//! It builds nothing and runs `migrate` from the target folder that it stands in itself. This file is
//! the command line; what a row of the table is stands in `row`, and each kind of torture in a file of
//! its name.

#[path = "torture/bombs/mod.rs"]
mod bombs;
#[path = "torture/disks.rs"]
mod disks;
#[allow(dead_code, reason = "others generate more")]
mod generator;
#[path = "torture/hostile/mod.rs"]
mod hostile;
#[path = "torture/inputs.rs"]
mod inputs;
#[path = "torture/kills.rs"]
mod kills;
#[allow(dead_code, reason = "others measure more")]
mod measure;
#[path = "torture/row.rs"]
mod row;
#[path = "torture/setting.rs"]
mod setting;
#[path = "torture/subject.rs"]
mod subject;
/// What judges the tests judges here too.
#[allow(dead_code, reason = "the tests ask for more")]
#[path = "../tests/it"]
mod tests {
    pub(crate) mod checker;
    pub(crate) mod zips;
}

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use row::Table;
use setting::Setting;
use tests::{checker, zips};

fn main() -> ExitCode {
    let matches = command().get_matches();
    let result = match matches.subcommand() {
        Some((measure::COMMAND, arguments)) => measure::serve(arguments),
        _ => torture(&matches),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn torture(arguments: &ArgMatches) -> Result<ExitCode> {
    let setting = Setting::new(arguments)?;
    let mut table = Table::new();
    for torture in [inputs::run, kills::run, disks::run, bombs::run] {
        torture(&setting, &mut table)?;
    }
    Ok(match table.is_faultless() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn command() -> Command {
    let times = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .value_parser(value_parser!(usize))
            .default_value(default)
            .help(help)
    };
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("PATH")
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    Command::new("torture")
        .about("Runs migrate under hostile conditions and prints what came of it as a table in Markdown")
        .args_conflicts_with_subcommands(true)
        .args([
            times("inputs", "1700", "How many changed inputs, over all ways into the program"),
            times("kills", "20", "How many runs are ended at random times"),
            times("full-disks", "20", "How many runs have a disk that is full at a random byte"),
            times("bombs", "1", "How often each bomb is tried"),
            Arg::new("bombs-with")
                .long("bombs-with")
                .value_name("WORDS")
                .action(ArgAction::Append)
                .help("Only bombs with these words in their row; may be given several times"),
            path(
                "dir",
                "Where inputs and outputs are written [default: a folder in the system's]",
            ),
            path(
                "program",
                "The program to torture [default: migrate in the target folder]",
            ),
        ])
        .subcommand(measure::command())
}
