//! What becomes of a row.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use migrate_model::{
    Attachment, Channel, ChannelRef, Custom, Kind, Loss, Message, MessageKind, Origin, Outcome,
    Person, Rank, Reaction, Record, Sink, Stop, Text, Value,
};
use sha2::{Digest as _, Sha256};

use crate::attach;
use crate::bind;
use crate::cell::Row;
use crate::declared::Instead;
use crate::fill::{Context, fill};
use crate::ids::{self, IdStep, Meant};
use crate::literal;
use crate::losses;
use crate::mapping::SectionKind;
use crate::names;
use crate::notes::Notes;
use crate::plan::{Place, Plan};
use crate::react::{self, Reactions};
use crate::step::{From, Holds, Step};
use crate::time_reading::Found;

/// So many bytes of a hash are in a derived id, in hexadecimal digits.
const HASH_BYTES: usize = 16;

/// The custom field that holds reactions of which only counts are known.
const REACTION_COUNTS: &str = "reaction_counts";

/// The custom field that holds a kind of message that the model has no word for.
const SOURCE_KIND: &str = "source_kind";

/// A row on its way into a sink.
struct Way<'s> {
    sink: &'s mut dyn Sink,
    record: u32,
    of: Kind,
}

impl Way<'_> {
    fn lose(&mut self, it: &Loss<'_>) -> Result<(), Stop> {
        self.sink.lose(self.record, it.clone())
    }

    /// Tells what was lost of a record that is there.
    fn tell(&mut self, notes: Notes, channel: &ChannelRef<'_>) -> Result<(), Stop> {
        for (kind, detail, count) in notes.lost {
            self.lose(&Loss {
                kind,
                outcome: Outcome::Field,
                of: self.of,
                channel: channel.clone(),
                count,
                detail: detail.into(),
            })?;
        }
        Ok(())
    }

    /// Tells what takes the place of the record.
    fn instead(
        &mut self,
        kind: &'static str,
        outcome: Outcome,
        detail: &str,
        channel: &ChannelRef<'_>,
    ) -> Result<(), Stop> {
        self.lose(&Loss {
            kind,
            outcome,
            of: self.of,
            channel: channel.clone(),
            count: 1,
            detail: detail.into(),
        })
    }
}

/// Puts what a row becomes into a sink.
pub(crate) fn row<'r, R: Row + ?Sized>(
    plan: &'r Plan,
    row: &'r R,
    mut place: Place<'r>,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let mut way = Way {
        sink,
        record: place.record,
        of: plan.record_kind(),
    };
    let mut notes = Notes::default();
    let attachments = std::mem::take(&mut place.attachments);
    let instead = instead(plan, row, &place, &mut notes);
    let mut context = Context::new(plan, row, &place, &mut notes);
    if let Some(it) = instead {
        let (channel, outcome) = match plan.kind {
            SectionKind::Messages => (message(&mut context).channel, it.outcome),
            // It is no record of its own.
            SectionKind::Attachments => (ChannelRef::Unit, Outcome::Field),
            _ => (ChannelRef::Unit, it.outcome),
        };
        return way.instead(it.kind, outcome, &it.detail, &channel);
    }
    match plan.kind {
        SectionKind::Attachments => attachment_row(context, &mut way),
        SectionKind::Messages => messages(context, attachments, &mut way),
        _ => {
            let mut record = Record::from(way.of);
            fill(&mut record, &plan.fields, &mut context);
            if let Record::Reaction(it) = &mut record
                && let ChannelRef::Id(channel) = &it.channel
                && plan.ids_in_channel
            {
                it.message_id = in_channel(channel, &it.message_id);
            }
            let custom = context.custom(&plan.custom);
            match &mut record {
                Record::User(it) => it.custom = custom,
                Record::Channel(it) => it.custom = custom,
                Record::Member(it) => it.custom = custom,
                Record::Reaction(it) => it.custom = custom,
                _ => {}
            }
            let users = context.users();
            let channel = match &record {
                Record::Reaction(it) => it.channel.clone(),
                Record::Member(it) => it.channel.clone(),
                _ => ChannelRef::Unit,
            };
            if let Some((kind, detail)) = notes.refused.take() {
                return way.instead(kind.kind, Outcome::LeftOut, &detail, &channel);
            }
            if let Record::Member(it) = &record
                && let Some(users) = users
            {
                for user_id in users {
                    let mut it = it.clone();
                    it.user_id = user_id;
                    way.sink.put(way.record, Origin::Read, Record::Member(it))?;
                }
            } else {
                way.sink.put(way.record, Origin::Read, record)?;
            }
            way.tell(notes, &channel)
        }
    }
}

