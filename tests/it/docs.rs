//! What README shows is what the program does.

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
    let help = help("slack") + &help("split");
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
