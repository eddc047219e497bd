//! What can be asked beside a conversion: what is in a database, a first mapping, the presets, what a
//! field becomes.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use migrate_mapping::{Preset, asked_field};
use migrate_model::{Called, Command, Options};

use crate::part::Access;
use crate::source::Tables;
use crate::{open, presets, slackdump, wishes};

/// How many rows are explained.
const EXPLAINED_ROWS: usize = 5;

/// All commands.
pub(crate) static ALL: &[Command] = &[
    Command {
        name: "explain",
        called: Called::Option,
        title: "Show what FIELD becomes in the first rows, such as `created_at` or `users.name`, \
                instead of converting",
        input: Some(("FIELD", "a field of the model")),
        example: "migrate sqlite samples/sqlite/chat.sql --explain created_at",
        options: &[],
        commands: &[],
        show: explain,
    },
    Command {
        name: "init",
        called: Called::Word,
        title: "Write a mapping for a database to standard output, with what was found out about it",
        input: Some(("INPUT", "what `migrate sqlite` is to read")),
        example: "migrate sqlite init samples/sqlite/chat.sql > map.toml",
        options: &wishes::OPTIONS,
        commands: &[],
        show: init,
    },
    Command {
        name: "presets",
        called: Called::Word,
        title: "List the mappings that come with the program",
        input: None,
        example: "migrate sqlite presets",
        options: &[],
        commands: &[
            Command {
                name: "list",
                called: Called::Word,
                title: "List the presets, as `presets` alone does",
                input: None,
                example: "migrate sqlite presets list",
                options: &[],
                commands: &[],
                show: list_presets,
            },
            Command {
                name: "show",
                called: Called::Word,
                title: "Write the mapping of a preset to standard output",
                input: Some(("NAME", "the name of the preset")),
                example: "migrate sqlite presets show campfire",
                options: &[],
                commands: &[],
                show: show_preset,
            },
        ],
        show: list_presets,
    },
    Command {
        name: "tables",
        called: Called::Word,
        title: "Show the tables of a database: columns with their declared types, and how many rows",
        input: Some(("INPUT", "a database or a dump of one")),
        example: "migrate sqlite tables samples/sqlite/chat.sql",
        options: &wishes::OPENING,
        commands: &[],
        show: open::described,
    },
];

fn init(inputs: &[PathBuf], options: &Options) -> Result<String> {
    open::draft(inputs, options)
}

fn list_presets(_: &[PathBuf], _: &Options) -> Result<String> {
    Ok(Preset::listed(presets::all()))
}

fn show_preset(inputs: &[PathBuf], _: &Options) -> Result<String> {
    let [name] = inputs else {
        bail!("`migrate sqlite presets show` takes one name");
    };
    let preset = presets::named(&name.to_string_lossy())?;
    if preset.name == slackdump::PRESET.name {
        bail!(
            "an archive of slackdump holds Slack's own JSON, which is read by code: there is no \
             mapping to change; convert it without `--mapping`"
        );
    }
    Ok(preset.text.to_owned())
}

fn explain(inputs: &[PathBuf], options: &Options) -> Result<String> {
    let field = options.get("explain").context("no field was given")?;
    let text = explained(&open::open(inputs, options)?, field)?;
    if text.is_empty() {
        bail!("no section has the field `{field}`, or no row has a value for it");
    }
    Ok(text)
}

/// The table and the number of a row, what it has and what becomes of it, for the first rows of each
/// section that has the field.
fn explained(tables: &Tables, asked: &str) -> Result<String> {
    let (section, field) = asked_field(asked);
    let mut access = Access::new(&tables.database);
    let mut text = String::new();
    let parts = tables.parts.iter();
    for part in parts.filter(|part| section.is_none_or(|kind| kind == part.plan.kind())) {
        let mut shown = 0;
        for piece in 0..part.pieces() {
            if shown >= EXPLAINED_ROWS {
                break;
            }
            part.each(piece, &mut access, |cells, at| {
                let place = tables.place(part, &at);
                if let Some(it) = part.plan.explain(field, cells, &place) {
                    text.push_str(&it.line(&format!("{}:{}", part.name, at.number)));
                    shown += 1;
                }
                Ok(shown < EXPLAINED_ROWS)
            })?;
        }
    }
    Ok(text)
}
