//! Channels that are one in Stream, and who may be a member of which.

use migrate::books::Class;
use migrate_model::{Channel, ChannelType};
use serde_json::json;

use super::{converted, in_parts, left_out, lost, merged, room};
use crate::memory::{Item, Workspace, message};

#[test]
fn conversations_of_the_same_people_are_one_whose_messages_interleave() {
    let mut workspace = Workspace::of_users(&["ann", "bob"]);
    let one = workspace.distinct("D1", &["ann", "bob"]);
    let general = workspace.channel("general", &["ann"]);
    let two = workspace.distinct("D2", &["bob", "ann", "bob"]);
    workspace.unit(
        one,
        vec![message("a", "ann", 1).into(), message("c", "ann", 3).into()],
    );
    workspace.unit(general, vec![message("g", "ann", 1).into()]);
    workspace.unit(
        two,
        vec![message("b", "bob", 2).into(), message("d", "bob", 4).into()],
    );
    let output = converted(&workspace);
    assert_eq!(output.ids(0, "message"), ["a", "b", "c", "d", "g"]);
    assert_eq!(output.ids(0, "channel").len(), 2);
    assert_eq!(merged(&output, "channel_same_members"), 1);
    let (_, channel) = output.part(0).swap_remove(2);
    assert_eq!(channel["source_ids"], json!(["D1", "D2"]));
}

#[test]
fn an_author_outside_a_distinct_channel_stays_outside() {
    let mut workspace = Workspace::of_users(&["ann", "bob", "cat"]);
    let channel = workspace.distinct("D1", &["ann", "bob"]);
    workspace.unit(
        channel,
        vec![message("a", "cat", 1).into(), message("b", "cat", 2).into()],
    );
    let output = converted(&workspace);
    assert_eq!(output.items("member").len(), 2);
    assert_eq!(output.message("a")["user"], "cat");
    assert_eq!(lost(&output, "author_not_member"), 1);
}

#[test]
fn an_author_becomes_a_member_of_every_channel() {
    let mut workspace = room([vec![message("m", "bob", 1).into()]]);
    let other = workspace.channel("other", &[]);
    workspace.unit(
        other,
        vec![message("n", "bob", 1).into(), message("o", "", 2).into()],
    );
    let output = converted(&workspace);
    let members: Vec<String> = output.items("member").into_keys().collect();
    let expected = [
        "ann messaging general",
        "bob messaging general",
        "bob messaging other",
    ];
    assert_eq!(members, expected, "and nobody in particular is none");
}

#[test]
fn an_author_becomes_a_member_in_the_part_of_the_first_message() {
    let mut items: Vec<Item> = Vec::new();
    for n in 0..40 {
        let user = if n < 20 { "ann" } else { "bob" };
        items.push(message(&format!("m{n:02}"), user, n).into());
    }
    let output = in_parts(&room([items]), 2_000);
    let joined: Vec<usize> = (0..output.paths.len())
        .filter(|part| {
            output
                .ids(*part, "member")
                .iter()
                .any(|it| it.starts_with("bob"))
        })
        .collect();
    assert_eq!(joined.len(), 1);
    assert!(output.ids(joined[0], "message").contains(&"m20".to_owned()));
}

#[test]
fn a_member_set_whose_teams_do_not_fit_becomes_a_channel_with_an_id() {
    let mut workspace = Workspace::of_users(&["ann", "bob"]);
    workspace.users[0].teams = vec!["red".into()];
    let channel = workspace.distinct("D1", &["ann", "bob"]);
    let unnamed = workspace.distinct("", &["ann"]);
    workspace.unit(channel, vec![message("m", "ann", 1).into()]);
    workspace.unit(unnamed, vec![message("n", "ann", 1).into()]);
    let output = converted(&workspace);
    assert_eq!(output.items("message").len(), 2);
    assert_eq!(output.items("member").len(), 1, "bob alone may join");
    assert_eq!(lost(&output, "member_team"), 2);
}

#[test]
fn a_member_set_that_does_not_fit_may_have_the_id_of_a_channel() {
    let mut workspace = Workspace::of_users(&["ann", "bob"]);
    workspace.users[0].teams = vec!["red".into()];
    workspace.channel("general", &[]);
    workspace.channels[0].team = "red".into();
    workspace.distinct("general", &["ann", "bob"]);
    let output = converted(&workspace);
    assert_eq!(output.items("member").len(), 1, "ann alone may join");
}

#[test]
fn a_channel_is_repeated_also_if_one_of_another_type_has_its_id() {
    let mut workspace = Workspace::of_users(&["ann"]);
    workspace.channel("general", &[]);
    workspace.channels[0].channel_type = ChannelType::Direct;
    workspace.channel("general", &[]);
    let again = workspace.channel("general", &[]);
    workspace.unit(again, vec![message("m", "ann", 1).into()]);
    let output = converted(&workspace);
    assert_eq!(merged(&output, "channel_repeated"), 1);
    assert_eq!(output.packed.ledger.count(Class::LeftOut), 0);
}

#[test]
fn empty_ids_among_members_and_banned_users_are_nobody() {
    let mut workspace = Workspace::of_users(&["ann"]);
    let mut it = Channel::default();
    it.id = "general".into();
    it.banned_user_ids = vec!["".into(), "ann".into()];
    workspace.channels.push(it);
    let mut it = Channel::default();
    it.member_ids = vec!["".into()];
    workspace.channels.push(it);
    let output = converted(&workspace);
    assert_eq!(output.items("user").len(), 2, "ann, and one who made it");
    assert_eq!(left_out(&output, "channel_without_id"), 1);
    assert_eq!(output.packed.ledger.count(Class::LeftOut), 1);
}
