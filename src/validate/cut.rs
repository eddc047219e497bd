//! Cuts an import file into entries without reading them, a chunk of a quarter of a megabyte at a
//! time.
//!
//! Where an entry ends is found by its brackets and quotes alone; what stands in it is left to
//! [`entry`](super::entry). What belongs to no entry (a comma that is missing, text behind the
//! end) is noted as broken, and the file is read on from the next place that looks like an entry.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;

use memchr::memchr;

use super::entry::Type;
use super::scan::{Fault, Scanner, What, special};
use crate::getstream::rules::{Problem, RuleId, RuleSet};
use crate::getstream::{Spelling, limits};

/// How much is read at once, in bytes: little enough that it is still in the processor's cache
/// when its entries are read.
const BLOCK_BYTES: usize = 1 << 18;

/// From how many bytes on an entry that has not ended is looked at more closely; then again each
/// time that it has twice the size. Most entries are smaller, and one that has lost its end shall
/// not cost much more than its size.
const DOUBTFUL_BYTES: usize = 4 << 10;

/// How long the start of an entry may be that is recognised, in bytes.
const START_BYTES: usize = 256;

/// A piece of the file that holds whole entries.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where it stands in the file.
    pub mark: Mark,
    /// What it holds, in order.
    pub pieces: Vec<Piece>,
}

/// Where a chunk stands in a file, and all that it takes to cut the same chunk once more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    /// Where it starts, in bytes.
    pub start: u64,
    /// How many lines end before it.
    pub lines: u64,
    /// Where the line begins that it starts in, in bytes.
    pub line_start: u64,
    state: State,
    is_skipping: bool,
    last_fault: LastFault,
    /// How many bytes had been read from its start on before its last block: whatever hangs on
    /// how much is there is the same the second time.
    held: usize,
}

/// A piece of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// What looks like an entry: its place in the chunk.
    Entry(Range<usize>),
    /// What does not.
    Broken {
        /// Where, in the chunk.
        at: usize,
        /// Why.
        problem: Problem,
        /// Whether it takes the place of an entry.
        is_entry: bool,
    },
}

/// Where the cutter stands in the file's container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the first byte.
    #[default]
    Start,
    /// Behind `[`: an entry or the end.
    First,
    /// Behind a comma: an entry.
    Entry,
    /// Behind an entry: a comma or the end.
    Separator,
    /// Behind an entry that is broken: whatever looks like the next one.
    Lost,
    /// Behind `]`.
    End,
    /// Nothing more is read.
    Over,
}

/// Where the last broken entry was found to be broken, in the file, and how many before it were
/// broken by the same.
#[derive(Clone, Copy, Debug, Default)]
struct LastFault {
    at: Option<u64>,
    times: u32,
}

/// Cuts a file.
pub struct Cutter<R> {
    source: R,
    spelling: Spelling,
    /// Where it stands: the start of `rest`.
    mark: Mark,
    /// What was read and not given yet.
    rest: Vec<u8>,
    is_at_end: bool,
    /// How far the entry at hand was scanned.
    scan: BracketScan,
}

/// How many starts of entries are tried that are all broken by the same, before those between them
/// and that place are passed over: it bounds how often a text is scanned.
const SAME_FAULTS: u32 = 16;

impl<R: Read> Cutter<R> {
    /// A cutter for a file of that spelling that goes on at a mark, where the source stands. The
    /// first mark of all is the default one.
    pub fn new(source: R, spelling: Spelling, mark: Mark) -> Cutter<R> {
        Cutter {
            source,
            spelling,
            mark,
            rest: Vec::new(),
            is_at_end: false,
            scan: BracketScan::default(),
        }
    }

