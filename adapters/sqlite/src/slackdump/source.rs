//! The export that a database of slackdump holds, with places that are found in the database.

use std::sync::Arc;

use anyhow::Result;
use migrate_model::{
    Give, Kind, ListedFile, Location, Loss, Origin, Outcome, Person, Reader, Record, Sink, Source,
    Stop, Unit, Want,
};

use crate::slackdump::losses::{self, loss};
use crate::slackdump::store::Store;
use crate::source::Note;

/// A database of slackdump, read as an export.
pub(super) struct Slackdump {
    pub(super) export: Box<dyn Source>,
    pub(super) store: Arc<Store>,
    /// What was lost by opening the database.
    pub(super) notes: Vec<Note>,
}

impl Slackdump {
    fn place(&self, unit: &Unit) -> (String, &[i64]) {
        let file = usize::try_from(unit.key).ok();
        let place = file.and_then(|file| self.store.place(file));
        place.unwrap_or_default()
    }
}

impl Source for Slackdump {
    fn directory(&self, sink: &mut dyn Sink) -> Result<()> {
        for note in &self.notes {
            note.tell(sink)?;
        }
        self.store.lose(sink)?;
        self.export.directory(&mut Placed {
            store: &self.store,
            rows: &[],
            sink,
        })
    }

    fn people(&self, sink: &mut dyn Sink) -> Result<()> {
        self.export.people(sink)
    }

    fn units(&self) -> &[Unit] {
        self.export.units()
    }

    fn unit_name(&self, unit: &Unit) -> String {
        self.place(unit).0
    }

    fn location(&self, unit: &Unit, record: u32) -> Location {
        let (file, rows) = self.place(unit);
        located(file, row_of(rows, record))
    }

    fn source_records(&self, unit: &Unit, records: &[u32], give: Give<'_>) -> Result<()> {
        self.export.source_records(unit, records, give)
    }

    fn shows_addresses(&self) -> bool {
        self.export.shows_addresses()
    }

    fn counted(&self) -> &'static str {
        "rowid"
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(StoredReader {
            inner: self.export.reader()?,
            store: &self.store,
        }))
    }

    fn finish(&self) -> Result<()> {
        self.export.finish()?;
        self.store.database.check_unchanged()
    }

    fn origin(&self) -> Option<&str> {
        Some("slack")
    }
}

/// The rowid of a record; 0 for none.
fn row_of(rows: &[i64], record: u32) -> i64 {
    let place = usize::try_from(record).ok();
    let place = place.and_then(|it| it.checked_sub(1));
    place.and_then(|it| rows.get(it)).copied().unwrap_or(0)
}

/// A place in a table. A rowid that is no number of records stands with the table.
fn located(file: String, row: i64) -> Location {
    match u32::try_from(row) {
        Ok(record) => Location { file, record },
        Err(_) => Location {
            file: format!("{file}, rowid {row}"),
            record: 0,
        },
    }
}

/// Reads the messages of units, and tells of their older copies.
struct StoredReader<'s> {
    inner: Box<dyn Reader + 's>,
    store: &'s Store,
}

impl Reader for StoredReader<'_> {
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        let copies = self.store.run_of(unit).map_or(0, |run| run.copies);
        if let (Want::Everything(_), 1..) = (want, copies) {
            let kind = losses::EARLIER_COPY;
            let copies = u64::from(copies);
            sink.lose(0, loss(kind, Outcome::Merged, Kind::Message, copies, ""))?;
        }
        self.inner.read(unit, want, sink)
    }
}

/// Names the tables and rows of lists in place of files and elements.
struct Placed<'s> {
    store: &'s Store,
    /// The rowids of the list at hand.
    rows: &'s [i64],
    sink: &'s mut dyn Sink,
}

impl Placed<'_> {
    fn row(&self, record: u32) -> u32 {
        u32::try_from(row_of(self.rows, record)).unwrap_or(0)
    }
}

impl Sink for Placed<'_> {
    fn file(&mut self, name: &str) {
        let mut lists = self.store.lists.all.iter();
        let list = lists.find(|it| it.file == name);
        self.rows = list.map_or(&[], |it| &it.rows);
        self.sink.file(list.map_or(name, |it| it.table));
    }

    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop> {
        self.sink.put(self.row(record), origin, it)
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        self.sink.lose(self.row(record), loss)
    }

    fn meet(&mut self, person: Person<'_>) -> Result<(), Stop> {
        self.sink.meet(person)
    }

    fn list_file(&mut self, record: u32, it: ListedFile<'_>) -> Result<(), Stop> {
        self.sink.list_file(self.row(record), it)
    }
}
