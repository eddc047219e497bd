//! Ids of rows by other values of theirs, such as those of users by e-mail address.

use crate::cell::Row;
use crate::plan::Plan;
use crate::survey::Settled;

/// Ids of rows by other values of theirs. Empty where [`Lookups::wants`] nothing.
#[derive(Clone, Debug, Default)]
pub struct Lookups {}

impl Lookups {
    /// Whether rows of this plan have to be shown to [`Lookups::note`] before messages are read.
    pub fn wants(&self, _plan: &Plan) -> bool {
        false
    }

    /// Takes note of a row. The first row that has a value counts.
    pub fn note(&mut self, _plan: &Plan, _row: &(impl Row + ?Sized), _settled: &Settled) {}
}
