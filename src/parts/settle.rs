//! The end of a channel: what waited for a message gets it now, or ends without.

use anyhow::Result;
use hashbrown::{HashMap, HashSet};
use migrate_model::{Kind, Outcome, Time};

use super::waiting::{Arrival, ArrivalKind};
use super::{Packer, hash_bytes};
use crate::directory::UserNumber;
use crate::getstream::entry::MissingRoot;
use crate::getstream::entry::{self, Changes, MessageRefs};
use crate::getstream::limits;
use crate::selection::Exclusion;
use crate::user_map::Claim;

/// The messages that wait, without their bytes.
#[derive(Default)]
struct Index {
    /// All of them by time, ties in the order of arrival: (time, place in the work file).
    order: Vec<(i64, u64)>,
    /// By the hash of the id: where it waits, and for which parent.
    by_id: HashMap<u64, Link>,
    /// What replies know of a missing parent.
    hints: HashMap<u64, Hint>,
    reactions: Vec<u64>,
}

/// What the replies to a message know of it.
#[derive(Clone, Copy)]
struct Hint {
    user: Option<UserNumber>,
    /// The claim of that user, if it is one of the user map.
    claim: Option<Claim>,
    micros: Option<i64>,
    /// When the earliest of them was written.
    first_reply: i64,
}

#[derive(Clone, Copy)]
struct Link {
    micros: i64,
    at: u64,
    parent: Option<u64>,
}

/// Where a reply's chain of parents ends.
enum End {
    /// At a message that is packed, or one that waits without a parent.
    Found,
    /// At a message that the source does not hold.
    Missing(u64),
    /// Nowhere: the chain comes back to itself. The earliest message of the ring.
    Ring(u64),
}

