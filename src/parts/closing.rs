//! A full part becomes a file while the next one is filled.
//!
//! Its sections are put together by copies, which the kernel makes in some tenths of a second. The
//! packer does not wait for that, or whoever reads would soon have to wait for the packer. A checksum
//! takes as long and is made of the sections at the same time: everybody waits for the last part.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, JoinHandle};

use anyhow::{Context, Result, anyhow, ensure};
use migrate_model::Kind;
use sha2::{Digest, Sha256};

use super::by_content::hex;
use super::section::{Section, end_part};
use crate::getstream::Spelling;

/// How much of a section is read at once for a checksum, in bytes.
const PIECE_BYTES: u64 = 256 << 10;

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
    /// Where the SHA-256 of the file goes, in hexadecimal digits; `None` if nobody asks for it.
    pub checksum: Option<Arc<OnceLock<String>>>,
}

/// The part that is becoming a file; one at a time.
#[derive(Default)]
pub struct Closing {
    writing: Ending,
    hashing: Ending,
}

/// What a thread comes to, until somebody has waited for it.
type Ending = Cell<Option<JoinHandle<Result<()>>>>;

impl Assembly {
    /// Writes the file, finds its checksum and removes the work files.
    ///
    /// # Errors
    /// If the file cannot be written, or a section not be read.
    pub fn run(self) -> Result<()> {
        self.find_checksum()?;
        self.write()?;
        self.end();
        Ok(())
    }

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

    fn find_checksum(&self) -> Result<()> {
        if let Some(place) = &self.checksum {
            let found = self.hash().context("could not read back a work file")?;
            place.get_or_init(|| found);
        }
        Ok(())
    }

    /// The checksum of the file, whether that is there or not.
    fn hash(&self) -> io::Result<String> {
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
                section.read(at, count as usize, &mut piece)?;
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
    /// Begins with a part, once the one before is a file.
    ///
    /// # Errors
    /// If the file of the one before could not be written, or no thread can be started.
    pub fn start(&self, assembly: Assembly) -> Result<()> {
        self.wait()?;
        let assembly = Arc::new(assembly);
        if assembly.checksum.is_some() {
            let hashing = begin(Arc::clone(&assembly), Assembly::find_checksum)?;
            self.hashing.set(Some(hashing));
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
        join(&self.writing)
    }

    /// Waits until every part that was begun is a file and has its checksum.
    ///
    /// # Errors
    /// If that could not be written or a section not be read.
    pub fn wait(&self) -> Result<()> {
        let written = self.wait_for_file();
        // Nothing may be at work when this ends.
        let hashed = join(&self.hashing);
        written.and(hashed)
    }
}

/// Does something with a part on a thread of its own; whoever is last removes the work files.
fn begin(
    assembly: Arc<Assembly>,
    run: impl FnOnce(&Assembly) -> Result<()> + Send + 'static,
) -> Result<JoinHandle<Result<()>>> {
    let thread = Builder::new().spawn(move || {
        run(&assembly)?;
        if let Some(last) = Arc::into_inner(assembly) {
            last.end();
        }
        Ok(())
    });
    thread.context("could not start a thread")
}

fn join(ending: &Ending) -> Result<()> {
    let Some(thread) = ending.take() else {
        return Ok(());
    };
    let ended = thread.join();
    ended.map_err(|_| anyhow!("the thread that wrote a part ended early"))?
}

impl Drop for Closing {
    /// The work folder is removed behind a run that failed; nothing may write to it then.
    fn drop(&mut self) {
        let _ = self.wait();
    }
}