    /// The next chunk, whose buffers are used again; `None` behind the last.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn next(&mut self, mut chunk: Chunk) -> io::Result<Option<Chunk>> {
        chunk.pieces.clear();
        let mut at = 0;
        while chunk.pieces.is_empty() {
            let held = std::mem::take(&mut self.mark.held);
            if self.rest.len() < held {
                self.fill(held - self.rest.len())?;
            }
            chunk.mark = Mark {
                held: self.rest.len(),
                ..self.mark
            };
            if self.mark.state == State::Over || (self.is_at_end && at == self.rest.len()) {
                self.end(&mut chunk.pieces, at);
                break;
            }
            if !self.is_at_end {
                self.fill(BLOCK_BYTES)?;
            }
            if self.mark.state == State::Start {
                at = self.begin(&mut chunk.pieces);
            }
            at = match self.spelling {
                Spelling::Array => self.cut_array(at, &mut chunk.pieces),
                Spelling::Jsonl => self.cut_lines(at, &mut chunk.pieces),
            };
            if chunk.pieces.is_empty() {
                // Nothing but white space, or the inside of an entry that is read over.
                self.forget(at);
                at = 0;
            }
        }
        if chunk.pieces.is_empty() {
            return Ok(None);
        }
        // The chunk gets the bytes; what is not cut yet goes on in its old buffer.
        std::mem::swap(&mut chunk.bytes, &mut self.rest);
        self.rest.clear();
        self.rest.extend_from_slice(&chunk.bytes[at..]);
        chunk.bytes.truncate(at);
        self.pass(&chunk.bytes);
        Ok(Some(chunk))
    }

    /// Takes note that these bytes are behind.
    fn pass(&mut self, bytes: &[u8]) {
        let lines = count_lines(bytes);
        if lines > 0 {
            let newline = bytes.iter().rposition(|byte| *byte == b'\n');
            self.mark.line_start = self.mark.start + newline.map_or(0, |at| at as u64 + 1);
        }
        self.mark.lines += lines;
        self.mark.start += bytes.len() as u64;
    }

    /// Reads so many bytes more.
    fn fill(&mut self, bytes: usize) -> io::Result<()> {
        let before = self.rest.len();
        // Room for what is left of an entry as well, and no more; a large one doubles it.
        let room = bytes + DOUBTFUL_BYTES;
        match before < bytes {
            true => self.rest.reserve_exact(room),
            false => self.rest.reserve(room),
        }
        let mut block = (&mut self.source).take(bytes as u64);
        block.read_to_end(&mut self.rest)?;
        self.is_at_end = self.rest.len() - before < bytes;
        Ok(())
    }

    /// Drops what was read over.
    fn forget(&mut self, bytes: usize) {
        let mut rest = std::mem::take(&mut self.rest);
        self.pass(&rest[..bytes]);
        rest.drain(..bytes);
        self.rest = rest;
    }

    /// Looks at the start of the file: what it is, and where its first entry is looked for.
    fn begin(&mut self, pieces: &mut Vec<Piece>) -> usize {
        let mut mark = 0;
        if self.rest.starts_with(b"\xef\xbb\xbf") {
            pieces.push(broken(
                0,
                unexpected(0xef, "looking for beginning of value"),
            ));
            mark = 3;
        }
        let at = mark + space(&self.rest[mark..]);
        let Some(&first) = self.rest.get(at) else {
            if self.is_at_end {
                pieces.push(broken(at, Problem::plain(RuleId::FileEmpty)));
                self.mark.state = State::Over;
            }
            return at;
        };
        let is_array = first == b'[';
        match self.spelling {
            Spelling::Array if is_array => {
                self.mark.state = State::First;
                at + 1
            }
            Spelling::Jsonl if !is_array => {
                self.mark.state = State::Entry;
                mark
            }
            _ => {
                pieces.push(broken(at, Problem::plain(RuleId::FileFormat)));
                self.mark.state = State::Over;
                self.rest.len()
            }
        }
    }

    /// Says what is missing at the end of the file.
    fn end(&mut self, pieces: &mut Vec<Piece>, at: usize) {
        let is_open = matches!(
            self.mark.state,
            State::First | State::Entry | State::Separator
        );
        if self.spelling == Spelling::Array && is_open {
            pieces.push(broken(at, syntax(What::End)));
        }
        self.mark.state = State::Over;
    }

    /// Cuts entries of an array from `at` on; gives where the first one begins that is not
    /// complete.
    fn cut_array(&mut self, mut at: usize, pieces: &mut Vec<Piece>) -> usize {
        loop {
            if self.mark.state == State::Lost {
                match next_start(&self.rest, at) {
                    Some(start) => {
                        self.mark.state = State::Entry;
                        at = start;
                    }
                    None => return self.lost(at),
                }
            }
            at += space(&self.rest[at..]);
            let Some(&byte) = self.rest.get(at) else {
                return at;
            };
            at = match (self.mark.state, byte) {
                (State::Over, _) => return self.rest.len(),
                (State::First | State::Separator, b']') => {
                    self.mark.state = State::End;
                    at + 1
                }
                (State::Separator, b',') => {
                    self.mark.state = State::Entry;
                    at + 1
                }
                (State::Separator, _) => {
                    let words = "expected comma after array element".to_owned();
                    let place = "after array element";
                    pieces.push(broken(at, two_words(words, What::Character(byte, place))));
                    self.mark.state = State::Entry;
                    self.resume(at)
                }
                (State::End, _) => {
                    let place = "after top-level value";
                    pieces.push(broken(at, unexpected(byte, place)));
                    self.mark.state = State::Over;
                    return self.rest.len();
                }
                (State::First | State::Entry, b'{' | b'[' | b'"') => {
                    match self.one_entry(at, pieces) {
                        Some(end) => end,
                        None => return at,
                    }
                }
                (_, b']') => {
                    let place = "looking for beginning of value";
                    pieces.push(broken(at, unexpected(byte, place)));
                    self.mark.state = State::End;
                    at + 1
                }
                _ => match self.scalar(at, pieces) {
                    Some(end) => end,
                    None => return at,
                },
            };
        }
    }

    /// How far the start of an entry was looked for in vain: one may be cut off at the end of what
    /// is here.
    fn lost(&self, at: usize) -> usize {
        match self.is_at_end {
            true => self.rest.len(),
            false => self.rest.len().saturating_sub(START_BYTES).max(at),
        }
    }

    /// Finds the end of the value at `at`; `None` if it is not here yet.
    fn one_entry(&mut self, at: usize, pieces: &mut Vec<Piece>) -> Option<usize> {
        let len = self.rest.len() - at;
        let mut window = DOUBTFUL_BYTES.max(self.scan.done.next_power_of_two());
        loop {
            let here = window.min(len);
            if let Some(end) = self.scan.run(&self.rest[..at + here], at) {
                self.mark.state = State::Separator;
                pieces.push(Piece::Entry(at..end));
                return Some(end);
            }
            let is_all = here == len;
            if is_all && !self.is_at_end && !self.scan.is_broken {
                break;
            }
            // It did not end where it should have: perhaps for want of a bracket or a quote.
            let fault = fault_of(&self.rest[at..at + here]);
            if fault.what != What::End || is_all {
                self.scan = BracketScan::default();
                pieces.push(Piece::Broken {
                    at: at + fault.at,
                    problem: syntax(fault.what),
                    is_entry: true,
                });
                self.mark.state = State::Lost;
                return Some(at + self.passed_over(at, fault));
            }
            window *= 2;
        }
        if len <= limits::ENTRY_BYTES {
            return None;
        }
        // It may have lost its end and swallowed others, so these are looked for in it.
        self.scan = BracketScan::default();
        pieces.push(broken_entry(at));
        self.mark.state = State::Lost;
        Some(at + 1)
    }

    /// How many bytes of a broken entry are passed over before another is looked for in it.
    fn passed_over(&mut self, at: usize, fault: Fault) -> usize {
        let place = self.mark.start + (at + fault.at) as u64;
        let last = &mut self.mark.last_fault;
        *last = LastFault {
            at: Some(place),
            times: if last.at == Some(place) {
                last.times + 1
            } else {
                0
            },
        };
        // What stands in a value that is nested too deeply is no entry that it swallowed.
        match fault.what == What::Depth || last.times >= SAME_FAULTS {
            true => fault.at.max(1),
            false => 1,
        }
    }

    /// Cuts a value that is neither a list, an object nor a text.
    fn scalar(&mut self, at: usize, pieces: &mut Vec<Piece>) -> Option<usize> {
        let ends = |byte: &u8| {
            matches!(
                byte,
                b',' | b']' | b'{' | b'[' | b' ' | b'\n' | b'\r' | b'\t'
            )
        };
        let len = self.rest[at..].iter().position(ends);
        let len = match len {
            None if !self.is_at_end && self.rest.len() - at < limits::ENTRY_BYTES => return None,
            None => self.rest.len() - at,
            Some(len) => len,
        };
        self.mark.state = State::Separator;
        let fault = fault_of(&self.rest[at..at + len]);
        if len > 0 && fault.what == What::End && fault.at >= len {
            pieces.push(Piece::Entry(at..at + len));
            return Some(at + len);
        }
        let problem = syntax(match len {
            0 => What::Character(b',', "looking for beginning of value"),
            _ => fault.what,
        });
        pieces.push(broken(at + fault.at.min(len), problem));
        Some(self.resume(at + len))
    }

    /// Behind something that is broken: the next place that an entry, a comma or the end of the
    /// list may stand at.
    fn resume(&mut self, at: usize) -> usize {
        let may = |byte: &u8| matches!(byte, b'{' | b',' | b']');
        let skipped = self.rest[at..].iter().position(may);
        let at = skipped.map_or(self.rest.len(), |skipped| at + skipped);
        self.mark.state = match self.rest.get(at) {
            Some(b'{') => State::Entry,
            _ => State::Separator,
        };
        at
    }

    /// Cuts lines from `at` on; gives where the first one begins that is not complete.
    fn cut_lines(&mut self, mut at: usize, pieces: &mut Vec<Piece>) -> usize {
        loop {
            let rest = &self.rest[at..];
            let newline = memchr(b'\n', rest);
            let len = match newline {
                Some(len) => len,
                None if self.is_at_end => rest.len(),
                None if self.mark.is_skipping => return self.rest.len(),
                None if rest.len() > limits::ENTRY_BYTES => {
                    pieces.push(broken_entry(at));
                    self.mark.is_skipping = true;
                    return self.rest.len();
                }
                None => return at,
            };
            let line = at..at + len;
            at = line.end + usize::from(newline.is_some());
            let start = line.start + space(&self.rest[line.clone()]);
            let is_blank = start == line.end;
            if !std::mem::take(&mut self.mark.is_skipping) && !is_blank {
                pieces.push(Piece::Entry(start..line.end));
            }
            if at == self.rest.len() {
                return at;
            }
        }
    }
}

