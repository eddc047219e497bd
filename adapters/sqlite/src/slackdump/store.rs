//! A database of slackdump as the files of an export.
//!
//! First come the lists, then the messages of each conversation in pieces of some size, then what
//! was downloaded and lies beside the database.

use std::sync::Arc;

use anyhow::{Context, Result};
use migrate_model::wording::safe;
use migrate_model::{Kind, Outcome, Sink, Stop, Unit};
use migrate_slack::{FileReader, Files};

use crate::slackdump::cells::{DAMAGED, json, number, text};
use crate::slackdump::lists::{List, Lists};
use crate::slackdump::losses::{self, loss};
use crate::slackdump::messages::{Messages, Run};
use crate::slackdump::schema::Schema;
use crate::{Connection, Database};

/// An opened database of slackdump.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) database: Database,
    pub(super) lists: Lists,
    pub(super) messages: Messages,
    /// The messages that searches found and nothing else: where, and how many.
    found: Vec<(String, u64)>,
    /// The sessions that did not end.
    unfinished: Vec<i64>,
    /// The names of the files.
    names: Vec<String>,
}

/// What a file holds.
enum Held<'s> {
    List(&'s List),
    /// Messages, by the number of their run.
    Messages(usize, &'s Run),
}

impl Store {
    /// Reads where everything stands. `uploads` are the names of files beside the database.
    ///
    /// # Errors
    /// If a table is damaged, or reading is stopped.
    pub(super) fn new(database: Database, schema: Schema, uploads: Vec<String>) -> Result<Store> {
        let connection = database.connect()?;
        let lists = Lists::find(&connection, &schema)?;
        let messages = Messages::find(&connection)?;
        let found = match schema.has_searches {
            true => found_only(&connection)?,
            false => Vec::new(),
        };
        let unfinished = match schema.has_sessions {
            true => unfinished(&connection)?,
            false => Vec::new(),
        };
        let mut names: Vec<String> = lists.all.iter().map(|it| it.file.to_owned()).collect();
        for (number, run) in messages.runs.iter().enumerate() {
            let conversation = messages.conversation_of(run);
            // Files are read in the order of their names.
            names.push(format!("{conversation}/{number:020}.json"));
        }
        names.extend(uploads);
        Ok(Store {
            database,
            lists,
            messages,
            found,
            unfinished,
            names,
        })
    }

    fn held(&self, file: usize) -> Option<Held<'_>> {
        if let Some(list) = self.lists.all.get(file) {
            return Some(Held::List(list));
        }
        let run = file.checked_sub(self.lists.all.len())?;
        let it = self.messages.runs.get(run)?;
        Some(Held::Messages(run, it))
    }

    /// The messages of a unit.
    pub(super) fn run_of(&self, unit: &Unit) -> Option<&Run> {
        match self.held(usize::try_from(unit.key).ok()?)? {
            Held::Messages(_, run) => Some(run),
            Held::List(_) => None,
        }
    }

    /// The table where a file's records stand, for people, and their rowids.
    pub(super) fn place(&self, file: usize) -> Option<(String, &[i64])> {
        Some(match self.held(file)? {
            Held::List(list) => (list.table.to_owned(), &list.rows),
            Held::Messages(number, run) => (
                of("MESSAGE", self.messages.conversation_of(run)),
                self.messages.rows_of(number),
            ),
        })
    }

    /// Reports what of the database as a whole is not read.
    pub(super) fn lose(&self, sink: &mut dyn Sink) -> Result<(), Stop> {
        let field = Outcome::Field;
        sink.file("SESSION");
        for session in &self.unfinished {
            let detail = format!("session {session}");
            let unfinished = loss(losses::UNFINISHED_SESSION, field, Kind::Channel, 1, detail);
            sink.lose(u32::try_from(*session).unwrap_or(0), unfinished)?;
        }
        for list in &self.lists.all {
            let (of, copies) = match list.file {
                "users.json" => (Kind::User, self.lists.user_copies),
                "channels.json" => (Kind::Channel, self.lists.conversation_copies),
                _ => continue,
            };
            if copies > 0 {
                sink.file(list.table);
                let copies = loss(losses::EARLIER_COPY, Outcome::Merged, of, copies, "");
                sink.lose(0, copies)?;
            }
        }
        let left_out = |kind, count| loss(kind, Outcome::LeftOut, Kind::Message, count, "");
        for (conversation, count) in &self.messages.elsewhere {
            sink.file(&of("MESSAGE", conversation));
            sink.lose(0, left_out(losses::OTHER_CHUNK, *count))?;
        }
        if let Some((count, first)) = self.messages.astray {
            sink.file("MESSAGE");
            let first = u32::try_from(first).unwrap_or(0);
            sink.lose(first, left_out(losses::NO_CONVERSATION, count))?;
        }
        for (conversation, count) in &self.found {
            sink.file(&of("SEARCH_MESSAGE", conversation));
            sink.lose(0, left_out(losses::SEARCH_RESULT, *count))?;
        }
        Ok(())
    }
}

