//! Who belongs to which conversation, out of what several runs of slackdump found.

use std::collections::{HashMap, HashSet};

use anyhow::Result;

use crate::Connection;
use crate::slackdump::cells::{number, text};
use crate::slackdump::schema::Schema;

/// The members of conversations: those of the newest run that ended and lists any, and whoever
/// runs listed after it that were broken off.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// The ids of all users, each once.
    ids: Vec<String>,
    by_conversation: HashMap<String, Vec<u32>>,
    /// Whose archive it is; empty where that is not told.
    owner: String,
}

/// A row of a conversation.
struct Listed {
    user: u32,
    /// `None`, which is older than all others: the row does not tell it.
    session: Option<i64>,
    is_finished: bool,
}

impl Members {
    /// Reads the members of all conversations.
    ///
    /// # Errors
    /// If a table is damaged, or reading is stopped.
    pub(super) fn read(connection: &Connection, schema: &Schema) -> Result<Members> {
        let mut members = Members::default();
        if schema.has_workspace {
            members.owner = owner(connection)?;
        }
        if schema.has_members {
            members.read_listed(connection, schema)?;
        }
        Ok(members)
    }

    fn read_listed(&mut self, connection: &Connection, schema: &Schema) -> Result<()> {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut conversation = String::new();
        let mut listed: Vec<Listed> = Vec::new();
        let sql = listed_query(schema);
        let mut query = connection.query(&sql)?;
        let mut rows = query.rows(&[])?;
        while let Some(row) = rows.next_row()? {
            let id = text(&row, 0);
            if id != conversation {
                self.take(&conversation, &listed);
                conversation = id.into_owned();
                listed.clear();
            }
            let user = text(&row, 1);
            let user = match numbers.get(&*user) {
                Some(number) => *number,
                None => {
                    let number = u32::try_from(self.ids.len())?;
                    self.ids.push(user.clone().into_owned());
                    numbers.insert(user.into_owned(), number);
                    number
                }
            };
            listed.push(Listed {
                user,
                session: number(&row, 2),
                is_finished: number(&row, 3).is_none_or(|it| it != 0),
            });
        }
        self.take(&conversation, &listed);
        Ok(())
    }

    fn take(&mut self, conversation: &str, listed: &[Listed]) {
        if listed.is_empty() {
            return;
        }
        let finished = listed.iter().filter(|it| it.is_finished);
        let newest = finished.map(|it| it.session).max().flatten();
        let mut seen = HashSet::new();
        let counting = listed.iter().filter(|it| it.session >= newest);
        let users = counting.map(|it| it.user).filter(|user| seen.insert(*user));
        self.by_conversation
            .insert(conversation.to_owned(), users.collect());
    }

    /// The members of a conversation as a JSON list; `None` if nobody is known. `other` is with whom
    /// a direct message is; empty for other conversations.
    pub(super) fn list(&self, conversation: &str, other: &str) -> Option<String> {
        let ids: Vec<&str> = match self.by_conversation.get(conversation) {
            Some(users) => {
                let id = |user: &u32| self.ids.get(usize::try_from(*user).ok()?);
                users.iter().filter_map(id).map(String::as_str).collect()
            }
            None => {
                let pair = [other, &self.owner].into_iter();
                pair.filter(|id| !other.is_empty() && !id.is_empty())
                    .collect()
            }
        };
        let list = serde_json::to_string(&ids).ok()?;
        (!ids.is_empty()).then_some(list)
    }
}

/// The members by conversation, older sessions first. Without sessions all rows count.
fn listed_query(schema: &Schema) -> String {
    let session = match schema.has_chunk_sessions {
        true => "k.SESSION_ID",
        false => "NULL",
    };
    let (finished, sessions) = match schema.has_sessions && schema.has_chunk_sessions {
        true => (
            "s.FINISHED",
            "LEFT JOIN SESSION AS s ON s.ID = k.SESSION_ID",
        ),
        false => ("NULL", ""),
    };
    let place = match schema.has_member_order {
        true => "u.IDX",
        false => "2",
    };
    format!(
        "SELECT CAST(u.CHANNEL_ID AS TEXT), CAST(u.USER_ID AS TEXT), {session}, {finished} \
         FROM CHANNEL_USER AS u LEFT JOIN CHUNK AS k ON k.ID = u.CHUNK_ID {sessions} \
         ORDER BY 1, 3, u.CHUNK_ID, {place}"
    )
}

/// The user who let slackdump in, as the newest run tells.
fn owner(connection: &Connection) -> Result<String> {
    let sql = "SELECT CAST(USER_ID AS TEXT) FROM WORKSPACE \
         WHERE length(USER_ID) > 0 ORDER BY CHUNK_ID DESC LIMIT 1";
    let mut query = connection.query(sql)?;
    let mut rows = query.rows(&[])?;
    let row = rows.next_row()?;
    Ok(row.map_or(String::new(), |row| text(&row, 0).into_owned()))
}
