//! Files of rows as a source: units of about a megabyte each, with the rows that begin in it.
//!
//! What the rows come to is left to the core: they stand in any order.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::{Result, bail};
use migrate_archive::Archive;
use migrate_mapping::{BadRows, Declared, Lookups, Plan, Position, Settled, as_object};
use migrate_model::wording::safe;
use migrate_model::{
    ChannelRef, Give, Kind, Location, Loss, LossKind, MessageIds, Options, Outcome, Reader, Sink,
    Source, Text, Unit,
};

use crate::attachments::Attachments;
use crate::bytes::Access;
use crate::losses;
use crate::quotes::Quotes;
use crate::reader::RowReader;
use crate::rows::{At, Rows, Start};
use crate::split::Row;
use crate::table::Table;

/// So much of the names of columns is told together, in bytes.
const LONGEST_NAMES: usize = 400;

/// A file that is read, and what its rows become.
pub(crate) struct File {
    pub(crate) table: Table,
    /// What its rows become; usually one.
    pub(crate) bound: Vec<Bound>,
    /// What becomes of rows that cannot be read.
    pub(crate) bad_rows: BadRows,
    /// A row with fewer cells is told.
    pub(crate) needed_cells: usize,
}

/// A section that is bound to the columns of a file.
#[derive(Clone)]
pub(crate) struct Bound {
    /// The number of the section in the mapping.
    pub(crate) section: usize,
    pub(crate) plan: Arc<Plan>,
}

impl File {
    /// How many chunks the file has.
    pub(crate) fn chunks(&self) -> u64 {
        self.table.shape.chunks.count(&self.table.shape.bytes)
    }

    /// How many bytes a chunk has, about.
    fn chunk_bytes(&self, chunk: u64) -> u64 {
        let size = self.table.shape.chunks.size;
        let before = chunk.saturating_mul(size);
        self.bytes().saturating_sub(before).min(size)
    }

    /// How many bytes it has.
    pub(crate) fn bytes(&self) -> u64 {
        self.table.shape.bytes.count
    }

    /// Tells that a chunk is read now, before its rows become records.
    ///
    /// # Errors
    /// If the run is to end early.
    pub(crate) fn begin_chunk(&self, chunk: u64, options: &Options) -> Result<()> {
        if options.is_stopped() {
            bail!("stopped before all rows were looked at");
        }
        options.have_read(self.chunk_bytes(chunk));
        Ok(())
    }

    /// Why a row cannot be used, if it cannot.
    pub(crate) fn fault(&self, row: Row<'_>, at: At) -> Option<&'static LossKind> {
        if at.quotes == Quotes::Stray {
            return Some(&losses::STRAY_QUOTE);
        }
        let columns = self.table.columns.len();
        (row.len() > columns && row.filled() > columns).then_some(&losses::LONG_ROW)
    }
}

/// Opened files, with all that has to be known before the first row is read.
pub(crate) struct Tables {
    pub(crate) archives: Vec<Archive>,
    pub(crate) files: Vec<File>,
    /// Where the records of each chunk begin, by file.
    pub(crate) starts: Vec<Vec<Start>>,
    /// The number of the first unit of each file.
    first_units: Vec<usize>,
    units: Vec<Unit>,
    /// What was found out of each section.
    pub(crate) settled: Vec<Settled>,
    pub(crate) lookups: Lookups,
    pub(crate) attachments: Attachments,
    /// Files that are not read.
    pub(crate) unread: Vec<String>,
    /// What wrote the files, if that is known.
    pub(crate) origin: Option<String>,
    /// What people should know about how the files were understood.
    pub(crate) remarks: Vec<String>,
    /// The losses that the mapping declares.
    pub(crate) losses: Vec<Declared>,
    /// Over what the ids of messages are unique that rows become.
    pub(crate) message_ids: MessageIds,
}

/// A unit of a file.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'t> {
    pub(crate) file: &'t File,
    /// The number of the file.
    pub(crate) number: u32,
    pub(crate) chunk: u64,
    pub(crate) start: Start,
}

impl Tables {
    /// Files, and where the records of their chunks begin.
    pub(crate) fn new(archives: Vec<Archive>, files: Vec<File>, starts: Vec<Vec<Start>>) -> Tables {
        let mut tables = Tables {
            archives,
            files,
            starts,
            first_units: Vec::new(),
            units: Vec::new(),
            settled: Vec::new(),
            lookups: Lookups::default(),
            attachments: Attachments::default(),
            unread: Vec::new(),
            origin: None,
            remarks: Vec::new(),
            losses: Vec::new(),
            message_ids: MessageIds::Auto,
        };
        tables.list_units();
        tables
    }

