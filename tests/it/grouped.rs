//! Grouping on disk: whatever the order of records, each channel gets its own in the order in
//! which they came.

use std::{collections::BTreeMap, sync::atomic::AtomicBool};

use anyhow::Result;
use migrate::{
    group::{self, Setting},
    parts::target::WorkFolder,
    progress::Progress,
};
use migrate_model::{
    Channel, ChannelRef, ChannelType, Directory, Location, Loss, Message, MessageIds, Origin,
    Person, Reaction, Reader, Record, Sink, Source, Stop, Unit, Want,
};
use proptest::prelude::*;

use crate::memory::{Item, Workspace, message, reaction, workspaces::any_workspace};

/// Records in units without a channel.
#[derive(Clone, Default)]
struct Scattered {
    units: Vec<Vec<Record<'static>>>,
    listed: Vec<Unit>,
    message_ids: MessageIds,
}

impl Scattered {
    /// `sizes` says how many records each unit has; the last one has the rest.
    fn new(records: Vec<Record<'static>>, sizes: &[usize]) -> Scattered {
        let mut units = Vec::new();
        let mut rest = records.into_iter();
        for size in sizes {
            units.push(rest.by_ref().take(*size).collect());
        }
        units.push(rest.collect());
        let listed = (0..units.len() as u64).map(|key| Unit {
            key,
            bytes: 700_000,
            channel: None,
        });
        Scattered {
            listed: listed.collect(),
            units,
            message_ids: MessageIds::Auto,
        }
    }

    fn by_channel(&self, threads: usize) -> Seen {
        let folder = tempfile::tempdir().unwrap();
        let work = WorkFolder::temporary(folder.path()).unwrap();
        let setting = Setting {
            work: &work,
            threads,
            progress: &Progress::new(true),
            stop: &AtomicBool::new(false),
        };
        let source = group::by_channel(Box::new(self.clone()), setting).unwrap();
        let mut seen = Seen::default();
        source.directory(&mut seen).unwrap();
        source.people(&mut seen).unwrap();
        let mut reader = source.reader().unwrap();
        for unit in source.units() {
            seen.channel = unit.channel;
            seen.locations.clear();
            let want = Want::Everything(&Nobody);
            reader.read(unit, want, &mut seen).unwrap();
            for (record, id) in std::mem::take(&mut seen.locations) {
                seen.places.insert(id, source.location(unit, record));
            }
        }
        seen
    }
}

impl Source for Scattered {
    fn directory(&self, _: &mut dyn Sink) -> Result<()> {
        Ok(())
    }

    fn units(&self) -> &[Unit] {
        &self.listed
    }

    fn unit_name(&self, _: &Unit) -> String {
        "one file".to_owned()
    }

    fn location(&self, unit: &Unit, record: u32) -> Location {
        Location {
            file: format!("unit {}", unit.key),
            record,
        }
    }

    fn message_ids(&self) -> MessageIds {
        self.message_ids
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(ReaderOf(self)))
    }
}

struct ReaderOf<'a>(&'a Scattered);

impl Reader for ReaderOf<'_> {
    fn read(&mut self, unit: &Unit, _: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        let records = &self.0.units[unit.key as usize];
        for (it, record) in records.iter().zip(1..) {
            sink.put(record, Origin::Read, it.clone())?;
        }
        Ok(())
    }
}

struct Nobody;

impl Directory for Nobody {
    fn user_name(&self, _: &str) -> Option<&str> {
        None
    }
    fn channel_name(&self, _: &str) -> Option<&str> {
        None
    }
}

/// What a source gives, as text.
#[derive(Default, Debug, PartialEq)]
struct Seen {
    channel: Option<u32>,
    directory: Vec<String>,
    channels: BTreeMap<u32, Vec<String>>,
    losses: Vec<&'static str>,
    /// Messages of the unit at hand: their numbers and ids.
    locations: Vec<(u32, String)>,
    places: BTreeMap<String, Location>,
}

impl Sink for Seen {
    fn file(&mut self, _: &str) {}

