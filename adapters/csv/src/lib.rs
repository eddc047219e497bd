//! Reads chat exports as CSV: any number of files of delimited text, told apart by name and by
//! columns.
//!
//! The way of a row: `inputs` lists files, `table` looks at the start of each, `open` binds them to
//! the mapping, `scan` finds out what has to be known of all rows, `reader` hands rows over. `chunk`
//! gives text in pieces of whole lines, `rows` the records of a piece, `split` their cells. What
//! rows become is said by [`migrate_mapping`].

mod above;
mod attachments;
mod bytes;
mod chunk;
mod commands;
mod delimited;
mod dialect;
#[cfg(test)]
mod docs_tests;
mod encoding;
mod escaped;
mod inputs;
mod losses;
mod null_mark;
mod open;
mod presets;
mod quotes;
mod reader;
mod rows;
mod scan;
mod source;
mod split;
mod spool;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod twins;
mod unpacked;
mod wishes;

use std::path::{Path, PathBuf};

use anyhow::Result;
use migrate_model::{About, Adapter, Command, Fit, Options, Source};

pub use crate::delimited::{Delimited, DelimitedRow};
use crate::wishes::Wishes;

/// The adapter, for lists of adapters.
pub static CSV: Csv = Csv;

/// Reads files of delimited text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv;

static ABOUT: About = About {
    name: "csv",
    title: "CSV exports of any chat",
    help: "Reads messages, and users, channels, members, reactions and attachments where they are \
           there, from files of delimited text: one, several, a folder or a zip. Which column \
           becomes what is found out by its name, or said by a mapping file; `migrate csv init` \
           writes one to begin with. Known layouts (`migrate csv presets`) are recognised.",
    input: "files of delimited text, a folder or a zip of them, or `-` for one that is piped in",
    example: "migrate csv samples/csv/messages.csv -o out.json",
    options: &wishes::OPTIONS,
    losses: &losses::ALL,
};

impl Adapter for Csv {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, inputs: &[PathBuf], options: &Options) -> Result<Box<dyn Source>> {
        let wishes = Wishes::of(options)?;
        let opened = open::open(inputs, options, &wishes)?;
        Ok(Box::new(opened.survey(options)?))
    }

    fn fits(&self, input: &Path, head: &[u8]) -> Fit {
        inputs::fit(input, head)
    }

    fn commands(&self) -> &'static [Command] {
        commands::ALL
    }
}
