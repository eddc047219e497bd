//! Every block of commands in the documents is run, and what stands below one is what it says.
//!
//! A page is read as people read it: from top to bottom, in one folder, which is a checkout with the
//! exports that pages speak of. A block whose first line is `# needs: …` cannot be run like that, and
//! stands in [`NEEDS`] as well, so that no block is passed over unnoticed.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use crate::{program::Place, zips::SAMPLE};

/// Pages that another test runs, as they need more than a shell.
const ELSEWHERE: &[&str] = &["docs/writing-an-adapter.md"];

/// What the blocks need that are not run, by page.
const NEEDS: &[(&str, &str)] = &[
    ("README.md", "Rust"),
    ("README.md", "an account with Stream"),
    ("docs/after-import.md", "an account with Stream"),
    ("docs/benchmarks.md", "a build for profiling, valgrind"),
    ("docs/benchmarks.md", "a release build and big inputs"),
    ("docs/preview.md", "a release build and a browser"),
    ("docs/preview.md", "a release build and big inputs"),
    ("docs/reliability.md", "hours"),
    ("docs/reliability.md", "cargo-mutants, some hours"),
    ("docs/release.md", "a release build"),
    ("docs/release.md", "a release build and big inputs"),
    ("docs/release.md", "Rust"),
    ("docs/scale.md", "Python with PySpark"),
    ("samples/README.md", "Rust"),
    ("samples/README.md", "a release build and big inputs"),
    ("samples/spark/README.md", "Python with PySpark"),
];

/// Blocks that end with a status other than 0, by how they begin.
const ENDS_WITH: &[(&str, i32)] = &[
    ("migrate validate samples/broken.json", 1),
    ("migrate sqlite samples/sqlite/slackdump.sql", 1),
    ("migrate sqlite samples/sqlite/whatsapp.sql", 1),
];

/// A piece of a page between marks.
struct Block {
    language: String,
    text: String,
    /// Whether nothing stands between it and the block before.
    follows: bool,
}

