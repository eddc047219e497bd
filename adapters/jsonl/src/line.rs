//! One line: what stands around a record, and what each type of line must have.

use std::fmt;

use migrate_model::{ChannelRef, Custom, Kind, Outcome, Person, Rank, Record, Text, Time};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::fields::{self, Fill};
use crate::json::{Pairs, Str};
use crate::keys::{KEYS, Key};
use crate::line_type::{COUNTED, LineType};
use crate::{kinds, wording};

/// The name of the protocol.
pub(crate) const PROTOCOL: &str = "migrate";

/// The version of the protocol that is read and written.
pub(crate) const VERSION: u64 = 1;

/// The longest name of an adapter, in bytes.
const LONGEST_ADAPTER: usize = 32;

/// A line that was read.
pub(crate) struct Line<'a> {
    pub(crate) it: Content<'a>,
    /// Where it stands in the source.
    pub(crate) at: Option<Text<'a>>,
    /// Which record of that place it is, from 1; 0 where the line does not say.
    pub(crate) record: u32,
}

/// What a line holds.
pub(crate) enum Content<'a> {
    Hello(Hello<'a>),
    /// A record, of which the slot has all but why it was made where it does not stand in the
    /// source.
    Record(Kind, Option<Text<'a>>),
    Person(Person<'a>),
    Loss(LossLine<'a>),
    Progress,
    End(Claims),
}

impl Content<'_> {
    /// What the line is.
    pub(crate) fn line_type(&self) -> LineType {
        match self {
            Content::Hello(_) => LineType::Hello,
            Content::Record(kind, _) => (*kind).into(),
            Content::Person(_) => LineType::Person,
            Content::Loss(it) => it.outcome.into(),
            Content::Progress => LineType::Progress,
            Content::End(_) => LineType::End,
        }
    }
}

/// Who wrote the lines.
pub(crate) struct Hello<'a> {
    pub(crate) adapter: Text<'a>,
    /// Kinds of loss, each with what it means.
    pub(crate) losses: Vec<(Text<'a>, Str<'a>)>,
}

/// What could not be kept, or what became of a record.
pub(crate) struct LossLine<'a> {
    pub(crate) outcome: Outcome,
    pub(crate) of: Kind,
    pub(crate) kind: Text<'a>,
    pub(crate) count: u32,
    pub(crate) detail: Text<'a>,
    pub(crate) channel: ChannelRef<'a>,
}

/// How many lines there are of each type by the `end` line; `None` where it does not say.
pub(crate) type Claims = [Option<u64>; COUNTED];

/// Reads a line. A record is put into `slot`: it is large, and need not be moved there and back.
///
/// # Errors
/// If it is no JSON object, or not as the protocol has it.
pub(crate) fn parse<'a>(
    text: &'a str,
    slot: &mut Option<Record<'a>>,
) -> serde_json::Result<Line<'a>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let line = json.deserialize_map(LineVisitor { slot })?;
    json.end()?;
    Ok(line)
}

struct LineVisitor<'s, 'a> {
    slot: &'s mut Option<Record<'a>>,
}

impl<'de> Visitor<'de> for LineVisitor<'_, 'de> {
    type Value = Line<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line<'de>, A::Error> {
        let mut parts = Parts::new(self.slot);
        while let Some(Str(word)) = map.next_key()? {
            match KEYS.iter().position(|(_, name)| *name == word) {
                Some(place) => parts.take(place, &mut map)?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                    parts.unknown.get_or_insert(word);
                }
            }
        }
        parts.into_line()
    }
}

