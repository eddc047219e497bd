//! Attachments that stand in a table of their own, kept by the id of their message.
//!
//! They are a part of messages, which come in any order, so all rows of such tables are in memory.

use std::collections::HashMap;

use anyhow::Result;
use migrate_archive::Archive;
use migrate_mapping::{Cell, Lookups, Place, Plan, Position, Row, SectionKind, Settled};
use migrate_model::Attachment;

use crate::bytes::Access;
use crate::rows::Rows;
use crate::source::{File, Tables, position};

/// Rows of attachments by the id of their message.
#[derive(Default)]
pub(crate) struct Attachments {
    rows: HashMap<Box<str>, Vec<Kept>>,
}

/// A row that is kept.
struct Kept {
    cells: Box<[Box<str>]>,
    position: Position,
    /// What of the file's it is bound to.
    bound: usize,
}

impl Row for Kept {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.cells
            .get(column)
            .map_or(Cell::Null, |cell| Cell::Text(cell))
    }
}

impl Attachments {
    /// Reads all tables of attachments.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(crate) fn read(
        archives: &[Archive],
        files: &[File],
        settled: &[Settled],
        lookups: &Lookups,
    ) -> Result<Attachments> {
        let mut rows = Rows::new(Access::new(archives));
        let mut attachments = Attachments::default();
        for (file, number) in files.iter().zip(0..) {
            let bound = file.bound.iter().enumerate();
            for (nth, bound) in bound.filter(|(_, it)| it.plan.kind() == SectionKind::Attachments) {
                let Some(settled) = settled.get(bound.section) else {
                    continue;
                };
                rows.each(file, |row, at| {
                    let position = position(number, at)?;
                    let place = place(position, settled, lookups);
                    if let Some((id, _)) = bound.plan.attachment(&row, &place) {
                        let kept = Kept {
                            cells: row.cells().map(Box::from).collect(),
                            position,
                            bound: nth,
                        };
                        attachments
                            .rows
                            .entry((&*id).into())
                            .or_default()
                            .push(kept);
                    }
                    Ok(())
                })?;
            }
        }
        Ok(attachments)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The attachments of a message, in the order of their rows.
    pub(crate) fn of<'t>(&'t self, tables: &'t Tables, message_id: &str) -> Vec<Attachment<'t>> {
        let rows = self.rows.get(message_id).into_iter().flatten();
        let attachment = |kept: &'t Kept| {
            let file = tables
                .files
                .get(usize::try_from(kept.position.file).ok()?)?;
            let bound = file.bound.get(kept.bound)?;
            let settled = tables.settled.get(bound.section)?;
            let plan: &Plan = &bound.plan;
            let place = place(kept.position, settled, &tables.lookups);
            plan.attachment(kept, &place).map(|(_, it)| it)
        };
        rows.filter_map(attachment).collect()
    }
}

fn place<'p>(position: Position, settled: &'p Settled, lookups: &'p Lookups) -> Place<'p> {
    Place {
        record: 0,
        position,
        settled,
        lookups,
        attachments: Vec::new(),
    }
}
