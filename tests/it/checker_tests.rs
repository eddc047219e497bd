//! Tests of the checker itself: for each of its rules a file that it must refuse, beside good
//! ones in both spellings. Each bad file is the good one with one thing changed.

mod container;
mod fields;
mod parts;
mod references;

use std::{fs, path::PathBuf};

use crate::checker::{self, Finding};

/// A limit that no file here reaches.
const WIDE: u64 = 300_000_000;

/// An id channel with a thread, a quote, a pin, a deletion and reactions, and a distinct channel.
const GOOD: &[&str] = &[
    r#"{"type":"user","data":{"id":"ann","name":"Ann","role":"user","teams":["red"],"created_at":"2020-01-01T00:00:00Z"}}"#,
    r#"{"type":"user","data":{"id":"bob@x","name":"Bob","invisible":false,"teams":["red","blue"],"user_mutes":["ann"]}}"#,
    r#"{"type":"user","data":{"id":"cy","teams":["red"],"privacy_settings":{"read_receipts":{"enabled":false}}}}"#,
    r#"{"type":"channel","data":{"id":"c1","type":"team","created_by":"ann","team":"red","name":"One","banned_users":["cy"]}}"#,
    r#"{"type":"channel","data":{"member_ids":["cy","ann"],"type":"messaging","created_by":"cy","team":"red"}}"#,
    r#"{"type":"channel","data":{"id":"quiet","type":"team","created_by":"ann","team":"red"}}"#,
    r#"{"type":"member","data":{"channel_type":"team","channel_id":"c1","user_id":"ann","channel_role":"channel_moderator"}}"#,
    r#"{"type":"member","data":{"channel_type":"team","channel_id":"c1","user_id":"bob@x","invited":true,"invite_accepted_at":"2020-01-02T00:00:00Z"}}"#,
    r#"{"type":"member","data":{"channel_type":"messaging","channel_member_ids":["ann","cy"],"user_id":"ann"}}"#,
    r#"{"type":"member","data":{"channel_type":"messaging","channel_member_ids":["cy","ann"],"user_id":"cy"}}"#,
    r#"{"type":"message","data":{"id":"m1","channel_type":"team","channel_id":"c1","user":"ann","type":"regular","text":"hi @Bob","mentioned_users_ids":["bob@x"],"created_at":"2020-02-01T10:00:00.000001Z","attachments":[{"type":"image","image_url":"https://pics.example/1.png","title":"1.png"}]}}"#,
    r#"{"type":"message","data":{"id":"m2","channel_type":"team","channel_id":"c1","user":"bob@x","type":"reply","parent_id":"m1","show_in_channel":true,"text":"yes","created_at":"2020-02-01T10:00:00.000002Z"}}"#,
    r#"{"type":"message","data":{"id":"m3","channel_type":"team","channel_id":"c1","user":"bob@x","type":"regular","quoted_message_id":"m2","text":"so","pinned_at":"2020-02-02T00:00:00Z","pinned_by_id":"ann","created_at":"2020-02-01T12:00:00+01:00"}}"#,
    r#"{"type":"message","data":{"id":"m4","channel_type":"team","channel_id":"c1","user":"cy","type":"deleted","text":"","deleted_at":"2020-02-03T00:00:00Z","created_at":"2020-02-01T11:00:00Z","restricted_visibility":["ann"]}}"#,
    r#"{"type":"message","data":{"id":"d1","channel_type":"messaging","channel_member_ids":["ann","cy"],"user":"cy","type":"system","text":"in","created_at":"2019-02-01T11:00:00Z"}}"#,
    r#"{"type":"reaction","data":{"message_id":"m1","type":"+1::skin-tone-2","user_id":"bob@x","created_at":"2020-02-01T11:00:00Z"}}"#,
    r#"{"type":"reaction","data":{"message_id":"m2","type":"love","user_id":"ann","created_at":"2020-02-01T11:00:00Z"}}"#,
];

#[derive(Clone, Copy)]
enum Spelling {
    Array,
    Lines,
}

const BOTH: [Spelling; 2] = [Spelling::Array, Spelling::Lines];

