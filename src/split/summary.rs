//! What a split says at its end.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use super::entries::Notes;
use super::pack::Packed;
use super::respell::{BAN, LOSSES};
use crate::getstream::Spelling;
use crate::summary::{IN_JSONL, next_command};
use crate::text::{count, counted, safe, size};
use crate::validate::entry::Type;
use crate::validate::report::place;
use crate::validate::tally::Tally;

/// Everything that the closing words are made of.
pub struct Summary<'a> {
    /// The name of the input.
    pub input: &'a str,
    /// What was packed.
    pub packed: &'a Packed,
    /// What was said about entries on the way.
    pub notes: &'a Notes,
    /// What the parts have that rules forbid.
    pub other: &'a Tally,
    /// The names of the parts.
    pub paths: &'a [PathBuf],
    /// How they are written.
    pub spelling: Spelling,
}

/// How many parts are listed by name.
const LISTED_PARTS: usize = 20;
/// How many characters of a foreign text are shown.
const SHOWN_CHARS: usize = 160;

impl Summary<'_> {
    /// The closing words.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self
            .parts(&mut text)
            .and_then(|()| self.books(&mut text))
            .and_then(|()| self.losses(&mut text))
            .and_then(|()| self.problems(&mut text))
            .and_then(|()| next_command(&mut text, self.paths, self.spelling, IN_JSONL));
        text
    }

    fn parts(&self, out: &mut String) -> fmt::Result {
        let parts = &self.packed.parts;
        let bytes = parts.iter().map(|part| part.bytes).sum();
        let files = counted(parts.len() as u64, "file");
        writeln!(out, "wrote {files}, {}", size(bytes))?;
        for (part, path) in parts.iter().zip(self.paths).take(LISTED_PARTS) {
            writeln!(
                out,
                "  {}  {}, {}",
                safe(&path.display().to_string(), SHOWN_CHARS),
                size(part.bytes),
                counted(part.counts[Type::Message as usize], "message")
            )?;
        }
        if parts.len() > LISTED_PARTS {
            writeln!(out, "  … and {} more", parts.len() - LISTED_PARTS)?;
        }
        Ok(())
    }

    /// What was read, and what became of it. What stands in further parts, so that they stand
    /// alone, has a column of its own.
    fn books(&self, out: &mut String) -> fmt::Result {
        write!(out, "\n{:9}", "")?;
        for column in ["read", "written", "merged", "left out", "repeated"] {
            write!(out, " {column:>10}")?;
        }
        writeln!(out)?;
        let always = |kind| !matches!(kind, Type::Device | Type::Ban);
        for (kind, name) in ROWS {
            let n = kind as usize;
            let notes = self.notes;
            if !always(kind) && notes.read[n] == 0 {
                continue;
            }
            write!(out, "{name:9}")?;
            for number in [
                notes.read[n],
                self.packed.written[n],
                notes.merged[n],
                notes.left_out[n],
                self.packed.again[n],
            ] {
                write!(out, " {:>10}", count(number))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn losses(&self, out: &mut String) -> fmt::Result {
        for (title, is_shown) in [("written, but not whole", false), ("left out", true)] {
            let losses = &self.notes.losses.kinds;
            let mut shown = losses
                .iter()
                .filter(|(name, _)| (**name == BAN) == is_shown)
                .peekable();
            if shown.peek().is_some() {
                writeln!(out, "\n{title}")?;
            }
            for (name, loss) in shown {
                let text = LOSSES.iter().find(|(known, _)| known == name);
                let text = text.map_or("", |(_, text)| text);
                writeln!(out, "  {:>9}  {name}: {text}", count(loss.count))?;
                let detail = safe(&loss.detail, SHOWN_CHARS);
                let colon = if detail.is_empty() { "" } else { ": " };
                let first = place(&loss.spot, Some(loss.kind));
                writeln!(out, "             first: {first}{colon}{detail}")?;
            }
        }
        Ok(())
    }

    fn problems(&self, out: &mut String) -> fmt::Result {
        if self.other.count() == 0 {
            return Ok(());
        }
        let input = safe(self.input, SHOWN_CHARS);
        writeln!(
            out,
            "\nproblems of `{input}` that the parts have too; see `migrate validate`"
        )?;
        for (rule, group) in &self.other.groups {
            let name = rule.rule().name;
            writeln!(out, "  {:>9}  {name}", count(group.count))?;
            if let Some(first) = group.first.first() {
                let text = safe(&first.problem.to_string(), SHOWN_CHARS);
                let first = place(&first.spot, first.kind);
                writeln!(out, "             first: {first}: {text}")?;
            }
        }
        Ok(())
    }
}

/// The rows of the books.
const ROWS: [(Type, &str); 7] = [
    (Type::User, "users"),
    (Type::Device, "devices"),
    (Type::Ban, "bans"),
    (Type::Channel, "channels"),
    (Type::Member, "members"),
    (Type::Message, "messages"),
    (Type::Reaction, "reactions"),
];
