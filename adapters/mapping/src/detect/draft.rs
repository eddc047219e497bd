//! A guess as a mapping file: with a blank where something is to be filled in.

use std::fmt::Write as _;

use migrate_model::wording;

use super::seen::Seen;
use super::{BLANK, Guess, Table};
use crate::mapping::{Mapping, Section, SectionKind, SourceKind};
use crate::transform::Source;

/// What a mapping of messages has, for those who begin with nothing.
const SKELETON: &str = "
# the table of messages, to be filled in
# [[messages]]
# files = \"messages.csv\"
# id = \"?\"
# channel_id = \"?\"
# user_id = \"?\"
# text = \"?\"
# created_at = \"?\"
";

/// The mapping of a guess after a change, as TOML. What is to be mended stands at its beginning and
/// beside the blanks.
pub(super) fn written(guess: Guess<'_>, change: impl FnOnce(&mut Mapping)) -> String {
    let Guess {
        mut mapping,
        faults,
        tables,
        unknown,
        ..
    } = guess;
    change(&mut mapping);
    let mut text = String::new();
    for fault in &faults {
        for line in fault.text.lines() {
            let _ = writeln!(text, "# mend this: {line}");
        }
    }
    for remark in &mapping.remarks.0 {
        let _ = writeln!(text, "# {remark}");
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let mut choices = choices(&tables).into_iter();
    let blank = format!(" = \"{BLANK}\"");
    for line in mapping.to_toml().lines() {
        text.push_str(line);
        if line.ends_with(&blank)
            && let Some(choice) = choices.next().filter(|it| !it.is_empty())
        {
            let _ = write!(text, "  # {choice}");
        }
        text.push('\n');
    }
    let is_messages = |section: &Section| section.kind == SectionKind::Messages;
    if !mapping.sections.iter().any(is_messages) {
        text.push_str(SKELETON);
    }
    if !faults.is_empty() {
        for seen in &tables {
            let columns = columns(seen.columns());
            let _ = writeln!(text, "\n# `{}` has the columns {columns}", seen.name());
        }
    }
    if mapping.source == Some(SourceKind::Sqlite) {
        let names: Vec<&str> = unknown.iter().map(|table| table.name).collect();
        if !names.is_empty() {
            let names = wording::safe(&wording::list(&names), 2000);
            let _ = writeln!(text, "\n# not read: {names}");
        }
        return text;
    }
    for table in unknown {
        let _ = writeln!(text, "\n# {}", unread(table));
    }
    text
}

/// What is said of a table that nothing is known of.
pub(super) fn unread(table: &Table<'_>) -> String {
    let name = wording::safe(table.name, 80);
    match table.columns.is_empty() {
        true => format!("`{name}` is not read: there is nothing in it"),
        false => format!(
            "`{name}` is not read: nobody can tell what it is by its columns {}",
            columns(table.columns)
        ),
    }
}

fn columns(columns: &[String]) -> String {
    /// So many columns are listed.
    const LISTED: usize = 40;
    let listed = columns.iter().take(LISTED);
    let mut listed: Vec<String> = listed
        .map(|it| format!("`{}`", wording::safe(it, 60)))
        .collect();
    if columns.len() > LISTED {
        listed.push("…".to_owned());
    }
    listed.join(", ")
}

/// What belongs behind each blank, in the order of the file: that of kinds, then of tables.
fn choices(tables: &[Seen<'_>]) -> Vec<String> {
    let of_kind = |kind| tables.iter().filter(move |seen| seen.kind == kind);
    let choices = SectionKind::ALL.into_iter().flat_map(of_kind);
    let choices = choices.flat_map(|seen| {
        let fields = seen.section.fields.iter();
        let is_blank = |source: &Source| matches!(source, Source::Column(name) if name == BLANK);
        let blanks = fields.filter(move |field| is_blank(&field.value.source));
        blanks.map(|field| {
            let fault = { seen.faults.iter() }.find(|it| it.field == Some(field.name));
            fault.map(|it| it.choice.clone()).unwrap_or_default()
        })
    });
    choices.collect()
}
