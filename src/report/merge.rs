//! `migrate report merge`: the reports of several runs added up.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::shards::Shares;
use super::{BookRow, NoteRow, Report, START, ShardRow};
use crate::Ending;
use crate::books::EXAMPLES;
use crate::output::{is_one, refuse_foreign_file};
use crate::{stdout, whole};

/// The name of the command.
pub(crate) const NAME: &str = "report";

/// What is said where the reports tell of a user map.
const MAP_REMARK: &str =
    "what became of the user map stands in each report: a user of the app may occur in several";

/// Why the sum of some shards is no input.
const LACKS_SHARDS: &str =
    "is the sum of shards of which some are missing: add up the shards' own reports, all at once";

/// The command's description.
pub(crate) fn command() -> Command {
    let merge = Command::new("merge")
        .about("Adds up the reports of several runs, such as those of the shards of one source")
        .after_help("Exit status: 0 all well; 1 a sum, but shards are missing in it; 2 no sum.\nExample: migrate report merge shard-0.report.json shard-1.report.json -o all.report.json")
        .arg(
            Arg::new("input")
                .value_name("REPORT")
                .help("What `--report` wrote")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .help("Where to write the sum [default: standard output]")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            Arg::new("force")
                .long("force")
                .help("Replace what FILE names, even if it is no report")
                .action(ArgAction::SetTrue),
        );
    Command::new(NAME)
        .about("Works with reports of earlier runs")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(merge)
}

/// Writes the sum of the reports.
///
/// # Errors
/// If a report cannot be read, does not balance or was given twice, or the sum cannot be written.
pub(crate) fn run(matches: &ArgMatches) -> Result<Ending> {
    let Some((_, matches)) = matches.subcommand() else {
        bail!("no such command; `migrate report --help` lists them");
    };
    let inputs = matches.get_many::<PathBuf>("input").into_iter().flatten();
    let reports = inputs.map(|path| read(path));
    let (sum, missing) = add_up(reports.collect::<Result<Vec<Report>>>()?)?;
    let ending = match missing {
        Some(_) => Ending::LeftOut,
        None => Ending::Complete,
    };
    if let Some(missing) = missing {
        // A reader who went away does not make the sum a failure.
        let _ = writeln!(io::stderr(), "{missing}");
    }
    if let Some(output) = matches.get_one::<PathBuf>("output") {
        refuse_input(output, matches)?;
        sum.stage(output, None)?
            .publish()
            .with_context(|| format!("could not write the report `{}`", output.display()))?;
        return Ok(ending);
    }
    stdout::print(&sum.text()?)?;
    Ok(ending)
}

/// Fails if the sum would replace a report that it is made of, or something that is no report.
fn refuse_input(output: &Path, matches: &ArgMatches) -> Result<()> {
    let mut inputs = matches.get_many::<PathBuf>("input").into_iter().flatten();
    if let Some(input) = inputs.find(|input| is_one(input, output)) {
        bail!(
            "`{}` is one of the reports that are added up; give the sum another name",
            input.display()
        );
    }
    match matches.get_flag("force") {
        true => Ok(()),
        false => refuse_foreign_file(output, "report", START),
    }
}

fn read(path: &Path) -> Result<Report> {
    let shown = path.display();
    let text = whole::read(path).with_context(|| format!("could not read `{shown}`"))?;
    let report: Report = serde_json::from_slice(&text).with_context(|| {
        format!("`{shown}` is no report of a conversion, as `--report` writes it")
    })?;
    ensure!(
        !matches!(report.shard, Some(ShardRow::Some(_))),
        "`{shown}` {LACKS_SHARDS}"
    );
    for (kind, book) in &report.books {
        ensure!(
            book.is_balanced(),
            "the books of `{shown}` do not balance for {kind} records, so it was changed: run the conversion again"
        );
    }
    Ok(report)
}

