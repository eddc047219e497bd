//! Drives the message parser with random and mutated files: no panic, one outcome for each
//! element, and the same people by both ways to read.
//!
//! `MIGRATE_CASES=400 cargo test -p migrate-slack drive` tries 400 times as many cases, which takes about
//! ten minutes.

use std::collections::HashMap;

use migrate_model::{Kind, Loss, Origin, Outcome, Person, Record, Sink, Stop, Unit, Want};

use crate::foreign::Message;
use crate::json::cut::{self, End};
use crate::json::loose;
use crate::json::strict;
use crate::layout::export::{Export, Settings};
use crate::message::Room;
use crate::reader::{MESSAGE, read_file};
use crate::subtype::KNOWN;
use crate::testing::{Draw, Fixture, Names, Recorder, cases};

const CASES: u32 = 20_000;

/// Messages that are mutated.
const SEEDS: &[&str] = &[
    r#"{"type":"message","ts":"1700000000.000100","user":"U7","text":"<@U8|eve> &amp; *x* <#C1|g> <!here>","user_profile":{"real_name":"Gil","image_72":"https://a.b/c"}}"#,
    r#"{"type":"message","subtype":"bot_message","ts":"1700000001.000100","bot_id":"B1","username":"hook","text":"a","bot_profile":{"name":"Hook"},"icons":{"emoji":":x:","image_48":"https://a.b/c"}}"#,
    r#"{"ts":"1700000001.000200","text":"","files":[{"id":"F1","size":3,"mode":"hosted","name":"a.png","mimetype":"image/png","url_private":"https://files.slack.com/a?t=xoxe-1","original_w":3},null,{"id":"F2","mode":"tombstone"}],"upload":true}"#,
    r#"{"ts":"1700000001.000300","user":"U1","text":"b","reactions":[{"name":"+1","users":["U1","U2"],"count":2},{"name":"clap::skin-tone-3","users":["U1"],"count":2},null]}"#,
    r#"{"type":"message","ts":"1700000002.000100","thread_ts":"1700000000.000100","parent_user_id":"U7","user":"U1","text":"*_~`a`~_*"}"#,
    r#"{"type":"message","subtype":"message_changed","ts":"1700000004.000000","message":{"ts":"1700000002.000100","user":"U9","text":"c","user_profile":{"real_name":"Ida"}}}"#,
    r#"{"type":"message","subtype":"message_deleted","ts":"1700000005.000000","deleted_ts":"1700000002.000100","previous_message":{"ts":"1700000002.000100","user":"U1","text":"c"}}"#,
    r#"{"subtype":"message_changed","ts":"1700000006.000000","text":"d","original":{"ts":"1700000001.000300","text":"b"}}"#,
    r#"{"type":"message","subtype":"tombstone","ts":"1700000007.000100","user":"USLACKBOT","text":"This message was deleted.","hidden":true,"latest_reply":"1700000009.000000"}"#,
    r#"{"subtype":"file_comment","ts":"1700000008.000000","text":"x","comment":{"user":"U2","comment":"fine"},"file":{"id":"F1","title":"t"}}"#,
    r#"{"subtype":"huddle_thread","ts":"1700000009.000000","user":"U1","text":"","room":{"created_by":"U1","date_start":1700000009,"date_end":0,"participants":["U1","U2"]}}"#,
    r#"{"ts":"1700000010.000000","user":"U1","text":"","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"hi ","style":{"bold":true}},{"type":"user","user_id":"U2"},{"type":"link","url":"https://a.b","text":"x"},{"type":"emoji","name":"+1","skin_tone":2}]},{"type":"rich_text_list","style":"ordered","indent":1,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]}]}]},{"type":"section","text":{"type":"mrkdwn","text":"*s*"},"fields":[{"type":"plain_text","text":"f"}]}]}"#,
    r#"{"ts":"1700000011.000000","bot_id":"B2","text":"","attachments":[{"fallback":"f","title":"t","title_link":"https://a.b","text":"*x*","fields":[{"title":"a","value":"b","short":true}],"ts":1700000000,"color":"36a64f"},{"from_url":"https://a.b/c","is_msg_unfurl":true,"author_id":"U1","channel_id":"C1","ts":"1700000000.000100","text":"q"}]}"#,
    r#"{"ts":"1700000012.000000","user":"U1","text":"p","pinned_to":["C1"],"pinned_info":{"pinned_by":"U2","pinned_ts":1700000013},"edited":{"user":"U3","ts":"1700000014.000000"},"is_locked":true,"inviter":"U2"}"#,
    r#"{"id":"F9","created":1700000000,"title":"canvas"}"#,
    "null",
];

