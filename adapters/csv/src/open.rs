//! From what was given to a source: which mapping, which files, which sections, what is found out.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use migrate_mapping::{
    BadRows, Captures, Header, Input, Lookups, Mapping, MessageIds, Pattern, Plan, Preset, Section,
    Settled, SourceKind, read_mapping,
};
use migrate_model::Options;
use migrate_model::wording::{self, Lines, safe};

use crate::attachments::{Attachments, Known};
use crate::bytes::Access;
use crate::inputs::{Found, Inputs};
use crate::presets;
use crate::rows::Rows;
use crate::scan;
use crate::source::{Bound, File, Tables};
use crate::table::Table;
use crate::twins;
use crate::unpacked;
use crate::wishes::Wishes;

/// Files with the mapping that says what their rows become.
pub(crate) struct Opened {
    pub(crate) inputs: Inputs,
    /// One; or that of a preset and that of files beside those of the preset.
    pub(crate) mappings: Vec<Mapping>,
    /// Each with the number of its file in `inputs`.
    pub(crate) files: Vec<File>,
    /// The preset whose mapping is the first, if it is one.
    preset: Option<&'static Preset>,
    /// Whether nobody gave the mapping.
    is_found_out: bool,
}

/// Files, and what is known about their mapping without a look at their columns alone.
struct Listed {
    inputs: Inputs,
    /// The files, opened by what they show themselves, where no mapping was known before.
    tables: Vec<Table>,
    /// `None`: it has to be made from headers.
    mapping: Option<Mapping>,
    preset: Option<&'static Preset>,
    /// Which files are beside those of a preset that was recognised, if any are.
    beside: Vec<bool>,
}

impl Listed {
    /// The tables beside those of the preset, as they are shown to those who find out what they mean.
    fn shown_beside(&self) -> Vec<migrate_mapping::Table<'_>> {
        let tables = shown(&self.inputs, &self.tables).into_iter();
        let tables = tables
            .zip(&self.beside)
            .filter(|(_, is_beside)| **is_beside);
        tables.map(|(table, _)| table).collect()
    }
}

/// Lists the inputs, and finds the mapping that was asked for or is of a known layout.
fn list(paths: &[PathBuf], options: &Options, wishes: &Wishes) -> Result<Listed> {
    let mut inputs = Inputs::list(paths, options, wishes.common.mapping.as_deref())?;
    let mut preset = match &wishes.common.preset {
        Some(name) => Some(Preset::by_name(presets::all(), name)?),
        None => None,
    };
    let mut mapping = match (&wishes.common.mapping, preset) {
        (Some(path), _) => Some(read_mapping(path)?),
        (None, Some(preset)) => Some(preset.mapping()?),
        (None, None) => None,
    };
    if let Some(mapping) = mapping
        .as_ref()
        .filter(|it| it.source == Some(SourceKind::Sqlite))
    {
        bail!(
            "{}: the mapping says `source = \"sqlite\"`, and this is `migrate csv`",
            mapping.name.0
        );
    }
    inputs.keep(|found| mapping.as_ref().is_some_and(|it| is_named(it, found)))?;
    let is_read = |found: &Found| {
        let mapping = mapping.as_ref();
        mapping.is_none_or(|mapping| !sections_of(mapping, found).is_empty())
    };
    unpacked::unpack(&mut inputs, is_read, options)?;
    let (mut tables, mut beside) = (Vec::new(), Vec::new());
    if mapping.is_none() {
        tables = open_all(&inputs, wishes)?;
        if let Some(known) = presets::of(&inputs.files, &tables) {
            mapping = Some(known.preset.mapping()?);
            preset = Some(known.preset);
            beside = known.beside;
        }
    }
    Ok(Listed {
        inputs,
        tables,
        mapping,
        preset,
        beside,
    })
}

