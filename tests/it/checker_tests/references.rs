//! What the entries of one part owe each other.

use std::collections::BTreeSet;

use super::{
    BOTH, GOOD, Spelling, WIDE, accept_with, file, moved, refuse, refuse_entries, with, without,
    write,
};
use crate::checker;

#[test]
fn the_order_of_types_is_fixed() {
    refuse_entries(
        &BOTH,
        &moved(r#""id":"ann""#, 3),
        "a user stands behind a channel",
    );
    refuse_entries(
        &BOTH,
        &moved(r#""quiet""#, 6),
        "a channel stands behind a member",
    );
    refuse_entries(
        &BOTH,
        &moved(r#""id":"m1""#, 0),
        "a user stands behind a message",
    );
    refuse_entries(
        &BOTH,
        &moved("\"love\"", 12),
        "a message stands behind a reaction",
    );
}

#[test]
fn every_reference_stands_in_the_part() {
    let check = |from: &str, to: &str, field: &str, missing: &str| {
        let expected = format!("`{field}` refers to {missing}, which does not stand in");
        refuse(from, to, &expected);
    };
    let no = "user `no`";
    check(
        r#""user_mutes":["ann"]"#,
        r#""user_mutes":["no"]"#,
        "user_mutes",
        no,
    );
    check(
        r#""user_mutes":["ann"]"#,
        r#""blocked_user_ids":["no"]"#,
        "blocked_user_ids",
        no,
    );
    let mute = r#""channel_mutes":["team:c2"]"#;
    check(
        r#""user_mutes":["ann"]"#,
        mute,
        "channel_mutes",
        "channel `team:c2`",
    );
    check(
        r#""created_by":"ann""#,
        r#""created_by":"no""#,
        "created_by",
        no,
    );
    check(
        r#""banned_users":["cy"]"#,
        r#""banned_users":["no"]"#,
        "banned_users",
        no,
    );
    check(r#"["cy","ann"]"#, r#"["cy","no"]"#, "member_ids", no);
    check(r#""user_id":"ann""#, r#""user_id":"no""#, "user_id", no);
    check(r#""user":"ann""#, r#""user":"no""#, "user", no);
    let mention = r#""mentioned_users_ids":["no"]"#;
    check(
        r#""mentioned_users_ids":["bob@x"]"#,
        mention,
        "mentioned_users_ids",
        no,
    );
    let visible = r#""restricted_visibility":["ann","no"]"#;
    check(
        r#""restricted_visibility":["ann"]"#,
        visible,
        "restricted_visibility",
        no,
    );
    check(
        r#""pinned_by_id":"ann""#,
        r#""pinned_by_id":"no""#,
        "pinned_by_id",
        no,
    );
    let message = "message `no`";
    check(
        r#""parent_id":"m1""#,
        r#""parent_id":"no""#,
        "parent_id",
        message,
    );
    let quote = r#""quoted_message_id":"no""#;
    check(
        r#""quoted_message_id":"m2""#,
        quote,
        "quoted_message_id",
        message,
    );
    check(
        r#""message_id":"m2""#,
        r#""message_id":"no""#,
        "message_id",
        message,
    );
    let channel = "channel `team:no`";
    let member = r#""channel_id":"no","user_id":"ann""#;
    check(
        r#""channel_id":"c1","user_id":"ann""#,
        member,
        "channel_id",
        channel,
    );
    let user = r#""channel_id":"no","user":"cy""#;
    check(
        r#""channel_id":"c1","user":"cy""#,
        user,
        "channel_id",
        channel,
    );
}

#[test]
fn a_parent_and_a_quoted_message_stand_before_and_in_the_same_channel() {
    let behind = "which does not stand before it";
    refuse_entries(&BOTH, &moved(r#""id":"m1""#, 11), behind);
    refuse_entries(&BOTH, &moved(r#""id":"m2""#, 12), behind);
    refuse(
        r#""quoted_message_id":"m2""#,
        r#""quoted_message_id":"m3""#,
        behind,
    );
    let other = "which is in another channel";
    refuse(r#""text":"in""#, r#""quoted_message_id":"m1""#, other);
    refuse(r#""text":"in""#, r#""parent_id":"m1""#, other);
}

#[test]
fn a_reply_has_no_replies_and_is_younger_than_its_parent() {
    refuse(
        r#""quoted_message_id":"m2""#,
        r#""parent_id":"m2""#,
        "message `m2`, which is a reply itself",
    );
    refuse(
        "00.000002Z",
        "00.000001Z",
        "message `m1`, which is not older than it",
    );
}

#[test]
fn the_messages_of_a_channel_stand_in_time_order_and_together() {
    refuse(
        "00.000002Z",
        "00.000000Z",
        "message `m2` is older than the message before it",
    );
    refuse("12:00:00+01:00", "12:00:00+03:00", "message `m3` is older");
    accept_with(&BOTH, "12:00:00+01:00", "11:00:00Z");
    let apart = "stands apart from the other messages of its channel";
    refuse_entries(&BOTH, &moved(r#""id":"d1""#, 12), apart);
}

#[test]
fn nothing_stands_in_a_part_twice() {
    for (index, entry) in GOOD.iter().enumerate() {
        refuse_entries(&BOTH, &with(index, entry), "stands in this part twice");
    }
    let same_set = GOOD[4].replace(r#"["cy","ann"]"#, r#"["ann","cy"]"#);
    refuse_entries(&BOTH, &with(5, &same_set), "stands in this part twice");
}

#[test]
fn a_distinct_channel_has_exactly_its_set_as_members() {
    let missing = "the channel's member `cy in messaging:[ann,cy]` does not stand";
    refuse_entries(&BOTH, &without(r#"["cy","ann"],"user_id":"cy""#), missing);
    let outsider = GOOD[9].replace(r#""user_id":"cy""#, r#""user_id":"bob@x""#);
    let expected = "`bob@x in messaging:[ann,cy]` is not in the channel's member set";
    refuse_entries(&BOTH, &with(10, &outsider), expected);
    accept_with(
        &BOTH,
        r#""user":"cy","type":"system""#,
        r#""user":"bob@x","type":"system""#,
    );
}

#[test]
fn a_member_is_of_the_team_of_the_channel() {
    let expected = "the user is not of the channel's team";
    refuse(
        r#""created_by":"ann","team":"red""#,
        r#""created_by":"ann""#,
        expected,
    );
    refuse(r#""teams":["red","blue"]"#, r#""teams":["blue"]"#, expected);
    refuse(r#""teams":["red","blue"]"#, r#""teams":[]"#, expected);
}

#[test]
fn a_user_whom_the_app_has_stands_in_no_part_and_no_other_may_be_missing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let check = |entries: &[String], in_app: &str| {
        let texts = [file(Spelling::Lines, entries)];
        let parts = write(folder.path(), Spelling::Lines, &texts);
        let in_app = BTreeSet::from([in_app.to_owned()]);
        let found = checker::check_beside(&parts, WIDE, &in_app).err();
        found.map(|it| it[0].text.clone()).unwrap_or_default()
    };
    let entries = without(r#""id":"ann""#);
    assert_eq!(check(&entries, "ann"), "");
    let refers = "which does not stand in this part";
    assert!(check(&entries, "cy").contains("is in the app and not to be written"));
    assert!(check(&entries, "nobody").contains(refers));
}
