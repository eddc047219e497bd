//! The preview: what will be there after the import, and what will not.

pub(crate) mod build;
mod choose;
pub mod conversion;
pub mod gather;
pub mod model;
pub mod page;
mod pool;
mod redact;
mod tally;
