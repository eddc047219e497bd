//! What was found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use anyhow::Result;
use serde::Serialize;
use serde_json::value::RawValue;

use super::entry::Type;
use super::pass::{Input, Looked, read_range};
use super::tally::{Finding, Group, Spot};
use crate::getstream::json;
use crate::getstream::rules::{Problem, RuleId, RuleSet};
use crate::text::{count, counted, safe, safe_json};

/// Whose words problems are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// Those of the validator.
    Cli,
    /// Those of the import itself.
    Server,
}

impl Words {
    /// The text of a problem.
    pub fn text(self, problem: &Problem) -> String {
        match self {
            Words::Cli => problem.to_string(),
            Words::Server => problem.server(),
        }
    }
}

/// Longest foreign text that is shown, in characters.
const SHOWN_CHARS: usize = 300;

/// What was found in a file, for people.
pub fn for_people(input: &Input, looked: &Looked, words: Words, most: usize) -> String {
    let mut out = String::new();
    write_people(&mut out, input, looked, words, most).expect("writing to memory does not fail");
    out
}

fn write_people(
    out: &mut String,
    input: &Input,
    looked: &Looked,
    words: Words,
    most: usize,
) -> fmt::Result {
    let tally = &looked.tally;
    let name = safe(&input.name, SHOWN_CHARS);
    let rules = match input.set {
        RuleSet::Classic => "classic",
        _ => "current",
    };
    let problems = tally.count();
    if problems == 0 {
        let held = held(looked);
        writeln!(out, "{name}: valid by the {rules} rules: {held}")?;
    } else {
        writeln!(
            out,
            "{name}: {} in {}, by the {rules} rules",
            counted(problems, "problem"),
            match tally.entries {
                1 => "1 entry".to_owned(),
                entries => format!("{} entries", count(entries)),
            }
        )?;
    }
    let shares = shares(&tally.groups, most);
    for ((rule, group), share) in tally.groups.iter().zip(shares) {
        let rule = rule.rule();
        writeln!(out, "\n  {}  {}", rule.name, times(group.count))?;
        write_group(out, group, words, share)?;
    }
    for (text, (times, spot)) in &tally.warnings {
        let text = safe(text, SHOWN_CHARS);
        let first = place(spot, None);
        writeln!(
            out,
            "\n  warning: {text}; {}, first {first}",
            self::times(*times)
        )?;
    }
    Ok(())
}

/// How many problems of each rule are shown, `most` together: one of each in turn.
fn shares(groups: &BTreeMap<RuleId, Group>, most: usize) -> Vec<usize> {
    let mut shares = vec![0; groups.len()];
    let mut left = most;
    loop {
        let before = left;
        for (share, group) in shares.iter_mut().zip(groups.values()) {
            if left > 0 && *share < group.first.len() {
                *share += 1;
                left -= 1;
            }
        }
        if left == before {
            return shares;
        }
    }
}

fn write_group(out: &mut String, group: &Group, words: Words, most: usize) -> fmt::Result {
    for finding in group.first.iter().take(most) {
        let text = words.text(&finding.problem);
        writeln!(
            out,
            "    {}: {}",
            place(&finding.spot, finding.kind),
            safe(&text, SHOWN_CHARS)
        )?;
    }
    let shown = group.first.len().min(most) as u64;
    if group.count > shown {
        writeln!(out, "    and {} more", count(group.count - shown))?;
    }
    if group.consequences > 0 {
        writeln!(
            out,
            "    {} because what {} to is wrong itself",
            count(group.consequences),
            if group.consequences == 1 {
                "it refers"
            } else {
                "they refer"
            }
        )?;
    }
    if let Some(first) = group.first.first() {
        let cure = first.problem.cure();
        writeln!(out, "    to mend: {}", safe(&cure, SHOWN_CHARS))?;
    }
    Ok(())
}

fn times(number: u64) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        number => format!("{} times", count(number)),
    }
}

/// A place in a file for people.
pub fn place(spot: &Spot, kind: Option<Type>) -> String {
    if spot.line == 0 {
        return "the file".to_owned();
    }
    let mut text = String::new();
    if spot.entry > 0 {
        let _ = write!(text, "entry {}", spot.entry);
        if let Some(kind) = kind {
            let _ = write!(text, " ({})", kind.name());
        }
        text.push_str(", ");
    }
    let Spot {
        line, column, at, ..
    } = spot;
    let _ = write!(text, "line {line} column {column}, byte {at}");
    text
}

/// What a file holds, kind by kind.
fn held(looked: &Looked) -> String {
    let kinds = [
        Type::User,
        Type::Device,
        Type::Ban,
        Type::Channel,
        Type::Member,
        Type::Message,
        Type::Reaction,
    ];
    let always = |kind| !matches!(kind, Type::Device | Type::Ban);
    let parts: Vec<String> = kinds
        .into_iter()
        .filter(|kind| always(*kind) || looked.index.count(*kind) > 0)
        .map(|kind| counted(looked.index.count(kind), kind.name()))
        .collect();
    parts.join(", ")
}

/// What the import answers. Source: classic and current page.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    errors: Vec<AnswerError>,
    stats: Stats,
}

#[derive(Serialize)]
struct AnswerError {
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Stats {
    total: Total,
}

#[derive(Serialize)]
struct Total {
    messages: u64,
    members: u64,
    reactions: u64,
    channels: u64,
    users: u64,
}

/// What was found in a file, as the import answers it: one line of JSON. With several files each
/// line names its own.
///
/// # Errors
/// If the file cannot be read again.
pub fn for_programs(
    input: &Input,
    looked: &Looked,
    words: Words,
    most: usize,
    is_named: bool,
) -> Result<String> {
    let found = looked.tally.first(most);
    let errors = found
        .into_iter()
        .map(|finding| answer_error(input, finding, words));
    let index = &looked.index;
    let answer = Answer {
        file: is_named.then_some(&*input.name),
        errors: errors.collect::<Result<_>>()?,
        stats: Stats {
            total: Total {
                messages: index.count(Type::Message),
                members: index.count(Type::Member),
                reactions: index.count(Type::Reaction),
                channels: index.count(Type::Channel),
                users: index.count(Type::User),
            },
        },
    };
    Ok(safe_json(&serde_json::to_string(&answer)?) + "\n")
}

fn answer_error(input: &Input, finding: &Finding, words: Words) -> Result<AnswerError> {
    let mut item = None;
    if let Some(range) = &finding.item {
        let bytes = read_range(input, range)?;
        let text = String::from_utf8_lossy(&bytes);
        // What is no JSON of itself, such as half a surrogate pair, is not shown.
        item = serde_json::from_str(&json::compact(&text)).ok();
    }
    Ok(AnswerError {
        error: words.text(&finding.problem),
        item_type: finding.kind.map(Type::name),
        item,
    })
}
