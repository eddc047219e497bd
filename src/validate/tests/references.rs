//! What else is known of references: what the app has, what is a consequence of something else, and
//! how many of one entry are told.

use super::small::{file, with};
use super::{App, AppOptions, Looked, RuleSet, look};
use crate::getstream::rules::RuleId;

/// How often a rule is broken, how many of these are consequences, and how many are told.
fn counted(looked: &Looked, rule: RuleId) -> (u64, u64, usize) {
    let group = looked.tally.groups.get(&rule);
    group.map_or((0, 0, 0), |it| (it.count, it.consequences, it.first.len()))
}

fn looked(lines: &str) -> Looked {
    let app = App::new(&AppOptions::default()).unwrap();
    let text = file(RuleSet::Current, &with(lines));
    look(RuleSet::Current, text.as_bytes(), &app)
}

#[test]
fn a_channel_that_the_app_has_is_there() {
    let away = file(
        RuleSet::Current,
        &[
            r#"channel {"id":"c1","type":"team","created_by":"away"}"#,
            r#"member {"channel_type":"team","channel_id":"away","user_id":"away"}"#,
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    for (channel, missing) in [("team:away", 0), ("messaging:away", 1)] {
        let app = App::new(&AppOptions {
            existing_users: put("users.txt", "away"),
            existing_channels: put("channels.txt", channel),
            ..AppOptions::default()
        });
        let looked = look(RuleSet::Current, away.as_bytes(), &app.unwrap());
        assert_eq!(looked.tally.count(), missing, "{channel}");
        assert_eq!(counted(&looked, RuleId::MemberChannel).0, missing);
    }
}

#[test]
fn what_refers_to_what_is_refused_is_a_consequence() {
    let looked = looked(
        r#"user {"id":"a.b"}
message {"id":"x","channel_type":"team","channel_id":"c1","user":"a.b"}
message {"id":"y","channel_type":"team","channel_id":"c1","user":"zoe"}"#,
    );
    assert_eq!(counted(&looked, RuleId::MessageUser), (2, 1, 2));
}

#[test]
fn a_hundred_references_of_an_entry_are_told_and_the_others_counted_with_those_like_them() {
    let missing: String = (0..105).map(|n| format!("\"z{n}\",")).collect();
    let looked = looked(&format!(
        r#"user {{"id":"a.b"}}
message {{"id":"x","channel_type":"team","channel_id":"c1","user":"ann","mentioned_users_ids":[{missing}"a.b","a.b"],"restricted_visibility":["a.b","zoe","zed"]}}"#
    ));
    assert_eq!(counted(&looked, RuleId::MessageMention), (107, 2, 101));
    assert_eq!(counted(&looked, RuleId::MessageVisibility), (3, 1, 2));
}

#[test]
fn a_reply_to_a_reply_is_found_where_one_reading_is_enough_for_all_else() {
    // No teams, and all stands before what refers to it.
    let lines = r#"user {"id":"ann"}
channel {"id":"c1","type":"team","created_by":"ann"}
message {"id":"m1","channel_type":"team","channel_id":"c1","user":"ann"}
message {"id":"m2","channel_type":"team","channel_id":"c1","user":"ann","parent_id":"m1"}
message {"id":"m3","channel_type":"team","channel_id":"c1","user":"ann","parent_id":"m2"}"#;
    let app = App::new(&AppOptions::default()).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    for (count, replies) in [(4, 0), (5, 1)] {
        let text = file(RuleSet::Current, &lines[..count]);
        let looked = look(RuleSet::Current, text.as_bytes(), &app);
        assert_eq!(looked.tally.count(), replies);
        assert_eq!(counted(&looked, RuleId::MessageParentIsReply).0, replies);
    }
}

#[test]
fn a_muted_channel_is_named_by_type_and_id() {
    for (muted, is_wrong) in [
        ("team:c1", 0),
        ("c1", 1),
        (":c1", 1),
        ("team:", 1),
        ("team:c1:c1", 1),
        (":", 1),
    ] {
        let looked = looked(&format!(
            r#"user {{"id":"no","channel_mutes":["{muted}"]}}"#
        ));
        assert_eq!(
            counted(&looked, RuleId::UserMuteFormat).0,
            is_wrong,
            "{muted}"
        );
        assert_eq!(looked.tally.count(), is_wrong, "{muted}");
    }
}
