//! The command of an adapter: its source is converted, or its records are written as they are.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use migrate_model::wording::Lines;
use migrate_model::{Adapter, Source};

use super::{beside, keep_piped, stop_on_signals};
use crate::Ending;
use crate::cli::Conversion;
use crate::convert::{self, NothingUsable, Plan};
use crate::detect;
use crate::directory::Defaults;
use crate::emit;
use crate::fingerprint;
use crate::getstream::Spelling;
use crate::getstream::check::Checks;
use crate::getstream::roles::Roles;
use crate::group;
use crate::output::{refuse_existing, refuse_inside, spelling, unwritten, with_cure};
use crate::parts::Packed;
use crate::parts::target::{Target, WorkFolder};
use crate::people;
use crate::progress::Progress;
use crate::staged::Staged;
use crate::stdout;
use crate::summary;
use crate::user_map::{MappedUsers, UserMap};

/// Why a dry run of a shard writes no people file.
const LEARNT_FROM_ALL: &str = "`--dry-run --people FILE` learns about people from the whole source: \
    run it without `--shard`, then give the file to every shard";

/// How much room on the disk a run needs.
const ROOM: &str = "the size of the output and two parts more";

/// How much room standard input and records in any order need.
const GROUPING_ROOM: &str =
    "three times the size of the input, which may stand in `--temp-dir`, beside the output";

/// A conversion whose options have been checked against each other and the file system.
pub struct Run<'a> {
    pub(super) adapter: &'a dyn Adapter,
    /// All that are there, to say which reads what this one does not.
    adapters: &'a [&'a dyn Adapter],
    pub(super) asked: Conversion,
    pub(super) target: Target,
    pub(super) spelling: Spelling,
}

