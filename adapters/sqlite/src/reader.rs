//! Reads the rows of a unit and hands what they become to the core.

use anyhow::{Result, anyhow};
use migrate_mapping::{Cell, SectionKind};
use migrate_model::wording::safe;
use migrate_model::{ChannelRef, Loss, Outcome, Reader, Sink, Unit, Want};

use crate::losses;
use crate::part::{Access, At, Part};
use crate::source::{Piece, Tables};
use crate::spool;

/// Reads rows for one worker.
pub(crate) struct RowReader<'s> {
    tables: &'s Tables,
    access: Access<'s>,
}

impl<'s> RowReader<'s> {
    pub(crate) fn new(tables: &'s Tables) -> Self {
        RowReader {
            tables,
            access: Access::new(&tables.database),
        }
    }
}

impl Reader for RowReader<'_> {
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        let tables = self.tables;
        let piece = tables.piece(unit);
        let Piece { part, nth, .. } =
            piece.ok_or_else(|| anyhow!("there is no unit {}", unit.key))?;
        let is_for_people = matches!(want, Want::People);
        part.each(nth, &mut self.access, |cells, at| {
            match is_for_people {
                true => part.plan.meet(cells, tables.place(part, &at), sink)?,
                false => over(tables, part, cells, &at, sink)?,
            }
            Ok(true)
        })
    }
}

/// Hands over what a row becomes.
fn over(
    tables: &Tables,
    part: &Part,
    cells: &[Cell<'_>],
    at: &At<'_>,
    sink: &mut dyn Sink,
) -> Result<()> {
    for (column, _) in at.mended {
        let name = part.plan.columns().get(*column).map_or("", String::as_str);
        let loss = Loss {
            kind: losses::NOT_UTF8.kind,
            outcome: Outcome::Field,
            of: part.plan.record_kind(),
            channel: ChannelRef::Unit,
            count: 1,
            detail: safe(name, 80).into(),
        };
        sink.lose(at.record, loss)?;
    }
    let place = tables.place(part, at);
    if part.plan.kind() != SectionKind::Messages || tables.attachments.is_empty() {
        return Ok(part.plan.apply(cells, place, sink)?);
    }
    let joints = part.plan.joints(cells, &place);
    let rows = match place.settled.is_no_message(place.position) {
        // Whatever hangs on its message hangs on the first row of it.
        true => Vec::new(),
        false => tables.attachments.rows_of(&tables.parts, &joints)?,
    };
    let cut = rows.iter().map(|row| Ok((spool::cells(&row.bytes)?, row)));
    let cut = cut.collect::<Result<Vec<_>>>()?;
    let attachments = cut.iter().filter_map(|(cells, row)| {
        let part = tables.parts.get(row.part)?;
        let place = tables.place(part, &row.at());
        let (of, all) = part.plan.hung(cells.as_slice(), &place)?;
        joints.contains(&of).then_some(all)
    });
    let place = migrate_mapping::Place {
        attachments: attachments.flatten().collect(),
        ..place
    };
    Ok(part.plan.apply(cells, place, sink)?)
}
