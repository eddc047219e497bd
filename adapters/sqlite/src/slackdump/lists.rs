//! The lists of an export, made of the newest rows of users and conversations.

use std::collections::HashMap;

use anyhow::Result;
use serde::Deserialize;

use crate::slackdump::cells::{DAMAGED, json, number, text};
use crate::slackdump::members::Members;
use crate::slackdump::object::with_field;
use crate::slackdump::schema::{CONVERSATIONS, Schema, USERS};
use crate::{Connection, Query};

/// A list as a file of an export.
#[derive(Debug)]
pub(super) struct List {
    /// The name of the file.
    pub(super) file: &'static str,
    /// The table with its elements.
    pub(super) table: &'static str,
    /// The rowids of the elements.
    pub(super) rows: Vec<i64>,
}

/// The lists that a database has.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) all: Vec<List>,
    /// How many users stand in older copies.
    pub(super) user_copies: u64,
    /// How many conversations do.
    pub(super) conversation_copies: u64,
    members: Members,
}

/// What tells in which list a conversation stands. Source: Slack's API reference, "conversation
/// object", read 2026-11.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Traits {
    is_im: Option<bool>,
    is_mpim: Option<bool>,
    is_group: Option<bool>,
    is_private: Option<bool>,
}

impl Lists {
    /// Finds the newest rows, in the order in which slackdump first met each user and conversation,
    /// so that a later run of it changes no place.
    ///
    /// # Errors
    /// If a table is damaged, or reading is stopped.
    pub(super) fn find(connection: &Connection, schema: &Schema) -> Result<Lists> {
        let mut lists = Lists {
            members: Members::read(connection, schema)?,
            ..Lists::default()
        };
        if schema.has_users {
            let newest = Newest::of(USERS, connection)?;
            lists.user_copies = newest.copies;
            lists.all.push(List {
                file: "users.json",
                table: USERS,
                rows: newest.rows,
            });
        }
        if schema.has_conversations {
            lists.add_conversations(connection)?;
        }
        Ok(lists)
    }

    fn add_conversations(&mut self, connection: &Connection) -> Result<()> {
        let newest = Newest::of(CONVERSATIONS, connection)?;
        self.conversation_copies = newest.copies;
        let files = ["channels.json", "groups.json", "mpims.json", "dms.json"];
        let mut lists = files.map(|file| List {
            file,
            table: CONVERSATIONS,
            rows: Vec::new(),
        });
        let [channels, groups, mpims, dms] = &mut lists;
        let mut query = connection.query(&by_row(CONVERSATIONS))?;
        for row in newest.rows {
            let list = match traits(&mut query, row)? {
                it if it.is_im == Some(true) => &mut *dms,
                it if it.is_mpim == Some(true) => &mut *mpims,
                it if it.is_group == Some(true) || it.is_private == Some(true) => &mut *groups,
                _ => &mut *channels,
            };
            list.rows.push(row);
        }
        self.all.extend(lists);
        Ok(())
    }

    /// Writes a list as JSON.
    ///
    /// # Errors
    /// If the table is damaged, or reading is stopped.
    pub(super) fn write(
        &self,
        list: &List,
        connection: &Connection,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let mut query = connection.query(&by_row(list.table))?;
        out.push(b'[');
        for (place, number) in list.rows.iter().enumerate() {
            if place > 0 {
                out.extend_from_slice(b",\n");
            }
            let mut rows = query.rows(&[*number])?;
            match rows.next_row()? {
                Some(row) if list.table == CONVERSATIONS => {
                    let stored = json(&row, 0);
                    match self.with_members(stored, &text(&row, 1)) {
                        Some(json) => out.extend_from_slice(&json),
                        None => out.extend_from_slice(stored),
                    }
                }
                Some(row) => out.extend_from_slice(json(&row, 0)),
                None => out.extend_from_slice(DAMAGED),
            }
        }
        out.push(b']');
        Ok(())
    }

    /// A conversation with the members that stand elsewhere; `None` if it has its own, or nobody
    /// knows them.
    fn with_members(&self, conversation: &[u8], id: &str) -> Option<Vec<u8>> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Known<'a> {
            members: Option<Vec<serde::de::IgnoredAny>>,
            #[serde(borrow)]
            user: Option<std::borrow::Cow<'a, str>>,
        }
        let known: Known<'_> = serde_json::from_slice(conversation).unwrap_or_default();
        if known.members.is_some_and(|it| !it.is_empty()) {
            return None;
        }
        let list = self.members.list(id, known.user.as_deref().unwrap_or(""))?;
        with_field(conversation, "members", &list)
    }
}

/// The newest row of each element of a table.
#[derive(Default)]
struct Newest {
    /// In the order of the oldest rows.
    rows: Vec<i64>,
    copies: u64,
}

impl Newest {
    fn of(table: &str, connection: &Connection) -> Result<Newest> {
        let sql = format!("SELECT CAST(ID AS TEXT), rowid FROM {table} ORDER BY CHUNK_ID, rowid");
        let mut query = connection.query(&sql)?;
        let mut rows = query.rows(&[])?;
        let mut newest = Newest::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        while let Some(row) = rows.next_row()? {
            let (id, Some(number)) = (text(&row, 0), number(&row, 1)) else {
                continue;
            };
            let known = places
                .get(&*id)
                .and_then(|place| newest.rows.get_mut(*place));
            match known {
                Some(older) => {
                    *older = number;
                    newest.copies += 1;
                }
                None => {
                    // What has no id is told by whoever reads the list.
                    if !id.is_empty() {
                        places.insert(id.into_owned(), newest.rows.len());
                    }
                    newest.rows.push(number);
                }
            }
        }
        Ok(newest)
    }
}

fn by_row(table: &str) -> String {
    format!("SELECT DATA, CAST(ID AS TEXT) FROM {table} WHERE rowid = ?1")
}

fn traits(query: &mut Query<'_>, row: i64) -> Result<Traits> {
    let mut rows = query.rows(&[row])?;
    let row = rows.next_row()?;
    Ok(row.map_or(Traits::default(), |row| {
        // A direct message is known by its id as well.
        serde_json::from_slice(json(&row, 0)).unwrap_or(Traits {
            is_im: Some(text(&row, 1).starts_with('D')),
            ..Traits::default()
        })
    }))
}
