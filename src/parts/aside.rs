//! Messages that are not written unless something needs them, and what hangs on them.
//!
//! They stand in the log of their channel as all others do, so whatever is decided by the log is
//! the same as if they were written. Their entries go to a work file. A written message that needs
//! one has it written first; what nothing needed until the channel ends is excluded.

use anyhow::{Context, Result};
use migrate_model::{Kind, Outcome};

use super::Packer;
use super::log::{LogNumber, Logged};
use super::target::WorkFolder;
use super::waiting::{Arrival, ArrivalKind, Waiting};
use crate::books::{Ledger, Place};
use crate::directory::hash_id;
use crate::getstream::entry::MessageRefs;
use crate::selection::Exclusion;

/// The messages of the channel at hand that are kept aside.
pub struct Aside {
    file: Waiting,
    /// Where each stands in the work file; the log has the places in this list.
    places: Vec<u64>,
    /// Why each is not written.
    reasons: Vec<Exclusion>,
    /// What becomes of them all if nothing needs any.
    excluded: Ledger,
    /// Whether something needed one.
    is_needed: bool,
}

impl Aside {
    /// An empty one.
    pub fn new(work: &WorkFolder) -> Aside {
        Aside {
            file: Waiting::new(work, "aside"),
            places: Vec::new(),
            reasons: Vec::new(),
            excluded: Ledger::default(),
            is_needed: false,
        }
    }

    /// Adds a message; gives its place in the list.
    fn push_message(&mut self, it: &Arrival, entry: &[u8], why: Exclusion) -> Result<u32> {
        let number = u32::try_from(self.places.len()).context("a channel has too many messages")?;
        self.places.push(self.file.push(it, entry)?);
        self.reasons.push(why);
        if !it.is_made {
            self.exclude(Kind::Message, it, why);
        }
        Ok(number)
    }

    fn exclude(&mut self, of: Kind, it: &Arrival, why: Exclusion) {
        let place = it.place();
        self.excluded
            .lose(of, Outcome::Excluded, why.kind(), 1, &place, "");
    }

    fn get(&self, number: u32) -> Result<(Arrival, Vec<u8>)> {
        let place = self.places.get(number as usize);
        self.file
            .get(*place.context("a message that was kept aside is not there")?)
    }

    /// The entry of a message, by its place in the list.
    pub fn entry(&self, number: u32) -> Result<Vec<u8>> {
        self.get(number).map(|(_, entry)| entry)
    }

    pub(super) fn clear(&mut self) -> Result<()> {
        if self.file.is_empty() {
            return Ok(());
        }
        // Given back, not kept: the next channel is probably far smaller than the largest.
        self.places = Vec::new();
        self.reasons = Vec::new();
        self.excluded = Ledger::default();
        self.is_needed = false;
        self.file.clear()
    }
}

