//! An opened export: its lists, its conversations and their files.
//!
//! The lists are read twice, once to number the conversations and once to hand them on, so that
//! only ids stay in memory.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Result;
use migrate_archive::{Archive, NoteKind};
use migrate_model::{Kind, Origin, Outcome, Reader, Record, Sink, Source, Stop, Unit};
use unicode_normalization::UnicodeNormalization;

use crate::conversation::{self, DmIds, List};
use crate::foreign::{Conversation, User};
use crate::hosting::Hosting;
use crate::identify::{self, ROOTS};
use crate::losses::{self, left_out, merged};
use crate::mend::{self, Mended, Rows, Shape};
use crate::people::{self, Bots};
use crate::reaction_names::ReactionNames;
use crate::reader::DayReader;
use crate::trouble;

/// What the user asked for.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// How direct messages are known.
    pub(crate) dm_ids: DmIds,
    /// Whether a file that cannot be unpacked is left out instead of ending the run.
    pub(crate) skip_unreadable: bool,
    /// Where files may be fetched.
    pub(crate) hosting: Hosting,
    /// What reactions are called.
    pub(crate) reactions: ReactionNames,
}

/// An opened export.
pub(crate) struct Export {
    /// Its files.
    pub(crate) archive: Archive,
    /// What the user asked for.
    pub(crate) settings: Settings,
    /// The users as which bots write.
    pub(crate) bots: Bots,
    /// The ids of the conversations, by their number.
    pub(crate) channel_ids: Vec<String>,
    /// The folders of the last conversations, which no list names.
    unlisted: Vec<String>,
    units: Vec<Unit>,
}

/// The number of each conversation, by what its folder may be called.
#[derive(Default)]
struct Numbers {
    by_id: HashMap<String, u32>,
    by_name: HashMap<String, u32>,
}

const USER: Shape = Shape {
    fits: |json| serde_json::from_slice::<User<'_>>(json).is_ok(),
    needs: &[],
};

const CONVERSATION: Shape = Shape {
    fits: |json| serde_json::from_slice::<Conversation<'_>>(json).is_ok(),
    needs: &[],
};

