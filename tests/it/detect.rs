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

#[cfg(unix)]
#[test]
fn a_program_wins_over_a_file_of_its_name() {
    use std::os::unix::fs::PermissionsExt;
    let place = inputs();
    place.put("bin/migrate-acme", b"#!/bin/sh\nexit 7\n");
    let program = place.path("bin/migrate-acme");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    place.put("acme", b"a,b\n1,2\n");
    let mut command = place.command("acme acme -o out.json".split(' '));
    let path = std::env::join_paths([place.path("bin"), "/bin".into()]).expect("a path");
    let output = command
        .env("PATH", path)
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("running ") && said.contains("status 7"),
        "{said}"
    );
}

#[test]
fn a_command_wins_over_a_file_of_its_name() {
    let place = inputs();
    place.put("slack", b"a,b\n1,2\n");
    let outcome = place.run("slack export.zip -o out.json -q");
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn texts_that_are_no_data_are_nobodys() {
    let place = Place::new();
    for (name, text) in [
        ("page.md", "# A page\n\nIt has, as pages do, commas.\n"),
        ("script", "#!/bin/sh\necho a,b\n"),
        ("code.py", "import a, b\n"),
        ("front.md", "---\ntitle: a\n---\n"),
    ] {
        place.put(name, text.as_bytes());
        let outcome = place.run(&format!("{name} -o out.json"));
        let said = format!("error: `{name}` is there, but has the marks of nothing");
        assert!(outcome.stderr.starts_with(&said), "{outcome:?}");
    }
}

#[test]
fn what_is_not_there_is_told_as_that() {
    let place = Place::new();
    for name in ["missing.zip", "folder/missing", "../missing"] {
        place.run(&format!("{name} -o out.json")).fails(&format!(
            "`{name}` does not exist, and is not the name of a command either; `migrate --help` \
             lists those"
        ));
    }
    place.put("cut.zip", b"PK\x03\x04 and then nothing");
    let outcome = place.run("cut.zip -o out.json");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("reading it as `migrate slack`"),
        "{outcome:?}"
    );
    place.run("-o out.json cut.zip").fails(
        "`-o` stands before the input; options come behind it: `migrate INPUT -o out.json`, or \
         `migrate slack INPUT -o out.json`",
    );
}

#[test]
fn what_nobody_reads_is_told() {
    let place = inputs();
    place.put("notes.bin", b"\0\x01\x02");
    place.run("notes.bin -o out.json").fails(
        "`notes.bin` is there, but has the marks of nothing that an adapter reads; `migrate \
         adapters` lists them, and `migrate slack notes.bin` says what that one misses",
    );
    place.put("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0d");
    place
        .run("photo.png -o out.json")
        .fails("`photo.png` is a picture (PNG), of which no adapter makes messages");
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
