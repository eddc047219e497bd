//! What docs/writing-an-adapter.md shows is run, and is what the samples have.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use super::{has_python, samples};
use crate::program::Place;

const PAGE: &str = include_str!("../../../docs/writing-an-adapter.md");
const PYTHON: &str = include_str!("../../../samples/adapters/migrate-acme");
const SHELL: &str = include_str!("../../../samples/adapters/migrate-lines");
const LINES: &str = include_str!("../../../samples/adapters/lines.txt");
const RUST: [&str; 2] = [
    include_str!("../../../samples/adapters/acme-rust/src/main.rs"),
    include_str!("../../../samples/adapters/acme-rust/src/acme.rs"),
];

/// A piece of the page between marks.
struct Block {
    language: &'static str,
    text: &'static str,
    /// Whether nothing stands between it and the block before.
    follows: bool,
}

fn blocks() -> Vec<Block> {
    let pieces: Vec<&str> = PAGE.split("```").collect();
    let pairs = pieces.chunks_exact(2);
    let blocks = pairs.map(|pair| {
        let (language, text) = pair[1].split_once('\n').unwrap();
        Block {
            language,
            text,
            follows: pair[0].trim().is_empty(),
        }
    });
    blocks.collect()
}

/// A checkout with what the page needs of it.
fn checkout() -> Place {
    let place = Place::new();
    copy(&samples(), &place.path("samples/adapters"));
    place
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// What a block of the page says when it is run in a shell, with `…` for the checkout.
fn run(place: &Place, block: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_migrate")).parent().unwrap();
    let others = env::var_os("PATH").unwrap_or_default();
    let folders = [place.path("samples/adapters"), program.to_path_buf()];
    let folders = folders.into_iter().chain(env::split_paths(&others));
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {block}\n}} 2>&1")])
        .current_dir(place.path(""))
        .env("PATH", env::join_paths(folders).unwrap())
        .env("TMPDIR", place.path("tmp"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let outcome = place.outcome(&output);
    assert_eq!(outcome.code, 0, "{block}\n{outcome:?}");
    outcome.stdout.replace("[TMP]", "…")
}

#[test]
fn every_command_of_the_page_runs_and_says_what_the_page_says() {
    let place = checkout();
    let has_python = has_python();
    let (mut said, mut ran) = (None, 0);
    for block in blocks() {
        match block.language {
            "sh" if block.text.starts_with("#!") => assert_eq!(block.text, SHELL),
            // It takes a compiler; the gate runs it.
            "sh" if block.text.starts_with("cargo ") => said = None,
            "sh" if block.text.contains("acme") && !has_python => said = None,
            "sh" => {
                said = Some(run(&place, block.text));
                ran += 1;
            }
            "text" if block.follows => {
                if let Some(said) = said.take() {
                    assert_eq!(said.trim_end(), block.text.trim_end());
                }
            }
            _ => {}
        }
    }
    if has_python {
        assert!(ran >= 7, "{ran}");
        let read = |name: &str| place.read(name);
        assert!(
            !String::from_utf8(read("some.json"))
                .unwrap()
                .contains("gossip")
        );
        // Lines that were kept become what the program itself becomes.
        place.run("jsonl lines.jsonl -o again.json -q").silent(0);
        assert!(read("same.json") == read("again.json"));
    }
}

#[test]
fn what_the_page_shows_of_the_samples_stands_in_them() {
    let mut shown = 0;
    for block in blocks() {
        let samples: &[&str] = match block.language {
            "python" => &[PYTHON],
            "rust" => &RUST,
            _ => continue,
        };
        assert!(
            samples.iter().any(|it| it.contains(block.text)),
            "{}",
            block.text
        );
        shown += 1;
    }
    assert!(shown >= 8, "{shown}");
    assert!(PAGE.contains(&format!("```text\n{LINES}```")));
}
