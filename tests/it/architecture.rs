//! What docs/ARCHITECTURE.md says of the code is so. Sources are read as text: comments and tests are left
//! away, since what is said there binds nobody.
//!
//! Where a rule has exceptions, each stands here with its reason, and one that is needed no more fails.

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use migrate::getstream::custom::{Owner, is_taken};
use migrate_model::Kind;

use sources::{Source, check, code, literals, sources};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PAGE: &str = include_str!("../../docs/ARCHITECTURE.md");

/// Every folder with sources of the program and of its adapters.
const ALL: [&str; 9] = [
    "src",
    "adapters/archive/src",
    "adapters/csv/src",
    "adapters/jsonl/src",
    "adapters/mapping/src",
    "adapters/markdown/src",
    "adapters/model/src",
    "adapters/slack/src",
    "adapters/sqlite/src",
];

/// The manifest in a folder.
fn manifest(folder: &str) -> toml::Table {
    let path = Path::new(ROOT).join(folder).join("Cargo.toml");
    let text = fs::read_to_string(path).expect("a manifest");
    text.parse().expect("TOML")
}

/// The names of the folders in `adapters`.
fn adapter_folders() -> Vec<String> {
    let folders = fs::read_dir(Path::new(ROOT).join("adapters")).expect("a folder");
    let folders = folders
        .map(|it| it.expect("an entry"))
        .filter(|it| it.path().is_dir());
    let mut names: Vec<_> = folders
        .map(|it| it.file_name().into_string().expect("a plain name"))
        .collect();
    names.sort();
    names
}

/// The words in backticks of a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of the page's table with this head, as cells.
fn table(head: &str) -> Vec<Vec<&'static str>> {
    let rows = PAGE.lines().skip_while(|line| *line != head).skip(2);
    let rows: Vec<_> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').skip(1).map(str::trim).collect())
        .collect();
    assert!(!rows.is_empty(), "the page has no table {head}");
    rows
}

#[test]
fn the_folders_that_are_looked_through_are_all() {
    let adapters = adapter_folders();
    let adapters = adapters.iter().map(|it| format!("adapters/{it}/src"));
    let expected: Vec<_> = ["src".to_owned()].into_iter().chain(adapters).collect();
    assert_eq!(ALL.to_vec(), expected);
}

#[test]
fn crates_use_each_other_as_the_page_says() {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in table("| crate | uses |") {
        for name in quoted(row[0]) {
            let uses = quoted(row[1]).map(str::to_owned).collect();
            told.insert(name.to_owned(), uses);
        }
    }
    let mut found = BTreeMap::new();
    let folders = adapter_folders().into_iter();
    let folders = folders.map(|name| (format!("adapters/{name}"), name));
    for (folder, name) in folders.chain([(".".to_owned(), "migrate".to_owned())]) {
        let manifest = manifest(&folder);
        let used = manifest["dependencies"].as_table().expect("a table");
        let used = used.keys().filter_map(|it| it.strip_prefix("migrate-"));
        found.insert(name, used.map(str::to_owned).collect());
    }
    assert_eq!(found, told);
}

