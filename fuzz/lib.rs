//! Runs the program within this process on bytes that a fuzzer makes, through the same ways in as the
//! test `fuzz` and the example `torture`.
//!
//! A panic ends the process, which is what the fuzzer looks for. What a run writes is held to the rules
//! of `validate`.

#[allow(dead_code, reason = "the others change bytes by themselves")]
#[path = "../samples/torture/hostile/entry.rs"]
mod entry;

use std::{ffi::OsString, fs, path::Path, process::ExitCode};

use entry::{ENTRIES, Writes};

/// Runs the way in of this name on these bytes.
///
/// # Panics
/// If there is no such way in, a file cannot be written, or what was written is invalid.
pub fn run(name: &str, bytes: &[u8]) {
    let entry = ENTRIES.iter().find(|it| it.name == name);
    let entry = entry.expect("there is a way in for every target");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    for (name, contents) in entry.files(bytes) {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        // A name may be that of a folder already.
        let _ = fs::create_dir_all(parent).and_then(|()| fs::write(&path, contents));
    }
    let mut args: Vec<OsString> = vec!["migrate".into()];
    args.extend(entry.args.split(' ').map(|word| in_folder(folder, word)));
    args.extend(["-q".into(), "--threads".into(), "1".into()]);
    if entry.writes != Writes::Nothing {
        args.extend(["-o".into(), folder.join(output(entry.writes)).into()]);
    }
    let ended = migrate::main_with(migrate::ADAPTERS, args);
    if entry.writes == Writes::Records && ended != ExitCode::from(2) {
        let written = folder.join(output(entry.writes));
        let args = [
            "migrate".into(),
            "validate".into(),
            written.into(),
            "-q".into(),
        ];
        let found = migrate::main_with(migrate::ADAPTERS, args.to_vec());
        assert_eq!(found, ExitCode::SUCCESS, "what was written is invalid");
    }
}

fn output(writes: Writes) -> &'static str {
    match writes {
        Writes::Page => "page.html",
        _ => "out.json",
    }
}

/// A word of a command line; a file or folder of the run stands in its folder, as the working folder
/// is the fuzzer's.
fn in_folder(folder: &Path, word: &str) -> OsString {
    match folder.join(word).exists() {
        true => folder.join(word).into(),
        false => word.into(),
    }
}
