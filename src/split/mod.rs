//! `migrate split`: cuts any import file into parts that stand alone, whoever wrote it.
//!
//! The road: the file is held to the rules ([`pass`](crate::validate::pass)), which says what
//! keeps it from being cut ([`faults`]); it is read for its users, channels and members
//! ([`gather`], [`build`], [`lists`]) and for the channel of each message ([`messages`]); then messages and
//! reactions are grouped by channel on disk ([`route`], [`group`](crate::group)), put in order
//! ([`channel`]) and packed ([`pack`], [`part`]). Entries keep their bytes, or are respelled
//! ([`respell`]).

mod build;
mod channel;
pub(crate) mod entries;
mod faults;
mod gather;
mod groups;
mod lists;
mod messages;
mod options;
mod pack;
mod part;
pub(crate) mod read;
mod record;
mod respell;
mod route;
mod summary;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};

use crate::Ending;
use crate::getstream::limits;
use crate::getstream::rules::RuleSet;
use crate::output::{is_one, refuse_existing, spelling, with_cure};
use crate::parts::section::Section;
use crate::parts::target::{Target, WorkFolder};
use crate::progress::Progress;
use crate::stdin;
use crate::text::counted;
use crate::validate;
use crate::validate::app::App;
use crate::validate::index::Index;
use crate::validate::pass::{self, Input, Looked, Setting};
use crate::validate::references::World;
use crate::validate::report::{self, Words};
use crate::validate::tally::Tally;

use build::{Builder, Gathered};
use entries::{KEPT, Notes, Way};
use groups::{Groups, MOST_BINS};
use lists::Lists;
use options::Split;
use pack::{Packed, Plan};
use route::{Known, Router};
use summary::Summary;

pub use options::{NAME, command};

/// About how much of the input goes into one bin of groups, in bytes.
const BIN_BYTES: u64 = 128 << 20;

/// How much of the list of entries is kept in memory, in bytes.
const STORE_BYTES: usize = 8 << 20;

/// How much room a run needs.
const ROOM: &str = "twice the size of the input and one part more; half of it stands in `--temp-dir`, if that is given";

/// Runs `migrate split`.
///
/// # Errors
/// If the file cannot be read or cut, or the parts cannot be written.
pub(crate) fn run(matches: &clap::ArgMatches, stop: &AtomicBool) -> Result<Ending> {
    let asked = Split::of(matches);
    let target = Target::of(&asked.output)?;
    let to = spelling(&asked.output, asked.format.as_deref())?;
    if !asked.force {
        refuse_existing(&target)?;
    }
    refuse_input_as_output(&asked, &target)?;
    let app = App::new(&asked.app)?;
    let work = target.claim()?;
    // Claiming may have brought back the output that a killed run was about to replace.
    if !asked.force {
        refuse_existing(&target)?;
    }
    let other_work = match &asked.temp_dir {
        Some(folder) => Some(WorkFolder::temporary(folder)?),
        None => None,
    };
    let input = open(&asked.input, other_work.as_ref().unwrap_or(&work), stop)?;
    let progress = Progress::new(asked.is_quiet);
    let cut = Cut {
        asked: &asked,
        way: Way {
            from: input.spelling,
            to,
        },
        input: &input,
        app: &app,
        work: &work,
        other_work: other_work.as_ref().unwrap_or(&work),
        progress: &progress,
        stop,
    };
    let done = cut.run();
    progress.end();
    done.and_then(|done| cut.publish(&target, &done))
        .map_err(|error| with_cure(error, ROOM))
}

/// Fails if the output would take the place of the input.
fn refuse_input_as_output(asked: &Split, target: &Target) -> Result<()> {
    if is_one(&asked.input, &asked.output) {
        bail!(
            "the input and `--output` are the same file, `{}`",
            asked.output.display()
        );
    }
    if target.may_write(&asked.input) {
        bail!(
            "the input `{}` has a name that a part of the output may get; choose another output",
            asked.input.display()
        );
    }
    Ok(())
}

/// Opens the input; standard input is kept in a work file, since it is read several times. What
/// stands in it tells its spelling, not its name.
fn open(path: &Path, work: &WorkFolder, stop: &AtomicBool) -> Result<Input> {
    let mut spool = validate::Spool::new(std::env::temp_dir(), stop);
    if path != Path::new("-") {
        let set = match path.is_file() {
            true => File::open(path).ok().and_then(set_of),
            false => None,
        };
        return validate::open(path, set, &mut spool);
    }
    let kept = work.file("stdin");
    stdin::keep(&kept, stop)?;
    let set = File::open(&kept).ok().and_then(set_of);
    let mut input = validate::open(&kept, set, &mut spool)?;
    "standard input".clone_into(&mut input.name);
    Ok(input)
}

