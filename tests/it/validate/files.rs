//! What `migrate validate` says of small files, by rule and in words.

use std::collections::BTreeMap;

use super::RuleSet;
use crate::program::{Outcome, Place};

pub(super) use super::small::{SETS, entry, file, good, with};

/// The ending of files that are held to a set.
pub(super) fn ending(set: RuleSet) -> &'static str {
    match set {
        RuleSet::Classic => "json",
        _ => "jsonl",
    }
}

/// What a run says of each file: the rules that it breaks.
pub(super) fn rules_by_file(outcome: &Outcome) -> BTreeMap<String, Vec<String>> {
    let mut by_file = BTreeMap::new();
    let mut name = String::new();
    for line in outcome.stdout.lines() {
        match line.split_once(": ") {
            Some((file, rest)) if rest.ends_with(" rules") || rest.starts_with("valid by") => {
                name = file.to_owned();
                by_file.insert(name.clone(), Vec::new());
            }
            _ => {}
        }
        let rule = line.strip_prefix("  ").filter(|it| !it.starts_with(' '));
        let rule = rule.and_then(|it| it.split_once("  "));
        if let (Some((rule, _)), Some(rules)) = (rule, by_file.get_mut(&name)) {
            rules.push(rule.to_owned());
        }
    }
    by_file
}

/// The rules that files break, sorted, for an app that has these users, one a line, and channel
/// types.
pub(super) fn rules_told(
    set: RuleSet,
    files: &[&[u8]],
    users: &str,
    types: &str,
) -> Vec<Vec<String>> {
    let place = Place::with("users.txt", users.as_bytes());
    let mut args = format!("validate --existing-users users.txt --channel-types {types}");
    let names = put_all(&place, files, ending(set));
    args.extend(names.iter().map(|name| format!(" {name}")));
    let outcome = place.run(&args);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
    let mut found = rules_by_file(&outcome);
    let told = names.iter().map(|name| {
        let mut told = found.remove(name).expect("each file is told of");
        told.sort_unstable();
        told
    });
    told.collect()
}

/// The texts of all problems of arrays, in the order of each, in somebody's words.
pub(super) fn texts_told(words: &str, files: &[String]) -> Vec<Vec<String>> {
    let place = Place::new();
    let files: Vec<&[u8]> = files.iter().map(String::as_bytes).collect();
    let names = put_all(&place, &files, "json").join(" ");
    let outcome = place.run(&format!(
        "validate --output-format json --rules classic --words {words} --max-errors 100 {names}"
    ));
    assert_eq!(outcome.stderr, "");
    let told = outcome.stdout.lines().map(|line| {
        let answer: serde_json::Value = serde_json::from_str(line).expect("an answer is JSON");
        let errors = answer["errors"].as_array().expect("errors are a list");
        let texts = errors
            .iter()
            .map(|it| it["error"].as_str().expect("a text"));
        texts.map(str::to_owned).collect()
    });
    told.collect()
}

/// Writes files with names of their own.
fn put_all(place: &Place, files: &[&[u8]], ending: &str) -> Vec<String> {
    let put = |(n, text): (usize, &&[u8])| {
        let name = format!("{n}.{ending}");
        place.put(&name, text);
        name
    };
    files.iter().enumerate().map(put).collect()
}
