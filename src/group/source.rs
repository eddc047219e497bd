//! Grouped records as a source by channel, read back from work files.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use hashbrown::HashSet;
use migrate_archive::platform::read_exact_at;
use migrate_model::{
    Channel, ChannelRef, GivePlaced, Kind, Location, Loss, Member, Message, Origin, Outcome,
    Reaction, Reader, Record, SOURCE_RECORD_BYTES, Sink, Source, Text, Unit, User, Want,
};

use super::arrange::{Arranged, arrange};
use super::codec;
use super::frame::{Frame, Tag, read_loss};
use super::gather::{Kinds, List, channel_of_key};
use super::order::{Files, order};
use super::place::{Group, NOWHERE, Placed, Stretch, each_frame};
use crate::directory::NONE;
use crate::getstream::ids;
use crate::group::Setting;

/// A source whose records were grouped by channel.
pub struct Grouped {
    inner: Box<dyn Source>,
    placed: Placed,
    arranged: Arranged,
    ordered: Arranged,
    kinds: Kinds,
    /// The groups whose channel no record gives, in the order in which they came.
    derived: Vec<u32>,
    /// The names of channels that stand before the ids of their messages, if that is done.
    names: HashSet<Box<str>>,
    pieces: Vec<Piece>,
    units: Vec<Unit>,
    /// Where the records of the pieces stand that were asked for last.
    asked: Mutex<VecDeque<(u64, Vec<Location>)>>,
}

/// Of how many pieces is kept where their records stand, so that several threads may ask.
const KEPT_PIECES: usize = 16;

/// What is read as one unit.
struct Piece {
    group: u32,
    file: PieceFile,
    at: u64,
    len: u64,
}

/// In which file a piece stands.
#[derive(Clone, Copy)]
enum PieceFile {
    Run,
    Arranged,
    Ordered,
}

/// The kind under which a channel is listed that no record gives.
const CHANNEL_DERIVED: &str = "channel_derived";
/// The kind under which a message is left out whose id another one has.
const ID_TAKEN: &str = "message_id_taken";
/// The kind of loss of an id that is unique only within its channel.
const ID_BY_CHANNEL: &str = "message_id_by_channel";

impl Grouped {
    /// Arranges what was placed.
    ///
    /// # Errors
    /// If a work file cannot be written or read back.
    pub fn new(
        inner: Box<dyn Source>,
        mut placed: Placed,
        kinds: Kinds,
        setting: Setting<'_>,
    ) -> Result<Grouped> {
        let bins = std::mem::take(&mut placed.bins);
        let arranged = arrange(bins, &placed.groups, setting)?;
        let files = Files {
            run: &placed.run,
            arranged: &arranged,
        };
        let ordered = order(&placed.groups, &files, setting)?;
        placed.people.sort_by(|a, b| a.id.cmp(&b.id));
        let mut grouped = Grouped {
            inner,
            placed,
            arranged,
            ordered,
            kinds,
            derived: Vec::new(),
            names: HashSet::new(),
            pieces: Vec::new(),
            units: Vec::new(),
            asked: Mutex::default(),
        };
        grouped.derive_channels()?;
        if grouped.placed.ids_repeat || !grouped.placed.strayed.is_empty() {
            let names = grouped.placed.groups.iter();
            let names = names.filter_map(|group| match channel_of_key(&group.key) {
                ChannelRef::Id(id) => Some((&*id).into()),
                _ => None,
            });
            grouped.names = names.collect();
        }
        grouped.list_units();
        Ok(grouped)
    }

    /// Gives those groups a channel record in which messages stand and that have none.
    fn derive_channels(&mut self) -> Result<()> {
        let mut next = 0;
        let channels = &self.placed.lists[List::Channels as usize];
        each_frame(channels, 0, |_| {
            next += 1;
            Ok(())
        })?;
        for (group, number) in self.placed.groups.iter_mut().zip(0..) {
            if number != NOWHERE && group.record == NONE && group.has_messages {
                group.record = next;
                next += 1;
                self.derived.push(number);
            }
        }
        Ok(())
    }

