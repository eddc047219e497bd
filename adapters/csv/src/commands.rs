//! What can be asked beside a conversion: a first mapping, the presets, what a field becomes.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use migrate_mapping::{Place, Preset, SectionKind, asked_field};
use migrate_model::{Called, Command, Options};

use crate::bytes::Access;
use crate::open;
use crate::presets;
use crate::rows::Rows;
use crate::source::{Tables, position};
use crate::wishes::{self, Wishes};

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
        example: "migrate csv samples/csv/messages.csv --explain created_at",
        options: &[],
        commands: &[],
        show: explain,
    },
    Command {
        name: "init",
        called: Called::Word,
        title: "Write a mapping for files to standard output, with what was found out about them",
        input: Some(("INPUT", "what `migrate csv` is to read")),
        example: "migrate csv init samples/csv/messages.csv > map.toml",
        options: &wishes::OPTIONS,
        commands: &[],
        show: init,
    },
    Command {
        name: "presets",
        called: Called::Word,
        title: "List the mappings that come with the program",
        input: None,
        example: "migrate csv presets",
        options: &[],
        commands: &[Command {
            name: "show",
            called: Called::Word,
            title: "Write the mapping of a preset to standard output",
            input: Some(("NAME", "the name of the preset")),
            example: "migrate csv presets show template",
            options: &[],
            commands: &[],
            show: show_preset,
        }],
        show: list_presets,
    },
];

fn init(inputs: &[PathBuf], options: &Options) -> Result<String> {
    open::draft(inputs, options, &Wishes::of(options)?)
}

fn list_presets(_: &[PathBuf], _: &Options) -> Result<String> {
    Ok(Preset::listed(presets::all()))
}

fn show_preset(inputs: &[PathBuf], _: &Options) -> Result<String> {
    let [name] = inputs else {
        bail!("`migrate csv presets show` takes one name");
    };
    let preset = Preset::by_name(presets::all(), &name.to_string_lossy())?;
    Ok(preset.text.to_owned())
}

fn explain(inputs: &[PathBuf], options: &Options) -> Result<String> {
    let field = options.get("explain").context("no field was given")?;
    let opened = open::open(inputs, options, &Wishes::of(options)?)?;
    let (section, name) = asked_field(field);
    let text = explain_rows(&opened.survey(options)?, section, name)?;
    if text.is_empty() {
        bail!("no section has the field `{field}`, or no row has a value for it");
    }
    Ok(text)
}

/// `file:line`, what the source has and what becomes of it, for the first rows that have the field.
fn explain_rows(tables: &Tables, section: Option<SectionKind>, field: &str) -> Result<String> {
    let mut rows = Rows::new(Access::new(&tables.archives));
    let mut text = String::new();
    for (file, number) in tables.files.iter().zip(0..) {
        let is_asked = |kind: SectionKind| section.is_none_or(|section| section == kind);
        for bound in file.bound.iter().filter(|it| is_asked(it.plan.kind())) {
            let Some(settled) = tables.settled.get(bound.section) else {
                continue;
            };
            let mut shown = 0;
            rows.read(&file.table.shape, 0, file.table.start, |row, at| {
                let place = Place {
                    record: 0,
                    position: position(number, at)?,
                    settled,
                    lookups: &tables.lookups,
                    attachments: Vec::new(),
                };
                let explained = match file.fault(row, at) {
                    None => bound.plan.explain(field, &row, &place),
                    Some(_) => return Ok(true),
                };
                if let Some(it) = explained {
                    let name = &file.table.shape.bytes.name;
                    text.push_str(&it.line(&format!("{name}:{}", at.line)));
                    shown += 1;
                }
                Ok(shown < EXPLAINED_ROWS)
            })?;
        }
    }
    Ok(text)
}
