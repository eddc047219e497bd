//! Turns the records of a unit into encoded entries, on any thread and without a lock.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::{HashMap, HashSet};
use migrate_model as model;
use migrate_model::{
    Custom, Kind, ListedFile, Loss, MessageKind, Origin, Outcome, Person, Rank, Record, Sink, Stop,
    Text, Time,
};

use crate::batch::{Batch, Head, HeadKind, UserRef};
use crate::books::Place;
use crate::directory::{Directory, hash_id};
use crate::file_list::Row;
use crate::getstream::attachments::{self, Rows};
use crate::getstream::check::Checks;
use crate::getstream::custom::{self, Owner};
use crate::getstream::rules::Problem;
use crate::getstream::{Spelling, entry, ids, item, legal, limits};
use crate::people::{self, Standing, Stranger};
use crate::selection::{Exclusion, Selection};
use crate::user_map::Claim;

/// What all workers share.
pub struct Context<'a> {
    /// Who and what is known.
    pub directory: &'a Directory,
    /// The rules that entries are held to.
    pub checks: Checks,
    /// Which records are wanted.
    pub selection: &'a Selection,
    /// The id of the user who stands for unknown authors.
    pub unknown_user: String,
    /// Whether the packer wants to know the source's ids of messages.
    pub wants_source_ids: bool,
    /// Whether batches tell what is lost of records one by one.
    pub tells_losses: bool,
    /// Set when the run is to end early.
    pub stop: &'a AtomicBool,
}

/// The name of the user who stands for unknown authors.
pub const UNKNOWN_NAME: &str = "Unknown user";

/// Most bytes of a buffer that is used again.
const SPARE_BYTES: usize = 8 << 20;

/// How many mentions the pieces of a long message repeat. Those of a larger crowd stand on the first
/// alone: each piece would be as large as the crowd, whatever its text has.
const MOST_REPEATED: usize = 100;

/// The sink of one worker; fills one batch after the other.
pub struct Worker<'a> {
    context: &'a Context<'a>,
    batch: Batch,
    unit: u32,
    channel: Option<u32>,
    /// Why nothing of the unit's channel is written, if so.
    excluded: Option<Exclusion>,
    strangers: HashMap<Box<str>, u32>,
    custom: Vec<u8>,
    /// The message that reactions may stand directly behind: the hash of its id, and its time.
    last: Option<(u64, Time)>,
    /// Reactions to that message.
    reactions: HashSet<u64>,
    /// The claims that the batch has.
    claims: HashSet<Claim>,
}

impl<'a> Worker<'a> {
    /// A worker with an empty batch.
    pub fn new(context: &'a Context<'a>) -> Self {
        Worker {
            context,
            batch: Batch {
                defers: context.selection.picks_messages(),
                tells_losses: context.tells_losses,
                ..Batch::default()
            },
            unit: 0,
            channel: None,
            excluded: None,
            strangers: HashMap::new(),
            custom: Vec::new(),
            last: None,
            reactions: HashSet::new(),
            claims: HashSet::new(),
        }
    }

    /// Starts a unit: its place in the source's list, and the channel of its messages.
    ///
    /// # Errors
    /// If the run is to end early.
    pub fn begin(&mut self, unit: u32, channel: Option<u32>, bytes: u64) -> Result<(), Stop> {
        if self.context.stop.load(Ordering::Relaxed) {
            return Err(Stop);
        }
        self.unit = unit;
        self.channel = channel;
        self.excluded = self.context.directory.exclusion(channel);
        self.batch.source_bytes += bytes;
        self.last = None;
        Ok(())
    }

    /// Gives the batch away and goes on with the one given, whose buffers are used again.
    pub fn take_batch(&mut self, mut next: Batch) -> Batch {
        // One huge unit shall not be paid for until the end.
        if next.bytes.capacity() > SPARE_BYTES {
            next.bytes = Vec::new();
        }
        next.bytes.clear();
        next.heads.clear();
        next.users.clear();
        next.strangers.clear();
        next.claims.clear();
        next.references.clear();
        next.source_ids.clear();
        next.files.clear();
        next.losses.clear();
        next.defers = self.batch.defers;
        next.told_losses.clear();
        next.tells_losses = self.batch.tells_losses;
        next.ledger = Default::default();
        next.source_bytes = 0;
        self.strangers.clear();
        self.claims.clear();
        std::mem::replace(&mut self.batch, next)
    }

