//! `migrate adapters`: who reads what.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Result;
use clap::Command;
use migrate_model::Adapter;

use super::find;
use crate::Ending;
use crate::stdout;
use crate::text::{safe, shell_word};

/// The name of the command.
pub const NAME: &str = "adapters";

/// What stands before the words that a script says about itself, in a comment near its start.
const MARK: &str = "migrate adapter:";

/// How far into a program that comment is looked for, in bytes.
const HEAD_BYTES: u64 = 2_000;

/// How much of a description is shown, in characters.
const SHOWN_CHARS: usize = 120;

/// The command's description.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Lists the adapters that are there, built in or as programs on PATH")
        .after_help("Example: migrate adapters")
}

/// Prints a line for each adapter. Programs are found by their names and not run: one that is called
/// `migrate-…` need not be an adapter.
///
/// # Errors
/// Never; a reader who has seen enough makes no failure.
pub fn run(adapters: &[&dyn Adapter]) -> Result<Ending> {
    let mut rows = Vec::new();
    for adapter in adapters {
        let about = adapter.about();
        rows.push((
            about.name.to_owned(),
            about.title.to_owned(),
            "built in".to_owned(),
        ));
    }
    for found in find::all() {
        let path = shell_word(&found.path.display().to_string());
        let is_built_in = adapters.iter().any(|it| it.about().name == found.name);
        let reads = match is_built_in {
            true => "not used: the adapter that is built in has this name".to_owned(),
            false => described(&found.path),
        };
        rows.push((found.name, reads, path));
    }
    let widest = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, reads, place) in rows {
        text.push_str(&format!("{name:widest$}  {reads} ({place})\n"));
    }
    stdout::print(text.as_bytes())?;
    Ok(Ending::Complete)
}

/// What a program says about itself in its text, without being run.
fn described(path: &Path) -> String {
    let mut head = Vec::new();
    let file = File::open(path);
    let _ = file.map(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    let text = String::from_utf8_lossy(&head);
    let said = text.lines().find_map(|line| line.split_once(MARK));
    match said {
        Some((_, said)) => safe(said.trim(), SHOWN_CHARS),
        None => "no adapter, or one that does not say what it reads".to_owned(),
    }
}
