//! The reference rules: what an entry refers to has to be there.
//!
//! They are asked of a file that was read, and also while it is read for the first time: then what
//! an entry refers to is taken to be there and noted as [`Wanted`].

use migrate_model::Text;

use super::app::App;
use super::entry::Type;
use super::index::{Index, Key, Known};
use super::item::{Ban, Channel, ChannelName, Device, Item, Member, Message, Reaction, User};
use super::scan::unescaped;
use super::wanted::{Want, Wanted};
use crate::getstream::check::{self, Problems};
use crate::getstream::rules::{Problem, RuleId, RuleSet};

/// All that entries may refer to.
pub struct World<'w> {
    /// What the file holds; `None` as long as that is not known.
    pub own: Option<&'w Index>,
    /// What earlier files of the same import hold.
    pub earlier: &'w Index,
    /// What the app has.
    pub app: &'w App,
    /// The rules that are asked for.
    pub set: RuleSet,
}

/// What came of asking what entries refer to.
#[derive(Debug, Default)]
pub struct Referred {
    /// What entries refer to in vain.
    pub missing: Vec<Missing>,
    /// What they refer to, as long as it is not known what the file holds.
    pub wanted: Wanted,
}

/// What an entry refers to in vain.
#[derive(Debug)]
pub struct Missing {
    /// The problem.
    pub problem: Problem,
    /// Whether what it refers to is there but wrong by itself.
    pub is_consequence: bool,
    /// How often: 1, but for the last ones of an entry with very many.
    pub times: u64,
}

/// How many problems of one entry are told one by one: a list of members may be long, and each
/// problem of a distinct channel names all of them.
const TOLD: usize = 100;

