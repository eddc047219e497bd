//! Loads a dump in SQL text into a private database, without trusting it.
//!
//! The text is cut into statements while it is read. A CREATE TABLE is written anew, the values of
//! an INSERT are read here and bound; all else is counted and left out. So no SQL of a dump runs,
//! but for computed columns, which are computed when a query reads them.

mod create;
mod index;
mod insert;
mod left_out;
pub(crate) mod lex;
mod split;
mod value;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow, bail, ensure};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode};

use crate::dump::index::Index;
use crate::dump::insert::{Head, Inserter};
pub use crate::dump::left_out::LeftOut;
use crate::dump::left_out::Tally;
use crate::dump::lex::{Lexer, Token, name};
use crate::dump::split::{Piece, Pieces};
use crate::guard::{Stopped, Watch};
use crate::salvage::private;
use crate::settings::Settings;
use crate::tables::{VirtualTable, is_reserved};

/// The most tables and columns of a dump: the schema is held in memory, and searched for each
/// table.
const MOST_TABLES: usize = 2000;
const MOST_COLUMNS: usize = 50_000;

/// The most indexes of a dump. Each takes the time of reading and sorting its table.
const MOST_INDEXES: usize = 100;

/// What became of a dump.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// How many statements it has, with lines for the shell.
    pub statements: u64,
    /// How many tables were made.
    pub tables: u64,
    /// How many rows were stored.
    pub rows: u64,
    /// What was left out, by reason, in the order in which the reasons came up.
    pub left_out: Vec<LeftOut>,
    /// The virtual tables that it would make.
    pub(crate) searches: Vec<VirtualTable>,
}

/// Loads a dump into a new database.
///
/// # Errors
/// If the dump cannot be read, is one of another system, is cut off (unless what is unreadable may
/// be skipped), takes more room than allowed, or the caller wants to stop.
pub(crate) fn load(path: &Path, shown: &str, to: &Path, settings: &Settings) -> Result<Loaded> {
    let mut file = File::open(path).with_context(|| format!("could not open `{shown}`"))?;
    let mut start = [0; 3];
    let has_mark = file.read_exact(&mut start).is_ok() && start == *b"\xef\xbb\xbf";
    let file = if has_mark { file } else { File::open(path)? };
    let mut connection = private(to, settings.max_temp_bytes, settings.max_statement_bytes)?;
    connection.authorizer(Some(judge))?;
    let watch = Watch::over(
        &mut connection,
        &settings.stop,
        Some(settings.statement_time),
    )?;
    let read = read(&connection, watch, file, settings, shown)?;
    let (mut loaded, mut tally) = (read.loaded, read.tally);
    let watch = Watch::over(&mut connection, &settings.stop, None)?;
    for (number, (index, line)) in read.indexes.iter().enumerate() {
        watch.next_piece();
        match connection.execute_batch(&index.sql(number)) {
            Ok(()) => {}
            Err(error) if insert::is_fatal(&error) => {
                return Err(failed(&error, &watch, settings, shown, *line));
            }
            Err(_) => tally.add("indexes".to_owned(), 1, false, *line),
        }
    }
    connection
        .execute_batch("COMMIT")
        .with_context(|| format!("could not load `{shown}`"))?;
    loaded.left_out = tally.into_list();
    Ok(loaded)
}

/// What was read of a dump.
struct Finished {
    loaded: Loaded,
    tally: Tally,
    /// Indexes to be made, and the lines of their statements.
    indexes: Vec<(Index, u64)>,
}

/// Reads a dump to its end.
fn read(
    connection: &Connection,
    watch: Watch,
    file: File,
    settings: &Settings,
    shown: &str,
) -> Result<Finished> {
    let mut loader = Loader {
        connection,
        inserter: Inserter::new(connection),
        watch,
        settings,
        shown,
        loaded: Loaded::default(),
        tally: Tally::default(),
        tables: HashSet::new(),
        columns: 0,
        indexes: Vec::new(),
        open_since: None,
    };
    let input = Stoppable {
        file,
        stop: &settings.stop,
    };
    let mut pieces = Pieces::new(input, settings.max_statement_bytes);
    while let Some(piece) = pieces
        .next_piece()
        .with_context(|| format!("could not read `{shown}`"))?
    {
        // The borrow of the piece ends before its line can be asked for.
        let done = loader.piece(piece);
        let line = pieces.piece_line();
        let done = match done {
            // Whatever it is, its end is missing, as where a text never ends.
            Done::Left {
                holds_data: true, ..
            } if pieces.is_rest() => Done::Cut,
            done => done,
        };
        loader.settle(done, line)?;
    }
    loader.check_complete()?;
    Ok(Finished {
        loaded: loader.loaded,
        tally: loader.tally,
        indexes: loader.indexes,
    })
}

