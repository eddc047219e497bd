//! Writes invented chat exports and import files of any size: the same bytes for the same options on every machine.
//!
//! This file is the way in: what can be asked for, and the order in which an export is written.
//! How large each conversation is stands in `layout`, who there is in `people`, who talks where in
//! `conversations`, who answers whom on a day in `day`, one message in `message` and what it says
//! in `text`. `import` writes import files and `table` messages as CSV; they use none of these. Nothing here reads a clock, the machine or a hash map's order, and no result depends
//! on floating point. One day file is held in memory at a time, never all messages.

mod archive;
mod blocks;
mod conversations;
mod day;
mod extras;
mod import;
mod json;
mod layout;
mod message;
mod people;
mod random;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod words;

use std::io::Write;

use anyhow::{Result, ensure};

pub(crate) use archive::Archive;
use conversations::{Conversation, Kind, conversations};
use day::{Planner, Zone};
pub(crate) use import::{Import, import};
use json::Json;
use layout::Layout;
use message::Messages;
use people::People;
use random::{Random, mix};
pub(crate) use table::{Table, database, table};
use words::Words;

/// Changes with what is written for the same options, so that files kept from before are told apart.
pub(crate) const VERSION: u32 = 1;

/// How many bytes of JSON a message of an export has in the mean, with all around it, where there
/// are many.
const MEAN_MESSAGE_BYTES: u64 = 1_685;

/// What an invented Slack export shall be like.
#[derive(Clone, Debug)]
pub(crate) struct Slack {
    /// How many messages, exactly, in all conversations together.
    pub(crate) messages: u64,
    /// How many people write, those missing from `users.json` included; at least 2.
    pub(crate) users: u32,
    /// How many conversations of all kinds, the one without messages included; at least 1.
    pub(crate) channels: u32,
    /// How many day files, exactly. It does not follow from the number of messages, so that two
    /// exports can have the same files with a different number of messages in each.
    pub(crate) day_files: u64,
    /// How many messages the largest conversation has, while the others have the same number each;
    /// `None` for Zipf's law, which real workspaces come near.
    pub(crate) largest: Option<u64>,
    /// How many of a hundred people are missing from `users.json`.
    pub(crate) strangers_percent: u32,
    /// Other seeds give other exports of the same size.
    pub(crate) seed: u64,
}

/// What has been written so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    /// Files in the zip, without the entries for folders.
    pub(crate) files: u64,
    /// How many of them are day files.
    pub(crate) day_files: u64,
    /// Messages.
    pub(crate) messages: u64,
    /// JSON in bytes, before compression.
    pub(crate) json_bytes: u64,
}

/// All that a message may refer to.
struct World {
    team: String,
    words: Words,
    people: People,
    conversations: Vec<Conversation>,
}

impl Slack {
    /// An export with `messages` messages and everything else in proportion: a day file of about
    /// 7 KB on average, five hundred messages a person, a thousand a conversation.
    pub(crate) fn new(messages: u64) -> Self {
        let clamped = |n: u64, least: u64, most: u64| n.clamp(least, most) as u32;
        let it = Self {
            messages,
            users: clamped(messages / 500, 12, 50_000),
            channels: 0,
            day_files: 0,
            largest: None,
            strangers_percent: 0,
            seed: 1,
        };
        it.with_channels(clamped(messages / 1_000, 12, 20_000))
    }

    /// An export that has about so many bytes when it is unpacked.
    pub(crate) fn of_bytes(bytes: u64) -> Self {
        Self::new(bytes / MEAN_MESSAGE_BYTES)
    }

    /// The same with another number of conversations, and of day files as that asks for.
    pub(crate) fn with_channels(self, channels: u32) -> Self {
        let day_files = Layout::possible_day_files(self.messages / 4, self.messages, channels);
        Self {
            channels,
            day_files,
            ..self
        }
    }

    /// How many entries the zip has: lists, folders and day files.
    pub(crate) fn entries(&self) -> u64 {
        LISTS + u64::from(self.channels) + self.day_files
    }

    /// How many messages the largest conversation has.
    pub(crate) fn largest_channel(&self) -> Result<u64> {
        let layout = Layout::new(self)?;
        Ok(layout
            .channels
            .iter()
            .map(|it| it.messages)
            .max()
            .unwrap_or(0))
    }
}

/// How many files stand at the root of an export.
const LISTS: u64 = 6;

/// Writes the export as a zip to `out`, and tells `progress` after each file what there is.
///
/// # Errors
/// When the options contradict each other, and when `out` cannot be written.
pub(crate) fn slack<W: Write>(
    options: &Slack,
    out: W,
    progress: &mut dyn FnMut(&Written),
) -> Result<Written> {
    ensure!(options.users >= 2, "`--users` must be at least 2");
    ensure!(options.channels >= 1, "`--channels` must be at least 1");
    ensure!(
        options.strangers_percent <= 100,
        "`--strangers` is a percentage, at most 100"
    );
    let layout = Layout::new(options)?;
    let words = Words::new();
    let people = People::new(options, &words);
    let world = World {
        team: format!("T0{}", random::code(mix(options.seed, 0x7ea3), 7)),
        conversations: conversations(options, &layout, &people, &words),
        people,
        words,
    };
    let mut output = Output {
        zip: Archive::new(out),
        json: Json::default(),
        written: Written::default(),
        progress,
    };
    output.write_lists(&world)?;
    for conversation in &world.conversations {
        output.write_folder(&world, conversation, options)?;
    }
    output.zip.finish()?;
    Ok(output.written)
}

/// The zip, the file that is being made for it, and the count of both.
struct Output<'o, W> {
    zip: Archive<W>,
    json: Json,
    written: Written,
    progress: &'o mut dyn FnMut(&Written),
}

impl<W: Write> Output<'_, W> {
    /// The files at the root of an export.
    fn write_lists(&mut self, world: &World) -> Result<()> {
        world.people.write_list(&mut self.json, &world.team);
        self.put("users.json")?;
        for kind in Kind::ALL {
            conversations::write_list(&mut self.json, world, kind);
            self.put(kind.list_file())?;
        }
        self.json.begin_array();
        self.json.end_array();
        self.put("integration_logs.json")
    }

    /// One conversation's folder.
    fn write_folder(&mut self, world: &World, place: &Conversation, options: &Slack) -> Result<()> {
        self.zip.folder(&place.folder)?;
        let mut random = Random::new(mix(options.seed, place.salt));
        let mut planner = Planner::default();
        let mut messages = Messages::default();
        let mut plan = Vec::new();
        for (day, count) in place.size.days(place.salt) {
            let zone = Zone {
                day,
                people: world.people.len(),
                conversation: place,
            };
            planner.plan(&mut random, &zone, count, &mut plan);
            self.json.begin_array();
            for index in 0..plan.len() {
                messages.write(&mut self.json, world, place, &plan, index);
            }
            self.json.end_array();
            self.written.day_files += 1;
            self.written.messages += plan.len() as u64;
            let (year, month, date) = layout::civil(day);
            self.put(&format!(
                "{}/{year}-{month:02}-{date:02}.json",
                place.folder
            ))?;
        }
        Ok(())
    }

    /// Adds what has been made as a file of this name.
    fn put(&mut self, name: &str) -> Result<()> {
        self.zip.file(name, self.json.bytes())?;
        self.written.files += 1;
        self.written.json_bytes += self.json.bytes().len() as u64;
        self.json.clear();
        (self.progress)(&self.written);
        Ok(())
    }
}