    fn place(&self, record: u32) -> Place {
        Place::Unit {
            unit: self.unit,
            record,
        }
    }

    fn note(&mut self, record: u32, of: Kind, outcome: Outcome, kind: &'static str, detail: &str) {
        if outcome == Outcome::Field {
            let at = (self.unit, record);
            return self.batch.lose_field(of, kind, 1, at, detail);
        }
        let place = self.place(record);
        self.batch.ledger.lose(of, outcome, kind, 1, &place, detail);
    }

    fn invalid(&mut self, record: u32, of: Kind, id: &str, problem: &Problem) {
        let text = format!("`{id}`: {problem}");
        self.note(record, of, Outcome::LeftOut, "entry_invalid", &text);
    }

    /// Takes note that somebody occurs who may be in the user map.
    fn see(&mut self, id: &str) -> Option<Claim> {
        let claim = self.context.directory.claim(id)?;
        if self.claims.insert(claim) {
            self.batch.claims.push((claim, id.into()));
        }
        Some(claim)
    }

    /// The same where an entry refers to them.
    fn refer(&mut self, id: &str) {
        let claim = self.see(id);
        self.batch.references.extend(claim);
    }

    /// The user of an id, known or not.
    fn user(&mut self, id: &str) -> UserRef {
        self.refer(id);
        match self.context.directory.find_user(id) {
            Some(number) => UserRef::Known(number),
            None => UserRef::Stranger(self.stranger(id, || Stranger::by_id(id))),
        }
    }

    /// The place of a stranger in the batch.
    fn stranger(&mut self, id: &str, new: impl FnOnce() -> Stranger) -> u32 {
        if let Some(place) = self.strangers.get(id) {
            return *place;
        }
        let place = self.batch.strangers.len() as u32;
        self.batch.strangers.push(new());
        self.strangers.insert(id.into(), place);
        place
    }

    /// The user who stands for unknown authors.
    fn unknown(&mut self) -> UserRef {
        let id = self.context.unknown_user.as_str();
        self.refer(id);
        match self.context.directory.find_user(id) {
            Some(number) => UserRef::Known(number),
            None => UserRef::Stranger(self.stranger(id, || unknown_user(id))),
        }
    }

    fn user_or_unknown(&mut self, id: &str) -> UserRef {
        if id.is_empty() {
            self.unknown()
        } else {
            self.user(id)
        }
    }

    /// Takes the users that a message's text, pin and visibility refer to into the batch.
    fn message_users(&mut self, it: &model::Message<'_>) -> (Range<usize>, usize) {
        let start = self.batch.users.len();
        let author = self.user_or_unknown(&it.user_id);
        self.batch.users.push(author);
        if let Some(pin) = &it.pin {
            let by = self.user_or_unknown(&pin.by);
            self.batch.users.push(by);
        }
        for id in &it.restricted_visibility {
            let user = self.user(id);
            self.batch.users.push(user);
        }
        let mentions = self.batch.users.len() - start;
        for id in &it.mentioned_user_ids {
            let user = self.user(id);
            self.batch.users.push(user);
        }
        (start..self.batch.users.len(), mentions)
    }

    /// Drops the list of those who see a message if it alone passes the room for custom data,
    /// where it is that to the import.
    fn shorten_visibility(&mut self, record: u32, it: &mut model::Message<'_>) {
        if it.restricted_visibility.is_empty() {
            return;
        }
        let spelling = self.context.checks.spelling;
        let ids = self.context.directory.stream_ids(&it.restricted_visibility);
        let extra = spelling.message_extra(it.mentioned_channel, it.mentioned_here, &ids);
        if extra > custom::room(&[]) - limits::CUSTOM_RESERVE_BYTES {
            let (kind, name) = ("custom_dropped", "restricted_visibility");
            self.note(record, Kind::Message, Outcome::Field, kind, name);
            it.restricted_visibility.clear();
        }
    }

