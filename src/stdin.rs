//! Keeps standard input in a file, since inputs are read by several threads, or more than once.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How often it is asked whether the run is to end, while nothing comes.
pub const PATIENCE: Duration = Duration::from_millis(100);

/// How much is read from a pipe at once, in bytes: what a pipe of Linux holds.
const BLOCK_BYTES: usize = 64 * 1024;

/// How many blocks are read before they are asked for.
const AHEAD: usize = 16;

/// Writes all of standard input into a new file.
///
/// It is read by a thread of its own: a read that waits for a pipe cannot be called off.
///
/// # Errors
/// If it cannot be read or written, or the run is to end early.
pub fn keep(path: &Path, stop: &AtomicBool) -> Result<()> {
    let failed = || {
        let folder = path.parent().unwrap_or(path);
        format!(
            "could not keep standard input in `{}`; see `--temp-dir`",
            folder.display()
        )
    };
    let mut file = File::create(path).with_context(failed)?;
    let blocks = read_apart(io::stdin());
    loop {
        match blocks.recv_timeout(PATIENCE) {
            Ok(block) => {
                let block = block.context("could not read standard input")?;
                file.write_all(&block).with_context(failed)?;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stop.load(Ordering::Relaxed) {
            bail!("stopped before all of standard input was read");
        }
    }
}

/// The blocks of a pipe, read by a thread of its own, which is at most [`AHEAD`] blocks ahead; they end
/// where the pipe does.
pub fn read_apart(mut pipe: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (send, blocks) = sync_channel(AHEAD);
    std::thread::spawn(move || {
        loop {
            let mut block = vec![0; BLOCK_BYTES];
            let read = match pipe.read(&mut block) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                read => read,
            };
            let is_last = !matches!(read, Ok(1..));
            let block = read.map(|bytes| {
                block.truncate(bytes);
                block
            });
            // Nobody listens any more when the run has ended.
            if send.send(block).is_err() || is_last {
                return;
            }
        }
    });
    blocks
}
