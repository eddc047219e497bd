//! Single cases: what other programs write, and what the other spelling cannot hold.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Spelling, kind, parts};
use crate::program::Place;

/// A small file: two users, a channel, a message and what is given.
fn small(more: &[Value]) -> Vec<Value> {
    let mut entries = vec![
        json!({"type": "user", "item": {"id": "ann"}}),
        json!({"type": "user", "item": {"id": "bob"}}),
        json!({"type": "channel", "item": {"id": "c", "type": "messaging", "created_by": "ann"}}),
    ];
    entries.push(message("m", &json!({})));
    entries.extend_from_slice(more);
    entries
}

pub(super) fn message(id: &str, more: &Value) -> Value {
    let mut item = json!({
        "id": id, "channel_type": "messaging", "channel_id": "c", "user": "ann",
        "text": "hi", "type": "regular", "created_at": "2024-05-01T10:00:00Z",
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        item[name] = value.clone();
    }
    json!({"type": "message", "item": item})
}

pub(super) fn array(more: &[Value]) -> Vec<u8> {
    Spelling::Array.file(&small(more), false)
}

pub(super) fn lines(more: &[Value]) -> Vec<u8> {
    let entries: Vec<Value> = small(more)
        .into_iter()
        .map(|entry| {
            let item = entry.get("item").or(entry.get("data")).unwrap();
            json!({"type": entry["type"], "data": item})
        })
        .collect();
    Spelling::Jsonl.file(&entries, false)
}

/// Splits a file in one go; the entries of the output.
#[track_caller]
fn split(bytes: &[u8], args: &str, code: i32) -> (Vec<Value>, String) {
    let place = Place::with("in.json", bytes);
    let outcome = place.run(&format!("split in.json {args}"));
    assert_eq!(outcome.code, code, "{}", outcome.stderr);
    let spelling = match args.contains(".jsonl") {
        true => Spelling::Jsonl,
        false => Spelling::Array,
    };
    (parts(&place, "out", spelling).concat(), outcome.stderr)
}

fn ids(entries: &[Value], of: &str) -> Vec<String> {
    let entries = entries.iter().filter(|it| kind(it) == of);
    entries
        .map(|it| it["item"]["id"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn entries_keep_their_bytes() {
    let user = r#"{ "item": {"id":"ann", "x":1.50, "y":"\u00e9\/", "z":12345678901234567890123},"type":"user"}"#;
    let broken = "{\n  \"type\": \"user\",\r\n \"item\": {\"id\": \"bob\", \"t\": \"a \\\" b\"}}";
    let text = format!("[{user} ,{broken}\n]");
    let place = Place::with("in.json", text.as_bytes());
    place.run("split in.json -o out.json -q").silent(0);
    let expected = format!(
        "[\n{user},\n{{\"type\":\"user\",\"item\":{{\"id\":\"bob\",\"t\":\"a \\\" b\"}}}}\n]\n"
    );
    assert_eq!(String::from_utf8(place.read("out.json")).unwrap(), expected);
}

#[test]
fn what_is_written_is_said() {
    let place = Place::with("in.json", &array(&[]));
    let outcome = place.run("split in.json -o out.jsonl");
    assert_eq!(
        outcome.stderr,
        "wrote 1 file, 306 bytes
  out.jsonl  306 bytes, 1 message

                read    written     merged   left out   repeated
users              2          2          0          0          0
channels           1          1          0          0          0
members            0          0          0          0          0
messages           1          1          0          0          0
reactions          0          0          0          0          0

next: getstream import chat out.jsonl --watch
"
    );
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
}

#[test]
fn a_file_is_known_by_what_stands_in_it() {
    // JSON Lines that are named as an array would be.
    let (entries, _) = split(&lines(&[]), "-o out.json -q", 0);
    assert_eq!(ids(&entries, "message"), ["m"]);
    let marked = [b"\xef\xbb\xbf\r\n", &array(&[])[..]].concat();
    let (entries, _) = split(&marked, "-o out.json -q", 0);
    assert_eq!(entries.len(), 4);
}

#[test]
fn standard_input_is_read_to_its_end_first() {
    let place = Place::new();
    let args = ["split", "-", "-o", "out.jsonl", "-q"];
    let mut child = place.command(args).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&array(&[])).unwrap();
    drop(stdin);
    place.outcome(&child.wait_with_output().unwrap()).silent(0);
    assert_eq!(place.names(), ["out.jsonl"]);
    assert_eq!(parts(&place, "out", Spelling::Jsonl).concat().len(), 4);
}

#[test]
fn work_files_may_be_kept_elsewhere() {
    let place = Place::with("in.json", &array(&[]));
    place
        .run("split in.json -o out.json --temp-dir tmp -q")
        .silent(0);
    assert_eq!(place.names(), ["in.json", "out.json"]);
}

#[test]
fn a_parent_stands_before_its_replies_whenever_they_were_written() {
    let late = json!({"created_at": "2024-06-01T10:00:00Z", "quoted_message_id": "later"});
    let later = json!({"created_at": "2024-07-01T10:00:00Z"});
    let reply = json!({"parent_id": "late", "created_at": "2024-01-01T10:00:00Z"});
    let more = [
        message("reply", &reply),
        message("late", &late),
        message("later", &later),
    ];
    let (entries, _) = split(&array(&more), "-o out.json -q", 0);
    assert_eq!(ids(&entries, "message"), ["later", "late", "reply", "m"]);
}

#[test]
fn messages_that_quote_each_other_stand_in_one_part() {
    let more = [
        message(
            "a",
            &json!({"quoted_message_id": "b", "text": "x".repeat(300)}),
        ),
        message(
            "b",
            &json!({"quoted_message_id": "a", "text": "x".repeat(300)}),
        ),
    ];
    let place = Place::with("in.json", &array(&more));
    place
        .run("split in.json -o out.json --max-part-size 1500 -q")
        .silent(0);
    let parts = parts(&place, "out", Spelling::Array);
    let holding: Vec<_> = parts.iter().map(|part| ids(part, "message")).collect();
    assert_eq!(holding, [vec!["m", "a", "b"]]);
    place
        .run("split in.json -o out.json --max-part-size 1200 --force -q")
        .silent(0);
    let parts = super::parts(&place, "out", Spelling::Array);
    let holding: Vec<_> = parts.iter().map(|part| ids(part, "message")).collect();
    assert_eq!(holding, [vec!["m"], vec!["a", "b"]]);
}

#[test]
fn channels_whose_messages_refer_to_each_other_are_packed_together() {
    let channel = |id: &str| json!({"type": "channel", "item": {"id": id, "type": "messaging", "created_by": "ann"}});
    let mut more = vec![channel("d"), channel("e")];
    let quote = |id: &str| json!({"channel_id": "e", "quoted_message_id": id, "text": "x".repeat(400), "created_at": "2024-01-01T10:00:00Z"});
    for n in 0..6 {
        more.push(message(&format!("e{n}"), &quote("m")));
    }
    more.push(message("d0", &json!({"channel_id": "d"})));
    let place = Place::with("in.json", &array(&more));
    place
        .run("split in.json -o out.json --max-part-size 2000 -q")
        .silent(0);
    let parts = parts(&place, "out", Spelling::Array);
    assert_eq!(parts.len(), 3);
    for part in &parts {
        let messages = ids(part, "message");
        let has_quotes = messages.iter().any(|id| id.starts_with('e'));
        assert!(!has_quotes || messages[0] == "m", "{messages:?}");
    }
    let names: Vec<_> = place.parts("out").into_iter().map(|it| it.0).collect();
    place
        .run(&format!("validate -q {}", names.join(" ")))
        .silent(0);
}

#[test]
fn what_stands_twice_is_merged_if_it_is_the_same() {
    let again = [
        json!({"item": {"id": "bob"}, "type": "user"}),
        json!({"type": "user", "item": {"id": "bob"}}),
        message("m", &json!({})),
        json!({"type": "reaction", "item": {"message_id": "m", "type": "like", "user_id": "bob", "created_at": "2024-05-01T10:00:00Z"}}),
        json!({"type": "reaction", "item": {"message_id": "m", "type": "like", "user_id": "bob", "created_at": "2024-05-01T10:00:00Z"}}),
    ];
    let (entries, said) = split(&array(&again), "-o out.json", 0);
    assert_eq!(entries.len(), 5);
    assert!(
        said.contains("users              4          2          2 "),
        "{said}"
    );
    assert!(
        said.contains("messages           2          1          1 "),
        "{said}"
    );
    assert!(
        said.contains("reactions          2          1          1 "),
        "{said}"
    );
}

#[test]
fn a_distinct_members_second_entry_is_no_problem() {
    let set = json!(["ann", "bob"]);
    let member = |user: &str| json!({"type": "member", "item": {"channel_type": "messaging", "channel_member_ids": set, "user_id": user}});
    let channel = json!({"type": "channel", "item": {"type": "messaging", "member_ids": set, "created_by": "ann"}});
    let more = [member("ann"), member("bob"), channel, member("ann")];
    let (entries, said) = split(&array(&more), "-o out.json", 0);
    assert_eq!(entries.len(), 7);
    assert!(!said.contains("problems"), "{said}");
}

#[test]
fn entries_that_say_nothing_of_themselves_are_in_some_part() {
    let more = [
        json!({"type": "user", "item": {"name": "x"}}),
        json!({"type": "user", "item": {"name": "y"}}),
        json!({"type": "reaction", "item": {"user_id": "bob"}}),
        json!({"type": "reaction", "item": {}}),
        json!({"type": "message", "item": {"text": "x"}}),
        json!({"type": "message", "item": {"text": "y"}}),
        json!({"type": "member", "item": {}}),
        json!({"type": "device", "item": {}}),
        json!({"type": "channel", "item": {}}),
    ];
    let (entries, _) = split(&array(&more), "-o out.json", 1);
    assert_eq!(entries.len(), 13);
    let (entries, _) = split(&array(&more), "-o out.jsonl", 1);
    assert_eq!(entries.len(), 13);
}

#[test]
fn a_null_item_is_an_empty_one() {
    let more = [json!({"type": "user", "item": null})];
    for name in ["out.json", "out.jsonl"] {
        let (entries, said) = split(&array(&more), &format!("-o {name}"), 1);
        assert_eq!(entries.len(), 5);
        assert!(said.contains("1  user.id_required"), "{said}");
    }
    let text = br#"[{"type":"user","item":{"id":"a"},"item":null}]"#;
    let (_, said) = split(text, "-o out.jsonl", 1);
    assert!(said.contains("1  user.id_required"), "{said}");
}

#[test]
fn messages_without_an_id_are_not_merged_and_said_to_stand_twice() {
    let more = [
        message("", &json!({})),
        message("", &json!({})),
        message("", &json!({})),
    ];
    let (entries, said) = split(&array(&more), "-o out.json", 1);
    assert_eq!(entries.len(), 7);
    let listed = "2  message.duplicate\n             first: entry 6 (message)";
    assert!(said.contains(listed), "{said}");
    let (_, said) = split(&array(&more[..1]), "-o out.json", 0);
    assert!(!said.contains("problems"), "{said}");
}

#[test]
fn what_an_array_would_show_to_all_is_said() {
    let item = json!({"restricted_visibility": ["bob"]});
    let (entries, said) = split(&lines(&[message("n", &item)]), "-o out.json", 0);
    let item = &entries.last().unwrap()["item"];
    assert_eq!(item["restricted_visibility"], json!(["bob"]));
    assert!(said.contains("1  visibility_lost: "), "{said}");
}

#[test]
fn problems_of_the_file_are_those_of_its_parts() {
    let more = [
        json!({"type": "user", "item": {"id": "c c"}}),
        message("n", &json!({"user": "c c"})),
        json!({"type": "reaction", "item": {"message_id": "n", "type": "like", "user_id": "c c"}}),
    ];
    let (entries, said) = split(&array(&more), "-o out.json", 1);
    assert_eq!(entries.len(), 7);
    let (_, said) = said.split_once("problems of").unwrap();
    assert_eq!(
        said.split("\nnext").next().unwrap(),
        " `in.json` that the parts have too; see `migrate validate`
          1  user.id_pattern
             first: entry 5 (user), line 1 column 308, byte 307: validation error: user.id invalid (\"^[@\\w-]*$\" allowed)
          1  message.user
             first: entry 6 (message), line 1 column 344, byte 343: reference error: user \"c c\" doesn't exist (message_id n)
          1  reaction.created_at_required
             first: entry 7 (reaction), line 1 column 503, byte 502: validation error: reaction.created_at required
          1  reaction.user
             first: entry 7 (reaction), line 1 column 503, byte 502: reference error: user \"c c\" doesn't exist
"
    );
}

#[test]
fn what_json_lines_cannot_hold_is_said_with_its_first_place() {
    let more = [message(
        "n",
        &json!({
            "updated_at": "2024-05-02T10:00:00Z", "parent_id": "m", "html": null,
            "created_at": "2024-05-01T11:00:00Z",
            "attachments": [{"type": "file", "asset_url": "http://a.example/b"}],
        }),
    )];
    let (entries, said) = split(&array(&more), "-o out.jsonl", 0);
    let item = &entries.last().unwrap()["data"];
    assert_eq!(item["type"], "reply");
    assert_eq!(item["edited_at"], "2024-05-02T10:00:00Z");
    assert_eq!(
        item["attachments"],
        json!([{"type": "file", "source_url": "http://a.example/b"}])
    );
    assert!(item.get("html").is_none());
    let (_, said) = said.split_once("\n\nwritten").unwrap();
    assert_eq!(
        said.split("\nnext").next().unwrap(),
        ", but not whole
          1  url_not_allowed: an address of an attachment does not begin with `https://`; it is kept in the custom field `source_url`, `source_image_url` or `source_thumb_url`
             first: entry 5 (message), line 1 column 308, byte 307: \"http://a.example/b\"
"
    );
}

#[test]
fn custom_data_that_is_full_takes_in_nothing_more() {
    let more = [message(
        "n",
        &json!({"updated_at": "2024-05-02T10:00:00Z", "x": "y".repeat(4_980)}),
    )];
    let (entries, said) = split(&array(&more), "-o out.jsonl", 0);
    assert!(entries.last().unwrap()["data"].get("edited_at").is_none());
    assert!(said.contains("1  custom_dropped: "), "{said}");
}

#[test]
fn a_ban_has_no_place_in_an_array() {
    let ban =
        json!({"type": "future_channel_ban", "data": {"target_id": "ann", "created_by": "bob"}});
    let (entries, said) = split(&lines(&[ban]), "-o out.json", 1);
    assert_eq!(entries.len(), 4);
    assert!(
        said.contains("bans               1          0          0          1 "),
        "{said}"
    );
    assert!(
        said.contains("left out\n          1  future_channel_ban: "),
        "{said}"
    );
}

#[test]
fn what_the_app_has_may_be_referred_to() {
    let more = [
        message("n", &json!({"user": "zoe"})),
        message("o", &json!({"channel_id": "old"})),
        json!({"type": "member", "item": {"channel_type": "messaging", "channel_id": "old", "user_id": "zoe"}}),
        json!({"type": "device", "item": {"id": "d", "user_id": "zoe", "push_provider_type": "apn", "created_at": "2024-05-01T10:00:00Z"}}),
    ];
    let place = Place::with("in.json", &array(&more));
    place.put("users.txt", b"zoe\n");
    place.put("channels.txt", b"messaging:old\n");
    place
        .run("split in.json -o out.json -q --existing-users users.txt --existing-channels channels.txt")
        .silent(0);
    assert_eq!(parts(&place, "out", Spelling::Array).concat().len(), 8);
}
