//! Looks at all lines of a file for those who write adapters: what a conversion would refuse at its
//! first occurrence, or mend without a word, is told for all of them, by rule.
//!
//! It remembers hashes of every id, about 100 bytes a message, so it is for trials and not on the road
//! of a conversion.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result};
use migrate_model::{Channel, ChannelRef, Member, Message, Reaction, Record, Time};

use crate::input::parse;
use crate::line::{Claims, Content};
use crate::line_type::Counts;
use crate::lines::LONGEST;
use crate::{time, wording};

/// A rule of the protocol, or of what an import needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The first line, and only that, is a `hello`.
    Hello,
    /// Each line is an object that the protocol knows, and not too long.
    Lines,
    /// The last line, and only that, is an `end` that counts what came.
    End,
    /// Every record has what it is known by, once.
    Ids,
    /// What a record refers to is there.
    References,
    /// Times are there, and are such as a chat can have.
    Times,
}

impl Rule {
    /// All rules, in the order in which they are told.
    pub const ALL: [Rule; 6] = [
        Rule::Hello,
        Rule::Lines,
        Rule::End,
        Rule::Ids,
        Rule::References,
        Rule::Times,
    ];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Rule::Hello => "hello",
            Rule::Lines => "lines",
            Rule::End => "end",
            Rule::Ids => "ids",
            Rule::References => "references",
            Rule::Times => "times",
        }
    }
}

/// What was found more or less often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule it is about.
    pub rule: Rule,
    /// Whether something is lost by it; if not, it is derived, and may be as it is meant.
    pub is_problem: bool,
    /// What it is, and what to do; safe to be shown.
    pub what: String,
    /// The first line where it is so, from 1; 0 for the file as a whole.
    pub line: u64,
    /// How often it is so.
    pub count: u64,
}

/// What lines came to.
#[derive(Debug, Default)]
pub struct Inspection {
    /// What was found, by rule and then by line.
    pub findings: Vec<Finding>,
    /// How many lines are not blank.
    pub lines: u64,
    /// The longest, in bytes.
    pub longest: usize,
    /// What the `hello` says about who wrote them: the name, safe to be shown.
    pub adapter: Option<String>,
    /// How many records there are, in words.
    pub records: String,
    /// The first and the last time of a message, in words.
    pub times: Option<(String, String)>,
}

/// How many different findings of one rule are kept; a text that stands in them may make each another.
const MOST_OF_A_RULE: usize = 20;

/// Times before 1990 and from 2100 on are rather a wrong unit than a chat.
const PLAUSIBLE_SECONDS: std::ops::Range<i64> = 631_152_000..4_102_444_800;

/// Looks at all lines of a file.
///
/// # Errors
/// If the file cannot be read; never because of what stands in it.
pub fn inspect(path: &Path, is_bare: bool) -> Result<Inspection> {
    let could_not = || format!("could not read `{}`", path.display());
    let file = File::open(path).with_context(could_not)?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut inspector = Inspector::new(is_bare);
    let mut line = Vec::new();
    loop {
        line.clear();
        let most = LONGEST as u64 + 2;
        let read = reader.by_ref().take(most).read_until(b'\n', &mut line);
        if read.with_context(could_not)? == 0 {
            break;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > LONGEST {
            reader.skip_until(b'\n').with_context(could_not)?;
        }
        inspector.see(&line);
    }
    Ok(inspector.into_inspection())
}

/// What something refers to, or is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Name {
    User(u64),
    Channel(u64),
    /// A message of a channel; of any channel where that is 0.
    Message(u64, u64),
}

/// Why a name is looked for at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    User,
    Channel,
    Parent,
    Quoted,
    Reacted,
}

/// Names that were needed before they were there, each with the first line and how often.
type Needed = HashMap<Name, (u64, u64)>;

struct Inspector {
    is_bare: bool,
    number: u64,
    found: BTreeMap<(Rule, String), Finding>,
    seen: Inspection,
    counts: Counts,
    has_hello: bool,
    end: Option<(u64, Claims)>,
    names: HashSet<Name>,
    /// The users that stand in lines of their own.
    listed: HashSet<u64>,
    needed: BTreeMap<Need, Needed>,
    /// The channel of each id of a message, to know whether ids repeat.
    channel_of: HashMap<u64, u64>,
    times: Option<(Time, Time)>,
}

