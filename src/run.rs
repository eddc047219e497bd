//! One run of the program, from the command line to the closing words.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use migrate_model::{Adapter, Source};

use crate::Ending;
use crate::books::Class;
use crate::cli::{self, Conversion};
use crate::convert::{self, Plan};
use crate::directory::Defaults;
use crate::getstream::Spelling;
use crate::getstream::check::Checks;
use crate::parts::Packed;
use crate::parts::target::{Target, WorkFolder};
use crate::people;
use crate::progress::Progress;
use crate::report::Report;
use crate::summary::Summary;

/// Runs the program.
pub(crate) fn run(adapters: &[&dyn Adapter]) -> Result<Ending> {
    let matches = cli::command(adapters).try_get_matches()?;
    let found = matches.subcommand().and_then(|(name, matches)| {
        let adapter = adapters.iter().find(|it| it.about().name == name)?;
        Some((*adapter, matches))
    });
    let Some((adapter, matches)) = found else {
        bail!("no such command; `migrate --help` lists them");
    };
    Run::new(adapter, Conversion::of(adapter.about(), matches))?.convert()
}

/// A conversion whose options have been checked against each other and the file system.
struct Run<'a> {
    adapter: &'a dyn Adapter,
    asked: Conversion,
    target: Target,
    spelling: Spelling,
}

/// The target of a dry run that names none; only its name is shown.
const UNNAMED: &str = "out.json";

impl<'a> Run<'a> {
    /// Checks everything that can be checked before the long read.
    fn new(adapter: &'a dyn Adapter, asked: Conversion) -> Result<Run<'a>> {
        let output = asked.output.clone().unwrap_or_else(|| UNNAMED.into());
        let target = Target::of(&output)?;
        let spelling = spelling(&output, asked.format.as_deref())?;
        if !asked.is_dry_run && !asked.force {
            refuse_existing(&target)?;
        }
        for (path, what) in [(&asked.report, "report"), (&asked.people, "people file")] {
            if let Some(path) = path {
                check_beside(path, what, &target)?;
            }
        }
        Ok(Run {
            adapter,
            asked,
            target,
            spelling,
        })
    }

    fn convert(&self) -> Result<Ending> {
        let asked = &self.asked;
        let stop = stop_on_signals()?;
        let plan = self.plan()?;
        let work = match asked.is_dry_run {
            true => {
                let temporary = asked.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
                WorkFolder::temporary(&temporary)?
            }
            false => WorkFolder::claim(&self.target.work_folder())?,
        };
        let source = self.adapter.open(&asked.inputs, &asked.options)?;
        let progress = Progress::new(asked.is_quiet);
        let packed = convert::convert(&*source, &plan, &work, &progress, &stop);
        progress.end();
        self.finish(&*source, &packed?, &work, &stop)
    }

    /// Gives the parts their names, and says what happened.
    fn finish(
        &self,
        source: &dyn Source,
        packed: &Packed,
        work: &WorkFolder,
        stop: &AtomicBool,
    ) -> Result<Ending> {
        let asked = &self.asked;
        let left_out = packed.ledger.count(Class::LeftOut);
        let count = packed.parts.len();
        let paths: Vec<PathBuf> = (0..count).map(|n| self.target.part(n, count)).collect();
        let report = match &asked.report {
            Some(_) => Some(Report::new(source, &packed.ledger, &packed.parts, &paths)?),
            None => None,
        };
        let summary = Summary {
            source,
            losses: self.adapter.about().losses,
            packed,
            paths: &paths,
            spelling: self.spelling,
            is_dry_run: asked.is_dry_run,
        };
        let closing = (!asked.is_quiet).then(|| summary.text());
        if asked.is_strict && left_out > 0 {
            self.say(closing.as_deref().filter(|_| asked.is_dry_run));
            self.write_report(report.as_ref())?;
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
        if !asked.is_dry_run {
            let work_files: Vec<_> = packed.parts.iter().map(|it| it.path.clone()).collect();
            self.target.publish(work, &work_files)?;
        } else if let Some(path) = &asked.people {
            people::write(path, &packed.people)?;
        }
        self.write_report(report.as_ref())?;
        self.say(closing.as_deref());
        Ok(match left_out {
            0 => Ending::Complete,
            _ => Ending::LeftOut,
        })
    }

    fn plan(&self) -> Result<Plan> {
        let asked = &self.asked;
        let people = match &asked.people {
            Some(path) if !asked.is_dry_run => people::read(path)?,
            _ => Vec::new(),
        };
        let all = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = asked.threads.map_or(all, |threads| threads as usize);
        let direct_type = asked.direct_type.clone();
        Ok(Plan {
            checks: Checks {
                spelling: self.spelling,
                max_text_chars: asked.max_text as usize,
            },
            part_bytes: asked.part_bytes,
            defaults: Defaults {
                channel_type: channel_type("--channel-type", &asked.channel_type)?,
                direct_type: match direct_type {
                    Some(name) => channel_type("--dm-type", &name)?,
                    None => asked.channel_type.clone(),
                },
            },
            unknown_user: format!("{}-unknown", self.adapter.about().name),
            threads,
            people,
        })
    }

    fn write_report(&self, report: Option<&Report>) -> Result<()> {
        match (report, &self.asked.report) {
            (Some(report), Some(path)) => report.write(path),
            _ => Ok(()),
        }
    }

    /// The closing words: of a dry run they are what was asked for and go to standard output.
    fn say(&self, text: Option<&str>) {
        let Some(text) = text else {
            return;
        };
        // A reader who went away does not make a run that is complete a failure.
        let _ = match self.asked.is_dry_run {
            true => std::io::stdout().write_all(text.as_bytes()),
            false => std::io::stderr().write_all(text.as_bytes()),
        };
    }
}

fn spelling(output: &Path, format: Option<&str>) -> Result<Spelling> {
    let by_extension = Spelling::of(output);
    match format {
        Some("jsonl") => Ok(Spelling::Jsonl),
        Some(_) => Ok(Spelling::Array),
        None => by_extension.with_context(|| {
            format!(
                "the output {} should end in `.json` (one array) or `.jsonl` (JSON Lines); or say `--format`",
                output.display()
            )
        }),
    }
}

fn refuse_existing(target: &Target) -> Result<()> {
    let existing = target.existing()?;
    let Some(first) = existing.first() else {
        return Ok(());
    };
    let more = match existing.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    bail!(
        "the output {}{more} exists already; use another name, or `--force` to replace it",
        first.display()
    )
}

/// Checks that a file beside the output can be written, and is none of its parts.
fn check_beside(path: &Path, what: &str, target: &Target) -> Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        bail!(
            "the folder {} of the {what} does not exist; create it first",
            folder.display()
        );
    }
    if path.is_dir() {
        bail!("the {what} {} is a folder; give a file", path.display());
    }
    if target.may_write(path) {
        bail!(
            "the {what} {} has a name that a part of the output may get; choose another",
            path.display()
        );
    }
    Ok(())
}

fn channel_type(option: &str, name: &str) -> Result<String> {
    use crate::getstream::{ids, limits};
    let is_legal = !name.is_empty()
        && name.len() <= limits::CHANNEL_TYPE_BYTES
        && name.bytes().all(ids::in_channel_id);
    if !is_legal {
        bail!("`{option} {name}`: a channel type has letters, digits, `_` and `-`, at most 64");
    }
    Ok(name.to_owned())
}

/// Ends a run cleanly on Ctrl-C and its like.
fn stop_on_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    ctrlc::set_handler(move || seen.store(true, Ordering::Relaxed))
        .context("could not listen for Ctrl-C")?;
    Ok(stop)
}
