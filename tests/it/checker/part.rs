//! One part by itself: its entries in their order. That what they refer to stands there is left
//! to `references`, what the parts of a run owe each other to `across`.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
};

use super::{
    Findings,
    container::{self, Spelling},
    fields,
    json::{Json, Object},
    references::{self, Facts, LINKS, Placed, Reference},
    things::{self, Id, Kind, Repeat, Things},
    time::{self, Moment},
};

/// A part that was read.
pub(super) struct Part {
    /// The name of its file.
    pub(super) name: String,
    /// Its size, in bytes.
    pub(super) bytes: u64,
    /// Its entries in order, without those that cannot be told what they are.
    pub(super) entries: Vec<Entry>,
    /// Where each thing stands in `entries`.
    pub(super) place: HashMap<Id, usize>,
    /// The longest text of its messages, in characters.
    pub(super) longest_text: usize,
    /// How many entries there are of each kind.
    kinds: [usize; 5],
    references: Vec<Reference>,
}

/// An entry of a part.
pub(super) struct Entry {
    pub(super) thing: Id,
    /// Its number in the file, from 1.
    pub(super) number: usize,
    /// The size of its text, without what separates it from the next.
    pub(super) bytes: u64,
    references: Range<usize>,
}

impl Part {
    /// What an entry refers to.
    pub(super) fn references(&self, entry: &Entry) -> &[Reference] {
        &self.references[entry.references.clone()]
    }

    /// How many entries of each type there are.
    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        Kind::ALL
            .iter()
            .map(|kind| (kind.word().to_owned(), self.kinds[*kind as usize]))
            .collect()
    }
}

/// Reads a part and checks what can be checked without the others.
pub(super) fn read(
    bytes: &[u8],
    spelling: Spelling,
    number: usize,
    things: &mut Things,
    findings: &mut Findings,
) -> Part {
    let texts = container::entries(bytes, spelling, findings);
    let mut reader = Reader {
        spelling,
        number,
        part: Part {
            name: findings.part.clone(),
            bytes: bytes.len() as u64,
            entries: Vec::with_capacity(texts.len()),
            place: HashMap::with_capacity(texts.len()),
            longest_text: 0,
            kinds: [0; 5],
            references: Vec::new(),
        },
        things,
        findings,
        latest: Kind::User,
        facts: Facts::default(),
        run: None,
        ended: HashSet::new(),
    };
    for (index, raw) in texts.iter().enumerate() {
        if !raw.is_empty() {
            reader.take(index + 1, raw);
        }
    }
    let (part, facts) = (reader.part, reader.facts);
    references::check_references(&part, &facts, things, findings);
    references::check_members(&part, &facts, things, findings);
    part
}

struct Reader<'c> {
    spelling: Spelling,
    number: usize,
    part: Part,
    things: &'c mut Things,
    findings: &'c mut Findings,
    /// The last of the kinds that came so far.
    latest: Kind,
    facts: Facts,
    /// The channel and the time of the message before.
    run: Option<(Id, Moment)>,
    /// The channels whose messages ended.
    ended: HashSet<Id>,
}

