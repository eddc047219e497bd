//! Proves that the pieces of a query, cut by a table's rowids, give together what the query gives
//! when it is run once: each row from one row of the table, and from no other piece.
//!
//! Only what is easy to prove is let through; all else can be read without `range`.

use std::ops::Range;

use migrate_model::wording::list;

use crate::dump::lex::{Lexer, Token};

/// A table as a query may name it.
pub(crate) struct Cutter<'t> {
    pub(crate) table: &'t str,
    /// The names by which a query may call its rowid.
    pub(crate) rowids: &'t [String],
}

/// Functions that make one row of many. `min` and `max` do so with one argument alone.
const AGGREGATES: &[&str] = &[
    "avg",
    "count",
    "group_concat",
    "json_group_array",
    "json_group_object",
    "jsonb_group_array",
    "jsonb_group_object",
    "median",
    "percentile",
    "percentile_cont",
    "percentile_disc",
    "string_agg",
    "sum",
    "total",
];

/// Words that end the conditions behind `WHERE`.
const BEHIND_WHERE: &[&str] = &[
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "UNION",
    "INTERSECT",
    "EXCEPT",
];

/// Words that may stand behind a table in `FROM` and are no other name for it.
const BEHIND_TABLE: &[&str] = &[
    "WHERE", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL", "JOIN", "ON", "USING",
    "INDEXED", "NOT", "ORDER", "GROUP", "LIMIT",
];

/// Says why it is not sure that a query with `:first` and `:last` can be cut; `Ok` if it is.
///
/// # Errors
/// With the reason.
pub(crate) fn check(sql: &str, cutter: &Cutter<'_>) -> Result<(), String> {
    let query = Tokens::of(sql);
    let (first, last) = (query.parameter("first")?, query.parameter("last")?);
    let select = query.group(first);
    if query.group(last) != select || query.select(first) != select {
        return Err(
            "`:first` and `:last` stand in different places, or in parentheses of their own"
                .to_owned(),
        );
    }
    let compared = query.compared(select, first)?;
    cutter.knows(&query, select, &compared)?;
    let mut select = select;
    loop {
        query.gives_rows_one_by_one(select)?;
        let Some(outer) = query.outer(select)? else {
            return Ok(());
        };
        select = outer;
    }
}

/// A column as it is written: the table before the point, and its name.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ColumnName<'s> {
    of: Option<&'s [u8]>,
    name: &'s [u8],
}

/// The tokens of a query. A group is what stands in parentheses, named by the token that opens them
/// and 1; the whole query is 0.
struct Tokens<'s> {
    all: Vec<Token<'s>>,
    /// The innermost group around each, and the innermost that is a `SELECT`.
    groups: Vec<(usize, usize)>,
}

impl<'s> Tokens<'s> {
    fn of(sql: &'s str) -> Tokens<'s> {
        let mut lexer = Lexer::new(sql.as_bytes());
        let mut query = Tokens {
            all: Vec::new(),
            groups: Vec::new(),
        };
        let mut around = vec![(0, 0)];
        loop {
            let token = lexer.next_token();
            if matches!(token, Token::End | Token::Open(_)) {
                return query;
            }
            if token == Token::Symbol(b')') && around.len() > 1 {
                around.pop();
            }
            let within = around.last().copied().unwrap_or_default();
            query.all.push(token);
            query.groups.push(within);
            if token == Token::Symbol(b'(') {
                let group = query.all.len();
                let next = lexer.peek();
                let is_select = ["SELECT", "WITH", "VALUES"].iter().any(|it| next.is(it));
                around.push((group, if is_select { group } else { within.1 }));
            }
        }
    }

    fn token(&self, at: usize) -> Token<'s> {
        self.all.get(at).copied().unwrap_or(Token::End)
    }

    fn group(&self, at: usize) -> usize {
        self.groups.get(at).map_or(0, |it| it.0)
    }

    fn select(&self, at: usize) -> usize {
        self.groups.get(at).map_or(0, |it| it.1)
    }

