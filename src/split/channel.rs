//! The messages and reactions of the channel at hand: where they stand, what they refer to, and
//! in which order they are written. This is all that grows with a channel.
//!
//! Channels whose messages refer to each other are taken as one.

use anyhow::Result;

use super::groups::OpenBin;
use super::record::{HEAD_BYTES, Head};
use crate::directory::NONE;

/// The number of a message of the channel, in the order in which it stands in the input.
pub type MessageNumber = u32;

/// The messages and reactions of a channel.
#[derive(Default)]
pub struct Channel {
    /// By message: the place of its record in the bin.
    places: Vec<u32>,
    /// By message: the parent and the quoted message, or [`NONE`].
    links: Vec<[MessageNumber; 2]>,
    /// All messages in the order in which they are written.
    order: Vec<MessageNumber>,
    /// By message: its place in that order.
    ranks: Vec<u32>,
    /// Reactions by the message that they belong to, in the order of the input.
    reactions: Vec<(MessageNumber, u32)>,
    /// By message: the last part that holds it; 0 for none.
    pub parts: Vec<u32>,
}

impl Channel {
    /// Reads what the packer has to know of a channel; the places of all its records in the bin are
    /// in `range`.
    ///
    /// # Errors
    /// If a work file cannot be read back.
    pub fn load(bin: &mut OpenBin<'_>, range: std::ops::Range<usize>) -> Result<Channel> {
        let mut it = Channel::default();
        let mut keys: Vec<[u32; 3]> = Vec::new();
        let mut reactions = Vec::new();
        let mut buffer = Vec::new();
        bin.hold(range.clone())?;
        for at in range {
            let place = u32::try_from(at)?;
            bin.read(at, HEAD_BYTES, &mut buffer)?;
            let head = Head::read(&buffer)?;
            if !head.is_message {
                reactions.push((head.key, place));
                continue;
            }
            if head.key != 0 {
                let number = it.places.len() as u32;
                keys.push([(head.key >> 32) as u32, head.key as u32, number]);
            }
            it.places.push(place);
        }
        // Of those that stand twice, the first is meant.
        keys.sort_unstable();
        let find = |key: u64| {
            let at = keys.partition_point(|row| key_of(row) < key);
            let row = keys.get(at).filter(|row| key != 0 && key_of(row) == key);
            row.map_or(NONE, |row| row[2])
        };
        let mut times = Vec::with_capacity(it.places.len());
        for place in &it.places {
            bin.read(*place as usize, HEAD_BYTES, &mut buffer)?;
            let head = Head::read(&buffer)?;
            it.links.push([find(head.parent), find(head.quote)]);
            times.push((head.channel, head.micros));
        }
        it.reactions = reactions
            .into_iter()
            .map(|(key, place)| (find(key), place))
            .collect();
        // Those of a message stay in the order of the input.
        it.reactions.sort_by_key(|(message, _)| *message);
        drop(keys);
        it.put_in_order(&times);
        it.parts = vec![0; it.places.len()];
        Ok(it)
    }

    /// Decides the order: by time, but what a message refers to before it.
    fn put_in_order(&mut self, times: &[(u32, i64)]) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let count = self.places.len();
        let mut by_time: Vec<u32> = (0..count as u32).collect();
        by_time.sort_unstable_by_key(|number| (times[*number as usize], *number));
        let mut states = vec![State::New; count];
        self.order.reserve_exact(count);
        let mut stack = Vec::new();
        for first in by_time {
            stack.push(first);
            while let Some(&number) = stack.last() {
                let state = &mut states[number as usize];
                match *state {
                    State::New => {
                        *state = State::Open;
                        let [parent, quote] = self.links[number as usize];
                        // A ring ends where it would begin again.
                        let is_new = |it: &u32| *it != NONE && states[*it as usize] == State::New;
                        stack.extend([quote, parent].iter().filter(|it| is_new(it)));
                    }
                    State::Open => {
                        *state = State::Done;
                        self.order.push(number);
                        stack.pop();
                    }
                    State::Done => {
                        stack.pop();
                    }
                }
            }
        }
        self.ranks = vec![0; count];
        for (rank, number) in (0..).zip(&self.order) {
            self.ranks[*number as usize] = rank;
        }
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// The message that is written at a place of the order.
    pub fn at(&self, rank: usize) -> MessageNumber {
        self.order[rank]
    }

    /// The place of a message in the order.
    pub fn rank(&self, number: MessageNumber) -> u32 {
        self.ranks[number as usize]
    }

    /// The place of a message's record in the bin.
    pub fn place(&self, number: MessageNumber) -> usize {
        self.places[number as usize] as usize
    }

    /// The messages that a message refers to.
    pub fn links(&self, number: MessageNumber) -> impl Iterator<Item = MessageNumber> + use<> {
        let links = self.links[number as usize];
        links.into_iter().filter(|it| *it != NONE)
    }

    /// The places of the reactions to a message, in the order of the input. [`NONE`] gives those
    /// whose message is not in the channel.
    pub fn reactions(&self, number: MessageNumber) -> impl Iterator<Item = usize> + '_ {
        let start = self
            .reactions
            .partition_point(|(message, _)| *message < number);
        let rest = self.reactions[start..].iter();
        rest.take_while(move |(message, _)| *message == number)
            .map(|(_, place)| *place as usize)
    }
}

fn key_of(row: &[u32; 3]) -> u64 {
    u64::from(row[0]) << 32 | u64::from(row[1])
}
