//! The end of a conversion: files get their names, and people are told.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use migrate_model::Source;

use super::adapter::Run;
use super::beside::{self, Comes, Made};
use crate::Ending;
use crate::books::Class;
use crate::parts::Packed;
use crate::parts::target::WorkFolder;
use crate::preview::gather::Gathered;
use crate::report::Report;
use crate::stdout;
use crate::summary::{self, Summary};
use crate::text::counted;

/// What is said of people whom a shard met and nobody told it of.
const NOT_ALL_KNOWN: &str = "people who stand in no list were met of whom no people file told, and other shards may \
    know them by another name: run with `--dry-run --people FILE` and without `--shard` first, then give \
    `--people FILE` to every shard";

impl Run<'_> {
    /// Gives the parts their names, and says what happened.
    ///
    /// # Errors
    /// If something cannot be written, or nothing may be.
    pub fn finish(
        &self,
        source: &dyn Source,
        packed: &Packed,
        gathered: Option<Gathered>,
        work: &WorkFolder,
        stop: &AtomicBool,
    ) -> Result<Ending> {
        let asked = &self.asked;
        let left_out = packed.ledger.count(Class::LeftOut);
        let checksums = packed.checksums();
        let paths = self.target.paths(packed.parts.len(), &checksums);
        let mut remarks = Vec::new();
        remarks.extend(self.shard_remark(packed));
        remarks.extend(beside::unwritten_remark(asked));
        // What was refused has no parts.
        let named = match self.refuses(packed) {
            true => &[][..],
            false => &paths,
        };
        let report = self
            .has_checksums()
            .then(|| Report::new(source, packed, named, &checksums, &remarks));
        let summary = Summary {
            source,
            losses: self.adapter.about().losses,
            packed,
            paths: &paths,
            spelling: self.spelling,
            is_dry_run: asked.is_dry_run,
            is_output_named: asked.output.is_some(),
            in_jsonl: match self.target.is_by_content() {
                true => "--format jsonl",
                false => summary::IN_JSONL,
            },
            samples: asked.samples,
            folds_samples: io::stdout().is_terminal(),
            shard: asked.shard,
            remarks: &remarks,
            gathered: gathered.as_ref(),
            preview: asked.preview.as_deref(),
        };
        let closing = match &report {
            Some(report) if asked.speaks_json => Some(summary.json(report)?),
            _ => (!asked.is_quiet).then(|| summary.text()),
        };
        let mut made = Made {
            run: self,
            source,
            packed,
            paths: &paths,
            report: report.as_ref(),
            gathered,
        };
        let mut beside = made.stage(match asked.is_dry_run {
            true => &[Comes::Always, Comes::WithoutOutput],
            false => &[Comes::Always],
        })?;
        if self.refuses(packed) {
            self.say(closing.as_deref().filter(|_| asked.is_dry_run))?;
            beside.reserve(asked)?;
            beside.publish()?;
            let kinds: Vec<_> = packed
                .ledger
                .notes(Class::LeftOut)
                .map(|(kind, note)| format!("{} {kind}", note.count))
                .collect();
            bail!(
                "nothing was written, since `--strict` is set and records had to be left out: {}",
                kinds.join(", ")
            );
        }
        if stop.load(Ordering::Relaxed) {
            bail!("stopped before the output was complete; nothing was written");
        }
        beside.extend(made.stage(&[Comes::WithOutput])?);
        beside.reserve(asked)?;
        let mut replaced = 0;
        if !asked.is_dry_run {
            let work_files: Vec<_> = packed.parts.iter().map(|it| it.path.clone()).collect();
            replaced = self
                .target
                .publish(work, &work_files, &checksums, asked.force)?;
        }
        beside.publish()?;
        if replaced > 0 && !asked.is_quiet {
            let files = counted(replaced as u64, "file");
            self.say(Some(&format!("replaced {files} of an earlier run\n")))?;
        }
        if let Some(report) = report.filter(|_| self.target.is_by_content() && !asked.is_dry_run) {
            // Whoever adds them up has to have them: without them the run is to be done again.
            let lines = report.lines()?;
            let told = io::stdout().write_all(&lines);
            told.context("could not say on standard output which parts were written")?;
        }
        self.say(closing.as_deref())?;
        Ok(match left_out {
            0 => Ending::Complete,
            _ => Ending::LeftOut,
        })
    }

    /// Whether nothing is written because not all can be.
    pub fn refuses(&self, packed: &Packed) -> bool {
        self.asked.is_strict && packed.ledger.count(Class::LeftOut) > 0
    }

    /// Whether something tells the checksums of the parts.
    pub fn has_checksums(&self) -> bool {
        let asked = &self.asked;
        asked.report.is_some() || asked.speaks_json || self.target.is_by_content()
    }

    /// What is to be said of a shard that met people of whom others may know something else.
    fn shard_remark(&self, packed: &Packed) -> Option<String> {
        let is_one_of_several = self.asked.shard.is_some_and(|shard| !shard.is_whole());
        (is_one_of_several && packed.has_untold).then(|| NOT_ALL_KNOWN.to_owned())
    }

    /// The closing words: of a dry run they are what was asked for and go to standard output.
    ///
    /// # Errors
    /// If a dry run cannot say them.
    fn say(&self, text: Option<&str>) -> Result<()> {
        let Some(text) = text else {
            return Ok(());
        };
        if self.asked.is_dry_run {
            return stdout::print(text.as_bytes());
        }
        // That nobody reads it makes no run that is complete a failure.
        let _ = std::io::stderr().write_all(text.as_bytes());
        Ok(())
    }
}