impl Inspector {
    fn new(is_bare: bool) -> Self {
        Inspector {
            is_bare,
            number: 0,
            found: BTreeMap::new(),
            seen: Inspection::default(),
            counts: Counts::default(),
            has_hello: false,
            end: None,
            names: HashSet::new(),
            listed: HashSet::new(),
            needed: BTreeMap::new(),
            channel_of: HashMap::new(),
            times: None,
        }
    }

    fn find(&mut self, rule: Rule, is_problem: bool, what: impl Into<String>) {
        self.find_at(rule, is_problem, what.into(), self.number, 1);
    }

    fn find_at(&mut self, rule: Rule, is_problem: bool, what: String, line: u64, count: u64) {
        let known = self
            .found
            .keys()
            .filter(|(other, _)| *other == rule)
            .count();
        let key = (rule, what);
        let what = match self.found.contains_key(&key) || known < MOST_OF_A_RULE {
            true => key.1,
            false => "more of that kind".to_owned(),
        };
        let finding = self.found.entry((rule, what.clone())).or_insert(Finding {
            rule,
            is_problem,
            what,
            line,
            count: 0,
        });
        finding.count += count;
        finding.line = finding.line.min(line);
    }

    /// Takes the next line, without its end.
    fn see(&mut self, bytes: &[u8]) {
        self.number += 1;
        if bytes.trim_ascii().is_empty() {
            return;
        }
        let is_first = self.seen.lines == 0;
        self.seen.lines += 1;
        self.seen.longest = self.seen.longest.max(bytes.len());
        if let Some((end, _)) = self.end {
            let what = format!("lines stand behind the `end` in line {end}; print it last");
            self.find(Rule::End, true, what);
        }
        let mut slot = None;
        let line = match parse(bytes, LONGEST, &mut slot) {
            Ok(line) => line,
            Err(what) => {
                let start = wording::start_of(bytes);
                self.find(
                    Rule::Lines,
                    true,
                    format!("{what}; the line begins {start}"),
                );
                return;
            }
        };
        self.counts.add(line.it.line_type());
        match line.it {
            Content::Hello(hello) => self.see_hello(is_first, &hello.adapter),
            Content::End(claims) => self.end = self.end.or(Some((self.number, claims))),
            Content::Person(person) => {
                if person.id.is_empty() {
                    self.find(
                        Rule::Ids,
                        true,
                        "a `person` without an `id` tells of nobody",
                    );
                }
                self.names.insert(Name::User(hash(&person.id)));
            }
            Content::Record(..) | Content::Loss(_) | Content::Progress => {}
        }
        match slot {
            Some(Record::User(user)) => self.see_user(&user.id),
            Some(Record::Channel(channel)) => self.see_channel(&channel),
            Some(Record::Member(member)) => self.see_member(&member),
            Some(Record::Message(message)) => self.see_message(&message),
            Some(Record::Reaction(reaction)) => self.see_reaction(&reaction),
            _ => {}
        }
    }

    fn see_hello(&mut self, is_first: bool, adapter: &str) {
        self.seen.adapter.get_or_insert(wording::safe(adapter, 40));
        if self.is_bare {
            self.find(
                Rule::Hello,
                true,
                "a `hello` stands in bare lines; leave `--bare` away",
            );
        } else if !is_first {
            self.find(
                Rule::Hello,
                true,
                "a `hello` stands elsewhere than in the first line; print it once, before all else",
            );
        }
        self.has_hello |= is_first;
    }

    fn see_user(&mut self, id: &str) {
        if id.is_empty() {
            let what = "a user without an `id` is left out; give each its own";
            return self.find(Rule::Ids, true, what);
        }
        self.names.insert(Name::User(hash(id)));
        if !self.listed.insert(hash(id)) {
            self.find(Rule::Ids, false, "a user stands twice; the first counts");
        }
    }

    fn see_channel(&mut self, channel: &Channel<'_>) {
        if channel.id.is_empty() && channel.member_ids.is_empty() {
            let what = "a channel with neither `id` nor `member_ids` is left out; give one of them";
            return self.find(Rule::Ids, true, what);
        }
        let mut is_new = true;
        if !channel.id.is_empty() {
            is_new = self.names.insert(Name::Channel(hash(&channel.id)));
        }
        if !channel.member_ids.is_empty() {
            let members = hash_of_members(channel.member_ids.iter().map(AsRef::as_ref));
            self.names.insert(Name::Channel(members));
        }
        if !is_new {
            self.find(Rule::Ids, false, "a channel stands twice; the first counts");
        }
        self.need_user(&channel.created_by);
        for id in &channel.member_ids {
            self.need_user(id);
        }
    }

