//! Writes formatted text as Markdown that shows exactly that text.
//!
//! A [`Document`] is a flat list of blocks (lines of a paragraph, list items, quotes, code) of
//! styled runs. It is filled by an adapter, or from HTML by [`html::read`], and written as
//! CommonMark with GFM's tables and strikethrough in mind, as Stream's SDKs render it. What
//! markup a source has and what it means is left to the adapters. Markdown that is too long for
//! one message is cut by [`cut`].

#[cfg(test)]
mod block_tests;
mod class;
mod cut;
mod cuts;
mod document;
mod entities;
mod escape;
pub mod html;
#[cfg(test)]
mod html_tests;
mod inline;
mod layout;
mod line_start;
mod link;
mod markers;
mod pieces;
mod style;
mod sweep;
mod tag;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod whole_tests;

pub use crate::cut::cut;
pub use crate::document::{Block, BlockKind, Document, Written};
pub use crate::pieces::{begin_paragraph, escape, guard_line, link};
pub use crate::style::Style;
