//! What README shows is what the program does, and the page of rules has those of the program.

use std::{env, fmt::Write, fs};

use migrate::books::CORE_KINDS;
use migrate::getstream::{
    custom::{self, Owner},
    rules::{RULES, Rule, RuleSet},
};
use migrate_model::Kind;

use crate::program::Place;

const README: &str = include_str!("../../README.md");

/// The text of the `n`th block of README that is marked with `language`, from 0.
fn block(language: &str, n: usize) -> &'static str {
    let start = format!("```{language}\n");
    let block = README.split(&start).nth(n + 1);
    let block = block.and_then(|rest| rest.split("```").next());
    block.unwrap_or_else(|| panic!("README has no block {n} of {language}"))
}

/// A place with the sample where README has it.
fn checkout() -> Place {
    let sample = include_bytes!("../../samples/slack-export.zip");
    let place = Place::new();
    place.put("samples/slack-export.zip", sample);
    place
}

#[test]
fn the_first_command_says_what_readme_says() {
    let command = block("sh", 0).trim();
    let args = command.strip_prefix("cargo run --release -- ");
    let place = checkout();
    let outcome = place.run(args.expect("the first command runs the program"));
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stderr.trim_end(), block("text", 0).trim_end());
}

#[test]
fn a_broken_file_is_told_what_readme_says() {
    let command = README
        .split("```sh\n")
        .find_map(|it| it.strip_prefix("migrate validate"));
    let args = command.and_then(|it| it.split("```").next());
    let place = checkout();
    let broken = include_bytes!("../../samples/broken.json");
    place.put("samples/broken.json", broken);
    let args = args.expect("README shows a validation").trim();
    let outcome = place.run(&format!("validate {args}"));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
    assert_eq!(outcome.stdout.trim_end(), block("text", 1).trim_end());
}

#[test]
fn the_entry_that_readme_shows_is_written() {
    let place = checkout();
    place.run("slack samples/slack-export.zip -o out.json -q");
    let written = place.json("out.json");
    let shown: serde_json::Value =
        serde_json::from_str(block("json", 0)).expect("README shows an entry");
    let first = written
        .as_array()
        .expect("an array")
        .iter()
        .find(|entry| entry["item"]["show_in_channel"] == true);
    assert_eq!(first, Some(&shown));
}

#[test]
fn a_split_says_what_readme_says() {
    let (_, section) = README
        .split_once("## Cutting import files")
        .expect("the section");
    let block = |language: &str| {
        let (_, rest) = section
            .split_once(&format!("```{language}\n"))
            .expect("a block");
        rest.split("```").next().unwrap_or_default().trim()
    };
    let place = checkout();
    place.run("slack samples/slack-export.zip -o out.json -q");
    let args = block("sh").strip_prefix("migrate ");
    let outcome = place.run(args.expect("the command runs the program"));
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stderr.trim_end(), block("text"));
}

#[test]
fn every_option_that_readme_names_exists() {
    let help = |command: &str| Place::new().run(&format!("{command} --help")).stdout;
    let help = help("slack") + &help("jsonl") + &help("split") + &help("validate");
    let named = README
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| !code.contains("cargo ") && !code.contains("stream-cli "))
        .flat_map(str::split_whitespace)
        .filter(|word| word.starts_with("--") && word.len() > 2);
    for option in named {
        assert!(help.contains(option), "{option}");
    }
}

#[test]
fn the_gate_runs_the_test_command_of_readme() {
    let gate = include_str!("../../.ci/run");
    let command = block("sh", 1).trim();
    assert_eq!(command, "cargo test");
    assert!(
        gate.lines()
            .any(|line| line.starts_with(&format!("{command} 2>&1 | tee")))
    );
}

/// What stands on pages before what the program says.
const MADE: &str = "cargo test --test it docs` -->\n";

/// Holds the end of a page against what the program says.
fn check_page(name: &str, expected: &str) {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(&path).expect("the page can be read");
    let (head, shown) = page.split_once(MADE).expect("the page says what is made");
    if env::var_os("MIGRATE_BLESS").is_some() {
        return fs::write(path, format!("{head}{MADE}{expected}")).expect("it can be written");
    }
    for (shown, expected) in shown.lines().zip(expected.lines()) {
        assert_eq!(
            shown, expected,
            "`MIGRATE_BLESS=1 cargo test --test it docs` mends it"
        );
    }
    assert_eq!(shown.len(), expected.len());
}

#[test]
fn the_page_of_rules_has_those_of_the_program() {
    check_page("target-format.md", &tables_of_rules());
}

#[test]
fn the_page_of_the_report_has_the_kinds_of_the_program() {
    let mut table = String::from("\n| kind | what happened |\n| --- | --- |\n");
    for it in CORE_KINDS {
        writeln!(table, "| `{}` | {} |", it.kind, it.text).expect("a string takes all");
    }
    check_page("report.md", &table);
}

/// The rules, a table for each kind of thing.
fn tables_of_rules() -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for rule in RULES {
        if !kinds.contains(&kind_of(rule)) {
            kinds.push(kind_of(rule));
        }
    }
    let mut out = String::new();
    for kind in kinds {
        let head = "| rule | validator | import | set | source | choice |";
        write!(out, "\n### {kind}\n\n{head}\n|{}\n", " --- |".repeat(6)).unwrap();
        for rule in RULES.iter().filter(|rule| kind_of(rule) == kind) {
            writeln!(out, "{}", row(rule)).unwrap();
        }
    }
    out
}

fn kind_of(rule: &Rule) -> &'static str {
    match rule.name.split('.').next().unwrap_or_default() {
        "file" | "json" => "file",
        "entry" | "order" | "custom" | "key" => "any entry",
        kind => kind,
    }
}

fn row(rule: &Rule) -> String {
    let code = |text: &str| {
        assert!(!text.contains(['`', '\n']), "{text}");
        format!("`{}`", text.replace('|', "\\|"))
    };
    let set = match (rule.is_in(RuleSet::Classic), rule.is_in(RuleSet::Current)) {
        (true, true) => "both",
        (true, false) => "classic",
        (false, true) => "current",
        (false, false) => "own",
    };
    let (cli, server) = (code(rule.cli), code(rule.server));
    let choice = rule.choice.replace('|', "\\|");
    let Rule { name, source, .. } = rule;
    let row = format!("| {name} | {cli} | {server} | {set} | {source} | {choice} |");
    row.replace("  |", " |")
}

#[test]
fn the_page_of_rules_names_what_is_reserved() {
    let page = include_str!("../../docs/target-format.md");
    let owners = Kind::ALL.into_iter().map(Owner::Entry);
    for name in owners.chain([Owner::Attachment]).flat_map(custom::reserved) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}
