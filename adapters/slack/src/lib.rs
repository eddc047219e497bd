//! Reads Slack workspace exports, as a zip file or an unpacked folder.
//!
//! [`Slack`] opens an export as a source of users, conversations and day files; [`open`] does the same
//! with what other programs keep as an export has it. `layout` knows where things stand, `json` reads what may be damaged, `foreign` holds Slack's own types; `people`,
//! `text`, `contents` and `reactions` map their part of a message, and `message` puts them together.
//! Ids and limits of the target are left to the core, and so is the merging of conversations with
//! the same members.

mod contents;
#[cfg(test)]
mod docs_tests;
#[cfg(test)]
mod driver_tests;
mod files;
mod foreign;
mod json;
mod later;
mod layout;
mod losses;
mod message;
mod people;
mod reactions;
mod reader;
mod subtype;
#[cfg(test)]
mod testing;
mod text;
mod versions;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use migrate_model::{About, Adapter, Fit, LossKind, Opt, Options, Source, wording};

use crate::contents::hosting::Hosting;
pub use crate::files::{FileReader, Files};
use crate::layout::Layout;
use crate::layout::conversation::DmIds;
use crate::layout::export::{Export, Settings};
use crate::layout::identify;
use crate::people::account::{Wishes, profile_fields};
use crate::reactions::names::ReactionNames;

/// The adapter, for lists of adapters.
pub static SLACK: Slack = Slack;

/// Reads the export of a Slack workspace, or of an organisation with several.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slack;

static ABOUT: About = About {
    name: "slack",
    title: "Slack workspace exports",
    help: "Reads the zip file that Slack makes (Settings, Import/Export Data, Export), or the \
           folder it unpacks to: users, public and private channels, direct messages, threads, \
           reactions and the names of files. The contents of files are not part of an export. \
           The export of an Enterprise Grid is read whole.",
    input: "the export, a zip file or a folder",
    example: "migrate slack samples/slack-export.zip -o out.json",
    options: OPTIONS,
    losses: LOSSES,
};

/// The most that one file may unpack to, unless it is told otherwise: far more than a day of any
/// conversation has, or the list of a hundred thousand users, and little enough that what a worker
/// makes of it fits into memory.
const MAX_FILE_BYTES: u64 = 250_000_000;

const MAX_FILE_SIZE: Opt = Opt {
    name: "max-file-size",
    is_rare: true,
    value: Some("SIZE"),
    choices: &[],
    default: None,
    help: "The most that one file of the export may have, unpacked: bytes, or with kB, MB or GB, at \
           most 2GB; several times as much memory is needed [default: 250MB]",
};

/// How exports can be converted.
pub const OPTIONS: &[Opt] = &[
    Opt {
        name: "bot-names",
        is_rare: true,
        value: Some("KIND"),
        choices: &["keep", "split"],
        default: Some("keep"),
        help: "Whether a bot that writes under several names stays one user, or is one for each name",
    },
    Opt {
        name: "dm-ids",
        is_rare: false,
        value: Some("KIND"),
        choices: &["distinct", "explicit"],
        default: Some("distinct"),
        help: "How direct messages are known: by their members, or by their ids in Slack",
    },
    Opt {
        name: "file-list",
        is_rare: true,
        value: Some("FILE.csv"),
        choices: &[],
        default: None,
        help: "Write which files hang on which messages: name, size, where Slack has it, where \
           the import expects it",
    },
    Opt {
        name: "file-tokens",
        is_rare: true,
        value: Some("WHAT"),
        choices: &["strip", "keep"],
        default: Some("strip"),
        help: "Whether the addresses of files keep Slack's tokens, with which anybody can read \
           the files, so that the import can fetch them",
    },
    Opt {
        name: "file-url-prefix",
        is_rare: false,
        value: Some("URL"),
        choices: &[],
        default: None,
        help: "Where you have put the files: each is expected at URL/<file id>/<name>, as \
           below `__uploads/`",
    },
    Opt {
        name: "include-profile",
        is_rare: false,
        value: Some("FIELDS"),
        choices: &[],
        default: None,
        help: "Fields of users' profiles to write, such as `email,title`: Stream shows them to everybody",
    },
    Opt {
        name: "map-roles",
        is_rare: true,
        value: None,
        choices: &[],
        default: None,
        help: "Give owners and admins of the workspace the role `admin`",
    },
    MAX_FILE_SIZE,
    Opt {
        name: "migrate-resources",
        is_rare: true,
        value: None,
        choices: &[],
        default: None,
        help: "Let the import copy pictures and files to Stream; it fails if one cannot be \
           fetched",
    },
    Opt {
        name: "reaction-map",
        is_rare: true,
        value: Some("FILE.csv"),
        choices: &[],
        default: None,
        help: "Lines `slack,stream` that say what reactions become; they win over --reactions",
    },
    Opt {
        name: "reactions",
        is_rare: false,
        value: Some("SET"),
        choices: &["slack", "stream"],
        default: Some("slack"),
        help: "The names of reactions: Slack's, or, where one comes close, those that Stream's \
           SDKs draw (like, love, haha, wow, sad)",
    },
    Opt {
        name: "same-names",
        is_rare: true,
        value: Some("KIND"),
        choices: &["keep", "handle"],
        default: Some("keep"),
        help: "Whether users of one name keep it, or get their handles written behind it",
    },
    Opt {
        name: "scan-edits",
        is_rare: true,
        value: None,
        choices: &[],
        default: None,
        help: "Read all files beforehand for edits and deletions of messages of other days, and for where files were shared that others comment; done unasked where a sample of the files holds edits or deletions",
    },
    Opt {
        name: "skip-unreadable",
        is_rare: true,
        value: None,
        choices: &[],
        default: None,
        help: "Leave out files that cannot be unpacked, by name, instead of stopping",
    },
    Opt {
        name: "team-from-workspace",
        is_rare: true,
        value: None,
        choices: &[],
        default: None,
        help: "Make the workspaces of an organisation teams of Stream",
    },
];

