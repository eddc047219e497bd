//! The generated inputs, each made once and kept: its name tells every setting that it was made with
//! and the version of the generator.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::generator::{self, Import, Slack, Table, VERSION};
use crate::setting::Setting;
use crate::subject::Subject;

/// An input, and how much is in it.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    /// Its size; that of a zip unpacked.
    pub(crate) bytes: u64,
    pub(crate) extent: Extent,
}

/// How much of everything there is that memory may be used for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extent {
    /// Entries of a zip.
    pub(crate) entries: u64,
    pub(crate) users: u64,
    pub(crate) channels: u64,
    /// Pairs of a channel and a member.
    pub(crate) memberships: u64,
    pub(crate) messages: u64,
    /// Messages of the largest channel.
    pub(crate) largest: u64,
}

/// The input of about so many bytes for a subject, made if it is not there. What a report counts is
/// not told of those that are converted.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn make(setting: &Setting, subject: Subject, bytes: u64) -> Result<Input> {
    match subject {
        Subject::Slack { strangers } => export(setting, &slack_of(bytes, strangers)),
        Subject::Jsonl { is_shuffled } => lines(setting, bytes, is_shuffled),
        Subject::Csv { is_shuffled } => {
            let options = Table {
                is_shuffled,
                ..Table::of_bytes(bytes)
            };
            table(setting, &options)
        }
        Subject::Sqlite => database(setting, &Table::of_bytes(bytes)),
        Subject::Validate { is_lines } => import(
            setting,
            &Import {
                is_lines,
                ..Import::of_bytes(bytes)
            },
        ),
        Subject::Split => import(setting, &Import::of_bytes(bytes)),
    }
}

fn slack_of(bytes: u64, strangers_percent: u32) -> Slack {
    Slack {
        strangers_percent,
        ..Slack::of_bytes(bytes)
    }
}

/// A generated export.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn export(setting: &Setting, options: &Slack) -> Result<Input> {
    let Slack {
        messages,
        users,
        channels,
        day_files,
        largest,
        strangers_percent,
        seed,
    } = options;
    let law = largest.map_or("zipf".to_owned(), |it| it.to_string());
    let name = format!(
        "slack-{VERSION}-{messages}-{users}-{channels}-{day_files}-{law}-{strangers_percent}-{seed}.zip"
    );
    let path = kept(setting, &name, |draft| {
        let written = generator::slack(options, buffered(draft)?, &mut |_| {})?;
        ensure!(
            written.messages == *messages,
            "the generator wrote {} messages",
            written.messages
        );
        Ok(())
    })?;
    Ok(Input {
        bytes: unpacked_bytes(&path)?,
        path,
        extent: Extent {
            entries: options.entries(),
            largest: options.largest_channel()?,
            ..Extent::default()
        },
    })
}

/// A generated table as CSV.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn table(setting: &Setting, options: &Table) -> Result<Input> {
    let path = kept(setting, &table_name(options, "csv"), |draft| {
        generator::table(options, buffered(draft)?)?;
        Ok(())
    })?;
    of_table(options, path)
}

/// The same as a database.
fn database(setting: &Setting, options: &Table) -> Result<Input> {
    let path = kept(setting, &table_name(options, "db"), |draft| {
        generator::database(options, draft)?;
        Ok(())
    })?;
    of_table(options, path)
}

fn table_name(options: &Table, ending: &str) -> String {
    let Table {
        messages,
        channels,
        is_shuffled,
        seed,
    } = options;
    let order = match is_shuffled {
        true => "shuffled",
        false => "by-channel",
    };
    format!("table-{VERSION}-{messages}-{channels}-{seed}-{order}.{ending}")
}

fn of_table(options: &Table, path: PathBuf) -> Result<Input> {
    Ok(Input {
        bytes: size(&path)?,
        path,
        extent: Extent {
            largest: options.largest_channel(),
            ..Extent::default()
        },
    })
}

