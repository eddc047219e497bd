//! Tests of whole exports: small folders, and what becomes of each record in them.

use std::fs;
use std::path::PathBuf;

use migrate_model::{Adapter, Options, Want};
use proptest::prelude::*;

use crate::SLACK;
use crate::testing::{Fixture, Names, Recorder};

/// Checks what a file of channel C1 gives.
fn check(json: impl AsRef<[u8]>, expected: &[&str]) {
    let channels = br#"[{"id":"C1","name":"general"}]"#;
    let fixture = Fixture::new(&[
        ("channels.json", channels),
        ("general/2024-01-31.json", json.as_ref()),
    ]);
    assert_eq!(
        fixture.messages(),
        expected,
        "of {}",
        String::from_utf8_lossy(json.as_ref())
    );
}

/// Checks what one message gives whose `type`, `ts` and `user` are given.
fn check_one(fields: &str, expected: &[&str]) {
    check(
        format!(r#"[{{"type":"message","ts":"1700000000.000100","user":"U1",{fields}}}]"#),
        expected,
    );
}

#[test]
fn a_message_keeps_author_text_and_time() {
    check_one(
        r#""text":"*hi* <@U2>","edited":{"user":"U1","ts":"1700000001.000000"},"blocks":[{"type":"rich_text"}]"#,
        &[
            r#"1 message C1-1700000000-000100 by U1 "**hi** @bob\\_\\*x\\*" mentions:U2 edited:1700000001000000"#,
        ],
    );
    check_one(
        r#""text":"a","pinned_to":["C1"],"pinned_info":{"pinned_by":"U2","pinned_ts":1700000005}"#,
        &[r#"1 message C1-1700000000-000100 by U1 "a" pin:1700000005000000 U2"#],
    );
    check_one(
        r#""text":"a","pinned_to":["C2"],"pinned_info":{"pinned_by":"U2","pinned_ts":5}"#,
        &[
            "1 field slack.pinned_elsewhere 1 message C2",
            r#"1 message C1-1700000000-000100 by U1 "a""#,
        ],
    );
    for nowhere in [r#""pinned_to":[]"#, r#""pinned_to":[null]"#] {
        let fields = format!(r#""text":"a",{nowhere}"#);
        check_one(&fields, &[r#"1 message C1-1700000000-000100 by U1 "a""#]);
    }
    check_one(
        r#""text":"a","pinned_to":[null],"pinned_info":{"pinned_by":"U2","pinned_ts":5}"#,
        &[r#"1 message C1-1700000000-000100 by U1 "a" pin:5000000 U2"#],
    );
    check_one(
        r#""text":"a","pinned_to":[null,"C2","C1"]"#,
        &[r#"1 message C1-1700000000-000100 by U1 "a" pin: "#],
    );
    check_one(
        r#""text":"/me","subtype":"me_message""#,
        &[r#"1 message C1-1700000000-000100 by U1 "_/me_" {slack_subtype: me_message}"#],
    );
}

#[test]
fn threads_keep_their_parent() {
    check_one(
        r#""text":"root","thread_ts":"1700000000.000100""#,
        &[r#"1 message C1-1700000000-000100 by U1 "root""#],
    );
    check_one(
        r#""text":"reply","thread_ts":"1699999999.000001","parent_user_id":"U2""#,
        &[
            r#"1 message C1-1700000000-000100 by U1 "reply" parent:C1-1699999999-000001 parent_user:U2 parent_at:1699999999000001"#,
        ],
    );
    check_one(
        r#""text":"reply","subtype":"thread_broadcast","thread_ts":1699999999.000001"#,
        &[
            r#"1 message C1-1700000000-000100 by U1 "reply" parent:C1-1699999999-000001 parent_at:1699999999000001 shown:yes"#,
        ],
    );
    check_one(
        r#""text":"joined","subtype":"channel_join","thread_ts":"1699999999.000001""#,
        &[
            r#"1 system C1-1700000000-000100 by U1 "joined" parent:C1-1699999999-000001 parent_at:1699999999000001 {slack_subtype: channel_join}"#,
        ],
    );
    check_one(
        r#""text":"a","thread_ts":"0000000000.000000""#,
        &[r#"1 message C1-1700000000-000100 by U1 "a""#],
    );
    check_one(
        r#""text":"a","thread_ts":"soon""#,
        &[
            "1 field slack.field_not_read 1 message thread_ts",
            r#"1 message C1-1700000000-000100 by U1 "a""#,
        ],
    );
}

#[test]
fn a_deleted_root_stays_as_deleted() {
    check(
        r#"[{"type":"message","subtype":"tombstone","ts":"1700000000.000100","user":"USLACKBOT",
            "text":"This message was deleted.","hidden":true,"latest_reply":"1700000009.000000"}]"#,
        &[r#"1 deleted C1-1700000000-000100 by  "" deleted:1700000009000000"#],
    );
    check(
        r#"[{"type":"message","subtype":"tombstone","ts":"1700000000.000100"}]"#,
        &[r#"1 deleted C1-1700000000-000100 by  "" deleted:1700000000000100"#],
    );
}

#[test]
fn authors_are_found() {
    let authors = |fields: &str, author: &str, custom: &str| {
        let json = format!(r#"[{{"ts":"1700000000.000100","text":"a",{fields}}}]"#);
        let expected = format!(r#"1 message C1-1700000000-000100 by {author} "a"{custom}"#);
        check(json, &[&expected]);
    };
    authors(r#""user":"U1""#, "U1", "");
    authors(r#""bot_id":"B1""#, "B1", "");
    authors(
        r#""bot_id":"B1","username":"hook""#,
        "B1",
        " {slack_username: hook}",
    );
    authors(r#""username":"irc""#, "slack-bot-irc", "");
    authors(r#""user":null"#, "", "");
    check(
        r#"[{"ts":"1700000000.000100","text":"x","subtype":"file_comment","comment":{"user":"U2","comment":"a"}}]"#,
        &[
            "1 field slack.file_comment_apart 1 message ",
            r#"1 message C1-1700000000-000100 by U2 "a""#,
        ],
    );
}

/// What the comment of 3.0 on file F1 becomes among other elements of its file, and of earlier ones.
fn comment_on_file(scans: bool, files: &[&str]) -> (String, bool) {
    let comment = r#"{"ts":"3.0","subtype":"file_comment","user":"U1","text":"x",
        "comment":{"user":"U2","comment":"well"},"file":{"id":"F1"}}"#;
    let named = files.iter().enumerate();
    let named = named.map(|(n, elements)| {
        let elements = elements.replace("COMMENT", comment);
        (format!("c/2024-01-0{n}.json"), format!("[{elements}]"))
    });
    let named: Vec<_> = named.collect();
    let named: Vec<_> = named.iter().map(|(n, it)| (&**n, it.as_bytes())).collect();
    let mut fixture = Fixture::new(&named);
    if scans {
        fixture.options.set("scan-edits", "true".to_owned());
    }
    let lines = fixture.messages();
    let is_apart = |line: &String| line.contains("slack.file_comment_apart");
    let comment = lines
        .iter()
        .find_map(|line| line.split_once("-3-000000 by "));
    let comment = comment.map_or("", |(_, comment)| comment);
    (comment.to_owned(), lines.iter().any(is_apart))
}

#[test]
fn a_comment_on_a_file_is_a_reply_to_the_message_that_shared_it() {
    let reply = |scans: bool, files: &[&str]| {
        let expected = r#"U2 "well" parent:slack-c-1-000000 parent_at:1000000"#;
        assert_eq!(comment_on_file(scans, files), (expected.to_owned(), false));
    };
    let first = r#"{"ts":"1.0","user":"U1","files":[{"id":"F2"},{"id":"F1"}]}"#;
    let second = r#"{"ts":"2.0","user":"U1","file":{"id":"F1"}}"#;
    reply(false, &[&format!("{second},COMMENT,{first}")]);
    let in_thread = r#"{"ts":"2.0","thread_ts":"1.0","user":"U1","file":{"id":"F1"}}"#;
    reply(false, &[&format!("{in_thread},COMMENT")]);
    reply(true, &[first, "COMMENT"]);
    reply(true, &[second, "COMMENT", first]);
    reply(true, &[in_thread, "COMMENT"]);
    // The first share counts in whatever file it stands, with a scan.
    reply(true, &[first, &format!("{second},COMMENT")]);
    let (comment, _) = comment_on_file(false, &[first, &format!("{second},COMMENT")]);
    assert!(comment.contains("parent:slack-c-2-000000"), "{comment}");
}

#[test]
fn only_the_file_that_is_commented_hangs_on_another_message() {
    let check = |comment: &str, expected: &[&str]| {
        let share = r#"{"ts":"1.0","thread_ts":"1.0","user":"U1","text":"s","files":[{"id":"F1","mode":"tombstone"}]}"#;
        let of = |fields: &str| {
            format!(
                r#"{{"subtype":"file_comment","user":"U1","comment":{{"comment":"b"}},{fields}}}"#
            )
        };
        let json = format!("[{share},{}]", of(comment));
        let lines = Fixture::new(&[("c/2024-01-01.json", json.as_bytes())]).messages();
        let of_comment: Vec<_> = lines.iter().filter(|it| it.starts_with("2 ")).collect();
        assert_eq!(of_comment, expected, "{comment}");
    };
    let below = r#"2 message slack-c-2-000000 by U1 "b" parent:slack-c-1-000000 parent_at:1000000"#;
    let other = "2 field slack.file_deleted 1 message other.pdf";
    let missing = format!("{below} {{slack_missing_files: {{F5: deleted}}}}");
    let f5 = r#"{"id":"F5","title":"other.pdf","mode":"tombstone"}"#;
    check(r#""ts":"2.0","file":{"id":"F1"}"#, &[below]);
    check(
        &format!(r#""ts":"2.0","files":[{{"id":"F1"}},{f5},{{"id":"F1"}}]"#),
        &[other, &missing],
    );
    check(
        &format!(r#""ts":"2.0","files":[{{"id":"F1"}}],"file":{f5}"#),
        &[other, &missing],
    );
    // The file was shared in the thread of which the comment is the root.
    let share = r#"{"ts":"1.0","thread_ts":"2.0","user":"U1","file":{"id":"F1"}}"#;
    let (comment, is_apart) = comment_on_file(
        false,
        &[&format!("{},COMMENT", share.replace("2.0", "3.0"))],
    );
    assert!(
        is_apart && comment.starts_with(r#"U2 "well" files:"#),
        "{comment}"
    );
}

#[test]
fn a_comment_on_a_file_that_nobody_shared_before_stands_by_itself() {
    let apart = |scans: bool, files: &[&str]| {
        let (comment, is_apart) = comment_on_file(scans, files);
        assert!(is_apart, "{files:?}");
        assert!(comment.starts_with(r#"U2 "well" files:"#), "{comment}");
    };
    let other =
        r#"{"ts":"2.0","subtype":"file_comment","comment":{"comment":"a"},"file":{"id":"F1"}}"#;
    let later = r#"{"ts":"4.0","user":"U1","files":[{"id":"F1"}]}"#;
    let share = r#"{"ts":"1.0","user":"U1","files":[{"id":"F1"}]}"#;
    apart(true, &["COMMENT"]);
    apart(true, &[other, "COMMENT"]);
    apart(true, &[&format!("COMMENT,{later}")]);
    apart(false, &[share, "COMMENT"]);
}

#[test]
fn a_bot_writes_as_its_user() {
    let fixture = Fixture::new(&[
        (
            "users.json",
            br#"[{"id":"U9","profile":{"bot_id":"B9"}},null]"#,
        ),
        (
            "general/2024-01-31.json",
            br#"[{"ts":"1.0","bot_id":"B9","text":"<@B9>"}]"#,
        ),
    ]);
    assert_eq!(
        fixture.messages(),
        [r#"1 message slack-general-1-000000 by U9 "@U9" mentions:U9"#]
    );
}

#[test]
fn every_element_has_one_outcome() {
    let left_out = |fields: &str, kind: &str, detail: &str| {
        let expected = format!("1 left out {kind} 1 message {detail}");
        check(format!("[{{{fields}}}]"), &[&expected]);
    };
    left_out(r#""id":"F1""#, "slack.not_a_message", "");
    left_out(r#""type":"file","ts":"1.0""#, "slack.not_a_message", "file");
    left_out(r#""type":"message","text":"a""#, "slack.no_time", "");
    left_out(
        r#""type":"message","ts":"0","text":"a""#,
        "slack.no_time",
        "",
    );
    left_out(r#""ts":-1,"text":"a""#, "slack.no_time", "");
    left_out(
        r#""type":"message","ts":{},"text":"a""#,
        "slack.no_time",
        "",
    );
    left_out(r#""ts":"1.0","text":" ""#, "slack.empty_message", "");
    left_out(
        r#""ts":"1.0","subtype":"message_replied""#,
        "slack.bookkeeping_event",
        "message_replied",
    );
    left_out(
        r#""ts":"1.0","subtype":"message_changed","message":null"#,
        "slack.event_not_read",
        "message_changed",
    );
    left_out(
        r#""ts":"1.0","subtype":"sparkle""#,
        "slack.empty_message",
        "sparkle",
    );
}

#[test]
fn an_unknown_subtype_with_content_is_kept() {
    check_one(
        r#""text":"a","subtype":"sparkle""#,
        &[
            "1 field slack.unknown_subtype 1 message sparkle",
            r#"1 message C1-1700000000-000100 by U1 "a" {slack_subtype: sparkle}"#,
        ],
    );
}

#[test]
fn an_empty_message_is_kept_where_something_hangs_on_it() {
    let empty = r#"1 message C1-1700000000-000100 by U1 """#;
    check_one(r#""reply_count":2"#, &[empty]);
    check_one(r#""thread_ts":"1700000000.000100""#, &[empty]);
    let left_out = "1 left out slack.empty_message 1 message ";
    check_one(r#""text":"","blocks":[{"type":"section"}]"#, &[left_out]);
    check_one(r#""text":"","attachments":[{},{}]"#, &[left_out]);
    check_one(
        r#""text":"","blocks":[{"type":"rich_text","elements":[]}],"reactions":[{"name":"x","users":["U1"]}]"#,
        &[
            left_out,
            "1 left out slack.reaction_without_message 1 reaction ",
        ],
    );
    check_one(
        r#""subtype":"channel_join""#,
        &[r#"1 system C1-1700000000-000100 by U1 "" {slack_subtype: channel_join}"#],
    );
    check_one(
        r#""subtype":"ekm_access_denied""#,
        &[
            "1 field slack.access_denied 1 message ",
            r#"1 message C1-1700000000-000100 by U1 "Slack withheld this message.""#,
        ],
    );
}

#[test]
fn reactions_stand_behind_their_message_and_share_its_fate() {
    check_one(
        r#""text":"a","reactions":[{"name":"+1","users":["U1","U2"],"count":2}]"#,
        &[
            r#"1 message C1-1700000000-000100 by U1 "a""#,
            "1 reaction C1-1700000000-000100 +1 U1",
            "1 reaction C1-1700000000-000100 +1 U2",
        ],
    );
    check_one(
        r#""text":"","reactions":[{"name":"+1","users":["U1","U2"],"count":2}]"#,
        &[
            "1 left out slack.empty_message 1 message ",
            "1 left out slack.reaction_without_message 2 reaction ",
        ],
    );
}

#[test]
fn messages_of_one_time_are_told_apart_or_merged() {
    check(
        r#"[{"ts":"1.0","text":"a","reactions":[{"name":"x","users":["U1"]}]},
            {"ts":"1.0","text":"b"},
            {"ts":"1.0","text":"a","reactions":[{"name":"x","users":["U1"]}]},
            {"ts":"1.0","text":"c"}]"#,
        &[
            r#"1 message C1-1-000000 by  "a""#,
            "1 reaction C1-1-000000 x U1",
            "2 field slack.same_time 1 message C1-1-000000-2",
            r#"2 message C1-1-000000-2 by  "b""#,
            "3 merged slack.repeated_message 1 message ",
            "3 merged slack.merged_reaction 1 reaction ",
            "4 field slack.same_time 1 message C1-1-000000-3",
            r#"4 message C1-1-000000-3 by  "c""#,
        ],
    );
}

#[test]
fn the_newest_version_of_an_edited_message_counts() {
    check(
        r#"[{"ts":"1.0","text":"a"},
            {"ts":"5.0","subtype":"message_changed","message":{"ts":"1.0","user":"U1","text":"b"}}]"#,
        &[
            "1 merged slack.earlier_version 1 message ",
            r#"2 message C1-1-000000 by U1 "b" edited:5000000"#,
        ],
    );
    check(
        r#"[{"ts":"6.0","subtype":"message_deleted","deleted_ts":"1.0","previous_message":{"user":"U1","text":"b"}},
            {"ts":"1.0","text":"a"}]"#,
        &[
            r#"1 deleted C1-1-000000 by U1 "" deleted:6000000"#,
            "2 merged slack.earlier_version 1 message ",
        ],
    );
}

#[test]
fn a_damaged_element_costs_only_itself() {
    check(
        b"\xef\xbb\xbf[{\"ts\":\"1.0\",\"text\":\"a\"}, null, \"x\", {\"ts\":\"2.0\",\"text\":\"\xff\"},
            {\"ts\":\"3.0\",\"text\":\"\\ud800\"}, {\"ts\":\"4.0\",\"text\":\"b\",\"files\":7,\"reactions\":{}},
            {\"ts\":\"5.0\",\"text\":\"c\",\"user\":\"\xff\"}]",
        &[
            "2 left out slack.not_a_message 1 message ",
            "3 left out slack.not_a_message 1 message ",
            r#"1 message C1-1-000000 by  "a""#,
            "4 field slack.character_replaced 1 message ",
            "4 message C1-2-000000 by  \"\u{fffd}\"",
            "5 field slack.character_replaced 1 message ",
            "5 message C1-3-000000 by  \"\u{fffd}\"",
            "6 field slack.field_not_read 2 message files, reactions",
            r#"6 message C1-4-000000 by  "b""#,
            "7 field slack.character_replaced 1 message ",
            "7 message C1-5-000000 by \u{fffd} \"c\"",
        ],
    );
}

#[test]
fn a_damaged_file_gives_what_it_has() {
    let message = r#"1 message C1-1-000000 by  "a""#;
    check(
        r#"[{"ts":"1.0","text":"a"},{"ts":"2.0","te"#,
        &["2 left out slack.cut_off_file 1 message ", message],
    );
    check(
        r#"[{"ts":"1.0","text":"a"}] x"#,
        &[
            "2 left out slack.not_json 1 message something follows the list",
            message,
        ],
    );
    check(
        r#"{"ts":"1.0"}"#,
        &["0 left out slack.not_a_list 1 message "],
    );
    check("", &["0 left out slack.not_a_list 1 message "]);
    check("null", &[]);
    check("[]", &[]);
}

#[test]
fn what_changed_of_a_channel_is_told_where_the_text_does_not() {
    check_one(
        r#""subtype":"channel_topic","text":"","topic":"plans""#,
        &[r#"1 system C1-1700000000-000100 by U1 "plans" {slack_subtype: channel_topic}"#],
    );
    check_one(
        r#""subtype":"channel_name","text":"","old_name":"a","name":"b""#,
        &[r#"1 system C1-1700000000-000100 by U1 "b" {slack_subtype: channel_name}"#],
    );
}

#[test]
fn copies_that_differ_in_what_slack_counts_are_one_message() {
    check(
        r#"[{"ts":"1.0","user":"U1","text":"a","reply_count":1,"latest_reply":"2.0"},
            {"ts":"1.0","user":"U1","text":"a","reply_count":2,"latest_reply":"3.0"}]"#,
        &[
            r#"1 message C1-1-000000 by U1 "a""#,
            "2 merged slack.repeated_message 1 message ",
        ],
    );
}

#[test]
fn what_is_not_written_takes_no_number() {
    check(
        r#"[{"ts":"1.0","subtype":"sparkle"},{"ts":"1.0","user":"U1","text":"a"}]"#,
        &[
            "1 left out slack.empty_message 1 message sparkle",
            r#"2 message C1-1-000000 by U1 "a""#,
        ],
    );
}

#[test]
fn a_deleted_message_keeps_what_the_same_file_has_of_it() {
    check(
        r#"[{"ts":"1.0","user":"U1","text":"root"},
            {"ts":"2.0","user":"U2","text":"a","thread_ts":"1.0","parent_user_id":"U1"},
            {"ts":"9.0","subtype":"message_deleted","deleted_ts":"2.0"}]"#,
        &[
            r#"1 message C1-1-000000 by U1 "root""#,
            "2 merged slack.earlier_version 1 message ",
            r#"3 deleted C1-2-000000 by U2 "" parent:C1-1-000000 parent_user:U1 parent_at:1000000 deleted:9000000"#,
        ],
    );
    check(
        r#"[{"ts":"1.0","user":"USLACKBOT","subtype":"tombstone"},
            {"ts":"2.0","user":"U2","text":"a","thread_ts":"1.0","parent_user_id":"U3"}]"#,
        &[
            r#"1 deleted C1-1-000000 by U3 "" deleted:1000000"#,
            r#"2 message C1-2-000000 by U2 "a" parent:C1-1-000000 parent_user:U3 parent_at:1000000"#,
        ],
    );
}

#[test]
fn a_text_that_stands_twice_costs_the_second_only() {
    check(
        r#"[{"ts":"1.0","user":"U1","text":"a","text":"b"}]"#,
        &[
            "1 field slack.field_not_read 1 message text",
            r#"1 message C1-1-000000 by U1 "a""#,
        ],
    );
}

#[test]
fn an_edit_keeps_what_it_says_nothing_of() {
    let written = r#"{"ts":"1.0","user":"U1","text":"a","reactions":[{"name":"+1","users":["U2"],"count":1}],
        "pinned_to":["C1"],"pinned_info":{"pinned_by":"U2","pinned_ts":4},"files":[{"id":"F1","mode":"tombstone"}]}"#;
    let edit = |ts: &str, text: &str, more: &str| {
        format!(
            r#"{{"ts":"{ts}","subtype":"message_changed","message":{{"ts":"1.0","user":"U1","text":"{text}"{more}}}}}"#
        )
    };
    let merged = "slack.earlier_version 1 message ";
    let kept = |record: usize, text: &str| {
        [
            format!("{record} field slack.file_deleted 1 message F1"),
            format!(
                r#"{record} message C1-1-000000 by U1 "{text}" edited:{record}000000 pin:4000000 U2 {{slack_missing_files: {{F1: deleted}}}}"#
            ),
            format!("{record} reaction C1-1-000000 +1 U2"),
        ]
    };
    let lines = |json: String, expected: &[String]| {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(json, &expected);
    };
    let one = edit("2.0", "b", "");
    let [lost, message, reaction] = kept(2, "b");
    let first = format!("1 merged {merged}");
    lines(
        format!("[{written},{one}]"),
        &[first.clone(), lost, message, reaction],
    );
    let [lost, message, reaction] = kept(3, "c");
    let second = format!("2 merged {merged}");
    lines(
        format!(
            "[{written},{one},{}]",
            edit("3.0", "c", r#","reactions":null"#)
        ),
        &[first.clone(), second, lost, message, reaction],
    );
    let none = r#","reactions":[],"files":[],"pinned_to":[]"#;
    lines(
        format!("[{written},{}]", edit("2.0", "b", none)),
        &[
            first,
            "1 merged slack.merged_reaction 1 reaction ".to_owned(),
            "2 field slack.removed_by_edit 1 message `files`".to_owned(),
            "2 field slack.removed_by_edit 1 message `pinned_to`".to_owned(),
            r#"2 message C1-1-000000 by U1 "b" edited:2000000"#.to_owned(),
        ],
    );
}

#[test]
fn an_event_that_says_nothing_changes_nothing() {
    let kept = r#"1 message C1-1-000000 by  "root""#;
    let left_out = "2 left out slack.event_not_read 1 message ";
    for event in [
        r#""message_changed","message":{"subtype":"message_deleted","ts":"1.0"}"#,
        r#""message_deleted""#,
    ] {
        let json = format!(r#"[{{"ts":"1.0","text":"root"}},{{"ts":"5.0","subtype":{event}}}]"#);
        let name = event.split('"').nth(1).unwrap_or_default();
        check(json, &[kept, &format!("{left_out}{name}")]);
    }
}

#[test]
fn a_name_that_the_list_has_for_a_bot_is_its_own() {
    let users = br#"[{"id":"U6","is_bot":true,"profile":{"real_name":"App","bot_id":"B6"}}]"#;
    let fixture = Fixture::new(&[
        ("users.json", users),
        ("channels.json", br#"[{"id":"C1","name":"general"}]"#),
        (
            "general/2024-01-31.json",
            br#"[{"ts":"1.0","bot_id":"B6","username":"App","text":"a"},
                {"ts":"2.0","bot_id":"B6","username":"Other","text":"b"}]"#,
        ),
    ]);
    assert_eq!(
        fixture.messages(),
        [
            r#"1 message C1-1-000000 by U6 "a""#,
            r#"2 message C1-2-000000 by U6 "b" {slack_username: Other}"#,
        ]
    );
}

#[test]
fn what_has_no_place_is_named() {
    let day = br#"[{"ts":"1.0","text":"a"}]"#;
    let fixture = Fixture::new(&[
        ("users.json", b"[]"),
        (
            "channels.json",
            br#"[{"id":"C1","name":"general","pins":[{"id":"F1"},{"id":"1.0"},null]},
                {"id":"C2","name":"general"}]"#,
        ),
        ("2024-01-01.json", day),
        ("general/2024/2024-01-01.json", day),
        ("general/2024-01-02.json.gz", day),
        ("general/2024-01-03.JSON", day),
        ("general/attachments/F1-a.json", day),
        ("FC:F9:a/b/2024-01-01.json", day),
        ("odd.json", day),
        ("general/sub/x.json", day),
        ("integration_logs.json", day),
    ]);
    assert_eq!(
        fixture.directory(),
        [
            "in 2024-01-01.json",
            "0 left out slack.misplaced_file 1 message ",
            "in general/2024-01-02.json.gz",
            "0 left out slack.misplaced_file 1 message ",
            "in general/2024/2024-01-01.json",
            "0 left out slack.misplaced_file 1 message ",
            "in general/sub/x.json",
            "0 field slack.unknown_file 1 message ",
            "in odd.json",
            "0 field slack.unknown_file 1 message ",
            "in users.json",
            "in channels.json",
            "1 channel C1 Channel general []",
            "1 field slack.pinned_file 1 channel general",
            "2 channel C2 Channel general []",
            "2 field slack.shared_folder 1 channel general",
            "in FC:F9:a/b",
            "0 made slack.canvas_comments channel slack-canvas-F9 Channel a/b []",
            "in channels.json",
        ]
    );
    assert_eq!(fixture.open().units().len(), 2);
}

#[test]
fn deeply_nested_json_is_no_trouble() {
    let nested = |open: &str, close: &str| {
        let depth = 100_000;
        let json = format!("{}{}", open.repeat(depth), close.repeat(depth));
        format!(r#"[{{"ts":"1.0","text":"a","x":{json},"message":{json}}}]"#)
    };
    check(
        nested("[", "]"),
        &[
            "1 field slack.field_not_read 1 message message",
            r#"1 message C1-1-000000 by  "a""#,
        ],
    );
    check(
        nested(r#"{"message":"#, "}").replace("\"message\":}", "\"message\":1}"),
        &[
            "1 field slack.field_not_read 1 message message",
            r#"1 message C1-1-000000 by  "a""#,
        ],
    );
}

#[test]
fn the_directory_holds_users_then_channels_then_members() {
    let mut fixture = Fixture::new(&[
        (
            "users.json",
            br#"[{"id":"U1","name":"ada"},null,{"name":"x"},{"id":"U1","name":"twice"},{"id":7,"deleted":{}}]"#,
        ),
        (
            "channels.json",
            br#"[{"id":"C1","name":"general","members":["U1","U1"]},{"id":"C1","name":"again"},{"name":"no id"}]"#,
        ),
        ("groups.json", b"null"),
        (
            "mpims.json",
            br#"[{"id":"G1","name":"mpdm-a--b--c-1","members":["U1","U2","U3"]}]"#,
        ),
        (
            "dms.json",
            br#"[{"id":"D1","members":["U1","U2"]},{"id":"D2","members":["U1","U1"]}]"#,
        ),
        ("old/2024-01-31.json", b"[]"),
    ]);
    assert_eq!(
        fixture.directory(),
        [
            "in users.json",
            "2 left out slack.not_an_entry 1 user ",
            "5 field slack.field_not_read 1 user deleted",
            "1 user U1 ada",
            "3 left out slack.no_id 1 user x",
            "4 merged slack.repeated_user 1 user U1",
            "5 user 7 ",
            "in channels.json",
            "1 channel C1 Channel general []",
            "2 merged slack.repeated_channel 1 channel C1",
            "3 left out slack.no_id 1 channel no id",
            "in groups.json",
            "in mpims.json",
            "1 channel G1 Direct  [U1 U2 U3]",
            "in dms.json",
            "1 channel D1 Direct  [U1 U2]",
            "2 channel D2 Direct  []",
            "in old",
            "0 made slack.unlisted_folder channel slack-old Channel old []",
            "in channels.json",
            "1 member C1 U1",
            "1 merged slack.repeated_member 1 member U1",
            "in mpims.json",
            "1 member G1 U1",
            "1 member G1 U2",
            "1 member G1 U3",
            "in dms.json",
            "1 member D1 U1",
            "1 member D1 U2",
            "2 member D2 U1",
            "2 merged slack.repeated_member 1 member U1",
        ]
    );
    fixture.options.set("dm-ids", "explicit".to_owned());
    let lines = fixture.directory();
    assert!(lines.contains(&"1 channel D1 Direct  []".to_owned()));
}

#[test]
fn lists_may_be_missing_or_empty_in_odd_ways() {
    let fixture = Fixture::new(&[
        ("users.json", br#"[""]"#),
        ("channels.json", b"null"),
        ("dms.json", b"{}"),
        ("mpims.json", br#"[{"id":"G1"},{"id":"G"#),
    ]);
    assert_eq!(
        fixture.directory(),
        [
            "in users.json",
            "in channels.json",
            "in mpims.json",
            "2 left out slack.cut_off_file 1 channel ",
            "1 channel G1 Direct  []",
            "in dms.json",
            "0 left out slack.not_a_list 1 channel ",
            "in mpims.json",
        ]
    );
}

#[test]
fn units_stand_by_channel_and_name() {
    let fixture = Fixture::new(&[
        (
            "channels.json",
            br#"[{"id":"C2","name":"zebra"},{"id":"C1","name":"ant"}]"#,
        ),
        ("dms.json", br#"[{"id":"D1","members":["U1","U2"]}]"#),
        ("ant/2024-01-02.json", b"[]"),
        ("ant/2024-01-01.json", b"[]"),
        ("ant/tss.json", b"[]"),
        ("ant/attachments/x.json", b"[]"),
        ("zebra/2024-01-01.json", b"[]"),
        ("C2/2023-01-01.json", b"[]"),
        ("D1/2024-01-01.json", b"[]"),
        ("mpdm-a--b-1/2024-01-01.json", b"[]"),
        ("__uploads/x.json", b"[]"),
    ]);
    let source = fixture.open();
    let units: Vec<_> = source
        .units()
        .iter()
        .map(|unit| (unit.channel.unwrap(), source.unit_name(unit), unit.bytes))
        .collect();
    let expected = [
        (0, "C2/2023-01-01.json"),
        (0, "zebra/2024-01-01.json"),
        (1, "ant/2024-01-01.json"),
        (1, "ant/2024-01-02.json"),
        (1, "ant/tss.json"),
        (2, "D1/2024-01-01.json"),
        (3, "mpdm-a--b-1/2024-01-01.json"),
    ];
    assert_eq!(
        units,
        expected.map(|(channel, name)| (channel, name.to_owned(), 2))
    );
}

#[test]
fn wrong_use_is_refused_in_one_line() {
    let refused = |inputs: &[PathBuf], options: &Options, expected: &str| {
        let Err(error) = SLACK.open(inputs, options) else {
            panic!("`{expected}` is not refused");
        };
        assert_eq!(error.to_string(), expected);
    };
    refused(
        &["a.zip".into(), "b.zip".into()],
        &Options::default(),
        "`migrate slack` reads one export at a time, and 2 were given: run it once for each",
    );
    let mut options = Options::default();
    options.set("dm-ids", "x".to_owned());
    refused(
        &["a.zip".into()],
        &options,
        "`--dm-ids` takes `distinct` or `explicit`, not `x`",
    );
}

#[test]
#[cfg(unix)]
fn an_unreadable_file_stops_the_run_unless_it_is_to_be_skipped() {
    let mut fixture = Fixture::new(&[
        ("channels.json", br#"[{"id":"C1","name":"general"}]"#),
        ("general/2024-01-31.json", b"[]"),
    ]);
    let source = fixture.open();
    let day = fixture.folder.path().join("general/2024-01-31.json");
    fs::remove_file(&day).unwrap();
    let mut sink = Recorder::default();
    let mut reader = source.reader().unwrap();
    let unit = source.units()[0];
    let read = reader.read(&unit, Want::Everything(&Names), &mut sink);
    assert!(format!("{:#}", read.unwrap_err()).contains("general/2024-01-31.json"));

    fs::write(&day, "[]").unwrap();
    fixture.options.set("skip-unreadable", "true".to_owned());
    let source = fixture.open();
    fs::remove_file(&day).unwrap();
    let mut reader = source.reader().unwrap();
    reader
        .read(&unit, Want::Everything(&Names), &mut sink)
        .unwrap();
    reader.read(&unit, Want::People, &mut sink).unwrap();
    assert_eq!(sink.lines().len(), 1);
    assert!(sink.lines()[0].starts_with("0 left out slack.unreadable_file 1 message "));
}

const DAY: &[u8] = br#"[
 {"type":"message","ts":"1700000000.000100","user":"U7","text":"<@U8|eve> &amp; *x*","user_profile":{"real_name":"Gil"}},
 {"type":"message","ts":"1700000001.000100","bot_id":"B1","username":"hook","text":"a","bot_profile":{"name":"Hook"},
  "files":[{"id":"F1","size":3,"mode":"hosted"}],"reactions":[{"name":"+1","users":["U1","U2"],"count":2}]},
 {"type":"message","ts":"1700000002.000100","thread_ts":"1700000000.000100","user":"U1","text":"b"},
 {"type":"message","subtype":"message_changed","ts":"1700000004.000000","message":{"ts":"1700000002.000100","text":"c"}}
]"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is damaged: no panic, no error, and both ways to read meet the same people.
    #[test]
    fn damage_is_never_an_error(
        changes in prop::collection::vec((0..DAY.len(), any::<u8>()), 0..6),
        cut in 0..2 * DAY.len(),
    ) {
        let mut json = DAY.to_vec();
        for (at, byte) in changes {
            json[at] = byte;
        }
        json.truncate(cut);
        let fixture = Fixture::new(&[("users.json", &json), ("general/2023-11-14.json", &json)]);
        fixture.directory();
        fixture.messages();
    }
}

#[test]
fn a_folder_that_is_spelt_in_another_form_of_unicode_is_found() {
    let fixture = Fixture::new(&[
        (
            "channels.json",
            "[{\"id\":\"C1\",\"name\":\"caf\u{e9}\"}]".as_bytes(),
        ),
        ("cafe\u{301}/2024-01-01.json", b"[]"),
    ]);
    let source = fixture.open();
    assert_eq!(source.units().len(), 1);
    assert_eq!(source.units()[0].channel, Some(0));
    assert!(!fixture.directory().iter().any(|it| it.contains("unlisted")));
}

#[test]
fn a_field_whose_name_is_written_in_two_ways_costs_only_the_second() {
    let profile = r#""user":"U7","user_profile":{"real_name":"Seven"}"#;
    let day = format!(r#"[{{"ts":"1.000001","text":"x","files":[],"fil\u0065s":[],{profile}}}]"#);
    let fixture = Fixture::new(&[
        ("channels.json", br#"[{"id":"C1","name":"c"}]"#),
        ("c/2024-01-01.json", day.as_bytes()),
    ]);
    // `messages` compares the people of both ways to read.
    assert!(fixture.messages().iter().any(|it| it.contains("message")));
}

#[test]
fn people_of_no_list_are_marked_as_those_of_the_list_are() {
    let fixture = Fixture::new(&[
        ("users.json", br#"[{"id":"U1","team_id":"T1"}]"#),
        ("channels.json", br#"[{"id":"C1","name":"c"}]"#),
        (
            "c/2024-01-01.json",
            br#"[{"ts":"1.000001","user":"U2","text":"x","team":"T1"},
                {"ts":"1.000002","user":"U3","text":"x","user_team":"T2","team":"T1"},
                {"ts":"1.000003","bot_id":"B1","text":"x","team":"T1"}]"#,
        ),
    ]);
    let source = fixture.open();
    let mut sink = Recorder::default();
    source.people(&mut sink).unwrap();
    let mut reader = source.reader().unwrap();
    for unit in source.units() {
        reader
            .read(unit, Want::Everything(&Names), &mut sink)
            .unwrap();
    }
    let people = sink.people.iter().map(|it| {
        let marks = it.custom.iter().map(|(name, _)| format!(" {name}"));
        format!("{} {}{}", it.id, it.name, marks.collect::<String>())
    });
    assert_eq!(
        people.collect::<Vec<_>>(),
        [
            "USLACKBOT Slackbot is_bot",
            "U3 U3 slack_team",
            "B1 B1 is_bot"
        ]
    );
}

#[test]
fn a_damaged_list_of_documents_is_named() {
    let lines = |json: &str| {
        let fixture = Fixture::new(&[("channels.json", b"[]"), ("canvases.json", json.as_bytes())]);
        let lines = fixture.directory();
        let of_list = lines.iter().skip_while(|line| *line != "in canvases.json");
        of_list.skip(1).cloned().collect::<Vec<_>>()
    };
    let named = |kind: &str| format!("0 field slack.{kind} 1 channel ");
    let plan = "1 field slack.canvas 1 channel Plan".to_owned();
    for empty in ["[]", "null", r#"[""]"#] {
        assert!(lines(empty).is_empty(), "{empty}");
    }
    assert_eq!(lines("{}"), [named("not_a_list")]);
    assert_eq!(lines("<html>"), [named("not_a_list")]);
    assert_eq!(
        lines(r#"[{"title":"Plan"},nul]"#),
        [named("not_an_entry"), plan.clone()]
    );
    assert_eq!(
        lines(r#"[{"title":"Plan"},{"ti"#),
        [named("cut_off_file"), plan]
    );
}
