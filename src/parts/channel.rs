//! The channel at hand: when it is written, with its members, and who made it.

use anyhow::{Result, bail};
use migrate_model::Kind;

use super::Packer;
use super::closure::Want;
use super::waiting::Arrival;
use crate::books::Place;
use crate::directory::{NONE, Node, UserNumber};
use crate::user_map::Claim;
use crate::worker::unknown_user;

impl Packer<'_> {
    /// Makes a channel the one at hand. Those before it that have no messages are written now.
    pub(super) fn enter(&mut self, channel: u32) -> Result<()> {
        if self.channel == Some(channel) {
            return Ok(());
        }
        self.end_channel()?;
        if channel < self.next_channel {
            bail!(
                "the units of channel {} do not stand together; this is a fault of the adapter",
                self.directory.channels()[channel as usize].cid()
            );
        }
        self.quiet_channels(channel)?;
        self.channel = Some(channel);
        self.next_channel = channel + 1;
        Ok(())
    }

    pub(super) fn quiet_channels(&mut self, end: u32) -> Result<()> {
        while self.next_channel < end {
            let channel = self.next_channel;
            self.next_channel += 1;
            let it = &self.directory.channels()[channel as usize];
            if it.excluded.is_none() && it.is_own {
                self.channel = Some(channel);
                self.end_channel()?;
            }
        }
        Ok(())
    }

    /// Begins the channel at hand with the first message that comes. Where its thread or its kind
    /// decides whether it counts, that waits until one is packed that does.
    pub(super) fn begin_early(&mut self, first: &Arrival) -> Result<()> {
        let selection = self.settings.selection;
        if self.is_begun || selection.skips_system || selection.range.is_set() {
            return Ok(());
        }
        self.begin(Some(first), &first.place())
    }

    /// Writes the channel at hand and its listed members, unless that was done; `first` is its
    /// first message.
    pub(super) fn begin(&mut self, first: Option<&Arrival>, place: &Place) -> Result<()> {
        let Some(channel) = self.channel.filter(|_| !self.is_begun) else {
            return Ok(());
        };
        self.is_begun = true;
        self.decide_maker(channel, first);
        // One that a muting user needed stands somewhere; a part needs it only with its entries.
        if self.channel_parts[channel as usize] == 0 {
            self.pack(&Want::node(Node::Channel(channel), place))?;
        }
        if self.directory.channels()[channel as usize].is_distinct() {
            return Ok(());
        }
        for membership in self.directory.members(channel) {
            let user = membership.user;
            let id = self.known.stream_id(user);
            let spelling = self.settings.checks.spelling;
            let entry = self
                .directory
                .encode_member(spelling, channel, &id, Some(membership));
            self.pack(&Want {
                users: &[user],
                channel: Some(channel),
                ..Want::entry(Kind::Member, &entry, place)
            })?;
            self.ledger.written(Kind::Member);
        }
        Ok(())
    }

    pub(super) fn end_channel(&mut self) -> Result<()> {
        if self.channel.is_none() {
            return Ok(());
        }
        self.settle()?;
        self.end_aside()?;
        self.begin(None, &Place::nowhere())?;
        self.gather_channel()?;
        self.aside.clear()?;
        self.part.end_channel(&mut self.log);
        self.log.clear();
        self.joined.clear();
        self.repeated = None;
        self.dropped.clear();
        self.absent.clear();
        self.is_begun = false;
        self.channel = None;
        Ok(())
    }

    /// Decides who made a channel: who the source names, else the listed member with the
    /// smallest id, else, unless somebody muted it, the first author, else the unknown user.
    pub(super) fn decide_maker(&mut self, channel: u32, first: Option<&Arrival>) {
        if self.makers[channel as usize] != NONE {
            return;
        }
        let it = &self.directory.channels()[channel as usize];
        let named = it.created_by;
        // Whether its messages come first would hang on what is written of other channels.
        let first = first.filter(|_| !it.is_muted);
        let members = self.directory.members(channel).iter();
        let listed = Some(named).filter(|named| *named != NONE).or_else(|| {
            members
                .map(|it| (self.known.stream_id(it.user), it.user))
                .min()
                .map(|(_, user)| user)
        });
        let first = first.and_then(|it| {
            let author = *it.users.first()?;
            let is_mapped = self.directory.app_user(author).is_some();
            let claim = it.references.first().filter(|_| is_mapped);
            Some((author, claim.copied()))
        });
        self.makers[channel as usize] = listed.unwrap_or_else(|| {
            let (maker, claim) = first.unwrap_or_else(|| self.unknown_user());
            self.known.refer(claim.as_slice());
            maker
        });
    }

    /// The user who stands for unknown authors, and the claim, if that is somebody of the user map.
    pub(super) fn unknown_user(&mut self) -> (UserNumber, Option<Claim>) {
        let unknown = unknown_user(self.settings.unknown_user);
        let claim = self.directory.claim(&unknown.id);
        (self.known.number_of(&unknown), claim)
    }
}
