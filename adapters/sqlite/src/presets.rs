//! Mappings that come with the program, for databases whose tables are known.

use std::collections::HashSet;

use anyhow::{Result, bail};
use migrate_mapping::Preset;
use migrate_model::wording;

use crate::tables::Table;

/// A mapping that comes with the program, and what databases it is for.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its name is that of the program which made the database, and behind a `/` which of several
    /// layouts that program had, as in `whatsapp/new`.
    pub(crate) preset: Preset,
    /// The columns, as `table.column`, of which a database has all if it is of this layout; case does
    /// not count.
    pub(crate) signature: &'static [&'static str],
}

/// All presets, in the order in which they are listed and tried.
static ALL: &[Known] = &[];

impl Known {
    /// The program that made the database.
    pub(crate) fn origin(&self) -> &'static str {
        family(self.preset.name)
    }

    /// The columns that a database lacks.
    fn lacks(&self, columns: &HashSet<String>) -> Vec<&'static str> {
        let wanted = self.signature.iter().copied();
        wanted
            .filter(|name| !columns.contains(&name.to_ascii_lowercase()))
            .collect()
    }
}

/// All presets.
pub(crate) fn all() -> impl Iterator<Item = &'static Preset> + Clone {
    ALL.iter().map(|known| &known.preset)
}

/// The first preset whose tables a database has.
pub(crate) fn of(tables: &[Table]) -> Option<&'static Known> {
    let columns = columns(tables);
    let mut known = ALL.iter().filter(|it| !it.signature.is_empty());
    known.find(|known| known.lacks(&columns).is_empty())
}

/// The preset that somebody asks for: by its whole name, or by that of the program, of whose layouts
/// the one is taken that a database has.
///
/// # Errors
/// If there is none of that name, or no layout of the program fits; with what the database lacks.
pub(crate) fn asked(name: &str, tables: &[Table]) -> Result<&'static Known> {
    let exact = ALL.iter().find(|known| known.preset.name == name);
    let of_program: Vec<&Known> = ALL.iter().filter(|known| known.origin() == name).collect();
    if let Some(known) = exact {
        return Ok(known);
    }
    if of_program.is_empty() {
        return Err(Preset::by_name(all(), name).map_or_else(|error| error, |_| unlisted(name)));
    }
    let columns = columns(tables);
    let lacks = of_program
        .iter()
        .map(|known| (known.lacks(&columns), *known));
    match lacks.min_by_key(|(lacks, _)| lacks.len()) {
        Some((lacks, known)) if lacks.is_empty() => Ok(known),
        Some((lacks, known)) => bail!(
            "no layout of the preset `{name}` fits the database; the nearest is `{}`, which needs {}; \
             `migrate sqlite tables` shows what there is",
            known.preset.name,
            wording::list(&lacks)
        ),
        None => Err(unlisted(name)),
    }
}

fn unlisted(name: &str) -> anyhow::Error {
    anyhow::anyhow!("there is no preset `{}`", wording::safe(name, 40))
}

fn family(name: &'static str) -> &'static str {
    name.split_once('/').map_or(name, |(family, _)| family)
}

fn columns(tables: &[Table]) -> HashSet<String> {
    let tables = tables.iter().flat_map(|table| {
        let columns = table.columns.iter();
        columns.map(|column| format!("{}.{}", table.name, column.name).to_ascii_lowercase())
    });
    tables.collect()
}
