//! Which channels of the directory are written, once all are known.
//!
//! What the wishes mean is left to `selection`; here the channels are told by what they are called
//! and what becomes of those that nobody wants is booked.

use anyhow::Result;
use hashbrown::HashSet;
use migrate_model::{Kind, Outcome};

use super::Builder;
use crate::directory::UserNumber;
use crate::getstream::ids;
use crate::getstream::item::ChannelRef;
use crate::selection::channels::Called;
use crate::selection::{Channels, Exclusion};

impl Builder<'_> {
    /// Decides which channels are written, and takes what is lost of those into the books.
    pub(super) fn choose_channels(&mut self) {
        if self.is_chosen {
            return;
        }
        self.is_chosen = true;
        if self.wanted.is_set() {
            let chosen = self.with_names(|wanted, called| wanted.choose(called));
            for (channel, excluded) in self.directory.channels.iter_mut().zip(chosen) {
                channel.excluded = excluded;
            }
            self.directory.is_closed = !self.wanted.only.is_empty() && !self.has_lost_wanted;
        }
        let channels = self.directory.channels.iter();
        let all = self.pending_channels.iter_mut().zip(channels);
        for (pending, channel) in all.skip(self.settled) {
            let losses = std::mem::take(&mut pending.losses);
            let is_booked = channel.excluded.is_none() && channel.is_own;
            for (kind, detail) in losses.into_iter().filter(|_| is_booked) {
                let (of, outcome) = (Kind::Channel, Outcome::Field);
                self.ledger
                    .lose(of, outcome, kind, 1, &pending.place, &detail);
            }
        }
        self.settled = self.pending_channels.len();
    }

    /// Takes note of a channel that cannot be used, by its id and name in the source: it is
    /// left out, unless nobody asked for it.
    pub(super) fn lose_channel(
        &mut self,
        record: u32,
        [id, name]: [&str; 2],
        kind: &'static str,
        detail: &str,
    ) {
        let stream_id = ids::channel(id);
        let ids = vec![id, &stream_id];
        let chosen = self.wanted.choose(&[Called { ids, name }]);
        let of = Kind::Channel;
        if let [Some(why @ Exclusion::Channel)] = chosen[..] {
            return self.lose(record, of, Outcome::Excluded, why.kind(), detail);
        }
        self.has_lost_wanted = true;
        self.lose(record, of, Outcome::LeftOut, kind, detail);
    }

    /// Books the channels that are not written.
    pub(super) fn exclude_channels(&mut self) -> Result<()> {
        if !self.wanted.is_set() {
            return Ok(());
        }
        self.with_names(|wanted, called| wanted.check(called))?;
        // A channel is a better example of what is excluded than its members, who came before.
        let members = std::mem::take(&mut self.ledger);
        let channels = &self.directory.channels;
        for (pending, channel) in self.pending_channels.iter().zip(channels) {
            let Some(why) = channel.excluded.filter(|_| channel.is_own) else {
                continue;
            };
            let name = match channel.name.is_empty() {
                true => channel.cid(),
                false => channel.name.to_string(),
            };
            let (of, outcome) = (Kind::Channel, Outcome::Excluded);
            self.ledger
                .lose(of, outcome, why.kind(), 1, &pending.place, &name);
        }
        self.ledger.add(members);
        Ok(())
    }

    /// Keeps whom the channels refer to that are written.
    pub(super) fn keep_references(&mut self) {
        let references = std::mem::take(&mut self.references);
        let Some(mapped) = &mut self.directory.mapped else {
            return;
        };
        let channels = &self.directory.channels;
        let is_written = |channel: u32| {
            let channel = &channels[channel as usize];
            channel.excluded.is_none() && channel.is_own
        };
        let references = references.into_iter();
        let kept = references.filter(|(channel, _)| is_written(*channel));
        mapped.references = kept.map(|(_, claim)| claim).collect();
    }

    /// The people whom a channel that is written refers to; `None` where all channels are.
    pub(super) fn needed_strangers(&self) -> Option<HashSet<UserNumber>> {
        let mut channels = self.directory.channels.iter();
        channels.find(|channel| channel.excluded.is_some())?;
        let mut needed = self.named.clone();
        for channel in &self.directory.channels {
            if channel.excluded.is_none() {
                needed.extend(channel.set.iter().chain(&channel.banned).copied());
                needed.insert(channel.created_by);
            }
        }
        let is_written = |channel: u32| self.directory.exclusion(Some(channel)).is_none();
        let derived = self.derived.iter();
        needed.extend(
            derived
                .filter(|(it, _)| is_written(*it))
                .map(|(_, user)| user),
        );
        Some(needed)
    }

    /// Asks about all channels, by what they are called.
    fn with_names<T>(&self, ask: impl FnOnce(&Channels, &[Called<'_>]) -> T) -> T {
        let channels = &self.directory.channels;
        let cids: Vec<String> = channels.iter().map(|it| it.cid()).collect();
        let pending = self.pending_channels.iter();
        let called = pending
            .zip(channels)
            .zip(&cids)
            .map(|((pending, it), cid)| {
                // A made handle begins with a NUL, and is nothing that anybody would say.
                let of_source = pending.source_ids.iter().map(String::as_str);
                let mut ids: Vec<&str> = of_source.filter(|id| !id.starts_with('\0')).collect();
                if let ChannelRef::Id { id, .. } = &it.reference {
                    ids.push(id);
                }
                ids.push(cid);
                Called {
                    ids,
                    name: &it.name,
                }
            });
        ask(self.wanted, &called.collect::<Vec<_>>())
    }
}
