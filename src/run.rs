//! One run of the program, from the command line to the closing words.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use migrate_model::wording::Lines;
use migrate_model::{Adapter, Command, Options, Source};

use crate::Ending;
use crate::books::{CORE_KINDS, Class};
use crate::cli::{self, Conversion};
use crate::convert::{self, NothingUsable, Plan};
use crate::detect;
use crate::directory::Defaults;
use crate::emit;
use crate::external;
use crate::file_list;
use crate::fingerprint;
use crate::getstream::Spelling;
use crate::getstream::check::Checks;
use crate::getstream::roles::Roles;
use crate::group;
use crate::id_map;
use crate::parts::Packed;
use crate::parts::target::{Target, WorkFolder};
use crate::people;
use crate::preview::{self, gather::Gathered};
use crate::progress::Progress;
use crate::protocol;
use crate::report::{self, Report};
use crate::split;
use crate::staged::Staged;
use crate::stdin;
use crate::summary::{self, Summary};
use crate::text::{counted, safe};
use crate::user_map::{MappedUsers, UserMap};
use crate::validate;

/// Runs the program with these arguments, its own name in front.
pub(crate) fn run(adapters: &[&dyn Adapter], mut args: Vec<OsString>) -> Result<Ending> {
    let mut command = cli::command(adapters);
    refuse_options_first(args.get(1).map(OsString::as_os_str))?;
    let detected = match args.get(1) {
        Some(word) => detect::adapter_of(word, &command, adapters)?,
        None => None,
    };
    if let Some(name) = detected {
        args.insert(1, name.into());
    }
    let mut external =
        external::asked_for(args.get(1).map(OsString::as_os_str), &command, adapters)?;
    if let Some(external) = &external {
        command = command.subcommand(cli::external_command(external));
    }
    let matches = command.try_get_matches_from(args).map_err(cli::hinted)?;
    let Some((name, matches)) = matches.subcommand() else {
        bail!("no command was given; `migrate --help` lists them");
    };
    if detected.is_some() && !matches.get_flag("quiet") {
        let _ = writeln!(io::stderr(), "reading it as `migrate {name}` does");
    }
    match name {
        validate::NAME => return validate::run(matches, &*stop_on_signals()?),
        preview::files::NAME => return preview::files::run(matches, &*stop_on_signals()?),
        split::NAME => return split::run(matches, &*stop_on_signals()?),
        protocol::NAME => return protocol::run(matches),
        report::NAME => return report::run(matches),
        external::LIST => return external::run_list(adapters),
        external::TEST => return external::run_test(adapters, matches),
        _ => {}
    }
    if let Some(external) = &mut external {
        external.take_passed(matches);
        if !matches.get_flag("quiet") {
            let _ = writeln!(io::stderr(), "{}", external.announcement());
        }
    }
    let external = external.as_ref().map(|it| it as &dyn Adapter);
    let mut known = adapters.iter().copied().chain(external);
    let Some(adapter) = known.find(|it| it.about().name == name) else {
        bail!("no such command; `migrate --help` lists them");
    };
    run_adapter(adapter, adapters, matches)
}

/// Fails if an option or standard input stands where a command has to.
fn refuse_options_first(word: Option<&OsStr>) -> Result<()> {
    let word = word.map(OsStr::to_string_lossy).unwrap_or_default();
    let is_of_program = ["-h", "--help", "-V", "--version"].contains(&&*word);
    match &*word {
        STDIN => bail!(
            "`{STDIN}` is standard input, of which the adapter has to be named: `migrate jsonl {STDIN} -o out.json`"
        ),
        word if word.starts_with('-') && !is_of_program => bail!(
            "`{}` stands before the input; options come behind it: `migrate INPUT -o out.json`, or `migrate slack INPUT -o out.json`",
            safe(word, 80)
        ),
        _ => Ok(()),
    }
}

/// Does what the command of an adapter asks for.
fn run_adapter(
    adapter: &dyn Adapter,
    adapters: &[&dyn Adapter],
    matches: &ArgMatches,
) -> Result<Ending> {
    if let Some((command, matches)) = cli::command_of(adapter, matches) {
        return show(
            command,
            cli::inputs(matches),
            cli::options(command.options, matches),
        );
    }
    let asked = Conversion::of(adapter, matches)?;
    let is_given = |command: &&Command| asked.options.get(command.name).is_some();
    if let Some(command) = cli::shown_by_option(adapter).find(is_given) {
        return show(command, asked.inputs, asked.options);
    }
    match asked.emits_model {
        true => Run::new(adapter, adapters, asked)?.emit(),
        false => Run::new(adapter, adapters, asked)?.convert(),
    }
}