/// Adds up reports, in their order. Gives with them what is to be said of shards that are missing.
///
/// # Errors
/// If a report was given twice, lacks shards, or reports of shards do not fit together.
pub fn add_up(mut reports: Vec<Report>) -> Result<(Report, Option<String>)> {
    let shares = shares(&mut reports)?;
    let sum = sum(reports, shares.as_ref())?;
    Ok((sum, shares.and_then(|shares| shares.missing())))
}

/// Takes out of reports what they tell of shards; `None` if they are of no shards.
fn shares(reports: &mut [Report]) -> Result<Option<Shares>> {
    let shares = reports.iter_mut().map(|it| match it.shard.take() {
        Some(ShardRow::One(share)) => Ok(Some(share)),
        Some(ShardRow::Some(_)) => bail!("one of the reports {LACKS_SHARDS}"),
        None => Ok(None),
    });
    let shares: Vec<_> = shares.collect::<Result<_>>()?;
    if shares.iter().all(Option::is_none) {
        return Ok(None);
    }
    let shares: Option<Vec<_>> = shares.into_iter().collect();
    let shares = shares.context(
        "some of the reports are of shards, and some are not: add up those of one source's shards alone",
    )?;
    Shares::new(shares).map(Some)
}

/// Adds up reports from which that was taken.
fn sum(reports: Vec<Report>, shares: Option<&Shares>) -> Result<Report> {
    let mut reports = reports.into_iter();
    let mut sum = reports.next().context("no report was given")?;
    let mut map = sum.user_map.take();
    for report in reports {
        map = map.or(report.user_map);
        for part in report.parts {
            ensure!(
                !sum.parts
                    .iter()
                    .any(|it| it.path == part.path && it.sha256 == part.sha256),
                "the part `{}` stands in two of the reports: give each report once",
                part.path
            );
            sum.parts.push(part);
        }
        for (kind, book) in report.books {
            sum.books.entry(kind).or_default().add(&book);
        }
        let pairs = [
            (&mut sum.losses, report.losses),
            (&mut sum.left_out, report.left_out),
            (&mut sum.merged, report.merged),
            (&mut sum.excluded, report.excluded),
            (&mut sum.made, report.made),
        ];
        for (notes, more) in pairs {
            add_notes(notes, more);
        }
        let new = |remark: &String| !sum.remarks.contains(remark);
        let remarks: Vec<String> = report.remarks.into_iter().filter(new).collect();
        sum.remarks.extend(remarks);
    }
    match (shares, map) {
        (Some(shares), map) => {
            shares.settle(&mut sum)?;
            sum.remarks.extend(shares.missing());
            sum.shard = shares.lacking().map(ShardRow::Some);
            sum.user_map = map.and_then(|map| shares.map_row(map.rows));
        }
        (None, Some(_)) => sum.remarks.push(MAP_REMARK.to_owned()),
        (None, None) => {}
    }
    Ok(sum)
}

/// Adds notes to others; both stand by kind.
pub(super) fn add_notes(notes: &mut Vec<NoteRow>, more: Vec<NoteRow>) {
    for note in more {
        match notes.binary_search_by(|it| it.kind.cmp(&note.kind)) {
            Ok(at) => {
                let Some(known) = notes.get_mut(at) else {
                    continue;
                };
                known.count = known.count.saturating_add(note.count);
                let room = EXAMPLES.saturating_sub(known.examples.len());
                known.examples.extend(note.examples.into_iter().take(room));
            }
            Err(at) => notes.insert(at, note),
        }
    }
}

impl BookRow {
    fn add(&mut self, other: &BookRow) {
        self.read = self.read.saturating_add(other.read);
        self.made = self.made.saturating_add(other.made);
        self.written = self.written.saturating_add(other.written);
        self.merged = self.merged.saturating_add(other.merged);
        self.excluded = self.excluded.saturating_add(other.excluded);
        self.left_out = self.left_out.saturating_add(other.left_out);
    }

    fn is_balanced(&self) -> bool {
        let into = self.read.checked_add(self.made);
        let out = [self.merged, self.excluded, self.left_out];
        let out = out.into_iter().try_fold(self.written, u64::checked_add);
        into.is_some() && into == out
    }
}