    /// Takes a message. It is large, so it stays where it is.
    fn message(&mut self, record: u32, it: &mut model::Message<'_>) {
        self.last = None;
        if it.deleted_at.is_some() {
            // Whatever else it is, and whether the source says so or not.
            it.kind = MessageKind::Deleted;
        }
        let channel = match &it.channel {
            model::ChannelRef::Unit => self.channel,
            other => self.context.directory.find_channel(other),
        };
        if let Some(why) = self.context.directory.exclusion(channel) {
            let outcome = Outcome::Excluded;
            return self.note(record, Kind::Message, outcome, why.kind(), &it.id);
        }
        let (Some(channel), Some(claimed)) = (channel, it.created_at) else {
            let kind = match it.created_at {
                None => "message_without_time",
                Some(_) => "message_without_channel",
            };
            return self.note(record, Kind::Message, Outcome::LeftOut, kind, &it.id);
        };
        if it.id.is_empty() {
            let kind = "message_without_id";
            return self.note(record, Kind::Message, Outcome::LeftOut, kind, "");
        }
        let time = claimed.min(limits::LATEST);
        if time < claimed {
            let text = crate::getstream::json::rfc3339(claimed);
            self.note(record, Kind::Message, Outcome::Field, "time_shifted", &text);
            it.custom.set("source_created_at", text);
        }
        it.mentioned_user_ids.retain(|id| !id.is_empty());
        it.restricted_visibility.retain(|id| !id.is_empty());
        self.shorten_visibility(record, it);
        let referred = self.batch.references.len();
        let (users, mentions) = self.message_users(it);
        let references = referred..self.batch.references.len();
        let parent_user = (!it.parent_user_id.is_empty()).then(|| {
            let user = self.user(&it.parent_user_id);
            self.batch.users.push(user);
            self.batch.users.len() - 1
        });
        let parent_claim = self.batch.references.get(references.end).copied();
        let ids = [&mut it.id, &mut it.parent_id, &mut it.quoted_message_id];
        let [source_id, parent_id, quote_id] = ids.map(std::mem::take);
        let id = ids::message(&source_id);
        if let Cow::Owned(mapped) = &id {
            let text = format!("{source_id} -> {mapped}");
            self.note(record, Kind::Message, Outcome::Field, "id_mapped", &text);
        }
        // A message that names itself as parent or quote names none.
        let parent = legal_message(&parent_id).filter(|parent| *parent != id);
        let quote = legal_message(&quote_id).filter(|quote| *quote != id);
        let head = Head {
            kind: HeadKind::Message,
            channel,
            unit: self.unit,
            record,
            bytes: 0..0,
            time,
            id: hash_id(&id),
            parent: parent.as_deref().map(hash_id),
            quote: quote.as_deref().map(hash_id),
            continues: None,
            users,
            mentions,
            references,
            parent_user,
            parent_claim,
            parent_time: it.parent_created_at,
            excluded: self.unwanted(it),
            is_timeless: false,
            is_system: it.kind == MessageKind::System && parent_id.is_empty(),
        };
        self.encode_message(head, it, [&source_id, &id], [parent, quote]);
    }