    /// Where a parameter stands, the token of its `:`.
    fn parameter(&self, name: &str) -> Result<usize, String> {
        let places = 0..self.all.len();
        let mut found = places.filter(|at| {
            self.token(*at) == Token::Symbol(b':')
                && self.token(at + 1) == Token::Word(name.as_bytes())
        });
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            _ => Err(format!("`:{name}` has to stand in it once")),
        }
    }

    /// The places of a group's own tokens, without what stands in parentheses in it.
    fn level(&self, group: usize) -> Vec<usize> {
        let start = group;
        let places = start..self.all.len();
        places.filter(|at| self.group(*at) == group).collect()
    }

    /// The column that the conditions around the parameters compare with them.
    fn compared(&self, select: usize, first: usize) -> Result<ColumnName<'s>, String> {
        let level = self.level(select);
        let is = |at: usize, word: &str| self.token(at).is(word);
        let start = level.iter().position(|at| is(*at, "WHERE"));
        let start = start.filter(|it| level.get(*it).is_some_and(|at| *at < first));
        let conditions = start.and_then(|start| level.get(start + 1..));
        let conditions = conditions.ok_or("`:first` and `:last` do not stand behind a `WHERE`")?;
        let end = conditions
            .iter()
            .position(|at| BEHIND_WHERE.iter().any(|word| is(*at, word)));
        let conditions = conditions.get(..end.unwrap_or(conditions.len()));
        let mut lower = None;
        let mut upper = None;
        for condition in self.joined_by_and(conditions.unwrap_or_default())? {
            match Condition::of(&condition) {
                Some(Condition::Between(column)) => (lower, upper) = (Some(column), Some(column)),
                Some(Condition::FromFirst(column)) => lower = Some(column),
                Some(Condition::ToLast(column)) => upper = Some(column),
                None => {}
            }
        }
        match (lower, upper) {
            (Some(lower), Some(upper)) if lower == upper => Ok(lower),
            _ => Err(
                "its `WHERE` does not compare one column with `:first` and `:last`, joined to all else by `AND`"
                    .to_owned(),
            ),
        }
    }

    /// The conditions of which all have to be met.
    fn joined_by_and(&self, places: &[usize]) -> Result<Vec<Vec<Token<'s>>>, String> {
        let mut conditions = vec![Vec::new()];
        let mut is_between = false;
        for at in places {
            let token = self.token(*at);
            if token.is("OR") {
                return Err(
                    "`OR` stands beside `:first` and `:last`: put it in parentheses".to_owned(),
                );
            }
            let ends = token.is("AND") && !is_between;
            is_between = token.is("BETWEEN") || is_between && !token.is("AND");
            if ends {
                conditions.push(Vec::new());
            } else if let Some(condition) = conditions.last_mut() {
                condition.push(token);
            }
        }
        Ok(conditions)
    }

    /// Whether each row of a `SELECT` comes from one row of what it reads.
    fn gives_rows_one_by_one(&self, select: usize) -> Result<(), String> {
        let level = self.level(select);
        let mut before = Token::End;
        for (nth, at) in level.iter().enumerate() {
            let token = self.token(*at);
            let next = |ahead: usize| {
                level
                    .get(nth + ahead)
                    .map_or(Token::End, |at| self.token(*at))
            };
            let refused = match token {
                _ if token.is("LIMIT") => {
                    let is_all = next(1) == Token::Symbol(b'-') && next(2) == Token::Number(b"1");
                    (!is_all).then_some("LIMIT")
                }
                _ if token.is("DISTINCT") => before.is("SELECT").then_some("DISTINCT"),
                _ => [
                    "GROUP",
                    "HAVING",
                    "UNION",
                    "INTERSECT",
                    "EXCEPT",
                    "OFFSET",
                    "RIGHT",
                    "FULL",
                ]
                .into_iter()
                .find(|word| token.is(word)),
            };
            if let Some(word) = refused {
                return Err(format!("`{word}` looks at rows of several pieces"));
            }
            before = token;
        }
        let end = self.end(select);
        match (select..end).find(|at| self.select(*at) == select && self.looks_at_many(*at)) {
            Some(at) => Err(format!(
                "`{}` looks at rows of several pieces",
                said(self.token(at))
            )),
            None => Ok(()),
        }
    }

    /// Whether a function begins here that makes one row of many, or a window.
    fn looks_at_many(&self, at: usize) -> bool {
        let token = self.token(at);
        if token.is("OVER") {
            return true;
        }
        if self.token(at + 1) != Token::Symbol(b'(') {
            return false;
        }
        if AGGREGATES.iter().any(|name| token.is(name)) {
            return true;
        }
        let group = at + 2;
        let comma = || {
            (group..self.end(group))
                .any(|at| self.group(at) == group && self.token(at) == Token::Symbol(b','))
        };
        (token.is("min") || token.is("max")) && !comma()
    }

    /// Behind the last token of a group.
    fn end(&self, group: usize) -> usize {
        let Some(open) = group.checked_sub(1) else {
            return self.all.len();
        };
        let around = self.group(open);
        let closes =
            |at: &usize| self.token(*at) == Token::Symbol(b')') && self.group(*at) == around;
        (group..self.all.len())
            .find(closes)
            .unwrap_or(self.all.len())
    }

    /// The `SELECT` that reads this one row by row; `None` if it is the query itself.
    fn outer(&self, select: usize) -> Result<Option<usize>, String> {
        let Some(open) = select.checked_sub(1) else {
            return Ok(None);
        };
        let before = |count: usize| {
            open.checked_sub(count)
                .map_or(Token::End, |at| self.token(at))
        };
        let is_first = before(1).is("FROM") && !before(2).is("DISTINCT");
        let outward = ["LEFT", "RIGHT", "FULL", "OUTER"];
        let is_joined = before(1).is("JOIN") && !outward.iter().any(|word| before(2).is(word));
        let outer = self.group(open);
        match (is_first || is_joined) && self.select(open) == outer {
            true => Ok(Some(outer)),
            false => Err(
                "`:first` and `:last` stand in a query within it that is not what it reads, `FROM (…)` or `JOIN (…)`"
                    .to_owned(),
            ),
        }
    }
}

