//! Reads an entry: its envelope, and the values of fields. What fields an item has is left to
//! [`item`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use migrate_model::{Text, Time};

use super::item::{self, Item};
use super::scan::{Fault, Form, Scanner};
use super::time;
use crate::getstream::check::Problems;
use crate::getstream::rules::{Problem, RuleId, RuleSet};

/// The types of entries, in the order in which JSON Lines have them. Source: current page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// `user`
    User,
    /// `device`
    Device,
    /// `future_channel_ban`
    Ban,
    /// `channel`
    Channel,
    /// `member`
    Member,
    /// `message`
    Message,
    /// `reaction`
    Reaction,
    /// `poll`
    Poll,
    /// `poll_vote`
    PollVote,
}

impl Type {
    /// How many there are.
    pub const COUNT: usize = 9;

    /// The word in an entry.
    pub const fn name(self) -> &'static str {
        match self {
            Type::User => "user",
            Type::Device => "device",
            Type::Ban => "future_channel_ban",
            Type::Channel => "channel",
            Type::Member => "member",
            Type::Message => "message",
            Type::Reaction => "reaction",
            Type::Poll => "poll",
            Type::PollVote => "poll_vote",
        }
    }

    /// The type that a word stands for in a set of rules.
    pub fn of(word: &str, set: RuleSet) -> Option<Type> {
        let is_classic = set == RuleSet::Classic;
        Some(match word {
            "user" => Type::User,
            "device" => Type::Device,
            "channel" => Type::Channel,
            "member" => Type::Member,
            "message" => Type::Message,
            "reaction" => Type::Reaction,
            // Source: schema, which has no other word for members.
            "channel_member" if !is_classic => Type::Member,
            "future_channel_ban" if !is_classic => Type::Ban,
            "poll" if !is_classic => Type::Poll,
            "poll_vote" if !is_classic => Type::PollVote,
            _ => return None,
        })
    }
}

/// An entry, as far as rules speak of it.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Its type; `None` if there is no such type.
    pub kind: Option<Type>,
    /// Its item; `None` if it cannot be read.
    pub item: Option<Item<'a>>,
    /// How long its text is, in bytes.
    pub bytes: usize,
    /// Where the item stands in the entry's text.
    pub item_range: Range<usize>,
    /// What is wrong with it by itself.
    pub problems: Vec<Problem>,
    /// How many more it has of some rules.
    pub more_problems: BTreeMap<RuleId, u64>,
    /// Names that stand twice in one object; the last counts.
    pub repeated_keys: Vec<String>,
}

impl<'a> Entry<'a> {
    /// Reads an entry.
    ///
    /// # Errors
    /// If its text is no JSON.
    pub fn read(text: &'a str, set: RuleSet) -> Result<Entry<'a>, Fault> {
        let mut entry = Entry {
            kind: None,
            item: None,
            bytes: text.len(),
            item_range: 0..0,
            problems: Vec::new(),
            more_problems: BTreeMap::new(),
            repeated_keys: Vec::new(),
        };
        let mut scan = Scanner::new(text);
        let mut problems = Problems::new(set);
        if scan.form()? == Form::Object {
            entry.envelope(&mut scan, &mut problems)?;
        } else {
            scan.skip()?;
            problems.add(Problem::plain(RuleId::EntryType).with("type", ""));
        }
        scan.end()?;
        if scan.has_lone_surrogate() {
            problems.add(Problem::plain(RuleId::JsonSurrogate));
        }
        entry.problems = problems.found;
        entry.more_problems = problems.more;
        Ok(entry)
    }

    fn envelope(&mut self, scan: &mut Scanner<'a>, problems: &mut Problems) -> Result<(), Fault> {
        let item_key = item_key(problems.set);
        let mut keys = Keys::default();
        let mut word: Option<Text<'a>> = None;
        let mut item = None;
        let mut is_first = true;
        scan.enter();
        while let Some(key) = scan.next_key(is_first)? {
            is_first = false;
            let is_item = key == item_key;
            let is_type = key == "type";
            if keys.is_repeated(&key) {
                self.repeated_keys.push(key.clone().into_owned());
            }
            if is_type && scan.form()? == Form::Text {
                word = Some(scan.string()?);
            } else if is_item {
                let form = scan.form()?;
                let start = scan.at();
                let known = word
                    .as_deref()
                    .and_then(|word| Type::of(word, problems.set));
                match known {
                    Some(kind) if form == Form::Object => {
                        self.item = self.read_item(scan, problems, kind)?;
                    }
                    _ => {
                        scan.skip()?;
                    }
                }
                self.item_range = start..scan.at();
                item = Some((form, known));
            } else {
                scan.skip()?;
                if !is_type {
                    problems.add(Problem::plain(RuleId::EntryKey).with("field", &key));
                }
            }
        }
        let word = word.unwrap_or_default();
        self.kind = Type::of(&word, problems.set);
        let Some(kind) = self.kind else {
            problems.add(Problem::plain(RuleId::EntryType).with("type", &word));
            return Ok(());
        };
        match item {
            None => problems.add(Problem::plain(RuleId::EntryItem).with("field", item_key)),
            // To Go's decoder null is an item without fields.
            Some((Form::Null, _)) if problems.set == RuleSet::Classic => {
                self.item = self.read_item(&mut Scanner::new("{}"), problems, kind)?;
            }
            Some((Form::Object, Some(known))) if known == kind => {}
            // The type stands behind the item, or twice.
            Some((Form::Object, _)) => {
                let mut own = scan.at_again(self.item_range.clone());
                self.item = self.read_item(&mut own, problems, kind)?;
            }
            Some((form, _)) => problems.add(
                Problem::plain(RuleId::JsonType)
                    .with("found", form.name())
                    .with("item", kind.name())
                    .with("field", item_key)
                    .with("type", "object"),
            ),
        }
        Ok(())
    }

    fn read_item(
        &mut self,
        scan: &mut Scanner<'a>,
        problems: &mut Problems,
        kind: Type,
    ) -> Result<Option<Item<'a>>, Fault> {
        let before = problems.found.len();
        let mut fields = Fields {
            scan,
            problems,
            item: kind.name(),
            is_readable: true,
            repeated_keys: &mut self.repeated_keys,
        };
        let item = item::read(&mut fields, kind)?;
        if fields.is_readable {
            return Ok(Some(item));
        }
        // A value that cannot be read breaks no rule beside that it cannot.
        let is_of_reading =
            |problem: &Problem| matches!(problem.rule, RuleId::JsonType | RuleId::JsonTime);
        let found = problems.found.split_off(before);
        problems
            .found
            .extend(found.into_iter().filter(is_of_reading));
        Ok(None)
    }
}

