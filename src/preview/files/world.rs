//! Chooses from what files hold, and reads what is shown.

use std::ops::Range;

use anyhow::Result;
use migrate_model::Time;

use super::super::build::{World, build, user_name};
use super::super::choose::{NONE, Seen, reply_counts};
use super::super::gather::{Finished, Gathered, REACTION_BYTES, SHOWN_REACTIONS};
use super::super::pool::{Candidate, Pool};
use super::super::tally::ChannelCounts;
use super::Files;
use super::facts::{Facts, Stands};
use crate::validate::index::Key;

/// What files hold, and the files.
struct Held<'f> {
    facts: Facts,
    files: &'f Files<'f>,
}

impl Facts {
    /// Chooses at most so many messages, and reads them.
    ///
    /// # Errors
    /// If a file cannot be read again.
    pub(super) fn finish(mut self, files: &Files<'_>, most: usize) -> Result<Gathered> {
        let (days, reactions) = (self.tally.days(), self.tally.reactions());
        let reaction_kinds = self.tally.reaction_kinds();
        let mut pool = Pool::new(most);
        let channels = self.choose(&mut pool, files)?;
        let finished = Finished {
            days,
            reactions,
            reaction_kinds,
            authors: self.users.iter().map(|it| it.messages).collect(),
            channels,
            shown: pool.finish(),
        };
        let mut held = Held { facts: self, files };
        Ok(build(finished, &mut held))
    }

    /// Gives the pool what it takes of each channel; gives what is counted of all.
    fn choose(&mut self, pool: &mut Pool, files: &Files<'_>) -> Result<Vec<ChannelCounts>> {
        let given = self.given();
        // The messages in the order of their channels, and where each stands in that.
        let mut order: Vec<u32> = (0..self.messages.len() as u32).collect();
        order.sort_unstable_by_key(|at| (self.messages[*at as usize].channel, *at));
        let mut places = vec![0; order.len()];
        for (at, place) in order.iter().zip(0u32..) {
            places[*at as usize] = place;
        }
        let mut all = Vec::with_capacity(self.channels.len());
        let mut start = 0;
        for (channel, number) in self.channels.iter().zip(0..) {
            let of = |at: &u32| self.messages[*at as usize].channel <= number;
            let end = start + order[start..].partition_point(of);
            let seen = self.seen(&order[start..end], start as u32, &places, &given);
            let times = seen.iter().map(|it| it.micros).filter(|it| *it != i64::MIN);
            let time = |micros: Option<i64>| micros.and_then(Time::from_micros);
            let counts = ChannelCounts {
                channel: number,
                members: channel.members,
                messages: seen.len() as u32,
                reactions: seen.iter().map(|it| it.reactions).sum(),
                span: time(times.clone().min()).zip(time(times.max())),
            };
            all.push(counts);
            let replies = reply_counts(&seen);
            for (key, pick) in pool.picks(&counts, &seen, &replies) {
                if !pool.takes(&key) {
                    break;
                }
                let at = order[start + pick.at as usize];
                let it = seen[pick.at as usize];
                let given = &given[range_of(&given, at)];
                let reactions = given.iter().filter(|it| it.stands.len <= REACTION_BYTES);
                let reactions = reactions.take(SHOWN_REACTIONS);
                let reactions = reactions.map(|it| read(files, it.stands));
                let names = given.iter().map(|it| it.name);
                pool.add(
                    key,
                    Candidate {
                        at: pick.at,
                        parent: it.parent,
                        micros: it.micros,
                        entry: read(files, self.messages[at as usize].stands)?,
                        reactions: reactions.collect::<Result<_>>()?,
                        reaction_count: it.reactions.into(),
                        reaction_names: self.tally.named(names, SHOWN_REACTIONS),
                        reply_count: replies[pick.at as usize].into(),
                        why: pick.why,
                        record: None,
                        losses: Vec::new(),
                        loss_count: 0,
                    },
                );
            }
            start = end;
        }
        Ok(all)
    }

    /// The reactions by the number of their message; those to none are away.
    fn given(&mut self) -> Vec<Given> {
        let reactions = std::mem::take(&mut self.reactions).into_iter();
        let numbers = &self.message_numbers;
        let known = reactions.filter_map(|(message, stands, name)| {
            Some(Given {
                message: *numbers.get(&message)?,
                name,
                stands,
            })
        });
        let mut given: Vec<_> = known.collect();
        given.sort_unstable_by_key(|it| (it.message, it.stands.file, it.stands.at));
        given
    }

    /// The messages of a channel, as choosing goes by them; they stand from `start` on in the order
    /// of channels, in which `places` says where each stands.
    fn seen(&self, messages: &[u32], start: u32, places: &[u32], given: &[Given]) -> Vec<Seen> {
        let own = start..start + messages.len() as u32;
        let parent = |key: u64| -> Option<u32> {
            let number = self.message_numbers.get(&key).filter(|_| key != 0)?;
            let place = places[*number as usize];
            own.contains(&place).then(|| place - start)
        };
        let seen = messages.iter().map(|at| {
            let it = &self.messages[*at as usize];
            Seen {
                micros: it.micros.unwrap_or(i64::MIN),
                len: it.stands.len,
                parent: parent(it.parent).unwrap_or(NONE),
                reactions: range_of(given, *at).len() as u32,
                traits: it.traits,
            }
        });
        seen.collect()
    }
}

/// A reaction to a message.
struct Given {
    message: u32,
    /// The number of its name.
    name: u32,
    stands: Stands,
}

fn range_of(given: &[Given], message: u32) -> Range<usize> {
    let start = given.partition_point(|it| it.message < message);
    let count = given[start..].partition_point(|it| it.message == message);
    start..start + count
}

/// Reads an entry, on one line.
fn read(files: &Files<'_>, it: Stands) -> Result<Vec<u8>> {
    Ok(match String::from_utf8(files.read(it)?) {
        Ok(text) => crate::getstream::json::compact(&text)
            .into_owned()
            .into_bytes(),
        Err(error) => error.into_bytes(),
    })
}

impl World for Held<'_> {
    fn channel(&mut self, channel: u32) -> Vec<u8> {
        let entry = self.facts.channels[channel as usize].entry;
        entry
            .and_then(|it| read(self.files, it).ok())
            .unwrap_or_default()
    }

    fn cid(&self, channel: u32) -> String {
        self.facts.channels[channel as usize].cid.to_string()
    }

    fn user_id(&self, user: u32) -> String {
        self.facts.users[user as usize].id.to_string()
    }

    fn user_name(&mut self, id: &str) -> String {
        let user = self.facts.user_numbers.get(&Key::id(id).hash());
        let entry = user.and_then(|user| self.facts.users[*user as usize].entry);
        let entry = entry.and_then(|it| read(self.files, it).ok());
        entry.map_or_else(String::new, |entry| user_name(&entry))
    }
}
