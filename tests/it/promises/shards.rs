//! Shards, as properties over any workspace: together they write what one run writes, and their
//! reports add up to its report.

use std::collections::BTreeSet;

use migrate::{
    books::EXAMPLES,
    report::{Report, add_up},
    shard::{Shard, owner},
    user_map::MappedUsers,
};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    LARGE, Size, any_way, cases, convert,
    lines::{convert_lines, interleaved},
    maps::{Mapping, Row, any_rows},
    run::{Output, Way, is_empty_error, lines, try_run},
    selection::selections::{SelectionPlan, any_selection},
};
use crate::memory::{Workspace, workspaces::any_workspace};

/// A workspace, how it is converted, and in how many shards.
#[derive(Clone, Debug)]
struct Case {
    workspace: Workspace,
    way: Way,
    size: Size,
    shards: u32,
}

fn any_case() -> impl Strategy<Value = Case> {
    let selection = prop::option::of(any_selection());
    let rows = prop::option::of(any_rows());
    let refers = prop::bool::weighted(0.3);
    (any_workspace(), any_way(), selection, rows, refers, 1u32..5).prop_map(build)
}

type Wishes = (
    Workspace,
    (Way, Size),
    Option<SelectionPlan>,
    Option<Vec<Row>>,
    bool,
    u32,
);

fn build((workspace, (way, size), selection, rows, refers, shards): Wishes) -> Case {
    let selection = selection.map(|it| it.build(&workspace)).unwrap_or_default();
    let mut way = Way {
        selection,
        has_report: true,
        has_id_map: true,
        ..way
    };
    if let Some(rows) = rows {
        way.user_map = Mapping::of(&workspace, &rows).csv();
        if refers {
            way.mapped_users = MappedUsers::Refer;
        }
    }
    Case {
        workspace,
        way,
        size,
        shards,
    }
}

/// Converts a shard; `None` if the options leave no shard anything.
fn convert_shard(workspace: &Workspace, way: &Way) -> Option<Output> {
    match try_run(workspace, way) {
        Ok(output) => Some(output),
        Err(error) => {
            let error = format!("{error:#}");
            assert!(is_empty_error(&error), "{error}");
            None
        }
    }
}

/// All entries of an output, each once.
fn entries(output: &Output) -> BTreeSet<String> {
    let parts = (0..output.paths.len()).flat_map(|part| output.part(part));
    parts.map(|(kind, item)| format!("{kind} {item}")).collect()
}

/// Holds the examples of a sum against those of one run: where that has all of them, the sum has
/// no other, and none more often.
fn check_examples(sum: &Report, whole: &Report) {
    let examples = |report: &Report| -> Vec<(String, u64, Vec<String>)> {
        let report = serde_json::to_value(report).unwrap();
        let classes = ["losses", "left_out", "merged", "excluded", "made"];
        let notes = classes.iter().flat_map(|class| {
            let notes = report[class].as_array().unwrap().iter();
            notes.map(move |it| {
                // Who of several is the user, and who became one with that, is open.
                let is_open = it["kind"] == "user_mapped_together";
                let examples = it["examples"].as_array().unwrap().iter();
                let details = examples.map(|it| {
                    let detail = it["detail"].as_str().unwrap();
                    let shown = if is_open {
                        detail.rsplit(" -> ").next()
                    } else {
                        None
                    };
                    shown.unwrap_or(detail).to_owned()
                });
                let name = format!("{class} {}", it["kind"]);
                (name, it["count"].as_u64().unwrap(), details.collect())
            })
        });
        notes.collect()
    };
    for ((name, count, some), (_, _, all)) in examples(sum).into_iter().zip(examples(whole)) {
        assert!(
            some.len() as u64 <= count && some.len() <= EXAMPLES,
            "{name}: {some:?}"
        );
        if all.len() == EXAMPLES {
            continue;
        }
        let mut left = all.clone();
        for example in &some {
            let found = left.iter().position(|it| it == example);
            left.remove(found.unwrap_or_else(|| panic!("{name}: {some:?} of {all:?}")));
        }
    }
}

/// What a report says of records and the user map, without examples and parts.
fn told(report: &Report) -> Vec<(String, Value)> {
    let report = serde_json::to_value(report).unwrap();
    let classes = ["losses", "left_out", "merged", "excluded", "made"];
    let notes = classes.iter().flat_map(|class| {
        let notes = report[class].as_array().unwrap().iter();
        notes.map(move |it| (format!("{class} {}", it["kind"]), it["count"].clone()))
    });
    let whole = ["books", "user_map"].map(|key| (key.to_owned(), report[key].clone()));
    let remarks = report.get("remarks").cloned();
    let rest = [("remarks".to_owned(), remarks.unwrap_or_default())];
    whole.into_iter().chain(notes).chain(rest).collect()
}

