//! Makes a connection safe for files and queries that nobody has to trust: limits, switches, who
//! may do what, and a watch that stops what takes too long.
//!
//! What is set follows SQLite's own advice. Source: sqlite.org/security.html, read 2026-11.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;

use crate::clock;

/// After how many steps of SQLite's machine the watch looks: well under a millisecond of work.
const STEPS: i32 = 10_000;

/// The most columns of a table or a query.
pub(crate) const MOST_COLUMNS: usize = 2000;

/// Sets the switches and limits of a connection. `longest` is the largest value or row, in bytes.
///
/// # Errors
/// If SQLite refuses one of them.
pub(crate) fn harden(connection: &Connection, longest: usize) -> rusqlite::Result<()> {
    let switches = [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
        // A misspelt column in double quotes would be taken for a text.
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    ];
    for (switch, is_on) in switches {
        connection.set_db_config(switch, is_on)?;
    }
    let longest = i32::try_from(longest).unwrap_or(i32::MAX);
    let limits = [
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
        (Limit::SQLITE_LIMIT_LENGTH, longest),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 1_000_000),
        (Limit::SQLITE_LIMIT_COLUMN, MOST_COLUMNS as i32),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
        (Limit::SQLITE_LIMIT_VDBE_OP, 250_000),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 100),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    ];
    for (limit, value) in limits {
        connection.set_limit(limit, value)?;
    }
    connection.execute_batch("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;")
}

/// Why the watch stopped SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The caller wanted it.
    Asked,
    /// It took longer than it may.
    Late,
}

/// Stops SQLite when the caller asks for it, or when one piece of work takes too long.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// The number of the piece of work at hand.
    piece: Arc<AtomicU64>,
    why: Arc<AtomicU8>,
}

impl Watch {
    /// Sets a watch over a connection; one piece of work may take `limit`.
    ///
    /// # Errors
    /// If SQLite refuses it.
    pub(crate) fn over(
        connection: &mut Connection,
        stop: &Arc<AtomicBool>,
        limit: Option<Duration>,
    ) -> rusqlite::Result<Watch> {
        let watch = Watch {
            piece: Arc::new(AtomicU64::new(0)),
            why: Arc::new(AtomicU8::new(0)),
        };
        let (seen, stop) = (watch.clone(), Arc::clone(stop));
        let mut at = (u64::MAX, Instant::now());
        let look = move || {
            if stop.load(Ordering::Relaxed) {
                seen.why.store(1, Ordering::Relaxed);
                return true;
            }
            let piece = seen.piece.load(Ordering::Relaxed);
            if piece != at.0 {
                at = (piece, Instant::now());
            }
            let is_late = limit.is_some_and(|limit| at.1.elapsed() > limit);
            if is_late {
                seen.why.store(2, Ordering::Relaxed);
            }
            is_late
        };
        connection.progress_handler(STEPS, Some(look))?;
        Ok(watch)
    }

    /// Says that the next piece of work begins.
    pub(crate) fn next_piece(&self) {
        // Only the thread of the connection writes it, so nothing has to be locked for adding.
        let piece = self.piece.load(Ordering::Relaxed);
        self.piece.store(piece.wrapping_add(1), Ordering::Relaxed);
    }

    /// Why SQLite was stopped, if it was; forgotten by asking.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        match self.why.swap(0, Ordering::Relaxed) {
            1 => Some(Stopped::Asked),
            2 => Some(Stopped::Late),
            _ => None,
        }
    }
}

/// What a query wanted, as its authorizer saw it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted(Arc<Mutex<Seen>>);

/// What was seen of a query.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The tables that it reads.
    pub(crate) tables: Vec<String>,
    /// The last column that it reads, by the name that its table has for it.
    pub(crate) column: String,
    /// Whether it calls functions that may ask for the time of day.
    pub(crate) has_dates: bool,
    /// The views in which it does so.
    pub(crate) dated_views: Vec<String>,
    /// What was not allowed.
    pub(crate) denied: Option<String>,
}

