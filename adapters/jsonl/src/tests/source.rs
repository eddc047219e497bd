//! What a source says of several files, and where records stand.

use migrate_model::{Options, Source as _, Want};

use super::{Ear, Nobody, SMALL, Told, files, read};
use crate::source::Files;

/// A file of lines that were written by `adapter`.
fn written_by(adapter: &str, lines: &[&str], counts: &str) -> String {
    let hello = format!(
        r#"{{"type":"hello","protocol":"migrate","version":1,"adapter":"{adapter}","losses":{{"{adapter}.gone":"gone from {adapter}","all.gone":"said by {adapter}"}}}}"#
    );
    let end = format!(r#"{{"type":"end","counts":{counts}}}"#);
    format!("{hello}\n{}\n{end}", lines.join("\n"))
}

const USER: &str = r#"{"type":"user","data":{"id":"u1"}}"#;
const PERSON: &str = r#"{"type":"person","data":{"id":"u9"},"at":"people.csv"}"#;

#[test]
fn the_origin_is_what_all_files_agree_on() {
    let check = |adapters: [&str; 2], expected: Option<&str>| {
        let contents = adapters.map(|it| written_by(it, &[USER], r#"{"user":1}"#));
        let (_folder, paths) = files(&contents.each_ref().map(|it| it.as_bytes()));
        let source = Files::open(&paths, &Options::default(), SMALL).unwrap();
        assert_eq!(source.origin(), expected);
    };
    check(["acme", "acme"], Some("acme"));
    check(["acme", "other"], None);
}

#[test]
fn kinds_are_explained_by_the_first_hello_that_does() {
    let contents = ["acme", "other"].map(|it| written_by(it, &[USER], r#"{"user":1}"#));
    let (_folder, paths) = files(&contents.each_ref().map(|it| it.as_bytes()));
    let source = Files::open(&paths, &Options::default(), SMALL).unwrap();
    assert_eq!(source.explain("acme.gone"), Some("gone from acme"));
    assert_eq!(source.explain("other.gone"), Some("gone from other"));
    assert_eq!(source.explain("all.gone"), Some("said by acme"));
    assert_eq!(source.explain("none"), None);
}

#[test]
fn every_file_has_counts_of_its_own() {
    let whole = written_by("acme", &[USER, USER], r#"{"user":2}"#);
    let other = written_by("acme", &[USER], r#"{"user":2}"#);
    let (_folder, paths) = files(&[whole.as_bytes(), other.as_bytes()]);
    let error = read(&paths, SMALL).unwrap_err().to_string();
    assert_eq!(
        error,
        "more.jsonl: counts that do not add up: the `end` line counts 2 of `user`, and the file \
         has 1; let what wrote it run again"
    );
}

#[test]
fn files_of_one_name_are_known_by_their_paths() {
    let folder = tempfile::tempdir().unwrap();
    let content = written_by("acme", &[USER], r#"{"user":1}"#);
    let paths = ["a", "b"].map(|name| {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        let path = path.join("lines.jsonl");
        std::fs::write(&path, &content).unwrap();
        path
    });
    let source = Files::open(&paths, &Options::default(), SMALL).unwrap();
    let names: Vec<String> = source
        .units()
        .iter()
        .map(|it| source.unit_name(it))
        .collect();
    assert_eq!(names, paths.map(|path| path.display().to_string()));
}

#[test]
fn a_place_is_what_the_line_says_or_its_own_number() {
    let lines = [
        r#"{"type":"user","data":{}}"#,
        r#"{"type":"user","data":{},"at":"users.csv","record":7}"#,
        r#"{"type":"user","data":{},"at":"users.csv"}"#,
        "",
        r#"{"type":"loss","of":"user","kind":"acme.gone","at":"other.csv","record":2}"#,
        r#"{"type":"user","data":{},"made":"acme.made","record":9}"#,
        r#"{"type":"left_out","of":"user","kind":"acme.gone"}"#,
    ];
    let content = written_by("acme", &lines, r#"{"user":4,"left_out":1}"#);
    for unit_bytes in [1 << 20, 50] {
        let (_folder, paths) = files(&[content.as_bytes()]);
        let settings = crate::input::Settings {
            unit_bytes,
            ..SMALL
        };
        let told = read(&paths, settings).unwrap().0;
        let places = told.iter().map(|it| it.split(": ").next().unwrap());
        assert_eq!(
            places.collect::<Vec<_>>(),
            [
                "lines.jsonl, record 2",
                "users.csv, record 7",
                "users.csv, record 0",
                "other.csv, record 2",
                "lines.jsonl, record 7",
                "lines.jsonl, record 8",
            ]
        );
        assert!(told[4].contains("Made(\"acme.made\")"), "{}", told[4]);
    }
}

#[test]
fn places_can_be_asked_for_in_any_order_and_before_anything_is_read() {
    let lines: Vec<String> = (0..200)
        .map(|n| format!("{}{USER}", "\n".repeat(n % 3)))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let content = written_by("acme", &lines, r#"{"user":200}"#);
    let (_folder, paths) = files(&[content.as_bytes(), content.as_bytes()]);
    let unread = Files::open(&paths, &Options::default(), SMALL).unwrap();
    let places: Vec<_> = unread
        .units()
        .iter()
        .map(|unit| unread.location(unit, 1))
        .collect();
    let other = Files::open(&paths, &Options::default(), SMALL).unwrap();
    super::read_source(&other).unwrap();
    for (unit, place) in other.units().iter().zip(&places).rev() {
        assert_eq!(other.location(unit, 1), *place);
    }
    let (first, second) = places.split_at(places.len() / 2);
    let records =
        |half: &[migrate_model::Location]| half.iter().map(|it| it.record).collect::<Vec<_>>();
    assert_eq!(records(first), records(second));
    assert!(records(first).is_sorted() && first.len() > 10);
}

#[test]
fn people_alone_can_be_read() {
    let content = written_by("acme", &[USER, PERSON], r#"{"user":1}"#);
    let (_folder, paths) = files(&[content.as_bytes()]);
    let source = Files::open(&paths, &Options::default(), SMALL).unwrap();
    let mut told = Told::default();
    let mut reader = source.reader().unwrap();
    for want in [Want::People, Want::Everything(&Nobody), Want::People] {
        for unit in source.units() {
            let mut ear = Ear::new(&mut told, &source, Some(*unit));
            reader.read(unit, want, &mut ear).unwrap();
        }
    }
    assert_eq!(told.0.len(), 4, "{told:?}");
    source.finish().unwrap();
}

#[test]
fn a_byte_order_mark_at_the_start_does_no_harm() {
    let content = written_by("acme", &[USER], r#"{"user":1}"#);
    let content = format!("\u{feff}{content}\r\n").replace('\n', "\r\n");
    let (_folder, paths) = files(&[content.as_bytes()]);
    assert_eq!(read(&paths, SMALL).unwrap().0.len(), 1);
}
