//! One file as a table: how it is taken apart, what its columns are called, where its rows begin.
//!
//! What columns mean is left to others.

use anyhow::{Context, Result, anyhow, bail, ensure};
use migrate_mapping::{Csv, Delimiter, Header};

use crate::above;
use crate::bytes::Access;
use crate::chunk::{CHUNK_BYTES, Chunks};
use crate::dialect::{self, Told};
use crate::encoding::{self, Coding};
use crate::inputs::Found;
use crate::null_mark;
use crate::rows::{Rows, Shape, Start};
use crate::split::Row;

/// How much of a file is looked at to find out how it is taken apart, in bytes.
const PROBE_BYTES: usize = 64 << 10;

/// How many rows are kept of the start of a file, and about how many bytes of a cell.
const KEPT_ROWS: usize = 50;
const KEPT_BYTES: usize = 200;

/// The most columns that a table may have: as many as the widest spreadsheet. Each costs memory and
/// time wherever rows are looked at.
const MOST_COLUMNS: usize = 16_384;

/// A file as a table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) shape: Shape,
    /// The names of its columns; of a file without a header `1`, `2`, `3`. Those that the header has
    /// no name for are called `column_3`, by their place.
    pub(crate) columns: Vec<String>,
    /// Where its first row begins.
    pub(crate) start: Start,
    /// A few of its first rows.
    pub(crate) rows: Vec<Vec<String>>,
    /// How many lines above the header are left out though nobody has said so.
    pub(crate) above: u32,
}

impl Table {
    /// Looks at the start of a file.
    ///
    /// # Errors
    /// If it cannot be read, is not what the settings say, or is no text.
    pub(crate) fn open(rows: &mut Rows<'_>, found: &Found, csv: &Csv) -> Result<Table> {
        let name = &found.bytes.name;
        let coding = find_coding(&mut rows.access, found, csv)?;
        let mut told = told(csv).with_context(|| name.clone())?;
        let mut chunks = Chunks {
            size: CHUNK_BYTES,
            coding,
            wide_delimiter: None,
        };
        let mut text = String::new();
        if found.bytes.count > 0 {
            chunks.append(
                &mut rows.access,
                &found.bytes,
                0,
                &mut Vec::new(),
                &mut text,
            )?;
        }
        let mut start = Start {
            line: 1,
            ..Start::default()
        };
        let mut first = String::new();
        if let Some((delimiter, end)) = separator_line(&text) {
            first = text.drain(..end).collect();
            if told.delimiter.is_none() && sets_apart(delimiter, &text, told) {
                told.delimiter = Some(delimiter);
            }
            start.line = 2;
        }
        let above = match (csv.skip_lines, &csv.header) {
            (Some(_), _) | (_, Some(Header::Absent | Header::Names(_))) => 0,
            (None, None | Some(Header::FirstRow)) => above::lines(&text, told.delimiter),
        };
        for _ in 0..csv.skip_lines.unwrap_or(above) {
            let end = above::line_end(&text);
            first.extend(text.drain(..end));
            start.line += u64::from(end > 0);
        }
        let is_all = chunks.count(&found.bytes) <= 1 && text.len() <= PROBE_BYTES;
        let mut probe = beginning(&text);
        let narrow;
        chunks.wide_delimiter = told.delimiter.filter(|it| !it.is_ascii());
        if let Some(delimiter) = chunks.wide_delimiter {
            narrow = probe.replace(delimiter, "\u{1f}");
            probe = &narrow;
            first = first.replace(delimiter, "\u{1f}");
        }
        start.skip = first.len() as u64;
        let dialect = dialect::find(probe, is_all, null_mark::told(probe, told));
        let shape = Shape {
            bytes: found.bytes.clone(),
            chunks,
            dialect,
        };
        let table = Table::of(rows, shape, start, csv.header.as_ref())?;
        Ok(Table { above, ..table })
    }