/// The key under which an entry has its item. Source: classic and current page.
pub const fn item_key(set: RuleSet) -> &'static str {
    match set {
        RuleSet::Classic => "item",
        RuleSet::Current | RuleSet::Own => "data",
    }
}

/// How many names an object usually has at most.
const USUAL_KEYS: usize = 16;

/// How many more are kept. Objects with more names are no chat, and looking through them all would
/// take too long.
const MOST_KEYS: usize = 1_000;

/// The names of an object that were read.
#[derive(Default)]
struct Keys<'a> {
    /// The first ones, which take no memory of their own.
    first: [&'a str; USUAL_KEYS],
    /// How many those are.
    count: usize,
    /// Further ones, and those with escapes.
    others: Vec<Text<'a>>,
    /// A bit for each length and first character that a name had, so that most are new at once.
    bits: u64,
}

impl<'a> Keys<'a> {
    /// Takes in a name; whether it came before.
    fn is_repeated(&mut self, name: &Text<'a>) -> bool {
        let ends = name.bytes().next().unwrap_or(0) ^ name.bytes().last().unwrap_or(0) << 1;
        let bit = 1u64 << ((usize::from(ends) * 7 + name.len()) % 64);
        let is_repeated = self.bits & bit != 0
            && (self.first.iter().take(self.count).any(|it| it == name)
                || self.others.contains(name));
        self.bits |= bit;
        if is_repeated {
            return true;
        }
        match (name, self.first.get_mut(self.count)) {
            (Text::Borrowed(name), Some(place)) => {
                *place = name;
                self.count += 1;
            }
            _ if self.others.len() < MOST_KEYS => self.others.push(name.clone()),
            _ => {}
        }
        false
    }
}

/// The fields of an item that is being read.
pub struct Fields<'f, 'a> {
    scan: &'f mut Scanner<'a>,
    /// What is wrong with it.
    pub problems: &'f mut Problems,
    /// The word for the item.
    item: &'static str,
    /// Whether the validator could read it: no value is of a wrong form.
    is_readable: bool,
    repeated_keys: &'f mut Vec<String>,
}

