//! People whom a user map makes one user of the app.

use migrate::{
    books::Class,
    getstream::Spelling,
    selection::{Exclusion, Selection},
    user_map::MappedUsers,
};
use migrate_model::{Kind, Rank};
use serde_json::json;

use super::{lost, merged, noted, room};
use crate::{
    memory::{HEARD, Item, UNKNOWN_USER, Workspace, at, mention, message, person, reaction, reply},
    promises::run::{Output, Way, run},
};

/// Converts with a map, and holds the output against the format.
fn mapped(workspace: &Workspace, map: &str) -> Output {
    let way = Way {
        user_map: format!("source,id,name,teams,custom.x\n{map}"),
        has_id_map: true,
        ..Way::default()
    };
    let output = run(workspace, &way);
    output.good();
    output
}

/// The same for what is selected, with the mapped users written and left to the app.
fn picked(workspace: &Workspace, map: &str, selection: &Selection) -> [Output; 2] {
    [MappedUsers::Write, MappedUsers::Refer].map(|mapped_users| {
        let way = Way {
            spelling: Spelling::Jsonl,
            user_map: format!("source,id\n{map}"),
            mapped_users,
            has_id_map: true,
            selection: selection.clone(),
            ..Way::default()
        };
        let output = run(workspace, &way);
        output.good();
        output
    })
}

fn excluded(output: &Output, kind: &str) -> u64 {
    noted(&output.packed.ledger, Class::Excluded, kind)
}

fn only_general() -> Selection {
    let mut selection = Selection::default();
    selection.channels.only = vec!["general".to_owned()];
    selection
}

fn rows(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.id_map.clone()).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn all_that_is_said_of_somebody_is_said_of_the_mapped_user() {
    let mut workspace = room([vec![
        mention("m", "ann", 1, "bob").into(),
        reaction("m", "like", "cat").into(),
    ]]);
    workspace.channels[0].created_by = "bob".into();
    workspace.channels[0].banned_user_ids = vec!["cat".into()];
    workspace.users[0].muted_user_ids = vec!["bob".into()];
    let output = mapped(&workspace, "ann,a\nbob,b,Robert\ncat,c\n");
    let channel = &output.items("channel")["messaging general"];
    assert_eq!(channel["created_by"], "b");
    assert_eq!(channel["banned_users"], json!(["c"]));
    let message = output.message("m");
    assert_eq!(message["user"], "a");
    assert_eq!(message["mentioned_users_ids"], json!(["b"]));
    assert_eq!(message[HEARD], json!(["Robert"]));
    let users = output.items("user");
    assert_eq!(users["a"]["user_mutes"], json!(["b"]));
    assert_eq!(users["a"]["name"], "ANN");
    assert_eq!(users["b"]["name"], "Robert");
    assert!(output.items("reaction").contains_key("like c m"));
    assert_eq!(
        rows(&output),
        [
            "user,bob,b,directory,2",
            "user,cat,c,directory,3",
            "channel,general,messaging:general,directory,1",
            "user,ann,a,directory,1",
            "message,m,m,unit 0,1",
        ]
    );
}

#[test]
fn two_people_of_one_id_are_one_user_one_member_and_react_once() {
    let mut workspace = room([vec![
        message("m", "ann", 1).into(),
        reaction("m", "like", "ann").into(),
        reaction("m", "like", "bob").into(),
        reaction("m", "wow", "bob").into(),
    ]]);
    workspace.channel("other", &["bob", "ann", "cat", "ann"]);
    workspace.users[0].muted_user_ids = vec!["bob".into(), "cat".into()];
    let output = mapped(&workspace, "ann,x,,,\nbob,x,,,y\n");
    let users = output.items("user");
    assert_eq!(users.len(), 2);
    assert_eq!(
        (&users["x"]["name"], &users["x"]["x"]),
        (&json!("ANN"), &json!("y"))
    );
    assert_eq!(
        users["x"]["user_mutes"],
        json!(["cat"]),
        "and not themselves"
    );
    assert_eq!(lost(&output, "user_mapped_together"), 1);
    assert_eq!(output.items("reaction").len(), 2);
    assert_eq!(merged(&output, "reaction_repeated"), 1);
    // The user bob, and ann as a member of `other` twice after him.
    let members: Vec<_> = output.items("member").into_keys().collect();
    let expected = [
        "cat messaging other",
        "x messaging general",
        "x messaging other",
    ];
    assert_eq!(members, expected);
    assert_eq!(merged(&output, "user_mapped_together"), 3);
    assert_eq!(output.packed.ledger.book(Kind::User).merged, 1);
}

