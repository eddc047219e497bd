//! The selection options on the sample workspace: what is left, what the books say, and what is
//! wrong with a wish.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    program::{DEFAULT_LIMIT, Outcome, Place},
    report::{assert_true, book, notes},
    zips::{SAMPLE, pack},
};

/// The sample, converted with options.
struct Selected {
    entries: Vec<Value>,
    report: Value,
}

impl Selected {
    #[track_caller]
    fn with(options: &str) -> Selected {
        let place = Place::with("in.zip", SAMPLE);
        let command = "slack in.zip -o out.json -q --strict --report report.json";
        let outcome = place.run(&format!("{command} {options}"));
        outcome.silent(0);
        let summary = place.check("out", DEFAULT_LIMIT);
        let report = place.json("report.json");
        assert_true(&report, &summary, &place, "out");
        let entries = place.json("out.json");
        let entries = entries.as_array().expect("an array").clone();
        Selected { entries, report }
    }

    fn items(&self, kind: &str) -> Vec<&Value> {
        let entries = self.entries.iter();
        let entries = entries.filter(|entry| entry["type"] == kind);
        entries.map(|entry| &entry["item"]).collect()
    }

    fn names(&self, kind: &str, field: &str) -> Vec<&str> {
        let items = self.items(kind).into_iter();
        items.filter_map(|item| item[field].as_str()).collect()
    }

    /// The kinds of exclusion, with their counts.
    fn excluded(&self) -> Vec<(String, u64)> {
        notes(&self.report, "excluded")
    }
}

#[track_caller]
fn refuses(options: &str, message: &str) {
    let place = Place::with("in.zip", SAMPLE);
    let outcome = place.run(&format!("slack in.zip -o out.json {options}"));
    outcome.fails(message);
    assert_eq!(place.names(), ["in.zip"]);
}

#[test]
fn a_channel_is_known_by_its_id_and_its_name() {
    for name in [
        "telescopes",
        "#telescopes",
        "C05SCOPES2",
        "messaging:C05SCOPES2",
    ] {
        let selected = Selected::with(&format!("--channel {name}"));
        assert_eq!(selected.names("channel", "name"), ["telescopes"]);
        assert_eq!(selected.items("message").len(), 21);
        assert_eq!(selected.excluded(), [("excluded_channel".to_owned(), 110)]);
    }
}

#[test]
fn an_exclusion_wins_over_a_wish() {
    let options = "--channel general --channel board --exclude-channel #general";
    let selected = Selected::with(options);
    assert_eq!(selected.names("channel", "name"), ["board"]);
    let selected = Selected::with("--exclude-channel general --limit-channels 2");
    assert_eq!(
        selected.names("channel", "name"),
        ["telescopes", "öffentliche-abende"]
    );
    let kinds: Vec<_> = selected.excluded().into_iter().map(|it| it.0).collect();
    assert_eq!(kinds, ["excluded_by_limit", "excluded_channel"]);
}

#[test]
fn a_channel_that_is_not_there_is_an_error_with_the_nearest_names() {
    refuses(
        "--channel genral",
        "`--channel genral` matches no channel; the nearest is `general`",
    );
    refuses(
        "--channel general --exclude-channel C05GENERA1",
        "`--exclude-channel C05GENERA1` matches no channel; the nearest is `C05GENERAL`",
    );
    refuses(
        "--channel general --exclude-channel general",
        "there is nothing to write: `--exclude-channel` excludes every channel that `--channel` asks for",
    );
}

#[test]
fn a_range_of_time_keeps_threads_with_their_late_replies() {
    let selected = Selected::with("--since 2024-03-06 --until 2024-03-08T12:00:00Z");
    let times = |of_roots: bool| -> Vec<&str> {
        let messages = selected.items("message").into_iter();
        let messages = messages.filter(|it| it["parent_id"].is_null() == of_roots);
        messages
            .filter_map(|it| it["created_at"].as_str())
            .collect()
    };
    let range = "2024-03-06".."2024-03-08T12";
    assert!(times(true).iter().all(|time| range.contains(time)));
    assert!(
        times(false)
            .iter()
            .any(|time| time.starts_with("2024-04-02"))
    );
    let written = book(&selected.report, "message", "written");
    assert_eq!(book(&selected.report, "message", "excluded"), 79 - written);
    refuses(
        "--since 2024-03-06 --until 2024-03-06T00:00:00Z",
        "`--since` is not before `--until`, so no message can be in between",
    );
}