impl Packer<'_> {
    /// Why a message is not written unless something needs it. All it refers to must have been
    /// packed; a thread is out of the range of time as its root is.
    pub(super) fn exclusion(&self, it: &Arrival) -> Option<Exclusion> {
        let range = self.settings.selection.range;
        if !range.is_set() {
            return it.excluded;
        }
        let whole = it.continues.map(|(whole, _)| whole);
        let above = whole.or(it.parent).and_then(|id| self.log.find(id));
        let is_out = match above {
            Some(above) => self.why_aside(above) == Some(Exclusion::Time),
            None => !range.contains(it.time()),
        };
        match is_out {
            true => Some(Exclusion::Time),
            false => it.excluded,
        }
    }

    /// Why a message was kept aside, if it was; it may have been written since.
    pub(super) fn why_aside(&self, number: LogNumber) -> Option<Exclusion> {
        if !self.log.is_aside(number) {
            return None;
        }
        let at = self.log.get(number).at as usize;
        self.aside.reasons.get(at).copied()
    }

    /// Why a message is not written, as far as is known by now.
    pub(super) fn why_unwritten(&self, number: LogNumber) -> Option<Exclusion> {
        match self.log.is_written(number) {
            true => None,
            false => self.why_aside(number),
        }
    }

    /// Keeps a message aside.
    pub(super) fn hold(
        &mut self,
        it: &Arrival,
        entry: &[u8],
        why: Exclusion,
        chain: u8,
    ) -> Result<()> {
        let at = self.aside.push_message(it, entry, why)?;
        let logged = Logged {
            id: it.id,
            time: it.time(),
            at,
            len: entry.len() as u32,
        };
        self.log.push_aside(logged, it.parent.is_some(), chain);
        Ok(())
    }

    /// Keeps a reaction to a message aside that is not written.
    pub(super) fn hold_reaction(
        &mut self,
        it: &mut Arrival,
        entry: &[u8],
        why: Exclusion,
    ) -> Result<()> {
        // A made root that only skipped replies need is held back as well.
        let is_unchanged = self.settings.selection.written_since.is_some();
        let why = match why {
            Exclusion::Unchanged if !is_unchanged => Exclusion::System,
            why => why,
        };
        it.excluded = Some(why);
        self.aside.file.push(it, entry)?;
        self.aside.exclude(Kind::Reaction, it, why);
        self.log.push_reaction(it.id);
        Ok(())
    }

    /// Writes a message that something needs, if it was kept aside, and before it what it needs in
    /// turn. A chain of quotes is bounded, so this does not go deep.
    pub(super) fn release(&mut self, number: LogNumber) -> Result<()> {
        if self.why_unwritten(number).is_none() {
            return Ok(());
        }
        let (it, entry) = self.aside.get(self.log.get(number).at)?;
        let refs = MessageRefs::of(&entry)?;
        let needed = [refs.parent_id, refs.quoted_message_id]
            .map(|id| id.and_then(|id| self.log.find(hash_id(&id))));
        for needed in needed.into_iter().flatten() {
            self.release(needed)?;
        }
        if it.is_made {
            let place = it.place();
            self.ledger
                .made(Kind::Message, "root_missing", &place, &refs.id);
        }
        let at = self.put_message(&it, &entry, needed)?;
        self.part.carried(number, at);
        self.log.write_aside(number);
        self.gather_message(&it, &entry, number, needed[0])?;
        self.aside.is_needed = true;
        Ok(())
    }

    /// Ends the channel for all that was kept aside: what hangs on a message that was written
    /// is written too, everything else is excluded.
    pub(super) fn end_aside(&mut self) -> Result<()> {
        if self.aside.file.is_empty() {
            return Ok(());
        }
        if self.aside.is_needed {
            let mut at = 0;
            while let Some((it, next)) = self.aside.file.next(at)? {
                self.end_aside_one(&it, at)?;
                at = next;
            }
        } else {
            self.ledger.add(std::mem::take(&mut self.aside.excluded));
        }
        Ok(())
    }

    fn end_aside_one(&mut self, it: &Arrival, at: u64) -> Result<()> {
        let is_message = it.kind == ArrivalKind::Message;
        let above = match is_message {
            true => it.continues.map(|(whole, _)| whole),
            false => it.parent,
        };
        let above = above.and_then(|id| self.log.find(id));
        let written = above.filter(|above| self.why_unwritten(*above).is_none());
        let own = self.log.find(it.id).filter(|_| is_message);
        match (written, own) {
            (Some(_), Some(own)) => return self.release(own),
            (Some(message), None) => {
                let (it, entry) = self.aside.file.get(at)?;
                return self.write_reaction(&it, &entry, message);
            }
            (None, Some(own)) if it.is_made || self.log.is_written(own) => return Ok(()),
            (None, _) => {}
        }
        let of = match is_message {
            true => Kind::Message,
            false => Kind::Reaction,
        };
        if let Some(why) = it.excluded {
            self.exclude(of, why, &it.place());
        }
        Ok(())
    }

    /// Books a record that is not written by the user's own wish.
    pub(super) fn exclude(&mut self, of: Kind, why: Exclusion, place: &Place) {
        self.ledger
            .lose(of, Outcome::Excluded, why.kind(), 1, place, "");
    }
}