/// What takes the place of a row: it does not meet the conditions, or names a loss that says so.
fn instead<R: Row + ?Sized>(
    plan: &Plan,
    row: &R,
    place: &Place<'_>,
    notes: &mut Notes,
) -> Option<Instead> {
    if !plan.counts(row) {
        return Some(Instead {
            kind: losses::FILTERED.kind,
            outcome: Outcome::Excluded,
            detail: String::new(),
        });
    }
    plan.told.as_ref()?.read(row, place.lookups, notes)
}

/// Puts what a row tells about people into a sink.
pub(crate) fn people<'r, R: Row + ?Sized>(
    plan: &'r Plan,
    row: &'r R,
    place: Place<'r>,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    if plan.people.is_none() || !plan.stands(row) {
        return Ok(());
    }
    let mut notes = Notes::default();
    let mut context = Context::new(plan, row, &place, &mut notes);
    let it = message(&mut context);
    let author = author(&mut context, &it);
    match notes.refused {
        Some(_) => Ok(()),
        None => author.map_or(Ok(()), |person| sink.meet(person)),
    }
}

/// The attachment that a row of attachments is. The row is refused if it names its message by an
/// id that is damaged.
pub(crate) fn attachment<'r, R: Row + ?Sized>(
    plan: &'r Plan,
    row: &'r R,
    place: &Place<'r>,
    notes: &mut Notes,
) -> Attachment<'r> {
    let mut context = Context::new(plan, row, place, notes);
    if let Some(step) = &plan.message_id {
        let id = step.text(row, place.lookups, context.notes);
        context.id(step.id, names::MESSAGE_ID, id);
    }
    let mut it = Attachment::default();
    fill(&mut it, &plan.fields, &mut context);
    it.custom = context.custom(&plan.custom);
    attach::dress(&mut it);
    it
}

/// Tells what is lost of a row of attachments, which itself is a part of its message.
fn attachment_row<R: Row + ?Sized>(
    context: Context<'_, '_, R>,
    way: &mut Way<'_>,
) -> Result<(), Stop> {
    let Context {
        plan,
        row,
        place,
        notes,
        ..
    } = context;
    attachment(plan, row, place, notes);
    if let Some((kind, detail)) = notes.refused.take() {
        notes.lost.clear();
        notes.lose(kind, detail);
    } else if plan.joint_of_attachment(row, place).is_none() {
        notes.lose(&losses::ATTACHMENT_OF_NONE, String::new());
    }
    way.tell(std::mem::take(notes), &ChannelRef::Unit)
}

/// The attachments of a row of messages, without those that stand in other rows.
pub(crate) fn attachments_of_row<'r, R: Row + ?Sized>(
    plan: &'r Plan,
    row: &'r R,
    place: &Place<'r>,
) -> Vec<Attachment<'r>> {
    let mut notes = Notes::default();
    let mut context = Context::new(plan, row, place, &mut notes);
    let mut it = message(&mut context);
    context.attach(&mut it);
    it.attachments
}

/// The id of the message that a row is; `None` if it cannot be one.
pub(crate) fn id_if_usable<'r, R: Row + ?Sized>(
    plan: &'r Plan,
    row: &'r R,
    place: &Place<'r>,
) -> Option<Text<'r>> {
    usable_message(plan, row, place).map(|it| it.id)
}

