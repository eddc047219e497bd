//! `migrate.toml`: options of conversions in a file, and how such a file is written.
//!
//! What the file gives becomes arguments that stand before those of the command line, by the same
//! definition. So nothing is declared twice, and nothing behind the command line knows of the file.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use migrate_mapping::{Document, Entry};
use migrate_model::wording::list;
use toml::de::DeValue;

use crate::cli::flag;
use crate::external;
use crate::text::{safe, safe_json};

/// The file that is read in the current folder if no other is named.
const NAME: &str = "migrate.toml";
/// The option that prints such a file.
pub const PRINT: &str = "print-config";
/// The option that names a file; only a conversion has it.
const CONFIG: &str = "config";
/// The option by which no file is read.
const NO_CONFIG: &str = "no-config";

/// Options that stand on the command line alone: what is about one run, and what replaces import files,
/// so that no file that lies where somebody happens to stand can do that.
const LINE_ALONE: [&str; 5] = ["output", "force", CONFIG, NO_CONFIG, PRINT];

/// The most that such a file may have, in bytes.
const MOST_BYTES: u64 = 1 << 20;
/// How much of a path is shown, in characters.
const SHOWN_CHARS: usize = 200;

/// What a file gives to the run at hand.
pub struct Config {
    /// The file's name for people.
    name: String,
    /// Whether the file was read because it was there, and not because it was named.
    is_found: bool,
    /// Whether the command line asks for silence.
    is_quiet: bool,
    /// The options that the command line does not have itself, each with its arguments.
    given: Vec<(String, Vec<OsString>)>,
}

/// The options of a conversion that are about such files.
pub fn args() -> [Arg; 3] {
    [
        Arg::new(CONFIG)
            .long(CONFIG)
            .value_name("FILE")
            .help("Read options from FILE; ./migrate.toml is read by itself")
            .long_help("Read options from FILE, by their long names; what stands on the command line wins. `migrate.toml` in the current folder is read by itself, and a line says so")
            .value_parser(value_parser!(PathBuf)),
        flag(NO_CONFIG, "Read no options from ./migrate.toml").conflicts_with(CONFIG),
        flag(PRINT, "Print the options of this run as such a file, and convert nothing"),
    ]
}

impl Config {
    /// What a file gives to a command line that is a conversion; `None` if it is none, or if there is no
    /// file.
    ///
    /// # Errors
    /// If the file cannot be read, is not TOML, or gives what no command or option takes.
    pub fn of(command: &Command, args: &[OsString]) -> Result<Option<Config>> {
        // What is wrong with the command line is told when it is read with the file's options.
        let lenient = command.clone().ignore_errors(true);
        let Ok(matches) = lenient.try_get_matches_from(args) else {
            return Ok(None);
        };
        let Some((word, line)) = matches.subcommand() else {
            return Ok(None);
        };
        let conversion = command.find_subcommand(word).filter(|it| is_conversion(it));
        let Some(conversion) = conversion.filter(|_| line.subcommand().is_none()) else {
            return Ok(None);
        };
        let is_found = line.get_one::<PathBuf>(CONFIG).is_none();
        let Some(path) = &file(line) else {
            return Ok(None);
        };
        let name = format!("`{}`", safe(&path.display().to_string(), SHOWN_CHARS));
        let text = read(path).with_context(|| format!("could not read {name}"))?;
        let reading = Reading {
            command,
            document: Document::new(&text, &name),
        };
        let mut given = reading.given(conversion)?;
        given.retain(|(option, _)| !is_given(line, option));
        Ok(Some(Config {
            name,
            is_found,
            is_quiet: is_given(line, "quiet"),
            given,
        }))
    }

    /// The command line with what the file gives.
    pub fn put_into(&self, args: &mut Vec<OsString>) {
        let given = self.given.iter().flat_map(|(_, args)| args).cloned();
        // Behind the program's name and the command.
        let at = args.len().min(2);
        args.splice(at..at, given);
    }

