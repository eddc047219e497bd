//! Just inside and just outside of each bound. What `validate` asks of a file is tried by its own
//! table, `src/validate/tests/cases.rs`; here is what is asked of what is written.

use migrate_model::{MessageKind, Text};

use super::super::item::Attachment;
use super::*;

const ARRAY: Checks = Checks {
    spelling: Spelling::Array,
    max_text_chars: 10,
};

const LINES: Checks = Checks {
    spelling: Spelling::Jsonl,
    max_text_chars: 10,
};

/// The rule that is broken, if any.
fn broken(checked: Result<(), Problem>) -> Option<RuleId> {
    checked.err().map(|problem| problem.rule)
}

/// That custom data of so many bytes is as much as there is room for.
#[track_caller]
fn room_is(bytes: usize, check: impl Fn(&[u8]) -> Result<(), Problem>) {
    assert_eq!(broken(check(&vec![b'x'; bytes])), None);
    let over = broken(check(&vec![b'x'; bytes + 1]));
    assert_eq!(over, Some(RuleId::CustomSize));
}

fn a_message() -> Message<'static> {
    Message {
        id: "m".into(),
        channel: b"",
        user: "ann".into(),
        kind: MessageKind::Regular,
        text: "".into(),
        attachments: &[],
        parent_id: "".into(),
        show_in_channel: false,
        quoted_message_id: "".into(),
        mentioned_users_ids: Vec::new(),
        mentioned_channel: false,
        mentioned_here: false,
        restricted_visibility: Vec::new(),
        pinned_at: None,
        pinned_by_id: "".into(),
        pin_expires: None,
        created_at: Time::MIN,
        updated_at: None,
        deleted_at: None,
        custom: b"",
    }
}

fn a_reaction() -> Reaction<'static> {
    Reaction {
        message_id: "m".into(),
        reaction_type: "love".into(),
        user_id: "ann".into(),
        created_at: Time::MIN,
        custom: b"",
    }
}

#[test]
fn a_hundred_problems_are_kept_and_the_others_counted() {
    let mut problems = Problems::new(RuleSet::Own);
    for _ in 0..103 {
        problems.require(false, RuleId::UserIdRequired);
        problems.require(true, RuleId::UserIdRequired);
    }
    problems.require(false, RuleId::UserIdLength);
    assert_eq!(problems.found.len(), 100);
    let more = [(RuleId::UserIdRequired, 3), (RuleId::UserIdLength, 1)];
    assert_eq!(problems.more, more.into_iter().collect());
}

#[test]
fn a_rule_of_another_set_is_not_asked_for() {
    let mut problems = Problems::new(RuleSet::Classic);
    problems.require(false, RuleId::UserChatLevel);
    assert!(problems.found.is_empty());
}

#[test]
fn a_user_is_held_to_its_id_and_room() {
    let user = |checks: Checks, id: &str, blocked: &[&'static str], custom: &[u8]| {
        checks.user(&User {
            id: id.into(),
            name: "Ann".into(),
            image: "https://x.example/é".into(),
            blocked_user_ids: blocked.iter().map(|id| (*id).into()).collect(),
            custom,
            ..User::default()
        })
    };
    for (id, rule) in [
        ("", RuleId::UserIdRequired),
        ("a.b", RuleId::UserIdPattern),
        (&"x".repeat(256), RuleId::UserIdLength),
    ] {
        assert_eq!(broken(user(ARRAY, id, &[], b"")), Some(rule), "{id}");
    }
    assert_eq!(broken(user(ARRAY, &"@".repeat(255), &[], b"")), None);
    let texts = r#"{"name":"Ann","image":"https://x.example/é",}"#.len();
    room_is(5_000 - texts, |custom| user(ARRAY, "ann", &[], custom));
    // To an array's import the field is custom data.
    room_is(5_000 - texts, |custom| user(LINES, "ann", &["bob"], custom));
    let blocked = r#""blocked_user_ids":["bob"],"#.len();
    room_is(5_000 - texts - blocked, |custom| {
        user(ARRAY, "ann", &["bob"], custom)
    });
}