/// What has been read of a line.
struct Parts<'s, 'a> {
    /// Where a record goes.
    slot: &'s mut Option<Record<'a>>,
    line: Option<LineType>,
    /// The keys that were given, a bit each in the order of [`KEYS`].
    seen: u32,
    /// The first key that is none.
    unknown: Option<Text<'a>>,
    person: Option<Person<'a>>,
    /// `data` that came before `type`.
    unread: Option<&'a RawValue>,
    at: Option<Text<'a>>,
    record: Option<u32>,
    made: Option<Text<'a>>,
    of: Option<Text<'a>>,
    kind: Option<Text<'a>>,
    count: Option<u32>,
    detail: Option<Text<'a>>,
    channel: ChannelRef<'a>,
    protocol: Option<Text<'a>>,
    version: Option<u64>,
    adapter: Option<Text<'a>>,
    losses: Option<Vec<(Text<'a>, Str<'a>)>>,
    counts: Option<Vec<(Text<'a>, u64)>>,
}

impl<'s, 'a> Parts<'s, 'a> {
    fn new(slot: &'s mut Option<Record<'a>>) -> Self {
        *slot = None;
        Parts {
            slot,
            line: None,
            seen: 0,
            unknown: None,
            person: None,
            unread: None,
            at: None,
            record: None,
            made: None,
            of: None,
            kind: None,
            count: None,
            detail: None,
            channel: ChannelRef::Unit,
            protocol: None,
            version: None,
            adapter: None,
            losses: None,
            counts: None,
        }
    }

    /// Takes the value of the key at a place of [`KEYS`]; null is as if the key were not there.
    fn take<A: MapAccess<'a>>(&mut self, place: usize, map: &mut A) -> Result<(), A::Error> {
        let Some((key, name)) = KEYS.get(place) else {
            return Ok(());
        };
        if self.seen & (1 << place) != 0 {
            return Err(A::Error::custom(format!("`{name}` stands twice")));
        }
        self.seen |= 1 << place;
        let taken = match key {
            Key::Type => return self.take_type(map),
            Key::Data => return self.take_data(map),
            Key::At => text(map, &mut self.at),
            Key::Made => text(map, &mut self.made),
            Key::Of => text(map, &mut self.of),
            Key::Kind => text(map, &mut self.kind),
            Key::Detail => text(map, &mut self.detail),
            Key::Protocol => text(map, &mut self.protocol),
            Key::Adapter => text(map, &mut self.adapter),
            Key::AdapterVersion => text(map, &mut None),
            Key::Record => number(map).map(|it| self.record = it),
            Key::Count => number(map).map(|it| self.count = it),
            Key::Version => number(map).map(|it| self.version = it),
            Key::Done | Key::Total => number::<u64, A>(map).map(|_| ()),
            Key::ChannelId => self.take_channel_id(map),
            Key::ChannelMemberIds => self.take_channel_members(map),
            Key::Losses => map
                .next_value::<Option<Pairs<'a, Str<'a>>>>()
                .map(|it| self.losses = it.map(|it| it.0)),
            Key::Counts => map
                .next_value::<Option<Pairs<'a, u64>>>()
                .map(|it| self.counts = it.map(|it| it.0)),
        };
        taken.map_err(|error| A::Error::custom(format!("`{name}`: {error}")))
    }

    fn take_type<A: MapAccess<'a>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let Str(word) = map.next_value()?;
        self.line = LineType::named(&word);
        match self.line {
            Some(_) => Ok(()),
            None => {
                let names = LineType::ALL.map(LineType::name);
                let otherwise = format!(", expected one of {}", wording::list(&names));
                let unknown = wording::unknown("type", &word, &names, &otherwise);
                Err(A::Error::custom(unknown))
            }
        }
    }

    fn take_data<A: MapAccess<'a>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let Some(line) = self.line else {
            self.unread = Some(map.next_value()?);
            return Ok(());
        };
        match line.kind() {
            Some(kind) => map.next_value_seed(Fill(self.slot.insert(kind.into()))),
            None if line == LineType::Person => {
                map.next_value_seed(Fill(self.person.insert(nobody())))
            }
            None => map.next_value::<IgnoredAny>().map(|_| ()),
        }
    }

    fn take_channel_id<A: MapAccess<'a>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let mut id = None;
        text(map, &mut id)?;
        let channel = fields::channel_of_id(id.unwrap_or_default());
        fields::name_channel(&mut self.channel, channel)
    }

    fn take_channel_members<A: MapAccess<'a>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let ids: Option<Vec<Str<'a>>> = map.next_value()?;
        let channel = fields::channel_of_members(ids.unwrap_or_default());
        fields::name_channel(&mut self.channel, channel)
    }
}

