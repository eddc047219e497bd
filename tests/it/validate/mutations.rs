//! A good file with one thing changed at random: `migrate validate` and the checker of the tests,
//! which share no code, are of one mind about it.
//!
//! The checker asks for more than any importer does, since it judges what this program writes.
//! Where it alone complains, it is about one of [`STRICTER`]; where `migrate validate` alone does,
//! about what the checker leaves aside.

use std::{collections::BTreeSet, fs};

use migrate::getstream::rules::RuleSet;
use proptest::{prelude::*, test_runner::FileFailurePersistence};
use serde_json::{Value, json};

use super::{
    Text,
    cases::cases,
    files::{SETS, ending, file, good},
};
use crate::{checker, program::times};

/// What the checker asks of this program alone, by words of its findings.
const STRICTER: &[&str] = &[
    // Every message has an id, a type and a time, and every reference is to what came before.
    "refers to message ``",
    ":`, which does not stand",
    "`id` is required",
    "`type` is required",
    "`created_at` is required",
    "does not stand before it",
    "is in another channel",
    "is not older than it",
    "is older than the message before it",
    "stands apart from the other messages of its channel",
    "stands behind a",
    // What is there is not empty, and said in one way.
    "a text that is not empty",
    "not 1 to ",
    "is empty",
    "twice",
    "has both",
    "is no field of this spelling",
    "is or holds a null",
    "there is a `parent_id`, but the type is `regular`",
    "the envelope has other keys",
    // One type word of each spelling, and none of the kinds that are not written.
    "`reply`, not `regular`",
    "\"reply\", not `regular`",
    "is no type of entry",
    // Fields that the validator did not know, and references that it did not follow.
    "`show_in_channel` stands without `parent_id`",
    "stands without `invited`",
    "`blocked_user_ids`",
    "`banned_users`",
    "`restricted_visibility`",
    "`quoted_message_id`",
    "`pinned_by_id`",
    "`member_ids`",
    "the channel's member",
    "`push_preferences`",
    "`privacy_settings`",
    "`teams_role`",
    "`disabled`",
    "`truncated_at`",
    "`archived_at`",
];

/// What the checker leaves aside, by rule.
const LEFT_ASIDE: &[&str] = &[
    // What the app has.
    "user.role",
    "channel.type_exists",
    // That an empty list of members is none.
    "channel.id_or_members",
];

/// How a file is changed.
#[derive(Clone, Debug)]
enum Change {
    /// An entry less.
    Drop,
    /// An entry once more, in another place.
    Repeat(usize),
    /// A field less.
    Lose(usize),
    /// A field with another value.
    Set(usize, Value),
    /// A field more.
    Add(&'static str, Value),
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("")),
        Just(json!("ann")),
        Just(json!("zoe")),
        Just(json!("m1")),
        Just(json!("m2")),
        Just(json!("c1")),
        Just(json!("team")),
        Just(json!("messaging")),
        Just(json!("two words")),
        Just(json!("é")),
        Just(json!("x".repeat(70))),
        Just(json!("x".repeat(260))),
        Just(json!("x".repeat(20_001))),
        Just(json!("2020-01-01T00:00:00Z")),
        Just(json!("2020-01-01 00:00")),
        Just(json!("deleted")),
        Just(json!("reply")),
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(false)),
        Just(json!(7)),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["ann"])),
        Just(json!(["ann", "cy"])),
        Just(json!(["zoe"])),
        Just(json!([1])),
        Just(json!([{"type": "file"}])),
        Just(json!([{"type": "file", "asset_url": "http://x.example"}])),
        Just(json!([{"title": 5}])),
    ]
}

fn any_change() -> impl Strategy<Value = Change> {
    let names = prop_oneof![
        Just("id"),
        Just("x"),
        Just("pk"),
        Just("cid"),
        Just("user"),
        Just("command"),
        Just("teams"),
        Just("team"),
        Just("parent_id"),
        Just("quoted_message_id"),
        Just("deleted_at"),
        Just("pinned_at"),
        Just("pinned_by_id"),
        Just("pin_expires"),
        Just("show_in_channel"),
        Just("mentioned_users_ids"),
        Just("channel_id"),
        Just("channel_member_ids"),
        Just("member_ids"),
        Just("invite_accepted_at"),
        Just("attachments"),
        Just("text"),
        Just("role"),
        Just("user_mutes"),
    ];
    prop_oneof![
        Just(Change::Drop),
        any::<usize>().prop_map(Change::Repeat),
        any::<usize>().prop_map(Change::Lose),
        (any::<usize>(), any_value()).prop_map(|(field, value)| Change::Set(field, value)),
        (names, any_value()).prop_map(|(name, value)| Change::Add(name, value)),
    ]
}