#[test]
fn a_channel_is_held_to_its_name_and_room() {
    let by_id = |channel_type: &str, id: &str| ChannelRef::Id {
        channel_type: channel_type.into(),
        id: id.into(),
    };
    let distinct = |ids: &[&str]| ChannelRef::Distinct {
        channel_type: "messaging".into(),
        member_ids: ids.iter().map(|id| (*id).into()).collect(),
    };
    let long = "x".repeat(65);
    for (channel, rule) in [
        (by_id("", "c"), RuleId::ChannelTypeRequired),
        (by_id("a b", "c"), RuleId::ChannelTypePattern),
        (by_id(&long, "c"), RuleId::ChannelTypeLength),
        (by_id("team", ""), RuleId::ChannelIdOrMembers),
        (by_id("team", "a@b"), RuleId::ChannelIdPattern),
        (by_id("team", &long), RuleId::ChannelIdLength),
        (distinct(&[]), RuleId::ChannelIdOrMembers),
        (distinct(&["ann", "b c"]), RuleId::UserIdPattern),
    ] {
        let checked = ARRAY.channel(&channel, &ChannelDetails::default());
        assert_eq!(broken(checked), Some(rule), "{channel:?}");
    }
    let channels = [by_id(&long[1..], &long[1..]), distinct(&["ann", "b@c"])];
    let texts = r#"{"name":"One","image":"",}"#.len();
    let disabled = r#""disabled":true,"#.len();
    for channel in channels {
        let check = |checks: Checks, custom: &[u8]| {
            let details = ChannelDetails {
                name: "One".into(),
                disabled: true,
                custom,
                ..ChannelDetails::default()
            };
            checks.channel(&channel, &details)
        };
        room_is(5_000 - texts, |custom| check(LINES, custom));
        room_is(5_000 - texts - disabled, |custom| check(ARRAY, custom));
    }
}

#[test]
fn a_member_is_held_to_its_user_invitation_and_room() {
    let time = Some(Time::MIN);
    let check = |checks: Checks, it: &MemberDetails<'_>| broken(checks.member("ann", it));
    let empty = ARRAY.member("", &MemberDetails::default());
    assert_eq!(broken(empty), Some(RuleId::MemberUserRequired));
    for (invited, accepted, rejected, rule) in [
        (false, None, None, None),
        (true, time, None, None),
        (true, None, time, None),
        (false, time, None, Some(RuleId::MemberInvite)),
        (false, None, time, Some(RuleId::MemberInvite)),
    ] {
        let details = MemberDetails {
            invited,
            invite_accepted_at: accepted,
            invite_rejected_at: rejected,
            ..MemberDetails::default()
        };
        assert_eq!(check(ARRAY, &details), rule);
    }
    let archived = |checks: Checks, custom: &[u8]| {
        let details = MemberDetails {
            archived_at: time,
            custom,
            ..MemberDetails::default()
        };
        checks.member("ann", &details)
    };
    room_is(4_998, |custom| archived(LINES, custom));
    let field = r#""archived_at":"2020-01-01T00:00:00.000000Z","#.len();
    room_is(4_998 - field, |custom| archived(ARRAY, custom));
}

