//! The page about the protocol has the fields that are read, and its files of lines are whole.

use std::fmt::Write as _;
use std::{env, fs};

use migrate_model::{Adapter as _, shape::Shape};

use super::{SMALL, files, read};
use crate::JSONL;
use crate::describe;

/// Where the tables of fields begin in the page.
const TABLES: &str = "`MIGRATE_BLESS=1 cargo test -p migrate-jsonl page` -->\n";

const PAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/adapter-protocol.md"
);

#[test]
fn the_page_has_the_fields_that_are_read() {
    let page = fs::read_to_string(PAGE).expect("the page can be read");
    let (head, shown) = page
        .split_once(TABLES)
        .expect("the page has tables of fields");
    let tables = tables();
    if env::var_os("MIGRATE_BLESS").is_some() {
        return fs::write(PAGE, format!("{head}{TABLES}{tables}")).expect("it can be written");
    }
    for (shown, expected) in shown.lines().zip(tables.lines()) {
        assert_eq!(
            shown, expected,
            "`MIGRATE_BLESS=1 cargo test -p migrate-jsonl page` mends it"
        );
    }
    assert_eq!(shown.len(), tables.len());
}

/// What has fields, a table for each.
fn tables() -> String {
    let mut out = String::new();
    for thing in describe::things() {
        let (first, rest) = thing.meaning.split_at(1);
        let meaning = first.to_uppercase() + rest;
        write!(
            out,
            "\n### {}\n\n{meaning}.\n\n| field | value | meaning |\n| --- | --- | --- |\n",
            thing.name
        )
        .unwrap();
        for (name, shape, meaning) in &thing.fields {
            writeln!(out, "| `{name}` | {} | {meaning} |", words_of(*shape)).unwrap();
        }
    }
    out
}

/// What a field of this shape holds.
fn words_of(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "text",
        Shape::Texts => "list of texts",
        Shape::Flag => "true or false",
        Shape::Time => "time",
        Shape::Integer => "whole number",
        Shape::Number => "number",
        Shape::Numbers => "list of numbers",
        Shape::MessageKind | Shape::Rank => "word",
        Shape::Pin => "a `pin`",
        Shape::Attachments => "list of `attachment`s",
        Shape::Custom => "object",
    }
}

#[test]
fn the_files_that_the_page_shows_can_be_read() {
    let page = fs::read_to_string(PAGE).expect("the page can be read");
    let shown: Vec<&str> = page.split("```jsonl\n").skip(1).collect();
    assert!(!shown.is_empty());
    for block in shown {
        let content = block.split("```").next().unwrap();
        let (_folder, paths) = files(&[content.as_bytes()]);
        if let Err(error) = read(&paths, SMALL) {
            panic!("{error:#}");
        }
    }
}

#[test]
fn the_example_can_be_read_and_has_a_line_of_nearly_every_type() {
    let (_folder, paths) = files(&[crate::example().as_bytes()]);
    let told = read(&paths, SMALL).unwrap().0;
    assert_eq!(told.len(), 12);
    for name in [
        "user", "person", "channel", "member", "message", "reaction", "loss", "left_out",
    ] {
        assert!(
            crate::example().contains(&format!("{{\"type\":\"{name}\"")),
            "{name}"
        );
    }
}

#[test]
fn the_sample_can_be_read() {
    let sample = include_bytes!("../../../../samples/jsonl/workspace.jsonl");
    let (_folder, paths) = files(&[sample]);
    assert_eq!(read(&paths, SMALL).unwrap().0.len(), 32);
}

#[test]
fn the_readme_lists_every_kind() {
    let readme = include_str!("../../README.md");
    for kind in JSONL.about().losses {
        let row = format!("| `{}` | {} |\n", kind.kind, kind.text);
        assert!(readme.contains(&row), "{row}");
    }
}
