//! The command line of `migrate validate`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::app::AppOptions;
use super::report::Words;
use crate::cli::threads_arg;
use crate::getstream::rules::RuleSet;

/// The command's name.
pub const NAME: &str = "validate";

/// The options of a validation.
pub struct Validation {
    /// What is read.
    pub inputs: Vec<PathBuf>,
    /// The rules, if they were given.
    pub set: Option<RuleSet>,
    /// Whose words are used, if that was given.
    pub words: Option<Words>,
    /// Whether to answer in JSON.
    pub is_json: bool,
    /// How many problems are shown.
    pub most: usize,
    /// Whether the files are one import.
    pub is_together: bool,
    /// What the import answered, to be traced back to the files.
    pub server_report: Option<PathBuf>,
    /// The id map of the run that wrote the files.
    pub id_map: Option<PathBuf>,
    /// What the app has.
    pub app: AppOptions,
    /// Where standard input is kept meanwhile.
    pub temp_dir: PathBuf,
    /// On how many threads; at least 1.
    pub threads: usize,
    /// Whether to say nothing of files without problems.
    pub is_quiet: bool,
}

impl Validation {
    /// Reads the options.
    pub fn of(matches: &ArgMatches) -> Validation {
        let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
        let paths = matches.get_many::<PathBuf>("input").into_iter().flatten();
        Validation {
            inputs: paths.cloned().collect(),
            set: text("rules").map(|rules| match rules {
                "classic" => RuleSet::Classic,
                _ => RuleSet::Current,
            }),
            words: text("words").map(|words| match words {
                "cli" => Words::Cli,
                _ => Words::Server,
            }),
            is_json: text("output-format") == Some("json"),
            most: matches
                .get_one::<u64>("max-errors")
                .map_or(25, |most| usize::try_from(*most).unwrap_or(usize::MAX)),
            is_together: matches.get_flag("together"),
            server_report: matches.get_one::<PathBuf>("server-report").cloned(),
            id_map: matches.get_one::<PathBuf>("id-map").cloned(),
            app: app_options(matches),
            temp_dir: temp_dir(matches),
            threads: threads(matches),
            is_quiet: matches.get_flag("quiet"),
        }
    }
}

/// The folder for temporary files that was asked for, or the system's.
pub fn temp_dir(matches: &ArgMatches) -> PathBuf {
    let asked = matches.get_one::<PathBuf>("temp-dir").cloned();
    asked.unwrap_or_else(std::env::temp_dir)
}

/// How many threads were asked for, or all that there are.
pub fn threads(matches: &ArgMatches) -> usize {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let asked = matches.get_one::<u64>("threads");
    asked.map_or(all, |threads| *threads as usize)
}

/// What was said about the app.
pub fn app_options(matches: &ArgMatches) -> AppOptions {
    let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let texts = |name: &str| {
        let texts = matches.get_many::<String>(name).into_iter().flatten();
        texts.map(|text| text.trim().to_owned()).collect()
    };
    AppOptions {
        app: path("app"),
        roles: texts("roles"),
        channel_types: texts("channel-types"),
        existing_users: path("existing-users"),
        existing_channels: path("existing-channels"),
    }
}

/// The command.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Checks import files, whoever wrote them")
        .long_about("Checks import files, whoever wrote them.\n\nFinds what Stream's importer would refuse, before it does so hours or days later: wrong fields, references to what is not there, duplicates, limits. Files that end in `.jsonl` are held to the current rules, others to the classic rules of the JSON array. Each file has to stand alone, unless `--together` is given")
        .after_help("Exit status: 0 nothing found; 1 problems found; 2 a file could not be read.\nExample: migrate validate out.json")
        .arg(
            Arg::new("input")
                .value_name("FILE")
                .help("Import files, .json or .jsonl; - for standard input")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf)),
        )
        .args([
            Arg::new("rules")
                .long("rules")
                .value_name("RULES")
                .help("The rules: classic for one array, current for JSON Lines [default: by the extension]")
                .value_parser(PossibleValuesParser::new(["classic", "current"])),
            Arg::new("together")
                .long("together")
                .action(ArgAction::SetTrue)
                .help("Take the files as one import in this order: what an earlier file holds is there for the later ones"),
            Arg::new("max-errors")
                .long("max-errors")
                .value_name("N")
                .help("How many problems are shown; all are counted [default: 25]")
                .value_parser(value_parser!(u64)),
            Arg::new("output-format")
                .long("output-format")
                .value_name("FORMAT")
                .help("text for people, or json in the form in which the import itself answers [default: text]")
                .value_parser(PossibleValuesParser::new(["text", "json"])),
            Arg::new("words")
                .long("words")
                .hide_short_help(true)
                .value_name("WHOSE")
                .help("Whose words are used: those of the former validator, or of the import [default: cli for text, server for json]")
                .value_parser(PossibleValuesParser::new(["cli", "server"])),
            Arg::new("server-report")
                .long("server-report")
                .value_name("FILE")
                .help("Find what the import complained about: FILE is its answer in JSON; the files are searched and not checked")
                .value_parser(value_parser!(PathBuf)),
            Arg::new("id-map")
                .long("id-map")
                .value_name("FILE")
                .help("With --server-report: the id map of the conversion, to say which source record an entry came from")
                .requires("server-report")
                .value_parser(value_parser!(PathBuf)),
            Arg::new("temp-dir")
                .long("temp-dir")
                .hide_short_help(true)
                .value_name("FOLDER")
                .help("Where standard input is kept while it is read [default: the system's]")
                .value_parser(value_parser!(PathBuf)),
            threads_arg(),
            Arg::new("quiet")
                .short('q')
                .long("quiet")
                .action(ArgAction::SetTrue)
                .help("Show no progress, and nothing of files without problems"),
        ])
        .next_help_heading("The app")
        .args(app_args())
}

/// The options that say what the app has.
pub fn app_args() -> Vec<Arg> {
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("FILE")
            .help(help)
            .value_parser(value_parser!(PathBuf))
    };
    vec![
        Arg::new("roles")
            .long("roles")
            .value_name("ROLE,…")
            .value_delimiter(',')
            .help("The app's user roles [default: user,guest,anonymous,moderator,admin]"),
        Arg::new("channel-types")
            .long("channel-types")
            .value_name("TYPE[=CHARS],…")
            .value_delimiter(',')
            .help("The app's channel types, with their longest text in characters [default: messaging,team,livestream,gaming,commerce,ai with 20000 each]"),
        file("existing-users", "Ids of users that the app has already, one a line"),
        file("existing-channels", "Channels that the app has already, one type:id a line"),
        file("app", "All of this in one TOML file: roles, channel_types, existing_users, existing_channels"),
    ]
}

/// What a validation cannot know.
pub fn unchecked(asked: &Validation) -> String {
    let app = &asked.app;
    let is_default = app.app.is_none() && (app.roles.is_empty() || app.channel_types.is_empty());
    let taken = match is_default {
        true => {
            "; roles and channel types are taken to be those of a new app, see `--roles` and `--channel-types`"
        }
        false => "",
    };
    format!("\nnot checked: whether the addresses of attachments can be reached{taken}\n")
}
