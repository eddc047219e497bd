//! `migrate validate --server-report`: what the import answered, traced back to the entries that
//! it complained about and to the records that they came from.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::entry::{Entry, Type, item_key};
use super::index::Key;
use super::item::Item;
use super::pass::{Input, Setting, Stands, each_chunk, each_entry};
use super::references::cid;
use super::report::place;
use super::tally::{Lines, Spot};
use crate::getstream::rules::{RULES, Rule, RuleId, RuleSet};
use crate::text::{counted, safe};
use crate::whole;

/// What the import answered. Source: classic and current page for the form; the API calls the
/// answer `result`. The validator's own answer is taken too.
#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "Errors")]
    errors: Option<Vec<Box<RawValue>>>,
    result: Option<Box<Answer>>,
    #[serde(alias = "Stats")]
    stats: Option<Box<RawValue>>,
}

/// One error of an answer; the validator has texts alone.
#[derive(Default, Deserialize)]
struct Error {
    error: String,
    item_type: Option<String>,
    item: Option<Box<RawValue>>,
}

/// A complaint of the import, and what it is about.
#[derive(Serialize)]
pub struct Complaint {
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_type: Option<String>,
    /// The name of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<&'static str>,
    /// Where its entry stands.
    places: Vec<Place>,
    /// The record that the entry, or what it belongs to, came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip)]
    subject: Option<Subject>,
}

#[derive(Serialize)]
struct Place {
    file: String,
    entry: u64,
    line: u64,
    byte: u64,
    #[serde(skip)]
    spot: Spot,
    #[serde(skip)]
    kind: Type,
}

#[derive(Clone, Serialize)]
struct Source {
    file: String,
    record: u64,
    source_id: String,
}

/// What a complaint is about.
struct Subject {
    kind: Type,
    key: Key,
    /// The kind and id of the record that an id map knows it by.
    record: Option<(&'static str, String)>,
}

/// The complaints of an answer, with the places of their entries in `inputs` and, with an id
/// map, the records that they came from.
///
/// # Errors
/// If a file cannot be read or is something else.
pub fn trace(
    path: &Path,
    id_map: Option<&Path>,
    inputs: &[Input],
    setting: &Setting<'_>,
) -> Result<Vec<Complaint>> {
    let mut complaints = read(path)?;
    let mut wanted: HashMap<(Type, Key), Vec<usize>> = HashMap::new();
    for (n, complaint) in complaints.iter().enumerate() {
        if let Some(it) = &complaint.subject {
            wanted.entry((it.kind, it.key)).or_default().push(n);
        }
    }
    for input in inputs {
        let mut before = 0;
        let find = |chunk: &_| find(chunk, input.set, &wanted);
        each_chunk(input, setting, find, |(found, count)| {
            for (subject, mut spot) in found {
                spot.entry += before;
                for n in wanted.get(&subject).into_iter().flatten() {
                    complaints[*n].places.push(Place {
                        file: input.name.clone(),
                        entry: spot.entry,
                        line: spot.line,
                        byte: spot.at,
                        spot: spot.clone(),
                        kind: subject.0,
                    });
                }
            }
            before += count;
            Ok(())
        })?;
    }
    if let Some(path) = id_map {
        let sources = sources(path, &complaints)?;
        for complaint in &mut complaints {
            let record = complaint.subject.as_ref().and_then(|it| it.record.as_ref());
            complaint.source = record.and_then(|record| sources.get(record)).cloned();
        }
    }
    Ok(complaints)
}

fn read(path: &Path) -> Result<Vec<Complaint>> {
    let place = || {
        format!(
            "could not read the answer of the import, `{}`",
            path.display()
        )
    };
    let text = whole::read_text(path).with_context(place)?;
    let mut answer: Answer = serde_json::from_str(&text).with_context(place)?;
    if let Some(inner) = answer.result.take() {
        answer = *inner;
    }
    if answer.errors.is_none() && answer.stats.is_none() {
        bail!(
            "`{}` is no answer of an import: it has no `errors`",
            path.display()
        );
    }
    let errors = answer.errors.unwrap_or_default();
    let complaints = errors.iter().map(|error| {
        let error = match error.get().starts_with('"') {
            true => Error {
                error: serde_json::from_str(error.get())?,
                ..Error::default()
            },
            false => serde_json::from_str(error.get())?,
        };
        Ok(complaint(error))
    });
    complaints
        .collect::<serde_json::Result<_>>()
        .with_context(place)
}

fn complaint(
    Error {
        error,
        item_type,
        item,
    }: Error,
) -> Complaint {
    let subject = item_type.as_deref().zip(item.as_deref());
    let subject = subject.and_then(|(kind, item)| subject_of(kind, item.get()));
    let rule = rule_of(&error);
    Complaint {
        error,
        item_type,
        rule: rule.map(|rule| rule.name),
        cure: rule
            .map(|rule| rule.cure)
            .filter(|cure| !cure.contains('{')),
        places: Vec::new(),
        source: None,
        subject,
    }
}

/// What an item is, by its identity. It may be in either spelling.
fn subject_of(kind: &str, item: &str) -> Option<Subject> {
    // The rules for JSON Lines know every type.
    let set = RuleSet::Current;
    let text = format!(
        "{{\"type\":{},\"{}\":{item}}}",
        serde_json::json!(kind),
        item_key(set)
    );
    let entry = Entry::read(&text, set).ok()?;
    let (kind, item) = (entry.kind?, entry.item?);
    let key = Key::of_item(&item)?;
    let record = match &item {
        Item::User(it) => Some(("user", it.id.to_string())),
        Item::Device(it) => Some(("user", it.user_id.to_string())),
        Item::Ban(it) => Some(("user", it.target_id.to_string())),
        Item::Channel(it) => Some(("channel", cid(&it.name))),
        Item::Member(it) => Some(("channel", cid(&it.channel))),
        Item::Message(it) => Some(("message", it.id.to_string())),
        Item::Reaction(it) => Some(("message", it.message_id.to_string())),
        Item::Unchecked => None,
    };
    Some(Subject { kind, key, record })
}

/// The rule that a text tells of: the one whose text it matches most closely.
fn rule_of(error: &str) -> Option<&'static Rule> {
    // The validator puts a byte offset behind each text.
    let without_offset = error.rsplit_once(" (").map_or(error, |(text, offset)| {
        let digits = offset.strip_suffix(')').unwrap_or_default();
        let is_offset = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_offset { text } else { error }
    });
    let closeness = |rule: &Rule| {
        let texts = [rule.server, rule.cli].into_iter();
        let matching = texts.filter(|text| fits(text, error) || fits(text, without_offset));
        matching.map(literal_bytes).max().filter(|bytes| *bytes > 0)
    };
    let known = RULES
        .iter()
        .filter_map(|rule| Some((closeness(rule)?, rule)));
    // Of equals the first, so that the answer is the same every time.
    let closest = known.rev().max_by_key(|(close, _)| *close);
    let is_syntax = SYNTAX.iter().any(|phrase| error.starts_with(phrase));
    match closest {
        None if is_syntax => Some(RuleId::JsonSyntax.rule()),
        closest => closest.map(|(_, rule)| rule),
    }
}

