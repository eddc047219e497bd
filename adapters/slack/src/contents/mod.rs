//! What hangs on a message besides its text: blocks, attachments, shares and files.

pub(crate) mod address;
pub(crate) mod attachments;
pub(crate) mod blocks;
#[cfg(test)]
mod case_tests;
pub(crate) mod controls;
pub(crate) mod extras;
pub(crate) mod files;
pub(crate) mod hosting;
pub(crate) mod pictures;
pub(crate) mod previews;
pub(crate) mod shares;
pub(crate) mod tables;
pub(crate) mod unfurls;