/// Lists the inputs, finds the mapping, and binds it to the files.
///
/// # Errors
/// If an input cannot be read or the mapping does not fit.
pub(crate) fn open(paths: &[PathBuf], options: &Options, wishes: &Wishes) -> Result<Opened> {
    let listed = list(paths, options, wishes)?;
    let is_found_out = listed.mapping.is_none() || !listed.beside.is_empty();
    let found = match (&listed.mapping, listed.preset) {
        (None, _) => {
            let found = migrate_mapping::detect(&shown(&listed.inputs, &listed.tables), INIT);
            let hint = hint(&listed.tables);
            Some(found.map_err(|error| Lines(format!("{error}{hint}")))?)
        }
        (Some(_), Some(preset)) if !listed.beside.is_empty() => {
            let found = migrate_mapping::detect_beside(&listed.shown_beside(), INIT);
            found.map_err(|error| {
                Lines(format!(
                    "{error}\nother files are of the preset `{}`; a run with those alone needs no mapping",
                    preset.name
                ))
            })?
        }
        _ => None,
    };
    let Listed {
        mut inputs,
        tables,
        mapping,
        preset,
        beside,
    } = listed;
    let mut mappings: Vec<Mapping> = mapping.into_iter().chain(found).collect();
    for mapping in &mut mappings {
        wishes.common.apply(mapping);
    }
    let (files, unread) = bind(&inputs, &mappings, &beside, tables, wishes)?;
    inputs.unread.extend(unread);
    Ok(Opened {
        inputs,
        mappings,
        files,
        preset,
        is_found_out,
    })
}

/// What may be wrong with a table of which nobody can tell what it is.
fn hint(tables: &[Table]) -> String {
    let is_wider = |table: &&Table| {
        let wide = table
            .rows
            .iter()
            .filter(|it| it.len() > table.columns.len());
        wide.count() * 2 > table.rows.len()
    };
    match tables.iter().find(is_wider) {
        Some(table) => format!(
            "\nrows of {} have more cells than its first line; if its header stands lower, say by \
             `--skip-lines N` how many lines stand above it",
            table.shape.bytes.name
        ),
        None => String::new(),
    }
}

/// The command that writes a draft.
const INIT: &str = "migrate csv init INPUT > map.toml";

/// A mapping for files as TOML, to be changed by hand.
///
/// # Errors
/// If an input cannot be read.
pub(crate) fn draft(paths: &[PathBuf], options: &Options, wishes: &Wishes) -> Result<String> {
    let listed = list(paths, options, wishes)?;
    Ok(match (listed.preset, &listed.mapping) {
        (Some(preset), _) if !listed.beside.is_empty() => {
            let change = |mapping: &mut Mapping| wishes.apply(mapping);
            // Files of the preset stand among those that times would be looked for in.
            let draft = migrate_mapping::draft(&listed.shown_beside(), change, |_| false);
            let name = preset.name;
            format!("# Not for files of the preset `{name}`: those alone need no mapping.\n{draft}")
        }
        (Some(preset), _) => wishes.written_into(preset.text.to_owned()),
        (None, Some(mapping)) => wishes.written_into(mapping.to_toml()),
        (None, None) => {
            let tables = shown(&listed.inputs, &listed.tables);
            let change = |mapping: &mut Mapping| wishes.apply(mapping);
            let is_told = |mapping: &Mapping| {
                // Where the mapping is not whole, nobody can tell.
                are_times_told(&listed.inputs, mapping, options, wishes).unwrap_or(false)
            };
            migrate_mapping::draft(&tables, change, is_told)
        }
    })
}

/// Whether all rows together tell how their times are read.
fn are_times_told(
    inputs: &Inputs,
    mapping: &Mapping,
    options: &Options,
    wishes: &Wishes,
) -> Result<bool> {
    let one = std::slice::from_ref(mapping);
    let (files, _) = bind(inputs, one, &[], Vec::new(), wishes)?;
    let scanned = scan::scan(&inputs.archives, &files, mapping.sections.len(), options)?;
    let mut sections = scanned.surveys.into_iter().zip(&mapping.sections);
    Ok(sections.all(|(survey, section)| survey.settle(mapping, section).is_ok()))
}

/// Of so many files of one layout the first rows are looked at.
const SHOWN_FILES: usize = 8;

