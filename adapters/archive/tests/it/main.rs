//! Opens and reads archives that are built byte by byte, whole and damaged.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod contents;
mod damage;
mod names;
mod not_a_zip;
mod zips;
