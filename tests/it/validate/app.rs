//! What the app has, and files that are one import.

use migrate::getstream::rules::RuleSet;

use super::files::{file, good, rules_by_file, with};
use crate::{
    program::{Outcome, Place},
    zips::SAMPLE,
};

/// The rules that a file breaks which is the good one with some lines more.
fn check(more: &str, args: &str, expected: &[&str]) {
    let place = Place::with("a.json", file(RuleSet::Classic, &with(more)).as_bytes());
    place.put("users.txt", b"\xef\xbb\xbfzoe\r\n\n  yan  \n");
    place.put("channels.txt", b"messaging:old\nteam:x:y\n");
    place.put(
        "app.toml",
        b"roles = [\"user\", \"vip\"]\n\
          existing_users = \"users.txt\"\n\
          existing_channels = \"channels.txt\"\n\
          [channel_types]\n\
          messaging = 5\n\
          team = { max_message_length = 30 }\n\
          support = {}\n",
    );
    let outcome = place.run(&format!("validate a.json {args}"));
    assert_eq!(outcome.stderr, "", "{args}");
    assert_eq!(rules_by_file(&outcome)["a.json"], expected, "{args}");
}

#[test]
fn roles_are_those_of_the_app() {
    let vip = r#"user {"id":"eve","role":"vip"}"#;
    check(vip, "", &["user.role"]);
    check(vip, "--roles user,vip", &[]);
    check(vip, "--app app.toml", &[]);
    check(
        r#"user {"id":"eve","role":"admin"}"#,
        "--app app.toml",
        &["user.role"],
    );
    // The command line counts more than the file.
    check(vip, "--app app.toml --roles user", &["user.role"]);
}

#[test]
fn channel_types_are_those_of_the_app_and_may_lower_the_limit_of_texts() {
    let support = r#"channel {"id":"s","type":"support","created_by":"ann"}"#;
    check(support, "", &["channel.type_exists"]);
    check(support, "--channel-types messaging,team,support", &[]);
    check(support, "--app app.toml", &[]);
    let text = r#"message {"id":"x","channel_type":"messaging","channel_member_ids":["ann","cy"],"user":"ann","text":"ééé ééé"}"#;
    check(text, "", &[]);
    check(text, "--channel-types messaging=6,team", &["message.text"]);
    check(text, "--channel-types messaging=7,team", &[]);
    check(text, "--app app.toml", &["message.text"]);
    // No type may raise it.
    let long = r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","text":"<20001>"}"#;
    check(
        long,
        "--channel-types messaging,team=20000",
        &["message.text"],
    );
}

#[test]
fn what_is_in_the_app_may_be_referred_to() {
    let user = r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"zoe","mentioned_users_ids":["yan"]}"#;
    check(user, "", &["message.user", "message.mention"]);
    check(user, "--existing-users users.txt", &[]);
    check(user, "--app app.toml", &[]);
    let channel =
        r#"message {"id":"x","channel_type":"messaging","channel_id":"old","user":"ann"}"#;
    check(channel, "", &["message.channel"]);
    check(channel, "--existing-channels channels.txt", &[]);
    check(channel, "--app app.toml", &[]);
    // Neither teams of a user nor of a channel are known there.
    let members = "member {\"channel_type\":\"messaging\",\"channel_id\":\"old\",\"user_id\":\"bob\"}\n\
                   member {\"channel_type\":\"team\",\"channel_id\":\"c1\",\"user_id\":\"zoe\"}";
    check(members, "--app app.toml", &[]);
}

#[test]
fn what_makes_no_sense_about_the_app_is_said() {
    let place = Place::with("a.json", file(RuleSet::Classic, &good()).as_bytes());
    place.put("channels.txt", b"messaging:a\nb\n");
    place.put("app.toml", b"role = [\"user\"]\n");
    let run = |args: &str| place.run(&format!("validate a.json {args}"));
    run("--existing-channels channels.txt")
        .fails("`channels.txt`, line 2: `b` is no channel; write `type:id`");
    run("--existing-users none.txt")
        .fails("could not read `none.txt`: No such file or directory (os error 2)");
    run("--channel-types messaging=many").fails(
        "`--channel-types messaging=many`: behind `=` stands the longest text in characters: invalid digit found in string",
    );
    for wrong in ["team=30000", "team=0"] {
        let outcome = run(&format!("--channel-types messaging,{wrong}"));
        let start =
            format!("error: `--channel-types {wrong}`: the longest text of `team` is from 1");
        assert!(outcome.stderr.starts_with(&start), "{}", outcome.stderr);
    }
    run("--channel-types =5").fails("`--channel-types =5`: a channel type has a name");
    let outcome = run("--app app.toml");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    let start = "error: `app.toml`, line 1: ";
    assert!(outcome.stderr.starts_with(start), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("unknown field `role`"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn files_stand_alone_unless_they_are_one_import() {
    let place = Place::new();
    let lines = good();
    let (users, rest): (Vec<_>, Vec<_>) = lines.into_iter().partition(|it| it.starts_with("user "));
    place.put("1.json", file(RuleSet::Classic, &users).as_bytes());
    place.put("2.json", file(RuleSet::Classic, &rest).as_bytes());
    let said = |outcome: &Outcome| -> Vec<bool> {
        let by_file = rules_by_file(outcome);
        by_file.values().map(Vec::is_empty).collect()
    };
    // The first user mutes a channel of the second file.
    let run = |args: &str| place.run(&format!("validate {args}"));
    assert_eq!(said(&run("1.json 2.json")), [false, false]);
    assert_eq!(said(&run("--together 1.json 2.json")), [false, true]);
    // By name: the file that came first refers to what came later.
    assert_eq!(said(&run("--together 2.json 1.json")), [true, false]);
    // What stands in several files is no duplicate: an import updates it.
    let outcome = run("--together 1.json 1.json");
    let found = rules_by_file(&outcome);
    assert_eq!(found["1.json"], ["user.muted_channel"]);
}

#[test]
fn our_own_parts_are_valid_alone_and_together() {
    let place = Place::with("slack-export.zip", SAMPLE);
    for output in ["array.json", "lines.jsonl"] {
        let (stem, _) = output.split_once('.').unwrap();
        place.run(&format!(
            "slack slack-export.zip -o {output} --max-part-size 12kB"
        ));
        let parts = place.parts(stem);
        assert!(parts.len() > 3);
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        for together in ["", "--together"] {
            let outcome = place.run(&format!("validate -q {together} {}", names.join(" ")));
            outcome.silent(0);
        }
    }
}
