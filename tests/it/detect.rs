//! `migrate INPUT -o OUT` finds the adapter, and a wrong one says which would be right.

use crate::program::Place;

/// Something of every built-in adapter, by the name that it has in a test.
fn inputs() -> Place {
    let place = Place::new();
    place.put(
        "export.zip",
        include_bytes!("../../samples/slack-export.zip"),
    );
    place.put("chat.sql", include_bytes!("../../samples/sqlite/chat.sql"));
    place.put(
        "all.jsonl",
        include_bytes!("../../samples/jsonl/workspace.jsonl"),
    );
    place.put(
        "messages.csv",
        include_bytes!("../../samples/csv/messages.csv"),
    );
    place.put(
        "tables/messages.csv",
        include_bytes!("../../samples/csv/messages.csv"),
    );
    place.put(
        "messages.txt",
        include_bytes!("../../samples/csv/messages.csv"),
    );
    place.put("day/general/2024-03-04.json", b"[]");
    place.put("day/users.json", b"[]");
    place
}

#[test]
fn an_input_alone_is_read_by_the_adapter_that_fits() {
    let place = inputs();
    for (input, adapter) in [
        ("export.zip", "slack"),
        ("chat.sql", "sqlite"),
        ("all.jsonl", "jsonl"),
        ("messages.csv", "csv"),
        ("messages.txt", "csv"),
        ("tables", "csv"),
    ] {
        let named = place.run(&format!("{adapter} {input} -o named.json -q --force"));
        let found = place.run(&format!("{input} -o found.json --force"));
        assert_eq!(found.code, named.code, "{input}: {found:?}");
        let said = format!("reading it as `migrate {adapter}` does\n");
        assert!(found.stderr.starts_with(&said), "{input}: {found:?}");
        assert_eq!(
            place.json("found.json"),
            place.json("named.json"),
            "{input}"
        );
    }
    let quiet = place.run("export.zip -o quiet.json -q");
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
}

#[test]
fn a_command_wins_over_a_file_of_its_name() {
    let place = inputs();
    place.put("slack", b"a,b\n1,2\n");
    let outcome = place.run("slack export.zip -o out.json -q");
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn what_nobody_reads_is_told() {
    let place = inputs();
    place.put("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0d");
    place.run("photo.png -o out.json").fails(
        "`photo.png` is there, but has the marks of nothing that an adapter reads; `migrate \
         adapters` lists them, and `migrate slack photo.png` says what that one misses",
    );
    for spelling in ["json", "jsonl"] {
        place.run(&format!("slack export.zip -o out.{spelling} -q"));
        place
            .run(&format!("out.{spelling} -o again.json"))
            .fails(&format!(
                "`out.{spelling}` is an import file already: `migrate validate out.{spelling}` \
                 checks it, and `migrate split out.{spelling} -o out.json` cuts it{}",
                match spelling {
                    "json" => "",
                    _ =>
                        "; if it holds records without a `hello` line, `migrate jsonl out.jsonl \
                          --bare` reads it",
                }
            ));
    }
}

#[test]
fn the_wrong_adapter_names_the_right_one() {
    let place = inputs();
    for (wrong, input, right) in [
        ("csv", "export.zip", "slack"),
        ("jsonl", "messages.csv", "csv"),
        ("slack", "all.jsonl", "jsonl"),
        ("sqlite", "export.zip", "slack"),
        ("slack", "chat.sql", "sqlite"),
        ("sqlite", "messages.csv", "csv"),
    ] {
        let outcome = place.run(&format!("{wrong} {input} -o out.json"));
        assert_eq!(outcome.code, 2, "{wrong} {input}: {outcome:?}");
        let said = format!("`migrate {right}");
        assert!(
            outcome.stderr.contains(&said),
            "{wrong} {input}: {outcome:?}"
        );
        assert!(!place.path("out.json").exists());
    }
}