/// Opens all files by what they show themselves.
fn open_all(inputs: &Inputs, wishes: &Wishes) -> Result<Vec<Table>> {
    let mut rows = Rows::new(Access::new(&inputs.archives));
    let csv = wishes.csv(&Default::default());
    let mut layouts: HashMap<Vec<String>, usize> = HashMap::new();
    let open = |found: &Found| {
        let mut table = Table::open(&mut rows, found, &csv)?;
        presets::refuse_no_chat(&table)?;
        // The rows of a few files show what a layout is.
        let count = layouts.entry(table.columns.clone()).or_default();
        *count += 1;
        if *count > SHOWN_FILES {
            table.rows = Vec::new();
        }
        Ok(table)
    };
    inputs.files.iter().map(open).collect()
}

/// Tables as they are shown to those who find out what they mean.
fn shown<'t>(inputs: &'t Inputs, tables: &'t [Table]) -> Vec<migrate_mapping::Table<'t>> {
    let found = inputs.files.iter().zip(tables);
    let tables = found.map(|(found, table)| migrate_mapping::Table {
        name: &found.path,
        columns: &table.columns,
        rows: &table.rows,
    });
    tables.collect()
}

/// Binds sections to files; gives the names of those that no section reads as well.
fn bind(
    inputs: &Inputs,
    mappings: &[Mapping],
    beside: &[bool],
    tables: Vec<Table>,
    wishes: &Wishes,
) -> Result<(Vec<File>, Vec<String>)> {
    let [mapping, ..] = mappings else {
        return Ok(Default::default());
    };
    let of_others = mappings.get(1).map(|it| (it, mapping.sections.len()));
    let mut rows = Rows::new(Access::new(&inputs.archives));
    let mut plans = Plans::default();
    let mut files = Vec::new();
    let mut unread = Vec::new();
    // What was opened without a mapping was read in the same way if that says nothing of it.
    let mut tables = tables.into_iter();
    for (number, found) in inputs.files.iter().enumerate() {
        let is_beside = beside.get(number).copied().unwrap_or_default();
        let (mapping, before) = of_others.filter(|_| is_beside).unwrap_or((mapping, 0));
        let sections = match is_beside && of_others.is_none() {
            // Nothing is known of the files beside those of the preset.
            true => Vec::new(),
            false => sections_of(mapping, found),
        };
        let known = tables.next();
        let Some((section, _)) = sections.first() else {
            unread.push(found.bytes.name.clone());
            continue;
        };
        let csv = wishes.csv(&section.csv.or(&mapping.csv));
        let known = known.filter(|_| csv == wishes.csv(&Default::default()));
        let table = match known {
            Some(table) => table,
            None => Table::open(&mut rows, found, &csv)?,
        };
        let mut bound = Vec::new();
        for (section, captures) in &sections {
            let it = plans.bind(mapping, before, section, &table, captures)?;
            bound.push(it);
        }
        // Without a header rows may be of any width.
        let needed_cells = match csv.header {
            Some(Header::Absent) => bound.iter().map(|it| it.plan.needed_cells()).max(),
            _ => Some(table.columns.len()),
        };
        files.push(File {
            needed_cells: needed_cells.unwrap_or_default(),
            table,
            bound,
            bad_rows: csv.bad_rows.unwrap_or(BadRows::Report),
        });
    }
    drop(rows);
    if files.is_empty() {
        bail!(
            "{}: no section reads any of the files that were given, such as {}; {}",
            mapping.name.0,
            unread.first().map_or("", String::as_str),
            patterns_shown(mapping)
        );
    }
    Ok((files, unread))
}

/// The patterns of a mapping, for people.
fn patterns_shown(mapping: &Mapping) -> String {
    let inputs = mapping.sections.iter().map(|section| &section.input);
    let patterns = inputs.filter_map(|input| match input {
        Input::Files(patterns) => Some(patterns),
        _ => None,
    });
    let patterns: Vec<&str> = patterns.flatten().map(|it| it.0.as_str()).collect();
    match patterns.is_empty() {
        true => "none says by `files` which it reads".to_owned(),
        false => format!("its patterns are {}", safe(&wording::list(&patterns), 400)),
    }
}

/// Plans that were made already: files with the same columns share them.
#[derive(Default)]
struct Plans {
    known: HashMap<PlanKey, Arc<Plan>>,
}

/// What a plan is made from: the number of a section, columns, and what the path stands for.
type PlanKey = (usize, Vec<String>, Vec<(String, String)>);

