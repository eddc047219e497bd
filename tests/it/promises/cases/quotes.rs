//! Quotes: only of earlier messages, in chains that end; the others become text.

use migrate_model::Message;
use serde_json::json;

use super::{Way, converted, lost, room};
use crate::{
    memory::{Item, message, quote, reply},
    promises::run::run_small,
};

#[test]
fn a_chain_of_40_quotes_is_cut() {
    let mut items: Vec<Item> = vec![message("q0", "ann", 0).into()];
    for n in 1..40 {
        let before = format!("q{}", n - 1);
        items.push(quote(&format!("q{n}"), "ann", n, &before).into());
    }
    let output = converted(&room([items.clone()]));
    assert_eq!(lost(&output, "quote_as_text"), 2);
    let cut = output.message("q16");
    assert_eq!(cut["text"], "> this is q15\n\nthis is q16");
    assert_eq!(cut["source_quoted_message_id"], "q15");
    // The last message alone needs no more than 16 before it.
    items.push(quote("last", "ann", 99, "q15").into());
    let small = run_small(&room([items]), &Way::default()).unwrap();
    small.good();
    assert!(small.paths.len() > 1);
}

#[test]
fn a_quote_of_a_later_message_becomes_text() {
    let output = converted(&room([vec![
        quote("early", "ann", 1, "late").into(),
        message("late", "bob", 2).into(),
    ]]));
    assert_eq!(
        output.message("early")["text"],
        "> this is late\n\nthis is early"
    );
    assert_eq!(lost(&output, "quote_as_text"), 1);
}

#[test]
fn a_quote_of_a_later_message_that_waits_itself_becomes_text() {
    let output = converted(&room([vec![
        quote("early", "ann", 3, "late").into(),
        reply("late", "bob", 5, "root").into(),
        message("root", "cat", 4).into(),
    ]]));
    assert_eq!(
        output.message("early")["text"],
        "> this is late\n\nthis is early"
    );
    assert_eq!(lost(&output, "quote_as_text"), 1);
    assert_eq!(lost(&output, "quote_missing"), 0);
}

#[test]
fn a_quote_of_what_is_not_there_keeps_its_id() {
    let output = converted(&room([vec![quote("q", "ann", 1, "nowhere").into()]]));
    let item = output.message("q");
    assert_eq!(item["quoted_message_id"], json!(null));
    assert_eq!(item["source_quoted_message_id"], "nowhere");
    assert_eq!(lost(&output, "quote_missing"), 1);
}

#[test]
fn what_is_known_of_a_quoted_message_is_shown_where_it_is_not_there() {
    let with_text = |mut it: Message<'static>| {
        it.quoted_text = "**bob**\nwas here".into();
        it
    };
    let output = converted(&room([vec![
        message("there", "ann", 0).into(),
        with_text(quote("q", "ann", 1, "there")).into(),
        with_text(quote("r", "ann", 2, "nowhere")).into(),
        with_text(message("s", "ann", 3)).into(),
    ]]));
    let shown = |id: &str| {
        let item = output.message(id);
        (item["text"].clone(), item["source_quoted_text"].clone())
    };
    let known = json!("**bob**\nwas here");
    assert_eq!(shown("q"), (json!("this is q"), known));
    for id in ["r", "s"] {
        let text = format!("> **bob**\n> was here\n\nthis is {id}");
        assert_eq!(shown(id), (json!(text), json!(null)));
    }
    assert_eq!(lost(&output, "quote_missing"), 1);
}
