//! What the program says about itself: help, completions, manual pages. `docs/help` shows the help of
//! every command; `MIGRATE_BLESS=1 cargo test --test it help` writes it anew.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use crate::program::{Outcome, Place};

/// The most lines of a short help, so that it is seen at once.
const SCREEN_LINES: usize = 40;

/// Every command, as it is called, that of the program first and empty.
fn commands() -> Vec<String> {
    let mut commands = vec![String::new()];
    let mut at = 0;
    while at < commands.len() {
        let below = words_below(&said(&commands[at], "-h"));
        let before = commands[at].clone();
        commands.extend(
            below
                .iter()
                .map(|word| format!("{before} {word}").trim().to_owned()),
        );
        at += 1;
    }
    commands
}

/// The commands that a help lists.
fn words_below(help: &str) -> Vec<String> {
    let Some((_, list)) = help.split_once("\nCommands:\n") else {
        return Vec::new();
    };
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn said(command: &str, option: &str) -> String {
    let outcome = Place::new().run(&format!("{command} {option}"));
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (0, ""),
        "{command}"
    );
    outcome.stdout
}

/// The long options that a help has.
fn options(help: &str) -> BTreeSet<String> {
    let lines = help
        .lines()
        .filter(|line| line.trim_start().starts_with('-'));
    let words = lines.flat_map(|line| line.split_whitespace().take(2));
    let names = words.filter(|word| word.starts_with("--"));
    names
        .map(|name| name.trim_end_matches(',').to_owned())
        .collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/help")
}

