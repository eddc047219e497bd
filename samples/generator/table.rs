//! Writes `messages.csv`, or a database of the same messages, of any size: the same bytes for the
//! same options on every machine. A row is made of its number alone, so nothing is kept of those
//! before it, and rows in any order cost no more than rows in theirs.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, ensure};
use rusqlite::Connection;

use super::random::{Random, mix};
use super::words::{FOREIGN, Words};

/// How many bytes a row of CSV has in the mean; one of a database has 177.
const MEAN_ROW_BYTES: u64 = 163;

/// What an invented table of messages shall be like.
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

    /// A table that has about so many bytes as CSV, by channel.
    pub(crate) fn of_bytes(bytes: u64) -> Table {
        Table::new((bytes / MEAN_ROW_BYTES).max(1))
    }

    /// How many messages the largest channel has.
    pub(crate) fn largest_channel(&self) -> u64 {
        self.messages.div_ceil(self.channels.max(1))
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
        write_row(&row(options, &words, options.row(place)), &mut line)?;
        bytes += line.len() as u64;
        out.write_all(&line)?;
    }
    out.flush()?;
    Ok(bytes)
}

/// Writes the same rows into a new database; gives how many bytes it has.
///
/// # Errors
/// As [`table`].
pub(crate) fn database(options: &Table, path: &Path) -> Result<u64> {
    ensure!(options.messages > 0, "a table needs at least one message");
    ensure!(options.channels > 0, "messages need at least one channel");
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;
         CREATE TABLE messages (id TEXT NOT NULL, channel_id TEXT, user_id TEXT, user_name TEXT, text TEXT, \
         created_at TEXT, parent_id TEXT)",
    )?;
    let words = Words::new();
    let mut insert = connection.prepare("INSERT INTO messages VALUES (?,?,?,?,?,?,?)")?;
    for place in 0..options.messages {
        let row = row(options, &words, options.row(place));
        let cells = (
            row.id(),
            row.channel_id(),
            row.user_id(),
            &row.user_name,
            &row.text,
            &row.created_at,
            row.parent.map(id_of),
        );
        insert.execute(cells)?;
    }
    drop(insert);
    connection.execute_batch("COMMIT")?;
    drop(connection);
    Ok(fs::metadata(path)?.len())
}

/// A row before it is written.
struct Row {
    number: u64,
    channel: u64,
    user: u64,
    user_name: String,
    text: String,
    /// Whether the text stands in quotes as CSV.
    is_quoted: bool,
    created_at: String,
    parent: Option<u64>,
}

impl Row {
    fn id(&self) -> String {
        id_of(self.number)
    }

    fn channel_id(&self) -> String {
        format!("room-{:04}", self.channel)
    }

    fn user_id(&self) -> String {
        format!("u{:03}", self.user)
    }
}

fn id_of(number: u64) -> String {
    format!("m{number:08}")
}

fn row(options: &Table, words: &Words, number: u64) -> Row {
    let per_channel = options.largest_channel();
    let (channel, nth) = (number / per_channel, number % per_channel);
    let mut random = Random::new(mix(options.seed, number));
    // Some forty of five hundred people write in a channel.
    let user = (channel * 7 + random.below(40)) % 500;
    // One text in eight has something that needs quotes.
    let is_quoted = random.chance(1_250);
    let mut text = String::new();
    for nth in 0..4 + random.below(22) {
        text.extend((nth > 0).then_some(' '));
        text.push_str(match random.chance(200) {
            true => random.pick(&FOREIGN),
            false => words.pick(&mut random),
        });
        if is_quoted && random.chance(2_000) {
            text.push_str(random.pick(&[",", "\n", "\""]));
        }
    }
    let seconds = START + nth * 61 + random.below(60);
    let time = chrono::DateTime::from_timestamp(seconds as i64, 0).unwrap_or_default();
    let time = time.format("%Y-%m-%dT%H:%M:%S");
    let created_at = format!("{time}.{:03}Z", random.below(1_000));
    let is_reply = nth > 0 && random.chance(1_000);
    Row {
        number,
        channel,
        user,
        user_name: words.name(user),
        text,
        is_quoted,
        created_at,
        parent: is_reply.then(|| number - 1 - random.below(nth.min(5))),
    }
}

fn write_row(row: &Row, line: &mut Vec<u8>) -> Result<()> {
    let (id, channel, user) = (row.id(), row.channel_id(), row.user_id());
    write!(line, "{id},{channel},{user},{},", row.user_name)?;
    match row.is_quoted {
        true => write!(line, "\"{}\"", row.text.replace('"', "\"\""))?,
        false => line.extend(row.text.bytes()),
    }
    write!(line, ",{},", row.created_at)?;
    if let Some(parent) = row.parent {
        line.extend(id_of(parent).bytes());
    }
    line.push(b'\n');
    Ok(())
}