impl Packer<'_> {
    /// Packs all that waits.
    pub(super) fn settle(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let index = self.index()?;
        let mut done = HashSet::new();
        for &(_, at) in &index.order {
            self.settle_message(at, &index, &mut done)?;
        }
        for &at in &index.reactions {
            self.settle_reaction(at)?;
        }
        self.waiting.clear()
    }

    fn index(&self) -> Result<Index> {
        let mut index = Index::default();
        self.waiting.each(|at, it| {
            if it.kind != ArrivalKind::Message {
                index.reactions.push(at);
                return;
            }
            index.order.push((it.micros, at));
            let link = Link {
                micros: it.micros,
                at,
                parent: it.parent,
            };
            index.by_id.entry(it.id).or_insert(link);
            if let Some(parent) = it.parent {
                let hint = index.hints.entry(parent).or_insert(Hint {
                    user: None,
                    claim: None,
                    micros: None,
                    first_reply: it.micros,
                });
                if hint.user.is_none() {
                    (hint.user, hint.claim) = (it.parent_user, it.parent_claim);
                }
                hint.micros = hint.micros.or(it.parent_micros);
                hint.first_reply = hint.first_reply.min(it.micros);
            }
        })?;
        index.order.sort_unstable();
        Ok(index)
    }

    /// Packs a message, those that wait above it in its thread first.
    fn settle_message(&mut self, at: u64, index: &Index, done: &mut HashSet<u64>) -> Result<()> {
        if done.contains(&at) {
            return Ok(());
        }
        let (it, bytes) = self.waiting.get(at)?;
        if self.is_repeated(&it) {
            // It shall not make a root that then nothing replies to.
            done.insert(at);
            return self.repeated_message(&it, &bytes);
        }
        let mut above = Vec::new();
        match self.climb(&it, index, &mut above) {
            End::Found => {}
            End::Missing(root) => {
                let reply = above.last().map_or(at, |link| link.at);
                self.make_root(root, reply, index)?;
            }
            End::Ring(earliest) => {
                self.break_ring(earliest, index, done)?;
                // The chain now ends at the message that lost its parent.
                return self.settle_message(at, index, done);
            }
        }
        for link in above.into_iter().rev() {
            if done.insert(link.at) {
                let (mut it, bytes) = self.waiting.get(link.at)?;
                self.settle_one(&mut it, &bytes, index)?;
            }
        }
        let mut it = it;
        done.insert(at);
        self.settle_one(&mut it, &bytes, index)
    }

    fn settle_one(&mut self, it: &mut Arrival, bytes: &[u8], index: &Index) -> Result<()> {
        if self.is_repeated(it) {
            return self.repeated_message(it, bytes);
        }
        let quoted = it.quote.and_then(|id| index.by_id.get(&id));
        self.pack_message(it, bytes, quoted.map(|link| link.at))
    }

    /// Follows the parents of a waiting message; those that wait as well go to `above`.
    fn climb(&self, it: &Arrival, index: &Index, above: &mut Vec<Link>) -> End {
        // By place, not by id: another version of a message may have another parent.
        let mut seen = HashSet::new();
        let mut parent = it.parent;
        while let Some(id) = parent {
            if self.log.find(id).is_some() {
                return End::Found;
            }
            let Some(link) = index.by_id.get(&id) else {
                return End::Missing(id);
            };
            if !seen.insert(link.at) {
                return End::Ring(self.earliest_of_ring(*link, index));
            }
            above.push(*link);
            parent = link.parent;
        }
        End::Found
    }

    /// The place of the earliest message in a ring of parents.
    fn earliest_of_ring(&self, start: Link, index: &Index) -> u64 {
        let mut earliest = start;
        let mut link = start;
        while let Some(next) = link.parent.and_then(|parent| index.by_id.get(&parent)) {
            if next.at == start.at {
                break;
            }
            if (next.micros, next.at) < (earliest.micros, earliest.at) {
                earliest = *next;
            }
            link = *next;
        }
        earliest.at
    }

    /// Packs a message of a ring as the start of the thread.
    fn break_ring(&mut self, at: u64, index: &Index, done: &mut HashSet<u64>) -> Result<()> {
        done.insert(at);
        let (mut it, bytes) = self.waiting.get(at)?;
        let changes = Changes {
            parent_id: Some(None),
            ..Changes::default()
        };
        let checks = self.settings.checks;
        let changed = entry::change(checks.spelling, &bytes, &changes, checks.max_text_chars)?;
        it.parent = None;
        self.lose_field(&mut it, "parent_cycle", "");
        self.settle_one(&mut it, &changed, index)?;
        if let Some(number) = self.log.find(it.id) {
            self.log.changed(number, hash_bytes(&bytes));
        }
        Ok(())
    }

    /// Makes the root of a thread that the source does not hold. `reply` is where a reply to it
    /// waits.
    fn make_root(&mut self, root: u64, reply: u64, index: &Index) -> Result<()> {
        let (reply, bytes) = self.waiting.get(reply)?;
        let id = MessageRefs::of(&bytes)?.parent_id.unwrap_or_default();
        let hint = index.hints.get(&root);
        let known = hint.and_then(|hint| Some((hint.user?, hint.claim)));
        let (user, claim) = known.unwrap_or_else(|| self.unknown_user());
        let first_reply = hint.map_or(reply.micros, |hint| hint.first_reply);
        let before = Time::from_micros(first_reply.saturating_sub(1)).unwrap_or(Time::MIN);
        let said = hint
            .and_then(|hint| hint.micros)
            .and_then(Time::from_micros);
        let time = said.unwrap_or(before).min(limits::LATEST);
        let Some(channel) = self.channel else {
            return Ok(());
        };
        let channel = &self.directory.channels()[channel as usize];
        let entry = MissingRoot {
            id: &id,
            channel: &channel.fields,
            user: &self.known.stream_id(user),
            created_at: time,
            made_as: self.settings.selection.missing_parents,
        }
        .encode(self.settings.checks.spelling);
        let excluded = self.unneeded_root(said.map_or(first_reply, Time::micros));
        let it = Arrival {
            id: root,
            parent: None,
            quote: None,
            continues: None,
            micros: time.micros(),
            users: vec![user],
            references: claim.into_iter().collect(),
            source_id: Some("".into()),
            excluded,
            is_made: true,
            losses: Vec::new(),
            ..reply
        };
        if let Some(why) = excluded {
            return self.hold(&it, &entry, why, 0);
        }
        let place = it.place();
        self.ledger.made(Kind::Message, "root_missing", &place, &id);
        self.write_message(&it, &entry, [None, None], 0)
    }

    /// Why a root that was made is not written unless a reply needs it; `None` if all replies
    /// are written. `micros` is the time that is known of it.
    fn unneeded_root(&self, micros: i64) -> Option<Exclusion> {
        let selection = self.settings.selection;
        let time = Time::from_micros(micros).unwrap_or(Time::MIN);
        if !selection.range.contains(time) {
            return Some(Exclusion::Time);
        }
        selection.holds_back().then_some(Exclusion::Unchanged)
    }

    fn settle_reaction(&mut self, at: u64) -> Result<()> {
        let (mut it, bytes) = self.waiting.get(at)?;
        let place = it.place();
        let absent = it.parent.and_then(|message| self.absent.get(&message));
        if let Some(why) = absent.copied() {
            self.exclude(Kind::Reaction, why, &place);
            return Ok(());
        }
        let message = it.parent.and_then(|message| self.log.find(message));
        let Some(message) = message else {
            self.losses.book(&it.losses, &place, &mut self.ledger);
            let kind = "reaction_without_message";
            self.ledger
                .lose(Kind::Reaction, Outcome::LeftOut, kind, 1, &place, "");
            return Ok(());
        };
        if self.log.has_reaction(it.id) {
            self.losses.book(&it.losses, &place, &mut self.ledger);
            let kind = "reaction_repeated";
            self.ledger
                .lose(Kind::Reaction, Outcome::Merged, kind, 1, &place, "");
            return Ok(());
        }
        if let Some(why) = self.why_unwritten(message) {
            return self.hold_reaction(&mut it, &bytes, why);
        }
        self.write_reaction(&it, &bytes, message)
    }
}