    /// Encodes a message as one entry, or as several if it is too long for one. It is told by its id in the
    /// source and by the one here.
    fn encode_message(
        &mut self,
        head: Head,
        it: &mut model::Message<'_>,
        [source_id, id]: [&str; 2],
        [parent, quote]: [Option<Text<'_>>; 2],
    ) {
        let record = head.record;
        let mut text = std::mem::take(&mut it.text);
        if quote.is_none() && !it.quoted_text.is_empty() {
            text = Cow::Owned(entry::with_quote(&it.quoted_text, &text, usize::MAX));
        }
        let attached = std::mem::take(&mut it.attachments);
        let (attachments, rows) = self.attachments(record, attached, &mut text);
        let mut custom = std::mem::take(&mut self.custom);
        let mut item = self.message_item(&head, it, id, parent, quote, &mut custom);
        let max = self.context.checks.max_text_chars;
        let is_whole = text.len() <= max && rows.count() <= 1;
        if is_whole {
            let item = item::Message {
                text,
                attachments: &attachments,
                ..item
            };
            self.push_message(head, &item, source_id, true);
        } else {
            let pieces = legal::pieces(&text, max);
            if pieces.len() > 1 && self.context.selection.leaves_out_long_texts {
                self.exclude_long(head, source_id);
                self.custom = custom;
                return;
            }
            let mut rest = match it.pin {
                Some(_) => self.without_pin(&head),
                None => head.clone(),
            };
            let is_crowd = item.mentioned_users_ids.len() > MOST_REPEATED;
            if is_crowd {
                rest.users.end = rest.users.start + rest.mentions;
            }
            for n in 0..pieces.len().max(rows.count()) {
                let text = pieces.get(n).cloned().unwrap_or_default();
                let row = rows.row(n, &attachments);
                let head = if n == 0 { &head } else { &rest };
                if n > 0 && is_crowd {
                    item.mentioned_users_ids.clear();
                }
                if !self.push_piece(n, head, &item, source_id, text, row) {
                    // A message that cannot be written is not continued either.
                    break;
                }
            }
        }
        self.custom = custom;
    }

    /// Why a message is not wanted unless something needs it, if so.
    fn unwanted(&self, it: &model::Message<'_>) -> Option<Exclusion> {
        let selection = self.context.selection;
        if selection.skips_system && it.kind == MessageKind::System {
            return Some(Exclusion::System);
        }
        let since = selection.written_since?;
        let times = [it.created_at, it.edited_at, it.deleted_at];
        let is_new = times.into_iter().flatten().any(|time| time >= since);
        (!is_new).then_some(Exclusion::Unchanged)
    }

    /// Takes a message out whose text is too long for one entry.
    fn exclude_long(&mut self, head: Head, source_id: &str) {
        let why = Exclusion::LongText;
        let of = Kind::Message;
        self.note(head.record, of, Outcome::Excluded, why.kind(), source_id);
        // Nothing of it is written, so nothing of it is lost. What is lost of a record stands last.
        let at = (head.unit, head.record);
        let losses = &mut self.batch.losses;
        let before = losses.iter().rposition(|it| (it.unit, it.record) != at);
        let own = losses.split_off(before.map_or(0, |last| last + 1));
        losses.extend(own.into_iter().filter(|it| it.of != of));
        // How long its text is hangs on the names of those whom it mentions.
        let Range { start, end } = head.users;
        self.batch.heads.push(Head {
            kind: HeadKind::Absent,
            users: start + head.mentions..end,
            mentions: 0,
            references: 0..0,
            parent_user: None,
            parent_claim: None,
            excluded: Some(why),
            ..head
        });
    }

    /// The head of what continues a pinned message and is not pinned itself.
    fn without_pin(&mut self, pinned: &Head) -> Head {
        let start = self.batch.users.len();
        let Range { start: author, end } = pinned.users;
        self.batch.users.extend_from_within(author..=author);
        // Behind the author stands who pinned it.
        self.batch.users.extend_from_within(author + 2..end);
        Head {
            users: start..self.batch.users.len(),
            mentions: pinned.mentions - 1,
            ..pinned.clone()
        }
    }

    /// Encodes piece `n`, from 0, of a message that is too long for one entry. Whether it could.
    fn push_piece(
        &mut self,
        n: usize,
        head: &Head,
        whole: &item::Message<'_>,
        source_id: &str,
        text: Text<'_>,
        attachments: &[item::Attachment<'_>],
    ) -> bool {
        if n == 0 {
            let item = item::Message {
                text,
                attachments,
                ..whole.clone()
            };
            return self.push_message(head.clone(), &item, source_id, true);
        }
        let id = ids::continued(&whole.id, n + 1);
        let time = head.time.plus_micros(n as i64);
        let head = Head {
            id: hash_id(&id),
            time,
            quote: None,
            continues: Some((head.id, n as u32)),
            ..head.clone()
        };
        let place = head.place();
        let kind = "text_continued";
        self.batch.ledger.made(Kind::Message, kind, &place, &id);
        let item = item::Message {
            id: Cow::Owned(id),
            text,
            attachments,
            quoted_message_id: Cow::Borrowed(""),
            pinned_at: None,
            pinned_by_id: Cow::Borrowed(""),
            pin_expires: None,
            created_at: time,
            custom: &[],
            ..whole.clone()
        };
        self.push_message(head, &item, source_id, false)
    }

    /// The item of a message without its text and attachments.
    fn message_item<'i>(
        &mut self,
        head: &Head,
        it: &'i model::Message<'_>,
        id: &'i str,
        parent: Option<Text<'i>>,
        quote: Option<Text<'i>>,
        encoded: &'i mut Vec<u8>,
    ) -> item::Message<'i>
    where
        'a: 'i,
    {
        let checks = &self.context.checks;
        let spelling = checks.spelling;
        let record = head.record;
        let mut fields = Cow::Borrowed(&it.custom);
        if let (Spelling::Jsonl, Some(edited_at)) = (spelling, it.edited_at) {
            let text = crate::getstream::json::rfc3339(edited_at);
            fields.to_mut().set("edited_at", text);
        }
        if quote.is_some() && !it.quoted_text.is_empty() {
            let chars = it.quoted_text.char_indices();
            let end = chars.map(|(at, _)| at).nth(limits::QUOTED_TEXT_CHARS);
            let known = it.quoted_text.get(..end.unwrap_or(it.quoted_text.len()));
            fields
                .to_mut()
                .set(entry::QUOTED_TEXT, known.unwrap_or_default().to_owned());
        }
        let mut kind = it.kind;
        if spelling == Spelling::Jsonl && kind == MessageKind::Blocked {
            self.note(
                record,
                Kind::Message,
                Outcome::Field,
                "blocked_as_deleted",
                id,
            );
            kind = MessageKind::Deleted;
        }
        let at = (self.unit, record);
        let batch = &mut self.batch;
        let directory = self.context.directory;
        let visible = directory.stream_ids(&it.restricted_visibility);
        let extra = spelling.message_extra(it.mentioned_channel, it.mentioned_here, &visible);
        let room = custom::room(&[]).saturating_sub(limits::CUSTOM_RESERVE_BYTES + extra);
        let owner = Owner::Entry(Kind::Message);
        legal::encode_custom(encoded, owner, &fields, room, &mut |kind, detail| {
            batch.lose_field(Kind::Message, kind, 1, at, detail);
        });
        let pin = it.pin.as_ref();
        item::Message {
            id: Cow::Borrowed(id),
            channel: &directory.channels()[head.channel as usize].fields,
            user: self.stream_id(&it.user_id),
            kind,
            text: Cow::Borrowed(""),
            attachments: &[],
            show_in_channel: it.show_in_channel && parent.is_some(),
            parent_id: parent.unwrap_or_default(),
            quoted_message_id: quote.unwrap_or_default(),
            mentioned_users_ids: directory.stream_ids(&it.mentioned_user_ids),
            mentioned_channel: it.mentioned_channel,
            mentioned_here: it.mentioned_here,
            restricted_visibility: visible,
            pinned_at: pin.map(|pin| pin.at.unwrap_or(head.time)),
            pinned_by_id: pin.map_or(Cow::Borrowed(""), |pin| self.stream_id(&pin.by)),
            pin_expires: pin.and_then(|pin| pin.until),
            created_at: head.time,
            updated_at: it.edited_at,
            deleted_at: (kind == MessageKind::Deleted).then(|| it.deleted_at.unwrap_or(head.time)),
            custom: encoded,
        }
    }

    fn stream_id<'i>(&self, id: &'i str) -> Text<'i>
    where
        'a: 'i,
    {
        let directory = self.context.directory;
        match id {
            "" => directory.stream_id(&self.context.unknown_user),
            id => directory.stream_id(id),
        }
    }

