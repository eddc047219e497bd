//! One export with one of each oddity that real exports hold: each costs its own element at most,
//! each loss has its kind, its count and its place, and what is written is good.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    program::{DEFAULT_LIMIT, Place},
    report,
    zips::{Files, pack},
};

const LISTS: &[(&str, &str)] = &[
    (
        "users.json",
        "\u{feff}[{\"id\":\"U1\",\"name\":\"ann\",\"real_name\":\"Ann\",\"team_id\":\"T1\",\"is_owner\":true},
          {\"id\":\"U2\",\"name\":\"ann2\",\"real_name\":\"Ann\",\"team_id\":\"T1\",\"profile\":null},
          {\"id\":\"U3\",\"name\":\"gone\",\"deleted\":true,\"profile\":{\"display_name\":\"\",\"fields\":null},\"team_id\":\"T1\"},
          {\"id\":\"U4\",\"name\":\"far\",\"is_stranger\":true,\"team_id\":\"T9\"},
          {\"id\":\"U1\",\"name\":\"again\"}, null, {\"name\":\"no id\"}, {\"id\":5,\"name\":\"number\"},
          {\"id\":\"U 6.x\",\"name\":\"odd id\"}, {\"id\":\"U7\",\"deleted\":{}, \"is_bot\":true, \"profile\":{\"bot_id\":\"B7\"}}]",
    ),
    (
        "channels.json",
        r#"[{"id":"C1","name":"chat","created":"1500000000","creator":"U404","members":["U1",null,"U2","U1"],
             "topic":{"value":"a &amp; b"},"pins":[{"id":"1704150000.000100","type":"C","user":"U2","created":1704150001},{"id":"F1"},null]},
            {"id":"C2","name":"quiet","created":1,"members":null,"is_archived":true},
            {"id":"C1","name":"other"}, {"name":"no id"}, {"id":"C3","name":"chat","members":{}},
            {"id":"C4","name":"caf\u00e9"}]"#,
    ),
    ("groups.json", "{}"),
    (
        "mpims.json",
        r#"[{"id":"G1","name":"mpdm-a--b--c-1","members":["U1","U2","U3"]},
            {"id":"G2","name":"mpdm-a--b--c-2","members":["U3","U2","U1"]}, {"id":"G3","#,
    ),
    (
        "dms.json",
        r#"[{"id":"D1","members":["U1","U1"]},{"id":"D2","members":["U2","U404"]},{"id":"D3"}]"#,
    ),
    ("integration_logs.json", r#"[{"user_id":0}]"#),
    ("canvases.json", r#"[{"id":"F1","title":"Plan"}]"#),
    ("lists.json", r#"[""]"#),
    ("file_conversations.json", "null"),
    (".slack-manifest.json", "{}"),
];

const DAYS: &[(&str, &str)] = &[
    (
        "chat/canvas_in_the_conversation.json",
        r#"[{"id":"F2","title":"Notes"}]"#,
    ),
    // Behind the file of the traps, and before their time.
    (
        "chat/2024-01-07.json",
        r#"[{"ts":"1704000000.000000","user":"U1","text":"older than its file"}]"#,
    ),
    (
        "cafe\u{301}/2024-01-01.json",
        r#"[{"ts":"1704100000.000000","user":"U1","text":"decomposed"}]"#,
    ),
    (
        "C2/2024-01-01.json",
        r#"[{"ts":"1704100000.000000","user":"U1","text":"by id"}]"#,
    ),
    (
        "old-chat/tss.json",
        r#"[{"ts":"1704100000.000000","user":"U1","text":"in no list"}]"#,
    ),
    (
        "FC:F3:Road map/2024-01-01.json",
        r#"[{"ts":"1704100000.000000","user":"U2","text":"a comment"}]"#,
    ),
    (
        "mpdm-a--b--c-1/2024-01-01.json",
        r#"[{"ts":"1704100000.000000","user":"U1","text":"one"}]"#,
    ),
    (
        "mpdm-a--b--c-2/2024-01-01.json",
        r#"[{"ts":"1704100000.000001","user":"U9","text":"two"}]"#,
    ),
    (
        "D1/2024-01-01.json",
        r#"[{"ts":"1704100000.000000","user":"U1","text":"a note"}]"#,
    ),
    ("chat/attachments/F1-a.json", "{}"),
    ("__uploads/F1/b.json", "{}"),
];

/// Files that are no text, or no whole one.
const BYTES: &[(&str, &[u8])] = &[
    (
        "chat/2024-01-03.json",
        b"\xef\xbb\xbf[{\"ts\":\"1704300000.000000\",\"user\":\"U1\",\"text\":\"mark\"}]",
    ),
    (
        "chat/2024-01-04.json",
        b"[{\"ts\":\"1704400000.000000\",\"user\":\"U1\",\"username\":\"not \xff UTF-8\",\"text\":\"bytes\"},
           {\"ts\":\"1704400001.000000\",\"user\":\"U1\",\"text\":\"it is\"}]",
    ),
    ("chat/2024-01-05.json", b""),
    (
        "chat/2024-01-06.json",
        b"[{\"ts\":\"1704600000.000000\",\"user\":\"U1\",\"text\":\"whole\"},{\"ts\":\"17046",
    ),
    (
        "__MACOSX/My export/chat/._2024-01-03.json",
        b"\0\x05\x16\x07",
    ),
    ("chat/.DS_Store", b"\0"),
];

/// An element of the day of the traps.
struct Trap {
    json: &'static str,
    /// The kinds of loss that it must be counted under; one that begins with `!` is why the message
    /// is left out, one with `=` why it is merged.
    kinds: &'static [&'static str],
}

const fn trap(json: &'static str, kinds: &'static [&'static str]) -> Trap {
    Trap { json, kinds }
}

/// Each stands between two good messages.
const TRAPS: &[Trap] = &[
    trap("null", &["!slack.not_a_message"]),
    trap(r#""text""#, &["!slack.not_a_message"]),
    trap("[]", &["!slack.not_a_message"]),
    trap(r#"{"id":"F1","created":1}"#, &["!slack.not_a_message"]),
    trap(
        r#"{"type":"file","ts":"1704150000.000001"}"#,
        &["!slack.not_a_message"],
    ),
    trap(r#"{"type":"message","text":"no ts"}"#, &["!slack.no_time"]),
    trap(r#"{"ts":"soon","text":"a"}"#, &["!slack.no_time"]),
    trap(r#"{"ts":-1,"text":"a"}"#, &["!slack.no_time"]),
    trap(
        r#"{"ts":"99999999999999999999.000000","text":"a"}"#,
        &["!slack.no_time"],
    ),
    trap(
        r#"{"type":"message","ts":[],"text":"a"}"#,
        &["!slack.no_time"],
    ),
    trap(
        r#"{"ts":"1704150000.000002","text":"a \ud83d b"}"#,
        &["slack.character_replaced"],
    ),
    trap(
        r#"{"ts":"1704150000.000003","text":{}}"#,
        &["!slack.not_json"],
    ),
    trap(
        r#"{"ts":"1704150000.000004","text":"a" "user":"U1"}"#,
        &["!slack.not_json"],
    ),
    trap(r#"{"ts":1704150000.000005,"text":5,"user":7}"#, &[]),
    trap(
        r#"{"ts":"1704150000.000006","text":"a","username":"\ud83d"}"#,
        &["slack.character_replaced"],
    ),
    trap(
        r#"{"ts":"1704150000.000007","text":"a","files":7,"user_profile":[]}"#,
        &["slack.field_not_read"],
    ),
    trap(
        r#"{"ts":"1704150000.000008","text":"a","blocks":null,"attachments":null,"files":null,"reactions":null}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000009","text":"a","files":[null,{"id":"F5","name":null}]}"#,
        &["slack.field_not_read"],
    ),
    trap(
        r#"{"ts":"1704150000.000010","text":"a","reactions":[null,{"name":"+1"},{"name":"x","users":[null],"count":3}]}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000011","text":"a","subtype":"sparkle","user":"U1"}"#,
        &["slack.unknown_subtype"],
    ),
    trap(
        r#"{"ts":"1704150000.000012","subtype":"sparkle"}"#,
        &["!slack.empty_message"],
    ),
    trap(
        r#"{"ts":"1704150000.000013","subtype":"message_replied"}"#,
        &["!slack.bookkeeping_event"],
    ),
    trap(
        r#"{"ts":"1704150000.000014","text":"a","thread_ts":"0000000000.000000"}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000015","text":"orphan","thread_ts":"1600000000.000000","parent_user_id":"U3"}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000016","text":"","subtype":"tombstone","user":"USLACKBOT","reply_count":2}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000017","text":"reply","thread_ts":"1704150000.000016","user":"U2"}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000018","text":"empty thread","thread_ts":"1704150000.000018","replies":[]}"#,
        &[],
    ),
    trap(r#"{"ts":"1704150000.000019","text":"twice"}"#, &[]),
    trap(
        r#"{"ts":"1704150000.000019","text":"twice"}"#,
        &["=slack.repeated_message"],
    ),
    trap(
        r#"{"ts":"1704150000.000019","text":"thrice"}"#,
        &["slack.same_time"],
    ),
    trap(
        r#"{"ts":"1704150000.000020","text":"","subtype":"ekm_access_denied"}"#,
        &["slack.access_denied"],
    ),
    trap(
        r#"{"ts":"1704150000.000021","bot_id":"B7","username":"seven","text":"as a user"}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000022","username":"irc / ann","text":"by name alone"}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000023","user":"U00","text":"nobody"}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000100","user":"U1","text":"pinned by the list"}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000024","subtype":"file_comment","comment":null,"text":"a"}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000025","user":"U1","text":"before"}"#,
        &["=slack.earlier_version"],
    ),
    trap(
        r#"{"ts":"1704150001.000000","subtype":"message_changed","message":{"ts":"1704150000.000025","user":"U1","text":"newest"}}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000026","subtype":"huddle_thread","user":"U1","room":null}"#,
        &[],
    ),
    trap(
        r#"{"ts":"1704150000.000027","text":"a","text":"b","user":"U1"}"#,
        &["slack.field_not_read"],
    ),
    trap(
        r#"{"ts":"1704150000.000028","text":"","blocks":[null,7,{"type":"section","text":{"type":"mrkdwn","text":"in a *section*"}},{"type":"rich_text","elements":"x"}]}"#,
        &["slack.field_not_read"],
    ),
    trap(
        r#"{"ts":"1704150000.000029","text":"plain","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[null,{"type":"text","text":{}},{"type":"hologram"}]}]}]}"#,
        &["slack.rich_text_element"],
    ),
    trap(
        r#"{"ts":"1704150000.000030","text":"","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"half \ud83d"}]}]}]}"#,
        &["slack.character_replaced"],
    ),
    trap(
        r#"{"ts":"1704150000.000031","text":"","attachments":[null,{"fields":null,"mrkdwn_in":null,"ts":{},"text":"reported","actions":[null]}]}"#,
        &["slack.field_not_read"],
    ),
    trap(
        r#"{"ts":"1704150000.000032","text":"","blocks":[{"type":"hologram","text":{"type":"plain_text","text":"shown"}}]}"#,
        &["slack.unknown_block"],
    ),
    trap(
        r#"{"ts":"1704150000.000033","text":"","files":[{"id":"F6","mode":"tombstone"},{"id":"F7","mode":"hidden_by_limit"},{"id":"F8","file_access":"access_denied"}]}"#,
        &[
            "slack.file_deleted",
            "slack.file_hidden_by_limit",
            "slack.file_access_denied",
        ],
    ),
];

/// Where the traps stand.
const TRAPPED: &str = "chat/2024-01-02.json";

/// The day of the traps: good, trap, good, trap, …, good.
fn day_of_traps() -> String {
    let mut elements = Vec::new();
    for (n, trap) in TRAPS.iter().enumerate() {
        elements.push(good(n));
        elements.push(trap.json.to_owned());
    }
    elements.push(good(TRAPS.len()));
    format!("[{}]", elements.join(",\n"))
}

fn good(n: usize) -> String {
    format!(r#"{{"type":"message","ts":"1704149{n:03}.000000","user":"U1","text":"good {n}"}}"#)
}

/// The whole export, in a folder of its own as people zip it.
fn export() -> Vec<u8> {
    let texts = LISTS.iter().chain(DAYS);
    let texts = texts.map(|(name, text)| (*name, text.as_bytes()));
    let day = day_of_traps();
    let all = texts
        .chain(BYTES.iter().copied())
        .chain([(TRAPPED, day.as_bytes())]);
    let files: Files = all
        .map(|(name, bytes)| {
            let is_beside = name.starts_with("__MACOSX");
            let folder = if is_beside { "" } else { "My export/" };
            (format!("{folder}{name}"), bytes.to_vec())
        })
        .collect();
    pack(&files)
}

/// Converts the export. Returns the output and the report.
fn convert(output: &str) -> (String, Value) {
    let place = Place::with("in.zip", &export());
    let run = place.run(&format!("slack in.zip -o {output} -q --report report.json"));
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let summary = place.check("out", DEFAULT_LIMIT);
    let report = place.json("report.json");
    report::assert_true(&report, &summary, &place, "out");
    let text = String::from_utf8(place.read(output)).expect("UTF-8");
    (text, report)
}

#[test]
fn an_export_of_oddities_gives_good_output_in_both_spellings() {
    for output in ["out.json", "out.jsonl"] {
        let (text, _) = convert(output);
        let has = |said: &str| text.contains(&format!("\"text\":\"{said}\""));
        for n in 0..=TRAPS.len() {
            assert!(has(&format!("good {n}")), "good {n}");
        }
        for said in [
            "mark",
            "bytes",
            "it is",
            "whole",
            "decomposed",
            "by id",
            "in no list",
            "a comment",
            "one",
            "two",
            "a note",
            "newest",
            "orphan",
            "by name alone",
            "older than its file",
            "in a **section**",
            "plain",
            "half \u{fffd}",
            "> reported",
            "shown",
            "This file was deleted. This file was hidden by Slack. This file is not available.",
        ] {
            assert!(has(said), "{said}");
        }
        assert!(!has("before"), "an earlier version");
        let at = |said: &str| text.find(&format!("\"text\":\"{said}\""));
        assert!(at("older than its file") < at("good 0"), "in order of time");
    }
}

#[test]
fn each_oddity_costs_its_own_element_and_is_named_with_its_place() {
    let (_, report) = convert("out.json");
    for (n, trap) in TRAPS.iter().enumerate() {
        let record = 2 * n as u64 + 2;
        for kind in trap.kinds {
            let (list, kind) = match kind.split_at(1) {
                ("!", kind) => ("left_out", kind),
                ("=", kind) => ("merged", kind),
                _ => ("losses", *kind),
            };
            let note = note(&report, list, kind);
            let examples = note["examples"].as_array().expect("examples");
            let is_here = |it: &Value| it["file"] == TRAPPED && it["record"] == record;
            // The first five are shown.
            let is_shown = examples.iter().any(is_here);
            assert!(is_shown || examples.len() == 5, "{}: {note}", trap.json);
        }
    }
}

fn note<'r>(report: &'r Value, list: &str, kind: &str) -> &'r Value {
    let notes = report[list].as_array().expect("a list of notes");
    let found = notes.iter().find(|it| it["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {:#}", report[list]))
}

/// What is left out, merged and made of the whole export, sorted.
const BOOKED: &[&str] = &[
    "left_out slack.bookkeeping_event 1",
    "left_out slack.cut_off_file 2",
    "left_out slack.empty_message 1",
    "left_out slack.member_without_id 1",
    "left_out slack.no_id 2",
    "left_out slack.no_time 5",
    "left_out slack.not_a_list 2",
    "left_out slack.not_a_message 5",
    "left_out slack.not_an_entry 1",
    "left_out slack.not_json 2",
    "left_out slack.reaction_without_user 2",
    "made member_derived 10",
    "made root_missing 1",
    "made slack.canvas_comments 1",
    "made slack.unlisted_folder 1",
    "made user_met 7",
    "merged channel_same_members 1",
    "merged member_repeated 3",
    "merged slack.earlier_version 1",
    "merged slack.repeated_channel 1",
    "merged slack.repeated_member 2",
    "merged slack.repeated_message 1",
    "merged slack.repeated_user 1",
];

/// What is lost besides, as far as it hangs on the layout of the export and on its people.
const LOST: &[(&str, u64)] = &[
    ("slack.access_denied", 1),
    ("slack.canvas", 2),
    ("slack.same_time", 1),
    ("slack.shared_name", 2),
    ("slack.unknown_subtype", 1),
];

#[test]
fn the_books_of_an_export_of_oddities_are_these() {
    let (_, report) = convert("out.json");
    let mut booked: BTreeMap<String, u64> = BTreeMap::new();
    for list in ["left_out", "merged", "made"] {
        for (kind, count) in report::notes(&report, list) {
            booked.insert(format!("{list} {kind}"), count);
        }
    }
    let booked: Vec<String> = booked
        .into_iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    assert_eq!(booked, BOOKED);
    for (kind, count) in LOST {
        assert_eq!(note(&report, "losses", kind)["count"], *count, "{kind}");
    }
}
