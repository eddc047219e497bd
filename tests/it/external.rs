//! Adapters that are programs of their own, run as a person runs them, well behaved and not.

mod page;

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::program::{DEFAULT_LIMIT, Outcome, Place};

/// How long something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

const HELLO: &str = r#"{"type":"hello","protocol":"migrate","version":1,"adapter":"acme"}"#;
const MESSAGE: &str = r#"{"type":"message","data":{"id":"1","channel_id":"c","user_id":"u","text":"hi","created_at":"2025-01-02T03:04:05Z"}}"#;
const END: &str = r#"{"type":"end","counts":{"message":1}}"#;

/// The folder of the samples for adapters.
fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/adapters")
}

/// A place with programs in `bin`, each a shell script.
struct Programs(Place);

impl Programs {
    fn new() -> Programs {
        Programs(Place::with("in.txt", b"input"))
    }

    /// `migrate-acme` as a script, behind which `hello`, `message` and `end` print such lines.
    fn acme(script: &str) -> Programs {
        let place = Programs::new();
        place.put("migrate-acme", script);
        place
    }

    fn put(&self, name: &str, script: &str) {
        let lines = [("hello", HELLO), ("message", MESSAGE), ("end", END)];
        let lines = lines.map(|(name, line)| format!("{name}() {{ echo '{line}'; }}\n"));
        let name = format!("bin/{name}");
        let text = format!("#!/bin/sh\n{}{script}\n", lines.concat());
        self.0.put(&name, text.as_bytes());
        self.allow(&name, 0o755);
    }

    fn allow(&self, name: &str, mode: u32) {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.0.path(name), mode).unwrap();
    }

    /// A run that finds these programs, and then the samples.
    fn command(&self, args: &str) -> Command {
        let mut command = self.0.command(args.split_whitespace());
        let others = env::var_os("PATH").unwrap_or_default();
        let folders = [self.0.path("bin"), samples()];
        let folders = folders.into_iter().chain(env::split_paths(&others));
        command.env("PATH", env::join_paths(folders).unwrap());
        command
    }

    fn run(&self, args: &str) -> Outcome {
        let output = self.command(args).output().unwrap();
        self.0.outcome(&output)
    }

    /// The names of all files but the programs.
    fn names(&self) -> Vec<String> {
        let mut names = self.0.names();
        names.retain(|name| !name.starts_with("bin/"));
        names
    }
}

/// Whether there is Python, without which its sample cannot be tried.
fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output();
    let is_there = found.is_ok_and(|it| it.status.success());
    if !is_there {
        eprintln!("skipped: there is no python3");
    }
    is_there
}

