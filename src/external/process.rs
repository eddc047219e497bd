//! One run of such a program: its standard output goes to a file as fast as that can be written, its
//! standard error to people, and however the run ends, nothing of it is left running.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;
#[cfg(unix)]
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use migrate_jsonl::{LONGEST_LINE, check_first_line, start_of_line};
use migrate_model::Options;

use crate::stdin::{PATIENCE, read_apart};
use crate::text::{foreign, shell_word};

/// How long a program that was asked to end may take to do so.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(2);

/// How long what a program has said is waited for after its end, on either of its outputs. Only what
/// it left running can make it longer.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How often it is asked whether a program has ended.
const STEP: Duration = Duration::from_millis(5);

/// How much of a line on standard error is kept, in bytes, and how much is shown, in characters.
const LONGEST_SAID: u64 = 16 * 1024;
const SHOWN_CHARS: usize = 4_000;

/// How the lines of a program are taken.
pub struct Run<'a> {
    /// The adapter's name, which stands before what the program says.
    pub name: &'a str,
    /// What people call what it prints.
    pub output_name: String,
    /// Whether there is no `hello` line to wait for.
    pub is_bare: bool,
    /// Who is told, and who says that the run is to end early.
    pub options: &'a Options,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// The last line on its standard error that is not blank, safe to be shown.
    pub last_words: Option<String>,
    /// How many lines it said there.
    pub said: u64,
}

impl Ended {
    /// Whether it ended well.
    ///
    /// # Errors
    /// If not: then nothing that it printed counts, even if it looks complete.
    pub fn check(&self, program: &str) -> Result<()> {
        if self.status.success() {
            return Ok(());
        }
        let how = ending(self.status);
        match &self.last_words {
            Some(words) => bail!("{program} {how}: {words}; nothing of it is used"),
            None => {
                bail!("{program} {how} and said nothing on standard error; nothing of it is used")
            }
        }
    }
}

/// How a program ended, in words.
pub fn ending(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(number) = status.signal() {
            let name = nix::sys::signal::Signal::try_from(number);
            let name = name.map_or_else(|_| String::new(), |it| format!(" ({})", it.as_str()));
            return format!("was ended by signal {number}{name}");
        }
    }
    match status.code() {
        Some(2) => "ended with exit status 2 (it was called in a wrong way)".to_owned(),
        Some(75) => "ended with exit status 75 (a passing fault; try again)".to_owned(),
        Some(127) => "ended with exit status 127 (a command that it needs is missing)".to_owned(),
        Some(code) => format!("ended with exit status {code}"),
        None => "ended in an unknown way".to_owned(),
    }
}

