//! A full part becomes a file while the next one is filled.
//!
//! Its sections are put together by copies, which the kernel makes in some tenths of a second. The
//! packer does not wait for that, or whoever reads would soon have to wait for the packer. A checksum
//! takes as long with a processor's own steps for it, else several times; it is made of the sections
//! at the same time, since everybody waits for the last part. So for some tenths of a second a part,
//! two threads more are at work than read.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use anyhow::{Context, Result, anyhow, ensure};
use migrate_model::Kind;
use sha2::{Digest, Sha256};

use super::by_content::hex;
use super::section::{Section, end_part};
use crate::getstream::Spelling;

/// How much of a section is read at once for a checksum, in bytes.
const PIECE_BYTES: u64 = 256 << 10;

/// Of how many parts checksums are made at once: their work files stay for so long.
const MOST_HASHED: usize = 2;

/// The sections of a part that takes no more entries.
pub struct Assembly {
    /// The file that it becomes.
    pub path: PathBuf,
    /// How large that will be.
    pub bytes: u64,
    /// How the file begins and ends.
    pub spelling: Spelling,
    /// The entries of each kind.
    pub sections: [Section; 5],
    /// The order of the messages: ranges of their section.
    pub ranges: Vec<(u32, u32)>,
}

/// The parts that are becoming files, one at a time, and their checksums.
pub struct Closing {
    has_checksums: bool,
    writing: Cell<Option<JoinHandle<Result<()>>>>,
    hashing: VecDeque<JoinHandle<Result<String>>>,
    /// The checksums of the first parts, in hexadecimal digits.
    found: Vec<String>,
}

impl Assembly {
    fn end(self) {
        self.sections.into_iter().for_each(Section::remove);
    }

    fn write(&self) -> Result<()> {
        let shown = self.path.display();
        let written = self.write_file();
        let written = written.with_context(|| format!("could not write {shown}"))?;
        ensure!(
            written == self.bytes,
            "{shown} has {written} bytes and not {}, so something else wrote to it",
            self.bytes
        );
        Ok(())
    }

    fn write_file(&self) -> io::Result<u64> {
        let mut target = BufWriter::new(File::create(&self.path)?);
        target.write_all(self.spelling.head())?;
        for (section, at, len) in self.pieces() {
            section.copy(at, len, &mut target)?;
        }
        end_part(target, self.spelling)
    }

    /// The SHA-256 of the file, whether that is there or not.
    fn hash(&self) -> Result<String> {
        let (head, tail) = (self.spelling.head(), self.spelling.tail());
        let mut hasher = Sha256::new();
        hasher.update(head);
        // Behind the last entry stands the tail in place of a separator.
        let mut left = self.bytes.saturating_sub((head.len() + tail.len()) as u64);
        let mut piece = Vec::new();
        for (section, mut at, len) in self.pieces() {
            let end = at + len.min(left);
            left -= end - at;
            while at < end {
                let count = PIECE_BYTES.min(end - at);
                let read = section.read(at, count as usize, &mut piece);
                read.context("could not read back a work file")?;
                hasher.update(&piece);
                at += count;
            }
        }
        hasher.update(tail);
        Ok(hex(hasher))
    }

    /// What the file is made of, in order: where in which section it begins, and how many bytes it has.
    fn pieces(&self) -> impl Iterator<Item = (&Section, u64, u64)> {
        let sections = self.sections.iter().enumerate();
        sections.flat_map(|(kind, section)| {
            let is_ordered = kind == Kind::Message as usize;
            let ordered = self.ranges.iter().filter(move |_| is_ordered);
            let ordered = ordered.map(|(at, len)| (u64::from(*at), u64::from(*len)));
            let whole = (!is_ordered).then(|| (0, section.len()));
            let pieces = whole.into_iter().chain(ordered);
            pieces.map(move |(at, len)| (section, at, len))
        })
    }
}

impl Closing {
    /// For parts of which checksums are wanted, or not.
    pub fn new(has_checksums: bool) -> Closing {
        Closing {
            has_checksums,
            writing: Cell::default(),
            hashing: VecDeque::new(),
            found: Vec::new(),
        }
    }

    /// Makes a part a file, and finds its checksum.
    ///
    /// # Errors
    /// If the file cannot be written, or a section not be read.
    pub fn run(&mut self, assembly: Assembly) -> Result<()> {
        assembly.write()?;
        if self.has_checksums {
            self.found.push(assembly.hash()?);
        }
        assembly.end();
        Ok(())
    }

