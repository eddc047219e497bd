//! How rows of tables become records: mapping files, the values of cells, and the detection of
//! headers. It knows rows and columns, but no file format and no target.
//!
//! The way of one row:
//!
//! 1. A [`Mapping`] is read from TOML by [`Mapping::parse`], or made from headers by [`detect`] as
//!    if somebody had written it.
//! 2. [`Mapping::sections_of`] says which of its sections a file belongs to, and [`Mapping::bind`]
//!    makes a [`Plan`] of a section and the columns of one table. Whatever is wrong with the
//!    mapping is told here or before, with file and line.
//! 3. Where [`Plan::needs_survey`], all rows are shown to a [`Survey`] first: in which unit a
//!    column counts time, or whether days stand before months, is decided once per column. Surveys
//!    of several tables of one section, and of several threads, are merged;
//!    [`Survey::settle`] makes a [`Settled`] of them.
//! 4. [`Plan::apply`] puts the records of one row into a sink.

mod aliases;
mod apply;
mod attach;
mod attached;
mod bind;
mod by_name;
mod calendar;
mod cell;
mod column;
mod counts;
mod date_words;
mod declared;
mod detect;
mod document;
mod explain;
mod extended;
#[cfg(test)]
mod file_tests;
mod fill;
mod ids;
mod joint;
mod list;
mod literal;
mod lookups;
mod losses;
mod mapping;
mod mentions;
mod names;
mod never;
mod notes;
#[cfg(test)]
mod page_tests;
mod pattern;
mod plan;
#[cfg(test)]
mod plan_tests;
mod presets;
mod react;
mod read;
mod read_transform;
#[cfg(test)]
mod row_tests;
mod secrets;
mod step;
mod strptime;
mod survey;
mod template;
mod time_form;
mod time_reading;
mod transform;
mod twins;
mod typed;
mod typedstream;
mod unescape;
#[cfg(test)]
mod value_tests;
mod versions;
mod wishes;
mod write;
mod zone;

pub use crate::cell::{Cell, Row, as_object};
pub use crate::declared::Declared;
pub use crate::detect::{
    Table, detect, detect_beside, detect_in_database, draft, draft_of_database, kind_of_table,
};
pub use crate::document::{Document, Entry};
pub use crate::explain::{Explained, asked_field};
pub use crate::joint::Joint;
pub use crate::lookups::Lookups;
pub use crate::losses::{ALL as LOSSES, with_own as losses_with};
pub use crate::mapping::{
    BadRows, Condition, Csv, Delimiter, Field, Header, Input, Line, Mapping, Mentions, MessageIds,
    Name, Remarks, RepeatedIds, Section, SectionKind, SourceKind, Test, TextFormat, UnknownColumns,
};
pub use crate::pattern::{Captures, Pattern};
pub use crate::plan::{Place, Plan};
pub use crate::presets::Preset;
pub use crate::survey::{Position, Settled, Survey, share_channels};
pub use crate::time_form::{TimeForm, Unit};
pub use crate::transform::{Blob, Lookup, Source, Transform, Unescape};
pub use crate::twins::Twins;
pub use crate::wishes::{MAPPING, MESSAGE_IDS, PRESET, TIMEZONE, Wishes, read_mapping, rewritten};
pub use crate::zone::Zone;