impl Run<'_> {
    /// Runs a program and keeps what it prints in a new file.
    ///
    /// # Errors
    /// If it cannot be started, prints what cannot be lines of the protocol, the file cannot be
    /// written, or the run is to end early. The program has ended then. That it ended badly by
    /// itself is no error here.
    pub fn to_its_end(&self, mut command: Command, lines: &Path) -> Result<Ended> {
        let kept = File::create(lines).with_context(|| self.could_not_keep(lines))?;
        let mut running = Running::start(&mut command)?;
        let (output, errors) = running.pipes()?;
        let said = self.pass_on(errors);
        self.options.begin_reading("running a program", 0);
        self.keep(output, kept, lines, &mut running)?;
        let status = loop {
            match running.ended()? {
                Some(status) => break status,
                None if self.options.is_stopped() => return Err(self.stopped()),
                None => std::thread::sleep(STEP),
            }
        };
        // What the program left running may hold its standard error open for ever.
        let said = said.recv_timeout(LAST_WORDS).unwrap_or_else(|_| {
            running.end_rest();
            said.recv_timeout(LAST_WORDS).unwrap_or_default()
        });
        Ok(Ended {
            status,
            last_words: said.last,
            said: said.lines,
        })
    }

    /// Writes what comes from a pipe into a file, until that ends.
    fn keep(
        &self,
        output: impl Read + Send + 'static,
        mut kept: File,
        path: &Path,
        running: &mut Running,
    ) -> Result<()> {
        let blocks = read_apart(output);
        let mut guard = Guard::new(self.is_bare);
        let (mut patience, mut silences) = (PATIENCE, 0);
        loop {
            if self.options.is_stopped() {
                return Err(self.stopped());
            }
            match blocks.recv_timeout(patience) {
                Ok(block) => {
                    let block = block
                        .with_context(|| format!("could not read the {}", self.output_name))?;
                    guard
                        .see(&block)
                        .map_err(|what| anyhow!("{}, {what}", self.output_name))?;
                    kept.write_all(&block)
                        .with_context(|| self.could_not_keep(path))?;
                    self.options.have_read(block.len() as u64);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                // What it said last may have come between this silence and its end, so only a
                // silence behind its end counts; and what that ended may still have said something.
                Err(RecvTimeoutError::Timeout) if running.ended()?.is_some() => {
                    match silences {
                        0 => patience = LAST_WORDS,
                        1 => running.end_rest(),
                        _ => return Ok(()),
                    }
                    silences += 1;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Hands what a program says on standard error to people, line by line, until it ends.
    fn pass_on(&self, errors: impl Read + Send + 'static) -> Receiver<Said> {
        let (send, receive) = sync_channel(1);
        let options = self.options.clone();
        let start = format!("[{}] ", self.name);
        std::thread::spawn(move || {
            let mut errors = BufReader::new(errors);
            let mut said = Said::default();
            while let Some(line) = next_line(&mut errors) {
                options.tell(&format!("{start}{line}"));
                said.lines += 1;
                if !line.trim().is_empty() {
                    said.last = Some(line);
                }
            }
            // Nobody waits for it after a failure.
            let _ = send.send(said);
        });
        receive
    }

    fn stopped(&self) -> anyhow::Error {
        anyhow!("stopped before all of the {} was read", self.output_name)
    }

    fn could_not_keep(&self, path: &Path) -> String {
        let folder = path.parent().unwrap_or(path);
        format!(
            "could not keep the {} in `{}`; see `--temp-dir`",
            self.output_name,
            folder.display()
        )
    }
}

/// What a program said on standard error.
#[derive(Debug, Default)]
struct Said {
    lines: u64,
    last: Option<String>,
}

/// The next line, safe to be shown; of one that is too long the start.
fn next_line(from: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    let read = from
        .by_ref()
        .take(LONGEST_SAID)
        .read_until(b'\n', &mut line);
    if !matches!(read, Ok(1..)) {
        return None;
    }
    if line.last() != Some(&b'\n') && line.len() as u64 == LONGEST_SAID {
        from.skip_until(b'\n').ok()?;
    }
    let text = String::from_utf8_lossy(&line);
    // Of a line that was written over again, as counters are, the last state is what counts.
    let text = text.trim_end();
    let text = text.rsplit('\r').next().unwrap_or(text);
    Some(foreign(&text.replace('\t', "    "), SHOWN_CHARS))
}

/// Sees early what would make an hour of output worthless: no `hello`, or a line without end.
struct Guard {
    /// The first line as far as it has come, until it was looked at.
    first: Option<Vec<u8>>,
    /// How many lines have ended.
    lines: u64,
    /// How much of the line at hand has come, in bytes.
    bytes: usize,
    /// The start of the line at hand.
    start: Vec<u8>,
}

/// How much of a line is kept to be shown, in bytes.
const START_BYTES: usize = 400;

impl Guard {
    fn new(is_bare: bool) -> Guard {
        Guard {
            first: (!is_bare).then(Vec::new),
            lines: 0,
            bytes: 0,
            start: Vec::new(),
        }
    }

    /// Looks at the next block, which is far shorter than a line may be.
    fn see(&mut self, block: &[u8]) -> Result<(), String> {
        self.see_first(block)?;
        let ends = block.iter().filter(|byte| **byte == b'\n').count() as u64;
        let begun = match block.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => {
                self.check_length(self.bytes)?;
                self.lines += ends;
                self.bytes = 0;
                self.start.clear();
                block.get(end + 1..).unwrap_or_default()
            }
            None => block,
        };
        self.bytes += begun.len();
        let room = START_BYTES
            .saturating_sub(self.start.len())
            .min(begun.len());
        self.start
            .extend_from_slice(begun.get(..room).unwrap_or_default());
        self.check_length(self.bytes)
    }

    fn check_length(&self, bytes: usize) -> Result<(), String> {
        match bytes > LONGEST_LINE {
            true => Err(format!(
                "line {}: the line is longer than {LONGEST_LINE} bytes, the most that a line may \
                 have; end each object with a newline; the line begins {}",
                self.lines + 1,
                start_of_line(&self.start)
            )),
            false => Ok(()),
        }
    }

    /// Looks at the first line that is not blank, once it has ended.
    fn see_first(&mut self, block: &[u8]) -> Result<(), String> {
        let Some(first) = &mut self.first else {
            return Ok(());
        };
        let pieces = block.split_inclusive(|byte| *byte == b'\n');
        for (number, piece) in (self.lines + 1..).zip(pieces) {
            first.extend_from_slice(piece);
            if !piece.ends_with(b"\n") {
                return Ok(());
            }
            if !first.trim_ascii().is_empty() {
                let checked = check_first_line(first);
                self.first = None;
                return checked.map_err(|what| format!("line {number}: {what}"));
            }
            first.clear();
        }
        Ok(())
    }
}

/// A program that runs; it is ended when this is dropped.
struct Running {
    child: Child,
    status: Option<ExitStatus>,
}

impl Running {
    fn start(command: &mut Command) -> Result<Running> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A group of its own, so that what a script has started ends with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.spawn().map_err(|error| {
            let program = shell_word(&Path::new(command.get_program()).display().to_string());
            let hint = match error.kind() {
                io::ErrorKind::NotFound => {
                    "; if it is a script, the program that its first line names is missing"
                }
                _ => "",
            };
            anyhow!("could not start {program}: {error}{hint}")
        })?;
        Ok(Running {
            child,
            status: None,
        })
    }

    /// Its standard output and standard error.
    fn pipes(&mut self) -> Result<(ChildStdout, ChildStderr)> {
        let missing = "a program was started without its pipes";
        let output = self.child.stdout.take().context(missing)?;
        Ok((output, self.child.stderr.take().context(missing)?))
    }

    /// How it ended, if it has.
    fn ended(&mut self) -> Result<Option<ExitStatus>> {
        if self.status.is_none() {
            let status = self.child.try_wait();
            self.status = status.context("could not ask how a program ended")?;
        }
        Ok(self.status)
    }

    /// Ends what it has started and left running.
    fn end_rest(&mut self) {
        #[cfg(unix)]
        {
            use nix::sys::signal::Signal;
            self.signal(Signal::SIGTERM);
            std::thread::sleep(PATIENCE);
            self.signal(Signal::SIGKILL);
        }
    }

    /// Waits for the end for so long.
    #[cfg(unix)]
    fn has_ended_within(&mut self, time: Duration) -> bool {
        let start = Instant::now();
        while start.elapsed() < time {
            if matches!(self.ended(), Ok(Some(_)) | Err(_)) {
                return true;
            }
            std::thread::sleep(STEP);
        }
        false
    }

    #[cfg(unix)]
    fn signal(&mut self, signal: nix::sys::signal::Signal) {
        let group = i32::try_from(self.child.id()).map(nix::unistd::Pid::from_raw);
        if let Ok(group) = group {
            // None of them may be left, which is as well.
            let _ = nix::sys::signal::killpg(group, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.status.is_some() {
            return;
        }
        // Scripts that clean up behind themselves are given the time for it.
        #[cfg(unix)]
        {
            use nix::sys::signal::Signal;
            self.signal(Signal::SIGTERM);
            self.has_ended_within(GRACE);
            self.signal(Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn see(blocks: &[&[u8]]) -> Result<(), String> {
        let mut guard = Guard::new(false);
        blocks.iter().try_for_each(|block| guard.see(block))
    }

    #[test]
    fn the_first_line_is_looked_at_wherever_blocks_end() {
        let hello = br#"{"type":"hello","protocol":"migrate","version":1,"adapter":"acme"}"#;
        for at in 0..hello.len() {
            let (start, rest) = hello.split_at(at);
            assert_eq!(see(&[b"\n \n", start, rest, b"\nanything\n"]), Ok(()));
        }
        let refused = see(&[b"\nStar", b"ting\nmore"]).unwrap_err();
        assert!(
            refused.starts_with("line 2: the line is no JSON object"),
            "{refused}"
        );
        assert!(refused.ends_with("the line begins Starting"), "{refused}");
    }

    #[test]
    fn a_line_without_end_is_told_at_the_limit() {
        let mut guard = Guard::new(true);
        guard.see(b"first\nxx").unwrap();
        let block = [b'y'; 65_536];
        let mut seen = 2;
        let refused = loop {
            match guard.see(&block) {
                Ok(()) => seen += block.len(),
                Err(what) => break what,
            }
        };
        assert!(seen <= LONGEST_LINE && seen + block.len() > LONGEST_LINE);
        assert!(
            refused.starts_with("line 2: the line is longer than"),
            "{refused}"
        );
        assert!(guard.start.len() <= START_BYTES);
    }

    /// Output that comes out of the pipe some time after it was written.
    struct Late(&'static [u8]);

    impl Read for Late {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            std::thread::sleep(3 * PATIENCE);
            self.0.read(into)
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_comes_after_the_end_of_a_program_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let lines = place.path().join("lines");
        let options = Options::default();
        let run = Run {
            name: "acme",
            output_name: "output of acme".to_owned(),
            is_bare: true,
            options: &options,
        };
        let mut running = Running::start(&mut Command::new("true")).unwrap();
        let kept = File::create(&lines).unwrap();
        run.keep(Late(b"last\n"), kept, &lines, &mut running)
            .unwrap();
        assert_eq!(std::fs::read(&lines).unwrap(), b"last\n");
    }

    #[test]
    fn what_is_said_cannot_steer_a_terminal_and_is_bounded() {
        let long = "x".repeat(100_000);
        let said = format!("a\x1b[2J\n10 %\r20 %\r\n\n{long}\nlast");
        let mut from = BufReader::new(said.as_bytes());
        let lines: Vec<String> = std::iter::from_fn(|| next_line(&mut from)).collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[..3], ["a\\u{1b}[2J", "20 %", ""]);
        assert!(lines[3].len() < 5_000);
        assert_eq!(lines[4], "last");
    }
}
