//! The first entries of each kind in the parts of a dry run.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use migrate_model::Kind;

use crate::parts::ClosedPart;

/// Longest entry that is read, in bytes; a sample shows far less.
const LONGEST_BYTES: u64 = 1 << 20;

/// The first entries of each kind over all parts, at most `count` of each and each once; a part
/// that cannot be read is left away.
pub fn first_entries(parts: &[ClosedPart], count: usize) -> Vec<String> {
    let mut found: [Vec<String>; 5] = Default::default();
    for part in parts {
        let lacks = Kind::ALL.map(|kind| {
            let found = found[kind as usize].len();
            found < count && part.counts[kind as usize] > 0
        });
        if lacks.contains(&true) {
            read_part(&part.path, count, lacks, &mut found);
        }
    }
    found.into_iter().flatten().collect()
}

/// Takes entries of the kinds that are lacking from a part, in which kinds stand in order.
fn read_part(path: &Path, count: usize, lacks: [bool; 5], found: &mut [Vec<String>; 5]) {
    let Ok(file) = File::open(path) else {
        return;
    };
    let mut reader = BufReader::new(file);
    while let Some(line) = next_line(&mut reader) {
        let word = line.strip_prefix("{\"type\":\"");
        let word = word.and_then(|rest| rest.split('"').next());
        let kind = Kind::ALL.into_iter().find(|kind| Some(kind.name()) == word);
        let Some(kind) = kind else {
            continue;
        };
        let entries = &mut found[kind as usize];
        let entry = line.trim_end_matches(',');
        if entries.len() < count && !entries.iter().any(|known| known == entry) {
            entries.push(entry.to_owned());
        }
        let is_full = |other: &Kind| found[*other as usize].len() >= count;
        let is_over = |other: &Kind| !lacks[*other as usize] || *other < kind || is_full(other);
        if Kind::ALL.iter().all(is_over) {
            return;
        }
    }
}

/// The next line without its end; of a very long one the beginning.
fn next_line(reader: &mut BufReader<File>) -> Option<String> {
    let mut line = Vec::new();
    reader
        .by_ref()
        .take(LONGEST_BYTES)
        .read_until(b'\n', &mut line)
        .ok()
        .filter(|bytes| *bytes > 0)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else {
        reader.skip_until(b'\n').ok()?;
    }
    Some(String::from_utf8_lossy(&line).into_owned())
}
