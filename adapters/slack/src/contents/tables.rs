//! Tables of blocks as tables of GFM.

use migrate_markdown::Style;
use migrate_model::Stop;

use crate::contents::extras::Extras;
use crate::foreign::block_kit::{Block, Other, Row};
use crate::text::{self, Converted, Markup};

/// Slack allows 20 columns.
const MOST_COLUMNS: usize = 100;

/// Writes a table; its first row becomes the head.
pub(crate) fn write<'m>(block: &'m Other<'m>, extras: &mut Extras<'_, 'm>) -> Result<(), Stop> {
    let rows = block.rows.iter().filter_map(|row| row.0.as_deref());
    let widths = rows.clone().map(<[_]>::len);
    let columns = widths.max().unwrap_or(0).min(MOST_COLUMNS);
    extras.lose_unread(lost(&block.rows), "`rows` of a table")?;
    if columns == 0 {
        return Ok(());
    }
    let mut table = String::new();
    let mut cell = Converted::default();
    for (n, row) in rows.enumerate() {
        if n > 0 {
            table.push('\n');
        }
        // The head says how many columns there are; behind it a row may end early.
        let cells = if n == 0 {
            columns
        } else {
            row.len().min(columns)
        };
        table.push('|');
        for column in 0..cells {
            table.push(' ');
            if let Some(Some(found)) = row.get(column) {
                write_cell(found, &mut cell, &mut table, extras);
            }
            table.push_str(" |");
        }
        if n == 0 {
            write_rule(block, columns, &mut table);
        }
    }
    extras.markdown(&table);
    Ok(())
}

/// How many rows, cells and parts of cells could not be read.
fn lost(rows: &[Row<'_>]) -> usize {
    let of_cell = |cell: &Block<'_>| match cell {
        Block::RichText(_) => 0,
        Block::Other(it) => it.lost,
    };
    let of_row = |row: &Row<'_>| match &row.0 {
        Some(cells) => cells.iter().flatten().map(of_cell).sum(),
        None => 1,
    };
    rows.iter().map(of_row).sum()
}

/// Writes a cell in one line. `cell` is room for its text.
fn write_cell<'m>(
    found: &'m Block<'m>,
    cell: &mut Converted<'m>,
    table: &mut String,
    extras: &mut Extras<'_, 'm>,
) {
    cell.clear();
    match found {
        Block::RichText(rich) => text::push_rich(rich, "", extras.names, cell),
        Block::Other(other) => {
            let words = other.it.as_ref().map(|it| (&*it.kind, &*it.text.text));
            match words {
                Some(("mrkdwn", text)) => {
                    text::push(text, Markup::Mrkdwn, Style::PLAIN, extras.names, cell);
                }
                Some((_, text)) => text::push_plain(text, Style::PLAIN, extras.names, cell),
                None => {}
            }
        }
    }
    cell.finish();
    let out = &mut *extras.out;
    out.lost.add(cell.lost);
    out.mentions.append(&mut cell.mentions);
    out.here |= cell.here;
    out.channel |= cell.channel;
    for (n, word) in cell.markdown.split_whitespace().enumerate() {
        if n > 0 {
            table.push(' ');
        }
        push_word(word, table);
    }
}

/// Writes a word so that no pipe in it ends the cell.
fn push_word(word: &str, table: &mut String) {
    let mut is_escaped = false;
    for it in word.chars() {
        if it == '|' && !is_escaped {
            table.push('\\');
        }
        is_escaped = it == '\\' && !is_escaped;
        table.push(it);
    }
}

fn write_rule(block: &Other<'_>, columns: usize, table: &mut String) {
    table.push_str("\n|");
    for column in 0..columns {
        let settings = block.column_settings.get(column);
        let settings = settings.and_then(|it| it.it.as_ref());
        table.push_str(match settings.map_or("", |it| &*it.align) {
            "center" => " :---: |",
            "right" => " ---: |",
            _ => " --- |",
        });
    }
}