impl Plans {
    /// Binds a section of a mapping before which others have so many sections.
    fn bind(
        &mut self,
        mapping: &Mapping,
        before: usize,
        section: &Section,
        table: &Table,
        captures: &Captures,
    ) -> Result<Bound> {
        let number = mapping
            .sections
            .iter()
            .position(|it| std::ptr::eq(it, section));
        let number = before + number.unwrap_or_default();
        let key = (number, table.columns.clone(), captures.0.clone());
        let plan = match self.known.get(&key) {
            Some(plan) => Arc::clone(plan),
            None => {
                let columns: Vec<_> = table.columns.iter().map(String::as_str).collect();
                let plan = mapping.bind(section, &columns, captures);
                let plan = Arc::new(plan.with_context(|| table.shape.bytes.name.clone())?);
                self.known.insert(key, Arc::clone(&plan));
                plan
            }
        };
        Ok(Bound {
            section: number,
            plan,
        })
    }
}

/// Whether a pattern of the mapping fits a file.
fn is_named(mapping: &Mapping, found: &Found) -> bool {
    fits(mapping, &found.path, |_| true) || fits_as_given(mapping, found)
}

/// Whether a pattern fits the path of a file as it was given. In a folder it must be one without
/// names in braces: what the folder itself is called does not stand for anything.
fn fits_as_given(mapping: &Mapping, found: &Found) -> bool {
    let may = |pattern: &Pattern| found.is_named || pattern.names().is_empty();
    fits(mapping, &found.full_path, may)
}

fn fits(mapping: &Mapping, path: &str, may: impl Fn(&Pattern) -> bool) -> bool {
    mapping.sections.iter().any(|section| {
        let Input::Files(patterns) = &section.input else {
            return false;
        };
        let fits = |pattern: &Pattern| pattern.captures(path).is_some();
        let mut patterns = patterns.iter().filter(|pattern| may(pattern));
        patterns.any(fits) && !section.except.iter().any(fits)
    })
}

/// The sections that read a file. A pattern may name folders that all inputs have in common.
fn sections_of<'m>(mapping: &'m Mapping, found: &Found) -> Vec<(&'m Section, Captures)> {
    let path = match !fits(mapping, &found.path, |_| true) && fits_as_given(mapping, found) {
        true => &found.full_path,
        false => &found.path,
    };
    let mut sections = mapping.sections_of(path);
    // Of several for one kind the first reads it.
    let mut kinds = Vec::new();
    sections.retain(|(section, _)| {
        let is_first = !kinds.contains(&section.kind);
        kinds.push(section.kind);
        is_first
    });
    sections
}

impl Opened {
    /// Finds out what has to be known before the first row is read.
    ///
    /// # Errors
    /// If a file cannot be read, or a column can be read in two ways.
    pub(crate) fn survey(self, options: &Options) -> Result<Tables> {
        let Opened {
            inputs,
            mappings,
            files,
            preset,
            is_found_out,
        } = self;
        let remarks = remarks(&mappings, preset, &files);
        let archives = inputs.archives;
        let sections = mappings.iter().flat_map(|mapping| {
            let sections = mapping.sections.iter();
            sections.map(move |section| (mapping, section))
        });
        let sections: Vec<(&Mapping, &Section)> = sections.collect();
        let scanned = scan::scan(&archives, &files, sections.len(), options)?;
        let sections = scanned.surveys.into_iter().zip(sections);
        let settled = sections.map(|(survey, (mapping, section))| survey.settle(mapping, section));
        let settled = settled.collect::<Result<Vec<_>>>();
        let mut settled = settled.map_err(|error| match is_found_out {
            true => Lines(format!(
                "{error:#}\nwrite a draft of a mapping by `{INIT}`, say it there, and give it by `--mapping map.toml`"
            ))
            .into(),
            false => error,
        })?;
        migrate_mapping::share_channels(&mut settled);
        let lookups = lookups(&archives, &files, &settled, options)?;
        let known = Known {
            archives: &archives,
            files: &files,
            settled: &settled,
            lookups: &lookups,
        };
        let found = twins::find(known, &scanned.starts, options)?;
        for (twins, settled) in found.into_iter().zip(&mut settled) {
            twins.settle(settled);
        }
        let known = Known {
            archives: &archives,
            files: &files,
            settled: &settled,
            lookups: &lookups,
        };
        let attachments = Attachments::read(known, options)?;
        let mut tables = Tables::new(archives, files, scanned.starts);
        tables.settled = settled;
        tables.lookups = lookups;
        tables.attachments = attachments;
        tables.unread = inputs.unread;
        tables.remarks = remarks;
        // Rows of `channel` bring their channel in their ids already.
        let is_global = |it: &Mapping| it.message_ids == MessageIds::Global;
        if mappings.iter().all(is_global) {
            tables.message_ids = MessageIds::Global;
        }
        tables.origin = mappings.iter().find_map(|it| it.origin.clone());
        let losses = mappings.into_iter().flat_map(|it| it.losses);
        tables.losses = losses.collect();
        Ok(tables)
    }
}