    /// Which options the file gave, for people; `None` if it gave none, or if nobody
    /// wants to know.
    pub fn told(&self) -> Option<String> {
        self.options().filter(|_| !self.is_quiet)
    }

    fn options(&self) -> Option<String> {
        let names: Vec<_> = { self.given.iter() }
            .filter(|(_, args)| !args.is_empty())
            .map(|(name, _)| format!("--{name}"))
            .collect();
        let cure = match self.is_found {
            true => "; `--no-config` leaves them aside",
            false => "",
        };
        let told = format!("options of {}: {}{cure}", self.name, names.join(", "));
        (!names.is_empty()).then_some(told)
    }

    /// An error of the command line, with the place of an option that stands in the file.
    pub fn hinted(&self, mut error: clap::Error) -> clap::Error {
        let about = [ContextKind::InvalidArg, ContextKind::PriorArg].into_iter();
        let about = about
            .filter_map(|kind| error.get(kind))
            .flat_map(|it| match it {
                ContextValue::String(text) => vec![text.as_str()],
                ContextValue::Strings(texts) => texts.iter().map(String::as_str).collect(),
                _ => Vec::new(),
            });
        let names: BTreeSet<&str> = about
            .filter_map(|text| text.strip_prefix("--")?.split([' ', '=', '[']).next())
            .collect();
        let named = self
            .given
            .iter()
            .filter(|(name, _)| names.contains(&**name));
        let named: Vec<_> = named.map(|(name, _)| name.as_str()).collect();
        let lacks_another = error.kind() == ErrorKind::MissingRequiredArgument;
        let hint = match named.is_empty() {
            false => Some(format!("{} stands in {}", list(&named), self.name)),
            true if lacks_another && error.get(ContextKind::Suggested).is_none() => self.options(),
            true => None,
        };
        if let Some(hint) = hint {
            let hint = ContextValue::StyledStrs(vec![hint.into()]);
            error.insert(ContextKind::Suggested, hint);
        }
        error
    }
}

/// The file from which a conversion reads options, if there is one.
pub fn file(line: &ArgMatches) -> Option<PathBuf> {
    let found = Path::new(NAME);
    match line.get_one::<PathBuf>(CONFIG) {
        _ if is_given(line, NO_CONFIG) => None,
        Some(named) => Some(named.clone()),
        None => found.is_file().then(|| found.to_owned()),
    }
}

/// The options that a conversion was given, as a file of its own.
///
/// # Errors
/// If one is not UTF-8.
pub fn printed(conversion: &Command, matches: &ArgMatches) -> Result<String> {
    let name = conversion.get_name();
    let mut text = format!("# Options of `migrate {name}`.\n[{name}]\n");
    for (option, arg) in options(conversion).filter(|(it, _)| !LINE_ALONE.contains(it)) {
        if !is_given(matches, option) {
            continue;
        }
        let values = matches.get_raw(option).into_iter().flatten();
        let values: Option<Vec<_>> = values.map(|it| it.to_str().map(quoted)).collect();
        let Some(values) = values else {
            bail!("the value of `--{option}` is not UTF-8, which a file of options has to be");
        };
        text += &match (takes_value(arg), takes_several(arg)) {
            (false, _) => format!("{option} = true\n"),
            (true, true) => format!("{option} = [{}]\n", values.join(", ")),
            (true, false) => format!("{option} = {}\n", values.concat()),
        };
    }
    Ok(text)
}

/// A text as TOML has it: as JSON, but for characters of which JSON's code has two halves.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for piece in serde_json::Value::from(text).to_string().chars() {
        let mut bytes = [0; 4];
        let shown = safe_json(piece.encode_utf8(&mut bytes));
        match shown.starts_with('\\') && piece > '\u{ffff}' {
            true => _ = write!(quoted, "\\U{:08x}", u32::from(piece)),
            false => quoted += &shown,
        }
    }
    quoted
}