    fn of(
        rows: &mut Rows<'_>,
        shape: Shape,
        start: Start,
        header: Option<&Header>,
    ) -> Result<Table> {
        let mut table = Table {
            shape,
            columns: Vec::new(),
            start,
            rows: Vec::new(),
            above: 0,
        };
        let mut has_columns = match header {
            Some(Header::Names(names)) => {
                table.columns.clone_from(names);
                true
            }
            _ => false,
        };
        let is_absent = header == Some(&Header::Absent);
        // How many cells the header has.
        let mut width = 0;
        let Table {
            shape,
            columns,
            start: first,
            rows: kept,
            ..
        } = &mut table;
        if shape.bytes.count == 0 {
            return Ok(table);
        }
        rows.read(shape, 0, start, |row, at| {
            ensure!(
                row.len() <= MOST_COLUMNS,
                "{}, line {}: the row has {} cells, and a table may have {MOST_COLUMNS} columns: take out those that are not needed",
                shape.bytes.name,
                at.line,
                row.len()
            );
            if !has_columns {
                has_columns = true;
                match is_absent {
                    true => {}
                    false => {
                        columns.extend(names(&row));
                        width = row.len();
                        first.skip = at.end;
                        first.line = at.line + at.lines;
                        return Ok(true);
                    }
                }
            }
            // Without a header the widest row says how many columns there are, and columns without
            // a name at the end of a header are there if something stands in them.
            let filled = if is_absent {
                row.len()
            } else {
                row.filled().min(width)
            };
            columns.extend((columns.len() + 1..=filled).map(|at| nameless(at, is_absent)));
            kept.push(row.cells().map(start_of).collect());
            Ok(kept.len() < KEPT_ROWS)
        })?;
        Ok(table)
    }
}

/// The names in a header, without empty ones at the end, which a trailing delimiter makes.
fn names<'r>(row: &'r Row<'_>) -> impl Iterator<Item = String> + 'r {
    let names = row.cells().take(row.filled()).enumerate();
    names.map(|(at, name)| match name.trim() {
        "" => nameless(at + 1, false),
        name => name.to_owned(),
    })
}

/// The start of a cell, as it is kept.
fn start_of(cell: &str) -> String {
    let end = cell
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| *at >= KEPT_BYTES);
    cell.get(..end.unwrap_or(cell.len()))
        .unwrap_or(cell)
        .to_owned()
}

/// What a column is called that has no name, by its place from 1.
fn nameless(place: usize, is_header_absent: bool) -> String {
    match is_header_absent {
        true => place.to_string(),
        false => format!("column_{place}"),
    }
}

fn find_coding(access: &mut Access<'_>, found: &Found, csv: &Csv) -> Result<Coding> {
    // What cannot be read is named by those who read.
    let named = |what: &str| anyhow!("{}: {what}", found.bytes.name);
    let told = match csv.encoding.as_deref() {
        None | Some("auto") => None,
        Some(name) => Some(encoding::by_name(name).map_err(|it| named(&it))?),
    };
    let mut start = Vec::new();
    let length = found.bytes.count.min(PROBE_BYTES as u64);
    access.read(&found.bytes, 0..length, &mut start, 0)?;
    if let Some(what) = foreign(&start) {
        return Err(named(what));
    }
    Coding::find(&start, told).map_err(named)
}

