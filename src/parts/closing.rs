//! A full part becomes a file while the next one is filled.
//!
//! Its sections are put together by copies, which the kernel makes in some tenths of a second. The
//! packer does not wait for that, or whoever reads would soon have to wait for the packer.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};

use anyhow::{Context, Result, anyhow, ensure};
use migrate_model::Kind;

use super::section::{Section, end_part};
use crate::getstream::Spelling;

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

/// The part that is becoming a file; one at a time.
#[derive(Default)]
pub struct Closing(Cell<Option<JoinHandle<Result<()>>>>);

impl Assembly {
    /// Writes the file and removes the work files.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn run(mut self) -> Result<()> {
        let shown = self.path.display().to_string();
        let written = self.write();
        let written = written.with_context(|| format!("could not write {shown}"))?;
        ensure!(
            written == self.bytes,
            "{shown} has {written} bytes and not {}, so something else wrote to it",
            self.bytes
        );
        self.sections.into_iter().for_each(Section::remove);
        Ok(())
    }

    fn write(&mut self) -> io::Result<u64> {
        let mut target = BufWriter::new(File::create(&self.path)?);
        target.write_all(self.spelling.head())?;
        for (n, section) in self.sections.iter_mut().enumerate() {
            if n == Kind::Message as usize {
                for (at, len) in &self.ranges {
                    section.copy(u64::from(*at), u64::from(*len), &mut target)?;
                }
            } else {
                let len = section.len();
                section.copy(0, len, &mut target)?;
            }
        }
        end_part(target, self.spelling)
    }
}

impl Closing {
    /// Begins with a part, once the one before is a file.
    ///
    /// # Errors
    /// If the file of the one before could not be written, or no thread can be started.
    pub fn start(&self, assembly: Assembly) -> Result<()> {
        self.wait()?;
        let thread = Builder::new().spawn(|| assembly.run());
        self.0
            .set(Some(thread.context("could not start a thread")?));
        Ok(())
    }

    /// Waits until every part that was begun is a file.
    ///
    /// # Errors
    /// If that could not be written.
    pub fn wait(&self) -> Result<()> {
        let Some(thread) = self.0.take() else {
            return Ok(());
        };
        let ended = thread.join();
        ended.map_err(|_| anyhow!("the thread that wrote a part ended early"))?
    }
}

impl Drop for Closing {
    /// The work folder is removed behind a run that failed; nothing may write to it then.
    fn drop(&mut self) {
        let _ = self.wait();
    }
}