/// Follows brackets and quotes up to the end of a value.
#[derive(Debug, Default)]
struct BracketScan {
    depth: usize,
    /// How far it came, from the start of the value.
    done: usize,
    is_text: bool,
    deepest: usize,
    /// Of the innermost 64 containers, a bit each: whether it is an object.
    objects: u64,
    /// Whether it met what cannot stand in a text, or the wrong end of a container.
    is_broken: bool,
}

impl BracketScan {
    /// Goes on with the value that starts at `start`; gives where it ends. What was scanned is
    /// not scanned again when more has come.
    fn run(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        let mut at = start + self.done;
        while at < bytes.len() && !self.is_broken {
            if self.is_text {
                at = special(bytes, at);
                match bytes.get(at) {
                    // Most texts are followed by another one.
                    Some(b'"') if self.depth > 0 && leads_to_text(bytes, at + 1) => at += 2,
                    Some(b'"') => self.is_text = false,
                    // The character behind it may not be here yet.
                    Some(b'\\') if at + 1 < bytes.len() => at += 1,
                    Some(b'\\') | None => break,
                    Some(_) => self.is_broken = true,
                }
            } else {
                match bytes[at] {
                    b'"' => self.is_text = true,
                    byte @ (b'{' | b'[') => {
                        self.depth += 1;
                        self.deepest = self.deepest.max(self.depth);
                        self.objects = self.objects << 1 | u64::from(byte == b'{');
                    }
                    byte @ (b'}' | b']') => {
                        let is_object = self.objects & 1 == 1;
                        self.is_broken = self.deepest <= 64 && is_object != (byte == b'}');
                        self.depth = self.depth.saturating_sub(1);
                        self.objects >>= 1;
                    }
                    _ => {}
                }
            }
            at += 1;
            if self.depth == 0 && !self.is_text && !self.is_broken {
                *self = BracketScan::default();
                return Some(at);
            }
        }
        self.done = at.min(bytes.len()) - start;
        None
    }
}

