//! What is lost of records that may not be written: noted only when they are.
//!
//! Workers tell it by record; here it goes to the record's first entry, and with that entry
//! wherever it waits. Where all records are written nobody comes here but the packer's own notes.

use hashbrown::HashMap;
use migrate_model::{Kind, Outcome};
use serde::{Deserialize, Serialize};

use crate::batch::Lost;
use crate::books::{Ledger, Place};

/// Something that is lost of a message or a reaction if that is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LossNote {
    /// Whether it is lost of a reaction, not of a message.
    is_reaction: bool,
    /// The number of the kind of loss.
    kind: usize,
    count: u64,
    detail: String,
}

/// The losses of the batch at hand, and all kinds of loss that were met.
#[derive(Default)]
pub struct Losses {
    kinds: Vec<&'static str>,
    by_record: HashMap<(u32, u32), Vec<LossNote>>,
    /// The records in the order of their first loss.
    order: Vec<(u32, u32)>,
}

impl Losses {
    /// Takes what workers know of a batch.
    pub fn load(&mut self, losses: &mut Vec<Lost>) {
        self.by_record.clear();
        self.order.clear();
        for lost in losses.drain(..) {
            let record = (lost.unit, lost.record);
            let note = self.note(lost.of, lost.kind, lost.count, lost.detail);
            let notes = self.by_record.entry(record).or_default();
            if notes.is_empty() {
                self.order.push(record);
            }
            notes.push(note);
        }
    }

    /// A note that is not in the books yet.
    pub fn note(&mut self, of: Kind, kind: &'static str, count: u64, detail: String) -> LossNote {
        let known = self.kinds.iter().position(|known| *known == kind);
        let kind = known.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        LossNote {
            is_reaction: of == Kind::Reaction,
            kind,
            count,
            detail,
        }
    }

    /// Gives the losses of a record away, once.
    pub fn take(&mut self, unit: u32, record: u32) -> Vec<LossNote> {
        if self.by_record.is_empty() {
            return Vec::new();
        }
        self.by_record.remove(&(unit, record)).unwrap_or_default()
    }

    /// Books the losses of records without an entry.
    pub fn book_rest(&mut self, ledger: &mut Ledger) {
        for (unit, record) in std::mem::take(&mut self.order) {
            let notes = self.take(unit, record);
            self.book(&notes, &Place::Unit { unit, record }, ledger);
        }
    }

    /// Kinds and details of losses.
    pub fn told<'n>(
        &'n self,
        notes: &'n [LossNote],
    ) -> impl Iterator<Item = (&'static str, &'n str)> {
        let kind = |note: &LossNote| self.kinds.get(note.kind).copied().unwrap_or_default();
        notes.iter().map(move |note| (kind(note), &*note.detail))
    }

    /// Books losses of a record that stands at that place.
    pub fn book(&self, notes: &[LossNote], place: &Place, ledger: &mut Ledger) {
        for note in notes {
            let of = match note.is_reaction {
                true => Kind::Reaction,
                false => Kind::Message,
            };
            let kind = self.kinds.get(note.kind).copied().unwrap_or_default();
            ledger.lose(of, Outcome::Field, kind, note.count, place, &note.detail);
        }
    }
}
