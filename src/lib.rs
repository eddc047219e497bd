//! Converts chat exports into import files for Stream Chat.
//!
//! The road of a message: an adapter reads *units* of a foreign export and maps them to *records*
//! ([`migrate_model`]); [`worker`] turns records into encoded *entries*; [`parts`] packs entries
//! into *parts* that stand alone and pass no limit. [`convert`] puts the road together, [`books`]
//! says what became of every record. All knowledge of the target is in [`getstream`].
//!
//! A program with adapters of its own hands a longer list to [`main`].

mod adapters;
pub mod batch;
pub mod books;
mod cli;
mod config;
pub mod convert;
mod detect;
pub mod directory;
pub mod emit;
mod external;
pub mod file_list;
mod fingerprint;
pub mod getstream;
pub mod group;
mod help;
pub mod id_map;
mod manual;
mod output;
pub mod parts;
pub mod people;
pub mod preview;
pub mod progress;
mod protocol;
mod redact;
pub mod report;
mod run;
pub mod selection;
pub mod shard;
mod split;
pub mod staged;
mod stdin;
mod stdout;
mod summary;
mod text;
pub mod user_map;
pub mod validate;
mod whole;
pub mod worker;

use std::ffi::OsString;
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use migrate_model::Adapter;
use migrate_model::wording::Lines;

pub use adapters::ADAPTERS;

/// How a run ended, if it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// All well.
    Complete,
    /// Complete output, but records were left out; or a sum in which shards are missing.
    LeftOut,
}

/// Runs the program with a list of adapters and the arguments of this process. Here alone errors
/// become exit codes: 0 all well, 1 complete output but records were left out, 2 no output.
pub fn main(adapters: &[&dyn Adapter]) -> ExitCode {
    main_with(adapters, std::env::args_os().collect())
}

/// The same with these arguments, of which the first is the name of the program. It may be called
/// again and again, one run at a time: a signal ends the last one.
pub fn main_with(adapters: &[&dyn Adapter], args: Vec<OsString>) -> ExitCode {
    // A panic has said what it is by itself; it must not look like an ending of another kind.
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| run::run(adapters, args)));
    let Ok(ended) = ended else {
        return ExitCode::from(2);
    };
    match ended {
        Ok(Ending::Complete) => ExitCode::SUCCESS,
        Ok(Ending::LeftOut) => ExitCode::from(1),
        Err(error) => match error.downcast_ref::<clap::Error>() {
            // Help goes to standard output and is no failure.
            Some(usage) => {
                let _ = match help::told(usage) {
                    Some(text) => writeln!(std::io::stderr(), "{text}"),
                    None => usage.print(),
                };
                ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
            }
            None => {
                let text = format!("{error:#}{}", cure(&error));
                // A line's end in any other text is foreign, and shown as what it is.
                let lines: Vec<&str> = match error.is::<Lines>() {
                    true => text.lines().collect(),
                    false => vec![&text],
                };
                let lines = lines.iter().map(|line| text::foreign(line, 4_000));
                let text = lines.collect::<Vec<_>>().join("\n");
                let _ = writeln!(std::io::stderr(), "error: {text}");
                ExitCode::from(2)
            }
        },
    }
}

/// What to do where a device fails, which may come up wherever a file is read or written.
fn cure(error: &anyhow::Error) -> &'static str {
    // Linux, the BSDs and macOS say EIO; Windows ERROR_CRC or ERROR_IO_DEVICE.
    const FAILURES: &[i32] = if cfg!(windows) { &[23, 1117] } else { &[5] };
    let error = error.downcast_ref::<std::io::Error>();
    match error.and_then(std::io::Error::raw_os_error) {
        Some(code) if FAILURES.contains(&code) => "; that device fails: go on with another one",
        _ => "",
    }
}