/// A condition that a parameter stands in.
enum Condition<'s> {
    Between(ColumnName<'s>),
    FromFirst(ColumnName<'s>),
    ToLast(ColumnName<'s>),
}

impl<'s> Condition<'s> {
    fn of(tokens: &[Token<'s>]) -> Option<Condition<'s>> {
        if let Some((column, rest)) = ColumnName::before(tokens) {
            return match said_all(rest).as_str() {
                "BETWEEN : FIRST AND : LAST" => Some(Condition::Between(column)),
                "> = : FIRST" => Some(Condition::FromFirst(column)),
                "< = : LAST" => Some(Condition::ToLast(column)),
                _ => None,
            };
        }
        let (start, behind) = tokens.split_at_checked(4)?;
        let (column, []) = ColumnName::before(behind)? else {
            return None;
        };
        match said_all(start).as_str() {
            ": FIRST < =" => Some(Condition::FromFirst(column)),
            ": LAST > =" => Some(Condition::ToLast(column)),
            _ => None,
        }
    }
}

impl<'s> ColumnName<'s> {
    /// The column that tokens begin with, and what is behind it.
    fn before<'t>(tokens: &'t [Token<'s>]) -> Option<(ColumnName<'s>, &'t [Token<'s>])> {
        match tokens {
            [of, Token::Symbol(b'.'), column, rest @ ..] => {
                let of = Some(name(*of)?);
                let name = name(*column)?;
                Some((ColumnName { of, name }, rest))
            }
            [column, rest @ ..] => {
                let name = name(*column)?;
                Some((ColumnName { of: None, name }, rest))
            }
            [] => None,
        }
    }
}

impl Cutter<'_> {
    /// Whether the column is the rowid of the table, which this `SELECT` reads.
    fn knows(
        &self,
        query: &Tokens<'_>,
        select: usize,
        column: &ColumnName<'_>,
    ) -> Result<(), String> {
        let table = self.table;
        let of = column.of.unwrap_or_default();
        let written = String::from_utf8_lossy(column.name);
        if !self.rowids.iter().any(|rowid| is_same(rowid, column.name)) {
            return Err(format!(
                "`{written}` is not the number of a row of `{table}`, which is called {}",
                list(&self.rowids.iter().map(String::as_str).collect::<Vec<_>>())
            ));
        }
        if (0..query.all.len()).any(|at| self.is_made_anew(query, at)) {
            return Err(format!("`{table}` is called otherwise within it"));
        }
        let called = self.called(query, select);
        let is_known = match column.of {
            Some(of) => called.iter().any(|name| name.eq_ignore_ascii_case(of)),
            None => !called.is_empty(),
        };
        match is_known {
            true => Ok(()),
            false if called.is_empty() => Err(format!(
                "the `SELECT` with `:first` and `:last` does not read `{table}`"
            )),
            false => Err(format!(
                "`{}.{written}` is no column of `{table}`",
                String::from_utf8_lossy(of)
            )),
        }
    }

    fn is_the_table(&self, token: Token<'_>) -> bool {
        name(token).is_some_and(|name| is_same(self.table, name))
    }

    /// Whether `WITH` gives another meaning to the name here.
    fn is_made_anew(&self, query: &Tokens<'_>, at: usize) -> bool {
        self.is_the_table(query.token(at))
            && query.token(at + 1).is("AS")
            && query.token(at + 2) == Token::Symbol(b'(')
    }

    /// What the table is called where a `SELECT` reads it.
    fn called<'s>(&self, query: &Tokens<'s>, select: usize) -> Vec<&'s [u8]> {
        let level = query.level(select);
        let at = |nth: usize| level.get(nth).map_or(Token::End, |at| query.token(*at));
        let is_read = |nth: &usize| {
            let before = |count: usize| nth.checked_sub(count).map_or(Token::End, at);
            let before = match before(1) {
                Token::Symbol(b'.') => before(3),
                other => other,
            };
            let reads = before.is("FROM") || before.is("JOIN") || before == Token::Symbol(b',');
            reads && self.is_the_table(at(*nth)) && at(nth + 1) != Token::Symbol(b'.')
        };
        let from = (0..level.len()).find(|nth| at(*nth).is("FROM"));
        let places: Range<usize> = from.unwrap_or(level.len())..level.len();
        let called = places.filter(is_read).filter_map(|nth| {
            let other = match at(nth + 1).is("AS") {
                true => at(nth + 2),
                false => at(nth + 1),
            };
            let is_name = !BEHIND_TABLE.iter().any(|word| other.is(word));
            name(other).filter(|_| is_name).or_else(|| name(at(nth)))
        });
        called.collect()
    }
}