#[test]
fn every_crate_is_in_the_workspace_and_under_its_lints() {
    let root = manifest(".");
    let mut expected: Vec<_> = { adapter_folders().into_iter() }
        .map(|name| format!("adapters/{name}"))
        .collect();
    let list = |key: &str| -> Vec<String> {
        let all = root["workspace"][key].as_array().expect("a list").iter();
        let mut all: Vec<_> = all.filter_map(|it| it.as_str()).collect();
        all.sort_unstable();
        all.iter().map(|it| (*it).to_owned()).collect()
    };
    assert_eq!(list("members"), expected);
    expected.insert(0, ".".to_owned());
    assert_eq!(list("default-members"), expected);
    for folder in &expected {
        let lints = &manifest(folder)["lints"];
        assert_eq!(lints["workspace"].as_bool(), Some(true), "{folder}");
    }
    let lints = &root["workspace"]["lints"];
    assert_eq!(lints["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for lint in ["unwrap_used", "exit", "todo", "unimplemented", "dbg_macro"] {
        assert_eq!(lints["clippy"][lint].as_str(), Some("warn"), "{lint}");
    }
}

#[test]
fn the_list_alone_names_the_crates_of_adapters() {
    // The core reads and writes lines of records itself.
    let adapters = ["migrate_slack", "migrate_csv", "migrate_sqlite"];
    check(
        &["src"],
        |line| adapters.iter().any(|it| line.contains(it)),
        &[("src/adapters.rs", "the list")],
    );
    assert_eq!(migrate::ADAPTERS.len(), adapters.len() + 1);
}

#[test]
fn no_word_of_slack_stands_where_nobody_knows_it() {
    check(
        &ALL,
        |line| line.to_lowercase().contains("slack"),
        &[
            ("adapters/slack/", "knows all of it"),
            ("adapters/sqlite/src/slackdump", "lends it databases"),
            ("src/adapters.rs", "the list"),
            (
                "adapters/sqlite/src/adapter.rs",
                "the help says that slackdump's databases are read",
            ),
            (
                "adapters/sqlite/src/commands.rs",
                "presets: slackdump's is no mapping",
            ),
            (
                "adapters/sqlite/src/identify.rs",
                "what no database is may be an export",
            ),
            ("adapters/sqlite/src/lib.rs", "declares the module"),
            (
                "adapters/sqlite/src/losses.rs",
                "the losses of slackdump's databases",
            ),
            (
                "adapters/sqlite/src/open.rs",
                "hands slackdump's databases on",
            ),
            ("adapters/sqlite/src/presets.rs", "the list of presets"),
            (
                "adapters/sqlite/src/wishes.rs",
                "the options of slackdump's databases",
            ),
            (
                "adapters/mapping/src/time_form.rs",
                "a form of time in tables, called so",
            ),
            (
                "adapters/mapping/src/read_transform.rs",
                "its word in a mapping",
            ),
            ("adapters/mapping/src/column.rs", "reads that form"),
            ("adapters/mapping/src/plan.rs", "plans that form"),
            (
                "adapters/mapping/src/detect/",
                "recognises that form, and paths",
            ),
        ],
    );
}

#[test]
fn stream_s_field_names_stand_where_its_format_is_known() {
    let owners: Vec<_> = { Kind::ALL.into_iter().map(Owner::Entry) }
        .chain([Owner::Attachment])
        .collect();
    // A name of one word is a word of any language.
    let is_name = |it: &str| it.contains('_') && owners.iter().any(|owner| is_taken(*owner, it));
    assert!(is_name("mentioned_users_ids") && is_name("image_url") && !is_name("some_field"));
    check(
        &["src"],
        |line| literals(line).any(is_name),
        &[
            ("src/getstream/", "knows all of them"),
            ("src/validate/item.rs", "reads what others wrote"),
            ("src/split/read.rs", "reads what others wrote"),
            ("src/split/respell.rs", "turns one spelling into the other"),
            (
                "src/user_map/read.rs",
                "columns of a user map are called as the fields",
            ),
            ("src/directory/build/", "names what was too large to keep"),
            ("src/worker.rs", "names what a spelling has no field for"),
        ],
    );
}

#[test]
fn stream_s_limits_stand_in_one_place() {
    let limits = fs::read_to_string(Path::new(ROOT).join("src/getstream/limits.rs"));
    let limits = limits.expect("the limits");
    // A limit of our own may be a number that others have as well.
    let sourced = limits
        .split("\n\n")
        .filter(|it| it.contains("Source:") || it.contains("PART"));
    let numbers: BTreeSet<&str> = { sourced.flat_map(str::lines) }
        .filter_map(|line| line.split(" = ").nth(1)?.strip_suffix(';'))
        .filter(|number| number.contains('_'))
        .collect();
    let expected = ["20_000", "299_000_000", "300_000_000", "5_000"];
    assert_eq!(numbers, BTreeSet::from(expected));
    check(
        &["src"],
        |line| {
            let mut words = line.split(|it: char| !it.is_alphanumeric() && it != '_');
            words.any(|word| numbers.contains(word))
        },
        &[
            ("src/getstream/limits.rs", "the place"),
            ("src/cli.rs", "how many messages a preview may have"),
            ("src/preview/model.rs", "how many channels it has"),
            ("src/preview/page/json.rs", "how much of an entry it shows"),
        ],
    );
}

#[test]
fn nothing_speaks_but_what_speaks_to_people() {
    let speaks = ["io::stdout()", "io::stderr()"];
    check(
        &ALL,
        |line| speaks.iter().any(|it| line.contains(it)),
        &[
            ("src/lib.rs", "errors"),
            ("src/progress.rs", "progress, and lines beside it"),
            ("src/stdout.rs", "what a command is asked to show"),
            ("src/run.rs", "which adapter reads, with which options"),
            ("src/run/finish.rs", "the summary"),
            ("src/external/test.rs", "what is found of a program"),
            ("src/manual.rs", "where pages are"),
            ("src/report/merge.rs", "which shards are missing"),
            ("src/preview/files.rs", "what was shown, and where"),
            ("src/split/mod.rs", "the summary of parts"),
            ("src/validate/mod.rs", "the findings"),
        ],
    );
    // These end the program if nobody listens.
    let panicking = ["print!(", "println!(", "dbg!("];
    check(
        &ALL,
        |line| panicking.iter().any(|it| line.contains(it)),
        &[],
    );
}

#[test]
fn errors_become_exit_codes_in_one_place() {
    let ends = ["ExitCode", "process::exit", "process::abort"];
    check(
        &ALL,
        |line| ends.iter().any(|it| line.contains(it)),
        &[
            ("src/lib.rs", "the place"),
            ("src/main.rs", "hands it to the system"),
        ],
    );
}

#[test]
fn adapters_write_nothing_but_work_files() {
    let adapters = &ALL[1..];
    let writes = [
        "File::create",
        "fs::write",
        "fs::copy",
        "fs::rename",
        "create_dir",
        "OpenOptions",
    ];
    check(
        adapters,
        |line| writes.iter().any(|it| line.contains(it)),
        &[
            ("adapters/csv/src/spool.rs", "rows that wait, a work file"),
            (
                "adapters/csv/src/unpacked.rs",
                "what is unpacked, a work file",
            ),
            (
                "adapters/sqlite/src/siblings.rs",
                "a copy of a database, a work file",
            ),
            ("adapters/sqlite/src/work.rs", "makes the folder for them"),
        ],
    );
}

#[test]
fn no_clock_and_no_chance_has_a_say() {
    let chances = [
        "SystemTime::now",
        "Instant",
        "Utc::now",
        "Local::now",
        "RandomState",
        "rand::",
        "process::id",
    ];
    check(
        &ALL,
        |line| chances.iter().any(|it| line.contains(it)),
        &[
            ("adapters/sqlite/src/guard.rs", "ends a query that hangs"),
            (
                "src/external/process.rs",
                "how long a program is waited for",
            ),
            ("src/parts/work.rs", "names of work folders"),
            ("src/staged.rs", "names of files that wait"),
        ],
    );
}

/// The modules of the program that a file uses, with one module below each where it names one:
/// `parts::target`.
fn used(source: &Source) -> BTreeSet<String> {
    let code = source.code.join("\n");
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let is_of_name = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == ':';
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                used.extend(list.split(',').map(|it| it.trim().to_owned()));
            }
            None => {
                let end = rest.find(|it| !is_of_name(it)).unwrap_or(rest.len());
                let mut names = rest[..end].split("::").filter(|it| !it.is_empty());
                let (first, second) = (names.next().unwrap_or_default(), names.next());
                used.insert(match second {
                    Some(second) => format!("{first}::{second}"),
                    None => first.to_owned(),
                });
            }
        }
    }
    used
}

