//! Reads a file once to know what it holds, and then what is open again, to find what entries refer
//! to in vain. Both times all cores read, and what they found is taken in order.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::ops::{ControlFlow, Range};
use std::str::from_utf8;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use hashbrown::HashMap;
use migrate_archive::platform::read_exact_at;
use migrate_model::{Text, pipeline};

use super::app::App;
use super::cut::{Chunk, Cutter, Mark, Piece, next_start, syntax, text_of};
use super::entry::{Entry, Type};
use super::index::{Gathered, Index, Key};
use super::item::Item;
use super::references::{Referred, World, duplicate, not_in_set};
use super::scan::{Scanner, What};
use super::tally::{Finding, Lines, Spot, Tally};
use super::wanted::{Chunks, First, Wanted};
use crate::getstream::rules::{Problem, RuleId, RuleSet};
use crate::getstream::{Spelling, limits};
use crate::progress::Progress;

/// A file that is looked at.
#[derive(Debug)]
pub struct Input {
    /// Its name for people.
    pub name: String,
    /// The file itself.
    pub file: File,
    /// Its size, in bytes.
    pub bytes: u64,
    /// How its entries stand in it.
    pub spelling: Spelling,
    /// The rules that it is held to.
    pub set: RuleSet,
}

/// How files are looked at.
pub struct Setting<'s> {
    /// On how many threads; at least 1.
    pub threads: usize,
    /// How many problems of each rule are kept.
    pub keep: usize,
    /// Set when the run is to end early.
    pub stop: &'s AtomicBool,
    /// Shows how far it is.
    pub progress: &'s Progress,
}

/// What a file holds, and what was found in it.
#[derive(Debug)]
pub struct Looked {
    /// What it holds.
    pub index: Index,
    /// What was found.
    pub tally: Tally,
}

/// Looks at a file. `earlier` is what the files before it hold, if they are one import.
///
/// # Errors
/// If the file cannot be read, or the run is to end early.
pub fn look(input: &Input, setting: &Setting<'_>, app: &App, earlier: &Index) -> Result<Looked> {
    let world = World {
        own: None,
        earlier,
        app,
        set: input.set,
    };
    let (index, mut tally, chunks) = first_look(input, setting, &world)?;
    if tally.entries == 0 && tally.count() == 0 {
        of_file(&mut tally, RuleId::FileNoEntries);
    }
    if input.bytes > limits::PART_BYTES {
        of_file(&mut tally, RuleId::FileSize);
    }
    let settled = chunks.iter().filter(|chunk| !chunk.is_open);
    let bytes = settled.map(|chunk| chunk.bytes).sum();
    setting.progress.add(bytes, false);
    let world = World {
        own: Some(&index),
        ..world
    };
    tally.merge(second_look(input, setting, &world, &chunks)?);
    Ok(Looked { index, tally })
}

/// Takes in what a file holds and what is wrong with its entries by themselves. `world` lacks
/// what the file holds. Gives the chunks too, with those open that have to be read again.
fn first_look(
    input: &Input,
    setting: &Setting<'_>,
    world: &World<'_>,
) -> Result<(Index, Tally, Vec<First>)> {
    let mut tally = Tally::new(setting.keep);
    let mut index = Index::default();
    let mut order = Order::default();
    let mut chunks = Chunks::default();
    let gather = |chunk: &Chunk| gather(chunk, world, setting.keep);
    each_chunk(input, setting, gather, |it| {
        index.add(&it.gathered);
        if input.set == RuleSet::Current {
            order.take(it.runs, &mut tally);
        }
        let chunk = First::new(it.mark, it.bytes, tally.entries, it.types, it.is_wrong);
        chunks.take(chunk, &it.wanted, &index, world);
        tally.append(it.tally);
        Ok(())
    })?;
    index.sort_teams();
    let chunks = chunks.settle(&index, world);
    Ok((index, tally, chunks))
}

/// Finds what the entries of open chunks refer to in vain, and those that stand a second time.
fn second_look(
    input: &Input,
    setting: &Setting<'_>,
    world: &World<'_>,
    chunks: &[First],
) -> Result<Tally> {
    let mut tally = Tally::new(setting.keep);
    let mut seen = Seen::new(input);
    let mut open = chunks.iter().filter(|chunk| chunk.is_open);
    let refer = |chunk: &Chunk| refer(chunk, world, setting.keep);
    each_open_chunk(input, setting, chunks, refer, |(mut found, again)| {
        let mut repeated = Tally::new(setting.keep);
        for one in again {
            seen.take(one, &mut repeated)?;
        }
        repeated.entries = 0;
        found.merge(repeated);
        tally.entries = open.next().map_or(tally.entries, |chunk| chunk.before);
        tally.append(found);
        Ok(())
    })?;
    Ok(tally)
}

