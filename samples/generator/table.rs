//! Writes `messages.csv` of any size: the same bytes for the same options on every machine. A row is
//! made of its number alone, so nothing is kept of those before it, and rows in any order cost no
//! more than rows in theirs.

use std::io::Write;

use anyhow::{Result, ensure};

use super::random::{Random, mix};
use super::words::{FOREIGN, Words};

/// What an invented table of messages shall be like. A row has 163 bytes in the mean.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// How many messages, exactly; at least 1.
    pub(crate) messages: u64,
    /// In how many channels.
    pub(crate) channels: u64,
    /// Whether rows stand in no order; otherwise by channel and time.
    pub(crate) is_shuffled: bool,
    /// Other seeds give other files of the same size.
    pub(crate) seed: u64,
}

/// When the first message of every channel was written: 2024-01-01, in seconds.
const START: u64 = 1_704_067_200;

impl Table {
    /// A table of `messages` rows, by channel.
    pub(crate) fn new(messages: u64) -> Table {
        Table {
            messages,
            channels: 1_000,
            is_shuffled: false,
            seed: 1,
        }
    }

    /// The number of the row that is written at a place.
    fn row(&self, place: u64) -> u64 {
        match self.is_shuffled {
            false => place,
            // The step has no factor in common with the count, so every row comes once.
            true => {
                (u128::from(place) * u128::from(self.step()) % u128::from(self.messages)) as u64
            }
        }
    }

    fn step(&self) -> u64 {
        let mut step = self.messages * 618 / 1_000 + mix(self.seed, 3) % 1_000 + 1;
        while common_factor(step, self.messages) > 1 {
            step += 1;
        }
        step
    }
}

fn common_factor(a: u64, b: u64) -> u64 {
    match b {
        0 => a,
        _ => common_factor(b, a % b),
    }
}

/// Writes the table to `out`; gives how many bytes it has.
///
/// # Errors
/// When there is no message or no channel, and when `out` cannot be written.
pub(crate) fn table<W: Write>(options: &Table, mut out: W) -> Result<u64> {
    ensure!(options.messages > 0, "a table needs at least one message");
    ensure!(options.channels > 0, "messages need at least one channel");
    let words = Words::new();
    let header = b"id,channel_id,user_id,user_name,text,created_at,parent_id\n";
    out.write_all(header)?;
    let mut bytes = header.len() as u64;
    let mut line = Vec::with_capacity(1024);
    for place in 0..options.messages {
        line.clear();
        write_row(options, &words, options.row(place), &mut line)?;
        bytes += line.len() as u64;
        out.write_all(&line)?;
    }
    out.flush()?;
    Ok(bytes)
}

fn write_row(options: &Table, words: &Words, number: u64, line: &mut Vec<u8>) -> Result<()> {
    let per_channel = options.messages.div_ceil(options.channels);
    let (channel, nth) = (number / per_channel, number % per_channel);
    let mut random = Random::new(mix(options.seed, number));
    // Some forty of five hundred people write in a channel.
    let user = (channel * 7 + random.below(40)) % 500;
    let name = words.name(user);
    write!(line, "m{number:08},room-{channel:04},u{user:03},{name},")?;
    // One text in eight has something that needs quotes.
    let is_quoted = random.chance(1_250);
    line.extend(is_quoted.then_some(b'"'));
    for nth in 0..4 + random.below(22) {
        line.extend((nth > 0).then_some(b' '));
        match random.chance(200) {
            true => line.extend(random.pick(&FOREIGN).bytes()),
            false => line.extend(words.pick(&mut random).bytes()),
        }
        if is_quoted && random.chance(2_000) {
            line.extend(random.pick(&[&b","[..], b"\n", b"\"\""]));
        }
    }
    line.extend(is_quoted.then_some(b'"'));
    let seconds = START + nth * 61 + random.below(60);
    let time = chrono::DateTime::from_timestamp(seconds as i64, 0).unwrap_or_default();
    write!(
        line,
        ",{}.{:03}Z,",
        time.format("%Y-%m-%dT%H:%M:%S"),
        random.below(1_000)
    )?;
    if nth > 0 && random.chance(1_000) {
        let parent = number - 1 - random.below(nth.min(5));
        write!(line, "m{parent:08}")?;
    }
    line.push(b'\n');
    Ok(())
}
