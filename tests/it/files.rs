//! The files of messages: where they may be fetched, and the list of them.

use crate::{
    program::{DEFAULT_LIMIT, Place},
    zips::SAMPLE,
};

/// How a list of files begins.
const HEAD: &str = "message_id,file_id,name,mime_type,size_bytes,source_url,path,import_url\n";

fn text(place: &Place, name: &str) -> String {
    String::from_utf8(place.read(name)).expect("UTF-8")
}

#[test]
fn the_list_of_files_says_what_has_to_be_fetched() {
    let place = Place::with("in.zip", SAMPLE);
    place
        .run("slack in.zip -o out.jsonl -q --file-list files.csv --file-url-prefix https://cdn.example --migrate-resources")
        .silent(0);
    place.check("out", DEFAULT_LIMIT);
    let list = text(&place, "files.csv");
    let rows = list.strip_prefix(HEAD).expect("the head of the list");
    // A file that nothing is expected of has an empty address.
    let mut fetched = rows.lines().filter(|row| !row.ends_with(',')).peekable();
    assert!(fetched.peek().is_some() && !rows.contains("xox"), "{rows}");
    let out = text(&place, "out.jsonl");
    for row in fetched {
        let import_url = row.rsplit(',').next().expect("a row has fields");
        assert!(import_url.starts_with("https://cdn.example/F"), "{row}");
        assert!(out.contains(&format!("\"{import_url}\"")), "{row}");
    }
    assert!(out.contains("\"migrate_resources\":true"), "{out}");
    for threads in [1, 3] {
        let args = "slack in.zip -o out.jsonl -q --force --file-url-prefix https://cdn.example --file-list files.csv";
        place.run(&format!("{args} --threads {threads}")).silent(0);
        assert_eq!(text(&place, "files.csv"), list);
    }
}

#[test]
fn files_of_channels_that_are_excluded_are_not_listed() {
    let place = Place::with("in.zip", SAMPLE);
    let args = "slack in.zip -o out.jsonl -q --file-list files.csv";
    place.run(&format!("{args} --channel general")).silent(0);
    assert_eq!(text(&place, "files.csv"), HEAD);
}

#[test]
fn a_list_of_files_appears_with_the_output_or_not_at_all() {
    let place = Place::with("in.zip", SAMPLE);
    place
        .run("slack in.zip --dry-run -q --file-list files.csv")
        .silent(0);
    assert_eq!(place.names(), ["in.zip"]);
    place.put("files.csv", b"mine,and,not,yours\n");
    place
        .run("slack in.zip -o out.json --file-list files.csv")
        .fails(
            "`files.csv` exists and is no file list; use another name, or `--force` to replace it",
        );
    assert_eq!(text(&place, "files.csv"), "mine,and,not,yours\n");
}

#[test]
fn a_list_of_files_is_replaced_by_the_next() {
    let place = Place::with("in.zip", SAMPLE);
    place.put("files.csv", HEAD.as_bytes());
    place
        .run("slack in.zip -o out.jsonl -q --file-list files.csv")
        .silent(0);
    assert!(text(&place, "files.csv").len() > HEAD.len());
}

#[test]
fn options_of_files_and_reactions_that_cannot_work_are_refused() {
    let place = Place::with("in.zip", SAMPLE);
    place.put("map.csv", b"slack,stream\ntada\n");
    place
        .run("slack in.zip -o out.json --reaction-map map.csv")
        .fails("could not read the reaction map `map.csv`: line 2 has no comma; write `slack,stream`, such as `tada,wow`");
    place
        .run("slack in.zip -o out.json --file-url-prefix ftp://a.b")
        .fails("`--file-url-prefix` takes an address that starts with `https://`, as the import fetches no other, not `ftp://a.b`");
}