    fn put(&mut self, record: u32, _: Origin, it: Record<'_>) -> Result<(), Stop> {
        if let Record::Message(it) = &it {
            self.locations.push((record, it.id.to_string()));
        }
        match self.channel {
            Some(channel) => {
                let records = self.channels.entry(channel).or_default();
                records.push(format!("{it:?}"));
            }
            None => self.directory.push(format!("{it:?}")),
        }
        Ok(())
    }

    fn lose(&mut self, _: u32, loss: Loss<'_>) -> Result<(), Stop> {
        self.losses.push(loss.kind);
        Ok(())
    }

    fn meet(&mut self, _: Person<'_>) -> Result<(), Stop> {
        Ok(())
    }
}

/// The records of a workspace's channels, each naming its channel, by the number of the channel's
/// record; and those of its directory.
fn records(workspace: &Workspace) -> (Vec<Record<'static>>, BTreeMap<u32, Vec<Record<'static>>>) {
    let users = workspace.users.iter().cloned().map(Record::User);
    let channels = workspace.channels.iter().cloned().map(Record::Channel);
    let members = workspace.members.iter().cloned().map(Record::Member);
    let directory = users.chain(channels).chain(members).collect();
    let mut by_channel: BTreeMap<u32, Vec<Record<'static>>> = BTreeMap::new();
    let reference = |number: u32| match workspace.channels.get(number as usize) {
        Some(it) if !it.id.is_empty() => ChannelRef::Id(it.id.clone()),
        Some(it) if it.member_ids.iter().any(|id| !id.is_empty()) => {
            ChannelRef::Members(it.member_ids.clone())
        }
        _ => ChannelRef::Unit,
    };
    let mut units: Vec<_> = workspace.units.iter().collect();
    units.sort_by_key(|unit| unit.channel);
    // Records of one id or member set come under one name.
    let first = |number: u32| {
        if reference(number) == ChannelRef::Unit {
            return u32::MAX;
        }
        let numbers = 0..workspace.channels.len() as u32;
        let mut same = numbers.filter(|it| reference(*it) == reference(number));
        same.next().unwrap_or(number)
    };
    for unit in units {
        let records = by_channel.entry(first(unit.channel)).or_default();
        for item in &unit.items {
            match item {
                Item::Message(it) => {
                    let mut it = (**it).clone();
                    it.channel = reference(unit.channel);
                    records.push(Record::Message(it));
                }
                // One that names no channel belongs to the message before it, whichever that is.
                Item::Reaction(it) if reference(unit.channel) != ChannelRef::Unit => {
                    let mut it = (**it).clone();
                    it.channel = reference(unit.channel);
                    records.push(Record::Reaction(it));
                }
                Item::Reaction(_) | Item::Meet(_) | Item::Lost(..) => {}
            }
        }
    }
    (directory, by_channel)
}

/// One order of all records in which each channel keeps its own; `picks` says whose turn it is.
fn interleaved(
    directory: Vec<Record<'static>>,
    by_channel: BTreeMap<u32, Vec<Record<'static>>>,
    picks: &[prop::sample::Index],
) -> Vec<Record<'static>> {
    let mut queues: Vec<_> = by_channel.into_values().map(Vec::into_iter).collect();
    queues.push(directory.into_iter());
    let mut records = Vec::new();
    let mut turn = 0;
    loop {
        queues.retain(|queue| queue.len() > 0);
        if queues.is_empty() {
            return records;
        }
        let pick = picks.get(turn % picks.len().max(1));
        let place = pick.map_or(0, |pick| pick.index(queues.len()));
        records.extend(queues[place].next());
        turn += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn every_channel_gets_its_records_in_the_order_in_which_they_came(
        workspace in any_workspace(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..60),
        sizes in prop::collection::vec(0usize..9, 0..20),
        threads in 1usize..4,
    ) {
        prop_assume!(workspace.is_clear());
        let (directory, by_channel) = records(&workspace);
        let in_order: Vec<_> = directory.iter().cloned().chain(by_channel.values().flatten().cloned()).collect();
        let straight = Scattered::new(in_order, &[]).by_channel(1);
        let mixed = interleaved(directory.clone(), by_channel.clone(), &picks);
        let mixed = Scattered::new(mixed, &sizes).by_channel(threads);
        prop_assert_eq!(&straight.directory, &mixed.directory);
        prop_assert_eq!(&straight.channels, &mixed.channels);
        let expected = directory.into_iter().map(with_sorted_set);
        let expected: Vec<String> = expected.map(|it| format!("{it:?}")).collect();
        prop_assert_eq!(&straight.directory, &expected);
        let expected: usize = by_channel.values().map(Vec::len).sum();
        prop_assert_eq!(straight.channels.values().map(Vec::len).sum::<usize>(), expected);
        for (channel, records) in &by_channel {
            let reads_as = records.iter().map(|it| format!("{:?}", without_channel(it.clone())));
            let is_there = straight.channels.values().any(|found| {
                reads_as.clone().all(|it| found.contains(&it))
            });
            prop_assert!(is_there || records.is_empty(), "channel {channel}");
        }
    }
}