#[test]
fn conversations_of_people_who_are_one_are_one() {
    let mut workspace = Workspace::of_users(&["ann", "bob", "cat"]);
    let own = workspace.distinct("D1", &["ann", "bob"]);
    let one = workspace.distinct("D2", &["ann", "cat"]);
    let two = workspace.distinct("D3", &["cat", "bob"]);
    workspace.unit(own, vec![message("o", "ann", 1).into()]);
    workspace.unit(one, vec![message("a", "ann", 1).into()]);
    workspace.unit(two, vec![message("b", "bob", 2).into()]);
    let output = mapped(&workspace, "ann,x\nbob,x\n");
    assert_eq!(merged(&output, "channel_same_members"), 1);
    assert_eq!(output.message("o")["channel_id"], "D1");
    for id in ["a", "b"] {
        assert_eq!(
            output.message(id)["channel_member_ids"],
            json!(["cat", "x"])
        );
    }
    assert!(rows(&output).contains(&"channel,D2,messaging:[cat x],directory,2".to_owned()));
}

#[test]
fn conversations_that_a_map_leaves_one_member_stay_apart() {
    let mut workspace = Workspace::of_users(&["ann", "bob", "cat"]);
    let one = workspace.distinct("D1", &["ann", "bob"]);
    let two = workspace.distinct("D2", &["ann", "cat", "bob"]);
    workspace.unit(one, vec![message("a", "ann", 1).into()]);
    workspace.unit(two, vec![message("b", "cat", 1).into()]);
    let output = mapped(&workspace, "ann,x\nbob,x\ncat,x\n");
    assert_eq!(output.message("a")["channel_id"], "D1");
    assert_eq!(output.message("b")["channel_id"], "D2");
    let members: Vec<String> = output.items("member").into_keys().collect();
    assert_eq!(members, ["x messaging D1", "x messaging D2"]);
    assert_eq!(output.packed.ledger.count(Class::LeftOut), 0);
}

#[test]
fn conversations_between_the_same_people_are_one_also_if_a_map_leaves_one_member() {
    let mut workspace = Workspace::of_users(&["ann", "bob"]);
    let one = workspace.distinct("D1", &["ann", "bob"]);
    let two = workspace.distinct("D2", &["bob", "ann"]);
    workspace.unit(one, vec![message("a", "ann", 1).into()]);
    workspace.unit(
        two,
        vec![
            message("a", "ann", 1).into(),
            reply("b", "bob", 2, "a").into(),
        ],
    );
    let output = mapped(&workspace, "ann,x\nbob,x\n");
    assert_eq!(merged(&output, "channel_same_members"), 1);
    assert_eq!(merged(&output, "message_repeated"), 1);
    assert_eq!(output.ids(0, "message"), ["a", "b"]);
    assert_eq!(output.message("b")["channel_id"], "D1");
    assert_eq!(output.message("b")["parent_id"], "a");
}

#[test]
fn conversations_between_the_same_people_are_one_also_if_not_all_may_join() {
    let mut workspace = Workspace::of_users(&["ann", "bob"]);
    let one = workspace.distinct("D1", &["ann", "bob"]);
    let two = workspace.distinct("D2", &["ann", "bob"]);
    workspace.unit(one, vec![message("a", "ann", 1).into()]);
    workspace.unit(two, vec![reply("b", "bob", 2, "a").into()]);
    let output = mapped(&workspace, "ann,x,,red\n");
    assert_eq!(output.message("b")["parent_id"], "a");
    assert_eq!(output.message("b")["channel_id"], "D1");
    assert_eq!(lost(&output, "member_team"), 1);
}

#[test]
fn who_has_a_mapped_id_anyway_is_that_user() {
    let workspace = room([vec![
        message("m", "x", 1).into(),
        message("n", "cat", 2).into(),
    ]]);
    let output = mapped(&workspace, "ann,x,Ann\ncat,bob,\n");
    let ids: Vec<_> = output.items("user").into_keys().collect();
    assert_eq!(ids, ["bob", "x"]);
    assert_eq!(
        output.items("user")["bob"]["name"],
        "BOB",
        "the first listed"
    );
    assert_eq!(merged(&output, "user_mapped_together"), 2);
    assert_eq!(
        output.packed.ledger.book(Kind::User).made,
        1,
        "the author x"
    );
}

#[test]
fn people_are_found_by_address_unless_their_id_has_a_row() {
    let mut workspace = room([vec![message("m", "ann", 1).into()]]);
    workspace.users[0].email = "Ann@Example.com".into();
    workspace.users[1].custom.set("Email", "bob@example.com");
    workspace.users[2].email = "cat@example.com".into();
    let output = mapped(
        &workspace,
        "ann@example.COM,a\nBOB@example.com,b\ncat@example.com,no\ncat,c\n",
    );
    let ids: Vec<_> = output.items("user").into_keys().collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let map_use = output.packed.map_use.unwrap();
    assert_eq!(map_use.examples, [(4, "cat@example.com".to_owned())]);
}