    fn see_member(&mut self, member: &Member<'_>) {
        let channel = self.need_channel(&member.channel);
        if channel.is_none() || member.user_id.is_empty() {
            let what = "a member without a channel or a `user_id` is left out; give both";
            self.find(Rule::Ids, true, what);
        }
        self.need_user(&member.user_id);
    }

    fn see_message(&mut self, message: &Message<'_>) {
        let Some(channel) = self.need_channel(&message.channel) else {
            let what = "a message without a channel is left out; give `channel_id`";
            return self.find(Rule::Ids, true, what);
        };
        if message.id.is_empty() {
            let what =
                "a message without an `id` is left out; give each its own, the same in each run";
            self.find(Rule::Ids, true, what);
        } else {
            self.see_message_id(channel, hash(&message.id));
        }
        match message.created_at {
            None => self.find(
                Rule::Times,
                true,
                "a message without `created_at` is left out; give the time when it was written",
            ),
            Some(time) => self.see_time(time),
        }
        self.need_user(&message.user_id);
        for id in &message.mentioned_user_ids {
            self.need_user(id);
        }
        for (need, id) in [
            (Need::Parent, &message.parent_id),
            (Need::Quoted, &message.quoted_message_id),
        ] {
            if !id.is_empty() {
                self.need(need, Name::Message(channel, hash(id)));
            }
        }
    }

    fn see_message_id(&mut self, channel: u64, id: u64) {
        if !self.names.insert(Name::Message(channel, id)) {
            let what = "a message has an `id` that another one of its channel has, so one of them is \
                        lost; ids are unique";
            return self.find(Rule::Ids, true, what);
        }
        self.names.insert(Name::Message(ANYWHERE, id));
        if *self.channel_of.entry(id).or_insert(channel) != channel {
            let what = "messages of different channels have one `id`, so all are written as \
                        CHANNEL-ID; that is as it should be if ids count from 1 in each channel";
            self.find(Rule::Ids, false, what);
        }
    }

    fn see_time(&mut self, time: Time) {
        let (first, last) = self.times.get_or_insert((time, time));
        *first = (*first).min(time);
        *last = (*last).max(time);
        if !PLAUSIBLE_SECONDS.contains(&time.micros().div_euclid(1_000_000)) {
            let what = "a message is from before 1990 or after 2099; are its times in another unit, \
                        such as milliseconds?";
            self.find(Rule::Times, true, what);
        }
    }

    fn see_reaction(&mut self, reaction: &Reaction<'_>) {
        let lacks = [
            &reaction.message_id,
            &reaction.reaction_type,
            &reaction.user_id,
        ];
        if lacks.iter().any(|it| it.is_empty()) {
            let what = "a reaction without `message_id`, `reaction_type` or `user_id` is left out; \
                        give all three";
            return self.find(Rule::Ids, true, what);
        }
        let channel = channel_hash(&reaction.channel).unwrap_or(ANYWHERE);
        let message = Name::Message(channel, hash(&reaction.message_id));
        self.need(Need::Reacted, message);
        self.need_user(&reaction.user_id);
    }

    fn need_user(&mut self, id: &str) {
        if !id.is_empty() {
            self.need(Need::User, Name::User(hash(id)));
        }
    }

    fn need_channel(&mut self, channel: &ChannelRef<'_>) -> Option<u64> {
        let channel = channel_hash(channel)?;
        self.need(Need::Channel, Name::Channel(channel));
        Some(channel)
    }

    fn need(&mut self, need: Need, name: Name) {
        if !self.names.contains(&name) {
            let needed = self.needed.entry(need).or_default();
            needed.entry(name).or_insert((self.number, 0)).1 += 1;
        }
    }
}

impl Inspector {
    /// What all lines came to.
    fn into_inspection(mut self) -> Inspection {
        self.check_frame();
        self.check_references();
        let counts = self.counts.iter().filter(|(_, count)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(line, count)| format!("{count} {}", line.name()))
            .collect();
        let findings = self.found.into_values();
        let mut findings: Vec<Finding> = findings.collect();
        findings.sort_by_key(|it| (it.rule, it.line));
        Inspection {
            findings,
            records: counts.join(", "),
            times: self.times.map(|(first, last)| (words(first), words(last))),
            ..self.seen
        }
    }