impl World<'_> {
    /// Finds what an item refers to in vain. `is_refused` says that the item breaks a rule by
    /// itself.
    pub fn check(&self, item: &Item<'_>, is_refused: bool, found: &mut Referred) {
        match item {
            Item::User(it) => self.user(it, found),
            Item::Device(it) => self.device(it, found),
            Item::Ban(it) => self.ban(it, found),
            Item::Channel(it) => self.channel(it, is_refused, found),
            Item::Member(it) => self.member(it, found),
            Item::Message(it) => self.message(it, found),
            Item::Reaction(it) => self.reaction(it, found),
            Item::Unchecked => {}
        }
    }

    /// What is known of an entry, if the file holds `own`.
    pub fn known(&self, own: &Index, kind: Type, key: Key) -> Known {
        let known = own.find(kind, key);
        let known = known.or(|| self.earlier.find(kind, key));
        match kind {
            Type::User => known.or(|| self.app.user(key)),
            Type::Channel => known.or(|| self.app.channel(key)),
            _ => known,
        }
    }

    /// What is known of what an entry refers to. As long as that cannot be said, it is noted, and
    /// what breaks no rule is the answer.
    fn ask(&self, want: Want, found: &mut Referred) -> Known {
        match self.own {
            Some(own) => self.known(own, want.kind, want.key),
            None => {
                found.wanted.add(want);
                Known::There { is_reply: false }
            }
        }
    }

    /// Notes a problem if something is not there.
    fn need(
        &self,
        want: Want,
        found: &mut Referred,
        rule: RuleId,
        fill: impl FnOnce(Problem) -> Problem,
    ) {
        if rule.rule().is_in(self.set) {
            let known = self.ask(want, found);
            self.tell(known, found, rule, fill);
        }
    }

    /// Notes a problem with what is known of something.
    fn tell(
        &self,
        known: Known,
        found: &mut Referred,
        rule: RuleId,
        fill: impl FnOnce(Problem) -> Problem,
    ) {
        if known.is_there() || !rule.rule().is_in(self.set) {
            return;
        }
        let is_consequence = known == Known::Refused;
        let is_like =
            |it: &&mut Missing| it.problem.rule == rule && it.is_consequence == is_consequence;
        let missing = &mut found.missing;
        if missing.len() >= TOLD
            && let Some(like) = missing.iter_mut().rev().take(8).find(is_like)
        {
            like.times += 1;
            return;
        }
        self.add(found, fill(Problem::plain(rule)), is_consequence);
    }

    fn add(&self, found: &mut Referred, problem: Problem, is_consequence: bool) {
        if problem.rule.rule().is_in(self.set) {
            found.missing.push(Missing {
                problem,
                is_consequence,
                times: 1,
            });
        }
    }

    fn need_user(
        &self,
        id: &str,
        found: &mut Referred,
        rule: RuleId,
        fill: impl FnOnce(Problem) -> Problem,
    ) {
        // That an id is required is another rule.
        if !id.is_empty() {
            self.need(user(id), found, rule, fill);
        }
    }

    fn user(&self, it: &User<'_>, found: &mut Referred) {
        if let Some(role) = it.role.as_ref().filter(|role| !self.app.has_role(role)) {
            let problem = Problem::plain(RuleId::UserRole)
                .with("role", role)
                .with("id", &it.id);
            self.add(found, problem, false);
        }
        for cid in &it.channel_mutes {
            let Some((channel_type, id)) = split_cid(cid) else {
                let problem = Problem::plain(RuleId::UserMuteFormat).with("channel", cid);
                self.add(found, problem, false);
                continue;
            };
            let channel = want(Type::Channel, Key::channel_id(channel_type, id));
            self.need(channel, found, RuleId::UserMutedChannel, |problem| {
                problem.with("channel", cid).with("id", &it.id)
            });
        }
        let others = [
            (RuleId::UserMutedUser, &it.user_mutes),
            (RuleId::UserBlocked, &it.blocked_user_ids),
        ];
        for (rule, ids) in others {
            for id in ids {
                self.need(user(id), found, rule, |problem| {
                    problem.with("user", id).with("id", &it.id)
                });
            }
        }
    }

    fn device(&self, it: &Device<'_>, found: &mut Referred) {
        self.need_user(&it.user_id, found, RuleId::DeviceUser, |problem| {
            problem.with("user", &it.user_id)
        });
    }

    fn ban(&self, it: &Ban<'_>, found: &mut Referred) {
        self.need_user(&it.target_id, found, RuleId::BanTarget, |problem| {
            problem.with("user", &it.target_id)
        });
        self.need_user(&it.created_by, found, RuleId::BanCreatedBy, |problem| {
            problem
                .with("user", &it.created_by)
                .with("target", &it.target_id)
        });
    }

    fn channel(&self, it: &Channel<'_>, is_refused: bool, found: &mut Referred) {
        let name = &it.name.channel_type;
        if !name.is_empty() && !self.app.has_channel_type(name) {
            let problem = Problem::plain(RuleId::ChannelTypeExists)
                .with("type", name)
                .with("channel", cid(&it.name));
            self.add(found, problem, false);
        }
        self.need_user(&it.created_by, found, RuleId::ChannelCreatedBy, |problem| {
            problem
                .with("user", &it.created_by)
                .with("channel", cid(&it.name))
        });
        let others = [
            (RuleId::ChannelMember, &it.name.member_ids),
            (RuleId::ChannelBanned, &it.banned_users),
        ];
        for (rule, ids) in others {
            for id in ids {
                self.need(user(id), found, rule, |problem| {
                    problem.with("user", id).with("channel", cid(&it.name))
                });
            }
        }
        if !is_refused && !it.name.member_ids.is_empty() {
            self.members_of(it, found);
        }
    }

    /// A distinct channel needs an entry for each of its members.
    fn members_of(&self, it: &Channel<'_>, found: &mut Referred) {
        let channel = Key::channel(&it.name);
        let members = sorted(&it.name.member_ids);
        let missing: Vec<&str> = members
            .iter()
            .copied()
            .filter(|user| {
                let key = Key::member(channel, user);
                !self.ask(want(Type::Member, key), found).is_there()
            })
            .collect();
        if !missing.is_empty() {
            let problem = Problem::plain(RuleId::MemberMissing)
                .with("members", in_quotes(&members))
                .with("missing", in_quotes(&missing));
            self.add(found, problem, false);
        }
    }

    /// Whether the channel that an item names is there.
    fn need_channel(
        &self,
        it: &ChannelName<'_>,
        [by_id, distinct]: [RuleId; 2],
        found: &mut Referred,
        message: &str,
    ) -> bool {
        let is_named = it.id.is_empty() != it.member_ids.is_empty();
        if !is_named || it.channel_type.is_empty() {
            return false;
        }
        let known = self.ask(want(Type::Channel, Key::channel(it)), found);
        let rule = if it.id.is_empty() { distinct } else { by_id };
        self.tell(known, found, rule, |problem| {
            problem
                .with("channel", cid(it))
                .with("type", &it.channel_type)
                .with("members", sorted(&it.member_ids).join(" "))
                .with("id", message)
        });
        known.is_there()
    }

    fn member(&self, it: &Member<'_>, found: &mut Referred) {
        let rules = [RuleId::MemberChannel, RuleId::MemberDistinctChannel];
        let has_channel = self.need_channel(&it.channel, rules, found, "");
        self.need_user(&it.user_id, found, RuleId::MemberUser, |problem| {
            problem.with("user", &it.user_id)
        });
        let is_distinct = !it.channel.member_ids.is_empty();
        if is_distinct && has_channel && !it.channel.member_ids.contains(&it.user_id) {
            self.add(found, not_in_set(it), false);
        }
        if has_channel {
            self.team(it, found);
        }
    }

    /// If a user or a channel has teams, the channel's has to be one of the user's.
    fn team(&self, it: &Member<'_>, found: &mut Referred) {
        let Some(own) = self.own else {
            found.wanted.add_team();
            return;
        };
        let key = Key::channel(&it.channel);
        let place = match own.find(Type::Channel, key) {
            Known::There { .. } => own,
            _ => self.earlier,
        };
        if !place.find(Type::Channel, key).is_there() {
            // Of a channel that is in the app alone, no team is known.
            return;
        }
        let team = place.channel_team(key);
        let place = match own.find(Type::User, Key::id(&it.user_id)) {
            Known::There { .. } => own,
            _ => self.earlier,
        };
        if !place.find(Type::User, Key::id(&it.user_id)).is_there() {
            // Of a user who is in the app alone, no teams are known.
            return;
        }
        let teams = place.user_teams(&it.user_id);
        let is_allowed = match (teams, team) {
            ([], team) => team.is_empty(),
            (teams, team) => teams.iter().any(|it| **it == *team),
        };
        if !is_allowed {
            let mut teams: Vec<&str> = teams.iter().map(|team| &**team).collect();
            teams.sort_unstable();
            let map: Vec<String> = teams.iter().map(|team| format!("{team}:{{}}")).collect();
            let problem = Problem::plain(RuleId::MemberTeam)
                .with("user", &it.user_id)
                .with("teams", map.join(" "))
                .with("list", in_quotes(&teams))
                .with("channel", cid(&it.channel))
                .with("team", team);
            self.add(found, problem, false);
        }
    }

    fn message(&self, it: &Message<'_>, found: &mut Referred) {
        let mut problems = Problems::new(self.set);
        let limit = self.app.max_text_chars(&it.channel.channel_type);
        // A text is never longer than it stands.
        if it.raw_text.len() > limit {
            check::text(&mut problems, &unescaped(it.raw_text), limit);
        }
        for problem in problems.found {
            self.add(found, problem, false);
        }
        let rules = [RuleId::MessageChannel, RuleId::MessageDistinctChannel];
        self.need_channel(&it.channel, rules, found, &it.id);
        let about = |problem: Problem, user: &str| problem.with("user", user).with("id", &it.id);
        self.need_user(&it.user, found, RuleId::MessageUser, |problem| {
            about(problem, &it.user)
        });
        for id in &it.mentioned_users_ids {
            self.need(user(id), found, RuleId::MessageMention, |problem| {
                about(problem, id)
            });
        }
        for id in &it.restricted_visibility {
            self.need(user(id), found, RuleId::MessageVisibility, |problem| {
                about(problem, id)
            });
        }
        self.need_user(&it.pinned_by_id, found, RuleId::MessagePinner, |problem| {
            about(problem, &it.pinned_by_id)
        });
        self.message_messages(it, found);
    }

    fn message_messages(&self, it: &Message<'_>, found: &mut Referred) {
        if !it.parent_id.is_empty() {
            let parent = Want {
                is_parent: true,
                ..message(&it.parent_id)
            };
            let known = self.ask(parent, found);
            if known == (Known::There { is_reply: true }) {
                let problem = Problem::plain(RuleId::MessageParentIsReply);
                self.add(found, problem, false);
            }
            self.tell(known, found, RuleId::MessageParent, |problem| {
                problem.with("parent", &it.parent_id)
            });
        }
        if !it.quoted_message_id.is_empty() {
            self.need(
                message(&it.quoted_message_id),
                found,
                RuleId::MessageQuote,
                |problem| {
                    problem
                        .with("quote", &it.quoted_message_id)
                        .with("id", &it.id)
                },
            );
        }
    }

    fn reaction(&self, it: &Reaction<'_>, found: &mut Referred) {
        if !it.message_id.is_empty() {
            self.need(
                message(&it.message_id),
                found,
                RuleId::ReactionMessage,
                |problem| problem.with("message", &it.message_id),
            );
        }
        self.need_user(&it.user_id, found, RuleId::ReactionUser, |problem| {
            problem.with("user", &it.user_id)
        });
    }
}

