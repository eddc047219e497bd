//! The command line, built from the core's options and those that adapters declare.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use migrate_model::{Adapter, Called, Opt, Options};

use crate::config;
use crate::external::{self, External};
use crate::file_list;
use crate::getstream::limits;
use crate::help;
use crate::manual;
use crate::selection::{Selection, args};
use crate::shard::Shard;
use crate::text::parse_size;
use crate::user_map::MappedUsers;

/// The program's command line with a subcommand for each adapter.
pub fn command(adapters: &[&dyn Adapter]) -> Command {
    let example = adapters.first().map_or("", |it| it.about().example);
    let mut command = Command::new("migrate")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Converts chat exports into import files for Stream Chat")
        .override_usage("migrate <COMMAND>\n       migrate <INPUT>... -o <FILE>")
        .after_help(format!(
            "An input in place of a command is read by the adapter that fits.\n\
             Exit status: 0 all well; 1 complete output, but records were left out; 2 no output.\n\
             Example: {example}"
        ))
        .subcommand_required(true)
        .arg_required_else_help(true);
    for adapter in adapters {
        command = command.subcommand(subcommand(*adapter));
    }
    command
        .subcommand(crate::validate::command())
        .subcommand(crate::split::command())
        .subcommand(crate::preview::files::command())
        .subcommand(crate::report::command())
        .subcommand(crate::protocol::command())
        .subcommand(external::list_command())
        .subcommand(external::test_command())
        .subcommand(manual::completions_command())
        .subcommand(manual::man_command())
}

/// The subcommand of an adapter that is a program of its own.
pub fn external_command(adapter: &External) -> Command {
    // A program may know by itself what it reads, such as the database of an account.
    subcommand(adapter)
        .mut_arg("input", |input| input.required(false))
        .arg(external::passed())
}

/// The options of a conversion.
pub struct Conversion {
    /// What is read.
    pub inputs: Vec<PathBuf>,
    /// Where the output goes; `None` in a dry run without one.
    pub output: Option<PathBuf>,
    /// Whether parts are named by content, and the output is their folder.
    pub is_named_by_content: bool,
    /// `array` or `jsonl`, if given.
    pub format: Option<String>,
    /// The type of ordinary channels.
    pub channel_type: String,
    /// The type of direct conversations, if given.
    pub direct_type: Option<String>,
    /// The user roles of the app, if they are named.
    pub roles: Vec<String>,
    /// The most that a part may have, in bytes.
    pub part_bytes: u64,
    /// Longest text of a message, in characters.
    pub max_text: u64,
    /// Whether nothing is to be written.
    pub is_dry_run: bool,
    /// Whether the records are to be written and not what they become.
    pub emits_model: bool,
    /// Where the report goes.
    pub report: Option<PathBuf>,
    /// The file of what is known about people.
    pub people: Option<PathBuf>,
    /// The file that says which people are which users of the app.
    pub user_map: Option<PathBuf>,
    /// The file that gave options.
    pub config: Option<PathBuf>,
    /// Whether those users are written.
    pub mapped_users: MappedUsers,
    /// Where the id map goes.
    pub id_map: Option<PathBuf>,
    /// Where a dry run keeps its work files.
    pub temp_dir: Option<PathBuf>,
    /// Whether existing output is replaced.
    pub force: bool,
    /// Whether a record that is left out is a failure.
    pub is_strict: bool,
    /// Whether to say nothing but errors.
    pub is_quiet: bool,
    /// Which shard of the source is to be converted, if not all of it.
    pub shard: Option<Shard>,
    /// Which records are wanted.
    pub selection: Selection,
    /// How many entries of each kind a dry run shows.
    pub samples: usize,
    /// Where the page goes that shows what was written.
    pub preview: Option<PathBuf>,
    /// How many messages it shows at most.
    pub preview_messages: usize,
    /// Whether a dry run speaks to programs.
    pub speaks_json: bool,
    /// The adapter's own options.
    pub options: Options,
}

impl Conversion {
    /// Where the list of files goes, if the adapter has one and it was asked for.
    pub fn file_list(&self) -> Option<&Path> {
        self.options.get(file_list::OPTION).map(Path::new)
    }