/// The text of a file of options.
fn read(path: &Path) -> Result<String> {
    let mut text = String::new();
    let count = File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_string(&mut text)?;
    if count as u64 > MOST_BYTES {
        bail!("it has more than 1 MB, and is hardly a file of options");
    }
    Ok(text)
}

/// Whether a command is a conversion.
fn is_conversion(command: &Command) -> bool {
    command.get_arguments().any(|arg| arg.get_id() == CONFIG)
}

/// The options of a command by their long names, in their order.
fn options(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    let args = command.get_arguments();
    args.filter_map(|arg| Some((arg.get_long()?, arg)))
}

fn is_given(matches: &ArgMatches, option: &str) -> bool {
    matches.value_source(option) == Some(ValueSource::CommandLine)
}

fn takes_value(arg: &Arg) -> bool {
    !matches!(arg.get_action(), ArgAction::SetTrue)
}

fn takes_several(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append) || arg.get_value_delimiter().is_some()
}

/// A file of options that is being read.
struct Reading<'a> {
    command: &'a Command,
    document: Document<'a>,
}

impl Reading<'_> {
    /// What the file gives to a conversion: first what it gives to all commands, in whose place its own
    /// table may put something else.
    fn given(&self, conversion: &Command) -> Result<Vec<(String, Vec<OsString>)>> {
        let table = self.document.table()?;
        let (mut given, mut own) = (Vec::new(), Vec::new());
        for it in self.document.entries(&table) {
            match it.value.get_ref() {
                DeValue::Table(_) => {
                    let entries = self.document.table_of(&it)?;
                    let Some(command) = self.command_of(&it)? else {
                        continue;
                    };
                    let options = { entries.iter() }
                        .map(|entry| self.option(entry, command))
                        .collect::<Result<Vec<_>>>()?;
                    if command.get_name() == conversion.get_name() {
                        own = options;
                    }
                }
                _ => {
                    self.check_common(&it)?;
                    given.push(self.option(&it, conversion)?);
                }
            }
        }
        given.retain(|(name, _)| !own.iter().any(|(it, _)| it == name));
        given.extend(own);
        Ok(given)
    }

    /// The conversion that a table is for; `None` for a program that this run does not ask for.
    fn command_of(&self, it: &Entry<'_>) -> Result<Option<&Command>> {
        let found = self
            .conversions()
            .find(|command| command.get_name() == it.key);
        if found.is_none() && !external::is_program(it.key.as_ref()) {
            let names: Vec<&str> = self.conversions().map(Command::get_name).collect();
            return Err(self.document.unknown_key(it, "command", &names));
        }
        Ok(found)
    }

    fn conversions(&self) -> impl Iterator<Item = &Command> {
        let commands = self.command.get_subcommands();
        commands.filter(|command| is_conversion(command))
    }

    /// Fails if an option above all tables is one of some commands alone.
    fn check_common(&self, it: &Entry<'_>) -> Result<()> {
        let has = |command: &&Command| options(command).any(|(name, _)| name == it.key);
        let of: Vec<&str> = self
            .conversions()
            .filter(has)
            .map(Command::get_name)
            .collect();
        if of.is_empty() || of.len() == self.conversions().count() {
            return Ok(());
        }
        let tables: Vec<String> = of.iter().map(|name| format!("[{name}]")).collect();
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        let text = format!(
            "not every command has `{}`; write it below {}",
            it.key,
            list(&tables)
        );
        Err(self.document.error(it.line, text))
    }

    /// The arguments that an entry stands for; none for a flag that is not set.
    fn option(&self, it: &Entry<'_>, conversion: &Command) -> Result<(String, Vec<OsString>)> {
        if LINE_ALONE.contains(&it.key) {
            let text = format!(
                "`{}` stands on the command line alone; leave it away here",
                it.key
            );
            return Err(self.document.error(it.line, text));
        }
        let Some((name, arg)) = options(conversion).find(|(name, _)| *name == it.key) else {
            let names = options(conversion).map(|(name, _)| name);
            let names: Vec<&str> = names.filter(|it| !LINE_ALONE.contains(it)).collect();
            let what = format!("option of `migrate {}`", conversion.get_name());
            return Err(self.document.unknown_key(it, &what, &names));
        };
        let values = match (takes_value(arg), takes_several(arg)) {
            (false, _) if self.document.flag(it)? => return Ok((name.into(), vec![set(name)])),
            (false, _) => return Ok((name.into(), Vec::new())),
            (true, true) => self.document.texts(it)?,
            (true, false) => vec![self.document.value(it)?],
        };
        let values = match arg.get_value_delimiter() {
            Some(delimiter) if !values.is_empty() => vec![values.join(&delimiter.to_string())],
            _ => values,
        };
        let args = values
            .into_iter()
            .map(|value| format!("--{name}={value}").into());
        Ok((name.into(), args.collect()))
    }
}