impl<'a> Run<'a> {
    /// Checks everything that can be checked before the long read.
    pub fn new(
        adapter: &'a dyn Adapter,
        adapters: &'a [&'a dyn Adapter],
        mut asked: Conversion,
    ) -> Result<Run<'a>> {
        // A dry run may name no output; then only the name is shown.
        let unnamed = match asked.format.as_deref() {
            Some("jsonl") => "out.jsonl",
            _ => "out.json",
        };
        let output = asked.output.clone().unwrap_or_else(|| unnamed.into());
        if asked.shard.is_some() && asked.is_dry_run && asked.people.is_some() {
            bail!(LEARNT_FROM_ALL);
        }
        let (mut target, spelling) = match asked.is_named_by_content {
            true => target_by_content(&asked)?,
            false => {
                let target = Target::of(&output)?;
                let spelling = match asked.emits_model {
                    true => Spelling::Array,
                    false => spelling(&output, asked.format.as_deref())?,
                };
                (target, spelling)
            }
        };
        if let Some(shard) = asked.shard {
            target = target.of_shard(shard);
            if !target.is_by_content() {
                asked.output = asked.output.and_then(|_| target.paths(1, &[]).pop());
            }
        }
        if asked.output.is_some() && !asked.is_dry_run && !asked.force {
            refuse_existing(&target)?;
        }
        beside::check(adapter, &asked, &target)?;
        let refers = asked.mapped_users == MappedUsers::Refer;
        if refers && spelling != Spelling::Jsonl {
            bail!(
                "`--mapped-users refer` works with JSON Lines alone: in an array every user has to stand beside what refers to them; write to `.jsonl`, or leave the option away"
            );
        }
        Ok(Run {
            adapter,
            adapters,
            asked,
            target,
            spelling,
        })
    }

    pub fn convert(&self) -> Result<Ending> {
        let asked = &self.asked;
        let stop = stop_on_signals()?;
        let plan = self.plan()?;
        let work = match asked.is_dry_run {
            true => WorkFolder::temporary(&self.temp_dir())?,
            false => self.claim()?,
        };
        let grouping = self.grouping_folder()?;
        let grouping = grouping.as_ref().unwrap_or(&work);
        self.convert_into(&work, grouping, plan, &stop)
    }

    /// Converts with work files in one folder, and those of grouping in another or the same.
    fn convert_into(
        &self,
        work: &WorkFolder,
        grouping: &WorkFolder,
        plan: Plan,
        stop: &Arc<AtomicBool>,
    ) -> Result<Ending> {
        let (source, mut packed) = self.pack(work, grouping, plan, stop)?;
        let gathered = packed.gathered.take();
        self.finish(&*source, &packed, gathered, work, stop)
            .map_err(with_room)
    }

    /// Makes the parts in the work folder, without a name.
    pub fn pack(
        &self,
        work: &WorkFolder,
        grouping: &WorkFolder,
        mut plan: Plan,
        stop: &Arc<AtomicBool>,
    ) -> Result<(Box<dyn Source>, Packed)> {
        let asked = &self.asked;
        let fingerprint = asked
            .shard
            .map(|_| fingerprint::of(self.adapter, &asked.options, &plan));
        let fingerprint = fingerprint.transpose()?;
        let progress = Progress::new(asked.is_quiet);
        let source = self.open(grouping, stop, &progress)?;
        if let Some(origin) = source.origin() {
            plan.unknown_user = unknown_user(origin);
        }
        let setting = group::Setting {
            work: grouping,
            threads: plan.threads,
            progress: &progress,
            stop,
        };
        // What is grouped was read whole, so that each shard knows the same of everybody.
        let is_grouped = source.units().iter().any(|unit| unit.channel.is_none());
        let source = by_channel(source, setting);
        let packed = source.and_then(|source| {
            let packed = convert::convert(&*source, &plan, work, &progress, stop);
            match packed {
                Ok(mut packed) => {
                    packed.has_untold &= !is_grouped;
                    if let (Some(share), Some(fingerprint)) = (&mut packed.share, fingerprint) {
                        share.options = fingerprint;
                    }
                    Ok((source, packed))
                }
                Err(error) => Err(with_room(self.with_reasons(&*source, error))),
            }
        });
        progress.end();
        packed
    }

    /// Says why all of an input was left out, if it was.
    fn with_reasons(&self, source: &dyn Source, error: anyhow::Error) -> anyhow::Error {
        let Some(nothing) = error.downcast_ref::<NothingUsable>() else {
            return error;
        };
        let losses = self.adapter.about().losses;
        let reasons = summary::left_out(source, losses, &nothing.0);
        Lines(format!("{error}; left out\n{}", reasons.trim_end())).into()
    }

    /// Writes the records instead of converting them.
    pub fn emit(&self) -> Result<Ending> {
        let asked = &self.asked;
        let stop = stop_on_signals()?;
        let mut plan = self.plan()?;
        let work = match &asked.output {
            Some(_) => self.claim()?,
            None => WorkFolder::temporary(&self.temp_dir())?,
        };
        let grouping = self.grouping_folder()?;
        let grouping = grouping.as_ref().unwrap_or(&work);
        let progress = Progress::new(asked.is_quiet);
        let source = self.open(grouping, &stop, &progress)?;
        let setting = group::Setting {
            work: grouping,
            threads: plan.threads,
            progress: &progress,
            stop: &stop,
        };
        let source = by_channel(source, setting).inspect_err(|_| progress.end())?;
        let name = source.origin().unwrap_or(self.adapter.about().name);
        plan.unknown_user = unknown_user(name);
        let losses = self.adapter.about().losses;
        let Some(output) = &asked.output else {
            let mut out = stdout::lines_of_json();
            let emitted = emit::emit(&*source, (name, losses), &plan, &progress, &stop, &mut out);
            progress.end();
            return match emitted {
                // A reader who has seen enough makes no failure.
                Err(error) if !emit::is_reader_gone(&error) => Err(error),
                _ => Ok(Ending::Complete),
            };
        };
        let path = work.file("model");
        let file = File::create(&path).with_context(|| unwritten(output))?;
        let mut out = std::io::BufWriter::new(file);
        let emitted = emit::emit(&*source, (name, losses), &plan, &progress, &stop, &mut out);
        progress.end();
        emitted.map_err(with_room)?;
        let flushed = out.flush().with_context(|| unwritten(output));
        flushed.map_err(with_room)?;
        drop(out);
        if stop.load(Ordering::Relaxed) {
            bail!(convert::STOPPED);
        }
        let staged = Staged::of_file(output, None, &path).with_context(|| unwritten(output))?;
        staged.publish().with_context(|| unwritten(output))?;
        Ok(Ending::Complete)
    }

    /// The work folder beside the output, if that may be written.
    fn claim(&self) -> Result<WorkFolder> {
        let work = self.target.claim()?;
        // Claiming may have brought back the output that a killed run was about to replace.
        if !self.asked.force {
            refuse_existing(&self.target)?;
        }
        for input in &self.asked.inputs {
            refuse_inside(input, self.target.folder(), "output")?;
        }
        Ok(work)
    }

    /// The folder for standard input and for grouping, if it is to be another one than that of the
    /// output.
    fn grouping_folder(&self) -> Result<Option<WorkFolder>> {
        match &self.asked.temp_dir {
            Some(folder) if self.asked.output.is_some() && !self.asked.is_dry_run => {
                WorkFolder::temporary(folder).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Where work files go that are no part of an output.
    fn temp_dir(&self) -> PathBuf {
        self.asked
            .temp_dir
            .clone()
            .unwrap_or_else(std::env::temp_dir)
    }

    /// Opens the inputs; standard input is kept in a file first.
    fn open(
        &self,
        work: &WorkFolder,
        stop: &Arc<AtomicBool>,
        progress: &Progress,
    ) -> Result<Box<dyn Source>> {
        let mut inputs = self.asked.inputs.clone();
        let mut options = self.asked.options.clone();
        options.stop_on(Arc::clone(stop));
        options.work_in(work.of_source()?);
        options.watch_by(Arc::new(progress.clone()));
        keep_piped(&mut inputs, &mut options, work, stop)?;
        let opened = self.adapter.open(&inputs, &options);
        opened
            .inspect_err(|_| progress.end())
            .map_err(with_grouping_room)
            .map_err(|error| self.with_reader(error))
    }

    /// Says who reads the input, if that is somebody else and the error does not say so, or that nobody
    /// does.
    fn with_reader(&self, error: anyhow::Error) -> anyhow::Error {
        let (Some(input), text) = (self.asked.inputs.first(), format!("{error:#}")) else {
            return error;
        };
        let chosen = self.adapter.about().name;
        // What a program reads nobody knows but itself.
        let is_known = self.adapters.iter().any(|it| it.about().name == chosen);
        if is_known && let Some(error) = detect::no_chat(input) {
            return error;
        }
        match detect::other_reader(input, chosen, self.adapters, &text) {
            // How a table would have to look does not help whoever has none.
            Some(hint) => {
                let first = text.lines().next().unwrap_or_default();
                Lines(format!("{first}\n{hint}")).into()
            }
            None => error,
        }
    }

    pub fn plan(&self) -> Result<Plan> {
        let asked = &self.asked;
        let people = match &asked.people {
            Some(path) if !asked.is_dry_run => people::read(path)?,
            _ => Vec::new(),
        };
        let user_map = asked.user_map.as_deref().map(UserMap::read).transpose()?;
        let roles = match asked.roles.is_empty() {
            true => Roles::default(),
            false => Roles::new(asked.roles.iter().cloned()),
        };
        if let Some(map) = &user_map {
            map.check_roles(&roles)?;
        }
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
                roles,
            },
            unknown_user: unknown_user(self.adapter.about().name),
            threads: asked.options.threads(),
            people,
            user_map: user_map.map(Arc::new),
            mapped_users: asked.mapped_users,
            has_id_map: asked.id_map.is_some() && !asked.is_dry_run,
            has_checksums: self.has_checksums(),
            has_file_list: asked.file_list().is_some() && !asked.is_dry_run,
            preview_messages: match &asked.preview {
                Some(_) => Some(asked.preview_messages),
                // The words of a dry run name the largest channels.
                None => (asked.is_dry_run && (asked.speaks_json || !asked.is_quiet)).then_some(0),
            },
            selection: asked.selection.clone(),
            shard: asked.shard,
            may_be_empty: asked.shard.is_some() || self.target.is_by_content(),
        })
    }
}