    /// Reads the options of an adapter's subcommand.
    ///
    /// # Errors
    /// If options contradict each other.
    pub fn of(adapter: &dyn Adapter, matches: &ArgMatches) -> Result<Conversion> {
        let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let texts = |name: &str| -> Vec<String> {
            let given = matches.get_many(name);
            given.map_or_else(Vec::new, |all| all.cloned().collect())
        };
        let number = |name: &str| matches.get_one::<u64>(name).copied();
        let mut options = options(adapter.about().options, matches);
        for command in shown_by_option(adapter) {
            if let Some(value) = text(command.name) {
                options.set(command.name, value);
            }
        }
        if let Some(threads) = number("threads") {
            options.run_on(threads as usize);
        }
        Ok(Conversion {
            inputs: inputs(matches),
            output: path("output"),
            is_named_by_content: text("part-name").as_deref() == Some("hash"),
            format: text("format"),
            channel_type: text("channel-type").unwrap_or_default(),
            direct_type: text("dm-type"),
            roles: texts("roles"),
            part_bytes: number("max-part-size").unwrap_or(limits::DEFAULT_PART_BYTES),
            max_text: number("max-text").unwrap_or(limits::DEFAULT_TEXT_CHARS as u64),
            is_dry_run: matches.get_flag("dry-run"),
            emits_model: matches.contains_id("emit"),
            report: path("report"),
            people: path("people"),
            user_map: path("user-map"),
            config: config::file(matches),
            mapped_users: match text("mapped-users").as_deref() {
                Some("refer") => MappedUsers::Refer,
                _ => MappedUsers::Write,
            },
            id_map: path("id-map"),
            temp_dir: path("temp-dir"),
            force: matches.get_flag("force"),
            is_strict: matches.get_flag("strict"),
            is_quiet: matches.get_flag("quiet"),
            shard: matches.get_one::<Shard>("shard").copied(),
            selection: Selection::of(matches)?,
            samples: number("sample").unwrap_or(1) as usize,
            preview: path("preview"),
            preview_messages: preview_messages(matches),
            speaks_json: text("output-format").as_deref() == Some("json"),
            options,
        })
    }
}

/// An error of a command line, with what may have been meant: where no output is named, and where an
/// option is one of other commands.
pub fn hinted(mut error: clap::Error, command: &Command) -> clap::Error {
    let invalid = error.get(ContextKind::InvalidArg);
    let hint = match (error.kind(), invalid) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing)))
            if missing.iter().any(|it| it.starts_with("--output")) =>
        {
            "say where to, such as `-o out.jsonl`; to only see what would be written, give `--dry-run`"
                .to_owned()
        }
        (ErrorKind::UnknownArgument, Some(ContextValue::String(unknown))) => {
            let owners = owners(unknown, command);
            // What is meant for a program stands behind `--`, which is told already.
            let mut all = command.get_subcommands().flat_map(Command::get_arguments);
            let is_of_program = all.any(|it| it.get_id() == external::PASSED);
            if owners.is_empty() || is_of_program {
                return error;
            }
            // How the command is used with what was taken for a slip of it is no help.
            error.remove(ContextKind::SuggestedArg);
            error.remove(ContextKind::Usage);
            format!("it is an option of {}", owners.join(", "))
        }
        _ => return error,
    };
    let hint = ContextValue::StyledStrs(vec![hint.into()]);
    error.insert(ContextKind::Suggested, hint);
    error
}

/// The commands that have an option, as they are typed.
fn owners(option: &str, command: &Command) -> Vec<String> {
    let long = option.strip_prefix("--").unwrap_or_default();
    let has = |command: &&Command| {
        command
            .get_arguments()
            .any(|it| it.get_long() == Some(long))
    };
    let owners = command.get_subcommands().filter(has);
    owners
        .map(|it| format!("`{} {}`", command.get_name(), it.get_name()))
        .collect()
}

/// What was given to read.
pub fn inputs(matches: &ArgMatches) -> Vec<PathBuf> {
    let inputs = matches.try_get_many::<PathBuf>("input").ok().flatten();
    inputs.into_iter().flatten().cloned().collect()
}