/// The rows of a conversation, for people.
fn of(table: &str, conversation: &str) -> String {
    format!("{table} of {}", safe(conversation, 80))
}

/// The messages that searches found in conversations of which nothing else tells them.
fn found_only(connection: &Connection) -> Result<Vec<(String, u64)>> {
    // The point of a `ts` stands before six digits, so without it, it is the number of the message.
    let sql = "SELECT CAST(s.CHANNEL_ID AS TEXT), count(DISTINCT s.TS) FROM SEARCH_MESSAGE AS s \
         LEFT JOIN MESSAGE AS m ON m.ID = CAST(replace(s.TS, '.', '') AS INTEGER) \
         AND m.CHANNEL_ID = s.CHANNEL_ID WHERE m.ID IS NULL GROUP BY 1 ORDER BY 1";
    let mut query = connection.query(sql)?;
    let mut rows = query.rows(&[])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next_row()? {
        let count = number(&row, 1).and_then(|it| u64::try_from(it).ok());
        if let Some(count) = count.filter(|it| *it > 0) {
            found.push((text(&row, 0).into_owned(), count));
        }
    }
    Ok(found)
}

fn unfinished(connection: &Connection) -> Result<Vec<i64>> {
    let sql = "SELECT CAST(ID AS INTEGER) FROM SESSION WHERE FINISHED = 0 ORDER BY 1";
    let mut query = connection.query(sql)?;
    let mut rows = query.rows(&[])?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next_row()? {
        sessions.extend(number(&row, 0));
    }
    Ok(sessions)
}

/// The store as whoever reads the export has it.
pub(super) struct Lent(pub(super) Arc<Store>);

impl Files for Lent {
    fn count(&self) -> usize {
        self.0.names.len()
    }

    fn name(&self, file: usize) -> &str {
        self.0.names.get(file).map_or("", String::as_str)
    }

    fn size(&self, file: usize) -> u64 {
        match self.0.held(file) {
            Some(Held::Messages(_, run)) => run.bytes,
            _ => 0,
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        // Nothing but lists is asked for by name, and those stand first.
        self.0.names.iter().position(|it| it == name)
    }

    fn reader(&self) -> Result<Box<dyn FileReader + '_>> {
        Ok(Box::new(StoreReader {
            store: &self.0,
            connection: self.0.database.connect()?,
            json: Vec::new(),
        }))
    }
}

/// Reads for one worker.
struct StoreReader<'s> {
    store: &'s Store,
    connection: Connection,
    json: Vec<u8>,
}

/// How large a buffer may stay for the next file, in bytes.
const KEPT_BYTES: usize = 4 << 20;

impl FileReader for StoreReader<'_> {
    fn read(&mut self, file: usize) -> Result<&[u8]> {
        if self.json.capacity() > KEPT_BYTES {
            self.json = Vec::new();
        }
        self.json.clear();
        match self.store.held(file).context("there is no such file")? {
            Held::List(list) => {
                let lists = &self.store.lists;
                lists.write(list, &self.connection, &mut self.json)?;
            }
            Held::Messages(run, _) => self.write_messages(run)?,
        }
        Ok(&self.json)
    }
}

impl StoreReader<'_> {
    fn write_messages(&mut self, run: usize) -> Result<()> {
        let sql = "SELECT DATA FROM MESSAGE WHERE rowid = ?1";
        let mut query = self.connection.query(sql)?;
        let json_out = &mut self.json;
        json_out.push(b'[');
        for (place, number) in self.store.messages.rows_of(run).iter().enumerate() {
            if place > 0 {
                json_out.extend_from_slice(b",\n");
            }
            let mut rows = query.rows(&[*number])?;
            let row = rows.next_row()?;
            json_out.extend_from_slice(row.as_ref().map_or(DAMAGED, |row| json(row, 0)));
        }
        json_out.push(b']');
        Ok(())
    }
}