    fn list_units(&mut self) {
        let groups = &self.placed.groups;
        let mut numbers: Vec<usize> = (0..groups.len()).collect();
        // Several may become one channel, in the order of their records then.
        numbers.sort_by_key(|number| (groups[*number].record, &groups[*number].key));
        for number in numbers {
            let run = &groups[number].run;
            let arranged = &self.arranged.stretches[number];
            let ordered = &self.ordered.stretches[number];
            let stretches = match ordered {
                Some(_) => [(ordered, PieceFile::Ordered), (&None, PieceFile::Run)],
                None => [(run, PieceFile::Run), (arranged, PieceFile::Arranged)],
            };
            for (stretch, file) in stretches {
                for (at, end) in stretch.iter().flat_map(pieces) {
                    self.units.push(Unit {
                        key: self.pieces.len() as u64,
                        bytes: end - at,
                        // One without a record is no channel's.
                        channel: Some(groups[number].record),
                    });
                    self.pieces.push(Piece {
                        group: number as u32,
                        file,
                        at,
                        len: end - at,
                    });
                }
            }
        }
    }

    fn piece(&self, unit: &Unit) -> Result<&Piece> {
        let place = usize::try_from(unit.key).ok();
        let piece = place.and_then(|place| self.pieces.get(place));
        piece.context("there is no such unit")
    }

    /// Whether the name of a channel is that of another and more behind a `-`.
    fn is_continued(&self, name: &str) -> bool {
        let mut dashes = name.match_indices('-');
        dashes.any(|(at, _)| self.names.contains(&name[..at]))
    }

    fn group(&self, piece: &Piece) -> &Group {
        &self.placed.groups[piece.group as usize]
    }

    /// Reads the frames of a piece.
    fn read(&self, piece: &Piece, out: &mut Vec<u8>) -> Result<()> {
        const UNREAD: &str = "could not read back a work file";
        let len = usize::try_from(piece.len).context(UNREAD)?;
        let file = match piece.file {
            PieceFile::Run => return self.placed.run.read(piece.at, len, out).context(UNREAD),
            PieceFile::Arranged => &self.arranged.file,
            PieceFile::Ordered => &self.ordered.file,
        };
        let file: &File = file.as_ref().context(UNREAD)?;
        // What is overwritten need not be zero before.
        out.resize(len, 0);
        read_exact_at(file, out, piece.at).context(UNREAD)
    }

    /// Where a record stood in the source.
    fn origin_of(&self, frame: &Frame, file: &str) -> Location {
        let units = self.inner.units();
        match units.get(frame.unit as usize) {
            Some(unit) if file.is_empty() => self.inner.location(unit, frame.record),
            _ => Location {
                file: file.to_owned(),
                record: frame.record,
            },
        }
    }

    fn locations(&self, unit: &Unit) -> Result<Vec<Location>> {
        let mut bytes = Vec::new();
        self.read(self.piece(unit)?, &mut bytes)?;
        let mut locations = Vec::new();
        each_record(&bytes, |record, frame, file, _| {
            if locations.len() < record as usize {
                locations.push(self.origin_of(&frame, file));
            }
            Ok(())
        })?;
        Ok(locations)
    }

    /// The unit of the source and the record in it that each record of a unit was, where that is
    /// known.
    fn stood_at(&self, unit: &Unit) -> Result<Vec<Option<(u32, u32)>>> {
        let mut bytes = Vec::new();
        self.read(self.piece(unit)?, &mut bytes)?;
        let mut origins = Vec::new();
        each_record(&bytes, |record, frame, file, _| {
            if origins.len() < record as usize {
                origins.push(file.is_empty().then_some((frame.unit, frame.record)));
            }
            Ok(())
        })?;
        Ok(origins)
    }

    /// Gives the records of a list to a sink.
    fn put_list(
        &self,
        list: List,
        sink: &mut dyn Sink,
        mut put: impl FnMut(&mut dyn Sink, u32, Origin, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut named = None;
        each_frame(&self.placed.lists[list as usize], 0, |mut bytes| {
            let (frame, file, contents) = Frame::take(&mut bytes)?;
            let Location { file, record } = self.origin_of(&frame, file);
            if named.as_ref() != Some(&file) {
                sink.file(&file);
                named = Some(file);
            }
            put(sink, record, self.made(&frame)?, contents)
        })
    }

    fn made(&self, frame: &Frame) -> Result<Origin> {
        Ok(match frame.made {
            None => Origin::Read,
            Some(kind) => Origin::Made(self.kinds.get(kind.into())?),
        })
    }

    fn put_derived(&self, sink: &mut dyn Sink) -> Result<()> {
        sink.file("");
        for group in &self.derived {
            let mut it = Channel::default();
            match channel_of_key(&self.placed.groups[*group as usize].key) {
                ChannelRef::Id(id) => it.id = id,
                ChannelRef::Members(members) => it.member_ids = members,
                _ => {}
            }
            sink.put(0, Origin::Made(CHANNEL_DERIVED), Record::Channel(it))?;
        }
        Ok(())
    }
}

impl Source for Grouped {
    fn directory(&self, sink: &mut dyn Sink) -> Result<()> {
        self.inner.directory(sink)?;
        self.put_list(List::Users, sink, |sink, record, origin, mut it| {
            let it: User<'_> = codec::read(&mut it)?;
            Ok(sink.put(record, origin, Record::User(it))?)
        })?;
        self.put_list(List::Channels, sink, |sink, record, origin, mut it| {
            let it: Channel<'_> = codec::read(&mut it)?;
            Ok(sink.put(record, origin, Record::Channel(it))?)
        })?;
        self.put_derived(sink)?;
        self.put_list(List::Members, sink, |sink, record, origin, mut contents| {
            let channel = channel_of_key(codec::text(&mut contents)?);
            let mut it: Member<'_> = codec::read(&mut contents)?;
            it.channel = channel;
            Ok(sink.put(record, origin, Record::Member(it))?)
        })?;
        self.put_list(List::Losses, sink, |sink, record, _, mut it| {
            Ok(sink.lose(record, read_loss(&mut it, &self.kinds)?)?)
        })?;
        Ok(())
    }

