//! Roles that the app does not have, and what else tables may say that Stream refuses.

use serde_json::Value;

use crate::program::Place;

/// A chat of two tables, and what its messages are.
fn chat(users: &str, members: &str) -> Place {
    let place = Place::with("users.csv", users.as_bytes());
    place.put("members.csv", members.as_bytes());
    let messages = "id,channel_id,user_id,text,created_at\n1,c,ann,hi,2026-01-01T00:00:00Z\n";
    place.put("messages.csv", messages.as_bytes());
    place
}

fn items(place: &Place, kind: &str) -> Vec<Value> {
    let entries = place.json("out.json");
    let entries = entries.as_array().expect("an array").iter();
    let of_kind = entries.filter(|entry| entry["type"] == kind);
    of_kind.map(|entry| entry["item"].clone()).collect()
}

const USERS: &str = "id,name,role\nann,Ann,admin\nbo,Bo,Team Owner\ncy,Cy,\n";
const MEMBERS: &str = "channel_id,user_id,role\nc,ann,channel_moderator\nc,bo,owner\n";

#[test]
fn roles_that_the_app_lacks_are_kept_beside() {
    let place = chat(USERS, MEMBERS);
    let run = "csv users.csv members.csv messages.csv -o out.json --force";
    let outcome = place.run(run);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("role_unknown"),
        "{}",
        outcome.stderr
    );
    let roles: Vec<_> = items(&place, "user")
        .into_iter()
        .map(|user| [user["role"].clone(), user["source_role"].clone()])
        .collect();
    let expected = [
        ["admin".into(), Value::Null],
        [Value::Null, "Team Owner".into()],
        [Value::Null, Value::Null],
    ];
    assert_eq!(roles, expected);
    let roles: Vec<_> = items(&place, "member")
        .into_iter()
        .map(|member| {
            [
                member["channel_role"].clone(),
                member["source_role"].clone(),
            ]
        })
        .collect();
    let expected = [
        ["channel_moderator".into(), Value::Null],
        [Value::Null, "owner".into()],
    ];
    assert_eq!(roles, expected);
    assert_eq!(place.run("validate out.json").code, 0);

    let outcome = place.run(&format!("{run} --roles user,Team-Owner,owner"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(items(&place, "user")[0]["source_role"], "admin");
    assert_eq!(items(&place, "member")[1]["channel_role"], "owner");
}

#[test]
fn a_user_map_gives_only_roles_of_the_app() {
    let place = chat("id,name\nann,Ann\n", MEMBERS);
    place.put("map.csv", b"source,id,role\nann,ann,vip\n");
    let run = "csv users.csv members.csv messages.csv -o out.json --user-map map.csv";
    let outcome = place.run(run);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("line 2: the app has no role `vip`"),
        "{}",
        outcome.stderr
    );
    assert_eq!(place.run(&format!("{run} --roles user,vip")).code, 0);
    assert_eq!(items(&place, "user")[0]["role"], "vip");
}

/// A reaction of a table of its own belongs to the only message with that id, not to the last one
/// that was read.
#[test]
fn a_reaction_of_another_table_needs_an_id_that_stands_once() {
    let place = Place::new();
    let head = "id,channel_id,user_id,text,created_at\n";
    let row = |channel: &str| format!("1,{channel},ann,hi,2026-01-01T00:00:00Z\n");
    let messages = [head.to_owned(), row("b"), row("a"), row("aa")].concat();
    place.put("messages.csv", messages.as_bytes());
    place.put("reactions.csv", b"message_id,user_id,type\n1,ann,like\n");
    let outcome = place.run("csv messages.csv reactions.csv -o out.json");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(items(&place, "reaction").is_empty());
    assert!(
        outcome.stderr.contains("reaction_without_message"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_message_that_is_left_out_makes_no_channel() {
    let head = "id,channel_id,user_id,text,created_at\n";
    let rows = "1,c,ann,hi,2026-01-01T00:00:00Z\n2,other,ann,hi,\n";
    let place = Place::with("messages.csv", format!("{head}{rows}").as_bytes());
    let outcome = place.run("csv messages.csv -o out.json");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert_eq!(items(&place, "channel").len(), 1);
    assert_eq!(items(&place, "user").len(), 1);
}
