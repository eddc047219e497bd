//! The container of a part: how entries stand in the file, and which of the two spellings it is.
//! What an entry says is left to `part`.

use std::path::Path;

use super::Findings;

/// Which of the two ages of the format a file follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// One JSON array of `{"type","item"}`, `.json`: the docs until the end of 2025.
    Classic,
    /// One `{"type","data"}` a line, `.jsonl`: the docs and the schemas since January 2026.
    Current,
}

impl Spelling {
    /// The spelling that a file's name promises.
    pub(super) fn of(path: &Path) -> Option<Spelling> {
        match path.extension()?.to_str()? {
            "json" => Some(Spelling::Classic),
            "jsonl" => Some(Spelling::Current),
            _ => None,
        }
    }

    /// The key of the envelope that holds the item.
    pub(super) fn item_key(self) -> &'static str {
        match self {
            Spelling::Classic => "item",
            Spelling::Current => "data",
        }
    }

    /// What one more entry takes beside its own bytes: `,` and newline, or newline.
    pub(super) fn separator_bytes(self) -> u64 {
        match self {
            Spelling::Classic => 2,
            Spelling::Current => 1,
        }
    }
}

/// The raw text of every entry, without separators. An empty line is given as an empty text, so
/// that the entries behind it keep their numbers.
pub(super) fn entries<'a>(
    bytes: &'a [u8],
    spelling: Spelling,
    findings: &mut Findings,
) -> Vec<&'a str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            findings.add(0, format!("is not UTF-8: {error}"));
            return Vec::new();
        }
    };
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            findings.add(0, "starts with a byte order mark");
            rest
        }
        None => text,
    };
    let entries = match spelling {
        Spelling::Classic => of_array(text, findings),
        Spelling::Current => of_lines(text, findings),
    };
    if entries.is_empty() {
        findings.add(0, "has no entry");
    }
    for (index, entry) in entries.iter().enumerate() {
        if entry.is_empty() {
            findings.add(index + 1, "is a blank line");
        } else if !(entry.starts_with('{') && entry.ends_with('}')) {
            findings.add(index + 1, "the line is not one object and nothing else");
        }
    }
    entries
}

/// With the frame and the commas checked here and every line parsed later, the whole is known to
/// be one valid JSON array without parsing it a second time.
fn of_array<'a>(text: &'a str, findings: &mut Findings) -> Vec<&'a str> {
    let Some(inside) = text.strip_prefix("[\n") else {
        findings.add(0, "the first line is not `[`");
        return Vec::new();
    };
    let inside = inside.strip_suffix('\n').unwrap_or(inside);
    if inside == "]" {
        return Vec::new();
    }
    let Some(inside) = inside.strip_suffix("\n]") else {
        findings.add(0, "the last line is not `]`");
        return Vec::new();
    };
    let mut entries: Vec<&str> = inside.split('\n').collect();
    let last = entries.len() - 1;
    for (index, entry) in entries.iter_mut().enumerate() {
        match entry.strip_suffix(',') {
            Some(_) if index == last => {
                findings.add(index + 1, "the last entry is followed by a comma");
            }
            Some(bare) => *entry = bare,
            None if index < last => findings.add(index + 1, "no comma at the end of the line"),
            None => {}
        }
    }
    entries
}

fn of_lines<'a>(text: &'a str, findings: &mut Findings) -> Vec<&'a str> {
    if text.is_empty() {
        return Vec::new();
    }
    let inside = match text.strip_suffix('\n') {
        Some(inside) => inside,
        None => {
            findings.add(0, "the last line has no newline");
            text
        }
    };
    inside.split('\n').collect()
}
