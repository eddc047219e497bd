//! The rows of a database as a source: pieces of about a megabyte each.
//!
//! What rows come to is left to the core: they stand in any order.

use std::sync::LazyLock;

use anyhow::Result;
use migrate_mapping::{Declared, Lookups, Place, Settled, as_object};
use migrate_model::{
    ChannelRef, Give, Kind, Location, Loss, LossKind, MessageIds, Outcome, Reader, Sink, Source,
    Stop, Text, Unit,
};

use crate::attachments::Attachments;
use crate::database::Database;
use crate::losses;
use crate::part::{Access, At, Part};
use crate::reader::RowReader;

/// An opened database, with all that has to be known before the first row is read.
pub(crate) struct Tables {
    pub(crate) database: Database,
    pub(crate) parts: Vec<Part>,
    /// The number of the first unit of each part.
    first_units: Vec<usize>,
    units: Vec<Unit>,
    /// What was found out of each section.
    pub(crate) settled: Vec<Settled>,
    pub(crate) lookups: Lookups,
    pub(crate) attachments: Attachments,
    pub(crate) notes: Vec<Note>,
    /// See [`Source::remarks`].
    pub(crate) remarks: Vec<String>,
    /// Over what ids of messages are unique.
    pub(crate) message_ids: MessageIds,
    /// What wrote the database, if that is known.
    pub(crate) origin: Option<String>,
    /// The losses that the mapping declares.
    pub(crate) losses: Vec<Declared>,
}

/// Something that is lost of no particular row.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// What it stands in.
    pub(crate) file: String,
    pub(crate) kind: &'static LossKind,
    pub(crate) outcome: Outcome,
    pub(crate) of: Kind,
    pub(crate) count: u64,
    /// Made safe.
    pub(crate) detail: String,
}

impl Note {
    /// Tells it.
    pub(crate) fn tell(&self, sink: &mut dyn Sink) -> Result<(), Stop> {
        sink.file(&self.file);
        let loss = Loss {
            outcome: self.outcome,
            of: self.of,
            count: u32::try_from(self.count).unwrap_or(u32::MAX),
            ..loss_of(self.kind, &self.detail)
        };
        sink.lose(0, loss)
    }
}

/// A unit of a part.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'t> {
    pub(crate) part: &'t Part,
    /// The number of the piece in it.
    pub(crate) nth: usize,
}

impl Tables {
    /// Parts of a database, each cut into pieces.
    pub(crate) fn new(database: Database, parts: Vec<Part>) -> Tables {
        let mut tables = Tables {
            database,
            parts,
            first_units: Vec::new(),
            units: Vec::new(),
            settled: Vec::new(),
            lookups: Lookups::default(),
            attachments: Attachments::default(),
            notes: Vec::new(),
            remarks: Vec::new(),
            message_ids: MessageIds::Auto,
            origin: None,
            losses: Vec::new(),
        };
        for part in &tables.parts {
            tables.first_units.push(tables.units.len());
            for nth in 0..part.pieces() {
                tables.units.push(Unit {
                    key: tables.units.len() as u64,
                    bytes: part.piece_bytes(nth),
                    channel: None,
                });
            }
        }
        tables
    }

    /// What a unit is.
    pub(crate) fn piece(&self, unit: &Unit) -> Option<Piece<'_>> {
        let key = usize::try_from(unit.key).ok()?;
        let after = self.first_units.partition_point(|first| *first <= key);
        let number = after.checked_sub(1)?;
        let nth = key - self.first_units.get(number)?;
        let part = self.parts.get(number)?;
        Some(Piece { part, nth })
    }

    /// The place of a row of a part.
    pub(crate) fn place<'t>(&'t self, part: &Part, at: &At<'_>) -> Place<'t> {
        static NOTHING: LazyLock<Settled> = LazyLock::new(Settled::default);
        let settled = self.settled.get(part.section).unwrap_or(&NOTHING);
        Place {
            record: at.record,
            position: position(part.section, at),
            settled,
            lookups: &self.lookups,
            attachments: Vec::new(),
        }
    }
}

/// Where a row stands among all rows of its section.
pub(crate) fn position(section: usize, at: &At<'_>) -> migrate_mapping::Position {
    migrate_mapping::Position {
        file: u32::try_from(section).unwrap_or(u32::MAX),
        row: at.position,
    }
}

impl Source for Tables {
    fn directory(&self, sink: &mut dyn Sink) -> Result<()> {
        for note in &self.notes {
            note.tell(sink)?;
        }
        for stray in self.attachments.strays() {
            let part = self.parts.get(stray.part);
            sink.file(part.map_or("", |part| &part.name));
            let number = stray.row.checked_add(1).unwrap_or(0);
            let kind = match stray.is_torn {
                true => &losses::UNCLEAR_ATTACHMENT,
                false => &losses::STRAY_ATTACHMENT,
            };
            let message_id = stray.message_id(&self.parts)?;
            sink.lose(number, loss_of(kind, &message_id))?;
        }
        for (number, settled) in self.settled.iter().enumerate() {
            let part = self.parts.iter().find(|part| part.section == number);
            sink.file(part.map_or("", |part| &part.name));
            for loss in settled.losses() {
                sink.lose(0, loss)?;
            }
        }
        Ok(())
    }

    fn units(&self) -> &[Unit] {
        &self.units
    }

    fn unit_name(&self, unit: &Unit) -> String {
        let piece = self.piece(unit);
        piece.map_or_else(String::new, |it| it.part.name.clone())
    }

    fn location(&self, unit: &Unit, record: u32) -> Location {
        let (file, record) = match self.piece(unit) {
            Some(Piece { part, nth, .. }) => part.place(nth, record, &self.database),
            None => (String::new(), 0),
        };
        Location { file, record }
    }

    fn source_records(&self, unit: &Unit, records: &[u32], give: Give<'_>) -> Result<()> {
        let (Some(Piece { part, nth, .. }), Some(last)) = (self.piece(unit), records.last()) else {
            return Ok(());
        };
        part.each(nth, &mut Access::new(&self.database), |cells, at| {
            if records.binary_search(&at.record).is_ok() {
                give(at.record, &as_object(part.plan.columns(), cells));
            }
            Ok(at.record < *last)
        })
    }

    fn counted(&self) -> &'static str {
        match self.parts.iter().all(Part::has_rowids) {
            true => "rowid",
            false => "row",
        }
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(RowReader::new(self)))
    }

    fn message_ids(&self) -> MessageIds {
        self.message_ids
    }

    fn remarks(&self) -> &[String] {
        &self.remarks
    }

    fn finish(&self) -> Result<()> {
        self.database.check_unchanged()
    }

    fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    fn explain(&self, kind: &str) -> Option<&str> {
        Declared::explain(&self.losses, kind)
    }
}

/// A loss of something of no particular row.
fn loss_of<'l>(kind: &LossKind, detail: &'l str) -> Loss<'l> {
    Loss {
        kind: kind.kind,
        outcome: Outcome::Field,
        of: Kind::Message,
        channel: ChannelRef::Unit,
        count: 1,
        detail: Text::Borrowed(detail),
    }
}