impl Export {
    /// Opens an export and lists its conversations and their files.
    pub(crate) fn open(path: &Path, mut settings: Settings) -> Result<Export> {
        let archive = Archive::open(path, &ROOTS)?;
        identify::check(&archive, path)?;
        settings.hosting.learn(&archive);
        let mut export = Export {
            archive,
            settings,
            bots: Bots::default(),
            channel_ids: Vec::new(),
            unlisted: Vec::new(),
            units: Vec::new(),
        };
        let mut archive = export.archive.reader()?;
        let users = export.users_file();
        if let Ok(Some(json)) = export.list(users, &mut archive)? {
            let mut slot = None;
            for user in &mend::rows::<User<'_>>(&json, USER, &mut slot).items {
                export.bots.learn(user);
            }
        }
        let mut numbers = Numbers::default();
        for list in List::ALL {
            if let Ok(Some(json)) = export.list(list.file(), &mut archive)? {
                let mut slot = None;
                let rows = mend::rows::<Conversation<'_>>(&json, CONVERSATION, &mut slot);
                for it in &rows.items {
                    numbers.add(it, &mut export.channel_ids);
                }
            }
        }
        drop(archive);
        export.list_units(numbers);
        Ok(export)
    }

    fn users_file(&self) -> &'static str {
        const USERS: &str = "users.json";
        const ORG_USERS: &str = "org_users.json";
        match self.archive.find(USERS) {
            None if self.archive.find(ORG_USERS).is_some() => ORG_USERS,
            _ => USERS,
        }
    }

    /// The contents of a list, `None` if there is none. The inner error is one that the user asked
    /// to leave out.
    fn list(
        &self,
        file: &str,
        archive: &mut migrate_archive::Reader<'_>,
    ) -> Result<Result<Option<Vec<u8>>>> {
        let Some(entry) = self.archive.find(file) else {
            return Ok(Ok(None));
        };
        match archive.read(entry) {
            Ok(json) => Ok(Ok(Some(json.to_vec()))),
            Err(error) if self.settings.skip_unreadable => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }

    /// Lists the files of all conversations, and the folders that no list names.
    fn list_units(&mut self, mut numbers: Numbers) {
        let mut files: Vec<(u32, &str, usize)> = Vec::new();
        for entry in 0..self.archive.len() {
            let name = self.archive.name(entry);
            let Some((folder, file)) = identify::conversation_folder(name) else {
                continue;
            };
            let number = numbers.find(folder).unwrap_or_else(|| {
                let id = conversation::unlisted_id(folder);
                let number = number_of(self.channel_ids.len());
                numbers.by_id.insert(folder.to_owned(), number);
                self.channel_ids.push(id);
                self.unlisted.push(folder.to_owned());
                number
            });
            files.push((number, file, entry));
        }
        files.sort_unstable();
        let units = files.into_iter().map(|(number, _, entry)| Unit {
            key: entry as u64,
            bytes: self.archive.size(entry),
            channel: Some(number),
        });
        self.units = units.collect();
    }

    fn put_users(
        &self,
        archive: &mut migrate_archive::Reader<'_>,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let file = self.users_file();
        sink.file(file);
        let json = match self.list(file, archive)? {
            Ok(Some(json)) => json,
            Ok(None) => {
                let (kind, outcome) = (losses::USERS_MISSING, Outcome::Field);
                return Ok(sink.lose(0, losses::loss(kind, outcome, Kind::User, 1, ""))?);
            }
            Err(error) => return Ok(lose_file(Kind::User, &error, sink)?),
        };
        let mut slot = None;
        let rows = mend::rows::<User<'_>>(&json, USER, &mut slot);
        trouble::of_list(rows.mended, Kind::User, sink)?;
        let mut seen: HashSet<&str> = HashSet::with_capacity(rows.items.len());
        for (item, it) in rows.items.iter().enumerate() {
            let record = rows.record(item);
            if it.id.is_empty() {
                let name = it.name.to_string();
                sink.lose(record, left_out(losses::NO_ID, Kind::User, name))?;
            } else if !seen.insert(&it.id) {
                let loss = merged(losses::REPEATED_USER, Kind::User, &*it.id);
                sink.lose(record, loss)?;
            } else {
                sink.put(record, Origin::Read, Record::User(people::user(it)))?;
            }
        }
        Ok(())
    }

    /// Puts the channels of all lists and folders, then their members.
    fn put_conversations(
        &self,
        archive: &mut migrate_archive::Reader<'_>,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let mut files = Vec::new();
        for list in List::ALL {
            match self.list(list.file(), archive)? {
                Ok(Some(json)) => files.push((list, json)),
                Ok(None) => {}
                Err(error) => {
                    sink.file(list.file());
                    lose_file(Kind::Channel, &error, sink)?;
                }
            }
        }
        let mut slots: Vec<Option<Mended<'_>>> = files.iter().map(|_| None).collect();
        let lists: Vec<_> = files
            .iter()
            .zip(&mut slots)
            .map(|((list, json), slot)| {
                let rows = mend::rows::<Conversation<'_>>(json, CONVERSATION, slot);
                (*list, rows)
            })
            .collect();
        let put = self.put_listed(&lists, sink)?;
        self.put_unlisted(sink)?;
        let mut list_before = None;
        for (list, record, it) in put {
            if list_before.replace(list) != Some(list) {
                sink.file(list.file());
            }
            conversation::put_members(record, it, sink)?;
        }
        Ok(())
    }

    /// Puts the channels of all lists, and returns those that were put, with list and record.
    fn put_listed<'r>(
        &self,
        lists: &'r [(List, Rows<'r, Conversation<'r>>)],
        sink: &mut dyn Sink,
    ) -> Result<Vec<(List, u32, &'r Conversation<'r>)>, Stop> {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut put = Vec::new();
        for (list, rows) in lists {
            sink.file(list.file());
            trouble::of_list(rows.mended, Kind::Channel, sink)?;
            for (item, it) in rows.items.iter().enumerate() {
                let record = rows.record(item);
                if it.id.is_empty() {
                    let name = it.name.to_string();
                    sink.lose(record, left_out(losses::NO_ID, Kind::Channel, name))?;
                } else if !seen.insert(&it.id) {
                    let loss = merged(losses::REPEATED_CHANNEL, Kind::Channel, &*it.id);
                    sink.lose(record, loss)?;
                } else {
                    let channel = conversation::channel(*list, self.settings.dm_ids, it);
                    sink.put(record, Origin::Read, Record::Channel(channel))?;
                    put.push((*list, record, it));
                }
            }
        }
        Ok(put)
    }

    fn put_unlisted(&self, sink: &mut dyn Sink) -> Result<(), Stop> {
        let first = self.channel_ids.len().saturating_sub(self.unlisted.len());
        let ids = self.channel_ids.iter().skip(first);
        for (folder, id) in self.unlisted.iter().zip(ids) {
            sink.file(folder);
            let origin = Origin::Made(losses::UNLISTED_FOLDER.kind);
            let channel = conversation::unlisted(id, folder);
            sink.put(0, origin, Record::Channel(channel))?;
        }
        Ok(())
    }

    /// Reports files that the archive does not give.
    fn lose_notes(&self, sink: &mut dyn Sink) -> Result<(), Stop> {
        for note in self.archive.notes() {
            let kind = match note.kind {
                NoteKind::RepeatedName => losses::REPEATED_FILE,
                NoteKind::RefusedName | NoteKind::NotAFile => losses::REFUSED_FILE,
                _ => continue,
            };
            if note.name.ends_with(".json") {
                sink.file(&note.name);
                sink.lose(0, left_out(kind, Kind::Message, ""))?;
            }
        }
        Ok(())
    }
}

