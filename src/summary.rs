//! What a run says at its end: what was written, what was not and why, what to do next.

mod samples;

pub use samples::first_entries;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use migrate_model::{Kind, LossKind, Source};
use serde::Serialize;

use crate::books::{Book, CORE_KINDS, Class, Ledger, Note};
use crate::getstream::Spelling;
use crate::getstream::json;
use crate::parts::Packed;
use crate::preview::gather::Gathered;
use crate::preview::model::Channel;
use crate::redact::discreet;
use crate::report::{Report, location};
use crate::shard::Shard;
use crate::text::{count, counted, folded, foreign, safe, safe_json, shell_word, size};

/// Everything that the closing words are made of.
pub struct Summary<'a> {
    /// What was read.
    pub source: &'a dyn Source,
    /// The kinds of loss that the adapter explains.
    pub losses: &'a [LossKind],
    /// What was packed.
    pub packed: &'a Packed,
    /// The names of the parts.
    pub paths: &'a [PathBuf],
    /// How they are written.
    pub spelling: Spelling,
    /// Whether the parts were only tried.
    pub is_dry_run: bool,
    /// Whether the user said where the parts go.
    pub is_output_named: bool,
    /// What asks for JSON Lines.
    pub in_jsonl: &'static str,
    /// How many entries of each kind are shown of a dry run.
    pub samples: usize,
    /// Whether these are folded, as a terminal needs it; elsewhere each stands on one line.
    pub folds_samples: bool,
    /// Which shard it is, if it is one.
    pub shard: Option<Shard>,
    /// What is to be said beside what the source says of itself.
    pub remarks: &'a [String],
    /// What was gathered of what is written, if it was.
    pub gathered: Option<&'a Gathered>,
    /// Where a page shows that.
    pub preview: Option<&'a Path>,
}

/// What asks for JSON Lines where the output is a file.
pub const IN_JSONL: &str = "-o out.jsonl";
/// How many of the largest channels are named, and how many characters of their names are shown.
const LARGEST: usize = 10;
const NAME_CHARS: usize = 40;
/// How many parts are listed by name.
const LISTED_PARTS: usize = 20;
/// How many remarks of the source are listed, and how many characters of each.
const LISTED_REMARKS: usize = 20;
const REMARK_CHARS: usize = 600;
/// How many characters of a detail are shown.
const SHOWN_CHARS: usize = 160;
/// How many of a sample entry; most have fewer.
const SAMPLE_CHARS: usize = 4_000;
/// How many characters of what another program says of a kind of loss are shown; the longest of our
/// own sentences has fewer.
const EXPLAINED_CHARS: usize = 400;

/// What was left out of an input of which nothing was written, and why.
pub fn left_out(source: &dyn Source, losses: &[LossKind], ledger: &Ledger) -> String {
    let words = Words { source, losses };
    let mut text = String::new();
    for (kind, note) in ledger.notes(Class::LeftOut) {
        // Writing to a string does not fail.
        let _ = words
            .note(&mut text, kind, note)
            .and_then(|()| words.first(&mut text, note));
    }
    text
}

/// Why records were left out, with the first place, on one line.
pub fn reason(source: &dyn Source, losses: &[LossKind], kind: &str, note: &Note) -> String {
    let words = Words { source, losses };
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = words
        .note(&mut text, kind, note)
        .and_then(|()| words.first(&mut text, note));
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// What notes are told in.
struct Words<'a> {
    source: &'a dyn Source,
    losses: &'a [LossKind],
}

