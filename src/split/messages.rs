//! Which channel each message is in, for whatever refers to it: twelve bytes a message.

use hashbrown::HashSet;

use crate::validate::index::Key;

/// How many buckets the messages are kept in, by the highest byte of their keys: each grows and
/// is sorted by itself.
const BUCKETS: usize = 256;

/// A message: the two halves of its key, and its channel.
type Row = [u32; 3];

/// The messages of a file.
pub struct Messages {
    buckets: Vec<Vec<Row>>,
    repeated: HashSet<u64>,
}

impl Default for Messages {
    fn default() -> Messages {
        Messages {
            buckets: vec![Vec::new(); BUCKETS],
            repeated: HashSet::new(),
        }
    }
}

/// The number of a key.
pub fn number(key: Key) -> u64 {
    key.with_traits(false, false)
}

impl Messages {
    /// Takes in a message; [`sort`](Messages::sort) must follow before it is found.
    pub fn push(&mut self, key: Key, channel: u32) {
        let key = number(key);
        self.buckets[(key >> 56) as usize].push([(key >> 32) as u32, key as u32, channel]);
    }

    /// Gives the channels other numbers, and makes the messages findable. Of one that stands
    /// twice, the first counts.
    pub fn sort(&mut self, threads: usize, channels: &[u32]) {
        let share = BUCKETS.div_ceil(threads.max(1));
        std::thread::scope(|scope| {
            for some in self.buckets.chunks_mut(share) {
                scope.spawn(|| {
                    for row in some.iter_mut().flatten() {
                        row[2] = channels.get(row[2] as usize).copied().unwrap_or(row[2]);
                    }
                    // A stable sort, so that the first stays the first.
                    some.iter_mut()
                        .for_each(|bucket| bucket.sort_by_key(|row| (row[0], row[1])));
                });
            }
        });
        for bucket in &self.buckets {
            for pair in bucket.windows(2) {
                if pair[0][..2] == pair[1][..2] {
                    self.repeated.insert(key_of(&pair[0]));
                }
            }
        }
    }

    /// The channel of a message; `None` if there is no such message.
    pub fn channel(&self, key: Key) -> Option<u32> {
        let key = number(key);
        let bucket = &self.buckets[(key >> 56) as usize];
        let row = bucket.get(first_at_least(bucket, key))?;
        (key_of(row) == key).then_some(row[2])
    }

    /// Whether a message may stand more than once.
    pub fn is_repeated(&self, key: Key) -> bool {
        !self.repeated.is_empty() && self.repeated.contains(&number(key))
    }
}

/// The place of the first message of a bucket whose key is not smaller. Keys are spread evenly, so
/// a guess by value is near, and one look at memory finds most of them.
fn first_at_least(bucket: &[Row], key: u64) -> usize {
    // The highest byte is the same in all: the next 32 bits tell the place.
    let share = (key >> 24) & 0xffff_ffff;
    let guess = ((bucket.len() as u64).saturating_mul(share) >> 32) as usize;
    let is_smaller = |row: &Row| key_of(row) < key;
    let (mut low, mut high) = (guess, guess);
    let mut step = 4;
    // Widen around the guess until the place is inside.
    while low > 0 && bucket.get(low).is_none_or(|row| !is_smaller(row)) {
        low = low.saturating_sub(step);
        step *= 2;
    }
    while bucket.get(high).is_some_and(is_smaller) {
        high = (high + step).min(bucket.len());
        step *= 2;
    }
    let between = bucket.get(low..high).unwrap_or_default();
    low + between.partition_point(is_smaller)
}

fn key_of(row: &Row) -> u64 {
    u64::from(row[0]) << 32 | u64::from(row[1])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_place_is_found(keys in proptest::collection::vec(any::<u64>(), 0..300), key in any::<u64>(), bits in 0u32..64) {
            // Evenly spread, or all of them near each other.
            let in_bucket = |key: u64| key >> bits & u64::MAX >> 8;
            let mut bucket: Vec<Row> = keys
                .iter()
                .map(|key| in_bucket(*key))
                .map(|key| [(key >> 32) as u32, key as u32, 0])
                .collect();
            bucket.sort_unstable();
            let own = bucket.iter().map(key_of);
            for key in own.chain([in_bucket(key), 0, u64::MAX >> 8]) {
                let expected = bucket.partition_point(|row| key_of(row) < key);
                prop_assert_eq!(first_at_least(&bucket, key), expected);
            }
        }
    }

    #[test]
    fn a_message_is_found_in_the_first_channel_that_has_it() {
        let mut messages = Messages::default();
        for n in 0..1000u32 {
            messages.push(Key::id(&format!("m{n}")), n % 7);
        }
        messages.push(Key::id("m5"), 6);
        let channels: Vec<u32> = (10..17).collect();
        messages.sort(2, &channels);
        for n in 0..1000u32 {
            let key = Key::id(&format!("m{n}"));
            assert_eq!(messages.channel(key), Some(10 + n % 7));
            assert_eq!(messages.is_repeated(key), n == 5);
        }
        assert_eq!(messages.channel(Key::id("x")), None);
    }
}
