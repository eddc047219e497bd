//! What can be asked beside a conversion: a first mapping, the presets, what a field becomes.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use migrate_mapping::{Place, Preset, SectionKind, asked_field};
use migrate_model::wording::{self, safe};
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
        commands: &[
            Command {
                name: "list",
                called: Called::Word,
                title: "List the presets, as `presets` alone does",
                input: None,
                example: "migrate csv presets list",
                options: &[],
                commands: &[],
                show: list_presets,
            },
            Command {
                name: "show",
                called: Called::Word,
                title: "Write the mapping of a preset to standard output",
                input: Some(("NAME", "the name of the preset")),
                example: "migrate csv presets show template",
                options: &[],
                commands: &[],
                show: show_preset,
            },
        ],
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
    let tables = opened.survey(options)?;
    let (section, name) = asked_field(field);
    let text = explain_rows(&tables, section, name)?;
    if text.is_empty() {
        let bound = tables.files.iter().flat_map(|file| &file.bound);
        let mut known: Vec<String> = bound.flat_map(|it| it.plan.explained_fields()).collect();
        let mut seen = std::collections::HashSet::new();
        known.retain(|name| seen.insert(name.clone()));
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        bail!(
            "no section has the field `{}`, or no row has a value for it; there are {}",
            safe(field, 60),
            safe(&wording::list(&known), 2000)
        );
    }
    Ok(text)
}

/// `file:line`, what the source has and what becomes of it, for the first rows of each file that
/// have a value for the field.
fn explain_rows(tables: &Tables, section: Option<SectionKind>, field: &str) -> Result<String> {
    let mut rows = Rows::new(Access::new(&tables.archives));
    let mut text = String::new();
    for (file, number) in tables.files.iter().zip(0..) {
        for bound in &file.bound {
            let Some(settled) = tables.settled.get(bound.section) else {
                continue;
            };
            let has_field = bound.plan.explains(section, field);
            let mut shown = 0;
            let mut start = file.table.start;
            let chunks = if has_field { file.chunks() } else { 0 };
            for chunk in 0..chunks {
                if shown >= EXPLAINED_ROWS {
                    break;
                }
                start = rows.read(&file.table.shape, chunk, start, |row, at| {
                    let place = Place {
                        record: 0,
                        position: position(number, at)?,
                        settled,
                        lookups: &tables.lookups,
                        attachments: Vec::new(),
                    };
                    let explained = match file.fault(row, at) {
                        None => bound.plan.explain_in(section, field, &row, &place),
                        Some(_) => return Ok(true),
                    };
                    if let Some(it) = explained.filter(|it| !it.is_empty) {
                        let name = &file.table.shape.bytes.name;
                        text.push_str(&it.line(&format!("{name}:{}", at.line)));
                        shown += 1;
                    }
                    Ok(shown < EXPLAINED_ROWS)
                })?;
            }
        }
    }
    Ok(text)
}