    /// Begins with a part, once the one before is a file.
    ///
    /// # Errors
    /// If the file of the one before could not be written, a section of one of those before not be
    /// read, or no thread can be started.
    pub fn start(&mut self, assembly: Assembly) -> Result<()> {
        self.wait_for_file()?;
        let assembly = Arc::new(assembly);
        if self.has_checksums {
            if self.hashing.len() >= MOST_HASHED {
                self.take_checksum()?;
            }
            let hashing = begin(Arc::clone(&assembly), Assembly::hash)?;
            self.hashing.push_back(hashing);
        }
        let writing = begin(assembly, Assembly::write)?;
        self.writing.set(Some(writing));
        Ok(())
    }

    /// Waits until every part that was begun is a file, whose checksum may still be missing.
    ///
    /// # Errors
    /// If that could not be written.
    pub fn wait_for_file(&self) -> Result<()> {
        self.writing.take().map_or(Ok(()), join)
    }

    /// Waits until every part that was begun is a file, and gives their checksums in hexadecimal
    /// digits, if they are wanted.
    ///
    /// # Errors
    /// If the file could not be written, or a section not be read.
    pub fn finish(&mut self) -> Result<Vec<String>> {
        let written = self.wait_for_file();
        let mut hashed = Ok(());
        while !self.hashing.is_empty() {
            // Nothing may be at work when this ends.
            hashed = hashed.and(self.take_checksum());
        }
        written.and(hashed)?;
        Ok(std::mem::take(&mut self.found))
    }

    fn take_checksum(&mut self) -> Result<()> {
        if let Some(thread) = self.hashing.pop_front() {
            self.found.push(join(thread)?);
        }
        Ok(())
    }
}

/// Does something with a part on a thread of its own; whoever is last removes the work files. Those of a
/// part that failed go with the work folder.
fn begin<T: Send + 'static>(
    assembly: Arc<Assembly>,
    run: impl FnOnce(&Assembly) -> Result<T> + Send + 'static,
) -> Result<JoinHandle<Result<T>>> {
    let thread = Builder::new().spawn(move || {
        let result = run(&assembly)?;
        if let Some(last) = Arc::into_inner(assembly) {
            last.end();
        }
        Ok(result)
    });
    thread.context("could not start a thread")
}

fn join<T>(thread: JoinHandle<Result<T>>) -> Result<T> {
    let ended = thread.join();
    ended.map_err(|_| anyhow!("a thread that closed a part ended early"))?
}

impl Drop for Closing {
    /// The work folder is removed behind a run that failed; nothing may write to it then.
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// A part of a user and of three messages, two of which come first in another order.
    fn assembly(folder: &TempDir, number: usize) -> Assembly {
        let spelling = Spelling::Array;
        let file = |name: &str| folder.path().join(format!("{name}-{number}"));
        let mut sections = Kind::ALL.map(|kind| Section::new(file(kind.name()), 4));
        let separator = spelling.separator();
        let user = &mut sections[Kind::User as usize];
        user.append(&[b"user", separator]).unwrap();
        let messages = &mut sections[Kind::Message as usize];
        for message in [b"aaa", b"bbb", b"ccc"] {
            messages.append(&[message, separator]).unwrap();
        }
        Assembly {
            path: file("part"),
            bytes: b"[\nuser,\nbbb,\naaa,\nccc\n]\n".len() as u64,
            spelling,
            sections,
            ranges: vec![(5, 5), (0, 5), (10, 5)],
        }
    }

    fn names(folder: &TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn parts_become_files_with_checksums_and_leave_no_work_files() {
        let expected = "[\nuser,\nbbb,\naaa,\nccc\n]\n";
        let mut hasher = Sha256::new();
        hasher.update(expected);
        let checksum = hex(hasher);
        for is_at_once in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let mut closing = Closing::new(true);
            for number in 0..5 {
                let assembly = assembly(&folder, number);
                match is_at_once {
                    true => closing.start(assembly).unwrap(),
                    false => closing.run(assembly).unwrap(),
                }
            }
            assert_eq!(closing.finish().unwrap(), vec![checksum.clone(); 5]);
            let parts: Vec<String> = (0..5).map(|number| format!("part-{number}")).collect();
            assert_eq!(names(&folder), parts);
            let written = fs::read_to_string(folder.path().join("part-3")).unwrap();
            assert_eq!(written, expected);
        }
    }

    #[test]
    fn a_work_file_that_is_cut_off_is_an_error() {
        for is_at_once in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let mut closing = Closing::new(true);
            let assembly = assembly(&folder, 0);
            let messages = folder.path().join("message-0");
            fs::OpenOptions::new()
                .write(true)
                .open(messages)
                .unwrap()
                .set_len(3)
                .unwrap();
            let closed = match is_at_once {
                true => closing.start(assembly),
                false => closing.run(assembly),
            };
            let error = closed.and_then(|()| closing.finish()).unwrap_err();
            assert!(
                error.to_string().starts_with("could not write "),
                "{error:#}"
            );
        }
    }
}
