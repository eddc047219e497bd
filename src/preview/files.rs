//! `migrate preview`: what import files that exist will become, whoever wrote them.
//!
//! Each file is read once by all threads, for what is counted and for what choosing goes by
//! (`facts`). What is shown is read again from where it stands. A thing that stands in several
//! files, as in parts, counts once; what cannot be read is counted and passed over.

mod facts;
mod world;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgMatches, Command, value_parser};
use migrate_archive::platform::read_exact_at;
use migrate_model::{Adapter, Kind};

use super::conversion::file_name;
use super::model::{Part, Preview};
use super::{START, stage};
use crate::Ending;
use crate::books::Book;
use crate::cli::{flag, preview_messages, preview_messages_arg, threads_arg};
use crate::detect::refuse_source;
use crate::getstream::limits;
use crate::output::{check_file, is_one, refuse_foreign_file, unwritten, with_cure};
use crate::progress::Progress;
use crate::text::{count, counted, shell_word, size};
use crate::validate::options::threads;
use crate::validate::pass::{Input, Setting, each_chunk, read_range};
use crate::validate::{self, Spool};
use facts::{Facts, Stands, read};

/// The command's name.
pub const NAME: &str = "preview";

/// How much room a page needs.
const ROOM: &str = "6 MB";

/// From how many files on a remark does not name them.
const MANY_FILES: usize = 3;

/// The command.
pub fn command() -> Command {
    let path = || value_parser!(PathBuf);
    Command::new(NAME)
        .about("Shows import files, whoever wrote them, as a page to be opened in a browser")
        .long_about("Shows import files, whoever wrote them, as a page to be opened in a browser: numbers, and channels with some of their messages.\n\nSeveral files are shown as one import, such as all parts of one. Entries that cannot be read are counted and passed over; `migrate validate` says what is wrong with them")
        .after_help("Exit status: 0 all well; 1 a page, but a file is damaged; 2 no page.\nExample: migrate preview out-*.json -o preview.html")
        .arg(
            Arg::new("input")
                .value_name("FILE")
                .help("Import files, one array or JSON Lines each; - for standard input")
                .required(true)
                .num_args(1..)
                .value_parser(path()),
        )
        .args([
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .help("Where to write the page")
                .default_value("preview.html")
                .value_parser(path()),
            preview_messages_arg(),
            flag("include-profile", "Show e-mail addresses, which are left away otherwise"),
            flag("force", "Replace a file that is no preview"),
            threads_arg(),
            flag("quiet", "Show no progress and no summary; errors still").short('q'),
        ])
}

/// Runs `migrate preview`.
///
/// # Errors
/// If a file cannot be read, or the page cannot be written.
pub(crate) fn run(
    adapters: &[&dyn Adapter],
    matches: &ArgMatches,
    stop: &AtomicBool,
) -> Result<Ending> {
    let paths: Vec<PathBuf> = matches
        .get_many("input")
        .map_or_else(Vec::new, |all| all.cloned().collect());
    let output = matches.get_one::<PathBuf>("output").cloned();
    let output = output.unwrap_or_default();
    if let Some(path) = paths.iter().find(|path| is_one(path, &output)) {
        bail!(
            "the input and `--output` are the same file, `{}`",
            path.display()
        );
    }
    paths
        .iter()
        .try_for_each(|path| refuse_source(path, adapters))?;
    check_file(&output, "preview")?;
    if !matches.get_flag("force") {
        refuse_foreign_file(&output, "preview", START)?;
    }
    let is_quiet = matches.get_flag("quiet");
    let progress = Progress::new(is_quiet);
    let read = look(
        &paths,
        preview_messages(matches),
        threads(matches),
        &progress,
        stop,
    );
    progress.end();
    let (preview, is_whole) = read?;
    let written = stage(&preview, matches.get_flag("include-profile"), &output, None)
        .and_then(|staged| staged.publish().with_context(|| unwritten(&output)));
    written.map_err(|error| with_cure(error, ROOM))?;
    if !is_quiet {
        let messages = preview.books[Kind::Message as usize].written;
        let mut text = format!(
            "{} of {} in {}: {}, to be opened in a browser\n",
            counted(messages, "message"),
            counted(preview.channel_count, "channel"),
            counted(paths.len() as u64, "file"),
            shell_word(&output.display().to_string())
        );
        preview
            .remarks
            .iter()
            .for_each(|it| text += &format!("{it}\n"));
        // Nobody who listens makes no failure.
        let _ = io::stderr().write_all(text.as_bytes());
    }
    Ok(match is_whole {
        true => Ending::Complete,
        false => Ending::LeftOut,
    })
}

