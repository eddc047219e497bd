//! Standard output, for commands whose result it is.

use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result};

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
