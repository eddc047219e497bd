//! Each field of each item is read in the form that it has, and in no other.

use crate::getstream::rules::{RuleId, RuleSet};
use crate::validate::entry::{Entry, item_key};

/// A form of values: one that has it, and one that has not.
#[derive(Clone, Copy)]
struct Form(&'static str, &'static str);

const TEXT: Form = Form("\"a\"", "5");
const FLAG: Form = Form("true", "\"a\"");
const TIME: Form = Form("\"2020-01-01T00:00:00Z\"", "\"a\"");
const TEXTS: Form = Form("[\"a\"]", "\"a\"");
const INTEGER: Form = Form("5", "\"a\"");
const OBJECT: Form = Form("{}", "[]");

/// Types with the names of their fields by form; `+` marks what the classic rules do not know, `-` what
/// they alone do.
const FIELDS: &[(&str, &[(&str, Form)])] = &[
    (
        "user",
        &[
            ("id role name image language", TEXT),
            ("invisible", FLAG),
            ("created_at updated_at deleted_at deactivated_at", TIME),
            ("teams channel_mutes user_mutes +blocked_user_ids", TEXTS),
            (
                "-push_notifications +teams_role +push_preferences +privacy_settings",
                OBJECT,
            ),
        ],
    ),
    (
        "device",
        &[
            ("id user_id push_provider_type push_provider_name", TEXT),
            ("created_at", TIME),
        ],
    ),
    (
        "channel",
        &[
            ("id type created_by team name image", TEXT),
            ("frozen +disabled", FLAG),
            ("created_at updated_at +truncated_at", TIME),
            ("member_ids +banned_users", TEXTS),
        ],
    ),
    (
        "member",
        &[
            ("channel_type channel_id user_id channel_role", TEXT),
            ("is_moderator invited hide_channel", FLAG),
            (
                "invite_accepted_at invite_rejected_at created_at last_read hide_messages_before +archived_at",
                TIME,
            ),
            ("channel_member_ids", TEXTS),
        ],
    ),
    (
        "message",
        &[
            (
                "id channel_type channel_id user text parent_id quoted_message_id pinned_by_id type html",
                TEXT,
            ),
            ("show_in_channel +mentioned_channel +mentioned_here", FLAG),
            (
                "created_at deleted_at updated_at pinned_at pin_expires",
                TIME,
            ),
            (
                "channel_member_ids mentioned_users_ids +restricted_visibility +mentioned_roles",
                TEXTS,
            ),
            ("attachments", Form("[]", "{}")),
        ],
    ),
    (
        "reaction",
        &[("message_id type user_id", TEXT), ("created_at", TIME)],
    ),
    (
        "future_channel_ban",
        &[
            ("+target_id +created_by +reason", TEXT),
            ("+shadow", FLAG),
            ("+created_at", TIME),
        ],
    ),
];

const ATTACHMENT: &[(&str, Form)] = &[
    (
        "type image_url thumb_url asset_url fallback color pretext author_name author_link author_icon title title_link text footer footer_icon og_scrape_url",
        TEXT,
    ),
    ("migrate_resources", FLAG),
    ("original_width original_height size", INTEGER),
];

/// Within objects of a user.
const NESTED: &[(&str, &[(&str, Form)])] = &[
    (
        "push_notifications",
        &[("-disabled", FLAG), ("-disabled_until", TIME)],
    ),
    (
        "push_preferences",
        &[("+chat_level", TEXT), ("+disabled_until", TIME)],
    ),
    ("teams_role", &[("+a", TEXT)]),
    (
        "privacy_settings",
        &[(
            "+typing_indicators +read_receipts +delivery_receipts",
            OBJECT,
        )],
    ),
];

fn rules(kind: &str, item: &str, set: RuleSet) -> Vec<RuleId> {
    let json = format!(r#"{{"type":"{kind}","{}":{item}}}"#, item_key(set));
    let entry = Entry::read(&json, set).unwrap_or_else(|_| panic!("{json}"));
    entry.problems.iter().map(|it| it.rule).collect()
}

/// Tries a field in both sets of rules; `item` makes an item that has it with a value.
fn check(kind: &str, field: &str, form: Form, item: &dyn Fn(&str, &str) -> String) {
    let name = field.trim_start_matches(['+', '-']);
    for (set, other) in [(RuleSet::Classic, '+'), (RuleSet::Current, '-')] {
        let is_misread = |value: &str| {
            let found = rules(kind, &item(name, value), set);
            found
                .iter()
                .any(|it| matches!(it, RuleId::JsonType | RuleId::JsonTime))
        };
        let Form(good, bad) = form;
        let place = format!("{kind} {field} {set:?}");
        assert!(!is_misread(good), "{place}: {good}");
        assert_eq!(is_misread(bad), !field.starts_with(other), "{place}: {bad}");
    }
}

fn each(rows: &[(&'static str, Form)], mut check: impl FnMut(&'static str, Form)) {
    for (names, form) in rows {
        names.split(' ').for_each(|name| check(name, *form));
    }
}

#[test]
fn each_field_is_read_in_its_form() {
    for (kind, rows) in FIELDS {
        each(rows, |field, form| {
            let item = |name: &str, value: &str| format!("{{\"{name}\":{value}}}");
            check(kind, field, form, &item);
        });
    }
    each(ATTACHMENT, |field, form| {
        let item =
            |name: &str, value: &str| format!("{{\"attachments\":[{{\"{name}\":{value}}}]}}");
        check("message", field, form, &item);
    });
    for (object, rows) in NESTED {
        each(rows, |field, form| {
            let item = |name: &str, value: &str| format!("{{\"{object}\":{{\"{name}\":{value}}}}}");
            check("user", field, form, &item);
        });
    }
}

#[test]
fn what_is_no_field_is_custom_data_or_not_allowed() {
    for (kind, _) in FIELDS {
        let found = rules(kind, r#"{"a_field":[1]}"#, RuleSet::Current);
        let is_strict = matches!(*kind, "device" | "future_channel_ban");
        assert_eq!(found.contains(&RuleId::KeyNotAllowed), is_strict, "{kind}");
    }
    for object in ["push_preferences", "privacy_settings"] {
        let item = format!(r#"{{"{object}":{{"a_field":1}}}}"#);
        let found = rules("user", &item, RuleSet::Current);
        assert!(found.contains(&RuleId::KeyNotAllowed), "{object}");
    }
}

#[test]
fn what_counts_as_custom_data_counts() {
    let long = "n".repeat(6_000);
    for (kind, field) in [
        ("user", "name"),
        ("user", "image"),
        ("channel", "name"),
        ("channel", "image"),
        ("member", "a_field"),
        ("message", "a_field"),
        ("reaction", "a_field"),
    ] {
        let item = |text: &str| format!(r#"{{"{field}":"{text}"}}"#);
        let found = |text: &str| rules(kind, &item(text), RuleSet::Current);
        assert!(found(&long).contains(&RuleId::CustomSize), "{kind} {field}");
        assert!(!found("n").contains(&RuleId::CustomSize), "{kind} {field}");
    }
    let text = rules(
        "message",
        &format!(r#"{{"text":"{long}"}}"#),
        RuleSet::Current,
    );
    assert!(!text.contains(&RuleId::CustomSize));
}
