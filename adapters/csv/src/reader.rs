//! Reads the rows of a unit and hands what they become to the core.

use std::sync::LazyLock;

use anyhow::{Result, anyhow, bail};
use migrate_mapping::{BadRows, Place, SectionKind, Settled};
use migrate_model::{ChannelRef, Loss, LossKind, Outcome, Reader, Sink, Text, Unit, Want};

use crate::bytes::Access;
use crate::losses;
use crate::quotes::Quotes;
use crate::rows::{At, Rows};
use crate::source::{Bound, File, Piece, Tables, position, record_of};
use crate::split::Row;

/// Reads rows for one worker.
pub(crate) struct RowReader<'s> {
    tables: &'s Tables,
    rows: Rows<'s>,
}

impl<'s> RowReader<'s> {
    pub(crate) fn new(tables: &'s Tables) -> Self {
        RowReader {
            tables,
            rows: Rows::new(Access::new(&tables.archives)),
        }
    }
}

impl Reader for RowReader<'_> {
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        let tables = self.tables;
        let piece = tables.piece(unit);
        let piece = piece.ok_or_else(|| anyhow!("there is no unit {}", unit.key))?;
        let Piece {
            file, chunk, start, ..
        } = piece;
        let is_for_people = matches!(want, Want::People);
        let mut hand = Hand {
            tables,
            piece,
            sink,
        };
        self.rows.read(&file.table.shape, chunk, start, |row, at| {
            match (file.fault(row, at), is_for_people) {
                (None, true) => hand.meet(row, at)?,
                (None, false) => hand.over(row, at)?,
                (Some(_), true) => {}
                (Some(fault), false) => hand.refuse(fault, row, at)?,
            }
            Ok(true)
        })?;
        Ok(())
    }
}

/// Hands the rows of a unit over to the core.
struct Hand<'h> {
    tables: &'h Tables,
    piece: Piece<'h>,
    sink: &'h mut dyn Sink,
}

impl<'h> Hand<'h> {
    /// Hands over what a row becomes.
    fn over(&mut self, row: Row<'_>, at: At) -> Result<()> {
        let file = self.piece.file;
        let record = record_of(self.piece.start, at)?;
        if row.len() < file.needed_cells {
            let detail = format!("{} of {} cells", row.len(), file.table.columns.len());
            self.tell(&losses::SHORT_ROW, record, &detail, at)?;
        }
        if at.quotes == Quotes::Bare {
            self.tell(&losses::BARE_QUOTE, record, "", at)?;
        }
        for bound in &file.bound {
            let tables = self.tables;
            let mut place = self.place(bound, record, at)?;
            if bound.plan.kind() != SectionKind::Messages || tables.attachments.is_empty() {
                bound.plan.apply(&row, place, self.sink)?;
                continue;
            }
            let joints = bound.plan.joints(&row, &place);
            let kept = match place.settled.is_no_message(place.position) {
                true => Vec::new(),
                false => tables.attachments.of(&joints)?,
            };
            place.attachments = tables.attachments_of(&joints, &kept);
            bound.plan.apply(&row, place, self.sink)?;
        }
        Ok(())
    }

    /// Tells what is in doubt about a row that is used, unless the run ends with such a row.
    fn tell(&mut self, kind: &LossKind, record: u32, detail: &str, at: At) -> Result<()> {
        self.stop_at(kind, detail, at)?;
        for bound in &self.piece.file.bound {
            let loss = loss(kind, Outcome::Field, bound, detail.into());
            self.sink.lose(record, loss)?;
        }
        Ok(())
    }

    /// Hands over what a row tells about people.
    fn meet(&mut self, row: Row<'_>, at: At) -> Result<()> {
        let record = record_of(self.piece.start, at)?;
        for bound in &self.piece.file.bound {
            let place = self.place(bound, record, at)?;
            bound.plan.meet(&row, place, self.sink)?;
        }
        Ok(())
    }

    /// Says that a row cannot be used.
    fn refuse(&mut self, fault: &'static LossKind, row: Row<'_>, at: At) -> Result<()> {
        let File { table, bound, .. } = self.piece.file;
        let detail = match fault.kind == losses::LONG_ROW.kind {
            true => format!("{} cells in {} columns", row.filled(), table.columns.len()),
            false => format!("{} lines", at.lines),
        };
        self.stop_at(fault, &detail, at)?;
        let record = record_of(self.piece.start, at)?;
        for bound in bound {
            let loss = loss(fault, Outcome::LeftOut, bound, detail.as_str().into());
            self.sink.lose(record, loss)?;
        }
        Ok(())
    }

    /// Ends the run if it is to end with the first row that is not sound.
    fn stop_at(&self, kind: &LossKind, detail: &str, at: At) -> Result<()> {
        let File {
            table, bad_rows, ..
        } = self.piece.file;
        if *bad_rows == BadRows::Stop {
            let detail = match detail {
                "" => String::new(),
                detail => format!(" ({detail})"),
            };
            let name = &table.shape.bytes.name;
            bail!("{name}, line {}: {}{detail}", at.line, kind.text);
        }
        Ok(())
    }

    fn place(&self, bound: &Bound, record: u32, at: At) -> Result<Place<'h>> {
        static NOTHING: LazyLock<Settled> = LazyLock::new(Settled::default);
        Ok(Place {
            record,
            position: position(self.piece.number, at)?,
            settled: self.tables.settled.get(bound.section).unwrap_or(&NOTHING),
            lookups: &self.tables.lookups,
            attachments: Vec::new(),
        })
    }
}

fn loss<'l>(kind: &LossKind, outcome: Outcome, bound: &Bound, detail: Text<'l>) -> Loss<'l> {
    Loss {
        kind: kind.kind,
        outcome,
        of: bound.plan.record_kind(),
        channel: ChannelRef::Unit,
        count: 1,
        detail,
    }
}