/// What takes the place of a value or stands between others.
const ODD: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e999",
    "18446744073709551616",
    "[]",
    "{}",
    "[null]",
    r#"[""]"#,
    r#"{"a":null}"#,
    r#""""#,
    r#"" ""#,
    r#""0""#,
    r#""1700000000.000100""#,
    r#""1700000000""#,
    r#""0000000000.000000""#,
    r#""99999999999999.999999""#,
    r#""\ud800""#,
    r#""\udc00x""#,
    r#""\u0000""#,
    r#""<@U1""#,
    r#""<@U1|>""#,
    r#""<<<>>><!><#><@>""#,
    r#""*_~`*_~`""#,
    r#""```""#,
    r#""&amp;lt;&#35;""#,
    r#""https://a.b/(c)_[d]""#,
    r#""\u202e<!here|x>""#,
    r#""USLACKBOT""#,
    r#""message_changed""#,
    r#""tombstone""#,
    r#""thread_broadcast""#,
    r#"{"ts":"1700000000.000100","ts":1}"#,
    r#"[{"type":"rich_text","elements":[{"type":"rich_text_quote","elements":[{"text":"a\n# b"}]}]}]"#,
    "\"\u{65e5}\u{672c}*\u{8a9e}*\u{1f600}\"",
    "x",
    "}",
    "]",
    ",",
    "\"",
    "\\",
];

/// A file of a conversation.
fn file(draw: &mut Draw) -> Vec<u8> {
    let count = draw.below(5);
    let messages: Vec<String> = (0..count).map(|_| message(draw)).collect();
    let mut json = format!("[{}]", messages.join(",\n")).into_bytes();
    if draw.below(3) == 0 {
        for _ in 0..=draw.below(4) {
            damage(&mut json, draw);
        }
    }
    json
}

/// A message with some of its values changed.
fn message(draw: &mut Draw) -> String {
    let mut text = draw.pick(SEEDS).to_owned();
    for _ in 0..draw.below(4) {
        match draw.below(4) {
            0 => {
                let (subtype, _) = KNOWN[draw.below(KNOWN.len())];
                text = text.replacen('{', &format!(r#"{{"subtype":"{subtype}","#), 1);
            }
            1 => {
                let (field, value) = (field(draw), draw.pick(ODD));
                text = text.replacen('{', &format!(r#"{{"{field}":{value},"#), 1);
            }
            _ => replace_value(&mut text, draw),
        }
    }
    text
}

/// The name of a field of some seed.
fn field(draw: &mut Draw) -> &'static str {
    let seed = draw.pick(SEEDS);
    let names: Vec<&str> = seed
        .split("\":")
        .filter_map(|it| it.rsplit('"').next())
        .collect();
    names
        .get(draw.below(names.len()))
        .copied()
        .unwrap_or("text")
}

/// Puts something odd in the place of what stands behind a colon.
fn replace_value(text: &mut String, draw: &mut Draw) {
    let colons: Vec<usize> = text.match_indices("\":").map(|(at, _)| at + 2).collect();
    let Some(at) = colons.get(draw.below(colons.len())).copied() else {
        return;
    };
    let rest = &text[at..];
    let end = match rest.as_bytes()[0] {
        b'"' => rest[1..].find('"').map_or(rest.len(), |it| it + 2),
        _ => rest.find([',', '}']).unwrap_or(rest.len()),
    };
    let odd = draw.pick(ODD);
    text.replace_range(at..at + end, odd);
}

/// Changes some bytes.
fn damage(json: &mut Vec<u8>, draw: &mut Draw) {
    let at = draw.below(json.len());
    match draw.below(6) {
        0 => json.truncate(at),
        1 => drop(json.drain(at..(at + draw.below(20)).min(json.len()))),
        2 => {
            let copied = json[at..(at + draw.below(200)).min(json.len())].to_vec();
            let to = draw.below(json.len());
            json.splice(to..to, copied);
        }
        3 => json.insert(at, draw.below(256) as u8),
        4 => drop(json.splice(at..at, draw.pick(ODD).bytes())),
        _ => {
            if let Some(byte) = json.get_mut(at) {
                *byte = draw.below(256) as u8;
            }
        }
    }
}

/// Counts what became of each element.
#[derive(Default)]
struct Outcomes {
    messages: HashMap<u32, u32>,
    people: Recorder,
}

impl Sink for Outcomes {
    fn file(&mut self, _: &str) {}

    fn put(&mut self, record: u32, _: Origin, it: Record<'_>) -> Result<(), Stop> {
        if let Record::Message(it) = it {
            assert!(!it.id.is_empty() && it.created_at.is_some());
            *self.messages.entry(record).or_default() += 1;
        }
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        assert!(loss.count > 0);
        if loss.of == Kind::Message && loss.outcome != Outcome::Field {
            *self.messages.entry(record).or_default() += 1;
        }
        Ok(())
    }

    fn meet(&mut self, person: Person<'_>) -> Result<(), Stop> {
        self.people.meet(person)
    }
}

/// Shows a file that led to a panic.
struct Shown<'a>(&'a [u8], u64);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("case {}: {}", self.1, self.0.escape_ascii());
        }
    }
}