/// The rows of an id map, each once. Somebody who stands in no list is where a shard first needs
/// them, and of several who are one by the user map it is any of them whom a row names.
fn id_rows(output: &Output) -> BTreeSet<Vec<String>> {
    let mut rows = csv::Reader::from_reader(&*output.id_map);
    let rows = rows.records().map(|row| {
        let mut row: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        if row[0] == "user" {
            row.truncate(3);
            if !output.way().user_map.is_empty() {
                row.remove(1);
            }
        }
        row
    });
    rows.collect()
}

/// The ways of all shards.
fn ways(way: &Way, of: u32) -> impl Iterator<Item = Way> {
    (0..of).map(move |index| Way {
        shard: Some(Shard::new(index, of).unwrap()),
        ..way.clone()
    })
}

/// Holds the outputs of all shards against that of one run, `None` if that had nothing to write.
fn check(outputs: Vec<Output>, whole: Option<&Output>) {
    let mut union = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let mut reports = Vec::new();
    for mut output in outputs {
        if !output.paths.is_empty() {
            output.good();
        }
        check_owners(&output);
        union.extend(entries(&output));
        ids.extend(id_rows(&output));
        reports.push(output.report.take().unwrap());
    }
    let Some(whole) = whole else {
        assert!(union.is_empty(), "{union:?}");
        return;
    };
    let all = entries(whole);
    let missing: Vec<_> = all.difference(&union).collect();
    let surplus: Vec<_> = union.difference(&all).collect();
    assert!(
        missing.is_empty(),
        "missing: {missing:#?}\nnot in the whole: {surplus:#?}"
    );
    assert!(surplus.is_empty(), "not in the whole: {surplus:#?}");
    assert_eq!(ids, id_rows(whole));
    let (sum, missing) = add_up(reports).unwrap();
    assert_eq!(missing, None);
    let whole = whole.report.as_ref().unwrap();
    assert_eq!(told(&sum), told(whole));
    check_examples(&sum, whole);
}

/// What a shard writes is its own, but for the users and the channels that it needs.
fn check_owners(output: &Output) {
    let shard = output.way().shard.unwrap();
    for (id, item) in output.items("message") {
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        let channel = match item["channel_member_ids"].as_array() {
            None => text("channel_id"),
            Some(ids) => ids
                .iter()
                .map(|id| id.as_str().unwrap())
                .fold("\0".to_owned(), |key, id| format!("{key}{id}\0")),
        };
        let key = format!("{}:{channel}", text("channel_type"));
        assert_eq!(owner(&key, shard.of()), shard.index(), "{id}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..cases(60) })]

    #[test]
    fn shards_write_together_what_one_run_writes(case in any_case()) {
        let Case { workspace, way, size, shards } = case;
        // With a map nobody can say what messages tell of those whom it names.
        let unmapped = Way { user_map: String::new(), mapped_users: MappedUsers::Write, ..way.clone() };
        let learnt = convert(&workspace, &unmapped, Size::Large);
        let people = learnt.map(|it| it.packed.people).unwrap_or_default();
        let whole = convert(&workspace, &way, size);
        let way = Way {
            people,
            part_bytes: whole.as_ref().map_or(LARGE, |it| it.way().part_bytes),
            ..way
        };
        let outputs = ways(&way, shards).filter_map(|way| convert_shard(&workspace, &way));
        let outputs: Vec<_> = outputs.collect();
        if let (1, Some(whole)) = (shards, &whole) {
            let bytes = |output: &Output| -> Vec<Vec<u8>> {
                output.bytes().into_iter().map(|(_, bytes)| bytes).collect()
            };
            prop_assert!(bytes(&outputs[0]) == bytes(whole));
            prop_assert!(outputs[0].id_map == whole.id_map);
        }
        check(outputs, whole.as_ref());
    }

    #[test]
    fn shards_of_records_in_any_order_write_together_what_one_run_writes(
        case in any_case(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
    ) {
        let Case { workspace, way, shards, .. } = case;
        prop_assume!(workspace.is_clear());
        // JSON has no such numbers.
        let shown = format!("{workspace:?}");
        prop_assume!(!shown.contains("Float(NaN)") && !shown.contains("Float(inf)"));
        let lines = interleaved(&lines(&workspace, &way), &picks);
        let whole = convert_lines(&lines, &way);
        let outputs = ways(&way, shards).filter_map(|way| convert_lines(&lines, &way));
        check(outputs.collect(), whole.as_ref());
    }
}
