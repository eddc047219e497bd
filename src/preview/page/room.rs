//! Which messages a page shows: all that were gathered if there is room, else those that say most.
//!
//! There is one budget for all channels. Messages are taken one by one, each alone and by how much
//! it says; a reply comes with the message that it replies to. Records of the source come last, but
//! for those of messages of which something was lost.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use anyhow::Result;
use askama::Template;

use super::super::model::{Channel, Preview, Why};
use super::message::{Context, Message};

/// The places of a message: of its channel, and in that.
pub type Place = (usize, usize);

/// How many of the newest messages of each channel come before others.
const NEWEST: usize = 3;

/// What a message takes besides its markup, at most, in bytes: the line of its day, and the start
/// of its thread.
const ROW_BYTES: usize = 160;

/// What a message takes at least, in bytes.
const LEAST_BYTES: usize = 500;

/// What stands around a record, in bytes.
const SOURCE_BYTES: usize = 120;

/// The messages that are shown, and the room that is left.
pub struct Room<'c, 'p> {
    /// What the messages of each channel are shown with.
    pub contexts: &'c [Context<'c, 'p>],
    /// What each channel takes without its messages, in bytes.
    pub frames: &'c [usize],
    /// What is left, in bytes.
    pub left: usize,
    /// The messages that are shown, without their threads.
    pub shown: HashMap<Place, Message>,
    /// The channels that are shown.
    pub channels: HashSet<usize>,
}

impl Room<'_, '_> {
    /// Takes what there is room for.
    ///
    /// # Errors
    /// If a template cannot be written.
    pub fn fill(&mut self, preview: &Preview) -> Result<()> {
        let mut order = order(preview);
        order.retain(|(channel, _)| *channel < self.frames.len());
        for place in &order {
            if self.left < LEAST_BYTES {
                break;
            }
            self.add(*place)?;
        }
        for place in &order {
            self.add_source(*place);
        }
        for (n, frame) in self.frames.iter().enumerate() {
            if !self.channels.contains(&n) && *frame <= self.left {
                self.left -= frame;
                self.channels.insert(n);
            }
        }
        Ok(())
    }

    /// Takes a message with the one that it replies to, if there is room for both.
    fn add(&mut self, (channel, n): Place) -> Result<()> {
        let context = self.contexts[channel];
        if self.shown.contains_key(&(channel, n)) {
            return Ok(());
        }
        let root = context.all[n].parent(context.all);
        let root = root.filter(|root| !self.shown.contains_key(&(channel, *root)));
        let mut bytes = match self.channels.contains(&channel) {
            true => 0,
            false => self.frames[channel],
        };
        let mut added = Vec::new();
        for n in root.into_iter().chain([n]) {
            let mut message = context.message(n);
            if context.all[n].message.why == Why::Loss {
                message.source = context.source(n);
            }
            bytes += message.render()?.len() + ROW_BYTES;
            if let Some(echo) = context.echo(n) {
                bytes += echo.render()?.len() + ROW_BYTES;
            }
            added.push(((channel, n), message));
        }
        if let Some(left) = self.left.checked_sub(bytes) {
            self.left = left;
            self.channels.insert(channel);
            self.shown.extend(added);
        }
        Ok(())
    }

    fn add_source(&mut self, place: Place) {
        let (channel, n) = place;
        let Some(message) = self.shown.get_mut(&place) else {
            return;
        };
        if message.source.is_some() || self.left < LEAST_BYTES {
            return;
        }
        let source = self.contexts[channel].source(n);
        let Some(source) = source else { return };
        if let Some(left) = self.left.checked_sub(source.bytes() + SOURCE_BYTES) {
            self.left = left;
            message.source = Some(source);
        }
    }
}

/// All messages, those that say most first: examples of losses, then as they were picked, then the
/// newest few of each channel, and of the others by why they are shown and how new they are.
fn order(preview: &Preview) -> Vec<Place> {
    let examples = preview.notes.iter().flat_map(|note| &note.examples);
    let examples: HashSet<Place> = examples.filter_map(|it| it.message).collect();
    let places = |(c, channel): (usize, &Channel)| (0..channel.messages.len()).map(move |n| (c, n));
    let channels = preview.channels.iter().enumerate();
    let mut order: Vec<Place> = channels.flat_map(places).collect();
    order.sort_by_cached_key(|&(channel, n)| {
        let messages = &preview.channels[channel].messages;
        let (message, age) = (&messages[n], messages.len() - 1 - n);
        (
            !examples.contains(&(channel, n)),
            message.rank,
            age >= NEWEST,
            Reverse(message.why),
            age,
            channel,
        )
    });
    order
}
