//! Messages and reactions that come more than once.

use migrate::books::Class;

use super::{converted, left_out, merged, room};
use crate::memory::{Item, message, quote, reaction, reply};

#[test]
fn a_message_that_comes_twice_is_written_once() {
    let output = converted(&room([
        vec![message("m", "ann", 1).into()],
        vec![message("m", "ann", 1).into(), message("m", "bob", 2).into()],
    ]));
    assert_eq!(merged(&output, "message_repeated"), 1);
    assert_eq!(left_out(&output, "message_id_taken"), 1);
    assert_eq!(output.message("m")["user"], "ann");
}

#[test]
fn a_message_that_had_to_change_and_comes_twice_is_no_other() {
    let again: Vec<Item> = vec![
        reply("r", "bob", 1, "root").into(),
        quote("q", "bob", 2, "nowhere").into(),
    ];
    let output = converted(&room([
        vec![message("root", "ann", 5).into()],
        again.clone(),
        again,
    ]));
    assert_eq!(merged(&output, "message_repeated"), 2);
    assert_eq!(output.packed.ledger.count(Class::LeftOut), 0);
}

#[test]
fn the_rest_of_a_message_whose_id_is_taken_is_left_out_with_it() {
    let mut long = message("m", "ann", 1);
    long.text = "word ".repeat(50).into();
    let mut waiting = quote("m", "ann", 1, "nowhere");
    waiting.text = long.text.clone();
    for second in [long.clone(), waiting] {
        let output = converted(&room([
            vec![message("m", "bob", 1).into()],
            vec![second.clone().into()],
        ]));
        assert_eq!(output.ids(0, "message"), ["m"]);
        let pieces = left_out(&output, "message_id_taken");
        assert_eq!(pieces, 3, "all three pieces");
    }
    // Here the second version does not have to wait, and the first does.
    let mut first = quote("m", "ann", 1, "nowhere");
    first.text = long.text;
    let output = converted(&room([
        vec![first.into()],
        vec![message("m", "bob", 1).into()],
    ]));
    assert_eq!(output.ids(0, "message"), ["m"]);
}

#[test]
fn a_reaction_is_written_once_wherever_it_stands() {
    let output = converted(&room([
        vec![reaction("m", "like", "ann").into()],
        vec![
            message("m", "ann", 1).into(),
            reaction("m", "like", "bob").into(),
            reaction("m", "like", "bob").into(),
        ],
        vec![
            message("m", "ann", 1).into(),
            reaction("m", "like", "bob").into(),
            reaction("m", "like", "cat").into(),
            reaction("other", "like", "cat").into(),
        ],
    ]));
    assert_eq!(output.items("reaction").len(), 3);
    assert_eq!(merged(&output, "reaction_repeated"), 2);
    assert_eq!(left_out(&output, "reaction_without_message"), 1);
}

#[test]
fn a_reaction_to_a_long_message_that_comes_twice_is_written_once() {
    let mut long = message("m", "ann", 1);
    long.text = "word ".repeat(50).into();
    let items: Vec<Item> = vec![long.into(), reaction("m", "like", "bob").into()];
    let output = converted(&room([items.clone(), items]));
    assert_eq!(output.items("reaction").len(), 1);
    assert_eq!(merged(&output, "message_repeated"), 3, "all pieces");
    assert_eq!(merged(&output, "reaction_repeated"), 1);
}

#[test]
fn a_reaction_without_a_time_gets_that_with_which_its_message_is_written() {
    let like = || Item::from(reaction("m", "like", "bob"));
    let written: Item = message("m", "ann", 5).into();
    let other: Item = message("m", "ann", 9).into();
    let early: Item = reply("m", "ann", 5, "root").into();
    for (items, micros) in [
        (vec![written.clone(), like()], 5),
        (vec![like(), written.clone()], 5),
        // Behind a version that is not written.
        (vec![written.clone(), other.clone(), like()], 5),
        (vec![message("n", "ann", 9).into(), written, like()], 5),
        // A reply is later than what it answers.
        (
            vec![message("root", "ann", 7).into(), early.clone(), like()],
            8,
        ),
        (vec![early, like(), message("root", "ann", 7).into()], 8),
    ] {
        let output = converted(&room([items]));
        let time = output.items("reaction")["like bob m"]["created_at"].clone();
        assert_eq!(time, format!("2023-11-14T22:13:20.{micros:06}Z"));
    }
}