#[test]
fn strangers_are_mapped_and_known_as_well_as_the_best_known_of_them() {
    let mut workspace = room([vec![mention("m1", "ann", 1, "dan").into()]]);
    let items: Vec<Item> = vec![
        person("daniel", Rank::Profile, "Dan Dare", 3).into(),
        message("m2", "daniel", 3).into(),
        mention("m3", "eve", 4, "eve").into(),
        message("m4", "", 5).into(),
    ];
    workspace.unit(0, items);
    let map = format!("dan,x\ndaniel,x\neve,e,,,1\n{UNKNOWN_USER},nobody\n");
    let output = mapped(&workspace, &map);
    let users = output.items("user");
    assert_eq!(users["x"]["name"], "Dan Dare");
    assert_eq!(users["e"], json!({"id": "e", "name": "e", "x": "1"}));
    assert_eq!(output.message("m1")[HEARD], json!(["Dan Dare"]));
    assert_eq!(output.message("m4")["user"], "nobody");
    assert!(
        !output
            .items("member")
            .contains_key("nobody messaging general")
    );
    assert_eq!(merged(&output, "user_mapped_together"), 1);
    let known: Vec<_> = output.packed.people.iter().map(|it| &*it.id).collect();
    assert!(
        known.contains(&"daniel"),
        "by the id of who told it: {known:?}"
    );
    assert!(rows(&output).contains(&"user,dan,x,unit 0,1".to_owned()));
}

#[test]
fn somebody_mapped_to_an_id_that_the_source_has_too_is_not_known_by_it() {
    let mut workspace = Workspace::of_users(&["ann"]);
    let general = workspace.channel("general", &["ann"]);
    workspace.channels[general as usize].created_by = "b".into();
    workspace.unit(general, vec![mention("m", "ann", 1, "bob").into()]);
    let output = mapped(&workspace, "bob,b,,,\n");
    assert_eq!(output.message("m")["mentioned_users_ids"], json!(["b"]));
    assert_eq!(output.message("m")[HEARD], json!(["b"]));
}

#[test]
fn teams_of_the_map_count() {
    let mut workspace = room([]);
    workspace.channels[0].team = "red".into();
    let output = mapped(&workspace, "ann,ann,,blue; red,\n");
    assert_eq!(output.items("user")["ann"]["teams"], json!(["blue", "red"]));
    assert_eq!(output.items("member").len(), 1);
}

#[test]
fn users_whom_the_app_has_are_referred_to_in_every_part() {
    let mut items: Vec<Item> = Vec::new();
    for n in 0..20 {
        items.push(mention(&format!("m{n:02}"), "bob", n, "dan").into());
    }
    let mut workspace = room([items]);
    let channel = workspace.distinct("D1", &["ann", "cat"]);
    workspace.unit(channel, vec![message("d", "ann", 1).into()]);
    let way = Way {
        spelling: Spelling::Jsonl,
        part_bytes: 2_000,
        user_map: "source,id\nann,a\nbob,b\ndan,d\neve,e\n".to_owned(),
        mapped_users: MappedUsers::Refer,
        ..Way::default()
    };
    let output = run(&workspace, &way);
    output.good();
    assert!(output.paths.len() > 2);
    assert_eq!(
        output.items("user").into_keys().collect::<Vec<_>>(),
        ["cat"]
    );
    assert_eq!(output.message("m19")["user"], "b");
    assert_eq!(
        output.message("d")["channel_member_ids"],
        json!(["a", "cat"])
    );
    let book = output.packed.ledger.book(Kind::User);
    // Ann and bob are listed, dan is not; eve is nobody.
    assert_eq!(
        (book.read, book.made, book.written, book.excluded),
        (3, 1, 1, 3)
    );
    assert_eq!(
        noted(&output.packed.ledger, Class::Excluded, "user_in_app"),
        3
    );
    assert_eq!(output.packed.map_use.unwrap().referred, 3);
}

#[test]
fn the_id_map_names_what_is_made_and_what_ids_were() {
    let mut long = message("two words", "ann", 1);
    long.text = "word ".repeat(50).into();
    let mut orphan = crate::memory::reply("r", "ann", 5, "gone");
    orphan.text = "word ".repeat(30).into();
    let workspace = room([vec![
        long.into(),
        orphan.into(),
        message("m", "ann", 9).into(),
    ]]);
    let output = mapped(&workspace, "ann,ann\n");
    let id = migrate::getstream::ids::message("two words").into_owned();
    let messages: Vec<_> = rows(&output)
        .into_iter()
        .filter(|row| row.starts_with("message"))
        .collect();
    assert_eq!(
        messages,
        [
            format!("message,two words,{id},unit 0,1"),
            format!("message,two words,{id}-p2,unit 0,1"),
            format!("message,two words,{id}-p3,unit 0,1"),
            "message,m,m,unit 0,3".to_owned(),
            "message,,gone,unit 0,2".to_owned(),
            "message,r,r,unit 0,2".to_owned(),
            "message,r,r-p2,unit 0,2".to_owned(),
        ]
    );
}