/// Notes a problem of the file as a whole.
fn of_file(tally: &mut Tally, rule: RuleId) {
    tally.add(rule, false, || Finding {
        problem: Problem::plain(rule),
        spot: Spot::default(),
        kind: None,
        item: None,
        is_consequence: false,
    });
}

/// Does work on each chunk of a file, and takes what came out in order.
///
/// # Errors
/// If the file cannot be read, or the run is to end early.
pub fn each_chunk<T: Send>(
    input: &Input,
    setting: &Setting<'_>,
    work: impl Fn(&Chunk) -> T + Sync,
    take: impl FnMut(T) -> Result<()> + Send,
) -> Result<()> {
    let mut file = &input.file;
    file.seek(SeekFrom::Start(0))
        .with_context(|| unread(input))?;
    let mut cutter = Cutter::new(file, input.spelling, Mark::default());
    on_chunks(input, setting, |chunk| cutter.next(chunk), work, take)
}

/// Does the same on those chunks alone that are open.
fn each_open_chunk<T: Send>(
    input: &Input,
    setting: &Setting<'_>,
    chunks: &[First],
    work: impl Fn(&Chunk) -> T + Sync,
    take: impl FnMut(T) -> Result<()> + Send,
) -> Result<()> {
    let mut file = &input.file;
    let mut open = (0..).zip(chunks).filter(|(_, chunk)| chunk.is_open);
    let mut last = None;
    let mut cutter = Cutter::new(file, input.spelling, Mark::default());
    let next = |chunk| {
        let Some((number, first)) = open.next() else {
            return Ok(None);
        };
        if last.replace(number) != Some(number - 1) {
            file.seek(SeekFrom::Start(first.mark.start))?;
            cutter = Cutter::new(file, input.spelling, first.mark);
        }
        cutter.next(chunk)
    };
    on_chunks(input, setting, next, work, take)
}

/// Does work on each chunk that `next` cuts, in buffers that it is given.
fn on_chunks<T: Send>(
    input: &Input,
    setting: &Setting<'_>,
    mut next: impl FnMut(Chunk) -> io::Result<Option<Chunk>> + Send,
    work: impl Fn(&Chunk) -> T + Sync,
    mut take: impl FnMut(T) -> Result<()> + Send,
) -> Result<()> {
    let spare: Mutex<Vec<Chunk>> = Mutex::new(Vec::new());
    let lock = || spare.lock().unwrap_or_else(PoisonError::into_inner);
    pipeline::run(
        setting.threads,
        || {
            if setting.stop.load(Ordering::Relaxed) {
                bail!("stopped before all was read");
            }
            let chunk = lock().pop().unwrap_or_default();
            next(chunk).with_context(|| unread(input))
        },
        || Ok(()),
        |(), chunk: Chunk| Ok((work(&chunk), chunk)),
        |(result, chunk)| {
            setting.progress.add(chunk.bytes.len() as u64, false);
            take(result)?;
            // One huge entry shall not be paid for until the end.
            if chunk.bytes.capacity() <= SPARE_BYTES {
                lock().push(chunk);
            }
            Ok(ControlFlow::Continue(()))
        },
    )
}

fn unread(input: &Input) -> String {
    format!("could not read `{}`", input.name)
}

/// Most bytes of a buffer that is used again.
const SPARE_BYTES: usize = 4 << 20;

/// What stands at a place of a chunk.
pub enum Stands<'c> {
    /// An entry: its number in the chunk, from 1, where it starts there, and what it is.
    Entry(u64, usize, &'c Entry<'c>),
    /// What cannot be read: its number, or 0 if it is no entry, where, and why.
    Broken(u64, usize, Problem),
}