/// The rules for a file, by its first character; `None` if that tells nothing.
fn set_of(file: File) -> Option<RuleSet> {
    let mut head = Vec::new();
    file.take(4096).read_to_end(&mut head).ok()?;
    let head = head.strip_prefix(MARK).unwrap_or(&head);
    match head.iter().find(|byte| !byte.is_ascii_whitespace())? {
        b'{' => Some(RuleSet::Current),
        b'[' => Some(RuleSet::Classic),
        _ => None,
    }
}

/// What some programs put before a text: the byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A file that is being cut.
struct Cut<'c> {
    asked: &'c Split,
    way: Way,
    input: &'c Input,
    app: &'c App,
    /// Where parts are made.
    work: &'c WorkFolder,
    /// Where other work files are kept.
    other_work: &'c WorkFolder,
    progress: &'c Progress,
    stop: &'c AtomicBool,
}

/// What came of it.
struct Done {
    packed: Packed,
    notes: Notes,
    /// What the parts have too.
    other: Tally,
}

impl Cut<'_> {
    fn run(&self) -> Result<Done> {
        // Twice to check it, once for its lists, once for its messages; then they are written.
        self.progress.look(self.input.bytes * 5);
        let looked = pass::look(self.input, &self.setting(), self.app, &Index::default())?;
        let Looked { index, tally } = looked;
        let mut faults = faults::sort(tally, self.has_mark()?);
        self.progress.say("reading");
        let Gathered {
            lists,
            messages,
            mut notes,
            channel_bytes,
        } = self.gather(&index)?;
        let entries = notes.fatal.entries;
        faults.fatal.merge(std::mem::take(&mut notes.fatal));
        self.refuse(&faults.fatal)?;
        if entries == 0 {
            bail!("`{}` holds nothing to write: no entry", self.input.name);
        }
        if entries != notes.read.iter().sum::<u64>() {
            bail!(
                "`{}` changed while it was read; run again when nothing writes to it",
                self.input.name
            );
        }
        self.progress.say("grouping");
        let known = Known {
            way: self.way,
            lists: &lists,
            messages: &messages,
            index: &index,
        };
        let (groups, bins, routed) = self.group(&known, bins(&lists, &channel_bytes))?;
        self.refuse(&routed.fatal)?;
        drop(messages);
        drop(index);
        notes.merge(routed);
        self.progress.say("writing");
        let packed = pack::pack(&Plan {
            lists: &lists,
            groups: &groups,
            bins: &bins,
            spelling: self.way.to,
            part_bytes: self.asked.part_bytes.min(limits::PART_BYTES),
            work: self.work,
            progress: self.progress,
            stop: self.stop,
        })?;
        if packed.parts.is_empty() {
            bail!(
                "`{}` holds nothing that the output could hold",
                self.input.name
            );
        }
        balance(&notes, &packed)?;
        let other = self.other(faults.other, &mut notes);
        Ok(Done {
            packed,
            notes,
            other,
        })
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            threads: self.asked.threads,
            keep: KEPT,
            stop: self.stop,
            progress: self.progress,
        }
    }

    /// Reads the file for its lists.
    fn gather(&self, index: &Index) -> Result<Gathered> {
        let world = World {
            own: Some(index),
            earlier: &Index::default(),
            app: self.app,
            set: RuleSet::Own,
        };
        let store = Section::new(self.other_work.file("lists"), STORE_BYTES);
        let mut builder = Builder::new(self.way, index, store);
        pass::each_chunk(
            self.input,
            &self.setting(),
            |chunk| gather::gather(chunk, self.way, &world),
            |found| builder.take(found),
        )?;
        Ok(builder.finish(self.asked.threads))
    }

    /// Reads the file for its messages and reactions. Gives their groups, the bins that hold
    /// those, and what there is to say.
    fn group(&self, known: &Known<'_>, bins: Vec<u8>) -> Result<(Groups, Vec<u8>, Notes)> {
        let count = bins.last().map_or(1, |last| usize::from(*last) + 1);
        let groups = Groups::new(self.other_work, "group", count);
        let mut router = Router::new(self.input, self.way, groups, bins);
        pass::each_chunk(
            self.input,
            &self.setting(),
            |chunk| route::route(chunk, known),
            |routed| router.take(routed),
        )?;
        Ok(router.finish())
    }

    /// Whether the input begins with a byte order mark.
    fn has_mark(&self) -> Result<bool> {
        let len = (MARK.len() as u64).min(self.input.bytes);
        Ok(pass::read_range(self.input, &(0..len))? == MARK)
    }

    /// Fails if something keeps the file from being cut, and lists it.
    fn refuse(&self, fatal: &Tally) -> Result<()> {
        let count = fatal.count();
        if count == 0 {
            return Ok(());
        }
        let looked = Looked {
            index: Index::default(),
            tally: fatal.clone(),
        };
        let text = report::for_people(self.input, &looked, Words::Cli, KEPT);
        // What cannot be told to anybody does not change that the file cannot be cut.
        let _ = self
            .progress
            .suspend(|| io::stderr().write_all(text.as_bytes()));
        let mut rules = fatal.groups.keys().map(|rule| rule.rule());
        let or_say = match rules.any(|rule| rule.cure.contains("--existing")) {
            true => ", or say what the app has with `--existing-users` and `--existing-channels`",
            false => "",
        };
        bail!(
            "nothing was written: with {} in it, `{}` cannot be cut into parts that stand alone; mend it{or_say}",
            counted(count, "such problem"),
            self.input.name
        );
    }

    /// What is wrong with the parts, since it is wrong with the file or with its new spelling.
    fn other(&self, mut found: Tally, notes: &mut Notes) -> Tally {
        if self.way.from != self.way.to {
            found.groups.retain(|rule, _| faults::is_late(*rule));
            found.merge(std::mem::take(&mut notes.other));
        }
        found.merge(std::mem::take(&mut notes.nameless));
        found
    }

    /// Gives the parts their names, and says what happened.
    fn publish(&self, target: &Target, done: &Done) -> Result<Ending> {
        let asked = self.asked;
        let parts = &done.packed.parts;
        let paths = target.paths(parts.len(), &[]);
        if self.stop.load(Ordering::Relaxed) {
            bail!("stopped before the output was complete; nothing was written");
        }
        let work_files: Vec<_> = parts.iter().map(|part| part.path.clone()).collect();
        let replaced = target.publish(self.work, &work_files, &[], asked.force)?;
        if !asked.is_quiet {
            let mut text = String::new();
            if replaced > 0 {
                let files = counted(replaced as u64, "file");
                text = format!("replaced {files} of an earlier run\n");
            }
            text.push_str(
                &Summary {
                    input: &self.input.name,
                    packed: &done.packed,
                    notes: &done.notes,
                    other: &done.other,
                    paths: &paths,
                    spelling: self.way.to,
                }
                .text(),
            );
            // A reader who went away does not make a run that is complete a failure.
            let _ = io::stderr().write_all(text.as_bytes());
        }
        let left_out: u64 = done.notes.left_out.iter().sum();
        Ok(match left_out + done.other.count() {
            0 => Ending::Complete,
            _ => Ending::LeftOut,
        })
    }
}

