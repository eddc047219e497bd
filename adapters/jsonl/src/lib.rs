//! Reads and writes the model's records as JSON Lines, one object a line: the protocol by which a
//! program in any language hands a chat's history over.
//!
//! [`JsonLines`] opens files of lines as a source; [`hello`], [`record`], [`loss`], [`person`] and
//! [`end`] write the same lines; [`custom`] and [`read_custom`] are for custom data alone. Records stand in any order, and bringing them into one is left to
//! the core.

mod describe;
mod fields;
#[cfg(test)]
mod generate;
mod input;
mod inspect;
mod json;
mod keys;
mod kinds;
mod line;
mod line_type;
mod lines;
mod reader;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod time;
mod wording;
mod write;

use std::path::{Path, PathBuf};

use anyhow::Result;
use migrate_model::{About, Adapter, Fit, HEAD_BYTES, Opt, Options, Source};

pub use crate::input::check_first_line;
pub use crate::inspect::{Finding, Inspection, Rule, inspect};
pub use crate::json::read_custom;
pub use crate::line_type::Counts;
pub use crate::lines::LONGEST as LONGEST_LINE;
pub use crate::schema::schema;
pub use crate::wording::start_of as start_of_line;
pub use crate::write::{custom, end, hello, loss, person, record};

use crate::input::Settings;
use crate::source::Files;

/// A small file of lines with something of everything, such as [`JsonLines`] reads.
pub fn example() -> &'static str {
    include_str!("example.jsonl")
}

/// The adapter, for lists of adapters.
pub static JSONL: JsonLines = JsonLines;

/// About how many bytes a unit has.
const UNIT_BYTES: u64 = 1 << 20;

/// Reads files of lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

static ABOUT: About = About {
    name: "jsonl",
    title: "JSON Lines in this program's own model, written by any program",
    help: "Reads users, channels, members, messages and reactions as JSON Lines, one object a \
           line, in any order. Whatever can print lines can be converted in this way. The page \
           docs/adapter-protocol.md describes them.",
    input: "files of lines, or `-` for lines that are piped in",
    example: "migrate jsonl samples/jsonl/workspace.jsonl -o out.json",
    options: &[Opt {
        name: "bare",
        is_rare: false,
        value: None,
        choices: &[],
        default: None,
        help: "Read lines without `hello` and `end`, so that nobody can tell whether any are missing",
    }],
    losses: &[source::BARE],
};

impl Adapter for JsonLines {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, inputs: &[PathBuf], options: &Options) -> Result<Box<dyn Source>> {
        let settings = Settings {
            is_bare: options.flag("bare"),
            longest_line: lines::LONGEST,
            unit_bytes: UNIT_BYTES,
        };
        Ok(Box::new(Files::open(inputs, options, settings)?))
    }

    fn fits(&self, _: &Path, head: &[u8]) -> Fit {
        let start = head.trim_ascii_start();
        let line = start.split(|byte| *byte == b'\n').next().unwrap_or(start);
        let is_cut = head.len() >= HEAD_BYTES && line.len() == start.len();
        match line.first() {
            Some(b'{') if is_cut => Fit::Perhaps,
            Some(b'{') if input::parse(line, lines::LONGEST, &mut None).is_ok() => Fit::Surely,
            _ => Fit::No,
        }
    }
}
