//! How problems are told: counted, cut, in both forms, the same for any number of threads.

use migrate::getstream::rules::RuleSet;
use serde_json::Value;

use super::files::{SETS, ending, file, good, with};
use crate::program::Place;

fn many_bad(count: usize) -> String {
    let users: Vec<String> = (0..count)
        .map(|n| format!(r#"user {{"id":"u.{n}"}}"#))
        .collect();
    file(RuleSet::Classic, &with(&users.join("\n")))
}

#[test]
fn all_problems_are_counted_and_the_first_shown() {
    let place = Place::with("a.json", many_bad(1_234).as_bytes());
    for (most, shown) in [
        ("", 25),
        ("--max-errors 3", 3),
        ("--max-errors 0", 0),
        ("--max-errors 5000", 1_234),
    ] {
        let outcome = place.run(&format!("validate a.json {most}"));
        assert_eq!(outcome.code, 1);
        let mut lines = outcome.stdout.lines();
        let first = lines.next().unwrap_or_default();
        assert_eq!(
            first,
            "a.json: 1,234 problems in 1,252 entries, by the classic rules"
        );
        let told = lines.filter(|it| it.starts_with("    entry ")).count();
        assert_eq!(told, shown, "{most}");
        if shown < 1_234 {
            let more = format!("    and {} more\n", thousands(1_234 - shown));
            assert!(outcome.stdout.contains(&more), "{}", outcome.stdout);
        }
        let answer = place.run(&format!("validate --output-format json a.json {most}"));
        let answer: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(answer["errors"].as_array().unwrap().len(), shown);
        assert_eq!(answer["stats"]["total"]["users"], 4);
    }
}

fn thousands(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", number / 1_000, number % 1_000),
    }
}

#[test]
fn people_are_told_places_by_rule_and_how_to_mend() {
    let more = "user {\"id\":\"eve\",\"pk\":1}\n\
                member {\"channel_type\":\"team\",\"channel_id\":\"c1\",\"user_id\":\"eve\"}\n\
                user {\"id\":\"\\u001b[31mred\"}";
    let place = Place::with("a.jsonl", file(RuleSet::Current, &with(more)).as_bytes());
    let outcome = place.run("validate a.jsonl");
    let expected = r#"a.jsonl: 3 problems in 22 entries, by the current rules

  user.id_pattern  once
    entry 6 (user), line 6 column 1, byte 366: validation error: user.id invalid ("^[@\w-]*$" allowed)
    to mend: use ASCII letters, digits, `@`, `_` and `-`, here and wherever the id is used

  user.reserved  once
    entry 5 (user), line 5 column 1, byte 323: validation error: user.pk is a reserved field
    to mend: rename the custom field

  member.user  once
    entry 15 (member), line 15 column 1, byte 1181: reference error: user "eve" doesn't exist
    1 because what it refers to is wrong itself
    to mend: add the user to the file, or name it with `--existing-users`

not checked: whether the addresses of attachments can be reached; roles and channel types are taken to be those of a new app, see `--roles` and `--channel-types`
"#;
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
    assert_eq!(outcome.stdout, expected);
}

#[test]
fn programs_are_told_in_the_imports_own_form() {
    let bad = r#"channel {"id":"abc","type":"messaging","created_by":"zoe","about":"x"}"#;
    for set in SETS {
        let name = format!("a.{}", ending(set));
        let place = Place::with(&name, file(set, &with(bad)).as_bytes());
        let outcome = place.run(&format!("validate --output-format json {name}"));
        let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let expected = serde_json::json!({
            "errors": [{
                "error": "Validation error: created_by user \"zoe\" doesn't exist (channel \"messaging:abc\"). please include all users as separate user entries",
                "item_type": "channel",
                "item": {"id": "abc", "type": "messaging", "created_by": "zoe", "about": "x"},
            }],
            "stats": {"total": {"messages": 5, "members": 4, "reactions": 2, "channels": 3, "users": 4}},
        });
        assert_eq!(answer, expected);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
    }
}

#[test]
fn a_file_without_problems_says_what_it_holds() {
    let place = Place::new();
    place.put("a.json", file(RuleSet::Classic, &good()).as_bytes());
    place.put("b.jsonl", file(RuleSet::Current, &good()).as_bytes());
    let outcome = place.run("validate a.json b.jsonl");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let held = "2 channels, 4 members, 5 messages, 2 reactions";
    let expected = format!(
        "a.json: valid by the classic rules: 4 users, 1 device, {held}\n\
         b.jsonl: valid by the current rules: 4 users, 1 device, 1 future_channel_ban, {held}\n"
    );
    let (files, _) = outcome.stdout.split_once("\nnot checked: ").unwrap();
    assert_eq!(files, expected);
    place.run("validate -q a.json b.jsonl").silent(0);
}

#[test]
fn the_rules_may_be_chosen() {
    let place = Place::new();
    place.put("a.txt", file(RuleSet::Classic, &good()).as_bytes());
    place.put("b.txt", file(RuleSet::Current, &good()).as_bytes());
    for (args, code) in [
        ("a.txt", 0),
        ("b.txt", 0),
        ("--rules classic a.txt", 0),
        ("--rules current b.txt", 0),
        ("--rules current a.txt", 1),
        ("--rules classic b.txt", 1),
        ("--rules other a.txt", 2),
    ] {
        assert_eq!(place.run(&format!("validate {args}")).code, code, "{args}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_answer() {
    // Several megabytes, so that there are several pieces to be looked at.
    let messages: Vec<String> = (0..30_000)
        .map(|n| {
            let parent = if n % 7 == 0 { ",\"parent_id\":\"gone\"" } else { "" };
            let id = if n % 1_000 == 0 { 0 } else { n };
            format!(
                r#"message {{"id":"x{id}","channel_type":"team","channel_id":"c1","user":"u.{}","text":"{}"{parent}}}"#,
                n % 3,
                "word ".repeat(20)
            )
        })
        .collect();
    for set in SETS {
        let name = format!("a.{}", ending(set));
        let mut text = file(set, &with(&messages.join("\n")));
        // And some that are broken.
        text = text.replacen("\"x500\"", "\"x500", 1).replacen(
            "{\"id\":\"x20000\"",
            "\"id\":\"x20000\"",
            1,
        );
        let place = Place::with(&name, text.as_bytes());
        for form in ["text", "json"] {
            let run = |threads: u32| {
                let args = format!("validate {name} --max-errors 1000 --output-format {form}");
                place.run(&format!("{args} --threads {threads}"))
            };
            let one = run(1);
            // A program is told what it was not given.
            let is_told = one.stderr.contains("the first 1000 of ");
            assert_eq!((one.code, is_told), (1, form == "json"));
            for threads in [2, 3, 8] {
                assert!(
                    one.stdout == run(threads).stdout,
                    "{threads} threads, {form}"
                );
            }
        }
    }
}
