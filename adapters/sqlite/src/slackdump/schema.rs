//! Which tables and columns of slackdump a database has: versions differ.
//!
//! Source: the migrations of rusq/slackdump, `internal/chunk/backend/dbase/repository/migrations`,
//! of its versions 3 and 4, read 2026-11.

use crate::Table;

/// What a database of slackdump has at least, and one of [`LISTS`] besides.
const NEEDED: [(&str, &[&str]); 2] = [
    ("MESSAGE", &["ID", "CHUNK_ID", "CHANNEL_ID", "TS", "DATA"]),
    ("CHUNK", &["ID", "TYPE_ID"]),
];

/// The lists of users and conversations.
const LISTS: [&str; 2] = [USERS, CONVERSATIONS];
pub(super) const USERS: &str = "S_USER";
pub(super) const CONVERSATIONS: &str = "CHANNEL";

/// What is read of a list.
const LISTED: [&str; 3] = ["ID", "CHUNK_ID", "DATA"];

/// The tables that a database has beside those that all have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Schema {
    pub(super) has_users: bool,
    pub(super) has_conversations: bool,
    pub(super) has_members: bool,
    /// Whether the place of a member in its list is told.
    pub(super) has_member_order: bool,
    /// Whether chunks name their session.
    pub(super) has_chunk_sessions: bool,
    /// Whether sessions tell if they ended.
    pub(super) has_sessions: bool,
    pub(super) has_searches: bool,
    pub(super) has_workspace: bool,
}

impl Schema {
    /// The schema of a database that slackdump made; `None` for others.
    pub(super) fn of(tables: &[Table]) -> Option<Schema> {
        let has = |name: &str, columns: &[&str]| {
            let table = tables.iter().find(|it| it.name.eq_ignore_ascii_case(name));
            table.is_some_and(|table| {
                columns.iter().all(|column| {
                    let mut all = table.columns.iter();
                    all.any(|it| it.name.eq_ignore_ascii_case(column))
                })
            })
        };
        // Rows are found again by their number.
        let has_numbers = |name: &str| {
            let mut all = tables.iter();
            all.any(|it| it.name.eq_ignore_ascii_case(name) && it.has_rowid)
        };
        let [has_users, has_conversations] =
            LISTS.map(|list| has(list, &LISTED) && has_numbers(list));
        let fits = NEEDED.iter().all(|(name, columns)| has(name, columns))
            && has_numbers("MESSAGE")
            && (has_users || has_conversations);
        fits.then(|| Schema {
            has_users,
            has_conversations,
            has_members: has("CHANNEL_USER", &["CHANNEL_ID", "USER_ID", "CHUNK_ID"]),
            has_member_order: has("CHANNEL_USER", &["IDX"]),
            has_chunk_sessions: has("CHUNK", &["SESSION_ID"]),
            has_sessions: has("SESSION", &["ID", "FINISHED"]),
            has_searches: has("SEARCH_MESSAGE", &["CHANNEL_ID", "TS"]),
            has_workspace: has("WORKSPACE", &["USER_ID", "CHUNK_ID"]),
        })
    }
}