/// Groups a source by channel, unless it is.
fn by_channel(source: Box<dyn Source>, setting: group::Setting<'_>) -> Result<Box<dyn Source>> {
    group::by_channel(source, setting).map_err(with_grouping_room)
}

/// Says what to do about a full disk while the output is written.
pub(super) fn with_room(error: anyhow::Error) -> anyhow::Error {
    with_cure(error, ROOM)
}

/// The same of standard input and of grouping.
pub(super) fn with_grouping_room(error: anyhow::Error) -> anyhow::Error {
    with_cure(error, GROUPING_ROOM)
}

/// The target of parts that are named by content, and how they are written.
fn target_by_content(asked: &Conversion) -> Result<(Target, Spelling)> {
    let Some(folder) = &asked.output else {
        bail!("`--part-name hash` needs the folder that the parts go to; name it with `-o`");
    };
    if let Some(option) = beside::of_one_run(asked) {
        bail!(
            "`--{option}` names one file, and with `--part-name hash` many runs that are called alike write at once, each over what the other wrote: leave it away; the report stands on standard output"
        );
    }
    let (extension, spelling) = match asked.format.as_deref() {
        Some("jsonl") => ("jsonl", Spelling::Jsonl),
        _ => ("json", Spelling::Array),
    };
    Ok((Target::by_content(folder, extension)?, spelling))
}

/// The id of the user who stands for unknown authors in what comes from `origin`.
fn unknown_user(origin: &str) -> String {
    format!("{origin}-unknown")
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
