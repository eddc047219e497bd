//! Stores the rows of INSERT statements through statements that are prepared once for each way of
//! writing.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, Statement};

use crate::dump::create::table_name;
use crate::dump::lex::{Lexer, Token, is_space, name};
use crate::dump::value::{Reason, Value, Values, unexpected};
use crate::guard::Watch;
use crate::tables::quoted;

/// How many prepared statements are kept.
const KEPT: usize = 32;

/// How long all before the values may be, in bytes.
const LONGEST_HEAD: usize = 100_000;

/// Stores rows.
pub(crate) struct Inserter<'c> {
    connection: &'c Connection,
    prepared: Vec<Prepared<'c>>,
}

/// Statements that begin with the same bytes store rows in the same way.
struct Prepared<'c> {
    /// All to behind `VALUES`.
    head: Vec<u8>,
    /// How many values a row has.
    width: usize,
    statement: Statement<'c>,
}

/// What became of a statement's rows.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) rows: u64,
    /// Rows that were not stored, and why the first of them was not.
    pub(crate) refused: u64,
    pub(crate) reason: Option<Reason>,
}

/// What an INSERT says before its values.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) table: String,
    /// `INSERT`, with what is to be done on a clash.
    verb: &'static str,
    /// The columns with brackets; empty for all.
    columns: String,
    end: usize,
}

impl Head {
    /// Where the values begin.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Reads all to `VALUES`.
    ///
    /// # Errors
    /// Why it is no INSERT of values.
    pub(crate) fn read(text: &[u8]) -> Result<Head, Reason> {
        let mut lexer = Lexer::new(text);
        let verb = verb(&mut lexer)?;
        let table = table_name(&mut lexer)?;
        let mut columns = String::new();
        let mut token = lexer.next_token();
        if token == Token::Symbol(b'(') {
            let mut names = Vec::new();
            loop {
                names.push(quoted(
                    &name(lexer.next_token()).ok_or("a column whose name is none")?,
                ));
                match lexer.next_token() {
                    Token::Symbol(b',') => {}
                    Token::Symbol(b')') => break,
                    token => return Err(unexpected(token)),
                }
            }
            columns = format!("({})", names.join(","));
            token = lexer.next_token();
        }
        if !token.is("VALUES") {
            return Err("an `INSERT` of something else than values".into());
        }
        // Heads are kept, so that statements that begin alike are known.
        if lexer.at() > LONGEST_HEAD {
            return Err("more than 100 KB before the values".into());
        }
        Ok(Head {
            table,
            verb,
            columns,
            end: lexer.at(),
        })
    }
}

impl<'c> Inserter<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Inserter<'c> {
        Inserter {
            connection,
            prepared: Vec::new(),
        }
    }

    /// Whether rows were stored by a statement that began in the same way; then how long that is.
    #[inline]
    pub(crate) fn known(&self, text: &[u8]) -> Option<usize> {
        let is_same = |it: &&Prepared<'_>| {
            let behind = text.get(it.head.len());
            text.starts_with(&it.head) && behind.is_some_and(|&it| it == b'(' || is_space(it))
        };
        self.prepared.iter().find(is_same).map(|it| it.head.len())
    }

    /// Stores the rows behind a head.
    ///
    /// # Errors
    /// If there is no room left, or the caller wants to stop.
    pub(crate) fn store(
        &mut self,
        text: &[u8],
        values_at: usize,
        head: Option<&Head>,
        watch: &Watch,
    ) -> rusqlite::Result<Stored> {
        let mut stored = Stored::default();
        let (start, rest) = text.split_at_checked(values_at).unwrap_or_default();
        let mut values = Values::new(Lexer::new(rest), text.len());
        let mut row = Vec::new();
        loop {
            if let Err(reason) = values.row(&mut row) {
                // Where this row ends is not known, so the rest of the statement is left out with
                // it.
                stored.refuse(reason);
                return Ok(stored);
            }
            match self.store_row(start, head, &row, watch) {
                Ok(()) => stored.rows += 1,
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => stored.refuse(reason(&error)),
            }
            match values.lexer.next_token() {
                Token::Symbol(b',') => {}
                Token::End => return Ok(stored),
                // What it does on a clash, or gives back, is not done; its rows are there.
                token if token.is("ON") || token.is("RETURNING") => return Ok(stored),
                token => {
                    stored.refuse(unexpected(token));
                    return Ok(stored);
                }
            }
        }
    }

    #[inline]
    fn store_row(
        &mut self,
        start: &[u8],
        head: Option<&Head>,
        row: &[Value<'_>],
        watch: &Watch,
    ) -> rusqlite::Result<()> {
        let place = match self
            .prepared
            .iter()
            .position(|it| it.width == row.len() && it.head == start)
        {
            Some(place) => place,
            None => self.prepare(start, head, row.len())?,
        };
        let Some(prepared) = self.prepared.get_mut(place) else {
            return Err(Error::InvalidQuery);
        };
        for (index, value) in row.iter().enumerate() {
            let value = match value {
                Value::Null => ValueRef::Null,
                Value::Integer(number) => ValueRef::Integer(*number),
                Value::Real(number) => ValueRef::Real(*number),
                Value::Text(text) => ValueRef::Text(text),
                Value::Blob(bytes) => ValueRef::Blob(bytes),
            };
            prepared
                .statement
                .raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(value))?;
        }
        watch.next_piece();
        prepared.statement.raw_execute()?;
        Ok(())
    }

    fn prepare(
        &mut self,
        start: &[u8],
        head: Option<&Head>,
        width: usize,
    ) -> rusqlite::Result<usize> {
        let read;
        let head = match head {
            Some(head) => head,
            None => {
                // Known from another width.
                read = Head::read(start).map_err(|_| Error::InvalidQuery)?;
                &read
            }
        };
        let marks = vec!["?"; width].join(",");
        let sql = format!(
            "{} INTO {}{} VALUES({marks})",
            head.verb,
            quoted(&head.table),
            head.columns
        );
        let statement = self.connection.prepare(&sql)?;
        if self.prepared.len() == KEPT {
            self.prepared.remove(0);
        }
        self.prepared.push(Prepared {
            head: start.to_vec(),
            width,
            statement,
        });
        Ok(self.prepared.len() - 1)
    }
}

impl Stored {
    fn refuse(&mut self, reason: Reason) {
        self.refused += 1;
        self.reason.get_or_insert(reason);
    }
}

/// Why SQLite did not store a row.
fn reason(error: &Error) -> Reason {
    match error {
        Error::SqliteFailure(_, Some(message)) => message.clone().into(),
        Error::SqlInputError { msg, .. } => msg.clone().into(),
        error => error.to_string().into(),
    }
}

/// Whether nothing more can be stored.
pub(crate) fn is_fatal(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::OperationInterrupted
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
        )
    )
}

fn verb(lexer: &mut Lexer<'_>) -> Result<&'static str, Reason> {
    let mut verb = "INSERT";
    let token = lexer.next_token();
    if token.is("REPLACE") {
        verb = "INSERT OR REPLACE";
    }
    let mut token = lexer.next_token();
    if token.is("OR") {
        let word = lexer.next_token();
        verb = if word.is("REPLACE") {
            "INSERT OR REPLACE"
        } else if word.is("IGNORE") {
            "INSERT OR IGNORE"
        } else {
            "INSERT"
        };
        token = lexer.next_token();
    }
    if token.is("INTO") {
        Ok(verb)
    } else {
        Err(unexpected(token))
    }
}
