//! Standard output, for commands whose result it is.

use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::{Context, Result};

use crate::text::safe_json;

/// Prints the result of a command. A reader who has seen enough makes no failure.
///
/// # Errors
/// If standard output cannot be written.
pub fn print(result: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    // What stands behind the last line's end is written now, where a failure can be told.
    match out.write_all(result).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("could not write to standard output"),
    }
}

/// Standard output for lines of JSON, which are as they are for programs, and safe for a terminal.
pub fn lines_of_json() -> Box<dyn Write + Send> {
    let out = io::stdout();
    match out.is_terminal() {
        true => Box::new(SafeLines {
            out,
            line: Vec::new(),
        }),
        false => Box::new(out),
    }
}

/// Writes lines of JSON as a terminal may have them.
struct SafeLines<W> {
    out: W,
    /// The line that has no end yet.
    line: Vec<u8>,
}

impl<W: Write> Write for SafeLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        if let Some(end) = self.line.iter().rposition(|it| *it == b'\n') {
            let rest = self.line.split_off(end + 1);
            let lines = safe_json(&String::from_utf8_lossy(&self.line));
            self.line = rest;
            self.out.write_all(lines.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_character_that_steers_it() {
        let mut lines = SafeLines {
            out: Vec::new(),
            line: Vec::new(),
        };
        let json = "{\"a\":\"\u{9b}31m é \u{202e}b\"}\n";
        // A character may come in pieces.
        for byte in json.bytes() {
            lines.write_all(&[byte]).unwrap();
        }
        let shown = "{\"a\":\"\\u009b31m é \\u202eb\"}\n";
        assert_eq!(String::from_utf8(lines.out).unwrap(), shown);
    }
}
