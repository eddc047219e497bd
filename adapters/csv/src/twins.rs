//! A second look at all rows that may be one message with others, or may say the same as others.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use anyhow::Result;
use migrate_mapping::{Place, Settled, Twins};
use migrate_model::{Options, pipeline};

use crate::attachments::Known;
use crate::bytes::Access;
use crate::rows::{Rows, Start};
use crate::source::{Bound, File, position};

/// Looks at all rows that may have twins, several chunks at once; gives what was noted by section.
///
/// # Errors
/// If a file cannot be read, or the run is to end early.
pub(crate) fn find(
    known: Known<'_>,
    starts: &[Vec<Start>],
    options: &Options,
) -> Result<Vec<Twins>> {
    let files = known.files.iter().filter(|file| is_needed(known, file));
    options.begin_reading("looking for equal rows", files.map(File::bytes).sum());
    let series = series(known.files);
    let mut pieces = pieces(known, starts).into_iter();
    let mut all: Vec<Twins> = known.settled.iter().map(|_| Twins::default()).collect();
    pipeline::run(
        options.threads(),
        || Ok(pieces.next()),
        || {
            Ok(Looker {
                known,
                rows: Rows::new(Access::new(known.archives)),
                series: &series,
                options,
            })
        },
        Looker::look,
        |found| {
            for (section, twins) in found {
                if let Some(all) = all.get_mut(section) {
                    all.merge(twins);
                }
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(all)
}

/// A chunk of a file.
struct Piece<'k> {
    file: &'k File,
    number: u32,
    chunk: u64,
    start: Start,
}

fn is_needed(known: Known<'_>, file: &File) -> bool {
    file.bound.iter().any(|it| may_have_twins(known, it))
}

/// Whether rows may be one message with others, by the mapping or by what the first look has found.
fn may_have_twins(known: Known<'_>, bound: &Bound) -> bool {
    let settled = known.settled.get(bound.section);
    bound.plan.may_have_twins() || settled.is_some_and(Settled::has_repeated_ids)
}

/// The chunks that have to be looked at.
fn pieces<'k>(known: Known<'k>, starts: &[Vec<Start>]) -> Vec<Piece<'k>> {
    let files = known.files.iter().zip(starts).zip(0..);
    let needed = files.filter(|((file, _), _)| is_needed(known, file));
    let pieces = needed.flat_map(|((file, starts), number)| {
        let chunks = starts.iter().zip(0..);
        chunks.map(move |(start, chunk)| Piece {
            file,
            number,
            chunk,
            start: *start,
        })
    });
    pieces.collect()
}

struct Looker<'k> {
    known: Known<'k>,
    rows: Rows<'k>,
    /// By file.
    series: &'k [u32],
    options: &'k Options,
}

impl Looker<'_> {
    /// What is noted of a chunk, by section.
    fn look(&mut self, piece: Piece<'_>) -> Result<Vec<(usize, Twins)>> {
        let Known {
            settled, lookups, ..
        } = self.known;
        let Piece {
            file,
            number,
            chunk,
            start,
        } = piece;
        file.begin_chunk(chunk, self.options)?;
        let series = self.series.get(usize::try_from(number)?);
        let series = series.copied().unwrap_or(number);
        let known = self.known;
        let bound = { file.bound.iter() }.filter(|it| may_have_twins(known, it));
        let bound = bound.filter_map(|it| Some((it, settled.get(it.section)?, Twins::default())));
        let mut bound: Vec<_> = bound.collect();
        self.rows.read(&file.table.shape, chunk, start, |row, at| {
            if file.fault(row, at).is_some() {
                return Ok(true);
            }
            for (bound, settled, twins) in &mut bound {
                let place = Place {
                    record: 0,
                    position: position(number, at)?,
                    settled,
                    lookups,
                    attachments: Vec::new(),
                };
                twins.note(&bound.plan, &row, &place, series);
            }
            Ok(true)
        })?;
        let noted = bound.into_iter();
        Ok(noted
            .map(|(bound, _, twins)| (bound.section, twins))
            .collect())
    }
}

/// The series of each file: files that are parts of one, as DiscordChatExporter cuts them
/// (`….csv`, `… [part 2].csv`, …), are one series, and any other file is one of its own. A series has the
/// number of its first file.
///
/// Source: DiscordChatExporter, `MessageExporter.cs`: the first part keeps the name of the whole.
fn series(files: &[File]) -> Vec<u32> {
    let names = || files.iter().map(|file| &*file.table.shape.bytes.name);
    let wholes: HashSet<&str> = names().filter_map(whole_of).collect();
    let mut known: HashMap<&str, u32> = HashMap::new();
    let numbered = names().zip(0..).map(|(name, number)| {
        let first = Some(stem(name)).filter(|stem| wholes.contains(stem));
        match whole_of(name).or(first) {
            Some(whole) => *known.entry(whole).or_insert(number),
            None => number,
        }
    });
    numbered.collect()
}

/// A name without its extension.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The name without the number of the part, if it is that of a part.
fn whole_of(name: &str) -> Option<&str> {
    let (whole, part) = stem(name).strip_suffix(']')?.rsplit_once(" [part ")?;
    let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::whole_of;

    #[test]
    fn parts_of_one_file_are_told_by_their_names() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(whole_of(name), expected);
        check("a/G - c [5] [part 12].csv", Some("a/G - c [5]"));
        check("G - c [5].csv", None);
        check("G - c [part x].csv", None);
        check("G - c [part ].csv", None);
        check("[part 1]", None);
    }
}
