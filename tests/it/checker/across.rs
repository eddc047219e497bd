//! What the parts of a run owe each other: nothing is repeated without need, people whom nothing
//! refers to come last, and every part but the last is full.

use std::collections::HashSet;

use super::{
    Findings,
    part::{Entry, Part},
    things::{self, Id, Kind, Things},
};

/// Checks all parts of a run together.
pub(super) fn check(
    parts: &[Part],
    things: &Things,
    limit_bytes: u64,
    separator_bytes: u64,
    findings: &mut Findings,
) {
    let mut lonely = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        findings.part.clone_from(&part.name);
        lonely.push(check_needed(number, part, things, findings));
    }
    for (number, part) in parts.iter().enumerate() {
        findings.part.clone_from(&part.name);
        let later = &parts[number + 1..];
        if let Some(entry) = lonely[number]
            && (number + 1..)
                .zip(later)
                .any(|(at, it)| has_history(at, it, things))
        {
            let label = things.label(part.entries[entry].thing);
            findings.add(
                part.entries[entry].number,
                format!("{label}, whom nothing refers to, stands before a later part's history"),
            );
        }
    }
    for (this, next) in parts.iter().zip(parts.iter().skip(1)) {
        findings.part.clone_from(&this.name);
        let room = limit_bytes.saturating_sub(this.bytes);
        let largest = largest_next(this, next, things, separator_bytes, room);
        if largest <= room {
            findings.add(
                0,
                format!(
                    "is not full: {room} bytes are left, and of the next part's new entries \
                     none takes more than {largest} with all that it needs"
                ),
            );
        }
    }
}

/// Reports what a part repeats without need. Returns the place of the first user whom nothing
/// refers to.
fn check_needed(
    number: usize,
    part: &Part,
    things: &Things,
    findings: &mut Findings,
) -> Option<usize> {
    let mut reached = vec![false; part.entries.len()];
    let own = |place: usize| is_history(number, part, &part.entries[place], things);
    reach(
        part,
        things,
        &mut reached,
        (0..part.entries.len()).filter(|it| own(*it)).collect(),
    );

    let is_lonely = |place: &usize| {
        let thing = things.get(part.entries[*place].thing);
        let is_first = thing
            .seen
            .as_ref()
            .is_some_and(|seen| seen.first_part == number);
        thing.kind == Kind::User && is_first && !reached[*place]
    };
    let lonely: Vec<usize> = (0..part.entries.len()).filter(is_lonely).collect();
    let first = lonely.first().copied();
    reach(part, things, &mut reached, lonely);

    for (entry, _) in part
        .entries
        .iter()
        .zip(&reached)
        .filter(|(_, reached)| !**reached)
    {
        let label = things.label(entry.thing);
        findings.add(
            entry.number,
            format!("{label} stands in other parts too, and nothing in this one needs it"),
        );
    }
    first
}

/// Whether an entry stands in a part for its own sake: not a user, and not a channel or a message
/// that an earlier part holds. The members of a distinct channel come with the channel.
fn is_history(number: usize, part: &Part, entry: &Entry, things: &Things) -> bool {
    let thing = things.get(entry.thing);
    match thing.kind {
        Kind::User => false,
        Kind::Channel | Kind::Message => thing
            .seen
            .as_ref()
            .is_some_and(|seen| seen.first_part == number),
        Kind::Member => !part
            .references(entry)
            .iter()
            .any(|reference| things.distinct_members(reference.to).is_some()),
        Kind::Reaction => true,
    }
}

fn has_history(number: usize, part: &Part, things: &Things) -> bool {
    part.entries
        .iter()
        .any(|entry| is_history(number, part, entry, things))
}

/// Marks all that stands behind the entries in `open`.
fn reach(part: &Part, things: &Things, reached: &mut [bool], mut open: Vec<usize>) {
    while let Some(place) = open.pop() {
        if std::mem::replace(&mut reached[place], true) {
            continue;
        }
        let needs = needs(part, &part.entries[place], things);
        open.extend(needs.filter_map(|id| part.place.get(&id)));
    }
}

/// What must stand in a part that holds this entry.
fn needs<'a>(part: &'a Part, entry: &Entry, things: &'a Things) -> impl Iterator<Item = Id> + 'a {
    let members = things.distinct_members(entry.thing).unwrap_or_default();
    let references = part.references(entry).iter().map(|reference| reference.to);
    references.chain(members.iter().copied())
}

/// The most bytes that a new entry of `next` would have added to `this`, with all that it needs
/// and `this` lacks. Stops at the first that would not have fitted.
fn largest_next(this: &Part, next: &Part, things: &Things, separator: u64, room: u64) -> u64 {
    let mut largest = 0;
    for entry in next.entries.iter().rev() {
        if !this.place.contains_key(&entry.thing) {
            largest = largest.max(added_bytes(entry, this, next, things, separator));
            if largest > room {
                break;
            }
        }
    }
    largest
}

fn added_bytes(entry: &Entry, this: &Part, next: &Part, things: &Things, separator: u64) -> u64 {
    let (mut open, mut seen, mut bytes) = (vec![entry.thing], HashSet::new(), 0);
    while let Some(thing) = open.pop() {
        if this.place.contains_key(&thing) || !seen.insert(thing) {
            continue;
        }
        if let Some(place) = next.place.get(&thing) {
            let entry = &next.entries[*place];
            bytes += entry.bytes + separator;
            open.extend(needs(next, entry, things));
            open.extend(author_member(next, entry, things));
        }
    }
    bytes
}

/// The membership of a message's author comes with the author's first message, so it may be part
/// of what did not fit.
fn author_member(part: &Part, entry: &Entry, things: &Things) -> Option<Id> {
    let references = part.references(entry);
    let named = |field: &str| {
        let reference = references.iter().find(|it| it.link.field == field)?;
        Some(&things.get(reference.to).name)
    };
    if things.get(entry.thing).kind != Kind::Message {
        return None;
    }
    let name = things::member_name(named("user")?, named("channel_id")?);
    things.find(Kind::Member, &name)
}
