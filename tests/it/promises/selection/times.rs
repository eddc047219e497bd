//! Messages that are left out for their time: threads outside of a range, and messages that were
//! not written or edited since.

use std::collections::{BTreeMap, BTreeSet};

use migrate::{
    getstream::{ids, limits},
    selection::{Exclusion, Selection},
};
use migrate_model::{Kind, Message, MessageKind, Time};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    super::expected::noted,
    ONE_PART, Output, Way, any_way, any_workspace, cases, convert,
    entries::Entries,
    excluded,
    selections::{any_range, any_selection, any_time},
};
use crate::memory::{Item, UNKNOWN_USER, Workspace, workspaces::SERIAL};

/// The messages of an output, in their threads.
pub(super) struct Threads {
    pub(super) items: BTreeMap<String, Value>,
}

impl Threads {
    pub(super) fn of(output: &Output) -> Threads {
        Threads {
            items: output.items("message"),
        }
    }

    /// The message that a piece continues; of any other, itself.
    pub(super) fn whole<'i>(&'i self, id: &'i str) -> &'i str {
        let is_own = |item: &Value| !item[SERIAL].is_null() || item["source_missing"] == true;
        match id.rsplit_once("-p") {
            Some((whole, _)) if !is_own(&self.items[id]) => whole,
            _ => id,
        }
    }

    /// The root of a message's thread.
    fn root<'i>(&'i self, id: &'i str) -> &'i str {
        let whole = self.whole(id);
        self.items[whole]["parent_id"].as_str().unwrap_or(whole)
    }

    /// Messages with all that they need: roots, those quotes, and what continues them.
    pub(super) fn with_needs(
        &self,
        messages: BTreeSet<String>,
        may_quote: impl Fn(&Value) -> bool,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = messages.into_iter().collect();
        while let Some(id) = open.pop() {
            if !found.insert(id.clone()) {
                continue;
            }
            let item = &self.items[&id];
            open.extend(item["parent_id"].as_str().map(str::to_owned));
            let quote = item["quoted_message_id"].as_str();
            let quote = quote.filter(|quote| may_quote(&self.items[*quote]));
            open.extend(quote.map(str::to_owned));
            let pieces = self.items.keys().filter(|it| self.whole(it) == id);
            open.extend(pieces.cloned());
        }
        found
    }
}

/// The messages of a workspace that can be used.
fn usable(workspace: &Workspace) -> impl Iterator<Item = &Message<'static>> {
    let items = workspace.units.iter().flat_map(|unit| &unit.items);
    items.filter_map(|item| match item {
        Item::Message(it) if it.created_at.is_some() && !it.id.is_empty() => Some(&**it),
        _ => None,
    })
}

/// The time by which a thread is judged; `None` if that hangs on which version of a reply counts.
fn judged(root: &Value, workspace: &Workspace) -> Option<Time> {
    if root["source_missing"] != true {
        let text = root["created_at"].as_str()?;
        let time = chrono::DateTime::parse_from_rfc3339(text).ok()?;
        return Time::from_micros(time.timestamp_micros());
    }
    let id = root["id"].as_str()?;
    let replies: Vec<_> = usable(workspace)
        .filter(|it| ids::message(&it.parent_id) == id && ids::message(&it.id) != id)
        .collect();
    for reply in &replies {
        let mut same =
            usable(workspace).filter(|it| ids::message(&it.id) == ids::message(&reply.id));
        let first = same.next();
        if same.any(|it| Some(it) != first) {
            return None;
        }
    }
    let said = replies.iter().find_map(|it| it.parent_created_at);
    let first = replies.iter().filter_map(|it| it.created_at).min();
    said.or(first).map(|time| time.min(limits::LATEST))
}

/// Every message is the same as in a run without the selection, but for its quote.
pub(super) fn check_quotes(output: &Output, whole: &Output) {
    let (kept, all) = (output.items("message"), whole.items("message"));
    let quote = |item: &Value| match item["quoted_message_id"].is_null() {
        true => item["source_quoted_message_id"].clone(),
        false => item["quoted_message_id"].clone(),
    };
    for (id, item) in &kept {
        let (mut item, mut before) = (item.clone(), all[id].clone());
        assert_eq!(quote(&item), quote(&before), "what {id} quotes");
        if quote(&item).is_null() {
            assert_eq!(item, before, "{id}");
            continue;
        }
        if let Some(quoted) = item["quoted_message_id"].as_str() {
            assert!(kept.contains_key(quoted), "{id} quotes what is not there");
        }
        for item in [&mut item, &mut before] {
            for field in ["text", "quoted_message_id", "source_quoted_message_id"] {
                item.as_object_mut().expect("an object").remove(field);
            }
        }
        assert_eq!(item, before, "{id}");
    }
}

/// Reactions are those of the messages that are written.
pub(super) fn check_reactions(kept: &Entries, all: &Entries) {
    let messages = kept.names("message");
    let is_kept = |item: &Value| messages.contains(item["message_id"].as_str().unwrap_or_default());
    let all = all.items("reaction");
    let expected = all.iter().filter(|(_, item)| is_kept(item));
    let expected: BTreeSet<String> = expected.map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(kept.names("reaction"), expected, "reactions");
}

