//! The preview of a conversion: what was gathered, and what its source says of it.

use std::path::{Path, PathBuf};

use hashbrown::HashMap;
use migrate_model::{Kind, LossKind, Source};

use super::gather::Gathered;
use super::model::{Channel, Example, Note, Part, Preview};
use crate::books::{self, Class, Place};
use crate::parts::Packed;
use crate::report::location;
use crate::summary::explain;

/// How many bytes of source records are shown for each message, on the average.
const SOURCE_BYTES_EACH: usize = 1_000;
/// How many bytes of one source record are shown.
const SOURCE_BYTES: usize = 64 << 10;

/// By unit and record: the place of the channel and of the message in it.
type Shown = HashMap<(u32, u32), (usize, usize)>;

/// A conversion that is done.
pub struct Conversion<'c> {
    /// What was read, by the name that people know.
    pub title: String,
    /// The source.
    pub source: &'c dyn Source,
    /// The kinds of loss that the adapter explains.
    pub losses: &'c [LossKind],
    /// What was packed.
    pub packed: &'c Packed,
    /// The names of the parts.
    pub paths: &'c [PathBuf],
    /// The most that a part may have, in bytes.
    pub part_limit: u64,
    /// Whether the parts were only tried.
    pub is_dry_run: bool,
}

impl Conversion<'_> {
    /// What its preview shows. Source records that cannot be read are left away.
    pub fn preview(&self, gathered: Gathered) -> Preview {
        let packed = self.packed;
        let mut channels = gathered.channels;
        let mut shown = Shown::new();
        for (at, (channel, records)) in channels.iter_mut().zip(&gathered.records).enumerate() {
            for (n, (message, record)) in channel.messages.iter_mut().zip(records).enumerate() {
                let Some((unit, record)) = *record else {
                    continue;
                };
                shown.entry((unit, record)).or_insert((at, n));
                message.place = self.place(&Place::Unit { unit, record });
            }
        }
        self.find_source_records(&shown, &mut channels);
        Preview {
            title: self.title.clone(),
            is_dry_run: self.is_dry_run,
            books: Kind::ALL.map(|kind| *packed.ledger.book(kind)),
            has_source: true,
            span: packed.span,
            days: gathered.days,
            parts: self.parts(),
            part_limit: self.part_limit,
            notes: self.notes(&shown),
            remarks: self.source.remarks().to_vec(),
            channels,
            channel_count: gathered.channel_count,
            people: gathered.people,
            reactions: gathered.reactions,
            reaction_kinds: gathered.reaction_kinds,
            users: gathered.users,
        }
    }

    fn parts(&self) -> Vec<Part> {
        let parts = self.packed.parts.iter().zip(self.paths);
        parts
            .map(|(part, path)| Part {
                name: file_name(path),
                bytes: part.bytes,
                counts: part.counts,
            })
            .collect()
    }

    /// All notes; `shown` is where the message of a record is shown.
    fn notes(&self, shown: &Shown) -> Vec<Note> {
        let ledger = &self.packed.ledger;
        let example = |it: &books::Example| Example {
            place: self.place(&it.place),
            detail: it.detail.clone(),
            message: match it.place {
                Place::Unit { unit, record } => shown.get(&(unit, record)).copied(),
                Place::File { .. } => None,
            },
        };
        let notes = Class::ALL.into_iter().flat_map(|class| {
            let notes = ledger.notes(class);
            notes.map(move |(kind, note)| (class, kind, note))
        });
        notes
            .map(|(class, kind, note)| Note {
                class,
                kind: kind.to_owned(),
                text: explain(self.source, self.losses, kind),
                count: note.count,
                examples: note.examples.iter().map(example).collect(),
            })
            .collect()
    }

    fn place(&self, place: &Place) -> String {
        location(self.source, place).shown(self.source.counted())
    }

    /// Puts records of the source beside what became of them, as long as there is room. Of several
    /// messages of one record the first has it.
    fn find_source_records(&self, shown: &Shown, channels: &mut [Channel]) {
        let mut wanted: Vec<_> = shown.keys().copied().collect();
        wanted.sort_unstable();
        let mut room = SOURCE_BYTES.max(wanted.len() * SOURCE_BYTES_EACH);
        self.source
            .find_source_records(&wanted, &mut |record, bytes| {
                let len = bytes.len().min(SOURCE_BYTES);
                let message = shown.get(&record).and_then(|(channel, message)| {
                    channels.get_mut(*channel)?.messages.get_mut(*message)
                });
                if let (Some(message), Some(rest)) = (message, room.checked_sub(len)) {
                    room = rest;
                    message.source = Some(bytes[..len].to_vec());
                }
            });
    }
}

/// The name of a file without its folders.
pub fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