    /// Makes attachments legal, and says how they are spread over messages. What is too large for
    /// one is told below the text.
    fn attachments<'i>(
        &mut self,
        record: u32,
        attachments: Vec<model::Attachment<'i>>,
        text: &mut Text<'_>,
    ) -> (Vec<item::Attachment<'i>>, Rows) {
        let at = (self.unit, record);
        let checks = &self.context.checks;
        let (batch, scratch) = (&mut self.batch, &mut self.custom);
        let mut note = |kind, detail: &str| batch.lose_field(Kind::Message, kind, 1, at, detail);
        let mut fitted = Vec::with_capacity(attachments.len());
        let mut rows = Rows::default();
        let mut below = String::new();
        for it in attachments {
            match attachments::fitted(it, checks, scratch, &mut note) {
                Ok((it, bytes)) => {
                    fitted.push(it);
                    rows.add(bytes);
                }
                Err(told) => told.write(&mut below),
            }
        }
        if !below.is_empty() {
            let text = text.to_mut();
            migrate_markdown::begin_paragraph(text);
            text.push_str(&below);
        }
        (fitted, rows)
    }

    /// Encodes a message that fits into one entry. Whether it could.
    fn push_message(
        &mut self,
        mut head: Head,
        item: &item::Message<'_>,
        source_id: &str,
        is_first: bool,
    ) -> bool {
        if let Err(problem) = self.context.checks.message(item) {
            self.invalid(head.record, Kind::Message, source_id, &problem);
            return false;
        }
        let start = self.batch.bytes.len();
        let spelling = self.context.checks.spelling;
        spelling.message(&mut self.batch.bytes, item);
        head.bytes = start..self.batch.bytes.len();
        if is_first {
            self.last = Some((head.id, head.time));
            self.reactions.clear();
        }
        if self.context.wants_source_ids && *item.id != *source_id {
            let place = self.batch.heads.len() as u32;
            self.batch.source_ids.push((place, source_id.into()));
        }
        self.batch.heads.push(head);
        true
    }

    fn reaction(&mut self, record: u32, it: &model::Reaction<'_>) {
        if let Some(why) = self.excluded {
            let outcome = Outcome::Excluded;
            return self.note(record, Kind::Reaction, outcome, why.kind(), &it.message_id);
        }
        let left_out = Outcome::LeftOut;
        let Some(name) = ids::reaction_type(&it.reaction_type) else {
            let kind = "reaction_without_type";
            return self.note(record, Kind::Reaction, left_out, kind, &it.message_id);
        };
        if it.user_id.is_empty() {
            let kind = "reaction_without_user";
            return self.note(record, Kind::Reaction, left_out, kind, &it.message_id);
        }
        let message_id = ids::message(&it.message_id);
        let message = hash_id(&message_id);
        let last = self.last.filter(|(last, _)| *last == message);
        let Some(channel) = self.channel else {
            let kind = "reaction_without_message";
            return self.note(record, Kind::Reaction, left_out, kind, &it.message_id);
        };
        let user_id = self.context.directory.stream_id(&it.user_id);
        let id = hash_reaction(message, &name, &user_id);
        if last.is_some() && !self.reactions.insert(id) {
            let kind = "reaction_repeated";
            return self.note(
                record,
                Kind::Reaction,
                Outcome::Merged,
                kind,
                &it.message_id,
            );
        }
        let kind = match last {
            Some(_) => HeadKind::Reaction,
            None => HeadKind::LooseReaction,
        };
        let time = it.created_at.or(last.map(|(_, time)| time));
        let time = time.unwrap_or(Time::EPOCH);
        self.reaction_custom(record, it, &name);
        let item = item::Reaction {
            message_id,
            reaction_type: name,
            user_id,
            created_at: time,
            custom: &self.custom,
        };
        if let Err(problem) = self.context.checks.reaction(&item) {
            return self.invalid(record, Kind::Reaction, &it.message_id, &problem);
        }
        let start = self.batch.bytes.len();
        let spelling = self.context.checks.spelling;
        spelling.reaction(&mut self.batch.bytes, &item);
        let referred = self.batch.references.len();
        let user = self.user(&it.user_id);
        self.batch.users.push(user);
        let users = self.batch.users.len() - 1..self.batch.users.len();
        self.batch.heads.push(Head {
            kind,
            channel,
            unit: self.unit,
            record,
            bytes: start..self.batch.bytes.len(),
            time,
            id,
            parent: Some(message),
            quote: None,
            continues: None,
            users,
            mentions: 1,
            references: referred..self.batch.references.len(),
            parent_user: None,
            parent_claim: None,
            parent_time: None,
            excluded: None,
            is_timeless: it.created_at.is_none(),
            is_system: false,
        });
    }

    /// Encodes a reaction's custom data, with the source's name of it where that had to change.
    fn reaction_custom(&mut self, record: u32, it: &model::Reaction<'_>, name: &str) {
        let at = (self.unit, record);
        let batch = &mut self.batch;
        let mut note = |kind, detail: &str| batch.lose_field(Kind::Reaction, kind, 1, at, detail);
        let mut fields = Cow::Borrowed(&it.custom);
        if name != it.reaction_type {
            note("reaction_renamed", &it.reaction_type);
            let source = it.reaction_type.clone().into_owned();
            fields.to_mut().set("source_type", source);
        }
        let owner = Owner::Entry(Kind::Reaction);
        let room = custom::room(&[]);
        legal::encode_custom(&mut self.custom, owner, &fields, room, &mut note);
    }
}