impl Reader<'_> {
    fn take(&mut self, number: usize, raw: &str) {
        let envelope: Json<'_> = match serde_json::from_str(raw) {
            Ok(envelope) => envelope,
            Err(error) => {
                let text = format!("is not valid JSON: {error}");
                return self.findings.add(number, text);
            }
        };
        let (kind, item) = match open(&envelope, self.spelling) {
            Ok(opened) => opened,
            Err(text) => return self.findings.add(number, text),
        };
        self.part.kinds[kind as usize] += 1;
        if kind < self.latest {
            let (word, latest) = (kind.word(), self.latest.word());
            let text = format!("a {word} stands behind a {latest}");
            self.findings.add(number, text);
        }
        self.latest = self.latest.max(kind);

        let channel = self.channel_of(kind, item);
        let thing = self.thing(kind, item, channel);
        let label = match thing {
            Some(thing) => self.things.label(thing),
            None => kind.word().to_owned(),
        };
        let (findings, spelling) = (&mut *self.findings, self.spelling);
        fields::check(kind, item, spelling, &mut |text| {
            findings.add(number, format!("{label}: {text}"));
        });
        if let Some(thing) = thing
            && self.is_no_double(number, thing, channel, raw)
        {
            self.refer(number, thing, item, channel, raw.len() as u64);
            self.remember(number, thing, item, channel);
        }
    }

    /// The channel that an item is or belongs to.
    fn channel_of(&mut self, kind: Kind, item: &Object<'_>) -> Option<Id> {
        let (channel_type, id, set) = match kind {
            Kind::Channel => ("type", "id", "member_ids"),
            Kind::Member | Kind::Message => ("channel_type", "channel_id", "channel_member_ids"),
            Kind::User | Kind::Reaction => return None,
        };
        let channel_type = item.text(channel_type)?;
        // An empty one is none to an importer, and is reported elsewhere.
        if let Some(id) = item.text(id).filter(|id| !id.is_empty()) {
            let name = format!("{channel_type}:{id}");
            return Some(self.things.id(Kind::Channel, &name));
        }
        let set: Vec<&str> = item.get(set)?.texts().collect();
        Some(self.things.distinct_channel(channel_type, &set))
    }

    fn thing(&mut self, kind: Kind, item: &Object<'_>, channel: Option<Id>) -> Option<Id> {
        match kind {
            Kind::User | Kind::Message => Some(self.things.id(kind, item.text("id")?)),
            Kind::Channel => channel,
            Kind::Member => {
                let channel = &self.things.get(channel?).name;
                let name = things::member_name(item.text("user_id")?, channel);
                Some(self.things.id(kind, &name))
            }
            Kind::Reaction => {
                let (reaction_type, user) = (item.text("type")?, item.text("user_id")?);
                let name = things::reaction_name(reaction_type, user, item.text("message_id")?);
                Some(self.things.id(kind, &name))
            }
        }
    }

    fn is_no_double(&mut self, number: usize, thing: Id, channel: Option<Id>, raw: &str) -> bool {
        let repeat = self.things.see(thing, self.number, raw);
        let comes_once = match self.things.get(thing).kind {
            Kind::User | Kind::Channel | Kind::Message => false,
            Kind::Member => channel.is_none_or(|it| self.things.distinct_members(it).is_none()),
            Kind::Reaction => true,
        };
        let text = match repeat {
            Repeat::First if self.things.is_in_app(thing) => "is in the app and not to be written",
            Repeat::First => return true,
            Repeat::InPart => "stands in this part twice",
            Repeat::Same | Repeat::Differs if comes_once => "stands in an earlier part too",
            Repeat::Same => return true,
            Repeat::Differs => "has other bytes than in an earlier part",
        };
        let label = self.things.label(thing);
        self.findings.add(number, format!("{label} {text}"));
        repeat != Repeat::InPart
    }

    fn refer(
        &mut self,
        number: usize,
        thing: Id,
        item: &Object<'_>,
        channel: Option<Id>,
        bytes: u64,
    ) {
        let kind = self.things.get(thing).kind;
        let references = &mut self.part.references;
        let start = references.len();
        for link in LINKS.iter().filter(|link| link.from == kind) {
            if link.to == Kind::Channel && link.field == "channel_id" {
                references.extend(channel.map(|to| Reference { to, link }));
                continue;
            }
            let names = item.get(link.field).into_iter().flat_map(Json::texts);
            for name in names {
                let to = self.things.id(link.to, name);
                references.push(Reference { to, link });
            }
        }
        let references = start..references.len();
        self.part.place.insert(thing, self.part.entries.len());
        self.part.entries.push(Entry {
            thing,
            number,
            bytes,
            references,
        });
    }

    fn remember(&mut self, number: usize, thing: Id, item: &Object<'_>, channel: Option<Id>) {
        match self.things.get(thing).kind {
            Kind::User => {
                let teams = item.get("teams").into_iter().flat_map(Json::texts);
                let teams: Vec<String> = teams.map(str::to_owned).collect();
                if !teams.is_empty() {
                    self.facts.teams.insert(thing, teams);
                }
            }
            Kind::Channel => {
                if let Some(team) = item.text("team").filter(|team| !team.is_empty()) {
                    self.facts.teams.insert(thing, vec![team.to_owned()]);
                }
            }
            Kind::Message => {
                let placed = Placed {
                    channel,
                    at: item.text("created_at").and_then(time::parse),
                    is_reply: item.get("parent_id").is_some(),
                };
                let characters = item.text("text").map_or(0, |text| text.chars().count());
                self.part.longest_text = self.part.longest_text.max(characters);
                self.facts.messages.insert(thing, placed);
                self.check_run(number, thing, placed);
            }
            Kind::Member | Kind::Reaction => {}
        }
    }

    /// The messages of a channel stand together, in the order of their times.
    fn check_run(&mut self, number: usize, message: Id, placed: Placed) {
        let (Some(channel), Some(at)) = (placed.channel, placed.at) else {
            return;
        };
        let problem = match self.run {
            Some((before, earlier)) if before == channel => {
                (at < earlier).then_some("is older than the message before it")
            }
            before => {
                self.ended.extend(before.map(|(channel, _)| channel));
                let again = self.ended.contains(&channel);
                again.then_some("stands apart from the other messages of its channel")
            }
        };
        if let Some(problem) = problem {
            let label = self.things.label(message);
            self.findings.add(number, format!("{label} {problem}"));
        }
        self.run = Some((channel, at));
    }
}

/// The type and the item of an entry.
fn open<'e, 'a>(
    envelope: &'e Json<'a>,
    spelling: Spelling,
) -> Result<(Kind, &'e Object<'a>), String> {
    let item_key = spelling.item_key();
    let envelope = envelope.object().ok_or("is not an object")?;
    let word = envelope
        .text("type")
        .ok_or("the envelope has no text `type`")?;
    let kind = Kind::of(word).ok_or_else(|| format!("`{word}` is no type of entry"))?;
    let item = envelope
        .get(item_key)
        .and_then(Json::object)
        .ok_or_else(|| format!("the envelope has no object `{item_key}`"))?;
    if envelope.0.len() != 2 {
        return Err(format!(
            "the envelope has other keys than `type` and `{item_key}`"
        ));
    }
    Ok((kind, item))
}
