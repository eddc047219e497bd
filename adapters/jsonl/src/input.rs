//! One file of lines: what can be told of it before it is read through.
//!
//! Most of what is wrong with a file shows in its first and last line, so these are looked at
//! before an hour is spent on the rest.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use migrate_model::Record;

use crate::line::{self, Claims, Content, Hello, Line};
use crate::line_type::Counts;
use crate::lines::{LONGEST, Lines};
use crate::wording;

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Whether files have neither `hello` nor `end`.
    pub(crate) is_bare: bool,
    /// The longest line, in bytes.
    pub(crate) longest_line: usize,
    /// About how many bytes are read at once.
    pub(crate) unit_bytes: u64,
}

/// A file of lines.
pub(crate) struct Input {
    path: PathBuf,
    /// The name by which people know it.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    settings: Settings,
    /// Where the `hello` begins; `None` in a bare file.
    pub(crate) hello: Option<u64>,
    /// Where the `end` begins and what it counts; `None` in a bare file.
    pub(crate) end: Option<(u64, Claims)>,
}

/// What the `hello` of a file says.
pub(crate) struct Announced {
    pub(crate) adapter: String,
    /// Kinds of loss, each with what it means.
    pub(crate) losses: Vec<(String, String)>,
}

impl Input {
    /// Opens a file and looks at its first and last line.
    ///
    /// # Errors
    /// If the file cannot be read, or one of these lines is not what it must be.
    pub(crate) fn open(
        path: &Path,
        name: String,
        settings: Settings,
    ) -> Result<(Input, Option<Announced>)> {
        let could_not = || format!("could not read {}", wording::safe(&name, 200));
        let found = std::fs::metadata(path).with_context(could_not)?;
        if !found.is_file() {
            let what = if found.is_dir() {
                "a folder"
            } else {
                "no ordinary file"
            };
            bail!(
                "{} is {what}; give files of lines, or `-` for what is piped in",
                wording::safe(&name, 200)
            );
        }
        let mut input = Input {
            path: path.to_owned(),
            name,
            bytes: found.len(),
            settings,
            hello: None,
            end: None,
        };
        if input.is_database()? {
            return Err(
                input.wrong("it is an SQLite database, not lines; give it to `migrate sqlite`")
            );
        }
        let announced = input.look()?;
        Ok((input, announced))
    }

    /// Whether it is a database, which many take for text of some kind.
    fn is_database(&self) -> Result<bool> {
        let mut head = Vec::new();
        let file = File::open(&self.path).and_then(|file| file.take(16).read_to_end(&mut head));
        file.with_context(|| self.could_not())?;
        Ok(head == b"SQLite format 3\0")
    }