impl Wanted {
    /// Lets a connection do nothing but read, with functions that are known to be harmless.
    ///
    /// # Errors
    /// If SQLite refuses the authorizer.
    pub(crate) fn reading_only(connection: &mut Connection) -> rusqlite::Result<Wanted> {
        let wanted = Wanted::default();
        let seen = wanted.clone();
        connection.authorizer(Some(move |context: AuthContext<'_>| seen.judge(&context)))?;
        Ok(wanted)
    }

    /// What was wanted since the last time.
    pub(crate) fn take(&self) -> Seen {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut seen)
    }

    fn judge(&self, context: &AuthContext<'_>) -> Authorization {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let denied = match context.action {
            AuthAction::Select => return Authorization::Allow,
            AuthAction::Read {
                table_name,
                column_name,
            } => {
                // A rowid counts as no column, so that the table is told once more without any.
                if !column_name.is_empty() {
                    column_name.clone_into(&mut seen.column);
                }
                if !seen.tables.iter().any(|table| table == table_name) {
                    seen.tables.push(table_name.to_owned());
                }
                if !is_of_sqlite(table_name) {
                    return Authorization::Allow;
                }
                format!("asks SQLite itself by `{table_name}`")
            }
            AuthAction::Function { function_name } if is_harmless(function_name) => {
                if clock::is_of_dates(function_name.as_bytes()) {
                    seen.has_dates = true;
                    seen.dated_views.extend(context.accessor.map(str::to_owned));
                }
                return Authorization::Allow;
            }
            AuthAction::Function { function_name } => {
                format!("calls the function `{function_name}`")
            }
            AuthAction::Attach { filename } => format!("opens or writes the file `{filename}`"),
            AuthAction::Pragma { pragma_name, .. } => format!("uses the pragma `{pragma_name}`"),
            AuthAction::Recursive => "calls itself (`WITH RECURSIVE`)".to_owned(),
            AuthAction::Insert { table_name } => format!("writes to `{table_name}`"),
            AuthAction::Update { table_name, .. } => format!("changes `{table_name}`"),
            AuthAction::Delete { table_name } => format!("deletes from `{table_name}`"),
            _ => "does something else than read".to_owned(),
        };
        seen.denied.get_or_insert(denied);
        Authorization::Deny
    }
}

/// Functions whose result hangs on their arguments alone, and which cannot reach outside.
///
/// Dates are among them; a query that asks for the time of day is refused by [`clock`].
const HARMLESS: &[&str] = &[
    "abs",
    "acos",
    "asin",
    "atan",
    "atan2",
    "avg",
    "ceil",
    "ceiling",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "cos",
    "count",
    "cume_dist",
    "date",
    "datetime",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "format",
    "glob",
    "group_concat",
    "hex",
    "if",
    "ifnull",
    "iif",
    "instr",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "ltrim",
    "match",
    "max",
    "median",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "percent_rank",
    "percentile",
    "pi",
    "pow",
    "power",
    "printf",
    "quote",
    "radians",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "sin",
    "sqrt",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "tan",
    "time",
    "timediff",
    "total",
    "trim",
    "trunc",
    "typeof",
    "unhex",
    "unicode",
    "unistr",
    "unistr_quote",
    "unixepoch",
    "unlikely",
    "upper",
    "zeroblob",
    "->",
    "->>",
];

/// Whether a table is one by which SQLite tells of itself and of its files.
fn is_of_sqlite(table: &str) -> bool {
    let bytes = table.as_bytes();
    let starts = |start: &[u8]| {
        { bytes.get(..start.len()) }.is_some_and(|it| it.eq_ignore_ascii_case(start))
    };
    starts(b"pragma_") || table.eq_ignore_ascii_case("dbstat")
}

pub(crate) fn is_harmless(function: &str) -> bool {
    let name = function.to_ascii_lowercase();
    name.starts_with("json") || HARMLESS.contains(&name.as_str())
}