#[test]
fn a_message_is_held_to_its_fields() {
    let parts: Vec<Attachment<'_>> = (0..31)
        .map(|_| Attachment {
            kind: "file".into(),
            ..Attachment::default()
        })
        .collect();
    let check = |change: &dyn Fn(&mut Message<'_>)| {
        let mut it = a_message();
        change(&mut it);
        broken(LINES.message(&it))
    };
    let long = "x".repeat(256);
    assert_eq!(check(&|_| ()), None);
    assert_eq!(check(&|it| it.id = long[1..].to_owned().into()), None);
    assert_eq!(check(&|it| it.text = "é".repeat(10).into()), None);
    assert_eq!(
        check(&|it| it.text = "é".repeat(11).into()),
        Some(RuleId::MessageText)
    );
    for (id, rule) in [
        ("", RuleId::MessageIdRequired),
        ("a,b", RuleId::MessageIdPattern),
        (&long, RuleId::MessageIdLength),
    ] {
        assert_eq!(check(&|it| it.id = id.to_owned().into()), Some(rule));
    }
    assert_eq!(
        check(&|it| it.user = "".into()),
        Some(RuleId::MessageUserRequired)
    );
    // A reply has its type by its parent, and only a reply is shown in the channel.
    assert_eq!(
        check(&|it| it.show_in_channel = true),
        Some(RuleId::MessageShowInChannel)
    );
    let shown = check(&|it| (it.show_in_channel, it.parent_id) = (true, "p".into()));
    assert_eq!(shown, None);
    for count in [30, 31] {
        let it = Message {
            attachments: &parts[..count],
            ..a_message()
        };
        let rule = (count > 30).then_some(RuleId::MessageAttachments);
        assert_eq!(broken(ARRAY.message(&it)), rule);
    }
}

#[test]
fn the_room_of_a_message_keeps_some_for_what_is_learnt_later() {
    let check = |checks: Checks, is_for_all: bool, custom: &[u8]| {
        let it = Message {
            mentioned_channel: is_for_all,
            custom,
            ..a_message()
        };
        checks.message(&it)
    };
    let room = 5_000 - "{}".len() - limits::CUSTOM_RESERVE_BYTES;
    room_is(room, |custom| check(ARRAY, false, custom));
    room_is(room, |custom| check(LINES, true, custom));
    let field = r#""mentioned_channel":true,"#.len();
    room_is(room - field, |custom| check(ARRAY, true, custom));
}

#[test]
fn a_message_that_is_deleted_or_pinned_says_when_and_by_whom() {
    let time = Some(Time::MIN);
    let found = |set: RuleSet, facts: MessageFacts<'_>| {
        let mut problems = Problems::new(set);
        message(
            &mut problems,
            &MessageFacts {
                id: "m",
                channel: CHECKED_CHANNEL,
                user: "ann",
                ..facts
            },
        );
        let rules = problems.found.iter().map(|it| it.rule);
        rules.collect::<Vec<_>>()
    };
    let pin = |pinned_at, pinned_by_id, pin_expires| {
        let facts = MessageFacts {
            pinned_at,
            pinned_by_id,
            pin_expires,
            ..MessageFacts::default()
        };
        found(RuleSet::Own, facts)
    };
    use RuleId::{MessagePinExpires, MessagePinnedAt, MessagePinnedBy};
    assert_eq!(pin(None, "", None), []);
    assert_eq!(pin(time, "bob", None), []);
    assert_eq!(pin(time, "bob", time), []);
    assert_eq!(pin(None, "bob", None), [MessagePinnedBy]);
    assert_eq!(pin(time, "", None), [MessagePinnedAt]);
    assert_eq!(pin(None, "", time), [MessagePinExpires]);
    assert_eq!(pin(None, "bob", time), [MessagePinnedBy, MessagePinExpires]);
    assert_eq!(pin(time, "", time), [MessagePinnedAt, MessagePinExpires]);
    let kind = |set, kind, deleted_at, parent_id| {
        let facts = MessageFacts {
            kind,
            deleted_at,
            parent_id,
            ..MessageFacts::default()
        };
        found(set, facts)
    };
    let sets = [RuleSet::Classic, RuleSet::Current, RuleSet::Own];
    for set in sets {
        assert_eq!(kind(set, None, None, ""), []);
        assert_eq!(kind(set, Some("system"), None, ""), []);
        assert_eq!(kind(set, Some("deleted"), time, ""), []);
        let timeless = [RuleId::MessageDeletedWithoutTime];
        assert_eq!(kind(set, Some("deleted"), None, ""), timeless);
        assert_eq!(kind(set, None, time, ""), [RuleId::MessageDeletedAt]);
        assert_eq!(kind(set, Some("other"), None, ""), [RuleId::MessageType]);
        assert_eq!(kind(set, Some("reply"), None, "p"), []);
        assert_eq!(kind(set, Some("regular"), None, "p"), []);
        let blocked = match set {
            RuleSet::Current => vec![RuleId::MessageType],
            _ => vec![],
        };
        assert_eq!(kind(set, Some("blocked"), None, ""), blocked);
    }
}