    /// The file, for one worker.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(crate) fn lines(&self) -> Result<Lines> {
        let file = File::open(&self.path);
        let file = file.with_context(|| self.could_not())?;
        Ok(Lines::new(file, self.bytes, self.settings.longest_line))
    }

    /// An error that names the file.
    pub(crate) fn wrong(&self, what: &str) -> anyhow::Error {
        anyhow!("{}: {what}", self.shown_name())
    }

    /// An error of a line, which is shown; `number` is counted from 1.
    pub(crate) fn wrong_line(&self, number: u64, what: &str, line: &[u8]) -> anyhow::Error {
        let start = wording::start_of(line);
        anyhow!(
            "{}, line {number}: {what}; the line begins {start}",
            self.shown_name()
        )
    }

    /// Reads a line, a record into `slot`; gives what is wrong with it otherwise.
    pub(crate) fn parse<'l>(
        &self,
        bytes: &'l [u8],
        slot: &mut Option<Record<'l>>,
    ) -> Result<Line<'l>, String> {
        parse(bytes, self.settings.longest_line, slot)
    }

    /// The name for a terminal.
    pub(crate) fn shown_name(&self) -> String {
        wording::safe(&self.name, 200)
    }

    /// What is said where the file cannot be read.
    pub(crate) fn could_not(&self) -> String {
        format!("could not read {}", self.shown_name())
    }

    fn look(&mut self) -> Result<Option<Announced>> {
        let mut lines = self.lines()?;
        let first = first_line(&mut lines).with_context(|| self.could_not())?;
        let Some(First {
            number,
            start,
            bytes,
        }) = first
        else {
            return match self.settings.is_bare {
                true => Ok(None),
                false => Err(self.wrong("the file is empty; not even a `hello` line is in it")),
            };
        };
        if let Some(what) = wording::foreign_file(&bytes) {
            return Err(self.wrong(what));
        }
        let wrong = |what: &str| self.wrong_line(number, what, &bytes);
        let it = match (
            self.settings.is_bare,
            read_hello(&bytes, self.settings.longest_line),
        ) {
            (_, Err(what)) => return Err(wrong(&what)),
            (false, Ok(Some(it))) => it,
            (true, Ok(Some(_))) => {
                return Err(wrong(
                    "the file begins with a `hello` line; leave `--bare` away",
                ));
            }
            (true, Ok(None)) => return Ok(None),
            (false, Ok(None)) => return Err(wrong(NO_HELLO)),
        };
        let losses = it.losses.into_iter();
        let announced = Announced {
            adapter: it.adapter.into_owned(),
            losses: losses
                .map(|(kind, text)| (kind.into_owned(), text.0.into_owned()))
                .collect(),
        };
        self.hello = Some(start);
        self.end = Some(self.find_end(&mut lines)?);
        Ok(Some(announced))
    }

    /// Whether a `hello` that begins at `start` may stand there.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn check_hello(&self, start: u64) -> Result<(), String> {
        match self.hello {
            Some(first) if first == start => Ok(()),
            Some(_) => Err(format!(
                "a `hello` line stands at the start of a file only; {ONE_FILE}"
            )),
            None => {
                Err("a `hello` line has no place in a file that is read with `--bare`".to_owned())
            }
        }
    }

    /// Whether as many lines were read as the `end` line says.
    ///
    /// # Errors
    /// If not; the text names the first type of line that differs.
    pub(crate) fn check_counts(&self, counted: Counts) -> Result<()> {
        let Some((_, claims)) = &self.end else {
            return Ok(());
        };
        for ((line, counted), claim) in counted.iter().zip(claims) {
            let claimed = match claim {
                Some(claimed) => *claimed,
                None if line.may_be_uncounted() => continue,
                None => 0,
            };
            if claimed != counted {
                let line = line.name();
                return Err(self.wrong(&format!(
                    "counts that do not add up: the `end` line counts {claimed} of `{line}`, and \
                     the file has {counted}; let what wrote it run again"
                )));
            }
        }
        Ok(())
    }

    fn find_end(&self, lines: &mut Lines) -> Result<(u64, Claims)> {
        let last = lines.last().with_context(|| self.could_not())?;
        if let Some(last) = last
            && let Ok(line) = self.parse(last.bytes, &mut None)
            && let Content::End(claims) = line.it
        {
            return Ok((last.start, claims));
        }
        Err(self.fault(lines))
    }

    /// What is wrong with a file that does not have its only `end` as its last line.
    pub(crate) fn fault(&self, lines: &mut Lines) -> anyhow::Error {
        let mut last = None;
        let mut end = None;
        let found = lines.find(|number, start, line| {
            if line.len() > self.settings.longest_line {
                return Some(self.wrong_line(number, &too_long(self.settings.longest_line), line));
            }
            if line.trim_ascii().is_empty() {
                return None;
            }
            if let Some(end) = end {
                let what = format!("the line stands behind the `end` in line {end}; {ONE_FILE}");
                return Some(self.wrong_line(number, &what, line));
            }
            if memchr::memmem::find(line, b"end").is_some()
                && let Ok(line) = self.parse(line, &mut None)
                && let Content::End(_) = line.it
            {
                end = Some(number);
            }
            let is_whole = start + (line.len() as u64) < self.bytes;
            last = Some((number, is_whole, line.to_vec()));
            None
        });
        match (found, last) {
            (Err(error), _) => error.context(self.shown_name()),
            (Ok(Some(fault)), _) => fault,
            (Ok(None), None) => self.wrong("the file is empty"),
            (Ok(None), Some((number, is_whole, line))) => match self.parse(&line, &mut None) {
                Err(what) if is_whole => self.wrong_line(number, &what, &line),
                _ => self.wrong(&format!(
                    "the file ends after line {number} without an `end` line: it was cut off; let \
                     what wrote it run again, to its end"
                )),
            },
        }
    }
}

/// Reads a line of at most so many bytes, a record into `slot`; gives what is wrong with it otherwise.
pub(crate) fn parse<'l>(
    bytes: &'l [u8],
    longest: usize,
    slot: &mut Option<Record<'l>>,
) -> Result<Line<'l>, String> {
    if bytes.len() > longest {
        return Err(too_long(longest));
    }
    let text = std::str::from_utf8(bytes);
    let text =
        text.map_err(|error| format!("byte {} of the line is not UTF-8", error.valid_up_to() + 1))?;
    line::parse(text, slot).map_err(|error| match bytes.trim_ascii_start() {
        [b'{', ..] => wording::of_json(&error, bytes),
        _ => NO_OBJECT.to_owned(),
    })
}

/// Reads a line that may be a `hello`; `None` for another one.
fn read_hello(bytes: &[u8], longest: usize) -> Result<Option<Hello<'_>>, String> {
    match parse(bytes, longest, &mut None)?.it {
        Content::Hello(hello) => Ok(Some(hello)),
        _ => Ok(None),
    }
}

/// Looks at the first line of what is still being written, which has to be a `hello`.
///
/// # Errors
/// What is wrong with it, in words, and how it begins.
pub fn check_first_line(line: &[u8]) -> Result<(), String> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let what = match read_hello(line, LONGEST) {
        Ok(Some(_)) => return Ok(()),
        Ok(None) => NO_HELLO.to_owned(),
        Err(what) => what,
    };
    Err(format!(
        "{what}; the line begins {}",
        wording::start_of(line)
    ))
}

/// What is wrong with a first line that is something else.
const NO_HELLO: &str =
    "the first line must be a `hello` line; write one, or read bare lines with `--bare`";

/// What to do with lines of several files.
const ONE_FILE: &str = "lines that were written together are a file of their own";

/// What is wrong with a line that is something else altogether.
const NO_OBJECT: &str = "the line is no JSON object; whatever else a program has to say belongs \
                         on its standard error";

/// The first line of a file that is not blank.
struct First {
    /// Counted from 1.
    number: u64,
    /// Where it begins.
    start: u64,
    bytes: Vec<u8>,
}

fn first_line(lines: &mut Lines) -> Result<Option<First>> {
    lines.find(|number, start, line| {
        let is_blank = line.trim_ascii().is_empty();
        (!is_blank).then(|| First {
            number,
            start,
            bytes: line.to_vec(),
        })
    })
}

fn too_long(longest: usize) -> String {
    format!("the line is longer than {longest} bytes, the most that a line may have")
}
