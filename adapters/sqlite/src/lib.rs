//! Opens SQLite databases, and dumps of them in SQL text, that nobody has to trust.
//!
//! A [`Database`] is opened or loaded without writing anything but in a work folder; it tells its
//! [tables](Database::tables), and threads read it by [queries](Connection::query), which may come
//! from anybody as well. What tables and columns mean is left to others.

mod database;
mod dump;
mod guard;
mod identify;
mod query;
mod salvage;
mod settings;
mod siblings;
pub mod slackdump;
mod tables;
#[cfg(test)]
mod tests;
mod work;

pub use crate::database::Database;
pub use crate::dump::{LeftOut, Loaded};
pub use crate::identify::{HEAD_BYTES, Kind, identify};
pub use crate::query::{Cell, Connection, Query, Row, Rows};
pub use crate::salvage::Unreadable;
pub use crate::settings::Settings;
pub use crate::tables::{Column, Table};

/// The example of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