/// What a file is that is no delimited text, and what to do about it.
fn foreign(start: &[u8]) -> Option<&'static str> {
    const FORMATS: [(&[u8], &str); 7] = [
        (b"\x1f\x8b", "the file is gzip data; unpack it first"),
        (
            b"7z\xbc\xaf\x27\x1c",
            "the file is a 7-Zip archive; unpack it first",
        ),
        (
            b"Rar!\x1a\x07",
            "the file is a RAR archive; unpack it first",
        ),
        (
            b"\x28\xb5\x2f\xfd",
            "the file is zstd data; unpack it first",
        ),
        (
            b"SQLite format 3\0",
            "the file is an SQLite database, not delimited text; give it to `migrate sqlite`",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "the file is a workbook of a spreadsheet; save its sheets as `CSV UTF-8` and give those",
        ),
        (b"%PDF-", "the file is a PDF, not delimited text"),
    ];
    let known = FORMATS.iter().find(|(magic, _)| start.starts_with(magic));
    if let Some((_, what)) = known {
        return Some(what);
    }
    let start = start
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(start)
        .trim_ascii_start();
    match start {
        [b'{', ..] | [b'[', b'{' | b'\n' | b'\r', ..] => {
            Some("the file is JSON, not delimited text; see `migrate jsonl`")
        }
        [b'<', b'!' | b'?' | b'h' | b'H', ..] => Some(
            "the file is HTML or XML, not delimited text (perhaps a page that asks to sign in)",
        ),
        _ => None,
    }
}

/// What of the dialect is told.
fn told(csv: &Csv) -> Result<Told> {
    let delimiter = match csv.delimiter {
        Some(Delimiter::Char(delimiter)) => Some(delimiter),
        Some(Delimiter::Auto) | None => None,
    };
    let quote = match csv.quote {
        Some(Some(quote)) => Some(Some(single_byte("quote", quote)?)),
        Some(None) => Some(None),
        None => None,
    };
    let escape = match csv.escape {
        Some(escape) => Some(Some(single_byte("escape", escape)?)),
        None => None,
    };
    if let Some('\n' | '\r') = delimiter {
        bail!("a line's end cannot stand between cells as well");
    }
    let is_delimiter = |it: u8| delimiter == Some(char::from(it));
    let quotes = quote.unwrap_or(Some(b'"'));
    if let Some(quote) = quotes.filter(|it| is_delimiter(*it)) {
        let quote = char::from(quote);
        bail!(
            "`{quote}` cannot stand between cells and around them as well; set `delimiter` or `quote`"
        );
    }
    if let Some(escape) = escape.flatten().filter(|it| is_delimiter(*it)) {
        let escape = char::from(escape);
        bail!("`{escape}` cannot stand between cells and be an escape as well");
    }
    // Other programs say so of a quote that is doubled.
    let escape = match escape {
        Some(escape) if escape == quotes => Some(None),
        escape => escape,
    };
    Ok(Told {
        delimiter,
        quote,
        escape,
    })
}

/// Whether a delimiter that the first line names is used in the lines behind it.
fn sets_apart(delimiter: char, text: &str, told: Told) -> bool {
    let probe = beginning(text);
    let used = probe
        .lines()
        .next()
        .is_some_and(|line| line.contains(delimiter));
    let found = char::from(dialect::find(probe, false, told).delimiter);
    used || probe
        .lines()
        .next()
        .is_none_or(|line| !line.contains(found))
}

fn single_byte(what: &str, it: char) -> Result<u8> {
    let byte = u8::try_from(it).ok().filter(u8::is_ascii);
    byte.with_context(|| format!("the {what} `{it}` is no ASCII character"))
}

/// The delimiter that a first line `sep=;` names, as spreadsheets write it, and where the line ends.
fn separator_line(text: &str) -> Option<(char, usize)> {
    let line = text.get(..above::line_end(text))?;
    let content = line.trim_end_matches(['\n', '\r']).trim_matches('"');
    let (word, rest) = content.split_at_checked(4)?;
    let mut rest = rest.chars();
    match (word.eq_ignore_ascii_case("sep="), rest.next(), rest.next()) {
        (true, Some(delimiter), None) => Some((delimiter, line.len())),
        _ => None,
    }
}

/// About the first [`PROBE_BYTES`] of a text, whole lines if there are any.
fn beginning(text: &str) -> &str {
    let end = (0..=PROBE_BYTES.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    let start = text.get(..end.unwrap_or_default()).unwrap_or(text);
    match start.rfind('\n') {
        Some(end) if start.len() < text.len() => start.get(..=end).unwrap_or(start),
        _ => start,
    }
}