/// Reads the entries of a chunk one after the other; gives how many there are.
pub fn each_entry(chunk: &Chunk, set: RuleSet, mut each: impl FnMut(Stands<'_>)) -> u64 {
    let whole = from_utf8(&chunk.bytes).ok();
    let mut count = 0;
    for piece in &chunk.pieces {
        match piece {
            Piece::Entry(range) => {
                let bytes = &chunk.bytes[range.clone()];
                let known = whole.and_then(|text| text.get(range.clone()));
                if let Some(text) = known.or_else(|| from_utf8(bytes).ok()) {
                    one_entry(text, range.start, set, &mut count, &mut each);
                    continue;
                }
                one_entry(&text_of(bytes), range.start, set, &mut count, &mut each);
                let at = from_utf8(bytes).map_or_else(|error| error.valid_up_to(), |_| 0);
                let problem = Problem::plain(RuleId::JsonUtf8);
                each(Stands::Broken(count, range.start + at, problem));
            }
            Piece::Broken {
                at,
                problem,
                is_entry,
            } => {
                count += u64::from(*is_entry);
                let number = if *is_entry { count } else { 0 };
                each(Stands::Broken(number, *at, problem.clone()));
            }
        }
    }
    count
}

/// Reads an entry. Where it turns out to be broken, others may stand in what was taken for it.
fn one_entry(
    text: &str,
    start: usize,
    set: RuleSet,
    count: &mut u64,
    each: &mut impl FnMut(Stands<'_>),
) {
    *count += 1;
    let fault = match Entry::read(text, set) {
        Ok(entry) => return each(Stands::Entry(*count, start, &entry)),
        Err(fault) => fault,
    };
    each(Stands::Broken(*count, start + fault.at, syntax(fault.what)));
    let mut from = 1;
    let mut failures = 0;
    while let Some(at) = next_start(text.as_bytes(), from) {
        from = at + 1;
        let Some(rest) = text.get(at..) else {
            continue;
        };
        let inner = match Scanner::new(rest).skip() {
            Ok(inner) => inner,
            // What is nested too deeply has swallowed nothing.
            Err(fault) if fault.what == What::Depth => return,
            Err(fault) => {
                failures += 1;
                // Nested starts fail at the same place: no text is to be scanned for each.
                if failures >= MOST_FAILURES {
                    from = at + fault.at.max(1);
                    failures = 0;
                }
                continue;
            }
        };
        if let Ok(entry) = Entry::read(inner, set) {
            *count += 1;
            from = at + inner.len();
            each(Stands::Entry(*count, start + at, &entry));
        }
    }
}

/// How many starts of entries in a broken one may fail before those up to the place where they do
/// are passed over.
const MOST_FAILURES: u32 = 16;

/// Whether an entry breaks a rule of the validator by itself. It did not take such an entry in,
/// so that what refers to it refers to nothing.
pub fn is_refused(entry: &Entry<'_>) -> bool {
    let mut rules = entry.problems.iter().map(|problem| problem.rule.rule());
    rules.any(|rule| rule.refuses_entry())
}

/// A row of entries of one type.
pub struct Run {
    kind: Type,
    count: u64,
    spot: Spot,
    item: Option<Range<u64>>,
}

/// What the first reading of a chunk found.
struct FirstLook {
    mark: Mark,
    /// How long the chunk is.
    bytes: u64,
    /// What it holds.
    gathered: Gathered,
    /// The types of its entries, a bit each.
    types: u16,
    runs: Vec<Run>,
    /// What is wrong with its entries by themselves.
    tally: Tally,
    /// What they refer to.
    wanted: Wanted,
    /// Whether any of them breaks a reference rule whatever the file holds.
    is_wrong: bool,
}

/// Reads a chunk for the first time.
fn gather(chunk: &Chunk, world: &World<'_>, keep: usize) -> FirstLook {
    let mut gathered = Gathered::default();
    let mut runs: Vec<Run> = Vec::new();
    let mut types = 0;
    let mut is_wrong = false;
    let mut tally = Tally::new(keep);
    let mut referred = Referred::default();
    let mut lines = Lines::new(chunk);
    tally.entries = each_entry(chunk, world.set, |stands| match stands {
        Stands::Broken(number, at, problem) => tally.add(problem.rule, false, || Finding {
            spot: lines.spot(at, number),
            problem,
            kind: None,
            item: None,
            is_consequence: false,
        }),
        Stands::Entry(number, start, entry) => {
            let item = item_of(chunk, start, entry);
            if let Some(it) = &entry.item {
                let is_refused = is_refused(entry);
                index_item(it, is_refused, &mut gathered);
                world.check(it, is_refused, &mut referred);
                is_wrong |= !referred.missing.is_empty();
                referred.missing.clear();
            }
            for (rule, count) in &entry.more_problems {
                tally.add_more(*rule, false, *count);
            }
            for problem in &entry.problems {
                tally.add(problem.rule, false, || Finding {
                    problem: problem.clone(),
                    spot: lines.spot(start, number),
                    kind: entry.kind,
                    item: item.clone(),
                    is_consequence: false,
                });
            }
            for key in &entry.repeated_keys {
                let text = format!("the key `{key}` stands twice in one object; the last counts");
                tally.warn(text, || lines.spot(start, number));
            }
            let Some(kind) = entry.kind else {
                return;
            };
            types |= 1 << kind as u16;
            if matches!(kind, Type::Poll | Type::PollVote) {
                let text = format!(
                    "a {} cannot be checked: its form is not published",
                    kind.name()
                );
                tally.warn(text, || lines.spot(start, number));
            }
            match runs.last_mut() {
                Some(run) if run.kind == kind => run.count += 1,
                _ => runs.push(Run {
                    kind,
                    count: 1,
                    spot: match world.set {
                        RuleSet::Current => lines.spot(start, number),
                        _ => Spot::default(),
                    },
                    item,
                }),
            }
        }
    });
    FirstLook {
        mark: chunk.mark,
        bytes: chunk.bytes.len() as u64,
        gathered,
        types,
        runs,
        tally,
        wanted: referred.wanted,
        is_wrong,
    }
}

fn item_of(chunk: &Chunk, start: usize, entry: &Entry<'_>) -> Option<Range<u64>> {
    let range = &entry.item_range;
    let start = chunk.mark.start + start as u64;
    (!range.is_empty()).then(|| start + range.start as u64..start + range.end as u64)
}

fn index_item(item: &Item<'_>, is_refused: bool, gathered: &mut Gathered) {
    let Some(key) = Key::of_item(item) else {
        return;
    };
    let own = |teams: &[Text<'_>]| teams.iter().map(|team| (**team).into()).collect();
    let kind = match item {
        Item::User(it) => {
            if !it.teams.is_empty() {
                gathered.user_teams.push((key, own(&it.teams)));
            }
            Type::User
        }
        Item::Channel(it) => {
            if !it.team.is_empty() {
                let team = std::slice::from_ref(&it.team);
                gathered.channel_teams.push((key, own(team)));
            }
            Type::Channel
        }
        Item::Device(_) => Type::Device,
        Item::Ban(_) => Type::Ban,
        Item::Member(_) => Type::Member,
        Item::Message(_) => Type::Message,
        Item::Reaction(_) => Type::Reaction,
        Item::Unchecked => return,
    };
    let is_reply = matches!(item, Item::Message(it) if !it.parent_id.is_empty());
    gathered.keys[kind as usize].push(key.with_traits(is_reply, is_refused));
}

/// The order of types, over all chunks.
#[derive(Default)]
struct Order {
    latest: Option<Type>,
}

impl Order {
    fn take(&mut self, runs: Vec<Run>, tally: &mut Tally) {
        for run in runs {
            let Some(latest) = self.latest.filter(|latest| run.kind < *latest) else {
                self.latest = Some(run.kind);
                continue;
            };
            let mut finding = Some(Finding {
                problem: Problem::plain(RuleId::Order)
                    .with("kind", run.kind.name())
                    .with("later", latest.name()),
                spot: run.spot,
                kind: Some(run.kind),
                item: run.item,
                is_consequence: false,
            });
            if let Some(finding) = &mut finding {
                finding.spot.entry += tally.entries;
            }
            tally.add_many(RuleId::Order, run.count, finding);
        }
    }
}

/// An entry that may stand a second time.
struct Again {
    kind: Type,
    key: Key,
    /// The entry's place in the file.
    entry: Range<u64>,
    /// All that makes it one of its kind.
    identity: String,
    findings: Vec<Finding>,
}

/// What the entries of a chunk refer to in vain, and those that may stand a second time.
fn refer(chunk: &Chunk, world: &World<'_>, keep: usize) -> (Tally, Vec<Again>) {
    let mut tally = Tally::new(keep);
    let mut again = Vec::new();
    let mut referred = Referred::default();
    let mut lines = Lines::new(chunk);
    tally.entries = each_entry(chunk, world.set, |stands| {
        let Stands::Entry(number, start, entry) = stands else {
            return;
        };
        let (Some(kind), Some(item)) = (entry.kind, &entry.item) else {
            return;
        };
        let is_refused = is_refused(entry);
        world.check(item, is_refused, &mut referred);
        for found in referred.missing.drain(..) {
            if found.times > 1 {
                tally.add_more(found.problem.rule, found.is_consequence, found.times - 1);
            }
            tally.add(found.problem.rule, found.is_consequence, || Finding {
                problem: found.problem,
                spot: lines.spot(start, number),
                kind: Some(kind),
                item: item_of(chunk, start, entry),
                is_consequence: found.is_consequence,
            });
        }
        let own = world
            .own
            .filter(|own| !is_refused && own.has_repeated(kind));
        let key = own.and_then(|own| Key::of_item(item).filter(|key| own.is_repeated(kind, *key)));
        if let Some(key) = key {
            let mut problems: Vec<Problem> = duplicate(item).into_iter().collect();
            if let Item::Member(it) = item
                && !it.channel.member_ids.is_empty()
            {
                problems.push(not_in_set(it));
            }
            let finding = |problem| Finding {
                problem,
                spot: lines.spot(start, number),
                kind: Some(kind),
                item: item_of(chunk, start, entry),
                is_consequence: false,
            };
            let from = chunk.mark.start + start as u64;
            again.push(Again {
                kind,
                key,
                entry: from..from + entry.bytes as u64,
                identity: identity(item),
                findings: problems.into_iter().map(finding).collect(),
            });
        }
    });
    (tally, again)
}

/// All that makes an item one of its kind, as a text.
fn identity(item: &Item<'_>) -> String {
    let channel = |it: &super::item::ChannelName<'_>| super::references::cid(it);
    match item {
        Item::User(it) => it.id.to_string(),
        Item::Device(it) => it.id.to_string(),
        Item::Ban(it) => format!("{}\0{}", it.target_id, it.created_by),
        Item::Channel(it) => channel(&it.name),
        Item::Member(it) => format!("{}\0{}", channel(&it.channel), it.user_id),
        Item::Message(it) => it.id.to_string(),
        Item::Reaction(it) => format!("{}\0{}\0{}", it.message_id, it.reaction_type, it.user_id),
        Item::Unchecked => String::new(),
    }
}

/// The first entries of what stands more than once.
struct Seen<'s> {
    input: &'s Input,
    first: HashMap<(Type, Key), Earliest>,
}

/// The first entry of what stands more than once.
enum Earliest {
    /// Where it stands.
    At(Range<u64>),
    /// Its identity, once it had to be read, if that is short.
    Known(Box<str>),
}

/// Longest identity that is kept, in bytes.
const KEPT_BYTES: usize = 200;

impl Seen<'_> {
    fn new(input: &Input) -> Seen<'_> {
        Seen {
            input,
            first: HashMap::new(),
        }
    }

    /// Takes in an entry that may stand a second time. That it does is known when its identity
    /// is that of the first, and not only the hash of it.
    fn take(&mut self, one: Again, tally: &mut Tally) -> Result<()> {
        let Some(first) = self.first.get_mut(&(one.kind, one.key)) else {
            let first = Earliest::At(one.entry);
            self.first.insert((one.kind, one.key), first);
            return Ok(());
        };
        let is_same = match first {
            Earliest::Known(identity) => **identity == *one.identity,
            Earliest::At(range) => {
                let identity = identity_at(self.input, range)?;
                let is_same = identity.as_deref() == Some(&*one.identity);
                if let Some(identity) = identity.filter(|it| it.len() <= KEPT_BYTES) {
                    *first = Earliest::Known(identity.into());
                }
                is_same
            }
        };
        if is_same {
            for finding in one.findings {
                tally.add(finding.problem.rule, false, || finding);
            }
        }
        Ok(())
    }
}

