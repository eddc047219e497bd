//! `migrate protocol`: what lines of the model look like, for those who write programs that print
//! them.

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};

use crate::Ending;
use crate::stdout;

/// The name of the command.
pub const NAME: &str = "protocol";

/// The command's description.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Prints the JSON Schema of the lines that `migrate jsonl` reads, and an example")
        .after_help("Example: migrate protocol example > lines.jsonl")
        .arg(
            Arg::new("what")
                .value_name("WHAT")
                .help("Print one of them alone")
                .value_parser(PossibleValuesParser::new(["schema", "example"])),
        )
}

/// Prints what is asked for.
///
/// # Errors
/// If standard output cannot be written.
pub fn run(matches: &ArgMatches) -> Result<Ending> {
    let (schema, example) = (migrate_jsonl::schema(), migrate_jsonl::example());
    let text = match matches.get_one::<String>("what").map(String::as_str) {
        Some("schema") => schema,
        Some(_) => example.to_owned(),
        None => format!("{}\n\n{example}", schema.trim_end()),
    };
    stdout::print(format!("{}\n", text.trim_end()).as_bytes())?;
    Ok(Ending::Complete)
}
