//! The files of an export, wherever they come from.
//!
//! Slack hands out a zip, which may be unpacked to a folder; other programs keep the same JSON in
//! stores of their own. Whoever lends it as files has it read as an export: see [`crate::open`].

use anyhow::Result;
use migrate_archive::{Archive, Note};

/// The files of an export, shared by all workers. They are numbered from 0, and those of one folder
/// stand together.
///
/// Names are those of Slack's exports: `users.json`, `channels.json`, `groups.json`, `mpims.json`
/// and `dms.json` for the lists, and `<conversation>/<anything>.json` for messages, with the id or
/// the name of the conversation; the files of one are read in the order of their names. What was
/// downloaded of shared files is `__uploads/<file id>/<name>`.
pub trait Files: Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// The name of a file, `/`-separated; empty for a number that is not below [`Files::count`].
    fn name(&self, file: usize) -> &str;

    /// About how many bytes a file has, for sharing the work; 0 for one that does not exist.
    fn size(&self, file: usize) -> u64;

    /// The number of the file with exactly this name.
    fn find(&self, name: &str) -> Option<usize>;

    /// What was noticed about names that are no files here.
    fn notes(&self) -> &[Note] {
        &[]
    }

    /// A reader of its own for one worker.
    ///
    /// # Errors
    /// If what holds the files cannot be opened again.
    fn reader(&self) -> Result<Box<dyn FileReader + '_>>;
}

/// Reads [`Files`] for one worker.
pub trait FileReader {
    /// The whole contents of a file, valid until the next one is read.
    ///
    /// # Errors
    /// If there is no such file or it cannot be read, which names it for people. Others can still
    /// be read.
    fn read(&mut self, file: usize) -> Result<&[u8]>;
}

impl Files for Archive {
    fn count(&self) -> usize {
        self.len()
    }

    fn name(&self, file: usize) -> &str {
        Archive::name(self, file)
    }

    fn size(&self, file: usize) -> u64 {
        Archive::size(self, file)
    }

    fn find(&self, name: &str) -> Option<usize> {
        Archive::find(self, name)
    }

    fn notes(&self) -> &[Note] {
        Archive::notes(self)
    }

    fn reader(&self) -> Result<Box<dyn FileReader + '_>> {
        Ok(Box::new(Archive::reader(self)?))
    }
}

impl FileReader for migrate_archive::Reader<'_> {
    fn read(&mut self, file: usize) -> Result<&[u8]> {
        migrate_archive::Reader::read(self, file)
    }
}