/// Fails if a file of a module uses one of these, or a module below them.
#[track_caller]
fn check_knows_not(module: &str, unknown: &[&str], but: &[&str]) {
    let of_module = |path: &str| {
        let rest = path.strip_prefix("src/").unwrap_or_default();
        let rest = rest.strip_prefix(module).unwrap_or_default();
        rest == ".rs" || rest.starts_with('/')
    };
    let of = |name: &str, module: &str| {
        let rest = name.strip_prefix(module);
        rest.is_some_and(|it| it.is_empty() || it.starts_with("::"))
    };
    let sources: Vec<_> = { sources(&["src"]).into_iter() }
        .filter(|it| of_module(&it.path))
        .collect();
    assert!(!sources.is_empty(), "there is no module {module}");
    for source in sources {
        for name in used(&source) {
            let is_known = !unknown.iter().any(|it| of(&name, it));
            let is_shared = but.iter().any(|it| of(&name, it));
            assert!(is_known || is_shared, "{} knows {name}", source.path);
        }
    }
}

/// What speaks with the user of the program, and commands of their own.
const ABOVE: [&str; 12] = [
    "cli",
    "detect",
    "external",
    "manual",
    "output",
    "preview::files",
    "preview::page",
    "protocol",
    "run",
    "split",
    "summary",
    "validate",
];

