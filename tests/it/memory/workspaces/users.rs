//! Users, and what messages tell about people.

use migrate_model::{Person, Rank, User};
use proptest::{collection::vec, prelude::*};

use super::{
    channel_id,
    custom::custom,
    messages::{time, url},
};
use crate::memory::{TOLD, UNKNOWN_USER};

pub(super) fn user_id() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        Just("bob smith".to_owned()),
        Just("é".to_owned()),
        Just("x".repeat(300)),
        Just("bob_smith--7e50351d7a4c51161920af1a3526e79e".to_owned()),
        Just("\"quoted\"\\ \u{1}".to_owned()),
        Just(UNKNOWN_USER.to_owned()),
    ];
    prop_oneof![9 => (0..8).prop_map(|n| format!("u{n}")), 1 => odd]
}

pub(super) fn user_or_none() -> impl Strategy<Value = String> {
    prop_oneof![11 => user_id(), 1 => Just(String::new())]
}

pub(super) fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[A-Z][a-zé]{1,6}( [A-Z]\\.)?",
        1 => Just(String::new()),
        1 => Just("N".repeat(1_500)),
        1 => Just("\u{2}\"".repeat(600)),
    ]
}

pub(super) fn team() -> impl Strategy<Value = String> {
    prop_oneof![12 => Just(""), 1 => Just("red"), 1 => Just("blue")].prop_map(str::to_owned)
}

pub(super) fn user() -> impl Strategy<Value = User<'static>> {
    let mutes = (
        vec(user_or_none(), 0..3),
        vec(channel_id(), 0..3),
        vec(user_id(), 0..2),
    );
    let seldom = prop::bool::weighted(0.3);
    (
        user_or_none(),
        name(),
        url(),
        team(),
        mutes,
        seldom,
        custom(),
    )
        .prop_map(
            |(id, name, image, team, (users, channels, blocked), has_mutes, custom)| {
                let mut it = User::default();
                it.email = email(&id).into();
                it.id = id.into();
                it.name = name.into();
                it.image_url = image.into();
                it.teams = Some(team)
                    .filter(|it| !it.is_empty())
                    .map(Into::into)
                    .into_iter()
                    .collect();
                if has_mutes {
                    it.muted_user_ids = users.into_iter().map(Into::into).collect();
                    it.muted_channel_ids = channels.into_iter().map(Into::into).collect();
                    it.blocked_user_ids = blocked.into_iter().map(Into::into).collect();
                }
                it.custom = custom;
                it
            },
        )
}

/// The e-mail address of a user; some share one, some have none.
fn email(id: &str) -> String {
    match id.strip_prefix('u') {
        Some("0" | "1") => "u0@example.com".to_owned(),
        Some(number @ ("2" | "3" | "4")) => format!("U{number}@EXAMPLE.com"),
        _ => String::new(),
    }
}

pub(super) fn person() -> impl Strategy<Value = Person<'static>> {
    let rank = prop_oneof![
        1 => Just(Rank::Id),
        3 => Just(Rank::Label),
        3 => Just(Rank::Profile),
        1 => Just(Rank::Listed),
    ];
    let told = prop::option::of(0_i64..4);
    (
        user_or_none(),
        rank,
        name(),
        url(),
        time(),
        (custom(), told),
    )
        .prop_map(|(id, rank, name, image, seen_at, (mut custom, told))| {
            if let Some(told) = told {
                custom.set(TOLD, told);
            }
            Person {
                id: id.into(),
                rank,
                name: name.into(),
                image_url: image.into(),
                seen_at,
                custom,
            }
        })
}