impl Source for Export {
    fn directory(&self, sink: &mut dyn Sink) -> Result<()> {
        let mut archive = self.archive.reader()?;
        self.lose_notes(sink)?;
        self.put_users(&mut archive, sink)?;
        self.put_conversations(&mut archive, sink)
    }

    fn units(&self) -> &[Unit] {
        &self.units
    }

    fn unit_name(&self, unit: &Unit) -> String {
        let entry = usize::try_from(unit.key).unwrap_or(usize::MAX);
        self.archive.name(entry).to_owned()
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(DayReader::new(self)?))
    }
}

impl Numbers {
    /// Gives a conversation of a list its number, unless it has none of its own. The same
    /// elements get one as in [`Export::put_listed`].
    fn add(&mut self, it: &Conversation<'_>, channel_ids: &mut Vec<String>) {
        if it.id.is_empty() || self.by_id.contains_key(&*it.id) {
            return;
        }
        let number = number_of(channel_ids.len());
        self.by_id.insert(it.id.to_string(), number);
        channel_ids.push(it.id.to_string());
        if !it.name.is_empty() {
            self.by_name.entry(composed(&it.name)).or_insert(number);
        }
    }

    fn find(&self, folder: &str) -> Option<u32> {
        let number = self.by_id.get(folder);
        let number = number.or_else(|| self.by_name.get(&composed(folder)));
        number.copied()
    }
}

/// A name in Unicode's composed form. A folder that was unpacked on a Mac may be decomposed.
fn composed(name: &str) -> String {
    name.nfc().collect()
}

fn number_of(channels: usize) -> u32 {
    u32::try_from(channels).unwrap_or(u32::MAX)
}

/// Reports a file that the user asked to leave out.
pub(crate) fn lose_file(of: Kind, error: &anyhow::Error, sink: &mut dyn Sink) -> Result<(), Stop> {
    let detail = error.root_cause().to_string();
    let loss = losses::loss(losses::UNREADABLE_FILE, Outcome::LeftOut, of, 1, detail);
    sink.lose(0, loss)
}