/// What people should know about how files are understood: by which preset, what was found out,
/// and which columns no field names.
fn remarks(mappings: &[Mapping], preset: Option<&Preset>, files: &[File]) -> Vec<String> {
    let preset = preset.map(|it| {
        let of_preset = mappings.first().map_or(0, |it| it.sections.len());
        let is_of_it = |file: &&File| file.bound.iter().all(|it| it.section < of_preset);
        match mappings.len() {
            1 => format!("the files are read by the preset `{}`", it.name),
            _ => format!(
                "{} of {} files are read by the preset `{}`",
                files.iter().filter(is_of_it).count(),
                files.len(),
                it.name
            ),
        }
    });
    let mut remarks: Vec<String> = preset.into_iter().collect();
    remarks.extend(mappings.iter().flat_map(|it| it.remarks.0.iter().cloned()));
    remarks.extend(
        { files.iter() }
            .filter(|it| it.table.above > 0)
            .map(|file| {
                let name = &file.table.shape.bytes.name;
                let above = match file.table.above {
                    1 => "the line above the header is".to_owned(),
                    lines => format!("{lines} lines above the header are"),
                };
                format!("{name}: {above} left out; `--skip-lines` says otherwise")
            }),
    );
    // Files of one layout share a plan.
    let mut plans: Vec<(&Arc<Plan>, &str, usize)> = Vec::new();
    let bound = files
        .iter()
        .flat_map(|file| file.bound.iter().map(move |it| (file, it)));
    for (file, bound) in bound.filter(|(_, it)| !it.plan.unknown_columns().is_empty()) {
        let is_same = |plan: &Plan| {
            plan.kind() == bound.plan.kind()
                && plan.unknown_columns() == bound.plan.unknown_columns()
        };
        match plans.iter_mut().find(|(plan, ..)| is_same(plan)) {
            Some((.., count)) => *count += 1,
            None => plans.push((&bound.plan, &file.table.shape.bytes.name, 1)),
        }
    }
    remarks.extend(plans.into_iter().map(|(plan, file, count)| {
        let file = match count {
            1 => file.to_owned(),
            count => format!("{file} and {} more like it", count - 1),
        };
        let names: Vec<&str> = plan.unknown_columns().iter().map(String::as_str).collect();
        let names = safe(&wording::list(&names), 400);
        format!("{file}: no field names these columns, so they are kept as custom data: {names}")
    }));
    remarks
}

/// Notes which ids other sections look up.
fn lookups(
    archives: &[migrate_archive::Archive],
    files: &[File],
    settled: &[Settled],
    options: &Options,
) -> Result<Lookups> {
    let mut lookups = Lookups::default();
    let wanted = |it: &&Bound| Lookups::default().wants(&it.plan);
    let bytes = |file: &File| file.bytes() * file.bound.iter().filter(wanted).count() as u64;
    options.begin_reading("looking for ids", files.iter().map(bytes).sum());
    let mut rows = Rows::new(Access::new(archives));
    for file in files {
        for bound in &file.bound {
            let Some(settled) = settled
                .get(bound.section)
                .filter(|_| lookups.wants(&bound.plan))
            else {
                continue;
            };
            rows.each(file, options, |row, _| {
                lookups.note(&bound.plan, &row, settled);
                Ok(())
            })?;
        }
    }
    Ok(lookups)
}