/// Whether a colon or a comma stands there, and a text right behind it.
fn leads_to_text(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 2), Some([b':' | b',', b'"']))
}

/// The next place from `from` on that looks like the start of an entry.
pub fn next_start(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'{')?;
        if is_start(&bytes[at..]) {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether an object begins with the type of an entry.
fn is_start(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    for token in ["{", "\"type\"", ":"] {
        let Some(behind) = rest.strip_prefix(token.as_bytes()) else {
            return false;
        };
        rest = &behind[space(behind)..];
    }
    let word = rest.strip_prefix(b"\"").unwrap_or_default();
    let len = word.iter().take(32).position(|byte| *byte == b'"');
    let word = len.and_then(|len| std::str::from_utf8(&word[..len]).ok());
    word.is_some_and(|word| Type::of(word, RuleSet::Own).is_some())
}

/// What is wrong with a value; its end if nothing is, as far as it goes.
fn fault_of(bytes: &[u8]) -> Fault {
    let text = text_of(bytes);
    let mut scan = Scanner::new(&text);
    scan.skip().err().unwrap_or(Fault {
        at: scan.at(),
        what: What::End,
    })
}

/// Bytes as a text of the same length: what is no UTF-8 becomes question marks.
pub fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(text)
}

fn broken(at: usize, problem: Problem) -> Piece {
    Piece::Broken {
        at,
        problem,
        is_entry: false,
    }
}

