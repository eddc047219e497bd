//! What a part carries so that it stands alone, and nothing more.

use migrate_model::Pin;

use super::{Way, in_parts, room};
use crate::{
    memory::{Item, Workspace, message, reaction, reply},
    promises::run::{LARGE, needed_bytes, run_small, try_run},
};

#[test]
fn a_part_boundary_inside_a_thread_carries_the_parent() {
    let mut items: Vec<Item> = vec![message("root", "ann", 0).into()];
    for n in 1..30 {
        items.push(reply(&format!("r{n}"), "bob", n, "root").into());
    }
    let output = in_parts(&room([items]), 2_000);
    assert!(output.paths.len() > 2);
    for part in 0..output.paths.len() {
        assert_eq!(output.ids(part, "message")[0], "root");
    }
}

#[test]
fn the_reactions_of_one_message_go_on_in_the_next_part() {
    let mut items: Vec<Item> = vec![message("m", "ann", 0).into()];
    let users: Vec<String> = (0..40).map(|n| format!("u{n}")).collect();
    items.extend(users.iter().map(|user| reaction("m", "like", user).into()));
    let output = in_parts(&room([items]), 2_000);
    assert!(output.paths.len() > 2);
    let count: usize = (0..output.paths.len())
        .map(|part| {
            assert_eq!(output.ids(part, "message"), ["m"]);
            output.ids(part, "reaction").len()
        })
        .sum();
    assert_eq!(count, 40);
}

#[test]
fn a_long_member_list_goes_on_in_the_next_part() {
    let users: Vec<String> = (0..60).map(|n| format!("u{n:02}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let mut workspace = Workspace::of_users(&users);
    let channel = workspace.channel("general", &users);
    workspace.unit(channel, vec![message("m", "u59", 0).into()]);
    let output = in_parts(&workspace, 2_000);
    assert!(output.paths.len() > 2);
    assert_eq!(output.items("member").len(), 60);
    for part in 0..output.paths.len() {
        assert_eq!(output.ids(part, "channel"), ["messaging general"]);
    }
}

#[test]
fn what_continues_a_pinned_message_does_not_need_who_pinned_it() {
    let mut it = message("m", "ann", 1);
    it.pin = Some(Pin {
        by: "cat".into(),
        ..Pin::default()
    });
    it.mentioned_user_ids = vec!["bob".into()];
    it.text = "word ".repeat(60).into();
    let output = run_small(&room([vec![it.into()]]), &Way::default()).unwrap();
    output.good();
    let last = output.paths.len() - 1;
    assert_eq!(output.ids(last, "user"), ["ann", "bob"]);
}

#[test]
fn a_channel_that_a_mute_needed_before_is_not_repeated_without_need() {
    let mut workspace = Workspace::of_users(&["ann"]);
    workspace.users[0].muted_channel_ids = vec!["late".into()];
    let early = workspace.channel("early", &["ann"]);
    let late = workspace.channel("late", &[]);
    let mut long = message("n", "bob", 1);
    long.text = "word ".repeat(19).into();
    for count in 1..20 {
        let mut workspace = workspace.clone();
        let items = (0..count).map(|n| message(&format!("m{n}"), "ann", n).into());
        workspace.unit(early, items.collect());
        workspace.unit(late, vec![long.clone().into()]);
        in_parts(&workspace, 1_500);
    }
}

#[test]
fn somebody_muted_by_a_user_in_the_next_part_stands_in_both() {
    let mut workspace = Workspace::of_users(&["ann", "bob", "cat"]);
    workspace.users[2].muted_user_ids = vec!["ann".into()];
    let output = run_small(&workspace, &Way::default()).unwrap();
    output.good();
    assert_eq!(output.ids(0, "user"), ["ann", "bob"]);
    assert_eq!(output.ids(1, "user"), ["cat", "ann"]);
}

#[test]
fn a_limit_that_is_too_small_says_what_is_needed() {
    let workspace = room([vec![message("m", "bob", 0).into()]]);
    let way = |part_bytes| Way {
        part_bytes,
        ..Way::default()
    };
    let small = run_small(&workspace, &Way::default()).unwrap();
    let least = small.way().part_bytes;
    let error = try_run(&workspace, &way(least - 1));
    let error = error.err().unwrap().to_string();
    assert!(error.contains("--max-part-size"), "{error}");
    assert_eq!(needed_bytes(&error), least);
    assert!(least < LARGE);
}