/// The values that were given for options.
pub fn options(declared: &[Opt], matches: &ArgMatches) -> Options {
    let mut options = Options::default();
    for opt in declared {
        match opt.value {
            None if matches.get_flag(opt.name) => options.set(opt.name, "true".to_owned()),
            None => {}
            Some(_) => {
                if let Some(value) = matches.get_one::<String>(opt.name) {
                    options.set(opt.name, value.clone());
                }
            }
        }
    }
    options
}

/// The command of an adapter that words ask for, and what it was given.
pub fn command_of<'m>(
    adapter: &dyn Adapter,
    matches: &'m ArgMatches,
) -> Option<(&'static migrate_model::Command, &'m ArgMatches)> {
    let (mut commands, mut matches, mut found) = (adapter.commands(), matches, None);
    while let Some((name, below)) = matches.subcommand() {
        let command = commands.iter().find(|it| it.name == name)?;
        (commands, matches, found) = (command.commands, below, Some((command, below)));
    }
    found
}

/// The commands of an adapter that options of its conversion ask for.
pub fn shown_by_option(
    adapter: &dyn Adapter,
) -> impl Iterator<Item = &'static migrate_model::Command> {
    let commands = adapter.commands().iter();
    commands.filter(|command| command.called == Called::Option)
}

fn subcommand(adapter: &dyn Adapter) -> Command {
    let about = adapter.about();
    let mut command = Command::new(about.name)
        .about(about.title)
        .long_about(format!("{}\n\n{}", about.title, about.help))
        .arg(input(("INPUT", about.input)))
        .args(core_options().into_iter().map(help::placed).map(|arg| {
            let is_output = arg.get_id() == "output";
            let shown = shown_by_option(adapter).filter(|_| is_output);
            shown.fold(arg, |arg, command| {
                arg.required_unless_present(command.name)
                    .conflicts_with(command.name)
            })
        }))
        .args(args::args().into_iter().map(help::placed))
        .args(config::args().map(help::placed))
        .next_help_heading(format!("Options of {}", about.name))
        .args(about.options.iter().map(adapter_option))
        .args(shown_by_option(adapter).map(|command| {
            let value = command.input.map_or("VALUE", |(value, _)| value);
            let arg = Arg::new(command.name)
                .long(command.name)
                .help(command.title);
            arg.value_name(value)
        }));
    if adapter
        .commands()
        .iter()
        .any(|it| it.called == Called::Word)
    {
        command = command
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .subcommands(words(adapter.commands()));
    }
    help::with_examples(command, about)
}

/// Commands of an adapter that words ask for.
fn words(commands: &'static [migrate_model::Command]) -> Vec<Command> {
    let called = commands.iter().filter(|it| it.called == Called::Word);
    let commands = called.map(|it| {
        let mut command = Command::new(it.name)
            .about(it.title)
            .after_help(format!("Example: {}", it.example))
            .args(it.input.map(input))
            .args(it.options.iter().map(adapter_option));
        if !it.commands.is_empty() {
            command = command
                .args_conflicts_with_subcommands(true)
                .subcommand_negates_reqs(true)
                .subcommands(words(it.commands));
        }
        command
    });
    commands.collect()
}

fn input((value, help): (&'static str, &'static str)) -> Arg {
    Arg::new("input")
        .value_name(value)
        .help(help)
        .required(true)
        .num_args(1..)
        .value_parser(value_parser!(PathBuf))
}

