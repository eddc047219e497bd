//! Reads a CREATE TABLE and writes it anew with what matters for reading: columns, types, keys,
//! plain defaults, computed columns.
//!
//! Checks, references, what is not to be null, and defaults that call functions are left out. So no
//! expression of a dump runs while it is loaded, and rows are not refused that the source held.

use crate::dump::lex::{Lexer, Token, name};
use crate::dump::value::{Reason, unexpected};
use crate::tables::quoted;

/// The longest definition of a table, in bytes.
pub(crate) const LONGEST: usize = 500_000;

/// How many keys beside the primary one are kept. Each costs work for every row.
const MOST_KEYS: usize = 16;

/// A table as it is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// The number of its columns.
    pub(crate) width: usize,
    /// What makes it.
    pub(crate) sql: String,
}

/// Reads a definition that begins behind `CREATE TABLE`.
///
/// # Errors
/// Why it cannot be read.
pub(crate) fn definition(mut lexer: Lexer<'_>, text: &[u8]) -> Result<Definition, Reason> {
    if text.len() > LONGEST {
        return Err("a table with a definition of more than 500 KB".into());
    }
    if lexer.peek().is("IF") {
        // IF NOT EXISTS.
        for _ in 0..3 {
            lexer.next_token();
        }
    }
    let table = table_name(&mut lexer)?;
    match lexer.next_token() {
        Token::Symbol(b'(') => {}
        token if token.is("AS") => return Err("a table that is made from a query".into()),
        token => return Err(unexpected(token)),
    }
    let mut parts = Parts {
        text,
        columns: Vec::new(),
        keys: Vec::new(),
    };
    loop {
        let piece = Piece::read(&mut lexer)?;
        parts.add(&piece)?;
        if piece.is_last {
            break;
        }
    }
    let options = options(&mut lexer)?;
    Ok(parts.definition(table, &options))
}

/// The name of a table, without the database before it.
///
/// # Errors
/// If it is no name.
pub(crate) fn table_name(lexer: &mut Lexer<'_>) -> Result<String, Reason> {
    let token = lexer.next_token();
    let token = if lexer.peek() == Token::Symbol(b'.') {
        if !name(token).is_some_and(|schema| schema.eq_ignore_ascii_case("main")) {
            return Err("a table of another database".into());
        }
        lexer.next_token();
        lexer.next_token()
    } else {
        token
    };
    name(token).ok_or_else(|| "a name that is none, or is not UTF-8".into())
}

/// What stands between two commas of a definition.
struct Piece<'s> {
    tokens: Vec<Located<'s>>,
    is_last: bool,
}

/// A token, how many brackets are open before it, and where it ends in the statement.
#[derive(Clone, Copy)]
struct Located<'s> {
    token: Token<'s>,
    depth: u32,
    end: usize,
}

impl<'s> Piece<'s> {
    fn read(lexer: &mut Lexer<'s>) -> Result<Piece<'s>, Reason> {
        let mut tokens = Vec::new();
        let mut depth = 0;
        loop {
            let token = lexer.next_token();
            let located = Located {
                token,
                depth,
                end: lexer.at(),
            };
            match token {
                Token::Symbol(b',') if depth == 0 => {
                    return Ok(Piece {
                        tokens,
                        is_last: false,
                    });
                }
                Token::Symbol(b')') if depth == 0 => {
                    return Ok(Piece {
                        tokens,
                        is_last: true,
                    });
                }
                Token::Symbol(b'(') => depth += 1,
                Token::Symbol(b')') => depth -= 1,
                Token::End | Token::Open(_) => return Err(unexpected(token)),
                _ => {}
            }
            let depth = located.depth.min(depth);
            tokens.push(Located { depth, ..located });
        }
    }
}

struct Column {
    name: String,
    sql: String,
    /// What stands between the brackets of a computed column.
    computed: Option<String>,
    is_unique: bool,
}

struct Key {
    is_primary: bool,
    columns: Vec<String>,
    sql: String,
}

struct Parts<'s> {
    text: &'s [u8],
    columns: Vec<Column>,
    keys: Vec<Key>,
}

const CONSTRAINTS: &[&str] = &[
    "CONSTRAINT",
    "PRIMARY",
    "NOT",
    "NULL",
    "UNIQUE",
    "CHECK",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "GENERATED",
    "AS",
    "FOREIGN",
    "ON",
    "DEFERRABLE",
];

fn begins_constraint(token: Token<'_>) -> bool {
    CONSTRAINTS.iter().any(|word| token.is(word))
}