/// Every kind of loss that an export may have.
pub const LOSSES: &[LossKind] = losses::ALL;

impl Adapter for Slack {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, inputs: &[PathBuf], options: &Options) -> Result<Box<dyn Source>> {
        let [input] = inputs else {
            bail!(
                "`migrate slack` reads one export at a time, and {} were given: run it once for each",
                inputs.len()
            );
        };
        let export = export_at(input, options, settings(options)?)?;
        Ok(Box::new(export))
    }

    fn fits(&self, input: &Path, _: &[u8]) -> Fit {
        identify::fit(input)
    }
}

/// Opens a zip or a folder.
fn export_at(input: &Path, options: &Options, settings: Settings) -> Result<Export> {
    let name = MAX_FILE_SIZE.name;
    let most = options.size(name)?.unwrap_or(MAX_FILE_BYTES);
    if most > migrate_archive::MAX_FILE_BYTES {
        let given = wording::safe(options.get(name).unwrap_or_default(), 40);
        bail!("`--{name} {given}`: more than `2GB` is read of no file");
    }
    let shown = options.shown(input);
    let mut archive = identify::open(input, options)?;
    archive.allow(most, "allow more by `--max-file-size`");
    let layout = Layout::of(&archive);
    identify::check(&archive, &layout, input, &shown)?;
    Export::open(Box::new(archive), layout, settings, &shown)
}

/// Opens files as an export; `shown` is what the whole of them is called in messages, such as a path in
/// backticks. The options are
/// [`OPTIONS`], and losses are among [`LOSSES`]. The key of a unit is the number of its file, and
/// records count the elements of its list from 1.
///
/// # Errors
/// If an option has a value that cannot be used, or a file cannot be read.
pub fn open(files: Box<dyn Files>, shown: &str, options: &Options) -> Result<Box<dyn Source>> {
    let layout = Layout::of(&*files);
    let export = Export::open(files, layout, settings(options)?, shown)?;
    Ok(Box::new(export))
}

/// What the options say.
fn settings(options: &Options) -> Result<Settings> {
    let is = |option: &str, other: &str, chosen: &str| match options.get(option) {
        None => Ok(false),
        Some(value) if value == chosen => Ok(true),
        Some(value) if value == other => Ok(false),
        Some(value) => bail!("`--{option}` takes `{other}` or `{chosen}`, not `{value}`"),
    };
    Ok(Settings {
        dm_ids: match is("dm-ids", "distinct", "explicit")? {
            true => DmIds::Explicit,
            false => DmIds::Distinct,
        },
        skip_unreadable: options.flag("skip-unreadable"),
        wishes: Wishes {
            maps_roles: options.flag("map-roles"),
            profile: profile_fields(options.get("include-profile").unwrap_or(""))?,
            tells_apart: is("same-names", "keep", "handle")?,
        },
        scans_edits: options.flag("scan-edits"),
        split_bot_names: is("bot-names", "keep", "split")?,
        teams: options.flag("team-from-workspace"),
        hosting: Hosting::new(options)?,
        reactions: ReactionNames::new(options)?,
    })
}
