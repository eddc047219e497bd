//! `migrate split`: any import file becomes parts that stand alone and hold what it held.

mod cases;
mod files;
mod refused;

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, test_runner::FileFailurePersistence};
use serde_json::Value;

use crate::program::{Place, times};
use files::{File, Spelling, any_file, time};

/// The least size of a part, in bytes, that a split of `in.…` can be done with.
fn least_size(place: &Place, args: &str) -> u64 {
    let mut size = 600;
    loop {
        let outcome = place.run(&format!("{args} --max-part-size {size} -q"));
        if outcome.code < 2 {
            return size;
        }
        let needs = outcome.stderr.split("needs a part of ").nth(1);
        let needed = needs.and_then(|rest| rest.split_whitespace().next());
        let needed = needed.and_then(|word| word.parse().ok());
        let needed: u64 = needed.unwrap_or_else(|| panic!("{}", outcome.stderr));
        assert!(needed > size, "{}", outcome.stderr);
        size = needed;
    }
}

/// The entries of all parts, in order.
fn parts(place: &Place, stem: &str, spelling: Spelling) -> Vec<Vec<Value>> {
    let parts = place.parts(stem);
    parts
        .iter()
        .map(|(_, bytes)| spelling.entries(bytes))
        .collect()
}

fn texts<'a>(entries: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    entries.into_iter().map(Value::to_string).collect()
}

fn kind(entry: &Value) -> &str {
    entry["type"].as_str().expect("an entry has a type")
}

/// Nothing is lost and nothing is new; what needs to stand once does so.
fn same_union(parts: &[Vec<Value>], file: &File) {
    assert_eq!(texts(parts.iter().flatten()), texts(&file.entries));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for entry in parts.iter().flatten() {
        let item = &entry[file.spelling.item_key()];
        let may_repeat = match kind(entry) {
            "user" | "channel" | "message" => true,
            "member" => item.get("channel_member_ids").is_some(),
            _ => false,
        };
        if !may_repeat {
            *counts.entry(entry.to_string()).or_default() += 1;
        }
    }
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// Types come in their order, and devices and bans with their users.
fn check_rows(parts: &[Vec<Value>], spelling: Spelling) {
    const ORDER: [&str; 7] = [
        "user",
        "device",
        "future_channel_ban",
        "channel",
        "member",
        "message",
        "reaction",
    ];
    for part in parts {
        let places = part
            .iter()
            .map(|it| ORDER.iter().position(|word| *word == kind(it)));
        assert!(places.is_sorted());
        let users: BTreeSet<&str> = part
            .iter()
            .filter(|it| kind(it) == "user")
            .filter_map(|it| it[spelling.item_key()]["id"].as_str())
            .collect();
        for entry in part {
            let item = &entry[spelling.item_key()];
            for name in ["user_id", "target_id", "created_by"] {
                assert!(item[name].as_str().is_none_or(|id| users.contains(id)));
            }
        }
    }
}

fn check(file: &File, more: u64, threads: usize) {
    let extension = file.spelling.extension();
    let input = format!("in.{extension}");
    let place = Place::with(&input, &file.bytes());
    let args = format!("split {input} -o small.{extension} --force --threads {threads}");
    let size = least_size(&place, &args) + more;
    place
        .run(&format!("{args} --max-part-size {size} -q"))
        .silent(0);
    let written = parts(&place, "small", file.spelling);
    same_union(&written, file);
    check_rows(&written, file.spelling);
    let names: Vec<_> = place.parts("small").into_iter().map(|it| it.0).collect();
    place
        .run(&format!("validate -q {}", names.join(" ")))
        .silent(0);
    if file.is_plain {
        place.check("small", size);
    }
    let before = place.parts("small");
    let other = 4 - threads;
    place
        .run(&format!(
            "split {input} -o small.{extension} --force --threads {other} --max-part-size {size} -q"
        ))
        .silent(0);
    assert!(
        before == place.parts("small"),
        "the same for {other} threads"
    );
}

/// In the other spelling and back, with the parts put together in between.
fn check_respelled(file: &File, size: u64) {
    let (there, back) = match file.spelling {
        Spelling::Array => ("jsonl", "json"),
        Spelling::Jsonl => ("json", "jsonl"),
    };
    let input = format!("in.{back}");
    let place = Place::with(&input, &file.bytes());
    let args = format!("split {input} -o there.{there} --force");
    let size = least_size(&place, &args) + size;
    let outcome = place.run(&format!("{args} --max-part-size {size} -q"));
    let is_ban = |it: &&Value| kind(it) == "future_channel_ban";
    let has_ban = file.entries.iter().any(|it| is_ban(&it)) && there == "json";
    outcome.silent(i32::from(has_ban));
    if file.is_plain {
        place.check("there", size);
    }
    let names: Vec<_> = place.parts("there").into_iter().map(|it| it.0).collect();
    place
        .run(&format!("validate -q {}", names.join(" ")))
        .silent(0);
    let spelling = match file.spelling {
        Spelling::Array => Spelling::Jsonl,
        Spelling::Jsonl => Spelling::Array,
    };
    let all: Vec<Value> = parts(&place, "there", spelling).concat();
    place.put(&format!("all.{there}"), &spelling.file(&all, false));
    place
        .run(&format!("split all.{there} -o back.{back} -q"))
        .silent(0);
    let written = parts(&place, "back", file.spelling).concat();
    let expected = file.entries.iter().filter(|it| !has_ban || !is_ban(it));
    assert_eq!(texts(&written), texts(expected));
    assert_eq!(written.len(), texts(&written).len());
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        cases: count * times::<u32>(),
        // A case that fails becomes a test of its own, in words.
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    }
}

