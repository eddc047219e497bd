//! In which channel each message stands, by the hash of its id. What is needed of that waits in a
//! work file, 12 bytes a message and 12 a reply, and is looked at piece by piece at the end, so that
//! memory does not grow with the number of messages, only with that of those that are not as they
//! should be: repeated between channels, or parents that are elsewhere.

use anyhow::{Context, Result};
use hashbrown::HashSet;
use migrate_model::MessageIds;

use super::place::NOWHERE;
use crate::parts::section::Section;
use crate::parts::target::WorkFolder;

/// How many lists there are: one for each value of the highest byte of a hash. One at a time is in
/// memory as a whole.
const LISTS: usize = 256;

/// How many bytes a row has: the hash, and the group with a bit that tells a reply's parent from a
/// message.
const ROW_BYTES: usize = 12;

/// How many bytes of one list are kept before they go to the file.
const BLOCK_BYTES: usize = 1024 * ROW_BYTES;

/// How many bytes of the file are kept in memory.
const BUFFER_BYTES: usize = 1 << 20;

/// The messages of a source, and the parents that replies name, each as often as one does.
pub struct Ids {
    lists: Vec<List>,
    file: Section,
}

/// The rows whose hashes begin with one byte, in the order in which they came.
#[derive(Default)]
struct List {
    /// Where its blocks begin in the file.
    blocks: Vec<u64>,
    /// What is behind them.
    rest: Vec<u8>,
}

/// A hash, and the group that has or names a message of it.
type Row = (u64, u32);

/// What is known once all messages have come.
pub struct Settled {
    /// Whether ids are told apart by their channels: a hash stands in two groups that are not the
    /// same channel, or the source says so.
    pub repeat: bool,
    /// The messages, by group and hash, whose id a message of another channel had before, where the
    /// source says that ids are unique.
    pub taken: HashSet<(u32, u64)>,
    /// The parents, by group and hash, that do not stand in the channel that names them although
    /// another channel has or names a message of that hash. Nothing if hashes repeat.
    pub strayed: HashSet<(u32, u64)>,
    /// Where messages stand, if that was asked for.
    pub homes: Option<Homes>,
}

impl Ids {
    /// No message.
    pub fn new(work: &WorkFolder) -> Ids {
        Ids {
            lists: (0..LISTS).map(|_| List::default()).collect(),
            file: Section::new(work.file("message-ids"), BUFFER_BYTES),
        }
    }

    /// A message of a group.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn message(&mut self, hash: u64, group: u32) -> Result<()> {
        self.push(hash, group << 1)
    }

    /// A group names a parent.
    ///
    /// # Errors
    /// If the work file cannot be written.
    pub fn parent(&mut self, hash: u64, group: u32) -> Result<()> {
        self.push(hash, group << 1 | 1)
    }

    fn push(&mut self, hash: u64, marked: u32) -> Result<()> {
        let [.., highest] = hash.to_le_bytes();
        let list = &mut self.lists[usize::from(highest)];
        list.rest.extend_from_slice(&hash.to_le_bytes());
        list.rest.extend_from_slice(&marked.to_le_bytes());
        if list.rest.len() >= BLOCK_BYTES {
            let at = self.file.append(&[&list.rest]).context(UNWRITTEN)?;
            list.blocks.push(at);
            list.rest.clear();
        }
        Ok(())
    }

    /// Finds out what is to be known, with the channel that each group is, and removes the file;
    /// `unique` is what the source says of its ids.
    ///
    /// # Errors
    /// If a work file cannot be written or read back.
    pub fn settle(
        mut self,
        channel_of: impl Fn(u32) -> u32,
        unique: MessageIds,
        homes: Option<Homes>,
    ) -> Result<Settled> {
        let mut settled = Settled {
            repeat: unique == MessageIds::Channel,
            taken: HashSet::new(),
            strayed: HashSet::new(),
            homes,
        };
        let (mut messages, mut parents) = (Vec::new(), Vec::new());
        for list in std::mem::take(&mut self.lists) {
            messages.clear();
            parents.clear();
            self.load(list, &mut messages, &mut parents)?;
            // Those of one hash stay in the order in which they came.
            messages.sort_by_key(|row| row.0);
            for same in messages.chunk_by(|one, other| one.0 == other.0) {
                let Some((hash, first)) = same.first() else {
                    continue;
                };
                let channel = channel_of(*first);
                let is_elsewhere = |row: &&Row| channel_of(row.1) != channel;
                let mut elsewhere = same.iter().filter(is_elsewhere).peekable();
                let has_home = elsewhere.peek().is_none() || unique == MessageIds::Global;
                settled.repeat |= !has_home;
                if has_home {
                    settled.taken.extend(elsewhere.map(|row| (row.1, *hash)));
                }
                if let Some(homes) = &mut settled.homes {
                    homes.push(*hash, if has_home { *first } else { NOWHERE })?;
                }
            }
            if !settled.repeat {
                if !settled.taken.is_empty() {
                    messages.retain(|row| !settled.taken.contains(&(row.1, row.0)));
                }
                note_strayed(&messages, &mut parents, &channel_of, &mut settled.strayed);
            }
        }
        if settled.repeat {
            settled.strayed = HashSet::new();
        }
        self.file.remove();
        Ok(settled)
    }

    /// Reads the rows of a list.
    fn load(&self, list: List, messages: &mut Vec<Row>, parents: &mut Vec<Row>) -> Result<()> {
        let mut take = |bytes: &[u8]| {
            for (hash, marked) in rows(bytes) {
                let to = if marked & 1 == 0 {
                    &mut *messages
                } else {
                    &mut *parents
                };
                to.push((hash, marked >> 1));
            }
        };
        let mut block = Vec::new();
        for at in list.blocks {
            let read = self.file.read(at, BLOCK_BYTES, &mut block);
            read.context(UNREAD)?;
            take(&block);
        }
        take(&list.rest);
        Ok(())
    }
}

