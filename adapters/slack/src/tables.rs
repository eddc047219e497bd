//! Tables of blocks as tables of GFM.

use crate::block_kit::{Node, Other};
use crate::extras::Extras;

/// Slack allows 20 columns.
const MOST_COLUMNS: usize = 100;

/// Writes a table; its first row becomes the head.
pub(crate) fn write<'m>(block: &'m Other<'m>, extras: &mut Extras<'_, 'm>) {
    let widths = block.rows.iter().map(Vec::len);
    let columns = widths.max().unwrap_or(0).min(MOST_COLUMNS);
    if columns == 0 {
        return;
    }
    let mut table = String::new();
    for (n, row) in block.rows.iter().enumerate() {
        if n > 0 {
            table.push('\n');
        }
        // The head says how many columns there are; behind it a row may end early.
        let cells = if n == 0 {
            columns
        } else {
            row.len().min(columns)
        };
        write_row(row, cells, extras, &mut table);
        if n == 0 {
            write_rule(block, columns, &mut table);
        }
    }
    extras.markdown(&table);
}

fn write_row(
    row: &[Option<Node<'_>>],
    columns: usize,
    extras: &Extras<'_, '_>,
    table: &mut String,
) {
    table.push('|');
    for column in 0..columns {
        let cell = row.get(column).and_then(Option::as_ref);
        let shown = cell.map_or(String::new(), |cell| extras.shown(cell));
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut cell = String::with_capacity(shown.len());
        migrate_markdown::escape(&shown, &mut cell);
        table.extend([" ", &cell.replace('|', "\\|"), " |"]);
    }
}

fn write_rule(block: &Other<'_>, columns: usize, table: &mut String) {
    table.push_str("\n|");
    for column in 0..columns {
        let settings = block.column_settings.get(column).and_then(Option::as_ref);
        table.push_str(match settings.map_or("", |it| &*it.align) {
            "center" => " :---: |",
            "right" => " ---: |",
            _ => " --- |",
        });
    }
}
