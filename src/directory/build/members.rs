//! Members of channels, those of a record and those of a set.

use migrate_model as model;
use migrate_model::{Kind, Outcome};

use super::{Builder, SOURCE_ROLE};
use crate::books::Ledger;
use crate::directory::{Membership, NONE, UserNumber};
use crate::getstream::custom::{self, Owner};
use crate::getstream::{encode, item, legal};

/// The details of a membership that no record gave, until they are sorted in.
const DERIVED: u32 = NONE - 1;

impl Builder<'_> {
    pub(super) fn member(&mut self, record: u32, mut it: model::Member<'_>) {
        let channel = self.directory.find_channel(&it.channel);
        self.is_own = self.directory.owns_channel(channel);
        if let Some(why) = self.directory.exclusion(channel) {
            let outcome = Outcome::Excluded;
            return self.lose(record, Kind::Member, outcome, why.kind(), &it.user_id);
        }
        let Some(channel) = channel else {
            let kind = "member_without_channel";
            return self.lose(record, Kind::Member, Outcome::LeftOut, kind, &it.user_id);
        };
        if it.user_id.is_empty() {
            let kind = "user_without_id";
            return self.lose(record, Kind::Member, Outcome::LeftOut, kind, "");
        }
        let user = self.directory.refer(&it.user_id);
        if self.wanted.is_set() {
            self.named.insert(user);
        }
        if !self.may_join(record, channel, user) {
            return;
        }
        if self.is_member_already(record, channel, user, &it.user_id) {
            return self.refer(channel, &it.user_id);
        }
        let place = self.place(record);
        let ledger = &mut self.ledger;
        let note: legal::Noter<'_> = &mut |kind, detail| {
            ledger.lose(Kind::Member, Outcome::Field, kind, 1, &place, detail);
        };
        if !it.role.is_empty() && !self.defaults.roles.has_of_members(&it.role) {
            note("role_unknown", &it.role);
            it.custom.set(SOURCE_ROLE, std::mem::take(&mut it.role));
        }
        let owner = Owner::Entry(Kind::Member);
        let room = custom::room(&[]) - self.checks.spelling.member_extra(it.archived_at);
        legal::encode_custom(&mut self.scratch, owner, &it.custom, room, note);
        let answered = it.invite_accepted_at.is_some() || it.invite_rejected_at.is_some();
        let details = item::MemberDetails {
            channel_role: it.role,
            created_at: it.created_at,
            last_read: it.last_read,
            // Whoever answered an invitation was invited.
            invited: it.invited || answered,
            invite_accepted_at: it.invite_accepted_at,
            invite_rejected_at: it.invite_rejected_at,
            hide_channel: it.hide_channel,
            hide_messages_before: it.hide_messages_before,
            archived_at: it.archived_at,
            custom: &self.scratch,
        };
        let stream_id = self.directory.users[user as usize].stream_id();
        if let Err(problem) = self.checks.member(stream_id, &details) {
            let text = format!("`{}`: {problem}", it.user_id);
            return self.lose(
                record,
                Kind::Member,
                Outcome::LeftOut,
                "entry_invalid",
                &text,
            );
        }
        let encoded = encode::member_details(&details);
        let mut number = NONE;
        if !encoded.is_empty() {
            number = self.directory.details.len() as u32;
            self.directory.details.push(encoded.into());
        }
        let details = number;
        self.refer(channel, &it.user_id);
        self.memberships
            .push((channel, Membership { user, details }));
    }

    /// Whether a user of the app is a member already, as another of the people who are this user.
    fn is_member_already(
        &mut self,
        record: u32,
        channel: u32,
        user: UserNumber,
        source_id: &str,
    ) -> bool {
        if self.directory.app_user(user).is_none() {
            return false;
        }
        let first = self.mapped_members.entry((channel, user));
        let first = first.or_insert_with(|| source_id.into());
        let is_other = **first != *source_id;
        if is_other {
            let kind = "user_mapped_together";
            let stream_id = self.directory.users[user as usize].stream_id();
            let text = format!("{source_id} -> {stream_id}");
            self.lose(record, Kind::Member, Outcome::Merged, kind, &text);
        }
        is_other
    }

    /// Whether the target lets a user be a member; if not, the member is left out.
    fn may_join(&mut self, record: u32, channel: u32, user: UserNumber) -> bool {
        let it = &self.directory.channels[channel as usize];
        if it.is_distinct() && it.set.binary_search(&user).is_err() {
            let id = self.directory.users[user as usize].id.clone();
            self.lose(
                record,
                Kind::Member,
                Outcome::LeftOut,
                "member_not_in_set",
                &id,
            );
            return false;
        }
        let is_allowed = self.directory.may_join(channel, user);
        if !is_allowed {
            let id = self.directory.users[user as usize].id.clone();
            self.lose(record, Kind::Member, Outcome::LeftOut, "member_team", &id);
        }
        is_allowed
    }

    pub(super) fn finish_members(&mut self) {
        let place = self.place(0);
        for (number, channel) in self.directory.channels.iter().enumerate() {
            let set = channel.set.iter().map(|user| (number as u32, *user));
            self.derived.extend(set);
        }
        let derived = self.derived.drain(..).map(|(channel, user)| {
            let details = DERIVED;
            (channel, Membership { user, details })
        });
        // Last among equals after the stable sort, so that a listed one counts.
        self.memberships.extend(derived);
        self.memberships
            .sort_by_key(|(channel, it)| (*channel, it.user));
        let memberships = std::mem::take(&mut self.memberships);
        let mut other_shards = Ledger::default();
        let mut last = None;
        for (channel, mut it) in memberships {
            let ledger = match self.directory.owns_channel(Some(channel)) {
                true => &mut self.ledger,
                false => &mut other_shards,
            };
            if let Some(why) = self.directory.channels[channel as usize].excluded {
                // Members are excluded as they come; here only if a channel came after them.
                if it.details != DERIVED {
                    let id = &self.directory.users[it.user as usize].id;
                    let (of, outcome) = (Kind::Member, Outcome::Excluded);
                    ledger.lose(of, outcome, why.kind(), 1, &place, id);
                }
                continue;
            }
            let is_repeated = last == Some((channel, it.user));
            last = Some((channel, it.user));
            let is_derived = it.details == DERIVED;
            if is_repeated && is_derived {
                continue;
            }
            let id = &self.directory.users[it.user as usize].id;
            if is_repeated {
                let kind = "member_repeated";
                ledger.lose(Kind::Member, Outcome::Merged, kind, 1, &place, id);
                continue;
            }
            if is_derived {
                it.details = NONE;
                ledger.made(Kind::Member, "member_derived", &place, id);
            }
            let end = self.directory.members.len() as u32 + 1;
            let range = &mut self.directory.channels[channel as usize].members;
            if range.1 == 0 {
                range.0 = end - 1;
            }
            range.1 = end;
            self.directory.members.push(it);
        }
    }
}
