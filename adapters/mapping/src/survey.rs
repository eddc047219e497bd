//! What can only be known from all rows of a section, and is found out before the first is applied.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use anyhow::{Context as _, Result};
use migrate_model::{ChannelRef, Kind, Loss, LossKind, Outcome};

use crate::bind;
use crate::cell::{Cell, Row};
use crate::column::{Reading, TimeNotes};
use crate::ids::{IdNotes, Ids};
use crate::losses;
use crate::mapping::{Mapping, Section, SectionKind};
use crate::notes::Notes;
use crate::plan::Plan;

/// Where a row stands among all rows of a section: in the order of files, and within a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The number of the file.
    pub file: u32,
    /// The number of the row in the file.
    pub row: u32,
}

/// Notes on all rows of a section. Rows may be shown in any order and by any number of threads,
/// each to a survey of its own; what comes out is the same.
///
/// It takes 16 bytes a row where messages have no id of their own or several rows are one message,
/// and next to nothing otherwise.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    times: Vec<TimeNotes>,
    ids: IdNotes,
    /// What makes rows equal, and where they stand.
    equal: Vec<(u64, Position)>,
    /// The first row of each channel.
    channels: HashMap<u64, Position>,
    /// Messages whose ids are derived.
    derived: u64,
}

impl Survey {
    /// Takes note of a row.
    pub fn note(&mut self, plan: &Plan, row: &(impl Row + ?Sized), position: Position) {
        if !plan.stands(row) {
            return;
        }
        let mut notes = Notes::default();
        if self.times.len() < plan.forms.len() {
            self.times.resize(plan.forms.len(), TimeNotes::default());
        }
        for step in plan.time_steps() {
            let times = step.time.and_then(|at| self.times.get_mut(at));
            if let Some((times, probe)) = times.zip(plan.probe(step)) {
                step.with_cell(row, &mut notes, |cell| times.note(cell, probe));
            }
        }
        for (step, id) in plan.id_steps() {
            let cell = step.whole(row, &mut notes);
            self.ids.note(id, &cell, plan.kind == SectionKind::Messages);
        }
        if let Some(columns) = &plan.equal_by {
            self.derived += u64::from(plan.derives_ids());
            // Equal rows are counted within a file, so that exports that overlap give equal ids.
            let file = if plan.derives_ids() { position.file } else { 0 };
            self.equal.push((hash(row, columns, file), position));
        }
        if plan.makes_channels() {
            let first = self
                .channels
                .entry(plan.channel_key(row))
                .or_insert(position);
            *first = position.min(*first);
        }
    }

    /// Adds the notes of another survey of the same section.
    pub fn merge(&mut self, other: Survey) {
        if self.times.len() < other.times.len() {
            self.times.resize(other.times.len(), TimeNotes::default());
        }
        for (times, more) in self.times.iter_mut().zip(other.times) {
            times.merge(more);
        }
        self.ids.merge(other.ids);
        self.equal.extend(other.equal);
        self.derived += other.derived;
        for (key, position) in other.channels {
            let first = self.channels.entry(key).or_insert(position);
            *first = position.min(*first);
        }
    }

    /// Decides what is to be decided.
    ///
    /// # Errors
    /// If a column can be read in two ways: with its name, examples and what to write into the
    /// mapping.
    pub fn settle(mut self, mapping: &Mapping, section: &Section) -> Result<Settled> {
        let forms = bind::times(mapping, section);
        self.times.resize(forms.len(), TimeNotes::default());
        let times = forms.iter().zip(&self.times).map(|((name, form), notes)| {
            let reading = notes.decide(form);
            reading.with_context(|| {
                format!("{}: `{name}` in `{}`", mapping.name.0, section.kind.name())
            })
        });
        let times = times.collect::<Result<Vec<_>>>()?;
        let without_zone = match mapping.timezone {
            None => { self.times.iter() }.map(TimeNotes::without_zone).sum(),
            Some(_) => 0,
        };
        let of = bind::record_kind(section.kind);
        let ids = self.ids.decide();
        let mut notes = Vec::new();
        for (kind, count) in [
            (&losses::ZONE_ASSUMED, without_zone),
            (&losses::ID_DERIVED, self.derived),
            (&losses::NO_REFERENCE, u64::from(self.ids.nameless(&ids))),
            (&losses::FLOAT_ID, u64::from(self.ids.floats())),
        ] {
            if count > 0 {
                notes.push((kind, of, u32::try_from(count).unwrap_or(u32::MAX)));
            }
        }
        Ok(Settled {
            times,
            ids,
            repeats: repeats(self.equal),
            first_of_channel: {
                let mut firsts: Vec<Position> = self.channels.into_values().collect();
                firsts.sort_unstable();
                firsts
            },
            notes,
        })
    }
}

/// The rows that are equal to an earlier one, with how many of those there are.
fn repeats(mut equal: Vec<(u64, Position)>) -> Vec<(Position, u32)> {
    equal.sort_unstable();
    let mut repeats = Vec::new();
    let mut last = None;
    let mut count = 0;
    for (key, position) in equal {
        count = if last == Some(key) { count + 1 } else { 0 };
        last = Some(key);
        if count > 0 {
            repeats.push((position, count));
        }
    }
    repeats.sort_unstable();
    repeats
}

/// A number that rows share whose cells in these columns are equal. The same in every run.
pub(crate) fn hash(row: &(impl Row + ?Sized), columns: &[usize], file: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    file.hash(&mut hasher);
    for column in columns {
        match row.cell(*column) {
            Cell::Null => 0_u8.hash(&mut hasher),
            Cell::Text(text) => (1_u8, text).hash(&mut hasher),
            Cell::Integer(number) => (2_u8, number).hash(&mut hasher),
            Cell::Real(number) => (3_u8, number.to_bits()).hash(&mut hasher),
            Cell::Blob(bytes) => (4_u8, bytes).hash(&mut hasher),
        }
    }
    hasher.finish()
}

/// What was found out over all rows of a section.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    times: Vec<Reading>,
    ids: Ids,
    repeats: Vec<(Position, u32)>,
    first_of_channel: Vec<Position>,
    notes: Vec<(&'static LossKind, Kind, u32)>,
}

impl Settled {
    /// What is lost of the section as a whole, such as the zone of its times. To be told once.
    pub fn losses(&self) -> impl Iterator<Item = Loss<'static>> {
        self.notes.iter().map(|(kind, of, count)| Loss {
            kind: kind.kind,
            outcome: Outcome::Field,
            of: *of,
            channel: ChannelRef::Unit,
            count: *count,
            detail: "".into(),
        })
    }

    /// How a column of times is read.
    pub(crate) fn reading(&self, at: usize) -> Option<&Reading> {
        self.times.get(at)
    }

    /// What was found out of ids.
    pub(crate) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// How many rows before this one are equal to it.
    pub(crate) fn repeat(&self, position: Position) -> u32 {
        let found = self.repeats.binary_search_by_key(&position, |(it, _)| *it);
        found
            .ok()
            .and_then(|at| self.repeats.get(at))
            .map_or(0, |(_, count)| *count)
    }

    /// Whether a row is the first of its channel.
    pub(crate) fn is_first_of_channel(&self, position: Position) -> bool {
        self.first_of_channel.binary_search(&position).is_ok()
    }
}