/// The message that a row is, without what hangs on it; `None` if it cannot be one.
pub(crate) fn usable_message<'r, R: Row + ?Sized>(
    plan: &'r Plan,
    row: &'r R,
    place: &Place<'r>,
) -> Option<Message<'r>> {
    let mut notes = Notes::default();
    let it = message(&mut Context::new(plan, row, place, &mut notes));
    (notes.refused.is_none() && it.created_at.is_some()).then_some(it)
}

/// A number that rows share whose derived ids are the same; `None` if the row has one of its own.
pub(crate) fn hash_of_message<'r, R: Row + ?Sized>(
    plan: &'r Plan,
    row: &'r R,
    place: &Place<'r>,
) -> Option<u64> {
    let From::Hash(places) = &plan.id_step()?.from else {
        return None;
    };
    let mut notes = Notes::default();
    let hash = hash_of(&mut Context::new(plan, row, place, &mut notes), places);
    hash.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The message that a row is, without what hangs on it.
fn message<'r, R: Row + ?Sized>(context: &mut Context<'r, '_, R>) -> Message<'r> {
    let mut it = Message::default();
    fill_message(&mut it, context);
    it
}

/// The same in its place: a message is large, and moving it costs as much as a few of its fields.
fn fill_message<'r, R: Row + ?Sized>(it: &mut Message<'r>, context: &mut Context<'r, '_, R>) {
    let plan = context.plan;
    fill(it, &plan.fields, context);
    if let Some(step) = plan.id_step()
        && let From::Hash(places) = &step.from
    {
        it.id = derived_id(context, places);
    }
    for id in std::mem::take(&mut context.mentioned) {
        let id = context.id(None, "mentioned_user_ids", Cow::Owned(id));
        if !it.mentioned_user_ids.contains(&id) {
            it.mentioned_user_ids.push(id);
        }
    }
    // Many systems write a time of change for all messages; one that is not later tells nothing.
    if it.edited_at <= it.created_at {
        it.edited_at = None;
    }
    if context.is_flagged_deleted && it.deleted_at.is_none() {
        it.deleted_at = it.edited_at.or(it.created_at);
        context.notes.lose(&losses::DELETED_FLAG, String::new());
    }
    if it.deleted_at.is_some() && it.kind == MessageKind::Regular {
        it.kind = MessageKind::Deleted;
    }
    // Some systems say of the first message of a thread that it is in its own.
    if it.parent_id == it.id {
        it.parent_id = Cow::Borrowed("");
    }
    if let (true, ChannelRef::Id(channel)) = (plan.ids_in_channel, &it.channel) {
        for id in [&mut it.id, &mut it.parent_id, &mut it.quoted_message_id] {
            *id = in_channel(channel, id);
        }
    }
}

/// An id that is unique in all channels; none stays none.
fn in_channel<'r>(channel: &str, id: &str) -> Text<'r> {
    match id.is_empty() {
        true => Cow::Borrowed(""),
        false => Cow::Owned(format!("{channel}-{id}")),
    }
}

