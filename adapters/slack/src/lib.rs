//! Reads Slack workspace exports, as a zip file or an unpacked folder.
//!
//! [`Slack`] opens an export as a source of users, conversations and day files. Where things stand
//! (`identify`, `layout`, `numbers`), foreign JSON (`foreign`, `block_kit`, `attached`, `lenient`,
//! `loose`, `mend`), mapping (`listing`, `account`, `message`, `people`, `blocks`, `files` and others)
//! and markup (`text`, `rich_text`) are apart. Ids and limits of the target are left to the core, and
//! so is the merging of conversations with the same members.

mod account;
mod address;
mod attached;
mod attachments;
mod block_kit;
mod blocks;
#[cfg(test)]
mod case_tests;
mod characters;
#[cfg(test)]
mod content_tests;
mod controls;
mod conversation;
mod cut;
#[cfg(test)]
mod docs_tests;
#[cfg(test)]
mod driver_tests;
mod emoji;
mod emphasis;
mod escape;
mod export;
#[cfg(test)]
mod export_tests;
mod extras;
mod files;
mod foreign;
#[cfg(test)]
mod grid_tests;
mod hosting;
mod identify;
mod later;
mod layout;
mod lenient;
mod listing;
mod loose;
mod losses;
mod mend;
mod message;
mod numbers;
mod people;
mod pictures;
mod plain;
mod previews;
mod reaction_names;
mod reactions;
mod reader;
mod rich_text;
mod rich_text_json;
mod shares;
mod subtype;
mod tables;
#[cfg(test)]
mod testing;
mod text;
#[cfg(test)]
mod text_driver_tests;
#[cfg(test)]
mod text_tests;
mod token;
mod trouble;
mod unfurls;
mod versions;

use std::path::PathBuf;

use anyhow::{Result, bail};
use migrate_model::{About, Adapter, Opt, Options, Source};

use crate::account::Wishes;
use crate::conversation::DmIds;
use crate::export::{Export, Settings};
use crate::hosting::Hosting;
use crate::reaction_names::ReactionNames;

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
    options: &[
        Opt {
            name: "bot-names",
            value: Some("KIND"),
            choices: &["keep", "split"],
            default: Some("keep"),
            help: "Whether a bot that writes under several names stays one user, or is one for each name",
        },
        Opt {
            name: "dm-ids",
            value: Some("KIND"),
            choices: &["distinct", "explicit"],
            default: Some("distinct"),
            help: "How direct messages are known: by their members, or by their ids in Slack",
        },
        Opt {
            name: "file-list",
            value: Some("FILE.csv"),
            choices: &[],
            default: None,
            help: "Write which files hang on which messages: name, size, where Slack has it, where \
                   the import expects it",
        },
        Opt {
            name: "file-tokens",
            value: Some("WHAT"),
            choices: &["strip", "keep"],
            default: Some("strip"),
            help: "Whether the addresses of files keep Slack's tokens, with which anybody can read \
                   the files, so that the import can fetch them",
        },
        Opt {
            name: "file-url-prefix",
            value: Some("URL"),
            choices: &[],
            default: None,
            help: "Where you have put the files: each is expected at URL/<file id>/<name>, as \
                   below `__uploads/`",
        },
        Opt {
            name: "include-profile",
            value: Some("FIELDS"),
            choices: &[],
            default: None,
            help: "Fields of users' profiles to write, such as `email,title`: Stream shows them to everybody",
        },
        Opt {
            name: "map-roles",
            value: None,
            choices: &[],
            default: None,
            help: "Give owners and admins of the workspace the role `admin`",
        },
        Opt {
            name: "migrate-resources",
            value: None,
            choices: &[],
            default: None,
            help: "Let the import copy pictures and files to Stream; it fails if one cannot be \
                   fetched",
        },
        Opt {
            name: "reaction-map",
            value: Some("FILE.csv"),
            choices: &[],
            default: None,
            help: "Lines `slack,stream` that say what reactions become; they win over --reactions",
        },
        Opt {
            name: "reactions",
            value: Some("SET"),
            choices: &["slack", "stream"],
            default: Some("slack"),
            help: "The names of reactions: Slack's, or, where one comes close, those that Stream's \
                   SDKs draw (like, love, haha, wow, sad)",
        },
        Opt {
            name: "same-names",
            value: Some("KIND"),
            choices: &["keep", "handle"],
            default: Some("keep"),
            help: "Whether users of one name keep it, or get their handles written behind it",
        },
        Opt {
            name: "scan-edits",
            value: None,
            choices: &[],
            default: None,
            help: "Read all files beforehand for edits and deletions of messages of other days; done unasked where a sample of the files holds such events",
        },
        Opt {
            name: "skip-unreadable",
            value: None,
            choices: &[],
            default: None,
            help: "Leave out files that cannot be unpacked, by name, instead of stopping",
        },
        Opt {
            name: "team-from-workspace",
            value: None,
            choices: &[],
            default: None,
            help: "Make the workspaces of an organisation teams of Stream",
        },
    ],
    losses: losses::ALL,
};

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
        let is = |option: &str, other: &str, chosen: &str| match options.get(option) {
            None => Ok(false),
            Some(value) if value == chosen => Ok(true),
            Some(value) if value == other => Ok(false),
            Some(value) => bail!("`--{option}` takes `{other}` or `{chosen}`, not `{value}`"),
        };
        let settings = Settings {
            dm_ids: match is("dm-ids", "distinct", "explicit")? {
                true => DmIds::Explicit,
                false => DmIds::Distinct,
            },
            skip_unreadable: options.flag("skip-unreadable"),
            wishes: Wishes {
                maps_roles: options.flag("map-roles"),
                profile: account::profile_fields(options.get("include-profile").unwrap_or(""))?,
                tells_apart: is("same-names", "keep", "handle")?,
            },
            scans_edits: options.flag("scan-edits"),
            split_bot_names: is("bot-names", "keep", "split")?,
            teams: options.flag("team-from-workspace"),
            hosting: Hosting::new(options)?,
            reactions: ReactionNames::new(options)?,
        };
        Ok(Box::new(Export::open(input, settings)?))
    }
}