impl Words<'_> {
    /// How many things were noted, and what that means.
    fn note(&self, out: &mut String, kind: &str, note: &Note) -> fmt::Result {
        let text = explain(self.source, self.losses, kind);
        let colon = if text.is_empty() { "" } else { ": " };
        writeln!(out, "  {:>9}  {kind}{colon}{text}", count(note.count))
    }

    /// The first of them.
    fn first(&self, out: &mut String, note: &Note) -> fmt::Result {
        let Some(first) = note.examples.first() else {
            return Ok(());
        };
        let place = location(self.source, &first.place).shown(self.source.counted());
        let place = foreign(&place, SHOWN_CHARS);
        let detail = safe(&first.detail, SHOWN_CHARS);
        let is_alone = detail.is_empty() || place.is_empty();
        let colon = if is_alone { "" } else { ": " };
        writeln!(out, "             first: {place}{colon}{detail}")
    }
}

/// What a kind of note means; empty if nobody says so. What another program says is made safe for a
/// terminal.
pub fn explain(source: &dyn Source, losses: &[LossKind], kind: &str) -> String {
    let mut known = losses.iter().chain(CORE_KINDS);
    match known.find(|known| known.kind == kind) {
        Some(known) => known.text.to_owned(),
        None => safe(source.explain(kind).unwrap_or_default(), EXPLAINED_CHARS),
    }
}

/// What a dry run says to programs.
#[derive(Serialize)]
struct Said<'s> {
    #[serde(flatten)]
    report: &'s Report,
    /// What the kinds of notes mean and what to do about them.
    explained: BTreeMap<&'static str, String>,
    first_message: Option<String>,
    last_message: Option<String>,
    /// How many there are.
    channels: u64,
    largest_channels: Vec<ChannelRow>,
}

#[derive(Serialize)]
struct ChannelRow {
    /// Of a conversation by its members the type alone and a colon, since it has no id.
    cid: String,
    name: String,
    is_direct: bool,
    messages: u64,
    reactions: u64,
    members: u64,
}

impl ChannelRow {
    fn of(it: &Channel) -> ChannelRow {
        ChannelRow {
            cid: discreet(&it.cid),
            name: discreet(&it.name),
            is_direct: it.is_direct,
            messages: it.message_count,
            reactions: it.reaction_count,
            members: it.members,
        }
    }
}

/// What writes a section of the closing words.
type Section<'a> = fn(&Summary<'a>, &mut String) -> fmt::Result;

