//! Files of delimited text as tables of texts, so that queries can join them.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use migrate_csv::{Delimited, DelimitedRow};
use migrate_mapping::Csv;
use migrate_model::wording::safe;
use rusqlite::types::Null;
use rusqlite::{Connection, ErrorCode, Statement};

use crate::database::LoadedTables;
use crate::guard::Watch;
use crate::salvage::private;
use crate::settings::Settings;
use crate::tables::quoted;
use crate::work::WorkFolder;

/// Texts that stand for nothing in files that do not say others.
const NULLS: [&str; 3] = ["", "NULL", "\\N"];

/// A file that becomes a table.
pub(crate) struct CsvTable {
    /// The name of the table.
    pub(crate) table: String,
    pub(crate) path: PathBuf,
    /// What the file is called for people.
    pub(crate) shown: String,
}

/// Rows of a file that could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRows {
    pub(crate) shown: String,
    pub(crate) count: u64,
    /// The line of the first, from 1.
    pub(crate) line: u64,
}

/// Loads files into tables whose columns all hold text, or nothing.
///
/// # Errors
/// If a file cannot be read, they take more room than `most_bytes`, or the caller wants to stop.
pub(crate) fn load(
    files: &[CsvTable],
    csv: &Csv,
    settings: &Settings,
    most_bytes: u64,
) -> Result<(LoadedTables, Vec<BadRows>)> {
    let work = WorkFolder::within(&settings.work_folder)?;
    let path = work.path().join("tables.db");
    let mut connection = private(&path, most_bytes, settings.max_statement_bytes)?;
    let _watch = Watch::over(&mut connection, &settings.stop, None)?;
    let mut bad = Vec::new();
    for file in files {
        bad.extend(load_one(&connection, file, csv, settings)?);
    }
    { connection.execute_batch("COMMIT") }.context("could not load the files under `[tables]`")?;
    drop(connection);
    Ok((LoadedTables { path, work }, bad))
}

fn load_one(
    connection: &Connection,
    file: &CsvTable,
    csv: &Csv,
    settings: &Settings,
) -> Result<Option<BadRows>> {
    let shown = &file.shown;
    let delimited = Delimited::open(&file.path, shown, csv)?;
    let columns = names(delimited.columns());
    ensure!(!columns.is_empty(), "{shown}: there are no columns in it");
    let listed: Vec<String> = columns
        .iter()
        .map(|name| format!("{} TEXT", quoted(name)))
        .collect();
    let table = quoted(&file.table);
    let made = connection.execute_batch(&format!("CREATE TABLE {table} ({})", listed.join(", ")));
    made.with_context(|| {
        format!(
            "could not make the table `{}` of {shown}",
            safe(&file.table, 80)
        )
    })?;
    let marks = vec!["?"; columns.len()].join(", ");
    let mut insert = connection
        .prepare(&format!("INSERT INTO {table} VALUES ({marks})"))
        .with_context(|| format!("could not load {shown}"))?;
    let mut bad: Option<BadRows> = None;
    let mut count = 0u64;
    delimited.each(|row| {
        count += 1;
        if count.is_multiple_of(1000) && settings.stop.load(std::sync::atomic::Ordering::Relaxed) {
            bail!("stopped");
        }
        match row {
            DelimitedRow::Cells(cells) => {
                let stored = put(&mut insert, cells, columns.len(), csv);
                stored.map_err(|error| explain(&error, shown, settings))
            }
            DelimitedRow::Bad { line } => {
                let bad = bad.get_or_insert_with(|| BadRows {
                    shown: shown.clone(),
                    count: 0,
                    line,
                });
                bad.count += 1;
                Ok(())
            }
        }
    })?;
    Ok(bad)
}

fn put(
    insert: &mut Statement<'_>,
    cells: &[&str],
    columns: usize,
    csv: &Csv,
) -> rusqlite::Result<()> {
    let is_null = |text: &str| match &csv.null_values {
        Some(nulls) => nulls.iter().any(|null| null == text),
        None => NULLS.contains(&text),
    };
    for column in 0..columns {
        match cells.get(column).filter(|text| !is_null(text)) {
            Some(text) => insert.raw_bind_parameter(column + 1, text)?,
            None => insert.raw_bind_parameter(column + 1, Null)?,
        }
    }
    insert.raw_execute().map(|_| ())
}

fn explain(error: &rusqlite::Error, shown: &str, settings: &Settings) -> anyhow::Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => anyhow::anyhow!(
            "{shown}: loaded files take more than the {} bytes that work files may: allow more by `--max-temp-size`",
            settings.max_temp_bytes
        ),
        Some(ErrorCode::OperationInterrupted) => anyhow::anyhow!("stopped"),
        _ => anyhow::anyhow!("could not load {shown}: {error}"),
    }
}

/// Names of columns that SQLite tells apart: none is empty, and none stands twice, whatever its case.
fn names(columns: &[String]) -> Vec<String> {
    let mut names = Vec::with_capacity(columns.len());
    let mut taken = HashSet::new();
    // The number that a name got last, so that thousands of equal ones are not tried anew for each.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for (place, column) in columns.iter().enumerate() {
        let mut first = column.replace('\0', "");
        if first.is_empty() {
            first = format!("column_{}", place + 1);
        }
        let number = numbers.entry(first.to_ascii_lowercase()).or_insert(1);
        let mut name = first.clone();
        while !taken.insert(name.to_ascii_lowercase()) {
            *number += 1;
            name = format!("{first}_{number}");
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn columns_have_names_that_can_be_told_apart() {
        let columns = ["id", "\0", "ID", "id_2", "text"].map(str::to_owned);
        assert_eq!(
            names(&columns),
            ["id", "column_2", "ID_2", "id_2_2", "text"]
        );
    }

    #[test]
    fn as_many_equal_names_as_a_file_may_have_are_told_apart() {
        let columns = vec!["number".to_owned(); 16_384];
        let names = names(&columns);
        assert_eq!(names.last().map(String::as_str), Some("number_16384"));
    }
}