impl Block {
    /// What it needs, if it says so.
    fn needs(&self) -> Option<&str> {
        let first = self.text.lines().next().unwrap_or_default().trim_start();
        first.strip_prefix("# needs: ")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages of the project, by their paths.
fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    for folder in ["", "docs", "adapters", "samples"] {
        find(folder, &mut pages);
    }
    pages.sort();
    pages
}

fn find(folder: &str, pages: &mut Vec<String>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = match folder {
            "" => name.clone(),
            _ => format!("{folder}/{name}"),
        };
        let is_folder = entry.file_type().unwrap().is_dir();
        if is_folder && !folder.is_empty() && name != "target" {
            find(&path, pages);
        } else if name.ends_with(".md") {
            pages.push(path);
        }
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let pieces: Vec<&str> = text.split("```").collect();
    let pairs = pieces.chunks_exact(2);
    let blocks = pairs.map(|pair| {
        let (language, text) = pair[1].split_once('\n').unwrap();
        Block {
            language: language.to_owned(),
            text: text.to_owned(),
            follows: pair[0].trim().is_empty(),
        }
    });
    blocks.collect()
}

/// A checkout in which `migrate` is this program, whichever way it is called.
pub(crate) fn checkout() -> Place {
    let place = Place::new();
    symlink(root().join("samples"), place.path("samples")).unwrap();
    for name in ["export.zip", "second-export.zip"] {
        place.put(name, SAMPLE);
    }
    place.put("home/.keep", b"");
    place.put("bin/cargo", CARGO.as_bytes());
    fs::set_permissions(place.path("bin/cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink(env!("CARGO_BIN_EXE_migrate"), place.path("bin/migrate")).unwrap();
    place
}

/// Stands for cargo, which has built the program already.
const CARGO: &str = r#"#!/bin/sh
case "$1 $2 $3" in
  "run --release --") shift 3; exec migrate "$@" ;;
esac
echo "only cargo run --release -- can be run here" >&2; exit 101
"#;

/// Runs a block as a shell would; all that is said, in order, and the exit status.
pub(crate) fn run(place: &Place, block: &str) -> (String, i32) {
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("sh")
        .args(["-ec", &format!("exec 2>&1\n{block}")])
        .current_dir(place.path(""))
        .env("PATH", format!("{}:{path}", place.path("bin").display()))
        .env("HOME", place.path("home"))
        .env("TMPDIR", place.path("tmp"))
        .env_remove("COLUMNS")
        .output()
        .unwrap();
    let outcome = place.outcome(&output);
    (outcome.stdout, outcome.code)
}

/// Runs the blocks of a page; gives what those need that cannot be run.
fn read(page: &str) -> BTreeSet<String> {
    let place = checkout();
    let (mut needs, mut said) = (BTreeSet::new(), None);
    let mut written = BTreeSet::new();
    for block in blocks(page) {
        let text = block.text.as_str();
        match block.language.as_str() {
            "sh" if block.needs().is_some() => {
                needs.extend(block.needs().map(str::to_owned));
                said = None;
            }
            "sh" => {
                let (shown, code) = run(&place, text);
                let ends = ENDS_WITH.iter().find(|(start, _)| text.starts_with(start));
                let expected = ends.map_or(0, |(_, code)| *code);
                assert_eq!(code, expected, "{page}:\n{text}{shown}");
                written.extend(outputs(text));
                said = Some(shown);
            }
            "text" if block.follows && said.is_some() => {
                assert_eq!(said.take().as_deref(), Some(text), "{page}");
            }
            // A file that the page shows, for the commands that come.
            "jsonl" => place.put("messages.jsonl", text.as_bytes()),
            language => assert_ne!((page, language), ("README.md", ""), "{text}"),
        }
    }
    for name in written.iter().filter(|name| place.path(name).is_file()) {
        let outcome = place.run(&format!("validate {name}"));
        assert_eq!(outcome.code, 0, "{page}: {name}: {}", outcome.stdout);
    }
    needs
}

/// The import files that commands write.
fn outputs(block: &str) -> Vec<String> {
    let words: Vec<&str> = block.split_whitespace().collect();
    let pairs = words.windows(2).filter(|pair| pair[0] == "-o");
    let names = pairs.map(|pair| pair[1].to_owned());
    names
        .filter(|name| !name.contains("report"))
        .filter(|name| name.ends_with(".json") || name.ends_with(".jsonl"))
        .collect()
}

#[test]
fn every_command_of_every_page_runs_and_says_what_the_page_says() {
    let pages = pages();
    assert!(pages.len() > 20, "{pages:?}");
    let mut found = BTreeSet::new();
    for page in pages
        .iter()
        .filter(|page| !ELSEWHERE.contains(&page.as_str()))
    {
        found.extend(read(page).into_iter().map(|need| (page.clone(), need)));
    }
    let listed = NEEDS.iter();
    let listed = listed.map(|(page, need)| ((*page).to_owned(), (*need).to_owned()));
    assert_eq!(found, listed.collect());
}

#[test]
fn the_adapter_that_readme_shows_works() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let blocks = blocks("README.md");
    let shown = blocks.iter().find(|block| block.language == "python");
    let place = checkout();
    let path = place.path("bin/migrate-shown");
    fs::write(&path, &shown.expect("README shows one").text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    symlink(
        root().join("samples/adapters/migrate-lines"),
        place.path("bin/migrate-lines"),
    )
    .unwrap();
    for name in ["shown", "lines"] {
        let (said, code) = run(
            &place,
            &format!("migrate {name} samples/adapters/lines.txt -o {name}.json -q"),
        );
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!(place.json("shown.json"), place.json("lines.json"));
}

#[test]
fn every_page_that_a_page_leads_to_is_there() {
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        let folder = Path::new(&page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1) {
            let link = link.split(')').next().unwrap_or_default();
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            if path.contains("://") || path.starts_with("mailto:") || link.contains(['\n', '`']) {
                continue;
            }
            let to = match path {
                "" => root().join(&page),
                _ => root().join(&folder).join(path),
            };
            assert!(to.exists(), "{page} leads to {link}");
            if !heading.is_empty() {
                let text = fs::read_to_string(&to).unwrap();
                assert!(anchors(&text).contains(heading), "{page} leads to {link}");
            }
        }
    }
}

/// What headings are called in addresses: lower case, without punctuation, `-` for a space.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchors = headings.map(|line| {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    });
    anchors.collect()
}
