//! Rows with the same id that are versions of one message, as where a table keeps what a message said
//! before it was edited, or where exports overlap: the same person's of the same time, and told apart by
//! when they were edited or deleted. The last version counts.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use migrate_model::{Message, MessageKind};

use crate::apply;
use crate::cell::Row;
use crate::ids;
use crate::mapping::{RepeatedIds, SectionKind};
use crate::notes::Notes;
use crate::plan::{Place, Plan};
use crate::step::From;
use crate::survey::Position;

/// Notes on rows whose id comes more than once: 40 bytes each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions {
    rows: Vec<Version>,
}

/// A row that may be a version of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    /// What versions of one message share.
    message: u64,
    /// Whether it is deleted: what is gone does not come back.
    is_deleted: bool,
    /// When it became what it is, in microseconds since 1970; the least for one that does not say.
    since: i64,
    /// Where it stands, if that tells which is the last one.
    rank: Option<Position>,
    position: Position,
}

impl Plan {
    /// Whether messages have ids of their own of which the last row counts, or may count.
    pub(crate) fn may_have_versions(&self) -> bool {
        let has_own = { self.id_step() }.is_some_and(|it| !matches!(it.from, From::Hash(_)));
        let may_count = match self.repeated_ids {
            RepeatedIds::Auto => self.tells_of_edits,
            RepeatedIds::First => false,
            RepeatedIds::Last => true,
        };
        self.kind == SectionKind::Messages && !self.is_grouped && has_own && may_count
    }

    /// A number that rows with the same id in one channel share, and seldom others; `None` for a row
    /// without an id. All rows are asked for it, so it has to be cheap.
    pub(crate) fn own_id(&self, row: &(impl Row + ?Sized)) -> Option<u64> {
        let id = ids::trimmed(self.id_step()?.whole(row, &mut Notes::default()));
        if id.is_empty() {
            return None;
        }
        let channel = fnv(FNV_OFFSET, &self.channel_text(row));
        Some(fnv(channel ^ 0xff, &id))
    }
}

/// Where FNV-1a begins, and what it multiplies by. Source: RFC 9923, for 64 bits.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

fn fnv(hash: u64, text: &str) -> u64 {
    let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
    text.bytes().fold(hash, add)
}

impl Version {
    fn is_before(&self, last: &Version) -> bool {
        let when = |it: &Version| (it.is_deleted, it.since, it.rank);
        when(self) < when(last)
    }
}

impl Versions {
    /// Takes note of a row whose id comes more than once. One that cannot be used is no version: it
    /// says for itself why.
    pub(crate) fn note<'r, R: Row + ?Sized>(
        &mut self,
        plan: &'r Plan,
        row: &'r R,
        place: &Place<'r>,
    ) {
        let Some(it) = apply::usable_message(plan, row, place) else {
            return;
        };
        let is_last = plan.repeated_ids == RepeatedIds::Last;
        self.rows.push(Version {
            message: message_of(plan.channel_number(row), &it, is_last),
            is_deleted: it.kind == MessageKind::Deleted,
            since: since(&it),
            // Whatever rows differ in, one of them counts.
            rank: is_last.then_some(place.position),
            position: place.position,
        });
    }

    pub(crate) fn merge(&mut self, other: Versions) {
        self.rows.extend(other.rows);
    }

    /// The rows that a later one has taken the place of, in their order. Rows of which nothing tells
    /// which is the later one are left to the core, which knows messages that come twice.
    pub(crate) fn settle(mut self) -> Vec<Position> {
        self.rows.sort_unstable();
        let mut earlier = Vec::new();
        for versions in self
            .rows
            .chunk_by(|one, other| one.message == other.message)
        {
            let Some(last) = versions.last() else {
                continue;
            };
            let replaced = versions.iter().filter(|it| it.is_before(last));
            earlier.extend(replaced.map(|it| it.position));
        }
        earlier.sort_unstable();
        earlier
    }
}

/// What versions of one message share: beside its channel and id who wrote it and when, unless the
/// mapping says that ids alone tell.
fn message_of(channel: u64, it: &Message<'_>, is_last: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    channel.hash(&mut hasher);
    it.id.hash(&mut hasher);
    if !is_last {
        it.user_id.hash(&mut hasher);
        it.created_at.map(|at| at.micros()).hash(&mut hasher);
    }
    hasher.finish()
}

/// When a message became what it is, as far as it says.
fn since(it: &Message<'_>) -> i64 {
    let times = [it.edited_at, it.deleted_at].into_iter().flatten();
    times.map(|at| at.micros()).max().unwrap_or(i64::MIN)
}