/// Adds the parents that are missing where they are named; `messages` is in the order of hashes.
fn note_strayed(
    messages: &[Row],
    parents: &mut Vec<Row>,
    channel_of: impl Fn(u32) -> u32,
    strayed: &mut HashSet<(u32, u64)>,
) {
    parents.sort_unstable();
    parents.dedup();
    let mut channels = Vec::new();
    for same in parents.chunk_by(|one, other| one.0 == other.0) {
        let Some((hash, _)) = same.first() else {
            continue;
        };
        let first = messages.partition_point(|row| row.0 < *hash);
        let found = messages.iter().skip(first);
        let found = found.take_while(|row| row.0 == *hash);
        channels.clear();
        channels.extend(found.map(|(_, group)| channel_of(*group)));
        channels.sort_unstable();
        let is_away = |row: &&Row| -> bool { channels.binary_search(&channel_of(row.1)).is_err() };
        let mut away = same.iter().filter(is_away).map(|row| channel_of(row.1));
        let one = away.next();
        let is_theirs = !channels.is_empty() || away.any(|channel| Some(channel) != one);
        if is_theirs {
            let away = same.iter().filter(is_away);
            strayed.extend(away.map(|(hash, group)| (*group, *hash)));
        }
    }
}

/// How many rows stand between hashes that are in memory.
const FENCE_ROWS: usize = 64;

/// The group of each message, in a work file in the order of hashes.
pub struct Homes {
    file: Section,
    /// The hash of every so many rows.
    fences: Vec<u64>,
    count: usize,
}

impl Homes {
    /// No message.
    pub fn new(work: &WorkFolder) -> Homes {
        Homes {
            file: Section::new(work.file("message-homes"), BUFFER_BYTES),
            fences: Vec::new(),
            count: 0,
        }
    }

    /// A hash comes that is higher than all before, with its group.
    fn push(&mut self, hash: u64, group: u32) -> Result<()> {
        if self.count.is_multiple_of(FENCE_ROWS) {
            self.fences.push(hash);
        }
        self.count += 1;
        let row = [&hash.to_le_bytes()[..], &group.to_le_bytes()[..]];
        self.file.append(&row).context(UNWRITTEN)?;
        Ok(())
    }

    /// The group of the channel that has the message of that hash, [`NOWHERE`] if none has or nothing
    /// says which; `room` is used to read.
    ///
    /// # Errors
    /// If the work file cannot be read back.
    pub fn find(&self, hash: u64, room: &mut Vec<u8>) -> Result<u32> {
        let behind = self.fences.partition_point(|fence| *fence <= hash);
        let Some(fence) = behind.checked_sub(1) else {
            return Ok(NOWHERE);
        };
        let first = fence * FENCE_ROWS;
        let len = FENCE_ROWS.min(self.count - first) * ROW_BYTES;
        let read = self.file.read((first * ROW_BYTES) as u64, len, room);
        read.context(UNREAD)?;
        let found = rows(room).find(|row| row.0 == hash);
        Ok(found.map_or(NOWHERE, |(_, group)| group))
    }

    /// Removes the work file.
    pub fn remove(self) {
        self.file.remove();
    }
}

/// The rows that stand in these bytes.
fn rows(bytes: &[u8]) -> impl Iterator<Item = Row> {
    let (rows, _) = bytes.as_chunks::<ROW_BYTES>();
    rows.iter().map(|[a, b, c, d, e, f, g, h, group @ ..]| {
        let hash = [*a, *b, *c, *d, *e, *f, *g, *h];
        (u64::from_le_bytes(hash), u32::from_le_bytes(*group))
    })
}

