//! Reactions as they come.

use anyhow::Result;
use migrate_model::Kind;

use super::Packer;
use super::closure::Want;
use super::log::LogNumber;
use super::waiting::{Arrival, ArrivalKind};
use crate::getstream::entry;

impl Packer<'_> {
    /// Takes a reaction that stands behind its message.
    pub(super) fn reaction(&mut self, it: &mut Arrival, entry: &[u8]) -> Result<()> {
        let message = it.parent.filter(|message| self.repeated != Some(*message));
        let Some(message) = message.and_then(|message| self.log.find(message)) else {
            self.waiting.push(it, entry)?;
            return Ok(());
        };
        match self.why_unwritten(message) {
            Some(why) => self.hold_reaction(it, entry, why),
            None => self.write_reaction(it, entry, message),
        }
    }

    pub(super) fn write_reaction(
        &mut self,
        it: &Arrival,
        entry: &[u8],
        message: LogNumber,
    ) -> Result<()> {
        let timed;
        let mut bytes = entry;
        let time = self.log.get(message).time;
        // It was encoded with the time of the message before it, which is seldom another.
        if it.kind == ArrivalKind::TimelessReaction && time != it.time() {
            timed = entry::with_time(self.settings.checks.spelling, entry, time)?;
            bytes = &timed;
        }
        let place = it.place();
        let at = self.pack(&Want {
            users: &it.users,
            references: &it.references,
            messages: [Some(message), None],
            channel: self.channel,
            ..Want::entry(Kind::Reaction, bytes, &place)
        })?;
        self.ledger.written(Kind::Reaction);
        self.losses.book(&it.losses, &place, &mut self.ledger);
        self.log.push_reaction(it.id);
        if let Some(gather) = &mut self.gather {
            gather.reaction(message, bytes, self.part.number, at)?;
        }
        Ok(())
    }
}
