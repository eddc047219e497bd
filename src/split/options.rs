//! The command line of `migrate split`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command, value_parser};

use crate::cli::{flag, part_size, threads_arg};
use crate::getstream::limits;
use crate::validate::app::AppOptions;
use crate::validate::options::{app_args, app_options, threads};

/// The command's name.
pub const NAME: &str = "split";

/// The options of a split.
pub struct Split {
    /// What is read.
    pub input: PathBuf,
    /// Where the parts go.
    pub output: PathBuf,
    /// `array` or `jsonl`, if given.
    pub format: Option<String>,
    /// The most that a part may have, in bytes.
    pub part_bytes: u64,
    /// Whether existing output is replaced.
    pub force: bool,
    /// On how many threads; at least 1.
    pub threads: usize,
    /// Where work files go that are no parts, if not beside the output.
    pub temp_dir: Option<PathBuf>,
    /// Whether to say nothing but errors.
    pub is_quiet: bool,
    /// What the app has.
    pub app: AppOptions,
}

impl Split {
    /// Reads the options.
    pub fn of(matches: &ArgMatches) -> Split {
        let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
        Split {
            input: path("input").unwrap_or_default(),
            output: path("output").unwrap_or_default(),
            format: matches.get_one::<String>("format").cloned(),
            part_bytes: matches
                .get_one::<u64>("max-part-size")
                .copied()
                .unwrap_or(limits::DEFAULT_PART_BYTES),
            force: matches.get_flag("force"),
            threads: threads(matches),
            temp_dir: path("temp-dir"),
            is_quiet: matches.get_flag("quiet"),
            app: app_options(matches),
        }
    }
}

/// The command.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Cuts an import file, whoever wrote it, into parts that stand alone")
        .long_about("Cuts an import file, whoever wrote it, into parts that stand alone.\n\nThe file may have any size and any order of entries. Each part holds every user, channel, member, parent and quoted message that its entries refer to, and none passes the limit. Entries keep their bytes; with an output in the other spelling they are respelled, and what that cannot hold is said")
        .after_help("Exit status: 0 all well; 1 complete output, but the file has problems that the parts have too, or entries were left out; 2 no output.\nExample: migrate split big.json -o small.json --max-part-size 50MB")
        .arg(
            Arg::new("input")
                .value_name("FILE")
                .help("An import file, one array or JSON Lines; - for standard input")
                .required(true)
                .value_parser(value_parser!(PathBuf)),
        )
        .args([
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .help("Where to write, .json or .jsonl; several parts become FILE-001, FILE-002, …")
                .long_help("Where to write. Output that needs several parts becomes `small-001.json`, `small-002.json` and so on. The extension decides how it is written: `.json` as one array, `.jsonl` as JSON Lines")
                .required(true)
                .value_parser(value_parser!(PathBuf)),
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("How to write, whatever the extension")
                .value_parser(PossibleValuesParser::new(["array", "jsonl"])),
            Arg::new("max-part-size")
                .long("max-part-size")
                .value_name("SIZE")
                .help("The most that one part may have: bytes, or with kB, MB or GB; at most 300MB [default: 299MB]")
                .value_parser(part_size),
            Arg::new("temp-dir")
                .long("temp-dir")
                .value_name("FOLDER")
                .help("Where to keep work files that are no parts, about the size of the input [default: beside the output]")
                .value_parser(value_parser!(PathBuf)),
            flag("force", "Replace existing output, that is FILE and FILE-001 to FILE-999"),
            threads_arg(),
            flag("quiet", "Show no progress and no summary; errors still").short('q'),
        ])
        .next_help_heading("The app")
        .args(app_args())
}