    /// Whether `hello` and `end` are there, and the counts add up.
    fn check_frame(&mut self) {
        if self.is_bare {
            if let Some((line, _)) = self.end {
                let what = "an `end` stands in bare lines; leave `--bare` away".to_owned();
                self.find_at(Rule::End, true, what, line, 1);
            }
            return;
        }
        if !self.has_hello {
            let what = "the first line is no `hello`; print \
                        {\"type\":\"hello\",\"protocol\":\"migrate\",\"version\":1,\"adapter\":\"NAME\"}";
            self.find_at(Rule::Hello, true, what.to_owned(), 1, 1);
        }
        let Some((line, claims)) = self.end else {
            let what = "there is no `end`, so the lines count as cut off; print \
                        {\"type\":\"end\",\"counts\":{…}} when all went well";
            return self.find_at(Rule::End, true, what.to_owned(), self.number, 1);
        };
        let counted = self.counts;
        for ((kind, counted), claim) in counted.iter().zip(claims) {
            let is_open = claim.is_none() && kind.may_be_uncounted();
            let claimed = claim.unwrap_or(0);
            if !is_open && claimed != counted {
                let kind = kind.name();
                let what = format!(
                    "`end` counts {claimed} of `{kind}`, and {counted} came; count each line as it \
                     is printed"
                );
                self.find_at(Rule::End, true, what, line, 1);
            }
        }
    }

    /// What was needed and never came.
    fn check_references(&mut self) {
        for (need, needed) in std::mem::take(&mut self.needed) {
            let missing = needed.iter().filter(|(name, _)| !self.names.contains(name));
            let (mut names, mut count, mut line) = (0, 0, u64::MAX);
            for (_, (first, times)) in missing {
                (names, count, line) = (names + 1, count + times, line.min(*first));
            }
            if names > 0 {
                let (is_problem, what) = need.words(names);
                self.find_at(Rule::References, is_problem, what, line, count);
            }
        }
    }
}

impl Need {
    /// What becomes of so many that are not there, and what to do; and whether something is lost.
    fn words(self, names: u64) -> (bool, String) {
        let (who, what) = match self {
            Need::User => (
                "people who stand in no `user` or `person` line",
                "they are made, with their ids for names",
            ),
            Need::Channel => (
                "channels that stand in no `channel` line",
                "they are made, without a name",
            ),
            Need::Parent => (
                "messages that have answers and are not there",
                "they are made, as deleted ones; print them if you have them",
            ),
            Need::Quoted => (
                "messages that are quoted and are not in the channel",
                "their ids are kept as custom data, and `quoted_text` is shown",
            ),
            Need::Reacted => (
                "messages that have reactions and are not there",
                "the reactions are left out; print the messages, or mend `message_id` and \
                 `channel_id`",
            ),
        };
        (self == Need::Reacted, format!("{who} ({names}): {what}"))
    }
}

/// Stands for whatever channel a message is of.
const ANYWHERE: u64 = 0;

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    // 0 has a meaning of its own.
    hasher.finish().max(1)
}

/// The same for the same members in any order.
fn hash_of_members<'a>(ids: impl Iterator<Item = &'a str>) -> u64 {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    hash(&ids.join("\n"))
}

fn channel_hash(channel: &ChannelRef<'_>) -> Option<u64> {
    match channel {
        ChannelRef::Id(id) if !id.is_empty() => Some(hash(id)),
        ChannelRef::Members(ids) if !ids.is_empty() => {
            Some(hash_of_members(ids.iter().map(AsRef::as_ref)))
        }
        _ => None,
    }
}

