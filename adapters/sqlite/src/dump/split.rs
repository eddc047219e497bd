//! Cuts a dump into statements while it is read, with a bounded buffer and in linear time.
//!
//! What a statement means is left to [`load`](super::load).

use std::io::{self, ErrorKind, Read};

use memchr::{memchr, memchr_iter};

use crate::dump::lex::{Lexer, Token, is_space};

/// How much is read at once, in bytes.
const CHUNK: usize = 1 << 18;

/// A piece of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'b> {
    /// A statement from its first token to before its `;`.
    Statement(&'b [u8]),
    /// A line for the shell, such as `.import`.
    Command(&'b [u8]),
    /// A statement that is longer than allowed, and was not kept.
    TooLong,
    /// Behind the last piece, where something is open that never ends.
    Open(&'static str),
}

/// Where the scan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first token of a statement.
    Before,
    /// Within a statement, outside of all below.
    Within,
    /// Between quotes, or brackets, which end with this byte.
    Quoted(u8),
    LineComment {
        is_before: bool,
    },
    BlockComment {
        is_before: bool,
    },
    /// In a line for the shell.
    Command,
}

/// Gives the pieces of a dump.
#[derive(Debug)]
pub(crate) struct Pieces<R> {
    input: R,
    /// The longest statement that is kept, in bytes.
    longest: usize,
    buffer: Vec<u8>,
    /// How much of the buffer is filled.
    filled: usize,
    /// Where the piece at hand begins, up to where lines are counted, and where the scan is.
    start: usize,
    counted: usize,
    at: usize,
    /// The line, from 1, of `counted`, and of the piece at hand.
    line: u64,
    piece_line: u64,
    state: State,
    is_too_long: bool,
    /// Whether the statement makes a trigger, once that is known.
    is_trigger: Option<bool>,
    /// Behind the last `;` within a trigger.
    step: usize,
    is_ended: bool,
    /// Whether the last piece stands behind the last `;`.
    is_rest: bool,
}

impl<R: Read> Pieces<R> {
    pub(crate) fn new(input: R, longest: usize) -> Pieces<R> {
        Pieces {
            input,
            longest,
            buffer: vec![0; CHUNK],
            filled: 0,
            start: 0,
            counted: 0,
            at: 0,
            line: 1,
            piece_line: 1,
            state: State::Before,
            is_too_long: false,
            is_trigger: None,
            step: 0,
            is_ended: false,
            is_rest: false,
        }
    }

    /// The line, from 1, in which the last piece begins.
    pub(crate) fn piece_line(&self) -> u64 {
        self.piece_line
    }

    /// Whether nothing ended the last piece but the end of the input.
    pub(crate) fn is_rest(&self) -> bool {
        self.is_rest
    }

    /// The next piece, or `None` behind the last one.
    ///
    /// # Errors
    /// If the input cannot be read.
    pub(crate) fn next_piece(&mut self) -> io::Result<Option<Piece<'_>>> {
        self.start = self.at;
        self.state = State::Before;
        self.is_too_long = false;
        self.is_trigger = None;
        self.step = 0;
        loop {
            if let Some(end) = self.scan() {
                let is_command = self.state == State::Command;
                let text = self.buffer.get(self.start..end).unwrap_or_default();
                return Ok(Some(match (is_command, self.is_too_long) {
                    (true, _) => Piece::Command(text),
                    (false, true) => Piece::TooLong,
                    (false, false) => Piece::Statement(text),
                }));
            }
            if self.is_ended {
                return Ok(self.rest());
            }
            self.fill()?;
        }
    }

    /// What stands behind the last `;`.
    fn rest(&mut self) -> Option<Piece<'_>> {
        self.at = self.filled;
        self.is_rest = true;
        let text = self.buffer.get(self.start..self.filled).unwrap_or_default();
        match self.state {
            State::Before | State::LineComment { is_before: true } => None,
            State::Quoted(b'\'') => Some(Piece::Open("a text")),
            State::Quoted(_) => Some(Piece::Open("a name")),
            State::BlockComment { .. } => Some(Piece::Open("a comment")),
            State::Command => Some(Piece::Command(text)),
            State::Within | State::LineComment { .. } if self.is_too_long => Some(Piece::TooLong),
            // The shell takes a last statement without its `;` as well.
            State::Within | State::LineComment { .. } => Some(Piece::Statement(text)),
        }
    }

    /// Goes on to the end of the piece; `None` if there is not enough in the buffer.
    fn scan(&mut self) -> Option<usize> {
        loop {
            let rest = self.buffer.get(self.at..self.filled).unwrap_or_default();
            match self.state {
                State::Before => self.begin()?,
                State::Within => {
                    let Some(found) = rest.iter().position(|&byte| IS_SPECIAL[usize::from(byte)])
                    else {
                        self.at = self.filled;
                        return None;
                    };
                    self.at += found;
                    let end = self.at;
                    if self.special()? {
                        return Some(end);
                    }
                }
                State::Quoted(quote) => {
                    let found = self.find(quote)?;
                    self.at = found + 1;
                    self.state = State::Within;
                }
                State::LineComment { is_before } => {
                    self.at = self.find(b'\n')? + 1;
                    self.end_comment(is_before);
                }
                State::BlockComment { is_before } => {
                    let star = self.find(b'*')?;
                    if star + 1 == self.filled {
                        self.at = star;
                        return None;
                    }
                    self.at = star + 1;
                    if self.buffer.get(self.at) == Some(&b'/') {
                        self.at += 1;
                        self.end_comment(is_before);
                    }
                }
                State::Command => {
                    let end = self.find(b'\n')?;
                    self.at = end + 1;
                    return Some(end);
                }
            }
        }
    }

    /// Looks for a byte; without it all that is there was looked at.
    fn find(&mut self, byte: u8) -> Option<usize> {
        let rest = self.buffer.get(self.at..self.filled).unwrap_or_default();
        let found = memchr(byte, rest);
        if found.is_none() {
            self.at = self.filled;
        }
        found.map(|found| self.at + found)
    }

    fn end_comment(&mut self, is_before: bool) {
        self.state = if is_before {
            State::Before
        } else {
            State::Within
        };
    }

    /// Passes over what stands before the first token.
    fn begin(&mut self) -> Option<()> {
        let rest = self.buffer.get(self.at..self.filled).unwrap_or_default();
        let spaces = rest
            .iter()
            .position(|&byte| !is_space(byte) && byte != b';')
            .unwrap_or(rest.len());
        self.at += spaces;
        self.start = self.at;
        let first = *self.buffer.get(self.at..self.filled)?.first()?;
        if let Some(comment) = self.comment(first, true)? {
            self.count_lines();
            self.state = comment;
            return Some(());
        }
        self.count_lines();
        self.piece_line = self.line;
        self.is_too_long = false;
        let is_line_start = self.start == 0 || self.buffer.get(self.start - 1) == Some(&b'\n');
        self.state = if matches!(first, b'.' | b'#') && is_line_start {
            State::Command
        } else {
            State::Within
        };
        Some(())
    }

    /// The comment that begins here, if one does; `None` if the next byte is not known yet.
    fn comment(&mut self, first: u8, is_before: bool) -> Option<Option<State>> {
        let (second, state) = match first {
            b'-' => (b'-', State::LineComment { is_before }),
            b'/' => (b'*', State::BlockComment { is_before }),
            _ => return Some(None),
        };
        if self.at + 1 == self.filled && !self.is_ended {
            return None;
        }
        let is_comment = self.at + 1 < self.filled && self.buffer.get(self.at + 1) == Some(&second);
        if !is_comment {
            return Some(None);
        }
        self.at += 2;
        Some(Some(state))
    }

    /// Looks at a byte that may end the statement, and says whether it does.
    fn special(&mut self) -> Option<bool> {
        let byte = *self.buffer.get(self.at)?;
        if let Some(comment) = self.comment(byte, false)? {
            self.state = comment;
            return Some(false);
        }
        self.at += 1;
        match byte {
            b'\'' | b'"' | b'`' => self.state = State::Quoted(byte),
            b'[' => self.state = State::Quoted(b']'),
            b';' => return Some(self.is_end()),
            _ => {}
        }
        Some(false)
    }

    /// Whether the `;` before the scan ends the statement. That of a trigger ends with `; END;`
    /// alone.
    fn is_end(&mut self) -> bool {
        if self.is_too_long {
            return true;
        }
        let text = self.buffer.get(self.start..self.at).unwrap_or_default();
        if !*self.is_trigger.get_or_insert_with(|| makes_trigger(text)) {
            return true;
        }
        let step = self
            .buffer
            .get(self.start + self.step..self.at)
            .unwrap_or_default();
        self.step = self.at - self.start;
        let mut lexer = Lexer::new(step);
        lexer.next_token().is("END") && lexer.next_token() == Token::Symbol(b';')
    }

    fn count_lines(&mut self) {
        let passed = self
            .buffer
            .get(self.counted..self.start)
            .unwrap_or_default();
        self.line += memchr_iter(b'\n', passed).count() as u64;
        self.counted = self.start;
    }

    /// Makes room and reads more.
    fn fill(&mut self) -> io::Result<()> {
        if self.state != State::Before && self.at - self.start > self.longest {
            self.is_too_long = true;
        }
        let keep_from = if self.is_too_long {
            self.at
        } else {
            self.start
        };
        let passed = self.buffer.get(self.counted..keep_from).unwrap_or_default();
        self.line += memchr_iter(b'\n', passed).count() as u64;
        // One byte before is kept: whether a line begins hangs on it.
        let from = keep_from.saturating_sub(1);
        self.buffer.copy_within(from..self.filled, 0);
        self.filled -= from;
        self.at -= from;
        self.start = keep_from - from;
        self.counted = self.start;
        if self.buffer.len() - self.filled < CHUNK / 2 {
            let longer = self
                .buffer
                .len()
                .saturating_mul(2)
                .min(self.longest.saturating_add(2 * CHUNK));
            self.buffer.resize(longer.max(self.buffer.len() + CHUNK), 0);
        }
        loop {
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.input.read(room) {
                Ok(0) => self.is_ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }
}

/// Bytes at which a statement may end, or something begins in which it cannot.
const IS_SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let special = b"'\"`[-/;";
    let mut at = 0;
    while at < special.len() {
        table[special[at] as usize] = true;
        at += 1;
    }
    table
};

