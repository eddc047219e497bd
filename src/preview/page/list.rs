//! Lists that grow with what is shown.

use crate::text::count;

/// The first of many.
pub struct First<T> {
    /// Those that are listed.
    pub listed: Vec<T>,
    /// How many more there are, if any.
    pub more: Option<String>,
}

impl<T> First<T> {
    /// So many of all, the first ones.
    pub fn of(most: usize, all: impl ExactSizeIterator<Item = T>) -> First<T> {
        let more = all.len().saturating_sub(most);
        First {
            more: (more > 0).then(|| count(more as u64)),
            listed: all.take(most).collect(),
        }
    }
}