/// A file whose reading can be stopped: a statement that is left out may be as long as the file.
struct Stoppable<'s> {
    file: File,
    stop: &'s AtomicBool,
}

impl Read for Stoppable<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped"));
        }
        self.file.read(room)
    }
}

struct Loader<'c> {
    connection: &'c Connection,
    inserter: Inserter<'c>,
    watch: Watch,
    settings: &'c Settings,
    shown: &'c str,
    loaded: Loaded,
    tally: Tally,
    /// The tables that were made, in lower case.
    tables: HashSet<String>,
    /// How many columns they have together.
    columns: usize,
    /// Indexes to be made when all rows are there, and the lines of their statements.
    indexes: Vec<(Index, u64)>,
    /// The line in which the transaction begins that is not ended yet.
    open_since: Option<u64>,
}

/// What became of a piece.
enum Done {
    Well,
    /// It makes an index.
    Indexes(Index),
    /// It is left out, `count` times what a reason is told for.
    Left {
        /// The table that it is rows of, or makes.
        table: Option<String>,
        reason: String,
        count: u64,
        holds_data: bool,
    },
    Begins,
    Ends,
    /// The dump says that it is not complete.
    RolledBack,
    /// It never ends.
    Open(&'static str),
    /// It is the last, cannot be done, and nothing says that it is whole.
    Cut,
    Postgres,
    /// It makes more tables, or columns, than are held.
    TooMany,
    Failed(rusqlite::Error),
}

impl Done {
    fn left(reason: impl Into<String>) -> Done {
        Done::Left {
            table: None,
            reason: reason.into(),
            count: 1,
            holds_data: false,
        }
    }

    fn lost(reason: impl Into<String>, count: u64) -> Done {
        Done::Left {
            table: None,
            reason: reason.into(),
            count,
            holds_data: true,
        }
    }

    fn lost_of(table: &str, reason: impl Into<String>, count: u64) -> Done {
        Done::Left {
            table: Some(table.to_owned()),
            reason: reason.into(),
            count,
            holds_data: true,
        }
    }
}

impl Loader<'_> {
    fn piece(&mut self, piece: Piece<'_>) -> Done {
        if !matches!(piece, Piece::Open(_)) {
            self.loaded.statements += 1;
        }
        match piece {
            Piece::Statement(text) => self.statement(text),
            Piece::Command(_) => Done::left("commands of the shell"),
            Piece::TooLong => Done::lost(
                format!(
                    "statements of more than {} bytes",
                    self.settings.max_statement_bytes
                ),
                1,
            ),
            Piece::Open(what) => Done::Open(what),
        }
    }

    fn statement(&mut self, text: &[u8]) -> Done {
        if let Some(at) = self.inserter.known(text) {
            return self.store(text, at, None);
        }
        let mut lexer = Lexer::new(text);
        let first = lexer.next_token();
        match first {
            Token::Word(_) if first.is("INSERT") || first.is("REPLACE") => self.insert(text),
            Token::Word(_) if first.is("CREATE") => self.create(lexer, text),
            Token::Word(word) => self.other(word, lexer),
            Token::End => Done::Well,
            _ => Done::lost("what is no statement of SQL", 1),
        }
    }

    fn insert(&mut self, text: &[u8]) -> Done {
        let head = match Head::read(text) {
            Ok(head) => head,
            Err(reason) => return Done::lost(format!("`INSERT`: {reason}"), 1),
        };
        if ["sqlite_master", "sqlite_schema"]
            .iter()
            .any(|it| head.table.eq_ignore_ascii_case(it))
        {
            self.note_virtual(text, head.end());
            return Done::left("entries of the schema itself (virtual tables)");
        }
        if is_reserved(&head.table) {
            return Done::left(format!("rows of SQLite's own table `{}`", head.table));
        }
        if self
            .loaded
            .searches
            .iter()
            .any(|search| search.owns(&head.table))
        {
            return Done::left("the data of virtual tables");
        }
        if self.loaded.searches.iter().any(|it| it.is(&head.table)) {
            return Done::left("rows of virtual tables");
        }
        if !self.tables.contains(&head.table.to_lowercase()) {
            return Done::lost_of(
                &head.table,
                format!("rows of `{}`, which is no table of the dump", head.table),
                1,
            );
        }
        let end = head.end();
        self.store(text, end, Some(&head))
    }

    fn store(&mut self, text: &[u8], values_at: usize, head: Option<&Head>) -> Done {
        let stored = match self.inserter.store(text, values_at, head, &self.watch) {
            Ok(stored) => stored,
            Err(error) => return Done::Failed(error),
        };
        self.loaded.rows += stored.rows;
        let Some(reason) = stored.reason else {
            return Done::Well;
        };
        let read;
        let table = match head {
            Some(head) => &head.table,
            None => {
                read = Head::read(text).map(|head| head.table).unwrap_or_default();
                &read
            }
        };
        Done::lost_of(
            table,
            format!("rows of `{table}`: {reason}"),
            stored.refused,
        )
    }

