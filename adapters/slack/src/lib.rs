//! Reads Slack workspace exports, as a zip file or an unpacked folder.
//!
//! [`Slack`] opens an export as a source of users, conversations and day files. Foreign JSON
//! (`foreign`, `lenient`, `mend`), mapping (`message`, `people` and others) and markup (`text`)
//! are apart. Ids and limits of the target are left to the core, and so is the merging of
//! conversations with the same members.

mod address;
mod attached;
mod attachments;
mod block_kit;
mod blocks;
#[cfg(test)]
mod content_tests;
mod controls;
mod conversation;
mod cut;
mod emphasis;
mod escape;
mod export;
#[cfg(test)]
mod export_tests;
mod extras;
mod files;
mod foreign;
mod hosting;
mod identify;
mod lenient;
mod link;
mod loose;
mod losses;
mod mend;
mod message;
mod people;
mod phrase;
mod pictures;
mod previews;
mod reaction_names;
mod reactions;
mod reader;
mod shares;
mod subtype;
mod tables;
#[cfg(test)]
mod testing;
mod text;
#[cfg(test)]
mod text_tests;
mod token;
mod trouble;
mod unfurls;
mod versions;

use std::path::PathBuf;

use anyhow::{Result, bail};
use migrate_model::{About, Adapter, Opt, Options, Source};

use crate::conversation::DmIds;
use crate::export::{Export, Settings};
use crate::hosting::Hosting;
use crate::reaction_names::ReactionNames;

/// The adapter, for lists of adapters.
pub static SLACK: Slack = Slack;

/// Reads the export of one Slack workspace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slack;

static ABOUT: About = About {
    name: "slack",
    title: "Slack workspace exports",
    help: "Reads the zip file that Slack makes (Settings, Import/Export Data, Export), or the \
           folder it unpacks to: users, public and private channels, direct messages, threads, \
           reactions and the names of files. The contents of files are not part of an export.",
    input: "the export, a zip file or a folder",
    example: "migrate slack samples/slack-export.zip -o out.json",
    options: &[
        Opt {
            name: "dm-ids",
            value: Some("KIND"),
            choices: &["distinct", "explicit"],
            default: Some("distinct"),
            help: "How direct messages are known: by their members, or by their ids in Slack",
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
            name: "file-list",
            value: Some("FILE.csv"),
            choices: &[],
            default: None,
            help: "Write which files hang on which messages: name, size, where Slack has it, where \
                   the import expects it",
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
            name: "reactions",
            value: Some("SET"),
            choices: &["slack", "stream"],
            default: Some("slack"),
            help: "The names of reactions: Slack's, or, where one comes close, those that Stream's \
                   SDKs draw (like, love, haha, wow, sad)",
        },
        Opt {
            name: "reaction-map",
            value: Some("FILE.csv"),
            choices: &[],
            default: None,
            help: "Lines `slack,stream` that say what reactions become; they win over --reactions",
        },
        Opt {
            name: "skip-unreadable",
            value: None,
            choices: &[],
            default: None,
            help: "Leave out files that cannot be unpacked, by name, instead of stopping",
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
        let dm_ids = match options.get("dm-ids") {
            None | Some("distinct") => DmIds::Distinct,
            Some("explicit") => DmIds::Explicit,
            Some(other) => bail!("`--dm-ids` takes `distinct` or `explicit`, not `{other}`"),
        };
        let settings = Settings {
            dm_ids,
            skip_unreadable: options.flag("skip-unreadable"),
            hosting: Hosting::new(options)?,
            reactions: ReactionNames::new(options)?,
        };
        Ok(Box::new(Export::open(input, settings)?))
    }
}