#[test]
fn an_attachment_is_held_to_its_type_addresses_and_room() {
    let check = |checks: Checks, it: Attachment<'_>| {
        let it = Message {
            attachments: &[it],
            ..a_message()
        };
        checks.message(&it)
    };
    let none = check(ARRAY, Attachment::default());
    assert_eq!(broken(none), Some(RuleId::AttachmentType));
    let file = || Attachment {
        kind: "file".into(),
        ..Attachment::default()
    };
    room_is(4_998, |custom| {
        let custom = custom.to_vec();
        check(ARRAY, Attachment { custom, ..file() })
    });
    type Place = for<'a> fn(&'a mut Attachment<'static>) -> &'a mut Text<'static>;
    let places: [(&str, Place); 3] = [
        ("image_url", |it| &mut it.image_url),
        ("thumb_url", |it| &mut it.thumb_url),
        ("asset_url", |it| &mut it.asset_url),
    ];
    for (name, place) in places {
        let mut it = file();
        *place(&mut it) = "ftp://x.example".into();
        let expected = wrong_url(name, "ftp://x.example");
        assert_eq!(check(ARRAY, it), Err(expected));
    }
}

#[test]
fn an_address_is_one_that_can_be_reached() {
    for (url, in_array, in_lines) in [
        ("", true, true),
        ("https://x.example/1?a#b", true, true),
        ("http://x.example", true, false),
        ("ftp://x.example", false, false),
        ("https://", false, false),
        ("https:///path", false, false),
        ("https://?a", false, false),
        ("https://#a", false, false),
        ("https://x.example/a b", false, false),
        ("https://x.example/\u{7}", false, false),
    ] {
        assert_eq!(ARRAY.is_url(url), in_array, "{url:?}");
        assert_eq!(LINES.is_url(url), in_lines, "{url:?}");
    }
}

#[test]
fn a_reaction_is_held_to_its_fields_and_room() {
    let check = |change: &dyn Fn(&mut Reaction<'_>)| {
        let mut it = a_reaction();
        change(&mut it);
        broken(ARRAY.reaction(&it))
    };
    use RuleId::{
        ReactionMessageRequired, ReactionTypeLength, ReactionTypePattern, ReactionTypeRequired,
        ReactionUserRequired,
    };
    assert_eq!(
        check(&|it| it.message_id = "".into()),
        Some(ReactionMessageRequired)
    );
    assert_eq!(
        check(&|it| it.user_id = "".into()),
        Some(ReactionUserRequired)
    );
    for (name, rule) in [
        ("", Some(ReactionTypeRequired)),
        ("a b", Some(ReactionTypePattern)),
        ("+1_a-b:c.d", None),
        ("123456789012345678901234567890", None),
        ("1234567890123456789012345678901", Some(ReactionTypeLength)),
    ] {
        assert_eq!(check(&|it| it.reaction_type = name.into()), rule, "{name}");
    }
    room_is(4_998, |custom| {
        ARRAY.reaction(&Reaction {
            custom,
            ..a_reaction()
        })
    });
}

#[test]
fn times_read_as_go_prints_them() {
    let time = Time::from_micros(1_577_836_800_120_000).unwrap();
    assert_eq!(go_text(time), "2020-01-01 00:00:00.12 +0000 UTC");
    let time = Time::from_seconds(1_644_842_070).unwrap();
    assert_eq!(go_rfc3339(time), "2022-02-14T12:34:30Z");
}
