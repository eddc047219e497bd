//! Tests of layouts: organisations with several workspaces, canvases, pins of lists.

use std::path::PathBuf;

use migrate_model::{Adapter, Options};

use crate::SLACK;
use crate::testing::Fixture;

fn grid() -> Fixture {
    Fixture::new(&[
        (
            "org_users.json",
            br#"[{"id":"W1","name":"ada","team_id":"T1"},{"id":"W2","name":"bob","team_id":"T2"}]"#,
        ),
        (
            "channels.json",
            br#"[{"id":"C0","name":"all","members":["W1","W2"]}]"#,
        ),
        (
            "teams/acme/users.json",
            br#"[{"id":"W1","name":"ada2"},{"id":"W3","name":"cy"}]"#,
        ),
        (
            "teams/acme/channels.json",
            br#"[{"id":"C1","name":"general","members":["W1","W2"]},{"id":"C0","name":"all"}]"#,
        ),
        (
            "teams/beta/groups.json",
            br#"[{"id":"C2","name":"general"}]"#,
        ),
        ("all/2024-01-01.json", br#"[{"ts":"1.0","text":"root"}]"#),
        (
            "teams/acme/all/2024-01-02.json",
            br#"[{"ts":"2.0","text":"shared"}]"#,
        ),
        (
            "teams/acme/general/2024-01-01.json",
            br#"[{"ts":"3.0","text":"acme"}]"#,
        ),
        (
            "teams/beta/general/2024-01-01.json",
            br#"[{"ts":"4.0","text":"beta"}]"#,
        ),
        (
            "teams/beta/old/2024-01-01.json",
            br#"[{"ts":"5.0","text":"old"}]"#,
        ),
    ])
}

#[test]
fn an_organisation_is_one_list_of_users_and_a_scope_for_each_workspace() {
    let expected = |team: bool| -> Vec<String> {
        let lines = [
            "in org_users.json",
            "1 user W1 ada of slack-shared+acme",
            "2 user W2 bob of slack-shared+acme",
            "in teams/acme/users.json",
            "1 merged slack.repeated_user 1 user W1",
            "2 user W3 cy of slack-shared+acme",
            "in channels.json",
            "1 channel C0 Channel all [] of slack-shared",
            "in teams/acme/channels.json",
            "1 channel C1 Channel general [] of acme",
            "2 merged slack.repeated_channel 1 channel C0",
            "in teams/beta/groups.json",
            "1 channel C2 Channel general [] of beta",
            "in teams/beta/old",
            "0 made slack.unlisted_folder channel slack-beta/old Channel old [] of beta",
            "in channels.json",
            "1 member C0 W1",
            "1 member C0 W2",
            "in teams/acme/channels.json",
            "1 member C1 W1",
            "1 member C1 W2",
            "in teams/beta/groups.json",
        ];
        let without = |line: &str| line.split(" of ").next().unwrap_or_default().to_owned();
        lines
            .iter()
            .map(|line| {
                if team {
                    (*line).to_owned()
                } else {
                    without(line)
                }
            })
            .collect()
    };
    let mut fixture = grid();
    assert_eq!(fixture.directory(), expected(false));
    fixture
        .options
        .set("team-from-workspace", "true".to_owned());
    assert_eq!(fixture.directory(), expected(true));
}

#[test]
fn messages_of_an_organisation_find_their_conversation() {
    assert_eq!(
        grid().messages(),
        [
            r#"1 message C0-1-000000 by  "root""#,
            r#"1 message C0-2-000000 by  "shared""#,
            r#"1 message C1-3-000000 by  "acme""#,
            r#"1 message C2-4-000000 by  "beta""#,
            r#"1 message slack-beta/old-5-000000 by  "old""#,
        ]
    );
}

#[test]
fn teams_need_workspaces() {
    let fixture = Fixture::new(&[("users.json", b"[]")]);
    let mut options = Options::default();
    options.set("team-from-workspace", "true".to_owned());
    let input: PathBuf = fixture.folder.path().into();
    let refused = SLACK
        .open(&[input], &options)
        .err()
        .map(|it| it.to_string());
    let refused = refused.expect("an export of one workspace is refused");
    assert!(refused.contains("is that of one workspace"), "{refused}");
}

#[test]
fn documents_without_contents_are_named() {
    let canvases: &[u8] = br#"[{"id":"F1","title":"Plan","ts":null},null,{"id":"F2"}]"#;
    let fixture = Fixture::new(&[
        ("users.json", b"[]"),
        ("canvases.json", canvases),
        ("lists.json", br#"[""]"#),
        ("huddle_transcripts.json", br#"[{"id":"F3","name":"t"}]"#),
        ("general/canvas_in_the_conversation.json", canvases),
        ("general/2024-01-01.json", br#"[{"ts":"1.0","text":"a"}]"#),
        (
            "FC:F9:Road map/2024-01-01.json",
            br#"[{"ts":"1.0","text":"b"}]"#,
        ),
    ]);
    assert_eq!(
        fixture.directory(),
        [
            "in users.json",
            "in FC:F9:Road map",
            "0 made slack.canvas_comments channel slack-canvas-F9 Channel Road map []",
            "in general",
            "0 made slack.unlisted_folder channel slack-general Channel general []",
            "in canvases.json",
            "0 field slack.not_an_entry 1 channel ",
            "1 field slack.canvas 1 channel Plan",
            "3 field slack.canvas 1 channel F2",
            "in lists.json",
            "in huddle_transcripts.json",
            "1 field slack.huddle_transcript 1 channel t",
            "in general/canvas_in_the_conversation.json",
            "0 field slack.not_an_entry 1 channel ",
            "1 field slack.canvas 1 channel Plan",
            "3 field slack.canvas 1 channel F2",
        ]
    );
    assert_eq!(fixture.messages().len(), 2);
}

#[test]
fn pins_of_lists_count_where_a_message_tells_none() {
    let fixture = Fixture::new(&[
        (
            "channels.json",
            br#"[{"id":"C1","name":"c","pins":[{"id":"1.000001","type":"C","user":"U1","created":7},
                {"id":"2.0","user":"U1","created":8},{"id":"F1","type":"F"},null]}]"#,
        ),
        (
            "c/2024-01-01.json",
            br#"[{"ts":"1.000001","text":"a"},{"ts":"3.0","text":"c"},
                {"ts":"2.0","text":"b","pinned_to":["C1"],"pinned_info":{"pinned_by":"U2","pinned_ts":9}}]"#,
        ),
    ]);
    assert_eq!(
        fixture.messages(),
        [
            r#"1 message C1-1-000001 by  "a" pin:7000000 U1"#,
            r#"3 message C1-2-000000 by  "b" pin:9000000 U2"#,
            r#"2 message C1-3-000000 by  "c""#,
        ]
    );
}

#[test]
fn what_is_known_of_rooms_invitations_and_edits_is_kept() {
    let fixture = Fixture::new(&[(
        "c/2024-01-01.json",
        br#"[{"ts":"1.0","subtype":"huddle_thread","user":"U1","room":{"created_by":"U1","date_start":5,"date_end":0,"participants":["U1",""]}},
            {"ts":"2.0","subtype":"channel_join","user":"U1","text":"joined","inviter":"U2"},
            {"ts":"3.0","user":"U1","text":"a","edited":{"user":"U2","ts":"4.0"},"is_locked":true}]"#,
    )]);
    assert_eq!(
        fixture.messages(),
        [
            r#"1 system slack-c-1-000000 by U1 "A huddle started" {slack_subtype: huddle_thread, slack_room: {created_by: U1, date_start: Integer(5), participants: [U1]}}"#,
            r#"2 system slack-c-2-000000 by U1 "joined" {slack_subtype: channel_join, slack_inviter: U2}"#,
            r#"3 message slack-c-3-000000 by U1 "a" edited:4000000 {slack_locked: Bool(true), slack_edited_by: U2}"#,
        ]
    );
}
