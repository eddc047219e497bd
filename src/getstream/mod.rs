//! All that the program knows about the target: how Stream Chat's import files are written.
//!
//! Item types, their two spellings, legal ids, limits and rules, each with its source. The rest
//! of the program handles encoded entries and knows nothing of their fields.
//!
//! Sources, as the other files cite them: *classic page*: Stream docs, "Importing data" with the
//! JSON array, as it stood until January 2026. *current page*: the same with JSON Lines, read
//! 2026-08. *validator*: `stream-cli chat validate-import`, as observed before its removal in
//! February 2026. *schema*: Stream's JSON Schemas for imports, 2026-03. *API*: Stream's OpenAPI
//! description, 2026-07.

pub mod attachments;
pub mod check;
pub mod custom;
pub mod encode;
pub mod entry;
pub mod ids;
pub mod item;
pub mod json;
pub mod legal;
pub mod limits;
pub mod roles;
pub mod rules;
mod spelling;

pub use spelling::Spelling;
