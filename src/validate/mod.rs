//! `migrate validate`.

pub mod entry;
pub mod item;
pub mod scan;
pub mod time;
