//! Reads a CREATE INDEX over plain columns, so that a loaded dump answers as fast as its source
//! did.
//!
//! What it calls unique is not held to be: the rows are there already. Indexes over expressions, or
//! over a part of the rows, are left out.

use crate::dump::create::{collation, table_name};
use crate::dump::lex::{Lexer, Token, name};
use crate::tables::quoted;

/// An index as it is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) table: String,
    /// The columns, in brackets.
    columns: String,
}

impl Index {
    /// Reads an index whose name the lexer stands before; `None` if it is not over plain columns.
    pub(crate) fn read(mut lexer: Lexer<'_>) -> Option<Index> {
        if lexer.peek().is("IF") {
            for _ in 0..3 {
                lexer.next_token();
            }
        }
        table_name(&mut lexer).ok()?;
        if !lexer.next_token().is("ON") {
            return None;
        }
        let table = table_name(&mut lexer).ok()?;
        if lexer.next_token() != Token::Symbol(b'(') {
            return None;
        }
        let mut columns = Vec::new();
        loop {
            let mut column = quoted(&name(lexer.next_token())?);
            let mut token = lexer.next_token();
            if token.is("COLLATE") {
                column.push_str(collation(lexer.next_token()));
                token = lexer.next_token();
            }
            if token.is("ASC") || token.is("DESC") {
                column.push_str(if token.is("DESC") { " DESC" } else { "" });
                token = lexer.next_token();
            }
            columns.push(column);
            match token {
                Token::Symbol(b',') => {}
                Token::Symbol(b')') => break,
                _ => return None,
            }
        }
        let is_whole = lexer.next_token() == Token::End;
        let columns = format!("({})", columns.join(","));
        is_whole.then_some(Index { table, columns })
    }

    /// What makes it, under a name of ours.
    pub(crate) fn sql(&self, number: usize) -> String {
        let table = quoted(&self.table);
        format!(
            "CREATE INDEX \"migrate index {number}\" ON {table}{}",
            self.columns
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: Option<&str>) {
        let made = Index::read(Lexer::new(sql.as_bytes())).map(|index| index.sql(1));
        let expected = expected.map(|rest| format!("CREATE INDEX \"migrate index 1\" ON {rest}"));
        assert_eq!(made, expected, "{sql}");
    }

    #[test]
    fn plain_indexes_are_read() {
        check("i ON t(a)", Some(r#""t"("a")"#));
        check(
            "IF NOT EXISTS main.[i] ON 't'(\"a b\" COLLATE NOCASE DESC, c COLLATE LOCALIZED, d ASC)",
            Some(r#""t"("a b" COLLATE NOCASE DESC,"c","d")"#),
        );
        check("i ON t(a) WHERE a > 1", None);
        check("i ON t(lower(a))", None);
        check("i ON t(a + 1)", None);
        check("i ON t(a", None);
        check("i t(a)", None);
    }
}
