//! Keeps standard input and named pipes in files, since inputs are read by several threads, or more than
//! once.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
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
/// # Errors
/// If it cannot be read or written, or the run is to end early.
pub fn keep(path: &Path, stop: &AtomicBool) -> Result<()> {
    keep_all(io::stdin(), "standard input", path, stop)
}

/// Writes all of a named pipe, such as a shell makes of `<(…)`, into a new file.
///
/// # Errors
/// As [`keep`].
pub fn keep_pipe(pipe: &Path, path: &Path, stop: &AtomicBool) -> Result<()> {
    let shown = format!("`{}`", pipe.display());
    let pipe = Pipe {
        path: pipe.to_owned(),
        file: None,
    };
    keep_all(pipe, &shown, path, stop)
}

/// Whether a path is that of a pipe, which can be read once, and from its start.
pub fn is_pipe(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Writes all of a pipe into a new file. A thread of its own reads it: a read that waits for a pipe
/// cannot be called off.
fn keep_all(
    from: impl Read + Send + 'static,
    shown: &str,
    path: &Path,
    stop: &AtomicBool,
) -> Result<()> {
    let failed = || {
        let folder = path.parent().unwrap_or(path);
        format!(
            "could not keep {shown} in `{}`; see `--temp-dir`",
            folder.display()
        )
    };
    let mut file = File::create(path).with_context(failed)?;
    let blocks = read_apart(from);
    loop {
        match blocks.recv_timeout(PATIENCE) {
            Ok(block) => {
                let block = block.with_context(|| format!("could not read {shown}"))?;
                file.write_all(&block).with_context(failed)?;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stop.load(Ordering::Relaxed) {
            bail!("stopped before all of {shown} was read");
        }
    }
}

/// A named pipe. It is opened when it is read, since that waits for whoever writes.
struct Pipe {
    path: PathBuf,
    file: Option<File>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(File::open(&self.path)?),
        };
        file.read(buffer)
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
