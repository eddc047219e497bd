//! Messages with the id of another, where ids are made from something that messages may share, such
//! as a time.
//!
//! Units are read without each other, so only here is it seen. The later message gets a number
//! behind its id, with all that continues it and the reactions that stand behind it.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};

use anyhow::Result;
use hashbrown::HashMap;
use migrate_model::Kind;

use super::waiting::Arrival;
use super::{Packer, hash_bytes};
use crate::directory::hash_id;
use crate::getstream::{entry, ids};

/// The messages of the channel at hand that share an id.
#[derive(Default)]
pub struct Apart {
    /// By record: the id that its message has now.
    own: HashMap<(u32, u32), Box<str>>,
    /// By the hash of an id that is shared.
    shared: HashMap<u64, Shared>,
}

/// The messages with one id, without the first.
#[derive(Default)]
struct Shared {
    /// By the hash of the entry as it came: the id that it has now.
    by_entry: HashMap<u64, Box<str>>,
    /// How many numbers were tried, of which the first is 2.
    tried: u32,
}

impl Apart {
    /// Whether a record's message has another id than it came with.
    pub fn has(&self, record: (u32, u32)) -> bool {
        self.own.contains_key(&record)
    }
}

impl Packer<'_> {
    /// Takes a message under an id that no other has, if its own is taken and such may be told
    /// apart. `None`, and in the books, if it is repeated.
    pub(super) fn new_message<'e>(
        &mut self,
        it: &mut Arrival,
        entry: &'e [u8],
    ) -> Result<Option<Cow<'e, [u8]>>> {
        let mut entry = self.renamed(it, entry)?;
        if !self.is_repeated(it) {
            return Ok(Some(entry));
        }
        if self.may_be_apart(it) && !self.is_written_as(it, &entry)? {
            self.tell_apart(it, &entry)?;
            entry = Cow::Owned(self.renamed(it, &entry)?.into_owned());
            if !self.is_repeated(it) {
                return Ok(Some(entry));
            }
        }
        self.repeated_message(it, &entry)?;
        Ok(None)
    }

    fn may_be_apart(&self, it: &Arrival) -> bool {
        self.settings.makes_ids
            && it.continues.is_none()
            && !self.apart.has((it.unit, it.record))
            && self.excluded_as_repeated(it).is_none()
    }

    /// Finds a free id for a message, or the one under which the same message is written.
    fn tell_apart(&mut self, it: &Arrival, entry: &[u8]) -> Result<()> {
        let spelling = self.settings.checks.spelling;
        let id = entry::message_id(spelling, entry)?;
        let hash = hash_bytes(entry);
        let mut shared = self.apart.shared.remove(&it.id).unwrap_or_default();
        let mut own = shared.by_entry.get(&hash).cloned();
        while own.is_none() {
            shared.tried += 1;
            let numbered = format!("{id}-{}", shared.tried + 1);
            let free = ids::message(&numbered).into_owned();
            let is_found = match self.log.find(hash_id(&free)) {
                None => true,
                Some(other) => {
                    let same = entry::with_id(spelling, Kind::Message, entry, &free)?;
                    self.is_same(other, &same)?
                }
            };
            own = is_found.then(|| free.into_boxed_str());
        }
        if let Some(own) = own {
            shared.by_entry.insert(hash, own.clone());
            self.apart.own.insert((it.unit, it.record), own);
        }
        self.apart.shared.insert(it.id, shared);
        Ok(())
    }

    /// A message under the id that its record has now.
    fn renamed<'e>(&self, it: &mut Arrival, entry: &'e [u8]) -> Result<Cow<'e, [u8]>> {
        let Some(whole) = self.apart.own.get(&(it.unit, it.record)) else {
            return Ok(Cow::Borrowed(entry));
        };
        let id = match &mut it.continues {
            None => Cow::Borrowed(&**whole),
            Some((of, n)) => {
                *of = hash_id(whole);
                Cow::Owned(ids::continued(whole, *n as usize + 1))
            }
        };
        let spelling = self.settings.checks.spelling;
        if self.id_map.is_some() && it.source_id.is_none() {
            it.source_id = Some(entry::message_id(spelling, entry)?.into());
        }
        it.id = hash_id(&id);
        entry::with_id(spelling, Kind::Message, entry, &id).map(Cow::Owned)
    }

    /// A reaction to a message under the id that the record has now.
    pub(super) fn renamed_reaction<'e>(
        &self,
        it: &mut Arrival,
        entry: &'e [u8],
    ) -> Result<Cow<'e, [u8]>> {
        let message = self.apart.own.get(&(it.unit, it.record));
        let Some(message) = message.filter(|id| it.parent != Some(hash_id(id))) else {
            return Ok(Cow::Borrowed(entry));
        };
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(it.id);
        hasher.write(message.as_bytes());
        it.id = hasher.finish();
        it.parent = Some(hash_id(message));
        let spelling = self.settings.checks.spelling;
        entry::with_id(spelling, Kind::Reaction, entry, message).map(Cow::Owned)
    }
}