fn words(at: Time) -> String {
    let mut text = Vec::new();
    time::write(&mut text, at);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// What is found in lines between a `hello` and the `end` that is given.
    fn found(lines: &str, end: &str) -> Vec<String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let hello = r#"{"type":"hello","protocol":"migrate","version":1,"adapter":"acme"}"#;
        write!(file, "{hello}\n{lines}{end}").unwrap();
        let seen = inspect(file.path(), false).unwrap();
        let found = seen.findings.iter().map(|it| {
            let mark = if it.is_problem { "problem" } else { "note" };
            let what = it.what.split([';', ':', ',']).next().unwrap_or_default();
            format!(
                "{mark} {} {} x{}: {what}",
                it.rule.name(),
                it.line,
                it.count
            )
        });
        found.collect()
    }

    fn message(fields: &str) -> String {
        format!("{{\"type\":\"message\",\"data\":{{{fields}}}}}\n")
    }

    #[test]
    fn each_fault_is_told_under_its_rule() {
        let time = r#""created_at":"2025-01-02T03:04:05Z""#;
        let good = message(&format!(r#""id":"1","channel_id":"c",{time}"#));
        let end = |count: u32| format!("{{\"type\":\"end\",\"counts\":{{\"message\":{count}}}}}\n");
        let channel = "{\"type\":\"channel\",\"data\":{\"id\":\"c\"}}\n";
        let ends = r#"{"type":"end","counts":{"message":1,"channel":1}}"#;
        assert_eq!(
            found(&format!("{channel}{good}"), ends),
            Vec::<String>::new()
        );
        for (lines, end, expected) in [
            (good.clone(), String::new(), "problem end 2 x1: there is no `end`"),
            (good.clone(), end(2), "problem end 3 x1: `end` counts 2 of `message`"),
            (good.clone(), format!("{}{good}", end(2)), "problem end 4 x1: lines stand behind the `end` in line 3"),
            (format!("{good}{good}"), end(2), "problem ids 3 x1: a message has an `id` that another one of its channel has"),
            (message(&format!(r#""channel_id":"c",{time}"#)), end(1), "problem ids 2 x1: a message without an `id` is left out"),
            (message(&format!(r#""id":"1",{time}"#)), end(1), "problem ids 2 x1: a message without a channel is left out"),
            (message(r#""id":"1","channel_id":"c""#), end(1), "problem times 2 x1: a message without `created_at` is left out"),
            (message(r#""id":"1","channel_id":"c","created_at":"1970-01-20T03:04:05Z""#), end(1), "problem times 2 x1: a message is from before 1990 or after 2099"),
            (message(&format!(r#""id":"1","channel_id":"c","parent_id":"0",{time}"#)), end(1), "note references 2 x1: messages that have answers and are not there (1)"),
            (message(&format!(r#""id":"1","channel_id":"c","user_id":"u",{time}"#)), end(1), "note references 2 x1: people who stand in no `user` or `person` line (1)"),
            (message(&format!(r#""id":1,"channel_id":"c",{time}"#)), end(0), "problem lines 2 x1: `id`"),
            ("Starting\n".to_owned(), end(0), "problem lines 2 x1: the line is no JSON object"),
            (
                r#"{"type":"reaction","data":{"message_id":"1","reaction_type":"like","user_id":"u"}}"#.to_owned() + "\n",
                r#"{"type":"end","counts":{"reaction":1}}"#.to_owned(),
                "problem references 2 x1: messages that have reactions and are not there (1)",
            ),
        ] {
            let found = found(&lines, &end);
            assert!(found.iter().any(|it| it == expected), "{expected}\n{found:#?}");
        }
    }

    #[test]
    fn references_may_come_before_what_they_refer_to() {
        let time = r#""created_at":"2025-01-02T03:04:05Z""#;
        let lines = [
            r#"{"type":"reaction","data":{"message_id":"1","reaction_type":"like","user_id":"u"}}"#
                .to_owned()
                + "\n",
            message(&format!(
                r#""id":"2","parent_id":"1","channel_id":"c","user_id":"u",{time}"#
            )),
            message(&format!(r#""id":"1","channel_id":"c",{time}"#)),
            "{\"type\":\"channel\",\"data\":{\"id\":\"c\"}}\n".to_owned(),
            "{\"type\":\"user\",\"data\":{\"id\":\"u\"}}\n".to_owned(),
        ];
        let end = r#"{"type":"end","counts":{"message":2,"reaction":1,"channel":1,"user":1}}"#;
        assert_eq!(found(&lines.concat(), end), Vec::<String>::new());
    }

    #[test]
    fn findings_of_a_rule_are_bounded() {
        let lines: String = (0..1000).map(|n| format!("garbage {n}\n")).collect();
        let found = found(&lines, r#"{"type":"end"}"#);
        assert!(found.len() <= MOST_OF_A_RULE + 1, "{}", found.len());
        assert!(
            found
                .iter()
                .any(|it| it.starts_with("problem lines 22 x980")),
            "{found:#?}"
        );
    }
}
