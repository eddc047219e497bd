//! Finds out whether a query asks for the time of day or the time zone of this machine: then it
//! would give something else at another time or place.

use crate::dump::lex::{Lexer, Token};

/// Functions that give the time of day if they are asked so.
///
/// Source: SQLite, "Date And Time Functions", read 2026-11.
const OF_DATES: &[&str] = &[
    "date",
    "datetime",
    "julianday",
    "strftime",
    "time",
    "timediff",
    "unixepoch",
];

/// What they are asked by: the time of day, or the zone of this machine.
const ASKS: &[&str] = &["now", "localtime", "utc"];

/// Whether a function may ask for the time of day.
pub(crate) fn is_of_dates(function: &[u8]) -> bool {
    let mut names = OF_DATES.iter();
    names.any(|name| function.eq_ignore_ascii_case(name.as_bytes()))
}

/// What a query that calls such functions asks them; `None` if nothing but what stands in tables.
pub(crate) fn asked(sql: &str) -> Option<String> {
    let mut lexer = Lexer::new(sql.as_bytes());
    loop {
        match lexer.next_token() {
            Token::End | Token::Open(_) => return None,
            Token::Text(text) => {
                let mut asks = ASKS.iter();
                let ask = asks.find(|ask| text.eq_ignore_ascii_case(ask.as_bytes()));
                if let Some(ask) = ask {
                    return Some(format!("'{ask}'"));
                }
            }
            Token::Word(name) if is_of_dates(name) && has_no_time(name, lexer) => {
                return Some(format!("{}()", String::from_utf8_lossy(name)));
            }
            _ => {}
        }
    }
}

/// Whether a call of a function behind its name gives it no time, which stands for now.
fn has_no_time(name: &[u8], mut lexer: Lexer<'_>) -> bool {
    if lexer.next_token() != Token::Symbol(b'(') {
        return false;
    }
    let is_alone = |text: &[u8]| {
        [&b"subsec"[..], b"subsecond"]
            .iter()
            .any(|it| text.eq_ignore_ascii_case(it))
    };
    match lexer.next_token() {
        Token::Symbol(b')') => true,
        Token::Text(text) if is_alone(text) => true,
        Token::Text(_) if name.eq_ignore_ascii_case(b"strftime") => {
            lexer.next_token() == Token::Symbol(b')')
        }
        _ => false,
    }
}
