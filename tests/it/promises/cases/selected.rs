//! What a selection takes and leaves: threads at the edge of a range, what a new message needs,
//! and what goes with a message that is not written.

use migrate::{
    books::Class,
    getstream::ids,
    selection::{Exclusion, MissingParents, Range, Selection},
};
use migrate_model::{Kind, MessageKind, Rank};
use serde_json::json;

use super::{Output, Way, left_out, lost, noted, room, run};
use crate::memory::{Item, UNKNOWN_USER, Workspace, at, message, person, quote, reaction, reply};

/// Converts with a selection into one part, and holds it against the format.
fn selected(workspace: &Workspace, selection: Selection) -> Output {
    let way = Way {
        selection,
        ..Way::default()
    };
    let output = run(workspace, &way);
    output.good();
    output.packed.ledger.balance().expect("the books balance");
    assert_eq!(output.packed.ledger.count(Class::LeftOut), 0);
    output
}

fn since(micros: i64) -> Selection {
    Selection {
        range: Range {
            since: Some(at(micros)),
            until: None,
        },
        ..Selection::default()
    }
}

fn written_since(micros: i64) -> Selection {
    Selection {
        written_since: Some(at(micros)),
        ..Selection::default()
    }
}

fn without_system() -> Selection {
    Selection {
        skips_system: true,
        ..Selection::default()
    }
}

fn without_long_texts() -> Selection {
    Selection {
        leaves_out_long_texts: true,
        ..Selection::default()
    }
}

fn excluded(output: &Output, why: Exclusion) -> u64 {
    noted(&output.packed.ledger, Class::Excluded, why.kind())
}

/// What a selection writes of messages in one unit, and in two of which the later comes first.
#[track_caller]
fn check(items: &[Item], selection: &Selection, expected: &[&str]) {
    for split in 0..items.len() {
        let (first, second) = items.split_at(split);
        let workspace = room([second.to_vec(), first.to_vec()]);
        let output = selected(&workspace, selection.clone());
        let mut ids = output.ids(0, "message");
        ids.sort();
        assert_eq!(ids, expected, "cut at {split}");
    }
}

#[test]
fn a_thread_is_in_range_when_its_root_is() {
    let items = [
        message("old", "ann", 1).into(),
        reply("late", "bob", 9, "old").into(),
        message("new", "ann", 5).into(),
        reply("early", "bob", 2, "new").into(),
        reply("deep", "cat", 1, "early").into(),
    ];
    check(&items, &since(5), &["deep", "early", "new"]);
    let until = Selection {
        range: Range {
            since: None,
            until: Some(at(5)),
        },
        ..Selection::default()
    };
    check(&items, &until, &["late", "old"]);
}

#[test]
fn a_missing_root_is_as_old_as_a_reply_says_or_its_first_reply_is() {
    let mut informed = reply("b", "bob", 9, "said");
    informed.parent_created_at = Some(at(2));
    let items = [
        reply("a", "bob", 9, "said").into(),
        informed.into(),
        reply("c", "bob", 5, "unsaid").into(),
        reply("d", "bob", 9, "unsaid").into(),
        reply("e", "bob", 4, "older").into(),
        reply("f", "bob", 9, "older").into(),
    ];
    check(&items, &since(5), &["c", "d", "unsaid"]);
}

#[test]
fn a_quote_of_what_is_out_of_range_becomes_text() {
    let items = [
        message("old", "dan", 1).into(),
        reaction("old", "like", "eve").into(),
        quote("new", "bob", 5, "old").into(),
    ];
    check(&items, &since(5), &["new"]);
    let output = selected(&room([items.to_vec()]), since(5));
    let new = output.message("new");
    assert_eq!(new["text"], "> this is old\n\nthis is new");
    assert_eq!(new["source_quoted_message_id"], "old");
    assert_eq!(lost(&output, "quote_as_text"), 1);
    assert_eq!(excluded(&output, Exclusion::Time), 2);
    assert_eq!(output.ids(0, "user"), ["ann", "bob", "cat"]);
    assert_eq!(output.ids(0, "member").len(), 2);
}

#[test]
fn nothing_is_lost_of_what_is_not_written() {
    let items = vec![
        message("old", "ann", 3).into(),
        reply("shifted", "bob", 1, "old").into(),
        quote("missing", "bob", 2, "gone").into(),
    ];
    let output = selected(&room([items]), since(5));
    assert_eq!(output.packed.ledger.count(Class::Loss), 0);
    assert_eq!(excluded(&output, Exclusion::Time), 3);
}

#[test]
fn a_new_reply_brings_its_root_and_not_the_roots_other_replies() {
    let items = [
        message("root", "ann", 1).into(),
        reaction("root", "like", "bob").into(),
        reply("before", "bob", 2, "root").into(),
        reaction("before", "like", "bob").into(),
        reply("after", "cat", 9, "root").into(),
        message("other", "ann", 3).into(),
    ];
    check(&items, &written_since(5), &["after", "root"]);
    let output = selected(&room([items.to_vec()]), written_since(5));
    assert_eq!(output.ids(0, "reaction"), ["like bob root"]);
    assert_eq!(excluded(&output, Exclusion::Unchanged), 3);
}