#[test]
fn the_shell_sample_is_converted_and_passes_the_test() {
    let place = Programs::new();
    let lines = samples().join("lines.txt").display().to_string();
    let outcome = place.run(&format!("lines {lines} -o out.json"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let start = format!("running {}\n", samples().join("migrate-lines").display());
    assert!(outcome.stderr.starts_with(&start), "{outcome:?}");
    place.0.check("out", DEFAULT_LIMIT);
    let written = String::from_utf8(place.0.read("out.json")).unwrap();
    assert!(
        written.contains(r#"\"Back on\" as of when? C:\\logs says nothing."#),
        "{written}"
    );
    let tested = place.run(&format!("adapter test lines {lines}"));
    assert_eq!(tested.code, 0, "{tested:?}");
    assert!(!tested.stdout.contains("problem"), "{tested:?}");
}

#[test]
fn a_program_has_options_in_a_file_as_others_do() {
    let place = Programs::acme("message");
    // The other table is for a program that this run does not ask for.
    let file = b"channel-type = \"livestream\"\n[acme]\nbare = true\n[lines]\nbare = 1\n";
    place.0.put("migrate.toml", file);
    let outcome = place.run("acme in.txt -o out.json");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let told =
        "options of `migrate.toml`: --channel-type, --bare; `--no-config` leaves them aside\n";
    assert!(outcome.stderr.starts_with(told), "{outcome:?}");
    let written = String::from_utf8(place.0.read("out.json")).unwrap();
    assert!(written.contains("livestream"), "{written}");
    let printed = place.run("acme in.txt --print-config -q -- --its-option");
    let expected = "# Options of `migrate acme`.\n[acme]\nchannel-type = \"livestream\"\nquiet = true\nbare = true\n";
    assert_eq!(printed.stdout, expected);
}

#[test]
fn the_python_sample_is_converted_and_passes_the_test() {
    if !has_python() {
        return;
    }
    let place = Programs::new();
    let export = samples().join("acme-export").display().to_string();
    let outcome = place.run(&format!("acme {export} -o out.json --report report.json"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let summary = place.0.check("out", DEFAULT_LIMIT);
    assert_eq!(summary.counts["message"], 4);
    let report = place.0.json("report.json");
    assert_eq!(report["books"]["message"]["excluded"], 1, "{report}");
    let tested = place.run(&format!("adapter test acme {export}"));
    assert_eq!(tested.code, 0, "{tested:?}");
    let marks = tested
        .stdout
        .lines()
        .map(|line| line.split(' ').next().unwrap());
    assert!(
        marks.clone().filter(|mark| *mark == "ok").count() >= 9,
        "{tested:?}"
    );
    assert!(!marks.clone().any(|mark| mark == "problem"), "{tested:?}");
    let entries = tested
        .stdout
        .lines()
        .filter(|line| line.starts_with("  {\"type\""));
    assert_eq!(entries.count(), 10, "{tested:?}");

    let some = place.run(&format!(
        "acme {export} -o some.json -- --skip-room gossip --files https://files.example/x"
    ));
    assert_eq!(some.code, 0, "{some:?}");
    let some = String::from_utf8(place.0.read("some.json")).unwrap();
    assert!(
        !some.contains("gossip") && some.contains("https://files.example/x/plan.pdf"),
        "{some}"
    );
    let wrong = place.run(&format!("acme {export} -o wrong.json -- --colour"));
    assert_eq!(wrong.code, 2);
    let last = wrong.stderr.lines().last().unwrap();
    assert_eq!(
        last,
        "error: migrate-acme ended with exit status 2 (it was called in a wrong way): \
                      migrate-acme: error: unrecognized arguments: --colour; nothing of it is used"
    );
}

#[test]
fn a_program_is_given_its_options_and_then_the_inputs() {
    let place = Programs::acme(
        r#"for it in "$@"; do echo "<$it>" >&2; done; cat >&2; hello; message; end"#,
    );
    // Exports often lie in a folder that is called as their adapter.
    place.0.put("acme/export", b"");
    let outcome = place.run("acme -q in.txt --format array b -o out.json -- --deep -x --");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let said: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(
        said,
        ["read", "--deep", "-x", "--", "in.txt", "b"].map(|it| format!("[acme] <{it}>"))
    );
    place.0.check("out", DEFAULT_LIMIT);
}

#[test]
fn what_ends_badly_is_told_and_leaves_nothing() {
    let program = "[TMP]/bin/migrate-acme";
    for (script, expected) in [
        (
            "hello; message; kill -9 $$",
            "migrate-acme was ended by signal 9 (SIGKILL) and said nothing on standard error; nothing of it is used",
        ),
        (
            "hello; message; end; echo first >&2; echo 'no room' >&2; echo >&2; exit 3",
            "migrate-acme ended with exit status 3: no room; nothing of it is used",
        ),
        (
            "hello; message; end; exit 75",
            "migrate-acme ended with exit status 75 (a passing fault; try again) and said nothing on standard error; nothing of it is used",
        ),
        (
            "hello; message",
            "output of migrate-acme: the file ends after line 2 without an `end` line: it was cut off; let what wrote it run again, to its end",
        ),
        (
            "hello; end",
            "output of migrate-acme: counts that do not add up: the `end` line counts 1 of `message`, and the file has 0; let what wrote it run again",
        ),
        (
            "",
            "output of migrate-acme: the file is empty; not even a `hello` line is in it",
        ),
        (
            "echo Starting; hello; message; end",
            "output of migrate-acme, line 1: the line is no JSON object; whatever else a program has to say belongs on its standard error; the line begins Starting",
        ),
        (
            "hello; echo; echo Half way; message; end",
            "output of migrate-acme, line 3: the line is no JSON object; whatever else a program has to say belongs on its standard error; the line begins Half way",
        ),
        (
            "message; end",
            "output of migrate-acme, line 1: the first line must be a `hello` line; write one, or read bare lines with `--bare`; the line begins {\"type\":\"message\",\"data\":{\"id\":\"1\",\"channel_id\":\"c\",\"user_id\":\"u\",\"text\":\"hi\",\"…",
        ),
        (
            "hello; head -c 1000000000 /dev/zero | tr '\\0' x; end",
            "output of migrate-acme, line 2: the line is longer than 16777216 bytes, the most that a line may have; end each object with a newline; the line begins …",
        ),
    ] {
        let place = Programs::acme(script);
        let outcome = place.run("acme in.txt -o out.json --report report.json");
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (2, ""),
            "{script}: {outcome:?}"
        );
        let mut lines = outcome.stderr.lines();
        assert_eq!(lines.next(), Some(format!("running {program}").as_str()));
        assert_eq!(
            lines.next_back(),
            Some(format!("error: {expected}").as_str()),
            "{script}"
        );
        assert!(lines.all(|line| line.starts_with("[acme] ")), "{script}");
        assert_eq!(place.names(), ["in.txt"], "{script}");
    }
}

#[test]
fn what_a_program_says_of_a_picture_is_told() {
    let place = Programs::acme("echo 'no licence' >&2; exit 3");
    place.0.put("scan.pdf", b"%PDF-1.7");
    let outcome = place.run("acme scan.pdf -o out.json -q");
    assert!(outcome.stderr.contains("no licence"), "{}", outcome.stderr);
    assert_eq!(outcome.code, 2);
    let outcome = place.run("acme in.txt -o out.json --mapping map.toml");
    let cure = "to pass '--mapping' as a value, use '-- --mapping'";
    assert!(outcome.stderr.contains(cure), "{}", outcome.stderr);
}

#[test]
fn a_program_that_cannot_be_started_is_told() {
    let place = Programs::new();
    place.0.put("bin/migrate-acme", b"#!/no/such/program\n");
    place.allow("bin/migrate-acme", 0o755);
    let outcome = place.run("acme in.txt -o out.json -q");
    outcome.fails(
        "could not start [TMP]/bin/migrate-acme: No such file or directory (os error 2); if it is a \
         script, the program that its first line names is missing",
    );
    place.allow("bin/migrate-acme", 0o644);
    let found = place.run("acme in.txt -o out.json -q");
    // The next of the name on PATH is taken, which is the sample.
    assert!(!found.stderr.contains("not executable"), "{found:?}");
    let other = Programs::new();
    other.0.put("bin/migrate-other", b"#!/bin/sh\n");
    other.run("other in.txt -o out.json").fails(
        "[TMP]/bin/migrate-other is not executable; `chmod +x [TMP]/bin/migrate-other` makes it so",
    );
    assert_eq!(other.names(), ["in.txt"]);
}

#[test]
fn what_a_program_says_cannot_steer_a_terminal() {
    let place =
        Programs::acme(r"printf 'a\033[2Jb\tc\n10 %%\r20 %%\nlast' >&2; hello; message; end");
    let outcome = place.run("acme in.txt -o out.json -q");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(
        outcome.stderr,
        "[acme] a\\u{1b}[2Jb    c\n[acme] 20 %\n[acme] last\n"
    );
}

#[test]
fn a_program_may_take_its_time_and_stop_within_a_line() {
    let place = Programs::acme(
        r#"hello; printf '{"type":"mess'; sleep 0.4; echo 'age","data":{"id":"1","channel_id":"c","created_at":"2025-01-02T03:04:05Z"}}'; sleep 0.4; end"#,
    );
    let outcome = place.run("acme in.txt -o out.json -q");
    outcome.silent(0);
    place.0.check("out", DEFAULT_LIMIT);
}

#[test]
fn much_output_is_read_whole() {
    let place = Programs::acme(
        r#"hello; awk 'BEGIN { for (n = 0; n < 100000; n++) print "{\"type\":\"message\",\"data\":{\"id\":\"" n "\",\"channel_id\":\"c\",\"user_id\":\"u\",\"text\":\"hi\",\"created_at\":\"2025-01-02T03:04:05Z\"}}" }'
        echo '{"type":"end","counts":{"message":100000}}'"#,
    );
    place.run("acme in.txt -o out.json -q").silent(0);
    assert_eq!(
        place.0.check("out", DEFAULT_LIMIT).counts["message"],
        100_000
    );
}

#[test]
fn a_reader_who_goes_away_is_no_failure_and_leaves_no_program() {
    let place = Programs::acme("echo $$ > pid; hello; message; end");
    let mut child = place
        .command("acme in.txt --emit model -q")
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    place.0.outcome(&output).silent(0);
    assert!(ends(&place.0.path("pid")));
}

/// Whether the process ends whose number stands in a file. What was killed may take a moment.
fn ends(file: &Path) -> bool {
    let start = Instant::now();
    while is_running(file) && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(5));
    }
    !is_running(file)
}

/// Whether the process runs whose number stands in a file; one that has ended and that nobody has
/// asked about does not.
fn is_running(file: &Path) -> bool {
    let pid = fs::read_to_string(file).unwrap();
    let pid = pid.trim();
    let state = match Path::new("/proc/self/stat").exists() {
        // The state stands behind the name, which is in brackets.
        true => fs::read_to_string(format!("/proc/{pid}/stat")).map_or_else(
            |_| String::new(),
            |it| it.rsplit(')').next().unwrap_or_default().to_owned(),
        ),
        false => {
            let found = Command::new("ps").args(["-o", "stat=", "-p", pid]).output();
            String::from_utf8(found.unwrap().stdout).unwrap()
        }
    };
    !matches!(state.trim().chars().next(), None | Some('Z'))
}

/// Waits until a file has something in it.
fn wait_for(file: &Path, child: &mut Child) {
    let start = Instant::now();
    while fs::read(file).map_or(true, |bytes| !bytes.ends_with(b"\n")) {
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "the run ended before it could be stopped"
        );
        assert!(start.elapsed() < PATIENCE, "the program does not begin");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_signal_ends_the_program_and_what_it_started() {
    for (signal, script) in [
        (
            "-INT",
            "hello; message; echo $$ > pid; sleep 1000 & echo $! > inner; wait",
        ),
        (
            "-TERM",
            "hello; message; echo $$ > pid; sleep 1000 & echo $! > inner; sleep 1000",
        ),
        // One that will not end, and prints on and on.
        (
            "-INT",
            "trap '' TERM INT; hello; echo $$ > pid; echo $$ > inner; while :; do echo; done",
        ),
        // One that has closed its output and stays.
        (
            "-TERM",
            "hello; message; end; exec >&-; echo $$ > pid; echo $$ > inner; sleep 1000",
        ),
    ] {
        let place = Programs::acme(script);
        let mut child = place
            .command("acme in.txt -o out.json -q")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(&place.0.path("inner"), &mut child);
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let output = child.wait_with_output().unwrap();
        place
            .0
            .outcome(&output)
            .fails("stopped before all of the output of migrate-acme was read");
        for file in ["pid", "inner"] {
            assert!(ends(&place.0.path(file)), "{script}: {file}");
        }
        assert_eq!(place.names(), ["in.txt", "inner", "pid"], "{script}");
    }
}

#[test]
fn a_failure_ends_the_program() {
    let place = Programs::acme("echo $$ > pid; sleep 1000 & echo $! > inner; echo garbage; wait");
    let outcome = place.run("acme in.txt -o out.json -q");
    assert!(
        outcome
            .stderr
            .starts_with("error: output of migrate-acme, line 1: "),
        "{outcome:?}"
    );
    for file in ["pid", "inner"] {
        assert!(ends(&place.0.path(file)), "{file}");
    }
    assert_eq!(place.names(), ["in.txt", "inner", "pid"]);
}

#[test]
fn what_a_program_leaves_running_does_not_hold_the_run_up() {
    let place = Programs::acme("hello; message; end; sleep 1000 & echo $! > inner");
    let start = Instant::now();
    let outcome = place.run("acme in.txt -o out.json -q");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(start.elapsed() < PATIENCE);
    assert!(ends(&place.0.path("inner")));
}

#[test]
fn a_name_that_nothing_has_is_told_with_what_was_meant() {
    let place = Programs::acme("hello; message; end");
    let rest = "`migrate adapters` lists all adapters; a program `migrate-slak` on PATH would be one,\n\
                and docs/writing-an-adapter.md says how to write it in ten lines";
    place.run("slak in.zip -o out.json").fails(&format!(
        "there is no command and no adapter `slak`; did you mean `migrate slack`?\n{rest}"
    ));
    let outcome = place.run("acmee in.zip -o out.json");
    assert!(
        outcome.stderr.contains("did you mean `migrate acme`?"),
        "{outcome:?}"
    );
    let outcome = place.run("../acme in.zip -o out.json");
    assert!(
        outcome
            .stderr
            .starts_with("error: `../acme` does not exist, and is not the name of a command"),
        "{outcome:?}"
    );
    let outcome = place.run("in.txt -o out.json");
    assert!(
        outcome
            .stderr
            .contains("`in.txt` is there, but has the marks of nothing"),
        "{outcome:?}"
    );
}

#[test]
fn what_is_built_in_comes_first_and_all_are_listed() {
    let place = Programs::acme("# migrate adapter: Converts \x1b[2J things\nhello; message; end");
    place.put("migrate-slack", "exit 9");
    place.put("migrate-Odd", "exit 9");
    let outcome = place.run("slack in.txt -o out.json");
    assert!(!outcome.stderr.contains("running"), "{outcome:?}");
    let listed = place.run("adapters");
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = listed.stdout.lines().collect();
    let of = |name: &str| -> Vec<&str> {
        let start = format!("{name} ");
        lines
            .iter()
            .filter(|line| line.starts_with(&start))
            .copied()
            .collect()
    };
    let words: Vec<&str> = of("acme")[0].split_whitespace().collect();
    let expected = "acme Converts \\u{1b}[2J things ([TMP]/bin/migrate-acme)";
    assert_eq!(words.join(" "), expected);
    assert!(
        of("slack")[0].ends_with("(built in)") && of("slack")[1].contains("not used"),
        "{lines:?}"
    );
    assert!(of("lines")[0].contains("lines of text"), "{lines:?}");
    assert!(of("Odd").is_empty());
}

#[test]
fn a_test_tells_each_fault_under_its_rule() {
    for (script, expected) in [
        (
            "hello; message; end; exit 3",
            "problem  run: it ended with exit status 3; whatever it printed, nothing of it is used",
        ),
        (
            "hello; message; end; exit 3",
            "problem  stderr: it said nothing on standard error; print the reason there as the last line",
        ),
        (
            "echo hi",
            "problem  run: output of migrate-acme, line 1: the line is no JSON object; whatever else a program has to say belongs on its standard error; the line begins hi",
        ),
        (
            "hello; message",
            "problem  end: line 2: there is no `end`, so the lines count as cut off; print {\"type\":\"end\",\"counts\":{…}} when all went well",
        ),
        (
            "hello; message; message; end",
            "problem  end: line 4: `end` counts 1 of `message`, and 2 came; count each line as it is printed",
        ),
        (
            "hello; message; echo oops; end",
            "problem  lines: line 3: the line is no JSON object; whatever else a program has to say belongs on its standard error; the line begins oops",
        ),
        (
            "hello; message; date +'{\"type\":\"progress\",\"done\":1%N}'; end",
            "problem  again: line 3: a second run prints something else; make ids and order hang on the input alone, so that a second import updates instead of doubling",
        ),
        (
            "hello; message; end",
            "note     references: line 2: people who stand in no `user` or `person` line (1): they are made, with their ids for names",
        ),
        (
            "hello; message; end",
            "ok       conversion: every record is written",
        ),
    ] {
        let place = Programs::acme(script);
        let outcome = place.run("adapter test bin/migrate-acme in.txt");
        let has_problem = expected.starts_with("problem");
        assert_eq!(
            outcome.code,
            i32::from(has_problem),
            "{script}: {outcome:?}"
        );
        assert!(
            outcome.stdout.lines().any(|line| line == expected),
            "{expected}\n{}",
            outcome.stdout
        );
        assert_eq!(place.names(), ["in.txt"], "{script}");
    }
    let place = Programs::new();
    place.run("adapter test bin/migrate-nothing in.txt").fails(
        "bin/migrate-nothing is no file; name a program, or `NAME` for `migrate-NAME` on PATH",
    );
}

#[test]
fn lines_without_hello_and_end_are_read_if_that_is_asked_for() {
    let place = Programs::acme("message");
    let outcome = place.run("acme in.txt -o out.json --bare");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("jsonl.bare"), "{outcome:?}");
    let tested = place.run("adapter test acme in.txt --bare");
    assert_eq!(tested.code, 0, "{tested:?}");
}