    /// Learns of virtual tables that stand as rows of the schema, as the shell writes them.
    fn note_virtual(&mut self, text: &[u8], values_at: usize) {
        let mut lexer = Lexer::new(text.get(values_at..).unwrap_or_default());
        loop {
            let token = lexer.next_token();
            if matches!(token, Token::End | Token::Open(_)) {
                return;
            }
            let Some(sql) = name(token).filter(|_| matches!(token, Token::Text(_))) else {
                continue;
            };
            let mut inner = Lexer::new(sql.as_bytes());
            if inner.next_token().is("CREATE")
                && inner.next_token().is("VIRTUAL")
                && inner.next_token().is("TABLE")
            {
                self.search(inner, &sql);
            }
        }
    }

    /// A virtual table whose name the lexer stands before.
    fn search(&mut self, mut lexer: Lexer<'_>, sql: &str) {
        if lexer.peek().is("IF") {
            for _ in 0..3 {
                lexer.next_token();
            }
        }
        let Ok(table) = create::table_name(&mut lexer) else {
            return;
        };
        if self.loaded.searches.len() < MOST_TABLES {
            self.loaded.searches.extend(VirtualTable::of(&table, sql));
        }
    }

    fn create(&mut self, mut lexer: Lexer<'_>, text: &[u8]) -> Done {
        let kind = lexer.next_token();
        if kind.is("TABLE") {
            return self.create_table(lexer, text);
        }
        if kind.is("VIRTUAL") {
            lexer.next_token();
            self.search(
                lexer,
                &String::from_utf8_lossy(text.get(..create::LONGEST).unwrap_or(text)),
            );
            return Done::left("virtual tables");
        }
        let has_index = kind.is("INDEX") || (kind.is("UNIQUE") && lexer.next_token().is("INDEX"));
        if has_index {
            let is_known = |it: &Index| self.tables.contains(&it.table.to_lowercase());
            let has_room = self.indexes.len() < MOST_INDEXES;
            return match Index::read(lexer).filter(is_known) {
                Some(index) if has_room => Done::Indexes(index),
                _ => Done::left("indexes"),
            };
        }
        let what = [("VIEW", "views"), ("TRIGGER", "triggers")];
        match what.iter().find(|(word, _)| kind.is(word)) {
            Some((_, what)) => Done::left(*what),
            None => Done::left("temporary tables, views and triggers"),
        }
    }

    fn create_table(&mut self, lexer: Lexer<'_>, text: &[u8]) -> Done {
        let definition = match create::definition(lexer, text) {
            Ok(definition) => definition,
            Err(reason) => return Done::lost(format!("tables: {reason}"), 1),
        };
        let table = definition.name;
        if is_reserved(&table) {
            return Done::left("SQLite's own tables");
        }
        if self
            .loaded
            .searches
            .iter()
            .any(|search| search.owns(&table))
        {
            return Done::left("the data of virtual tables");
        }
        self.columns += definition.width;
        if self.tables.len() >= MOST_TABLES || self.columns > MOST_COLUMNS {
            return Done::TooMany;
        }
        self.watch.next_piece();
        match self.connection.execute_batch(&definition.sql) {
            Ok(()) => {
                self.tables.insert(table.to_lowercase());
                self.loaded.tables += 1;
                Done::Well
            }
            Err(error) if insert::is_fatal(&error) => Done::Failed(error),
            Err(error) => {
                let reason = match error {
                    rusqlite::Error::SqliteFailure(_, Some(message)) => message,
                    rusqlite::Error::SqlInputError { msg, .. } => msg,
                    error => error.to_string(),
                };
                Done::lost_of(&table, format!("the table `{table}`: {reason}"), 1)
            }
        }
    }

    /// A statement that is never done.
    fn other(&mut self, word: &[u8], mut lexer: Lexer<'_>) -> Done {
        let word = String::from_utf8_lossy(word.get(..word.len().min(20)).unwrap_or_default())
            .to_ascii_uppercase();
        match word.as_str() {
            "BEGIN" => Done::Begins,
            "COMMIT" | "END" => Done::Ends,
            "ROLLBACK" if !lexer.next_token().is("TO") => Done::RolledBack,
            "COPY" => Done::Postgres,
            "UPDATE" | "ALTER" => {
                Done::lost(format!("`{word}` statements, which change tables"), 1)
            }
            "DELETE" | "DROP" => {
                // Rows that are not there yet need not be deleted.
                lexer.next_token();
                if lexer.peek().is("IF") {
                    lexer.next_token();
                    lexer.next_token();
                }
                let table = create::table_name(&mut lexer).unwrap_or_default();
                match self.tables.contains(&table.to_lowercase()) {
                    true => Done::lost(format!("`{word}` statements, which change tables"), 1),
                    false => Done::left(format!("`{word}` statements")),
                }
            }
            "PRAGMA" | "ANALYZE" | "SAVEPOINT" | "RELEASE" | "ROLLBACK" | "ATTACH" | "DETACH"
            | "VACUUM" | "SELECT" | "REINDEX" | "EXPLAIN" | "VALUES" => {
                Done::left(format!("`{word}` statements"))
            }
            "WITH" => Done::lost("`WITH` statements", 1),
            _ => Done::lost("what is no statement of SQL", 1),
        }
    }

