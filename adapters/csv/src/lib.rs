//! Reads chat exports as CSV: any number of files of delimited text, told apart by name and by
//! columns.
//!
//! `chunk` gives the text of files in pieces of whole lines, `rows` the records of a piece; what
//! rows become is said by `migrate_mapping`.
#![expect(dead_code, reason = "the adapter that uses it follows")]

mod bytes;
mod chunk;
mod dialect;
mod encoding;
mod escaped;
mod rows;
mod split;
