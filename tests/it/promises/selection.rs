//! What the selection options leave: each as a property over any workspace. What is to be left is
//! found from the records, and from what a run without the option writes, never by the packer.

mod channels;
mod entries;
mod messages;
pub(super) mod selections;
mod times;

use std::collections::BTreeSet;

use migrate::{
    books::{Book, Class},
    getstream::ids,
    selection::{Exclusion, Range, Selection},
};
use migrate_model::{Kind, Time};
use proptest::prelude::*;

use super::{
    Size, any_way, cases, convert,
    run::{Output, Way, run},
};
use crate::memory::{Workspace, workspaces::any_workspace};
use entries::Entries;
use selections::any_selection;

/// A run with a selection and the same way otherwise.
fn selected(workspace: &Workspace, way: &Way, selection: &Selection) -> Output {
    let way = Way {
        selection: selection.clone(),
        ..way.clone()
    };
    run(workspace, &way)
}

/// The same way without a selection.
fn unselected(way: &Way) -> Way {
    Way {
        selection: Selection::default(),
        ..way.clone()
    }
}

/// How often records were excluded for that reason, and not by the adapter.
fn excluded(output: &Output, why: Exclusion) -> u64 {
    super::expected::noted(&output.packed.ledger, Class::Excluded, why.kind())
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn any_selection_keeps_the_promises(
        workspace in any_workspace(), selection in any_selection(), (way, size) in any_way()
    ) {
        let selection = selection.build(&workspace);
        let way = Way { selection, ..way };
        let Some(output) = convert(&workspace, &way, size) else {
            return Ok(());
        };
        let summary = output.good();
        let ledger = &output.packed.ledger;
        ledger.balance().unwrap();
        let whole = run_large(&workspace, output.way());
        for kind in Kind::ALL {
            let (book, all) = (ledger.book(kind), whole.packed.ledger.book(kind));
            prop_assert_eq!(book.read, all.read, "{}s read", kind.name());
            prop_assert_eq!(book.written, summary.counts[kind.name()] as u64);
        }
        // What is excluded never counts as left out.
        prop_assert!(only_left_out(&output) <= whole.packed.ledger.count(Class::LeftOut));
        prop_assert!(ledger.count(Class::Loss) <= whole.packed.ledger.count(Class::Loss)
            + only_selected(&output));
        Entries::of(&output).check_strangers(&workspace);
    }

    #[test]
    fn any_selection_gives_the_same_bytes_on_any_number_of_threads(
        workspace in any_workspace(), selection in any_selection(), (way, size) in any_way()
    ) {
        let way = Way { selection: selection.build(&workspace), ..way };
        if let Some(output) = convert(&workspace, &way, size) {
            for threads in [1, 2, 3] {
                let other = run(&workspace, &Way { threads, ..output.way().clone() });
                prop_assert!(output.bytes() == other.bytes(), "{threads} threads");
                prop_assert_eq!(
                    format!("{:?}", output.packed.ledger),
                    format!("{:?}", other.packed.ledger)
                );
            }
        }
    }

    #[test]
    fn a_selection_that_leaves_everything_changes_nothing(
        workspace in any_workspace(), (way, size) in any_way()
    ) {
        let Some(whole) = convert(&workspace, &way, size) else {
            return Ok(());
        };
        let mut selection = Selection {
            written_since: Some(Time::MIN),
            ..Selection::default()
        };
        selection.channels.limit = Some(1_000);
        let output = selected(&workspace, whole.way(), &selection);
        prop_assert!(output.bytes() == whole.bytes());
        prop_assert_eq!(counts(&output), counts(&whole));
        let selection = Selection {
            range: Range { since: Some(Time::MIN), until: None },
            ..Selection::default()
        };
        // Who made a channel may be another, who takes more room.
        let way = Way { part_bytes: super::LARGE, ..way };
        let output = selected(&workspace, &way, &selection);
        prop_assert_eq!(excluded(&output, Exclusion::Time), 0);
        Entries::of(&output).assert_same_but_makers(&Entries::of(&whole));
    }

    #[test]
    fn only_users_that_something_refers_to_are_written(
        workspace in any_workspace(), (way, size) in any_way()
    ) {
        let selection = Selection {
            only_referenced_users: true,
            ..Selection::default()
        };
        let way = Way { selection, ..way };
        let Some(output) = convert(&workspace, &way, size) else {
            return Ok(());
        };
        output.good();
        let whole = run_large(&workspace, output.way());
        let (entries, all) = (Entries::of(&output), Entries::of(&whole));
        prop_assert_eq!(entries.users(), all.referenced_users());
        let listed: BTreeSet<String> = workspace
            .users
            .iter()
            .map(|user| ids::user(&user.id).into_owned())
            .collect();
        let (before, after) = (all.users(), entries.users());
        let left = before.difference(&after).filter(|id| listed.contains(*id));
        prop_assert_eq!(excluded(&output, Exclusion::Unreferenced), left.count() as u64);
        entries.assert_part_of(&all);
    }
}

/// The same way without a selection, into one part.
fn run_large(workspace: &Workspace, way: &Way) -> Output {
    let part_bytes = super::LARGE;
    run(
        workspace,
        &Way {
            part_bytes,
            ..unselected(way)
        },
    )
}

/// All books, and how often each kind was noted.
fn counts(output: &Output) -> (Vec<Book>, Vec<(Class, &'static str, u64)>) {
    let ledger = &output.packed.ledger;
    let notes = Class::ALL.into_iter().flat_map(|class| {
        let notes = ledger.notes(class);
        notes.map(move |(kind, note)| (class, kind, note.count))
    });
    let books = Kind::ALL.map(|kind| *ledger.book(kind));
    (books.to_vec(), notes.collect())
}

/// Whether a selection may change what is written: a version of a message for another with a long
/// text, or a person's name for one that only an excluded channel tells.
fn changes_records(selection: &Selection) -> bool {
    selection.leaves_out_long_texts || selection.channels.is_set()
}

/// How much is left out that no selection may bring.
fn only_left_out(output: &Output) -> u64 {
    let ledger = &output.packed.ledger;
    let left_out = ledger.count(Class::LeftOut);
    if !changes_records(&output.way().selection) {
        return left_out;
    }
    // A message that comes after another version of itself now may have more pieces that are left
    // out for it. Reactions may have no made root any more.
    let kinds = ["message_id_taken", "reaction_without_message"];
    let noted = |kind| super::expected::noted(ledger, Class::LeftOut, kind);
    left_out - kinds.into_iter().map(noted).sum::<u64>()
}

/// Losses that a selection may bring.
fn only_selected(output: &Output) -> u64 {
    let mut kinds = vec!["quote_as_text", "mute_excluded", "mute_unknown"];
    if changes_records(&output.way().selection) {
        kinds.extend([
            "quote_missing",
            "reply_to_reply",
            "parent_cycle",
            "time_shifted",
            "author_not_member",
            "name_shortened",
        ]);
    }
    let noted = |kind| super::expected::noted(&output.packed.ledger, Class::Loss, kind);
    kinds.into_iter().map(noted).sum()
}

/// How large parts are where all entries are to stand in one.
const ONE_PART: Size = Size::Large;