    fn people(&self, sink: &mut dyn Sink) -> Result<()> {
        self.inner.people(sink)?;
        for told in &self.placed.people {
            told.people().try_for_each(|it| sink.meet(it))?;
        }
        Ok(())
    }

    fn shows_addresses(&self) -> bool {
        self.inner.shows_addresses()
    }

    fn units(&self) -> &[Unit] {
        &self.units
    }

    fn unit_name(&self, unit: &Unit) -> String {
        match self.piece(unit).map(|piece| &*self.group(piece).key) {
            Ok(key) => match channel_of_key(key) {
                ChannelRef::Id(id) => format!("channel {id}"),
                ChannelRef::Members(members) => format!("channel [{}]", members.join(" ")),
                _ => "no channel".to_owned(),
            },
            Err(_) => String::new(),
        }
    }

    fn location(&self, unit: &Unit, record: u32) -> Location {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.iter().all(|(key, _)| *key != unit.key) {
            asked.truncate(KEPT_PIECES - 1);
            // Where it stood is for people; a work file that is gone is told elsewhere.
            asked.push_front((unit.key, self.locations(unit).unwrap_or_default()));
        }
        let piece = asked.iter().find(|(key, _)| *key == unit.key);
        let place = (record as usize).checked_sub(1);
        let found = place.and_then(|place| piece?.1.get(place)).cloned();
        found.unwrap_or_else(|| Location {
            file: self.unit_name(unit),
            record: 0,
        })
    }

    fn find_source_records(&self, wanted: &[(u32, u32)], give: GivePlaced<'_>) {
        // By the place in the source: records here that came from it.
        let mut origins = BTreeMap::<(u32, u32), Vec<(u32, u32)>>::new();
        let mut room = SOURCE_RECORD_BYTES;
        for of_one in wanted.chunk_by(|a, b| a.0 == b.0) {
            let unit = of_one.first().and_then(|it| self.units.get(it.0 as usize));
            let Some((unit, rest)) = unit.and_then(|it| Some((it, room.checked_sub(it.bytes)?)))
            else {
                continue;
            };
            room = rest;
            let stood_at = self.stood_at(unit).unwrap_or_default();
            for place in of_one {
                if let Some(Some(origin)) = stood_at.get((place.1 as usize).wrapping_sub(1)) {
                    origins.entry(*origin).or_default().push(*place);
                }
            }
        }
        let there: Vec<_> = origins.keys().copied().collect();
        self.inner
            .find_source_records(&there, &mut |origin, bytes| {
                let records = origins.get(&origin).into_iter().flatten();
                records.for_each(|record| give(*record, bytes));
            });
    }

    fn counted(&self) -> &'static str {
        self.inner.counted()
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(PieceReader {
            source: self,
            bytes: Vec::new(),
        }))
    }

    fn origin(&self) -> Option<&str> {
        self.inner.origin()
    }

    fn remarks(&self) -> &[String] {
        self.inner.remarks()
    }

    fn explain(&self, kind: &str) -> Option<&str> {
        self.inner.explain(kind)
    }
}

/// Reads pieces for one worker.
struct PieceReader<'s> {
    source: &'s Grouped,
    bytes: Vec<u8>,
}

