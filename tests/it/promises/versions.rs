//! One message among the versions that a workspace has of it: which was written, and whether it is
//! whole.

use std::collections::{BTreeMap, BTreeSet};

use migrate::getstream::ids;
use migrate_model::{Message, Time};
use serde_json::Value;

use crate::memory::workspaces::SERIAL;

/// Messages of a channel by their id in Stream; all versions of each.
pub(super) type Messages<'w> = BTreeMap<String, Vec<&'w Message<'static>>>;

/// Which version of a message an item is.
pub(super) fn version<'m>(versions: &[&'m Message<'static>], item: &Value) -> &'m Message<'static> {
    let mut versions = versions.iter();
    let serial = &item[SERIAL];
    versions
        .find(|it| {
            let own = it.custom.iter().find(|(name, _)| *name == SERIAL);
            matches!(own, Some((_, migrate_model::Value::Integer(own))) if serial == own)
        })
        .unwrap_or_else(|| panic!("no source has the number {serial}: {item}"))
}

/// A message and its continuations, in order.
pub(super) fn pieces<'v>(written: &'v BTreeMap<String, Value>, id: &str) -> Vec<&'v Value> {
    let mut pieces = vec![&written[id]];
    while let Some(next) = written.get(&format!("{id}-p{}", pieces.len() + 1)) {
        pieces.push(next);
    }
    pieces
}

/// Nothing of a message's text and attachments is lost, and its time is kept.
pub(super) fn check_content(source: &Message<'_>, item: &Value, pieces: &[&Value]) {
    let id = &item["id"];
    let words = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric() || *c > '\u{ffff}')
            .collect::<String>()
    };
    let texts = pieces.iter().filter_map(|piece| piece["text"].as_str());
    let text = words(&texts.collect::<String>());
    // A piece repeats what opens the code or the table that it goes on with.
    let mut found = text.chars();
    let mut own = words(&source.text).chars().collect::<Vec<_>>().into_iter();
    let is_whole = match pieces.len() {
        1 => text.ends_with(&words(&source.text)),
        _ => own.all(|own| found.any(|it| it == own)),
    };
    assert!(is_whole, "the text of {id}");
    let attachments = pieces
        .iter()
        .filter_map(|piece| piece["attachments"].as_array());
    let count: usize = attachments.map(Vec::len).sum();
    assert_eq!(count, source.attachments.len(), "the attachments of {id}");
    let said = match &item["source_created_at"] {
        Value::String(said) if item["created_at"] != **said => said.as_str(),
        _ => item["created_at"].as_str().unwrap_or_default(),
    };
    let is_kept = source.created_at.map(written_time).as_deref() == Some(said);
    let has_own_field = source
        .custom
        .iter()
        .any(|(name, _)| name == "source_created_at");
    assert!(is_kept || has_own_field, "the time of {id}: {said}");
    for piece in pieces.iter().skip(1) {
        assert_eq!(
            piece["parent_id"], item["parent_id"],
            "the parent of a piece of {id}"
        );
        assert_eq!(piece["user"], item["user"], "the author of a piece of {id}");
        assert_ne!(
            (piece["text"].as_str(), piece["attachments"].as_array()),
            (None, None),
            "an empty piece of {id}"
        );
    }
}

fn written_time(time: Time) -> String {
    chrono::DateTime::from_timestamp_micros(time.micros())
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Whether a message comes back to itself through parents, by any version of each.
pub(super) fn is_in_ring(id: &str, messages: &Messages<'_>) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![id.to_owned()];
    while let Some(next) = open.pop() {
        for version in messages.get(&next).into_iter().flatten() {
            let parent = ids::message(&version.parent_id).into_owned();
            if version.parent_id.is_empty() || parent == next {
                continue;
            }
            if parent == id {
                return true;
            }
            if seen.insert(parent.clone()) {
                open.push(parent);
            }
        }
    }
    false
}
