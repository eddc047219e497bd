//! Runs that are stopped or hindered from outside: killed, interrupted, beside another run, on a
//! full disk, in a folder that cannot be written to. None leaves a final name, and only one that
//! was killed leaves anything, which the next run removes.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use crate::{
    generator::Slack,
    program::{DEFAULT_LIMIT, Outcome, Place},
    zips::{SAMPLE, generated},
};

/// An export that takes long enough to be stopped in the middle.
static LONG: LazyLock<Vec<u8>> = LazyLock::new(|| generated(&Slack::new(80_000)));

/// How long something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is said of a full disk before what could not be written, and after it.
#[cfg(unix)]
const DISK_IS_FULL: &str = "the disk is full; make room, or write to another one (a run needs \
                            about the size of the output and two parts more): ";
#[cfg(unix)]
const NO_SPACE: &str = "No space left on device (os error 28)";

fn sample() -> Place {
    Place::with("in.zip", SAMPLE)
}

#[test]
fn a_second_run_on_the_same_target_is_refused() {
    let place = sample();
    place.put(".out.migrate/lock", b"");
    let lock = File::open(place.path(".out.migrate/lock")).expect("the lock");
    lock.try_lock().expect("nobody else holds it");
    place.run("slack in.zip -o out.json").fails(
        "another run is writing to the same target (it holds `.out.migrate/lock`); wait for it to \
         end",
    );
    assert_eq!(place.names(), [".out.migrate/lock", "in.zip"]);
    place.run("slack in.zip -o other.json -q").silent(0);
    drop(lock);
    place.run("slack in.zip -o out.json -q").silent(0);
    assert_eq!(place.names(), ["in.zip", "other.json", "out.json"]);
}

#[test]
fn a_folder_that_no_run_made_is_not_emptied() {
    let place = sample();
    place.put(".out.migrate/diary.txt", b"mine");
    place.run("slack in.zip -o out.json").fails(
        "`.out.migrate` is in the way: it is no work folder of an earlier run; move it, or use \
         another name for the output",
    );
    assert_eq!(place.names(), [".out.migrate/diary.txt", "in.zip"]);
}

/// A run in the middle of its work.
struct Running {
    place: Place,
    child: Child,
}

impl Running {
    /// Starts a long run and waits until it has written something into a folder in `work`.
    fn start(options: &str, work: &str) -> Running {
        let place = Place::with("long.zip", &LONG);
        place.put("in.zip", SAMPLE);
        let args = format!("slack long.zip -q --threads 1 {options}");
        let mut child = place.command(args.split(' ')).spawn().expect("a process");
        let start = Instant::now();
        while !has_work(&place.path(work)) {
            let ended = child.try_wait().expect("the state of the process");
            assert_eq!(ended, None, "the run ended before it could be stopped");
            assert!(start.elapsed() < PATIENCE, "the run does not begin");
            thread::sleep(Duration::from_millis(1));
        }
        Running { place, child }
    }

    fn end(self) -> (Place, Outcome) {
        let output = self.child.wait_with_output().expect("the process ends");
        let outcome = self.place.outcome(&output);
        (self.place, outcome)
    }
}

/// Whether a work folder in this folder holds a file with something in it.
fn has_work(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders = entries.filter(|it| it.file_name().to_string_lossy().ends_with(".migrate"));
    folders.any(|work| {
        let files = fs::read_dir(work.path()).into_iter().flatten().flatten();
        files
            .into_iter()
            .any(|file| file.metadata().is_ok_and(|it| it.len() > 0))
    })
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let mut running = Running::start("-o out.json", ".");
    running.child.kill().expect("the process can be killed");
    let (place, _) = running.end();
    let left = place.names();
    assert!(left.contains(&".out.migrate/lock".to_owned()), "{left:?}");
    assert!(!left.contains(&"out.json".to_owned()), "{left:?}");
    place.run("slack in.zip -o out.json -q").silent(0);
    assert_eq!(place.names(), ["in.zip", "long.zip", "out.json"]);
    place.check("out", DEFAULT_LIMIT);
}

#[test]
fn what_a_killed_dry_run_left_is_removed_by_the_next() {
    let mut running = Running::start("--dry-run", "tmp");
    running.child.kill().expect("the process can be killed");
    let (place, _) = running.end();
    assert!(place.names().len() > 2, "{:?}", place.names());
    place.run("slack in.zip --dry-run -q").silent(0);
    assert_eq!(place.names(), ["in.zip", "long.zip"]);
}

