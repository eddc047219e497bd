//! What a caller decides about opening: where copies go, and the bounds of time and size.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How databases and dumps are opened and read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder for copies and loaded dumps. It has to exist; what is put there is removed with
    /// the [`Database`](crate::Database).
    pub work_folder: PathBuf,
    /// Whether to go on with what can be read of a damaged database or a dump that is cut off.
    pub skip_unreadable: bool,
    /// The most bytes that a copy or a loaded dump may take in the work folder.
    pub max_temp_bytes: u64,
    /// The longest statement of a dump, in bytes, and the largest value of a cell.
    pub max_statement_bytes: usize,
    /// How long one statement of a dump may take.
    pub statement_time: Duration,
    /// How long a query may work for one row; `None`: as long as it takes.
    pub row_time: Option<Duration>,
    /// Set by the caller to stop whatever runs.
    pub stop: Arc<AtomicBool>,
}

impl Settings {
    /// Settings with the default bounds: 20 GB of work files, statements and values of 64 MB,
    /// 5 seconds a statement, and 10 minutes for a row of a query.
    pub fn new(work_folder: PathBuf) -> Settings {
        Settings {
            work_folder,
            skip_unreadable: false,
            max_temp_bytes: 20_000_000_000,
            max_statement_bytes: 64_000_000,
            statement_time: Duration::from_secs(5),
            row_time: Some(Duration::from_secs(600)),
            stop: Arc::new(AtomicBool::new(false)),
        }
    }
}