/// What lines would become.
pub(crate) struct Tried {
    /// Some entries.
    pub samples: Vec<String>,
    /// Why the core left records out, a reason each, with its first place.
    pub left_out: Vec<String>,
}

/// Converts a file of lines without output; `name` is what people call it, and so many entries of each
/// kind are shown.
pub(crate) fn try_lines(
    lines: &Path,
    name: &str,
    is_bare: bool,
    samples: usize,
    stop: &Arc<AtomicBool>,
) -> Result<Tried> {
    let adapter: &dyn Adapter = &migrate_jsonl::JSONL;
    let mut words = vec![OsString::from("migrate"), adapter.about().name.into()];
    words.extend(["--dry-run".into(), "--quiet".into(), lines.into()]);
    words.extend(is_bare.then(|| "--bare".into()));
    let matches = cli::command(&[adapter]).try_get_matches_from(words)?;
    let (_, matches) = matches.subcommand().context("no command was given")?;
    let mut asked = Conversion::of(adapter, matches)?;
    asked.options.call(lines, name.to_owned());
    let run = Run::new(adapter, &[], asked)?;
    let work = WorkFolder::temporary(&std::env::temp_dir())?;
    let (source, packed) = run.pack(&work, &work, run.plan()?, stop)?;
    let is_core = |kind: &str| CORE_KINDS.iter().any(|it| it.kind == kind);
    let left_out = packed.ledger.notes(Class::LeftOut);
    let left_out = left_out.filter(|(kind, _)| is_core(kind));
    let losses = adapter.about().losses;
    Ok(Tried {
        samples: summary::first_entries(&packed.parts, samples),
        left_out: left_out
            .map(|(kind, note)| summary::reason(&*source, losses, kind, note))
            .collect(),
    })
}

/// Prints what a command of an adapter shows.
fn show(command: &Command, mut inputs: Vec<PathBuf>, mut options: Options) -> Result<Ending> {
    let stop = stop_on_signals()?;
    options.stop_on(Arc::clone(&stop));
    let work = match inputs.is_empty() {
        true => None,
        false => Some(WorkFolder::temporary(&std::env::temp_dir())?),
    };
    if let Some(work) = &work {
        options.work_in(work.of_source()?);
        keep_piped(&mut inputs, &mut options, work, &stop)?;
    }
    let progress = Progress::new(false);
    options.watch_by(Arc::new(progress.clone()));
    let shown = (command.show)(&inputs, &options);
    progress.end();
    let text = shown?;
    // A reader who has seen enough makes no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(Ending::Complete)
}

/// Keeps standard input in a file where it stands among the inputs.
fn keep_piped(
    inputs: &mut [PathBuf],
    options: &mut Options,
    work: &WorkFolder,
    stop: &AtomicBool,
) -> Result<()> {
    if inputs.iter().filter(|input| **input == *STDIN).count() > 1 {
        bail!("`{STDIN}` stands twice among the inputs, and standard input can be read once");
    }
    for input in inputs.iter_mut().filter(|input| **input == *STDIN) {
        *input = work.file("standard-input");
        stdin::keep(input, stop).map_err(with_grouping_room)?;
        options.call(input, "standard input".to_owned());
    }
    Ok(())
}

/// What stands for standard input among the inputs.
const STDIN: &str = "-";

/// Why a dry run of a shard writes no people file.
const LEARNT_FROM_ALL: &str = "`--dry-run --people FILE` learns about people from the whole source: \
    run it without `--shard`, then give the file to every shard";

/// What is said of people whom a shard met and nobody told it of.
const NOT_ALL_KNOWN: &str = "people who stand in no list were met of whom no people file told, and other shards may \
    know them by another name: run with `--dry-run --people FILE` and without `--shard` first, then give \
    `--people FILE` to every shard";

/// How much room on the disk a run needs.
const ROOM: &str = "the size of the output and one part more";