/// A generated import file.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn import(setting: &Setting, options: &Import) -> Result<Input> {
    let Import {
        entries,
        is_lines,
        is_pretty,
        seed,
    } = options;
    let spelling = match (is_lines, is_pretty) {
        (true, _) => "lines.jsonl",
        (false, true) => "pretty.json",
        (false, false) => "array.json",
    };
    let name = format!("import-{VERSION}-{entries}-{seed}-{spelling}");
    let path = kept(setting, &name, |draft| {
        generator::import(options, buffered(draft)?)?;
        Ok(())
    })?;
    let counts = options.counts();
    Ok(Input {
        bytes: size(&path)?,
        path,
        extent: Extent {
            entries: 0,
            users: counts.users,
            channels: counts.channels,
            memberships: counts.members,
            messages: counts.messages,
            largest: counts.messages.div_ceil(counts.channels),
        },
    })
}

/// The records of an export as the program itself gives them, made anew when the program is newer.
fn lines(setting: &Setting, bytes: u64, is_shuffled: bool) -> Result<Input> {
    let export = export(setting, &slack_of(bytes, 0))?;
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified());
    let program = modified(&setting.program).context("could not look at the program")?;
    let path = |ending| export.path.with_extension(ending);
    let (ordered, shuffled) = (path("model.jsonl"), path("shuffled.jsonl"));
    for stale in [&ordered, &shuffled] {
        if modified(stale).is_ok_and(|it| it < program) {
            fs::remove_file(stale).context("could not remove an older input")?;
        }
    }
    made(&ordered, |draft| {
        let mut line = vec!["slack".into(), export.path.clone().into_os_string()];
        line.extend(["--emit", "model", "-q", "-o"].map(Into::into));
        line.push(draft.into());
        setting.run(&line)?;
        Ok(())
    })?;
    let path = match is_shuffled {
        true => {
            made(&shuffled, |draft| shuffle(&ordered, draft))?;
            shuffled
        }
        false => ordered,
    };
    Ok(Input {
        bytes: size(&path)?,
        path,
        extent: Extent {
            entries: 0,
            ..export.extent
        },
    })
}

/// The same lines in an order that hangs on their number alone; the first and the last stay.
fn shuffle(lines: &Path, draft: &Path) -> Result<()> {
    let text = fs::read(lines)?;
    let mut places: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    // Knuth's numbers (MMIX); any fixed ones would do.
    let mut state: u64 = 4;
    for last in (2..places.len().saturating_sub(1)).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = 1 + (state >> 33) as usize % last;
        places.swap(last, other);
    }
    let mut out = buffered(draft)?;
    for line in places {
        out.write_all(line)?;
    }
    Ok(out.flush()?)
}

/// The path of an input with this name, which is made if it is not there.
fn kept(setting: &Setting, name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let path = setting.dir.join(name);
    made(&path, make)?;
    Ok(path)
}

/// Makes a file under another name first, so that one that was broken off is never taken for whole.
fn made(path: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if path.is_file() {
        return Ok(());
    }
    eprintln!("making {}", path.display());
    let draft = path.with_extension("draft");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => make(&draft),
    }
    .and_then(|()| Ok(fs::rename(&draft, path)?))
    .with_context(|| format!("could not make {}", path.display()))
}

fn buffered(path: &Path) -> Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(1 << 20, File::create(path)?))
}

fn size(path: &Path) -> Result<u64> {
    let it = fs::metadata(path).with_context(|| format!("could not read {}", path.display()))?;
    Ok(it.len())
}

/// What is in a zip, unpacked.
fn unpacked_bytes(path: &Path) -> Result<u64> {
    let unreadable = || format!("could not read {}", path.display());
    let file = File::open(path).with_context(unreadable)?;
    let mut archive = zip::ZipArchive::new(file).with_context(unreadable)?;
    let mut bytes = 0;
    for index in 0..archive.len() {
        bytes += archive.by_index_raw(index).with_context(unreadable)?.size();
    }
    Ok(bytes)
}