const UNWRITTEN: &str = "could not write a work file";
const UNREAD: &str = "could not read back a work file";

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    /// What a few messages and parents, by hash and group, come to in channels of two groups each.
    fn settle(messages: &[Row], parents: &[Row], unique: MessageIds) -> (WorkFolder, Settled) {
        let work = WorkFolder::temporary(&std::env::temp_dir()).unwrap();
        let mut ids = Ids::new(&work);
        for (hash, group) in messages {
            ids.message(*hash, *group).unwrap();
        }
        for (hash, group) in parents {
            ids.parent(*hash, *group).unwrap();
        }
        let homes = Some(Homes::new(&work));
        let settled = ids.settle(channel_of, unique, homes).unwrap();
        (work, settled)
    }

    fn channel_of(group: u32) -> u32 {
        group / 2
    }

    /// Hashes that share lists and fall into several.
    fn any_rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
        let hash = (0_u64..3, 0_u64..80).prop_map(|(list, low)| list << 56 | low);
        proptest::collection::vec((hash, 1_u32..8), 0..most)
    }

    proptest! {
        #[test]
        fn what_is_known_is_what_a_table_would_say(
            messages in any_rows(200),
            parents in any_rows(40),
            is_apart in any::<bool>(),
            unique in prop::sample::select(vec![
                MessageIds::Auto,
                MessageIds::Global,
                MessageIds::Channel,
            ]),
        ) {
            // Without this hashes hardly ever stay in one channel each.
            let apart = |(hash, group): Row| match is_apart {
                true => (hash << 8 | u64::from(channel_of(group)), group),
                false => (hash, group),
            };
            let messages: Vec<_> = messages.into_iter().map(apart).collect();
            // The channels of each hash, in the order in which they came.
            let mut table = BTreeMap::<u64, Vec<u32>>::new();
            for (hash, group) in &messages {
                let channels = table.entry(*hash).or_default();
                if !channels.contains(&channel_of(*group)) {
                    channels.push(channel_of(*group));
                }
            }
            let repeats = table.values().any(|it| it.len() > 1);
            let (_work, settled) = settle(&messages, &parents, unique);
            let expected = match unique {
                MessageIds::Auto => repeats,
                MessageIds::Global => false,
                MessageIds::Channel => true,
            };
            prop_assert_eq!(settled.repeat, expected);
            let is_global = unique == MessageIds::Global;
            if is_global {
                table.values_mut().for_each(|it| it.truncate(1));
            }
            for (hash, group) in &messages {
                let is_taken = is_global && table[hash] != [channel_of(*group)];
                prop_assert_eq!(settled.taken.contains(&(*group, *hash)), is_taken);
            }
            let homes = settled.homes.unwrap();
            for (hash, group) in messages.iter().chain(&parents) {
                let found = homes.find(*hash, &mut Vec::new()).unwrap();
                match table.get(hash).filter(|it| it.len() == 1) {
                    Some(it) => prop_assert_eq!(channel_of(found), it[0]),
                    None => prop_assert_eq!(found, NOWHERE),
                }
                let is_at_home = |group: u32| {
                    table.get(hash).is_some_and(|it| it.contains(&channel_of(group)))
                };
                let named = parents.iter().filter(|row| row.0 == *hash && !is_at_home(row.1));
                let named: BTreeSet<u32> = named.map(|row| channel_of(row.1)).collect();
                let is_strayed = !settled.repeat
                    && parents.contains(&(*hash, *group))
                    && !is_at_home(*group)
                    && (table.contains_key(hash) || named.len() > 1);
                prop_assert_eq!(settled.strayed.contains(&(*group, *hash)), is_strayed);
            }
        }
    }

    #[test]
    fn more_messages_than_memory_holds_are_all_found_again() {
        let spread = 0x9E37_79B9_7F4A_7C15_u64;
        let rows: Vec<Row> = (1..400_000)
            .map(|n| (spread.wrapping_mul(n), n as u32))
            .collect();
        let (work, settled) = settle(&rows, &[], MessageIds::Auto);
        assert!(!settled.repeat);
        let homes = settled.homes.unwrap();
        let mut room = Vec::new();
        for (hash, group) in &rows {
            assert_eq!(homes.find(*hash, &mut room).unwrap(), *group);
        }
        assert_eq!(
            homes.find(spread.wrapping_mul(400_000), &mut room).unwrap(),
            NOWHERE
        );
        assert!(!work.file("message-ids").exists());
        homes.remove();
        assert!(!work.file("message-homes").exists());
    }
}
