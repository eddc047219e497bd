//! Layouts and options of Slack exports through the whole program: what becomes of organisations,
//! bots, roles and edits of a later day.

use serde_json::Value;

use crate::{
    program::{DEFAULT_LIMIT, Place},
    report,
};

/// Converts the files of an export in both spellings, and returns the items of the array.
fn convert(files: &[(&str, &str)], options: &str) -> Vec<(String, Value)> {
    let place = Place::new();
    for (name, text) in files {
        place.put(&format!("in/{name}"), text.as_bytes());
    }
    for output in ["out.jsonl", "out.json"] {
        let args = format!("slack in -o {output} -q --force --report report.json {options}");
        place.run(&args).silent(0);
        let summary = place.check("out", DEFAULT_LIMIT);
        report::assert_true(&place.json("report.json"), &summary, &place, "out");
        if output.ends_with(".jsonl") {
            std::fs::remove_file(place.path(output)).expect("it was written");
        }
    }
    let entries = place.json("out.json");
    let entries = entries.as_array().expect("an array").iter();
    entries
        .map(|it| {
            (
                it["type"].as_str().expect("a type").to_owned(),
                it["item"].clone(),
            )
        })
        .collect()
}

/// The items of a kind in which `field` is `value`.
fn find<'e>(
    entries: &'e [(String, Value)],
    kind: &str,
    field: &str,
    value: &str,
) -> Vec<&'e Value> {
    let items = entries.iter().filter(|(it, _)| it == kind);
    items
        .map(|(_, item)| item)
        .filter(|item| item[field] == value)
        .collect()
}

#[track_caller]
fn only<'e>(entries: &'e [(String, Value)], kind: &str, field: &str, value: &str) -> &'e Value {
    let found = find(entries, kind, field, value);
    assert_eq!(found.len(), 1, "{kind} with {field} {value}");
    found[0]
}