impl<'a> Parts<'_, 'a> {
    /// The line, if all that its type needs is there and nothing else is.
    fn into_line<E: Error>(mut self) -> Result<Line<'a>, E> {
        let Some(line) = self.line else {
            return Err(missing("type"));
        };
        if line == LineType::Hello {
            self.check_protocol()?;
        }
        self.check_keys(line)?;
        if self.record == Some(0) {
            return Err(E::custom("`record` is counted from 1"));
        }
        let (at, record) = (self.at.take(), self.record.unwrap_or(0));
        let it = match line {
            LineType::Hello => self.into_hello()?,
            LineType::Progress => Content::Progress,
            LineType::End => Content::End(claims(self.counts.unwrap_or_default())?),
            _ => match line.outcome() {
                Some(outcome) => Content::Loss(self.into_loss(outcome)?),
                None => self.into_filled(line)?,
            },
        };
        Ok(Line { it, at, record })
    }

    /// Whether this program reads what the hello announces. Comes before anything else that may be
    /// wrong with it, since another version may well have other keys.
    fn check_protocol<E: Error>(&self) -> Result<(), E> {
        match self.protocol.as_deref() {
            Some(PROTOCOL) => {}
            Some(other) => {
                let other = wording::safe(other, 40);
                return Err(E::custom(format!(
                    "the lines follow the protocol `{other}`, and this program reads `{PROTOCOL}`"
                )));
            }
            None => return Err(missing("protocol")),
        }
        match self.version {
            Some(VERSION) => Ok(()),
            Some(other) => Err(E::custom(format!(
                "the lines follow version {other} of the protocol, and this program reads version \
                 {VERSION}; take the release of `migrate` that belongs to what wrote them"
            ))),
            None => Err(missing("version")),
        }
    }

    /// Whether all keys are known and belong to the type.
    fn check_keys<E: Error>(&self, line: LineType) -> Result<(), E> {
        let allowed = line.keys();
        if let Some(word) = &self.unknown {
            let names = KEYS.iter().filter(|(key, _)| allowed.contains(key));
            let names: Vec<&str> = names.map(|(_, name)| *name).collect();
            let otherwise = match allowed.contains(&Key::Data) {
                true => "; the fields of a record stand in `data`".to_owned(),
                false => format!(", expected one of {}", wording::list(&names)),
            };
            let unknown = wording::unknown("field", word, &names, &otherwise);
            return Err(E::custom(unknown));
        }
        for (place, (key, name)) in KEYS.iter().enumerate() {
            if self.seen & (1 << place) != 0 && !allowed.contains(key) {
                let line = line.name();
                return Err(E::custom(format!("a `{line}` line has no field `{name}`")));
            }
        }
        Ok(())
    }

    fn into_hello<E: Error>(self) -> Result<Content<'a>, E> {
        let adapter = self.adapter.ok_or_else(|| missing("adapter"))?;
        let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let fits = (1..=LONGEST_ADAPTER).contains(&adapter.len());
        if !fits || !adapter.bytes().all(is_letter) {
            let adapter = wording::safe(&adapter, 40);
            return Err(E::custom(format!(
                "`adapter`: `{adapter}` is not a name of 1 to {LONGEST_ADAPTER} of the characters \
                 `a-z`, `0-9` and `-`"
            )));
        }
        let losses = self.losses.unwrap_or_default();
        for (kind, _) in &losses {
            if !kinds::is_kind(kind) {
                let kind = wording::safe(kind, 40);
                return Err(E::custom(format!("`losses`: `{kind}`: {}", kinds::FORM)));
            }
        }
        Ok(Content::Hello(Hello { adapter, losses }))
    }

    fn into_loss<E: Error>(self, outcome: Outcome) -> Result<LossLine<'a>, E> {
        let of = self.of.ok_or_else(|| missing("of"))?;
        let named = Kind::ALL.into_iter().find(|kind| kind.name() == of);
        let of = named.ok_or_else(|| {
            let names = Kind::ALL.map(Kind::name);
            let otherwise = format!(", expected one of {}", wording::list(&names));
            let unknown = wording::unknown("word", &of, &names, &otherwise);
            E::custom(format!("`of`: {unknown}"))
        })?;
        let count = self.count.unwrap_or(1);
        if count == 0 {
            return Err(E::custom("`count` is at least 1"));
        }
        Ok(LossLine {
            outcome,
            of,
            kind: self.kind.ok_or_else(|| missing("kind"))?,
            count,
            detail: self.detail.unwrap_or_default(),
            channel: self.channel,
        })
    }

    fn into_filled<E: Error>(mut self, line: LineType) -> Result<Content<'a>, E> {
        if let Some(unread) = self.unread {
            self.fill(line, unread)?;
        }
        match (line.kind(), self.person) {
            (Some(kind), _) if self.slot.is_some() => Ok(Content::Record(kind, self.made)),
            (None, Some(person)) => Ok(Content::Person(person)),
            _ => Err(missing("data")),
        }
    }

    /// Reads `data` that came before `type`.
    fn fill<E: Error>(&mut self, line: LineType, data: &'a RawValue) -> Result<(), E> {
        let mut json = serde_json::Deserializer::from_str(data.get());
        let filled = match line.kind() {
            Some(kind) => Fill(self.slot.insert(kind.into())).deserialize(&mut json),
            None => Fill(self.person.insert(nobody())).deserialize(&mut json),
        };
        // The place would be that within `data`.
        filled.map_err(|error| E::custom(wording::without_place(&error)))
    }
}

