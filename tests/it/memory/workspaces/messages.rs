//! Messages and reactions by themselves.

use migrate_model::{Attachment, Message, MessageKind, Pin, Reaction, Time};
use proptest::{collection::vec, prelude::*};

use super::{
    custom::custom,
    users::{user_id, user_or_none},
};
use crate::memory::at;

pub(super) fn time() -> impl Strategy<Value = Time> {
    prop_oneof![
        40 => (0i64..40).prop_map(at),
        1 => Just(Time::MIN),
        1 => Just(Time::MAX),
    ]
}

pub(super) fn message() -> impl Strategy<Value = Message<'static>> {
    let kind = prop_oneof![
        12 => Just(MessageKind::Regular),
        1 => Just(MessageKind::System),
        1 => Just(MessageKind::Deleted),
        1 => Just(MessageKind::Blocked),
    ];
    let seldom = || prop::bool::weighted(0.15);
    let base = (
        user_or_none(),
        text(),
        kind,
        prop::option::weighted(0.96, time()),
    );
    let marks = (
        seldom(),
        seldom(),
        prop::option::weighted(0.1, time()),
        prop::option::weighted(0.1, (prop::option::of(time()), user_or_none())),
    );
    let mentions = prop_oneof![2 => Just(Vec::new()), 1 => vec(user_or_none(), 1..4)];
    let visible = prop_oneof![12 => Just(Vec::new()), 1 => vec(user_or_none(), 1..3)];
    let hint = (
        prop::option::weighted(0.2, user_id()),
        prop::option::weighted(0.2, time()),
    );
    let attachments = prop_oneof![
        10 => Just(Vec::new()),
        2 => vec(attachment(), 1..3),
        1 => (attachment(), 28usize..70).prop_map(|(it, count)| vec![it; count]),
    ];
    (base, marks, mentions, visible, hint, attachments, custom()).prop_map(
        |(base, marks, mentions, visible, hint, attachments, custom)| {
            let (user, text, kind, created_at) = base;
            let (show_in_channel, here, edited_at, pin) = marks;
            let mut it = Message::default();
            it.user_id = user.into();
            it.text = text.into();
            it.kind = kind;
            it.created_at = created_at;
            it.show_in_channel = show_in_channel;
            it.mentioned_here = here;
            it.edited_at = edited_at;
            it.pin = pin.map(|(at, by)| Pin {
                at,
                by: by.into(),
                until: None,
            });
            it.mentioned_user_ids = mentions.into_iter().map(Into::into).collect();
            it.restricted_visibility = visible.into_iter().map(Into::into).collect();
            it.parent_user_id = hint.0.unwrap_or_default().into();
            it.parent_created_at = hint.1;
            it.attachments = attachments;
            it.custom = custom;
            it
        },
    )
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just(String::new()),
        8 => "[a-z]{1,8}( [a-zé]{1,8}){0,4}",
        1 => "([a-zé👍]{1,12}|```|\n| |\n\n){0,120}",
        1 => (1usize..40).prop_map(|n| format!("```\n{}```\nend", "let a = 1;\n".repeat(n))),
        1 => (90usize..110, 0usize..30).prop_map(|(a, b)| "a".repeat(a) + &"\n".repeat(b)),
        1 => (1usize..400).prop_map(|n| "\u{1F600}".repeat(n)),
    ]
}

pub(super) fn reaction() -> impl Strategy<Value = Reaction<'static>> {
    let name = prop_oneof![
        6 => Just("like".to_owned()),
        4 => Just("+1".to_owned()),
        1 => Just("👍".to_owned()),
        1 => Just("a very long name of a reaction, with words".to_owned()),
        1 => Just(String::new()),
    ];
    (name, user_or_none(), prop::option::of(time()), custom()).prop_map(
        |(name, user, created_at, custom)| {
            let mut it = Reaction::default();
            it.reaction_type = name.into();
            it.user_id = user.into();
            it.created_at = created_at;
            it.custom = custom;
            it
        },
    )
}

pub(super) fn url() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(""),
        4 => Just("https://files.example/a.png"),
        2 => Just("http://files.example/a.png"),
        1 => Just("ftp://files.example/a"),
        1 => Just("https://"),
        1 => Just("https:///a"),
        1 => Just("https://files.example/a b"),
        1 => Just("HTTPS://files.example/\n"),
    ]
    .prop_map(str::to_owned)
}

fn attachment() -> impl Strategy<Value = Attachment<'static>> {
    let kind = prop_oneof![Just(""), Just("image"), Just("file")];
    let mime = prop_oneof![
        6 => Just(String::new()),
        2 => Just("image/png".to_owned()),
        1 => Just("\u{1}\"".repeat(1_200)),
    ];
    let duration = prop_oneof![4 => Just(None), 1 => Just(Some(1.5)), 1 => Just(Some(f64::NAN))];
    let level = prop_oneof![
        4 => 0.0f64..1.0,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(-1.234_567_890_123_456_7e-300),
    ];
    let waveform = prop_oneof![6 => Just(Vec::new()), 1 => vec(level, 1..120)];
    (
        kind,
        url(),
        url(),
        url(),
        mime,
        duration,
        waveform,
        custom(),
    )
        .prop_map(
            |(kind, image, thumb, asset, mime, duration, waveform, custom)| {
                let mut it = Attachment::default();
                it.kind = kind.into();
                it.image_url = image.into();
                it.thumb_url = thumb.into();
                it.asset_url = asset.into();
                it.mime_type = mime.into();
                it.size_bytes = Some(u64::MAX);
                it.duration = duration;
                it.waveform = waveform;
                it.custom = custom;
                it
            },
        )
}