/// The lines without what the checker does not know: devices and bans.
fn known_to_both(set: RuleSet) -> Vec<String> {
    let mut lines = good();
    lines.retain(|it| !it.starts_with("device") && !it.starts_with("future_channel_ban"));
    for line in &mut lines {
        // The checker knows one word for a reply in each spelling, and asks for no wider order.
        if set == RuleSet::Classic {
            *line = line.replace(r#""type":"reply""#, r#""type":"regular""#);
        }
    }
    lines
}

fn changed(mut lines: Vec<String>, at: usize, change: &Change) -> Vec<String> {
    let at = at % lines.len();
    let (kind, item) = lines[at].split_once(' ').expect("a type and an item");
    let (kind, mut item): (String, Value) = (
        kind.to_owned(),
        serde_json::from_str(item).expect("an item is JSON"),
    );
    let fields = item.as_object_mut().expect("an item is an object");
    let name = |field: &usize| {
        fields
            .keys()
            .nth(field % fields.len())
            .cloned()
            .unwrap_or_default()
    };
    match change {
        Change::Drop => {
            lines.remove(at);
            return lines;
        }
        Change::Repeat(to) => {
            let line = lines[at].clone();
            lines.insert(to % (lines.len() + 1), line);
            return lines;
        }
        Change::Lose(field) => {
            let name = name(field);
            fields.remove(&name);
        }
        Change::Set(field, value) => {
            let name = name(field);
            fields.insert(name, value.clone());
        }
        Change::Add(name, value) => {
            fields.insert((*name).to_owned(), value.clone());
        }
    }
    lines[at] = format!("{kind} {item}");
    lines
}

/// What both say of a file.
fn judged(set: RuleSet, lines: &[String]) -> (Vec<String>, Vec<String>) {
    let text = file(set, lines);
    let own = Text::new(set, text.as_bytes()).problems();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("a.{}", ending(set)));
    fs::write(&path, text).unwrap();
    let theirs = checker::check(&[path], 1 << 30).err().unwrap_or_default();
    (own, theirs.iter().map(ToString::to_string).collect())
}

/// Where only one of both complains, it is about something that the other leaves aside.
#[track_caller]
fn assert_of_one_mind(set: RuleSet, lines: &[String]) {
    let (own, theirs) = judged(set, lines);
    if own.is_empty() {
        let strict = |it: &&String| !STRICTER.iter().any(|words| it.contains(words));
        let missed: Vec<&String> = theirs.iter().filter(strict).collect();
        assert!(missed.is_empty(), "only the checker: {missed:?}");
    }
    if theirs.is_empty() {
        let beside = |it: &&String| !LEFT_ASIDE.iter().any(|rule| it.contains(rule));
        let missed: Vec<&String> = own.iter().filter(beside).collect();
        assert!(missed.is_empty(), "only validate: {missed:?}");
    }
}

#[test]
fn an_empty_channel_id_beside_members_is_none() {
    for set in SETS {
        let mut lines = known_to_both(set);
        for line in &mut lines {
            *line = line.replacen(
                r#"{"channel_type":"messaging","#,
                r#"{"channel_type":"messaging","channel_id":"","#,
                1,
            );
        }
        assert_of_one_mind(set, &lines);
    }
}

/// Rules that the checker cannot find broken, and why.
const NOT_FOUND: &[(&str, &str)] = &[
    ("user.role", "what the app has is not in the file"),
    ("channel.type_exists", "what the app has is not in the file"),
    ("key.not_allowed", "it is of devices, which are not written"),
    ("channel.id_and_members", "to it an empty list is one, too"),
    (
        "member.channel_id_and_members",
        "to it an empty list is one, too",
    ),
];

/// What the checker says of a file, without the entries that no file of ours has.
fn checked(set: RuleSet, bytes: &[u8]) -> BTreeSet<String> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let is_ours = |line: &&[u8]| {
        let others = [r#"{"type":"device""#, r#"{"type":"future_channel_ban""#];
        !others.iter().any(|it| line.starts_with(it.as_bytes()))
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("a.{}", ending(set)));
    fs::write(&path, lines.filter(is_ours).collect::<Vec<_>>().concat()).unwrap();
    let found = checker::check(&[path], 1 << 30).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn the_checker_finds_every_rule_broken_too() {
    let mut missed = BTreeSet::new();
    for set in SETS {
        for case in cases(set) {
            let rule = case.rules.split(' ').next().unwrap_or_default();
            let is_ours = !rule.starts_with("device.") && !rule.starts_with("future_channel_ban.");
            // It says something that it does not say of the file near it.
            if is_ours && checked(set, &case.bad).is_subset(&checked(set, &case.good)) {
                missed.insert(rule);
            }
        }
    }
    let known: BTreeSet<&str> = NOT_FOUND.iter().map(|it| it.0).collect();
    assert_eq!(missed, known);
}

#[test]
fn the_file_that_is_changed_is_good_to_both() {
    for set in SETS {
        assert_eq!(judged(set, &known_to_both(set)), (vec![], vec![]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_500 * times::<u32>(),
        // A case that fails becomes a test of its own, in words.
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn validate_and_the_checker_are_of_one_mind(
        set in prop_oneof![Just(RuleSet::Classic), Just(RuleSet::Current)],
        at in any::<usize>(),
        change in any_change(),
    ) {
        assert_of_one_mind(set, &changed(known_to_both(set), at, &change));
    }
}
