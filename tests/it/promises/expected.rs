//! What must become of a workspace's records, found without the core's packer: from the records
//! themselves and the rule for ids alone.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use migrate::{
    books::{Class, Ledger},
    getstream::{ids, legal},
};
use migrate_model as model;
use migrate_model::{Channel, ChannelRef, ChannelType, Kind, Message, Outcome, Person, Rank};
use serde_json::Value;

use super::{
    maps::Mapping,
    run::{CHANNEL_TYPE, DIRECT_TYPE, Output},
    versions::{Messages, check_content, is_in_ring, pieces, version},
};
use crate::{
    checker::Summary,
    memory::{HEARD, Item, TOLD, UNKNOWN_USER, Workspace},
};

/// What a workspace holds, as Stream will see it.
pub(crate) struct Expected<'w> {
    workspace: &'w Workspace,
    /// Who becomes whom.
    mapping: Mapping,
    /// By the number of a channel record: the channel that it becomes.
    channels: Vec<Option<String>>,
    messages: BTreeMap<String, Messages<'w>>,
    left_out: BTreeMap<&'static str, u64>,
    usable: u64,
}

impl<'w> Expected<'w> {
    pub(crate) fn of(workspace: &'w Workspace) -> Expected<'w> {
        Expected::mapped(workspace, Mapping::default())
    }

    /// The same where a user map holds.
    pub(crate) fn mapped(workspace: &'w Workspace, mapping: Mapping) -> Expected<'w> {
        let keys = workspace
            .channels
            .iter()
            .map(|it| channel_key(it, workspace, &mapping));
        let mut it = Expected {
            workspace,
            channels: keys.collect(),
            mapping,
            messages: BTreeMap::new(),
            left_out: BTreeMap::new(),
            usable: 0,
        };
        for unit in &workspace.units {
            let channel = it.channels.get(unit.channel as usize).cloned().flatten();
            for item in &unit.items {
                if let Item::Message(message) = item {
                    it.take(channel.as_deref(), message);
                }
            }
        }
        it
    }

    fn take(&mut self, channel: Option<&str>, message: &'w Message<'static>) {
        let missing = match channel {
            _ if message.created_at.is_none() => "message_without_time",
            None => "message_without_channel",
            Some(_) if message.id.is_empty() => "message_without_id",
            Some(channel) => {
                self.usable += 1;
                let messages = self.messages.entry(channel.to_owned()).or_default();
                let id = ids::message(&message.id).into_owned();
                return messages.entry(id).or_default().push(message);
            }
        };
        *self.left_out.entry(missing).or_default() += 1;
    }

    /// Whether there is nothing that could be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.channels.iter().all(Option::is_none)
            && self.workspace.users.iter().all(|user| user.id.is_empty())
    }

    /// The books say what was read, and what was written is what stands in the parts.
    pub(crate) fn check_books(&self, ledger: &Ledger, summary: &Summary) {
        ledger.balance().expect("the books balance");
        let mut read = [
            self.workspace.users.len() as u64,
            self.workspace.channels.len() as u64,
            self.workspace.members.len() as u64,
            0,
            0,
        ];
        let mut excluded = [0; 5];
        for item in self.workspace.units.iter().flat_map(|unit| &unit.items) {
            match item {
                Item::Message(_) => read[Kind::Message as usize] += 1,
                Item::Reaction(_) => read[Kind::Reaction as usize] += 1,
                Item::Meet(_) | Item::Lost(Outcome::Field, _) => {}
                Item::Lost(outcome, kind) => {
                    read[*kind as usize] += 1;
                    excluded[*kind as usize] += u64::from(*outcome == Outcome::Excluded);
                }
            }
        }
        for kind in Kind::ALL {
            let book = ledger.book(kind);
            let written = summary.counts[kind.name()] as u64;
            assert_eq!(book.read, read[kind as usize], "{}s read", kind.name());
            assert_eq!(book.written, written, "{}s written", kind.name());
            assert_eq!(book.excluded, excluded[kind as usize], "{}s", kind.name());
        }
        for (kind, count) in &self.left_out {
            assert_eq!(noted(ledger, Class::LeftOut, kind), *count, "{kind}");
        }
        assert_eq!(noted(ledger, Class::LeftOut, "entry_invalid"), 0);
    }

    /// Every usable message stands there once, whole; every reply under its thread's root; every
    /// quote as such or as said.
    pub(crate) fn check_messages(&self, output: &Output) {
        let written = output.items("message");
        let mut seen = 0;
        for messages in self.messages.values() {
            for (id, versions) in messages {
                let item = written
                    .get(id)
                    .unwrap_or_else(|| panic!("the message `{id}` vanished"));
                let source = version(versions, item);
                check_content(source, item, &pieces(&written, id));
                self.check_parent(source, id, item, messages, &written);
                self.check_quote(source, id, item, messages);
                seen += pieces(&written, id).len();
            }
        }
        let roots = written
            .values()
            .filter(|item| item["source_missing"] == true);
        assert_eq!(
            seen + roots.count(),
            written.len(),
            "messages without a source"
        );
        for (id, root) in written
            .iter()
            .filter(|(_, it)| it["source_missing"] == true)
        {
            let mut replies = written.values().filter(|it| it["parent_id"] == **id);
            assert!(replies.next().is_some(), "a root without a reply: {root}");
        }
        let distinct: usize = self.messages.values().map(BTreeMap::len).sum();
        let ledger = &output.packed.ledger;
        let repeated = noted(ledger, Class::Merged, "message_repeated")
            + noted(ledger, Class::LeftOut, "message_id_taken");
        assert!(
            repeated >= self.usable - distinct as u64,
            "{repeated} repeated messages, {} usable of {distinct}",
            self.usable
        );
    }

    fn check_parent(
        &self,
        source: &Message<'_>,
        id: &str,
        item: &Value,
        messages: &Messages<'_>,
        written: &BTreeMap<String, Value>,
    ) {
        let claimed = ids::message(&source.parent_id);
        if source.parent_id.is_empty() || *claimed == *id {
            assert_eq!(item["parent_id"], Value::Null, "{id} became a reply");
            return;
        }
        let Some(parent) = item["parent_id"].as_str() else {
            let was = item["source_parent_id"].as_str();
            let is_kept = was == Some(&*claimed) || has_field(source, "source_parent_id");
            assert!(is_kept, "{id} lost its parent");
            assert!(
                is_in_ring(id, messages),
                "{id} is a reply and not in a ring"
            );
            return;
        };
        let mut root = claimed.into_owned();
        while let Some(next) = written[&root]["parent_id"].as_str() {
            let versions = messages.get(&root).expect("only roots are made");
            root = ids::message(&version(versions, &written[&root]).parent_id).into_owned();
            assert!(written.contains_key(next));
        }
        assert_eq!(root, parent, "the root of {id}");
        assert_eq!(
            item["show_in_channel"] == true,
            source.show_in_channel,
            "whether {id} is shown in the channel"
        );
    }

    fn check_quote(&self, source: &Message<'_>, id: &str, item: &Value, messages: &Messages<'_>) {
        let claimed = ids::message(&source.quoted_message_id);
        let is_quote = !source.quoted_message_id.is_empty() && *claimed != *id;
        let quoted = item["quoted_message_id"].as_str();
        if !is_quote {
            assert_eq!(quoted, None, "{id} quotes");
        } else if quoted.is_none() {
            let was = item["source_quoted_message_id"].as_str();
            let is_kept = was == Some(&*claimed) || has_field(source, "source_quoted_message_id");
            assert!(is_kept, "{id} lost its quote");
            let own = source.text.chars().count();
            let holds_words = messages.get(&*claimed).is_some_and(|versions| {
                let short = |it: &&Message<'_>| it.text.len() < 30 && !it.text.contains('\n');
                versions.len() == 1
                    && versions.iter().all(|it| {
                        short(it)
                            && !it.text.is_empty()
                            && it.mentioned_user_ids.is_empty()
                            && it.quoted_message_id.is_empty()
                    })
            });
            let has_room = own < 20 && source.mentioned_user_ids.is_empty();
            if holds_words && has_room {
                let text = item["text"].as_str().unwrap_or_default();
                assert!(
                    text.starts_with("> "),
                    "{id} neither quotes nor says: {text:?}"
                );
            }
        } else {
            assert_eq!(quoted, Some(&*claimed), "the quote of {id}");
        }
    }

    /// Every usable reaction to a message that is written stands there once.
    pub(crate) fn check_reactions(&self, output: &Output) {
        let mut expected = BTreeSet::new();
        for unit in &self.workspace.units {
            let channel = self.channels.get(unit.channel as usize).cloned().flatten();
            let messages = channel.and_then(|channel| self.messages.get(&channel));
            for item in &unit.items {
                let Item::Reaction(it) = item else { continue };
                let message = ids::message(&it.message_id);
                let name = ids::reaction_type(&it.reaction_type);
                let is_known = messages.is_some_and(|known| known.contains_key(&*message));
                if let (Some(name), false, true) = (name, it.user_id.is_empty(), is_known) {
                    let user = self.mapping.stream_id(&it.user_id);
                    expected.insert(format!("{name} {user} {message}"));
                }
            }
        }
        let written: BTreeSet<String> = output.items("reaction").into_keys().collect();
        // Where the root of a thread is missing, one is made, and reactions to it may stay.
        let made = |name: &&String| {
            let id = name.rsplit(' ').next().unwrap_or_default();
            output.items("message")[id]["source_missing"] != true
        };
        let own: BTreeSet<String> = written.iter().filter(made).cloned().collect();
        assert_eq!(own, expected, "reactions");
    }

    /// Every usable user, channel and member stands there.
    pub(crate) fn check_directory(&self, output: &Output, summary: &Summary) {
        let users = self.workspace.users.iter();
        for user in users.filter(|user| !user.id.is_empty()) {
            let id = self.mapping.stream_id(&user.id);
            assert!(summary.user_ids.contains(&*id), "the user `{id}` vanished");
        }
        let keys: BTreeSet<_> = self.channels.iter().flatten().cloned().collect();
        assert_eq!(summary.channels.len(), keys.len(), "channels");
        let members = output.items("member");
        for (channel, user) in self.plain_members() {
            let stands = members.values().any(|it| {
                it["channel_id"] == *ids::channel(channel)
                    && it["user_id"] == self.mapping.stream_id(user)
            });
            assert!(stands, "the member `{user}` of `{channel}` vanished");
        }
        let has_teams = self.workspace.users.iter().any(|it| !it.teams.is_empty())
            || self.workspace.channels.iter().any(|it| !it.team.is_empty());
        let pair = |it: &Value, user: &str| {
            let channel = [&it["channel_type"], &it["channel_id"], &it[user]];
            channel.map(|it| it.as_str().unwrap_or_default().to_owned())
        };
        let joined: BTreeSet<_> = members.values().map(|it| pair(it, "user_id")).collect();
        for (id, message) in output.items("message") {
            let is_by_members = message["channel_member_ids"].is_array();
            // Nobody in particular is no member.
            let is_unknown = message["user"] == self.mapping.stream_id(UNKNOWN_USER);
            // Whoever joined and left again is none either.
            let is_system = message["type"] == "system";
            let is_member = is_unknown || is_system || joined.contains(&pair(&message, "user"));
            assert!(
                is_by_members || has_teams || is_member,
                "the author of {id} is no member"
            );
        }
    }

    /// The listed members, by channel and user, of channels that no other record can be taken for
    /// and in which teams play no part.
    fn plain_members(&self) -> impl Iterator<Item = (&str, &str)> {
        let it = self.workspace;
        let is_plain = |id: &str| {
            let mut same = it.channels.iter().filter(|channel| channel.id == id);
            let first = same.next();
            same.next().is_none()
                && first.is_some_and(|it| it.member_ids.is_empty() && it.team.is_empty())
        };
        let has_team = |id: &str| {
            let stream_id = |id: &str| self.mapping.stream_id(id);
            let mut same = it
                .users
                .iter()
                .filter(|user| stream_id(&user.id) == stream_id(id));
            same.any(|user| !user.teams.is_empty())
        };
        it.members
            .iter()
            .filter_map(move |member| match &member.channel {
                ChannelRef::Id(channel) if is_plain(channel) => {
                    Some((&**channel, &*member.user_id))
                }
                _ => None,
            })
            .filter(move |(channel, user)| {
                !channel.is_empty() && !user.is_empty() && !has_team(user)
            })
    }

    /// A user who stands in no list has the best name that is told and the best custom data.
    pub(crate) fn check_strangers(&self, output: &Output) {
        let items = self.workspace.units.iter().flat_map(|unit| &unit.items);
        let met = items.filter_map(|item| match item {
            Item::Meet(person) => Some(person),
            _ => None,
        });
        let met = met.chain(&self.workspace.people);
        let met = met.filter(|it| !it.id.is_empty() && !it.name.is_empty());
        let tells_custom = |it: &Person<'_>| !it.custom.is_empty() || it.rank >= Rank::Profile;
        // Those with the best name, and those with the best custom data.
        let mut best: BTreeMap<String, [Vec<&Person<'static>>; 2]> = BTreeMap::new();
        for person in met {
            let [named, marked] = best.entry(self.mapping.stream_id(&person.id)).or_default();
            keep_best(named, person);
            if tells_custom(person) {
                keep_best(marked, person);
            }
        }
        let users = self.workspace.users.iter();
        users.for_each(|it| drop(best.remove(&self.mapping.stream_id(&it.id))));
        best.remove(UNKNOWN_USER);
        let written = output.items("user");
        for (id, [named, marked]) in best {
            let Some(item) = written.get(&id) else {
                continue;
            };
            let has_name = named.iter().any(|it| {
                let name = legal::short((&*it.name).into(), &mut |_, _| {});
                item["name"].as_str() == Some(&*name)
            });
            assert!(has_name, "`{id}` is {item}, not one of {named:?}");
            let told_of = item[TOLD].as_i64().map(model::Value::Integer);
            let has_custom = marked.iter().any(|it| {
                let told = it.custom.iter().find(|(name, _)| *name == TOLD);
                told.map(|(_, told)| told) == told_of.as_ref()
            });
            let has_none = marked.is_empty() && told_of.is_none();
            assert!(
                has_custom || has_none,
                "`{id}` is {item}, not one of {marked:?}"
            );
        }
    }

    /// The name that the directory had when a text was made is the one that the user has.
    pub(crate) fn check_mentions(&self, output: &Output) {
        let users = output.items("user");
        for (id, message) in output.items("message") {
            let Some(heard) = message[HEARD].as_array() else {
                continue;
            };
            let mentioned = message["mentioned_users_ids"].as_array();
            let mentioned = mentioned.unwrap_or_else(|| panic!("{id} lost its mentions"));
            assert_eq!(heard.len(), mentioned.len(), "the mentions of {id}");
            for (heard, user) in heard.iter().zip(mentioned) {
                let user = &users[user.as_str().unwrap_or_default()];
                // A user without a name is shown by the id.
                let name = match &user["name"] {
                    Value::Null => &user["id"],
                    name => name,
                };
                assert_eq!(heard, name, "a mention in {id}");
            }
        }
    }
}

/// Adds a person to those who are known best, equally well, unless they are known better.
fn keep_best<'w>(known: &mut Vec<&'w Person<'static>>, person: &'w Person<'static>) {
    let rank = |it: &Person<'_>| (it.rank.min(Rank::Profile), Reverse(it.seen_at));
    known.retain(|it| rank(it) >= rank(person));
    if known.iter().all(|it| rank(it) == rank(person)) {
        known.push(person);
    }
}

/// Whether a message has a custom field of its own under a name.
fn has_field(source: &Message<'_>, name: &str) -> bool {
    source.custom.iter().any(|(field, _)| field == name)
}

/// How often a kind was noted.
pub(crate) fn noted(ledger: &Ledger, class: Class, kind: &str) -> u64 {
    let mut notes = ledger.notes(class);
    notes
        .find(|(known, _)| *known == kind)
        .map_or(0, |(_, note)| note.count)
}

/// What makes a channel one in Stream; `None` if it cannot be used.
pub(crate) fn channel_key(
    it: &Channel<'_>,
    workspace: &Workspace,
    mapping: &Mapping,
) -> Option<String> {
    let channel_type = written_type(it);
    let known = || it.member_ids.iter().filter(|id| !id.is_empty());
    let mut set: Vec<String> = known().map(|id| mapping.stream_id(id)).collect();
    set.sort();
    set.dedup();
    let may_all_join = known().all(|id| {
        let id = mapping.stream_id(id);
        let mut users = workspace.users.iter().filter(|user| !user.id.is_empty());
        let user = users.find(|user| mapping.stream_id(&user.id) == id);
        match user.map_or(&[][..], |user| &user.teams) {
            [] => it.team.is_empty(),
            teams => teams.contains(&it.team),
        }
    });
    let is_shrunk = set.len() == 1 && people(it).len() > 1;
    if !set.is_empty() && may_all_join && !is_shrunk {
        return Some(format!("{channel_type}:[{}]", set.join(",")));
    }
    if set.is_empty() {
        return (!it.id.is_empty()).then(|| format!("{channel_type}:{}", ids::channel(&it.id)));
    }
    // Conversations between the same people are one, also where their set makes no channel.
    let is_same = |other: &&Channel<'_>| {
        written_type(other) == channel_type && other.team == it.team && people(other) == people(it)
    };
    let first = workspace.channels.iter().find(is_same);
    Some(
        match (&*first.expect("the channel itself").id, may_all_join) {
            ("", true) => format!("{channel_type}:[{}]", set.join(",")),
            // Where not all may join, the set still tells one from another.
            ("", false) => format!("{channel_type}:not [{}]", set.join(",")),
            (id, _) => format!("{channel_type}:{}", ids::channel(id)),
        },
    )
}

fn written_type(it: &Channel<'_>) -> String {
    match &it.channel_type {
        ChannelType::Direct => DIRECT_TYPE.to_owned(),
        ChannelType::Named(name) if !name.is_empty() => ids::channel(name).into_owned(),
        _ => CHANNEL_TYPE.to_owned(),
    }
}

/// The members that make a channel, as the source calls them.
fn people<'c>(it: &'c Channel<'_>) -> BTreeSet<&'c str> {
    let ids = it.member_ids.iter().map(|id| &**id);
    ids.filter(|id| !id.is_empty()).collect()
}
