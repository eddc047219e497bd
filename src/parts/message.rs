//! Messages as they come: which wait, which are repeated, and how one is written.

use anyhow::Result;
use migrate_model::{Kind, Outcome};

use super::closure::Want;
use super::log::{LogNumber, Logged};
use super::waiting::Arrival;
use super::{Packer, hash_bytes};
use crate::directory::UserNumber;
use crate::getstream::entry::{self, MessageRefs};
use crate::selection::Exclusion;

impl Packer<'_> {
    /// Takes a message, which waits if it refers to one that has not come.
    pub(super) fn message(&mut self, it: &mut Arrival, entry: &[u8]) -> Result<()> {
        self.begin_early(it)?;
        if self.is_repeated(it) {
            return self.repeated_message(it, entry);
        }
        let whole = it.continues.map(|(whole, _)| whole);
        let mut needed = [it.parent, it.quote, whole].into_iter().flatten();
        if needed.any(|id| self.log.find(id).is_none()) {
            self.waiting.push(it, entry)?;
            return Ok(());
        }
        self.pack_message(it, entry, None)
    }

    /// Whether a message's id was seen before in its channel, or it continues such a message.
    pub(super) fn is_repeated(&self, it: &Arrival) -> bool {
        self.dropped.contains(&(it.unit, it.record)) || self.log.find(it.id).is_some()
    }

    /// Takes note of a message that is repeated.
    pub(super) fn repeated_message(&mut self, it: &Arrival, entry: &[u8]) -> Result<()> {
        self.repeated = Some(it.continues.map_or(it.id, |(whole, _)| whole));
        self.dropped.insert((it.unit, it.record));
        let is_same = match self.log.find(it.id) {
            None => false,
            Some(earlier) => match self.log.original(earlier) {
                Some(original) => original == hash_bytes(entry),
                None => self.read_message(earlier)? == entry,
            },
        };
        let excluded = self.excluded_as_repeated(it);
        let (outcome, kind) = match excluded {
            _ if is_same => (Outcome::Merged, "message_repeated"),
            Some(why) => (Outcome::Excluded, why.kind()),
            None => (Outcome::LeftOut, "message_id_taken"),
        };
        let id = MessageRefs::of(entry)?.id;
        self.ledger
            .lose(Kind::Message, outcome, kind, 1, &it.place(), &id);
        if excluded.is_none() {
            self.losses.book(&it.losses, &it.place(), &mut self.ledger);
        }
        Ok(())
    }

    /// Why a second version of a message would not have been written with an id of its own.
    fn excluded_as_repeated(&self, it: &Arrival) -> Option<Exclusion> {
        let whole = it.continues.map_or(it.id, |(whole, _)| whole);
        let earlier = self.log.find(whole);
        let why = earlier.and_then(|earlier| self.why_aside(earlier));
        why.filter(|why| *why == Exclusion::Time).or(it.excluded)
    }

    /// Takes note of a message that is excluded whatever needs it.
    pub(super) fn absent(&mut self, it: &Arrival) {
        if let Some(why) = it.excluded.filter(|_| self.log.find(it.id).is_none()) {
            self.absent.insert(it.id, why);
        }
    }

    /// Packs a message whose parent has been packed. A quote that cannot stand becomes text;
    /// `quoted` is where the quoted message waits.
    pub(super) fn pack_message(
        &mut self,
        it: &mut Arrival,
        entry: &[u8],
        quoted: Option<u64>,
    ) -> Result<()> {
        it.excluded = self.exclusion(it);
        if matches!(it.excluded, None | Some(Exclusion::Unchanged)) {
            self.begin(Some(it), &it.place())?;
        }
        if !self.absent.is_empty() {
            self.absent.remove(&it.id);
        }
        let links = self.link(it, quoted)?;
        let changed = match links.changes() {
            Some(changes) => {
                let checks = self.settings.checks;
                let most = checks.max_text_chars;
                Some(entry::change(checks.spelling, entry, &changes, most)?)
            }
            None => None,
        };
        let bytes = changed.as_deref().unwrap_or(entry);
        let needed = [links.parent, links.quote];
        match it.excluded {
            Some(why) => self.hold(it, bytes, why, links.chain)?,
            None => {
                for number in needed.into_iter().flatten() {
                    self.release(number)?;
                }
                self.write_message(it, bytes, needed, links.chain)?;
            }
        }
        if changed.is_some()
            && let Some(number) = self.log.find(it.id)
        {
            self.log.changed(number, hash_bytes(entry));
        }
        Ok(())
    }

    /// Writes a message with all that it needs.
    pub(super) fn write_message(
        &mut self,
        it: &Arrival,
        entry: &[u8],
        messages: [Option<LogNumber>; 2],
        chain: u8,
    ) -> Result<()> {
        let at = self.put_message(it, entry, messages)?;
        let logged = Logged {
            id: it.id,
            time: it.time(),
            at,
            len: entry.len() as u32,
        };
        let is_reply = it.parent.is_some();
        let number = self.log.push(logged, is_reply, chain, self.part.number);
        self.gather_message(it, entry, number, messages[0])
    }

    /// Packs a message into a part and into the books; gives its place in the section.
    pub(super) fn put_message(
        &mut self,
        it: &Arrival,
        entry: &[u8],
        messages: [Option<LogNumber>; 2],
    ) -> Result<u32> {
        let place = it.place();
        let member = self.new_member(it)?;
        let at = self.pack(&Want {
            users: &it.users,
            references: &it.references,
            channel: self.channel,
            member,
            messages,
            ..Want::entry(Kind::Message, entry, &place)
        })?;
        self.ledger.written(Kind::Message);
        if let Some(id_map) = &mut self.id_map {
            let id = entry::message_id(self.settings.checks.spelling, entry)?;
            let source_id = it.source_id.as_deref().unwrap_or(&id);
            id_map.row(Kind::Message, source_id, &id, &place)?;
        }
        self.losses.book(&it.losses, &place, &mut self.ledger);
        let time = it.time();
        let (first, last) = self.span.get_or_insert((time, time));
        *first = time.min(*first);
        *last = time.max(*last);
        Ok(at)
    }

    /// The author of a message, if the message makes them a member of its channel.
    fn new_member(&mut self, it: &Arrival) -> Result<Option<UserNumber>> {
        let (Some(channel), Some(&author)) = (self.channel, it.users.first()) else {
            return Ok(None);
        };
        if self.directory.is_member(channel, author) || self.joined.contains(&author) {
            return Ok(None);
        }
        if self.directory.find_user(self.settings.unknown_user) == Some(author) {
            // Nobody in particular is no member.
            return Ok(None);
        }
        if it.is_system && !self.directory.members(channel).is_empty() {
            // Whoever joined and left again is none, and whoever stayed is listed.
            return Ok(None);
        }
        let id = self.known.stream_id(author);
        if self.directory.channels()[channel as usize].is_distinct() {
            self.joined.insert(author);
            let (of, outcome, kind) = (Kind::Message, Outcome::Field, "author_not_member");
            self.ledger.lose(of, outcome, kind, 1, &it.place(), &id);
            if let Some(gather) = &mut self.gather {
                gather.lose((it.unit, it.record), kind, &id)?;
            }
            return Ok(None);
        }
        let may_join = self.directory.may_join(channel, author);
        Ok(may_join.then_some(author))
    }
}