fn core_options() -> Vec<Arg> {
    let path = || value_parser!(PathBuf);
    let text_range = limits::MIN_TEXT_CHARS as u64..=limits::TEXT_CHARS as u64;
    vec![
        Arg::new("output")
            .short('o')
            .long("output")
            .value_name("FILE")
            .help("Where to write, .json or .jsonl; several parts become FILE-001, FILE-002, …")
            .long_help("Where to write. Output that needs several parts becomes `out-001.json`, `out-002.json` and so on. The extension decides how it is written: `.json` as one array, `.jsonl` as JSON Lines, which is what Stream asks for since 2026")
            .required_unless_present_any(["dry-run", "emit", config::PRINT])
            .value_parser(path()),
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .help("How to write, whatever the extension")
            .value_parser(PossibleValuesParser::new(["array", "jsonl"])),
        Arg::new("part-name")
            .long("part-name")
            .value_name("HOW")
            .help("How parts are named: by number, or by hash in the folder of -o [default: number]")
            .long_help("How parts are named. `number`: as -o says. `hash`: by their content in the folder that -o names, into which any number of runs write at once; a part that is there already is left as it is, nothing is removed, standard output says which parts a run has, and input without a record is no error. They are arrays unless --format says otherwise [default: number]")
            .value_parser(PossibleValuesParser::new(["number", "hash"])),
        Arg::new("channel-type")
            .long("channel-type")
            .value_name("TYPE")
            .help("The type of channels in Stream")
            .default_value("messaging"),
        Arg::new("dm-type")
            .long("dm-type")
            .value_name("TYPE")
            .help("The type of direct conversations; as --channel-type if not given"),
        Arg::new("roles")
            .long("roles")
            .value_name("ROLE,…")
            .value_delimiter(',')
            .value_parser(NonEmptyStringValueParser::new())
            .help("The app's user roles [default: user,guest,anonymous,moderator,admin]")
            .long_help("The app's user roles. Users and members with another role get the usual one, and keep theirs as custom data [default: user,guest,anonymous,moderator,admin]"),
        Arg::new("max-part-size")
            .long("max-part-size")
            .value_name("SIZE")
            .help("The most that one part may have: bytes, or with kB, MB or GB; at most 300MB [default: 299MB]")
            .long_help("The most that one part may have, in bytes or with kB, MB or GB behind it (decimal), at most 300MB: Stream takes no larger file [default: 299MB]")
            .value_parser(part_size),
        Arg::new("max-text")
            .long("max-text")
            .value_name("CHARS")
            .help("Longest text of one message; longer ones are continued in further messages [default: 5000]")
            .long_help("Longest text of one message in characters, at most 20000; longer ones are continued in further messages. 5000 is what Stream's channel types allow unless they were changed [default: 5000]")
            .value_parser(value_parser!(u64).range(text_range)),
        flag("dry-run", "Convert, but write nothing; say what would be written"),
        Arg::new("emit")
            .long("emit")
            .value_name("WHAT")
            .help("Write the records as `migrate jsonl` reads them, to -o or standard output, instead of converting")
            .long_help("Write the records as the adapter gives them, one line of JSON each, instead of converting them; `migrate jsonl` reads such lines, and `migrate protocol` describes them. They go to the file of -o, or to standard output")
            .value_parser(PossibleValuesParser::new(["model"]))
            .conflicts_with_all(CONVERTING),
        Arg::new("report")
            .long("report")
            .value_name("FILE")
            .help("Write a JSON report of what became of every record")
            .value_parser(path()),
        preview_arg(),
        preview_messages_arg().requires("preview"),
        Arg::new("output-format")
            .long("output-format")
            .value_name("FORMAT")
            .help("With --dry-run: what it says is for people, or for programs [default: text]")
            .requires("dry-run")
            .value_parser(PossibleValuesParser::new(["text", "json"])),
        Arg::new("people")
            .long("people")
            .value_name("FILE")
            .help("What is known about people whom the source lists nowhere")
            .long_help("What is known about people whom the source lists nowhere. A dry run writes what it learnt into FILE; any other run reads it, which saves a second pass")
            .value_parser(path()),
        Arg::new("user-map")
            .long("user-map")
            .value_name("FILE")
            .help("Which people of the source are which users of your app, as CSV")
            .long_help("Which people of the source are which users of your app, as CSV with a header. `source` is the source's id of a user or an e-mail address, `id` the user's id in the app; `name`, `image_url`, `role`, `teams` (separated by `;`) and `custom.…` win over what the source says. People with the same `id` become one user")
            .value_parser(path()),
        Arg::new("mapped-users")
            .long("mapped-users")
            .value_name("HOW")
            .help("Whether users of the user map are written, or referred to because the app has them [default: write]")
            .long_help("Whether users of the user map are written, which overwrites those of the app, or only referred to, which works with JSON Lines and needs them to be in the app [default: write]")
            .requires("user-map")
            .value_parser(PossibleValuesParser::new(["write", "refer"])),
        Arg::new("id-map")
            .long("id-map")
            .value_name("FILE")
            .help("Write as CSV which user, channel and message of the source became which in Stream")
            .value_parser(path()),
        Arg::new("shard")
            .long("shard")
            .value_name("I/N")
            .help("Convert only shard I of N, counted from 0, so that N machines share the work")
            .long_help("Convert only shard I of N, counted from 0, so that N machines share the work. `-o out.json --shard 1/4` writes out-shard-1-of-4.json. The parts of all shards together hold what one run writes; give every shard the same options and the same --people FILE, which a dry run without --shard writes, and a --report of its own: `migrate report merge` adds them up")
            .value_parser(value_parser!(Shard)),
        Arg::new("temp-dir")
            .long("temp-dir")
            .value_name("FOLDER")
            .help("Where work files go that are no part of the output")
            .long_help("Where work files go that are no part of the output: those of a dry run, standard input, and records that have to be grouped by channel, which need at most twice the size of the input on top. Without it they stand beside the output, those of a dry run in the system's folder for temporary files")
            .value_parser(path()),
        flag("force", "Replace existing output, that is FILE and FILE-001 to FILE-999"),
        flag("strict", "Write nothing and end with 2 if a record has to be left out"),
        threads_arg(),
        flag("quiet", "Show no progress and no summary; errors still").short('q'),
    ]
}

