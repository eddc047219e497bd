//! Replies and their roots: whatever the order, the times and the claims, a thread has one root,
//! and its replies stand behind it.

use migrate::{books::Class, getstream::Spelling};
use migrate_model::Time;
use serde_json::json;

use super::{Way, converted, lost, noted, room, run};
use crate::memory::{at, message, reply};

#[test]
fn a_reply_before_its_root_waits_for_it() {
    let output = converted(&room([
        vec![reply("r", "bob", 5, "root").into()],
        vec![message("root", "ann", 1).into()],
    ]));
    assert_eq!(output.ids(0, "message"), ["root", "r"]);
    assert_eq!(output.message("r")["parent_id"], "root");
    assert_eq!(output.message("r")["source_created_at"], json!(null));
}

#[test]
fn a_reply_to_a_reply_moves_to_the_root() {
    let output = converted(&room([vec![
        message("root", "ann", 1).into(),
        reply("one", "bob", 2, "root").into(),
        reply("two", "cat", 3, "one").into(),
    ]]));
    assert_eq!(output.message("two")["parent_id"], "root");
    assert_eq!(output.message("two")["source_parent_id"], "one");
    assert_eq!(lost(&output, "reply_to_reply"), 1);
}

#[test]
fn a_reply_no_later_than_its_parent_is_shifted() {
    let output = converted(&room([vec![
        message("root", "ann", 7).into(),
        reply("same", "bob", 7, "root").into(),
        reply("earlier", "cat", 2, "root").into(),
        reply("later", "cat", 9, "root").into(),
    ]]));
    for (id, created_at, claimed) in [
        (
            "same",
            "2023-11-14T22:13:20.000008Z",
            "2023-11-14T22:13:20.000007Z",
        ),
        (
            "earlier",
            "2023-11-14T22:13:20.000008Z",
            "2023-11-14T22:13:20.000002Z",
        ),
    ] {
        let item = output.message(id);
        assert_eq!(item["created_at"], created_at);
        assert_eq!(item["source_created_at"], claimed);
    }
    assert_eq!(output.message("later")["source_created_at"], json!(null));
    assert_eq!(lost(&output, "time_shifted"), 2);
}

#[test]
fn the_pieces_of_a_shifted_reply_keep_their_order() {
    let mut long = reply("long", "bob", 2, "root");
    long.text = "word ".repeat(50).into();
    let output = converted(&room([vec![message("root", "ann", 7).into(), long.into()]]));
    assert_eq!(
        output.ids(0, "message"),
        ["root", "long", "long-p2", "long-p3"]
    );
    let times: Vec<_> = ["long", "long-p2", "long-p3"]
        .iter()
        .map(|id| output.message(id)["created_at"].clone())
        .collect();
    assert_eq!(times[0], "2023-11-14T22:13:20.000008Z");
    assert_eq!(times[1], "2023-11-14T22:13:20.000009Z");
    assert_eq!(times[2], "2023-11-14T22:13:20.000010Z");
}

#[test]
fn a_thread_at_the_end_of_time_stands() {
    let mut root = message("root", "ann", 0);
    root.created_at = Some(Time::MAX);
    let mut late = reply("late", "bob", 0, "root");
    late.created_at = Some(Time::MAX);
    late.text = "word ".repeat(50).into();
    converted(&room([vec![root.into(), late.into()]]));
}

#[test]
fn orphan_replies_get_one_deleted_root_with_what_they_know_of_it() {
    let mut informed = reply("two", "cat", 9, "gone");
    informed.parent_user_id = "dan".into();
    informed.parent_created_at = Some(at(3));
    let output = converted(&room([vec![
        reply("one", "bob", 8, "gone").into(),
        informed.into(),
    ]]));
    assert_eq!(output.ids(0, "message"), ["gone", "one", "two"]);
    let root = output.message("gone");
    assert_eq!(root["type"], "deleted");
    assert_eq!(root["user"], "dan");
    assert_eq!(root["created_at"], "2023-11-14T22:13:20.000003Z");
    let ledger = &output.packed.ledger;
    assert_eq!(noted(ledger, Class::Made, "root_missing"), 1);
}

#[test]
fn a_made_root_is_older_than_every_reply_to_it() {
    // `early` is settled first, and above it stands `late`, which is later than `middle`.
    let output = converted(&room([vec![
        reply("late", "ann", 9, "gone").into(),
        reply("middle", "bob", 5, "gone").into(),
        reply("early", "cat", 1, "late").into(),
    ]]));
    assert_eq!(
        output.message("gone")["created_at"],
        "2023-11-14T22:13:20.000004Z"
    );
    assert_eq!(output.message("middle")["source_created_at"], json!(null));
    assert_eq!(lost(&output, "time_shifted"), 1, "of `early` alone");
}

#[test]
fn a_reply_that_is_not_written_makes_no_root() {
    let output = converted(&room([
        vec![reply("r", "bob", 1, "gone").into()],
        vec![message("r", "bob", 2).into()],
    ]));
    assert_eq!(output.ids(0, "message"), ["r"]);
}

#[test]
fn a_message_that_names_itself_as_parent_starts_its_thread() {
    let output = converted(&room([vec![
        reply("root", "ann", 1, "root").into(),
        reply("one", "bob", 2, "root").into(),
    ]]));
    assert_eq!(output.message("root")["parent_id"], json!(null));
    assert_eq!(output.message("one")["parent_id"], "root");
}

#[test]
fn in_a_ring_of_replies_the_earliest_starts_the_thread() {
    for spelling in [Spelling::Array, Spelling::Jsonl] {
        let workspace = room([vec![
            reply("a", "ann", 3, "b").into(),
            reply("b", "bob", 2, "c").into(),
            reply("c", "cat", 4, "a").into(),
        ]]);
        let way = Way {
            spelling,
            ..Way::default()
        };
        let output = run(&workspace, &way);
        output.good();
        assert_eq!(output.ids(0, "message"), ["b", "a", "c"]);
        assert_eq!(output.message("b")["source_parent_id"], "c");
        assert_eq!(lost(&output, "parent_cycle"), 1);
    }
}

#[test]
fn what_continues_the_start_of_a_ring_is_no_reply_either() {
    let mut long = reply("a", "ann", 1, "b");
    long.text = "word ".repeat(50).into();
    let output = converted(&room([vec![long.into(), reply("b", "bob", 2, "a").into()]]));
    for id in ["a", "a-p2", "a-p3"] {
        assert_eq!(output.message(id)["parent_id"], json!(null));
    }
    assert_eq!(output.message("b")["parent_id"], "a");
}

#[test]
fn a_second_version_that_leads_into_a_ring_comes_to_an_end() {
    // Followed by id alone, `x` leads to itself through its second version, while its first
    // leads into the ring of `b` and `c`.
    let output = converted(&room([vec![
        reply("x", "ann", 2, "b").into(),
        reply("b", "bob", 3, "c").into(),
        reply("c", "cat", 4, "b").into(),
        reply("a", "ann", 5, "x").into(),
        reply("x", "ann", 1, "a").into(),
    ]]));
    assert_eq!(lost(&output, "parent_cycle"), 1);
    assert_eq!(output.message("x")["parent_id"], "b");
}
