//! What the help of a conversion is made of: which options stand together, which of them the short
//! help shows, and examples. What single options do stands where they are declared. And what is said of
//! a command line that is none.

use clap::error::ErrorKind;
use clap::{Arg, Command};
use migrate_model::About;

use crate::text::safe;

/// What the help of a command ends with, if it is about exit statuses.
pub const EXIT_STATUS: &str =
    "Exit status: 0 all well; 1 complete output, but records were left out; 2 no output.";

/// The options of the core that few need, by the heading below which the long help has them. Those
/// that stand in no list are in the short help as well.
const RARE: [(&str, &[&str]); 4] = [
    (
        "The import file",
        &[
            "format",
            "part-name",
            "channel-type",
            "dm-type",
            "roles",
            "max-part-size",
            "max-text",
            "mapped-users",
            "id-map",
        ],
    ),
    (
        "Large sources and programs",
        &[
            "people",
            "shard",
            "temp-dir",
            "threads",
            "output-format",
            "preview-messages",
            "emit",
        ],
    ),
    (
        "Options from a file",
        &["config", "no-config", "print-config"],
    ),
    (
        SELECTION,
        &[
            "exclude-channel",
            "until",
            "written-since",
            "users",
            "system",
            "long-text",
            "missing-parents",
            "sample",
        ],
    ),
];

/// The heading of the options that select records.
pub const SELECTION: &str = "Selection";

/// Puts an option of the core below its heading, and hides it from the short help if few need it.
pub fn placed(arg: Arg) -> Arg {
    let name = arg.get_id().clone();
    let mut rare = RARE.iter();
    match rare.find(|(_, options)| options.contains(&name.as_str())) {
        Some((heading, _)) => arg.help_heading(*heading).hide_short_help(true),
        None => arg,
    }
}

/// Ends the help of an adapter's conversion.
pub fn with_examples(command: Command, about: &About) -> Command {
    let examples = examples(about).join("\n  ");
    command
        .after_help(format!("Example: {}", about.example))
        .after_long_help(format!("Examples:\n  {examples}\n\n{EXIT_STATUS}"))
}

/// Commands that work in a checkout; of an adapter that is no part of it, its own alone.
fn examples(about: &About) -> Vec<String> {
    let example = about.example.to_owned();
    let Some(reads) = about.example.strip_suffix(" -o out.json") else {
        return vec![example];
    };
    vec![
        format!("{reads} --dry-run --preview preview.html"),
        format!("{reads} -o trial.jsonl --limit-channels 1"),
        format!("{reads} -o out.jsonl --report report.json"),
        example,
    ]
}

/// What is said of a wrong command line, in a line each for what is wrong, what may have been meant and
/// how it is written; `None` if it is not wrong, as help was asked for.
pub fn told(error: &clap::Error) -> Option<String> {
    let is_help =
        !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help {
        return None;
    }
    let text = error.render().to_string();
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        safe(&words.join(" "), SHOWN_CHARS)
    });
    let lines: Vec<String> = { paragraphs }
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
        .collect();
    Some(lines.join("\n"))
}

/// How much of such a line is shown, in characters.
const SHOWN_CHARS: usize = 1_000;
