//! What the reports of shards count twice between them, and what only all of them know.
//!
//! Records stand in the books of one shard each. But whoever stands in no list is made by every
//! shard that needs them, and whether a listed user is referred to is known only from all shards.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};

use super::merge::add_notes;
use super::{Lacking, MapRow, NoteRow, Report, UnusedExample, UnusedRow};
use crate::books::EXAMPLES;
use crate::redact::discreet;
use crate::shard::{MapShare, Shard, Share, owner};
use crate::user_map::Claim;

/// How many missing shards are named.
const NAMED: usize = 5;

/// What several shards of one source tell of themselves, each shard once.
pub struct Shares(Vec<Share>);

/// A user who is referred to in some shard, or in several.
#[derive(Default)]
struct Claimed<'s> {
    claims: BTreeSet<&'s Claim>,
    /// How many were made and merged by all shards together.
    booked: u64,
}

impl Shares {
    /// Checks that shards are those of one source.
    ///
    /// # Errors
    /// If one stands there twice, or if they are not of one division or not converted alike.
    pub fn new(shares: Vec<Share>) -> Result<Shares> {
        let mut seen = BTreeSet::new();
        let first = shares.first();
        for it in &shares {
            let Share { index, of, .. } = it;
            ensure!(
                Shard::new(*index, *of).is_some(),
                "there is no shard {index}/{of}: a report was changed"
            );
            if let Some(other) = first.filter(|first| first.of != *of) {
                bail!(
                    "one report is of shard {}/{}, another of shard {index}/{of}: give those of one division",
                    other.index,
                    other.of
                );
            }
            ensure!(
                seen.insert(*index),
                "two of the reports are of shard {index}/{of}: give each report once"
            );
            ensure!(
                first.is_none_or(|first| first.options == it.options),
                "shard {index}/{of} was converted with other options, another user map or people file, or by another version: run all shards with the same"
            );
        }
        Ok(Shares(shares))
    }

    /// Which shards are missing; `None` if none is.
    pub fn lacking(&self) -> Option<Lacking> {
        let of = self.0.first()?.of;
        let present: BTreeSet<u32> = self.0.iter().map(|it| it.index).collect();
        let missing: Vec<u32> = (0..of).filter(|index| !present.contains(index)).collect();
        (!missing.is_empty()).then_some(Lacking { of, missing })
    }

    /// The same in words.
    pub fn missing(&self) -> Option<String> {
        let Lacking { of, missing } = self.lacking()?;
        let count = missing.len();
        let named: Vec<String> = missing
            .iter()
            .take(NAMED)
            .map(|index| format!("{index}/{of}"))
            .collect();
        let more = match count.saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = named.join(", ");
        let are = if count == 1 { "is" } else { "are" };
        Some(format!(
            "not all shards are added up: {named}{more} {are} missing"
        ))
    }

    /// Corrects the sum of the reports.
    ///
    /// # Errors
    /// If there is less in the books than the shards say they wrote.
    pub fn settle(&self, sum: &mut Report) -> Result<()> {
        self.settle_met(sum)?;
        self.settle_claims(sum)?;
        self.settle_referenced(sum)?;
        let repeated = self.kinds_counted_twice();
        for notes in [
            &mut sum.losses,
            &mut sum.merged,
            &mut sum.excluded,
            &mut sum.made,
        ] {
            tidy(notes, &repeated);
        }
        Ok(())
    }

    /// What became of the user map in all shards, where one says how many rows it has.
    pub fn map_row(&self, rows: u64) -> Option<MapRow> {
        let mut maps = self.maps();
        let first = maps.next()?;
        let mut unused: BTreeMap<u64, &String> = BTreeMap::new();
        unused.extend(first.unused.iter().map(|(line, key)| (*line, key)));
        for map in maps {
            let lines: BTreeSet<u64> = map.unused.iter().map(|(line, _)| *line).collect();
            unused.retain(|line, _| lines.contains(line));
        }
        let examples = unused.iter().take(EXAMPLES);
        Some(MapRow {
            rows,
            referred: self.in_app().len() as u64,
            unused: UnusedRow {
                count: unused.len() as u64,
                examples: examples
                    .map(|(line, source)| UnusedExample {
                        line: *line,
                        source: discreet(source),
                    })
                    .collect(),
            },
        })
    }

    fn maps(&self) -> impl Iterator<Item = &MapShare> {
        self.0.iter().filter_map(|it| it.user_map.as_ref())
    }

    /// The users of the app who are referred to and not written.
    fn in_app(&self) -> BTreeSet<&String> {
        self.maps().flat_map(|map| &map.in_app).collect()
    }

    /// The kinds of notes that several shards may have taken of one person.
    fn kinds_counted_twice(&self) -> BTreeSet<&str> {
        let met = self.0.iter().flat_map(|it| it.met.values());
        let kinds = met.flat_map(|met| met.losses.iter().map(String::as_str));
        kinds
            .chain([USER_MET, USER_IN_APP, USER_MAPPED_TOGETHER])
            .collect()
    }

    /// Whoever stands in no list is made once.
    fn settle_met(&self, sum: &mut Report) -> Result<()> {
        let in_app = self.in_app();
        let mut seen = BTreeSet::new();
        for (id, met) in self.0.iter().flat_map(|it| &it.met) {
            if seen.insert(id) {
                continue;
            }
            let book = sum.books.entry(USER).or_default();
            take(&mut book.made, 1)?;
            take_note(&mut sum.made, USER_MET, 1)?;
            if in_app.contains(id) {
                take(&mut book.excluded, 1)?;
                take_note(&mut sum.excluded, USER_IN_APP, 1)?;
            } else {
                take(&mut book.written, 1)?;
            }
            for kind in &met.losses {
                take_note(&mut sum.losses, kind, 1)?;
            }
        }
        Ok(())
    }