    fn list_units(&mut self) {
        for (file, starts) in self.files.iter().zip(&self.starts) {
            self.first_units.push(self.units.len());
            for chunk in 0..starts.len() as u64 {
                self.units.push(Unit {
                    key: self.units.len() as u64,
                    bytes: file.chunk_bytes(chunk),
                    channel: None,
                });
            }
        }
    }

    /// Tells the columns that look like secrets, once for files of one layout.
    fn tell_secrets(&self, sink: &mut dyn Sink) -> Result<()> {
        let mut told = HashSet::new();
        for file in &self.files {
            for Bound { plan, .. } in &file.bound {
                let secrets = plan.secrets();
                if secrets.is_empty() || !told.insert((plan.kind(), secrets)) {
                    continue;
                }
                sink.file(&file.table.shape.bytes.name);
                let names = safe(&secrets.join(", "), LONGEST_NAMES);
                let loss = Loss {
                    count: u32::try_from(secrets.len()).unwrap_or(u32::MAX),
                    ..loss_of(&losses::SECRET_LEFT_OUT, &names)
                };
                sink.lose(0, loss)?;
            }
        }
        Ok(())
    }

    /// What a unit is.
    pub(crate) fn piece(&self, unit: &Unit) -> Option<Piece<'_>> {
        let key = usize::try_from(unit.key).ok()?;
        let after = self.first_units.partition_point(|first| *first <= key);
        let number = after.checked_sub(1)?;
        let chunk = key - self.first_units.get(number)?;
        Some(Piece {
            file: self.files.get(number)?,
            number: u32::try_from(number).ok()?,
            chunk: chunk as u64,
            start: *self.starts.get(number)?.get(chunk)?,
        })
    }
}

impl Source for Tables {
    fn directory(&self, sink: &mut dyn Sink) -> Result<()> {
        for name in &self.unread {
            sink.file(name);
            sink.lose(0, loss_of(&losses::FILE_NOT_READ, ""))?;
        }
        self.tell_secrets(sink)?;
        self.attachments.each_stray(self, |stray| {
            let file = usize::try_from(stray.file).ok();
            let file = file.and_then(|number| self.files.get(number));
            sink.file(file.map_or("", |file| &file.table.shape.bytes.name));
            let kind = match stray.is_torn {
                true => &losses::UNCLEAR_ATTACHMENT,
                false => &losses::STRAY_ATTACHMENT,
            };
            let loss = loss_of(kind, &stray.message_id);
            Ok(sink.lose(stray.line, loss)?)
        })?;
        for (number, settled) in self.settled.iter().enumerate() {
            let is_of = |file: &&File| file.bound.iter().any(|it| it.section == number);
            let file = self.files.iter().find(is_of);
            sink.file(file.map_or("", |file| &file.table.shape.bytes.name));
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
        piece.map_or_else(String::new, |it| it.file.table.shape.bytes.name.clone())
    }

    fn location(&self, unit: &Unit, record: u32) -> Location {
        let line = self.piece(unit).map(|it| line_of(it.start, record));
        Location {
            file: self.unit_name(unit),
            record: line.and_then(|line| u32::try_from(line).ok()).unwrap_or(0),
        }
    }

    fn source_records(&self, unit: &Unit, records: &[u32], give: Give<'_>) -> Result<()> {
        let (Some(piece), Some(last)) = (self.piece(unit), records.last()) else {
            return Ok(());
        };
        let table = &piece.file.table;
        let mut rows = Rows::new(Access::new(&self.archives));
        rows.read(&table.shape, piece.chunk, piece.start, |row, at| {
            let record = record_of(piece.start, at)?;
            if records.binary_search(&record).is_ok() {
                give(record, &as_object(&table.columns, &row));
            }
            Ok(record < *last)
        })?;
        Ok(())
    }

    fn counted(&self) -> &'static str {
        "line"
    }

    fn message_ids(&self) -> MessageIds {
        self.message_ids
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(RowReader::new(self)))
    }

    fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    fn remarks(&self) -> &[String] {
        &self.remarks
    }

    fn explain(&self, kind: &str) -> Option<&str> {
        Declared::explain(&self.losses, kind)
    }
}

/// A loss of something of no particular message.
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

/// How a row of a unit is numbered: by its line, the unit's first being 1.
pub(crate) fn record_of(start: Start, at: At) -> Result<u32> {
    Ok(u32::try_from(at.line - start.line + 1)?)
}

/// The line of a row of a unit, as [`record_of`] numbers it; 0 for 0.
fn line_of(start: Start, record: u32) -> u64 {
    match record {
        0 => 0,
        _ => start.line + u64::from(record) - 1,
    }
}

/// Where a row stands among all rows.
pub(crate) fn position(file: u32, at: At) -> Result<Position> {
    Ok(Position {
        file,
        row: u32::try_from(at.row)?,
    })
}
