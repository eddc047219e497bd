//! Where the newest copy of each message stands, by conversation and time.
//!
//! slackdump keeps what each call of Slack's interface gave as a *chunk*, so a message stands again in
//! every later run, and once more in the chunk of its thread. All rows are sorted by SQLite once,
//! which uses the work folder and not memory; 8 bytes a message are kept.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use crate::slackdump::cells::{number, text};
use crate::{Connection, Row};

/// The messages of a database.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// The rowids of the newest copies, those of a run one after the other.
    rows: Vec<i64>,
    pub(super) runs: Vec<Run>,
    /// The ids of the conversations that have messages.
    pub(super) conversations: Vec<String>,
    /// How many messages of each `CHANNEL_ID` stand only in chunks that are no conversation's.
    pub(super) elsewhere: BTreeMap<String, u64>,
    /// How many have a `CHANNEL_ID` that cannot be one, and the rowid of the first.
    pub(super) astray: Option<(u64, i64)>,
}

/// Messages of one conversation that follow each other in time: what is read as a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// The number of the conversation.
    pub(super) conversation: u32,
    /// How many copies of them are older.
    pub(super) copies: u32,
    /// About how many bytes their JSON has.
    pub(super) bytes: u64,
    /// The number of the first.
    first: usize,
}

/// How many bytes of JSON a run may have before the next begins: enough that little is spent on
/// each, and little enough to share a conversation among workers.
const RUN_BYTES: u64 = 256 << 10;

/// What separates two messages in their list, for [`Run::bytes`].
const SEPARATOR_BYTES: u64 = 2;

/// Newest first among the copies of a message. A row whose chunk is missing is as good as any.
const ALL: &str = "SELECT CAST(m.CHANNEL_ID AS TEXT), m.ID, m.rowid, c.TYPE_ID, octet_length(m.DATA) \
     FROM MESSAGE AS m LEFT JOIN CHUNK AS c ON c.ID = m.CHUNK_ID \
     ORDER BY 1, m.ID, m.CHUNK_ID DESC, m.rowid DESC";

/// The types of chunks that hold messages people wrote: of conversations, threads, canvases and
/// their threads. Searches hold others. Source: rusq/slackdump, table `TYPES`, read 2026-11.
const OF_MESSAGES: [i64; 4] = [0, 1, 12, 13];

/// The copies of one message, as they come.
#[derive(Default)]
struct Copies {
    conversation: String,
    /// The `ts` in microseconds; `None` where the row tells none, which is like no other.
    at: Option<i64>,
    /// The rowid of the newest and its size.
    newest: Option<(i64, u64)>,
    count: u64,
    last_row: Option<i64>,
}

impl Messages {
    /// Finds the newest copies of all messages.
    ///
    /// # Errors
    /// If the table is damaged, or reading is stopped.
    pub(super) fn find(connection: &Connection) -> Result<Messages> {
        let mut messages = Messages::default();
        let mut query = connection.query(ALL)?;
        let mut rows = query.rows(&[])?;
        let mut copies = Copies::default();
        while let Some(row) = rows.next_row()? {
            if !copies.includes(&row) {
                messages.take(&copies)?;
                copies.begin(&row);
            }
            copies.add(&row);
        }
        messages.take(&copies)?;
        messages.rows.shrink_to_fit();
        Ok(messages)
    }

    /// The rowids of a run.
    pub(super) fn rows_of(&self, run: usize) -> &[i64] {
        let first = self.runs.get(run).map_or(self.rows.len(), |it| it.first);
        let next = self.runs.get(run + 1);
        let end = next.map_or(self.rows.len(), |it| it.first);
        self.rows.get(first..end).unwrap_or_default()
    }

    /// The id of a run's conversation.
    pub(super) fn conversation_of(&self, run: &Run) -> &str {
        let number = usize::try_from(run.conversation).unwrap_or(usize::MAX);
        self.conversations.get(number).map_or("", String::as_str)
    }

    /// Takes a message with all its copies.
    fn take(&mut self, copies: &Copies) -> Result<()> {
        let Some(last_row) = copies.last_row else {
            return Ok(());
        };
        let Some((row, bytes)) = copies.newest else {
            let id = copies.conversation.clone();
            *self.elsewhere.entry(id).or_default() += copies.count;
            return Ok(());
        };
        if !is_conversation(&copies.conversation) {
            let astray = self.astray.get_or_insert((0, last_row));
            astray.0 += copies.count;
            return Ok(());
        }
        if self.conversations.last() != Some(&copies.conversation) {
            self.conversations.push(copies.conversation.clone());
        }
        let conversation = u32::try_from(self.conversations.len() - 1)
            .context("the table `MESSAGE` has more conversations than can be numbered")?;
        let open = self.runs.last_mut();
        let open = open.filter(|it| it.conversation == conversation && it.bytes < RUN_BYTES);
        let older = u32::try_from(copies.count - 1).unwrap_or(u32::MAX);
        match open {
            Some(run) => {
                run.copies = run.copies.saturating_add(older);
                run.bytes += bytes + SEPARATOR_BYTES;
            }
            None => self.runs.push(Run {
                conversation,
                copies: older,
                bytes: bytes + SEPARATOR_BYTES,
                first: self.rows.len(),
            }),
        }
        self.rows.push(row);
        Ok(())
    }
}

impl Copies {
    /// Whether a row is one more copy of this message.
    fn includes(&self, row: &Row<'_>) -> bool {
        let is_same = self.at.is_some() && self.at == number(row, 1);
        // A row comes twice if two chunks have one id.
        let is_row = self.last_row.is_some() && self.last_row == number(row, 2);
        (is_same || is_row) && self.conversation == text(row, 0)
    }

    fn begin(&mut self, row: &Row<'_>) {
        let conversation = text(row, 0);
        if self.conversation != conversation {
            self.conversation.clear();
            self.conversation.push_str(&conversation);
        }
        self.at = number(row, 1);
        self.newest = None;
        self.count = 0;
        self.last_row = None;
    }

    fn add(&mut self, row: &Row<'_>) {
        let rowid = number(row, 2);
        let is_of_messages = number(row, 3).is_none_or(|it| OF_MESSAGES.contains(&it));
        if self.newest.is_none() && is_of_messages {
            let bytes = number(row, 4).and_then(|it| u64::try_from(it).ok());
            self.newest = rowid.map(|rowid| (rowid, bytes.unwrap_or(0)));
        }
        if rowid != self.last_row {
            self.count += 1;
            self.last_row = rowid;
        }
    }
}

/// Whether an id can be the name of a conversation's folder.
fn is_conversation(id: &str) -> bool {
    !id.is_empty() && !id.contains('/') && !id.starts_with(['.', '_'])
}
