//! Tells a preview of what is written, if there is to be one.

use anyhow::{Context, Result};
use migrate_archive::platform::read_exact_at;
use migrate_model::Kind;

use super::Packer;
use super::log::LogNumber;
use super::waiting::Arrival;
use crate::batch::Batch;
use crate::books::{Class, Note, Place};
use crate::getstream::item::ChannelRef;
use crate::preview::build::{World, build, user_name};
use crate::preview::gather::{Entries, Gathered, Written};

impl Packer<'_> {
    /// Tells of a message that was written, and what was lost of it.
    pub(super) fn gather_message(
        &mut self,
        it: &Arrival,
        entry: &[u8],
        number: LogNumber,
        parent: Option<LogNumber>,
    ) -> Result<()> {
        let Some(gather) = &mut self.gather else {
            return Ok(());
        };
        let record = (it.unit, it.record);
        gather.message(&Written {
            number,
            parent,
            micros: it.micros,
            author: it.users.first().copied(),
            record: (!it.is_made).then_some(record),
            is_continued: it.continues.is_some(),
            entry,
        });
        for (kind, detail) in self.losses.told(&it.losses) {
            gather.lose(record, kind, detail)?;
        }
        Ok(())
    }

    /// Takes in what is lost of the records of a unit that is being packed.
    pub(super) fn gather_losses(&mut self, unit: u32, batch: &Batch) -> Result<()> {
        let Some(gather) = &mut self.gather else {
            return Ok(());
        };
        let lost = &batch.told_losses;
        let start = lost.partition_point(|it| it.unit < unit);
        for it in lost[start..].iter().take_while(|it| it.unit == unit) {
            gather.lose((it.unit, it.record), it.kind, &it.detail)?;
        }
        Ok(())
    }

    /// Ends the channel at hand.
    pub(super) fn gather_channel(&mut self) -> Result<()> {
        let (Some(mut gather), Some(channel)) = (self.gather.take(), self.channel) else {
            return Ok(());
        };
        let joined = match self.directory.channels()[channel as usize].is_distinct() {
            // Of those, whoever wrote without being listed is no member.
            true => 0,
            false => self.joined.len(),
        };
        let members = self.directory.members(channel).len() + joined;
        let first = |note: &Note| note.examples.first().map(|it| it.place.clone());
        let examples = || {
            let places = self.ledger.notes(Class::Loss);
            let places = places.filter_map(|(_, note)| first(note));
            let records = places.filter_map(|place| match place {
                Place::Unit { unit, record } => Some((unit, record)),
                Place::File { .. } => None,
            });
            records.collect()
        };
        gather.end_channel((channel, members), examples, self)?;
        self.gather = Some(gather);
        Ok(())
    }

    /// What a preview shows of all that was written.
    pub(super) fn finish_gather(&mut self) -> Option<Gathered> {
        let gather = self.gather.take()?;
        Some(build(gather.finish(), self))
    }
}

impl Entries for Packer<'_> {
    fn message(&self, number: u32) -> Result<Vec<u8>> {
        self.read_message(number)
    }

    fn reaction(&self, part: u32, at: u32, len: u32) -> Result<Vec<u8>> {
        let mut entry = Vec::new();
        if part == self.part.number {
            self.part.read(Kind::Reaction, at, len, &mut entry)?;
            return Ok(entry);
        }
        self.closing.wait_for_file()?;
        let closed = &self.closed[part as usize - 1];
        entry.resize(len as usize, 0);
        std::fs::File::open(&closed.path)
            .and_then(|file| read_exact_at(&file, &mut entry, closed.reactions_at + u64::from(at)))
            .with_context(|| format!("could not read back {}", closed.path.display()))?;
        Ok(entry)
    }
}

impl World for Packer<'_> {
    fn channel(&mut self, channel: u32) -> Vec<u8> {
        let it = &self.directory.channels()[channel as usize];
        let maker = self.known.stream_id(self.makers[channel as usize]);
        it.encode(self.settings.checks.spelling, &maker)
    }

    fn cid(&self, channel: u32) -> String {
        match &self.directory.channels()[channel as usize].reference {
            ChannelRef::Id { channel_type, id } => format!("{channel_type}:{id}"),
            ChannelRef::Distinct { channel_type, .. } => format!("{channel_type}:"),
        }
    }

    fn user_id(&self, user: u32) -> String {
        self.known.stream_id(user)
    }

    fn user_name(&mut self, id: &str) -> String {
        let user = self.known.find_stream_id(id);
        user.map_or_else(String::new, |user| user_name(self.known.entry(user)))
    }
}