/// Members are those who are listed, and authors of messages that are written.
fn check_members(kept: &Entries, workspace: &Workspace, way: &Way) {
    let silent = Workspace {
        units: Vec::new(),
        ..workspace.clone()
    };
    let way = Way {
        selection: Selection::default(),
        ..way.clone()
    };
    let listed = convert(&silent, &way, ONE_PART);
    let listed = listed.map(|it| Entries::of(&it).names("member"));
    let listed = listed.unwrap_or_default();
    let place = |it: &Value, user: &str| {
        let fields = ["channel_type", "channel_id", user];
        fields.map(|field| it[field].to_string())
    };
    let messages = kept.items("message");
    let authors: BTreeSet<_> = messages.values().map(|it| place(it, "user")).collect();
    for (name, member) in kept.items("member") {
        let is_author = authors.contains(&place(&member, "user_id"));
        assert!(is_author || listed.contains(name), "{name} is no member");
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn a_range_of_time_keeps_whole_threads(
        workspace in any_workspace(), range in any_range(), (way, size) in any_way()
    ) {
        let Some(whole) = convert(&workspace, &way, size) else {
            return Ok(());
        };
        let selection = Selection { range, ..Selection::default() };
        let way = Way { selection, ..way };
        let output = convert(&workspace, &way, size).expect("channels and users are written");
        output.good();
        output.packed.ledger.balance().unwrap();
        let (kept, all) = (Entries::of(&output), Entries::of(&whole));
        let threads = Threads::of(&whole);
        let judge = |id: &String| judged(&threads.items[threads.root(id)], &workspace);
        let clear: Vec<_> = threads.items.keys().filter(|id| judge(id).is_some()).collect();
        let expected: BTreeSet<&String> = clear
            .iter()
            .copied()
            .filter(|id| judge(id).is_some_and(|time| range.contains(time)))
            .collect();
        let written = kept.names("message");
        prop_assert_eq!(written.iter().filter(|id| clear.contains(id)).collect::<BTreeSet<_>>(), expected);
        check_quotes(&output, &whole);
        check_reactions(&kept, &all);
        check_members(&kept, &workspace, &way);
        let strangers = |kept: &Entries| {
            let mut users = kept.users();
            users.remove(UNKNOWN_USER);
            users
        };
        prop_assert!(strangers(&kept).is_subset(&all.users()));
        let own = |output: &Output| {
            let item = |it: &&Value| it["source_missing"] != true;
            let messages = output.items("message");
            messages.values().filter(item).count() as u64 + output.packed.ledger.book(Kind::Reaction).written
        };
        let taken = |output: &Output| {
            noted(&output.packed.ledger, migrate::books::Class::LeftOut, "message_id_taken")
        };
        prop_assert_eq!(
            excluded(&output, Exclusion::Time),
            own(&whole) - own(&output) + taken(&whole) - taken(&output)
        );
    }

    #[test]
    fn what_was_written_since_is_written_as_in_the_full_run(
        workspace in any_workspace(), selection in any_selection(), since in any_time(),
        (way, _) in any_way()
    ) {
        let mut selection = selection.build(&workspace);
        selection.written_since = None;
        let way = Way { selection: selection.clone(), ..way };
        let Some(whole) = convert(&workspace, &way, ONE_PART) else {
            return Ok(());
        };
        let new = Way {
            selection: Selection { written_since: Some(since), ..selection.clone() },
            ..way
        };
        let Some(output) = convert(&workspace, &new, ONE_PART) else {
            return Ok(());
        };
        output.good();
        output.packed.ledger.balance().unwrap();
        let (kept, all) = (Entries::of(&output), Entries::of(&whole));
        kept.assert_part_of(&all);
        let sources: BTreeMap<String, &Message<'_>> = usable(&workspace)
            .filter_map(|it| {
                let serial = it.custom.iter().find(|(name, _)| *name == SERIAL)?;
                match serial.1 {
                    migrate_model::Value::Integer(serial) => Some((serial.to_string(), it)),
                    _ => None,
                }
            })
            .collect();
        let threads = Threads::of(&whole);
        let is_new = |item: &Value| {
            let Some(source) = sources.get(&item[SERIAL].to_string()) else {
                return false;
            };
            let times = [source.created_at, source.edited_at, source.deleted_at];
            let is_wanted = !selection.skips_system || source.kind != MessageKind::System;
            is_wanted && times.into_iter().flatten().any(|time| time >= since)
        };
        let new = threads.items.iter().filter(|(_, item)| is_new(item));
        let new = new.map(|(id, _)| id.clone()).collect();
        let expected = threads.with_needs(new, |_| true);
        prop_assert_eq!(kept.names("message"), expected);
        check_reactions(&kept, &all);
        let channels = kept.names("channel");
        prop_assert_eq!(channels, all.names("channel"));
    }
}