/// An id made from what a message says: the same in every run, and whatever way its times are
/// written in.
fn derived_id<'r, R: Row + ?Sized>(context: &mut Context<'r, '_, R>, places: &[usize]) -> Text<'r> {
    let plan = context.plan;
    let mut id = String::with_capacity(plan.id_prefix.len() + 2 * HASH_BYTES + 8);
    id.push_str(&plan.id_prefix);
    for byte in hash_of(context, places) {
        for digit in [byte >> 4, byte & 15] {
            id.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    let repeat = context.place.settled.repeat(context.place.position);
    if repeat > 0 && plan.derives_ids() {
        let _ = write!(id, "-{}", repeat + 1);
    }
    Cow::Owned(id)
}

/// A hash of fields of a message, whatever way its times are written in.
fn hash_of<R: Row + ?Sized>(
    context: &mut Context<'_, '_, R>,
    places: &[usize],
) -> [u8; HASH_BYTES] {
    let mut hash = Sha256::new();
    let plan = context.plan;
    for at in places {
        let Some(step) = plan.fields.get(*at).and_then(Option::as_deref) else {
            hash.update(0_u64.to_le_bytes());
            continue;
        };
        let text = match step.time {
            Some(_) => context.time(step).map_or(Cow::Borrowed(""), |found| {
                Cow::Owned(found.time.micros().to_string())
            }),
            None => {
                let text = step.text(context.row, context.place.lookups, context.notes);
                match step
                    .id
                    .map(|id| context.place.settled.ids().meant(id, text.clone()))
                {
                    Some(Meant::Id(id)) => id,
                    Some(Meant::Nothing) => Cow::Borrowed(""),
                    None => text,
                }
            }
        };
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    let mut first = [0; HASH_BYTES];
    first
        .iter_mut()
        .zip(hash.finalize())
        .for_each(|(to, byte)| *to = byte);
    first
}

/// What a message tells about its author, if it tells more than the id.
fn author<'r, R: Row + ?Sized>(
    context: &mut Context<'r, '_, R>,
    it: &Message<'r>,
) -> Option<Person<'r>> {
    let people = context.plan.people.as_ref()?;
    let mut value = |step: &'r Option<Box<Step>>, name| {
        let step = step.as_deref();
        step.map_or(Cow::Borrowed(""), |step| context.value(step, name))
    };
    let mut id = value(&people.id, "id");
    let name = value(&people.name, "name");
    let image_url = value(&people.image_url, "image_url");
    if id.is_empty() {
        id = it.user_id.clone();
    }
    let tells = !name.is_empty() || !image_url.is_empty();
    (tells && !id.is_empty()).then_some(())?;
    // A picture comes with a name, and any other row's is better than the id.
    let (rank, name) = match name.is_empty() {
        true => (Rank::Label, id.clone()),
        false => (Rank::Profile, name),
    };
    Some(Person {
        id,
        rank,
        name,
        image_url,
        seen_at: it.created_at?,
        custom: Custom::default(),
    })
}

fn messages<'r, R: Row + ?Sized>(
    mut context: Context<'r, '_, R>,
    attachments: Vec<Attachment<'r>>,
    way: &mut Way<'_>,
) -> Result<(), Stop> {
    let plan = context.plan;
    let mut record = Record::Message(Message::default());
    let Record::Message(it) = &mut record else {
        return Ok(());
    };
    fill_message(it, &mut context);
    let place = context.place;
    let is_first = !plan.is_grouped || place.settled.repeat(place.position) == 0;
    let of_channel = context.channel(it);
    if !is_first {
        further(&mut context, it);
    }
    let mut reactions = Vec::new();
    context.reactions(&mut reactions);
    let channel = it.channel.clone();
    let refused = context.notes.refused.take();
    if let Some(of_channel) = of_channel.filter(|_| !is_damaged(&refused)) {
        let origin = Origin::Made(losses::CHANNEL_FROM_MESSAGES.kind);
        way.sink
            .put(way.record, origin, Record::Channel(of_channel))?;
    }
    if let Some((kind, detail)) = refused {
        return way.instead(kind.kind, Outcome::LeftOut, &detail, &channel);
    }
    if place.settled.is_earlier_version(place.position) {
        let kind = losses::EARLIER_VERSION.kind;
        return way.instead(kind, Outcome::Merged, &it.id, &channel);
    }
    let id = it.id.clone();
    if is_first {
        let author = author(&mut context, it);
        it.custom = context.custom(&plan.custom);
        if let Some(counted) = context.counted.take() {
            it.custom.set(REACTION_COUNTS, Value::Object(counted));
        }
        if let Some(kind) = context.odd_kind.take() {
            it.custom.set(SOURCE_KIND, kind);
        }
        context.attach(it);
        if !attachments.is_empty() {
            it.attachments.extend(attachments);
        }
        if plan.is_grouped {
            keep_each_once(&mut it.attachments);
        }
        if plan.keeps_null && it.text == bind::NULL {
            // Where there is no text, that is how systems write it.
            match it.kind == MessageKind::Deleted || !it.attachments.is_empty() {
                true => it.text = Cow::Borrowed(""),
                false => context.notes.lose(&losses::NULL_TEXT, String::new()),
            }
        }
        let notes = std::mem::take(context.notes);
        if let Some(person) = author {
            way.sink.meet(person)?;
        }
        way.sink.put(way.record, Origin::Read, record)?;
        way.tell(notes, &channel)?;
    } else {
        let notes = std::mem::take(context.notes);
        way.instead(losses::GROUPED.kind, Outcome::Merged, "", &channel)?;
        way.tell(notes, &channel)?;
    }
    for mut reaction in reactions {
        reaction.message_id.clone_from(&id);
        reaction.channel.clone_from(&channel);
        way.sink
            .put(way.record, Origin::Read, Record::Reaction(reaction))?;
    }
    Ok(())
}

