//! Rows that are one message, or of which messages say the same: found out in a second look at all
//! rows, when it is known how their values are read.

use migrate_model::Text;

use crate::apply;
use crate::cell::Row;
use crate::mapping::RepeatedIds;
use crate::plan::{Place, Plan};
use crate::survey::{Position, Settled};
use crate::versions::Versions;

/// Notes on rows that may be one message, or may have the same derived id. Rows may be shown in any
/// order and by any number of threads, each to notes of its own; what comes out is the same.
///
/// It takes 24 bytes a row, and the id of each where rows of one message have ids of their own.
#[derive(Clone, Debug, Default)]
pub struct Twins {
    rows: Vec<Noted>,
    ids: Vec<(Position, Box<str>)>,
    versions: Versions,
}

/// A row that may have twins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Noted {
    /// What twins share.
    key: u64,
    position: Position,
    /// Whether it can be used as a message.
    is_usable: bool,
}

impl Plan {
    /// Whether all rows have to be shown to [`Twins`] before the first is applied.
    pub fn may_have_twins(&self) -> bool {
        let is_last = self.may_have_versions() && self.repeated_ids == RepeatedIds::Last;
        self.is_grouped || self.derives_ids() || is_last
    }
}

impl Twins {
    /// Takes note of a row. Messages with equal derived ids are counted within a `series` of files,
    /// so that exports that overlap give equal ids.
    pub fn note<'r, R: Row + ?Sized>(
        &mut self,
        plan: &'r Plan,
        row: &'r R,
        place: &Place<'r>,
        series: u32,
    ) {
        if !plan.stands(row) {
            return;
        }
        let position = place.position;
        if plan.may_have_versions() {
            let own_id = plan.own_id(row).filter(|it| place.settled.is_repeated(*it));
            if own_id.is_some() {
                self.versions.note(plan, row, place);
            }
            return;
        }
        if !plan.is_grouped {
            if let Some(hash) = apply::hash_of_message(plan, row, place) {
                // Odd, so that series do not meet.
                let key = hash ^ u64::from(series).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                self.rows.push(Noted {
                    key,
                    position,
                    is_usable: true,
                });
            }
            return;
        }
        let Some(key) = plan.group_key(row) else {
            return;
        };
        let id: Option<Text<'_>> = apply::id_if_usable(plan, row, place);
        self.rows.push(Noted {
            key,
            position,
            is_usable: id.is_some(),
        });
        if let Some(id) = id.filter(|_| !plan.id_is_of_group()) {
            self.ids.push((position, id.into()));
        }
    }

    /// Adds other notes on the same section.
    pub fn merge(&mut self, other: Twins) {
        self.rows.extend(other.rows);
        self.ids.extend(other.ids);
        self.versions.merge(other.versions);
    }

    /// Adds what was found out to what is known of the section.
    pub fn settle(mut self, settled: &mut Settled) {
        self.rows.sort_unstable();
        self.ids.sort_unstable();
        let mut repeats = Vec::new();
        let mut ids: Vec<(Position, Box<str>)> = Vec::new();
        for twins in self.rows.chunk_by(|one, other| one.key == other.key) {
            // Where none can be used, each says for itself why.
            let Some(first) = twins.iter().find(|it| it.is_usable) else {
                continue;
            };
            let id = self.ids.binary_search_by_key(&first.position, |it| it.0);
            let id = id.ok().and_then(|at| self.ids.get(at));
            let others = twins.iter().filter(|it| it.position != first.position);
            for (other, number) in others.zip(1..) {
                repeats.push((other.position, number));
                ids.extend(id.map(|(_, id)| (other.position, id.clone())));
            }
        }
        repeats.sort_unstable();
        ids.sort_unstable();
        settled.earlier = self.versions.settle();
        settled.repeats = repeats;
        settled.ids_of_first = ids;
    }
}
