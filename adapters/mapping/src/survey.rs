//! What can only be known from all rows of a section, and is found out before the first is applied.

use anyhow::Result;

use crate::cell::Row;
use crate::mapping::{Mapping, Section};
use crate::plan::Plan;

/// Where a row stands among all rows of a section: in the order of files, and within a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The number of the file.
    pub file: u32,
    /// The number of the row in the file.
    pub row: u32,
}

/// Notes on all rows of a section. Rows may be shown in any order and by any number of threads,
/// each to a survey of its own; what comes out is the same.
#[derive(Clone, Debug, Default)]
pub struct Survey {}

impl Survey {
    /// Takes note of a row.
    pub fn note(&mut self, _plan: &Plan, _row: &(impl Row + ?Sized), _position: Position) {}

    /// Adds the notes of another survey of the same section.
    pub fn merge(&mut self, _other: Survey) {}

    /// Decides what is to be decided.
    ///
    /// # Errors
    /// If a column can be read in two ways: with its name, examples and what to write into the
    /// mapping.
    pub fn settle(self, _mapping: &Mapping, _section: &Section) -> Result<Settled> {
        Ok(Settled {})
    }
}

/// What was found out over all rows of a section.
#[derive(Clone, Debug, Default)]
pub struct Settled {}