fn makes_trigger(text: &[u8]) -> bool {
    let mut lexer = Lexer::new(text);
    let mut token = lexer.next_token();
    if token.is("EXPLAIN") {
        token = lexer.next_token();
    }
    if !token.is("CREATE") {
        return false;
    }
    token = lexer.next_token();
    if token.is("TEMP") || token.is("TEMPORARY") {
        token = lexer.next_token();
    }
    token.is("TRIGGER")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Drip<'t>(&'t [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(room.len());
            room[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn pieces(text: &[u8], at_once: usize, longest: usize) -> Vec<String> {
        let mut pieces = Pieces::new(Drip(text, at_once), longest);
        let mut found = Vec::new();
        while let Some(piece) = pieces.next_piece().unwrap() {
            let said = match piece {
                Piece::Statement(text) => String::from_utf8_lossy(text).into_owned(),
                Piece::Command(text) => format!("command {}", String::from_utf8_lossy(text)),
                Piece::TooLong => "too long".to_owned(),
                Piece::Open(what) => format!("open {what}"),
            };
            found.push(format!("{} {said}", pieces.piece_line()));
        }
        found
    }

    fn check(text: &str, expected: &[&str]) {
        for at_once in [1, 2, 3, 7, 1000] {
            assert_eq!(
                pieces(text.as_bytes(), at_once, 1000),
                expected,
                "{at_once} at once: {text}"
            );
        }
    }

    #[test]
    fn a_dump_is_cut_at_its_semicolons() {
        check("a;b;", &["1 a", "1 b"]);
        check(" ;\n;a\n;\n\nb", &["2 a\n", "5 b"]);
        check(
            "-- x;\na /* ; */ ';' \";\" `;` [;] b;c",
            &["2 a /* ; */ ';' \";\" `;` [;] b", "2 c"],
        );
        check("a -- it's\n;b", &["1 a -- it's\n", "2 b"]);
        check("/* a; */ /**/ b; /***/ c;", &["1 b", "1 c"]);
        check("a - b / c;", &["1 a - b / c"]);
        check("'it''s;';x", &["1 'it''s;'", "1 x"]);
        check("a -", &["1 a -"]);
        check("", &[]);
        check("-- only", &[]);
    }

    #[test]
    fn what_never_ends_is_told() {
        check("a;\nb 'c;d", &["1 a", "2 open a text"]);
        check("a;\n/* b", &["1 a", "1 open a comment"]);
        check("a [b", &["1 open a name"]);
    }

    #[test]
    fn lines_for_the_shell_are_kept_apart() {
        check(
            ".shell x;y\na;\n#b;c\nd;.e;",
            &[
                "1 command .shell x;y",
                "2 a",
                "3 command #b;c",
                "4 d",
                "4 .e",
            ],
        );
        check("a\n.b;", &["1 a\n.b"]);
    }

    #[test]
    fn a_trigger_ends_with_its_end() {
        check(
            "create temp trigger t begin\nselect case 1 when 1 then 2 end; insert into a values(';');\n/* c */ END ; b;",
            &[
                "1 create temp trigger t begin\nselect case 1 when 1 then 2 end; insert into a values(';');\n/* c */ END ",
                "3 b",
            ],
        );
        check(
            "create table t(end); end; b",
            &["1 create table t(end)", "1 end", "1 b"],
        );
    }

    #[test]
    fn a_statement_that_is_too_long_is_passed_over() {
        let long = format!("a;\nb '{}';\nc;", "x\n".repeat(2 * CHUNK));
        let expected = [
            "1 a".to_owned(),
            "2 too long".to_owned(),
            format!("{} c", 2 * CHUNK + 3),
        ];
        assert_eq!(pieces(long.as_bytes(), 100_000, 1000), expected);
    }
}