fn broken_entry(at: usize) -> Piece {
    Piece::Broken {
        at,
        problem: Problem::plain(RuleId::EntrySize).with("limit", limits::ENTRY_BYTES),
        is_entry: true,
    }
}

fn unexpected(byte: u8, place: &'static str) -> Problem {
    syntax(What::Character(byte, place))
}

/// That a text is no JSON.
pub fn syntax(what: What) -> Problem {
    two_words(what.to_string(), what)
}

/// The same where the validator had its own words for it.
fn two_words(cli: String, server: What) -> Problem {
    Problem::plain(RuleId::JsonSyntax)
        .with("message", cli)
        .with("server", server)
}

fn space(bytes: &[u8]) -> usize {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    bytes
        .iter()
        .position(|byte| !is_space(byte))
        .unwrap_or(bytes.len())
}

/// How many lines end in some bytes.
pub fn count_lines(bytes: &[u8]) -> u64 {
    // In rows of 255, whose count fits a byte: a loop that compilers make wide.
    let rows = bytes.chunks(255);
    rows.map(|row| u64::from(row.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>()))
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A source that gives a few bytes at a time.
    struct Slowly<'a>(&'a [u8]);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = buffer.len().min(7).min(self.0.len());
            buffer[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    /// Entries as they stand; what is broken as `at: words`, and `+` where it is an entry.
    fn cut(text: &[u8], spelling: Spelling) -> Vec<String> {
        let mut cutter = Cutter::new(Slowly(text), spelling, Mark::default());
        let mut found = Vec::new();
        let mut lines = 0;
        let mut end = 0;
        while let Some(chunk) = cutter.next(Chunk::default()).unwrap() {
            assert!(chunk.mark.start >= end);
            lines = chunk.mark.lines;
            end = chunk.mark.start + chunk.bytes.len() as u64;
            for piece in &chunk.pieces {
                found.push(match piece {
                    Piece::Entry(range) => String::from_utf8_lossy(&chunk.bytes[range.clone()])
                        .trim()
                        .to_owned(),
                    Piece::Broken {
                        at,
                        problem,
                        is_entry,
                    } => format!(
                        "{}{}: {problem}",
                        if *is_entry { "+" } else { "" },
                        chunk.mark.start + *at as u64
                    ),
                });
            }
        }
        assert!(lines <= count_lines(text));
        found
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(cut(text.as_bytes(), Spelling::Array), expected, "{text}");
    }

    fn check_lines(text: &str, expected: &[&str]) {
        assert_eq!(cut(text.as_bytes(), Spelling::Jsonl), expected, "{text}");
    }

    #[test]
    fn an_array_is_cut_into_its_elements() {
        check(
            r#"[{"a":"]}"},[],"x,",{"b":{}}]"#,
            &[r#"{"a":"]}"}"#, "[]", r#""x,""#, r#"{"b":{}}"#],
        );
        check(" [ 1 , true ]\r\n", &["1", "true"]);
        check("[]", &[]);
        check("", &["0: parse error: EOF"]);
        check("  ", &["2: parse error: EOF"]);
        check("{}", &["0: parse error: invalid format"]);
        check(
            "\u{feff}[{}]",
            &[
                "0: invalid character 'ï' looking for beginning of value",
                "{}",
            ],
        );
    }

    #[test]
    fn what_is_wrong_between_entries_hides_none_of_them() {
        check("[", &["1: unexpected end of JSON input"]);
        check("[{}", &["{}", "3: unexpected end of JSON input"]);
        check("[{},", &["{}", "4: unexpected end of JSON input"]);
        check(
            "[{} {}]",
            &["{}", "4: expected comma after array element", "{}"],
        );
        check(
            "[{}}, {}]",
            &["{}", "3: expected comma after array element", "{}"],
        );
        check(
            "[,{}]",
            &[
                "1: invalid character ',' looking for beginning of value",
                "{}",
            ],
        );
        check(
            "[{},]",
            &[
                "{}",
                "4: invalid character ']' looking for beginning of value",
            ],
        );
        check(
            "[nan,{}]",
            &[
                "2: invalid character 'a' in literal null (expecting 'u')",
                "{}",
            ],
        );
        check(
            "[{}] x",
            &["{}", "5: invalid character 'x' after top-level value"],
        );
        check(
            "[?{}]",
            &[
                "1: invalid character '?' looking for beginning of value",
                "{}",
            ],
        );
    }

    #[test]
    fn an_entry_without_its_end_hides_none_behind_it() {
        let user = r#"{"type":"user","item":{"id":"a"}}"#;
        let open = r#"{"type":"user","item":{"id":"a"},"#;
        check(
            &format!("[{open}\n{user},{user}]"),
            &[
                "+35: invalid character '{' looking for beginning of object key string",
                user,
                user,
            ],
        );
        let quote = r#"{"type":"user","item":{"id":"a},"#;
        check(
            &format!("[{quote}\n{user}]"),
            &["+33: invalid character '\\n' in string literal", user],
        );
        check(
            &format!("[{user},{{\"type"),
            &[user, "+41: unexpected end of JSON input"],
        );
    }

    #[test]
    fn lines_are_cut_at_their_ends() {
        check_lines("{}\r\n\n  {x\n{}", &["{}", "{x", "{}"]);
        check_lines("[{}]", &["0: parse error: invalid format"]);
        check_lines("", &["0: parse error: EOF"]);
    }

    #[test]
    fn what_is_nested_without_an_end_is_not_scanned_again_and_again() {
        let found = |count: usize| {
            let text = r#"{"type":"user","item":"#.repeat(count);
            cut(format!("[{text}]").as_bytes(), Spelling::Array).len()
        };
        let most = SAME_FAULTS as usize + 1;
        assert_eq!(found(100), most);
        // What is nested too deeply is passed over at once.
        assert_eq!(found(20_000), 1 + most);
    }

    #[test]
    fn an_entry_that_is_too_large_hides_none_behind_it() {
        let large = format!(
            r#"{{"type":"user","item":["{}"}}"#,
            "x".repeat(limits::ENTRY_BYTES + BLOCK_BYTES)
        );
        let small = r#"{"type":"user"}"#;
        let expected = format!(
            "parse error: entry max size exceeded ({})",
            limits::ENTRY_BYTES
        );
        let cut_large = |text: String, spelling| {
            let mut cutter = Cutter::new(text.as_bytes(), spelling, Mark::default());
            let mut found = Vec::new();
            while let Some(chunk) = cutter.next(Chunk::default()).unwrap() {
                found.extend(chunk.pieces.iter().map(|piece| match piece {
                    Piece::Entry(range) => {
                        String::from_utf8_lossy(&chunk.bytes[range.clone()]).into_owned()
                    }
                    Piece::Broken { problem, .. } => problem.to_string(),
                }));
            }
            found
        };
        assert_eq!(
            cut_large(format!("[{large},{small}]"), Spelling::Array),
            [expected.as_str(), small]
        );
        assert_eq!(
            cut_large(format!("{large}\n{small}"), Spelling::Jsonl),
            [expected.as_str(), small]
        );
    }

    proptest! {
        #[test]
        fn elements_come_as_they_were_written(values in proptest::collection::vec("[a\"\\\\{}\\[\\],: 1]{0,12}", 0..6)) {
            let values: Vec<String> = values
                .iter()
                .map(|text| serde_json::json!({"type": text, "item": [text, {"a": text}]}).to_string())
                .collect();
            let text = format!("[{}]", values.join(",\n"));
            prop_assert_eq!(cut(text.as_bytes(), Spelling::Array), values.clone());
            let text = values.join("\n");
            if !text.is_empty() {
                prop_assert_eq!(cut(text.as_bytes(), Spelling::Jsonl), values);
            }
        }

        #[test]
        fn a_chunk_is_cut_the_same_from_its_mark(
            pieces in proptest::collection::vec(r#"([\[\]{},:"\\a \n]{0,12}|\{"type":"user"\}|,)"#, 8..16),
            is_array in any::<bool>(),
        ) {
            let filler = "x".repeat(BLOCK_BYTES / 4);
            let entries: Vec<String> = pieces
                .iter()
                .map(|piece| format!(r#"{piece}{{"type":"user","item":"{filler}"}}"#))
                .collect();
            let (text, spelling) = match is_array {
                true => (format!("[{}]", entries.join(",\n")), Spelling::Array),
                false => (entries.join("\n"), Spelling::Jsonl),
            };
            let mut cutter = Cutter::new(text.as_bytes(), spelling, Mark::default());
            let mut chunks = 0;
            while let Some(chunk) = cutter.next(Chunk::default()).unwrap() {
                chunks += 1;
                let mark = chunk.mark;
                let rest = &text.as_bytes()[mark.start as usize..];
                let again = Cutter::new(rest, spelling, mark).next(Chunk::default()).unwrap();
                let again = again.unwrap_or_default();
                prop_assert_eq!(again.mark.lines, mark.lines);
                prop_assert_eq!(again.bytes.len(), chunk.bytes.len());
                prop_assert_eq!(again.pieces, chunk.pieces);
            }
            prop_assert!(chunks > 1 || pieces.iter().any(|piece| !piece.is_empty()));
        }

        #[test]
        fn no_text_panics_or_takes_for_ever(text in r#"[\[\]{},:"\\a0 \n]{0,40}"#) {
            cut(text.as_bytes(), Spelling::Array);
            cut(text.as_bytes(), Spelling::Jsonl);
            cut(format!("[{text}").as_bytes(), Spelling::Array);
        }
    }
}
