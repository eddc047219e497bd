//! Options in `migrate.toml`: read, refused and printed as the page on it says.

use std::collections::BTreeMap;

use crate::program::{Outcome, Place};
use crate::zips::SAMPLE;

/// Options of several kinds, in a file and on the command line.
const FILE: &str = r#"
# For every command.
roles = ["user", "admin"]
max-part-size = "20kB"
until = 2030-01-01
threads = 2
since = "2001-01-01"

[slack]
reactions = "slack"
exclude-channel = ["board"]
id-map = "ids.csv"
strict = false

[csv]
timezone = "UTC"
"#;
const LINE: &str = "--roles user,admin --max-part-size 20kB --until 2030-01-01 --threads 2 \
    --since 2001-01-01 --reactions slack --exclude-channel board --id-map ids.csv";
const NAMES: &str = "--roles, --max-part-size, --until, --threads, --since, --reactions, \
    --exclude-channel, --id-map";

fn place(file: &str) -> Place {
    let place = Place::with("in.zip", SAMPLE);
    if !file.is_empty() {
        place.put("migrate.toml", file.as_bytes());
    }
    place
}

/// What a run left, by name, without its inputs.
fn left(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let names = place.names().into_iter();
    let names = names.filter(|it| it != "in.zip" && !it.ends_with(".toml"));
    names
        .map(|name| (name.clone(), place.read(&name)))
        .collect()
}

#[track_caller]
fn ends_well(outcome: &Outcome) {
    assert!([0, 1].contains(&outcome.code), "{}", outcome.stderr);
}

#[test]
fn a_file_gives_the_same_bytes_as_the_command_line() {
    let (by_file, by_line) = (place(FILE), place(""));
    let outcome = by_file.run("slack in.zip -o out.json");
    ends_well(&outcome);
    let told = format!("options of `migrate.toml`: {NAMES}; `--no-config` leaves them aside\n");
    assert!(outcome.stderr.starts_with(&told), "{}", outcome.stderr);
    ends_well(&by_line.run(&format!("slack in.zip -o out.json {LINE}")));
    by_file.check("out", 20_000);
    assert!(left(&by_file).len() > 2, "parts and a list of ids");
    assert!(left(&by_file) == left(&by_line));
    // Detection finds the table as well, and a quiet run says nothing.
    by_file
        .run("in.zip -o out.json --force -q")
        .silent(outcome.code);
    assert!(left(&by_file) == left(&by_line));
}

#[test]
fn the_command_line_wins_and_can_leave_the_file_aside() {
    let file = "limit-channels = 1\nchannel = [\"board\"]\n[slack]\nlimit-channels = 2\n";
    let check = |args: &str, line: &str| {
        let (by_file, by_line) = (place(file), place(""));
        ends_well(&by_file.run(&format!("slack in.zip -o out.json {args}")));
        ends_well(&by_line.run(&format!("slack in.zip -o out.json {line}")));
        assert!(left(&by_file) == left(&by_line), "{args}");
    };
    check("", "--channel board --limit-channels 2");
    check("--channel general", "--channel general --limit-channels 2");
    check(
        "--limit-channels 3 --channel=general --channel=board",
        "--limit-channels 3 --channel general --channel board",
    );
    check("--no-config", "");
    // Of what is left aside nothing has to be right.
    let broken = place("no TOML");
    ends_well(&broken.run("slack in.zip -o out.json --no-config"));
}

#[test]
fn a_file_is_named_in_place_of_the_one_that_is_there() {
    let place = place("no TOML");
    place.put("mine/slack.toml", b"[slack]\nchannel = \"general\"\n");
    let outcome = place.run("slack in.zip -o out.json --config mine/slack.toml");
    ends_well(&outcome);
    let told = "options of `mine/slack.toml`: --channel\n";
    assert!(outcome.stderr.starts_with(told), "{}", outcome.stderr);
    place
        .run("slack in.zip -o out.json --config none.toml")
        .fails("could not read `none.toml`: No such file or directory (os error 2)");
    let both = place.run("slack in.zip -o out.json --config none.toml --no-config");
    assert!(
        both.stderr.contains("cannot be used with"),
        "{}",
        both.stderr
    );
}