/// Makes of a further row of a message what only counts of it: the first row's id, for reactions.
/// What cannot be read of the rest is no loss, since it is not used.
fn further<'r, R: Row + ?Sized>(context: &mut Context<'r, '_, R>, it: &mut Message<'r>) {
    let settled = context.place.settled;
    if let Some(id) = settled.id_of_first(context.place.position) {
        it.id = Cow::Borrowed(id);
    }
    // What the mapping declares is told of each row.
    context
        .notes
        .lost
        .retain(|(kind, ..)| !kind.starts_with("mapping."));
    let refused = &mut context.notes.refused;
    if !is_damaged(refused) {
        *refused = None;
    }
}

/// Whether a row cannot be used since nobody can tell what it means.
fn is_damaged(refused: &Option<(&'static migrate_model::LossKind, String)>) -> bool {
    let kind = refused.as_ref().map(|(kind, _)| kind.kind);
    kind == Some(losses::DAMAGED_ID.kind)
}

/// Takes attachments away that rows of one message tell again.
fn keep_each_once(all: &mut Vec<Attachment<'_>>) {
    let mut seen = HashSet::new();
    let is_new = all.iter().map(|it| {
        let urls = [&it.asset_url, &it.image_url, &it.thumb_url, &it.title_link];
        seen.insert((urls, &it.kind, &it.title, &it.text))
    });
    let is_new: Vec<bool> = is_new.collect();
    let mut is_new = is_new.into_iter();
    all.retain(|_| is_new.next().unwrap_or(true));
}

impl<'r, R: Row + ?Sized> Context<'r, '_, R> {
    /// The channel of a message, if this row is to tell of it and more is known of it than its id.
    fn channel(&mut self, message: &Message<'r>) -> Option<Channel<'r>> {
        let derived = self.plan.channels.as_ref()?;
        let tells = self.place.settled.tells_of_channel(self.place.position);
        if !tells || !self.plan.makes_channels() {
            return None;
        }
        let mut it = Channel::default();
        fill(&mut it, &derived.fields, self);
        match &message.channel {
            ChannelRef::Id(id) => it.id.clone_from(id),
            ChannelRef::Members(ids) => it.member_ids.clone_from(ids),
            _ => return None,
        }
        it.custom = self.custom(&derived.custom);
        Some(it)
    }

    /// The members that stand in one cell, if they do.
    fn users(&mut self) -> Option<Vec<Text<'r>>> {
        let is_list = |step: &&Step| step.transform.split.is_some();
        if self.plan.kind != SectionKind::Members {
            return None;
        }
        let mut steps = self.plan.fields.iter().flatten().map(Box::as_ref);
        let step = steps.find(is_list)?;
        Some(self.ids(step, "user_id"))
    }

    /// The reactions of a row, and counts of them as custom data of the message.
    fn reactions(&mut self, out: &mut Vec<Reaction<'r>>) {
        let plan = self.plan;
        if plan.reaction.iter().any(Option::is_some) {
            let mut it = Reaction::default();
            fill(&mut it, &plan.reaction, self);
            match (it.reaction_type.is_empty(), it.user_id.is_empty()) {
                (false, false) => out.push(it),
                (false, true) => {
                    let detail = it.reaction_type.into_owned();
                    self.notes.lose(&losses::REACTION_WITHOUT_USER, detail);
                }
                (true, _) => {}
            }
        }
        let Some(step) = &plan.reactions else { return };
        let Some(read) = self.read_reactions(step) else {
            return;
        };
        if read.bad > 0 {
            self.notes
                .lose_many(&losses::BAD_REACTION, String::new(), read.bad);
        }
        let counted = read.counted();
        if !counted.is_empty() {
            let count = u32::try_from(counted.len()).unwrap_or(u32::MAX);
            self.notes
                .lose_many(&losses::REACTION_COUNTS, String::new(), count);
            self.counted = Some(counted);
        }
        for (name, user) in read.of_users {
            let mut it = Reaction::default();
            it.reaction_type = Cow::Owned(name);
            it.user_id = self.id(None, "user_id", Cow::Owned(user));
            out.push(it);
        }
    }

    fn read_reactions(&mut self, step: &'r Step) -> Option<Reactions> {
        let transform = &step.transform;
        if transform.counts.is_none() {
            let text = step.whole(self.row, self.notes);
            let text = text.trim();
            if text.is_empty() {
                return None;
            }
            if transform.json || text.starts_with(['[', '{']) {
                let read = react::of_json(text, &transform.map).or_else(|| {
                    let json = literal::json_of_python(text)?;
                    react::of_json(&json, &transform.map)
                });
                if read.is_none() {
                    self.notes.lose(&losses::BAD_JSON, text.to_owned());
                }
                return read;
            }
        }
        let values = step.texts(self.row, self.place.lookups, None, self.notes);
        let values = values.iter().map(|it| &**it);
        Some(react::of_counts(values, transform.counts.as_deref()))
    }
}