impl Reader for PieceReader<'_> {
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        let Want::Everything(_) = want else {
            // All that is told about people stands in the directory.
            return Ok(());
        };
        let source = self.source;
        let piece = source.piece(unit)?;
        source.read(piece, &mut self.bytes)?;
        let scope = Scope::of(source, piece);
        let are_scoped = source.placed.ids_repeat;
        let group = source.group(piece);
        // One whose channel nobody knows says itself which it is.
        let stray = (group.record == NONE).then(|| channel_of_key(&group.key));
        each_record(&self.bytes, |record, frame, _, mut it| {
            let origin = source.made(&frame)?;
            match frame.tag {
                Tag::Message if source.placed.taken_ids.contains(&(piece.group, frame.id)) => {
                    let it: Message<'_> = codec::read(&mut it)?;
                    let loss = Loss {
                        kind: ID_TAKEN,
                        outcome: Outcome::LeftOut,
                        of: Kind::Message,
                        channel: stray.clone().unwrap_or_default(),
                        count: 1,
                        detail: it.id,
                    };
                    sink.lose(record, loss)?;
                }
                Tag::Message => {
                    let mut read = Record::Message(Message::default());
                    if let Record::Message(message) = &mut read {
                        codec::read_into(message, &mut it)?;
                        let parent = (piece.group, frame.parent);
                        if are_scoped {
                            scope.message(record, message, sink)?;
                        } else if frame.parent != 0 && source.placed.strayed.contains(&parent) {
                            scope.apply(&mut message.parent_id);
                        }
                    }
                    sink.put(record, origin, read)?;
                }
                Tag::Reaction => {
                    let mut it: Reaction<'_> = codec::read(&mut it)?;
                    if are_scoped {
                        scope.apply(&mut it.message_id);
                    }
                    it.channel = stray.clone().unwrap_or_default();
                    sink.put(record, origin, Record::Reaction(it))?;
                }
                Tag::Loss => {
                    let channel = stray.clone().unwrap_or_default();
                    let loss = read_loss(&mut it, &source.kinds)?;
                    sink.lose(record, Loss { channel, ..loss })?;
                }
                Tag::User | Tag::Channel | Tag::Member => {}
            }
            Ok(())
        })
    }
}

/// What makes the ids of a channel's messages unique over all channels.
struct Scope(String);

impl Scope {
    fn of(source: &Grouped, piece: &Piece) -> Scope {
        let named = source.group(piece).named as usize;
        Scope(match channel_of_key(&source.placed.groups[named].key) {
            // Where one id begins with another, what stands behind it could be either's.
            ChannelRef::Id(id) if source.is_continued(&id) => ids::marked(&id),
            ChannelRef::Id(id) => id.into_owned(),
            ChannelRef::Members(members) => ids::marked(&members.join("\0")),
            _ => String::new(),
        })
    }

    fn apply(&self, id: &mut Text<'_>) {
        if !id.is_empty() && !self.0.is_empty() {
            *id = Text::Owned(format!("{}-{id}", self.0));
        }
    }

    fn message(&self, record: u32, it: &mut Message<'_>, sink: &mut dyn Sink) -> Result<()> {
        let before = it.id.clone();
        self.apply(&mut it.id);
        self.apply(&mut it.parent_id);
        self.apply(&mut it.quoted_message_id);
        if before == it.id {
            return Ok(());
        }
        let loss = Loss {
            kind: ID_BY_CHANNEL,
            outcome: Outcome::Field,
            of: Kind::Message,
            channel: ChannelRef::Unit,
            count: 1,
            detail: format!("{before} -> {}", it.id).into(),
        };
        Ok(sink.lose(record, loss)?)
    }
}

/// Where the pieces of a stretch begin and end.
fn pieces(stretch: &Stretch) -> impl Iterator<Item = (u64, u64)> {
    let starts = [stretch.start]
        .into_iter()
        .chain(stretch.ends.iter().copied());
    starts.zip(stretch.ends.iter().copied())
}

/// Gives each record of a piece: its number, from 1, its frame, the file that was named, and its
/// contents. A message, what hangs on it and what is lost of it have one number if they stood at one
/// place.
fn each_record(
    mut bytes: &[u8],
    mut each: impl FnMut(u32, Frame, &str, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut record = 0;
    let mut last = None;
    let mut has_losses_only = false;
    while !bytes.is_empty() {
        let (frame, file, contents) = Frame::take(&mut bytes)?;
        let place = Some((frame.unit, frame.record, file));
        let is_loss = frame.tag == Tag::Loss;
        // A message is a record of its own, but for what was lost of it before.
        let begins = frame.tag == Tag::Message && !has_losses_only;
        if last != place || begins {
            last = place;
            record += 1;
            has_losses_only = is_loss;
        }
        has_losses_only &= is_loss;
        each(record, frame, file, contents)?;
    }
    Ok(())
}
