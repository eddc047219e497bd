//! Messages that are left out for what they are: system messages, and those with long texts; and
//! roots that the source does not hold.

use std::collections::BTreeSet;

use migrate::{
    getstream::{ids, legal},
    selection::{Exclusion, MissingParents, Selection},
};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    ONE_PART, Output, any_way, any_workspace, cases, convert,
    entries::Entries,
    excluded, selected,
    times::{Threads, check_quotes, check_reactions},
};
use crate::memory::{Item, Workspace};

/// Makes messages with a long text such as cannot be used, so that what stands behind them still
/// does, and takes reactions out to what then is not there.
fn without_long_texts(workspace: &Workspace, max_chars: usize) -> (Workspace, u64, u64) {
    let mut left = workspace.clone();
    let (mut messages, mut reactions) = (0, 0);
    let mut gone = BTreeSet::new();
    let mut known = BTreeSet::new();
    for unit in &mut left.units {
        // The units of a channel that is not there are left out as a whole.
        let is_known = (unit.channel as usize) < workspace.channels.len();
        for item in &mut unit.items {
            let Item::Message(it) = item else { continue };
            let is_usable = it.created_at.is_some() && !it.id.is_empty();
            if !is_known || !is_usable {
                continue;
            }
            if legal::pieces(&it.text, max_chars).len() == 1 {
                known.insert(ids::message(&it.id).into_owned());
                continue;
            }
            messages += 1;
            gone.insert(ids::message(&it.id).into_owned());
            it.created_at = None;
        }
    }
    for unit in &mut left.units {
        unit.items.retain(|item| {
            let Item::Reaction(it) = item else {
                return true;
            };
            let id = ids::message(&it.message_id);
            let is_gone = gone.contains(&*id) && !known.contains(&*id);
            let is_whole = !it.user_id.is_empty() && !it.reaction_type.is_empty();
            reactions += u64::from(is_gone && is_whole);
            !(is_gone && is_whole)
        });
    }
    (left, messages, reactions)
}

/// A workspace whose records all become something, and in which no text hangs on a name.
fn with_plain_texts(mut workspace: Workspace) -> Workspace {
    workspace
        .users
        .iter_mut()
        .for_each(|user| user.teams.clear());
    for channel in &mut workspace.channels {
        channel.team = "".into();
        if channel.id.is_empty() {
            channel.id = "room".into();
        }
    }
    for item in workspace.units.iter_mut().flat_map(|unit| &mut unit.items) {
        if let Item::Message(it) = item {
            it.mentioned_user_ids.clear();
        }
    }
    workspace
}

fn is_system(item: &Value) -> bool {
    item["type"] == "system"
}

/// The messages that are left without system messages, found in a run that writes those too.
fn kept_without_system(whole: &Output) -> BTreeSet<String> {
    let threads = Threads::of(whole);
    let mut kept = BTreeSet::new();
    for id in threads.items.keys() {
        let item = &threads.items[threads.whole(id)];
        if !is_system(item) && item["source_missing"] != true {
            kept.insert(id.clone());
        }
    }
    threads.with_needs(kept, |item| !is_system(item))
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn skipped_system_messages_stay_where_a_reply_needs_them(
        workspace in any_workspace(), (way, size) in any_way()
    ) {
        let workspace = without_system_replies(workspace);
        let Some(whole) = convert(&workspace, &way, size) else {
            return Ok(());
        };
        let selection = Selection { skips_system: true, ..Selection::default() };
        let way = super::Way { selection, ..whole.way().clone() };
        let Some(output) = convert(&workspace, &way, ONE_PART) else {
            return Ok(());
        };
        output.good();
        let entries = Entries::of(&output);
        prop_assert_eq!(entries.names("message"), kept_without_system(&whole));
        check_quotes(&output, &whole);
        check_reactions(&entries, &Entries::of(&whole));
    }

    #[test]
    fn messages_with_long_texts_are_left_out_as_if_they_were_missing(
        workspace in any_workspace(), (way, _) in any_way()
    ) {
        let workspace = with_plain_texts(workspace);
        if convert(&workspace, &way, ONE_PART).is_none() {
            return Ok(());
        }
        let selection = Selection { leaves_out_long_texts: true, ..Selection::default() };
        let output = selected(&workspace, &way, &selection);
        output.good();
        output.packed.ledger.balance().unwrap();
        let (left, messages, reactions) = without_long_texts(&workspace, way.max_text_chars);
        let left = selected(&left, &way, &Selection::default());
        prop_assert_eq!(Entries::of(&output).all, Entries::of(&left).all);
        prop_assert_eq!(excluded(&output, Exclusion::LongText), messages + reactions);
    }

    #[test]
    fn a_placeholder_stands_where_a_deleted_root_would(
        workspace in any_workspace(), (way, size) in any_way()
    ) {
        let Some(whole) = convert(&workspace, &way, size) else {
            return Ok(());
        };
        let selection = Selection {
            missing_parents: MissingParents::Placeholder,
            ..Selection::default()
        };
        let way = super::Way { selection, part_bytes: super::super::LARGE, ..whole.way().clone() };
        let output = convert(&workspace, &way, ONE_PART).expect("there is something to write");
        output.good();
        let (entries, all) = (Entries::of(&output), Entries::of(&whole));
        let made = all.items("message").into_iter().filter(|(_, it)| it["source_missing"] == true);
        let made: BTreeSet<String> = made.map(|(id, _)| id.to_owned()).collect();
        let items = entries.items("message");
        let quotes_made = |id: &str| {
            let quoted = items.get(id).and_then(|it| it["source_quoted_message_id"].as_str());
            quoted.is_some_and(|quoted| made.contains(quoted))
        };
        for (name, entry) in &entries.all {
            if made.contains(&name.1) && name.0 == "message" {
                let item = &items[name.1.as_str()];
                prop_assert_eq!(&item["type"], "regular");
                prop_assert_eq!(&item["text"], "This message was not in the export.");
                prop_assert_eq!(&item["deleted_at"], &Value::Null);
            } else if !quotes_made(&name.1) {
                prop_assert_eq!(Some(entry), all.all.get(name));
            }
        }
        prop_assert_eq!(entries.all.len(), all.all.len());
    }
}

/// A reply's type in JSON Lines does not say that it is a system message.
fn without_system_replies(mut workspace: Workspace) -> Workspace {
    for item in workspace.units.iter_mut().flat_map(|unit| &mut unit.items) {
        if let Item::Message(it) = item
            && !it.parent_id.is_empty()
        {
            it.kind = migrate_model::MessageKind::Regular;
        }
    }
    workspace
}
