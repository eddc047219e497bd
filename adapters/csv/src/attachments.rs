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
use crate::source::{Bound, File, Tables, position};

/// Rows of attachments by the id of their message.
#[derive(Default)]
pub(crate) struct Attachments {
    rows: HashMap<Box<str>, Hanging>,
}

/// The rows of one message.
#[derive(Default)]
struct Hanging {
    rows: Vec<Kept>,
    /// Whether there is such a message.
    has_message: bool,
}

/// An attachment whose message is not there.
pub(crate) struct Stray<'a> {
    /// The number of its file.
    pub(crate) file: u32,
    /// The line where its row begins.
    pub(crate) line: u32,
    pub(crate) message_id: &'a str,
}

/// A row that is kept.
struct Kept {
    cells: Box<[Box<str>]>,
    position: Position,
    /// The line where it begins; 0 for one that is too far behind.
    line: u32,
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
                            line: u32::try_from(at.line).unwrap_or_default(),
                            bound: nth,
                        };
                        let hanging = attachments.rows.entry((&*id).into()).or_default();
                        hanging.rows.push(kept);
                    }
                    Ok(())
                })?;
            }
        }
        if !attachments.is_empty() {
            attachments.find_messages(&mut rows, files, settled, lookups)?;
        }
        Ok(attachments)
    }

    /// Finds out which messages are there.
    fn find_messages(
        &mut self,
        rows: &mut Rows<'_>,
        files: &[File],
        settled: &[Settled],
        lookups: &Lookups,
    ) -> Result<()> {
        for (file, number) in files.iter().zip(0..) {
            let is_of_messages = |bound: &&Bound| bound.plan.kind() == SectionKind::Messages;
            for bound in file.bound.iter().filter(is_of_messages) {
                let Some(settled) = settled.get(bound.section) else {
                    continue;
                };
                rows.each(file, |row, at| {
                    let place = place(position(number, at)?, settled, lookups);
                    let id = bound.plan.message_id(&row, &place);
                    if let Some(hanging) = id.and_then(|id| self.rows.get_mut(&*id)) {
                        hanging.has_message = true;
                    }
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// The attachments whose messages are not there, in the order of files and lines.
    pub(crate) fn strays(&self) -> Vec<Stray<'_>> {
        let without = self.rows.iter().filter(|(_, it)| !it.has_message);
        let strays = without.flat_map(|(id, hanging)| {
            hanging.rows.iter().map(|kept| Stray {
                file: kept.position.file,
                line: kept.line,
                message_id: id,
            })
        });
        let mut strays: Vec<_> = strays.collect();
        strays.sort_unstable_by_key(|it| (it.file, it.line));
        strays
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The attachments of a message, in the order of their rows.
    pub(crate) fn of<'t>(&'t self, tables: &'t Tables, message_id: &str) -> Vec<Attachment<'t>> {
        let rows = self
            .rows
            .get(message_id)
            .into_iter()
            .flat_map(|it| &it.rows);
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
