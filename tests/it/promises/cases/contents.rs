//! Custom data, attachments and texts: whatever they hold, an entry keeps within its limits.

use migrate::getstream::Spelling;
use migrate_model::{Attachment, Custom, Message, MessageKind, Value};

use super::{Way, converted, lost, room, run};
use crate::memory::{Workspace, at, message, quote, reaction, reply};

fn with_custom(mut it: Message<'static>, fields: &[(&'static str, usize)]) -> Message<'static> {
    let mut custom = Custom::default();
    for (name, len) in fields {
        custom.set(*name, Value::from("z".repeat(*len)));
    }
    it.custom = custom;
    it
}

#[test]
fn a_custom_name_keeps_its_escapes_in_a_message_that_had_to_change() {
    let odd = "a\"b\\c\n";
    let output = converted(&room([vec![
        with_custom(quote("q", "ann", 1, "nowhere"), &[(odd, 2)]).into(),
    ]]));
    assert_eq!(output.message("q")[odd], "zz");
}

#[test]
fn who_joined_and_left_again_is_no_member() {
    let said = |id: &str, user: &str, minute: i64, kind: MessageKind| {
        let mut it = message(id, user, minute);
        it.kind = kind;
        it
    };
    let joined = |workspace: &Workspace| {
        let output = converted(workspace);
        let members = output.items("member").into_values();
        members
            .map(|it| it["user_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut workspace = room([vec![
        said("j", "bob", 1, MessageKind::System).into(),
        said("m", "cat", 2, MessageKind::Regular).into(),
    ]]);
    assert_eq!(joined(&workspace), ["ann", "cat"]);
    // Where nobody is listed, all who were there are members.
    workspace.members.clear();
    assert_eq!(joined(&workspace), ["bob", "cat"]);
}

#[test]
fn a_renamed_custom_field_does_not_take_the_name_of_another() {
    let message = with_custom(
        message("m", "ann", 1),
        &[("user", 1), ("source_user", 2), ("source_source_user", 3)],
    );
    let output = converted(&room([vec![message.into()]]));
    let item = output.message("m");
    assert_eq!(item["source_user"], "zz");
    assert_eq!(item["source_source_user"], "zzz");
    assert_eq!(item["source_source_source_user"], "z");
}

#[test]
fn custom_data_is_at_most_5000_bytes_with_its_braces() {
    for len in 4_950..5_000 {
        let mut workspace = room([vec![message("m", "ann", 1).into()]]);
        let custom = with_custom(message("m", "ann", 1), &[("x", len)]).custom;
        workspace.members[0].custom = custom.clone();
        let mut like = reaction("m", "like", "ann");
        like.custom = custom.clone();
        workspace.units[0].items.push(like.into());
        workspace.users[0].custom = custom.clone();
        workspace.channels[0].custom = custom;
        converted(&workspace);
    }
}

/// Everything that an array has as custom data and JSON Lines as fields, with so many users in
/// each list.
fn with_fields_of_lines(users: usize, custom: usize) -> Workspace {
    let ids: Vec<_> = (0..users).map(|n| format!("{n:06}").into()).collect();
    let custom = with_custom(message("m", "ann", 1), &[("x", custom)]).custom;
    let mut message = message("m", "ann", 1);
    message.mentioned_here = true;
    message.mentioned_channel = true;
    message.restricted_visibility = ids.clone();
    message.custom = custom.clone();
    let mut workspace = room([vec![message.into()]]);
    let (user, channel) = (&mut workspace.users[0], &mut workspace.channels[0]);
    user.blocked_user_ids = ids.clone();
    user.custom = custom.clone();
    channel.banned_user_ids = ids;
    channel.disabled = true;
    channel.truncated_at = Some(at(1));
    channel.custom = custom.clone();
    workspace.members[0].archived_at = Some(at(1));
    workspace.members[0].custom = custom;
    workspace
}

#[test]
fn what_is_custom_to_an_array_counts_as_custom_data_there() {
    for custom in 3_700..5_000 {
        converted(&with_fields_of_lines(3, custom));
    }
    let lines = Way {
        spelling: Spelling::Jsonl,
        ..Way::default()
    };
    for (way, dropped) in [(Way::default(), 3), (lines, 0)] {
        let output = run(&with_fields_of_lines(600, 1), &way);
        output.good();
        assert_eq!(lost(&output, "custom_dropped"), dropped, "a list each");
        let is_written = dropped == 0;
        assert_eq!(
            output.message("m")["restricted_visibility"].is_array(),
            is_written
        );
        assert_eq!(output.message("m")["x"], "z");
        let channel = &output.items("channel")["messaging general"];
        assert_eq!(channel["banned_users"].is_array(), is_written);
        let user = &output.items("user")["ann"];
        assert_eq!(user["blocked_user_ids"].is_array(), is_written);
    }
}