const GRID: &[(&str, &str)] = &[
    (
        "org_users.json",
        r#"[{"id":"W1","name":"ada","team_id":"T1"},{"id":"W2","name":"bob","team_id":"T2"}]"#,
    ),
    (
        "channels.json",
        r#"[{"id":"C0","name":"all","members":["W1","W2"],"is_org_shared":true}]"#,
    ),
    ("dms.json", r#"[{"id":"D1","members":["W1","W2"]}]"#),
    (
        "teams/acme/users.json",
        r#"[{"id":"W1"},{"id":"W3","name":"cy"}]"#,
    ),
    (
        "teams/acme/channels.json",
        r#"[{"id":"C1","name":"general","members":["W1","W3"]}]"#,
    ),
    ("teams/beta/users.json", r#"[{"id":"W2"}]"#),
    (
        "teams/beta/channels.json",
        r#"[{"id":"C2","name":"general","members":["W2"]}]"#,
    ),
    (
        "all/2024-01-01.json",
        r#"[{"ts":"1.0","user":"W2","text":"for all"}]"#,
    ),
    (
        "D1/2024-01-01.json",
        r#"[{"ts":"1.0","user":"W1","text":"direct"}]"#,
    ),
    (
        "teams/acme/general/2024-01-01.json",
        r#"[{"ts":"2.0","user":"W3","text":"of acme"},{"ts":"3.0","user":"W9","text":"a stranger"}]"#,
    ),
    (
        "teams/beta/general/2024-01-01.json",
        r#"[{"ts":"2.0","user":"W2","text":"of beta"}]"#,
    ),
];

#[test]
fn an_organisation_is_one_import_with_a_user_once() {
    let entries = convert(GRID, "");
    for id in ["W1", "W2", "W3", "W9"] {
        only(&entries, "user", "id", id);
    }
    for (text, channel) in [("for all", "C0"), ("of acme", "C1"), ("of beta", "C2")] {
        let message = only(&entries, "message", "text", text);
        assert_eq!(message["channel_id"], channel);
    }
    assert!(only(&entries, "channel", "id", "C1").get("team").is_none());
}

#[test]
fn workspaces_become_teams_on_request_and_nobody_is_lost() {
    let entries = convert(GRID, "--team-from-workspace");
    let team = |id: &str| only(&entries, "channel", "id", id)["team"].clone();
    assert_eq!(
        [team("C0"), team("C1"), team("C2")],
        ["slack-shared", "acme", "beta"]
    );
    let teams = |id: &str| only(&entries, "user", "id", id)["teams"].clone();
    assert_eq!(teams("W1"), serde_json::json!(["slack-shared", "acme"]));
    assert_eq!(teams("W2"), serde_json::json!(["slack-shared", "beta"]));
    let members = |id: &str| find(&entries, "member", "channel_id", id).len();
    // A stranger has no team, so joins none.
    assert_eq!([members("C0"), members("C1"), members("C2")], [2, 2, 1]);
}

#[test]
fn a_bot_is_one_user_or_one_for_each_name() {
    let files = [(
        "c/2024-01-01.json",
        r#"[{"ts":"1.0","subtype":"bot_message","bot_id":"B1","username":"ann (irc)","text":"a"},
            {"ts":"2.0","subtype":"bot_message","bot_id":"B1","username":"ben (irc)","text":"b"}]"#,
    )];
    let kept = convert(&files, "");
    assert_eq!(only(&kept, "user", "id", "B1")["name"], "ann (irc)");
    assert_eq!(
        only(&kept, "message", "text", "b")["slack_username"],
        "ben (irc)"
    );
    let split = convert(&files, "--bot-names split");
    for (text, name) in [("a", "ann (irc)"), ("b", "ben (irc)")] {
        let author = only(&split, "message", "text", text)["user"].clone();
        let author = author.as_str().expect("an id");
        assert_eq!(only(&split, "user", "id", author)["name"], name);
    }
}

#[test]
fn roles_profiles_and_names_are_written_as_asked() {
    let files = [
        (
            "users.json",
            r#"[{"id":"U1","name":"sam","is_admin":true,"is_owner":true,"profile":{"display_name":"Sam","email":"s@example.com","title":"Chief","phone":"1"}},
                {"id":"U2","name":"sam2","is_restricted":true,"profile":{"display_name":"Sam"}}]"#,
        ),
        (
            "c/2024-01-01.json",
            r#"[{"ts":"1.0","user":"U1","text":"hi <@U2>"}]"#,
        ),
    ];
    let plain = convert(&files, "");
    let owner = only(&plain, "user", "id", "U1");
    assert_eq!(
        (&owner["slack_role"], &owner["role"]),
        (&"owner".into(), &Value::Null)
    );
    assert!(owner.get("slack_email").is_none());
    assert_eq!(only(&plain, "user", "id", "U2")["slack_role"], "guest");

    let asked = convert(
        &files,
        "--map-roles --include-profile email,title --same-names handle",
    );
    let owner = only(&asked, "user", "id", "U1");
    assert_eq!(owner["role"], "admin");
    assert_eq!(
        (&owner["slack_email"], &owner["slack_title"]),
        (&"s@example.com".into(), &"Chief".into())
    );
    assert!(owner.get("slack_phone").is_none());
    assert_eq!(owner["name"], "Sam (sam)");
    only(&asked, "message", "text", "hi @Sam (sam2)");
}

#[test]
fn the_newest_state_of_an_edited_or_deleted_thread_is_written() {
    let files = [
        (
            "c/2024-01-01.json",
            r#"[{"ts":"1.0","user":"U1","text":"first","thread_ts":"1.0"},
                {"ts":"2.0","user":"U2","text":"reply","thread_ts":"1.0"},
                {"ts":"3.0","user":"U1","text":"secret","thread_ts":"3.0"},
                {"ts":"4.0","user":"U2","text":"answer","thread_ts":"3.0"}]"#,
        ),
        (
            "c/2024-01-02.json",
            r#"[{"ts":"90000.0","subtype":"message_changed","message":{"ts":"1.0","user":"U1","text":"mended","thread_ts":"1.0"}},
                {"ts":"90001.0","subtype":"message_deleted","deleted_ts":"3.0","previous_message":{"ts":"3.0","user":"U1","text":"secret","thread_ts":"3.0"}}]"#,
        ),
    ];
    let entries = convert(&files, "");
    assert!(find(&entries, "message", "text", "first").is_empty());
    assert!(find(&entries, "message", "text", "secret").is_empty());
    let mended = only(&entries, "message", "text", "mended");
    assert_eq!(
        only(&entries, "message", "text", "reply")["parent_id"],
        mended["id"]
    );
    let deleted = only(&entries, "message", "type", "deleted");
    assert_eq!(
        only(&entries, "message", "text", "answer")["parent_id"],
        deleted["id"]
    );
    assert_eq!(deleted["user"], "U1");
}