fn want(kind: Type, key: Key) -> Want {
    Want {
        kind,
        key,
        is_parent: false,
    }
}

fn user(id: &str) -> Want {
    want(Type::User, Key::id(id))
}

fn message(id: &str) -> Want {
    want(Type::Message, Key::id(id))
}

/// That an item stands a second time.
pub fn duplicate(item: &Item<'_>) -> Option<Problem> {
    Some(match item {
        Item::User(it) => Problem::plain(RuleId::DuplicateUser).with("id", &it.id),
        Item::Device(it) => Problem::plain(RuleId::DuplicateDevice).with("id", &it.id),
        Item::Ban(it) => Problem::plain(RuleId::DuplicateBan)
            .with("target", &it.target_id)
            .with("user", &it.created_by),
        Item::Channel(it) => {
            Problem::plain(RuleId::DuplicateChannel).with("channel", cid(&it.name))
        }
        Item::Member(it) => {
            let is_distinct = !it.channel.member_ids.is_empty();
            let rule = match is_distinct {
                true => RuleId::DuplicateDistinctMember,
                false => RuleId::DuplicateMember,
            };
            Problem::plain(rule)
                .with("user", &it.user_id)
                .with("channel", cid(&it.channel))
                .with("type", &it.channel.channel_type)
                .with("members", sorted(&it.channel.member_ids).join(" "))
        }
        Item::Message(it) => Problem::plain(RuleId::DuplicateMessage).with("id", &it.id),
        Item::Reaction(it) => Problem::plain(RuleId::DuplicateReaction)
            .with("message", &it.message_id)
            .with("type", &it.reaction_type)
            .with("user", &it.user_id),
        Item::Unchecked => return None,
    })
}

/// That a member of a distinct channel is none of its set. The validator also says so of one that
/// stands twice, since the first takes its place.
pub fn not_in_set(it: &Member<'_>) -> Problem {
    Problem::plain(RuleId::MemberNotInSet)
        .with("user", &it.user_id)
        .with("members", sorted(&it.channel.member_ids).join(" "))
}

/// A channel for people: `type:id`, or `type:[members]`.
pub fn cid(it: &ChannelName<'_>) -> String {
    match it.member_ids.is_empty() {
        true => format!("{}:{}", it.channel_type, it.id),
        false => format!("{}:[{}]", it.channel_type, sorted(&it.member_ids).join(" ")),
    }
}

fn split_cid(cid: &str) -> Option<(&str, &str)> {
    let (channel_type, id) = cid.split_once(':')?;
    let is_whole = !channel_type.is_empty() && !id.is_empty() && !id.contains(':');
    is_whole.then_some((channel_type, id))
}

fn sorted<'t>(ids: &'t [Text<'_>]) -> Vec<&'t str> {
    let mut ids: Vec<&str> = ids.iter().map(Text::as_ref).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn in_quotes(ids: &[&str]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    ids.join(" ")
}
