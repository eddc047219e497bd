//! Opens SQLite databases, and dumps of them in SQL text, that nobody has to trust.
//!
//! A [`Database`] is opened or loaded without writing anything but in a work folder; it tells its
//! [tables](Database::tables), and threads read it by [queries](Connection::query), which may come
//! from anybody as well. What tables and columns mean is left to others.

mod adapter;
#[cfg(test)]
mod adapter_tests;
mod attachments;
mod clock;
mod commands;
mod csv_tables;
mod cut_query;
mod database;
#[cfg(test)]
mod docs_tests;
mod dump;
mod guard;
mod identify;
mod inputs;
mod losses;
mod open;
mod part;
mod presets;
mod query;
mod ranges;
mod reader;
mod salvage;
mod sample;
mod settings;
mod siblings;
mod slackdump;
mod source;
mod spool;
mod survey;
mod tables;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod wishes;
mod work;

pub use crate::adapter::{SQLITE, Sqlite};
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