impl Parts<'_> {
    fn add(&mut self, piece: &Piece<'_>) -> Result<(), Reason> {
        let first = piece.tokens.first().ok_or("a table without columns")?.token;
        let is_key = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]
            .iter()
            .any(|word| first.is(word));
        if is_key {
            self.keys(&piece.tokens);
            return Ok(());
        }
        let name = name(first).ok_or("a column whose name is none, or is not UTF-8")?;
        let rest = piece.tokens.get(1..).unwrap_or_default();
        let types = rest
            .iter()
            .take_while(|it| it.depth > 0 || !begins_constraint(it.token))
            .count();
        let (types, constraints) = rest.split_at_checked(types).unwrap_or_default();
        let mut column = Column {
            sql: declared(types)?,
            name,
            computed: None,
            is_unique: false,
        };
        self.column_constraints(constraints, &mut column)?;
        self.columns.push(column);
        Ok(())
    }

    fn column_constraints(
        &self,
        tokens: &[Located<'_>],
        column: &mut Column,
    ) -> Result<(), Reason> {
        let mut rest = tokens;
        while let Some((it, after)) = rest.split_first() {
            rest = after;
            let next = after.first().map_or(Token::End, |it| it.token);
            if it.depth > 0 {
                continue;
            }
            if it.token.is("PRIMARY") && next.is("KEY") {
                column.sql.push_str(" PRIMARY KEY");
                if after.get(1).is_some_and(|it| it.token.is("DESC")) {
                    column.sql.push_str(" DESC");
                }
            } else if it.token.is("UNIQUE") {
                column.is_unique = true;
            } else if it.token.is("COLLATE") {
                column.sql.push_str(collation(next));
                rest = after.get(1..).unwrap_or_default();
            } else if it.token.is("DEFAULT") {
                let (default, used) = default(after);
                column.sql.push_str(&default);
                rest = after.get(used..).unwrap_or_default();
            } else if it.token.is("AS") {
                column.computed = Some(self.within_brackets(after)?);
            } else if it.token.is("REFERENCES") {
                // The name of the table behind it may be a word that means something here.
                rest = after.get(1..).unwrap_or_default();
            }
        }
        Ok(())
    }

    /// The text from a `(` to its `)`.
    fn within_brackets(&self, tokens: &[Located<'_>]) -> Result<String, Reason> {
        let open = tokens
            .first()
            .filter(|it| it.token == Token::Symbol(b'('))
            .ok_or("a column that is computed from nothing")?;
        let mut inner = tokens.get(1..).unwrap_or_default().iter();
        let close = inner.find(|it| it.token == Token::Symbol(b')') && it.depth == open.depth);
        let close = close.ok_or("brackets that do not fit")?;
        let text = self.text.get(open.end..close.end - 1).unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| "a definition that is not UTF-8")?;
        // A comment of one line must not swallow what is written behind it.
        Ok(format!("({text}\n)"))
    }

    /// The keys among the constraints of a table, which need no comma between them.
    fn keys(&mut self, tokens: &[Located<'_>]) {
        for (at, it) in tokens.iter().enumerate() {
            let is_primary = it.token.is("PRIMARY");
            let is_key = it.depth == 0 && (is_primary || it.token.is("UNIQUE"));
            // A constraint may be called so.
            let is_name = at > 0
                && tokens
                    .get(at - 1)
                    .is_some_and(|it| it.token.is("CONSTRAINT"));
            if !is_key || is_name {
                continue;
            }
            let rest = tokens
                .get(at + 1 + usize::from(is_primary)..)
                .unwrap_or_default();
            if rest
                .first()
                .is_some_and(|it| it.token == Token::Symbol(b'('))
            {
                self.keys
                    .extend(key(is_primary, rest.get(1..).unwrap_or_default()));
            }
        }
    }

    fn definition(self, table: String, options: &str) -> Definition {
        let is_computed = |name: &String| {
            let column = self
                .columns
                .iter()
                .find(|column| column.name.eq_ignore_ascii_case(name));
            column.is_none_or(|column| column.computed.is_some())
        };
        let mut left = MOST_KEYS;
        let mut lines: Vec<String> = Vec::new();
        for column in &self.columns {
            let mut line = format!("{}{}", quoted(&column.name), column.sql);
            match &column.computed {
                Some(expression) => line.push_str(&format!(" AS {expression} VIRTUAL")),
                None if column.is_unique && left > 0 => {
                    left -= 1;
                    line.push_str(" UNIQUE");
                }
                None => {}
            }
            lines.push(line);
        }
        for key in &self.keys {
            let is_kept = key.is_primary || left > 0;
            if is_kept && !key.columns.iter().any(is_computed) {
                left = left.saturating_sub(usize::from(!key.is_primary));
                lines.push(key.sql.clone());
            }
        }
        let sql = format!(
            "CREATE TABLE {}(\n{}\n){options}",
            quoted(&table),
            lines.join(",\n")
        );
        Definition {
            name: table,
            width: self.columns.len(),
            sql,
        }
    }
}

/// A type as it was declared; its words may be quoted.
fn declared(tokens: &[Located<'_>]) -> Result<String, Reason> {
    let mut sql = String::new();
    for it in tokens {
        match it.token {
            Token::Word(_) | Token::Name(..) | Token::Text(_) => {
                let word = name(it.token).ok_or("a type that is not UTF-8")?;
                let is_plain = matches!(it.token, Token::Word(_));
                sql.push(' ');
                sql.push_str(&if is_plain { word } else { quoted(&word) });
            }
            Token::Number(digits) => sql.push_str(&String::from_utf8_lossy(digits)),
            Token::Symbol(symbol @ (b'(' | b')' | b',' | b'-' | b'+')) => {
                sql.push(char::from(symbol))
            }
            token => return Err(unexpected(token)),
        }
    }
    Ok(sql)
}

/// The collations that SQLite itself knows; others are those of the program that made the database.
pub(crate) fn collation(token: Token<'_>) -> &'static str {
    let named = name(token).unwrap_or_default();
    match named.to_ascii_uppercase().as_str() {
        "NOCASE" => " COLLATE NOCASE",
        "RTRIM" => " COLLATE RTRIM",
        _ => "",
    }
}

/// A default that is a plain value, as SQL, and how many tokens it takes.
fn default(tokens: &[Located<'_>]) -> (String, usize) {
    let at = |index: usize| tokens.get(index).map_or(Token::End, |it| it.token);
    let sign = |symbol: u8| if symbol == b'-' { "-" } else { "" };
    match at(0) {
        Token::Symbol(symbol @ (b'-' | b'+')) => (plain(at(1), sign(symbol)), 2),
        Token::Symbol(b'(') => {
            let is_short = at(2) == Token::Symbol(b')');
            let is_signed =
                matches!(at(1), Token::Symbol(b'-' | b'+')) && at(3) == Token::Symbol(b')');
            let sql = match at(1) {
                Token::Symbol(symbol) if is_signed => plain(at(2), sign(symbol)),
                token if is_short => plain(token, ""),
                _ => String::new(),
            };
            (sql, 0)
        }
        token => (plain(token, ""), 1),
    }
}

fn plain(token: Token<'_>, sign: &str) -> String {
    let value = match token {
        Token::Number(digits) => String::from_utf8_lossy(digits).into_owned(),
        Token::Blob(digits) if sign.is_empty() => format!("X'{}'", String::from_utf8_lossy(digits)),
        Token::Text(_) | Token::Name(_, b'"') if sign.is_empty() => match name(token) {
            Some(text) => format!("'{}'", text.replace('\'', "''")),
            None => return String::new(),
        },
        token if token.is("TRUE") || token.is("FALSE") => {
            format!("{}", i32::from(token.is("TRUE")))
        }
        _ => return String::new(),
    };
    format!(" DEFAULT {sign}{value}")
}

/// A key over columns, whose tokens begin behind its `(`.
fn key(is_primary: bool, tokens: &[Located<'_>]) -> Option<Key> {
    let mut columns = Vec::new();
    let mut parts = Vec::new();
    let mut rest = tokens;
    loop {
        let column = name(rest.first()?.token)?;
        let mut part = quoted(&column);
        columns.push(column);
        rest = rest.get(1..)?;
        loop {
            let token = rest.first()?.token;
            rest = rest.get(1..)?;
            match token {
                Token::Symbol(b')') => {
                    parts.push(part);
                    let kind = if is_primary { "PRIMARY KEY" } else { "UNIQUE" };
                    return Some(Key {
                        is_primary,
                        columns,
                        sql: format!("{kind}({})", parts.join(",")),
                    });
                }
                Token::Symbol(b',') => break,
                token if token.is("DESC") => part.push_str(" DESC"),
                token if token.is("COLLATE") => part.push_str(collation(rest.first()?.token)),
                Token::Word(_) | Token::Name(..) | Token::Text(_) => {}
                _ => return None,
            }
        }
        parts.push(part);
    }
}

/// What stands behind the columns, as far as it matters.
fn options(lexer: &mut Lexer<'_>) -> Result<String, Reason> {
    let mut options = Vec::new();
    loop {
        let token = lexer.next_token();
        match token {
            Token::End => break,
            Token::Symbol(b',') => {}
            token if token.is("STRICT") => options.push("STRICT"),
            token if token.is("WITHOUT") && lexer.peek().is("ROWID") => {
                lexer.next_token();
                options.push("WITHOUT ROWID");
            }
            token if token.is("ENGINE") => return Err("a table of MySQL".into()),
            token => return Err(unexpected(token)),
        }
    }
    Ok(if options.is_empty() {
        String::new()
    } else {
        format!(" {}", options.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: Result<&str, &str>) {
        let lexer = Lexer::new(sql.as_bytes());
        let made = definition(lexer, sql.as_bytes()).map(|made| made.sql);
        if let Ok(made) = &made {
            rusqlite::Connection::open_in_memory()
                .unwrap()
                .execute_batch(made)
                .unwrap();
        }
        let made = made.map(|made| made.replace('\n', " "));
        let expected = expected.map(|rest| format!("CREATE TABLE {rest}"));
        assert_eq!(
            made.as_deref().map_err(|reason| &**reason),
            expected.as_deref().map_err(|reason| *reason),
            "{sql}"
        );
    }

    #[test]
    fn tables_are_made_of_columns_types_and_keys() {
        check("a(b)", Ok(r#""a"( "b" )"#));
        check(
            "IF NOT EXISTS 'a' (\"b\" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, [c d] VARCHAR(20), `e` DECIMAL(10, -2))",
            Ok(r#""a"( "b" INTEGER PRIMARY KEY, "c d" VARCHAR(20), "e" DECIMAL(10,-2) )"#),
        );
        check(
            "main.a(b TEXT COLLATE nocase, c ANY COLLATE LOCALIZED, PRIMARY KEY (b DESC, c COLLATE RTRIM) ON CONFLICT IGNORE) WITHOUT ROWID, STRICT",
            Ok(
                r#""a"( "b" TEXT COLLATE NOCASE, "c" ANY, PRIMARY KEY("b" DESC,"c" COLLATE RTRIM) ) WITHOUT ROWID, STRICT"#,
            ),
        );
    }

    #[test]
    fn what_would_run_or_refuse_rows_is_left_out() {
        check(
            "a(b CHECK(length(b) > 1) NOT NULL, c REFERENCES \"d\"(e) ON DELETE SET DEFAULT DEFERRABLE, \
             f DEFAULT (datetime('now')), g DEFAULT CURRENT_TIMESTAMP, h INT DEFAULT -1, i DEFAULT 'it''s', \
             j DEFAULT (0), k DEFAULT (-2.5), l DEFAULT (1+1) UNIQUE, m DEFAULT \"x'y\", n DEFAULT TRUE, \
             CONSTRAINT x UNIQUE (b, c) CHECK (1), FOREIGN KEY (c) REFERENCES d(e))",
            Ok(
                r#""a"( "b", "c", "f", "g", "h" INT DEFAULT -1, "i" DEFAULT 'it''s', "j" DEFAULT 0, "k" DEFAULT -2.5, "l" UNIQUE, "m" DEFAULT 'x''y', "n" DEFAULT 1, UNIQUE("b","c") )"#,
            ),
        );
    }

    #[test]
    fn computed_columns_are_computed_when_they_are_read() {
        check(
            "a(b, c TEXT GENERATED ALWAYS AS (upper(b || ')') -- x\n) STORED UNIQUE, d AS (b) , UNIQUE(c), UNIQUE(b))",
            Ok(
                r#""a"( "b", "c" TEXT AS (upper(b || ')') -- x  ) VIRTUAL, "d" AS (b ) VIRTUAL, UNIQUE("b") )"#,
            ),
        );
    }

    #[test]
    fn what_is_no_table_is_refused() {
        check("a AS SELECT 1", Err("a table that is made from a query"));
        check("other.a(b)", Err("a table of another database"));
        check("a(", Err("it ends too early"));
        check("a()", Err("a table without columns"));
        check("a(b) ENGINE=x", Err("a table of MySQL"));
        check("a(b) x", Err("it is not written as SQL"));
        check("a(b, 'c", Err("a text that never ends"));
    }
}
