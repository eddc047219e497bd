//! Reads the lines of a unit and hands them to the core.

use std::collections::HashSet;

use anyhow::{Context, Result, anyhow};
use migrate_model::{Loss, Origin, Reader, Sink, Stop, Unit, Want};

use crate::input::Input;
use crate::kinds::KINDS;
use crate::line::{Content, Line, LossLine};
use crate::line_type::Counts;
use crate::lines::Lines;
use crate::source::{Files, Stretch};

/// Reads lines for one worker.
pub(crate) struct LineReader<'s> {
    files: &'s Files,
    /// The file that was read last, by its number.
    open: Option<(usize, Lines)>,
    /// The kinds of loss that were met.
    kinds: HashSet<&'static str>,
}

impl<'s> LineReader<'s> {
    pub(crate) fn new(files: &'s Files) -> Self {
        LineReader {
            files,
            open: None,
            kinds: HashSet::new(),
        }
    }
}

impl Reader for LineReader<'_> {
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        let files = self.files;
        let key = usize::try_from(unit.key)?;
        let Stretch { input, file, range } = files
            .stretch(key)
            .ok_or_else(|| anyhow!("there is no unit {key}"))?;
        let lines = match self.open.take() {
            Some((open, lines)) if open == file => lines,
            _ => input.lines()?,
        };
        let (_, lines) = self.open.insert((file, lines));
        let piece = lines.beginning_in(range);
        let piece = piece.with_context(|| input.could_not())?;
        let mut hand = Hand {
            input,
            sink,
            kinds: &mut self.kinds,
            is_for_people: matches!(want, Want::People),
            at: None,
            counts: Counts::default(),
        };
        let mut number = 0;
        for (start, bytes) in piece.lines() {
            number += 1;
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            if let Err(refusal) = hand.over(start, number, bytes) {
                return Err(match refusal {
                    Refusal::Stopped => Stop.into(),
                    Refusal::Wrong(what) => {
                        let before = files.lines_before(key)?;
                        input.wrong_line(before + u64::from(number), &what, bytes)
                    }
                    Refusal::EarlyEnd => input.fault(&mut input.lines()?),
                });
            }
        }
        if !hand.is_for_people {
            files.note(key, file, number, hand.counts);
        }
        Ok(())
    }
}

/// Why a line was not handed over.
enum Refusal {
    /// The core wants no more.
    Stopped,
    /// The line is wrong, in these words.
    Wrong(String),
    /// The line is an `end`, and others stand behind it.
    EarlyEnd,
}

impl From<Stop> for Refusal {
    fn from(_: Stop) -> Self {
        Refusal::Stopped
    }
}

/// Hands the lines of a unit over to the core.
struct Hand<'h> {
    input: &'h Input,
    sink: &'h mut dyn Sink,
    kinds: &'h mut HashSet<&'static str>,
    /// Whether nothing but people is wanted.
    is_for_people: bool,
    /// The place where the core takes records to stand, if not in the file.
    at: Option<String>,
    counts: Counts,
}

impl Hand<'_> {
    /// Hands a line over that begins at `start` in the file and is the `number`th of its unit,
    /// from 1.
    fn over(&mut self, start: u64, number: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let mut slot = None;
        let line = self.input.parse(bytes, &mut slot);
        let Line { it, at, record } = line.map_err(Refusal::Wrong)?;
        self.counts.add(it.line_type());
        match it {
            Content::Record(_, made) if !self.is_for_people => {
                let origin = match made {
                    None => Origin::Read,
                    Some(kind) => Origin::Made(self.kind("made", &kind)?),
                };
                let record = self.place(at.as_deref(), record, number);
                if let Some(it) = slot {
                    self.sink.put(record, origin, it)?;
                }
            }
            Content::Loss(it) if !self.is_for_people => {
                let record = self.place(at.as_deref(), record, number);
                self.lose(record, it)?;
            }
            Content::Record(..) | Content::Loss(_) | Content::Progress => {}
            Content::Person(person) => self.sink.meet(person)?,
            Content::Hello(_) => self.input.check_hello(start).map_err(Refusal::Wrong)?,
            Content::End(_) => match &self.input.end {
                Some((end, _)) if *end == start => {}
                Some(_) => return Err(Refusal::EarlyEnd),
                None => return Err(Refusal::Wrong(BARE_END.to_owned())),
            },
        }
        Ok(())
    }

    fn lose(&mut self, record: u32, it: LossLine<'_>) -> Result<(), Refusal> {
        let loss = Loss {
            kind: self.kind("kind", &it.kind)?,
            outcome: it.outcome,
            of: it.of,
            channel: it.channel,
            count: it.count,
            detail: it.detail,
        };
        Ok(self.sink.lose(record, loss)?)
    }

    /// The number of a record in its place, which the core is told if it has changed.
    fn place(&mut self, at: Option<&str>, record: u32, number: u32) -> u32 {
        if self.at.as_deref() != at {
            self.sink.file(at.unwrap_or_default());
            self.at = at.map(str::to_owned);
        }
        match at {
            Some(_) => record,
            None => number,
        }
    }

    fn kind(&mut self, key: &str, kind: &str) -> Result<&'static str, Refusal> {
        if let Some(kind) = self.kinds.get(kind) {
            return Ok(kind);
        }
        let wrong = |what| Refusal::Wrong(format!("`{key}`: {what}"));
        let kind = KINDS.get(kind).map_err(wrong)?;
        self.kinds.insert(kind);
        Ok(kind)
    }
}

/// What is wrong with an `end` line in a bare file.
const BARE_END: &str = "an `end` line has no place in a file that is read with `--bare`; take it \
                        away, or write a `hello` line too and leave `--bare` away";