/// The argument that sets a flag.
fn set(name: &str) -> OsString {
    format!("--{name}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values, of which each option takes one.
    const VALUES: [&str; 5] = [
        "a \"b\"\\\u{7f}\u{202e}\u{e0067}🏴\n'=,ü",
        "2024-03-01",
        "700",
        "0/2",
        "100kB",
    ];
    /// What else a command line with an option may need.
    const BESIDE: [&[&str]; 4] = [
        &[OUTPUT],
        &["--dry-run"],
        &["--dry-run", "--preview=page.html"],
        &["--dry-run", "--user-map=users.csv"],
    ];
    const OUTPUT: &str = "--output=out.json";

    /// A command line of a conversion, if it is one.
    fn line(command: &Command, words: &[&str]) -> Option<ArgMatches> {
        let matches = command.clone().try_get_matches_from(words).ok()?;
        matches.subcommand().map(|(_, matches)| matches.clone())
    }

    /// A command line with this option, and what else it needs.
    fn with(command: &Command, name: &str, option: &str, arg: &Arg) -> Vec<String> {
        let choices = arg.get_possible_values();
        let choices = choices.iter().map(|it| it.get_name());
        for value in choices.chain(VALUES) {
            let given = match takes_value(arg) {
                true => format!("--{option}={value}"),
                false => format!("--{option}"),
            };
            for beside in BESIDE {
                let words = [&["migrate", name, "input", &given][..], beside].concat();
                if line(command, &words).is_some() {
                    return words.into_iter().map(str::to_owned).collect();
                }
            }
        }
        panic!("nothing gives --{option}");
    }

    #[test]
    fn every_option_of_every_adapter_is_read_as_it_is_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("options.toml");
        let config = format!("--config={}", path.display());
        let command = crate::cli::command(crate::ADAPTERS);
        let conversions = command.get_subcommands().filter(|it| is_conversion(it));
        let mut count = 0;
        for conversion in conversions {
            let name = conversion.get_name();
            for (option, arg) in options(conversion).filter(|(it, _)| !LINE_ALONE.contains(it)) {
                let words = with(&command, name, option, arg);
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let given = line(&command, &words).unwrap();
                let text = printed(conversion, &given).unwrap();
                assert!(text.contains(&format!("\n{option} = ")), "{text}");
                std::fs::write(&path, &text).unwrap();
                let mut args: Vec<OsString> = vec!["migrate".into(), name.into(), "input".into()];
                args.extend(words.contains(&OUTPUT).then(|| OUTPUT.into()));
                args.push((&config).into());
                let read = Config::of(&command, &args).unwrap().unwrap();
                read.put_into(&mut args);
                let again = command.clone().try_get_matches_from(&args);
                let again = again.unwrap_or_else(|error| panic!("{args:?}: {error}"));
                let again = again.subcommand().unwrap().1;
                assert_eq!(printed(conversion, again).unwrap(), text);
                let values = |matches: &ArgMatches| {
                    let values = matches.get_raw(option);
                    values.map(|it| it.map(ToOwned::to_owned).collect::<Vec<_>>())
                };
                assert_eq!(values(again), values(&given), "{option}");
                count += 1;
            }
        }
        assert!(count > 100, "{count}");
    }
}
