//! What README shows is what the program does, and tables of pages have what the program has. The
//! commands of all pages are run in `pages`.

use std::{env, fmt::Write, fs};

use migrate::books::CORE_KINDS;
use migrate::getstream::{
    custom::{self, Owner},
    rules::{RULES, Rule, RuleSet},
};
use migrate_model::Kind;

use crate::{program::Place, zips::SAMPLE};

const README: &str = include_str!("../../README.md");

/// The text of the first block of README that is marked with `language`.
fn block(language: &str) -> &'static str {
    let start = format!("```{language}\n");
    let block = README.split(&start).nth(1);
    let block = block.and_then(|rest| rest.split("```").next());
    block.unwrap_or_else(|| panic!("README has no block of {language}"))
}

#[test]
fn the_entry_that_readme_shows_is_written() {
    let place = Place::with("export.zip", SAMPLE);
    place.run("slack export.zip -o out.json -q");
    let written = place.json("out.json");
    let shown: serde_json::Value =
        serde_json::from_str(block("json")).expect("README shows an entry");
    let first = written
        .as_array()
        .expect("an array")
        .iter()
        .find(|entry| entry["item"]["show_in_channel"] == true);
    assert_eq!(first, Some(&shown));
}

#[test]
fn the_gate_runs_the_test_command_of_readme() {
    let gate = include_str!("../../.ci/run");
    let command = "cargo test";
    assert!(README.contains(&format!("\n{command}\n```")));
    assert!(
        gate.lines()
            .any(|line| line.starts_with(&format!("{command} 2>&1 | tee")))
    );
}

/// The sources of README: a row each, with the kinds of loss that it names and the page it leads to.
#[test]
fn the_table_of_sources_names_kinds_that_there_are_on_pages_that_have_all() {
    let kinds: Vec<&str> = { migrate::ADAPTERS.iter() }
        .flat_map(|adapter| adapter.about().losses)
        .map(|it| it.kind)
        .collect();
    let rows: Vec<&str> = README
        .lines()
        .filter(|it| it.contains("| `migrate "))
        .collect();
    for adapter in migrate::ADAPTERS {
        let name = adapter.about().name;
        let command = format!("| `migrate {name}` |");
        let mut pages = String::new();
        for row in rows.iter().filter(|row| row.contains(&command)) {
            let links = row
                .split("](")
                .skip(1)
                .filter_map(|it| it.split(')').next());
            for link in links {
                let path = format!("{}/{link}", env!("CARGO_MANIFEST_DIR"));
                pages += &fs::read_to_string(path).expect("the page can be read");
            }
            let lost = row.split(" | ").nth(3).expect("the row has four cells");
            for kind in lost.split('`').skip(1).step_by(2) {
                assert!(kinds.contains(&kind), "{name}: {kind}");
            }
        }
        assert!(!pages.is_empty(), "README has no row of {name}");
        let family = format!("{name}.");
        for kind in kinds.iter().filter(|kind| kind.starts_with(&family)) {
            assert!(pages.contains(&format!("`{kind}`")), "{name}: {kind}");
        }
    }
}

#[test]
fn readme_has_every_exit_status_that_the_help_tells() {
    let help = Place::new().run("--help").stdout;
    let told = help
        .lines()
        .find_map(|line| line.strip_prefix("Exit status: "));
    let told = told.expect("the help tells them").split("; ");
    let told: Vec<&str> = told
        .map(|it| it.split(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(told, ["0", "1", "2"]);
    let (_, table) = README
        .split_once("| status | meaning |")
        .expect("README has a table");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let rows: Vec<&str> = rows.filter_map(|row| row.split(' ').nth(1)).collect();
    assert_eq!(rows, told);
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
