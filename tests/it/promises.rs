//! The promises, each as a property over any workspace, and as single cases where something was
//! or may be wrong.

mod cases;
mod expected;
mod lines;
mod maps;
mod preview;
mod run;
mod selection;
mod shards;
mod versions;

use migrate::getstream::Spelling;
use proptest::{prelude::*, test_runner::FileFailurePersistence};

use crate::{
    memory::{Workspace, workspaces::any_workspace},
    program::times,
};
use expected::Expected;
use run::{LARGE, Output, Way, is_empty_error, run, run_small, try_run};

/// So many workspaces, or `MIGRATE_CASES` times as many.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        cases: count * times::<u32>(),
        // A case that fails becomes a test of its own, in words.
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    }
}

/// How any workspace is converted.
fn any_way() -> impl Strategy<Value = (Way, Size)> {
    let spelling = prop_oneof![Just(Spelling::Array), Just(Spelling::Jsonl)];
    let size = prop_oneof![
        Just(Size::Large),
        Just(Size::Least),
        (0u64..3_000).prop_map(Size::LeastAnd),
    ];
    let texts = prop_oneof![Just(100), Just(5_000)];
    (spelling, size, texts, 1usize..4).prop_map(|(spelling, size, max_text_chars, threads)| {
        let way = Way {
            spelling,
            max_text_chars,
            threads,
            ..Way::default()
        };
        (way, size)
    })
}

/// How large parts may be.
#[derive(Clone, Copy, Debug)]
enum Size {
    Large,
    /// As small as they can be.
    Least,
    /// So many bytes more than that.
    LeastAnd(u64),
}

/// Converts a workspace; `None` if there is nothing to write.
fn convert(workspace: &Workspace, way: &Way, size: Size) -> Option<Output> {
    let mut way = way.clone();
    way.part_bytes = match size {
        Size::Large => LARGE,
        Size::Least => return run_small(workspace, &way),
        Size::LeastAnd(more) => run_small(workspace, &way)?.way().part_bytes + more,
    };
    match try_run(workspace, &way) {
        Ok(output) => Some(output),
        Err(error) => {
            let error = format!("{error:#}");
            assert!(is_empty_error(&error), "{error}");
            None
        }
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn every_part_stands_alone_and_the_books_balance(
        workspace in any_workspace(), (way, size) in any_way()
    ) {
        let expected = Expected::of(&workspace);
        match convert(&workspace, &way, size) {
            None => prop_assert!(expected.is_empty()),
            Some(output) => {
                let summary = output.good();
                expected.check_books(&output.packed.ledger, &summary);
            }
        }
    }

    #[test]
    fn no_record_vanishes(workspace in any_workspace(), (way, size) in any_way()) {
        if let Some(output) = convert(&workspace, &way, size) {
            let expected = Expected::of(&workspace);
            let summary = output.good();
            expected.check_directory(&output, &summary);
            expected.check_messages(&output);
            expected.check_reactions(&output);
        }
    }

    #[test]
    fn a_mention_holds_the_name_that_the_user_has(
        workspace in any_workspace(), (way, size) in any_way()
    ) {
        if let Some(output) = convert(&workspace, &way, size) {
            Expected::of(&workspace).check_mentions(&output);
        }
    }

    #[test]
    fn a_stranger_is_as_the_best_that_is_told_says(
        workspace in any_workspace(), (way, size) in any_way()
    ) {
        if let Some(output) = convert(&workspace, &way, size) {
            Expected::of(&workspace).check_strangers(&output);
        }
    }

    #[test]
    fn any_number_of_threads_writes_the_same_bytes(
        workspace in any_workspace(), (way, size) in any_way()
    ) {
        if let Some(output) = convert(&workspace, &way, size) {
            for threads in [1, 1, 2, 3] {
                let way = Way { threads, ..output.way().clone() };
                let other = run(&workspace, &way);
                prop_assert!(output.bytes() == other.bytes(), "{threads} threads");
                prop_assert_eq!(
                    format!("{:?}", output.packed.ledger),
                    format!("{:?}", other.packed.ledger)
                );
            }
        }
    }

    #[test]
    fn people_that_an_earlier_run_learnt_change_nothing(
        workspace in any_workspace(), (way, size) in any_way()
    ) {
        if let Some(output) = convert(&workspace, &way, size) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("people.json");
            let staged = migrate::people::stage(&path, &output.packed.people).unwrap();
            staged.publish().unwrap();
            let people = migrate::people::read(&path).unwrap();
            let informed = run(&workspace, &Way { people, ..output.way().clone() });
            prop_assert!(output.bytes() == informed.bytes());
        }
    }
}
