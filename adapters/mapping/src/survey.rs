//! What can only be known from all rows of a section, and is found out before the first is applied.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use migrate_model::{ChannelRef, Kind, Loss, LossKind, Outcome};

use crate::bind;
use crate::cell::Row;
use crate::column::TimeNotes;
use crate::ids::{IdNotes, Ids};
use crate::lookups::Lookups;
use crate::losses;
use crate::mapping::{Mapping, Section, SectionKind};
use crate::notes::Notes;
use crate::plan::Plan;
use crate::step::Step;
use crate::time_reading::Reading;

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
/// It takes next to nothing, and 8 bytes a message where one may come in several versions. Rows that may
/// be equal are looked at once more, by [`crate::Twins`].
#[derive(Clone, Debug, Default)]
pub struct Survey {
    times: Vec<TimeNotes>,
    ids: IdNotes,
    /// The row of each channel that says most about it, the first of several.
    channels: HashMap<u64, Best>,
    /// Messages whose ids are derived.
    derived: u64,
    /// The ids of messages, as numbers, where one may come several times.
    own_ids: Vec<u64>,
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
        for step in &plan.surveyed.times {
            let times = step.time.and_then(|at| self.times.get_mut(at));
            if let Some((times, probe)) = times.zip(plan.probe(step)) {
                step.with_cell(row, &mut notes, |cell| times.note(cell, probe));
            }
        }
        for (step, id) in &plan.surveyed.ids {
            let cell = step.whole(row, &mut notes);
            self.ids
                .note(*id, &cell, plan.kind == SectionKind::Messages);
        }
        self.derived += u64::from(plan.derives_ids());
        if plan.may_have_versions() {
            self.own_ids.extend(plan.own_id(row));
        }
        if let Some(channels) = plan.channels.as_ref().filter(|_| plan.makes_channels()) {
            let nothing = Lookups::default();
            let mut is_empty = |step: &Step| step.text(row, &nothing, &mut notes).is_empty();
            let empty = channels.steps().filter(|step| is_empty(step)).count();
            let best = Best { empty, position };
            let known = self
                .channels
                .entry(plan.channel_number(row))
                .or_insert(best);
            *known = best.min(*known);
        }
    }

    /// Says that the rows of this survey stand so many further behind in their file.
    pub fn stand_behind(&mut self, rows: u32) {
        for best in self.channels.values_mut() {
            best.position.row = best.position.row.saturating_add(rows);
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
        self.derived += other.derived;
        self.own_ids.extend(other.own_ids);
        for (key, best) in other.channels {
            let known = self.channels.entry(key).or_insert(best);
            *known = best.min(*known);
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
            best_of_channel: positions(&self.channels),
            channels: self.channels,
            repeated: repeated(self.own_ids),
            notes,
            ..Settled::default()
        })
    }
}

/// The ids that come more than once, in order.
fn repeated(mut ids: Vec<u64>) -> Vec<u64> {
    ids.sort_unstable();
    let several = ids.chunk_by(|one, other| one == other);
    let several = several.filter(|same| same.len() > 1);
    several.filter_map(|same| same.first().copied()).collect()
}

/// A row that tells of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Best {
    /// How many fields of the channel it has no value for.
    empty: usize,
    position: Position,
}

/// Where the rows stand that tell of channels.
fn positions(channels: &HashMap<u64, Best>) -> Vec<Position> {
    let mut positions: Vec<Position> = channels.values().map(|it| it.position).collect();
    positions.sort_unstable();
    positions
}

/// Lets each channel be told by one row of all sections of messages. To be done when all sections
/// of a source are settled.
pub fn share_channels(all: &mut [Settled]) {
    let mut best: HashMap<u64, Best> = HashMap::new();
    for (key, row) in all.iter().flat_map(|it| &it.channels) {
        let known = best.entry(*key).or_insert(*row);
        *known = (*row).min(*known);
    }
    for settled in all {
        let mut channels = std::mem::take(&mut settled.channels);
        channels.retain(|key, row| best.get(key) == Some(row));
        settled.best_of_channel = positions(&channels);
    }
}

/// What was found out over all rows of a section.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    times: Vec<Reading>,
    ids: Ids,
    /// The rows that are equal to an earlier one, with how many of those there are; and those that
    /// are further ones of a message. See [`crate::Twins`].
    pub(crate) repeats: Vec<(Position, u32)>,
    /// The ids of messages that rows are further ones of, where that is not their own.
    pub(crate) ids_of_first: Vec<(Position, Box<str>)>,
    /// Ids of messages that come more than once, as numbers, and the rows that are earlier versions
    /// of a message. Both in order.
    repeated: Vec<u64>,
    pub(crate) earlier: Vec<Position>,
    channels: HashMap<u64, Best>,
    best_of_channel: Vec<Position>,
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

    /// Whether a row is a further one of a message, says the same as an earlier one, or is an earlier
    /// version.
    pub fn is_no_message(&self, position: Position) -> bool {
        self.repeat(position) > 0 || self.is_earlier_version(position)
    }

    /// Whether ids of messages come more than once, so that all rows have to be shown to
    /// [`crate::Twins`].
    pub fn has_repeated_ids(&self) -> bool {
        !self.repeated.is_empty()
    }

    /// Whether an id, as [`Plan::own_id`] has it, comes more than once.
    pub(crate) fn is_repeated(&self, own_id: u64) -> bool {
        self.repeated.binary_search(&own_id).is_ok()
    }

    /// Whether a later row has taken the place of this one.
    pub(crate) fn is_earlier_version(&self, position: Position) -> bool {
        self.earlier.binary_search(&position).is_ok()
    }

    /// How many rows before this one are equal to it.
    pub(crate) fn repeat(&self, position: Position) -> u32 {
        let found = self.repeats.binary_search_by_key(&position, |(it, _)| *it);
        found
            .ok()
            .and_then(|at| self.repeats.get(at))
            .map_or(0, |(_, count)| *count)
    }

    /// The id of the message that a row is a further one of, if it is not its own.
    pub(crate) fn id_of_first(&self, position: Position) -> Option<&str> {
        let found = self
            .ids_of_first
            .binary_search_by_key(&position, |(it, _)| *it);
        let (_, id) = self.ids_of_first.get(found.ok()?)?;
        Some(id)
    }

    /// Whether a row is the one that tells of its channel.
    pub(crate) fn tells_of_channel(&self, position: Position) -> bool {
        self.best_of_channel.binary_search(&position).is_ok()
    }
}
