//! `migrate completions` and `migrate man`: what a shell completes, and manual pages. Both are made
//! from the program's own command line, so they say what it does.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::Ending;
use crate::cli::flag;
use crate::output::refuse_foreign_file;
use crate::staged::Staged;
use crate::stdout;
use crate::text::{counted, shell_word};

/// The name of the command for completions.
pub const COMPLETIONS: &str = "completions";
/// The name of the command for manual pages.
pub const MAN: &str = "man";

/// How every page and every section of one begins: what groff and mandoc take for an apostrophe.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// The description of `migrate completions`.
pub fn completions_command() -> Command {
    Command::new(COMPLETIONS)
        .about("Prints what a shell needs to complete commands and options")
        .after_help("Example: migrate completions bash > migrate.bash")
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .help("The shell")
                .required(true)
                .value_parser(value_parser!(Shell)),
        )
}

/// The description of `migrate man`.
pub fn man_command() -> Command {
    Command::new(MAN)
        .about("Writes a manual page for each command")
        .after_help("Example: migrate man ~/.local/share/man/man1")
        .arg(
            Arg::new("folder")
                .value_name("FOLDER")
                .help("Where to write them; made if it is not there")
                .required(true)
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(flag("force", "Replace files that are no manual pages"))
}

/// Prints the completions of a command line for the shell that is asked for.
///
/// # Errors
/// If standard output cannot be written.
pub fn complete(mut command: Command, matches: &ArgMatches) -> Result<Ending> {
    let Some(shell) = matches.get_one::<Shell>("shell") else {
        bail!("no shell was named");
    };
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut command, name, &mut script);
    stdout::print(&script)?;
    Ok(Ending::Complete)
}

/// Writes the pages of a command line into the folder that is asked for. Pages of an earlier run are
/// replaced.
///
/// # Errors
/// If the folder is none and cannot be made, a file of a page's name is no page, or one cannot be
/// written.
pub fn write_pages(command: Command, matches: &ArgMatches) -> Result<Ending> {
    let Some(folder) = matches.get_one::<PathBuf>("folder") else {
        bail!("no folder was named");
    };
    let pages = pages(command)?;
    let shown = folder.display();
    if folder.exists() && !folder.is_dir() {
        bail!("`{shown}` is a file; name a folder for the pages, which is made if it is not there");
    }
    fs::create_dir_all(folder).with_context(|| format!("could not make the folder `{shown}`"))?;
    let pages: Vec<_> = { pages.into_iter() }
        .map(|(name, page)| (folder.join(name), page))
        .collect();
    if !matches.get_flag("force") {
        let start: String = PREAMBLE.split_whitespace().collect();
        for (path, _) in &pages {
            refuse_foreign_file(path, "manual page", &start)?;
        }
    }
    let staged = pages.iter().map(|(path, page)| stage(path, page));
    let staged = staged.collect::<Result<Vec<Staged>>>()?;
    for page in staged {
        let path = page.path().to_owned();
        page.publish().with_context(|| could_not_write(&path))?;
    }
    let first = pages.first().map(|(path, _)| path.display().to_string());
    // A reader who went away makes no failure.
    let _ = writeln!(
        io::stdout(),
        "wrote {} into {}\nnext: man {}",
        counted(pages.len() as u64, "page"),
        shell_word(&shown.to_string()),
        shell_word(&first.unwrap_or_default())
    );
    Ok(Ending::Complete)
}

fn stage(path: &Path, page: &[u8]) -> Result<Staged> {
    Staged::new(path, None, page).with_context(|| could_not_write(path))
}

fn could_not_write(path: &Path) -> String {
    format!("could not write the manual page `{}`", path.display())
}

/// The pages of a command and of all below it, that of the command first, by their file names.
fn pages(command: Command) -> Result<Vec<(String, Vec<u8>)>> {
    let source = format!(
        "{} {}",
        command.get_name(),
        command.get_version().unwrap_or_default()
    );
    // Whoever has a manual needs no command that prints help.
    let mut command = whole(command.disable_help_subcommand(true));
    command.build();
    let mut pages = Vec::new();
    add_pages(&command, &source, &mut pages)?;
    Ok(pages)
}

/// A command with all that is hidden from its short help, and so those below it.
fn whole(command: Command) -> Command {
    let command = command.mut_args(|arg| arg.hide_short_help(false));
    command.mut_subcommands(whole)
}

fn add_pages(command: &Command, source: &str, pages: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    // Nothing in a page may hang on the day on which it is made; a space is a date that says nothing.
    let page = Man::new(command.clone()).source(source).date(" ");
    let mut text = PREAMBLE.as_bytes().to_vec();
    let mut add = |write: &dyn Fn(&mut Vec<u8>) -> io::Result<()>| {
        let mut section = Vec::new();
        write(&mut section)?;
        let rest = section.strip_prefix(PREAMBLE.as_bytes());
        text.extend_from_slice(rest.unwrap_or(&section));
        io::Result::Ok(())
    };
    add(&|to| page.render_title(to))?;
    add(&|to| page.render_name_section(to))?;
    add(&|to| page.render_synopsis_section(to))?;
    add(&|to| page.render_description_section(to))?;
    add(&|to| page.render_options_section(to))?;
    if command.has_subcommands() {
        add(&|to| page.render_subcommands_section(to))?;
    }
    add(&|to| closing(command).to_writer(to))?;
    pages.push((page.get_filename(), ascii(&text)));
    for below in command.get_subcommands() {
        add_pages(below, source, pages)?;
    }
    Ok(())
}

/// A page in ASCII: what else there is, is named, as not every roff takes UTF-8.
fn ascii(page: &[u8]) -> Vec<u8> {
    let mut named = String::with_capacity(page.len());
    for c in String::from_utf8_lossy(page).chars() {
        match c.is_ascii() {
            true => named.push(c),
            // Writing to a string does not fail.
            false => {
                let _ = write!(named, "\\[u{:04X}]", u32::from(c));
            }
        }
    }
    named.into_bytes()
}

/// What stands at the end of a command's help, a section for each of its headings.
fn closing(command: &Command) -> Roff {
    let mut page = Roff::new();
    let help = command.get_after_long_help();
    let help = help.or_else(|| command.get_after_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let mut follows_heading = false;
    for line in help.lines().filter(|line| !line.is_empty()) {
        let heading = line.split_once(':').filter(|(it, _)| is_heading(it));
        if let Some((heading, _)) = heading {
            page.control("SH", [heading.to_uppercase().as_str()]);
        } else if !follows_heading {
            page.control("PP", []);
        }
        let text = heading.map_or(line, |(_, rest)| rest).trim();
        follows_heading = text.is_empty();
        if !follows_heading {
            page.text([roman(text)]);
        }
    }
    page
}

/// Whether these are the words before a colon that begin a part of what ends a help.
fn is_heading(text: &str) -> bool {
    ["Example", "Examples", "Exit status"].contains(&text)
}
