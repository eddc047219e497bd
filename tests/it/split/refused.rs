//! What cannot be cut: each run ends with 2, says why, and leaves everything as it was.

use serde_json::{Value, json};

use super::cases::{array, lines, message};
use crate::program::Place;

/// A split of a file lists a problem and leaves nothing.
#[track_caller]
fn refuses(bytes: &[u8], listed: &str) {
    let place = Place::with("in.json", bytes);
    let outcome = place.run("split in.json -o out.json");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains(listed), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("error: nothing was written: "),
        "{}",
        outcome.stderr
    );
    assert_eq!(place.names(), ["in.json"]);
}

/// The same without a list.
#[track_caller]
fn fails(bytes: &[u8], args: &str, message: &str) {
    let place = Place::with("in.json", bytes);
    place.run(&format!("split in.json {args}")).fails(message);
    assert_eq!(place.names(), ["in.json"]);
}

#[test]
fn references_to_what_is_not_there_are_listed() {
    let cases: [(Value, &str); 7] = [
        (message("n", &json!({"user": "zoe"})), "message.user  once"),
        (
            message("n", &json!({"parent_id": "x"})),
            "message.parent  once",
        ),
        (
            message("n", &json!({"channel_id": "x"})),
            "message.channel  once",
        ),
        // The classic rules do not ask for these.
        (
            message("n", &json!({"quoted_message_id": "x"})),
            "message.quote  once",
        ),
        (
            message("n", &json!({"restricted_visibility": ["x"]})),
            "message.visibility  once",
        ),
        (
            json!({"type": "user", "item": {"id": "u", "blocked_user_ids": ["x"]}}),
            "user.blocked  once",
        ),
        (
            json!({"type": "reaction", "item": {"message_id": "x", "type": "like", "user_id": "ann", "created_at": "2024-05-01T10:00:00Z"}}),
            "reaction.message  once",
        ),
    ];
    for (entry, listed) in cases {
        refuses(&array(&[entry]), listed);
    }
}

#[test]
fn types_whose_form_is_not_known_are_listed() {
    refuses(
        &lines(&[json!({"type": "poll", "data": {"id": "p"}})]),
        "entry 5 (poll), line 5 column 1, byte 306: parse error: invalid item type \"poll\"",
    );
    refuses(
        &array(&[json!({"type": "room", "item": {}})]),
        "invalid item type \"room\"",
    );
}

#[test]
fn entries_that_cannot_be_read_are_listed() {
    refuses(
        b"[{\"type\":\"user\",\"item\":{\"id\":\"a\"}",
        "json.syntax",
    );
    refuses(b"[{\"type\":\"user\",\"item\":{\"id\":5}}]", "json.type");
    refuses(
        b"[{\"type\":\"user\",\"item\":{\"id\":\"\xff\"}}]",
        "json.utf8",
    );
    refuses(b"[{\"type\":\"user\"}]", "entry.item");
    refuses(b"{}", "entry.type");
    refuses(b"", "file.empty");
    refuses(b"hello", "file.format");
}

#[test]
fn what_stands_twice_and_differs_is_listed() {
    let user = json!({"type": "user", "item": {"id": "bob", "name": "Bob"}});
    refuses(
        &array(&[user]),
        "entry 5 (user), line 1 column 308, byte 307: duplicate user found \"bob\"",
    );
    refuses(
        &array(&[message("m", &json!({"text": "ho"}))]),
        "duplicate message \"m\"",
    );
    let reaction = |time: &str| json!({"type": "reaction", "item": {"message_id": "m", "type": "like", "user_id": "bob", "created_at": time}});
    refuses(
        &array(&[
            reaction("2024-05-01T10:00:00Z"),
            reaction("2024-05-01T10:00:01Z"),
        ]),
        "duplicate reaction message:m:type:like:user:bob",
    );
}

#[test]
fn a_file_without_entries_is_no_success() {
    fails(
        b"[]",
        "-o out.json",
        "`in.json` holds nothing to write: no entry",
    );
    let ban = b"{\"type\":\"user\",\"data\":{\"id\":\"a\"}}";
    let place = Place::with("in.jsonl", ban);
    place.run("split in.jsonl -o out.json -q").silent(0);
}

#[test]
fn a_part_too_small_for_an_entry_is_said() {
    fails(
        &array(&[]),
        "-o out.json --max-part-size 270",
        "the entry `{\"item\":{\"channel_id\":\"c\",\"channel_type\":\"messaging\",\"created_at\":\"2024-05-01T10:00:00Z\",\"id\":\"m\",\"t…` needs a part of 276 bytes or more with all that it refers to, but parts may have 270; give a larger `--max-part-size`",
    );
}

#[test]
fn output_that_is_in_the_way_is_not_touched() {
    let place = Place::with("in.json", &array(&[]));
    place.put("out.json", b"mine");
    let outcome = place.run("split in.json -o out.json");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("`--force`"), "{}", outcome.stderr);
    assert_eq!(place.read("out.json"), b"mine");
    place.run("split in.json -o out.json -q --force").silent(0);
    assert_ne!(place.read("out.json"), b"mine");
}

#[test]
fn the_input_is_never_the_output() {
    fails(
        &array(&[]),
        "-o in.json --force",
        "the input and `--output` are the same file, `in.json`",
    );
    let place = Place::with("big-001.json", &array(&[]));
    place.run("split big-001.json -o big.json --force").fails(
        "the input `big-001.json` has a name that a part of the output may get; choose another output",
    );
    assert_eq!(place.names(), ["big-001.json"]);
}

#[test]
fn each_repeat_of_a_large_entry_is_counted() {
    let large = "x".repeat(20_000);
    let mut users = vec![json!({"type": "user", "item": {"id": "u", "x": large}})];
    let mut messages = vec![message("n", &json!({"x": large}))];
    for n in 0..300 {
        users.push(json!({"type": "user", "item": {"id": "u", "x": n}}));
        messages.push(message("n", &json!({"x": n})));
    }
    refuses(&array(&users), "user.duplicate  300 times");
    refuses(&array(&messages), "message.duplicate  300 times");
}