/// How the validator's texts about JSON begin, which have no words of their own around them.
const SYNTAX: &[&str] = &[
    "invalid character ",
    "unexpected end of JSON input",
    "expected comma after ",
    "exceeded max depth",
];

/// Whether a text is a template with something filled in.
fn fits(template: &str, text: &str) -> bool {
    let mut literals = literals(template);
    let Some(first) = literals.next() else {
        return text.is_empty();
    };
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for literal in literals {
        if let Some(literal) = last.replace(literal) {
            let Some(at) = rest.find(literal) else {
                return false;
            };
            rest = &rest[at + literal.len()..];
        }
    }
    match last {
        Some(last) => rest.ends_with(last),
        None => rest.is_empty(),
    }
}

fn literal_bytes(template: &str) -> usize {
    literals(template).map(str::len).sum()
}

/// The pieces of a template between the words in braces.
fn literals(template: &str) -> impl Iterator<Item = &str> {
    let mut pieces = template.split('{');
    let first = pieces.next();
    first
        .into_iter()
        .chain(pieces.map(|piece| piece.split_once('}').map_or(piece, |(_, behind)| behind)))
}

/// A thing that is looked for, and where it stands; entries count from the chunk's start.
type Found = Vec<((Type, Key), Spot)>;

fn find(
    chunk: &super::cut::Chunk,
    set: RuleSet,
    wanted: &HashMap<(Type, Key), Vec<usize>>,
) -> (Found, u64) {
    let mut found = Vec::new();
    let mut lines = Lines::new(chunk);
    let count = each_entry(chunk, set, |stands| {
        let Stands::Entry(number, start, entry) = stands else {
            return;
        };
        let key = entry.item.as_ref().and_then(Key::of_item);
        if let (Some(kind), Some(key)) = (entry.kind, key)
            && wanted.contains_key(&(kind, key))
        {
            found.push(((kind, key), lines.spot(start, number)));
        }
    });
    (found, count)
}

