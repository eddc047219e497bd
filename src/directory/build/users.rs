//! Users: their entries, and whom they mute or block.

use hashbrown::HashSet;
use migrate_model as model;
use migrate_model::{Kind, Outcome, Text};

use super::{Builder, SOURCE_ROLE};
use crate::books::Place;
use crate::directory::{Node, UserNumber};
use crate::getstream::{custom, item, legal};
use crate::people::Standing;
use crate::user_map::Claim;

/// A user whose entry refers to users and channels that may come later.
pub(super) struct PendingUser {
    pub(super) number: UserNumber,
    pub(super) place: Place,
    pub(super) item: item::User<'static>,
    pub(super) custom: Vec<u8>,
    pub(super) muted_users: Vec<String>,
    pub(super) muted_channels: Vec<String>,
    pub(super) blocked_users: Vec<String>,
}

/// People to whom a user's entry refers.
#[derive(Default)]
struct Referred {
    /// Their ids in Stream.
    ids: Vec<Text<'static>>,
    needs: Vec<Node>,
    claims: Vec<Claim>,
}

impl Builder<'_> {
    pub(super) fn user(&mut self, record: u32, mut it: model::User<'_>) {
        if it.id.is_empty() {
            return self.lose(
                record,
                Kind::User,
                Outcome::LeftOut,
                "user_without_id",
                &it.name,
            );
        }
        self.directory.look_up(&it);
        self.is_own = self.directory.shard.owns(&self.directory.stream_id(&it.id));
        let number = self.directory.number_of(&it.id);
        if self.directory.users[number as usize].standing.is_listed() {
            return self.second_user(record, &it.id, number);
        }
        let muted_users = owned(std::mem::take(&mut it.muted_user_ids));
        let muted_channels = owned(std::mem::take(&mut it.muted_channel_ids));
        let blocked_users = owned(std::mem::take(&mut it.blocked_user_ids));
        let is_pending = muted_users.len() + muted_channels.len() + blocked_users.len() > 0;
        let place = self.place(record);
        let foreign = it.id.clone().into_owned();
        let mut scratch = std::mem::take(&mut self.scratch);
        let ledger = &mut self.ledger;
        let note: legal::Noter<'_> = &mut |kind, detail| {
            ledger.lose(Kind::User, Outcome::Field, kind, 1, &place, detail);
        };
        if !it.role.is_empty() && !self.defaults.roles.has(&it.role) {
            note("role_unknown", &it.role);
            it.custom.set(SOURCE_ROLE, std::mem::take(&mut it.role));
        }
        let app = self.directory.app_user(number).cloned();
        let item = match &app {
            None => legal::user(it, &mut scratch, note),
            Some(app) => app.legal_user(it, &mut scratch, note),
        };
        if let Err(problem) = self.checks.user(&item) {
            let text = format!("`{foreign}`: {problem}");
            self.scratch = scratch;
            return self.lose(record, Kind::User, Outcome::LeftOut, "entry_invalid", &text);
        }
        let user = &mut self.directory.users[number as usize];
        user.standing = Standing::LISTED;
        user.name = (&*item.name).into();
        user.teams = item.teams.iter().map(|team| (&**team).into()).collect();
        user.place = place.clone();
        if app.is_some() {
            user.id = foreign.as_str().into();
        }
        if is_pending {
            let (item, custom) = own_user(&item);
            self.pending_users.push(PendingUser {
                number,
                place,
                item,
                custom,
                muted_users,
                muted_channels,
                blocked_users,
            });
        } else {
            let mut entry = Vec::new();
            self.checks.spelling.user(&mut entry, &item);
            user.entry = entry.into();
        }
        self.scratch = scratch;
        self.directory.list(&foreign);
    }

    /// Takes note of a user's record where the user has one already.
    fn second_user(&mut self, record: u32, id: &str, number: UserNumber) {
        let merged = Outcome::Merged;
        if !self.directory.list(id) {
            return self.lose(record, Kind::User, merged, "user_repeated", id);
        }
        let stream_id = self.directory.users[number as usize].stream_id();
        let text = format!("{id} -> {stream_id}");
        self.lose(record, Kind::User, merged, "user_mapped_together", &text);
    }

    /// Finishes a user's entry. `needed` are the strangers whom a channel that is written needs,
    /// beside the app's users; `None` if all are.
    pub(super) fn finish_user(
        &mut self,
        mut it: PendingUser,
        needed: Option<&HashSet<UserNumber>>,
    ) {
        for id in it.muted_users.iter().chain(&it.blocked_users) {
            self.directory.see(id);
        }
        let mut losses = Vec::new();
        let muted = self.referred(it.number, &it.muted_users, needed, &mut losses);
        let mut blocked = self.referred(it.number, &it.blocked_users, needed, &mut losses);
        it.item.user_mutes = muted.ids;
        it.item.blocked_user_ids = std::mem::take(&mut blocked.ids);
        let room = custom::room(&[("name", &it.item.name), ("image", &it.item.image)]);
        if it.custom.len() + self.checks.spelling.user_extra(&it.item) > room {
            losses.push(("custom_dropped", "blocked_user_ids".to_owned()));
            it.item.blocked_user_ids.clear();
            blocked = Referred::default();
        }
        let mut needs = [muted.needs, blocked.needs].concat();
        for id in &it.muted_channels {
            let number = self.directory.channel_numbers.get(id.as_str()).copied();
            let channels = &mut self.directory.channels;
            match number.map(|number| (number, &mut channels[number as usize])) {
                Some((_, channel)) if channel.excluded.is_some() => {
                    losses.push(("mute_excluded", id.clone()));
                }
                Some((number, channel)) if !channel.is_distinct() => {
                    channel.is_muted = true;
                    needs.push(Node::Channel(number));
                    it.item.channel_mutes.push(Text::Owned(channel.cid()));
                }
                _ => losses.push(("mute_unknown", id.clone())),
            }
        }
        let is_own = self.directory.owns_user(it.number);
        for (kind, id) in losses.into_iter().filter(|_| is_own) {
            self.ledger
                .lose(Kind::User, Outcome::Field, kind, 1, &it.place, &id);
        }
        let mut entry = Vec::new();
        let item = item::User {
            custom: &it.custom,
            ..it.item
        };
        self.checks.spelling.user(&mut entry, &item);
        let user = &mut self.directory.users[it.number as usize];
        user.entry = entry.into();
        user.needs = needs.into();
        user.claims = [muted.claims, blocked.claims].concat().into();
    }

    /// The people whom a user mutes or blocks.
    fn referred(
        &self,
        user: UserNumber,
        source_ids: &[String],
        needed: Option<&HashSet<UserNumber>>,
        losses: &mut Vec<(&'static str, String)>,
    ) -> Referred {
        let directory = &self.directory;
        let mut referred = Referred::default();
        for id in source_ids {
            let found = directory.find_user(id).filter(|number| {
                let by_id = directory.users[*number as usize].standing == Standing::BY_ID;
                !by_id
                    || directory.app_user(*number).is_some()
                    || needed.is_none_or(|needed| needed.contains(number))
            });
            let Some(number) = found else {
                losses.push(("mute_unknown", id.clone()));
                continue;
            };
            let stream_id = directory.users[number as usize].stream_id();
            // Several people may be one user now, and this one among them.
            let is_app_user = directory.app_user(number).is_some();
            if is_app_user && number == user {
                losses.push(("user_mapped_together", id.clone()));
                continue;
            }
            referred.claims.extend(directory.claim(id));
            if !is_app_user || referred.ids.iter().all(|it| it != stream_id) {
                referred.needs.push(Node::User(number));
                referred.ids.push(Text::Owned(stream_id.to_owned()));
            }
        }
        referred
    }
}

fn owned(texts: Vec<Text<'_>>) -> Vec<String> {
    texts.into_iter().map(Text::into_owned).collect()
}

/// A copy of an item that may outlive the record, and its custom data beside it.
fn own_user(it: &item::User<'_>) -> (item::User<'static>, Vec<u8>) {
    let own = |text: &Text<'_>| Text::Owned(text.clone().into_owned());
    let item = item::User {
        id: own(&it.id),
        name: own(&it.name),
        image: own(&it.image),
        role: own(&it.role),
        teams: it.teams.iter().map(own).collect(),
        invisible: it.invisible,
        language: own(&it.language),
        created_at: it.created_at,
        updated_at: it.updated_at,
        deactivated_at: it.deactivated_at,
        deleted_at: it.deleted_at,
        user_mutes: Vec::new(),
        channel_mutes: Vec::new(),
        blocked_user_ids: Vec::new(),
        custom: &[],
    };
    (item, it.custom.to_vec())
}