#[test]
fn what_was_edited_or_deleted_since_is_written() {
    let mut edited = message("edited", "ann", 1);
    edited.edited_at = Some(at(5));
    let mut deleted = message("deleted", "ann", 1);
    deleted.kind = MessageKind::Deleted;
    deleted.deleted_at = Some(at(6));
    let mut before = message("before", "ann", 1);
    before.edited_at = Some(at(4));
    let items = [edited.into(), deleted.into(), before.into()];
    check(&items, &written_since(5), &["deleted", "edited"]);
}

#[test]
fn a_new_quote_brings_what_it_quotes_with_all_its_pieces() {
    let mut long = quote("long", "ann", 2, "first");
    long.text = "word ".repeat(30).into();
    let items = [
        message("first", "bob", 1).into(),
        long.into(),
        quote("new", "cat", 9, "long").into(),
    ];
    let output = selected(&room([items.to_vec()]), written_since(5));
    assert_eq!(
        output.ids(0, "message"),
        ["first", "long", "long-p2", "new"]
    );
    assert_eq!(output.message("new")["quoted_message_id"], "long");
    assert_eq!(output.ids(0, "member").len(), 3);
}

#[test]
fn a_root_is_made_only_for_a_reply_that_is_written() {
    let items = [
        reply("before", "bob", 2, "gone").into(),
        reply("old", "bob", 3, "lost").into(),
        reply("after", "cat", 9, "gone").into(),
    ];
    check(&items, &written_since(5), &["after", "gone"]);
    let output = selected(&room([items.to_vec()]), written_since(5));
    assert_eq!(noted(&output.packed.ledger, Class::Made, "root_missing"), 1);
    assert_eq!(excluded(&output, Exclusion::Unchanged), 2);
}

#[test]
fn people_whom_only_old_messages_know_keep_their_names_and_are_not_written() {
    let items = vec![
        person("dan", Rank::Profile, "Dan Dare", 1).into(),
        message("old", "dan", 1).into(),
        message("older", "eve", 1).into(),
        message("new", "dan", 9).into(),
    ];
    for selection in [written_since(5), since(5)] {
        let output = selected(&room([items.clone()]), selection);
        assert_eq!(output.items("user")["dan"]["name"], "Dan Dare");
        assert!(!output.items("user").contains_key("eve"));
        assert_eq!(output.ids(0, "member").len(), 2);
    }
}

#[test]
fn a_skipped_system_message_stays_for_a_reply_alone() {
    let system = |id: &str, micros| {
        let mut it = message(id, "ann", micros);
        it.kind = MessageKind::System;
        it
    };
    let items = [
        system("joined", 1).into(),
        reaction("joined", "like", "bob").into(),
        system("topic", 2).into(),
        reaction("topic", "like", "bob").into(),
        reply("hello", "bob", 3, "topic").into(),
        quote("asked", "cat", 4, "joined").into(),
    ];
    check(&items, &without_system(), &["asked", "hello", "topic"]);
    let output = selected(&room([items.to_vec()]), without_system());
    assert_eq!(output.ids(0, "reaction"), ["like bob topic"]);
    assert_eq!(
        output.message("asked")["text"],
        "> this is joined\n\nthis is asked"
    );
    assert_eq!(excluded(&output, Exclusion::System), 2);
}

#[test]
fn a_reply_to_a_text_that_is_left_out_gets_a_made_root() {
    let mut long = message("long", "ann", 1);
    long.text = "word ".repeat(30).into();
    let mut many = message("many", "ann", 2);
    many.attachments = vec![Default::default(); 40];
    let items = vec![
        long.into(),
        reaction("long", "like", "bob").into(),
        reply("answer", "bob", 9, "long").into(),
        reaction("long", "wave", "bob").into(),
        many.into(),
    ];
    let output = selected(&room([items]), without_long_texts());
    assert_eq!(
        output.ids(0, "message"),
        ["many", "many-p2", "long", "answer"]
    );
    assert_eq!(output.message("long")["source_missing"], true);
    assert_eq!(output.ids(0, "reaction").len(), 0);
    assert_eq!(excluded(&output, Exclusion::LongText), 3);
}

#[test]
fn a_missing_root_can_be_a_message_that_says_so() {
    let selection = Selection {
        missing_parents: MissingParents::Placeholder,
        ..Selection::default()
    };
    let output = selected(
        &room([vec![reply("r", "bob", 2, "gone").into()]]),
        selection,
    );
    let root = output.message("gone");
    assert_eq!(root["type"], "regular");
    assert_eq!(root["text"], "This message was not in the export.");
    assert_eq!(root["deleted_at"], json!(null));
}