/// The options that say how to convert, so that they mean nothing where that is not done.
const CONVERTING: [&str; 25] = [
    "channel",
    "dry-run",
    "exclude-channel",
    "format",
    "id-map",
    "limit-channels",
    "long-text",
    "mapped-users",
    "max-part-size",
    "output-format",
    "part-name",
    "people",
    "preview",
    "preview-messages",
    "report",
    "roles",
    "sample",
    "shard",
    "since",
    "strict",
    "system",
    "until",
    "user-map",
    "users",
    "written-since",
];

fn preview_arg() -> Arg {
    Arg::new("preview")
        .long("preview")
        .value_name("FILE")
        .help("Write a page that shows what will be there, to be opened in a browser")
        .long_help("Write a page of HTML that shows what will be there after the import and what will not: numbers, losses, and channels with some of their messages. With --dry-run nothing else is written")
        .value_parser(value_parser!(PathBuf))
}

/// How many messages a preview shows at most.
pub fn preview_messages_arg() -> Arg {
    Arg::new("preview-messages")
        .long("preview-messages")
        .value_name("N")
        .help("How many messages the preview shows at most [default: 2000]")
        .value_parser(value_parser!(u64).range(0..=MOST_PREVIEW_MESSAGES))
}

/// How many messages are to be shown.
pub fn preview_messages(matches: &ArgMatches) -> usize {
    let asked = matches.get_one::<u64>("preview-messages").copied();
    asked.unwrap_or(PREVIEW_MESSAGES) as usize
}

/// How many a preview can be asked for; no page holds more.
const MOST_PREVIEW_MESSAGES: u64 = 20_000;
/// How many messages a preview shows unless it is told otherwise.
const PREVIEW_MESSAGES: u64 = 2_000;

/// The option that says on how many threads a command works.
pub fn threads_arg() -> Arg {
    Arg::new("threads")
        .long("threads")
        .value_name("N")
        .help("How many threads to use [default: all]")
        .value_parser(value_parser!(u64).range(1..=1024))
}

/// An option without a value.
pub fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(help)
        .action(ArgAction::SetTrue)
}

fn adapter_option(opt: &'static Opt) -> Arg {
    let arg = Arg::new(opt.name).long(opt.name).help(opt.help);
    let mut arg = arg.hide_short_help(opt.is_rare);
    let Some(value) = opt.value else {
        return arg.action(ArgAction::SetTrue);
    };
    arg = arg.value_name(value);
    if !opt.choices.is_empty() {
        arg = arg.value_parser(PossibleValuesParser::new(opt.choices));
    }
    match opt.default {
        Some(default) => arg.default_value(default),
        None => arg,
    }
}

/// Reads the most that a part may have, in bytes.
pub fn part_size(text: &str) -> Result<u64, String> {
    let bytes = parse_size(text)?;
    if bytes > limits::PART_BYTES {
        return Err("Stream takes no file of more than 300MB".to_owned());
    }
    if bytes == 0 {
        return Err("a part needs room for at least one message".to_owned());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command(crate::ADAPTERS).debug_assert();
    }
}