#[test]
fn the_last_import_writes_what_is_new_as_the_first_one_did() {
    let whole = Selected::with("");
    let new = Selected::with("--written-since 2024-04-02");
    assert!(
        new.entries
            .iter()
            .all(|entry| whole.entries.contains(entry))
    );
    let messages: BTreeSet<&str> = new.names("message", "id").into_iter().collect();
    let mut expected = BTreeSet::new();
    for message in whole.items("message") {
        let is_new = |field: &str| {
            let time = message[field].as_str();
            time.is_some_and(|time| time >= "2024-04-02")
        };
        if is_new("created_at") || is_new("updated_at") {
            expected.extend(message["id"].as_str());
            expected.extend(message["parent_id"].as_str());
        }
    }
    assert!(expected.len() > 4 && expected.len() < 20);
    assert_eq!(messages, expected);
    let kinds: Vec<_> = new.excluded().into_iter().map(|it| it.0).collect();
    assert_eq!(kinds, ["excluded_unchanged"]);
}

#[test]
fn system_messages_and_users_without_a_word_can_be_left_away() {
    let selected = Selected::with("--system skip");
    let is_root = |item: &Value| {
        let mut replies = selected.names("message", "parent_id").into_iter();
        replies.any(|parent| item["id"] == parent)
    };
    let system = selected.items("message").into_iter();
    assert!(system.filter(|it| it["type"] == "system").all(is_root));
    let selected = Selected::with("--channel D05CELOSK8 --users referenced");
    assert_eq!(selected.items("user").len(), 2);
    assert_eq!(
        selected.excluded()[1],
        ("excluded_unreferenced".to_owned(), 6)
    );
}

#[test]
fn a_message_with_a_long_text_can_be_left_out() {
    let split = Selected::with("--max-text 100");
    let pieces = |it: &Selected| {
        let ids = it.names("message", "id").into_iter();
        ids.filter(|id| id.ends_with("-p2")).count() as u64
    };
    let whole = Selected::with("--max-text 100 --long-text leave-out");
    assert!(pieces(&split) > 0);
    assert_eq!(pieces(&whole), 0);
    let excluded = book(&whole.report, "message", "excluded");
    assert_eq!(excluded, pieces(&split));
}

#[test]
fn a_dry_run_shows_as_many_samples_as_asked_for() {
    let place = Place::with("in.zip", SAMPLE);
    let samples = |outcome: &Outcome| {
        let lines = outcome.stdout.lines();
        lines.filter(|line| line.starts_with("  {\"type\"")).count()
    };
    for (options, expected) in [
        ("", 5),
        ("--sample 3", 15),
        ("--sample 3 --max-part-size 10kB", 15),
        ("--sample 1000", 11 + 8 + 31 + 79 + 31),
        ("--sample 0", 0),
    ] {
        let outcome = place.run(&format!("slack in.zip --dry-run {options}"));
        assert_eq!(samples(&outcome), expected, "{options}");
    }
    let outcome = place.run("slack in.zip -o out.json --sample 3");
    assert_eq!(outcome.code, 2);
    assert_eq!(place.names(), ["in.zip"]);
}

#[test]
fn a_text_is_as_long_as_the_best_names_in_it() {
    // Nobody else is met who would cause a second pass.
    let mention = format!(
        r#"{{"type":"message","user":"U1","ts":"1714500000.000100","text":"<@U0NOBODYLISTED> {}"}}"#,
        "a".repeat(90)
    );
    let own = r#"{"type":"message","user":"U0NOBODYLISTED","ts":"1714500001.000100","text":"hi","user_profile":{"real_name":"Bo","name":"bo","display_name":"Bo"}}"#;
    let files = [
        ("users.json", r#"[{"id":"U1","name":"ann"}]"#.to_owned()),
        (
            "channels.json",
            r#"[{"id":"C1","name":"general","members":["U1"]}]"#.to_owned(),
        ),
        ("general/2024-05-01.json", format!("[{mention},{own}]")),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.into_bytes()));
    let place = Place::with("in.zip", &pack(&files.to_vec()));
    let args = "slack in.zip -q --max-text 100 --long-text leave-out";
    place.run(&format!("{args} -o one.jsonl")).silent(0);
    place
        .run(&format!("{args} --dry-run --people people.json"))
        .silent(0);
    place
        .run(&format!("{args} --people people.json -o two.jsonl"))
        .silent(0);
    let one = String::from_utf8(place.read("one.jsonl")).expect("text");
    assert!(one.contains("@Bo aaa"), "the name makes the text short");
    assert_eq!(one.into_bytes(), place.read("two.jsonl"));
}
