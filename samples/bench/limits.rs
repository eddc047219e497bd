//! What memory and speed are held to: the only place with such numbers.

use crate::input::Extent;
use crate::subject::Subject;

/// The memory that a run may use at its peak, in bytes.
pub(crate) fn peak_bytes(subject: Subject, of: &Extent) -> u64 {
    let held = 64_000_000
        + 320 * of.entries
        + 2_000 * of.users
        + 1_000 * of.channels
        + 8 * of.memberships
        + 40 * of.largest;
    match subject.is_general() {
        true => held + 16 * of.messages,
        false => held,
    }
}

/// What a run must be at least. It is far below what is aimed at, since a machine that does other
/// things as well must not fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Floor {
    /// As many times as fast as `unzip -p` of the same zip in the same minutes.
    TimesUnzip(f64),
    /// MB of input a second; this one hangs on the machine.
    MegabytesPerSecond(f64),
}

/// From this size on starting and ending no longer count.
pub(crate) const LEAST_BYTES: u64 = 20_000_000;

/// The floor of a run on two threads; there is none on others.
pub(crate) fn floor(subject: Subject, threads: u32) -> Option<Floor> {
    if threads != 2 {
        return None;
    }
    Some(match subject {
        Subject::Slack { strangers: 0 } => Floor::TimesUnzip(2.5),
        // The export is read twice; 2 is the aim.
        Subject::Slack { .. } => Floor::TimesUnzip(1.4),
        Subject::Jsonl { is_shuffled: false } => Floor::MegabytesPerSecond(120.0),
        Subject::Jsonl { is_shuffled: true } => Floor::MegabytesPerSecond(60.0),
        // 200 is the aim of both.
        Subject::Csv { is_shuffled: false } | Subject::Sqlite => Floor::MegabytesPerSecond(130.0),
        Subject::Csv { is_shuffled: true } => Floor::MegabytesPerSecond(80.0),
        // 400 is the aim.
        Subject::Validate { .. } => Floor::MegabytesPerSecond(270.0),
        Subject::Split => Floor::MegabytesPerSecond(150.0),
    })
}
