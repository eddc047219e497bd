//! What became of one field of one row, for people.

use crate::cell::Row;
use crate::plan::{Place, Plan};

/// What became of one field of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The cells that it was made from: `column = value`.
    pub source: String,
    /// The result, or why there is none.
    pub result: String,
}

impl Plan {
    /// What became of one field of one row; `None` if the section has no such field.
    pub fn explain(
        &self,
        _field: &str,
        _row: &(impl Row + ?Sized),
        _place: &Place<'_>,
    ) -> Option<Explained> {
        None
    }
}