impl<'a> Fields<'_, 'a> {
    /// Whether fields that only JSON Lines have count.
    pub fn is_current(&self) -> bool {
        self.problems.set != RuleSet::Classic
    }

    /// Reads the fields of an object, each by `field`, which reads its value.
    pub fn each(
        &mut self,
        mut field: impl FnMut(&mut Self, Text<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut keys = Keys::default();
        let mut is_first = true;
        self.scan.enter();
        while let Some(key) = self.scan.next_key(is_first)? {
            is_first = false;
            if keys.is_repeated(&key) {
                self.repeated_keys.push(key.clone().into_owned());
            }
            field(self, key)?;
        }
        Ok(())
    }

    /// A text; empty for null.
    pub fn text(&mut self, field: &'static str) -> Result<Text<'a>, Fault> {
        match self.scan.form()? {
            Form::Text => self.scan.string(),
            form => {
                self.other(form, field, "string")?;
                Ok(Cow::Borrowed(""))
            }
        }
    }

    /// A text as it stands between its quotes, with its escapes; empty for null.
    pub fn raw_text(&mut self, field: &'static str) -> Result<&'a str, Fault> {
        match self.scan.form()? {
            Form::Text => {
                let text = self.scan.skip()?;
                Ok(text.get(1..text.len() - 1).unwrap_or_default())
            }
            form => {
                self.other(form, field, "string")?;
                Ok("")
            }
        }
    }

    /// A text; `None` for null.
    pub fn given_text(&mut self, field: &'static str) -> Result<Option<Text<'a>>, Fault> {
        let is_null = self.scan.form()? == Form::Null;
        let text = self.text(field)?;
        Ok((!is_null).then_some(text))
    }

    /// A flag; false for null.
    pub fn flag(&mut self, field: &'static str) -> Result<bool, Fault> {
        match self.scan.form()? {
            Form::Flag => Ok(self.scan.skip()? == "true"),
            form => {
                self.other(form, field, "bool")?;
                Ok(false)
            }
        }
    }

    /// A time; `None` for null.
    pub fn time(&mut self, field: &'static str) -> Result<Option<Time>, Fault> {
        if self.scan.form()? == Form::Null {
            self.other(Form::Null, field, "time")?;
            return Ok(None);
        }
        match time::parse(self.scan.skip()?) {
            Ok(time) => Ok(Some(time)),
            Err(message) => {
                self.is_readable = false;
                self.problems
                    .add(Problem::plain(RuleId::JsonTime).with("message", message));
                Ok(None)
            }
        }
    }

    /// A list of texts; empty for null.
    pub fn texts(&mut self, field: &'static str) -> Result<Vec<Text<'a>>, Fault> {
        let mut texts = Vec::new();
        self.list(field, "[]string", |fields| {
            texts.push(fields.text(field)?);
            Ok(())
        })?;
        Ok(texts)
    }

    /// Reads a list, each element by `element`.
    pub fn list(
        &mut self,
        field: &'static str,
        go_type: &'static str,
        mut element: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let form = self.scan.form()?;
        if form != Form::List {
            return self.other(form, field, go_type);
        }
        self.scan.enter();
        let mut is_first = true;
        while self.scan.next_element(is_first)? {
            is_first = false;
            element(self)?;
        }
        Ok(())
    }

    /// Reads an object inside the item, each of its fields by `member`.
    pub fn object(
        &mut self,
        field: &'static str,
        go_type: &'static str,
        member: impl FnMut(&mut Self, Text<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match self.scan.form()? {
            Form::Object => self.each(member),
            form => self.other(form, field, go_type),
        }
    }

    /// A whole number.
    pub fn integer(&mut self, field: &'static str) -> Result<(), Fault> {
        let form = self.scan.form()?;
        if form != Form::Number {
            return self.other(form, field, "int");
        }
        let number = self.scan.skip()?;
        if number.contains(['.', 'e', 'E']) {
            self.is_readable = false;
            let problem = Problem::plain(RuleId::JsonType)
                .with("found", format_args!("number {number}"))
                .with("type", "int");
            self.problems
                .add(problem.with("item", self.item).with("field", field));
        }
        Ok(())
    }

    /// Skips a value and gives its text.
    pub fn skip(&mut self) -> Result<&'a str, Fault> {
        self.scan.skip()
    }

    /// The form of the value.
    pub fn form(&mut self) -> Result<Form, Fault> {
        self.scan.form()
    }

    /// A field that must not be there.
    pub fn not_allowed(&mut self, item: &'static str, field: &str) -> Result<(), Fault> {
        self.problems.add(
            Problem::plain(RuleId::KeyNotAllowed)
                .with("item", item)
                .with("field", field),
        );
        self.skip().map(|_| ())
    }

    /// Skips a value of another form than the field has.
    fn other(
        &mut self,
        form: Form,
        field: &'static str,
        go_type: &'static str,
    ) -> Result<(), Fault> {
        self.skip()?;
        let problem = match form {
            Form::Null => Problem::plain(RuleId::JsonNull),
            _ => {
                self.is_readable = false;
                Problem::plain(RuleId::JsonType)
                    .with("found", form.name())
                    .with("type", go_type)
            }
        };
        self.problems
            .add(problem.with("item", self.item).with("field", field));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_has_its_types() {
        let sets = [RuleSet::Classic, RuleSet::Current, RuleSet::Own];
        for (word, kind, is_classic) in [
            ("user", Type::User, true),
            ("device", Type::Device, true),
            ("channel", Type::Channel, true),
            ("member", Type::Member, true),
            ("message", Type::Message, true),
            ("reaction", Type::Reaction, true),
            ("channel_member", Type::Member, false),
            ("future_channel_ban", Type::Ban, false),
            ("poll", Type::Poll, false),
            ("poll_vote", Type::PollVote, false),
        ] {
            let expected = [is_classic.then_some(kind), Some(kind), Some(kind)];
            assert_eq!(sets.map(|set| Type::of(word, set)), expected, "{word}");
        }
    }

    #[test]
    fn the_type_is_what_the_key_of_that_name_has() {
        let check = |json: &str, kind: Option<Type>, rules: &[RuleId]| {
            let entry = Entry::read(json, RuleSet::Current).unwrap();
            let found = entry.problems.iter().map(|it| it.rule);
            assert_eq!(entry.kind, kind, "{json}");
            assert_eq!(found.collect::<Vec<_>>(), rules, "{json}");
        };
        let user = r#""data":{"id":"a"}"#;
        let whole = format!(r#"{{"type":"user",{user}}}"#);
        check(&whole, Some(Type::User), &[]);
        let more = format!(r#"{{"type":"user","note":"device",{user}}}"#);
        check(&more, Some(Type::User), &[RuleId::EntryKey]);
        let number = format!(r#"{{"type":5,{user}}}"#);
        check(&number, None, &[RuleId::EntryType]);
        check(r#"["user"]"#, None, &[RuleId::EntryType]);
    }

    #[test]
    fn a_name_that_came_before_is_found_however_many_there_are() {
        // The last ones stand beyond those that take no memory.
        let names: Vec<String> = (0..40)
            .map(|n| format!("{}{n}", "k".repeat(n % 5)))
            .collect();
        let mut keys = Keys::default();
        for name in &names {
            assert!(!keys.is_repeated(&Text::Borrowed(name)), "{name}");
        }
        for name in &names {
            assert!(keys.is_repeated(&Text::Borrowed(name)), "{name}");
            assert!(keys.is_repeated(&Text::Owned(name.clone())), "{name}");
        }
        assert!(!keys.is_repeated(&Text::Owned("other".to_owned())));
        assert!(keys.is_repeated(&Text::Borrowed("other")));
        for name in ["", "k", "kk0k", "0"] {
            assert!(!Keys::default().is_repeated(&Text::Borrowed(name)));
        }
    }

    #[test]
    fn an_object_with_very_many_names_takes_no_more_memory_for_them() {
        let names: Vec<String> = (0..2_000).map(|n| n.to_string()).collect();
        let mut keys = Keys::default();
        for name in &names {
            keys.is_repeated(&Text::Borrowed(name));
        }
        assert_eq!((keys.count, keys.others.len()), (USUAL_KEYS, MOST_KEYS));
    }

    #[test]
    fn what_is_written_twice_is_named() {
        let json = r#"{"type":"user","data":{"id":"a","name":"b","id":"c"},"type":"user"}"#;
        let entry = Entry::read(json, RuleSet::Current).unwrap();
        assert_eq!(entry.repeated_keys, ["id", "type"]);
        let json = r#"{"type":"user","data":{"id":"a","name":"b"}}"#;
        let entry = Entry::read(json, RuleSet::Current).unwrap();
        assert!(entry.repeated_keys.is_empty());
    }

    #[test]
    fn an_item_is_read_as_its_type_says_wherever_that_stands() {
        fn item(json: &str, set: RuleSet) -> Option<Item<'_>> {
            Entry::read(json, set).unwrap().item
        }
        let user = r#"{"data":{"id":"a"},"type":"user"}"#;
        assert!(matches!(item(user, RuleSet::Current), Some(Item::User(_))));
        let other = r#"{"type":"user","data":{"id":"a"},"type":"device"}"#;
        assert!(matches!(
            item(other, RuleSet::Current),
            Some(Item::Device(_))
        ));
        // Null is an item without fields to Go's decoder alone.
        let null = |key: &str| format!(r#"{{"type":"user","{key}":null}}"#);
        assert!(item(&null("item"), RuleSet::Classic).is_some());
        assert!(item(&null("data"), RuleSet::Current).is_none());
    }
}