impl Sink for Worker<'_> {
    fn file(&mut self, _name: &str) {}

    fn put(&mut self, record: u32, origin: Origin, mut it: Record<'_>) -> Result<(), Stop> {
        if self.context.stop.load(Ordering::Relaxed) {
            return Err(Stop);
        }
        match origin {
            Origin::Read => self.batch.ledger.read(it.kind(), 1),
            Origin::Made(kind) => {
                let place = self.place(record);
                self.batch.ledger.made(it.kind(), kind, &place, "");
            }
        }
        match &mut it {
            Record::Message(it) => self.message(record, it),
            Record::Reaction(it) => self.reaction(record, it),
            other => {
                let kind = "record_out_of_place";
                self.note(record, other.kind(), Outcome::LeftOut, kind, "");
            }
        }
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        let count = u64::from(loss.count);
        if loss.outcome == Outcome::Field {
            if self.excluded.is_none() {
                let at = (self.unit, record);
                self.batch
                    .lose_field(loss.of, loss.kind, count, at, &loss.detail);
            }
            return Ok(());
        }
        let (outcome, kind) = match self.excluded {
            Some(why) => (Outcome::Excluded, why.kind()),
            None => (loss.outcome, loss.kind),
        };
        let place = self.place(record);
        let ledger = &mut self.batch.ledger;
        ledger.read(loss.of, count);
        ledger.lose(loss.of, outcome, kind, count, &place, &loss.detail);
        Ok(())
    }

    fn list_file(&mut self, _: u32, it: ListedFile<'_>) -> Result<(), Stop> {
        // Of messages that are left out there is none. One that is not asked for may be written
        // all the same, if another one needs it.
        if self.excluded.is_none() && self.last.is_some() {
            let message_id = ids::message(&it.message_id);
            self.batch.files.push(Row::of(&message_id, &it));
        }
        Ok(())
    }

    fn meet(&mut self, person: Person<'_>) -> Result<(), Stop> {
        if self.excluded.is_some() {
            return Ok(());
        }
        let directory = self.context.directory;
        self.see(&person.id);
        let known = directory.find_user(&person.id);
        let is_listed = |number| {
            directory
                .user(number)
                .is_some_and(|user| user.standing.is_listed())
        };
        if known.is_some_and(is_listed) {
            return Ok(());
        }
        let channel = self.channel.unwrap_or(u32::MAX);
        let standing = Standing::of(&person, channel);
        if let Some(place) = self.strangers.get(&*person.id).copied() {
            // Most people are met again and again, which teaches nothing new.
            let known = &self.batch.strangers[place as usize];
            if !known.learns_from(standing, people::tells_custom(&person)) {
                return Ok(());
            }
        }
        if let Some(met) = Stranger::met(person, channel) {
            let place = self.stranger(&met.id, || Stranger::by_id(&met.id));
            self.batch.strangers[place as usize].learn(&met);
        }
        Ok(())
    }
}

/// The user who stands for unknown authors.
pub fn unknown_user(id: &str) -> Stranger {
    let standing = Standing::met(Rank::Profile, Time::MIN, 0);
    Stranger {
        id: id.into(),
        standing,
        name: UNKNOWN_NAME.into(),
        image_url: "".into(),
        custom: Custom::default(),
        custom_standing: Some(standing),
    }
}

fn legal_message(id: &str) -> Option<Text<'_>> {
    (!id.is_empty()).then(|| ids::message(id))
}

/// A 64-bit hash of all that makes a reaction one.
fn hash_reaction(message: u64, name: &str, user_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u64(message);
    hasher.write(name.as_bytes());
    // No legal name has this byte.
    hasher.write_u8(0xff);
    hasher.write(user_id.as_bytes());
    hasher.finish()
}