#[test]
fn people_of_the_map_who_occur_only_in_what_is_excluded_do_not_count() {
    let mut workspace = room([vec![message("m", "ann", 1).into()]]);
    let secret = workspace.distinct("D1", &["ann", "eve"]);
    workspace.channels[secret as usize].banned_user_ids = vec!["dan".into()];
    workspace.channels[secret as usize].created_by = "fay".into();
    workspace.unit(secret, vec![message("s", "eve", 2).into()]);
    for output in picked(&workspace, "eve,x\ndan,x\nfay,y\n", &only_general()) {
        assert_eq!(output.packed.ledger.book(Kind::User).made, 0);
        assert_eq!(merged(&output, "user_mapped_together"), 0);
        assert_eq!(excluded(&output, "user_in_app"), 0);
        let map_use = output.packed.map_use.unwrap();
        assert_eq!((map_use.unused, map_use.referred), (0, 0));
    }
    let since = Selection {
        written_since: Some(at(5)),
        ..Selection::default()
    };
    let old = |id: &str, user: &str| Item::from(message(id, user, 1));
    let workspace = room([vec![old("a", "dan"), old("b", "eve")]]);
    for output in picked(&workspace, "eve,x\ndan,x\nbob,b\n", &since) {
        assert_eq!(output.packed.ledger.book(Kind::User).made, 0);
        assert_eq!(merged(&output, "user_mapped_together"), 0);
    }
}

#[test]
fn the_id_map_names_whom_something_written_refers_to() {
    let mut workspace = room([vec![
        message("old", "fay", 1).into(),
        message("new", "dan", 9).into(),
    ]]);
    let secret = workspace.distinct("D1", &["ann", "eve"]);
    workspace.unit(secret, vec![message("s", "eve", 8).into()]);
    let selection = Selection {
        written_since: Some(at(5)),
        ..only_general()
    };
    let [output, _] = picked(&workspace, "eve,x\ndan,x\nfay,x\n", &selection);
    let users = rows(&output).into_iter();
    let users: Vec<String> = users.filter(|row| row.ends_with("unit 0,2")).collect();
    assert_eq!(users, ["user,dan,x,unit 0,2", "message,new,new,unit 0,2"]);
    assert_eq!(merged(&output, "user_mapped_together"), 0);
}

#[test]
fn a_listed_user_of_the_map_whom_nothing_refers_to_is_in_the_app_or_unreferenced() {
    let workspace = room([vec![message("m", "ann", 1).into()]]);
    let check = |only_referenced_users, expected: [u64; 2]| {
        let selection = Selection {
            only_referenced_users,
            ..Selection::default()
        };
        let [_, output] = picked(&workspace, "bob,b\n", &selection);
        let in_app = excluded(&output, "user_in_app");
        assert_eq!(in_app, output.packed.map_use.as_ref().unwrap().referred);
        let unreferenced = excluded(&output, Exclusion::Unreferenced.kind());
        assert_eq!([in_app, unreferenced], expected);
    };
    check(false, [1, 0]);
    // Cat is no more referred to than bob.
    check(true, [0, 2]);
}

#[test]
fn a_mute_of_somebody_of_the_map_is_kept_whatever_is_excluded() {
    let mut workspace = room([vec![message("m", "ann", 1).into()]]);
    workspace.users[0].muted_user_ids = vec!["dan".into(), "eve".into()];
    workspace.channel("secret", &["bob"]);
    for selection in [Selection::default(), only_general()] {
        for output in picked(&workspace, "dan,d\n", &selection) {
            assert_eq!(output.items("user")["ann"]["user_mutes"], json!(["d"]));
            assert_eq!(lost(&output, "mute_unknown"), 1);
            let made = output.packed.ledger.book(Kind::User).made;
            assert_eq!(made, 1);
        }
    }
}

#[test]
fn what_the_map_says_is_dropped_last_and_never_silently() {
    let long = "x".repeat(4_700);
    let mut workspace = room([vec![
        person("dan", Rank::Label, &"D".repeat(900), 1).into(),
        message("m", "dan", 1).into(),
    ]]);
    workspace.users[0]
        .custom
        .set("own", "y".repeat(400).as_str().to_owned());
    let output = mapped(&workspace, &format!("ann,a,,,{long}\ndan,d,,,{long}\n"));
    let users = output.items("user");
    assert_eq!(users["a"]["x"], long.as_str());
    assert!(users["a"]["own"].is_null() && users["d"]["x"].is_null());
    assert_eq!(lost(&output, "custom_dropped"), 2);
}
