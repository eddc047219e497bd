//! Tells an export that can be read from one that cannot, and says what to do.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Result, bail};
use migrate_archive::Archive;
use migrate_model::{Fit, Options};

use crate::layout::conversation::{List, is_slack_id};
use crate::layout::{Layout, ORG_USERS, USERS, day_folder, is_day_file};

/// What stands at the top of an export.
pub(crate) const ROOTS: [&str; 7] = [
    USERS,
    List::Channels.file(),
    List::Groups.file(),
    List::Mpims.file(),
    List::Dms.file(),
    ORG_USERS,
    "integration_logs.json",
];

/// How a database begins. Source: SQLite, "Database File Format", 1.3, read 2026-11.
const DATABASE: &[u8; 16] = b"SQLite format 3\0";

/// The database that slackdump keeps an archive in.
const SLACKDUMP: &str = "slackdump.sqlite";

/// Opens the zip or the folder of an export.
///
/// # Errors
/// If it cannot be opened; one line says what was found and what to give instead.
pub(crate) fn open(path: &Path, options: &Options) -> Result<Archive> {
    let shown = options.shown(path);
    let mut head = [0; DATABASE.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    // What cannot be read is told by the archive.
    if read.is_ok() && head == *DATABASE {
        let typed = options.typed(path);
        bail!(
            "{shown} is an SQLite database: if slackdump made it, `migrate sqlite {typed}` reads it, else give the zip that Slack made"
        );
    }
    Archive::open_called(path, shown, &ROOTS)
}

/// Whether a zip or a folder has the lists of an export, which a folder of dates alone may lack. Of a
/// folder no more is looked at than where they may stand: it may be a whole disk.
pub(crate) fn fit(path: &Path) -> Fit {
    let sure = |is_it: bool| if is_it { Fit::Surely } else { Fit::No };
    let lists = [USERS, ORG_USERS, List::Channels.file()];
    if path.is_dir() {
        let has_list = |folder: &Path| lists.iter().any(|list| folder.join(list).is_file());
        let inner = fs::read_dir(path).into_iter().flatten().flatten();
        return sure(has_list(path) || inner.take(WRAPPERS).any(|it| has_list(&it.path())));
    }
    let is_zip = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("zip"));
    match Archive::open(path, &ROOTS) {
        Ok(archive) => sure(lists.iter().any(|list| archive.find(list).is_some())),
        // Reading it tells what is wrong with it.
        Err(_) if is_zip => Fit::Perhaps,
        Err(_) => Fit::No,
    }
}

/// In how many folders within a folder an export is looked for.
const WRAPPERS: usize = 100;

/// Fails for everything that is no export in JSON.
///
/// # Errors
/// One line that says what was found and what to give instead.
pub(crate) fn check(archive: &Archive, layout: &Layout, path: &Path, shown: &str) -> Result<()> {
    let names = || (0..archive.len()).map(|entry| archive.name(entry));
    let has_list = ROOTS.iter().any(|root| archive.find(root).is_some());
    if has_list || layout.is_grid() || names().any(|name| day_folder(name).is_some()) {
        return Ok(());
    }
    if archive.is_empty() {
        bail!("{shown} holds no files: give the zip that Slack made, or the folder it unpacks to");
    }
    let in_folder = |name: &str| name.rsplit('/').next() == Some(SLACKDUMP);
    if let Some(database) = names().find(|name| in_folder(name)) {
        if archive.is_zip() {
            bail!(
                "{shown} is an archive of slackdump, not an export: take `{database}` out of it, and `migrate sqlite` reads that"
            );
        }
        let database = path.join(database);
        bail!(
            "{shown} is an archive of slackdump, not an export: `migrate sqlite {}` reads it",
            database.display()
        );
    }
    if names().any(is_of_slackdump) {
        bail!(
            "{shown} is an archive of slackdump in its older form, not an export: let `slackdump convert` make a database or an export of it and give that"
        );
    }
    if names().any(is_conversation_as_text) {
        bail!(
            "{shown} is a single-user export in text form, which holds too little to be converted: ask Slack for the JSON form"
        );
    }
    if names().any(is_day_file) {
        bail!(
            "{shown} holds the files of one conversation only: give the whole export, which is the folder above it"
        );
    }
    let example = archive.name(0).escape_debug();
    bail!(
        "{shown} holds none of the files of a Slack export, but others such as `{example}`: give the zip that Slack made, with `users.json`, `channels.json` and a folder for each channel, or the folder it unpacks to"
    );
}

/// Whether a file is one that slackdump keeps for itself: a chunk file, or the dump of one
/// conversation, `C0123456789.json`.
fn is_of_slackdump(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    let is_dump = base.strip_suffix(".json").is_some_and(is_slack_id);
    is_dump || base.ends_with(".json.gz")
}

/// Whether a file is a conversation of a single-user export, `channels/general.txt`.
fn is_conversation_as_text(name: &str) -> bool {
    let mut pieces = name.rsplit('/');
    let is_text = pieces.next().is_some_and(|base| base.ends_with(".txt"));
    is_text && pieces.any(|folder| matches!(folder, "channels" | "dms" | "groups" | "mpims"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use migrate_archive::Archive;
    use migrate_model::Options;

    use super::{ROOTS, check, open};
    use crate::layout::Layout;

    fn outcome(files: &[&str]) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "[]").unwrap();
        }
        let archive = Archive::open(folder.path(), &ROOTS).map_err(|it| it.to_string())?;
        let layout = Layout::of(&archive);
        check(&archive, &layout, Path::new("in"), "`in`").map_err(|it| it.to_string())
    }

    #[test]
    fn what_can_be_read_is_read() {
        for files in [
            &["users.json"] as &[&str],
            &["channels.json"],
            &["general/2024-01-31.json"],
            &[
                "channels.json",
                "teams/2024-01-31.json",
                "__uploads/F1/a.json.gz",
            ],
            &["org_users.json", "general/2024-01-31.json"],
            &["org_users.json", "teams/a/general/2024-01-31.json"],
            &["teams/a/channels.json", "teams/b/channels.json"],
        ] {
            assert_eq!(outcome(files), Ok(()), "{files:?}");
        }
    }

    #[test]
    fn a_database_is_sent_to_who_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slackdump.sqlite");
        fs::write(&path, b"SQLite format 3\0\x10\0").unwrap();
        let text = open(&path, &Options::default()).unwrap_err().to_string();
        let command = format!("`migrate sqlite {}` reads it", path.display());
        assert!(text.contains(&command) && !text.contains('\n'), "{text}");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let check = |files: &[&str], expected: &str| {
            let text = outcome(files).unwrap_err();
            assert!(text.contains(expected), "{text}");
            assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
        };
        check(&["C1.json.gz", "channels.json.gz"], "slackdump");
        check(&["C05GENERAL.json"], "slackdump");
        check(
            &["archive/slackdump.sqlite"],
            "`migrate sqlite in/archive/slackdump.sqlite` reads it",
        );
        check(
            &["slackdump.sqlite", "__uploads/F1/a.png"],
            "`migrate sqlite in/slackdump.sqlite` reads it",
        );
        check(&["channels/general.txt", "metadata.txt"], "text form");
        check(&["My export/dms/ada.txt", "My export/files/a"], "text form");
        check(&["2024-01-31.json", "2024-02-01.json"], "one conversation");
        check(&["a/b.json", "readme.md"], "such as `a/b.json`");
        check(&[], "holds no files");
    }
}