#[test]
fn the_help_of_every_command_is_in_the_documents() {
    let bless = env::var_os("MIGRATE_BLESS").is_some();
    let mut names = BTreeSet::new();
    for command in commands() {
        let called = format!("migrate {command}").trim().to_owned();
        let name = format!("{}.txt", called.replace(' ', "-"));
        let (short, long) = (said(&command, "-h"), said(&command, "--help"));
        let mut text = format!("$ {called} -h\n{short}");
        if long != short {
            text += &format!("\n$ {called} --help\n{long}");
        }
        let path = folder().join(&name);
        if bless {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let shown = fs::read_to_string(&path).unwrap_or_default();
        let differs = shown.lines().zip(text.lines()).find(|(a, b)| a != b);
        assert_eq!(
            differs, None,
            "{name}: `MIGRATE_BLESS=1 cargo test --test it help` mends it"
        );
        assert_eq!(shown.len(), text.len(), "{name}");
        names.insert(name);
    }
    let there = fs::read_dir(folder()).unwrap();
    let there = there.map(|it| it.unwrap().file_name().into_string().unwrap());
    assert_eq!(there.collect::<BTreeSet<_>>(), names);
}

#[test]
fn a_short_help_fits_one_screen() {
    for command in commands() {
        let help = said(&command, "-h");
        let lines = help.lines().count();
        assert!(
            lines <= SCREEN_LINES,
            "migrate {command} -h has {lines} lines"
        );
    }
}

#[test]
fn a_long_help_has_every_option_of_the_short_one_and_an_example() {
    for command in commands() {
        let (short, long) = (said(&command, "-h"), said(&command, "--help"));
        assert!(options(&long).is_superset(&options(&short)), "{command}");
        let is_list = long.contains("\nCommands:\n") && !long.contains("\nArguments:\n");
        assert!(is_list || long.contains("\nExample"), "{command}");
    }
}

#[test]
fn every_option_is_explained_in_the_documents() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = fs::read_to_string(root.join("README.md")).unwrap();
    for folder in ["docs", "docs/adapters"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "md") {
                text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    let is_named = |option: &str| {
        let found = text.match_indices(option);
        let behind = found.map(|(at, _)| text[at + option.len()..].chars().next());
        let mut ends = behind.map(|c| !c.is_some_and(|c| c.is_alphanumeric() || c == '-'));
        ends.any(|ends| ends)
    };
    for command in commands() {
        for option in options(&said(&command, "--help")) {
            assert!(is_named(&option), "{option} of migrate {command}");
        }
    }
}

#[test]
fn every_option_that_readme_names_exists() {
    let known = { commands().into_iter() }.flat_map(|command| options(&said(&command, "--help")));
    let known: BTreeSet<String> = known.collect();
    let readme = include_str!("../../README.md");
    let code = readme.split('`').skip(1).step_by(2);
    let ours = code.filter(|it| {
        !["cargo ", "stream-cli ", "getstream "]
            .iter()
            .any(|of| it.contains(of))
    });
    let words = ours.flat_map(str::split_whitespace);
    let named: Vec<&str> = words
        .filter(|it| it.starts_with("--") && it.len() > 2)
        .collect();
    assert!(named.len() > 15, "{named:?}");
    for option in named {
        assert!(known.contains(option), "{option}");
    }
}

/// What has to be there before an example, by how the example begins.
#[cfg(unix)]
const BEFORE: &[(&str, &str)] = &[
    (
        "migrate validate out",
        "migrate slack samples/slack-export.zip -o out.json -q",
    ),
    (
        "migrate split big",
        "migrate slack samples/slack-export.zip -o big.json -q",
    ),
    (
        "migrate preview out-",
        "migrate slack samples/slack-export.zip -o out.json -q --max-part-size 20kB",
    ),
    (
        "migrate report merge",
        "for i in 0 1; do migrate slack samples/slack-export.zip -o s.json -q --shard $i/2 \
         --report shard-$i.report.json; done",
    ),
];

#[cfg(unix)]
#[test]
fn every_example_runs() {
    let mut count = 0;
    for command in commands() {
        let help = said(&command, "--help");
        let examples = { help.lines() }
            .filter_map(|line| {
                line.strip_prefix("Example: ")
                    .or(line.strip_prefix("  migrate "))
            })
            .filter(|line| !line.starts_with('<'))
            .map(|line| format!("migrate {}", line.trim_start_matches("migrate ")));
        for example in examples {
            let place = crate::pages::checkout();
            let before = BEFORE.iter().find(|(start, _)| example.starts_with(start));
            let before = before.map_or("", |(_, before)| before);
            let (said, code) = crate::pages::run(&place, &format!("{before}\n{example}\n"));
            assert_eq!(code, 0, "{example}: {said}");
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}

#[test]
fn a_typing_mistake_is_told_the_right_word() {
    for (typed, meant) in [
        ("slak export.zip", "`migrate slack`"),
        ("convert export.zip", "`migrate adapters` lists"),
        ("validat out.json", "`migrate validate`"),
        ("slack export.zip --dryrun", "'--dry-run'"),
        ("slack export.zip -o a.json --chanel general", "'--channel'"),
        ("slack export.zip -o a.json --reactions streem", "'stream'"),
        ("sqlite a.db --presets x -o a.json", "'--preset'"),
        ("completions zshh", "'zsh'"),
    ] {
        let outcome = Place::new().run(typed);
        assert_eq!(outcome.code, 2, "{typed}");
        assert!(
            outcome.stderr.contains(meant),
            "{typed}: {}",
            outcome.stderr
        );
    }
}

fn pages(place: &Place, args: &str) -> Outcome {
    place.run(&format!("man {args}"))
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let place = Place::new();
    let outcome = pages(&place, "share/man1");
    let commands = commands();
    let said = format!(
        "wrote {} pages into share/man1\nnext: man share/man1/migrate.1\n",
        commands.len()
    );
    assert_eq!((outcome.code, outcome.stdout), (0, said));
    let mut names = place.names();
    let mut expected: Vec<String> = { commands.iter() }
        .map(|it| format!("migrate {it}").trim().replace(' ', "-"))
        .map(|it| format!("share/man1/{it}.1"))
        .collect();
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    let first: Vec<Vec<u8>> = names.iter().map(|name| place.read(name)).collect();
    assert_eq!(pages(&place, "share/man1").code, 0, "pages are replaced");
    let second: Vec<Vec<u8>> = names.iter().map(|name| place.read(name)).collect();
    assert_eq!(first, second);
}

#[test]
fn manual_pages_are_legal_and_explain_every_option() {
    const MACROS: &[&str] = &[
        ".TH", ".SH", ".TP", ".PP", ".RS", ".RE", ".br", ".sp", ".nf", ".fi", ".IP", ".ie", ".el",
    ];
    let place = Place::new();
    pages(&place, "man1");
    for command in commands() {
        let name = format!("migrate {command}").trim().replace(' ', "-");
        let page = String::from_utf8(place.read(&format!("man1/{name}.1"))).unwrap();
        let requests = page.lines().filter(|line| line.starts_with(['.', '\'']));
        for request in requests {
            let word = request.split_whitespace().next().unwrap_or_default();
            assert!(MACROS.contains(&word), "{name}: {request}");
        }
        assert_eq!(page.matches(".ie ").count(), 1, "{name}");
        assert!(page.is_ascii(), "{name}");
        for option in options(&said(&command, "--help")) {
            let option = option.replace('-', "\\-");
            // The synopsis names it as well; where it is explained the line ends with its value.
            let (_, explained) = page.split_once(".SH OPTIONS").expect("options");
            let (_, rest) = explained
                .split_once(&format!("{option}\\fR"))
                .expect(&option);
            let below = rest.lines().nth(1).unwrap_or_default();
            assert!(!below.starts_with('.'), "{name}: {option} is not explained");
        }
    }
}

#[test]
fn where_no_manual_page_can_be_is_told() {
    let place = Place::new();
    place.put("file", b"something");
    pages(&place, "file")
        .fails("`file` is a file; name a folder for the pages, which is made if it is not there");
    place.put("man1/migrate-slack.1", b"notes of mine");
    pages(&place, "man1").fails(
        "`man1/migrate-slack.1` exists and is no manual page; use another name, or `--force` to replace it",
    );
    assert_eq!(place.read("man1/migrate-slack.1"), b"notes of mine");
    assert!(!place.path("man1/migrate.1").exists());
    assert_eq!(pages(&place, "man1 --force").code, 0);
}

#[test]
fn completions_know_commands_options_and_values() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let outcome = Place::new().run(&format!("completions {shell}"));
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{shell}");
        for word in ["slack", "presets", "limit-channels", "scan-edits"] {
            assert!(outcome.stdout.contains(word), "{shell}: {word}");
        }
    }
}
