//! What is written reads back as it was, whatever the order of its keys.

use migrate_model::{ChannelRef, Custom, Kind, Origin, Person, Rank, Record, Time, shape};
use proptest::prelude::*;

use super::{SMALL, files, read};
use crate::generate::Choices;
use crate::input::Settings;
use crate::line::{self, Content};
use crate::{Counts, end, hello, loss, person, record};

fn choices() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

/// A line that was written, without its end.
fn text(line: Vec<u8>) -> String {
    let text = String::from_utf8(line).unwrap();
    let text = text.strip_suffix('\n').unwrap();
    assert!(!text.contains('\n'), "{text}");
    text.to_owned()
}

/// The line with its keys and those of `data` in another order, and with nulls for some keys that
/// it lacks.
fn shuffled(line: &str, names: &[&'static str], choices: &[u8]) -> String {
    let mut choices = choices.iter().map(|byte| usize::from(*byte));
    let mut shuffle = |text: &str, names: &[&'static str]| {
        let json: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> =
            serde_json::from_str(text).unwrap();
        let absent = names.iter().filter(|name| !json.contains_key(**name));
        let mut fields: Vec<String> = absent
            .filter(|_| choices.next().unwrap_or(0) % 4 == 3)
            .map(|name| format!("\"{name}\" : null"))
            .collect();
        for (name, value) in &json {
            let at = choices.next().unwrap_or(0) % (fields.len() + 1);
            fields.insert(at, format!("\"{name}\": {}", value.get()));
        }
        format!("{{ {} }}", fields.join(" ,\t"))
    };
    let whole: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_str(line).unwrap();
    let data = whole.get("data").map(|data| data.get().to_owned());
    let line = shuffle(line, &["at", "record"]);
    match data {
        Some(data) => line.replacen(&data, &shuffle(&data, names), 1),
        None => line,
    }
}

proptest! {
    #[test]
    fn a_record_reads_back_as_it_was(bytes in choices(), order in choices()) {
        let mut choices = Choices::new(&bytes);
        let mut it = choices.record();
        let at = choices.place();
        let origin = match at {
            Some((_, 1)) => Origin::Made("acme.made"),
            _ => Origin::Read,
        };
        let mut out = Vec::new();
        record(&mut out, it.clone(), origin, at);
        let names = shape::names(&mut it);
        let written = text(out);
        for text in [&written, &shuffled(&written, &names, &order)] {
            let mut slot = None;
            let line = line::parse(text, &mut slot).unwrap();
            prop_assert_eq!(line.at.as_deref(), at.map(|at| at.0), "{}", text);
            prop_assert_eq!(line.record, at.map_or(0, |at| at.1), "{}", text);
            let Content::Record(kind, made) = line.it else { panic!("{text}") };
            prop_assert_eq!(kind, it.kind());
            prop_assert_eq!(slot.as_ref(), Some(&it), "{}", text);
            prop_assert_eq!(made.is_some(), origin != Origin::Read);
        }
    }

    #[test]
    fn a_person_reads_back_as_they_were(bytes in choices(), order in choices()) {
        let mut choices = Choices::new(&bytes);
        let mut it = choices.person();
        let mut out = Vec::new();
        person(&mut out, it.clone(), choices.place());
        let names = shape::names(&mut it);
        let written = text(out);
        for text in [&written, &shuffled(&written, &names, &order)] {
            let Content::Person(read) = line::parse(text, &mut None).unwrap().it else { panic!("{text}") };
            prop_assert_eq!(&read, &it, "{}", text);
        }
    }

    #[test]
    fn a_loss_reads_back_as_it_was(bytes in choices(), order in choices()) {
        let mut choices = Choices::new(&bytes);
        let it = choices.loss();
        let mut out = Vec::new();
        loss(&mut out, &it, choices.place());
        let written = text(out);
        let names = ["detail", "count"];
        for text in [&written, &shuffled(&written, &names, &order)] {
            let Content::Loss(read) = line::parse(text, &mut None).unwrap().it else { panic!("{text}") };
            prop_assert_eq!(
                (read.kind.as_ref(), read.outcome, read.of, read.count),
                (it.kind, it.outcome, it.of, it.count)
            );
            prop_assert_eq!((&read.channel, &read.detail), (&it.channel, &it.detail));
        }
    }

    #[test]
    fn units_of_any_size_tell_the_same(bytes in prop::collection::vec(choices(), 0..20), unit in 1_u64..3_000) {
        let content = workspace(&bytes);
        let (_folder, paths) = files(&[&content, &content]);
        let longest_line = 1 << 20;
        let settings = |unit_bytes| Settings { unit_bytes, longest_line, ..SMALL };
        let whole = read(&paths, settings(1 << 20)).unwrap();
        prop_assert_eq!(read(&paths, settings(unit)).unwrap(), whole);
    }

    #[test]
    fn no_line_makes_the_reader_panic(line in "\\PC{0,40}|[\\[\\]{}:,\"a-f0-9\\\\u. -]{0,60}") {
        let _ = line::parse(&line, &mut None);
    }
}

/// A whole file.
fn workspace(records: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut counts = Counts::default();
    hello(&mut out, "acme", "1.0", &[]);
    for bytes in records {
        let mut choices = Choices::new(bytes);
        let (at, it) = (choices.place(), choices.record());
        counts.add_record(it.kind());
        record(&mut out, it, Origin::Read, at);
        let lost = choices.loss();
        counts.add_loss(lost.outcome);
        loss(&mut out, &lost, choices.place());
        counts.add_person();
        person(&mut out, choices.person(), at);
    }
    end(&mut out, &counts);
    out
}

#[test]
fn a_line_is_written_in_the_order_of_the_model_without_what_is_empty() {
    let mut message = migrate_model::Message::default();
    message.id = "m1".into();
    message.channel = ChannelRef::Id("general".into());
    message.user_id = "u1".into();
    message.text = "hi \"there\"\n".into();
    message.created_at = Time::from_micros(1_767_323_045_250_000);
    message.custom.set("score", 1);
    let mut out = Vec::new();
    record(
        &mut out,
        Record::Message(message),
        Origin::Read,
        Some(("messages.csv", 88)),
    );
    assert_eq!(
        text(out),
        r#"{"type":"message","data":{"id":"m1","channel_id":"general","user_id":"u1","text":"hi \"there\"\n","created_at":"2026-01-02T03:04:05.250Z","custom":{"score":1}},"at":"messages.csv","record":88}"#
    );
}

#[test]
fn every_kind_of_record_has_a_line() {
    for kind in Kind::ALL {
        let mut out = Vec::new();
        record(&mut out, kind.into(), Origin::Made("a.b"), None);
        let expected = format!(r#"{{"type":"{}","data":{{}},"made":"a.b"}}"#, kind.name());
        assert_eq!(text(out), expected);
    }
}

#[test]
fn a_person_of_whom_only_an_id_is_written_is_known_by_a_label() {
    let line = line::parse(r#"{"type":"person","data":{"id":"u9"}}"#, &mut None).unwrap();
    let expected = Person {
        id: "u9".into(),
        rank: Rank::Label,
        name: "".into(),
        image_url: "".into(),
        seen_at: Time::MAX,
        custom: Custom::default(),
    };
    assert!(matches!(line.it, Content::Person(it) if it == expected));
}

#[test]
fn a_text_without_escapes_is_borrowed() {
    let line = r#"{"type":"user","data":{"id":"u1","name":"Zoë","custom":{"a":"b"}}}"#;
    let mut slot = None;
    line::parse(line, &mut slot).unwrap();
    let Some(Record::User(it)) = slot else {
        panic!("{line}");
    };
    assert!(matches!(it.id, std::borrow::Cow::Borrowed("u1")));
    assert!(matches!(it.name, std::borrow::Cow::Borrowed("Zoë")));
}