    /// Of several people who are one user, each is made and merged once.
    fn settle_claims(&self, sum: &mut Report) -> Result<()> {
        let mut users: BTreeMap<&String, Claimed<'_>> = BTreeMap::new();
        for share in &self.0 {
            for (id, claims) in share.user_map.iter().flat_map(|map| &map.claims) {
                let user = users.entry(id).or_default();
                user.claims.extend(claims);
                // One of those who stand in no list is the user.
                user.booked += claims.len() as u64 - own(share, id).min(claims.len() as u64);
            }
        }
        for (id, user) in users {
            let is_met = self.0.iter().any(|share| own(share, id) > 0);
            let once = (user.claims.len() as u64).saturating_sub(u64::from(is_met));
            keep_mapped(&mut sum.merged, id, once);
            let book = sum.books.entry(USER).or_default();
            // Two who are one user and met apart are merged by no shard.
            let change = user.booked.abs_diff(once);
            if user.booked > once {
                take(&mut book.made, change)?;
                take(&mut book.merged, change)?;
                take_note(&mut sum.made, USER_MET, change)?;
                take_note(&mut sum.merged, USER_MAPPED_TOGETHER, change)?;
            } else if user.booked < once {
                book.made += change;
                book.merged += change;
                give_note(&mut sum.made, USER_MET, change);
                give_note(&mut sum.merged, USER_MAPPED_TOGETHER, change);
            }
        }
        Ok(())
    }

    /// A listed user is excluded as unreferenced only if no shard refers to them.
    fn settle_referenced(&self, sum: &mut Report) -> Result<()> {
        let in_app = self.in_app();
        let lists = self.0.iter().filter_map(|share| share.referenced.as_ref());
        let referenced: BTreeSet<&String> = lists.flatten().collect();
        for id in referenced {
            let of = self.0.first().map_or(1, |share| share.of);
            let owner = owner(id, of);
            let own = self.0.iter().find(|share| share.index == owner);
            let own = own.and_then(|share| share.referenced.as_ref());
            if own.is_none_or(|own| own.contains(id)) {
                continue;
            }
            take_note(&mut sum.excluded, UNREFERENCED, 1)?;
            drop_example(&mut sum.excluded, UNREFERENCED, id);
            if in_app.contains(id) {
                give_note(&mut sum.excluded, USER_IN_APP, 1);
                continue;
            }
            let book = sum.books.entry(USER).or_default();
            take(&mut book.excluded, 1)?;
            book.written += 1;
        }
        Ok(())
    }
}

const USER: Cow<'static, str> = Cow::Borrowed("user");
const USER_MET: &str = "user_met";
const USER_IN_APP: &str = "user_in_app";
const USER_MAPPED_TOGETHER: &str = "user_mapped_together";
const UNREFERENCED: &str = "excluded_unreferenced";

/// 1 for somebody whom a shard met as one who stands in no list.
fn own(share: &Share, id: &str) -> u64 {
    u64::from(share.met.contains_key(id))
}

/// Leaves no note of nothing, and of the kinds that shards note of one person no example twice:
/// each of them has it at another place.
fn tidy(notes: &mut Vec<NoteRow>, repeated: &BTreeSet<&str>) {
    notes.retain(|note| note.count > 0);
    for note in notes {
        let mut seen = BTreeSet::new();
        let is_repeated = repeated.contains(&*note.kind);
        let examples = &mut note.examples;
        examples.retain(|it| !is_repeated || seen.insert(it.detail.clone()));
        examples.truncate(usize::try_from(note.count).unwrap_or(usize::MAX));
    }
}

/// Takes away the examples of somebody of whom a note no longer tells.
fn drop_example(notes: &mut [NoteRow], kind: &str, id: &str) {
    let note = notes.iter_mut().find(|note| note.kind == kind);
    if let Some(note) = note {
        let id = discreet(id);
        note.examples.retain(|it| it.detail != id);
    }
}

/// Keeps so many examples of people who became one user of the app, each of them once.
fn keep_mapped(notes: &mut [NoteRow], id: &str, count: u64) {
    let note = notes
        .iter_mut()
        .find(|note| note.kind == USER_MAPPED_TOGETHER);
    let Some(note) = note else {
        return;
    };
    let (mut seen, end) = (BTreeSet::new(), format!(" -> {}", discreet(id)));
    note.examples.retain(|it| {
        let is_other = !it.detail.ends_with(&end);
        is_other || (seen.len() as u64) < count && seen.insert(it.detail.clone())
    });
}

fn take(from: &mut u64, count: u64) -> Result<()> {
    *from = from
        .checked_sub(count)
        .context("a report of a shard was changed: run that shard again")?;
    Ok(())
}

fn take_note(notes: &mut [NoteRow], kind: &str, count: u64) -> Result<()> {
    let note = notes.iter_mut().find(|note| note.kind == kind);
    take(note.map_or(&mut 0, |note| &mut note.count), count)
}

fn give_note(notes: &mut Vec<NoteRow>, kind: &'static str, count: u64) {
    let note = NoteRow {
        kind: kind.into(),
        count,
        examples: Vec::new(),
    };
    add_notes(notes, vec![note]);
}
