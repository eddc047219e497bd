//! The preview: what will be there after the import, and what will not.

pub mod model;
pub mod page;
mod redact;