impl<'a> Summary<'a> {
    /// The closing words.
    pub fn text(&self) -> String {
        // Paths are copied, and so are the commands of a run that wrote something.
        let sections: [(Section<'a>, bool); 9] = [
            (Self::parts, false),
            (Self::books, true),
            (Self::channels, true),
            (Self::remarks, true),
            (Self::notes, true),
            (Self::user_map, true),
            (Self::samples, self.folds_samples),
            (Self::preview, false),
            (Self::next, self.is_dry_run),
        ];
        let mut text = String::new();
        for (section, is_folded) in sections {
            let mut words = String::new();
            // Writing to a string does not fail.
            let _ = section(self, &mut words);
            text += &match is_folded {
                true => folded(&words),
                false => words,
            };
        }
        text
    }

    /// The same for programs: the report, and what else the words tell.
    ///
    /// # Errors
    /// If a text cannot be encoded.
    pub fn json(&self, report: &Report) -> Result<String> {
        let kinds = Class::ALL.into_iter();
        let kinds = kinds.flat_map(|class| self.packed.ledger.notes(class));
        let explained = kinds.map(|(kind, _)| (kind, explain(self.source, self.losses, kind)));
        let gathered = self.gathered.map_or(&[][..], |it| &it.channels);
        let said = Said {
            report,
            explained: explained.collect(),
            first_message: self.packed.span.map(|(first, _)| json::rfc3339(first)),
            last_message: self.packed.span.map(|(_, last)| json::rfc3339(last)),
            channels: self.gathered.map_or(0, |it| it.channel_count),
            largest_channels: gathered.iter().take(LARGEST).map(ChannelRow::of).collect(),
        };
        Ok(safe_json(&serde_json::to_string_pretty(&said)?) + "\n")
    }

    fn parts(&self, out: &mut String) -> fmt::Result {
        let parts = &self.packed.parts;
        let bytes = parts.iter().map(|part| part.bytes).sum();
        if let Some(shard) = self.shard {
            let holds = if parts.is_empty() {
                " holds nothing"
            } else {
                ""
            };
            writeln!(out, "shard {} of {}{holds}", shard.index(), shard.of())?;
        }
        writeln!(
            out,
            "{} {}, {}",
            if self.is_dry_run {
                "would write"
            } else {
                "wrote"
            },
            counted(parts.len() as u64, "file"),
            size(bytes)
        )?;
        for (part, path) in parts.iter().zip(self.paths).take(LISTED_PARTS) {
            let messages = part.counts[Kind::Message as usize];
            writeln!(
                out,
                "  {}  {}, {}",
                safe(&path.display().to_string(), SHOWN_CHARS),
                size(part.bytes),
                counted(messages, "message")
            )?;
        }
        if parts.len() > LISTED_PARTS {
            writeln!(out, "  … and {} more", parts.len() - LISTED_PARTS)?;
        }
        if let Some((first, last)) = self.packed.span {
            let day = |time| json::rfc3339(time)[..10].to_owned();
            writeln!(out, "messages from {} to {}", day(first), day(last))?;
        }
        Ok(())
    }

    fn books(&self, out: &mut String) -> fmt::Result {
        writeln!(out)?;
        write!(out, "{:9}", "")?;
        for (column, _) in Book::default().columns() {
            write!(out, " {column:>10}")?;
        }
        writeln!(out)?;
        for kind in Kind::ALL {
            let book = self.packed.ledger.book(kind);
            write!(out, "{:9}", format!("{}s", kind.name()))?;
            for (_, number) in book.columns() {
                write!(out, " {:>10}", count(number))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// Of a dry run, the channels with the most messages.
    fn channels(&self, out: &mut String) -> fmt::Result {
        let Some(gathered) = self.gathered.filter(|_| self.is_dry_run) else {
            return Ok(());
        };
        let with_some = gathered.channels.iter().filter(|it| it.message_count > 0);
        let mut largest = with_some.take(LARGEST).peekable();
        if largest.peek().is_some() {
            writeln!(
                out,
                "\nlargest channels, of {}",
                count(gathered.channel_count)
            )?;
        }
        for it in largest {
            let messages = count(it.message_count);
            let name = foreign(&it.name, NAME_CHARS);
            let cid = foreign(&it.cid, SHOWN_CHARS);
            writeln!(
                out,
                "  {messages:>9}  {}",
                format!("{cid}  {name}").trim_end()
            )?;
        }
        Ok(())
    }

    /// Where a page shows what is written.
    fn preview(&self, out: &mut String) -> fmt::Result {
        let Some(path) = self.preview else {
            return Ok(());
        };
        let path = safe(&path.display().to_string(), SHOWN_CHARS);
        writeln!(out, "\npreview: {path}, to be opened in a browser")
    }

    /// How the source was understood.
    fn remarks(&self, out: &mut String) -> fmt::Result {
        for remark in self.remarks {
            writeln!(out, "\n{}", foreign(remark, REMARK_CHARS))?;
        }
        let remarks = self.source.remarks();
        if !remarks.is_empty() {
            writeln!(out, "\nunderstood like this")?;
        }
        for remark in remarks.iter().take(LISTED_REMARKS) {
            writeln!(out, "  {}", foreign(remark, REMARK_CHARS))?;
        }
        if remarks.len() > LISTED_REMARKS {
            let more = remarks.len() - LISTED_REMARKS;
            writeln!(
                out,
                "  … and {} more, which a report has",
                count(more as u64)
            )?;
        }
        Ok(())
    }

    fn notes(&self, out: &mut String) -> fmt::Result {
        for class in Class::ALL {
            let title = match class {
                Class::Loss => "written, but not whole",
                Class::LeftOut => "left out",
                Class::Merged => "merged",
                Class::Excluded => "excluded, as asked",
                Class::Made => "made",
            };
            let mut notes = self.packed.ledger.notes(class).peekable();
            if notes.peek().is_some() {
                writeln!(out, "\n{title}")?;
            }
            for (kind, note) in notes {
                let words = self.words();
                words.note(out, kind, note)?;
                if class != Class::Made {
                    words.first(out, note)?;
                }
            }
        }
        Ok(())
    }

    /// What became of the user map.
    fn user_map(&self, out: &mut String) -> fmt::Result {
        let Some(map) = &self.packed.map_use else {
            return Ok(());
        };
        let unused = match map.unused {
            0 => "each for somebody in the source".to_owned(),
            1 => "1 of them for nobody in the source".to_owned(),
            unused => format!("{} of them for nobody in the source", count(unused)),
        };
        writeln!(out, "\nuser map: {}, {unused}", counted(map.rows, "row"))?;
        for (line, key) in &map.examples {
            writeln!(out, "  line {line}: {}", foreign(key, SHOWN_CHARS))?;
        }
        if map.unused > map.examples.len() as u64 {
            let more = map.unused - map.examples.len() as u64;
            writeln!(out, "  … and {} more", count(more))?;
        }
        if map.referred > 0 {
            writeln!(
                out,
                "  {} referred to and not written: the app must have them before this is imported",
                match map.referred {
                    1 => "1 user is".to_owned(),
                    users => format!("{} users are", count(users)),
                }
            )?;
        }
        Ok(())
    }

    fn words(&self) -> Words<'_> {
        Words {
            source: self.source,
            losses: self.losses,
        }
    }

    /// Of a dry run, the first entries of each kind.
    fn samples(&self, out: &mut String) -> fmt::Result {
        if !self.is_dry_run || self.samples == 0 {
            return Ok(());
        }
        writeln!(out, "\nsamples")?;
        for entry in samples::first_entries(&self.packed.parts, self.samples) {
            writeln!(out, "  {}", foreign(&entry, SAMPLE_CHARS))?;
        }
        Ok(())
    }

    fn next(&self, out: &mut String) -> fmt::Result {
        if self.shard.is_some() && self.paths.is_empty() {
            return Ok(());
        }
        if self.is_dry_run {
            return match self.is_output_named {
                true => writeln!(out, "\nnext: run again without `--dry-run` to write it"),
                false => writeln!(
                    out,
                    "\nnext: run again with `-o out.jsonl`, or `-o out.json` for the classic array,\n      \
                     in place of `--dry-run`"
                ),
            };
        }
        if self.paths.is_empty() {
            return Ok(());
        }
        next_command(out, self.paths, self.spelling, self.in_jsonl)?;
        match self.shard {
            Some(_) => writeln!(
                out,
                "      `migrate report merge` adds up the reports of all shards"
            ),
            None => Ok(()),
        }
    }
}

/// The command that uploads the parts; `in_jsonl` is what asks for JSON Lines.
///
/// # Errors
/// If `out` cannot be written.
pub fn next_command(
    out: &mut String,
    paths: &[PathBuf],
    spelling: Spelling,
    in_jsonl: &str,
) -> fmt::Result {
    let first = paths.first().map(|path| path.display().to_string());
    let first = shell_word(&first.unwrap_or_default());
    match spelling {
        Spelling::Array => writeln!(
            out,
            "\nnext: stream-cli chat upload-import {first} --mode upsert"
        )?,
        Spelling::Jsonl => writeln!(out, "\nnext: getstream import chat {first} --watch")?,
    }
    if paths.len() > 1 {
        writeln!(out, "      and so each part, in any order")?;
    }
    if spelling == Spelling::Array {
        writeln!(
            out,
            "      Stream's current importer takes JSON Lines: for that, use `{in_jsonl}`"
        )?;
    }
    Ok(())
}