/// The text of a file that holds these entries, which are given in the newer spelling.
fn file(spelling: Spelling, entries: &[String]) -> String {
    match spelling {
        Spelling::Lines => entries.iter().map(|entry| format!("{entry}\n")).collect(),
        Spelling::Array => {
            let entries = entries.join(",\n");
            let entries = entries.replace(r#","data":"#, r#","item":"#);
            let entries = entries.replace(r#""type":"reply""#, r#""type":"regular""#);
            format!("[\n{entries}\n]\n")
        }
    }
}

fn good() -> Vec<String> {
    GOOD.iter().map(|entry| (*entry).to_owned()).collect()
}

/// What the checker says of parts with these texts.
fn findings(spelling: Spelling, texts: &[String], limit: u64) -> Vec<Finding> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let parts = write(folder.path(), spelling, texts);
    checker::check(&parts, limit).err().unwrap_or_default()
}

fn write(folder: &std::path::Path, spelling: Spelling, texts: &[String]) -> Vec<PathBuf> {
    let ending = match spelling {
        Spelling::Array => "json",
        Spelling::Lines => "jsonl",
    };
    let named = texts.iter().enumerate().map(|(index, text)| {
        let path = folder.join(format!("out-{:03}.{ending}", index + 1));
        fs::write(&path, text).expect("the folder can be written to");
        path
    });
    named.collect()
}

/// The good file with one text changed, which must be found once, is refused for this reason.
#[track_caller]
fn refuse_with(spellings: &[Spelling], from: &str, to: &str, expected: &str) {
    let whole = GOOD.join("\n");
    assert!(whole.contains(from), "the good file does not hold {from}");
    let changed = whole.replacen(from, to, 1);
    let entries: Vec<String> = changed.lines().map(str::to_owned).collect();
    refuse_entries(spellings, &entries, expected);
}

#[track_caller]
fn refuse(from: &str, to: &str, expected: &str) {
    refuse_with(&BOTH, from, to, expected);
}

#[track_caller]
fn refuse_entries(spellings: &[Spelling], entries: &[String], expected: &str) {
    for spelling in spellings {
        refuse_file(*spelling, &file(*spelling, entries), expected);
    }
}

#[track_caller]
fn refuse_file(spelling: Spelling, text: &str, expected: &str) {
    refuse_parts(spelling, &[text.to_owned()], WIDE, expected);
}

#[track_caller]
fn refuse_parts(spelling: Spelling, texts: &[String], limit: u64, expected: &str) {
    let findings = findings(spelling, texts, limit);
    let hit = findings.iter().any(|it| it.to_string().contains(expected));
    assert!(hit, "expected {expected:?}, found {findings:#?}");
}

/// The good file with one text changed is still good.
#[track_caller]
fn accept_with(spellings: &[Spelling], from: &str, to: &str) {
    let whole = GOOD.join("\n");
    assert!(whole.contains(from), "the good file does not hold {from}");
    let changed = whole.replacen(from, to, 1);
    let entries: Vec<String> = changed.lines().map(str::to_owned).collect();
    for spelling in spellings {
        accept_parts(*spelling, &[file(*spelling, &entries)], WIDE);
    }
}

#[track_caller]
fn accept_parts(spelling: Spelling, texts: &[String], limit: u64) {
    assert_eq!(findings(spelling, texts, limit), []);
}

/// The good file with the entry that holds `mark` moved to place `to` of what is left.
fn moved(mark: &str, to: usize) -> Vec<String> {
    let mut entries = good();
    let from = place_of(&entries, mark);
    let entry = entries.remove(from);
    entries.insert(to, entry);
    entries
}

/// The good file without the first entry that holds `mark`.
fn without(mark: &str) -> Vec<String> {
    let mut entries = good();
    let at = place_of(&entries, mark);
    entries.remove(at);
    entries
}

/// The good file with an entry more, in place `at`.
fn with(at: usize, entry: &str) -> Vec<String> {
    let mut entries = good();
    entries.insert(at, entry.to_owned());
    entries
}

fn place_of(entries: &[String], mark: &str) -> usize {
    let place = entries.iter().position(|it| it.contains(mark));
    place.expect("an entry holds the mark")
}
