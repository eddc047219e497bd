//! Files of lines as a source: units of about a megabyte each, with the lines that begin in it.
//!
//! What the lines come to is left to the core: they stand in any order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use migrate_model::{
    ChannelRef, Give, Kind, Location, Loss, LossKind, Options, Outcome, Reader, Sink, Source, Text,
    Unit,
};

use crate::input::{Announced, Input, Settings};
use crate::line_type::Counts;
use crate::reader::LineReader;

/// The warning that goes with every bare file.
pub(crate) const BARE: LossKind = LossKind {
    kind: "jsonl.bare",
    text: "a file was read without `hello` and `end`, so nobody can tell whether it is complete; \
           write both and leave `--bare` away to be sure",
};

/// The number of lines of a unit that has not been read.
const UNREAD: u32 = u32::MAX;

/// The number of lines before a unit that nobody has asked for.
const UNCOUNTED: u64 = u64::MAX;

/// Opened files of lines.
pub(crate) struct Files {
    pub(crate) inputs: Vec<Open>,
    units: Vec<Unit>,
    /// How many lines begin in each unit.
    lines: Vec<AtomicU32>,
    /// How many lines of its file stand before each unit.
    before: Vec<AtomicU64>,
    settings: Settings,
    /// What wrote the files, if it is the same for all.
    origin: Option<String>,
    /// What kinds of loss mean.
    explained: BTreeMap<String, String>,
}

/// A file that is being read.
pub(crate) struct Open {
    pub(crate) input: Input,
    /// The number of its first unit.
    first_unit: usize,
    counted: Mutex<Counts>,
}

/// A unit of a file.
pub(crate) struct Stretch<'f> {
    pub(crate) input: &'f Input,
    /// The number of the file.
    pub(crate) file: usize,
    pub(crate) range: Range<u64>,
}

impl Files {
    /// Opens files, and looks at the first and last line of each.
    ///
    /// # Errors
    /// If one cannot be read, or is not what it must be.
    pub(crate) fn open(paths: &[PathBuf], options: &Options, settings: Settings) -> Result<Files> {
        if paths.is_empty() {
            bail!("no file was given");
        }
        let mut files = Files {
            inputs: Vec::new(),
            units: Vec::new(),
            lines: Vec::new(),
            before: Vec::new(),
            settings,
            origin: None,
            explained: BTreeMap::new(),
        };
        let mut adapters = Vec::new();
        for path in paths {
            let called = options.name_of(path);
            let name = match called == path.display().to_string() {
                true => name_among(path, paths),
                false => called,
            };
            let (input, announced) = Input::open(path, name, settings)?;
            files.add(input)?;
            let Some(Announced { adapter, losses }) = announced else {
                continue;
            };
            adapters.push(adapter);
            for (kind, text) in losses {
                files.explained.entry(kind).or_insert(text);
            }
        }
        adapters.dedup();
        if let [adapter] = adapters.as_slice() {
            files.origin = Some(adapter.clone());
        }
        Ok(files)
    }

    fn add(&mut self, input: Input) -> Result<()> {
        let first_unit = self.units.len();
        let mut start = 0;
        while start < input.bytes {
            let bytes = self.settings.unit_bytes.min(input.bytes - start);
            self.units.push(Unit {
                key: u64::try_from(self.units.len())?,
                bytes,
                channel: None,
            });
            self.lines.push(AtomicU32::new(UNREAD));
            self.before.push(AtomicU64::new(UNCOUNTED));
            start += bytes;
        }
        self.inputs.push(Open {
            input,
            first_unit,
            counted: Mutex::default(),
        });
        Ok(())
    }

