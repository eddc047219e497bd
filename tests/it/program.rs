//! Runs the program as its users do: with arguments, in a folder of its own. What it says and
//! what it leaves behind is handed back whole; what that should be is left to the tests.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::checker::{self, Summary};

/// The largest part that the program writes unless it is told otherwise, in bytes.
pub(crate) const DEFAULT_LIMIT: u64 = 299_000_000;

/// What nobody is told, in whatever a test runs: parts of secrets that are planted in its inputs, and
/// the e-mail addresses of the people of the sample.
pub(crate) const SECRETS: [&str; 11] = [
    "PLANTEDTOKEN",
    "planted.person@",
    "planted.person%40",
    "5550199",
    "celia@example.com",
    "hannes@example.com",
    "maren@example.com",
    "oskar@example.com",
    "priya@example.com",
    "tobin@example.com",
    "yuki@example.com",
];

/// Fails if something that is told holds a secret.
#[track_caller]
pub(crate) fn assert_discreet(name: &str, text: &str) {
    for secret in SECRETS {
        let at = text.find(secret);
        let near = at.map(|at| {
            let start = text.floor_char_boundary(at.saturating_sub(200));
            &text[start..at + secret.len()]
        });
        assert_eq!(near, None, "{name} tells a secret");
    }
}

/// How many times as many cases are tried as usual, for those who can wait.
pub(crate) fn times<N: From<u16>>() -> N {
    let times = env::var("MIGRATE_CASES").map_or(1, |it| it.parse::<u16>().expect("a number"));
    N::from(times)
}

/// A temporary folder in which the program runs; its own temporary files go to `tmp` in it. When it is
/// left, no report and no preview in it may hold a secret, whatever test it was.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a run said and how it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit status; -1 if a signal ended the run.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Place {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("tmp")).expect("a folder in it");
        Place { folder }
    }

    /// A place with one file in it.
    pub(crate) fn with(name: &str, contents: &[u8]) -> Place {
        let place = Place::new();
        place.put(name, contents);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders that it stands in.
    pub(crate) fn put(&self, name: &str, contents: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("its folder");
        fs::write(path, contents).expect("the file can be written");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program, to be started by the caller.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in ["TMPDIR", "TMP", "TEMP"] {
            command.env(name, self.path("tmp"));
        }
        // What is said must not hang on the window of whoever runs the tests.
        for name in ["COLUMNS", "LINES", "NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program with arguments that are written as in a shell, without quotes.
    #[track_caller]
    pub(crate) fn run(&self, args: &str) -> Outcome {
        let output = self.command(args.split_whitespace()).output();
        self.outcome(&output.expect("the program can be started"))
    }

    /// What a run said, with `[TMP]` for this place; it tells no secret.
    #[track_caller]
    pub(crate) fn outcome(&self, output: &Output) -> Outcome {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).expect("the program speaks UTF-8");
            let folder = self.folder.path();
            let real = folder.canonicalize().expect("the folder is there");
            let text = text.replace(&real.display().to_string(), "[TMP]");
            text.replace(&folder.display().to_string(), "[TMP]")
        };
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        // Records are written as they are.
        if !stdout.starts_with("{\"type\":\"hello\"") {
            assert_discreet("standard output", &stdout);
        }
        assert_discreet("standard error", &stderr);
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout,
            stderr,
        }
    }

    /// The names of all files and empty folders but `tmp`, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        list(self.folder.path(), "", &mut names);
        names.retain(|name| name != "tmp/");
        names.sort();
        names
    }

    /// The parts of the output `stem`, in order, with their bytes.
    pub(crate) fn parts(&self, stem: &str) -> Vec<(String, Vec<u8>)> {
        let is_part = |name: &String| {
            let rest = name.strip_prefix(stem);
            rest.is_some_and(|rest| rest.starts_with(['.', '-']) && !rest.contains('/'))
        };
        let mut names: Vec<_> = self.names().into_iter().filter(is_part).collect();
        // Part 1000 stands behind part 999.
        names.sort_by_key(|name| (name.len(), name.clone()));
        let read = |name: String| {
            let bytes = self.read(&name);
            (name, bytes)
        };
        names.into_iter().map(read).collect()
    }

    /// Judges the output `stem` of a run.
    #[track_caller]
    pub(crate) fn check(&self, stem: &str, limit_bytes: u64) -> Summary {
        let parts = self.parts(stem);
        let paths: Vec<PathBuf> = parts.iter().map(|(name, _)| self.path(name)).collect();
        crate::validate::assert_valid(&paths);
        checker::assert_good(&paths, limit_bytes)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        for name in self.names() {
            let path = self.path(&name);
            // A pipe would be waited for, and what may not be read tells nothing.
            let file = path.is_file().then(|| fs::File::open(&path).ok()).flatten();
            let mut head = Vec::new();
            let read = file.and_then(|it| it.take(100).read_to_end(&mut head).ok());
            if read.is_some() && is_told(&head) {
                assert_discreet(&name, &String::from_utf8_lossy(&self.read(&name)));
            }
        }
    }
}

/// Whether a file is a report or a preview. Import files and maps of ids hold what people wrote.
pub(crate) fn is_told(contents: &[u8]) -> bool {
    let starts: [&[u8]; 2] = [
        b"{\n  \"books\": ",
        b"<!doctype html><!-- migrate preview -->",
    ];
    starts.into_iter().any(|it| contents.starts_with(it))
}

impl Outcome {
    /// Ended so, and said nothing at all.
    #[track_caller]
    pub(crate) fn silent(&self, code: i32) {
        assert_eq!(
            (self.code, self.stdout.as_str(), self.stderr.as_str()),
            (code, "", "")
        );
    }

    /// Failed with this message and nothing else.
    #[track_caller]
    pub(crate) fn fails(&self, message: &str) {
        let expected = format!("error: {message}\n");
        assert_eq!(self.stderr, expected);
        assert_eq!((self.code, self.stdout.as_str()), (2, ""));
    }
}

fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    let entries: Vec<_> = fs::read_dir(folder)
        .expect("the folder can be read")
        .collect();
    if entries.is_empty() && !prefix.is_empty() {
        names.push(prefix.to_owned());
    }
    for entry in entries {
        let entry = entry.expect("the folder can be read");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().is_ok_and(|it| it.is_dir()) {
            list(&entry.path(), &format!("{name}/"), names);
        } else {
            names.push(name);
        }
    }
}