/// Every road of ids ends here.
impl<'r, R: Row + ?Sized> Context<'r, '_, R> {
    /// The ids of a list.
    pub(crate) fn ids(&mut self, step: &'r Step, name: &str) -> Vec<Text<'r>> {
        let ids = self.place.settled.ids();
        let separator = step.id.and_then(|it| ids.separator(it));
        let values = step.texts(self.row, self.place.lookups, separator, self.notes);
        let values = values.into_iter().map(|it| match step.holds {
            Holds::Id => self.id(step.id, name, it),
            _ => it,
        });
        values.filter(|it| !it.is_empty()).collect()
    }

    /// An id as it is meant, with the mapping's prefix; one that a spreadsheet has cut is no id.
    pub(crate) fn id(&mut self, step: Option<IdStep>, name: &str, id: Text<'r>) -> Text<'r> {
        if id.is_empty() {
            return id;
        }
        let id = match step {
            None => ids::trimmed(id),
            Some(step) => match self.place.settled.ids().meant(step, id) {
                Meant::Id(id) => id,
                Meant::Nothing => {
                    // Where all rows were looked at it is told once for all.
                    if !self.place.settled.ids().is_known {
                        self.notes.lose(&losses::NO_REFERENCE, name.to_owned());
                    }
                    return Cow::Borrowed("");
                }
            },
        };
        if crate::typed::is_damaged(&id) {
            self.notes
                .refuse(&losses::DAMAGED_ID, &format!("{name} {id}"));
        }
        match self.plan.id_prefix.as_str() {
            "" => id,
            prefix => Cow::Owned(format!("{prefix}{id}")),
        }
    }

    /// The time of a step.
    pub(crate) fn time(&mut self, step: &Step) -> Option<Found> {
        let reading = self.place.settled.reading(step.time?)?;
        let zone = self.plan.zone;
        step.with_cell(self.row, self.notes, |cell| reading.time(cell, zone))
    }
}