/// How much room standard input and records in any order need.
const GROUPING_ROOM: &str =
    "three times the size of the input, which may stand in `--temp-dir`, beside the output";

/// A conversion whose options have been checked against each other and the file system.
struct Run<'a> {
    adapter: &'a dyn Adapter,
    /// All that are there, to say which reads what this one does not.
    adapters: &'a [&'a dyn Adapter],
    asked: Conversion,
    target: Target,
    spelling: Spelling,
}

impl<'a> Run<'a> {
    /// Checks everything that can be checked before the long read.
    fn new(
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
        let beside = [
            (&asked.report, "report"),
            (&asked.people, "people file"),
            (&asked.id_map, "id map"),
            (&asked.preview, "preview"),
        ];
        let beside = beside.map(|(path, what)| path.as_deref().map(|path| (path, what)));
        let file_list = asked.file_list().map(|path| (path, "file list"));
        for (path, what) in beside.into_iter().flatten().chain(file_list) {
            check_beside(path, what, &target)?;
        }
        refuse_one_file_twice(&asked)?;
        if let Some(path) = asked.report.as_deref().filter(|_| !asked.force) {
            refuse_foreign_file(path, "report", report::START)?;
        }
        if let Some(path) = asked.id_map.as_deref().filter(|_| !asked.force) {
            refuse_foreign_file(path, "id map", id_map::START)?;
        }
        if let Some(path) = asked.preview.as_deref().filter(|_| !asked.force) {
            refuse_foreign_file(path, "preview", preview::START)?;
        }
        if let Some(path) = asked.file_list().filter(|_| !asked.force) {
            refuse_foreign_file(path, "file list", file_list::START)?;
        }
        if has_own_files(&asked) {
            refuse_existing_beside(&asked)?;
        }
        let refers = asked.mapped_users == MappedUsers::Refer;
        if refers && spelling != Spelling::Jsonl {
            bail!(
                "`--mapped-users refer` works with JSON Lines alone: in an array every user has to stand beside what refers to them; write to `.jsonl`, or leave the option away"
            );
        }
        let learns = asked.is_dry_run && !asked.force;
        if let Some(path) = asked.people.as_deref().filter(|_| learns) {
            refuse_foreign_file(path, "people file", people::START)?;
        }
        Ok(Run {
            adapter,
            adapters,
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
    fn pack(
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
    fn emit(&self) -> Result<Ending> {
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
            let mut out = std::io::stdout();
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
        publish_beside(vec![Some(staged)])?;
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
            self.refuse_inside(input)?;
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

    /// Says which adapter reads the input, if that is another one and the error does not say so.
    fn with_reader(&self, error: anyhow::Error) -> anyhow::Error {
        let (Some(input), text) = (self.asked.inputs.first(), format!("{error:#}")) else {
            return error;
        };
        let chosen = self.adapter.about().name;
        match detect::other_reader(input, chosen, self.adapters) {
            Some(name) if !text.contains(&format!("`migrate {name}")) => {
                Lines(format!("{text}\n`migrate {name}` reads such an input")).into()
            }
            _ => error,
        }
    }

    /// Fails if the output would become a part of the input.
    fn refuse_inside(&self, input: &Path) -> Result<()> {
        let (Ok(input), Ok(folder)) = (input.canonicalize(), self.target.folder().canonicalize())
        else {
            return Ok(());
        };
        if !self.asked.is_dry_run && input.is_dir() && folder.starts_with(&input) {
            bail!(
                "the output would stand in the input `{}`, and be read as a part of it next time; choose another folder",
                input.display()
            );
        }
        Ok(())
    }

    /// Gives the parts their names, and says what happened.
    fn finish(
        &self,
        source: &dyn Source,
        packed: &Packed,
        gathered: Option<Gathered>,
        work: &WorkFolder,
        stop: &AtomicBool,
    ) -> Result<Ending> {
        let asked = &self.asked;
        let left_out = packed.ledger.count(Class::LeftOut);
        let needs_checksums =
            asked.report.is_some() || asked.speaks_json || self.target.is_by_content();
        let checksums = match needs_checksums {
            true => report::checksums(&packed.parts, asked.options.threads())?,
            false => Vec::new(),
        };
        let paths = self.target.paths(packed.parts.len(), &checksums);
        let mut remarks = Vec::new();
        remarks.extend(self.shard_remark(packed));
        let report =
            needs_checksums.then(|| Report::new(source, packed, &paths, &checksums, &remarks));
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
        let mut beside = vec![
            self.stage_report(report.as_ref())?,
            self.stage_people(packed)?,
            self.stage_preview(source, packed, gathered, &paths)?,
        ];
        if self.refuses(packed) {
            self.say(closing.as_deref().filter(|_| asked.is_dry_run));
            self.reserve(&mut beside)?;
            publish_beside(beside)?;
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
        beside.push(self.stage_id_map(packed)?);
        beside.push(self.stage_file_list(packed)?);
        self.reserve(&mut beside)?;
        let mut replaced = 0;
        if !asked.is_dry_run {
            let work_files: Vec<_> = packed.parts.iter().map(|it| it.path.clone()).collect();
            replaced = self
                .target
                .publish(work, &work_files, &checksums, asked.force)?;
        }
        publish_beside(beside)?;
        if replaced > 0 && !asked.is_quiet {
            let files = counted(replaced as u64, "file");
            self.say(Some(&format!("replaced {files} of an earlier run\n")));
        }
        if let Some(report) = report.filter(|_| self.target.is_by_content() && !asked.is_dry_run) {
            // Whoever adds them up has to have them: without them the run is to be done again.
            let lines = report.lines()?;
            let told = io::stdout().write_all(&lines);
            told.context("could not say on standard output which parts were written")?;
        }
        self.say(closing.as_deref());
        Ok(match left_out {
            0 => Ending::Complete,
            _ => Ending::LeftOut,
        })
    }

    /// Takes the names of the files beside the output of a shard; another one may want them as well.
    fn reserve(&self, files: &mut [Option<Staged>]) -> Result<()> {
        let files = files.iter_mut().flatten();
        for file in files.filter(|_| has_own_files(&self.asked)) {
            let reserved = file.reserve();
            let shown = file.path().display();
            match reserved {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!(
                    "`{shown}` has appeared while this run was working; nothing was written, give each shard files of its own"
                ),
                reserved => reserved.with_context(|| unwritten(file.path()))?,
            }
        }
        Ok(())
    }

    /// Whether nothing is written because not all can be.
    fn refuses(&self, packed: &Packed) -> bool {
        self.asked.is_strict && packed.ledger.count(Class::LeftOut) > 0
    }

    /// What is to be said of a shard that met people of whom others may know something else.
    fn shard_remark(&self, packed: &Packed) -> Option<String> {
        let is_one_of_several = self.asked.shard.is_some_and(|shard| !shard.is_whole());
        (is_one_of_several && packed.has_untold).then(|| NOT_ALL_KNOWN.to_owned())
    }

    fn plan(&self) -> Result<Plan> {
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

    /// What a dry run learnt about people, to be kept if that was asked for.
    fn stage_people(&self, packed: &Packed) -> Result<Option<Staged>> {
        match &self.asked.people {
            Some(path) if self.asked.is_dry_run => people::stage(path, &packed.people).map(Some),
            _ => Ok(None),
        }
    }

    fn stage_report(&self, report: Option<&Report>) -> Result<Option<Staged>> {
        match (report, &self.asked.report) {
            (Some(report), Some(path)) => report.stage(path, self.asked.shard).map(Some),
            _ => Ok(None),
        }
    }

    /// The page that shows what was written, or would be.
    fn stage_preview(
        &self,
        source: &dyn Source,
        packed: &Packed,
        gathered: Option<Gathered>,
        paths: &[PathBuf],
    ) -> Result<Option<Staged>> {
        let asked = &self.asked;
        let (Some(path), Some(gathered)) = (&asked.preview, gathered) else {
            return Ok(None);
        };
        let inputs = asked.inputs.iter();
        let names: Vec<_> = inputs.map(|path| asked.options.name_of(path)).collect();
        let it = preview::conversion::Conversion {
            title: names.join(", "),
            source,
            losses: self.adapter.about().losses,
            packed,
            paths,
            spelling: self.spelling,
            part_limit: asked.part_bytes,
            is_dry_run: asked.is_dry_run || self.refuses(packed),
        };
        let shows_addresses = source.shows_addresses();
        preview::stage(&it.preview(gathered), shows_addresses, path, asked.shard).map(Some)
    }

    /// The id map, which only a run that writes something has.
    fn stage_id_map(&self, packed: &Packed) -> Result<Option<Staged>> {
        let (Some(path), Some(work_file)) = (&self.asked.id_map, &packed.id_map) else {
            return Ok(None);
        };
        Staged::of_file(path, self.asked.shard, work_file)
            .map(Some)
            .with_context(|| format!("could not write the id map `{}`", path.display()))
    }

    /// The list of files, which only a run that writes something has.
    fn stage_file_list(&self, packed: &Packed) -> Result<Option<Staged>> {
        let (Some(path), Some(work_file)) = (self.asked.file_list(), &packed.file_list) else {
            return Ok(None);
        };
        Staged::of_file(path, self.asked.shard, work_file)
            .map(Some)
            .with_context(|| format!("could not write the file list `{}`", path.display()))
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

fn by_channel(source: Box<dyn Source>, setting: group::Setting<'_>) -> Result<Box<dyn Source>> {
    group::by_channel(source, setting).map_err(with_grouping_room)
}

fn with_room(error: anyhow::Error) -> anyhow::Error {
    with_cure(error, ROOM)
}

fn with_grouping_room(error: anyhow::Error) -> anyhow::Error {
    with_cure(error, GROUPING_ROOM)
}

/// Says what to do about a full disk, or a file that may not be so large; `needs` is how much room a
/// run needs.
pub(crate) fn with_cure(error: anyhow::Error, needs: &str) -> anyhow::Error {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => error.context(format!(
            "the disk is full; make room, or write to another one (a run needs about {needs})"
        )),
        Some(io::ErrorKind::FileTooLarge) => error.context(
            "no file may be so large here; write to another disk, or allow more (`ulimit -f`)",
        ),
        _ => error,
    }
}

/// Gives the files beside the output their names.
fn publish_beside(files: Vec<Option<Staged>>) -> Result<()> {
    for file in files.into_iter().flatten() {
        let path = file.path().to_path_buf();
        file.publish().with_context(|| unwritten(&path))?;
    }
    Ok(())
}

fn unwritten(path: &Path) -> String {
    format!("could not write `{}`", path.display())
}

/// The target of parts that are named by content, and how they are written.
fn target_by_content(asked: &Conversion) -> Result<(Target, Spelling)> {
    let Some(folder) = &asked.output else {
        bail!("`--part-name hash` needs the folder that the parts go to; name it with `-o`");
    };
    let beside = [
        ("report", asked.report.is_some()),
        ("id-map", asked.id_map.is_some()),
        ("preview", asked.preview.is_some()),
        (file_list::OPTION, asked.file_list().is_some()),
    ];
    if let Some((option, _)) = beside.into_iter().find(|(_, is_given)| *is_given) {
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

/// How the output is written, by its extension or the format that was asked for.
pub(crate) fn spelling(output: &Path, format: Option<&str>) -> Result<Spelling> {
    let by_extension = Spelling::of(output);
    match format {
        Some("jsonl") => Ok(Spelling::Jsonl),
        Some(_) => Ok(Spelling::Array),
        None => by_extension.with_context(|| {
            format!(
                "the output `{}` should end in `.json` (one array) or `.jsonl` (JSON Lines); or say `--format`",
                output.display()
            )
        }),
    }
}

/// Fails if there is output already.
pub(crate) fn refuse_existing(target: &Target) -> Result<()> {
    let existing = target.existing()?;
    let Some(first) = existing.first() else {
        return Ok(());
    };
    let exist = match existing.len() {
        1 => "exists".to_owned(),
        count => format!("and {} more exist", count - 1),
    };
    bail!(
        "the output `{}` {exist} already; use another name, or `--force` to replace it",
        first.display()
    )
}

/// Checks that a file beside the output can be written, and is none of its parts.
fn check_beside(path: &Path, what: &str, target: &Target) -> Result<()> {
    check_file(path, what)?;
    if target.may_write(path) {
        bail!(
            "the {what} `{}` has a name that a part of the output may get; choose another",
            path.display()
        );
    }
    Ok(())
}

/// Checks that a file can be written, as far as its name tells.
pub(crate) fn check_file(path: &Path, what: &str) -> Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        bail!(
            "the folder `{}` of the {what} does not exist; create it first",
            folder.display()
        );
    }
    if path.is_dir() {
        bail!("the {what} `{}` is a folder; give a file", path.display());
    }
    Ok(())
}

/// Fails if a file that would be replaced is something else than what would replace it.
pub(crate) fn refuse_foreign_file(path: &Path, what: &str, start: &str) -> Result<()> {
    // Reading from a pipe, which may be written to, would wait for ever.
    if !path.is_file() {
        return Ok(());
    }
    // White space may stand between all that is compared.
    let bytes = 2 * start.len() as u64;
    let mut head = Vec::new();
    let read = File::open(path).map(|file| file.take(bytes).read_to_end(&mut head));
    let text: String = String::from_utf8_lossy(&head).split_whitespace().collect();
    if read.is_ok() && !text.is_empty() && !text.starts_with(start) {
        bail!(
            "`{}` exists and is no {what}; use another name, or `--force` to replace it",
            path.display()
        );
    }
    Ok(())
}

/// Whether the files beside the output must be new, as those of a shard that is one of several.
fn has_own_files(asked: &Conversion) -> bool {
    !asked.force && asked.shard.is_some_and(|shard| !shard.is_whole())
}

/// Fails if a shard would replace a file beside the output: it may be that of another one, which
/// belongs to this one's.
fn refuse_existing_beside(asked: &Conversion) -> Result<()> {
    let files = [
        (&asked.report, "--report"),
        (&asked.id_map, "--id-map"),
        (&asked.preview, "--preview"),
    ];
    let files = files.map(|(path, option)| path.as_deref().map(|path| (path, option)));
    let file_list = asked.file_list().map(|path| (path, "--file-list"));
    let mut files = files.into_iter().flatten().chain(file_list);
    if let Some((path, option)) = files.find(|(path, _)| path.is_file()) {
        bail!(
            "`{}` exists already, and may be another shard's; give each shard a `{option}` of its own, or `--force` to replace it",
            path.display()
        );
    }
    Ok(())
}

/// Fails if one file is to be read and written, or written twice.
fn refuse_one_file_twice(asked: &Conversion) -> Result<()> {
    let inputs = asked.inputs.iter().map(|path| ("the input", path));
    let output = asked.output.iter().map(|path| ("`--output`", path));
    let report = asked.report.iter().map(|path| ("`--report`", path));
    let people = asked.people.iter().map(|path| ("`--people`", path));
    let user_map = asked.user_map.iter().map(|path| ("`--user-map`", path));
    let id_map = asked.id_map.iter().map(|path| ("`--id-map`", path));
    let preview = asked.preview.iter().map(|path| ("`--preview`", path));
    let file_list = asked.file_list().map(Path::to_path_buf);
    let file_list = file_list.iter().map(|path| ("`--file-list`", path));
    let others = report.chain(people).chain(user_map).chain(id_map);
    let others = others.chain(file_list).chain(preview);
    let files: Vec<_> = inputs.chain(output).chain(others).collect();
    for (at, (name, path)) in files.iter().enumerate().skip(asked.inputs.len()) {
        let same = files[..at].iter().find(|(_, other)| is_one(path, other));
        if let Some((other, _)) = same {
            bail!("{other} and {name} are the same file, `{}`", path.display());
        }
    }
    Ok(())
}

/// Whether two paths lead to the same place, as far as they exist.
pub(crate) fn is_one(path: &Path, other: &Path) -> bool {
    match (path.canonicalize(), other.canonicalize()) {
        (Ok(path), Ok(other)) => path == other,
        (Err(_), Err(_)) => {
            let folder = |path: &Path| match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.canonicalize().ok(),
                _ => Path::new(".").canonicalize().ok(),
            };
            path.file_name() == other.file_name() && folder(path) == folder(other)
        }
        _ => false,
    }
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

/// What ends the run at hand; a process listens once, however many runs it makes.
static STOP: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

/// Ends a run cleanly on Ctrl-C and its like.
pub(crate) fn stop_on_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let current = || STOP.lock().unwrap_or_else(PoisonError::into_inner);
    let is_listening = current().replace(Arc::clone(&stop)).is_some();
    if !is_listening {
        let end = move || {
            if let Some(stop) = &*current() {
                stop.store(true, Ordering::Relaxed);
            }
        };
        ctrlc::set_handler(end).context("could not listen for Ctrl-C")?;
    }
    Ok(stop)
}