    /// Counts what was left out, and fails where nothing more can be done.
    fn settle(&mut self, done: Done, line: u64) -> Result<()> {
        if self.settings.stop.load(Ordering::Relaxed) {
            bail!("stopped");
        }
        let shown = self.shown;
        match done {
            Done::Well => {}
            Done::Indexes(index) => self.indexes.push((index, line)),
            Done::Left { table, reason, count, holds_data } => {
                self.tally.add_of(table, reason, count, holds_data, line);
            }
            Done::Begins => self.open_since = self.open_since.or(Some(line)),
            Done::Ends => self.open_since = None,
            Done::RolledBack => self.incomplete(
                line,
                "the dump says that its end is missing (`ROLLBACK`), for example since the database was damaged",
                "make it again with `sqlite3 chat.db .recover`",
            )?,
            Done::Open(what) => {
                let trouble = format!("{what} begins in this statement and never ends, so the rest is lost");
                self.incomplete(line, &trouble, "make the dump again")?;
            }
            Done::Cut => self.incomplete(
                line,
                "the dump ends within this statement, so its end is missing",
                "make the dump again",
            )?,
            Done::Postgres => bail!(
                "`{shown}`, line {line}: this is a dump of a Postgres database: write each table as CSV, with \
                 `\\copy TABLE TO 'TABLE.csv' CSV HEADER` in `psql`, and give these to `migrate csv`"
            ),
            // Nobody can tell whether what is beyond belongs to the chat.
            Done::TooMany => bail!(
                "`{shown}`, line {line}: the dump makes more than {MOST_TABLES} tables, or {MOST_COLUMNS} columns in all, \
                 and no more are loaded from one: make a database of it by `sqlite3 chat.db < DUMP`, and give \
                 that, or take the tables out of the dump that do not belong to the chat"
            ),
            Done::Failed(error) => return Err(failed(&error, &self.watch, self.settings, shown, line)),
        }
        Ok(())
    }

    fn incomplete(&mut self, line: u64, trouble: &str, cure: &str) -> Result<()> {
        self.open_since = None;
        ensure!(
            self.settings.skip_unreadable,
            "`{}`, line {line}: {trouble}: {cure}, or skip what cannot be read: `--skip-unreadable`",
            self.shown
        );
        self.tally.add(trouble.to_owned(), 1, true, line);
        Ok(())
    }

    fn check_complete(&mut self) -> Result<()> {
        match self.open_since {
            Some(line) => self.incomplete(
                line,
                "the transaction that begins here is never committed, so the end of the dump is missing",
                "make the dump again",
            ),
            None => Ok(()),
        }
    }
}

/// Says why nothing more can be loaded.
fn failed(
    error: &rusqlite::Error,
    watch: &Watch,
    settings: &Settings,
    shown: &str,
    line: u64,
) -> anyhow::Error {
    match (watch.stopped(), error.sqlite_error_code()) {
        (Some(Stopped::Asked), _) => anyhow!("stopped"),
        (Some(Stopped::Late), _) => anyhow!(
            "`{shown}`, line {line}: this statement took more than {:?}: take it out of the dump",
            settings.statement_time
        ),
        (None, Some(ErrorCode::DiskFull)) => anyhow!(
            "`{shown}`, line {line}: loading the dump takes more than the {} bytes that temporary files may have, \
                 or more than the disk has: allow more, or choose another folder for them",
            settings.max_temp_bytes
        ),
        _ => anyhow!("`{shown}`, line {line}: could not load the dump: {error}"),
    }
}

/// What the SQL may do that is made here: tables and rows. Nothing else is ever asked for, so this
/// is a second lock behind the first.
fn judge(context: AuthContext<'_>) -> Authorization {
    use AuthAction::{
        CreateIndex, CreateTable, Function, Insert, Read, Reindex, Select, Transaction, Update,
    };
    match context.action {
        CreateTable { .. }
        | CreateIndex { .. }
        | Insert { .. }
        | Read { .. }
        | Reindex { .. }
        | Select
        | Transaction { .. }
        | Update { .. } => Authorization::Allow,
        Function { function_name } if crate::guard::is_harmless(function_name) => {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }
}