fn without_channel(it: Record<'static>) -> Record<'static> {
    match it {
        Record::Message(mut it) => {
            it.channel = ChannelRef::Unit;
            Record::Message(it)
        }
        Record::Reaction(mut it) => {
            it.channel = ChannelRef::Unit;
            Record::Reaction(it)
        }
        other => other,
    }
}

/// A set of members comes back in order.
fn with_sorted_set(it: Record<'static>) -> Record<'static> {
    let Record::Member(mut it) = it else {
        return it;
    };
    it.channel = match it.channel {
        ChannelRef::Members(mut set) => {
            set.retain(|id| !id.is_empty());
            set.sort();
            set.dedup();
            match set.is_empty() {
                true => ChannelRef::Unit,
                false => ChannelRef::Members(set),
            }
        }
        ChannelRef::Id(id) if id.is_empty() => ChannelRef::Unit,
        other => other,
    };
    Record::Member(it)
}

fn in_channel(mut it: Message<'static>, channel: &str) -> Record<'static> {
    it.channel = ChannelRef::Id(channel.to_owned().into());
    Record::Message(it)
}

fn bare(it: Reaction<'static>) -> Record<'static> {
    Record::Reaction(it)
}

/// What each channel holds: the ids of messages, and of reactions their messages'.
fn ids(seen: &Seen) -> Vec<(u32, Vec<String>)> {
    let id = |text: &String| {
        let field = if text.starts_with("Message") {
            " id: "
        } else {
            "message_id: "
        };
        let (_, rest) = text.split_once(field).unwrap();
        rest.split('"').nth(1).unwrap().to_owned()
    };
    let channels = seen.channels.iter();
    channels
        .map(|(channel, records)| (*channel, records.iter().map(id).collect()))
        .collect()
}

#[test]
fn a_reaction_finds_its_message_from_anywhere() {
    let records = vec![
        bare(reaction("m2", "like", "u")),
        in_channel(message("m1", "u", 1), "a"),
        bare(reaction("m1", "like", "u")),
        in_channel(message("m2", "u", 2), "b"),
        bare(reaction("m1", "love", "u")),
        bare(reaction("nowhere", "like", "u")),
    ];
    let seen = Scattered::new(records, &[2, 2]).by_channel(2);
    let text = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        ids(&seen),
        [
            (0, text(&["m1", "m1", "m1"])),
            (1, text(&["m2", "m2"])),
            (u32::MAX, text(&["nowhere"])),
        ]
    );
}

#[test]
fn ids_that_repeat_between_channels_get_the_channel_before_them() {
    let mut reply = message("2", "u", 3);
    reply.parent_id = "1".into();
    reply.quoted_message_id = "1".into();
    let records = vec![
        in_channel(message("1", "u", 1), "a"),
        bare(reaction("1", "like", "u")),
        in_channel(message("1", "u", 1), "b"),
        bare(reaction("1", "like", "u")),
        in_channel(reply, "b"),
        bare(reaction("1", "love", "u")),
    ];
    let seen = Scattered::new(records, &[3]).by_channel(2);
    let text = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        ids(&seen),
        [
            (0, text(&["a-1", "a-1"])),
            (1, text(&["b-1", "b-1", "b-2"])),
            // Which of the two is meant, nothing says.
            (u32::MAX, text(&["1"])),
        ]
    );
    assert!(seen.channels[&1][2].contains("parent_id: \"b-1\""));
    assert!(seen.channels[&1][2].contains("quoted_message_id: \"b-1\""));
    assert_eq!(seen.losses, ["message_id_by_channel"; 3]);
}

#[test]
fn where_ids_are_said_to_be_unique_the_first_of_several_counts() {
    let mut reply = message("3", "u", 3);
    reply.parent_id = "1".into();
    let records = vec![
        in_channel(message("1", "u", 1), "a"),
        in_channel(message("2", "u", 1), "b"),
        in_channel(message("1", "u", 2), "b"),
        in_channel(message("1", "u", 2), "a"),
        in_channel(reply, "b"),
        bare(reaction("1", "love", "u")),
    ];
    let mut source = Scattered::new(records, &[3]);
    source.message_ids = MessageIds::Global;
    let seen = source.by_channel(2);
    let text = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    // What is repeated within a channel is told by who packs it.
    let expected = [(0, text(&["1", "1", "1"])), (1, text(&["2", "3"]))];
    assert_eq!(ids(&seen), expected);
    // A root that is made for it must not have the id of another message.
    assert!(seen.channels[&1][1].contains("parent_id: \"b-1\""));
    assert_eq!(seen.losses, ["message_id_taken"]);
}

#[test]
fn where_ids_are_said_to_be_a_channels_all_get_it_before_them() {
    let records = vec![
        in_channel(message("1", "u", 1), "a"),
        in_channel(message("2", "u", 1), "b"),
        bare(reaction("1", "love", "u")),
    ];
    let mut source = Scattered::new(records, &[3]);
    source.message_ids = MessageIds::Channel;
    let seen = source.by_channel(2);
    let text = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let expected = [(0, text(&["a-1", "a-1"])), (1, text(&["b-2"]))];
    assert_eq!(ids(&seen), expected);
}

#[test]
fn conversations_of_two_types_between_the_same_people_are_two() {
    for (one, other, expected) in [
        (ChannelType::Direct, ChannelType::Direct, ["1", "1"]),
        (ChannelType::Direct, ChannelType::Channel, ["a-1", "b-1"]),
    ] {
        let conversation = |id: &str, channel_type| {
            let mut it = Channel::default();
            it.id = id.to_owned().into();
            it.channel_type = channel_type;
            it.member_ids = vec!["u".into(), "v".into()];
            Record::Channel(it)
        };
        let records = vec![
            conversation("a", one),
            conversation("b", other),
            in_channel(message("1", "u", 1), "a"),
            in_channel(message("1", "u", 1), "b"),
        ];
        let seen = Scattered::new(records, &[2]).by_channel(1);
        let found: Vec<_> = ids(&seen).into_iter().flat_map(|(_, ids)| ids).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_large_channel_is_read_in_pieces_that_begin_with_a_message() {
    let mut records = Vec::new();
    for n in 0..600 {
        let mut it = message(&format!("m{n}"), "u", n);
        it.text = "x".repeat(9_000).into();
        records.push(in_channel(it, "a"));
        records.push(bare(reaction(&format!("m{n}"), "like", "u")));
        if n % 100 == 0 {
            records.push(in_channel(message(&format!("o{n}"), "u", n), "b"));
        }
    }
    let source = Scattered::new(records, &[100, 100, 100]);
    let seen = source.by_channel(2);
    assert_eq!(seen.channels[&0].len(), 1_200);
    let place = |id: &str| seen.places[id].to_string();
    assert_eq!(place("m0"), "unit 0, record 1");
    assert_eq!(place("o0"), "unit 0, record 3");
    assert_eq!(place("m599"), "unit 3, record 905");
}