/// Fails if an entry got lost on the way.
fn balance(notes: &Notes, packed: &Packed) -> Result<()> {
    for (kind, written) in packed.written.iter().enumerate() {
        let accounted = written + notes.merged[kind] + notes.left_out[kind];
        if notes.read[kind] != accounted {
            bail!(
                "nothing was written: {} entries of one type were read and {accounted} accounted for; this is a fault of the program",
                notes.read[kind]
            );
        }
    }
    Ok(())
}

/// By group of channels: the bin that holds its messages. `bytes` says by channel how much its
/// messages take.
fn bins(lists: &Lists, bytes: &[u64]) -> Vec<u8> {
    let mut of_groups = vec![0; bytes.len()];
    for (channel, bytes) in (0..).zip(bytes) {
        of_groups[lists.group(channel) as usize] += bytes;
    }
    bins_of(&of_groups)
}

/// Bins for groups of so many bytes, so that bins hold about as much each and the groups in them
/// follow one another.
fn bins_of(groups: &[u64]) -> Vec<u8> {
    let total: u64 = groups.iter().sum();
    let each = (total / MOST_BINS as u64 + 1).max(BIN_BYTES);
    let mut before = 0;
    let mut bins = Vec::with_capacity(groups.len());
    for bytes in groups {
        bins.push((before / each).min(MOST_BINS as u64 - 1) as u8);
        before += bytes;
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_follow_one_another_and_hold_about_as_much_each() {
        let check = |bytes: &[u64], expected: &[u8]| assert_eq!(bins_of(bytes), expected);
        check(&[], &[]);
        check(&[5, 0, 7], &[0, 0, 0]);
        let half = BIN_BYTES / 2;
        check(&[half, half, half, 9 * half, 1], &[0, 0, 1, 1, 6]);
        let many = vec![BIN_BYTES; 1_000];
        let bins = bins_of(&many);
        assert!(bins.is_sorted() && bins.last() == Some(&63));
    }

    #[test]
    fn a_file_is_known_by_its_first_character() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in");
        for (text, expected) in [
            ("\u{feff} \n[", Some(RuleSet::Classic)),
            ("\n{\"type\"", Some(RuleSet::Current)),
            ("", None),
            ("x", None),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(set_of(File::open(&path).unwrap()), expected, "{text}");
        }
    }
}
