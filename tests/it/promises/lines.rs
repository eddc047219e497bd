//! The records of a source as lines: read back, in the order of the source or in any other, they
//! become what the source itself becomes.

use std::{collections::BTreeMap, io::Write as _};

use migrate::books::Ledger;
use migrate_jsonl::JSONL;
use migrate_model::{Adapter, Kind, Options, Source};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    any_way, cases, convert,
    run::{Output, Way, is_empty_error, lines, run_source},
};
use crate::memory::{Item, Workspace, workspaces::any_workspace};

/// Lines as a source.
struct Lines {
    source: Box<dyn Source>,
    // Removed with this value.
    _file: tempfile::NamedTempFile,
}

fn open(lines: &[u8]) -> Lines {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(lines).expect("lines can be written");
    let inputs = [file.path().to_path_buf()];
    let source = JSONL.open(&inputs, &Options::default());
    Lines {
        source: source.unwrap_or_else(|error| panic!("{error:#}")),
        _file: file,
    }
}

/// Converts lines; `None` if there is nothing to write.
pub(super) fn convert_lines(lines: &[u8], way: &Way) -> Option<Output> {
    let Lines { source, _file } = open(lines);
    match run_source(source, way) {
        Ok(output) => Some(output),
        Err(error) => {
            let error = format!("{error:#}");
            assert!(is_empty_error(&error), "{error}");
            None
        }
    }
}

/// The same lines in another order in which those of each channel, and those of the directory,
/// keep theirs; `picks` says whose turn it is.
pub(super) fn interleaved(lines: &[u8], picks: &[prop::sample::Index]) -> Vec<u8> {
    let all: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
    let (first, rest) = all.split_first().expect("a hello");
    let (last, rest) = rest.split_last().expect("an end");
    let mut queues: BTreeMap<String, Vec<Vec<&[u8]>>> = BTreeMap::new();
    let mut channel = String::new();
    for line in rest {
        let it: Value = serde_json::from_slice(line).expect("a line");
        let place = match it["type"].as_str() {
            Some("message" | "reaction") => &it["data"],
            Some("user" | "channel" | "member" | "person") => &Value::Null,
            _ => &it,
        };
        // What names no channel stands where the line before it does.
        if place.is_null() {
            channel.clear();
        } else if !place["channel_id"].is_null() || !place["channel_member_ids"].is_null() {
            channel = format!("{}{}", place["channel_id"], place["channel_member_ids"]);
        } else if it["type"] == "message" {
            channel = "nowhere".to_owned();
        }
        let queue = queues.entry(channel.clone()).or_default();
        queue.push(vec![line]);
        if is_nameless(line) {
            // It stays behind its message, with whatever stands between them.
            let message = queue.iter().rposition(|block| is_message(block[0]));
            let block = queue.split_off(message.unwrap_or(queue.len() - 1));
            queue.push(block.concat());
        }
    }
    let mut queues: Vec<_> = queues
        .into_values()
        .map(|it| it.into_iter().peekable())
        .collect();
    let mut mixed = first.to_vec();
    let mut turn = 0;
    while !queues.is_empty() {
        let pick = picks[turn % picks.len()].index(queues.len());
        turn += 1;
        let queue = &mut queues[pick];
        mixed.extend(queue.next().into_iter().flatten().flatten());
        queues.retain_mut(|queue| queue.peek().is_some());
    }
    mixed.extend(*last);
    mixed
}

fn is_nameless(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    text.starts_with("{\"type\":\"reaction\"") && !text.contains("\"channel_")
}

fn is_message(line: &[u8]) -> bool {
    line.starts_with(b"{\"type\":\"message\"")
}

/// Without what lines do not say: that somebody is known before any message, and that a reaction
/// does not stand behind the message before it, but at the beginning of another unit.
fn as_lines_can_say(mut workspace: Workspace) -> Workspace {
    workspace.people.clear();
    for unit in &mut workspace.units {
        let is_message = |item: &Item| matches!(item, Item::Message(_));
        let first = unit.items.iter().position(is_message);
        let before = first.unwrap_or(unit.items.len());
        let mut place = 0;
        unit.items.retain(|item| {
            place += 1;
            place > before || !matches!(item, Item::Reaction(_))
        });
    }
    workspace
}

fn books(ledger: &Ledger) -> Vec<String> {
    let books = Kind::ALL.map(|kind| format!("{kind:?} {:?}", ledger.book(kind)));
    books.to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..cases(60) })]

    #[test]
    fn lines_become_what_their_source_becomes(
        workspace in any_workspace(), (way, size) in any_way(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
    ) {
        prop_assume!(workspace.is_clear());
        // JSON has no such numbers, not even as the name of a field that is left away.
        let shown = format!("{workspace:?}");
        prop_assume!(!shown.contains("Float(NaN)") && !shown.contains("Float(inf)"));
        let workspace = as_lines_can_say(workspace);
        let direct = convert(&workspace, &way, size);
        let way = direct.as_ref().map_or(&way, |it| it.way());
        let lines = lines(&workspace, way);
        for (lines, name) in [(interleaved(&lines, &picks), "mixed"), (lines, "in order")] {
            for threads in [1, 3] {
                let way = Way { threads, ..way.clone() };
                let output = convert_lines(&lines, &way);
                prop_assert_eq!(output.is_some(), direct.is_some());
                if let (Some(output), Some(direct)) = (output, &direct) {
                    prop_assert_eq!(
                        books(&output.packed.ledger), books(&direct.packed.ledger), "{}", name
                    );
                    prop_assert!(output.bytes() == direct.bytes(), "{name}, {threads} threads");
                }
            }
        }
    }
}