#[test]
fn a_run_beside_another_one_is_refused_and_the_other_goes_on() {
    let running = Running::start("-o out.json", ".");
    let second = running.place.run("slack in.zip -o out.json");
    assert_eq!(second.code, 2, "{second:?}");
    assert!(
        second.stderr.starts_with("error: another run is writing"),
        "{second:?}"
    );
    let (place, outcome) = running.end();
    outcome.silent(0);
    assert_eq!(place.names(), ["in.zip", "long.zip", "out.json"]);
    assert!(place.read("out.json").len() > 10_000_000);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_what_waits_for_standard_input() {
    let place = sample();
    for command in ["validate -", "split - -o out.json"] {
        let mut child = place.command(command.split(' '));
        let mut child = child.stdin(Stdio::piped()).spawn().expect("a process");
        let start = Instant::now();
        let has_begun = || {
            let folders = [place.path("tmp/."), place.path(".")];
            let entries = folders.map(|it| fs::read_dir(it).into_iter().flatten().flatten());
            let mut names = entries.into_iter().flatten().map(|it| it.file_name());
            names.any(|it| it.to_string_lossy().ends_with(".migrate"))
        };
        while !has_begun() {
            assert!(start.elapsed() < PATIENCE, "the run does not begin");
            thread::sleep(Duration::from_millis(1));
        }
        let pid = child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(sent.is_ok_and(|it| it.success()));
        while child
            .try_wait()
            .expect("the state of the process")
            .is_none()
        {
            assert!(start.elapsed() < PATIENCE, "the run does not end");
            thread::sleep(Duration::from_millis(1));
        }
        let output = child.wait_with_output().expect("the process ended");
        let outcome = place.outcome(&output);
        outcome.fails("stopped before all of standard input was read");
        assert_eq!(place.names(), ["in.zip"], "{command}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_and_leaves_nothing() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let running = Running::start("-o out.json --report report.json", ".");
        let pid = running.child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args([signal, &pid])
            .status();
        assert!(sent.expect("the command `kill`").success());
        let (place, outcome) = running.end();
        outcome.fails("stopped before the output was complete; nothing was written");
        assert_eq!(place.names(), ["in.zip", "long.zip"], "{signal}");
    }
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let place = sample();
    let mut child = place
        .command(["slack", "in.zip", "--dry-run"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the process ends");
    place.outcome(&output).silent(0);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let place = sample();
    let folder = place.path("fixed");
    fs::create_dir(&folder).expect("a folder");
    let fix = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode));
    fix(0o555).expect("the permissions can be changed");
    let is_bound = File::create(folder.join("probe")).is_err();
    if is_bound {
        place.run("slack in.zip -o fixed/out.json").fails(
            "could not make the work folder `fixed/.out.migrate`; the output's folder must be \
             writable: Permission denied (os error 13)",
        );
        assert_eq!(place.names(), ["fixed/", "in.zip"]);
    } else {
        eprintln!("skipped: the permissions of folders do not bind this user");
    }
    fix(0o755).expect("the permissions can be changed back");
    // The kernel's own folder takes nobody's files.
    if Path::new("/proc/self").exists() {
        let outcome = place.run("slack in.zip -o /proc/out.json");
        let start = "error: could not make the work folder `/proc/.out.migrate`; the output's \
                     folder must be writable: ";
        assert!(outcome.stderr.starts_with(start), "{outcome:?}");
        assert_eq!((outcome.code, outcome.stderr.lines().count()), (2, 1));
    }
}

#[cfg(unix)]
#[test]
fn a_report_that_cannot_be_written_means_no_output() {
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: there is no /dev/full");
        return;
    }
    let place = sample();
    place
        .run("slack in.zip -o out.json --report /dev/full")
        .fails(&format!(
            "{DISK_IS_FULL}could not write the report `/dev/full`: {NO_SPACE}"
        ));
    assert_eq!(place.names(), ["in.zip"]);
}

/// A small file system in a folder of a place; taken away when dropped.
#[cfg(target_os = "linux")]
struct SmallDisk<'p>(&'p Place);

#[cfg(target_os = "linux")]
impl SmallDisk<'_> {
    /// `None` if this user may not have one.
    fn mount(place: &Place) -> Option<SmallDisk<'_>> {
        let folder = place.path("disk");
        fs::create_dir(&folder).expect("a folder");
        let mut command = std::process::Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]);
        let mounted = command.arg(&folder).stderr(Stdio::null()).status();
        mounted
            .is_ok_and(|it| it.success())
            .then_some(SmallDisk(place))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg(self.0.path("disk"))
            .status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing() {
    let place = Place::with("in.zip", &generated(&Slack::new(8_000)));
    let Some(disk) = SmallDisk::mount(&place) else {
        eprintln!("skipped: a small disk may not be mounted here");
        return;
    };
    for options in [
        "",
        "--max-part-size 200kB",
        "--threads 1 --report disk/report.json",
    ] {
        let outcome = place.run(&format!("slack in.zip -o disk/out.json {options}"));
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (2, ""),
            "{outcome:?}"
        );
        let said = outcome.stderr.as_str();
        assert!(
            said.starts_with(&format!("error: {DISK_IS_FULL}could not write ")),
            "{said}"
        );
        assert!(said.ends_with(&format!("{NO_SPACE}\n")), "{said}");
        assert_eq!(place.names(), ["disk/", "in.zip"]);
    }
    let outcome = place.run("slack in.zip --dry-run --temp-dir disk");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert_eq!(place.names(), ["disk/", "in.zip"]);
    drop(disk);
}