#[test]
fn nothing_of_an_excluded_channel_counts_as_lost_or_left_out() {
    let mut workspace = Workspace::of_users(&["ann", "bob"]);
    workspace.users[0].muted_channel_ids = vec!["secret".into()];
    let general = workspace.channel("general", &["ann"]);
    let secret = workspace.channel("secret", &["bob", "dan", ""]);
    workspace.unit(general, vec![message("m", "ann", 1).into()]);
    let mut timeless = message("timeless", "eve", 1);
    timeless.created_at = None;
    let items = vec![
        timeless.into(),
        person("ann", Rank::Profile, "Ann", 1).into(),
        message("s", "fay", 1).into(),
        reaction("s", "like", "").into(),
        Item::Lost(migrate_model::Outcome::LeftOut, Kind::Message),
        Item::Lost(migrate_model::Outcome::Field, Kind::Message),
    ];
    workspace.unit(secret, items.clone());
    // A channel that cannot be used is none of those that are asked for.
    workspace.unit(99, items);
    let mut selection = Selection::default();
    selection.channels.only = vec!["#general".to_owned()];
    let output = selected(&workspace, selection);
    assert_eq!(output.ids(0, "user"), ["ann", "bob"]);
    assert_eq!(output.ids(0, "channel").len(), 1);
    let book = |kind| output.packed.ledger.book(kind).excluded;
    let books = [Kind::Channel, Kind::Member, Kind::Message, Kind::Reaction].map(book);
    assert_eq!(books, [1, 3, 6, 2]);
    assert_eq!(lost(&output, "mute_excluded"), 1);
    assert_eq!(output.packed.ledger.count(Class::Loss), 1);
    assert_eq!(left_out(&output, "message_without_time"), 0);
}

#[test]
fn a_channel_that_cannot_be_used_is_left_out_unless_nobody_asked_for_it() {
    let check = |name: &str, expected: [u64; 2]| {
        let mut workspace = room([vec![message("m", "ann", 1).into()]]);
        let broken = workspace.channel("", &[]);
        workspace.channels[broken as usize].name = name.to_owned().into();
        workspace.unit(broken, vec![message("n", "ann", 2).into()]);
        let mut selection = Selection::default();
        selection.channels.only = vec!["general".to_owned()];
        let way = Way {
            selection,
            ..Way::default()
        };
        let output = run(&workspace, &way);
        output.good();
        let of_channel = left_out(&output, "channel_without_id");
        let of_message = left_out(&output, "message_without_channel");
        assert_eq!([of_channel, of_message], expected, "`{name}`");
        let excluded = excluded(&output, Exclusion::Channel);
        assert_eq!(excluded, 2 - of_channel - of_message, "`{name}`");
    };
    check("general", [1, 1]);
    check("random", [0, 0]);
}

#[test]
fn who_made_a_muted_channel_does_not_hang_on_who_is_written_before_it() {
    let mut workspace = room([vec![message("old", "ann", 1).into()]]);
    let quiet = workspace.channel("quiet", &[]);
    workspace.unit(quiet, vec![message("new", "bob", 9).into()]);
    workspace.users[0].muted_channel_ids = vec!["quiet".into()];
    for selection in [Selection::default(), written_since(5)] {
        let output = selected(&workspace, selection);
        let channel = &output.items("channel")["messaging quiet"];
        assert_eq!(channel["created_by"], UNKNOWN_USER);
    }
}

#[test]
fn another_version_of_a_message_is_written_for_one_with_a_long_text() {
    let mut long = message("m", "ann", 1);
    long.text = "word ".repeat(50).into();
    let workspace = room([vec![long.into(), quote("m", "bob", 2, "nowhere").into()]]);
    let output = selected(&workspace, without_long_texts());
    assert_eq!(output.message("m")["user"], "bob");
    assert_eq!(lost(&output, "quote_missing"), 1);
    assert_eq!(excluded(&output, Exclusion::LongText), 1);
}

#[test]
fn a_reaction_to_a_root_that_only_a_long_reply_tells_of_is_left_out_with_it() {
    let mut long = reply("long", "ann", 1, "root");
    long.text = "word ".repeat(50).into();
    let workspace = room([vec![long.into(), reaction("root", "like", "bob").into()]]);
    let way = |selection| Way {
        selection,
        ..Way::default()
    };
    let whole = run(&workspace, &way(Selection::default()));
    assert_eq!(whole.items("reaction").len(), 1);
    let output = run(&workspace, &way(without_long_texts()));
    output.good();
    assert_eq!(output.items("message").len(), 0);
    assert_eq!(left_out(&output, "reaction_without_message"), 1);
}

#[test]
fn a_conversation_is_not_named_by_what_its_id_would_be_in_stream() {
    let mut workspace = Workspace::of_users(&["ann", "bob"]);
    workspace.channel("two words", &["ann"]);
    workspace.distinct("two words", &["ann", "bob"]);
    let excluding = |name: &str| {
        let mut selection = Selection::default();
        selection.channels.except = vec![name.to_owned()];
        let output = run(
            &workspace,
            &Way {
                selection,
                ..Way::default()
            },
        );
        output.good();
        output.items("channel").len()
    };
    assert_eq!(excluding("two words"), 0);
    assert_eq!(excluding(&ids::channel("two words")), 1);
}
