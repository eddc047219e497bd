//! People who stand in no list, and the names that mentions use.

use migrate_model::Rank;
use serde_json::json;

use super::{converted, room};
use crate::memory::{HEARD, UNKNOWN_USER, Workspace, mention, message, person};

#[test]
fn a_stranger_who_proves_better_known_late_is_named_so_from_the_start() {
    let mut workspace = Workspace::of_users(&["ann"]);
    let channel = workspace.channel("general", &["ann"]);
    workspace.unit(channel, vec![mention("m1", "ann", 1, "dan").into()]);
    workspace.unit(
        channel,
        vec![
            person("dan", Rank::Label, "dan d.", 2).into(),
            mention("m2", "ann", 2, "dan").into(),
        ],
    );
    workspace.unit(
        channel,
        vec![
            person("dan", Rank::Profile, "Dan Dare", 3).into(),
            message("m3", "dan", 3).into(),
        ],
    );
    let output = converted(&workspace);
    for id in ["m1", "m2"] {
        assert_eq!(output.message(id)[HEARD], json!(["Dan Dare"]));
    }
    assert_eq!(output.items("user")["dan"]["name"], "Dan Dare");
}

#[test]
fn a_stranger_has_the_custom_data_of_the_best_that_is_told_and_no_other() {
    let told = |rank, name: &str, micros, fields: &[(&'static str, bool)]| {
        let mut it = person("dan", rank, name, micros);
        fields
            .iter()
            .for_each(|(name, is)| it.custom.set(*name, *is));
        it
    };
    let users = |workspace: &Workspace| {
        let mut users = converted(workspace).items("user");
        users.remove("dan").unwrap()
    };
    let mut workspace = room([vec![
        told(Rank::Label, "dan d.", 1, &[("odd", true)]).into(),
        message("m1", "dan", 1).into(),
    ]]);
    assert_eq!(
        users(&workspace),
        json!({"id": "dan", "name": "dan d.", "odd": true})
    );
    // Better known by another batch, which makes the first pass void.
    workspace.unit(
        0,
        vec![
            told(
                Rank::Profile,
                "dan d.",
                3,
                &[("is_bot", true), ("online", true)],
            )
            .into(),
        ],
    );
    let expected = json!({"id": "dan", "name": "dan d.", "is_bot": true, "source_online": true});
    assert_eq!(users(&workspace), expected);
    workspace.unit(0, vec![told(Rank::Profile, "dan d.", 2, &[]).into()]);
    assert_eq!(users(&workspace), json!({"id": "dan", "name": "dan d."}));
}

#[test]
fn a_name_takes_no_custom_data_away() {
    let marked = || {
        let mut it = person("dan", Rank::Id, "dan", 2);
        it.custom.set("team", "T2");
        it
    };
    let label = || person("dan", Rank::Label, "dan d.", 1);
    let said = || message("m1", "dan", 3);
    let mut in_two = room([vec![label().into(), said().into()]]);
    in_two.unit(0, vec![marked().into()]);
    let mut the_other_way = room([vec![marked().into(), said().into()]]);
    the_other_way.unit(0, vec![label().into()]);
    let in_one = room([vec![marked().into(), label().into(), said().into()]]);
    let mut before = room([vec![label().into(), said().into()]]);
    before.people = vec![marked()];
    // Where the custom data comes late, the first pass is void.
    for workspace in [in_two, the_other_way, in_one, before] {
        let users = converted(&workspace).items("user");
        let expected = json!({"id": "dan", "name": "dan d.", "team": "T2"});
        assert_eq!(users["dan"], expected, "{workspace:?}");
    }
}

#[test]
fn people_who_are_met_in_the_directory_keep_to_the_same_rules() {
    let mut workspace = room([vec![
        mention("m", "ann", 1, "dan").into(),
        mention("n", "ann", 2, "eve").into(),
    ]]);
    let long = "N".repeat(3_000);
    workspace.people = vec![
        person("dan", Rank::Profile, &long, 1),
        person("eve", Rank::Profile, "", 1),
        person("", Rank::Profile, "Nobody", 1),
    ];
    let output = converted(&workspace);
    let users = output.items("user");
    assert_eq!(users["dan"]["name"], long[..1_000]);
    assert_eq!(output.message("m")[HEARD], json!([long[..1_000]]));
    assert_eq!(users["eve"]["name"], "eve");
    assert_eq!(users.len(), 5);
}

#[test]
fn an_author_with_the_id_of_the_unknown_user_is_that_user() {
    // The first pass is void, so only the second meets the unknown user.
    let mut workspace = room([
        vec![mention("m", "ann", 1, "dan").into()],
        vec![person("dan", Rank::Profile, "Dan", 3).into()],
    ]);
    workspace.unit(0, vec![message("by id", UNKNOWN_USER, 5).into()]);
    workspace.unit(0, vec![message("by nobody", "", 6).into()]);
    let output = converted(&workspace);
    assert_eq!(output.items("user")[UNKNOWN_USER]["name"], "Unknown user");
}