/// The name that a token is; that of a keyword as well.
fn name(token: Token<'_>) -> Option<&[u8]> {
    match token {
        Token::Word(name) | Token::Name(name, _) => Some(name),
        _ => None,
    }
}

fn is_same(name: &str, written: &[u8]) -> bool {
    name.as_bytes().eq_ignore_ascii_case(written)
}

fn said(token: Token<'_>) -> String {
    match token {
        Token::Word(word) => String::from_utf8_lossy(word).to_ascii_uppercase(),
        Token::Symbol(symbol) => char::from(symbol).to_string(),
        _ => String::new(),
    }
}

fn said_all(tokens: &[Token<'_>]) -> String {
    let said: Vec<String> = tokens.iter().map(|token| said(*token)).collect();
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(sql: &str) -> String {
        let rowids = ["rowid".to_owned(), "id".to_owned()];
        let cutter = Cutter {
            table: "m",
            rowids: &rowids,
        };
        check(sql, &cutter).err().unwrap_or_default()
    }

    #[test]
    fn what_is_easy_to_prove_is_let_through() {
        for sql in [
            "SELECT * FROM m WHERE rowid BETWEEN :first AND :last",
            "SELECT * FROM main.m AS x, o WHERE x.a = 1 AND X.ID between :first AND :last AND (b OR c) ORDER BY 1;",
            "SELECT * FROM o LEFT JOIN \"M\" [x] ON 1 WHERE a BETWEEN 1 AND 2 AND x.id >= :first AND x.id <= :last LIMIT -1",
            "SELECT * FROM m WHERE :last >= id AND :first <= id -- OR",
            "SELECT (SELECT count(*) FROM o GROUP BY a LIMIT 1), max(a, b) FROM (SELECT * FROM o) JOIN m y WHERE y.id BETWEEN :first AND :last",
            "SELECT * FROM (SELECT 1) z CROSS JOIN (SELECT a IS DISTINCT FROM b FROM m WHERE m.id BETWEEN :first AND :last LIMIT -1) b",
            "WITH o AS (SELECT DISTINCT a FROM p) SELECT * FROM m LEFT JOIN o ON 1 WHERE m.id BETWEEN :first AND :last",
        ] {
            assert_eq!(checked(sql), "", "{sql}");
        }
    }

    #[test]
    fn what_may_give_other_rows_in_pieces_is_refused() {
        for (sql, expected) in [
            (
                "SELECT * FROM m WHERE nr BETWEEN :first AND :last",
                "`nr` is not the number of a row of `m`, which is called `rowid`, `id`",
            ),
            (
                "SELECT * FROM m, o WHERE o.id BETWEEN :first AND :last",
                "`o.id` is no column of `m`",
            ),
            (
                "SELECT * FROM o WHERE id BETWEEN :first AND :last",
                "does not read `m`",
            ),
            (
                "SELECT * FROM m WHERE id + 1 BETWEEN :first AND :last",
                "does not compare one column",
            ),
            (
                "SELECT * FROM m WHERE id NOT BETWEEN :first AND :last",
                "does not compare one column",
            ),
            (
                "SELECT * FROM m WHERE id > :first AND id <= :last",
                "does not compare one column",
            ),
            (
                "SELECT * FROM m WHERE a BETWEEN 1 AND id >= :first AND id <= :last",
                "does not compare one column",
            ),
            (
                "SELECT * FROM m a, m b WHERE a.id >= :first AND b.id <= :last",
                "does not compare one column",
            ),
            (
                "SELECT * FROM m WHERE id BETWEEN :first AND :last OR 1",
                "`OR` stands beside",
            ),
            (
                "SELECT * FROM m WHERE (id BETWEEN :first AND :last)",
                "parentheses of their own",
            ),
            (
                "SELECT * FROM m WHERE id BETWEEN :first AND :last AND :first",
                "`:first` has to stand in it once",
            ),
            (
                "SELECT * FROM m WHERE id BETWEEN :first AND :last UNION ALL SELECT * FROM o",
                "`UNION` looks",
            ),
            (
                "SELECT * FROM o UNION SELECT * FROM m WHERE id BETWEEN :first AND :last",
                "`UNION` looks",
            ),
            (
                "SELECT DISTINCT a FROM m WHERE id BETWEEN :first AND :last",
                "`DISTINCT` looks",
            ),
            (
                "SELECT a FROM m WHERE id BETWEEN :first AND :last GROUP BY a",
                "`GROUP` looks",
            ),
            (
                "SELECT a FROM m WHERE id BETWEEN :first AND :last LIMIT 10",
                "`LIMIT` looks",
            ),
            (
                "SELECT coalesce(max(a), 0) FROM m WHERE id BETWEEN :first AND :last",
                "`MAX` looks",
            ),
            (
                "SELECT row_number() OVER () FROM m WHERE id BETWEEN :first AND :last",
                "`OVER` looks",
            ),
            (
                "SELECT a FROM m FULL JOIN o WHERE id BETWEEN :first AND :last",
                "`FULL` looks",
            ),
            (
                "SELECT a, count(*) FROM (SELECT a FROM m WHERE id BETWEEN :first AND :last)",
                "`COUNT` looks",
            ),
            (
                "SELECT * FROM o LEFT JOIN (SELECT a FROM m WHERE id BETWEEN :first AND :last)",
                "not what it reads",
            ),
            (
                "SELECT * FROM o WHERE a IN (SELECT a FROM m WHERE id BETWEEN :first AND :last)",
                "not what it reads",
            ),
            (
                "SELECT 1, (SELECT a FROM m WHERE id BETWEEN :first AND :last)",
                "not what it reads",
            ),
            (
                "WITH m AS (SELECT * FROM o) SELECT * FROM m WHERE id BETWEEN :first AND :last",
                "is called otherwise",
            ),
        ] {
            let error = checked(sql);
            assert!(error.contains(expected), "{sql}: {error}");
        }
    }
}