#[test]
fn what_no_option_takes_is_told_with_place_cause_and_cure() {
    let wanted = "expected a list of texts, found the number 5";
    for (file, told) in [
        (
            "\nchanel = \"a\"",
            "line 2: unknown option of `migrate slack` `chanel` (did you mean `channel`?)",
        ),
        (
            "[slack]\n\ndms = 1",
            "line 3: unknown option of `migrate slack` `dms`",
        ),
        (
            "[slak]",
            "line 1: unknown command `slak` (did you mean `slack`?)",
        ),
        (
            "[validate]",
            "line 1: unknown command `validate`, expected one of `slack`, `csv`, `jsonl`, `sqlite`",
        ),
        (
            "[csv]\ntimezon = \"UTC\"",
            "line 2: unknown option of `migrate csv` `timezon` (did you mean `timezone`?)",
        ),
        (
            "timezone = \"UTC\"",
            "line 1: not every command has `timezone`; write it below `[csv]`, `[sqlite]`",
        ),
        ("channel = 5", &format!("line 1: `channel`: {wanted}")),
        (
            "strict = \"yes\"",
            "line 1: `strict`: expected true or false, found the text `yes`",
        ),
        (
            "report = true",
            "line 1: `report`: expected a text or a number, found `true`",
        ),
        (
            "report = [\"a\"]",
            "line 1: `report`: expected a text, found a list",
        ),
        (
            "force = true",
            "line 1: `force` stands on the command line alone; leave it away here",
        ),
        (
            "[slack]\noutput = \"a.json\"",
            "line 2: `output` stands on the command line alone; leave it away here",
        ),
        ("a = \"\\u{1b}", "line 1: not TOML"),
        ("a = 1\na = 2", "line 2: not TOML: duplicate key"),
    ] {
        let place = place(file);
        let outcome = place.run("slack in.zip -o out.json");
        let told = format!("error: `migrate.toml`, {told}");
        assert!(
            outcome.stderr.starts_with(&told),
            "{file}: {}",
            outcome.stderr
        );
        assert_eq!((outcome.code, left(&place).len()), (2, 0), "{file}");
        assert!(outcome.stderr.lines().count() <= 3, "{}", outcome.stderr);
        assert!(!outcome.stderr.contains('\u{1b}'));
    }
    let place = place("");
    place.put("migrate.toml", b"report = \"\xff\"");
    let outcome = place.run("slack in.zip -o out.json");
    assert!(
        outcome
            .stderr
            .starts_with("error: could not read `migrate.toml`: ")
    );
    place.put("migrate.toml", &vec![b'\n'; (1 << 20) + 1]);
    place.run("slack in.zip -o out.json").fails(
        "could not read `migrate.toml`: it has more than 1 MB, and is hardly a file of options",
    );
}

#[test]
fn a_value_that_an_option_refuses_is_told_with_its_file() {
    for (file, line, cause) in [
        ("threads = 0", "", "invalid value '0' for '--threads <N>'"),
        ("[slack]\nreactions = \"streem\"", "", "'stream'"),
        ("emit = \"model\"", "--dry-run", "cannot be used with"),
    ] {
        let outcome = place(file).run(&format!("slack in.zip -o out.json {line}"));
        let option = file.rsplit('\n').next().unwrap_or_default();
        let option = option.split(' ').next().unwrap_or_default();
        let place = format!("`{option}` stands in `migrate.toml`");
        for part in [cause, &place] {
            assert!(outcome.stderr.contains(part), "{file}: {}", outcome.stderr);
        }
        assert_eq!(outcome.code, 2);
    }
    let outcome = place("preview-messages = 9").run("slack in.zip -o out.json -q");
    let told = "options of `migrate.toml`: --preview-messages; `--no-config` leaves them aside";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    ends_well(&place("roles = []").run("slack in.zip -o out.json -q"));
    place("threads = 1")
        .run("slack in.zip -o out.json -q --force --report migrate.toml")
        .fails("`--config` and `--report` are the same file, `migrate.toml`");
}

#[test]
fn other_commands_read_no_file() {
    let place = place("no TOML");
    ends_well(&place.run("slack in.zip -o out.json -q --no-config"));
    for args in ["validate out.json", "adapters", "csv presets", "--version"] {
        let outcome = place.run(args);
        assert_eq!((outcome.code, &*outcome.stderr), (0, ""), "{args}");
    }
}

#[test]
fn the_options_of_a_run_are_printed_as_a_file_that_gives_them_again() {
    let first = place(FILE);
    let outcome = first.run("slack in.zip --print-config --users referenced --strict -q");
    let expected = "# Options of `migrate slack`.\n[slack]\nroles = [\"user\", \"admin\"]\n\
         max-part-size = \"20kB\"\nid-map = \"ids.csv\"\nstrict = true\nthreads = \"2\"\n";
    assert_eq!((outcome.code, &*outcome.stderr), (0, ""));
    for line in expected.lines() {
        assert!(outcome.stdout.contains(line), "{line}: {}", outcome.stdout);
    }
    assert!(left(&first).is_empty(), "nothing is converted");
    let second = place(&outcome.stdout);
    let again = second.run("slack in.zip --print-config --quiet");
    let is_quiet = |line: &&str| *line != "quiet = true";
    let lines =
        |text: &str| -> Vec<String> { text.lines().filter(is_quiet).map(str::to_owned).collect() };
    assert_eq!(lines(&again.stdout), lines(&outcome.stdout));
    let code = second.run("slack in.zip -o out.json").code;
    let by_line = place("");
    let line = format!("slack in.zip -o out.json {LINE} --users referenced --strict");
    assert_eq!(by_line.run(&line).code, code);
    assert!(left(&second) == left(&by_line));
}

#[test]
fn what_contradicts_itself_is_not_printed() {
    let place = place("since = 2025-01-01");
    let outcome = place.run("slack in.zip --print-config --until 2024-01-01");
    assert_eq!((outcome.code, &*outcome.stdout), (2, ""));
    assert!(outcome.stderr.contains("`--since` is not before `--until`"));
}

#[test]
fn shards_know_the_options_of_a_file() {
    let merged = |other: &str| {
        let place = place("limit-channels = 2\n");
        for (shard, args) in [(0, ""), (1, other)] {
            let args =
                format!("slack in.zip -o s.json -q --shard {shard}/2 --report {shard}.json {args}");
            ends_well(&place.run(&args));
        }
        place.run("report merge 0.json 1.json")
    };
    ends_well(&merged("--no-config --limit-channels 2"));
    let other = merged("--no-config");
    assert_eq!(other.code, 2, "{}", other.stderr);
}