/// The identity of the entry at a place of a file.
fn identity_at(input: &Input, range: &Range<u64>) -> Result<Option<String>> {
    let bytes = read_range(input, range)?;
    let text = text_of(&bytes);
    let mut scan = Scanner::new(&text);
    let entry = scan
        .skip()
        .ok()
        .and_then(|text| Entry::read(text, input.set).ok());
    Ok(entry.and_then(|entry| entry.item.as_ref().map(identity)))
}

/// Reads a range of a file.
///
/// # Errors
/// If it cannot be read.
pub fn read_range(input: &Input, range: &Range<u64>) -> Result<Vec<u8>> {
    let len = range.end.saturating_sub(range.start);
    let mut bytes = vec![0; usize::try_from(len).unwrap_or_default()];
    read_exact_at(&input.file, &mut bytes, range.start)
        .with_context(|| format!("could not read `{}` again", input.name))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::validate::app::AppOptions;

    /// An entry of the test: a user, or a message with its user and its parent, by number.
    #[derive(Clone, Debug)]
    enum Written {
        User(u32),
        Message(u32, u32, Option<u32>),
    }

    fn written() -> impl Strategy<Value = Written> {
        let parent = proptest::option::of(0u32..24);
        prop_oneof![
            (0u32..12).prop_map(Written::User),
            (0u32..24, 0u32..12, parent).prop_map(|(id, user, it)| Written::Message(id, user, it)),
        ]
    }

    fn entry(it: &Written) -> String {
        let entry = match it {
            Written::User(id) => json!({"type": "user", "item": {"id": id.to_string()}}),
            Written::Message(id, user, parent) => {
                let mut item = json!({
                    "id": id.to_string(), "user": user.to_string(), "text": "",
                    "channel_type": "messaging", "channel_id": "all",
                });
                if let Some(parent) = parent {
                    item["parent_id"] = parent.to_string().into();
                }
                json!({"type": "message", "item": item})
            }
        };
        entry.to_string()
    }

    /// By rule, the numbers of the entries that break it: found the long way.
    fn expected(entries: &[Written]) -> BTreeMap<RuleId, Vec<u64>> {
        let mut broken: BTreeMap<RuleId, Vec<u64>> = BTreeMap::new();
        let mut is_broken = |rule, number| broken.entry(rule).or_default().push(number);
        let has_user = |id| {
            entries
                .iter()
                .any(|it| matches!(it, Written::User(it) if *it == id))
        };
        // Behind the channel and the user that made it.
        for (number, it) in (3..).zip(entries) {
            let before = &entries[..number as usize - 3];
            let is_same = |other: &Written| match (other, it) {
                (Written::User(other), Written::User(it)) => other == it,
                (Written::Message(other, ..), Written::Message(it, ..)) => other == it,
                _ => false,
            };
            let is_second = before.iter().any(is_same);
            let (user, parent) = match it {
                Written::User(_) if is_second => {
                    is_broken(RuleId::DuplicateUser, number);
                    continue;
                }
                Written::User(_) => continue,
                Written::Message(_, user, parent) => (*user, *parent),
            };
            if is_second {
                is_broken(RuleId::DuplicateMessage, number);
            }
            if !has_user(user) {
                is_broken(RuleId::MessageUser, number);
            }
            let parents = entries.iter().filter_map(|it| match it {
                Written::Message(id, _, of) if Some(*id) == parent => Some(of.is_some()),
                _ => None,
            });
            let parents: Vec<bool> = parents.collect();
            if parent.is_some() && parents.is_empty() {
                is_broken(RuleId::MessageParent, number);
            } else if parent.is_some() && parents.iter().all(|is_reply| *is_reply) {
                is_broken(RuleId::MessageParentIsReply, number);
            }
        }
        broken
    }

    fn found(text: &str, threads: usize) -> BTreeMap<RuleId, Vec<u64>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let input = Input {
            name: "test".to_owned(),
            file,
            bytes: text.len() as u64,
            spelling: Spelling::Array,
            set: RuleSet::Classic,
        };
        let setting = Setting {
            threads,
            keep: 1_000,
            stop: &AtomicBool::new(false),
            progress: &Progress::new(true),
        };
        let app = App::new(&AppOptions::default()).unwrap();
        let looked = look(&input, &setting, &app, &Index::default()).unwrap();
        let groups = looked.tally.groups.iter();
        groups
            .map(|(rule, group)| {
                assert_eq!(group.count, group.first.len() as u64);
                (*rule, group.first.iter().map(|it| it.spot.entry).collect())
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_is_not_there_is_found_wherever_entries_stand(
            entries in proptest::collection::vec(written(), 1..40),
            // Up to a few chunks: white space between entries makes a file long.
            space in prop_oneof![Just(0usize), 20_000usize..60_000],
            threads in 1usize..4,
        ) {
            let users = ["maker".to_owned()].map(|id| json!({"type": "user", "item": {"id": id}}));
            let channel = json!({"type": "channel", "item": {
                "id": "all", "type": "messaging", "created_by": "maker",
            }});
            let mut all: Vec<String> = users.iter().chain([&channel]).map(|it| it.to_string()).collect();
            all.extend(entries.iter().map(entry));
            let text = format!("[{}]", all.join(&format!(",{}", "\n".repeat(space))));
            prop_assert_eq!(found(&text, threads), expected(&entries));
        }
    }
}
