//! Which adapter reads an input, for people who name none: `migrate INPUT -o OUT`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Result, bail};
use migrate_model::{Adapter, Fit, HEAD_BYTES};

use crate::external;
use crate::getstream::Spelling;
use crate::text::{safe, shell_word};

/// How much of a path is shown, in characters.
const SHOWN_CHARS: usize = 200;

/// The names of the adapters that fit what lies at a path best, and how well they do.
fn readers(input: &Path, adapters: &[&dyn Adapter]) -> (Fit, Vec<&'static str>) {
    let head = head(input);
    let fits: Vec<_> = { adapters.iter() }
        .map(|adapter| (adapter.fits(input, &head), adapter.about().name))
        .collect();
    let surest = fits.iter().map(|(fit, _)| *fit).max().unwrap_or(Fit::No);
    let fits = fits.into_iter().filter(|(fit, _)| *fit == surest);
    (surest, fits.map(|(_, name)| name).collect())
}

/// The adapter whose marks an input has, if that is one alone.
pub fn sure_reader(input: &Path, adapters: &[&dyn Adapter]) -> Option<&'static str> {
    match readers(input, adapters) {
        (Fit::Surely, names) if names.len() == 1 => names.into_iter().next(),
        _ => None,
    }
}

/// What is to be said of an input that the chosen adapter cannot read, if another one or a command
/// can and an error does not name it. Of what is no adapter in the list nothing is said, since nobody
/// knows what it reads.
pub fn other_reader(
    input: &Path,
    chosen: &str,
    adapters: &[&dyn Adapter],
    error: &str,
) -> Option<String> {
    if !adapters.iter().any(|it| it.about().name == chosen) {
        return None;
    }
    if Spelling::of_head(&head(input)).is_some() {
        return Some(
            "it begins as an import file does, which `migrate validate`, `migrate split` and `migrate preview` read"
                .to_owned(),
        );
    }
    let name = sure_reader(input, adapters).filter(|name| *name != chosen)?;
    let is_named = error.contains(&format!("`migrate {name}"));
    (!is_named).then(|| format!("`migrate {name}` reads such an input"))
}

/// Fails if what is to be an import file has the marks of what an adapter reads.
///
/// # Errors
/// If it has.
pub fn refuse_source(input: &Path, adapters: &[&dyn Adapter]) -> Result<()> {
    let reader = sure_reader(input, adapters);
    match reader.filter(|_| Spelling::of_head(&head(input)).is_none()) {
        Some(name) => bail!(
            "`{}` is no import file, but what `migrate {name}` converts: \
             `migrate {name} {} --dry-run --preview preview.html` shows what it becomes",
            safe(&input.display().to_string(), SHOWN_CHARS),
            shell_word(&input.display().to_string())
        ),
        None => Ok(()),
    }
}

/// The adapter for the first word of a command line, if that is a path and no command; `None` if
/// nothing lies there that an adapter reads.
///
/// # Errors
/// If it could be read by several, or is an import file already.
pub fn adapter_of(
    word: &OsStr,
    commands: &clap::Command,
    adapters: &[&dyn Adapter],
) -> Result<Option<&'static str>> {
    let input = Path::new(word);
    // A program wins, so that no file of the folder where somebody happens to stand decides whether
    // it runs, and an export may lie in a folder that is called as its adapter.
    let is_command = commands.find_subcommand(word).is_some() || word == "help";
    let is_command = is_command || external::is_program(word);
    // What is no file, such as a pipe, can be read but once.
    if is_command || !(input.is_file() || input.is_dir()) {
        return Ok(None);
    }
    let shown = safe(&input.display().to_string(), SHOWN_CHARS);
    if let Some(spelling) = Spelling::of_head(&head(input)) {
        let input = shell_word(&shown);
        // Lines of records look the same at their beginning.
        let or_lines = match spelling {
            Spelling::Array => String::new(),
            Spelling::Jsonl => format!(
                "; if it holds records without a `hello` line, `migrate jsonl {input} --bare` reads it"
            ),
        };
        bail!(
            "`{shown}` is an import file already: `migrate validate {input}` checks it, and \
             `migrate split {input} -o out.json` cuts it{or_lines}"
        );
    }
    let (fit, names) = readers(input, adapters);
    match names[..] {
        _ if fit == Fit::No => Ok(None),
        [first, second, ..] => {
            let input = shell_word(&shown);
            bail!(
                "`{shown}` could be for `migrate {first}` or for `migrate {second}`; say which, \
                 such as `migrate {first} {input} -o out.json`"
            )
        }
        _ => Ok(names.first().copied()),
    }
}

/// That a path is there, but nobody reads it.
pub fn nobody_reads(input: &Path, adapters: &[&dyn Adapter]) -> anyhow::Error {
    let shown = safe(&input.display().to_string(), SHOWN_CHARS);
    let is_empty = input
        .metadata()
        .is_ok_and(|it| it.is_file() && it.len() == 0);
    if is_empty {
        return anyhow::anyhow!("`{shown}` is empty; export or copy it once more");
    }
    if let Some(error) = no_chat(input) {
        return error;
    }
    let first = adapters.first().map_or("NAME", |it| it.about().name);
    anyhow::anyhow!(
        "`{shown}` is there, but has the marks of nothing that an adapter reads; `migrate adapters` \
         lists them, and `migrate {first} {}` says what that one misses",
        shell_word(&shown)
    )
}

/// That a file holds no chat, if it begins as such files do, whatever its name says.
pub fn no_chat(input: &Path) -> Option<anyhow::Error> {
    const BEGINNINGS: [(&[u8], &str); 5] = [
        (b"\x89PNG\r\n", "a picture (PNG)"),
        (b"\xff\xd8\xff", "a picture (JPEG)"),
        (b"GIF8", "a picture (GIF)"),
        (b"%PDF-", "a PDF"),
        (b"\x7fELF", "a program"),
    ];
    let head = head(input);
    let (_, what) = BEGINNINGS
        .iter()
        .find(|(start, _)| head.starts_with(start))?;
    let shown = safe(&input.display().to_string(), SHOWN_CHARS);
    Some(anyhow::anyhow!(
        "`{shown}` is {what}, of which no adapter makes messages"
    ))
}

/// The first bytes of a file; none of anything else.
fn head(input: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    if input.is_file() {
        let file = File::open(input);
        let _ = file.map(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head));
    }
    head
}