#[test]
fn modules_know_of_each_other_what_the_page_says() {
    let modules: Vec<String> = top_modules();
    let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
    for unknown in ABOVE {
        let module = unknown.split("::").next().unwrap_or_default();
        assert!(modules.contains(&module), "there is no module {module}");
    }
    check_knows_not("getstream", &modules, &["getstream"]);
    for module in [
        "batch",
        "books",
        "convert",
        "directory",
        "emit",
        "file_list",
        "group",
        "id_map",
        "parts",
        "people",
        "selection",
        "shard",
        "user_map",
        "worker",
    ] {
        check_knows_not(module, &ABOVE, &[]);
    }
    let road = ["batch", "convert", "directory", "group", "parts", "worker"];
    check_knows_not("validate", &road, &["parts::target"]);
    check_knows_not(
        "split",
        &road,
        &["directory", "parts::target", "parts::section"],
    );
    check_knows_not("preview/page", &road, &[]);
    check_knows_not("preview/page", &["validate", "split", "run", "cli"], &[]);
}

/// The modules that stand in `src` itself.
fn top_modules() -> Vec<String> {
    let mut names: Vec<String> = { sources(&["src"]).into_iter() }
        .filter_map(|it| {
            let rest = it.path.strip_prefix("src/")?;
            let name = rest.split('/').next()?;
            Some(name.strip_suffix(".rs").unwrap_or(name).to_owned())
        })
        .filter(|it| it != "lib" && it != "main")
        .collect();
    names.dedup();
    names.sort();
    names.dedup();
    names
}

#[test]
fn the_judge_of_outputs_shares_no_code_with_the_program() {
    let folder = Path::new(ROOT).join("tests/it");
    let below = fs::read_dir(folder.join("checker")).expect("a folder");
    let below = below.map(|it| it.expect("an entry").path());
    for path in below.chain([folder.join("checker.rs")]) {
        let code = code(&fs::read_to_string(&path).expect("a source")).join("\n");
        let uses = ["migrate::", "migrate_model", "migrate_jsonl", "include!"];
        let used = uses.iter().find(|it| code.contains(**it));
        assert_eq!(used, None, "{}", path.display());
    }
}

#[test]
fn the_page_names_what_there_is() {
    let links = PAGE.split("](").skip(1);
    let links = links.map(|it| it.split(')').next().unwrap_or_default());
    for link in links {
        let path = Path::new(ROOT).join("docs").join(link);
        assert!(path.exists(), "the page leads to {link}");
    }
    // A name without its folder is of that of the one before it.
    let mut folder = "";
    let is_path = |it: &&str| {
        let is_of_path = |it: char| it.is_ascii_alphanumeric() || "_-./".contains(it);
        it.contains(['/', '.']) && it.chars().all(is_of_path) && !it.starts_with('.')
    };
    for path in PAGE
        .split("```")
        .step_by(2)
        .flat_map(quoted)
        .filter(is_path)
    {
        let exists = |it: &str| Path::new(ROOT).join(it).exists();
        let parent = |it: &'static str| it.trim_end_matches('/').rsplit_once('/').map(|it| it.0);
        match exists(path) {
            true => folder = parent(path).unwrap_or(folder),
            false => assert!(
                exists(&format!("{folder}/{path}")) || exists(&format!("tests/it/{path}")),
                "the page names {path}"
            ),
        }
    }
}

#[test]
fn every_module_is_on_the_page() {
    let names: BTreeSet<&str> = { PAGE.split("```").step_by(2) }
        .flat_map(quoted)
        .chain(
            PAGE.split("](../")
                .skip(1)
                .filter_map(|it| it.split(')').next()),
        )
        .collect();
    let mut missing = Vec::new();
    for module in top_modules() {
        let as_file = format!("{module}.rs");
        let as_folder = format!("{module}/");
        let names_it = |it: &&str| {
            let it = it.strip_prefix("src/").unwrap_or(it);
            it == as_file || it.starts_with(&as_folder) || it == module
        };
        missing.extend((!names.iter().any(names_it)).then_some(module));
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn comments_and_tests_are_no_code() {
    let text = "//! slack\nlet a = 1; // slack\n#[cfg(test)]\nfn b() {}\n#[cfg(test)]\nmod tests {\nslack\n}\n";
    let expected = ["", "let a = 1;", "#[cfg(test)]", "fn b() {}"];
    assert_eq!(code(text), expected);
    let source = Source {
        path: String::new(),
        code: code("use crate::{a, b};\nuse crate::c::d::E;\ncrate::f(1)\n"),
    };
    let expected = ["a", "b", "c::d", "f"].map(str::to_owned);
    assert_eq!(used(&source), BTreeSet::from(expected));
}