/// Reads from an id map the records that complaints are about, by kind and Stream id.
fn sources(
    path: &Path,
    complaints: &[Complaint],
) -> Result<HashMap<(&'static str, String), Source>> {
    let place = || format!("could not read the id map `{}`", path.display());
    let wanted: HashSet<_> = complaints
        .iter()
        .filter_map(|it| it.subject.as_ref()?.record.clone())
        .collect();
    let mut reader = csv::Reader::from_path(path).with_context(place)?;
    let headers = reader.headers().with_context(place)?;
    let column = |name: &str| headers.iter().position(|header| header == name);
    let columns = ["kind", "source_id", "stream_id", "file", "record"].map(column);
    let [
        Some(kind),
        Some(source_id),
        Some(stream_id),
        Some(file),
        Some(record),
    ] = columns
    else {
        bail!(
            "`{}` is no id map: its first line should be `kind,source_id,stream_id,file,record`",
            path.display()
        );
    };
    let mut sources = HashMap::new();
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).with_context(place)? {
        let cell = |column: usize| row.get(column).unwrap_or_default();
        let kind = match cell(kind) {
            "user" => "user",
            "channel" => "channel",
            "message" => "message",
            _ => continue,
        };
        let known = (kind, cell(stream_id).to_owned());
        if wanted.contains(&known) {
            let source = Source {
                file: cell(file).to_owned(),
                record: cell(record).parse().unwrap_or_default(),
                source_id: cell(source_id).to_owned(),
            };
            sources.entry(known).or_insert(source);
        }
    }
    Ok(sources)
}

/// Longest foreign text that is shown, in characters.
const SHOWN_CHARS: usize = 300;

/// The complaints, for people.
pub fn for_people(path: &Path, complaints: &[Complaint], has_id_map: bool) -> String {
    let mut out = String::new();
    let name = safe(&path.display().to_string(), SHOWN_CHARS);
    let _ = writeln!(out, "{name}: {}", counted(complaints.len() as u64, "error"));
    for complaint in complaints {
        let _ = writeln!(out, "\n  {}", safe(&complaint.error, SHOWN_CHARS));
        match (complaint.rule, complaint.cure) {
            (Some(rule), Some(cure)) => {
                let _ = writeln!(out, "    rule {rule}; to mend: {cure}");
            }
            (Some(rule), None) => {
                let _ = writeln!(out, "    rule {rule}");
            }
            (None, _) => {
                let _ = writeln!(out, "    this text is of no rule that is known here");
            }
        }
        for it in &complaint.places {
            let file = safe(&it.file, SHOWN_CHARS);
            let _ = writeln!(out, "    {file}: {}", place(&it.spot, Some(it.kind)));
        }
        match (&complaint.subject, complaint.places.is_empty()) {
            (None, _) => {
                let _ = writeln!(out, "    it names no item that could be looked for");
            }
            (Some(_), true) => {
                let _ = writeln!(out, "    its item stands in none of the files");
            }
            _ => {}
        }
        if let Some(it) = &complaint.source {
            let record = match it.record {
                0 => String::new(),
                record => format!(", record {record}"),
            };
            let _ = writeln!(out, "    from {}{record}", safe(&it.file, SHOWN_CHARS));
        } else if has_id_map && complaint.subject.is_some() {
            let _ = writeln!(out, "    the id map does not know where it came from");
        }
    }
    out
}

/// The complaints, for programs: one line of JSON.
///
/// # Errors
/// Never, as far as is known: all of it has a form in JSON.
pub fn for_programs(complaints: &[Complaint]) -> Result<String> {
    Ok(serde_json::to_string(complaints)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::getstream::rules::Problem;

    #[test]
    fn a_text_is_known_by_the_rule_that_it_is_of() {
        for (error, expected) in [
            (
                "Validation error: max channelID length exceeded (64)",
                "channel.id_length",
            ),
            (
                "Validation error: created_by user \"x\" doesn't exist (channel \"messaging:abc\"). please include all users as separate user entries",
                "channel.created_by",
            ),
            (
                "Validation error: \"online\" is a reserved field",
                "user.reserved",
            ),
            ("Parse error: invalid item type \"foobar\"", "entry.type"),
            (
                "Parse error: invalid character ',' looking for beginning of value",
                "json.syntax",
            ),
            (
                "reference error: user \"a\" doesn't exist (message_id m1) (812)",
                "message.user",
            ),
            ("duplicate message \"m1\" (99)", "message.duplicate"),
            ("expected comma after array element", "json.syntax"),
            (
                "Parse error: parsing time \"x\": extra text: \"y\"",
                "json.time",
            ),
        ] {
            assert_eq!(
                rule_of(error).map(|rule| rule.name),
                Some(expected),
                "{error}"
            );
        }
        assert!(rule_of("something else").is_none());
    }

    #[test]
    fn every_rules_texts_lead_back_to_a_rule_with_that_text() {
        for rule in RULES {
            let names = [
                "id", "field", "user", "channel", "type", "time", "message", "members",
            ];
            let problem = names.iter().fold(Problem::plain(rule.id), |problem, name| {
                problem.with(name, "value")
            });
            {
                let found = rule_of(&problem.server()).unwrap();
                assert_eq!(
                    literal_bytes(found.server),
                    literal_bytes(rule.server),
                    "{}",
                    rule.name
                );
            }
        }
    }

    #[test]
    fn templates_fit_what_was_made_of_them() {
        assert!(fits("a {x} b {y}", "a 1 b 2"));
        assert!(fits("a {x}", "a "));
        assert!(!fits("a {x} b", "a 1 c"));
        assert!(!fits("a", "ab"));
        assert!(fits("{x}", "anything"));
    }
}