#[test]
fn names_and_pictures_are_measured_as_they_are_written() {
    let mut workspace = room([vec![message("m", "ann", 1).into()]]);
    workspace.users[0].name = "\u{1}".repeat(900).into();
    workspace.users[0].image_url = "\"".repeat(2_400).into();
    workspace.channels[0].name = "\u{1}".repeat(900).into();
    workspace.channels[0].image_url = "\"".repeat(2_400).into();
    converted(&workspace);
}

#[test]
fn the_ids_of_a_distinct_channel_are_measured_as_they_are_written() {
    let mut workspace = Workspace::of_users(&["ann"]);
    let id = "\u{1}".repeat(300);
    let channel = workspace.distinct(&id, &["ann"]);
    let custom = with_custom(message("m", "ann", 1), &[("x", 3_900)]).custom;
    workspace.channels[channel as usize].custom = custom;
    converted(&workspace);
}

#[test]
fn what_is_learnt_of_a_message_late_fits_beside_its_custom_data() {
    let odd = |start: &str| format!("{start}{}", "\"".repeat(230));
    let (parent, quoted) = (odd("p"), odd("q"));
    let mut it = with_custom(reply("r", "ann", 1, &parent), &[("x", 4_000)]);
    it.quoted_message_id = quoted.into();
    let output = converted(&room([vec![
        message("root", "ann", 9).into(),
        reply(&parent, "ann", 10, "root").into(),
        it.into(),
    ]]));
    let item = output.message("r");
    assert_eq!(item["source_parent_id"], parent);
    assert!(item["source_created_at"].is_string());
}

#[test]
fn an_attachment_keeps_within_its_limits_whatever_it_says() {
    let mut it = Attachment::default();
    it.mime_type = "\u{1}\"".repeat(1_200).into();
    it.waveform = vec![-1.234_567_890_123_456_7e-300; 100];
    it.waveform[3] = f64::NAN;
    it.duration = Some(f64::INFINITY);
    it.custom = with_custom(message("m", "ann", 1), &[("x", 2_500), ("y", 2_400)]).custom;
    let mut message = message("m", "ann", 1);
    message.attachments = vec![it];
    for spelling in [Spelling::Array, Spelling::Jsonl] {
        let way = Way {
            spelling,
            ..Way::default()
        };
        let output = run(&room([vec![message.clone().into()]]), &way);
        output.good();
    }
}

#[test]
fn what_is_too_large_to_be_attached_stands_below_the_text() {
    let file = |bytes| {
        let mut it = Attachment::default();
        it.title = "f".into();
        it.text = "*said*".into();
        it.asset_url = format!("https://e.com/{}", "a".repeat(bytes)).into();
        it
    };
    let mut it = message("m", "ann", 1);
    it.text = "```\ncode".into();
    it.attachments = vec![file(5_200), file(9)];
    let workspace = room([vec![it.into()]]);
    let way = Way {
        max_text_chars: 20_000,
        ..Way::default()
    };
    let output = run(&workspace, &way);
    output.good();
    let item = output.message("m");
    let url = format!("https://e.com/{}", "a".repeat(5_200));
    let text = format!("```\ncode\n```\n\n[f]({url})\n\n\\*said\\*");
    assert_eq!(item["text"], text);
    assert_eq!(item["attachments"].as_array().map(Vec::len), Some(1));
    assert_eq!(lost(&output, "attachment_as_text"), 1);
    // An address that no text holds is left out.
    let output = converted(&workspace);
    assert_eq!(output.message("m")["text"], "```\ncode");
    assert_eq!(lost(&output, "attachment_field_dropped"), 1);
}

#[test]
fn a_url_that_leads_nowhere_is_kept_beside_the_attachment() {
    for url in [
        "https://",
        "https:///a",
        "https://a.example/b c",
        "ftp://a.example",
    ] {
        let mut it = Attachment::default();
        it.asset_url = url.into();
        let mut message = message("m", "ann", 1);
        message.attachments = vec![it];
        let output = converted(&room([vec![message.into()]]));
        let item = output.message("m");
        assert_eq!(item["attachments"][0]["source_url"], url);
        assert_eq!(lost(&output, "url_not_allowed"), 1);
    }
}

#[test]
fn a_long_text_has_no_empty_piece() {
    let mut it = message("m", "ann", 1);
    it.text = format!("{}{}", "a".repeat(80), "\n".repeat(40)).into();
    let output = converted(&room([vec![it.into()]]));
    assert_eq!(output.ids(0, "message"), ["m"]);
}