fn claims<E: Error>(counts: Vec<(Text<'_>, u64)>) -> Result<Claims, E> {
    let mut claims = Claims::default();
    for (word, count) in counts {
        let index = LineType::named(&word).and_then(LineType::index);
        let Some(claim) = index.and_then(|index| claims.get_mut(index)) else {
            let names: Vec<&str> = LineType::ALL
                .map(LineType::name)
                .into_iter()
                .take(COUNTED)
                .collect();
            let otherwise = format!(", expected one of {}", wording::list(&names));
            let unknown = wording::unknown("type", &word, &names, &otherwise);
            return Err(E::custom(format!("`counts`: {unknown}")));
        };
        if claim.replace(count).is_some() {
            let word = wording::safe(&word, 40);
            return Err(E::custom(format!("`counts`: `{word}` stands twice")));
        }
    }
    Ok(claims)
}

/// A person of whom nothing is known yet. Whoever tells of somebody mostly tells a name.
fn nobody<'a>() -> Person<'a> {
    Person {
        id: Text::default(),
        rank: Rank::Label,
        name: Text::default(),
        image_url: Text::default(),
        seen_at: Time::MAX,
        custom: Custom::default(),
    }
}

fn text<'a, A: MapAccess<'a>>(map: &mut A, it: &mut Option<Text<'a>>) -> Result<(), A::Error> {
    let text: Option<Str<'a>> = map.next_value()?;
    *it = text.map(|text| text.0);
    Ok(())
}

fn number<'a, T: serde::Deserialize<'a>, A: MapAccess<'a>>(
    map: &mut A,
) -> Result<Option<T>, A::Error> {
    map.next_value()
}

fn missing<E: Error>(name: &str) -> E {
    E::custom(format!("`{name}` is missing"))
}
