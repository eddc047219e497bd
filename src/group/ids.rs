//! In which channel each message stands, by the hash of its id: 12 bytes a message, and an eighth
//! as room to grow.

use hashbrown::HashSet;

/// How many lists there are; a power of two. Short lists grow without much to copy.
const LISTS: usize = 256;

/// A hash in three pieces, so that a row has no gap: the low and the high half, and the channel.
type Row = [u32; 3];

/// The messages of a source.
pub struct Ids {
    lists: Vec<Vec<Row>>,
}

impl Ids {
    /// No message.
    pub fn new() -> Ids {
        Ids {
            lists: vec![Vec::new(); LISTS],
        }
    }

    /// A message of a group.
    pub fn push(&mut self, hash: u64, group: u32) {
        let list = &mut self.lists[hash as usize % LISTS];
        if list.len() == list.capacity() {
            list.reserve_exact(64 + list.len() / 8);
        }
        list.push([(hash >> 32) as u32, hash as u32, group]);
    }

    /// Sorts the rows; to be called before they are asked for.
    pub fn sort(&mut self) {
        self.lists.iter_mut().for_each(|list| list.sort_unstable());
    }

    /// The groups in which a message of that hash stands, in order.
    pub fn groups(&self, hash: u64) -> impl Iterator<Item = u32> {
        let list = &self.lists[hash as usize % LISTS];
        let key = [(hash >> 32) as u32, hash as u32];
        let first = list.partition_point(|row| row[..2] < key[..]);
        let rows = list[first..].iter();
        rows.take_while(move |row| row[..2] == key[..])
            .map(|row| row[2])
    }

    /// The parents, by group and hash, that do not stand in the channel that names them although
    /// another channel has or names a message of that hash.
    pub fn strayed(
        &self,
        parents: &mut Ids,
        channel_of: impl Fn(u32) -> u32,
    ) -> HashSet<(u32, u64)> {
        parents.sort();
        let mut strayed = HashSet::new();
        for list in &mut parents.lists {
            list.dedup();
            for same in list.chunk_by(|one, other| one[..2] == other[..2]) {
                let hash = u64::from(same[0][0]) << 32 | u64::from(same[0][1]);
                let is_at_home = |group: u32| {
                    let mut found = self.groups(hash);
                    found.any(|it| channel_of(it) == channel_of(group))
                };
                let away: Vec<u32> = same.iter().map(|row| row[2]).collect();
                let away: Vec<u32> = away.into_iter().filter(|it| !is_at_home(*it)).collect();
                let is_theirs = self.groups(hash).next().is_some();
                let channels = away.iter().map(|group| channel_of(*group));
                if is_theirs
                    || channels
                        .clone()
                        .any(|it| Some(it) != channels.clone().next())
                {
                    strayed.extend(away.iter().map(|group| (*group, hash)));
                }
            }
        }
        strayed
    }

    /// Whether a hash stands in two groups that are not the same channel.
    pub fn repeat(&self, channel_of: impl Fn(u32) -> u32) -> bool {
        let mut pairs = self.lists.iter().flat_map(|list| list.windows(2));
        pairs.any(|pair| {
            pair[0][..2] == pair[1][..2] && channel_of(pair[0][2]) != channel_of(pair[1][2])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn a_message_is_found_in_all_its_groups() {
        let mut ids = Ids::new();
        for (hash, group) in [(7, 3), (1 << 40, 1), (7, 2), (7 + 256, 9), (7, 3)] {
            ids.push(hash, group);
        }
        ids.sort();
        let check = |hash, groups: &[u32]| {
            assert_eq!(ids.groups(hash).collect::<Vec<_>>(), groups);
        };
        check(7, &[2, 3, 3]);
        check(7 + 256, &[9]);
        check(1 << 40, &[1]);
        check(8, &[]);
        assert!(ids.repeat(|group| group));
        assert!(!ids.repeat(|_| 0));
    }
}
