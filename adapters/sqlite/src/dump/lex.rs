//! Cuts a statement of SQL into tokens, as SQLite does, without copying.
//!
//! Source: SQLite, "SQL As Understood By SQLite", literal values, keywords, comments, read 2026-11.

use memchr::{memchr, memmem};

/// A piece of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'s> {
    /// A keyword, or a name that is not quoted.
    Word(&'s [u8]),
    /// A name between `"`, `` ` `` or `[` and `]`: what stands between, and the character that
    /// opens it.
    Name(&'s [u8], u8),
    /// What stands between `'`.
    Text(&'s [u8]),
    /// The digits of `X'…'`.
    Blob(&'s [u8]),
    /// A number without a sign.
    Number(&'s [u8]),
    /// Any other character.
    Symbol(u8),
    /// Something that is opened and not closed.
    Open(&'static str),
    /// Behind the last token.
    End,
}

impl Token<'_> {
    /// Whether it is this word, in whatever case.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(it) if it.eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// Gives the tokens of a statement one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexer<'s> {
    text: &'s [u8],
    at: usize,
}

impl<'s> Lexer<'s> {
    pub(crate) fn new(text: &'s [u8]) -> Lexer<'s> {
        Lexer { text, at: 0 }
    }

    /// Where the next token is looked for, in bytes from 0.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The next token, without going on.
    pub(crate) fn peek(&self) -> Token<'s> {
        let mut ahead = *self;
        ahead.next_token()
    }

    /// The next token. Spaces and comments before it are passed over.
    #[inline]
    pub(crate) fn next_token(&mut self) -> Token<'s> {
        if let Err(open) = self.skip_space() {
            return Token::Open(open);
        }
        let Some(&first) = self.text.get(self.at) else {
            return Token::End;
        };
        match first {
            b'\'' => self
                .quoted(b'\'', "a text")
                .map_or_else(Token::Open, Token::Text),
            b'"' | b'`' => self
                .quoted(first, "a name")
                .map_or_else(Token::Open, |name| Token::Name(name, first)),
            b'[' => self.bracketed(),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => self.number(),
            b'x' | b'X' if self.byte(1) == Some(b'\'') => {
                self.at += 1;
                self.quoted(b'\'', "a blob")
                    .map_or_else(Token::Open, Token::Blob)
            }
            _ if is_word(first) => Token::Word(self.run(is_word)),
            _ => {
                self.at += 1;
                Token::Symbol(first)
            }
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'s [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(&mut self, belongs: impl Fn(u8) -> bool) -> &'s [u8] {
        let rest = self.rest();
        let end = rest
            .iter()
            .position(|&byte| !belongs(byte))
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    #[inline]
    fn skip_space(&mut self) -> Result<(), &'static str> {
        loop {
            match self.byte(0) {
                Some(byte) if is_space(byte) => self.at += 1,
                Some(b'-') if self.byte(1) == Some(b'-') => {
                    self.at += memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
                }
                Some(b'/') if self.byte(1) == Some(b'*') => {
                    let rest = self.rest();
                    let Some(end) = memmem::find(rest.get(2..).unwrap_or_default(), b"*/") else {
                        self.at = self.text.len();
                        return Err("a comment");
                    };
                    self.at += end + 4;
                }
                _ => return Ok(()),
            }
        }
    }

    /// What stands between two quotes; two of them in a row stand for one.
    #[inline]
    fn quoted(&mut self, quote: u8, what: &'static str) -> Result<&'s [u8], &'static str> {
        let start = self.at + 1;
        let mut end = start;
        loop {
            let Some(found) = memchr(quote, self.text.get(end..).unwrap_or_default()) else {
                self.at = self.text.len();
                return Err(what);
            };
            end += found;
            if self.text.get(end + 1) != Some(&quote) {
                self.at = end + 1;
                return Ok(self.text.get(start..end).unwrap_or_default());
            }
            end += 2;
        }
    }

    fn bracketed(&mut self) -> Token<'s> {
        let rest = self.rest().get(1..).unwrap_or_default();
        let Some(end) = memchr(b']', rest) else {
            self.at = self.text.len();
            return Token::Open("a name");
        };
        self.at += end + 2;
        Token::Name(rest.get(..end).unwrap_or_default(), b'[')
    }

    fn number(&mut self) -> Token<'s> {
        let start = self.at;
        self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
        let has_exponent = |so_far: &[u8]| {
            !so_far.starts_with(b"0x")
                && !so_far.starts_with(b"0X")
                && so_far
                    .last()
                    .is_some_and(|last| matches!(last, b'e' | b'E'))
        };
        let so_far = self.text.get(start..self.at).unwrap_or_default();
        if has_exponent(so_far) && matches!(self.byte(0), Some(b'+' | b'-')) {
            self.at += 1;
            self.run(|byte| byte.is_ascii_alphanumeric());
        }
        Token::Number(self.text.get(start..self.at).unwrap_or_default())
    }
}

/// A name with its doubled quotes made single; `None` if it is not UTF-8 or holds a zero.
pub(crate) fn name(token: Token<'_>) -> Option<String> {
    let (raw, quote) = match token {
        Token::Word(word) => (word, 0),
        Token::Name(raw, quote) => (raw, quote),
        // SQLite takes a text for a name where only a name can stand, and its shell writes some so.
        Token::Text(raw) => (raw, b'\''),
        _ => return None,
    };
    let text = std::str::from_utf8(raw)
        .ok()
        .filter(|text| !text.contains('\0'))?;
    let quote = char::from(quote);
    Some(match quote {
        '\'' | '"' | '`' => text.replace(&format!("{quote}{quote}"), &quote.to_string()),
        _ => text.to_owned(),
    })
}

/// Whether a byte is a space for SQLite.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: &[Token<'_>]) {
        let mut lexer = Lexer::new(sql.as_bytes());
        for token in expected {
            assert_eq!(lexer.next_token(), *token, "{sql}");
        }
        assert_eq!(lexer.next_token(), Token::End, "{sql}");
    }

    #[test]
    fn statements_are_cut_into_tokens() {
        use Token::{Blob, Name, Number, Open, Symbol, Text, Word};
        check("a /* b; */ -- c;\n 'd;''e'", &[Word(b"a"), Text(b"d;''e")]);
        check(
            "\"a\"\"b\" `c` [d]]",
            &[
                Name(b"a\"\"b", b'"'),
                Name(b"c", b'`'),
                Name(b"d", b'['),
                Symbol(b']'),
            ],
        );
        check("X'00ff'x''xy", &[Blob(b"00ff"), Blob(b""), Word(b"xy")]);
        check(
            "1 2.5e-3-.5e+7,0x1F",
            &[
                Number(b"1"),
                Number(b"2.5e-3"),
                Symbol(b'-'),
                Number(b".5e+7"),
                Symbol(b','),
                Number(b"0x1F"),
            ],
        );
        check("f('a", &[Word(b"f"), Symbol(b'('), Open("a text")]);
        check("x'ab", &[Open("a blob")]);
        check("a /* b", &[Word(b"a"), Open("a comment")]);
        check("grüße_$1", &[Word("grüße_$1".as_bytes())]);
        check("0x1e+5", &[Number(b"0x1e"), Symbol(b'+'), Number(b"5")]);
    }

    #[test]
    fn names_lose_their_quotes() {
        assert_eq!(name(Token::Name(b"a\"\"b", b'"')).as_deref(), Some("a\"b"));
        assert_eq!(
            name(Token::Name(b"a\"\"b", b'[')).as_deref(),
            Some("a\"\"b")
        );
        assert_eq!(name(Token::Text(b"it''s")).as_deref(), Some("it's"));
        assert_eq!(name(Token::Word(b"\xff")), None);
        assert_eq!(name(Token::Symbol(b'(')), None);
    }
}
