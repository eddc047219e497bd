//! Lines above the header of a table, such as a title that a spreadsheet has there.

use migrate_mapping::kind_of_table;

/// So many lines may stand above a header that nobody told of.
const MOST: usize = 10;

/// The fewest columns of a table below such lines.
const FEWEST_COLUMNS: usize = 3;

/// What may stand between cells.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// How many lines stand above the header: those before the first line whose cells are the columns of
/// a table that is known, if each has fewer cells. `delimiter` is what stands between cells, if that
/// is known.
pub(crate) fn lines(text: &str, delimiter: Option<char>) -> u32 {
    let mut rest = text;
    let mut lines: Vec<&str> = Vec::new();
    for above in 0..=MOST as u32 {
        let (line, behind) = rest.split_at(line_end(rest));
        if behind.is_empty() {
            return 0;
        }
        let found = { DELIMITERS.iter().copied() }.find(|it| is_header(line, *it));
        if let Some(found) = delimiter.map_or(found, |it| is_header(line, it).then_some(it)) {
            let cells = |line: &str| line.split(found).filter(|it| !is_blank(it)).count();
            let is_narrow = lines.iter().all(|it| cells(it) < cells(line));
            return if is_narrow { above } else { 0 };
        }
        lines.push(line);
        rest = behind;
    }
    0
}

/// Whether the cells of a line are the columns of a table that is known.
fn is_header(line: &str, delimiter: char) -> bool {
    let cells = line.split(delimiter).map(|cell| name(cell).to_owned());
    let columns: Vec<String> = cells.collect();
    let filled = columns.iter().filter(|name| !name.is_empty()).count();
    let table = migrate_mapping::Table {
        name: "",
        columns: &columns,
        rows: &[],
    };
    filled >= FEWEST_COLUMNS && kind_of_table(&table).is_some()
}

fn is_blank(cell: &str) -> bool {
    name(cell).is_empty()
}

/// A cell without the quotes around it.
fn name(cell: &str) -> &str {
    cell.trim().trim_matches('"')
}

/// Where the first line of a text ends, with its end.
pub(crate) fn line_end(text: &str) -> usize {
    match text.find(['\n', '\r']) {
        Some(end) if text.get(end..).is_some_and(|it| it.starts_with("\r\n")) => end + 2,
        Some(end) => end + 1,
        None => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_above_a_header_are_seen_where_it_is_known() {
        let check = |text: &str, expected: u32| assert_eq!(lines(text, None), expected, "{text}");
        const HEADER: &str = "id,channel_id,user_id,text,created_at\n";
        let with = |above: &str| format!("{above}{HEADER}1,c,u,x,2026-01-02T12:00:00Z\n");
        check(&with(""), 0);
        check(&with("Export of chat\n\n"), 2);
        check(&with("Export of chat,,,,\r\n,,,,\r\n"), 2);
        check(&with("\"Export, with commas\"\r"), 1);
        // What is as wide as the table may be its header, and what is a table is one.
        check(&with("a,b,c,d,e\n"), 0);
        check("a;b\n1;2\n", 0);
        check(&with(&"x\n".repeat(11)), 0);
        check(&with("x\n").replace(',', ";"), 1);
        check("Title\n", 0);
        check("", 0);
        assert_eq!(lines(&with("x\n"), Some(';')), 0);
    }
}
