//! Reads a file twice: once to know what it holds, once to find what its entries refer to in
//! vain. Both times all cores read, and what they found is taken in order.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::ops::{ControlFlow, Range};
use std::str::from_utf8;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use hashbrown::HashMap;
use migrate_archive::platform::read_exact_at;
use migrate_model::{Text, pipeline};

use super::app::App;
use super::cut::{Chunk, Cutter, Piece, next_start, syntax, text_of};
use super::entry::{Entry, Type};
use super::index::{Gathered, Index, Key};
use super::item::Item;
use super::references::{World, duplicate, not_in_set};
use super::scan::{Scanner, What};
use super::tally::{Finding, Lines, Spot, Tally};
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
    let mut tally = Tally::new(setting.keep);
    let mut index = Index::default();
    let mut order = Order::default();
    let gather = |chunk: &Chunk| gather(chunk, input.set, setting.keep);
    each_chunk(input, setting, gather, |(gathered, runs, found)| {
        index.add(&gathered);
        if input.set == RuleSet::Current {
            order.take(runs, &mut tally);
        }
        tally.append(found);
        Ok(())
    })?;
    index.sort(setting.threads);
    if tally.entries == 0 && tally.count() == 0 {
        tally.add(RuleId::FileNoEntries, false, || Finding {
            problem: Problem::plain(RuleId::FileNoEntries),
            spot: Spot::default(),
            kind: None,
            item: None,
            is_consequence: false,
        });
    }
    if input.bytes > limits::PART_BYTES {
        tally.add(RuleId::FileSize, false, || Finding {
            problem: Problem::plain(RuleId::FileSize),
            spot: Spot::default(),
            kind: None,
            item: None,
            is_consequence: false,
        });
    }
    let mut second = Tally::new(setting.keep);
    let mut seen = Seen::new(input);
    let world = World {
        own: &index,
        earlier,
        app,
        set: input.set,
    };
    let refer = |chunk: &Chunk| refer(chunk, &world, setting.keep);
    each_chunk(input, setting, refer, |(found, again)| {
        let mut repeated = Tally::new(setting.keep);
        for one in again {
            seen.take(one, &mut repeated)?;
        }
        repeated.entries = 0;
        let mut found = found;
        found.merge(repeated);
        second.append(found);
        Ok(())
    })?;
    tally.merge(second);
    Ok(Looked { index, tally })
}

/// Does work on each chunk of a file, and takes what came out in order.
pub fn each_chunk<T: Send>(
    input: &Input,
    setting: &Setting<'_>,
    work: impl Fn(&Chunk) -> T + Sync,
    mut take: impl FnMut(T) -> Result<()> + Send,
) -> Result<()> {
    let place = || format!("could not read `{}`", input.name);
    let mut file = input.file.try_clone().with_context(place)?;
    file.seek(SeekFrom::Start(0)).with_context(place)?;
    let mut cutter = Cutter::new(file, input.spelling);
    let spare: Mutex<Vec<Chunk>> = Mutex::new(Vec::new());
    let lock = || spare.lock().unwrap_or_else(PoisonError::into_inner);
    pipeline::run(
        setting.threads,
        || {
            if setting.stop.load(Ordering::Relaxed) {
                bail!("stopped before all was read");
            }
            let chunk = lock().pop().unwrap_or_default();
            cutter.next(chunk).with_context(place)
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

/// What a chunk holds, and what is wrong with its entries by themselves.
fn gather(chunk: &Chunk, set: RuleSet, keep: usize) -> (Gathered, Vec<Run>, Tally) {
    let mut gathered = Gathered::default();
    let mut runs: Vec<Run> = Vec::new();
    let mut tally = Tally::new(keep);
    let mut lines = Lines::new(chunk);
    tally.entries = each_entry(chunk, set, |stands| match stands {
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
                index_item(it, is_refused(entry), &mut gathered);
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
                    spot: match set {
                        RuleSet::Current => lines.spot(start, number),
                        _ => Spot::default(),
                    },
                    item,
                }),
            }
        }
    });
    (gathered, runs, tally)
}

fn item_of(chunk: &Chunk, start: usize, entry: &Entry<'_>) -> Option<Range<u64>> {
    let range = &entry.item_range;
    let start = chunk.start + start as u64;
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
    let mut missing = Vec::new();
    let mut lines = Lines::new(chunk);
    tally.entries = each_entry(chunk, world.set, |stands| {
        let Stands::Entry(number, start, entry) = stands else {
            return;
        };
        let (Some(kind), Some(item)) = (entry.kind, &entry.item) else {
            return;
        };
        let is_refused = is_refused(entry);
        world.check(item, is_refused, &mut missing);
        for found in missing.drain(..) {
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
        let may_repeat = !is_refused && world.own.has_repeated(kind);
        let key = may_repeat.then(|| Key::of_item(item)).flatten();
        if let Some(key) = key.filter(|key| world.own.is_repeated(kind, *key)) {
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
            let from = chunk.start + start as u64;
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
    first: HashMap<(Type, Key), First>,
}

/// The first entry of what stands more than once.
enum First {
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
            let first = First::At(one.entry);
            self.first.insert((one.kind, one.key), first);
            return Ok(());
        };
        let is_same = match first {
            First::Known(identity) => **identity == *one.identity,
            First::At(range) => {
                let identity = identity_at(self.input, range)?;
                let is_same = identity.as_deref() == Some(&*one.identity);
                if let Some(identity) = identity.filter(|it| it.len() <= KEPT_BYTES) {
                    *first = First::Known(identity.into());
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