/// What a preview of files shows, of at most so many messages; and whether all could be read.
///
/// # Errors
/// If a file cannot be read, or `stop` is set.
pub fn look(
    paths: &[PathBuf],
    most: usize,
    threads: usize,
    progress: &Progress,
    stop: &AtomicBool,
) -> Result<(Preview, bool)> {
    let mut spool = Spool::new(std::env::temp_dir(), stop);
    // What is wrong with the last is told before the first is read.
    let mut bytes = 0;
    let mut piped = Vec::with_capacity(paths.len());
    for path in paths {
        let input = validate::open(path, None, &mut spool)?;
        bytes += input.bytes;
        piped.push((path == Path::new("-")).then_some(input));
    }
    let files = Files { paths, piped };
    let setting = Setting {
        threads,
        keep: 0,
        stop,
        progress,
    };
    progress.look(bytes);
    let mut facts = Facts::default();
    let mut parts = Vec::new();
    let mut damage = Damage::default();
    for (path, number) in paths.iter().zip(0..) {
        let opened;
        let input = match &files.piped[number as usize] {
            Some(input) => input,
            None => {
                opened = validate::open(path, None, &mut spool)?;
                &opened
            }
        };
        let mut counts = [0; Kind::ALL.len()];
        let spelling = input.spelling;
        each_chunk(
            input,
            &setting,
            |chunk| read(chunk, spelling),
            |found| {
                damage.broken += found.broken;
                damage.faults += found.faults;
                let more = counts.iter_mut().zip(found.counts);
                more.for_each(|(count, more)| *count += more);
                facts.take(number, found)
            },
        )?;
        parts.push(Part {
            name: file_name(Path::new(&input.name)),
            bytes: input.bytes,
            counts,
        });
    }
    if facts.is_empty() {
        bail!("there is no entry to show; `migrate validate` says what is wrong with the files");
    }
    let written = facts.counts();
    let span = facts.span();
    damage.unlisted = facts.unlisted_channels();
    damage.differing = facts.differing;
    let mut remarks = damage.remarks(paths);
    remarks.extend(parts.iter().filter_map(too_large));
    let gathered = facts.finish(&files, most)?;
    let preview = Preview {
        title: parts
            .iter()
            .map(|it| &*it.name)
            .collect::<Vec<_>>()
            .join(", "),
        is_dry_run: false,
        books: written.map(|written| Book {
            written,
            ..Book::default()
        }),
        has_source: false,
        span,
        days: gathered.days,
        parts,
        part_limit: limits::PART_BYTES,
        notes: Vec::new(),
        remarks,
        channels: gathered.channels,
        channel_count: gathered.channel_count,
        people: gathered.people,
        reactions: gathered.reactions,
        reaction_kinds: gathered.reaction_kinds,
        users: gathered.users,
    };
    Ok((preview, damage.is_none()))
}

/// What is wrong with files, as far as a preview notices.
#[derive(Default)]
struct Damage {
    /// How many entries could not be read.
    broken: u64,
    /// How many places between entries are not as they have to be.
    faults: u64,
    /// How many channels are named by entries and have none.
    unlisted: u64,
    /// How many messages have the id of another one, or none, and say something else.
    differing: u64,
}

impl Damage {
    /// Whether all could be read.
    fn is_none(&self) -> bool {
        self.broken == 0 && self.faults == 0 && self.differing == 0
    }

    /// What there is to say, a sentence each.
    fn remarks(&self, paths: &[PathBuf]) -> Vec<String> {
        let files = match paths.len() {
            ..MANY_FILES => {
                let names = paths.iter().map(|it| shell_word(&file_name(it)));
                names.collect::<Vec<_>>().join(" ")
            }
            _ => "FILE…".to_owned(),
        };
        let told =
            |what: String, more: &str| format!("{what}; `migrate validate {files}` says {more}");
        let broken = match self.broken {
            0 => None,
            1 => Some("1 entry could not be read and is not shown".to_owned()),
            more => Some(format!(
                "{} entries could not be read and are not shown",
                count(more)
            )),
        };
        let faults = match self.faults {
            0 => None,
            1 => Some("1 place between entries is".to_owned()),
            more => Some(format!("{} places between entries are", count(more))),
        };
        let faults = faults
            .map(|it| format!("{it} not as an import needs it: a comma or the end is missing, or there is more than entries"));
        let unlisted = match self.unlisted {
            0 => None,
            1 => Some("1 channel is named by entries and has none itself".to_owned()),
            more => Some(format!(
                "{} channels are named by entries and have none themselves",
                count(more)
            )),
        };
        let differing = match self.differing {
            0 => None,
            1 => Some("1 message has the id of another one, or none, says something else, and is not shown".to_owned()),
            more => Some(format!(
                "{} messages have the id of another one, or none, say something else, and are not shown",
                count(more)
            )),
        };
        let all = [
            (broken, "why"),
            (faults, "where"),
            (differing, "where"),
            (unlisted, "where"),
        ];
        let all = all
            .into_iter()
            .filter_map(|(it, more)| Some(told(it?, more)));
        all.collect()
    }
}

/// The files, each open only while it is read, since a system has a limit of those that are; but for
/// standard input, which has no name by which it could be opened again.
struct Files<'p> {
    paths: &'p [PathBuf],
    /// Standard input, where it stands among them.
    piped: Vec<Option<Input>>,
}

impl Files<'_> {
    /// Reads what stands somewhere; of a file that is not there, nothing.
    fn read(&self, it: Stands) -> Result<Vec<u8>> {
        let number = it.file as usize;
        if let Some(Some(input)) = self.piped.get(number) {
            return read_range(input, &(it.at..it.at + u64::from(it.len)));
        }
        let Some(path) = self.paths.get(number) else {
            return Ok(Vec::new());
        };
        let mut bytes = vec![0; it.len as usize];
        File::open(path)
            .and_then(|file| read_exact_at(&file, &mut bytes, it.at))
            .with_context(|| format!("could not read `{}` again", path.display()))?;
        Ok(bytes)
    }
}

/// What there is to say of a file that is larger than a part may be.
fn too_large(part: &Part) -> Option<String> {
    (part.bytes > limits::PART_BYTES).then(|| {
        format!(
            "{} has {}, and a part may have {}; `migrate split` makes parts of it",
            shell_word(&part.name),
            size(part.bytes),
            size(limits::PART_BYTES)
        )
    })
}
