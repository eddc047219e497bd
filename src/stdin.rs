//! Keeps standard input in a file, since inputs are read by several threads, or more than once.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How often it is asked whether the run is to end, while nothing comes.
const PATIENCE: Duration = Duration::from_millis(100);

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
    let (send, blocks) = sync_channel::<io::Result<Vec<u8>>>(4);
    std::thread::spawn(move || {
        loop {
            let mut block = Vec::new();
            let read = io::stdin().lock().take(1 << 20).read_to_end(&mut block);
            let is_last = !matches!(read, Ok(1..));
            // Nobody listens any more when the run has ended.
            if send.send(read.map(|_| block)).is_err() || is_last {
                return;
            }
        }
    });
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