fn export(split_bot_names: bool) -> (Fixture, Export) {
    let fixture = Fixture::new(&[(
        "channels.json",
        br#"[{"id":"C1","name":"c","pins":[{"id":"1700000000.000100","user":"U1"}]}]"#,
    )]);
    let settings = Settings {
        split_bot_names,
        ..Settings::default()
    };
    let export = crate::export_at(
        fixture.folder.path(),
        &migrate_model::Options::default(),
        settings,
    )
    .unwrap();
    (fixture, export)
}

#[test]
fn driven_files_do_no_harm() {
    let exports = [export(false), export(true)];
    let mut room = Room::default();
    for case in 0..cases(CASES) {
        let mut draw = Draw(case.into());
        let json = file(&mut draw);
        let _shown = Shown(&json, case.into());
        let (_, export) = &exports[draw.below(2)];
        let unit = Unit {
            key: 0,
            bytes: 0,
            channel: Some(0),
        };
        let mut all = Outcomes::default();
        let everything = Want::Everything(&Names);
        read_file(&json, &unit, everything, export, &mut room, &mut all).unwrap();
        let mut people = Outcomes::default();
        read_file(&json, &unit, Want::People, export, &mut room, &mut people).unwrap();
        assert_eq!(all.people.people, people.people.people);
        assert!(people.messages.is_empty());
        assert_one_outcome_each(&json, &all);
    }
}

#[test]
fn what_is_read_strictly_reads_the_same_patiently() {
    let mut strict = 0;
    for case in 0..cases(CASES) {
        let mut draw = Draw(case.into());
        let json = file(&mut draw);
        let _shown = Shown(&json, case.into());
        let text = String::from_utf8_lossy(&json);
        let read = || serde_json::from_str::<Vec<Message<'_>>>(&text);
        let read_strictly = loose::strictly(|| strict::read::<Vec<Message<'_>>>(&text));
        if let Ok(read_strictly) = read_strictly {
            assert_eq!(read_strictly, loose::strictly(read).unwrap());
            assert_eq!(read_strictly, read().unwrap());
            assert!(
                read_strictly
                    .iter()
                    .all(|it| loose::lost(&it.attachments) == 0)
            );
            strict += 1;
        }
    }
    assert!(strict > cases(CASES) / 8, "{strict}");
}

/// Every element has one outcome; what stands behind the last one, one more.
fn assert_one_outcome_each(json: &[u8], all: &Outcomes) {
    if matches!(json.trim_ascii(), b"null") {
        return;
    }
    let cut = cut::list(json, MESSAGE.is_element);
    let mut elements = cut.elements.len() as u32;
    if matches!(cut.end, End::CutOff | End::TextBehind) {
        elements += 1;
    }
    let first = u32::from(cut.end != End::NotAList);
    for record in first..=elements {
        assert_eq!(all.messages.get(&record), Some(&1), "record {record}");
    }
    assert_eq!(all.messages.len(), (elements + 1 - first) as usize);
}