/// A file with some bytes changed is cut, or refused with a message, and nothing else happens.
fn check_damaged(file: &File, damage: &[(prop::sample::Index, u8)]) {
    let mut bytes = file.bytes();
    for (index, byte) in damage {
        let at = index.index(bytes.len());
        bytes[at] = *byte;
    }
    let place = Place::with("in.json", &bytes);
    let outcome = place.run("split in.json -o out.jsonl --max-part-size 20kB -q");
    assert!((0..=2).contains(&outcome.code), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("a fault of"), "{}", outcome.stderr);
    assert!(
        !outcome.stderr.contains("changed while"),
        "{}",
        outcome.stderr
    );
    if outcome.code == 2 {
        assert!(outcome.stderr.contains("error: "), "{}", outcome.stderr);
        assert_eq!(place.names(), ["in.json"]);
    }
}

fn damage() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    let byte = prop_oneof![
        prop::sample::select(b"\"{}[],:u0 \n\\".to_vec()),
        any::<u8>(),
        b'0'..b'z',
    ];
    prop::collection::vec((any::<prop::sample::Index>(), byte), 1..3)
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn a_damaged_file_is_cut_or_refused(file in any_file(), damage in damage()) {
        check_damaged(&file, &damage);
    }

    #[test]
    fn parts_stand_alone_and_hold_what_the_file_held(
        file in any_file(), more in 0u64..3_000, threads in 1usize..4
    ) {
        check(&file, more, threads);
    }

    #[test]
    fn a_file_in_the_other_spelling_holds_the_same(file in any_file(), more in 0u64..3_000) {
        check_respelled(&file, more);
    }
}

#[test]
fn a_file_of_many_megabytes_is_cut_the_same_by_any_number_of_threads() {
    let mut entries = Vec::new();
    let mut add = |kind: &str, item: Value| {
        entries.push(serde_json::json!({"type": kind, "item": item}));
    };
    for user in 0..50 {
        add("user", serde_json::json!({"id": format!("u{user}")}));
    }
    for channel in 0..5 {
        add(
            "channel",
            serde_json::json!({"id": format!("c{channel}"), "type": "messaging", "created_by": "u0"}),
        );
    }
    for message in 0..7_000u64 {
        let mut item = serde_json::json!({
            "id": format!("m{message}"), "channel_type": "messaging", "channel_id": format!("c{}", message % 5),
            "user": format!("u{}", message % 50), "text": "text ".repeat(80), "type": "regular", "created_at": time(message),
        });
        if message % 3 == 1 && message > 100 {
            item["parent_id"] = format!("m{}", (message - 100) / 15 * 15 + message % 5).into();
        }
        if item["parent_id"].as_str().is_some_and(|id| {
            let number: u64 = id[1..].parse().unwrap();
            number % 3 == 1 && number > 100 || number >= message
        }) {
            item.as_object_mut().unwrap().remove("parent_id");
        }
        add("message", item);
        add(
            "reaction",
            serde_json::json!({"message_id": format!("m{message}"), "type": "like", "user_id": "u1", "created_at": time(message)}),
        );
    }
    files::shuffle(&mut entries, 7);
    let place = Place::with("in.json", &Spelling::Array.file(&entries, true));
    let args = "split in.json --max-part-size 700kB -q";
    place
        .run(&format!("{args} --threads 1 -o one.json"))
        .silent(0);
    place
        .run(&format!("{args} --threads 3 -o two.json"))
        .silent(0);
    let bytes = |stem| {
        place
            .parts(stem)
            .into_iter()
            .map(|it| it.1)
            .collect::<Vec<_>>()
    };
    assert!(bytes("one") == bytes("two"));
    let summary = place.check("one", 700_000);
    assert!(summary.parts > 5);
    let written = parts(&place, "one", Spelling::Array);
    assert_eq!(texts(written.iter().flatten()), texts(&entries));
}