    /// Where a unit lies.
    pub(crate) fn stretch(&self, unit: usize) -> Option<Stretch<'_>> {
        let file = self.inputs.partition_point(|it| it.first_unit <= unit);
        let file = file.checked_sub(1)?;
        let Open {
            input, first_unit, ..
        } = self.inputs.get(file)?;
        let nth = u64::try_from(unit - first_unit).ok()?;
        let start = nth.checked_mul(self.settings.unit_bytes)?;
        let end = input
            .bytes
            .min(start.checked_add(self.settings.unit_bytes)?);
        Some(Stretch {
            input,
            file,
            range: start..end,
        })
    }

    /// Takes note that a unit has been read.
    pub(crate) fn note(&self, unit: usize, file: usize, lines: u32, counts: Counts) {
        let known = self
            .lines
            .get(unit)
            .map(|it| it.swap(lines, Ordering::Relaxed));
        let Some(open) = self.inputs.get(file).filter(|_| known == Some(UNREAD)) else {
            return;
        };
        *open.counted.lock().unwrap_or_else(PoisonError::into_inner) += counts;
    }

    /// How many lines of its file stand before a unit.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn lines_before(&self, unit: usize) -> Result<u64> {
        let first = self.stretch(unit).and_then(|it| self.inputs.get(it.file));
        let first = first.map_or(unit, |open| open.first_unit);
        let known = |unit: usize| {
            let before = self.before.get(unit)?.load(Ordering::Relaxed);
            (before != UNCOUNTED).then_some((unit, before))
        };
        // Whoever asks for one place asks for many, mostly in their order.
        let nearest = (first + 1..=unit).rev().find_map(known);
        let (from, mut before) = nearest.unwrap_or((first, 0));
        for unit in from..unit {
            before += u64::from(self.lines_of(unit)?);
            if let Some(next) = self.before.get(unit + 1) {
                next.store(before, Ordering::Relaxed);
            }
        }
        Ok(before)
    }

    fn lines_of(&self, unit: usize) -> Result<u32> {
        let (Some(known), Some(Stretch { input, range, .. })) =
            (self.lines.get(unit), self.stretch(unit))
        else {
            return Ok(0);
        };
        let lines = known.load(Ordering::Relaxed);
        if lines != UNREAD {
            return Ok(lines);
        }
        let counted = input.lines()?.count(range);
        let counted = counted.with_context(|| input.could_not())?;
        Ok(u32::try_from(counted)?)
    }
}

impl Source for Files {
    fn directory(&self, sink: &mut dyn Sink) -> Result<()> {
        if !self.settings.is_bare {
            return Ok(());
        }
        for Open { input, .. } in &self.inputs {
            sink.file(&input.name);
            let loss = Loss {
                kind: BARE.kind,
                outcome: Outcome::Field,
                of: Kind::Message,
                channel: ChannelRef::Unit,
                count: 1,
                detail: Text::default(),
            };
            sink.lose(0, loss)?;
        }
        Ok(())
    }

    fn units(&self) -> &[Unit] {
        &self.units
    }

    fn unit_name(&self, unit: &Unit) -> String {
        let stretch = usize::try_from(unit.key)
            .ok()
            .and_then(|unit| self.stretch(unit));
        stretch.map(|it| it.input.name.clone()).unwrap_or_default()
    }

    fn location(&self, unit: &Unit, record: u32) -> Location {
        let before = usize::try_from(unit.key).map(|unit| self.lines_before(unit));
        let before = match (record, before) {
            (1.., Ok(Ok(before))) => u32::try_from(before).ok(),
            _ => Some(0),
        };
        Location {
            file: self.unit_name(unit),
            record: before
                .and_then(|before| before.checked_add(record))
                .unwrap_or(0),
        }
    }

    fn source_records(&self, unit: &Unit, records: &[u32], give: Give<'_>) -> Result<()> {
        let Some(Stretch { input, range, .. }) = self.stretch(usize::try_from(unit.key)?) else {
            return Ok(());
        };
        let mut lines = input.lines()?;
        for ((_, line), record) in lines.beginning_in(range)?.lines().zip(1..) {
            if records.binary_search(&record).is_ok() {
                give(record, line);
            }
        }
        Ok(())
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(LineReader::new(self)))
    }

    fn finish(&self) -> Result<()> {
        for Open { input, counted, .. } in &self.inputs {
            let counted = *counted.lock().unwrap_or_else(PoisonError::into_inner);
            input.check_counts(counted)?;
        }
        Ok(())
    }

    fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    fn explain(&self, kind: &str) -> Option<&str> {
        self.explained.get(kind).map(String::as_str)
    }
}

/// The name of a file without its folders, unless another one has the same.
fn name_among(path: &Path, paths: &[PathBuf]) -> String {
    let same = paths.iter().filter(|it| it.file_name() == path.file_name());
    match path.file_name() {
        Some(name) if same.count() < 2 => name.to_string_lossy().into_owned(),
        _ => path.display().to_string(),
    }
}
